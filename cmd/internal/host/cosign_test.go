package host_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/keys"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
)

// policyOf is the campaign's own policy with witnesses of the names, and a quorum.
func policyOf(c *host.Campaign, quorum int, names ...string) *proof.Policy {
	p := c.Policy()
	p.Quorum, p.Witnesses = quorum, nil
	for _, name := range names {
		p.Witnesses = append(p.Witnesses, proof.Witness{Name: name, Key: events.PublicKeyOf(keyOf(name))})
	}
	return p
}

func adopt(t *testing.T, c *host.Campaign, p *proof.Policy) {
	t.Helper()
	if err := c.Adopt(p.Marshal()); err != nil {
		t.Fatal(err)
	}
}

// cosigned is a checkpoint with a witness's signature.
func cosigned(t *testing.T, signed *proof.Checkpoint, name string, key ed25519.PrivateKey) []byte {
	t.Helper()
	signer, err := proof.Cosigner(name, key)
	if err != nil {
		t.Fatal(err)
	}
	with, err := signed.Cosign(signer)
	if err != nil {
		t.Fatal(err)
	}
	return with.Marshal()
}

// cosign has witnesses sign a checkpoint of the server.
func cosign(t *testing.T, c *host.Campaign, signed *proof.Checkpoint, names ...string) (w host.Witnessing) {
	t.Helper()
	for _, name := range names {
		var err error
		if w, err = c.Cosign(t.Context(), cosigned(t, signed, name, keyOf(name))); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// grown appends an event and has it signed, after the opening was.
func grown(t *testing.T, c *host.Campaign) *proof.Checkpoint {
	t.Helper()
	untilSigned(t, c, 1)
	enter(t, c, 1)
	if err := c.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	newest, err := c.Newest()
	if err != nil {
		t.Fatal(err)
	}
	return newest
}

// TestCosign: what witnesses sign is kept, once, counted and given out, also after a restart; a receipt prefers what a quorum stands behind.
func TestCosign(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir, CheckpointInterval: rare})
	c := openCampaign(t, h)
	first := grown(t, c)
	if w := c.Witnessing(); w != (host.Witnessing{Size: 2}) {
		t.Errorf("without a policy: %+v", w)
	}
	adopt(t, c, policyOf(c, 2, "w1", "w2", "w3"))
	if w := cosign(t, c, first, "w2"); w != (host.Witnessing{Size: 2, Cosigned: 1, Quorum: 2, Witnesses: 3, Safe: true}) {
		t.Errorf("one: %+v", w)
	}
	if r, err := c.Receipt(t.Context(), 1); err != nil || r.Checkpoint.Size != 2 || len(r.Checkpoint.Cosignatures) != 1 {
		t.Errorf("before the quorum: %+v, %v", r, err)
	}
	want := host.Witnessing{Size: 2, Cosigned: 2, Quorum: 2, Witnesses: 3, Quorate: 2, Safe: true}
	if w := cosign(t, c, first, "w1"); w != want {
		t.Errorf("two: %+v", w)
	}
	newest := grown(t, c)
	if w := cosign(t, c, newest, "w3"); w.Size != 3 || w.Cosigned != 1 || w.Quorate != 2 {
		t.Errorf("one of the next: %+v", w)
	}
	before := len(filed(t, dir, "small"))
	cosign(t, c, newest, "w3", "w3")                                                                    // twice
	cosign(t, c, first, "w3")                                                                           // older than what w3 signed last
	if after := len(filed(t, dir, "small")); after != before || newestSize(c) != 3 || before != 1+2+3 { // the opening, two checkpoints, three cosignatures
		t.Errorf("%d notes are kept, then %d", before, after)
	}
	check := func(c *host.Campaign) {
		t.Helper()
		for seq, size := range map[events.Seq]uint64{1: 2, 2: 2, 3: 3} {
			r, err := c.Receipt(t.Context(), seq)
			if err != nil || r.Checkpoint.Size != size {
				t.Errorf("the receipt of event %d: %+v, %v", seq, r, err)
				continue
			}
			if _, err := proof.OpenReceipt(r.Marshal(), c.Policy()); err != nil {
				t.Error(err)
			}
		}
		if w := c.Witnessing(); w.Size != 3 || w.Cosigned != 1 || w.Quorate != 2 {
			t.Errorf("%+v", w)
		}
		list, err := c.Checkpoints(t.Context())
		if err != nil || len(list) != 3 || len(list[1].Cosignatures) != 2 || list[1].Cosignatures[0].Witness != "w1" {
			t.Errorf("%+v, %v", list, err)
		}
	}
	check(c)
	h.Close()
	h, c = reopen(t, host.Config{Dir: dir, CheckpointInterval: rare})
	defer h.Close()
	check(c)
	cosign(t, c, newest, "w3")
	if after := len(filed(t, dir, "small")); after != before {
		t.Errorf("after the restart %d notes are kept, not %d", after, before)
	}
	if f := findingOf(t, c, host.CheckWitnesses, true); f.OK || !strings.Contains(f.Detail, "[w1 w2]") {
		t.Errorf("%+v", f)
	}
}

// TestQuorumOfLongAgo: how far a quorum has cosigned is known after a restart, though the witnesses have been away since.
func TestQuorumOfLongAgo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir, CheckpointInterval: rare})
	c := openCampaign(t, h)
	adopt(t, c, policyOf(c, 2, "w1", "w2"))
	cosign(t, c, grown(t, c), "w1", "w2")
	cosign(t, c, grown(t, c), "w1")
	for range 60 {
		grown(t, c)
	}
	want := c.Witnessing()
	h.Close()
	h, c = reopen(t, host.Config{Dir: dir, CheckpointInterval: rare})
	defer h.Close()
	if w := c.Witnessing(); w != want || w.Quorate != 2 {
		t.Errorf("%+v, before %+v", w, want)
	}
}

// TestCosignRefused: nobody but a witness, and nothing but this log's checkpoints.
func TestCosignRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := openCampaign(t, openHost(t, host.Config{Dir: dir, CheckpointInterval: rare}))
	newest := grown(t, c)
	adopt(t, c, policyOf(c, 1, "w1"))
	key, err := keys.Read(filepath.Join(dir, "log.key"), keys.Log, nil)
	if err != nil {
		t.Fatal(err)
	}
	stolen, err := proof.LogSigner(newest.Origin, keyOf("thief"))
	if err != nil {
		t.Fatal(err)
	}
	forged, err := proof.Sign(newest.Origin, newest.Head, stolen)
	if err != nil {
		t.Fatal(err)
	}
	good := cosigned(t, newest, "w1", keyOf("w1"))
	for name, msg := range map[string][]byte{
		"nothing":         nil,
		"no note":         []byte("hello\n"),
		"unknown witness": cosigned(t, newest, "w2", keyOf("w2")),
		"another's key":   cosigned(t, newest, "w1", keyOf("w2")),
		"another log key": cosigned(t, forged, "w1", keyOf("w1")),
		"altered":         []byte(strings.Replace(string(good), "\n2\n", "\n3\n", 1)),
		"too long":        append(good, make([]byte, proof.MaxNoteBytes)...),
	} {
		if _, err := c.Cosign(t.Context(), msg); !errors.Is(err, host.ErrCosignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c.Ledger.Broken() != nil || c.Witnessing().Cosigned != 0 {
		t.Errorf("broken by %v; %+v", c.Ledger.Broken(), c.Witnessing())
	}
	if w, err := c.Cosign(t.Context(), newest.Marshal()); err != nil || w.Cosigned != 0 { // without a witness it says nothing new
		t.Errorf("%+v, %v", w, err)
	}
	// Checkpoints that this log's key signed and the log does not hold: a witness saw another log.
	signer, err := proof.LogSigner(newest.Origin, key.Private())
	if err != nil {
		t.Fatal(err)
	}
	larger, err := proof.Sign(newest.Origin, proof.Head{Size: 9, Root: newest.Root}, signer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Cosign(t.Context(), cosigned(t, larger, "w1", keyOf("w1"))); !errors.Is(err, ledger.ErrRollback) || !errors.Is(c.Ledger.Broken(), ledger.ErrRollback) {
		t.Errorf("larger than the log: %v; broken by %v", err, c.Ledger.Broken())
	}
}

// TestCosignContradicts: a checkpoint of another log that this key signed makes the ledger read-only.
func TestCosignContradicts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := openCampaign(t, openHost(t, host.Config{Dir: dir, CheckpointInterval: rare}))
	newest := grown(t, c)
	adopt(t, c, policyOf(c, 1, "w1"))
	key, err := keys.Read(filepath.Join(dir, "log.key"), keys.Log, nil)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := proof.LogSigner(newest.Origin, key.Private())
	if err != nil {
		t.Fatal(err)
	}
	other, err := proof.Sign(newest.Origin, proof.Head{Size: 1, Root: newest.Root}, signer)
	if err != nil {
		t.Fatal(err)
	}
	var broken *ledger.BrokenError
	if _, err := c.Cosign(t.Context(), cosigned(t, other, "w1", keyOf("w1"))); !errors.Is(err, ledger.ErrForked) {
		t.Errorf("%v", err)
	}
	if err := c.Ledger.Broken(); !errors.As(err, &broken) || broken.Seq != 1 || !errors.Is(err, ledger.ErrForked) {
		t.Errorf("broken by %v", err)
	}
}

// TestCosignAtOnce: witnesses that come together are all counted, and each is kept once.
func TestCosignAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := openCampaign(t, openHost(t, host.Config{Dir: dir, CheckpointInterval: rare}))
	names := []string{"w1", "w2", "w3", "w4", "w5"}
	adopt(t, c, policyOf(c, 4, names...))
	newest := grown(t, c)
	before := len(filed(t, dir, "small"))
	var running sync.WaitGroup
	for _, name := range names {
		for range 3 {
			msg := cosigned(t, newest, name, keyOf(name))
			running.Go(func() {
				if _, err := c.Cosign(t.Context(), msg); err != nil {
					t.Error(err)
				}
			})
		}
	}
	running.Wait()
	if w := c.Witnessing(); w.Cosigned != len(names) || w.Quorate != 2 || len(filed(t, dir, "small")) != before+len(names) {
		t.Errorf("%+v, %d notes", w, len(filed(t, dir, "small")))
	}
}

// TestOtherWitnesses: after the witnesses changed, what the server gives out opens under the new policy, also where a witness has another key
// now; what the old ones signed counts no more.
func TestOtherWitnesses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir, CheckpointInterval: rare})
	c := openCampaign(t, h)
	adopt(t, c, policyOf(c, 2, "w1", "w2", "w3"))
	newest := grown(t, c)
	cosign(t, c, newest, "w1", "w2", "w3")
	rekeyed := policyOf(c, 1, "w3", "w1")
	rekeyed.Witnesses[1].Key = events.PublicKeyOf(keyOf("w1 again"))
	adopt(t, c, rekeyed)
	check := func(c *host.Campaign, signatures int) {
		t.Helper()
		policy := c.Policy()
		now, err := c.Newest()
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Receipt(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		list, err := c.Checkpoints(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, signed := range append(list, now) {
			if _, err := proof.OpenCheckpoint(signed.Marshal(), policy); err != nil {
				t.Errorf("the checkpoint of %d events: %v", signed.Size, err)
			}
		}
		if _, err := proof.OpenReceipt(r.Marshal(), policy); err != nil {
			t.Error(err)
		}
		if w := c.Witnessing(); w.Cosigned != signatures || w.Quorum != policy.Quorum || w.Size != 2 {
			t.Errorf("%+v", w)
		}
	}
	check(c, 1)
	if w, err := c.Cosign(t.Context(), cosigned(t, newest, "w1", keyOf("w1 again"))); err != nil || w.Cosigned != 2 {
		t.Errorf("the new key: %+v, %v", w, err)
	}
	check(c, 2)
	h.Close()
	h, c = reopen(t, host.Config{Dir: dir, CheckpointInterval: rare})
	check(c, 2)
	if len(filed(t, dir, "small")) != 1+1+3+1 {
		t.Errorf("%d notes", len(filed(t, dir, "small")))
	}
	adopt(t, c, policyOf(c, 0))
	check(c, 0)
	h.Close()
	h, c = reopen(t, host.Config{Dir: dir, CheckpointInterval: rare})
	defer h.Close()
	check(c, 0)
}

// TestAdopt: a policy is adopted for this log only, and stays.
func TestAdopt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir, CheckpointInterval: rare})
	c := openCampaign(t, h)
	untilSigned(t, c, 1)
	other, otherKey := policyOf(c, 1, "w1"), policyOf(c, 1, "w1")
	other.Origin = proof.Origin("small", strings.Repeat("0", 64))
	otherKey.Log = events.PublicKeyOf(keyOf("x"))
	for name, text := range map[string][]byte{"none": nil, "garbage": []byte("log x\n"), "another log": other.Marshal(), "another key": otherKey.Marshal()} {
		if err := c.Adopt(text); !errors.Is(err, host.ErrPolicy) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p := c.Policy(); len(p.Witnesses) != 0 || p.Quorum != 0 {
		t.Errorf("%+v", p)
	}
	var running sync.WaitGroup
	for n := range 8 {
		running.Go(func() { adopt(t, c, policyOf(c, 1+n%2, "w1", "w2", fmt.Sprint("w", 3+n))) })
	}
	running.Wait()
	want := string(c.Policy().Marshal())
	h.Close()
	h, c = reopen(t, host.Config{Dir: dir, CheckpointInterval: rare})
	defer h.Close()
	if got := string(c.Policy().Marshal()); got != want || len(c.Policy().Witnesses) != 3 {
		t.Errorf("after the restart\n%s, before\n%s", got, want)
	}
	left, err := filepath.Glob(filepath.Join(dir, "policies", "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
	if info, err := os.Stat(left[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// TestRegulationsWitnesses: where the regulation names the witnesses they are the server's, and none are adopted.
func TestRegulationsWitnesses(t *testing.T) {
	t.Parallel()
	h := openHost(t, host.Config{CheckpointInterval: rare})
	y := openYearUnder(t, h, "live", time.Time{}, fmt.Sprintf("witnesses: {keys: [{id: w1, key: %q}, {id: w2, key: %q}]}\n", events.PublicKeyOf(keyOf("w1")), events.PublicKeyOf(keyOf("w2"))))
	untilSigned(t, y.c, 1)
	p := y.c.Policy()
	if len(p.Witnesses) != 2 || p.Quorum != 2 || p.Witnesses[1].Name != "w2" {
		t.Errorf("%+v", p)
	}
	if err := y.c.Adopt(p.Marshal()); !errors.Is(err, host.ErrPolicy) || !strings.Contains(err.Error(), "amend it") {
		t.Errorf("%v", err)
	}
	if w := cosign(t, y.c, untilSigned(t, y.c, 1), "w1", "w2"); w.Cosigned != 2 || w.Quorate == 0 || !w.Safe {
		t.Errorf("%+v", w)
	}
}
