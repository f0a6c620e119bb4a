package events

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// wrongTimes are near 2017-03-31T02:00:00.000Z and not of the one form.
func wrongTimes() []string {
	return []string{"", "2017-03-31", "2017-03-31T02:00:00Z", "2017-03-31T02:00:00.00Z", "2017-03-31T02:00:00.0000Z",
		"2017-03-31T02:00:00,000Z", "2017-03-31T02:00:00.000", "2017-03-31T02:00:00.000z", "2017-03-31t02:00:00.000Z",
		"2017-03-31 02:00:00.000Z", "2017-03-31T09:00:00.000+07:00", "2017-03-31T02:00:00.000+00:00", "2017-02-30T02:00:00.000Z",
		"2017-02-29T02:00:00.000Z", "1900-02-29T02:00:00.000Z", "2017-04-31T02:00:00.000Z", "2017-13-01T02:00:00.000Z",
		"2017-00-01T02:00:00.000Z", "2017-03-00T02:00:00.000Z", "2017-03-32T02:00:00.000Z", "2017-03-31T24:00:00.000Z",
		"2017-03-31T23:60:00.000Z", "2016-12-31T23:59:60.000Z", "0000-03-31T02:00:00.000Z", "-017-03-31T02:00:00.000Z",
		"+017-03-31T02:00:00.000Z", "2017-03-31T02:00:00.000Z ", " 2017-03-31T02:00:00.000Z", "2017-3-31T02:00:00.0000Z",
		"２017-03-31T02:00:00.000", "20170331T020000.00000000Z", "2017-03-31T02:00:00.-01Z", "2017-03-31T 2:00:00.000Z"}
}

func TestParseTimeRefusals(t *testing.T) {
	t.Parallel()
	for _, s := range wrongTimes() {
		if got, err := ParseTime(s); err == nil {
			t.Errorf("%q was read as %v", s, got)
		} else if !strings.Contains(err.Error(), "YYYY-MM-DDTHH:MM:SS.mmmZ") {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// FormatTime and ParseTime agree with the time package and undo each other, from the first millisecond to the last.
func TestTimesRoundTrip(t *testing.T) {
	t.Parallel()
	first, last := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_000_000, time.UTC)
	times := []time.Time{first, last, time.Date(2016, 2, 29, 0, 0, 0, 0, time.UTC), time.Date(2000, 2, 29, 23, 59, 59, 1_000_000, time.UTC),
		time.UnixMilli(-1), time.UnixMilli(0)}
	const seed = 7
	random := rand.New(rand.NewPCG(seed, seed))
	for range 20_000 {
		times = append(times, time.UnixMilli(first.UnixMilli()+random.Int64N(last.UnixMilli()-first.UnixMilli())))
	}
	zone := time.FixedZone("", 7*3600)
	for _, want := range times {
		s := FormatTime(want.In(zone))
		if s != want.UTC().Format(TimeLayout) {
			t.Fatalf("seed %d: %q, not %q", seed, s, want.UTC().Format(TimeLayout))
		}
		got, err := ParseTime(s)
		if err != nil || !got.Equal(want) || got.Location() != time.UTC || !validTime(got) {
			t.Fatalf("seed %d: %q was read as %v: %v", seed, s, got, err)
		}
	}
	if s := FormatTime(last.Add(time.Millisecond)); s != "10000-01-01T00:00:00.000Z" {
		t.Errorf("after the last: %q", s)
	}
	if s := FormatTime(first.Add(-time.Millisecond)); s != "0000-12-31T23:59:59.999Z" {
		t.Errorf("before the first: %q", s)
	}
}

// Every date of four years, one of them a century without a leap day, is a date exactly if the time package says so.
func TestParseTimeKnowsTheCalendar(t *testing.T) {
	t.Parallel()
	for _, year := range []int{1900, 2000, 2016, 2017} {
		for month := range 14 {
			for day := range 33 {
				b := appendTwo(appendTwo(nil, year/100), year%100)
				b = appendTwo(append(appendTwo(append(b, '-'), month), '-'), day)
				_, want := time.Parse(time.DateOnly, string(b))
				_, err := ParseTime(string(b) + "T00:00:00.000Z")
				if (err == nil) != (want == nil) {
					t.Errorf("%s: %v, but the time package says %v", b, err, want)
				}
			}
		}
	}
}

func TestMilliseconds(t *testing.T) {
	t.Parallel()
	in := time.Date(2017, 3, 31, 9, 0, 0, 123_999_999, time.FixedZone("", 7*3600))
	got := Milliseconds(in)
	if want := time.Date(2017, 3, 31, 2, 0, 0, 123_000_000, time.UTC); got != want {
		t.Errorf("%v, not %v", got, want)
	}
	if validTime(in) || !validTime(got) {
		t.Error("only whole milliseconds stand in a record")
	}
}
