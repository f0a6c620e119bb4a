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

// story is the year's source, as it stands at its end.
func story(t testing.TB) Source {
	t.Helper()
	live, err := year()
	if err != nil {
		t.Fatal(err)
	}
	last, _ := live.Last()
	return Source{Live: live, Seq: last, Root: hexOf("root")}
}

// wide is an unsigned campaign of two clusters: one of many units and 170 criteria, one of strange texts.
func wide(t testing.TB, units int) Source {
	t.Helper()
	long := longText()
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
	return Source{Live: live, Seq: live.Standings().Seq, Root: hexOf("wide")}
}

func longText() string { return strings.Repeat("Tiêu đề rất dài ", 350) }

// wideAwards are of long, empty and strange texts, which no campaign would admit, instead of those of the wide campaign.
func wideAwards(seq events.Seq) *projections.Awards {
	long := longText()
	strange := "a\u202eb \U0001F600 (\\) \xff \r\n e\u0302\u0301"
	ballot := projections.BallotState{Ballot: "b", Kind: events.BallotNamed, Question: long, Roll: []projections.RollEntry{{Member: strings.Repeat("m", 63)}, {Member: "n", Name: strings.Repeat("W", 2000), Reason: long}},
		Reopens: "b", Reason: strange, Tallies: []projections.TallyState{{}, {Note: long, InForce: true, Tellers: []string{"x", "y", "z"}}}}
	for i := range 12 {
		ballot.Results = append(ballot.Results, projections.NomineeResult{Unit: fmt.Sprintf("u%d", i)})
		ballot.Roll[0].Votes = append(ballot.Roll[0].Votes, events.VoteAbstained)
	}
	finding := []projections.Finding{{Criterion: "X", Drive: strange, Text: long}, {}}
	return &projections.Awards{Seq: seq, Awards: []projections.AwardState{{Cluster: "odd", Award: "flag", Title: long, Authority: strange, Quota: &projections.QuotaState{Computed: true, Of: "flag", Rounding: "half-up"}, Ballots: []projections.BallotState{ballot},
		Nominees: []projections.NomineeState{{Unit: "a", Title: long, Reason: long, Exclusions: []events.Seq{1, 2}, Flagged: 3}, {Unit: "b", Withdrawn: 4, Reviewed: 5}}}, {Cluster: "big", Award: "flag"}},
		Units: []projections.UnitRecord{{Cluster: "odd", Unit: "a", Title: long, Evaluations: []projections.EvaluationState{{Current: true, Strengths: finding, Shortcomings: finding, Recommendation: vietnameseText}, {}},
			Exclusions: []projections.ExclusionState{{Ground: long, From: "?"}, {Paper: &projections.Paper{Number: strange}, Lifted: 3}}}}}
}
