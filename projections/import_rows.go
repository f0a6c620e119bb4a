package projections

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// SignableRows makes the records of an import anew from its file, as its author must before signing: started is the announcement that the
// server planned, unsigned; planned says, by row number, what the server found for the rows that are not simply new; version is that of
// the regulation in force. An error means that the announcement is not of these rows. O(n) in rows.
func SignableRows(f ImportFile, started events.Draft, author Member, planned map[int]RowOutcome, version int, historic bool) ([]events.Record, error) {
	announced, ok := started.Payload.(*events.ImportStarted)
	if !ok || announced.SHA256 != f.SHA256 || announced.File != f.Name || started.Author != author.ID || started.Campaign != f.Campaign {
		return nil, fmt.Errorf("what is to be signed is not the import of %s by %s", f.Name, author.ID)
	}
	speaks := func(scorer string) bool {
		return speaksFor(author.ID, memberState{role: author.Role, unit: author.Unit}, scorer)
	}
	id := events.RowIDs(f.Campaign, f.SHA256)
	last := started.Time
	var records []events.Record
	for _, row := range f.Rows {
		out := planned[row.Number]
		if out.Fate != "" && out.Fate != RowNew && out.Fate != RowReplaces {
			continue
		}
		d := *row.Draft
		d.ID, d.Campaign, d.Author, d.Causation = id(row.Number), f.Campaign, author.ID, started.ID
		d.Time = rowTime(d.Time, started.Time, last, historic)
		last = d.Time
		d.Payload = rowPayload(d.Payload, true, version, speaks)
		if out.CurrentID != uuid.Nil {
			d.Payload = superseding(d.Payload, out.CurrentID, reasonOf(d.Payload, f.Reason))
		}
		record, err := events.Encode(d)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", row.Number, err)
		}
		records = append(records, record)
	}
	return records, checkRoots(announced.Batches, records)
}

// checkRoots holds an import's batches against its records.
func checkRoots(batches []events.Batch, records []events.Record) error {
	rest := records
	for i, b := range batches {
		if b.Rows > len(rest) {
			return fmt.Errorf("batch %d announces %d rows, and there are %d left", i+1, b.Rows, len(rest))
		}
		leaves := make([]batchLeaf, 0, b.Rows)
		for _, r := range rest[:b.Rows] {
			leaves = append(leaves, events.BatchLeaf(r))
		}
		if rootText(leaves) != b.Root {
			return fmt.Errorf("the rows of batch %d are not those announced", i+1)
		}
		rest = rest[b.Rows:]
	}
	if len(rest) > 0 {
		return fmt.Errorf("%d rows are not announced", len(rest))
	}
	return nil
}

// rowTime is what a row claims: its own time, or that of its import; in a historic campaign not before the row that came last.
func rowTime(own, started, last time.Time, historic bool) time.Time {
	switch {
	case !own.IsZero():
		return own
	case historic && last.After(started):
		return last
	}
	return started
}

// rowPayload is a row's payload with what follows from the campaign: the version of the regulation, and that the mark is transcribed.
func rowPayload(p events.Payload, signed bool, version int, speaks func(scorer string) bool) events.Payload {
	score, ok := p.(*events.ScoreEntered)
	if !ok {
		return p
	}
	transcribed := signed && score.Basis == "" && !speaks(score.Scorer)
	if !transcribed && version == 1 {
		return p
	}
	changed := *score
	if transcribed {
		changed.Basis = basisTranscribed
	}
	if changed.Regulation == 0 && version > 1 {
		changed.Regulation = version
	}
	return &changed
}

// reasonOf is a change's own reason, or the file's.
func reasonOf(p events.Payload, file string) string {
	reason := ""
	switch p := p.(type) {
	case *events.ScoreEntered:
		reason = p.Reason
	case *events.TargetSet:
		reason = p.Reason
	}
	if reason == "" {
		return file
	}
	return reason
}

// SealSheet makes a sheet's two events of its marks, which are put in order: what seals it now, and what reveals it later. The salt must be
// kept until then, and kept secret.
func SealSheet(sheet events.Sheet, marks []events.SheetMark) *events.SheetSealed {
	events.SortSheet(marks)
	return &events.SheetSealed{Cluster: sheet.Cluster, Level: sheet.Level, Scorer: sheet.Scorer, Marks: len(marks), Root: sheet.Root(marks)}
}

// RevealRows are the marks of a sheet as the drafts that follow its sheet.revealed, of which revealed is the draft.
func RevealRows(sheet events.Sheet, marks []events.SheetMark, revealed events.Draft, version int) []events.Draft {
	marks = slices.Clone(marks)
	events.SortSheet(marks)
	root := sheet.Root(marks)
	rows := make([]events.Draft, 0, len(marks))
	for i, m := range marks {
		score := &events.ScoreEntered{Cluster: sheet.Cluster, Criterion: m.Criterion, Level: sheet.Level, Scorer: sheet.Scorer, Mark: m.Mark}
		rows = append(rows, events.Draft{ID: events.SheetRowID(revealed.Campaign, root, i+1), Campaign: revealed.Campaign, Subject: m.Unit, Time: revealed.Time,
			Author: sheet.Author, Causation: revealed.ID, Payload: rowPayload(score, false, version, nil)})
	}
	return rows
}
