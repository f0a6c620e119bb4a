package web

import (
	"context"
	"errors"
	"slices"

	"campaignledger/events"
	"campaignledger/projections"
)

// unitPage is what a unit's rank is made of, and what is said of it.
type unitPage struct {
	Frame
	Why    projections.Why
	Record projections.UnitRecord
	Others []UnitName
	More   map[string]int // entries that are not listed, by criterion
}

// What a unit's page lists of one criterion: the newest entries that count, more than a year brings where units score each other, and the newest that
// do not. The log has all of them.
const (
	maxEntries     = 60
	maxPastEntries = 20
)

// shorten leaves out of each criterion the older ones of many entries.
func (p *unitPage) shorten() {
	p.More = map[string]int{}
	for i := range p.Why.Criteria {
		c := &p.Why.Criteria[i]
		counting, past := maxEntries, maxPastEntries
		var kept []projections.WhyEntry
		for _, e := range slices.Backward(c.Entries) {
			left := &past
			if e.Counts {
				left = &counting
			}
			if *left--; *left >= 0 {
				kept = append(kept, e)
			}
		}
		slices.Reverse(kept)
		if more := len(c.Entries) - len(kept); more > 0 {
			p.More[c.ID] = more
		}
		c.Entries = kept
	}
}

// UnitName is a unit in a choice.
type UnitName struct{ ID, Title string }

// Unit is the page of a unit: points for each criterion down to the entries, and evaluations, exclusions, commendations.
func Unit(ctx context.Context, v *View) (Page, error) {
	var p unitPage
	cluster, unit := v.Query.Get("cluster"), v.PathValue("unit")
	err := v.look(ctx, func(seen *projections.Live) (err error) {
		if p.Why, err = seen.Why(cluster, unit, "", v.Lang); err != nil {
			return unknownPlace(err)
		}
		p.shorten()
		p.Frame = v.frame(seen.Summary(), p.Why.Title, p.Why.Title)
		p.meet(seen.Roster())
		p.Others = unitsOf(seen.Summary().Regulation, p.Why.Cluster, v.Lang, unit)
		awards, err := v.awards(ctx, seen, p.Historical())
		if err != nil {
			return err
		}
		p.Record = recordOf(awards, p.Why.Cluster, unit)
		return nil
	})
	p.Styles = []string{"unit.css"}
	return Page{"unit", p}, err
}

// unknownPlace says of a name in the path that is not known that there is no such page.
func unknownPlace(err error) error {
	var refusal *projections.Refusal
	if errors.As(err, &refusal) && (refusal.Code == projections.CodeUnknownUnit || refusal.Code == projections.CodeUnknownAward) {
		return missing("%v", err)
	}
	return err
}

// awards are the campaign's awards as they stand in seen: the present fold belongs to the gate, a past one to whoever had it folded.
func (v *View) awards(ctx context.Context, seen *projections.Live, historical bool) (*projections.Awards, error) {
	if historical {
		return seen.Awards(v.Lang), nil
	}
	return v.Campaign.Awards(ctx, v.Reader, v.Lang)
}

func recordOf(a *projections.Awards, cluster, unit string) projections.UnitRecord {
	for i := range a.Units {
		if a.Units[i].Cluster == cluster && a.Units[i].Unit == unit {
			return a.Units[i]
		}
	}
	return projections.UnitRecord{}
}

// unitsOf are a cluster's units but one, in the order of their titles.
func unitsOf(r *events.Regulation, cluster, lang, but string) []UnitName {
	c := r.Cluster(cluster)
	if c == nil {
		return nil
	}
	var list []UnitName
	for _, u := range c.Units {
		if u.ID != but {
			list = append(list, UnitName{u.ID, orID(u.Title.In(lang), u.ID)})
		}
	}
	SortBy(list, lang, func(u UnitName) string { return u.Title })
	return list
}

// Mark is what an entry says, in the reader's language.
func (f Frame) Mark(line projections.AuditLine) string { return projections.MarkText(line, f.Lang) }

// Sentence is an event in the reader's language.
func (f Frame) Sentence(line projections.AuditLine) string {
	return projections.Sentence(line, f.Lang)
}

// HoldWord says why an entry does not count, in the reader's language.
func (f Frame) HoldWord(word string) string {
	switch word {
	case "transcribed":
		return f.Say("chờ xác nhận", "waits for confirmation")
	case "second":
		return f.Say("chờ đồng thẩm định", "waits for a second")
	case "reopened":
		return f.Say("tiêu chí đã sửa", "its criterion was amended")
	case "review":
		return f.Say("phải xem xét lại", "to be looked at again")
	case "single":
		return f.Say("tiêu chí chỉ tính một người chấm", "its criterion takes one scorer's marks")
	case "act":
		return f.Say("chờ đồng thuận", "waits for endorsements")
	}
	return f.Say("chưa tính", "does not count")
}

// Method is how a leaf's points come about, in the reader's language.
func (f Frame) Method(m events.Method) string {
	switch m {
	case events.MethodGraded:
		return f.Say("chấm trực tiếp", "graded")
	case events.MethodTarget:
		return f.Say("so với chỉ tiêu", "against a target")
	case events.MethodProportional:
		return f.Say("theo tỷ lệ với đơn vị cao nhất", "in proportion to the highest")
	case events.MethodPassfail:
		return f.Say("đạt hoặc không", "pass or fail")
	case events.MethodCount:
		return f.Say("đếm", "counted")
	case events.MethodOrdinal:
		return f.Say("xếp thứ tự", "by places")
	case events.MethodAdjustment:
		return f.Say("điểm thưởng, điểm trừ", "bonus or penalty")
	}
	return ""
}
