package server_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

// before is what happens until the freeze.
func (s *signedSite) before() {
	s.t.Helper()
	for i, unit := range []string{"a", "b", "c"} {
		s.say(unit+"-head", unit, points("G", unit, 5+i))
		s.say(unit+"-head", unit, points("E", unit, 2+i))
	}
	s.say("c-head", "", s.sealed())
	s.say("c-head", "c", bonus("c", "first", 2))
}

// sealedMarks are what c seals about a and b.
func sealedMarks() []events.SheetMark {
	mark := events.Mark{Kind: events.MarkPoints, Amount: events.Whole(4)}
	return []events.SheetMark{{Unit: "a", Criterion: "G", Mark: mark}, {Unit: "b", Criterion: "G", Mark: mark}}
}

func (s *signedSite) sealed() *events.SheetSealed {
	marks := sealedMarks()
	sheet := &events.Sheet{Genesis: s.genesis, Author: "c-head", Cluster: "one", Level: "cross", Scorer: "c", Salt: strings.Repeat("5", 64)}
	return &events.SheetSealed{Cluster: "one", Level: "cross", Scorer: "c", Marks: len(marks), Root: sheet.Root(marks)}
}

// reveal opens c's sheet.
func (s *signedSite) reveal() {
	s.t.Helper()
	var of events.Draft
	for _, line := range parseLines(s.t, s.do(http.MethodGet, s.path("/events"), "").Body) {
		if d, err := events.Decode(events.Record(line.Record)); err == nil && d.Type() == events.TypeSheetSealed {
			of = d
		}
	}
	opened := s.record("c-head", "", &events.SheetRevealed{Of: of.ID, Salt: strings.Repeat("5", 64)})
	first, err := events.Decode(events.Record(opened))
	if err != nil {
		s.t.Fatal(err)
	}
	body := []string{opened}
	for i, m := range sealedMarks() {
		p := &events.ScoreEntered{Cluster: "one", Criterion: m.Criterion, Level: "cross", Scorer: "c", Mark: m.Mark, Regulation: 2}
		body = append(body, s.unsigned("c-head", m.Unit, p, func(d *events.Draft) {
			d.ID, d.Causation, d.Time = events.SheetRowID(s.id, s.sealed().Root, i+1), first.ID, first.Time
		}))
	}
	s.append(body...)
}

// after is what happens during the freeze: something of every kind.
func (s *signedSite) after(of later, files *stored) {
	s.t.Helper()
	mine := s.mine("b-head", "G")
	again := points("G", "b", 9)
	again.Supersedes, again.Reason = mine.ID, "counted again"
	s.append(s.record("b-head", "b", again, func(d *events.Draft) { d.ID = of.returned }))
	s.append(s.record("c-head", "c", bonus("c", "second", 7), func(d *events.Draft) { d.ID = of.endorsed }))
	transcribed := bonus("c", "third", 3)
	transcribed.Basis = "transcribed"
	s.say("a-officer", "c", transcribed)
	s.say("a-reviewer", "b", &events.ScoreReturned{Of: of.returned, Reason: "no proof"})
	s.say("b-officer", "b", &events.ExplanationFiled{Of: of.returned, Text: events.Words{Text: "it was counted twice"}})
	s.say("b-officer", "b", &events.ReportFiled{From: "2017-01-01", To: "2017-03-31", Text: events.Words{Text: "the first quarter"}})
	s.say("a-head", "", &events.DriveLaunched{Drive: "d2", Title: "Second", Starts: "2017-04-01", Ends: "2017-04-30"})
	s.say("a-head", "b", &events.CommendationRecorded{Kind: events.CommendAdHoc, Merit: events.Words{Text: "courage"}})
	s.say("c-head", "b", &events.ExclusionImposed{From: "2017-01-01", Ground: events.Words{Text: "a reprimand"}})
	s.say("b-head", "b", &events.AppealFiled{Of: of.returned, Ground: events.Words{Text: "the annex was overlooked"}})
	s.say("a-head", "", &events.DocumentIssued{Kind: events.DocumentSummary, Lang: "en", Name: "summary.pdf", Seq: 1, SHA256: strings.Repeat("0", 64)})
	key := privateKey("b-new", 1)
	s.say("b-head", "b", &events.MemberAppointed{Member: "b-new", Role: events.RoleOfficer, Key: events.PublicKeyOf(key), Proof: events.ProvePossession(key, s.genesis, "b-new")})
	s.say("c-head", "c", &events.MemberRemoved{Member: "c-officer", Reason: "left"})
	s.endorse("b-head", of.endorsed, "received")
	if got := s.importSigned("c-head", "late.csv", scoreFile("c", "late", 20)); got.New != 20 {
		s.t.Errorf("import during the freeze: %+v", got)
	}
	amended := s.record("a-head", "", events.NewRegulationAmended(regulationOf(s.t, s.id, "max: 10", "max: 12", "Signed year", "Amended year"), 2, "amended.yaml",
		strings.Repeat("0", 64), "agreed"))
	s.append(amended)
	s.endorseRecord("b-head", amended, events.EndorseAgree)
	s.say("a-head", "", &events.StageAdvanced{Stage: events.StageReview})
	s.reveal()
	s.putAfter(files)
}

// mine is the newest entry of an author on a leaf.
func (s *signedSite) mine(author, criterion string) (found events.Draft) {
	s.t.Helper()
	for _, line := range parseLines(s.t, s.do(http.MethodGet, s.path("/events"), "").Body) {
		if len(line.Record) == 0 {
			continue
		}
		d, err := events.Decode(events.Record(line.Record))
		if err != nil {
			s.t.Fatal(err)
		}
		if p, ok := d.Payload.(*events.ScoreEntered); ok && d.Author == author && p.Criterion == criterion {
			found = d
		}
	}
	return found
}

// endorse says a word on the record with an id, as the auditor sees it.
func (s *signedSite) endorse(author string, id fmt.Stringer, word string) {
	s.t.Helper()
	for _, line := range parseLines(s.t, s.do(http.MethodGet, s.path("/events"), "", as(s.login("auditor"))...).Body) {
		if strings.Contains(string(line.Record), `"id":"`+id.String()) {
			s.endorseRecord(author, string(line.Record), word)
			return
		}
	}
	s.t.Fatalf("there is no event %s", id)
}

func (s *signedSite) endorseRecord(author, record, word string) {
	s.t.Helper()
	d, err := events.Decode(events.Record(record))
	if err != nil {
		s.t.Fatal(err)
	}
	s.say(author, "", &events.RecordEndorsed{Of: d.ID, Hash: hashOf(record), As: word})
}

// importSigned imports a file as its author.
func (s *signedSite) importSigned(author, name, content string) *server.ImportResult {
	s.t.Helper()
	plan := s.planImport(author, name, content)
	body := ""
	if len(plan.Started) > 0 {
		body = s.signStarted(author, plan)
	}
	return s.stored(s.do(http.MethodPost, s.path("/imports/"+plan.ID), body, as(s.login(author))...))
}

// planImport plans an import that is not to be refused.
func (s *signedSite) planImport(author, name, content string, query ...string) *server.ImportResult {
	s.t.Helper()
	plan := s.stored(s.do(http.MethodPost, s.path("/imports?name="+name+"&author="+author+strings.Join(query, "")), content, as(s.login(author))...))
	if plan.ID == "" {
		s.t.Fatalf("nothing is planned: %+v", plan)
	}
	return plan
}

// signStarted signs the announcement of a plan.
func (s *signedSite) signStarted(author string, plan *server.ImportResult) string {
	s.t.Helper()
	record, err := events.Sign(s.key(author), s.genesis, events.Record(plan.Started))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(record)
}

// stored is an import's result.
func (s *signedSite) stored(a answer) *server.ImportResult {
	s.t.Helper()
	lines := strings.Split(strings.TrimSpace(a.Body), "\n")
	var last server.ImportLine
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last.Result == nil {
		s.t.Fatalf("import: %d %s", a.Code, a.Body)
	}
	return last.Result
}

// stored are files and texts, by what they hold.
type stored struct {
	early, late   string // SHA-256
	earlyText     string // hashes
	lateText      string
	lateEvidence  string
	earlyEvidence string
}

func sha(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

// putBefore stores a file and a text before the freeze.
func (s *signedSite) putBefore() *stored {
	s.t.Helper()
	f := &stored{earlyEvidence: "an early file\n", lateEvidence: "a late file\n"}
	f.early, f.late = sha(f.earlyEvidence), sha(f.lateEvidence)
	s.mustPut("/evidence?name=early.txt", f.earlyEvidence)
	f.earlyText = s.mustPut("/detached", "an early text")
	f.lateText = strings.Repeat("7", 64) // no such text yet
	return f
}

// putAfter stores some during the freeze, by the same member.
func (s *signedSite) putAfter(f *stored) {
	s.t.Helper()
	s.mustPut("/evidence?name=late.txt", f.lateEvidence)
	f.lateText = s.mustPut("/detached", "a late text")
}

// mustPut stores a file or a text for a member who asks for none of them, and returns its hash.
func (s *signedSite) mustPut(path, content string) string {
	s.t.Helper()
	got := s.do(http.MethodPost, s.path(path), content, as(s.login("b-reviewer"))...)
	var answer struct{ SHA256, Hash string }
	if err := json.Unmarshal([]byte(got.Body), &answer); err != nil || got.Code != http.StatusCreated {
		s.t.Fatalf("%s: %d %s", path, got.Code, got.Body)
	}
	return answer.SHA256 + answer.Hash
}

// files are the outputs of files and texts: early ones, and late ones that are not there until the freeze. A late text's hash is new each time.
func (s *signedSite) files(f *stored) []output {
	ask := func(method, kind string, hash func() string) func(reader) string {
		return func(r reader) string {
			got := s.do(method, s.path("/"+kind+"/"+hash()), "", r.header...)
			return strings.ReplaceAll(got.text(), hash(), "HASH")
		}
	}
	early, late := func() string { return f.early }, func() string { return f.late }
	return []output{
		{"GET " + campaignRoute + "/evidence/{sha256}", "early", nil, ask(http.MethodGet, "evidence", early)},
		{"GET " + campaignRoute + "/evidence/{sha256}", "late", nil, ask(http.MethodGet, "evidence", late)},
		{"GET " + campaignRoute + "/evidence/{sha256}", "bad", nil, ask(http.MethodGet, "evidence", func() string { return "x" })},
		{"GET " + campaignRoute + "/detached/{hash}", "early", nil, ask(http.MethodGet, "detached", func() string { return f.earlyText })},
		{"GET " + campaignRoute + "/detached/{hash}", "late", nil, ask(http.MethodGet, "detached", func() string { return f.lateText })},
		{"DELETE " + campaignRoute + "/detached/{hash}", "none", nil, ask(http.MethodDelete, "detached", func() string { return strings.Repeat("8", 64) })},
	}
}
