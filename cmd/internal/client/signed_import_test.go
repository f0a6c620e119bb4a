package client_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/keys"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

const signedRegulation = `id: signed
levels: [{id: self, scorers: own-unit}]
criteria:
  default:
    items:
      - {id: A, method: adjustment, min: -500, max: 500}
clusters:
  - {id: c, criteria: default, lead: a, units: [{id: a}]}
members:
  - {id: a-head, role: head, unit: a, key: "%s"}
`

// signedCampaign is a signed campaign in its scoring stage, and its head.
func signedCampaign(t *testing.T) (*client.Client, client.Signer) {
	t.Helper()
	return signedCampaignIn(t, t.TempDir())
}

// signedCampaignIn is signedCampaign on a directory.
func signedCampaignIn(t *testing.T, dir string) (*client.Client, client.Signer) {
	t.Helper()
	ctx := t.Context()
	c, closeIt, err := client.Connect(ctx, host.Config{Dir: dir, Log: zerolog.Nop()})
	must(t, err)
	t.Cleanup(closeIt)
	key, err := keys.New(keys.Member, "", rand.Reader)
	must(t, err)
	r, err := events.ParseRegulation("r.yaml", fmt.Appendf(nil, signedRegulation, key.Public))
	must(t, err)
	_, err = c.OpenSigned(ctx, r, "r.yaml", strings.Repeat("0", 64), "en", key, nil)
	must(t, err)
	s, err := c.SignerOf(ctx, "signed", key)
	must(t, err)
	for _, d := range []events.Draft{{Subject: "a", Payload: &events.UnitJoined{}}, {Payload: &events.StageAdvanced{Stage: events.StageOpen}},
		{Payload: &events.StageAdvanced{Stage: events.StageScoring}}} {
		_, err := c.AppendSigned(ctx, "signed", s, false, []events.Draft{d})
		must(t, err)
	}
	return c, s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// slips is a file of so many entries, each for an item of its own.
func slips(rows int) []byte {
	var b bytes.Buffer
	b.WriteString("cluster,unit,criterion,level,scorer,item,points\n")
	for i := range rows {
		fmt.Fprintf(&b, "c,a,A,self,a,slip-%d,1\n", i)
	}
	return b.Bytes()
}

func importInto(t *testing.T, ctx context.Context, c *client.Client, s client.Signer, content []byte, progress func(int, int)) (*server.ImportResult, error) {
	t.Helper()
	return c.ImportSigned(ctx, "signed", s, url.Values{"name": {"slips.csv"}}, content, progress)
}

// TestSignedImportGoesOn cuts an import off after its first commit; the same file again stores what is missing.
func TestSignedImportGoesOn(t *testing.T) {
	t.Parallel()
	c, s := signedCampaign(t)
	const rows = 20_000
	content := slips(rows)
	ctx, cut := context.WithCancel(t.Context())
	_, err := importInto(t, ctx, c, s, content, func(int, int) { cut() })
	if err == nil {
		t.Fatal("the import was not cut off")
	}
	r, err := importInto(t, t.Context(), c, s, content, func(int, int) {})
	must(t, err)
	if r.Resumed == 0 || r.Already == 0 || r.New == 0 || r.New+r.Already != rows {
		t.Errorf("resumed after event %d: %d rows new, %d stored before, of %d", r.Resumed, r.New, r.Already, rows)
	}
	if r, err = importInto(t, t.Context(), c, s, content, func(int, int) {}); err != nil || r.New != 0 || r.Already != rows {
		t.Errorf("the third time: %+v, %v", r, err)
	}
	summary, err := c.Summary(t.Context(), "signed", "en")
	must(t, err)
	if want := events.Seq(4 + 1 + rows); summary.Seq != want {
		t.Errorf("the log has %d events, want %d: one announcement and each row once", summary.Seq, want)
	}
}

// between runs do once, before the first request that stores a planned import.
type between struct {
	http.RoundTripper
	do func()
}

func (b *between) RoundTrip(r *http.Request) (*http.Response, error) {
	if do := b.do; do != nil && r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/imports/") {
		b.do = nil
		do()
	}
	return b.RoundTripper.RoundTrip(r)
}

// TestSignedImportAmongOthers writes to the campaign after an import was planned and before it is stored.
func TestSignedImportAmongOthers(t *testing.T) {
	t.Parallel()
	entry := func(item string, points int64) events.Draft {
		return events.Draft{Subject: "a", Payload: &events.ScoreEntered{Cluster: "c", Criterion: "A", Level: "self", Scorer: "a", Item: item,
			Mark: events.Mark{Kind: events.MarkPoints, Amount: events.Whole(points)}}}
	}
	for _, tc := range []struct {
		name    string
		between func(t *testing.T, c *client.Client, s client.Signer) error
		want    server.ImportResult
		events  events.Seq
	}{
		{"an entry of its own", func(t *testing.T, c *client.Client, s client.Signer) error {
			_, err := c.AppendSigned(t.Context(), "signed", s, false, []events.Draft{entry("other", 1)})
			return err
		}, server.ImportResult{New: 3}, 4 + 1 + 4},
		{"the same file", func(t *testing.T, c *client.Client, s client.Signer) error {
			_, err := importInto(t, t.Context(), c, s, slips(3), func(int, int) {})
			return err
		}, server.ImportResult{Already: 3}, 4 + 4},
		{"another mark in a row's place", func(t *testing.T, c *client.Client, s client.Signer) error {
			_, err := c.AppendSigned(t.Context(), "signed", s, false, []events.Draft{entry("slip-1", 2)})
			return err
		}, server.ImportResult{New: 2, Bad: 1, Refused: true}, 4 + 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, s := signedCampaign(t)
			other := *c
			c.HTTP = &http.Client{Transport: &between{c.HTTP.Transport, func() { must(t, tc.between(t, &other, s)) }}}
			r, err := importInto(t, t.Context(), c, s, slips(3), func(int, int) {})
			must(t, err)
			if r.New != tc.want.New || r.Already != tc.want.Already || r.Bad != tc.want.Bad || r.Refused != tc.want.Refused || len(r.Outcomes) != r.Bad {
				t.Errorf("got %+v, want %+v", r, tc.want)
			}
			summary, err := other.Summary(t.Context(), "signed", "en")
			must(t, err)
			if summary.Seq != tc.events {
				t.Errorf("the log has %d events, want %d", summary.Seq, tc.events)
			}
		})
	}
}
