package server_test

import (
	"html"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/web"
	"campaignledger/events"
)

// TestWebIsNFC: the texts of templates, scripts and code stand in the one normal form that people's searches find.
func TestWebIsNFC(t *testing.T) {
	t.Parallel()
	files := 0
	for _, pattern := range []string{"*.go", "pages/*.html", "assets/*.js", "assets/*.css"} {
		list, err := filepath.Glob("../web/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range list {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if files++; !norm.NFC.IsNormal(text) {
				t.Errorf("%s is not in NFC", file)
			}
		}
	}
	if files < 30 {
		t.Errorf("only %d files were read", files)
	}
}

var (
	// notSaid are parts of a page that are not in its language: bytes, commands, what is said to be in another, and what people wrote.
	notSaid = regexp.MustCompile(`(?s)<(?:pre|code|script|datalist|select|q)\b.*?</(?:pre|code|script|datalist|select|q)>|<(?:span|a)[^>]* lang="(?:en|vi)"[^>]*>.*?</(?:span|a)>|“[^”]*”`)
	// wrote are places that show what people wrote and events' sentences, which name members and awards by their ids.
	wrote = regexp.MustCompile(`(?s)<p class="(?:what|sentence|theme|campaign-title|who|lead)">.*?</p>|<article class="card.*?</article>|<td class="(?:wrap|note|what)">.*?</td>|<ol class="moves">.*?</ol>|<li class="drive.*?</li>|<text class="drive".*?</text>`)
	// fields are an event's fields, with its texts among them.
	fields = regexp.MustCompile(`(?s)<table class="fields">.*?</table>`)
	// ids have hyphens: lang-son-head.
	ids  = regexp.MustCompile(`\b[a-z]+(?:-[a-z0-9]+)+\b`)
	said = regexp.MustCompile(`(?:aria-label|title|placeholder|data-(?:proof-[a-z]+|up|down|same|full|missing|bonus|penalty|live|lost|play|pause|step))="([^"]*)"`)
	tag  = regexp.MustCompile(`<[^>]*>`)

	english    = regexp.MustCompile(`(?i)\b(the|of|and|events?|units?|points|is|are|by|with|from|rank|self|cross|approved|peer|named|paper|final|head|officer|reviewer|council|members|present|transcribed)\b`)
	vietnamese = regexp.MustCompile(`(?i)(^|[\s(“])(của|sự kiện|đơn vị|điểm|hạng|và|là|không|tiêu chí|cấp|chưa)([\s).,:;]|$)`)
)

// told is what a page says in its own words, to the eye and to the ear.
func told(page string) string {
	page = wrote.ReplaceAllString(notSaid.ReplaceAllString(page, " "), " ")
	var b strings.Builder
	for _, m := range said.FindAllStringSubmatch(page, -1) {
		b.WriteString(m[1] + "\n")
	}
	return ids.ReplaceAllString(html.UnescapeString(b.String()+tag.ReplaceAllString(page, "\n")), "")
}

// TestPagesSpeakOneLanguage: no page of the demonstration year has words of the other language.
func TestPagesSpeakOneLanguage(t *testing.T) {
	t.Parallel()
	h := openHost(t, host.Config{})
	tellYear(t, h)
	s := serve(t, h)
	c, err := h.Campaign(t.Context(), demoYear)
	if err != nil {
		t.Fatal(err)
	}
	r := c.Summary().Regulation
	for _, lang := range []string{"vi", "en"} {
		other, names := english, regulationTitles(r, lang)
		if lang == "en" {
			other = vietnamese
		}
		for _, page := range []string{"", "/projector", "/reveal", "/reveal?step=3", "/replay", "/replay?as_of=700", "/compare", "/stability", "/scorers",
			"/whatif?without=lang-son&aggregate=median&weight=I.1.1:2", "/log", "/awards", "/awards/ministry-flag?cluster=cum2", "/documents", "/units/son-la?cluster=cum2",
			"/events/1", "/events/801", "/events/1119", "/events/1312", "/events/1330", "/events/1338", "/events/1344", "/events/1362"} {
			path := "/campaigns/" + demoYear + page
			mark := "?"
			if strings.Contains(path, "?") {
				mark = "&"
			}
			text := names.Replace(s.page(path + mark + "lang=" + lang))
			if lang == "en" {
				text = fields.ReplaceAllString(text, "")
			}
			for line := range strings.SplitSeq(told(text), "\n") {
				if found := other.FindString(line); found != "" {
					t.Errorf("%s in %q has %q: %s", path, lang, found, strings.TrimSpace(line))
				}
			}
		}
	}
}

// regulationTitles takes the regulation's own texts out of a page: they are in the language that their author gave them.
func regulationTitles(r *events.Regulation, lang string) *strings.Replacer {
	var pairs []string
	add := func(text events.Text) {
		if title := text.In(lang); title != "" {
			pairs = append(pairs, html.EscapeString(title), "")
		}
	}
	var walk func(items []events.Criterion)
	walk = func(items []events.Criterion) {
		for i := range items {
			add(items[i].Title)
			walk(items[i].Items)
		}
	}
	for i := range r.Sets {
		walk(r.Sets[i].Items)
	}
	for _, text := range []events.Text{r.Title, r.Theme, r.Movement, r.Notice} {
		add(text)
	}
	return strings.NewReplacer(pairs...)
}

// TestErrorPagesSpeakVietnamese: an error page says in its language what happened; the detail, in English, says that it is.
func TestErrorPagesSpeakVietnamese(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for path, want := range map[string]string{"/campaigns/none": "Không tìm thấy", "/campaigns/small/log?order=x": "Yêu cầu không hợp lệ"} {
		got := s.do(http.MethodGet, path, "", "Accept", "text/html")
		expectAll(t, got.Body, "<h1>"+want+"</h1>", `<span lang="en">`)
		if line := english.FindString(told(got.Body)); line != "" {
			t.Errorf("%s says %q", path, line)
		}
		got = s.do(http.MethodGet, path+map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")]+"lang=en", "", "Accept", "text/html")
		expectAll(t, got.Body, "<h1>"+http.StatusText(got.Code)+"</h1>")
	}
	for status := 400; status < 512; status++ {
		if http.StatusText(status) != "" && english.MatchString(web.StatusTitle("vi", status)) {
			t.Errorf("%d is called %q", status, web.StatusTitle("vi", status))
		}
	}
}
