package client_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
)

// altering is a server that gives back something else than the good one: of each answer whose path ends so, the first old becomes new.
type altering struct {
	http.RoundTripper
	suffix   string
	old, new string
	done     bool
}

func (a *altering) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := a.RoundTripper.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, a.suffix) {
		return answer, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	a.done = a.done || bytes.Contains(body, []byte(a.old))
	body = bytes.Replace(body, []byte(a.old), []byte(a.new), 1)
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return answer, nil
}

// TestNothingElseIsSigned has a server that wants other things signed than the member asked for. Nothing is signed, and nothing stored.
func TestNothingElseIsSigned(t *testing.T) {
	t.Parallel()
	good, s := signedCampaign(t)
	draft := events.Draft{Subject: "a", Payload: &events.ScoreEntered{Cluster: "c", Criterion: "A", Level: "self", Scorer: "a", Item: "x",
		Mark: events.Mark{Kind: events.MarkPoints, Amount: events.Whole(7)}}}
	entry := func(c *client.Client) error {
		_, err := c.AppendSigned(t.Context(), "signed", s, false, []events.Draft{draft})
		return err
	}
	file := func(c *client.Client) error {
		_, err := importInto(t, t.Context(), c, s, slips(3), func(int, int) {})
		return err
	}
	for name, tc := range map[string]struct {
		suffix, old, new string
		do               func(*client.Client) error
	}{
		"other points":         {"/drafts", `"points":"7"`, `"points":"8"`, entry},
		"another unit":         {"/drafts", `"subject":"a"`, `"subject":"b"`, entry},
		"another author":       {"/drafts", `"author":"a-head"`, `"author":"b-head"`, entry},
		"another campaign":     {"/drafts", `/campaigns/signed"`, `/campaigns/other"`, entry},
		"another time":         {"/drafts", `"time":"20`, `"time":"19`, entry},
		"a cause":              {"/drafts", `"author":"a-head",`, `"author":"a-head","causationid":"0192f0c8-0000-7000-8000-000000000001",`, entry},
		"a transcribed mark":   {"/drafts", `"data":{`, `"data":{"basis":"transcribed",`, entry},
		"one more event":       {"/drafts", "}\n", "}\n{}\n", entry},
		"not canonical":        {"/drafts", `"data":{`, `"data": {`, entry},
		"another file":         {"/imports", `"file":"slips.csv","rows"`, `"file":"other.csv","rows"`, file},
		"other rows":           {"/imports", `"root":"`, `"root":"0`, file},
		"another author's":     {"/imports", `"author":"a-head"`, `"author":"b-head"`, file},
		"an event, not a file": {"/imports", `"type":"import.started"`, `"type":"unit.withdrawn"`, file},
	} {
		t.Run(name, func(t *testing.T) {
			evil := *good
			transport := &altering{RoundTripper: good.HTTP.Transport, suffix: tc.suffix, old: tc.old, new: tc.new}
			evil.HTTP = &http.Client{Transport: transport}
			if err := tc.do(&evil); !errors.Is(err, client.ErrTampered) || !transport.done {
				t.Errorf("error %v (altered: %t), want %v", err, transport.done, client.ErrTampered)
			}
		})
	}
	t.Run("a login elsewhere", func(t *testing.T) {
		evil := *good
		evil.HTTP = &http.Client{Transport: &altering{RoundTripper: good.HTTP.Transport, suffix: "/challenge", old: `"origin":"http://`, new: `"origin":"https://bank.`}}
		if err := evil.Login(t.Context(), "signed", s); err == nil || !strings.Contains(err.Error(), "not signed") {
			t.Errorf("error %v, want a challenge that is not signed", err)
		}
	})
	if err := entry(good); err != nil {
		t.Errorf("the good server: %v", err)
	}
	if summary, err := good.Summary(t.Context(), "signed", "en"); err != nil || summary.Seq != 5 {
		t.Errorf("the log has %d events, want 5 (%v)", summary.Seq, err)
	}
}
