package projections

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"campaignledger/events"
)

// eachSignedStory runs a property on random signed campaigns. A failure names the seed to run again with -seed.
func eachSignedStory(t *testing.T, property func(t *testing.T, s *signedStory)) {
	t.Helper()
	t.Parallel()
	from, to := uint64(1), uint64(*campaignsFlag)/8
	if *seedFlag != 0 {
		from, to = *seedFlag, *seedFlag
	}
	for seed := from; seed <= to; seed++ {
		property(t, newSignedStory(t, seed))
		if t.Failed() {
			t.Fatalf("-seed=%d", seed)
		}
	}
}

// signedSteps is how many bodies a random signed campaign tries.
const signedSteps = 100

// write makes the story to its end.
func (s *signedStory) write() {
	for range signedSteps {
		s.step()
	}
}

// dump is everything that a state keeps, in a form that does not depend on maps or addresses.
func dump(s *State) string {
	var b strings.Builder
	if s.plan != nil {
		fmt.Fprintf(&b, "plan %d %s\n", s.plan.version, s.plan.regulation.Canonical())
	}
	sheet := s.scalars.sheet
	if sheet.leaves != nil {
		fmt.Fprintf(&b, "leaves %x\n", (*sheet.leaves)[:sheet.marks])
	}
	scalars := s.scalars
	scalars.sheet.leaves = nil
	fmt.Fprintf(&b, "scalars %+v\nnames %q\nkinds %v\n", scalars, s.names.list, len(s.names.ids))
	dumpIndex(&b, "ids", s.ids)
	dumpIndex(&b, "cells", s.cells)
	dumpIndex(&b, "only", s.only)
	dumpIndex(&b, "places", s.places)
	dumpTable(&b, "members", s.members)
	dumpTable(&b, "keys", s.keyOwners)
	dumpTable(&b, "heads", s.heads)
	dumpTable(&b, "units", s.units)
	dumpTable(&b, "usage", s.usage)
	dumpTable(&b, "acts", s.acts)
	dumpTable(&b, "endorsed", s.endorsed)
	dumpTable(&b, "returns", s.returns)
	dumpTable(&b, "sheets", s.sheets)
	dumpTable(&b, "drives", s.drives)
	dumpTable(&b, "reports", s.reports)
	dumpTable(&b, "evaluations", s.evaluations)
	dumpTable(&b, "exclusions", s.exclusions)
	dumpTable(&b, "nominations", s.nominations)
	dumpTable(&b, "ballots", s.ballots)
	dumpTable(&b, "votes", s.votes)
	dumpTable(&b, "tallies", s.tallies)
	dumpTable(&b, "proposals", s.proposals)
	dumpTable(&b, "decisions", s.decisions)
	dumpTable(&b, "appeals", s.appeals)
	dumpTable(&b, "disturbed", s.disturbed)
	imports := newTable[string, string]()
	for id, imp := range s.imports.rows {
		leaves := (*imp.leaves)[:imp.row]
		batches := *imp.batches
		imp.leaves, imp.batches = nil, nil
		imports.rows[id.String()] = fmt.Sprintf("%+v %x %v", imp, leaves, batches)
	}
	dumpTable(&b, "imports", imports)
	for seq := events.Seq(1); seq <= s.journal.last(); seq++ {
		e := *s.journal.at(seq)
		d := e.details()
		e.more = nil
		fmt.Fprintf(&b, "%d %+v %q %q %d %d", seq, e, d.reason, d.evidence, d.item, d.basis)
		if d.hash != nil {
			fmt.Fprintf(&b, " %x", *d.hash)
		}
		if d.rare != nil {
			if d.payload != nil {
				fmt.Fprintf(&b, " %s", d.payload.Type())
			}
			fmt.Fprintf(&b, " %s %d %d %v", d.subject, d.of, d.appeal, d.results)
			if d.effect != nil {
				fmt.Fprintf(&b, " %d %v %v", d.effect.clear, d.effect.released, d.effect.reopened)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func dumpTable[K, V comparable](b *strings.Builder, name string, t *table[K, V]) {
	lines := make([]string, 0, len(t.rows))
	for k, v := range t.rows {
		lines = append(lines, fmt.Sprintf("%s %+v: %+v", name, k, v))
	}
	slices.Sort(lines)
	for _, l := range lines {
		b.WriteString(l + "\n")
	}
}

func dumpIndex[K comparable](b *strings.Builder, name string, x *index[K]) {
	var lines []string
	for k, list := range x.rows() {
		lines = append(lines, fmt.Sprintf("%s %+v: %d", name, k, list))
	}
	slices.Sort(lines)
	for _, l := range lines {
		b.WriteString(l + "\n")
	}
}

// requireSameSigned compares everything two folds keep and show.
func requireSameSigned(t testing.TB, want, got *Live) {
	t.Helper()
	requireSame(t, want, got)
	if diff := cmp.Diff(dump(want.state), dump(got.state)); diff != "" {
		t.Fatalf("state (-want +got):\n%s", diff)
	}
	a, errA := want.Blockers()
	b, errB := got.Blockers()
	if diff := cmp.Diff(a, b); diff != "" || errA != nil || errB != nil {
		t.Fatalf("blockers (-want +got): %v, %v\n%s", errA, errB, diff)
	}
	for _, lang := range []string{"vi", "en"} {
		if diff := cmp.Diff(want.Awards(lang), got.Awards(lang)); diff != "" {
			t.Fatalf("awards (-want +got):\n%s", diff)
		}
	}
	if diff := cmp.Diff(want.openVotes, got.openVotes); diff != "" {
		t.Fatalf("hidden votes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.Roster(), got.Roster()); diff != "" {
		t.Fatalf("roster (-want +got):\n%s", diff)
	}
}

// TestSignedFoldAtEveryCut: fold(all) is fold(prefix) and the rest, wherever commits end, with bodies as they were or joined.
func TestSignedFoldAtEveryCut(t *testing.T) {
	eachSignedStory(t, func(t *testing.T, s *signedStory) {
		s.write()
		whole := fold(t, s.list)
		requireSameSigned(t, whole, s.live)
		for range 4 {
			cut := 1 + s.IntN(len(s.list))
			l := NewRefold()
			admitAll(t, l, s.list[:cut])
			l.Commit()
			requireSameSigned(t, fold(t, s.list[:cut]), l)
			admitAll(t, l, s.list[cut:])
			l.Commit()
			requireSameSigned(t, whole, l)
		}
		l, from := NewLive(), 0
		for _, end := range s.bodies {
			admitAll(t, l, s.list[from:end])
			if err := l.Settle(); err != nil {
				t.Fatalf("events %d to %d: %v", from+1, end, err)
			}
			if from = end; s.chance(30) {
				l.Commit()
			}
		}
		l.Commit()
		requireSameSigned(t, whole, l)
	})
}

// TestSignedUndoLeavesNoTrace: what is admitted and undone, to a savepoint or the last commit, changes nothing.
func TestSignedUndoLeavesNoTrace(t *testing.T) {
	eachSignedStory(t, func(t *testing.T, s *signedStory) {
		for range signedSteps {
			before := dump(s.live.state)
			s.body = nil
			for range 1 + s.IntN(3) {
				s.act()
			}
			point := s.live.Savepoint()
			middle := dump(s.live.state)
			for range 1 + s.IntN(5) {
				s.act()
			}
			s.live.Rollback(point)
			if diff := cmp.Diff(middle, dump(s.live.state)); diff != "" {
				t.Fatalf("rollback (-before +after):\n%s", diff)
			}
			s.live.Discard()
			if diff := cmp.Diff(before, dump(s.live.state)); diff != "" {
				t.Fatalf("discard (-before +after):\n%s", diff)
			}
			s.step()
		}
	})
}

// TestSignedStandingsEqualBoardsMadeAnew after every commit, and as the gate saw them before it.
func TestSignedStandingsEqualBoardsMadeAnew(t *testing.T) {
	counts := map[events.Type]int{}
	stages := map[events.Stage]int{}
	held := 0
	eachSignedStory(t, func(t *testing.T, s *signedStory) {
		var gate []*board
		s.admitted = func() {
			state := s.live.state
			gate = state.boards(new(Blocker), state.holds())
		}
		for range signedSteps {
			gate = nil
			s.step()
			if gate == nil {
				continue
			}
			got := jsonOf(s.live)
			state := s.live.state
			for name, boards := range map[string][]*board{"gate": gate, "anew": state.boards(new(Blocker), state.holds())} {
				want := Standings{Summary: s.live.Summary()}
				for _, b := range boards {
					want.Clusters = append(want.Clusters, b.standings(s.live.note))
					held += b.held
				}
				if w := want.AppendJSON(nil, JSONOptions{}); !bytes.Equal(w, got) {
					t.Fatalf("after event %d (-%s +live):\n%s", len(s.list), name, cmp.Diff(string(w), string(got)))
				}
			}
		}
		for _, e := range s.list {
			counts[e.Payload.Type()]++
		}
		stages[s.live.Summary().Stage]++
	})
	t.Logf("%v %v, %d marks held", counts, stages, held)
}
