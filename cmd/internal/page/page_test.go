package page

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// fixed are fonts whose characters are all as wide as half their size in millimetres; they lack a shape for "ł".
type fixed struct{}

func (fixed) Width(st Style, s string) int { return len([]rune(s)) * st.Size() * MM / 2 }
func (fixed) Has(_ Style, r rune) bool     { return r != 'ł' }

// small is a layout of ten lines of ten-point text, 100 mm wide: twenty characters.
func small() *Layout {
	return NewLayout(Sheet{120 * MM, 10*(Serif+10).Lead() + 20*MM, 10 * MM, 110 * MM, 10 * MM, 10*(Serif+10).Lead() + 10*MM}, fixed{})
}

// lines are the runs of the pages, from the top, with "|" between pages.
func lines(l *Layout) string {
	var pages []string
	for _, p := range l.Pages {
		var runs []string
		for _, t := range p.Texts {
			runs = append(runs, t.S)
		}
		pages = append(pages, strings.Join(runs, "/"))
	}
	return strings.Join(pages, "|")
}

func TestWrap(t *testing.T) {
	t.Parallel()
	l := small()
	for _, x := range []struct {
		s    string
		want []string
	}{
		{"", nil},
		{" \n ", nil},
		{"one two three four five", []string{"one two three four", "five"}},
		{"exactlytwentyletters1 x", []string{"exactlytwentyletters", "1 x"}},
		{"a 0123456789012345678901234 b", []string{"a", "01234567890123456789", "01234 b"}},
		{"ałb", []string{"a□b"}},
		{"e\u0302\u0301 \u202e\xff\U0001F600", []string{"ế \uFFFD\uFFFD\uFFFD"}},
	} {
		if got := l.Wrap(100*MM, Serif+10, x.s); !slices.Equal(got, x.want) {
			t.Errorf("%q: got %q, want %q", x.s, got, x.want)
		}
	}
	if got := l.Wrap(MM, Serif+10, "ab"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("narrower than a letter: %q", got)
	}
	if got := l.Clip(100*MM, 2, Serif+10, "one two three four five six seven eight nine ten"); !slices.Equal(got, []string{"one two three four", "five six seven eigh…"}) {
		t.Errorf("clipped: %q", got)
	}
}

func TestFlowMixesStyles(t *testing.T) {
	t.Parallel()
	l := small()
	l.NewPage()
	l.Flow(Block{}, (SerifBold + 10).Of("Head: "), (Serif + 10).Of("body"), (SerifItalic + 10).Of(", aside"), (Serif + 10).Of(" and more text"))
	if got, want := lines(l), "Head:/body/, aside/and more text"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	texts := l.Pages[0].Texts
	for i, want := range []int{10, 40, 60, 10} { // words of two styles without white space between them are one
		if texts[i].X != want*MM {
			t.Errorf("run %d starts at %d, want %d mm", i, texts[i].X, want)
		}
	}
	if texts[3].Y <= texts[2].Y || texts[2].Y != texts[0].Y {
		t.Errorf("the base lines are at %d, %d and %d", texts[0].Y, texts[2].Y, texts[3].Y)
	}
}

func TestFlowAligns(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		align Align
		x     [2]int // of the two lines, in mm
		gap   int
	}{{Left, [2]int{10, 10}, 0}, {Center, [2]int{15, 45}, 0}, {Right, [2]int{20, 80}, 0}, {Justify, [2]int{10, 10}, 10 * MM / 3}} {
		l := small()
		l.NewPage()
		l.Flow(Block{Align: x.align}, (Serif + 10).Of("one two three four longer"))
		for i, run := range l.Pages[0].Texts {
			if run.X != x.x[i]*MM {
				t.Errorf("alignment %d: line %d starts at %d, want %d mm", x.align, i+1, run.X, x.x[i])
			}
			if gap := []int{x.gap, 0}[i]; run.Gap != gap {
				t.Errorf("alignment %d: line %d has gap %d, want %d", x.align, i+1, run.Gap, gap)
			}
		}
	}
}

// TestNoLineStandsAlone: of a paragraph of several lines neither the first nor the last is alone on its page.
func TestNoLineStandsAlone(t *testing.T) {
	t.Parallel()
	word := "twentyletterswordxxx"
	for before := range 11 {
		for n := 1; n < 25; n++ {
			l := small()
			l.NewPage()
			l.Y += before * (Serif + 10).Lead()
			l.Flow(Block{}, (Serif + 10).Of(strings.Repeat(word+" ", n)))
			var counts []int
			total := 0
			for _, p := range l.Pages {
				counts = append(counts, len(p.Texts))
				total += len(p.Texts)
			}
			if total != n {
				t.Fatalf("%d lines after %d: %v", n, before, counts)
			}
			for i, c := range counts {
				if c == 1 && n > 1 || c == 0 && i > 0 || c > 10 {
					t.Errorf("%d lines after %d: %v", n, before, counts)
				}
			}
		}
	}
}

func TestTableSplitsRowsHigherThanAPage(t *testing.T) {
	t.Parallel()
	l := small()
	l.NewPage()
	table := l.NewTable(0, []Column{{W: 50 * MM}, {W: 50 * MM, Align: Right}}, []Cell{CellOf((SerifBold + 10).Of("A")), CellOf((SerifBold + 10).Of("B"))})
	var long []string
	for i := range 30 {
		long = append(long, fmt.Sprintf("word%03d", i))
	}
	table.Row(CellOf((Serif + 10).Of("x")), CellOf((Serif + 10).Of("y")))
	table.Row(CellOf((Serif + 10).Of(strings.Join(long, " "))), CellOf((Serif + 10).Of("z")))
	table.Row(Over(2, (Serif + 10).Of("end")))
	got := lines(l)
	if at := strings.Split(got, "|"); len(at) < 4 {
		t.Errorf("%d pages: %s", len(at), got)
	}
	for i, p := range strings.Split(got, "|") {
		if !strings.HasPrefix(p, "A/B/") {
			t.Errorf("page %d has no header: %q", i+1, p)
		}
	}
	for _, w := range append(long, "x", "y", "z", "end") {
		if strings.Count("/"+strings.ReplaceAll(got, "|", "/")+"/", "/"+w+"/") != 1 {
			t.Errorf("%s does not stand there once: %s", w, got)
		}
	}
	for i, p := range l.Pages {
		for _, b := range p.Boxes {
			if b.Y+b.H > p.Sheet.Bottom {
				t.Errorf("page %d: a box goes down to %d", i+1, b.Y+b.H)
			}
		}
	}
}

// TestCover holds the fonts to the letters that documents need.
func TestCover(t *testing.T) {
	t.Parallel()
	for _, st := range []Style{Sans, SansBold, Mono, Serif, SerifBold, SerifItalic, SerifBoldItalic} {
		_, file := st.family()
		c := coverOf(file)
		for _, r := range "aZđĐếỆợỮỹ…–÷×□·“” 0" {
			if !c.has(r) && st != Mono { // which is for digits and ids
				t.Errorf("font %d lacks %q", st, r)
			}
		}
		for _, r := range "中\uFFFF\U0001F600" {
			if c.has(r) {
				t.Errorf("font %d has %q", st, r)
			}
		}
		if c.has('\uFFFD') == (st >= Serif) {
			t.Errorf("font %d has U+FFFD: %t", st, c.has('\uFFFD'))
		}
		for n := range 400 { // cut off anywhere, it is no font, and no reason to panic
			coverOf(file[:n*n])
		}
	}
}

func TestEveryFontIsThere(t *testing.T) {
	t.Parallel()
	c, err := NewCanvas(Sans+10, SansBold, Mono, Serif, SerifBold, SerifItalic, SerifBoldItalic)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, st := range []Style{Sans, SansBold, Mono, Serif, SerifBold, SerifItalic, SerifBoldItalic} {
		family, _ := st.family()
		if seen[family] || c.Width(st+12, "Đ") <= 0 {
			t.Errorf("font %d is %q, a letter is %d wide", st, family, c.Width(st+12, "Đ"))
		}
		seen[family] = true
	}
}
