package attack

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/keys"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
)

// TestGapOnDisk is attack 2 again: an event is removed, and those behind it keep their numbers.
func TestGapOnDisk(t *testing.T) {
	t.Parallel()
	m := stored(t)
	dir := m.copyOf(t)
	list := m.honest.messages()
	c, _ := m.honest.at(seqNoticed + 1)
	delete(list, uint64(c+1))
	rewrite(t, dir, list)
	rest := map[uint64]string{}
	for i, place := range slices.Sorted(maps.Keys(list)) {
		rest[uint64(i+1)] = list[place]
	}
	m.readOnly(t, dir, diagnosis{ledger.ErrGap, 33, "open@33 log@33 head@33 checkpoints@33"}, rest)
}

// TestSettings is attack 19: limits are set on the stream, or what denies deleting is gone.
func TestSettings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		stream string
		change func(*jetstream.StreamConfig)
		want   diagnosis
	}{
		"max_msgs":      {logStream, func(c *jetstream.StreamConfig) { c.MaxMsgs = 1000 }, diagnosis{ledger.ErrDrift, 0, "open settings"}},
		"max_age":       {logStream, func(c *jetstream.StreamConfig) { c.MaxAge = 1000 * time.Hour }, diagnosis{ledger.ErrDrift, 0, "open settings"}},
		"max_bytes":     {logStream, func(c *jetstream.StreamConfig) { c.MaxBytes = 1 << 20 }, diagnosis{ledger.ErrDrift, 0, "open settings"}},
		"discard old":   {logStream, func(c *jetstream.StreamConfig) { c.Discard = jetstream.DiscardOld }, diagnosis{ledger.ErrDrift, 0, "open settings"}},
		"of the points": {pointStream, func(c *jetstream.StreamConfig) { c.MaxMsgs = 1000 }, diagnosis{ledger.ErrDrift, 0, "open settings"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := stored(t)
			dir := m.copyOf(t)
			update(t, dir, test.stream, test.change)
			m.readOnly(t, dir, test.want, m.honest.messages())
		})
	}
	t.Run("deny_delete", func(t *testing.T) { // which no update changes
		t.Parallel()
		m := stored(t)
		dir := m.copyOf(t)
		offline(t, dir, func(js jetstream.JetStream, _ *ledger.Streams) {
			stream, err := js.Stream(t.Context(), logStream)
			if err != nil {
				t.Fatal(err)
			}
			cfg := stream.CachedInfo().Config
			cfg.DenyDelete, cfg.DenyPurge = false, false
			if err := js.DeleteStream(t.Context(), logStream); err != nil {
				t.Fatal(err)
			}
			if _, err := js.CreateStream(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
			list := m.honest.messages()
			for _, place := range slices.Sorted(maps.Keys(list)) {
				publish(t, js, list[place])
			}
		})
		m.readOnly(t, dir, diagnosis{ledger.ErrDrift, 0, "open settings"}, m.honest.messages())
	})
	t.Run("history erased by a limit", func(t *testing.T) {
		t.Parallel()
		m := stored(t)
		dir := m.copyOf(t)
		update(t, dir, logStream, func(c *jetstream.StreamConfig) { c.MaxMsgs, c.Discard = 5, jetstream.DiscardOld })
		m.readOnly(t, dir, diagnosis{ledger.ErrGap, 1, "open@1 settings log@1 head@1 checkpoints@1"}, m.honest.messages())
	})
}

// TestDeleted is attack 20: the stream is deleted, and made again.
func TestDeleted(t *testing.T) {
	t.Parallel()
	m := stored(t)
	deleted := func(t *testing.T, again bool) string {
		dir := m.copyOf(t)
		offline(t, dir, func(js jetstream.JetStream, streams *ledger.Streams) {
			if err := js.DeleteStream(t.Context(), logStream); err != nil {
				t.Fatal(err)
			}
			if again {
				if _, err := streams.Create(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			}
		})
		return dir
	}
	t.Run("deleted", func(t *testing.T) {
		t.Parallel()
		dir := deleted(t, false)
		h, _, err := opened(t, dir, m.later())
		if !errors.Is(err, ledger.ErrRollback) {
			t.Errorf("it opens with %v", err)
		}
		if _, _, err := h.OpenSigned(t.Context(), m.honest.record(1)); !errors.Is(err, ledger.ErrRollback) {
			t.Errorf("opened again: %v", err)
		}
		if said := h.Broken()[id]; !strings.Contains(said, ledger.ErrRollback.Error()) {
			t.Errorf("the host says %q", said)
		}
		h.Close()
		if list := storedMessages(t, dir); len(list) > 0 {
			t.Errorf("there are %d messages", len(list))
		}
	})
	t.Run("made again", func(t *testing.T) {
		t.Parallel()
		dir := deleted(t, true)
		m.readOnly(t, dir, diagnosis{ledger.ErrRollback, 1, "open@1 head@1 checkpoints@1"}, nil)
		h, _, err := opened(t, dir, m.later())
		if err != nil {
			t.Error(err)
		}
		if _, again, err := h.OpenSigned(t.Context(), m.honest.record(1)); again || err == nil {
			t.Errorf("opened again: %t, %v", again, err)
		}
		h.Close()
		if list := storedMessages(t, dir); len(list) > 0 {
			t.Errorf("there are %d messages", len(list))
		}
	})
}

// TestForeign is attack 21: somebody else publishes to the log.
func TestForeign(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		msg  string
		want diagnosis
	}{
		"any bytes":          {message("", "", "hello"), diagnosis{ledger.ErrForeign, 45, "open@45 log@45"}},
		"a record twice":     {message("44", "2026-03-02T15:00:00.000Z", "{}\n"), diagnosis{ledger.ErrForeign, 45, "open@45 log@45"}},
		"as if it were ours": {message("45", "2026-03-02T15:00:00.000Z", "{}\n"), diagnosis{ledger.ErrBadRecord, 45, "open@45 log@45"}},
		"after a gap":        {message("46", "2026-03-02T15:00:00.000Z", "{}\n"), diagnosis{ledger.ErrGap, 45, "open@45 log@45"}},
		"recorded before":    {message("45", "2026-03-02T03:00:00.000Z", "{}\n"), diagnosis{ledger.ErrForeign, 45, "open@45 log@45"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := stored(t)
			dir := m.copyOf(t)
			offline(t, dir, func(js jetstream.JetStream, _ *ledger.Streams) { publish(t, js, test.msg) })
			list := m.honest.messages()
			list[uint64(len(list)+1)] = test.msg
			m.readOnly(t, dir, test.want, list)
		})
	}
}

// blockFile is the file that holds a stream's first messages.
func blockFile(t testing.TB, dir, stream string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "nats", "jetstream", "*", "streams", stream, "msgs", "1.blk"))
	if err != nil || len(found) != 1 {
		t.Fatalf("block files %v, %v", found, err)
	}
	return found[0]
}

// patch changes bytes of a file, which must be there.
func patch(t testing.TB, path string, from, to []byte) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(content, from) {
		t.Fatalf("%s does not hold %q", path, from)
	}
	if err := os.WriteFile(path, bytes.Replace(content, from, to, 1), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestByteFlipped is attacks 22 and 23: one byte of lake's mark is flipped on the disk, with the stream's index and without.
func TestByteFlipped(t *testing.T) {
	t.Parallel()
	from, to := []byte(`"points":"44","scorer":"lake"`), []byte(`"points":"94","scorer":"lake"`)
	for name, test := range map[string]struct {
		index bool
		want  diagnosis
	}{
		"22 with index.db":    {true, diagnosis{ledger.ErrGap, seqLakeMark, "open@13 log@13 head@13 checkpoints@13"}},
		"23 without index.db": {false, diagnosis{ledger.ErrRollback, seqLakeMark, "open@13 head@13 checkpoints@13"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := stored(t)
			dir := m.copyOf(t)
			path := blockFile(t, dir, logStream)
			patch(t, path, from, to)
			if !test.index {
				if err := os.Remove(filepath.Join(filepath.Dir(path), "index.db")); err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
			}
			m.readOnly(t, dir, test.want, m.honest.messages())
		})
	}
}

// TestPointsDeleted: the stream of checkpoints is deleted or rolled back, and the directory's file is not.
func TestPointsDeleted(t *testing.T) {
	t.Parallel()
	m := stored(t)
	dir := m.copyOf(t)
	offline(t, dir, func(js jetstream.JetStream, _ *ledger.Streams) {
		if err := js.DeleteStream(t.Context(), pointStream); err != nil {
			t.Fatal(err)
		}
	})
	h, c, err := opened(t, dir, m.later())
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []events.Seq{0, sizeNoon} { // the file has them all
		if end, err := c.BundleEnd(t.Context(), host.Reader{}, at); err != nil || at != 0 && events.Seq(end.Size) != at {
			t.Errorf("a bundle ends with %+v, %v", end, err)
		}
	}
	h.Close()
	m.takes(t, dir, host.CheckCopies)

	dir = m.copyOf(t)
	file, err := os.ReadFile(pointFile(dir))
	if err != nil {
		t.Fatal(err)
	}
	s := m.honest.clone()
	s.cut(sizeOpenBox)
	rewritePoints(t, dir, s)
	if err := os.WriteFile(pointFile(dir), file, 0o600); err != nil {
		t.Fatal(err)
	}
	m.takes(t, dir, host.CheckCopies)

	dir = m.copyOf(t) // the file alone: the stream has all of it, and nobody says anything
	if err := os.Remove(pointFile(dir)); err != nil {
		t.Fatal(err)
	}
	m.takes(t, dir, "")
}

// TestPointsForged: a checkpoint of another history, signed by the log, is put into the stream, or cosignatures that are none.
func TestPointsForged(t *testing.T) {
	t.Parallel()
	m := stored(t)
	other := m.honest.clone()
	other.swap(seqNoticed, seqNoticed+1)
	with := func(t *testing.T, msg []byte) string {
		dir := m.copyOf(t)
		offline(t, dir, func(js jetstream.JetStream, _ *ledger.Streams) {
			if _, err := js.Publish(t.Context(), "checkpoint."+id, msg); err != nil {
				t.Fatal(err)
			}
		})
		return dir
	}
	t.Run("another root", func(t *testing.T) {
		t.Parallel()
		dir := with(t, other.sign(33, m.policy, m.ended).Marshal())
		m.readOnly(t, dir, diagnosis{ledger.ErrForked, 33, "open@33 checkpoints@33"}, m.honest.messages())
	})
	t.Run("two roots of one size", func(t *testing.T) {
		t.Parallel()
		dir := with(t, other.sign(40, m.policy, m.ended).Marshal())
		m.readOnly(t, dir, diagnosis{ledger.ErrForked, 40, "open@40 checkpoints@40"}, m.honest.messages())
	})
	t.Run("more events than there are", func(t *testing.T) {
		t.Parallel()
		longer := m.honest.clone()
		longer.add(longer.afterwards(), longer.byLead(1, "", longer.afterwards(), longer.notice(seqNominated)))
		dir := with(t, longer.sign(45, m.policy, m.ended).Marshal())
		m.readOnly(t, dir, diagnosis{ledger.ErrRollback, 45, "open@45 checkpoints@45 witnesses"}, m.honest.messages())
	})
}

// TestHalfForgotten: the log and the stream of checkpoints are rolled back, and of what the directory remembers one thing is left.
func TestHalfForgotten(t *testing.T) {
	t.Parallel()
	for left, doctor := range map[string]string{"head": "open@32 head@32", "checkpoints": "open@32 checkpoints@32 copies"} {
		t.Run(left, func(t *testing.T) {
			t.Parallel()
			m := stored(t)
			dir := m.copyOf(t)
			s := m.honest.clone()
			s.cut(sizeOpenBox)
			take(t, dir, s)
			patchIn(t, m.dir, dir, map[string]string{"head": "head", "checkpoints": "checkpoints/" + id + ".txt"}[left])
			m.readOnly(t, dir, diagnosis{ledger.ErrRollback, 32, doctor}, s.messages())
		})
	}
}

// patchIn puts a file of one directory into another.
func patchIn(t testing.TB, from, to, name string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(from, name))
	if err == nil {
		err = os.WriteFile(filepath.Join(to, name), content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestHeadRemembers: the last event is changed and everything signed again, and only DIR/head is forgotten to be.
func TestHeadRemembers(t *testing.T) {
	t.Parallel()
	m := stored(t)
	dir := m.copyOf(t)
	s := m.honest.clone()
	s.remove(seqLast)
	s.add(m.ended, s.byLead(1, "", m.ended, s.notice(seqNominated)))
	s.resettle(m.policy)
	take(t, dir, s)
	patchIn(t, m.dir, dir, "head")
	m.readOnly(t, dir, diagnosis{ledger.ErrRollback, seqLast, "open@44 head@44 witnesses"}, s.messages())
}

// TestTilesDamaged: the Merkle tree on disk is another. It is made anew, and no wrong proof is given.
func TestTilesDamaged(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(content []byte) []byte{
		"a hash changed": func(b []byte) []byte { b[40] ^= 1; return b },
		"cut off":        func(b []byte) []byte { return b[:len(b)/2] },
		"too long":       func(b []byte) []byte { return append(b, make([]byte, 320)...) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := stored(t)
			dir := m.copyOf(t)
			files, err := filepath.Glob(filepath.Join(dir, "tree", id, "*"))
			if err != nil || len(files) == 0 {
				t.Fatalf("tiles %v, %v", files, err)
			}
			for _, path := range files {
				content, err := os.ReadFile(path)
				if err == nil {
					err = os.WriteFile(path, damage(content), 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			_, c := held(t, dir, m.later())
			for seq := events.Seq(1); seq <= seqLast; seq++ {
				r, err := c.Receipt(t.Context(), seq)
				if err == nil {
					_, err = proof.OpenReceipt(r.Marshal(), m.policy)
				}
				if err != nil {
					t.Errorf("the receipt of event %d: %v", seq, err)
				}
			}
			if found := examined(t, c); found != "" {
				t.Errorf("doctor finds %q", found)
			}
		})
	}
}

// otherLogKey is a directory in which another key signs for the log.
func otherLogKey(t *testing.T, m *master) string {
	t.Helper()
	dir := m.copyOf(t)
	path := filepath.Join(dir, "log.key")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := keys.Write(path, keyFile(keys.Log, "another log"), nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestLogKeyReplaced: what was signed before was signed by another key, so that this one signs nothing.
func TestLogKeyReplaced(t *testing.T) {
	t.Parallel()
	m := stored(t)
	dir := otherLogKey(t, m)
	before, err := os.ReadFile(pointFile(dir))
	if err != nil {
		t.Fatal(err)
	}
	h, c, err := opened(t, dir, m.later())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Append(t.Context(), m.late(m.ended)); err != nil {
		t.Error(err)
	}
	if _, err := c.Receipt(t.Context(), seqLast+1); !errors.Is(err, host.ErrUnsigned) {
		t.Errorf("a receipt: %v", err)
	}
	if found := examined(t, c); found != "checkpoints witnesses" {
		t.Errorf("doctor finds %q", found)
	}
	h.Close()
	if after, _ := os.ReadFile(pointFile(dir)); !bytes.Equal(before, after) {
		t.Error("it signed")
	}
}

// TestLogKeyReplacedEverywhere: all that was signed before is forgotten. The program is content; the auditor's policy is not.
func TestLogKeyReplacedEverywhere(t *testing.T) {
	t.Parallel()
	m := stored(t)
	dir := otherLogKey(t, m)
	forget(t, dir)
	offline(t, dir, func(js jetstream.JetStream, _ *ledger.Streams) {
		if err := js.DeleteStream(t.Context(), pointStream); err != nil {
			t.Fatal(err)
		}
	})
	m.takes(t, dir, noQuorum)
	_, c := held(t, dir, m.later())
	end, err := c.BundleEnd(t.Context(), host.Reader{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.Bundle(t.Context(), &b, end); err != nil {
		t.Fatal(err)
	}
	finds(t, m.policy, b.Bytes(), "authentic:ok complete:1 witnessed:1 timely:? admitted:ok recomputed:ok")
	own, err := proof.ParsePolicy(c.Policy().Marshal())
	if err != nil {
		t.Fatal(err)
	}
	finds(t, own, b.Bytes(), "authentic:ok complete:ok witnessed:1 timely:? admitted:ok recomputed:ok")
	s, err := readStory(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	w := watcher(t, m, "hill-w", seqLast, lie(t, s, own).web.URL, m.later())
	if err := w.Once(t.Context()); err == nil || !strings.Contains(err.Error(), "the server says that the log's key is") {
		t.Errorf("the witness says %v", err) // no valid answer: in time, silence
	}
}
