package server_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/metrics"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

// counting gives a server metrics; its host counts nothing.
func counting(s *server.Server) {
	s.Metrics = metrics.New("test")
	s.Metrics.Watch(s.Gauges)
}

// measured is a site whose host counts too.
func measured(t *testing.T) *site {
	t.Helper()
	set := metrics.New("test")
	return serve(t, openHost(t, host.Config{Observer: set}), func(s *server.Server) {
		s.Metrics = set
		set.Watch(s.Gauges)
	})
}

// value is what /metrics says of a series; "" for nothing.
func (s *site) value(series string) string {
	s.t.Helper()
	got := s.do(http.MethodGet, "/metrics", "")
	if got.Code != http.StatusOK {
		s.t.Fatalf("%d %s", got.Code, got.Body)
	}
	for line := range strings.Lines(got.Body) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), series+" "); ok {
			return value
		}
	}
	return ""
}

func (s *site) expectValues(want map[string]string) {
	s.t.Helper()
	for series, value := range want {
		if got := s.value(series); got != value {
			s.t.Errorf("%s is %q, want %s", series, got, value)
		}
	}
}

// TestMetrics: what is done shows in what is counted.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := measured(t)
	s.open()
	s.append(draft("a", "x", 1))
	s.append(draft("a", "y", 1) + "\n" + draft("b", "y", 2))
	s.do(http.MethodPost, eventsPath, draft("zz", "x", 1)).expect(t, 422, "unknown-unit")
	s.do(http.MethodPost, eventsPath, "{").expect(t, 422, "format")
	s.do(http.MethodGet, "/nothing/"+strings.Repeat("x", 100), "")
	f := s.follow(eventsPath+"?since=4", eventStream)
	s.do(http.MethodGet, base+"/small/standings", "")
	s.expectValues(map[string]string{
		"campaign_ledger_events_appended_total":                                                             "4",
		"campaign_ledger_commits_total":                                                                     "3",
		"campaign_ledger_commit_events_sum":                                                                 "4",
		"campaign_ledger_commit_bytes_sum":                                                                  "12288", // three of at most 4 KiB: the length of none shows
		`campaign_ledger_refusals_total{code="unknown-unit"}`:                                               "1",
		`campaign_ledger_refusals_total{code="format"}`:                                                     "1",
		`campaign_ledger_append_duration_seconds_count{result="stored"}`:                                    "3",
		`campaign_ledger_append_duration_seconds_count{result="failed"}`:                                    "1",
		`campaign_ledger_commit_setbacks_total{kind="conflict"}`:                                            "0",
		"campaign_ledger_campaigns_open":                                                                    "1",
		"campaign_ledger_campaigns_read_only":                                                               "0",
		`campaign_ledger_campaign_events{campaign="small"}`:                                                 "4",
		`campaign_ledger_campaign_read_only{campaign="small"}`:                                              "0",
		"campaign_ledger_feeds_open":                                                                        "1",
		"campaign_ledger_nats_connected":                                                                    "1",
		"campaign_ledger_ready":                                                                             "1",
		"campaign_ledger_fold_lag_events":                                                                   "0",
		`campaign_ledger_http_requests_total{route="POST /api/v1/campaigns/{id}/events",status="200"}`:      "2",
		`campaign_ledger_http_requests_total{route="POST /api/v1/campaigns/{id}/events",status="422"}`:      "2",
		`campaign_ledger_http_requests_total{route="other",status="404"}`:                                   "1",
		`campaign_ledger_http_request_duration_seconds_count{route="GET /api/v1/campaigns/{id}/standings"}`: "1",
	})
	f.close()
	all := s.do(http.MethodGet, "/metrics", "").Body
	for _, hidden := range []string{"xxx", "scorer", token, "127.0.0.1"} {
		if strings.Contains(all, hidden) {
			t.Errorf("metrics name %s", hidden)
		}
	}
}

// TestMetricsWithheld: while a freeze hides why something is refused, the metrics do not tell it either.
func TestMetricsWithheld(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial", manyAttempts, counting)
	codes := func() []string {
		return regexp.MustCompile(`refusals_total\{code="[^"]+"\} \d+`).FindAllString(s.do(http.MethodGet, "/metrics", "").Body, -1)
	}
	s.do(http.MethodPost, s.path("/events"), `{"type":"campaign.closed","data":{}}`)
	before := codes()
	s.say("a-head", "", &events.StandingsFrozen{})
	s.do(http.MethodPost, s.path("/events"), `{"type":"campaign.closed","data":{}}`)
	s.do(http.MethodPost, s.path("/events"), "{")
	after := codes()
	if len(before) != 1 || strings.Contains(before[0], "withheld") || len(after) != 2 || after[0] != before[0] || after[1] != `refusals_total{code="withheld"} 2` {
		t.Errorf("before %q, after %q", before, after)
	}
}
