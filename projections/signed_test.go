package projections

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"campaignledger/events"
)

// signedRegulation has members of every role, a sealed level, a council, evidence, deadlines and a conflict of interest. KEY-x stands for
// the first key of member x.
const signedRegulation = `
id: trial
clock: live
delay: 45d
levels:
  - {id: self, scorers: own-unit}
  - {id: cross, scorers: peer-units, sealed: true, unrevealed: block}
  - {id: cluster, scorers: lead}
  - {id: jury, scorers: council}
criteria:
  default:
    items:
      - {id: G, method: graded, max: 10, aggregate: {method: mean}}
      - {id: E, method: graded, max: 10, evidence: required, aggregate: {method: mean}}
      - {id: T, method: target, max: 5, aggregate: {method: mean}}
      - {id: O, method: ordinal, table: [3, 2, 1], aggregate: {method: sum}}
      - {id: A, method: adjustment, min: -5, max: 5}
clusters:
  - id: one
    criteria: default
    lead: a
    units: [{id: a, not-assigned: [T, O]}, {id: b}, {id: c, not-assigned: [O]}]
calendar:
  - {for: self, until: "2017-04-01T00:00"}
  - {for: cluster, until: "2017-04-01T00:00", late: refuse}
  - {for: reports, until: "2017-03-20T00:00"}
  - {for: reports, until: "2017-06-20T00:00", late: refuse}
council: {recuse-own: true}
endorse: 2/3
conflict: {lead-reviews-own: refuse}
awards: [{id: flag, title: Flag, authority: Ministry, places: 1, vote: {threshold: 2/3, base: present, quorum: 2/3}}]
members:
  - {id: a-head, name: A, role: head, unit: a, key: "KEY-a-head"}
  - {id: a-officer, role: officer, unit: a, key: "KEY-a-officer"}
  - {id: a-reviewer, role: reviewer, unit: a, key: "KEY-a-reviewer"}
  - {id: a-council, role: council, unit: a, key: "KEY-a-council"}
  - {id: b-head, role: head, unit: b, key: "KEY-b-head"}
  - {id: b-officer, role: officer, unit: b, key: "KEY-b-officer"}
  - {id: b-reviewer, role: reviewer, unit: b, key: "KEY-b-reviewer"}
  - {id: b-council, role: council, unit: b, key: "KEY-b-council"}
  - {id: b-teller, role: teller, unit: b, key: "KEY-b-teller"}
  - {id: c-head, role: head, unit: c, key: "KEY-c-head"}
  - {id: c-council, role: council, unit: c, key: "KEY-c-council"}
  - {id: auditor, role: auditor, key: "KEY-auditor"}
  - {id: authority, role: authority, key: "KEY-authority"}
`

// everyMember are the founding members of signedRegulation.
func everyMember() []string {
	return []string{"a-head", "a-officer", "a-reviewer", "a-council", "b-head", "b-officer", "b-reviewer", "b-council", "b-teller", "c-head",
		"c-council", "auditor", "authority"}
}

// privateKey is a member's n-th key, from 1; the same in every run.
func privateKey(member string, n int) ed25519.PrivateKey {
	seed := sha256.Sum256(fmt.Appendf(nil, "%s key %d", member, n))
	return ed25519.NewKeyFromSeed(seed[:])
}

// withKeys puts the members' first keys into a regulation.
func withKeys(regulation string) string {
	parts := strings.Split(regulation, "KEY-")
	for i := 1; i < len(parts); i++ {
		member, rest, _ := strings.Cut(parts[i], `"`)
		parts[i] = events.PublicKeyOf(privateKey(member, 1)).String() + `"` + rest
	}
	return strings.Join(parts, "")
}

// signed is a signed campaign under test.
type signed struct {
	*trial
	keys map[string]int // which key of each member signs; 1 if absent
}

// newSigned is a signed campaign that is not open; edits are pairs of what is replaced in its regulation and by what.
func newSigned(t testing.TB, edits ...string) *signed {
	t.Helper()
	return &signed{newTrial(t, withKeys(edited(t, edits...))), map[string]int{}}
}

// edited is the trial regulation with edits.
func edited(t testing.TB, edits ...string) string {
	t.Helper()
	text := signedRegulation
	for i := 0; i < len(edits); i += 2 {
		if strings.Count(text, edits[i]) != 1 {
			t.Fatalf("%q does not stand once in the regulation", edits[i])
		}
		text = strings.Replace(text, edits[i], edits[i+1], 1)
	}
	return text
}

// openSigned is an open signed campaign of which no unit has joined.
func openSigned(t testing.TB, edits ...string) *signed {
	t.Helper()
	c := newSigned(t, edits...)
	c.must(c.by("a-head", "", c.opening()))
	return c
}

// signedAt is a signed campaign at a stage. On the way the units join, get a target and their own marks, and b seals and opens a sheet.
func signedAt(t testing.TB, stage events.Stage, edits ...string) *signed {
	t.Helper()
	c := openSigned(t, edits...)
	c.to(stage)
	return c
}

// event is the next event, signed by its author's present key.
func (c *signed) event(author, subject string, p events.Payload, change ...func(*events.Event)) events.Event {
	c.t.Helper()
	e := c.unsigned(author, subject, p, change...)
	if e.Record == nil {
		return e
	}
	return c.sign(e, privateKey(author, max(c.keys[author], 1)), c.genesis())
}

// unsigned is an event as it stands before it is signed: the row of a sheet is not.
func (c *signed) unsigned(author, subject string, p events.Payload, change ...func(*events.Event)) events.Event {
	return c.trial.event(subject, p, append([]func(*events.Event){func(e *events.Event) { e.Author = author }}, change...)...)
}

// genesis is the hash that signatures cover.
func (c *signed) genesis() string { return c.live.state.scalars.genesisText() }

// sign signs an event.
func (c *signed) sign(e events.Event, key ed25519.PrivateKey, genesis string) events.Event {
	c.t.Helper()
	record, err := events.Sign(key, genesis, e.Record)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.decoded(e, record)
}

// decoded is e with another record, read as every reader does.
func (c *signed) decoded(e events.Event, record events.Record) events.Event {
	c.t.Helper()
	d, err := events.Decode(record)
	if err != nil {
		c.t.Fatal(err)
	}
	e.Draft, e.Record = d, record
	return e
}

// by tells the campaign one event of an author; a refusal must change nothing.
func (c *signed) by(author, subject string, p events.Payload, change ...func(*events.Event)) (events.Event, error) {
	c.t.Helper()
	c.now = c.now.Add(time.Second)
	e := c.event(author, subject, p, change...)
	return e, c.body(e)
}

// would is what admission says to one event, which is undone.
func (c *signed) would(author, subject string, p events.Payload, change ...func(*events.Event)) error {
	c.t.Helper()
	point := c.live.Savepoint()
	defer c.live.Rollback(point)
	c.now = c.now.Add(time.Second)
	if err := c.live.Admit(c.event(author, subject, p, change...)); err != nil {
		return err
	}
	return c.live.Settle()
}

// refuses requires that admission refuses one event with a code, and that the refusal says what to do.
func (c *signed) refuses(code Code, author, subject string, p events.Payload, change ...func(*events.Event)) {
	c.t.Helper()
	if r := c.refused(c.would(author, subject, p, change...), code); r.Problem == "" || r.Remedy == "" {
		c.t.Errorf("the refusal of %s does not say what to do: %q, %q", p.Type(), r.Problem, r.Remedy)
	}
}

// does tells the campaign one event that must be admitted.
func (c *signed) does(author, subject string, p events.Payload, change ...func(*events.Event)) events.Event {
	c.t.Helper()
	return c.must(c.by(author, subject, p, change...))
}

// join lets units join.
func (c *signed) join(units ...string) {
	c.t.Helper()
	for _, unit := range units {
		c.does(unit+"-head", unit, &events.UnitJoined{})
	}
}

// advance goes on to the next stage.
func (c *signed) advance(stage events.Stage) {
	c.t.Helper()
	c.does("a-head", "", &events.StageAdvanced{Stage: stage})
}

// to goes on to a stage.
func (c *signed) to(stage events.Stage) {
	c.t.Helper()
	for c.live.state.scalars.stage != stage {
		switch c.live.state.scalars.stage {
		case events.StageDraft:
			for _, u := range c.r.Clusters[0].Units {
				c.join(u.ID)
			}
			c.advance(events.StageOpen)
			c.does("a-officer", "", &events.DriveLaunched{Drive: "d1", Title: "First", Starts: "2017-03-01", Ends: "2017-03-31"})
			c.does("a-officer", "b", target("T", "a", "2"))
		case events.StageOpen:
			c.advance(events.StageScoring)
		case events.StageScoring:
			c.fill()
			c.seal("b-head", "b", sheetOf("c")...)
			c.advance(events.StageReview)
		case events.StageReview:
			c.mustReveal("b-head", "b", sheetOf("c")...)
			c.advance(events.StageDeliberation)
		case events.StageDeliberation:
			c.advance(events.StageBallot)
		case events.StageBallot:
			c.advance(events.StageFinal)
		}
	}
}

// fill gives every unit what its leaves miss, at the lowest level.
func (c *signed) fill() {
	c.t.Helper()
	for i, unit := range []string{"a", "b", "c"} {
		c.does(unit+"-head", unit, points("G", "self", unit, fmt.Sprint(7+i)))
		c.does(unit+"-head", unit, proven(points("E", "self", unit, "5")))
	}
	c.does("b-head", "b", actual("T", "self", "b", "2"))
	c.does("a-head", "c", target("T", "a", "2"))
	c.does("c-head", "c", actual("T", "self", "c", "3"))
	c.does("b-head", "b", place("O", "self", "b", "1"))
}

// proven gives a mark its evidence.
func proven(p *events.ScoreEntered) *events.ScoreEntered {
	p.Evidence = "sha256:" + hash("evidence")
	return p
}

// endorse is a word on a record.
func endorse(e events.Event, as string) *events.RecordEndorsed {
	sum := events.RecordHash(e.Record)
	return &events.RecordEndorsed{Of: e.ID, Hash: fmt.Sprintf("%x", sum), As: as}
}

// sheetOf is a small sheet about units: G for each.
func sheetOf(units ...string) (marks []events.SheetMark) {
	for i, unit := range units {
		marks = append(marks, events.SheetMark{Unit: unit, Criterion: "G", Mark: events.Mark{Kind: events.MarkPoints, Amount: events.Whole(int64(4 + i))}})
	}
	return marks
}

// salt is the secret of every sheet here.
func salt() string { return hash("salt") }

func (c *signed) sheet(author, scorer string) *events.Sheet {
	return &events.Sheet{Genesis: c.genesis(), Author: author, Cluster: "one", Level: "cross", Scorer: scorer, Salt: salt()}
}

// sealed is the payload that commits to marks.
func (c *signed) sealed(author, scorer string, marks ...events.SheetMark) *events.SheetSealed {
	events.SortSheet(marks)
	return &events.SheetSealed{Cluster: "one", Level: "cross", Scorer: scorer, Marks: len(marks), Root: c.sheet(author, scorer).Root(marks)}
}

func (c *signed) seal(author, scorer string, marks ...events.SheetMark) events.Event {
	c.t.Helper()
	return c.does(author, "", c.sealed(author, scorer, marks...))
}

// revealBody is the body that opens the newest sheet of a scorer with marks as they stand.
func (c *signed) revealBody(author, scorer string, marks ...events.SheetMark) []events.Event {
	c.t.Helper()
	var of events.Event
	for _, e := range c.list {
		if p, ok := e.Payload.(*events.SheetSealed); ok && p.Scorer == scorer {
			of = e
		}
	}
	promise, _ := of.Payload.(*events.SheetSealed)
	c.now = c.now.Add(time.Second)
	list := []events.Event{c.event(author, "", &events.SheetRevealed{Of: of.ID, Salt: salt()})}
	for i, m := range marks {
		p := &events.ScoreEntered{Cluster: "one", Criterion: m.Criterion, Level: "cross", Scorer: scorer, Mark: m.Mark}
		if version := c.live.state.plan.version; version > 1 {
			p.Regulation = version
		}
		row := c.unsigned(author, m.Unit, p, func(e *events.Event) {
			e.ID, e.Causation, e.Time = events.SheetRowID("trial", promise.Root, i+1), list[0].ID, list[0].Time
			e.Seq += events.Seq(i + 1)
		})
		list = append(list, row)
	}
	return list
}

// mustReveal opens the newest sheet of a scorer.
func (c *signed) mustReveal(author, scorer string, marks ...events.SheetMark) []events.Event {
	c.t.Helper()
	list := c.revealBody(author, scorer, marks...)
	if err := c.body(list...); err != nil {
		c.t.Fatal(err)
	}
	return list
}

// newKey is the payload that gives a member its n-th key.
func (c *signed) newKey(member string, n int) *events.MemberRekeyed {
	key := privateKey(member, n)
	return &events.MemberRekeyed{Member: member, Key: events.PublicKeyOf(key), Proof: events.ProvePossession(key, c.genesis(), member), Reason: "lost"}
}

// appointment is the payload that makes a member.
func (c *signed) appointment(member, role string) *events.MemberAppointed {
	key := privateKey(member, 1)
	return &events.MemberAppointed{Member: member, Role: role, Key: events.PublicKeyOf(key), Proof: events.ProvePossession(key, c.genesis(), member)}
}

// amendment proposes the trial regulation with edits as a version.
func (c *signed) amendment(version int, edits ...string) *events.RegulationAmended {
	c.t.Helper()
	r, err := events.ParseRegulation("amended.yaml", []byte(withKeys(edited(c.t, edits...))))
	if err != nil {
		c.t.Fatal(err)
	}
	return events.NewRegulationAmended(r, version, "amended.yaml", hash("amended"), "agreed at the meeting")
}
