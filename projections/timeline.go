package projections

import (
	"slices"
	"sync"
	"time"

	"campaignledger/events"
)

// Timeline is the course of a campaign's ranks up to one event. Nobody changes it.
type Timeline struct {
	Summary
	Clusters []ClusterTimeline
	Marks    []YearMark // in the order of events
	Left     int        // marks beyond the most that are told of
}

// ClusterTimeline is the course of one cluster's ranks.
type ClusterTimeline struct {
	ID    string       `json:"id"`
	Units []string     `json:"units"` // as the regulation lists them
	Step  int          `json:"step"`  // of Days, in days: 1, or 7, 14 and so on where the year has more days than are told of
	Days  []RankDay    `json:"days"`  // at the end of which ranks or points were others than before; the first is that of the opening
	Moves []events.Seq `json:"-"`     // the last events of all steps that changed ranks; see Moves
}

// RankDay is a cluster at the end of a campaign day, or of some days of a wider step.
type RankDay struct {
	Day    string     `json:"day"`   // YYYY-MM-DD in the campaign's zone: the last of the step on which anything changed
	Seq    events.Seq `json:"seq"`   // the last event of that day
	Ranks  []int      `json:"ranks"` // by unit
	Points []string   `json:"points"`
}

// YearMark is something that divides the year.
type YearMark struct {
	Kind     MarkOfYear   `json:"kind"`
	Seq      events.Seq   `json:"seq"` // the event that it took effect with
	Time     string       `json:"time"`
	Stage    events.Stage `json:"stage,omitempty"`
	Version  int          `json:"version,omitempty"` // of the regulation
	Drive    string       `json:"drive,omitempty"`
	Cluster  string       `json:"cluster,omitempty"` // that it is about, where that is one
	Title    string       `json:"title,omitempty"`   // of a drive
	From     string       `json:"from,omitempty"`    // a drive's first day, YYYY-MM-DD
	To       string       `json:"to,omitempty"`      // its last day
	Ballot   string       `json:"ballot,omitempty"`
	Award    string       `json:"award,omitempty"` // that the ballot was about
	happened time.Time
}

// When is the campaign time of the mark.
func (m YearMark) When() time.Time { return m.happened }

// MarkOfYear names a kind of mark; it is stable.
type MarkOfYear string

// The kinds of marks.
const (
	MarkOpened   MarkOfYear = "opened"
	MarkStage    MarkOfYear = "stage"
	MarkDrive    MarkOfYear = "drive" // launched
	MarkFrozen   MarkOfYear = "frozen"
	MarkRevealed MarkOfYear = "revealed"
	MarkAmended  MarkOfYear = "amended"
	MarkBallot   MarkOfYear = "ballot" // closed
	MarkClosed   MarkOfYear = "closed"
)

// Move is a step that changed ranks: an event, or the rows of one import or sheet that follow each other.
type Move struct {
	Seq   events.Seq   `json:"seq"`   // the last event of the step
	First events.Seq   `json:"first"` // its first one
	Event events.Seq   `json:"event"` // the one that says why: of rows, what they belong to
	Type  events.Type  `json:"type"`  // of that one
	Time  string       `json:"time"`  // of the last one, in campaign time
	Ranks []RankChange `json:"ranks"` // by the new ranks; at most 20 of a cluster, those that moved furthest
	More  int          `json:"more,omitempty"`
}

// What a timeline tells at most. A reader's screen has no place for more, and an answer stays within some megabytes.
const (
	maxRankDays  = 400     // of a cluster: a year of days
	maxRankCells = 100_000 // ranks of a cluster: days times units
	minRankDays  = 24      // whatever the units
	maxYearMarks = 500
	maxMoveRanks = 20
	// MaxMoves bounds the moves of one answer.
	MaxMoves = 200
)

// newestTimeline is the newest timeline, and the walk behind it, which goes on from there: boards once more.
type newestTimeline struct {
	mu        sync.Mutex
	chronicle *chronicle
	timeline  *Timeline
}

// Timeline is the course of the ranks so far. It costs a walk over the events since it was last asked, O(n) in them, and for each that touches
// a cluster a look at its units; nobody but those who ask for the same waits for that.
func (l *Live) Timeline() (*Timeline, error) {
	l.told.mu.Lock()
	defer l.told.mu.Unlock()
	l.mu.RLock()
	if l.plan == nil {
		l.mu.RUnlock()
		return nil, refuse(CodeNotOpen, "", "open it with campaign open REGULATION.yaml", "the campaign is not open")
	}
	if last := l.told.timeline; last != nil && last.Seq == l.state.journal.committed() {
		l.mu.RUnlock()
		return last, nil
	}
	if l.told.chronicle == nil {
		l.told.chronicle = newChronicle(l.walk())
	} else {
		l.extend(l.told.chronicle.walk)
	}
	l.mu.RUnlock()
	l.told.chronicle.goOn()
	l.told.timeline = l.told.chronicle.timeline()
	return l.told.timeline, nil
}

// Moves are the first moves after event after, at most limit, of a cluster, "" for all. It refuses, with a *Refusal, a cluster that there is
// not. O(n) in events up to the last one told of.
func (l *Live) Moves(cluster string, after events.Seq, limit int) ([]Move, error) {
	l.mu.RLock()
	if l.plan == nil {
		l.mu.RUnlock()
		return nil, refuse(CodeNotOpen, "", "open it with campaign open REGULATION.yaml", "the campaign is not open")
	}
	if _, ok := l.plan.byID[cluster]; !ok && cluster != "" {
		defer l.mu.RUnlock()
		return nil, refuse(CodeUnknownCluster, "cluster", "use one of: "+l.plan.clusterIDs(), "there is no cluster %s", cluster)
	}
	w := l.walk()
	l.mu.RUnlock()
	return w.moves(cluster, after, limit), nil
}

// Around are the last moves before and after event seq, or the one of event seq itself left out; 0 where there is none.
func (c *ClusterTimeline) Around(seq events.Seq) (before, after events.Seq) {
	at, found := slices.BinarySearch(c.Moves, seq)
	if at > 0 {
		before = c.Moves[at-1]
	}
	if found {
		at++
	}
	if at < len(c.Moves) {
		after = c.Moves[at]
	}
	return before, after
}
