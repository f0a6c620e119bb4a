package host_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/backup"
	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/keys"
	"campaignledger/events"
	"campaignledger/ledger"
)

func silent(string, uint64, uint64) {}

// backUp writes a backup of a campaign into a file.
func backUp(t *testing.T, c *host.Campaign, good bool) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.backup")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Backup(t.Context(), file, good, func(_, _ uint64) {}), file.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func checkBackup(t *testing.T, path string) (*backup.Reader, error) {
	t.Helper()
	dir := t.TempDir()
	r, err := host.CheckBackup(t.Context(), path, dir, zerolog.Nop(), silent)
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%s is left", left[0].Name())
	}
	return r, err
}

// restore restores a file onto a host.
func restore(t *testing.T, h *host.Host, path string) *host.Campaign {
	t.Helper()
	c, err := tryRestore(t.Context(), h, path, silent)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func tryRestore(ctx context.Context, h *host.Host, path string, progress host.Progress) (*host.Campaign, error) {
	read, err := host.ReadBackup(path, silent)
	if err != nil {
		return nil, err
	}
	return h.Restore(ctx, path, read, progress)
}

// linesOf is a log with its times and its commits.
func linesOf(t *testing.T, c *host.Campaign) string {
	t.Helper()
	var b strings.Builder
	for commit, err := range c.Ledger.ReadCommits(t.Context(), 0, false) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%d %s\n%s", commit.First, events.FormatTime(commit.Recorded), commit.Data)
	}
	return b.String()
}

func mustAppend(t *testing.T, c *host.Campaign, list ...events.Proposal) {
	t.Helper()
	if _, err := c.Append(t.Context(), list...); err != nil {
		t.Fatal(err)
	}
}

// TestBackupBesideWriters: a backup is of a prefix of the log, however much is appended meanwhile, and whoever flips a byte of it is found out.
func TestBackupBesideWriters(t *testing.T) {
	t.Parallel()
	c := openCampaign(t, openHost(t, host.Config{CheckpointInterval: time.Millisecond}))
	stop := make(chan struct{})
	var writing sync.WaitGroup
	for w := range 3 {
		writing.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := c.Append(t.Context(), entry(t, "a", fmt.Sprintf("w%d-%d", w, n), n%9), entry(t, "b", fmt.Sprintf("w%d-%d", w, n), n%7)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	if err := c.Ledger.Wait(t.Context(), 20); err != nil {
		t.Fatal(err)
	}
	var files []string
	for range 3 {
		files = append(files, backUp(t, c, false))
	}
	close(stop)
	writing.Wait()
	all := linesOf(t, c)
	for _, path := range files {
		r, err := checkBackup(t, path)
		if err != nil {
			t.Fatal(err)
		}
		copied := restore(t, openHost(t, host.Config{}), path)
		if got := linesOf(t, copied); r.Manifest.Seq < 20 || !strings.HasPrefix(all, got) || copied.Summary().Seq != r.Manifest.Seq {
			t.Errorf("%d events are no prefix of the log", r.Manifest.Seq)
		}
	}
	expectFlipsFound(t, files[0])
}

func expectFlipsFound(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for range 100 {
		changed := bytes.Clone(content)
		at := random.IntN(len(changed))
		changed[at] ^= byte(1 + random.IntN(255))
		if err := os.WriteFile(path, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := checkBackup(t, path); err == nil {
			t.Fatalf("byte %d of %d is %q instead of %q", at, len(content), changed[at], content[at])
		}
	}
}

// TestBackupOfAnotherLogIsFound: a file with a good sum whose records give something else than the server had.
func TestBackupOfAnotherLogIsFound(t *testing.T) {
	t.Parallel()
	c := openCampaign(t, openHost(t, host.Config{}))
	mustAppend(t, c, entry(t, "a", "j", 5))
	path := backUp(t, c, false)
	for name, change := range map[string]struct {
		old, new string
		want     error
	}{
		"a mark":       {`"points":"5"`, `"points":"6"`, host.ErrNotSame},
		"a time":       {`"recorded":"2`, `"recorded":"1`, nil},
		"the claim":    {`"standings":"`, `"standings":"`, host.ErrNotSame},
		"not admitted": {`"criterion":"I"`, `"criterion":"X"`, ledger.ErrNotAdmitted},
	} {
		forged := forge(t, path, func(p *backup.Part, body []byte, m *backup.Manifest) []byte {
			if name == "the claim" {
				m.Standings = m.Awards
			}
			p.Recorded = strings.Replace(p.Recorded, "2", "1", strings.Count(name, "time"))
			return bytes.ReplaceAll(body, []byte(change.old), []byte(change.new))
		})
		if _, err := checkBackup(t, forged); err == nil || change.want != nil && !errors.Is(err, change.want) && !errors.As(err, new(*ledger.BrokenError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// forge writes a backup's file anew with other parts.
func forge(t *testing.T, path string, change func(*backup.Part, []byte, *backup.Manifest) []byte) string {
	t.Helper()
	whole, err := host.ReadBackup(path, silent)
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var out bytes.Buffer
	r, err := backup.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	w, m := backup.NewWriter(&out, r.Header), whole.Manifest
	for {
		p, body, err := r.Next()
		if err != nil {
			break
		}
		var b bytes.Buffer
		_, _ = b.ReadFrom(body)
		text := change(&p, b.Bytes(), &m)
		p.Bytes = int64(len(text))
		if err := w.Write(p, bytes.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(m); err != nil {
		t.Fatal(err)
	}
	forged := filepath.Join(t.TempDir(), "forged")
	if err := os.WriteFile(forged, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return forged
}

// TestBackupHoldsNoKey: neither the log's private key nor anything else of its file but the public key.
func TestBackupHoldsNoKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := openCampaign(t, openHost(t, host.Config{Dir: dir}))
	content, err := os.ReadFile(backUp(t, c, false))
	if err != nil {
		t.Fatal(err)
	}
	key, err := keys.Keep(filepath.Join(dir, "log.key"), keys.Log)
	if err != nil {
		t.Fatal(err)
	}
	seed := key.Private().Seed()
	for name, secret := range map[string]string{"raw": string(seed), "hex": hex.EncodeToString(seed), "base64": base64.StdEncoding.EncodeToString(seed)[:40], "url": base64.URLEncoding.EncodeToString(seed)[:40]} {
		if bytes.Contains(content, []byte(secret)) {
			t.Errorf("the private key is in it, %s", name)
		}
	}
	if !bytes.Contains(content, []byte(key.Public.String())) {
		t.Error("the key that signs is not named")
	}
	file, err := os.ReadFile(filepath.Join(dir, "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(file)) {
		if line = strings.TrimSpace(line); len(line) > 40 && !strings.Contains(line, key.Public.String()) && bytes.Contains(content, []byte(line)) {
			t.Errorf("a line of the key's file is in it")
		}
	}
}

// TestBackupOfFilesAndTexts: what is held comes along, what was erased stays erased and says whose it was.
func TestBackupOfFilesAndTexts(t *testing.T) {
	t.Parallel()
	c := openCampaign(t, openHost(t, host.Config{}))
	evidence, err := c.Evidence(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte("a line of a long report\n"), 20_000)
	var put []ledger.File
	for i, content := range [][]byte{[]byte("short"), big} {
		f, err := evidence.Put(t.Context(), "m", fmt.Sprintf("f%d.txt", i), bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		put = append(put, f)
	}
	detached, err := c.Detached(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kept, err := detached.Put(t.Context(), "m", "giữ lại")
	if err != nil {
		t.Fatal(err)
	}
	gone, err := detached.Put(t.Context(), "n", "xóa đi")
	if err == nil {
		err = detached.Erase(t.Context(), gone)
	}
	if err != nil {
		t.Fatal(err)
	}
	path := backUp(t, c, false)
	if content, _ := os.ReadFile(path); bytes.Contains(content, []byte("xóa đi")) || !bytes.Contains(content, []byte("giữ lại")) {
		t.Error("the file has an erased text, or lacks one that is held")
	}
	copied := restore(t, openHost(t, host.Config{}), path)
	if evidence, err = copied.Evidence(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range put {
		if f, held, err := evidence.Held(t.Context(), want.SHA256); err != nil || !held || f != want || evidence.Check(t.Context(), want.SHA256) != nil {
			t.Errorf("%+v, want %+v: %v", f, want, err)
		}
	}
	if detached, err = copied.Detached(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text, _, err := detached.Get(t.Context(), kept); err != nil || text != "giữ lại" {
		t.Errorf("%q, %v", text, err)
	}
	if _, _, err := detached.Get(t.Context(), gone); !errors.Is(err, ledger.ErrErased) {
		t.Errorf("the erased text: %v", err)
	}
	if by, err := detached.By(t.Context(), gone); err != nil || by != "n" {
		t.Errorf("it was of %s, %v", by, err)
	}
}

// TestRestoreCutOff: a restore that was cut off is no campaign, here or on another server of the cluster, until it was run again.
func TestRestoreCutOff(t *testing.T) {
	t.Parallel()
	c := openCampaign(t, openHost(t, host.Config{}))
	for i := range 9 {
		mustAppend(t, c, entry(t, "a", fmt.Sprintf("j%d", i), 5))
	}
	path, nats := backUp(t, c, false), external(t)
	h, other := openHost(t, host.Config{NATS: nats.url}), openHost(t, host.Config{NATS: nats.url})
	for _, until := range []uint64{1, 4, 9} {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := tryRestore(ctx, h, path, func(step string, done, _ uint64) {
			if step == host.StepRestore && done == until {
				cancel()
			}
		})
		if cancel(); err == nil {
			t.Fatalf("cut off after %d it went on", until)
		}
		for _, server := range []*host.Host{h, other} {
			if _, err := server.Campaign(t.Context(), "small"); !errors.Is(err, host.ErrRestoring) {
				t.Errorf("cut off after event %d: %v", until, err)
			}
			if _, _, err := server.OpenCampaign(t.Context(), "small.yaml", []byte(regulation)); !errors.Is(err, host.ErrRestoring) {
				t.Errorf("opened after event %d: %v", until, err)
			}
			if server.Broken()["small"] == "" {
				t.Error("readiness does not tell")
			}
		}
	}
	another := openCampaign(t, openHost(t, host.Config{}))
	if _, err := tryRestore(t.Context(), h, backUp(t, another, false), silent); !errors.Is(err, ledger.ErrExists) {
		t.Errorf("another backup: %v", err)
	}
	copied := restore(t, h, path)
	if linesOf(t, copied) != linesOf(t, c) {
		t.Error("the logs differ")
	}
	elsewhere, err := other.Campaign(t.Context(), "small")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*host.Campaign{copied, elsewhere} {
		expectReadOnly(t, c)
	}
	restore(t, h, path) // once more changes nothing
}

// expectReadOnly: a copy takes nothing and signs nothing, and says so.
func expectReadOnly(t *testing.T, c *host.Campaign) {
	t.Helper()
	var copied *host.CopyError
	if err := c.ReadOnly(); !errors.As(err, &copied) || !strings.Contains(err.Error(), "read-only until campaign restore --take-over small") {
		t.Errorf("it is read-only because %v", err)
	}
	before := linesOf(t, c)
	_, appended := c.Append(t.Context(), entry(t, "a", "late", 1))
	_, asReader := c.AppendAs(t.Context(), host.Reader{}, entry(t, "a", "late", 1))
	_, imported := c.Import(t.Context(), file(t, "late", 2), host.ImportOptions{Author: "import"})
	_, opened := c.Append(t.Context(), parse(t, `{"type":"ledger.taken-over","data":{"key":"`+key(1)+`","made":"2017-01-01T00:00:00.000Z","oldKey":"`+key(2)+`","reason":"x","root":"`+strings.Repeat("0", 64)+`","seq":1}}`))
	_, head := c.SignedHead(t.Context(), 1)
	for name, err := range map[string]error{"append": appended, "append for a reader": asReader, "import": imported} {
		if !errors.Is(err, ledger.ErrReadOnly) || !errors.As(err, &copied) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if opened == nil {
		t.Error("a take-over of something else was taken")
	}
	sameKey := c.Policy().Log.String() == copied.Of.Key // then what was signed before the backup is good here too
	if !errors.Is(head, host.ErrUnsigned) && !sameKey || c.Checkpoint(t.Context()) != nil {
		t.Errorf("a signed head: %v", head)
	}
	if linesOf(t, c) != before {
		t.Error("something was appended")
	}
}

func key(n byte) string {
	list := []string{"8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c", "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394"}
	return "ed25519:" + list[n-1]
}
