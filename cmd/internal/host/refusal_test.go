package host_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// proposals are the records as a body.
func proposals(t *testing.T, records ...events.Record) (list []events.Proposal) {
	t.Helper()
	for _, r := range records {
		draft, err := events.Decode(r)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, events.Proposal{Draft: draft, Record: r})
	}
	return list
}

// refused appends a body as a reader would, which must be refused, and has the refusal signed.
func (y *year) refused(r host.Reader, records ...events.Record) (*proof.Refusal, error) {
	y.t.Helper()
	body := proposals(y.t, records...)
	_, said := y.c.AppendAs(y.t.Context(), r, body...)
	if said == nil {
		y.t.Fatal("the body is taken")
	}
	signed, err := y.c.SignRefusal(y.t.Context(), body, said)
	if err != nil {
		y.t.Fatal(err)
	}
	return signed, said
}

// expectRefusal checks that a refusal opens with the drafts that it is of.
func (y *year) expectRefusal(signed *proof.Refusal, said error, code string, records ...events.Record) {
	y.t.Helper()
	if signed == nil {
		y.t.Errorf("%v: not signed", said)
		return
	}
	r, err := proof.OpenRefusal(proof.KeepRefusal(signed.Note(), records), y.c.Policy())
	last, recorded := y.c.Ledger.Last()
	if err != nil || r.Code != code || r.Seq != last || r.Time.Before(recorded) || !strings.Contains(said.Error(), strings.TrimSuffix(r.Reason, "?")) {
		y.t.Errorf("%+v, %v; after event %d it was said %q", r, err, last, said)
	}
}

// TestSignRefusal: what a member signed and the log refuses is signed, a body of several as a whole; nothing else is.
func TestSignRefusal(t *testing.T) {
	t.Parallel()
	y := openYear(t, openHost(t, host.Config{CheckpointInterval: rare}))
	good, bad := y.record("b-head", "b", bonus("b", "x", 1)), y.record("b-head", "b", bonus("d", "y", 9))
	signed, said := y.refused(host.Reader{}, bad)
	var refusal *projections.Refusal
	if !errors.As(said, &refusal) {
		t.Fatal(said)
	}
	y.expectRefusal(signed, said, string(refusal.Code), bad)
	signed, said = y.refused(host.Reader{}, good, bad)
	y.expectRefusal(signed, said, string(refusal.Code), good, bad)
	if _, err := proof.OpenRefusal(proof.KeepRefusal(signed.Note(), []events.Record{bad}), y.c.Policy()); err == nil {
		t.Error("the refusal of two is one of the second")
	}
	if got := seen(t, y.c, host.Reader{}); strings.Contains(got, `"1.00"`) {
		t.Errorf("what was refused left its mark: %s", got)
	}

	if signed, said = y.refused(host.Reader{}, resign(t, y, bad, "d-head")); signed != nil {
		t.Errorf("a forged signature: %v is signed", said)
	}
	unsigned := proposals(t, bad)
	unsigned[0].Record, unsigned[0].Signature = nil, ""
	_, said = y.c.Append(t.Context(), unsigned...)
	if signed, err := y.c.SignRefusal(t.Context(), unsigned, said); signed != nil || err != nil || said == nil {
		t.Errorf("an unsigned draft: %v, %v, %v", said, signed, err)
	}
	body := proposals(t, good)
	for _, said := range []error{errors.New("disk full"), ledger.ErrTooBig, &ledger.RefusedError{Err: errors.New("format")}, said} { // the last: no longer refused
		if signed, err := y.c.SignRefusal(t.Context(), body, said); signed != nil || err != nil {
			t.Errorf("%v: %v, %v", said, signed, err)
		}
	}
	if signed, err := y.c.SignRefusal(t.Context(), nil, said); signed != nil || err != nil {
		t.Errorf("no drafts: %v, %v", signed, err)
	}
}

// TestSignRefusalOfDuplicate: an id that is taken by other content is refused with a signature, the same again is not refused.
func TestSignRefusalOfDuplicate(t *testing.T) {
	t.Parallel()
	y := openYear(t, openHost(t, host.Config{CheckpointInterval: rare}))
	first := y.record("b-head", "b", bonus("b", "x", 1))
	if _, err := y.c.Append(t.Context(), events.Proposal{Record: first}); err != nil {
		t.Fatal(err)
	}
	draft, err := events.Decode(first)
	if err != nil {
		t.Fatal(err)
	}
	draft.Payload = bonus("b", "x", 2)
	draft.Signature = ""
	other, err := events.Encode(draft)
	if err == nil {
		other, err = events.Sign(keyOf("b-head"), y.genesis, other)
	}
	if err != nil {
		t.Fatal(err)
	}
	signed, said := y.refused(host.Reader{}, other)
	y.expectRefusal(signed, said, "duplicate-id", other)
}

// TestSignRefusalVeiled: during a freeze the refusal that is signed says no more than its author is told.
func TestSignRefusalVeiled(t *testing.T) {
	t.Parallel()
	y := openYear(t, openHost(t, host.Config{CheckpointInterval: rare}))
	y.say("a-head", "", &events.StandingsFrozen{})
	y.say("b-head", "b", bonus("b", "hidden", 5))
	again := y.record("b-head", "b", bonus("b", "hidden", 6)) // must name what it replaces, which is hidden
	signed, said := y.refused(host.Reader{}, again)
	y.expectRefusal(signed, said, string(projections.CodeFrozen), again)
	if signed != nil && (strings.Contains(signed.Reason, "supersedes") || !strings.Contains(signed.Reason, "hidden while")) {
		t.Errorf("the author is told %q", signed.Reason)
	}
	_, entitled := y.refused(host.Reader{Role: events.RoleAuditor}, again)
	if entitled.Error() == said.Error() {
		t.Errorf("the auditor is told no more: %v", entitled)
	}
}

// TestSignRefusalBroken: a log that is read-only signs nothing any more.
func TestSignRefusalBroken(t *testing.T) {
	t.Parallel()
	y := openYear(t, openHost(t, host.Config{CheckpointInterval: rare}))
	bad := y.record("b-head", "b", bonus("d", "y", 9))
	body := proposals(t, bad)
	_, said := y.c.Append(t.Context(), body...)
	y.c.Ledger.Break(&ledger.BrokenError{Err: ledger.ErrForked})
	if signed, err := y.c.SignRefusal(t.Context(), body, said); signed != nil || err != nil {
		t.Errorf("%v, %v", signed, err)
	}
}

// TestSignRefusalAtOnce: the first refusals of a campaign that was just opened come together.
func TestSignRefusalAtOnce(t *testing.T) {
	t.Parallel()
	y := openYear(t, openHost(t, host.Config{CheckpointInterval: rare}))
	var running sync.WaitGroup
	for range 8 {
		bad := y.record("b-head", "b", bonus("d", "y", 9))
		running.Go(func() {
			signed, said := y.refused(host.Reader{}, bad)
			if signed == nil {
				t.Errorf("%v is not signed", said)
			}
		})
	}
	running.Wait()
}
