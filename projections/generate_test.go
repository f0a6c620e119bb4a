package projections

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// generator makes random campaigns over everything the formats allow; the same seed gives the same campaign.
type generator struct {
	*rand.Rand
	leaves []map[string]any // of the set under way
	groups []string
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 0x5eed))}
}

func pick[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g *generator) id() (id uuid.UUID) {
	for i := range id {
		id[i] = byte(g.Uint32())
	}
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return id
}

// regulation is a random regulation that the parser accepts.
func (g *generator) regulation() *events.Regulation {
	ratio := g.chance(25)
	sets := map[string]any{}
	names := []string{"default"}
	if g.chance(30) {
		names = append(names, "second")
	}
	known := map[string][]string{}
	for _, name := range names {
		g.leaves, g.groups = nil, nil
		items := g.items(1, ratio)
		items = append(items, g.leaf("last", "graded", ratio)) // a leaf with a max above 0 that all units have
		items[len(items)-1]["max"], items[len(items)-1]["weight"] = "10", "1"
		set := map[string]any{"items": items}
		if g.chance(70) {
			set["rounding"] = map[string]any{"places": fmt.Sprint(g.IntN(7))}
		}
		sets[name] = set
		for _, l := range g.leaves[:len(g.leaves)-1] {
			known[name] = append(known[name], l["id"].(string))
		}
		known[name] = append(known[name], g.groups...)
	}
	clusters := []any{g.cluster("north", names[0], known[names[0]], ratio)}
	if g.chance(30) {
		name := pick(g, names...)
		clusters = append(clusters, g.cluster("south", name, known[name], ratio && g.chance(50)))
	}
	levels := g.levels()
	r := map[string]any{"id": "random", "levels": levels, "criteria": sets, "clusters": clusters, "clock": pick(g, "historic", "live")}
	if g.chance(50) {
		r["official"] = pick(g, "highest", levels[g.IntN(len(levels))]["id"].(string))
	}
	source, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	parsed, err := events.ParseRegulation("random.json", source)
	if err != nil {
		panic(fmt.Sprintf("%v\n%s", err, source))
	}
	return parsed
}

func (g *generator) levels() (levels []map[string]any) {
	for i := range 1 + g.IntN(3) {
		var scorers any = pick(g, "any", "any", "own-unit", "peer-units", "peer-units", "not-own", "lead", "council")
		if g.chance(20) {
			scorers = []string{"j1", "j2", "u1"}
		}
		levels = append(levels, map[string]any{"id": fmt.Sprintf("level-%d", i), "scorers": scorers})
	}
	return levels
}

func (g *generator) cluster(id, set string, known []string, ratio bool) map[string]any {
	var units []any
	for i := range 2 + g.IntN(4) {
		u := map[string]any{"id": fmt.Sprintf("u%d", i)}
		if g.chance(40) {
			not := slices.Clone(known)
			g.Shuffle(len(not), func(i, j int) { not[i], not[j] = not[j], not[i] })
			u["not-assigned"] = not[:g.IntN(min(3, len(not)+1))]
		}
		units = append(units, u)
	}
	ranking := map[string]any{"method": pick(g, "competition", "dense")}
	if ratio {
		ranking["by"] = "ratio"
	}
	if g.chance(50) {
		ties := slices.Clone(known)
		g.Shuffle(len(ties), func(i, j int) { ties[i], ties[j] = ties[j], ties[i] })
		ranking["ties"] = ties[:g.IntN(min(3, len(ties)+1))]
	}
	return map[string]any{"id": id, "criteria": set, "lead": "u0", "units": units, "ranking": ranking}
}

func (g *generator) items(depth int, bounded bool) (items []map[string]any) {
	for range 1 + g.IntN(3) {
		if depth < 3 && g.chance(40) {
			id := fmt.Sprintf("G%d", len(g.groups))
			g.groups = append(g.groups, id)
			items = append(items, map[string]any{"id": id, "items": g.items(depth+1, bounded)})
			continue
		}
		method := pick(g, "graded", "target", "target", "proportional", "proportional", "passfail", "count", "ordinal", "adjustment")
		items = append(items, g.leaf(fmt.Sprintf("%s-%d", method, len(g.leaves)), method, bounded))
	}
	return items
}

func (g *generator) leaf(id, method string, bounded bool) map[string]any {
	l := map[string]any{"id": id, "method": method}
	max := pick(g, "1", "5", "10", "7.5", "33.333333", "0", "999999999999")
	switch method {
	case "target":
		l["max"] = max
		if g.chance(60) {
			l["base"] = pick(g, "0", "0.5", "1", "0.333333", "0.7")
		}
	case "proportional", "passfail":
		l["max"] = max
	case "count":
		l["each"] = pick(g, "1", "2", "0.5", "0.000001", "1000000")
	case "ordinal":
		l["table"] = pick(g, []string{"12", "10", "8"}, []string{"5"}, []string{"3", "2.5", "0", "-1"})
	case "adjustment":
		if g.chance(60) {
			l["min"] = pick(g, "-50", "-1.5", "0", "2")
		}
		if g.chance(60) {
			l["max"] = pick(g, "3", "30", "2.25")
		}
	}
	if bounded && method != "adjustment" || (method == "graded" || method == "count" || method == "ordinal") && g.chance(60) {
		l["max"] = max
	}
	if g.chance(40) {
		l["weight"] = pick(g, "1.2", "0", "2", "0.333333", "1000000")
	}
	if a := g.aggregate(method); a != nil {
		l["aggregate"] = a
	}
	g.leaves = append(g.leaves, l)
	return l
}

func (g *generator) aggregate(method string) map[string]any {
	if g.chance(20) {
		return nil
	}
	name := pick(g, "single", "sum", "mean", "median", "trimmed-mean", "trimmed-mean")
	if method == "adjustment" {
		name = "sum"
	}
	a := map[string]any{"method": name}
	if name == "trimmed-mean" && g.chance(70) {
		a["trim"] = fmt.Sprint(1 + g.IntN(3))
	}
	if g.chance(40) {
		a["places"] = fmt.Sprint(g.IntN(7))
	}
	return a
}

// story writes a campaign event by event; what admission refuses is left out.
type story struct {
	*generator
	r       *events.Regulation
	live    *Live
	list    []events.Event
	entries []events.Event
	bodies  []int // the bodies' ends in list
	refused int
	now     time.Time
	hot     map[string]events.Criterion // by cluster: the leaf most entries go to for a while, so that marks gather
}

// randomStory is a campaign of about n events.
func randomStory(seed uint64, n int) *story {
	g := newGenerator(seed)
	s := &story{generator: g, r: g.regulation(), live: NewLive(), now: time.Date(2017, 3, 1, 8, 0, 0, 0, time.UTC),
		hot: map[string]events.Criterion{}}
	if !s.body("", events.NewCampaignOpened(s.r, "random.json", fmt.Sprintf("%064x", seed))) {
		panic("the opening is refused")
	}
	for tries := 0; len(s.list) < n && tries < 20*n; tries++ {
		s.step()
	}
	return s
}

func (s *story) step() {
	switch s.now = s.now.Add(time.Duration(s.IntN(3)) * time.Second); {
	case s.chance(10) && len(s.entries) > 0:
		e := pick(s.generator, s.entries...)
		s.body(e.Subject, &events.EntryWithdrawn{Of: e.ID, Reason: "withdrawn"})
	case s.chance(12):
		s.tie()
	default:
		c := &s.r.Clusters[s.IntN(len(s.r.Clusters))]
		s.entry(c, pick(s.generator, c.Units...).ID)
	}
}

// body admits payloads about one subject as one body.
func (s *story) body(subject string, payloads ...events.Payload) bool {
	point := s.live.Savepoint()
	var list []events.Event
	for _, p := range payloads {
		d := events.Draft{ID: s.id(), Campaign: s.r.ID, Subject: subject, Author: "author", Payload: p}
		s.live.Complete(&d, s.now)
		last, _ := s.live.Last()
		e := events.Event{Draft: d, Seq: last + 1, Recorded: s.now}
		record, err := events.Encode(d)
		if err == nil {
			e.Record = record
			err = s.live.Admit(e)
		}
		if err != nil {
			s.live.Rollback(point)
			s.refused++
			return false
		}
		list = append(list, e)
	}
	if s.live.Settle() != nil {
		s.live.Rollback(point)
		s.refused++
		return false
	}
	s.live.Commit()
	s.list = append(s.list, list...)
	s.bodies = append(s.bodies, len(s.list))
	for _, e := range list {
		switch e.Payload.(type) {
		case *events.ScoreEntered, *events.TargetSet:
			s.entries = append(s.entries, e)
		}
	}
	return true
}

func (s *story) entry(c *events.Cluster, unit string) {
	i := slices.IndexFunc(s.r.Sets, func(set events.CriteriaSet) bool { return set.ID == c.Criteria })
	leaf := pick(s.generator, leavesOf(s.r.Sets[i].Items, nil)...).Criterion
	if hot, ok := s.hot[c.ID]; ok && s.chance(60) {
		leaf = hot
	} else if !ok || s.chance(20) {
		s.hot[c.ID] = leaf
	}
	if leaf.Method == events.MethodTarget && s.chance(40) {
		s.body(unit, &events.TargetSet{Cluster: c.ID, Criterion: leaf.ID, Scorer: pick(s.generator, "ministry", "u0"), Reason: "set again",
			Target: pick(s.generator, events.Decimal(1), decimal("1"), decimal("2"), decimal("3"), decimal("0.7"), events.MaxDecimal)})
		return
	}
	level := s.r.Levels[0]
	if s.chance(40) {
		level = pick(s.generator, s.r.Levels...)
	}
	p := &events.ScoreEntered{Cluster: c.ID, Criterion: leaf.ID, Level: level.ID, Reason: "corrected"}
	p.Scorer = pick(s.generator, "u0", "u1", "u2", "j1", "j2", "j3", unit)
	if level.Scorers == events.ScorersOwnUnit {
		p.Scorer = unit
	}
	p.Mark = s.mark(leaf)
	if leaf.Method == events.MethodAdjustment && s.chance(50) {
		p.Item = pick(s.generator, "flood", "fire")
	}
	s.body(unit, p)
}

func (s *story) mark(leaf events.Criterion) events.Mark {
	if s.chance(10) {
		return events.Mark{Kind: pick(s.generator, events.MarkAbstained, events.MarkRecused)}
	}
	amount := pick(s.generator, 0, decimal("0.5"), decimal("1"), decimal("1"), decimal("2"), decimal("3"), decimal("0.000001"),
		decimal("3.333333"), decimal("12.125"))
	if s.chance(3) {
		amount = events.MaxDecimal
	}
	switch leaf.Method {
	case events.MethodOrdinal:
		return events.Mark{Kind: events.MarkPlace, Amount: events.Whole(int64(1 + s.IntN(5)))}
	case events.MethodGraded:
		if leaf.Max.Set && amount > leaf.Max.Value {
			amount = leaf.Max.Value
		}
		return events.Mark{Kind: events.MarkPoints, Amount: amount}
	case events.MethodAdjustment:
		if s.chance(40) {
			amount = -amount
		}
		return events.Mark{Kind: events.MarkPoints, Amount: amount}
	case events.MethodPassfail:
		return events.Mark{Kind: events.MarkActual, Amount: events.Whole(int64(s.IntN(2)))}
	}
	return events.Mark{Kind: events.MarkActual, Amount: amount}
}

// tie decides a tie of the present standings, or makes a decision about units that do not tie.
func (s *story) tie() {
	clusters := s.live.Standings().Clusters
	at := s.IntN(len(clusters))
	row := pick(s.generator, clusters[at].Rows...)
	p := &events.TieDecided{Cluster: clusters[at].ID(), Order: append([]string{row.Unit}, row.TiedWith()...), Reason: "drawn by lot"}
	points, err := events.ReadDecimal(row.Points())
	if err != nil {
		return // more than twelve digits: no decision can name it
	}
	p.Points = points
	if len(p.Order) < 2 {
		if !s.chance(15) {
			return
		}
		p.Order = []string{"u0", "u1"}
	}
	s.Shuffle(len(p.Order), func(i, j int) { p.Order[i], p.Order[j] = p.Order[j], p.Order[i] })
	s.body("", p)
}

// decimal is s, which the test knows to be one.
func decimal(s string) events.Decimal {
	d, err := events.ReadDecimal(s)
	if err != nil {
		panic(err)
	}
	return d
}

// fold is a fresh fold of list, one commit.
func fold(t testing.TB, list []events.Event) *Live {
	t.Helper()
	l := NewLive()
	admitAll(t, l, list)
	l.Commit()
	return l
}

func admitAll(t testing.TB, l *Live, list []events.Event) {
	t.Helper()
	for _, e := range list {
		if err := l.Admit(e); err != nil {
			t.Fatalf("event %d: %v", e.Seq, err)
		}
	}
}
