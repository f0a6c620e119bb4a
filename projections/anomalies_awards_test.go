package projections

import (
	"strings"
	"testing"

	"campaignledger/events"
)

// TestAwardAnomalies: each kind is found where it is, and not where it just is not.
func TestAwardAnomalies(t *testing.T) {
	t.Parallel()
	const dayBefore, lastDay, dayAfter = "2018-01-04", "2018-01-05", "2018-01-06"
	roll := func(vote, reason string) []RollEntry {
		return []RollEntry{{Member: "m", Present: true, Voted: 9, Reason: reason, Votes: []string{vote}}}
	}
	ballot := func(b BallotState) AwardState {
		b.Ballot, b.Kind, b.Opened = "b1", events.BallotNamed, 8
		if b.Nominees == nil {
			b.Nominees = []string{"u"}
		}
		return AwardState{Cluster: "one", Nominees: []NomineeState{{Unit: "u"}}, Ballots: []BallotState{b}}
	}
	outOfOrder := func(vote, reason string) AwardState {
		a := ballot(BallotState{Closed: 10, Roll: roll(vote, reason)})
		a.Nominees[0].Reason = "the border model"
		return a
	}
	decided := func(d AwardDecision, notices ...Notice) AwardState {
		d.Seq = 20
		return AwardState{Cluster: "one", Nominees: []NomineeState{{Unit: "u", Decisions: []AwardDecision{d}, Notices: notices,
			Publications: []PublicityState{{Seq: 12, To: lastDay}}}}}
	}
	notice := Notice{Of: 20, Seq: 21}
	for name, c := range map[string]struct {
		award AwardState
		want  []AnomalyCode
	}{
		"against, in order, no reason":     {ballot(BallotState{Closed: 10, Roll: roll(events.VoteAgainst, "")}), []AnomalyCode{AnomalyVote}},
		"against, in order, with a reason": {ballot(BallotState{Closed: 10, Roll: roll(events.VoteAgainst, "late")}), nil},
		"for, in order":                    {ballot(BallotState{Closed: 10, Roll: roll(events.VoteFor, "")}), nil},
		"abstained":                        {ballot(BallotState{Closed: 10, Roll: roll(events.VoteAbstained, "")}), nil},
		"for, out of order, no reason":     {outOfOrder(events.VoteFor, ""), []AnomalyCode{AnomalyVote}},
		"for, out of order, with a reason": {outOfOrder(events.VoteFor, "a model"), nil},
		"against, out of order":            {outOfOrder(events.VoteAgainst, ""), nil},
		"present and not voted":            {ballot(BallotState{Closed: 10, Roll: []RollEntry{{Member: "m", Present: true}}}), []AnomalyCode{AnomalyCutShort}},
		"absent and not voted":             {ballot(BallotState{Closed: 10, Roll: []RollEntry{{Member: "m"}}}), nil},
		"present and standing aside":       {ballot(BallotState{Closed: 10, Nominees: []string{"u"}, Roll: []RollEntry{{Member: "m", Unit: "u", Present: true}}}), nil},
		"present, standing aside on one":   {ballot(BallotState{Closed: 10, Nominees: []string{"u", "v"}, Roll: []RollEntry{{Member: "m", Unit: "u", Present: true}}}), []AnomalyCode{AnomalyCutShort}},
		"still open":                       {ballot(BallotState{Roll: []RollEntry{{Member: "m", Present: true}}}), nil},
		"put again":                        {ballot(BallotState{Closed: 10, Replaced: "b2"}), []AnomalyCode{AnomalyReplaced}},
		"transcribed":                      {decided(AwardDecision{Day: dayAfter, Transcribed: true}, notice), []AnomalyCode{AnomalyPaper}},
		"signed, received":                 {decided(AwardDecision{Day: dayAfter}, notice), nil},
		"not received":                     {decided(AwardDecision{Day: dayAfter}, Notice{Of: 19}), []AnomalyCode{AnomalyNotNotified}},
		"on the last day of publicity":     {decided(AwardDecision{Day: lastDay}, notice), []AnomalyCode{AnomalyPublicity}},
		"within publicity":                 {decided(AwardDecision{Day: dayBefore}, notice), []AnomalyCode{AnomalyPublicity}},
	} {
		holdAnomalies(t, name, c.award, c.want)
	}
}

// holdAnomalies finds what is wanted, kind by kind, in both languages.
func holdAnomalies(t *testing.T, name string, award AwardState, want []AnomalyCode) {
	t.Helper()
	facts := awardFacts{func(events.Seq) string { return "2018-01-05" }, func(_, award, _ string) []events.Seq {
		return map[string][]events.Seq{"barred": {5, 30}}[award]
	}, func(id string) string {
		unit, _, _ := strings.Cut(id, "-")
		return strings.TrimPrefix(unit, "none")
	}, "v", true}
	for _, lang := range []string{"vi", "en"} {
		found := awardAnomalies(&award, facts, lang)
		if len(found) != len(want) {
			t.Errorf("%s: found %+v, want %v", name, found, want)
			continue
		}
		for i, a := range found {
			if a.Code != want[i] || len(a.Seqs) == 0 || a.Text == "" || a.Cluster != "one" {
				t.Errorf("%s: %+v", name, a)
			}
		}
	}
}

// TestAwardAnomaliesOfPeople: who nominates, who counts, and papers that are older than what they decide on.
func TestAwardAnomaliesOfPeople(t *testing.T) {
	t.Parallel()
	const dayBefore, day = "2018-01-04", "2018-01-05" // of the proposal
	decided := func(date string) AwardState {
		return AwardState{Cluster: "one", Nominees: []NomineeState{{Unit: "u", Proposed: 19, Notices: []Notice{{Of: 20, Seq: 21}},
			Decisions: []AwardDecision{{Seq: 20, Day: day, Paper: &Paper{Date: date}}}}}}
	}
	nominated := func(by string) AwardState {
		return AwardState{Cluster: "one", Nominees: []NomineeState{{Unit: "u", By: "m", ByUnit: by, Nomination: 7}}}
	}
	counted := func(tellers ...string) AwardState {
		return AwardState{Cluster: "one", Ballots: []BallotState{{Ballot: "b1", Kind: events.BallotPaper, Closed: 10,
			Tallies: []TallyState{{Seq: 9, Tellers: tellers, InForce: true}, {Seq: 11, Tellers: []string{"y-0"}}}}}}
	}
	countedTwice := func(second ...string) AwardState {
		a := counted("w-1", "x-1", "z-1")
		a.Ballots[0].Tallies[1].Tellers = second
		return a
	}
	flagged := func(by events.Seq) AwardState {
		a := decided(day)
		a.Nominees[0].Flagged = by
		return a
	}
	granted := func(award string, places int) AwardState {
		a := decided(day)
		a.Award, a.Places = award, places
		a.Nominees[0].Decisions[0].Award, a.Nominees[0].Decisions[0].InForce = award, true
		return a
	}
	again := func(of events.Seq) AwardState {
		a := decided(day)
		a.Nominees[0].Decisions = append(a.Nominees[0].Decisions, AwardDecision{Seq: 22, Day: day})
		a.Nominees[0].Notices[0].Of = of
		return a
	}
	for name, c := range map[string]struct {
		award AwardState
		want  []AnomalyCode
	}{
		"the later decision received":   {again(22), nil},
		"dated before the proposal":     {decided(dayBefore), []AnomalyCode{AnomalyTooEarly}},
		"dated on its day":              {decided(day), nil},
		"nominated by its own":          {nominated("u"), []AnomalyCode{AnomalySelfNamed}},
		"nominated by another":          {nominated("v"), nil},
		"nominated by one of no unit":   {nominated(""), nil},
		"tellers of the lead":           {counted("v-1", "v-2", "w-1"), []AnomalyCode{AnomalyTellers}},
		"half the tellers of one unit":  {counted("v-1", "v-2", "w-1", "none"), nil},
		"tellers of no unit":            {counted("none", "none", "v-1"), nil},
		"the earlier decision received": {again(20), []AnomalyCode{AnomalyNotNotified}},
		"a teller of two counts":        {countedTwice("y-1", "w-1"), []AnomalyCode{AnomalyTwice}},
		"two counts of other tellers":   {countedTwice("y-1", "y-2"), nil},
		"not looked at again":           {flagged(9), []AnomalyCode{AnomalyUnreviewed}},
		"decided before it was flagged": {flagged(21), []AnomalyCode{AnomalyUnreviewed}},
		"looked at again":               {flagged(0), nil},
		"withdrawn and flagged": {func() AwardState {
			a := flagged(9)
			a.Nominees[0].Withdrawn = 10
			return a
		}(), nil},
		"granted and excluded since": {granted("barred", 1), []AnomalyCode{AnomalyBarredSince}},
		"granted":                    {granted("flag", 1), nil},
		"granted to one more":        {granted("flag", 0), []AnomalyCode{AnomalyPlaces}},
	} {
		holdAnomalies(t, name, c.award, c.want)
	}
}
