package projections

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"campaignledger/events"
)

// history is a campaign with a correction of a correction, a withdrawal, a target and a decision.
func history(t *testing.T) *trial {
	t.Helper()
	c := openTrial(t, trialRegulation)
	c.must(c.say("a", points("G", "open", "j1", "1"))) // 2
	p := because(points("G", "open", "j1", "2"))
	p.Evidence, p.Basis = "report 7", "transcribed"
	c.must(c.say("a", p))                                             // 3
	c.must(c.say("a", because(points("G", "open", "j1", "3"))))       // 4
	e := c.must(c.say("b", points("M", "cross", "a", "4")))           // 5
	c.must(c.say("b", &events.EntryWithdrawn{Of: e.ID, Reason: "w"})) // 6
	c.must(c.say("b", target("T", "a", "2")))                         // 7
	c.must(c.say("", &events.TieDecided{Cluster: "one", Order: []string{"b", "c"}, Points: 0, Reason: "drawn"}))
	c.must(c.say("c", place("O", "open", "j1", "2")))
	c.must(c.say("c", score("P", "open", "j1", events.MarkRecused, "")))
	flood := points("A", "open", "j1", "-1.5")
	flood.Item = "flood"
	c.must(c.say("c", flood))
	c.must(c.say("", &events.CampaignClosed{Reason: "year over"})) // 12
	return c
}

func TestAuditFilters(t *testing.T) {
	t.Parallel()
	c := history(t)
	at := func(seq int) time.Time { return trialStart.Add(time.Duration(seq) * time.Second) }
	for _, x := range []struct {
		name   string
		filter AuditFilter
		want   []events.Seq
	}{
		{"all", AuditFilter{}, []events.Seq{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
		{"unit, decisions included", AuditFilter{Unit: "b"}, []events.Seq{5, 6, 7, 8}},
		{"leaf, withdrawals included", AuditFilter{Criterion: "M"}, []events.Seq{5, 6}},
		{"group", AuditFilter{Criterion: "work"}, []events.Seq{2, 3, 4, 5, 6, 7}},
		{"scorer", AuditFilter{Author: "j1"}, []events.Seq{2, 3, 4, 9, 10, 11}},
		{"author", AuditFilter{Author: "author", Unit: "a"}, []events.Seq{2, 3, 4}},
		{"from and to", AuditFilter{From: at(3), To: at(5)}, []events.Seq{3, 4, 5}},
		{"after and limit", AuditFilter{After: 3, Limit: 2}, []events.Seq{4, 5}},
		{"limit counts chosen lines", AuditFilter{Unit: "c", Limit: 2}, []events.Seq{8, 9}},
		{"the newest", AuditFilter{Limit: 2, Newest: true}, []events.Seq{11, 12}},
		{"the newest before", AuditFilter{Before: 7, After: 3, Limit: 2, Newest: true}, []events.Seq{5, 6}},
		{"before", AuditFilter{Before: 4}, []events.Seq{1, 2, 3}},
		{"before the first", AuditFilter{Before: 1}, nil},
		{"type", AuditFilter{Type: events.TypeTieDecided}, []events.Seq{8}},
		{"the newest of a type", AuditFilter{Type: events.TypeScoreEntered, Limit: 1, Newest: true, Before: 9}, []events.Seq{5}},
		{"cluster", AuditFilter{Cluster: "one", After: 9}, []events.Seq{10, 11}},
		{"unknown", AuditFilter{Cluster: "two"}, nil},
		{"after the end", AuditFilter{After: 99}, nil},
	} {
		var got []events.Seq
		for _, line := range c.live.Audit(x.filter) {
			got = append(got, line.Seq)
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, want %v", x.name, got, x.want)
		}
	}
}

func TestAuditChains(t *testing.T) {
	t.Parallel()
	lines := history(t).live.Audit(AuditFilter{})
	for seq, want := range map[int][2]events.Seq{2: {0, 3}, 3: {2, 4}, 4: {3, 0}, 5: {0, 6}, 6: {5, 0}} {
		if line := lines[seq-1]; line.Supersedes != want[0] || line.SupersededBy != want[1] {
			t.Errorf("event %d supersedes %d and is superseded by %d, want %v", seq, line.Supersedes, line.SupersededBy, want)
		}
	}
	want := AuditLine{Seq: 3, Type: events.TypeScoreEntered, Recorded: "2017-03-01T08:00:03.000Z", Time: "2017-03-01T08:00:03.000Z", Author: "author",
		ID: lines[2].ID, Cluster: "one", Unit: "a", Criterion: "G", Level: "open", Scorer: "j1", Points: "2", Basis: "transcribed",
		Evidence: "report 7", Reason: "corrected", Supersedes: 2, SupersededBy: 4,
		Sentence: "j1 chấm a 2 điểm tiêu chí G (cấp open, author nhập thay, minh chứng “report 7”, bị thay bởi sự kiện 4), thay sự kiện 2: corrected"}
	if diff := cmp.Diff(want, lines[2]); diff != "" {
		t.Error(diff)
	}
	if !lines[4].Withdrawn || lines[1].Withdrawn {
		t.Error("event 5 is withdrawn, event 2 is replaced")
	}
	for seq, want := range map[int]string{6: `"reason":"w"`, 7: `"target":"2"`, 8: `"points":"0"`, 9: `"place":"2"`, 10: `"mark":"recused"`,
		11: `"item":"flood","points":"-1.5"`, 12: `"reason":"year over"`} {
		line, err := json.Marshal(lines[seq-1])
		if err != nil || !strings.Contains(string(line), want) {
			t.Errorf("event %d: %v, want %s in %s", seq, err, want, line)
		}
	}
}

// signedHistory is a signed campaign with what only such a campaign has, and its events by a word of their own.
func signedHistory(t *testing.T) (*signed, map[string]events.Event) {
	t.Helper()
	c := signedAt(t, events.StageScoring)
	said := map[string]events.Event{}
	transcribed := func(unit string) *events.ScoreEntered {
		p := points("G", "self", unit, "5")
		p.Basis = basisTranscribed
		return p
	}
	proved := points("E", "self", "c", "4")
	proved.Evidence = "sha256:" + hash("1") + " unit:sha256:" + hash("2")
	said["confirmed"] = c.does("a-officer", "b", transcribed("b"))
	said["confirms"] = c.does("b-head", "", endorse(said["confirmed"], events.EndorseAgree))
	said["held"] = c.does("a-officer", "c", transcribed("c"))
	said["proved"] = c.does("c-head", "c", proved)
	said["returns"] = c.does("b-reviewer", "c", &events.ScoreReturned{Of: said["proved"].ID, Reason: "say more"})
	said["explains"] = c.does("c-head", "c", &events.ExplanationFiled{Of: said["returns"].ID, Text: events.Words{Hash: hash("text")},
		Evidence: []events.File{{Name: "a.pdf", SHA256: hash("3"), Size: 9, Type: "application/pdf"}}})
	said["notice"] = c.does("auditor", "", endorse(said["explains"], events.EndorseReceived))
	said["sealed"] = c.seal("b-head", "b", sheetOf("c")...)
	c.now = time.Date(2017, 3, 25, 0, 0, 0, 0, time.UTC)
	said["late"] = c.does("b-officer", "b", &events.ReportFiled{From: "2017-01-01", To: "2017-03-01", Text: events.Words{Text: "done"}})
	said["closes"] = c.does("a-head", "", &events.DriveClosed{Drive: "d1", Result: "good"})
	said["appoints"] = c.does("c-head", "b", c.appointment("b-second", events.RoleHead))
	said["rekeys"] = c.does("c-head", "b", c.newKey("b-head", 2))
	said["amends"] = c.does("a-head", "", c.amendment(2, "{id: G, method: graded, max: 10", "{id: G, method: graded, max: 20"))
	said["agrees"] = c.does("b-head", "", endorse(said["amends"], events.EndorseAgree))
	return c, said
}

func TestAuditOfASignedCampaign(t *testing.T) {
	t.Parallel()
	c, said := signedHistory(t)
	lines := c.live.Audit(AuditFilter{Lang: "en"})
	of := func(word string) events.Seq { return said[word].Seq }
	for _, x := range []struct {
		word string
		want AuditLine // what the line has beside what every line has
	}{
		{"confirmed", AuditLine{Cluster: "one", Unit: "b", Criterion: "G", Level: "self", Scorer: "b", Points: "5", Basis: basisTranscribed, Hold: []string{"reopened"}}},
		{"confirms", AuditLine{Of: of("confirmed"), As: "agree"}},
		{"held", AuditLine{Cluster: "one", Unit: "c", Criterion: "G", Level: "self", Scorer: "c", Points: "5", Basis: basisTranscribed, Hold: []string{"transcribed", "reopened"}}},
		{"proved", AuditLine{Cluster: "one", Unit: "c", Criterion: "E", Level: "self", Scorer: "c", Points: "4", Returned: of("returns"),
			Evidence: "sha256:" + hash("1") + " unit:sha256:" + hash("2"), Files: []AuditFile{{SHA256: hash("1")}, {SHA256: hash("2"), Held: "unit"}}}},
		{"returns", AuditLine{Cluster: "one", Unit: "c", Criterion: "E", Level: "self", Scorer: "c", Of: of("proved"), Reason: "say more"}},
		{"explains", AuditLine{Cluster: "one", Unit: "c", Criterion: "E", Level: "self", Scorer: "c", Of: of("returns"), TextHash: hash("text"),
			Files: []AuditFile{{Name: "a.pdf", SHA256: hash("3"), Size: new(9), Type: "application/pdf"}}}},
		{"notice", AuditLine{Of: of("explains"), As: "received"}},
		{"sealed", AuditLine{Cluster: "one", Level: "cross", Scorer: "b", Marks: 1, Root: said["sealed"].Payload.(*events.SheetSealed).Root}},
		{"late", AuditLine{Unit: "b", From: "2017-01-01", To: "2017-03-01", Text: "done", Late: true}},
		{"closes", AuditLine{Drive: "d1", Result: "good"}},
		{"appoints", AuditLine{Unit: "b", Member: "b-second", Role: "head", Key: events.PublicKeyOf(privateKey("b-second", 1)).String(), Hold: []string{"act"}, Agreed: 1}},
		{"rekeys", AuditLine{Unit: "b", Member: "b-head", Key: events.PublicKeyOf(privateKey("b-head", 2)).String(), Reason: "lost", Hold: []string{"act"}, Agreed: 1}},
		{"amends", AuditLine{Version: 2, File: "amended.yaml", SHA256: said["amends"].Payload.(*events.RegulationAmended).SHA256, Reason: "agreed at the meeting", Agreed: 2}},
		{"agrees", AuditLine{Of: of("amends"), As: "agree"}},
	} {
		e, got := said[x.word], lines[of(x.word)-1]
		x.want.Seq, x.want.Type, x.want.Author, x.want.ID, x.want.Signed = e.Seq, e.Type(), e.Author, e.ID.String(), true
		x.want.Recorded, x.want.Time, x.want.Sentence = events.FormatTime(e.Recorded), events.FormatTime(e.Time), Sentence(got, "en")
		if diff := cmp.Diff(x.want, got); diff != "" {
			t.Errorf("%s: %s", x.word, diff)
		}
		if one := c.live.Audit(AuditFilter{Lang: "en", After: e.Seq - 1, Limit: 1}); !cmp.Equal(one, lines[e.Seq-1:e.Seq]) {
			t.Errorf("%s: alone it is %+v", x.word, one)
		}
	}
}

func TestAuditFiltersOfASignedCampaign(t *testing.T) {
	t.Parallel()
	c, said := signedHistory(t)
	for _, x := range []struct {
		name   string
		filter AuditFilter
		words  string // of said that are found; others may not be
	}{
		{"unit", AuditFilter{Unit: "b"}, "confirmed confirms late appoints rekeys agrees"},
		{"unit, through what is spoken of", AuditFilter{Unit: "c"}, "held proved returns explains notice agrees"},
		{"leaf", AuditFilter{Criterion: "E"}, "proved returns explains notice"},
		{"leaf that was reopened", AuditFilter{Criterion: "G"}, "confirmed confirms held agrees"},
		{"member", AuditFilter{Author: "b-head"}, "confirms sealed agrees"},
		{"unit as author", AuditFilter{Author: "b"}, "confirmed confirms returns sealed late agrees"},
		{"member of no unit", AuditFilter{Author: "auditor"}, "notice"},
		{"cluster", AuditFilter{Cluster: "one"}, "confirmed confirms held proved returns explains notice sealed late closes appoints rekeys agrees"},
	} {
		got := map[events.Seq]bool{}
		for _, line := range c.live.Audit(x.filter) {
			got[line.Seq] = true
		}
		for word, e := range said {
			if want := slices.Contains(strings.Fields(x.words), word); got[e.Seq] != want {
				t.Errorf("%s: finds %s: %v, want %v", x.name, word, got[e.Seq], want)
			}
		}
	}
}

// TestAuditFollowsEndorsementsSoFar: endorsements of endorsements are followed for a while, and not for ever.
func TestAuditFollowsEndorsementsSoFar(t *testing.T) {
	t.Parallel()
	c := signedAt(t, events.StageOpen)
	last := c.list[len(c.list)-1] // a target of b
	const more = 2 * maxSpokenOf
	for range more {
		last = c.does("auditor", "", endorse(last, events.EndorseReceived))
	}
	if got := len(c.live.Audit(AuditFilter{Author: "auditor", Unit: "b"})); got != maxSpokenOf-1 {
		t.Errorf("%d of %d endorsements are about the unit, want %d", got, more, maxSpokenOf-1)
	}
}

// TestAuditOfAStory: in any campaign each entry replaced names its successor, and the other way round.
func TestAuditOfAStory(t *testing.T) {
	eachStory(t, 40, func(t *testing.T, s *story) {
		lines := fold(t, s.list).Audit(AuditFilter{})
		for i, line := range lines {
			if line.ID != s.list[i].ID.String() || line.Type != s.list[i].Type() {
				t.Fatalf("line %d is %s %s", i+1, line.Type, line.ID)
			}
			if by := line.SupersededBy; by != 0 && lines[by-1].Supersedes != line.Seq {
				t.Fatalf("event %d says it is superseded by %d, which supersedes %d", line.Seq, by, lines[by-1].Supersedes)
			}
			if old := line.Supersedes; old != 0 && lines[old-1].SupersededBy != line.Seq {
				t.Fatalf("event %d supersedes %d, which is superseded by %d", line.Seq, old, lines[old-1].SupersededBy)
			}
		}
	})
}

// TestAuditShowsPayloads: what an event says that is no entry stands in its line, under the key that it has in the record.
func TestAuditShowsPayloads(t *testing.T) {
	t.Parallel()
	elsewhere := []string{"of", "supersedes", "cluster", "level", "scorer", "points", "appeal", "reopens"} // the entry holds them, ids as sequences
	proofs := []string{"hash", "proof", "salt", "batches", "regulation", "rules"}                          // told by the log itself
	renamed := map[string]string{"starts": "from", "ends": "to", "evidence": "files", "source": "file", "seq": "asOf"}
	for _, typ := range events.Types() {
		records, err := os.ReadFile("../events/testdata/golden/" + string(typ) + ".json")
		if err != nil {
			t.Fatal(err)
		}
		for record := range bytes.Lines(records) {
			d, err := events.Decode(bytes.TrimSuffix(record, []byte("\n")))
			if err != nil {
				t.Fatal(err)
			}
			if typ == events.TypeScoreEntered || typ == events.TypeTargetSet {
				continue
			}
			var line AuditLine
			line.spellPayload(d.Payload)
			shown, said := map[string]any{}, struct{ Data map[string]any }{}
			text, err := json.Marshal(line)
			if err := errors.Join(err, json.Unmarshal(text, &shown), json.Unmarshal(record, &said)); err != nil {
				t.Fatal(err)
			}
			for _, part := range []string{"tally", "document"} {
				inner, _ := shown[part].(map[string]any)
				maps.Copy(shown, inner)
			}
			for key, want := range said.Data {
				if slices.Contains(elsewhere, key) || slices.Contains(proofs, key) || typ == events.TypeLedgerTakenOver && key == "seq" { // of
					continue
				}
				if key == "source" {
					want = want.(map[string]any)["name"]
				}
				if name := renamed[key]; name != "" {
					key = name
				}
				if diff := cmp.Diff(want, shown[key]); diff != "" {
					t.Errorf("%s %s: %s", typ, key, diff)
				}
			}
		}
	}
}

func TestSummaryAndSeqAt(t *testing.T) {
	t.Parallel()
	if s := NewLive().Summary(); s != (Summary{}) {
		t.Errorf("not open: %+v", s)
	}
	c := history(t)
	s := c.live.Summary()
	if s.Seq != 12 || !s.Final || !s.AsOf.Equal(c.now) || !s.Recorded.Equal(c.now) || s.Regulation != c.r {
		t.Errorf("live: %+v", s)
	}
	for _, x := range []struct {
		at   time.Time
		want events.Seq
	}{{trialStart, 0}, {trialStart.Add(time.Second), 1}, {trialStart.Add(3500 * time.Millisecond), 3}, {c.now.Add(time.Hour), 12}} {
		if got := c.live.SeqAt(x.at); got != x.want {
			t.Errorf("at %s: %d, want %d", x.at, got, x.want)
		}
	}
	historic := openTrial(t, strings.Replace(trialRegulation, "clock: live", "clock: historic\nperiod: {start: 2016-01-01, end: 2016-12-31, zone: Asia/Ho_Chi_Minh}", 1))
	start := time.Date(2015, 12, 31, 17, 0, 0, 0, time.UTC) // the first day begins in the campaign's zone
	if s := historic.live.Summary(); !s.AsOf.Equal(start) || s.Final {
		t.Errorf("historic: %+v", s)
	}
	may := time.Date(2016, 5, 1, 0, 0, 0, 0, time.UTC)
	historic.must(historic.say("a", points("G", "open", "j1", "1"), claims(may)))
	historic.must(historic.say("b", points("G", "open", "j1", "1"))) // takes its predecessor's
	if s := historic.live.Summary(); !s.AsOf.Equal(may) || historic.live.SeqAt(may) != 3 || historic.live.SeqAt(may.Add(-1)) != 1 {
		t.Errorf("historic: %+v", s)
	}
	_, err := historic.say("c", points("G", "open", "j1", "1"), claims(may.Add(-time.Millisecond)))
	historic.refused(err, CodeTime)
}

// TestAuditOf gives the lines of Audit, in the order asked for.
func TestAuditOf(t *testing.T) {
	eachSignedStory(t, func(t *testing.T, s *signedStory) {
		s.write()
		all := s.live.Audit(AuditFilter{Lang: "en"})
		var seqs []events.Seq
		var want []AuditLine
		for range 12 {
			at := s.IntN(len(all))
			seqs, want = append(seqs, all[at].Seq), append(want, all[at])
		}
		if diff := cmp.Diff(want, s.live.AuditOf("en", append(seqs, 0, events.Seq(len(all)+1))...)); diff != "" {
			t.Fatalf("lines (-audit +audit of):\n%s", diff)
		}
	})
	if lines := NewLive().AuditOf("en", 1); len(lines) != 0 {
		t.Errorf("%+v", lines)
	}
}
