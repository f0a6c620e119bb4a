package page

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Clean is s as it is printed: in NFC, white space as single spaces, and U+FFFD for what has no shape of its own, or no place in the
// 16-bit fonts of a PDF.
func Clean(s string) string {
	s = strings.Join(strings.Fields(norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD"))), " ")
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || r > unicode.ReplacementChar {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// Span is a text in a style.
type Span struct {
	Style Style
	S     string
}

// run is a part of a line in one style.
type run struct {
	style  Style
	s      string
	at     int // from the start of the line, unjustified
	before int // spaces of the line before it
}

// line is what stands beside each other.
type line struct {
	runs   []run
	width  int
	spaces int
}

func (ln line) lead() int {
	h := 0
	for _, r := range ln.runs {
		h = max(h, r.style.Lead())
	}
	return h
}

// add puts a piece of text behind what is there, after a space if there is one.
func (ln *line) add(p piece, space int) {
	last := len(ln.runs) - 1
	if space > 0 {
		ln.spaces++
	}
	switch {
	case last >= 0 && ln.runs[last].style == p.style && space > 0:
		ln.runs[last].s += " " + p.s
	case last >= 0 && ln.runs[last].style == p.style:
		ln.runs[last].s += p.s
	default:
		ln.runs = append(ln.runs, run{p.style, p.s, ln.width + space, ln.spaces})
	}
	ln.width += space + p.width
}

// piece is a word, or the part of one that has one style.
type piece struct {
	style Style
	s     string
	width int
}

// words are the spans' words, cleaned; each has a piece for each style in it. Words of two spans are one where no white space is between.
func (l *Layout) words(spans []Span) [][]piece {
	var words [][]piece
	apart := true
	for _, sp := range spans {
		for i, w := range strings.Fields(l.shown(sp.Style, Clean(sp.S))) {
			p := piece{sp.Style, w, l.Width(sp.Style, w)}
			if r, _ := utf8.DecodeRuneInString(sp.S); i == 0 && !apart && !unicode.IsSpace(r) {
				words[len(words)-1] = append(words[len(words)-1], p)
				continue
			}
			words = append(words, []piece{p})
		}
		if sp.S != "" {
			r, _ := utf8.DecodeLastRuneInString(sp.S)
			apart = unicode.IsSpace(r) || len(words) == 0
		}
	}
	return words
}

// shown is s with □ for what the style's font has no shape for, so that nothing is left out unseen.
func (l *Layout) shown(st Style, s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || l.fonts.Has(st, r) {
			return r
		}
		return '□'
	}, s)
}

// flow breaks spans into lines: at spaces, and within words that are longer. The first is at most first wide, the others at most rest.
func (l *Layout) flow(first, rest int, spans []Span) []line {
	var lines []line
	var ln line
	w := first
	flush := func() { lines, ln, w = append(lines, ln), line{}, rest }
	for _, word := range l.words(spans) {
		width := 0
		for _, p := range word {
			width += p.width
		}
		space := 0
		if len(ln.runs) > 0 {
			space = l.Width(ln.runs[len(ln.runs)-1].style, " ")
			if ln.width+space+width > w {
				flush()
				space = 0
			}
		}
		for _, p := range word {
			for ln.width+space+p.width > w {
				if len(ln.runs) > 0 { // of a word of several styles that is longer than a line
					flush()
					continue
				}
				n := l.fittingBytes(w, p.style, p.s)
				if n == len(p.s) {
					break // a single character that is wider than the line
				}
				ln.add(piece{p.style, p.s[:n], l.Width(p.style, p.s[:n])}, 0)
				flush()
				p = piece{p.style, p.s[n:], l.Width(p.style, p.s[n:])}
			}
			ln.add(p, space)
			space = 0
		}
	}
	if len(ln.runs) > 0 {
		lines = append(lines, ln)
	}
	return lines
}

// Wrap cleans s and breaks it into lines of at most w: at spaces, and within words that are longer. "" has no lines.
func (l *Layout) Wrap(w int, st Style, s string) []string {
	var lines []string
	for _, ln := range l.flow(w, w, []Span{{st, s}}) {
		lines = append(lines, ln.runs[0].s)
	}
	return lines
}

// fittingBytes is how many bytes of s, at least a character, fit into w.
func (l *Layout) fittingBytes(w int, st Style, s string) int {
	used := 0
	for i, r := range s {
		used += l.Width(st, string(r))
		if used > w && i > 0 {
			return i
		}
	}
	return len(s)
}

// Clip is Wrap for a cell: of more than most lines the last ends in "…".
func (l *Layout) Clip(w, most int, st Style, s string) []string {
	lines := l.Wrap(w, st, s)
	if len(lines) <= most {
		return lines
	}
	last := lines[most-1]
	for last != "" && l.Width(st, last+"…") > w {
		_, n := utf8.DecodeLastRuneInString(last)
		last = last[:len(last)-n]
	}
	return append(lines[:most-1:most-1], last+"…")
}

// maxCellLines bounds a cell that must fit a page: texts may have 8 KiB.
const maxCellLines = 6

// Cell breaks spans into lines of at most w, each span into at most six, and gives their height. Each span starts a line of its own.
func (l *Layout) Cell(w int, spans []Span) (lines []Span, h int) {
	for _, sp := range spans {
		for _, s := range l.Clip(w, maxCellLines, sp.Style, sp.S) {
			lines = append(lines, Span{sp.Style, s})
			h += sp.Style.Lead()
		}
	}
	return lines, h
}

// PutCell sets the lines of a cell whose top is y.
func (l *Layout) PutCell(x, y int, lines []Span) { l.PutAligned(x, 0, y, Left, lines) }

// PutAligned sets the lines of a cell of width w whose top is y, and gives where it ends.
func (l *Layout) PutAligned(x, w, y int, a Align, lines []Span) int {
	for _, line := range lines {
		at := x
		switch a {
		case Center:
			at += (w - l.Width(line.Style, line.S)) / 2
		case Right:
			at += w - l.Width(line.Style, line.S)
		}
		l.Put(at, y, line.Style, line.S)
		y += line.Style.Lead()
	}
	return y
}
