package client_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

// TestKillWhileAppending: the server is killed at any moment, again and again; nothing it acknowledged is lost, doubled or moved, and
// what it never answered is told apart by asking again.
func TestKillWhileAppending(t *testing.T) {
	t.Parallel()
	const writers = 6
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	p := serveProcess(t, dir)
	p.open()
	acknowledged := map[string]events.Seq{} // by scorer
	for round := range crashRounds {
		type ack struct {
			scorer string
			seq    events.Seq
		}
		acks, unanswered := make(chan ack, 100_000), make(chan [2]string, writers)
		var running sync.WaitGroup
		for w := range writers {
			running.Go(func() {
				for n := 0; ; n++ {
					scorer, id := fmt.Sprintf("r%d-w%d-%d", round, w, n), events.NewID().String()
					line, err := p.client.Append(t.Context(), "small", draft("a", scorer, id))
					if err != nil {
						unanswered <- [2]string{scorer, id}
						return
					}
					acks <- ack{scorer, parseSeq(t, line).Seq}
				}
			})
		}
		<-time.After(time.Duration(20+random.IntN(250)) * time.Millisecond) // the moment of the crash
		p.kill()
		running.Wait()
		close(acks)
		close(unanswered)
		for a := range acks {
			acknowledged[a.scorer] = a.seq
		}
		p = serveProcess(t, dir)
		for u := range unanswered { // sent again: stored once, whether it was stored or not
			line, err := p.client.Append(t.Context(), "small", draft("a", u[0], u[1]))
			if err != nil {
				t.Fatal(err)
			}
			acknowledged[u[0]] = parseSeq(t, line).Seq
		}
	}
	expectStored(t, p, acknowledged)
	expectFresh(t, p, dir)
}

// expectStored checks that the log holds the opening and exactly what was acknowledged, where it was acknowledged.
func expectStored(t *testing.T, p *process, acknowledged map[string]events.Seq) {
	t.Helper()
	list := p.events()
	if len(list) != 1+len(acknowledged) {
		t.Errorf("%d events are stored, %d were acknowledged", len(list)-1, len(acknowledged))
	}
	for i, e := range list {
		if e.Seq != events.Seq(i+1) {
			t.Fatalf("event %d stands at %d", e.Seq, i+1)
		}
		_, rest, _ := strings.Cut(string(e.Record), `"scorer":"`)
		scorer, _, _ := strings.Cut(rest, `"`)
		if i > 0 && acknowledged[scorer] != e.Seq {
			t.Errorf("%s at %d was acknowledged as %d", scorer, e.Seq, acknowledged[scorer])
		}
	}
}

// expectFresh checks that a fold from nothing but the log says what the server says.
func expectFresh(t *testing.T, p *process, dir string) {
	t.Helper()
	before := standings(t, p.client)
	p.kill()
	c, done, err := connect(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	if after := standings(t, c); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
}

// TestKillWhileImporting: the server is killed within an import; the standings say so until the same file completes it.
func TestKillWhileImporting(t *testing.T) {
	t.Parallel()
	const rows = 30_000
	dir, file, query := t.TempDir(), table(rows), url.Values{"name": {"big.csv"}}
	p := serveProcess(t, dir)
	p.open()
	killed := make(chan struct{})
	var once sync.Once
	_, err := p.client.Import(t.Context(), "small", query, file, func(stored, _ int) {
		if stored > 0 {
			once.Do(func() {
				go func() {
					defer close(killed)
					p.kill()
				}()
			})
		}
	})
	<-killed
	if err == nil {
		t.Log("the import was complete before the server was killed")
	} else if !strings.Contains(err.Error(), "run it again") {
		t.Errorf("the client says %v", err)
	}
	p = serveProcess(t, dir)
	stored := p.summary().Seq
	if note := strings.Contains(standings(t, p.client), "import unfinished"); note != (stored < rows+2) {
		t.Errorf("at event %d the note is there: %v", stored, note)
	}
	// Another event waits until the import's hold is over, and is stored.
	line, err := p.client.Append(t.Context(), "small", draft("a", "between", events.NewID().String()))
	if err != nil || parseSeq(t, line).Seq != stored+1 {
		t.Errorf("%s, %v", line, err)
	}
	for range 2 {
		var result *server.ImportResult
		if result, err = p.client.Import(t.Context(), "small", query, file, func(int, int) {}); err != nil {
			t.Fatal(err)
		}
		if result.Seq != rows+3 || result.New+result.Already != rows || result.Bad != 0 {
			t.Errorf("resumed: %+v", result)
		}
	}
	if strings.Contains(standings(t, p.client), "import unfinished") {
		t.Error("the note stays")
	}
	scorers := map[string]bool{}
	for _, e := range p.events() {
		if scorers[string(e.Record)] {
			t.Errorf("event %d is stored twice", e.Seq)
		}
		scorers[string(e.Record)] = true
	}
	expectFresh(t, p, dir)
}

// TestStaleInfo: what a killed server left behind misleads nobody, even where another server has its address now.
func TestStaleInfo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serveProcess(t, dir)
	p.open()
	beside, done, err := connect(t, dir)
	if err != nil || beside.URL != p.client.URL {
		t.Fatalf("beside a server: %v", err)
	}
	done()
	p.kill()
	c, done, err := connect(t, dir) // the lock is free: within this process
	if err != nil {
		t.Fatal(err)
	}
	other := serveProcess(t, t.TempDir()) // another directory's server
	for _, stale := range []server.Info{{URL: p.client.URL, Token: "gone", PID: 1}, {URL: other.client.URL, Token: p.client.Token, PID: 1}} {
		if err := server.WriteInfo(dir, stale); err != nil {
			t.Fatal(err)
		}
		connected := make(chan error, 1)
		var second *client.Client
		var secondDone func()
		go func() {
			var err error
			second, secondDone, err = connect(t, dir)
			connected <- err
		}()
		done() // the first command ends, and the second gets the directory
		if err := <-connected; err != nil {
			t.Fatal(err)
		}
		if list, err := second.List(t.Context(), "en", nil); err != nil || len(list) != 1 {
			t.Errorf("campaigns %v, %v", list, err)
		}
		c, done = second, secondDone
	}
	var problem *client.Error
	if _, err := c.Summary(t.Context(), "nothing", "en"); !errors.As(err, &problem) || problem.Code != "no-campaign" {
		t.Errorf("%v", err)
	}
	done()
}
