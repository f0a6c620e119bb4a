package witness_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/keys"
	"campaignledger/cmd/internal/witness"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

const campaign = "small"

// regulation has one leaf that takes any number of marks. KEY-x stands for member x's key.
const regulation = `id: small
title: Small year
clock: live
levels: [{id: self, scorers: own-unit}]
criteria:
  default:
    items: [{id: A, method: adjustment, min: -500, max: 500}]
clusters:
  - {id: one, criteria: default, lead: a, units: [{id: a}, {id: b}]}
members:
  - {id: a-head, role: head, unit: a, key: "KEY-a-head"}
  - {id: a-officer, role: officer, unit: a, key: "KEY-a-officer"}
  - {id: b-head, role: head, unit: b, key: "KEY-b-head"}
  - {id: b-officer, role: officer, unit: b, key: "KEY-b-officer"}
`

// private is a key by its name, the same in every run.
func private(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// keyFile is a key of a purpose by its name.
func keyFile(t *testing.T, purpose keys.Purpose, name string) *keys.Key {
	t.Helper()
	k, err := keys.New(purpose, name, bytes.NewReader(private(name).Seed()))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// entry is one event of the fake log.
type entry struct {
	record   events.Record
	recorded time.Time
}

// fakeLog is a server with a real log, which can be made to misbehave.
type fakeLog struct {
	t       *testing.T
	web     *httptest.Server
	policy  *proof.Policy
	clock   *clock
	genesis string

	mu       sync.Mutex
	entries  []entry
	tree     *proof.Tree
	signed   []*proof.Checkpoint
	hidden   func(seq int) bool
	files    map[string]string // by SHA-256
	posts    [][]byte          // cosignatures that came
	drop     bool              // cosignatures are answered and forgotten
	asked    map[string]int    // by path
	override func(w http.ResponseWriter, r *http.Request) bool
	serve    func(seq int, e entry) entry // what the feed gives instead
}

// newFakeLog is an open campaign in which both units may score: opened events.
func newFakeLog(t *testing.T) *fakeLog {
	t.Helper()
	f := &fakeLog{t: t, tree: new(proof.Tree), genesis: events.NoGenesis, files: map[string]string{}, asked: map[string]int{}, hidden: func(int) bool { return false },
		clock: &clock{now: time.Date(2017, 3, 1, 8, 0, 0, 0, time.UTC)}}
	parts := strings.Split(regulation, "KEY-")
	for i := 1; i < len(parts); i++ {
		member, rest, _ := strings.Cut(parts[i], `"`)
		parts[i] = events.PublicKeyOf(private(member)).String() + `"` + rest
	}
	r, err := events.ParseRegulation("small.yaml", []byte(strings.Join(parts, "")))
	if err != nil {
		t.Fatal(err)
	}
	opening := f.sign("a-head", "", events.NewCampaignOpened(r, "small.yaml", strings.Repeat("0", 64)))
	f.genesis = proof.Genesis(opening)
	f.policy = &proof.Policy{Origin: proof.Origin(campaign, f.genesis), Log: events.PublicKeyOf(private("log")), Quorum: 2}
	for _, name := range []string{"a-w", "b-w", "c-w"} {
		f.policy.Witnesses = append(f.policy.Witnesses, proof.Witness{Name: name, Key: events.PublicKeyOf(private(name))})
	}
	f.add(opening)
	for _, unit := range []string{"a", "b"} {
		f.add(f.sign(unit+"-head", unit, &events.UnitJoined{}))
	}
	f.add(f.sign("a-head", "", &events.StageAdvanced{Stage: events.StageOpen}))
	f.add(f.sign("a-head", "", &events.StageAdvanced{Stage: events.StageScoring}))
	f.web = httptest.NewServer(f)
	t.Cleanup(f.web.Close)
	f.policy.URL = f.web.URL
	return f
}

const opened = 5

// sign is a record by a member, now.
func (f *fakeLog) sign(author, subject string, p events.Payload) events.Record {
	f.t.Helper()
	return f.signBy(private(author), author, subject, p)
}

func (f *fakeLog) signBy(key ed25519.PrivateKey, author, subject string, p events.Payload) events.Record {
	f.t.Helper()
	record, err := events.Encode(events.Draft{ID: events.NewID(), Campaign: campaign, Author: author, Subject: subject, Time: events.Milliseconds(f.clock.Now()), Payload: p})
	if err == nil {
		record, err = events.Sign(key, f.genesis, record)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return record
}

// mark is a mark of unit a.
func (f *fakeLog) mark(item string, n int) events.Record {
	return f.sign("a-officer", "a", f.payload("a", item, n))
}

func (f *fakeLog) payload(unit, item string, n int) *events.ScoreEntered {
	return &events.ScoreEntered{Cluster: "one", Criterion: "A", Level: "self", Scorer: unit, Item: item, Mark: events.Mark{Kind: events.MarkPoints, Amount: events.Whole(int64(n))}}
}

// add records records now.
func (f *fakeLog) add(records ...events.Record) {
	for _, r := range records {
		f.addAt(r, f.clock.Now())
	}
}

func (f *fakeLog) addAt(r events.Record, at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at = events.Milliseconds(at)
	f.entries = append(f.entries, entry{r, at})
	f.tree.Append(events.LeafHash(r, at))
}

// grow adds n marks and signs a checkpoint.
func (f *fakeLog) grow(n int) *proof.Checkpoint {
	f.t.Helper()
	for range n {
		f.add(f.mark(fmt.Sprint("item", len(f.entries)), 1))
	}
	return f.checkpoint()
}

// checkpoint signs the head.
func (f *fakeLog) checkpoint() *proof.Checkpoint {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	size, root := f.tree.Head()
	c := f.signHead(proof.Head{Size: size, Root: root})
	f.signed = append(f.signed, c)
	return c
}

func (f *fakeLog) signHead(h proof.Head) *proof.Checkpoint {
	f.t.Helper()
	signer, err := proof.LogSigner(f.policy.Origin, private("log"))
	if err != nil {
		f.t.Fatal(err)
	}
	c, err := proof.Sign(f.policy.Origin, h, signer)
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

// other is a copy of the log up to event n, which can be given another future.
func (f *fakeLog) other(n int) *fakeLog {
	g := &fakeLog{t: f.t, policy: f.policy, clock: f.clock, genesis: f.genesis, tree: new(proof.Tree), files: map[string]string{}, asked: map[string]int{}, hidden: f.hidden}
	for _, e := range f.entries[:n] {
		g.addAt(e.record, e.recorded)
	}
	return g
}

// become takes over the log of another one.
func (f *fakeLog) become(g *fakeLog) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.entries, f.tree, f.signed = g.entries, g.tree, g.signed
}

// change runs do while nobody asks.
func (f *fakeLog) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

// ServeHTTP answers as the server does.
func (f *fakeLog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/api/v1/campaigns/"+campaign)
	f.asked[path]++
	if f.override != nil && f.override(w, r) {
		return
	}
	since, _ := strconv.Atoi(r.URL.Query().Get("since"))
	switch {
	case path == "/checkpoint" && len(f.signed) == 0:
		f.no(w, http.StatusNotFound, "no-checkpoint")
	case path == "/checkpoint":
		_, _ = w.Write(f.signed[len(f.signed)-1].Marshal())
	case path == "/checkpoints":
		for _, c := range f.signed {
			if c.Size > uint64(since) {
				_, _ = w.Write(c.Marshal())
			}
		}
	case path == "/events":
		f.feed(w, since)
	case path == "/policy":
		_, _ = w.Write(f.policy.Marshal())
	case path == "/cosignatures" && r.Method == http.MethodPost:
		f.cosign(w, r)
	case strings.HasPrefix(path, "/evidence/"):
		content, ok := f.files[strings.TrimPrefix(path, "/evidence/")]
		if !ok {
			f.no(w, http.StatusUnauthorized, "login")
			return
		}
		_, _ = io.WriteString(w, content)
	default:
		f.no(w, http.StatusNotFound, "not-found")
	}
}

func (f *fakeLog) no(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "code": code, "detail": code + " it is"})
}

func (f *fakeLog) feed(w http.ResponseWriter, since int) {
	for i := since; i < len(f.entries); i++ {
		e := f.entries[i]
		if f.serve != nil {
			e = f.serve(i+1, e)
		}
		if f.hidden(i + 1) {
			leaf := events.LeafHash(e.record, e.recorded)
			fmt.Fprintf(w, `{"seq":%d,"recorded":%q,"leaf":%q}`+"\n", i+1, events.FormatTime(e.recorded), hex.EncodeToString(leaf[:]))
			continue
		}
		fmt.Fprintf(w, `{"seq":%d,"recorded":%q,"record":%s}`+"\n", i+1, events.FormatTime(e.recorded), e.record)
	}
}

func (f *fakeLog) cosign(w http.ResponseWriter, r *http.Request) {
	msg, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f.posts = append(f.posts, msg)
	c, err := proof.OpenCheckpoint(msg, f.policy)
	if err != nil {
		f.no(w, http.StatusUnprocessableEntity, "cosignature")
		return
	}
	for _, have := range f.signed {
		if have.Head == c.Head && !f.drop {
			have.Merge(c, f.policy)
		}
	}
	_ = json.NewEncoder(w).Encode(client.Cosigned{Cosigned: len(c.Cosignatures), Quorum: f.policy.Quorum, Witnesses: len(f.policy.Witnesses), Size: c.Size})
}

// config is a witness of the log, in a directory of its own.
func (f *fakeLog) config(name string) witness.Config {
	f.t.Helper()
	c, err := client.Remote(f.web.URL)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(c.HTTP.CloseIdleConnections)
	return witness.Config{Dir: f.t.TempDir(), Policy: f.policy, PolicyFile: "small.policy", Key: keyFile(f.t, keys.Witness, name), Server: c, Interval: 5 * time.Second,
		Silence: 10 * time.Minute, Log: zerolog.Nop(), Now: f.clock.Now, Pause: func(ctx context.Context, d time.Duration) error {
			f.clock.add(d)
			return context.Cause(ctx)
		}}
}

// open opens a witness; it closes with the test, if not before.
func open(t *testing.T, cfg witness.Config) *witness.Witness {
	t.Helper()
	w, err := witness.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() }) // it may be closed already
	return w
}

// good does a round that must be good.
func good(t *testing.T, w *witness.Witness) witness.Report {
	t.Helper()
	r, err := w.Round(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// alarm does a round that must end in an alarm of a kind, with the files that prove it.
func alarm(t *testing.T, w *witness.Witness, kind witness.Kind) *witness.Alarm {
	t.Helper()
	_, err := w.Round(t.Context())
	return checkAlarm(t, err, kind)
}

func checkAlarm(t *testing.T, err error, kind witness.Kind) *witness.Alarm {
	t.Helper()
	var a *witness.Alarm
	if !errors.As(err, &a) || a.Kind != kind {
		t.Fatalf("%v; want an alarm of the kind %s", err, kind)
	}
	for _, lang := range []string{"vi", "en"} {
		if text := a.Text(lang); strings.Contains(text, "%!") || strings.Count(text, "\n") < 2 {
			t.Errorf("alarm %s in %s: %q", kind, lang, text)
		}
	}
	for _, path := range a.Files {
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("the proof %s: %v", path, err)
		}
	}
	return a
}

// failed does a round that must end without a valid answer, and in no alarm.
func failed(t *testing.T, w *witness.Witness, part string) {
	t.Helper()
	_, err := w.Round(t.Context())
	if err == nil || errors.As(err, new(*witness.Alarm)) || !strings.Contains(err.Error(), part) {
		t.Fatalf("%v; want an error with %q", err, part)
	}
}

// notes are the kept notes of an alarm, opened.
func notes(t *testing.T, f *fakeLog, a *witness.Alarm) (ours, theirs *proof.Checkpoint) {
	t.Helper()
	for _, path := range a.Files {
		msg, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(path) != ".note" {
			continue
		}
		c, err := proof.OpenCheckpoint(msg, f.policy)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if strings.Contains(filepath.Base(path), "-ours") {
			ours = c
		} else {
			theirs = c
		}
	}
	return ours, theirs
}

// kept are the lines of a file of the witness.
func kept(t *testing.T, cfg witness.Config, name string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(cfg.Dir, campaign, name))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(strings.Lines(string(data)))
}
