package page

import "strings"

// Layout fills pages from top to bottom.
type Layout struct {
	Sheet Sheet // of the next page
	Pages []Page
	Y     int // where the next line starts
	fonts Fonts
}

// NewLayout is a layout without pages yet.
func NewLayout(s Sheet, f Fonts) *Layout { return &Layout{Sheet: s, fonts: f} }

// NewPage starts a page.
func (l *Layout) NewPage() {
	l.Pages = append(l.Pages, Page{Sheet: l.Sheet})
	l.Y = l.Sheet.Top
}

// Room makes sure that h fits on the page, if need be by a new one, and reports whether it is a new one.
func (l *Layout) Room(h int) bool {
	if l.fits(h) {
		return false
	}
	l.NewPage()
	return true
}

func (l *Layout) fits(h int) bool { return len(l.Pages) > 0 && l.Y+h <= l.Sheet.Bottom }

// Width is that of s, which is clean.
func (l *Layout) Width(st Style, s string) int { return l.fonts.Width(st, s) }

// Put sets one line whose top is y. It must be clean and fit.
func (l *Layout) Put(x, y int, st Style, s string) {
	l.put(x, y, st, s, 0)
}

func (l *Layout) put(x, y int, st Style, s string, gap int) {
	p := &l.Pages[len(l.Pages)-1]
	// Of a line of 1.3 em the base line lies 1 em below the top.
	p.Texts = append(p.Texts, Text{x, y + st.Size()*25400/72, l.Width(st, s) + gap*strings.Count(s, " "), s, st, gap})
}

// Box draws b.
func (l *Layout) Box(b Box) {
	p := &l.Pages[len(l.Pages)-1]
	p.Boxes = append(p.Boxes, b)
}

// Paragraph sets s from x to the right margin, over pages if need be.
func (l *Layout) Paragraph(x int, st Style, s string) {
	for _, line := range l.Wrap(l.Sheet.Right-x, st, s) {
		l.Room(st.Lead())
		l.Put(x, l.Y, st, line)
		l.Y += st.Lead()
	}
}

// Footers calls foot for each page with a layout of that page alone, its number from 1, and how many there are. It is called last: only
// then is their number known.
func (l *Layout) Footers(foot func(one *Layout, number, of int)) {
	for i := range l.Pages {
		foot(&Layout{Sheet: l.Pages[i].Sheet, fonts: l.fonts, Pages: l.Pages[i : i+1]}, i+1, len(l.Pages))
	}
}

// Align is where a line stands between its edges.
type Align int

// The alignments.
const (
	Left Align = iota
	Center
	Right
	Justify // but for the last line
)

// Block is how a paragraph is set.
type Block struct {
	In    int // from the left margin
	First int // of the first line, further
	Align Align
	After int // space below
}

// Flow sets spans as one paragraph, over pages if need be, but never with one line of several alone on a page.
func (l *Layout) Flow(b Block, spans ...Span) {
	lines := l.flow(l.Sheet.Wide()-b.In-b.First, l.Sheet.Wide()-b.In, spans)
	for first := true; len(lines) > 0; {
		n := l.fitting(lines)
		if n == 0 {
			l.NewPage()
			n = max(1, l.fitting(lines))
		}
		for i, line := range lines[:n] {
			x, w := l.Sheet.Left+b.In, l.Sheet.Wide()-b.In
			if first {
				x, w, first = x+b.First, w-b.First, false
			}
			l.putLine(x, w, l.Y, b.Align, line, i == len(lines)-1)
			l.Y += line.lead()
		}
		lines = lines[n:]
	}
	l.Y += b.After
}

// Height is what Flow takes, as long as it stays on one page.
func (l *Layout) Height(b Block, spans ...Span) int {
	h := b.After
	for _, ln := range l.flow(l.Sheet.Wide()-b.In-b.First, l.Sheet.Wide()-b.In, spans) {
		h += ln.lead()
	}
	return h
}

// fitting is how many of a paragraph's lines go on the page: neither the first of them nor the last is parted from all others.
func (l *Layout) fitting(lines []line) int {
	n, y := 0, l.Y
	for n < len(lines) && len(l.Pages) > 0 && y+lines[n].lead() <= l.Sheet.Bottom {
		y += lines[n].lead()
		n++
	}
	if len(lines) > 2 && n == len(lines)-1 {
		n--
	}
	if n == 1 && len(lines) > 1 {
		n = 0
	}
	return n
}

// putLine sets a line between x and x+w.
func (l *Layout) putLine(x, w, y int, a Align, ln line, last bool) {
	gap := 0
	switch spare := w - ln.width; {
	case a == Center:
		x += spare / 2
	case a == Right:
		x += spare
	case a == Justify && !last && ln.spaces > 0:
		gap = spare / ln.spaces
	}
	drop := ln.lead()
	for _, r := range ln.runs {
		// Runs of one line share its base line.
		l.put(x+r.at+gap*r.before, y+(drop-r.style.Lead())*10/13, r.style, r.s, gap)
	}
}
