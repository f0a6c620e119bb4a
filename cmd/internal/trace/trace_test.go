package trace

import (
	"strings"
	"testing"
)

func TestGiven(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"a", "Z9._-", strings.Repeat("x", maxID)} {
		if got := Given(id); got != id {
			t.Errorf("%q became %q", id, got)
		}
	}
	for _, id := range []string{"", " ", "a b", "a\nb", "a\"", "é", "a/b", "@", "[", "`", "{", strings.Repeat("x", maxID+1)} {
		if got := Given(id); got == id || len(got) < 20 {
			t.Errorf("%q became %q", id, got)
		}
	}
	if a, b := New(), New(); a == b {
		t.Error("two requests have one id")
	}
	if got := Of(With(t.Context(), "r")); got != "r" {
		t.Errorf("%q", got)
	}
	if got := Of(t.Context()); got != "" {
		t.Errorf("%q", got)
	}
}
