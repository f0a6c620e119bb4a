package ledger_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"campaignledger/events"
	"campaignledger/ledger"
)

var errSignature = errors.New("the signature is not the author's")

// signers is what a gate knows of one member's key, as of its last commit and as of what it has admitted.
type signers struct {
	committed atomic.Pointer[events.PublicKey] // nil: no member is known yet
	admitting events.PublicKey                 // only the admitting goroutine's

	late      atomic.Int64 // signatures that admission had to check by itself
	now, most atomic.Int64 // checks under way, and the most of them at once
}

// testKey is the n-th key of these tests.
func testKey(n byte) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = n
	return ed25519.NewKeyFromSeed(seed)
}

// signedGate admits what testKey(1) signed; the key is known to Check once an event is committed.
func signedGate() (*fakeGate, *signers) {
	g, s := newGate(), &signers{admitting: events.PublicKeyOf(testKey(1))}
	g.rule = func(g *fakeGate, e events.Event) error {
		if e.Verified != s.admitting {
			s.late.Add(1)
			if !events.VerifySignature(s.admitting, events.NoGenesis, e.Record) {
				return errSignature
			}
		}
		return nil
	}
	g.committed = func() { key := s.admitting; s.committed.Store(&key) }
	g.check = func(e *events.Event) {
		most := s.now.Add(1)
		for seen := s.most.Load(); most > seen && !s.most.CompareAndSwap(seen, most); seen = s.most.Load() {
		}
		runtime.Gosched()
		if key := s.committed.Load(); key != nil && events.VerifySignature(*key, events.NoGenesis, e.Record) {
			e.Verified = *key
		}
		s.now.Add(-1)
	}
	return g, s
}

func withGate(g *fakeGate) func(*ledger.Config) {
	return func(cfg *ledger.Config) { cfg.Gate = g }
}

func signed(t *testing.T, key ed25519.PrivateKey, d events.Draft) events.Proposal {
	t.Helper()
	record, err := events.Sign(key, events.NoGenesis, encode(t, d))
	if err != nil {
		t.Fatal(err)
	}
	return events.Proposal{Record: record}
}

// TestSignaturesAreCheckedAhead: by as many as there are cores, so that admission has nothing left to check.
func TestSignaturesAreCheckedAhead(t *testing.T) {
	t.Parallel()
	const writers, each = 40, 5
	gate, seen := signedGate()
	l, _ := openLedger(t, ledger.NewMemory(), exclusive, withGate(gate))
	mustAppend(t, l, signed(t, testKey(1), score("first")))
	var running sync.WaitGroup
	for w := range writers {
		var own []events.Proposal
		for i := range each {
			own = append(own, signed(t, testKey(1), score(fmt.Sprint(w, i))))
		}
		running.Go(func() {
			if _, err := l.Append(t.Context(), own...); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if late := seen.late.Load(); late != 1 {
		t.Errorf("admission checked %d signatures, want the first alone", late)
	}
	if most := seen.most.Load(); most > int64(runtime.GOMAXPROCS(0)) {
		t.Errorf("%d checks at once on %d cores", most, runtime.GOMAXPROCS(0))
	}
}

// TestBadSignatures: what a caller claims to have checked counts for nothing, and a key that changed since the check is asked anew.
func TestBadSignatures(t *testing.T) {
	t.Parallel()
	store := ledger.NewMemory()
	gate, seen := signedGate()
	l, _ := openLedger(t, store, exclusive, withGate(gate))
	mustAppend(t, l, signed(t, testKey(1), score("first")))
	good := signed(t, testKey(1), score("good"))
	altered := events.Record(append([]byte(nil), good.Record...))
	digit := &altered[len(altered)-3]
	*digit = map[bool]byte{true: '1', false: '0'}[*digit == '0'] // another one
	for name, p := range map[string]events.Proposal{
		"another's key":         signed(t, testKey(2), score("x")),
		"altered":               {Record: altered},
		"unsigned":              proposal(t, score("x")),
		"claimed to be checked": {Record: signed(t, testKey(2), score("x")).Record, Verified: seen.admitting},
		"claimed, a draft":      {Draft: score("x"), Verified: seen.admitting},
	} {
		if _, err := l.Append(t.Context(), p); !errors.Is(err, errSignature) || !errors.As(err, new(*ledger.RefusedError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	old := seen.committed.Load()
	seen.admitting = events.PublicKeyOf(testKey(2)) // the appender rests
	if _, err := l.Append(t.Context(), good); !errors.Is(err, errSignature) || *seen.committed.Load() != *old {
		t.Errorf("the old key's signature: %v", err)
	}
	mustAppend(t, l, signed(t, testKey(2), score("new key")))
	if n := len(storedRecords(t, store)); n != 2 {
		t.Errorf("%d records are stored, want 2", n)
	}
}

// writeSigned makes a log of one event and then commits of so many, all signed.
func writeSigned(t *testing.T, commits, size int) *ledger.Memory {
	t.Helper()
	store := ledger.NewMemory()
	gate, _ := signedGate()
	l, _ := openLedger(t, store, exclusive, withGate(gate))
	mustAppend(t, l, signed(t, testKey(1), score("first")))
	for range commits {
		var body []events.Proposal
		for range size {
			body = append(body, signed(t, testKey(1), score("x")))
		}
		mustAppend(t, l, body...)
	}
	l.Close()
	return store
}

// TestReplayChecksAhead: the members are known once the first commit is applied, and from there on admission checks nothing itself.
func TestReplayChecksAhead(t *testing.T) {
	t.Parallel()
	const commits, size = 30, 50 // several batches
	gate, seen := signedGate()
	l, _ := openLedger(t, writeSigned(t, commits, size), withGate(gate))
	if last, _ := l.Last(); last != 1+commits*size || l.Broken() != nil {
		t.Fatalf("replayed to event %d: %v", last, l.Broken())
	}
	if late := seen.late.Load(); late != 1 {
		t.Errorf("admission checked %d signatures, want the first alone", late)
	}
}

// forge stores a commit past the program: two good records and one that another key signed between them.
func forge(t *testing.T, store ledger.Store) {
	t.Helper()
	last, err := store.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var records []events.Record
	for _, key := range []byte{1, 2, 1} {
		records = append(records, signed(t, testKey(key), score("forged")).Record)
	}
	c := ledger.NewCommit(last+1, events.Milliseconds(time.Now()).Add(time.Hour), records)
	if err := store.Append(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// TestForgedRecord: a record in the log that its author did not sign makes it read-only there, for who follows and who replays.
func TestForgedRecord(t *testing.T) {
	t.Parallel()
	store := writeSigned(t, 2, 3)
	gate, _ := signedGate()
	l, _ := openLedger(t, store, withGate(gate))
	forge(t, store)
	waitFor(t, func() bool { return l.Broken() != nil })
	expectReadOnly(t, l, 8, ledger.ErrNotAdmitted)
	l.Close()
	again, _ := signedGate()
	l, _ = openLedger(t, store, withGate(again))
	expectReadOnly(t, l, 8, ledger.ErrNotAdmitted)
	if broken := new(ledger.BrokenError); !errors.As(l.Broken(), &broken) || broken.Seq != 9 || broken.Reason != errSignature.Error() {
		t.Errorf("broken by %v", l.Broken())
	}
}
