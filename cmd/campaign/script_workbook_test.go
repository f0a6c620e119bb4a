package main

import (
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"
)

// cells FILE OUT SHEET!CELL=VALUE...: writes FILE with these cells, as its user enters them: numbers as numbers, =… as a formula.
func cells(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: cells FILE OUT SHEET!CELL=VALUE...")
	}
	x, err := excelize.OpenFile(ts.MkAbs(args[0]))
	ts.Check(err)
	defer x.Close()
	for _, arg := range args[2:] {
		at, value, _ := strings.Cut(arg, "=")
		sheet, cell, ok := strings.Cut(at, "!")
		if !ok {
			ts.Fatalf("%s: not SHEET!CELL=VALUE", arg)
		}
		formula, isFormula := strings.CutPrefix(value, "=")
		switch {
		case isFormula:
			ts.Check(x.SetCellFormula(sheet, cell, formula))
		case strings.Trim(value, "-.0123456789") == "":
			ts.Check(x.SetCellDefault(sheet, cell, value))
		default:
			ts.Check(x.SetCellStr(sheet, cell, value))
		}
	}
	ts.Check(x.SaveAs(ts.MkAbs(args[1])))
}

// holds FILE SHEET!CELL=VALUE...: the cells show these values.
func holds(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: holds FILE SHEET!CELL=VALUE...")
	}
	x, err := excelize.OpenFile(ts.MkAbs(args[0]))
	ts.Check(err)
	defer x.Close()
	for _, arg := range args[1:] {
		at, want, _ := strings.Cut(arg, "=")
		sheet, cell, _ := strings.Cut(at, "!")
		got, err := x.GetCellValue(sheet, cell)
		ts.Check(err)
		if got != want {
			ts.Fatalf("%s of %s is %q, want %q", at, args[0], got, want)
		}
	}
}
