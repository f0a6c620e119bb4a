package cli

import (
	"github.com/spf13/cobra"

	"campaignledger/events"
)

func (a *app) commend() *cobra.Command {
	p := events.CommendationRecorded{}
	var merit, person string
	var detach bool
	c := &cobra.Command{Use: "commend CAMPAIGN [UNIT]", Short: "Commend a unit, or somebody of it",
		Long: `Commend a unit, or with --person somebody of it: ad hoc, thematic (give --theme)
or as an exemplar. The lead, the unit's own head and the authority may. The
standings stay as they are.

--detach keeps the texts outside the log, which holds their salted hashes.`,
		Example: `  campaign commend cum2-2017 son-la --kind ad-hoc --merit "saved a family"
  campaign commend cum2-2017 son-la --kind thematic --theme "Border" \
    --merit "a model patrol" --person "Lò Văn Pó" --detach`, Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, unit := cmd.Context(), argument(args, 1)
			return a.withSigner(ctx, args[0], func(s signing) error {
				r, err := s.Regulation(ctx, s.id)
				if err != nil {
					return err
				}
				if _, err := s.locate(ctx, r, &unit, ""); err != nil {
					return err
				}
				err = a.need(ctx, asked{value: &p.Kind, name: "--kind", vi: "Hình thức", en: "The kind", choices: []string{events.CommendAdHoc, events.CommendThematic, events.CommendExemplar}},
					asked{value: &merit, name: "--merit", vi: "Vì thành tích gì?", en: "What for?"})
				if err == nil && p.Kind == events.CommendThematic {
					err = a.need(ctx, asked{value: &p.Theme, name: "--theme", vi: "Chuyên đề", en: "The theme"})
				}
				if err != nil {
					return err
				}
				if p.Merit, err = s.words(ctx, merit, detach); err != nil {
					return err
				}
				if p.Person, err = s.words(ctx, person, detach); err != nil {
					return err
				}
				return s.say(ctx, events.Draft{Subject: unit, Payload: &p})
			})
		}}
	c.Flags().StringVar(&p.Kind, "kind", "", "ad-hoc, thematic or exemplar")
	c.Flags().StringVar(&merit, "merit", "", "what for")
	c.Flags().StringVar(&person, "person", "", "whom (default: the unit)")
	c.Flags().StringVar(&p.Theme, "theme", "", "the theme of a thematic commendation")
	c.Flags().StringVar(&p.Drive, "drive", "", "the drive it belongs to")
	c.Flags().BoolVar(&detach, "detach", false, "keep merit and person outside the log")
	return c
}
