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
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// CampaignSummary is a campaign as lists show it.
type CampaignSummary struct {
	ID         string            `json:"id"`
	Title      string            `json:"title"`
	Notice     string            `json:"notice,omitempty"`
	Signed     bool              `json:"signed"`
	Final      bool              `json:"final"`
	Clock      events.Clock      `json:"clock"`
	Zone       string            `json:"zone"`
	Seq        events.Seq        `json:"seq"`
	AsOf       string            `json:"asOf"`
	Durability ledger.Durability `json:"durability"`
	ReadOnly   string            `json:"readOnly,omitempty"` // why
	Stage      events.Stage      `json:"stage,omitempty"`    // of a signed campaign, and its genesis hash
	Genesis    string            `json:"genesis,omitempty"`
	Regulation int               `json:"regulation,omitempty"` // version in force
	Frozen     events.Seq        `json:"frozen,omitempty"`     // since this event the standings are frozen
	Proof      host.Witnessing   `json:"proof"`                // how many witnesses stand behind what
	Restored   *Restored         `json:"restored,omitempty"`   // of a restored copy that nobody took over
	Unread     bool              `json:"unread,omitempty"`     // in a list: the server has not read its log yet, and knows its id alone
}

// summaryOf is a campaign as whoever asks may see it.
func (s *Server) summaryOf(req *http.Request, c *host.Campaign) CampaignSummary {
	out := s.summarize(language(req), c.Listed(req.Context(), s.reader(req, c)))
	out.Restored = restoredOf(c)
	return out
}

// summarize is what is shown of a campaign in a language.
func (s *Server) summarize(lang string, l host.Listed) CampaignSummary {
	out := CampaignSummary{ID: l.ID, Seq: l.Seq, Final: l.Final, Proof: l.Proof, ReadOnly: l.ReadOnly, Unread: l.Unread}
	if l.Regulation == 0 && l.ReadOnly != "" && l.Seq == 0 && l.Proof == (host.Witnessing{}) { // it can't be opened
		return out
	}
	out.Durability = s.Host.Durability()
	if l.Regulation != 0 {
		out.Title, out.Notice, out.Signed = l.Title.In(lang), l.Notice.In(lang), l.Signed
		out.Clock, out.Zone, out.AsOf = l.Clock, l.Zone, events.FormatTime(l.AsOf)
		out.Stage, out.Genesis, out.Regulation, out.Frozen = l.Stage, l.Genesis, l.Regulation, l.Frozen
	}
	return out
}

// readForList is how many campaigns of which nothing is known yet are read for one answer. Of the others the list has the ids alone: the server
// is still reading their logs, and a client that asks for pages of at most as many gets them all.
const readForList = 100

// glance is what lists show of the campaigns, in their order. Those that are not open are not opened, unless nothing is known of them yet, or
// whoever asks is a member there, who may see more than the public.
func (s *Server) glance(r *http.Request, ids []string) []host.Listed {
	given, _ := s.session(r)
	read := 0 // and none more where there is no room
	list := make([]host.Listed, 0, len(ids))
	for _, id := range ids {
		l := s.Host.Glance(r.Context(), id, func(c *host.Campaign) host.Reader { return s.reader(r, c) })
		if (l.Unread && read < readForList || id == given.campaign) && r.Context().Err() == nil {
			read++
			var busy bool
			if l, busy = s.opened(r, id); busy {
				read = readForList
			}
		}
		list = append(list, l)
	}
	return list
}

// opened is what lists show of a campaign that is opened for it, and not held open for longer; busy: there was no room to open it.
func (s *Server) opened(r *http.Request, id string) (l host.Listed, busy bool) {
	ctx, end := s.Host.Hold(r.Context())
	defer end()
	c, err := s.Host.Campaign(ctx, id)
	switch {
	case errors.Is(err, ledger.ErrBusy):
		return host.Listed{ID: id, Unread: true}, true
	case err != nil:
		return host.Listed{ID: id, ReadOnly: err.Error()}, false
	}
	return c.Listed(ctx, s.reader(r, c)), false
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	q, err := parameters(r, "limit", "after")
	var ids []string
	var p page[string]
	if err == nil {
		p, err = textPage(q)
	}
	if err == nil {
		ids, err = s.Host.IDs(r.Context()) // sorted
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return id <= p.after })
	ids, next := cut(p, ids, func(id string) string { return id })
	list := []CampaignSummary{}
	for _, l := range s.glance(r, ids) {
		list = append(list, s.summarize(language(r), l))
	}
	linkNext(w, r, "after", next)
	s.writeRead(w, r, campaignList{list, next})
}

// campaignList is a page of a server's campaigns, by id.
type campaignList struct {
	Campaigns []CampaignSummary `json:"campaigns"`
	Next      string            `json:"next,omitempty"` // after which the next page begins; absent at the end
}

func (s *Server) summary(w http.ResponseWriter, r *http.Request) {
	if _, err := parameters(r); err != nil {
		s.fail(w, r, err)
		return
	}
	if c := s.caughtUp(w, r); c != nil {
		s.writeRead(w, r, s.summaryOf(r, c))
	}
}

// campaign is the campaign the path names, caught up with whatever was acknowledged before; nil after an error was answered. Its
// opening was read, so that there is a regulation.
func (s *Server) campaign(w http.ResponseWriter, r *http.Request) *host.Campaign {
	c := s.caughtUp(w, r)
	if c != nil && c.Summary().Regulation == nil { // broken at its first record
		s.fail(w, r, c.Ledger.Broken())
		return nil
	}
	return c
}

// asked is the campaign that the path names and the request's parameters, of which only known ones may be there. The campaign is nil
// after an error was answered.
func (s *Server) asked(w http.ResponseWriter, r *http.Request, known ...string) (*host.Campaign, url.Values) {
	q, err := parameters(r, known...)
	if err != nil {
		s.fail(w, r, err)
		return nil, nil
	}
	return s.campaign(w, r), q
}

// told is asked for a request with a body of at most limit bytes.
func (s *Server) told(w http.ResponseWriter, r *http.Request, limit int64, known ...string) (*host.Campaign, url.Values, []byte) {
	c, q := s.asked(w, r, known...)
	if c == nil {
		return nil, nil, nil
	}
	body, err := s.readAll(w, r, limit)
	if err != nil {
		s.fail(w, r, err)
		return nil, nil, nil
	}
	return c, q, body
}

// caughtUp is like campaign, but a log that is broken at its first record has no regulation.
func (s *Server) caughtUp(w http.ResponseWriter, r *http.Request) *host.Campaign {
	c, err := s.findCampaign(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return nil
	}
	return c
}

// findCampaign is the campaign id, caught up; one whose log is broken too.
func (s *Server) findCampaign(ctx context.Context, id string) (*host.Campaign, error) {
	c, err := s.Host.Campaign(ctx, id)
	if err == nil && c.Summary().Regulation == nil && c.Ledger.Broken() == nil {
		if err = c.Sync(ctx); err == nil && c.Summary().Regulation == nil {
			err = s.Host.NoCampaign(c.ID)
		}
	}
	if err == nil {
		err = c.Sync(ctx)
	}
	if errors.Is(err, ledger.ErrReadOnly) {
		err = nil
	}
	return c, err
}

// language is the reader's: ?lang=, else Vietnamese.
func language(r *http.Request) string {
	if r.URL.Query().Get("lang") == "en" {
		return "en"
	}
	return "vi"
}

// parameters refuses those that the request may not have. A known one that ends in .* stands for a field for each of many things.
func parameters(r *http.Request, known ...string) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("%w", err)
	}
	for key, values := range q {
		ok := key == "lang" && (values[0] == "vi" || values[0] == "en") || slices.Contains(known, key)
		if name, id, field := strings.Cut(key, "."); field && id != "" {
			ok = ok || slices.Contains(known, name+".*")
		}
		if !ok || len(values) > 1 {
			return nil, badRequest("unknown, doubled or wrong parameter %s; known are %s", key,
				strings.Join(append(slices.Clone(known), "lang (vi, en)"), ", "))
		}
	}
	return q, nil
}

// choice reads a parameter that is the one word it may be, or left out. A word misread could store what was to be tried.
func choice(q url.Values, key, word string, v *bool) error {
	switch text := q.Get(key); text {
	case word:
		*v = true
	case "", "false":
	default:
		return badRequest("%s=%q: leave it out or write %s=%s", key, text, key, word)
	}
	return nil
}

func (s *Server) standings(w http.ResponseWriter, r *http.Request) {
	q, err := parameters(r, "cluster", "as_of", "detail")
	options := projections.JSONOptions{Cluster: q.Get("cluster"), Lang: language(r)}
	if err == nil {
		err = choice(q, "detail", "none", &options.NoDetail)
	}
	if err == nil && wantsStream(r) && q.Has("as_of") {
		err = badRequest("a stream shows the standings as they change; leave as_of out")
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	c := s.campaign(w, r)
	if c == nil {
		return
	}
	if wantsStream(r) {
		s.streamStandings(w, r, c, options)
		return
	}
	line, err := standingsLine(r.Context(), c, s.reader(r, c), q.Get("as_of"), options)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeLine(w, r, line)
}

// standingsLine is the standings as the reader may see them, as of a place that it names, as a line of JSON without a line feed.
func standingsLine(ctx context.Context, c *host.Campaign, r host.Reader, asOf string, o projections.JSONOptions) (line []byte, err error) {
	err = c.Look(ctx, r, func(seen *projections.Live) error {
		standings, err := c.AsOf(ctx, seen, asOf)
		if err != nil {
			return err
		}
		line = standings.AppendJSON(nil, o)
		return standings.CheckCluster(o.Cluster)
	})
	return line, err
}

// auditPage is a page of a campaign's history.
type auditPage struct {
	Campaign string                  `json:"campaign"`
	Signed   bool                    `json:"signed"`
	Notice   string                  `json:"notice"`
	Seq      events.Seq              `json:"seq"` // of the newest event that the reader sees
	Lines    []projections.AuditLine `json:"lines"`
	Next     events.Seq              `json:"next,omitempty"` // after which the next page begins; absent at the end
}

// audit answers the history that the parameters choose; ?limit= and ?after=, a sequence, ask for a page.
func (s *Server) audit(w http.ResponseWriter, r *http.Request) {
	q, err := parameters(r, "cluster", "unit", "criterion", "author", "from", "to", "after", "limit")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	filter := projections.AuditFilter{Cluster: q.Get("cluster"), Unit: q.Get("unit"), Criterion: q.Get("criterion"), Author: q.Get("author"), Lang: language(r)}
	if err := errors.Join(number(q, "after", &filter.After), readLimit(q, &filter.Limit)); err != nil {
		s.fail(w, r, err)
		return
	}
	c := s.campaign(w, r)
	if c == nil {
		return
	}
	if longHistory(filter, c.Summary().Seq) && !s.trusted(r) { // this machine's commands always may
		if err := s.histories.take(address(r)); err != nil {
			s.fail(w, r, fmt.Errorf("long histories, of which you may have pages with limit= and after=: %w", err))
			return
		}
		defer s.histories.giveBack(address(r))
	}
	p := page[events.Seq]{filter.After, filter.Limit}
	if p.limit > 0 {
		filter.Limit++ // one more tells whether there is another page
	}
	var answer auditPage
	err = c.Look(r.Context(), s.reader(r, c), func(seen *projections.Live) error {
		sum := seen.Summary()
		if err := errors.Join(instant(q, "from", sum.Zone(), 0, &filter.From), instant(q, "to", sum.Zone(), 1, &filter.To)); err != nil {
			return err
		}
		answer = auditPage{Campaign: c.ID, Signed: sum.Regulation.Signed(), Notice: sum.Regulation.Notice.In(language(r)), Seq: sum.Seq}
		answer.Lines, answer.Next = cut(p, seen.Audit(filter), func(l projections.AuditLine) events.Seq { return l.Seq })
		return seen.CheckFilter(filter)
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	linkNext(w, r, "after", seqText(answer.Next))
	s.writeRead(w, r, answer)
}

// shortHistory is how many events may be answered to any number of readers at a time: some MB.
const shortHistory = 2000

// longHistory reports whether a filter may choose more events, where last is the newest.
func longHistory(f projections.AuditFilter, last events.Seq) bool {
	n := last - min(f.After, last)
	return n > shortHistory && (f.Limit == 0 || f.Limit > shortHistory)
}

func number[T ~int | ~uint64](q url.Values, key string, v *T) error {
	text := q.Get(key)
	if text == "" {
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return badRequest("%s=%q is not a number from 0", key, text)
	}
	*v = T(n)
	return nil
}

// instant reads a time, or a day in the zone, of which it takes the first moment, or with days = 1 the last.
func instant(q url.Values, key string, zone *time.Location, days int, v *time.Time) error {
	text := q.Get(key)
	if text == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		if t, err = time.ParseInLocation(time.DateOnly, text, zone); err != nil {
			return badRequest("%s=%q is no time like 2017-12-05T09:00:00+07:00 and no date like 2017-12-05", key, text)
		}
		t = t.AddDate(0, 0, days).Add(time.Duration(-days) * time.Millisecond)
	}
	*v = t
	return nil
}

func (s *Server) why(w http.ResponseWriter, r *http.Request) {
	c, q := s.asked(w, r, "cluster", "unit", "other")
	if c == nil {
		return
	}
	var why projections.Why
	if err := s.views.wait(r.Context()); err != nil {
		s.fail(w, r, err)
		return
	}
	err := c.Look(r.Context(), s.reader(r, c), func(seen *projections.Live) (err error) {
		why, err = seen.Why(q.Get("cluster"), q.Get("unit"), q.Get("other"), language(r))
		return err
	})
	s.views.giveBack()
	s.answerRead(w, r, why, err)
}
