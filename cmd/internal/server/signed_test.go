package server_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/keys"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

// signedRegulation has members of every role. KEY-x stands for the first key of member x, ID for the campaign.
const signedRegulation = `id: ID
title: Signed year
clock: live
levels:
  - {id: self, scorers: own-unit}
  - {id: cross, scorers: peer-units, sealed: true, unrevealed: void}
  - {id: cluster, scorers: lead}
criteria:
  default:
    items:
      - {id: G, method: graded, max: 10, aggregate: {method: mean}}
      - {id: E, method: graded, max: 20, evidence: required, aggregate: {method: mean}}
      - {id: A, method: adjustment, min: -500, max: 500}
clusters:
  - id: one
    criteria: default
    lead: a
    units: [{id: a}, {id: b}, {id: c}]
endorse: 2/3
awards: [{id: flag, title: Flag, authority: Ministry, places: 1, vote: {threshold: 1/2}}]
members:
  - {id: a-head, role: head, unit: a, key: "KEY-a-head"}
  - {id: a-officer, role: officer, unit: a, key: "KEY-a-officer"}
  - {id: a-reviewer, role: reviewer, unit: a, key: "KEY-a-reviewer"}
  - {id: b-head, role: head, unit: b, key: "KEY-b-head"}
  - {id: b-officer, role: officer, unit: b, key: "KEY-b-officer"}
  - {id: b-reviewer, role: reviewer, unit: b, key: "KEY-b-reviewer"}
  - {id: b-council, role: council, unit: b, key: "KEY-b-council"}
  - {id: b-teller, role: teller, unit: b, key: "KEY-b-teller"}
  - {id: b-gone, role: reviewer, unit: b, key: "KEY-b-gone"}
  - {id: c-head, role: head, unit: c, key: "KEY-c-head"}
  - {id: c-officer, role: officer, unit: c, key: "KEY-c-officer"}
  - {id: auditor, role: auditor, key: "KEY-auditor"}
  - {id: authority, role: authority, key: "KEY-authority"}
`

// privateKey is a member's n-th key, from 1; the same in every run.
func privateKey(member string, n int) ed25519.PrivateKey {
	seed := sha256.Sum256(fmt.Appendf(nil, "%s key %d", member, n))
	return ed25519.NewKeyFromSeed(seed[:])
}

// regulationOf is signedRegulation for a campaign, with edits: pairs of what is replaced and by what.
func regulationOf(t *testing.T, id string, edits ...string) *events.Regulation {
	t.Helper()
	text := strings.NewReplacer(edits...).Replace(strings.Replace(signedRegulation, "ID", id, 1))
	parts := strings.Split(text, "KEY-")
	for i := 1; i < len(parts); i++ {
		member, rest, _ := strings.Cut(parts[i], `"`)
		parts[i] = events.PublicKeyOf(privateKey(member, 1)).String() + `"` + rest
	}
	r, err := events.ParseRegulation("signed.yaml", []byte(strings.Join(parts, "")))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// signedSite is a server with a signed campaign.
type signedSite struct {
	*site
	id      string
	genesis string
	handler *server.Server
	keys    map[string]int // which key of each member signs; 1 if absent
	late    *atomic.Int64  // how far the server's clock of sessions is ahead, in nanoseconds
}

// opened is how many events a new site's campaign has.
const opened = 6

// newSignedSite opens the campaign id on a host and brings it to the stage scoring.
func newSignedSite(t *testing.T, h *host.Host, id string, change ...func(*server.Server)) *signedSite {
	t.Helper()
	s := serveSigned(t, h, id, change...)
	s.openSigned()
	for _, unit := range []string{"a", "b", "c"} {
		s.say(unit+"-head", unit, &events.UnitJoined{})
	}
	s.say("a-head", "", &events.StageAdvanced{Stage: events.StageOpen})
	s.say("a-head", "", &events.StageAdvanced{Stage: events.StageScoring})
	return s
}

// serveSigned serves a host; no campaign is opened.
func serveSigned(t *testing.T, h *host.Host, id string, change ...func(*server.Server)) *signedSite {
	t.Helper()
	key, err := keys.New(keys.Server, "", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := &signedSite{id: id, genesis: events.NoGenesis, keys: map[string]int{}, late: &atomic.Int64{}}
	s.site = serve(t, h, append([]func(*server.Server){func(handler *server.Server) {
		s.handler = handler
		handler.Key = key
		handler.Now = func() time.Time { return time.Now().Add(time.Duration(s.late.Load())) }
	}}, change...)...)
	return s
}

// sibling opens another campaign on the same server.
func (s *signedSite) sibling(id string) *signedSite {
	s.t.Helper()
	other := *s
	other.id, other.genesis, other.keys = id, events.NoGenesis, map[string]int{}
	other.openSigned()
	return &other
}

// openSigned opens the campaign with the lead's head's signature.
func (s *signedSite) openSigned() {
	s.t.Helper()
	record := s.record("a-head", "", events.NewCampaignOpened(regulationOf(s.t, s.id), "signed.yaml", strings.Repeat("0", 64)))
	if got := s.do(http.MethodPost, base+"?name=signed.yaml", record); got.Code != http.StatusCreated {
		s.t.Fatalf("open: %d %s", got.Code, got.Body)
	}
	s.genesis = hashOf(record)
}

func hashOf(record string) string {
	sum := events.RecordHash(events.Record(record))
	return hex.EncodeToString(sum[:])
}

// key is the key that a member signs with now.
func (s *signedSite) key(member string) ed25519.PrivateKey {
	return privateKey(member, max(s.keys[member], 1))
}

// draft is an event of an author.
func (s *signedSite) draft(author, subject string, p events.Payload) events.Draft {
	return events.Draft{ID: events.NewID(), Campaign: s.id, Author: author, Subject: subject, Time: events.Milliseconds(time.Now()), Payload: p}
}

// record is a signed event; change edits its draft.
func (s *signedSite) record(author, subject string, p events.Payload, change ...func(*events.Draft)) string {
	s.t.Helper()
	d := s.draft(author, subject, p)
	for _, f := range change {
		f(&d)
	}
	return s.sign(s.key(author), s.genesis, d)
}

func (s *signedSite) sign(key ed25519.PrivateKey, genesis string, d events.Draft) string {
	s.t.Helper()
	record, err := events.Encode(d)
	if err == nil {
		record, err = events.Sign(key, genesis, record)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return string(record)
}

// path is a path of the campaign's API.
func (s *signedSite) path(rest string) string { return base + "/" + s.id + rest }

// append appends signed records as one body.
func (s *signedSite) append(records ...string) []wrapped {
	s.t.Helper()
	got := s.do(http.MethodPost, s.path("/events"), strings.Join(records, "\n"))
	if got.Code != http.StatusOK {
		s.t.Fatalf("append %.300s: %d %s", records, got.Code, got.Body)
	}
	return parseLines(s.t, got.Body)
}

// say appends one event of an author.
func (s *signedSite) say(author, subject string, p events.Payload) wrapped {
	s.t.Helper()
	return s.append(s.record(author, subject, p))[0]
}

// challenge asks for something to sign.
func (s *signedSite) challenge(member string) (ch server.Challenge) {
	s.t.Helper()
	got := s.do(http.MethodGet, s.path("/challenge?member="+member), "")
	if err := json.Unmarshal([]byte(got.Body), &ch); err != nil || got.Code != http.StatusOK {
		s.t.Fatalf("challenge: %d %s", got.Code, got.Body)
	}
	return ch
}

// answerTo answers a challenge with a signature over what is given.
func (s *signedSite) answerTo(nonce string, key ed25519.PrivateKey, message []byte) answer {
	s.t.Helper()
	body := fmt.Sprintf(`{"nonce":%q,"signature":"%x"}`, nonce, ed25519.Sign(key, message))
	return s.do(http.MethodPost, s.path("/login"), body)
}

// login logs a member in and returns its token.
func (s *signedSite) login(member string) string {
	s.t.Helper()
	ch := s.challenge(member)
	got := s.answerTo(ch.Nonce, s.key(member), ch.Bytes())
	var in server.Login
	if err := json.Unmarshal([]byte(got.Body), &in); err != nil || got.Code != http.StatusOK || in.Member != member {
		s.t.Fatalf("login of %s: %d %s", member, got.Code, got.Body)
	}
	return in.Token
}

// manyAttempts lets logins fail as often as a test needs.
func manyAttempts(s *server.Server) { s.Attempts = 1_000_000 }

// link is a new link into the browser for a member.
func (s *signedSite) link(member string) string {
	s.t.Helper()
	got := s.do(http.MethodPost, s.path("/session"), "", as(s.login(member))...)
	var link server.Link
	if err := json.Unmarshal([]byte(got.Body), &link); err != nil || got.Code != http.StatusCreated {
		s.t.Fatalf("session of %s: %d %s", member, got.Code, got.Body)
	}
	return link.Path
}

// sets is the session's cookie that an answer sets or takes away; nil if it does neither.
func sets(a answer) *http.Cookie {
	for _, text := range a.Header.Values("Set-Cookie") {
		if c, err := http.ParseSetCookie(text); err == nil && strings.Contains(c.Name, "campaign") {
			return c
		}
	}
	return nil
}

// cookieOf is the cookie that an answer sets, as the browser sends it; "" if it sets none or takes it away.
func cookieOf(a answer) string {
	c := sets(a)
	if c == nil || c.MaxAge < 0 {
		return ""
	}
	return c.Name + "=" + c.Value
}

// browse is the cookie of a browser that reads as a member.
func (s *signedSite) browse(member string) string {
	s.t.Helper()
	got := s.do(http.MethodGet, s.link(member), "", "Sec-Fetch-Site", "none")
	cookie := cookieOf(got)
	if got.Code != http.StatusSeeOther || cookie == "" {
		s.t.Fatalf("the link of %s: %d %s %v", member, got.Code, got.Body, got.Header)
	}
	return cookie
}

// as are the headers of a request with a token.
func as(token string) []string { return []string{"Authorization", "Bearer " + token} }

// points is a mark at level self.
func points(criterion, unit string, n int) *events.ScoreEntered {
	p := &events.ScoreEntered{Cluster: "one", Criterion: criterion, Level: "self", Scorer: unit,
		Mark: events.Mark{Kind: events.MarkPoints, Amount: events.Whole(int64(n))}}
	if criterion == "E" {
		p.Evidence = "unit:sha256:" + strings.Repeat("e", 64)
	}
	return p
}

// bonus is an item of its own on the adjustment leaf.
func bonus(unit, item string, n int) *events.ScoreEntered {
	p := points("A", unit, n)
	p.Item = item
	return p
}

// scoreFile is a score file of n bonuses of one unit.
func scoreFile(unit, name string, n int) string {
	var b bytes.Buffer
	b.WriteString("cluster,unit,criterion,level,scorer,item,points\n")
	for i := range n {
		fmt.Fprintf(&b, "one,%s,A,self,%s,%s%d,%d\n", unit, unit, name, i, i%7-3)
	}
	return b.String()
}

// safeBuffer is a log that several goroutines write.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func decode(text string, v any) error { return json.Unmarshal([]byte(text), v) }
