package events

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

var (
	goldenID      = uuid.MustParse("01927e3a-5b1c-7d2e-8f30-415263748596")
	goldenOther   = uuid.MustParse("6ba7b810-9dad-51d1-80b4-00c04fd430c8")
	goldenTime    = time.Date(2017, 3, 31, 2, 0, 0, 0, time.UTC)
	goldenSigned  = signaturePrefix + strings.Repeat("0123456789abcdef", 8)
	goldenHash    = strings.Repeat("0123456789abcdef", 4)
	goldenStrange = "\x00\b\t\n\v\f\r\x1f \"\\/<>&'\x7f Điện Biên \u2028 😀 \u0301"
)

// goldenDrafts are the drafts of testdata/golden/<type>.json, in the order of its lines: first the least such an event can
// say, last all it can.
func goldenDrafts(t testing.TB) map[Type][]Draft {
	t.Helper()
	drafts := map[Type][]Draft{}
	for _, p := range slices.Concat(goldenEntries(), goldenOthers(t), goldenMembers(), goldenStages(t), goldenReview(), goldenWork(),
		goldenDeliberation(), goldenBallots(), goldenAwards()) {
		d := Draft{ID: goldenID, Campaign: "cum2-2017", Time: goldenTime, Author: "cao-bang-1", Payload: p}
		if p.Subject() == SubjectUnit || p.Subject() == SubjectMaybe && len(drafts[p.Type()]) > 0 {
			d.Subject = "lang-son"
		}
		drafts[p.Type()] = append(drafts[p.Type()], d)
	}
	// Types that got a field later have two fullest: what was golden stays.
	extended := []Type{TypeScoreEntered, TypeTargetSet, TypeEntryWithdrawn}
	for typ, list := range drafts {
		fullest := list[len(list)-1:]
		if slices.Contains(extended, typ) {
			fullest = list[len(list)-2:]
		}
		for i := range fullest {
			fullest[i].Time = time.Date(2016, 2, 29, 23, 59, 59, 999_000_000, time.UTC)
			fullest[i].Causation = goldenOther
			fullest[i].Signature = goldenSigned
		}
	}
	return drafts
}

// goldenEntries are the payloads about one unit.
func goldenEntries() []Payload {
	entry := func(kind MarkKind, amount Decimal) *ScoreEntered {
		return &ScoreEntered{Cluster: "cum2", Criterion: "I.1", Level: "cross", Scorer: "cao-bang", Mark: Mark{kind, amount}}
	}
	full := entry(MarkPoints, -MaxDecimal)
	full.Item, full.Basis, full.Evidence, full.Regulation = "Bằng khen 12", "transcribed", goldenStrange, maxExactInteger-1
	full.Supersedes, full.Reason = goldenOther, strings.Repeat("ồ", 100)
	appealed := *full
	appealed.Appeal = goldenID
	return []Payload{
		entry(MarkPoints, 185_500_000),
		entry(MarkPoints, 0),
		entry(MarkActual, 1),
		entry(MarkPlace, Whole(MaxPlace)),
		entry(MarkAbstained, 0),
		entry(MarkRecused, 0),
		full,
		&appealed,
		&TargetSet{Cluster: "c", Criterion: "A", Scorer: "0", Target: DecimalOne},
		&TargetSet{Cluster: strings.Repeat("c", 63), Criterion: "A" + strings.Repeat("._-", 20), Scorer: "z-9", Target: MaxDecimal,
			Supersedes: goldenOther, Reason: "x"},
		&TargetSet{Cluster: "c", Criterion: "A", Scorer: "0", Target: 2, Appeal: goldenID, Supersedes: goldenOther, Reason: "x"},
		&EntryWithdrawn{Of: goldenOther, Reason: "twice"},
		&EntryWithdrawn{Of: goldenID, Reason: goldenStrange},
		&EntryWithdrawn{Appeal: goldenOther, Of: goldenID, Reason: "upheld"},
	}
}

// goldenOthers are the payloads about no one unit.
func goldenOthers(t testing.TB) []Payload {
	small := mustParse(t, "small.yaml", readTestdata(t, "small.yaml"))
	full := mustParse(t, "full.yaml", readTestdata(t, "full.yaml"))
	return []Payload{
		NewCampaignOpened(small, "r.yaml", goldenHash),
		NewCampaignOpened(full, "quy chế.yaml", goldenHash),
		&TieDecided{Cluster: "cum2", Order: []string{"son-la", "dien-bien"}, Points: 0, Reason: "lot"},
		&TieDecided{Cluster: "cum2", Order: []string{"son-la", "dien-bien", "lao-cai"}, Points: -123_456, Reason: "lá phiếu"},
		&ImportStarted{Batches: []Batch{{goldenHash, 1}}, File: "scores.csv", Rows: 1, SHA256: goldenHash},
		&ImportStarted{Batches: []Batch{{goldenHash, MaxBatchRows}, {goldenHash, 7}}, File: "điểm \"2017\".csv", Rows: MaxBatchRows + 7,
			SHA256: goldenHash},
		&CampaignClosed{},
		&CampaignClosed{Reason: "the year is over"},
	}
}

// goldenLines are the lines of testdata/golden/<type>.json.
func goldenLines(t testing.TB, typ Type) []Record {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", "golden", string(typ)+".json"))
	if err != nil {
		t.Fatalf("every payload type has golden records: %v", err)
	}
	var lines []Record
	for line := range bytes.Lines(src) {
		lines = append(lines, Record(bytes.TrimSuffix(line, []byte("\n"))))
	}
	return lines
}

// The golden records are never edited: a stored log holds their like.
func TestGolden(t *testing.T) {
	t.Parallel()
	drafts := goldenDrafts(t)
	for _, typ := range Types() {
		lines := goldenLines(t, typ)
		if len(lines) < 2 || len(lines) != len(drafts[typ]) {
			t.Errorf("%s: %d golden records for %d drafts; at least the least and the fullest are needed", typ, len(lines), len(drafts[typ]))
			continue
		}
		dec := NewDecoder()
		for i, want := range drafts[typ] {
			encoded, err := Encode(want)
			if err != nil {
				t.Errorf("%s %d: encode: %v", typ, i, err)
			} else if !bytes.Equal(encoded, lines[i]) {
				t.Errorf("%s %d: encoded\n%s\nnot\n%s", typ, i, encoded, lines[i])
			}
			for range 2 { // the second time from what the Decoder keeps
				got, err := dec.Decode(lines[i])
				if err != nil {
					t.Errorf("%s %d: decode: %v", typ, i, err)
				} else if !reflect.DeepEqual(got, want) {
					t.Errorf("%s %d: decoded\n%+v\nnot\n%+v", typ, i, got, want)
				}
			}
			checkBijection(t, NewDecoder(), lines[i])
		}
	}
}

// The fullest golden record of each type leaves no field at its zero value: a new field can't be forgotten.
func TestGoldenFullest(t *testing.T) {
	t.Parallel()
	for typ, list := range goldenDrafts(t) {
		v := reflect.ValueOf(list[len(list)-1].Payload).Elem()
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("%s: the last golden draft has no %s", typ, v.Type().Field(i).Name)
			}
		}
	}
}

func TestTypesAreSortedAndKnown(t *testing.T) {
	t.Parallel()
	types := Types()
	for i, typ := range types {
		if p := newPayload(typ); p == nil || p.Type() != typ {
			t.Errorf("%s has no payload of its own", typ)
		}
		if i > 0 && types[i-1] >= typ {
			t.Errorf("%s stands before %s", types[i-1], typ)
		}
	}
}

// checkBijection holds what makes the form canonical: what is accepted encodes to the same bytes.
func checkBijection(t *testing.T, dec *Decoder, r Record) bool {
	t.Helper()
	d, err := dec.Decode(r)
	if err != nil {
		if err.Error() == "" {
			t.Errorf("refused without a reason: %s", r)
		}
		return false
	}
	if r.Type() != d.Type() {
		t.Errorf("the type without decoding is %q: %s", r.Type(), r)
	}
	again, err := Encode(d)
	if err != nil {
		t.Errorf("%s\nis accepted and can't be encoded: %v", r, err)
	} else if !bytes.Equal(again, r) {
		t.Errorf("%s\nis accepted and encodes to\n%s", r, again)
	}
	return true
}

// Every record with one byte changed, left out or doubled is refused or says something else in its own canonical form.
func TestMutateEveryByte(t *testing.T) {
	t.Parallel()
	for _, typ := range Types() {
		lines := goldenLines(t, typ)
		steps := []int{5, 11} // of the values of every byte, in the shortest and the longest
		switch {
		case typ == TypeScoreEntered:
			steps = []int{1, 3} // all that records share
		case maxBytesOf(typ) > MaxRecordBytes:
			steps = []int{97, 255} // it takes its time to decode
		}
		for i, line := range [][]byte{lines[0], lines[len(lines)-1]} {
			t.Run(string(typ), func(t *testing.T) {
				t.Parallel()
				mutateEveryByte(t, line, steps[i])
			})
		}
	}
}

func mutateEveryByte(t *testing.T, line []byte, step int) {
	dec, accepted, tried := NewDecoder(), 0, 0
	check := func(r []byte) {
		if tried++; checkBijection(t, dec, r) {
			accepted++
		}
	}
	for i := range line {
		for x := 1; x < 256; x += step {
			mutated := bytes.Clone(line)
			mutated[i] ^= byte(x)
			check(mutated)
		}
		if step > 11 && i%step != 0 {
			continue
		}
		check(append(bytes.Clone(line[:i]), line[i+1:]...))
		check(append(bytes.Clone(line[:i+1]), line[i:]...))
		check(line[:i])
		if t.Failed() {
			return
		}
	}
	if tried == accepted {
		t.Errorf("all of %d mutations were accepted", tried)
	}
}

func TestLeafHash(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 55, 400, 998, 999, 1000, 5000} {
		r := Record(strings.Repeat("x", size))
		recorded := time.Date(2017, 12, 31, 23, 59, 59, 7_000_000, time.FixedZone("", 7*3600))
		want := sha256.Sum256([]byte("\x00" + string(r) + "\n2017-12-31T16:59:59.007Z"))
		if got := LeafHash(r, recorded); got != want {
			t.Errorf("%d bytes: %x, not %x", size, got, want)
		}
	}
}

func TestEncodeDoesNotAliasAndDecodeCopies(t *testing.T) {
	t.Parallel()
	for typ, list := range goldenDrafts(t) {
		want := list[len(list)-1]
		r, err := Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		for _, decode := range []func(Record) (Draft, error){Decode, NewDecoder().Decode} {
			line := bytes.Clone(r)
			got, err := decode(line)
			if err != nil {
				t.Fatal(err)
			}
			clear(line)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: the draft changes with the bytes it was decoded from", typ)
			}
		}
	}
}

// A record may be as long as its limit and no longer, and an opening longer than others.
func TestRecordSizeLimit(t *testing.T) {
	t.Parallel()
	sized := func(size int) (Record, error) {
		// Texts are bounded, the list of a decided tie is not.
		p := &TieDecided{Cluster: "c", Points: 1, Reason: "x"}
		d := Draft{ID: goldenID, Campaign: "c", Time: goldenTime, Author: "a", Payload: p}
		for i := range 1000 {
			p.Order = append(p.Order, fmt.Sprintf("%060d", i))
		}
		r, err := Encode(d)
		if err != nil {
			return nil, err
		}
		p.Reason = strings.Repeat("x", 1+size-len(r))
		return Encode(d)
	}
	r, err := sized(MaxRecordBytes)
	if err != nil || len(r) != MaxRecordBytes {
		t.Fatalf("%d bytes: %v", len(r), err)
	}
	checkBijection(t, NewDecoder(), r)
	longer := bytes.Replace(r, []byte(`"reason":"`), []byte(`"reason":"y`), 1)
	if _, err := Decode(longer); err == nil || !strings.Contains(err.Error(), "at most 65536 bytes, this one 65537") {
		t.Errorf("one byte more: %v", err)
	}
	if _, err := sized(MaxRecordBytes + 1); err == nil {
		t.Error("encoded beyond the limit")
	}
	if _, err := Decode(make(Record, MaxOpeningBytes+1)); err == nil {
		t.Error("decoded beyond the limit of all records")
	}
}
