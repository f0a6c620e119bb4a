package witness_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/keys"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

// letIn makes the log hide what hidden says from all but who has logged in as a member with its key.
func (f *fakeLog) letIn(member string, hidden func(int) bool) (logins *int) {
	logins = new(int)
	token := func() string { return "token " + strings.Repeat("i", *logins) }
	f.change(func() {
		f.override = func(w http.ResponseWriter, r *http.Request) bool {
			given := r.Header.Get(server.MemberHeader)
			if given != "" && given != token() {
				f.no(w, http.StatusUnauthorized, "token")
				return true
			}
			f.hidden = func(seq int) bool { return given == "" && hidden(seq) }
			var answer any
			switch path := strings.TrimPrefix(r.URL.Path, "/api/v1/campaigns/"+campaign); path {
			case "/members":
				answer = map[string]any{"genesis": f.genesis, "members": []map[string]string{{"id": member, "key": events.PublicKeyOf(private(member)).String()}}}
			case "/challenge":
				answer = server.Challenge{Origin: f.web.URL, Campaign: campaign, Member: member, Nonce: "n", Expires: events.FormatTime(events.Milliseconds(time.Now()))}
			case "/login":
				*logins++
				answer = server.Login{Token: token(), Member: member}
			default:
				return false
			}
			_ = json.NewEncoder(w).Encode(answer)
			return true
		}
	})
	return logins
}

func TestLogin(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	f.checkpoint()
	cfg := f.config("a-w")
	cfg.Login = keyFile(t, keys.Member, "b-head")
	logins := f.letIn("b-head", between(7, 100))
	w := open(t, cfg)
	round := func(want int, what string) {
		t.Helper()
		f.grow(2)
		if r := good(t, w); r.Hidden != 0 || *logins != want {
			t.Errorf("%s: %d hidden, %d logins; want %d", what, r.Hidden, *logins, want)
		}
	}
	round(1, "at first")
	round(1, "again")
	f.change(func() { *logins++ }) // the server was started anew and knows no token
	round(3, "after the server's start")
	f.clock.add(11 * time.Minute)
	round(4, "before the token ends")
	cfg.Login = keyFile(t, keys.Member, "nobody")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w = open(t, cfg)
	f.grow(2)
	if r := good(t, w); r.Hidden != 2 {
		t.Errorf("a stranger's key reads as the public: %+v", r)
	}
}
