package projections

import (
	"fmt"
	"strings"

	"campaignledger/events"
)

// deliberation says what leads from the evaluation of the units to their nomination.
func (s speech) deliberation() (clause, bool) {
	switch s.Type {
	case events.TypeEvaluationRecorded:
		return s.evaluation(), true
	case events.TypeExclusionImposed:
		what := s.say("khen thưởng", "awards")
		if len(s.Awards) > 0 {
			what = strings.Join(s.Awards, s.say(" và ", " and "))
		}
		head := s.sayf("%[1]s quyết định không xét %[2]s cho %[3]s %[4]s", "%[1]s excludes %[3]s from %[2]s, %[4]s", s.Author, what, s.Unit, s.since())
		if s.held() {
			head = s.sayf("%[1]s đề nghị không xét %[2]s cho %[3]s %[4]s", "%[1]s proposes to exclude %[3]s from %[2]s, %[4]s", s.Author, what, s.Unit, s.since())
		}
		return clause{head: head, quote: s.words(s.Ground, s.GroundHash), notes: []string{s.onPaper(), s.files()}}, true
	case events.TypeExclusionLifted:
		verb := s.say("thôi áp dụng", "lifts")
		if s.held() {
			verb = s.say("đề nghị thôi áp dụng", "proposes to lift")
		}
		head := s.sayf("%s %s việc không xét khen thưởng ở sự kiện %d đối với %s", "%s %s the exclusion of event %d from %s", s.Author, verb, s.Of, s.Unit)
		return clause{head: head, notes: []string{s.onPaper()}, after: s.Reason}, true
	case events.TypeNominationProposed:
		head := s.sayf("%s suy tôn %s nhận %s, theo bảng xếp hạng sau sự kiện %d", "%s nominates %s for %s, on the standings after event %d", s.Author, s.Unit, s.Award, s.Standings.Seq)
		return clause{head: head, after: s.Reason}, true
	case events.TypeNominationWithdrawn:
		return clause{head: s.sayf("%s rút việc suy tôn %s ở sự kiện %d", "%s takes back the nomination of %s by event %d", s.Author, s.Unit, s.Of), after: s.Reason}, true
	}
	return clause{}, false
}

func (s speech) evaluation() clause {
	head := s.sayf("%s đánh giá %s", "%s evaluates %s", s.Author, s.Unit)
	if len(s.Consensus) > 0 {
		head = s.sayf("%s ghi đánh giá chung về %s từ %d đánh giá", "%s records the consensus on %s, from %d evaluations", s.Author, s.Unit, len(s.Consensus))
	}
	var parts []string
	for _, list := range []struct {
		vi, en   string
		findings []Finding
	}{{"ưu điểm", "strengths", s.Strengths}, {"tồn tại, hạn chế", "shortcomings", s.Shortcomings}} {
		texts := make([]string, 0, len(list.findings))
		for _, f := range list.findings {
			texts = append(texts, s.finding(f))
		}
		if len(texts) > 0 {
			parts = append(parts, s.say(list.vi, list.en)+" "+strings.Join(texts, ", "))
		}
	}
	parts = append(parts, s.say("kiến nghị ", "recommendation ")+quoted(s.Recommendation))
	if len(s.Awards) > 0 {
		parts = append(parts, s.say("đề nghị xét ", "recommended for ")+strings.Join(s.Awards, s.say(" và ", " and ")))
	}
	return clause{head: head, quote: strings.Join(parts, "; "), after: s.Reason}
}

// finding is a strength or shortcoming with what it is about.
func (s speech) finding(f Finding) string {
	text := quoted(f.Text)
	var about []string
	if f.Criterion != "" {
		about = append(about, f.Criterion)
	}
	if f.Drive != "" {
		about = append(about, s.say("đợt ", "drive ")+f.Drive)
	}
	if len(about) > 0 {
		text += " [" + strings.Join(about, ", ") + "]"
	}
	return text
}

// since is from when to when an exclusion holds.
func (s speech) since() string {
	if s.To == "" {
		return s.sayf("từ %s", "from %s on", s.date(s.From))
	}
	return s.period()
}

// onPaper is the paper that a decision stands on.
func (s speech) onPaper() string {
	if s.Decision == nil {
		return ""
	}
	text := s.sayf("quyết định số %s ngày %s do %s ký", "decision %s of %s signed by %s", quoted(s.Decision.Number), s.date(s.Decision.Date), quoted(s.Decision.Signatory))
	if s.Basis == events.BasisTranscribed {
		text += s.sayf(", do %s nhập thay, cấp có thẩm quyền không ký số", ", transcribed by %s and not signed by the authority", s.Author)
	}
	return text
}

// voting says what belongs to a ballot.
func (s speech) voting() (clause, bool) {
	switch s.Type {
	case events.TypeBallotOpened:
		verb := s.say("mở", "opens")
		if s.Reason != "" {
			verb = s.say("mở lại", "opens again")
			if s.held() {
				verb = s.say("đề nghị mở lại", "proposes to open again")
			}
		}
		head := s.sayf("%s %s cuộc bỏ phiếu %s (%s) về %s cho %s", "%s %s ballot %s (%s) on %s for %s", s.Author, verb, s.Ballot, events.BallotKindIn(s.Kind, s.lang()), s.Award, strings.Join(s.Nominees, ", "))
		present := s.sayf("có mặt %d/%d ủy viên", "%d of %d members present", len(s.Present), len(s.Roll))
		needs := s.sayf("cần %s số %s", "it takes %s of those %s", s.Threshold, s.base())
		return clause{head: head, quote: quoted(s.Question), notes: []string{present, needs}, after: s.Reason}, true
	case events.TypeBallotCast:
		how := s.say("bỏ phiếu", "votes")
		if s.Manner == events.WrittenVote {
			how = s.say("bỏ phiếu bằng văn bản", "votes in writing")
		}
		c := clause{head: s.sayf("%s %s trong cuộc %s", "%s %s in ballot %s", s.Author, how, s.Ballot), after: s.Reason}
		if s.Hidden {
			c.notes = []string{s.say("nội dung hiện ra khi kết thúc bỏ phiếu", "how shows when the ballot is closed")}
			return c, true
		}
		votes := make([]string, 0, len(s.Votes))
		for _, v := range s.Votes {
			votes = append(votes, events.VoteIn(v.Vote, s.lang())+" "+v.Unit)
		}
		c.head += ": " + strings.Join(votes, ", ")
		return c, true
	case events.TypeBallotTallied:
		counts := make([]string, 0, len(s.Tally.Counts))
		for _, n := range s.Tally.Counts {
			counts = append(counts, s.sayf("%s %d đồng ý, %d không đồng ý", "%s %d for, %d against", n.Unit, n.For, n.Against))
		}
		head := s.sayf("%s kiểm phiếu cuộc %s: phát ra %d, thu về %d, hợp lệ %d, không hợp lệ %d, bằng văn bản %d; %s",
			"%s counts ballot %s: %d issued, %d returned, %d valid, %d invalid, %d in writing; %s", s.Author, s.Ballot,
			s.Tally.Issued, s.Tally.Returned, s.Tally.Valid, s.Tally.Invalid, s.Tally.Written, strings.Join(counts, "; "))
		return clause{head: head, after: s.Note}, true
	case events.TypeBallotClosed:
		verb := s.say("kết thúc", "closes")
		if s.held() {
			verb = s.say("đề nghị kết thúc", "proposes to close")
		}
		head := s.sayf("%s %s cuộc bỏ phiếu %s", "%s %s ballot %s", s.Author, verb, s.Ballot)
		if len(s.Results) > 0 {
			head += ": " + s.results()
		}
		return clause{head: head, after: s.Reason}, true
	}
	return clause{}, false
}

func (s speech) base() string {
	if s.Base == events.BaseMembers {
		return s.say("ủy viên hội đồng", "on the roll")
	}
	return s.say("người có mặt", "present")
}

// results are what a ballot gives.
func (s speech) results() string {
	list := make([]string, 0, len(s.Results))
	for _, r := range s.Results {
		list = append(list, s.result(r))
	}
	return strings.Join(list, "; ")
}

// result is what a ballot gives for a nominee.
func (s speech) result(r NomineeResult) string {
	word := s.say("không đạt", "not carried")
	if r.Carried {
		word = s.say("đạt", "carried")
	}
	return s.sayf("%s %d/%d, %s", "%s %d of %d, %s", r.Unit, r.For, r.Base, word)
}

// award says what becomes of nominees.
func (s speech) award() (clause, bool) {
	switch s.Type {
	case events.TypeAwardProposed:
		head := s.sayf("%s đề nghị cấp có thẩm quyền tặng %s cho %s", "%s proposes %s for %s to the authority", s.Author, s.say(s.Award, s.Unit), s.say(s.Unit, s.Award))
		if s.Ballot != "" {
			head += s.say(", theo cuộc bỏ phiếu ", ", carried by ballot ") + s.Ballot
		}
		return clause{head: head, after: s.Note}, true
	case events.TypeAwardDecided:
		return clause{head: s.decided(), notes: []string{s.onPaper(), s.appealed()}, after: s.Note}, true
	case events.TypeAwardRevoked:
		head := s.sayf("%s hủy bỏ việc khen thưởng %s ở sự kiện %d", "%s revokes the award to %s of event %d", s.authority(), s.Unit, s.Of)
		return clause{head: head, quote: s.words(s.Ground, s.GroundHash), notes: []string{s.onPaper(), s.appealed()}}, true
	case events.TypeAppealFiled:
		head := s.sayf("%s khiếu nại về sự kiện %d", "%s appeals against event %d", s.Unit, s.Of)
		return clause{head: head, quote: s.words(s.Ground, s.GroundHash), notes: []string{s.byAuthor(s.Unit), s.files()}}, true
	case events.TypeAppealDecided:
		verb, proposal := s.say("bác", "dismisses"), s.say("đề nghị bác", "proposes to dismiss")
		if s.Outcome == events.AppealUpheld {
			verb, proposal = s.say("chấp nhận", "upholds"), s.say("đề nghị chấp nhận", "proposes to uphold")
		}
		if s.held() {
			verb = proposal
		}
		head := s.sayf("%s %s khiếu nại ở sự kiện %d của %s", "%s %s the appeal of event %d by %s", s.Author, verb, s.Of, s.Unit)
		return clause{head: head, notes: []string{s.onPaper()}, after: s.Reason}, true
	case events.TypeDocumentIssued:
		if s.Of != 0 {
			head := s.sayf("%s ghi nhận bản đã ký của văn bản ở sự kiện %d, tệp %s", "%s logs the signed copy of the document of event %d, %s", s.Author, s.Of, quoted(s.Document.Name))
			return clause{head: head, notes: []string{s.files()}}, true
		}
		head := s.sayf("%s ban hành %s, tệp %s, theo sổ đến sự kiện %d", "%s issues the %s %s, of the log up to event %d", s.Author, events.DocumentIn(s.Kind, s.lang()), quoted(s.Document.Name), s.Document.AsOf)
		return clause{head: head, notes: []string{s.docNumber(), s.files()}}, true
	}
	return clause{}, false
}

func (s speech) decided() string {
	switch s.Outcome {
	case events.AwardRefused:
		return s.sayf("%s không chấp thuận tặng %s theo đề nghị ở sự kiện %d", "%s refuses %s, proposed by event %d", s.authority(), s.grant(s.Award), s.Of)
	case events.AwardOtherLevel:
		return s.sayf("%s quyết định tặng %s, thay cho đề nghị ở sự kiện %d", "%s grants %s instead of what event %d proposes", s.authority(), s.grant(s.Award), s.Of)
	}
	return s.sayf("%s quyết định tặng %s theo đề nghị ở sự kiện %d", "%s grants %s, proposed by event %d", s.authority(), s.grant(s.Award), s.Of)
}

// authority is who decides: the author, or whose paper the author transcribes.
func (s speech) authority() string {
	if s.Basis == events.BasisTranscribed {
		return s.say("cấp có thẩm quyền", "the authority")
	}
	return s.Author
}

// grant is an award to the unit.
func (s speech) grant(award string) string { return s.sayf("%s cho %s", "%s to %s", award, s.Unit) }

func (s speech) appealed() string {
	if s.Appeal == 0 {
		return ""
	}
	return s.sayf("theo khiếu nại được chấp nhận ở sự kiện %d", "following the appeal upheld by event %d", s.Appeal)
}

func (s speech) docNumber() string {
	if s.Document.Number == "" {
		return ""
	}
	return fmt.Sprintf(s.say("số %s", "number %s"), quoted(s.Document.Number))
}
