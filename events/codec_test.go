package events

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// The records that the refusals below change in one place.
const (
	sampleScore = `{"specversion":"1.0","id":"01927e3a-5b1c-7d2e-8f30-415263748596","source":"/campaigns/cum2-2017",` +
		`"type":"score.entered","subject":"lang-son","time":"2017-03-31T02:00:00.000Z","author":"cao-bang-1",` +
		`"causationid":"01927e3a-0000-7d2e-8f30-415263748596","data":{"cluster":"cum2","criterion":"I.1","item":"một",` +
		`"level":"cross","points":"185.5","reason":"a\nb","regulation":2,"scorer":"cao-bang"},"signature":"ed25519:` +
		`0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}`
	sampleImport = `{"specversion":"1.0","id":"01927e3a-5b1c-7d2e-8f30-415263748596","source":"/campaigns/cum2-2017",` +
		`"type":"import.started","time":"2017-03-31T02:00:00.000Z","author":"import","data":{"batches":[{"root":"` +
		`0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","rows":1}],"file":"f","rows":1,"sha256":"` +
		`0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}}`
	sampleTie = `{"specversion":"1.0","id":"01927e3a-5b1c-7d2e-8f30-415263748596","source":"/campaigns/cum2-2017",` +
		`"type":"tie.decided","time":"2017-03-31T02:00:00.000Z","author":"a","data":{"cluster":"k","order":["u","v"],` +
		`"points":"1","reason":"lot"}}`
)

// recordRefusal is a sample record with old, which stands in it once, changed to new, and what the error must say.
type recordRefusal struct{ old, new, want string }

func checkRefusals(t *testing.T, sample string, refusals []recordRefusal) {
	t.Helper()
	if _, err := Decode(Record(sample)); err != nil {
		t.Fatal(err)
	}
	dec := NewDecoder()
	for _, c := range refusals {
		if strings.Count(sample, c.old) != 1 {
			t.Errorf("%q stands %d times in the sample", c.old, strings.Count(sample, c.old))
			continue
		}
		changed := Record(strings.Replace(sample, c.old, c.new, 1))
		for range 2 { // the second time with what the Decoder kept
			_, err := dec.Decode(changed)
			if err == nil {
				t.Errorf("%s -> %s was accepted", c.old, c.new)
				continue
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s -> %s: %q does not say %q", c.old, c.new, err, c.want)
			}
			checkPlaced(t, sample, c, err)
		}
		if _, err := dec.Decode(Record(sample)); err != nil {
			t.Errorf("after %s -> %s the sample is refused: %v", c.old, c.new, err)
		}
	}
}

// checkPlaced holds that an error names a field, or a byte near the change.
func checkPlaced(t *testing.T, sample string, c recordRefusal, err error) {
	t.Helper()
	var format *FormatError
	var field *FieldError
	switch {
	case errors.As(err, &field):
		if field.Field == "" || field.Reason == "" {
			t.Errorf("%s -> %s: no field or reason in %#v", c.old, c.new, field)
		}
	case errors.As(err, &format):
		at := strings.Index(sample, c.old)
		if format.Reason == "" || format.Field == "" && (format.Offset < at-40 || format.Offset > at+len(c.new)+40) {
			t.Errorf("%s -> %s at byte %d: %v", c.old, c.new, at, err)
		}
	default:
		t.Errorf("%s -> %s: %T", c.old, c.new, err)
	}
}

func TestRefuseEnvelope(t *testing.T) {
	t.Parallel()
	checkRefusals(t, sampleScore, []recordRefusal{
		{`{"specversion"`, ` {"specversion"`, "expected"},
		{`"specversion":"1.0"`, `"specversion":"1.1"`, `byte 0: expected {"specversion":"1.0"`},
		{`"specversion":"1.0"`, `"SpecVersion":"1.0"`, "specversion"},
		{`"specversion":"1.0",`, ``, "specversion"},
		{`,"id":"01927e3a-5b1c-7d2e-8f30-415263748596"`, ``, `"id"`},
		{`01927e3a-5b1c`, `01927E3A-5b1c`, "id: "},
		{`01927e3a-5b1c-7d2e-8f30-415263748596`, `00000000-0000-0000-0000-000000000000`, "nil UUID"},
		{`01927e3a-5b1c-7d2e-8f30-415263748596`, `01927e3a5b1c7d2e8f30415263748596`, "not a UUID"},
		{`01927e3a-5b1c-7d2e-8f30-415263748596`, `{01927e3a-5b1c-7d2e-8f30-415263748596}`, "not a UUID"},
		{`01927e3a-5b1c-7d2e-8f30-415263748596`, `01927e3a-5b1c-7d2e-8f30-41526374859g`, "not a UUID"},
		{`01927e3a-5b1c-7d2e-8f30-415263748596`, ``, "not a UUID"},
		{`"01927e3a-5b1c-7d2e-8f30-415263748596"`, `null`, "id: expected a string"},
		{`/campaigns/cum2-2017`, `/campaign/cum2-2017`, "source: "},
		{`/campaigns/cum2-2017`, `/campaigns/`, "source: "},
		{`/campaigns/cum2-2017`, `/campaigns/Cum2`, "source: "},
		{`/campaigns/cum2-2017`, `/campaigns/a/b`, "source: "},
		{`/campaigns/cum2-2017`, `\/campaigns/cum2-2017`, "source: "},
		{`"type":"score.entered","subject":"lang-son"`, `"subject":"lang-son","type":"score.entered"`, `expected the key "type"`},
		{`score.entered`, `score.erased`, "type: "},
		{`score.entered`, `Score.entered`, "type: "},
		{`score.entered`, ``, "type: "},
		{`"subject":"lang-son",`, ``, `expected the key "subject"`},
		{`"subject":"lang-son"`, `"subject":""`, "subject: "},
		{`"subject":"lang-son"`, `"subject":null`, "subject: expected a string"},
		{`"subject":"lang-son"`, `"subject":"Lang-son"`, "subject: "},
		{`"subject":"lang-son"`, `"subject":"-lang"`, "subject: "},
		{`"subject":"lang-son"`, `"subject":"l\u0061ng-son"`, "subject: "},
		{`"subject":"lang-son"`, `"subject":"` + strings.Repeat("a", 64) + `"`, "at most 63"},
		{`"subject":"lang-son"`, `"subject":"lang-son","subject":"lang-son"`, `expected the key "time"`},
		{`"time":"2017-03-31T02:00:00.000Z",`, ``, `expected the key "time"`},
		{`"author":"cao-bang-1"`, `"author":"Cao Bằng"`, "author: "},
		{`"author":"cao-bang-1"`, `"Author":"cao-bang-1"`, `expected the key "author"`},
		{`"author":"cao-bang-1",`, ``, `expected the key "author"`},
		{`"causationid":"01927e3a-0000-7d2e-8f30-415263748596"`, `"causationid":""`, "causationid: "},
		{`"causationid":"01927e3a-0000-7d2e-8f30-415263748596"`, `"causationid":null`, "causationid: "},
		{`"causationid":"01927e3a-0000-7d2e-8f30-415263748596"`, `"datacontenttype":"application/json"`, `expected the key "data"`},
		{`"data":{`, `"data": {`, "data: "},
		{`"data":{`, `"data":null,"x":{`, "data: expected an object"},
		{`"data":{`, `"data":[{`, "data: expected an object"},
		{`"signature":"ed25519:`, `"signature":"ed448:`, "signature: "},
		{`"signature":"ed25519:0`, `"signature":"ed25519:`, "128"},
		{`"signature":"ed25519:0`, `"signature":"ed25519:A`, "lower-case"},
		{`},"signature"`, `}, "signature"`, "expected the record's end"},
		{`},"signature"`, `},"dataschema":"x","signature"`, "expected the record's end"},
		{`cdef"}`, "cdef\"}\n", "bytes follow"},
		{`cdef"}`, `cdef"}{}`, "bytes follow"},
		{`cdef"}`, `cdef" }`, "expected the record's end"},
		{`cdef"}`, `cdef","signature":""}`, "expected the record's end"},
		{`cdef"}`, `cdef"`, "not the end"},
		{`cdef"}`, `cdef`, "does not end"},
	})
}

func TestRefuseTimes(t *testing.T) {
	t.Parallel()
	var refusals []recordRefusal
	for _, wrong := range wrongTimes() {
		refusals = append(refusals, recordRefusal{"2017-03-31T02:00:00.000Z", wrong, "time: "})
	}
	checkRefusals(t, sampleScore, refusals)
}

func TestRefuseData(t *testing.T) {
	t.Parallel()
	checkRefusals(t, sampleScore, []recordRefusal{
		{`"cluster":"cum2","criterion":"I.1"`, `"criterion":"I.1","cluster":"cum2"`, "cluster: the field is missing"},
		{`"cluster":"cum2",`, ``, "cluster: the field is missing"},
		{`"cluster":"cum2"`, `"cluster":"cum2","cluster":"cum2"`, "criterion: the field is missing, or not at its place"},
		{`"cluster":"cum2"`, `"Cluster":"cum2"`, "cluster: the field is missing"},
		{`"cluster":"cum2"`, `"cl\u0075ster":"cum2"`, "cluster: the field is missing"},
		{`"cluster":"cum2"`, `"cluster" :"cum2"`, "cluster: the field is missing"},
		{`"cluster":"cum2"`, `"cluster":""`, "cluster: "},
		{`"cluster":"cum2"`, `"cluster":2`, "expected a string"},
		{`"criterion":"I.1"`, `"criterion":".1"`, "criterion: "},
		{`"criterion":"I.1"`, `"criterion":"I 1"`, "criterion: "},
		{`"item":"một"`, `"item":""`, "item: the text is empty"},
		{`"item":"một"`, `"item":null`, "item: expected a string"},
		{`"item":"một"`, `"item":["một"]`, "item: expected a string"},
		{`"level":"cross"`, `"extra":1,"level":"cross"`, "level: "},
		{`"level":"cross"`, `"level":"cross","mark":"abstained"`, "points: an entry has one of"},
		{`"level":"cross"`, `"level":"cross","place":1`, "points: an entry has one of"},
		{`"cluster":"cum2"`, `"actual":"1","cluster":"cum2"`, "points: an entry has one of"},
		{`"points":"185.5",`, ``, "points: an entry has one of"},
		{`"points":"185.5"`, `"mark":"missing"`, "mark: "},
		{`"points":"185.5"`, `"place":0`, "place: "},
		{`"points":"185.5"`, `"place":1000001`, "place: "},
		{`"points":"185.5"`, `"place":"1"`, "place: "},
		{`"points":"185.5"`, `"place":1.0`, "scorer: the field is missing, or not at its place"},
		{`"points":"185.5"`, `"place":1e3`, "scorer: the field is missing, or not at its place"},
		{`"points":"185.5"`, `"points":185.5`, "points: expected a string"},
		{`"points":"185.5"`, `"points":"1.10"`, `points: "1.10" is not in canonical form; write "1.1"`},
		{`"points":"185.5"`, `"points":"-0"`, `write "0"`},
		{`"points":"185.5"`, `"points":"1e3"`, "points: "},
		{`"points":"185.5"`, `"points":"0185.5"`, "points: "},
		{`"points":"185.5"`, `"points":"+1"`, "points: "},
		{`"points":"185.5"`, `"points":"1.0000001"`, "decimal places"},
		{`"points":"185.5"`, `"points":"1000000000000"`, "more than 12 digits"},
		{`"points":"185.5"`, `"points":""`, "points: "},
		{`"points":"185.5"`, `"points":" 1"`, "points: "},
		{`"points":"185.5"`, `"points":"185\u002e5"`, "points: "},
		{`"regulation":2`, `"regulation":0`, "regulation: 0 says nothing"},
		{`"regulation":2`, `"regulation":1`, "regulation: "},
		{`"regulation":2`, `"regulation":02`, "regulation: "},
		{`"regulation":2`, `"regulation":-2`, "regulation: "},
		{`"regulation":2`, `"regulation":"2"`, "regulation: "},
		{`"regulation":2`, `"regulation":9007199254740992`, "below 2^53"},
		{`"regulation":2`, `"regulation":99999999999999999999999`, "below 2^53"},
		{`"regulation":2`, `"regulation":2.0`, "scorer: the field is missing, or not at its place"},
		{`"scorer":"cao-bang"`, `"scorer":"cao-bang","Supersedes":"x"`, "a key is unknown"},
		{`"scorer":"cao-bang"`, `"scorer":"cao-bang","supersedes":"00000000-0000-0000-0000-000000000000"`, "nil UUID"},
		{`"scorer":"cao-bang"`, `"scorer":"cao-bang","supersedes":"01927E3A-5B1C-7d2e-8f30-415263748596"`, "supersedes: "},
		{`"scorer":"cao-bang"`, `"scorer":"cao-bang","zone":"x"`, "a key is unknown"},
		{`"scorer":"cao-bang"`, `"scorer":"cao-bang",`, "a key is unknown"},
		{`"reason":"a\nb",`, `"regulation":2,"reason":"a",`, "scorer: the field is missing, or not at its place"},
		{`"reason":"a\nb","regulation":2,"scorer":"cao-bang"`,
			`"scorer":"cao-bang","supersedes":"01927e3a-5b1c-7d2e-8f30-415263748596"`, "reason: an entry that replaces another"},
	})
}

func TestRefuseTexts(t *testing.T) {
	t.Parallel()
	const old = `"a\nb"`
	var refusals []recordRefusal
	for _, c := range [][2]string{
		{`"\u0041"`, "RFC 8785"},
		{`"\/"`, "is not one RFC 8785 writes"},
		{`"\u000A"`, "RFC 8785"},
		{`"\u000a"`, "RFC 8785"},
		{`"\u001F"`, "RFC 8785"},
		{`"\u00e9"`, "not valid UTF-8"},
		{`"\u00c3\u00a9"`, "RFC 8785"},
		{`"\u0022"`, "RFC 8785"},
		{`"\u005c"`, "RFC 8785"},
		{`"\u0`, "RFC 8785"},
		{`"\ud83d\ude00"`, "RFC 8785"},
		{`"\x41"`, "RFC 8785"},
		{"\"a\nb\"", "control character"},
		{"\"\x1f\"", "control character"},
		{"\"\\n\x00\"", "RFC 8785"},
		{"\"a\xff\"", "not valid UTF-8"},
		{"\"\\na\xc3\"", "not valid UTF-8"},
		{"\"\xed\xa0\x80\"", "not valid UTF-8"},
		{"\"\xc0\xaf\"", "not valid UTF-8"},
		{"\"e\u0301\"", "NFC"},
		{"\"\\te\u0301\"", "NFC"},
		{"\"\u212b\"", "NFC"},
		{`""`, "reason: the text is empty"},
		{`null`, "expected a string"},
		{`true`, "expected a string"},
		{`"` + strings.Repeat("x", MaxTextBytes+1) + `"`, "8193 bytes"},
		{`"` + strings.Repeat(`\t`, MaxTextBytes+1) + `"`, "8193 bytes"},
	} {
		refusals = append(refusals, recordRefusal{old, c[0], c[1]})
	}
	checkRefusals(t, sampleScore, refusals)
	for _, open := range []string{`"`, `"abc`, `"\`, `"\"`, `"\u`, `"é`} {
		cut := sampleScore[:strings.Index(sampleScore, old)] + open
		if _, err := Decode(Record(cut)); err == nil || !strings.Contains(err.Error(), "does not end") {
			t.Errorf("%s: %v", open, err)
		}
	}
}

func TestRefuseOtherTypes(t *testing.T) {
	t.Parallel()
	checkRefusals(t, sampleImport, []recordRefusal{
		{`"time"`, `"subject":"lang-son","time"`, `expected the key "time"`},
		{`"rows":1}]`, `"rows":0}]`, "a batch has 1 to 500 rows"},
		{`"rows":1}]`, `"rows":501}]`, "a batch has 1 to 500 rows"},
		{`"rows":1}]`, `"rows":2}]`, "rows: the batches hold 2 rows"},
		{`"rows":1}]`, `"rows":1,"x":1}]`, "a key is unknown"},
		{`"rows":1}]`, `"rows":1},]`, "expected an object"},
		{`"rows":1}]`, `"rows":1}`, "batches: expected"},
		{`"rows":1}]`, `}]`, "rows: the field is missing"},
		{`[{"root":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","rows":1}]`, `[]`, "batches: "},
		{`[{"root":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","rows":1}]`, `{}`, "batches: "},
		{`"root":"0`, `"root":"A`, "root: "},
		{`"root":"0`, `"root":"`, "root: "},
		{`"sha256":"0`, `"sha256":"F`, "sha256: "},
		{`"file":"f"`, `"file":""`, "file: the text is empty"},
	})
	checkRefusals(t, sampleTie, []recordRefusal{
		{`"type"`, `"subject":"u","type"`, `expected the key "type"`},
		{`["u","v"]`, `[]`, "order: "},
		{`["u","v"]`, `["u"]`, "order: "},
		{`["u","v"]`, `["u","u"]`, "named twice"},
		{`["u","v"]`, `["u", "v"]`, "order: "},
		{`["u","v"]`, `["u",""]`, "order: "},
		{`["u","v"]`, `["u",null]`, "order: "},
		{`["u","v"]`, `["u","v",]`, "order: "},
		{`["u","v"]`, `["u" "v"]`, "order: "},
		{`,"reason":"lot"`, ``, "reason: the field is missing"},
		{`"points":"1"`, `"points":1`, "points: expected a string"},
	})
	opened := string(goldenLines(t, TypeCampaignOpened)[0])
	checkRefusals(t, opened, []recordRefusal{
		{`"rules":1`, `"rules":2`, "rules: rules version 2 is unknown"},
		{`"rules":1`, `"rules":0`, "rules: "},
		{`"rules":1,"sha256":"`, `"rules":1,"sha256":"0`, "sha256: "},
		{`"regulation":{"`, `"regulation":{ "`, "not in canonical form"},
		{`"regulation":{"`, `"regulation":{"x":{},"`, "regulation: "},
		{`"regulation":{"`, `"regulation":["`, "regulation: expected an object"},
		{`"id":"c"`, `"id":"d"`, "the hash is not that of the regulation"},
	})
}

// hostileTexts are what a careless caller may put in any text of a draft.
func hostileTexts() []string {
	return []string{"", " ", `"`, `\`, `","type":"x`, "a\x00b", "a\nb", "\xff", "a\xc3", "e\u0301", "\u0301", "\n\u0301", "\u212b", "é", "A",
		"a", "a-b", "-", strings.Repeat("a", 64), strings.Repeat("\x01", MaxTextBytes), strings.Repeat("a", MaxTextBytes+1), "abstained",
		"\u2028", "\ufeff", "\U0010ffff", "ed25519:", goldenSigned, goldenHash, strings.ToUpper(goldenHash), "lang-son"}
}

// What Encode writes of any draft, Decode reads; and Encode refuses with a reason.
func TestEncodeHostileDrafts(t *testing.T) {
	t.Parallel()
	amounts := []Decimal{0, -1, 1, DecimalOne, DecimalOne + 1, MaxDecimal, MaxDecimal + 1, -MaxDecimal - 1, 1<<63 - 1, -1 << 63}
	numbers := []int{0, -1, 1, 2, 500, 501, maxExactInteger - 1, maxExactInteger, 1<<63 - 1, -1 << 63}
	accepted := 0
	for _, base := range goldenDrafts(t) {
		for _, d := range base {
			for _, hostile := range hostileTexts() {
				for _, change := range []func(*Draft){
					func(d *Draft) { d.Campaign = hostile }, func(d *Draft) { d.Subject = hostile },
					func(d *Draft) { d.Author = hostile }, func(d *Draft) { d.Signature = hostile },
				} {
					changed := d
					change(&changed)
					accepted += checkEncode(t, changed)
				}
			}
			for _, when := range hostileTimes() {
				changed := d
				changed.Time = when
				accepted += checkEncode(t, changed)
			}
			accepted += checkEncode(t, Draft{}) + checkEncode(t, Draft{Payload: d.Payload})
		}
	}
	for _, d := range goldenDrafts(t)[TypeTargetSet] {
		for _, payload := range append(hostilePayloads(hostileTexts(), amounts, numbers), hostileWork(hostileTexts(), numbers)...) {
			changed := d
			changed.Payload, changed.Subject = payload, ""
			if payload.Subject() == SubjectUnit {
				changed.Subject = "lang-son"
			}
			accepted += checkEncode(t, changed)
		}
	}
	if accepted < 100 {
		t.Errorf("only %d of the drafts were encoded", accepted)
	}
}

func hostileTimes() []time.Time {
	return []time.Time{{}, time.Date(0, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -7*3600)), time.Date(10000, 1, 1, 6, 0, 0, 0, time.FixedZone("", 7*3600)),
		time.Date(1, 1, 1, 6, 0, 0, 0, time.FixedZone("", 7*3600)), time.Date(2017, 1, 1, 0, 0, 0, 1, time.UTC),
		time.Date(1969, 12, 31, 23, 59, 59, 999_000_000, time.UTC), time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC)}
}

func hostilePayloads(texts []string, amounts []Decimal, numbers []int) []Payload {
	var list []Payload
	for _, s := range texts {
		list = append(list, &CampaignClosed{s}, &EntryWithdrawn{uuid.Nil, goldenID, s}, &EntryWithdrawn{goldenOther, uuid.Nil, s},
			&TargetSet{s, "A", "a", 1, uuid.Nil, goldenID, "x"}, &TargetSet{"a", s, "a", 1, uuid.Nil, goldenID, "x"}, &TargetSet{"a", "A", s, 1, uuid.Nil, uuid.Nil, s},
			&TieDecided{"a", []string{s, "v"}, 1, "x"}, &TieDecided{"a", []string{"u", s}, 1, s}, &TieDecided{"a", nil, 1, "x"},
			&ImportStarted{[]Batch{{s, 1}, {goldenHash, 1}}, "f", 2, goldenHash}, &ImportStarted{[]Batch{{goldenHash, 1}}, s, 1, goldenHash},
			&ImportStarted{[]Batch{{goldenHash, 1}}, "f", 1, s}, &ImportStarted{nil, "f", 0, goldenHash}, &CampaignOpened{SHA256: s},
			&CampaignOpened{Regulation: &Regulation{}, Rules: 1, SHA256: s}, NewCampaignOpened(&Regulation{}, s, goldenHash))
		for kind := range MarkRecused + 2 {
			list = append(list, &ScoreEntered{"a", "A", "l", "s", Mark{kind, 0}, s, s, s, 0, uuid.Nil, goldenID, s},
				&ScoreEntered{"a", "A", s, s, Mark{kind, DecimalOne}, "", "", s, 0, uuid.Nil, uuid.Nil, ""})
		}
	}
	for _, a := range amounts {
		list = append(list, &TargetSet{Cluster: "a", Criterion: "A", Scorer: "a", Target: a}, &TieDecided{"a", []string{"u", "v"}, a, "x"})
		for kind := range MarkRecused + 2 {
			list = append(list, &ScoreEntered{"a", "A", "l", "s", Mark{kind, a}, "", "", "", 0, uuid.Nil, uuid.Nil, ""})
		}
	}
	for _, n := range numbers {
		list = append(list, &ScoreEntered{"a", "A", "l", "s", Mark{MarkPoints, 1}, "", "", "", n, uuid.Nil, uuid.Nil, ""},
			&ImportStarted{[]Batch{{goldenHash, n}}, "f", n, goldenHash}, &ImportStarted{[]Batch{{goldenHash, 1}}, "f", n, goldenHash})
	}
	return list
}

// hostileWork is hostilePayloads for members, stages, the review chain and drives.
func hostileWork(texts []string, numbers []int) []Payload {
	key, proof := PublicKeyOf(goldenKey(1)), ProvePossession(goldenKey(1), goldenHash, "m")
	text := Words{Text: "x"}
	var list []Payload
	for _, s := range texts {
		file := File{false, "n", goldenHash, 1, "t"}
		name, hash, typ := file, file, file
		name.Name, hash.SHA256, typ.Type = s, s, s
		list = append(list, &UnitJoined{s, nil}, &UnitJoined{"", []string{s}}, &UnitJoined{"", []string{"a", s}}, &UnitWithdrawn{s},
			&MemberAppointed{s, s, RoleHead, key, proof}, &MemberAppointed{"m", s, s, key, proof}, &MemberAppointed{"m", "", RoleHead, key, s},
			&MemberAppointed{"m", s, RoleHead, PublicKey{}, proof}, &MemberRekeyed{"m", key, proof, s}, &MemberRekeyed{"m", key, s, ""},
			&MemberRekeyed{s, PublicKey{1}, proof, ""}, &MemberRemoved{s, "x"}, &MemberRemoved{"m", s},
			&RecordEndorsed{goldenID, s, EndorseAgree, ""}, &RecordEndorsed{goldenID, goldenHash, s, ""},
			&RecordEndorsed{goldenID, goldenHash, EndorseAgree, s}, &RecordEndorsed{uuid.Nil, goldenHash, EndorseAgree, ""},
			&LedgerTakenOver{key, time.Date(2017, 1, 2, 3, 4, 5, 0, time.UTC), PublicKey{1}, s, s, 1}, &LedgerTakenOver{PublicKey{}, time.Time{}, key, "x", goldenHash, 1},
			&StageAdvanced{Stage(s), s}, &StageAdvanced{StageOpen, s}, &StandingsFrozen{s}, &StandingsRevealed{s},
			&PublicationStarted{1, s, uuid.Nil, s}, &RegulationAmended{&Regulation{}, s, s, s, 2, s}, &RegulationAmended{nil, s, "n", goldenHash, 2, "x"},
			&ScoreReturned{goldenID, s}, &ExplanationFiled{goldenID, Words{s, ""}, nil}, &ExplanationFiled{goldenID, Words{"", s}, nil},
			&ExplanationFiled{goldenID, Words{s, goldenHash}, nil}, &ExplanationFiled{goldenID, text, []File{name}},
			&ExplanationFiled{goldenID, text, []File{file, hash}}, &ExplanationFiled{goldenID, text, []File{typ, file}},
			&SheetSealed{s, "l", "s", 1, goldenHash}, &SheetSealed{"k", s, "s", 1, goldenHash}, &SheetSealed{"k", "l", s, 1, s},
			&SheetSealed{"k", "l", "s", 1, s}, &SheetRevealed{goldenID, s}, &SheetRevealed{uuid.Nil, goldenHash},
			&DriveLaunched{s, s, "t", s, "", "2017-01-01", "2017-01-01"}, &DriveLaunched{"d", "", s, s, s, "2017-01-01", "2017-01-01"},
			&DriveLaunched{"d", "", "t", "", "", s, s}, &DriveClosed{s, s}, &DriveClosed{"d", s},
			&ReportFiled{s, "2017-01-01", "2017-01-01", text, Words{}, nil, uuid.Nil, ""}, &ReportFiled{"", s, s, text, Words{}, nil, uuid.Nil, s},
			&ReportFiled{"", "2017-01-01", "2017-01-01", text, Words{s, ""}, nil, goldenID, s},
			&CommendationRecorded{s, CommendAdHoc, text, Words{}, s}, &CommendationRecorded{"", s, text, Words{}, ""},
			&CommendationRecorded{"", CommendThematic, Words{"", s}, Words{"", s}, s})
	}
	for _, n := range numbers {
		list = append(list, &LedgerTakenOver{key, time.Unix(int64(n), int64(n)), PublicKey{1}, "x", goldenHash, Seq(n)}, &PublicationStarted{n, "p", uuid.Nil, ""}, &SheetSealed{"k", "l", "s", n, goldenHash},
			&ExplanationFiled{goldenID, text, []File{{true, "n", goldenHash, n, "t"}}}, &ExplanationFiled{goldenID, text, make([]File, n&63)})
	}
	return list
}

// checkEncode returns 1 if d was encoded, and holds that it then decodes to itself.
func checkEncode(t *testing.T, d Draft) int {
	t.Helper()
	r, err := Encode(d)
	if err != nil {
		var field *FieldError
		var format *FormatError
		if !errors.As(err, &field) && !errors.As(err, &format) {
			t.Errorf("%T for %+v", err, d)
		}
		return 0
	}
	got, err := Decode(r)
	if err != nil {
		t.Errorf("encoded %+v\n as %s\n which is refused: %v", d, r, err)
		return 0
	}
	if !utf8.Valid(r) || strings.ContainsAny(string(r), "\n\r\x00") {
		t.Errorf("not one line of text: %q", r)
	}
	got.Time = d.Time.In(d.Time.Location())
	if want, _ := Encode(got); string(want) != string(r) {
		t.Errorf("%s\nencodes again to\n%s", r, want)
	}
	return 1
}

// An error in an early element of a list is not forgotten over a good later one, in no mode.
func TestErrorsInListsStick(t *testing.T) {
	t.Parallel()
	good := `{"root":"` + goldenHash + `","rows":1}`
	line := `{"type":"import.started","data":{"batches":[{"root":"bad","rows":1},` + good + `],"file":"f","rows":2,"sha256":"` + goldenHash + `"}}`
	if _, err := ParseProposal([]byte(line), "c"); err == nil || !strings.Contains(err.Error(), "root: ") {
		t.Errorf("lenient: %v", err)
	}
	if checkEncode(t, Draft{ID: goldenID, Campaign: "c", Time: goldenTime, Author: "a",
		Payload: &ImportStarted{[]Batch{{"bad", 1}, {goldenHash, 1}}, "f", 2, goldenHash}}) == 1 {
		t.Error("a bad root was encoded")
	}
}
