package events

import (
	"strings"
	"testing"
	"time"
)

// sampleOf is a record of the payload, without causation and signature.
func sampleOf(t *testing.T, p Payload) string {
	t.Helper()
	d := Draft{ID: goldenID, Campaign: "cum2-2017", Time: goldenTime, Author: "cao-bang-1", Payload: p}
	if p.Subject() == SubjectUnit {
		d.Subject = "son-la"
	}
	r, err := Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(r)
}

func TestRefuseMembers(t *testing.T) {
	t.Parallel()
	key, proof := PublicKeyOf(goldenKey(1)), ProvePossession(goldenKey(1), goldenHash, "m")
	checkRefusals(t, sampleOf(t, &MemberAppointed{Member: "m", Role: RoleCouncil, Key: key, Proof: proof}), []recordRefusal{
		{`"subject":"son-la",`, ``, `expected the key "subject"`},
		{`"key":"ed25519:8`, `"key":"ed25519:`, "key: "},
		{`"key":"ed25519:8a`, `"key":"ed25519:8A`, "not a public key"},
		{`"key":"ed25519:`, `"key":"ed448:`, "not a public key"},
		{`"key":"` + key.String() + `",`, ``, "key: the field is missing"},
		{key.String(), "", "key: "},
		{key.String(), PublicKey{}.String(), "a key under which anybody can sign"},
		{key.String(), "ed25519:" + "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "a key under which anybody can sign"},
		{key.String(), proof, "not a public key"},
		{`"proof":"` + proof + `",`, ``, "proof: the field is missing"},
		{proof, key.String(), "proof: "},
		{proof, strings.ToUpper(proof), "proof: "},
		{`"role":"council"`, `"role":"Council"`, `"Council" is not one of head, officer, reviewer, council, teller, auditor, authority`},
		{`"role":"council"`, `"role":"counc\u0069l"`, "role: "},
		{`"role":"council"`, `"role":""`, "role: "},
		{`,"role":"council"`, ``, "role: the field is missing"},
		{`"member":"m"`, `"member":"M"`, "member: "},
	})
	checkRefusals(t, sampleOf(t, &MemberRekeyed{Member: "m", Key: key, Proof: proof}), []recordRefusal{
		{`"time"`, `"subject":"","time"`, "subject: "},
		{`"time"`, `"subject":"Son-La","time"`, "subject: "},
		{`"time"`, `"subject":null,"time"`, "subject: "},
		{`"time"`, `"subject":"u","subject":"u","time"`, `expected the key "time"`},
	})
	checkRefusals(t, sampleOf(t, &UnitJoined{Note: "n", Titles: []string{"x", "y"}}), []recordRefusal{
		{`["x","y"]`, `[]`, "titles: "},
		{`["x","y"]`, `["x","x"]`, "titles: x is named twice"},
		{`["x","y"]`, `"x"`, "titles: "},
		{`["x","y"]`, `null`, "titles: "},
		{`"note":"n"`, `"note":""`, "note: "},
	})
	checkRefusals(t, sampleOf(t, &RecordEndorsed{Of: goldenOther, Hash: goldenHash, As: EndorseSecond}), []recordRefusal{
		{`"time"`, `"subject":"u","time"`, `expected the key "time"`},
		{`second`, `third`, `"third" is not one of agree, second, received`},
		{`"hash":"0`, `"hash":"`, "hash: "},
		{goldenHash, strings.ToUpper(goldenHash), "lower-case"},
		{goldenOther.String(), ``, "of: "},
	})
}

func TestRefuseWork(t *testing.T) {
	t.Parallel()
	report := &ReportFiled{From: "2017-01-01", To: "2017-06-30", Text: Words{Text: "words"}, Evidence: goldenFiles(2)[1:], Supersedes: goldenOther,
		Reason: "y"}
	refusals := []recordRefusal{
		{`"2017-06-30"`, `"2016-06-30"`, "to: the period ends before it starts"},
		{`"text":"words"`, `"text":"words","textHash":"` + goldenHash + `"`, "text: give the text or its hash, not both"},
		{`"text":"words",`, ``, "text: the field is missing"},
		{`"text":"words"`, `"textHash":"` + goldenHash[1:] + `"`, "textHash: "},
		{`"text":"words"`, `"textHash":""`, "textHash: "},
		{`"text":"words"`, `"texthash":"` + goldenHash + `"`, "text: the field is missing"},
		{`,"reason":"y"`, ``, "reason: an entry that replaces another"},
		{`"held":"unit"`, `"held":"here"`, `held: "here" is not one of unit`},
		{`"held":"unit"`, `"held":""`, "held: "},
		{`"size":1`, `"size":"1"`, "size: "},
		{`"size":1`, `"size":-1`, "size: "},
		{`"size":1,`, ``, "size: the field is missing"},
		{`"size":1,"type"`, `"size":1,"stored":true,"type"`, "type: the field is missing"},
		{`"type":"application/pdf"`, `"type":""`, "type: "},
	}
	for _, wrong := range []string{"2017-1-1", "2017-02-29", "2017-13-01", "2017-00-10", "2017-01-00", "17-01-01", "2017-01-01T00:00:00Z", " 2017-01-01",
		"2017-01-01 ", "2017/01/01", "+2017-01-01", "12017-01-01", "", "today"} {
		refusals = append(refusals, recordRefusal{`"2017-01-01"`, `"` + wrong + `"`, "from: "})
	}
	checkRefusals(t, sampleOf(t, report), refusals)
	report.Evidence = goldenFiles(MaxFiles)
	most := sampleOf(t, report)
	more := strings.Replace(most, `"evidence":[{`, `"evidence":[{"name":"n","sha256":"`+goldenHash+`","size":0,"type":"t"},{`, 1)
	if _, err := Decode(Record(more)); err == nil || !strings.Contains(err.Error(), "evidence: at most 50 files, not 51") {
		t.Errorf("too many files: %v", err)
	}
	checkRefusals(t, sampleOf(t, &DriveLaunched{Drive: "d", Title: "t", Kind: DrivePeak, Starts: "2017-01-01", Ends: "2017-02-01"}), []recordRefusal{
		{`2017-02-01`, `2016-12-31`, "ends: the drive ends before it starts"},
		{`"kind":"peak"`, `"kind":"top"`, `kind: "top" is not one of peak`},
	})
	checkRefusals(t, sampleOf(t, &CommendationRecorded{Kind: CommendThematic, Merit: Words{Hash: goldenHash}, Theme: "x"}), []recordRefusal{
		{`,"theme":"x"`, ``, "theme: a thematic commendation names its theme"},
		{`"meritHash":"` + goldenHash + `",`, ``, "merit: the field is missing"},
		{`"thematic"`, `"theme"`, "kind: "},
		{`,"theme"`, `,"person":"p","personHash":"` + goldenHash + `","theme"`, "person: give the text or its hash"},
	})
}

func TestRefuseStagesAndSheets(t *testing.T) {
	t.Parallel()
	small := mustParse(t, "small.yaml", readTestdata(t, "small.yaml"))
	checkRefusals(t, sampleOf(t, NewRegulationAmended(small, 2, "r", goldenHash, "why")), []recordRefusal{
		{`"version":2`, `"version":1`, "version: "},
		{`,"version":2`, ``, "version: the field is missing"},
		{`"reason":"why",`, ``, "reason: the field is missing"},
		{`"regulation":{"`, `"regulation":{ "`, "not in canonical form"},
		{`"id":"c"`, `"id":"d"`, "the hash is not that of the regulation"},
	})
	checkRefusals(t, sampleOf(t, &StageAdvanced{Stage: StageOpen}), []recordRefusal{
		{`"open"`, `"draft"`, "stage: "},
		{`"stage":"open"`, ``, "stage: the field is missing"},
	})
	checkRefusals(t, sampleOf(t, &PublicationStarted{Days: 10, Place: "p"}), []recordRefusal{
		{`"days":10`, `"days":0`, "days: a publication lasts 1 to 366 days"},
		{`"days":10`, `"days":367`, "days: a publication lasts 1 to 366 days"},
		{`"place"`, `"of":"00000000-0000-0000-0000-000000000000","place"`, "nil UUID"},
	})
	checkRefusals(t, sampleOf(t, &LedgerTakenOver{Key: PublicKeyOf(goldenKey(2)), Made: time.Date(2017, 12, 5, 2, 0, 0, 0, time.UTC), OldKey: PublicKeyOf(goldenKey(1)), Reason: "why",
		Root: goldenHash, Seq: 7}), []recordRefusal{
		{`"seq":7`, `"seq":0`, "seq: a copy that is taken over has at least one event"},
		{PublicKeyOf(goldenKey(2)).String(), PublicKeyOf(goldenKey(1)).String(), "a log key of its own"},
		{`2017-12-05T02:00:00.000Z`, `2017-12-05T02:00:00Z`, "made: "},
		{`2017-12-05T02:00:00.000Z`, `2017-12-05T09:00:00.000+07:00`, "made: "},
		{`"reason":"why",`, ``, "reason: the field is missing"},
		{`"root":"0`, `"root":"g`, "root: "},
	})
	checkRefusals(t, sampleOf(t, &SheetSealed{Cluster: "k", Level: "l", Scorer: "s", Marks: 7, Root: goldenHash}), []recordRefusal{
		{`"marks":7`, `"marks":0`, "marks: a sheet has 1 to 999 marks"},
		{`"marks":7`, `"marks":1000`, "marks: a sheet has 1 to 999 marks"},
		{`"root":"0`, `"root":"g`, "root: "},
	})
	checkRefusals(t, sampleOf(t, &SheetRevealed{Of: goldenOther, Salt: goldenHash}), []recordRefusal{
		{`"salt":"0`, `"salt":"`, "salt: "},
		{`"of":"6`, `"of":"G`, "of: "},
	})
}

// Drafts of the new payloads behave as those of the old: UUIDs in either case, integers as strings, hashes, keys and words as they
// stand in a record.
func TestParseProposalMembersAndWork(t *testing.T) {
	t.Parallel()
	const report = `{"type":"report.filed","subject":"u","data":{"to":"2017-06-30","from":"2017-01-01","text":"e` + "\u0301" + `",` +
		`"evidence":[{"name":"n","size":"12","sha256":"` + "HASH" + `","type":"text/plain"}]}}`
	good := strings.Replace(report, "HASH", goldenHash, 1)
	p, err := ParseProposal([]byte(good), "c")
	completesAndDecodes(t, p, err)
	if err != nil || p.Payload.(*ReportFiled).Text.Text != "é" || p.Payload.(*ReportFiled).Evidence[0].Size != 12 {
		t.Errorf("%v: %+v", err, p.Payload)
	}
	for _, c := range []struct{ old, new, want string }{
		{goldenHash, strings.ToUpper(goldenHash), "sha256: "},
		{`[{"name":"n","size":"12","sha256":"` + goldenHash + `","type":"text/plain"}]`, `[]`, "evidence: the list is empty; leave the field out"},
		{`[{"name"`, `[7,{"name"`, "evidence: expected an object"},
		{`[{"name"`, `[{"name":"x","size":1},{"name"`, "sha256: the field is missing"},
		{`"size":"12"`, `"size":null`, "size: "}, {`"size":"12"`, `"size":1.0`, "size: "}, {`"size":"12"`, `"bytes":12`, "size: the field is missing"},
		{`"text":"e` + "\u0301" + `"`, `"text":""`, "text: the text is empty"}, {`"text":"e` + "\u0301" + `"`, `"text":" "`, "white space"},
		{`"text":"e` + "\u0301" + `"`, `"textHash":"` + strings.ToUpper(goldenHash) + `"`, "textHash: "},
		{`"text":"e` + "\u0301" + `"`, `"person":"x"`, "text: the field is missing"},
		{`"to":"2017-06-30"`, `"to":"30.6.2017"`, `to: "30.6.2017" is not a date; write it like 2017-12-31`},
		{`"to":"2017-06-30"`, `"to":""`, `to: "" is not a date`}, {`"to":"2017-06-30"`, `"to":20170630`, "to: expected a string"},
	} {
		if strings.Count(good, c.old) != 1 {
			t.Fatalf("%q stands %d times in the draft", c.old, strings.Count(good, c.old))
		}
		_, err := ParseProposal([]byte(strings.Replace(good, c.old, c.new, 1)), "c")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s -> %s: %v; want %q", c.old, c.new, err, c.want)
		}
	}
	key, proof := PublicKeyOf(goldenKey(1)).String(), ProvePossession(goldenKey(1), goldenHash, "m")
	for _, c := range []struct{ line, want string }{
		{`{"type":"unit.joined","subject":"u","data":{"titles":[]}}`, "titles: the list is empty; leave the field out"},
		{`{"type":"unit.joined","subject":"u","data":{"titles":["x",7]}}`, "titles: expected a string"},
		{`{"type":"unit.joined","subject":"u","data":{"titles":["x","x"]}}`, "named twice"},
		{`{"type":"unit.joined","data":{}}`, "subject: "},
		{`{"type":"tie.decided","data":{"cluster":"k","order":[],"points":1,"reason":"r"}}`, "order: the list is empty; name at least one"},
		{`{"type":"record.endorsed","data":{"of":"6BA7B810-9DAD-51D1-80B4-00C04FD430C8","hash":"` + goldenHash + `","as":"Agree"}}`, "as: "},
		{`{"type":"record.endorsed","subject":"u","data":{"of":"` + goldenOther.String() + `","hash":"` + goldenHash + `","as":"agree"}}`, "subject: "},
		{`{"type":"record.endorsed","data":{"of":"6BA7B810-9DAD-51D1-80B4-00C04FD430C8","hash":"` + goldenHash + `","as":"agree"}}`, ""},
		{`{"type":"member.rekeyed","data":{"member":"m","key":"` + key + `","proof":"` + proof + `"}}`, ""},
		{`{"type":"member.rekeyed","subject":"u","data":{"member":"m","key":"` + key + `","proof":"` + proof + `"}}`, ""},
		{`{"type":"member.rekeyed","data":{"member":"m","key":"` + strings.ToUpper(key) + `","proof":"` + proof + `"}}`, "key: "},
		{`{"type":"member.rekeyed","data":{"member":"m","key":7,"proof":"` + proof + `"}}`, "key: expected a string"},
		{`{"type":"member.rekeyed","data":{"member":"m","key":"` + key + `","proof":"` + key + `"}}`, "proof: "},
	} {
		p, err := ParseProposal([]byte(c.line), "c")
		completesAndDecodes(t, p, err)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.line, err, c.want)
		}
	}
}

// An amendment may be drafted with its regulation as JSON of any layout; an opening may not.
func TestParseProposalAmendment(t *testing.T) {
	t.Parallel()
	small := mustParse(t, "small.yaml", readTestdata(t, "small.yaml"))
	amended := NewRegulationAmended(small, 2, "r.yaml", goldenHash, "why")
	draft := func(regulation string) string {
		return `{"type":"regulation.amended","data":{"version":2,"reason":"why","source":{"name":"r.yaml","sha256":"` + goldenHash + `"},` +
			`"sha256":"` + amended.SHA256 + `","regulation":` + regulation + `}}`
	}
	for _, c := range []struct{ regulation, want string }{
		{string(small.Canonical()), ""},
		{strings.ReplaceAll(string(small.Canonical()), `":`, `" :  `), ""},
		{strings.Replace(string(small.Canonical()), `"id":"c"`, `"id":"d"`, 1), "the hash is not that"},
		{strings.Replace(string(small.Canonical()), `"id":"c"`, `"id":"C"`, 1), "regulation: "},
		{`7`, "regulation: "}, {`null`, "regulation: "}, {`[]`, "regulation: "}, {`{}`, "regulation: "},
	} {
		p, err := ParseProposal([]byte(draft(c.regulation)), "c")
		completesAndDecodes(t, p, err)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.regulation, err, c.want)
		}
	}
}
