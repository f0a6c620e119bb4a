package events

import (
	"fmt"
	"time"
)

// TimeLayout is the one form of a time in records and headers: UTC, whole milliseconds.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// FormatTime is t in TimeLayout.
func FormatTime(t time.Time) string { return t.UTC().Format(TimeLayout) }

// ParseTime reads a time in TimeLayout and in no other form; years run from 0001 to 9999.
func ParseTime(s string) (time.Time, error) {
	fail := func() (time.Time, error) {
		return time.Time{}, fmt.Errorf("%q is not a time of the form YYYY-MM-DDTHH:MM:SS.mmmZ", s)
	}
	if len(s) != len(TimeLayout) {
		return fail()
	}
	for i := range len(s) {
		if digit := isDigit(TimeLayout[i]); digit && !isDigit(s[i]) || !digit && s[i] != TimeLayout[i] {
			return fail()
		}
	}
	number := func(from, to int) (n int) {
		for _, c := range []byte(s[from:to]) {
			n = n*10 + int(c-'0')
		}
		return n
	}
	year, month, day := number(0, 4), number(5, 7), number(8, 10)
	hour, minute, second, milli := number(11, 13), number(14, 16), number(17, 19), number(20, 23)
	t := time.Date(year, time.Month(month), day, hour, minute, second, milli*int(time.Millisecond), time.UTC)
	// time.Date bends the 30th of February into March: what it changed was no date.
	y, m, d := t.Date()
	if year == 0 || y != year || int(m) != month || d != day || hour > 23 || minute > 59 || second > 59 {
		return fail()
	}
	return t, nil
}

// Milliseconds is t as the ledger keeps time: UTC, cut to whole milliseconds.
func Milliseconds(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
