package events

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Encode writes d in canonical form, or says what of d can't stand in a record: a *FieldError names it. Text must be in NFC
// already. What Encode writes, Decode reads as the same draft; what Decode reads, Encode writes as the same bytes.
func Encode(d Draft) (Record, error) {
	if err := d.validate(); err != nil {
		return nil, err
	}
	const usualBytes = 512
	b := make([]byte, 0, usualBytes)
	b = append(b, recordStart...)
	b = append(appendUUID(append(b, '"'), d.ID), '"')
	b = append(append(b, `,"source":"`+sourcePrefix...), d.Campaign...)
	b = append(append(b, `","type":"`...), d.Type()...)
	if d.Subject != "" {
		b = append(append(b, `","subject":"`...), d.Subject...)
	}
	b = appendTime(append(b, `","time":"`...), d.Time)
	b = append(append(b, `","author":"`...), d.Author...)
	if d.Causation != uuid.Nil {
		b = appendUUID(append(b, `","causationid":"`...), d.Causation)
	}
	b = append(b, `","data":{`...)
	c := codec{out: b, mode: writing}
	d.Payload.fields(&c)
	c.finish()
	if c.err != nil {
		return nil, c.err
	}
	b = c.out
	if d.Signature != "" {
		b = append(append(append(b, `,"signature":"`...), d.Signature...), '"')
	}
	b = append(b, '}')
	if err := checkSize(b, d.Type()); err != nil {
		return nil, err
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

// Type is the type of a record that was decoded before; "" of what is no record. It decodes nothing: in the canonical form no quotation mark
// comes before the type but those that part the members.
func (r Record) Type() Type {
	_, rest, _ := bytes.Cut(r, []byte(`,"type":"`))
	name, _, found := bytes.Cut(rest, []byte{'"'})
	if !found {
		return ""
	}
	return Type(name)
}

func checkSize(b []byte, t Type) error {
	if limit := maxBytesOf(t); len(b) > limit {
		return &FormatError{Offset: limit, Reason: fmt.Sprintf("%s record has at most %d bytes, this one %d", t.Named(), limit, len(b))}
	}
	return nil
}

// maxBytesOf bounds a record of type t.
func maxBytesOf(t Type) int {
	if t == TypeCampaignOpened || t == TypeRegulationAmended {
		return MaxOpeningBytes
	}
	return MaxRecordBytes
}

// validate checks the envelope and the payload by themselves.
func (d Draft) validate() error {
	switch {
	case d.Payload == nil:
		return &FieldError{"data", "the event says nothing"}
	case d.ID == uuid.Nil:
		return &FieldError{"id", "the event has no id"}
	case !ValidID(d.Campaign):
		return &FieldError{"source", fmt.Sprintf("%s is not a campaign's id", clip(d.Campaign))}
	case d.Payload.Subject().badSubject(d.Type(), d.Subject) != "":
		return &FieldError{"subject", d.Payload.Subject().badSubject(d.Type(), d.Subject)}
	case d.Author == "":
		return &FieldError{"author", "the field is missing; name the member, the scorer or import"}
	case !ValidID(d.Author):
		return &FieldError{"author", fmt.Sprintf("%s is not an id; name the member, the scorer or import", clip(d.Author))}
	case !validTime(d.Time):
		return &FieldError{"time", "the time must be whole milliseconds of a year from 0001 to 9999"}
	case d.Signature != "" && !validSignature(d.Signature):
		return &FieldError{"signature", badSignature(d.Signature)}
	}
	return d.Payload.Validate()
}

// recordStart is what every record starts with, up to the value of its id.
const recordStart = `{"specversion":"1.0","id":`

// Decode reads a record and refuses whatever is not exactly in canonical form; the error is a *FormatError, or a *FieldError
// for what is in form but says nothing possible. The draft shares no memory with r. For many records a Decoder is faster.
func Decode(r Record) (Draft, error) { return new(Decoder).Decode(r) }

// Decoder decodes records and shares the strings that recur in them. It is for one goroutine. The zero value works and
// shares nothing.
type Decoder struct {
	c    codec
	kept interners
}

// NewDecoder makes a Decoder.
func NewDecoder() *Decoder { return &Decoder{kept: newInterners()} }

// Decode is like the function Decode.
func (dec *Decoder) Decode(r Record) (d Draft, err error) {
	dec.c = codec{in: scanner{b: r, kept: &dec.kept}, mode: reading}
	c, s := &dec.c, &dec.c.in
	if len(r) > MaxOpeningBytes {
		return d, s.fail("", "a record has at most %d bytes, this one %d", MaxOpeningBytes, len(r))
	}
	if err := decodeEnvelope(s, &d); err != nil {
		return d, err
	}
	if err := checkSize(r, d.Type()); err != nil {
		return d, err
	}
	if c.open("data", nil) {
		d.Payload.fields(c)
		c.finish()
	}
	if c.err != nil {
		return d, c.err
	}
	if s.takeKey(true, "signature") {
		if d.Signature, err = s.signature("signature"); err != nil {
			return d, err
		}
	}
	if !s.take("}") {
		return d, s.fail("", "expected the record's end or its signature, not %s", clip(s.b[s.i:]))
	}
	if s.i != len(r) {
		return d, s.fail("", "bytes follow the record's end: %s", clip(s.b[s.i:]))
	}
	return d, d.Payload.Validate()
}

// decodeEnvelope reads from the record's start to the start of data.
func decodeEnvelope(s *scanner, d *Draft) (err error) {
	if err := s.expect(recordStart); err != nil {
		return err
	}
	if d.ID, err = s.uuid("id"); err != nil {
		return err
	}
	if err := decodeSource(s, d); err != nil {
		return err
	}
	if err := decodeType(s, d); err != nil {
		return err
	}
	switch d.Payload.Subject() {
	case SubjectUnit:
		d.Subject, err = s.idMember("subject")
	case SubjectMaybe:
		if s.takeKey(true, "subject") {
			d.Subject, err = s.id("subject")
		}
	}
	if err != nil {
		return err
	}
	if err := s.key("time"); err != nil {
		return err
	}
	if d.Time, err = s.time("time"); err != nil {
		return err
	}
	if d.Author, err = s.idMember("author"); err != nil {
		return err
	}
	if s.takeKey(true, "causationid") {
		if d.Causation, err = s.uuid("causationid"); err != nil {
			return err
		}
	}
	return s.key("data")
}

func decodeSource(s *scanner, d *Draft) error {
	if err := s.key("source"); err != nil {
		return err
	}
	token, err := s.token("source")
	if err != nil {
		return err
	}
	id, ok := bytes.CutPrefix(token, []byte(sourcePrefix))
	if !ok {
		return s.fail("source", "%s is not of the form %s<id>", clip(token), sourcePrefix)
	}
	s.i += len(sourcePrefix)
	d.Campaign, err = s.checked("source", id, &s.kept.ids, badID)
	return err
}

func decodeType(s *scanner, d *Draft) error {
	if err := s.key("type"); err != nil {
		return err
	}
	token, err := s.token("type")
	if err != nil {
		return err
	}
	if d.Payload = newPayload(Type(token)); d.Payload == nil {
		return s.fail("type", "%s is not a type this program knows; a newer program may", clip(token))
	}
	s.pass(token)
	return nil
}

// idMember reads `,"key":"id"`.
func (s *scanner) idMember(key string) (string, error) {
	if err := s.key(key); err != nil {
		return "", err
	}
	return s.id(key)
}

// leafPrefix starts what an RFC 6962 leaf hash covers.
const leafPrefix = 0

// LeafHash is the RFC 6962 leaf hash of an event: over its record as stored, a line feed, and its recorded time.
func LeafHash(r Record, recorded time.Time) [sha256.Size]byte {
	var usual [1 << 10]byte // on the stack; one call with all bytes is half the cost of a hash.Hash
	leaf := append(append(usual[:0], leafPrefix), r...)
	return sha256.Sum256(appendTime(append(leaf, '\n'), recorded))
}
