//go:build browser

package server_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
)

// demoPages are all pages of the demonstration campaign.
func demoPages() []string {
	list := []string{"/"}
	for _, page := range []string{"", "/projector", "/reveal?step=3", "/units/son-la", "/compare?unit=lang-son&other=son-la", "?as_of=900",
		"/stability", "/scorers", "/replay", "/replay?as_of=1142", "/whatif", "/whatif?weight=I.1.1:1.5&without=lang-son",
		"/log", "/log?type=tie.decided", "/log?unit=son-la&order=oldest", "/events/1", "/events/354", "/events/1340", "/awards", "/awards/ministry-flag", "/documents"} {
		list = append(list, "/campaigns/"+demoID+page)
	}
	return list
}

// inLanguage is a path in a language.
func inLanguage(path, lang string) string {
	if strings.Contains(path, "?") {
		return path + "&lang=" + lang
	}
	return path + "?lang=" + lang
}

// TestPagesInBrowser: each page in both languages and colour schemes is accessible, fits a phone, and makes the browser say nothing.
func TestPagesInBrowser(t *testing.T) {
	t.Parallel()
	s, y := newYear(t)
	y.tell("")
	b := openTab(t, s)
	for _, page := range demoPages() {
		for _, lang := range []string{"vi", "en"} {
			path := inLanguage(page, lang)
			b.dark(lang == "en")
			b.size(1280, 900)
			b.open(path)
			b.accessible(path)
			b.fits(path)
			b.size(360, 740)
			b.fits(path + " on a phone")
			if lang == "vi" {
				b.accessible(path + " on a phone")
			}
		}
	}
}

// TestWhyInBrowser: a unit's page opens a criterion down to its entries.
func TestWhyInBrowser(t *testing.T) {
	t.Parallel()
	s, y := newYear(t)
	y.tell("")
	b := openTab(t, s)
	b.open("/campaigns/" + demoID)
	b.click(`tr[data-unit="son-la"] .unit a`)
	b.until("the unit's page is there", `document.querySelector("h1").textContent === "Công an tỉnh Sơn La"`)
	b.click(`#I\.1\.2 summary`)
	b.until("the entries show", `document.querySelector("#I\\.1\\.2 table").checkVisibility()`)
	if got := b.text(`#I\.1\.2 table`); !strings.Contains(got, "✓") || !strings.Contains(got, "điểm duyệt") || !strings.Contains(got, "#") {
		t.Errorf("the entries are %q", got)
	}
	if got := b.text("main"); !strings.Contains(got, "Ưu điểm") || !strings.Contains(got, "Tồn tại, hạn chế") {
		t.Error("the page lacks evaluations")
	}
}

// TestCompareInBrowser: two units are chosen in a form; what sets them apart comes largest first.
func TestCompareInBrowser(t *testing.T) {
	t.Parallel()
	s, y := newYear(t)
	y.tell("")
	b := openTab(t, s)
	b.open("/campaigns/" + demoID + "/compare?lang=en")
	b.choose(`select[name="unit"]`, "lao-cai")
	b.choose(`select[name="other"]`, "lai-chau")
	b.click("form button")
	b.until("the two are compared", `location.search.includes("unit=lao-cai") && location.search.includes("lang=en") && document.querySelector("table.apart")`)
	falling := eval[bool](b, `(() => { const d = [...document.querySelectorAll("table.apart tbody tr")].map((r) => Math.abs(Number(r.cells[3].textContent.replace("−", "-").replace("+", "")))); return d.length > 5 && d.every((x, i) => i === 0 || x <= d[i - 1]); })()`)
	if !falling {
		t.Error("the differences do not fall")
	}
}

// TestWhatIfInBrowser: what is chosen in the form is an address, whose page says that it is not official and shows ranks side by side.
func TestWhatIfInBrowser(t *testing.T) {
	t.Parallel()
	s, y := newYear(t)
	y.tell("")
	b := openTab(t, s)
	b.open("/campaigns/" + demoID + "/whatif")
	b.click(`details.group summary`)
	b.choose(`input[name="weight.I.1.1"]`, "1,5")
	b.click(`input[name="without.lang-son"]`)
	b.choose(`select[name="aggregate"]`, "median")
	b.click(`form.assume button`)
	b.until("the answer has its address", `location.search === "?aggregate=median&weight=I.1.1:1.5&without=lang-son" && document.querySelector(".whatif ul")`)
	if got := b.text(".whatif"); !strings.Contains(got, "Giả định: không phải kết quả chính thức") || !strings.Contains(got, "là 1,5 thay vì 1") || !strings.Contains(got, "của Công an tỉnh Lạng Sơn") {
		t.Errorf("the page says %q", got)
	}
	if got := b.text(".whatif-table"); !strings.Contains(got, "▲1") || !strings.Contains(got, "▼1") {
		t.Errorf("the ranks are %q", got)
	}
}

// TestAuditInBrowser: from the board of awards down to one event's proof, and through the log by its form.
func TestAuditInBrowser(t *testing.T) {
	t.Parallel()
	s, y := newYear(t)
	y.tell("")
	b := openTab(t, s)
	b.open("/campaigns/" + demoID + "/awards?lang=en")
	b.click(`#cum2-government-flag a[href*="/awards/government-flag"]`)
	b.until("the trail is there", `document.querySelector("h1").textContent.startsWith("The trail of an award")`)
	b.click(`.contents a[href="#ballots"]`)
	b.until("the contents lead to the ballots", `location.hash === "#ballots" && document.querySelector("#ballots table.results")`)
	b.click(`#ballots ol.log a.seq`)
	b.until("the event is there", `document.querySelector("#proof table.hashes")`)
	if got := b.text("#signature + p, main"); !strings.Contains(got, "the signature is good") {
		t.Errorf("the event's page says %q", got)
	}
	b.open("/campaigns/" + demoID + "/log?lang=en")
	b.choose(`select[name="type"]`, "ballot.cast")
	b.choose(`select[name="order"]`, "oldest")
	b.click("form.filters button")
	b.until("the log is filtered", `location.search.includes("type=ballot.cast") && location.search.includes("lang=en") && document.querySelectorAll("ol.log li").length === 8`)
}

// TestDiagnosticsInBrowser: from what would turn two neighbours round one comes to the two side by side; bars stand beside the numbers.
func TestDiagnosticsInBrowser(t *testing.T) {
	t.Parallel()
	s, y := newYear(t)
	y.tell("")
	b := openTab(t, s)
	b.open("/campaigns/" + demoID + "/scorers")
	if bars := eval[int](b, `document.querySelectorAll("svg.bar rect").length`); bars != 14 {
		t.Errorf("%d bars of 7 units in two tables", bars)
	}
	b.click(`nav a[href*="stability"]`)
	b.until("the pairs are there", `document.querySelectorAll("tbody.pair").length === 6`)
	if got := b.text("#pair-1"); !strings.Contains(got, "là 70,95 thay vì 81,4 thì Công an tỉnh Sơn La (965,56) xếp trên Công an tỉnh Lạng Sơn") {
		t.Errorf("the first pair says %q", got)
	}
	b.click(`#pair-1 td a[href*="compare"]`)
	b.until("the two are compared", `document.querySelector("table.apart")`)
}

// longNames is a regulation whose names are long, one without a space.
const longNames = `id: long
title: {vi: "Phong trào thi đua của các trường học và cơ quan chuyên môn trên địa bàn thành phố"}
period: {start: 2026-01-01, end: 2026-12-31, zone: Asia/Ho_Chi_Minh}
levels: [{id: cross, scorers: peer-units}]
criteria: {default: {items: [{id: I, title: "Công tác chuyên môn và việc thực hiện các chỉ tiêu được giao trong năm", method: graded, max: 70, aggregate: {method: mean}}]}}
clusters:
  - {id: one, title: "Cụm thi đua số 1 – Các trường trung học phổ thông và trung tâm giáo dục thường xuyên", criteria: default, units: [{id: a, title: "Trường Trung học phổ thông chuyên trực thuộc Sở Giáo dục và Đào tạo"}, {id: b, title: "Trungtâmkhôngcódấucáchnàotrongtênđểthửviệcngắtdòng"}]}
  - {id: two, title: "Cụm thi đua số 2 – Các cơ quan chuyên môn thuộc Ủy ban nhân dân thành phố", criteria: default, units: [{id: c}, {id: d}]}
`

// TestLongNamesInBrowser: pages keep within a phone however long the names are, and the board within itself.
func TestLongNamesInBrowser(t *testing.T) {
	t.Parallel()
	h := openHost(t, host.Config{})
	if _, _, err := h.OpenCampaign(t.Context(), "long.yaml", []byte(longNames)); err != nil {
		t.Fatal(err)
	}
	b := openTab(t, serve(t, h))
	b.size(360, 740)
	for _, page := range []string{"", "/projector", "/replay", "/compare?unit=a&other=b", "/stability", "/scorers", "/whatif", "/log", "/documents", "/units/a"} {
		b.open("/campaigns/long" + page)
		b.fits(page)
	}
	b.size(1280, 900)
	for _, page := range []string{"", "/projector"} {
		b.open("/campaigns/long" + page)
		if over := eval[int](b, `Math.max(...[...document.querySelectorAll(".scroll")].map((e) => e.scrollWidth - e.clientWidth))`); over > 0 {
			t.Errorf("the board at %q is %d px wider than its place", page, over)
		}
	}
	b.open("/campaigns/long/replay")
	if cut := eval[int](b, `[...document.querySelectorAll(".bump text.name")].filter((e) => { const at = e.getBBox(); return at.x < 0 || at.x + at.width > 1100; }).length`); cut > 0 {
		t.Errorf("%d names are cut off at the chart's edges", cut)
	}
}

// TestNothingShiftsInBrowser: when the board's feed opens, what the page shows stays where it is.
func TestNothingShiftsInBrowser(t *testing.T) {
	t.Parallel()
	s, y := newYear(t)
	y.tell(events.TypeScoreEntered)
	b := openTab(t, s)
	for _, width := range []int64{360, 1280} {
		b.size(width, 900)
		b.open("/campaigns/" + demoID)
		b.until("the feed is open", `!document.getElementById("feed").hidden`)
		const top = `document.querySelector("table.standings").getBoundingClientRect().top + document.querySelector(".actions a").getBoundingClientRect().left * 10000`
		open := eval[float64](b, top)
		eval[chromedp.Void](b, `document.getElementById("feed").hidden = true; 0`)
		if before := eval[float64](b, top); before != open {
			t.Errorf("at %d px the board stands at %v before its feed is open and at %v after", width, before, open)
		}
	}
}
