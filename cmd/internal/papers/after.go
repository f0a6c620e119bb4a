package papers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"campaignledger/cmd/internal/page"
	"campaignledger/events"
	"campaignledger/projections"
)

// afterwards is an annex of the minutes, on pages of its own behind the signatures, on what followed the conference: those who sign the
// minutes do not sign for it. There is none before anything followed.
func (p *paper) afterwards() {
	publications, appeals := p.publications(p.nominees()), p.appealsSince(p.heldBy())
	proposed := slices.ContainsFunc(p.nominees(), func(n projections.NomineeState) bool { return n.Proposed != 0 })
	if len(publications) == 0 && len(appeals) == 0 && !proposed {
		return
	}
	p.NewPage()
	p.sections = 0
	middle := page.Block{Align: page.Center}
	p.Flow(middle, heading.Of(p.say("PHỤ LỤC", "ANNEX")))
	p.Flow(middle, strong.Of(p.say("Sau hội nghị", "After the conference")))
	p.rule(p.Sheet.Left, p.Sheet.Wide(), p.Y, 40*page.MM)
	p.Y += 4 * page.MM
	p.Flow(middle, aside.Of(fmt.Sprintf(p.say("(Theo sổ đến sự kiện %d; không thuộc nội dung hội nghị đã ký trong biên bản)",
		"(By the log up to event %d; no part of what was signed in the minutes)"), p.Seq)))
	p.Y += 2 * page.MM
	p.section(p.say("Niêm yết công khai", "Publicity"))
	p.publicity(publications)
	p.section(p.say("Khiếu nại và giải quyết", "Appeals"))
	p.appeals(appeals)
	p.section(p.say("Trình cấp có thẩm quyền và quyết định", "Proposals and decisions"))
	p.decisions()
}

// nominees are the cluster's, of all awards.
func (p *paper) nominees() (list []projections.NomineeState) {
	for _, a := range p.states() {
		list = append(list, a.Nominees...)
	}
	return list
}

// publication is one with the units that it is about.
type publication struct {
	projections.PublicityState
	units []string
}

// publications are those about nominees, in order.
func (p *paper) publications(nominees []projections.NomineeState) (list []publication) {
	for _, n := range nominees {
		for _, s := range n.Publications {
			i := slices.IndexFunc(list, func(x publication) bool { return x.Seq == s.Seq })
			if i < 0 {
				i, list = len(list), append(list, publication{PublicityState: s})
			}
			if title := p.titled(n); !slices.Contains(list[i].units, title) {
				list[i].units = append(list[i].units, title)
			}
		}
	}
	slices.SortFunc(list, func(a, b publication) int { return cmp.Compare(a.Seq, b.Seq) })
	return list
}

func (p *paper) titled(n projections.NomineeState) string { return or(n.Title, p.unit(n.Unit)) }

// publicity lists publications.
func (p *paper) publicity(list []publication) {
	for _, s := range list {
		about := p.say("kết quả của Cụm", "the cluster's results")
		if s.Of != 0 {
			about = fmt.Sprintf(p.say("%s (theo sự kiện %d)", "%s (of event %d)"), strings.Join(s.units, "; "), s.Of)
		}
		p.item(body.Of(fmt.Sprintf(p.say("Từ %s đến hết %s (%d ngày), tại %s: %s; sự kiện %d.", "From %s to %s (%d days), at %s: %s; event %d."),
			p.day(s.From), p.day(s.To), s.Days, or(s.Place, blank), about, s.Seq)))
	}
	if len(list) == 0 {
		p.text(body.Of(p.say("Chưa niêm yết.", "There was none.")))
	}
}

// appealsSince are the appeals of the cluster's units that were filed after an event.
func (p *paper) appealsSince(seq events.Seq) (list []projections.AppealState) {
	for _, a := range p.awards.Appeals {
		if a.Seq > seq && slices.ContainsFunc(p.group.Units, func(u events.Unit) bool { return u.ID == a.Unit }) {
			list = append(list, a)
		}
	}
	return list
}

// appeals lists appeals with their answers.
func (p *paper) appeals(list []projections.AppealState) {
	for _, a := range list {
		s := fmt.Sprintf(p.say("khiếu nại%s về sự kiện %d (sự kiện %d)", "appeals%s against event %d (event %d)"), p.onDay(a.Seq), a.Of, a.Seq)
		if a.Late {
			s += p.say(", quá hạn", ", late")
		}
		s += ": " + or(a.Ground, p.say("nội dung lưu ngoài sổ", "text kept outside the record"))
		p.item(strong.Of(p.unit(a.Unit)+" "), body.Of(s+"."))
		p.item(slanted.Of(p.say("Giải quyết: ", "Answer: ")), body.Of(p.answer(a)))
	}
	if len(list) == 0 {
		p.text(body.Of(fmt.Sprintf(p.say("Đến sự kiện %d chưa có khiếu nại.", "Up to event %d there is none."), p.Seq)))
	}
}

// answer is what became of an appeal.
func (p *paper) answer(a projections.AppealState) string {
	switch {
	case a.Waiting != 0:
		return fmt.Sprintf(p.say("quyết định ở sự kiện %d chưa đủ đồng thuận.", "the decision of event %d has not enough agreement."), a.Waiting)
	case a.Decided == 0:
		return p.say("chưa giải quyết.", "none yet.")
	}
	verb := p.say("không chấp nhận", "dismissed")
	if a.Outcome == events.AppealUpheld {
		verb = p.say("chấp nhận", "upheld")
	}
	s := fmt.Sprintf("%s%s (%s %d)", verb, p.onDay(a.Decided), p.say("sự kiện", "event"), a.Decided)
	if a.Reason != "" {
		s += "; " + a.Reason
	}
	if len(a.Changes) > 0 {
		s += p.say("; thay đổi theo khiếu nại: sự kiện ", "; what followed: event ") + seqs(a.Changes)
	}
	if a.Flagged {
		s += p.say("; phải xem lại những gì khiếu nại này có thể làm thay đổi", "; what it may change has to be looked at again")
	}
	return s + "."
}

// onDay is " ngày …" of an event.
func (p *paper) onDay(seq events.Seq) string {
	day, ok := p.past(p.group.ID).days[seq]
	if !ok {
		return ""
	}
	return p.say(" ngày ", " on ") + p.day(day)
}

// decisions lists what was sent to the authorities and what they decided, by award.
func (p *paper) decisions() {
	none := true
	for _, a := range p.states() {
		if !slices.ContainsFunc(a.Nominees, func(n projections.NomineeState) bool { return n.Proposed != 0 }) {
			continue
		}
		none = false
		p.sub(or(a.Title, a.Award))
		for _, n := range a.Nominees {
			if n.Proposed != 0 {
				p.became(n)
			}
		}
	}
	if none {
		p.text(body.Of(p.say("Chưa trình.", "None yet.")))
	}
}

// became is what became of a nominee that was proposed.
func (p *paper) became(n projections.NomineeState) {
	s := fmt.Sprintf(p.say("đã trình%s (sự kiện %d)", "proposed%s (event %d)"), p.onDay(n.Proposed), n.Proposed)
	if len(n.Decisions) == 0 {
		s += p.say("; chưa có quyết định", "; not decided yet")
	}
	p.item(strong.Of(p.titled(n)+": "), body.Of(s+"."))
	for _, d := range n.Decisions {
		p.item(body.Of(p.decision(d) + p.receipts(n, d.Seq) + "."))
		if d.Revoked != 0 {
			p.item(strong.Of(fmt.Sprintf(p.say("Quyết định tặng bị hủy bỏ%s (sự kiện %d).", "Revoked%s (event %d)."), p.onDay(d.Revoked), d.Revoked)),
				body.Of(p.say(" Lý do: ", " Ground: ")+or(d.Ground, p.say("lưu ngoài sổ", "kept outside the record"))+"."))
		}
	}
}

// decision is an authority's in a sentence.
func (p *paper) decision(d projections.AwardDecision) string {
	verb := p.say("Quyết định tặng ", "Granted: ")
	switch d.Outcome {
	case events.AwardRefused:
		verb = p.say("Không chấp thuận tặng ", "Refused: ")
	case events.AwardOtherLevel:
		verb = p.say("Quyết định tặng ở mức khác: ", "Granted at another level: ")
	}
	s := verb + p.award(d.Award) + p.say(", ngày ghi ", ", recorded on ") + p.day(d.Day) + fmt.Sprintf(p.say(" (sự kiện %d", " (event %d"), d.Seq)
	if d.Paper != nil {
		s += p.say("; quyết định ", "; decision ") + p.paperOf(*d.Paper)
	}
	if d.Transcribed {
		s += fmt.Sprintf(p.say("; %s nhập theo bản giấy, cấp có thẩm quyền không ký số", "; transcribed from paper by %s, not signed by the authority"), p.member(d.By))
	} else {
		s += fmt.Sprintf(p.say("; %s ký số", "; signed by %s"), p.member(d.By))
	}
	return s + ")"
}

// receipts are a unit's words that it received a decision.
func (p *paper) receipts(n projections.NomineeState, decision events.Seq) string {
	for _, r := range n.Notices {
		if r.Of == decision {
			return fmt.Sprintf(p.say("; đơn vị đã xác nhận nhận được (sự kiện %d)", "; the unit confirms receipt (event %d)"), r.Seq)
		}
	}
	return ""
}
