// Package page lays texts, tables and footers out on A4 pages and draws them as a PDF.
//
// Lengths are whole micrometres and type sizes whole points, so that every machine breaks lines and pages at the same places. No clock
// is read: the same pages give the same bytes with the same release of Go, whose compression the file goes through.
//
// Text is brought to NFC; what can't be printed is shown as U+FFFD, or in Liberation, which has no shape for that, as □. Where a cell is bounded, a longer text ends in "…".
//
// The fonts are DejaVu Sans Condensed, its bold and DejaVu Sans Mono, and Liberation Serif, which is as wide as Times, in four shapes. A
// file holds the characters that it uses. DejaVu's license (Bitstream Vera's, changes in the public domain) lets them be embedded and
// passed on; its text is LICENSE-DejaVu of the module codeberg.org/go-fonts/dejavu. Liberation is under the SIL Open Font License 1.1,
// which does not extend to documents made with a font; its text is LICENSE-SIL of codeberg.org/go-fonts/liberation.
package page

// MM is a millimetre.
const MM = 1000

// A4, upright.
const (
	a4Width  = 210 * MM
	a4Height = 297 * MM
)

// Style is a font and a size in points below 100: Serif+13 is Liberation Serif of 13 points.
type Style int

// The fonts.
const (
	Sans Style = 100 * iota
	SansBold
	Mono
	Serif
	SerifBold
	SerifItalic
	SerifBoldItalic
)

func (s Style) font() Style { return s - s%100 }

// Size is in points.
func (s Style) Size() int { return int(s % 100) }

// Of is text in this style.
func (s Style) Of(text string) Span { return Span{s, text} }

// Lead is the distance of two lines: 1.3 times the size.
func (s Style) Lead() int { return s.Size() * 25400 * 13 / 720 }

// Sheet is the size of a page and the edges of what stands on it. A footer is below Bottom.
type Sheet struct {
	Width, Height            int
	Left, Right, Top, Bottom int
}

// Upright is A4, upright, with these margins.
func Upright(left, right, top, bottom int) Sheet {
	return Sheet{a4Width, a4Height, left, a4Width - right, top, a4Height - bottom}
}

// Lying is A4, on its side, with these margins.
func Lying(left, right, top, bottom int) Sheet {
	return Sheet{a4Height, a4Width, left, a4Height - right, top, a4Width - bottom}
}

// Wide is the width of the text.
func (s Sheet) Wide() int { return s.Right - s.Left }

// Text is a run of text on one line; Y is its base line.
type Text struct {
	X, Y, W int
	S       string
	Style   Style
	Gap     int // that each space is wider than the font's, where a line is justified
}

// Box is a rectangle, or a line if it has no height or no width.
type Box struct {
	X, Y, W, H int
	Dashed     bool
	Shaded     bool // light grey inside
}

// Page is what is drawn on one page.
type Page struct {
	Sheet Sheet
	Texts []Text
	Boxes []Box
}

// Fonts are what a layout has to know of them.
type Fonts interface {
	Width(Style, string) int // of clean text
	Has(Style, rune) bool    // whether there is a shape for the character
}
