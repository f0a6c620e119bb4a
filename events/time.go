package events

import (
	"fmt"
	"time"
)

// TimeLayout is the one form of a time in records and headers: UTC, whole milliseconds.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// FormatTime is t in TimeLayout.
func FormatTime(t time.Time) string { return string(appendTime(make([]byte, 0, len(TimeLayout)), t)) }

// appendTime appends t in TimeLayout, several times as fast as the time package does.
func appendTime(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(b, TimeLayout) // no record's time; for messages
	}
	hour, minute, second := t.Clock()
	b = append(appendTwo(appendTwo(b, year/100), year%100), '-')
	b = append(appendTwo(b, int(month)), '-')
	b = append(appendTwo(b, day), 'T')
	b = append(appendTwo(b, hour), ':')
	b = append(appendTwo(b, minute), ':')
	b = append(appendTwo(b, second), '.')
	milli := t.Nanosecond() / int(time.Millisecond)
	return append(appendTwo(append(b, '0'+byte(milli/100)), milli%100), 'Z')
}

// appendTwo appends n, from 0 to 99, in two digits.
func appendTwo(b []byte, n int) []byte { return append(b, '0'+byte(n/10), '0'+byte(n%10)) }

// ParseTime reads a time in TimeLayout and in no other form; years run from 0001 to 9999.
func ParseTime(s string) (time.Time, error) { return parseTime(s) }

func parseTime[T string | []byte](s T) (time.Time, error) {
	valid := len(s) == len(TimeLayout) && s[4] == '-' && s[7] == '-' && s[10] == 'T' && s[13] == ':' && s[16] == ':' &&
		s[19] == '.' && s[23] == 'Z'
	number := func(from, to int) (n int) {
		for ; valid && from < to; from++ {
			valid = isDigit(s[from])
			n = n*10 + int(s[from]-'0')
		}
		return n
	}
	year, month, day := number(0, 4), number(5, 7), number(8, 10)
	hour, minute, second, milli := number(11, 13), number(14, 16), number(17, 19), number(20, 23)
	if !valid || year == 0 || month < 1 || month > 12 || day < 1 || day > daysIn(month, year) || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, fmt.Errorf("%s is not a time of the form YYYY-MM-DDTHH:MM:SS.mmmZ", clip(s))
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, milli*int(time.Millisecond), time.UTC), nil
}

func daysIn(month, year int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// validTime reports whether a record can hold t: whole milliseconds of the years 0001 to 9999 in UTC.
func validTime(t time.Time) bool {
	year := t.UTC().Year()
	return t.Nanosecond()%int(time.Millisecond) == 0 && year >= 1 && year <= 9999
}

// Milliseconds is t as the ledger keeps time: UTC, cut to whole milliseconds.
func Milliseconds(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
