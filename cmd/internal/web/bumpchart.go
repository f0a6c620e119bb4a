package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// BumpInput is what a bump chart shows: who stood where at the end of some days.
type BumpInput struct {
	Units       []BumpUnit
	Days        []BumpDay // in the order of time
	Bands       []BumpSpan
	Lines       []BumpSpan // From is where they stand
	Now         time.Time  // that readers look at
	NowRanks    []int      // by unit
	Last        time.Time  // where the chart ends, if that is after the last day
	MonthFormat string
}

// BumpUnit is one line. Title is for its ends.
type BumpUnit struct{ ID, Title string }

// BumpDay are ranks by unit at the end of a day.
type BumpDay struct {
	Day   time.Time // its beginning
	Ranks []int
}

// BumpSpan is a time with a name: From begins it, To ends it.
type BumpSpan struct {
	Title, Class string
	From, To     time.Time
}

// BumpChart is a bump chart in the units of its own picture: rank 1 on top, time from left to right. It is drawn by a template.
type BumpChart struct {
	Width, Height int
	Top, Bottom   int // of the field
	Left, Right   int
	Lines         []BumpLine
	Bands         []BumpLabel
	Stages        []BumpLabel
	Months        []BumpLabel
	Now           int
	Compact       bool // the lines are close together
}

// BumpLine is one unit's line. Hue and Dash number its colour and its dashes, so that no two lines have both in common as long as there
// are not more than 32.
type BumpLine struct {
	ID, Label          string
	Path               string
	Hue, Dash          int
	StartY, EndY, NowY int
	StartRank, EndRank string // with = where it is shared
	NowRank            string
}

// BumpLabel is a word at a place, in one of the lanes above the field.
type BumpLabel struct {
	Title, Class string
	X, Width     int // where it stands, and of bands how far it goes
	TextX, TextY int
	End          bool // the text ends where it stands, rather than to begin there
}

// The picture's measures. Text is 13 high, and a character takes about 7.
const (
	bumpWidth     = 1100
	bumpMargin    = 190 // beside the field, for labels of bumpLabel characters and a rank, in a wide typeface too
	bumpLabel     = 18
	bumpRow       = 40
	bumpThinRow   = 16 // where there are more than bumpFew lines
	bumpFew       = 20
	bumpLane      = 18
	bumpCharacter = 7
	bumpTurn      = 18 // how far before a day its line turns, at most
	bumpHues      = 8
	bumpDashes    = 4
	bumpMonths    = 13 // labels of months at most
)

// NewBumpChart draws. Units share a rank in the order in which they are listed. O(units × days).
func NewBumpChart(in BumpInput) *BumpChart {
	if len(in.Days) == 0 || len(in.Units) == 0 {
		return nil
	}
	row := bumpRow
	if len(in.Units) > bumpFew {
		row = bumpThinRow
	}
	c := &BumpChart{Width: bumpWidth, Left: bumpMargin, Right: bumpWidth - bumpMargin, Compact: row == bumpThinRow}
	scale := newBumpScale(c, in)
	c.labels(scale, in)
	c.Bottom = c.Top + row*len(in.Units)
	c.Height = c.Bottom + 2*bumpLane
	slots := make([][]int, len(in.Days))
	for i := range in.Days {
		slots[i] = slotsOf(in.Days[i].Ranks)
	}
	now := slotsOf(in.NowRanks)
	last := len(in.Days) - 1
	place := func(slot int) int { return c.Top + row*slot + row/2 }
	y := func(day, unit int) int { return place(slots[day][unit]) }
	for u, unit := range in.Units {
		c.Lines = append(c.Lines, BumpLine{ID: unit.ID, Label: cut(unit.Title, bumpLabel), Path: c.path(scale, in, func(day int) int { return y(day, u) }),
			Hue: u % bumpHues, Dash: (u + u/bumpHues) % bumpDashes, StartY: y(0, u), EndY: y(last, u), NowY: place(now[u]),
			StartRank: shared(in.Days[0].Ranks, u), EndRank: shared(in.Days[last].Ranks, u), NowRank: shared(in.NowRanks, u)})
	}
	c.Now = scale.x(in.Now)
	return c
}

// bumpScale turns time into places.
type bumpScale struct {
	from, to    time.Time
	left, width int
}

// newBumpScale begins with the first day and ends after the last one, or with what the chart has to show.
func newBumpScale(c *BumpChart, in BumpInput) bumpScale {
	s := bumpScale{in.Days[0].Day, in.Days[len(in.Days)-1].Day.AddDate(0, 0, 1), c.Left, c.Right - c.Left}
	if in.Last.After(s.to) {
		s.to = in.Last
	}
	return s
}

// x is the place of a time, within the field.
func (s bumpScale) x(t time.Time) int {
	whole := int64(s.to.Sub(s.from) / time.Second)
	part := min(max(int64(t.Sub(s.from)/time.Second), 0), whole)
	return s.left + int(part*int64(s.width)/max(whole, 1))
}

// slotsOf are the places from the top, from 0, of units with these ranks.
func slotsOf(ranks []int) []int {
	order := make([]int, len(ranks))
	for u := range order {
		order[u] = u
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ranks[a], ranks[b]) })
	slots := make([]int, len(ranks))
	for slot, u := range order {
		slots[u] = slot
	}
	return slots
}

// shared is a unit's rank, with = where others have it too.
func shared(ranks []int, unit int) string {
	n := 0
	for _, r := range ranks {
		if r == ranks[unit] {
			n++
		}
	}
	if n > 1 {
		return fmt.Sprint(ranks[unit], "=")
	}
	return fmt.Sprint(ranks[unit])
}

// path goes on at one height until shortly before the end of a day on which the unit moved, and there to the other.
func (c *BumpChart) path(s bumpScale, in BumpInput, y func(day int) int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "M%d %d", c.Left, y(0))
	at := c.Left
	for day := 1; day < len(in.Days); day++ {
		x := s.x(in.Days[day].Day.AddDate(0, 0, 1))
		if y(day) == y(day-1) {
			continue
		}
		before := s.x(in.Days[day-1].Day.AddDate(0, 0, 1))
		from := max(at, before, x-bumpTurn)
		middle := (from + x) / 2
		fmt.Fprintf(&b, "H%dC%d %d %d %d %d %d", from, middle, y(day-1), middle, y(day), x, y(day))
		at = x
	}
	fmt.Fprintf(&b, "H%d", c.Right)
	return b.String()
}

// labels places the names of bands and lines in lanes above the field, and those of months below it.
func (c *BumpChart) labels(s bumpScale, in BumpInput) {
	var lanes []int // where each ends
	place := func(l *BumpLabel) {
		width := utf8.RuneCountInString(l.Title)*bumpCharacter + bumpCharacter
		l.TextX = l.X + 4
		from, to := l.X, l.X+width
		if to > bumpWidth {
			l.End, l.TextX = true, l.X-4
			from, to = l.X-width, l.X
		}
		lane := slices.IndexFunc(lanes, func(end int) bool { return end <= from })
		if lane < 0 {
			lane, lanes = len(lanes), append(lanes, 0)
		}
		lanes[lane] = to
		l.TextY = (lane + 1) * bumpLane
	}
	type label struct {
		BumpLabel
		band bool
	}
	var all []label
	for _, b := range in.Bands {
		x := s.x(b.From)
		all = append(all, label{BumpLabel{Title: b.Title, Class: b.Class, X: x, Width: max(s.x(b.To)-x, 2)}, true})
	}
	for _, l := range in.Lines {
		all = append(all, label{BumpLabel{Title: l.Title, Class: l.Class, X: s.x(l.From)}, false})
	}
	slices.SortStableFunc(all, func(a, b label) int { return cmp.Compare(a.X, b.X) })
	for _, l := range all {
		place(&l.BumpLabel)
		if l.band {
			c.Bands = append(c.Bands, l.BumpLabel)
		} else {
			c.Stages = append(c.Stages, l.BumpLabel)
		}
	}
	c.Top = len(lanes)*bumpLane + bumpLane/2
	c.months(s, in.MonthFormat)
}

// months are the beginnings of months, or of every other, third and so on where there are too many.
func (c *BumpChart) months(s bumpScale, format string) {
	y, m, _ := s.from.Date()
	first := time.Date(y, m, 1, 0, 0, 0, 0, s.from.Location())
	count := 0
	for t := first; t.Before(s.to); t = first.AddDate(0, count, 0) {
		count++
	}
	every := (count + bumpMonths - 1) / bumpMonths
	for i := 0; i < count; i += max(every, 1) {
		t := first.AddDate(0, i, 0)
		if x := s.x(t); i == 0 || !t.Before(s.from) {
			c.Months = append(c.Months, BumpLabel{Title: t.Format(format), X: x, TextX: x + 3})
		}
	}
}

// cut shortens a text to n characters.
func cut(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:n-1])) + "…"
}

// shortTitles are titles without the words that all begin with, where a name is left of each: a number alone beside a rank would mislead.
func shortTitles(titles []string) []string {
	out := slices.Clone(titles)
	for len(out) > 1 {
		first, _, ok := strings.Cut(out[0], " ")
		if !ok {
			return out
		}
		next := make([]string, len(out))
		for i, t := range out {
			word, rest, more := strings.Cut(t, " ")
			if name, _ := utf8.DecodeRuneInString(rest); word != first || !more || !unicode.IsLetter(name) {
				return out
			}
			next[i] = rest
		}
		out = next
	}
	return out
}

// Field is how high the field is.
func (c *BumpChart) Field() int { return c.Bottom - c.Top }

// MonthY is where the names of months stand.
func (c *BumpChart) MonthY() int { return c.Bottom + bumpLane }

// StartX is where the names before the lines end.
func (c *BumpChart) StartX() int { return c.Left - bumpLane }

// EndX is where the names after the lines begin.
func (c *BumpChart) EndX() int { return c.Right + bumpLane }

// bumpBase is how far below its middle a text of the chart stands.
const bumpBase = 5

// StartBase is where the text before the line stands.
func (l BumpLine) StartBase() int { return l.StartY + bumpBase }

// EndBase is that of the end.
func (l BumpLine) EndBase() int { return l.EndY + bumpBase }

// NowBase is that of the marker.
func (l BumpLine) NowBase() int { return l.NowY + bumpBase }

// TickY is where the line under a label begins.
func (l BumpLabel) TickY() int { return l.TextY - bumpLane/2 - bumpBase }
