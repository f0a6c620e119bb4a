package server_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"campaignledger/cmd/internal/apidoc"
	"campaignledger/cmd/internal/demo"
	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

// counted gives the demonstration's keys the same bytes each time.
type counted struct{ n int }

func (c *counted) Read(p []byte) (int, error) {
	c.n++
	sum := sha256.Sum256(fmt.Appendf(nil, "seed %d", c.n))
	return copy(p, sum[:]), nil
}

const demoYear = "cum2-2017"

// tellYear stores the demonstration year, without its files.
func tellYear(t *testing.T, h *host.Host) {
	t.Helper()
	keys, err := demo.MakeKeys(t.TempDir(), &counted{})
	if err != nil {
		t.Fatal(err)
	}
	bodies, err := demo.Year(keys)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := h.OpenSigned(t.Context(), bodies[0].Proposals[0].Record)
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range bodies[1:] {
		evidence, err := c.Evidence(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range body.Files {
			if _, err := evidence.Put(t.Context(), f.By, f.Name, bytes.NewReader(f.Content)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Append(t.Context(), body.Proposals...); err != nil {
			t.Fatal(err)
		}
	}
}

// fits checks that an answer to an operation is one that is described: its status, its media type, each JSON value in it, and of a problem
// the code.
func (d *described) fits(o *apidoc.Operation, call string, got answer) {
	d.t.Helper()
	method, path, _ := strings.Cut(o.Pattern, " ")
	at := []string{"paths", path, strings.ToLower(method), "responses", strconv.Itoa(got.Code)}
	if d.at(at...) == nil {
		d.t.Errorf("%s answers %d, which is not described: %s", call, got.Code, got.Body)
		return
	}
	kind, _, _ := strings.Cut(got.Header.Get("Content-Type"), ";")
	if got.Code == http.StatusNoContent || got.Code == http.StatusNotModified {
		return
	}
	at = append(at, "content")
	if d.at(append(at, kind)...) == nil {
		if d.at(append(at, "application/octet-stream")...) != nil && got.Code == http.StatusOK {
			return
		}
		d.t.Errorf("%s answers %d with %s, which is not described: %.300s", call, got.Code, kind, got.Body)
		return
	}
	schema, err := d.schema(append(at, kind, "schema")...)
	if err != nil {
		d.t.Errorf("%s: %v", call, err)
		return
	}
	var values []string
	switch kind {
	case "text/plain", "text/csv":
		return
	case "application/x-ndjson":
		values = strings.Split(strings.TrimSuffix(got.Body, "\n"), "\n")
	case eventStream:
		values = strings.Split(strings.TrimSuffix(got.Body, "\n"), "\n") // the data fields of it
	default:
		values = []string{got.Body}
	}
	for _, text := range values {
		if text == "" && kind == "application/x-ndjson" { // nothing to tell, or a heartbeat
			continue
		}
		if d.seen[strings.Join(at, " ")+text] {
			continue
		}
		d.seen[strings.Join(at, " ")+text] = true
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err == nil {
			err = schema.Validate(value)
		}
		if err != nil {
			d.t.Errorf("%s answers %d: %v in %.1000s", call, got.Code, err, text)
			return
		}
	}
}

// calls are the queries that an operation is tried with: what must be there, alone and with each of the others.
func calls(o *apidoc.Operation) []string {
	required := url.Values{}
	for _, p := range o.Query {
		if p.Required {
			required.Set(p.Name, fmt.Sprint(p.Example))
		}
	}
	list := []string{required.Encode(), ""}
	for _, p := range append(o.Query, apidoc.Param{Name: "lang", Example: "en"}) {
		if p.Name == "follow" { // which does not end
			continue
		}
		q, _ := url.ParseQuery(required.Encode())
		q.Set(p.Name, fmt.Sprint(p.Example))
		list = append(list, q.Encode())
		q.Set(p.Name, "\x01wrong")
		list = append(list, q.Encode())
	}
	return list
}

// TestAnswersAreAsDescribed really calls each GET: on the demonstration year, on an unsigned campaign, on one that has just begun and on none,
// as the public and as a member on the server's machine, rightly and wrongly.
func TestAnswersAreAsDescribed(t *testing.T) {
	t.Parallel()
	d, spec := strictly(t)
	h := openHost(t, host.Config{})
	s := newSignedSite(t, h, "year")
	tellYear(t, h)
	s.open()
	s.site.append(draft("a", "x", 5))
	token := s.login("b-head")
	readers := [][]string{nil, append(as(serverToken), server.MemberHeader, token)}
	for i := range spec.Operations {
		o := &spec.Operations[i]
		if !strings.HasPrefix(o.Pattern, "GET ") {
			continue
		}
		campaigns := []string{demoYear}
		if strings.Contains(o.Pattern, "{id}") {
			campaigns = append(campaigns, "small", "year", "none", "No-Id")
		}
		fine := 0
		for _, id := range campaigns {
			method, path := callOf(o, id)
			for _, query := range calls(o) {
				for _, header := range readers {
					got := s.do(method, path+"?"+query, "", header...)
					d.fits(o, method+" "+path+"?"+query, got)
					if got.Code == http.StatusOK {
						fine++
					}
				}
			}
		}
		if files := strings.Contains(o.Pattern, "{sha256}") || strings.Contains(o.Pattern, "{hash}"); fine == 0 && !files {
			t.Errorf("%s was never answered", o.Pattern)
		}
	}
	d.feeds(s, spec)
	d.fileAnswers(s, spec, as(token))
}

// feeds checks the first messages of streams.
func (d *described) feeds(s *signedSite, spec *apidoc.Spec) {
	d.t.Helper()
	for i := range spec.Operations {
		o := &spec.Operations[i]
		if d.at("paths", strings.TrimPrefix(o.Pattern, "GET "), "get", "responses", "200", "content", eventStream) == nil {
			continue
		}
		_, path := callOf(o, demoYear)
		f := s.follow(path, eventStream)
		m, ok := f.next()
		f.close()
		if !ok || m.id == "" {
			d.t.Errorf("%s as a stream: %+v", path, m)
		}
		d.fits(o, path+" as a stream", answer{http.StatusOK, http.Header{"Content-Type": {eventStream}}, m.data})
	}
}

// operation finds one by its name.
func operation(t *testing.T, spec *apidoc.Spec, id string) *apidoc.Operation {
	t.Helper()
	for i := range spec.Operations {
		if spec.Operations[i].ID == id {
			return &spec.Operations[i]
		}
	}
	t.Fatalf("there is no operation %s", id)
	return nil
}

// fileAnswers stores, reads and erases a file and a text.
func (d *described) fileAnswers(s *signedSite, spec *apidoc.Spec, header []string) {
	d.t.Helper()
	call := func(id, path, body string) answer {
		o := operation(d.t, spec, id)
		method, _, _ := strings.Cut(o.Pattern, " ")
		got := s.do(method, s.path(path), body, header...)
		d.fits(o, id, got)
		return got
	}
	var file struct{ SHA256, Hash string }
	if err := json.Unmarshal([]byte(call("putEvidence", "/evidence?name=a.txt", "evidence").Body), &file); err != nil {
		d.t.Fatal(err)
	}
	if got := call("getEvidence", "/evidence/"+file.SHA256, ""); got.Code != http.StatusOK {
		d.t.Errorf("evidence: %d", got.Code)
	}
	if err := json.Unmarshal([]byte(call("putDetached", "/detached", "text").Body), &file); err != nil {
		d.t.Fatal(err)
	}
	for id, want := range map[string]int{"getDetached": 200, "eraseDetached": 204} {
		if id == "getDetached" {
			if got := call(id, "/detached/"+file.Hash, ""); got.Code != want {
				d.t.Errorf("%s: %d %s", id, got.Code, got.Body)
			}
		}
	}
	if got := call("eraseDetached", "/detached/"+file.Hash, ""); got.Code != http.StatusNoContent {
		d.t.Errorf("erase: %d %s", got.Code, got.Body)
	}
	if got := call("getDetached", "/detached/"+file.Hash, ""); got.Code != http.StatusGone {
		d.t.Errorf("erased: %d %s", got.Code, got.Body)
	}
}

// TestWritesAreAsDescribed really calls each operation that writes, rightly and with many bad bodies.
func TestWritesAreAsDescribed(t *testing.T) {
	t.Parallel()
	d, spec := strictly(t)
	h := openHost(t, rarely)
	s := newSignedSite(t, h, "year")
	s.open()
	token := as(s.login("b-head"))
	opening := parseLines(t, s.do(http.MethodGet, s.path("/events"), "").Body)[0]
	ch := s.challenge("b-head")
	good := map[string][]struct{ path, body string }{
		"open":             {{base + "?name=r.yaml", regulation}, {base, string(opening.Record)}, {base, strings.ReplaceAll(regulation, "id: small", "id: other")}},
		"append":           {{eventsPath, draft("a", "x", 5)}, {eventsPath + "?receipt=true", draft("a", "y", 5) + "\n" + draft("a", "z", 5)}, {s.path("/events"), s.record("b-head", "b", points("G", "b", 3))}},
		"completeDrafts":   {{base + "/small/drafts", draft("b", "x", 5)}},
		"previewAmendment": {{s.path("/amendment"), string(regulationOf(t, "year", "max: 20", "max: 30").Canonical())}},
		"import": {{base + "/small/imports?name=f.csv", "cluster,unit,criterion,level,scorer,points\nc,d,I,score,q,7\nc,d,I,score,w,8\n"},
			{base + "/small/imports?name=g.csv&dry_run=true", "cluster,unit,criterion,level,scorer,points\nc,d,I,score,q,9\nc,zz,I,score,w,8\n"},
			{s.path("/imports?name=f.csv&author=b-head"), scoreFile("b", "E", 3)}},
		"login": {{s.path("/login"), fmt.Sprintf(`{"nonce":%q,"signature":"00"}`, ch.Nonce)}},
	}
	bad := []string{"", "{}", "x", "[1]", `{"type":"score.entered"}`, "\xff", draft("zz", "x", 5), draft("a", "x", 5) + "\n" + draft("a", "x", 6)}
	const large = 5 << 20 // more than most routes take
	for i := range spec.Operations {
		o := &spec.Operations[i]
		method, _ := callOf(o, "small")
		if method == http.MethodGet {
			continue
		}
		for _, c := range good[o.ID] {
			got := s.do(method, c.path, c.body, token...)
			d.fits(o, method+" "+c.path, got)
			if got.Code >= 300 && o.ID != "login" {
				t.Errorf("%s %s: %d %s", method, c.path, got.Code, got.Body)
			}
		}
		for _, id := range []string{"small", "year", "none"} {
			_, path := callOf(o, id)
			d.fits(o, method+" "+path+" with a large body", s.do(method, path+"?name=f.csv", strings.Repeat("x", large), token...))
			for _, body := range bad {
				for _, header := range [][]string{nil, token} {
					d.fits(o, fmt.Sprintf("%s %s %.30q", method, path, body), s.do(method, path, body, header...))
					d.fits(o, fmt.Sprintf("%s %s named %.30q", method, path, body), s.do(method, path+"?name=f.csv", body, header...))
				}
			}
			d.fits(o, method+" "+path+" of the machine", s.do(method, path+"?name=f.csv&package=true", "x", as(serverToken)...))
		}
	}
}

// TestDraftsAreIdempotentByID: an unsigned draft with an id of its own may be sent again and again, one without is another event each time.
func TestDraftsAreIdempotentByID(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := events.NewID().String()
	mine := draft("a", "x", 5, fmt.Sprintf(`,"id":%q,"time":%q`, id, time.Now().UTC().Format(time.RFC3339)))
	first := s.do(http.MethodPost, eventsPath, mine)
	s.append(draft("a", "y", 5))
	if again := s.do(http.MethodPost, eventsPath, mine); first.Code != http.StatusOK || again.Code != http.StatusOK || again.Body != first.Body {
		t.Errorf("the same draft again: %d %s, first %d %s", again.Code, again.Body, first.Code, first.Body)
	}
	other := s.do(http.MethodPost, eventsPath, strings.Replace(mine, `"points":"5"`, `"points":"6"`, 1))
	if p := other.expect(t, http.StatusConflict, "duplicate-id"); p.Seq != 2 || p.Field != "id" {
		t.Errorf("other bytes: %+v", p)
	}
	// Without a time of its own a draft gets the server's, and is other bytes each time but for that: the first receipt is the answer all the same.
	timeless := draft("b", "x", 5, fmt.Sprintf(`,"id":%q`, events.NewID()))
	first = s.do(http.MethodPost, eventsPath, timeless)
	if again := s.do(http.MethodPost, eventsPath, timeless); again.Code != http.StatusOK || again.Body != first.Body {
		t.Errorf("a draft without a time again: %d %s, first %s", again.Code, again.Body, first.Body)
	}
	s.append(single("d", "x", 5))
	if got := s.do(http.MethodPost, eventsPath, single("d", "x", 5)); got.Code == http.StatusOK && got.Body == first.Body {
		t.Errorf("a draft without an id is recognised: %s", got.Body)
	}
}
