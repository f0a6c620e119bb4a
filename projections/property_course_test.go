package projections

import (
	"slices"
	"testing"

	"campaignledger/events"
)

// TestStandingsAreNamedByTheirHash: the hash that admission wants of an event is that of a fresh fold up to it, wherever nothing moved since,
// before the commit and after; and every event that names standings names those.
func TestStandingsAreNamedByTheirHash(t *testing.T) {
	eachSignedStory(t, func(t *testing.T, s *signedStory) {
		require := func(state *State, list []events.Event, seq events.Seq) {
			t.Helper()
			if want := StandingsSHA(fold(t, list[:seq]).Standings()); state.standingsSHA(seq) != want {
				t.Fatalf("with %d events, the standings of event %d, and event %d moved them last", len(list), seq, state.scalars.moved)
			}
		}
		within := func(list []events.Event) events.Seq {
			moved := int(s.live.state.scalars.moved)
			return events.Seq(moved + s.IntN(len(list)-moved+1))
		}
		s.admitted = func() {
			if s.chance(8) {
				list := slices.Concat(s.list, s.body)
				require(s.live.state, list, within(list))
			}
		}
		for range signedSteps {
			s.step()
			if s.chance(8) {
				require(s.live.state, s.list, within(s.list))
			}
		}
		for _, e := range s.list {
			var ref events.StandingsRef
			switch p := e.Payload.(type) {
			case *events.NominationProposed:
				ref = p.Standings
			case *events.BallotOpened:
				ref = p.Standings
			default:
				continue
			}
			if want := StandingsSHA(fold(t, s.list[:ref.Seq]).Standings()); ref.SHA256 != want {
				t.Fatalf("event %d names standings of event %d that are not its", e.Seq, ref.Seq)
			}
		}
	})
}

// TestBallotsCountedAnew: what ballots give is what a recount from the events alone gives, and nothing is proposed that was not carried.
func TestBallotsCountedAnew(t *testing.T) {
	counts, carried, closed := map[events.Type]int{}, 0, 0
	eachSignedStory(t, func(t *testing.T, s *signedStory) {
		for range signedSteps {
			s.step()
			s.live.Awards("vi")
		}
		for _, award := range []string{"flag", "top", "cup", "badge"} {
			if _, err := s.live.AwardTrail(award, "", "en"); err != nil {
				t.Fatal(err)
			}
		}
		r := recount(s)
		lines := s.live.Audit(AuditFilter{})
		seen := 0
		for _, a := range s.live.Awards("en").Awards {
			for _, b := range a.Ballots {
				if b.Closed == 0 {
					continue
				}
				seen++
				want, line := r[b.Ballot], resultsLine(lines, b)
				if !slices.Equal(b.Results, want) || !slices.Equal(line.Results, want) {
					t.Fatalf("ballot %s gives %+v, counted anew %+v", b.Ballot, b.Results, want)
				}
			}
		}
		if seen != len(r) {
			t.Fatalf("the view has %d closed ballots, of %d", seen, len(r))
		}
		for _, e := range s.list {
			counts[e.Payload.Type()]++
			p, ok := e.Payload.(*events.AwardProposed)
			if ok && p.Award != "badge" && !slices.ContainsFunc(r[p.Ballot], func(n NomineeResult) bool { return n.Unit == e.Subject && n.Carried }) {
				t.Fatalf("event %d proposes what ballot %q did not carry", e.Seq, p.Ballot)
			}
		}
		for _, results := range r {
			closed++
			for _, n := range results {
				if n.Carried {
					carried++
				}
			}
		}
	})
	t.Logf("%d ballots, %d nominees carried; %v", closed, carried, counts)
}

// resultsLine is the line of the audit that ended a ballot: its close, or the endorsement that gave the close its effect.
func resultsLine(lines []AuditLine, b BallotState) AuditLine {
	i := slices.IndexFunc(lines, func(l AuditLine) bool {
		return len(l.Results) > 0 && (l.Seq == b.Closed || l.Of == b.Closed)
	})
	return lines[i]
}

// recount counts every closed ballot of a story from its events: nobody votes after a close has its effect.
func recount(s *signedStory) map[string][]NomineeResult {
	opened, casts, slips, out := map[string]*events.BallotOpened{}, map[string]map[string]map[string]string{}, map[string]*events.BallotTallied{}, map[string][]NomineeResult{}
	tellers, all := map[string][]string{}, map[string]*events.BallotTallied{} // by the id of the count
	for _, e := range s.list {
		switch p := e.Payload.(type) {
		case *events.BallotOpened:
			opened[p.Ballot], casts[p.Ballot] = p, map[string]map[string]string{}
		case *events.BallotCast:
			votes := map[string]string{}
			for _, v := range p.Votes {
				votes[v.Unit] = v.Vote
			}
			casts[p.Ballot][e.Author] = votes
		case *events.BallotTallied:
			all[e.ID.String()], tellers[e.ID.String()] = p, []string{e.Author}
		case *events.RecordEndorsed:
			if id := p.Of.String(); all[id] != nil && p.As == events.EndorseAgree {
				tellers[id] = append(tellers[id], e.Author)
				own := 0
				for _, t := range tellers[id] {
					if slices.Contains(opened[all[id].Ballot].Nominees, t[:1]) && t[1] == '-' {
						own++
					}
				}
				if len(tellers[id]) >= 3 && own <= len(tellers[id])/2 && slips[all[id].Ballot] == nil {
					slips[all[id].Ballot] = all[id]
				}
			}
		}
	}
	for id, p := range opened {
		if s.live.state.ballots.get(id).closed == 0 {
			continue
		}
		for _, unit := range p.Nominees {
			out[id] = append(out[id], recountOne(s, p, casts[id], slips[id], unit))
		}
	}
	return out
}

// recountOne counts what a ballot gives for one nominee.
func recountOne(s *signedStory, opened *events.BallotOpened, casts map[string]map[string]string, slips *events.BallotTallied, unit string) NomineeResult {
	r := NomineeResult{Unit: unit}
	if opened.Kind == events.BallotPaper && slips == nil {
		return r // ended without a count
	}
	recuse := s.r.Council.RecuseOwn
	absent := len(opened.Roll) - len(opened.Present)
	var voters []string
	for _, m := range opened.Roll {
		present := slices.Contains(opened.Present, m)
		if opened.Base == events.BaseMembers || present || slips == nil && casts[m] != nil || slips != nil && slips.Written == absent {
			voters = append(voters, m)
		}
	}
	for _, m := range voters {
		if recuse && m == unit+"-council" {
			r.Recused++
		} else {
			r.Base++
			switch {
			case casts[m][unit] == "for":
				r.For++
			case casts[m][unit] == "against":
				r.Against++
			case casts[m] != nil:
				r.Abstained++
			}
		}
	}
	if slips != nil {
		if opened.Base == events.BasePresent && slips.Written != absent {
			r.Base += slips.Written
		}
		for _, n := range slips.Counts {
			if n.Unit == unit {
				r.For, r.Against = n.For, n.Against
			}
		}
		r.Abstained = max(0, slips.Valid-r.For-r.Against-r.Recused)
	}
	for r.Base > 0 && int64(r.Needed)*opened.Threshold.Den < int64(r.Base)*opened.Threshold.Num {
		r.Needed++
	}
	r.Carried = r.Base > 0 && r.For >= r.Needed
	return r
}
