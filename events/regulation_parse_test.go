package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func readTestdata(t testing.TB, name string) []byte {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", "regulation", name))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func mustParse(t testing.TB, name string, src []byte) *Regulation {
	t.Helper()
	r, err := ParseRegulation(name, src)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// checkRoundTrips holds what every accepted regulation must: its canonical form decodes to the same regulation and the same
// bytes, is JSON, and read as a file (also one of another layout) gives itself again.
func checkRoundTrips(t testing.TB, r *Regulation) {
	t.Helper()
	decoded, err := DecodeRegulation(r.Canonical())
	if err != nil {
		t.Fatalf("the canonical form is refused: %v\n%s", err, r.Canonical())
	}
	if !reflect.DeepEqual(decoded, r) {
		t.Fatalf("decoding the canonical form gives another regulation:\n%+v\n%+v", decoded, r)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, r.Canonical(), "", "\t"); err != nil {
		t.Fatalf("the canonical form is not JSON: %v", err)
	}
	again := mustParse(t, "indented.json", indented.Bytes())
	if !bytes.Equal(again.Canonical(), r.Canonical()) {
		t.Fatalf("the indented form gives another canonical form:\n%s\n%s", again.Canonical(), r.Canonical())
	}
}

// The golden file is never edited: the hash of every campaign's opening rests on it.
func TestRegulationGolden(t *testing.T) {
	t.Parallel()
	r := mustParse(t, "full.yaml", readTestdata(t, "full.yaml"))
	checkRoundTrips(t, r)
	golden := bytes.TrimSuffix(readTestdata(t, "full.canonical.json"), []byte("\n"))
	if !bytes.Equal(r.Canonical(), golden) {
		t.Errorf("canonical form changed:\n got %s\nwant %s", r.Canonical(), golden)
	}
}

func TestRegulationFields(t *testing.T) {
	t.Parallel()
	r := mustParse(t, "full.yaml", readTestdata(t, "full.yaml"))
	check := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", what, got, want)
		}
	}
	check("title", r.Title, Text{VI: "Cụm thi đua số 2 năm 2017", EN: "Emulation Cluster No. 2, 2017"})
	check("notice", r.Notice, Text{Plain: "illustrative scores"})
	check("zone", r.Period.Zone.String(), "Asia/Ho_Chi_Minh")
	check("clock", r.Clock, ClockLive)
	check("delay", r.Delay, 45*24*time.Hour)
	check("level", r.Levels[1], Level{ID: "cross", Scorers: ScorersPeerUnits, Sealed: true, Unrevealed: UnrevealedVoid})
	check("scorers", r.Levels[2].ScorerIDs, []string{"ministry", "2017"})
	check("official", r.Official, OfficialHighest)
	check("sets", []string{r.Sets[0].ID, r.Sets[1].ID}, []string{"1-b", "default"})
	check("id", r.Sets[0].Items[0].ID, "1.10")
	check("places", r.Sets[0].Places, 2)
	group := r.Sets[1].Items[0]
	check("group", group.Method, MethodGroup)
	check("group max", group.Max, Bound{306_500_000, true})
	check("base", group.Items[1].Base, DecimalOne/2)
	check("evidence", group.Items[2].Evidence, true)
	check("each", group.Items[4].Each, 2*DecimalOne)
	check("table", group.Items[5].Table, []Decimal{12 * DecimalOne, 10 * DecimalOne, 8_500_000})
	check("aggregate", group.Items[5].Aggregate, Aggregate{Method: AggregateSum, Places: -1})
	check("default aggregate", group.Items[0].Aggregate, Aggregate{Method: AggregateSingle, Places: -1})
	check("weight", r.Sets[1].Items[1].Weight, Decimal(1_200_000))
	check("trimmed", r.Sets[1].Items[1].Aggregate, Aggregate{AggregateTrimmedMean, 1, 2})
	none := bytes.Replace(readTestdata(t, "full.yaml"), []byte("trim: 1"), []byte("trim: 0"), 1)
	check("trim 0", mustParse(t, "trim.yaml", none).Sets[1].Items[1].Aggregate, Aggregate{AggregateTrimmedMean, 0, 2})
	check("penalty", r.Sets[1].Items[3].Min, Bound{-50 * DecimalOne, true})
	check("ties", r.Clusters[0].Ranking, Ranking{Ties: []string{"I", "bonus"}})
	check("dense", r.Clusters[1].Ranking, Ranking{Dense: true})
	check("ratio", r.Clusters[2].Ranking, Ranking{ByRatio: true})
	check("not assigned", r.Clusters[0].Units[0].NotAssigned, []string{"I.3"})
	check("unit", r.Clusters[1].Units[1].ID, "007")
	check("unquoted yes", r.Clusters[2].Units[0], Unit{ID: "on", Title: Text{Plain: "yes"}})
	check("until", r.Calendar[0].Until.UTC().Format(time.RFC3339), "2017-11-20T10:00:00Z")
	check("refuse", r.Calendar[1].Refuse, true)
	check("until with an offset", r.Calendar[3].Until.UTC().Format(time.RFC3339), "2018-01-31T10:00:00Z")
	check("council", r.Council, Council{1, true})
	check("endorse", r.Endorse, Fraction{2, 3})
	check("conflict", r.Conflict.LeadReviewsOwn, "refuse")
	check("quota", r.Awards[1].Quota, Quota{Of: "ministry-flag", Share: Fraction{1, 5}})
	check("vote", r.Awards[1].Vote, Vote{Fraction{4, 5}, Fraction{2, 3}, true, true, true})
	check("percent", r.Awards[2].Quota, Quota{Of: "ministry-flag", Share: Fraction{67, 200}, HalfAway: true})
	check("no quorum", r.Awards[3].Vote, Vote{Threshold: Fraction{1, 1}, Quorum: Fraction{0, 1}})
	check("signed", r.Signed(), true)
	check("member", r.Members[0].Role, RoleHead)
}

func TestRegulationDefaults(t *testing.T) {
	t.Parallel()
	r := mustParse(t, "small.yaml", readTestdata(t, "small.yaml"))
	checkRoundTrips(t, r)
	if r.Signed() || r.Clock != ClockLive || r.Delay != defaultDelay || r.Period.Zone != time.UTC || r.Transcribed != TranscribedConfirm {
		t.Errorf("defaults: %+v", r)
	}
	const want = `{"clusters":[{"criteria":"default","id":"k","units":[{"id":"u"},{"id":"v"}]}],` +
		`"criteria":{"default":{"items":[{"id":"A","max":"10","method":"graded"},{"id":"G","items":[{"id":"G.1","method":"graded"}]}]}},` +
		`"id":"c","levels":[{"id":"own","scorers":"own-unit"},{"id":"all","scorers":"any"}],"official":"all"}`
	if string(r.Canonical()) != want {
		t.Errorf("something was filled in:\n got %s\nwant %s", r.Canonical(), want)
	}
}

// The same regulation, however it is laid out, has one canonical form.
func TestRegulationLayouts(t *testing.T) {
	t.Parallel()
	src := readTestdata(t, "full.yaml")
	want := mustParse(t, "full.yaml", src).Canonical()
	replaced := func(old, new string) []byte {
		t.Helper()
		if !bytes.Contains(src, []byte(old)) {
			t.Fatalf("full.yaml has no %q", old)
		}
		return bytes.ReplaceAll(src, []byte(old), []byte(new))
	}
	for name, variant := range map[string][]byte{
		"byte order mark":   append([]byte("\ufeff"), src...),
		"CRLF":              replaced("\n", "\r\n"),
		"document start":    append([]byte("# a comment\n---\n"), src...),
		"document end":      append(bytes.Clone(src), "...\n"...),
		"decomposed":        replaced("Cụm thi đua số 2", "Cu\u0323m thi đua số 2"),
		"trailing zeros":    replaced("306.5", "306.500"),
		"quoted numbers":    replaced("max: 200", `max: "200"`),
		"quoted keys":       replaced("official: highest", `"official": 'highest'`),
		"escapes":           replaced("illustrative scores", `illustrative\x20\u0073cores`),
		"quoted booleans":   replaced("recuse-own: true", `recuse-own: "true"`),
		"JSON with a mark":  append([]byte("\ufeff\r\n "), want...),
		"JSON with numbers": bytes.ReplaceAll(want, []byte(`"max":"200"`), []byte(`"max": 200.0`)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if r := mustParse(t, "variant", variant); !bytes.Equal(r.Canonical(), want) {
				t.Errorf("got %s\nwant %s", r.Canonical(), want)
			}
		})
	}
}

func TestDecodeRegulationRefusesWhatIsNotCanonical(t *testing.T) {
	t.Parallel()
	canonical := string(mustParse(t, "full.yaml", readTestdata(t, "full.yaml")).Canonical())
	for name, change := range map[string][2]string{
		"white space":     {`"clock":"live"`, `"clock": "live"`},
		"order":           {`"clock":"live","clusters":`, `"clusters":`},
		"number":          {`"max":"200"`, `"max":200`},
		"trailing zero":   {`"max":"200"`, `"max":"200.0"`},
		"quoted integer":  {`"seats-per-unit":1`, `"seats-per-unit":"1"`},
		"quoted boolean":  {`"recuse-own":true`, `"recuse-own":"true"`},
		"escape":          {`"clock":"live"`, `"clock":"l\u0069ve"`},
		"decomposed text": {"Cụm", "Cu\u0323m"},
		"unknown key":     {`"clock":"live"`, `"clock":"live","clocks":"live"`},
		"byte order mark": {`{"awards"`, "\ufeff" + `{"awards"`},
		"line feed":       {`"transcribed":"confirm"}`, `"transcribed":"confirm"}` + "\n"},
		"bare text":       {`"007"`, `7`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := strings.Replace(canonical, change[0], change[1], 1)
			if name == "order" {
				changed = strings.Replace(changed, `"conflict"`, `"clock":"live","conflict"`, 1)
			}
			if changed == canonical {
				t.Fatalf("%q does not occur", change[0])
			}
			if _, err := DecodeRegulation([]byte(changed)); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestRegulationsOfRealCompetitions(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../shared/data/isu-2016-17/*/regulation.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("the real competitions are not here; they belong at ../shared/data from the tree's root")
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r := mustParse(t, file, src)
		checkRoundTrips(t, r)
		if r.ID != filepath.Base(filepath.Dir(file)) || r.Clock != ClockHistoric {
			t.Errorf("%s: id %s, clock %s", file, r.ID, r.Clock)
		}
	}
}

func FuzzParseRegulation(f *testing.F) {
	full := readTestdata(f, "full.yaml")
	f.Add(full)
	f.Add(readTestdata(f, "small.yaml"))
	f.Add(mustParse(f, "full.yaml", full).Canonical())
	for _, c := range refusals() {
		f.Add(c.source(f))
	}
	for _, s := range []string{"a: &x [*x]", "a: &x [b]\nc: {d: *x, *x : e}", "{a: b\n c, d: # e\n f}", "{\"a\": b}", "? a\n: b", "--- a\n--- b", "- - - a", "a: |\n  b\n", "%YAML 1.2\n---\na", "{\"a\":1e9}", "a: 'b\n", "\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		r, err := ParseRegulation("fuzz", src)
		var refused *RegulationError
		switch {
		case err == nil:
			checkRoundTrips(t, r)
		case !errors.As(err, &refused) || len(refused.Problems) == 0:
			t.Errorf("refused without a place: %v", err)
		default:
			for _, p := range refused.Problems {
				if p.Line < 1 || p.Col < 1 || p.Problem == "" || p.Remedy == "" {
					t.Errorf("incomplete problem: %+v", p)
				}
			}
		}
	})
}
