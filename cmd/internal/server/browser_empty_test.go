//go:build browser

package server_test

import (
	"testing"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
)

// everyPage are the pages of a campaign with the units a and b.
func everyPage(id string, more ...string) (list []string) {
	for _, page := range append([]string{"", "/projector?theme=light", "/replay", "/compare", "/units/b", "/stability", "/scorers", "/whatif", "/log", "/events/1", "/documents"}, more...) {
		list = append(list, "/campaigns/"+id+page)
	}
	return list
}

// TestEmptyPagesInBrowser: pages of a campaign in which nobody has said anything yet are as accessible as others, fit a phone, and a title that looks like
// HTML is a text.
func TestEmptyPagesInBrowser(t *testing.T) {
	t.Parallel()
	b := openTab(t, newSite(t))
	b.soundEverywhere(everyPage("small"))
}

// TestFrozenPagesInBrowser: the same of a signed campaign that is frozen.
func TestFrozenPagesInBrowser(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	s.say("b-head", "b", points("G", "b", 9))
	s.say("a-head", "", &events.StandingsFrozen{})
	s.say("b-head", "b", points("A", "b", 1))
	b := openTab(t, s.site)
	b.soundEverywhere(everyPage("trial", "/reveal", "/awards", "/compare?unit=a&other=b", "/log?unit=b"))
}

// soundEverywhere checks that pages are accessible and fit.
func (b *tab) soundEverywhere(pages []string) {
	b.t.Helper()
	for _, page := range pages {
		for _, lang := range []string{"vi", "en"} {
			path := inLanguage(page, lang)
			b.dark(lang == "vi")
			b.size(1280, 900)
			b.open(path)
			b.accessible(path)
			b.fits(path)
			b.size(360, 740)
			b.fits(path + " on a phone")
		}
	}
}
