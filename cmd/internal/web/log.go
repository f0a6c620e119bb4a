package web

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"campaignledger/events"
	"campaignledger/projections"
)

// logPageLines is how many events a page of the log has: a few screens.
const logPageLines = 50

// logPage is the event log, as the filter chooses.
type logPage struct {
	Frame
	Lines   []LogLine
	Filter  projections.AuditFilter
	From    string // days, as they were asked for
	To      string
	Oldest  bool
	Back    string // addresses of the page before and after; "" if there is none
	On      string
	Veiled  events.Seq // later events that a freeze hides from the reader
	Units   []UnitName
	Leaves  []UnitName
	Types   []UnitName
	Authors []UnitName
}

// LogLine is an event as the log shows it.
type LogLine struct {
	projections.AuditLine
	At     time.Time // claimed in a historic campaign, recorded in a live one
	Who    Speaker
	Title  string   // of the event's type
	States []string // what became of it
}

// Speaker is who said something.
type Speaker struct{ ID, Name, About string }

// Log is the event log: filtered, newest or oldest first, a page at a time. ?before= and ?after= are the sequence beside which a page ends.
func Log(ctx context.Context, v *View) (Page, error) {
	p := logPage{Oldest: v.Query.Get("order") == "oldest", From: v.Query.Get("from"), To: v.Query.Get("to")}
	if order := v.Query.Get("order"); order != "" && order != "oldest" && order != "newest" {
		return Page{}, BadRequest("order=%q: write newest or oldest", order)
	}
	if t := v.Query.Get("type"); t != "" && !slices.Contains(events.Types(), events.Type(t)) {
		return Page{}, BadRequest("type=%.40q: there is no such type of event", t)
	}
	p.Filter = projections.AuditFilter{Cluster: v.Query.Get("cluster"), Unit: v.Query.Get("unit"), Criterion: v.Query.Get("criterion"), Author: v.Query.Get("author"),
		Type: events.Type(v.Query.Get("type")), Lang: v.Lang, Limit: logPageLines + 1}
	asked := p
	err := v.look(ctx, func(seen *projections.Live) error {
		p = asked
		sum := seen.Summary()
		p.Frame = v.frame(sum, "Nhật ký sự kiện", "Event log")
		if err := seen.CheckFilter(p.Filter); err != nil {
			return err
		}
		if err := p.span(v, seen); err != nil {
			return err
		}
		p.choices(sum.Regulation, seen.Roster())
		p.show(v, seen)
		return nil
	})
	if err != nil {
		return Page{}, err
	}
	p.Styles = []string{"log.css"}
	if v.Query.Get("as_of") == "" { // how large the log is, everybody may know
		whole, err := v.Campaign.SummaryFor(ctx, v.Reader)
		if err != nil {
			return Page{}, err
		}
		if whole.Seq > p.Campaign.Seq {
			p.Veiled = whole.Seq - p.Campaign.Seq
		}
	}
	return Page{"log", &p}, nil
}

// span makes the days and the cursors the first and last event to look at.
func (p *logPage) span(v *View, seen *projections.Live) error {
	zone := seen.Summary().Zone()
	for _, day := range []struct {
		text string
		set  func(time.Time)
	}{{p.From, func(t time.Time) { p.Filter.After = seen.SeqAt(t.Add(-time.Millisecond)) }},
		{p.To, func(t time.Time) { p.Filter.Before = seen.SeqAt(t.AddDate(0, 0, 1).Add(-time.Millisecond)) + 1 }}} {
		if day.text == "" {
			continue
		}
		t, err := time.ParseInLocation(time.DateOnly, day.text, zone)
		if err != nil {
			return BadRequest("%q is not a day like 2017-12-05", day.text)
		}
		day.set(t)
	}
	before, err := cursor(v, "before")
	if err != nil {
		return err
	}
	after, err := cursor(v, "after")
	if err != nil {
		return err
	}
	p.Filter.After = max(p.Filter.After, after)
	if before != 0 && (p.Filter.Before == 0 || before < p.Filter.Before) {
		p.Filter.Before = before
	}
	p.Filter.Newest = before != 0 || after == 0 && !p.Oldest
	return nil
}

// cursor is a sequence among the parameters; 0 if it is left out.
func cursor(v *View, name string) (events.Seq, error) {
	text := v.Query.Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil || n == 0 {
		return 0, BadRequest("%s=%q is not a sequence", name, text)
	}
	return events.Seq(n), nil
}

// show takes a page of lines and the addresses of those beside it.
func (p *logPage) show(v *View, seen *projections.Live) {
	list := seen.Audit(p.Filter)
	more := len(list) > logPageLines
	switch {
	case more && p.Filter.Newest:
		list = list[1:]
	case more:
		list = list[:logPageLines]
	}
	who := v.speakers(seen)
	for i := range list {
		p.Lines = append(p.Lines, p.line(list[i], who))
	}
	if len(list) == 0 {
		return
	}
	first, last := list[0].Seq, list[len(list)-1].Seq
	earlier, later := more, v.Query.Get("before") != ""
	if !p.Filter.Newest {
		earlier, later = v.Query.Get("after") != "", more
	}
	var older, newer string
	if earlier {
		older = p.Here("before", first, "after", "")
	}
	if later {
		newer = p.Here("after", last, "before", "")
	}
	if p.Back, p.On = newer, older; p.Oldest {
		p.Back, p.On = older, newer
		return
	}
	slices.Reverse(p.Lines)
}

// line is an event as lists of events show it.
func (f Frame) line(l projections.AuditLine, who map[string]Speaker) LogLine {
	shown := LogLine{AuditLine: l, At: f.at(l), Who: who[l.Author], Title: f.Type(l.Type), States: l.States(f.Lang)}
	shown.Sentence = projections.Sentence(l.Bare(), f.Lang)
	if shown.Who.ID == "" {
		shown.Who = Speaker{ID: l.Author}
	}
	return shown
}

// at is when an event happened: as it claims in a historic campaign, as it was recorded in a live one.
func (f Frame) at(l projections.AuditLine) time.Time {
	text := l.Recorded
	if f.Campaign.Historic {
		text = l.Time
	}
	t, err := events.ParseTime(text)
	if err != nil { // the ledger wrote it
		return time.Time{}
	}
	return t
}

// Type is what an event of a type is, in the reader's language.
func (f Frame) Type(t events.Type) string { return orID(f.Say(t.Title()), string(t)) }

// speakers are the members by id, with role and unit.
func (v *View) speakers(seen *projections.Live) map[string]Speaker {
	units, list := map[string]string{}, map[string]Speaker{}
	for _, c := range seen.Summary().Regulation.Clusters {
		for _, u := range c.Units {
			units[u.ID] = orID(u.Title.In(v.Lang), u.ID)
		}
	}
	for _, m := range seen.Roster() {
		about := events.RoleIn(m.Role, v.Lang)
		if m.Unit != "" {
			about += ", " + orID(units[m.Unit], m.Unit)
		}
		list[m.ID] = Speaker{m.ID, m.Name, about}
	}
	return list
}

// choices are what the filter's form offers.
func (p *logPage) choices(r *events.Regulation, roster []projections.Member) {
	named := map[string]bool{}
	add := func(list *[]UnitName, id, title string) {
		if !named[id] {
			named[id] = true
			*list = append(*list, UnitName{id, title})
		}
	}
	for i := range r.Clusters {
		if c := &r.Clusters[i]; p.Filter.Cluster == "" || p.Filter.Cluster == c.ID {
			for _, u := range c.Units {
				add(&p.Units, u.ID, orID(u.Title.In(p.Lang), u.ID))
			}
		}
	}
	SortBy(p.Units, p.Lang, func(u UnitName) string { return u.Title })
	p.Authors = append(p.Authors, p.Units...)
	clear(named)
	var walk func(items []events.Criterion, depth int)
	walk = func(items []events.Criterion, depth int) {
		for i := range items {
			add(&p.Leaves, items[i].ID, strings.Repeat("  ", depth)+items[i].ID+" "+items[i].Title.In(p.Lang))
			walk(items[i].Items, depth+1)
		}
	}
	for i := range r.Sets {
		walk(r.Sets[i].Items, 0)
	}
	for _, m := range roster {
		p.Authors = append(p.Authors, UnitName{m.ID, orID(m.Name, events.RoleIn(m.Role, p.Lang))})
	}
	for _, t := range events.Types() {
		p.Types = append(p.Types, UnitName{string(t), p.Type(t)})
	}
	SortBy(p.Types, p.Lang, func(u UnitName) string { return u.Title })
}

// Filtered reports whether not all events are asked for.
func (p *logPage) Filtered() bool {
	f := &p.Filter
	return f.Cluster+f.Unit+f.Criterion+f.Author+string(f.Type)+p.From+p.To != ""
}

// Kept are the parameters that the filter's form keeps.
func (p *logPage) Kept() []Param {
	return p.Frame.Hidden("cluster", "unit", "criterion", "author", "type", "from", "to", "order", "before", "after")
}

// TypeText is the type that is asked for.
func (p *logPage) TypeText() string { return string(p.Filter.Type) }

// RequestError is a page that can't be shown because of what was asked for.
type RequestError struct {
	Missing bool // there is nothing of the name
	reason  string
}

func (e *RequestError) Error() string { return e.reason }

// BadRequest is a request whose parameters are wrong.
func BadRequest(format string, args ...any) error {
	return &RequestError{false, fmt.Sprintf(format, args...)}
}

// missing is a request for what there is not.
func missing(format string, args ...any) error {
	return &RequestError{true, fmt.Sprintf(format, args...)}
}
