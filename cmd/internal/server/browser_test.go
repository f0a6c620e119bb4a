//go:build browser

package server_test

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"campaignledger/cmd/internal/demo"
	"campaignledger/cmd/internal/host"
	"campaignledger/events"
)

// browserPatience is how long one test may take: pages are ready in tenths of a second, and axe takes some on a busy machine.
const browserPatience = 3 * time.Minute

// axe is axe-core 4.14.1 as its npm package has it (Mozilla Public License 2.0).
//
//go:embed testdata/axe-4.14.1.min.js
var axe string

// tab is a page in a real browser; what the browser complains of fails the test.
type tab struct {
	t    *testing.T
	ctx  context.Context
	site *site
	said []string // belongs to the listener until it ends
}

// openTab starts a browser, or skips the test where there is none.
func openTab(t *testing.T, s *site) *tab {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no chromium: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, end := chromedp.NewContext(allocator)
	b := &tab{t: t, site: s}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)); err != nil { // starts it
		t.Fatal(err)
	}
	limited, cancel := context.WithTimeout(ctx, browserPatience)
	b.ctx = limited
	var listening sync.WaitGroup
	listening.Go(func() { b.listen(ctx) })
	t.Cleanup(func() {
		cancel()
		_ = chromedp.Cancel(ctx) // waits until the browser has gone
		end()
		stop()
		listening.Wait()
		if len(b.said) > 0 {
			t.Errorf("the browser says:\n%s", strings.Join(b.said, "\n"))
		}
	})
	return b
}

// listen notes what the browser complains of.
func (b *tab) listen(ctx context.Context) {
	for m, err := range chromedp.Console(ctx) {
		if err != nil {
			return
		}
		if m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleWarning || m.Type == chromedp.ConsoleException {
			b.said = append(b.said, fmt.Sprintf("%s: %s (%s)", m.Type, m.Text, m.URL))
		}
	}
}

func (b *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// open goes to a path and waits until the page is there.
func (b *tab) open(path string) {
	b.t.Helper()
	b.run(chromedp.Navigate(b.site.url+path), chromedp.WaitReady(chromedp.CSS("main")))
}

// text is an element's text as it is shown.
func (b *tab) text(selector string) string {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS(selector), chromedp.NodeReady))
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}

// eval is the value of an expression in the page; a promise's, once it is there.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%.200s: %v", expression, err)
	}
	return value
}

// click presses a button or follows a link.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.run(chromedp.Click(chromedp.CSS(selector)))
}

// choose sets a form's field.
func (b *tab) choose(selector, value string) {
	b.t.Helper()
	b.run(chromedp.SetValue(chromedp.CSS(selector), value))
}

// until waits until an expression is true in the page, whatever it loads meanwhile.
func (b *tab) until(what, expression string) {
	b.t.Helper()
	waitFor(b.t, what, func() bool {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		return err == nil && ok
	})
}

// size sets the window.
func (b *tab) size(width, height int64) {
	b.t.Helper()
	b.run(chromedp.EmulateViewport(width, height))
}

// dark chooses the colour scheme.
func (b *tab) dark(yes bool) {
	b.t.Helper()
	scheme := "light"
	if yes {
		scheme = "dark"
	}
	b.media("prefers-color-scheme", scheme)
}

// media sets what a media query asks for.
func (b *tab) media(name, value string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: name, Value: value}}})
	if err != nil {
		b.t.Fatal(err)
	}
}

// accessible checks the page against WCAG A and AA.
func (b *tab) accessible(name string) {
	b.t.Helper()
	eval[chromedp.Void](b, axe+";0")
	found := eval[string](b, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]})
		.then((r) => JSON.stringify(r.violations.map((v) => ({rule: v.id, help: v.help, at: v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + n.failureSummary)}))))`)
	var violations []map[string]any
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		b.t.Fatal(err)
	}
	if len(violations) > 0 {
		text, _ := json.MarshalIndent(violations, "", " ")
		b.t.Errorf("%s: %s", name, text)
	}
}

// fits checks that the page does not scroll sideways.
func (b *tab) fits(name string) {
	b.t.Helper()
	over := eval[int](b, `document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth`)
	if over > 0 {
		wide := eval[string](b, `[...document.querySelectorAll("main *, header *, nav *, footer *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll")).slice(0, 5).map((e) => e.tagName + "." + e.className).join(", ")`)
		b.t.Errorf("%s: %d px too wide: %s", name, over, wide)
	}
}

// press sends a key, once the page's scripts have run.
func (b *tab) press(key string) {
	b.t.Helper()
	b.until("the page is complete", `document.readyState === "complete"`)
	b.run(chromedp.KeyEvent(key))
}

// year is the demonstration year in a host, told step by step.
type year struct {
	t      *testing.T
	c      *host.Campaign
	bodies []demo.Body
	told   int
}

const demoID = "cum2-2017"

// newYear serves the demonstration campaign with nothing but its opening.
func newYear(t *testing.T) (*site, *year) {
	t.Helper()
	h := openHost(t, host.Config{})
	members, err := demo.MakeKeys(t.TempDir(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	bodies, err := demo.Year(members)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := h.OpenSigned(t.Context(), bodies[0].Proposals[0].Record)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, h), &year{t, c, bodies, 1}
}

// tell appends bodies until one with this event, that one included; "" tells the rest.
func (y *year) tell(until events.Type) {
	y.t.Helper()
	evidence, err := y.c.Evidence(y.t.Context())
	if err != nil {
		y.t.Fatal(err)
	}
	for y.told < len(y.bodies) {
		b := y.bodies[y.told]
		y.told++
		for _, f := range b.Files {
			if _, err := evidence.Put(y.t.Context(), f.By, f.Name, bytes.NewReader(f.Content)); err != nil {
				y.t.Fatal(err)
			}
		}
		if _, err := y.c.Append(y.t.Context(), b.Proposals...); err != nil {
			y.t.Fatal(err)
		}
		for _, p := range b.Proposals {
			if p.Payload != nil && p.Payload.Type() == until {
				return
			}
		}
	}
	if until != "" {
		y.t.Fatalf("the year has no %s any more", until)
	}
}

// TestBoardInBrowser: the board moves as events arrive, and says so.
func TestBoardInBrowser(t *testing.T) {
	t.Parallel()
	s, y := newYear(t)
	y.tell(events.TypeScoreEntered)
	b := openTab(t, s)
	b.open("/campaigns/" + demoID)
	b.until("the feed is open", `!document.getElementById("feed").hidden`)
	if got := b.text("#feed"); got != "Trực tiếp" {
		t.Errorf("the feed's badge says %q", got)
	}
	first := b.text("#seq")
	y.tell(events.TypeSheetSealed)
	b.until("a rank has moved since the page was opened", `document.querySelector("td.since .up, td.since .down")`)
	b.size(360, 740)
	b.until("a phone shows it too", `[...document.querySelectorAll(".sub-since .up, .sub-since .down")].some((e) => e.checkVisibility() && e.parentElement.parentElement.textContent.includes("từ khi mở trang"))`)
	b.fits("the board on a phone")
	b.size(1280, 900)
	b.until("the page says so", `document.getElementById("said").textContent.includes("hạng")`)
	b.until("all has arrived", fmt.Sprintf(`document.getElementById("seq").textContent === %q`, fmt.Sprint(y.c.Summary().Seq)))
	if b.text("#seq") == first {
		t.Error("the event's number stands still")
	}
	shown := eval[string](b, `[...document.querySelectorAll("tbody tr")].map((r) => r.dataset.unit + " " + r.querySelector(".rank").textContent + " " + r.querySelector(".points").textContent).join("\n")`)
	b.open("/campaigns/" + demoID) // rendered by the server alone
	rendered := eval[string](b, `[...document.querySelectorAll("tbody tr")].map((r) => r.dataset.unit + " " + r.querySelector(".rank").textContent + " " + r.querySelector(".points").textContent).join("\n")`)
	if shown != rendered || strings.Count(shown, "\n") != 6 {
		t.Errorf("the script shows\n%s\nthe server\n%s", shown, rendered)
	}
	b.until("the reader's last view is remembered", `document.querySelector("th.since").textContent === "Từ lần xem trước"`)
}

// TestReducedMotionInBrowser: who does not want motion gets none.
func TestReducedMotionInBrowser(t *testing.T) {
	t.Parallel()
	s, y := newYear(t)
	y.tell(events.TypeScoreEntered)
	b := openTab(t, s)
	b.media("prefers-reduced-motion", "reduce")
	b.open("/campaigns/" + demoID)
	b.until("the feed is open", `!document.getElementById("feed").hidden`)
	eval[chromedp.Void](b, `window.moved = 0; new MutationObserver((list) => { moved += list.filter((m) => m.target.style.transform).length; }).observe(document.querySelector("tbody"), {subtree: true, attributes: true, attributeFilter: ["style"]})`)
	y.tell(events.TypeSheetSealed)
	b.until("a rank has moved", `document.querySelector("td.since .up, td.since .down")`)
	if moved := eval[int](b, `moved`); moved != 0 {
		t.Errorf("%d rows were moved by animation", moved)
	}
}

// TestFreezeAndRevealInBrowser: the hall sees nothing of what a freeze hides, and then the places from the bottom up, with undo.
func TestFreezeAndRevealInBrowser(t *testing.T) {
	t.Parallel()
	s, y := newYear(t)
	y.tell(events.TypeStandingsFrozen)
	b := openTab(t, s)
	b.open("/campaigns/" + demoID + "/projector")
	if got := b.text("#state"); !strings.HasPrefix(got, "Đóng băng tại sự kiện") {
		t.Errorf("the banner says %q", got)
	}
	frozen := b.text("table.standings")
	b.open("/campaigns/" + demoID + "/reveal")
	if got := b.text("main"); !strings.Contains(got, "đang đóng băng") || strings.Contains(got, "Lạng Sơn") {
		t.Errorf("before the reveal the ceremony says %q", got)
	}
	y.tell(events.TypeStandingsRevealed)
	b.until("the ceremony is ready", `document.querySelectorAll("tr.closed").length === 7`)
	for _, name := range []string{"Lạng Sơn", "Sơn La", "Lai Châu"} {
		if strings.Contains(eval[string](b, `document.documentElement.outerHTML`), name) {
			t.Errorf("the page has %s before its place is open", name)
		}
	}
	b.press(kb.ArrowRight)
	b.until("the last place is open", `document.querySelectorAll("tr.closed").length === 6 && document.querySelector(".newest").textContent.includes("Lai Châu")`)
	b.press(" ")
	b.until("the next is open", `document.querySelectorAll("tr.closed").length < 6`)
	b.press(kb.ArrowLeft)
	b.until("it is closed again", `document.querySelectorAll("tr.closed").length === 6`)
	b.open("/campaigns/" + demoID + "/reveal?step=99&theme=light")
	if got := b.text(".newest"); !strings.Contains(got, "Lạng Sơn") || !strings.Contains(got, "lúc đóng băng: hạng 2") {
		t.Errorf("at the end the ceremony says %q", got)
	}
	b.press("b")
	b.until("the board is back", `location.pathname === "/campaigns/`+demoID+`"`)
	if b.text("table.standings") == frozen {
		t.Error("the board did not change at the reveal")
	}
}

// TestProjectorInBrowser: the keyboard drives it.
func TestProjectorInBrowser(t *testing.T) {
	t.Parallel()
	s, y := newYear(t)
	y.tell("")
	b := openTab(t, s)
	b.size(1920, 1080)
	b.open("/campaigns/" + demoID + "/projector")
	if !eval[bool](b, `document.querySelector("tbody tr:last-child").getBoundingClientRect().bottom <= innerHeight`) {
		t.Error("seven units do not fit on the projector")
	}
	for _, page := range []string{"/projector", "/reveal?step=6"} { // a small projector: all is on the wall, the notice too
		b.size(1280, 720)
		b.open("/campaigns/" + demoID + page)
		if !eval[bool](b, `["tbody tr:last-child", "#banner .notice", "#state"].every((s) => { const r = document.querySelector(s).getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight; })`) {
			t.Errorf("%s does not fit a small projector", page)
		}
	}
	b.open("/campaigns/" + demoID + "/projector")
	b.press("d")
	b.until("it is light", `document.querySelector(".hall").dataset.theme === "light"`)
	b.press("D")
	b.until("it is dark", `document.querySelector(".hall").dataset.theme === "dark"`)
	b.press("b")
	b.until("the board is back", `location.pathname === "/campaigns/`+demoID+`"`)
}
