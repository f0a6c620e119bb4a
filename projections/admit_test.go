package projections

import (
	"crypto/sha256"
	"encoding/hex"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// rule is one admission rule: given a campaign, one event that it lets pass and one that it refuses.
type rule struct {
	name    string
	code    Code
	field   string // of the refusal; "" for the draft as a whole
	given   func(c *trial)
	accept  func(c *trial) error
	refuse  func(c *trial) error
	notOpen bool // the campaign is not open yet
}

// try tells the campaign one event.
func try(subject string, p func(c *trial) events.Payload, change ...func(*events.Event)) func(c *trial) error {
	return func(c *trial) error {
		_, err := c.say(subject, p(c), change...)
		return err
	}
}

func of(p events.Payload) func(*trial) events.Payload {
	return func(*trial) events.Payload { return p }
}

// entry is one score for unit a.
func entry1(p *events.ScoreEntered, change ...func(*events.Event)) func(c *trial) error {
	return try("a", of(p), change...)
}

// unknownPayload is a payload this program has no rule for.
type unknownPayload struct{ events.Payload }

func claims(at time.Time) func(*events.Event) { return func(e *events.Event) { e.Time = at } }

func TestEveryRule(t *testing.T) {
	t.Parallel()
	for _, r := range slices.Concat(envelopeRules(), entryRules(), changeRules(), otherRules()) {
		t.Run(string(r.code)+"/"+r.name, func(t *testing.T) {
			t.Parallel()
			start := func() *trial {
				c := newTrial(t, trialRegulation)
				if !r.notOpen {
					c.must(c.say("", c.opening()))
				}
				if r.given != nil {
					r.given(c)
				}
				return c
			}
			if err := r.accept(start()); err != nil {
				t.Errorf("the accepted case is refused: %v", err)
			}
			c := start()
			refusal := c.refused(r.refuse(c), r.code)
			if refusal.Field != r.field || refusal.Problem == "" || refusal.Remedy == "" {
				t.Errorf("want field %q, a problem and a remedy; got %q, %q, %q", r.field, refusal.Field, refusal.Problem, refusal.Remedy)
			}
			if last, _ := c.live.Last(); int(last) != len(c.list) {
				t.Errorf("the refused event took sequence %d", last)
			}
			requireSame(t, fold(t, c.list), c.live)
		})
	}
}

func envelopeRules() []rule {
	closing := of(&events.CampaignClosed{Reason: "done"})
	opening := func(c *trial) events.Payload { return c.opening() }
	first := events.NewID()
	return []rule{
		{name: "entry", code: CodeNotOpen, notOpen: true, accept: try("", opening), refuse: entry1(points("G", "open", "j1", "1"))},
		{name: "second", code: CodeOpened, accept: try("", closing), refuse: try("", opening)},
		{name: "other source", code: CodeWrongCampaign, field: "source", accept: try("", closing),
			refuse: try("", closing, func(e *events.Event) { e.Campaign = "other" })},
		{name: "opening of another", code: CodeWrongCampaign, field: "source", notOpen: true, accept: try("", opening),
			refuse: try("", opening, func(e *events.Event) { e.Campaign = "other" })},
		{name: "members", code: CodeSignature, field: "signature", notOpen: true, accept: try("", opening), refuse: try("", func(c *trial) events.Payload {
			p := c.opening()
			signed := *p.Regulation
			signed.Members = []events.Member{{ID: "head"}}
			p.Regulation = &signed
			return p
		})},
		{name: "signature", code: CodeUnsigned, field: "signature", accept: try("", closing),
			refuse: try("", closing, func(e *events.Event) { e.Signature = "ed25519:00" })},
		{name: "signed opening", code: CodeUnsigned, field: "signature", notOpen: true, accept: try("", opening),
			refuse: try("", opening, func(e *events.Event) { e.Signature = "ed25519:00" })},
		{name: "entry", code: CodeClosed, accept: entry1(points("G", "open", "j1", "1")), refuse: func(c *trial) error {
			c.must(c.say("", closing(c)))
			return entry1(points("G", "open", "j1", "1"))(c)
		}},
		{name: "backwards", code: CodeRecorded, accept: try("", closing, func(e *events.Event) { e.Recorded = e.Recorded.Add(-time.Second) }),
			refuse: try("", closing, func(e *events.Event) { e.Recorded = e.Recorded.Add(-2 * time.Second) })},
		{name: "same id", code: CodeDuplicateID, field: "id", given: func(c *trial) {
			c.must(c.say("a", points("G", "open", "j1", "1"), func(e *events.Event) { e.ID = first }))
		}, accept: try("", closing), refuse: try("", closing, func(e *events.Event) { e.ID = first })},
		{name: "gap", code: CodeWrongSequence, accept: try("", closing), refuse: try("", closing, func(e *events.Event) { e.Seq++ })},
		{name: "again", code: CodeWrongSequence, accept: try("", closing), refuse: try("", closing, func(e *events.Event) { e.Seq-- })},
		{name: "unknown", code: CodeUnsupportedType, field: "type", accept: try("", closing),
			refuse: try("", of(unknownPayload{&events.CampaignClosed{}}))},
		{name: "future", code: CodeTime, field: "time", accept: try("", closing, claims(trialStart.Add(2*time.Second+5*time.Minute))),
			refuse: try("", closing, claims(trialStart.Add(2*time.Second+5*time.Minute+time.Millisecond)))},
		{name: "late", code: CodeTime, field: "time", accept: try("", closing, claims(trialStart.Add(2*time.Second-45*24*time.Hour))),
			refuse: try("", closing, claims(trialStart.Add(2*time.Second-45*24*time.Hour-time.Millisecond)))},
		{name: "opening in the future", code: CodeTime, field: "time", notOpen: true, accept: try("", opening, claims(trialStart.Add(5*time.Minute))),
			refuse: try("", opening, claims(trialStart.Add(5*time.Minute+2*time.Second)))},
	}
}

func entryRules() []rule {
	good := entry1(points("G", "open", "j1", "10"))
	edit := func(f func(p *events.ScoreEntered)) func(c *trial) error {
		p := points("G", "open", "j1", "10")
		f(p)
		return entry1(p)
	}
	scorer := func(level, yes, no string) rule {
		return rule{name: level, code: CodeScorer, field: "scorer", accept: entry1(points("G", level, yes, "1")), refuse: entry1(points("G", level, no, "1"))}
	}
	kind := func(field string, yes, no *events.ScoreEntered) rule {
		return rule{name: yes.Criterion, code: CodeMarkKind, field: field, accept: entry1(yes), refuse: entry1(no)}
	}
	limits := func(yes, no *events.ScoreEntered, field string) rule {
		return rule{name: no.Criterion + " " + no.Mark.Amount.String(), code: CodeRange, field: field, accept: entry1(yes), refuse: entry1(no)}
	}
	return []rule{
		{name: "score", code: CodeUnknownCluster, field: "cluster", accept: good, refuse: edit(func(p *events.ScoreEntered) { p.Cluster = "two" })},
		{name: "score", code: CodeUnknownUnit, field: "unit", accept: good, refuse: try("z", of(points("G", "open", "j1", "1")))},
		{name: "no such", code: CodeUnknownLeaf, field: "criterion", accept: good, refuse: edit(func(p *events.ScoreEntered) { p.Criterion = "X" })},
		{name: "group", code: CodeUnknownLeaf, field: "criterion", accept: good, refuse: edit(func(p *events.ScoreEntered) { p.Criterion = "work" })},
		{name: "score", code: CodeUnknownLevel, field: "level", accept: good, refuse: edit(func(p *events.ScoreEntered) { p.Level = "top" })},
		{name: "version", code: CodeRegulation, field: "regulation", accept: good, refuse: edit(func(p *events.ScoreEntered) { p.Regulation = 2 })},
		{name: "score", code: CodeNotAssigned, field: "criterion", accept: try("b", of(actual("T", "open", "j1", "1"))), refuse: try("c", of(actual("T", "open", "j1", "1")))},
		{name: "target", code: CodeNotAssigned, field: "criterion", accept: try("b", of(target("T", "j1", "1"))), refuse: try("c", of(target("T", "j1", "1")))},
		scorer("self", "a", "b"), scorer("cross", "b", "a"), scorer("cross", "b", "j1"), scorer("others", "j1", "a"), scorer("led", "a", "b"), scorer("jury", "j2", "j3"),
		{name: "own target", code: CodeScorer, field: "scorer", accept: try("a", of(target("T", "b", "1"))), refuse: try("a", of(target("T", "a", "1")))},
		kind("points", points("G", "open", "j1", "1"), actual("G", "open", "j1", "1")),
		kind("points", points("A", "open", "j1", "-60"), place("A", "open", "j1", "1")),
		kind("actual", actual("T", "open", "j1", "1"), points("T", "open", "j1", "1")),
		kind("actual", actual("R", "open", "j1", "1"), points("R", "open", "j1", "1")),
		kind("actual", actual("P", "open", "j1", "1"), points("P", "open", "j1", "1")),
		kind("actual", actual("C", "open", "j1", "1"), place("C", "open", "j1", "1")),
		kind("place", place("O", "open", "j1", "1"), points("O", "open", "j1", "1")),
		{name: "target of no target leaf", code: CodeMarkKind, field: "target", accept: try("a", of(target("T", "j1", "1"))), refuse: try("a", of(target("G", "j1", "1")))},
		limits(points("G", "open", "j1", "10"), points("G", "open", "j1", "10.000001"), "points"),
		limits(points("G", "open", "j1", "0"), points("G", "open", "j1", "-0.000001"), "points"),
		limits(points("M", "open", "j1", "999999999999.999999"), points("M", "open", "j1", "-1"), "points"),
		limits(actual("P", "open", "j1", "0"), actual("P", "open", "j1", "0.5"), "actual"),
		limits(actual("P", "open", "j1", "1"), actual("P", "open", "j1", "2"), "actual"),
		{name: "on a graded leaf", code: CodeItem, field: "item", accept: func(c *trial) error {
			p := points("A", "open", "j1", "1")
			p.Item = "flood"
			return entry1(p)(c)
		}, refuse: edit(func(p *events.ScoreEntered) { p.Item = "flood" })},
		{name: "value", code: CodeSecondScorer, field: "scorer", given: func(c *trial) { c.must(c.say("a", points("G", "open", "j1", "1"))) },
			accept: entry1(score("G", "open", "j2", events.MarkRecused, "")), refuse: entry1(points("G", "open", "j2", "1"))},
		{name: "after an abstention", code: CodeSecondScorer, field: "scorer", given: func(c *trial) {
			c.must(c.say("a", score("G", "open", "j1", events.MarkAbstained, "")))
			c.must(c.say("a", points("G", "open", "j2", "1")))
		}, accept: entry1(points("G", "jury", "j1", "1")), refuse: entry1(because(points("G", "open", "j1", "1")))},
	}
}

// changeRules are about entries that replace, withdraw or clash with others.
func changeRules() []rule {
	one := func(c *trial) { c.must(c.say("a", points("G", "open", "j1", "1"))) }
	bare := func(p func(c *trial) *events.ScoreEntered) func(c *trial) error {
		return func(c *trial) error {
			c.lazy = false
			_, err := c.say("a", p(c))
			return err
		}
	}
	return []rule{
		{name: "not named", code: CodeSupersedes, field: "supersedes", given: one,
			accept: bare(func(c *trial) *events.ScoreEntered {
				return supersedes(c.list[1].ID, because(points("G", "open", "j1", "2")))
			}),
			refuse: bare(func(*trial) *events.ScoreEntered { return because(points("G", "open", "j1", "2")) })},
		{name: "nothing there", code: CodeSupersedes, field: "supersedes", given: one,
			accept: bare(func(*trial) *events.ScoreEntered { return points("M", "open", "j1", "2") }),
			refuse: bare(func(c *trial) *events.ScoreEntered {
				return supersedes(c.list[1].ID, because(points("M", "open", "j1", "2")))
			})},
		{name: "no longer current", code: CodeSupersedes, field: "supersedes", given: func(c *trial) {
			one(c)
			c.must(c.say("a", because(points("G", "open", "j1", "2"))))
		}, accept: bare(func(c *trial) *events.ScoreEntered {
			return supersedes(c.list[2].ID, because(points("G", "open", "j1", "3")))
		}),
			refuse: bare(func(c *trial) *events.ScoreEntered {
				return supersedes(c.list[1].ID, because(points("G", "open", "j1", "3")))
			})},
		{name: "correction", code: CodeReason, field: "reason", given: one, accept: entry1(because(points("G", "open", "j1", "2"))),
			refuse: entry1(points("G", "open", "j1", "2"))},
		{name: "target", code: CodeReason, field: "reason", given: func(c *trial) { c.must(c.say("a", target("T", "b", "2"))) },
			accept: try("a", of(&events.TargetSet{Cluster: "one", Criterion: "T", Scorer: "c", Target: decimal("3"), Reason: "too low"})),
			refuse: try("a", of(target("T", "c", "3")))},
		{name: "withdrawn twice", code: CodeSupersedes, field: "of", given: one, accept: withdraw("a", 1), refuse: func(c *trial) error {
			if err := withdraw("a", 1)(c); err != nil {
				return err
			}
			return withdraw("a", 1)(c)
		}},
		{name: "withdrawal of nothing", code: CodeUnknownEvent, field: "of", given: one, accept: withdraw("a", 1),
			refuse: try("a", of(&events.EntryWithdrawn{Of: uuid.UUID{1}, Reason: "wrong"}))},
		{name: "withdrawal of the opening", code: CodeUnknownEvent, field: "of", given: one, accept: withdraw("a", 1), refuse: withdraw("a", 0)},
		{name: "withdrawal for another", code: CodeUnknownUnit, field: "subject", given: one, accept: withdraw("a", 1), refuse: withdraw("b", 1)},
		{name: "two units", code: CodePlaceTaken, field: "place", given: func(c *trial) { c.must(c.say("a", place("O", "open", "j1", "1"))) },
			accept: try("b", of(place("O", "open", "j1", "2"))), refuse: try("b", of(place("O", "open", "j1", "1")))},
	}
}

// withdraw withdraws the i-th event of the campaign.
func withdraw(unit string, i int) func(c *trial) error {
	return try(unit, func(c *trial) events.Payload { return &events.EntryWithdrawn{Of: c.list[i].ID, Reason: "wrong"} })
}

func otherRules() []rule {
	decided := func(cluster string, order ...string) func(c *trial) error {
		return try("", of(&events.TieDecided{Cluster: cluster, Order: order, Reason: "drawn"}))
	}
	start := func(c *trial) events.Event { return c.must(c.say("", announce(1))) }
	foreign := func(c *trial) error {
		_, err := c.say("a", points("M", "open", "j1", "1"))
		return err
	}
	withImport := func(change func(e *events.Event)) func(c *trial) error {
		return func(c *trial) error {
			started := c.list[len(c.list)-1]
			_, err := c.say("a", points("M", "open", "j1", "1"), func(e *events.Event) {
				e.Causation = started.ID
				change(e)
			})
			return err
		}
	}
	same := func(*events.Event) {}
	announced := func(c *trial) { // an import of the very row that withImport(same) says
		e := c.event("a", points("M", "open", "j1", "1"))
		e.Time = c.now.Add(2 * time.Second)
		p := announce(1)
		started := c.event("", p)
		c.ids = newGenerator(2)
		e.ID, e.Causation = newGenerator(2).id(), started.ID
		record, err := events.Encode(e.Draft)
		if err != nil {
			c.t.Fatal(err)
		}
		root := events.BatchLeaf(record)
		p.Batches[0].Root = hex.EncodeToString(root[:])
		c.must(c.say("", p, func(s *events.Event) { s.ID = started.ID }))
		c.ids = newGenerator(2)
	}
	closing := func(e *events.Event) { e.Payload, e.Subject = &events.CampaignClosed{}, "" }
	return []rule{
		{name: "another row", code: CodeImport, field: "causationid", given: announced, accept: withImport(same),
			refuse: withImport(func(e *events.Event) { e.Author = "another" })},
		{name: "no row", code: CodeImport, field: "causationid", given: announced, accept: withImport(same), refuse: withImport(closing)},
		{name: "tie", code: CodeUnknownCluster, field: "cluster", accept: decided("one", "a", "b"), refuse: decided("two", "a", "b")},
		{name: "tie", code: CodeUnknownUnit, field: "order", accept: decided("one", "a", "b"), refuse: decided("one", "a", "z")},
		{name: "draft in between", code: CodeImportRunning, given: func(c *trial) { start(c) }, accept: func(c *trial) error {
			c.now = c.now.Add(importHold)
			return foreign(c)
		}, refuse: foreign},
		{name: "no rows", code: CodeImport, field: "batches", accept: func(c *trial) error { start(c); return nil },
			refuse: try("", of(&events.ImportStarted{File: "f.csv", SHA256: hash("f")}))},
	}
}

// TestEveryCodeHasARule fails when a code is added without a case, or its case is dropped.
func TestEveryCodeHasARule(t *testing.T) {
	t.Parallel()
	tried := map[Code]bool{}
	for _, r := range slices.Concat(envelopeRules(), entryRules(), changeRules(), otherRules()) {
		tried[r.code] = true
	}
	for _, r := range signedRules() {
		tried[r.code] = true
	}
	for _, r := range courseRules() {
		tried[r.code] = true
	}
	for _, code := range codesInSource(t) {
		if !tried[code] {
			t.Errorf("no rule is tried for code %s", code)
		}
	}
}

// codesInSource are the constants of type Code.
func codesInSource(t *testing.T) (codes []Code) {
	file, err := parser.ParseFile(token.NewFileSet(), "refusal.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); ok && id.Name == "Code" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, Code(value))
		}
		return true
	})
	if len(codes) < 28 {
		t.Fatalf("only %d codes found in refusal.go", len(codes))
	}
	return codes
}

// TestEveryTypeIsAdmitted fails when a type that needs no members has no accepted case in an unsigned campaign, or another one has.
func TestEveryTypeIsAdmitted(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation+"awards: [{id: flag, places: 1}]\n")
	c.must(c.say("a", target("T", "b", "2")))
	e := c.must(c.say("a", actual("T", "open", "j1", "1")))
	c.must(c.say("a", &events.EntryWithdrawn{Of: e.ID, Reason: "wrong"}))
	c.must(c.say("", &events.TieDecided{Cluster: "one", Order: []string{"b", "a"}, Reason: "drawn"}))
	e = c.must(c.say("a", points("G", "open", "j1", "1")))
	c.must(c.say("a", &events.ScoreReturned{Of: e.ID, Reason: "say more"}))
	c.must(c.say("a", &events.ExplanationFiled{Of: e.ID, Text: events.Words{Text: "because"}}))
	c.must(c.say("", &events.DriveLaunched{Drive: "d", Title: "D", Starts: "2017-03-01", Ends: "2017-03-31"}))
	c.must(c.say("", &events.DriveClosed{Drive: "d"}))
	c.must(c.say("a", &events.ReportFiled{Drive: "d", From: "2017-03-01", To: "2017-03-31", Text: events.Words{Text: "done"}}))
	c.must(c.say("a", &events.CommendationRecorded{Kind: events.CommendExemplar, Merit: events.Words{Text: "rescue"}}))
	c.must(c.say("", &events.PublicationStarted{Days: 10, Place: "hall"}))
	unsignedCourse(c)
	for _, p := range powers() { // what needs members is refused before anything else is asked
		if r := c.live.state.rules[kindOf(p.typ)]; !r.Unsigned {
			_, err := c.say("", needsMembers(p.typ))
			c.refused(err, CodeUnsigned)
		}
	}
	c.must(c.say("", announce(1)))
	c.now = c.now.Add(importHold)
	closed := c.must(c.say("", &events.CampaignClosed{}))
	c.must(c.say("", takeOverOf(closed.Seq, 1, 2)))
	seen := map[events.Type]bool{}
	for _, line := range c.live.Audit(AuditFilter{}) {
		seen[line.Type] = true
	}
	for _, r := range Rules() {
		if seen[r.Type] != r.Unsigned {
			t.Errorf("%s in an unsigned campaign: admitted is %v", r.Type, seen[r.Type])
		}
	}
}

// unsignedCourse tells what leads to awards and needs no members.
func unsignedCourse(c *trial) {
	c.t.Helper()
	c.must(c.say("b", &events.EvaluationRecorded{Cluster: "one", Recommendation: "keep on", Strengths: []events.Finding{{Text: "calm"}}}))
	e := c.must(c.say("b", excludes("2017-01-01", "")))
	c.must(c.say("b", &events.ExclusionLifted{Of: e.ID, Reason: "served"}))
	e = c.must(c.say("b", &events.NominationProposed{Award: "flag", Cluster: "one", Reason: "calm", Standings: c.asOfNow()}))
	c.must(c.say("b", &events.NominationWithdrawn{Of: e.ID, Reason: "declined"}))
	e = c.must(c.say("b", &events.AppealFiled{Of: e.ID, Ground: events.Words{Text: "wrong"}}))
	c.must(c.say("b", &events.AppealDecided{Of: e.ID, Outcome: events.AppealDismissed, Reason: "heard"}))
	c.must(c.say("", &events.DocumentIssued{Kind: events.DocumentSummary, Lang: "vi", Name: "s.pdf", Seq: 1, SHA256: hash("s")}))
}

// needsMembers is a payload of a type that an unsigned campaign refuses.
func needsMembers(typ events.Type) events.Payload {
	for _, p := range []events.Payload{&events.UnitJoined{}, &events.UnitWithdrawn{}, &events.MemberAppointed{}, &events.MemberRekeyed{}, &events.MemberRemoved{},
		&events.RecordEndorsed{}, &events.RegulationAmended{}, &events.StageAdvanced{}, &events.StandingsFrozen{}, &events.StandingsRevealed{},
		&events.SheetSealed{}, &events.SheetRevealed{}, &events.BallotOpened{}, &events.BallotCast{}, &events.BallotTallied{}, &events.BallotClosed{},
		&events.AwardProposed{}, &events.AwardDecided{}, &events.AwardRevoked{}} {
		if p.Type() == typ {
			return p
		}
	}
	return &events.CampaignOpened{}
}
