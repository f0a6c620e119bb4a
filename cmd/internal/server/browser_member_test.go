//go:build browser

package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
)

// TestMemberInBrowser: a real browser reads as a member by a link from the command line, and by one from another site's page once it was asked;
// it leaves, and when the time has ended the live board says so.
func TestMemberInBrowser(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	s.say("a-head", "", &events.StandingsFrozen{})
	s.say("b-head", "b", points("G", "b", 9)) // which the public does not see
	b := openTab(t, s.site)
	const asAuditor, asPublic = `document.readyState === "complete" && document.querySelector("#banner")?.textContent.includes("reading as auditor")`, `document.querySelector("#banner form") === null`
	const sees = `document.querySelector('tr[data-unit="b"] .points').textContent.trim().startsWith("9")`
	b.open(s.link("auditor") + "&lang=en")
	b.until("it reads as the auditor", asAuditor)
	if !eval[bool](b, sees) {
		t.Error("the auditor does not see what the freeze hides from others")
	}
	b.click(".leave button")
	b.until("it reads as the public", asPublic)
	if eval[bool](b, sees) {
		t.Error("the public sees what the freeze hides")
	}
	mail := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Mail</title><a href="%s&lang=en">a link</a>`, s.url+s.link("auditor"))
	}))
	defer mail.Close()
	b.run(chromedp.Navigate(strings.Replace(mail.URL, "127.0.0.1", "localhost", 1)))
	b.click("a")
	b.until("it is asked", `document.querySelector("form.choose button")`)
	b.accessible("the page that asks")
	b.size(360, 740)
	b.fits("the page that asks on a phone")
	b.click("form.choose button")
	b.until("it reads as the auditor by a link from elsewhere", asAuditor)
	b.accessible("the board of a member on a phone")
	s.late.Store(int64(15*time.Minute + time.Second))
	s.say("b-head", "b", points("A", "b", 1))
	b.until("the board says that the time has ended", `document.querySelector("main").textContent.includes("has ended") && `+asPublic)
}
