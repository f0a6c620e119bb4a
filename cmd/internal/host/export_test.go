package host

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"os"
	"testing"
	"time"

	"campaignledger/events"
	"campaignledger/projections"
)

// Decisive is decisive, which asks for a checkpoint at once.
var Decisive = decisive

// LookBack takes all places for looks into the past, until the returned function is called.
func (c *Campaign) LookBack() (end func()) {
	for range maxPastLooks {
		c.pastLooks <- struct{}{}
	}
	return func() {
		for range maxPastLooks {
			<-c.pastLooks
		}
	}
}

// Retire closes a campaign if it is idle now.
func (h *Host) Retire(id string) bool { return h.retireIf(id, time.Now()) }

// ExaminedFirst is examinedFirst.
const ExaminedFirst = examinedFirst

// OtherFolds makes a snapshot, whose bytes stay sound, that of another version of the folds.
func OtherFolds(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := bytes.Cut(data, []byte{'\n'})
	body = bytes.Replace(body, []byte(`"folds":`), []byte(`"folds":9`), 1)
	sum := sha256.Sum256(body)
	if err := os.WriteFile(path, append([]byte(snapshotMagic+hex.EncodeToString(sum[:])+"\n"), body...), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Spoil gives the running folds another mark for event seq than the log has.
func (c *Campaign) Spoil(t *testing.T, seq events.Seq) {
	t.Helper()
	wrong := projections.NewRefold()
	err := c.Ledger.Quiet(t.Context(), func(events.Seq, time.Time) error {
		for e, err := range c.Ledger.Read(t.Context(), 0) {
			if err != nil {
				return err
			}
			if p, ok := e.Payload.(*events.ScoreEntered); ok && e.Seq == seq {
				p.Mark.Amount += events.DecimalOne
			}
			if err := wrong.Admit(e); err != nil {
				return err
			}
			wrong.Commit()
		}
		c.live.Become(wrong)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ScrubAgainst reads the log of another campaign as if it were this one's.
func (c *Campaign) ScrubAgainst(ctx context.Context, there *Campaign) error {
	store, err := there.host.streams.Open(ctx, there.ID)
	if err != nil {
		return err
	}
	return c.scrubFrom(ctx, store, 0)
}

// IsPassing is isPassing.
var IsPassing = isPassing

// PlaceOf is how NATS servers are named.
func PlaceOf(nats string) string { return (&Host{cfg: Config{NATS: nats}}).place() }

// DueOnceQuiet has the next snapshot taken once nothing is appended, if there are so many events by then, and not before.
func (c *Campaign) DueOnceQuiet(events uint64) {
	c.snapshots.next.Store(math.MaxUint64)
	c.snapshots.quiet.Store(events)
}

// DueAfter is the event after which the next snapshot is due: while events come, and once none do.
func DueAfter(taken events.Seq) (busy, quiet events.Seq) {
	return dueBusy.after(taken), dueQuiet.after(taken)
}
