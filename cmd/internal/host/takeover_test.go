package host_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// TestTakeOver: an unsigned copy that was taken over goes on under its own key; a server beside it, and the one that it was made of, sign as before or
// not at all.
func TestTakeOver(t *testing.T) {
	t.Parallel()
	old := openCampaign(t, openHost(t, host.Config{}))
	mustAppend(t, old, entry(t, "a", "j", 5))
	path, nats, dir := backUp(t, old, false), external(t), t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir, NATS: nats.url, SnapshotEvents: 1})
	c := restore(t, h, path)
	if _, err := c.TakeOver(t.Context(), ""); err == nil {
		t.Error("a take-over without a reason was taken")
	}
	receipt, err := c.TakeOver(t.Context(), "the disk died")
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, c, entry(t, "b", "j", 6))
	if err := c.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := c.Checkpoints(t.Context())
	if err != nil || len(list) == 0 || list[len(list)-1].Size != uint64(receipt.Seq)+1 || list[0].Size < uint64(receipt.Seq) {
		t.Errorf("the new key's checkpoints: %+v, %v", list, err)
	}
	if _, err := c.TakeOver(t.Context(), "again"); err == nil {
		t.Error("it was taken over twice")
	}
	if _, err := tryRestore(t.Context(), h, path, silent); !errors.Is(err, ledger.ErrExists) {
		t.Errorf("restored over what went on: %v", err)
	}
	expectBeside(t, nats.url, receipt.Seq)
	h.Close()
	again, err := openHost(t, host.Config{Dir: dir, NATS: nats.url}).Campaign(t.Context(), "small") // a restart changes nothing
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, again, entry(t, "d", "j", 7))
	if head, err := again.SignedHead(t.Context(), receipt.Seq+2); err != nil || head.Size != uint64(receipt.Seq)+2 || again.ReadOnly() != nil {
		t.Errorf("after a restart: %+v, %v, %v", head, err, again.ReadOnly())
	}
	expectWell(t, again)
	if _, err := old.SignedHead(t.Context(), 2); err != nil || old.ReadOnly() != nil {
		t.Errorf("the old server: %v", err)
	}
	third := restore(t, openHost(t, host.Config{}), backUp(t, again, false)) // a copy of what was taken over is a copy again
	expectReadOnly(t, third)
	if p, err := third.TakeOverOf("x"); err != nil || p.OldKey != again.Policy().Log || p.Seq != receipt.Seq+2 {
		t.Errorf("it takes over %+v, %v", p, err)
	}
}

// expectBeside: another server of the cluster, with a key of its own, reads on and signs nothing.
func expectBeside(t *testing.T, url string, taken events.Seq) {
	t.Helper()
	c, err := openHost(t, host.Config{NATS: url}).Campaign(t.Context(), "small")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.SignedHead(t.Context(), 1); !errors.Is(err, host.ErrUnsigned) || c.ReadOnly() != nil || c.Summary().TakenOver.Seq != taken {
		t.Errorf("beside: %v, %v, %+v", err, c.ReadOnly(), c.Summary().TakenOver)
	}
}

// TestTakeOverNeedsACopy and a key that did not sign before.
func TestTakeOverNeedsACopy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := openCampaign(t, openHost(t, host.Config{Dir: dir}))
	var refusal *projections.Refusal
	if _, err := c.TakeOver(t.Context(), "x"); !errors.As(err, &refusal) || refusal.Code != projections.CodeTakenOver {
		t.Errorf("a living campaign: %v", err)
	}
	logKey, err := os.ReadFile(filepath.Join(dir, "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "log.key"), logKey, 0o600); err != nil {
		t.Fatal(err)
	}
	copied := restore(t, openHost(t, host.Config{Dir: other}), backUp(t, c, false))
	if _, err := copied.TakeOver(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "a log key of its own") {
		t.Errorf("under the old key: %v", err)
	}
	expectReadOnly(t, copied)
}

// TestRestoreWhereItWasSeen: a directory that has seen more of the campaign than the backup does not forget it.
func TestRestoreWhereItWasSeen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir})
	c := openCampaign(t, h)
	path := backUp(t, c, false)
	if _, err := tryRestore(t.Context(), h, path, silent); !errors.Is(err, ledger.ErrExists) {
		t.Errorf("beside itself: %v", err)
	}
	mustAppend(t, c, entry(t, "a", "j", 5))
	h.Close()
	if err := os.RemoveAll(filepath.Join(dir, "nats")); err != nil {
		t.Fatal(err)
	}
	if _, err := tryRestore(t.Context(), openHost(t, host.Config{Dir: dir}), path, silent); !errors.Is(err, ledger.ErrExists) || !strings.Contains(err.Error(), "has seen campaign small up to event 2") {
		t.Errorf("in the directory that lost it: %v", err)
	}
}

// TestGoodPrefix: of a broken log what is good can be backed up when that is asked for, and goes on elsewhere.
func TestGoodPrefix(t *testing.T) {
	t.Parallel()
	nats, dir := external(t), t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir, NATS: nats.url})
	c := openCampaign(t, h)
	mustAppend(t, c, entry(t, "a", "j", 5))
	h.Close()
	if _, err := nats.js.Publish(t.Context(), "campaign.small", []byte("{}\n")); err != nil {
		t.Fatal(err)
	}
	c, err := openHost(t, host.Config{Dir: dir, NATS: nats.url}).Campaign(t.Context(), "small")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Backup(t.Context(), new(strings.Builder), false, func(_, _ uint64) {}); !errors.Is(err, ledger.ErrReadOnly) || !strings.Contains(err.Error(), "--good-prefix") {
		t.Errorf("without being asked: %v", err)
	}
	path := backUp(t, c, true)
	r, err := checkBackup(t, path)
	if err != nil || r.Manifest.Seq != 2 || !strings.Contains(r.Manifest.Broken, "a message that no ledger wrote") {
		t.Fatalf("%+v, %v", r, err)
	}
	copied := restore(t, openHost(t, host.Config{}), path)
	if _, err := copied.TakeOver(t.Context(), "a stray message"); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, copied, entry(t, "b", "j", 6))
}

// TestTakeOverNeedsAKey: where log.key is missing though this directory has checkpoints, no key that nobody keeps signs or is recorded.
func TestTakeOverNeedsAKey(t *testing.T) {
	t.Parallel()
	old := openCampaign(t, openHost(t, host.Config{}))
	mustAppend(t, old, entry(t, "a", "j", 5))
	if err := old.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir})
	restore(t, h, backUp(t, old, false))
	h.Close()
	if err := os.Remove(filepath.Join(dir, "log.key")); err != nil {
		t.Fatal(err)
	}
	h = openHost(t, host.Config{Dir: dir})
	c, err := h.Campaign(t.Context(), "small")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range h.Status(t.Context(), false).Campaigns {
		if !strings.Contains(s.ReadOnly, "restored") || !s.Unsigned.IsZero() {
			t.Errorf("the status of a copy is %+v", s)
		}
	}
	if _, err := c.TakeOver(t.Context(), "x"); !errors.Is(err, host.ErrUnsigned) || !strings.Contains(err.Error(), "log.key") {
		t.Errorf("taken over with a key that is gone: %v", err)
	}
	if _, _, err := h.OpenCampaign(t.Context(), "other.yaml", []byte(strings.Replace(regulation, "id: small", "id: other", 1))); !errors.Is(err, host.ErrUnsigned) {
		t.Errorf("opened where nothing is signed: %v", err)
	}
}
