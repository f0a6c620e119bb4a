package papers

import (
	"fmt"
	"slices"
	"strings"

	"campaignledger/cmd/internal/page"
	"campaignledger/events"
	"campaignledger/projections"
)

// proposal asks the authority for an award.
func (p *paper) proposal() error {
	states := p.states()
	i := slices.IndexFunc(states, func(a projections.AwardState) bool { return a.Award == p.options.Award })
	if i < 0 {
		ids := make([]string, 0, len(states))
		for _, a := range states {
			ids = append(ids, a.Award)
		}
		return &OptionError{"award", fmt.Sprintf("cluster %s nominates for no award %q; use one of: %s", p.group.ID, p.options.Award, or(strings.Join(ids, ", "), "none"))}
	}
	a := states[i]
	var nominees []projections.NomineeState
	for _, n := range a.Nominees {
		if p.options.Unit == n.Unit || p.options.Unit == "" && p.passes(a, n) {
			nominees = append(nominees, n)
		}
	}
	if p.options.Unit != "" && len(nominees) == 0 {
		return &OptionError{"unit", fmt.Sprintf("%s is not nominated for %s in cluster %s", p.options.Unit, a.Award, p.group.ID)}
	}
	p.letterhead()
	title := or(a.Title, a.Award)
	p.title(p.say("TỜ TRÌNH", "PROPOSAL"), p.say("Về việc đề nghị tặng ", "To award ")+title)
	p.Flow(page.Block{Align: page.Center, After: 3 * gap}, body.Of(p.say("Kính gửi: ", "To: ")), body.Of(or(a.Authority, blank+blank)))
	p.grounds(a, nominees)
	p.nomineeTable(a, nominees)
	p.achievements(nominees)
	p.section(p.say("Niêm yết, khiếu nại", "Publicity and appeals"))
	p.publicity(p.publications(nominees))
	p.appeals(p.appealsSince(p.heldBy()))
	p.commitments(nominees)
	p.sign(fmt.Sprintf(p.say("%s kính trình cấp có thẩm quyền xem xét, quyết định./.", "%s asks the authority to consider and decide."), p.clusterTitle()),
		[2]signer{p.recipients(), {under: p.say("TM. ", "On behalf of ") + p.upper(p.clusterTitle()), role: p.say("CỤM TRƯỞNG", "CLUSTER LEAD"), name: p.chair()}})
	return nil
}

// upper is capitals in Vietnamese, where titles under a signature have them.
func (p *paper) upper(s string) string {
	if p.lang == "vi" {
		return strings.ToUpper(s)
	}
	return s
}

// grounds are what the proposal stands on.
func (p *paper) grounds(a projections.AwardState, nominees []projections.NomineeState) {
	ground := func(s string) { p.Flow(page.Block{First: indent, Align: page.Justify, After: gap}, slanted.Of(s)) }
	ground(fmt.Sprintf(p.say("Căn cứ Quy chế thi đua của chiến dịch %s, phiên bản %d;", "By the regulation of the campaign %s, version %d;"),
		or(p.reg.Title.In(p.lang), p.reg.ID), p.standings.Version))
	var used []events.Seq // that the nominations name
	for _, n := range nominees {
		if !slices.Contains(used, n.Standings.Seq) {
			used = append(used, n.Standings.Seq)
		}
	}
	if len(used) == 0 {
		used = append(used, p.standings.Seq)
	}
	ground(fmt.Sprintf(p.say("Căn cứ bảng xếp hạng của %s sau sự kiện %s;", "By the standings of %s after event %s;"), p.clusterTitle(), seqs(used)))
	var closed []string
	for _, b := range a.Ballots {
		if b.Closed != 0 && b.Replaced == "" {
			closed = append(closed, b.Ballot)
		}
	}
	if len(closed) > 0 {
		ground(p.say("Căn cứ biên bản hội nghị bình xét, suy tôn và biên bản kiểm phiếu cuộc bỏ phiếu ", "By the minutes of the conference and of the count of ballot ") +
			strings.Join(closed, ", ") + ",")
	} else {
		ground(p.say("Căn cứ biên bản hội nghị bình xét, suy tôn,", "By the minutes of the conference,"))
	}
}

// nomineeTable is who is proposed, with points, rank and votes.
func (p *paper) nomineeTable(a projections.AwardState, nominees []projections.NomineeState) {
	p.text(body.Of(fmt.Sprintf(p.say("%s trình %s xem xét, đề nghị tặng %s cho:", "%s proposes to %s to award %s to:"), p.clusterTitle(),
		or(a.Authority, blank), or(a.Title, a.Award))))
	t := p.NewTable(15*page.MM, []page.Column{center(12), left(56), right(25), center(17), center(30), center(25)},
		header(p.say("STT", "No."), p.say("Đơn vị", "Unit"), p.say("Tổng điểm", "Points"), p.say("Hạng", "Rank"),
			p.say("Đồng ý/cơ số", "For/base"), p.say("Sự kiện đề nghị", "Proposed by event")))
	for i, n := range nominees {
		votes, proposed := "–", "–"
		if _, r, ok := lastResult(a, n.Unit); ok {
			votes = fmt.Sprintf("%d/%d%s", r.For, r.Base, p.percent(r.For, r.Base))
		}
		if n.Proposed != 0 {
			proposed = fmt.Sprint(n.Proposed)
		}
		t.Row(cells(fmt.Sprint(i+1), or(n.Title, p.unit(n.Unit)), p.number(n.Points), fmt.Sprint(n.Rank), votes, proposed)...)
	}
	if len(nominees) == 0 {
		t.Row(page.Over(6, cellAside.Of(p.say("chưa có đơn vị nào đạt", "no unit was carried"))))
	}
	p.Y += gap
	for _, n := range nominees {
		if now := p.rankNow(n); now != "" {
			p.item(body.Of(fmt.Sprintf(p.say("%s: điểm và hạng trên là theo bảng xếp hạng sau sự kiện %d mà việc suy tôn dựa vào; %s.",
				"%s: points and rank above are of the standings after event %d that its nomination rests on; %s."), p.titled(n), n.Standings.Seq, now)))
		}
	}
	p.bounds(a)
}

// percent is n of base with one decimal place, half up, for a table.
func (p *paper) percent(n, base int) string {
	if base <= 0 {
		return ""
	}
	tenths := (2*1000*n + base) / (2 * base)
	s := fmt.Sprint(tenths / 10)
	if tenths%10 != 0 {
		s += p.number("." + fmt.Sprint(tenths%10))
	}
	return " (" + s + "%)"
}

// achievements sum up what was found of each nominee: by the consensus evaluations where there are any, else by all.
func (p *paper) achievements(nominees []projections.NomineeState) {
	p.section(p.say("Tóm tắt đánh giá", "Evaluation in brief"))
	for _, n := range nominees {
		p.sub(or(n.Title, p.unit(n.Unit)))
		none := true
		for _, u := range p.records() {
			if u.Unit != n.Unit {
				continue
			}
			agreed := slices.ContainsFunc(u.Evaluations, func(e projections.EvaluationState) bool { return e.Current && len(e.Consensus) > 0 })
			for _, e := range u.Evaluations {
				if e.Current && (len(e.Consensus) > 0 || !agreed) {
					none = false
					p.evaluation(e)
				}
			}
		}
		if none {
			p.text(body.Of(p.say("Chưa có đánh giá nào được ghi nhận.", "No evaluation was recorded.")))
		}
		if n.Reason != "" {
			p.item(body.Of(p.say("Lý do suy tôn khác thứ tự xếp hạng: ", "Reason for nominating out of standing order: ")), body.Of(n.Reason))
		}
	}
	if len(nominees) == 0 {
		p.text(body.Of("–"))
	}
}

// commitments are what the cluster stands for.
func (p *paper) commitments(nominees []projections.NomineeState) {
	p.section(p.say("Cam kết", "Commitments"))
	p.item(body.Of(p.say("Số liệu trong tờ trình lấy từ sổ của chiến dịch, không sửa đổi; người nhận có thể tính lại từ sổ có mã băm ở chân trang.",
		"The figures are those of the campaign's log, unchanged; whoever receives this can compute them again from the log whose hash stands in the footer.")))
	var barred []string
	for _, n := range nominees {
		if len(n.Exclusions) > 0 {
			barred = append(barred, fmt.Sprintf(p.say("%s (sự kiện %s)", "%s (event %s)"), or(n.Title, p.unit(n.Unit)), seqs(n.Exclusions)))
		}
	}
	if len(barred) > 0 {
		p.item(strong.Of(p.say("Lưu ý: sổ ghi nhận đang bị không xét khen thưởng: ", "Note: recorded as barred from awards: ") + strings.Join(barred, "; ") + "."))
	} else {
		p.item(body.Of(fmt.Sprintf(p.say("Đến sự kiện %d, sổ không ghi nhận đơn vị nào nêu trên đang bị không xét khen thưởng.",
			"Up to event %d none of the units above is recorded as barred from awards."), p.Seq)))
	}
	p.Room(signHeight + 2*rowHeight) // no page of signatures alone
	p.item(body.Of(fmt.Sprintf(p.say("%s chịu trách nhiệm về nội dung đề nghị.", "%s answers for what it proposes."), p.clusterTitle())))
}
