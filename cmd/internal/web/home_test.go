package web

import (
	"slices"
	"testing"
)

// TestSortBy: names stand as each language orders them: in Vietnamese Đ is a letter after D, in English a D; tones come last.
func TestSortBy(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string][]string{
		"vi": {"An Giang", "Ân Thi", "Cao Bằng", "Dĩ An", "Duy Tiên", "Đà Nẵng", "Điện Biên", "Hà Giang", "Hạ Long", "Hải Dương"},
		"en": {"An Giang", "Ân Thi", "Cao Bằng", "Đà Nẵng", "Dĩ An", "Điện Biên", "Duy Tiên", "Hà Giang", "Hạ Long", "Hải Dương"},
	} {
		list := slices.Sorted(slices.Values(want))
		SortBy(list, lang, func(s string) string { return s })
		if !slices.Equal(list, want) {
			t.Errorf("%s: %q", lang, list)
		}
	}
}
