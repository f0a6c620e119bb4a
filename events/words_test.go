package events_test

import (
	"testing"

	"campaignledger/events"
)

func TestNumberIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ decimal, vi, en string }{
		{"0", "0", "0"}, {"962.50", "962,50", "962.50"}, {"1234.56", "1.234,56", "1,234.56"}, {"1000", "1.000", "1,000"}, {"-123456", "-123.456", "-123,456"},
		{"999999999999.000001", "999.999.999.999,000001", "999,999,999,999.000001"}, {"+12345", "+12.345", "+12,345"},
		{"", "", ""}, {"2/3", "2/3", "2/3"}, {"-", "-", "-"}, {"abstained", "abstained", "abstained"},
	} {
		if vi, en := events.NumberIn(c.decimal, "vi"), events.NumberIn(c.decimal, "en"); vi != c.vi || en != c.en {
			t.Errorf("%q: %q, %q; want %q, %q", c.decimal, vi, en, c.vi, c.en)
		}
	}
}

// TestLevelIn: the usual levels have names in Vietnamese; what a regulation calls otherwise, and English, stays.
func TestLevelIn(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]string{"self": "tự chấm", "peer": "đơn vị bạn chấm", "cross": "chấm chéo", "cluster": "cụm thẩm định",
		"recheck": "phúc tra", "approved": "điểm duyệt", "jury": "jury"} {
		if got := events.LevelIn(level, "vi"); got != want || events.LevelIn(level, "en") != level {
			t.Errorf("level %s is %q", level, got)
		}
	}
}
