package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/projections"
)

// TestSignedImport: a file is planned, signed and stored; the same file again stores nothing.
func TestSignedImport(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	file := scoreFile("b", "x", 1200)
	if got := s.importSigned("b-head", "f.csv", file); got.New != 1200 || got.Seq != opened+1+1200 {
		t.Errorf("%+v", got)
	}
	again := s.stored(s.do(http.MethodPost, s.path("/imports?name=f.csv&author=b-head"), file, as(s.login("b-head"))...))
	if again.ID != "" || again.Already != 1200 || again.New != 0 {
		t.Errorf("the same again: %+v", again)
	}
	lead := scoreFile("c", "y", 3)
	if got := s.importSigned("a-officer", "for-c.csv", lead); got.New != 3 {
		t.Errorf("for another: %+v", got)
	}
	if body := s.do(http.MethodGet, s.path("/events"), "").Body; strings.Count(body, `"basis":"transcribed"`) != 3 {
		t.Error("what the lead entered for c is not marked as transcribed")
	}
	if got := s.do(http.MethodGet, s.path("/standings"), "").Body; strings.Contains(got, `"A":"-3.00"`) {
		t.Errorf("what c did not confirm counts: %s", got)
	}
}

// TestSignedImportRefused: plans of others, other records, other signatures and plans that are used up store nothing.
func TestSignedImportRefused(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	file := scoreFile("b", "x", 3)
	post := func(query string, header ...string) answer {
		return s.do(http.MethodPost, s.path("/imports?name=f.csv"+query), file, header...)
	}
	post("").expect(t, 422, "signature")
	post("&author=b-head").expect(t, 401, "login")
	post("&author=b-head", as(s.login("b-officer"))...).expect(t, 401, "login")
	head := as(s.login("b-head"))
	store := func(id, body string) answer { return s.do(http.MethodPost, s.path("/imports/"+id), body, head...) }
	store("x", "").expect(t, 400, "bad-request")
	store(events.NewID().String(), "").expect(t, 409, "no-plan")

	plan := s.planImport("b-head", "f.csv", file)
	store(plan.ID, string(plan.Started)).expect(t, 422, "signature")
	plan = s.planImport("b-head", "f.csv", file)
	store(plan.ID, s.signStarted("b-officer", plan)).expect(t, 422, "signature")
	plan = s.planImport("b-head", "f.csv", file)
	other := s.planImport("b-head", "g.csv", scoreFile("b", "y", 3))
	store(plan.ID, s.signStarted("b-head", other)).expect(t, 422, "format")
	store(plan.ID, s.signStarted("b-head", plan)).expect(t, 409, "no-plan") // used up
	plan = s.planImport("b-head", "f.csv", file)
	store(plan.ID, s.record("b-head", "", &events.UnitJoined{}, func(d *events.Draft) { d.Subject = "b" })).expect(t, 422, "format")
	plan = s.planImport("b-head", "f.csv", file)
	store(plan.ID, "").expect(t, 422, "format")
	for i := range 9 { // more than are kept
		s.planImport("b-head", fmt.Sprintf("many-%d.csv", i), scoreFile("b", fmt.Sprintf("m%d-", i), 1))
	}
	store(other.ID, s.signStarted("b-head", other)).expect(t, 409, "no-plan")
	if n := len(parseLines(t, s.do(http.MethodGet, s.path("/events"), "").Body)); n != opened {
		t.Errorf("%d events are stored", n)
	}
}

// TestSignedImportAfterOthers: what somebody else writes between plan and signature does no harm where it changes no row, and else the
// import is refused.
func TestSignedImportAfterOthers(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	head := as(s.login("b-head"))
	plan := s.planImport("b-head", "f.csv", scoreFile("b", "x", 3))
	s.say("c-head", "c", bonus("c", "other", 1))
	if got := s.stored(s.do(http.MethodPost, s.path("/imports/"+plan.ID), s.signStarted("b-head", plan), head...)); got.New != 3 || got.Bad != 0 {
		t.Errorf("%+v", got)
	}
	plan = s.planImport("b-head", "g.csv", scoreFile("b", "y", 3))
	s.say("b-officer", "b", bonus("b", "y1", 9)) // one of the rows
	got := s.do(http.MethodPost, s.path("/imports/"+plan.ID), s.signStarted("b-head", plan), head...)
	if !strings.Contains(got.Body, `"refused":true`) && got.Code != http.StatusConflict {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if body := s.do(http.MethodGet, s.path("/events"), "").Body; strings.Contains(body, "g.csv") {
		t.Error("an import was announced whose rows are not those it announced")
	}
}

// pack is a signed package as campaign sign makes it: the announcement and the rows.
func (s *signedSite) pack(author, name, unit string, n int) []string {
	s.t.Helper()
	content := scoreFile(unit, name, n)
	plan := s.planImport(author, name+".csv", content)
	started, err := events.Decode(events.Record(plan.Started))
	if err != nil {
		s.t.Fatal(err)
	}
	list := []string{s.signStarted(author, plan)}
	id := events.RowIDs(s.id, sha(content))
	for i := range n {
		list = append(list, s.unsigned(author, unit, bonus(unit, fmt.Sprintf("%s%d", name, i), i%7-3), func(d *events.Draft) {
			d.ID, d.Causation, d.Time = id(i+1), started.ID, started.Time
		}))
	}
	return list
}

// TestPackage: anybody may carry a signed package, and nobody may change it.
func TestPackage(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	list := s.pack("b-head", "p", "b", 700)
	deliver := func(list []string) answer {
		return s.do(http.MethodPost, s.path("/imports?package=true&name=p.ndjson"), strings.Join(list, "\n"))
	}
	edit := func(change func([]string) []string) []string { return change(slices.Clone(list)) }
	for name, bad := range map[string][]string{
		"nothing":         nil,
		"no rows":         list[:1],
		"a row missing":   edit(func(l []string) []string { return l[:len(l)-1] }),
		"one in between":  edit(func(l []string) []string { return slices.Delete(l, 5, 6) }),
		"a row more":      edit(func(l []string) []string { return append(l, l[3]) }),
		"twice the same":  edit(func(l []string) []string { l[5] = l[6]; return l }),
		"another order":   edit(func(l []string) []string { l[5], l[6] = l[6], l[5]; return l }),
		"another batch":   edit(func(l []string) []string { l[400], l[600] = l[600], l[400]; return l }),
		"a point more":    edit(func(l []string) []string { l[3] = strings.Replace(l[3], `"points":"-1"`, `"points":"9"`, 1); return l }),
		"another item":    edit(func(l []string) []string { l[3] = strings.Replace(l[3], `"item":"p2"`, `"item":"q2"`, 1); return l }),
		"another author":  edit(func(l []string) []string { l[3] = strings.Replace(l[3], `"b-head"`, `"b-officer"`, 1); return l }),
		"its signature":   edit(func(l []string) []string { l[0] = forged(l[0]); return l }),
		"no signature":    edit(func(l []string) []string { l[0] = string(events.Record(l[0]).Unsigned()); return l }),
		"no announcement": list[1:],
		"not canonical":   edit(func(l []string) []string { l[3] = strings.Replace(l[3], `{"spec`, `{ "spec`, 1); return l }),
	} {
		got := deliver(bad)
		if got.Code < 400 && !strings.Contains(got.Body, `"refused":true`) {
			t.Errorf("%s: %d %.300s", name, got.Code, got.Body)
		}
		if n := len(parseLines(t, s.do(http.MethodGet, s.path("/events"), "").Body)); n != opened {
			t.Fatalf("%s: %d events are stored", name, n)
		}
	}
	const before = opened
	if got := s.stored(deliver(list)); got.New != 700 || got.Seq != before+701 {
		t.Errorf("%+v", got)
	}
	if got := s.stored(deliver(list)); got.Already != 700 || got.New != 0 || got.Seq != before+701 {
		t.Errorf("again: %+v", got)
	}
}

// TestImportDuringFreeze: who is not entitled imports by what it sees: what it is told follows from that, and what is hidden shows only in
// whether the import is stored.
func TestImportDuringFreeze(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	s.before()
	s.say("a-head", "", &events.StandingsFrozen{})
	s.say("c-head", "c", bonus("c", "x1", 7))
	file := "cluster,unit,criterion,level,scorer,item,points\none,c,A,self,c,x1,7\none,c,A,self,c,x2,8\n"
	plan := s.planImport("a-officer", "guess.csv", file)
	if plan.New != 2 || plan.Unchanged != 0 {
		t.Errorf("the plan tells of what is hidden: %+v", plan)
	}
	got := s.do(http.MethodPost, s.path("/imports/"+plan.ID), s.signStarted("a-officer", plan), as(s.login("a-officer"))...)
	if got.Code < 400 || strings.Contains(got.Body, "unchanged") || strings.Contains(got.Body, "superse") || strings.Contains(got.Body, `"7"`) {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	bad := "cluster,unit,criterion,level,scorer,item,points\none,c,A,self,c,x1,9\n"
	plan = s.planImport("a-officer", "bad.csv", bad)
	if got := s.do(http.MethodPost, s.path("/imports/"+plan.ID), s.signStarted("a-officer", plan), as(s.login("a-officer"))...).problem(t); got.Detail != hiddenWhy && got.Code != "import-changed" {
		t.Errorf("%+v", got)
	}
	if got := s.importSigned("c-head", "own.csv", scoreFile("c", "own", 5)); got.New != 5 {
		t.Errorf("%+v", got)
	}
	list := s.pack("b-head", "p", "b", 3)
	s.say("b-officer", "b", bonus("b", "p1", 9))
	carried := s.do(http.MethodPost, s.path("/imports?package=true&name=p.ndjson"), strings.Join(list, "\n"))
	if p := carried.problem(t); !strings.HasSuffix(p.Detail, hiddenWhy) {
		t.Errorf("%+v", p)
	}
	seen := s.stored(s.do(http.MethodPost, s.path("/imports?package=true&name=p.ndjson"), strings.Join(list, "\n"), as(s.login("auditor"))...))
	if seen.Bad != 1 || len(seen.Outcomes) != 1 || seen.Outcomes[0].Fate != projections.RowBad {
		t.Errorf("to the auditor: %+v", seen)
	}
}

// TestResumeSigned: an import that was cut off goes on without another signature, for its author only.
func TestResumeSigned(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	list := s.pack("b-head", "p", "b", 1300)
	c, err := s.handler.Host.Campaign(t.Context(), s.id)
	if err != nil {
		t.Fatal(err)
	}
	var first []events.Proposal
	for _, line := range list[:501] { // the announcement and the first batch
		p, err := events.Decode(events.Record(line))
		if err != nil {
			t.Fatal(err)
		}
		first = append(first, events.Proposal{Draft: p, Record: events.Record(line)})
	}
	if _, err := c.Ledger.Append(t.Context(), first...); err != nil {
		t.Fatal(err)
	}
	if got := s.do(http.MethodGet, s.path("/standings"), "").Body; !strings.Contains(got, "import unfinished") {
		t.Errorf("%s", got)
	}
	got := s.importSigned("b-head", "p.csv", scoreFile("b", "p", 1300))
	if got.Resumed != opened+1 || got.New != 800 || got.Already != 500 {
		t.Errorf("%+v", got)
	}
	if got.Seq != opened+1301 {
		t.Errorf("%d events", got.Seq)
	}
}
