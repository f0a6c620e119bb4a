package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"campaignledger/events"
	"campaignledger/projections"
)

// leastRun is how many like events make a run, of marks some more, since each has its number; fewer are told one by one. A reason that as many
// marks of a run share is the run's own.
const (
	leastRun   = 3
	leastMarks = 4
)

// longestTale is how many lines of a terminal the text of one event may take.
const longestTale = 6

// story tells a replay to people: runs of like events in one paragraph, so that a thousand marks do not drown what the year was about,
// under headings of months and stages.
type story struct {
	*app
	live    *projections.Live
	width   int
	heading string
	run     []told                  // like events, which are told once another comes
	key     string                  // of the run; "" where its event stands alone
	votes   map[string][]events.Seq // cast, by named ballot
}

// told is an event with what it changed.
type told struct {
	projections.AuditLine
	when    time.Time
	stage   events.Stage // after it
	changes []rankChange
}

func newStory(a *app, live *projections.Live) *story {
	return &story{app: a, live: live, width: terminalWidth(a.out), votes: map[string][]events.Seq{}}
}

// tell takes the next event.
func (s *story) tell(next told) {
	key := s.keyOf(next)
	if !s.caused(next) && (key == "" || key != s.key) {
		s.flush()
		s.key = key
	}
	s.run = append(s.run, next)
	switch next.Type {
	case events.TypeBallotCast:
		s.votes[next.Ballot] = append(s.votes[next.Ballot], next.Seq)
	case events.TypeBallotClosed:
		s.flush()
		s.tellVotes(next.Ballot)
	}
}

// keyOf is equal for events that make a run; "" of what is told for itself.
func (s *story) keyOf(e told) string {
	day := e.when.Format(time.DateOnly)
	switch e.Type {
	case events.TypeScoreEntered, events.TypeSheetSealed, events.TypeSheetRevealed:
		return strings.Join([]string{string(e.Type), e.Level, day}, " ")
	case events.TypeTargetSet, events.TypeUnitJoined:
		return string(e.Type) + " " + day
	case events.TypeRecordEndorsed:
		return fmt.Sprintf("%s %s %d", e.Type, e.As, e.Of)
	case events.TypeReportFiled:
		return strings.Join([]string{string(e.Type), e.Drive, e.From, e.To, day}, " ")
	case events.TypeImportStarted:
		return fmt.Sprintf("%s %d", e.Type, e.Seq)
	case events.TypeBallotCast:
		return string(e.Type) + " " + e.Ballot
	}
	return ""
}

// caused reports whether e is a row of an import, or of a sheet, that the run tells of.
func (s *story) caused(e told) bool {
	return e.Import != 0 && len(s.run) > 0 && (s.run[0].Type == events.TypeImportStarted || s.run[0].Type == events.TypeSheetRevealed) &&
		e.Import >= s.run[0].Seq
}

// until tells what happened before a time of another day, so that nothing waits while the replay does.
func (s *story) until(t time.Time) {
	if len(s.run) > 0 && s.local(t).Format(time.DateOnly) != s.run[0].when.Format(time.DateOnly) {
		s.flush()
	}
}

// flush tells the run.
func (s *story) flush() {
	run := s.run
	s.run, s.key = nil, ""
	if len(run) == 0 {
		return
	}
	s.head(run[0])
	notable, text := s.sum(run)
	if text == "" {
		for _, e := range run {
			s.tellOne(e)
		}
		return
	}
	s.write(fmt.Sprintf("%d–%d", run[0].Seq, run[len(run)-1].Seq), s.day(run[0].when), text)
	s.ranks(netMoves(run))
	for _, e := range notable {
		s.write(fmt.Sprint(e.Seq), "", "· "+s.sentence(e.AuditLine))
	}
}

// sum is what a run comes to, and those of its events that are worth a line of their own; "" where all are.
func (s *story) sum(run []told) (notable []told, text string) {
	first := run[0]
	if first.Type == events.TypeImportStarted && len(run) > 1 {
		return nil, s.sentence(first.AuditLine)
	}
	entry := first.Type == events.TypeScoreEntered || first.Type == events.TypeTargetSet
	if len(run) < leastRun || entry && len(run) < leastMarks {
		return run, ""
	}
	switch first.Type {
	case events.TypeScoreEntered, events.TypeTargetSet:
		return s.marks(run)
	case events.TypeSheetRevealed:
		return s.sheets(run)
	case events.TypeSheetSealed:
		return nil, fmt.Sprintf(s.say("%d phiếu %d điểm chấm được niêm phong (cấp %s): %s", "%d sheets of %d marks are sealed (level %s): %s"),
			len(run), first.Marks, events.LevelIn(first.Level, s.lang), scorers(run))
	case events.TypeUnitJoined:
		return nil, fmt.Sprintf(s.say("%d đơn vị tham gia và ký giao ước thi đua: %s", "%d units join and sign the pact: %s"), len(run), units(run))
	case events.TypeReportFiled:
		drive := ""
		if first.Drive != "" {
			drive = s.say(" về đợt thi đua ", " on the drive ") + first.Drive
		}
		return nil, fmt.Sprintf(s.say("%d đơn vị báo cáo%s, từ %s đến %s: %s", "%d units report%s, %s to %s: %s"), len(run), drive,
			s.date(first.From), s.date(first.To), units(run))
	case events.TypeRecordEndorsed:
		return nil, fmt.Sprintf(s.endorsing(first.As), authors(run), first.Of)
	case events.TypeBallotCast:
		return nil, fmt.Sprintf(s.say("%d ủy viên bỏ phiếu trong cuộc %s; nội dung hiện ra khi kết thúc bỏ phiếu: %s",
			"%d members vote in ballot %s; how shows when it is closed: %s"), len(run), first.Ballot, authors(run))
	}
	return run, ""
}

// endorsing is what endorsers do to an event.
func (s *story) endorsing(as string) string {
	switch as {
	case events.EndorseSecond:
		return s.say("%s đồng thẩm định sự kiện %d", "%s second event %d")
	case events.EndorseReceived:
		return s.say("%s xác nhận đã nhận sự kiện %d", "%s confirm that they received event %d")
	case events.EndorseReviewed:
		return s.say("%s đã xem xét lại sự kiện %d", "%s have looked again at event %d")
	}
	return s.say("%s đồng thuận với sự kiện %d", "%s agree to event %d")
}

// marks sums up marks or targets. Of note are those with a reason that few share, transcribed ones, and who gave none.
func (s *story) marks(run []told) (notable []told, text string) {
	reasons, replaced := map[string]int{}, 0
	var said []string
	for _, e := range run {
		if reasons[e.Reason]++; e.Reason != "" && reasons[e.Reason] == leastMarks {
			said = append(said, e.Reason)
		}
		if e.Supersedes != 0 {
			replaced++
		}
	}
	for _, e := range run {
		if e.Reason != "" && reasons[e.Reason] < leastMarks || e.Basis != "" || e.Mark != "" || e.Late {
			notable = append(notable, e)
		}
	}
	first := run[0]
	what := s.count(len(run), "chỉ tiêu", "target") + s.say(" được giao", " set")
	if first.Type == events.TypeScoreEntered {
		what = s.count(len(run), "điểm chấm", "mark") + s.say(" cấp ", " at level ") + first.Level
	}
	text = fmt.Sprintf(s.say("%s, tiêu chí %s", "%s on %s"), what, groups(run))
	switch {
	case replaced == len(run):
		text += s.say(", đều thay điểm trước", ", all in place of earlier ones")
	case replaced > 0:
		text += fmt.Sprintf(s.say(", trong đó %d thay điểm trước", ", %d of them in place of earlier ones"), replaced)
	}
	text += s.say(", do ", ", by ") + counted(run)
	for _, reason := range said {
		text += ": " + reason
	}
	return notable, text
}

// sheets sums up sheets that were opened, with their marks. Of note is who gave none.
func (s *story) sheets(run []told) (notable []told, text string) {
	var opened []told
	for _, e := range run {
		switch {
		case e.Type == events.TypeSheetRevealed:
			opened = append(opened, e)
		case e.Mark != "":
			notable = append(notable, e)
		}
	}
	return notable, fmt.Sprintf(s.say("%d phiếu niêm phong được mở, %d điểm chấm cấp %s: %s", "%d sealed sheets are opened, %d marks at level %s: %s"),
		len(opened), len(run)-len(opened), events.LevelIn(run[0].Level, s.lang), scorers(opened))
}

// tellVotes tells, once a named ballot is closed, of the votes that give a reason.
func (s *story) tellVotes(ballot string) {
	for _, seq := range s.votes[ballot] {
		line := s.live.Audit(projections.AuditFilter{After: seq - 1, Limit: 1, Lang: s.lang})[0]
		if line.Reason != "" {
			s.write(fmt.Sprint(seq), "", "· "+s.sentence(line))
		}
	}
	delete(s.votes, ballot)
}

// tellOne tells one event.
func (s *story) tellOne(e told) {
	s.write(fmt.Sprint(e.Seq), s.day(e.when), s.sentence(e.AuditLine))
	if e.Type == events.TypeAwardDecided && e.Outcome != events.AwardRefused {
		s.tellAward(e)
	}
	s.ranks(e.changes)
}

// tellAward tells in full which unit has which award now.
func (s *story) tellAward(e told) {
	award, unit := e.Award, e.Unit // an award of another level than was proposed
	if award == "" {
		award = s.live.Audit(projections.AuditFilter{After: e.Of - 1, Limit: 1})[0].Award
	}
	r := s.live.Summary().Regulation
	for _, a := range r.Awards {
		if a.ID == award {
			award = firstOf(a.Title.In(s.lang), award)
		}
	}
	for _, c := range r.Clusters {
		for _, u := range c.Units {
			if u.ID == unit && c.ID == e.Cluster {
				unit = firstOf(u.Title.In(s.lang), unit)
			}
		}
	}
	s.write("", "", "★ "+award+": "+unit)
}

// sentence is an event in a sentence that names its author.
func (s *story) sentence(l projections.AuditLine) string {
	_, text := s.auditText(l)
	return text
}

// ranks tells which units moved.
func (s *story) ranks(changes []rankChange) {
	if len(changes) > 0 {
		s.write("", "", s.say("hạng: ", "ranks: ")+moves(changes))
	}
}

// head begins another month, or stage.
func (s *story) head(e told) {
	heading := fmt.Sprintf(s.say("Tháng %[1]d năm %[2]d", "%[3]s %[2]d"), e.when.Month(), e.when.Year(), e.when.Month())
	if e.stage != "" {
		heading += s.say(" · giai đoạn ", " · stage ") + s.stageWord(e.stage)
	}
	if heading != s.heading {
		s.heading = heading
		fmt.Fprintf(s.out, "\n── %s ──\n", heading)
	}
}

// write writes a paragraph beside the events it is about and their day.
func (s *story) write(seqs, day, text string) {
	prefix := fmt.Sprintf("%9s  %-5s  ", seqs, day)
	writeWrapped(s.out, prefix, clip(text, longestTale*(s.width-utf8.RuneCountInString(prefix))), s.width)
}

func (s *story) day(t time.Time) string { return t.Format(s.say("02/01", "01-02")) }

// clip shortens a text to about n characters, at a word.
func clip(text string, n int) string {
	r := []rune(text)
	if len(r) <= n {
		return text
	}
	short := string(r[:n])
	if at := strings.LastIndexByte(short, ' '); at > 0 {
		short = short[:at]
	}
	return strings.TrimRight(short, " ,;:") + " …"
}

// netMoves is how the ranks moved over a run, best now first.
func netMoves(run []told) []rankChange {
	var list []rankChange
	for _, e := range run {
		for _, c := range e.changes {
			i := slices.IndexFunc(list, func(l rankChange) bool { return l.Cluster == c.Cluster && l.Unit == c.Unit })
			if i < 0 {
				list = append(list, c)
			} else {
				list[i].To = c.To
			}
		}
	}
	list = slices.DeleteFunc(list, func(c rankChange) bool { return c.From == c.To })
	slices.SortStableFunc(list, func(a, b rankChange) int { return a.To - b.To })
	return list
}

func units(run []told) string { return each(run, func(e told) string { return e.Unit }) }

func scorers(run []told) string { return each(run, func(e told) string { return e.Scorer }) }

func authors(run []told) string { return each(run, func(e told) string { return e.Author }) }

// each lists what the events of a run give, once, in their order.
func each(run []told, give func(told) string) string {
	var list []string
	for _, e := range run {
		if id := give(e); !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return strings.Join(list, ", ")
}

// groups are the top groups, or leaves, that a run is about.
func groups(run []told) string {
	return each(run, func(e told) string { top, _, _ := strings.Cut(e.Criterion, "."); return top })
}

// counted are the authors of a run with how many events each said; of a single one without.
func counted(run []told) string {
	n := map[string]int{}
	for _, e := range run {
		n[e.Author]++
	}
	if len(n) == 1 {
		return run[0].Author
	}
	return each(run, func(e told) string { return fmt.Sprintf("%s %d", e.Author, n[e.Author]) })
}
