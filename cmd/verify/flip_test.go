package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"campaignledger/ledger/proof"
)

// flipped runs the command on a bundle with one bit flipped.
func flipped(t *testing.T, policy string, bundle []byte, bit int) int {
	t.Helper()
	changed := bytes.Clone(bundle)
	changed[bit/8] ^= 1 << (bit % 8)
	return run(context.Background(), []string{"--policy", policy, "-"}, bytes.NewReader(changed), io.Discard, io.Discard)
}

// TestEveryBit: whatever bit of a bundle is another, verification fails, with no panic and with a status that says so.
func TestEveryBit(t *testing.T) {
	t.Parallel()
	s := tiny(t, 1)
	policy, bundle := put(t, "policy", s.policy(1, 1).Marshal()), s.bundle(t)
	if code := run(t.Context(), []string{"--policy", policy, "-"}, bytes.NewReader(bundle), io.Discard, io.Discard); code != exitDone {
		t.Fatalf("exit status %d unchanged", code)
	}
	header := 8 * len(proof.BundleHeader+"\n")
	proof.Parallel(8*len(bundle), func(bit int) {
		code, want := flipped(t, policy, bundle, bit), exitBad
		if bit < header {
			want = exitFailed // no bundle any more
		}
		if code != want {
			t.Errorf("bit %d of byte %d, %q: exit status %d, want %d", bit%8, bit/8, bundle[bit/8], code, want)
		}
	})
}

// TestBitsRedigested flips bits for a forger who makes the last line right again: everything is pinned by something else than that.
func TestBitsRedigested(t *testing.T) {
	t.Parallel()
	for _, signed := range []bool{true, false} {
		s := small(t, signed, 2)
		redigested(t, s.policy(2, 2), s.bundle(t))
	}
}

func redigested(t *testing.T, p *proof.Policy, bundle []byte) {
	t.Helper()
	policy := put(t, "policy", p.Marshal())
	body := bundle[:len(bundle)-65]
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	const most = 2000 // at one go
	proof.Parallel(min(most, len(body)), func(i int) {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		changed, at := bytes.Clone(body), random.IntN(len(body))
		changed[at] ^= 1 << random.IntN(8)
		code := run(context.Background(), []string{"--policy", policy, "-"}, bytes.NewReader(digested(changed)), io.Discard, io.Discard)
		if code == exitDone {
			t.Errorf("seed %d: byte %d became %q, and nothing fails: %q", seed, at, changed[at], bundle[max(0, at-20):at+20])
		}
	})
}

// TestSampledBits flips some bits of a whole year.
func TestSampledBits(t *testing.T) {
	t.Parallel()
	s, _ := year(t)
	policy, bundle := put(t, "policy", s.policy(3, 2).Marshal()), s.bundle(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 40 {
		if bit := random.IntN(8 * len(bundle)); flipped(t, policy, bundle, bit) == exitDone {
			t.Errorf("seed %d: bit %d flipped, and nothing fails", seed, bit)
		}
	}
}

// digested puts the right last line behind a bundle's other lines.
func digested(body []byte) []byte {
	return fmt.Appendf(bytes.Clone(body), "%x\n", sha256.Sum256(body))
}
