package events

import (
	"fmt"
	"time"
)

// TypeLedgerTakenOver is the type of the event by which a restored copy becomes the campaign.
const TypeLedgerTakenOver Type = "ledger.taken-over"

// LedgerTakenOver makes a copy of the log, restored from a backup, the one that goes on: the log of events 1 to Seq, which another server kept and
// another key signed. From here on Key signs.
type LedgerTakenOver struct {
	Key    PublicKey // that signs from here on
	Made   time.Time // when the backup was made; UTC, whole milliseconds
	OldKey PublicKey // that signed the copied log's checkpoints
	Reason string
	Root   string // of the tree of events 1 to Seq, hex
	Seq    Seq    // the copy's last event
}

// Type is TypeLedgerTakenOver.
func (*LedgerTakenOver) Type() Type { return TypeLedgerTakenOver }

// Subject is none: it is about the whole campaign.
func (*LedgerTakenOver) Subject() SubjectRule { return SubjectNone }

func (p *LedgerTakenOver) fields(c *codec) {
	c.publicKey("key", &p.Key)
	c.moment("made", &p.Made)
	c.publicKey("oldKey", &p.OldKey)
	c.text("reason", &p.Reason, required)
	c.hash("root", &p.Root, required)
	seq := int(p.Seq)
	c.integer("seq", &seq, required)
	c.limit("seq", "minimum", 1)
	if c.mode != writing && c.err == nil {
		p.Seq = Seq(seq)
	}
}

// Validate checks that another key takes over, of something.
func (p *LedgerTakenOver) Validate() error {
	switch {
	case p.Seq < 1:
		return &FieldError{"seq", "a copy that is taken over has at least one event"}
	case p.Key == p.OldKey:
		return &FieldError{"key", "the key that signed before may sign another log; the copy needs a log key of its own, in a data directory of its own"}
	case !Milliseconds(p.Made).Equal(p.Made):
		return &FieldError{"made", fmt.Sprintf("%v is not whole milliseconds", p.Made)}
	}
	return nil
}
