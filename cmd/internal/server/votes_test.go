package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/projections"
)

// toBallot takes the campaign to the stage ballot and nominates the first of the standings, unit c.
func (s *signedSite) toBallot() {
	s.t.Helper()
	for i, unit := range []string{"a", "b", "c"} {
		s.say(unit+"-head", unit, points("G", unit, 5+i))
		s.say(unit+"-head", unit, points("E", unit, 2+i))
	}
	for _, stage := range []events.Stage{events.StageReview, events.StageDeliberation} {
		s.say("a-head", "", &events.StageAdvanced{Stage: stage})
	}
	s.say("b-council", "c", &events.NominationProposed{Award: "flag", Cluster: "one", Standings: s.standingsRef()})
	s.say("a-head", "", &events.StageAdvanced{Stage: events.StageBallot})
}

// standingsRef names the standings as they are, by what the API answers.
func (s *signedSite) standingsRef() events.StandingsRef {
	s.t.Helper()
	answer := s.do(http.MethodGet, s.path("/standings"), "")
	var standings struct{ AsOf struct{ Seq int } }
	if err := decode(string(answer.Body), &standings); err != nil {
		s.t.Fatal(err)
	}
	return events.StandingsRef{Seq: standings.AsOf.Seq, SHA256: hashOf(string(answer.Body))}
}

func (s *signedSite) openBallot() {
	s.t.Helper()
	half := events.Fraction{Num: 1, Den: 2}
	s.say("a-head", "", &events.BallotOpened{Award: "flag", Ballot: "b1", Base: events.BasePresent, Cluster: "one", Kind: events.BallotNamed, Nominees: []string{"c"},
		Present: []string{"b-council"}, Question: "c?", Roll: []string{"b-council"}, Standings: s.standingsRef(), Threshold: half})
}

// TestVotesAreHidden: nobody, the voter and the auditor included, is shown how a vote was given before its ballot is closed; afterwards
// everybody is, and each feed has all records in order.
func TestVotesAreHidden(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	s.toBallot()
	s.openBallot()
	auditor, voter := as(s.login("auditor")), as(s.login("b-council"))
	before := len(parseLines(t, s.do(http.MethodGet, s.path("/events"), "").Body))
	public := s.follow(s.path("/events")+fmt.Sprintf("?since=%d", before), eventStream)
	entitled := s.follow(s.path("/events")+fmt.Sprintf("?since=%d", before), eventStream, auditor...)
	vote := s.say("b-council", "", &events.BallotCast{Ballot: "b1", Reason: "the border model", Votes: []events.NomineeVote{{Unit: "c", Vote: events.VoteFor}}}).Seq
	s.say("a-head", "b", &events.CommendationRecorded{Kind: events.CommendAdHoc, Merit: events.Words{Text: "courage"}})

	for name, header := range map[string][]string{"public": nil, "auditor": auditor, "voter": voter} {
		for _, path := range []string{"/events", "/audit", "/awards", "/trail?award=flag"} {
			body := string(s.do(http.MethodGet, s.path(path), "", header...).Body)
			if strings.Contains(body, "the border model") || strings.Contains(body, `"vote":"for"`) {
				t.Errorf("%s sees the vote at %s", name, path)
			}
		}
		for _, path := range []string{"/log", "/awards", "/awards/flag", fmt.Sprintf("/events/%d", vote), fmt.Sprintf("/events/%d", vote-1)} {
			got := s.do(http.MethodGet, "/campaigns/trial"+path+"?lang=en", "", header...)
			if got.Code != http.StatusOK || strings.Contains(got.Body, "the border model") || strings.Contains(got.Body, ": for c") {
				t.Errorf("%s sees the vote on the page %s: %d\n%s", name, path, got.Code, got.Body)
			}
		}
		lines := parseLines(t, s.do(http.MethodGet, s.path("/events"), "", header...).Body)
		if got := lines[vote-1]; len(got.Record) != 0 || len(lines[vote].Record) == 0 {
			t.Errorf("%s: the vote is %s, what follows %.60s", name, got.Record, lines[vote].Record)
		}
	}
	for _, feed := range []*stream{public, entitled} {
		if m, _ := feed.next(); m.event != "leaf" || m.id != "" {
			t.Fatalf("the feed shows %+v", m)
		}
		if m, _ := feed.next(); m.event == "leaf" || m.id != "" || !strings.Contains(m.data, "courage") {
			t.Fatalf("after the vote the feed shows %+v", m)
		}
	}
	closed := s.say("a-head", "", &events.BallotClosed{Ballot: "b1"}).Seq
	for _, feed := range []*stream{public, entitled} {
		for seq := vote; seq <= closed; seq++ { // whatever was shown after the hidden vote comes again
			m, _ := feed.next()
			for m.id == "" {
				m, _ = feed.next()
			}
			if m.id != fmt.Sprint(seq) {
				t.Fatalf("%+v instead of event %d", m, seq)
			}
		}
	}
	if body := string(s.do(http.MethodGet, s.path("/audit"), "").Body); !strings.Contains(body, "the border model") {
		t.Error("after the close the vote is still hidden")
	}
	for _, path := range []string{"/awards", "/awards/flag", fmt.Sprintf("/events/%d", vote)} {
		if got := s.do(http.MethodGet, "/campaigns/trial"+path+"?lang=en", ""); !strings.Contains(got.Body, ": for c") {
			t.Errorf("after the close the page %s hides the vote:\n%s", path, got.Body)
		}
	}
	var view projections.Awards
	if err := decode(string(s.do(http.MethodGet, s.path("/awards?lang=en"), "").Body), &view); err != nil {
		t.Fatal(err)
	}
	b := view.Awards[0].Ballots[0]
	if r := b.Results[0]; r.For != 1 || r.Base != 1 || !r.Carried || b.Roll[0].Votes[0] != events.VoteFor {
		t.Errorf("the result is %+v, the roll %+v", r, b.Roll)
	}
}

// TestVotesCannotBeGuessed: who sends a hidden vote's id again is told the same for a right guess and a wrong one; who has the signed
// record gets its first receipt.
func TestVotesCannotBeGuessed(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	s.toBallot()
	s.openBallot()
	record := s.record("b-council", "", &events.BallotCast{Ballot: "b1", Votes: []events.NomineeVote{{Unit: "c", Vote: events.VoteFor}}})
	stored := s.append(record)[0]
	d, err := events.Decode(events.Record(record))
	if err != nil {
		t.Fatal(err)
	}
	var first string
	for _, vote := range []string{events.VoteAgainst, events.VoteFor, events.VoteAbstained} {
		guess := fmt.Sprintf(`{"id":%q,"type":"ballot.cast","data":{"ballot":"b1","votes":[{"unit":"c","vote":%q}]}}`, d.ID, vote)
		got := s.do(http.MethodPost, s.path("/events"), guess)
		if got.Code != http.StatusConflict {
			t.Errorf("a guess of %s: %d %s", vote, got.Code, got.Body)
		}
		if text := got.text(); first == "" {
			first = text
		} else if text != first {
			t.Errorf("a guess of %s is told\n%s and another\n%s", vote, text, first)
		}
	}
	forged := strings.Replace(record, d.Signature, "ed25519:"+strings.Repeat("0", 128), 1)
	if got := s.do(http.MethodPost, s.path("/events"), forged); got.Code != http.StatusConflict {
		t.Errorf("the vote with another signature: %d %s", got.Code, got.Body)
	}
	if again := s.append(record)[0]; again.Seq != stored.Seq {
		t.Errorf("the vote once more is event %d, not %d", again.Seq, stored.Seq)
	}
}

// TestVotesBehindAFreeze: a ballot that is closed behind a freeze shows its votes to the entitled, and to the hall at the reveal.
func TestVotesBehindAFreeze(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	s.toBallot()
	s.openBallot()
	auditor := as(s.login("auditor"))
	vote := s.say("b-council", "", &events.BallotCast{Ballot: "b1", Votes: []events.NomineeVote{{Unit: "c", Vote: events.VoteFor}}}).Seq
	shown := func(header ...string) bool {
		return len(parseLines(t, s.do(http.MethodGet, s.path("/events"), "", header...).Body)[vote-1].Record) != 0
	}
	s.say("a-head", "", &events.StandingsFrozen{})
	s.say("a-head", "", &events.BallotClosed{Ballot: "b1"})
	if shown() || !shown(auditor...) {
		t.Errorf("in the freeze the vote is shown to the hall %t, to the auditor %t", shown(), shown(auditor...))
	}
	s.say("a-head", "", &events.StandingsRevealed{})
	if !shown() {
		t.Error("after the reveal the vote is hidden")
	}
}
