package client_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
)

// seedName is the environment variable that repeats a run of the crash test.
const seedName = "CAMPAIGN_TEST_SEED"

// crashSeed is the run's seed, which is printed.
func crashSeed(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if given := os.Getenv(seedName); given != "" {
		var err error
		if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("seed %d; repeat with %s=%d (the moments of the crashes are the machine's)", seed, seedName, seed)
	return seed
}

// crashed is a server that is killed again and again, with its writers.
type crashed struct {
	t      *testing.T
	dir    string
	random *rand.Rand
	p      *process
	member client.Signer
	o      *outside
}

// memberClient is a client of the member that is logged in.
func (c *crashed) memberClient() (*client.Client, error) {
	own := *c.p.client
	return &own, own.Login(c.t.Context(), "signed", c.member)
}

// TestKill: the real server is killed at any moment, again and again: while many write, sign, import, hand in files and texts and look at
// checkpoints, while it stops by itself, and while it starts, when it reads the log, mends what is derived and signs. Each time all that anybody
// was told stands where it was told, byte for byte and once; nothing is half there; the checkpoints are those of this very log; and the
// standings are those of a fold made outside. Then the next round goes on in the same directory.
func TestKill(t *testing.T) {
	t.Parallel()
	seed := crashSeed(t)
	c := &crashed{t: t, dir: t.TempDir(), random: rand.New(rand.NewPCG(seed, 0)), o: newOutside()}
	c.p = serveProcess(t, c.dir)
	c.p.open()
	_, c.member = signedCampaignIn(t, c.dir)
	for round := range crashRounds {
		c.round(round)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	m, err := c.memberClient()
	must(t, err)
	c.o.expectHeld(t, m)
	for _, campaign := range []string{"small", "signed"} {
		expectVerified(t, c.p.client, campaign)
		expectWell(t, c.p.client, campaign)
	}
	t.Logf("%d and %d events, %d files, %d texts, %d and %d checkpoints seen", len(c.o.acked["small"]), len(c.o.acked["signed"]), len(c.o.files), len(c.o.texts),
		len(c.o.heads["small"]), len(c.o.heads["signed"]))
}

// round lets writers write, kills the server, starts it again and looks at what is there.
func (c *crashed) round(round int) {
	m, err := c.memberClient()
	must(c.t, err)
	var writers sync.WaitGroup
	for _, write := range []func(int, *client.Client){c.writeOne, c.writeOne, c.writeThree, c.writeSigned, c.putFiles, c.putTexts, c.importTable, c.lookOn} {
		writers.Go(func() { write(round, m) })
	}
	c.crash()
	done := make(chan struct{})
	go func() {
		defer close(done)
		writers.Wait()
	}()
	within(c.t, "a writer of a dead server", done)
	before := map[string][]byte{"small": keptNotes(c.t, c.dir, "small"), "signed": keptNotes(c.t, c.dir, "signed")}
	for range c.random.IntN(3) {
		killWhileOpening(c.t, c.dir, time.Duration(c.random.IntN(200))*time.Millisecond)
	}
	c.p = serveProcess(c.t, c.dir)
	for campaign, notes := range before {
		if after := keptNotes(c.t, c.dir, campaign); !bytes.HasPrefix(after, notes) {
			c.t.Errorf("%s: the file of checkpoints did not only grow", campaign)
		}
	}
	c.o.expectWhole(c.t, c.o.expect(c.t, c.p.client, "small")) // before anything is sent again
	c.resume(round)
	c.o.askAgain(c.t, c.p.client)
	for campaign := range before {
		c.o.expectWhole(c.t, c.o.expect(c.t, c.p.client, campaign))
	}
}

// crash ends the server in one way or another.
func (c *crashed) crash() {
	moment := func(most int) { <-time.After(time.Duration(c.random.IntN(most)) * time.Millisecond) } // of the crash
	moment(200)
	switch c.random.IntN(4) {
	case 0: // it stops by itself, and is killed on the way
		_ = c.p.cmd.Process.Signal(syscall.SIGTERM)
		moment(60)
	case 1: // it stops by itself
		_ = c.p.cmd.Process.Signal(syscall.SIGTERM)
		within(c.t, "a server that was asked to stop", c.p.ended)
	}
	c.p.kill()
}

// killWhileOpening starts a server and kills it a moment later, whatever it is at.
func killWhileOpening(t *testing.T, dir string, after time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "serve", "--listen", "127.0.0.1:0", "--data", dir)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-time.After(after) // the moment of the crash
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
}

var writerNumber struct {
	sync.Mutex
	n int
}

// another is a number that no other writer has.
func another() int {
	writerNumber.Lock()
	defer writerNumber.Unlock()
	writerNumber.n++
	return writerNumber.n
}

func (c *crashed) writeOne(round int, m *client.Client) {
	w := another()
	for n := 0; c.o.send(c.t, m, "small", draft("a", fmt.Sprintf("one-%d-%d-%d", round, w, n), events.NewID().String())); n++ {
	}
}

func (c *crashed) writeThree(round int, m *client.Client) {
	w := another()
	for n := 0; ; n++ {
		prefix := fmt.Sprintf("three-%d-%d-%d", round, w, n)
		var body []byte
		for k := range 3 {
			body = append(append(body, draft("b", fmt.Sprintf("%s-%d", prefix, k), events.NewID().String())...), '\n')
		}
		c.o.mu.Lock()
		c.o.bodies[prefix] = true
		c.o.mu.Unlock()
		if !c.o.send(c.t, m, "small", body) {
			return
		}
	}
}

func (c *crashed) writeSigned(round int, m *client.Client) {
	w := another()
	for n := 0; ; n++ {
		d := events.Draft{Subject: "a", Payload: &events.ScoreEntered{Cluster: "c", Criterion: "A", Level: "self", Scorer: "a", Item: fmt.Sprintf("i%d-%d-%d", round, w, n),
			Mark: events.Mark{Kind: events.MarkPoints, Amount: events.Whole(1)}}}
		records, err := m.Sign(c.t.Context(), "signed", c.member, false, []events.Draft{d})
		if err != nil || !c.o.send(c.t, m, "signed", append(records[0], '\n')) {
			return
		}
	}
}

func (c *crashed) putFiles(round int, m *client.Client) {
	for n := range 20 {
		content := append([]byte("%PDF-1.7\n"), bytes.Repeat(fmt.Appendf(nil, "file %d of round %d ", n, round), 300*n+1)...)
		f, err := m.PutEvidence(c.t.Context(), "signed", "file.pdf", content, io.Discard)
		if err != nil {
			return
		}
		c.o.mu.Lock()
		c.o.files[f.SHA256] = content
		c.o.mu.Unlock()
	}
}

// putTexts hands in no more than a member may in so many rounds.
func (c *crashed) putTexts(round int, m *client.Client) {
	for n := range 10 {
		text := fmt.Sprintf("text %d of round %d", n, round)
		hash, err := m.PutDetached(c.t.Context(), "signed", text)
		if err != nil {
			return
		}
		c.o.mu.Lock()
		c.o.texts[hash] = text
		c.o.mu.Unlock()
	}
}

const tableRows = 600 // more than one commit of an import

// tableOf is a round's file of scores.
func tableOf(round int) []byte {
	return []byte(strings.ReplaceAll(string(table(tableRows)), "row", fmt.Sprintf("table-%d-", round)))
}

func (c *crashed) importTable(round int, m *client.Client) {
	_, err := m.Import(c.t.Context(), "small", url.Values{"name": {"table.csv"}}, tableOf(round), func(int, int) {})
	_ = err // resume tells what became of it
}

// resume imports a round's file again: what was cut off goes on, and nothing is stored twice.
func (c *crashed) resume(round int) {
	for range 2 {
		result, err := c.p.client.Import(c.t.Context(), "small", url.Values{"name": {"table.csv"}}, tableOf(round), func(int, int) {})
		if err != nil || result.New+result.Already != tableRows || result.Bad != 0 {
			c.t.Fatalf("resumed: %+v, %v", result, err)
		}
	}
}

// lookOn looks at checkpoints, as a witness does.
func (c *crashed) lookOn(_ int, m *client.Client) {
	for c.o.look(c.t, m, "small") && c.o.look(c.t, m, "signed") {
		<-time.After(5 * time.Millisecond) // as a witness does, though more often
	}
}
