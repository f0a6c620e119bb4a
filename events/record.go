package events

import (
	"crypto/sha256"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"
)

// Encode writes d in canonical form, or says what of d can't stand in a record. Text must be in NFC already.
func Encode(d Draft) (Record, error) {
	if err := d.validate(); err != nil {
		return nil, fmt.Errorf("encode %s: %w", d.Type(), err)
	}
	b := make([]byte, 0, 512)
	b = append(b, `{"specversion":"1.0","id":"`...)
	b = append(b, d.ID.String()...)
	b = append(b, `","source":"`+sourcePrefix...)
	b = append(b, d.Campaign...)
	b = append(b, `","type":"`...)
	b = append(b, d.Type()...)
	if d.Subject != "" {
		b = append(append(b, `","subject":"`...), d.Subject...)
	}
	b = append(b, `","time":"`...)
	b = d.Time.UTC().AppendFormat(b, TimeLayout)
	b = append(append(b, `","author":"`...), d.Author...)
	if d.Causation != uuid.Nil {
		b = append(append(b, `","causationid":"`...), d.Causation.String()...)
	}
	b = append(b, `","data":{`...)
	c := codec{out: b, mode: writing}
	d.Payload.fields(&c)
	c.finish()
	if c.err != nil {
		return nil, fmt.Errorf("encode %s: %w", d.Type(), c.err)
	}
	b = c.out
	if d.Signature != "" {
		b = append(append(append(b, `,"signature":"`...), d.Signature...), '"')
	}
	b = append(b, '}')
	if err := checkSize(b, d.Type()); err != nil {
		return nil, err
	}
	if !utf8.Valid(b) || !norm.NFC.IsNormal(b) {
		return nil, &FieldError{Field: "data", Reason: "a text is not valid UTF-8 in Unicode form NFC"}
	}
	return b, nil
}

// Type is the payload's type, "" without one.
func (d Draft) Type() Type {
	if d.Payload == nil {
		return ""
	}
	return d.Payload.Type()
}

func checkSize(b []byte, t Type) error {
	limit := MaxRecordBytes
	if t == TypeCampaignOpened {
		limit = MaxOpeningBytes
	}
	if len(b) > limit {
		return &FormatError{Offset: limit, Reason: fmt.Sprintf("a %s record has at most %d bytes, this one %d", t, limit, len(b))}
	}
	return nil
}

// validate checks the envelope and the payload by themselves.
func (d Draft) validate() error {
	switch {
	case d.Payload == nil:
		return &FieldError{"data", "the event says nothing"}
	case d.ID == uuid.Nil:
		return &FieldError{"id", "the event has no id"}
	case !ValidID(d.Campaign):
		return &FieldError{"source", fmt.Sprintf("%q is not a campaign's id", d.Campaign)}
	case d.Payload.AboutUnit() && !ValidID(d.Subject):
		return &FieldError{"subject", fmt.Sprintf("%q is not a unit's id; a %s is about one unit", d.Subject, d.Type())}
	case !d.Payload.AboutUnit() && d.Subject != "":
		return &FieldError{"subject", fmt.Sprintf("a %s is not about one unit; leave the subject out", d.Type())}
	case !ValidID(d.Author):
		return &FieldError{"author", fmt.Sprintf("%q is not an id; name the member, the scorer or import", d.Author)}
	case !Milliseconds(d.Time).Equal(d.Time) || d.Time.Year() < 1 || d.Time.Year() > 9999:
		return &FieldError{"time", "the time must be whole milliseconds of a year from 0001 to 9999"}
	case d.Signature != "" && !validSignature(d.Signature):
		return &FieldError{"signature", `a signature is "ed25519:" and 128 lower-case hex digits`}
	}
	return d.Payload.Validate()
}

// Decode reads a record and refuses whatever is not exactly in canonical form; the error is a *FormatError or *FieldError.
// For many records a Decoder is faster.
func Decode(r Record) (Draft, error) { return decode(&scanner{b: r}) }

// Decoder decodes records and shares the strings that recur in them. It is for one goroutine.
type Decoder struct{ intern interner }

// NewDecoder makes a Decoder.
func NewDecoder() *Decoder { return &Decoder{interner{map[string]string{}}} }

// Decode is like the function Decode.
func (dec *Decoder) Decode(r Record) (Draft, error) {
	return decode(&scanner{b: r, intern: &dec.intern})
}

func decode(s *scanner) (d Draft, err error) {
	if len(s.b) > MaxOpeningBytes {
		return d, s.fail("", "a record has at most %d bytes, this one %d", MaxOpeningBytes, len(s.b))
	}
	if err := s.expect(`{"specversion":"1.0","id":"`); err != nil {
		return d, err
	}
	s.i-- // the id's opening quote
	if err := decodeEnvelope(s, &d); err != nil {
		return d, err
	}
	c := codec{in: s, mode: reading}
	c.inObject("data", nil, d.Payload.fields)
	if c.err != nil {
		return d, c.err
	}
	if s.take(`,"signature":`) {
		if d.Signature, err = s.text("signature"); err != nil {
			return d, err
		}
		if d.Signature == "" {
			return d, s.fail("signature", "an absent signature is left out")
		}
	}
	if err := s.expect("}"); err != nil {
		return d, err
	}
	if s.i != len(s.b) {
		return d, s.fail("", "bytes follow the record's end")
	}
	if err := checkSize(s.b, d.Type()); err != nil {
		return d, err
	}
	return d, d.validate()
}

// decodeEnvelope reads from the id's value to the start of data.
func decodeEnvelope(s *scanner, d *Draft) (err error) {
	if d.ID, err = s.uuid("id"); err != nil {
		return err
	}
	source, err := s.member("source")
	if err != nil {
		return err
	}
	if len(source) <= len(sourcePrefix) || source[:len(sourcePrefix)] != sourcePrefix {
		return s.fail("source", "%q is not of the form %s<id>", source, sourcePrefix)
	}
	d.Campaign = source[len(sourcePrefix):]
	t, err := s.member("type")
	if err != nil {
		return err
	}
	if d.Payload = newPayload(Type(t)); d.Payload == nil {
		return s.fail("type", "%q is not a type this program knows; a newer program may", t)
	}
	if d.Payload.AboutUnit() {
		if d.Subject, err = s.member("subject"); err != nil {
			return err
		}
	}
	claimed, err := s.member("time")
	if err != nil {
		return err
	}
	if d.Time, err = ParseTime(claimed); err != nil {
		return s.fail("time", "%v", err)
	}
	if d.Author, err = s.member("author"); err != nil {
		return err
	}
	if s.take(`,"causationid":`) {
		if d.Causation, err = s.uuid("causationid"); err != nil {
			return err
		}
	}
	return s.expect(`,"data":`)
}

// member reads `,"key":"text"`.
func (s *scanner) member(key string) (string, error) {
	if !s.take(`,"`) || !s.take(key) || !s.take(`":`) {
		return "", s.fail(key, "expected the key %q here", key)
	}
	return s.text(key)
}

func (s *scanner) uuid(field string) (uuid.UUID, error) {
	text, err := s.text(field)
	if err != nil {
		return uuid.Nil, err
	}
	id, ok := parseUUID(text)
	if !ok {
		return uuid.Nil, s.fail(field, "%q is not a UUID in lower case", text)
	}
	return id, nil
}

// leafPrefix and the record, a line feed and the recorded time make an RFC 6962 leaf.
const leafPrefix = 0

// LeafHash is the RFC 6962 leaf hash of an event: over its record as stored, a line feed, and its recorded time.
func LeafHash(r Record, recorded time.Time) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte{leafPrefix})
	h.Write(r)
	var stamp [1 + len(TimeLayout)]byte
	h.Write(recorded.UTC().AppendFormat(append(stamp[:0], '\n'), TimeLayout))
	return [sha256.Size]byte(h.Sum(nil))
}
