package events

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func goldenSheet() (Sheet, []SheetMark) {
	s := Sheet{Genesis: goldenHash, Author: "cb-2", Cluster: "cum2", Level: "cross", Scorer: "cao-bang", Salt: strings.Repeat("a5", 32)}
	return s, []SheetMark{
		{"lang-son", "I.1", Mark{MarkPoints, 185_500_000}},
		{"lang-son", "I.10", Mark{MarkActual, Whole(12)}},
		{"lang-son", "I.2", Mark{MarkPlace, Whole(1)}},
		{"son-la", "I.1", Mark{Kind: MarkAbstained}},
		{"son-la", "I.10", Mark{Kind: MarkRecused}},
	}
}

// The golden roots are never edited: sealed sheets could not be opened.
func TestGoldenSheets(t *testing.T) {
	t.Parallel()
	s, marks := goldenSheet()
	roots := []string{"0b2262ab338bc5148e1f7801d922a3c44205e7b132934219ad6e4da2d0003cc7", "beb6ff18b98b47616270b53180c6686e2c6f56c416d5d637493c0070766d6c6e",
		"de85bebd3584d28f19131d72947b06f6e470c240484d6ea69d55916a81bff33a", "1e38c0121809e9ce4c66eaabaf4647200db5a443243de65f60e83bcbeb3e8ae7",
		"95ba52607ba2ab7b06c9d0342af2d386f1c45b4c4dc74a920073a549bde66c25"}
	for n := range marks {
		if got := s.Root(marks[:n+1]); got != roots[n] {
			t.Errorf("the root of %d marks is %s, not %s", n+1, got, roots[n])
		}
	}
	if got := SheetRowID("cum2-2017", goldenHash, 1).String(); got != "630ade87-097b-513d-b770-58312a0ef925" {
		t.Errorf("the id of a sheet's first mark is %s", got)
	}
	if SheetRowID("cum2-2017", goldenHash, 1) == RowID("cum2-2017", goldenHash, 1) {
		t.Error("a sheet's marks and a file's rows share ids")
	}
}

// A leaf covers what the package's page says, put together here by hand.
func TestSheetLeafBytes(t *testing.T) {
	t.Parallel()
	s, marks := goldenSheet()
	words := []string{"points:185.5", "actual:12", "place:1", "abstained", "recused"}
	for i, m := range marks {
		mac := hmac.New(sha256.New, []byte(strings.Repeat("\xa5", 32)))
		fmt.Fprintf(mac, "%s\n%s", m.Unit, m.Criterion)
		want := sha256.Sum256([]byte("\x00campaign-ledger/sheet/v1\n" + goldenHash + "\ncb-2\ncum2\ncross\ncao-bang\n" + m.Unit + "\n" +
			m.Criterion + "\n" + words[i] + "\n" + hex.EncodeToString(mac.Sum(nil))))
		if got := s.Leaf(m); got != want {
			t.Errorf("%+v: %x, not %x", m, got, want)
		}
	}
}

// Whatever a sheet is bound to changes its root.
func TestSheetBindsAll(t *testing.T) {
	t.Parallel()
	sheet, marks := goldenSheet()
	seen := map[string]string{sheet.Root(marks): "nothing"}
	check := func(what string, s Sheet, marks []SheetMark) {
		t.Helper()
		root := s.Root(marks)
		if before, ok := seen[root]; ok {
			t.Errorf("%s gives the same root as %s", what, before)
		}
		seen[root] = what
	}
	for what, change := range map[string]func(*Sheet){
		"genesis": func(s *Sheet) { s.Genesis = NoGenesis }, "author": func(s *Sheet) { s.Author = "cb-3" },
		"cluster": func(s *Sheet) { s.Cluster = "cum3" }, "level": func(s *Sheet) { s.Level = "approved" },
		"scorer": func(s *Sheet) { s.Scorer = "cb-2" }, "salt": func(s *Sheet) { s.Salt = strings.Repeat("a4", 32) },
		"author and cluster swapped": func(s *Sheet) { s.Author, s.Cluster = s.Cluster, s.Author },
	} {
		s := sheet
		change(&s)
		check(what, s, marks)
	}
	for i := range marks {
		for what, change := range map[string]func(*SheetMark){
			"unit": func(m *SheetMark) { m.Unit = "lao-cai" }, "criterion": func(m *SheetMark) { m.Criterion = "II" },
			"amount": func(m *SheetMark) { m.Mark = Mark{MarkPoints, m.Mark.Amount + 1} },
			"kind":   func(m *SheetMark) { m.Mark.Kind = m.Mark.Kind%MarkRecused + 1 },
		} {
			changed := slices.Clone(marks)
			change(&changed[i])
			check(fmt.Sprintf("the %s of mark %d", what, i), sheet, changed)
		}
		check(fmt.Sprintf("mark %d left out", i), sheet, slices.Delete(slices.Clone(marks), i, i+1))
		check(fmt.Sprintf("mark %d twice", i), sheet, slices.Insert(slices.Clone(marks), i, marks[i]))
	}
	swapped := slices.Clone(marks)
	swapped[0], swapped[1] = swapped[1], swapped[0]
	check("another order", sheet, swapped)
}

func TestSortSheet(t *testing.T) {
	t.Parallel()
	_, want := goldenSheet()
	got := slices.Clone(want)
	slices.Reverse(got)
	SortSheet(got)
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
