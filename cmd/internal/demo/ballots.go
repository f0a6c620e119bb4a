package demo

import (
	"slices"
	"time"

	"campaignledger/events"
)

// absent is the member of the council who is not at the conference, and votes in writing.
const absent = "lai-chau-council"

// ballotOf is the id of the one ballot on an award.
func ballotOf(award string) string { return award + "-1" }

// vote is the second day of the conference: the nominations, a ballot on each flag, and the end of the deliberation with what the
// Ministry's representative directed.
func (w *writer) vote() {
	w.begin(Ballots, time.December, 21)
	revealed := w.standings() // nothing moves them any more
	w.nominate(revealed)
	w.advance(events.StageBallot, "Đã suy tôn bốn đơn vị; Hội đồng tiến hành bỏ phiếu")
	w.paperBallot(revealed)
	w.namedBallot(revealed)
	w.advance(events.StageFinal, "Hội nghị thông qua kết quả bình xét, suy tôn. Theo tin đã công bố, Thiếu tướng Bùi Minh Giám, đại diện Bộ Công an, "+
		"chỉ đạo tiếp tục các đợt thi đua cao điểm, kịp thời khen thưởng và nhân rộng điển hình tiên tiến")
}

// council are the members who vote: all of the council.
func (w *writer) council() (roll []string) {
	for _, m := range w.members {
		if m.role == events.RoleCouncil {
			roll = append(roll, m.id)
		}
	}
	return roll
}

// openBallot puts the nominees for an award to the council, by the regulation's rules.
func (w *writer) openBallot(award, kind string, standings events.StandingsRef, question string) {
	i := slices.IndexFunc(w.regulation.Awards, func(a events.Award) bool { return a.ID == award })
	vote := w.regulation.Awards[i].Vote
	base := events.BasePresent
	if vote.BaseMembers {
		base = events.BaseMembers
	}
	roll := w.council()
	present := slices.DeleteFunc(slices.Clone(roll), func(id string) bool { return id == absent })
	w.body(w.lead(&events.BallotOpened{Award: award, Ballot: ballotOf(award), Base: base, Cluster: w.cluster.ID, Kind: kind, Nominees: nominees(award),
		Present: present, Question: question, Quorum: vote.Quorum, Roll: roll, Standings: standings, Threshold: vote.Threshold}))
}

// closeBallot ends the voting; who publishes the result names this event.
func (w *writer) closeBallot(award string) {
	for _, p := range w.body(w.lead(&events.BallotClosed{Ballot: ballotOf(award)})) {
		w.results = append(w.results, p.ID)
	}
}

// paperBallot is the secret ballot on the Government's flag. Three tellers count, none of the nominee's unit; the nominee's member of the
// council gets no slip, and is in no base.
func (w *writer) paperBallot(standings events.StandingsRef) {
	const slips, yes = 7, 6
	w.openBallot(governmentFlag, events.BallotPaper, standings,
		"Đồng ý đề nghị tặng Cờ thi đua của Chính phủ năm 2017 cho Công an tỉnh Lạng Sơn?")
	minutes := w.attach("bien-ban-kiem-phieu-2017.txt", teller, "Biên bản kiểm phiếu kín, Cờ thi đua của Chính phủ năm 2017 (minh họa)\n"+
		"Phát ra 7 phiếu, thu về 7, hợp lệ 7, trong đó 1 phiếu gửi bằng văn bản\nLạng Sơn: 6 đồng ý, 1 không đồng ý", true)
	count := w.body(events.Draft{Author: teller, Payload: &events.BallotTallied{Ballot: ballotOf(governmentFlag),
		Counts: []events.NomineeCount{{Unit: "lang-son", For: yes, Against: slips - yes}},
		Issued: slips, Returned: slips, Valid: slips, Written: 1, Minutes: minutes.sha256(),
		Note: "Ủy viên của Lạng Sơn không nhận phiếu; một ủy viên vắng mặt gửi phiếu kín bằng văn bản (biên bản minh họa)"}})
	for _, p := range count {
		for _, unit := range []string{"cao-bang", "ha-giang"} {
			w.endorse(p, unit+"-"+events.RoleTeller, events.EndorseAgree, "Đã cùng kiểm phiếu")
		}
	}
	w.closeBallot(governmentFlag)
}

// dissent is a vote in the named ballot that is not for a nominee, and why.
type dissent struct{ member, unit, vote, reason string }

func dissents() []dissent {
	return []dissent{
		{"cao-bang-council", "dien-bien", events.VoteAbstained, "Chưa đủ thông tin về điều chỉnh số liệu quý III của Điện Biên (ý kiến minh họa)"},
		{"ha-giang-council", "lao-cai", events.VoteAgainst,
			"Không đồng ý đối với Lào Cai vì tỷ lệ khen thưởng người trực tiếp công tác phải tính lại (ý kiến minh họa)"},
	}
}

// namedBallot is the ballot on the Ministry's flags: every vote is signed, and who belongs to a nominee's unit stands aside on it.
func (w *writer) namedBallot(standings events.StandingsRef) {
	w.openBallot(ministryFlag, events.BallotNamed, standings,
		"Đồng ý đề nghị tặng Cờ thi đua của Bộ Công an năm 2017 cho từng đơn vị sau đây?")
	for _, m := range w.members {
		if m.role != events.RoleCouncil {
			continue
		}
		ballot := events.BallotCast{Ballot: ballotOf(ministryFlag)}
		if m.id == absent {
			ballot.Manner, ballot.Reason = events.WrittenVote, "Vắng mặt vì công tác, gửi phiếu bằng văn bản"
		}
		for _, unit := range nominees(ministryFlag) {
			vote := events.VoteFor
			if unit == m.unit {
				vote = events.VoteRecused
			}
			for _, d := range dissents() {
				if d.member == m.id && d.unit == unit {
					vote, ballot.Reason = d.vote, d.reason
				}
			}
			ballot.Votes = append(ballot.Votes, events.NomineeVote{Unit: unit, Vote: vote})
		}
		w.body(events.Draft{Author: m.id, Payload: &ballot})
	}
	w.closeBallot(ministryFlag)
}
