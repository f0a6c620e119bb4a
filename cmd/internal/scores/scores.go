// Package scores reads score files: CSV, NDJSON and XLSX in the columns cluster, unit, criterion, level, scorer, one of points, actual,
// place, mark and target, and optionally item, time, reason, evidence, basis; and the score workbooks of package workbook. It says what a
// file says; what the campaign makes of it is admission's business.
package scores

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"campaignledger/cmd/internal/workbook"
	"campaignledger/events"
)

const (
	// MaxFileBytes bounds a file, whatever its rows are.
	MaxFileBytes = 256 << 20
	// MaxRows bounds the rows of a file: import.started names every batch of 500 rows in 86 bytes, and is one record.
	MaxRows = 350_000
	// maxLineBytes bounds a row, since it becomes one record.
	maxLineBytes = events.MaxRecordBytes
)

// File is a score file as read.
type File struct {
	Name      string
	SHA256    string   // hex
	Header    []string // the columns in file order; of NDJSON, those of all rows in the order of Columns
	Rows      []Row
	Separator rune           // of CSV cells; a comma for NDJSON
	Workbook  *workbook.Book // what a score workbook says of itself; nil for other files
}

// Row is one data row.
type Row struct {
	Number   int      // data rows count from 1
	Line     int      // line of the file, or row of its sheet, from 1
	Sheet    string   // of a score workbook, where Line is not all
	Cell     string   // there; "" in other files
	Cells    []string // by Header
	Proposal events.Proposal
	Err      error // a *CellError; Proposal is empty then
}

// Place is how people find the row.
func (r *Row) Place() string {
	if r.Cell != "" {
		return workbook.Place(r.Sheet, r.Cell)
	}
	return fmt.Sprintf("row %d (line %d)", r.Number, r.Line)
}

// Fits reports a score workbook that is of another campaign than r with this genesis hash ("" where it is unsigned), or no longer fits it.
// Other files fit: admission says what is wrong with their rows.
func (f *File) Fits(r *events.Regulation, genesis string) error {
	if f.Workbook == nil || r == nil {
		return nil
	}
	if err := f.Workbook.Fits(r, genesis); err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	return nil
}

// CellError says which cell of a row is wrong.
type CellError struct {
	Column string
	Reason string
}

func (e *CellError) Error() string {
	if e.Column == "" {
		return e.Reason
	}
	return "column " + e.Column + ": " + e.Reason
}

// Columns are the columns a file may have; error is where an earlier run said what was wrong, and is not read.
func Columns() []string {
	return []string{"cluster", "unit", "criterion", "level", "scorer", "points", "actual", "place", "mark", "target", "item", "time",
		"reason", "evidence", "basis", ErrorColumn}
}

// ErrorColumn is added to the rows that are written back as rejected.
const ErrorColumn = "error"

var (
	// ErrEmpty: the file has no data rows.
	ErrEmpty = errors.New("the file has no rows; it needs a header row and at least one row below it")
	errBlank = errors.New("no cell for a mark is filled in; fill in the white cells and save the workbook")
	// ErrTooBig: the file is larger than MaxFileBytes.
	ErrTooBig = fmt.Errorf("the file is larger than %d MiB; split it", MaxFileBytes>>20)
	// ErrTooManyRows: the file has more than MaxRows rows.
	ErrTooManyRows = fmt.Errorf("the file has more than %d rows; split it", MaxRows)
)

// Read reads a file; its name tells the format: .ndjson, .jsonl and .json are NDJSON, .xlsx is a workbook, all else is CSV. An error
// names the place; bad cells are in the rows' Err.
func Read(name string, content []byte) (*File, error) {
	f := &File{Name: filepath.Base(name), Separator: ','}
	sum := sha256.Sum256(content)
	f.SHA256 = hex.EncodeToString(sum[:])
	if err := f.read(content); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	return f, nil
}

func (f *File) read(content []byte) error {
	if len(content) > MaxFileBytes {
		return ErrTooBig
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if len(bytes.TrimSpace(content)) == 0 {
		return ErrEmpty
	}
	err := f.readRows(content)
	switch {
	case err != nil:
		return err
	case len(f.Rows) == 0 && f.Workbook != nil:
		return errBlank
	case len(f.Rows) == 0:
		return ErrEmpty
	case len(f.Rows) > MaxRows:
		return ErrTooManyRows
	}
	return nil
}

func (f *File) readRows(content []byte) error {
	extension := strings.ToLower(filepath.Ext(f.Name))
	if extension == ".xlsx" {
		return f.readXLSX(content)
	}
	if err := checkLines(content); err != nil {
		return err
	}
	switch extension {
	case ".ndjson", ".jsonl", ".json":
		return f.readNDJSON(content)
	}
	return f.readCSV(content)
}

// checkLines refuses what is not text before any parser sees it.
func checkLines(content []byte) error {
	for n := 1; len(content) > 0; n++ {
		line, rest, _ := bytes.Cut(content, []byte{'\n'})
		content = rest
		switch {
		case len(line) > maxLineBytes:
			return fmt.Errorf("line %d has %d bytes; a row has at most %d: shorten it, or check that each row has a line of its own", n, len(line), maxLineBytes)
		case bytes.IndexByte(bytes.TrimSuffix(line, []byte{'\r'}), '\r') >= 0:
			return fmt.Errorf("line %d holds a carriage return; save the file with the line ends of Windows (CRLF) or Unix (LF)", n)
		case bytes.IndexByte(line, 0) >= 0:
			return fmt.Errorf("line %d holds a zero byte; save the file as UTF-8 text (CSV UTF-8)", n)
		case !utf8.Valid(line):
			return fmt.Errorf("line %d is not valid UTF-8; save the file as UTF-8 (CSV UTF-8)", n)
		}
	}
	return nil
}

// cells gives a row's values by column.
type cells map[string]string

// proposal makes a draft of a row's cells; commas reports that the file's decimals have commas.
func (c cells) proposal(commas bool) (p events.Proposal, err error) {
	fail := func(column, format string, args ...any) (events.Proposal, error) {
		return events.Proposal{}, &CellError{column, fmt.Sprintf(format, args...)}
	}
	if c.empty() {
		return fail("", "the row is empty; delete it")
	}
	value, err := c.valueColumn()
	if err != nil {
		return p, err
	}
	for _, column := range []string{"cluster", "unit", "criterion", "level", "scorer"} {
		if c[column] == "" && !(column == "level" && value == "target") {
			return fail(column, "the cell is empty; fill it in")
		}
		valid := events.ValidID
		if column == "criterion" {
			valid = events.ValidCriterionID
		}
		if c[column] != "" && !valid(c[column]) {
			return fail(column, "%q is not an id; write the id of the regulation, not the title", shorten(c[column]))
		}
	}
	if c["basis"] != "" && !events.ValidID(c["basis"]) {
		return fail("basis", "%q is not an id; write a word in small letters, for example transcribed", shorten(c["basis"]))
	}
	for _, column := range []string{"item", "reason", "evidence"} {
		if len(c[column]) > events.MaxTextBytes {
			return fail(column, "the text has %d bytes; shorten it to %d", len(c[column]), events.MaxTextBytes)
		}
	}
	p.Subject = c["unit"]
	if text := c["time"]; text != "" {
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return fail("time", "%q is not a time with its zone; write it like 2017-03-31T09:00:00+07:00", shorten(text))
		}
		p.Time = events.Milliseconds(t)
	}
	return c.payload(p, value, commas)
}

// empty reports whether no cell has a text, as spreadsheets leave rows behind; what an earlier run said is wrong does not count.
func (c cells) empty() bool {
	for column, text := range c {
		if text != "" && column != ErrorColumn {
			return false
		}
	}
	return true
}

// valueColumn is the one column of points, actual, place, mark and target that has a value.
func (c cells) valueColumn() (string, error) {
	found := ""
	for _, column := range []string{"points", "actual", "place", "mark", "target"} {
		if c[column] == "" {
			continue
		}
		if found != "" {
			return "", &CellError{column, "a row has one of points, actual, place, mark and target; this one has " + found + " too"}
		}
		found = column
	}
	if found == "" {
		return "", &CellError{"points", "a row has one of points, actual, place, mark and target; this one has none (leave the row out where a mark is missing)"}
	}
	return found, nil
}

func (c cells) payload(p events.Proposal, column string, commas bool) (events.Proposal, error) {
	fail := func(format string, args ...any) (events.Proposal, error) {
		return events.Proposal{}, &CellError{column, fmt.Sprintf(format, args...)}
	}
	mark := events.Mark{}
	if column == "mark" {
		switch c["mark"] {
		case "abstained":
			mark.Kind = events.MarkAbstained
		case "recused":
			mark.Kind = events.MarkRecused
		default:
			return fail("%q is neither abstained nor recused; write one of them, or leave the row out where a mark is missing", shorten(c["mark"]))
		}
	} else {
		amount, err := readNumber(c[column], commas)
		if err != nil {
			return fail("%v", err)
		}
		mark.Amount = amount
	}
	switch column {
	case "target":
		p.Payload = &events.TargetSet{Cluster: c["cluster"], Criterion: c["criterion"], Scorer: c["scorer"], Target: mark.Amount, Reason: c["reason"]}
		return c.validated(p, column)
	case "points":
		mark.Kind = events.MarkPoints
	case "actual":
		mark.Kind = events.MarkActual
	case "place":
		mark.Kind = events.MarkPlace
		if mark.Amount < events.DecimalOne || mark.Amount%events.DecimalOne != 0 || mark.Amount > events.Whole(events.MaxPlace) {
			return fail("%q is not a place; places are whole numbers from 1 to %d", c[column], events.MaxPlace)
		}
	}
	p.Payload = &events.ScoreEntered{Cluster: c["cluster"], Criterion: c["criterion"], Level: c["level"], Scorer: c["scorer"], Mark: mark,
		Item: c["item"], Basis: c["basis"], Evidence: c["evidence"], Reason: c["reason"]}
	return c.validated(p, column)
}

func (c cells) validated(p events.Proposal, column string) (events.Proposal, error) {
	if err := p.Payload.Validate(); err != nil {
		var field *events.FieldError
		if errors.As(err, &field) {
			return events.Proposal{}, &CellError{column, field.Reason}
		}
		return events.Proposal{}, &CellError{column, err.Error()}
	}
	return p, nil
}

// readNumber reads a decimal; where commas is true, its point is a comma.
func readNumber(text string, commas bool) (events.Decimal, error) {
	if strings.Contains(text, ",") {
		if !commas || strings.Contains(text, ".") || strings.Count(text, ",") > 1 {
			return 0, fmt.Errorf("%q is not a decimal number; write no thousands marks, and a decimal comma only in semicolon-separated files", text)
		}
		text = strings.Replace(text, ",", ".", 1)
	}
	return events.ReadDecimal(text)
}

// clean trims a cell and brings its text into NFC.
func clean(text string) string { return norm.NFC.String(strings.TrimSpace(text)) }
