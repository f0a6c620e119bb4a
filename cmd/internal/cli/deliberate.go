package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"campaignledger/events"
	"campaignledger/projections"
)

const aboutEvaluate = `Say what is good and what is wanting in a unit, and what you recommend, as an
evaluator of another unit. Several evaluators may differ: none replaces
another. --consensus records what they agree on, and names the evaluations it
weighs; they all stay.

A finding may begin with what it is about, in brackets: a criterion, and
drive:ID for a drive.`

func (a *app) evaluate() *cobra.Command {
	p := events.EvaluationRecorded{}
	var strengths, shortcomings, consensus []string
	c := &cobra.Command{Use: "evaluate CAMPAIGN [UNIT]", Short: "Evaluate a unit: strengths, shortcomings, recommendation", Long: aboutEvaluate,
		Example: `  campaign evaluate cum2-2017 son-la --strength "[I.4] broke up two rings" \
    --shortcoming "[drive:tet] reported late" --recommend "keep the model" \
    --award ministry-flag
  campaign evaluate cum2-2017 son-la --consensus 1251 --consensus 1252 \
    --strength "leads in cases solved" --recommend "Ministry's flag"`, Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, unit := cmd.Context(), argument(args, 1)
			return a.withSigner(ctx, args[0], func(s signing) error {
				r, err := s.Regulation(ctx, s.id)
				if err != nil {
					return err
				}
				c, err := s.locate(ctx, r, &unit, p.Cluster)
				if err == nil {
					err = a.need(ctx, asked{value: &p.Recommendation, name: "--recommend", vi: "Kiến nghị", en: "The recommendation"})
				}
				if err != nil {
					return err
				}
				p.Cluster = c.ID
				if p.Strengths, err = findings("--strength", strengths); err != nil {
					return err
				}
				if p.Shortcomings, err = findings("--shortcoming", shortcomings); err != nil {
					return err
				}
				for _, which := range consensus {
					_, d, err := s.find(ctx, which)
					if err != nil {
						return err
					}
					p.Consensus = append(p.Consensus, d.ID)
				}
				return s.say(ctx, events.Draft{Subject: unit, Payload: &p})
			})
		}}
	c.Flags().StringArrayVar(&strengths, "strength", nil, "a strength; may be repeated")
	c.Flags().StringArrayVar(&shortcomings, "shortcoming", nil, "a shortcoming; may be repeated")
	c.Flags().StringVar(&p.Recommendation, "recommend", "", "what you recommend")
	c.Flags().StringArrayVar(&p.Awards, "award", nil, "an award that you recommend the unit for; may be repeated")
	c.Flags().StringArrayVar(&consensus, "consensus", nil, "an evaluation (sequence or id) that this consensus weighs; may be repeated")
	c.Flags().StringVar(&p.Reason, "reason", "", "why; needed where it replaces your own earlier one")
	c.Flags().StringVar(&p.Cluster, "cluster", "", "the cluster, where the unit is in several")
	return c
}

// findings reads findings as "[I.4 drive:tet] text".
func findings(flag string, texts []string) (list []events.Finding, err error) {
	for _, text := range texts {
		var f events.Finding
		f.Text = strings.TrimSpace(text)
		if about, rest, ok := strings.Cut(strings.TrimPrefix(f.Text, "["), "]"); ok && strings.HasPrefix(f.Text, "[") {
			f.Text = strings.TrimSpace(rest)
			for word := range strings.FieldsSeq(about) {
				if drive, ok := strings.CutPrefix(word, "drive:"); ok {
					f.Drive = drive
				} else {
					f.Criterion = word
				}
			}
		}
		if f.Text == "" {
			return nil, usageError{fmt.Errorf("%s %q: say what was found", flag, text)}
		}
		list = append(list, f)
	}
	return list, nil
}

const aboutExclude = `Bar a unit from awards, not from the standings, from a day to a day, with a
ground: for example while a disciplinary decision is in force. An exclusion by
a head of another unit takes effect when the regulation's share of units has
endorsed it (campaign endorse); one by the authority has it at once. It is
looked at when a unit is nominated, when it is proposed and when the authority
decides.

--lift SEQ ends one early, in the same way.`

func (a *app) exclude() *cobra.Command {
	p := events.ExclusionImposed{}
	var ground, lift, reason string
	var detach bool
	var files fileFlags
	c := &cobra.Command{Use: "exclude CAMPAIGN [UNIT]", Short: "Bar a unit from awards for a time, or lift that", Long: aboutExclude,
		Example: `  campaign exclude cum2-2017 lai-chau --from 2017-05-04 --to 2018-05-04 \
    --ground "a reprimand in force" --detach
  campaign exclude cum2-2017 --lift 812 --reason "the reprimand was annulled"`, Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, unit := cmd.Context(), argument(args, 1)
			return a.withSigner(ctx, args[0], func(s signing) error {
				if lift != "" {
					return s.lift(ctx, lift, reason)
				}
				r, err := s.Regulation(ctx, s.id)
				if err != nil {
					return err
				}
				if _, err := s.locate(ctx, r, &unit, ""); err != nil {
					return err
				}
				err = a.need(ctx, asked{value: &p.From, name: "--from", vi: "Từ ngày (YYYY-MM-DD)", en: "From which day (YYYY-MM-DD)"},
					asked{value: &ground, name: "--ground", vi: "Căn cứ", en: "On what ground"})
				if err != nil {
					return err
				}
				if p.Ground, err = s.words(ctx, ground, detach); err != nil {
					return err
				}
				if p.Evidence, err = s.files(ctx, files); err != nil {
					return err
				}
				return s.say(ctx, events.Draft{Subject: unit, Payload: &p})
			})
		}}
	c.Flags().StringVar(&p.From, "from", "", "the first day, YYYY-MM-DD")
	c.Flags().StringVar(&p.To, "to", "", "the last day; left out: until it is lifted")
	c.Flags().StringVar(&ground, "ground", "", "on what ground")
	c.Flags().StringArrayVar(&p.Awards, "award", nil, "only from this award; may be repeated (default: from all)")
	c.Flags().StringVar(&lift, "lift", "", "the exclusion (sequence or id) that ends")
	c.Flags().StringVar(&reason, "reason", "", "why it is lifted")
	c.Flags().BoolVar(&detach, "detach", false, "keep the ground outside the log")
	files.add(c)
	return c
}

// lift ends an exclusion.
func (s signing) lift(ctx context.Context, which, reason string) error {
	_, d, err := s.find(ctx, which)
	if err != nil {
		return err
	}
	if _, ok := d.Payload.(*events.ExclusionImposed); !ok {
		return fmt.Errorf("event %s is %s; name an %s (campaign awards %s lists them)", which, d.Type().Named(), events.TypeExclusionImposed, s.id)
	}
	if err := s.app.need(ctx, asked{value: &reason, name: "--reason", vi: "Vì sao thôi áp dụng?", en: "Why is it lifted?"}); err != nil {
		return err
	}
	return s.say(ctx, events.Draft{Subject: d.Subject, Payload: &events.ExclusionLifted{Of: d.ID, Reason: reason}})
}

const aboutNominate = `Nominate a unit for an award, on the standings as they are now: the nomination
names them by sequence and hash (that of campaign standings CAMPAIGN --as-of
SEQ -o json | sha256sum). There are as many nominees as the award has places.
Of an award within another the nominee must stand among the first of both;
nominate for that one first. A nominee out of standing order needs --reason.

--withdraw SEQ takes a nomination back.`

func (a *app) nominate() *cobra.Command {
	var award, cluster, reason, withdraw string
	c := &cobra.Command{Use: "nominate CAMPAIGN [UNIT]", Short: "Nominate a unit for an award, or take that back", Long: aboutNominate,
		Example: `  campaign nominate cum2-2017 lang-son --award government-flag
  campaign nominate cum2-2017 cao-bang --award ministry-flag \
    --reason "the border model that the cluster wants to spread"
  campaign nominate cum2-2017 --withdraw 1262 --reason "the unit declined"`, Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, unit := cmd.Context(), argument(args, 1)
			return a.withSigner(ctx, args[0], func(s signing) error {
				if withdraw != "" {
					_, d, err := s.find(ctx, withdraw)
					if err == nil {
						err = a.need(ctx, asked{value: &reason, name: "--reason", vi: "Vì sao rút?", en: "Why is it taken back?"})
					}
					if err != nil {
						return err
					}
					return s.say(ctx, events.Draft{Subject: d.Subject, Payload: &events.NominationWithdrawn{Of: d.ID, Reason: reason}})
				}
				r, err := s.Regulation(ctx, s.id)
				if err != nil {
					return err
				}
				c, err := s.locate(ctx, r, &unit, cluster)
				if err == nil {
					err = s.needAward(ctx, r, &award)
				}
				if err != nil {
					return err
				}
				ref, err := s.standingsRef(ctx)
				if err != nil {
					return err
				}
				return s.say(ctx, events.Draft{Subject: unit, Payload: &events.NominationProposed{Award: award, Cluster: c.ID, Reason: reason, Standings: ref}})
			})
		}}
	c.Flags().StringVar(&award, "award", "", "the award")
	c.Flags().StringVar(&cluster, "cluster", "", "the cluster, where the unit is in several")
	c.Flags().StringVar(&reason, "reason", "", "why, where the nominee is out of standing order; or why it is taken back")
	c.Flags().StringVar(&withdraw, "withdraw", "", "the nomination (sequence or id) to take back")
	return c
}

// needAward asks for an award of the regulation.
func (s signing) needAward(ctx context.Context, r *events.Regulation, award *string) error {
	ids := make([]string, 0, len(r.Awards))
	for _, a := range r.Awards {
		ids = append(ids, a.ID)
	}
	if len(ids) == 0 {
		return errors.New("the regulation has no awards; amend it (campaign amend)")
	}
	return s.app.need(ctx, asked{value: award, name: "--award", vi: "Danh hiệu", en: "The award", choices: ids})
}

// standingsRef names the standings as the signer sees them now; the hash is made here, of the bytes that were read.
func (s signing) standingsRef(ctx context.Context) (ref events.StandingsRef, err error) {
	line, err := s.Standings(ctx, s.id, url.Values{})
	if err != nil {
		return ref, err
	}
	var answer standingsJSON
	if err := json.Unmarshal(line, &answer); err != nil {
		return ref, fmt.Errorf("the server's answer: %w", err)
	}
	sum := sha256.Sum256(line)
	return events.StandingsRef{Seq: int(answer.AsOf.Seq), SHA256: hex.EncodeToString(sum[:])}, nil
}

// awardState finds an award of the view; cluster "" is the only one.
func awardState(view *projections.Awards, award, cluster string) (*projections.AwardState, error) {
	var found []*projections.AwardState
	for i := range view.Awards {
		if a := &view.Awards[i]; a.Award == award && (cluster == "" || cluster == a.Cluster) {
			found = append(found, a)
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("there is no award %s here; campaign awards %s lists them", award, view.Campaign)
	case 1:
		return found[0], nil
	}
	return nil, usageError{fmt.Errorf("--cluster is missing: award %s is given in several clusters", award)}
}

// nominee finds a unit's nomination that stands.
func nominee(a *projections.AwardState, unit string) (*projections.NomineeState, error) {
	for i := range a.Nominees {
		if n := &a.Nominees[i]; n.Unit == unit && n.Withdrawn == 0 {
			return n, nil
		}
	}
	return nil, fmt.Errorf("unit %s is not nominated for award %s; campaign nominate does that", unit, a.Award)
}

// standing are the units whose nomination stands and that were not proposed yet.
func standing(a *projections.AwardState) (units []string) {
	for _, n := range a.Nominees {
		if n.Withdrawn == 0 && n.Proposed == 0 {
			units = append(units, n.Unit)
		}
	}
	return units
}

// idOf is the id of an event by its sequence.
func (s signing) idOf(ctx context.Context, seq events.Seq) (uuid.UUID, error) {
	_, d, err := s.find(ctx, fmt.Sprint(seq))
	return d.ID, err
}

// splitList reads "a, b,c" and repeated flags as one list.
func splitList(values []string) (list []string) {
	for _, v := range values {
		for id := range strings.SplitSeq(v, ",") {
			if id = strings.TrimSpace(id); id != "" && !slices.Contains(list, id) {
				list = append(list, id)
			}
		}
	}
	return list
}
