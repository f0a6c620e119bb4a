package scores

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"campaignledger/cmd/internal/workbook"
	"campaignledger/events"
)

const workbookRegulation = `{id: wb, title: W, period: {start: 2026-01-01, end: 2026-12-31, zone: UTC}, levels: [{id: self, scorers: own-unit}, {id: cross, scorers: peer-units}],
 criteria: {default: {items: [{id: I, method: graded, max: 20}, {id: P, method: ordinal, table: [10, 8]}, {id: Q, method: passfail, max: 5}]}},
 clusters: [{id: c1, criteria: default, units: [{id: a}, {id: b}, {id: c}]}]}`

// filled is a score workbook of unit a with these cells ("sheet!cell") as they are entered: as numbers, where they begin with #.
func filled(t *testing.T, cells map[string]string) []byte {
	t.Helper()
	r, err := events.ParseRegulation("wb.yaml", []byte(workbookRegulation))
	if err != nil {
		t.Fatal(err)
	}
	var blank, out bytes.Buffer
	err = workbook.Write(&blank, workbook.Content{Regulation: r, Version: 1, Cluster: &r.Clusters[0], Scorer: "a", Seq: 1, Lang: "vi", Levels: []*events.Level{&r.Levels[0], &r.Levels[1]}})
	if err != nil {
		t.Fatal(err)
	}
	x, err := excelize.OpenReader(&blank)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for at, text := range cells {
		sheet, cell, _ := strings.Cut(at, "!")
		if number, ok := strings.CutPrefix(text, "#"); ok {
			err = x.SetCellDefault(sheet, cell, number)
		} else {
			err = x.SetCellStr(sheet, cell, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestScoreWorkbook: each filled cell is a row, numbered by level, criterion and unit, and named by its cell.
func TestScoreWorkbook(t *testing.T) {
	t.Parallel()
	f, err := Read("w.xlsx", filled(t, map[string]string{"cross!G5": "#7.25", "cross!F5": "7,5", "cross!F6": "#1.5", "self!E7": "#1", "self!E5": "1.234567891",
		"cross!G6": "không chấm", "cross!F7": "yes", "cross!G7": "#0.30000000000000004"}))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, row := range f.Rows {
		said := fmt.Sprint(row.Err)
		if row.Err == nil {
			p := row.Proposal.Payload.(*events.ScoreEntered)
			said = fmt.Sprintf("%s/%s/%s/%s/%s %s", p.Cluster, row.Proposal.Subject, p.Criterion, p.Level, p.Scorer, p.Mark)
		}
		if row.Number != i+1 {
			t.Errorf("row %d has number %d", i+1, row.Number)
		}
		got = append(got, row.Place()+": "+said)
	}
	want := []string{`sheet self, cell E5: column points: "1.234567891" has more than 6 decimal places`, `sheet self, cell E7: c1/a/Q/self/a actual:1`,
		`sheet cross, cell F5: column points: "7,5": the file has decimal points and decimal commas; use one kind, and no thousands marks`,
		`sheet cross, cell G5: c1/c/I/cross/a points:7.25`, `sheet cross, cell F6: column place: "1.5" is not a place; places are whole numbers from 1 to 1000000`,
		`sheet cross, cell G6: c1/c/P/cross/a abstained`, `sheet cross, cell F7: column actual: "yes" is not a decimal number`, `sheet cross, cell G7: column actual: "0.30000000000000004" has more than 6 decimal places`}
	matches := len(got) == len(want)
	for i := range want {
		matches = matches && strings.HasPrefix(got[i], want[i])
	}
	if !matches {
		t.Errorf("read\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if cells := f.Rows[3].Cells; f.Separator != ';' || !slices.Equal(cells, []string{"c1", "c", "I", "cross", "a", "7,25", "", "", ""}) {
		t.Errorf("as a rejected row: %q", cells)
	}
}

// TestBlankWorkbook: a workbook without marks says so.
func TestBlankWorkbook(t *testing.T) {
	t.Parallel()
	if _, err := Read("w.xlsx", filled(t, nil)); err == nil || !strings.Contains(err.Error(), "w.xlsx: no cell for a mark is filled in") {
		t.Error(err)
	}
}
