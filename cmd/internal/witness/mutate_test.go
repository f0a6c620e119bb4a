package witness_test

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"campaignledger/cmd/internal/witness"
	"campaignledger/ledger/proof"
)

// TestMutatedAnswers changes, cuts off or repeats a part of one answer a round. Whatever comes of it, the witness never cosigns what the log is
// not, and goes on where no alarm ended it.
func TestMutatedAnswers(t *testing.T) {
	t.Parallel()
	const tries = 30
	alarms := 0
	for seed := range uint64(tries) {
		random := rand.New(rand.NewPCG(seed, 1))
		f := newFakeLog(t)
		cfg := f.config("a-w")
		w := open(t, cfg)
		heads := map[proof.Head]bool{f.checkpoint().Head: true}
		mutating := false
		f.change(func() {
			f.hidden = between(8, 9)
			f.override = func(answer http.ResponseWriter, r *http.Request) bool {
				if !mutating || random.IntN(4) > 0 || r.Method != http.MethodGet {
					return false
				}
				f.override, mutating = nil, false
				recorder := httptest.NewRecorder()
				f.mu.Unlock()
				f.ServeHTTP(recorder, r)
				f.mu.Lock()
				_, _ = answer.Write(mutate(random, recorder.Body.Bytes()))
				return true
			}
		})
		override := f.override
		for round := range 6 {
			heads[f.grow(1+random.IntN(3)).Head] = true
			f.change(func() {
				f.override, mutating = override, round%2 == 1
				if round == 4 {
					f.hidden = between()
				}
			})
			_, err := w.Round(t.Context())
			if errors.As(err, new(*witness.Alarm)) {
				alarms++
				break
			}
			if round%2 == 0 && err != nil {
				t.Errorf("seed %d, round %d: %v", seed, round, err)
			}
		}
		for _, post := range f.posts {
			if c, err := proof.OpenCheckpoint(post, f.policy); err != nil || !heads[c.Head] {
				t.Errorf("seed %d: it cosigned %s (%v)", seed, post, err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(cfg.Dir, campaign, "state.json")); err != nil {
			t.Fatal(err)
		}
		open(t, cfg) // the copy is whole, whatever came
	}
	if alarms == 0 || alarms == tries {
		t.Errorf("%d of %d ended in an alarm: the test does not try what it should", alarms, tries)
	}
}

// mutate changes a part of an answer.
func mutate(random *rand.Rand, body []byte) []byte {
	if len(body) == 0 {
		return []byte("x")
	}
	at := random.IntN(len(body))
	switch random.IntN(4) {
	case 0:
		body[at] ^= 1 << random.IntN(8)
		return body
	case 1:
		return body[:at]
	case 2:
		return append(append([]byte(nil), body[:at]...), body[at/2:]...)
	}
	return append(append([]byte(nil), body[:at]...), body[min(len(body), at+1+random.IntN(40)):]...)
}
