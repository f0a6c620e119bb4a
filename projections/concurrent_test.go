package projections

import (
	"context"
	"sync"
	"testing"
	"time"

	"campaignledger/events"
)

// TestReadersBesideTheWriter: one goroutine admits, rolls back and commits while others read. Run with -race. What a reader sees
// is always a whole commit, and never older than what it waited for.
func TestReadersBesideTheWriter(t *testing.T) {
	t.Parallel()
	s := randomStory(11, 300)
	l := NewLive()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	end := events.Seq(len(s.list))
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for seq := events.Seq(1); seq < end; {
				if err := l.Wait(ctx, seq); err != nil {
					t.Error(err)
					return
				}
				standings := l.Standings()
				if standings.Seq < seq || standings.Seq%2 != 0 && standings.Seq != end {
					t.Errorf("standings at %d after waiting for %d", standings.Seq, seq)
				}
				standings.AppendJSON(nil, JSONOptions{})
				if lines := l.Audit(AuditFilter{}); events.Seq(len(lines)) < standings.Seq {
					t.Errorf("audit of %d lines at %d", len(lines), standings.Seq)
				}
				if _, err := l.Why("north", "u0", "u1", "vi"); err != nil {
					t.Error(err)
				}
				_, _ = l.Why("nowhere", "u0", "", "vi") // an error names the clusters
				_ = l.CheckFilter(AuditFilter{Cluster: "nowhere"})
				if past, err := l.At(standings.Seq/2 + 1); err != nil || past.Seq != standings.Seq/2+1 {
					t.Errorf("as of %d: %d, %v", standings.Seq/2+1, past.Seq, err)
				}
				l.SeqAt(standings.AsOf)
				l.Anomalies("", "vi")
				if _, err := l.Without("u0"); err != nil {
					t.Error(err)
				}
				seq = max(standings.Seq, l.Summary().Seq) + 1
			}
		})
	}
	g := newGenerator(11)
	for i := 0; i < len(s.list); i += 2 {
		g.junk(l, s.list[:max(i, 1)])
		admitAll(t, l, s.list[i:min(i+2, len(s.list))])
		l.Commit()
	}
	readers.Wait()
}

func TestWaitEnds(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation)
	ctx, cancel := context.WithCancel(t.Context())
	if err := c.live.Wait(ctx, 1); err != nil {
		t.Error(err)
	}
	cancel()
	if err := c.live.Wait(ctx, 2); err == nil {
		t.Error("no error for an event that never came")
	}
}
