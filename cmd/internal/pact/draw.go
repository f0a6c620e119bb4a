package pact

import (
	"fmt"
	"io"
	"slices"

	"codeberg.org/go-fonts/dejavu/dejavusanscondensed"
	"codeberg.org/go-fonts/dejavu/dejavusanscondensedbold"
	"codeberg.org/go-fonts/dejavu/dejavusansmono"
	"codeberg.org/go-pdf/fpdf"
)

// canvas measures text and draws pages.
type canvas struct {
	pdf   *fpdf.Fpdf
	style style // of the current font
}

// family is a font's name within the document.
func (f font) family() string {
	return [...]string{regular: "text", bold: "strong", mono: "code"}[f]
}

func newCanvas() (*canvas, error) {
	c := &canvas{pdf: fpdf.New(fpdf.OrientationPortrait, fpdf.UnitMillimeter, fpdf.PageSizeA4, ""), style: plain}
	// Clones: fpdf writes into the bytes it is given.
	c.pdf.AddUTF8FontFromBytes(regular.family(), "", slices.Clone(dejavusanscondensed.TTF))
	c.pdf.AddUTF8FontFromBytes(bold.family(), "", slices.Clone(dejavusanscondensedbold.TTF))
	c.pdf.AddUTF8FontFromBytes(mono.family(), "", slices.Clone(dejavusansmono.TTF))
	c.setStyle(plain)
	if err := c.pdf.Error(); err != nil {
		return nil, fmt.Errorf("read the fonts: %w", err)
	}
	return c, nil
}

func (c *canvas) setStyle(st style) {
	c.pdf.SetFont(st.font().family(), "", float64(st.size()))
	c.style = st
}

// width is a measure.
func (c *canvas) width(st style, s string) int {
	if st != c.style {
		c.setStyle(st)
	}
	// fpdf gives thousandths of the size; a point is 25400/72 µm.
	return c.pdf.GetStringSymbolWidth(s) * st.size() * 127 / 360
}

// millimetres is how fpdf takes a length.
func millimetres(um int) float64 { return float64(um) / mm }

// output draws the pages and writes the file.
func (c *canvas) output(w io.Writer, pages []page, p Pact, lang string, compress bool) error {
	pdf := c.pdf
	pdf.SetCompression(compress)
	pdf.SetCatalogSort(true) // of maps, so that the same pages give the same bytes
	pdf.SetCreationDate(p.Opened.UTC())
	pdf.SetModificationDate(p.Opened.UTC())
	pdf.SetProducer("Campaign Ledger", true)
	pdf.SetTitle(clean(p.Title), true)
	pdf.SetSubject(p.Genesis, true)
	pdf.SetLang(lang)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetLineWidth(0.2)
	for _, page := range pages {
		pdf.AddPage()
		for _, b := range page.boxes {
			c.drawBox(b)
		}
		for _, t := range page.texts {
			c.setStyle(t.style)
			pdf.Text(millimetres(t.x), millimetres(t.y), t.s)
		}
	}
	if err := pdf.Output(w); err != nil {
		return fmt.Errorf("draw the PDF: %w", err)
	}
	return nil
}

func (c *canvas) drawBox(b box) {
	x, y := millimetres(b.x), millimetres(b.y)
	if b.h == 0 {
		c.pdf.Line(x, y, x+millimetres(b.w), y)
		return
	}
	if b.dashed {
		c.pdf.SetDashPattern([]float64{1, 1}, 0)
	}
	c.pdf.Rect(x, y, millimetres(b.w), millimetres(b.h), "D")
	if b.dashed {
		c.pdf.SetDashPattern(nil, 0)
	}
}
