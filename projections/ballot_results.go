package projections

import (
	"slices"

	"campaignledger/events"
)

// resultsOf is what a ballot that is closed gives, by nominee.
func (s *State) resultsOf(b ballotState) []NomineeResult { return s.journal.at(b.ended).more.results }

// carried is the result on a nominee of a ballot that is closed.
func (s *State) carried(b ballotState, unit string) NomineeResult {
	results := s.resultsOf(b)
	return results[slices.IndexFunc(results, func(r NomineeResult) bool { return r.Unit == unit })]
}

// results works out what a ballot gives, by nominee.
func (s *State) results(id string, b ballotState) []NomineeResult {
	opened := s.openedAs(b)
	list := make([]NomineeResult, 0, len(opened.Nominees))
	for _, unit := range opened.Nominees {
		r := NomineeResult{Unit: unit}
		if opened.Kind == events.BallotPaper {
			s.countSlips(&r, opened, b.tally)
		} else {
			s.countVotes(&r, opened, id)
		}
		if r.Base > 0 {
			r.Needed = opened.Threshold.Least(r.Base)
			r.Carried = opened.Threshold.Reached(r.For, r.Base)
		}
		list = append(list, r)
	}
	return list
}

// countVotes counts a named ballot. Who has to stand aside is in no base; who abstains is.
func (s *State) countVotes(r *NomineeResult, opened *events.BallotOpened, id string) {
	for _, member := range opened.Roll {
		vote, voted := "", s.votes.get(voteKey{id, member})
		if voted != 0 {
			p, _ := s.journal.at(voted).more.payload.(*events.BallotCast)
			vote = p.Votes[slices.IndexFunc(p.Votes, func(v events.NomineeVote) bool { return v.Unit == r.Unit })].Vote
		}
		if opened.Base == events.BasePresent && !slices.Contains(opened.Present, member) && voted == 0 {
			continue
		}
		if s.standsAside(s.members.get(member).unit, r.Unit) {
			r.Recused++
			continue
		}
		r.Base++
		switch {
		case vote == events.VoteFor:
			r.For++
		case vote == events.VoteAgainst:
			r.Against++
		case voted != 0:
			r.Abstained++
		}
	}
}

// countSlips takes a nominee's part of a count. Of the absent who voted in writing nobody knows who they are; that some had to stand aside
// is known only where all of them did vote.
func (s *State) countSlips(r *NomineeResult, opened *events.BallotOpened, tally events.Seq) {
	if tally == 0 {
		return // it was ended without a count
	}
	p, _ := s.journal.at(tally).more.payload.(*events.BallotTallied)
	n := p.Counts[slices.IndexFunc(p.Counts, func(n events.NomineeCount) bool { return n.Unit == r.Unit })]
	r.For, r.Against, r.Abstained = n.For, n.Against, p.Valid-n.For-n.Against
	voters := opened.Present
	r.Base = len(opened.Present) + p.Written
	if opened.Base == events.BaseMembers || r.Base == len(opened.Roll) {
		voters, r.Base = opened.Roll, len(opened.Roll)
	}
	r.Recused = s.asideOn(r.Unit, voters)
	r.Base -= r.Recused
	r.Abstained = max(0, r.Abstained-r.Recused)
}
