//go:build browser

package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestReplayInBrowser: the scrubber, the keys, the links and the play button lead to states that have addresses, without a page being loaded.
func TestReplayInBrowser(t *testing.T) {
	t.Parallel()
	s, y := newYear(t)
	y.tell("")
	b := openTab(t, s)
	b.open("/campaigns/" + demoID + "/replay?lang=en")
	b.until("the script has begun", `!document.getElementById("player").hidden`)
	eval[bool](b, `window.here = true`)
	at := func(what string, seq int) {
		t.Helper()
		b.until(what, fmt.Sprintf(`here && location.search === "?as_of=%d&lang=en" || location.search === "?lang=en&as_of=%[1]d"`, seq))
		// What the script put together is what the server shows at that address.
		shown := eval[string](b, `document.getElementById("event").textContent + document.getElementById("standings").textContent + document.getElementById("now").getAttribute("d") + document.getElementById("banner").textContent`)
		fresh := eval[string](b, `fetch(location.href, {headers: {Accept: "text/html"}}).then((r) => r.text()).then((text) => { const d = new DOMParser().parseFromString(text, "text/html");
			return d.getElementById("event").textContent + d.getElementById("standings").textContent + d.getElementById("now").getAttribute("d") + d.getElementById("banner").textContent; })`)
		if shown != fresh {
			t.Errorf("%s: shown is\n%s\nthe server has\n%s", what, shown, fresh)
		}
	}
	scrub := func(seq int) {
		eval[bool](b, fmt.Sprintf(`(() => { const r = document.getElementById("range"); r.value = %d; return r.dispatchEvent(new Event("input", {bubbles: true})); })()`, seq))
	}
	scrub(1142)
	at("the scrubber leads to an event", 1142)
	if got := b.text("#event"); !strings.Contains(got, "Ha Giang") && !strings.Contains(got, "Hà Giang") || !strings.Contains(got, "5 → 6") {
		t.Errorf("the event is %q", got)
	}
	if said := b.text("#said"); !strings.Contains(said, "5 → 6") {
		t.Errorf("readers of the screen are told %q", said)
	}
	if why := eval[string](b, `document.getElementById("why").getAttribute("href")`); why != "/campaigns/"+demoID+"/compare?as_of=1142&cluster=cum2&lang=en&other=ha-giang&unit=cao-bang" {
		t.Errorf("why the rank changed is to be read at %s", why)
	}
	eval[bool](b, `(document.activeElement.blur(), true)`)
	b.press(kb.ArrowRight)
	at("a key leads to the next event", 1143)
	b.click("#move-back")
	at("a link leads to the change of rank before", 1142)
	b.click("#marks li:first-child a")
	at("a mark leads to its event", 1)
	b.choose("#speed", "30")
	b.click("#play")
	b.until("days pass", `Number(document.getElementById("at").textContent) >= 60`)
	b.click("#play")
	if got := b.text("#play"); got != "Play" {
		t.Errorf("the button of what stands still says %q", got)
	}
	for _, seqs := range [][]int{{200, 900, 300}, {1364}} { // the newest wish counts
		for _, seq := range seqs {
			scrub(seq)
		}
		at("scrubbing to and fro", seqs[len(seqs)-1])
	}
	if !eval[bool](b, `document.getElementById("tonow") === null && here`) {
		t.Error("at the end there is a way back to the end, or the page was loaded anew")
	}
}

// TestStillReplayInBrowser: who does not want motion goes from day to day.
func TestStillReplayInBrowser(t *testing.T) {
	t.Parallel()
	s, y := newYear(t)
	y.tell("")
	b := openTab(t, s)
	b.media("prefers-reduced-motion", "reduce")
	b.open("/campaigns/" + demoID + "/replay?as_of=1&lang=en")
	b.until("the button steps", `document.getElementById("play").textContent === "Next day"`)
	b.click("#play")
	b.until("the next day with a change is there", `location.search.includes("as_of=60")`)
	if eval[bool](b, `[...document.querySelectorAll("#standings tr")].some((row) => row.classList.contains("moving"))`) {
		t.Error("rows were moved by animation")
	}
}
