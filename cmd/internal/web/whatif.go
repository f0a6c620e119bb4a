package web

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/projections"
)

const (
	// maxWeightFields bounds the weights that the form of a what-if offers: practice has about 170. Addresses and the command reach the others.
	maxWeightFields = 400
	// maxGiverFields bounds the scorers that it offers.
	maxGiverFields = 200
)

// whatIfPage is what the standings would be, beside what they are, and the form to say what is to be otherwise.
type whatIfPage struct {
	Frame
	Shown      string // the cluster
	Problem    string // why it can't be had; in English
	WhatIf     projections.WhatIf
	Rows       []whatIfRow
	Moved      int // units with another rank
	Groups     []weightGroup
	MoreLeaves int // that the form has no room for
	Units      []giverField
	Scorers    []giverField
	Aggregate  string  // of all criteria, as it is written; "" for the regulation's
	Kept       []Param // that the form has no field for
}

// whatIfRow is a unit as it would stand and as it stands.
type whatIfRow struct {
	Unit, Title            string
	Rank, Official         int
	Tied                   bool
	Points, OfficialPoints string
	Difference             string
	More, Less, Complete   bool
	Notes                  []string
}

// weightGroup is a group of criteria at the top, or one that has none below it.
type weightGroup struct {
	ID, Title string
	Leaves    []weightField
	Given     int  // fields that are filled in
	Alone     bool // it is no group
}

// weightField is a leaf's weight: the regulation's, and what is given instead.
type weightField struct{ ID, Title, Weight, Given string }

// giverField is somebody whose marks may be left out.
type giverField struct {
	projections.MarkGiver
	Title   string
	Left    bool
	OfTitle string // of the unit whose member it is
}

// WhatIf is the page of a what-if. It takes the parameters that addresses have, and the fields of its own form (weight.I.1, without.lang-son),
// which it turns into that address.
func WhatIf(ctx context.Context, v *View) (Page, error) {
	form := readWhatIf(v.Query, v.Lang)
	if to := form.address(v); to != "" {
		return Page{}, Elsewhere{to}
	}
	var p whatIfPage
	var roster []projections.Member
	err := v.Campaign.Look(ctx, v.Reader, func(seen *projections.Live) error {
		p = whatIfPage{Shown: v.Query.Get("cluster")}
		r := seen.Summary().Regulation
		if r == nil {
			return v.Campaign.Ledger.Broken()
		}
		roster = seen.Roster()
		seq, err := host.SeqAsOf(seen, v.Query.Get("as_of"))
		if err != nil {
			return err
		}
		p.Shown = cmp.Or(p.Shown, r.Clusters[0].ID)
		assumption, err := projections.ParseAssumption(form.weight, form.without, form.aggregate)
		if assumption.Cluster = p.Shown; err == nil {
			p.WhatIf, err = seen.WhatIfAt(seq, assumption)
		}
		var refusal *projections.Refusal
		if errors.As(err, &refusal) { // the form is shown again, with what was given
			p.Problem = refusal.Error()
			p.WhatIf, err = seen.WhatIfAt(seq, projections.Assumption{Cluster: p.Shown})
		}
		return err
	})
	if err != nil {
		return Page{}, err
	}
	p.Frame = v.frame(p.WhatIf.Standings.Summary, "Giả định", "What if")
	p.meet(roster)
	p.WhatIfState, p.Styles = true, []string{"whatif.css"}
	p.fill(form)
	return Page{"whatif", p}, nil
}

// whatIfForm is what a request assumes, as text.
type whatIfForm struct {
	weight, without, aggregate string
	fields                     bool // some of it came in fields of the form, or is empty
	weights                    map[string]string
	left                       map[string]bool
	all                        string            // the aggregate of all criteria
	aggregates                 map[string]string // of single ones
}

// readWhatIf puts the parameters together. What is empty is not given; a Vietnamese decimal comma is a point.
func readWhatIf(q url.Values, lang string) whatIfForm {
	f := whatIfForm{weights: map[string]string{}, left: map[string]bool{}, aggregates: map[string]string{}}
	parts := map[string][]string{}
	for _, name := range []string{"weight", "without", "aggregate"} {
		if text := q.Get(name); text != "" {
			parts[name] = []string{text}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(q)) {
		name, id, dotted := strings.Cut(key, ".")
		value := strings.TrimSpace(q.Get(key))
		if f.fields = f.fields || dotted || value == ""; !dotted || value == "" {
			continue
		}
		switch name {
		case "weight":
			if lang == "vi" && !strings.Contains(value, ".") {
				value = strings.Replace(value, ",", ".", 1)
			}
			parts[name] = append(parts[name], id+":"+value)
		case "without":
			parts[name] = append(parts[name], id)
		case "aggregate":
			parts[name] = append(parts[name], id+":"+value)
		}
	}
	f.weight, f.without, f.aggregate = strings.Join(parts["weight"], ","), strings.Join(parts["without"], ","), strings.Join(parts["aggregate"], ",")
	f.spread()
	return f
}

// spread fills in the fields of the form; what can't be read is for ParseAssumption to refuse.
func (f *whatIfForm) spread() {
	for item := range strings.SplitSeq(f.weight, ",") {
		if id, value, ok := strings.Cut(item, ":"); ok {
			f.weights[id] = value
		}
	}
	for item := range strings.SplitSeq(f.without, ",") {
		f.left[item] = item != ""
	}
	if a, err := projections.ParseAssumption("", "", f.aggregate); err == nil {
		for _, g := range a.Aggregates {
			if g.Criterion == "" {
				f.all = g.Text()
			} else {
				f.aggregates[g.Criterion] = g.Text()
			}
		}
	}
}

// address is where this what-if has its address, "" if it was asked for there.
func (f *whatIfForm) address(v *View) string {
	if !f.fields {
		return ""
	}
	q := url.Values{}
	for name, value := range map[string]string{"lang": v.Query.Get("lang"), "as_of": v.Query.Get("as_of"), "cluster": v.Query.Get("cluster"),
		"weight": f.weight, "without": f.without, "aggregate": f.aggregate} {
		if value != "" {
			q.Set(name, value)
		}
	}
	u := url.URL{Path: v.Path, RawQuery: strings.NewReplacer("%3A", ":", "%2C", ",").Replace(q.Encode())}
	return u.String()
}

// fill makes the rows and the form.
func (p *whatIfPage) fill(form whatIfForm) {
	official := map[string]*projections.Standing{}
	for _, row := range p.WhatIf.Official[0].Rows {
		official[row.Unit] = row
	}
	differences := map[string]string{}
	for _, c := range p.WhatIf.Changes {
		differences[c.Unit] = c.Difference
	}
	for _, s := range p.WhatIf.Standings.Clusters[0].Rows {
		is := official[s.Unit]
		row := whatIfRow{Unit: s.Unit, Title: p.Unit(s), Rank: s.Rank, Official: is.Rank, Tied: len(s.TiedWith()) > 0, Points: s.Points(), OfficialPoints: is.Points(), Difference: cmp.Or(differences[s.Unit], "0"),
			Complete: s.Complete, Notes: s.Notes}
		row.Less = strings.HasPrefix(row.Difference, "-")
		row.More = !row.Less && strings.Trim(row.Difference, "0.") != ""
		if row.Rank != row.Official {
			p.Moved++
		}
		p.Rows = append(p.Rows, row)
	}
	p.fillWeights(form)
	p.fillGivers(form)
	p.Aggregate = form.all
	for _, id := range slices.Sorted(maps.Keys(form.aggregates)) {
		p.Kept = append(p.Kept, Param{"aggregate." + id, form.aggregates[id]})
	}
}

// fillWeights makes the fields of weights. Those that are given and have no field are kept.
func (p *whatIfPage) fillWeights(form whatIfForm) {
	r := p.WhatIf.Standings.Regulation
	items := r.Criteria(r.Cluster(p.Shown))
	fields, shown := 0, map[string]bool{}
	for i := range items {
		group := weightGroup{ID: items[i].ID, Title: items[i].Title.In(p.Lang), Alone: items[i].Method != events.MethodGroup}
		for _, leaf := range leavesBelow(&items[i]) {
			if fields == maxWeightFields {
				p.MoreLeaves++
				continue
			}
			fields++
			shown[leaf.ID] = true
			field := weightField{leaf.ID, leaf.Title.In(p.Lang), p.Number(leaf.Weight.String()), form.weights[leaf.ID]}
			if field.Given != "" {
				group.Given++
				if _, err := events.ReadDecimal(field.Given); err == nil && p.Lang == "vi" {
					field.Given = strings.Replace(field.Given, ".", ",", 1)
				}
			}
			group.Leaves = append(group.Leaves, field)
		}
		if len(group.Leaves) > 0 {
			p.Groups = append(p.Groups, group)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(form.weights)) {
		if !shown[id] {
			p.Kept = append(p.Kept, Param{"weight." + id, form.weights[id]})
		}
	}
}

// leavesBelow are a criterion's leaves in their order; itself, if it has none below it.
func leavesBelow(c *events.Criterion) (list []*events.Criterion) {
	if c.Method != events.MethodGroup {
		return []*events.Criterion{c}
	}
	for i := range c.Items {
		list = append(list, leavesBelow(&c.Items[i])...)
	}
	return list
}

// fillGivers makes the fields of those whose marks may be left out. Who is left out has one, whatever the room.
func (p *whatIfPage) fillGivers(form whatIfForm) {
	titles := map[string]string{}
	for _, u := range unitsOf(p.WhatIf.Standings.Regulation, p.Shown, p.Lang, "") {
		titles[u.ID] = u.Title
	}
	shown := map[string]bool{}
	for _, g := range p.WhatIf.Givers {
		if len(shown) >= maxGiverFields && !form.left[g.ID] {
			continue
		}
		shown[g.ID] = true
		field := giverField{g, cmp.Or(titles[g.ID], p.Name(g.ID)), form.left[g.ID], cmp.Or(titles[g.Unit], g.Unit)}
		if g.ID == g.Unit {
			p.Units = append(p.Units, field)
		} else {
			p.Scorers = append(p.Scorers, field)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(form.left)) {
		if form.left[id] && !shown[id] {
			p.Kept = append(p.Kept, Param{"without." + id, "1"})
		}
	}
	SortBy(p.Units, p.Lang, func(g giverField) string { return g.Title })
	SortBy(p.Scorers, p.Lang, func(g giverField) string { return g.Title })
}

// Status is that of a refusal where there was one.
func (p whatIfPage) Status() int {
	if p.Problem != "" {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// Lines say what is assumed.
func (p whatIfPage) Lines() []string { return p.WhatIf.Lines(p.Lang) }

// Aggregates are the aggregates that the form offers.
func (p whatIfPage) Aggregates() []Param {
	list := []Param{}
	for _, text := range []string{"mean", "median", "trimmed-mean:1", "trimmed-mean:2", "sum"} {
		list = append(list, Param{text, projections.AggregateIn(text, p.Lang)})
	}
	if p.Aggregate != "" && !slices.ContainsFunc(list, func(o Param) bool { return o.Name == p.Aggregate }) {
		list = append(list, Param{p.Aggregate, projections.AggregateIn(p.Aggregate, p.Lang)})
	}
	return list
}

// Official is the address of the standings as they are.
func (p whatIfPage) Official() string { return p.Href("") }
