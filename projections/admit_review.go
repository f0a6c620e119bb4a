package projections

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// sheetKey names a sealed sheet: a scorer has one at a level.
type sheetKey struct {
	cluster int16
	level   uint8
	scorer  nameID
}

// sheetState is the newest sheet of a key.
type sheetState struct {
	sealed   events.Seq
	revealed events.Seq // 0 while it is closed
}

// openSheet is a sheet whose marks are following; the zero value: none.
type openSheet struct {
	id     uuid.UUID // of sheet.revealed
	seq    events.Seq
	author string
	sealed events.Seq
	salt   string
	time   time.Time // claimed by sheet.revealed, and so by its marks
	marks  int       // so far
	last   events.SheetMark
	leaves *[]batchLeaf // of the marks so far; what an undone try left behind does not count
}

func (s *State) sheetSealed(e *events.Event, p *events.SheetSealed, m memberState, next *entry) error {
	ci, level, err := s.clusterLevel(p.Cluster, p.Level)
	if err != nil {
		return err
	}
	switch {
	case !s.plan.regulation.Levels[level].Sealed:
		return refuse(CodeSealed, "level", "enter the marks as score.entered", "level %s is not sealed", p.Level)
	case !speaksFor(e.Author, m, p.Scorer):
		return refuse(CodeScorer, "scorer", "let a member of "+p.Scorer+" seal its sheet", "%s does not speak for %s", e.Author, p.Scorer)
	}
	if err := s.checkSheetScorer(&s.plan.regulation.Levels[level], s.plan.clusters[ci], p.Scorer); err != nil {
		return err
	}
	s.scalars.scored = true
	next.cluster, next.level, next.scorer = int16(ci), level, s.names.id(p.Scorer)
	if err := s.plan.levelDeadlines[level].meet(next, "level "+p.Level); err != nil {
		return err
	}
	key := sheetKey{next.cluster, level, next.scorer}
	s.sheets.put(key, s.sheets.get(key), sheetState{sealed: e.Seq})
	return nil
}

// checkSheetScorer refuses the sheet of who may score no unit of the cluster: it could never be revealed.
func (s *State) checkSheetScorer(l *events.Level, c *clusterPlan, scorer string) (err error) {
	if l.Scorers == events.ScorersCouncil {
		return s.checkSeat(scorer)
	}
	for _, u := range c.Units {
		if err = checkScorer(*l, c, u.ID, scorer); err == nil {
			return nil
		}
	}
	return err
}

// clusterLevel finds a cluster and a level.
func (s *State) clusterLevel(cluster, level string) (int, uint8, error) {
	ci, ok := s.plan.byID[cluster]
	if !ok {
		return 0, 0, refuse(CodeUnknownCluster, "cluster", "use one of: "+s.plan.clusterIDs(), "there is no cluster %s", cluster)
	}
	l, ok := s.plan.levels[level]
	if !ok {
		return 0, 0, refuse(CodeUnknownLevel, "level", "use one of: "+s.levelIDs(), "there is no review level %s", level)
	}
	return ci, l, nil
}

func (s *State) sheetRevealed(e *events.Event, p *events.SheetRevealed, next *entry) error {
	seq, ok := s.Find(p.Of)
	if !ok || s.journal.at(seq).what != kindSealed {
		return refuse(CodeUnknownEvent, "of", "name the id of a sheet.sealed", "%s is no sealed sheet of this campaign", p.Of)
	}
	of := s.journal.at(seq)
	key := sheetKey{of.cluster, of.level, of.scorer}
	sheet := s.sheets.get(key)
	switch {
	case sheet.sealed != seq:
		return refuse(CodeSealed, "of", "reveal the newest sheet, event "+seqText(sheet.sealed), "the sheet of event %d was replaced by a later one", seq)
	case sheet.revealed != 0:
		return refuse(CodeSealed, "of", "leave it out", "the sheet was revealed by event %d", sheet.revealed)
	case s.names.list[of.author] != e.Author:
		return refuse(CodeScorer, "author", "let "+s.names.list[of.author]+" reveal it; the seal is bound to who sealed", "%s did not seal the sheet of event %d", e.Author, seq)
	}
	next.cluster, next.level, next.scorer = of.cluster, of.level, of.scorer
	next.also().of = seq
	s.sheets.put(key, sheet, sheetState{sealed: seq, revealed: e.Seq})
	s.scalars.sheet = openSheet{id: e.ID, seq: e.Seq, author: e.Author, sealed: seq, salt: p.Salt, time: e.Time, leaves: new([]batchLeaf)}
	return nil
}

// sheetRow checks a mark against the sheet that is being opened.
func (s *State) sheetRow(e *events.Event, next *entry) error {
	open := s.scalars.sheet
	p, ok := e.Payload.(*events.ScoreEntered)
	sealed := s.journal.at(open.sealed)
	promise, _ := sealed.more.payload.(*events.SheetSealed)
	mismatch := func(field, what string) error {
		return refuse(CodeSealedMismatch, field, "reveal exactly what was sealed, with the salt that was kept", "mark %d of the sheet of event %d: %s", open.marks+1, open.sealed, what)
	}
	switch {
	case !ok:
		return mismatch("type", "only score.entered follow a sheet.revealed")
	case e.Signature != "":
		return mismatch("signature", "sheet.revealed is signed, its marks are not")
	case p.Cluster != promise.Cluster || p.Level != promise.Level || p.Scorer != promise.Scorer:
		return mismatch("scorer", "it is of another cluster, level or scorer")
	case p.Item != "" || p.Basis != "" || p.Evidence != "" || p.Reason != "" || p.Supersedes != uuid.Nil || p.Appeal != uuid.Nil || !e.Time.Equal(open.time):
		return mismatch("data", "it says more than the sheet, or claims another time than sheet.revealed")
	case e.ID != events.SheetRowID(e.Campaign, promise.Root, open.marks+1):
		return mismatch("id", "its id is not the one that follows from the sheet")
	}
	mark := events.SheetMark{Unit: e.Subject, Criterion: p.Criterion, Mark: p.Mark}
	if open.marks > 0 && (mark.Unit < open.last.Unit || mark.Unit == open.last.Unit && mark.Criterion <= open.last.Criterion) {
		return mismatch("criterion", "it is not in the sheet's order")
	}
	sheet := events.Sheet{Genesis: s.scalars.genesisText(), Author: e.Author, Cluster: p.Cluster, Level: p.Level, Scorer: p.Scorer, Salt: open.salt}
	*open.leaves = append((*open.leaves)[:open.marks], sheet.Leaf(mark))
	open.marks, open.last = open.marks+1, mark
	if open.marks == promise.Marks {
		if rootText(*open.leaves) != promise.Root {
			return mismatch("", "the marks, or the salt, are not those that were sealed")
		}
		open = openSheet{}
	}
	s.scalars.sheet = open
	next.causation = shortSeq(s.ids.get(e.Causation))
	return nil
}

// settleSheet refuses a body that ends within a sheet.
func (s *State) settleSheet() error {
	open := s.scalars.sheet
	if open.id == uuid.Nil {
		return nil
	}
	promise, _ := s.journal.at(open.sealed).more.payload.(*events.SheetSealed)
	return refuse(CodeSealedMismatch, "", "send sheet.revealed and all its marks in one body", "the sheet of event %d has %d marks; %d came", open.sealed, promise.Marks, open.marks)
}

func (s *State) scoreReturned(e *events.Event, p *events.ScoreReturned, m memberState, next *entry) error {
	seq, of, err := s.entryOf(p.Of, e.Subject, kindScore)
	if err != nil {
		return err
	}
	scorer := s.names.list[of.scorer]
	switch {
	case s.cells.get(scoreKey(of)) != seq:
		return refuse(CodeSupersedes, "of", "return the entry that is current", "event %d is no longer current", seq)
	case s.returns.get(seq) != 0:
		return refuse(CodeReturned, "of", "wait for the answer", "event %d was returned by event %d", seq, s.returns.get(seq))
	case s.signed() && (scorer == m.unit || scorer == e.Author):
		return refuse(CodeConflict, "author", "withdraw or replace it instead", "the entry is that of %s itself", scorer)
	}
	s.returns.put(seq, 0, e.Seq)
	next.like(of)
	next.also().of = seq
	return nil
}

// entryOf finds an entry by id that is about a unit.
func (s *State) entryOf(id uuid.UUID, unit string, kinds ...kind) (events.Seq, *entry, error) {
	seq, ok := s.Find(id)
	if ok {
		for _, k := range kinds {
			of := s.journal.at(seq)
			if of.what != k {
				continue
			}
			if about := s.plan.clusters[of.cluster].Units[of.unit].ID; about != unit {
				return 0, nil, refuse(CodeUnknownUnit, "subject", "name "+about+" as the subject", "event %d is about unit %s, not %s", seq, about, unit)
			}
			return seq, of, nil
		}
	}
	names := make([]string, 0, len(kinds))
	for _, k := range kinds {
		names = append(names, string(k.eventType()))
	}
	return 0, nil, refuse(CodeUnknownEvent, "of", "name the id of a "+strings.Join(names, " or "), "%s names nothing of the kind in this campaign", id)
}

// like makes an event be about the same unit and leaf as an entry.
func (e *entry) like(of *entry) {
	e.cluster, e.unit, e.leaf, e.level, e.scorer = of.cluster, of.unit, of.leaf, of.level, of.scorer
}

func (s *State) explanationFiled(e *events.Event, p *events.ExplanationFiled, next *entry) error {
	seq, of, err := s.entryOf(p.Of, e.Subject, kindScore, kindReturned)
	if err != nil {
		return err
	}
	next.like(of)
	next.also().of = seq
	entry := seq
	if of.what == kindReturned {
		entry = of.more.of
	}
	if s.returns.get(entry) != 0 {
		s.answer(entry)
	}
	return nil
}

// answer ends the return of an entry, if it was returned.
func (s *State) answer(entry events.Seq) {
	if returned := s.returns.get(entry); returned != 0 {
		s.returns.put(entry, returned, 0)
	}
}
