package client_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/verify"
	"campaignledger/events"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// outside is what was acknowledged and shown, remembered where no crash of the server reaches.
type outside struct {
	mu     sync.Mutex
	acked  map[string]map[events.Seq]client.Event // by campaign
	open   []unanswered
	files  map[string][]byte // evidence by hash
	texts  map[string]string // detached texts by hash
	heads  map[string][]proof.Head
	bodies map[string]bool // of three events, by the prefix of their scorers
}

// unanswered is a body whose writer never heard what became of it.
type unanswered struct {
	campaign string
	body     []byte
}

func newOutside() *outside {
	return &outside{acked: map[string]map[events.Seq]client.Event{"small": {}, "signed": {}}, files: map[string][]byte{}, texts: map[string]string{},
		heads: map[string][]proof.Head{}, bodies: map[string]bool{}}
}

// take remembers the lines of an acknowledgement.
func (o *outside) take(t *testing.T, campaign string, lines []byte) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for line := range bytes.Lines(bytes.TrimSpace(lines)) {
		e := parseSeq(t, line)
		if was, ok := o.acked[campaign][e.Seq]; ok && string(was.Record) != string(e.Record) {
			t.Errorf("%s: event %d was acknowledged as %s and as %s", campaign, e.Seq, was.Record, e.Record)
		}
		o.acked[campaign][e.Seq] = e
	}
}

// send appends a body and remembers what came of it; false: nobody answered.
func (o *outside) send(t *testing.T, c *client.Client, campaign string, body []byte) bool {
	t.Helper()
	lines, err := c.Append(t.Context(), campaign, body)
	if err != nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.open = append(o.open, unanswered{campaign, bytes.Clone(body)})
		return false
	}
	o.take(t, campaign, lines)
	return true
}

// askAgain sends again what was never answered: it is stored once, whether it was stored or not.
func (o *outside) askAgain(t *testing.T, c *client.Client) {
	t.Helper()
	for _, u := range o.open {
		lines, err := c.Append(t.Context(), u.campaign, u.body)
		if err != nil {
			t.Fatalf("sent again: %v", err)
		}
		o.take(t, u.campaign, lines)
	}
	o.open = nil
}

// look remembers a checkpoint that somebody was shown.
func (o *outside) look(t *testing.T, c *client.Client, campaign string) bool {
	t.Helper()
	msg, err := c.Checkpoint(t.Context(), campaign)
	if err != nil {
		return false
	}
	_, head, err := proof.ReadHead(msg)
	if err != nil {
		t.Error(err)
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.heads[campaign] = append(o.heads[campaign], head)
	return true
}

// stored is a campaign's log as the server gives it, and what follows from it alone.
type stored struct {
	list []client.Event
	live *projections.Live
	tree *proof.Tree
}

// readLog reads a campaign's log, and folds it anew in this process, with every rule checked.
func readLog(t *testing.T, c *client.Client, campaign string) stored {
	t.Helper()
	s := stored{live: projections.NewLive(), tree: proof.NewTree()}
	err := c.Events(t.Context(), campaign, 0, false, func(e client.Event, _ []byte) error {
		s.list = append(s.list, e)
		recorded, err := events.ParseTime(e.Recorded)
		if err != nil {
			return err
		}
		draft, err := events.Decode(events.Record(e.Record))
		if err != nil {
			return err
		}
		s.tree.Append(events.LeafHash(events.Record(e.Record), recorded))
		return s.live.Admit(events.Stored(draft, e.Seq, recorded, events.Record(e.Record)))
	})
	if err == nil {
		err = s.live.Settle() // nothing is half there: an import's batch, for example
		s.live.Commit()
	}
	if err != nil {
		t.Fatalf("%s: %v", campaign, err)
	}
	return s
}

// expect checks that the log holds what was acknowledged where it was, that it is the log that every checkpoint was signed of, and that the
// server's standings are those of a fold made of nothing but the log.
func (o *outside) expect(t *testing.T, c *client.Client, campaign string) stored {
	t.Helper()
	s := readLog(t, c, campaign)
	for i, e := range s.list {
		if e.Seq != events.Seq(i+1) {
			t.Fatalf("%s: event %d stands at %d", campaign, e.Seq, i+1)
		}
	}
	for seq, e := range o.acked[campaign] {
		if int(seq) > len(s.list) {
			t.Fatalf("%s: event %d was acknowledged, and the log ends at %d", campaign, seq, len(s.list))
		}
		if got := s.list[seq-1]; string(got.Record) != string(e.Record) || got.Recorded != e.Recorded {
			t.Errorf("%s: event %d was acknowledged as %s of %s, and is %s of %s", campaign, seq, e.Record, e.Recorded, got.Record, got.Recorded)
		}
	}
	for _, head := range o.heads[campaign] {
		if root, err := s.tree.RootAt(head.Size); err != nil || root != head.Root {
			t.Errorf("%s: a checkpoint of %d events was shown with another root (%v)", campaign, head.Size, err)
		}
	}
	line, err := c.Standings(t.Context(), campaign, url.Values{"as_of": {fmt.Sprint(len(s.list))}})
	if err != nil {
		t.Fatal(err)
	}
	standings := s.live.Standings()
	if want := standings.AppendJSON(nil, projections.JSONOptions{Lang: "en"}); !bytes.Equal(bytes.TrimSpace(line), want) {
		t.Errorf("%s: the server's standings are\n%s\na fold of the log has\n%s", campaign, line, want)
	}
	return s
}

// expectWhole checks that every body of three events is there as a whole or not at all, and that no row of a file is there twice.
func (o *outside) expectWhole(t *testing.T, s stored) {
	t.Helper()
	at := map[string]int{}
	for i, e := range s.list {
		scorer := nameOf(e)
		if scorer == "" {
			continue
		}
		if before, twice := at[scorer]; twice {
			t.Errorf("%s is stored at %d and at %d", scorer, before+1, i+1)
		}
		at[scorer] = i
	}
	for prefix := range o.bodies {
		first, ok := at[prefix+"-0"]
		for k := 1; k < 3; k++ {
			if next, there := at[fmt.Sprintf("%s-%d", prefix, k)]; there != ok || ok && next != first+k {
				t.Errorf("of the body %s only a part is stored, or not in one piece", prefix)
			}
		}
	}
}

// nameOf is what tells an entry apart, its item or else its scorer; "" for another event.
func nameOf(e client.Event) string {
	_, rest, ok := strings.Cut(string(e.Record), `"item":"`)
	if !ok {
		_, rest, _ = strings.Cut(string(e.Record), `"scorer":"`)
	}
	name, _, _ := strings.Cut(rest, `"`)
	return name
}

// expectHeld checks that what was taken beside the log is held: files and texts, byte for byte.
func (o *outside) expectHeld(t *testing.T, c *client.Client) {
	t.Helper()
	for hash, content := range o.files {
		if got, err := c.GetEvidence(t.Context(), "signed", hash, io.Discard); err != nil || !bytes.Equal(got, content) {
			t.Errorf("the file %s of %d bytes: %d bytes, %v", hash, len(content), len(got), err)
		}
	}
	for hash, text := range o.texts {
		if got, err := c.GetDetached(t.Context(), "signed", hash); err != nil || got.Text != text {
			t.Errorf("the text %s: %q, %v", hash, got.Text, err)
		}
	}
}

// expectVerified has the offline verifier look at the campaign: it admits the log anew and works out the same standings.
func expectVerified(t *testing.T, c *client.Client, campaign string) {
	t.Helper()
	text, err := c.Policy(t.Context(), campaign)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := proof.ParsePolicy(text)
	if err != nil {
		t.Fatal(err)
	}
	var bundle bytes.Buffer
	if _, err := c.Bundle(t.Context(), campaign, 0, &bundle); err != nil {
		t.Fatal(err)
	}
	report, err := verify.Run(context.Background(), verify.Options{Policy: policy, Bundle: bytes.NewReader(bundle.Bytes())})
	if err != nil || !report.OK {
		t.Errorf("%s: the verifier says %v, %+v", campaign, err, report)
	}
}

// expectWell has doctor look at the campaign.
func expectWell(t *testing.T, c *client.Client, campaign string) {
	t.Helper()
	found, err := c.Doctor(t.Context(), campaign, func(uint64, uint64) {})
	if err != nil || len(found) == 0 {
		t.Errorf("%s: %d findings, %v", campaign, len(found), err)
	}
	for _, f := range found {
		if !f.OK {
			t.Errorf("%s: doctor finds %+v", campaign, f)
		}
	}
}

// keptNotes are the notes of a directory's file of checkpoints.
func keptNotes(t *testing.T, dir, campaign string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "checkpoints", campaign+".txt"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	whole := 0
	for _, note := range proof.SplitNotes(data) {
		if proof.IsWhole(note) {
			whole += len(note)
		}
	}
	return data[:whole]
}

// within waits for what a goroutine does, as long as a test may take.
func within(t *testing.T, what string, done <-chan struct{}) {
	t.Helper()
	const patience = time.Minute
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s does not end", what)
	}
}
