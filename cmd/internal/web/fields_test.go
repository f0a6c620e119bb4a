package web

import (
	"slices"
	"testing"

	"campaignledger/cmd/internal/documents"
	"campaignledger/projections"
)

// TestFieldLabels: each field of an event has a label in both languages, but for those that its page shows elsewhere.
func TestFieldLabels(t *testing.T) {
	t.Parallel()
	elsewhere := []string{"seq", "type", "supersedes", "superseded_by", "withdrawn", "hold", "of", "import", "hidden", "appeal", "sentence"}
	for _, f := range documents.AuditFields(&projections.AuditLine{}, "en") {
		label, ok := fieldLabel(f.Name)
		if ok == slices.Contains(elsewhere, f.Name) || ok && (label[0] == "" || label[1] == "") {
			t.Errorf("field %s is called %q", f.Name, label)
		}
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`[{"unit":"a","vote":"for"},{"unit":"b","vote":"recused"}]`: "unit: a, vote: for\nunit: b, vote: recused",
		`{"issued":7,"counts":[{"for":6,"unit":"a"},{"for":1}]}`:    "issued: 7, counts: for: 6, unit: a; for: 1",
		`[]`: "", `[1,`: "[1,", `no JSON`: "no JSON",
	} {
		if got := (Frame{Lang: "en"}).parts(text); got != want {
			t.Errorf("%s is told as %q, not %q", text, got, want)
		}
	}
	vi := Frame{Lang: "vi"}
	if got, want := vi.parts(`[{"unit":"a","vote":"recused"},{"carried":true,"date":"2018-01-18"}]`), "đơn vị: a, phiếu: đứng ngoài vì liên quan\nđạt: có, ngày: 18/01/2018"; got != want {
		t.Errorf("in Vietnamese: %q, not %q", got, want)
	}
}

// TestNumbersAndSequences: numbers are written as the language has them, a minus as a minus; what is no number stays.
func TestNumbersAndSequences(t *testing.T) {
	t.Parallel()
	vi, en := Frame{Lang: "vi"}, Frame{Lang: "en"}
	for _, c := range [][3]string{{"-1234.50", "−1.234,50", "−1,234.50"}, {"1000", "1.000", "1,000"}, {"-", "-", "-"}, {"-x", "-x", "-x"}} {
		if vi.Number(c[0]) != c[1] || en.Number(c[0]) != c[2] {
			t.Errorf("%s is %s and %s", c[0], vi.Number(c[0]), en.Number(c[0]))
		}
	}
	for n, want := range map[int]string{1: "1 event", 2: "2 events", 1312: "1,312 events"} {
		if got := en.Things(n, "sự kiện", "event", "events"); got != want {
			t.Errorf("%d are %q", n, got)
		}
	}
}
