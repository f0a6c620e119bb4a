package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
)

// FuzzParseProposals: a body is its lines, each as ParseProposal has it, and an error names the first that is not good; 0 is the body as a whole.
func FuzzParseProposals(f *testing.F) {
	addGoldenSeeds(f)
	f.Add([]byte("{}\n\n{\n"))
	f.Add([]byte(sampleScore + "\n" + sampleTie + "\r\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := ParseProposals(body, "cum2-2017")
		var wrong *LineError
		if errors.As(err, &wrong) {
			if wrong.Line < 0 || wrong.Line > bytes.Count(body, []byte("\n"))+1 || wrong.Index < 0 {
				t.Errorf("the error is of line %d, event %d", wrong.Line, wrong.Index)
			}
			if _, alone := ParseProposal(wrong.Text, "cum2-2017"); alone == nil {
				t.Errorf("line %d is refused (%v), and good alone: %q", wrong.Line, err, wrong.Text)
			}
		}
		for _, p := range list {
			completesAndDecodes(t, p, nil)
		}
	})
}

// FuzzParseFlat: what is a line of single values is JSON for others too, with the same keys.
func FuzzParseFlat(f *testing.F) {
	f.Add([]byte(`{"cluster":"c","unit":"u","points":1.10,"target":"2","x":null,"y":true}`))
	f.Add([]byte(`{"a":{"b":1}}`))
	f.Add([]byte("{\"a\":1,\"a\":2}"))
	f.Fuzz(func(t *testing.T, line []byte) {
		flat, err := ParseFlat(line)
		if err != nil {
			return
		}
		var other map[string]any
		if err := json.Unmarshal(line, &other); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		for key, value := range other {
			if _, ok := flat[key]; ok != (value != nil) {
				t.Errorf("%q: %q is %v and there: %t", line, key, value, ok)
			}
			if text, ok := value.(string); ok && flat[key] != text {
				t.Errorf("%q: %q is %q, and %q for others", line, key, flat[key], text)
			}
		}
		if len(flat) > len(other) {
			t.Errorf("%q has keys that others do not see: %v", line, flat)
		}
	})
}

// FuzzScalars: a number, a time, an id and a key that are read are written as they are, or as the same.
func FuzzScalars(f *testing.F) {
	for _, s := range []string{"0", "-1.50", "999999999999.999999", "1e3", "2028-02-29T23:59:59.999Z", "2017-02-29T00:00:00.000Z", "cum2-2017",
		"ed25519:" + goldenHash} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseDecimal(s); err == nil {
			if again, err := ParseDecimal(d.String()); err != nil || again != d {
				t.Errorf("%q is %v, which is %v, %v", s, d, again, err)
			}
		}
		if at, err := ParseTime(s); err == nil && FormatTime(at) != s {
			t.Errorf("%q is %s", s, FormatTime(at))
		}
		if k, err := ParsePublicKey(s); err == nil && k.String() != s {
			t.Errorf("%q is %s", s, k)
		}
		if ValidID(s) && len(s) > maxIDBytes {
			t.Errorf("%q is an id", s)
		}
	})
}
