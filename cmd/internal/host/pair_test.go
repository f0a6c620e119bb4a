package host_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/keys"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
)

// signingPair is one campaign in two processes on one NATS, with one log.key or with two.
func signingPair(t *testing.T, server externalNATS, interval time.Duration, sameKey bool) (both [2]*host.Campaign, dirs [2]string) {
	t.Helper()
	for i := range both {
		dirs[i] = t.TempDir()
		if i == 1 && sameKey {
			key, err := os.ReadFile(filepath.Join(dirs[0], "log.key"))
			if err == nil {
				err = os.WriteFile(filepath.Join(dirs[1], "log.key"), key, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		both[i] = openCampaign(t, openHost(t, host.Config{Dir: dirs[i], NATS: server.url, CheckpointInterval: interval}))
		if i == 0 {
			untilSigned(t, both[0], 1)
		}
	}
	return both, dirs
}

// TestTwoSign: two processes with one key sign one history: each size once, every checkpoint in both files, whoever made it.
func TestTwoSign(t *testing.T) {
	t.Parallel()
	server := external(t)
	both, dirs := signingPair(t, server, time.Millisecond, true)
	var running sync.WaitGroup
	for _, c := range both {
		running.Go(func() {
			for range 15 {
				enter(t, c, 1)
				last, _ := c.Ledger.Last()
				if head, err := c.SignedHead(t.Context(), last); err != nil || head.Size < uint64(last) {
					t.Errorf("%+v, %v", head, err)
				}
			}
		})
	}
	running.Wait()
	logOf(t, both[0])
	last, _ := both[0].Ledger.Last()
	for _, c := range both {
		untilSigned(t, c, last)
		if err := c.Ledger.Broken(); err != nil {
			t.Error(err)
		}
	}
	notes := streamed(t, server.js, "small")
	sizes := map[uint64]bool{}
	for _, msg := range notes {
		_, head, err := proof.ReadHead(msg)
		if err != nil || sizes[head.Size] {
			t.Errorf("size %d is signed twice, or not at all: %v", head.Size, err)
		}
		sizes[head.Size] = true
	}
	for i, c := range both {
		if err := c.Checkpoint(t.Context()); err != nil {
			t.Error(err)
		}
		if got := filed(t, dirs[i], "small"); len(got) != len(notes) {
			t.Errorf("the file of process %d has %d notes, the stream %d", i, len(got), len(notes))
		}
		expectWell(t, c)
	}
}

// TestTwoHearCosignatures: what a witness gives to one process the other counts too, without any news of the log.
func TestTwoHearCosignatures(t *testing.T) {
	t.Parallel()
	both, _ := signingPair(t, external(t), time.Millisecond, true)
	for _, c := range both {
		adopt(t, c, policyOf(c, 1, "w1"))
	}
	newest := untilSigned(t, both[0], 1)
	cosign(t, both[0], newest, "w1")
	until(t, "the other process counts the cosignature", func() bool { return both[1].Witnessing().Quorate == 1 })
}

// TestTwoKeys: of two processes with different keys the second signs nothing, says so, and goes on comparing what the first one signs.
func TestTwoKeys(t *testing.T) {
	t.Parallel()
	server := external(t)
	both, dirs := signingPair(t, server, time.Millisecond, false)
	enter(t, both[0], 1)
	enter(t, both[1], 1)
	untilSigned(t, both[0], 3)
	if _, err := both[1].SignedHead(t.Context(), 1); !errors.Is(err, host.ErrUnsigned) {
		t.Errorf("the second signs a head: %v", err)
	}
	until(t, "the second has what the first one signed", func() bool { return len(filed(t, dirs[1], "small")) == len(streamed(t, server.js, "small")) })
	if _, err := both[1].Newest(); !errors.Is(err, host.ErrUnsigned) {
		t.Errorf("the second's newest: %v", err)
	}
	// The first one's key signs another log.
	key, err := keys.Read(filepath.Join(dirs[0], "log.key"), keys.Log, nil)
	if err != nil {
		t.Fatal(err)
	}
	origin := both[0].Policy().Origin
	signer, err := proof.LogSigner(origin, key.Private())
	if err != nil {
		t.Fatal(err)
	}
	forged, err := proof.Sign(origin, proof.Head{Size: 2, Root: proof.Hash{1}}, signer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.js.Publish(t.Context(), "checkpoint.small", forged.Marshal()); err != nil {
		t.Fatal(err)
	}
	for i, c := range both {
		until(t, "both notice", func() bool { return c.Ledger.Broken() != nil })
		var broken *ledger.BrokenError
		if err := c.Ledger.Broken(); !errors.Is(err, ledger.ErrForked) || !errors.As(err, &broken) || broken.Seq != 2 {
			t.Errorf("process %d is broken by %v", i, err)
		}
	}
}

// TestStrayNotes: what somebody else puts into the stream of checkpoints makes the campaign read-only, and is never signed over.
func TestStrayNotes(t *testing.T) {
	t.Parallel()
	other, err := proof.LogSigner(proof.Origin("small", "0000000000000000000000000000000000000000000000000000000000000000"), keyOf("x"))
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := proof.Sign(other.Name(), proof.Head{Size: 1}, other)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		note func(*proof.Checkpoint) []byte
		want error
	}{
		"garbage":     {func(*proof.Checkpoint) []byte { return []byte("hello") }, ledger.ErrCheckpoint},
		"another log": {func(*proof.Checkpoint) []byte { return foreign.Marshal() }, ledger.ErrForked},
		"a bit": {func(c *proof.Checkpoint) []byte {
			msg := c.Marshal()
			msg[len(msg)-9] ^= 1
			return msg
		}, ledger.ErrCheckpoint},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := external(t)
			c := openCampaign(t, openHost(t, host.Config{NATS: server.url, CheckpointInterval: rare}))
			first := untilSigned(t, c, 1)
			if _, err := server.js.PublishMsg(t.Context(), &nats.Msg{Subject: "checkpoint.small", Data: test.note(first)}); err != nil {
				t.Fatal(err)
			}
			enter(t, c, 1)
			if err := c.Checkpoint(t.Context()); !errors.Is(err, test.want) || !errors.Is(c.Ledger.Broken(), test.want) || newestSize(c) != 1 {
				t.Errorf("%v, broken by %v, at size %d", err, c.Ledger.Broken(), newestSize(c))
			}
			if n := len(streamed(t, server.js, "small")); n != 2 {
				t.Errorf("the stream has %d notes", n)
			}
		})
	}
}

// TestBundleEnd: a bundle ends before what is hidden from its reader, and where it is asked to.
func TestBundleEnd(t *testing.T) {
	t.Parallel()
	y := openYear(t, openHost(t, host.Config{CheckpointInterval: rare}))
	auditor := host.Reader{Role: events.RoleAuditor}
	end := func(r host.Reader, at events.Seq) events.Seq {
		t.Helper()
		signed, err := y.c.BundleEnd(t.Context(), r, at)
		if err != nil {
			if !errors.Is(err, host.ErrNoCheckpoint) {
				t.Error(err)
			}
			return 0
		}
		return events.Seq(signed.Size)
	}
	joined := end(host.Reader{}, 0)
	if last, _ := y.c.Ledger.Last(); joined != last {
		t.Errorf("a bundle of all ends at %d of %d events", joined, last)
	}
	y.toBallot()
	opened := end(host.Reader{}, 0)
	vote := y.say("b-council", "", &events.BallotCast{Ballot: "b1", Votes: []events.NomineeVote{{Unit: "d", Vote: events.VoteFor}}})
	after := y.say("a-head", "b", &events.CommendationRecorded{Kind: events.CommendAdHoc, Merit: events.Words{Text: "courage"}})
	for _, r := range []host.Reader{{}, auditor} { // a vote is hidden from everybody
		if got := end(r, 0); got != opened || got >= vote {
			t.Errorf("with an open ballot: %d, want %d", got, opened)
		}
	}
	if got := end(host.Reader{}, joined); got != joined {
		t.Errorf("as of %d: %d", joined, got)
	}
	if got := end(host.Reader{}, joined-1); got > joined-1 {
		t.Errorf("as of %d: %d", joined-1, got)
	}
	closed := y.say("a-head", "", &events.BallotClosed{Ballot: "b1"})
	if got := end(host.Reader{}, 0); got != closed || after >= closed {
		t.Errorf("after the ballot: %d, want %d", got, closed)
	}
	if _, err := y.c.Append(t.Context(), events.Proposal{Record: y.record("a-head", "", &events.StandingsFrozen{})},
		events.Proposal{Record: y.record("a-head", "b", &events.CommendationRecorded{Kind: events.CommendAdHoc, Merit: events.Words{Text: "hidden"}})}); err != nil {
		t.Fatal(err)
	}
	last := y.say("a-head", "b", &events.CommendationRecorded{Kind: events.CommendAdHoc, Merit: events.Words{Text: "care"}})
	if got := end(host.Reader{}, 0); got != closed { // the freeze is within a commit, which has no checkpoint
		t.Errorf("during the freeze: %d, want %d", got, closed)
	}
	if got := end(auditor, 0); got != last {
		t.Errorf("the auditor's: %d, want %d", got, last)
	}
	if got, want := end(host.Reader{}, last), closed; got != want {
		t.Errorf("during the freeze as of the end: %d, want %d", got, want)
	}
	list, err := y.c.Checkpoints(t.Context())
	if err != nil || !slices.IsSortedFunc(list, func(a, b *proof.Checkpoint) int { return int(a.Size) - int(b.Size) }) {
		t.Errorf("%v, %v", list, err)
	}
}
