package cli

import (
	"encoding/json"
	"testing"
)

// FuzzKeptSheet: a sheet file is read whole, with the root of its marks, or refused.
func FuzzKeptSheet(f *testing.F) {
	f.Add([]byte(`{"format":"` + sheetFormat + `","campaign":"c","root":"","salt":"","marks":[{"unit":"a","criterion":"I","mark":"7.5"}]}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		sheet, marks, k, err := readKept(content)
		if err != nil {
			return
		}
		k.Marks = keptMarks(marks)
		written, err := json.Marshal(k)
		if err != nil {
			t.Fatal(err)
		}
		again, list, _, err := readKept(written)
		if err != nil || again != sheet || len(list) != len(marks) || sheet.Root(list) != k.Root {
			t.Errorf("%q is written as %q, %v", content, written, err)
		}
	})
}
