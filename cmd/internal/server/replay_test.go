package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestReplayWithoutScript: every state has an address, and the page says everything by itself, in both languages.
func TestReplayWithoutScript(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.append(strings.Replace(draft("b", "x", 962), `"962"`, `"962.5"`, 1)) // 2
	s.append(draft("a", "y", 7))                                           // 3
	s.append(draft("b", "z", 1))                                           // 4: moves nobody
	s.append(draft("a", "z", 990))                                         // 5
	page := func(query string) string {
		t.Helper()
		got := s.do(http.MethodGet, "/campaigns/small/replay"+query, "")
		if got.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", query, got.Code, got.Body)
		}
		return got.Body
	}
	for query, want := range map[string][]string{
		"": {`<html lang="vi">`, `name="as_of" id="range" min="1" max="5" value="5"`, "997,00", ">Tạm tính<", `<span class="up">▲ 2 → 1</span></li>`,
			`id="move-back" href="/campaigns/small/replay?as_of=3"`, "mở chiến dịch"},
		"?lang=en&as_of=4": {`<html lang="en">`, `value="4"`, "963.50", ">Historical<", "This event changes no rank.", `id="move-on" href="/campaigns/small/replay?as_of=5&amp;lang=en"`,
			`id="move-back" href="/campaigns/small/replay?as_of=3&amp;lang=en"`, `href="/campaigns/small/events/4?as_of=4&amp;lang=en"`, "the campaign is opened"},
		"?lang=en&as_of=1":          {">Historical<", `id="forward" href="/campaigns/small/replay?as_of=2&amp;lang=en"`, `aria-label="A line for the rank of each unit (3 in all)`},
		"?lang=en&as_of=2099-01-01": {`value="5"`, ">Provisional<"},
		"?lang=en&units=a":          {"The chart shows the units chosen: 1 of 3."},
	} {
		got := page(query)
		for _, text := range want {
			if !strings.Contains(got, text) {
				t.Errorf("%s lacks %q:\n%s", query, text, got)
			}
		}
		rank := regexp.MustCompile(`<tr data-unit="(\w)"><td class="rank">(\d)</td>`).FindAllStringSubmatch(got, -1)
		if len(rank) != 3 {
			t.Errorf("%s has %d rows", query, len(rank))
		}
	}
	if first := page("?as_of=1"); strings.Contains(first, `id="back"`) || strings.Contains(first, `id="move-back"`) {
		t.Error("there is something before the first event")
	}
	if last := page("?as_of=5"); strings.Contains(last, `id="forward"`) || strings.Contains(last, `id="move-on"`) {
		t.Error("there is something after the last event")
	}
}

// TestReplayUnits: what is chosen for the chart comes back in every link, so that it is refused where it is no choice of units.
func TestReplayUnits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const path = "/campaigns/small/replay?units="
	for _, units := range []string{strings.Repeat("x", 10_000), "a,%3Cb%3E", strings.Repeat("a,", 61), strings.Repeat(",", 10_000)} {
		s.do(http.MethodGet, path+units, "").expect(t, http.StatusBadRequest, "bad-request")
	}
	for _, units := range []string{"a,+b", ",a,,", "zz", strings.Repeat("a,", 60)} {
		if got := s.do(http.MethodGet, path+units, ""); got.Code != http.StatusOK {
			t.Errorf("%s: %d %s", units, got.Code, got.Body)
		}
	}
}

// TestTimelinePages: the moves come page by page, to the last.
func TestTimelinePages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range 7 {
		s.append(draft(string("ab"[i%2]), fmt.Sprintf("x%d", i), 10*(i+1)))
	}
	var moves []uint64
	for next := uint64(0); ; {
		var answer struct {
			Format, Seq int
			Signed      bool
			Zone        string
			Clusters    []struct {
				ID    string
				Units []string
				Step  int
				Moves int
				Days  []struct {
					Day    string
					Ranks  []int
					Points []string
				}
			}
			Marks []struct{ Kind string }
			Moves []struct {
				Seq   uint64
				Ranks []struct{ From, To int }
			}
			Next uint64
		}
		body := s.do(http.MethodGet, fmt.Sprintf("%s/small/timeline?limit=3&after=%d", base, next), "").Body
		if err := json.Unmarshal([]byte(body), &answer); err != nil {
			t.Fatal(err)
		}
		c := answer.Clusters[0]
		if answer.Format != 1 || answer.Seq != 8 || c.Moves != 7 || len(c.Days) == 0 || len(c.Days[0].Ranks) != 3 || len(c.Days[0].Points) != 3 || answer.Marks[0].Kind != "opened" {
			t.Fatalf("%s", body)
		}
		for _, m := range answer.Moves {
			if moves = append(moves, m.Seq); len(m.Ranks) == 0 {
				t.Errorf("%+v moves nobody", m)
			}
		}
		if next = answer.Next; next == 0 {
			break
		}
	}
	if got := fmt.Sprint(moves); got != "[2 3 4 5 6 7 8]" {
		t.Errorf("moves %s", got)
	}
}

func TestReplayErrors(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.append(draft("a", "x", 5))
	for _, test := range []struct {
		path   string
		status int
		code   string
	}{
		{base + "/small/timeline?cluster=zz", 422, "unknown-cluster"},
		{base + "/small/timeline?limit=0", 400, "bad-request"},
		{base + "/small/timeline?limit=201", 400, "bad-request"},
		{base + "/small/timeline?after=x", 400, "bad-request"},
		{base + "/small/timeline?as_of=1", 400, "bad-request"},
		{"/campaigns/small/replay?cluster=zz", 422, "unknown-cluster"},
		{"/campaigns/small/replay?as_of=3", 400, "bad-request"},
		{"/campaigns/small/replay?as_of=2016-01-01", 400, "bad-request"},
		{"/campaigns/small/replay?speed=3", 400, "bad-request"},
		{"/campaigns/other/replay", 404, "no-campaign"},
	} {
		p := s.do(http.MethodGet, test.path, "").expect(t, test.status, test.code)
		if t.Failed() {
			t.Fatalf("%s: %+v", test.path, p)
		}
	}
}
