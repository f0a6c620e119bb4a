package projections

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"campaignledger/events"
)

// TestAwardsOfANominee: from its nomination to a second decision and its revocation, with notice and publicity.
func TestAwardsOfANominee(t *testing.T) {
	t.Parallel()
	c := courseAt(t, ballot)
	nominated := c.nominate("u1", "ministry")
	c.nominate("u2", "ministry")
	other := c.nominate("u1", "cup")
	all := c.does("u1-head", "", &events.PublicationStarted{Days: 10, Place: "hall"})
	c.carry("u1", "ministry", "b1")
	closed, _ := c.has(events.TypeBallotClosed)
	count := c.does("u1-head", "", &events.PublicationStarted{Days: 1, Of: closed.ID, Place: "portal"})
	proposal := c.propose("u1", "ministry", "b1")
	sent := c.does("u1-head", "", &events.PublicationStarted{Days: 2, Of: proposal.ID, Place: "portal"})
	p := &events.AwardDecided{Of: proposal.ID, Outcome: events.AwardGranted, Basis: events.BasisTranscribed, Decision: paperOf()}
	first := c.does("u1-head", "u1", p)
	notice := c.does("u1-officer", "", endorse(first, events.EndorseReceived))
	c.does("u2-head", "", endorse(first, events.EndorseReceived)) // of another unit
	appeal := c.upheld("u2", first)
	second := c.does("authority", "u1", &events.AwardDecided{Of: proposal.ID, Outcome: events.AwardOtherLevel, Award: "cup", Appeal: appeal.ID})
	revoked := c.does("authority", "u1", &events.AwardRevoked{Of: second.ID, Ground: events.Words{Text: "forged"}, Decision: paperOf()})
	decided := c.does("u1-head", "", &events.PublicationStarted{Days: 3, Of: first.ID, Place: "portal"})
	paper := Paper(paperOf())
	standings := nominated.Payload.(*events.NominationProposed).Standings
	publicity := func(e events.Event, of events.Seq, to string) PublicityState {
		p, _ := e.Payload.(*events.PublicationStarted)
		return PublicityState{Seq: e.Seq, Of: of, Place: p.Place, From: "2017-03-01", To: to, Days: p.Days}
	}
	want := NomineeState{Unit: "u1", Title: "u1", Rank: 1, Points: "90.00", Nomination: nominated.Seq, By: "u1-head", ByUnit: "u1", RankNow: 1, PointsNow: "90.00",
		Standings: StandingsName{events.Seq(standings.Seq), standings.SHA256}, Proposed: proposal.Seq, Ballot: "b1",
		Decisions: []AwardDecision{{Seq: first.Seq, Day: "2017-03-01", Outcome: events.AwardGranted, Award: "ministry", By: "u1-head", Transcribed: true, Paper: &paper},
			{Seq: second.Seq, Day: "2017-03-01", Outcome: events.AwardOtherLevel, Award: "cup", By: "authority", Revoked: revoked.Seq, Ground: "forged"}},
		Notices: []Notice{{Of: first.Seq, Seq: notice.Seq, By: "u1-officer"}},
		Publications: []PublicityState{publicity(all, 0, "2017-03-10"), publicity(count, closed.Seq, "2017-03-01"), publicity(sent, proposal.Seq, "2017-03-02"),
			publicity(decided, first.Seq, "2017-03-03")}}
	if diff := cmp.Diff(want, c.nominee("u1", "ministry")); diff != "" {
		t.Errorf("the nominee (-want +got):\n%s", diff)
	}
	if n := c.nominee("u1", "cup"); n.Nomination != other.Seq || len(n.Publications) != 1 || len(n.Decisions) != 0 || n.Proposed != 0 {
		t.Errorf("nominated for another award it is %+v", n)
	}
	if n := c.nominee("u2", "ministry"); n.Flagged != 0 || len(n.Publications) != 1 {
		t.Errorf("another nominee is %+v", n)
	}
	if a := c.live.Awards("en").Appeals; len(a) != 1 || !slices.Equal(a[0].Changes, []events.Seq{second.Seq}) || a[0].Flagged || a[0].Of != first.Seq {
		t.Errorf("the appeal is %+v", a)
	}
	c.onFold()
}

// TestAwardsInForce: a grant is in force until it is revoked or another decision takes its place; a refusal never is.
func TestAwardsInForce(t *testing.T) {
	t.Parallel()
	c := courseAt(t, ballot)
	proposal := c.badged("u1")
	inForce := func(want ...bool) {
		t.Helper()
		var got []bool
		for _, d := range c.nominee("u1", "badge").Decisions {
			got = append(got, d.InForce)
		}
		if !slices.Equal(got, want) {
			t.Errorf("in force are %v, not %v", got, want)
		}
	}
	first := c.does("authority", "u1", decides(proposal, events.AwardGranted))
	inForce(true)
	second := c.does("authority", "u1", decides(proposal, events.AwardRefused, c.upheld("u2", first)))
	inForce(false, false)
	if d := c.nominee("u1", "badge").Decisions[1]; d.Award != "badge" {
		t.Errorf("refused is %q", d.Award)
	}
	third := c.does("authority", "u1", decides(proposal, events.AwardGranted, c.upheld("u1", second)))
	inForce(false, false, true)
	c.does("authority", "u1", &events.AwardRevoked{Of: third.ID, Ground: events.Words{Hash: hash("kept elsewhere")}})
	inForce(false, false, false)
	c.onFold()
}

// TestNominatedAgain: a nomination that was withdrawn stays visible beside the next one.
func TestNominatedAgain(t *testing.T) {
	t.Parallel()
	c := courseAt(t, deliberation)
	first := c.nominate("u1", "ministry")
	withdrawn := c.does("u1-head", "u1", &events.NominationWithdrawn{Of: first.ID, Reason: "declined"})
	second := c.nominate("u1", "ministry")
	x := c.does("authority", "u1", excludes("2017-03-01", "", "cup", "ministry"))
	c.does("authority", "u1", excludes("2017-04-01", ""))
	n := c.award("one", "ministry").Nominees
	if len(n) != 2 || n[0].Nomination != first.Seq || n[0].Withdrawn != withdrawn.Seq || n[1].Nomination != second.Seq || n[1].Withdrawn != 0 || !slices.Equal(n[1].Exclusions, []events.Seq{x.Seq}) {
		t.Errorf("the nominees are %+v", n)
	}
	c.onFold()
}

// TestDocumentsInTheView: each document with its signed copy.
func TestDocumentsInTheView(t *testing.T) {
	t.Parallel()
	c := courseAt(t, deliberation)
	p := &events.DocumentIssued{Kind: events.DocumentMinutes, Lang: "vi", Name: "m.pdf", Number: "03/BB", Place: "Lạng Sơn", Seq: 5, SHA256: hash("m")}
	minutes := c.does("u1-head", "", p)
	c.does("u1-head", "", &events.DocumentIssued{Kind: events.DocumentSummary, Lang: "vi", Name: "s.pdf", Seq: 6, SHA256: hash("s")})
	signed := c.does("u2-teller", "", &events.DocumentIssued{Kind: events.DocumentMinutes, Lang: "vi", Name: "m-signed.pdf", Of: minutes.ID, Seq: 5, SHA256: hash("signed")})
	docs := c.live.Awards("en").Documents
	want := DocumentState{Seq: minutes.Seq, Kind: events.DocumentMinutes, Name: "m.pdf", Number: "03/BB", AsOf: 5, SHA256: hash("m"), Signed: signed.Seq}
	if len(docs) != 3 || docs[0] != want || docs[1].Signed != 0 || docs[2].Of != minutes.Seq {
		t.Errorf("the documents are %+v", docs)
	}
	line := c.live.Audit(AuditFilter{Lang: "en", After: minutes.Seq - 1, Limit: 1})[0]
	if line.Document == nil || *line.Document != (DocumentLine{Name: "m.pdf", Number: "03/BB", Place: "Lạng Sơn", Lang: "vi", AsOf: 5}) || line.SHA256 != hash("m") || line.Kind != events.DocumentMinutes {
		t.Errorf("the line is %+v", line)
	}
	c.onFold()
}

// TestAwardsAreWhole: the view has every award of every cluster and every unit, in their order, also when nothing was said; its lists are
// never null, and what was given out stays as it is.
func TestAwardsAreWhole(t *testing.T) {
	t.Parallel()
	if a := NewLive().Awards("en"); len(a.Awards) != 0 {
		t.Errorf("not open: %+v", a)
	}
	c := courseAt(t, deliberation)
	before := c.live.Awards("en")
	text, err := json.Marshal(before)
	if err != nil || strings.Contains(string(text), "null") {
		t.Errorf("%v: %s", err, text)
	}
	var names []string
	for _, a := range before.Awards {
		names = append(names, a.Cluster+" "+a.Award)
	}
	if want := []string{"one ministry", "one government", "one cup", "one badge", "two ministry", "two government", "two cup", "two badge"}; !slices.Equal(names, want) {
		t.Errorf("the awards are %v", names)
	}
	names = names[:0]
	for _, u := range before.Units {
		names = append(names, u.Unit)
	}
	if !slices.Equal(names, courseUnits()) {
		t.Errorf("the units are %v", names)
	}
	e := c.does("u1-head", "u2", evaluates())
	c.does("u3-head", "u2", evaluates(func(p *events.EvaluationRecorded) { p.Consensus = []uuid.UUID{e.ID} }))
	c.nominate("u1", "ministry")
	c.upheld("u2", c.marked("u2"))
	c.does("authority", "v2", &events.CommendationRecorded{Kind: events.CommendAdHoc, Merit: events.Words{Text: "rescue"}})
	if again, err := json.Marshal(before); err != nil || string(again) != string(text) {
		t.Error("what was given out has changed")
	}
	after := c.live.Awards("en")
	if u := after.Units[1]; len(u.Evaluations) != 2 || len(u.Appealed) != 1 {
		t.Errorf("u2 is %+v", u)
	}
	if u := after.Units[7]; len(u.Commendations) != 1 || u.Commendations[0].By != "authority" {
		t.Errorf("v2 is %+v", u)
	}
}
