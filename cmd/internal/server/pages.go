package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/web"
	"campaignledger/events"
	"campaignledger/projections"
)

// page serves a page of a campaign, which takes these parameters.
func (s *Server) page(handler web.Handler, known ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, q := s.visited(w, r, known...)
		if c == nil {
			return
		}
		page, html, err := s.make(r.Context(), handler, &web.View{Campaign: c, Reader: s.reader(r, c), Ended: s.dropped(w, r, c), Lang: language(r), Path: r.URL.Path, Origin: s.origin(r), Query: q,
			PathValue: r.PathValue, Before: lastViews(r), Remember: func(v web.LastViews) { rememberViews(w, r, v) }, Shelf: &s.shelf,
			AsOf: func(ctx context.Context, seen *projections.Live, at string) (*projections.Live, error) {
				return s.past(ctx, c, seen, at)
			}})
		var elsewhere web.Elsewhere
		if errors.As(err, &elsewhere) {
			http.Redirect(w, r, elsewhere.Location, http.StatusSeeOther)
			return
		}
		if err != nil {
			s.failPage(w, r, err)
			return
		}
		s.send(w, page.Status(), html)
	}
}

// make makes a page in one of the places for that, which a slow reader does not keep. The HTML is nil where it can't be shown.
func (s *Server) make(ctx context.Context, handler web.Handler, v *web.View) (page web.Page, html []byte, err error) {
	if err := s.views.wait(ctx); err != nil {
		return page, nil, err
	}
	defer s.views.giveBack()
	if page, err = handler(ctx, v); err != nil {
		return page, nil, err
	}
	return page, s.html(page), nil
}

// visited is asked for a page: people are told in one what is wrong. A campaign whose log is broken at its first record is shown too.
func (s *Server) visited(w http.ResponseWriter, r *http.Request, known ...string) (*host.Campaign, url.Values) {
	q, err := parameters(r, known...)
	var c *host.Campaign
	if err == nil {
		c, err = s.findCampaign(r.Context(), r.PathValue("id"))
	}
	if err != nil {
		s.failPage(w, r, err)
		return nil, nil
	}
	return c, q
}

// past is what the reader sees of the campaign, at a sequence, a time or the end of a day; at "" as it is now.
func (s *Server) past(ctx context.Context, c *host.Campaign, seen *projections.Live, at string) (*projections.Live, error) {
	seq, err := host.SeqAsOf(seen, at)
	if err != nil || seq == seen.Summary().Seq {
		return seen, err
	}
	if err := s.refolds.take(); err != nil {
		return nil, err
	}
	defer s.refolds.giveBack()
	return c.Past(ctx, seq)
}

// within is a page that takes one of the places while it is made, and not while a slow reader takes it.
func within(p *places, handler web.Handler) web.Handler {
	return func(ctx context.Context, v *web.View) (web.Page, error) {
		if err := p.take(); err != nil {
			return web.Page{}, err
		}
		defer p.giveBack()
		return handler(ctx, v)
	}
}

// viewsCookie holds the events as of which a browser showed a campaign's board, "<earlier>-<last>": no secret, and no person's.
const viewsCookie = "views"

// viewsAge is how long a browser remembers.
const viewsAge = 400 * 24 * time.Hour

func lastViews(r *http.Request) web.LastViews {
	cookie, err := r.Cookie(viewsCookie)
	if err != nil {
		return web.LastViews{}
	}
	earlier, last, _ := strings.Cut(cookie.Value, "-")
	a, errA := strconv.ParseUint(earlier, 10, 63)
	b, errB := strconv.ParseUint(last, 10, 63)
	if errA != nil || errB != nil {
		return web.LastViews{}
	}
	return web.LastViews{Earlier: events.Seq(a), Last: events.Seq(b)}
}

func rememberViews(w http.ResponseWriter, r *http.Request, v web.LastViews) {
	http.SetCookie(w, &http.Cookie{Name: viewsCookie, Value: fmt.Sprintf("%d-%d", v.Earlier, v.Last), Path: r.URL.Path, MaxAge: int(viewsAge.Seconds()),
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode})
}

// failPage answers an error to whoever reads: a page to people, a problem to programs.
func (s *Server) failPage(w http.ResponseWriter, r *http.Request, err error) {
	s.showProblem(w, r, *s.judge(r.Context(), r.URL.Path, err))
}

func (s *Server) showProblem(w http.ResponseWriter, r *http.Request, p problem) {
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		p.write(w)
		return
	}
	p.headers(w)
	s.render(w, p.Status, web.Error(language(r), p.Status, p.Detail))
}

func (s *Server) render(w http.ResponseWriter, status int, page web.Page) {
	s.send(w, status, s.html(page))
}

// html is a page's HTML; nil where it can't be shown, which is logged.
func (s *Server) html(page web.Page) []byte {
	html, err := s.templates.Render(page)
	if err != nil {
		s.Log.Error().Err(err).Msg("a page can't be shown")
		return nil
	}
	return html
}

func (s *Server) send(w http.ResponseWriter, status int, html []byte) {
	if html == nil {
		problem{Status: http.StatusInternalServerError, Code: "internal", Detail: "the page can't be shown; the log says why"}.write(w)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if w.Header().Get("Cache-Control") == "" { // a problem is not to be kept at all
		w.Header().Set("Cache-Control", "no-cache")
	}
	w.WriteHeader(status)
	_, _ = w.Write(html) // the client is gone if this fails
}

// asset serves a style or a script.
func asset(w http.ResponseWriter, r *http.Request) {
	web.Assets().ServeHTTP(&withProblems{ResponseWriter: w}, r)
}

// homePage is how many campaigns a page of the home page has.
const homePage = 100

// home lists the campaigns, by pages in the order of their ids; ?after= is where the page before ended.
func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	q, err := parameters(r, "after")
	p := page[string]{limit: homePage}
	if err == nil {
		p, err = textPage(q)
	}
	var ids []string
	if err == nil {
		p.limit = homePage
		ids, err = s.Host.IDs(r.Context())
	}
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	total := len(ids)
	ids = slices.DeleteFunc(ids, func(id string) bool { return id <= p.after })
	ids, next := cut(p, ids, func(id string) string { return id })
	var list []web.CampaignCard
	for _, l := range s.glance(r, ids) {
		sum := s.summarize(language(r), l)
		card := web.CampaignCard{ID: sum.ID, Title: sum.Title, Notice: sum.Notice, ReadOnly: sum.ReadOnly, Signed: sum.Signed, Final: sum.Final,
			Frozen: sum.Frozen != 0, Stage: sum.Stage, Unread: sum.Unread}
		if !card.Frozen { // what is behind a freeze is not counted up in the hall
			card.Seq = sum.Seq
		}
		list = append(list, card)
	}
	s.render(w, http.StatusOK, web.Home(language(r), web.CampaignCards{Cards: list, After: p.after, Next: next, Total: total}))
}
