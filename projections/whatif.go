package projections

import (
	"slices"
	"strconv"
	"strings"

	"campaignledger/events"
)

// WhatIf is what the standings would be if something were otherwise: other weights, other aggregates, no marks of somebody. It is made of
// all current marks, under the regulation in force but for what is assumed, exactly as the standings are. It is never official and never
// stored; with nothing assumed it is equal to the official standings.
//
// Whose marks are left out: of a unit, those whose scorer is the unit or a member of it; of a scorer that is no unit, its own. Marks at a
// level where units score themselves stay, and so do targets, whoever set them. A leaf that has no marks then gives no points, and where no
// mark of the highest level is left the next one counts, if the regulation lets it. Tie decisions hold where they still can.
type WhatIf struct {
	Assumption Assumption // in its one form
	Otherwise
	Official  []*ClusterStandings // as they are
	Standings Standings           // as they would be, of the same clusters
	Changes   []RankChange        // against the official standings, of units whose rank or points differ; in the official order
}

// Otherwise is what is not as it is officially.
type Otherwise struct {
	Weights    []OtherValue   `json:"weights"`                 // of leaves
	Aggregates []OtherValue   `json:"aggregates"`              // of single leaves, as they are written: trimmed-mean:1
	All        *AllAggregates `json:"allAggregates,omitempty"` // of the other leaves; nil if they stay
	Without    []LeftOut      `json:"without"`
	Dropped    int            `json:"dropped"` // current marks with a value that are left out, those included that did not count
}

// OtherValue is a leaf's weight or aggregate: the regulation's and the assumed one.
type OtherValue struct {
	Set       string      `json:"set"`
	Criterion string      `json:"criterion"`
	Title     events.Text `json:"-"`
	From      string      `json:"from"`
	To        string      `json:"to"`
}

// AllAggregates is the aggregate assumed of all leaves that nothing else is said of, and how many of them have another one.
type AllAggregates struct {
	To     string `json:"to"`
	Leaves int    `json:"leaves"`
}

// LeftOut is whose marks are left out, and how many there are.
type LeftOut struct {
	Scorer string `json:"scorer"`
	Marks  int    `json:"dropped"`
}

// WhatIf works out the standings under an assumption. It refuses, with a *Refusal, criteria, scorers, clusters and aggregates that there
// are not, and what no regulation could say. O(n) in events.
func (l *Live) WhatIf(a Assumption) (WhatIf, error) {
	a, err := a.canonical()
	if err != nil {
		return WhatIf{}, err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.plan == nil {
		return WhatIf{}, refuse(CodeNotOpen, "", "open it with campaign open REGULATION.yaml", "the campaign is not open")
	}
	if _, ok := l.plan.byID[a.Cluster]; a.Cluster != "" && !ok {
		return WhatIf{}, refuse(CodeUnknownCluster, "cluster", "use one of: "+l.plan.clusterIDs(), "there is no cluster %.80s", a.Cluster)
	}
	return l.whatIf(a)
}

// whatIf is WhatIf of a campaign that is open; the lock is held, for reading at least.
func (l *Live) whatIf(a Assumption) (WhatIf, error) {
	w := WhatIf{Assumption: a, Standings: Standings{Summary: l.summary()}, Changes: []RankChange{}}
	plan, err := w.plan(l.plan)
	if err != nil {
		return WhatIf{}, err
	}
	out := l.leaveOut(a.Without)
	shown := func(e *entry) bool {
		return a.Cluster == "" || e.cluster >= 0 && l.plan.clusters[e.cluster].ID == a.Cluster
	}
	w.Without = make([]LeftOut, len(a.Without))
	for i, id := range a.Without {
		w.Without[i].Scorer = id
	}
	j := &l.state.journal
	for seq := events.Seq(1); seq <= j.committed() && len(a.Without) > 0; seq++ {
		if e := j.at(seq); e.supersededBy == 0 && shown(e) {
			if i := out.whose(e); i >= 0 && e.mark <= events.MarkPlace {
				w.Without[i].Marks++
				w.Dropped++
			}
		}
	}
	if err := out.known(); err != nil {
		return WhatIf{}, err
	}
	hold := func(seq events.Seq) uint8 { return j.at(seq).hold }
	// The official boards are folded too: those of Live are brought up to date under a lock that keeps readers out.
	official := foldBoards(l.plan, j, j.committed(), hold, shown)
	then := foldBoards(plan, j, j.committed(), hold, func(e *entry) bool { return shown(e) && out.whose(e) < 0 })
	for i := range official {
		if a.Cluster != "" && l.plan.clusters[i].ID != a.Cluster {
			continue
		}
		is, would := official[i].standings(l.note), then[i].standings(l.note)
		w.Official, w.Standings.Clusters = append(w.Official, is), append(w.Standings.Clusters, would)
		w.Changes = append(w.Changes, rankChanges(is, would)...)
	}
	return w, nil
}

// plan is the plan in force as it would be, the same one if it would not change.
func (w *WhatIf) plan(p *plan) (*plan, error) {
	if len(w.Assumption.Weights)+len(w.Assumption.Aggregates) == 0 {
		return p, nil
	}
	r := *p.regulation
	r.Sets = slices.Clone(r.Sets)
	c := newLeafChanger(w)
	for i := range r.Sets {
		if set := &r.Sets[i]; slices.ContainsFunc(p.clusters, func(c *clusterPlan) bool {
			return c.Criteria == set.ID && (w.Assumption.Cluster == "" || c.ID == w.Assumption.Cluster)
		}) {
			set.Items = c.items(set.ID, set.Items)
		}
	}
	if err := c.known(); err != nil {
		return nil, err
	}
	then := newPlan(&r, p)
	then.version = p.version
	for i, c := range then.clusters {
		if shown := w.Assumption.Cluster == "" || c.ID == w.Assumption.Cluster; !shown || !c.Ranking.ByRatio {
			continue
		}
		for u, m := range c.maxima {
			if was := p.clusters[i].maxima[u]; m.n != nil && m.n.Sign() == 0 && was.n != nil && was.n.Sign() != 0 {
				return nil, refuse(CodeWhatIf, "weight", "leave a criterion of it a weight above 0",
					"the ratio of unit %s in cluster %s can't be had: nothing assigned to it has a weight above 0", c.Units[u].ID, c.ID)
			}
		}
	}
	return then, nil
}

// leafChanger makes the criteria that are assumed of those there are.
type leafChanger struct {
	to         *WhatIf
	weights    map[string]events.Decimal
	aggregates map[string]AssumedAggregate // "" for all leaves
	leaves     map[string]events.Method    // that were met, groups included
	wrong      error
}

func newLeafChanger(w *WhatIf) *leafChanger {
	c := &leafChanger{w, map[string]events.Decimal{}, map[string]AssumedAggregate{}, map[string]events.Method{}, nil}
	for _, x := range w.Assumption.Weights {
		c.weights[x.Criterion] = x.Weight
	}
	for _, x := range w.Assumption.Aggregates {
		c.aggregates[x.Criterion] = x
		if x.Criterion == "" {
			w.All = &AllAggregates{To: x.text()}
		}
	}
	return c
}

// items are the criteria of a set as they would be; those there are stay as they are. O(criteria).
func (c *leafChanger) items(set string, list []events.Criterion) []events.Criterion {
	list = slices.Clone(list)
	for i := range list {
		leaf := &list[i]
		if c.leaves[leaf.ID] != events.MethodGroup { // where sets differ, one that has it as a group is as good a reason
			c.leaves[leaf.ID] = leaf.Method
		}
		if leaf.Method == events.MethodGroup {
			leaf.Items = c.items(set, leaf.Items)
			continue
		}
		if weight, ok := c.weights[leaf.ID]; ok && weight != leaf.Weight {
			c.to.Weights = append(c.to.Weights, OtherValue{set, leaf.ID, leaf.Title, leaf.Weight.String(), weight.String()})
			leaf.Weight = weight
		}
		if g, ok := c.aggregates[leaf.ID]; ok {
			if was := aggregateText(leaf.Aggregate); was != g.text() {
				c.to.Aggregates = append(c.to.Aggregates, OtherValue{set, leaf.ID, leaf.Title, was, g.text()})
			}
			c.aggregate(leaf, g)
		} else if g, ok := c.aggregates[""]; ok && leaf.Method != events.MethodAdjustment {
			if aggregateText(leaf.Aggregate) != g.text() {
				c.to.All.Leaves++
			}
			c.aggregate(leaf, g)
		}
	}
	return list
}

// aggregate gives a leaf another aggregate. How it is rounded stays.
func (c *leafChanger) aggregate(leaf *events.Criterion, g AssumedAggregate) {
	if leaf.Method == events.MethodAdjustment && g.Method != events.AggregateSum {
		c.wrong = refuse(CodeWhatIf, "aggregate", "leave it out", "%s is an adjustment, which is a sum and takes no aggregate %s", leaf.ID, g.Method)
	}
	leaf.Aggregate.Method, leaf.Aggregate.Trim = g.Method, g.Trim
}

// known refuses what was not met, or not as a leaf, or can't be.
func (c *leafChanger) known() error {
	for _, w := range c.to.Assumption.Weights {
		if err := c.isLeaf("weight", w.Criterion); err != nil {
			return err
		}
	}
	for _, g := range c.to.Assumption.Aggregates {
		if err := c.isLeaf("aggregate", g.Criterion); g.Criterion != "" && err != nil {
			return err
		}
	}
	return c.wrong
}

func (c *leafChanger) isLeaf(field, id string) error {
	method, met := c.leaves[id]
	if met && method != events.MethodGroup {
		return nil
	}
	if met {
		return refuse(CodeUnknownLeaf, field, "name the criteria below it", "%.80s is a group: its points are the sum of its criteria, which have weights and aggregates", id)
	}
	names := make([]string, 0, len(c.leaves))
	for name := range c.leaves {
		names = append(names, name)
	}
	slices.Sort(names)
	remedy := "campaign why lists a unit's criteria"
	if near := events.Nearest(id, names); near != "" {
		remedy = "did you mean " + near + "?"
	}
	return refuse(CodeUnknownLeaf, field, remedy, "there is no criterion %.80s", id)
}

// leavingOut tells whose marks are left out.
type leavingOut struct {
	live   *Live
	givers givers
	ids    []string
	at     map[string]int // by id: its place in ids
	met    []bool         // by place: it is a unit or a member, or has a current mark
	scorer map[nameID]int // the place of what leaves a scorer out, -1 if nothing
}

func (l *Live) leaveOut(ids []string) *leavingOut {
	o := &leavingOut{l, l.givers(), ids, map[string]int{}, make([]bool, len(ids)), map[nameID]int{}}
	for i, id := range ids {
		o.at[id] = i
		o.met[i] = l.plan.hasUnit(id) || slices.ContainsFunc(l.roster, func(m Member) bool { return m.ID == id })
	}
	return o
}

// whose is the place of what leaves an event out, -1 if nothing does. Marks that a unit gives itself stay.
func (o *leavingOut) whose(e *entry) int {
	if len(o.ids) == 0 || e.what != kindScore {
		return -1
	}
	at, known := o.scorer[e.scorer]
	if !known {
		at = o.place(e.scorer)
		o.scorer[e.scorer] = at
	}
	if o.live.plan.regulation.Levels[e.level].Scorers == events.ScorersOwnUnit {
		return -1
	}
	return at
}

// place is the place of what leaves a scorer out: its own id, or the unit that it is a member of.
func (o *leavingOut) place(scorer nameID) int {
	for _, id := range []string{o.live.name(scorer), o.givers.unit(scorer)} {
		if at, ok := o.at[id]; ok && id != "" {
			o.met[at] = true
			return at
		}
	}
	return -1
}

// known refuses whom nothing is known of. Ask after all events were asked for.
func (o *leavingOut) known() error {
	for i, met := range o.met {
		if !met {
			return refuse(CodeUnknownScorer, "without", "name a unit, as campaign standings lists them, or a scorer that campaign audit shows",
				"%.80s is no unit and no member, and has no current mark", o.ids[i])
		}
	}
	return nil
}

// MarkGiver is who gave current marks to others, and may be left out of a what-if: a unit, with its members, or one scorer.
type MarkGiver struct {
	ID    string
	Unit  string // itself, or that it is a member of; "" if none
	Marks int    // with a value, those included that do not count
}

// MarkGivers are those who gave marks in a cluster, "" for all, by id. O(n) in events.
func (l *Live) MarkGivers(cluster string) []MarkGiver {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.plan == nil {
		return nil
	}
	givers, counts := l.givers(), map[string]*MarkGiver{}
	count := func(id, unit string) {
		if counts[id] == nil {
			counts[id] = &MarkGiver{ID: id, Unit: unit}
		}
		counts[id].Marks++
	}
	j := &l.state.journal
	for seq := events.Seq(1); seq <= j.committed(); seq++ {
		e := j.at(seq)
		if e.what != kindScore || e.supersededBy != 0 || e.mark > events.MarkPlace || cluster != "" && l.plan.clusters[e.cluster].ID != cluster ||
			l.plan.regulation.Levels[e.level].Scorers == events.ScorersOwnUnit {
			continue
		}
		id, unit := l.name(e.scorer), givers.unit(e.scorer)
		count(id, unit)
		if unit != "" && unit != id {
			count(unit, unit)
		}
	}
	list := make([]MarkGiver, 0, len(counts))
	for _, g := range counts {
		list = append(list, *g)
	}
	slices.SortFunc(list, func(x, y MarkGiver) int { return strings.Compare(x.ID, y.ID) })
	return list
}

// Lines say in plain words what is assumed, in lang: "en", else Vietnamese; none if nothing is.
func (w *Otherwise) Lines(lang string) (lines []string) {
	s := speech{nil, lang != "en"}
	named := func(id string, title events.Text) string { return strings.TrimSpace(id + " " + title.In(lang)) }
	for _, x := range w.Weights {
		lines = append(lines, s.sayf("trọng số của %s là %s thay vì %s", "the weight of %s is %s instead of %s", named(x.Criterion, x.Title),
			s.number(x.To), s.number(x.From)))
	}
	if w.All != nil {
		lines = append(lines, s.sayf("điểm của nhiều người chấm gộp theo %s ở mọi tiêu chí (%d tiêu chí gộp khác quy chế)",
			"the marks of several scorers are put together by %s for every criterion (for %d it differs from the regulation)",
			AggregateIn(w.All.To, lang), w.All.Leaves))
	}
	for _, x := range w.Aggregates {
		lines = append(lines, s.sayf("điểm chấm %s gộp theo %s thay vì %s", "the marks for %s are put together by %s instead of %s",
			named(x.Criterion, x.Title), AggregateIn(x.To, lang), AggregateIn(x.From, lang)))
	}
	for _, x := range w.Without {
		lines = append(lines, s.sayf("bỏ %s của %s", "left out: %s by %s", s.count(x.Marks, "điểm chấm", "mark"), x.Scorer))
	}
	return lines
}

// AggregateIn is an aggregate, as it is written, in lang: "en", else Vietnamese.
func AggregateIn(text, lang string) string {
	method, trim, _ := strings.Cut(text, ":")
	s := speech{nil, lang != "en"}
	switch events.AggregateMethod(method) {
	case events.AggregateSingle:
		return s.say("một người chấm", "a single scorer")
	case events.AggregateMean:
		return s.say("trung bình", "mean")
	case events.AggregateMedian:
		return s.say("trung vị", "median")
	case events.AggregateSum:
		return s.say("tổng", "sum")
	case events.AggregateTrimmedMean:
		return s.sayf("trung bình sau khi bỏ %s cao nhất và %s thấp nhất", "mean without the highest %s and the lowest %s", trim, trim)
	}
	return text
}

// AppendJSON appends one line of JSON without a line feed, which says first that it is not official. The same answer gives the same bytes.
func (w WhatIf) AppendJSON(b []byte, o JSONOptions) []byte {
	b = append(b, `{"format":1,"official":false,"whatIf":{`...)
	if w.Assumption.Cluster != "" {
		b = append(events.AppendString(append(b, `"cluster":`...), w.Assumption.Cluster), ',')
	}
	b = append(b, `"weights":[`...)
	for i, x := range w.Weights {
		b = appendOther(b, i, x.Set, x.Criterion, x.From, x.To)
	}
	b = append(b, `],"aggregates":[`...)
	for i, x := range w.Aggregates {
		b = appendOther(b, i, x.Set, x.Criterion, x.From, x.To)
	}
	b = append(b, ']')
	if w.All != nil {
		b = events.AppendString(append(b, `,"allAggregates":{"to":`...), w.All.To)
		b = append(strconv.AppendInt(append(b, `,"leaves":`...), int64(w.All.Leaves), 10), '}')
	}
	b = append(b, `,"without":[`...)
	for i, x := range w.Without {
		b = events.AppendString(append(appendComma(b, i), `{"scorer":`...), x.Scorer)
		b = append(strconv.AppendInt(append(b, `,"dropped":`...), int64(x.Marks), 10), '}')
	}
	b = strconv.AppendInt(append(b, `],"dropped":`...), int64(w.Dropped), 10)
	b = append(b, `,"changes":[`...)
	for i, c := range w.Changes {
		b = c.appendJSON(appendComma(b, i))
	}
	b = w.Standings.AppendJSON(append(b, `],"standings":`...), o)
	return append(b, `}}`...)
}

func appendOther(b []byte, i int, set, criterion, from, to string) []byte {
	for n, x := range [][2]string{{"set", set}, {"criterion", criterion}, {"from", from}, {"to", to}} {
		if n == 0 {
			b = append(appendComma(b, i), '{')
		} else {
			b = append(b, ',')
		}
		b = events.AppendString(append(append(append(b, '"'), x[0]...), `":`...), x[1])
	}
	return append(b, '}')
}

// appendComma separates item i of a list from the one before.
func appendComma(b []byte, i int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return b
}
