package projections

import (
	"fmt"

	"github.com/google/uuid"

	"campaignledger/events"
)

// place in the campaign that an entry speaks of.
type location struct {
	cluster    int16
	unit, leaf int32
	plan       *clusterPlan
	node       *node
}

// locate finds cluster, unit and leaf, or refuses.
func (s *State) locate(cluster, unit, criterion string) (location, error) {
	ci, ok := s.plan.byID[cluster]
	if !ok {
		return location{}, refuse(CodeUnknownCluster, "cluster", "use one of: "+s.plan.clusterIDs(), "there is no cluster %s", cluster)
	}
	c := s.plan.clusters[ci]
	ui, ok := c.unitByID[unit]
	if !ok {
		return location{}, refuse(CodeUnknownUnit, "unit", "use one of: "+c.unitIDs(), "there is no unit %s in cluster %s", unit, cluster)
	}
	ni, ok := c.nodeByID[criterion]
	if !ok {
		return location{}, refuse(CodeUnknownLeaf, "criterion", "use a leaf of criteria set "+c.Criteria,
			"there is no criterion %s in cluster %s", criterion, cluster)
	}
	n := &c.nodes[ni]
	if n.leaf < 0 {
		return location{}, refuse(CodeUnknownLeaf, "criterion", "score its items instead", "criterion %s is a group; its points are the sum of its items", criterion)
	}
	if !c.assigned[ui][n.leaf] {
		return location{}, refuse(CodeNotAssigned, "criterion", "leave the entry out", "criterion %s is not assigned to unit %s", criterion, unit)
	}
	return location{int16(ci), int32(ui), int32(n.leaf), c, n}, nil
}

// clusterIDs names the clusters for an error message.
func (p *plan) clusterIDs() string {
	ids := make([]string, 0, len(p.clusters))
	for _, c := range p.clusters {
		ids = append(ids, c.ID)
	}
	return shortList(ids)
}

func (s *State) scoreEntered(e *events.Event, p *events.ScoreEntered, author memberState, next *entry) error {
	where, err := s.locate(p.Cluster, e.Subject, p.Criterion)
	if err != nil {
		return err
	}
	level, ok := s.plan.levels[p.Level]
	if !ok {
		return refuse(CodeUnknownLevel, "level", "use one of: "+s.levelIDs(), "there is no review level %s", p.Level)
	}
	if err := s.checkVersion(p.Regulation); err != nil {
		return err
	}
	if err := checkScorer(s.plan.regulation.Levels[level], where.plan, e.Subject, p.Scorer); err != nil {
		return err
	}
	if err := checkMark(where.node, p); err != nil {
		return err
	}
	next.mark, next.amount = p.Mark.Kind, p.Mark.Amount
	next.cluster, next.unit, next.leaf, next.level, next.scorer = where.cluster, where.unit, where.leaf, level, s.names.id(p.Scorer)
	if p.Item != "" || p.Basis != "" || p.Evidence != "" || p.Reason != "" {
		if next.more == nil {
			next.more = &details{}
		}
		next.more.item, next.more.basis, next.more.evidence, next.more.reason = s.names.id(p.Item), s.names.id(p.Basis), p.Evidence, p.Reason
	}
	if s.isSheetRow(next) {
		next.late = s.journal.at(s.journal.at(next.causation).more.of).late // it was given when it was sealed
	} else if p.Appeal == uuid.Nil { // what an appeal corrects has no deadline of its own
		if err := s.plan.levelDeadlines[level].meet(next, "level "+p.Level); err != nil {
			return err
		}
	}
	if s.signed() {
		if err := s.checkAuthor(e, p, author, where, next); err != nil {
			return err
		}
	}
	s.scalars.scored = true
	if err := s.supersede(next, scoreKey(next), e.Seq, p.Supersedes, p.Reason); err != nil {
		return err
	}
	return s.occupy(next, e.Seq, where.node)
}

// checkVersion holds the version that a mark names against the regulation in force.
func (s *State) checkVersion(version int) error {
	if version == s.plan.version || version == 0 && s.plan.version == 1 {
		return nil
	}
	remedy := fmt.Sprintf("name version %d", s.plan.version)
	if s.plan.version == 1 {
		remedy = "leave it out"
	}
	return refuse(CodeRegulation, "regulation", remedy, "version %d of the regulation is in force, not %d", s.plan.version, max(version, 1))
}

func (s *State) levelIDs() string {
	ids := make([]string, 0, len(s.plan.levels))
	for _, l := range s.plan.regulation.Levels {
		ids = append(ids, l.ID)
	}
	return shortList(ids)
}

// checkScorer holds the scorer against the level's rule. Council ids are taken as given in an unsigned campaign, which has no
// members.
func checkScorer(l events.Level, c *clusterPlan, unit, scorer string) error {
	_, isUnit := c.unitByID[scorer]
	allowed, rule := true, ""
	switch l.Scorers {
	case events.ScorersOwnUnit:
		allowed, rule = scorer == unit, "the unit scores itself"
	case events.ScorersPeerUnits:
		allowed, rule = isUnit && scorer != unit, "another unit of the cluster scores"
	case events.ScorersNotOwn:
		allowed, rule = scorer != unit, "a unit does not score itself"
	case events.ScorersLead:
		allowed, rule = scorer == c.Lead, "the lead unit "+c.Lead+" scores"
	case events.ScorersList:
		allowed, rule = false, "these score: "+shortList(l.ScorerIDs)
		for _, id := range l.ScorerIDs {
			allowed = allowed || id == scorer
		}
	}
	if !allowed {
		return refuse(CodeScorer, "scorer", "at this level "+rule, "%s may not score %s at level %s", scorer, unit, l.ID)
	}
	return nil
}

// markKind is the kind of mark a method takes.
func markKind(m events.Method) (events.MarkKind, string) {
	switch m {
	case events.MethodGraded, events.MethodAdjustment:
		return events.MarkPoints, "points"
	case events.MethodOrdinal:
		return events.MarkPlace, "place"
	}
	return events.MarkActual, "actual"
}

// checkMark holds the mark against the leaf's method and range.
func checkMark(n *node, p *events.ScoreEntered) error {
	if p.Item != "" && n.Method != events.MethodAdjustment {
		return refuse(CodeItem, "item", "leave item out", "criterion %s takes one mark of each scorer; only adjustments have items", n.ID)
	}
	if !p.Mark.HasValue() {
		return nil
	}
	kind, name := markKind(n.Method)
	if p.Mark.Kind != kind {
		return refuse(CodeMarkKind, name, "give "+name, "criterion %s (%s) does not take this kind of mark", n.ID, n.Method)
	}
	amount := p.Mark.Amount
	switch {
	case n.Method == events.MethodGraded && amount < 0:
		return refuse(CodeRange, name, "give 0 or more", "%s points for %s are below 0", amount, n.ID)
	case n.Method == events.MethodGraded && n.Max.Set && amount > n.Max.Value:
		return refuse(CodeRange, name, "give 0 to "+n.Max.Value.String(), "%s points for %s are above its maximum", amount, n.ID)
	case n.Method == events.MethodPassfail && amount != 0 && amount != events.DecimalOne:
		return refuse(CodeRange, name, "give 1 for passed or 0 for failed", "an actual of %s for %s is neither", amount, n.ID)
	}
	return nil
}

// supersede checks that next names exactly the entry it replaces and overlays next as the current one.
func (s *State) supersede(next *entry, key cellKey, seq events.Seq, supersedes uuid.UUID, reason string) error {
	current := s.cells.get(key)
	switch {
	case current == 0 && supersedes != uuid.Nil:
		return refuse(CodeSupersedes, "supersedes", "leave supersedes out", "there is no current entry to replace here; %s is not one", supersedes)
	case current != 0 && supersedes == uuid.Nil && reason == "":
		return refuse(CodeReason, "reason", "say why you change it", "event %d is the current entry here, and a change needs a reason", current)
	case current != 0 && supersedes == uuid.Nil:
		return refuse(CodeSupersedes, "supersedes", "name it in supersedes, with a reason", "event %d is the current entry here", current)
	case current != 0 && s.journal.at(current).id != supersedes:
		return refuse(CodeSupersedes, "supersedes", "look at the entry that came since and name "+s.journal.at(current).id.String(),
			"%s is no longer current; event %d is", supersedes, current)
	case current != 0 && reason == "":
		return refuse(CodeReason, "reason", "give a reason", "event %d is replaced without a reason", current)
	}
	next.supersedes = current
	s.cells.put(key, current, seq)
	if current != 0 {
		s.answer(current)
	}
	return nil
}

// occupy overlays what next and the entry it replaces mean for a leaf of one scorer and for places that are given once.
func (s *State) occupy(next *entry, seq events.Seq, n *node) error {
	if next.supersedes != 0 {
		s.vacate(s.journal.at(next.supersedes), next.supersedes)
	}
	if next.mark > events.MarkPlace {
		return nil // abstained and recused take no part
	}
	if next.mark == events.MarkPlace {
		s.holdPlace(next, 1)
	}
	if !n.takesOne() {
		return nil
	}
	key := next.onlyKey()
	if other := s.only.get(key); other != 0 {
		if s.isSheetRow(next) { // or the sheet could not be opened
			next.hold |= holdSingle
			return nil
		}
		return refuse(CodeSecondScorer, "scorer", "an aggregate such as mean in the regulation would allow several",
			"criterion %s takes one scorer, and %s has scored it (event %d)", n.ID, s.names.list[s.journal.at(other).scorer], other)
	}
	s.only.put(key, 0, seq)
	return nil
}

// vacate undoes occupy for an entry that is no longer current. The mark says whether it is a place: the leaf's method may be another by now.
func (s *State) vacate(old *entry, seq events.Seq) {
	if old.mark > events.MarkPlace {
		return
	}
	if old.mark == events.MarkPlace {
		s.holdPlace(old, -1)
	}
	if key := old.onlyKey(); s.only.get(key) == seq {
		s.only.put(key, seq, 0)
	}
}

// takesOne reports whether a unit's leaf takes one scorer at each level.
func (n *node) takesOne() bool {
	return n.Method != events.MethodAdjustment && n.Aggregate.Method == events.AggregateSingle
}

func placeOf(e *entry) placeKey {
	return placeKey{cluster: e.cluster, leaf: e.leaf, level: e.level, scorer: e.scorer, place: e.amount}
}

func (e *entry) onlyKey() onlyKey {
	return onlyKey{cluster: e.cluster, leaf: e.leaf, unit: e.unit, level: e.level}
}

// holdPlace counts the units that hold the place of e. Two units on one place clash until the body ends (Settle).
func (s *State) holdPlace(e *entry, by int32) {
	key := placeOf(e)
	before := s.places.get(key)
	s.places.put(key, before, before+by)
	switch {
	case by > 0 && before >= 1:
		s.scalars.clashes++
	case by < 0 && before >= 2:
		s.scalars.clashes--
	}
}

func (s *State) targetSet(e *events.Event, p *events.TargetSet, author memberState, next *entry) error {
	where, err := s.locate(p.Cluster, e.Subject, p.Criterion)
	if err != nil {
		return err
	}
	if where.node.Method != events.MethodTarget {
		return refuse(CodeMarkKind, "target", "leave the target out", "criterion %s (%s) has no targets", p.Criterion, where.node.Method)
	}
	if p.Scorer == e.Subject {
		return refuse(CodeScorer, "scorer", "let the lead or another assigner set it", "unit %s may not set its own target", e.Subject)
	}
	if s.signed() && !speaksFor(e.Author, author, p.Scorer) {
		return s.refuseScorer(e.Author, p.Scorer)
	}
	if s.signed() && author.unit == e.Subject {
		return refuse(CodeConflict, "author", "let a member of another unit set it", "%s belongs to unit %s, whose target this is", e.Author, e.Subject)
	}
	next.amount, next.scorer = p.Target, s.names.id(p.Scorer)
	next.cluster, next.unit, next.leaf = where.cluster, where.unit, where.leaf
	next.withReason(p.Reason)
	s.scalars.scored = true
	return s.supersede(next, targetKey(next), e.Seq, p.Supersedes, p.Reason)
}

func (s *State) entryWithdrawn(e *events.Event, p *events.EntryWithdrawn, author memberState, next *entry) error {
	seq, ok := s.Find(p.Of)
	if ok && s.journal.at(seq).what == kindImport {
		return s.importWithdrawn(e, p, author, next, seq)
	}
	if !ok || !s.journal.at(seq).isEntry() {
		return refuse(CodeUnknownEvent, "of", "name the id of a score.entered, target.set or unfinished import.started", "%s is no entry of this campaign", p.Of)
	}
	old := s.journal.at(seq)
	c := s.plan.clusters[old.cluster]
	if unit := c.Units[old.unit].ID; unit != e.Subject {
		return refuse(CodeUnknownUnit, "subject", "name "+unit+" as the subject", "event %d is about unit %s, not %s", seq, unit, e.Subject)
	}
	key := targetKey(old)
	if old.what == kindScore {
		key = scoreKey(old)
	}
	if s.cells.get(key) != seq {
		return refuse(CodeSupersedes, "of", "withdraw the entry that is current", "event %d is no longer current", seq)
	}
	if scorer := s.names.list[old.scorer]; s.signed() && !speaksFor(e.Author, author, scorer) && (s.names.list[old.author] != e.Author || s.ownWord(seq)) {
		return s.refuseScorer(e.Author, scorer)
	}
	if old.what == kindScore && s.plan.regulation.Levels[old.level].Sealed && s.signed() && s.returns.get(seq) == 0 && p.Appeal == uuid.Nil {
		return refuse(CodeSealed, "of", "a revealed mark changes only when it was returned", "event %d came from a sealed sheet", seq)
	}
	next.supersedes = seq
	next.withReason(p.Reason)
	s.answer(seq)
	next.cluster, next.unit, next.leaf, next.level, next.scorer = old.cluster, old.unit, old.leaf, old.level, old.scorer
	s.cells.put(key, seq, 0)
	if old.what == kindScore {
		s.vacate(old, seq)
	}
	return nil
}

// tieDecided admits every decision about units of one cluster: whether they tie is the standings' question, asked at each
// sequence again.
func (s *State) tieDecided(e *events.Event, p *events.TieDecided, author memberState, next *entry) error {
	ci, ok := s.plan.byID[p.Cluster]
	if !ok {
		return refuse(CodeUnknownCluster, "cluster", "use one of: "+s.plan.clusterIDs(), "there is no cluster %s", p.Cluster)
	}
	c := s.plan.clusters[ci]
	for _, unit := range p.Order {
		if _, ok := c.unitByID[unit]; !ok {
			return refuse(CodeUnknownUnit, "order", "use one of: "+c.unitIDs(), "there is no unit %s in cluster %s", unit, p.Cluster)
		}
	}
	next.cluster, next.amount = int16(ci), p.Points
	next.withReason(p.Reason)
	if s.signed() {
		return s.beginAct(e, next, author.unit, actShare)
	}
	return nil
}

// withReason keeps why.
func (e *entry) withReason(reason string) {
	if reason == "" {
		return
	}
	if e.more == nil {
		e.more = &details{}
	}
	e.more.reason = reason
}
