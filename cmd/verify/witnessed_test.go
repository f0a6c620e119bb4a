package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"campaignledger/cmd/internal/verify"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// witnessedBy is tiny, whose regulation names witnesses w1 … and a quorum.
func witnessedBy(t testing.TB, witnesses, quorum int) *story {
	t.Helper()
	var keys []string
	for i := range witnesses {
		name := fmt.Sprintf("w%d", i+1)
		keys = append(keys, fmt.Sprintf("{id: %s, key: %q}", name, events.PublicKeyOf(keyOf(name))))
	}
	return tinyWith(t, witnesses, fmt.Sprintf("witnesses: {quorum: %d, keys: [%s]}\n", quorum, strings.Join(keys, ", ")))
}

// TestPolicyOfTheRegulation: a policy that names others than the regulation does, or asks for less, fails whatever the checkpoints have.
func TestPolicyOfTheRegulation(t *testing.T) {
	t.Parallel()
	s := witnessedBy(t, 4, 3)
	bundle := s.bundle(t)
	renamed, rekeyed, less := s.policy(4, 3), s.policy(4, 3), s.policy(3, 3)
	renamed.Witnesses[3].Name = "x-w"
	rekeyed.Witnesses[1].Key = events.PublicKeyOf(keyOf("x-w"))
	for _, test := range []struct {
		name   string
		policy *proof.Policy
		says   []string // none: it passes
	}{
		{"the same", s.policy(4, 3), nil},
		{"a larger quorum", s.policy(4, 4), nil},
		{"a smaller quorum", s.policy(4, 2), []string{"the policy asks for 2 of 4 witnesses, the regulation that the heads signed for 3 of 4", "get the present policy"}},
		{"no quorum", s.policy(4, 0), []string{"the policy asks for 0 of 4 witnesses"}},
		{"no witnesses", s.policy(0, 0), []string{"the policy asks for 0 of 0 witnesses", "lacks w1, w2, w3, w4"}},
		{"another name", renamed, []string{"the policy names x-w, whom the regulation does not", "lacks w4"}},
		{"another key", rekeyed, []string{"another key of w2"}},
		{"one less", less, []string{"lacks w4"}},
		{"one more", s.policy(5, 3), []string{"names w5, whom the regulation does not"}},
	} {
		code, r, messages := started(t, test.policy, bundle)
		if r == nil {
			t.Fatalf("%s: exit status %d: %s", test.name, code, messages)
		}
		l := lineOf(t, r, verify.Witnessed)
		if failed := l.Status == verify.Failed; failed != (test.says != nil) || failed != (code == exitBad) {
			t.Errorf("%s: exit status %d, %+v", test.name, code, l)
		}
		if i := slices.IndexFunc(test.says, func(says string) bool { return !strings.Contains(l.Text, says) }); i >= 0 {
			t.Errorf("%s: %q does not say %q", test.name, l.Text, test.says[i])
		}
	}
}

// TestUnsafeQuorum: a quorum of which two may share liars alone is said to be unsafe, and fails nothing.
func TestUnsafeQuorum(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		witnesses, quorum int
		unsafe            bool
	}{{1, 1, false}, {2, 1, true}, {2, 2, false}, {3, 2, false}, {4, 2, true}, {4, 3, false}, {7, 4, true}, {7, 5, false}} {
		s := witnessedBy(t, test.witnesses, test.quorum)
		l := lineOf(t, mustPass(t, s.policy(test.witnesses, test.quorum), s.bundle(t)), verify.Witnessed)
		if strings.Contains(l.Text, "UNSAFE") != test.unsafe {
			t.Errorf("%d of %d: %s", test.quorum, test.witnesses, l.Text)
		}
	}
}
