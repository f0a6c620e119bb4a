package server_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
)

// TestFeedsThroughFreeze: open feeds show leaf hashes during a freeze, and at the reveal the withheld records, in order and each once.
func TestFeedsThroughFreeze(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	token := s.login("auditor")
	public := s.follow(s.path("/events"), eventStream)
	lines := s.follow(s.path("/events?follow=true"), "application/x-ndjson")
	entitled := s.follow(s.path("/events"), eventStream, as(token)...)
	board := s.follow(s.path("/standings"), eventStream)
	frozen := s.say("a-head", "", &events.StandingsFrozen{}).Seq
	const hidden = 5
	for i := range hidden {
		s.say("b-head", "b", bonus("b", fmt.Sprint(i), 1))
	}
	for seq := uint64(1); seq <= frozen+hidden; seq++ {
		m, _ := public.next()
		var data struct {
			Seq    uint64
			Leaf   string
			Record json.RawMessage
		}
		if err := decode(m.data, &data); err != nil || data.Seq != seq || (m.id == "") != (seq > frozen) || (data.Leaf == "") == (seq > frozen) || (data.Record == nil) != (seq > frozen) {
			t.Fatalf("event %d: %+v", seq, m)
		}
		if m, _ := entitled.next(); m.id != fmt.Sprint(seq) {
			t.Fatalf("to the auditor event %d: %+v", seq, m)
		}
	}
	// Who connects again in the freeze starts before what was hidden.
	resumed := s.follow(s.path("/events"), eventStream, "Last-Event-ID", fmt.Sprint(frozen))
	if m, _ := resumed.next(); m.event != "leaf" || m.id != "" {
		t.Fatalf("%+v", m)
	}
	last := s.say("a-head", "", &events.StandingsRevealed{}).Seq
	for _, f := range []*frozenStream{{public, frozen}, {resumed, frozen}} {
		f.expectRecords(last)
	}
	s.expectLines(lines, frozen, last)
	s.say("b-head", "b", bonus("b", "open", 1))
	for _, f := range []*stream{public, resumed} {
		if m, _ := f.next(); m.id != fmt.Sprint(last+1) {
			t.Errorf("after the reveal %+v", m)
		}
	}
	for before := uint64(0); before < last+1; {
		m, ok := board.next()
		var id uint64
		if _, err := fmt.Sscan(m.id, &id); err != nil || !ok {
			t.Fatalf("%+v %v", m, err)
		}
		if id <= before || id > frozen && id < last {
			t.Errorf("the board shows event %d after %d", id, before)
		}
		before = id
	}
}

// frozenStream is a feed that was shown leaves after an event.
type frozenStream struct {
	*stream
	after uint64
}

// expectRecords skips leaves and takes the withheld records and what follows up to last.
func (f *frozenStream) expectRecords(last uint64) {
	f.t.Helper()
	for seq := f.after + 1; seq <= last; {
		m, ok := f.next()
		if m.event == "leaf" {
			continue
		}
		if m.id != fmt.Sprint(seq) || !ok {
			f.t.Fatalf("%+v instead of event %d", m, seq)
		}
		seq++
	}
}

// expectLines reads a feed of lines: each record once and in order, the hidden ones as leaves before.
func (s *signedSite) expectLines(lines *stream, frozen, last uint64) {
	s.t.Helper()
	next := uint64(1)
	for next <= last && lines.lines.Scan() {
		var e struct {
			Seq    uint64
			Leaf   string
			Record json.RawMessage
		}
		if err := decode(lines.lines.Text(), &e); err != nil {
			s.t.Fatalf("%q: %v", lines.lines.Text(), err)
		}
		switch {
		case e.Leaf != "" && e.Record == nil && e.Seq > frozen:
		case e.Leaf == "" && e.Record != nil && e.Seq == next:
			next++
		default:
			s.t.Fatalf("%q instead of event %d", lines.lines.Text(), next)
		}
	}
}
