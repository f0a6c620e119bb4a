package events

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestParseProposalLayouts(t *testing.T) {
	t.Parallel()
	want := Draft{Campaign: "cum2-2017", Subject: "lang-son", Payload: &ScoreEntered{Cluster: "cum2", Criterion: "I.1", Level: "cross",
		Scorer: "cao-bang", Mark: Mark{MarkPoints, 185_500_000}, Item: "Điện", Supersedes: goldenOther, Reason: "a\n\"/"}}
	for _, line := range []string{
		`{"type":"score.entered","subject":"lang-son","data":{"cluster":"cum2","criterion":"I.1","item":"Điện","level":"cross",` +
			`"points":"185.5","reason":"a\n\"/","scorer":"cao-bang","supersedes":"6ba7b810-9dad-51d1-80b4-00c04fd430c8"}}`,
		"\ufeff { \"data\" : {\"supersedes\":\"6BA7B810-9DAD-51D1-80B4-00C04FD430C8\", \"scorer\":\"cao-bang\",\r\n\t\"points\":185.50," +
			"\"level\":\"cross\",\"reason\":\"\\u0061\\u000a\\\"\\/\", \"item\":\"\\u0110ie\u0302\u0323n\", \"criterion\":\"I.1\", \"cluster\":\"cum2\"}," +
			" \"subject\":\"lang-son\", \"type\":\"score.entered\", \"specversion\":\"1.0\", \"source\":\"/campaigns/cum2-2017\"}\n",
	} {
		p, err := ParseProposal([]byte(line), "cum2-2017")
		if err != nil {
			t.Errorf("%s: %v", line, err)
		} else if p.Record != nil || !reflect.DeepEqual(p.Draft, want) {
			t.Errorf("%s: %+v %+v", line, p, p.Payload)
		}
	}
}

// Every golden record but an opening is also a draft in its own layout and in others; signed ones are taken as they are.
func TestParseProposalGolden(t *testing.T) {
	t.Parallel()
	for typ, list := range goldenDrafts(t) {
		for i, line := range goldenLines(t, typ) {
			want := list[i]
			p, err := ParseProposal(line, want.Campaign)
			if typ == TypeCampaignOpened && want.Signature == "" {
				if err == nil || !strings.Contains(err.Error(), "campaign open") {
					t.Errorf("an opening without a signature: %v", err)
				}
				continue
			}
			if err != nil || !reflect.DeepEqual(p.Draft, want) || want.Signature != "" != bytes.Equal(p.Record, line) {
				t.Errorf("%s %d: %v: %+v", typ, i, err, p)
			}
			checkSignedLayouts(t, line, want)
		}
	}
}

// checkSignedLayouts holds that a signed record is taken in its canonical form or not at all.
func checkSignedLayouts(t *testing.T, line Record, want Draft) {
	t.Helper()
	var indented bytes.Buffer
	if err := json.Indent(&indented, line, "", " "); err != nil {
		t.Fatalf("a record is JSON: %v", err)
	}
	p, err := ParseProposal(indented.Bytes(), want.Campaign)
	if want.Signature == "" {
		if err != nil || !reflect.DeepEqual(p.Draft, want) {
			t.Errorf("%s: %v: %+v", line, err, p)
		}
		return
	}
	if err == nil {
		t.Errorf("signed and indented: accepted")
	}
	for _, changed := range []Record{append(bytes.Clone(line), '\n'), append(bytes.Clone(line), ' '), append(Record(" "), line...),
		bytes.Replace(line, []byte(`"ed25519:`), []byte(`"`), 1), bytes.Replace(line, []byte(goldenSigned), nil, 1),
		bytes.Replace(line, []byte(`"`+goldenSigned+`"`), []byte("null"), 1)} {
		if _, err := ParseProposal(changed, want.Campaign); err == nil {
			t.Errorf("signed and changed: accepted %q", changed)
		}
	}
	if _, err := ParseProposal(line, "another"); err == nil || !strings.Contains(err.Error(), `source: `) {
		t.Errorf("a signed record of another campaign: %v", err)
	}
	own := bytes.Clone(line)
	p, err = ParseProposal(own, want.Campaign)
	clear(own)
	if err != nil || !bytes.Equal(p.Record, line) {
		t.Errorf("the record changes with the line it was read from: %v", err)
	}
}

func TestParseProposalValues(t *testing.T) {
	t.Parallel()
	const form = `{"type":"score.entered","subject":"u","time":TIME,"data":{"cluster":"k","criterion":"A","level":"l","scorer":"s",MARK}}`
	for _, c := range []struct {
		time, mark string
		at         string
		want       Mark
	}{
		{`"2017-03-31T09:00:00+07:00"`, `"points":1`, "2017-03-31T02:00:00.000Z", Mark{MarkPoints, DecimalOne}},
		{`"2017-03-31T09:00:00.123999-01:30"`, `"points":-0.50`, "2017-03-31T10:30:00.123Z", Mark{MarkPoints, -DecimalOne / 2}},
		{`"2017-03-31T02:00:00Z"`, `"points":"-0"`, "2017-03-31T02:00:00.000Z", Mark{MarkPoints, 0}},
		{`"2017-03-31T02:00:00.5Z"`, `"actual":"0.000001"`, "2017-03-31T02:00:00.500Z", Mark{MarkActual, 1}},
		{`"0001-01-01T00:00:00.001Z"`, `"actual":1`, "0001-01-01T00:00:00.001Z", Mark{MarkActual, DecimalOne}},
		{`"9999-12-31T23:59:59.999Z"`, `"place":"3"`, "9999-12-31T23:59:59.999Z", Mark{MarkPlace, Whole(3)}},
		{`"2017-03-31T02:00:00Z"`, `"place":3`, "2017-03-31T02:00:00.000Z", Mark{MarkPlace, Whole(3)}},
		{`"2017-03-31T02:00:00Z"`, `"mark":"recused"`, "2017-03-31T02:00:00.000Z", Mark{Kind: MarkRecused}},
	} {
		line := strings.NewReplacer("TIME", c.time, "MARK", c.mark).Replace(form)
		p, err := ParseProposal([]byte(line), "c")
		if err != nil {
			t.Errorf("%s: %v", line, err)
		} else if got := p.Payload.(*ScoreEntered).Mark; got != c.want || FormatTime(p.Time) != c.at {
			t.Errorf("%s: %v at %s", line, got, FormatTime(p.Time))
		}
		completesAndDecodes(t, p, err)
	}
}

func TestParseProposalRefusals(t *testing.T) {
	t.Parallel()
	const data = `"data":{"cluster":"k","criterion":"A","level":"l","scorer":"s","points":1}`
	const sample = `{"type":"score.entered","subject":"u","id":"01927e3a-5b1c-7d2e-8f30-415263748596","time":"2017-03-31T02:00:00Z",` + data + `}`
	for _, c := range []struct{ old, new, want string }{
		{sample, ``, "empty"}, {sample, `[]`, "JSON object"}, {sample, `"x"`, "JSON object"}, {sample, `null`, "JSON object"},
		{sample, sample + sample, "after the end"}, {`}}`, `}`, "line 1"}, {`"k"`, "\"\xff\"", "UTF-8"}, {`"k"`, `"\ud800"`, "surrogate"},
		{`"subject":"u"`, `"subject":"u","subject":"u"`, "twice"}, {`"cluster":"k"`, `"cluster":"k","cluster":"k"`, "twice"},
		{`"subject":"u"`, `"Subject":"u"`, "Subject: unknown field"}, {`"subject":"u"`, `"subject":"u","extra":1`, "extra: unknown field"},
		{`"cluster":"k"`, `"cluster":"k","extra":1`, "extra: unknown field"}, {`"cluster":"k"`, `"Cluster":"k"`, "cluster: the field is missing"},
		{`"subject":"u"`, `"subject":"u","source":"/campaigns/d"`, "source: "}, {`"subject":"u"`, `"subject":"u","source":""`, "source: "},
		{`"subject":"u"`, `"subject":"u","specversion":"0.3"`, "specversion: "}, {`"subject":"u"`, `"subject":"u","specversion":1.0`, "specversion: "},
		{`"subject":"u",`, ``, "subject: a score.entered is about one unit; name it"}, {`"subject":"u"`, `"subject":"U"`, "subject: "},
		{`"subject":"u"`, `"subject":"u","author":"A B"`, "author: "}, {`"subject":"u"`, `"subject":"u","author":null`, "author: "},
		{`"subject":"u"`, `"subject":"u","causationid":"x"`, "causationid: "}, {`"subject":"u"`, `"subject":"u","signature":""`, "expected"},
		{`01927e3a-5b1c-7d2e-8f30-415263748596`, `00000000-0000-0000-0000-000000000000`, "id: "}, {`01927e3a-`, `01927e3a`, "id: "},
		{`"type":"score.entered",`, ``, "type: the field is missing; name one of"}, {`score.entered`, `score.erased`, "type: "},
		{`2017-03-31T02:00:00Z`, `2017-03-31`, "time: "}, {`2017-03-31T02:00:00Z`, `2017-02-30T02:00:00Z`, "time: "},
		{`2017-03-31T02:00:00Z`, `0001-01-01T00:00:00Z`, "time: "}, {`2017-03-31T02:00:00Z`, `9999-12-31T23:00:00-02:00`, "time: "},
		{`"2017-03-31T02:00:00Z"`, `1490925600`, "time: "}, {`"points":1`, `"points":1e3`, "points: "}, {`"points":1`, `"points":null`, "points: "},
		{`"points":1`, `"points":true`, "points: "}, {`"points":1`, `"points":[1]`, "points: "}, {`"points":1`, `"points":1.0000001`, "points: "},
		{`"points":1`, `"points":"1.000.000"`, "points: "}, {`"points":1`, `"points":"0x10"`, "points: "}, {`"points":1`, `"place":0`, "place: "},
		{`"points":1`, `"place":1.5`, "place: "}, {`"points":1`, `"place":"007"`, "place: "}, {`"points":1`, `"place":"+7"`, "place: "},
		{`"points":1`, `"place":[1]`, "place: "}, {`"points":1`, `"actual":-1`, "actual: "}, {`"points":1`, `"points":1,"actual":1`, "not two"},
		{`"points":1`, `"points":1,"place":1`, "not two"}, {`"points":1`, `"mark":"x"`, "mark: "}, {`,"points":1`, ``, "points: "},
		{`"scorer":"s"`, `"scorer":7`, "scorer: expected a string"}, {`"scorer":"s"`, `"scorer":"s","reason":""`, "reason: "},
		{`"scorer":"s"`, `"scorer":"s","reason":null`, "reason: "}, {`"scorer":"s"`, `"scorer":"s","supersedes":"x"`, "supersedes: "},
		{`"scorer":"s"`, `"scorer":"s","supersedes":7`, "supersedes: "}, {`"scorer":"s"`, `"scorer":"s","regulation":1`, "regulation: "},
		{`"scorer":"s"`, `"scorer":"s","reason":"` + strings.Repeat("x", MaxTextBytes+1) + `"`, "8193 bytes"},
		{data, `"data":7`, "data: expected an object"}, {data, `"data":[]`, "data: expected an object"}, {data, `"data":null`, "data: expected"},
		{`,` + data, ``, "data: the field is missing"}, {`"subject":"u"`, `"` + strings.Repeat("x", 1000) + `":1`, "…: unknown field"},
	} {
		_, err := ParseProposal([]byte(strings.Replace(sample, c.old, c.new, 1)), "c")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s -> %s: %v; want %q", c.old, c.new, err, c.want)
		}
	}
	if _, err := ParseProposal([]byte(`{"type":"campaign.closed","subject":"u","data":{}}`), "c"); err == nil {
		t.Error("a campaign.closed has no subject")
	}
}

func TestParseProposalHugeAndDeep(t *testing.T) {
	t.Parallel()
	started := time.Now()
	for _, unit := range []string{"[", `{"a":`, `{"type":`, " ", `"`, `\`, "[1,", `{"a":1,`, `{"signature":"x","`, "\xff", "0"} {
		for _, size := range []int{100, 10_000, maxSourceBytes, maxSourceBytes + 1} {
			line := []byte(strings.Repeat(unit, size/len(unit)+1)[:size])
			if _, err := ParseProposal(line, "c"); err == nil || len(err.Error()) > 500 {
				t.Errorf("%d bytes of %q: %.600v", size, unit, err)
			}
		}
	}
	if spent := time.Since(started); spent > time.Minute { // hours, if anything were quadratic
		t.Errorf("refusing took %v", spent)
	}
}

func TestParseFlat(t *testing.T) {
	t.Parallel()
	flat, err := ParseFlat([]byte(` {"a":1.10,"b":"1.10","c":null,"d":"","e":true,"f":"null"}`))
	want := map[string]string{"a": "1.10", "b": "1.10", "d": "", "e": "true", "f": "null"}
	if err != nil || !reflect.DeepEqual(flat, want) {
		t.Errorf("%v: %v", flat, err)
	}
	for _, line := range []string{``, `[]`, `{"a":[]}`, `{"a":{}}`, `{"a":1,"a":1}`, `{"a":1}x`} {
		if flat, err := ParseFlat([]byte(line)); err == nil {
			t.Errorf("%s was read as %v", line, flat)
		}
	}
}

// completesAndDecodes holds that an accepted proposal, once the ledger has filled in what was left out, is a record.
func completesAndDecodes(t *testing.T, p Proposal, err error) {
	t.Helper()
	if err != nil {
		return
	}
	if p.Record != nil {
		d, err := Decode(p.Record)
		if err != nil || !reflect.DeepEqual(d, p.Draft) {
			t.Errorf("a proposal's record is not its draft: %v\n%s", err, p.Record)
		}
		return
	}
	d := p.Draft
	if d.ID == uuid.Nil {
		d.ID = goldenID
	}
	if d.Time.IsZero() {
		d.Time = goldenTime
	}
	if d.Author == "" {
		d.Author = "import"
	}
	r, err := Encode(d)
	if err != nil {
		t.Errorf("accepted and can't be encoded: %v\n%+v %+v", err, d, d.Payload)
		return
	}
	if got, err := Decode(r); err != nil || !reflect.DeepEqual(got, d) {
		t.Errorf("decoded as\n%+v\nnot\n%+v\n%v", got, d, err)
	}
}
