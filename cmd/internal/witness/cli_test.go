package witness_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"campaignledger/cmd/internal/cli"
	"campaignledger/cmd/internal/keys"
	"campaignledger/ledger/proof"
)

// memberSite is a directory with the policy and a witness's key.
type memberSite struct {
	t   *testing.T
	f   *fakeLog
	dir string
}

func newMemberSite(t *testing.T, f *fakeLog) *memberSite {
	t.Helper()
	s := &memberSite{t, f, t.TempDir()}
	if err := keys.Write(s.path("w.key"), keyFile(t, keys.Witness, "b-w"), nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path("small.policy"), f.policy.Marshal(), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *memberSite) path(name string) string { return filepath.Join(s.dir, name) }

// run runs a command with the site's directory for data.
func (s *memberSite) run(ctx context.Context, args ...string) (code int, out, errOut string) {
	var o, e safeBuffer
	code = cli.Run(ctx, append(args, "--data", s.path("data")), strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

func (s *memberSite) witness(more ...string) (int, string) {
	code, _, errOut := s.run(s.t.Context(), append([]string{"witness", "--policy", s.path("small.policy"), "--key", s.path("w.key")}, more...)...)
	return code, errOut
}

// safeBuffer is written by several goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestCommandOnce(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	// The command goes by the real clock, by which this log is old.
	s := newMemberSite(t, f)
	f.checkpoint()
	g := f.other(len(f.entries))
	if code, text := s.witness("--once"); code != 0 || len(f.posts) != 1 {
		t.Fatalf("%d: %s", code, text)
	}
	if _, err := os.Stat(s.path("data/witness/small/checkpoints.txt")); err != nil {
		t.Error(err)
	}
	if err := keys.Write(s.path("m.key"), keyFile(t, keys.Member, "a-head"), nil); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"--policy":    {"--policy", ""},
		"--key":       {"--key", ""},
		"witness key": {"--key", s.path("m.key")},
		"--interval":  {"--interval", "1ms"},
		"--peer":      {"--peer", "ftp://x"},
		"--server":    {"--server", "127.0.0.1:1"},
	} {
		if code, text := s.witness(append(args, "--once")...); code != 1 && code != 2 || want != "witness key" && !strings.Contains(text, want) {
			t.Errorf("%v: %d %s", args, code, text)
		}
	}
	if code, text := s.witness("--once", "--server", "http://127.0.0.1:1"); code != 1 || !strings.Contains(text, "does not answer") {
		t.Errorf("no server: %d %s", code, text)
	}
	fork := g.grow(0)
	f.change(func() {
		other := fork.Head
		other.Root[0] ^= 1
		f.signed = []*proof.Checkpoint{f.signHead(other)}
	})
	for lang, want := range map[string]string{"vi": "BÁO ĐỘNG", "en": "ALARM"} {
		word := map[string]string{"vi": "xin một gói kiểm chứng", "en": "get a bundle"}[lang]
		code, text := s.witness("--once", "--lang", lang)
		if code != 3 || !strings.Contains(text, "campaign: "+want) || !strings.Contains(text, word) || !strings.Contains(text, " verify --policy "+s.path("small.policy")) || !strings.Contains(text, `"level":"error"`) {
			t.Errorf("%d: %s", code, text)
		}
	}
}

// TestCommandVerdict: one sentence or one object on stdout says what the round found.
func TestCommandVerdict(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	s := newMemberSite(t, f)
	f.checkpoint()
	once := func(want int, more ...string) string {
		t.Helper()
		code, out, errOut := s.run(t.Context(), append([]string{"witness", "--policy", s.path("small.policy"), "--key", s.path("w.key"), "--server", f.web.URL, "--once"}, more...)...)
		if code != want || strings.Count(out, "\n") != 1 {
			t.Errorf("%d: %q; %s", code, out, errOut)
		}
		return out
	}
	for _, c := range [][2]string{
		{"en", "Good: the log of 5 events was checked and cosigned; 1 of the 3 witnesses stand behind it, and it takes 2.\n"},
		{"vi", "Tốt: đã kiểm tra và đồng ký sổ có 5 sự kiện; 1 trên 3 nhân chứng đã đồng ký, cần có 2.\n"},
	} {
		if out := once(0, "--lang", c[0]); out != c[1] {
			t.Error(out)
		}
	}
	object := func(want int) (v struct {
		Verdict, Witness, Alarm string
		Size, Cosigned, Quorum  int
		Files                   []string
	}) {
		t.Helper()
		if err := json.Unmarshal([]byte(once(want, "-o", "json")), &v); err != nil {
			t.Error(err)
		}
		return v
	}
	if v := object(0); v.Verdict != "good" || v.Witness != "b-w" || v.Size != opened || v.Cosigned != 1 || v.Quorum != 2 {
		t.Errorf("%+v", v)
	}
	f.down()
	if out := once(1, "--lang", "en"); out != "No verdict: the server gave no valid answer.\n" {
		t.Error(out)
	}
	if v := object(1); v.Verdict != "no-answer" {
		t.Errorf("%+v", v)
	}
	f.change(func() {
		other := f.signed[0].Head
		other.Root[0] ^= 1
		f.override, f.signed = nil, []*proof.Checkpoint{f.signHead(other)}
	})
	if out := once(3, "--lang", "vi"); !strings.HasPrefix(out, "Báo động (fork)") {
		t.Error(out)
	}
	if v := object(3); v.Verdict != "alarm" || v.Alarm != "fork" || len(v.Files) != 2 {
		t.Errorf("%+v", v)
	}
}

// TestExamples: what the help shows names the server, which a policy need not.
func TestExamples(t *testing.T) {
	t.Parallel()
	s := newMemberSite(t, newFakeLog(t))
	_, help, _ := s.run(t.Context(), "witness", "--help")
	_, examples, _ := strings.Cut(help, "Examples:")
	examples, _, _ = strings.Cut(strings.ReplaceAll(examples, "\\\n", ""), "\n\n")
	for line := range strings.Lines(examples) {
		if strings.Contains(line, "campaign witness") && !strings.Contains(line, "--server ") {
			t.Error(line)
		}
	}
	if n := strings.Count(examples, "--server "); n < 3 {
		t.Errorf("%d examples: %s", n, examples)
	}
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		err = free.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return free.Addr().String()
}

// TestCommandListens runs a witness, lodges with it and stops it.
func TestCommandListens(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	s := newMemberSite(t, f)
	f.checkpoint()
	address := freeAddress(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	posted := make(chan struct{})
	f.change(func() {
		f.override = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost {
				close(posted)
				f.override = nil
			}
			return false
		}
	})
	ended := make(chan string, 1)
	go func() {
		code, out, errOut := s.run(ctx, "witness", "--policy", s.path("small.policy"), "--key", s.path("w.key"), "--listen", address)
		if code != 0 || out != "" {
			ended <- errOut
		}
		close(ended)
	}()
	select {
	case <-posted:
	case text := <-ended:
		t.Fatal(text)
	}
	records := append(append([]byte(f.mark("x", 1)), '\n'), f.mark("y", 2)...)
	if err := os.WriteFile(s.path("drafts.ndjson"), append(records, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	url := "http://" + address
	code, out, text := s.run(t.Context(), "lodge", s.path("drafts.ndjson"), "--witness", url, "--policy", s.path("small.policy"))
	if code != 0 || out != "" || !strings.Contains(text, "b-w") {
		t.Fatalf("lodge: %d %s", code, text)
	}
	if !strings.Contains(text, "drafts.ndjson.lodging") || !strings.Contains(text, f.clock.Now().Local().Format("2006-01-02 ")) && !strings.Contains(text, time.Now().Local().Format("2006-01-02 ")) {
		t.Error(text)
	}
	kept, err := os.ReadFile(s.path("drafts.ndjson.lodging"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proof.OpenLodging(kept, f.policy); err != nil {
		t.Error(err)
	}
	if code, out, _ := s.run(t.Context(), "lodge", s.path("drafts.ndjson"), "--witness", url, "--out", "-"); code != 0 || out != string(kept) {
		t.Errorf("lodge again: %d %s", code, out)
	}
	if code, _, text := s.run(t.Context(), "lodge", s.path("drafts.ndjson"), "--witness", url); code != 1 || !strings.Contains(text, "--force") {
		t.Errorf("over a file that is there: %d %s", code, text)
	}
	if code, _, text := s.run(t.Context(), "lodge", s.path("small.policy"), "--witness", url, "--out", "-"); code != 1 || !strings.Contains(text, "line 1") {
		t.Errorf("no records: %d %s", code, text)
	}
	if code, _, text := s.run(t.Context(), "lodge", s.path("drafts.ndjson"), "--witness", f.web.URL, "--out", "-"); code != 1 || !strings.Contains(text, "not-found") {
		t.Errorf("no witness: %d %s", code, text)
	}
	s.lodgesElsewhere(url)
	stop()
	if text, bad := <-ended; bad {
		t.Errorf("the witness ended badly: %s", text)
	}
}

// lodgesElsewhere lodges with the policy of another campaign.
func (s *memberSite) lodgesElsewhere(url string) {
	s.t.Helper()
	other := *s.f.policy
	other.Origin = proof.Origin("other", s.f.genesis)
	if err := os.WriteFile(s.path("other.policy"), other.Marshal(), 0o600); err != nil {
		s.t.Fatal(err)
	}
	for lang, want := range map[string]string{"en": "the policy is of another campaign: it is for the log ", "vi": "còn giấy gửi thuộc sổ "} {
		args := []string{"lodge", s.path("drafts.ndjson"), "--witness", url, "--out", "-", "--policy", s.path("other.policy"), "--lang", lang}
		if code, _, text := s.run(s.t.Context(), args...); code != 3 || !strings.Contains(text, want) {
			s.t.Errorf("another campaign's policy: %d %s", code, text)
		}
	}
}
