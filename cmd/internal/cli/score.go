package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"campaignledger/events"
	"campaignledger/projections"
)

// scoreFlags are what an entry says beside its value.
type scoreFlags struct {
	cluster, scorer, mark, item, reason, basis string
	evidence                                   []string
	appeal                                     string // that a correction follows
}

const aboutScore = `Enter one mark. VALUE is what the criterion's method takes: points, the actual
result, or a place. A mark that replaces one needs --reason. A value below zero
comes after two hyphens, at the end.

The scorer is your unit, or yourself at a council's level. With --transcribed
the lead enters a mark for another scorer, which counts once that one agrees.

Sealed levels take whole sheets: campaign seal.`

func (a *app) score() *cobra.Command {
	var f scoreFlags
	var transcribed bool
	c := &cobra.Command{Use: "score CAMPAIGN [UNIT] [CRITERION] [LEVEL] [VALUE]", Short: "Enter one mark", Long: aboutScore,
		Example: `  campaign score cum2-2017 lang-son I.1 self 55.5 --evidence report.pdf
  campaign score cum2-2017 son-la I.1 approved --mark abstained
  campaign score cum2-2017 son-la penalty approved --reason "late" -- -5`, Args: cobra.RangeArgs(1, 5),
		RunE: func(cmd *cobra.Command, args []string) error {
			if transcribed {
				f.basis = "transcribed"
			}
			return a.withSigner(cmd.Context(), args[0], func(s signing) error { return s.score(cmd.Context(), args, f) })
		}}
	flags := c.Flags()
	flags.StringVar(&f.mark, "mark", "", "abstained or recused, in place of a value")
	flags.StringVar(&f.item, "item", "", "tells several entries on one adjustment apart")
	flags.StringArrayVar(&f.evidence, "evidence", nil, "sha256:… of a stored file, unit:sha256:… of one the unit holds, or a file to store; may be repeated")
	flags.BoolVar(&transcribed, "transcribed", false, "you enter what another scorer decided")
	f.shared(c)
	return c
}

// shared adds the flags that targets have too.
func (f *scoreFlags) shared(c *cobra.Command) {
	c.Flags().StringVar(&f.cluster, "cluster", "", "the cluster, where the unit is in several")
	c.Flags().StringVar(&f.scorer, "scorer", "", "whose mark it is (default: your unit's, or yours)")
	c.Flags().StringVar(&f.reason, "reason", "", "why; needed where it replaces an entry")
	c.Flags().StringVar(&f.appeal, "appeal", "", "the decision (sequence or id) that upheld an appeal, which this correction follows")
}

// score asks for what is missing, with the regulation's choices, and enters the mark.
func (s signing) score(ctx context.Context, args []string, f scoreFlags) error {
	p := events.ScoreEntered{Criterion: argument(args, 2), Level: argument(args, 3), Item: f.item, Reason: f.reason, Basis: f.basis}
	unit, value := argument(args, 1), argument(args, 4)
	if value != "" && f.mark != "" {
		return usageError{fmt.Errorf("VALUE and --mark: a mark is one of both; leave one out")}
	}
	r, err := s.Regulation(ctx, s.id)
	if err != nil {
		return err
	}
	where, err := s.locate(ctx, r, &unit, f.cluster)
	if err != nil {
		return err
	}
	leaf, err := s.leaf(ctx, r, where, &p.Criterion)
	if err != nil {
		return err
	}
	var levels []string
	for _, l := range r.Levels {
		levels = append(levels, l.ID)
	}
	if err := s.app.need(ctx, asked{value: &p.Level, name: "LEVEL", vi: "Cấp chấm", en: "The review level", choices: levels}); err != nil {
		return err
	}
	p.Cluster, p.Scorer = where.ID, firstOf(f.scorer, s.scorerAt(r, p.Level))
	if p.Mark, err = s.mark(ctx, leaf, value, f.mark); err != nil {
		return err
	}
	if p.Evidence, err = s.references(ctx, f.evidence); err != nil {
		return err
	}
	if p.Appeal, err = s.appealNamed(ctx, f.appeal); err != nil {
		return err
	}
	return s.say(ctx, events.Draft{Subject: unit, Payload: &p})
}

// locate finds a unit's cluster; the unit is asked for where it is "".
func (s signing) locate(ctx context.Context, r *events.Regulation, unit *string, cluster string) (*events.Cluster, error) {
	var units []string
	for _, c := range r.Clusters {
		for _, u := range c.Units {
			if cluster == "" || cluster == c.ID {
				units = append(units, u.ID)
			}
		}
	}
	if err := s.app.need(ctx, asked{value: unit, name: "UNIT", vi: "Đơn vị", en: "The unit", choices: units}); err != nil {
		return nil, err
	}
	var found []*events.Cluster
	for i, c := range r.Clusters {
		if (cluster == "" || cluster == c.ID) && slices.ContainsFunc(c.Units, func(u events.Unit) bool { return u.ID == *unit }) {
			found = append(found, &r.Clusters[i])
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("there is no unit %s%s", *unit, orChoices(units))
	case 1:
		return found[0], nil
	}
	return nil, usageError{fmt.Errorf("--cluster is missing: unit %s is in several clusters", *unit)}
}

// leaf finds a criterion that takes marks; it is asked for where it is "".
func (s signing) leaf(ctx context.Context, r *events.Regulation, c *events.Cluster, id *string) (*events.Criterion, error) {
	leaves := leavesOf(r, c)
	ids := make([]string, 0, len(leaves))
	for _, l := range leaves {
		ids = append(ids, l.ID)
	}
	if err := s.app.need(ctx, asked{value: id, name: "CRITERION", vi: "Tiêu chí", en: "The criterion", choices: ids}); err != nil {
		return nil, err
	}
	for _, l := range leaves {
		if l.ID == *id {
			return l, nil
		}
	}
	return nil, fmt.Errorf("there is no criterion %s in cluster %s that takes marks%s", *id, c.ID, orChoices(ids))
}

// leavesOf are the leaves of a cluster's criteria, in order.
func leavesOf(r *events.Regulation, c *events.Cluster) (leaves []*events.Criterion) {
	var walk func([]events.Criterion)
	walk = func(items []events.Criterion) {
		for i := range items {
			if items[i].Method == events.MethodGroup {
				walk(items[i].Items)
			} else {
				leaves = append(leaves, &items[i])
			}
		}
	}
	for _, set := range r.Sets {
		if set.ID == c.Criteria {
			walk(set.Items)
		}
	}
	return leaves
}

// scorerAt is whose mark the signer's is at a level: the member's own at a council's or where only that is listed, else the unit's.
func (s signing) scorerAt(r *events.Regulation, level string) string {
	for _, l := range r.Levels {
		if l.ID == level && (l.Scorers == events.ScorersCouncil || l.Scorers == events.ScorersList && !slices.Contains(l.ScorerIDs, s.Member.Unit)) {
			return s.Member.ID
		}
	}
	return s.self()
}

// self is the signer's unit, or the signer where there is none.
func (s signing) self() string { return firstOf(s.Member.Unit, s.Member.ID) }

// mark reads a value as the leaf's method has it.
func (s signing) mark(ctx context.Context, leaf *events.Criterion, value, absence string) (m events.Mark, err error) {
	switch absence {
	case "abstained":
		return events.Mark{Kind: events.MarkAbstained}, nil
	case "recused":
		return events.Mark{Kind: events.MarkRecused}, nil
	case "":
	default:
		return m, usageError{fmt.Errorf("--mark %q: use abstained or recused", absence)}
	}
	kind, vi, en := markOf(leaf)
	if err := s.app.need(ctx, asked{value: &value, name: "VALUE", vi: vi, en: en}); err != nil {
		return m, err
	}
	m.Kind = kind
	if m.Amount, err = readAmount(value); err != nil {
		return m, usageError{fmt.Errorf("VALUE %.40q: %w", value, err)}
	}
	return m, nil
}

// readAmount reads a decimal with a point or, as Vietnamese has it, a comma.
func readAmount(text string) (events.Decimal, error) {
	if strings.Count(text, ",") == 1 && !strings.Contains(text, ".") {
		text = strings.Replace(text, ",", ".", 1)
	}
	return events.ReadDecimal(text)
}

// markOf is the kind of mark a leaf takes, as a question.
func markOf(leaf *events.Criterion) (kind events.MarkKind, vi, en string) {
	limit := ""
	if leaf.Max.Set {
		limit = " 0–" + leaf.Max.Value.String()
	}
	switch leaf.Method {
	case events.MethodGraded:
		return events.MarkPoints, "Điểm" + limit, "Points" + limit
	case events.MethodAdjustment:
		return events.MarkPoints, "Điểm cộng hoặc trừ", "Points, more or less"
	case events.MethodOrdinal:
		return events.MarkPlace, "Hạng, từ 1", "The place, from 1"
	case events.MethodPassfail:
		return events.MarkActual, "Đạt 1, không đạt 0", "1 for passed, 0 for failed"
	}
	return events.MarkActual, "Kết quả đạt được", "The actual result"
}

// references are a mark's evidence: references as they are, files stored first.
func (s signing) references(ctx context.Context, list []string) (string, error) {
	var refs []string
	for _, item := range list {
		if _, _, ok := projections.CutEvidence(item); !ok {
			file, err := s.store(ctx, item)
			if err != nil {
				return "", err
			}
			item = "sha256:" + file.SHA256
		}
		refs = append(refs, item)
	}
	return strings.Join(refs, " "), nil
}

func (a *app) target() *cobra.Command {
	var f scoreFlags
	c := &cobra.Command{Use: "target CAMPAIGN [UNIT] [CRITERION] [VALUE]", Short: "Set a unit's target",
		Long: `Set the target of a criterion of the method target for a unit: by your unit, or
yourself where you belong to none, and never by the unit that is scored.`,
		Example: `  campaign target cum2-2017 son-la I.2 120
  campaign target cum2-2017 son-la I.2 110 --reason "one district less"`, Args: cobra.RangeArgs(1, 4),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return a.withSigner(ctx, args[0], func(s signing) error {
				unit, criterion, value := argument(args, 1), argument(args, 2), argument(args, 3)
				r, err := s.Regulation(ctx, s.id)
				if err != nil {
					return err
				}
				where, err := s.locate(ctx, r, &unit, f.cluster)
				if err != nil {
					return err
				}
				if _, err := s.leaf(ctx, r, where, &criterion); err != nil {
					return err
				}
				if err := a.need(ctx, asked{value: &value, name: "VALUE", vi: "Chỉ tiêu", en: "The target"}); err != nil {
					return err
				}
				amount, err := readAmount(value)
				if err != nil {
					return usageError{fmt.Errorf("VALUE %.40q: %w", value, err)}
				}
				appeal, err := s.appealNamed(ctx, f.appeal)
				if err != nil {
					return err
				}
				return s.say(ctx, events.Draft{Subject: unit, Payload: &events.TargetSet{Cluster: where.ID, Criterion: criterion,
					Scorer: firstOf(f.scorer, s.self()), Target: amount, Reason: f.reason, Appeal: appeal}})
			})
		}}
	f.shared(c)
	return c
}
