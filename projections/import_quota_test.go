package projections

import (
	"testing"

	"campaignledger/events"
)

// TestQuotaThroughImports: an import's rows are its author's, and where they are too many nothing of it is stored.
func TestQuotaThroughImports(t *testing.T) {
	t.Parallel()
	const rows = 3
	f := fileOf("rows.csv", bonuses(rows)...)
	f.Author = "b-officer"
	c := signedAt(t, scoring)
	_, commits := c.imports("b-officer", f)
	all, size := commits[0], int64(0)
	for _, e := range all {
		size += int64(len(e.Record)) + 1
	}
	const plenty = 1 << 30
	for _, x := range []struct {
		name   string
		limits usage
	}{{"records", usage{rows, plenty}}, {"bytes", usage{plenty, size - 1}}} {
		c.live.state.limits = x.limits
		plan, err := c.live.PlanImport(f, c.now)
		if r := c.refused(err, CodeQuota); r.Field != "author" || len(plan.Commits) != 0 {
			t.Errorf("%s: planned: %+v, %d commits", x.name, r, len(plan.Commits))
		}
	}
	for name, limits := range map[string]usage{"records": {rows, plenty}, "bytes": {plenty, size - 1}} {
		c.live.state.limits = limits
		if r := c.refused(c.body(all...), CodeQuota); r.Field != "author" { // who announced it without asking
			t.Errorf("%s: %+v", name, r)
		}
	}
	requireSame(t, fold(t, c.list), c.live)
	c.live.state.limits = usage{rows + 1, size}
	c.must(all[0], c.body(all...))
	if got := c.live.state.usage.get("b-officer"); got != (usage{rows + 1, size}) {
		t.Errorf("the import took %+v", got)
	}
	c.refuses(CodeQuota, "b-officer", "b", points("G", "self", "b", "1"))
	c.does("b-head", "b", points("G", "self", "b", "1"))
	more := fileOf("more.csv", importRowOf("b", proven(points("E", "self", "b", "1"))))
	more.Author = "b-officer"
	_, err := c.live.PlanImport(more, c.now)
	c.refused(err, CodeQuota)
	requireSame(t, fold(t, c.list), c.live)

	// A row that a sheet opens counts too.
	c = signedAt(t, review)
	before := c.live.state.usage.get("b-head")
	list := c.mustReveal("b-head", "b", sheetOf("c")...)
	if got := c.live.state.usage.get("b-head"); got.records != before.records+int64(len(list)) {
		t.Errorf("a sheet of %d records took %d", len(list), got.records-before.records)
	}
	if _, ok := list[1].Payload.(*events.ScoreEntered); !ok {
		t.Errorf("the sheet's row is %s", list[1].Record)
	}
}
