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

// TestSecretsStaySecret: whatever is asked with a token, a cookie, a link, a signature or a key, none of them is in the log, at its finest, nor in
// what is answered to anything but the one request that asks for it.
func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	var log safeBuffer
	logger := zerolog.New(&log).Level(zerolog.TraceLevel)
	dir := t.TempDir()
	h, err := host.Open(t.Context(), host.Config{Dir: dir, Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	s := newSignedSite(t, h, "trial", manyAttempts, func(handler *server.Server) { handler.Log = logger })
	secrets := map[string]string{"this machine's token": serverToken}
	token, link := s.login("auditor"), s.link("auditor")
	_, code, _ := strings.Cut(link, "code=")
	_, cookie, _ := strings.Cut(s.browse("auditor"), "=")
	cookieName, _, _ := strings.Cut(s.browse("auditor"), "=")
	secrets["a member's token"], secrets["a link's code"], secrets["a cookie"] = token, code, cookie
	secrets["the server's key"] = hex.EncodeToString(s.handler.Key.Private().Seed())
	for _, name := range []string{"log.key", "server.key"} {
		if content, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			var file struct{ Seed string }
			if err := json.Unmarshal(content, &file); err != nil || file.Seed == "" {
				t.Fatalf("%s: no seed is found: %v", name, err)
			}
			secrets[name] = file.Seed
		}
	}
	ch := s.challenge("auditor")
	secrets["a login's signature"] = hex.EncodeToString([]byte(ch.Nonce)) // of no use, and as secret as one
	var answers []answer
	ask := func(method, path, body string, header ...string) {
		answers = append(answers, s.do(method, path, body, header...))
	}
	ways := [][]string{as(token), as(serverToken), append(as(serverToken), server.MemberHeader, token), {server.MemberHeader, token + "x"}, as(token + "x"), {"Cookie", cookieName + "=" + cookie},
		{"Authorization", "Basic " + token}, {"Cookie", cookieName + "=" + token}, {"Host", "evil.example", "Authorization", "Bearer " + token}, append(as(token), "Origin", "http://evil.example")}
	everything := url.QueryEscape(token + " " + serverToken + " " + code + " " + cookie)
	for range 2 { // with what holds, then with what has ended
		for _, route := range append(routes(t), "GET /nothing", "PUT /healthz") {
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
			ask(method, path+"code="+everything, fmt.Sprintf(`{"nonce":%q,"signature":%q,"token":%q`, ch.Nonce, secrets["a login's signature"], token))
			ask(method, path+"token="+everything, fmt.Sprintf(`{"nonce":%q,"signature":%q}`, ch.Nonce, secrets["a login's signature"]), "Accept", "text/html")
		}
		ask(http.MethodPost, s.path("/login"), fmt.Sprintf(`{"nonce":%q,"signature":["%s"]}`, ch.Nonce, secrets["a login's signature"]))
		ask(http.MethodPost, "/campaigns/trial/enter", "code="+code+"x&"+code+"=%zz")
		s.late.Add(int64(time.Hour))
	}
	refusals := 0
	for _, a := range answers {
		if a.Code >= http.StatusBadRequest {
			refusals++
		}
		for what, secret := range secrets {
			if strings.Contains(a.text(), secret) && !strings.Contains(a.Body, `value="`+code+`"`) { // the page that asks has the code in its form
				t.Errorf("an answer has %s: %s", what, a.text())
			}
		}
	}
	if refusals < 100 {
		t.Errorf("only %d refusals were looked at", refusals)
	}
	if log.String() == "" {
		t.Error("nothing is logged; the test looks in the wrong place")
	}
	for what, secret := range secrets {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %s: %s", what, log.String())
		}
	}
}
