package events

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestParseYAMLScalars(t *testing.T) {
	t.Parallel()
	root, err := parseYAML([]byte("a: 1.10 # c\n1.20: yes\n'q': \"null\"\nn: ~\nm:\nd: 2017-01-01\nf: {x, y: 'it''s'}\nl: |\n  one\n  two\nt: a\n  b\ns:\n- 0x1F\n- {Đ: ., k: on}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		want node
	}{
		{"a", node{line: 1, col: 4, text: "1.10"}},
		{"1.20", node{line: 2, col: 7, text: "yes"}},
		{"q", node{line: 3, col: 6, text: "null", quoted: true}},
		{"n", node{line: 4, col: 4, null: true}},
		{"m", node{line: 5, col: 3, null: true}},
		{"d", node{line: 6, col: 4, text: "2017-01-01"}},
		{"f x", node{line: 7, col: 6, null: true}},
		{"f y", node{line: 7, col: 11, text: "it's", quoted: true}},
		{"l", node{line: 8, col: 4, text: "one\ntwo\n", quoted: true}},
		{"t", node{line: 11, col: 4, text: "a b"}},
	} {
		n := root
		for key := range strings.FieldsSeq(c.path) {
			if n = n.member(key); n == nil {
				t.Fatalf("%s is missing", c.path)
			}
		}
		if n.kind != scalarNode || n.line != c.want.line || n.col != c.want.col || n.text != c.want.text || n.quoted != c.want.quoted ||
			n.null != c.want.null {
			t.Errorf("%s: %+v", c.path, n)
		}
	}
	items := root.member("s").items
	if items[0].text != "0x1F" || items[1].member("k").text != "on" || items[1].member("k").col != 13 || items[1].member("Đ").text != "." {
		t.Errorf("items: %+v %+v", items[0], items[1])
	}
}

// An alias is what its anchor names, written out; problems in it have the alias's place.
func TestParseYAMLAliases(t *testing.T) {
	t.Parallel()
	root, err := parseYAML([]byte("z: &z key\na: &x [1.10, &y {k: v}]\nb: *x\n*z : &n ~\nc: {d: *y, e: *n, f: *x}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(root.appendCanonical(nil)), `{"a":["1.10",{"k":"v"}],"b":["1.10",{"k":"v"}],"c":{"d":{"k":"v"},"e":"","f":["1.10",{"k":"v"}]},"key":"","z":"key"}`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	b := root.member("b")
	for _, n := range []*node{b, b.items[0], b.items[1], b.items[1].member("k")} {
		if n.line != 3 || n.col != 4 {
			t.Errorf("%+v is not at 3:4", n)
		}
	}
	if b.items[1] == root.member("a").items[1] || !root.member("c").member("e").null {
		t.Error("nodes are shared, or null is lost")
	}
}

// What aliases add is bounded, in nodes and in bytes.
func TestParseYAMLAliasLimits(t *testing.T) {
	t.Parallel()
	doubled := func(levels int) []byte { // each list is twice the one before
		var b strings.Builder
		b.WriteString("l0: &l0 [a]\n")
		for i := range levels {
			fmt.Fprintf(&b, "l%d: &l%d [*l%d, *l%d]\n", i+1, i+1, i, i)
		}
		return []byte(b.String())
	}
	text := "t: &t " + strings.Repeat("x", 10_000) + "\nl: [" + strings.Repeat("*t, ", maxAliasBytes/10_016) + "]\n"
	for name, c := range map[string]struct {
		src  []byte
		want string // "" if it is accepted
	}{
		"few":         {doubled(10), ""},
		"many nodes":  {doubled(60), "aliases add more than 1048576 bytes"},
		"much text":   {[]byte(text), ""},
		"more text":   {[]byte(text + "m: *t\n"), "aliases add more than 1048576 bytes"},
		"in itself":   {[]byte("a: &a [*a, *a]\n"), "nest deeper than 64"},
		"key of self": {[]byte("a: &a {*a : b}\n"), "nest deeper than 64"},
	} {
		_, err := parseYAML(c.src)
		var broken *sourceError
		if c.want == "" && err != nil || c.want != "" && (!errors.As(err, &broken) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// Sources made to exhaust a parser are refused or read in time that grows with their size.
func TestParseHostileSources(t *testing.T) {
	t.Parallel()
	const limit = time.Minute // an order above what it takes, also with the race detector
	start := time.Now()
	for _, unit := range []string{"[", "{", "- ", "{a: ", "a: ", "? ", "!a ", "&a ", "%", "\"", "'", "a\n", "- a\n", "|\n ", "#\n", "a: [", "---\n", "b,", "{\"a\":", "\\", " a: b\n", "a:\n", "- a:\n", "-\n#\n", "- {a: , b}\n", "- [{a}, {}]\n",
		"a", "a ", "a \n", "a: # c\n", "- a\n # c\n", "- &a b\n- *a\n", "*a ", "k: {a: b} # c\n", "[a: b],", "? a\n: b\n", ":", "\t", "\r", "...\n"} {
		for _, open := range []string{"", "a: [", "{"} {
			src := []byte(open + strings.Repeat(unit, maxSourceBytes/8/len(unit)))
			if r, err := ParseRegulation("hostile", src); err == nil {
				t.Errorf("%q is accepted: %+v", open+unit, r)
			}
		}
	}
	if took := time.Since(start); took > limit {
		t.Errorf("took %v", took)
	}
}
