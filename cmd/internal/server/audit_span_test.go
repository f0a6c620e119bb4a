package server_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"campaignledger/cmd/internal/host"
)

// TestAuditSpan: days and times choose what happened in them; in a historic campaign by what events claim, since all of it was recorded today.
func TestAuditSpan(t *testing.T) {
	t.Parallel()
	h := openHost(t, host.Config{})
	tellYear(t, h)
	s := serve(t, h)
	for span, want := range map[string]struct{ first, last string }{
		"from=2017-06-01&to=2017-06-30":                                   {"2017-05-31T17", "2017-06-30T16"},
		"from=2017-06-01T00:00:00%2B07:00&to=2017-06-30T23:59:59%2B07:00": {"2017-05-31T17", "2017-06-30T16"},
		"from=2018-01-01": {"2017-12-31T17", "2099"},
		"to=2017-01-31":   {"2017", "2017-01-31T16"},
	} {
		var got struct{ Lines []struct{ Time string } }
		if err := json.Unmarshal([]byte(s.do(http.MethodGet, base+"/"+demoYear+"/audit?"+span, "").Body), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Lines) == 0 {
			t.Fatalf("%s: nothing", span)
		}
		if first, last := got.Lines[0].Time, got.Lines[len(got.Lines)-1].Time; first < want.first || last > want.last+"~" {
			t.Errorf("%s: from %s to %s", span, first, last)
		}
	}
	s.do(http.MethodGet, base+"/"+demoYear+"/audit?from=June", "").expect(t, 400, "bad-request")
}
