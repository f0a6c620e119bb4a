package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"campaignledger/events"
	"campaignledger/projections"
)

const aboutBallot = `The council's votes on nominees. A ballot is named or on paper:

  named   each member signs its vote, which nobody sees before the close. It
          can't be changed; afterwards everybody sees who voted how. Refused
          where the regulation wants the vote secret.
  paper   slips, counted by tellers: nobody sees who voted how. The count is the
          tellers' word; at least three stand behind it, at most half of them of
          candidates' units.

The roll is the whole council; base, threshold and quorum are the regulation's.`

func (a *app) ballot() *cobra.Command {
	return parent(&cobra.Command{Use: "ballot", Short: "Open a ballot, vote, count and close it", Long: aboutBallot,
		Example: `  campaign ballot open cum2-2017 --award ministry-flag --present all
  campaign ballot vote cum2-2017 ministry-flag --for son-la,dien-bien \
    --against lao-cai
  campaign ballot close cum2-2017 ministry-flag`}, a.ballotOpen(), a.ballotVote(), a.ballotTally(), a.ballotClose())
}

// ballotFlags are what a ballot is opened with.
type ballotFlags struct {
	award, cluster, id, kind, question, reopens, reason string
	nominees, present                                   []string
}

func (a *app) ballotOpen() *cobra.Command {
	var f ballotFlags
	c := &cobra.Command{Use: "open CAMPAIGN", Short: "Put nominees to the council",
		Long: `Put the nominees for an award to the council, as the head of the lead.
--present names the members who are there ("all": the whole roll); the others
vote in writing where the regulation allows it. Without --kind it is on paper
where the regulation wants the vote secret, and named elsewhere.

--reopens BALLOT puts the question of a closed ballot again, with --reason;
any head of the cluster may ask for it. It takes the endorsement of the
regulation's share of units, and the earlier count stays visible.`,
		Example: `  campaign ballot open cum2-2017 --award government-flag \
    --present ls-1,cb-1,sl-1
  campaign ballot open cum2-2017 --award ministry-flag --present all \
    --id flags-2 \
    --reopens ministry-flag --reason "two votes were given by mistake"`, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withSigner(cmd.Context(), args[0], func(s signing) error { return s.openBallot(cmd.Context(), f) })
		}}
	c.Flags().StringVar(&f.award, "award", "", "the award")
	c.Flags().StringVar(&f.cluster, "cluster", "", "the cluster, where there are several")
	c.Flags().StringVar(&f.id, "id", "", "the ballot's id (default: the award's, with a number where that was used)")
	c.Flags().StringVar(&f.kind, "kind", "", "named or paper")
	c.Flags().StringVar(&f.question, "question", "", "what is asked")
	c.Flags().StringArrayVar(&f.nominees, "nominee", nil, "only this nominee; may be repeated (default: all that stand)")
	c.Flags().StringArrayVar(&f.present, "present", nil, "the members who are present, or all")
	c.Flags().StringVar(&f.reopens, "reopens", "", "the closed ballot whose question is put again")
	c.Flags().StringVar(&f.reason, "reason", "", "why it is put again")
	return c
}

// openBallot opens a ballot: roll, base, threshold and quorum follow from the campaign.
func (s signing) openBallot(ctx context.Context, f ballotFlags) error {
	r, err := s.Regulation(ctx, s.id)
	if err != nil {
		return err
	}
	if err := s.needAward(ctx, r, &f.award); err != nil {
		return err
	}
	view, err := s.Awards(ctx, s.id, s.app.lang)
	if err != nil {
		return err
	}
	state, err := awardState(view, f.award, f.cluster)
	if err != nil {
		return err
	}
	def := r.Awards[slices.IndexFunc(r.Awards, func(a events.Award) bool { return a.ID == f.award })]
	p := &events.BallotOpened{Award: f.award, Cluster: state.Cluster, Kind: f.kind, Nominees: splitList(f.nominees), Question: f.question, Reason: f.reason,
		Ballot: firstOf(f.id, freeBallotID(view, f.award)), Base: events.BasePresent, Threshold: def.Vote.Threshold}
	if def.Vote.BaseMembers {
		p.Base = events.BaseMembers
	}
	if def.Vote.Quorum.Num != 0 {
		p.Quorum = def.Vote.Quorum
	}
	if p.Kind == "" {
		p.Kind = events.BallotNamed
		if def.Vote.Secret {
			p.Kind = events.BallotPaper
		}
	}
	if len(p.Nominees) == 0 {
		if p.Nominees = standing(state); len(p.Nominees) == 0 {
			return fmt.Errorf("nobody is nominated for award %s; campaign nominate does that", f.award)
		}
	}
	if p.Question == "" {
		p.Question = s.app.question(state, p.Nominees)
	}
	if f.reopens != "" {
		err = s.reopening(ctx, view, p, f.reopens)
	} else {
		err = votedBefore(state, p.Nominees)
	}
	if err != nil {
		return err
	}
	if p.Roll, p.Present, err = s.roll(ctx, r, state.Cluster, f.present); err != nil {
		return err
	}
	if p.Standings, err = s.standingsRef(ctx); err != nil {
		return err
	}
	if err := s.say(ctx, events.Draft{Payload: p}); err != nil {
		return err
	}
	s.next("%s", events.BallotProtects(p.Kind, s.app.lang))
	return nil
}

// question is what a ballot asks, in the words of the language, where the user says nothing else.
func (a *app) question(state *projections.AwardState, nominees []string) string {
	titles := make([]string, 0, len(nominees))
	for _, unit := range nominees {
		title := unit
		for _, n := range state.Nominees {
			if n.Unit == unit {
				title = firstOf(n.Title, unit)
			}
		}
		titles = append(titles, title)
	}
	return fmt.Sprintf(a.say("Đồng ý suy tôn %s nhận %s?", "Shall %s be proposed for %s?"), strings.Join(titles, ", "), firstOf(state.Title, state.Award))
}

// votedBefore refuses a ballot on a unit whose question was voted on, under another nomination either: that takes --reopens.
func votedBefore(state *projections.AwardState, nominees []string) error {
	for _, unit := range nominees {
		var newest projections.BallotState
		for _, b := range state.Ballots {
			if b.Effective > newest.Effective && slices.Contains(b.Nominees, unit) {
				newest = b
			}
		}
		if newest.Closed != 0 {
			return fmt.Errorf("the question on %s was voted on, and closed as ballot %s; put it again with --reopens %s --reason …", unit, newest.Ballot, newest.Ballot)
		}
	}
	return nil
}

// freeBallotID is an id that no ballot has.
func freeBallotID(view *projections.Awards, award string) string {
	id := award
	for n := 2; ballotState(view, id) != nil; n++ {
		id = award + "-" + strconv.Itoa(n)
	}
	return id
}

// ballotState finds a ballot; nil if there is none.
func ballotState(view *projections.Awards, id string) *projections.BallotState {
	for i := range view.Awards {
		for j := range view.Awards[i].Ballots {
			if b := &view.Awards[i].Ballots[j]; b.Ballot == id {
				return b
			}
		}
	}
	return nil
}

// reopening completes a ballot that puts another's question again.
func (s signing) reopening(ctx context.Context, view *projections.Awards, p *events.BallotOpened, id string) error {
	old := ballotState(view, id)
	if old == nil || old.Closed == 0 {
		return fmt.Errorf("there is no closed ballot %s; campaign awards %s lists them", id, s.id)
	}
	err := s.app.need(ctx, asked{value: &p.Reason, name: "--reason", vi: "Vì sao bỏ phiếu lại?", en: "Why is the question put again?"})
	if err == nil {
		p.Reopens, err = s.idOf(ctx, old.Closed)
	}
	return err
}

// roll is the council of a cluster, and who of it is present.
func (s signing) roll(ctx context.Context, r *events.Regulation, cluster string, present []string) (roll, there []string, err error) {
	members, _, err := s.Members(ctx, s.id)
	if err != nil {
		return nil, nil, err
	}
	c := r.Clusters[slices.IndexFunc(r.Clusters, func(c events.Cluster) bool { return c.ID == cluster })]
	for _, m := range members {
		in := m.Unit == "" || slices.ContainsFunc(c.Units, func(u events.Unit) bool { return u.ID == m.Unit })
		if m.Role == events.RoleCouncil && in && m.Speaks() {
			roll = append(roll, m.ID)
		}
	}
	text := strings.Join(present, ",")
	err = s.app.need(ctx, asked{value: &text, name: "--present", vi: "Ai có mặt? (all: tất cả; mã cách nhau bằng dấu phẩy: " + strings.Join(roll, ", ") + ")",
		en: "Who is present? (all; or ids with commas between: " + strings.Join(roll, ", ") + ")"})
	if text == "all" {
		return roll, roll, err
	}
	return roll, splitList([]string{text}), err
}

func (a *app) ballotVote() *cobra.Command {
	var yes, no, abstain []string
	var written bool
	p := events.BallotCast{}
	c := &cobra.Command{Use: "vote CAMPAIGN BALLOT", Short: "Vote in a named ballot",
		Long: `Vote in a named ballot, as a member of the council, on every nominee. On one of
your own unit you are recused where the regulation says so, and are told so
before you sign. A vote is given once and can't be changed; nobody is shown it
before the ballot is closed, except the server's operator, who can look into the
log.`,
		Example: `  campaign ballot vote cum2-2017 ministry-flag --for son-la,dien-bien \
    --against lao-cai
  campaign ballot vote cum2-2017 ministry-flag --for son-la \
    --abstain lao-cai --written`, Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withSigner(cmd.Context(), args[0], func(s signing) error {
				p.Ballot = args[1]
				if written {
					p.Manner = events.WrittenVote
				}
				said := map[string][]string{events.VoteFor: splitList(yes), events.VoteAgainst: splitList(no), events.VoteAbstained: splitList(abstain)}
				return s.vote(cmd.Context(), &p, said)
			})
		}}
	c.Flags().StringArrayVar(&yes, "for", nil, "the nominees you are for")
	c.Flags().StringArrayVar(&no, "against", nil, "the nominees you are against")
	c.Flags().StringArrayVar(&abstain, "abstain", nil, "the nominees you do not vote on")
	c.Flags().BoolVar(&written, "written", false, "you are absent and vote in writing")
	c.Flags().StringVar(&p.Reason, "reason", "", "why, for the record")
	return c
}

// vote casts a vote; what is missing is asked for.
func (s signing) vote(ctx context.Context, p *events.BallotCast, said map[string][]string) error {
	view, err := s.Awards(ctx, s.id, s.app.lang)
	if err != nil {
		return err
	}
	r, err := s.Regulation(ctx, s.id)
	if err != nil {
		return err
	}
	nominees, err := nomineesOf(view, s.id, p.Ballot)
	if err != nil {
		return err
	}
	words := []string{events.VoteFor, events.VoteAgainst, events.VoteAbstained}
	for _, word := range words {
		for _, unit := range said[word] {
			if !slices.Contains(nominees, unit) {
				return usageError{fmt.Errorf("--%s %s: the nominees are %s", voteFlag(word), unit, strings.Join(nominees, ", "))}
			}
		}
	}
	for _, unit := range nominees {
		vote := ""
		for _, word := range words {
			if slices.Contains(said[word], unit) {
				if vote != "" {
					return usageError{fmt.Errorf("%s: you say %s and %s; give one", unit, vote, word)}
				}
				vote = word
			}
		}
		if r.Council.RecuseOwn && unit == s.Member.Unit {
			if vote != "" {
				return usageError{fmt.Errorf("--%s %s: it is your own unit, and you stand aside on it (council: recuse-own); leave it out", voteFlag(vote), unit)}
			}
			s.next(s.app.say("Bạn không bỏ phiếu về %s, đơn vị của bạn.", "You are recused on %s, your own unit."), unit)
			vote = events.VoteRecused
		}
		err := s.app.need(ctx, asked{value: &vote, name: "--for, --against or --abstain " + unit, vi: "Về " + unit, en: "On " + unit, choices: words,
			word: func(word string) string { return events.VoteIn(word, s.app.lang) }})
		if err != nil {
			return err
		}
		p.Votes = append(p.Votes, events.NomineeVote{Unit: unit, Vote: vote})
	}
	return s.say(ctx, events.Draft{Payload: p})
}

// voteFlag is the flag that a vote is given with.
func voteFlag(vote string) string {
	if vote == events.VoteAbstained {
		return "abstain"
	}
	return vote
}

// nomineesOf are the units that a ballot is about.
func nomineesOf(view *projections.Awards, campaign, id string) ([]string, error) {
	b := ballotState(view, id)
	if b == nil {
		return nil, fmt.Errorf("there is no ballot %s; campaign awards %s lists them", id, campaign)
	}
	return b.Nominees, nil
}

func (a *app) ballotTally() *cobra.Command {
	p := events.BallotTallied{}
	var counts []string
	var minutes string
	c := &cobra.Command{Use: "tally CAMPAIGN BALLOT", Short: "Record the count of a paper ballot",
		Long: `Record the count of a paper ballot, as a teller. Each --count is a nominee with
the valid slips for and against it. --minutes is the file of the signed tally
minutes: its SHA-256 is recorded. The count has its effect when two more
tellers have endorsed it (campaign endorse), at most half of all being of
candidates' units.`,
		Example: `  campaign ballot tally cum2-2017 government-flag --issued 8 --returned 8 \
    --valid 7 --invalid 1 --written 1 --count lang-son=7:0 \
    --minutes minutes.pdf`, Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.Ballot = args[1]
			if err := a.needTally(cmd, &p, &counts, &minutes); err != nil {
				return err
			}
			_, content, err := a.readFile(minutes, "stdin")
			if err != nil {
				return fmt.Errorf("--minutes: %w", err)
			}
			sum := sha256.Sum256(content)
			p.Minutes = hex.EncodeToString(sum[:])
			return a.withSigner(cmd.Context(), args[0], func(s signing) error { return s.say(cmd.Context(), events.Draft{Payload: &p}) })
		}}
	c.Flags().IntVar(&p.Issued, "issued", 0, "slips given out, those of absent voters included")
	c.Flags().IntVar(&p.Returned, "returned", 0, "slips that came back")
	c.Flags().IntVar(&p.Valid, "valid", 0, "valid slips")
	c.Flags().IntVar(&p.Invalid, "invalid", 0, "invalid slips")
	c.Flags().IntVar(&p.Written, "written", 0, "of the returned ones those of absent members")
	c.Flags().StringArrayVar(&counts, "count", nil, "UNIT=FOR:AGAINST; one for each nominee")
	c.Flags().StringVar(&minutes, "minutes", "", "the file of the signed tally minutes")
	c.Flags().StringVar(&p.Note, "note", "", "a note")
	return c
}

// needTally asks for what a count can't do without: 0 is a number of slips, too, if it is given.
func (a *app) needTally(cmd *cobra.Command, p *events.BallotTallied, counts *[]string, minutes *string) error {
	for _, q := range []struct {
		n            *int
		name, vi, en string
	}{{&p.Issued, "issued", "Số phiếu phát ra", "How many slips were given out"}, {&p.Returned, "returned", "Số phiếu thu về", "How many came back"},
		{&p.Valid, "valid", "Số phiếu hợp lệ", "How many are valid"}} {
		if cmd.Flags().Changed(q.name) {
			continue
		}
		text := ""
		if err := a.need(cmd.Context(), asked{value: &text, name: "--" + q.name, vi: q.vi, en: q.en}); err != nil {
			return err
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return usageError{fmt.Errorf("--%s %q: give a number of slips", q.name, text)}
		}
		*q.n = n
	}
	list := strings.Join(*counts, ",")
	err := a.need(cmd.Context(), asked{value: &list, name: "--count", vi: "Số phiếu ĐƠN_VỊ=ĐỒNG_Ý:KHÔNG, cách nhau bằng dấu phẩy", en: "UNIT=FOR:AGAINST of each nominee, with commas between"},
		asked{value: minutes, name: "--minutes", vi: "Tệp biên bản kiểm phiếu đã ký", en: "The file of the signed tally minutes"})
	if err == nil {
		p.Counts, err = readCounts([]string{list})
	}
	return err
}

// readCounts reads "unit=7:1".
func readCounts(texts []string) (list []events.NomineeCount, err error) {
	for _, text := range splitList(texts) {
		unit, votes, _ := strings.Cut(text, "=")
		yes, no, ok := strings.Cut(votes, ":")
		n := events.NomineeCount{Unit: unit}
		var errFor, errAgainst error
		n.For, errFor = strconv.Atoi(yes)
		n.Against, errAgainst = strconv.Atoi(no)
		if !ok || errFor != nil || errAgainst != nil || n.For < 0 || n.Against < 0 {
			return nil, usageError{fmt.Errorf("--count %q: write UNIT=FOR:AGAINST, for example lang-son=7:1", text)}
		}
		list = append(list, n)
	}
	return list, nil
}

func (a *app) ballotClose() *cobra.Command {
	p := events.BallotClosed{}
	c := &cobra.Command{Use: "close CAMPAIGN BALLOT", Short: "End the voting; the result follows",
		Long: `End the voting, as the head of the lead. The result follows from the votes, or
from the count that three tellers stand behind, and is shown.

Before all who are present have voted, or three tellers stand behind a count,
nobody ends a ballot alone, and no other head ends it in the lead's place: that
takes --reason and the endorsement of the units' share (campaign endorse).
Votes are taken until then.`,
		Example: `  campaign ballot close cum2-2017 ministry-flag
  campaign ballot close cum2-2017 ministry-flag --reason "u3 left the meeting"`, Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.Ballot = args[1]
			return a.withSigner(cmd.Context(), args[0], func(s signing) error { return s.say(cmd.Context(), events.Draft{Payload: &p}) })
		}}
	c.Flags().StringVar(&p.Reason, "reason", "", "why it ends before its time, or by another head than the lead's")
	return c
}
