package papers

import (
	"fmt"
	"slices"
	"strings"

	"campaignledger/cmd/internal/page"
	"campaignledger/events"
	"campaignledger/projections"
)

// ballots are the minutes' part on the votes.
func (p *paper) ballots() {
	p.section(p.say("Bỏ phiếu", "Ballots"))
	none := true
	for _, a := range p.states() {
		for _, b := range a.Ballots {
			none = false
			p.sub(p.named(a, b))
			p.question(b)
			p.results(b)
		}
	}
	if none {
		p.text(body.Of(p.say("Chưa có cuộc bỏ phiếu nào.", "There was no ballot.")))
	}
}

// question is what was put to the vote, how, and what carries.
func (p *paper) question(b projections.BallotState) {
	p.fact(p.say("Nội dung", "Question"), b.Question)
	p.fact(p.say("Hình thức", "Manner"), events.BallotProtects(b.Kind, p.lang))
	p.fact(p.say("Cơ số tính tỷ lệ", "Base"), p.base(b))
	p.fact(p.say("Tỷ lệ phải đạt", "Threshold"), b.Threshold)
	if b.Quorum != "" {
		p.fact(p.say("Tỷ lệ có mặt tối thiểu", "Quorum"), b.Quorum)
	}
	p.fact(p.say("Mở", "Opened"), p.openedText(b))
	if b.Closed != 0 {
		p.fact(p.say("Kết thúc", "Closed"), fmt.Sprintf(p.say("sự kiện %d", "event %d"), b.Closed))
	}
	if b.Reopens != "" {
		p.fact(p.say("Bỏ phiếu lại thay cuộc", "Puts again the question of ballot"), b.Reopens+p.say("; lý do: ", "; reason: ")+b.Reason)
	}
	if b.Replaced != "" {
		p.fact(p.say("Đã được bỏ phiếu lại bằng cuộc", "Put again as ballot"), b.Replaced)
	}
	p.hash(fmt.Sprintf(p.say("SHA-256 của bảng xếp hạng làm căn cứ, sau sự kiện %d:", "SHA-256 of the standings it goes by, after event %d:"), b.Standings.Seq), b.Standings.SHA256)
}

func (p *paper) openedText(b projections.BallotState) string {
	s := fmt.Sprintf(p.say("sự kiện %d", "event %d"), b.Opened)
	switch b.Effective {
	case 0:
		s += p.say(", chưa có hiệu lực", ", not in effect")
	case b.Opened:
	default:
		s += fmt.Sprintf(p.say(", có hiệu lực từ sự kiện %d", ", in effect from event %d"), b.Effective)
	}
	return s
}

func (p *paper) base(b projections.BallotState) string {
	if b.Base == events.BaseMembers {
		return p.say("tổng số ủy viên trong danh sách", "all members on the roll")
	}
	return p.say("người có mặt và người vắng bỏ phiếu bằng văn bản", "those present, and the absent who vote in writing")
}

// results are what a closed ballot gives for each nominee, and of a paper ballot before the close the places to fill in.
func (p *paper) results(b projections.BallotState) {
	if len(b.Results) == 0 {
		p.text(body.Of(p.say("Cuộc bỏ phiếu chưa kết thúc.", "The ballot is not closed.")))
		if b.Kind != events.BallotPaper {
			return
		}
	}
	t := p.NewTable(15*page.MM, []page.Column{left(44), center(17), center(19), center(18), center(18), center(14), center(15), center(20)},
		header(p.say("Đơn vị", "Unit"), p.say("Đồng ý", "For"), p.say("Không đồng ý", "Against"), p.say("Không ý kiến", "Neither"),
			p.say("Liên quan", "Recused"), p.say("Cơ số", "Base"), p.say("Cần đạt", "Needed"), p.say("Kết quả", "Result")))
	for _, r := range b.Results {
		t.Row(cells(p.unit(r.Unit), fmt.Sprint(r.For), fmt.Sprint(r.Against), fmt.Sprint(r.Abstained), fmt.Sprint(r.Recused),
			fmt.Sprint(r.Base), fmt.Sprint(r.Needed), p.carried(r))...)
	}
	if len(b.Results) == 0 {
		for _, unit := range b.Nominees {
			t.Row(cells(p.unit(unit), "……", "……", "……", "……", "……", "……", "")...)
		}
	}
	p.Y += gap
}

func (p *paper) carried(r projections.NomineeResult) string {
	if r.Carried {
		return p.say("đạt", "carried")
	}
	return p.say("không đạt", "not carried")
}

// ballot finds the ballot that the options name.
func (p *paper) ballot(id string) (projections.AwardState, projections.BallotState, error) {
	var known []string
	for _, a := range p.states() {
		for _, b := range a.Ballots {
			if b.Ballot == id {
				return a, b, nil
			}
			known = append(known, b.Ballot)
		}
	}
	return projections.AwardState{}, projections.BallotState{}, &OptionError{"ballot",
		fmt.Sprintf("cluster %s has no ballot %q; it has: %s", p.group.ID, id, or(strings.Join(known, ", "), "none"))}
}

// tally are the minutes of the count of one ballot.
func (p *paper) tally() error {
	a, b, err := p.ballot(p.options.Ballot)
	if err != nil {
		return err
	}
	p.letterhead()
	p.title(p.say("BIÊN BẢN", "MINUTES"), p.say("Kiểm phiếu đề nghị tặng ", "Count of the ballot on ")+or(a.Title, a.Award))
	p.section(p.say("Thời gian, địa điểm, căn cứ", "Time, place and basis"))
	p.fact(p.say("Thời gian", "Time"), p.say("hồi …… giờ …… phút, ", "……:……, ")+p.heldOn(b.Closed))
	p.fact(p.say("Địa điểm", "Place"), p.options.Venue)
	p.about()
	if names := p.tellers(b); b.Kind == events.BallotPaper || len(names) > 0 {
		p.fact(p.say("Tổ kiểm phiếu", "Tellers"), strings.Join(names, "; "))
	}
	p.section(p.say("Cuộc bỏ phiếu ", "Ballot ") + b.Ballot)
	p.question(b)
	p.roll(b, p.say("cuộc bỏ phiếu", "ballot")+" "+b.Ballot, true)
	p.section(p.say("Số phiếu", "Slips"))
	p.count(b)
	if b.Kind == events.BallotPaper && b.Reopens == "" {
		p.resultRoom(b)
	}
	p.section(p.say("Kết quả", "Result"))
	p.results(b)
	if b.Kind == events.BallotNamed {
		p.votes(b)
	}
	p.earlier(a, b)
	p.signTally(b)
	return nil
}

// resultRoom keeps the result of a few nominees on one page with the signatures below it.
func (p *paper) resultRoom(b projections.BallotState) {
	signatures := max(len(p.tellers(b)), usualTellers) + 1
	if h := 55*page.MM + len(b.Nominees)*rowHeight + (signatures+1)/2*signRow; h < p.Sheet.Bottom-p.Sheet.Top {
		p.Room(h)
	}
}

// tellers sign the count: those of the options, or else those that stand behind the count in force.
func (p *paper) tellers(b projections.BallotState) []string {
	if len(p.options.Tellers) > 0 {
		return p.options.Tellers
	}
	var names []string
	for _, t := range b.Tallies {
		if t.InForce {
			for _, id := range t.Tellers {
				names = append(names, p.member(id))
			}
		}
	}
	return names
}

// count is how many slips went out and came back; of a named ballot, how many votes are in.
func (p *paper) count(b projections.BallotState) {
	if b.Kind == events.BallotNamed {
		votes, written := 0, 0
		for _, r := range b.Roll {
			if r.Voted != 0 {
				votes++
				if r.Written {
					written++
				}
			}
		}
		p.text(body.Of(fmt.Sprintf(p.say("Danh sách %d ủy viên; %d người đã bỏ phiếu, trong đó %d bằng văn bản.", "%d members on the roll; %d voted, of whom %d in writing."),
			len(b.Roll), votes, written)))
		return
	}
	if !slices.ContainsFunc(b.Tallies, func(t projections.TallyState) bool { return t.InForce }) { // the tellers sign this paper, and enter its hash
		p.slips("……", "……", "……", "……", "……")
	}
	p.tallies(b, true)
}

// slips is a table of how many there are.
func (p *paper) slips(issued, returned, valid, invalid, written any) {
	t := p.NewTable(15*page.MM, []page.Column{center(33), center(33), center(33), center(33), center(33)},
		header(p.say("Phát ra", "Issued"), p.say("Thu về", "Returned"), p.say("Hợp lệ", "Valid"), p.say("Không hợp lệ", "Invalid"), p.say("Trong đó bằng văn bản", "In writing")))
	t.Row(cells(fmt.Sprint(issued), fmt.Sprint(returned), fmt.Sprint(valid), fmt.Sprint(invalid), fmt.Sprint(written))...)
	p.Y += gap
}

// tallies are the counts of a ballot: that in force, or those that are not.
func (p *paper) tallies(b projections.BallotState, inForce bool) {
	for _, c := range b.Tallies {
		if c.InForce != inForce {
			continue
		}
		who := make([]string, 0, len(c.Tellers))
		for _, id := range c.Tellers {
			who = append(who, p.member(id))
		}
		p.Room(35 * page.MM)
		if inForce {
			p.text(body.Of(fmt.Sprintf(p.say("Kết quả kiểm phiếu có hiệu lực, sự kiện %d:", "The count in force, event %d:"), c.Seq)))
		} else {
			p.text(body.Of(fmt.Sprintf(p.say("Kết quả kiểm phiếu không có hiệu lực, sự kiện %d:", "A count that is not in force, event %d:"), c.Seq)))
		}
		p.slips(c.Issued, c.Returned, c.Valid, c.Invalid, c.Written)
		p.fact(p.say("Người kiểm phiếu ghi nhận", "Counted by"), strings.Join(who, "; "))
		if c.Note != "" {
			p.fact(p.say("Ghi chú", "Note"), c.Note)
		}
		if c.Minutes != "" {
			p.hash(p.say("SHA-256 của biên bản kiểm phiếu đã ký:", "SHA-256 of the signed tally minutes:"), c.Minutes)
		}
	}
}

// votesAcross is how many nominees stand beside each other in the list of votes.
const votesAcross = 5

// votes are the votes of a named ballot by member, once it is closed.
func (p *paper) votes(b projections.BallotState) {
	if len(b.Results) == 0 {
		return
	}
	p.section(p.say("Phiếu của từng ủy viên", "Votes by member"))
	for first := 0; first < len(b.Results); first += votesAcross {
		nominees := b.Results[first:min(first+votesAcross, len(b.Results))]
		const most = 110 * page.MM
		each := most / len(nominees)
		cols, names := []page.Column{center(12), {W: 153*page.MM - each*len(nominees)}}, []string{p.say("STT", "No."), p.say("Ủy viên", "Member")}
		for _, r := range nominees {
			cols, names = append(cols, page.Column{W: each, Align: page.Center}), append(names, p.unit(r.Unit))
		}
		t := p.NewTable(15*page.MM, cols, header(names...))
		for i, r := range b.Roll {
			texts := []string{fmt.Sprint(i + 1), or(r.Name, p.member(r.Member))}
			for j := range nominees {
				vote := p.say("không bỏ phiếu", "did not vote")
				if first+j < len(r.Votes) {
					vote = p.vote(r.Votes[first+j])
				}
				texts = append(texts, vote)
			}
			t.Row(cells(texts...)...)
		}
		p.Y += gap
	}
	for _, r := range b.Roll {
		if r.Reason != "" {
			p.item(body.Of(p.say("Lý do của ", "Reason of ")+or(r.Name, p.member(r.Member))+": "), body.Of(r.Reason))
		}
	}
}

func (p *paper) vote(vote string) string {
	if vote == events.VoteAbstained {
		return p.say("không có ý kiến", "abstained")
	}
	return events.VoteIn(vote, p.lang)
}

// earlier are the counts that are not in force, and the ballots whose question was put again: they stay visible.
func (p *paper) earlier(a projections.AwardState, b projections.BallotState) {
	waiting := slices.ContainsFunc(b.Tallies, func(t projections.TallyState) bool { return !t.InForce })
	if !waiting && b.Reopens == "" {
		return
	}
	p.section(p.say("Các lần kiểm phiếu khác", "Other counts"))
	if waiting {
		p.tallies(b, false)
	}
	for range a.Ballots { // a chain has no more
		i := slices.IndexFunc(a.Ballots, func(x projections.BallotState) bool { return x.Ballot == b.Reopens })
		if i < 0 {
			return
		}
		reason := b.Reason
		b = a.Ballots[i]
		p.sub(fmt.Sprintf(p.say("Cuộc bỏ phiếu %s, được bỏ phiếu lại", "Ballot %s, whose question was put again"), b.Ballot))
		p.fact(p.say("Lý do bỏ phiếu lại", "Reason"), reason)
		p.tallies(b, true)
		p.tallies(b, false)
		p.results(b)
	}
}

// usualTellers are as many as a count needs for its effect.
const usualTellers = 3

// signTally are the places for the tellers' signatures, and that of the chair; of a named ballot the secretary's and the chair's.
func (p *paper) signTally(b projections.BallotState) {
	closing := p.say("Biên bản lập thành …… bản, đã được đọc lại cho hội nghị nghe.", "The minutes were read out to the conference and made out in …… copies.")
	chair := signer{role: p.say("CHỦ TRÌ HỘI NGHỊ", "CHAIR"), name: p.chair()}
	if b.Kind == events.BallotNamed && len(p.options.Tellers) == 0 { // the votes are signed one by one; nobody counts them by hand
		p.sign(closing, [2]signer{{role: p.say("THƯ KÝ", "SECRETARY"), name: p.options.Secretary}, chair})
		return
	}
	names := p.tellers(b)
	role := p.say("NGƯỜI KIỂM PHIẾU", "TELLER")
	for len(names) < usualTellers {
		names = append(names, "")
	}
	var rows [][2]signer
	for i := 0; i < len(names); i += 2 {
		pair := [2]signer{{role: role, name: names[i]}}
		if i+1 < len(names) {
			pair[1] = signer{role: role, name: names[i+1]}
		}
		rows = append(rows, pair)
	}
	if last := &rows[len(rows)-1]; last[1].role == "" {
		last[1] = chair
	} else {
		rows = append(rows, [2]signer{{}, chair})
	}
	p.sign(closing, rows...)
}
