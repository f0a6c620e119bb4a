package cli

import (
	"context"
	"fmt"
	"slices"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
	"campaignledger/projections"
)

// waitingRow is one thing that waits for somebody's word.
type waitingRow struct {
	Seq      events.Seq `json:"seq"`
	As       string     `json:"as"`
	For      string     `json:"for"` // whose word: a scorer, or "" where several may give it
	Marks    int        `json:"marks,omitempty"`
	Agreed   int        `json:"agreed,omitempty"` // units, so far
	Sentence string     `json:"sentence"`
	tellers  bool       // a count of slips
}

// endorseList shows what waits for an endorsement.
func (a *app) endorseList(ctx context.Context, id string) error {
	return a.withCampaign(ctx, id, func(c *client.Client) error {
		summary, err := c.Summary(ctx, id, a.lang)
		if err != nil {
			return err
		}
		audit, err := c.Audit(ctx, id, nil)
		if err != nil {
			return err
		}
		rows := a.waiting(audit.Lines, summary.Regulation)
		if a.output != "table" {
			return a.writeWaiting(rows)
		}
		a.banner(summary.Notice, summary.Signed)
		for _, row := range rows {
			writeWrapped(a.out, fmt.Sprintf("%6d  ", row.Seq), a.waitingFor(row)+": "+row.Sentence, lineWidth)
		}
		if len(rows) == 0 {
			fmt.Fprintln(a.err, a.say("Không có gì chờ đồng thuận hoặc xác nhận.", "Nothing waits for an endorsement."))
		}
		return nil
	})
}

func (a *app) writeWaiting(rows []waitingRow) error {
	switch a.output {
	case "json":
		return writeJSON(a.out, struct {
			Waiting []waitingRow `json:"waiting"`
		}{rows})
	case "ndjson":
		return writeLines(a.out, rows)
	}
	cells := make([][]string, 0, len(rows))
	for _, r := range rows {
		cells = append(cells, []string{fmt.Sprint(r.Seq), r.As, r.For, fmt.Sprint(r.Marks), fmt.Sprint(r.Agreed), r.Sentence})
	}
	return writeCSV(a.out, []string{"seq", "as", "for", "marks", "agreed", "sentence"}, cells)
}

// waitingFor says whose word a row waits for.
func (a *app) waitingFor(r waitingRow) string {
	switch {
	case r.As == events.EndorseSecond:
		return a.say("chờ đơn vị khác đồng thẩm định (--as second)", "for another unit's head or reviewer (--as second)")
	case r.As == events.EndorseReviewed:
		return a.say("chờ xem xét lại (--as reviewed)", "to be looked at again (--as reviewed)")
	case r.tellers:
		return a.say("chờ đủ ba người kiểm phiếu", "for three tellers")
	case r.For != "":
		return fmt.Sprintf(a.say("chờ %s xác nhận %s", "for %s to confirm %s"), r.For, a.marks(r.Marks))
	}
	return a.say("chờ trưởng các đơn vị", "for the heads of units")
}

func (a *app) marks(n int) string { return a.count(n, "mục chấm", "mark") }

// waiting gathers what waits: joint acts, and marks on hold, those of one import and scorer together. An amendment that version, the
// regulation's in force, has overtaken waits no more.
func (a *app) waiting(lines []projections.AuditLine, version int) []waitingRow {
	type group struct {
		of      events.Seq
		as, who string
	}
	rows, at := []waitingRow{}, map[group]int{}
	ended := map[string]bool{} // ballots, of which no other close and no count waits any more
	for _, l := range lines {
		if l.Type == events.TypeBallotClosed && !slices.Contains(l.Hold, "act") {
			ended[l.Ballot] = true
		}
	}
	sentences := map[events.Seq]string{}
	for _, l := range lines {
		if l.Type == events.TypeImportStarted {
			sentences[l.Seq] = projections.Sentence(l, a.lang)
		}
		if l.SupersededBy != 0 || ended[l.Ballot] || l.Type == events.TypeRegulationAmended && l.Version <= version {
			continue
		}
		for _, hold := range l.Hold {
			g := group{of: l.Seq, as: events.EndorseAgree}
			switch hold {
			case "transcribed":
				g.who = l.Scorer
			case "second":
				g.as = events.EndorseSecond
			case "review":
				g.as = events.EndorseReviewed
			case "reopened", "single": // nobody's word changes that
				continue
			}
			if l.Import != 0 && sentences[l.Import] != "" {
				g.of = l.Import
			}
			i, seen := at[g]
			if !seen {
				i = len(rows)
				at[g] = i
				rows = append(rows, waitingRow{Seq: g.of, As: g.as, For: g.who, Agreed: l.Agreed, Sentence: firstOf(sentences[g.of], projections.Sentence(l, a.lang)),
					tellers: l.Type == events.TypeBallotTallied})
			}
			if hold != "act" && hold != "review" {
				rows[i].Marks++
			}
		}
	}
	return rows
}
