package host

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"campaignledger/events"
	"campaignledger/projections"
)

// boardInterval is the shortest time between two states of a campaign's board: ten a second.
const boardInterval = 100 * time.Millisecond

// maxBoards holds two folds, the whole one and that of a freeze, in two languages.
const maxBoards = 4

// maxMornings is how many days' first ranks are kept, of those that people look back at.
const maxMornings = 64

// Board is what a live board shows, as one line of JSON:
//
//	{"seq","time","state","readOnly"?,"frozen"?,"stage","proof":{"size","cosigned","quorum","witnesses","quorate","safe"},"witnessed",
//	 "clusters":[{"id","standings":[{"rank","unit","points","max"?,"complete","missing","bonus","penalty","day","tied","notes"}]}]}
//
// state is read-only (readOnly says why), frozen, final or live; missing is a number of leaves; day is the rank at the start of the campaign's day, the same as rank
// where there was none; witnessed says proof in a few words; it and notes are in the reader's language. Whoever looks shares it; nobody changes it.
type Board struct {
	Seq events.Seq // of the newest event that it shows
	// Message is the board as a server-sent event with the sequence as its id, and Line the JSON within it.
	Message, Line []byte

	rung uint64 // of boards, before it was made
}

// boards are a campaign's board as of now, made once for all who look, and the news that there is another.
type boards struct {
	news chan struct{} // holds one while the board may have changed
	rung atomic.Uint64 // counts what changed beside the events: cosignatures, checkpoints, a log that was found broken

	telling sync.Mutex
	changed chan struct{} // closed when the board may have changed; telling guards it

	mu    sync.Mutex // guards what follows, and is held while a board is made, so that one is made for all
	made  map[question]*Board
	today map[*projections.Live]morning // so that who looks back at many days keeps nobody's board waiting

	mornings sync.Mutex // guards days
	days     map[events.Seq]Ranks
}

// morning is the first ranks of a day, as of the last event before.
type morning struct {
	before events.Seq
	ranks  Ranks
}

// Ranks are the units' ranks at one event, by cluster. Nobody changes them.
type Ranks map[string]map[string]int

// Of is a unit's rank, or one for a unit that had none.
func (r Ranks) Of(cluster, unit string, or int) int {
	if rank, ok := r[cluster][unit]; ok {
		return rank
	}
	return or
}

func newBoards() *boards {
	return &boards{news: make(chan struct{}, 1), changed: make(chan struct{}), made: map[question]*Board{}, today: map[*projections.Live]morning{}, days: map[events.Seq]Ranks{}}
}

// ring says that something other than an event changed the board. It does not block.
func (b *boards) ring() {
	b.rung.Add(1)
	b.wake()
}

func (b *boards) wake() {
	select {
	case b.news <- struct{}{}:
	default:
	}
}

// watchEvents wakes the boards at each commit, and when no more can come, and has a snapshot taken where enough came.
func (c *Campaign) watchEvents(ctx context.Context) {
	last, _ := c.Ledger.Last()
	for c.Ledger.Wait(ctx, last+1) == nil {
		last, _ = c.Ledger.Last()
		c.boards.wake()
		c.snapshots.note(last)
	}
	c.boards.ring()
}

// tellBoards tells all who look that the board may have changed, at most ten times a second.
func (c *Campaign) tellBoards(ctx context.Context) {
	b := c.boards
	for {
		select {
		case <-b.news:
		case <-ctx.Done():
		}
		closed := ctx.Err() != nil
		b.telling.Lock()
		close(b.changed)
		if !closed { // otherwise all who come learn that nothing more will
			b.changed = make(chan struct{})
		}
		b.telling.Unlock()
		if closed {
			return
		}
		pause(ctx, boardInterval)
	}
}

// BoardNews is closed when the board may have changed after this call, or the campaign is closed. Ask for it before Board.
func (c *Campaign) BoardNews() <-chan struct{} {
	c.boards.telling.Lock()
	defer c.boards.telling.Unlock()
	return c.boards.changed
}

// Board is the board as the reader may see it, in "vi" or "en". O(units) where anything changed since anybody asked; for
// the first who asks on a day O(n) in events.
func (c *Campaign) Board(ctx context.Context, r Reader, lang string) (b *Board, err error) {
	err = c.Look(ctx, r, func(seen *projections.Live) (err error) {
		b, err = c.boardOf(seen, lang)
		return err
	})
	return b, err
}

func (c *Campaign) boardOf(seen *projections.Live, lang string) (*Board, error) {
	all, q := c.boards, question{seen, lang}
	all.mu.Lock()
	defer all.mu.Unlock()
	rung := all.rung.Load()
	if b := all.made[q]; b != nil && b.rung == rung && b.Seq == seen.Summary().Seq {
		return b, nil
	}
	s := seen.Standings()
	ranks, err := all.morning(seen, s)
	if err != nil {
		return nil, err
	}
	if _, ok := all.made[q]; !ok && len(all.made) >= maxBoards {
		clear(all.made) // with those of an earlier freeze
	}
	b := c.makeBoard(s, ranks, lang)
	b.rung = rung
	all.made[q] = b
	return b, nil
}

// morning is Morning for the board of now; mu is held.
func (b *boards) morning(seen *projections.Live, s projections.Standings) (Ranks, error) {
	before := lastBefore(seen, s)
	if before == 0 {
		return nil, nil
	}
	if known, ok := b.today[seen]; ok && known.before == before {
		return known.ranks, nil
	}
	past, err := seen.At(before)
	if err != nil {
		return nil, err
	}
	if _, ok := b.today[seen]; !ok && len(b.today) >= maxBoards {
		clear(b.today)
	}
	b.today[seen] = morning{before, RanksOf(past)}
	return b.today[seen].ranks, nil
}

// lastBefore is the last event before the campaign's day that s is of; 0 if there is none.
func lastBefore(seen *projections.Live, s projections.Standings) events.Seq {
	year, month, day := s.AsOf.In(s.Zone()).Date()
	return seen.SeqAt(time.Date(year, month, day, 0, 0, 0, 0, s.Zone()).Add(-time.Millisecond))
}

// Morning are the units' ranks before the first event of the campaign's day that s is of, by cluster; nil where nothing came before. seen is what the
// reader of s sees. O(n) in events for the first who asks on a day, in one of the places for looks into the past.
func (c *Campaign) Morning(ctx context.Context, seen *projections.Live, s projections.Standings) (Ranks, error) {
	before, all := lastBefore(seen, s), c.boards
	if before == 0 {
		return nil, nil
	}
	all.mornings.Lock()
	known, ok := all.days[before]
	all.mornings.Unlock()
	if ok {
		return known, nil
	}
	past, err := c.AsOfEach(ctx, seen, before)
	if err != nil {
		return nil, err
	}
	all.mornings.Lock()
	defer all.mornings.Unlock()
	if len(all.days) >= maxMornings {
		clear(all.days)
	}
	all.days[before] = RanksOf(past[0])
	return all.days[before], nil
}

// RanksOf are the units' ranks in standings.
func RanksOf(s projections.Standings) Ranks {
	all := Ranks{}
	for _, c := range s.Clusters {
		of := make(map[string]int, len(c.Rows))
		for _, row := range c.Rows {
			of[row.Unit] = row.Rank
		}
		all[c.ID()] = of
	}
	return all
}

// makeBoard writes the board.
func (c *Campaign) makeBoard(s projections.Standings, morning Ranks, lang string) *Board {
	b := append(strconv.AppendUint([]byte("id: "), uint64(s.Seq), 10), "\nevent: board\ndata: "...)
	start := len(b)
	b = strconv.AppendUint(append(b, `{"seq":`...), uint64(s.Seq), 10)
	b = append(append(append(b, `,"time":"`...), events.FormatTime(s.AsOf)...), `","state":"`...)
	broken := c.Ledger.Broken()
	b = append(append(b, StateOf(s.Frozen, s.Final, broken != nil)...), '"')
	if broken != nil {
		b = events.AppendString(append(b, `,"readOnly":`...), strings.ToValidUTF8(broken.Error(), "?"))
	}
	if s.Frozen != 0 {
		b = strconv.AppendUint(append(b, `,"frozen":`...), uint64(s.Frozen), 10)
	}
	b = append(append(append(b, `,"stage":"`...), s.Stage...), `","proof":`...)
	witnessing := c.Witnessing()
	proof, _ := json.Marshal(witnessing) // numbers and a bool
	b = events.AppendString(append(append(b, proof...), `,"witnessed":`...), witnessing.In(lang))
	b = append(b, `,"clusters":[`...)
	for i, cluster := range s.Clusters {
		if i > 0 {
			b = append(b, ',')
		}
		b = events.AppendString(append(b, `{"id":`...), cluster.ID())
		b = append(b, `,"standings":[`...)
		for j, row := range cluster.Rows {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendBoardRow(b, row, morning.Of(cluster.ID(), row.Unit, row.Rank), lang)
		}
		b = append(b, `]}`...)
	}
	b = append(b, `]}`...)
	end := len(b)
	b = append(b, "\n\n"...)
	return &Board{Seq: s.Seq, Message: b[:len(b):len(b)], Line: b[start:end:end]}
}

// StateOf is the one word that a board has for how it stands.
func StateOf(frozen events.Seq, final, broken bool) string {
	switch {
	case broken:
		return "read-only"
	case frozen != 0:
		return "frozen"
	case final:
		return "final"
	}
	return "live"
}

func appendBoardRow(b []byte, s *projections.Standing, day int, lang string) []byte {
	b = strconv.AppendInt(append(b, `{"rank":`...), int64(s.Rank), 10)
	b = events.AppendString(append(b, `,"unit":`...), s.Unit)
	b = append(append(append(b, `,"points":"`...), s.Points()...), '"')
	if m := s.Max(); m != "" {
		b = append(append(append(b, `,"max":"`...), m...), '"')
	}
	b = strconv.AppendBool(append(b, `,"complete":`...), s.Complete)
	b = strconv.AppendInt(append(b, `,"missing":`...), int64(len(s.Missing)), 10)
	bonus, penalty := s.Adjustments()
	b = append(append(append(b, `,"bonus":"`...), s.Format(bonus)...), `","penalty":"`...)
	b = append(append(b, s.Format(penalty)...), `","day":`...)
	b = strconv.AppendInt(b, int64(day), 10)
	b = strconv.AppendBool(append(b, `,"tied":`...), len(s.TiedWith()) > 0)
	b = append(b, `,"notes":[`...)
	for i, note := range s.Notes {
		if i > 0 {
			b = append(b, ',')
		}
		b = events.AppendString(b, projections.NoteIn(note, lang))
	}
	return append(b, `]}`...)
}
