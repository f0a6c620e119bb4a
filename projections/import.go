package projections

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// ImportRow is one data row of a file, as far as the file says it.
type ImportRow struct {
	Number int           // data rows count from 1
	Draft  *events.Draft // its payload without supersedes; Time zero if the row has none; it is not changed
}

// ImportFile is a file to be imported.
type ImportFile struct {
	Campaign string
	Name     string
	SHA256   string // hex
	Rows     []ImportRow
	Author   string // the member who signs the import; "" in an unsigned campaign
	Reason   string // for rows that change a mark and give no reason of their own
	KeepGood bool   // leave bad rows out instead of refusing the file
	// Signed is the import.started that an earlier plan of the file gave, signed by now: the plan must come to the same again. Zero: none.
	Signed events.Proposal
}

// RowFate says what an import does with a row.
type RowFate string

// The fates of rows.
const (
	RowNew       RowFate = "new"       // no current entry: it is entered
	RowReplaces  RowFate = "replaces"  // it supersedes the current entry
	RowUnchanged RowFate = "unchanged" // equal to the current entry: skipped
	RowStored    RowFate = "stored"    // stored by an earlier run of the same file: skipped
	RowBad       RowFate = "bad"       // refused
)

// RowOutcome is what an import does, or would do, with one row.
type RowOutcome struct {
	Number    int
	Fate      RowFate
	Current   events.Seq // the entry it equals or supersedes; 0 if none
	CurrentID uuid.UUID  // of that entry
	Err       error      // with RowBad
}

// ImportPlan is how a file will be stored.
type ImportPlan struct {
	Outcomes []RowOutcome
	Commits  [][]events.Proposal // whole batches; import.started stands first in the first, unless the import is resumed
	Started  *events.Proposal    // the import.started; nil where nothing is announced: a resumed import, or nothing to store
	Resumed  events.Seq          // the import.started that an earlier run was cut off after; 0 if this is a new one
	Rows     int                 // rows to be stored
	Bad      int
}

// ErrImportChanged: an import that was cut off can't be resumed, since its missing rows would not be the ones it announced.
var ErrImportChanged = errors.New("the campaign changed since this import was announced, so that its rows would not be those it announced; " +
	"import the file again, or where some of its rows are stored put the missing ones into a file of their own")

// maxBadRows bounds how many bad rows are told of one file that is refused as a whole.
const maxBadRows = 100

// PlanImport works out what storing a file means: every row is admitted in an overlay, in order, and the overlay is undone.
// It belongs to the admitting goroutine. Cost: about one admission a row.
func (l *Live) PlanImport(f ImportFile, recorded time.Time) (ImportPlan, error) {
	s := l.state
	point := s.Savepoint()
	defer s.Rollback(point)
	p := importPlanner{state: s, file: f, recorded: recorded}
	if p.file.Author == "" {
		p.file.Author = importAuthor
	}
	p.begin()
	s.planned.id, s.planned.author = p.id, p.file.Author
	defer func() { s.planned.id = uuid.Nil }()
	if s.plan == nil {
		return p.plan, refuse(CodeNotOpen, "", "open it with campaign open REGULATION.yaml", "campaign %s is not open", f.Campaign)
	}
	if running := s.scalars.running; running != p.id && s.importRunning(recorded) {
		return p.plan, s.refuseRunning()
	}
	p.reserve()
	p.addAll()
	if p.changed {
		return p.plan, ErrImportChanged
	}
	p.plan.Rows = len(p.rows)
	if p.plan.Bad > 0 && !f.KeepGood || len(p.rows) == 0 && p.plan.Resumed == 0 {
		return p.plan, nil
	}
	return p.plan, p.pack()
}

// reserve keeps the sequence that import.started will take, so that rows get theirs.
func (p *importPlanner) reserve() {
	if p.plan.Resumed == 0 {
		pending := &p.state.journal.pending
		*pending = append(*pending, entry{what: kindImport, id: p.id, unit: -1, leaf: -1, cluster: -1})
	}
	p.base = p.state.Savepoint()
}

// addAll admits the rows in order. Where a place is held by two units and no later row can end that within a batch, the row that
// began it is bad, and what follows it is admitted anew. Whether it can depends on nothing but the rows from there on, so that a run
// that resumes answers as the first did. Cost of each such row: at most a batch's admissions.
func (p *importPlanner) addAll() {
	last := p.lastRows()
	for i := 0; i < len(p.file.Rows); i++ {
		p.add(i)
		if p.changed || p.plan.Bad >= maxBadRows && !p.file.KeepGood {
			return
		}
		err := p.state.settlePlaces()
		if err == nil {
			continue
		}
		if hopeless := last[p.state.sheet(p.state.clash())] <= i; hopeless || len(p.rows)-p.clash.rows > events.MaxBatchRows {
			p.refuseClash(err)
			i = len(p.plan.Outcomes) - 1
		}
	}
}

// sheet is one scorer's places for a leaf.
type sheet struct{ cluster, criterion, level, scorer string }

// lastRows is the index of the last row of each sheet.
func (p *importPlanner) lastRows() map[sheet]int {
	last := map[sheet]int{}
	for i := range p.file.Rows {
		if e, ok := p.file.Rows[i].Draft.Payload.(*events.ScoreEntered); ok {
			last[sheet{e.Cluster, e.Criterion, e.Level, e.Scorer}] = i
		}
	}
	return last
}

func (s *State) sheet(k placeKey) sheet {
	c := s.plan.clusters[k.cluster]
	return sheet{c.ID, c.leafNode(int(k.leaf)).ID, s.plan.regulation.Levels[k.level].ID, s.names.list[k.scorer]}
}

// add admits one row and keeps what is to be stored of it.
func (p *importPlanner) add(i int) {
	settled := p.state.scalars.clashes == 0
	if settled {
		p.state.Release(p.base)
		p.clash = clashStart{p.state.Savepoint(), len(p.plan.Outcomes), len(p.rows), p.plan.Bad}
	}
	proposal, outcome := p.row(i)
	if outcome.Fate == RowBad {
		p.plan.Bad++
	}
	if outcome.Fate == RowNew || outcome.Fate == RowReplaces {
		p.rows, p.settled = append(p.rows, proposal), append(p.settled, settled)
	}
	p.plan.Outcomes = append(p.plan.Outcomes, outcome)
}

// clashStart is the plan before the row from which on a place is held by two units.
type clashStart struct{ savepoint, outcomes, rows, bad int }

// refuseClash goes back to where the clash began and refuses that row.
func (p *importPlanner) refuseClash(err error) {
	p.state.Rollback(p.clash.savepoint)
	p.rows, p.settled = p.rows[:p.clash.rows], p.settled[:p.clash.rows]
	p.plan.Bad = p.clash.bad + 1
	p.plan.Outcomes = append(p.plan.Outcomes[:p.clash.outcomes],
		RowOutcome{Number: p.file.Rows[p.clash.outcomes].Number, Fate: RowBad, Err: err})
}

// importPlanner is one run of PlanImport.
type importPlanner struct {
	state    *State
	file     ImportFile
	recorded time.Time
	id       uuid.UUID // of import.started
	time     time.Time // claimed by it
	found    importState
	plan     ImportPlan
	ids      []uuid.UUID       // of the file's rows
	present  []events.Seq      // where the log has them, 0 where it has not
	rows     []events.Proposal // to be stored
	settled  []bool            // by row to be stored: before it no place is held by two units, so that a batch may end there
	base     int               // savepoint before the first row
	clash    clashStart
	changed  bool               // the rows are not those that the import to be resumed announced
	passed   int                // the last row that the import to be resumed has stored
	stored   map[events.Seq]int // the rows of this file that an earlier run stored, by sequence
}

// begin finds the import that an earlier run left unfinished, or starts a new one.
func (p *importPlanner) begin() {
	s := p.state
	n := len(p.file.Rows)
	p.stored, p.ids, p.present = map[events.Seq]int{}, make([]uuid.UUID, n), make([]events.Seq, n)
	p.plan.Outcomes = make([]RowOutcome, 0, n)
	id := events.RowIDs(p.file.Campaign, p.file.SHA256)
	for i, r := range p.file.Rows {
		p.ids[i] = id(r.Number)
		if seq, ok := s.Find(p.ids[i]); ok {
			p.stored[seq], p.present[i] = r.Number, seq
		}
	}
	p.rows, p.settled = make([]events.Proposal, 0, n-len(p.stored)), make([]bool, 0, n-len(p.stored))
	for id, imp := range s.imports.rows {
		if e := s.journal.at(imp.seq); !imp.over() && e.started().SHA256 == p.file.SHA256 && imp.author == p.file.Author {
			p.id, p.found, p.plan.Resumed = id, imp, imp.seq
			p.time = fromMillis(e.time)
			for seq, row := range p.stored {
				if s.journal.at(seq).causation.seq() == imp.seq {
					p.passed = max(p.passed, row)
				}
			}
			return
		}
	}
	if p.file.Signed.Payload != nil {
		p.id, p.time = p.file.Signed.ID, p.file.Signed.Time
		return
	}
	p.id = events.NewID()
	p.time = s.defaultTime(nil, p.recorded)
}

// row admits one row in the overlay.
func (p *importPlanner) row(i int) (events.Proposal, RowOutcome) {
	r := &p.file.Rows[i]
	out := RowOutcome{Number: r.Number}
	fail := func(err error) (events.Proposal, RowOutcome) {
		out.Fate, out.Err = RowBad, err
		return events.Proposal{}, out
	}
	if seq := p.present[i]; seq != 0 {
		out.Fate, out.Current = RowStored, seq
		return events.Proposal{}, out
	}
	d := *r.Draft
	d.ID = p.ids[i]
	d.Campaign, d.Author, d.Causation = p.file.Campaign, p.file.Author, p.id
	d.Payload = p.payload(d.Payload)
	d.Time = rowTime(d.Time, p.time, p.state.scalars.time, p.historic())
	out.Fate = RowNew
	if current := p.state.currentEntry(&d); current != 0 {
		out.Fate, out.Current, out.CurrentID = RowReplaces, current, p.state.idOf(current)
		if before := p.before(current, r.Number); p.equal(&d, current) || before != current && before != 0 && p.equal(&d, before) {
			out.Fate = RowUnchanged
			return events.Proposal{}, out
		}
		d.Payload = superseding(d.Payload, out.CurrentID, reasonOf(d.Payload, p.file.Reason))
	}
	if r.Number < p.passed {
		return fail(refuse(CodeImport, "", "import the file once more when this import is complete",
			"the earlier run of this import left the row out"))
	}
	record, err := events.Encode(d)
	if err != nil {
		return fail(err)
	}
	last, _ := p.state.Last()
	if err := p.state.Admit(events.Event{Draft: d, Seq: last + 1, Recorded: p.recorded, Record: record}); err != nil {
		var refusal *Refusal
		p.changed = p.changed || errors.As(err, &refusal) && refusal.Code == CodeImport
		return fail(err)
	}
	return events.Proposal{Draft: d, Record: record}, out
}

// importAuthor is who speaks in an unsigned import.
const importAuthor = "import"

func (p *importPlanner) historic() bool {
	return p.state.plan != nil && p.state.plan.regulation.Clock == events.ClockHistoric
}

// before is the entry that was current when an earlier run of this file came to a row: what later rows of the file replaced
// since then does not count. Without this, a row that was skipped as unchanged would undo them in the next run.
func (p *importPlanner) before(current events.Seq, row int) events.Seq {
	for current != 0 && p.stored[current] > row {
		current = p.state.journal.at(current).supersedes.seq()
	}
	return current
}

// equal reports whether d says what the current entry says.
func (p *importPlanner) equal(d *events.Draft, current events.Seq) bool {
	e := p.state.journal.at(current)
	if e.hold&holdReopened != 0 {
		return false // it does not count any more, and the row would
	}
	switch payload := d.Payload.(type) {
	case *events.ScoreEntered:
		return e.mark == payload.Mark.Kind && e.amount == payload.Mark.Amount
	case *events.TargetSet:
		return e.amount == payload.Target
	}
	return false
}

// payload is a row's payload with what follows from the campaign.
func (p *importPlanner) payload(row events.Payload) events.Payload {
	s := p.state
	if s.plan == nil {
		return row
	}
	author := p.file.Author
	return rowPayload(row, s.signed(), s.plan.version, func(scorer string) bool { return speaksFor(author, s.members.get(author), scorer) })
}

// pack puts the rows into batches and the batches into commits.
func (p *importPlanner) pack() error {
	if err := p.packAll(); err != nil || !p.state.signed() {
		return err
	}
	records, size := 0, 0
	for _, commit := range p.plan.Commits {
		records, size = records+len(commit), size+bytesOf(commit)
	}
	err := p.state.spend(p.file.Author, records, size+signatureRoom) // before any of it is stored
	if err != nil {
		p.plan.Commits = nil
	}
	return err
}

// signatureRoom is what the signature adds to an import.started, and a little.
const signatureRoom = 256

func (p *importPlanner) packAll() error {
	if p.plan.Resumed != 0 {
		return p.packRest()
	}
	ends, err := p.splitBatches()
	if err != nil {
		return err
	}
	started := &events.ImportStarted{File: p.file.Name, SHA256: p.file.SHA256, Rows: len(p.rows)}
	from := 0
	for _, to := range ends {
		started.Batches = append(started.Batches, events.Batch{Root: rootOf(p.rows[from:to]), Rows: to - from})
		from = to
	}
	d := events.Draft{ID: p.id, Campaign: p.file.Campaign, Author: p.file.Author, Time: p.time, Payload: started}
	record, err := events.Encode(d)
	if err != nil {
		return fmt.Errorf("import %s: %w; split the file", p.file.Name, err)
	}
	first := events.Proposal{Draft: d, Record: record}
	if signed := p.file.Signed; signed.Payload != nil {
		if string(signed.Record.Unsigned()) != string(record) {
			return ErrImportChanged
		}
		first = signed
	}
	p.plan.Started = &first
	p.packCommits([]events.Proposal{first}, ends)
	return nil
}

// packRest packs the rows an earlier run did not store, in the batches it announced. A commit holds whole batches, so the first
// missing row starts a batch.
func (p *importPlanner) packRest() error {
	var ends []int
	from := 0
	for _, b := range (*p.found.batches)[p.found.batch:] {
		to := from + b.Rows
		if to > len(p.rows) || rootOf(p.rows[from:to]) != b.Root {
			return ErrImportChanged
		}
		ends, from = append(ends, to), to
	}
	if from != len(p.rows) {
		return ErrImportChanged
	}
	p.packCommits(nil, ends)
	return nil
}

// splitBatches says where batches end, within the limits and never between rows that swap places.
func (p *importPlanner) splitBatches() (ends []int, err error) {
	for from := 0; from < len(p.rows); {
		end, size := from, 0
		for i := from; i < len(p.rows); i++ {
			if p.settled[i] {
				end = i
			}
			if size += len(p.rows[i].Record) + 1; i-from == events.MaxBatchRows || size > events.MaxBatchBytes {
				break
			}
			if i == len(p.rows)-1 {
				end = len(p.rows)
			}
		}
		if end == from {
			return nil, refuse(CodePlaceTaken, "place", "put rows that swap places next to each other",
				"more than %d rows swap places with each other", events.MaxBatchRows)
		}
		ends = append(ends, end)
		from = end
	}
	return ends, nil
}

func rootOf(batch []events.Proposal) string {
	leaves := make([]batchLeaf, len(batch))
	for i := range batch {
		leaves[i] = events.BatchLeaf(batch[i].Record)
	}
	return rootText(leaves)
}

// packCommits fills commits with whole batches, which end at ends; what stands first goes into a commit with the first of them if it
// can. The commits share memory with the rows.
func (p *importPlanner) packCommits(first []events.Proposal, ends []int) {
	from, to, size := 0, 0, bytesOf(first)
	for _, end := range ends {
		batch := bytesOf(p.rows[to:end])
		if to > from && (len(first)+end-from > events.MaxCommitEvents || size+batch > events.MaxCommitBytes) {
			p.commit(first, from, to)
			first, from, size = nil, to, 0
		}
		to, size = end, size+batch
	}
	if to > from || len(first) > 0 {
		p.commit(first, from, to)
	}
}

func (p *importPlanner) commit(first []events.Proposal, from, to int) {
	commit := p.rows[from:to:to]
	if len(first) > 0 {
		commit = append(first, commit...)
	}
	p.plan.Commits = append(p.plan.Commits, commit)
}

// bytesOf is what records take in a commit.
func bytesOf(list []events.Proposal) int {
	size := 0
	for i := range list {
		size += len(list[i].Record) + 1
	}
	return size
}
