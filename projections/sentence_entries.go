package projections

import (
	"strings"

	"campaignledger/events"
)

// entry says what makes the standings.
func (s speech) entry() (clause, bool) {
	switch s.Type {
	case events.TypeScoreEntered:
		c := clause{head: s.score(), notes: []string{s.level(), s.basis(), s.files()}, after: s.Reason}
		return c, true
	case events.TypeTargetSet:
		head := s.sayf("%s giao %s chỉ tiêu %s cho tiêu chí %s", "%s sets %s the target %s for %s", s.Scorer, s.Unit, s.number(s.Target), s.Criterion)
		return clause{head: head, after: s.Reason}, true
	case events.TypeEntryWithdrawn:
		if s.Supersedes == 0 {
			return clause{head: s.sayf("%s bỏ dở lượt nhập ở sự kiện %d", "%s gives up the import of event %d", s.Author, s.Of), after: s.Reason}, true
		}
		about := s.sayf("%s, tiêu chí %s", "%s, %s", s.Unit, s.Criterion)
		head := s.sayf("%s rút sự kiện %d", "%s withdraws event %d", s.Author, s.Supersedes)
		return clause{head: head, notes: []string{about, s.level()}, after: s.Reason}, true
	case events.TypeTieDecided:
		head := s.sayf("%s phân định đồng hạng ở %s điểm của %s: %s", "%s decides the tie at %s points in %s: %s", s.Author, s.number(s.Points), s.Cluster,
			strings.Join(s.Order, s.say(" trên ", " before ")))
		return clause{head: head, after: s.Reason}, true
	case events.TypeImportStarted:
		return clause{head: s.sayf("%s nhập %s từ tệp %s", "%s imports %s from %s", s.Author, s.count(s.Rows, "dòng", "row"), quoted(s.File))}, true
	}
	return clause{}, false
}

// score says who gives whom which mark.
func (s speech) score() string {
	own := s.Scorer == s.Unit
	criterion := s.Criterion
	if s.Item != "" {
		criterion += s.say(", mục ", ", item ") + quoted(s.Item)
	}
	mark, whom := MarkText(*s.AuditLine, s.say("vi", "en")), s.Unit
	switch {
	case s.Mark == "abstained":
		return s.sayf("%s không chấm %s tiêu chí %s", "%s abstains from scoring %s for %s", s.Scorer, whom, criterion)
	case s.Mark == "recused":
		return s.sayf("%s từ chối chấm %s vì liên quan, tiêu chí %s", "%s is recused from scoring %s for %s", s.Scorer, whom, criterion)
	case s.Actual != "" && own:
		return s.sayf("%s tự ghi kết quả %s tiêu chí %s", "%s gives itself the result %s for %s", s.Scorer, s.number(s.Actual), criterion)
	case s.Actual != "":
		return s.sayf("%s ghi cho %s kết quả %s tiêu chí %s", "%s gives %s the result %s for %s", s.Scorer, whom, s.number(s.Actual), criterion)
	case s.Place != "":
		return s.sayf("%s xếp %s hạng %s tiêu chí %s", "%s gives %s place %s for %s", s.Scorer, whom, s.Place, criterion)
	case own:
		return s.sayf("%s tự chấm %s tiêu chí %s", "%s gives itself %s for %s", s.Scorer, mark, criterion)
	}
	return s.sayf("%s chấm %s %s tiêu chí %s", "%s gives %s %s for %s", s.Scorer, whom, mark, criterion)
}

func (s speech) level() string {
	if s.Level == "" {
		return ""
	}
	return s.levelOf(s.Level)
}

// levelOf is a level of review: by its usual name in Vietnamese where it has one.
func (s speech) levelOf(level string) string {
	if name := events.LevelIn(level, s.lang()); name != level {
		return name
	}
	return s.say("cấp ", "level ") + level
}

// basis says who entered a mark that is transcribed, or what else it rests on.
func (s speech) basis() string {
	switch s.Basis {
	case "":
		return ""
	case basisTranscribed:
		return s.sayf("%s nhập thay", "transcribed by %s", s.Author)
	}
	return s.say("căn cứ ", "basis ") + s.Basis
}

// review says what the review chain and sealed sheets bring.
func (s speech) review() (clause, bool) {
	switch s.Type {
	case events.TypeScoreReturned:
		head := s.sayf("%s trả lại sự kiện %d, điểm %s chấm %s tiêu chí %s", "%s returns event %d, the mark of %s for %s on %s",
			s.Author, s.Of, s.Scorer, s.Unit, s.Criterion)
		return clause{head: head, notes: []string{s.level()}, after: s.Reason}, true
	case events.TypeExplanationFiled:
		head := s.sayf("%s giải trình sự kiện %d, tiêu chí %s", "%s explains event %d, on %s", s.Unit, s.Of, s.Criterion)
		return clause{head: head, quote: s.words(s.Text, s.TextHash), notes: []string{s.level(), s.byAuthor(s.Unit), s.files()}}, true
	case events.TypeSheetSealed:
		head := s.sayf("%s niêm phong phiếu %s của %s", "%s seals a sheet of %s in %s", s.Scorer, s.count(s.Marks, "điểm chấm", "mark"), s.Cluster)
		return clause{head: head, notes: []string{s.level(), s.byAuthor(s.Scorer)}}, true
	case events.TypeSheetRevealed:
		head := s.sayf("%s mở phiếu niêm phong ở sự kiện %d của %s", "%s opens the sheet sealed by event %d in %s", s.Scorer, s.Of, s.Cluster)
		return clause{head: head, notes: []string{s.level(), s.byAuthor(s.Scorer)}}, true
	}
	return clause{}, false
}
