//go:build long

package client_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"campaignledger/cmd/internal/certtest"
	"campaignledger/cmd/internal/natstest"
	"campaignledger/events"
)

// issued is a key with the JWT that says whose it is.
type issued struct {
	key    nkeys.KeyPair
	public string
	token  string
}

// issue makes a key and has its JWT signed.
func issue(t *testing.T, create func() (nkeys.KeyPair, error), claims func(public string) jwt.Claims, by nkeys.KeyPair) issued {
	t.Helper()
	key, err := create()
	must(t, err)
	public, err := key.PublicKey()
	must(t, err)
	if by == nil {
		by = key
	}
	token, err := claims(public).Encode(by)
	must(t, err)
	return issued{key, public, token}
}

// operated is the part of a node's configuration that leaves accounts to an operator's JWTs, and the credentials files of a user of the ledger's account and
// of one that the account does not know.
func operated(t *testing.T, dir string) (configuration, creds, foreign string) {
	t.Helper()
	operator := issue(t, nkeys.CreateOperator, func(public string) jwt.Claims { return jwt.NewOperatorClaims(public) }, nil)
	account := func() issued {
		return issue(t, nkeys.CreateAccount, func(public string) jwt.Claims {
			claims := jwt.NewAccountClaims(public)
			claims.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: jwt.NoLimit, DiskStorage: jwt.NoLimit, Streams: jwt.NoLimit, Consumer: jwt.NoLimit}
			return claims
		}, operator.key)
	}
	system := issue(t, nkeys.CreateAccount, func(public string) jwt.Claims { return jwt.NewAccountClaims(public) }, operator.key)
	ledger, other := account(), account()
	write := func(name string, of issued) string {
		user := issue(t, nkeys.CreateUser, func(public string) jwt.Claims { return jwt.NewUserClaims(public) }, of.key)
		seed, err := user.key.Seed()
		must(t, err)
		content, err := jwt.FormatUserConfig(user.token, seed)
		must(t, err)
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, content, 0o600))
		return path
	}
	configuration = fmt.Sprintf("operator: %q\nsystem_account: %s\nresolver: MEMORY\nresolver_preload: { %s: %q, %s: %q }\n",
		operator.token, system.public, system.public, system.token, ledger.public, ledger.token)
	return configuration, write("ledger.creds", ledger), write("foreign.creds", other)
}

// TestTLSAndCredentials: the program reaches a cluster that speaks TLS only, asks for a certificate and knows users by their JWTs; without one of the three
// it says what is missing.
func TestTLSAndCredentials(t *testing.T) {
	t.Parallel()
	dir, mine := t.TempDir(), t.TempDir()
	accounts, creds, foreign := operated(t, dir)
	certificate, key, err := certtest.Write(dir)
	must(t, err)
	clientCert, clientKey, err := certtest.Write(mine)
	must(t, err)
	vouched, err := os.ReadFile(clientCert)
	must(t, err)
	clients := filepath.Join(dir, "clients.pem")
	must(t, os.WriteFile(clients, vouched, 0o600))
	cluster := natstest.Start(t, natstest.Config{
		More:   accounts + fmt.Sprintf("tls { cert_file: %q, key_file: %q, ca_file: %q, verify: true }\nserver_tags: [ \"site:hanoi\" ]\n", certificate, key, clients),
		Client: []nats.Option{nats.UserCredentials(creds), nats.RootCAs(certificate), nats.ClientCert(clientCert, clientKey)},
	})
	urls := strings.ReplaceAll(cluster.URLs(), "nats://", "tls://")
	all := []string{"--nats", urls, "--replicas", "3", "--nats-ca", certificate, "--nats-cert", clientCert, "--nats-key", clientKey, "--nats-creds", creds}
	placed := append([]string{"--placement-tags", "site:hanoi"}, all...)
	p := serveProcess(t, t.TempDir(), placed...)
	p.open()
	_, err = p.client.Append(t.Context(), "small", draft("a", "x", events.NewID().String()))
	must(t, err)
	stream, err := cluster.JetStream().Stream(t.Context(), "CAMPAIGN_small")
	must(t, err)
	if at := stream.CachedInfo().Config.Placement; at == nil || !slices.Equal(at.Tags, []string{"site:hanoi"}) {
		t.Errorf("the stream is placed at %+v", at)
	}
	for name, bad := range map[string]struct {
		args []string
		says string
	}{
		"no authority":      {[]string{"--nats", urls, "--nats-cert", clientCert, "--nats-key", clientKey, "--nats-creds", creds}, "--nats-ca"},
		"no certificate":    {[]string{"--nats", urls, "--nats-ca", certificate, "--nats-creds", creds}, "--nats-cert"},
		"no credentials":    {all[:len(all)-2], "--nats-creds"},
		"other credentials": {append(all[:len(all)-1:len(all)-1], foreign), "--nats-creds"},
		"a key alone":       {[]string{"--nats", urls, "--nats-key", clientKey}, "--nats-cert"},
		"no cluster":        {[]string{"--nats-ca", certificate}, "--nats"},
	} {
		c := exec.Command(os.Args[0], append([]string{"list", "--data", t.TempDir()}, bad.args...)...)
		c.Env = append(os.Environ(), asCommand+"=1")
		if out, err := c.CombinedOutput(); err == nil || !strings.Contains(string(out), bad.says) {
			t.Errorf("%s: %v, %s", name, err, out)
		}
	}
}
