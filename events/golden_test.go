package events

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"
	"time"
)

// goldenKey is the n-th of the private keys that tests use: its seed is 32 times the byte n.
func goldenKey(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

// goldenMembers are the payloads that say who may speak.
func goldenMembers() []Payload {
	key := PublicKeyOf(goldenKey(1))
	proof := func(member string) string { return ProvePossession(goldenKey(1), goldenHash, member) }
	rekeyed := &MemberRekeyed{Member: "teller-1", Key: key, Proof: proof("teller-1")}
	withReason := *rekeyed
	withReason.Reason = "khóa cũ thất lạc"
	list := []Payload{
		&UnitJoined{},
		&UnitJoined{Titles: []string{"ministry-flag"}},
		&UnitJoined{Note: goldenStrange, Titles: []string{"ministry-flag", "government-flag"}},
		&UnitWithdrawn{Reason: "merged"},
		&UnitWithdrawn{Reason: "sáp nhập"},
		rekeyed,     // of no unit
		&withReason, // of a unit
		&MemberRemoved{Member: "cb-2", Reason: "retired"},
		&MemberRemoved{Member: strings.Repeat("c", maxIDBytes), Reason: "nghỉ hưu"},
		&RecordEndorsed{Of: goldenID, Hash: goldenHash, As: EndorseSecond},
		&RecordEndorsed{Of: goldenID, Hash: goldenHash, As: EndorseReceived},
		&RecordEndorsed{Of: goldenID, Hash: goldenHash, As: EndorseReviewed},
		&RecordEndorsed{Of: goldenOther, Hash: goldenHash, As: EndorseAgree, Note: "đồng ý"},
	}
	for _, role := range roles() {
		list = append(list, &MemberAppointed{Member: "cb-3", Role: role, Key: key, Proof: proof("cb-3")})
	}
	return append(list, &MemberAppointed{Member: "cb-4", Name: "Hoàng Thị Mẫu", Role: RoleOfficer, Key: key, Proof: proof("cb-4")})
}

// goldenStages are the payloads that move a campaign on.
func goldenStages(t testing.TB) []Payload {
	small := mustParse(t, "small.yaml", readTestdata(t, "small.yaml"))
	full := mustParse(t, "full.yaml", readTestdata(t, "full.yaml"))
	var list []Payload
	for _, s := range Stages()[1:] {
		list = append(list, &StageAdvanced{Stage: s})
	}
	return append(list,
		&StageAdvanced{Stage: StageFinal, Reason: "hội nghị tổng kết"},
		NewRegulationAmended(small, 2, "r.yaml", goldenHash, "typo"),
		NewRegulationAmended(full, maxExactInteger-1, "quy chế.yaml", goldenHash, "sửa điểm tối đa"),
		&StandingsFrozen{},
		&StandingsFrozen{Reason: "the closing conference"},
		&StandingsRevealed{},
		&StandingsRevealed{Reason: "hội nghị tổng kết"},
		&PublicationStarted{Days: 1, Place: "notice board"},
		&LedgerTakenOver{Key: PublicKeyOf(goldenKey(2)), Made: time.Date(2017, 12, 5, 2, 0, 0, 0, time.UTC), OldKey: PublicKeyOf(goldenKey(1)), Reason: "the disk died", Root: goldenHash, Seq: 1},
		&LedgerTakenOver{Key: PublicKeyOf(goldenKey(1)), Made: time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC), OldKey: PublicKeyOf(goldenKey(2)), Reason: "ổ đĩa hỏng",
			Root: goldenHash, Seq: maxExactInteger - 1},
		&PublicationStarted{Days: MaxPublicationDays, Place: "Cổng thông tin điện tử", Of: goldenOther, Text: "lấy ý kiến"},
	)
}

// goldenReview are the payloads of the review chain and of sealed sheets.
func goldenReview() []Payload {
	return []Payload{
		&ScoreReturned{Of: goldenOther, Reason: "no evidence"},
		&ScoreReturned{Of: goldenID, Reason: "thiếu minh chứng"},
		&ExplanationFiled{Of: goldenOther, Text: Words{Text: "it was in the annex"}},
		&ExplanationFiled{Of: goldenOther, Text: Words{Hash: goldenHash}},
		&ExplanationFiled{Of: goldenOther, Text: Words{Text: goldenStrange}, Evidence: goldenFiles(3)},
		&SheetSealed{Cluster: "cum2", Level: "cross", Scorer: "cao-bang", Marks: 1, Root: goldenHash},
		&SheetSealed{Cluster: "cum2", Level: "cross", Scorer: "cb-3", Marks: MaxSheetMarks, Root: goldenHash},
		&SheetRevealed{Of: goldenOther, Salt: goldenHash},
		&SheetRevealed{Of: goldenID, Salt: strings.Repeat("f", 64)},
	}
}

// goldenFiles are n files, every other one held by the unit.
func goldenFiles(n int) []File {
	files := make([]File, n)
	for i := range files {
		files[i] = File{Unit: i%2 == 1, Name: "phụ lục \"1\".pdf", SHA256: goldenHash, Size: i * i, Type: "application/pdf"}
	}
	return files
}

// goldenWork are the payloads of the year's work.
func goldenWork() []Payload {
	return []Payload{
		&DriveLaunched{Drive: "d", Title: "Q1", Starts: "2017-01-01", Ends: "2017-01-01"},
		&DriveLaunched{Drive: "tet-2017", Cluster: "cum2", Title: "Cao điểm Tết", Goal: "giảm 10%", Kind: DrivePeak,
			Starts: "2016-12-16", Ends: "2017-02-28"},
		&DriveClosed{Drive: "d"},
		&DriveClosed{Drive: "tet-2017", Result: "đạt"},
		&ReportFiled{From: "2017-01-01", To: "2017-06-30", Text: Words{Text: "half a year"}},
		&ReportFiled{From: "2017-01-01", To: "2017-01-01", Text: Words{Hash: goldenHash}, Person: Words{Text: "Lò Văn Mẫu"}},
		&ReportFiled{Drive: "tet-2017", From: "0001-01-01", To: "9999-12-31", Text: Words{Text: "báo cáo"}, Person: Words{Hash: goldenHash},
			Evidence: goldenFiles(2), Supersedes: goldenOther, Reason: "bổ sung"},
		&CommendationRecorded{Kind: CommendAdHoc, Merit: Words{Text: "a rescue"}},
		&CommendationRecorded{Kind: CommendExemplar, Merit: Words{Hash: goldenHash}, Person: Words{Text: "Vàng A Mẫu"}},
		&CommendationRecorded{Drive: "tet-2017", Kind: CommendThematic, Merit: Words{Text: "thành tích"}, Person: Words{Hash: goldenHash},
			Theme: "phòng, chống ma túy"},
	}
}
