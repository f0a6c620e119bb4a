package server_test

import (
	"crypto/sha256"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
)

// page is a page's HTML, which must be there.
func (s *site) page(path string) string {
	s.t.Helper()
	got := s.do(http.MethodGet, path, "", "Accept", "text/html")
	if got.Code != http.StatusOK {
		s.t.Fatalf("%s: %d %s", path, got.Code, got.Body)
	}
	if found := inline.FindString(got.Body); found != "" {
		s.t.Errorf("%s has %q, which the policy blocks", path, found)
	}
	return got.Body
}

// listed are the sequences that a page lists, in its order.
func listed(page string) (list []string) {
	for _, m := range regexp.MustCompile(`<li id="e(\d+)"`).FindAllStringSubmatch(page, -1) {
		list = append(list, m[1])
	}
	return list
}

// expectAll checks that a page has texts.
func expectAll(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %q:\n%s", text, page)
		}
	}
}

// TestLogPages: who follows the links comes past every event once, in either order, and back again.
func TestLogPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const marks = 120
	var body []string
	for n := range marks {
		body = append(body, draft("b", fmt.Sprint("s", n), 1))
	}
	s.append(strings.Join(body, "\n"))
	next := regexp.MustCompile(`href="([^"]*)" rel="(next|prev)"`)
	for _, order := range []string{"", "?order=oldest"} {
		var want, got, back []string
		for seq := 1; seq <= marks+1; seq++ {
			want = append(want, fmt.Sprint(seq))
		}
		if order == "" {
			slices.Reverse(want)
		}
		follow := func(path, rel string) string {
			for _, m := range next.FindAllStringSubmatch(s.page(path), -1) {
				if m[2] == rel {
					return html.UnescapeString(m[1])
				}
			}
			return ""
		}
		last := ""
		for path := "/campaigns/small/log" + order; path != ""; path = follow(path, "next") {
			got, last = append(got, listed(s.page(path))...), path
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s lists %v", order, got)
		}
		for path := last; path != ""; path = follow(path, "prev") {
			back = append(listed(s.page(path)), back...)
		}
		if !slices.Equal(back, want) {
			t.Errorf("%s lists on the way back %v", order, back)
		}
	}
}

// TestLogFilters: what is asked for and no more, in the reader's language, hostile titles included.
func TestLogFilters(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.append(draft("a", "x", 5))   // 2
	s.append(single("b", "y", 7))  // 3
	s.append(draft("d", "x", 1.0)) // 4
	for query, want := range map[string]string{"": "4 3 2 1", "?unit=b": "3", "?criterion=S": "3", "?type=campaign.opened": "1", "?author=x": "4 2",
		"?from=2000-01-01&to=2000-12-31": "", "?from=2000-01-01": "4 3 2 1", "?order=oldest&type=score.entered": "2 3 4", "?before=3": "2 1", "?after=2": "4 3", "?as_of=2": "2 1"} {
		if got := strings.Join(listed(s.page("/campaigns/small/log"+query)), " "); got != want {
			t.Errorf("%s lists %q, not %q", query, got, want)
		}
	}
	expectAll(t, s.page("/campaigns/small/log?type=tie.decided&lang=en"), "No event is like that", `<option value="tie.decided" selected>`)
	expectAll(t, s.page("/campaigns/small/log?type=tie.decided"), "Không có sự kiện nào như vậy")
	expectAll(t, s.page("/campaigns/small/log?lang=en"), "&lt;img src=x onerror", `href="/campaigns/small/events/2?lang=en"`)
}

// TestEventPage: a record's bytes, its signature and its proof are shown, and the events that it has to do with.
func TestEventPage(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	first := s.record("b-head", "b", points("G", "b", 3))
	was := s.append(first)[0]
	d, err := events.Decode(events.Record(first))
	if err != nil {
		t.Fatal(err)
	}
	again := points("G", "b", 4)
	again.Supersedes, again.Reason = d.ID, "counted <again>"
	now := s.say("b-head", "b", again)
	page := s.page(fmt.Sprintf("/campaigns/trial/events/%d?lang=en", was.Seq))
	leaf := events.LeafHash(events.Record(was.Record), was.Recorded)
	expectAll(t, page, html.EscapeString(string(was.Record)), fmt.Sprintf("%x", sha256.Sum256(was.Record)), fmt.Sprintf("%x", leaf), "the signature is good",
		events.PublicKeyOf(privateKey("b-head", 1)).Fingerprint(), d.Signature, "campaign-ledger/event/v1⏎\n"+s.genesis+"⏎", "c2sp.org/tlog-proof@v1", "curl -o trial-",
		fmt.Sprintf(`<span class="badge warn">replaced by event %d</span>`, now.Seq), "counted &lt;again&gt;", fmt.Sprintf("/events/%d/receipt", was.Seq))
	if got := listed(page); !slices.Contains(got, fmt.Sprint(now.Seq)) {
		t.Errorf("the page lists %v", got)
	}
	if got := listed(s.page(fmt.Sprintf("/campaigns/trial/events/%d", now.Seq))); !slices.Equal(got, []string{fmt.Sprint(was.Seq)}) {
		t.Errorf("the page of the new entry lists %v", got)
	}
	expectAll(t, s.page("/campaigns/trial/events/1?lang=en"), events.NoGenesis, "<details><summary>Show the record")
	// A key that was replaced: its signatures stay good.
	next := privateKey("b-head", 2)
	s.say("b-officer", "b", points("E", "b", 3))
	rekeyed := s.say("b-head", "b", &events.MemberRekeyed{Member: "b-head", Key: events.PublicKeyOf(next), Proof: events.ProvePossession(next, s.genesis, "b-head"), Reason: "lost"})
	if strings.Contains(s.page(fmt.Sprintf("/campaigns/trial/events/%d?lang=en", was.Seq)), "No key is found") {
		t.Error("no key is found for a signature that was good")
	}
	expectAll(t, s.page(fmt.Sprintf("/campaigns/trial/events/%d?lang=en", rekeyed.Seq)), "the signature is good")
}

// TestUnsignedEventPage: it says that nobody signed.
func TestUnsignedEventPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.append(draft("a", "x", 5))
	expectAll(t, s.page("/campaigns/small/events/2?lang=en"), "no signature", "whoever reached the server", "Proof that the log includes it")
	expectAll(t, s.page("/campaigns/small/awards?lang=en"), "An unsigned campaign has no nominations")
	expectAll(t, s.page("/campaigns/small/documents?lang=en"), "No document is logged yet", "Score sheets")
}

// TestAwardPages: what is behind an award, from the regulation to the ballot, in numbered sections that the contents list.
func TestAwardPages(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	s.toBallot()
	s.openBallot()
	s.say("b-council", "", &events.BallotCast{Ballot: "b1", Votes: []events.NomineeVote{{Unit: "c", Vote: events.VoteFor}}})
	s.say("a-head", "", &events.BallotClosed{Ballot: "b1"})
	expectAll(t, s.page("/campaigns/trial/awards?lang=en"), `href="/campaigns/trial/awards/flag?cluster=one&amp;lang=en"`, "1 nominated", "c?", `<span class="badge live">carried</span>`)
	page := s.page("/campaigns/trial/awards/flag?lang=en")
	var numbers []string
	for _, m := range regexp.MustCompile(`<h2 id="h-([a-z]+)"><span class="no">(\d+)\.`).FindAllStringSubmatch(page, -1) {
		numbers = append(numbers, m[2])
		expectAll(t, page, `<a href="#`+m[1]+`">`)
	}
	if got := strings.Join(numbers, " "); got != "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15" {
		t.Errorf("the sections are numbered %s", got)
	}
	expectAll(t, page, `<table class="marks">`, "Hints, not findings", "A diagnostic, not the official result", "Who really holds a key", "7 points", "for c")
	expectAll(t, s.page("/campaigns/trial/awards/flag"), "Gợi ý, không phải kết luận", "Chỉ để tham khảo, không thay kết quả chính thức", "7 điểm")
	early := s.page("/campaigns/trial/awards/flag?as_of=10&lang=en")
	expectAll(t, early, "There is no nomination yet", "By the log up to event 10,")
}

// TestAuditPageErrors: what there is not, and what can't be asked for.
func TestAuditPageErrors(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.append(draft("a", "x", 5))
	for _, test := range []struct {
		request string
		status  int
		code    string
	}{
		{"GET " + base + "/small/documents/nothing", 422, "option"},
		{"GET " + base + "/small/documents/points-csv?cluster=zz", 422, "option"},
		{"GET " + base + "/small/documents/points-csv?unit=a", 422, "option"},
		{"GET " + base + "/small/documents/sheet?unit=Z+Z&level=score", 422, "option"},
		{"GET " + base + "/small/documents/sheet?unit=a&level=none", 422, "option"},
		{"GET " + base + "/small/documents/pact", 422, "no-pact"},
		{"GET " + base + "/small/documents/summary?as_of=99", 400, "bad-request"},
		{"GET " + base + "/small/documents?as_of=1", 400, "bad-request"},
		{"GET /campaigns/small/log?order=random", 400, "bad-request"},
		{"GET /campaigns/small/log?before=0", 400, "bad-request"},
		{"GET /campaigns/small/log?after=x", 400, "bad-request"},
		{"GET /campaigns/small/log?from=today", 400, "bad-request"},
		{"GET /campaigns/small/log?type=no.such", 400, "bad-request"},
		{"GET /campaigns/small/log?unit=zz", 422, "unknown-unit"},
		{"GET /campaigns/small/events/0", 404, "not-found"},
		{"GET /campaigns/small/events/99", 404, "not-found"},
		{"GET /campaigns/small/events/x", 404, "not-found"},
		{"GET /campaigns/small/events/2?as_of=1", 404, "not-found"},
		{"GET /campaigns/small/awards/none", 404, "not-found"},
		{"GET /campaigns/small/units/zz", 404, "not-found"},
		{"GET /campaigns/other/documents", 404, "no-campaign"},
	} {
		method, path, _ := strings.Cut(test.request, " ")
		s.do(method, path, "").expect(t, test.status, test.code)
		if t.Failed() {
			t.Fatal(test.request)
		}
	}
}
