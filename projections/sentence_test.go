package projections

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"campaignledger/events"
)

// told is a line and what is said of it.
type told struct {
	line   AuditLine
	vi, en string
}

// mark is a mark of cao-bang for lang-son, changed.
func mark(change ...func(*AuditLine)) AuditLine {
	l := AuditLine{Seq: 20, Type: events.TypeScoreEntered, Author: "cao-bang-1", Signed: true, Cluster: "cum2", Unit: "lang-son", Criterion: "I.1",
		Level: "cross", Scorer: "cao-bang"}
	for _, f := range change {
		f(&l)
	}
	return l
}

// by is a line of ls-head about lang-son, changed.
func by(t events.Type, change func(*AuditLine)) AuditLine {
	l := AuditLine{Seq: 20, Type: t, Author: "ls-head", Signed: true, Unit: "lang-son"}
	change(&l)
	return l
}

func toldMarks() []told {
	return []told{
		{mark(func(l *AuditLine) { l.Points, l.Supersedes, l.Reason = "185.5", 12, "typing error" }),
			"cao-bang chấm lang-son 185,5 điểm tiêu chí I.1 (chấm chéo), thay sự kiện 12: typing error",
			"cao-bang gives lang-son 185.5 points for I.1 (level cross), replacing event 12: typing error"},
		{mark(func(l *AuditLine) { l.Points, l.Unit, l.Level = "1", "cao-bang", "self" }),
			"cao-bang tự chấm 1 điểm tiêu chí I.1 (tự chấm)", "cao-bang gives itself 1 point for I.1 (level self)"},
		{mark(func(l *AuditLine) { l.Actual, l.Unit, l.Level = "12.5", "cao-bang", "self" }),
			"cao-bang tự ghi kết quả 12,5 tiêu chí I.1 (tự chấm)", "cao-bang gives itself the result 12.5 for I.1 (level self)"},
		{mark(func(l *AuditLine) { l.Actual, l.Late = "12.5", true }),
			"cao-bang ghi cho lang-son kết quả 12,5 tiêu chí I.1 (chấm chéo, muộn)", "cao-bang gives lang-son the result 12.5 for I.1 (level cross, late)"},
		{mark(func(l *AuditLine) { l.Place, l.Returned = "2", 25 }),
			"cao-bang xếp lang-son hạng 2 tiêu chí I.1 (chấm chéo, bị trả lại bởi sự kiện 25)",
			"cao-bang gives lang-son place 2 for I.1 (level cross, returned by event 25)"},
		{mark(func(l *AuditLine) { l.Mark = "abstained" }),
			"cao-bang không chấm lang-son tiêu chí I.1 (chấm chéo)", "cao-bang abstains from scoring lang-son for I.1 (level cross)"},
		{mark(func(l *AuditLine) { l.Mark, l.SupersededBy = "recused", 30 }),
			"cao-bang từ chối chấm lang-son vì liên quan, tiêu chí I.1 (chấm chéo, bị thay bởi sự kiện 30)",
			"cao-bang is recused from scoring lang-son for I.1 (level cross, replaced by event 30)"},
		{mark(func(l *AuditLine) {
			l.Points, l.Item, l.SupersededBy, l.Withdrawn, l.Basis = "-1.5", "lũ  lụt", 30, true, "minutes"
		}),
			"cao-bang chấm lang-son -1,5 điểm tiêu chí I.1, mục “lũ lụt” (chấm chéo, căn cứ minutes, đã rút bởi sự kiện 30)",
			"cao-bang gives lang-son -1.5 points for I.1, item “lũ lụt” (level cross, basis minutes, withdrawn by event 30)"},
		{mark(func(l *AuditLine) {
			l.Points, l.Author, l.Basis, l.Hold, l.Evidence = "9", "ls-head", "transcribed", []string{"transcribed"}, "report 7"
		}),
			"cao-bang chấm lang-son 9 điểm tiêu chí I.1 (chấm chéo, ls-head nhập thay, minh chứng “report 7”, chưa tính, chờ cao-bang xác nhận)",
			"cao-bang gives lang-son 9 points for I.1 (level cross, transcribed by ls-head, evidence “report 7”, does not count until cao-bang confirms it)"},
		{mark(func(l *AuditLine) {
			l.Points, l.Hold, l.Files = "9", []string{"second", "reopened"}, []AuditFile{{SHA256: "aa"}, {SHA256: "bb", Held: "unit"}}
		}),
			"cao-bang chấm lang-son 9 điểm tiêu chí I.1 (chấm chéo, 2 tệp minh chứng, đơn vị giữ 1, chưa tính, chờ đơn vị khác đồng thẩm định, không tính nữa vì tiêu chí đã được sửa)",
			"cao-bang gives lang-son 9 points for I.1 (level cross, 2 evidence files, 1 held by the unit, does not count until another unit seconds it, no longer counts since its criterion was amended)"},
		{by(events.TypeTargetSet, func(l *AuditLine) {
			l.Unit, l.Scorer, l.Criterion, l.Target, l.Supersedes, l.Reason = "cao-bang", "lang-son", "I.2", "10.5", 8, "new plan"
		}),
			"lang-son giao cao-bang chỉ tiêu 10,5 cho tiêu chí I.2, thay sự kiện 8: new plan", "lang-son sets cao-bang the target 10.5 for I.2, replacing event 8: new plan"},
		{by(events.TypeEntryWithdrawn, func(l *AuditLine) { l.Criterion, l.Level, l.Supersedes, l.Reason = "I.1", "self", 12, "wrong\nunit" }),
			"ls-head rút sự kiện 12 (lang-son, tiêu chí I.1, tự chấm): wrong unit", "ls-head withdraws event 12 (lang-son, I.1, level self): wrong unit"},
		{by(events.TypeEntryWithdrawn, func(l *AuditLine) { l.Criterion, l.Supersedes, l.Reason = "I.2", 12, "wrong" }),
			"ls-head rút sự kiện 12 (lang-son, tiêu chí I.2): wrong", "ls-head withdraws event 12 (lang-son, I.2): wrong"},
		{by(events.TypeTieDecided, func(l *AuditLine) {
			l.Unit, l.Cluster, l.Points, l.Order, l.Hold, l.Agreed, l.Reason = "", "cum2", "90.5", []string{"son-la", "lai-chau", "lao-cai"}, []string{"act"}, 2, "by lot"
		}),
			"ls-head phân định đồng hạng ở 90,5 điểm của cum2: son-la trên lai-chau trên lao-cai (2 đơn vị đồng thuận, chưa có hiệu lực): by lot",
			"ls-head decides the tie at 90.5 points in cum2: son-la before lai-chau before lao-cai (2 units agree, no effect yet): by lot"},
		{by(events.TypeTieDecided, func(l *AuditLine) {
			l.Unit, l.Cluster, l.Points, l.Order, l.Reason = "", "cum2", "90", []string{"a", "b"}, "by lot"
		}),
			"ls-head phân định đồng hạng ở 90 điểm của cum2: a trên b: by lot", "ls-head decides the tie at 90 points in cum2: a before b: by lot"},
		{by(events.TypeImportStarted, func(l *AuditLine) { l.Unit, l.Rows, l.File = "", 1, "scores.csv" }),
			"ls-head nhập 1 dòng từ tệp “scores.csv”", "ls-head imports 1 row from “scores.csv”"},
		{by(events.TypeImportStarted, func(l *AuditLine) { l.Unit, l.Rows, l.File = "", 44, "scores.csv" }),
			"ls-head nhập 44 dòng từ tệp “scores.csv”", "ls-head imports 44 rows from “scores.csv”"},
	}
}

func toldReview() []told {
	return []told{
		{by(events.TypeScoreReturned, func(l *AuditLine) {
			l.Of, l.Scorer, l.Unit, l.Criterion, l.Level, l.Reason = 12, "cao-bang", "cao-bang", "I.1", "self", "no report"
		}),
			"ls-head trả lại sự kiện 12, điểm cao-bang chấm cao-bang tiêu chí I.1 (tự chấm): no report",
			"ls-head returns event 12, the mark of cao-bang for cao-bang on I.1 (level self): no report"},
		{by(events.TypeExplanationFiled, func(l *AuditLine) {
			l.Of, l.Criterion, l.Level, l.Text, l.Files = 12, "I.1", "self", "counted twice", []AuditFile{{SHA256: "aa"}}
		}),
			"lang-son giải trình sự kiện 12, tiêu chí I.1: “counted twice” (tự chấm, do ls-head thực hiện, 1 tệp minh chứng)",
			"lang-son explains event 12, on I.1: “counted twice” (level self, by ls-head, 1 evidence file)"},
		{by(events.TypeExplanationFiled, func(l *AuditLine) { l.Of, l.Criterion, l.Level, l.TextHash = 12, "I.1", "self", "aa" }),
			"lang-son giải trình sự kiện 12, tiêu chí I.1: nội dung lưu ngoài sổ (tự chấm, do ls-head thực hiện)",
			"lang-son explains event 12, on I.1: text kept outside the record (level self, by ls-head)"},
		{by(events.TypeSheetSealed, func(l *AuditLine) {
			l.Unit, l.Scorer, l.Cluster, l.Level, l.Marks, l.Late = "", "lang-son", "cum2", "cross", 44, true
		}),
			"lang-son niêm phong phiếu 44 điểm chấm của cum2 (chấm chéo, do ls-head thực hiện, muộn)",
			"lang-son seals a sheet of 44 marks in cum2 (level cross, by ls-head, late)"},
		{by(events.TypeSheetSealed, func(l *AuditLine) {
			l.Unit, l.Scorer, l.Cluster, l.Level, l.Marks = "", "ls-head", "cum2", "jury", 1
		}),
			"ls-head niêm phong phiếu 1 điểm chấm của cum2 (cấp jury)", "ls-head seals a sheet of 1 mark in cum2 (level jury)"},
		{by(events.TypeSheetRevealed, func(l *AuditLine) { l.Unit, l.Scorer, l.Cluster, l.Level, l.Of = "", "lang-son", "cum2", "cross", 20 }),
			"lang-son mở phiếu niêm phong ở sự kiện 20 của cum2 (chấm chéo, do ls-head thực hiện)",
			"lang-son opens the sheet sealed by event 20 in cum2 (level cross, by ls-head)"},
	}
}

func toldMembers() []told {
	return []told{
		{by(events.TypeUnitJoined, func(l *AuditLine) { l.Titles, l.Note = []string{"ministry-flag", "government-flag"}, "gladly" }),
			"lang-son tham gia chiến dịch và ký giao ước thi đua (do ls-head thực hiện, đăng ký danh hiệu ministry-flag và government-flag): gladly",
			"lang-son joins the campaign and signs its pact (by ls-head, registers for ministry-flag and government-flag): gladly"},
		{by(events.TypeUnitJoined, func(l *AuditLine) { l.Author = l.Unit }),
			"lang-son tham gia chiến dịch và ký giao ước thi đua", "lang-son joins the campaign and signs its pact"},
		{by(events.TypeUnitWithdrawn, func(l *AuditLine) { l.Reason = "merged" }),
			"lang-son rút khỏi chiến dịch (do ls-head thực hiện): merged", "lang-son leaves the campaign (by ls-head): merged"},
		{by(events.TypeMemberAppointed, func(l *AuditLine) { l.Member, l.Name, l.Role = "ls-2", "Nguyễn Văn An", "officer" }),
			"ls-head cử ls-2 “Nguyễn Văn An” làm cán bộ của lang-son", "ls-head appoints ls-2 “Nguyễn Văn An” as officer of lang-son"},
		{by(events.TypeMemberAppointed, func(l *AuditLine) {
			l.Author, l.Member, l.Role, l.Hold, l.Agreed = "cb-head", "ls-2", "head", []string{"act"}, 1
		}),
			"cb-head đề nghị cử ls-2 làm thủ trưởng của lang-son (1 đơn vị đồng thuận, chưa có hiệu lực)",
			"cb-head proposes ls-2 as head of lang-son (1 unit agrees, no effect yet)"},
		{by(events.TypeMemberRekeyed, func(l *AuditLine) { l.Member, l.Reason = "ls-2", "lost" }),
			"ls-head cấp khóa mới cho ls-2 của lang-son: lost", "ls-head gives a new key to ls-2 of lang-son: lost"},
		{by(events.TypeMemberRekeyed, func(l *AuditLine) { l.Author, l.Unit, l.Member = "auditor", "", "auditor" }),
			"auditor cấp khóa mới cho auditor", "auditor gives a new key to auditor"},
		{by(events.TypeMemberRekeyed, func(l *AuditLine) { l.Member, l.Hold = "cb-head", []string{"act"} }),
			"ls-head đề nghị cấp khóa mới cho cb-head của lang-son (0 đơn vị đồng thuận, chưa có hiệu lực)",
			"ls-head proposes a new key for cb-head of lang-son (0 units agree, no effect yet)"},
		{by(events.TypeMemberRekeyed, func(l *AuditLine) { l.Member, l.Agreed = "cb-head", 2 }),
			"ls-head cấp khóa mới cho cb-head của lang-son (2 đơn vị đồng thuận)", "ls-head gives a new key to cb-head of lang-son (2 units agree)"},
		{by(events.TypeMemberRemoved, func(l *AuditLine) { l.Member, l.Reason = "ls-2", "moved" }),
			"ls-head cho ls-2 thôi làm thành viên của lang-son: moved", "ls-head removes ls-2 from lang-son: moved"},
		{by(events.TypeRecordEndorsed, func(l *AuditLine) { l.Of, l.As, l.Note = 12, "agree", "as discussed" }),
			"ls-head đồng thuận với sự kiện 12: as discussed", "ls-head agrees to event 12: as discussed"},
		{by(events.TypeRecordEndorsed, func(l *AuditLine) { l.Of, l.As = 12, "second" }), "ls-head đồng thẩm định sự kiện 12", "ls-head seconds event 12"},
		{by(events.TypeRecordEndorsed, func(l *AuditLine) { l.Of, l.As = 12, "received" }),
			"ls-head xác nhận đã nhận sự kiện 12", "ls-head confirms that it received event 12"},
	}
}

func toldCourse() []told {
	return []told{
		{by(events.TypeCampaignOpened, func(l *AuditLine) { l.Unit, l.File, l.Version = "", "cum2.yaml", 1 }),
			"ls-head mở chiến dịch theo quy chế trong tệp “cum2.yaml”", "ls-head opens the campaign under the regulation in “cum2.yaml”"},
		{by(events.TypeCampaignClosed, func(l *AuditLine) { l.Unit, l.Reason = "", "the year is over" }),
			"ls-head kết thúc chiến dịch: the year is over", "ls-head closes the campaign: the year is over"},
		{by(events.TypeRegulationAmended, func(l *AuditLine) {
			l.Unit, l.File, l.Version, l.Reason, l.Hold, l.Agreed = "", "b.yaml", 2, "new scale", []string{"act"}, 1
		}),
			"ls-head đề nghị sửa quy chế, bản 2 trong tệp “b.yaml” (1 đơn vị đồng thuận, chưa có hiệu lực): new scale",
			"ls-head proposes to amend the regulation, version 2 in “b.yaml” (1 unit agrees, no effect yet): new scale"},
		{by(events.TypeRegulationAmended, func(l *AuditLine) { l.Unit, l.File, l.Version, l.Reason, l.Agreed = "", "b.yaml", 2, "new scale", 5 }),
			"ls-head sửa quy chế, bản 2 trong tệp “b.yaml” (5 đơn vị đồng thuận): new scale",
			"ls-head amends the regulation, version 2 in “b.yaml” (5 units agree): new scale"},
		{by(events.TypeLedgerTakenOver, func(l *AuditLine) {
			l.Of, l.Key, l.Reason, l.Agreed = 412, "ed25519:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "the disk died", 5
		}),
			"ls-head tiếp quản sổ từ bản sao lưu đến sự kiện 412, khóa mới ed25519:0123456789abcdef… (5 đơn vị đồng thuận): the disk died",
			"ls-head takes over the ledger from a backup up to event 412, under the new key ed25519:0123456789abcdef… (5 units agree): the disk died"},
		{by(events.TypeLedgerTakenOver, func(l *AuditLine) { l.Of, l.Key, l.Hold, l.Agreed = 412, "ed25519:ab", []string{"act"}, 1 }),
			"ls-head đề nghị tiếp quản sổ từ bản sao lưu đến sự kiện 412, khóa mới ed25519:ab (1 đơn vị đồng thuận, chưa có hiệu lực)",
			"ls-head proposes to take over the ledger from a backup up to event 412, under the new key ed25519:ab (1 unit agrees, no effect yet)"},
		{by(events.TypeStageAdvanced, func(l *AuditLine) { l.Stage, l.Reason = events.StageScoring, "all is in" }),
			"ls-head chuyển chiến dịch sang giai đoạn chấm điểm: all is in", "ls-head takes the campaign to the stage scoring: all is in"},
		{by(events.TypeStandingsFrozen, func(l *AuditLine) { l.Reason = "closing conference" }),
			"ls-head đóng băng bảng xếp hạng: closing conference", "ls-head freezes the standings: closing conference"},
		{by(events.TypeStandingsRevealed, func(*AuditLine) {}), "ls-head công bố bảng xếp hạng", "ls-head reveals the standings"},
		{by(events.TypePublicationStarted, func(l *AuditLine) { l.Place, l.Days, l.Text = "hội trường", 10, "objections to the lead" }),
			"ls-head công khai bảng xếp hạng tại “hội trường” trong 10 ngày: “objections to the lead”",
			"ls-head publishes the standings at “hội trường” for 10 days: “objections to the lead”"},
		{by(events.TypePublicationStarted, func(l *AuditLine) { l.Place, l.Days, l.Of = "portal", 1, 40 }),
			"ls-head công khai sự kiện 40 tại “portal” trong 1 ngày", "ls-head publishes event 40 at “portal” for 1 day"},
	}
}

func toldYear() []told {
	return []told{
		{by(events.TypeDriveLaunched, func(l *AuditLine) {
			l.Drive, l.Title, l.From, l.To, l.Cluster, l.Goal = "d1", "Spring", "2017-03-01", "2017-03-31", "cum2", "no fires"
		}),
			"ls-head phát động đợt thi đua d1 “Spring”, từ 01/03/2017 đến 31/03/2017: “no fires” (cum2)",
			"ls-head launches the drive d1 “Spring”, 2017-03-01 to 2017-03-31: “no fires” (cum2)"},
		{by(events.TypeDriveLaunched, func(l *AuditLine) {
			l.Drive, l.Title, l.From, l.To, l.Kind = "d2", "Tết", "2017-01-01", "2017-01-31", "peak"
		}),
			"ls-head phát động đợt cao điểm d2 “Tết”, từ 01/01/2017 đến 31/01/2017", "ls-head launches the peak drive d2 “Tết”, 2017-01-01 to 2017-01-31"},
		{by(events.TypeDriveClosed, func(l *AuditLine) { l.Drive, l.Result = "d1", "two fires" }),
			"ls-head kết thúc đợt thi đua d1: “two fires”", "ls-head closes the drive d1: “two fires”"},
		{by(events.TypeReportFiled, func(l *AuditLine) {
			l.From, l.To, l.Drive, l.Text, l.Person, l.Late, l.Supersedes, l.Reason = "2017-01-01", "2017-03-31", "d1", strings.Repeat("yên ", 51), "Lê Thị B", true, 9, "new figures"
		}),
			"lang-son báo cáo từ 01/01/2017 đến 31/03/2017: “" + strings.Repeat("yên ", 49) + "yên…” (đợt thi đua d1, về “Lê Thị B”, do ls-head thực hiện, muộn), thay sự kiện 9: new figures",
			"lang-son reports on 2017-01-01 to 2017-03-31: “" + strings.Repeat("yên ", 49) + "yên…” (drive d1, about “Lê Thị B”, by ls-head, late), replacing event 9: new figures"},
		{by(events.TypeReportFiled, func(l *AuditLine) { l.From, l.To, l.TextHash, l.PersonHash = "2017-01-01", "2017-03-31", "aa", "bb" }),
			"lang-son báo cáo từ 01/01/2017 đến 31/03/2017: nội dung lưu ngoài sổ (về một người có tên lưu ngoài sổ, do ls-head thực hiện)",
			"lang-son reports on 2017-01-01 to 2017-03-31: text kept outside the record (about a person whose name is kept outside the record, by ls-head)"},
		{by(events.TypeCommendationRecorded, func(l *AuditLine) { l.Kind, l.Merit, l.Drive = "ad-hoc", "flood relief", "d1" }),
			"ls-head khen thưởng đột xuất lang-son: “flood relief” (đợt thi đua d1)", "ls-head commends lang-son ad hoc: “flood relief” (drive d1)"},
		{by(events.TypeCommendationRecorded, func(l *AuditLine) {
			l.Kind, l.Merit, l.Theme, l.Person = "thematic", "patrols", "border", "Lê Thị B"
		}),
			"ls-head khen thưởng “Lê Thị B” của lang-son theo chuyên đề “border”: “patrols”",
			"ls-head commends “Lê Thị B” of lang-son on the theme “border”: “patrols”"},
		{by(events.TypeCommendationRecorded, func(l *AuditLine) { l.Kind, l.MeritHash, l.Theme, l.PersonHash = "exemplar", "aa", "border", "bb" }),
			"ls-head biểu dương một người của lang-son có tên lưu ngoài sổ là điển hình tiên tiến: nội dung lưu ngoài sổ (chủ đề “border”)",
			"ls-head commends a person of lang-son whose name is kept outside the record as an exemplar: text kept outside the record (theme “border”)"},
	}
}

// TestSentences holds every type, with its variants, against what is said of it in both languages.
func TestSentences(t *testing.T) {
	t.Parallel()
	seen := map[events.Type]bool{}
	for _, list := range [][]told{toldMarks(), toldReview(), toldMembers(), toldCourse(), toldYear(), toldDeliberation(), toldBallots(), toldAwards()} {
		for _, x := range list {
			seen[x.line.Type] = true
			for lang, want := range map[string]string{"vi": x.vi, "": x.vi, "en": x.en} {
				got := Sentence(x.line, lang)
				if got != want {
					t.Errorf("%s in %q:\n got %s\nwant %s", x.line.Type, lang, got, want)
				}
				if !norm.NFC.IsNormalString(got) || strings.ContainsFunc(got, unicode.IsControl) {
					t.Errorf("%s in %q is not one line in NFC: %q", x.line.Type, lang, got)
				}
			}
		}
	}
	for _, typ := range events.Types() {
		if !seen[typ] {
			t.Errorf("no sentence is tried for %s", typ)
		}
		delete(seen, typ)
	}
	if len(seen) > 0 {
		t.Errorf("events.Types() lacks %v", seen)
	}
}

// TestSentencesOfWords tries every word that a role or a stage has.
func TestSentencesOfWords(t *testing.T) {
	t.Parallel()
	said := map[string]string{}
	once := func(word, text string) {
		if other, ok := said[text]; ok || text == word {
			t.Errorf("%s and %s are said alike, or not in Vietnamese: %s", word, other, text)
		}
		said[text] = word
	}
	for _, role := range []string{events.RoleHead, events.RoleOfficer, events.RoleReviewer, events.RoleCouncil, events.RoleTeller, events.RoleAuditor, events.RoleAuthority} {
		once(role, speech{&AuditLine{Role: role}, true}.role())
	}
	for _, stage := range events.Stages() {
		once(string(stage), speech{&AuditLine{Stage: stage}, true}.stage())
	}
	if got := Sentence(AuditLine{Type: "from.tomorrow"}, "en"); got != "from.tomorrow" {
		t.Errorf("a type of a newer program: %q", got)
	}
}

// TestSentencesStayInNFC: texts that begin with a combining mark don't melt into what stands before them.
func TestSentencesStayInNFC(t *testing.T) {
	t.Parallel()
	l := mark(func(l *AuditLine) { l.Points, l.Item, l.Evidence, l.Reason = "1", "\u0301x", "\u0301", "\u0301 y" })
	for _, lang := range []string{"vi", "en"} {
		if got := Sentence(l, lang); !norm.NFC.IsNormalString(got) {
			t.Errorf("%s: %q", lang, got)
		}
	}
}
