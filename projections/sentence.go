package projections

import (
	"fmt"
	"slices"
	"strings"

	"campaignledger/events"
)

// Sentence is an audit line in plain language, in lang: "en", else Vietnamese. It is one line, can be read aloud, and names units and
// members by their ids, which are short and the same in both languages. Reasons and notes come last and whole; other texts stand in
// quotation marks and are cut after 200 characters.
func Sentence(line AuditLine, lang string) string {
	s := speech{&line, lang != "en"}
	for _, say := range []func() (clause, bool){s.entry, s.review, s.membership, s.course, s.year, s.deliberation, s.voting, s.award} {
		if c, ok := say(); ok {
			return s.compose(c)
		}
	}
	return string(line.Type) // of a newer program
}

// MarkText is what a line's mark says, without whose it is: "185.5 points".
func MarkText(line AuditLine, lang string) string {
	s := speech{&line, lang != "en"}
	switch {
	case line.Points != "" && s.vi:
		return s.number(line.Points) + " điểm"
	case line.Points == "1":
		return "1 point"
	case line.Points != "":
		return line.Points + " points"
	case line.Actual != "":
		return s.say("kết quả ", "actual ") + s.number(line.Actual)
	case line.Place != "":
		return s.say("hạng ", "place ") + line.Place
	case line.Mark == "abstained":
		return s.say("không chấm", "abstained")
	case line.Mark == "recused":
		return s.say("từ chối chấm vì liên quan", "recused")
	}
	return ""
}

// speech is a line on its way into a language.
type speech struct {
	*AuditLine
	vi bool
}

// lang is the language that is spoken.
func (s speech) lang() string {
	if s.vi {
		return "vi"
	}
	return "en"
}

// clause is a sentence before it is put together.
type clause struct {
	head  string   // who does what
	quote string   // a text that belongs to it, in quotation marks by now
	notes []string // for the parentheses
	after string   // a reason or note
}

// compose puts a sentence together. What may come from anybody comes last, so that it can't pass for what the ledger says.
func (s speech) compose(c clause) string {
	text := c.head
	if c.quote != "" {
		text += ": " + c.quote
	}
	if notes := slices.DeleteFunc(append(c.notes, s.states()...), func(n string) bool { return n == "" }); len(notes) > 0 {
		text += " (" + strings.Join(notes, ", ") + ")"
	}
	if s.Supersedes != 0 && s.Type != events.TypeEntryWithdrawn {
		text += s.sayf(", thay sự kiện %d", ", replacing event %d", s.Supersedes)
	}
	if c.after != "" {
		text += ": " + oneLine(c.after)
	}
	return text
}

// Plain reports whether a line is a mark or a target that was entered once, in time, by whoever it is of, and counts.
func (line *AuditLine) Plain() bool {
	entered := line.Type == events.TypeScoreEntered || line.Type == events.TypeTargetSet
	return entered && line.Supersedes == 0 && !line.Withdrawn && line.Returned == 0 && line.Basis != events.BasisTranscribed && !line.Late && len(line.Hold) == 0
}

// Bare is a line without what later events made of it, for who shows that beside its sentence.
func (line AuditLine) Bare() AuditLine {
	line.SupersededBy, line.Withdrawn, line.Returned, line.Late, line.Hold, line.Agreed = 0, false, 0, false, nil, 0
	return line
}

// States say what became of a line's event, and what keeps it from its effect.
func (line AuditLine) States(lang string) (list []string) {
	for _, state := range (speech{&line, lang != "en"}).states() {
		if state != "" {
			list = append(list, state)
		}
	}
	return list
}

// states say what became of the event, and what keeps it from its effect.
func (s speech) states() []string {
	var list []string
	if s.Late {
		list = append(list, s.say("muộn", "late"))
	}
	if s.Returned != 0 {
		list = append(list, s.sayf("bị trả lại bởi sự kiện %d", "returned by event %d", s.Returned))
	}
	for _, word := range s.Hold {
		switch word {
		case "transcribed":
			list = append(list, s.sayf("chưa tính, chờ %s xác nhận", "does not count until %s confirms it", s.Scorer))
		case "second":
			list = append(list, s.say("chưa tính, chờ đơn vị khác đồng thẩm định", "does not count until another unit seconds it"))
		case "review":
			if !s.held() { // else it upholds nothing yet
				list = append(list, s.say("phải xem xét lại điểm", "points have to be looked at again"))
			}
		case "reopened":
			list = append(list, s.say("không tính nữa vì tiêu chí đã được sửa", "no longer counts since its criterion was amended"))
		}
	}
	list = append(list, s.agreement())
	if s.SupersededBy != 0 {
		list = append(list, s.ending())
	}
	return list
}

func (s speech) ending() string {
	if s.Withdrawn {
		return s.sayf("đã rút bởi sự kiện %d", "withdrawn by event %d", s.SupersededBy)
	}
	return s.sayf("bị thay bởi sự kiện %d", "replaced by event %d", s.SupersededBy)
}

// agreement says how far a joint act has come; "" of others.
func (s speech) agreement() string {
	held := s.held()
	if s.Agreed == 0 && !held {
		return ""
	}
	if s.Type == events.TypeBallotTallied {
		text := s.count(s.Agreed, "người kiểm phiếu xác nhận", "teller")
		if held {
			text += s.say(", chưa có hiệu lực", ", no effect yet")
		}
		return text
	}
	verb := "agree"
	if s.Agreed == 1 {
		verb = "agrees"
	}
	text := s.count(s.Agreed, "đơn vị đồng thuận", "unit")
	if !s.vi {
		text += " " + verb
	}
	if held {
		text += s.say(", chưa có hiệu lực", ", no effect yet")
	}
	return text
}

// held reports whether the line is a joint act without its effect.
func (s speech) held() bool { return slices.Contains(s.Hold, "act") }

// say picks the text of the language.
func (s speech) say(vi, en string) string {
	if s.vi {
		return vi
	}
	return en
}

func (s speech) sayf(vi, en string, args ...any) string {
	if s.vi {
		return fmt.Sprintf(vi, args...)
	}
	return fmt.Sprintf(en, args...)
}

// number writes a decimal with the language's marks.
func (s speech) number(decimal string) string { return events.NumberIn(decimal, s.lang()) }

// date writes a day, given as YYYY-MM-DD.
func (s speech) date(day string) string {
	if parts := strings.Split(day, "-"); s.vi && len(parts) == 3 {
		return parts[2] + "/" + parts[1] + "/" + parts[0]
	}
	return day
}

// count is a number of things, whose English plural ends in s.
func (s speech) count(n int, vi, en string) string {
	if s.vi {
		return fmt.Sprintf("%d %s", n, vi)
	}
	if n != 1 {
		en += "s"
	}
	return fmt.Sprintf("%d %s", n, en)
}

// byAuthor says who spoke where the sentence begins with the unit.
func (s speech) byAuthor(actor string) string {
	if s.Author == actor {
		return ""
	}
	return s.sayf("do %s thực hiện", "by %s", s.Author)
}

// files say what evidence there is.
func (s speech) files() string {
	if len(s.Files) == 0 {
		if s.Evidence == "" {
			return ""
		}
		return s.say("minh chứng ", "evidence ") + quoted(s.Evidence)
	}
	unit := 0
	for _, f := range s.Files {
		if f.Held == heldByUnit {
			unit++
		}
	}
	text := s.count(len(s.Files), "tệp minh chứng", "evidence file")
	if unit > 0 {
		text += s.sayf(", đơn vị giữ %d", ", %d held by the unit", unit)
	}
	return text
}

// words are a text that is here or, under a hash, outside the record; "" if neither.
func (s speech) words(text, hash string) string {
	switch {
	case hash != "":
		return s.say("nội dung lưu ngoài sổ", "text kept outside the record")
	case text != "":
		return quoted(text)
	}
	return ""
}

// quoted is a text in quotation marks, cut where it is long.
func quoted(text string) string {
	const longest = 200 // characters
	if text == "" {
		return ""
	}
	text = oneLine(text)
	if r := []rune(text); len(r) > longest {
		text = strings.TrimRight(string(r[:longest]), " ") + "…"
	}
	return "“" + text + "”"
}

// oneLine puts a text on one line.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
