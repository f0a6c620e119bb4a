package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/ledger"
)

func openEvidence(t *testing.T, server *ledger.Embedded) *ledger.Evidence {
	t.Helper()
	e, err := ledger.OpenEvidence(t.Context(), server.Conn(), campaign, 1)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// pdf is a file of n bytes that counts as a PDF; another seed gives other bytes.
func pdf(seed string, n int) []byte {
	b := []byte("%PDF-1.7\n" + seed + "\n")
	return append(b, bytes.Repeat([]byte{'.'}, n-len(b))...)
}

func mustPut(t *testing.T, e *ledger.Evidence, by, name string, content []byte) ledger.File {
	t.Helper()
	f, err := e.Put(t.Context(), by, name, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// expectHeld: the file is held and both ways to read it give its bytes.
func expectHeld(t *testing.T, e *ledger.Evidence, want ledger.File, content []byte) {
	t.Helper()
	if got, held, err := e.Held(t.Context(), want.SHA256); got != want || !held || err != nil {
		t.Errorf("held: %v, %t, %v", got, held, err)
	}
	got, r, err := e.Get(t.Context(), want.SHA256)
	if err != nil || got != want {
		t.Fatalf("%v, %v", got, err)
	}
	defer r.Close()
	if read, err := io.ReadAll(r); err != nil || !bytes.Equal(read, content) {
		t.Errorf("%d of %d bytes, %v", len(read), len(content), err)
	}
	got, spool, err := e.Open(t.Context(), want.SHA256)
	if err != nil || got != want {
		t.Fatalf("%v, %v", got, err)
	}
	if read, err := io.ReadAll(spool); err != nil || !bytes.Equal(read, content) || spool.Size() != want.Size {
		t.Errorf("%d of %d bytes, %v", len(read), len(content), err)
	}
	if err := spool.Close(); err != nil {
		t.Error(err)
	}
}

func TestEvidenceRoundTrip(t *testing.T) {
	t.Parallel()
	e := openEvidence(t, startServer(t, t.TempDir()))
	for _, size := range []int{20, 128<<10 - 1, 128 << 10, 128<<10 + 1, 1 << 20} {
		content := pdf("round trip", size)
		sum := sha256.Sum256(content)
		want := ledger.File{SHA256: hex.EncodeToString(sum[:]), Size: int64(size), Type: "application/pdf", Name: "báo cáo.pdf", By: "cao-bang-1"}
		if _, held, err := e.Held(t.Context(), want.SHA256); held || err != nil {
			t.Fatalf("held before it was put: %t, %v", held, err)
		}
		if got := mustPut(t, e, "cao-bang-1", "2017/báo cáo.pdf", content); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
		if got := mustPut(t, e, "lang-son-1", "other.pdf", content); got != want {
			t.Errorf("the same bytes again: %v, want %v", got, want)
		}
		expectHeld(t, e, want, content)
	}
	for _, sum := range []string{"", "x", strings.Repeat("0", 64), strings.Repeat("A", 64), strings.Repeat("*", 64)} {
		if _, held, err := e.Held(t.Context(), sum); held || err != nil {
			t.Errorf("%q: %t, %v", sum, held, err)
		}
		if _, _, err := e.Get(t.Context(), sum); !errors.Is(err, ledger.ErrNoEvidence) {
			t.Errorf("%q: %v", sum, err)
		}
		if _, _, err := e.Open(t.Context(), sum); !errors.Is(err, ledger.ErrNoEvidence) {
			t.Errorf("%q: %v", sum, err)
		}
	}
}

func TestEvidenceRefused(t *testing.T) {
	t.Parallel()
	server := startServer(t, t.TempDir())
	e := openEvidence(t, server)
	if _, err := e.Put(t.Context(), "a", "big.pdf", bytes.NewReader(pdf("big", ledger.MaxEvidenceBytes+1))); !errors.Is(err, ledger.ErrEvidenceTooBig) {
		t.Errorf("too big: %v", err)
	}
	broken := io.MultiReader(bytes.NewReader(pdf("broken", 100)), iotest.ErrReader(io.ErrUnexpectedEOF))
	if _, err := e.Put(t.Context(), "a", "cut.pdf", broken); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("an upload that was cut off: %v", err)
	}
	if _, err := e.Put(t.Context(), "Not An Id", "a.pdf", bytes.NewReader(pdf("a", 100))); err == nil {
		t.Error("a member without a proper id put a file")
	}
	if _, err := e.Put(t.Context(), "a", "a.exe", strings.NewReader("MZ\x90\x00\x03")); !errors.Is(err, ledger.ErrEvidenceType) {
		t.Errorf("a program: %v", err)
	}
	if n := len(rawMessages(t, server.Conn(), "OBJ_EVIDENCE_"+campaign)); n != 0 {
		t.Errorf("%d messages are stored of what was refused", n)
	}
	if _, err := ledger.OpenEvidence(t.Context(), server.Conn(), "Not An Id", 1); err == nil {
		t.Error("files of a campaign without a proper id were opened")
	}
}

// describe puts descriptions of n files of a member into the bucket, without their bytes: what is counted at open.
func describe(t *testing.T, server *ledger.Embedded, by string, n int, size uint64) {
	t.Helper()
	openEvidence(t, server) // makes the bucket
	for i := range n {
		name := fmt.Sprintf("%064x", i)
		data, err := json.Marshal(jetstream.ObjectInfo{
			ObjectMeta: jetstream.ObjectMeta{Name: name, Metadata: map[string]string{"by": by}},
			Bucket:     "EVIDENCE_" + campaign, NUID: name, Size: size,
		})
		if err != nil {
			t.Fatal(err)
		}
		subject := "$O.EVIDENCE_" + campaign + ".M." + base64.URLEncoding.EncodeToString([]byte(name))
		if i < n-1 {
			err = server.Conn().Publish(subject, data)
		} else {
			_, err = server.Conn().Request(subject, data, patience) // answered after the ones before
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestEvidenceQuota: members can't pass their limit by putting at the same time, and not by a restart; what others put is not counted.
func TestEvidenceQuota(t *testing.T) {
	t.Parallel()
	const each, fit = 200 << 10, ledger.MaxMemberEvidenceBytes / ledger.MaxEvidenceBytes
	dir := t.TempDir()
	server := startServer(t, dir)
	describe(t, server, "greedy", fit, ledger.MaxEvidenceBytes-each)
	e := openEvidence(t, server)
	var kept atomic.Int64
	var writers sync.WaitGroup
	for i := range fit + 3 {
		writers.Go(func() {
			_, err := e.Put(t.Context(), "greedy", "a.pdf", bytes.NewReader(pdf(fmt.Sprint(i), each-1)))
			if err == nil {
				kept.Add(1)
			} else if !errors.Is(err, ledger.ErrEvidenceQuota) {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	if kept.Load() != fit {
		t.Fatalf("%d files of %d bytes were kept, %d fit", kept.Load(), each-1, fit)
	}
	server.Close()
	server = startServer(t, dir)
	e = openEvidence(t, server)
	more := pdf("more", each)
	if _, err := e.Put(t.Context(), "greedy", "a.pdf", bytes.NewReader(more)); !errors.Is(err, ledger.ErrEvidenceQuota) {
		t.Errorf("over the limit after a restart: %v", err)
	}
	modest := mustPut(t, e, "modest", "m.pdf", more)
	if got := mustPut(t, e, "greedy", "a.pdf", more); got != modest {
		t.Errorf("bytes that another holds: %v", got)
	}
	if _, err := e.Put(t.Context(), "greedy", "a.txt", strings.NewReader("9 bytes!!")); !errors.Is(err, ledger.ErrEvidenceQuota) {
		t.Errorf("one byte over the limit: %v", err)
	}
	mustPut(t, e, "greedy", "a.txt", []byte("8 bytes!")) // to the last byte
}

func TestEvidenceManyFiles(t *testing.T) {
	t.Parallel()
	server := startServer(t, t.TempDir())
	describe(t, server, "busy", ledger.MaxMemberEvidenceFiles-1, 1)
	e := openEvidence(t, server)
	mustPut(t, e, "busy", "a.txt", []byte("the last one"))
	if _, err := e.Put(t.Context(), "busy", "a.txt", strings.NewReader("one more")); !errors.Is(err, ledger.ErrEvidenceQuota) {
		t.Errorf("too many files: %v", err)
	}
}

// TestEvidenceSameBytes: many put the same bytes at once; they are stored and counted once.
func TestEvidenceSameBytes(t *testing.T) {
	t.Parallel()
	server := startServer(t, t.TempDir())
	e := openEvidence(t, server)
	content := pdf("same", 300<<10)
	files := make([]ledger.File, 16)
	var writers sync.WaitGroup
	for i := range files {
		writers.Go(func() {
			var err error
			if files[i], err = e.Put(t.Context(), fmt.Sprintf("m%d", i), "a.pdf", bytes.NewReader(content)); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	for _, f := range files {
		if f != files[0] {
			t.Errorf("%v and %v", files[0], f)
		}
	}
	if n := len(rawMessages(t, server.Conn(), "OBJ_EVIDENCE_"+campaign)); n != 4 {
		t.Errorf("%d messages, want three parts and a description", n)
	}
}

// TestEvidenceNotStored: what the store refuses is not held and not counted, whichever of its messages went in.
func TestEvidenceNotStored(t *testing.T) {
	t.Parallel()
	const size = 120 << 10 // one part
	server := startServer(t, t.TempDir())
	describe(t, server, "a", ledger.MaxMemberEvidenceBytes/ledger.MaxEvidenceBytes, ledger.MaxEvidenceBytes-size/8)
	e := openEvidence(t, server) // exactly one file more fits
	js, err := jetstream.New(server.Conn())
	if err != nil {
		t.Fatal(err)
	}
	limit := func(bytes int64) {
		cfg := rawStream(t, server.Conn(), "OBJ_EVIDENCE_"+campaign).CachedInfo().Config
		cfg.MaxBytes = bytes
		if _, err := js.UpdateStream(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
	}
	content := pdf("refused", size)
	sum := sha256.Sum256(content)
	limit(size / 2) // the part does not go in, the description after it does
	for range 3 {
		if f, err := e.Put(t.Context(), "a", "a.pdf", bytes.NewReader(content)); err == nil || errors.Is(err, ledger.ErrEvidenceQuota) {
			t.Fatalf("%v, %v", f, err)
		}
		if _, held, err := e.Held(t.Context(), hex.EncodeToString(sum[:])); held || err != nil {
			t.Fatalf("%t, %v", held, err)
		}
	}
	for _, msg := range rawMessages(t, server.Conn(), "OBJ_EVIDENCE_"+campaign) {
		if strings.Contains(msg.Subject, ".C.") {
			t.Errorf("a part of %d bytes was left behind", len(msg.Data))
		}
	}
	limit(-1)
	expectHeld(t, e, mustPut(t, e, "a", "a.pdf", content), content)
}

// TestEvidenceDamaged: a changed, missing or doubled part is noticed; no reader is given the whole of it; putting again repairs it.
func TestEvidenceDamaged(t *testing.T) {
	t.Parallel()
	server := startServer(t, t.TempDir())
	e := openEvidence(t, server)
	stream := rawStream(t, server.Conn(), "OBJ_EVIDENCE_"+campaign)
	content := pdf("to be damaged", 300<<10)
	want := mustPut(t, e, "a", "a.pdf", content)
	republish := func(part *jetstream.RawStreamMsg, data []byte) {
		if err := stream.DeleteMsg(t.Context(), part.Sequence); err != nil {
			t.Fatal(err)
		}
		if _, err := server.Conn().Request(part.Subject, data, patience); data != nil && err != nil {
			t.Fatal(err)
		}
	}
	damages := map[string]func(parts []*jetstream.RawStreamMsg){
		"last part changed": func(parts []*jetstream.RawStreamMsg) {
			republish(parts[2], append([]byte{'!'}, parts[2].Data[1:]...))
		},
		"first part moved to the end": func(parts []*jetstream.RawStreamMsg) { republish(parts[0], parts[0].Data) },
		"last part missing":           func(parts []*jetstream.RawStreamMsg) { republish(parts[2], nil) },
		"last part longer":            func(parts []*jetstream.RawStreamMsg) { republish(parts[2], append(parts[2].Data, '!')) },
		"all missing": func(parts []*jetstream.RawStreamMsg) {
			for _, part := range parts {
				republish(part, nil)
			}
		},
	}
	for name, damage := range damages {
		var parts []*jetstream.RawStreamMsg
		for _, msg := range rawMessages(t, server.Conn(), "OBJ_EVIDENCE_"+campaign) {
			if strings.HasPrefix(msg.Subject, "$O.EVIDENCE_"+campaign+".C.") {
				parts = append(parts, msg)
			}
		}
		if len(parts) != 3 {
			t.Fatalf("%d parts, want 3", len(parts))
		}
		damage(parts)
		_, r, err := e.Get(t.Context(), want.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if read, err := io.ReadAll(r); !errors.Is(err, ledger.ErrEvidenceDamaged) || int64(len(read)) >= want.Size {
			t.Errorf("%s: read %d of %d bytes, %v", name, len(read), want.Size, err)
		}
		if _, _, err := e.Open(t.Context(), want.SHA256); !errors.Is(err, ledger.ErrEvidenceDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if got := mustPut(t, e, "b", "b.pdf", content); got != want {
			t.Errorf("%s: repaired as %v", name, got)
		}
		expectHeld(t, e, want, content)
	}
}

// TestEvidenceGuests: who connects to an embedded server's port neither sees nor changes files or detached texts.
func TestEvidenceGuests(t *testing.T) {
	t.Parallel()
	server, err := ledger.StartEmbedded(ledger.EmbeddedConfig{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	e, d := openEvidence(t, server), openDetached(t, server)
	denied := make(chan error, 100)
	guest, err := nats.Connect(server.URL(), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { denied <- err }))
	if err != nil {
		t.Fatal(err)
	}
	defer guest.Close()
	var spies []*nats.Subscription
	for _, subject := range []string{"$O.>", "$KV.>"} {
		spy, err := guest.SubscribeSync(subject)
		if err != nil {
			t.Fatal(err)
		}
		spies = append(spies, spy)
	}
	content := pdf("secret", 100)
	want := mustPut(t, e, "a", "a.pdf", content)
	hash := mustDetach(t, d, "a", "secret")
	streams := []string{"OBJ_EVIDENCE_" + campaign, "KV_DETACHED_" + campaign}
	for i, stream := range streams {
		for _, msg := range rawMessages(t, server.Conn(), stream) {
			if err := guest.Publish(msg.Subject, []byte("forged")); err != nil {
				t.Fatal(err)
			}
		}
		for subject, request := range map[string]string{"INFO": "", "MSG.GET": `{"seq":1}`, "PURGE": "", "DELETE": ""} {
			answer, err := guest.Request("$JS.API.STREAM."+subject+"."+stream, []byte(request), 50*time.Millisecond)
			if err == nil && !bytes.Contains(answer.Data, []byte("stream not found")) {
				t.Errorf("a guest was answered on %s%s: %s", subject, stream, answer.Data)
			}
		}
		if msg, err := spies[i].NextMsg(time.Millisecond); err == nil {
			t.Errorf("a guest sees %s", msg.Subject)
		}
	}
	if err := guest.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := <-denied; !errors.Is(err, nats.ErrPermissionViolation) {
		t.Errorf("a guest's subscription: %v", err)
	}
	expectHeld(t, e, want, content)
	if text, _, err := d.Get(t.Context(), hash); text != "secret" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

func rawStream(t *testing.T, nc *nats.Conn, name string) jetstream.Stream {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

// rawMessages is all that stands in a stream.
func rawMessages(t *testing.T, nc *nats.Conn, name string) (list []*jetstream.RawStreamMsg) {
	t.Helper()
	stream := rawStream(t, nc, name)
	for seq := uint64(1); ; {
		msg, err := stream.GetMsg(t.Context(), seq, jetstream.WithGetMsgSubject(">"))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, msg)
		seq = msg.Sequence + 1
	}
}
