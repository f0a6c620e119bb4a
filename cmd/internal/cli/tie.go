package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"campaignledger/events"
)

func (a *app) tie() *cobra.Command {
	var cluster, reason string
	c := &cobra.Command{Use: "tie CAMPAIGN UNIT...", Short: "Decide the order of units that tie",
		Long: `Decide the order of units that share a rank, best first, as the head of the lead
unit: name all that share it. The decision takes effect when the regulation's
share of units has endorsed it (campaign endorse), and holds only while exactly
these units tie at exactly these points.`,
		Example: `  campaign tie cum2-2017 son-la lao-cai --reason "more cases closed in December"`, Args: cobra.MinimumNArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, order := cmd.Context(), args[1:]
			return a.withSigner(ctx, args[0], func(s signing) error {
				p, err := s.tieOf(ctx, order, cluster)
				if err == nil {
					err = a.need(ctx, asked{value: &reason, name: "--reason", vi: "Vì sao xếp như vậy?", en: "Why in this order?"})
				}
				if err != nil {
					return err
				}
				p.Reason = reason
				return s.say(ctx, events.Draft{Payload: p})
			})
		}}
	c.Flags().StringVar(&cluster, "cluster", "", "the cluster, where the units are in several")
	c.Flags().StringVar(&reason, "reason", "", "why in this order")
	return c
}

// tieOf is a decision on the order of units, at the points that they have now. It refuses units that do not tie.
func (s signing) tieOf(ctx context.Context, order []string, cluster string) (*events.TieDecided, error) {
	r, err := s.Regulation(ctx, s.id)
	if err != nil {
		return nil, err
	}
	where, err := s.locate(ctx, r, &order[0], cluster)
	if err != nil {
		return nil, err
	}
	line, err := s.Standings(ctx, s.id, url.Values{"cluster": {where.ID}})
	if err != nil {
		return nil, err
	}
	var answer struct {
		Clusters []struct {
			Standings []struct {
				Unit, Points string
				TiedWith     []string
			}
		}
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		return nil, err
	}
	for _, c := range answer.Clusters {
		for _, row := range c.Standings {
			if row.Unit != order[0] {
				continue
			}
			tied := append([]string{row.Unit}, row.TiedWith...)
			slices.Sort(tied)
			if named := slices.Sorted(slices.Values(order)); len(tied) < 2 || !slices.Equal(tied, named) {
				return nil, fmt.Errorf("these units do not tie: %s shares its rank with %s; name exactly who shares it", row.Unit, firstOf(strings.Join(row.TiedWith, ", "), "nobody"))
			}
			points, err := events.ParseDecimal(shortest(row.Points))
			return &events.TieDecided{Cluster: where.ID, Order: order, Points: points}, err
		}
	}
	return nil, fmt.Errorf("there is no unit %s in cluster %s", order[0], where.ID)
}

// shortest is a decimal without the zeros that places add.
func shortest(decimal string) string {
	if !strings.Contains(decimal, ".") {
		return decimal
	}
	return strings.TrimSuffix(strings.TrimRight(decimal, "0"), ".")
}
