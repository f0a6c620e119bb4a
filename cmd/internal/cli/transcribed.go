package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"campaignledger/cmd/internal/scores"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
	"campaignledger/projections"
)

// tellTranscribed says how many rows of an imported file are marks of other scorers, and for whose word they wait. O(n) in rows.
func (i *importer) tellTranscribed(ctx context.Context, name string, content []byte, r *server.ImportResult) error {
	if i.by == nil || r.Refused || r.New+r.Replaced == 0 || r.Bad > 0 && !i.flags.keepGood {
		return nil
	}
	file, err := scores.Read(name, content)
	if err != nil {
		return err
	}
	waiting, rows := transcribed(file, i.by.Member, r), 0
	for _, n := range waiting {
		rows += n
	}
	if rows == 0 {
		return nil
	}
	regulation, err := i.client.Regulation(ctx, i.campaign.ID)
	if err != nil {
		return err
	}
	said := i.count(rows, "dòng", "row")
	if !r.DryRun && r.Unchanged+r.Already > 0 { // some of them may be stored and confirmed
		said = i.say("nhiều nhất ", "at most ") + said
	}
	if regulation.Transcribed == events.TranscribedOfficial {
		writeWrapped(plainText{i.err}, "", fmt.Sprintf(i.say("%s: %s chép lại điểm của người khác, tính ngay.", "%s: %s transcribed for others; by the regulation they count at once."), name, said), lineWidth)
		return nil
	}
	var whom []string
	for _, scorer := range slices.Sorted(maps.Keys(waiting)) {
		whom = append(whom, fmt.Sprintf("%s (%d)", scorer, waiting[scorer]))
	}
	writeWrapped(plainText{i.err}, "", fmt.Sprintf(i.say("%s: %s chép lại điểm của người khác, chưa tính, chờ xác nhận của %s (campaign endorse %s --list)",
		"%s: %s transcribed for others, which do not count until confirmed; waiting for %s (campaign endorse %s --list)"),
		name, said, strings.Join(whom, ", "), i.campaign.ID), lineWidth)
	return nil
}

// transcribed counts a file's rows by scorers that the member does not speak for. Left out are bad rows and, where the result tells of all
// rows, those that would change nothing.
func transcribed(file *scores.File, m projections.Member, r *server.ImportResult) map[string]int {
	idle := map[int]bool{}
	for _, o := range r.Outcomes {
		idle[o.Row] = o.Fate != projections.RowNew && o.Fate != projections.RowReplaces
	}
	waiting := map[string]int{}
	for at := range file.Rows {
		row := &file.Rows[at]
		p, ok := row.Proposal.Payload.(*events.ScoreEntered)
		if ok && row.Err == nil && !idle[row.Number] && p.Scorer != m.ID && p.Scorer != m.Unit {
			waiting[p.Scorer]++
		}
	}
	return waiting
}
