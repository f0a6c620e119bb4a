package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"campaignledger/events"
)

func (a *app) returnEntry() *cobra.Command {
	var reason string
	c := &cobra.Command{Use: "return CAMPAIGN [SEQ|ID]", Short: "Send an entry back, with a reason",
		Long: `Send a mark back to whoever gave it, with a reason that is kept. It counts until
it is replaced. The unit explains it, or the scorer replaces or withdraws it;
until then the review does not end.`,
		Example: `  campaign return cum2-2017 412 --reason "the report shows 9 cases, not 12"`, Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.aboutEntry(cmd, args, &reason, "Vì sao trả lại?", "Why is it sent back?", func(_ signing, of events.Draft) (events.Payload, error) {
				return &events.ScoreReturned{Of: of.ID, Reason: reason}, nil
			})
		}}
	c.Flags().StringVar(&reason, "reason", "", "why")
	return c
}

func (a *app) withdraw() *cobra.Command {
	var reason, appeal string
	c := &cobra.Command{Use: "withdraw CAMPAIGN [SEQ|ID]", Short: "Take an entry or a target out of account",
		Long: `Take a mark or a target of yours out of account, with a reason. The record of it
stays. An import that was cut off and can't go on is given up by naming its
import.started; the rows that are stored stay.`,
		Example: `  campaign withdraw cum2-2017 412 --reason "entered for the wrong unit"
  campaign withdraw cum2-2017 60015 --reason "the file is out of date"`, Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.aboutEntry(cmd, args, &reason, "Vì sao rút lại?", "Why is it withdrawn?", func(s signing, of events.Draft) (events.Payload, error) {
				named, err := s.appealNamed(cmd.Context(), appeal)
				return &events.EntryWithdrawn{Appeal: named, Of: of.ID, Reason: reason}, err
			})
		}}
	c.Flags().StringVar(&reason, "reason", "", "why")
	c.Flags().StringVar(&appeal, "appeal", "", "the decision (sequence or id) that upheld an appeal, which this correction follows")
	return c
}

// aboutEntry says something with a reason of an earlier entry, whose unit is the subject.
func (a *app) aboutEntry(cmd *cobra.Command, args []string, reason *string, vi, en string, payload func(s signing, of events.Draft) (events.Payload, error)) error {
	ctx, which := cmd.Context(), argument(args, 1)
	return a.withSigner(ctx, args[0], func(s signing) error {
		if err := a.need(ctx, asked{value: &which, name: "SEQ", vi: "Mục chấm ở sự kiện số (campaign audit liệt kê)", en: "The entry's event (campaign audit lists them)"}); err != nil {
			return err
		}
		_, of, err := s.find(ctx, which)
		if err != nil {
			return err
		}
		subject, err := s.subjectOf(ctx, which, of)
		if err != nil {
			return err
		}
		if err := a.need(ctx, asked{value: reason, name: "--reason", vi: vi, en: en}); err != nil {
			return err
		}
		p, err := payload(s, of)
		if err != nil {
			return err
		}
		return s.say(ctx, events.Draft{Subject: subject, Payload: p})
	})
}

// subjectOf is the unit that an entry is about, or of an import its author's.
func (s signing) subjectOf(ctx context.Context, which string, of events.Draft) (string, error) {
	if _, isImport := of.Payload.(*events.ImportStarted); !isImport {
		return of.Subject, s.isAboutUnit(which, of)
	}
	list, _, err := s.Members(ctx, s.id)
	for _, m := range list {
		if m.ID == of.Author {
			return m.Unit, nil
		}
	}
	return "", err
}

// isAboutUnit refuses an event that is about no unit, and so no entry.
func (s signing) isAboutUnit(which string, of events.Draft) error {
	if of.Subject == "" {
		return fmt.Errorf("event %s is %s, and no entry; campaign audit %s lists the entries", which, of.Type(), s.id)
	}
	return nil
}

func (a *app) explain() *cobra.Command {
	var text, path string
	var detach bool
	var files fileFlags
	c := &cobra.Command{Use: "explain CAMPAIGN [SEQ|ID]", Short: "Answer an entry about your unit, or its return",
		Long: `Answer a mark that your unit was given, or a return, as the unit's head or an
officer. It ends the return.

--detach keeps the text outside the log, which holds its salted hash: the text
can be erased later, and the log still verifies.`,
		Example: `  campaign explain cum2-2017 430 --text "three cases were closed in December" \
    --evidence cases.pdf`, Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, which := cmd.Context(), argument(args, 1)
			words, err := a.textOf(text, path, "--text")
			if err != nil {
				return err
			}
			return a.withSigner(ctx, args[0], func(s signing) error {
				if err := a.need(ctx, asked{value: &which, name: "SEQ", vi: "Trả lời sự kiện số", en: "Which event is answered"}); err != nil {
					return err
				}
				_, of, err := s.find(ctx, which)
				if err == nil {
					err = s.isAboutUnit(which, of)
				}
				if err != nil {
					return err
				}
				if err := a.need(ctx, asked{value: &words, name: "--text", vi: "Nội dung giải trình", en: "The explanation"}); err != nil {
					return err
				}
				p := events.ExplanationFiled{Of: of.ID}
				if p.Evidence, err = s.files(ctx, files); err != nil {
					return err
				}
				if p.Text, err = s.words(ctx, words, detach); err != nil {
					return err
				}
				return s.say(ctx, events.Draft{Subject: of.Subject, Payload: &p})
			})
		}}
	c.Flags().StringVar(&text, "text", "", "the explanation")
	c.Flags().StringVar(&path, "text-file", "", "a file with it; - is stdin")
	c.Flags().BoolVar(&detach, "detach", false, "keep the text outside the log")
	files.add(c)
	return c
}
