package host_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
)

// examine is what doctor finds.
func examine(t *testing.T, c *host.Campaign) []host.Finding {
	t.Helper()
	list, err := c.Doctor(t.Context(), func(uint64, uint64) {})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// findingOf is what doctor finds at one check, the only one that is not well where alone.
func findingOf(t *testing.T, c *host.Campaign, check string, alone bool) (found host.Finding) {
	t.Helper()
	for _, f := range examine(t, c) {
		switch {
		case f.Check == check:
			found = f
		case !f.OK && alone:
			t.Errorf("%s is not well either: %s", f.Check, f.Detail)
		}
	}
	if found.Check != check {
		t.Errorf("doctor does not look at %s", check)
	}
	return found
}

func expectWell(t *testing.T, c *host.Campaign) {
	t.Helper()
	list := examine(t, c)
	want := []string{host.CheckOpen, host.CheckSettings, host.CheckLog, host.CheckHead, host.CheckCheckpoints, host.CheckCopies, host.CheckTiles, host.CheckWitnesses,
		host.CheckEvidence, host.CheckTexts}
	if len(list) != len(want) {
		t.Errorf("%d checks, want %d: %+v", len(list), len(want), list)
	}
	for i, f := range list {
		if !f.OK || f.Check != want[i] || f.Detail != "" {
			t.Errorf("%+v, want %s to be well", f, want[i])
		}
	}
}

// TestDoctorBesideWriters: a campaign that is well is found well, also while it grows and is signed.
func TestDoctorBesideWriters(t *testing.T) {
	t.Parallel()
	c := openCampaign(t, openHost(t, host.Config{CheckpointInterval: 1}))
	expectWell(t, c)
	stop := make(chan struct{})
	var writing sync.WaitGroup
	for w := range 2 {
		writing.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := c.Append(t.Context(), entry(t, "a", fmt.Sprintf("w%d-%d", w, n), 1)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	until(t, "there is something to read", func() bool { last, _ := c.Ledger.Last(); return last > 300 })
	for range 12 {
		expectWell(t, c)
	}
	close(stop)
	writing.Wait()
	expectWell(t, c)
	done, all := uint64(0), uint64(0)
	if _, err := c.Doctor(t.Context(), func(d, n uint64) { done, all = d, n }); err != nil || done == 0 || done != all {
		t.Errorf("progress %d of %d, %v", done, all, err)
	}
}

// TestDoctorFinds: each damage is found at its check, and at no other that could be well.
func TestDoctorFinds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		damage func(t *testing.T, dir string) // between two runs
		live   func(t *testing.T, dir string) // while it runs
		check  string
		alone  bool
		want   string
	}{
		"tiles":        {live: flipRow, check: host.CheckTiles, alone: true, want: "row 0 of the tree"},
		"more tiles":   {live: extendRow, check: host.CheckTiles, alone: true, want: "row 0 of the tree"},
		"settings":     {damage: drift("CAMPAIGN_small"), check: host.CheckSettings, want: "max_msgs"},
		"settings too": {damage: drift("CHECKPOINTS_small"), check: host.CheckSettings, want: "max_msgs"},
		"copies":       {damage: withoutStream("CHECKPOINTS_small"), check: host.CheckCopies, alone: true, want: "lacks 2"},
		"other key":    {damage: func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "log.key")) }, check: host.CheckCheckpoints, alone: true, want: "another key"},
		"adopted":      {damage: spoilPolicy, check: host.CheckWitnesses, alone: true, want: "line 1 of the policy"},
		"garbage":      {damage: garbage, check: host.CheckCheckpoints, want: "not one of this server"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			h := mustOpen(t, host.Config{Dir: dir, CheckpointInterval: rare})
			c := openCampaign(t, h)
			untilSigned(t, c, 1)
			enter(t, c, 5)
			h.Close()
			if test.damage != nil {
				test.damage(t, dir)
			}
			h, c = reopen(t, host.Config{Dir: dir, CheckpointInterval: rare})
			defer h.Close()
			if err := c.Checkpoint(t.Context()); err != nil {
				t.Fatal(err)
			}
			if test.live != nil {
				test.live(t, dir)
			}
			if f := findingOf(t, c, test.check, test.alone); f.OK || !strings.Contains(f.Detail, test.want) {
				t.Errorf("%+v, want %q", f, test.want)
			}
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// rewrite changes a file.
func rewrite(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(data), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func flipRow(t *testing.T, dir string) {
	rewrite(t, filepath.Join(dir, "tree", "small", "0"), func(d []byte) []byte { d[40] ^= 1; return d })
}

func extendRow(t *testing.T, dir string) {
	rewrite(t, filepath.Join(dir, "tree", "small", "0"), func(d []byte) []byte { return append(d, make([]byte, 32)...) })
}

// garbage puts something that is no note before the file's last.
func garbage(t *testing.T, dir string) {
	notes := filed(t, dir, "small")
	rewrite(t, checkpointPath(dir, "small"), func(d []byte) []byte {
		at := len(d) - len(notes[len(notes)-1])
		return slices.Concat(d[:at], []byte("no note\n\n— x y\n"), d[at:])
	})
}

func spoilPolicy(t *testing.T, dir string) {
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, "policies"), 0o700), os.WriteFile(filepath.Join(dir, "policies", "small.policy"), []byte("no policy\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func drift(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		offline(t, dir, func(js jetstream.JetStream) {
			stream, err := js.Stream(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			cfg := stream.CachedInfo().Config
			cfg.MaxMsgs = 1000
			if _, err := js.UpdateStream(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func withoutStream(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		offline(t, dir, func(js jetstream.JetStream) {
			if err := js.DeleteStream(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestDoctorAtFirstRecord: a log that is broken where it starts can be examined too.
func TestDoctorAtFirstRecord(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir, CheckpointInterval: rare})
	untilSigned(t, openCampaign(t, h), 1)
	h.Close()
	offline(t, dir, func(js jetstream.JetStream) {
		stream, err := js.Stream(t.Context(), "CAMPAIGN_small")
		if err != nil {
			t.Fatal(err)
		}
		cfg := stream.CachedInfo().Config
		if err := js.DeleteStream(t.Context(), cfg.Name); err != nil {
			t.Fatal(err)
		}
		if _, err := js.CreateStream(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		if _, err := js.Publish(t.Context(), "campaign.small", []byte("hello")); err != nil {
			t.Fatal(err)
		}
	})
	h, c := reopen(t, host.Config{Dir: dir})
	defer h.Close()
	if c.Ledger.Broken() == nil {
		t.Fatal("a log that starts with a stray message is taken")
	}
	for _, check := range []string{host.CheckOpen, host.CheckLog, host.CheckHead, host.CheckCheckpoints} {
		if f := findingOf(t, c, check, false); f.OK || f.Seq > events.Seq(1) {
			t.Errorf("%+v", f)
		}
	}
}
