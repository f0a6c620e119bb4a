package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// ParseProposal reads one line given to append. A signed line must be a record in canonical form and is stored verbatim or
// refused. An unsigned line is a draft: JSON of any layout, in which id, source, specversion, time, an entry's author and
// supersedes may be left out; decimals may be numbers or strings, UUIDs in either case, times in RFC 3339 with any offset
// (cut to milliseconds), and text is brought into NFC. campaign is the campaign it is given to. The proposal shares no
// memory with line. It is O(n) in the line's bytes, of which there are at most 1 MiB.
func ParseProposal(line []byte, campaign string) (Proposal, error) {
	if bytes.Contains(line, []byte(`,"signature":"`)) { // most signed lines need no second look
		if d, err := Decode(line); err == nil && d.Signature != "" {
			return signedProposal(line, d, campaign)
		}
	}
	root, err := parseJSON(line)
	if err != nil {
		return Proposal{}, err
	}
	if root.kind != objectNode {
		return Proposal{}, errors.New(`an event is a JSON object, for example {"type":"score.entered","subject":"<unit>","data":{…}}`)
	}
	if root.member("signature") != nil {
		d, err := Decode(line)
		if err != nil {
			return Proposal{}, err
		}
		return signedProposal(line, d, campaign)
	}
	d := Draft{Campaign: campaign}
	e := envelope{tree: root}
	for _, key := range root.memberNames() {
		if !isEnvelopeKey(key) {
			e.fail(fieldName(key), "unknown field; an event has specversion, id, source, type, subject, time, author, causationid and data")
		}
	}
	e.read(&d)
	if e.err != nil {
		return Proposal{}, e.err
	}
	return Proposal{Draft: d}, nil
}

// ErrNoEvents: there is nothing but white space where events should be.
var ErrNoEvents = errors.New("there is no event; give one as JSON, or one on each line")

// LineError says which event of several is wrong.
type LineError struct {
	Line  int    // from 1; 0 where all of the text is one event
	Index int    // of the event, from 0
	Text  []byte // the event as it was given
	Err   error
}

func (e *LineError) Error() string {
	if e.Line == 0 {
		return e.Err.Error()
	}
	return fmt.Sprintf("line %d: %v", e.Line, e.Err)
}

// Unwrap is what is wrong with the event.
func (e *LineError) Unwrap() error { return e.Err }

// ParseProposals reads one event of any layout, or one on each line; see ParseProposal. Empty lines count for nothing. Errors: ErrNoEvents, a
// *LineError.
func ParseProposals(body []byte, campaign string) ([]Proposal, error) {
	whole := bytes.TrimSpace(body)
	if len(whole) == 0 {
		return nil, ErrNoEvents
	}
	if p, err := ParseProposal(whole, campaign); err == nil {
		return []Proposal{p}, nil
	} else if json.Valid(whole) {
		return nil, &LineError{Text: whole, Err: err}
	}
	var list []Proposal
	for n := 1; len(body) > 0; n++ {
		line, rest, _ := bytes.Cut(body, []byte{'\n'})
		body = rest
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		p, err := ParseProposal(line, campaign)
		if err != nil {
			return nil, &LineError{n, len(list), line, err}
		}
		list = append(list, p)
	}
	return list, nil
}

// signedProposal is the proposal of a record as it is.
func signedProposal(line []byte, d Draft, campaign string) (Proposal, error) {
	if d.Campaign != campaign {
		return Proposal{}, otherCampaign(d.Campaign, campaign)
	}
	return Proposal{Draft: d, Record: bytes.Clone(line)}, nil
}

func otherCampaign(source, campaign string) error {
	return &FieldError{"source", fmt.Sprintf("%s is another campaign; this one's source is %q", clip(source), sourcePrefix+campaign)}
}

func isEnvelopeKey(key string) bool {
	switch key {
	case "specversion", "id", "source", "type", "subject", "time", "author", "causationid", "data":
		return true
	}
	return false
}

// envelope reads a draft's envelope from JSON of any layout. The first error sticks.
type envelope struct {
	tree *node
	err  error
}

func (e *envelope) fail(key, format string, args ...any) {
	if e.err == nil {
		e.err = &FieldError{Field: key, Reason: fmt.Sprintf(format, args...)}
	}
}

// text is the member key, "" if it is left out.
func (e *envelope) text(key string) string {
	n := e.tree.member(key)
	if n == nil {
		return ""
	}
	if n.kind != scalarNode || !n.quoted || n.text == "" {
		e.fail(key, "expected a string that is not empty")
		return ""
	}
	return n.text
}

func (e *envelope) uuid(key string) uuid.UUID {
	text := e.text(key)
	if text == "" {
		return uuid.Nil
	}
	id, ok := parseUUID(strings.ToLower(text))
	if !ok {
		e.fail(key, "%s", badUUID(text))
	}
	return id
}

// id is the id under key, "" if it is left out.
func (e *envelope) id(key string) string {
	text := e.text(key)
	if text != "" && !ValidID(text) {
		e.fail(key, "%s", badID(text))
	}
	return text
}

// time is the time under key, zero if it is left out.
func (e *envelope) time(key string) time.Time {
	text := e.text(key)
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	t = Milliseconds(t)
	if err != nil || t.IsZero() || !validTime(t) {
		e.fail(key, "%s is not a time; write it like 2017-03-31T09:00:00+07:00", clip(text))
	}
	return t
}

func (e *envelope) read(d *Draft) {
	if v := e.text("specversion"); v != "" && v != "1.0" {
		e.fail("specversion", `%s is not "1.0"`, clip(v))
	}
	if source := e.text("source"); source != "" && source != sourcePrefix+d.Campaign && e.err == nil {
		e.err = otherCampaign(source, d.Campaign)
	}
	d.ID = e.uuid("id")
	d.Causation = e.uuid("causationid")
	d.Subject = e.id("subject")
	d.Author = e.id("author")
	d.Time = e.time("time")
	e.payload(d)
}

func (e *envelope) payload(d *Draft) {
	t := Type(e.text("type"))
	if t == "" {
		e.fail("type", "the field is missing; name one of %s", joinTypes())
	}
	payload := newPayload(t)
	if payload == nil {
		e.fail("type", "%s is not known; name one of %s", clip(t), joinTypes())
	}
	data := e.tree.member("data")
	if data == nil {
		e.fail("data", "the field is missing")
	}
	if e.err != nil {
		return
	}
	c := codec{mode: lenient}
	c.inObject("data", data, payload.fields)
	if c.err != nil {
		e.err = c.err
		return
	}
	d.Payload = payload
	if bad := payload.Subject().badSubject(t, d.Subject); bad != "" {
		e.fail("subject", "%s", bad)
	}
	if e.err == nil {
		e.err = payload.Validate()
	}
}

func joinTypes() string {
	names := make([]string, 0, len(Types()))
	for _, t := range Types() {
		names = append(names, string(t))
	}
	return strings.Join(names, ", ")
}

// ParseFlat reads one line of JSON whose members are single values, each as its source text: "1.10" and 1.10 alike give 1.10.
// Members that are null are left out.
func ParseFlat(line []byte) (map[string]string, error) {
	root, err := parseJSON(line)
	if err != nil {
		return nil, err
	}
	if root.kind != objectNode {
		return nil, errors.New("expected a JSON object")
	}
	flat := make(map[string]string, len(root.members))
	for _, m := range root.members {
		if m.value.kind != scalarNode {
			return nil, &FieldError{m.key, "expected a single value"}
		}
		if !m.value.null {
			flat[m.key] = m.value.text
		}
	}
	return flat, nil
}
