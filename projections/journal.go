package projections

import (
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
}

// details are the parts of an event that few have.
type details struct {
	reason, evidence string
	item, basis      nameID
	*rare            // nil but in tie.decided and import.started
}

// rare is what only events have that are no entries.
type rare struct {
	order        []string // tie.decided
	file, sha256 string   // import.started
	rows         int
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
)

// eventType is the type's name.
func (k kind) eventType() events.Type {
	return [...]events.Type{events.TypeCampaignOpened, events.TypeScoreEntered, events.TypeTargetSet,
		events.TypeEntryWithdrawn, events.TypeTieDecided, events.TypeImportStarted, events.TypeCampaignClosed}[k]
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
	return &j.chunks[i/journalChunk][i%journalChunk]
}

// last is the newest entry's sequence, the pending ones included.
func (j *journal) last() events.Seq { return events.Seq(j.n + len(j.pending)) }

// committed is the newest committed entry's sequence.
func (j *journal) committed() events.Seq { return events.Seq(j.n) }

// commit makes the pending entries part of the journal and marks what they replace.
func (j *journal) commit() {
	for i := range j.pending {
		if j.n%journalChunk == 0 {
			j.chunks = append(j.chunks, new([journalChunk]entry))
		}
		j.chunks[j.n/journalChunk][j.n%journalChunk] = j.pending[i]
		j.n++
		if old := j.pending[i].supersedes; old != 0 {
			// The replaced entry may be one of this commit; it is in the chunks by now, since it came before.
			j.chunks[(old-1)/journalChunk][(old-1)%journalChunk].supersededBy = events.Seq(j.n)
		}
	}
	j.pending = j.pending[:0]
}
