package events

import (
	"github.com/google/uuid"
)

// EncodeDraft writes d as ParseProposal reads it, in the order of a record; what d leaves out is left out. It is not a record.
func EncodeDraft(d Draft) ([]byte, error) {
	if d.Payload == nil {
		return nil, &FieldError{"data", "the event says nothing"}
	}
	b := append([]byte(`{"specversion":"1.0","type":"`), d.Type()...)
	b = append(b, '"')
	if d.ID != uuid.Nil {
		b = append(appendUUID(append(b, `,"id":"`...), d.ID), '"')
	}
	if d.Campaign != "" {
		b = append(append(append(b, `,"source":"`+sourcePrefix...), d.Campaign...), '"')
	}
	if d.Subject != "" {
		b = append(append(append(b, `,"subject":"`...), d.Subject...), '"')
	}
	if !d.Time.IsZero() {
		b = append(appendTime(append(b, `,"time":"`...), d.Time), '"')
	}
	if d.Author != "" {
		b = append(append(append(b, `,"author":"`...), d.Author...), '"')
	}
	if d.Causation != uuid.Nil {
		b = append(appendUUID(append(b, `,"causationid":"`...), d.Causation), '"')
	}
	c := codec{out: append(b, `,"data":{`...), mode: writing}
	d.Payload.fields(&c)
	c.finish()
	if c.err != nil {
		return nil, c.err
	}
	return append(c.out, '}'), nil
}
