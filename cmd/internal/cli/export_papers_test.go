package cli

import (
	"strings"
	"testing"

	"campaignledger/cmd/internal/papers"
	"campaignledger/events"
	"campaignledger/projections"
)

// TestLaterThan: what came after the conference, or after the proposal, is said with the moment to go back to.
func TestLaterThan(t *testing.T) {
	t.Parallel()
	const proposed, closed, ended = 40, 25, 30 // the close waited for the units' share
	view := func(change func(*projections.AwardState)) *projections.Awards {
		state := projections.AwardState{Cluster: "c", Award: "flag", Nominees: []projections.NomineeState{{Unit: "u", Rank: 1, RankNow: 1, Points: "9", PointsNow: "9", Proposed: proposed}},
			Ballots: []projections.BallotState{{Ballot: "b", Opened: 20, Effective: 20, Closed: closed, Ended: ended}}}
		change(&state)
		return &projections.Awards{Awards: []projections.AwardState{state}}
	}
	decided := func(revoked events.Seq) func(*projections.AwardState) {
		return func(s *projections.AwardState) {
			s.Nominees[0].Decisions = []projections.AwardDecision{{Seq: 50, Revoked: revoked}}
		}
	}
	for name, c := range map[string]struct {
		change             func(*projections.AwardState)
		minutes, proposals string // what is told; "" nothing
	}{
		"nothing": {func(*projections.AwardState) {}, "", ""},
		"decided": {decided(0), "1 decision. For that moment use --as-of 30.", "1 decision. For that moment use --as-of 40."},
		"revoked": {decided(60), "1 decision, 1 revocation. For that moment use --as-of 30.", "1 decision, 1 revocation. For that moment use --as-of 40."},
		"moved":   {func(s *projections.AwardState) { s.Nominees[0].RankNow = 2 }, "a change of the standings. For that moment use --as-of 30.", "a change of the standings. For that moment use --as-of 40."},
		"reopened": {func(s *projections.AwardState) {
			s.Ballots = append(s.Ballots, projections.BallotState{Ballot: "b2", Reopens: "b", Opened: 45, Effective: 46, Closed: 48, Ended: 48})
		}, "1 ballot put again. For that moment use --as-of 30.", "1 ballot put again. For that moment use --as-of 40."},
		"withdrawn": {func(s *projections.AwardState) { s.Nominees[0].RankNow, s.Nominees[0].Withdrawn = 2, 35 }, "", ""},
	} {
		a := &app{lang: "en"}
		for kind, want := range map[string]string{events.DocumentMinutes: c.minutes, events.DocumentProposal: c.proposals, events.DocumentSummary: ""} {
			got := a.laterThan(view(c.change), papers.Options{Kind: kind, Award: "flag"})
			if !strings.HasSuffix(got, want) || want == "" && got != "" {
				t.Errorf("%s, %s: %q, want %q", name, kind, got, want)
			}
		}
	}
}
