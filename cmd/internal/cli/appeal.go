package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"campaignledger/events"
)

const aboutAppeal = `Object to an event (a mark, a ballot, a proposal, a decision), and decide on
that. An upheld appeal flags what may depend on it, in the standings and with
the nominations of the cluster, until it is looked at again: by a correction or
a decision that names it, or by campaign endorse SEQ --as reviewed.`

func (a *app) appeal() *cobra.Command {
	return parent(&cobra.Command{Use: "appeal", Short: "Appeal against an event, and decide on appeals", Long: aboutAppeal,
		Example: `  campaign appeal file cum2-2017 1181 --ground "the annex was overlooked"
  campaign appeal decide cum2-2017 1320 --outcome dismissed \
    --reason "it was not"`}, a.appealFile(), a.appealDecide())
}

func (a *app) appealFile() *cobra.Command {
	p := events.AppealFiled{}
	var ground string
	var detach bool
	var files fileFlags
	c := &cobra.Command{Use: "file CAMPAIGN [SEQ|ID]", Short: "Appeal against an event, for your unit",
		Long: `Appeal against an event, as your unit's head or an officer. The regulation's
calendar says until when (for: appeals).`,
		Example: `  campaign appeal file cum2-2017 1181 --ground "the annex was overlooked" \
    --evidence annex.pdf`, Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, which := cmd.Context(), argument(args, 1)
			return a.withSigner(ctx, args[0], func(s signing) error {
				err := s.ofUnit()
				if err == nil {
					err = a.need(ctx, asked{value: &which, name: "SEQ", vi: "Khiếu nại về sự kiện số", en: "Against which event"},
						asked{value: &ground, name: "--ground", vi: "Căn cứ", en: "On what ground"})
				}
				if err != nil {
					return err
				}
				_, d, err := s.find(ctx, which)
				if err != nil {
					return err
				}
				p.Of = d.ID
				if p.Evidence, err = s.files(ctx, files); err != nil {
					return err
				}
				if p.Ground, err = s.words(ctx, ground, detach); err != nil {
					return err
				}
				return s.say(ctx, events.Draft{Subject: s.Member.Unit, Payload: &p})
			})
		}}
	c.Flags().StringVar(&ground, "ground", "", "on what ground")
	c.Flags().BoolVar(&detach, "detach", false, "keep the ground outside the log")
	files.add(c)
	return c
}

func (a *app) appealDecide() *cobra.Command {
	p := events.AppealDecided{}
	var paper paperFlags
	c := &cobra.Command{Use: "decide CAMPAIGN [SEQ|ID]", Short: "Uphold or dismiss an appeal",
		Long: `Decide on an appeal. The authority's word has its effect at once; a head of
another unit takes the endorsement of the regulation's share of units. What an
upheld appeal changes is entered afterwards, and names this decision
(--appeal).`,
		Example: `  campaign appeal decide cum2-2017 1320 --outcome upheld \
    --reason "the annex counts"`, Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, which := cmd.Context(), argument(args, 1)
			return a.withSigner(ctx, args[0], func(s signing) error {
				err := a.need(ctx, asked{value: &which, name: "SEQ", vi: "Khiếu nại ở sự kiện số", en: "Which appeal (its event)"},
					asked{value: &p.Outcome, name: "--outcome", vi: "Kết quả", en: "The outcome", choices: []string{events.AppealUpheld, events.AppealDismissed}},
					asked{value: &p.Reason, name: "--reason", vi: "Vì sao?", en: "Why?"})
				if err != nil {
					return err
				}
				_, d, err := s.find(ctx, which)
				if err != nil {
					return err
				}
				if _, ok := d.Payload.(*events.AppealFiled); !ok {
					return fmt.Errorf("event %s is %s; name an appeal (campaign awards lists them)", which, d.Type().Named())
				}
				p.Of = d.ID
				if paper != (paperFlags{}) {
					if p.Basis, p.Decision, err = s.decision(ctx, paper); err != nil {
						return err
					}
				}
				return s.say(ctx, events.Draft{Subject: d.Subject, Payload: &p})
			})
		}}
	c.Flags().StringVar(&p.Outcome, "outcome", "", "upheld or dismissed")
	c.Flags().StringVar(&p.Reason, "reason", "", "why")
	paper.add(c)
	return c
}
