package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
	"campaignledger/projections"
)

func (a *app) awards() *cobra.Command {
	c := &cobra.Command{Use: "awards CAMPAIGN", Short: "Show nominees, ballots, decisions, evaluations and appeals",
		Long: `Show how the campaign stands on awards: for each award its nominees, the
ballots with their results, what was proposed and decided; then what was found
of each unit, exclusions, appeals and documents. Numbers with # are events:
campaign audit and campaign log have them. campaign audit --award shows all
behind one award.`,
		Example: "  campaign awards cum2-2017\n  campaign awards cum2-2017 -o json", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withCampaign(cmd.Context(), args[0], func(c *client.Client) error {
				view, err := c.Awards(cmd.Context(), args[0], a.lang)
				if err != nil {
					return err
				}
				return a.writeAwards(view)
			})
		}}
	return c
}

func (a *app) writeAwards(view *projections.Awards) error {
	switch a.output {
	case "json":
		return writeJSON(a.out, view)
	case "ndjson":
		for _, state := range view.Awards {
			if err := writeJSON(a.out, state); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		return a.awardsCSV(view)
	}
	a.banner(view.Notice, view.Signed)
	w := awardsWriter{a, terminalWidth(a.out)}
	for _, state := range view.Awards {
		w.award(&state)
	}
	for _, u := range view.Units {
		w.unit(&u)
	}
	w.appeals(view.Appeals)
	w.documents(view.Documents)
	return nil
}

// awardsWriter writes the view for people.
type awardsWriter struct {
	*app
	width int
}

func (w awardsWriter) line(indent int, format string, args ...any) {
	writeWrapped(w.out, strings.Repeat(" ", indent), fmt.Sprintf(format, args...), w.width)
}

// pick is the format of the language.
func (w awardsWriter) pick(indent int, vi, en string, args ...any) {
	w.line(indent, w.say(vi, en), args...)
}

func (w awardsWriter) award(s *projections.AwardState) {
	w.line(0, "%s (%s), %s", s.Title, s.Award, w.count(s.Places, "suất", "place"))
	if s.Quota != nil {
		w.quota(s.Quota)
	}
	if len(s.Nominees) == 0 {
		w.pick(2, "chưa suy tôn đơn vị nào", "nobody is nominated yet")
	}
	for _, n := range s.Nominees {
		w.nominee(&n)
	}
	for _, b := range s.Ballots {
		w.ballot(&b)
	}
	fmt.Fprintln(w.out)
}

func (w awardsWriter) quota(q *projections.QuotaState) {
	if !q.Computed {
		w.pick(2, "hạn mức %s số đơn vị của %s tính trên nhiều cụm: sổ một cụm không tính được", "quota %s of %s is counted over clusters: a campaign of one can't compute it", q.Share, q.Of)
		return
	}
	w.pick(2, "hạn mức %s của %d đơn vị được đề nghị %s: %d, đã tặng %d", "quota %s of the %d units proposed for %s: %d, granted %d", q.Share, q.Counted, q.Of, q.Most, q.Granted)
}

func (w awardsWriter) nominee(n *projections.NomineeState) {
	w.pick(2, "%s: hạng %d, %s điểm%s; suy tôn #%d bởi %s, theo bảng xếp hạng sau sự kiện %d", "%s: rank %d, %s points%s; nominated #%d by %s, on the standings after event %d",
		n.Title, n.Rank, w.number(n.Points), w.rankNow(n.Rank, n.RankNow, n.Points, n.PointsNow), n.Nomination, n.By, n.Standings.Seq)
	if n.Withdrawn != 0 {
		w.pick(4, "đã rút #%d", "withdrawn #%d", n.Withdrawn)
	}
	if n.Reason != "" {
		w.pick(4, "ngoài thứ tự xếp hạng: %s", "out of standing order: %s", n.Reason)
	}
	if n.Flagged != 0 {
		w.pick(4, "PHẢI XEM XÉT LẠI: sự kiện %d có thể làm thay đổi căn cứ (campaign endorse %d --as reviewed)",
			"TO BE LOOKED AT AGAIN: event %d may have changed what it rests on (campaign endorse … %d --as reviewed)", n.Flagged, n.Nomination)
	}
	for _, seq := range n.Exclusions {
		w.pick(4, "đang không được xét khen thưởng theo #%d", "excluded by #%d", seq)
	}
	if n.Proposed != 0 {
		w.pick(4, "đã đề nghị #%d", "proposed #%d", n.Proposed)
	}
	for _, d := range n.Decisions {
		w.decision(&d)
	}
	for _, notice := range n.Notices {
		w.pick(4, "đơn vị xác nhận đã nhận #%d (bởi %s, #%d)", "the unit confirms receipt of #%d (by %s, #%d)", notice.Of, notice.By, notice.Seq)
	}
	for _, p := range n.Publications {
		w.pick(4, "công khai tại %s từ %s đến %s (#%d)", "published at %s from %s to %s (#%d)", p.Place, w.date(p.From), w.date(p.To), p.Seq)
	}
}

// rankNow says where a nominee stands now, if that is no longer where it stood in the standings that its nomination names.
func (a *app) rankNow(rank, now int, points, pointsNow string) string {
	if rank == now && points == pointsNow {
		return ""
	}
	return fmt.Sprintf(a.say(" (nay: hạng %d, %s điểm)", " (now: rank %d, %s points)"), now, a.number(pointsNow))
}

func (w awardsWriter) decision(d *projections.AwardDecision) {
	w.line(4, "%s: %s #%d, %s (%s)", d.OutcomeText(w.lang), d.Award, d.Seq, d.By, d.HowText(w.lang))
	if d.Paper != nil {
		w.pick(6, "quyết định số %s ngày %s, người ký: %s", "decision %s of %s, signed by %s", d.Paper.Number, w.date(d.Paper.Date), d.Paper.Signatory)
	}
	if end := d.EndText(w.lang); end != "" {
		w.line(6, "%s", end)
	}
}

func (w awardsWriter) ballot(b *projections.BallotState) {
	w.pick(2, "Bỏ phiếu %s (%s), #%d, %s; có mặt %d/%d", "Ballot %s (%s), #%d, %s; %d of %d present", b.Ballot, events.BallotKindIn(b.Kind, w.lang), b.Opened, b.StateText(w.lang), b.Present(), len(b.Roll))
	w.line(4, "%s", b.Protects)
	for i := range b.Results {
		w.result(b, &b.Results[i])
	}
	if len(b.Results) > 0 {
		w.line(4, "%s", b.BaseText(w.lang))
	}
	w.roll(4, b)
	for _, t := range b.Tallies {
		w.pick(4, "kiểm phiếu #%d: phát ra %d, thu về %d, hợp lệ %d, không hợp lệ %d, bằng văn bản %d; %s; người kiểm phiếu: %s", "count #%d: %d issued, %d returned, %d valid, %d invalid, %d in writing; %s; tellers: %s",
			t.Seq, t.Issued, t.Returned, t.Valid, t.Invalid, t.Written, w.counts(&t), strings.Join(t.Tellers, ", "))
	}
	switch {
	case b.Replaced != "":
		w.pick(4, "đã bỏ phiếu lại ở cuộc %s", "put again in ballot %s", b.Replaced)
	case b.Reopens != "":
		w.pick(4, "bỏ phiếu lại cuộc %s: %s", "puts ballot %s again: %s", b.Reopens, b.Reason)
	}
}

// counts are what a count has for each nominee.
func (a *app) counts(t *projections.TallyState) string {
	var parts []string
	for _, n := range t.Counts {
		parts = append(parts, fmt.Sprintf(a.say("%s đồng ý %d, không đồng ý %d", "%s %d for, %d against"), n.Unit, n.For, n.Against))
	}
	return strings.Join(parts, "; ")
}

// result is what a ballot gives for a nominee. Who is in the base and is in none of the counts did not vote.
func (w awardsWriter) result(b *projections.BallotState, r *projections.NomineeResult) {
	word := w.say("không đạt", "not carried")
	if r.Carried {
		word = w.say("ĐẠT", "CARRIED")
	}
	w.pick(4, "%s: đồng ý %d/%d (cần %d), không đồng ý %d, không ý kiến %d, %d người %s; không bỏ phiếu vì liên quan %d: %s",
		"%s: %d for of %d (takes %d), %d against, %d abstained, %d %s; %d recused: %s", r.Unit, r.For, r.Base, r.Needed, r.Against, r.Abstained,
		r.Unheard(), b.Silent(w.lang), r.Recused, word)
}

// roll is who was present and absent and, once a named ballot is closed, how each member voted.
func (w awardsWriter) roll(indent int, b *projections.BallotState) {
	votes := b.Closed != 0 && b.Kind == events.BallotNamed
	var present, absent []string
	for _, r := range b.Roll {
		how := r.PresenceText(w.lang)
		if how != "" {
			how = ", " + how
		}
		switch {
		case votes && r.Voted != 0:
			w.line(indent, "%s%s: %s", r.Who(), how, r.VotesText(b.Nominees, w.lang))
		case votes:
			w.line(indent, "%s%s: %s", r.Who(), how, w.say("không bỏ phiếu", "did not vote"))
		case r.Written:
			absent = append(absent, r.Who()+w.say(" – bỏ phiếu bằng văn bản", " – votes in writing"))
		case !r.Present:
			absent = append(absent, r.Who())
		default:
			present = append(present, r.Who())
		}
	}
	if len(present) > 0 {
		w.pick(indent, "có mặt: %s", "present: %s", strings.Join(present, ", "))
	}
	if len(absent) > 0 {
		w.pick(indent, "vắng mặt: %s", "absent: %s", strings.Join(absent, ", "))
	}
}

func (w awardsWriter) unit(u *projections.UnitRecord) {
	if len(u.Evaluations)+len(u.Exclusions)+len(u.Commendations)+len(u.Appealed) == 0 {
		return
	}
	w.line(0, "%s", u.Title)
	for _, e := range u.Evaluations {
		head := w.say("đánh giá của ", "evaluated by ") + firstOf(e.Name, e.By)
		if len(e.Consensus) > 0 {
			head = w.say("đánh giá chung, do ", "consensus, recorded by ") + firstOf(e.Name, e.By)
		}
		if !e.Current {
			head += w.say(" (đã thay)", " (replaced)")
		}
		w.line(2, "%s #%d", head, e.Seq)
		for _, f := range e.Strengths {
			w.line(4, "+ %s", finding(f))
		}
		for _, f := range e.Shortcomings {
			w.line(4, "- %s", finding(f))
		}
		w.line(4, "= %s", e.Recommendation)
		if len(e.Awards) > 0 {
			w.pick(4, "đề nghị xét: %s", "recommended for: %s", strings.Join(e.Awards, ", "))
		}
	}
	for _, x := range u.Exclusions {
		until := firstOf(w.date(x.To), w.say("khi được thôi áp dụng", "lifted"))
		state := fmt.Sprintf("#%d", x.Seq)
		switch {
		case x.Effective == 0:
			state += w.say(", chưa có hiệu lực", ", no effect yet")
		case x.Lifted != 0:
			state += fmt.Sprintf(w.say(", thôi áp dụng từ %s (#%d)", ", lifted on %s (#%d)"), w.date(x.LiftedOn), x.Lifted)
		}
		scope := firstOf(strings.Join(x.Awards, ", "), w.say("mọi danh hiệu", "all awards"))
		w.pick(2, "không xét khen thưởng (%s) từ %s đến %s: %s (%s)", "excluded (%s) from %s until %s: %s (%s)", scope, w.date(x.From), until, firstOf(x.Ground, w.say("căn cứ lưu ngoài sổ", "ground kept outside the record")), state)
	}
	for _, c := range u.Commendations {
		w.pick(2, "khen #%d (%s): %s", "commended #%d (%s): %s", c.Seq, events.CommendIn(c.Kind, w.lang), firstOf(c.Merit, w.say("lưu ngoài sổ", "kept outside the record")))
	}
	for _, seq := range u.Appealed {
		w.pick(2, "khiếu nại được chấp nhận ở #%d: phải xem xét lại điểm", "the appeal upheld by #%d: points have to be looked at again", seq)
	}
}

// finding is a strength or shortcoming with what it is about.
func finding(f projections.Finding) string {
	about := f.Criterion
	if f.Drive != "" {
		about = strings.TrimSpace(about + " drive:" + f.Drive)
	}
	if about == "" {
		return f.Text
	}
	return "[" + about + "] " + f.Text
}

func (w awardsWriter) appeals(list []projections.AppealState) {
	for _, p := range list {
		state := w.say("chưa giải quyết", "not decided")
		if p.Decided != 0 {
			state = map[string]string{events.AppealUpheld: w.say("chấp nhận", "upheld"), events.AppealDismissed: w.say("bác", "dismissed")}[p.Outcome] + fmt.Sprintf(" #%d: %s", p.Decided, p.Reason)
		}
		w.pick(0, "Khiếu nại #%d của %s về #%d: %s", "Appeal #%d of %s against #%d: %s", p.Seq, p.Unit, p.Of, state)
	}
}

func (w awardsWriter) documents(list []projections.DocumentState) {
	for _, d := range list {
		signed := ""
		if d.Signed != 0 {
			signed = fmt.Sprintf(w.say(", bản ký #%d", ", signed copy #%d"), d.Signed)
		}
		w.pick(0, "Văn bản #%d: %s, %s, đến sự kiện %d%s", "Document #%d: %s, %s, up to event %d%s", d.Seq, events.DocumentIn(d.Kind, w.lang), d.Name, d.AsOf, signed)
	}
}

// awardsCSV has a row for each nominee.
func (a *app) awardsCSV(view *projections.Awards) error {
	header := []string{"cluster", "award", "unit", "rank", "points", "rank_now", "points_now", "nomination", "reason", "withdrawn", "flagged", "ballot", "for", "base", "needed", "carried", "proposed", "decided",
		"outcome", "granted", "transcribed", "in_force", "revoked", "signed", "notice"}
	var rows [][]string
	for _, state := range view.Awards {
		for _, n := range state.Nominees {
			row := []string{state.Cluster, state.Award, n.Unit, number(n.Rank), n.Points, number(n.RankNow), n.PointsNow, number(n.Nomination), n.Reason, number(n.Withdrawn), number(n.Flagged)}
			row = append(row, resultCells(state.Ballots, n.Unit)...)
			row = append(row, number(n.Proposed))
			decided := make([]string, 6)
			if len(n.Decisions) > 0 {
				d := n.Decisions[len(n.Decisions)-1]
				decided = []string{number(d.Seq), d.Outcome, d.Award, flag(d.Transcribed), flag(d.InForce), number(d.Revoked)}
			}
			rows = append(rows, append(append(row, decided...), fmt.Sprint(view.Signed), view.Notice))
		}
	}
	return writeCSV(a.out, header, rows)
}

// resultCells are the newest result on a unit: ballot, for, base, needed, carried.
func resultCells(ballots []projections.BallotState, unit string) []string {
	cells := make([]string, 5)
	for _, b := range ballots {
		for _, r := range b.Results {
			if r.Unit == unit {
				cells = []string{b.Ballot, fmt.Sprint(r.For), fmt.Sprint(r.Base), fmt.Sprint(r.Needed), fmt.Sprint(r.Carried)}
			}
		}
	}
	return cells
}
