package server

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzInfo: what is read of DIR/server.json is written and read as the same.
func FuzzInfo(f *testing.F) {
	f.Add([]byte(`{"url":"http://127.0.0.1:7117","pid":1,"token":"ABC","certificate":"00"}`))
	f.Add([]byte(`{}`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, content []byte) {
		i, err := parseInfo("dir", bytes.Clone(content))
		if err != nil {
			return
		}
		written, err := json.Marshal(i)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := parseInfo("dir", written); err != nil || again != i || i.URL == "" {
			t.Errorf("%q is written as %q, which is read as %+v, %v", content, written, again, err)
		}
	})
}
