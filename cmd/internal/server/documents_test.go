package server_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/papers"
	"campaignledger/events"
	"campaignledger/projections"
)

// folded is a campaign folded anew of what the server gives out, as the commands fold it.
func (s *signedSite) folded(until uint64) papers.Source {
	s.t.Helper()
	live := projections.NewLive()
	var leaves [][sha256.Size]byte
	for _, line := range parseLines(s.t, s.do(http.MethodGet, s.path("/events"), "").Body) {
		if line.Seq > until {
			break
		}
		d, err := events.Decode(events.Record(line.Record))
		if err != nil {
			s.t.Fatal(err)
		}
		if err := live.Admit(events.Event{Draft: d, Seq: events.Seq(line.Seq), Recorded: line.Recorded, Record: events.Record(line.Record)}); err != nil {
			s.t.Fatal(err)
		}
		live.Commit()
		leaves = append(leaves, events.LeafHash(events.Record(line.Record), line.Recorded))
	}
	root := events.BatchRoot(leaves)
	return papers.Source{Live: live, Seq: events.Seq(len(leaves)), Root: hex.EncodeToString(root[:])}
}

// TestDocuments: each paper is byte for byte the one that whoever has the records makes, now and as of an earlier event, and says what it is.
func TestDocuments(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	s.toBallot()
	s.openBallot()
	last := s.say("a-head", "b", &events.CommendationRecorded{Kind: events.CommendAdHoc, Merit: events.Words{Text: "courage"}}).Seq
	for _, at := range []uint64{last, last - 3} {
		for query, o := range map[string]papers.Options{
			"minutes?lang=vi":                    {Kind: events.DocumentMinutes, Lang: "vi"},
			"minutes?lang=en&cluster=one":        {Kind: events.DocumentMinutes, Lang: "en", Cluster: "one"},
			"summary?lang=en":                    {Kind: events.DocumentSummary, Lang: "en"},
			"sheet?unit=b&level=self":            {Kind: events.DocumentSheet, Lang: "vi", Unit: "b", Level: "self"},
			"dossier?lang=en":                    {Kind: events.DocumentDossier, Lang: "en"},
			"sheet?unit=b&level=cluster&lang=en": {Kind: events.DocumentSheet, Lang: "en", Unit: "b", Level: "cluster"},
		} {
			var want bytes.Buffer
			if err := papers.Write(&want, s.folded(at), o); err != nil {
				t.Fatal(err)
			}
			got := s.do(http.MethodGet, s.path("/documents/"+query)+"&as_of="+fmt.Sprint(at), "")
			if got.Code != http.StatusOK || got.Body != want.String() {
				t.Errorf("%s as of %d: %d, %d bytes and not %d", query, at, got.Code, len(got.Body), want.Len())
			}
			s.expectStamped(got, at)
		}
	}
}

// expectStamped checks what an answer's headers say of its file.
func (s *signedSite) expectStamped(got answer, at uint64) {
	s.t.Helper()
	sum := sha256.Sum256([]byte(got.Body))
	_, params, err := mime.ParseMediaType(got.Header.Get("Content-Disposition"))
	if err != nil || !strings.HasPrefix(params["filename"], fmt.Sprintf("%s-%d-", s.id, at)) {
		s.t.Errorf("the file is called %q (%v)", params["filename"], err)
	}
	for name, want := range map[string]string{"Campaign-Seq": fmt.Sprint(at), "Campaign-Genesis": s.genesis, "ETag": `"` + hex.EncodeToString(sum[:]) + `"`,
		"Repr-Digest": "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"} {
		if got.Header.Get(name) != want {
			s.t.Errorf("%s: %q and not %q", name, got.Header.Get(name), want)
		}
	}
}

// TestDocumentsStayTheSame: a file of an event is the same when the log has gone on, and matches its ETag.
func TestDocumentsStayTheSame(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	at := s.say("b-head", "b", points("G", "b", 3)).Seq
	kinds := []string{"standings-json", "standings-csv", "points-csv", "tables-xlsx", "summary", "pact"}
	first := map[string]answer{}
	for _, kind := range kinds {
		first[kind] = s.do(http.MethodGet, s.path("/documents/"+kind), "")
	}
	s.say("c-head", "c", points("G", "c", 9))
	other := newSignedSite(t, openHost(t, host.Config{}), "trial") // whose shelf is empty
	for _, kind := range kinds {
		again := s.do(http.MethodGet, s.path("/documents/"+kind)+"?as_of="+fmt.Sprint(at), "")
		if now := s.do(http.MethodGet, s.path("/documents/"+kind), ""); again.Body != first[kind].Body || now.Body == again.Body {
			t.Errorf("%s: the same again %v, the same after another event %v", kind, again.Body == first[kind].Body, now.Body == again.Body)
		}
		s.expectStamped(again, at)
		if got := s.do(http.MethodGet, s.path("/documents/"+kind)+"?as_of="+fmt.Sprint(at), "", "If-None-Match", first[kind].Header.Get("ETag")); got.Code != http.StatusNotModified {
			t.Errorf("%s: %d for the same ETag", kind, got.Code)
		}
		if got := other.do(http.MethodGet, other.path("/documents/"+kind), ""); got.Code != http.StatusOK || got.Body == first[kind].Body {
			t.Errorf("%s of another campaign: %d", kind, got.Code)
		}
	}
}

// TestDocumentsPage: each link of the page leads to a file, whose hash then shows.
func TestDocumentsPage(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	s.toBallot()
	s.say("a-head", "", &events.DocumentIssued{Kind: events.DocumentSummary, Lang: "en", Name: "tổng hợp.pdf", Seq: 1, SHA256: strings.Repeat("0", 64)})
	page := s.do(http.MethodGet, "/campaigns/trial/documents?lang=en", "").Body
	links := regexp.MustCompile(`href="(/api[^"]*)"`).FindAllStringSubmatch(page, -1)
	const least = 10
	if len(links) < least || !strings.Contains(page, "tổng hợp.pdf") || !strings.Contains(page, strings.Repeat("0", 64)) {
		t.Fatalf("the page has %d links:\n%s", len(links), page)
	}
	hashes := map[string]string{}
	for _, link := range links {
		path := html.UnescapeString(link[1])
		got := s.do(http.MethodGet, path, "")
		if got.Code != http.StatusOK || got.Body == "" {
			t.Errorf("%s: %d %.200s", path, got.Code, got.Body)
		}
		if strings.Contains(path, "/documents/") {
			hashes[path] = sha(got.Body)
		}
	}
	page = s.do(http.MethodGet, "/campaigns/trial/documents?lang=en", "").Body
	for path, hash := range hashes {
		if !strings.Contains(page, hash) {
			t.Errorf("the page does not show the hash of %s", path)
		}
	}
}
