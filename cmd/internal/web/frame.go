package web

import (
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/projections"
)

// Frame is what all pages have, and what their templates write with.
type Frame struct {
	Lang     string
	Title    string // of the page
	Campaign *CampaignFrame
	Styles   []string // beside site.css, in assets
	Scripts  []string
	Whole    bool // what could be folded away is shown: for print
	Bare     bool // no navigation and no footer: for the hall
	// WhatIfState is set where the page shows what is not official: the banner says so in place of the standings' state.
	WhatIfState bool

	path   string
	query  url.Values
	origin string
}

// CampaignFrame is what all pages of a campaign have.
type CampaignFrame struct {
	ID, Title, Theme, Movement, Notice string
	Signed, Historic                   bool
	Stage                              events.Stage
	Seq                                events.Seq // that the page is as of
	Time                               time.Time  // of that event
	Newest                             events.Seq // that the reader may see
	Frozen                             events.Seq // the standings.frozen in force, 0 if none
	Final                              bool
	ReadOnly                           string // why the ledger takes no more events; "" while it does
	Zone                               *time.Location
	Clusters                           []ClusterName
	Reader                             host.Reader
	Ended                              bool // the browser read as a member before, and does not any more
	Proof                              host.Witnessing

	units, awards, members map[string]string // titles and names by id; of members where the page needs them
}

// ClusterName is a cluster as navigation shows it.
type ClusterName struct{ ID, Title string }

// frame makes the frame of a page that shows the campaign as sum says, with the page's title in both languages.
func (v *View) frame(sum projections.Summary, vi, en string) Frame {
	f := Frame{Lang: v.Lang, Title: v.say(vi, en), path: v.Path, query: v.Query, origin: v.Origin}
	c := &CampaignFrame{ID: v.Campaign.ID, Title: v.Campaign.ID, Seq: sum.Seq, Time: sum.AsOf, Newest: max(sum.Seq, v.newest()), Frozen: sum.Frozen, Final: sum.Final,
		Stage: sum.Stage, Zone: sum.Zone(), Reader: v.Reader, Ended: v.Ended, Proof: v.Campaign.Witnessing()}
	if err := v.Campaign.ReadOnly(); err != nil {
		c.ReadOnly = err.Error()
	}
	if r := sum.Regulation; r != nil {
		c.Title, c.Theme, c.Movement, c.Notice, c.Signed = orID(r.Title.In(v.Lang), r.ID), r.Theme.In(v.Lang), r.Movement.In(v.Lang), r.Notice.In(v.Lang), r.Signed()
		c.titles(r, v.Lang)
		c.Historic = r.Clock == events.ClockHistoric
		for i := range r.Clusters {
			c.Clusters = append(c.Clusters, ClusterName{r.Clusters[i].ID, orID(r.Clusters[i].Title.In(v.Lang), r.Clusters[i].ID)})
		}
	}
	f.Campaign = c
	return f
}

// outside is the frame of a page that is of no campaign.
func outside(lang, title string) Frame {
	return Frame{Lang: lang, Title: title, path: "/", query: url.Values{}}
}

// newest is the newest event that the reader may see the standings of.
func (v *View) newest() events.Seq {
	sum := v.Campaign.Summary()
	if sum.Frozen != 0 && !v.Reader.Entitled() {
		return sum.Frozen
	}
	return sum.Seq
}

// orID is a title, or the id of what has none.
func orID(title, id string) string {
	if title == "" {
		return id
	}
	return title
}

// Say is the text in the reader's language; args are for its verbs.
func (f Frame) Say(vi, en string, args ...any) string {
	if text := say(f.Lang, vi, en); len(args) > 0 {
		return fmt.Sprintf(text, args...)
	}
	return say(f.Lang, vi, en)
}

// Number writes an exact decimal in the reader's language.
func (f Frame) Number(decimal string) string {
	text := events.NumberIn(decimal, f.Lang)
	if rest, negative := strings.CutPrefix(text, "-"); negative && rest != "" && rest != text && strings.Trim(rest, "0123456789.,") == "" {
		return "−" + rest
	}
	return text
}

// Count writes a whole number in the reader's language.
func (f Frame) Count(n any) string { return events.NumberIn(fmt.Sprint(n), f.Lang) }

// Signed writes a difference with its sign: +1,5 or −2.
func (f Frame) Signed(decimal string) string {
	if strings.HasPrefix(decimal, "-") || strings.Trim(decimal, "0.") == "" {
		return f.Number(decimal)
	}
	return "+" + f.Number(decimal)
}

// Move says how a rank moved: with a sign, a number, and words for who can't see it. board.js writes the same.
func (f Frame) Move(from, to int) template.HTML {
	way, sign, words := "same", "–", f.Say("không đổi", "unchanged")
	switch {
	case to < from:
		way, sign, words = "up", fmt.Sprintf("▲%d", from-to), f.Say("lên hạng %d", "up to rank %d", to)
	case to > from:
		way, sign, words = "down", fmt.Sprintf("▼%d", to-from), f.Say("xuống hạng %d", "down to rank %d", to)
	}
	return template.HTML(`<span class="` + way + `"><span aria-hidden="true">` + sign + `</span><span class="hidden">` + words + `</span></span>`) // numbers and our own words
}

// Day is the day of t where the campaign is.
func (f Frame) Day(t time.Time) string {
	return t.In(f.zone()).Format(say(f.Lang, "02/01/2006", "2 Jan 2006"))
}

// Moment is the day and minute of t where the campaign is.
func (f Frame) Moment(t time.Time) string {
	return t.In(f.zone()).Format(say(f.Lang, "15:04 02/01/2006", "2 Jan 2006, 15:04"))
}

// DayText is a day, given as YYYY-MM-DD, in the reader's language.
func (f Frame) DayText(day string) string {
	t, err := time.ParseInLocation(time.DateOnly, day, f.zone())
	if err != nil {
		return day
	}
	return f.Day(t)
}

// Machine is t as <time> elements have it.
func (f Frame) Machine(t time.Time) string { return events.FormatTime(t) }

func (f Frame) zone() *time.Location {
	if f.Campaign == nil {
		return time.UTC
	}
	return f.Campaign.Zone
}

// Note is a standing's note in the reader's language.
func (f Frame) Note(note string) string { return projections.NoteIn(note, f.Lang) }

// Stage is a stage in the reader's language.
func (f Frame) Stage(s events.Stage) string { return s.In(f.Lang) }

// Historical reports whether the page shows an earlier state than the reader may see.
func (f Frame) Historical() bool { return f.Campaign.Seq < f.Campaign.Newest }

// Href is the address of a page of the campaign, as of the same event and in the same language, with more parameters: names and values in
// turn. A value "" takes a parameter away.
func (f Frame) Href(page string, params ...any) string {
	q := url.Values{}
	if at := f.query.Get("as_of"); at != "" {
		q.Set("as_of", at)
	}
	return f.address(page, q, params)
}

// Base is the address of a page of the campaign without parameters: for forms, which bring their own.
func (f Frame) Base(page string) string {
	path, _, _ := strings.Cut(f.Href(page), "?")
	return path
}

// FullAPI is the whole address of something in the campaign's API, for commands on another machine.
func (f Frame) FullAPI(path string) string { return f.origin + f.API(path) }

// Here is the address of this page with some parameters changed.
func (f Frame) Here(params ...any) string {
	u := url.URL{Path: f.path, RawQuery: withParams(f.query, f.Lang, params).Encode()}
	return u.String()
}

// Other is the address of this page in the other language.
func (f Frame) Other() string { return f.Here("lang", say(f.Lang, "en", "vi")) }

func (f Frame) address(page string, q url.Values, params []any) string {
	path := "/campaigns/" + url.PathEscape(f.Campaign.ID)
	if page != "" {
		path += "/" + page
	}
	u := url.URL{Path: path, RawQuery: withParams(q, f.Lang, params).Encode()}
	return u.String()
}

// withParams is q with parameters set: names and values in turn. Vietnamese is what a page is in by itself.
func withParams(q url.Values, lang string, params []any) url.Values {
	out := url.Values{}
	for key, values := range q {
		out[key] = slices.Clone(values)
	}
	out.Set("lang", lang)
	for i := 0; i+1 < len(params); i += 2 {
		key, value := fmt.Sprint(params[i]), fmt.Sprint(params[i+1])
		if out.Set(key, value); value == "" {
			out.Del(key)
		}
	}
	if out.Get("lang") == "vi" {
		out.Del("lang")
	}
	return out
}

// Hidden are the parameters that a form of this page must keep, but for those it sets itself.
func (f Frame) Hidden(but ...string) []Param {
	var list []Param
	for key, values := range withParams(f.query, f.Lang, nil) {
		if !slices.Contains(but, key) && len(values) > 0 && values[0] != "" {
			list = append(list, Param{key, values[0]})
		}
	}
	slices.SortFunc(list, func(a, b Param) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Param is a name and value of an address.
type Param struct{ Name, Value string }
