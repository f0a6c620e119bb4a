package host_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
)

// TestSignedBeforeAsked: events that a crash left without a checkpoint have one before anybody is shown the campaign, so that no witness takes the
// older one for the newest and what comes after it for back-dated.
func TestSignedBeforeAsked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHost(t, host.Config{Dir: dir, CheckpointInterval: rare})
	c := openCampaign(t, h)
	untilSigned(t, c, 1)
	enter(t, c, 1)
	enter(t, c, 1)
	crashed := copyDir(t, dir) // while it runs, as kill -9 would leave it
	c, err := openHost(t, host.Config{Dir: crashed, CheckpointInterval: rare}).Campaign(t.Context(), "small")
	if err != nil {
		t.Fatal(err)
	}
	if newest, err := c.Newest(); err != nil || newest.Size != 3 {
		t.Errorf("the newest checkpoint is %+v, %v", newest, err)
	}
}

// TestLogKeyMissing: a directory that has checkpoints and lost its key makes no other one, signs nothing and shows no policy; the key brought back,
// all is well.
func TestLogKeyMissing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir})
	c := openCampaign(t, h)
	enter(t, c, 1)
	h.Close()
	key := filepath.Join(dir, "log.key")
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	h = mustOpen(t, host.Config{Dir: dir})
	c, err := h.Campaign(t.Context(), "small")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.SigningPolicy(); !errors.Is(err, host.ErrUnsigned) {
		t.Errorf("the policy: %v", err)
	}
	if _, err := c.Newest(); !errors.Is(err, host.ErrUnsigned) {
		t.Errorf("the newest: %v", err)
	}
	enter(t, c, 1)
	h.Close()
	if _, err := os.Stat(key); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is another key: %v", err)
	}
	if err := os.Rename(key+".away", key); err != nil {
		t.Fatal(err)
	}
	if c, err = openHost(t, host.Config{Dir: dir}).Campaign(t.Context(), "small"); err != nil {
		t.Fatal(err)
	}
	if newest, err := c.Newest(); err != nil || newest.Size != 3 {
		t.Errorf("with the key back: %+v, %v", newest, err)
	}
}

// TestBundleEndsAtQuorum: where a quorum is required a bundle ends at what it cosigned, unless more is asked for.
func TestBundleEndsAtQuorum(t *testing.T) {
	t.Parallel()
	c := openCampaign(t, openHost(t, host.Config{CheckpointInterval: rare}))
	untilSigned(t, c, 1)
	adopt(t, c, policyOf(c, 2, "one", "two", "three"))
	stands := grown(t, c)
	cosign(t, c, stands, "one", "two")
	newer := grown(t, c)
	cosign(t, c, newer, "one")
	for at, want := range map[events.Seq]uint64{0: stands.Size, events.Seq(newer.Size): newer.Size} {
		if end, err := c.BundleEnd(t.Context(), host.Reader{}, at); err != nil || end.Size != want {
			t.Errorf("as of %d: %+v, %v", at, end, err)
		}
	}
}
