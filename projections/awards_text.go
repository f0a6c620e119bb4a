package projections

import (
	"fmt"
	"strings"

	"campaignledger/events"
)

// What is said of ballots and decisions in lang, "vi" or else English, wherever it is told. Units stand there by their ids.

func inLang(lang, vi, en string) string {
	if lang == "vi" {
		return vi
	}
	return en
}

// StateText says how far a ballot has come.
func (b BallotState) StateText(lang string) string {
	switch {
	case b.Effective == 0:
		return inLang(lang, "chờ đủ đơn vị đồng thuận bỏ phiếu lại", "waits for the units' endorsement")
	case b.Closed != 0:
		return inLang(lang, "đã kết thúc", "closed") + fmt.Sprintf(" #%d", b.Closed)
	}
	return inLang(lang, "đang bỏ phiếu", "open")
}

// Present is how many of the roll were there.
func (b BallotState) Present() (n int) {
	for i := range b.Roll {
		if b.Roll[i].Present {
			n++
		}
	}
	return n
}

// BaseText says how the base of a closed ballot came about.
func (b BallotState) BaseText(lang string) string {
	written := 0
	for i := range b.Roll {
		if b.Roll[i].Written {
			written++
		}
	}
	for _, t := range b.Tallies { // of slips nobody knows whose they are
		if t.InForce {
			written = t.Written
		}
	}
	from := fmt.Sprintf(inLang(lang, "cơ số: %d người có mặt + %d bỏ phiếu bằng văn bản", "base: %d present + %d in writing"), b.Present(), written)
	if b.Base == events.BaseMembers {
		from = fmt.Sprintf(inLang(lang, "cơ số: %d ủy viên trong danh sách", "base: %d members on the roll"), len(b.Roll))
	}
	return from + inLang(lang, ", trừ người phải đứng ngoài vì liên quan", ", minus those recused")
}

// Silent says what they did who are in the base and in none of the counts.
func (b BallotState) Silent(lang string) string {
	if b.Kind == events.BallotPaper {
		return inLang(lang, "không có phiếu hợp lệ", "gave no valid slip")
	}
	return inLang(lang, "không bỏ phiếu", "did not vote")
}

// Unheard is how many are in the base and in none of the counts.
func (r NomineeResult) Unheard() int { return r.Base - r.For - r.Against - r.Abstained }

// Who is a member on a roll, with its unit.
func (r RollEntry) Who() string {
	who := titleOr(r.Name, r.Member)
	if r.Unit != "" {
		who += " (" + r.Unit + ")"
	}
	return who
}

// PresenceText is what there is to say of a member who was not there.
func (r RollEntry) PresenceText(lang string) string {
	switch {
	case r.Written:
		return inLang(lang, "vắng, bằng văn bản", "absent, in writing")
	case !r.Present:
		return inLang(lang, "vắng", "absent")
	}
	return ""
}

// VotesText are a member's votes, like votes together.
func (r RollEntry) VotesText(nominees []string, lang string) string {
	var parts []string
	for _, vote := range []string{events.VoteFor, events.VoteAgainst, events.VoteAbstained, events.VoteRecused} {
		var units []string
		for i, v := range r.Votes {
			if v == vote {
				units = append(units, nominees[i])
			}
		}
		if len(units) > 0 {
			word := events.VoteIn(vote, lang)
			if vote == events.VoteRecused {
				word += inLang(lang, ":", "") // “liên quan sơn-la” would say something else
			}
			parts = append(parts, word+" "+strings.Join(units, ", "))
		}
	}
	return strings.Join(parts, "; ")
}

// OutcomeText is what an authority decided.
func (d AwardDecision) OutcomeText(lang string) string {
	switch d.Outcome {
	case events.AwardGranted:
		return inLang(lang, "được tặng", "granted")
	case events.AwardRefused:
		return inLang(lang, "không được tặng", "refused")
	case events.AwardOtherLevel:
		return inLang(lang, "được tặng mức khác", "granted at another level")
	}
	return d.Outcome
}

// HowText says who signed a decision.
func (d AwardDecision) HowText(lang string) string {
	if d.Transcribed {
		return inLang(lang, "nhập theo văn bản giấy, cấp có thẩm quyền không ký số", "transcribed from paper, not signed by the authority")
	}
	return inLang(lang, "cấp có thẩm quyền ký số", "signed by the authority")
}

// EndText says what became of a decision; "" of one that is in force, or refused.
func (d AwardDecision) EndText(lang string) string {
	switch {
	case d.Revoked != 0:
		return fmt.Sprintf(inLang(lang, "đã hủy bỏ #%d: %s", "revoked #%d: %s"), d.Revoked, titleOr(d.Ground, inLang(lang, "căn cứ lưu ngoài sổ", "ground kept outside the record")))
	case !d.InForce && d.Outcome != events.AwardRefused:
		return inLang(lang, "đã thay bằng quyết định sau", "replaced by a later decision")
	}
	return ""
}
