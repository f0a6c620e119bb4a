package server_test

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"testing"

	"campaignledger/cmd/internal/documents"
	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/web"
	"campaignledger/events"
	"campaignledger/projections"
)

// TestFreezeWhileAPageIsMade: a page that looked at what came after a freeze, which began meanwhile, is the one that it would be afterwards.
func TestFreezeWhileAPageIsMade(t *testing.T) {
	t.Parallel()
	h := openHost(t, host.Config{})
	s := newSignedSite(t, h, "trial")
	s.before()
	c, err := h.Campaign(t.Context(), s.id)
	if err != nil {
		t.Fatal(err)
	}
	newest := s.mine("b-head", "G").ID
	// replace has b's mark replaced by another.
	replace := func(mark int, reason string) string {
		again := points("G", "b", mark)
		again.Supersedes, again.Reason = newest, reason
		newest = events.NewID()
		return fmt.Sprint(s.append(s.record("b-head", "b", again, func(d *events.Draft) { d.ID = newest }))[0].Seq)
	}
	of := replace(1, "counted again")
	templates, shelf := web.Parse(), &documents.Shelf{}
	// change freezes the standings and has b lead.
	change := func(i int) {
		s.say("a-head", "", &events.StandingsFrozen{})
		replace(10-i, "what the freeze hides")
	}
	for i, page := range []struct {
		name string
		make web.Handler
	}{{"compare", web.Compare}, {"log", web.Log}, {"event", web.Event}, {"unit", web.Unit}, {"awards", web.Awards}, {"trail", web.Trail}, {"documents", web.Documents},
		{"stability", web.Stability}, {"scorers", web.Scorers}} {
		show := func(begin func()) string {
			v := &web.View{Campaign: c, Lang: "en", Path: "/campaigns/" + s.id, Query: url.Values{}, Seq: host.SeqAsOf, Shelf: shelf,
				PathValue: func(name string) string { return map[string]string{"seq": of, "unit": "b", "award": "flag"}[name] },
				AsOf: func(_ context.Context, seen *projections.Live, _ string) (*projections.Live, error) {
					begin()
					begin = func() {}
					return seen, nil
				}}
			made, err := page.make(t.Context(), v)
			if err != nil {
				t.Fatalf("%s: %v", page.name, err)
			}
			html, err := templates.Render(made)
			if err != nil {
				t.Fatal(err)
			}
			return regexp.MustCompile(`(?s)<p class="whatif" id="hidden">.*?</p>|<section id="proof">.*</section>|<td>(<code>[0-9a-f]{64}</code>|<span class="hint">[^<]*</span>)</td></tr>`).ReplaceAllString(string(html), "")
		}
		during := show(func() { change(i) })
		after := show(func() {})
		if during != after {
			t.Errorf("%s: while the freeze began\n%s\nafterwards\n%s", page.name, during, after)
		}
		s.say("a-head", "", &events.StandingsRevealed{})
	}
}
