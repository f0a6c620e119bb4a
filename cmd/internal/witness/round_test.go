package witness_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/keys"
	"campaignledger/cmd/internal/witness"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

func TestRounds(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	cfg := f.config("b-w")
	w := open(t, cfg)
	failed(t, w, "within ten seconds of the opening")
	sizes := []int{opened}
	f.checkpoint()
	for round := range 4 {
		r := good(t, w)
		if want := uint64(sizes[len(sizes)-1]); r.Size != want || !r.Posted || r.Hidden != 0 || w.Size() != want || w.Folded() != events.Seq(want) {
			t.Fatalf("round %d: %+v, %d events, %d refolded; want %d", round, r, w.Size(), w.Folded(), want)
		}
		if r := good(t, w); r.Posted || r.New != 0 {
			t.Errorf("round %d again: %+v", round, r)
		}
		if round == 1 {
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			w = open(t, cfg)
			if w.Size() != uint64(sizes[len(sizes)-1]) || w.Folded() != events.Seq(w.Size()) {
				t.Fatalf("after a start: %d events, %d refolded", w.Size(), w.Folded())
			}
		}
		f.clock.add(10 * time.Second)
		f.grow(1) // a checkpoint that is not the newest when the witness looks
		f.grow(2 + round)
		sizes = append(sizes, len(f.entries)-2-round, len(f.entries))
	}
	good(t, w)
	checkCopy(t, f, cfg, sizes)
	if len(f.posts) != 5 { // the newest of each round, once
		t.Errorf("%d cosignatures came", len(f.posts))
	}
	newest := f.signed[len(f.signed)-1]
	if len(newest.Cosignatures) != 1 || newest.Cosignatures[0].Witness != "b-w" {
		t.Errorf("the newest has the cosignatures %v", newest.Cosignatures)
	}
}

// checkCopy checks what was kept: every record verbatim, every checkpoint.
func checkCopy(t *testing.T, f *fakeLog, cfg witness.Config, sizes []int) {
	t.Helper()
	lines := kept(t, cfg, "records.ndjson")
	if len(lines) != len(f.entries) {
		t.Fatalf("%d records were kept, not %d", len(lines), len(f.entries))
	}
	for i, e := range f.entries {
		if want := fmt.Sprintf(`{"seq":%d,"recorded":%q,"record":%s}`+"\n", i+1, events.FormatTime(e.recorded), e.record); lines[i] != want {
			t.Errorf("line %d is %s, not %s", i+1, lines[i], want)
		}
	}
	seen, last := map[uint64]bool{}, uint64(0)
	for _, msg := range proof.SplitNotes([]byte(strings.Join(kept(t, cfg, "checkpoints.txt"), ""))) {
		c, err := proof.OpenCheckpoint(msg, f.policy)
		if err != nil {
			t.Fatal(err)
		}
		if c.Size < last {
			t.Errorf("size %d comes after %d", c.Size, last)
		}
		last, seen[c.Size] = c.Size, true
	}
	for _, size := range sizes {
		if !seen[uint64(size)] {
			t.Errorf("the checkpoint of %d events was not kept", size)
		}
	}
}

func TestRollback(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	cfg := f.config("a-w")
	w := open(t, cfg)
	f.checkpoint()
	good(t, w)
	f.grow(3)
	good(t, w)
	posts := len(f.posts)
	f.change(func() { f.signed = f.signed[:1] })
	ours, theirs := notes(t, f, alarm(t, w, witness.Rollback))
	if ours.Size != opened+3 || theirs.Size != opened {
		t.Errorf("the notes are of %d and %d events", ours.Size, theirs.Size)
	}
	alarm(t, w, witness.Rollback) // it stays
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	alarm(t, open(t, cfg), witness.Rollback) // also after a start
	if len(f.posts) != posts {
		t.Error("it cosigned after the alarm")
	}
}

func TestFork(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	w := open(t, f.config("a-w"))
	f.checkpoint()
	g := f.other(len(f.entries))
	f.grow(2)
	good(t, w)
	g.grow(2)
	f.become(g)
	a := alarm(t, w, witness.Fork)
	ours, theirs := notes(t, f, a)
	if ours.Size != theirs.Size || ours.Root == theirs.Root {
		t.Errorf("the notes prove nothing: %v, %v", ours.Head, theirs.Head)
	}
	if text := a.Text("en"); !strings.Contains(text, "two different histories of 7 events") || len(a.Files) != 2 {
		t.Errorf("%s: %v", text, a.Files)
	}
}

func TestForkOfSmallerSize(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	w := open(t, f.config("a-w"))
	f.checkpoint()
	g := f.other(len(f.entries))
	f.grow(1)
	f.grow(2)
	good(t, w)
	g.grow(1)
	f.become(g)
	ours, theirs := notes(t, f, alarm(t, w, witness.Fork))
	if ours.Size != theirs.Size || ours.Root == theirs.Root {
		t.Errorf("the notes prove nothing: %v, %v", ours.Head, theirs.Head)
	}
}

// TestForkBetween: a checkpoint that others were given is not of the history that this witness is given.
func TestForkBetween(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	w := open(t, f.config("a-w"))
	f.checkpoint()
	good(t, w)
	g := f.other(len(f.entries))
	between := g.grow(1)
	f.grow(1)
	f.grow(1)
	f.change(func() { f.signed[1] = between })
	a := alarm(t, w, witness.Fork)
	if _, theirs := notes(t, f, a); theirs.Root != between.Root {
		t.Error("the contradicting note was not kept")
	}
	// No note of that size is here: the records prove it, also those that are cut off at the next start.
	text, files := a.Text("en"), strings.Join(a.Files, " ")
	if strings.Contains(text, "two different histories of") || !strings.Contains(text, "one of 7") || !strings.Contains(text, "only together with the records") {
		t.Error(text)
	}
	if text := a.Text("vi"); strings.Contains(text, "cùng có") || !strings.Contains(text, "chỉ khi đi cùng các bản ghi") {
		t.Error(text)
	}
	given := kept(t, witness.Config{Dir: filepath.Dir(a.Dir)}, fmt.Sprintf("fork-%d-given.ndjson", opened+1))
	if !strings.Contains(files, "records.ndjson") || a.Kept != opened || len(given) != 2 {
		t.Errorf("kept are %s, of records.ndjson %d events, and %d that were given", files, a.Kept, len(given))
	}
	if len(f.posts) != 1 {
		t.Error("it cosigned")
	}
}

// TestRewritten: a longer history that does not continue the one that was cosigned.
func TestRewritten(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	cfg := f.config("a-w")
	w := open(t, cfg)
	f.checkpoint()
	g := f.other(len(f.entries))
	f.grow(2)
	good(t, w)
	honest := f.other(len(f.entries))
	honest.signed = f.signed
	g.grow(5)
	f.become(g)
	ours, theirs := notes(t, f, alarm(t, w, witness.Changed))
	if ours.Size != opened+2 || theirs.Size != opened+5 {
		t.Errorf("the notes are of %d and %d events", ours.Size, theirs.Size)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f.become(honest)
	w = open(t, cfg) // what did not fit is not in the copy
	f.grow(1)
	if r := good(t, w); r.Size != opened+3 {
		t.Errorf("afterwards: %+v", r)
	}
}

func TestChangedRecord(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	w := open(t, f.config("a-w"))
	f.checkpoint()
	good(t, w)
	f.grow(3)
	f.change(func() {
		f.serve = func(seq int, e entry) entry {
			if seq == opened+2 {
				e.record = events.Record(strings.Replace(string(e.record), `"points":"1"`, `"points":"9"`, 1))
			}
			return e
		}
	})
	a := alarm(t, w, witness.Changed)
	if len(a.Files) != 4 || !strings.Contains(strings.Join(kept(t, witness.Config{Dir: filepath.Dir(a.Dir)}, filepath.Base(a.Files[0])), ""), `"points":"9"`) {
		t.Errorf("kept were %v", a.Files)
	}
	if len(f.posts) != 1 {
		t.Error("it cosigned")
	}
	if a.Kept != opened || !strings.Contains(a.Text("en"), "its first 5 events") || !strings.Contains(a.Text("vi"), "5 sự kiện đầu") {
		t.Errorf("it rests on %d records: %s", a.Kept, a.Text("en"))
	}
}

func TestRefusedRecords(t *testing.T) {
	t.Parallel()
	for name, record := range map[string]func(*fakeLog) events.Record{
		"against the rules": func(f *fakeLog) events.Record { return f.sign("a-officer", "b", f.payload("a", "x", 1)) },
		"forged": func(f *fakeLog) events.Record {
			return f.signBy(private("b-officer"), "a-officer", "a", f.payload("a", "x", 1))
		},
		"unsigned": func(f *fakeLog) events.Record {
			r := f.mark("x", 1)
			return append(r[:bytes.Index(r, []byte(`,"signature"`))], '}')
		},
		"not canonical": func(f *fakeLog) events.Record {
			return events.Record(strings.Replace(string(f.mark("x", 1)), `,"type"`, `, "type"`, 1))
		},
		"of another campaign": func(f *fakeLog) events.Record {
			return events.Record(strings.Replace(string(f.mark("x", 1)), "/campaigns/small", "/campaigns/other", 1))
		},
		"twice": func(f *fakeLog) events.Record { return f.entries[len(f.entries)-1].record },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeLog(t)
			cfg := f.config("a-w")
			w := open(t, cfg)
			f.checkpoint()
			good(t, w)
			f.add(f.mark("good", 1), record(f), f.mark("after", 1))
			f.checkpoint()
			a := alarm(t, w, witness.Refused)
			if a.Seq != opened+2 || a.Reason == "" || len(a.Files) != 2 {
				t.Errorf("the alarm is of event %d: %s (%v)", a.Seq, a.Reason, a.Files)
			}
			if len(f.posts) != 1 {
				t.Error("it cosigned")
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if a := alarm(t, open(t, cfg), witness.Refused); a.Seq != opened+2 {
				t.Errorf("after a start the alarm is of event %d", a.Seq)
			}
		})
	}
}

func TestOtherOpening(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	f.change(func() {
		entries := f.entries
		f.entries, f.tree = nil, new(proof.Tree)
		for i, e := range entries {
			if i == 0 { // the same campaign, opened again with another id
				e.record = events.Record(strings.Replace(string(e.record), `"time":"2017-03-01T08`, `"time":"2017-03-01T07`, 1))
			}
			f.entries = append(f.entries, e)
			f.tree.Append(events.LeafHash(e.record, e.recorded))
		}
	})
	f.checkpoint()
	if a := alarm(t, open(t, f.config("a-w")), witness.Refused); a.Seq != 1 || !strings.Contains(a.Reason, "policy") {
		t.Errorf("the alarm is of event %d: %s", a.Seq, a.Reason)
	}
}

func TestRecordedTimes(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]func(now time.Time) time.Time{
		"future":      func(now time.Time) time.Time { return now.Add(61 * time.Second) },
		"back-dated":  func(now time.Time) time.Time { return now.Add(-time.Hour - 61*time.Second) },
		"decreasing":  func(now time.Time) time.Time { return now.Add(-10 * 24 * time.Hour) },
		"a bit late":  func(now time.Time) time.Time { return now.Add(-time.Hour - 59*time.Second) },
		"a bit early": func(now time.Time) time.Time { return now.Add(59 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, restart := range []bool{false, true} {
				f := newFakeLog(t)
				cfg := f.config("a-w")
				w := open(t, cfg)
				f.checkpoint()
				f.clock.add(100 * 24 * time.Hour) // what was there before the witness looked first may be old
				good(t, w)
				if restart {
					if err := w.Close(); err != nil {
						t.Fatal(err)
					}
					w = open(t, cfg)
				}
				mark := f.mark("x", 1)
				f.clock.add(time.Hour)
				if name == "decreasing" {
					f.grow(1)
					good(t, w)
				}
				f.addAt(mark, at(f.clock.Now()))
				f.checkpoint()
				if strings.HasPrefix(name, "a bit") {
					good(t, w)
					continue
				}
				posts := len(f.posts)
				if a := alarm(t, w, witness.Time); a.Seq != events.Seq(len(f.entries)) || len(a.Files) != 2 {
					t.Errorf("the alarm is of event %d: %s", a.Seq, a.Reason)
				}
				if len(f.posts) != posts {
					t.Error("it cosigned")
				}
			}
		})
	}
}

func TestInvalidAnswers(t *testing.T) {
	t.Parallel()
	write := func(path, text string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, path) {
				return false
			}
			_, _ = w.Write([]byte(text))
			return true
		}
	}
	line := func(seq int) string {
		return fmt.Sprintf(`{"seq":%d,"recorded":"2017-03-01T08:00:00.000Z","leaf":"%064d"}`+"\n", seq, 0)
	}
	for name, c := range map[string]struct{ path, text, want string }{
		"no note":             {"/checkpoint", "good morning\n", "note"},
		"a long note":         {"/checkpoint", strings.Repeat("x", 1<<20), "too long"},
		"an empty note":       {"/checkpoint", "", "note"},
		"no feed":             {"/events", "good morning\n", "feed"},
		"an empty feed":       {"/events", "", "gives"},
		"blank lines":         {"/events", strings.Repeat("\n", 1<<20), "gives"},
		"a long line":         {"/events", `{"seq":6,"record":"` + strings.Repeat("x", 1<<20), "too long"},
		"a gap":               {"/events", line(opened + 2), "should be"},
		"a far sequence":      {"/events", line(1 << 40), "should be"},
		"no recorded time":    {"/events", `{"seq":6,"record":{}}` + "\n", "recorded time"},
		"neither":             {"/events", `{"seq":6,"recorded":"2017-03-01T08:00:00.000Z"}` + "\n", "neither"},
		"a short leaf":        {"/events", `{"seq":6,"recorded":"2017-03-01T08:00:00.000Z","leaf":"00"}` + "\n", "leaf"},
		"a long leaf":         {"/events", `{"seq":6,"recorded":"2017-03-01T08:00:00.000Z","leaf":"` + strings.Repeat("0", 66) + "\"}\n", "leaf"},
		"an error":            {"/events", `{"error":"read-only","code":"read-only"}` + "\n", "read-only"},
		"no checkpoints":      {"/checkpoints", "good morning\n", "note"},
		"endless checkpoints": {"/checkpoints", strings.Repeat("x\n", 1<<20), "too long"},
		"no answer":           {"/cosignatures", "good morning\n", "not taken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeLog(t)
			w := open(t, f.config("a-w"))
			f.checkpoint()
			good(t, w)
			f.grow(2)
			f.change(func() { f.override = write(c.path, c.text) })
			failed(t, w, c.want)
			failed(t, w, c.want)
			f.change(func() { f.override = nil })
			if r := good(t, w); r.Size != opened+2 || w.Folded() != opened+2 {
				t.Errorf("afterwards: %+v, %d refolded", r, w.Folded())
			}
			checkCopy(t, f, witness.Config{Dir: filepath.Dir(filepath.Dir(statePath(t, w)))}, []int{opened, opened + 2})
		})
	}
}

// statePath is where a witness keeps its state.
func statePath(t *testing.T, w *witness.Witness) string {
	t.Helper()
	return filepath.Join(w.Dir(), "state.json")
}

func TestForeignSignatures(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	w := open(t, f.config("a-w"))
	f.checkpoint()
	f.change(func() {
		c := f.signed[0]
		signer, err := proof.Cosigner("d-w", private("d-w"))
		if err != nil {
			t.Fatal(err)
		}
		if f.signed[0], err = c.Cosign(signer); err != nil {
			t.Fatal(err)
		}
		p := *f.policy
		p.Witnesses = append([]proof.Witness{{Name: "d-w", Key: events.PublicKeyOf(private("d-w"))}}, p.Witnesses...)
		f.override = func(w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/policy") {
				_, _ = w.Write(p.Marshal())
				return true
			}
			return false
		}
	})
	failed(t, w, "the server's policy has the witness d-w")
	f.change(func() {
		signer, err := proof.LogSigner(f.policy.Origin, private("another"))
		if err != nil {
			t.Fatal(err)
		}
		if f.signed[0], err = proof.Sign(f.policy.Origin, f.signed[0].Head, signer); err != nil {
			t.Fatal(err)
		}
	})
	failed(t, w, "checkpoint")
	if len(f.posts) != 0 {
		t.Error("it cosigned")
	}
}

// TestNotPosted: the server must see a cosignature only after it is kept, and the same one however often it is lost.
func TestNotPosted(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	cfg := f.config("a-w")
	w := open(t, cfg)
	f.checkpoint()
	var state []byte
	f.change(func() {
		f.override = func(answer http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPost {
				return false
			}
			state, _ = os.ReadFile(filepath.Join(cfg.Dir, campaign, "state.json"))
			f.no(answer, http.StatusInternalServerError, "crashed")
			return true
		}
	})
	failed(t, w, "crashed")
	if !bytes.Contains(state, []byte(`a-w`)) || !bytes.Contains(state, []byte(`\n— a-w `)) {
		t.Errorf("the state did not hold the cosignature when it was posted: %s", state)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f.change(func() { f.override, f.drop = nil, true })
	w = open(t, cfg)
	for range 3 {
		if r := good(t, w); !r.Posted {
			t.Error("it was not posted again")
		}
	}
	f.change(func() { f.drop = false })
	good(t, w)
	if r := good(t, w); r.Posted {
		t.Error("it was posted although the server has it")
	}
	for _, post := range f.posts {
		if !bytes.Equal(post, f.posts[0]) {
			t.Errorf("another cosignature was posted:\n%s\n%s", post, f.posts[0])
		}
	}
	if len(f.posts) != 4 {
		t.Errorf("%d were posted", len(f.posts))
	}
}

func TestCutOffAndDamaged(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	cfg := f.config("a-w")
	w := open(t, cfg)
	f.checkpoint()
	good(t, w)
	path := filepath.Join(cfg.Dir, campaign, "records.ndjson")
	if _, err := witness.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "another witness") {
		t.Errorf("a second one: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put := func(data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(append(bytes.Clone(whole), `{"seq":6,"recor`...)) // a crash while it was written
	w = open(t, cfg)
	f.grow(2)
	good(t, w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 100; i < len(whole); i += 997 {
		changed := bytes.Clone(whole)
		changed[i] ^= 1
		put(changed)
		if w, err := witness.Open(t.Context(), cfg); err == nil {
			t.Errorf("byte %d was changed and nobody saw it", i)
			_ = w.Close()
		} else {
			checkAlarm(t, err, witness.Damaged)
		}
	}
	put(whole[:len(whole)-1])
	_, err = witness.Open(t.Context(), cfg)
	checkAlarm(t, err, witness.Damaged)
	put(whole)
	if err := os.Remove(filepath.Join(cfg.Dir, campaign, "state.json")); err != nil {
		t.Fatal(err)
	}
	if _, err = witness.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "state.json") {
		t.Errorf("without a state: %v", err)
	}
}

func TestWrongKey(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	cfg := f.config("a-w")
	cfg.Key = keyFile(t, keys.Witness, "nobody")
	if _, err := witness.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "none of the witnesses") {
		t.Errorf("a key that is none of the policy's: %v", err)
	}
	open(t, f.config("b-w"))
	other := f.config("c-w")
	w := open(t, other)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	other.Key = keyFile(t, keys.Witness, "a-w")
	if _, err := witness.Open(t.Context(), other); err == nil || !strings.Contains(err.Error(), "c-w") {
		t.Errorf("another's directory: %v", err)
	}
}
