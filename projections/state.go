package projections

import (
	"crypto/sha256"
	"slices"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// State is the campaign at the end of the log as far as admission asks for it. What is admitted stays an overlay until
// Commit, can be undone to any savepoint, and never costs a refold.
type State struct {
	plan    *plan // nil before the opening is committed or admitted
	journal journal
	ids     *index[uuid.UUID]
	cells   *index[cellKey]                // the current entry of each key
	only    *index[onlyKey]                // the one entry with a value on a leaf that takes one scorer
	places  *index[placeKey]               // the current entries that give a place; a scorer gives one once
	imports *table[uuid.UUID, importState] // by the id of import.started
	names   *names

	// Of signed campaigns.
	rules     [kinds]*Rule
	members   *table[string, memberState]
	keyOwners *table[events.PublicKey, string] // who has or had a key
	heads     *table[string, string]           // by unit
	units     *table[string, unitState]
	usage     *table[string, usage] // by member
	acts      *table[events.Seq, actState]
	endorsed  *table[endorsement, events.Seq]
	limits    usage
	trusted   bool     // the log was verified by this process: signatures are not looked at again
	planned   struct { // the import that is being planned: its rows pass though it is not announced yet
		id     uuid.UUID
		author string
	}

	// Of the review and the year's work.
	returns *table[events.Seq, events.Seq] // entries that were returned and are not answered, and by which event
	sheets  *table[sheetKey, sheetState]
	drives  *table[string, driveState]
	reports *table[reportKey, events.Seq]
	awardTables

	lastRanked rankedStandings // derived: as of an event that is committed

	scalars   scalars
	saved     []savepoint
	begun     scalars // as of the last commit, and the plan
	begunPlan *plan
	listener  func(change)
}

// cellKey names what has one current entry: a unit on a leaf, at a level, by a scorer, for an item.
type cellKey struct {
	leaf, unit   int16
	scorer, item nameID
	cluster      int16
	level        uint8
}

// targetLevel as a cellKey's level: the unit's target, which has no level and one current value whoever set it.
const targetLevel = 0xff

type onlyKey struct {
	leaf, unit int16
	cluster    int16
	level      uint8
}

type placeKey struct {
	place   events.Decimal
	leaf    int16
	scorer  nameID
	cluster int16
	level   uint8
}

// scalars are the parts of the state that are single values.
type scalars struct {
	time        time.Time // claimed by the last event
	recorded    time.Time // of the last event
	closed      events.Seq
	running     uuid.UUID // the import whose rows came last and are not complete
	runningEnd  time.Time // from then on others may write in between
	unfinished  int       // imports with rows missing
	inBatch     uuid.UUID // the import whose batch is under way; zero between batches
	clashes     int       // places held by two units
	genesis     [sha256.Size]byte
	stage       events.Stage
	scored      bool       // a mark or target was entered: the regulation is locked
	frozen      events.Seq // the standings.frozen in force, 0 if none
	sheet       openSheet
	moved       events.Seq // the last event that may have changed the standings
	openBallots int
}

type savepoint struct {
	scalars scalars
	pending int
	plan    *plan
	tables  [tableCount]int
}

// tableCount is the number of tables that a state has.
const tableCount = 27

// change tells the standings what a committed event means for them.
type change struct {
	seq    events.Seq
	old    events.Seq // the entry that is no longer current, 0 if none
	effect *effect    // on other entries; nil if none
}

// NewState is the state of a campaign that is not open yet.
func NewState() *State {
	s := &State{
		imports: newTable[uuid.UUID, importState](), names: newNames(), rules: ruleTable(),
		members: newTable[string, memberState](), keyOwners: newTable[events.PublicKey, string](), heads: newTable[string, string](),
		units: newTable[string, unitState](), usage: newTable[string, usage](), acts: newTable[events.Seq, actState](),
		endorsed: newTable[endorsement, events.Seq](), limits: usage{maxMemberRecords, maxMemberBytes},
		returns: newTable[events.Seq, events.Seq](), sheets: newTable[sheetKey, sheetState](), drives: newTable[string, driveState](),
		reports: newTable[reportKey, events.Seq](), awardTables: newAwardTables()}
	s.ids = newIndex(func(seq events.Seq) uuid.UUID { return s.journal.at(seq).id })
	s.cells = newIndex(func(seq events.Seq) cellKey { return s.journal.at(seq).cellKey() })
	s.only = newIndex(func(seq events.Seq) onlyKey { return s.journal.at(seq).onlyKey() })
	s.places = newIndex(func(seq events.Seq) placeKey { return s.journal.at(seq).placeKey() })
	return s
}

func (s *State) tables() [tableCount]transaction {
	return [tableCount]transaction{s.ids, s.cells, s.only, s.places, s.imports, s.names, s.members, s.keyOwners, s.heads, s.units, s.usage,
		s.acts, s.endorsed, s.returns, s.sheets, s.drives, s.reports, s.evaluations, s.exclusions, s.nominations, s.ballots, s.votes, s.tallies,
		s.proposals, s.decisions, s.appeals, s.disturbed}
}

// signed reports whether every event is signed.
func (s *State) signed() bool { return s.plan.regulation.Signed() }

// Find is the sequence of the event with this id, admitted ones included.
func (s *State) Find(id uuid.UUID) (events.Seq, bool) {
	seq := s.ids.get(id)
	return seq, seq != 0
}

// Last is the newest event's sequence and recorded time, admitted ones included.
func (s *State) Last() (events.Seq, time.Time) { return s.journal.last(), s.scalars.recorded }

// Savepoint marks the present overlay for Rollback.
func (s *State) Savepoint() int {
	p := savepoint{scalars: s.scalars, pending: len(s.journal.pending), plan: s.plan}
	for i, t := range s.tables() {
		p.tables[i] = t.savepoint()
	}
	s.saved = append(s.saved, p)
	return len(s.saved) - 1
}

// Rollback undoes what was admitted since the savepoint, which stays valid.
func (s *State) Rollback(savepoint int) {
	p := s.saved[savepoint]
	s.saved = s.saved[:savepoint+1]
	s.scalars, s.plan = p.scalars, p.plan
	s.journal.pending = s.journal.pending[:p.pending]
	for i, t := range s.tables() {
		t.rollback(p.tables[i])
	}
}

// Discard undoes everything since the last commit.
func (s *State) Discard() {
	s.scalars, s.plan = s.begun, s.begunPlan
	s.journal.pending = s.journal.pending[:0]
	for _, t := range s.tables() {
		t.rollback(0)
	}
	s.saved = s.saved[:0]
}

// Commit makes everything admitted part of the state.
func (s *State) Commit() {
	from := s.journal.committed()
	s.journal.commit()
	for _, t := range s.tables() {
		t.commit()
	}
	s.journal.names = s.names.list
	s.begun, s.begunPlan = s.scalars, s.plan
	s.saved = s.saved[:0]
	if s.listener == nil {
		return
	}
	for seq := from + 1; seq <= s.journal.committed(); seq++ {
		e := s.journal.at(seq)
		c := change{seq: seq, old: e.supersedes.seq()}
		if e.more != nil && e.more.rare != nil {
			c.effect = e.more.effect
		}
		s.listener(c)
	}
}

// Release forgets a savepoint and those after it, and keeps what was admitted since.
func (s *State) Release(savepoint int) { s.saved = s.saved[:savepoint] }

// Settle refuses what may only stand for the time of one body: a scorer's place held by two units, and half a batch of an import.
func (s *State) Settle() error {
	if id := s.scalars.inBatch; id != uuid.Nil {
		imp := s.imports.get(id)
		return refuse(CodeImport, "causationid", "import the file again; rows come in whole batches",
			"the body ends inside batch %d of import %d, after %d of its %d rows", imp.batch+1, imp.seq, imp.row, (*imp.batches)[imp.batch].Rows)
	}
	if err := s.settleSheet(); err != nil {
		return err
	}
	return s.settlePlaces()
}

// settlePlaces refuses a scorer's place held by two units.
func (s *State) settlePlaces() error {
	if s.scalars.clashes == 0 {
		return nil
	}
	k := s.clash()
	c := s.plan.clusters[k.cluster]
	return refuse(CodePlaceTaken, "place", "give the other unit another place in the same body (in a file: in rows that follow each other)",
		"scorer %s gives place %s of %s at level %s to more than one unit of cluster %s", s.names.list[k.scorer], k.place,
		c.leafNode(int(k.leaf)).ID, s.plan.regulation.Levels[k.level].ID, c.ID)
}

// clash is the newest place that is held by two units; there is one. O(what was admitted since the last commit).
func (s *State) clash() placeKey {
	var k placeKey
	for _, u := range slices.Backward(s.places.undo) {
		if k = u.key; s.places.count(k) > 1 {
			break
		}
	}
	return k
}
