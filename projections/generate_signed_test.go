package projections

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"testing"
	"time"

	"campaignledger/events"
)

// signedStory is a random signed campaign, made body by body; what admission refuses is left out.
type signedStory struct {
	*signed
	*generator
	edits    []string
	private  map[events.PublicKey]ed25519.PrivateKey
	made     int // keys made on the way
	sheets   map[string][]events.SheetMark
	bodies   []int // their ends in list
	body     []events.Event
	admitted func() // called before a body is committed; nil: not
}

// newSignedStory is an open campaign whose units may join.
func newSignedStory(t testing.TB, seed uint64) *signedStory {
	t.Helper()
	g := newGenerator(seed)
	s := &signedStory{generator: g, private: map[events.PublicKey]ed25519.PrivateKey{}, sheets: map[string][]events.SheetMark{}}
	s.edits = pick(g, nil, []string{"unrevealed: block", "unrevealed: void"}, []string{"endorse: 2/3", "endorse: 1/2\ntranscribed: official"}, []string{"endorse: 2/3", "endorse: 1/3"})
	s.edits = slices.Concat(s.edits, pick(g, nil, seconding()), s.storyAwards())
	s.signed = newSigned(t, s.edits...)
	s.ids = newGenerator(seed + 1<<32)
	for _, m := range append(everyMember(), storyMembers()...) {
		key := privateKey(m, 1)
		s.private[events.PublicKeyOf(key)] = key
	}
	s.must(s.by("a-head", "", s.opening()))
	s.bodies = append(s.bodies, 1)
	return s
}

// tell admits one event into the body under way.
func (s *signedStory) tell(author, subject string, p events.Payload) bool {
	s.t.Helper()
	m := s.live.state.members.get(author)
	key, ok := s.private[m.key]
	if !ok {
		return false
	}
	e := s.unsigned(author, subject, p)
	if e.Record == nil {
		return false
	}
	return s.take(s.sign(e, key, s.genesis()))
}

func (s *signedStory) take(e events.Event) bool {
	if s.live.Admit(e) != nil {
		return false
	}
	s.body = append(s.body, e)
	return true
}

// step is one body of some events.
func (s *signedStory) step() {
	s.now, s.body = s.now.Add(time.Duration(s.IntN(4))*time.Second), nil
	if s.chance(3) {
		s.now = s.now.AddDate(0, 0, 6)
	}
	point := s.live.Savepoint()
	if s.chance(6) {
		s.imported()
	}
	for range 1 + s.IntN(4) {
		s.act()
	}
	if len(s.body) == 0 || s.live.Settle() != nil {
		s.live.Rollback(point)
		return
	}
	if s.admitted != nil {
		s.admitted()
	}
	s.live.Commit()
	s.list = append(s.list, s.body...)
	s.bodies = append(s.bodies, len(s.list))
}

// unit is some unit, member one that mostly may speak.
func (s *signedStory) unit() string { return pick(s.generator, "a", "b", "c") }

func (s *signedStory) member() string {
	if s.chance(70) {
		return s.unit() + "-head"
	}
	return pick(s.generator, everyMember()...)
}

// act says something that the stage mostly allows.
func (s *signedStory) act() {
	switch stage := s.live.state.scalars.stage; {
	case stage == draft:
		unit := s.unit()
		s.tell(unit+"-head", unit, &events.UnitJoined{})
		s.tell("a-head", "", &events.StageAdvanced{Stage: open})
	case stageIndex(stage) >= stageIndex(deliberation) && s.chance(85), s.chance(8):
		s.courseAct()
		if stage != final && s.chance(stageHaste(stage)) {
			s.resolve()
			s.tell("a-head", "", &events.StageAdvanced{Stage: events.Stages()[min(stageIndex(stage)+1, 6)]})
		}
	case s.chance(stageHaste(stage)):
		s.resolve()
		s.tell("a-head", "", &events.StageAdvanced{Stage: events.Stages()[min(stageIndex(stage)+1, 6)]})
	case s.chance(55):
		s.mark()
	case s.chance(50):
		s.answer()
	default:
		s.rare()
	}
}

// stageHaste is how many percent of the acts try to end a stage.
func stageHaste(stage events.Stage) int {
	switch stage {
	case scoring, review:
		return 4
	case deliberation, ballot:
		return 3
	}
	return 20
}

// mark enters or withdraws.
func (s *signedStory) mark() {
	unit, author := s.unit(), s.member()
	leaf := pick(s.generator, "G", "G", "E", "T", "O", "A")
	level := pick(s.generator, "self", "self", "cluster", "jury", "cross")
	scorer := map[string]string{"self": unit, "cluster": "a", "jury": s.unit() + "-council", "cross": s.unit()}[level]
	if level == "jury" && s.chance(80) {
		author = scorer
	}
	kind := map[string]events.MarkKind{"T": events.MarkActual, "O": events.MarkPlace}[leaf]
	if kind == 0 || leaf == "O" && s.live.state.plan.version%2 == 0 {
		kind = events.MarkPoints
	}
	p := score(leaf, level, scorer, kind, fmt.Sprint(1+s.IntN(5)))
	if s.chance(8) {
		p.Mark = events.Mark{Kind: events.MarkRecused}
	}
	p.Reason = "entered"
	if leaf == "E" {
		p = proven(p)
	}
	if author == "a-head" && s.chance(80) {
		p.Basis = "transcribed"
	}
	switch {
	case leaf == "T" && s.chance(40):
		s.tell(author, unit, &events.TargetSet{Cluster: "one", Criterion: "T", Scorer: author[:1], Target: events.Whole(int64(1 + s.IntN(3))), Reason: "set"})
	case s.chance(10):
		e := pick(s.generator, s.list...)
		s.tell(author, e.Subject, &events.EntryWithdrawn{Of: e.ID, Reason: "wrong"})
	default:
		s.tell(author, unit, p)
	}
}

// answer returns, explains or endorses an event, mostly one of the newest, also of this body.
func (s *signedStory) answer() {
	all := append(slices.Clone(s.list), s.body...)
	e := pick(s.generator, all[max(0, len(all)-1-s.IntN(30)):]...)
	switch author := s.member(); s.IntN(8) {
	case 0:
		s.tell(author, e.Subject, &events.ScoreReturned{Of: e.ID, Reason: "say more"})
	case 1:
		s.tell(author, e.Subject, &events.ExplanationFiled{Of: e.ID, Text: events.Words{Text: "because"}})
	case 2:
		s.tell(author, "", endorse(e, events.EndorseReceived))
	case 3:
		s.tell(author, "", endorse(e, events.EndorseSecond))
	default:
		s.tell(author, "", endorse(e, events.EndorseAgree))
	}
}

// rare says what a campaign has little of.
func (s *signedStory) rare() {
	author, unit := s.member(), s.unit()
	switch s.IntN(9) {
	case 0:
		if s.chance(10) {
			s.tell("c-head", "c", &events.UnitWithdrawn{Reason: "merged"})
		}
		s.amends()
	case 1:
		s.seals()
	case 2:
		s.reveals()
	case 3:
		s.tell("a-head", "", &events.TieDecided{Cluster: "one", Order: pick(s.generator, []string{"a", "b"}, []string{"c", "b"}, []string{"b", "c", "a"}),
			Points: decimal(s.row(unit).Points()), Reason: "lot"})
	case 4:
		s.made++
		p := s.newKey(pick(s.generator, unit+"-head", unit+"-officer", "auditor"), 100+s.made)
		s.private[p.Key] = privateKey(p.Member, 100+s.made)
		s.tell(author, s.live.state.members.get(p.Member).unit, p)
	case 5:
		s.made++
		p := s.appointment(fmt.Sprintf("%s-%d", unit, s.made), pick(s.generator, events.RoleOfficer, events.RoleReviewer))
		s.private[p.Key] = privateKey(p.Member, 1)
		s.tell(unit+"-head", unit, p)
	case 6:
		s.tell(unit+"-head", unit, &events.MemberRemoved{Member: pick(s.generator, "b-officer", "a-reviewer", "b-teller"), Reason: "moved"})
	case 7:
		s.tell("a-head", "", pick[events.Payload](s.generator, &events.StandingsFrozen{}, &events.StandingsRevealed{}, &events.DriveLaunched{Drive: unit, Title: "D",
			Starts: "2017-03-01", Ends: "2017-03-02"}))
	case 8:
		s.tell(author, author[:1], &events.ReportFiled{From: "2017-01-01", To: "2017-03-01", Text: events.Words{Text: "done"}, Reason: "again"})
	}
}

// amends proposes one of some variants; every even version has O graded.
func (s *signedStory) amends() {
	version := s.live.state.plan.version + 1
	edits := slices.Clone(s.edits)
	if version%2 == 0 {
		edits = append(edits, "id: O, method: ordinal, table: [3, 2, 1]", "id: O, method: graded, max: 5")
	}
	edits = append(edits, "id: G, method: graded, max: 10", fmt.Sprintf("id: G, method: graded, max: %d", 10+s.IntN(2)))
	edits = append(edits, pick(s.generator, nil, []string{"{id: b}", "{id: b, not-assigned: [A]}"})...)
	s.tell("a-head", "", s.amendment(version, append(edits, "clock: live", fmt.Sprintf("clock: live\ntheme: Version %d", version))...))
}

// imported is a signed import of some rows, some of them for others. Its id is all that differs between two runs of one seed.
func (s *signedStory) imported() {
	author := pick(s.generator, "a-head", "b-head")
	key, ok := s.private[s.live.state.members.get(author).key]
	if !ok || s.live.state.plan == nil {
		return
	}
	var rows []ImportRow
	for range 1 + s.IntN(5) {
		unit := s.unit()
		rows = append(rows, importRowOf(unit, points(pick(s.generator, "G", "A"), "self", unit, fmt.Sprint(s.IntN(5)))))
	}
	f := fileOf(fmt.Sprintf("%d.csv", s.IntN(1000)), rows...)
	f.Author, f.Reason, f.KeepGood = author, "imported", true
	plan, err := s.live.PlanImport(f, s.now)
	if err != nil || plan.Started == nil {
		return
	}
	for _, p := range slices.Concat(plan.Commits...) {
		last, _ := s.live.Last()
		e := events.Event{Draft: p.Draft, Record: p.Record, Seq: last + 1, Recorded: s.now}
		if p.ID == plan.Started.ID {
			e = s.sign(e, key, s.genesis())
		}
		s.take(e)
	}
}

// seals and reveals keep a scorer's sheet.
func (s *signedStory) seals() {
	scorer := pick(s.generator, "b", "c")
	author := scorer + "-head"
	marks := pick(s.generator, sheetOf("a"), sheetOf(map[string]string{"b": "c", "c": "b"}[scorer], "a"))
	if s.tell(author, "", s.sealed(author, scorer, marks...)) {
		s.sheets[scorer] = marks
	}
}

func (s *signedStory) reveals() {
	scorer := pick(s.generator, "b", "c")
	sheet := s.live.state.sheets.get(sheetKey{0, 1, s.live.state.names.ids[scorer]})
	if sheet.sealed == 0 || int(sheet.sealed) > len(s.list) {
		return
	}
	of := s.list[sheet.sealed-1]
	promise, _ := of.Payload.(*events.SheetSealed)
	point := s.live.Savepoint()
	before := len(s.body)
	ok := s.tell(of.Author, "", &events.SheetRevealed{Of: of.ID, Salt: salt()})
	for i, m := range s.sheets[scorer] {
		p := &events.ScoreEntered{Cluster: "one", Criterion: m.Criterion, Level: "cross", Scorer: scorer, Mark: m.Mark}
		if !ok {
			break
		}
		cause := s.body[before]
		row := s.unsigned(of.Author, m.Unit, p, func(e *events.Event) {
			e.ID, e.Causation, e.Time = events.SheetRowID("trial", promise.Root, i+1), cause.ID, cause.Time
		})
		ok = s.take(row)
	}
	if !ok {
		s.live.Rollback(point)
		s.body = s.body[:before]
	}
}

// resolve removes what blocks the next stage, as far as it is able to.
func (s *signedStory) resolve() {
	check := s.live.state.check()
	for _, b := range check.Blockers {
		at := s.IntN(max(1, len(s.list)))
		if b.Seq != 0 && int(b.Seq) <= len(s.list) {
			at = int(b.Seq) - 1
		}
		e := s.list[at]
		switch b.Code {
		case BlockNoPoints:
			kind := map[string]events.MarkKind{"G": events.MarkPoints, "E": events.MarkPoints, "T": events.MarkActual, "O": events.MarkPlace}[b.Criterion]
			p := proven(score(b.Criterion, "self", b.Unit, kind, fmt.Sprint(1+s.IntN(4))))
			p.Reason = "entered"
			if b.Criterion == "O" && s.live.state.plan.version%2 == 0 {
				p.Mark.Kind = events.MarkPoints
			}
			s.tell(b.Unit+"-head", b.Unit, p)
			s.tell("b-head", b.Unit, &events.TargetSet{Cluster: "one", Criterion: "T", Scorer: "b", Target: events.Whole(2)})
			s.tell("a-head", b.Unit, &events.TargetSet{Cluster: "one", Criterion: "T", Scorer: "a", Target: events.Whole(2)})
		case BlockReturn:
			s.tell(b.Unit+"-head", b.Unit, &events.ExplanationFiled{Of: e.ID, Text: events.Words{Text: "because"}})
		case BlockUnrevealed:
			s.reveals()
		case BlockUnconfirmed:
			for _, unit := range []string{"a", "b", "c"} {
				s.tell(unit+"-head", "", endorse(e, pick(s.generator, events.EndorseAgree, events.EndorseSecond)))
			}
		case BlockFrozen:
			s.tell("a-head", "", &events.StandingsRevealed{})
		case BlockTie:
			p := &events.TieDecided{Cluster: "one", Order: b.Units, Points: decimal(s.row(b.Units[0]).Points()), Reason: "lot"}
			if s.tell("a-head", "", p) {
				tie := s.body[len(s.body)-1]
				s.tell("b-head", "", endorse(tie, events.EndorseAgree))
				s.tell("c-head", "", endorse(tie, events.EndorseAgree))
			}
		case BlockBallot:
			opened, _ := s.live.state.journal.at(b.Seq).payload().(*events.BallotOpened)
			s.ends(opened.Ballot)
		}
	}
}
