package main

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/verify"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// TestOffline: the verifier has no server, no web and no store among its dependencies.
func TestOffline(t *testing.T) {
	t.Parallel()
	list, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, path := range strings.Fields(string(list)) {
		bad := path == "campaignledger/ledger" || strings.HasPrefix(path, "net/http") || path == "html/template" || strings.Contains(path, "nats")
		for _, own := range []string{"server", "host", "client", "cli"} {
			bad = bad || path == "campaignledger/cmd/internal/"+own
		}
		if bad {
			t.Errorf("verify depends on %s", path)
		}
	}
}

func TestGoodBundles(t *testing.T) {
	t.Parallel()
	signed, plain := small(t, true, 3), small(t, false, 0)
	r := mustPass(t, signed.policy(3, 2), signed.bundle(t))
	for _, l := range r.Lines {
		if want := verify.OK; l.Status != want && l.Name != verify.Unknowable {
			t.Errorf("%+v", l)
		}
	}
	if r.Events != 8 || r.Signatures != 8 || r.Witnessed != 8 || r.Covered != 8 || r.Cosignatures != 3*r.Checkpoints || !r.OK || !r.Signed {
		t.Errorf("%+v", r)
	}
	r = mustPass(t, plain.policy(0, 0), plain.bundle(t))
	for name, want := range map[string]verify.Status{verify.Authentic: verify.NotCheckable, verify.Complete: verify.OK, verify.Witnessed: verify.OK,
		verify.Timely: verify.NotCheckable, verify.Admitted: verify.OK, verify.Recomputed: verify.OK} {
		if l := lineOf(t, r, name); l.Status != want {
			t.Errorf("%+v", l)
		}
	}
}

// forgery is what somebody makes of a good story who has the log's key, and the witnesses' where they settle; and what fails, at which event.
type forgery struct {
	name  string
	forge func(*story)
	want  map[string]events.Seq
}

// TestForged: each forgery fails what it has to and nothing else.
func TestForged(t *testing.T) {
	t.Parallel()
	good := small(t, true, 3)
	p := good.policy(3, 2)
	for _, test := range slices.Concat(forgedEvents(t), forgedClaims(), forgedCheckpoints(t)) {
		t.Run(test.name, func(t *testing.T) {
			s := good.clone()
			test.forge(s)
			mustFail(t, p, s.bundle(t), test.want)
		})
	}
	t.Run("other log key", func(t *testing.T) {
		other := *p
		other.Log = events.PublicKeyOf(keyOf("other"))
		mustFail(t, &other, good.bundle(t), map[string]events.Seq{verify.Complete: 1, verify.Witnessed: 1})
	})
}

// forgedEvents are changes of records.
func forgedEvents(t *testing.T) []forgery {
	return []forgery{
		{"changed point", func(s *story) {
			s.commits[4].records[0] = bytes.Replace(s.commits[4].records[0], []byte(`"8"`), []byte(`"9"`), 1)
			s.settle(t, 3)
		}, map[string]events.Seq{verify.Authentic: 7}},
		{"changed point under old checkpoints", func(s *story) {
			s.commits[4].records[0] = bytes.Replace(s.commits[4].records[0], []byte(`"8"`), []byte(`"9"`), 1)
		}, map[string]events.Seq{verify.Authentic: 7, verify.Complete: 6, verify.Witnessed: 6}},
		{"no signature", func(s *story) {
			s.commits[4].records[0] = s.commits[4].records[0].Unsigned()
			s.checkpoints(t, 3)
		}, map[string]events.Seq{verify.Authentic: 7}},
		{"removed event", func(s *story) {
			points := s.points
			s.commits = append(s.commits[:4], s.commits[5])
			s.settle(t, 3)
			s.points = map[uint64][]byte{1: points[1], 5: points[5], 7: points[7]}
		}, map[string]events.Seq{verify.Complete: 6, verify.Witnessed: 6}},
		{"swapped events", func(s *story) {
			s.commits[4].records, s.commits[5].records = s.commits[5].records, s.commits[4].records
		}, map[string]events.Seq{verify.Complete: 6, verify.Witnessed: 6}},
		{"swapped events, settled by all", func(s *story) {
			s.commits[1].records[0], s.commits[3].records[0] = s.commits[3].records[0], s.commits[1].records[0]
			s.points = map[uint64][]byte{8: s.sign(t, s.head(8), s.recordedAt(8), s.recordedAt(8), s.recordedAt(8)).Marshal()}
		}, map[string]events.Seq{verify.Admitted: 2}},
	}
}

// forgedClaims are changes of what is said of the records.
func forgedClaims() []forgery {
	return []forgery{
		{"wrong standings", func(s *story) { s.standings = bytes.Replace(s.standings, []byte("7.50"), []byte("9.50"), 1) }, map[string]events.Seq{verify.Recomputed: 8}},
		{"wrong awards", func(s *story) {
			s.awards = bytes.Replace(s.awards, []byte(`"documents":`), []byte(`"documents" :`), 1)
		}, map[string]events.Seq{verify.Recomputed: 8}},
		{"evidence left out", func(s *story) { s.evidence = nil }, map[string]events.Seq{verify.Recomputed: 8}},
	}
}

// forgedCheckpoints are changes of checkpoints and times.
func forgedCheckpoints(t *testing.T) []forgery {
	return []forgery{
		{"forged root between", func(s *story) {
			s.points[5] = s.sign(t, proof.Head{Size: 5, Root: s.roots()[4]}, s.recordedAt(5), s.recordedAt(5), s.recordedAt(5)).Marshal()
		}, map[string]events.Seq{verify.Complete: 2}},
		{"checkpoint of another size", func(s *story) { s.points[5] = s.points[7] }, map[string]events.Seq{verify.Complete: 6}},
		{"no checkpoint at the end", func(s *story) { delete(s.points, 8) }, map[string]events.Seq{verify.Complete: 8, verify.Witnessed: 8}},
		{"no cosignatures at the end", func(s *story) {
			s.points[8] = s.sign(t, s.head(8), s.recordedAt(8), time.Time{}, time.Time{}).Marshal()
		}, map[string]events.Seq{verify.Witnessed: 8}},
		{"no cosignatures", func(s *story) {
			for size := range s.points {
				s.points[size] = s.sign(t, s.head(size)).Marshal()
			}
		}, map[string]events.Seq{verify.Witnessed: 1}},
		{"dated later", func(s *story) {
			times := []time.Time{s.recordedAt(5).Add(-62 * time.Second), s.recordedAt(5).Add(-62 * time.Second), s.recordedAt(5)}
			s.points[5] = s.sign(t, s.head(5), times...).Marshal()
		}, map[string]events.Seq{verify.Timely: 5}},
		{"dated earlier", func(s *story) {
			late := s.recordedAt(6).Add(61 * time.Second)
			s.points[5] = s.sign(t, s.head(5), late, late, late).Marshal()
		}, map[string]events.Seq{verify.Timely: 6}},
		{"time runs back", func(s *story) {
			s.commits[3].recorded = s.commits[2].recorded.Add(-time.Millisecond)
			s.points = map[uint64][]byte{8: s.sign(t, s.head(8), s.recordedAt(8), s.recordedAt(8), s.recordedAt(8)).Marshal()}
		}, map[string]events.Seq{verify.Timely: 6, verify.Admitted: 6}},
		{"other genesis", func(s *story) {
			s.commits[0].records[0] = append(bytes.TrimSuffix(bytes.Clone(s.commits[0].records[0]), []byte("}")), " }"...)
			s.points = map[uint64][]byte{8: s.sign(t, s.head(8), s.recordedAt(8), s.recordedAt(8), s.recordedAt(8)).Marshal()}
		}, map[string]events.Seq{verify.Authentic: 1, verify.Admitted: 1}},
		{"other log", func(s *story) { s.genesis = strings.Repeat("0", 64) }, map[string]events.Seq{verify.Authentic: 1}},
	}
}
