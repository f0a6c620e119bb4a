package pact

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Lengths are whole micrometres and type sizes whole points, so that every machine breaks lines and pages at the same places.
const (
	mm = 1000

	pageWidth  = 210 * mm
	pageHeight = 297 * mm
	left       = 15 * mm
	right      = pageWidth - 15*mm
	top        = 15 * mm
	bottom     = pageHeight - 20*mm // the footer is below
)

// maxCellLines bounds a cell of a table or of a signature block: texts may have 8 KiB, and a cell must fit a page.
const maxCellLines = 6

type font int

const (
	regular font = iota
	bold
	mono
)

// style is a font in a size. The document has these and no others.
type style int

const (
	plain style = iota
	small
	strong
	heading
	title
	code
	smallCode
	largeCode
)

func (s style) font() font {
	return [...]font{plain: regular, small: regular, strong: bold, heading: bold, title: bold, code: mono, smallCode: mono, largeCode: mono}[s]
}

// size is in points.
func (s style) size() int {
	return [...]int{plain: 10, small: 8, strong: 10, heading: 13, title: 18, code: 8, smallCode: 7, largeCode: 19}[s]
}

// lead is the distance of two lines: 1.3 times the size.
func (s style) lead() int { return s.size() * 25400 * 13 / 720 }

// text is a run of text on one line; y is its base line.
type text struct {
	x, y, w int
	s       string
	style   style
}

// box is a rectangle, or a line if it has no height.
type box struct {
	x, y, w, h int
	dashed     bool
}

type page struct {
	texts []text
	boxes []box
}

// measure gives the width of s, which is clean, in a style.
type measure func(style, string) int

// layout fills pages from top to bottom.
type layout struct {
	width measure
	pages []page
	y     int // where the next line starts
}

func (l *layout) newPage() {
	l.pages = append(l.pages, page{})
	l.y = top
}

// room makes sure that h fits on the page, if need be by a new one, and reports whether it is a new one.
func (l *layout) room(h int) bool {
	if len(l.pages) > 0 && l.y+h <= bottom {
		return false
	}
	l.newPage()
	return true
}

// put sets one line whose top is y. It must be clean and fit.
func (l *layout) put(x, y int, st style, s string) {
	p := &l.pages[len(l.pages)-1]
	// Of a line of 1.3 em the base line lies 1 em below the top.
	p.texts = append(p.texts, text{x, y + st.size()*25400/72, l.width(st, s), s, st})
}

func (l *layout) box(b box) {
	p := &l.pages[len(l.pages)-1]
	p.boxes = append(p.boxes, b)
}

// paragraph sets s from x to the right margin, over pages if need be.
func (l *layout) paragraph(x int, st style, s string) {
	for _, line := range l.wrap(right-x, st, s) {
		l.room(st.lead())
		l.put(x, l.y, st, line)
		l.y += st.lead()
	}
}

// clean is s as it is printed: in NFC, white space as single spaces, and U+FFFD for what has no shape of its own, or no place in the
// 16-bit fonts of a PDF.
func clean(s string) string {
	s = strings.Join(strings.Fields(norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD"))), " ")
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || r > unicode.ReplacementChar {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// wrap cleans s and breaks it into lines of at most w: at spaces, and within words that are longer. "" has no lines.
func (l *layout) wrap(w int, st style, s string) []string {
	var lines []string
	var line string
	space, used := l.width(st, " "), 0
	for word := range strings.FieldsSeq(clean(s)) {
		width := l.width(st, word)
		if line != "" && used+space+width <= w {
			line, used = line+" "+word, used+space+width
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for width > w {
			n := l.fitting(w, st, word)
			lines, word = append(lines, word[:n]), word[n:]
			width = l.width(st, word)
		}
		line, used = word, width
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// fitting is how many bytes of s, at least a character, fit into w.
func (l *layout) fitting(w int, st style, s string) int {
	used := 0
	for i, r := range s {
		used += l.width(st, string(r))
		if used > w && i > 0 {
			return i
		}
	}
	return len(s)
}

// clip is wrap for a cell: of more than most lines the last ends in "…".
func (l *layout) clip(w, most int, st style, s string) []string {
	lines := l.wrap(w, st, s)
	if len(lines) <= most {
		return lines
	}
	last := lines[most-1]
	for last != "" && l.width(st, last+"…") > w {
		_, n := utf8.DecodeLastRuneInString(last)
		last = last[:len(last)-n]
	}
	return append(lines[:most-1:most-1], last+"…")
}

// span is a text in a cell that starts a line of its own.
type span struct {
	style style
	s     string
}

// cell breaks spans into lines of at most w, each span into at most maxCellLines, and gives their height.
func (l *layout) cell(w int, spans []span) (lines []span, h int) {
	for _, sp := range spans {
		for _, s := range l.clip(w, maxCellLines, sp.style, sp.s) {
			lines = append(lines, span{sp.style, s})
			h += sp.style.lead()
		}
	}
	return lines, h
}

// putCell sets the lines of a cell whose top is y.
func (l *layout) putCell(x, y int, lines []span) {
	for _, line := range lines {
		l.put(x, y, line.style, line.s)
		y += line.style.lead()
	}
}
