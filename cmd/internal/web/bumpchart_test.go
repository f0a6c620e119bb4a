package web

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// chartOf is a chart of n units over some days; ranks gives a unit's rank on a day.
func chartOf(n, days int, ranks func(day, unit int) int) BumpInput {
	start := time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC)
	in := BumpInput{MonthFormat: "01/06"}
	for u := range n {
		in.Units = append(in.Units, BumpUnit{fmt.Sprintf("u%02d", u), fmt.Sprintf("Unit %02d", u)})
	}
	for d := range days {
		day := BumpDay{Day: start.AddDate(0, 0, d)}
		for u := range n {
			day.Ranks = append(day.Ranks, ranks(d, u))
		}
		in.Days = append(in.Days, day)
		in.Now, in.NowRanks = day.Day, day.Ranks
	}
	return in
}

// TestBumpLines begin and end where the ranks say, stay within the field, and go to the right only.
func TestBumpLines(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 7, 21, 60} {
		c := NewBumpChart(chartOf(n, 300, func(day, unit int) int { return (unit+day/10)%n + 1 }))
		row := c.Field() / n
		for u, l := range c.Lines {
			if want := c.Top + row*u + row/2; l.StartY != want || l.StartRank != fmt.Sprint(u+1) {
				t.Errorf("%d units: line %d begins at %d with rank %s, not at %d", n, u, l.StartY, l.StartRank, want)
			}
			if last := (u + 29) % n; l.EndY != c.Top+row*last+row/2 || l.EndRank != fmt.Sprint(last+1) || l.NowRank != l.EndRank || l.NowY != l.EndY {
				t.Errorf("%d units: line %d ends at %d with rank %s", n, u, l.EndY, l.EndRank)
			}
			requirePath(t, c, l.Path)
		}
	}
}

var pathStep = regexp.MustCompile(`([MHC])([\d ]+)`)

func requirePath(t *testing.T, c *BumpChart, path string) {
	t.Helper()
	steps := pathStep.FindAllStringSubmatch(path, -1)
	text, at := "", c.Left
	for _, step := range steps {
		text += step[0]
		fields := strings.Fields(step[2])
		for i, f := range fields {
			n, err := strconv.Atoi(f)
			switch {
			case err != nil:
				t.Fatalf("%q in %s", f, path)
			case step[1] == "H" || i%2 == 0:
				if n < at || n > c.Right {
					t.Fatalf("x %d after %d in %s", n, at, path)
				}
				at = n
			case n < c.Top || n > c.Bottom:
				t.Fatalf("y %d in %s", n, path)
			}
		}
	}
	if text != path || at != c.Right {
		t.Fatalf("the path %s ends at %d", path, at)
	}
}

// TestBumpTies stand below each other in the order of the units, and = says so.
func TestBumpTies(t *testing.T) {
	t.Parallel()
	c := NewBumpChart(chartOf(4, 2, func(day, unit int) int { return [][]int{{1, 1, 1, 1}, {3, 1, 3, 2}}[day][unit] }))
	var starts, ends []string
	for _, l := range c.Lines {
		starts, ends = append(starts, l.StartRank), append(ends, l.EndRank)
	}
	if !slices.Equal(starts, []string{"1=", "1=", "1=", "1="}) || !slices.Equal(ends, []string{"3=", "1", "3=", "2"}) {
		t.Errorf("%v to %v", starts, ends)
	}
	if !(c.Lines[1].EndY < c.Lines[3].EndY && c.Lines[3].EndY < c.Lines[0].EndY && c.Lines[0].EndY < c.Lines[2].EndY) {
		t.Error("the lines end in another order")
	}
}

// TestBumpLinesDiffer in colour or dashes, and neighbours in both as long as there are few.
func TestBumpLinesDiffer(t *testing.T) {
	t.Parallel()
	looks := map[string]bool{}
	for u, l := range NewBumpChart(chartOf(32, 1, func(_, unit int) int { return unit + 1 })).Lines {
		look := fmt.Sprint(l.Hue, " ", l.Dash)
		if looks[look] {
			t.Errorf("line %d looks like another: %s", u, look)
		}
		looks[look] = true
	}
}

// TestBumpLabels of bands and stages never overlap, and stay within the picture.
func TestBumpLabels(t *testing.T) {
	t.Parallel()
	in := chartOf(3, 360, func(_, unit int) int { return unit + 1 })
	for d := 0; d < 360; d += 7 {
		from := in.Days[d].Day
		in.Bands = append(in.Bands, BumpSpan{"a drive of the year", "drive", from, from.AddDate(0, 0, 20)})
		in.Lines = append(in.Lines, BumpSpan{Title: "stage", Class: "stage", From: from})
	}
	c := NewBumpChart(in)
	type box struct{ y, from, to int }
	var boxes []box
	for _, l := range slices.Concat(c.Bands, c.Stages) {
		width := len(l.Title) * bumpCharacter
		b := box{l.TextY, l.TextX, l.TextX + width}
		if l.End {
			b = box{l.TextY, l.TextX - width, l.TextX}
		}
		if b.from < 0 || b.to > c.Width || b.y > c.Top {
			t.Errorf("a label at %+v", b)
		}
		for _, other := range boxes {
			if other.y == b.y && other.from < b.to && b.from < other.to {
				t.Errorf("labels at %+v and %+v", b, other)
			}
		}
		boxes = append(boxes, b)
	}
	if len(c.Months) != 12 || c.Months[0].Title != "01/17" || c.Months[11].Title != "12/17" {
		t.Errorf("months %+v", c.Months)
	}
	if NewBumpChart(BumpInput{}) != nil {
		t.Error("a chart of nothing")
	}
}

func TestShortTitles(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"Công an tỉnh Lạng Sơn|Công an tỉnh Sơn La": "Lạng Sơn|Sơn La", "North A|North A": "A|A", "A|A": "A|A", "Tổ 1|Tổ 2": "Tổ 1|Tổ 2", "One": "One", "Ban Một|Đội Hai": "Ban Một|Đội Hai",
		"Công an|Công an tỉnh": "an|an tỉnh"} {
		if got := strings.Join(shortTitles(strings.Split(text, "|")), "|"); got != want {
			t.Errorf("%s gives %s", text, got)
		}
	}
	if got := cut("Đợt thi đua đặc biệt", 8); got != "Đợt thi…" {
		t.Errorf("%q", got)
	}
}
