package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"campaignledger/cmd/internal/scores"
	"campaignledger/events"
	"campaignledger/projections"
)

// readSheet takes the marks of a score file that is one sheet: one cluster, level and scorer, and nothing but marks.
func readSheet(file *scores.File) (sheet events.Sheet, marks []events.SheetMark, err error) {
	bad := func(row scores.Row, err error) error {
		return fmt.Errorf("%s: %s: %w; nothing was sealed", file.Name, row.Place(), err)
	}
	if len(file.Rows) > events.MaxSheetMarks {
		return sheet, nil, fmt.Errorf("%s has %d rows, and a sheet has at most %d marks; nothing was sealed", file.Name, len(file.Rows), events.MaxSheetMarks)
	}
	for _, row := range file.Rows {
		p, ok := row.Proposal.Payload.(*events.ScoreEntered)
		switch {
		case row.Err != nil:
			return sheet, nil, bad(row, row.Err)
		case !ok:
			return sheet, nil, bad(row, errors.New("a target is no mark; set it with campaign target"))
		case p.Item != "" || p.Basis != "" || p.Evidence != "" || p.Reason != "" || !row.Proposal.Time.IsZero():
			return sheet, nil, bad(row, errors.New("a sealed sheet has marks only; leave item, basis, evidence, reason and time out"))
		case len(marks) == 0:
			sheet.Cluster, sheet.Level, sheet.Scorer = p.Cluster, p.Level, p.Scorer
		case p.Cluster != sheet.Cluster || p.Level != sheet.Level || p.Scorer != sheet.Scorer:
			return sheet, nil, bad(row, fmt.Errorf("it is of %s, %s, %s, and the rows before of %s, %s, %s; a sheet has one cluster, level and scorer: make one file of each",
				p.Cluster, p.Level, p.Scorer, sheet.Cluster, sheet.Level, sheet.Scorer))
		}
		mark := events.SheetMark{Unit: row.Proposal.Subject, Criterion: p.Criterion, Mark: p.Mark}
		if i := slices.IndexFunc(marks, func(m events.SheetMark) bool { return m.Unit == mark.Unit && m.Criterion == mark.Criterion }); i >= 0 {
			return sheet, nil, bad(row, fmt.Errorf("%s has a mark for %s of %s already", file.Rows[i].Place(), mark.Criterion, mark.Unit))
		}
		marks = append(marks, mark)
	}
	return sheet, marks, nil
}

// checkSheet holds a sheet's marks against the regulation as admission will when it is opened: what is refused then can't be opened any
// more. It asks nobody: the marks are secret. What others have entered by then it can't know.
func (s signing) checkSheet(r *events.Regulation, sheet events.Sheet, file *scores.File) error {
	if m := s.Member; m.ID != sheet.Scorer && (m.Unit != sheet.Scorer || m.Role != events.RoleHead && m.Role != events.RoleOfficer && m.Role != events.RoleReviewer) {
		return fmt.Errorf("%s does not speak for %s; let a member of %s seal its sheet: the seal is bound to who seals", m.ID, sheet.Scorer, sheet.Scorer)
	}
	trial, recorded, err := trialOf(r)
	if err != nil {
		return err
	}
	if at := slices.IndexFunc(r.Levels, func(l events.Level) bool { return l.ID == sheet.Level }); at >= 0 && !r.Levels[at].Sealed {
		return fmt.Errorf("level %s is not sealed; enter the marks with campaign import or campaign score", sheet.Level)
	}
	for i, row := range file.Rows {
		d := row.Proposal.Draft
		d.ID, d.Campaign, d.Author, d.Time = events.NewID(), r.ID, sheet.Scorer, recorded
		err := s.checkSigned(r, d)
		if err == nil {
			err = admit(trial, d, events.Seq(i+2), recorded)
		}
		if err != nil {
			return fmt.Errorf("%s: %s: %w; nothing was sealed", file.Name, row.Place(), err)
		}
	}
	if err := trial.Settle(); err != nil {
		return fmt.Errorf("%s: %w; nothing was sealed", file.Name, err)
	}
	return nil
}

// trialOf is a campaign of this process under the regulation, unsigned, so that stages and powers do not matter.
func trialOf(r *events.Regulation) (*projections.Live, time.Time, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(r.Canonical(), &members); err != nil {
		return nil, time.Time{}, err
	}
	delete(members, "members")
	source, err := json.Marshal(members)
	if err != nil {
		return nil, time.Time{}, err
	}
	unsigned, err := events.ParseRegulation("regulation.json", source)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("the regulation in force: %w", err)
	}
	now := events.Milliseconds(time.Now())
	trial := projections.NewLive()
	opened := events.Draft{ID: events.NewID(), Campaign: r.ID, Time: projections.OpeningTime(unsigned, now), Author: "trial",
		Payload: events.NewCampaignOpened(unsigned, "regulation.json", strings.Repeat("0", len(events.NoGenesis)))}
	return trial, now, admit(trial, opened, 1, now)
}

// admit admits a draft as event seq of a trial.
func admit(trial *projections.Live, d events.Draft, seq events.Seq, recorded time.Time) error {
	record, err := events.Encode(d)
	if err != nil {
		return err
	}
	return trial.Admit(events.Event{Draft: d, Seq: seq, Recorded: recorded, Record: record})
}

// checkSigned is what a signed campaign adds: who stands aside, and evidence, which a sheet has no room for.
func (s signing) checkSigned(r *events.Regulation, d events.Draft) error {
	p, ok := d.Payload.(*events.ScoreEntered)
	at := slices.IndexFunc(r.Levels, func(l events.Level) bool { return ok && l.ID == p.Level })
	cluster := slices.IndexFunc(r.Clusters, func(c events.Cluster) bool { return ok && c.ID == p.Cluster })
	if at < 0 || cluster < 0 {
		return nil // admission says what is wrong
	}
	level, where := &r.Levels[at], &r.Clusters[cluster]
	if at == 0 && p.Mark.HasValue() && slices.ContainsFunc(leavesOf(r, where), func(l *events.Criterion) bool { return l.ID == p.Criterion && l.Evidence }) {
		return fmt.Errorf("criterion %s requires evidence at level %s, which a sealed sheet can't name; leave the row out", p.Criterion, p.Level)
	}
	if s.Member.Unit == "" || s.Member.Unit != d.Subject || level.Scorers == events.ScorersOwnUnit {
		return nil
	}
	if level.Scorers == events.ScorersCouncil && r.Council.RecuseOwn && p.Mark.Kind != events.MarkRecused {
		return fmt.Errorf("you belong to unit %s and stand aside here; write recused in the column mark", d.Subject)
	}
	if where.Lead == d.Subject && p.Mark.HasValue() && r.Conflict.LeadReviewsOwn == "refuse" {
		return fmt.Errorf("you belong to the lead %s and may not review it (conflict: lead-reviews-own)", d.Subject)
	}
	return nil
}

// parseMark reads what Mark.String writes.
func parseMark(text string) (m events.Mark, err error) {
	kind, amount, _ := strings.Cut(text, ":")
	switch kind {
	case "points":
		m.Kind = events.MarkPoints
	case "actual":
		m.Kind = events.MarkActual
	case "place":
		m.Kind = events.MarkPlace
	case "abstained":
		m.Kind = events.MarkAbstained
	case "recused":
		m.Kind = events.MarkRecused
	}
	if m.HasValue() {
		m.Amount, err = events.ParseDecimal(amount)
	}
	if err == nil && m.String() != text {
		err = fmt.Errorf("%.40q is no mark", text)
	}
	return m, err
}
