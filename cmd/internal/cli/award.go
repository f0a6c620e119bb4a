package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"campaignledger/events"
	"campaignledger/projections"
)

const aboutAward = `What becomes of nominees: the cluster proposes, the authority decides. A
proposal is not an award. Where the authority has no key the lead's head
transcribes its paper (number, date, signatory, scan); that is never shown as
signed by it.`

func (a *app) award() *cobra.Command {
	return parent(&cobra.Command{Use: "award", Short: "Propose, decide on and revoke awards", Long: aboutAward,
		Example: `  campaign award propose cum2-2017 lang-son --award government-flag
  campaign award decide cum2-2017 lang-son --award government-flag
  campaign award revoke cum2-2017 lang-son --award government-flag --ground "…"`}, a.awardPropose(), a.awardDecide(), a.awardRevoke())
}

// proposalAt finds a unit's nomination for an award.
func (s signing) proposalAt(ctx context.Context, args []string, award *string, cluster string) (unit string, state *projections.AwardState, n *projections.NomineeState, err error) {
	unit = argument(args, 1)
	r, err := s.Regulation(ctx, s.id)
	if err != nil {
		return "", nil, nil, err
	}
	c, err := s.locate(ctx, r, &unit, cluster)
	if err == nil {
		err = s.needAward(ctx, r, award)
	}
	if err != nil {
		return "", nil, nil, err
	}
	view, err := s.Awards(ctx, s.id, s.app.lang)
	if err != nil {
		return "", nil, nil, err
	}
	if state, err = awardState(view, *award, c.ID); err == nil {
		n, err = nominee(state, unit)
	}
	return unit, state, n, err
}

func (a *app) awardPropose() *cobra.Command {
	p := events.AwardProposed{}
	c := &cobra.Command{Use: "propose CAMPAIGN [UNIT]", Short: "Send a nominee to the authority",
		Long: `Propose a nominee to the authority, as the head of the lead. The newest ballot
on it must have carried it; exclusions and places are looked at again.`,
		Example: "  campaign award propose cum2-2017 lang-son --award government-flag", Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return a.withSigner(ctx, args[0], func(s signing) error {
				unit, state, _, err := s.proposalAt(ctx, args, &p.Award, p.Cluster)
				if err != nil {
					return err
				}
				p.Cluster = state.Cluster
				for _, b := range state.Ballots { // the newest on the unit
					for _, nominee := range b.Nominees {
						if nominee == unit && b.Effective != 0 {
							p.Ballot = b.Ballot
						}
					}
				}
				return s.say(ctx, events.Draft{Subject: unit, Payload: &p})
			})
		}}
	c.Flags().StringVar(&p.Award, "award", "", "the award")
	c.Flags().StringVar(&p.Cluster, "cluster", "", "the cluster, where the unit is in several")
	c.Flags().StringVar(&p.Note, "note", "", "a note")
	return c
}

// paperFlags are a decision on paper.
type paperFlags struct {
	events.Decision
	scan string // its file
}

func (f *paperFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.Number, "number", "", "the decision's number, as on the paper")
	c.Flags().StringVar(&f.Date, "date", "", "its date, YYYY-MM-DD")
	c.Flags().StringVar(&f.Signatory, "signatory", "", "who signed it")
	c.Flags().StringVar(&f.scan, "scan", "", "the file with its scan")
}

// decision reads the paper. An authority signs the event itself and may leave it out; everybody else transcribes, and may not.
func (s signing) decision(ctx context.Context, f paperFlags) (basis string, d events.Decision, err error) {
	given := f.Number != "" || f.Date != "" || f.Signatory != "" || f.scan != ""
	if s.Member.Role == events.RoleAuthority {
		if !given {
			return "", d, nil
		}
	} else {
		basis = events.BasisTranscribed
	}
	err = s.app.need(ctx, asked{value: &f.Number, name: "--number", vi: "Số quyết định", en: "The decision's number"},
		asked{value: &f.Date, name: "--date", vi: "Ngày quyết định (YYYY-MM-DD)", en: "Its date (YYYY-MM-DD)"},
		asked{value: &f.Signatory, name: "--signatory", vi: "Người ký", en: "Who signed it"},
		asked{value: &f.scan, name: "--scan", vi: "Tệp bản quét", en: "The file with its scan"})
	if err != nil {
		return "", d, err
	}
	_, content, err := s.app.readFile(f.scan, "stdin")
	if err != nil {
		return "", d, fmt.Errorf("--scan: %w", err)
	}
	sum := sha256.Sum256(content)
	d = f.Decision
	d.Scan = hex.EncodeToString(sum[:])
	return basis, d, nil
}

// appealNamed is the decision on an appeal, named by sequence or id; the nil UUID where none is named.
func (s signing) appealNamed(ctx context.Context, which string) (uuid.UUID, error) {
	if which == "" {
		return uuid.Nil, nil
	}
	_, d, err := s.find(ctx, which)
	if err == nil && d.Type() != events.TypeAppealDecided {
		err = usageError{fmt.Errorf("--appeal %s: it is %s; name the decision that upheld the appeal", which, d.Type().Named())}
	}
	return d.ID, err
}

func (a *app) awardDecide() *cobra.Command {
	p := events.AwardDecided{}
	var award, cluster, appeal string
	var paper paperFlags
	c := &cobra.Command{Use: "decide CAMPAIGN [UNIT]", Short: "Record the authority's decision on a proposal",
		Long: `Record the decision on a proposal: granted, refused, or another level
(--instead). The authority signs it with its own key. Anybody else must be the
lead's head, who transcribes the paper: --number, --date, --signatory and
--scan.`,
		Example: `  campaign award decide cum2-2017 lang-son --award government-flag \
    --key bca.key
  campaign award decide cum2-2017 son-la --award ministry-flag \
    --number 77/QĐ-BCA \
    --date 2018-01-15 --signatory "…" --scan decision.pdf
  campaign award decide cum2-2017 lang-son --award government-flag \
    --outcome other-level --instead ministry-flag`, Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return a.withSigner(ctx, args[0], func(s signing) error {
				unit, _, n, err := s.proposalAt(ctx, args, &award, cluster)
				if err != nil {
					return err
				}
				if n.Proposed == 0 {
					return fmt.Errorf("unit %s was not proposed for award %s; campaign award propose does that", unit, award)
				}
				if p.Of, err = s.idOf(ctx, n.Proposed); err != nil {
					return err
				}
				if p.Basis, p.Decision, err = s.decision(ctx, paper); err != nil {
					return err
				}
				if p.Appeal, err = s.appealNamed(ctx, appeal); err != nil {
					return err
				}
				return s.say(ctx, events.Draft{Subject: unit, Payload: &p})
			})
		}}
	c.Flags().StringVar(&award, "award", "", "the award that was proposed")
	c.Flags().StringVar(&cluster, "cluster", "", "the cluster, where the unit is in several")
	c.Flags().StringVar(&p.Outcome, "outcome", events.AwardGranted, "granted, refused or other-level")
	c.Flags().StringVar(&p.Award, "instead", "", "the award that is granted instead (other-level)")
	c.Flags().StringVar(&p.Note, "note", "", "a note")
	c.Flags().StringVar(&appeal, "appeal", "", "the decision (sequence or id) that upheld an appeal, which this one follows")
	paper.add(c)
	return c
}

func (a *app) awardRevoke() *cobra.Command {
	p := events.AwardRevoked{}
	var award, cluster, ground, appeal string
	var detach bool
	var paper paperFlags
	c := &cobra.Command{Use: "revoke CAMPAIGN [UNIT]", Short: "Record that an award was taken away",
		Long: `Record that the authority revoked an award, and on what ground. Whether the
next in rank moves up is decided by people, and recorded as a nomination of its
own.`,
		Example: `  campaign award revoke cum2-2017 lao-cai --award ministry-flag \
    --ground "the declared results were false" --number 12/QĐ-BCA \
    --date 2018-09-01 --signatory "…" --scan revocation.pdf`, Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return a.withSigner(ctx, args[0], func(s signing) error {
				unit, _, n, err := s.proposalAt(ctx, args, &award, cluster)
				if err != nil {
					return err
				}
				granted := events.Seq(0)
				for _, d := range n.Decisions {
					if d.InForce {
						granted = d.Seq
					}
				}
				if granted == 0 {
					return errors.New("no award in force was granted on this proposal; campaign awards shows what was decided")
				}
				if p.Of, err = s.idOf(ctx, granted); err != nil {
					return err
				}
				if err := a.need(ctx, asked{value: &ground, name: "--ground", vi: "Căn cứ", en: "On what ground"}); err != nil {
					return err
				}
				if p.Basis, p.Decision, err = s.decision(ctx, paper); err != nil {
					return err
				}
				if p.Ground, err = s.words(ctx, ground, detach); err != nil {
					return err
				}
				if p.Appeal, err = s.appealNamed(ctx, appeal); err != nil {
					return err
				}
				return s.say(ctx, events.Draft{Subject: unit, Payload: &p})
			})
		}}
	c.Flags().StringVar(&award, "award", "", "the award that was proposed")
	c.Flags().StringVar(&cluster, "cluster", "", "the cluster, where the unit is in several")
	c.Flags().StringVar(&ground, "ground", "", "on what ground")
	c.Flags().BoolVar(&detach, "detach", false, "keep the ground outside the log")
	c.Flags().StringVar(&appeal, "appeal", "", "the decision (sequence or id) that upheld an appeal, which this one follows")
	paper.add(c)
	return c
}
