package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// needMount is set where the tests of a full disk must run: .ci/run sets it. Elsewhere they say that they did not.
const needMount = "CAMPAIGN_TEST_NEED_MOUNT"

// tmpfs mounts a small disk of its own.
func tmpfs(t *testing.T, megabytes int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes)); err != nil {
		if os.Getenv(needMount) != "" {
			t.Fatalf("a small disk can't be mounted (%v), and %s asks for it", err, needMount)
		}
		t.Skipf("WHAT HAPPENS ON A FULL DISK WAS NOT TESTED: a small disk can't be mounted here: %v. Run the test as root, with %s=1.", err, needMount)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("the small disk stays mounted: %v", err)
		}
	})
	return dir
}

// ballast takes all that is free of a disk but keep bytes; the returned function gives it back.
func ballast(t *testing.T, dir string, keep int64) (drop func()) {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "ballast")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	block := make([]byte, 4096)
	for n := int64(s.Bavail)*s.Bsize - keep; n > 0; n -= int64(len(block)) {
		if _, err := file.Write(block); errors.Is(err, syscall.ENOSPC) && keep == 0 {
			break // the server takes some too
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
}

// longDraft is an event of some 8 KB.
func longDraft(scorer, id string) []byte {
	return fmt.Appendf(nil, `{"id":%q,"type":"score.entered","subject":"a","data":{"cluster":"c","criterion":"I","level":"score","scorer":%q,"points":"1","reason":%q}}`,
		id, scorer, strings.Repeat("x", events.MaxTextBytes))
}

// readiness is what /readyz says, and whether it is ready.
func (p *process) readiness() (text string, ready bool) {
	p.t.Helper()
	answer, err := p.client.HTTP.Get(p.client.URL + "/readyz")
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(body), answer.StatusCode == http.StatusOK
}

// untilReady waits until the server says that it is ready.
func (p *process) untilReady() {
	p.t.Helper()
	const patience, pause = time.Minute, 20 * time.Millisecond
	text, ready := p.readiness()
	for end := time.Now().Add(patience); !ready; text, ready = p.readiness() {
		if time.Now().After(end) {
			p.t.Fatalf("the server does not become ready: %s", text)
		}
		<-time.After(pause) // between two questions
	}
}

// fillUp has writers append until the disk is full, and keeps what was acknowledged.
func fillUp(t *testing.T, p *process, round string, acknowledged map[string]events.Seq) {
	t.Helper()
	var mu sync.Mutex
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for n := 0; ; n++ {
				scorer := fmt.Sprintf("%s-w%d-%d", round, w, n)
				line, err := p.client.Append(t.Context(), "small", longDraft(scorer, events.NewID().String()))
				if err != nil {
					wantDiskFull(t, err)
					return
				}
				e := parseSeq(t, line)
				mu.Lock()
				acknowledged[scorer] = e.Seq
				mu.Unlock()
			}
		})
	}
	writers.Wait()
}

// wantDiskFull checks that an error names the disk and says what to do.
func wantDiskFull(t *testing.T, err error) {
	t.Helper()
	var problem *client.Error
	if !errors.As(err, &problem) || problem.Code != "disk-full" || problem.Status != http.StatusInsufficientStorage {
		t.Errorf("on a full disk: %v", err)
		return
	}
	for _, part := range []string{"nothing was stored", "nats has", "KiB left", "make room there"} {
		if !strings.Contains(problem.Detail, part) {
			t.Errorf("%q does not say %q", problem.Detail, part)
		}
	}
}

// TestFullDisk: writers fill a small disk. Each is told so in time, nothing acknowledged is lost, and appending goes on by itself once there is
// room, though the server, its head, its tree and its checkpoints had no byte left at times.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	const megabytes = 48
	disk := tmpfs(t, megabytes)
	dir := filepath.Join(disk, "data")
	p := serveProcess(t, dir)
	p.open()
	acknowledged := map[string]events.Seq{}
	for _, keep := range []int64{18 << 20, 0} { // some room, and then none at all
		drop := ballast(t, disk, keep)
		fillUp(t, p, fmt.Sprint("keep", keep), acknowledged)
		if text, ready := p.readiness(); ready || !strings.Contains(text, "make room there") {
			t.Errorf("on a full disk the server says %s", text)
		}
		standings(t, p.client) // reading goes on
		if _, err := p.client.Import(t.Context(), "small", url.Values{"name": {"some.csv"}}, table(200), func(int, int) {}); err == nil || !strings.Contains(err.Error(), "make room there") {
			t.Errorf("an import: %v", err)
		}
		other := strings.ReplaceAll(regulation, "id: small", "id: other")
		if _, err := p.client.Open(t.Context(), "other.yaml", "en", []byte(other)); err == nil || !strings.Contains(err.Error(), "make room there") {
			t.Errorf("another campaign: %v", err)
		}
		drop()
		p.untilReady()
		line, err := p.client.Append(t.Context(), "small", draft("a", fmt.Sprint("after", keep), events.NewID().String()))
		if err != nil {
			t.Fatalf("with room again: %v", err)
		}
		acknowledged[fmt.Sprint("after", keep)] = parseSeq(t, line).Seq
	}
	if len(acknowledged) < 100 {
		t.Errorf("only %d events were stored before the disk was full", len(acknowledged))
	}
	p.kill()
	drop := ballast(t, disk, 0) // and a start without any room
	if c, done, err := connect(t, dir); err == nil {
		standings(t, c)
		_, err := c.Append(t.Context(), "small", draft("a", "none", events.NewID().String()))
		wantDiskFull(t, err)
		done()
	} else if !strings.Contains(err.Error(), "no space left") {
		t.Errorf("a start without room: %v", err)
	}
	drop()
	p = serveProcess(t, dir)
	expectStored(t, p, acknowledged)
	expectFresh(t, p, dir)
}

// bareGate admits everything: what is tested here is the store.
func bareGate() ledger.Gate { return projections.NewLive() }

// TestDiskRefusesWrite: another program takes the disk's last byte between the ledger's look and NATS's write. NATS takes nothing more then, and says
// so to nobody but its log; the ledger is read-only at once and tells how it goes on, and a restart has all that was acknowledged.
func TestDiskRefusesWrite(t *testing.T) {
	t.Parallel()
	const megabytes, writers = 12, 3
	dir := tmpfs(t, megabytes)
	acknowledged := map[events.Seq]string{}
	for round := range 2 {
		server, l := bareLedger(t, dir, true)
		var mu sync.Mutex
		var running sync.WaitGroup
		if round == 0 {
			if err := appendBare(t, l, openingOf(t), acknowledged, &mu); err != nil {
				t.Fatal(err)
			}
		}
		for w := range writers {
			running.Go(func() {
				for n := 0; ; n++ {
					begun := time.Now()
					if err := appendBare(t, l, longEntry(t, fmt.Sprintf("r%d-w%d-%d", round, w, n)), acknowledged, &mu); err != nil {
						if took := time.Since(begun); !errors.Is(err, ledger.ErrReadOnly) || took > 4*time.Second {
							t.Errorf("after %v: %v", took, err)
						}
						return
					}
				}
			})
		}
		running.Wait()
		err := l.Broken()
		if !errors.Is(err, ledger.ErrStoreFailed) || !strings.Contains(err.Error(), "no space left") || !strings.Contains(err.Error(), "start the server again") {
			t.Errorf("the ledger says %v", err)
		}
		l.Close()
		server.Close()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, fmt.Sprintf("size=%dm", megabytes*(round+2))); err != nil {
			t.Fatal(err)
		}
		expectBare(t, dir, acknowledged)
	}
}

// TestDiskRefusesFirstOfBlock: the message that the disk refuses would have begun a new block. NATS counts it as lost when it stops.
func TestDiskRefusesFirstOfBlock(t *testing.T) {
	t.Parallel()
	const megabytes, blockBytes, slack = 16, 8 << 20, 10 << 10
	dir := tmpfs(t, megabytes)
	acknowledged := map[events.Seq]string{}
	var mu sync.Mutex
	server, l := bareLedger(t, dir, true)
	if err := appendBare(t, l, openingOf(t), acknowledged, &mu); err != nil {
		t.Fatal(err)
	}
	first := filepath.Join(dir, "nats", "jetstream", "$G", "streams", "CAMPAIGN_small", "msgs", "1.blk")
	for n := 0; sizeOfFile(t, first) < blockBytes-slack; n++ {
		if err := appendBare(t, l, longEntry(t, fmt.Sprint("w", n)), acknowledged, &mu); err != nil {
			t.Fatal(err)
		}
	}
	drop := ballast(t, dir, 0)
	var err error
	for n := 0; err == nil; n++ {
		err = appendBare(t, l, longEntry(t, fmt.Sprint("full", n)), acknowledged, &mu)
	}
	if !errors.Is(err, ledger.ErrReadOnly) {
		t.Errorf("on a full disk: %v", err)
	}
	if size := sizeOfFile(t, strings.Replace(first, "1.blk", "2.blk", 1)); size != 0 {
		t.Fatalf("the second block has %d bytes: the test did not meet the first message of a block", size)
	}
	l.Close()
	drop() // NATS writes what it counts as it stops
	server.Close()
	expectBare(t, dir, acknowledged)
}

func sizeOfFile(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// bareLedger is the ledger of a campaign on a directory, without a host.
func bareLedger(t *testing.T, dir string, toTheLastByte bool) (*ledger.Embedded, *ledger.Ledger) {
	t.Helper()
	server, err := ledger.StartEmbedded(ledger.EmbeddedConfig{Dir: dir, NoReserve: toTheLastByte})
	if err != nil {
		t.Fatal(err)
	}
	streams, err := ledger.NewStreams(server.Conn(), ledger.StreamsConfig{SyncAlways: true, Embedded: server})
	if err != nil {
		t.Fatal(err)
	}
	store, err := streams.Create(t.Context(), "small")
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(t.Context(), ledger.Config{Campaign: "small", Store: store, Gate: bareGate(), Exclusive: true})
	if err != nil {
		t.Fatal(err)
	}
	return server, l
}

// openingOf is the event that opens the campaign.
func openingOf(t *testing.T) []events.Proposal {
	t.Helper()
	r, err := events.ParseRegulation("small.yaml", []byte(regulation))
	if err != nil {
		t.Fatal(err)
	}
	return []events.Proposal{{Draft: events.Draft{ID: events.NewID(), Campaign: "small", Author: "import",
		Payload: events.NewCampaignOpened(r, "small.yaml", strings.Repeat("0", 64))}}}
}

// longEntry is longDraft as the ledger takes it.
func longEntry(t *testing.T, scorer string) []events.Proposal {
	t.Helper()
	list, err := events.ParseProposals(longDraft(scorer, events.NewID().String()), "small")
	if err != nil {
		t.Error(err)
	}
	return list
}

// appendBare appends and keeps what was acknowledged.
func appendBare(t *testing.T, l *ledger.Ledger, list []events.Proposal, acknowledged map[events.Seq]string, mu *sync.Mutex) error {
	t.Helper()
	receipts, err := l.Append(context.Background(), list...)
	if err != nil {
		return err
	}
	mu.Lock()
	defer mu.Unlock()
	if was, taken := acknowledged[receipts[0].Seq]; taken {
		t.Errorf("event %d was acknowledged as %s and as %s", receipts[0].Seq, was, receipts[0].ID)
	}
	acknowledged[receipts[0].Seq] = string(receipts[0].Record)
	return nil
}

// expectBare opens the directory again: what was acknowledged stands at its place byte for byte, and appending goes on behind it.
func expectBare(t *testing.T, dir string, acknowledged map[events.Seq]string) {
	t.Helper()
	server, l := bareLedger(t, dir, false)
	defer server.Close()
	defer l.Close()
	if err := l.Broken(); err != nil {
		t.Fatal(err)
	}
	found := 0
	for stored, err := range l.Records(t.Context(), 0, false) {
		if err != nil {
			t.Fatal(err)
		}
		if record, ok := acknowledged[stored.Seq]; ok {
			found++
			if record != string(stored.Record) {
				t.Errorf("event %d is another one", stored.Seq)
			}
		}
	}
	if found != len(acknowledged) || found < 100 {
		t.Errorf("%d of %d acknowledged events are there", found, len(acknowledged))
	}
}
