package server_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
)

// secretSite is a site with all its log, and what must not be told: by what it is.
type secretSite struct {
	*signedSite
	log                       *safeBuffer
	secrets                   map[string]string
	cookieName, nonce, answer string
}

// withSecrets makes one secret of every kind.
func withSecrets(t *testing.T) *secretSite {
	t.Helper()
	s := &secretSite{log: &safeBuffer{}}
	logger, dir := zerolog.New(s.log).Level(zerolog.TraceLevel), t.TempDir()
	h, err := host.Open(t.Context(), host.Config{Dir: dir, Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	s.signedSite = newSignedSite(t, h, "trial", manyAttempts, func(handler *server.Server) { handler.Log = logger })
	_, code, _ := strings.Cut(s.link("auditor"), "code=")
	name, cookie, _ := strings.Cut(s.browse("auditor"), "=")
	ch := s.challenge("auditor")
	s.cookieName, s.nonce, s.answer = name, ch.Nonce, hex.EncodeToString([]byte(ch.Nonce)) // a signature of no use, and as secret as one
	s.secrets = map[string]string{"this machine's token": serverToken, "a member's token": s.login("auditor"), "a link's code": code, "a cookie": cookie,
		"a login's signature": s.answer, "the server's key": hex.EncodeToString(s.handler.Key.Private().Seed())}
	content, err := os.ReadFile(filepath.Join(dir, "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Seed string }
	if err := json.Unmarshal(content, &file); err != nil || file.Seed == "" {
		t.Fatalf("no seed is found in %s: %v", content, err)
	}
	s.secrets["the log's key"] = file.Seed
	return s
}

// askWithAll sends to every route, in many ways, all secrets where they belong and where they do not.
func (s *secretSite) askWithAll() (answers []answer) {
	s.t.Helper()
	ask := func(method, path, body string, header ...string) {
		answers = append(answers, s.do(method, path, body, header...))
	}
	token, cookie, code := s.secrets["a member's token"], s.secrets["a cookie"], s.secrets["a link's code"]
	ways := [][]string{as(token), as(serverToken), append(as(serverToken), server.MemberHeader, token), {server.MemberHeader, token + "x"}, as(token + "x"), {"Cookie", s.cookieName + "=" + cookie},
		{"Authorization", "Basic " + token}, {"Cookie", s.cookieName + "=" + token}, {"Host", "evil.example", "Authorization", "Bearer " + token}, append(as(token), "Origin", "http://evil.example")}
	everything := url.QueryEscape(token + " " + serverToken + " " + code + " " + cookie)
	for _, route := range append(routes(s.t), "GET /nothing", "PUT /healthz") {
		method, path, body := s.requestOf(route)
		if strings.HasSuffix(route, "/session") || strings.HasSuffix(route, "/leave") {
			continue // what it answers is the secret; it would end the session
		}
		for _, header := range ways {
			ask(method, path, body, header...)
			ask(method, path, body, append(header, "Accept", "text/html")...)
		}
		if path += "?"; strings.Count(path, "?") > 1 {
			path = strings.TrimSuffix(path, "?") + "&"
		}
		ask(method, path+"code="+everything+"%zz", body)
		ask(method, path+"code="+everything, fmt.Sprintf(`{"nonce":%q,"signature":%q,"token":%q`, s.nonce, s.answer, token))
		ask(method, path+"token="+everything, fmt.Sprintf(`{"nonce":%q,"signature":%q}`, s.nonce, s.answer), "Accept", "text/html")
	}
	ask(http.MethodPost, s.path("/login"), fmt.Sprintf(`{"nonce":%q,"signature":["%s"]}`, s.nonce, s.answer))
	ask(http.MethodPost, "/campaigns/trial/enter", "code="+code+"x&"+code+"=%zz")
	return answers
}

// TestSecretsStaySecret: whatever is asked with a token, a cookie, a link, a signature or a key, none of them is in the log, at its finest, nor in
// what is answered to anything but the one request that asks for it.
func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	s := withSecrets(t)
	answers := s.askWithAll()
	s.late.Add(int64(time.Hour)) // and with what has ended
	refusals := 0
	for _, a := range append(answers, s.askWithAll()...) {
		if a.Code >= http.StatusBadRequest {
			refusals++
		}
		for what, secret := range s.secrets {
			if strings.Contains(a.text(), secret) && !strings.Contains(a.Body, `name="code" value="`+secret+`"`) { // the page that asks has the code in its form
				t.Errorf("an answer has %s: %s", what, a.text())
			}
		}
	}
	if refusals < 100 {
		t.Errorf("only %d refusals were looked at", refusals)
	}
	if s.log.String() == "" {
		t.Error("nothing is logged; the test looks in the wrong place")
	}
	for what, secret := range s.secrets {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log has %s: %s", what, s.log.String())
		}
	}
}
