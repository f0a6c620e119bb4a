package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
	"campaignledger/projections"
)

const aboutEndorse = `Put your word to an earlier event, by its sequence or id. The record is fetched
and shown, its hash is computed here from its bytes, and that is what you sign.

  agree     a joint act (an amendment, a tie decision, another unit's head), or
            marks of yours that the lead entered
  second    the lead's review of its own unit, where the regulation asks for it
  received  that you have taken notice; it has no effect of its own

--list shows what waits for whom.`

func (a *app) endorse() *cobra.Command {
	var as, note string
	var list, yes bool
	c := &cobra.Command{Use: "endorse CAMPAIGN [SEQ|ID]", Short: "Agree to an event, second it, or confirm its receipt", Long: aboutEndorse,
		Example: "  campaign endorse cum2-2017 --list\n  campaign endorse cum2-2017 412\n  campaign endorse cum2-2017 412 --as received --yes", Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, which := cmd.Context(), argument(args, 1)
			if list {
				return a.endorseList(ctx, args[0])
			}
			if !slices.Contains([]string{events.EndorseAgree, events.EndorseSecond, events.EndorseReceived}, as) {
				return usageError{fmt.Errorf("--as %q: use agree, second or received", as)}
			}
			return a.withSigner(ctx, args[0], func(s signing) error {
				if err := a.need(ctx, asked{value: &which, name: "SEQ", vi: "Sự kiện số (endorse --list liệt kê)", en: "Which event (endorse --list shows them)"}); err != nil {
					return err
				}
				found, draft, err := s.find(ctx, which)
				if err != nil {
					return err
				}
				if err := s.showEndorsed(ctx, found, draft); err != nil {
					return err
				}
				if isTerminal(a.in) {
					if err := a.confirm(ctx, yes, "Ký "+as+"?", "Sign "+as+"?"); err != nil {
						return err
					}
				}
				return s.say(ctx, events.Draft{Payload: &events.RecordEndorsed{Of: draft.ID, Hash: client.RecordHash(found), As: as, Note: note}})
			})
		}}
	c.Flags().StringVar(&as, "as", events.EndorseAgree, "agree, second or received")
	c.Flags().StringVar(&note, "note", "", "a note")
	c.Flags().BoolVar(&list, "list", false, "show what waits for an endorsement")
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return c
}

// find is the event with a sequence or an id. By id it reads the log: O(n) in events.
func (s signing) find(ctx context.Context, which string) (found client.Event, draft events.Draft, err error) {
	if seq, numberErr := strconv.ParseUint(strings.TrimPrefix(which, "#"), 10, 63); numberErr == nil && seq > 0 {
		found, err = s.Record(ctx, s.id, events.Seq(seq))
	} else {
		found, err = s.findID(ctx, which)
	}
	if err != nil {
		return found, draft, err
	}
	if len(found.Record) == 0 {
		return found, draft, fmt.Errorf("event %d is hidden while the standings are frozen; a reviewer, council member or auditor may see it", found.Seq)
	}
	draft, err = events.Decode(events.Record(found.Record))
	return found, draft, err
}

func (s signing) findID(ctx context.Context, text string) (found client.Event, err error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return found, usageError{fmt.Errorf("%.80q is neither the sequence of an event nor its id; campaign audit %s shows them", text, s.id)}
	}
	member, stop := []byte(`"id":"`+id.String()+`"`), errors.New("found")
	err = s.Events(ctx, s.id, 0, false, func(e client.Event, _ []byte) error {
		if !bytes.Contains(e.Record, member) { // cheaper than to decode all
			return nil
		}
		if d, err := events.Decode(events.Record(e.Record)); err != nil || d.ID != id {
			return err
		}
		found = e
		found.Record = slices.Clone(e.Record)
		return stop
	})
	switch {
	case errors.Is(err, stop):
		return found, nil
	case err == nil:
		err = fmt.Errorf("campaign %s has no event %s that you may see", s.id, id)
	}
	return found, err
}

// showEndorsed shows an event before it is endorsed: the sentence that the server has for it, and what the record itself says.
func (s signing) showEndorsed(ctx context.Context, found client.Event, draft events.Draft) error {
	a := s.app
	audit, err := s.Audit(ctx, s.id, url.Values{"after": {fmt.Sprint(found.Seq - 1)}, "limit": {"1"}})
	if err != nil {
		return err
	}
	text := string(draft.Type())
	if len(audit.Lines) == 1 && audit.Lines[0].ID == draft.ID.String() {
		text = projections.Sentence(audit.Lines[0], a.lang)
	}
	out := plainText{a.err}
	writeWrapped(out, fmt.Sprintf("%6d  ", found.Seq), text, lineWidth)
	for _, row := range recordRows(events.Record(found.Record), draft) {
		writeWrapped(out, fmt.Sprintf("        %-12s", row[0]), row[1], lineWidth)
	}
	if p, ok := draft.Payload.(*events.RegulationAmended); ok && p.Version == s.summary.Regulation+1 {
		return s.showAmendment(ctx, p)
	}
	return nil
}

// showAmendment shows what a proposed regulation changes, and what that does to the ranks.
func (s signing) showAmendment(ctx context.Context, p *events.RegulationAmended) error {
	now, err := s.Regulation(ctx, s.id)
	if err != nil {
		return err
	}
	changed, err := changedParts(now, p.Regulation)
	if err != nil {
		return err
	}
	effect, err := s.Preview(ctx, s.id, "regulation.json", p.Regulation.Canonical())
	if err != nil {
		return err
	}
	writeWrapped(plainText{s.app.err}, "", s.app.say("Thay đổi: ", "Changed: ")+strings.Join(changed, ", "), lineWidth)
	s.app.writePreview(effect, true)
	return nil
}

// changedParts are the keys of a regulation under which two of them differ.
func changedParts(before, after *events.Regulation) (changed []string, err error) {
	var old, amended map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(before.Canonical(), &old), json.Unmarshal(after.Canonical(), &amended)); err != nil {
		return nil, err
	}
	for key, value := range amended {
		if !bytes.Equal(old[key], value) {
			changed = append(changed, key)
		}
		delete(old, key)
	}
	for key := range old {
		changed = append(changed, key)
	}
	slices.Sort(changed)
	return changed, nil
}

// recordRows are the members of a record's data, and who says it, from its own bytes. Long ones are cut: the hash covers all.
func recordRows(record events.Record, draft events.Draft) [][2]string {
	const longest = 240
	rows := [][2]string{{"type", string(draft.Type())}, {"author", draft.Author}}
	if draft.Subject != "" {
		rows = append(rows, [2]string{"subject", draft.Subject})
	}
	var envelope struct{ Data json.RawMessage }
	if json.Unmarshal(record, &envelope) == nil {
		dec := json.NewDecoder(bytes.NewReader(envelope.Data))
		_, _ = dec.Token() // the brace; a record's data is an object
		for dec.More() {
			key, err := dec.Token()
			var value json.RawMessage
			if err != nil || dec.Decode(&value) != nil {
				break
			}
			if key == "regulation" && draft.Type() == events.TypeRegulationAmended {
				continue // it is long, and what it changes is shown apart
			}
			rows = append(rows, [2]string{fmt.Sprint(key), cut(strings.Trim(string(value), `"`), longest)})
		}
	}
	sum := events.RecordHash(record)
	return append(rows, [2]string{"hash", fmt.Sprintf("%x", sum)})
}

// waitingRow is one thing that waits for somebody's word.
type waitingRow struct {
	Seq      events.Seq `json:"seq"`
	As       string     `json:"as"`
	For      string     `json:"for"` // whose word: a scorer, or "" where several may give it
	Marks    int        `json:"marks,omitempty"`
	Agreed   int        `json:"agreed,omitempty"` // units, so far
	Sentence string     `json:"sentence"`
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
	sentences := map[events.Seq]string{}
	for _, l := range lines {
		if l.Type == events.TypeImportStarted {
			sentences[l.Seq] = projections.Sentence(l, a.lang)
		}
		if l.SupersededBy != 0 || l.Type == events.TypeRegulationAmended && l.Version <= version {
			continue
		}
		for _, hold := range l.Hold {
			g := group{of: l.Seq, as: events.EndorseAgree}
			switch hold {
			case "transcribed":
				g.who = l.Scorer
			case "second":
				g.as = events.EndorseSecond
			case "reopened":
				continue
			}
			if l.Import != 0 && sentences[l.Import] != "" {
				g.of = l.Import
			}
			i, seen := at[g]
			if !seen {
				i = len(rows)
				at[g] = i
				rows = append(rows, waitingRow{Seq: g.of, As: g.as, For: g.who, Agreed: l.Agreed, Sentence: firstOf(sentences[g.of], projections.Sentence(l, a.lang))})
			}
			if hold != "act" {
				rows[i].Marks++
			}
		}
	}
	return rows
}
