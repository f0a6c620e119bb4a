package events

import "testing"

// addGoldenSeeds leaves the larger regulations out: mutating it would take most of the time.
func addGoldenSeeds(f *testing.F) {
	for _, typ := range Types() {
		for i, line := range goldenLines(f, typ) {
			if maxBytesOf(typ) == MaxRecordBytes || i == 0 {
				f.Add([]byte(line))
			}
		}
	}
}

// FuzzDecode: what is accepted encodes to the same bytes, with and without what a Decoder keeps from record to record.
func FuzzDecode(f *testing.F) {
	addGoldenSeeds(f)
	f.Add([]byte(sampleScore))
	f.Add([]byte(sampleImport))
	f.Add([]byte(sampleTie))
	f.Fuzz(func(t *testing.T, line []byte) {
		dec := NewDecoder()
		accepted := checkBijection(t, dec, line)
		if checkBijection(t, dec, line) != accepted || checkBijection(t, new(Decoder), line) != accepted {
			t.Error("a Decoder's memory changes what it accepts")
		}
	})
}

// FuzzParseProposal: what is accepted in any layout encodes, once completed, and decodes to the same draft.
func FuzzParseProposal(f *testing.F) {
	addGoldenSeeds(f)
	f.Add([]byte(`{"type":"score.entered","subject":"u","data":{"cluster":"k","criterion":"A","level":"l","scorer":"s","points":1.50}}`))
	f.Add([]byte(`{"type":"report.filed","subject":"u","data":{"from":"2017-01-01","to":"2017-06-30","textHash":"` + goldenHash +
		`","evidence":[{"held":"unit","name":"n","sha256":"` + goldenHash + `","size":"7","type":"text/plain"}]}}`))
	f.Add([]byte(`{"type":"unit.joined","subject":"u","data":{"titles":["a","b"],"note":"x"}}`))
	f.Add([]byte(`{ "data" : {"actual":"0"}, "time":"2017-03-31T09:00:00+07:00", "type":"score.entered" }`))
	f.Fuzz(func(t *testing.T, line []byte) {
		p, err := ParseProposal(line, "cum2-2017")
		completesAndDecodes(t, p, err)
		if err != nil && (p.Payload != nil || p.Record != nil) {
			t.Error("a refused line gives a proposal")
		}
		_, _ = ParseFlat(line)
	})
}
