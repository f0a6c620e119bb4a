package projections

import (
	"bytes"
	"encoding/json"
	"flag"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"campaignledger/events"
)

var (
	seedFlag      = flag.Uint64("seed", 0, "run the properties on this one seed; 0 for the usual ones")
	campaignsFlag = flag.Int("campaigns", 100, "random campaigns for each property")
)

// eachStory runs a property on random campaigns. A failure names the seed to run again with -seed.
func eachStory(t *testing.T, n int, property func(t *testing.T, s *story)) {
	t.Helper()
	t.Parallel()
	from, to := uint64(1), uint64(*campaignsFlag)
	if *seedFlag != 0 {
		from, to = *seedFlag, *seedFlag
	}
	for seed := from; seed <= to; seed++ {
		property(t, randomStory(seed, n))
		if t.Failed() {
			t.Fatalf("-seed=%d", seed)
		}
	}
}

func jsonOf(l *Live) []byte { return l.Standings().AppendJSON(nil, JSONOptions{}) }

func TestStandingsEqualFreshFoldAndOracleAtEveryPrefix(t *testing.T) {
	eachStory(t, 40, func(t *testing.T, s *story) {
		l := NewLive()
		for i, e := range s.list {
			admitAll(t, l, s.list[i:i+1])
			l.Commit()
			got := jsonOf(l)
			if want := jsonOf(fold(t, s.list[:i+1])); !bytes.Equal(got, want) {
				t.Fatalf("event %d: incremental and fresh differ (-fresh +incremental):\n%s", e.Seq, cmp.Diff(string(want), string(got)))
			}
			if diff := cmp.Diff(oracle(s.list[:i+1]), rowsOf(t, got)); diff != "" {
				t.Fatalf("event %d: %s of %s\n%s\n(-oracle +standings):\n%s", e.Seq, e.Record, e.Subject, s.r.Canonical(), diff)
			}
		}
	})
}

// rowsOf reads standings JSON into the oracle's form.
func rowsOf(t *testing.T, line []byte) (clusters [][]oracleRow) {
	t.Helper()
	var doc struct {
		Clusters []struct {
			Standings []struct {
				Rank                     int
				Unit, Points, Max        string
				Complete                 bool
				Criteria                 map[string]string
				Missing, TiedWith, Notes []string
			}
		}
	}
	if err := json.Unmarshal(line, &doc); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	for _, c := range doc.Clusters {
		var rows []oracleRow
		for _, s := range c.Standings {
			row := oracleRow{Rank: s.Rank, Unit: s.Unit, Points: s.Points, Max: s.Max, Complete: s.Complete, Criteria: s.Criteria,
				Missing: none(s.Missing), TiedWith: none(s.TiedWith)}
			for _, note := range s.Notes {
				if NoteIn(note, "vi") == note {
					t.Errorf("%q has no Vietnamese", note)
				}
				switch {
				case strings.Contains(note, "too few"):
					leaf, _, _ := strings.Cut(note, ":")
					row.TooFew = append(row.TooFew, leaf)
				case strings.Contains(note, "is void"):
					row.Void++
				case strings.Contains(note, "tie decided"):
					row.Decided = true
				default:
					t.Fatalf("unexpected note %q", note)
				}
			}
			slices.Sort(row.TooFew)
			rows = append(rows, row)
		}
		clusters = append(clusters, rows)
	}
	return clusters
}

// none makes an empty list nil, as the oracle has it.
func none(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}

// TestFoldAtEveryCut folds with arbitrary commits and reads, and between them admits what is then undone.
func TestFoldAtEveryCut(t *testing.T) {
	eachStory(t, 60, func(t *testing.T, s *story) {
		g := newGenerator(s.Uint64())
		l := NewLive()
		for i := 0; i < len(s.list); {
			to := i + 1 + g.IntN(min(7, len(s.list)-i))
			for g.chance(40) {
				g.junk(l, s.list)
			}
			for _, e := range s.list[i:to] {
				if g.chance(20) {
					point := l.Savepoint()
					g.admitSome(l, s.list)
					l.Rollback(point)
				}
				admitAll(t, l, []events.Event{e})
			}
			if g.chance(15) {
				l.Discard() // as after a conflict: admitted again below
				continue
			}
			l.Commit()
			i = to
			if g.chance(50) {
				requireSame(t, fold(t, s.list[:i]), l)
			}
		}
		requireSame(t, fold(t, s.list), l)
	})
}

// junk admits what is discarded again, with nested savepoints.
func (g *generator) junk(l *Live, list []events.Event) {
	points := []int{l.Savepoint()}
	for range 1 + g.IntN(6) {
		g.admitSome(l, list)
		switch {
		case g.chance(50):
			points = append(points, l.Savepoint())
		case g.chance(30):
			at := g.IntN(len(points))
			l.Rollback(points[at])
			points = points[:at+1]
		}
	}
	l.Discard()
}

// admitSome admits events made of drafts of list under new ids; refusals are welcome.
func (g *generator) admitSome(l *Live, list []events.Event) {
	for range 1 + g.IntN(4) {
		e := list[g.IntN(len(list))]
		last, recorded := l.Last()
		e.Seq, e.ID, e.Time = last+1, g.id(), time.Time{}
		if recorded.After(e.Recorded) {
			e.Recorded = recorded
		}
		if g.chance(10) {
			e.Payload, e.Subject = &events.CampaignClosed{Reason: "too early"}, ""
		}
		if g.chance(10) {
			e.Payload, e.Subject = &events.ImportStarted{File: "f", Rows: 1, Batches: []events.Batch{{Rows: 1, Root: "00"}}}, ""
		}
		l.Complete(&e.Draft, e.Recorded)
		_ = l.Admit(e) // refused or not, it is undone
	}
}

// requireSame compares everything two folds show and everything they keep for admission.
func requireSame(t testing.TB, want, got *Live) {
	t.Helper()
	if want.Summary().Regulation == nil && got.Summary() == want.Summary() {
		return // not open yet
	}
	if diff := cmp.Diff(string(jsonOf(want)), string(jsonOf(got))); diff != "" {
		t.Fatalf("standings (-fresh +live):\n%s", diff)
	}
	if diff := cmp.Diff(want.Audit(AuditFilter{}), got.Audit(AuditFilter{})); diff != "" {
		t.Fatalf("audit (-fresh +live):\n%s", diff)
	}
	if diff := cmp.Diff(want.Summary(), got.Summary(), cmp.Comparer(func(a, b *events.Regulation) bool { return a == b || bytes.Equal(a.Canonical(), b.Canonical()) })); diff != "" {
		t.Fatalf("summary (-fresh +live):\n%s", diff)
	}
	for name, pair := range map[string][2]map[cellKey]events.Seq{"cells": {want.state.cells.rows, got.state.cells.rows}} {
		if diff := cmp.Diff(pair[0], pair[1], cmp.AllowUnexported(cellKey{})); diff != "" {
			t.Fatalf("%s (-fresh +live):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff(want.state.only.rows, got.state.only.rows, cmp.AllowUnexported(onlyKey{})); diff != "" {
		t.Fatalf("only (-fresh +live):\n%s", diff)
	}
	if diff := cmp.Diff(want.state.places.rows, got.state.places.rows, cmp.AllowUnexported(placeKey{})); diff != "" {
		t.Fatalf("places (-fresh +live):\n%s", diff)
	}
	if diff := cmp.Diff(want.state.ids.rows, got.state.ids.rows); diff != "" {
		t.Fatalf("ids (-fresh +live):\n%s", diff)
	}
	if diff := cmp.Diff(want.state.names.list, got.state.names.list); diff != "" {
		t.Fatalf("names (-fresh +live):\n%s", diff)
	}
	if n := len(got.state.cells.undo) + len(got.state.ids.undo) + len(got.state.journal.pending); n != 0 {
		t.Fatalf("%d changes are left after a commit", n)
	}
	for _, unit := range []string{"u0", "u1"} {
		a, errA := want.Why("north", unit, "u0", "en")
		b, errB := got.Why("north", unit, "u0", "en")
		if diff := cmp.Diff(a, b); diff != "" || (errA == nil) != (errB == nil) {
			t.Fatalf("why %s: %v, %v (-fresh +live):\n%s", unit, errA, errB, diff)
		}
	}
}
