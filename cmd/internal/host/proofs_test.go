package host_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
)

// rare makes no checkpoint by the clock while a test runs.
const rare = time.Hour

// newestSize is the size of the newest checkpoint; 0 if there is none.
func newestSize(c *host.Campaign) events.Seq {
	newest, err := c.Newest()
	if err != nil {
		return 0
	}
	return events.Seq(newest.Size)
}

// untilSigned waits until a checkpoint covers event seq.
func untilSigned(t *testing.T, c *host.Campaign, seq events.Seq) *proof.Checkpoint {
	t.Helper()
	until(t, fmt.Sprintf("a checkpoint covers event %d", seq), func() bool { return newestSize(c) >= seq })
	newest, err := c.Newest()
	if err != nil {
		t.Fatal(err)
	}
	return newest
}

func checkpointPath(dir, id string) string { return filepath.Join(dir, "checkpoints", id+".txt") }

// filed are the notes in the file of a campaign's checkpoints.
func filed(t *testing.T, dir, id string) [][]byte {
	t.Helper()
	data, err := os.ReadFile(checkpointPath(dir, id))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return proof.SplitNotes(data)
}

// offline runs a NATS server on a directory that no host uses now, as an intruder would.
func offline(t *testing.T, dir string, do func(jetstream.JetStream)) {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{ServerName: "campaign-ledger", JetStream: true, StoreDir: filepath.Join(dir, "nats"), DontListen: true,
		NoSigs: true, NoLog: true, SyncAlways: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the NATS server did not start")
	}
	defer s.WaitForShutdown()
	defer s.Shutdown()
	nc, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	do(js)
}

// streamed are the notes in the stream of a campaign's checkpoints.
func streamed(t *testing.T, js jetstream.JetStream, id string) (notes [][]byte) {
	t.Helper()
	stream, err := js.Stream(t.Context(), "CHECKPOINTS_"+id)
	if err != nil {
		t.Fatal(err)
	}
	for seq := uint64(1); seq <= stream.CachedInfo().State.LastSeq; seq++ {
		msg, err := stream.GetMsg(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		notes = append(notes, msg.Data)
	}
	return notes
}

// reopen opens a host on dir with the campaign small.
func reopen(t *testing.T, cfg host.Config) (*host.Host, *host.Campaign) {
	t.Helper()
	h := mustOpen(t, cfg)
	c, err := h.Campaign(t.Context(), "small")
	if err != nil {
		h.Close()
		t.Fatal(err)
	}
	return h, c
}

func enter(t *testing.T, c *host.Campaign, n int) {
	t.Helper()
	for range n {
		if _, err := c.Append(t.Context(), entry(t, "a", "s"+events.NewID().String()[24:], 1)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDecisive: the events that do not wait for a checkpoint are these, of all there are.
func TestDecisive(t *testing.T) {
	t.Parallel()
	want := []events.Payload{&events.CampaignOpened{}, &events.StandingsFrozen{}, &events.StandingsRevealed{}, &events.CampaignClosed{}, &events.TieDecided{},
		&events.BallotClosed{}, &events.AwardProposed{}, &events.AwardDecided{}, &events.AwardRevoked{}, &events.AppealDecided{}, &events.RegulationAmended{}}
	for _, p := range want {
		if !host.Decisive(events.Event{Draft: events.Draft{Payload: p}}) {
			t.Errorf("%s waits", p.Type())
		}
	}
	for _, p := range []events.Payload{&events.ScoreEntered{}, &events.BallotCast{}, &events.UnitJoined{}, &events.StageAdvanced{}} {
		if host.Decisive(events.Event{Draft: events.Draft{Payload: p}}) {
			t.Errorf("%s does not wait", p.Type())
		}
	}
}

// TestCheckpointAtOnce: the opening and what decides are signed at once, other events wait, and the close of the server signs them.
func TestCheckpointAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir, CheckpointInterval: rare})
	y := openYear(t, h)
	opened := untilSigned(t, y.c, 1)
	if opened.Size > uint64(y.c.Summary().Seq) || opened.Origin != "campaign-ledger/year/"+y.genesis {
		t.Errorf("%+v", opened)
	}
	for _, p := range []events.Payload{&events.StandingsFrozen{}, &events.StandingsRevealed{}} {
		y.say("d-head", "d", bonus("d", string(p.Type()), 1))
		untilSigned(t, y.c, y.say("a-head", "", p))
	}
	y.toBallot()
	if voted, size := y.say("b-council", "", &events.BallotCast{Ballot: "b1", Votes: []events.NomineeVote{{Unit: "d", Vote: events.VoteFor}}}), newestSize(y.c); size >= voted {
		t.Errorf("a vote is signed at once, at size %d", size)
	}
	untilSigned(t, y.c, y.say("a-head", "", &events.BallotClosed{Ballot: "b1"}))
	last := y.say("a-head", "b", &events.CommendationRecorded{Kind: events.CommendAdHoc, Merit: events.Words{Text: "courage"}})
	if size := newestSize(y.c); size >= last {
		t.Errorf("what decides nothing is signed at once, at size %d", size)
	}
	h.Close()
	notes := filed(t, dir, "year")
	if _, head, err := proof.ReadHead(notes[len(notes)-1]); err != nil || head.Size != uint64(last) {
		t.Errorf("after the close the newest checkpoint has %d events, not %d: %v", head.Size, last, err)
	}
}

// TestCheckpointsByClock: news is signed as time goes; each checkpoint is a head of the log, stands in the stream and in the file, and appears
// when the tree on disk has all its leaves.
func TestCheckpointsByClock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir, CheckpointInterval: time.Millisecond})
	c := openCampaign(t, h)
	for n := range 25 {
		enter(t, c, 1+n%3)
		last, _ := c.Ledger.Last()
		newest := untilSigned(t, c, last)
		row, err := os.ReadFile(filepath.Join(dir, "tree", "small", "0"))
		if err != nil || uint64(len(row)) < 32*newest.Size {
			t.Fatalf("the checkpoint has %d events, and the tree on disk %d bytes: %v", newest.Size, len(row), err)
		}
	}
	list := logOf(t, c)
	h.Close()
	offline(t, dir, func(js jetstream.JetStream) {
		if stream, file := streamed(t, js, "small"), filed(t, dir, "small"); !slices.EqualFunc(stream, file, bytes.Equal) || len(stream) < 25 {
			t.Errorf("the stream has %d notes, the file %d", len(stream), len(file))
		}
	})
	row, err := os.ReadFile(filepath.Join(dir, "tree", "small", "0"))
	if err != nil {
		t.Fatal(err)
	}
	for _, msg := range filed(t, dir, "small") {
		_, head, err := proof.ReadHead(msg)
		if err != nil {
			t.Fatal(err)
		}
		fromLog, fromDisk := proof.NewTree(), proof.NewTree()
		for i, e := range list[:head.Size] {
			fromLog.Append(events.LeafHash(e.Record, e.Recorded))
			fromDisk.Append(proof.Hash(row[32*i:]))
		}
		_, a := fromLog.Head()
		if _, b := fromDisk.Head(); a != head.Root || b != head.Root {
			t.Errorf("the checkpoint of %d events has the root %v, the log %v, the tree on disk %v", head.Size, head.Root, a, b)
		}
	}
}

// TestNoNewsNoCheckpoint: nothing is signed twice, neither at a restart nor when it is asked for.
func TestNoNewsNoCheckpoint(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir, CheckpointInterval: time.Millisecond})
	enter(t, openCampaign(t, h), 3)
	h.Close()
	before := filed(t, dir, "small")
	for range 3 {
		h, c := reopen(t, host.Config{Dir: dir, CheckpointInterval: time.Millisecond})
		for range 5 {
			if err := c.Checkpoint(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if newestSize(c) != 4 {
			t.Errorf("the newest checkpoint has %d events", newestSize(c))
		}
		h.Close()
	}
	if after := filed(t, dir, "small"); len(after) != len(before) {
		t.Errorf("%d checkpoints were made without news", len(after)-len(before))
	}
}

// TestCheckpointAfterKill: what a killed process left without a checkpoint gets one at the next start.
func TestCheckpointAfterKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir, CheckpointInterval: rare})
	enter(t, openCampaign(t, h), 3)
	h.Close()
	// As if it had been killed before the last checkpoint: neither place has it.
	notes := filed(t, dir, "small")
	if err := os.WriteFile(checkpointPath(dir, "small"), notes[0], 0o600); err != nil {
		t.Fatal(err)
	}
	offline(t, dir, func(js jetstream.JetStream) {
		if err := js.DeleteStream(t.Context(), "CHECKPOINTS_small"); err != nil {
			t.Fatal(err)
		}
	})
	h, c := reopen(t, host.Config{Dir: dir, CheckpointInterval: rare})
	defer h.Close()
	if newest := untilSigned(t, c, 4); newest.Size != 4 {
		t.Errorf("signed at size %d", newest.Size)
	}
}

// TestFileLacks: what the stream has and the file lacks, after a kill between the two or with a file that is gone, is written at the next start.
func TestFileLacks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir, CheckpointInterval: time.Millisecond})
	c := openCampaign(t, h)
	for range 3 {
		enter(t, c, 1)
		last, _ := c.Ledger.Last()
		untilSigned(t, c, last)
	}
	h.Close()
	whole := filed(t, dir, "small")
	for name, left := range map[string][]byte{
		"the last": bytes.Join(whole[:len(whole)-1], nil),
		"torn":     bytes.TrimSuffix(bytes.Join(whole, nil), whole[len(whole)-1][30:]),
		"zeros":    append(bytes.Join(whole[:len(whole)-1], nil), make([]byte, 100)...),
		"all":      nil,
	} {
		if err := os.WriteFile(checkpointPath(dir, "small"), left, 0o600); err != nil {
			t.Fatal(err)
		}
		h, c := reopen(t, host.Config{Dir: dir, CheckpointInterval: rare})
		if err := c.Ledger.Broken(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := c.Checkpoint(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := filed(t, dir, "small"); !slices.EqualFunc(got, whole, bytes.Equal) {
			t.Errorf("%s: the file has %d notes, not %d", name, len(got), len(whole))
		}
		h.Close()
	}
}

// TestFileFails: a file that can't be written is an error, though the checkpoint stands in the stream; once it can be, it gets what it lacks.
func TestFileFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHost(t, host.Config{Dir: dir, CheckpointInterval: rare})
	c := openCampaign(t, h)
	untilSigned(t, c, 1)
	if err := c.Checkpoint(t.Context()); err != nil { // the first is in the file
		t.Fatal(err)
	}
	place, aside := filepath.Join(dir, "checkpoints"), filepath.Join(dir, "aside")
	if err := errors.Join(os.Rename(place, aside), os.WriteFile(place, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for n := range events.Seq(2) {
		enter(t, c, 1)
		if err := c.Checkpoint(t.Context()); err == nil || newestSize(c) != 2+n {
			t.Errorf("without a file: %v, at size %d", err, newestSize(c))
		}
	}
	if f := findingOf(t, c, host.CheckCheckpoints, false); f.OK || !strings.Contains(f.Detail, "can't be kept") {
		t.Errorf("doctor: %+v", f)
	}
	if err := errors.Join(os.Remove(place), os.Rename(aside, place)); err != nil {
		t.Fatal(err)
	}
	if err := c.Checkpoint(t.Context()); err != nil || len(filed(t, dir, "small")) != 3 {
		t.Errorf("%v; the file has %d notes", err, len(filed(t, dir, "small")))
	}
}

// TestOneSignatureACommit: fifty writers that want a signed head get one for each commit, which covers their event.
func TestOneSignatureACommit(t *testing.T) {
	t.Parallel()
	c := openCampaign(t, openHost(t, host.Config{CheckpointInterval: rare}))
	untilSigned(t, c, 1)
	const writers, each = 50, 4
	var mu sync.Mutex
	heads := map[*proof.Checkpoint]bool{}
	var running sync.WaitGroup
	for w := range writers {
		running.Go(func() {
			for n := range each {
				receipts, err := c.Append(t.Context(), entry(t, "a", fmt.Sprintf("w%d-%d", w, n), 1))
				if err != nil {
					t.Error(err)
					return
				}
				head, err := c.SignedHead(t.Context(), receipts[0].Seq)
				if err != nil || head.Size < uint64(receipts[0].Seq) {
					t.Errorf("event %d has the head %+v, %v", receipts[0].Seq, head, err)
					return
				}
				mu.Lock()
				heads[head] = true
				mu.Unlock()
			}
		})
	}
	running.Wait()
	commits, ends := 0, map[uint64]bool{}
	for commit, err := range c.Ledger.ReadCommits(t.Context(), 0, false) {
		if err != nil {
			t.Fatal(err)
		}
		commits++
		ends[uint64(commit.Last())] = true
	}
	sizes := map[uint64]bool{}
	for head := range heads {
		if sizes[head.Size] || !ends[head.Size] {
			t.Errorf("two heads of %d events, or one within a commit", head.Size)
		}
		sizes[head.Size] = true
	}
	if len(heads) > commits {
		t.Errorf("%d signatures for %d commits", len(heads), commits)
	}
	last, _ := c.Ledger.Last()
	if _, err := c.SignedHead(t.Context(), last+1); err == nil {
		t.Error("a head covers an event that is not there")
	}
}

// TestHeadsDoNotWait: who waits for an acknowledgement does not wait for a checkpoint that is being stored.
func TestHeadsDoNotWait(t *testing.T) {
	t.Parallel()
	server := external(t)
	c := openCampaign(t, openHost(t, host.Config{NATS: server.url, CheckpointInterval: rare}))
	untilSigned(t, c, 1)
	enter(t, c, 1)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Checkpoint(ctx) }()
	if _, err := c.SignedHead(t.Context(), 2); err != nil {
		t.Error(err)
	}
	cancel()
	<-done
}

// TestReceipts: the receipt of each event opens under the policy, and says what was recorded; growth is proved between any two sizes.
func TestReceipts(t *testing.T) {
	t.Parallel()
	c := openCampaign(t, openHost(t, host.Config{CheckpointInterval: rare}))
	enter(t, c, 20)
	list := logOf(t, c)
	roots := []proof.Hash{{}}
	tree := proof.NewTree()
	for _, e := range list {
		r, err := c.Receipt(t.Context(), e.Seq)
		if err != nil {
			t.Fatal(err)
		}
		got, err := proof.OpenReceipt(r.Marshal(), c.Policy())
		if err != nil || got.Seq != e.Seq || !bytes.Equal(got.Record, e.Record) || !got.Recorded.Equal(e.Recorded) {
			t.Errorf("the receipt of event %d: %+v, %v", e.Seq, got, err)
		}
		tree.Append(events.LeafHash(e.Record, e.Recorded))
		_, root := tree.Head()
		roots = append(roots, root)
	}
	for from := 1; from < len(roots); from++ {
		for to := from; to < len(roots); to++ {
			p, err := c.Growth(events.Seq(from), events.Seq(to))
			if err != nil || proof.CheckGrowth(p, uint64(to), roots[to], uint64(from), roots[from]) != nil {
				t.Errorf("growth from %d to %d: %v", from, to, err)
			}
		}
	}
	for _, bad := range [][2]events.Seq{{0, 1}, {2, 1}, {1, 99}} {
		if _, err := c.Growth(bad[0], bad[1]); err == nil {
			t.Errorf("growth of %v", bad)
		}
	}
	for _, seq := range []events.Seq{0, 22} {
		if _, err := c.Receipt(t.Context(), seq); err == nil {
			t.Errorf("event %d has a receipt", seq)
		}
	}
}

// TestSignsNothingOfNothing: a campaign that is not open has no checkpoint, and no policy.
func TestSignsNothingOfNothing(t *testing.T) {
	t.Parallel()
	server := external(t)
	streams, err := ledger.NewStreams(server.js.Conn(), ledger.StreamsConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := streams.Create(t.Context(), "small"); err != nil {
		t.Fatal(err)
	}
	h := openHost(t, host.Config{NATS: server.url, CheckpointInterval: time.Millisecond})
	c, err := h.Campaign(t.Context(), "small")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Checkpoint(t.Context()); err != nil || c.Policy() != nil || c.Witnessing() != (host.Witnessing{}) {
		t.Errorf("%v, %+v", err, c.Policy())
	}
	for what, err := range map[string]error{
		"newest": second(c.Newest()), "list": second(c.Checkpoints(t.Context())), "bundle": second(c.BundleEnd(t.Context(), host.Reader{}, 0)),
		"cosign": second(c.Cosign(t.Context(), nil)),
	} {
		if !errors.Is(err, host.ErrNoCheckpoint) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := c.Adopt([]byte("quorum none\n")); !errors.Is(err, host.ErrPolicy) {
		t.Errorf("adopt: %v", err)
	}
	openCampaign(t, h)
	untilSigned(t, c, 1)
}

func second[T any](_ T, err error) error { return err }

// TestStalled: while news can't be signed no old checkpoint is shown as the newest.
func TestStalled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHost(t, host.Config{Dir: dir, CheckpointInterval: rare})
	c := openCampaign(t, h)
	untilSigned(t, c, 1)
	tree := filepath.Join(dir, "tree", "small")
	if err := errors.Join(os.RemoveAll(tree), os.WriteFile(tree, nil, 0o600)); err != nil { // no new row can be made, and rows that are gone can't be removed
		t.Fatal(err)
	}
	for range 300 { // until the tree needs another row
		enter(t, c, 1)
	}
	if err := c.Checkpoint(t.Context()); err == nil {
		t.Fatal("a checkpoint without its tiles")
	}
	if _, err := c.Newest(); !errors.Is(err, host.ErrStalled) {
		t.Errorf("the newest: %v", err)
	}
}
