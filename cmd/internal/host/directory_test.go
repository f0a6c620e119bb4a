package host_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/cmd/internal/host"
)

// directoryFinding is what Examine finds at one check, the only one that is not well.
func directoryFinding(t *testing.T, h *host.Host, check string) (found host.Finding) {
	t.Helper()
	list, err := h.Examine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if f.Check == check {
			found = f
		} else if !f.OK {
			t.Errorf("%s is not well either: %s", f.Check, f.Detail)
		}
	}
	return found
}

// TestExamineDirectory: each thing that is wrong with a directory is found, and nothing where nothing is.
func TestExamineDirectory(t *testing.T) {
	t.Parallel()
	nats, dir := external(t), t.TempDir()
	h := openHost(t, host.Config{Dir: dir, NATS: nats.url})
	openCampaign(t, h)
	for _, check := range []string{host.CheckStore, host.CheckKeys, host.CheckOrphans, host.CheckLeftovers} {
		if f := directoryFinding(t, h, check); f.Check != check || !f.OK {
			t.Errorf("%s of a good directory: %+v", check, f)
		}
	}
	inDir := func(name string) string { return filepath.Join(dir, name) }
	logKey, err := os.ReadFile(inDir("log.key"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, content string, mode os.FileMode) func() {
		return func() {
			if err := os.MkdirAll(filepath.Dir(inDir(name)), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(inDir(name), []byte(content), mode); err != nil {
				t.Fatal(err)
			}
			old := time.Now().Add(-2 * time.Hour)
			for _, at := range []string{inDir(name), filepath.Dir(inDir(name))} {
				if err := errors.Join(os.Chtimes(at, old, old), os.Chmod(inDir(name), mode)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	remove := func(name string) func() { return func() { _ = os.RemoveAll(inDir(name)) } }
	stream := func() {
		if _, err := nats.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "OBJ_EVIDENCE_gone", Subjects: []string{"gone"}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []struct {
		check, says string
		spoil, mend func()
	}{
		{host.CheckKeys, "log.key is open to others", write("log.key", string(logKey), 0o644), write("log.key", string(logKey), 0o600)},
		{host.CheckKeys, "server.key may be read by others", write("server.key", "x", 0o640), remove("server.key")},
		{host.CheckKeys, "is missing though this directory has signed", remove("log.key"), write("log.key", string(logKey), 0o600)},
		{host.CheckLeftovers, ".new-1", write("policies/.new-1", "", 0o600), remove("policies/.new-1")},
		{host.CheckLeftovers, ".campaign-check-1", write(".campaign-check-1/x", "", 0o600), remove(".campaign-check-1")},
		{host.CheckLeftovers, "checkpoints/gone.txt", write("checkpoints/gone.txt", "", 0o600), remove("checkpoints/gone.txt")},
		{host.CheckLeftovers, "tree/gone", write("tree/gone/0", "", 0o600), remove("tree/gone")},
		{host.CheckOrphans, "stream OBJ_EVIDENCE_gone is of campaign gone, which is not here", stream, func() { _ = nats.js.DeleteStream(t.Context(), "OBJ_EVIDENCE_gone") }},
	} {
		x.spoil()
		if f := directoryFinding(t, h, x.check); f.OK || !strings.Contains(filepath.ToSlash(f.Detail), x.says) {
			t.Errorf("%s: %+v", x.says, f)
		}
		x.mend()
	}
	if f := directoryFinding(t, h, host.CheckStore); !f.OK {
		t.Errorf("mended: %+v", f)
	}
}

// TestDoctorReadsFiles: a damaged file of evidence and a damaged text are found, and a backup takes what is good.
func TestDoctorReadsFiles(t *testing.T) {
	t.Parallel()
	nats := external(t)
	c := openCampaign(t, openHost(t, host.Config{NATS: nats.url}))
	evidence, err := c.Evidence(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f, err := evidence.Put(t.Context(), "m", "f.txt", bytes.NewReader([]byte("the minutes")))
	if err != nil {
		t.Fatal(err)
	}
	expectWell(t, c)
	damage(t, nats, "OBJ_EVIDENCE_small", "$O.EVIDENCE_small.C.>", []byte("the minuteS"))
	if found := findingOf(t, c, host.CheckEvidence, true); found.OK || !strings.Contains(found.Detail, f.SHA256+" (f.txt, first put by m)") {
		t.Errorf("%+v", found)
	}
	detached, err := c.Detached(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	hash, err := detached.Put(t.Context(), "m", "words")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nats.js.Publish(t.Context(), "$KV.DETACHED_small.text."+hash, []byte(`{"by":"m","salt":"00","text":"other"}`)); err != nil {
		t.Fatal(err)
	}
	if found := findingOf(t, c, host.CheckTexts, false); found.OK || !strings.Contains(found.Detail, hash) {
		t.Errorf("%+v", found)
	}
	if err := c.Backup(t.Context(), new(strings.Builder), false, func(_, _ uint64) {}); err == nil || !strings.Contains(err.Error(), "--good-prefix") {
		t.Errorf("it was backed up: %v", err)
	}
	r, err := checkBackup(t, backUp(t, c, true))
	if err != nil || len(r.Manifest.Lost) != 2 || r.Manifest.Counts.Evidence != 0 {
		t.Errorf("what is good: %+v, %v", r, err)
	}
}

// damage replaces the last message of a subject by another.
func damage(t *testing.T, nats externalNATS, stream, subject string, content []byte) {
	t.Helper()
	s, err := nats.js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	last, err := s.GetLastMsgForSubject(t.Context(), subject)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteMsg(t.Context(), last.Sequence); err != nil {
		t.Fatal(err)
	}
	if _, err := nats.js.Publish(t.Context(), last.Subject, content); err != nil {
		t.Fatal(err)
	}
}
