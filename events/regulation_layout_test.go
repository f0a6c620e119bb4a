package events

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// dumper writes a tree as YAML, in styles chosen from those it has.
type dumper struct {
	rng     *rand.Rand
	scalars []string // plain, single, double, literal, folded; the last two in blocks only
	flow    float64  // how likely a mapping or list in a block is in brackets
	wrap    float64  // how likely a text goes on in the next line
}

// dump writes n where a value belongs, below what is indented by indent.
func (d *dumper) dump(b *strings.Builder, n *node, indent int, flow bool) {
	flow = flow || d.rng.Float64() < d.flow
	below := "\n" + strings.Repeat(" ", indent)
	switch {
	case n.kind == scalarNode:
		d.scalar(b, n.text, below, flow)
	case flow || len(n.members)+len(n.items) == 0:
		brackets := map[nodeKind]string{objectNode: "{}", arrayNode: "[]"}[n.kind]
		b.WriteString(brackets[:1])
		for i, m := range n.members {
			d.separate(b, i, below)
			d.key(b, m.key)
			d.dump(b, m.value, indent+2, true)
		}
		for i, item := range n.items {
			d.separate(b, i, below)
			d.dump(b, item, indent+2, true)
		}
		b.WriteString(brackets[1:])
	default:
		for _, m := range n.members {
			b.WriteString(below)
			d.key(b, m.key)
			d.dump(b, m.value, indent+2, false)
		}
		for _, item := range n.items {
			b.WriteString(below + "- ")
			d.dump(b, item, indent+2, false)
		}
	}
}

func (d *dumper) separate(b *strings.Builder, i int, below string) {
	if i > 0 {
		b.WriteString(", ")
	}
	if d.rng.Float64() < d.wrap {
		b.WriteString(" # a comment" + below)
	}
}

func (d *dumper) key(b *strings.Builder, key string) {
	d.scalar(b, key, "", true)
	b.WriteString(": ")
}

// scalar writes text; below is what a further line starts with, "" if there may be none.
func (d *dumper) scalar(b *strings.Builder, text, below string, flow bool) {
	wrapped := text
	if words := strings.Split(text, " "); len(words) > 1 && below != "" && d.rng.Float64() < d.wrap {
		i := 1 + d.rng.IntN(len(words)-1)
		wrapped = strings.Join(words[:i], " ") + below + strings.Join(words[i:], " ")
	}
	switch style := d.scalars[d.rng.IntN(len(d.scalars))]; {
	case style == "literal" && !flow:
		b.WriteString("|-" + below + text)
	case style == "folded" && !flow:
		b.WriteString(">-" + below + wrapped)
	case style == "single":
		b.WriteString("'" + strings.ReplaceAll(wrapped, "'", "''") + "'")
	case style == "double" || strings.ContainsAny(text, ",:'\"[]{}#"):
		b.WriteString(`"` + wrapped + `"`)
	default:
		b.WriteString(wrapped)
	}
}

// checkDump dumps tree with d and holds that it is the regulation whose canonical form is want.
func checkDump(t *testing.T, d *dumper, tree *node, want []byte) {
	t.Helper()
	var b strings.Builder
	d.dump(&b, tree, 0, false)
	r, err := ParseRegulation("dump.yaml", []byte(b.String()+"\n"))
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	if !bytes.Equal(r.Canonical(), want) {
		t.Fatalf("got %s\nwant %s\nfrom:\n%s", r.Canonical(), want, b.String())
	}
}

// A regulation dumped in any style, block or flow, is the same regulation.
func TestRegulationDumps(t *testing.T) {
	t.Parallel()
	src := readTestdata(t, "full.yaml")
	want := mustParse(t, "full.yaml", src).Canonical()
	tree, err := parseYAML(src)
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]dumper{
		"block":        {scalars: []string{"plain"}},
		"flow":         {scalars: []string{"plain"}, flow: 1},
		"wrapped":      {scalars: []string{"plain"}, wrap: 1},
		"wrapped flow": {scalars: []string{"plain"}, flow: 1, wrap: 1},
		"single":       {scalars: []string{"single"}, wrap: 1},
		"double":       {scalars: []string{"double"}, wrap: 1},
		"double flow":  {scalars: []string{"double"}, flow: 1, wrap: 1},
		"literal":      {scalars: []string{"literal"}},
		"folded":       {scalars: []string{"folded"}, wrap: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d.rng = rand.New(rand.NewPCG(1, 2))
			checkDump(t, &d, tree, want)
		})
	}
	t.Run("mixed", func(t *testing.T) {
		t.Parallel()
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		rng := rand.New(rand.NewPCG(seed, 0))
		for range 200 {
			d := dumper{rng, []string{"plain", "single", "double", "literal", "folded"}, rng.Float64() / 2, rng.Float64()}
			checkDump(t, &d, tree, want)
		}
	})
}

// As a well-known dumper writes it: lists at their key's indentation, long texts wrapped, repeated parts as aliases.
func TestRegulationDumpedByOthers(t *testing.T) {
	t.Parallel()
	small := mustParse(t, "small.yaml", readTestdata(t, "small.yaml")).Canonical()
	want := strings.Replace(string(small), `"official":"all"`, `"official":"all","title":{"en":"x","vi":"Công an, tỉnh"}`, 1)
	for name, src := range map[string]string{
		"wrapped in flow": "title: {vi: 'Công an,\n    tỉnh', en: x}\n",
		"escaped break":   "title: {en: x, vi: \"Công an, \\\n    tỉnh\"}\n",
		"folded":          "? title\n: vi: >-\n    Công an,\n    tỉnh\n  en: x\n",
	} {
		src += "clusters:\n- criteria: &id001 default\n  id: k\n  units:\n  - id: u\n  - id: v\ncriteria:\n  *id001 :\n    items:\n" +
			"    - id: A\n      max: 10\n      method: &id002 graded\n    - id: G\n      items:\n      - {id: G.1,\n        method: *id002}\n" +
			"id: c\nlevels:\n- id: own\n  scorers: own-unit\n- id: all\n  scorers: any\nofficial: all\n"
		if r := mustParse(t, name, []byte(src)); string(r.Canonical()) != want {
			t.Errorf("%s: got %s\nwant %s", name, r.Canonical(), want)
		}
	}
}

// What starts like JSON may be YAML in brackets.
func TestRegulationInBrackets(t *testing.T) {
	t.Parallel()
	want := string(mustParse(t, "small.yaml", readTestdata(t, "small.yaml")).Canonical())
	replacer := strings.NewReplacer(`"`, "", ":", ": ", ",", ",\n ")
	for name, src := range map[string]string{
		"no quotes":      replacer.Replace(want),
		"a mark":         "\ufeff\n " + replacer.Replace(want),
		"trailing comma": strings.TrimSuffix(want, "}") + ",}",
		"a comment":      want + " # the end\n",
		"some quotes":    strings.Replace(want, `"own-unit"`, "own-unit", 1),
	} {
		if r := mustParse(t, name, []byte(src)); string(r.Canonical()) != want {
			t.Errorf("%s: got %s\nwant %s", name, r.Canonical(), want)
		}
	}
	if _, err := DecodeRegulation([]byte(replacer.Replace(want))); err == nil {
		t.Error("YAML is decoded as a record's regulation")
	}
}
