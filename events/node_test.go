package events

import (
	"errors"
	"strings"
	"testing"
)

func TestParseJSONKeepsSourceText(t *testing.T) {
	t.Parallel()
	root, err := parseJSON([]byte("\ufeff {\"b\":1.10,\r\n \"Đơn\": [true, null, \"1.10\", -0.0e+5], \"a\":{}, \"e\":\"\\u0111\\ud83d\\ude00\\/\\n\"}"))
	if err != nil {
		t.Fatal(err)
	}
	if names := strings.Join(root.memberNames(), " "); names != "b Đơn a e" {
		t.Errorf("members %q", names)
	}
	if n := root.member("b"); n.kind != scalarNode || n.text != "1.10" || n.quoted || n.line != 1 || n.col != 7 {
		t.Errorf("number: %+v", n)
	}
	list := root.member("Đơn")
	if list.kind != arrayNode || list.line != 2 || list.col != 9 || len(list.items) != 4 {
		t.Fatalf("list: %+v", list)
	}
	for i, want := range []node{
		{text: "true", col: 10},
		{text: "null", col: 16, null: true},
		{text: "1.10", col: 22, quoted: true},
		{text: "-0.0e+5", col: 30},
	} {
		n := list.items[i]
		if n.kind != scalarNode || n.line != 2 || n.text != want.text || n.col != want.col || n.quoted != want.quoted || n.null != want.null {
			t.Errorf("item %d: %+v", i, n)
		}
	}
	if n := root.member("e"); n.text != "đ😀/\n" {
		t.Errorf("escapes: %q", n.text)
	}
	if root.member("c") != nil || root.member("a").kind != objectNode {
		t.Error("members are mixed up")
	}
}

func TestParseJSONRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ src, want string }{ // ¶ stands where the error is
		{`¶`, "is empty"},
		{`{"a":¶`, "ends in the middle"},
		{`{"a":1¶`, `a comma or "}"`},
		{`[1¶`, `a comma or "]"`},
		{`[1,¶]`, "is not a JSON value"},
		{`{"a":1,¶}`, "a key in double quotes"},
		{`{"a" ¶1}`, "a colon is expected"},
		{`{"a":1 ¶"b":2}`, "a comma"},
		{`{"a":¶0x10}`, "is not a JSON value"},
		{`{"a":¶01}`, "is not a JSON value"},
		{`{"a":¶.5}`, "is not a JSON value"},
		{`{"a":¶1.}`, "is not a JSON value"},
		{`{"a":¶1e}`, "is not a JSON value"},
		{`{"a":¶+1}`, "is not a JSON value"},
		{`{"a":¶NaN}`, "is not a JSON value"},
		{`{"a":¶True}`, "is not a JSON value"},
		{`{"a":¶'b'}`, "is not a JSON value"},
		{"{\"a\":\"b¶\n\"}", "goes over the end of the line"},
		{`{"a":"b¶`, "does not end"},
		{`{"a":"b¶\`, "not one of JSON's"},
		{`{"a":"¶\x41"}`, "not one of JSON's"},
		{`{"a":"¶\u00g0"}`, "not one of JSON's"},
		{`{"a":"¶\u12"}`, "not one of JSON's"},
		{`{"a":"¶\ud800"}`, "surrogate"},
		{`{"a":"¶\ud800\u0041"}`, "surrogate"},
		{`{"a":"¶\udc00\ud800"}`, "surrogate"},
		{"{\"Đ\":\n \"đ¶\xc3\"}", "not valid UTF-8"},
		{`{} ¶{}`, "more after the end"},
		{`{"a":{"b":1,¶"b":2}}`, "stands here twice"},
		{strings.Repeat("[", maxNodeDepth+1) + "¶[", "nest deeper"},
		{"¶[" + strings.Repeat(" ", maxSourceBytes), "at most 1048576"},
	} {
		before, _, _ := strings.Cut(c.src, "¶")
		_, err := parseJSON([]byte(strings.Replace(c.src, "¶", "", 1)))
		line, col := position([]byte(before))
		var broken *sourceError
		if !errors.As(err, &broken) || !strings.Contains(err.Error(), c.want) || broken.line != line || broken.col != col {
			t.Errorf("%.40q: got %v, want %q at %d:%d", c.src, err, c.want, line, col)
		}
	}
}

// An object of many members finds its keys and duplicates like a small one.
func TestNodeWithManyMembers(t *testing.T) {
	t.Parallel()
	n := &node{kind: objectNode}
	keys := []string{}
	for i := range 3 * indexedMembers {
		key := strings.Repeat("k", i+1)
		keys = append(keys, key)
		value := &node{kind: scalarNode, text: key}
		if err := n.add(nodeMember{key, i + 1, 1, value}); err != nil {
			t.Fatal(err)
		}
	}
	for i, key := range keys {
		if m := n.member(key); m == nil || m.text != key {
			t.Errorf("key %d is not found", i)
		}
		if err := n.add(nodeMember{key, 1, 1, nil}); err == nil {
			t.Errorf("key %d is taken twice", i)
		}
	}
	if n.member("other") != nil {
		t.Error("a key that is not there is found")
	}
}
