package projections

import (
	"slices"

	"campaignledger/events"
)

// The kinds of anomalies on the way from standings to awards, listed after those of marks.
//
//   - vote-departs: in a named ballot a vote against a nominee who stands in order, or for one who does not, without a reason.
//   - ballot-cut-short: a named ballot was closed before all who were present had voted.
//   - count-replaced: a ballot was put again; the earlier count stands beside the later one.
//   - publicity-short: a decision came before the last day of a publication that it should have waited for.
//   - decision-transcribed: the authority did not sign; the paper's scan has to be compared.
//   - decision-before-proposal: a paper decision is dated before the day on which the cluster proposed.
//   - notice-missing: the unit has not confirmed that it received the last decision on it.
//   - self-nominated: a unit was nominated by a member of its own.
//   - tellers-of-one-unit: most of the tellers behind the count in force belong to one unit.
//   - teller-twice: a teller stands behind several counts of one ballot.
//   - unreviewed: a nomination was not looked at again after what it rests on moved, or an appeal was upheld; decided on or not.
//   - excluded-later: an exclusion that covers the day of a grant in force was recorded after it.
//   - over-places: more awards are in force than there are places, as where an appeal was upheld after another unit had the place.
const (
	AnomalyVote        AnomalyCode = "vote-departs"
	AnomalyCutShort    AnomalyCode = "ballot-cut-short"
	AnomalyReplaced    AnomalyCode = "count-replaced"
	AnomalyPublicity   AnomalyCode = "publicity-short"
	AnomalyPaper       AnomalyCode = "decision-transcribed"
	AnomalyNotNotified AnomalyCode = "notice-missing"
	AnomalyTooEarly    AnomalyCode = "decision-before-proposal"
	AnomalySelfNamed   AnomalyCode = "self-nominated"
	AnomalyTellers     AnomalyCode = "tellers-of-one-unit"
	AnomalyTwice       AnomalyCode = "teller-twice"
	AnomalyUnreviewed  AnomalyCode = "unreviewed"
	AnomalyBarredSince AnomalyCode = "excluded-later"
	AnomalyPlaces      AnomalyCode = "over-places"
)

// awardFacts are what awardAnomalies asks beyond the view of an award.
type awardFacts struct {
	dayOf  func(events.Seq) string // of an event, YYYY-MM-DD
	barred func(unit, award, day string) []events.Seq
	unitOf func(member string) string // "" of one who belongs to none
	lead   string                     // of the cluster; "" if there is none
	recuse bool                       // nobody votes on its own unit
}

// awardFacts are those of a cluster. It belongs to the admitting goroutine.
func (l *Live) awardFacts(cluster string) awardFacts {
	return awardFacts{func(seq events.Seq) string { return l.state.dayOf(l.state.journal.at(seq)) },
		l.state.barredBy, func(id string) string { return l.state.members.get(id).unit }, l.plan.clusters[l.plan.byID[cluster]].Lead,
		l.plan.regulation.Council.RecuseOwn}
}

// awardAnomalies looks at one award's way in one cluster: ballots first, then nominees.
func awardAnomalies(a *AwardState, facts awardFacts, lang string) []Anomaly {
	f := awardFinder{award: a, awardFacts: facts, speech: speech{&AuditLine{}, lang != "en"}}
	for i := range a.Ballots {
		f.ballot(&a.Ballots[i])
		f.tellers(&a.Ballots[i])
	}
	for i := range a.Nominees {
		n := &a.Nominees[i]
		if n.ByUnit == n.Unit {
			f.add(AnomalySelfNamed, n.Unit, n.By, f.sayf("%s được %s của chính đơn vị mình suy tôn", "%s was nominated by %s, of its own unit", n.Unit, n.By), n.Nomination)
		}
		for j := range n.Decisions {
			f.decision(n, &n.Decisions[j])
		}
		f.unreviewed(n)
		f.notice(n)
	}
	f.places()
	return f.found
}

// awardFinder looks for anomalies on one award's way.
type awardFinder struct {
	speech
	awardFacts
	award *AwardState
	found []Anomaly
}

func (f *awardFinder) add(code AnomalyCode, unit, scorer, text string, seqs ...events.Seq) {
	a := Anomaly{Code: code, Cluster: f.award.Cluster, Unit: unit, Scorer: scorer, Seqs: seqs}
	a.Text = text + anomalySpeech{f.speech, a}.evidence()
	f.found = append(f.found, a)
}

func (f *awardFinder) ballot(b *BallotState) {
	for _, r := range b.Roll {
		for n, vote := range r.Votes {
			f.vote(&r, b.Nominees[n], vote)
		}
		if b.Kind == events.BallotNamed && b.Closed != 0 && r.Present && r.Voted == 0 && !f.asideOnAll(&r, b) {
			f.add(AnomalyCutShort, "", r.Member, f.sayf("%s có mặt nhưng chưa bỏ phiếu khi cuộc %s kết thúc", "%s was present and had not voted when ballot %s was closed",
				r.Member, b.Ballot), b.Closed)
		}
	}
	if b.Replaced != "" {
		f.add(AnomalyReplaced, "", "", f.sayf("cuộc bỏ phiếu %s được bỏ phiếu lại ở cuộc %s", "ballot %s was put again as ballot %s", b.Ballot, b.Replaced), b.Opened, b.Closed)
	}
}

// asideOnAll reports whether a member has no vote in a ballot.
func (f *awardFinder) asideOnAll(r *RollEntry, b *BallotState) bool {
	return f.recuse && !slices.ContainsFunc(b.Nominees, func(unit string) bool { return unit != r.Unit })
}

// vote looks at a vote that says something else than the points, and not why.
func (f *awardFinder) vote(r *RollEntry, unit, vote string) {
	inOrder := f.inOrder(unit)
	if r.Reason == "" && (inOrder && vote == events.VoteAgainst || !inOrder && vote == events.VoteFor) {
		f.add(AnomalyVote, unit, r.Member, f.sayf("%s bỏ phiếu %s %s trái với thứ tự điểm mà không nêu lý do", "%s votes %s %s, which departs from the points, without a reason",
			r.Member, events.VoteIn(vote, f.lang()), unit), r.Voted)
	}
}

func (f *awardFinder) decision(n *NomineeState, d *AwardDecision) {
	if d.Transcribed {
		f.add(AnomalyPaper, n.Unit, d.By, f.sayf("quyết định về %s do %s nhập theo văn bản giấy; hãy đối chiếu bản quét", "the decision on %s was transcribed by %s; compare the scan",
			n.Unit, d.By), d.Seq)
	}
	if day := f.dayOf(n.Proposed); d.Paper != nil && d.Paper.Date < day { // both YYYY-MM-DD
		f.add(AnomalyTooEarly, n.Unit, d.By, f.sayf("quyết định số %s về %s đề ngày %s, trước ngày đề nghị %s", "decision %s on %s is dated %s, before the proposal of %s",
			d.Paper.Number, n.Unit, f.date(d.Paper.Date), f.date(day)), n.Proposed, d.Seq)
	}
	if d.InForce {
		for _, seq := range f.barred(n.Unit, d.Award, d.Day) {
			if seq > d.Seq {
				f.add(AnomalyBarredSince, n.Unit, "", f.sayf("%s được tặng ngày %s, và sau đó có ghi việc không xét khen thưởng trùm ngày ấy", "%s was granted it on %s, and an exclusion that covers that day was recorded later",
					n.Unit, f.date(d.Day)), d.Seq, seq)
			}
		}
	}
	for _, p := range n.Publications {
		if p.Seq < d.Seq && d.Day <= p.To {
			f.add(AnomalyPublicity, n.Unit, "", f.sayf("quyết định ngày %s, trước khi hết hạn niêm yết (%s)", "decided on %s, before the publication's last day (%s) was over",
				f.date(d.Day), f.date(p.To)), p.Seq, d.Seq)
		}
	}
}

// unreviewed looks at a nomination that somebody should have looked at again.
func (f *awardFinder) unreviewed(n *NomineeState) {
	if n.Flagged == 0 || n.Withdrawn != 0 {
		return
	}
	seqs := []events.Seq{n.Flagged}
	text := f.sayf("việc suy tôn %s chưa được xem xét lại sau sự kiện %d", "nobody looked again at the nomination of %s after event %d", n.Unit, n.Flagged)
	for _, d := range n.Decisions {
		if d.Seq > n.Flagged {
			seqs = append(seqs, d.Seq)
		}
	}
	if len(seqs) > 1 {
		text += f.say(", và đã có quyết định", ", and it was decided on")
	}
	f.add(AnomalyUnreviewed, n.Unit, "", text, seqs...)
}

// places looks at how many awards are in force, of those proposed for this one.
func (f *awardFinder) places() {
	var granted []events.Seq
	for _, n := range f.award.Nominees {
		for _, d := range n.Decisions {
			if d.InForce && d.Award == f.award.Award {
				granted = append(granted, d.Seq)
			}
		}
	}
	if len(granted) > f.award.Places {
		f.add(AnomalyPlaces, "", "", f.sayf("%d quyết định tặng còn hiệu lực, quy chế cho %d suất", "%d awards are in force, and the regulation has places for %d", len(granted), f.award.Places), granted...)
	}
}

// notice looks at the last decision on a nominee: one that a later decision replaced needs no receipt any more.
func (f *awardFinder) notice(n *NomineeState) {
	if len(n.Decisions) == 0 {
		return
	}
	last := n.Decisions[len(n.Decisions)-1].Seq
	if !slices.ContainsFunc(n.Notices, func(x Notice) bool { return x.Of == last }) {
		f.add(AnomalyNotNotified, n.Unit, "", f.sayf("%s chưa xác nhận đã nhận quyết định", "%s has not confirmed that it received the decision", n.Unit), last)
	}
}

// tellers looks at who stands behind a count: most of them of one unit count for that unit, and who stands behind two said two things.
func (f *awardFinder) tellers(b *BallotState) {
	counts, order := map[string][]events.Seq{}, []string{}
	for _, t := range b.Tallies {
		for _, id := range t.Tellers {
			if counts[id] == nil {
				order = append(order, id)
			}
			if !slices.Contains(counts[id], t.Seq) {
				counts[id] = append(counts[id], t.Seq)
			}
		}
	}
	for _, id := range order {
		if len(counts[id]) > 1 {
			f.add(AnomalyTwice, "", id, f.sayf("%s xác nhận %d kết quả kiểm phiếu của cuộc %s", "%s stands behind %d counts of ballot %s", id, len(counts[id]), b.Ballot), counts[id]...)
		}
	}
	for _, t := range b.Tallies {
		if !t.InForce {
			continue
		}
		of := map[string]int{}
		for _, id := range t.Tellers {
			if unit := f.unitOf(id); unit != "" {
				of[unit]++
			}
		}
		for unit, n := range of { // at most one has the most
			if 2*n <= len(t.Tellers) {
				continue
			}
			who := unit
			if unit == f.lead {
				who += f.say(" (cụm trưởng)", " (the lead)")
			}
			f.add(AnomalyTellers, unit, "", f.sayf("%d trong %d người kiểm phiếu của cuộc %s thuộc %s", "%d of the %d tellers of ballot %s belong to %s", n, len(t.Tellers), b.Ballot, who), t.Seq)
		}
	}
}

// inOrder reports whether a nominee needed no reason.
func (f *awardFinder) inOrder(unit string) bool {
	return slices.ContainsFunc(f.award.Nominees, func(n NomineeState) bool { return n.Unit == unit && n.Reason == "" })
}
