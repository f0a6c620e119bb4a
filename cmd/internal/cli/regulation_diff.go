package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"campaignledger/events"
)

// showAmendment shows what a proposed regulation changes, and what that does to the ranks.
func (s signing) showAmendment(ctx context.Context, p *events.RegulationAmended) error {
	now, err := s.Regulation(ctx, s.id)
	if err != nil {
		return err
	}
	changes, err := regulationChanges(now, p.Regulation)
	if err != nil {
		return err
	}
	effect, err := s.Preview(ctx, s.id, "regulation.json", p.Regulation.Canonical())
	if err != nil {
		return err
	}
	s.app.writeChanges(plainText{s.app.err}, changes)
	s.app.writePreview(effect, true)
	return nil
}

// change is one setting in which two regulations differ; "" stands for a setting that is not there.
type change struct{ where, before, after string }

func (a *app) writeChanges(w io.Writer, changes []change) {
	fmt.Fprintln(w, a.say("Thay đổi:", "Changes:"))
	none := a.say("không có", "none")
	for _, c := range changes {
		writeWrapped(w, "  ", fmt.Sprintf("%s: %s → %s", c.where, firstOf(c.before, none), firstOf(c.after, none)), lineWidth)
	}
}

// regulationChanges are the settings in which two regulations differ, by the ids they are under: "criteria default I.1 max".
func regulationChanges(before, after *events.Regulation) ([]change, error) {
	was, err1 := decodeTree(before.Canonical())
	is, err2 := decodeTree(after.Canonical())
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	var d differ
	d.walk(nil, was, is)
	return d.changes, nil
}

func decodeTree(canonical []byte) (tree any, err error) {
	dec := json.NewDecoder(bytes.NewReader(canonical))
	dec.UseNumber()
	return tree, dec.Decode(&tree)
}

// differ compares two JSON values. Lists whose elements have an id are compared element by element, others as a whole.
type differ struct{ changes []change }

func (d *differ) walk(where []string, before, after any) {
	if len(where) > 0 && len(where) <= witnessDepth && where[0] == "witnesses" {
		before, after = orEmpty(before, after), orEmpty(after, before)
	}
	was, wasObject := before.(map[string]any)
	is, isObject := after.(map[string]any)
	if wasObject && isObject {
		d.members(where, was, is)
		return
	}
	wasByID, wasList := byID(before)
	isByID, isList := byID(after)
	if wasList && isList {
		d.members(where, wasByID, isByID)
		return
	}
	if was, is := settingText(before), settingText(after); was != is {
		d.changes = append(d.changes, change{strings.Join(where, " "), was, is})
	}
}

// witnessDepth is how far witnesses that come or go as a whole are taken apart: to the single witness, whose key is then never cut.
const witnessDepth = 2

// orEmpty is value or, where there is none, an empty one of the other's kind.
func orEmpty(value, other any) any {
	if value != nil {
		return value
	}
	switch other.(type) {
	case map[string]any:
		return map[string]any{}
	case []any:
		return []any{}
	}
	return nil
}

func (d *differ) members(where []string, before, after map[string]any) {
	keys := slices.Collect(maps.Keys(after))
	for key := range before {
		if _, both := after[key]; !both {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		below := append(slices.Clone(where), key)
		if key == "items" { // a criterion's id says where it stands
			below = slices.Clone(where[:min(len(where), criteriaDepth)])
		}
		d.walk(below, before[key], after[key])
	}
}

// criteriaDepth is how much of a criterion's place its id does not tell: "criteria", and the set.
const criteriaDepth = 2

// byID are the elements of a list by their ids, or by what a deadline is for; false where they have none.
func byID(value any) (map[string]any, bool) {
	list, ok := value.([]any)
	elements := make(map[string]any, len(list))
	for _, v := range list {
		object, isObject := v.(map[string]any)
		id, isText := object["id"].(string)
		if !isText {
			id, isText = object["for"].(string)
		}
		if _, twice := elements[id]; !isObject || !isText || twice {
			return nil, false
		}
		elements[id] = object
	}
	return elements, ok
}

// settingText is a value as people read it, cut where it is long; "" of one that is not there.
func settingText(value any) string {
	const longest = 160 // characters
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return cut(v, longest)
	}
	var text bytes.Buffer
	if writeJSON(&text, value) != nil {
		return fmt.Sprint(value) // no JSON decodes to what can't be encoded
	}
	return cut(strings.TrimSpace(text.String()), longest)
}
