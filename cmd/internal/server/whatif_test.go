package server_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
	"campaignledger/projections"
)

// TestWhatIf: what would be stands beside the official standings, which stay, and no record is made of it.
func TestWhatIf(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.append(draft("b", "x", 6) + "\n" + draft("a", "y", 4) + "\n" + draft("a", "x", 4))
	official := s.do(http.MethodGet, base+"/small/standings", "").Body
	nothing := s.do(http.MethodGet, base+"/small/whatif", "").Body
	if !strings.Contains(nothing, `,"standings":`+strings.TrimSuffix(official, "\n")+`}}`) || !strings.HasPrefix(nothing, `{"format":1,"official":false,"whatIf":{`) {
		t.Errorf("nothing is assumed: %s\nofficial: %s", nothing, official)
	}
	var answer struct {
		Official *bool
		WhatIf   struct {
			Changes []projections.RankChange
			Dropped int
		}
	}
	const path = base + "/small/whatif?without=y&weight=I:2"
	got := s.do(http.MethodGet, path, "")
	if err := json.Unmarshal([]byte(got.Body), &answer); err != nil {
		t.Fatal(err)
	}
	changes := answer.WhatIf.Changes
	if answer.Official == nil || *answer.Official || answer.WhatIf.Dropped != 1 || len(changes) != 2 || changes[0].Unit != "a" || changes[0].To != 2 || changes[1].PointsThen != "12.00" {
		t.Errorf("%s", got.Body)
	}
	if tag := got.Header.Get("ETag"); tag == "" || s.do(http.MethodGet, path, "", "If-None-Match", tag).Code != http.StatusNotModified {
		t.Errorf("headers %v", got.Header)
	}
	if again := s.do(http.MethodGet, base+"/small/standings", "").Body; again != official {
		t.Errorf("the standings changed to %s", again)
	}
}

func TestWhatIfErrors(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, test := range []struct {
		path   string
		status int
		code   string
	}{
		{base + "/small/whatif?wieght=I:1", 400, "bad-request"},
		{base + "/small/whatif?weight=I:1&weight=I:2", 400, "bad-request"},
		{base + "/small/whatif?weight=I", 422, "what-if"},
		{base + "/small/whatif?weight=I:9999999", 422, "what-if"},
		{base + "/small/whatif?weight=Z:1", 422, "unknown-leaf"},
		{base + "/small/whatif?without=nobody", 422, "unknown-scorer"},
		{base + "/small/whatif?aggregate=best", 422, "what-if"},
		{base + "/small/whatif?cluster=zz", 422, "unknown-cluster"},
		{base + "/small/whatif?as_of=99", 400, "bad-request"},
		{base + "/other/whatif", 404, "no-campaign"},
	} {
		if p := s.do(http.MethodGet, test.path, "").expect(t, test.status, test.code); t.Failed() {
			t.Fatalf("%s: %+v", test.path, p)
		}
	}
}

// TestWhatIfPage: the form is an address, the result says what it is, and the official standings stand beside it.
func TestWhatIfPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.append(draft("b", "x", 6) + "\n" + draft("a", "y", 4) + "\n" + draft("a", "x", 4))
	const page = "/campaigns/small/whatif"
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	sent := s.do(http.MethodGet, page+"?lang=vi&as_of=&weight.I=1%2C5&weight.S=&without.y=1&aggregate=&aggregate.S=median", "")
	const address = page + "?aggregate=S:median&lang=vi&weight=I:1.5&without=y"
	if sent.Code != http.StatusSeeOther || sent.Header.Get("Location") != address {
		t.Fatalf("%d to %s", sent.Code, sent.Header.Get("Location"))
	}
	vi, en := s.do(http.MethodGet, address, "").Body, s.do(http.MethodGet, strings.Replace(address, "lang=vi", "lang=en", 1), "").Body
	for body, want := range map[string][]string{
		vi: {"Giả định: không phải kết quả chính thức", "hệ số của I one là 1,5 thay vì 1", "bỏ 1 điểm chấm của y", `name="weight.I" value="1,5" placeholder="1"`, `name="weight.S" value=""`,
			`name="without.y" value="1" checked`, `name="aggregate.S" value="median"`, ">▲1<", "lên hạng", ">▼1<", "xuống hạng", `href="/campaigns/small"`},
		en: {"What-if: not the official result", "the weight of I one is 1.5 instead of 1", "left out: 1 mark by y", `value="1.5"`, ">▲1<", "up to rank", ">▼1<", "down to rank", `<td class="num">9.00</td><td class="num quiet">6.00</td>`,
			`href="/campaigns/small?lang=en"`, "What-if, not official"},
	} {
		for _, text := range want {
			if !strings.Contains(body, text) {
				t.Errorf("the page lacks %q:\n%s", text, body)
			}
		}
	}
	if plain := s.do(http.MethodGet, page+"?lang=en", "").Body; !strings.Contains(plain, "the table below is the official one") || !strings.Contains(plain, "<details class=\"assume noprint\" open>") {
		t.Errorf("nothing is assumed:\n%s", plain)
	}
}

// TestWhatIfPageKeepsWhatWasGiven: what can't be worked out is said above the form, which is filled in as it was.
func TestWhatIfPageKeepsWhatWasGiven(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const page = "/campaigns/small/whatif"
	for _, query := range []string{"?weight=I:x%22%3E%3Cb%3E", "?weight=Z:1", "?without=nobody", "?aggregate=best", "?weight=I"} {
		got := s.do(http.MethodGet, page+query, "", "Accept", "text/html")
		if got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body, `role="alert"`) || !strings.Contains(got.Body, "<form class=\"assume\"") || strings.Contains(got.Body, "<b>\"") ||
			strings.Contains(got.Body, "whatif-table") {
			t.Errorf("%s: %d\n%s", query, got.Code, got.Body)
		}
	}
	if got := s.do(http.MethodGet, page+"?weight=I:x%22%3E%3Cb%3E", "").Body; !strings.Contains(got, `value="x&#34;&gt;&lt;b&gt;"`) {
		t.Errorf("the form lost what was given:\n%s", got)
	}
	for query, code := range map[string]string{"?weight.=1": "bad-request", "?wieght.I=1": "bad-request", "?weight.I=1&weight.I=2": "bad-request", "?as_of=99": "bad-request"} {
		s.do(http.MethodGet, page+query, "").expect(t, http.StatusBadRequest, code)
	}
	s.do(http.MethodGet, page+"?cluster=zz", "").expect(t, http.StatusUnprocessableEntity, "unknown-cluster")
}

// stuck is a reader that takes nothing until it is let go.
type stuck struct {
	*httptest.ResponseRecorder
	writing chan<- struct{}
	release <-chan struct{}
}

func (s stuck) Write(b []byte) (int, error) {
	s.writing <- struct{}{}
	<-s.release
	return s.ResponseRecorder.Write(b)
}

// TestWhatIfSlowReaders: readers that do not take their answers keep nobody from asking.
func TestWhatIfSlowReaders(t *testing.T) {
	t.Parallel()
	h := openHost(t, host.Config{})
	serve(t, h).open()
	handler := (&server.Server{Host: h, Log: zerolog.Nop()}).Handler()
	const readers = 20 // more than there are places
	for _, path := range []string{base + "/small/whatif", "/campaigns/small/whatif"} {
		writing, release := make(chan struct{}), make(chan struct{})
		var all sync.WaitGroup
		for range readers {
			all.Go(func() {
				r := httptest.NewRequest(http.MethodGet, path, nil)
				r.Host = "localhost"
				handler.ServeHTTP(stuck{httptest.NewRecorder(), writing, release}, r)
			})
			<-writing
		}
		got := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = "localhost"
		if handler.ServeHTTP(got, r); got.Code != http.StatusOK {
			t.Errorf("%s beside %d readers that take nothing: %d %s", path, readers, got.Code, got.Body)
		}
		close(release)
		all.Wait()
	}
}
