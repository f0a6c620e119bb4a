package events

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// witnessKey is the public key of the i-th witness; none of full.yaml's members has one like it.
func witnessKey(i int) string { return fmt.Sprintf("ed25519:%064x", 0xab0000+i) }

// witnessList are n witnesses in YAML, without units.
func witnessList(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{id: w%d, key: %q}, ", i, witnessKey(i))
	}
	return "[" + strings.TrimSuffix(b.String(), ", ") + "]"
}

// withWitnesses is full.yaml with the key witnesses.
func withWitnesses(t testing.TB, witnesses string) []byte {
	t.Helper()
	return append(readTestdata(t, "full.yaml"), "witnesses: "+witnesses+"\n"...)
}

// witnessRefusals stand for the whole key; the last ones for a campaign without members.
func witnessRefusals() []refusal {
	key := `key: "` + witnessKey(0) + `"`
	one := "{id: w, " + key + "}"
	var all []refusal
	for _, c := range [][2]string{
		{"¶[]", "a list stands where an object belongs"},
		{"¶null", "there is no value"},
		{"¶{}", `"keys" is missing; name at least one witness`},
		{"{¶key: [" + one + "], keys: [" + one + "]}", `unknown key "key"; did you mean "keys"?`},
		{"{keys: ¶[]}", "witnesses.keys: the list is empty; name at least one witness"},
		{"{keys: ¶{}}", "an object stands where a list belongs"},
		{"{keys: ¶" + witnessList(maxWitnesses+1) + "}", "witnesses.keys: there are 65; at most 64 are allowed; name fewer witnesses"},
		{"{keys: [¶w]}", "a single value stands where an object belongs"},
		{"{keys: [¶{" + key + "}]}", `"id" is missing; name the witness`},
		{"{keys: [{id: ¶W, " + key + "}]}", "is not an id"},
		{"{keys: [{id: w1, key: " + witnessKey(1) + "}, {id: ¶w1, " + key + "}]}", `already a witness "w1"`},
		{"{keys: [{id: w, ¶name: W, " + key + "}]}", `unknown key "name"; remove it; the keys here are id, unit, key`},
		{"{keys: [¶{id: w}]}", `"key" is missing; give the witness's public key`},
		{"{keys: [{id: w, key: ¶" + strings.ToUpper(witnessKey(0)) + "}]}", "is not a public key"},
		{"{keys: [{id: w, key: ¶" + witnessKey(0)[:71] + "}]}", "is not a public key"},
		{"{keys: [{id: w, key: ¶ed25519:" + strings.Repeat("0", 64) + "}]}", "is not a public key"},
		{"{keys: [{id: w, key: ¶null}]}", "there is no value"},
		{"{keys: [" + one + ", {id: x, key: ¶" + witnessKey(0) + "}]}", "already a witness with the key"},
		{"{keys: [{id: w, key: ¶ed25519:" + strings.Repeat("3", 64) + "}]}", `the key of the member "cb-2"; give the witness a key of its own`},
		{"{keys: [{id: w, unit: ¶hanoi, " + key + "}]}", `there is no unit "hanoi"`},
		{"{keys: [{id: w, unit: ¶cum2, " + key + "}]}", `there is no unit "cum2"`},
		{"{colluding: ¶-1, keys: [" + one + "]}", `"-1" is not a whole number from 0 to 1`},
		{"{colluding: ¶1/3, keys: [" + one + "]}", `"1/3" is not a whole number from 0 to 1`},
		{"{colluding: ¶[1], keys: [" + one + "]}", "a list stands where a single value belongs"},
		{"{colluding: ¶2, keys: [" + one + "]}", "2 colluding are more than the witnesses there are, 1; use a whole number from 0 to 1"},
		{"{colluding: ¶1, keys: [" + one + "]}", "there is no safe quorum of 1 witnesses of whom 1 work together: it would take 2 cosignatures; name more"},
		{"{colluding: ¶5, keys: " + witnessList(5) + "}", "there is no safe quorum of 5 witnesses of whom 5 work together"},
		{"{quorum: ¶0, keys: [" + one + "]}", `"0" is not a whole number from 1 to 1`},
		{"{quorum: ¶6, keys: " + witnessList(5) + "}", "witnesses.quorum: there is no safe quorum of 6 among the witnesses there are, 5; use a whole number from 1 to 5"},
		{"{quorum: ¶all, keys: [" + one + "]}", `"all" is not a whole number`},
		{"{quorum: ¶9, colluding: 0, keys: [" + one + "]}", "there is no safe quorum of 9"},
		// What the numbers are of can't be told.
		{"{quorum: 9, colluding: 9, keys: ¶[]}", "the list is empty"},
	} {
		all = append(all, refusal{"endorse: 2/3\n", "endorse: 2/3\nwitnesses: " + c[0] + "\n", "full: " + c[1]})
	}
	return append(all, refusal{"id: c\n", "id: c\nwitnesses: ¶{keys: [" + one + "]}\n", "there are witnesses, but no members"})
}

// A regulation of which nothing else is wrong, with a member whose key is missing: no witness has the key that is not there.
func TestWitnessesBesideBrokenMembers(t *testing.T) {
	t.Parallel()
	src := withWitnesses(t, "{keys: [{id: w}]}")
	src = bytes.Replace(src, []byte(`, key: "ed25519:`+strings.Repeat("7", 64)+`"`), nil, 1)
	_, err := ParseRegulation("r.yaml", src)
	if err == nil || strings.Count(err.Error(), `"key" is missing`) != 2 || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("want the two missing keys, got %v", err)
	}
}

func TestWitnesses(t *testing.T) {
	t.Parallel()
	src := withWitnesses(t, "{colluding: 1, quorum: 3, keys: [{id: cao-bang-w, unit: cao-bang, key: '"+witnessKey(0)+"'}, {id: ls-head, key: "+
		witnessKey(1)+"}, {id: 007, key: "+witnessKey(2)+"}]}")
	r := mustParse(t, "r.yaml", src)
	checkRoundTrips(t, r)
	key := func(i int) PublicKey {
		k, err := ParsePublicKey(witnessKey(i))
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	w := r.Witnesses
	if w.Colluding != 1 || w.Stated != 3 || !slices.Equal(w.Keys, []Witness{{"cao-bang-w", "cao-bang", key(0)}, {"ls-head", "", key(1)}, {"007", "", key(2)}}) {
		t.Errorf("got %+v", w)
	}
	want := `,"witnesses":{"colluding":1,"keys":[{"id":"cao-bang-w","key":"` + witnessKey(0) + `","unit":"cao-bang"},{"id":"ls-head","key":"` +
		witnessKey(1) + `"},{"id":"007","key":"` + witnessKey(2) + `"}],"quorum":3}}`
	without := bytes.TrimSuffix(readTestdata(t, "full.canonical.json"), []byte("}\n"))
	if got := string(r.Canonical()); got != string(without)+want {
		t.Errorf("got  %s\nwant %s%s", got, without, want)
	}
	for _, change := range [][2]string{{`"quorum":3`, `"quorum":"3"`}, {`"colluding":1`, `"colluding":1.0`}, {`,"quorum":3`, `,"quorum":null`}} {
		if _, err := DecodeRegulation(bytes.Replace(r.Canonical(), []byte(change[0]), []byte(change[1]), 1)); err == nil {
			t.Errorf("%s is taken for canonical", change[1])
		}
	}
	opening := NewCampaignOpened(r, "r.yaml", goldenHash)
	if err := opening.Validate(); err != nil {
		t.Error(err)
	}
	if none := mustParse(t, "full.yaml", readTestdata(t, "full.yaml")).Witnesses; none != nil {
		t.Errorf("witnesses out of nothing: %+v", none)
	}
}

// What is left out is filled in when it is asked for, not in the canonical form.
func TestWitnessDefaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n           int
		stated      string
		f, quorum   int
		safe, alone bool // alone: reached without the colluding
	}{
		{1, "", 0, 1, true, true}, {2, "", 0, 2, true, true}, {3, "", 0, 2, true, true}, {4, "", 1, 3, true, true}, {5, "", 1, 4, true, true},
		{6, "", 1, 4, true, true}, {7, "", 2, 5, true, true}, {64, "", 21, 43, true, true},
		{5, "colluding: 2, ", 2, 4, false, false}, {4, "colluding: 0, ", 0, 3, true, true}, {4, "colluding: 3, ", 3, 4, false, false},
		{4, "quorum: 2, ", 1, 2, false, true}, {4, "quorum: 4, ", 1, 4, true, false}, {4, "colluding: 4, quorum: 4, ", 4, 4, false, false},
		{7, "colluding: 2, quorum: 5, ", 2, 5, true, true}, {1, "quorum: 1, ", 0, 1, true, true}, {4, "quorum: '3', ", 1, 3, true, true},
	} {
		r := mustParse(t, "r.yaml", withWitnesses(t, "{"+c.stated+"keys: "+witnessList(c.n)+"}"))
		checkRoundTrips(t, r)
		w := r.Witnesses
		if w.Colluding != c.f || w.Quorum() != c.quorum || w.Safe() != c.safe || w.Reachable() != c.alone {
			t.Errorf("%d, %s: %d colluding, quorum %d, safe %t, reachable %t", c.n, c.stated, w.Colluding, w.Quorum(), w.Safe(), w.Reachable())
		}
		_, canonical, _ := strings.Cut(string(r.Canonical()), `"witnesses":`)
		for _, name := range []string{"colluding", "quorum"} {
			if strings.Contains(canonical, `"`+name+`"`) && !strings.Contains(c.stated, name) {
				t.Errorf("%d, %s: %s was filled in", c.n, c.stated, name)
			}
		}
	}
}

// SafeQuorum is the least of which any two share more than f, and from 3f+1 witnesses on it is reached without the f.
func TestSafeQuorum(t *testing.T) {
	t.Parallel()
	for n := 1; n <= maxWitnesses; n++ {
		for f := range n + 1 {
			q := SafeQuorum(n, f)
			if 2*q-n <= f || 2*(q-1)-n > f {
				t.Errorf("of %d witnesses, %d colluding: two quorums of %d share %d", n, f, q, 2*q-n)
			}
			if (q <= n-f) != (n >= 3*f+1) {
				t.Errorf("of %d witnesses, %d colluding: %d are not reached as they should be", n, f, q)
			}
			if (q > n) != (f == n) {
				t.Errorf("of %d witnesses, %d colluding: the quorum is %d", n, f, q)
			}
		}
	}
}
