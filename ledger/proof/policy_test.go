package proof_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/transparency-dev/formats/witness"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

func TestPolicyRoundTrip(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		for quorum := range n + 1 {
			p := testPolicy(n, quorum)
			if n%2 == 1 {
				p.URL, p.Witnesses[0].URL = "https://ledger.example/cup", "http://w.example:8080/"
			}
			got := must[*proof.Policy](t)(proof.ParsePolicy(p.Marshal()))
			if !reflect.DeepEqual(got, p) {
				t.Errorf("%d of %d witnesses: it is read as %+v", quorum, n, got)
			}
			if got.Campaign() != campaign || got.Genesis() != proof.Genesis(firstRecord) {
				t.Errorf("it is of %s, %s", got.Campaign(), got.Genesis())
			}
		}
	}
}

// policyLines are a policy's of three witnesses, of which two are the quorum.
func policyLines() []string {
	return strings.Split(strings.TrimSuffix(string(testPolicy(3, 2).Marshal()), "\n"), "\n")
}

func TestPolicyComments(t *testing.T) {
	t.Parallel()
	lines := policyLines()
	text := "# Cup\n\n  \t" + lines[0] + "   # the server\r\n" + strings.ReplaceAll(strings.Join(lines[1:5], "\n#\n"), " ", "\t") + "\n" + lines[5] + "# end\n\n#"
	if got := must[*proof.Policy](t)(proof.ParsePolicy([]byte(text))); !reflect.DeepEqual(got, testPolicy(3, 2)) {
		t.Errorf("it is read as %+v", got)
	}
	for threshold, want := range map[string]int{"any": 1, "all": 3, "1": 1, "3": 3} {
		lines[4] = "group g " + threshold + " unit-2 unit-0 unit-1"
		lines[5] = "quorum g"
		got := must[*proof.Policy](t)(proof.ParsePolicy([]byte(strings.Join(lines, "\n"))))
		if got.Quorum != want || !strings.Contains(string(got.Marshal()), "group witnesses ") {
			t.Errorf("the threshold %s is %d", threshold, got.Quorum)
		}
	}
	lines[5] = "quorum none"
	if got := must[*proof.Policy](t)(proof.ParsePolicy([]byte(strings.Join(lines, "\n")))); got.Quorum != 0 || len(got.Witnesses) != 3 {
		t.Errorf("a group that is not the quorum is read as %+v", got)
	}
}

// TestPolicyErrors changes one line of a right policy: the error names it.
func TestPolicyErrors(t *testing.T) {
	t.Parallel()
	key := func(name string, n byte) string { return proof.WitnessKey(name, events.PublicKeyOf(testKey(n))) }
	lines := policyLines()
	logKey := strings.Fields(lines[0])[1]
	parts := strings.SplitN(logKey, "+", 3)
	for _, test := range []struct {
		line       int // from 1, of the six
		text, want string
	}{
		{1, "log", "line 1 of the policy: \"log\" is none of: log KEY"},
		{1, "log " + logKey + " a b", "line 1 of the policy: \"log "},
		{1, "log key", "line 1 of the policy: \"key\" is not a verifier key of signature type 1"},
		{1, "log " + parts[0] + "+0" + parts[1] + "+" + parts[2], "line 1 of the policy: "},
		{1, "log " + logKey[:len(logKey)-1], "line 1 of the policy: "},
		{1, "log " + parts[0] + "+00000000+" + parts[2], "its hash is not that of its name and key"},
		{1, "log " + strings.ToUpper(logKey), "line 1 of the policy: "},
		{1, "log " + key(testOrigin(), 1), "not a verifier key of signature type 1"},
		{1, "log " + proof.LogKey("cup", events.PublicKeyOf(testKey(1))), "is not the origin of a campaign's log"},
		{1, "log +00000000+", "line 1 of the policy: "},
		{1, "log ++", "line 1 of the policy: "},
		{1, lines[0] + " example.org", "line 1 of the policy: \"example.org\" is not a URL"},
		{1, lines[0] + " https://example.org/" + strings.Repeat("x", 512), "line 1 of the policy: "},
		{2, lines[0], "line 2 of the policy: there is one log already"},
		{2, "witness unit-0", "line 2 of the policy: \"witness unit-0\" is none of"},
		{2, "witness unit-0 " + key("unit-9", 9), "line 2 of the policy: the witness \"unit-0\" has a key of the name \"unit-9\""},
		{2, "witness Unit " + key("Unit", 9), "both are the same id"},
		{2, "witness unit-0 " + proof.LogKey("unit-0", events.PublicKeyOf(testKey(9))), "signature type 4"},
		{2, "witness none " + key("none", 9), "line 2 of the policy: a witness can't be called \"none\""},
		{2, "witness witnesses " + key("witnesses", 9), "line 2 of the policy: a witness can't be called \"witnesses\""},
		{2, lines[1] + " https://w.example/%zz", "is not a URL"},
		{3, lines[1], "line 3 of the policy: the witness unit-0 has the name or the key of another one"},
		{3, "witness other " + key("other", 2), "line 3 of the policy: the witness other has the name or the key"},
		{5, "group g 1", "line 5 of the policy: \"group g 1\" is none of"},
		{5, "group g 0 unit-0 unit-1 unit-2", "line 5 of the policy: the threshold \"0\" is none from 1 to 3"},
		{5, "group g 4 unit-0 unit-1 unit-2", "the threshold \"4\""},
		{5, "group g -1 unit-0 unit-1 unit-2", "the threshold \"-1\""},
		{5, "group g +1 unit-0 unit-1 unit-2", "the threshold \"+1\""},
		{5, "group g most unit-0 unit-1 unit-2", "the threshold \"most\""},
		{5, "group g 1 unit-0 unit-1", "line 5 of the policy: the group names 2 of 3 witnesses"},
		{5, "group g 1 unit-0 unit-1 unit-1", "line 5 of the policy: the group does not name the witness unit-2"},
		{5, "group g 1 unit-0 unit-1 unit-9", "the group does not name the witness unit-2"},
		{5, "group any 1 unit-0 unit-1 unit-2", "line 5 of the policy: a group can't be called \"any\""},
		{5, "group unit-0 1 unit-0 unit-1 unit-2", "a group can't be called \"unit-0\""},
		{6, "group g 1 unit-0 unit-1 unit-2", "line 6 of the policy: there is one group already"},
		{6, "witness late " + key("late", 9), "line 6 of the policy: a witness comes before the group"},
		{6, "quorum unit-0", "line 6 of the policy: there is no group \"unit-0\""},
		{6, "quorum", "line 6 of the policy: \"quorum\" is none of"},
		{6, "quorum a b", "line 6 of the policy: "},
		{6, "quorum none\nquorum none", "line 7 of the policy: nothing may follow the quorum"},
		{6, "quorum none\n\n" + lines[1], "line 8 of the policy: nothing may follow the quorum"},
		{6, "QUORUM none", "line 6 of the policy: "},
		{6, "#", "the policy has no line \"quorum ...\""},
		{1, "#", "the policy has no line \"log <key>\""},
		{1, strings.Repeat("#", proof.MaxPolicyBytes), "the policy has more than 65536 bytes"},
	} {
		changed := policyLines()
		changed[test.line-1] = test.text
		_, err := proof.ParsePolicy([]byte(strings.Join(changed, "\n")))
		wantError(t, err, test.want)
		if err != nil && len(err.Error()) > 600 {
			t.Errorf("the error has %d bytes", len(err.Error()))
		}
	}
	_, err := proof.ParsePolicy(nil)
	wantError(t, err, "the policy has no line")
}

// TestLargestPolicy: the most witnesses with the longest URLs are within the bound, one more is not.
func TestLargestPolicy(t *testing.T) {
	t.Parallel()
	long := "https://w.example/"
	long += strings.Repeat("u", 512-len(long))
	p := testPolicy(proof.MaxWitnesses, proof.MaxWitnesses)
	p.URL = long
	for i := range p.Witnesses {
		p.Witnesses[i].Name, p.Witnesses[i].URL = strings.Repeat("w", 61)+string(rune('a'+i/8))+string(rune('a'+i%8)), long
	}
	if got := must[*proof.Policy](t)(proof.ParsePolicy(p.Marshal())); !reflect.DeepEqual(got, p) {
		t.Error("it is read otherwise")
	}
	_, err := proof.ParsePolicy(testPolicy(proof.MaxWitnesses+1, 1).Marshal())
	wantError(t, err, "there are more than 64 witnesses")
}

// TestStockParserReadsPolicy: a log of the libraries of C2SP understands the same quorum.
func TestStockParserReadsPolicy(t *testing.T) {
	t.Parallel()
	for quorum := range 4 {
		p := testPolicy(3, quorum)
		for i := range p.Witnesses {
			p.Witnesses[i].URL = "https://" + witnessName(i) + ".example/"
		}
		group := must[witness.Group](t)(witness.ParsePolicy(p.Marshal()))
		if want := 3; quorum > 0 && len(group.Components) != want || group.N != quorum {
			t.Errorf("it reads %d of %d witnesses, not %d of %d", group.N, len(group.Components), quorum, want)
		}
		for n := range 4 {
			c := checkpoint(t, p, testHead(3), n)
			if got := group.Satisfied(c.Marshal()); got != p.Witnessed(c) || got != (n >= quorum) {
				t.Errorf("%d cosignatures of %d: satisfied is %t", n, quorum, got)
			}
		}
	}
}

// TestColluding counts the witnesses of every two quorums that share none but the first f: with so many, two histories can be shown.
func TestColluding(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		for quorum := 1; quorum <= n; quorum++ {
			shared := n // the least that two quorums share
			for a := range 1 << n {
				for b := range 1 << n {
					if count(a) == quorum && count(b) == quorum {
						shared = min(shared, count(a&b))
					}
				}
			}
			if shared == 0 && 2*quorum > n {
				t.Fatal("this test can't count")
			}
			if got := testPolicy(n, quorum).Colluding(); got != shared-1 {
				t.Errorf("%d of %d: %d may work together; %d sign both histories", quorum, n, got, shared)
			}
		}
	}
	if got := testPolicy(3, 0).Colluding(); got != -1 {
		t.Errorf("none required: %d", got)
	}
}

func count(bits int) (n int) {
	for ; bits > 0; bits &= bits - 1 {
		n++
	}
	return n
}

// TestSafe: by the definition, for every quorum of up to 13 witnesses of whom a third may collude.
func TestSafe(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 13; n++ {
		for q := range n + 1 {
			f := (n - 1) / 3
			shared := max(0, 2*q-n) // of two quorums, at the least
			want := q > 0 && shared > f && n-f >= q
			if got := testPolicy(n, q).Safe(); got != want {
				t.Errorf("a quorum of %d of %d is safe: %v", q, n, got)
			}
		}
	}
	for n, q := range map[int]int{4: 3, 5: 4, 7: 5, 8: 6, 10: 7} {
		if !testPolicy(n, q).Safe() {
			t.Errorf("the default quorum %d of %d is not safe", q, n)
		}
	}
}
