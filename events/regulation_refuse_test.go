package events

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// refusal is a change to small.yaml or full.yaml that must be refused where ¶ stands in new.
type refusal struct {
	old, new string // new "" stands for the whole of the file
	want     string // part of the message
}

func (c refusal) file() string {
	if strings.HasPrefix(c.want, "full: ") {
		return "full.yaml"
	}
	return "small.yaml"
}

func (c refusal) marked(t testing.TB) []byte {
	src := readTestdata(t, c.file())
	if c.old == "" {
		return []byte(c.new)
	}
	if bytes.Count(src, []byte(c.old)) != 1 {
		t.Fatalf("%q stands %d times in %s", c.old, bytes.Count(src, []byte(c.old)), c.file())
	}
	return bytes.Replace(src, []byte(c.old), []byte(c.new), 1)
}

func (c refusal) source(t testing.TB) []byte {
	return bytes.Replace(c.marked(t), []byte("¶"), nil, 1)
}

const graded = "method: graded, max: 10"

func refusals() []refusal {
	lists := [][]refusal{sourceRefusals(), frameRefusals(), levelRefusals(), criteriaRefusals(), methodRefusals(), clusterRefusals(),
		fullRefusals(), memberRefusals(), witnessRefusals()}
	var all []refusal
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

func sourceRefusals() []refusal {
	return []refusal{
		{"", "¶", "is empty"},
		{"", "¶ \r\n", "is empty"},
		{"", "¶# nothing\n", "nothing but comments"},
		{"", "id: a\ntitle: Đ¶\xff", "0xff is not valid UTF-8; save the file as UTF-8"},
		{"", "id: a\ntitle: ¶\x00b", "zero byte"},
		{"", "id: a\ntitle: ¶*x", "unknown anchor 'x' referenced; define the anchor before, or put text that starts with an asterisk in quotes"},
		{"", "id: &a [¶*a]", "nest deeper"},
		{"", "a: &a {<<: b}\n", "merge keys"},
		{"", "id: a\n¶<<: {b: c}", "merge keys"},
		{"", "a: &b {c: d}\n¶<<: *b", "merge keys"},
		{"", "id: ¶!!str a", "tags"},
		{"", "id: ¶! a", "tags"},
		{"", "id: ¶&a !b {c: d}", "tags"},
		{"", "¶%YAML 1.2\n---\nid: a", "directives"},
		{"", "? ¶[id]\n: a", "a key is a single value"},
		{"", "¶{id: a}: b", "a key is a single value"},
		{"", "¶~: b", "a key is a single value"},
		{"", "id: a\n¶---\nid: b", "second document"},
		{"", "id: a\n¶---\n", "second document"},
		{"", "id: a\n...\n¶id: b", "second document"},
		{"", "¶---\n# nothing\n", "nothing but comments"},
		{"", "id: a\ntitle: b\n¶id: c", "the key \"id\" stands here twice, first in line 1"},
		{"", "¶- id: a", "a list stands where an object belongs"},
		{"", "¶id", "a single value stands where an object belongs"},
		{"", "a: " + strings.Repeat("[", 64) + "¶[", "nest deeper"},
		{"", "a:\n  - " + strings.Repeat("- ", 63) + "¶- a", "nest deeper"},
		{"", "id: [a, b\n¶", "expected ',' or ']' (while parsing a flow sequence that starts in line 1, column 5); check the indentation"},
		{"", "id: a\ntitle\n¶period: {}", "expected ':' (while scanning a simple key that starts in line 2, column 1)"},
		{"", "id: a\ntitle: ¶@b", "cannot start any token"},
		{"", "id: a\n¶\ttitle: b", "this is not YAML"},
		{"", "id: \"\\u¶d800\"", "invalid Unicode character"},
		{"", "id: Đ\ntitle: ¶\x01", "control characters are not allowed"},
		{"", "{\"id\": \"a\",\n \"title\": ¶tổng: cộng: 1}", "is not a JSON value"},
		{"", "{id: a,\n title: [b¶}", "this is not YAML"},
		{"", "¶[id: a]", "a list stands where an object belongs"},
		{"", "{\"id\": \"a\", ¶\"id\": \"b\"}", "stands here twice"},
		{"", "{\"id\": \"a\"} ¶x", "more after the end"},
		{"", "{\"id\": \"a\", ¶id: ]}", "a key in double quotes is expected here; write it like \"id\": \"cum2-2017\"; no comma follows the last member (what starts like JSON is read as JSON)"},
	}
}

func frameRefusals() []refusal {
	return []refusal{
		{"id: c\n", "¶title: c\n", `"id" is missing`},
		{"id: c\n", "id: ¶C\n", `id: "C" is not an id`},
		{"id: c\n", "id: ¶-c\n", "is not an id"},
		{"id: c\n", "id: ¶" + strings.Repeat("c", 64) + "\n", "is not an id"},
		{"id: c\n", "id:¶\n", "there is no value"},
		{"id: c\n", "id: ¶[c]\n", "a list stands where a single value belongs"},
		{"id: c\n", "id: c\n¶titel: x\n", `unknown key "titel"; did you mean "title"?`},
		{"id: c\n", "id: c\n¶zzz: x\n", "remove it; the keys here are id, title"},
		{"id: c\n", "id: c\ntitle: ¶''\n", "the text is empty"},
		{"id: c\n", "id: c\ntitle: ¶{}\n", "no text is given"},
		{"id: c\n", "id: c\ntitle: {¶fr: x}\n", `unknown key "fr"`},
		{"id: c\n", "id: c\ntitle: ¶\"a\\u001bb\"\n", "control character"},
		{"id: c\n", "id: c\ntitle: ¶" + strings.Repeat("x", MaxTextBytes+1) + "\n", "bytes; at most 8192"},
		{"id: c\n", "id: c\nprevious: ¶{id: b}\n", `"genesis" is missing`},
		{"id: c\n", "id: c\nprevious: {id: b, genesis: ¶AB}\n", "is not a SHA-256"},
		{"id: c\n", "id: c\nperiod: {start: ¶2017-02-30, end: 2017-12-31}\n", "is not a date"},
		{"id: c\n", "id: c\nperiod: {start: 2017-02-20, end: ¶2017-02-19}\n", "before it starts"},
		{"id: c\n", "id: c\nperiod: ¶{start: 2017-02-20}\n", `"end" is missing`},
		{"id: c\n", "id: c\nperiod: {start: 2017-02-20, end: 2017-02-20, zone: ¶Asia/Hanoi}\n", "is not a time zone"},
		{"id: c\n", "id: c\nperiod: {start: 2017-02-20, end: 2017-02-20, zone: ¶Local}\n", "is not a time zone"},
		{"id: c\n", "id: c\nclock: ¶lively\n", `"lively" is not known here; did you mean "live"?`},
		{"id: c\n", "id: c\ndelay: ¶45\n", `"45" is not a time span`},
		{"id: c\n", "id: c\ndelay: ¶1.5d\n", "is not a time span"},
		{"id: c\n", "id: c\ndelay: ¶-1d\n", "is not a time span"},
		{"id: c\n", "id: c\ndelay: ¶3651d\n", "is not a time span"},
		{"id: c\n", "id: c\ndelay: ¶99999999999999999999d\n", "is not a time span"},
		{"id: c\n", "id: c\nendorse: ¶0/3\n", "is nothing"},
		{"id: c\n", "id: c\nendorse: ¶4/3\n", "more than the whole"},
		{"id: c\n", "id: c\nendorse: ¶0.5\n", "is not a share"},
		{"id: c\n", "id: c\nendorse: ¶1/0\n", "is not a share"},
		{"id: c\n", "id: c\nendorse: ¶101%\n", "more than the whole"},
		{"id: c\n", "id: c\nendorse: ¶-1%\n", "is not a share"},
		{"id: c\n", "id: c\ntranscribed: ¶no\n", "is not known here; use one of confirm, official"},
		{"id: c\n", "id: c\nconflict: {lead-reviews-own: ¶third}\n", "is not known here"},
		{"id: c\n", "id: c\ncouncil: {seats-per-unit: ¶0}\n", "is not a whole number from 1"},
		{"id: c\n", "id: c\ncouncil: {seats-per-unit: ¶1.0}\n", "is not a whole number"},
		{"id: c\n", "id: c\ncouncil: {recuse-own: ¶yes}\n", "neither true nor false"},
		{"id: c\n", "id: c\ncouncil: {¶seats_per_unit: 1}\n", `did you mean "seats-per-unit"?`},
		{"id: c\n", "id: c\nmembers: ¶[]\n", "list of members is empty"},
	}
}

func levelRefusals() []refusal {
	const own = "id: own, scorers: own-unit"
	return []refusal{
		{"levels:\n  - {id: own, scorers: own-unit}\n  - {id: all, scorers: any}\n", "levels: ¶[]\n", "the list is empty"},
		{own, "id: ¶highest, scorers: any", "has a meaning of its own"},
		{own, "id: ¶reports, scorers: any", "has a meaning of its own"},
		{"{" + own, "¶{scorers: any", `"id" is missing`},
		{"{" + own, "¶{id: own", `"scorers" is missing`},
		{own, "id: own, scorers: ¶everybody", "is not known here"},
		{own, "id: own, scorers: ¶[]", "the list is empty"},
		{own, "id: own, scorers: [a, ¶B]", "is not an id"},
		{own, "id: own, scorers: [a, ¶a]", `already a scorer "a"`},
		{own, "id: own, scorers: any, sealed: ¶1", "neither true nor false"},
		{own, "id: own, scorers: any, unrevealed: ¶maybe", "is not known here"},
		{"  - {id: all", "  - {id: ¶own, scorers: any}\n  - {id: all", `already a level "own"`},
		{"official: all", "official: ¶al", `there is no level "al"; did you mean "all"?`},
		{"official: all", "official: all\ncalendar: [{for: ¶none, until: 2017-11-20T17:00}]", `there is no level "none"`},
		{"official: all", "official: all\ncalendar: [{for: all, until: ¶2017-11-20}]", "is not a time"},
		{"official: all", "official: all\ncalendar: [¶{for: all}]", `"until" is missing`},
		{"official: all", "official: all\ncalendar: [{for: all, until: 2017-11-20T17:00, late: ¶ok}]", "is not known here"},
		{"official: all", "official: all\ncalendar: [{for: all, until: 2017-11-20T17:00}, {for: ¶all, until: 2017-11-20T17:00}]",
			`already a deadline for "all"`},
	}
}

func criteriaRefusals() []refusal {
	const g1 = "          - {id: G.1, method: graded}"
	deep := strings.Repeat("{id: x, items: [", 15) + "¶{id: y, items: [{id: z, " + graded + "}" + strings.Repeat("]}", 16)
	for i := range 15 {
		deep = strings.Replace(deep, "id: x,", fmt.Sprintf("id: x%d,", i), 1)
	}
	return []refusal{
		{"  default:\n", "  ¶Other: {items: [{id: x, " + graded + "}]}\n  default:\n", `criteria: "Other" is not an id`},
		{"  default:\n", "  default:\n    rounding: {places: ¶7}\n", `"7" is not a whole number from 0 to 6`},
		{"  default:\n", "  default:\n    rounding: {¶digits: 7}\n", "unknown key"},
		{"  default:\n", "  empty: {items: ¶[]}\n  default:\n", "the list is empty"},
		{"  default:\n", "  empty: ¶{}\n  default:\n", `"items" is missing`},
		{g1, "          - {id: ¶A, method: graded}", `already a criterion "A"`},
		{g1, "          - {id: ¶G, method: graded}", `already a criterion "G"`},
		{g1, "          - {id: ¶.G, method: graded}", "is not a criterion's id"},
		{g1, "          - {id: ¶Đ, method: graded}", "is not a criterion's id"},
		{g1, "          - ¶{method: graded}", `"id" is missing`},
		{g1, "          - ¶{id: x}", `"method" is missing`},
		{"      - id: G\n", "      - id: G\n        ¶weight: 1\n", `takes no "weight"`},
		{"      - id: G\n", "      - id: G\n        ¶method: graded\n", `takes no "method"`},
		{"      - id: G\n", "      - id: G\n        ¶aggregate: {method: sum}\n", `takes no "aggregate"`},
		{"      - id: G\n", "      - id: G\n        max: ¶5\n", `its criterion "G.1" has none`},
		{"      - id: G\n", "      - id: G2\n        max: ¶25.1\n        items: [{id: a, " + graded + "}, {id: b, weight: 1.5, " + graded + "}]\n      - id: G\n",
			"add up to 25; write that sum"},
		{"      - id: G\n", "      - id: G2\n        max: ¶0.1\n        items: [{id: a, method: adjustment}]\n      - id: G\n", "add up to 0;"},
		{"      - id: G\n", "      - " + deep + "\n      - id: G\n", "nest deeper than 16"},
	}
}

func methodRefusals() []refusal {
	const ten, table = graded, "method: ordinal, table: [1]"
	return []refusal{
		{ten, "method: ¶grade", `did you mean "graded"?`},
		{ten, "method: ¶group", "is not known here"},
		{ten, "method: graded, max: ¶0x10", "is not a decimal number"},
		{ten, "method: graded, max: ¶1e3", "is not a decimal number"},
		{ten, "method: graded, max: ¶.inf", "is not a decimal number"},
		{ten, "method: graded, max: ¶.5", "is not a decimal number"},
		{ten, "method: graded, max: ¶'1,5'", "is not a decimal number"},
		{ten, "method: graded, max: ¶1_000", "is not a decimal number"},
		{ten, "method: graded, max: ¶+1", "is not a decimal number"},
		{ten, "method: graded, max: ¶010", "starts with a zero"},
		{ten, "method: graded, max: ¶1.0000001", "more than 6 decimal places"},
		{ten, "method: graded, max: ¶1234567890123", "more than 12 digits"},
		{ten, "method: graded, max: ¶-1", "-1 is out of range"},
		{ten, "method: graded, max: ¶ten", "is not a decimal number"},
		{ten, "method: graded, max: ¶null", "there is no value"},
		{ten, "method: graded, weight: ¶-0.1", "out of range"},
		{ten, "method: graded, weight: ¶1000000.1", "out of range; use a number from 0 to 1000000"},
		{ten, "method: graded, ¶min: 1", `the method graded takes no "min"`},
		{ten, "method: graded, ¶table: [1]", `the method graded takes no "table"`},
		{ten, "method: graded, ¶base: 0.5", `the method graded takes no "base"`},
		{ten, "method: graded, ¶each: 1", `the method graded takes no "each"`},
		{ten, "method: graded, evidence: ¶optional", "is not known here"},
		{"{id: A, " + ten, "¶{id: A, method: target", `"max" is missing`},
		{"{id: A, " + ten, "¶{id: A, method: proportional", `"max" is missing`},
		{"{id: A, " + ten, "¶{id: A, method: passfail", `"max" is missing`},
		{"{id: A, " + ten, "¶{id: A, method: count", `"each" is missing`},
		{"{id: A, " + ten, "¶{id: A, method: ordinal", `"table" is missing`},
		{ten, "method: target, max: 1, base: ¶1.1", "out of range; use a number from 0 to 1"},
		{ten, "method: proportional, max: 1, ¶base: 1", `takes no "base"`},
		{ten, "method: count, each: ¶0", "out of range"},
		{ten, "method: count, each: ¶1000001", "out of range"},
		{ten, "method: ordinal, table: ¶[]", "the list is empty"},
		{ten, "method: ordinal, table: ¶5", "a single value stands where a list belongs"},
		{ten, "method: ordinal, table: [5, ¶x]", "is not a decimal number"},
		{ten, "method: ordinal, table: [5], ¶each: 1", `takes no "each"`},
		{ten, "method: adjustment, min: ¶2, max: 1", "min is 2, above max"},
		{ten, "method: adjustment, aggregate: {method: ¶mean}", "takes no aggregate"},
		{ten, table + ", aggregate: {method: ¶average}", "is not known here"},
		{ten, table + ", aggregate: {method: mean, ¶trim: 1}", `the aggregate mean takes no "trim"`},
		{ten, table + ", aggregate: {method: trimmed-mean, trim: ¶-1}", "from 0 to"},
		{ten, table + ", aggregate: {method: trimmed-mean, trim: ¶1001}", "from 0 to 1000"},
		{ten, table + ", aggregate: {places: ¶7}", "from 0 to 6"},
		{ten, table + ", aggregate: {places: ¶-1}", "from 0 to 6"},
		{ten, table + ", aggregate: ¶mean", "a single value stands where an object belongs"},
	}
}

func clusterRefusals() []refusal {
	const criteria, u = "    criteria: default\n", "      - {id: u}\n"
	return []refusal{
		{criteria, "    criteria: ¶defalt\n", `there is no criteria set "defalt"; did you mean "default"?`},
		{"id: k\n" + criteria, "¶id: k\n", `"criteria" is missing`},
		{criteria, criteria + "    lead: ¶w\n", `there is no unit in this cluster "w"; add it, or name one of u, v`},
		{criteria, criteria + "    ranking: {method: ¶1224}\n", "is not known here"},
		{criteria, criteria + "    ranking: {by: ¶total}\n", "is not known here"},
		{criteria, criteria + "    ranking: {ties: [A, ¶B]}\n", `there is no criterion in the cluster's set "B"`},
		{criteria, criteria + "    ranking: {ties: [A, ¶A]}\n", `already a mention of "A"`},
		{criteria, criteria + "    ranking: {by: ¶ratio}\n", `"G.1" has no max and is assigned to "u"`},
		{u, "      - {id: u}\n      - {id: ¶u}\n", `already a unit "u"`},
		{u, "      - {id: ¶U}\n", "is not an id"},
		{u, "      - ¶u\n", "a single value stands where an object belongs"},
		{u, "      - {id: u, not-assigned: [¶H]}\n", "there is no criterion"},
		{u, "      - {id: u, not-assigned: [G, ¶G]}\n", "already a mention"},
		{u, "      - {id: u, not-assigned: ¶G}\n", "a single value stands where a list belongs"},
		{"    units:\n      - {id: u}\n      - {id: v}\n", "    units: ¶[]\n", "the list is empty"},
		{"clusters:\n", "clusters:\n  - {id: j, criteria: default, units: [{id: u}]}\n  - {id: ¶j, criteria: default, units: [{id: u}]}\n",
			`already a cluster "j"`},
		{"    units:\n      - {id: u}\n      - {id: v}\n", "    ranking: {by: ratio}\n    units:\n      - {id: w, not-assigned: [G]}\n" +
			"      - ¶{id: u, not-assigned: [G, A]}\n", `nothing assigned to "u"`},
	}
}

func fullRefusals() []refusal {
	const drive = "{id: drive, places: 2"
	return []refusal{
		{drive, "{id: ¶government-flag, places: 2", "full: already an award"},
		{drive, "¶{id: drive", `full: "places" is missing`},
		{drive, "{id: drive, places: ¶0", "full: from 1 to"},
		{drive, "{id: drive, places: 2, within: ¶flag", `full: there is no award "flag"`},
		{drive, "{id: drive, places: 2, within: ¶drive", "full: stands within itself"},
		{"places: 3,", "places: 3, within: government-flag,", "full: stands within itself"},
		{"of: exemplar", "of: ¶exampler", `full: did you mean "exemplar"?`},
		{"of: exemplar", "of: ¶drive", "full: a share of another award"},
		{"share: 1/2", "share: ¶0%", "full: is nothing"},
		{"{of: exemplar, share: 1/2, rounding: up}", "¶{of: exemplar}", `full: "share" is missing`},
		{"rounding: half-up", "rounding: ¶nearest", "full: is not known here"},
		{"threshold: 1/1", "threshold: ¶0/1", "full: is nothing"},
		{"{threshold: 1/1, quorum: 0%}", "¶{quorum: 0%}", `full: "threshold" is missing`},
		{"base: members", "base: ¶all", "full: is not known here"},
		{"written: true", "written: ¶on", "full: neither true nor false"},
		{"max: 306.5", "max: ¶300", "full: add up to 306.5"},
	}
}

func memberRefusals() []refusal {
	const key2 = "ed25519:2222222222222222222222222222222222222222222222222222222222222222"
	return []refusal{
		{"id: ls-1", "id: ¶ls-head", "full: already a member"},
		{"id: ls-1, role: officer, unit: lang-son", "id: ls-1, role: head, unit: ¶lang-son", "full: already a head of unit"},
		{"role: officer", "role: ¶boss", "full: is not known here; use one of head, officer"},
		{"{id: ls-1, role: officer, unit: lang-son", "¶{id: ls-1, role: officer", `full: "unit" is missing`},
		{"role: officer, unit: lang-son", "role: officer, unit: ¶hanoi", `full: there is no unit "hanoi"`},
		{"{id: teller-1, role: teller", "¶{id: teller-1", `full: "role" is missing`},
		{"id: teller-1", "id: ¶cao-bang", "full: is a unit's id"},
		{`"` + key2 + `"`, "¶" + strings.ToUpper(key2), "full: is not a public key"},
		{`"` + key2 + `"`, "¶" + key2[:71], "full: is not a public key"},
		{`"` + key2 + `"`, "¶" + strings.ReplaceAll(key2, "2222", "1111")[:8] + strings.Repeat("1", 64), "full: already a member with the key"},
		{"    lead: lang-son\n", "", "full: no cluster has a lead whose head"},
		{"lead: lang-son", "lead: cao-bang", `full: the head of "cao-bang"`},
	}
}

func TestRegulationRefusals(t *testing.T) {
	t.Parallel()
	for i, c := range refusals() {
		t.Run(fmt.Sprintf("%d %s", i, c.want), func(t *testing.T) {
			t.Parallel()
			_, err := ParseRegulation("r.yaml", c.source(t))
			var refused *RegulationError
			if !errors.As(err, &refused) {
				t.Fatalf("got %v", err)
			}
			want := strings.TrimPrefix(c.want, "full: ")
			if !strings.Contains(err.Error(), want) {
				t.Errorf("got %q, which lacks %q", err, want)
			}
			if before, _, marked := bytes.Cut(c.marked(t), []byte("¶")); marked {
				line, col := position(before)
				if p := refused.Problems[0]; p.Line != line || p.Col != col || len(refused.Problems) != 1 {
					t.Errorf("want one problem at %d:%d, got:\n%v", line, col, err)
				}
			}
		})
	}
}

// Two things without an id are not taken for each other.
func TestRegulationWithoutIDs(t *testing.T) {
	t.Parallel()
	src := readTestdata(t, "full.yaml")
	for _, change := range [][2]string{{"{id: 007}", "{title: x}"}, {"{id: ls-1, ", "{"}} {
		if !bytes.Contains(src, []byte(change[0])) {
			t.Fatalf("full.yaml has no %q", change[0])
		}
		src = bytes.Replace(src, []byte(change[0]), []byte(change[1]), 1)
	}
	_, err := ParseRegulation("r.yaml", src)
	var refused *RegulationError
	if !errors.As(err, &refused) || len(refused.Problems) != 2 {
		t.Errorf("want the two missing ids, got %v", err)
	}
}
