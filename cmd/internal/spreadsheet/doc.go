// Package spreadsheet is what all files for spreadsheets have in common: Open reads .xlsx within limits and takes numbers as they were
// entered, and Safe keeps a spreadsheet from taking text for a formula.
//
// A workbook is a zip archive of XML parts (ISO/IEC 29500): the relationships of the package name the workbook part, which names its
// sheets; beside it are the shared strings and the styles. What is read of a sheet are its cells and which of them are merged.
package spreadsheet

import "strings"

// formulaSigns begin what spreadsheets take for a formula, or may once a line is split there.
const formulaSigns = "=+-@\t\r\n"

// Safe is text from outside as a cell: what a spreadsheet might run has an apostrophe before it. Numbers stay as they are.
func Safe(text string) string {
	start := strings.TrimLeft(text, " \u00a0") // which some programs leave out
	if start == "" || !strings.Contains(formulaSigns, start[:1]) || IsNumber(start) {
		return text
	}
	return "'" + text
}

// SafeRow is Safe of each cell, in a new slice.
func SafeRow(row []string) []string {
	safe := make([]string, len(row))
	for i, text := range row {
		safe[i] = Safe(text)
	}
	return safe
}

// IsNumber reports whether text is digits with at most one decimal mark between them and perhaps a minus before them.
func IsNumber(text string) bool {
	whole, fraction, cut := strings.Cut(strings.Replace(strings.TrimPrefix(text, "-"), ",", ".", 1), ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	return digits(whole) && (!cut || digits(fraction))
}

// FitsNumber reports whether text can be a number cell that shows it digit for digit: a number of at most 15 digits without a leading zero.
func FitsNumber(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	leading := len(digits) > 1 && digits[0] == '0' && digits[1] != '.'
	return IsNumber(text) && !strings.Contains(text, ",") && !leading && len(strings.Replace(digits, ".", "", 1)) <= sheetDigits
}
