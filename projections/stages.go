package projections

import (
	"cmp"
	"fmt"
	"slices"

	"campaignledger/events"
)

// Blocker is one thing that keeps a campaign from its next stage.
type Blocker struct {
	Code      BlockerCode `json:"code"`
	Cluster   string      `json:"cluster,omitempty"`
	Unit      string      `json:"unit,omitempty"`
	Criterion string      `json:"criterion,omitempty"`
	Seq       events.Seq  `json:"seq,omitempty"`   // the event that waits
	Count     int         `json:"count,omitempty"` // of marks, of a sheet or an import
	Units     []string    `json:"units,omitempty"` // that tie
	Award     string      `json:"award,omitempty"`
}

// BlockerCode names a kind of blocker; it is stable.
type BlockerCode string

// The kinds of blockers.
const (
	BlockNotJoined   BlockerCode = "not-joined"  // a unit has not joined
	BlockNoHead      BlockerCode = "no-head"     // a unit has no head who could join: the regulation names none
	BlockImport      BlockerCode = "import"      // an import lacks rows
	BlockNoPoints    BlockerCode = "no-points"   // a leaf without official points for a unit
	BlockReturn      BlockerCode = "return"      // a returned entry is not answered
	BlockUnrevealed  BlockerCode = "unrevealed"  // a sealed sheet is not revealed, where the regulation says block
	BlockUnconfirmed BlockerCode = "unconfirmed" // an entry waits for confirmation or a second
	BlockTie         BlockerCode = "tie"         // units tie and no decision is in force
	BlockFrozen      BlockerCode = "frozen"      // the standings are frozen
	BlockClosed      BlockerCode = "closed"      // the campaign is closed
	BlockVoid        BlockerCode = "void"        // a notice: a sealed sheet that is not revealed will count as missing
	BlockNoNext      BlockerCode = "no-next"     // there is no stage after this one
	BlockUnsigned    BlockerCode = "unsigned"    // an unsigned campaign has no stages
	BlockBallot      BlockerCode = "ballot"      // a ballot is open
	BlockNominees    BlockerCode = "nominees"    // a notice: an award of the regulation without a nominee
	BlockFlagged     BlockerCode = "flagged"     // a notice: a nomination has to be looked at again
	BlockAppeal      BlockerCode = "appeal"      // a notice: an appeal is not decided
)

// Text says what blocks, in lang ("vi" or "en").
func (b Blocker) Text(lang string) string {
	vi := lang == "vi"
	pick := func(viText, enText string, args ...any) string {
		if vi {
			return fmt.Sprintf(viText, args...)
		}
		return fmt.Sprintf(enText, args...)
	}
	switch b.Code {
	case BlockNotJoined:
		return pick("đơn vị %s chưa ký giao ước", "unit %s has not joined", b.Unit)
	case BlockNoHead:
		return pick("đơn vị %s chưa có thủ trưởng trong quy chế; thủ trưởng của hai đơn vị khác (không kể đơn vị dẫn đầu) cử được",
			"unit %s has no head in the regulation; the heads of two other units that are not leads can appoint one", b.Unit)
	case BlockImport:
		return pick("lượt nhập ở sự kiện %d còn thiếu dòng", "the import of event %d lacks rows", b.Seq)
	case BlockNoPoints:
		return pick("%s của %s chưa có điểm chính thức", "%s of %s has no official points", b.Criterion, b.Unit)
	case BlockReturn:
		return pick("sự kiện %d (%s) bị trả lại, chưa giải trình hoặc chấm lại", "event %d (%s) was returned and is not answered", b.Seq, b.Unit)
	case BlockUnrevealed:
		return pick("phiếu niêm phong ở sự kiện %d chưa mở", "the sheet sealed by event %d is not revealed", b.Seq)
	case BlockUnconfirmed:
		if b.Count == 1 {
			return pick("mục nhập ở sự kiện %d chưa được xác nhận", "the entry of event %d waits for confirmation or a second", b.Seq)
		}
		return pick("%d mục nhập chưa được xác nhận (từ sự kiện %d)", "%d entries wait for confirmation or a second (from event %d on)", b.Count, b.Seq)
	case BlockTie:
		return pick("%v bằng điểm, chưa có quyết định xếp hạng", "%v tie and no decision is in force", b.Units)
	case BlockFrozen:
		return pick("bảng xếp hạng đang đóng băng", "the standings are frozen")
	case BlockClosed:
		return pick("chiến dịch đã kết thúc ở sự kiện %d", "the campaign was closed by event %d", b.Seq)
	case BlockVoid:
		return pick("phiếu niêm phong ở sự kiện %d chưa mở; sang giai đoạn sau thì điểm trong đó coi như không có",
			"the sheet sealed by event %d is not revealed; when the next stage begins its marks are missing for good", b.Seq)
	case BlockBallot:
		return pick("cuộc bỏ phiếu ở sự kiện %d chưa kết thúc", "the ballot of event %d is open", b.Seq)
	case BlockNominees:
		return pick("chưa có đơn vị nào của %s được suy tôn %s", "no unit of %s is nominated for %s", b.Cluster, b.Award)
	case BlockFlagged:
		return pick("việc suy tôn ở sự kiện %d (%s) phải được xem xét lại", "the nomination of event %d (%s) has to be looked at again", b.Seq, b.Unit)
	case BlockAppeal:
		return pick("khiếu nại ở sự kiện %d (%s) chưa được giải quyết", "the appeal of event %d (%s) is not decided", b.Seq, b.Unit)
	case BlockUnsigned:
		return pick("chiến dịch không ký số thì không có giai đoạn", "an unsigned campaign has no stages")
	}
	return pick("không còn giai đoạn nào sau giai đoạn này", "there is no stage after this one")
}

// Check is how a campaign stands before its next stage.
type Check struct {
	Stage    events.Stage `json:"stage"`
	Next     events.Stage `json:"next,omitempty"` // "" after the last
	Blockers []Blocker    `json:"blockers"`
	Notices  []Blocker    `json:"notices"` // what does not block, and is lost when the next stage begins
}

// check lists what blocks the stage after the present one. O(n) in events.
func (s *State) check() Check {
	if !s.plan.regulation.Signed() {
		return Check{Blockers: []Blocker{{Code: BlockUnsigned}}, Notices: []Blocker{}}
	}
	c := Check{Stage: s.scalars.stage, Blockers: []Blocker{}, Notices: []Blocker{}}
	if s.scalars.closed != 0 {
		c.Blockers = append(c.Blockers, Blocker{Code: BlockClosed, Seq: s.scalars.closed})
		return c
	}
	if at := stageIndex(c.Stage); at+1 < len(events.Stages()) {
		c.Next = events.Stages()[at+1]
	}
	switch c.Stage {
	case events.StageDraft:
		c.Blockers = s.notJoined(c.Blockers)
	case events.StageScoring:
		c.Blockers = s.unfinishedImports(c.Blockers)
	case events.StageReview:
		c.Blockers = s.unreviewed(s.unfinishedImports(c.Blockers))
		c.Notices = s.unrevealed(c.Notices)
	case events.StageDeliberation:
		c.Blockers = s.undecided(c.Blockers)
		c.Notices = s.awardNotices(c.Notices)
	case events.StageBallot:
		if s.scalars.frozen != 0 {
			c.Blockers = append(c.Blockers, Blocker{Code: BlockFrozen, Seq: s.scalars.frozen})
		}
		c.Blockers = s.openBallotsBlock(c.Blockers)
		c.Notices = s.awardNotices(c.Notices)
	case events.StageFinal:
		c.Blockers = s.openBallotsBlock(c.Blockers)
		c.Notices = s.awardNotices(c.Notices)
	}
	if c.Next == "" {
		c.Blockers = append(c.Blockers, Blocker{Code: BlockNoNext})
	}
	return c
}

func (s *State) notJoined(list []Blocker) []Blocker {
	_, all := s.joined()
	for _, unit := range all {
		switch {
		case s.units.get(unit) != (unitState{}):
		case s.heads.get(unit) == "":
			list = append(list, Blocker{Code: BlockNoHead, Unit: unit})
		default:
			list = append(list, Blocker{Code: BlockNotJoined, Unit: unit})
		}
	}
	return list
}

func (s *State) unfinishedImports(list []Blocker) []Blocker {
	if s.scalars.unfinished == 0 {
		return list
	}
	for seq := events.Seq(1); seq <= s.journal.last(); seq++ {
		if e := s.journal.at(seq); e.what == kindImport {
			if imp := s.imports.get(e.id); !imp.over() && !s.withdrew(s.members.get(imp.author).unit) {
				list = append(list, Blocker{Code: BlockImport, Seq: seq})
			}
		}
	}
	return list
}

// unreviewed is what the review leaves open.
func (s *State) unreviewed(list []Blocker) []Blocker {
	var waiting Blocker
	boards := s.boards(&waiting, s.holds())
	for _, b := range boards {
		b.refresh()
		for u, unit := range b.cluster.Units {
			if s.withdrew(unit.ID) {
				continue // nobody can fill it in
			}
			for _, leaf := range b.missing(u) {
				list = append(list, Blocker{Code: BlockNoPoints, Cluster: b.cluster.ID, Unit: unit.ID, Criterion: leaf})
			}
		}
	}
	for seq := events.Seq(1); seq <= s.journal.last(); seq++ {
		e := s.journal.at(seq)
		switch {
		case s.returns.get(seq) != 0 && s.answerable(e):
			list = append(list, Blocker{Code: BlockReturn, Unit: s.plan.clusters[e.cluster].Units[e.unit].ID, Seq: seq})
		case e.what == kindSealed && s.blocks(e, seq):
			list = append(list, Blocker{Code: BlockUnrevealed, Seq: seq})
		}
	}
	if waiting.Count > 0 {
		list = append(list, waiting)
	}
	return list
}

// unrevealed are the sealed sheets that nobody waits for.
func (s *State) unrevealed(list []Blocker) []Blocker {
	for seq := events.Seq(1); seq <= s.journal.last(); seq++ {
		if e := s.journal.at(seq); e.what == kindSealed && s.sheets.get(sheetKey{e.cluster, e.level, e.scorer}) == (sheetState{sealed: seq}) && !s.blocks(e, seq) {
			list = append(list, Blocker{Code: BlockVoid, Cluster: s.plan.clusters[e.cluster].ID, Seq: seq})
		}
	}
	return list
}

// blocks reports whether the sealed sheet of event seq is current, not revealed, and the regulation waits for it. Who sealed it and can't
// speak any more is not waited for.
func (s *State) blocks(e *entry, seq events.Seq) bool {
	sheet, author := s.sheets.get(sheetKey{e.cluster, e.level, e.scorer}), s.members.get(s.names.list[e.author])
	return sheet.sealed == seq && sheet.revealed == 0 && s.plan.regulation.Levels[e.level].Unrevealed == events.UnrevealedBlock &&
		author.until == 0 && !s.withdrew(author.unit)
}

// withdrew reports whether the unit has withdrawn.
func (s *State) withdrew(unit string) bool { return s.units.get(unit).withdrawn != 0 }

// answerable reports whether somebody is left who may answer the return of e: explain, replace or withdraw it.
func (s *State) answerable(e *entry) bool {
	if !s.withdrew(s.plan.clusters[e.cluster].Units[e.unit].ID) {
		return true
	}
	scorer := s.names.list[e.scorer]
	if m := s.members.get(scorer); m.since != 0 && !s.plan.hasUnit(scorer) {
		return m.until == 0 && !s.withdrew(m.unit)
	}
	return !s.withdrew(scorer)
}

// undecided is what the deliberation leaves open.
func (s *State) undecided(list []Blocker) []Blocker {
	for _, b := range s.boards(new(Blocker), s.holds()) {
		b.refresh()
		for _, g := range b.rank() {
			if len(g.units) < 2 {
				continue
			}
			tie := Blocker{Code: BlockTie, Cluster: b.cluster.ID}
			for _, u := range g.units {
				tie.Units = append(tie.Units, b.cluster.Units[u].ID)
			}
			list = append(list, tie)
		}
	}
	return list
}

// openBallotsBlock are the ballots that are open.
func (s *State) openBallotsBlock(list []Blocker) []Blocker {
	first := len(list)
	for _, b := range s.ballots.rows {
		if b.takesVotes() {
			list = append(list, Blocker{Code: BlockBallot, Seq: b.opened})
		}
	}
	sortBySeq(list[first:])
	return list
}

// awardNotices are what people should know before they go on to the ballots, or the end.
func (s *State) awardNotices(list []Blocker) []Blocker {
	for i, c := range s.plan.clusters {
		for _, a := range s.plan.regulation.Awards {
			nominees := 0
			for key := range s.nominations.rows {
				if key.award == a.ID && int(key.cluster) == i {
					nominees++
				}
			}
			if nominees == 0 {
				list = append(list, Blocker{Code: BlockNominees, Cluster: c.ID, Award: a.ID})
			}
		}
	}
	first := len(list)
	for key, n := range s.nominations.rows {
		if s.flagged(key, n) != 0 {
			list = append(list, Blocker{Code: BlockFlagged, Unit: key.unit, Award: key.award, Seq: n.seq})
		}
	}
	for _, a := range s.appeals.rows {
		if a.decided == 0 {
			list = append(list, Blocker{Code: BlockAppeal, Unit: s.journal.at(a.filed).more.subject, Seq: a.filed})
		}
	}
	sortBySeq(list[first:])
	return list
}

func sortBySeq(list []Blocker) {
	slices.SortFunc(list, func(a, b Blocker) int { return cmp.Compare(a.Seq, b.Seq) })
}

// boards are the standings of everything admitted, folded anew; held are the holds that differ from those of the entries, and waiting
// counts the current marks that are on hold. O(n) in events.
func (s *State) boards(waiting *Blocker, held map[events.Seq]uint8) []*board {
	waiting.Code = BlockUnconfirmed
	boards := make([]*board, 0, len(s.plan.clusters))
	for i := range s.plan.clusters {
		boards = append(boards, newBoard(s.plan, i, &s.journal))
	}
	for seq := events.Seq(1); seq <= s.journal.last(); seq++ {
		e := s.journal.at(seq)
		if e.cluster < 0 {
			continue
		}
		hold := s.holdOf(seq, held)
		boards[e.cluster].apply(e, seq, e.supersedes.seq(), hold)
		if hold&(holdTranscribed|holdSecond) != 0 && e.what == kindScore && s.cells.get(scoreKey(e)) == seq {
			if waiting.Count++; waiting.Seq == 0 {
				waiting.Seq = seq
			}
		}
	}
	return boards
}

// holdOf is the hold of an event, changed by held.
func (s *State) holdOf(seq events.Seq, held map[events.Seq]uint8) uint8 {
	if hold, changed := held[seq]; changed {
		return hold
	}
	return s.journal.at(seq).hold
}

// holds are the holds that admitted, uncommitted events change: what is admitted must not depend on where commits end. O(n) in
// uncommitted events.
func (s *State) holds() map[events.Seq]uint8 {
	held := map[events.Seq]uint8{}
	for i := range s.journal.pending {
		e := &s.journal.pending[i]
		if e.more == nil || e.more.rare == nil || e.more.effect == nil {
			continue
		}
		change := func(list []events.Seq, set, clear uint8) {
			for _, seq := range list {
				held[seq] = s.holdOf(seq, held)&^clear | set
			}
		}
		change(e.more.effect.released, 0, e.more.effect.clear)
		change(e.more.effect.reopened, holdReopened, 0)
	}
	return held
}

func (s *State) stageAdvanced(p *events.StageAdvanced) error {
	c := s.check()
	switch {
	case p.Stage != c.Next:
		return refuse(CodeStage, "stage", "advance to "+string(c.Next), "after the stage %s comes %s, not %s", c.Stage, c.Next, p.Stage)
	case len(c.Blockers) > 0:
		const shown = 3
		first := make([]string, 0, shown)
		for _, b := range c.Blockers[:min(shown, len(c.Blockers))] {
			first = append(first, b.Text("en"))
		}
		return refuse(CodeBlocked, "stage", "campaign check lists them all", "%d things block the stage %s: %s", len(c.Blockers), p.Stage, shortList(first))
	}
	s.scalars.stage = p.Stage
	return nil
}

func (s *State) standingsFrozen(e *events.Event) error {
	if s.scalars.frozen != 0 {
		return refuse(CodeFrozen, "", "leave it out", "the standings are frozen since event %d", s.scalars.frozen)
	}
	s.scalars.frozen = e.Seq
	return nil
}

func (s *State) standingsRevealed() error {
	if s.scalars.frozen == 0 {
		return refuse(CodeFrozen, "", "leave it out", "the standings are not frozen")
	}
	s.scalars.frozen = 0
	return nil
}

func (s *State) campaignClosed(e *events.Event) error {
	if s.scalars.frozen != 0 {
		return refuse(CodeBlocked, "", "reveal the standings first", "the standings are frozen since event %d", s.scalars.frozen)
	}
	if open := s.openBallotsBlock(nil); len(open) > 0 {
		return refuse(CodeBlocked, "", "close it first", "the ballot of event %d is open", open[0].Seq)
	}
	s.scalars.closed = e.Seq
	return nil
}

// deadline is when the calendar wants work done.
type deadline struct {
	until  int64 // milliseconds since 1970; 0: no deadline
	refuse bool
}

// deadlines prepares the calendar: of each level, and of reports in the order of time.
func (p *plan) deadlines() {
	p.levelDeadlines = make([]deadline, len(p.regulation.Levels))
	for _, d := range p.regulation.Calendar {
		due := deadline{millis(d.Until), d.Refuse}
		if level, ok := p.levels[d.For]; ok {
			p.levelDeadlines[level] = due
		} else if d.For == events.DeadlineReports {
			p.reportDeadlines = append(p.reportDeadlines, due)
		} else if d.For == events.DeadlineAppeals {
			p.appealDeadline = due
		}
	}
	slices.SortFunc(p.reportDeadlines, func(a, b deadline) int { return int(min(max(a.until-b.until, -1), 1)) })
}

// meet marks next as late, or refuses it, where it is recorded after the deadline. Deadlines go by the recorded time.
func (d deadline) meet(next *entry, what string) error {
	if d.until == 0 || next.recorded <= d.until {
		return nil
	}
	if d.refuse {
		return refuse(CodeLate, "", "ask the lead whether the regulation is to be amended", "the deadline of %s was %s", what, events.FormatTime(fromMillis(d.until)))
	}
	next.late = true
	return nil
}
