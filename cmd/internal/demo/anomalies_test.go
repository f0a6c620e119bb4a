package demo

import (
	"testing"

	"campaignledger/projections"
)

// TestAnomaliesOfTheYear are few enough to read, and name what the year was made to show.
func TestAnomaliesOfTheYear(t *testing.T) {
	t.Parallel()
	live, _ := replay(t, nil)
	const most = 40
	list := live.Anomalies("", "vi")
	if len(list) > most {
		t.Errorf("the year has %d anomalies, more than anybody reads", len(list))
	}
	count := map[projections.AnomalyCode]int{}
	for _, a := range list {
		t.Log(a.Text)
		count[a.Code]++
	}
	for _, code := range []projections.AnomalyCode{projections.AnomalySelf, projections.AnomalyScorer, projections.AnomalyMoved, projections.AnomalyTranscribed} {
		if count[code] == 0 {
			t.Errorf("none of them is a %s", code)
		}
	}
	host, err := live.HostOf("cum2")
	if err != nil {
		t.Fatal(err)
	}
	without, err := live.Without(host)
	if err != nil || without.Dropped == 0 {
		t.Errorf("without %s: %d marks dropped, %v", host, without.Dropped, err)
	}
	for _, c := range without.Changes {
		t.Log(c)
	}
}
