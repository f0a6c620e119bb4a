package attack

import (
	"bytes"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/verify"
	"campaignledger/cmd/internal/witness"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
)

// later is the clock of those who look at the log afterwards.
func (m *master) later() *clock { return &clock{now: m.ended.Add(time.Hour)} }

// opened opens a directory as campaign serve does. The campaign is nil where it can't be opened.
func opened(t testing.TB, dir string, c *clock) (*host.Host, *host.Campaign, error) {
	t.Helper()
	h, err := host.Open(t.Context(), hostConfig(dir, c))
	if err != nil {
		t.Fatal(err)
	}
	campaign, err := h.Campaign(t.Context(), id)
	return h, campaign, err
}

// held opens a directory in which nothing is broken, until the test ends.
func held(t testing.TB, dir string, c *clock) (*host.Host, *host.Campaign) {
	t.Helper()
	h, campaign, err := opened(t, dir, c)
	t.Cleanup(h.Close)
	if err != nil {
		t.Fatal(err)
	}
	if err := campaign.Ledger.Broken(); err != nil {
		t.Fatalf("it is broken by %v", err)
	}
	return h, campaign
}

// late is an event that the honest log would take now.
func (m *master) late(at time.Time) events.Proposal {
	d := draft(900, "hill-head", "", at, m.honest.notice(seqNominated))
	p := events.Proposal{Record: signed(d, m.policy.Genesis(), private("hill-head"))}
	var err error
	if p.Draft, err = events.Decode(p.Record); err != nil {
		panic(err)
	}
	return p
}

// diagnosis is what opening a directory finds: the sentinel and the event, and the checks of doctor that fail, in order.
type diagnosis struct {
	err    error // nil: it opens for writing
	seq    events.Seq
	doctor string
}

// readOnly opens a directory: the campaign is read-only for the reason and at the event, an append is refused, doctor says so, and afterwards nothing
// was stored beside what was there, nothing was signed, and the next opening says the same.
func (m *master) readOnly(t *testing.T, dir string, want diagnosis, stored map[uint64]string) {
	t.Helper()
	before, _ := os.ReadFile(pointFile(dir)) // there may be none
	for range 2 {
		c := m.later()
		h, campaign, err := opened(t, dir, c)
		if err != nil {
			t.Errorf("the campaign can't be opened: %v", err)
			h.Close()
			return
		}
		m.broken(t, campaign, want)
		_, err = campaign.Append(t.Context(), m.late(c.Now()))
		if !errors.Is(err, ledger.ErrReadOnly) || !errors.Is(err, want.err) {
			t.Errorf("an append: %v; want it refused as read-only, %v", err, want.err)
		}
		if said := h.Broken()[id]; !strings.Contains(said, want.err.Error()) {
			t.Errorf("the host says %q", said)
		}
		if got := examined(t, campaign); got != want.doctor {
			t.Errorf("doctor finds %q; want %q", got, want.doctor)
		}
		h.Close()
	}
	for place, msg := range storedMessages(t, dir) {
		if stored[place] != msg {
			t.Errorf("stream message %d is now %.300s", place, msg)
		}
	}
	if after, _ := os.ReadFile(pointFile(dir)); !bytes.Equal(before, after) && before != nil {
		t.Errorf("checkpoints were signed: %s", after)
	}
}

// broken compares why a campaign is read-only.
func (m *master) broken(t *testing.T, campaign *host.Campaign, want diagnosis) {
	t.Helper()
	err := campaign.Ledger.Broken()
	var at *ledger.BrokenError
	if !errors.Is(err, want.err) || !errors.As(err, &at) || at.Seq != want.seq {
		t.Errorf("it is broken by %v; want %v at event %d", err, want.err, want.seq)
	}
}

// takes opens a directory that the program finds nothing wrong with but what doctor names; an append succeeds.
func (m *master) takes(t *testing.T, dir, doctor string) {
	t.Helper()
	c := m.later()
	h, campaign, err := opened(t, dir, c)
	if err != nil {
		h.Close()
		t.Fatal(err)
	}
	defer h.Close()
	if err := campaign.Ledger.Broken(); err != nil {
		t.Errorf("it is broken by %v", err)
	}
	if got := examined(t, campaign); got != doctor {
		t.Errorf("doctor finds %q; want %q", got, doctor)
	}
	if _, err := campaign.Append(t.Context(), m.late(c.Now())); err != nil {
		t.Errorf("an append: %v", err)
	}
}

// examined is what doctor finds wrong: its checks with the events.
func examined(t *testing.T, campaign *host.Campaign) string {
	t.Helper()
	findings, err := campaign.Doctor(t.Context(), func(uint64, uint64) {})
	if err != nil {
		t.Fatal(err)
	}
	var bad []string
	for _, f := range findings {
		if f.OK {
			continue
		}
		text := f.Check
		if f.Seq != 0 {
			text += fmt.Sprint("@", f.Seq)
		}
		bad = append(bad, text)
	}
	return strings.Join(bad, " ")
}

// verified runs the verifier on a bundle under the auditor's policy, or another one; against are things that he kept.
func verified(t *testing.T, p *proof.Policy, bundle []byte, against ...[]byte) *verify.Report {
	t.Helper()
	o := verify.Options{Policy: p, Bundle: bytes.NewReader(bundle), Lang: "en"}
	for i, kept := range against {
		o.Against = append(o.Against, verify.Source{Name: fmt.Sprint("kept ", i+1), Reader: bytes.NewReader(kept)})
	}
	r, err := verify.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// allGood is the verdict on a bundle with nothing wrong.
const allGood = "authentic:ok complete:ok witnessed:ok timely:ok admitted:ok recomputed:ok"

// verdict is all that a report says: of each line ok, the event at fault, "failed" of no one event, - not reached, ? not checkable.
func verdict(r *verify.Report) string {
	var parts []string
	for _, l := range r.Lines {
		said := map[verify.Status]string{verify.OK: "ok", verify.NotReached: "-", verify.NotCheckable: "?", verify.Failed: "failed"}[l.Status]
		if l.Status == verify.Failed && l.Seq != 0 {
			said = fmt.Sprint(l.Seq)
		}
		if l.Name != verify.Unknowable {
			parts = append(parts, l.Name+":"+said)
		}
	}
	return strings.Join(parts, " ")
}

// finds verifies a bundle and compares the verdict; verify ends with status 3 exactly if a line failed.
func finds(t *testing.T, p *proof.Policy, bundle []byte, want string, against ...[]byte) *verify.Report {
	t.Helper()
	r := verified(t, p, bundle, against...)
	if got := verdict(r); got != want {
		t.Errorf("verify says\n%s; want\n%s", got, want)
		for _, l := range r.Lines {
			t.Logf("%s %s: %s", l.Name, l.Status, l.Text)
		}
	}
	if failed := r.Failure() != nil; failed == r.OK && !slices.ContainsFunc(r.Lines, func(l verify.Line) bool { return l.Status == verify.NotReached }) {
		t.Errorf("the report says ok: %t, and its first failure is %v", r.OK, r.Failure())
	}
	return r
}

// watcher is a witness, restored to what it had seen when the log had size events, that asks a server at an address.
func watcher(t *testing.T, m *master, name string, size uint64, address string, c *clock, peers ...string) *witness.Witness {
	t.Helper()
	dir := t.TempDir()
	if err := copyDir(filepath.Join(watchedDir(size), name), dir); err != nil {
		t.Fatal(err)
	}
	cfg := witnessConfig(dir, name, m.policy, address, c)
	t.Cleanup(cfg.Server.HTTP.CloseIdleConnections)
	for _, p := range peers {
		peer, err := client.Remote(p)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(peer.HTTP.CloseIdleConnections)
		cfg.Peers = append(cfg.Peers, peer)
	}
	w, err := witness.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// alarms does a round that ends in an alarm of a kind; its proofs are kept.
func alarms(t *testing.T, w *witness.Witness, kind witness.Kind, seq events.Seq) {
	t.Helper()
	if a := isAlarm(t, w.Once(t.Context()), kind, seq); a != nil && len(a.Files) == 0 {
		t.Errorf("%s kept no proof", w.Name())
	}
}

// isAlarm reports an error that is no alarm of a kind about an event. campaign witness ends with status 3 exactly if it is one.
func isAlarm(t *testing.T, err error, kind witness.Kind, seq events.Seq) *witness.Alarm {
	t.Helper()
	var a *witness.Alarm
	if !errors.As(err, &a) || a.Kind != kind || a.Seq != seq {
		t.Errorf("%v; want an alarm %s at event %d", err, kind, seq)
		return nil
	}
	return a
}

// good does a round in which nothing is wrong.
func good(t *testing.T, w *witness.Witness) {
	t.Helper()
	if err := w.Once(t.Context()); err != nil {
		t.Errorf("%s: %v", w.Name(), err)
	}
}

// listening is the address at which a witness answers others.
func listening(t *testing.T, w *witness.Witness) string {
	t.Helper()
	web := httptest.NewServer(w.Handler())
	t.Cleanup(web.Close)
	return web.URL
}
