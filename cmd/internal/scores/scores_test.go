package scores

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"campaignledger/events"
)

const header = "cluster,unit,criterion,level,scorer,points\n"

// TestLayouts reads one row in every layout a spreadsheet or program writes it in.
func TestLayouts(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]struct{ name, content string }{
		"plain":           {"a.csv", header + "c,u,I.1,self,u,7.25\n"},
		"no line feed":    {"a.csv", header + "c,u,I.1,self,u,7.25"},
		"BOM and CRLF":    {"a.csv", "\ufeffcluster,unit,criterion,level,scorer,points\r\nc,u,I.1,self,u,7.25\r\n"},
		"quoted":          {"a.CSV", `"Cluster"," Unit ",criterion,LEVEL,scorer,points` + "\n" + `"c","u","I.1","self"," u ","7.25"`},
		"decimal comma":   {"a.txt", "cluster;unit;criterion;level;scorer;points\nc;u;I.1;self;u;7,25\n"},
		"semicolon point": {"a.csv", "cluster;unit;criterion;level;scorer;points\nc;u;I.1;self;u;7.25\n"},
		"sep":             {"a.csv", "\ufeffsep=;\r\ncluster;unit;criterion;level;scorer;points\r\nc;u;I.1;self;u;7,25\r\n"},
		"sep comma":       {"a.csv", "SEP=,\n" + header + "c,u,I.1,self,u,7.25\n"},
		"other order":     {"a.csv", "points,scorer,level,criterion,unit,cluster\n7.250,u,self,I.1,u,c\n"},
		"NDJSON":          {"a.ndjson", `{"cluster":"c","unit":"u","criterion":"I.1","level":"self","scorer":"u","points":"7.25"}`},
		"JSON number":     {"a.JSONL", "\ufeff\r\n" + `{ "points": 7.250, "cluster":"c","unit":"u","criterion":"I.1","level":"self","scorer":"u","reason":null}` + "\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := Read("/some/where/"+file.name, []byte(file.content))
			if err != nil {
				t.Fatal(err)
			}
			if f.Name != file.name || len(f.Rows) != 1 || f.Rows[0].Err != nil || f.Rows[0].Number != 1 {
				t.Fatalf("read %s with %+v", f.Name, f.Rows)
			}
			want := &events.ScoreEntered{Cluster: "c", Criterion: "I.1", Level: "self", Scorer: "u",
				Mark: events.Mark{Kind: events.MarkPoints, Amount: amount(t, "7.25")}}
			if diff := cmp.Diff(events.Payload(want), f.Rows[0].Proposal.Payload); diff != "" || f.Rows[0].Proposal.Subject != "u" {
				t.Errorf("of unit %q: %s", f.Rows[0].Proposal.Subject, diff)
			}
		})
	}
}

func amount(t *testing.T, text string) events.Decimal {
	t.Helper()
	d, err := events.ReadDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestKinds reads each kind of mark, and the optional columns.
func TestKinds(t *testing.T) {
	t.Parallel()
	content := "cluster,unit,criterion,level,scorer,points,actual,place,mark,target,item,time,reason,evidence,basis,error\n" +
		"c,u,I,self,u,-2.5,,,,,late,2017-03-31T09:00:00+07:00,why,\"p. 3\nand 4\",transcribed,gone\n" +
		"c,u,I,self,u,,3,,,,,,,,,\nc,u,I,self,u,,,2,,,,,,,,\nc,u,I,self,u,,,,abstained,,,,,,,\nc,u,I,self,u,,,,recused,,,,,,,\n" +
		"c,u,I,,office,,,,,40,,,moved,,,\n"
	f, err := Read("a.csv", []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	score := func(kind events.MarkKind, text string) *events.ScoreEntered {
		return &events.ScoreEntered{Cluster: "c", Criterion: "I", Level: "self", Scorer: "u", Mark: events.Mark{Kind: kind, Amount: amount(t, text)}}
	}
	first := score(events.MarkPoints, "-2.5")
	first.Item, first.Reason, first.Evidence, first.Basis = "late", "why", "p. 3\nand 4", "transcribed"
	want := []events.Payload{first, score(events.MarkActual, "3"), score(events.MarkPlace, "2"), score(events.MarkAbstained, "0"),
		score(events.MarkRecused, "0"), &events.TargetSet{Cluster: "c", Criterion: "I", Scorer: "office", Target: amount(t, "40"), Reason: "moved"}}
	var got []events.Payload
	var lines []int
	for _, row := range f.Rows {
		if row.Err != nil {
			t.Errorf("row %d: %v", row.Number, row.Err)
		}
		got, lines = append(got, row.Proposal.Payload), append(lines, row.Line)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !slices.Equal(lines, []int{2, 4, 5, 6, 7, 8}) {
		t.Errorf("the rows are in lines %v", lines)
	}
	if at := time.Date(2017, 3, 31, 2, 0, 0, 0, time.UTC); !f.Rows[0].Proposal.Time.Equal(at) || !f.Rows[1].Proposal.Time.IsZero() {
		t.Errorf("the times are %s and %s", f.Rows[0].Proposal.Time, f.Rows[1].Proposal.Time)
	}
}

// TestRefusedFiles holds each file that is refused as a whole against what it is told.
func TestRefusedFiles(t *testing.T) {
	t.Parallel()
	row := "c,u,I,self,u,7\n"
	for _, file := range []struct{ name, content, want string }{
		{"a.csv", "", "the file has no rows"},
		{"a.csv", "\ufeff\r\n \r\n", "the file has no rows"},
		{"a.csv", header, "the file has no rows"},
		{"a.ndjson", "\n\n", "the file has no rows"},
		{"a.csv", "cluster,unit\tx,criterion,level,scorer,points\n" + row, `header row: unknown column "unit\tx"`},
		{"a.csv", "cluster,unit,criterion,level,scorer,points,Points\n" + row, "header row: column points stands twice"},
		{"a.csv", "cluster,unit,criterion,level,scorer,points,\n" + row, "header row: column 7 has no name"},
		{"a.csv", "cluster,unit,criterion,scorer,points\n" + row, "header row: column level is missing"},
		{"a.csv", "unit,criterion,level,scorer,points\n" + row, "header row: column cluster is missing"},
		{"a.csv", "cluster,unit,criterion,level,scorer\n" + row, "header row: one of the columns points"},
		{"a.csv", "cluster\tunit\n", "the header row has tabs"},
		{"a.csv", "hello\n", "has neither commas nor semicolons"},
		{"a.csv", header + "c,u,I,self,u,\"7\n", "line 2, column "},
		{"a.csv", "sep=,\n" + header + "c,u,I,self,u,7\"\n", "line 3, column "},
		{"a.csv", header + "c,u,I,self,\xff,7\n", "line 2 is not valid UTF-8"},
		{"a.csv", header + "c,u,I,self,\x00,7\n", "line 2 holds a zero byte"},
		{"a.csv", "cluster,unit\rc,u\r", "line 1 holds a carriage return"},
		{"a.csv", header + strings.Repeat("x", maxLineBytes+1), "line 2 has 65537 bytes; a row has at most 65536"},
		{"a.ndjson", `{"cluster":"c"}` + "\n" + `{"klaster":"c"}`, `line 2: unknown key "klaster"`},
		{"a.ndjson", `{"cluster":"c","cluster":"d"}`, "line 1: "},
		{"a.json", `[{"cluster":"c"}]`, "line 1: this is a list"},
		{"a.json", "{\n}", "line 1: the line does not end with the object"},
		{"a.ndjson", `{"points":[1]}`, "line 1: key points: "},
		{"a.ndjson", `{"cluster":c}`, "line 1: column 12: "},
		{"a.xlsx", "PK", "save it as an Excel workbook"},
	} {
		f, err := Read(file.name, []byte(file.content))
		if err == nil {
			t.Errorf("%q was read: %+v", file.content, f.Rows)
			continue
		}
		if !strings.HasPrefix(err.Error(), file.name+": ") || !strings.Contains(err.Error(), file.want) {
			t.Errorf("%.80q: %v; want %s", file.content, err, file.want)
		}
	}
}

// TestBadCells holds each bad row against the column and the reason it is told.
func TestBadCells(t *testing.T) {
	t.Parallel()
	for _, bad := range []struct{ header, row, column, want string }{
		{"points", "c,u,I,self,u,", "points", "this one has none"},
		{"points,actual", "c,u,I,self,u,1,2", "actual", "this one has points too"},
		{"points", "c,u,I,self,,1", "scorer", "fill it in"},
		{"points", "c,u,I,,u,1", "level", "fill it in"},
		{"points", "c,Unit,I,self,u,1", "unit", "is not an id"},
		{"points", "c,u,I 1,self,u,1", "criterion", "is not an id"},
		{"points", "c,u,I,self,u", "", "the row has 5 cells, the header 6"},
		{"points", "c,u,I,self,u,7,5", "", "the row has 7 cells, the header 6"},
		{"points", "c,u,I,self,u,1e3", "points", "is not a decimal number"},
		{"points", "c,u,I,self,u,0x10", "points", "is not a decimal number"},
		{"points", "c,u,I,self,u,\"7,5\"", "points", "a decimal comma only in semicolon-separated files"},
		{"points", "c,u,I,self,u,1.2345678", "points", "more than 6 decimal places"},
		{"actual", "c,u,I,self,u,-1", "actual", ""},
		{"place", "c,u,I,self,u,0", "place", "whole numbers from 1"},
		{"place", "c,u,I,self,u,1.5", "place", "whole numbers from 1"},
		{"mark", "c,u,I,self,u,Recused", "mark", "neither abstained nor recused"},
		{"target", "c,u,I,self,u,0", "target", ""},
		{"points,time", "c,u,I,self,u,1,31/3/2017", "time", "is not a time with its zone"},
		{"points,basis", "c,u,I,self,u,1,By Hand", "basis", "is not an id"},
		{"points,reason", "c,u,I,self,u,1," + strings.Repeat("x", events.MaxTextBytes+1), "reason", "shorten it to"},
	} {
		content := strings.TrimSuffix(header, "points\n") + bad.header + "\n" + bad.row + "\n"
		f, err := Read("a.csv", []byte(content))
		if err != nil {
			t.Errorf("%.60q: %v", bad.row, err)
			continue
		}
		var cell *CellError
		if !errors.As(f.Rows[0].Err, &cell) || cell.Column != bad.column || !strings.Contains(cell.Reason, bad.want) {
			t.Errorf("%.60q: %v; want column %s, %s", bad.row, f.Rows[0].Err, bad.column, bad.want)
		}
	}
}

// TestDecimalKinds: a semicolon-separated file has decimal points or commas; the row that brings the second kind is bad.
func TestDecimalKinds(t *testing.T) {
	t.Parallel()
	for numbers, bad := range map[string]int{"1 2,5 3,5": 0, "1 2.5 3.5": 0, "2,5 3.5 4": 2, "2.5 3 4,5": 3, "1.234,5 2 3": 1, "1,234,5 2 3": 1} {
		content := "cluster;unit;criterion;level;scorer;points\n"
		for _, number := range strings.Fields(numbers) {
			content += "c;u;I;self;u;" + number + "\n"
		}
		f, err := Read("a.csv", []byte(content))
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range f.Rows {
			if bad == 0 && row.Err != nil || row.Number == bad && row.Err == nil || row.Number < bad && row.Err != nil {
				t.Errorf("%s: row %d: %v", numbers, row.Number, row.Err)
			}
		}
	}
}

// TestWorkbook reads cells as a spreadsheet stores them.
func TestWorkbook(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	sheet := book.GetSheetName(0)
	for i, name := range []string{"Cluster", "unit", "criterion", "level", "scorer", "points", "evidence"} {
		set(t, book, sheet, 1, i+1, name, true)
	}
	stored := []string{"7.5", "1.1000000000000001", "1E-3", "0.30000000000000004", "12"}
	for row, number := range stored {
		for i, text := range []string{"c", "u", "I", "self", "u"} {
			set(t, book, sheet, row+2, i+1, text, true)
		}
		set(t, book, sheet, row+2, 6, number, false)
	}
	set(t, book, sheet, 8, 1, "c", true) // after an empty row
	set(t, book, sheet, 8, 7, "1.1000000000000001 is text", true)
	var content bytes.Buffer
	if err := book.Write(&content); err != nil {
		t.Fatal(err)
	}
	f, err := Read("book.XLSX", content.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"7.5", "1.1", "0.001", "0.3", "12"} {
		score, ok := f.Rows[i].Proposal.Payload.(*events.ScoreEntered)
		if want == "0.3" { // 0.1 + 0.2: the sheet holds more than six places, and nothing is bent
			ok = f.Rows[i].Err != nil
		} else if ok {
			ok = score.Mark.Amount == amount(t, want)
		}
		if !ok {
			t.Errorf("%s: %+v, %v; want %s", stored[i], f.Rows[i].Proposal.Payload, f.Rows[i].Err, want)
		}
	}
	last := f.Rows[len(f.Rows)-1]
	if last.Line != 8 || last.Err == nil || last.Cells[6] != "1.1000000000000001 is text" {
		t.Errorf("the last row is %+v", last)
	}
}

// set writes a cell as text, or as a number in the digits given.
func set(t *testing.T, book *excelize.File, sheet string, row, column int, text string, isText bool) {
	t.Helper()
	cell, err := excelize.CoordinatesToCellName(column, row)
	if err == nil && isText {
		err = book.SetCellStr(sheet, cell, text)
	} else if err == nil {
		err = book.SetCellDefault(sheet, cell, text)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// FuzzRead: any bytes are read or refused, each row has a proposal or an error, and an error names the file.
func FuzzRead(f *testing.F) {
	f.Add("a.csv", []byte(header+"c,u,I,self,u,7.5\n"))
	f.Add("a.csv", []byte("sep=;\r\ncluster;unit;criterion;scorer;target\r\nc;u;I;x;7,5\r\n"))
	f.Add("a.ndjson", []byte(`{"cluster":"c","unit":"u","criterion":"I","level":"self","scorer":"u","points":7}`))
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		file, err := Read(name, content)
		if err != nil {
			return
		}
		if len(file.Rows) == 0 {
			t.Fatal("a file without rows was read")
		}
		for i, row := range file.Rows {
			if row.Number != i+1 || (row.Err == nil) != (row.Proposal.Payload != nil) {
				t.Fatalf("row %d: %+v", i+1, row)
			}
		}
	})
}
