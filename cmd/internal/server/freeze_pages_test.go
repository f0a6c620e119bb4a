package server_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// What pages may tell more of during a freeze: who reads, how many events are hidden, and the newest proof of what is shown.
var (
	maskLog   = regexp.MustCompile(`<span class="badge">(reading as|đọc với tư cách) [^<]*</span>|<form class="leave".*?</form>|<p class="whatif" id="hidden">.*</p>`)
	maskFiles = regexp.MustCompile(`<span class="badge">(reading as|đọc với tư cách) [^<]*</span>|<form class="leave".*?</form>|<td>(<code>[0-9a-f]{64}</code>|<span class="hint">[^<]*</span>)</td></tr>`) // somebody made the file meanwhile
	maskEvent = regexp.MustCompile(`(?s)<span class="badge">reading as [^<]*</span>|<form class="leave".*?</form>|<section id="proof">.*</section>`)
)

// auditPages are the outputs of the log, of events, awards and documents: pages, and the files that they link to.
func (s *signedSite) auditPages() (list []output) {
	at := func(route, value, query string, mask *regexp.Regexp) output {
		_, pattern, _ := strings.Cut(route, " ")
		path := regexp.MustCompile(`\{(seq|award|kind)\}`).ReplaceAllString(strings.Replace(pattern, "{id}", s.id, 1), value) + query
		return output{route, value + query, mask, func(r reader) string {
			got := s.do(http.MethodGet, path, "", r.header...)
			return got.text() + fmt.Sprint(got.Header.Values("Campaign-Seq"), got.Header.Values("Campaign-Genesis"), got.Header.Values("Repr-Digest"))
		}}
	}
	const page = "GET /campaigns/{id}"
	for _, q := range []string{"?lang=en", "?lang=en&order=oldest", "?unit=b&lang=en", "?author=c-head&type=score.entered&lang=en", "?author=b-new&lang=en", "?before=9&lang=en",
		"?after=20&lang=en", "?after=9999&lang=en", "?criterion=G&lang=en", "?from=2017-01-01&to=2099-01-01&lang=en", "?as_of=5&lang=en", "?type=member.appointed&lang=en", "?unit=zz"} {
		list = append(list, at(page+"/log", "", q, maskLog))
	}
	for _, event := range []string{"3", "8", "12"} {
		list = append(list, at(page+"/events/{seq}", event, "?lang=en", maskEvent))
	}
	for _, q := range []string{"?lang=en", "?as_of=9&lang=en", "?as_of=9999"} {
		list = append(list, at(page+"/awards", "", q, maskPage), at(page+"/documents", "", q, maskFiles))
	}
	for _, q := range []string{"?lang=en", "?cluster=one&lang=en", "?as_of=9&lang=en"} {
		list = append(list, at(page+"/awards/{award}", "flag", q, maskPage), at(page+"/awards/{award}", "cup", q, maskPage))
	}
	list = append(list, s.get("GET "+campaignRoute+"/documents", "", nil), s.get("GET "+campaignRoute+"/documents", "?lang=en", nil))
	for _, kind := range []string{"standings-json", "standings-csv", "points-csv", "tables-xlsx", "summary", "pact", "nothing"} {
		for _, q := range []string{"", "?lang=en&as_of=9", "?as_of=9999"} {
			list = append(list, at("GET "+campaignRoute+"/documents/{kind}", kind, q, nil))
		}
	}
	return append(list, at("GET "+campaignRoute+"/documents/{kind}", "sheet", "?cluster=one&unit=b&level=self", nil),
		at("GET "+campaignRoute+"/documents/{kind}", "points-csv", "?cluster=one", nil))
}

// remembered are the board as browsers see it that remember what they, or others in the same browser, saw of what is hidden; and pages that name
// what is.
func (s *signedSite) remembered() (list []output) {
	for _, views := range []string{"1-9999", "9999-3", "30-31", "4-9"} {
		list = append(list, output{"GET /campaigns/{id}", "views=" + views, maskPage, func(r reader) string {
			header, with := slices.Clone(r.header), "views="+views
			for i := 0; i+1 < len(header); i += 2 {
				if header[i] == "Cookie" {
					header[i+1], with = header[i+1]+"; "+with, ""
				}
			}
			if with != "" {
				header = append(header, "Cookie", with)
			}
			return s.do(http.MethodGet, "/campaigns/"+s.id+"?lang=en", "", header...).text()
		}})
	}
	for _, q := range []string{"?lang=en&as_of=9999", "?lang=en&as_of=9", "?lang=en&cluster=zz"} {
		list = append(list, s.get("GET /campaigns/{id}", q, maskPage), s.get("GET /campaigns/{id}/projector", q, maskPage), s.get("GET /campaigns/{id}/compare", q, maskPage))
	}
	for _, q := range []string{"?lang=en&unit=b&other=c", "?lang=en&unit=b-new"} {
		list = append(list, s.get("GET /campaigns/{id}/compare", q, maskPage))
	}
	list = append(list, s.get("GET /campaigns/{id}/reveal", "?lang=en&step=9999&cluster=two", maskPage), s.get("GET /campaigns/{id}/replay", "?lang=en&units=b,c&cluster=one", maskPage))
	return list
}

// expectVeiled checks what stands for hidden events on their pages: the leaf hash and nothing of the record.
func (s *signedSite) expectVeiled(frozen uint64, readers []reader) {
	s.t.Helper()
	hidden := parseLines(s.t, s.do(http.MethodGet, s.path("/events"), "", readers[len(readers)-1].header...).Body)[frozen]
	leaf := regexp.MustCompile(`"leaf":"([0-9a-f]{64})"`)
	leaves := leaf.FindAllStringSubmatch(s.do(http.MethodGet, s.path("/events"), "").Body, 1)
	for _, r := range readers {
		got := s.do(http.MethodGet, fmt.Sprintf("/campaigns/%s/events/%d?lang=en", s.id, hidden.Seq), "", r.header...)
		shown := strings.Contains(got.Body, `<h2 id="record">`)
		if got.Code != http.StatusOK || !strings.Contains(got.Body, leaves[0][1]) || shown != r.entitled || shown == strings.Contains(got.Body, "The standings are frozen") {
			s.t.Errorf("%s: the page of hidden event %d: %d\n%s", r.name, hidden.Seq, got.Code, got.Body)
		}
		log := s.do(http.MethodGet, "/campaigns/"+s.id+"/log?lang=en", "", r.header...).Body
		if veiled := strings.Contains(log, `id="hidden"`); veiled == r.entitled {
			s.t.Errorf("%s: the log says of hidden events: %v", r.name, veiled)
		}
	}
}
