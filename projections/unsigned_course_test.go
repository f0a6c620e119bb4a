package projections

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// TestHistoricCourse: in a historic campaign the day of an event is the one that it claims, and so is the time of the standings it names.
func TestHistoricCourse(t *testing.T) {
	t.Parallel()
	text := strings.Replace(trialRegulation, "clock: live", "clock: historic\nperiod: {start: 2016-01-01, end: 2016-12-31, zone: Asia/Ho_Chi_Minh}", 1)
	c := openTrial(t, text+"awards: [{id: flag, places: 1}]\n")
	at := func(day, hour int) func(*events.Event) {
		return claims(time.Date(2016, 5, day, hour, 0, 0, 0, time.UTC))
	}
	c.must(c.say("a", points("G", "open", "j1", "9"), at(1, 0)))
	c.must(c.say("a", excludes("2016-05-10", "2016-05-10"), at(2, 0)))
	nominates := func(day, hour int) error {
		_, err := c.say("a", &events.NominationProposed{Award: "flag", Cluster: "one", Standings: c.asOfNow()}, at(day, hour))
		return err
	}
	c.refused(nominates(9, 17), CodeExcluded) // the tenth has begun in the zone
	c.refused(nominates(10, 16), CodeExcluded)
	if err := nominates(10, 17); err != nil {
		t.Error(err)
	}
	if n := c.live.Awards("en").Awards[0].Nominees; len(n) != 1 || len(n[0].Exclusions) != 0 {
		t.Errorf("on the eleventh the nominees are %+v", n)
	}
	requireSame(t, fold(t, c.list), c.live)
}

// TestUnsignedCourse: appeals are decided at once by anybody, corrections name them, and what is flagged is nominated anew.
func TestUnsignedCourse(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation+"awards: [{id: flag, places: 1}]\n")
	mark := c.must(c.say("a", points("G", "open", "j1", "9")))
	c.must(c.say("b", points("G", "open", "j1", "8")))
	nominee := c.must(c.say("a", &events.NominationProposed{Award: "flag", Cluster: "one", Standings: c.asOfNow()}))
	_, err := c.say("z", &events.AppealFiled{Of: mark.ID, Ground: events.Words{Text: "too much"}})
	c.refused(err, CodeUnknownUnit)
	filed := c.must(c.say("b", &events.AppealFiled{Of: mark.ID, Ground: events.Words{Text: "too much"}}))
	upheld := c.must(c.say("b", &events.AppealDecided{Of: filed.ID, Outcome: events.AppealUpheld, Reason: "heard"}))
	if n := c.live.Awards("en").Awards[0].Nominees[0]; n.Flagged != upheld.Seq {
		t.Errorf("the nominee is %+v", n)
	}
	if len(c.row("a").Notes) != 1 || len(c.row("b").Notes) != 1 || len(c.row("c").Notes) != 0 {
		t.Error("who appealed and whom it is about is not noted, or another")
	}
	p := because(points("G", "open", "j1", "7"))
	p.Appeal = uuid.UUID{1}
	_, err = c.say("a", p)
	c.refused(err, CodeAppeal)
	p = because(points("G", "open", "j1", "7"))
	p.Appeal = upheld.ID
	c.must(c.say("a", p))
	if len(c.row("a").Notes) != 0 || c.row("a").Rank != 2 {
		t.Errorf("corrected, a has rank %d and notes %q", c.row("a").Rank, c.row("a").Notes)
	}
	c.must(c.say("a", &events.NominationWithdrawn{Of: nominee.ID, Reason: "corrected"}))
	_, err = c.say("a", &events.NominationProposed{Award: "flag", Cluster: "one", Standings: c.asOfNow()})
	c.refused(err, CodeOrder)
	c.must(c.say("b", &events.NominationProposed{Award: "flag", Cluster: "one", Standings: c.asOfNow()}))
	requireSame(t, fold(t, c.list), c.live)
	if a := c.live.Awards("en").Appeals[0]; a.Decided != upheld.Seq || a.Flagged || len(a.Changes) != 1 {
		t.Errorf("the appeal is %+v", a)
	}
}
