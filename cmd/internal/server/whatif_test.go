package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"campaignledger/projections"
)

// TestWhatIf: what would be stands beside the official standings, which stay, and no record is made of it.
func TestWhatIf(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.append(draft("b", "x", 6) + "\n" + draft("a", "y", 4) + "\n" + draft("a", "x", 4))
	official := s.do(http.MethodGet, base+"/small/standings", "").Body
	nothing := s.do(http.MethodGet, base+"/small/whatif", "").Body
	if !strings.Contains(nothing, `,"standings":`+strings.TrimSuffix(official, "\n")+`}}`) || !strings.HasPrefix(nothing, `{"format":1,"official":false,"whatIf":{`) {
		t.Errorf("nothing is assumed: %s\nofficial: %s", nothing, official)
	}
	var answer struct {
		Official *bool
		WhatIf   struct {
			Changes []projections.RankChange
			Dropped int
		}
	}
	const path = base + "/small/whatif?without=y&weight=I:2"
	got := s.do(http.MethodGet, path, "")
	if err := json.Unmarshal([]byte(got.Body), &answer); err != nil {
		t.Fatal(err)
	}
	changes := answer.WhatIf.Changes
	if answer.Official == nil || *answer.Official || answer.WhatIf.Dropped != 1 || len(changes) != 2 || changes[0].Unit != "a" || changes[0].To != 2 || changes[1].PointsThen != "12.00" {
		t.Errorf("%s", got.Body)
	}
	if tag := got.Header.Get("ETag"); tag == "" || s.do(http.MethodGet, path, "", "If-None-Match", tag).Code != http.StatusNotModified {
		t.Errorf("headers %v", got.Header)
	}
	if again := s.do(http.MethodGet, base+"/small/standings", "").Body; again != official {
		t.Errorf("the standings changed to %s", again)
	}
}

func TestWhatIfErrors(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, test := range []struct {
		path   string
		status int
		code   string
	}{
		{base + "/small/whatif?wieght=I:1", 400, "bad-request"},
		{base + "/small/whatif?weight=I:1&weight=I:2", 400, "bad-request"},
		{base + "/small/whatif?weight=I", 422, "what-if"},
		{base + "/small/whatif?weight=I:9999999", 422, "what-if"},
		{base + "/small/whatif?weight=Z:1", 422, "unknown-leaf"},
		{base + "/small/whatif?without=nobody", 422, "unknown-scorer"},
		{base + "/small/whatif?aggregate=best", 422, "what-if"},
		{base + "/small/whatif?cluster=zz", 422, "unknown-cluster"},
		{base + "/small/whatif?as_of=99", 400, "bad-request"},
		{base + "/other/whatif", 404, "no-campaign"},
	} {
		if p := s.do(http.MethodGet, test.path, "").expect(t, test.status, test.code); t.Failed() {
			t.Fatalf("%s: %+v", test.path, p)
		}
	}
}
