package demo

import (
	"slices"
	"time"

	"campaignledger/events"
)

// quarter is one of the four times the units score themselves.
type quarter struct {
	chapter    Chapter
	month      time.Month
	day        int
	check      Chapter // when slips are corrected; "": there are none
	checkMonth time.Month
	checkDay   int
	reason     string // of marks that replace those of the quarter before
	report     string // whose annex is the evidence
	held       bool   // the ledger holds the annexes; the units hold the others themselves, as classified
}

func quarters() []quarter {
	return []quarter{
		{FirstQuarter, time.March, 28, FirstCheck, time.April, 11, "", "báo cáo quý I", false},
		{HalfYear, time.June, 27, HalfYearCheck, time.July, 4, "Cập nhật số liệu lũy kế sáu tháng", "báo cáo sáu tháng", true},
		{ThirdQuarter, time.September, 26, ThirdCheck, time.October, 10, "Cập nhật số liệu lũy kế chín tháng", "báo cáo chín tháng", false},
		{YearEnd, time.November, 14, "", 0, 0, "Chốt số liệu cả năm", "báo cáo năm", true},
	}
}

// pace is how much of its year, in percent, a unit had done by the end of the first three quarters.
func pace(unit string, quarter int) int {
	paces := map[string][3]int{
		"lang-son":  {22, 47, 72},
		"cao-bang":  {27, 49, 71},
		"son-la":    {24, 52, 74},
		"lai-chau":  {23, 48, 71},
		"dien-bien": {23, 50, 77},
		"ha-giang":  {25, 48, 72},
		"lao-cai":   {24, 51, 75},
	}
	return paces[unit][quarter]
}

// scoreQuarter lets every unit score itself: one body for each unit and top group, another unit first each time.
func (w *writer) scoreQuarter(q int) {
	now := quarters()[q]
	w.begin(now.chapter, now.month, now.day)
	for _, top := range []string{"I", "II", "III"} {
		for i := range w.cluster.Units {
			u := (i + 3*q) % len(w.cluster.Units)
			w.body(w.selfSheet(u, q, top)...)
		}
	}
	if q == 0 {
		w.confirmTranscribed()
	}
	w.fileReports(q, false)
	if now.check != "" {
		w.begin(now.check, now.checkMonth, now.checkDay)
		w.repairSlips()
	}
	w.fileReports(q, true)
	if q == 1 {
		w.penalise()
	}
}

func (w *writer) selfSheet(u, q int, top string) []events.Draft {
	var drafts []events.Draft
	unit := w.cluster.Units[u].ID
	for i := range w.leaves {
		l := &w.leaves[i]
		if l.top() != top || !l.scoredIn(q) {
			continue
		}
		e := entry{unit: unit, leaf: l.ID, level: levelSelf, scorer: unit, mark: l.mark(l.own(u, unit, q)), reason: quarters()[q].reason}
		if c := findCut(unit, l.ID); c != nil && q == 3 {
			e.mark.Amount = w.decimal(c.claimed)
		}
		if l.origin == originCheck && q == 1 {
			e.reason = "" // the first of its kind
		}
		if l.Evidence {
			e.evidence = w.annexOf(unit, q).reference()
		}
		if q == 0 && unit == faxing && l.ID == faxed {
			e.basis, e.author = "transcribed", w.clerk(w.cluster.Lead)
		}
		drafts = append(drafts, w.score(e))
	}
	return drafts
}

// In the first quarter a unit without an officer sends one mark on paper, and the lead enters it. It counts once the unit confirms it.
const (
	faxing = "lai-chau"
	faxed  = "III.5"
)

// confirmTranscribed lets the units confirm what the lead entered for them in this chapter.
func (w *writer) confirmTranscribed() {
	for _, b := range slices.Clone(w.bodies) {
		for _, p := range b.Proposals {
			if score, ok := p.Payload.(*events.ScoreEntered); ok && score.Basis != "" && b.Chapter == w.chapter {
				w.endorse(p, headOf(score.Scorer), events.EndorseAgree, "Đã đối chiếu với bản gốc của đơn vị")
			}
		}
	}
}

// scoredIn reports whether the units score the leaf themselves in quarter q.
func (l *leafMarks) scoredIn(q int) bool {
	return l.origin != originPeers && (l.origin != originCheck || q%2 == 1)
}

// own is unit u's mark of itself at the end of quarter q.
func (l *leafMarks) own(u int, unit string, q int) events.Decimal {
	final := l.final[u]
	switch {
	case l.origin == originCheck:
		return final
	case q == 3 && l.Method == events.MethodGraded && l.origin == originSum:
		return min(final+half*events.Decimal((3*u+5*l.index)%4), l.Max.Value) // who scores himself is generous
	case q == 3:
		return final
	case l.origin == originRate:
		return percent(final, 96+q+(u+l.index+q)%2, l.step())
	}
	return percent(final, pace(unit, q)+(2*u+3*l.index)%5-2, l.step())
}
