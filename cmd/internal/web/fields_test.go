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
		if got := parts(text); got != want {
			t.Errorf("%s is told as %q, not %q", text, got, want)
		}
	}
}
