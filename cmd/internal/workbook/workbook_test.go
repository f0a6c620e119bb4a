package workbook

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"campaignledger/cmd/internal/spreadsheet"
	"campaignledger/events"
)

const regulationYAML = `
id: wb
title: "=cmd|' /C calc'!A0"
notice: "trial marks"
period: {start: 2026-01-01, end: 2026-12-31, zone: Asia/Ho_Chi_Minh}
levels:
  - {id: self, scorers: own-unit}
  - {id: cross, scorers: peer-units}
  - {id: a-level-whose-id-is-longer-than-a-sheet-name-may-be, scorers: any}
  - {id: history, scorers: lead}
  - {id: council, scorers: council}
criteria:
  default:
    items:
      - id: I
        title: "+Group"
        items:
          - {id: I.1, title: "@one", method: graded, max: 20}
          - {id: I.2, title: "Cases", method: target, max: 40}
          - {id: I.3, title: "Done", method: passfail, max: 5}
      - {id: P, title: "Places", method: ordinal, table: [10, 8]}
      - {id: bonus, title: "Bonus", method: adjustment, min: -5, max: 10}
clusters:
  - {id: c1, title: "-cluster", criteria: default, lead: a, units: [{id: a, title: "=A"}, {id: b, not-assigned: [I]}, {id: c}]}
`

func regulation(t testing.TB) *events.Regulation {
	t.Helper()
	r, err := events.ParseRegulation("wb.yaml", []byte(regulationYAML))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// content is a workbook of unit a at the levels that it scores at.
func content(t testing.TB) Content {
	t.Helper()
	r := regulation(t)
	c := Content{Regulation: r, Version: 1, Cluster: &r.Clusters[0], Scorer: "a", Seq: 7, Lang: "en", Marks: map[Key]events.Mark{}, Targets: map[Key]events.Decimal{}}
	for i := range r.Levels {
		if Scores(&r.Levels[i], c.Cluster, "a") {
			c.Levels = append(c.Levels, &r.Levels[i])
		}
	}
	return c
}

func written(t testing.TB, c Content) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, c); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// edited is a workbook after its user was at it.
func edited(t testing.TB, book []byte, edit func(x *excelize.File) error) []byte {
	t.Helper()
	x, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if err := edit(x); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := x.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func read(t testing.TB, content []byte) (*Book, []Entry, error) {
	t.Helper()
	x, err := spreadsheet.Open(content)
	if err != nil {
		t.Fatal(err)
	}
	if !Recognised(x) {
		t.Fatal("the workbook is not recognised")
	}
	return Read(x, MaxCells)
}

// TestRoundTrip: what is filled in comes back, in order and to the digit, in both languages.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	number := func(kind events.MarkKind, text string) events.Mark {
		d, err := events.ParseDecimal(text)
		if err != nil {
			t.Fatal(err)
		}
		return events.Mark{Kind: kind, Amount: d}
	}
	for _, lang := range []string{"vi", "en"} {
		c := content(t)
		c.Lang, c.Genesis = lang, strings.Repeat("ab", 32)
		c.Targets[Key{"", "I.2", "c"}] = number(events.MarkActual, "12").Amount
		c.Marks = map[Key]events.Mark{
			{"self", "I.1", "a"}:   number(events.MarkPoints, "19.000001"),
			{"self", "I.2", "a"}:   number(events.MarkActual, "123456789012.123456"),
			{"cross", "I.1", "b"}:  {Kind: events.MarkAbstained},
			{"cross", "I.1", "c"}:  {Kind: events.MarkRecused},
			{"cross", "P", "c"}:    number(events.MarkPlace, "1"),
			{"history", "P", "a"}:  number(events.MarkPlace, "2"),
			{"self", "bonus", "a"}: number(events.MarkPoints, "-0.5"),
		}
		b, entries, err := read(t, written(t, c))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range entries {
			got = append(got, fmt.Sprintf("%s!%s %s/%s/%s %d %q %s", e.Sheet, e.Cell, e.Level, e.Criterion, e.Unit, e.Kind, e.Text, e.Problem))
		}
		want := []string{`self!E6 self/I.1/a 1 "19.000001" `, `self!E7 self/I.2/a 2 "123456789012.123456" `, `self!E11 self/bonus/a 1 "-0.5" `,
			`cross!F6 cross/I.1/b 4 "" `, `cross!G6 cross/I.1/c 5 "" `, `cross!G10 cross/P/c 3 "1" `, `history-2!E10 history/P/a 3 "2" `}
		for i, w := range want { // the numbers of kinds are those of package events
			w = strings.NewReplacer(" 1 \"", fmt.Sprintf(" %d \"", events.MarkPoints), " 2 \"", fmt.Sprintf(" %d \"", events.MarkActual), " 3 \"", fmt.Sprintf(" %d \"", events.MarkPlace),
				" 4 \"", fmt.Sprintf(" %d \"", events.MarkAbstained), " 5 \"", fmt.Sprintf(" %d \"", events.MarkRecused)).Replace(w)
			want[i] = w
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: read\n%s\nwant\n%s", lang, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if err := b.Fits(c.Regulation, c.Genesis); err != nil || b.Scorer != "a" || b.Seq != 7 || b.Regulation != 1 || b.Cluster != "c1" {
			t.Errorf("%+v: %v", b, err)
		}
	}
}

// TestLayout: what is not the scorer's is locked, texts from outside can't run, and the hidden sheet is hidden.
func TestLayout(t *testing.T) {
	t.Parallel()
	x, err := excelize.OpenReader(bytes.NewReader(written(t, content(t))))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if names := x.GetSheetList(); !slices.Equal(names, []string{"Instructions", "self", "cross", "a-level-whose-id-is-longer-than", "history-2", metaSheet}) {
		t.Errorf("the sheets are %q", names)
	}
	if visible, err := x.GetSheetVisible(metaSheet); err != nil || visible {
		t.Errorf("the hidden sheet is visible: %v", err)
	}
	for _, at := range []struct {
		sheet, cell string
		locked      bool
	}{{"self", "E6", false}, {"self", "F6", true}, {"self", "G6", true}, {"cross", "E6", true}, {"cross", "F6", true}, {"cross", "F10", false}, {"cross", "G6", false},
		{"cross", "G8", true}, {"cross", "G5", true}, {"cross", "A6", true}, {"history-2", "E6", false}} {
		style, err := x.GetCellStyle(at.sheet, at.cell)
		if err != nil {
			t.Fatal(err)
		}
		s, err := x.GetStyle(style)
		if err != nil {
			t.Fatal(err)
		}
		if locked := s.Protection == nil || s.Protection.Locked; locked != at.locked {
			t.Errorf("%s %s: locked %t", at.sheet, at.cell, locked)
		}
	}
	for _, sheet := range x.GetSheetList() {
		rows, err := x.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, text := range row {
				if text != spreadsheet.Safe(text) {
					t.Errorf("%s: %q could run", sheet, text)
				}
			}
		}
	}
	if v, err := x.GetDataValidations("self"); err != nil || len(v) != 5 || !strings.Contains(v[0].Formula1, "E6<=20") {
		t.Errorf("%d validations: %v", len(v), err)
	}
}

// TestCells: each filled cell is read as it was meant, or refused with its place.
func TestCells(t *testing.T) {
	t.Parallel()
	blank := written(t, content(t))
	for _, c := range []struct {
		name          string
		edit          func(x *excelize.File) error
		text, problem string
	}{
		{"number", func(x *excelize.File) error { return x.SetCellDefault("self", "E6", "1.1000000000000001") }, "1.1", ""},
		{"text", func(x *excelize.File) error { return x.SetCellStr("self", "E6", " 7,25 ") }, "7,25", ""},
		{"absence", func(x *excelize.File) error { return x.SetCellStr("self", "E6", "TỪ CHỐI") }, "", ""},
		{"decomposed", func(x *excelize.File) error { return x.SetCellStr("self", "E6", "Kho\u0302ng cha\u0302\u0301m") }, "", ""},
		{"formula", func(x *excelize.File) error { return x.SetCellFormula("self", "E6", "1+1") }, "", "formula; paste its value"},
		{"error", func(x *excelize.File) error { return x.SetCellFormula("self", "E6", "1/0") }, "", "formula"},
		{"bool", func(x *excelize.File) error { return x.SetCellBool("self", "E6", true) }, "", "write 1 or 0"},
		{"date", func(x *excelize.File) error { return styled(x, 14) }, "", "a date or a time"},
		{"percent", func(x *excelize.File) error { return styled(x, 9) }, "", "a percentage"},
		{"merged", func(x *excelize.File) error {
			if err := x.SetCellInt("self", "E6", 5); err != nil {
				return err
			}
			return x.MergeCell("self", "E6", "G6")
		}, "5", "merged with others"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, entries, err := read(t, edited(t, blank, c.edit))
			if err != nil || len(entries) != 1 {
				t.Fatalf("%+v, %v", entries, err)
			}
			if e := entries[0]; e.Text != c.text || (e.Problem == "") != (c.problem == "") || !strings.Contains(e.Problem, c.problem) || e.Cell != "E6" {
				t.Errorf("%+v", e)
			}
		})
	}
}

func styled(x *excelize.File, format int) error {
	style, err := x.NewStyle(&excelize.Style{NumFmt: format})
	if err != nil {
		return err
	}
	if err := x.SetCellStyle("self", "E6", "E6", style); err != nil {
		return err
	}
	return x.SetCellDefault("self", "E6", "0.5")
}

// TestRefusedWorkbooks: what is no longer the workbook that was made is refused with its place and what to do; moved rows and columns are not.
func TestRefusedWorkbooks(t *testing.T) {
	t.Parallel()
	blank := written(t, content(t))
	set := func(sheet, cell, text string) func(*excelize.File) error {
		return func(x *excelize.File) error { return x.SetCellStr(sheet, cell, text) }
	}
	for want, edit := range map[string]func(*excelize.File) error{
		`sheet self, cell F4: "bb" is not a unit`:                      set("self", "F4", "bb"),
		`sheet self, cell F4: unit a has column E already`:             set("self", "F4", "a"),
		`sheet self, cell A6: "I.9" is not a criterion`:                set("self", "A6", "I.9"),
		`sheet self, cell A9: criterion I.1 has row 6 already`:         set("self", "A9", "I.1"),
		`sheet self, cell A2: a criterion stands above the header row`: set("self", "A2", "I.1"),
		`sheet self, cell E5: I is a group`:                            set("self", "E5", "3"),
		`sheet self, cell E20: there is no criterion beside`:           set("self", "E20", "3"),
		`sheet self, cell H6: there is no unit above`:                  set("self", "H6", "3"),
		`sheet self: no cell of its first 100 rows says`:               set("self", "A4", "id"),
		`version "2", and this program reads`:                          set(metaSheet, "C1", "2"),
		`version "0", and this program reads`:                          set(metaSheet, "C1", "0"),
		`the hidden sheet campaign-ledger was changed`:                 set(metaSheet, "A3", "klaster"),
		`the hidden sheet ` + metaSheet + ` was changed; make`: func(x *excelize.File) error {
			return x.SetSheetRow(metaSheet, "A40", &[]string{"level", "self", "self"})
		},
		`sheet "Notes" is not one of the workbook`:                    func(x *excelize.File) error { _, err := x.NewSheet("Notes"); return err },
		`sheet "myself" is not one of the workbook; remove it, or`:    func(x *excelize.File) error { return x.SetSheetName("self", "myself") },
		`sheet self: row 40000 has cells, and a workbook has at most`: set("self", "A40000", "x"),
	} {
		if _, _, err := read(t, edited(t, blank, edit)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
	moved := edited(t, blank, func(x *excelize.File) error {
		if err := x.SetCellInt("cross", "G10", 1); err != nil {
			return err
		}
		if err := x.InsertRows("cross", 5, 2); err != nil {
			return err
		}
		if err := x.InsertCols("cross", "A", 1); err != nil {
			return err
		}
		return x.DeleteSheet("self")
	})
	if _, entries, err := read(t, moved); err != nil || len(entries) != 1 || entries[0].Cell != "H12" || entries[0].Criterion != "P" || entries[0].Unit != "c" {
		t.Errorf("moved: %+v, %v", entries, err)
	}
}

// TestFits: a workbook of another campaign, or from before what it shows was amended, is refused.
func TestFits(t *testing.T) {
	t.Parallel()
	b, _, err := read(t, written(t, content(t)))
	if err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string][2]string{
		"":                                   {"Bonus", "Extra"}, // a title
		"of campaign wb and not of other":    {"id: wb", "id: other"},
		"of cluster c1, and campaign wb has": {"id: c1", "id: c2"},
		"level self is not in":               {"id: self", "id: own"},
		"unit c is not in cluster c1":        {"{id: c}", "{id: d}"},
		"criterion I.1 is not in":            {"max: 20", "max: 25"},
		"criterion bonus is not in":          {"min: -5, ", ""},
	} {
		source := strings.Replace(regulationYAML, change[0], change[1], 1)
		if change[0] == "id: c1" {
			source = strings.ReplaceAll(source, "c1", "c2")
		}
		r, err := events.ParseRegulation("wb.yaml", []byte(source))
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Fits(r, ""); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", change, err)
		}
	}
	if err := b.Fits(regulation(t), strings.Repeat("0", 64)); err == nil || !strings.Contains(err.Error(), "another genesis hash") {
		t.Error(err)
	}
}

// FuzzCell: whatever stands in a cell of a level's or the hidden sheet, the workbook is read or refused.
func FuzzCell(f *testing.F) {
	blank := written(f, content(f))
	f.Add("self", 5, 6, "7,5")
	f.Add("cross", 1, 4, "criterion ↓ unit →")
	f.Add(metaSheet, 1, 3, "level")
	f.Fuzz(func(t *testing.T, sheet string, column, row int, text string) {
		if column < 1 || column > 100 || row < 1 || row > 100 || sheet != "self" && sheet != "cross" && sheet != metaSheet {
			return
		}
		book := edited(t, blank, func(x *excelize.File) error { return x.SetCellStr(sheet, spreadsheet.Name(column, row), text) })
		b, entries, err := read(t, book)
		if err != nil {
			return
		}
		_ = b.Fits(regulation(t), "")
		for _, e := range entries {
			if e.Cell == "" || e.Sheet == "" || e.Kind == 0 && e.Problem == "" {
				t.Fatalf("%+v", e)
			}
		}
	})
}
