package client_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"campaignledger/cmd/internal/cli"
	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/keys"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// keeping is a client of the signed campaign that keeps receipts in a directory of its own, and its signer.
func keeping(t *testing.T) (*client.Client, client.Signer) {
	t.Helper()
	c, s := signedCampaign(t)
	c.Receipts = &client.Receipts{Dir: t.TempDir()}
	return c, s
}

// slip is an entry for an item of its own.
func slip(item string, scorer string) events.Draft {
	return events.Draft{Subject: "a", Payload: &events.ScoreEntered{Cluster: "c", Criterion: "A", Level: "self", Scorer: scorer, Item: item,
		Mark: events.Mark{Kind: events.MarkPoints, Amount: events.Whole(1)}}}
}

func store(t *testing.T, c *client.Client, s client.Signer, items ...string) ([]byte, error) {
	t.Helper()
	var drafts []events.Draft
	for _, item := range items {
		drafts = append(drafts, slip(item, "a"))
	}
	return c.AppendSigned(t.Context(), "signed", s, false, drafts)
}

// keptFiles are the names of what is kept, which nobody else may read.
func keptFiles(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(filepath.Join(dir, "signed"))
	must(t, err)
	for _, e := range list {
		info, err := e.Info()
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s may be read by %v", e.Name(), info.Mode())
		}
		names = append(names, e.Name())
	}
	return names
}

// TestReceiptsAreKept: each signed event's receipt is kept once, is good for anybody with the policy, and holds later too.
func TestReceiptsAreKept(t *testing.T) {
	t.Parallel()
	c, s := keeping(t)
	told := 0
	c.Receipts.Tell = func(id string, p *proof.Policy) {
		if told++; id != "signed" || p.Genesis() != s.Genesis {
			t.Errorf("told of %s, %+v", id, p)
		}
	}
	plain := *c
	plain.Receipts = nil
	lines, err := store(t, c, s, "x", "y")
	must(t, err)
	must(t, c.Receipts.Trouble())
	again, err := plain.AppendRecords(t.Context(), "signed", recordsOf(t, lines))
	if err != nil || string(again) != string(lines) {
		t.Errorf("%v; with receipts\n%s, without\n%s", err, lines, again)
	}
	_, err = store(t, c, s, "z")
	must(t, err)
	if names := keptFiles(t, c.Receipts.Dir); !slices.Equal(names, []string{"5.receipt", "6.receipt", "7.receipt", "policy"}) || told != 1 {
		t.Errorf("%v are kept; told %d times", names, told)
	}
	text, err := c.Policy(t.Context(), "signed")
	must(t, err)
	policy, err := proof.ParsePolicy(text)
	must(t, err)
	for i, record := range recordsOf(t, lines) {
		data, err := os.ReadFile(filepath.Join(c.Receipts.Dir, "signed", fmt.Sprint(5+i)+".receipt"))
		must(t, err)
		r, err := proof.OpenReceipt(data, policy)
		if err != nil || !bytes.Equal(r.Record, record) {
			t.Errorf("receipt %d: %+v, %v", 5+i, r, err)
		}
	}
	list, newest, err := c.Receipts.Check(t.Context(), c, "signed")
	if err != nil || len(list) != 3 || newest.Size < 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	for i, r := range list {
		if r.Err != nil || r.Seq != events.Seq(5+i) || r.Size < uint64(r.Seq) || r.Recorded.IsZero() {
			t.Errorf("%+v", r)
		}
	}
	if r, err := c.Receipt(t.Context(), "signed", 1); err != nil || r.Seq != 1 || proof.Genesis(r.Record) != s.Genesis {
		t.Errorf("the receipt of the opening: %+v, %v", r, err)
	}
}

// recordsOf are the records in an answer.
func recordsOf(t *testing.T, lines []byte) (records []events.Record) {
	t.Helper()
	for line := range bytes.Lines(lines) {
		var ack struct{ Record json.RawMessage }
		must(t, json.Unmarshal(line, &ack))
		records = append(records, events.Record(ack.Record))
	}
	return records
}

// TestRefusalsAreKept: what the log signed when it refused a body is kept with the body, and each refusal of it.
func TestRefusalsAreKept(t *testing.T) {
	t.Parallel()
	c, s := keeping(t)
	records, err := c.Sign(t.Context(), "signed", s, false, []events.Draft{slip("x", "a"), slip("y", "b")})
	must(t, err)
	for range 2 {
		_, err = c.AppendRecords(t.Context(), "signed", records)
		var refused *client.Error
		if !errors.As(err, &refused) || refused.Refusal == "" || c.Receipts.Trouble() != nil {
			t.Fatalf("%v; %v", err, c.Receipts.Trouble())
		}
	}
	names := keptFiles(t, c.Receipts.Dir)
	if len(names) != 2 || !strings.HasSuffix(names[0], "-4.refusal") {
		t.Fatalf("%v are kept", names)
	}
	text, err := c.Policy(t.Context(), "signed")
	must(t, err)
	policy, err := proof.ParsePolicy(text)
	must(t, err)
	data, err := os.ReadFile(filepath.Join(c.Receipts.Dir, "signed", names[0]))
	must(t, err)
	r, err := proof.OpenRefusal(data, policy)
	if err != nil || len(r.Drafts) != 2 || !bytes.Equal(r.Drafts[1], records[1]) || r.Seq != 4 {
		t.Errorf("%+v, %v", r, err)
	}
	_, err = store(t, c, s, "z")
	must(t, err)
	if _, err := c.AppendRecords(t.Context(), "signed", records); err == nil { // after another event: another refusal
		t.Error("the body is taken")
	}
	if names := keptFiles(t, c.Receipts.Dir); len(names) != 4 {
		t.Errorf("%v are kept", names)
	}
}

// editing is a server that changes answers whose path ends so.
type editing struct {
	http.RoundTripper
	mu     sync.Mutex
	suffix string
	edit   func(body []byte) []byte
	done   bool
}

// turn has the server change other answers from now on.
func (e *editing) turn(suffix string, edit func(body []byte) []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.suffix, e.edit = suffix, edit
}

func (e *editing) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := e.RoundTripper.RoundTrip(r)
	e.mu.Lock()
	defer e.mu.Unlock()
	if err != nil || !strings.HasSuffix(r.URL.Path, e.suffix) {
		return answer, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	changed := e.edit(body)
	e.done = e.done || !bytes.Equal(changed, body)
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(changed)), int64(len(changed))
	answer.Header.Set("Content-Length", fmt.Sprint(len(changed)))
	return answer, nil
}

func replacing(from, to string) func([]byte) []byte {
	return func(body []byte) []byte { return bytes.Replace(body, []byte(from), []byte(to), 1) }
}

// otherKey signs the checkpoint in an answer, at its policy and its acknowledgements alike, with another key.
func otherKey(t *testing.T, policy *proof.Policy) (edit func([]byte) []byte, signer note.Signer) {
	t.Helper()
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	signer, err := proof.LogSigner(policy.Origin, private)
	must(t, err)
	other := *policy
	other.Log = events.PublicKeyOf(private)
	return func([]byte) []byte { return other.Marshal() }, signer
}

// TestTamperedProofs has a server whose proofs are not those of what it says. The event is stored and its lines come, and the client says that
// the proof is wrong.
func TestTamperedProofs(t *testing.T) {
	t.Parallel()
	c, s := keeping(t)
	_, err := store(t, c, s, "first")
	must(t, err)
	must(t, c.Receipts.Trouble())
	text, err := c.Policy(t.Context(), "signed")
	must(t, err)
	policy, err := proof.ParsePolicy(text)
	must(t, err)
	anotherKey, _ := otherKey(t, policy)
	cut := func(body []byte) []byte { // the checkpoint is left out
		at := bytes.Index(body, []byte(`,"checkpoint":`))
		return append(bytes.Clone(body[:at]), "}\n"...)
	}
	for name, tc := range map[string]struct {
		suffix string
		edit   func([]byte) []byte
	}{
		"no checkpoint":        {"/events", cut},
		"an empty one":         {"/events", func(b []byte) []byte { return append(cut(b)[:len(cut(b))-2], `,"checkpoint":""}`+"\n"...) }},
		"another size":         {"/events", func(b []byte) []byte { return regexp.MustCompile(`(\\n)(\d+\\n)`).ReplaceAll(b, []byte("${1}1$2")) }},
		"another log":          {"/events", replacing("campaign-ledger/signed", "campaign-ledger/other")},
		"another record":       {"/events", replacing(`"points":"1"`, `"points":"2"`)},
		"another place":        {"/events", replacing(`"seq":`, `"seq":1`)},
		"another time":         {"/events", replacing(`"recorded":"20`, `"recorded":"19`)},
		"no time":              {"/events", replacing(`"recorded":"20`, `"recorded":"x`)},
		"one more event":       {"/events", func(b []byte) []byte { return append(bytes.Clone(b), b...) }},
		"a receipt's place":    {"/receipt", replacing("index ", "index 1")},
		"a receipt's record":   {"/receipt", replacing("index ", "extra e30K\nindex ")},
		"a receipt's proof":    {"/receipt", flipProof},
		"no receipt":           {"/receipt", func([]byte) []byte { return nil }},
		"another policy's key": {"/policy", anotherKey},
		"another genesis":      {"/policy", func([]byte) []byte { return reoriginated(policy) }},
		"no policy":            {"/policy", func([]byte) []byte { return []byte("hello\n") }},
	} {
		t.Run(name, func(t *testing.T) {
			evil := *c
			evil.Receipts = &client.Receipts{Dir: c.Receipts.Dir}
			transport := &editing{RoundTripper: c.HTTP.Transport, suffix: tc.suffix, edit: tc.edit}
			evil.HTTP = &http.Client{Transport: transport}
			lines, err := store(t, &evil, s, name)
			if err != nil || bytes.Count(lines, []byte{'\n'}) == 0 {
				t.Errorf("%v; the lines are %q", err, lines)
			}
			if err := evil.Receipts.Trouble(); !errors.Is(err, client.ErrUnproven) || !transport.done {
				t.Errorf("trouble %v (altered: %t)", err, transport.done)
			}
		})
	}
	c.Receipts = &client.Receipts{Dir: c.Receipts.Dir}
	_, err = store(t, c, s, "last")
	must(t, err)
	must(t, c.Receipts.Trouble()) // the good server is good as before
}

// flipProof changes a hash of a receipt's proof.
func flipProof(body []byte) []byte {
	lines := bytes.Split(body, []byte{'\n'})
	for i, line := range lines {
		if h, err := base64.StdEncoding.DecodeString(string(line)); err == nil && len(h) == len(proof.Hash{}) {
			h[0] ^= 1
			lines[i] = []byte(base64.StdEncoding.EncodeToString(h))
			break
		}
	}
	return bytes.Join(lines, []byte{'\n'})
}

func reoriginated(p *proof.Policy) []byte {
	other := *p
	other.Origin = proof.Origin("signed", strings.Repeat("0", 64))
	return other.Marshal()
}

// TestTamperedRefusal: a refusal that is not the log's, or not of these drafts, is no evidence, and the user hears of it.
func TestTamperedRefusal(t *testing.T) {
	t.Parallel()
	c, s := keeping(t)
	for name, edit := range map[string]func([]byte) []byte{
		"code": replacing(`\nscorer\n`, `\nlate\n`),
		"time": replacing(`Z\nscorer`, `0Z\nscorer`),
		"none": replacing(`"refusal":"`, `"refusal":"x`),
	} {
		evil := *c
		evil.Receipts = &client.Receipts{Dir: t.TempDir()}
		transport := &editing{RoundTripper: c.HTTP.Transport, suffix: "/events", edit: edit}
		evil.HTTP = &http.Client{Transport: transport}
		_, err := evil.AppendSigned(t.Context(), "signed", s, false, []events.Draft{slip("x", "b")})
		if err == nil || !transport.done || !errors.Is(evil.Receipts.Trouble(), client.ErrUnproven) {
			t.Errorf("%s: %v (altered: %t), trouble %v", name, err, transport.done, evil.Receipts.Trouble())
		}
		if names := keptFiles(t, evil.Receipts.Dir); len(names) != 1 {
			t.Errorf("%s: %v are kept", name, names)
		}
	}
}

// TestCheckTampered: kept receipts are held against a server that has another log, or hides its growth, and against files that were changed.
func TestCheckTampered(t *testing.T) {
	t.Parallel()
	c, s := keeping(t)
	for _, item := range []string{"x", "y", "z"} {
		_, err := store(t, c, s, item)
		must(t, err)
	}
	must(t, c.Receipts.Trouble())
	check := func(suffix string, edit func([]byte) []byte) (list []client.Checked, err error) {
		evil := *c
		evil.HTTP = &http.Client{Transport: &editing{RoundTripper: c.HTTP.Transport, suffix: suffix, edit: edit}}
		list, _, err = evil.Receipts.Check(t.Context(), &evil, "signed")
		return list, err
	}
	for suffix, edit := range map[string]func([]byte) []byte{
		"/checkpoint": replacing("\n", "\n1"), "/policy": func([]byte) []byte { return []byte("x\n") },
	} {
		if _, err := check(suffix, edit); !errors.Is(err, client.ErrUnproven) {
			t.Errorf("%s: %v", suffix, err)
		}
	}
	for name, edit := range map[string]func([]byte) []byte{"altered": flipProof, "none": func([]byte) []byte { return nil }, "garbage": func([]byte) []byte { return []byte("x\n") }} {
		list, err := check("/growth", edit)
		if err != nil || len(list) != 3 || !slices.ContainsFunc(list, func(r client.Checked) bool { return errors.Is(r.Err, client.ErrUnproven) }) {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
	path := func(seq int) string {
		return filepath.Join(c.Receipts.Dir, "signed", fmt.Sprint(seq)+".receipt")
	}
	data, err := os.ReadFile(path(5))
	must(t, err)
	must(t, os.WriteFile(path(6), data, 0o600))                                     // of another event
	must(t, os.WriteFile(path(7), bytes.Replace(data, []byte("5"), nil, 1), 0o600)) // damaged
	list, _, err := c.Receipts.Check(t.Context(), c, "signed")
	if err != nil || len(list) != 3 || list[0].Err != nil || list[1].Err == nil || list[2].Err == nil {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestReceiptsOverChangedWitnesses: a receipt that was kept with a witness's signature is good also after the witness is none any more.
func TestReceiptsOverChangedWitnesses(t *testing.T) {
	t.Parallel()
	c, s := keeping(t)
	text, err := c.Policy(t.Context(), "signed")
	must(t, err)
	policy, err := proof.ParsePolicy(text)
	must(t, err)
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	bare := policy.Marshal()
	policy.Quorum, policy.Witnesses = 1, []proof.Witness{{Name: "w1", Key: events.PublicKeyOf(private)}}
	_, err = c.AdoptPolicy(t.Context(), "signed", policy.Marshal())
	must(t, err)
	lines, err := store(t, c, s, "x")
	must(t, err)
	signer, err := proof.Cosigner("w1", private)
	must(t, err)
	_, err = c.Bundle(t.Context(), "signed", 0, io.Discard) // has a checkpoint made
	must(t, err)
	msg, err := c.Checkpoint(t.Context(), "signed")
	must(t, err)
	head, err := proof.OpenCheckpoint(msg, policy)
	must(t, err)
	with, err := head.Cosign(signer)
	must(t, err)
	_, err = c.Cosign(t.Context(), "signed", with.Marshal())
	must(t, err)
	must(t, os.Remove(filepath.Join(c.Receipts.Dir, "signed", "5.receipt")))
	_, err = c.AppendRecords(t.Context(), "signed", recordsOf(t, lines)) // again, now with the cosignature
	must(t, err)
	data, err := os.ReadFile(filepath.Join(c.Receipts.Dir, "signed", "5.receipt"))
	if err != nil || !bytes.Contains(data, []byte("— w1 ")) {
		t.Fatalf("%v: the receipt has no cosignature: %s", err, data)
	}
	_, err = c.AdoptPolicy(t.Context(), "signed", bare)
	must(t, err)
	_, err = store(t, c, s, "y")
	must(t, err)
	must(t, c.Receipts.Trouble())
	list, _, err := c.Receipts.Check(t.Context(), c, "signed")
	if err != nil || len(list) != 2 || list[0].Err != nil || list[1].Err != nil {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestTwoClientsAtOnce: two commands that keep receipts in one directory see the same key first, keep all, and replace nothing.
func TestTwoClientsAtOnce(t *testing.T) {
	t.Parallel()
	c, s := keeping(t)
	const each = 6
	var running sync.WaitGroup
	for n := range 2 {
		other := *c
		other.Receipts = &client.Receipts{Dir: c.Receipts.Dir}
		running.Go(func() {
			for i := range each {
				if _, err := other.AppendSigned(t.Context(), "signed", s, false, []events.Draft{slip(fmt.Sprintf("i%d-%d", n, i), "a")}); err != nil {
					t.Error(err)
				}
			}
			if err := other.Receipts.Trouble(); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if names := keptFiles(t, c.Receipts.Dir); len(names) != 2*each+1 {
		t.Errorf("%v are kept", names)
	}
}

// TestOtherKeyAtOnce: of two servers with different keys that are seen at the same time for the first time, one is believed.
func TestOtherKeyAtOnce(t *testing.T) {
	t.Parallel()
	c, s := keeping(t)
	text, err := c.Policy(t.Context(), "signed")
	must(t, err)
	policy, err := proof.ParsePolicy(text)
	must(t, err)
	anotherKey, _ := otherKey(t, policy)
	evil := *c
	evil.Receipts = &client.Receipts{Dir: c.Receipts.Dir}
	evil.HTTP = &http.Client{Transport: &editing{RoundTripper: c.HTTP.Transport, suffix: "/policy", edit: anotherKey}}
	var running sync.WaitGroup
	for i, one := range []*client.Client{c, &evil} {
		running.Go(func() {
			if _, err := one.AppendSigned(t.Context(), "signed", s, false, []events.Draft{slip(fmt.Sprint("i", i), "a")}); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if err := evil.Receipts.Trouble(); !errors.Is(err, client.ErrUnproven) {
		t.Errorf("the other server: %v", err)
	}
	kept, err := os.ReadFile(filepath.Join(c.Receipts.Dir, "signed", "policy"))
	must(t, err)
	for range 2 { // what was seen first stays
		_, _ = store(t, c, s, events.NewID().String()[24:])
		if now, err := os.ReadFile(filepath.Join(c.Receipts.Dir, "signed", "policy")); err != nil || !bytes.Equal(now, kept) {
			t.Errorf("%v: the policy that was seen first is replaced", err)
		}
	}
}

// TestTamperedThroughCommand: a command whose server's proof is wrong prints what was stored, and ends with the status of what can't be verified.
func TestTamperedThroughCommand(t *testing.T) { // not parallel: it sets the environment
	dir, receipts := t.TempDir(), t.TempDir()
	c, s := signedCampaignIn(t, dir)
	t.Setenv("CAMPAIGN_RECEIPTS", receipts)
	keyFile, draft := filepath.Join(receipts, "a-head.key"), filepath.Join(receipts, "draft.json")
	must(t, keys.Write(keyFile, s.Key, nil))
	transport := &editing{RoundTripper: c.HTTP.Transport, suffix: "/none"}
	proxy := httptest.NewServer(&httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: "localhost"})
		r.Out.Host = r.In.Host
	}})
	defer proxy.Close()
	must(t, server.WriteInfo(dir, server.Info{URL: proxy.URL, PID: os.Getpid(), Token: c.Token}))
	command := func(args ...string) (status int, out, errOut string) {
		var o, e bytes.Buffer
		status = cli.Run(t.Context(), append(args, "--data", dir, "--lang", "en", "--key", keyFile), strings.NewReader(""), &o, &e)
		return status, o.String(), e.String()
	}
	for i, test := range []struct {
		suffix string
		edit   func([]byte) []byte
		status int
	}{
		{"/none", nil, 0},
		{"/events", replacing(`,"checkpoint":"`, `,"checkpoint":"x`), 3},
		{"/receipt", replacing("index ", "index 1"), 3},
		{"/policy", func([]byte) []byte { return []byte("x\n") }, 3},
		{"/none", nil, 0},
	} {
		transport.turn(test.suffix, test.edit)
		must(t, os.WriteFile(draft, fmt.Appendf(nil, `{"type":"score.entered","subject":"a","data":{"cluster":"c","criterion":"A","level":"self","scorer":"a","item":"i%d","points":"1"}}`, i), 0o600))
		status, out, errOut := command("append", "signed", draft)
		if status != test.status || !strings.HasPrefix(out, fmt.Sprintf(`{"seq":%d,`, 5+i)) || (status == 3) != strings.Contains(errOut, "the server's proof is wrong") {
			t.Errorf("%s: status %d, out %q, err %q", test.suffix, status, out, errOut)
		}
	}
	transport.turn("/growth", flipProof)
	if status, out, errOut := command("receipt", "signed"); status != 3 || !strings.Contains(out, "NO: ") || !strings.Contains(errOut, "is not the beginning") {
		t.Errorf("receipt: status %d, out %q, err %q", status, out, errOut)
	}
}
