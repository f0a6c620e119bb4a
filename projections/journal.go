package projections

import (
	"crypto/sha256"
	"slices"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// entry is what the folds keep of one event: about 110 bytes, whatever the record's size.
type entry struct {
	id           uuid.UUID
	causation    events.Seq // the import a row belongs to, 0 if none
	supersedes   events.Seq // the entry this one replaces or withdraws, 0 if none
	supersededBy events.Seq // the entry that replaced or withdrew this one, 0 while it is current
	time         int64      // claimed, milliseconds since 1970
	recorded     int64
	amount       events.Decimal
	more         *details // nil for most entries
	author       nameID
	scorer       nameID
	unit         int32 // index in the cluster, -1 if about no one unit
	leaf         int32 // index in the cluster, -1 if about no one leaf
	cluster      int16 // index in the plan, -1 if about no one cluster
	what         kind
	mark         events.MarkKind
	level        uint8
	hold         uint8 // why it does not count: holdTranscribed …
	late         bool  // recorded after its deadline
}

// details are the parts of an event that few have.
type details struct {
	reason, evidence string
	item, basis      nameID
	hash             *[sha256.Size]byte // RecordHash, where the record can be endorsed
	*rare                               // nil in entries
}

// rare is what only events have that are no entries.
type rare struct {
	payload events.Payload
	subject string          // the unit, "" if none
	of      events.Seq      // the event it speaks of, 0 if none
	appeal  events.Seq      // the upheld appeal.decided that it follows, 0 if none
	results []NomineeResult // of the event by which a ballot ended
	stood   stood           // of nomination.proposed: the nominee in the standings that it names
	effect  *effect         // on events before it; nil if none
}

// stood is where a unit stood in standings that an event names.
type stood struct {
	rank   int
	points string
}

// kind is an event type in one byte.
type kind uint8

const (
	kindOpened kind = iota
	kindScore
	kindTarget
	kindWithdrawn
	kindTie
	kindImport
	kindClosed
	kindJoined
	kindLeft
	kindAppointed
	kindRekeyed
	kindRemoved
	kindEndorsed
	kindAmended
	kindAdvanced
	kindFrozen
	kindUnfrozen
	kindPublished
	kindLaunched
	kindDriveClosed
	kindReport
	kindCommended
	kindReturned
	kindExplained
	kindSealed
	kindUnsealed
	kindEvaluated
	kindExcluded
	kindLifted
	kindNominated
	kindNominationWithdrawn
	kindBallotOpened
	kindCast
	kindTallied
	kindBallotClosed
	kindProposed
	kindDecided
	kindRevoked
	kindAppealFiled
	kindAppealDecided
	kindDocument
	kinds // their number
)

// eventType is the type's name.
func (k kind) eventType() events.Type {
	return [kinds]events.Type{events.TypeCampaignOpened, events.TypeScoreEntered, events.TypeTargetSet, events.TypeEntryWithdrawn,
		events.TypeTieDecided, events.TypeImportStarted, events.TypeCampaignClosed, events.TypeUnitJoined, events.TypeUnitWithdrawn,
		events.TypeMemberAppointed, events.TypeMemberRekeyed, events.TypeMemberRemoved, events.TypeRecordEndorsed,
		events.TypeRegulationAmended, events.TypeStageAdvanced, events.TypeStandingsFrozen, events.TypeStandingsRevealed,
		events.TypePublicationStarted, events.TypeDriveLaunched, events.TypeDriveClosed, events.TypeReportFiled,
		events.TypeCommendationRecorded, events.TypeScoreReturned, events.TypeExplanationFiled, events.TypeSheetSealed,
		events.TypeSheetRevealed, events.TypeEvaluationRecorded, events.TypeExclusionImposed, events.TypeExclusionLifted, events.TypeNominationProposed,
		events.TypeNominationWithdrawn, events.TypeBallotOpened, events.TypeBallotCast, events.TypeBallotTallied, events.TypeBallotClosed,
		events.TypeAwardProposed, events.TypeAwardDecided, events.TypeAwardRevoked, events.TypeAppealFiled, events.TypeAppealDecided, events.TypeDocumentIssued}[k]
}

// kindOf is the kind of a type; kinds if there is none.
func kindOf(t events.Type) kind {
	switch t { // the most frequent first
	case events.TypeScoreEntered:
		return kindScore
	case events.TypeTargetSet:
		return kindTarget
	}
	for k := range kinds {
		if k.eventType() == t {
			return k
		}
	}
	return kinds
}

// tie is the decision in a tie.decided.
func (e *entry) tie() *events.TieDecided {
	p, _ := e.more.payload.(*events.TieDecided)
	return p
}

// started is the announcement in an import.started.
func (e *entry) started() *events.ImportStarted {
	p, _ := e.more.payload.(*events.ImportStarted)
	return p
}

// moves reports whether e is for the boards.
func (e *entry) moves() bool {
	return e.isEntry() || e.what == kindWithdrawn || e.what == kindTie || e.what == kindAppealDecided
}

// also is e's details, made if need be.
func (e *entry) also() *details {
	if e.more == nil {
		e.more = &details{}
	}
	if e.more.rare == nil {
		e.more.rare = &rare{}
	}
	return e.more
}

func (e *entry) details() details {
	if e.more == nil {
		return details{}
	}
	return *e.more
}

// isEntry reports whether e says something of a unit on a leaf.
func (e *entry) isEntry() bool { return e.what == kindScore || e.what == kindTarget }

// targetKey is what e, a target, is current for: a unit and leaf have one target, whoever set it.
func targetKey(e *entry) cellKey {
	return cellKey{cluster: e.cluster, leaf: e.leaf, unit: e.unit, level: targetLevel}
}

// scoreKey is what e, a mark, is current for.
func scoreKey(e *entry) cellKey {
	return cellKey{cluster: e.cluster, leaf: e.leaf, unit: e.unit, level: e.level, scorer: e.scorer, item: e.details().item}
}

func millis(t time.Time) int64      { return t.UnixMilli() }
func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// journal holds every entry, the one of seq at seq-1, in chunks so that growing copies nothing.
type journal struct {
	chunks  []*[journalChunk]entry
	shared  []bool // by chunk: a snapshot reads it, so that it is copied before an entry of it changes; shorter than chunks: the rest is not
	n       int
	pending []entry  // admitted, not committed
	names   []string // by nameID, of committed entries
}

const journalChunk = 1024

// at is the entry of seq, 1 ≤ seq ≤ last.
func (j *journal) at(seq events.Seq) *entry {
	i := int(seq) - 1
	if i >= j.n {
		return &j.pending[i-j.n]
	}
	return j.stored(seq)
}

// last is the newest entry's sequence, the pending ones included.
func (j *journal) last() events.Seq { return events.Seq(j.n + len(j.pending)) }

// committed is the newest committed entry's sequence.
func (j *journal) committed() events.Seq { return events.Seq(j.n) }

// commit makes the pending entries part of the journal and marks what they replace, release or put on hold.
func (j *journal) commit() {
	for i := range j.pending {
		j.grow()
		*j.stored(events.Seq(j.n)) = j.pending[i]
		// What is replaced or released may be of this commit; it is in the chunks by now, since it came before.
		if old := j.pending[i].supersedes; old != 0 {
			j.own(old).supersededBy = events.Seq(j.n)
		}
		if more := j.pending[i].more; more != nil && more.rare != nil && more.effect != nil {
			for _, seq := range more.effect.released {
				j.own(seq).hold &^= more.effect.clear
			}
			for _, seq := range more.effect.reopened {
				j.own(seq).hold |= holdReopened
			}
		}
	}
	j.pending = j.pending[:0]
}

// grow makes room for one more entry and counts it.
func (j *journal) grow() {
	if j.n%journalChunk == 0 {
		j.chunks = append(j.chunks, new([journalChunk]entry))
	}
	j.n++
}

// appealed is what an appeal is about whose decision is e.
func (j *journal) appealed(e *entry) *entry { return j.at(j.at(e.more.of).more.of) }

// aboutDecision reports whether e decides on an appeal about a proposal, or a decision on it: no points and no nominations rest on these.
func (j *journal) aboutDecision(e *entry) bool {
	switch j.appealed(e).what {
	case kindProposed, kindDecided, kindRevoked:
		return true
	}
	return false
}

// stored is the entry of a seq that is in the chunks.
func (j *journal) stored(seq events.Seq) *entry {
	return &j.chunks[(seq-1)/journalChunk][(seq-1)%journalChunk]
}

// own is the entry of a seq that is in the chunks, to be changed: its chunk is copied first where a snapshot reads it.
func (j *journal) own(seq events.Seq) *entry {
	at := int(seq-1) / journalChunk
	if at < len(j.shared) && j.shared[at] {
		own := *j.chunks[at]
		j.chunks[at], j.shared[at] = &own, false
	}
	return j.stored(seq)
}

// freeze is the journal as it stands, for a reader of its own: it shares the entries until they change. O(n/1024).
func (j *journal) freeze() journal {
	j.shared = slices.Repeat([]bool{true}, len(j.chunks))
	return journal{chunks: slices.Clone(j.chunks), n: j.n, names: j.names}
}
