package projections

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"campaignledger/events"
)

// requireTimeline compares a campaign's timeline with the standings as of its events.
func requireTimeline(t *testing.T, l *Live) *Timeline {
	t.Helper()
	line, err := l.Timeline()
	if err != nil {
		t.Fatal(err)
	}
	last := l.Summary().Seq
	for i, c := range line.Clusters {
		w, moves, days := l.walk(), []events.Seq(nil), []RankDay(nil)
		ranks := func(seq events.Seq) (ranks []int, points []string) {
			s, err := l.At(seq)
			if err != nil {
				t.Fatal(err)
			}
			return columnsOf(s.Clusters[i])
		}
		was, _ := ranks(1)
		for seq := events.Seq(1); seq <= last; seq++ {
			w.seq = seq
			if seq < last && w.together(seq, seq+1) {
				continue
			}
			now, points := ranks(seq)
			if !slices.Equal(was, now) {
				moves = append(moves, seq)
			}
			was = now
			day := RankDay{w.day(seq).Format(time.DateOnly), seq, now, points}
			if ended := seq == last || !w.day(seq).Equal(w.day(seq+1)); !ended {
				continue
			}
			if n := len(days); n == 0 || !slices.Equal(days[n-1].Ranks, now) || !slices.Equal(days[n-1].Points, points) {
				days = append(days, day)
			}
		}
		if diff := cmp.Diff(append([]events.Seq{}, moves...), c.Moves); diff != "" {
			t.Fatalf("moves of %s (-standings +timeline):\n%s", c.ID, diff)
		}
		if diff := cmp.Diff(days, c.Days); diff != "" {
			t.Fatalf("days of %s (-standings +timeline):\n%s", c.ID, diff)
		}
	}
	return line
}

// columnsOf are ranks and points by unit.
func columnsOf(c *ClusterStandings) (ranks []int, points []string) {
	ranks, points = make([]int, len(c.Rows)), make([]string, len(c.Rows))
	for _, s := range c.Rows {
		ranks[s.unit], points[s.unit] = s.Rank, s.Points()
	}
	return ranks, points
}

// requirePages asks for the moves page by page, beginning anywhere.
func requirePages(t *testing.T, g *generator, l *Live, line *Timeline) {
	t.Helper()
	for _, c := range line.Clusters {
		after := events.Seq(g.IntN(int(line.Seq) + 1))
		from, found := slices.BinarySearch(c.Moves, after)
		if found {
			from++
		}
		want := slices.Clone(c.Moves[from:])
		for limit := 1 + g.IntN(5); ; {
			moves, err := l.Moves(c.ID, after, limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range moves {
				if m.Seq != want[0] {
					t.Fatalf("after event %d of %s comes the move of event %d, not %d", after, c.ID, m.Seq, want[0])
				}
				requireMove(t, l, c.ID, m)
				want, after = want[1:], m.Seq
			}
			if len(moves) < limit {
				break
			}
		}
		if len(want) > 0 {
			t.Fatalf("the moves %v of %s are never told of", want, c.ID)
		}
	}
}

// requireMove compares a move with the standings before it and after it.
func requireMove(t *testing.T, l *Live, cluster string, m Move) {
	t.Helper()
	before, err := l.At(m.First - 1)
	after, err2 := l.At(m.Seq)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	var want []RankChange
	for _, c := range after.ChangesSince(before) {
		if c.Cluster == cluster && c.From != c.To {
			want = append(want, RankChange{Cluster: cluster, Unit: c.Unit, From: c.From, To: c.To})
		}
	}
	slices.SortStableFunc(want, func(x, y RankChange) int { return x.To - y.To })
	byUnit := func(x, y RankChange) int {
		if x.To != y.To {
			return x.To - y.To
		}
		return int(x.Unit[len(x.Unit)-1]) - int(y.Unit[len(y.Unit)-1])
	}
	got := slices.Clone(m.Ranks)
	slices.SortFunc(got, byUnit)
	slices.SortFunc(want, byUnit)
	if diff := cmp.Diff(want, got); diff != "" || m.First > m.Seq || m.Event > m.Seq {
		t.Fatalf("move %+v (-standings +move):\n%s", m, diff)
	}
}

// TestTimelineEqualsStandings in random campaigns: days, moves and what they changed.
func TestTimelineEqualsStandings(t *testing.T) {
	eachStory(t, 60, func(t *testing.T, s *story) { requirePages(t, s.generator, s.live, requireTimeline(t, s.live)) })
}

// TestSignedTimelineEqualsStandings also where imports and sheets are one step, and the regulation is amended.
func TestSignedTimelineEqualsStandings(t *testing.T) {
	kinds, rows := map[MarkOfYear]int{}, 0
	eachSignedStory(t, func(t *testing.T, s *signedStory) {
		s.write()
		line := requireTimeline(t, s.live)
		requirePages(t, s.generator, s.live, line)
		moves, err := s.live.Moves("", 0, MaxMoves)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range moves {
			if m.First != m.Seq {
				rows++
			}
		}
		for _, m := range line.Marks {
			kinds[m.Kind]++
		}
	})
	t.Logf("marks %v, %d steps of several events", kinds, rows)
	if *seedFlag == 0 && (rows == 0 || len(kinds) < 7) {
		t.Error("the stories have too little in them")
	}
}

// TestTimelineGoesOn: what was walked before is not walked again, and gives the same; nor is what was given out changed.
func TestTimelineGoesOn(t *testing.T) {
	eachSignedStory(t, func(t *testing.T, s *signedStory) {
		s.write()
		l := NewRefold()
		type given struct {
			timeline *Timeline
			text     string
		}
		var all []given
		for from := 0; from < len(s.list); {
			to := min(len(s.list), from+1+s.IntN(12)) // also between rows of an import
			admitAll(t, l, s.list[from:to])
			l.Commit()
			if from = to; s.chance(60) && to < len(s.list) {
				continue
			}
			line, err := l.Timeline()
			if err != nil {
				t.Fatal(err)
			}
			fresh, err := fold(t, s.list[:to]).Timeline()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(textOf(t, fresh), textOf(t, line)); diff != "" {
				t.Fatalf("at event %d (-fresh +gone on):\n%s", to, diff)
			}
			all = append(all, given{line, textOf(t, line)})
		}
		for _, g := range all {
			if textOf(t, g.timeline) != g.text {
				t.Fatalf("the timeline of event %d was changed", g.timeline.Seq)
			}
		}
	})
}

// TestImportIsOneMove wherever its commits end and whenever the timeline is asked, but not beyond the end of a day.
func TestImportIsOneMove(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation)
	first := c.must(c.say("b", points("G", "open", "j1", "9")))
	var rows []ImportRow
	for i := range events.MaxBatchRows*2 + 1 {
		rows = append(rows, importRowOf([]string{"a", "c"}[i%2], points("M", "open", fmt.Sprintf("j%d", i), fmt.Sprint(i%40))))
	}
	commits := c.plan(fileOf("many.csv", rows...)).Commits
	for i, want := range [][]events.Seq{{first.Seq}, {first.Seq, 503}, {first.Seq, 1004}} {
		if line := requireTimeline(t, c.live); !slices.Equal(line.Clusters[0].Moves, want) {
			t.Errorf("after %d commits the moves are %v", i, line.Clusters[0].Moves)
		}
		if moves, err := c.live.Moves("one", 700, 1); err != nil || len(moves) != i/2 || i == 2 && (moves[0].First != 3 || moves[0].Event != 3 || moves[0].Type != events.TypeImportStarted) {
			t.Errorf("after %d commits the moves are %+v, %v", i, moves, err)
		}
		c.store(commits[min(i, len(commits)):min(i+1, len(commits))])
	}
	if len(commits) != 2 {
		t.Fatalf("%d commits", len(commits))
	}
	c = openTrial(t, trialRegulation)
	c.must(c.say("b", points("G", "open", "j1", "9")))
	c.store(commits[:1])
	c.now = c.now.AddDate(0, 0, 1)
	c.store(commits[1:2])
	if moves, err := c.live.Moves("one", 2, MaxMoves); err != nil || len(moves) == 0 || moves[0].Seq != 503 || len(moves) > 1 && moves[1].First != 504 {
		t.Errorf("over two days the moves are %+v, %v", moves, err)
	}
	requireTimeline(t, c.live)
}

// textOf is all that a timeline says.
func textOf(t *testing.T, line *Timeline) string {
	t.Helper()
	text, err := json.MarshalIndent(line, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range line.Clusters {
		text = fmt.Append(text, c.Moves)
	}
	return string(text)
}

// TestLongTimeline: more days than are told of become weeks, then pairs of weeks, each as it stood at its end.
func TestLongTimeline(t *testing.T) {
	t.Parallel()
	for days, want := range map[int]struct{ step, days int }{10: {1, 10}, 11: {7, 2}, 70: {7, 10}, 71: {14, 6}, 300: {56, 6}} {
		d := dayList{step: 1, most: 10}
		const monday = 4 // 5 January 1970
		for i := range days {
			d.add(countedDay{RankDay{Seq: events.Seq(i + 1)}, int64(monday + i)})
		}
		if d.step != want.step || len(d.list) != want.days {
			t.Errorf("%d days give %d steps of %d", days, len(d.list), d.step)
		}
		for i, x := range d.list {
			if ends := i == len(d.list)-1 || (x.number-monday+1)%min(7, int64(d.step)) == 0; !ends {
				t.Errorf("%d days: day %d does not end a step of %d", days, x.number, d.step)
			}
		}
		if last := d.list[len(d.list)-1]; last.Seq != events.Seq(days) {
			t.Errorf("%d days end with %+v", days, last)
		}
	}
}

// TestTimelineOfTheZone: a day ends where the campaign is; what changes nothing has no day.
func TestTimelineOfTheZone(t *testing.T) {
	t.Parallel()
	c := newTrial(t, trialRegulation+"period: {start: 2017-01-01, end: 2017-12-31, zone: Asia/Ho_Chi_Minh}\n")
	at := func(day, hour, minute int) { c.now = time.Date(2017, 3, day, hour, minute, 0, 0, time.UTC) }
	at(1, 8, 0)
	c.must(c.say("", c.opening()))
	at(2, 16, 58)
	c.must(c.say("b", points("G", "open", "j1", "9")))
	at(2, 17, 0)
	c.must(c.say("a", points("G", "open", "j1", "10")))
	at(5, 3, 0)
	c.must(c.say("a", because(points("G", "open", "j1", "10.0"))))
	line := requireTimeline(t, c.live)
	want := []RankDay{{"2017-03-01", 1, []int{1, 1, 1}, []string{"0.00", "0.00", "0.00"}}, {"2017-03-02", 2, []int{2, 1, 2}, []string{"0.00", "9.00", "0.00"}},
		{"2017-03-03", 3, []int{1, 2, 3}, []string{"10.00", "9.00", "0.00"}}}
	if diff := cmp.Diff(want, line.Clusters[0].Days); diff != "" {
		t.Errorf("days (-want +got):\n%s", diff)
	}
	for seq, want := range map[events.Seq][2]events.Seq{1: {0, 2}, 2: {0, 3}, 3: {2, 0}, 4: {3, 0}} {
		if before, after := line.Clusters[0].Around(seq); before != want[0] || after != want[1] {
			t.Errorf("around event %d: %d and %d", seq, before, after)
		}
	}
	again, err := c.live.Timeline()
	if again != line || err != nil {
		t.Errorf("asked again it walks again: %v", err)
	}
	for after, n := range map[events.Seq]int{0: 2, 3: 0, 4: 0, 99: 0} {
		if moves, err := c.live.Moves("one", after, MaxMoves); len(moves) != n || err != nil {
			t.Errorf("after event %d: %+v, %v", after, moves, err)
		}
	}
	if _, err := c.live.Moves("zz", 0, 1); !hasCode(err, CodeUnknownCluster) {
		t.Errorf("of no cluster: %v", err)
	}
	if _, err := NewLive().Timeline(); !hasCode(err, CodeNotOpen) {
		t.Errorf("not open: %v", err)
	}
	if _, err := NewLive().Moves("", 0, 1); !hasCode(err, CodeNotOpen) {
		t.Errorf("not open: %v", err)
	}
}

// hasCode reports whether err is a refusal for this reason.
func hasCode(err error, code Code) bool {
	var refusal *Refusal
	return errors.As(err, &refusal) && refusal.Code == code
}

// TestFarMoves: of a move that many units make, those that moved furthest are listed.
func TestFarMoves(t *testing.T) {
	t.Parallel()
	l := NewLive()
	foldInCommits(t, l, shape{units: 30, leaves: 2, scorers: 1, leaf: "method: graded, max: 1000000"}.log(t, events.MarkPoints, 60))
	last, recorded := l.Last()
	e := events.Event{Seq: last + 1, Recorded: recorded, Draft: events.Draft{ID: numbered(int(last) + 1), Campaign: "bench", Subject: "u0", Author: "a", Time: recorded,
		Payload: &events.ScoreEntered{Cluster: "one", Criterion: "L0", Level: "open", Scorer: "j0", Reason: "corrected", Supersedes: numbered(2), Mark: events.Mark{Kind: events.MarkPoints, Amount: events.Whole(900_000)}}}}
	if err := l.Admit(e); err != nil {
		t.Fatal(err)
	}
	l.Commit()
	before, err := l.At(last)
	if err != nil {
		t.Fatal(err)
	}
	moves, err := l.Moves("", last, 1)
	if err != nil || len(moves) != 1 {
		t.Fatal(moves, err)
	}
	all := len(l.Standings().ChangesSince(before))
	if m := moves[0]; len(m.Ranks) != maxMoveRanks || m.More != all-maxMoveRanks || m.Ranks[0].Unit != "u0" || m.Ranks[0].To != 1 {
		t.Errorf("of %d changes the move tells %+v", all, m)
	}
}
