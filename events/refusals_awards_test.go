package events

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func TestRefuseDeliberation(t *testing.T) {
	t.Parallel()
	checkRefusals(t, sampleOf(t, &EvaluationRecorded{Awards: []string{"x", "y"}, Cluster: "c", Consensus: []uuid.UUID{goldenID, goldenOther}, Reason: "r",
		Recommendation: "keep on", Shortcomings: []Finding{{"I", "d", "late"}}, Supersedes: goldenOther}), []recordRefusal{
		{`"subject":"son-la",`, ``, `expected the key "subject"`},
		{`["x","y"]`, `["x","x"]`, "awards: x is named twice"},
		{`["x","y"]`, `[]`, "awards: "},
		{`"consensus":["` + goldenID.String() + `"`, `"consensus":["` + goldenOther.String() + `"`, "consensus: an evaluation is named twice"},
		{`"consensus":["` + goldenID.String() + `"`, `"consensus":["` + uuid.Nil.String() + `"`, "consensus: "},
		{`,"reason":"r"`, ``, "reason: "},
		{`"recommendation":"keep on",`, ``, "recommendation: the field is missing"},
		{`"shortcomings":[{"criterion":"I","drive":"d","text":"late"}],`, ``, "strengths: an evaluation names at least one strength or shortcoming"},
		{`,"text":"late"`, ``, "text: the field is missing"},
		{`"criterion":"I"`, `"criterion":""`, "criterion: "},
		{`"drive":"d"`, `"drive":"D"`, "drive: "},
	})
	exclusion := &ExclusionImposed{Awards: []string{"x", "y"}, Basis: BasisTranscribed, Decision: goldenDecision(), From: "2017-01-02", Ground: Words{Text: "words"}, To: "2017-01-02"}
	checkRefusals(t, sampleOf(t, exclusion), []recordRefusal{
		{`"to":"2017-01-02"`, `"to":"2017-01-01"`, "to: the exclusion ends before it starts"},
		{`["x","y"]`, `["y","y"]`, "awards: y is named twice"},
		{`"basis":"transcribed"`, `"basis":"copied"`, `"copied" is not one of transcribed`},
		{`"ground":"words"`, `"ground":"words","groundHash":"` + goldenHash + `"`, "ground: give the text or its hash, not both"},
		{`"ground":"words",`, ``, "ground: the field is missing"},
		{`"from":"2017-01-02",`, ``, "from: the field is missing"},
		{`"date":"2018-01-15"`, `"date":"15.1.2018"`, "date: "},
		{`"date":"2018-01-15",`, ``, "date: the field is missing"},
		{`"scan":"0`, `"scan":"g`, "scan: "},
		{`,"signatory":"Bộ trưởng (tên minh họa)"`, ``, "signatory: the field is missing"},
	})
	checkRefusals(t, sampleOf(t, &ExclusionLifted{Basis: BasisTranscribed, Decision: goldenDecision(), Of: goldenOther, Reason: "served"}), []recordRefusal{
		{`,"reason":"served"`, ``, "reason: the field is missing"},
		{goldenOther.String(), uuid.Nil.String(), "of: "},
	})
	checkRefusals(t, sampleOf(t, &NominationProposed{Award: "a", Cluster: "c", Standings: StandingsRef{7, goldenHash}}), []recordRefusal{
		{`"seq":7`, `"seq":0`, "standings: the standings are named by the last event that they hold, from 1"},
		{`"seq":7`, `"seq":"7"`, "seq: "},
		{`"seq":7,`, ``, "seq: the field is missing"},
		{`"sha256":"0`, `"sha256":"`, "sha256: "},
		{`,"standings":{"seq":7,"sha256":"` + goldenHash + `"}`, ``, "standings: the field is missing"},
		{`"award":"a",`, ``, "award: the field is missing"},
	})
	for _, p := range []Payload{&ExclusionImposed{Basis: BasisTranscribed, From: "2017-01-01", Ground: Words{Text: "x"}}, &ExclusionLifted{Basis: BasisTranscribed, Of: goldenID, Reason: "x"},
		&AwardDecided{Basis: BasisTranscribed, Of: goldenID, Outcome: AwardGranted}, &AwardRevoked{Basis: BasisTranscribed, Ground: Words{Text: "x"}, Of: goldenID},
		&AppealDecided{Basis: BasisTranscribed, Of: goldenID, Outcome: AppealUpheld, Reason: "x"}} {
		d := Draft{ID: goldenID, Campaign: "c", Subject: "u", Time: goldenTime, Author: "a", Payload: p}
		if _, err := Encode(d); err == nil || !strings.Contains(err.Error(), "decision: who transcribes") {
			t.Errorf("%s transcribed without a paper: %v", p.Type(), err)
		}
	}
}

func TestRefuseBallots(t *testing.T) {
	t.Parallel()
	opened := &BallotOpened{Award: "a", Ballot: "b", Base: BaseMembers, Cluster: "c", Kind: BallotPaper, Nominees: []string{"u", "v"}, Present: []string{"m", "n"},
		Question: "yes?", Quorum: Fraction{1, 2}, Reason: "r", Reopens: goldenOther, Roll: []string{"m", "n", "o"}, Standings: StandingsRef{7, goldenHash}, Threshold: Fraction{2, 3}}
	checkRefusals(t, sampleOf(t, opened), []recordRefusal{
		{`"time"`, `"subject":"u","time"`, `expected the key "time"`},
		{`"members"`, `"all"`, `base: "all" is not one of present, members`},
		{`"paper"`, `"secret"`, `kind: "secret" is not one of named, paper`},
		{`["u","v"]`, `["u","u"]`, "nominees: u is named twice"},
		{`["u","v"]`, `[]`, "nominees: "},
		{`["m","n"]`, `["m","m"]`, "present: m is named twice"},
		{`["m","n"]`, `["m","p"]`, "present: p is present and not on the roll"},
		{`["m","n","o"]`, `["m","n","n"]`, "roll: n is named twice"},
		{`,"reason":"r"`, ``, "reason: "},
		{`"1/2"`, `"2/4"`, "quorum: "},
		{`"1/2"`, `"50%"`, "quorum: "},
		{`"1/2"`, `"0/1"`, "quorum: "},
		{`"2/3"`, `"3/2"`, "threshold: "},
		{`,"threshold":"2/3"`, ``, "threshold: the field is missing"},
		{`"seq":7`, `"seq":0`, "standings: "},
	})
	checkRefusals(t, sampleOf(t, &BallotCast{Ballot: "b", Manner: WrittenVote, Votes: []NomineeVote{{"u", VoteFor}, {"v", VoteAgainst}}}), []recordRefusal{
		{`"unit":"v"`, `"unit":"u"`, "votes: u is voted on twice"},
		{`"vote":"for"`, `"vote":"yes"`, `vote: "yes" is not one of for, against, abstained, recused`},
		{`"manner":"written"`, `"manner":"proxy"`, `manner: "proxy" is not one of written`},
		{`{"unit":"u","vote":"for"},{"unit":"v","vote":"against"}`, ``, "votes: "},
	})
	tally := &BallotTallied{Ballot: "b", Counts: []NomineeCount{{2, 4, "u"}, {0, 6, "v"}}, Invalid: 1, Issued: 8, Minutes: goldenHash, Returned: 7, Valid: 6, Written: 3}
	checkRefusals(t, sampleOf(t, tally), []recordRefusal{
		{`"issued":8`, `"issued":6`, "returned: 7 slips came back of 6 issued; count again"},
		{`"invalid":1`, `"invalid":0`, "valid: 6 valid and 0 invalid slips are not the 7 returned; count again"},
		{`"valid":6`, `"valid":7`, "valid: 7 valid and 1 invalid slips are not the 7 returned; count again"},
		{`"written":3`, `"written":8`, "written: 8 written votes are more than the 7 slips returned; count again"},
		{`"against":2`, `"against":3`, "counts: u: 4 for and 3 against are more than the 6 valid slips; count again"},
		{`"unit":"v"`, `"unit":"u"`, "counts: u is counted twice"},
		{`"against":2`, `"against":-2`, "against: "},
		{`"for":4,`, ``, "for: the field is missing"},
		{`"minutes":"0`, `"minutes":"`, "minutes: "},
		{`"minutes":"` + goldenHash + `",`, ``, "minutes: the field is missing"},
	})
	checkRefusals(t, sampleOf(t, &BallotClosed{Ballot: "b"}), []recordRefusal{{`"ballot":"b"`, ``, "ballot: the field is missing"}})
}

func TestRefuseAwards(t *testing.T) {
	t.Parallel()
	checkRefusals(t, sampleOf(t, &AwardProposed{Award: "a", Ballot: "b", Cluster: "c"}), []recordRefusal{
		{`"subject":"son-la",`, ``, `expected the key "subject"`},
		{`"ballot":"b"`, `"ballot":""`, "ballot: "},
		{`,"cluster":"c"`, ``, "cluster: the field is missing"},
	})
	checkRefusals(t, sampleOf(t, &AwardDecided{Appeal: goldenID, Award: "a", Of: goldenOther, Outcome: AwardOtherLevel}), []recordRefusal{
		{`"award":"a",`, ``, "award: say which award is granted instead"},
		{`"other-level"`, `"granted"`, "award: the proposal names the award"},
		{`"other-level"`, `"refused"`, "award: the proposal names the award"},
		{`"other-level"`, `"deferred"`, `outcome: "deferred" is not one of granted, refused, other-level`},
		{`"appeal":"` + goldenID.String(), `"appeal":"` + uuid.Nil.String(), "appeal: "},
	})
	checkRefusals(t, sampleOf(t, &AwardRevoked{Ground: Words{Text: "words"}, Of: goldenOther}), []recordRefusal{
		{`"ground":"words",`, ``, "ground: the field is missing"},
		{`"ground":"words"`, `"ground":"words","groundHash":"` + goldenHash + `"`, "ground: give the text or its hash, not both"},
	})
	checkRefusals(t, sampleOf(t, &AppealFiled{Ground: Words{Text: "words"}, Of: goldenOther}), []recordRefusal{
		{`"ground":"words",`, ``, "ground: the field is missing"},
		{`,"of":"` + goldenOther.String() + `"`, ``, "of: the field is missing"},
	})
	checkRefusals(t, sampleOf(t, &AppealDecided{Of: goldenOther, Outcome: AppealUpheld, Reason: "r"}), []recordRefusal{
		{`"upheld"`, `"granted"`, `outcome: "granted" is not one of upheld, dismissed`},
		{`,"reason":"r"`, ``, "reason: the field is missing"},
	})
	checkRefusals(t, sampleOf(t, &DocumentIssued{Kind: DocumentTally, Lang: "en", Name: "n", Seq: 7, SHA256: goldenHash}), []recordRefusal{
		{`"seq":7`, `"seq":0`, "seq: a document holds the campaign up to an event, from 1"},
		{`"tally"`, `"letter"`, `kind: "letter" is not one of`},
		{`"lang":"en"`, `"lang":"fr"`, `lang: "fr" is not one of vi, en`},
		{`"sha256":"0`, `"sha256":"G`, "sha256: "},
		{`"name":"n",`, ``, "name: the field is missing"},
	})
}

// TestManyFindings: an evaluation has a limit.
func TestManyFindings(t *testing.T) {
	t.Parallel()
	p := &EvaluationRecorded{Cluster: "c", Recommendation: "x", Strengths: slices.Repeat([]Finding{{Text: "x"}}, MaxFindings)}
	more := strings.Replace(sampleOf(t, p), `"strengths":[`, `"strengths":[{"text":"y"},`, 1)
	if _, err := Decode(Record(more)); err == nil || !strings.Contains(err.Error(), "strengths: at most") {
		t.Errorf("too many findings: %v", err)
	}
}

// Drafts of the payloads that lead to awards behave as those of the others: fractions, hashes, dates and counts as they stand in a record,
// integers as strings too.
func TestParseProposalAwards(t *testing.T) {
	t.Parallel()
	const tally = `{"type":"ballot.tallied","data":{"ballot":"b","counts":[{"unit":"u","for":"4","against":0}],"issued":5,"returned":5,"valid":5,"invalid":0,"written":0,"minutes":"HASH"}}`
	const nomination = `{"type":"nomination.proposed","subject":"u","data":{"cluster":"c","award":"a","standings":{"sha256":"HASH","seq":12}}}`
	for _, c := range []struct{ line, old, new, want string }{
		{tally, ``, ``, ""},
		{tally, `"valid":5`, `"valid":4`, "valid: 4 valid and 0 invalid"},
		{tally, `"for":"4"`, `"for":4.0`, "for: "},
		{tally, `[{"unit":"u","for":"4","against":0}]`, `[]`, "counts: the list is empty"},
		{nomination, ``, ``, ""},
		{nomination, `"seq":12`, `"seq":"12"`, ""},
		{nomination, `{"sha256":"HASH","seq":12}`, `12`, "standings: expected an object"},
		{nomination, `"seq":12`, `"seq":0`, "standings: "},
		{nomination, `"subject":"u",`, ``, "subject: "},
	} {
		line := strings.ReplaceAll(strings.Replace(c.line, c.old, c.new, 1), "HASH", goldenHash)
		p, err := ParseProposal([]byte(line), "c")
		completesAndDecodes(t, p, err)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", line, err, c.want)
		}
	}
}
