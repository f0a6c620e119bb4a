package web

import (
	"strings"
	"testing"
)

// TestFrameNumbers: a negative number has a minus sign, with a sign asked for or not.
func TestFrameNumbers(t *testing.T) {
	t.Parallel()
	f := Frame{Lang: "vi"}
	for got, want := range map[string]string{
		f.Number("-1.50"): "−1,50", f.Number("1234.5"): "1.234,5", f.Signed("-1234.5"): "−1.234,5", f.Signed("2"): "+2", f.Signed("0.00"): "0,00",
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

// TestErrorIsInTheReadersLanguage: the heading is, and the detail says that it is English.
func TestErrorIsInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	all := Parse()
	for lang, want := range map[string]string{"vi": "<h1>Không tìm thấy</h1>", "en": "<h1>Not found</h1>"} {
		page, err := all.Render(Error(lang, 404, "no such thing"))
		if err != nil || !strings.Contains(string(page), want) || !strings.Contains(string(page), `lang="en">no such thing<`) {
			t.Errorf("%v\n%s", err, page)
		}
	}
}
