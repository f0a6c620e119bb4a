package host

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// A restored campaign is a copy: it can be read, and takes nothing and signs nothing until its take-over is in force, so that it and the server that it
// was made of never go on side by side with anybody's trust in both. What says so is a mark that its stream has had from its creation on, which every
// server finds that finds the stream; and the log itself, once it was taken over.

// CopyError is why a restored copy takes no events. It wraps ledger.ErrReadOnly.
type CopyError struct {
	Campaign string
	Of       ledger.Copy
	KeyLost  bool // the directory has no key to take it over with
}

func (e *CopyError) Error() string {
	text := fmt.Sprintf("restored from a backup of %s as of event %d; read-only until campaign restore --take-over %s", e.Of.Made, e.Of.Seq, e.Campaign)
	if e.KeyLost {
		text += "; first bring back log.key, which is missing here, or restore the backup to an empty directory"
	}
	return text
}

// Unwrap is ledger.ErrReadOnly.
func (e *CopyError) Unwrap() error { return ledger.ErrReadOnly }

// ErrRestoring: the campaign's restore is under way, or was cut off. There is nothing yet to be read.
var ErrRestoring = errors.New("the campaign is being restored, or its restore was cut off; run campaign restore again with the same file to finish it")

// wholeCopy is what the stream is a copy of, nil if it is none; ErrRestoring for a copy that lacks events of its backup. Where so many events as the
// backup has were seen before, the stream is not asked.
func wholeCopy(ctx context.Context, store *ledger.JetStreamStore, seen events.Seq) (*ledger.Copy, error) {
	copied, err := store.CopyOf()
	if err != nil || copied == nil || seen >= copied.Seq {
		return copied, err
	}
	last, err := store.Last(ctx)
	if err == nil && last < copied.Seq {
		return nil, fmt.Errorf("%d of %d events are there: %w", last, copied.Seq, ErrRestoring)
	}
	return copied, nil // what else is wrong shows when it is read
}

// Untaken is why the campaign takes nothing though its log is whole, nil if there is no such reason: it is a restored copy that nobody took over.
func (c *Campaign) Untaken() error {
	if c.copied == nil || c.live.Summary().TakenOver.Seq > c.copied.Seq {
		return nil
	}
	return &CopyError{c.ID, *c.copied, c.host.keyLost}
}

// ReadOnly is why the campaign takes no events: its log is broken, or it is a restored copy. nil if it takes them. It wraps ledger.ErrReadOnly.
func (c *Campaign) ReadOnly() error {
	if broken := c.Ledger.Broken(); broken != nil {
		return broken
	}
	return c.Untaken()
}

// mayAppend refuses what a restored copy does not take: all but take-overs and what endorses them; and a take-over where there is nothing to take
// over, or that says of the copy, or of this server's key, what is not so.
func (c *Campaign) mayAppend(ctx context.Context, proposals []events.Proposal) error {
	untaken := c.Untaken()
	for i := range proposals {
		payload, err := payloadOf(&proposals[i])
		if err != nil {
			return &ledger.RefusedError{Index: i, Err: err}
		}
		switch p := payload.(type) {
		case *events.LedgerTakenOver:
			if err = c.mayTakeOver(p); err == nil && !c.live.Summary().Regulation.Signed() {
				err = &events.FieldError{Field: "type", Reason: "an unsigned copy is taken over from the server's own machine: campaign restore --take-over"}
			}
		case *events.RecordEndorsed:
			if untaken != nil {
				err = c.endorsesTakeOver(ctx, p, untaken)
			}
		default:
			if untaken != nil {
				return untaken
			}
		}
		if errors.Is(err, ledger.ErrReadOnly) {
			return err
		}
		if err != nil {
			return &ledger.RefusedError{Index: i, Err: err}
		}
	}
	return nil
}

// payloadOf is what a proposal says, whether or not it comes as a record.
func payloadOf(p *events.Proposal) (events.Payload, error) {
	if p.Payload != nil || len(p.Record) == 0 {
		return p.Payload, nil
	}
	draft, err := events.Decode(p.Record)
	return draft.Payload, err
}

func (c *Campaign) endorsesTakeOver(ctx context.Context, p *events.RecordEndorsed, untaken error) error {
	of := false
	err := c.Ledger.AppendPlan(ctx, func(events.Seq, time.Time) ([][]events.Proposal, error) {
		of = c.live.IsTakeOver(p.Of)
		return nil, nil
	}, nil)
	if err == nil && !of {
		return untaken
	}
	return err
}

// mayTakeOver holds a take-over against the copy and this server's key: admission can't know either.
func (c *Campaign) mayTakeOver(p *events.LedgerTakenOver) error {
	want, err := c.TakeOverOf(p.Reason)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		same bool
		want any
	}{
		{"seq", p.Seq == want.Seq, want.Seq}, {"root", p.Root == want.Root, want.Root}, {"oldKey", p.OldKey == want.OldKey, want.OldKey},
		{"made", p.Made.Equal(want.Made), events.FormatTime(want.Made)}, {"key", p.Key == want.Key, want.Key},
	} {
		if !f.same {
			return &projections.Refusal{Code: projections.CodeTakenOver, Field: f.name, Problem: fmt.Sprintf("of the copy on this server it is %v", f.want),
				Remedy: "let campaign restore --take-over fill it in, beside this server"}
		}
	}
	return nil
}

// standing is whether the campaign is a copy that nobody took over, and the take-over in force.
func (c *Campaign) standing() (untaken bool, taken projections.TakeOver) {
	return c.Untaken() != nil, c.live.Summary().TakenOver
}

// checkCopy is a *ledger.BrokenError if a restored copy does not have the root of its backup.
func (c *Campaign) checkCopy() error {
	if c.copied == nil || c.Ledger.Broken() != nil {
		return nil
	}
	root, err := c.proofs.tree.RootAt(uint64(c.copied.Seq))
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(root[:]); got != c.copied.Root {
		return &ledger.BrokenError{Seq: c.copied.Seq, Err: ledger.ErrForked, Reason: fmt.Sprintf("the backup that it was restored from had the root %s, and the log has %s", c.copied.Root, got)}
	}
	return nil
}

// TakeOverOf is what takes over this copy. Errors: it is none, or is taken over.
func (c *Campaign) TakeOverOf(reason string) (*events.LedgerTakenOver, error) {
	if c.Untaken() == nil {
		return nil, &projections.Refusal{Code: projections.CodeTakenOver, Field: "type", Problem: "campaign " + c.ID + " is no restored copy, or was taken over: there is nothing to take over here",
			Remedy: "take over the copy, on the server that has it"}
	}
	if c.host.keyLost {
		return nil, errKeyLost
	}
	root, err := c.proofs.tree.RootAt(uint64(c.copied.Seq))
	if err != nil {
		return nil, err
	}
	key, err := events.ParsePublicKey(c.copied.Key)
	if err != nil {
		return nil, err
	}
	made, err := events.ParseTime(c.copied.Made)
	if err != nil {
		return nil, err
	}
	p := &events.LedgerTakenOver{Key: c.host.logKey.Public, Made: made, OldKey: key, Reason: reason, Root: hex.EncodeToString(root[:]), Seq: c.copied.Seq}
	return p, p.Validate()
}

// TakeOver takes over an unsigned campaign's copy, at this machine's word.
func (c *Campaign) TakeOver(ctx context.Context, reason string) (ledger.Receipt, error) {
	p, err := c.TakeOverOf(reason)
	if err == nil && c.live.Summary().Regulation.Signed() {
		err = &projections.Refusal{Code: projections.CodeSignature, Field: "signature", Problem: "the take-over of campaign " + c.ID + " is signed by a head",
			Remedy: "campaign restore --take-over " + c.ID + " --key FILE"}
	}
	if err != nil {
		return ledger.Receipt{}, err
	}
	receipts, err := c.Ledger.Append(ctx, events.Proposal{Draft: events.Draft{ID: events.NewID(), Campaign: c.ID, Author: openingAuthor, Payload: p}})
	if err != nil {
		return ledger.Receipt{}, err
	}
	return receipts[0], nil
}
