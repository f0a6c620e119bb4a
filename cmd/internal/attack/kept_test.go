package attack

import (
	"strings"
	"testing"
	"time"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// refusal is the log's signed word that it refused a draft after an event.
func refusal(t *testing.T, m *master, seq events.Seq, at time.Time, code string, drafts ...events.Record) []byte {
	t.Helper()
	r := &proof.Refusal{Origin: m.policy.Origin, Drafts: drafts, Seq: seq, Time: events.Milliseconds(at), Code: code, Reason: "so it is"}
	if err := r.Sign(logSigner(m.policy.Origin, "log")); err != nil {
		t.Fatal(err)
	}
	return r.Marshal()
}

// TestWrongRefusal: the server refuses a draft that the rules admit, and signs that.
func TestWrongRefusal(t *testing.T) {
	t.Parallel()
	m := stored(t)
	at := m.honest.recordedAt(seqCorrection).Add(5 * time.Minute)
	d := neverRecorded(m.policy.Genesis(), at)
	finds(t, m.policy, m.newest, allGood+" against:19", refusal(t, m, seqCorrection, at, "deadline", d))
	// Behind the deadline it is right, whatever else it says. A time that lies between no two events is not.
	finds(t, m.policy, m.newest, allGood+" against:ok", refusal(t, m, seqReview, m.honest.recordedAt(seqReview), "deadline", d))
	finds(t, m.policy, m.newest, allGood+" against:19", refusal(t, m, seqCorrection, m.honest.recordedAt(seqReview).Add(time.Hour), "deadline", d))
	// A forged one is none.
	forged := strings.Replace(string(refusal(t, m, seqCorrection, at, "deadline", d)), "\ndeadline\n", "\nduplicate-id\n", 1)
	finds(t, m.policy, m.newest, allGood+" against:failed", []byte(forged))
}

// TestNeverRecorded: the server does not record a draft that the rules admit, and signs nothing; but it was lodged.
func TestNeverRecorded(t *testing.T) {
	t.Parallel()
	m := stored(t)
	finds(t, m.policy, m.newest, allGood+" against:20", m.lodging)
	finds(t, m.policy, m.older, allGood+" against:?", m.lodging) // it ends before
	// Had it been recorded, it would be there.
	s := m.honest.clone()
	at := s.recordedAt(seqCorrection).Add(time.Minute)
	s.cut(seqCorrection)
	s.add(at, neverRecorded(m.policy.Genesis(), s.recordedAt(seqCorrection)))
	s.resettle(m.policy, witnesses()...)
	finds(t, m.policy, s.bundle(t), allGood+" against:ok", m.lodging)
}

// TestReceiptDenied: the server gave receipts, and shows a log without the event, or with another.
func TestReceiptDenied(t *testing.T) {
	t.Parallel()
	m := stored(t)
	s := m.honest.clone()
	s.remove(seqVote + 4) // what follows moves up
	s.resettle(m.policy, witnesses()...)
	r := verified(t, m.policy, s.bundle(t), m.receipts[seqVote+3], m.receipts[seqLast], m.receipts[seqLakeMark])
	if got := verdict(r); !strings.HasSuffix(got, " against:44 against:44 against:44") {
		t.Errorf("verify says %s", got)
	}
}
