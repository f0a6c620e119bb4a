package projections

import (
	"fmt"
	"math/big"
	"strings"

	"campaignledger/events"
)

// AnomalyText is an anomaly in one sentence, in lang: "en", else Vietnamese. It holds ids and figures only, no text that anybody wrote.
// Figures without a short decimal are rounded to two places and marked ≈.
func AnomalyText(a Anomaly, lang string) string {
	t := anomalySpeech{speech{&AuditLine{}, lang != "en"}, a}
	if a.More > 0 {
		return t.sayf("còn %d mục %s khác không liệt kê ở đây", "%d more of the kind %s are not listed", a.More, a.Code)
	}
	tell := map[AnomalyCode]func() string{AnomalySelf: t.selfFar, AnomalySelfTotal: t.selfTotal, AnomalyScorer: t.scorerFar, AnomalyLeaning: t.leaning,
		AnomalyLate: t.late, AnomalyChanged: t.changed, AnomalyMoved: t.moved, AnomalyTranscribed: t.transcribed}[a.Code]
	if tell == nil {
		return string(a.Code) // of a newer program
	}
	return tell() + t.evidence()
}

// anomalySpeech is an anomaly on its way into a language.
type anomalySpeech struct {
	speech
	a Anomaly
}

// figure writes an amount.
func (t anomalySpeech) figure(amount string) string {
	const longest = 6 // decimal places that are read out
	r, ok := new(big.Rat).SetString(amount)
	if !ok {
		return amount
	}
	if _, decimals, _ := strings.Cut(amount, "."); len(decimals) <= longest && !strings.Contains(amount, "/") {
		return t.number(amount)
	}
	return "≈ " + t.number(formatScaled(roundScaled(r, 2), 2, 0))
}

// amount writes what a mark of the kind says.
func (t anomalySpeech) amount(value string) string {
	switch {
	case value == "abstained":
		return t.say("không chấm", "abstained")
	case value == "recused":
		return t.say("từ chối chấm vì liên quan", "recused")
	case t.a.Kind == "points":
		return t.points(value)
	case t.a.Kind == "place":
		return t.say("hạng ", "place ") + value
	}
	return t.say("kết quả ", "the result ") + t.figure(value)
}

func (t anomalySpeech) points(value string) string {
	if value == "1" {
		return t.say("1 điểm", "1 point")
	}
	return t.figure(value) + t.say(" điểm", " points")
}

// worth writes an amount that the anomaly holds against others: places by their points.
func (t anomalySpeech) worth(value string) string {
	if t.a.Kind == "place" {
		return t.points(value)
	}
	return t.amount(value)
}

// gap says how far off, in which direction, and what share that is of what.
func (t anomalySpeech) gap(of string) string {
	difference, _ := strings.CutPrefix(t.a.Difference, "-")
	way := t.say("cao hơn", "above")
	if difference != t.a.Difference {
		way = t.say("thấp hơn", "below")
	}
	text := t.sayf("%[2]s %[1]s", "%[1]s %[2]s", t.figure(difference), way)
	base := t.a.Max
	if base != "" {
		of = t.say("mức tối đa ", "the maximum ") + t.figure(base)
	} else if base = t.a.Official; base == "" {
		base = t.a.Median
	}
	whole, ok := new(big.Rat).SetString(base)
	part, fine := new(big.Rat).SetString(difference)
	if !ok || !fine || whole.Sign() == 0 {
		return text
	}
	percent := part.Mul(part, big.NewRat(100, 1)).Quo(part, whole.Abs(whole))
	return text + t.sayf(" (%s%% %s)", " (%s%% of %s)", t.number(formatScaled(roundScaled(percent, 1), 1, 0)), of)
}

func (t anomalySpeech) selfFar() string {
	a := &t.a
	verb := t.say("tự chấm", "gives itself")
	if a.Kind == "actual" {
		verb = t.say("tự ghi", "gives itself")
	}
	return t.sayf("%s %s %s tiêu chí %s, chính thức là %s (%s): %s", "%s %s %s for %s, officially it is %s (%s): %s",
		a.Unit, verb, t.worth(a.Self), a.Criterion, t.figure(a.Official), t.levelOf(a.Level), t.gap(t.say("giá trị chính thức", "the official value")))
}

func (t anomalySpeech) selfTotal() string {
	a := &t.a
	return t.sayf("%s tự chấm tổng cộng %s trên %d tiêu chí, chính thức được %s: %s", "%s gives itself %s in all on %d criteria, officially it has %s: %s",
		a.Unit, t.points(a.Self), a.Count, t.points(a.Official), t.gap(t.say("điểm chính thức", "the official points")))
}

func (t anomalySpeech) scorerFar() string {
	a := &t.a
	verb := t.say("chấm", "gives")
	switch a.Kind {
	case "actual":
		verb = t.say("ghi cho", "gives")
	case "place":
		verb = t.say("xếp hạng cho", "gives a place to")
	}
	value := t.worth(a.Value)
	if a.Kind == "place" {
		value = t.say("ứng với ", "worth ") + value
	}
	return t.sayf("%s %s %s %s tiêu chí %s (%s), trung vị của %s là %s: %s", "%s %s %s %s for %s (%s), the median of %s is %s: %s",
		a.Scorer, verb, a.Unit, value, a.Criterion, t.levelOf(a.Level), t.others(), t.figure(a.Median), t.gap(t.say("trung vị", "the median")))
}

// others are the other scorers.
func (t anomalySpeech) others() string {
	return t.count(t.a.Others, "người chấm khác", "other scorer")
}

func (t anomalySpeech) leaning() string {
	a := &t.a
	return t.sayf("%s chấm các đơn vị khác (%s) so với trung vị của những người chấm khác, cộng %s: %s",
		"%s marks other units (%s) against the medians of the other scorers, %s in all: %s",
		a.Scorer, t.levelOf(a.Level), t.count(a.Count, "điểm chấm", "mark"), t.gap(""))
}

func (t anomalySpeech) late() string {
	a := &t.a
	switch a.Type {
	case events.TypeReportFiled:
		return t.sayf("%s nộp báo cáo sau hạn", "%s filed a report after the deadline", a.Unit)
	case events.TypeSheetSealed:
		return t.sayf("%s niêm phong phiếu %s sau hạn (%s)", "%s sealed a sheet of %s after the deadline (%s)", a.Scorer,
			t.count(a.Count, "điểm chấm", "mark"), t.levelOf(a.Level))
	}
	return t.sayf("%s của %s ghi nhận sau hạn (%s), do %s nhập", "%s of %s recorded after the deadline (%s), entered by %s",
		t.count(a.Count, "điểm chấm", "mark"), a.Scorer, t.levelOf(a.Level), a.Author)
}

func (t anomalySpeech) changed() string {
	a := &t.a
	if a.Value == "" {
		return t.sayf("%s rút điểm chấm %s tiêu chí %s (%s), trước đó là %s, khi điểm của %s đã hiện",
			"%s withdrew its mark of %s for %s (%s), which was %s, when the marks of %s could be seen", a.Scorer, a.Unit, a.Criterion, t.levelOf(a.Level),
			t.amount(a.Was), t.others())
	}
	return t.sayf("%s đổi điểm chấm %s tiêu chí %s (%s) từ %s thành %s khi điểm của %s đã hiện",
		"%s changed its mark of %s for %s (%s) from %s to %s when the marks of %s could be seen", a.Scorer, a.Unit, a.Criterion, t.levelOf(a.Level),
		t.amount(a.Was), t.amount(a.Value), t.others())
}

func (t anomalySpeech) moved() string {
	a := &t.a
	var what string
	switch a.Cause {
	case MoveTie:
		what = t.sayf("khi quyết định phân định đồng hạng có hiệu lực (%s)", "when a tie decision took effect (%s)", a.Author)
	case MoveAmendment:
		what = t.sayf("khi quy chế sửa đổi có hiệu lực (%s)", "when an amendment took effect (%s)", a.Author)
	case MoveRelease:
		what = t.after("lần xác nhận của", "confirmation")
	case MoveWithdrawal:
		what = t.after("lần rút của", "withdrawal")
	default:
		what = t.after("lần sửa của", "correction")
	}
	const shown = 12 // rank changes that are read out
	var ranks []string
	for _, r := range a.Ranks[:min(shown, len(a.Ranks))] {
		ranks = append(ranks, fmt.Sprintf("%s %d→%d", r.Unit, r.From, r.To))
	}
	if len(a.Ranks) > shown {
		ranks = append(ranks, t.sayf("và %d đơn vị khác", "and %d other units", len(a.Ranks)-shown))
	}
	return t.sayf("thứ hạng thay đổi %s: %s", "ranks moved %s: %s", what, strings.Join(ranks, ", "))
}

// after says how often the author did something before ranks moved.
func (t anomalySpeech) after(vi, en string) string {
	return t.sayf("sau %s %s", "after %s by %s", t.count(t.a.Count, vi, en), t.a.Author)
}

func (t anomalySpeech) transcribed() string {
	a := &t.a
	var parts []string
	for _, p := range []struct {
		n      int
		vi, en string
	}{{a.Confirmed, "đã được xác nhận", "confirmed"}, {a.Waiting, "chờ xác nhận, chưa tính", "waiting, not counted"},
		{a.Lapsed, "bị thay hoặc rút khi chưa xác nhận", "replaced or withdrawn before that"}, {a.Unasked, "được tính không qua xác nhận", "counted without its word"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, t.say(p.vi, p.en)))
		}
	}
	return t.sayf("%s nhập thay %s %s (%s): %s", "%s entered for %s %s (%s): %s", a.Author, a.Scorer, t.count(a.Count, "điểm chấm", "mark"),
		t.levelOf(a.Level), strings.Join(parts, ", "))
}

// evidence names the events, the first ones of many.
func (t anomalySpeech) evidence() string {
	const shown = 8
	seqs := t.a.Seqs
	if len(seqs) == 0 {
		return ""
	}
	var names []string
	for _, seq := range seqs[:min(shown, len(seqs))] {
		names = append(names, fmt.Sprint(seq))
	}
	word := t.say("sự kiện", "events")
	if len(seqs) == 1 && !t.vi {
		word = "event"
	}
	if len(seqs) > shown {
		names = append(names, "…")
	}
	return fmt.Sprintf(" [%s %s]", word, strings.Join(names, ", "))
}
