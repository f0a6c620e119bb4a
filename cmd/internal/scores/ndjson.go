package scores

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"campaignledger/events"
)

// readNDJSON reads one JSON object a line, with the keys of the CSV columns.
func (f *File) readNDJSON(content []byte) error {
	var rows []map[string]string
	for n := 1; len(content) > 0; n++ {
		line, rest, _ := bytes.Cut(content, []byte{'\n'})
		content = rest
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		flat, err := events.ParseFlat(line)
		if err != nil {
			return ndjsonError(n, line, err)
		}
		for key := range flat {
			if !slices.Contains(Columns(), key) {
				return fmt.Errorf("line %d: unknown key %q; the keys are those of the CSV columns", n, key)
			}
		}
		f.Rows = append(f.Rows, Row{Number: len(f.Rows) + 1, Line: n})
		rows = append(rows, flat)
	}
	f.Header = usedColumns(rows)
	for i, flat := range rows {
		row := &f.Rows[i]
		c := cells{}
		for _, name := range f.Header {
			row.Cells = append(row.Cells, flat[name])
			c[name] = clean(flat[name])
		}
		row.Proposal, row.Err = c.proposal(false)
	}
	return nil
}

// ndjsonError says what is wrong in line n.
func ndjsonError(n int, line []byte, err error) error {
	var field *events.FieldError
	switch {
	case errors.As(err, &field):
		return fmt.Errorf("line %d: key %s: %s", n, field.Field, field.Reason)
	case line[0] == '[':
		return fmt.Errorf("line %d: this is a list; write one object on each line, without the brackets and commas around them", n)
	case !bytes.HasSuffix(line, []byte("}")):
		return fmt.Errorf("line %d: the line does not end with the object; write each object on one line", n)
	}
	return fmt.Errorf("line %d: %s", n, strings.TrimPrefix(err.Error(), "line 1, "))
}

// usedColumns are the columns that any row has, in the order of Columns.
func usedColumns(rows []map[string]string) []string {
	return slices.DeleteFunc(Columns(), func(name string) bool {
		return !slices.ContainsFunc(rows, func(row map[string]string) bool { _, ok := row[name]; return ok })
	})
}
