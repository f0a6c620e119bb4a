package spreadsheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// TestSafe: what a spreadsheet might run has an apostrophe before it, numbers and all else stay.
func TestSafe(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "Alpha": "Alpha", "=1+1": "'=1+1", "+84": "'+84", "@SUM(A1)": "'@SUM(A1)", "-": "'-", "-5": "-5", "-5.25": "-5.25",
		"-5,25": "-5,25", "-5+2": "'-5+2", "-1.2.3": "'-1.2.3", "\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1", "  =1+1": "'  =1+1", "\u00a0=1": "'\u00a0=1", "a=1": "a=1", "'=1": "'=1"} {
		if got := Safe(text); got != want {
			t.Errorf("Safe(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestFitsNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"0": true, "-5.25": true, "0.5": true, "123456789012345": true, "1234567890123456": false, "123456789012.3456": false,
		"007": false, "1,5": false, "1e3": false, "": false, "-": false, "1.": false, ".5": false} {
		if got := FitsNumber(text); got != want {
			t.Errorf("FitsNumber(%q) = %t", text, got)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][2]int{"A1": {1, 1}, "Z9": {26, 9}, "AA10": {27, 10}, "XFD1048576": {MaxColumns, MaxRows}} {
		if column, row, ok := position(name); !ok || [2]int{column, row} != want || Name(column, row) != name {
			t.Errorf("%s is %d, %d, %t", name, column, row, ok)
		}
	}
	for _, name := range []string{"", "A", "1", "a1", "A0", "XFE1", "A1048577", "A-1", "AAAAA1", "A1B"} {
		if _, _, ok := position(name); ok {
			t.Errorf("%q was taken for a cell", name)
		}
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]Format{"General": Plain, "0.00": Plain, "#,##0": Plain, "0%": Percent, "dd/mm/yyyy": Date, "[h]:mm": Date, `0.0"days"`: Plain,
		"[Red]0.00": Plain, `0\h`: Plain, "_-* #,##0_d": Plain, "0.00E+00": Plain, "[$-42A]d mmmm": Date} {
		if got := formatOf(200, code); got != want {
			t.Errorf("%s: %d, want %d", code, got, want)
		}
	}
	if formatOf(9, "") != Percent || formatOf(14, "") != Date || formatOf(2, "") != Plain {
		t.Error("a format of the program's own is taken for another")
	}
}

// packed is a workbook of one sheet with the given rows.
func packed(t testing.TB, data string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	const head = `<?xml version="1.0" encoding="UTF-8"?>`
	const rel = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>`
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	for name, text := range map[string]string{
		"_rels/.rels":                fmt.Sprintf(rel, `<Relationship Id="r1" Type="`+office+`/officeDocument" Target="/xl/workbook.xml"/>`),
		"xl/_rels/workbook.xml.rels": fmt.Sprintf(rel, `<Relationship Id="r1" Type="`+office+`/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="`+office+`/sharedStrings" Target="sharedStrings.xml"/>`),
		"xl/workbook.xml":            `<workbook xmlns:r="` + office + `"><sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/sharedStrings.xml":       `<sst><si><t>plain</t></si><si><r><t>ri</t></r><r><t>ch</t></r><rPh><t>no</t></rPh></si><si><t>a_x000A_b</t></si></sst>`,
		"xl/worksheets/sheet1.xml":   `<x:worksheet xmlns:x="main"><x:sheetData>` + data + `</x:sheetData><x:mergeCells><x:mergeCell ref="A1:B2"/></x:mergeCells></x:worksheet>`,
	} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(head + text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestRows reads each type of cell as spreadsheets and programs store it.
func TestRows(t *testing.T) {
	t.Parallel()
	book, err := Open(packed(t, `<row><c t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c><c t="s"><v>2</v></c></row><row/>`+
		`<row r="7"><c><v>1.1000000000000001</v></c><c><v>1E-3</v></c><c t="b"><v>1</v></c><c t="e"><v>#REF!</v></c><c t="str"><f>A1</f><v>x</v></c>`+
		`<c t="inlineStr"><is><t>in</t></is></c><c><f>1</f></c><c/></row>`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	var merged []Area
	for row, err := range book.Rows(book.Sheets[0], &merged) {
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range row.Cells {
			got = append(got, fmt.Sprintf("%s:%d:%q:%t", Name(c.Column, row.Number), c.Kind, c.Text, c.Formula))
		}
	}
	want := `A1:0:"plain":false C1:0:"rich":false D1:0:"a\nb":false A7:1:"1.1":false B7:1:"0.001":false C7:2:"1":false D7:3:"#REF!":false E7:0:"x":true F7:0:"in":false G7:1:"":true`
	if strings.Join(got, " ") != want {
		t.Errorf("read %s", strings.Join(got, " "))
	}
	if len(merged) != 1 || merged[0] != (Area{1, 1, 2, 2}) {
		t.Errorf("merged: %v", merged)
	}
}

// TestRefused: what no spreadsheet writes is an error, and none panics.
func TestRefused(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		`<row r="2"/><row r="2"/>`:          "out of order",
		`<row r="0"/>`:                      "out of order",
		`<row r="1048577"/>`:                "more than 1048576 rows",
		`<row><c r="B1"/><c r="A1"/></row>`: "columns are out of order",
		`<row><c r="A2"/></row>`:            "does not belong here",
		`<row><c r="XFE1"/></row>`:          "does not belong here",
		`<row><c r="XFD1"/><c/></row>`:      "more than 16384 columns",
		`<row><c t="s"><v>3</v></c></row>`:  "refers to text",
		`<row><c t="s"><v>-1</v></c></row>`: "refers to text",
		`<row><c>`:                          "save the workbook anew",
		`<row><c t="str"><v>` + strings.Repeat("x", maxCellBytes+1) + `</v></c></row>`: "shorten it",
	} {
		book, err := Open(packed(t, data))
		if err != nil {
			t.Fatal(err)
		}
		for _, rowErr := range book.Rows(book.Sheets[0], nil) {
			err = errors.Join(err, rowErr)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %s", data, err, want)
		}
	}
	for _, content := range []string{"", "PK", "PK\x05\x06" + strings.Repeat("\x00", 18)} {
		if _, err := Open([]byte(content)); err == nil || !strings.Contains(err.Error(), "save it as an Excel workbook") {
			t.Errorf("%q: %v", content, err)
		}
	}
}

// TestUnpacksLittle: what unpacks to more than the limit ends with an error. The limit is lowered, so that the test is quick.
func TestUnpacksLittle(t *testing.T) {
	t.Parallel()
	book, err := Open(packed(t, `<row><c t="str"><v>`+strings.Repeat("x", 10_000)+`</v></c></row>`))
	if err != nil {
		t.Fatal(err)
	}
	book.left = 1000
	for _, rowErr := range book.Rows(book.Sheets[0], nil) {
		err = rowErr
	}
	if err == nil || !strings.Contains(err.Error(), "unpacks to more") {
		t.Error(err)
	}
}

// TestTables writes a table both ways: text is neutral, numbers are numbers with their places.
func TestTables(t *testing.T) {
	t.Parallel()
	table := Table{Name: "One", About: [][]string{{"=cmd", "about"}}, Columns: []Column{{Name: "Title"}, {Name: "+Points", Numbers: true}},
		Rows: Given([][]string{{"@x", "681.00"}, {"007", "-5"}, {"", "=2"}, {"Đồng Đăng", ""}})}
	var out bytes.Buffer
	if err := WriteCSV(&out, []Table{table, table}); err != nil {
		t.Fatal(err)
	}
	one := "'=cmd,about\nTitle,'+Points\n'@x,681.00\n007,-5\n,'=2\nĐồng Đăng,\n"
	if want := "\ufeff" + one + "\n" + one; out.String() != want && out.String() != strings.Replace(want, "\n\n", "\n\"\"\n", 1) {
		t.Errorf("CSV:\n%q", out.String())
	}
	out.Reset()
	if err := WriteXLSX(&out, []Table{table}); err != nil {
		t.Fatal(err)
	}
	x, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for cell, want := range map[string]string{"A1": "'=cmd", "B2": "'+Points", "A3": "'@x", "B3": "681.00", "A4": "007", "B4": "-5", "B5": "'=2", "A6": "Đồng Đăng"} {
		if got, err := x.GetCellValue("One", cell); err != nil || got != want {
			t.Errorf("%s is %q, %v; want %q", cell, got, err, want)
		}
	}
	failing := table
	failing.Rows = func(yield func([]string, error) bool) { yield(nil, errors.New("gone")) }
	if err := errors.Join(WriteXLSX(&out, []Table{failing})); err == nil || !strings.Contains(err.Error(), "sheet One: gone") {
		t.Error(err)
	}
}

// FuzzOpen: any rows of cells are read or refused.
func FuzzOpen(f *testing.F) {
	f.Add(`<row r="1"><c r="A1" t="s" s="0"><v>0</v></c></row>`)
	f.Add(`<row><c t="inlineStr"><is><r><t>x</t></r></is></c><c><f>A1</f><v>2</v></c></row>`)
	f.Fuzz(func(t *testing.T, data string) {
		book, err := Open(packed(t, data))
		if err != nil {
			return
		}
		last := 0
		var merged []Area
		for row, err := range book.Rows(book.Sheets[0], &merged) {
			if err != nil {
				return
			}
			if row.Number <= last || len(row.Cells) == 0 {
				t.Fatalf("row %d after %d: %v", row.Number, last, row.Cells)
			}
			last = row.Number
		}
	})
}
