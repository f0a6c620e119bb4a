package projections

import (
	"fmt"
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
	Givers    []MarkGiver         // who could be left out, by id; those who are included
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
	Scorer string      `json:"scorer"`
	Title  events.Text `json:"-"` // of a unit
	Marks  int         `json:"dropped"`
}

// WhatIf works out the standings under an assumption, as of the newest event. See WhatIfAt.
func (l *Live) WhatIf(a Assumption) (WhatIf, error) { return l.WhatIfAt(0, a) }

// WhatIfAt works out the standings under an assumption as of event seq, 0 for the newest, under the regulation that was in force then. It
// refuses, with a *Refusal, events, criteria, scorers, clusters and aggregates that there are not, and what no regulation could say. It reads
// no log; others wait no longer than for one look at each event. O(n) in events.
func (l *Live) WhatIfAt(seq events.Seq, a Assumption) (WhatIf, error) {
	a, err := a.canonical()
	if err != nil {
		return WhatIf{}, err
	}
	walk, out, err := l.beginWhatIf(seq, a)
	if err != nil {
		return WhatIf{}, err
	}
	if seq == 0 {
		seq = walk.journal.committed()
	}
	return assumeAt(walk, seq, out, a)
}

// beginWhatIf takes what a what-if as of event seq needs, which nobody changes then.
func (l *Live) beginWhatIf(seq events.Seq, a Assumption) (*walk, *leavingOut, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.plan == nil {
		return nil, nil, refuse(CodeNotOpen, "", "open it with campaign open REGULATION.yaml", "the campaign is not open")
	}
	last := l.state.journal.committed()
	if seq > last {
		return nil, nil, refuse(CodeUnknownEvent, "seq", fmt.Sprintf("name one of 1 to %d", last), "there is no event %d", seq)
	}
	if _, ok := l.plan.byID[a.Cluster]; a.Cluster != "" && !ok {
		return nil, nil, refuse(CodeUnknownCluster, "cluster", "use one of: "+l.plan.clusterIDs(), "there is no cluster %.80s", a.Cluster)
	}
	return l.walk(), l.leaveOut(a.Without), nil
}

// assumeAt is the what-if as of an event that walk has not come to yet.
func assumeAt(walk *walk, seq events.Seq, out *leavingOut, a Assumption) (WhatIf, error) {
	for walk.seq < seq {
		walk.skim()
	}
	w := WhatIf{Assumption: a, Changes: []RankChange{}}
	plan, err := w.plan(walk.plan)
	if err != nil {
		return WhatIf{}, err
	}
	shown := func(e *entry) bool {
		return a.Cluster == "" || e.cluster >= 0 && walk.plan.clusters[e.cluster].ID == a.Cluster
	}
	out.levels = walk.plan.regulation.Levels
	if err := w.count(walk, out, shown); err != nil {
		return WhatIf{}, err
	}
	official := foldBoards(walk.plan, &walk.journal, walk.seq, walk.holdOf, shown)
	then := foldBoards(plan, &walk.journal, walk.seq, walk.holdOf, func(e *entry) bool { return shown(e) && out.whose(e) < 0 })
	walk.boards = nil
	w.Standings = walk.standings()
	note := walk.importNote()
	for i := range official {
		if a.Cluster != "" && walk.plan.clusters[i].ID != a.Cluster {
			continue
		}
		is, would := official[i].standings(note), then[i].standings(note)
		w.Official, w.Standings.Clusters = append(w.Official, is), append(w.Standings.Clusters, would)
		w.Changes = append(w.Changes, rankChanges(is, would)...)
	}
	return w, nil
}

// count counts the current marks of those who may be left out, and of those who are. It refuses whom nothing is known of.
func (w *WhatIf) count(walk *walk, out *leavingOut, shown func(*entry) bool) error {
	replaced := make([]bool, walk.seq+1)
	for seq := events.Seq(1); seq <= walk.seq; seq++ {
		replaced[walk.journal.at(seq).supersedes.seq()] = true
	}
	marks, left := make([]int, len(out.names)), make([]int, len(out.ids))
	for seq := events.Seq(1); seq <= walk.seq; seq++ {
		e := walk.journal.at(seq)
		if e.what != kindScore || replaced[seq] || !shown(e) {
			continue
		}
		at := out.places[e.scorer]
		if at >= 0 {
			out.met[at] = true
		}
		if e.mark > events.MarkPlace || out.own(e) {
			continue
		}
		if marks[e.scorer]++; at >= 0 {
			left[at]++
			w.Dropped++
		}
	}
	for i, id := range out.ids {
		if !out.met[i] {
			return refuse(CodeUnknownScorer, "without", "name a unit, as campaign standings lists them, or a scorer that campaign audit shows",
				"%.80s is no unit and no member, and has no current mark", id)
		}
		w.Without = append(w.Without, LeftOut{id, walk.plan.unitTitle(id), left[i]})
	}
	w.Givers = out.givers(marks)
	return nil
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

// unitTitle is a unit's title in the first cluster that has it; none of who is no unit.
func (p *plan) unitTitle(id string) events.Text {
	for _, c := range p.clusters {
		if u, ok := c.unitByID[id]; ok {
			return c.Units[u].Title
		}
	}
	return events.Text{}
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
			w.All = &AllAggregates{To: x.Text()}
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
			if was := aggregateText(leaf.Aggregate); was != g.Text() {
				c.to.Aggregates = append(c.to.Aggregates, OtherValue{set, leaf.ID, leaf.Title, was, g.Text()})
			}
			c.aggregate(leaf, g)
		} else if g, ok := c.aggregates[""]; ok && leaf.Method != events.MethodAdjustment {
			if aggregateText(leaf.Aggregate) != g.Text() {
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

// leavingOut tells whose marks are left out. It stands on what never changes.
type leavingOut struct {
	ids    []string
	met    []bool   // by place in ids: it is a unit or a member, or has a current mark
	names  []string // by nameID
	units  []string // by nameID: the unit that a scorer is, or is a member of; "" if none
	places []int    // by nameID: the place in ids of what leaves a scorer out, -1 if nothing
	levels []events.Level
}

// leaveOut prepares to leave out the marks of units and scorers. Whoever calls it holds the lock. O(names).
func (l *Live) leaveOut(ids []string) *leavingOut {
	names, givers, at := l.state.journal.names, l.givers(), map[string]int{}
	o := &leavingOut{ids: ids, met: make([]bool, len(ids)), names: names, units: make([]string, len(names)), places: make([]int, len(names))}
	for i, id := range ids {
		at[id] = i
		o.met[i] = l.plan.hasUnit(id) || slices.ContainsFunc(l.roster, func(m Member) bool { return m.ID == id })
	}
	for i, name := range names {
		o.units[i], o.places[i] = givers.unit(nameID(i)), -1
		for _, id := range []string{o.units[i], name} { // what is said of a scorer goes before what is said of its unit
			if place, ok := at[id]; ok && id != "" {
				o.places[i] = place
			}
		}
	}
	return o
}

// own reports whether a mark stands at a level where units score themselves, and so stays.
func (o *leavingOut) own(e *entry) bool { return o.levels[e.level].Scorers == events.ScorersOwnUnit }

// whose is the place of what leaves an event out, -1 if nothing does.
func (o *leavingOut) whose(e *entry) int {
	if len(o.ids) == 0 || e.what != kindScore || o.own(e) {
		return -1
	}
	return o.places[e.scorer]
}

// MarkGiver is who gave current marks to others, and may be left out of a what-if: a unit, with its members, or one scorer.
type MarkGiver struct {
	ID    string
	Unit  string // itself, or that it is a member of; "" if none
	Marks int    // with a value, those included that do not count
}

// givers are those who gave marks, by id; marks are by nameID.
func (o *leavingOut) givers(marks []int) (list []MarkGiver) {
	units := map[string]int{}
	for id, n := range marks {
		if n == 0 {
			continue
		}
		if unit := o.units[id]; unit != "" {
			units[unit] += n
		}
		if o.units[id] != o.names[id] {
			list = append(list, MarkGiver{o.names[id], o.units[id], n})
		}
	}
	for unit, n := range units {
		list = append(list, MarkGiver{unit, unit, n})
	}
	slices.SortFunc(list, func(x, y MarkGiver) int { return strings.Compare(x.ID, y.ID) })
	return list
}

// Lines say in plain words what is assumed, in lang: "en", else Vietnamese; none if nothing is.
func (w *Otherwise) Lines(lang string) (lines []string) {
	s := speech{nil, lang != "en"}
	named := func(id string, title events.Text) string { return strings.TrimSpace(id + " " + title.In(lang)) }
	for _, x := range w.Weights {
		lines = append(lines, s.sayf("hệ số của %s là %s thay vì %s", "the weight of %s is %s instead of %s", named(x.Criterion, x.Title),
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
		lines = append(lines, s.sayf("bỏ %s của %s", "left out: %s by %s", s.count(x.Marks, "điểm chấm", "mark"), titleOr(x.Title.In(lang), x.Scorer)))
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
