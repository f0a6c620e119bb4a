package events

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

// goldenDecision is a decision on paper.
func goldenDecision() Decision {
	return Decision{Date: "2018-01-15", Number: "77/QĐ-BCA", Scan: goldenHash, Signatory: "Bộ trưởng (tên minh họa)"}
}

// goldenDeliberation are the payloads of evaluations, exclusions and nominations.
func goldenDeliberation() []Payload {
	return []Payload{
		&EvaluationRecorded{Cluster: "c", Recommendation: "none", Shortcomings: []Finding{{Text: "late"}}},
		&EvaluationRecorded{Cluster: "c", Recommendation: "keep on", Strengths: []Finding{{Criterion: "I.1", Text: "early"}, {Drive: "tet", Text: "calm"}}},
		&EvaluationRecorded{Awards: []string{"ministry-flag", "government-flag"}, Cluster: "cum2", Consensus: []uuid.UUID{goldenID, goldenOther},
			Reason: "họp lại", Recommendation: goldenStrange, Shortcomings: []Finding{{"II", "tet-2017", "chậm báo cáo"}},
			Strengths: slices.Repeat([]Finding{{"I", "d", "dẫn đầu"}}, 3), Supersedes: goldenOther},
		&ExclusionImposed{From: "2017-01-01", Ground: Words{Text: "discipline"}},
		&ExclusionImposed{From: "2017-01-01", To: "2017-01-01", Ground: Words{Hash: goldenHash}},
		&ExclusionImposed{Awards: []string{"government-flag"}, Basis: BasisTranscribed, Decision: goldenDecision(), Evidence: goldenFiles(2),
			From: "2017-05-04", To: "9999-12-31", Ground: Words{Text: "kỷ luật khiển trách"}},
		&ExclusionLifted{Of: goldenOther, Reason: "served"},
		&ExclusionLifted{Basis: BasisTranscribed, Decision: goldenDecision(), Of: goldenID, Reason: "xóa kỷ luật"},
		&NominationProposed{Award: "a", Cluster: "c", Standings: StandingsRef{1, goldenHash}},
		&NominationProposed{Award: "ministry-flag", Cluster: "cum2", Reason: "đơn vị biên giới", Standings: StandingsRef{maxExactInteger - 1, goldenHash}},
		&NominationWithdrawn{Of: goldenOther, Reason: "declined"},
		&NominationWithdrawn{Of: goldenID, Reason: "đơn vị xin rút"},
	}
}

// goldenBallots are the payloads of ballots.
func goldenBallots() []Payload {
	return []Payload{
		&BallotOpened{Award: "a", Ballot: "b", Base: BasePresent, Cluster: "c", Kind: BallotNamed, Nominees: []string{"u"}, Present: []string{"m"},
			Question: "yes?", Roll: []string{"m"}, Standings: StandingsRef{1, goldenHash}, Threshold: Fraction{1, 1}},
		&BallotOpened{Award: "government-flag", Ballot: "co-chinh-phu-2", Base: BaseMembers, Cluster: "cum2", Kind: BallotPaper,
			Nominees: []string{"son-la", "lang-son"}, Present: []string{"cb-1", "ls-1"}, Question: "Đồng ý suy tôn?", Quorum: Fraction{2, 3},
			Reason: "phiếu hỏng", Reopens: goldenOther, Roll: []string{"ls-1", "cb-1", "sl-1"}, Standings: StandingsRef{99, goldenHash}, Threshold: Fraction{99_999_999, 100_000_000}},
		&BallotCast{Ballot: "b", Votes: []NomineeVote{{"u", VoteFor}}},
		&BallotCast{Ballot: "b", Manner: WrittenVote, Reason: "thành tích chưa rõ", Votes: []NomineeVote{{"u", VoteAgainst}, {"v", VoteAbstained}, {"w", VoteRecused}}},
		&BallotTallied{Ballot: "b", Counts: []NomineeCount{{0, 0, "u"}}, Minutes: goldenHash},
		&BallotTallied{Ballot: "b", Counts: []NomineeCount{{2, 4, "u"}, {0, 6, "v"}}, Invalid: 1, Issued: 8, Minutes: goldenHash, Note: "một phiếu trắng",
			Returned: 7, Valid: 6, Written: 2},
		&BallotClosed{Ballot: "b"},
		&BallotClosed{Ballot: strings.Repeat("b", maxIDBytes), Reason: "đủ phiếu"},
	}
}

// goldenAwards are the payloads of awards, appeals and documents.
func goldenAwards() []Payload {
	return []Payload{
		&AwardProposed{Award: "a", Cluster: "c"},
		&AwardProposed{Award: "ministry-flag", Ballot: "co-bo", Cluster: "cum2", Note: "tờ trình 12"},
		&AwardDecided{Of: goldenOther, Outcome: AwardGranted},
		&AwardDecided{Of: goldenOther, Outcome: AwardRefused, Decision: goldenDecision()},
		&AwardDecided{Appeal: goldenID, Award: "ministry-flag", Basis: BasisTranscribed, Decision: goldenDecision(), Note: "xét mức thấp hơn",
			Of: goldenOther, Outcome: AwardOtherLevel},
		&AwardRevoked{Ground: Words{Text: "fraudulent declaration"}, Of: goldenOther},
		&AwardRevoked{Appeal: goldenID, Basis: BasisTranscribed, Decision: goldenDecision(), Ground: Words{Hash: goldenHash}, Of: goldenOther},
		&AppealFiled{Ground: Words{Text: "the count is wrong"}, Of: goldenOther},
		&AppealFiled{Evidence: goldenFiles(2), Ground: Words{Hash: goldenHash}, Of: goldenOther},
		&AppealDecided{Of: goldenOther, Outcome: AppealDismissed, Reason: "late"},
		&AppealDecided{Basis: BasisTranscribed, Decision: goldenDecision(), Of: goldenOther, Outcome: AppealUpheld, Reason: "có căn cứ"},
		&DocumentIssued{Kind: DocumentSummary, Lang: "en", Name: "summary.pdf", Seq: 1, SHA256: goldenHash},
		&DocumentIssued{Award: "ministry-flag", Ballot: "co-bo", Cluster: "cum2", Evidence: goldenFiles(2), Kind: DocumentTally, Lang: "vi", Level: "cross",
			Name: "biên bản kiểm phiếu.pdf", Number: "03/BB-CTĐ", Of: goldenOther, Place: "Lạng Sơn", Seq: 1300, SHA256: goldenHash,
			Chair: "Lương Thạch Bình", Secretary: "Hoàng Thị Nhài", Venue: "Hội trường"},
	}
}
