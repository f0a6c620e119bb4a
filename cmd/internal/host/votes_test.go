package host_test

import (
	"errors"
	"strconv"
	"testing"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// standingsRef names the standings as they are.
func (y *year) standingsRef() events.StandingsRef {
	s := standingsOf(y.t, y.c)
	return events.StandingsRef{Seq: int(s.Seq), SHA256: projections.StandingsSHA(s)}
}

// toBallot takes the campaign from scoring to an open named ballot on unit d.
func (y *year) toBallot() {
	y.t.Helper()
	for i, unit := range []string{"a", "b", "d"} {
		y.say(unit+"-head", unit, bonus(unit, "x", i))
	}
	y.say("a-head", "", &events.StageAdvanced{Stage: events.StageReview})
	y.say("a-head", "", &events.StageAdvanced{Stage: events.StageDeliberation})
	y.say("b-council", "d", &events.NominationProposed{Award: "flag", Cluster: "c", Standings: y.standingsRef()})
	y.say("a-head", "", &events.StageAdvanced{Stage: events.StageBallot})
	y.say("a-head", "", &events.BallotOpened{Award: "flag", Ballot: "b1", Base: events.BasePresent, Cluster: "c", Kind: events.BallotNamed, Nominees: []string{"d"},
		Present: []string{"b-council"}, Question: "d?", Roll: []string{"b-council"}, Standings: y.standingsRef(), Threshold: events.Fraction{Num: 1, Den: 2}})
}

// TestDerivedVotes: the derived subjects and the kept stream withhold a vote and what comes after it, also after a restart, until the ballot is
// closed, and give it all then: in order and once.
func TestDerivedVotes(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		t.Run("kept="+strconv.FormatBool(keep), func(t *testing.T) {
			t.Parallel()
			cfg := host.Config{Dir: t.TempDir(), NATSListen: "127.0.0.1:0", KeepEvents: keep}
			h := mustOpen(t, cfg)
			g := newGuest(t, h.NATSURL())
			y := openYear(t, h)
			y.toBallot()
			opened := y.c.Summary().Seq
			g.expect(1, opened)
			y.say("b-council", "", &events.BallotCast{Ballot: "b1", Votes: []events.NomineeVote{{Unit: "d", Vote: events.VoteFor}}})
			y.say("a-head", "b", &events.CommendationRecorded{Kind: events.CommendAdHoc, Merit: events.Words{Text: "courage"}})
			g.quiet()
			h.Close()
			h = openHost(t, cfg)
			g = newGuest(t, h.NATSURL())
			c, err := h.Campaign(t.Context(), "year")
			if err != nil {
				t.Fatal(err)
			}
			y.c = c
			y.say("a-head", "d", &events.CommendationRecorded{Kind: events.CommendAdHoc, Merit: events.Words{Text: "care"}})
			g.quiet()
			closed := y.say("a-head", "", &events.BallotClosed{Ballot: "b1"})
			g.expect(opened+1, closed)
			g.quiet()
		})
	}
}

// TestResultsApart: nobody learns what a ballot gives by a body that is refused and leaves it open.
func TestResultsApart(t *testing.T) {
	t.Parallel()
	y := openYear(t, openHost(t, host.Config{}))
	y.toBallot()
	body := func(payloads ...events.Payload) error {
		var list []events.Proposal
		for _, p := range payloads {
			list = append(list, events.Proposal{Draft: events.Draft{Author: "a-head", Subject: "d", Payload: p}})
		}
		_, err := y.c.AppendAs(t.Context(), host.Reader{}, list...)
		return err
	}
	for _, ends := range []events.Payload{&events.BallotClosed{Ballot: "b1"}, &events.RecordEndorsed{As: events.EndorseAgree}} {
		for _, uses := range []events.Payload{&events.AwardProposed{Award: "flag", Ballot: "b1", Cluster: "c"}, &events.NominationWithdrawn{Reason: "x"}} {
			var refused *ledger.RefusedError
			var why *projections.Refusal
			if err := body(ends, uses); !errors.As(err, &refused) || refused.Index != 1 || !errors.As(err, &why) || why.Code != projections.CodeBallot {
				t.Errorf("%s and %s: %v", ends.Type(), uses.Type(), err)
			}
			if err := body(uses, ends); errors.As(err, &refused) && refused.Index == 1 {
				t.Errorf("%s before %s: %v", uses.Type(), ends.Type(), err)
			}
		}
	}
}
