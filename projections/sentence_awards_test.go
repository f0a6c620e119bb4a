package projections

import (
	"testing"

	"campaignledger/events"
)

// paperLine is a decision on paper as a line shows it.
func paperLine() *Paper {
	return &Paper{Date: "2018-01-15", Number: "77/QĐ", Scan: "aa", Signatory: "Bộ trưởng"}
}

func toldDeliberation() []told {
	return []told{
		{by(events.TypeEvaluationRecorded, func(l *AuditLine) {
			l.Strengths = []Finding{{Criterion: "I.1", Text: "early"}, {Criterion: "II", Drive: "tet", Text: "calm"}}
			l.Shortcomings, l.Recommendation, l.Awards = []Finding{{Text: "late"}}, "keep on", []string{"ministry", "government"}
			l.Supersedes, l.Reason = 12, "new figures"
		}),
			"ls-head đánh giá lang-son: ưu điểm “early” [I.1], “calm” [II, đợt tet]; tồn tại, hạn chế “late”; kiến nghị “keep on”; đề nghị xét ministry và government, thay sự kiện 12: new figures",
			"ls-head evaluates lang-son: strengths “early” [I.1], “calm” [II, drive tet]; shortcomings “late”; recommendation “keep on”; recommended for ministry and government, replacing event 12: new figures"},
		{by(events.TypeEvaluationRecorded, func(l *AuditLine) {
			l.Shortcomings, l.Recommendation, l.Consensus = []Finding{{Text: "late"}}, "wait", []string{"x", "y"}
		}),
			"ls-head ghi đánh giá chung về lang-son từ 2 đánh giá: tồn tại, hạn chế “late”; kiến nghị “wait”",
			"ls-head records the consensus on lang-son, from 2 evaluations: shortcomings “late”; recommendation “wait”"},
		{by(events.TypeExclusionImposed, func(l *AuditLine) { l.From, l.To, l.Ground = "2017-05-04", "2017-12-31", "reprimand" }),
			"ls-head quyết định không xét khen thưởng cho lang-son từ 04/05/2017 đến 31/12/2017: “reprimand”",
			"ls-head excludes lang-son from awards, 2017-05-04 to 2017-12-31: “reprimand”"},
		{by(events.TypeExclusionImposed, func(l *AuditLine) {
			l.From, l.GroundHash, l.Awards, l.Hold, l.Agreed = "2017-05-04", "aa", []string{"ministry", "government"}, []string{"act"}, 2
			l.Basis, l.Decision, l.Files = events.BasisTranscribed, paperLine(), []AuditFile{{SHA256: "aa"}}
		}),
			"ls-head đề nghị không xét ministry và government cho lang-son từ 04/05/2017: nội dung lưu ngoài sổ (quyết định số “77/QĐ” ngày 15/01/2018 do “Bộ trưởng” ký, do ls-head nhập thay, cấp có thẩm quyền không ký số, 1 tệp minh chứng, 2 đơn vị đồng thuận, chưa có hiệu lực)",
			"ls-head proposes to exclude lang-son from ministry and government, from 2017-05-04 on: text kept outside the record (decision “77/QĐ” of 2018-01-15 signed by “Bộ trưởng”, transcribed by ls-head and not signed by the authority, 1 evidence file, 2 units agree, no effect yet)"},
		{by(events.TypeExclusionLifted, func(l *AuditLine) { l.Of, l.Reason = 12, "served" }),
			"ls-head thôi áp dụng việc không xét khen thưởng ở sự kiện 12 đối với lang-son: served", "ls-head lifts the exclusion of event 12 from lang-son: served"},
		{by(events.TypeExclusionLifted, func(l *AuditLine) {
			l.Of, l.Reason, l.Hold, l.Agreed, l.Decision = 12, "served", []string{"act"}, 1, paperLine()
		}),
			"ls-head đề nghị thôi áp dụng việc không xét khen thưởng ở sự kiện 12 đối với lang-son (quyết định số “77/QĐ” ngày 15/01/2018 do “Bộ trưởng” ký, 1 đơn vị đồng thuận, chưa có hiệu lực): served",
			"ls-head proposes to lift the exclusion of event 12 from lang-son (decision “77/QĐ” of 2018-01-15 signed by “Bộ trưởng”, 1 unit agrees, no effect yet): served"},
		{by(events.TypeNominationProposed, func(l *AuditLine) {
			l.Award, l.Standings, l.Reason = "ministry", &StandingsName{12, "aa"}, "border unit"
		}),
			"ls-head suy tôn lang-son nhận ministry, theo bảng xếp hạng sau sự kiện 12: border unit",
			"ls-head nominates lang-son for ministry, on the standings after event 12: border unit"},
		{by(events.TypeNominationWithdrawn, func(l *AuditLine) { l.Of, l.Reason = 12, "declined" }),
			"ls-head rút việc suy tôn lang-son ở sự kiện 12: declined", "ls-head takes back the nomination of lang-son by event 12: declined"},
		{by(events.TypeRecordEndorsed, func(l *AuditLine) { l.Of, l.As, l.Note = 12, "reviewed", "still first" }),
			"ls-head đã xem xét lại sự kiện 12: still first", "ls-head has looked again at event 12: still first"},
	}
}

func toldBallots() []told {
	opened := func(change func(*AuditLine)) AuditLine {
		return by(events.TypeBallotOpened, func(l *AuditLine) {
			l.Unit, l.Ballot, l.Kind, l.Award, l.Nominees, l.Question = "", "b1", events.BallotPaper, "ministry", []string{"lang-son", "son-la"}, "Carry?"
			l.Roll, l.Present, l.Base, l.Threshold = []string{"x", "y", "z"}, []string{"x", "y"}, events.BaseMembers, "4/5"
			change(l)
		})
	}
	return []told{
		{opened(func(*AuditLine) {}),
			"ls-head mở cuộc bỏ phiếu b1 (" + events.BallotKindIn(events.BallotPaper, "vi") + ") về ministry cho lang-son, son-la: “Carry?” (có mặt 2/3 ủy viên, cần 4/5 số ủy viên hội đồng)",
			"ls-head opens ballot b1 (" + events.BallotKindIn(events.BallotPaper, "en") + ") on ministry for lang-son, son-la: “Carry?” (2 of 3 members present, it takes 4/5 of those on the roll)"},
		{opened(func(l *AuditLine) {
			l.Kind, l.Base, l.Reason, l.Agreed = events.BallotNamed, events.BasePresent, "slips were spoilt", 4
		}),
			"ls-head mở lại cuộc bỏ phiếu b1 (" + events.BallotKindIn(events.BallotNamed, "vi") + ") về ministry cho lang-son, son-la: “Carry?” (có mặt 2/3 ủy viên, cần 4/5 số người có mặt, 4 đơn vị đồng thuận): slips were spoilt",
			"ls-head opens again ballot b1 (" + events.BallotKindIn(events.BallotNamed, "en") + ") on ministry for lang-son, son-la: “Carry?” (2 of 3 members present, it takes 4/5 of those present, 4 units agree): slips were spoilt"},
		{opened(func(l *AuditLine) { l.Reason, l.Hold, l.Agreed = "slips were spoilt", []string{"act"}, 1 }),
			"ls-head đề nghị mở lại cuộc bỏ phiếu b1 (" + events.BallotKindIn(events.BallotPaper, "vi") + ") về ministry cho lang-son, son-la: “Carry?” (có mặt 2/3 ủy viên, cần 4/5 số ủy viên hội đồng, 1 đơn vị đồng thuận, chưa có hiệu lực): slips were spoilt",
			"ls-head proposes to open again ballot b1 (" + events.BallotKindIn(events.BallotPaper, "en") + ") on ministry for lang-son, son-la: “Carry?” (2 of 3 members present, it takes 4/5 of those on the roll, 1 unit agrees, no effect yet): slips were spoilt"},
		{by(events.TypeBallotCast, func(l *AuditLine) { l.Ballot, l.Hidden, l.Manner = "b1", true, events.WrittenVote }),
			"ls-head bỏ phiếu bằng văn bản trong cuộc b1 (nội dung hiện ra khi kết thúc bỏ phiếu)", "ls-head votes in writing in ballot b1 (how shows when the ballot is closed)"},
		{by(events.TypeBallotCast, func(l *AuditLine) {
			l.Ballot, l.Votes, l.Reason = "b1", []NomineeVote{{"lang-son", events.VoteFor}, {"son-la", events.VoteAgainst}, {"a", events.VoteAbstained}, {"b", events.VoteRecused}}, "no doubt"
		}),
			"ls-head bỏ phiếu trong cuộc b1: " + events.VoteIn(events.VoteFor, "vi") + " lang-son, " + events.VoteIn(events.VoteAgainst, "vi") + " son-la, " + events.VoteIn(events.VoteAbstained, "vi") + " a, " + events.VoteIn(events.VoteRecused, "vi") + " b: no doubt",
			"ls-head votes in ballot b1: " + events.VoteIn(events.VoteFor, "en") + " lang-son, " + events.VoteIn(events.VoteAgainst, "en") + " son-la, " + events.VoteIn(events.VoteAbstained, "en") + " a, " + events.VoteIn(events.VoteRecused, "en") + " b: no doubt"},
		{by(events.TypeBallotTallied, func(l *AuditLine) {
			l.Ballot, l.Note, l.Agreed = "b1", "one blank", 3
			l.Tally = &TallyLine{Issued: 8, Returned: 7, Valid: 6, Invalid: 1, Written: 2, Counts: []NomineeCount{{2, 4, "lang-son"}, {0, 6, "son-la"}}}
		}),
			"ls-head kiểm phiếu cuộc b1: phát ra 8, thu về 7, hợp lệ 6, không hợp lệ 1, bằng văn bản 2; lang-son 4 đồng ý, 2 không đồng ý; son-la 6 đồng ý, 0 không đồng ý (3 người kiểm phiếu xác nhận): one blank",
			"ls-head counts ballot b1: 8 issued, 7 returned, 6 valid, 1 invalid, 2 in writing; lang-son 4 for, 2 against; son-la 6 for, 0 against (3 tellers): one blank"},
		{by(events.TypeBallotTallied, func(l *AuditLine) {
			l.Ballot, l.Hold, l.Agreed, l.Tally = "b1", []string{"act"}, 1, &TallyLine{Counts: []NomineeCount{{0, 0, "lang-son"}}}
		}),
			"ls-head kiểm phiếu cuộc b1: phát ra 0, thu về 0, hợp lệ 0, không hợp lệ 0, bằng văn bản 0; lang-son 0 đồng ý, 0 không đồng ý (1 người kiểm phiếu xác nhận, chưa có hiệu lực)",
			"ls-head counts ballot b1: 0 issued, 0 returned, 0 valid, 0 invalid, 0 in writing; lang-son 0 for, 0 against (1 teller, no effect yet)"},
		{by(events.TypeBallotClosed, func(l *AuditLine) {
			l.Ballot, l.Reason = "b1", "the hour is late"
			l.Results = []NomineeResult{{Unit: "lang-son", For: 5, Base: 6, Carried: true}, {Unit: "son-la", For: 4, Base: 7}}
		}),
			"ls-head kết thúc cuộc bỏ phiếu b1: lang-son 5/6, đạt; son-la 4/7, không đạt: the hour is late",
			"ls-head closes ballot b1: lang-son 5 of 6, carried; son-la 4 of 7, not carried: the hour is late"},
	}
}

func toldAwards() []told {
	decided := func(change func(*AuditLine)) AuditLine {
		return by(events.TypeAwardDecided, func(l *AuditLine) {
			l.Of = 30
			change(l)
		})
	}
	return []told{
		{by(events.TypeAwardProposed, func(l *AuditLine) { l.Award, l.Ballot, l.Note = "ministry", "b1", "letter 12" }),
			"ls-head đề nghị cấp có thẩm quyền tặng ministry cho lang-son, theo cuộc bỏ phiếu b1: letter 12",
			"ls-head proposes lang-son for ministry to the authority, carried by ballot b1: letter 12"},
		{by(events.TypeAwardProposed, func(l *AuditLine) { l.Award = "badge" }),
			"ls-head đề nghị cấp có thẩm quyền tặng badge cho lang-son", "ls-head proposes lang-son for badge to the authority"},
		{decided(func(l *AuditLine) { l.Award, l.Outcome, l.Note = "ministry", events.AwardGranted, "congratulations" }),
			"ls-head quyết định tặng ministry cho lang-son theo đề nghị ở sự kiện 30: congratulations", "ls-head grants ministry to lang-son, proposed by event 30: congratulations"},
		{decided(func(l *AuditLine) { l.Award, l.Outcome, l.Decision = "ministry", events.AwardRefused, paperLine() }),
			"ls-head không chấp thuận tặng ministry cho lang-son theo đề nghị ở sự kiện 30 (quyết định số “77/QĐ” ngày 15/01/2018 do “Bộ trưởng” ký)",
			"ls-head refuses ministry to lang-son, proposed by event 30 (decision “77/QĐ” of 2018-01-15 signed by “Bộ trưởng”)"},
		{decided(func(l *AuditLine) { l.Outcome, l.Award, l.Appeal = events.AwardOtherLevel, "ministry", 40 }),
			"ls-head quyết định tặng ministry cho lang-son, thay cho đề nghị ở sự kiện 30 (theo khiếu nại được chấp nhận ở sự kiện 40)",
			"ls-head grants ministry to lang-son instead of what event 30 proposes (following the appeal upheld by event 40)"},
		{decided(func(l *AuditLine) {
			l.Award, l.Outcome, l.Basis, l.Decision = "ministry", events.AwardGranted, events.BasisTranscribed, paperLine()
		}),
			"cấp có thẩm quyền quyết định tặng ministry cho lang-son theo đề nghị ở sự kiện 30 (quyết định số “77/QĐ” ngày 15/01/2018 do “Bộ trưởng” ký, do ls-head nhập thay, cấp có thẩm quyền không ký số)",
			"the authority grants ministry to lang-son, proposed by event 30 (decision “77/QĐ” of 2018-01-15 signed by “Bộ trưởng”, transcribed by ls-head and not signed by the authority)"},
		{by(events.TypeAwardRevoked, func(l *AuditLine) { l.Of, l.Ground, l.Appeal = 31, "forged dossier", 40 }),
			"ls-head hủy bỏ việc khen thưởng lang-son ở sự kiện 31: “forged dossier” (theo khiếu nại được chấp nhận ở sự kiện 40)",
			"ls-head revokes the award to lang-son of event 31: “forged dossier” (following the appeal upheld by event 40)"},
		{by(events.TypeAppealFiled, func(l *AuditLine) {
			l.Of, l.Ground, l.Late, l.Files = 12, "miscounted", true, []AuditFile{{SHA256: "aa"}}
		}),
			"lang-son khiếu nại về sự kiện 12: “miscounted” (do ls-head thực hiện, 1 tệp minh chứng, muộn)",
			"lang-son appeals against event 12: “miscounted” (by ls-head, 1 evidence file, late)"},
		{by(events.TypeAppealDecided, func(l *AuditLine) {
			l.Of, l.Outcome, l.Reason, l.Hold, l.Agreed = 13, events.AppealUpheld, "heard", []string{"review"}, 4
		}),
			"ls-head chấp nhận khiếu nại ở sự kiện 13 của lang-son (phải xem xét lại điểm, 4 đơn vị đồng thuận): heard",
			"ls-head upholds the appeal of event 13 by lang-son (points have to be looked at again, 4 units agree): heard"},
		{by(events.TypeAppealDecided, func(l *AuditLine) {
			l.Of, l.Outcome, l.Reason, l.Hold, l.Agreed = 13, events.AppealUpheld, "heard", []string{"act", "review"}, 1
		}),
			"ls-head đề nghị chấp nhận khiếu nại ở sự kiện 13 của lang-son (1 đơn vị đồng thuận, chưa có hiệu lực): heard",
			"ls-head proposes to uphold the appeal of event 13 by lang-son (1 unit agrees, no effect yet): heard"},
		{by(events.TypeAppealDecided, func(l *AuditLine) {
			l.Of, l.Outcome, l.Reason, l.Hold = 13, events.AppealDismissed, "heard", []string{"act"}
		}),
			"ls-head đề nghị bác khiếu nại ở sự kiện 13 của lang-son (0 đơn vị đồng thuận, chưa có hiệu lực): heard",
			"ls-head proposes to dismiss the appeal of event 13 by lang-son (0 units agree, no effect yet): heard"},
		{by(events.TypeDocumentIssued, func(l *AuditLine) {
			l.Kind, l.Document = events.DocumentTally, &DocumentLine{Name: "tally.pdf", Number: "03/BB", AsOf: 12}
		}),
			"ls-head ban hành " + events.DocumentIn(events.DocumentTally, "vi") + ", tệp “tally.pdf”, theo sổ đến sự kiện 12 (số “03/BB”)",
			"ls-head issues the " + events.DocumentIn(events.DocumentTally, "en") + " “tally.pdf”, of the log up to event 12 (number “03/BB”)"},
		{by(events.TypeDocumentIssued, func(l *AuditLine) { l.Of, l.Document = 20, &DocumentLine{Name: "signed.pdf", AsOf: 12} }),
			"ls-head ghi nhận bản đã ký của văn bản ở sự kiện 20, tệp “signed.pdf”", "ls-head logs the signed copy of the document of event 20, “signed.pdf”"},
	}
}

// TestSentencesOfCourseWords tries every word that a ballot, a vote or a document has.
func TestSentencesOfCourseWords(t *testing.T) {
	t.Parallel()
	for _, say := range []struct {
		in    func(word, lang string) string
		words []string
	}{
		{events.BallotKindIn, []string{events.BallotNamed, events.BallotPaper}},
		{events.BallotProtects, []string{events.BallotNamed, events.BallotPaper}},
		{events.VoteIn, []string{events.VoteFor, events.VoteAgainst, events.VoteAbstained, events.VoteRecused}},
		{events.DocumentIn, []string{events.DocumentMinutes, events.DocumentTally, events.DocumentProposal, events.DocumentSheet, events.DocumentSummary, events.DocumentDossier}},
	} {
		said := map[string]bool{}
		for _, word := range say.words {
			vi, en := say.in(word, "vi"), say.in(word, "en")
			if vi == "" || en == "" || vi == en || said[vi] || said[en] {
				t.Errorf("%s is said %q and %q", word, vi, en)
			}
			said[vi], said[en] = true, true
		}
	}
}
