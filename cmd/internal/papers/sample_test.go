package papers

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/cmd/internal/demo"
	"campaignledger/events"
	"campaignledger/projections"
)

// vietnameseText has every Vietnamese vowel with every tone.
const vietnameseText = "aàảãáạ ăằẳẵắặ âầẩẫấậ eèẻẽéẹ êềểễếệ iìỉĩíị oòỏõóọ ôồổỗốộ ơờởỡớợ uùủũúụ ưừửữứự yỳỷỹýỵ đ " +
	"AÀẢÃÁẠ ĂẰẲẴẮẶ ÂẦẨẪẤẬ EÈẺẼÉẸ ÊỀỂỄẾỆ IÌỈĨÍỊ OÒỎÕÓỌ ÔỒỔỖỐỘ ƠỜỞỠỚỢ UÙỦŨÚỤ ƯỪỬỮỨỰ YỲỶỸÝỴ Đ"

// stream is bytes that look random and are the same in every run.
type stream struct{ n int }

func (s *stream) Read(p []byte) (int, error) {
	s.n++
	sum := sha256.Sum256(fmt.Appendf(nil, "seed %d", s.n))
	return copy(p, sum[:]), nil
}

// year is the demonstration year, folded.
var year = sync.OnceValues(func() (*projections.Live, error) {
	dir, err := os.MkdirTemp("", "papers-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	keys, err := demo.MakeKeys(dir, &stream{})
	if err != nil {
		return nil, err
	}
	bodies, err := demo.Year(keys)
	if err != nil {
		return nil, err
	}
	live := projections.NewRefold()
	for _, b := range bodies {
		for _, p := range b.Proposals {
			if err := admit(live, p.Record); err != nil {
				return nil, err
			}
		}
		live.Commit()
	}
	return live, nil
})

func admit(live *projections.Live, record events.Record) error {
	draft, err := events.Decode(record)
	if err != nil {
		return err
	}
	last, _ := live.Last()
	return live.Admit(events.Event{Draft: draft, Seq: last + 1, Recorded: recorded, Record: record})
}

var recorded = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func hexOf(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }

// story is the year's source with the awards of 2017 as published, and invented people.
func story(t testing.TB) Source {
	t.Helper()
	live, err := year()
	if err != nil {
		t.Fatal(err)
	}
	return Source{Live: live, Seq: storySeq, Root: hexOf("root"), awards: storyAwards}
}

var storyUnits = []string{"lang-son", "son-la", "dien-bien", "lao-cai", "cao-bang", "ha-giang", "lai-chau"}

// storyRoll is the council, of whom the last two are absent.
func storyRoll() []projections.RollEntry {
	names := []string{"Hoàng Văn Mạ", "Lò Thị Pản", "Cà Văn Tong", "Giàng A Phử", "Nông Thị Sảy", "Phàn Văn Quẩy", "Mào Thị Chứ"}
	var roll []projections.RollEntry
	for i, u := range storyUnits {
		roll = append(roll, projections.RollEntry{Member: u + "-council", Name: names[i], Unit: u, Present: i < 5, Written: i == 6})
	}
	return roll
}

// storySeq is the year's last event.
const storySeq = 1297

func storyAwards(lang string) *projections.Awards {
	say := func(vi, en string) string {
		if lang == "vi" {
			return vi
		}
		return en
	}
	standings := projections.StandingsName{Seq: 1190, SHA256: hexOf("standings")}
	nominee := func(unit, title string, rank int, points string, seq events.Seq) projections.NomineeState {
		return projections.NomineeState{Unit: unit, Title: title, Rank: rank, Points: points, Nomination: seq, By: "lang-son-head", Standings: standings, Proposed: seq + 40}
	}
	langSon, sonLa, dienBien, laoCai := nominee("lang-son", "Công an tỉnh Lạng Sơn", 1, "975.16", 1195), nominee("son-la", "Công an tỉnh Sơn La", 2, "964.79", 1196),
		nominee("dien-bien", "Công an tỉnh Điện Biên", 3, "955.67", 1197), nominee("lao-cai", "Công an tỉnh Lào Cai", 4, "947.04", 1198)
	laoCai.Reason = say("Đơn vị đạt kết quả nổi bật trong đợt cao điểm quý IV (minh họa).", "Outstanding in the peak drive of the fourth quarter (illustrative).")
	named := projections.BallotState{Ballot: "flag-2", Opened: 1210, Effective: 1214, Closed: 1225, Reopens: "flag-1", Kind: events.BallotNamed,
		Reason:   say("một ủy viên chưa nhận được phiếu", "a member had received no slip"),
		Question: say("Đề nghị tặng Cờ thi đua của Bộ Công an cho các đơn vị được suy tôn?", "Shall the nominated units be proposed for the Ministry's flag?"),
		Base:     events.BasePresent, Quorum: "2/3", Threshold: "2/3", Standings: standings, Roll: storyRoll()}
	for i := range named.Roll {
		if i != 5 {
			named.Roll[i].Voted, named.Roll[i].Votes = events.Seq(1215+i), []string{events.VoteFor, events.VoteFor, events.VoteFor}
		}
	}
	named.Roll[1].Votes = []string{events.VoteRecused, events.VoteFor, events.VoteAgainst}
	named.Roll[1].Reason = say("không bỏ phiếu cho đơn vị mình", "no vote on the own unit")
	named.Results = []projections.NomineeResult{{Unit: "son-la", For: 5, Recused: 1, Base: 5, Needed: 4, Carried: true},
		{Unit: "dien-bien", For: 6, Base: 6, Needed: 4, Carried: true}, {Unit: "lao-cai", For: 5, Against: 1, Base: 6, Needed: 4, Carried: true}}
	first := named
	first.Ballot, first.Opened, first.Effective, first.Closed, first.Reopens, first.Reason, first.Replaced, first.Kind = "flag-1", 1199, 1199, 1205, "", "", "flag-2", events.BallotPaper
	first.Roll = storyRoll()
	first.Tallies = []projections.TallyState{{Seq: 1203, Tellers: []string{"teller", "auditor", "secretary"}, Issued: 6, Returned: 6, Valid: 5, Invalid: 1, Minutes: hexOf("m1"), InForce: true},
		{Seq: 1202, Tellers: []string{"teller"}, Issued: 6, Returned: 5, Valid: 5, Minutes: hexOf("m0"), Note: say("đếm sót một phiếu", "one slip was missed")}}
	paper := named
	paper.Ballot, paper.Kind, paper.Reopens, paper.Reason, paper.Base, paper.Threshold = "gov-1", events.BallotPaper, "", "", events.BaseMembers, "4/5"
	paper.Question = say("Đề nghị tặng Cờ thi đua của Chính phủ cho Công an tỉnh Lạng Sơn?", "Shall Lạng Sơn be proposed for the Government's flag?")
	paper.Opened, paper.Effective, paper.Closed, paper.Roll = 1226, 1226, 1231, storyRoll()
	paper.Results = []projections.NomineeResult{{Unit: "lang-son", For: 6, Abstained: 1, Base: 7, Needed: 6, Carried: true}}
	paper.Tallies = []projections.TallyState{{Seq: 1230, Tellers: []string{"teller", "auditor", "secretary"}, Issued: 7, Returned: 7, Valid: 7, Written: 1, Minutes: hexOf("m2"), InForce: true}}
	waiting := paper
	waiting.Ballot, waiting.Effective, waiting.Closed, waiting.Results, waiting.Tallies, waiting.Nominees = "gov-2", 1232, 0, nil, nil, []string{"lang-son"}
	a := &projections.Awards{Campaign: "cum2-2017", Signed: true, Seq: storySeq, Awards: []projections.AwardState{
		{Cluster: "cum2", Award: "ministry-flag", Title: say("Cờ thi đua của Bộ Công an", "Emulation flag of the Ministry of Public Security"),
			Authority: say("Bộ trưởng Bộ Công an", "Minister of Public Security"), Places: 3, Nominees: []projections.NomineeState{sonLa, dienBien, laoCai}, Ballots: []projections.BallotState{first, named}},
		{Cluster: "cum2", Award: "government-flag", Title: say("Cờ thi đua của Chính phủ", "Emulation flag of the Government"), Authority: say("Thủ tướng Chính phủ", "Prime Minister"),
			Places: 1, Within: "ministry-flag", Quota: &projections.QuotaState{Of: "ministry-flag", Share: "1/5", Rounding: "down"}, Nominees: []projections.NomineeState{langSon}, Ballots: []projections.BallotState{paper, waiting}}}}
	for i, u := range storyUnits {
		a.Units = append(a.Units, storyRecord(u, i, say))
	}
	return a
}

func storyRecord(unit string, i int, say func(vi, en string) string) projections.UnitRecord {
	u := projections.UnitRecord{Cluster: "cum2", Unit: unit, Evaluations: []projections.EvaluationState{
		{Seq: events.Seq(1150 + 3*i), By: "lang-son-head", Name: "Nông Văn Thuận", Current: true,
			Strengths: []projections.Finding{{Criterion: "I.3.2", Text: say("Phối hợp triệt phá nhiều chuyên án ma túy liên tuyến; giữ vững an ninh, trật tự trên tuyến biên giới được phân công.",
				"Closed many joint cases along the trafficking routes; kept the border quiet.")}, {Drive: "tet", Text: say("Hoàn thành tốt đợt cao điểm Tết.", "Did well in the Tết drive.")}},
			Shortcomings:   []projections.Finding{{Criterion: "III.4", Text: say("Một số báo cáo quý còn chậm.", "Some quarterly reports were late.")}},
			Recommendation: say("Đề nghị biểu dương.", "To be commended.")}}}
	if i < 4 {
		u.Evaluations = append(u.Evaluations, projections.EvaluationState{Seq: events.Seq(1151 + 3*i), By: "ha-giang-council", Current: true,
			Strengths: []projections.Finding{{Text: say("Phong trào thi đua đi vào chiều sâu.", "The movement reached every post.")}}, Recommendation: say("Đồng ý suy tôn.", "Nominate.")},
			projections.EvaluationState{Seq: events.Seq(1152 + 3*i), By: "secretary", Current: true, Consensus: []events.Seq{events.Seq(1150 + 3*i), events.Seq(1151 + 3*i)},
				Strengths:      []projections.Finding{{Criterion: "I", Text: say("Hoàn thành xuất sắc các chỉ tiêu công tác chuyên môn.", "Met all targets of professional work.")}},
				Shortcomings:   []projections.Finding{{Text: say("Cần đẩy nhanh số hóa tàng thư.", "The registry should be digitised faster.")}},
				Recommendation: say("Đề nghị suy tôn.", "To be nominated."), Awards: []string{"ministry-flag"}})
	}
	if unit == "lai-chau" {
		u.Exclusions = []projections.ExclusionState{{Seq: 1160, By: "authority", From: "2017-10-01", To: "2018-09-30", Effective: 1160, Awards: []string{"ministry-flag"},
			Transcribed: true, Paper: &projections.Paper{Date: "2017-09-28", Number: "112/QĐ (minh họa)", Signatory: "Trần Văn Bảo"}}}
	}
	return u
}

// wide is an unsigned campaign of two clusters: one of many units and 170 criteria, one of strange texts.
func wide(t testing.TB, units int) Source {
	t.Helper()
	long := strings.Repeat("Tiêu đề rất dài ", 350)
	var b strings.Builder
	fmt.Fprintf(&b, "id: %s\ntitle: {vi: %q, en: \"Wide\"}\nnotice: \"Điểm minh họa\"\nlevels: [{id: self, scorers: any}, {id: jury, scorers: any}]\ncriteria:\n  big:\n    items:\n", strings.Repeat("c", 60), long)
	for g := range 17 {
		fmt.Fprintf(&b, "      - id: G%d\n        title: \"Nhóm tiêu chí số %d\"\n        items:\n", g, g)
		for l := range 10 {
			fmt.Fprintf(&b, "          - {id: G%d.%d, title: \"Tiêu chí thứ %d của nhóm %d, mô tả vừa phải\", method: graded, max: 10, aggregate: {method: mean}}\n", g, l, l, g)
		}
	}
	fmt.Fprintf(&b, "  odd: {items: [{id: X, title: %q, method: adjustment, min: -5}, {id: Y, title: %q, method: graded, evidence: required, weight: 0.4}]}\nclusters:\n  - id: big\n    criteria: big\n    units: [", long, strings.Repeat("W", 3000))
	for u := range units {
		fmt.Fprintf(&b, "{id: u%d, title: \"Đơn vị thành viên số %d\"},", u, u)
	}
	fmt.Fprintf(&b, "]\n  - id: odd\n    title: %q\n    criteria: odd\n    units: [{id: a, title: %q, not-assigned: [X]}, {id: b}]\n", long, long)
	fmt.Fprintf(&b, "awards: [{id: flag, title: %q, authority: %q, places: 1}]\n", long, long)
	r, err := events.ParseRegulation("wide.yaml", []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	live := projections.NewLive()
	say := func(subject string, p events.Payload) {
		last, _ := live.Last()
		d := events.Draft{ID: uuid.NewSHA1(uuid.Nil, fmt.Append(nil, last)), Campaign: r.ID, Subject: subject, Author: "author", Payload: p}
		live.Complete(&d, recorded)
		record, err := events.Encode(d)
		if err == nil {
			err = live.Admit(events.Event{Draft: d, Seq: last + 1, Recorded: recorded, Record: record})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	say("", events.NewCampaignOpened(r, "wide.yaml", hexOf("wide")))
	for u := range units {
		for l := range 20 {
			amount, _ := events.ReadDecimal(fmt.Sprintf("%d.25", (u+l)%9))
			say(fmt.Sprintf("u%d", u), &events.ScoreEntered{Cluster: "big", Criterion: fmt.Sprintf("G%d.%d", l%17, l%10), Level: "self", Scorer: fmt.Sprintf("judge-%d", l), Mark: events.Mark{Kind: events.MarkPoints, Amount: amount}})
		}
	}
	live.Commit()
	return Source{Live: live, Seq: live.Standings().Seq, Root: hexOf("wide"), awards: wideAwards(long, live.Standings().Seq)}
}

// wideAwards are of long, empty and strange texts.
func wideAwards(long string, seq events.Seq) func(string) *projections.Awards {
	strange := "a\u202eb \U0001F600 (\\) \xff \r\n e\u0302\u0301"
	ballot := projections.BallotState{Ballot: "b", Kind: events.BallotNamed, Question: long, Roll: []projections.RollEntry{{Member: strings.Repeat("m", 63)}, {Member: "n", Name: strings.Repeat("W", 2000), Reason: long}},
		Reopens: "b", Reason: strange, Tallies: []projections.TallyState{{}, {Note: long, InForce: true, Tellers: []string{"x", "y", "z"}}}}
	for i := range 12 {
		ballot.Results = append(ballot.Results, projections.NomineeResult{Unit: fmt.Sprintf("u%d", i)})
		ballot.Roll[0].Votes = append(ballot.Roll[0].Votes, events.VoteAbstained)
	}
	finding := []projections.Finding{{Criterion: "X", Drive: strange, Text: long}, {}}
	return func(string) *projections.Awards {
		return &projections.Awards{Seq: seq, Awards: []projections.AwardState{{Cluster: "odd", Award: "flag", Title: long, Authority: strange, Quota: &projections.QuotaState{Computed: true, Of: "flag", Rounding: "half-up"}, Ballots: []projections.BallotState{ballot},
			Nominees: []projections.NomineeState{{Unit: "a", Title: long, Reason: long, Exclusions: []events.Seq{1, 2}, Flagged: 3}, {Unit: "b", Withdrawn: 4, Reviewed: 5}}}, {Cluster: "big", Award: "flag"}},
			Units: []projections.UnitRecord{{Cluster: "odd", Unit: "a", Title: long, Evaluations: []projections.EvaluationState{{Current: true, Strengths: finding, Shortcomings: finding, Recommendation: vietnameseText}, {}},
				Exclusions: []projections.ExclusionState{{Ground: long, From: "?"}, {Paper: &projections.Paper{Number: strange}, Lifted: 3}}}}}
	}
}
