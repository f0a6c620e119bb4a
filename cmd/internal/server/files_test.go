package server_test

import (
	"net/http"
	"strings"
	"testing"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
)

// TestEvidence: a member stores a file and every member reads it back as it was, for saving only.
func TestEvidence(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	officer, head := as(s.login("b-officer")), as(s.login("c-head"))
	put := func(name, content string) answer {
		return s.do(http.MethodPost, s.path("/evidence?name="+name), content, officer...)
	}
	const content = "<script>alert(1)</script> is what it says\n"
	if got := put("b%C3%A1o%20c%C3%A1o.txt", "the first quarter\n"); got.Code != http.StatusCreated || !strings.Contains(got.Body, `"type":"text/plain"`) ||
		!strings.Contains(got.Body, `"by":"b-officer"`) || !strings.Contains(got.Body, sha("the first quarter\n")) {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	path := s.path("/evidence/" + sha("the first quarter\n"))
	got := s.do(http.MethodGet, path, "", head...)
	if got.Code != http.StatusOK || got.Body != "the first quarter\n" || got.Header.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/plain") ||
		!strings.Contains(got.Header.Get("Content-Security-Policy"), "default-src 'none'") || !strings.HasPrefix(got.Header.Get("Cache-Control"), "private") {
		t.Errorf("%d %v %q", got.Code, got.Header, got.Body)
	}
	if got := s.do(http.MethodGet, path, "", append(head, "If-None-Match", got.Header.Get("ETag"))...); got.Code != http.StatusNotModified {
		t.Errorf("again: %d", got.Code)
	}
	s.do(http.MethodGet, path, "").expect(t, 401, "login")
	s.do(http.MethodPost, s.path("/evidence?name=x.txt"), "x").expect(t, 401, "login")
	put("", "x").expect(t, 400, "bad-request")
	put("x.html", content).expect(t, 415, "evidence-type")
	put("x.exe", "MZ\x90\x00\x03\x00").expect(t, 415, "evidence-type")
	put("x.txt", "").expect(t, 415, "evidence-type")
	put("x.txt", strings.Repeat("long ", 32<<20/5+1)).expect(t, 413, "too-big")
	for _, hash := range []string{sha("nothing"), "x", "..%2f..%2fetc", strings.ToUpper(sha("the first quarter\n"))} {
		s.do(http.MethodGet, s.path("/evidence/"+hash), "", head...).expect(t, 404, "no-evidence")
	}
}

// TestEvidenceOfMarks: a mark or report that names a file which is not held is refused, with all of its body; one that the unit holds passes.
func TestEvidenceOfMarks(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	mark := points("E", "b", 5)
	mark.Evidence = "sha256:" + sha("proof\n")
	record := s.record("b-head", "b", mark)
	report := func(f events.File) string {
		return s.record("b-officer", "b", &events.ReportFiled{From: "2017-01-01", To: "2017-03-31", Text: events.Words{Text: "x"}, Evidence: []events.File{f}})
	}
	file := events.File{Name: "x.txt", SHA256: sha("report\n"), Size: 7, Type: "text/plain"}
	detached := s.record("b-officer", "b", &events.ReportFiled{From: "2017-01-01", To: "2017-03-31", Text: events.Words{Hash: sha("no text")}})
	s.do(http.MethodPost, s.path("/events"), s.record("b-head", "b", bonus("b", "x", 1))+"\n"+record).expect(t, 422, "evidence")
	s.do(http.MethodPost, s.path("/events"), report(file)).expect(t, 422, "evidence")
	s.do(http.MethodPost, s.path("/events"), detached).expect(t, 404, "no-detached")
	last := parseLines(t, s.do(http.MethodGet, s.path("/events"), "").Body)
	if n := len(last); n != opened {
		t.Errorf("%d events are stored", n)
	}
	file.Unit = true
	s.append(report(file))
	s.mustPut("/evidence?name=proof.txt", "proof\n")
	s.append(record)
	hash := s.mustPut("/detached", "a name")
	s.say("c-officer", "c", &events.ReportFiled{From: "2017-01-01", To: "2017-03-31", Text: events.Words{Text: "x"}, Person: events.Words{Hash: hash}})
}

// TestDetached: every member reads a text with its salt; its author and the head of its unit erase it, nobody else.
func TestDetached(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	first, second := s.mustPut("/detached", "the grounds"), s.mustPut("/detached", "the grounds")
	if first == second {
		t.Error("two texts have one hash: their salts don't differ")
	}
	get := func(hash, member string) answer {
		return s.do(http.MethodGet, s.path("/detached/"+hash), "", as(s.login(member))...)
	}
	erase := func(hash, member string) answer {
		return s.do(http.MethodDelete, s.path("/detached/"+hash), "", as(s.login(member))...)
	}
	var got struct{ Hash, Text, Salt string }
	if a := get(first, "c-head"); decode(a.Body, &got) != nil || got.Text != "the grounds" || events.DetachedHash(got.Salt, got.Text) != first {
		t.Errorf("%d %s", a.Code, a.Body)
	}
	for _, member := range []string{"c-head", "a-head", "auditor", "b-officer"} {
		erase(first, member).expect(t, 422, "member")
	}
	if a := erase(first, "b-reviewer"); a.Code != http.StatusNoContent {
		t.Errorf("its author: %d %s", a.Code, a.Body)
	}
	if a := erase(second, "b-head"); a.Code != http.StatusNoContent {
		t.Errorf("the head: %d %s", a.Code, a.Body)
	}
	for _, hash := range []string{first, second} {
		get(hash, "b-reviewer").expect(t, 410, "erased")
	}
	get(sha("none"), "auditor").expect(t, 404, "no-detached")
	s.do(http.MethodPost, s.path("/detached"), strings.Repeat("x", 1<<20), as(s.login("auditor"))...).expect(t, 413, "too-big")
}

// TestFilesDuringFreeze: of what others store during a freeze whoever is not entitled learns nothing, also not by storing the same or by
// erasing it.
func TestFilesDuringFreeze(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	s.say("a-head", "", &events.StandingsFrozen{})
	officer := as(s.login("c-officer"))
	hash, file := s.mustPut("/detached", "a secret"), s.mustPut("/evidence?name=secret%20name.txt", "secret\n")
	none := s.do(http.MethodDelete, s.path("/detached/"+sha("none")), "", officer...)
	got := s.do(http.MethodDelete, s.path("/detached/"+hash), "", officer...)
	if got.Code != none.Code || strings.ReplaceAll(got.text(), hash, sha("none")) != none.text() {
		t.Errorf("%s\n%s", got.Body, none.Body)
	}
	if got := s.do(http.MethodPost, s.path("/evidence?name=mine.txt"), "secret\n", officer...); got.Code != http.StatusCreated ||
		!strings.Contains(got.Body, `"by":"c-officer"`) || strings.Contains(got.Body, "secret name") || strings.Contains(got.Body, "b-reviewer") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	for _, member := range []string{"b-reviewer", "auditor"} {
		if got := s.do(http.MethodGet, s.path("/evidence/"+file), "", as(s.login(member))...); got.Body != "secret\n" {
			t.Errorf("%s: %d %s", member, got.Code, got.Body)
		}
	}
}
