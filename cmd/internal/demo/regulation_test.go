package demo

import (
	"testing"

	"golang.org/x/text/unicode/norm"

	"campaignledger/events"
)

func TestRegulation(t *testing.T) {
	t.Parallel()
	r, err := events.ParseRegulation(SourceName, Source(testKeys(t)))
	if err != nil {
		t.Fatal(err)
	}
	if r.ID != "cum2-2017" || r.Clusters[0].ID != "cum2" || r.Clusters[0].Lead != "lang-son" || !r.Signed() || r.Clock != events.ClockHistoric {
		t.Errorf("campaign %s, cluster %s, lead %s, signed %t, clock %s", r.ID, r.Clusters[0].ID, r.Clusters[0].Lead, r.Signed(), r.Clock)
	}
	if vi, en := r.Notice.In("vi"), r.Notice.In("en"); vi != "Điểm, tên người và lời văn minh họa, không phải thật" || en != "illustrative scores, names and texts, not real" {
		t.Errorf("the notice is %q and %q", vi, en)
	}
	for _, text := range []string{string(Source(testKeys(t))), finalMarks} {
		if !norm.NFC.IsNormalString(text) {
			t.Error("a file of this package is not in NFC")
		}
	}
	for _, unit := range r.Clusters[0].Units {
		if title := unit.Title.In("vi"); !norm.NFC.IsNormalString(title) || title == "" {
			t.Errorf("the title of %s, %q, is empty or not in NFC", unit.ID, title)
		}
	}
}

func TestRegulationUsesEveryMethod(t *testing.T) {
	t.Parallel()
	r, err := events.ParseRegulation(SourceName, Source(testKeys(t)))
	if err != nil {
		t.Fatal(err)
	}
	used := map[events.Method]int{}
	leaves := countMethods(t, r.Sets[0].Items, used)
	for _, m := range []events.Method{events.MethodGraded, events.MethodTarget, events.MethodProportional, events.MethodPassfail,
		events.MethodCount, events.MethodOrdinal, events.MethodAdjustment} {
		if used[m] == 0 {
			t.Errorf("no leaf has the method %s", m)
		}
	}
	if leaves < 24 || leaves > 30 {
		t.Errorf("the regulation has %d leaves", leaves)
	}
}

// countMethods counts leaves by method, and checks that each has its title in both languages.
func countMethods(t *testing.T, items []events.Criterion, used map[events.Method]int) (leaves int) {
	t.Helper()
	for _, c := range items {
		if c.Title.VI == "" || c.Title.EN == "" {
			t.Errorf("criterion %s lacks a title", c.ID)
		}
		if c.Method != events.MethodGroup {
			used[c.Method]++
			leaves++
		}
		leaves += countMethods(t, c.Items, used)
	}
	return leaves
}
