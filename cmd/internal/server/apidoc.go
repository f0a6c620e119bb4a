package server

import (
	"fmt"
	"net/http"
	"sync"

	"campaignledger/cmd/internal/apidoc"
)

// aboutAPI is what a program's author reads first.
const aboutAPI = `Campaigns are ledgers of events: what is read here is folded from the events, and what is written is an event.

**Who asks.** Everybody may read; a member with the token of its login sees through a freeze if its role entitles it. During a freeze all
others get every answer as of its beginning.

**Errors** are problems (RFC 9457) with a stable ` + "`code`" + `. ` + "`type`" + ` is always about:blank. 429 and 503 say in Retry-After when to try again.

**Idempotency.** The id of an event is its key; there is no Idempotency-Key. An event that is sent again with the same id and the same bytes
(its signature apart) is answered with the first receipt, however often and whenever it comes; other bytes under that id are a 409 with code
duplicate-id. Give drafts an id of your own before you send them: without one each sending is another event. Should the outcome be unclear
(504, code unclear), the answer names the ids of all events, also those that the server gave: send the events again with them.

**Lists** are answered whole, or with limit a page at a time; ` + "`next`" + `, absent at the end, is the after of the next page, which the header Link names too.

**Caching.** JSON that is read has an ETag; send it back in If-None-Match and an unchanged answer is a 304. HEAD works wherever GET does.

A parameter that is not named here, or stands twice, is refused. Answers may get more members in later versions.`

// Spec describes what a server of this version offers to programs.
func Spec(version string) *apidoc.Spec {
	s := &apidoc.Spec{Title: "Campaign Ledger", License: apidoc.License{Name: "MIT License", Identifier: "MIT"}, Version: version, About: aboutAPI, Tags: tags(), Path: pathParameters(), Lang: langParameter(),
		Codes: codes(), Problem: problem{}, MemberHeader: MemberHeader, OwnerHeader: OwnerHeader, Types: documentTypes(), Async: async()}
	described := operations()
	for _, r := range (&Server{}).routes() { // in their order; the test of the table sees to it that none is missing
		if o, ok := described[r.pattern]; ok {
			o.Pattern = r.pattern
			s.Operations = append(s.Operations, o)
		}
	}
	return s
}

// operations describe the routes for programs, by their patterns.
func operations() map[string]apidoc.Operation {
	all := map[string]apidoc.Operation{}
	for _, group := range []map[string]apidoc.Operation{serverOperations(), readOperations(), viewOperations(), liveOperations(), writeOperations(), importOperations(),
		loginOperations(), fileOperations(), proofOperations(), backupOperations()} {
		for pattern, o := range group {
			all[pattern] = o
		}
	}
	return all
}

func tags() []apidoc.Tag {
	return []apidoc.Tag{
		{Name: "server", About: "the server and its campaigns"},
		{Name: "reading", About: "standings, and what they are made of"},
		{Name: "log", About: "the events themselves, as they come and as they came"},
		{Name: "writing", About: "events, drafts and imports"},
		{Name: "members", About: "who may speak, and logging in"},
		{Name: "files", About: "evidence, and texts that stand outside the log"},
		{Name: "proof", About: "checkpoints, receipts, bundles: what needs no trust in the server"},
	}
}

// apiDocuments are made when somebody first asks, once.
type apiDocuments struct {
	once        sync.Once
	open, async []byte
	failed      error
}

func (d *apiDocuments) make(version string) error {
	d.once.Do(func() {
		spec := Spec(version)
		if d.open, d.failed = spec.OpenAPI(); d.failed == nil {
			d.async, d.failed = spec.AsyncAPI()
		}
	})
	return d.failed
}

func (s *Server) openAPI(w http.ResponseWriter, r *http.Request) {
	s.apiDocument(w, r, func() []byte { return s.documented.open })
}

func (s *Server) asyncAPI(w http.ResponseWriter, r *http.Request) {
	s.apiDocument(w, r, func() []byte { return s.documented.async })
}

func (s *Server) apiDocument(w http.ResponseWriter, r *http.Request, which func() []byte) {
	_, err := parameters(r)
	if err == nil {
		if err = s.documented.make(s.Version); err != nil {
			err = fmt.Errorf("describe the API: %w", err)
		}
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	document := which()
	writeLine(w, r, document[:len(document):len(document)]) // which appends
}
