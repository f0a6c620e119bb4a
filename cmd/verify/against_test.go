package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/verify"
	"campaignledger/events"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// receipt is that of an event under a checkpoint of a size.
func (s *story) receipt(t testing.TB, seq events.Seq, size uint64) []byte {
	t.Helper()
	tree, n := proof.NewTree(), events.Seq(0)
	r := &proof.Receipt{Seq: seq, Checkpoint: s.sign(t, s.head(size))}
	for _, c := range s.commits {
		for _, record := range c.records {
			if n++; n == seq {
				r.Record, r.Recorded = record, c.recorded
			}
			tree.Append(events.LeafHash(record, c.recorded))
		}
	}
	var err error
	if r.Proof, err = tree.Prove(size, uint64(seq)-1); err != nil {
		t.Fatal(err)
	}
	return r.Marshal()
}

// refusal is one of drafts after an event, at a time.
func (s *story) refusal(t testing.TB, seq events.Seq, at time.Time, code projections.Code, drafts ...events.Record) []byte {
	t.Helper()
	origin := proof.Origin(s.campaign, s.genesis)
	signer, err := proof.LogSigner(origin, keyOf("log"))
	if err != nil {
		t.Fatal(err)
	}
	r := &proof.Refusal{Origin: origin, Drafts: drafts, Seq: seq, Time: at, Code: string(code), Reason: "because"}
	if err := r.Sign(signer); err != nil {
		t.Fatal(err)
	}
	return r.Marshal()
}

// lodging is one of drafts with w1.
func (s *story) lodging(t testing.TB, at time.Time, drafts ...events.Record) []byte {
	t.Helper()
	signer, err := proof.LodgingSigner("w1", keyOf("w1"))
	if err != nil {
		t.Fatal(err)
	}
	l := &proof.Lodging{Origin: proof.Origin(s.campaign, s.genesis), Drafts: drafts, Time: at}
	if err := l.Sign(signer); err != nil {
		t.Fatal(err)
	}
	return l.Marshal()
}

// cut is the story's first commits.
func (s *story) cut(t testing.TB, commits int) *story {
	c := s.clone()
	c.commits = c.commits[:commits]
	c.settle(t, 3)
	return c
}

// against is a test of one kept file: what comes of it, and words that say so.
type against struct {
	name   string
	data   []byte
	status verify.Status
	seq    events.Seq
	says   string
}

func (a against) check(t *testing.T, p *proof.Policy, bundle []byte) {
	t.Helper()
	code, r, messages := started(t, p, bundle, "--against", put(t, "kept", a.data))
	if r == nil {
		t.Fatalf("exit status %d: %s", code, messages)
	}
	l := lineOf(t, r, verify.Against)
	if l.Status != a.status || l.Seq != a.seq || !strings.Contains(l.Text+strings.Join(l.Details, "\n"), a.says) {
		t.Errorf("%+v", l)
	}
	if failed := a.status == verify.Failed; failed != (code == exitBad) || len(failures(r)) > 1 || failed != (len(failures(r)) == 1) {
		t.Errorf("exit status %d, %v", code, failures(r))
	}
}

func TestAgainst(t *testing.T) {
	t.Parallel()
	good := small(t, true, 3)
	p, bundle := good.policy(3, 2), good.bundle(t)
	forked := good.clone()
	forked.commits[4].records, forked.commits[5].records = forked.commits[5].records, forked.commits[4].records
	longer := small(t, true, 3)
	longer.tell(longer.draft("b-head", "b", score("A", "b", "8")))
	notes := slices.Concat(good.sign(t, good.head(3)).Marshal(), good.points[5], good.points[8])
	other := small(t, true, 3).clone()
	other.genesis = strings.Repeat("0", 64)
	old := good.cut(t, 4)
	tests := []against{
		{"checkpoint", good.sign(t, good.head(4)).Marshal(), verify.OK, 0, "1 checkpoint"},
		{"checkpoints", notes, verify.OK, 0, "3 checkpoints, the newest of 8"},
		{"checkpoint of a fork", forked.sign(t, forked.head(7)).Marshal(), verify.Failed, 7, "bundle:  campaign-ledger/signed/"},
		{"checkpoint of a fork, where the bundle has none", forked.sign(t, forked.head(8)).Marshal(), verify.Failed, 8, "FORK"},
		{"checkpoint of more", longer.sign(t, longer.head(9)).Marshal(), verify.Failed, 9, "rolled back"},
		{"checkpoint of another log", other.sign(t, good.head(4)).Marshal(), verify.Failed, 0, "of another log of a campaign of this name"},
		{"receipt of another campaign", small(t, false, 0).receipt(t, 2, 3), verify.Failed, 0, "it is of the campaign small"},
		{"receipt", good.receipt(t, 6, 7), verify.OK, 0, "event 6"},
		{"receipt of a fork", forked.receipt(t, 7, 7), verify.Failed, 7, "not that of the receipt"},
		{"receipt under a checkpoint of a fork", forked.receipt(t, 2, 7), verify.Failed, 7, "FORK"},
		{"receipt of more", longer.receipt(t, 9, 9), verify.Failed, 9, "rolled back"},
		{"bundle", old.bundle(t), verify.OK, 0, "6 events"},
		{"the same bundle", bundle, verify.OK, 0, "8 events"},
		{"bundle of a fork", forked.bundle(t), verify.Failed, 7, "event 7"},
		{"damaged bundle", old.bundle(t)[:len(old.bundle(t))-3], verify.Failed, 0, "damaged itself"},
		{"bundle of another log", other.bundle(t), verify.Failed, 0, "of another log"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.check(t, p, bundle) })
	}
	t.Run("longer bundle", func(t *testing.T) {
		against{"", bundle, verify.Failed, 7, "rolled back"}.check(t, p, old.bundle(t))
	})
	t.Run("no such thing", func(t *testing.T) {
		if code, _, messages := started(t, p, bundle, "--against", put(t, "kept", []byte("hello\n"))); code != exitFailed || !strings.Contains(messages, "by its first line") {
			t.Errorf("exit status %d: %s", code, messages)
		}
	})
}

// TestAgainstDrafts: what was refused, and what was lodged, is held against admission at that place.
func TestAgainstDrafts(t *testing.T) {
	t.Parallel()
	l := small(t, true, 3)
	p, bundle := l.policy(3, 2), l.bundle(t)
	l.commits = l.commits[:5] // drafts claim the time of the sixth commit
	at := l.now().Add(-time.Second)
	fine, again := l.draft("b-head", "b", score("B", "b", "4")), l.draft("b-head", "b", score("A", "b", "4"))
	foreign := l.draft("b-head", "a", score("B", "a", "4"))
	alien := bytes.Replace(fine, []byte(`"4"`), []byte(`"5"`), 1)
	filed := score("B", "b", "4")
	filed.Evidence = "sha256:" + strings.Repeat("7", 64)
	file := l.draft("b-head", "b", filed)
	l = &teller{t: t, story: small(t, true, 3).story}
	logged := l.commits[5].records[0]
	late := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	tests := []against{
		{"refused rightly", l.refusal(t, 7, at, projections.CodeSupersedes, again), verify.OK, 0, "rightly refused after event 7"},
		{"refused rightly by its author", l.refusal(t, 7, at, projections.CodeScorer, foreign), verify.OK, 0, "rightly refused after event 7"},
		{"refused rightly, another reason", l.refusal(t, 7, at, projections.CodeScorer, again), verify.OK, 0, "another reason"},
		{"refused rightly, forged", l.refusal(t, 7, at, projections.CodeSignature, alien), verify.OK, 0, "rightly refused"},
		{"refused rightly, in a body", l.refusal(t, 7, at, projections.CodeSupersedes, fine, again), verify.OK, 0, "rightly refused"},
		{"refused rightly within a commit", l.refusal(t, 4, began.Add(2*time.Minute), projections.CodeStage, fine), verify.OK, 0, "rightly refused after event 4"},
		{"refused wrongly", l.refusal(t, 7, at, projections.CodeLate, fine), verify.Failed, 7, "WRONGLY"},
		{"refused wrongly, logged later", l.refusal(t, 7, at, projections.CodeLate, logged), verify.Failed, 7, "stands in the log as event 8"},
		{"refused at the end", l.refusal(t, 8, late, projections.CodeLate, again), verify.OK, 0, "rightly refused"},
		{"refused with a false time", l.refusal(t, 7, late, projections.CodeLate, fine), verify.Failed, 7, "not between"},
		{"refused with an earlier time", l.refusal(t, 7, began, projections.CodeLate, fine), verify.Failed, 7, "not between"},
		{"refused for a file", l.refusal(t, 7, at, projections.CodeEvidence, file), verify.NotCheckable, 0, "no log can tell"},
		{"refused after more", l.refusal(t, 9, at, projections.CodeLate, fine), verify.Failed, 9, "rolled back"},
		{"refused, damaged", bytes.Replace(l.refusal(t, 7, at, projections.CodeLate, fine), []byte("because"), []byte("whatever"), 1), verify.Failed, 0, "signature"},
		{"lodged and logged", l.lodging(t, at, logged), verify.OK, 0, "stands in the log as event 8"},
		{"lodged and left out", l.lodging(t, at, fine), verify.Failed, 8, "NOT in the log"},
		{"lodged and refused", l.lodging(t, at, again), verify.OK, 0, "admission refuses it before event 8"},
		{"lodged after all", l.lodging(t, late, fine), verify.NotCheckable, 0, "nothing was recorded after that"},
		{"lodged with a file", l.lodging(t, at, file), verify.NotCheckable, 0, "if the server held"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.check(t, p, bundle) })
	}
}
