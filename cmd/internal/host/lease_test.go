package host_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
)

// named is the regulation of another campaign.
func named(id string) []byte {
	return []byte(strings.Replace(regulation, "id: small\ntitle: Small", "id: "+id+"\ntitle: Campaign "+id, 1))
}

// openNamed opens campaigns and holds none of them.
func openNamed(t *testing.T, h *host.Host, ids ...string) {
	t.Helper()
	for _, id := range ids {
		ctx, end := h.Hold(t.Context())
		if _, _, err := h.OpenCampaign(ctx, id+".yaml", named(id)); err != nil {
			t.Fatal(err)
		}
		end()
	}
}

func numbered(n int) (ids []string) {
	for i := range n {
		ids = append(ids, fmt.Sprintf("c%03d", i))
	}
	return ids
}

// enterIn appends an entry to a campaign that is opened for it.
func enterIn(t *testing.T, h *host.Host, id, scorer string) error {
	t.Helper()
	ctx, end := h.Hold(t.Context())
	defer end()
	c, err := h.Campaign(ctx, id)
	if err != nil {
		return err
	}
	p := entry(t, "a", scorer, 1)
	p.Campaign = id
	_, err = c.Append(ctx, p)
	return err
}

// TestIdleIsClosed: a campaign that nobody holds is closed, with all its goroutines and after its checkpoint; one that somebody holds is not; its
// next use opens it as it was.
func TestIdleIsClosed(t *testing.T) { //nolint:paralleltest // it counts goroutines
	h := openHost(t, host.Config{CheckpointInterval: rare})
	openNamed(t, h, "small")
	if !h.Retire("small") {
		t.Fatal("an idle campaign is not closed")
	}
	before := runtime.NumGoroutine() // those of the server's streams stay
	ctx, end := h.Hold(t.Context())
	c, err := h.Campaign(ctx, "small")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Append(ctx, entry(t, "a", "x", 5)); err != nil {
		t.Fatal(err)
	}
	if again, err := h.Campaign(ctx, "small"); err != nil || again != c {
		t.Errorf("another campaign: %v", err)
	}
	seen := c.Listed(ctx, host.Reader{})
	if h.Retire("small") {
		t.Fatal("a campaign in use was closed")
	}
	end()
	if !h.Retire("small") {
		t.Fatal("an idle campaign is not closed")
	}
	until(t, fmt.Sprintf("its goroutines have ended, of %d", runtime.NumGoroutine()-before), func() bool { return runtime.NumGoroutine() <= before })
	if _, err := c.Append(t.Context(), entry(t, "a", "y", 5)); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("an append to a closed campaign: %v", err)
	}
	listed := h.Glance(t.Context(), "small", nil)
	if listed.Proof.Size != 2 {
		t.Errorf("closed without a checkpoint of its newest event: %+v", listed.Proof)
	}
	if seen.Proof = listed.Proof; !reflect.DeepEqual(listed, seen) {
		t.Errorf("listed as %+v, was %+v", listed, seen)
	}
	if open, _ := h.Open(); open != 0 {
		t.Errorf("%d campaigns are open after one was listed", open)
	}
	if err := enterIn(t, h, "small", "z"); err != nil {
		t.Error(err)
	}
	if c, err = h.Campaign(t.Context(), "small"); err != nil || c.Summary().Seq != 3 {
		t.Errorf("opened again: %v", err)
	}
}

// TestSweep: without anybody's doing idle campaigns are closed after their time.
func TestSweep(t *testing.T) {
	t.Parallel()
	h := openHost(t, host.Config{IdleAfter: time.Millisecond})
	openNamed(t, h, numbered(3)...)
	held, err := h.Campaign(t.Context(), "c001")
	if err != nil {
		t.Fatal(err)
	}
	until(t, "two are closed", func() bool { open, _ := h.Open(); return open == 1 })
	if _, err := held.Append(t.Context()); err != nil || held.Ledger.Ready() != nil {
		t.Errorf("the one in use was closed: %v", held.Ledger.Ready())
	}
}

// TestMaxOpen: over the limit the campaign that was idle for longest makes room; where all are in use, it is busy; what is not there closes nothing.
func TestMaxOpen(t *testing.T) {
	t.Parallel()
	h := openHost(t, host.Config{MaxOpen: 2})
	ids := numbered(3)
	openNamed(t, h, ids...) // the third made room by itself
	if open, most := h.Open(); open != 2 || most != 2 {
		t.Errorf("%d of %d campaigns are open", open, most)
	}
	if h.Retire(ids[0]) {
		t.Error("not the longest idle was closed")
	}
	first, endFirst := h.Hold(t.Context())
	if _, err := h.Campaign(first, ids[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Campaign(t.Context(), "nowhere"); !errors.Is(err, ledger.ErrNoCampaign) {
		t.Errorf("a campaign that is not there: %v", err)
	}
	if open, _ := h.Open(); open != 2 {
		t.Errorf("a campaign that is not there closed another: %d are open", open)
	}
	if _, err := h.Campaign(t.Context(), ids[2]); err != nil {
		t.Fatal(err)
	}
	if err := enterIn(t, h, ids[1], "x"); !errors.Is(err, ledger.ErrBusy) {
		t.Errorf("with all in use: %v", err)
	}
	waiting := make(chan error)
	go func() { waiting <- enterIn(t, h, ids[1], "x") }()
	endFirst()
	if err := <-waiting; err != nil {
		t.Errorf("after one became idle: %v", err)
	}
}

// TestOpenedAndClosed: writers of many campaigns, of which two may be open at a time and which are closed whenever they are idle: every acknowledged event is
// there once.
func TestOpenedAndClosed(t *testing.T) {
	t.Parallel()
	const campaigns, writers, each = 4, 6, 25
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	h := openHost(t, host.Config{MaxOpen: 2, IdleAfter: time.Millisecond})
	ids := numbered(campaigns)
	openNamed(t, h, ids...)
	var mu sync.Mutex
	stored := map[string]int{}
	var running sync.WaitGroup
	for w := range writers {
		random := rand.New(rand.NewPCG(seed, uint64(w)))
		running.Go(func() {
			for n := range each {
				id := ids[random.IntN(len(ids))]
				err := enterIn(t, h, id, fmt.Sprintf("w%d-%d", w, n))
				if errors.Is(err, ledger.ErrBusy) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				stored[id]++
				mu.Unlock()
			}
		})
	}
	running.Wait()
	for _, id := range ids {
		ctx, end := h.Hold(t.Context())
		c, err := h.Campaign(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if sum := c.Summary(); sum.Seq != events.Seq(stored[id]+1) || c.Ledger.Broken() != nil {
			t.Errorf("campaign %s has %d events, and %d were acknowledged; broken: %v", id, sum.Seq-1, stored[id], c.Ledger.Broken())
		}
		end()
	}
}

// TestGlance: a directory's campaigns are listed without opening them; what is known of one whose log has changed since, or was damaged, is not shown.
func TestGlance(t *testing.T) {
	t.Parallel()
	dir, ids := t.TempDir(), numbered(3)
	h := mustOpen(t, host.Config{Dir: dir})
	openNamed(t, h, ids...)
	h.Close()
	before := copyDir(t, dir)
	h = mustOpen(t, host.Config{Dir: dir})
	if err := enterIn(t, h, ids[1], "x"); err != nil {
		t.Fatal(err)
	}
	h.Close()
	summary := func(id string) string { return filepath.Join("summaries", id+".json") }
	old, err := os.ReadFile(filepath.Join(before, summary(ids[1])))
	if err == nil {
		err = errors.Join(os.WriteFile(filepath.Join(dir, summary(ids[1])), old, 0o600), os.WriteFile(filepath.Join(dir, summary(ids[2])), []byte(`{"format":1,`), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	h = openHost(t, host.Config{Dir: dir})
	if got, err := h.IDs(t.Context()); err != nil || !reflect.DeepEqual(got, ids) {
		t.Fatalf("campaigns %v, %v", got, err)
	}
	for i, id := range ids {
		l := h.Glance(t.Context(), id, nil)
		if known := i == 0; l.Unread == known || known && (l.Title.In("en") != "Campaign "+id || l.Seq != 1) {
			t.Errorf("%s: %+v", id, l)
		}
	}
	if open, _ := h.Open(); open != 0 {
		t.Errorf("%d campaigns are open after a list", open)
	}
	if examined, all := h.Examined(); examined != 0 || all != len(ids) {
		t.Errorf("%d of %d were read", examined, all)
	}
}

// TestExamine: of a large directory the suspicious campaigns are read before the host says that it is ready, the others afterwards; none of those stays open.
func TestExamine(t *testing.T) {
	t.Parallel()
	dir, ids := t.TempDir(), numbered(host.ExaminedFirst+4)
	h := mustOpen(t, host.Config{Dir: dir})
	openNamed(t, h, ids...)
	h.Close()
	short := copyDir(t, dir)
	h = mustOpen(t, host.Config{Dir: dir})
	if err := enterIn(t, h, ids[0], "x"); err != nil { // the one that was used last comes first among the good
		t.Fatal(err)
	}
	if err := enterIn(t, h, ids[1], "x"); err != nil {
		t.Fatal(err)
	}
	h.Close()
	takeStream(t, dir, short, "CAMPAIGN_"+ids[1])
	h = openHost(t, host.Config{Dir: dir})
	if err := h.ExamineLogs(t.Context()); err != nil {
		t.Fatal(err)
	}
	if broken := h.Broken(); len(broken) != 1 || !strings.Contains(broken[ids[1]], ledger.ErrRollback.Error()) {
		t.Errorf("broken after the first look: %v", broken)
	}
	until(t, "all are read", func() bool { examined, all := h.Examined(); return examined == all })
	until(t, "no more are open than were read first", func() bool { open, _ := h.Open(); return open <= host.ExaminedFirst })
	if broken := h.Broken(); len(broken) != 1 {
		t.Errorf("broken: %v", broken)
	}
	if !h.Retire(ids[1]) {
		t.Error("a campaign whose log is broken as it stands can't be closed")
	}
	if l := h.Glance(t.Context(), ids[1], nil); !strings.Contains(l.ReadOnly, ledger.ErrRollback.Error()) || !strings.Contains(h.Broken()[ids[1]], ledger.ErrRollback.Error()) {
		t.Errorf("closed, a broken campaign is listed as %+v", l)
	}
	if err := enterIn(t, h, ids[1], "y"); !errors.Is(err, ledger.ErrReadOnly) {
		t.Errorf("an append to it: %v", err)
	}
}
