package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

// reader is somebody who asks.
type reader struct {
	name     string
	header   []string
	author   string // who signs what it appends; "": nobody
	entitled bool
}

// readers are one of every kind: roles, and those who are none. b-gone was removed and has a token that would still hold.
func (s *signedSite) readers(other *signedSite) []reader {
	s.t.Helper()
	gone := s.login("b-gone")
	s.say("b-head", "b", &events.MemberRemoved{Member: "b-gone", Reason: "left"})
	list := []reader{
		{name: "public"},
		{name: "this machine", header: as(serverToken)},
		{name: "removed member", header: as(gone), author: "b-gone"},
		{name: "member of another campaign", header: as(other.login("auditor"))},
		{name: "this machine with another campaign's member", header: append(as(serverToken), server.MemberHeader, other.login("auditor"))},
	}
	for _, member := range []string{"a-head", "a-officer", "b-head", "b-officer", "b-teller", "c-head"} {
		list = append(list, reader{name: member, header: as(s.login(member)), author: member})
	}
	list = append(list, reader{name: "b-head's browser", header: []string{"Cookie", s.browse("b-head")}},
		reader{name: "browser of another campaign's auditor", header: []string{"Cookie", other.browse("auditor")}},
		reader{name: "auditor's browser", header: []string{"Cookie", s.browse("auditor")}, entitled: true})
	list = append(list, reader{name: "this machine with a-head", header: append(as(serverToken), server.MemberHeader, s.login("a-head")), author: "a-head"})
	for _, member := range []string{"a-reviewer", "b-council", "auditor", "authority"} {
		list = append(list, reader{name: member, header: as(s.login(member)), author: member, entitled: true})
	}
	return append(list, reader{name: "this machine with auditor", header: append(as(serverToken), server.MemberHeader, s.login("auditor")), author: "auditor", entitled: true})
}

// output is one thing that the server answers. Its answer may differ after the freeze in what mask takes out, and in nothing else.
type output struct {
	route string // the pattern it is registered under
	name  string
	mask  *regexp.Regexp // nil: nothing may differ
	ask   func(reader) string
}

// What may differ: the log's size, the recorded time of its end, and hashes.
var (
	maskSize   = regexp.MustCompile(`"seq":\d+`)
	maskEnd    = regexp.MustCompile(`"(seq|asOf)":("[^"]*"|\d+)|"proof":\{[^}]*\}|"[0-9a-f]{32}"`)          // and the ETag, which is a hash of what is shown
	maskCounts = regexp.MustCompile(`\{"done":\d+,"events":\d+\}\n|"(count|done|events|seq|compared)":\d+`) // how often it tells how far it is goes by the clock
	maskHead   = regexp.MustCompile(`"(size|root|time)":("[^"]*"|\d+)|"[0-9a-f]{32}"`)
	maskLeaves = regexp.MustCompile(`\{"seq":\d+,"recorded":"[^"]{24}","leaf":"[0-9a-f]{64}"\}\n`)
	maskSigned = regexp.MustCompile(`"refusal":"campaign-ledger/refusal/[^"]*`) // of the head that everybody may see
	maskNote   = regexp.MustCompile(`(?s)(\n[A-Za-z0-9+/=]+){1,10}\n\n?(campaign-ledger/.*)?\n\d+\n.*|campaign-ledger/.*`)
	maskBoard  = regexp.MustCompile(`"[0-9a-f]{32}"|"proof":\{[^}]*\},"witnessed":"[^"]*"`) // its tag covers the witnesses, who sign what is hidden too
	maskPage   = regexp.MustCompile(`<span class="badge">reading as [^<]*</span>|<form class="leave".*?</form>`)
	// maskStatus takes out what runs on, and sizes and times of the log; maskNumbers how often something was counted, and what counts the reader's own requests.
	maskStatus  = regexp.MustCompile(`"(now|newest|signed|cosigned)":"[^"]*"|"(memory|diskFree|events|checkpoint|feeds)":\d+|"proof":\{[^}]*\}|"[0-9a-f]{32}"`)
	maskNumbers = regexp.MustCompile(`(?m) [-+.e0-9]+$|^(go_|process_|(# .* )?campaign_ledger_(http|feeds_dropped)_|campaign_ledger_refusals_total\{code="withheld").*$|^# (HELP|TYPE) .*$|\n`)
	maskRequest = regexp.MustCompile(`,"request":"[A-Za-z0-9]+"`) // no two requests have one id
	maskRandom  = regexp.MustCompile(`"(nonce|expires|hash|path)":"[^"]*"`)
)

// text is an answer with all that it tells.
func (a answer) text() string {
	return fmt.Sprintf("%d %s %s %q %s\n%s", a.Code, a.Header.Get("ETag"), a.Header.Get("Content-Type"), a.Header.Get("Content-Disposition"), a.Header.Get("Location"), maskRequest.ReplaceAllString(a.Body, ""))
}

// get asks for a path; the pattern's {id} is the campaign.
func (s *signedSite) get(route, query string, mask *regexp.Regexp) output {
	_, pattern, _ := strings.Cut(route, " ")
	path := strings.Replace(strings.TrimSuffix(pattern, "{$}"), "{id}", s.id, 1) + query
	return output{route, query, mask, func(r reader) string { return s.do(http.MethodGet, path, "", r.header...).text() }}
}

// post sends each reader's own body, which stays the same from call to call.
func (s *signedSite) post(route, query, name string, mask *regexp.Regexp, body func(reader) string) output {
	method, pattern, _ := strings.Cut(route, " ")
	path := strings.Replace(pattern, "{id}", s.id, 1) + query
	bodies := map[string]string{}
	return output{route, name, mask, func(r reader) string {
		if _, ok := bodies[r.name]; !ok {
			bodies[r.name] = body(r)
		}
		return s.do(method, path, bodies[r.name], r.header...).text()
	}}
}

const campaignRoute = "/api/v1/campaigns/{id}"

// reads are the outputs of all GET routes but those of feeds, files and texts.
func (s *signedSite) reads() []output {
	list := []output{
		s.get("GET /healthz", "", nil), s.get("GET /readyz", "", nil), s.get("GET /metrics", "", maskNumbers), s.get("GET /api/v1/status", "", maskStatus), s.get("GET /api/v1/server", "", nil),
		s.get("GET /api/v1/campaigns", "", maskEnd), s.get("GET /{$}", "", nil), s.get("GET "+campaignRoute, "", maskEnd),
		s.get("GET "+campaignRoute+"/board", "?lang=en", maskBoard), s.get("GET /campaigns/{id}", "?lang=en", maskPage), s.get("GET /campaigns/{id}/compare", "?lang=en", maskPage),
		s.get("GET /campaigns/{id}/projector", "?lang=en&cluster=one", maskPage), s.get("GET /campaigns/{id}/reveal", "?lang=en&step=2", maskPage),
		{"GET /campaigns/{id}/units/{unit}", "", maskPage, func(r reader) string {
			return s.do(http.MethodGet, "/campaigns/"+s.id+"/units/b?lang=en", "", r.header...).text()
		}},
		s.get("GET /campaigns/{id}/enter", "?code=x", nil),
		{"GET /assets/{file}", "", nil, func(r reader) string { return s.do(http.MethodGet, "/assets/icon.svg", "", r.header...).text() }},
		s.get("GET "+campaignRoute+"/regulation", "", nil), s.get("GET "+campaignRoute+"/members", "", nil),
		s.get("GET "+campaignRoute+"/check", "", nil), s.get("GET "+campaignRoute+"/head", "", maskHead),
		s.get("GET "+campaignRoute+"/checkpoint", "", maskNote), s.get("GET "+campaignRoute+"/checkpoints", "?since=0", maskNote),
		s.get("GET "+campaignRoute+"/bundle", "", nil), s.get("GET "+campaignRoute+"/doctor", "", maskCounts),
		s.get("GET /api/v1/doctor", "", maskCounts),
		s.get("GET "+campaignRoute+"/backup", "", regexp.MustCompile(`(?s)\ncampaign-backup/v1\n.*`)), // this machine's alone, see TestPermissions, and it has all
		s.get("GET "+campaignRoute+"/policy", "", nil), s.get("GET "+campaignRoute+"/growth", "?from=1&to=3", nil),
		{"GET " + campaignRoute + "/events/{seq}/receipt", "", maskNote, func(r reader) string {
			return s.do(http.MethodGet, s.path("/events/3/receipt"), "", r.header...).text()
		}},
		s.get("GET /api/v1/openapi.json", "", nil), s.get("GET /api/v1/asyncapi.json", "", nil),
		s.get("GET /api/v1/campaigns", "?limit=1", maskEnd), s.get("GET "+campaignRoute+"/members", "?limit=2&after=a-officer", nil),
		s.get("GET "+campaignRoute+"/awards", "", nil), s.get("GET "+campaignRoute+"/trail", "?award=flag", nil),
		s.get("GET "+campaignRoute+"/trail", "?award=cup", nil),
	}
	list = append(append(list, s.auditPages()...), s.remembered()...)
	today := time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	for _, q := range []string{"", "?detail=none", "?cluster=one&lang=en", "?cluster=two", "?as_of=3", "?as_of=25", "?as_of=999", "?as_of=" + today,
		"?as_of=2099-01-01T00:00:00Z"} {
		list = append(list, s.get("GET "+campaignRoute+"/standings", q, nil))
	}
	for _, q := range []string{"", "?unit=b", "?author=c-head", "?author=b-new", "?criterion=G&limit=3", "?after=20", "?after=999", "?limit=3&after=10", "?limit=5&after=14"} {
		list = append(list, s.get("GET "+campaignRoute+"/audit", q, nil))
	}
	for _, q := range []string{"", "?cluster=one&after=20&limit=5", "?after=999", "?cluster=zz"} {
		list = append(list, s.get("GET "+campaignRoute+"/timeline", q, nil))
	}
	for _, q := range []string{"?lang=en", "?lang=en&as_of=20&cluster=one", "?lang=en&as_of=999", "?lang=en&as_of=" + today} {
		list = append(list, s.get("GET /campaigns/{id}/replay", q, maskPage))
	}
	for _, q := range []string{"?unit=b", "?unit=b&other=c", "?unit=zz"} {
		list = append(list, s.get("GET "+campaignRoute+"/why", q, nil))
	}
	for _, q := range []string{"?lang=en", "?lang=en&cluster=one&pairs=1-2", "?lang=en&cluster=two", "?lang=en&as_of=25"} {
		list = append(list, s.get("GET "+campaignRoute+"/stability", q, nil), s.get("GET /campaigns/{id}/stability", q, maskPage))
	}
	for _, q := range []string{"?lang=en", "?lang=en&unit=b", "?lang=en&unit=zz", "?lang=en&as_of=25"} {
		list = append(list, s.get("GET "+campaignRoute+"/scorers", q, nil), s.get("GET /campaigns/{id}/scorers", q, maskPage))
	}
	list = append(list, s.get("GET "+campaignRoute+"/board", "", maskBoard))
	page := func(q string) string { return "?lang=en&" + strings.TrimPrefix(q, "?") }
	for _, q := range []string{"", "?weight=G:2", "?without=c&aggregate=sum", "?without=b-new", "?without=c-head&as_of=25", "?as_of=999", "?cluster=two"} {
		list = append(list, s.get("GET "+campaignRoute+"/whatif", q, nil), s.get("GET /campaigns/{id}/whatif", page(q), maskPage))
	}
	for _, q := range []string{"", "?since=5", "?end=true", "?type=score.entered&end=true", "?type=standings.frozen,campaign.opened", "?type=award.decided"} {
		list = append(list, s.get("GET "+campaignRoute+"/events", q, maskLeaves))
	}
	for _, q := range []string{"?member=auditor", "?member=b-new", "?member=B"} {
		list = append(list, s.get("GET "+campaignRoute+"/challenge", q, maskRandom))
	}
	return list
}

// streams are the first messages of streams: as many as there are up to the freeze.
func (s *signedSite) streams(frozen int) []output {
	first := func(path string, n int, header ...string) func(reader) string {
		return func(r reader) string {
			f := s.follow(path, eventStream, append(header, r.header...)...)
			defer f.close()
			var text strings.Builder
			for range n {
				m, ok := f.next()
				fmt.Fprintf(&text, "%v %v\n", m, ok)
			}
			return text.String()
		}
	}
	return []output{
		{"GET " + campaignRoute + "/standings", "stream", nil, first(s.path("/standings"), 1)},
		{"GET " + campaignRoute + "/board", "stream", maskBoard, first(s.path("/board"), 1)},
		{"GET " + campaignRoute + "/events", "stream of a type", nil, first(s.path("/events?type=standings.frozen"), 1)},
		{"GET " + campaignRoute + "/events", "stream", nil, first(s.path("/events"), frozen)},
		{"GET " + campaignRoute + "/events", "resumed stream", nil, first(s.path("/events"), frozen-4, "Last-Event-ID", "4")},
	}
}

// writes are the outputs of the other routes: previews and refusals. Nothing here is stored in the log.
func (s *signedSite) writes(opening string, of later) []output {
	draft := func(r reader) events.Draft {
		d := s.draft(r.author, "b", points("G", "b", 3))
		if r.author == "" {
			d.Author = "b-head"
		}
		return d
	}
	return append(s.refusals(of),
		s.post("POST /api/v1/campaigns", "?name=x.yaml", "", maskSize, func(reader) string { return opening }),
		s.post("POST "+campaignRoute+"/drafts", "", "", nil, func(r reader) string {
			line, err := events.EncodeDraft(draft(r))
			if err != nil {
				s.t.Fatal(err)
			}
			return string(line)
		}),
		s.post("POST "+campaignRoute+"/amendment", "?name=x.yaml", "", nil, func(reader) string {
			return string(regulationOf(s.t, s.id, "max: 20", "max: 30").Canonical())
		}),
		output{"POST " + campaignRoute + "/imports", "dry run", maskSize, func(r reader) string {
			file := "cluster,unit,criterion,level,scorer,points,reason\none,b,G,self,b,9,x\none,c,G,cluster,a,9,x\none,b,G,self,b,1,y\n"
			return s.do(http.MethodPost, s.path("/imports?dry_run=true&name=f.csv&author="+r.author), file, r.header...).text()
		}},
		s.post("POST "+campaignRoute+"/imports/"+uuid.Nil.String(), "", "", nil, func(reader) string { return "" }),
		s.post("POST "+campaignRoute+"/rebuild", "", "", maskCounts, func(reader) string { return "" }),
		s.post("POST "+campaignRoute+"/cosignatures", "", "", nil, func(reader) string { return "no note" }),
		s.post("POST "+campaignRoute+"/policy", "", "", nil, func(reader) string { return "no policy" }),
		s.post("POST "+campaignRoute+"/take-over", "", "", nil, func(reader) string { return "why" }),
		s.post("POST "+campaignRoute+"/login", "", "", nil, func(reader) string { return `{"nonce":"x","signature":""}` }),
		s.post("POST "+campaignRoute+"/session", "", "", maskRandom, func(reader) string { return "" }),
		s.post("POST /campaigns/{id}/enter", "", "", nil, func(reader) string { return "code=x" }),
		output{"POST /campaigns/{id}/leave", "", nil, func(reader) string { // without a cookie, which it would end
			return s.do(http.MethodPost, "/campaigns/"+s.id+"/leave", "").text()
		}},
		s.post("POST "+campaignRoute+"/evidence", "?name=own.txt", "", nil, func(r reader) string { return "evidence of " + r.name }),
		s.post("POST "+campaignRoute+"/detached", "", "", maskRandom, func(r reader) string { return "text of " + r.name }),
	)
}

// later are ids of events that come after the freeze.
type later struct{ returned, endorsed uuid.UUID }

// refusals are bodies that are refused whatever happens; each but the last begins with a question to what is hidden.
func (s *signedSite) refusals(of later) []output {
	refused := &events.ScoreEntered{Cluster: "one", Criterion: "none", Level: "self", Scorer: "b", Mark: events.Mark{Kind: events.MarkAbstained}}
	withID := func(id uuid.UUID) func(*events.Draft) { return func(d *events.Draft) { d.ID = id } }
	transcribed := points("G", "c", 4)
	transcribed.Level, transcribed.Scorer, transcribed.Basis = "self", "c", "transcribed"
	questions := map[string]func(author string) string{
		"own mark again": func(a string) string { return s.record(a, "b", points("G", "b", 3)) },
		"transcribed":    func(a string) string { return s.record(a, "c", transcribed) },
		"stage": func(a string) string {
			return s.record(a, "", &events.StageAdvanced{Stage: events.StageReview})
		},
		"return": func(a string) string {
			return s.record(a, "b", &events.ScoreReturned{Of: of.returned, Reason: "why"})
		},
		"endorse": func(a string) string {
			return s.record(a, "", &events.RecordEndorsed{Of: of.endorsed, Hash: strings.Repeat("0", 64), As: "received"})
		},
		"taken id": func(a string) string { return s.record(a, "b", bonus("b", "id", 1), withID(of.endorsed)) },
		"drive": func(a string) string {
			return s.record(a, "", &events.DriveLaunched{Drive: "d2", Title: "Second", Starts: "2017-03-01", Ends: "2017-03-31"})
		},
		"appoint": func(a string) string {
			key := privateKey("b-new", 1)
			return s.record(a, "b", &events.MemberAppointed{Member: "b-new", Role: events.RoleOfficer, Key: events.PublicKeyOf(key),
				Proof: events.ProvePossession(key, s.genesis, "b-new")})
		},
		"removed": func(string) string { return s.record("c-officer", "c", bonus("c", "x", 1)) },
		"freeze":  func(a string) string { return s.record(a, "", &events.StandingsFrozen{}) },
		"row": func(a string) string {
			return s.unsigned(a, "b", bonus("b", "row", 1), func(d *events.Draft) { d.Causation = of.returned })
		},
		"unsigned": func(a string) string { return s.unsigned(a, "b", points("G", "b", 3)) },
		"another's name": func(string) string {
			return s.sign(privateKey("x", 1), s.genesis, s.draft("c-officer", "c", bonus("c", "x", 1)))
		},
	}
	var list []output
	for name, ask := range questions {
		list = append(list, s.post("POST "+campaignRoute+"/events", "", "refusal: "+name, maskSigned, func(r reader) string {
			author := r.author
			if author == "" {
				author = "b-head"
			}
			last := s.record(author, "b", refused)
			if r.author == "" { // who has no key
				last = s.unsigned(author, "b", refused)
			}
			return ask(author) + "\n" + last
		}))
	}
	return list
}

// unsigned is an event without a signature.
func (s *signedSite) unsigned(author, subject string, p events.Payload, change ...func(*events.Draft)) string {
	s.t.Helper()
	d := s.draft(author, subject, p)
	for _, f := range change {
		f(&d)
	}
	record, err := events.Encode(d)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(record)
}

// routes are the patterns that routes.go has.
func routes(t *testing.T) (list []string) {
	t.Helper()
	source, err := os.ReadFile("routes.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\{"([A-Z]+ [^"]+)", `).FindAllStringSubmatch(string(source), -1) {
		list = append(list, m[1])
	}
	const known = 25 // fewer: the pattern above finds them no more
	if len(list) < known {
		t.Fatalf("routes.go has %d routes", len(list))
	}
	return list
}

// asked is what each reader is answered by each output, with what may differ taken out.
func asked(list []output, readers []reader) map[string]string {
	got := map[string]string{}
	for _, r := range readers {
		for _, o := range list {
			text := o.ask(r)
			if o.mask != nil {
				text = o.mask.ReplaceAllString(text, "")
			}
			got[r.name+": "+o.route+" "+o.name] = text
		}
	}
	return got
}

// TestFreeze: what happens during a freeze changes for whoever is not entitled nothing but size, hashes and time, in no output.
func TestFreeze(t *testing.T) {
	t.Parallel()
	h := openHost(t, host.Config{})
	s := newSignedSite(t, h, "trial", manyAttempts, counting)
	other := s.sibling("another")
	opening := parseLines(t, s.do(http.MethodGet, s.path("/events"), "").Body)[0]
	s.before()
	readers := s.readers(other)
	files := s.putBefore()
	frozen := s.say("a-head", "", &events.StandingsFrozen{})
	of := later{events.NewID(), events.NewID()}
	outputs := append(append(s.reads(), s.streams(int(frozen.Seq))...), s.writes(string(opening.Record), of)...)
	outputs = append(outputs, s.files(files)...)
	covered := map[string]bool{}
	for _, o := range outputs {
		covered[regexp.MustCompile(`imports/[0-9a-f-]{36}`).ReplaceAllString(o.route, "imports/{import}")] = true
	}
	for _, route := range routes(t) {
		if !covered[route] {
			t.Errorf("%s is not held against the freeze; give it a line here", route)
		}
	}
	before := asked(outputs, readers)
	s.after(of, files)
	after := asked(outputs, readers)
	for _, r := range readers {
		differ := 0
		for _, o := range outputs {
			name := r.name + ": " + o.route + " " + o.name
			if before[name] == after[name] {
				continue
			}
			if differ++; !r.entitled {
				t.Errorf("%s: before\n%s\nafter\n%s", name, before[name], after[name])
			}
		}
		if r.entitled && differ < 10 {
			t.Errorf("%s is entitled and sees %d outputs change", r.name, differ)
		}
	}
	s.expectLeaves(frozen.Seq, readers)
	s.expectVeiled(frozen.Seq, readers)
	s.expectReveal(outputs, readers)
}

// expectLeaves checks the hashes that stand for hidden records, and that the entitled see the records.
func (s *signedSite) expectLeaves(frozen uint64, readers []reader) {
	s.t.Helper()
	all := parseLines(s.t, s.do(http.MethodGet, s.path("/events"), "", readers[len(readers)-1].header...).Body)
	for _, r := range readers {
		var list []struct {
			Seq      uint64
			Recorded string
			Record   json.RawMessage
			Leaf     string
		}
		for line := range strings.Lines(s.do(http.MethodGet, s.path("/events"), "", r.header...).Body) {
			list = append(list, list[:0:0]...)
			list = append(list, struct {
				Seq      uint64
				Recorded string
				Record   json.RawMessage
				Leaf     string
			}{})
			if err := json.Unmarshal([]byte(line), &list[len(list)-1]); err != nil {
				s.t.Fatal(err)
			}
		}
		if len(list) != len(all) {
			s.t.Fatalf("%s sees %d events, not %d", r.name, len(list), len(all))
		}
		for i, e := range list {
			leaf := fmt.Sprintf("%x", events.LeafHash(events.Record(all[i].Record), all[i].Recorded))
			hidden := !r.entitled && e.Seq > frozen
			if e.Seq != all[i].Seq || hidden && (e.Leaf != leaf || e.Record != nil) || !hidden && (e.Leaf != "" || string(e.Record) != string(all[i].Record)) {
				s.t.Errorf("%s: event %d: %+v", r.name, i+1, e)
			}
		}
	}
}

// expectReveal reveals, and checks that everybody sees what the auditor sees.
func (s *signedSite) expectReveal(outputs []output, readers []reader) {
	s.t.Helper()
	s.say("a-head", "", &events.StandingsRevealed{})
	var reads []output
	for _, o := range outputs {
		machine := strings.HasSuffix(o.route, "/doctor") || strings.HasSuffix(o.route, "/backup") || strings.HasSuffix(o.route, "/take-over") // which says nothing of what anybody may read
		if strings.HasPrefix(o.route, "GET ") && !machine && !strings.Contains(o.route, "/evidence/") && !strings.Contains(o.route, "/detached/") {
			reads = append(reads, o)
		}
	}
	got := asked(reads, readers)
	for _, r := range readers {
		for _, o := range reads {
			name := ": " + o.route + " " + o.name
			if want := got["auditor"+name]; got[r.name+name] != want {
				s.t.Errorf("after the reveal %s%s:\n%s\nnot\n%s", r.name, name, got[r.name+name], want)
			}
		}
	}
	if strings.Contains(s.do(http.MethodGet, s.path("/events"), "").Body, `"leaf"`) {
		s.t.Error("after the reveal there are leaves")
	}
}
