package page

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"codeberg.org/go-fonts/dejavu/dejavusanscondensed"
	"codeberg.org/go-fonts/dejavu/dejavusanscondensedbold"
	"codeberg.org/go-fonts/dejavu/dejavusansmono"
	"codeberg.org/go-fonts/liberation/liberationserifbold"
	"codeberg.org/go-fonts/liberation/liberationserifbolditalic"
	"codeberg.org/go-fonts/liberation/liberationserifitalic"
	"codeberg.org/go-fonts/liberation/liberationserifregular"
	"codeberg.org/go-pdf/fpdf"
)

// Canvas measures text and draws pages.
type Canvas struct {
	pdf   *fpdf.Fpdf
	style Style            // of the current font
	has   map[Style]*cover // by font; nil of fonts that draw a box for what they lack
}

// family is a font's name within the document, and the font.
func (s Style) family() (string, []byte) {
	switch s.font() {
	case Sans:
		return "text", dejavusanscondensed.TTF
	case SansBold:
		return "strong", dejavusanscondensedbold.TTF
	case Mono:
		return "code", dejavusansmono.TTF
	case Serif:
		return "serif", liberationserifregular.TTF
	case SerifBold:
		return "serifstrong", liberationserifbold.TTF
	case SerifItalic:
		return "serifslanted", liberationserifitalic.TTF
	}
	return "serifstrongslanted", liberationserifbolditalic.TTF
}

// NewCanvas is a canvas with the fonts given, and no others; the document starts in the first style.
func NewCanvas(first Style, others ...Style) (*Canvas, error) {
	c := &Canvas{pdf: fpdf.New(fpdf.OrientationPortrait, fpdf.UnitMillimeter, fpdf.PageSizeA4, ""), has: map[Style]*cover{}}
	for _, st := range append([]Style{first}, others...) {
		family, file := st.family()
		if st.font() >= Serif {
			c.has[st.font()] = coverOf(file)
		}
		c.pdf.AddUTF8FontFromBytes(family, "", slices.Clone(file)) // a clone: fpdf writes into the bytes it is given
	}
	c.setStyle(first)
	if err := c.pdf.Error(); err != nil {
		return nil, fmt.Errorf("read the fonts: %w", err)
	}
	return c, nil
}

func (c *Canvas) setStyle(st Style) {
	family, _ := st.family()
	c.pdf.SetFont(family, "", float64(st.Size()))
	c.style = st
}

// Width is that of clean text.
func (c *Canvas) Width(st Style, s string) int {
	if st != c.style {
		c.setStyle(st)
	}
	// fpdf gives thousandths of the size; a point is 25400/72 µm.
	return c.pdf.GetStringSymbolWidth(s) * st.Size() * 127 / 360
}

// Has reports whether there is a shape for r.
func (c *Canvas) Has(st Style, r rune) bool {
	cover := c.has[st.font()]
	return cover == nil || cover.has(r)
}

// millimetres is how fpdf takes a length.
func millimetres(um int) float64 { return float64(um) / MM }

// Info is what a file says of itself.
type Info struct {
	Title   string
	Subject string
	Lang    string    // "vi" or "en"
	Created time.Time // shown as when it was made and changed
	Plain   bool      // pages are not compressed, for tests that read them
}

// Output draws the pages and writes the file. On an error w may hold part of it.
func (c *Canvas) Output(w io.Writer, pages []Page, info Info) error {
	pdf := c.pdf
	pdf.SetCompression(!info.Plain)
	pdf.SetCatalogSort(true) // of maps, so that the same pages give the same bytes
	pdf.SetCreationDate(info.Created.UTC())
	pdf.SetModificationDate(info.Created.UTC())
	pdf.SetProducer("Campaign Ledger", true)
	pdf.SetTitle(Clean(info.Title), true)
	pdf.SetSubject(info.Subject, true)
	pdf.SetLang(info.Lang)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetLineWidth(0.2)
	a4 := pdf.GetPageSizeStr(fpdf.PageSizeA4)
	for _, page := range pages {
		if page.Sheet.Width > page.Sheet.Height {
			pdf.AddPageFormat(fpdf.OrientationLandscape, a4)
		} else {
			pdf.AddPageFormat(fpdf.OrientationPortrait, a4)
		}
		for _, b := range page.Boxes {
			c.drawBox(b)
		}
		for _, t := range page.Texts {
			c.drawText(t)
		}
	}
	if err := pdf.Output(w); err != nil {
		return fmt.Errorf("draw the PDF: %w", err)
	}
	return nil
}

func (c *Canvas) drawText(t Text) {
	c.setStyle(t.Style)
	if t.Gap == 0 {
		c.pdf.Text(millimetres(t.X), millimetres(t.Y), t.S)
		return
	}
	x, space := t.X, c.Width(t.Style, " ")+t.Gap
	for word := range strings.SplitSeq(t.S, " ") {
		c.pdf.Text(millimetres(x), millimetres(t.Y), word)
		x += c.Width(t.Style, word) + space
	}
}

func (c *Canvas) drawBox(b Box) {
	x, y, w, h := millimetres(b.X), millimetres(b.Y), millimetres(b.W), millimetres(b.H)
	if b.H == 0 || b.W == 0 {
		c.pdf.Line(x, y, x+w, y+h)
		return
	}
	if b.Dashed {
		c.pdf.SetDashPattern([]float64{1, 1}, 0)
	}
	how := "D"
	if b.Shaded {
		const grey = 235
		c.pdf.SetFillColor(grey, grey, grey)
		how = "DF"
	}
	c.pdf.Rect(x, y, w, h, how)
	if b.Dashed {
		c.pdf.SetDashPattern(nil, 0)
	}
}
