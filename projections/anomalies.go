package projections

import (
	"cmp"
	"math"
	"math/big"
	"slices"

	"campaignledger/events"
)

// Anomaly is something in a campaign's marks that an auditor looks at, with its evidence. It accuses nobody: the thresholds say what is
// worth a look, and most of what they find has a good reason. Amounts are exact: decimals, or fractions where there is no finite decimal of
// twelve places.
type Anomaly struct {
	Code       AnomalyCode  `json:"code"`
	Cluster    string       `json:"cluster,omitempty"`
	Unit       string       `json:"unit,omitempty"` // that it is about
	Criterion  string       `json:"criterion,omitempty"`
	Level      string       `json:"level,omitempty"`
	Scorer     string       `json:"scorer,omitempty"`
	Author     string       `json:"author,omitempty"`
	Type       events.Type  `json:"type,omitempty"`  // late: of what came late
	Cause      MoveCause    `json:"cause,omitempty"` // correction-moved-rank
	Seqs       []events.Seq `json:"seqs,omitempty"`  // the evidence; at most 200, Count says of how many
	Count      int          `json:"count,omitempty"` // marks, leaves or events that it is about, where that may be more than one
	Kind       string       `json:"kind,omitempty"`  // of the amounts: points, actual or place (whose amounts are the points of the table)
	Self       string       `json:"self,omitempty"`
	Official   string       `json:"official,omitempty"`
	Value      string       `json:"value,omitempty"` // of the mark; abstained or recused; "" where it was withdrawn
	Was        string       `json:"was,omitempty"`   // the mark before it was changed
	Median     string       `json:"median,omitempty"`
	Others     int          `json:"others,omitempty"`     // other scorers
	Difference string       `json:"difference,omitempty"` // signed: above 0 where the mark is above what it is held against
	Max        string       `json:"max,omitempty"`        // what the difference is measured by; "" where that is the official value, or the median
	Confirmed  int          `json:"confirmed,omitempty"`  // transcribed marks that their scorer agreed to
	Waiting    int          `json:"waiting,omitempty"`    // that wait for it still
	Lapsed     int          `json:"lapsed,omitempty"`     // that were replaced or withdrawn before it agreed
	Unasked    int          `json:"unasked,omitempty"`    // that count without its word
	Ranks      []RankChange `json:"ranks,omitempty"`
	More       int          `json:"more,omitempty"` // in a kind's last line: anomalies of the kind that are not listed
	Text       string       `json:"text"`
}

// AnomalyCode names a kind of anomaly; it is stable.
type AnomalyCode string

// The kinds of anomalies, in the order in which they are listed.
//
//   - self-far: a unit's own mark (of the highest level where units score themselves) lies selfFar or more of the leaf's maximum off the
//     official value, which comes from another level.
//   - self-far-total: over all leaves that have both, a unit's own marks are worth selfTotalFar or more of its assigned maximum more, or
//     less, than what it got. An own actual is worth what it would give with the cluster's best value as it officially is, at most the leaf's maximum.
//   - scorer-far: a mark lies scorerFar or more of the leaf's maximum off the median of the other scorers of the level, of whom there are
//     minPanel or more.
//   - scorer-leaning: over leaningMarks marks or more that a scorer gave others at a level, the differences from those medians add up
//     to leaning or more of the leaves' maxima: it marks all others down, or up.
//   - late: marks, sheets and reports recorded after their deadline. Marks of one author, scorer and level of one time, or of one
//     import, are one line; a sheet's marks are their sheet's.
//   - changed-after-visible: a scorer changed or withdrew its mark when another scorer's mark of the same unit, leaf and level could
//     be seen, though nobody had returned it and no amendment reopened it. Behind a freeze who competes sees only what is older.
//   - correction-moved-rank: after a replaced or withdrawn mark or target, a confirmation of marks that waited, a tie decision or an
//     amendment some unit's rank is another. In a signed campaign from the stage review on: before it ranks come and go with every
//     sheet. In an unsigned one, which has no stages, always.
//     What an author corrects in a row at one recorded time is one line.
//   - transcribed-for-others: marks that one entered for another, by scorer and level, and what came of them.
//
// A leaf's maximum is that of graded leaves, the span of an ordinal leaf's table, the span between an adjustment's bounds, and 1 of
// passfail leaves. Other leaves take actuals or have no bound: there the difference is measured by the official value, or by the
// median; where that is 0 any difference is far. Marks that do not count (holds) are not held against anything. Adjustments, whose
// items nobody else need know, have no panel and no place in scorer-far, scorer-leaning and changed-after-visible.
const (
	AnomalySelf        AnomalyCode = "self-far"
	AnomalySelfTotal   AnomalyCode = "self-far-total"
	AnomalyScorer      AnomalyCode = "scorer-far"
	AnomalyLeaning     AnomalyCode = "scorer-leaning"
	AnomalyLate        AnomalyCode = "late"
	AnomalyChanged     AnomalyCode = "changed-after-visible"
	AnomalyMoved       AnomalyCode = "correction-moved-rank"
	AnomalyTranscribed AnomalyCode = "transcribed-for-others"
)

// AnomalyCodes are all kinds, in the order in which they are listed.
func AnomalyCodes() []AnomalyCode {
	return []AnomalyCode{AnomalySelf, AnomalySelfTotal, AnomalyScorer, AnomalyLeaning, AnomalyLate, AnomalyChanged, AnomalyMoved, AnomalyTranscribed}
}

// share is an exact part of a whole, as a threshold.
type share struct{ num, den int64 }

// The thresholds. They are about what regulations in use look like: leaves of 10 to 60 points of 1000, ranks some 10 points apart.
var (
	selfFar      = share{1, 10} // of a leaf: more than rounding and taste, and what a council cuts with a reason
	selfTotalFar = share{1, 50} // of all points: 20 of 1000, which is about two ranks
	scorerFar    = share{1, 5}  // of a leaf: twice selfFar, since scorers differ more than a unit does from its file
	leaning      = share{1, 20} // of all that a scorer marked: honest differences of taste cancel out over leaves and units
)

const (
	minPanel     = 3   // other scorers: of two, the median is the mean, and the one who is far cannot be told from the other
	leaningMarks = 10  // fewer are a taste
	maxAnomalies = 100 // lines of one kind, those furthest off: what nobody reads to the end helps nobody
	maxEvidence  = 200 // sequences of one line: an import has up to 350,000 rows
)

// Anomalies are those of a cluster, "" for all, in lang ("en", else Vietnamese): by kind in the order of the codes, then by the first event
// of the evidence. Of each kind the 100 gravest are listed; a last line of the kind says how many more there are. A cluster that there is
// not has none: CheckFilter refuses it. O(n log n) in events, and O(n) more for each amendment; commits wait meanwhile, and who reads after
// them, as with Audit, which takes longer.
func (l *Live) Anomalies(cluster, lang string) []Anomaly {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.plan == nil {
		return []Anomaly{}
	}
	f := &finder{live: l, journal: &l.state.journal, cluster: cluster, givers: l.givers(), found: map[AnomalyCode]*bucket{}}
	for _, code := range AnomalyCodes() {
		f.found[code] = &bucket{}
	}
	boards := f.history()
	for at, b := range boards {
		if f.takes(at) {
			b.refresh()
			f.selves(b)
			f.panels(b)
		}
	}
	list := []Anomaly{}
	for _, code := range AnomalyCodes() {
		list = append(list, f.found[code].list(code, lang)...)
	}
	return list
}

// finder looks for anomalies.
type finder struct {
	live    *Live
	journal *journal
	cluster string // "" for all
	givers  givers
	found   map[AnomalyCode]*bucket
	panel   []panelMark // scratch
}

// takes reports whether a cluster is asked for, by its index.
func (f *finder) takes(cluster int) bool {
	return f.cluster == "" || f.live.plan.clusters[cluster].ID == f.cluster
}

// bucket is what was found of one kind: the gravest, and how many there are.
type bucket struct {
	kept  []finding
	total int
	floor uint64 // what is not graver is not kept any more
	full  bool
}

// finding is an anomaly without its text.
type finding struct {
	Anomaly
	weight uint64
	order  int // in which it was found
}

// add keeps an anomaly if it is grave enough, and only then has it made. Among equals the first found stay.
func (b *bucket) add(weight uint64, make func() Anomaly) {
	b.total++
	if b.full && weight <= b.floor {
		return
	}
	b.kept = append(b.kept, finding{make(), weight, b.total})
	if len(b.kept) >= 2*maxAnomalies {
		b.cut()
	}
}

// cut drops what is beyond the bound.
func (b *bucket) cut() {
	if len(b.kept) <= maxAnomalies {
		return
	}
	slices.SortFunc(b.kept, func(x, y finding) int { return cmp.Or(cmp.Compare(y.weight, x.weight), x.order-y.order) })
	clear(b.kept[maxAnomalies:])
	b.kept = b.kept[:maxAnomalies]
	b.full, b.floor = true, b.kept[maxAnomalies-1].weight
}

// list is what is shown of a kind.
func (b *bucket) list(code AnomalyCode, lang string) (list []Anomaly) {
	b.cut()
	first := func(f *finding) events.Seq { return append(f.Seqs, 0)[0] }
	slices.SortFunc(b.kept, func(x, y finding) int { return cmp.Or(cmp.Compare(first(&x), first(&y)), x.order-y.order) })
	for _, f := range b.kept {
		a := f.Anomaly
		a.Code = code
		a.Text = AnomalyText(a, lang)
		list = append(list, a)
	}
	if more := b.total - len(b.kept); more > 0 {
		a := Anomaly{Code: code, More: more}
		a.Text = AnomalyText(a, lang)
		list = append(list, a)
	}
	return list
}

// note adds an event to the evidence, as far as it goes, and counts it.
func (a *Anomaly) note(seq events.Seq) {
	a.Count++
	if len(a.Seqs) < maxEvidence {
		a.Seqs = append(a.Seqs, seq)
	}
}

// reaches reports whether a difference, taken as it is without its sign, is at least this share of a base; of 0 any difference is.
func (s share) reaches(difference, base *big.Rat) bool {
	if difference.Sign() == 0 {
		return false
	}
	least := new(big.Rat).Mul(base, big.NewRat(s.num, s.den))
	return new(big.Rat).Abs(difference).Cmp(least.Abs(least)) >= 0
}

// weigh is a difference in millionths of a base, rounded down: how grave an anomaly is among others of its kind.
func weigh(difference, base *big.Rat) uint64 {
	if base.Sign() == 0 {
		return math.MaxUint64
	}
	r := new(big.Rat).Quo(difference, base)
	n := new(big.Int).Mul(r.Num(), big.NewInt(int64(events.DecimalOne)))
	if n.Quo(n.Abs(n), r.Denom()); n.IsUint64() {
		return n.Uint64()
	}
	return math.MaxUint64
}

// spanOf is what differences on a leaf are measured by, and whether there is such a thing: see the kinds.
func spanOf(n *node) (events.Decimal, bool) {
	switch n.Method {
	case events.MethodGraded:
		return n.Max.Value, n.Max.Set
	case events.MethodOrdinal:
		table := append(slices.Clone(n.Table), 0) // beyond it
		return slices.Max(table) - slices.Min(table), true
	case events.MethodPassfail:
		return events.DecimalOne, true
	case events.MethodAdjustment:
		return n.Max.Value - n.Min.Value, n.Max.Set && n.Min.Set
	}
	return 0, false
}

// worth is what a mark's amount is held against others by: of a place the points of the table.
func worth(n *node, m slotMark) events.Decimal {
	if n.Method == events.MethodOrdinal {
		return placeValue(n.Table, m.amount)
	}
	return m.amount
}

// amountKind names what a leaf's marks are.
func amountKind(n *node) string {
	_, name := markKind(n.Method)
	return name
}
