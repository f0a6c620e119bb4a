package events

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// benchDraft is a score as a signed campaign's members enter it, without the signature; its record has 400 bytes.
func benchDraft(tb testing.TB) Draft {
	tb.Helper()
	d := Draft{
		ID:        uuid.MustParse("01927e3a-5b1c-7d2e-8f30-415263748596"),
		Campaign:  "cum2-2017",
		Subject:   "lang-son",
		Time:      time.Date(2017, 3, 31, 2, 0, 0, 0, time.UTC),
		Author:    "cao-bang-1",
		Causation: uuid.MustParse("01927e3a-0000-7d2e-8f30-415263748596"),
		Payload: &ScoreEntered{Cluster: "cum2", Criterion: "I.1", Level: "cross", Scorer: "cao-bang",
			Mark: Mark{Kind: MarkPoints, Amount: 185_500_000}, Evidence: "report 12, page 4"},
	}
	r, err := Encode(d)
	if err != nil {
		tb.Fatal(err)
	}
	const recordBytes = 400
	p := d.Payload.(*ScoreEntered)
	p.Evidence += strings.Repeat("-", recordBytes-len(r))
	return d
}

func benchRecord(tb testing.TB) Record {
	tb.Helper()
	r, err := Encode(benchDraft(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func BenchmarkDecode(b *testing.B) {
	r, dec := benchRecord(b), NewDecoder()
	b.SetBytes(int64(len(r)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := dec.Decode(r); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeUnique reads a row of an import whose reason is Vietnamese and whose evidence no other record repeats.
func BenchmarkDecodeUnique(b *testing.B) {
	d, dec := benchDraft(b), NewDecoder()
	p := d.Payload.(*ScoreEntered)
	p.Reason = "Sửa theo biên bản họp Cụm thi đua số 2"
	records := make([]Record, 10_000)
	for i := range records {
		d.ID = RowID(d.Campaign, "", i)
		p.Evidence = d.ID.String()
		var err error
		if records[i], err = Encode(d); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := dec.Decode(records[i%len(records)]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	d := benchDraft(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLeafHash(b *testing.B) {
	r := benchRecord(b)
	recorded := time.Date(2017, 3, 31, 2, 0, 0, 0, time.UTC)
	b.SetBytes(int64(len(r)))
	b.ReportAllocs()
	for b.Loop() {
		LeafHash(r, recorded)
	}
}

func BenchmarkParseProposal(b *testing.B) {
	line := []byte(strings.Replace(string(benchRecord(b)), `"data":{`, `"data": {`, 1))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseProposal(line, "cum2-2017"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecimalAppend(b *testing.B) {
	buf := make([]byte, 0, 32)
	b.ReportAllocs()
	for b.Loop() {
		buf = Decimal(185_500_000).Append(buf[:0])
	}
}

// A decoded record costs its payload and nothing else; the rest comes from what the Decoder keeps.
func TestAllocations(t *testing.T) { // not parallel: it counts
	d, r, dec := benchDraft(t), benchRecord(t), NewDecoder()
	recorded := time.Date(2017, 3, 31, 2, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		most float64
		run  func()
	}{
		{"Decode", 1, func() { _, _ = dec.Decode(r) }},
		{"Encode", 2, func() { _, _ = Encode(d) }},
		{"LeafHash", 0, func() { LeafHash(r, recorded) }},
	} {
		if got := testing.AllocsPerRun(100, c.run); got > c.most {
			t.Errorf("%s allocates %v times, more than %v", c.name, got, c.most)
		}
	}
}
