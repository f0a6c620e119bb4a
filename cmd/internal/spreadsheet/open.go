package spreadsheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

const (
	// maxUnpacked bounds what a workbook may unpack to: the largest score file as XML, several times.
	maxUnpacked = 1 << 30
	// maxStringBytes bounds the part of the shared strings, which is held in memory.
	maxStringBytes = 256 << 20
	// maxStrings bounds the shared strings, of which each text is one: 350,000 rows with five texts of their own.
	maxStrings = 2_000_000
	// maxParts bounds the parts; a workbook of the program has a dozen, one with pictures some hundreds.
	maxParts = 10_000
	// maxSheets bounds the sheets; a regulation has at most 64 levels.
	maxSheets = 1_000
	// maxStyles is what spreadsheets allow.
	maxStyles = 65_490
)

// Book is an open workbook. It holds the packed bytes; sheets are unpacked as they are read.
type Book struct {
	Sheets  []Sheet
	parts   map[string]*zip.File
	left    int64 // bytes that may still be unpacked
	strings []string
	formats []Format // by style
}

// Sheet is one sheet of a book, in its order.
type Sheet struct {
	Name string
	part string
}

// errNotBook says what to do about a file that is no workbook.
var errNotBook = errors.New("this is no workbook; save it as an Excel workbook (.xlsx) or as CSV")

// Open reads what a workbook has beside its sheets.
func Open(content []byte) (*Book, error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, fmt.Errorf("%w; save it as an Excel workbook (.xlsx) or as CSV", err)
	}
	if len(archive.File) > maxParts {
		return nil, fmt.Errorf("the workbook has %d parts, more than %d; save its cells only, as a new workbook", len(archive.File), maxParts)
	}
	b := &Book{parts: make(map[string]*zip.File, len(archive.File)), left: maxUnpacked}
	for _, f := range archive.File {
		b.parts[strings.ToLower(strings.TrimPrefix(f.Name, "/"))] = f
	}
	root, err := b.relations("")
	if err != nil {
		return nil, err
	}
	for _, r := range root {
		if strings.HasSuffix(r.Type, "/officeDocument") {
			return b, b.readBook(r.part)
		}
	}
	return nil, errNotBook
}

// readBook reads the workbook part, and the strings and styles that go with it.
func (b *Book) readBook(part string) error {
	relations, err := b.relations(part)
	if err != nil {
		return err
	}
	var book struct {
		Sheets []struct {
			Name string     `xml:"name,attr"`
			Attr []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := b.decode(part, &book); err != nil {
		return err
	}
	if len(book.Sheets) > maxSheets {
		return fmt.Errorf("the workbook has %d sheets, more than %d; remove some", len(book.Sheets), maxSheets)
	}
	byID := map[string]relation{}
	for _, r := range relations {
		byID[r.ID] = r
		switch {
		case strings.HasSuffix(r.Type, "/sharedStrings"):
			err = errors.Join(err, b.readStrings(r.part))
		case strings.HasSuffix(r.Type, "/styles"):
			err = errors.Join(err, b.readStyles(r.part))
		}
	}
	for _, s := range book.Sheets {
		for _, a := range s.Attr {
			if r, ok := byID[a.Value]; ok && a.Name.Local == "id" && strings.HasSuffix(r.Type, "/worksheet") {
				b.Sheets = append(b.Sheets, Sheet{Name: s.Name, part: r.part})
			}
		}
	}
	if len(b.Sheets) == 0 && err == nil {
		return errNotBook
	}
	return err
}

// relation is how a part names another.
type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
	part   string
}

// relations are those of a part; "" is the package.
func (b *Book) relations(part string) ([]relation, error) {
	var list struct {
		All []relation `xml:"Relationship"`
	}
	dir, name := path.Split(part)
	if err := b.decode(dir+"_rels/"+name+".rels", &list); err != nil {
		return nil, err
	}
	for i, r := range list.All {
		if list.All[i].part = strings.TrimPrefix(r.Target, "/"); list.All[i].part == r.Target {
			list.All[i].part = path.Join(dir, r.Target)
		}
	}
	return list.All, nil
}

// open unpacks a part, as far as the book may still unpack.
func (b *Book) open(part string) (io.ReadCloser, error) {
	f := b.parts[strings.ToLower(part)]
	if f == nil {
		return nil, fmt.Errorf("%w (it has no part %.80q)", errNotBook, part)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("part %.80q: %w; save the workbook anew", part, err)
	}
	return &bounded{r, b}, nil
}

// bounded counts what is unpacked.
type bounded struct {
	io.ReadCloser
	book *Book
}

func (r *bounded) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if r.book.left -= int64(n); r.book.left < 0 {
		return n, fmt.Errorf("the workbook unpacks to more than %d MiB; split it, or save its cells only as a new workbook", maxUnpacked>>20)
	}
	return n, err
}

// maxSmallPart bounds the parts that are decoded whole: lists of sheets and relations, and styles.
const maxSmallPart = 16 << 20

// decode reads a small part into v.
func (b *Book) decode(part string, v any) error {
	r, err := b.open(part)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := xml.NewDecoder(io.LimitReader(r, maxSmallPart)).Decode(v); err != nil {
		return partError(part, err)
	}
	return nil
}

func partError(part string, err error) error {
	return fmt.Errorf("part %.80q: %w; save the workbook anew", part, err)
}

// readStrings reads the strings that cells refer to by number.
func (b *Book) readStrings(part string) error {
	r, err := b.open(part)
	if err != nil {
		return err
	}
	defer r.Close()
	d := xml.NewDecoder(io.LimitReader(r, maxStringBytes))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return partError(part, err)
		}
		if el, ok := token.(xml.StartElement); ok && el.Name.Local == "si" {
			text, err := richText(d)
			if err != nil {
				return partError(part, err)
			}
			if b.strings = append(b.strings, text); len(b.strings) > maxStrings {
				return fmt.Errorf("the workbook has more than %d texts; split it", maxStrings)
			}
		}
	}
}

// richText is the text of an element that has been opened, of all its runs but not of how they are pronounced.
func richText(d *xml.Decoder) (string, error) {
	var text strings.Builder
	for depth := 1; depth > 0; {
		token, err := d.Token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "t":
				part, err := plainText(d)
				if err != nil {
					return "", err
				}
				if text.WriteString(part); text.Len() > maxCellBytes {
					return "", errTooLong
				}
			case "rPh":
				if err := d.Skip(); err != nil {
					return "", err
				}
			default:
				depth++
			}
		case xml.EndElement:
			depth--
		}
	}
	return unescape(text.String()), nil
}

// plainText is the text of an element that has been opened, up to its end.
func plainText(d *xml.Decoder) (string, error) {
	var text strings.Builder
	for {
		token, err := d.Token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.CharData:
			if text.Write(t); text.Len() > maxCellBytes {
				return "", errTooLong
			}
		case xml.StartElement:
			if err := d.Skip(); err != nil {
				return "", err
			}
		case xml.EndElement:
			return text.String(), nil
		}
	}
}

// errTooLong: no spreadsheet writes such a text.
var errTooLong = fmt.Errorf("a text has more than %d bytes; shorten it", maxCellBytes)
