package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
	"campaignledger/projections"
)

const aboutStages = `The stages: draft (units join), open (drives, reports, targets), scoring,
review, deliberation, ballot, final; then the campaign is closed.`

func (a *app) checkCampaign() *cobra.Command {
	var fail bool
	c := &cobra.Command{Use: "check CAMPAIGN", Short: "List what blocks the next stage",
		Long: `List what keeps a campaign from its next stage: units that have not joined,
leaves without official points, open returns, closed sheets, ties and the like.
Admission holds the same list.

` + aboutStages + `

It exits 0 whatever it lists; with --fail, 1 where something blocks.`,
		Example: "  campaign check cum2-2017\n  campaign check cum2-2017 --fail && campaign advance cum2-2017 --yes", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withCampaign(cmd.Context(), args[0], func(c *client.Client) error {
				summary, err := c.Summary(cmd.Context(), args[0], a.lang)
				if err != nil {
					return err
				}
				check, err := c.Check(cmd.Context(), args[0], a.lang)
				if err != nil {
					return err
				}
				if a.output == "table" {
					a.banner(summary.Notice, summary.Signed)
				}
				if err := a.writeCheck(args[0], check); err != nil {
					return err
				}
				if summary.Frozen != 0 {
					fmt.Fprintf(a.err, a.say("Đóng băng từ sự kiện %d: chỉ người thẩm định, hội đồng và kiểm tra thấy những gì sau đó.\n",
						"Frozen since event %d: only reviewers, council, auditors and authorities see what came\nafter it.\n"), summary.Frozen)
				}
				if fail && len(check.Blockers) > 0 {
					return errors.New(blocked(len(check.Blockers)))
				}
				return nil
			})
		}}
	c.Flags().BoolVar(&fail, "fail", false, "exit 1 where something blocks")
	return c
}

// blocked says how many things block; as errors do, in English.
func blocked(n int) string {
	if n == 1 {
		return "1 thing blocks the next stage"
	}
	return fmt.Sprintf("%d things block the next stage", n)
}

func (a *app) writeCheck(id string, check client.Check) error {
	switch a.output {
	case "json":
		return writeJSON(a.out, struct {
			Campaign string `json:"campaign"`
			projections.Check
			Texts []string `json:"texts"`
		}{id, check.Check, check.Texts})
	case "ndjson":
		return writeLines(a.out, check.Blockers)
	case "csv":
		rows := make([][]string, 0, len(check.Blockers))
		for _, b := range check.Blockers {
			rows = append(rows, []string{string(b.Code), b.Cluster, b.Unit, b.Criterion, fmt.Sprint(b.Seq), fmt.Sprint(b.Count), strings.Join(b.Units, " "), b.Text(a.lang)})
		}
		return writeCSV(a.out, []string{"code", "cluster", "unit", "criterion", "seq", "count", "units", "text"}, rows)
	}
	if check.Stage != "" {
		fmt.Fprintf(a.out, a.say("%s: giai đoạn %s", "%s: stage %s"), id, a.stageName(check.Stage))
		if check.Next != "" {
			fmt.Fprintf(a.out, a.say(", tiếp theo %s", ", next %s"), a.stageName(check.Next))
		}
		if isClosed(check.Blockers) {
			fmt.Fprint(a.out, a.say(", đã kết thúc", ", closed"))
		}
		fmt.Fprintln(a.out)
	}
	a.writeBlockers(check.Blockers)
	a.writeNotices(a.out, check.Notices)
	return nil
}

func isClosed(list []projections.Blocker) bool {
	return slices.ContainsFunc(list, func(b projections.Blocker) bool { return b.Code == projections.BlockClosed })
}

// writeNotices lists what does not block the next stage, and is lost when it begins.
func (a *app) writeNotices(w io.Writer, list []projections.Blocker) {
	if len(list) > 0 {
		fmt.Fprintln(w, a.say("Không cản, nhưng cần biết:", "These do not block, but mind:"))
	}
	for _, b := range list {
		writeWrapped(w, "  - ", b.Text(a.lang), lineWidth)
	}
}

// writeBlockers lists what blocks, by kind; the leaves of one unit stand together.
func (a *app) writeBlockers(list []projections.Blocker) {
	if len(list) == 0 {
		fmt.Fprintln(a.out, a.say("Không còn gì cản giai đoạn tiếp theo.", "Nothing blocks the next stage."))
	}
	var kinds []projections.BlockerCode
	for _, b := range list {
		if !slices.Contains(kinds, b.Code) {
			kinds = append(kinds, b.Code)
		}
	}
	for _, kind := range kinds {
		of := slices.DeleteFunc(slices.Clone(list), func(b projections.Blocker) bool { return b.Code != kind })
		if kind == projections.BlockNoPoints {
			a.writeNoPoints(of)
			continue
		}
		for _, b := range of {
			writeWrapped(a.out, "  - ", b.Text(a.lang), lineWidth)
		}
	}
}

func (a *app) writeNoPoints(list []projections.Blocker) {
	type unit struct{ cluster, id string }
	var units []unit
	leaves := map[unit][]string{}
	for _, b := range list {
		u := unit{b.Cluster, b.Unit}
		if leaves[u] == nil {
			units = append(units, u)
		}
		leaves[u] = append(leaves[u], b.Criterion)
	}
	for _, u := range units {
		writeWrapped(a.out, "  - ", fmt.Sprintf(a.say("%s (%s) chưa có điểm chính thức ở: %s", "%s (%s) has no official points in: %s"), u.id, u.cluster, strings.Join(leaves[u], ", ")), lineWidth)
	}
}

func (a *app) advance() *cobra.Command {
	var reason string
	var yes bool
	c := &cobra.Command{Use: "advance CAMPAIGN [STAGE]", Short: "Begin the next stage",
		Long: `Begin the campaign's next stage, as the head of the lead unit. It is refused
while anything blocks it, and no stage is skipped. STAGE makes sure that it is
the one you mean.

` + aboutStages,
		Example: "  campaign advance cum2-2017\n  campaign advance cum2-2017 scoring --yes", Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return a.withSigner(ctx, args[0], func(s signing) error {
				next := events.Stage(argument(args, 1))
				if next == "" {
					var err error
					if next, err = s.nextStage(); err != nil {
						return err
					}
				}
				if err := s.showBlockers(ctx, next); err != nil {
					return err
				}
				if err := a.confirm(ctx, yes, "Chuyển "+args[0]+" sang giai đoạn "+a.stageName(next)+"?", "Take "+args[0]+" to the stage "+string(next)+"?"); err != nil {
					return err
				}
				return s.say(ctx, events.Draft{Payload: &events.StageAdvanced{Stage: next, Reason: reason}})
			})
		}}
	c.Flags().StringVar(&reason, "reason", "", "a note")
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return c
}

// nextStage is the stage after the present one.
func (s signing) nextStage() (events.Stage, error) {
	stages := events.Stages()
	if at := slices.Index(stages, s.summary.Stage); at >= 0 && at+1 < len(stages) && !s.summary.Final {
		return stages[at+1], nil
	}
	if s.summary.Final {
		return "", fmt.Errorf("campaign %s is closed; no stage follows", s.id)
	}
	return "", fmt.Errorf("after the stage %s there is none; campaign close %s ends the campaign", s.summary.Stage, s.id)
}

// showBlockers lists what blocks the next stage and says that nothing was signed; what is lost when it begins it lists first. During a freeze the lead does not see what came since,
// and the server alone can tell.
func (s signing) showBlockers(ctx context.Context, next events.Stage) error {
	switch {
	case s.summary.Frozen != 0 && next == events.StageFinal:
		return fmt.Errorf("the standings are frozen since event %d; reveal them first: campaign reveal %s", s.summary.Frozen, s.id)
	case s.summary.Frozen != 0:
		return nil
	}
	check, err := s.Check(ctx, s.id, s.app.lang)
	if err != nil || check.Next != next { // a stage that is not the next one is for the server to refuse
		return err
	}
	s.app.writeNotices(plainText{s.app.err}, check.Notices)
	if len(check.Blockers) == 0 {
		return nil
	}
	s.app.writeBlockers(check.Blockers)
	return fmt.Errorf("%s, %s; nothing was signed", blocked(len(check.Blockers)), next)
}

// saying is a command of the lead that takes a reason and is confirmed.
func (a *app) saying(c *cobra.Command, vi, en string, draft func(reason string) events.Payload) *cobra.Command {
	var reason string
	var yes bool
	c.Args = cobra.ExactArgs(1)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		return a.withSigner(cmd.Context(), args[0], func(s signing) error {
			if err := a.confirm(cmd.Context(), yes, fmt.Sprintf(vi, args[0]), fmt.Sprintf(en, args[0])); err != nil {
				return err
			}
			return s.say(cmd.Context(), events.Draft{Payload: draft(reason)})
		})
	}
	c.Flags().StringVar(&reason, "reason", "", "a note")
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return c
}

func (a *app) freeze() *cobra.Command {
	return a.saying(&cobra.Command{Use: "freeze CAMPAIGN", Short: "Hide from the hall what follows",
		Long: `Freeze the standings, as the head of the lead unit. Until the reveal whoever is
not a reviewer, council member, auditor or authority sees the campaign as it
stands now, and of each later event its sequence, time and hash: you as well.`,
		Example: "  campaign freeze cum2-2017 --yes"}, "Đóng băng bảng xếp hạng của %s?", "Freeze the standings of %s?",
		func(reason string) events.Payload { return &events.StandingsFrozen{Reason: reason} })
}

func (a *app) reveal() *cobra.Command {
	return a.saying(&cobra.Command{Use: "reveal CAMPAIGN", Short: "End the freeze: show everything again",
		Long: `End the freeze of the standings, as the head of the lead unit. Everybody sees
everything again, at once and on every board. For a ceremony that opens the
places one by one have the page reveal of the campaign on the wall before.`,
		Example: "  campaign reveal cum2-2017 --yes"}, "Công bố bảng xếp hạng của %s?", "Reveal the standings of %s?",
		func(reason string) events.Payload { return &events.StandingsRevealed{Reason: reason} })
}

func (a *app) closeCampaign() *cobra.Command {
	return a.saying(&cobra.Command{Use: "close CAMPAIGN", Short: "End the campaign",
		Long: `End the campaign, as the head of the lead unit, from the stage final. After that
only endorsements and changes of members are taken.`,
		Example: `  campaign close cum2-2017 --reason "the year is over"`}, "Kết thúc chiến dịch %s?", "End the campaign %s?",
		func(reason string) events.Payload { return &events.CampaignClosed{Reason: reason} })
}

func (a *app) publish() *cobra.Command {
	var days int
	var place, of, text string
	c := &cobra.Command{Use: "publish CAMPAIGN", Short: "Begin the days in which the public may object",
		Long: `Record that the standings, or another event (--of), are published from now on
for a number of days, as the head of the lead unit.`,
		Example: `  campaign publish cum2-2017 --days 10 --place "the notice board of the lead"`, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if days < 1 || days > events.MaxPublicationDays {
				return usageError{fmt.Errorf("--days %d: give 1 to %d", days, events.MaxPublicationDays)}
			}
			return a.withSigner(ctx, args[0], func(s signing) error {
				if err := a.need(ctx, asked{value: &place, name: "--place", vi: "Niêm yết ở đâu?", en: "Where is it published?"}); err != nil {
					return err
				}
				id := uuid.Nil
				if of != "" {
					_, draft, err := s.find(ctx, of)
					if err != nil {
						return err
					}
					id = draft.ID
				}
				return s.say(ctx, events.Draft{Payload: &events.PublicationStarted{Days: days, Place: place, Of: id, Text: text}})
			})
		}}
	c.Flags().IntVar(&days, "days", 10, "for how many days")
	c.Flags().StringVar(&place, "place", "", "where")
	c.Flags().StringVar(&of, "of", "", "the event that is published, by sequence or id (default: the standings)")
	c.Flags().StringVar(&text, "text", "", "what the notice says")
	return c
}
