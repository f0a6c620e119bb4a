package projections

import (
	"cmp"
	"slices"
	"time"

	"campaignledger/events"
)

// mover walks a campaign in steps and tells which of them changed ranks: an event, or the rows of an import or a sheet that follow each other
// and what announced them, since nobody wants to see a file arrive row by row.
type mover struct {
	walk    *walk
	cluster string // "" for all
	first   events.Seq
	again   bool      // the step goes on with what was committed since the walk came to its end
	looks   []lookout // by cluster
	was     [][]int   // ranks before the step, by cluster and unit; nil before the opening
	now     [][]int   // ranks after it
}

// newMover starts after event after, or before it where that is inside a step.
func newMover(w *walk, after events.Seq, cluster string) *mover {
	after = min(after, w.journal.committed())
	for after > 0 && after < w.journal.committed() && w.together(after, after+1) {
		after--
	}
	m := &mover{walk: w, cluster: cluster}
	for w.seq < after {
		w.skim()
	}
	if after > 0 {
		w.remake()
		m.look()
	}
	return m
}

// body is the import.started or sheet.revealed that an event is, or is a row of; 0 if it is neither.
func (w *walk) body(seq events.Seq) events.Seq {
	e := w.journal.at(seq)
	if e.isEntry() && e.causation != 0 {
		seq = e.causation.seq()
		e = w.journal.at(seq)
	}
	if e.what == kindImport || e.what == kindUnsealed {
		return seq
	}
	return 0
}

// together reports whether two events that follow each other are of one step. A step does not go beyond a day.
func (w *walk) together(seq, next events.Seq) bool {
	body := w.body(seq)
	return body != 0 && body == w.body(next) && (w.when(seq) == w.when(next) || w.day(seq) == w.day(next))
}

// when is the campaign time of an event, in milliseconds since 1970: claimed in a historic campaign, recorded in a live one.
func (w *walk) when(seq events.Seq) int64 {
	e := w.journal.at(seq)
	if w.opened.Regulation.Clock == events.ClockHistoric {
		return e.time
	}
	return e.recorded
}

// day is when the campaign day of an event begins.
func (w *walk) day(seq events.Seq) time.Time {
	zone := w.opened.Zone()
	y, m, d := fromMillis(w.when(seq)).In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}

// step walks the next step; false after the last.
func (m *mover) step() bool {
	w := m.walk
	if w.peek() == nil {
		return false
	}
	if m.again = w.seq > 0 && w.together(w.seq, w.seq+1); !m.again {
		m.first = w.seq + 1
	}
	for {
		w.next()
		if w.peek() == nil || !w.together(w.seq, w.seq+1) {
			return true
		}
	}
}

// look takes the ranks as those that the next step is compared with.
func (m *mover) look() {
	if m.looks == nil {
		n := len(m.walk.boards)
		m.looks, m.was, m.now = make([]lookout, n), make([][]int, n), make([][]int, n)
	}
	if !m.again {
		m.was, m.now = m.now, m.was
	}
	for i := range m.walk.boards {
		m.now[i] = m.looks[i].ranks(m.walk.boards[i])
	}
}

// moved tells of the clusters whose ranks the step changed, and looks for the next. What opens the campaign changes none.
func (m *mover) moved(told func(cluster int, was, now []int)) {
	m.look()
	for i, was := range m.was {
		if now := m.now[i]; was != nil && (m.cluster == "" || m.cluster == m.walk.plan.clusters[i].ID) && !slices.Equal(was, now) {
			told(i, was, now)
		}
	}
}

// why is the event that says what the step is.
func (m *mover) why() events.Seq {
	if body := m.walk.body(m.walk.seq); body != 0 {
		return body
	}
	return m.walk.seq
}

// moves are the first moves after event after.
func (w *walk) moves(cluster string, after events.Seq, limit int) []Move {
	list := []Move{}
	m := newMover(w, after, cluster)
	for len(list) < limit && m.step() {
		move := Move{Seq: w.seq, First: m.first, Event: m.why(), Ranks: []RankChange{}}
		m.moved(func(i int, was, now []int) {
			ranks := ranksMoved(w.plan.clusters[i], was, now)
			if extra := len(ranks) - maxMoveRanks; extra > 0 {
				slices.SortStableFunc(ranks, func(x, y RankChange) int { return cmp.Compare(y.width(), x.width()) })
				ranks, move.More = ranks[:maxMoveRanks], move.More+extra
			}
			slices.SortStableFunc(ranks, func(x, y RankChange) int { return cmp.Compare(x.To, y.To) })
			move.Ranks = append(move.Ranks, ranks...)
		})
		if len(move.Ranks) > 0 && w.seq > after {
			move.Type, move.Time = w.journal.at(move.Event).what.eventType(), events.FormatTime(fromMillis(w.when(w.seq)))
			list = append(list, move)
		}
	}
	return list
}

// chronicle gathers a timeline.
type chronicle struct {
	walk     *walk
	mover    *mover
	day      time.Time // under way: when it began
	ends     int64     // of it, in milliseconds since 1970
	days     []dayList // by cluster, without the day under way
	clusters []ClusterTimeline
	marks    []YearMark
	left     int
}

// dayList gathers the days of a cluster.
type dayList struct {
	step   int
	most   int // days
	totals []Points
	list   []countedDay
}

// countedDay is a day with its number.
type countedDay struct {
	RankDay
	number int64 // days since 1970, where the campaign is
}

func newChronicle(w *walk) *chronicle {
	return &chronicle{walk: w, mover: newMover(w, 0, ""), marks: []YearMark{}}
}

// goOn walks to the end.
func (c *chronicle) goOn() {
	w := c.walk
	for w.peek() != nil {
		next := w.seq + 1
		if c.day.IsZero() || w.when(next) >= c.ends {
			for i := range c.days {
				c.endDay(i, &c.days[i])
			}
			c.day = w.day(next)
			c.ends = millis(c.day.AddDate(0, 0, 1))
		}
		c.mover.step()
		for i := range c.clusters {
			if moves := c.clusters[i].Moves; c.mover.again && len(moves) > 0 && moves[len(moves)-1] == next-1 {
				c.clusters[i].Moves = slices.Clone(moves[:len(moves)-1]) // timelines that were given out keep theirs
			}
		}
		for seq := next; seq <= w.seq; seq++ {
			c.mark(seq)
		}
		c.mover.moved(func(i int, _, _ []int) { c.clusters[i].Moves = append(c.clusters[i].Moves, w.seq) })
		if c.days == nil {
			c.begin()
		}
	}
}

// timeline is the timeline so far: what goes on changes nothing in it.
func (c *chronicle) timeline() *Timeline {
	t := &Timeline{Summary: c.walk.opened, Clusters: slices.Clone(c.clusters), Marks: c.marks, Left: c.left}
	for i, d := range c.days {
		d.list, d.totals = slices.Clone(d.list), slices.Clone(d.totals)
		c.endDay(i, &d)
		t.Clusters[i].Step = d.step
		for _, day := range d.list {
			t.Clusters[i].Days = append(t.Clusters[i].Days, day.RankDay)
		}
	}
	return t
}

// begin knows the clusters, which stay, once the campaign is open.
func (c *chronicle) begin() {
	for _, b := range c.walk.boards {
		t := ClusterTimeline{ID: b.cluster.ID, Moves: []events.Seq{}}
		for _, u := range b.cluster.Units {
			t.Units = append(t.Units, u.ID)
		}
		c.clusters = append(c.clusters, t)
		most := max(minRankDays, min(maxRankDays, maxRankCells/max(1, len(t.Units))))
		c.days = append(c.days, dayList{step: 1, most: most, totals: make([]Points, len(t.Units))})
	}
}

// endDay adds the day under way to those of a cluster where it changed it.
func (c *chronicle) endDay(cluster int, d *dayList) {
	b, ranks := c.walk.boards[cluster], c.mover.now[cluster]
	changed := len(d.list) == 0 || !slices.Equal(d.list[len(d.list)-1].Ranks, ranks)
	for u := range d.totals {
		changed = changed || d.totals[u] != b.rows[u].total
		d.totals[u] = b.rows[u].total
	}
	if !changed {
		return
	}
	day := countedDay{RankDay: RankDay{Day: c.day.Format(time.DateOnly), Seq: c.walk.seq, Ranks: ranks, Points: make([]string, len(ranks))}}
	for u := range d.totals {
		day.Points[u] = d.totals[u].Format(b.cluster.set.Places)
	}
	y, m, date := c.day.Date()
	day.number = time.Date(y, m, date, 0, 0, 0, 0, time.UTC).Unix() / secondsADay
	d.add(day)
}

const secondsADay = 24 * 60 * 60

// add adds a day, and widens the step where there are too many. Weeks begin on Monday.
func (d *dayList) add(day countedDay) {
	const week, thursday = 7, 3 // 1 January 1970 was one
	bucket := func(x countedDay) int64 { return (x.number + thursday) / int64(d.step) }
	push := func(list []countedDay, x countedDay) []countedDay {
		if n := len(list); n > 0 && bucket(list[n-1]) == bucket(x) {
			list[n-1] = x
			return list
		}
		return append(list, x)
	}
	d.list = push(d.list, day)
	for len(d.list) > d.most {
		d.step = max(week, d.step*2)
		thinned := d.list[:0]
		for _, x := range d.list {
			thinned = push(thinned, x)
		}
		d.list = thinned
	}
}

// mark notes what divides the year: an event, or what takes effect with it.
func (c *chronicle) mark(seq events.Seq) {
	e := c.walk.journal.at(seq)
	if on := e.effectOn(); on != nil {
		if on.plan != nil && e.what != kindOpened {
			c.note(seq, YearMark{Kind: MarkAmended, Version: on.plan.version})
		}
		for _, act := range on.released {
			if p, ok := c.walk.journal.at(act).payload().(*events.BallotClosed); ok && on.clear&holdAct != 0 {
				c.ballotClosed(seq, act, p)
			}
		}
	}
	switch p := e.payload().(type) {
	case *events.CampaignOpened:
		c.note(seq, YearMark{Kind: MarkOpened})
	case *events.StageAdvanced:
		c.note(seq, YearMark{Kind: MarkStage, Stage: p.Stage})
	case *events.DriveLaunched:
		c.note(seq, YearMark{Kind: MarkDrive, Drive: p.Drive, Cluster: p.Cluster, Title: p.Title, From: p.Starts, To: p.Ends})
	case *events.StandingsFrozen:
		c.note(seq, YearMark{Kind: MarkFrozen})
	case *events.StandingsRevealed:
		c.note(seq, YearMark{Kind: MarkRevealed})
	case *events.BallotClosed:
		if c.walk.holdOf(seq)&holdAct == 0 {
			c.ballotClosed(seq, seq, p)
		}
	case *events.CampaignClosed:
		c.note(seq, YearMark{Kind: MarkClosed})
	}
}

// ballotClosed notes a ballot that ended with event seq, by the ballot.closed of event closed.
func (c *chronicle) ballotClosed(seq, closed events.Seq, p *events.BallotClosed) {
	mark := YearMark{Kind: MarkBallot, Ballot: p.Ballot}
	if opened, ok := c.walk.journal.at(c.walk.journal.at(closed).more.of).payload().(*events.BallotOpened); ok {
		mark.Cluster, mark.Award = opened.Cluster, opened.Award
	}
	c.note(seq, mark)
}

func (c *chronicle) note(seq events.Seq, m YearMark) {
	if len(c.marks) == maxYearMarks {
		c.left++
		return
	}
	m.Seq, m.happened = seq, fromMillis(c.walk.when(seq))
	m.Time = events.FormatTime(m.happened)
	c.marks = append(c.marks, m)
}
