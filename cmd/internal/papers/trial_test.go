package papers

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
	"campaignledger/projections"
)

// trialRegulation is of what the demonstration year lacks. KEYS are the members.
const trialRegulation = `
id: trial
title: {vi: "Đợt thi đua thử", en: "Trial"}
notice: {vi: "Chỉ để thử", en: "for tests only"}
levels: [{id: self, scorers: own-unit}]
criteria: {default: {items: [{id: G, title: "Công tác", method: graded, max: 100, aggregate: {method: mean}}]}}
clusters:
  - id: one
    title: {vi: "Cụm thi đua thử", en: "Trial cluster"}
    criteria: default
    lead: a
    units: [{id: a, title: "Đơn vị A"}, {id: b, title: "Đơn vị B"}, {id: c, title: "Đơn vị C"}, {id: d, title: "Đơn vị D"}]
council: {recuse-own: true}
endorse: 2/3
awards:
  - {id: flag, title: {vi: "Cờ thi đua", en: "Flag"}, authority: "Bộ", places: 2, vote: {threshold: 2/3, base: present, quorum: 2/3, written: true}}
  - {id: cup, title: {vi: "Cúp", en: "Cup"}, authority: "Bộ", places: 4, vote: {threshold: 1/2, base: members}}
members:
`

// trial is a signed campaign under test.
type trial struct {
	t       testing.TB
	live    *projections.Live
	genesis string
	marked  events.Event // the last unit's own mark
}

// trialKey is a member's key.
func trialKey(member string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(member))
	return ed25519.NewKeyFromSeed(seed[:])
}

// newTrial is a trial at the stage open, of whose units each has a mark.
func newTrial(t testing.TB) *trial {
	t.Helper()
	text := trialRegulation
	member := func(id, role, unit string) {
		text += fmt.Sprintf("  - {id: %s, name: %q, role: %s, key: %q", id, "Ông "+strings.ToUpper(id), role, events.PublicKeyOf(trialKey(id)))
		if unit != "" {
			text += ", unit: " + unit
		}
		text += "}\n"
	}
	for _, unit := range trialUnits() {
		for _, role := range []string{"head", "council", "teller"} {
			member(unit+"-"+role, role, unit)
		}
	}
	member("authority", events.RoleAuthority, "")
	r, err := events.ParseRegulation("trial.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c := &trial{t: t, live: projections.NewLive(), genesis: events.NoGenesis}
	c.says("a-head", "", events.NewCampaignOpened(r, "trial.yaml", hexOf("trial")))
	for _, unit := range trialUnits() {
		c.says(unit+"-head", unit, &events.UnitJoined{})
	}
	c.advance(events.StageOpen, events.StageScoring)
	for i, unit := range trialUnits() {
		c.marked = c.mark(unit, fmt.Sprint(90-10*i), uuid.Nil)
	}
	return c
}

func trialUnits() []string { return []string{"a", "b", "c", "d"} }

// says tells the campaign one event, signed by its author.
func (c *trial) says(author, subject string, p events.Payload) events.Event {
	c.t.Helper()
	last, _ := c.live.Last()
	at := recorded.Add(time.Duration(last) * time.Minute)
	d := events.Draft{ID: uuid.NewSHA1(uuid.Nil, fmt.Append(nil, last)), Campaign: "trial", Subject: subject, Author: author, Payload: p}
	c.live.Complete(&d, at)
	record, err := events.Encode(d)
	if err == nil {
		record, err = events.Sign(trialKey(author), c.genesis, record)
	}
	if err == nil {
		d, err = events.Decode(record)
	}
	e := events.Event{Draft: d, Seq: last + 1, Recorded: at, Record: record}
	if err == nil {
		err = c.live.Admit(e)
	}
	if err != nil {
		c.t.Fatalf("%s by %s: %v", p.Type(), author, err)
	}
	c.live.Commit()
	if c.genesis == events.NoGenesis {
		c.genesis = c.live.Summary().Genesis
	}
	return e
}

// endorse lets members say a word on an event.
func (c *trial) endorse(e events.Event, as string, members ...string) {
	c.t.Helper()
	for _, m := range members {
		c.says(m, "", &events.RecordEndorsed{Of: e.ID, Hash: fmt.Sprintf("%x", events.RecordHash(e.Record)), As: as})
	}
}

func (c *trial) advance(stages ...events.Stage) {
	c.t.Helper()
	for _, stage := range stages {
		c.says("a-head", "", &events.StageAdvanced{Stage: stage})
	}
}

// mark is a unit's own mark, of a correction after an upheld appeal.
func (c *trial) mark(unit, points string, appeal uuid.UUID) events.Event {
	c.t.Helper()
	amount, err := events.ReadDecimal(points)
	if err != nil {
		c.t.Fatal(err)
	}
	p := &events.ScoreEntered{Cluster: "one", Criterion: "G", Level: "self", Scorer: unit, Mark: events.Mark{Kind: events.MarkPoints, Amount: amount}, Appeal: appeal}
	if appeal != uuid.Nil {
		p.Reason = "theo khiếu nại"
	}
	return c.says(unit+"-head", unit, p)
}

func (c *trial) standings() events.StandingsRef {
	now := c.live.Standings()
	return events.StandingsRef{Seq: int(now.Seq), SHA256: projections.StandingsSHA(now)}
}

// nominate names a unit for an award.
func (c *trial) nominate(by, unit, award, reason string) events.Event {
	c.t.Helper()
	return c.says(by, unit, &events.NominationProposed{Award: award, Cluster: "one", Reason: reason, Standings: c.standings()})
}

// opens is the payload that puts nominees to the council, of whom d's member is absent.
func (c *trial) opens(ballot, kind, award string, nominees ...string) *events.BallotOpened {
	p := &events.BallotOpened{Award: award, Ballot: ballot, Base: events.BasePresent, Cluster: "one", Kind: kind, Nominees: nominees,
		Question: "Đồng ý đề nghị tặng?", Quorum: events.Fraction{Num: 2, Den: 3}, Threshold: events.Fraction{Num: 2, Den: 3}, Standings: c.standings()}
	if award == "cup" {
		p.Base, p.Quorum, p.Threshold = events.BaseMembers, events.Fraction{}, events.Fraction{Num: 1, Den: 2}
	}
	for _, unit := range trialUnits() {
		p.Roll = append(p.Roll, unit+"-council")
	}
	p.Present = p.Roll[:3]
	return p
}

// count is a count of a paper ballot on the flag.
func (c *trial) count(teller, ballot, note, minutes string, yes ...int) events.Event {
	c.t.Helper()
	p := &events.BallotTallied{Ballot: ballot, Issued: 4, Returned: 4, Valid: 4, Written: 1, Note: note, Minutes: hexOf(minutes)}
	for i, n := range yes {
		p.Counts = append(p.Counts, events.NomineeCount{Unit: []string{"b", "c"}[i], For: n, Against: 3 - n})
	}
	return c.says(teller, "", p)
}

// closes closes a ballot.
func (c *trial) closes(ballot string) events.Event {
	c.t.Helper()
	return c.says("a-head", "", &events.BallotClosed{Ballot: ballot, Reason: "đã đủ phiếu"})
}

// conference deliberates: of the flag's nominees one is out of standing order and one withdraws, a count waits for tellers in vain, and the
// question is put again, by name. The cup's ballot stays open.
func (c *trial) conference() {
	c.t.Helper()
	c.advance(events.StageReview)
	first := c.says("a-head", "b", &events.EvaluationRecorded{Cluster: "one", Strengths: []events.Finding{{Criterion: "G", Text: vietnameseText}}, Recommendation: vietnameseText})
	c.says("d-council", "b", &events.EvaluationRecorded{Cluster: "one", Shortcomings: []events.Finding{{Text: "Còn chậm"}}, Recommendation: "Đồng ý suy tôn",
		Consensus: []uuid.UUID{first.ID}, Awards: []string{"flag"}})
	c.says("authority", "d", &events.ExclusionImposed{Awards: []string{"flag"}, From: "2026-01-01", To: "2026-12-31", Ground: events.Words{Hash: hexOf("kept")},
		Decision: events.Decision{Date: "2025-12-31", Number: "112/QĐ", Signatory: "Trần Văn Bảo", Scan: hexOf("scan")}})
	c.advance(events.StageDeliberation)
	c.nominate("d-head", "b", "flag", "")
	declined := c.nominate("d-head", "a", "cup", "")
	c.says("a-head", "a", &events.NominationWithdrawn{Of: declined.ID, Reason: "xin rút"})
	c.nominate("d-head", "c", "flag", "Nổi bật trong quý IV")
	c.nominate("a-head", "d", "cup", "Cố gắng vượt bậc")
	c.advance(events.StageBallot)
	c.says("a-head", "", c.opens("flag-1", events.BallotPaper, "flag", "b", "c"))
	c.count("a-teller", "flag-1", "đếm sót một phiếu", "m0", 2, 3)
	counted := c.count("d-teller", "flag-1", "", "m1", 3, 3)
	c.endorse(counted, events.EndorseAgree, "a-teller", "b-teller")
	closed := c.closes("flag-1")
	again := c.opens("flag-2", events.BallotNamed, "flag", "b", "c")
	again.Reopens, again.Reason = closed.ID, "một ủy viên chưa nhận được phiếu"
	c.endorse(c.says("a-head", "", again), events.EndorseAgree, "b-head", "c-head")
	for _, vote := range [][3]string{{"a", events.VoteFor, events.VoteFor}, {"b", events.VoteRecused, events.VoteAgainst}, {"d", events.VoteFor, events.VoteFor}} {
		member, votes := vote[0], vote[1:]
		p := &events.BallotCast{Ballot: "flag-2", Votes: []events.NomineeVote{{Unit: "b", Vote: votes[0]}, {Unit: "c", Vote: votes[1]}}}
		switch member {
		case "d":
			p.Manner = events.WrittenVote
		case "b":
			p.Reason = "còn phân vân"
		}
		c.says(member+"-council", "", p)
	}
	c.endorse(c.closes("flag-2"), events.EndorseAgree, "b-head", "c-head") // one of those present did not vote
	c.says("a-head", "", c.opens("cup-1", events.BallotPaper, "cup", "d"))
}

// afterwards is what follows: a flag is granted and revoked, another refused, and an upheld appeal has the cup's nominee looked at again.
func (c *trial) afterwards() {
	c.t.Helper()
	propose := func(unit string) events.Event {
		return c.says("a-head", unit, &events.AwardProposed{Award: "flag", Ballot: "flag-2", Cluster: "one"})
	}
	b, other := propose("b"), propose("c")
	c.says("a-head", "", &events.PublicationStarted{Of: b.ID, Days: 10, Place: "Trụ sở Cụm", Text: "Niêm yết"})
	granted := c.says("authority", "b", &events.AwardDecided{Of: b.ID, Outcome: events.AwardGranted})
	c.endorse(granted, events.EndorseReceived, "b-head")
	c.says("authority", "c", &events.AwardDecided{Of: other.ID, Outcome: events.AwardRefused})
	c.says("authority", "b", &events.AwardRevoked{Of: granted.ID, Ground: events.Words{Text: "Hồ sơ không trung thực"}})
	appeal := c.says("c-head", "c", &events.AppealFiled{Of: other.ID, Ground: events.Words{Text: "Đề nghị xem lại"}})
	c.says("authority", "c", &events.AppealDecided{Of: appeal.ID, Outcome: events.AppealUpheld, Reason: "Có căn cứ"})
	appeal = c.says("d-head", "d", &events.AppealFiled{Of: c.marked.ID, Ground: events.Words{Text: "Chấm nhầm"}})
	c.says("authority", "d", &events.AppealDecided{Of: appeal.ID, Outcome: events.AppealUpheld, Reason: "Có căn cứ"})
}

// source is the trial as it stands.
func (c *trial) source() Source {
	last, _ := c.live.Last()
	return Source{Live: c.live, Seq: last, Root: hexOf("trial root")}
}
