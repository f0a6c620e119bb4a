package spreadsheet

import (
	"fmt"
	"regexp"
	"strings"
)

// Format is how a number cell shows its number, as far as it matters to who reads it.
type Format uint8

// The formats of numbers.
const (
	Plain Format = iota
	Percent
	Date // or a time
)

// readStyles reads how each style shows numbers.
func (b *Book) readStyles(part string) error {
	var styles struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := b.decode(part, &styles); err != nil {
		return err
	}
	if len(styles.Cells) > maxStyles {
		return fmt.Errorf("the workbook has more than %d styles; save its cells only, as a new workbook", maxStyles)
	}
	codes := make(map[int]string, len(styles.Formats))
	for _, f := range styles.Formats {
		codes[f.ID] = f.Code
	}
	for _, c := range styles.Cells {
		b.formats = append(b.formats, formatOf(c.Format, codes[c.Format]))
	}
	return nil
}

// literal is what a format code shows as it is: quoted, escaped, padding, or a colour, locale or condition in brackets.
var literal = regexp.MustCompile(`"[^"]*"|\\.|_.|\*.|\[[^\]]*\]`)

// formatOf is a format by its number, which stands for a code of its own where there is one.
func formatOf(id int, code string) Format {
	switch {
	case code == "" && (id == 9 || id == 10):
		return Percent
	case code == "" && (id >= 14 && id <= 22 || id >= 27 && id <= 36 || id >= 45 && id <= 47 || id >= 50 && id <= 58):
		return Date
	case strings.EqualFold(code, "General"):
		return Plain
	}
	code = strings.ToLower(literal.ReplaceAllString(code, ""))
	switch {
	case strings.Contains(code, "%"):
		return Percent
	case strings.ContainsAny(code, "ymdhs"):
		return Date
	}
	return Plain
}
