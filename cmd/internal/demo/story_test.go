package demo

import (
	"slices"
	"strings"
	"testing"

	"campaignledger/events"
	"campaignledger/projections"
)

// awardOf is the view's award.
func awardOf(t *testing.T, a *projections.Awards, id string) projections.AwardState {
	t.Helper()
	i := slices.IndexFunc(a.Awards, func(s projections.AwardState) bool { return s.Award == id })
	if i < 0 {
		t.Fatalf("there is no award %s", id)
	}
	return a.Awards[i]
}

// recordOf is what the view says of a unit.
func recordOf(t *testing.T, a *projections.Awards, unit string) projections.UnitRecord {
	t.Helper()
	i := slices.IndexFunc(a.Units, func(u projections.UnitRecord) bool { return u.Unit == unit })
	if i < 0 {
		t.Fatalf("there is no unit %s", unit)
	}
	return a.Units[i]
}

// TestFlags: who was nominated, proposed and granted is as published, each by the award's newest ballot, on standings that can be
// computed again, after days of publicity, and every unit's head has its decision.
func TestFlags(t *testing.T) {
	t.Parallel()
	shas := map[events.Seq]string{}
	live, _ := follow(t, func(l *projections.Live) {
		s := l.Standings()
		shas[s.Seq] = projections.StandingsSHA(s)
	})
	a := live.Awards("vi")
	for id, want := range map[string][]string{governmentFlag: {"lang-son"}, ministryFlag: {"son-la", "dien-bien", "lao-cai"}} {
		award := awardOf(t, a, id)
		var units []string
		for _, n := range award.Nominees {
			units = append(units, n.Unit)
			if n.Proposed == 0 || n.Ballot != ballotOf(id) || n.Withdrawn != 0 || n.Flagged != 0 || len(n.Exclusions) != 0 || strings.HasPrefix(n.By, n.Unit) {
				t.Errorf("%s: nominee %+v", id, n)
			}
			if sha, ok := shas[n.Standings.Seq]; !ok || sha != n.Standings.SHA256 {
				t.Errorf("%s: %s was nominated on standings %+v, which hash to %s", id, n.Unit, n.Standings, sha)
			}
			checkDecision(t, id, n, live)
		}
		if !slices.Equal(units, want) {
			t.Errorf("%s: nominated are %v, want %v", id, units, want)
		}
	}
}

// checkDecision holds a nominee to one decision in force, with its paper, its notice, and publicity that was over before it.
func checkDecision(t *testing.T, award string, n projections.NomineeState, live *projections.Live) {
	t.Helper()
	if len(n.Decisions) != 1 || len(n.Notices) != 1 || len(n.Publications) != 2 {
		t.Fatalf("%s: %d decisions, %d notices, %d publications on %s", award, len(n.Decisions), len(n.Notices), len(n.Publications), n.Unit)
	}
	d := n.Decisions[0]
	if !d.InForce || d.Outcome != events.AwardGranted || d.Award != award || d.Transcribed != (award == governmentFlag) || d.Paper == nil {
		t.Errorf("%s: decision %+v", award, d)
	} else if !strings.HasSuffix(d.Paper.Number, "(số minh họa)") || !strings.HasSuffix(d.Paper.Signatory, "(minh họa)") {
		t.Errorf("%s: the paper of %s could be taken for a real one: %+v", award, n.Unit, *d.Paper)
	}
	if n.Notices[0].By != headOf(n.Unit) || n.Notices[0].Of != d.Seq {
		t.Errorf("%s: notice %+v of %s", award, n.Notices[0], n.Unit)
	}
	day := lineOf(live, n.Proposed).Time[:len("2018-01-11")]
	for _, p := range n.Publications {
		if p.From != "2017-12-22" || p.To != "2018-01-05" || p.To >= day {
			t.Errorf("%s: publicity from %s to %s, proposed on %s", award, p.From, p.To, day)
		}
	}
}

// lineOf is one event of the history.
func lineOf(live *projections.Live, seq events.Seq) projections.AuditLine {
	return live.Audit(projections.AuditFilter{After: seq - 1, Limit: 1})[0]
}

// TestSecretBallot: seven slips of eight members, the nominee's own without one, six for; three tellers of no candidate's unit.
func TestSecretBallot(t *testing.T) {
	t.Parallel()
	live, _ := replay(t, nil)
	ballots := awardOf(t, live.Awards("vi"), governmentFlag).Ballots
	if len(ballots) != 1 || ballots[0].Kind != events.BallotPaper || len(ballots[0].Roll) != 8 || len(ballots[0].Tallies) != 1 {
		t.Fatalf("ballots %+v", ballots)
	}
	b := ballots[0]
	want := projections.NomineeResult{Unit: "lang-son", For: 6, Against: 1, Recused: 1, Base: 7, Needed: 6, Carried: true}
	if len(b.Results) != 1 || b.Results[0] != want {
		t.Errorf("results %+v, want %+v", b.Results, want)
	}
	tally := b.Tallies[0]
	if !tally.InForce || tally.Issued != 7 || tally.Returned != 7 || tally.Valid != 7 || tally.Written != 1 {
		t.Errorf("tally %+v", tally)
	}
	if !slices.Equal(tally.Tellers, []string{teller, "cao-bang-teller", "ha-giang-teller"}) {
		t.Errorf("tellers %v", tally.Tellers)
	}
	for _, r := range b.Roll {
		if r.Voted != 0 || len(r.Votes) > 0 || r.Present == (r.Member == absent) {
			t.Errorf("roll of a secret ballot: %+v", r)
		}
	}
}

// TestNamedBallot: signed votes of all eight, one in writing, own units left out, one against with its reason and one abstention.
func TestNamedBallot(t *testing.T) {
	t.Parallel()
	live, _ := replay(t, nil)
	ballots := awardOf(t, live.Awards("vi"), ministryFlag).Ballots
	if len(ballots) != 1 || ballots[0].Kind != events.BallotNamed || len(ballots[0].Roll) != 8 {
		t.Fatalf("ballots %+v", ballots)
	}
	want := []projections.NomineeResult{
		{Unit: "son-la", For: 7, Recused: 1, Base: 7, Needed: 5, Carried: true},
		{Unit: "dien-bien", For: 6, Abstained: 1, Recused: 1, Base: 7, Needed: 5, Carried: true},
		{Unit: "lao-cai", For: 6, Against: 1, Recused: 1, Base: 7, Needed: 5, Carried: true},
	}
	if !slices.Equal(ballots[0].Results, want) {
		t.Errorf("results %+v, want %+v", ballots[0].Results, want)
	}
	for _, r := range ballots[0].Roll {
		if r.Voted == 0 || len(r.Votes) != len(want) || r.Written != (r.Member == absent) || r.Present == r.Written {
			t.Errorf("roll: %+v", r)
			continue
		}
		for i, result := range want {
			if own := result.Unit == r.Unit; own != (r.Votes[i] == events.VoteRecused) {
				t.Errorf("%s votes %s on %s", r.Member, r.Votes[i], result.Unit)
			}
			if r.Votes[i] == events.VoteAgainst && (r.Member != "ha-giang-council" || !strings.Contains(r.Reason, "minh họa")) {
				t.Errorf("%s votes against %s: %q", r.Member, result.Unit, r.Reason)
			}
		}
	}
}

// TestEvaluations: each unit has two or three evaluators, of other units, who differ, and a consensus drawn from exactly theirs; findings
// are tied to criteria and drives, and on some criterion one praises what another finds wanting.
func TestEvaluations(t *testing.T) {
	t.Parallel()
	live, _ := replay(t, nil)
	opposed, drives := 0, 0
	for _, u := range live.Awards("vi").Units {
		var own, consensus []projections.EvaluationState
		good, wanting := map[string]string{}, map[string]string{}
		for _, e := range u.Evaluations {
			if len(e.Consensus) > 0 {
				consensus = append(consensus, e)
				continue
			}
			own = append(own, e)
			if e.Name == "" || strings.HasPrefix(e.By, u.Unit) || !e.Current || len(e.Strengths) == 0 || len(e.Shortcomings) == 0 {
				t.Errorf("%s: evaluation %+v", u.Unit, e)
			}
			for _, f := range e.Strengths {
				good[f.Criterion] = e.By
				if f.Drive != "" {
					drives++
				}
			}
			for _, f := range e.Shortcomings {
				wanting[f.Criterion] = e.By
			}
		}
		for criterion, by := range wanting {
			if other := good[criterion]; criterion != "" && other != "" && other != by {
				opposed++
			}
		}
		if len(own) < 2 || len(own) > 3 || own[0].Recommendation == own[1].Recommendation && slices.Equal(own[0].Strengths, own[1].Strengths) {
			t.Errorf("%s: %d evaluations, or the first two say the same", u.Unit, len(own))
		}
		if len(consensus) != 1 || consensus[0].By != secretary || len(consensus[0].Consensus) != len(own) {
			t.Errorf("%s: consensus %+v", u.Unit, consensus)
		}
	}
	if opposed < 5 || drives < 5 {
		t.Errorf("%d criteria on which evaluators are opposed, %d findings about drives", opposed, drives)
	}
	lead := recordOf(t, live.Awards("vi"), "lang-son").Evaluations
	if slices.Equal(lead[0].Awards, lead[2].Awards) {
		t.Errorf("all evaluators recommend the lead for %v", lead[0].Awards)
	}
}

// TestExclusion: it took five heads, was known to the unit, and was over long before the conference.
func TestExclusion(t *testing.T) {
	t.Parallel()
	live, _ := replay(t, nil)
	for _, u := range live.Awards("vi").Units {
		if u.Unit != excluded {
			if len(u.Exclusions) != 0 {
				t.Errorf("%s: exclusions %+v", u.Unit, u.Exclusions)
			}
			continue
		}
		if len(u.Exclusions) != 1 {
			t.Fatalf("exclusions %+v", u.Exclusions)
		}
		x := u.Exclusions[0]
		if x.By != headOf(deputy) || x.Effective == 0 || x.From != "2017-07-11" || x.LiftedOn != "2017-10-10" || !strings.Contains(x.Ground, "minh họa") {
			t.Errorf("exclusion %+v", x)
		}
		if got := lineOf(live, x.Seq); got.Agreed != 5 {
			t.Errorf("%d units agreed to the exclusion", got.Agreed)
		}
		if got := lineOf(live, x.Lifted); got.Author != authority {
			t.Errorf("%s lifted the exclusion", got.Author)
		}
	}
}

// TestAppeal: the deputy's is filed while the ballot's result is published, and the authority dismisses it with a reason.
func TestAppeal(t *testing.T) {
	t.Parallel()
	live, _ := replay(t, nil)
	a := live.Awards("vi")
	if len(a.Appeals) != 1 {
		t.Fatalf("appeals %+v", a.Appeals)
	}
	got, award := a.Appeals[0], awardOf(t, a, governmentFlag)
	if got.Unit != deputy || got.Of != award.Ballots[0].Closed || got.Outcome != events.AppealDismissed || got.Decided == 0 || got.Late || got.Flagged ||
		!strings.Contains(got.Ground, "minh họa") || !strings.Contains(got.Reason, "minh họa") {
		t.Errorf("appeal %+v", got)
	}
	public := award.Nominees[0].Publications[1]
	if day := lineOf(live, got.Seq).Time[:len(public.To)]; day < public.From || day > public.To {
		t.Errorf("the appeal of %s is not within %s to %s", day, public.From, public.To)
	}
	if decided := lineOf(live, got.Decided); decided.Author != authority || decided.Seq > award.Nominees[0].Proposed {
		t.Errorf("decided by %s, event %d; proposed by event %d", decided.Author, decided.Seq, award.Nominees[0].Proposed)
	}
}

// TestExemplar: one unit is commended as the year's exemplar, and the Ministry's representative's direction stands where the deliberation
// ends, as published.
func TestExemplar(t *testing.T) {
	t.Parallel()
	live, _ := replay(t, nil)
	exemplars := 0
	for _, u := range live.Awards("vi").Units {
		for _, c := range u.Commendations {
			if c.Kind == events.CommendExemplar {
				exemplars++
				if u.Unit != "son-la" || !strings.Contains(c.Merit, "bản tự quản không ma túy") || !strings.Contains(c.Merit, "minh họa") {
					t.Errorf("%s: commendation %+v", u.Unit, c)
				}
			}
		}
	}
	if exemplars != 1 {
		t.Errorf("%d exemplars", exemplars)
	}
	said := 0
	for _, line := range live.Audit(projections.AuditFilter{Author: headOf("lang-son")}) {
		if strings.Contains(line.Reason, "Thiếu tướng Bùi Minh Giám") {
			said++
			if line.Type != events.TypeStageAdvanced || line.Stage != events.StageFinal || !strings.Contains(line.Reason, "Theo tin đã công bố") {
				t.Errorf("event %d: %s", line.Seq, line.Reason)
			}
		}
	}
	if said != 1 {
		t.Errorf("the direction stands in %d events", said)
	}
}

// TestCorrectionMovesARank: of the corrections of wrong entries some move ranks at once, and the reason is there.
func TestCorrectionMovesARank(t *testing.T) {
	t.Parallel()
	reasons := map[string]bool{}
	for _, s := range slips() {
		reasons[s.reason] = true
	}
	before := map[string]int{}
	var moved []string
	replay(t, func(b Body, rows []*projections.Standing) {
		changed := false
		for _, row := range rows {
			changed = changed || before[row.Unit] != row.Rank
			before[row.Unit] = row.Rank
		}
		if score, ok := b.Proposals[0].Payload.(*events.ScoreEntered); changed && ok && reasons[score.Reason] {
			moved = append(moved, score.Reason)
		}
	})
	if len(moved) == 0 {
		t.Error("no correction moves a rank")
	}
	t.Logf("ranks moved by: %q", moved)
}

// TestReturnAndExplanation: a claim is sent back, the unit explains it with a list that it holds, and the council decides after both.
func TestReturnAndExplanation(t *testing.T) {
	t.Parallel()
	live, _ := replay(t, nil)
	var returned, explained, approved events.Seq
	for _, line := range live.Audit(projections.AuditFilter{Unit: "son-la", Criterion: "I.3.3"}) {
		switch {
		case line.Type == events.TypeScoreReturned:
			returned = line.Seq
		case line.Type == events.TypeExplanationFiled && line.Of == returned && len(line.Files) == 1 && line.Files[0].Held == "unit":
			explained = line.Seq
		case line.Level == levelApproved:
			approved = line.Seq
		}
	}
	if returned == 0 || explained < returned || approved < explained {
		t.Errorf("returned by event %d, explained by event %d, approved by event %d", returned, explained, approved)
	}
}

// TestLedgerGoesOn: after the close come the appeal, the proposals and the decisions, in the year after.
func TestLedgerGoesOn(t *testing.T) {
	t.Parallel()
	live, _ := replay(t, nil)
	after := map[events.Type]int{}
	var closed events.Seq
	for _, line := range live.Audit(projections.AuditFilter{}) {
		switch {
		case line.Type == events.TypeCampaignClosed:
			closed = line.Seq
		case closed != 0:
			after[line.Type]++
			if line.Time < "2018-01" {
				t.Errorf("event %d is of %s", line.Seq, line.Time)
			}
		}
	}
	want := map[events.Type]int{events.TypeAppealFiled: 1, events.TypeAppealDecided: 1, events.TypeAwardProposed: 4, events.TypeAwardDecided: 4,
		events.TypeRecordEndorsed: 5}
	for what, n := range want {
		if after[what] != n {
			t.Errorf("%d %s after the close, want %d", after[what], what, n)
		}
	}
	if a := live.Awards("vi"); a.Notice != "Điểm, tên người và lời văn minh họa, không phải thật" {
		t.Errorf("the notice is %q", a.Notice)
	}
}
