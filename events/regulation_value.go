package events

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// regulationReader reads a regulation from its tree and collects what is wrong with it.
type regulationReader struct {
	r        *Regulation
	problems []RegulationProblem

	levels map[string]bool // nil if the levels cannot be read; so with the others
	sets   map[string]*criteriaIndex
	units  map[string]bool // of all clusters
}

func (rd *regulationReader) fail(line, col int, path, problem, remedy string) {
	if len(rd.problems) < maxProblemsKept {
		rd.problems = append(rd.problems, RegulationProblem{line, col, path, problem, remedy})
	}
}

// value is a place in the tree. Where nothing stands, or what stands there was refused, n is nil and every reading of it
// gives the zero value without a further problem.
type value struct {
	rd   *regulationReader
	n    *node
	path string
}

func (v value) fail(problem, remedy string) {
	if v.path != "" {
		problem = v.path + ": " + problem
	}
	v.rd.fail(v.n.line, v.n.col, v.path, problem, remedy)
}

// given reports whether something stands here.
func (v value) given() bool { return v.n != nil }

// none is v with nothing there.
func (v value) none() value { return value{v.rd, nil, v.path} }

// object is v if it is an object with no keys but the known ones.
func (v value) object(known ...string) value {
	if v = v.ofKind(objectNode); !v.given() {
		return v
	}
	for _, m := range v.n.members {
		if !slices.Contains(known, m.key) {
			at := value{v.rd, &node{line: m.line, col: m.col}, v.path}
			at.fail(fmt.Sprintf("unknown key %q", m.key), v.rd.instead(m.key, known, "remove it; the keys here are "))
		}
	}
	return v
}

func (v value) ofKind(kind nodeKind) value {
	switch {
	case !v.given():
		return v
	case v.n.null:
		v.fail("there is no value", "give one, or leave the key out")
		return v.none()
	case v.n.kind != kind:
		v.fail(fmt.Sprintf("%s stands where %s belongs", v.n.kind, kind), "compare with the example in the documentation")
		return v.none()
	}
	return v
}

// key is what stands under k, which may be left out.
func (v value) key(k string) value {
	path := k
	if v.path != "" {
		path = v.path + "." + k
	}
	if !v.given() {
		return value{v.rd, nil, path}
	}
	return value{v.rd, v.n.member(k), path}
}

// need is what stands under k, which must be there.
func (v value) need(k, remedy string) value {
	if v.given() && v.n.member(k) == nil {
		v.fail(fmt.Sprintf("%q is missing", k), remedy)
	}
	return v.key(k)
}

// list are the items of a list of at most limit.
func (v value) list(limit int) []value {
	if v = v.ofKind(arrayNode); !v.given() {
		return nil
	}
	if len(v.n.items) > limit {
		v.fail(fmt.Sprintf("there are %d; at most %d are allowed", len(v.n.items), limit), "split the campaign")
		return nil
	}
	items := make([]value, len(v.n.items))
	for i, item := range v.n.items {
		items[i] = value{v.rd, item, v.path + "[" + strconv.Itoa(i) + "]"}
	}
	return items
}

// needList are the items of a list under k that has at least one.
func (v value) needList(k string, limit int, remedy string) []value {
	list := v.need(k, remedy).ofKind(arrayNode)
	if list.given() && len(list.n.items) == 0 {
		list.fail("the list is empty", remedy)
	}
	return list.list(limit)
}

// text is a single value's text in NFC. The canonical form writes it as a string.
func (v value) text() string {
	if v = v.ofKind(scalarNode); !v.given() {
		return ""
	}
	text := norm.NFC.String(v.n.text)
	switch bad := strings.IndexFunc(text, isForbiddenControl); {
	case text == "":
		v.fail("the text is empty", "give some, or leave the key out")
	case len(text) > MaxTextBytes:
		v.fail(fmt.Sprintf("the text has %d bytes; at most %d are allowed", len(text), MaxTextBytes), "shorten it")
	case bad >= 0:
		v.fail(fmt.Sprintf("the text holds the control character %+q", text[bad:bad+1]), "remove it")
	default:
		v.n.text = text
		return text
	}
	return ""
}

// isForbiddenControl keeps out of titles what would steer a terminal; line breaks and tabs may stand.
func isForbiddenControl(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

// localized is a text, plain or as {vi, en}.
func (v value) localized() Text {
	if !v.given() || v.n.kind != objectNode {
		return Text{Plain: v.text()}
	}
	v = v.object("vi", "en")
	t := Text{VI: v.key("vi").text(), EN: v.key("en").text()}
	if len(v.n.members) == 0 {
		v.fail("no text is given", `write "…" or {vi: "…", en: "…"}`)
	}
	return t
}

// id is the id of anything but a criterion.
func (v value) id() string {
	const remedy = "use 1 to 63 of a-z, 0-9 and hyphens, not a hyphen first"
	return v.matching(ValidID, "an id", remedy)
}

func (v value) criterionID() string {
	const remedy = "use 1 to 63 letters without accents, digits, '.', '_' and '-', a letter or digit first"
	return v.matching(ValidCriterionID, "a criterion's id", remedy)
}

// hash is a SHA-256 in hex.
func (v value) hash() string {
	return v.matching(validHash, "a SHA-256", "write it as 64 lower-case hex digits")
}

func (v value) matching(valid func(string) bool, what, remedy string) string {
	text := v.text()
	if text != "" && !valid(text) {
		v.fail(fmt.Sprintf("%q is not %s", text, what), remedy)
		return ""
	}
	return text
}

// enum is one of the words, the first if none is given.
func enum[T ~string](v value, words ...T) T {
	text := v.text()
	if text == "" {
		return words[0]
	}
	if i := slices.Index(words, T(text)); i >= 0 {
		return words[i]
	}
	var known []string
	for _, w := range words {
		if w != "" {
			known = append(known, string(w))
		}
	}
	v.fail(fmt.Sprintf("%q is not known here", text), v.rd.instead(text, known, "use one of "))
	return words[0]
}

// decimal is a decimal number from low to high; ok tells that there is one. The canonical form writes it as a string.
func (v value) decimal(low, high Decimal) (d Decimal, ok bool) {
	text := v.text()
	if text == "" {
		return 0, false
	}
	d, err := ReadDecimal(text)
	if err != nil {
		v.fail(err.Error(), "at most 12 digits before and 6 after a point are taken as they stand")
		return 0, false
	}
	if d < low || d > high {
		v.fail(fmt.Sprintf("%s is out of range", d), fmt.Sprintf("use a number from %s to %s", low, high))
		return 0, false
	}
	v.n.text = d.String()
	return d, true
}

// bound is a decimal that may be left out.
func (v value) bound(low, high Decimal) Bound {
	d, ok := v.decimal(low, high)
	return Bound{d, ok}
}

// integer is a whole number from low to high, low 0 or more, and otherwise if none is given. The canonical form writes it bare.
func (v value) integer(low, high, otherwise int) int {
	text := v.text()
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || strconv.Itoa(n) != text || n < low || n > high {
		v.fail(fmt.Sprintf("%q is not a whole number from %d to %d", text, low, high), "write digits only")
		return otherwise
	}
	v.n.bare = true
	return n
}

// boolean is true or false, false if nothing is given. The canonical form writes it bare.
func (v value) boolean() bool {
	text := v.text()
	switch text {
	case "true", "false":
		v.n.bare = true
	case "":
	default:
		v.fail(fmt.Sprintf("%q is neither true nor false", text), "write true or false")
	}
	return text == "true"
}

// reference is an id that must be among known; a nil known holds everything.
func reference[T any](v value, id, what string, known map[string]T) string {
	if id == "" || known == nil {
		return id
	}
	if _, ok := known[id]; ok {
		return id
	}
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	v.fail(fmt.Sprintf("there is no %s %q", what, id), v.rd.instead(id, names, "add it, or name one of "))
	return ""
}

// unique reports a second use of id and remembers the first.
func (v value) unique(id, what string, seen map[string]bool) {
	switch {
	case id == "":
	case seen[id]:
		v.fail(fmt.Sprintf("there is already %s %q", what, id), "rename or remove one of the two")
	default:
		seen[id] = true
	}
}

// maxNamesShown bounds the names a remedy lists.
const maxNamesShown = 20

// instead is the remedy for a word that is not known: the nearest known one, or the list of them. The search is dropped
// once more problems are found than are shown, so that a hopeless file costs no more than its length.
func (rd *regulationReader) instead(word string, known []string, otherwise string) string {
	if len(rd.problems) <= maxProblemsShown {
		if near := Nearest(word, known); near != "" {
			return fmt.Sprintf("did you mean %q?", near)
		}
	}
	more := ""
	if len(known) > maxNamesShown {
		known, more = known[:maxNamesShown], " …"
	}
	return otherwise + strings.Join(known, ", ") + more
}

// Nearest is the known word at most two edits from word, "" if there is none. It is O(len(known)).
func Nearest(word string, known []string) string {
	const maxEdits = 2
	best, bestEdits := "", maxEdits+1
	folded := strings.ReplaceAll(strings.ToLower(word), "_", "-")
	if len(folded) > maxIDBytes {
		return ""
	}
	for _, k := range known {
		if e := edits(folded, strings.ToLower(k)); e < bestEdits && e < len(k)-1 {
			best, bestEdits = k, e
		}
	}
	return best
}

// edits is the Levenshtein distance, O(len(a) × len(b)).
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
