package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/note"

	"campaignledger/cmd/internal/verify"
	"campaignledger/events"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// began is when the campaigns of these tests were opened; each commit is recorded a minute after the one before.
var began = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// commit is one of a story.
type commit struct {
	recorded time.Time
	records  []events.Record
}

// story is what a bundle is written of. Whoever forges one changes a copy.
type story struct {
	campaign, genesis string
	commits           []commit
	points            map[uint64][]byte // notes by size; where they stand
	evidence          []string
	standings, awards []byte
}

// keyOf is the key of somebody.
func keyOf(who string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(who))
	return ed25519.NewKeyFromSeed(seed[:])
}

// policy is that of a story's log with witnesses w1 …, of which a quorum must cosign.
func (s *story) policy(witnesses, quorum int) *proof.Policy {
	p := &proof.Policy{Origin: proof.Origin(s.campaign, s.genesis), Log: events.PublicKeyOf(keyOf("log")), Quorum: quorum}
	for i := range witnesses {
		name := fmt.Sprintf("w%d", i+1)
		p.Witnesses = append(p.Witnesses, proof.Witness{Name: name, Key: events.PublicKeyOf(keyOf(name))})
	}
	return p
}

// cosigner signs as a witness, as if it were at.
type cosigner struct {
	name string
	hash uint32
	at   time.Time
}

func newCosigner(t testing.TB, name string, at time.Time) note.Signer {
	t.Helper()
	real, err := proof.Cosigner(name, keyOf(name))
	if err != nil {
		t.Fatal(err)
	}
	return cosigner{name, real.KeyHash(), at}
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }

func (c cosigner) Sign(msg []byte) ([]byte, error) {
	signed := fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", c.at.Unix(), msg)
	return append(binary.BigEndian.AppendUint64(nil, uint64(c.at.Unix())), ed25519.Sign(keyOf(c.name), signed)...), nil
}

// roots are those of the tree at each size from 0.
func (s *story) roots() []proof.Hash {
	var tree proof.Range
	roots := []proof.Hash{tree.Root()}
	for _, c := range s.commits {
		for _, r := range c.records {
			tree.Append(events.LeafHash(r, c.recorded))
			roots = append(roots, tree.Root())
		}
	}
	return roots
}

// head is the story's head at a size.
func (s *story) head(size uint64) proof.Head { return proof.Head{Size: size, Root: s.roots()[size]} }

// sign makes a checkpoint, cosigned by w1, w2 … at these times; a zero time is of a witness that did not.
func (s *story) sign(t testing.TB, h proof.Head, times ...time.Time) *proof.Checkpoint {
	t.Helper()
	origin := proof.Origin(s.campaign, s.genesis)
	signer, err := proof.LogSigner(origin, keyOf("log"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := proof.Sign(origin, h, signer)
	if err != nil {
		t.Fatal(err)
	}
	for i, at := range times {
		if at.IsZero() {
			continue
		}
		more, err := c.Cosign(newCosigner(t, fmt.Sprintf("w%d", i+1), at))
		if err != nil {
			t.Fatal(err)
		}
		c.Merge(more, s.policy(len(times), 0))
	}
	return c
}

// recordedAt is the recorded time of an event.
func (s *story) recordedAt(seq uint64) time.Time {
	for _, c := range s.commits {
		if seq <= uint64(len(c.records)) {
			return c.recorded
		}
		seq -= uint64(len(c.records))
	}
	return time.Time{}
}

// ends are the sizes after each commit.
func (s *story) ends() (ends []uint64) {
	n := 0
	for _, c := range s.commits {
		n += len(c.records)
		ends = append(ends, uint64(n))
	}
	return ends
}

// settle makes checkpoints and claims anew.
func (s *story) settle(t testing.TB, witnesses int) {
	t.Helper()
	s.checkpoints(t, witnesses)
	s.claim(t)
}

// checkpoints makes one after every second commit and one at the end, cosigned by all witnesses two seconds later.
func (s *story) checkpoints(t testing.TB, witnesses int) {
	t.Helper()
	s.points = map[uint64][]byte{}
	ends := s.ends()
	for i, end := range ends {
		if i%2 == 0 || i == len(ends)-1 {
			times := slices.Repeat([]time.Time{s.recordedAt(end).Add(2 * time.Second)}, witnesses)
			s.points[end] = s.sign(t, s.head(end), times...).Marshal()
		}
	}
}

// claim works the claims out.
func (s *story) claim(t testing.TB) {
	t.Helper()
	live, named := projections.NewRefold(), map[string]bool{}
	decoder := events.NewDecoder()
	for _, c := range s.commits {
		for _, r := range c.records {
			d, err := decoder.Decode(r)
			if err != nil {
				t.Fatal(err)
			}
			for _, hash := range projections.EvidenceNamed(d.Payload) {
				named[hash] = true
			}
			last, _ := live.Last()
			e := events.Event{Draft: d, Seq: last + 1, Recorded: c.recorded, Record: r}
			if d.Causation != uuid.Nil {
				e.BatchLeaf = events.BatchLeaf(r)
			}
			if err := live.Admit(e); err != nil {
				t.Fatalf("event %d: %v", last+1, err)
			}
		}
		live.Commit()
	}
	var err error
	if s.standings, s.awards, err = live.ClaimLines(); err != nil {
		t.Fatal(err)
	}
	s.evidence = slices.Sorted(maps.Keys(named))
}

// clone is a copy that a forger may change.
func (s *story) clone() *story {
	c := *s
	c.commits = nil
	for _, one := range s.commits {
		c.commits = append(c.commits, commit{one.recorded, slices.Clone(one.records)})
	}
	c.points, c.evidence = maps.Clone(s.points), slices.Clone(s.evidence)
	return &c
}

// bundle writes the story.
func (s *story) bundle(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := proof.NewBundleWriter(&b, proof.Origin(s.campaign, s.genesis))
	n := uint64(0)
	for _, c := range s.commits {
		w.Commit(events.Seq(n+1), c.recorded, bytes.Join(recordsAsBytes(c.records), []byte{'\n'}))
		n += uint64(len(c.records))
		if msg := s.points[n]; msg != nil {
			w.Checkpoint(msg)
		}
	}
	for _, hash := range s.evidence {
		w.Evidence(hash)
	}
	w.Standings(s.standings)
	w.Awards(s.awards)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func recordsAsBytes(list []events.Record) (b [][]byte) {
	for _, r := range list {
		b = append(b, r)
	}
	return b
}

// teller tells a story.
type teller struct {
	t testing.TB
	*story
	made int
}

// id is the next event's.
func (l *teller) id() uuid.UUID {
	l.made++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", l.campaign, l.made))
	id := uuid.UUID(sum[:16])
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return id
}

// now is when the next commit is recorded.
func (l *teller) now() time.Time { return began.Add(time.Duration(len(l.commits)) * time.Minute) }

// draft is a record by an author, signed unless the campaign is not.
func (l *teller) draft(author, subject string, p events.Payload) events.Record {
	l.t.Helper()
	d := events.Draft{ID: l.id(), Campaign: l.campaign, Subject: subject, Time: l.now(), Author: author, Payload: p}
	record, err := events.Encode(d)
	if err != nil {
		l.t.Fatal(err)
	}
	if strings.HasSuffix(author, "-head") {
		genesis := l.genesis
		if genesis == "" {
			genesis = events.NoGenesis
		}
		if record, err = events.Sign(keyOf(author), genesis, record); err != nil {
			l.t.Fatal(err)
		}
	}
	return record
}

func (l *teller) tell(records ...events.Record) {
	if l.genesis == "" {
		l.genesis = proof.Genesis(records[0])
	}
	l.commits = append(l.commits, commit{l.now(), records})
}

// score is a mark on a leaf.
func score(leaf, scorer, points string) *events.ScoreEntered {
	amount, err := events.ReadDecimal(points)
	if err != nil {
		panic(err)
	}
	return &events.ScoreEntered{Cluster: "c", Criterion: leaf, Level: "self", Scorer: scorer, Mark: events.Mark{Kind: events.MarkPoints, Amount: amount}}
}

func regulation(t testing.TB, id string, signed bool) *events.Regulation {
	t.Helper()
	text := "id: " + id + "\ntitle: T\nlevels: [{id: self, scorers: own-unit}]\ncriteria: {s: {items: [{id: A, method: graded, max: 10}, {id: B, method: graded, max: 10}]}}\n" +
		"clusters: [{id: c, criteria: s, lead: a, units: [{id: a}, {id: b}]}]\ncalendar: [{for: self, until: 2026-03-01T00:00, late: refuse}]\nperiod: {start: 2026-01-01, end: 2026-12-31, zone: Asia/Ho_Chi_Minh}\n"
	if signed {
		text += fmt.Sprintf("members: [{id: a-head, role: head, unit: a, key: %q}, {id: b-head, role: head, unit: b, key: %q}]\n",
			events.PublicKeyOf(keyOf("a-head")), events.PublicKeyOf(keyOf("b-head")))
	}
	r, err := events.ParseRegulation("r.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// small is a campaign of two units: 9 events in 6 commits if it is signed, 5 in 5 if not. Its teller goes on.
func small(t testing.TB, signed bool, witnesses int) *teller {
	t.Helper()
	id, author := "small", "import"
	a, b := "a", "b"
	if signed {
		id, author, a, b = "signed", "a-head", "a-head", "b-head"
	}
	l := &teller{t: t, story: &story{campaign: id}}
	l.tell(l.draft(author, "", events.NewCampaignOpened(regulation(t, id, signed), "r.yaml", strings.Repeat("0", 64))))
	if signed {
		l.tell(l.draft(a, "a", &events.UnitJoined{}), l.draft(b, "b", &events.UnitJoined{}))
		l.tell(l.draft(a, "", &events.StageAdvanced{Stage: events.StageOpen}), l.draft(a, "", &events.StageAdvanced{Stage: events.StageScoring}))
	} else {
		l.tell(l.draft(a, "a", score("B", "a", "1")))
	}
	first := score("A", "a", "7.5")
	first.Evidence = "sha256:" + fmt.Sprintf("%x", sha256.Sum256([]byte("file"))) + " unit:sha256:" + strings.Repeat("1", 64)
	l.tell(l.draft(a, "a", first))
	l.tell(l.draft(b, "b", score("A", "b", "8")))
	l.tell(l.draft(b, "b", score("B", "b", "3")))
	l.settle(t, witnesses)
	return l
}

// tiny is the smallest signed campaign: three events in two commits, with a checkpoint at the end.
func tiny(t testing.TB, witnesses int) *story { return tinyWith(t, witnesses, "") }

// tinyWith has more in its regulation.
func tinyWith(t testing.TB, witnesses int, more string) *story {
	t.Helper()
	l := &teller{t: t, story: &story{campaign: "tiny"}}
	text := fmt.Sprintf("id: tiny\nlevels: [{id: self, scorers: own-unit}]\ncriteria: {s: {items: [{id: A, method: graded, max: 10}]}}\n"+
		"clusters: [{id: c, criteria: s, lead: a, units: [{id: a}]}]\nmembers: [{id: a-head, role: head, unit: a, key: %q}]\n", events.PublicKeyOf(keyOf("a-head"))) + more
	r, err := events.ParseRegulation("r.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	l.tell(l.draft("a-head", "", events.NewCampaignOpened(r, "r.yaml", strings.Repeat("0", 64))))
	l.tell(l.draft("a-head", "a", &events.UnitJoined{}), l.draft("a-head", "", &events.StageAdvanced{Stage: events.StageOpen}))
	l.settle(t, witnesses)
	delete(l.points, 1)
	return l.story
}

// put writes a file into the test's directory.
func put(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// started runs the command on a bundle.
func started(t testing.TB, p *proof.Policy, bundle []byte, args ...string) (code int, r *verify.Report, messages string) {
	t.Helper()
	var out, errOut bytes.Buffer
	args = append([]string{"--policy", put(t, "policy", p.Marshal()), "-o", "json", "--lang", "en", put(t, "bundle", bundle)}, args...)
	code = run(context.Background(), args, nil, &out, &errOut)
	if code == exitDone || code == exitBad {
		r = new(verify.Report)
		if err := json.Unmarshal(out.Bytes(), r); err != nil {
			t.Fatalf("%v in %s", err, out.Bytes())
		}
	}
	return code, r, errOut.String()
}

// failures are the failed lines with their events.
func failures(r *verify.Report) map[string]events.Seq {
	failed := map[string]events.Seq{}
	for _, l := range r.Lines {
		if l.Status == verify.Failed {
			failed[l.Name] = l.Seq
		}
	}
	return failed
}

// lineOf is a report's line.
func lineOf(t testing.TB, r *verify.Report, name string) verify.Line {
	t.Helper()
	for _, l := range r.Lines {
		if l.Name == name {
			return l
		}
	}
	t.Fatalf("no line %s", name)
	return verify.Line{}
}

// mustFail runs the command, which fails on exactly these lines at these events.
func mustFail(t *testing.T, p *proof.Policy, bundle []byte, want map[string]events.Seq, args ...string) *verify.Report {
	t.Helper()
	code, r, messages := started(t, p, bundle, args...)
	if code != exitBad {
		t.Fatalf("exit status %d, %s", code, messages)
	}
	if got := failures(r); !maps.Equal(got, want) {
		t.Errorf("failed: %v; want %v", got, want)
		for _, l := range r.Lines {
			t.Logf("%+v", l)
		}
	}
	return r
}

// mustPass runs the command, in which nothing fails.
func mustPass(t *testing.T, p *proof.Policy, bundle []byte, args ...string) *verify.Report {
	t.Helper()
	code, r, messages := started(t, p, bundle, args...)
	if code != exitDone {
		t.Errorf("exit status %d, %s", code, messages)
		if r != nil {
			for _, l := range r.Lines {
				t.Logf("%+v", l)
			}
		}
		t.FailNow()
	}
	return r
}
