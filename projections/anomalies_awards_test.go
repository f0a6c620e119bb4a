package projections

import (
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
		b.Ballot, b.Kind, b.Opened, b.Nominees = "b1", events.BallotNamed, 8, []string{"u"}
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
		"still open":                       {ballot(BallotState{Roll: []RollEntry{{Member: "m", Present: true}}}), nil},
		"put again":                        {ballot(BallotState{Closed: 10, Replaced: "b2"}), []AnomalyCode{AnomalyReplaced}},
		"transcribed":                      {decided(AwardDecision{Day: dayAfter, Transcribed: true}, notice), []AnomalyCode{AnomalyPaper}},
		"signed, received":                 {decided(AwardDecision{Day: dayAfter}, notice), nil},
		"not received":                     {decided(AwardDecision{Day: dayAfter}, Notice{Of: 19}), []AnomalyCode{AnomalyNotNotified}},
		"on the last day of publicity":     {decided(AwardDecision{Day: lastDay}, notice), []AnomalyCode{AnomalyPublicity}},
		"within publicity":                 {decided(AwardDecision{Day: dayBefore}, notice), []AnomalyCode{AnomalyPublicity}},
	} {
		for _, lang := range []string{"vi", "en"} {
			found := awardAnomalies(&c.award, lang)
			if len(found) != len(c.want) {
				t.Errorf("%s: found %+v, want %v", name, found, c.want)
				continue
			}
			for i, a := range found {
				if a.Code != c.want[i] || len(a.Seqs) == 0 || a.Text == "" || a.Cluster != "one" {
					t.Errorf("%s: %+v", name, a)
				}
			}
		}
	}
}
