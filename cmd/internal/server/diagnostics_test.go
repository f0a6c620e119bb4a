package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"campaignledger/cmd/internal/host"
	"campaignledger/projections"
)

// diagnosed is a site where b leads a by ten points: 20 of x for b, 10 of y for a.
func diagnosed(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	s.append(draft("b", "x", 20) + "\n" + draft("a", "y", 10))
	return s
}

func TestDiagnostics(t *testing.T) {
	t.Parallel()
	s := diagnosed(t)
	got := s.do(http.MethodGet, base+"/small/stability?lang=en&pairs=1", "")
	var stability projections.Stability
	if err := json.Unmarshal([]byte(got.Body), &stability); err != nil || got.Header.Get("ETag") == "" {
		t.Fatalf("%v: %v %s", err, got.Header, got.Body)
	}
	p := stability.Clusters[0].Pairs
	if len(p) != 1 || p[0].Mark == nil || p[0].Mark.To != "20.01" || p[0].Lower.Unit != "a" || stability.Official || stability.Clusters[0].Next != 2 {
		t.Errorf("%s", got.Body)
	}
	if again := s.do(http.MethodGet, base+"/small/stability?lang=en&pairs=1", "", "If-None-Match", got.Header.Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("the same again: %d", again.Code)
	}
	var scorers projections.Scorers
	got = s.do(http.MethodGet, base+"/small/scorers", "")
	if err := json.Unmarshal([]byte(got.Body), &scorers); err != nil || len(scorers.Clusters[0].Scorers) != 5 || scorers.Official {
		t.Fatalf("%v: %s", err, got.Body)
	}
	// As of an earlier event a has nothing, and what came since shows again without it.
	past := s.do(http.MethodGet, base+"/small/stability?lang=en&as_of=2", "")
	if !strings.Contains(past.Body, `"seq":2,`) || strings.Contains(past.Body, `"10.00"`) {
		t.Errorf("as of event 2: %s", past.Body)
	}
	s.append(draft("d", "x", 15))
	if now := s.do(http.MethodGet, base+"/small/stability?lang=en&pairs=1", ""); !strings.Contains(now.Body, `"lower":{"unit":"d"`) {
		t.Errorf("after an event: %s", now.Body)
	}
}

// TestDiagnosticPages: they say that they are diagnostics, tell the findings in sentences in both languages, link what they speak of, and
// keep the policy whatever a title holds.
func TestDiagnosticPages(t *testing.T) {
	t.Parallel()
	s := diagnosed(t)
	for path, want := range map[string][]string{
		"stability?pairs=1": {"Chỉ để tham khảo, không thay kết quả chính thức.", "điểm của y cho &#34;&gt;&lt;img src=x onerror=alert(1)&gt; ở I là 20,01 thay vì 10", `<td class="num">&#43;10,01</td>`,
			`href="/campaigns/small/events/3"`, `href="/campaigns/small/units/b?cluster=c"`, `href="/campaigns/small/stability?pairs=2-2"`, "không có"},
		"stability?lang=en": {"A diagnostic, not the official result.", "(20.01) would stand above Bee (20.00)", "No single weight, changed alone, would put Dee above",
			`href="/campaigns/small/compare?cluster=c&amp;lang=en&amp;other=a&amp;unit=b"`},
		"scorers":         {"Chỉ để tham khảo, không thay kết quả chính thức.", "Lệch trung bình", "không so"},
		"scorers?lang=en": {"A diagnostic, not the official result.", "No unit has another rank", "not compared"},
	} {
		got := s.do(http.MethodGet, "/campaigns/small/"+path, "")
		for _, text := range want {
			if !strings.Contains(got.Body, text) {
				t.Errorf("%s lacks %q:\n%s", path, text, got.Body)
			}
		}
		if found := inline.FindString(got.Body); got.Code != http.StatusOK || found != "" {
			t.Errorf("%s: %d, %q", path, got.Code, found)
		}
	}
}

// TestDiagnosticPagesOfNothing: a campaign without marks has pages too.
func TestDiagnosticPagesOfNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, openHost(t, host.Config{}))
	s.open()
	for path, want := range map[string]string{"stability?lang=en": "share a rank", "scorers?lang=en": "No marks of others yet."} {
		if got := s.do(http.MethodGet, "/campaigns/small/"+path, ""); got.Code != http.StatusOK || !strings.Contains(got.Body, want) {
			t.Errorf("%s: %d\n%s", path, got.Code, got.Body)
		}
	}
}

func TestDiagnosticErrors(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, test := range []struct {
		request string
		status  int
		code    string
	}{
		{"GET " + base + "/small/stability?cluster=zz", 422, "unknown-cluster"},
		{"GET " + base + "/small/stability?pairs=1-21", 422, "range"},
		{"GET " + base + "/small/stability?as_of=99", 400, "bad-request"},
		{"GET " + base + "/small/stability?unit=a", 400, "bad-request"},
		{"GET " + base + "/small/scorers?cluster=zz", 422, "unknown-cluster"},
		{"GET " + base + "/small/scorers?unit=zz", 422, "unknown-unit"},
		{"GET /campaigns/small/stability?pairs=0", 422, "range"},
		{"GET /campaigns/small/scorers?cluster=zz", 422, "unknown-cluster"},
	} {
		method, path, _ := strings.Cut(test.request, " ")
		s.do(method, path, "").expect(t, test.status, test.code)
		if t.Failed() {
			t.Fatal(test.request)
		}
	}
}
