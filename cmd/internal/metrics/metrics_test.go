package metrics

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
)

// full is a set in which every family has a series.
func full(campaigns int) *Set {
	s := New("1.2.3")
	at := time.UnixMilli(1_500_000_000_000)
	s.Watch(func() Gauges {
		g := Gauges{Ready: true, Scrubbed: at, Unopened: 1, Feeds: 3, NATS: host.NATSStatus{Connected: true, Reconnects: 2}}
		for i := range campaigns {
			g.Campaigns = append(g.Campaigns, host.CampaignStatus{ID: fmt.Sprintf("c%06d", i), Open: true, Events: 7, Newest: at, Checkpoint: 5, Signed: at, Unsigned: time.Now().Add(-time.Hour),
				Witnessing: host.Witnessing{Witnesses: 3, Cosigned: 2, Quorum: 2}, Cosigned: at, Load: ledger.Load{Queued: 1, Held: 2, Behind: 4, Since: time.Now().Add(-time.Minute)}})
		}
		return g
	})
	s.Appended(time.Millisecond, nil)
	s.Admitted(context.Background(), nil)
	s.Committed(make([]events.Event, 3), ledger.CommitFigures{Bytes: 700, Bodies: 2, Gather: time.Microsecond, Store: time.Millisecond})
	for _, k := range []ledger.Setback{ledger.SetbackConflict, ledger.SetbackUnclear, ledger.SetbackRetry} {
		s.Setback(k)
	}
	s.Refused("voter", false)
	s.Refused("voter", true)
	s.LoginFailed()
	s.FeedDropped("slow")
	s.Answered("GET /x", 200, time.Second, false)
	s.Answered("GET /feed", 200, time.Hour, true)
	return s
}

// exported are the names under the prefix, with the labels of each.
func exported(t *testing.T, s *Set) map[string][]string {
	t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, f := range families {
		labels := []string{}
		for _, pair := range f.Metric[0].Label {
			labels = append(labels, pair.GetName())
		}
		all[f.GetName()] = labels
	}
	return all
}

// TestFamilies: what is exported is what is described, with the same labels, in both languages, by the conventions of Prometheus.
func TestFamilies(t *testing.T) {
	t.Parallel()
	s := full(2)
	got := exported(t, s)
	described := map[string]bool{}
	for _, f := range Families() {
		name := Prefix + f.Name
		described[name] = true
		labels, ok := got[name]
		slices.Sort(labels)
		want := slices.Sorted(slices.Values(f.Labels))
		if !ok || !slices.Equal(labels, want) {
			t.Errorf("%s is exported: %v, with labels %v, not %v", name, ok, labels, want)
		}
		if len(f.En) < 15 || len(f.Vi) < 15 || f.En == f.Vi || !strings.HasSuffix(f.En, ".") || !strings.HasSuffix(f.Vi, ".") {
			t.Errorf("%s: %q, %q", name, f.En, f.Vi)
		}
		if unit := map[string]string{"_seconds": "seconds", "_bytes": "bytes"}; true {
			for suffix, word := range unit {
				if strings.HasSuffix(name, suffix) && !strings.Contains(f.En, word) {
					t.Errorf("the help of %s does not name its unit, %s", name, word)
				}
			}
		}
		if (f.Kind == Counter) != strings.HasSuffix(name, "_total") {
			t.Errorf("%s is a %s", name, f.Kind)
		}
	}
	for name := range got {
		if strings.Contains(name, "network") {
			t.Errorf("%s tells lengths", name)
		}
		if strings.HasPrefix(name, Prefix) && !described[name] {
			t.Errorf("%s is exported, and nothing describes it", name)
		}
	}
	problems, err := testutil.GatherAndLint(s.registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %+v", err, problems)
	}
}

// TestDashboard: every metric in a query of the dashboard is exported, with the labels that the query names.
func TestDashboard(t *testing.T) {
	t.Parallel()
	got := exported(t, full(1))
	var d struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
		Templating struct{ List []struct{ Definition string } }
	}
	if err := json.Unmarshal(Dashboard(), &d); err != nil {
		t.Fatal(err)
	}
	var queries []string
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			queries = append(queries, target.Expr)
		}
	}
	for _, v := range d.Templating.List {
		queries = append(queries, v.Definition)
	}
	if len(queries) < 40 {
		t.Fatalf("%d queries", len(queries))
	}
	name, label := regexp.MustCompile(`\b(?:campaign_ledger|go|process)_[a-z_]+`), regexp.MustCompile(`([a-z_]+)=~?"`)
	part := regexp.MustCompile(`_(bucket|sum|count)$`)
	shown := map[string]bool{}
	for _, q := range queries {
		found := name.FindAllString(q, -1)
		if len(found) == 0 {
			t.Errorf("%s asks for nothing of ours", q)
		}
		for _, metric := range found {
			labels, ok := got[metric]
			if !ok {
				metric = part.ReplaceAllString(metric, "")
				labels, ok = got[metric]
			}
			shown[metric] = true
			if !ok {
				t.Errorf("%s: %s is not exported", q, metric)
			}
			for _, l := range label.FindAllStringSubmatch(q, -1) {
				if l[1] != "job" && l[1] != "instance" && !slices.Contains(labels, l[1]) {
					t.Errorf("%s: %s has no label %s", q, metric, l[1])
				}
			}
		}
		if by := regexp.MustCompile(`by \(([a-z, ]+)\)`).FindStringSubmatch(q); by != nil {
			for l := range strings.SplitSeq(by[1], ", ") {
				if l != "le" && !slices.ContainsFunc(found, func(m string) bool {
					return slices.Contains(got[part.ReplaceAllString(m, "")], l) || slices.Contains(got[m], l)
				}) {
					t.Errorf("%s: nothing has the label %s", q, l)
				}
			}
		}
	}
	for _, f := range Families() {
		if !shown[Prefix+f.Name] {
			t.Errorf("the dashboard does not show %s", Prefix+f.Name)
		}
	}
}

// TestCardinality: ten thousand open campaigns make no more series than five hundred, and an alarm still looks at all.
func TestCardinality(t *testing.T) {
	t.Parallel()
	few, err := testutil.GatherAndCount(full(maxLabelled).registry)
	if err != nil {
		t.Fatal(err)
	}
	s := full(10_000)
	many, err := testutil.GatherAndCount(s.registry)
	if err != nil || many > few+10 {
		t.Errorf("%d series, with five hundred %d: %v", many, few, err)
	}
	families, err := s.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, f := range families {
		values[strings.TrimPrefix(f.GetName(), Prefix)] = f.Metric[0].GetGauge().GetValue()
	}
	for name, want := range map[string]float64{"campaigns_open": 10_000, "campaigns_unlabelled": 9_500, "unsigned_events": 20_000, "appends_queued": 10_000, "appends_held": 20_000, "fold_lag_events": 4,
		"campaigns_read_only": 1, "campaign_newest_event_timestamp_seconds": 1_500_000_000} {
		if values[name] != want {
			t.Errorf("%s is %v, want %v", name, values[name], want)
		}
	}
	if age := values["unsigned_seconds"]; age < 3600 || age > 3700 {
		t.Errorf("unsigned for %v s", age)
	}
}

// TestLengthsDoNotShow: commits of any length below a bound are counted as of one length.
func TestLengthsDoNotShow(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]float64{0: 4096, 1: 4096, 4096: 4096, 4097: 16384, 960 << 10: 1 << 20, 5 << 20: 1 << 20} {
		if got := roundUp(n); got != want {
			t.Errorf("%d bytes count as %v", n, got)
		}
	}
}

// BenchmarkSet is what counting costs: once a commit in the goroutine that appends, once an append in its writer's.
func BenchmarkSet(b *testing.B) {
	s, list, f := New("bench"), make([]events.Event, 16), ledger.CommitFigures{Bytes: 9000, Bodies: 16, Gather: time.Microsecond, Store: time.Millisecond}
	b.Run("commit", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Committed(list, f)
		}
	})
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Appended(time.Millisecond, nil)
		}
	})
}
