package projections

import (
	"fmt"
	"strings"

	"campaignledger/events"
)

// membership says who may speak, and what was endorsed.
func (s speech) membership() (clause, bool) {
	switch s.Type {
	case events.TypeUnitJoined:
		c := clause{head: s.sayf("%s tham gia chiến dịch và ký giao ước thi đua", "%s joins the campaign and signs its pact", s.Unit),
			notes: []string{s.byAuthor(s.Unit)}, after: s.Note}
		if len(s.Titles) > 0 {
			c.notes = append(c.notes, s.say("đăng ký danh hiệu ", "registers for ")+strings.Join(s.Titles, s.say(" và ", " and ")))
		}
		return c, true
	case events.TypeUnitWithdrawn:
		return clause{head: s.sayf("%s rút khỏi chiến dịch", "%s leaves the campaign", s.Unit), notes: []string{s.byAuthor(s.Unit)}, after: s.Reason}, true
	case events.TypeMemberAppointed:
		member := s.Member
		if s.Name != "" {
			member += " " + quoted(s.Name)
		}
		verb := s.say("cử", "appoints")
		if s.held() {
			verb = s.say("đề nghị cử", "proposes")
		}
		return clause{head: s.sayf("%s %s %s làm %s của %s", "%s %s %s as %s of %s", s.Author, verb, member, s.role(), s.Unit)}, true
	case events.TypeMemberRekeyed:
		member := s.Member
		if s.Unit != "" {
			member += s.say(" của ", " of ") + s.Unit
		}
		verb := s.say("cấp khóa mới cho", "gives a new key to")
		if s.held() {
			verb = s.say("đề nghị cấp khóa mới cho", "proposes a new key for")
		}
		return clause{head: fmt.Sprintf("%s %s %s", s.Author, verb, member), after: s.Reason}, true
	case events.TypeMemberRemoved:
		return clause{head: s.sayf("%s cho %s thôi làm thành viên của %s", "%s removes %s from %s", s.Author, s.Member, s.Unit), after: s.Reason}, true
	case events.TypeRecordEndorsed:
		verb := s.say("đồng thuận với", "agrees to")
		switch s.As {
		case events.EndorseSecond:
			verb = s.say("đồng thẩm định", "seconds")
		case events.EndorseReceived:
			verb = s.say("xác nhận đã nhận", "confirms that it received")
		case events.EndorseReviewed:
			verb = s.say("đã xem xét lại", "has looked again at")
		}
		head := s.sayf("%s %s sự kiện %d", "%s %s event %d", s.Author, verb, s.Of)
		if len(s.Results) > 0 {
			head += s.sayf(", cuộc bỏ phiếu kết thúc: %s", ", by which the ballot ends: %s", s.results())
		}
		return clause{head: head, after: s.Note}, true
	}
	return clause{}, false
}

// role is a member's role as people say it.
func (s speech) role() string { return events.RoleIn(s.Role, s.lang()) }

// course says how the campaign moves on.
func (s speech) course() (clause, bool) {
	switch s.Type {
	case events.TypeCampaignOpened:
		return clause{head: s.sayf("%s mở chiến dịch theo quy chế trong tệp %s", "%s opens the campaign under the regulation in %s", s.Author, quoted(s.File))}, true
	case events.TypeCampaignClosed:
		return clause{head: s.sayf("%s kết thúc chiến dịch", "%s closes the campaign", s.Author), after: s.Reason}, true
	case events.TypeRegulationAmended:
		head := s.sayf("%s sửa quy chế, bản %d trong tệp %s", "%s amends the regulation, version %d in %s", s.Author, s.Version, quoted(s.File))
		if s.held() {
			head = s.sayf("%s đề nghị sửa quy chế, bản %d trong tệp %s", "%s proposes to amend the regulation, version %d in %s", s.Author, s.Version, quoted(s.File))
		}
		return clause{head: head, after: s.Reason}, true
	case events.TypeLedgerTakenOver:
		verb := s.say("tiếp quản", "takes over")
		if s.held() {
			verb = s.say("đề nghị tiếp quản", "proposes to take over")
		}
		head := s.sayf("%s %s sổ từ bản sao lưu đến sự kiện %d, khóa mới %s", "%s %s the ledger from a backup up to event %d, under the new key %s", s.Author, verb, s.Of, shortKey(s.Key))
		return clause{head: head, after: s.Reason}, true
	case events.TypeStageAdvanced:
		return clause{head: s.sayf("%s chuyển chiến dịch sang giai đoạn %s", "%s takes the campaign to the stage %s", s.Author, s.stage()), after: s.Reason}, true
	case events.TypeStandingsFrozen:
		return clause{head: s.sayf("%s đóng băng bảng xếp hạng", "%s freezes the standings", s.Author), after: s.Reason}, true
	case events.TypeStandingsRevealed:
		return clause{head: s.sayf("%s công bố bảng xếp hạng", "%s reveals the standings", s.Author), after: s.Reason}, true
	case events.TypePublicationStarted:
		what := s.say("bảng xếp hạng", "the standings")
		if s.Of != 0 {
			what = s.sayf("sự kiện %d", "event %d", s.Of)
		}
		head := s.sayf("%s công khai %s tại %s trong %s", "%s publishes %s at %s for %s", s.Author, what, quoted(s.Place), s.count(s.Days, "ngày", "day"))
		return clause{head: head, quote: quoted(s.Text)}, true
	}
	return clause{}, false
}

// shortKey is the start of a key, enough to tell it from another.
func shortKey(key string) string {
	const start = len("ed25519:") + 16
	if len(key) > start {
		return key[:start] + "…"
	}
	return key
}

// stage is a stage as people say it.
func (s speech) stage() string { return s.Stage.In(s.lang()) }

// year says what the year brings beside the scores.
func (s speech) year() (clause, bool) {
	switch s.Type {
	case events.TypeDriveLaunched:
		kind := s.say("đợt thi đua", "drive")
		if s.Kind == events.DrivePeak {
			kind = s.say("đợt cao điểm", "peak drive")
		}
		head := s.sayf("%s phát động %s %s %s, %s", "%s launches the %s %s %s, %s", s.Author, kind, s.Drive, quoted(s.Title), s.period())
		return clause{head: head, quote: quoted(s.Goal), notes: []string{s.Cluster}}, true
	case events.TypeDriveClosed:
		return clause{head: s.sayf("%s kết thúc đợt thi đua %s", "%s closes the drive %s", s.Author, s.Drive), quote: quoted(s.Result)}, true
	case events.TypeReportFiled:
		c := clause{head: s.sayf("%s báo cáo %s", "%s reports on %s", s.Unit, s.period()), quote: s.words(s.Text, s.TextHash), after: s.Reason}
		c.notes = []string{s.drive(), s.person(), s.byAuthor(s.Unit), s.files()}
		return c, true
	case events.TypeCommendationRecorded:
		c := clause{quote: s.words(s.Merit, s.MeritHash), notes: []string{s.drive()}}
		whom := s.Unit
		if s.Person != "" || s.PersonHash != "" {
			whom = s.someone(s.say(" của ", " of ") + s.Unit)
		}
		switch s.Kind {
		case events.CommendThematic:
			c.head = s.sayf("%s khen thưởng %s theo chuyên đề %s", "%s commends %s on the theme %s", s.Author, whom, quoted(s.Theme))
			return c, true
		case events.CommendExemplar:
			c.head = s.sayf("%s biểu dương %s là điển hình tiên tiến", "%s commends %s as an exemplar", s.Author, whom)
		default:
			c.head = s.sayf("%s khen thưởng đột xuất %s", "%s commends %s ad hoc", s.Author, whom)
		}
		if s.Theme != "" {
			c.notes = append(c.notes, s.say("chủ đề ", "theme ")+quoted(s.Theme))
		}
		return c, true
	}
	return clause{}, false
}

func (s speech) period() string {
	return s.sayf("từ %s đến %s", "%s to %s", s.date(s.From), s.date(s.To))
}

func (s speech) drive() string {
	if s.Drive == "" {
		return ""
	}
	return s.say("đợt thi đua ", "drive ") + s.Drive
}

// someone is the person that the line is about; of says whose.
func (s speech) someone(of string) string {
	if s.PersonHash != "" {
		return s.sayf("một người%s có tên lưu ngoài sổ", "a person%s whose name is kept outside the record", of)
	}
	return quoted(s.Person) + of
}

func (s speech) person() string {
	if s.Person == "" && s.PersonHash == "" {
		return ""
	}
	return s.say("về ", "about ") + s.someone("")
}
