package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"campaignledger/events"
	"campaignledger/ledger"
)

func openDetached(t *testing.T, server *ledger.Embedded) *ledger.Detached {
	t.Helper()
	d, err := ledger.OpenDetached(t.Context(), server.Conn(), campaign, 1)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func mustDetach(t *testing.T, d *ledger.Detached, by, text string) (hash string) {
	t.Helper()
	hash, err := d.Put(t.Context(), by, text)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

func mustErase(t *testing.T, d *ledger.Detached, hash string) {
	t.Helper()
	if err := d.Erase(t.Context(), hash); err != nil {
		t.Fatal(err)
	}
}

func TestDetachedRoundTrip(t *testing.T) {
	t.Parallel()
	d := openDetached(t, startServer(t, t.TempDir()))
	for _, text := range []string{"x", "Lý do: vắng mặt <không phép>\n\u2028\"", strings.Repeat("ậ", events.MaxTextBytes/len("ậ"))} {
		hash := mustDetach(t, d, "cao-bang-1", text)
		if again := mustDetach(t, d, "cao-bang-1", text); again == hash {
			t.Error("the same text has the same hash; the salt is not fresh")
		}
		got, salt, err := d.Get(t.Context(), hash)
		if err != nil || got != text {
			t.Fatalf("%q, %v", got, err)
		}
		sum := sha256.Sum256([]byte("campaign-ledger/detached/v1\n" + salt + "\n" + text))
		if want := hex.EncodeToString(sum[:]); hash != want || len(salt) != 64 {
			t.Errorf("hash %s, want %s; salt %s", hash, want, salt)
		}
		if by, err := d.By(t.Context(), hash); by != "cao-bang-1" || err != nil {
			t.Errorf("%q, %v", by, err)
		}
	}
	for _, text := range []string{"", "\xff", "e\u0301", strings.Repeat("x", events.MaxTextBytes+1)} {
		if _, err := d.Put(t.Context(), "a", text); !errors.Is(err, ledger.ErrDetachedText) {
			t.Errorf("%.10q: %v", text, err)
		}
	}
	if _, err := d.Put(t.Context(), "Not An Id", "x"); err == nil {
		t.Error("a member without a proper id put a text")
	}
	for _, hash := range []string{"", "*", ">", strings.Repeat("0", 64)} {
		_, _, err := d.Get(t.Context(), hash)
		_, by := d.By(t.Context(), hash)
		for _, err := range []error{err, by, d.Erase(t.Context(), hash)} {
			if !errors.Is(err, ledger.ErrNoDetached) {
				t.Errorf("%q: %v", hash, err)
			}
		}
	}
}

func TestDetachedDamaged(t *testing.T) {
	t.Parallel()
	server := startServer(t, t.TempDir())
	d := openDetached(t, server)
	hash := mustDetach(t, d, "a", "as it was")
	for _, msg := range rawMessages(t, server.Conn(), "KV_DETACHED_"+campaign) {
		for _, data := range [][]byte{bytes.Replace(msg.Data, []byte("was"), []byte("is!"), 1), []byte("not JSON"), nil} {
			if _, err := server.Conn().Request(msg.Subject, data, patience); err != nil {
				t.Fatal(err)
			}
			if text, _, err := d.Get(t.Context(), hash); !errors.Is(err, ledger.ErrDetachedDamaged) || text != "" {
				t.Errorf("%s: %q, %v", data, text, err)
			}
		}
	}
	mustErase(t, d, hash)
	if _, _, err := d.Get(t.Context(), hash); !errors.Is(err, ledger.ErrErased) {
		t.Error(err)
	}
}

// TestErase: what is erased stands in no file of the server any more, the rest does; a tombstone stays, also after a restart.
func TestErase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := startServer(t, dir)
	d := openDetached(t, server)
	const texts = 30
	var hashes, salts []string
	text := func(i int) string { return fmt.Sprintf("the grounds of exclusion %02d", i) }
	for i := range texts {
		hashes = append(hashes, mustDetach(t, d, "a", text(i)))
		_, salt, err := d.Get(t.Context(), hashes[i])
		if err != nil {
			t.Fatal(err)
		}
		salts = append(salts, salt)
	}
	for range 2 { // before and after a restart, the last one stored, the first and some between
		for i := 0; i < texts; i++ {
			if erased := i%3 == 0 || i == texts-1; erased {
				mustErase(t, d, hashes[i])
				mustErase(t, d, hashes[i])
			}
		}
		server.Close()
		for i := range texts {
			erased := i%3 == 0 || i == texts-1
			if found := onDisk(t, dir, text(i)) || onDisk(t, dir, salts[i]); found == erased {
				t.Errorf("text %d: erased %t, on disk %t", i, erased, found)
			}
		}
		server = startServer(t, dir)
		d = openDetached(t, server)
		for i, hash := range hashes {
			got, _, err := d.Get(t.Context(), hash)
			if erased := i%3 == 0 || i == texts-1; erased && (got != "" || !errors.Is(err, ledger.ErrErased)) || !erased && err != nil {
				t.Errorf("text %d: %q, %v", i, got, err)
			}
			if by, err := d.By(t.Context(), hash); by != "a" || err != nil {
				t.Errorf("text %d: %q, %v", i, by, err)
			}
		}
	}
}

// TestEraseCutOff: a tombstone beside its text, as a crash leaves it, hides the text at once and erases it at the next open.
func TestEraseCutOff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := startServer(t, dir)
	d := openDetached(t, server)
	hash := mustDetach(t, d, "a", "half erased")
	if _, err := server.Conn().Request("$KV.DETACHED_"+campaign+".erased."+hash, []byte(`{"by":"a","erased":true}`), patience); err != nil {
		t.Fatal(err)
	}
	if text, _, err := d.Get(t.Context(), hash); text != "" || !errors.Is(err, ledger.ErrErased) {
		t.Errorf("%q, %v", text, err)
	}
	d = openDetached(t, server)
	if text, _, err := d.Get(t.Context(), hash); text != "" || !errors.Is(err, ledger.ErrErased) {
		t.Errorf("%q, %v", text, err)
	}
	server.Close()
	if onDisk(t, dir, "half erased") {
		t.Error("the text is still on disk")
	}
}

// onDisk tells whether a file under dir holds text.
func onDisk(t *testing.T, dir, text string) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		found = found || bytes.Contains(content, []byte(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestDetachedQuota: bytes are given back by erasing, the number is not; neither limit is passed together or by a restart.
func TestDetachedQuota(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := startServer(t, dir)
	d := openDetached(t, server)
	const fit = ledger.MaxMemberDetachedBytes / events.MaxTextBytes
	page := strings.Repeat("x", events.MaxTextBytes)
	kept := detachMany(t, d, "wordy", page, fit+20)
	if len(kept) != fit {
		t.Fatalf("%d texts were kept, %d fit", len(kept), fit)
	}
	mustErase(t, d, kept[0])
	mustErase(t, d, kept[0]) // gives its bytes back once
	server.Close()
	server = startServer(t, dir)
	d = openDetached(t, server)
	if kept := detachMany(t, d, "wordy", page, 20); len(kept) != 1 {
		t.Errorf("%d texts were kept after one was erased", len(kept))
	}
	few := detachMany(t, d, "chatty", "x", ledger.MaxMemberDetachedTexts+20)
	if len(few) != ledger.MaxMemberDetachedTexts {
		t.Errorf("%d texts were kept, want %d", len(few), ledger.MaxMemberDetachedTexts)
	}
	mustErase(t, d, few[0])
	for range 2 {
		if _, err := d.Put(t.Context(), "chatty", "x"); !errors.Is(err, ledger.ErrDetachedQuota) {
			t.Errorf("erased texts are not counted: %v", err)
		}
		d = openDetached(t, server)
	}
}

// detachMany puts a text n times, some at once, and gives the hashes of what was kept.
func detachMany(t *testing.T, d *ledger.Detached, by, text string, n int) (kept []string) {
	t.Helper()
	var mu sync.Mutex
	var writers sync.WaitGroup
	todo := make(chan struct{}, n)
	for range n {
		todo <- struct{}{}
	}
	close(todo)
	for range 8 {
		writers.Go(func() {
			for range todo {
				hash, err := d.Put(t.Context(), by, text)
				mu.Lock()
				if err == nil {
					kept = append(kept, hash)
				} else if !errors.Is(err, ledger.ErrDetachedQuota) {
					t.Error(err)
				}
				mu.Unlock()
			}
		})
	}
	writers.Wait()
	return kept
}
