package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

  agree     a joint act (an amendment, an exclusion, a tie decision, a reopened
            ballot, another unit's head), a count of slips as a teller, or marks
            of yours that the lead entered
  second    the lead's review of its own unit, where the regulation asks for it
  received  that you have taken notice; it has no effect of its own
  reviewed  that you looked again at a nomination whose standings moved, or at
            what an upheld appeal may change

--list shows what waits for whom. During a freeze the server hides from heads
what they must endorse: whoever recorded it hands the record over as a file, and
--record endorses that. Its hash is computed from the file, and its signature
checked.`

func (a *app) endorse() *cobra.Command {
	var as, note, record string
	var list, yes bool
	c := &cobra.Command{Use: "endorse CAMPAIGN [SEQ|ID]", Short: "Agree to an event, second it, or confirm its receipt", Long: aboutEndorse,
		Example: "  campaign endorse cum2-2017 --list\n  campaign endorse cum2-2017 412\n  campaign endorse cum2-2017 412 --as received --yes\n  campaign endorse cum2-2017 --record tie.json", Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, which := cmd.Context(), argument(args, 1)
			if list {
				return a.endorseList(ctx, args[0])
			}
			if !slices.Contains([]string{events.EndorseAgree, events.EndorseSecond, events.EndorseReceived, events.EndorseReviewed}, as) {
				return usageError{fmt.Errorf("--as %q: use agree, second, received or reviewed", as)}
			}
			if record != "" && which != "" {
				return usageError{fmt.Errorf("--record and %s: both name an event; leave one out", which)}
			}
			return a.withSigner(ctx, args[0], func(s signing) error {
				if record != "" {
					found, draft, err := s.handed(ctx, record)
					if err != nil {
						return err
					}
					return s.endorse(ctx, found, draft, as, note, yes)
				}
				if err := a.need(ctx, asked{value: &which, name: "SEQ", vi: "Sự kiện số (endorse --list liệt kê)", en: "Which event (endorse --list shows them)"}); err != nil {
					return err
				}
				found, draft, err := s.find(ctx, which)
				if err != nil {
					return err
				}
				return s.endorse(ctx, found, draft, as, note, yes)
			})
		}}
	c.Flags().StringVar(&as, "as", events.EndorseAgree, "agree, second, received or reviewed")
	c.Flags().StringVar(&note, "note", "", "a note")
	c.Flags().StringVar(&record, "record", "", "a file with the record that is endorsed, where the server hides it")
	c.Flags().BoolVar(&list, "list", false, "show what waits for an endorsement")
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return c
}

// endorse shows an event and, where there is somebody to ask and the answer is yes, puts the signer's word to it.
func (s signing) endorse(ctx context.Context, found client.Event, draft events.Draft, as, note string, yes bool) error {
	if err := s.showEndorsed(ctx, found, draft); err != nil {
		return err
	}
	if isTerminal(s.app.in) {
		vi, en := endorseQuestion(as)
		if err := s.app.confirm(ctx, yes, vi, en); err != nil {
			return err
		}
	}
	return s.say(ctx, events.Draft{Payload: &events.RecordEndorsed{Of: draft.ID, Hash: client.RecordHash(found), As: as, Note: note}})
}

// handed is an event whose record was handed over as a file: one line, the record as campaign log has it or as -o json wraps it. It is
// refused unless its author signed it for this campaign.
func (s signing) handed(ctx context.Context, path string) (found client.Event, draft events.Draft, err error) {
	name, content, err := s.app.readFile(path, "stdin")
	if err != nil {
		return found, draft, err
	}
	content = bytes.TrimSpace(content)
	if json.Unmarshal(content, &found) != nil || len(found.Record) == 0 {
		found = client.Event{Record: content}
	}
	record := events.Record(found.Record)
	if draft, err = events.Decode(record); err != nil {
		return found, draft, fmt.Errorf("%s: this is not one record, byte for byte as it was stored: %w", name, err)
	}
	if draft.Campaign != s.id {
		return found, draft, fmt.Errorf("%s: the record is of campaign %s, not of %s", name, draft.Campaign, s.id)
	}
	list, _, err := s.Members(ctx, s.id)
	if err != nil {
		return found, draft, err
	}
	for _, m := range list {
		if m.ID == draft.Author && events.VerifySignature(m.Key, s.Genesis, record) {
			return found, draft, nil
		}
	}
	return found, draft, fmt.Errorf("%s: the record is not signed by %s for this campaign, whose genesis hash is %s; get it anew from %s", name, draft.Author, s.Genesis, draft.Author)
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
	out := plainText{s.app.err}
	if line, ok := s.line(ctx, found.Seq); ok && line.ID == draft.ID.String() {
		writeWrapped(out, fmt.Sprintf("%6d  ", found.Seq), projections.Sentence(line, s.app.lang), lineWidth)
	}
	for _, row := range recordRows(events.Record(found.Record), draft) {
		writeWrapped(out, fmt.Sprintf("        %-12s", row[0]), row[1], lineWidth)
	}
	if p, ok := draft.Payload.(*events.RegulationAmended); ok && p.Version == s.summary.Regulation+1 {
		return s.showAmendment(ctx, p)
	}
	return nil
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
