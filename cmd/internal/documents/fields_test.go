package documents

import (
	"reflect"
	"strings"
	"testing"
	"unicode"

	"campaignledger/projections"
)

// TestAuditColumns: what a line says in JSON has a column as CSV.
func TestAuditColumns(t *testing.T) {
	t.Parallel()
	columns := map[string]bool{"signed": true} // every CSV says it at its end
	for _, f := range AuditFields(&projections.AuditLine{}, "en") {
		if columns[f.Name] || f.Value != "" {
			t.Errorf("column %s stands twice, or says %q of nothing", f.Name, f.Value)
		}
		columns[f.Name] = true
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[projections.AuditLine]()) {
		if field.Anonymous {
			continue // its fields stand for themselves
		}
		key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		var name strings.Builder
		for _, r := range key {
			if unicode.IsUpper(r) {
				name.WriteByte('_')
			}
			name.WriteRune(unicode.ToLower(r))
		}
		if !columns[name.String()] {
			t.Errorf("%s has no column", key)
		}
	}
}
