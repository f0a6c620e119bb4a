package projections

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"campaignledger/events"
)

// The codes of refusals of a what-if, beside those that drafts have too.
const (
	CodeWhatIf        Code = "what-if"        // an assumption that no regulation could make true, or that can't be read
	CodeUnknownScorer Code = "unknown-scorer" // no unit and no member, and without a current mark
)

// maxAssumed bounds what one what-if assumes: more than twice the leaves of any regulation in practice, and as much as a request's address
// holds.
const maxAssumed = 500

// Assumption is what a what-if assumes to be otherwise than it is. Nothing in it: the official standings.
type Assumption struct {
	Cluster    string             // only this cluster; "" for all
	Weights    []AssumedWeight    // each leaf once
	Aggregates []AssumedAggregate // each leaf once, and once all leaves
	Without    []string           // whose marks are left out: units, for all their members, or single scorers
}

// AssumedWeight is another weight of a leaf, in every criteria set that has it.
type AssumedWeight struct {
	Criterion string
	Weight    events.Decimal
}

// AssumedAggregate is another aggregate of a leaf, or of all leaves but adjustments, which are always sums. What is said of a leaf goes
// before what is said of all.
type AssumedAggregate struct {
	Criterion string // "" for all leaves
	Method    events.AggregateMethod
	Trim      int // trimmed-mean: how many marks are dropped at each end
}

// Text is the aggregate as it is written: trimmed-mean:1.
func (a AssumedAggregate) Text() string {
	return aggregateText(events.Aggregate{Method: a.Method, Trim: a.Trim})
}

func aggregateText(a events.Aggregate) string {
	if a.Method == events.AggregateTrimmedMean {
		return string(a.Method) + ":" + strconv.Itoa(a.Trim)
	}
	return string(a.Method)
}

// AssumedAggregates are the aggregates that may be assumed. A single mark is none of them: it says that there is but one scorer.
func AssumedAggregates() []events.AggregateMethod {
	return []events.AggregateMethod{events.AggregateMean, events.AggregateMedian, events.AggregateTrimmedMean, events.AggregateSum}
}

// ParseAssumption reads an assumption as addresses have it, each part a list with commas, or empty:
//
//	weight     CRITERION:WEIGHT                       I.1:1.5,I.2:0
//	without    UNIT or SCORER                         lang-son,judge-3
//	aggregate  [CRITERION:]METHOD, trimmed-mean:TRIM  median,I.1:trimmed-mean:2
//
// It refuses, with a *Refusal, what no regulation could say; whether the names are known shows in WhatIf.
func ParseAssumption(weight, without, aggregate string) (a Assumption, err error) {
	for _, text := range []string{weight, without, aggregate} {
		if n := strings.Count(text, ",") + 1; n > maxAssumed {
			return a, tooMuchAssumed(n)
		}
	}
	for _, item := range list(weight) {
		w, err := parseWeight(item)
		if err != nil {
			return a, err
		}
		a.Weights = append(a.Weights, w)
	}
	for _, item := range list(aggregate) {
		g, err := parseAggregate(item)
		if err != nil {
			return a, err
		}
		a.Aggregates = append(a.Aggregates, g)
	}
	a.Without = list(without)
	return a.canonical()
}

// list is the items of a list with commas.
func list(text string) (items []string) {
	if text == "" {
		return nil
	}
	for item := range strings.SplitSeq(text, ",") {
		items = append(items, strings.TrimSpace(item))
	}
	return items
}

func parseWeight(item string) (w AssumedWeight, err error) {
	const remedy = "write CRITERION:WEIGHT, for example I.1:1.5"
	criterion, number, found := strings.Cut(item, ":")
	if !found || criterion == "" {
		return w, refuse(CodeWhatIf, "weight", remedy, "%.80q is not a weight of a criterion", item)
	}
	weight, err := events.ReadDecimal(number)
	if err != nil {
		return w, refuse(CodeWhatIf, "weight", "give a weight from 0 to "+events.Decimal(events.MaxFactor).String(), "the weight of %.80s: %v", criterion, err)
	}
	return AssumedWeight{criterion, weight}, nil
}

// parseAggregate reads [CRITERION:]METHOD[:TRIM]. A criterion may have the name of a method: what is no number and stands last is the method.
func parseAggregate(item string) (a AssumedAggregate, err error) {
	wrong := refuse(CodeWhatIf, "aggregate", "write METHOD or CRITERION:METHOD; methods are "+methodNames()+"; for example I.1:trimmed-mean:1",
		"%.80q is not an aggregate that may be assumed", item)
	parts, trim := strings.Split(item, ":"), -1
	if n := len(parts); n > 1 {
		if number, err := strconv.Atoi(parts[n-1]); err == nil && strconv.Itoa(number) == parts[n-1] {
			parts, trim = parts[:n-1], number
		}
	}
	switch len(parts) {
	case 1:
	case 2:
		if a.Criterion = parts[0]; a.Criterion == "" {
			return a, wrong
		}
	default:
		return a, wrong
	}
	if a.Method = events.AggregateMethod(parts[len(parts)-1]); trim >= 0 && a.Method != events.AggregateTrimmedMean {
		return a, wrong
	}
	if a.Trim = trim; a.Method != events.AggregateTrimmedMean {
		a.Trim = 0
	} else if trim < 0 {
		a.Trim = 1 // as a regulation has it that does not say
	}
	return a, nil
}

func methodNames() string {
	var names []string
	for _, m := range AssumedAggregates() {
		names = append(names, string(m))
	}
	return strings.Join(names, ", ")
}

// Texts are the parts that ParseAssumption reads, in the one form that this assumption has: each state of a what-if has one address.
func (a Assumption) Texts() (weight, without, aggregate string) {
	var weights, aggregates []string
	for _, w := range a.Weights {
		weights = append(weights, w.Criterion+":"+w.Weight.String())
	}
	for _, g := range a.Aggregates {
		text := g.Text()
		if g.Criterion != "" {
			text = g.Criterion + ":" + text
		}
		aggregates = append(aggregates, text)
	}
	return strings.Join(weights, ","), strings.Join(a.Without, ","), strings.Join(aggregates, ",")
}

// Empty reports whether nothing is assumed to be otherwise.
func (a Assumption) Empty() bool { return len(a.Weights)+len(a.Aggregates)+len(a.Without) == 0 }

// canonical is the assumption in order, or a refusal of what no regulation could say.
func (a Assumption) canonical() (Assumption, error) {
	if n := len(a.Weights) + len(a.Aggregates) + len(a.Without); n > maxAssumed {
		return a, tooMuchAssumed(n)
	}
	a.Weights, a.Aggregates, a.Without = slices.Clone(a.Weights), slices.Clone(a.Aggregates), slices.Clone(a.Without)
	slices.SortFunc(a.Weights, func(x, y AssumedWeight) int { return cmp.Compare(x.Criterion, y.Criterion) })
	slices.SortFunc(a.Aggregates, func(x, y AssumedAggregate) int { return cmp.Compare(x.Criterion, y.Criterion) })
	slices.Sort(a.Without)
	twice := func(field, what string) error {
		return refuse(CodeWhatIf, field, "name each once", "%.80s is named twice", what)
	}
	for i, w := range a.Weights {
		switch {
		case i > 0 && a.Weights[i-1].Criterion == w.Criterion:
			return a, twice("weight", w.Criterion)
		case w.Weight < 0 || w.Weight > events.MaxFactor:
			return a, refuse(CodeWhatIf, "weight", "give a weight from 0 to "+events.Decimal(events.MaxFactor).String(), "no regulation gives %.80s the weight %s", w.Criterion, w.Weight)
		}
	}
	for i, g := range a.Aggregates {
		switch {
		case i > 0 && a.Aggregates[i-1].Criterion == g.Criterion:
			return a, twice("aggregate", cmp.Or(g.Criterion, "the aggregate of all criteria"))
		case !slices.Contains(AssumedAggregates(), g.Method):
			return a, refuse(CodeWhatIf, "aggregate", "use one of: "+methodNames(), "%.80q is not an aggregate that may be assumed", string(g.Method))
		case g.Method == events.AggregateTrimmedMean && (g.Trim < 0 || g.Trim > events.MaxTrim), g.Method != events.AggregateTrimmedMean && g.Trim != 0:
			return a, refuse(CodeWhatIf, "aggregate", "give a trim from 0 to "+strconv.Itoa(events.MaxTrim), "no regulation has the aggregate %s with a trim of %d", g.Method, g.Trim)
		}
	}
	for i, id := range a.Without {
		switch {
		case id == "":
			return a, refuse(CodeWhatIf, "without", "name a unit or a scorer", "a scorer without a name is to be left out")
		case i > 0 && a.Without[i-1] == id:
			return a, twice("without", id)
		}
	}
	return a, nil
}

func tooMuchAssumed(n int) error {
	return refuse(CodeWhatIf, "", "assume less at a time; for that much, open a trial campaign under a changed regulation",
		"%d things are assumed to be otherwise; at most %d are allowed", n, maxAssumed)
}
