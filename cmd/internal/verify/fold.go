package verify

import (
	"encoding/hex"
	"errors"
	"sync/atomic"
	"time"

	"campaignledger/events"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// fold is the campaign as the events make it, and what of them is wrong.
type fold struct {
	tongue
	policy               *proof.Policy
	live                 *projections.Live
	admitted             uint64
	signatures           uint64
	signed               bool
	evidence             map[string]struct{}
	inauthentic, refused *fault // the first of each
	halted               atomic.Bool
	checking             atomic.Int64 // ns that looking at signatures ahead took, of all cores
}

func newFold(said tongue, p *proof.Policy) fold {
	return fold{tongue: said, policy: p, live: projections.NewLive(), evidence: map[string]struct{}{}}
}

// stopped reports whether an event was refused: nothing behind it is looked at.
func (f *fold) stopped() bool { return f.halted.Load() }

// otherLog notes that the bundle is not of the policy's log.
func (f *fold) otherLog(origin string) {
	f.halted.Store(true)
	f.inauthentic = &fault{1, f.say("gói kiểm chứng là của sổ %s, chính sách là cho %s", "the bundle is of the log %s, the policy is for %s", origin, f.policy.Origin)}
}

// stop ends the fold before event seq.
func (f *fold) stop(seq events.Seq, err error) {
	f.halted.Store(true)
	found := &fault{seq, f.say("sự kiện %d: %s", "event %d: %s", seq, reason(err))}
	var refusal *projections.Refusal
	if !errors.As(err, &refusal) || refusal.Code != projections.CodeSignature {
		f.refused = found
	} else if f.inauthentic == nil {
		f.inauthentic = found
	}
}

// commit admits the events of a commit and commits them, or those before the first that is bad.
func (f *fold) commit(b *batch, c span, w *watch) {
	w.lodgings(f, b.leaves[c.from].recorded)
	if b.leaves[c.from].seq == 1 {
		f.first(&b.leaves[c.from])
		w.probe(f, 0)
	}
	for i := c.from; i < c.to; i++ {
		if err := f.admit(b, i); err != nil {
			f.live.Commit()
			f.take(b.events[c.from:i], w)
			f.stop(b.leaves[i].seq, err)
			return
		}
		if i+1 < c.to {
			w.probe(f, b.leaves[i].seq)
		}
	}
	if err := f.live.Settle(); err != nil {
		f.live.Discard()
		f.stop(b.leaves[c.from].seq, err)
		return
	}
	f.live.Commit()
	f.take(b.events[c.from:c.to], w)
	w.probe(f, b.leaves[c.to-1].seq)
}

// admit admits event i of a batch.
func (f *fold) admit(b *batch, i int) error {
	switch {
	case i >= len(b.events) && b.bad == nil:
		return errors.New("it was not decoded") // the fold was stopped meanwhile; nobody asks then
	case i >= len(b.events):
		return badRecord{b.bad}
	case b.events[i].Campaign != f.policy.Campaign():
		return errOtherCampaign
	}
	return f.live.Admit(b.events[i])
}

var errOtherCampaign = errors.New("the record belongs to another campaign")

// badRecord is a record that is not in canonical form.
type badRecord struct{ err error }

func (e badRecord) Error() string { return "the record is not in canonical form: " + e.err.Error() }
func (e badRecord) Unwrap() error { return e.err }

// first looks at record 1.
func (f *fold) first(l *leaf) {
	if genesis := proof.Genesis(l.record); genesis != f.policy.Genesis() {
		f.inauthentic = &fault{1, f.say("bản ghi 1 có mã băm %s, chính sách đòi %s", "record 1 has the hash %s, the policy wants %s", genesis, f.policy.Genesis())}
	}
}

// take notes what else admitted events say.
func (f *fold) take(list []events.Event, w *watch) {
	f.admitted += uint64(len(list))
	for i := range list {
		e := &list[i]
		if e.Signature != "" {
			f.signatures++
		}
		for _, hash := range projections.EvidenceNamed(e.Payload) {
			f.evidence[hash] = struct{}{}
		}
		switch p := e.Payload.(type) {
		case *events.CampaignOpened:
			f.signed = p.Regulation.Signed()
		case *events.DocumentIssued:
			w.issued(e, p)
		}
	}
	w.seen(list)
}

// try gives admission's answer to a body at this place, and undoes it. at is the time it would be recorded; recorded times never decrease. What of
// it is in the log already is left out, as the server does with what is sent again.
func (f *fold) try(b *body, at time.Time) error {
	point := f.live.Savepoint()
	defer f.live.Rollback(point)
	next, recorded := f.live.Last()
	if at.Before(recorded) {
		at = recorded
	}
	for i, draft := range b.drafts {
		if b.found[i] != 0 {
			continue
		}
		if draft.Campaign != f.policy.Campaign() {
			return errOtherCampaign
		}
		next++
		e := events.Event{Draft: draft, Seq: next, Recorded: at, Record: b.records[i]}
		f.look(&e)
		if err := f.live.Admit(e); err != nil {
			return err
		}
	}
	return f.live.Settle()
}

// authentic is the line on signatures and the genesis.
func (v *verifier) authentic() Line {
	f := &v.fold
	signatures, good := v.count(f.signatures, "chữ ký", "signature"), v.say("đều đúng", "are good")
	if f.signatures == 1 {
		good = v.say("đúng", "is good")
	}
	switch {
	case f.inauthentic != nil:
		return f.inauthentic.line(Authentic)
	case !v.whole || f.stopped():
		line := v.cut(Authentic)
		line.Text += v.say("; đến đó %s %s", "; up to there %s %s", signatures, good)
		return line
	case !f.signed:
		return Line{Name: Authentic, Status: NotCheckable, Text: v.say("chiến dịch không ký; bản ghi 1 là của chính sách (%s…)", "unsigned; record 1 is the policy's (%s…)", f.policy.Genesis()[:16])}
	}
	return Line{Name: Authentic, Status: OK, Text: v.say("%s trên %s %s; bản ghi 1 là của chính sách (%s…)", "%s on %s %s; record 1 is the policy's (%s…)",
		signatures, v.events(f.admitted), good, f.policy.Genesis()[:16])}
}

// admitted is the line on the rules.
func (v *verifier) admitted() Line {
	f := &v.fold
	switch {
	case f.refused != nil:
		return f.refused.line(Admitted)
	case !v.whole || f.stopped():
		return v.cut(Admitted)
	}
	return Line{Name: Admitted, Status: OK, Text: v.say("quy tắc chấp nhận %s trong %s", "the rules admit %s in %s", v.events(f.admitted), v.count(v.report.Commits, "lần ghi", "commit"))}
}

// hashText is a hash in hex.
func hashText(h proof.Hash) string { return hex.EncodeToString(h[:]) }
