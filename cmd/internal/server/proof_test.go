package server_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// rarely makes no checkpoint by the clock while a test runs.
var rarely = host.Config{CheckpointInterval: time.Hour}

// plain asks for a text and checks its form.
func (s *site) plain(path string, header ...string) answer {
	s.t.Helper()
	got := s.do(http.MethodGet, path, "", header...)
	if got.Code != http.StatusOK || got.Header.Get("Content-Type") != "text/plain; charset=utf-8" || got.Header.Get("Cache-Control") != "no-store" {
		s.t.Fatalf("GET %s: %d %v %s", path, got.Code, got.Header, got.Body)
	}
	return got
}

// policyAt is the policy that a server states at a campaign's path.
func (s *site) policyAt(path string) *proof.Policy {
	s.t.Helper()
	p, err := proof.ParsePolicy([]byte(s.plain(path + "/policy").Body))
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// checkpointAt waits until the newest checkpoint has a size, and opens it.
func (s *site) checkpointAt(path string, size uint64) (c *proof.Checkpoint) {
	s.t.Helper()
	policy := s.policyAt(path)
	waitFor(s.t, fmt.Sprintf("a checkpoint has %d events", size), func() bool {
		got := s.do(http.MethodGet, path+"/checkpoint", "")
		if got.Code != http.StatusOK {
			return false
		}
		var err error
		if c, err = proof.OpenCheckpoint([]byte(got.Body), policy); err != nil {
			s.t.Fatal(err)
		}
		return c.Size >= size
	})
	return c
}

// bundleAt reads a bundle to its end and returns how many events it has, and its notes.
func (s *site) bundleAt(path string, header ...string) (size uint64, notes [][]byte) {
	s.t.Helper()
	got := s.plain(path, header...)
	b, err := proof.NewBundleReader(strings.NewReader(got.Body))
	if err != nil {
		s.t.Fatal(err)
	}
	claims := 0
	for {
		item, err := b.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		switch {
		case err != nil:
			s.t.Fatal(err)
		case item.Commit != nil:
			size = uint64(item.Commit.First) + uint64(len(item.Commit.Records)) - 1
		case item.Checkpoint != nil:
			notes = append(notes, item.Checkpoint)
		case item.Standings != nil || item.Awards != nil:
			claims++
		}
	}
	if told := got.Header.Get(server.BundleSizeHeader); told != fmt.Sprint(size) || claims != 2 {
		s.t.Errorf("%s: a bundle of %s events has %d, and %d claims", path, told, size, claims)
	}
	return size, notes
}

const small = base + "/small"

// TestProofRoutes: everything that a witness or an auditor asks for, in its form, and all of it fits together.
func TestProofRoutes(t *testing.T) {
	t.Parallel()
	s := serve(t, openHost(t, rarely))
	s.open()
	s.checkpointAt(small, 1)
	s.append(draft("a", "x", 5) + "\n" + draft("a", "y", 5))
	size, notes := s.bundleAt(small + "/bundle") // which has a checkpoint made
	newest := s.checkpointAt(small, 3)
	if size != 3 || len(notes) != 2 || string(notes[1]) != string(newest.Marshal()) {
		t.Errorf("a bundle of %d events with %d notes", size, len(notes))
	}
	if size, _ := s.bundleAt(small + "/bundle?as_of=2"); size != 1 {
		t.Errorf("as of event 2 it has %d events", size)
	}
	policy := s.policyAt(small)
	if all := proof.SplitNotes([]byte(s.plain(small + "/checkpoints").Body)); len(all) != 2 {
		t.Errorf("%d checkpoints", len(all))
	}
	if later := proof.SplitNotes([]byte(s.plain(small + "/checkpoints?since=1").Body)); len(later) != 1 || string(later[0]) != string(notes[1]) {
		t.Errorf("%d checkpoints after event 1", len(later))
	}
	if none := s.plain(small + "/checkpoints?since=3").Body; none != "" {
		t.Errorf("after event 3: %q", none)
	}
	for seq, line := range parseLines(t, s.do(http.MethodGet, eventsPath, "").Body) {
		r, err := proof.OpenReceipt([]byte(s.plain(fmt.Sprintf("%s/events/%d/receipt", small, seq+1)).Body), policy)
		if err != nil || string(r.Record) != string(line.Record) || !r.Recorded.Equal(line.Recorded) {
			t.Errorf("event %d: %+v, %v", seq+1, r, err)
		}
	}
	first, err := proof.OpenCheckpoint(notes[0], policy)
	if err != nil {
		t.Fatal(err)
	}
	if err := proof.CheckGrowth(hashesOf(t, s.plain(small+"/growth?from=1&to=3").Body), 3, newest.Root, 1, first.Root); err != nil {
		t.Error(err)
	}
	if same := s.plain(small + "/growth?from=3&to=3").Body; same != "" {
		t.Errorf("no growth is %q", same)
	}
}

func hashesOf(t *testing.T, text string) (list []proof.Hash) {
	t.Helper()
	for line := range strings.Lines(text) {
		h, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(line, "\n"))
		if err != nil || len(h) != 32 {
			t.Fatalf("%q: %v", line, err)
		}
		list = append(list, proof.Hash(h))
	}
	return list
}

// TestProofErrors: each refusal has its status and code, and nothing of it changes anything.
func TestProofErrors(t *testing.T) {
	t.Parallel()
	s := serve(t, openHost(t, rarely))
	s.open()
	s.checkpointAt(small, 1)
	for _, test := range []struct {
		request, body string
		status        int
		code          string
	}{
		{"GET " + small + "/checkpoint?x=1", "", 400, "bad-request"},
		{"POST " + small + "/checkpoint", "", 405, "method"},
		{"GET " + base + "/other/checkpoint", "", 404, "no-campaign"},
		{"GET " + small + "/checkpoints?since=-1", "", 400, "bad-request"},
		{"GET " + small + "/checkpoints?since=99999999999", "", 400, "bad-request"},
		{"GET " + small + "/checkpoints?from=1", "", 400, "bad-request"},
		{"GET " + small + "/events/0/receipt", "", 400, "bad-request"},
		{"GET " + small + "/events/2/receipt", "", 400, "bad-request"},
		{"GET " + small + "/events/x/receipt", "", 400, "bad-request"},
		{"GET " + small + "/events/+1/receipt", "", 400, "bad-request"},
		{"GET " + small + "/events/18446744073709551616/receipt", "", 400, "bad-request"},
		{"GET " + small + "/events/1/receipt?x=1", "", 400, "bad-request"},
		{"GET " + small + "/growth", "", 400, "bad-request"},
		{"GET " + small + "/growth?from=0&to=1", "", 400, "bad-request"},
		{"GET " + small + "/growth?from=2&to=1", "", 400, "bad-request"},
		{"GET " + small + "/growth?from=1&to=2", "", 400, "bad-request"},
		{"GET " + small + "/growth?from=1&to=1&from=1", "", 400, "bad-request"},
		{"GET " + small + "/bundle?as_of=x", "", 400, "bad-request"},
		{"GET " + small + "/bundle?seq=1", "", 400, "bad-request"},
		{"GET " + small + "/cosignatures", "", 405, "method"},
		{"POST " + small + "/cosignatures", "", 422, "cosignature"},
		{"POST " + small + "/cosignatures", "no note", 422, "cosignature"},
		{"POST " + small + "/cosignatures?x=1", "no note", 400, "bad-request"},
		{"POST " + small + "/cosignatures", strings.Repeat("x", proof.MaxNoteBytes+1), 413, "too-big"},
		{"POST " + base + "/other/cosignatures", "no note", 404, "no-campaign"},
		{"POST " + small + "/policy", "no policy", 422, "policy"},
		{"POST " + small + "/policy", strings.Repeat("#", proof.MaxPolicyBytes+1), 413, "too-big"},
		{"GET " + small + "/doctor", "", 403, "machine"},
		{"POST " + eventsPath + "?receipt=yes", draft("a", "x", 1), 400, "bad-request"},
		{"POST " + eventsPath + "?receipt=true&receipt=true", draft("a", "x", 1), 400, "bad-request"},
	} {
		method, path, _ := strings.Cut(test.request, " ")
		s.do(method, path, test.body).expect(t, test.status, test.code)
		if t.Failed() {
			t.Fatal(test.request)
		}
	}
	s.do(http.MethodGet, small+"/doctor?x=1", "", as(token)...).expect(t, 400, "bad-request")
	s.do(http.MethodGet, base+"/other/doctor", "", as(token)...).expect(t, 404, "no-campaign")
	s.do(http.MethodPost, small+"/policy", s.plain(small+"/policy").Body, "X-Forwarded-For", "192.0.2.1").expect(t, 403, "owner")
	if got := parseLines(t, s.do(http.MethodGet, eventsPath, "").Body); len(got) != 1 {
		t.Errorf("%d events are stored", len(got))
	}
}

// TestCosignOverHTTP: a policy is adopted, a witness cosigns, and summary, page and receipts say so.
func TestCosignOverHTTP(t *testing.T) {
	t.Parallel()
	s := serve(t, openHost(t, rarely))
	s.open()
	newest := s.checkpointAt(small, 1)
	policy := s.policyAt(small)
	policy.Quorum, policy.Witnesses = 1, []proof.Witness{{Name: "w1", Key: events.PublicKeyOf(privateKey("w1", 1))}}
	for page, words := range map[string]string{"?lang=en": "no witnesses", "": "không có nhân chứng"} {
		if got := s.do(http.MethodGet, "/campaigns/small"+page, "").Body; !strings.Contains(got, words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	if got := s.do(http.MethodPost, small+"/policy", string(policy.Marshal())); got.Code != http.StatusOK || got.Body != string(policy.Marshal()) {
		t.Errorf("adopt: %d %s", got.Code, got.Body)
	}
	signer, err := proof.Cosigner("w1", privateKey("w1", 1))
	if err != nil {
		t.Fatal(err)
	}
	with, err := newest.Cosign(signer)
	if err != nil {
		t.Fatal(err)
	}
	const none = `{"size":1,"cosigned":0,"quorum":1,"witnesses":1,"quorate":0,"safe":true}`
	if got := s.do(http.MethodPost, small+"/cosignatures", string(newest.Marshal())); got.Code != http.StatusOK || got.Body != none+"\n" {
		t.Errorf("without a witness: %d %s", got.Code, got.Body)
	}
	want := strings.NewReplacer(`"cosigned":0`, `"cosigned":1`, `"quorate":0`, `"quorate":1`).Replace(none)
	if got := s.do(http.MethodPost, small+"/cosignatures", string(with.Marshal())); got.Code != http.StatusOK || got.Body != want+"\n" {
		t.Errorf("cosign: %d %s, want %s", got.Code, got.Body, want)
	}
	if got := s.do(http.MethodGet, small, "").Body; !strings.Contains(got, `"proof":`+want) {
		t.Errorf("the summary says %s", got)
	}
	if got := s.do(http.MethodGet, "/campaigns/small?lang=en", "").Body; !strings.Contains(got, "1 of 1 witnesses (it takes 1) stand behind event 1") {
		t.Error("the page does not name the quorum")
	}
	if got := s.plain(small + "/checkpoint").Body; got != string(with.Marshal()) {
		t.Errorf("the newest checkpoint is %s", got)
	}
	policy.Quorum = 0
	s.do(http.MethodPost, small+"/policy", string(policy.Marshal()))
	if got := s.do(http.MethodGet, "/campaigns/small?lang=en", "").Body; !strings.Contains(got, "witnesses: 1, no quorum is required") {
		t.Error("the page asks for a quorum that nobody requires")
	}
}

// TestAcknowledgements: asked for, each line carries a signed head that covers it; not asked for, the answer is what it always was.
func TestAcknowledgements(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, rarely), "year")
	one := s.record("b-head", "b", bonus("b", "x", 1))
	two := s.record("b-head", "b", bonus("b", "y", 1)) + "\n" + s.record("b-head", "b", bonus("b", "z", 1))
	policy := s.policyAt(s.path(""))
	for body, kind := range map[string]string{one: "application/json", two: "application/x-ndjson"} {
		given := s.do(http.MethodPost, s.path("/events?receipt=true"), body)
		plain := s.do(http.MethodPost, s.path("/events"), body) // sent again: the same receipts
		no := s.do(http.MethodPost, s.path("/events?receipt=false"), body)
		if given.Header.Get("Content-Type") != kind || plain.Header.Get("Content-Type") != kind || plain.Body != no.Body || strings.Contains(plain.Body, "checkpoint") {
			t.Errorf("%v %v\n%s", given.Header, plain.Header, plain.Body)
		}
		without := ""
		for line := range strings.Lines(given.Body) {
			var ack struct {
				Seq        uint64
				Checkpoint string
			}
			if err := json.Unmarshal([]byte(line), &ack); err != nil {
				t.Fatal(err)
			}
			if head, err := proof.OpenCheckpoint([]byte(ack.Checkpoint), policy); err != nil || head.Size < ack.Seq {
				t.Errorf("event %d has the head %+v, %v", ack.Seq, head, err)
			}
			without += line[:strings.Index(line, `,"checkpoint":`)] + "}\n"
		}
		if without != plain.Body {
			t.Errorf("without heads\n%s, plain\n%s", without, plain.Body)
		}
	}
}

// TestRefusalsOverHTTP: the problem of a refused signed body has the log's note on it, that of an unsigned one has none.
func TestRefusalsOverHTTP(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, rarely), "year")
	policy := s.policyAt(s.path(""))
	good, bad := s.record("b-head", "b", bonus("b", "x", 1)), s.record("b-head", "b", bonus("c", "x", 1))
	for _, body := range [][]string{{bad}, {good, bad}} {
		p := s.do(http.MethodPost, s.path("/events"), strings.Join(body, "\n")).expect(t, 422, "scorer")
		var records []events.Record
		for _, r := range body {
			records = append(records, events.Record(r))
		}
		r, err := proof.OpenRefusal(proof.KeepRefusal([]byte(p.Refusal), records), policy)
		if err != nil || r.Code != p.Code || r.Seq != opened || r.Reason != p.Detail {
			t.Errorf("%+v, %v", r, err)
		}
	}
	for name, body := range map[string]string{
		"unsigned": s.unsigned("b-head", "b", bonus("b", "x", 1)),
		"forged":   s.sign(privateKey("x", 1), s.genesis, s.draft("b-head", "b", bonus("b", "x", 1))),
		"no event": "{}",
	} {
		var p problem
		if got := s.do(http.MethodPost, s.path("/events"), body); decode(got.Body, &p) != nil || got.Code != 422 || p.Refusal != "" {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
}

// TestProofBehindVeil: of what is hidden there is a receipt without the record, which who has the record can complete, and no bundle has it.
func TestProofBehindVeil(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, rarely), "year")
	auditor := as(s.login("auditor"))
	s.toBallot()
	s.openBallot()
	last, _ := s.bundleAt(s.path("/bundle"))
	policy := s.policyAt(s.path(""))
	check := func(record wrapped, header []string, hidden bool) {
		t.Helper()
		text := []byte(s.plain(s.path(fmt.Sprintf("/events/%d/receipt", record.Seq)), header...).Body)
		if (bytes.Contains(text, []byte("\nextra "))) == hidden {
			t.Errorf("event %d, hidden %v: %s", record.Seq, hidden, text)
		}
		if _, err := proof.OpenReceipt(text, policy); (err != nil) != hidden {
			t.Errorf("event %d, hidden %v: %v", record.Seq, hidden, err)
		}
		r, err := proof.OpenReceipt(proof.WithLeaf(text, events.Record(record.Record), record.Recorded), policy)
		if err != nil || string(r.Record) != string(record.Record) || uint64(r.Seq) != record.Seq {
			t.Errorf("event %d, completed: %v", record.Seq, err)
		}
	}
	vote := s.say("b-council", "", &events.BallotCast{Ballot: "b1", Votes: []events.NomineeVote{{Unit: "c", Vote: events.VoteFor}}})
	check(vote, nil, true)
	check(vote, auditor, true) // a vote is hidden from everybody
	for _, header := range [][]string{nil, auditor} {
		if size, _ := s.bundleAt(s.path("/bundle"), header...); size != last {
			t.Errorf("with an open ballot a bundle has %d events, not %d", size, last)
		}
	}
	s.say("a-head", "", &events.BallotClosed{Ballot: "b1"})
	check(vote, nil, false)
	frozen := s.say("a-head", "", &events.StandingsFrozen{})
	hidden := s.say("a-head", "b", &events.CommendationRecorded{Kind: events.CommendAdHoc, Merit: events.Words{Text: "courage"}})
	check(frozen, nil, false)
	check(hidden, nil, true)
	check(hidden, auditor, false)
	s.checkpointAt(s.path(""), frozen.Seq)
	if size, _ := s.bundleAt(s.path("/bundle"), auditor...); size != hidden.Seq {
		t.Errorf("the auditor's bundle has %d events, not %d", size, hidden.Seq)
	}
	if size, _ := s.bundleAt(s.path("/bundle")); size > frozen.Seq || size < vote.Seq {
		t.Errorf("the public's bundle has %d events", size)
	}
	if got := s.plain(s.path("/bundle")); strings.Contains(got.Body, "courage") {
		t.Error("a bundle shows what is hidden")
	}
}

// TestDoctorOverHTTP: this machine may ask; the last line has the findings.
func TestDoctorOverHTTP(t *testing.T) {
	t.Parallel()
	s := serve(t, openHost(t, rarely))
	s.open()
	got := s.do(http.MethodGet, small+"/doctor", "", as(token)...)
	lines := strings.Split(strings.TrimSpace(got.Body), "\n")
	var last server.DoctorLine
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || got.Code != http.StatusOK || got.Header.Get("Content-Type") != "application/x-ndjson" {
		t.Fatalf("%d %s: %v", got.Code, got.Body, err)
	}
	for _, f := range last.Findings {
		if !f.OK {
			t.Errorf("%+v", f)
		}
	}
	if len(last.Findings) != 10 {
		t.Errorf("%s", got.Body)
	}
}

// TestProofOfBrokenLog: what was signed of a log that is read-only can still be had; nothing more is signed, and doctor says why.
func TestProofOfBrokenLog(t *testing.T) {
	t.Parallel()
	dir := writtenDir(t)
	foreign("hello", nil)(t, dir)
	s := serveAll(t, dir)
	newest := s.checkpointAt(small, broken)
	if newest.Size != broken {
		t.Errorf("signed up to %d", newest.Size)
	}
	if size, _ := s.bundleAt(small + "/bundle"); size != broken {
		t.Errorf("the bundle has %d events", size)
	}
	if _, err := proof.OpenReceipt([]byte(s.plain(fmt.Sprintf("%s/events/%d/receipt", small, broken)).Body), s.policyAt(small)); err != nil {
		t.Error(err)
	}
	if p := s.do(http.MethodPost, eventsPath+"?receipt=true", draft("b", "late", 1)).expect(t, 409, "read-only"); p.Refusal != "" {
		t.Errorf("%+v", p)
	}
	if got := s.do(http.MethodGet, small+"/doctor", "", as(token)...); got.Code != http.StatusOK || !strings.Contains(got.Body, `{"check":"log","ok":false,"count":12,`) {
		t.Errorf("doctor: %d %s", got.Code, got.Body)
	}
}

// TestBundleOfStuckReader: who stops reading a bundle is dropped and gives the place back; others are served all the while.
func TestBundleOfStuckReader(t *testing.T) {
	t.Parallel()
	s := serve(t, openHost(t, rarely), func(s *server.Server) { s.WriteTimeout = 200 * time.Millisecond })
	s.open()
	evidence := `,"evidence":"` + strings.Repeat("x", 8000) + `"}`
	for w := range 10 { // some 8 MB, more than the system's buffers hold
		var body strings.Builder
		for n := range 100 {
			body.WriteString(strings.Replace(draft("a", fmt.Sprintf("w%d-%d", w, n), 1), `"}}`, `"`+evidence+"}", 1) + "\n")
		}
		s.append(body.String())
	}
	const more = 9 // than there are places
	var stuck []string
	for range more {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(c, "GET %s/bundle HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", small); err != nil {
			t.Fatal(err)
		}
		stuck = append(stuck, c.LocalAddr().String())
	}
	for _, addr := range stuck {
		waitFor(t, "the stuck readers are dropped", func() bool { _, gone := s.closed.Load(addr); return gone })
	}
	if size, _ := s.bundleAt(small + "/bundle"); size != 1001 {
		t.Errorf("the bundle has %d events", size)
	}
}

// TestReceiptsOfMany: a long body's receipts are all under one head.
func TestReceiptsOfMany(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, rarely), "year")
	var body []string
	for n := range 200 {
		body = append(body, s.record("b-head", "b", bonus("b", "m"+strconv.Itoa(n), 1)))
	}
	got := s.do(http.MethodPost, s.path("/events?receipt=true"), strings.Join(body, "\n"))
	heads := map[string]bool{}
	for line := range strings.Lines(got.Body) {
		var ack struct{ Checkpoint string }
		if err := json.Unmarshal([]byte(line), &ack); err != nil {
			t.Fatal(err)
		}
		heads[ack.Checkpoint] = true
	}
	if got.Code != http.StatusOK || len(heads) != 1 || heads[""] {
		t.Errorf("%d; %d heads", got.Code, len(heads))
	}
}
