package projections

import (
	"hash/maphash"

	"campaignledger/events"
)

const (
	// indexShards bounds what one growth of an index moves: of ten million events 150,000, a millisecond's work.
	indexShards = 64
	// An index grows by a quarter when it is four fifths full, so that it keeps 10 to 12.5 bytes of an event.
	indexFull, indexFullOf = 4, 5
	indexGrowth            = 4
	indexLeast             = 8 // slots of a shard that holds anything
)

// index finds events by a key that their entries hold, and therefore keeps none: a slot is a hash and a sequence. Like a table it remembers
// what it held, and belongs to the admitting goroutine. It can be made again from the journal.
type index[K comparable] struct {
	seed   maphash.Seed
	key    func(events.Seq) K // of an event that was admitted
	shards [indexShards]indexShard
	undo   []indexUndo[K]
}

// indexShard is an open hash table: an event stands in the slot of its hash, or in the next free one.
type indexShard struct {
	slots []indexSlot
	used  int
}

type indexSlot struct {
	hash uint32
	seq  uint32 // maxEvents fits; 0 is a free slot
}

type indexUndo[K comparable] struct {
	key      K
	old, now events.Seq
}

func newIndex[K comparable](key func(events.Seq) K) *index[K] {
	return &index[K]{seed: maphash.MakeSeed(), key: key}
}

// find is the shard and the hash of a key. A seed of its own keeps whoever chooses ids from choosing hashes.
func (x *index[K]) find(key K) (*indexShard, uint32) {
	h := maphash.Comparable(x.seed, key)
	return &x.shards[(h>>32)%indexShards], uint32(h)
}

// get is the event with this key, the first found where there are several; 0 if there is none.
func (x *index[K]) get(key K) events.Seq {
	shard, hash := x.find(key)
	for at := shard.home(hash); at >= 0 && shard.slots[at].seq != 0; at = shard.after(at) {
		if s := shard.slots[at]; s.hash == hash && x.key(events.Seq(s.seq)) == key {
			return events.Seq(s.seq)
		}
	}
	return 0
}

// count is how many events have this key.
func (x *index[K]) count(key K) (n int) {
	shard, hash := x.find(key)
	for at := shard.home(hash); at >= 0 && shard.slots[at].seq != 0; at = shard.after(at) {
		if s := shard.slots[at]; s.hash == hash && x.key(events.Seq(s.seq)) == key {
			n++
		}
	}
	return n
}

// put makes event now the one with this key in place of event old, 0 for none; both have it. Event now need not be in the journal yet, but
// must be before the index is asked again.
func (x *index[K]) put(key K, old, now events.Seq) {
	x.undo = append(x.undo, indexUndo[K]{key, old, now})
	x.replace(key, old, now)
}

func (x *index[K]) replace(key K, old, now events.Seq) {
	shard, hash := x.find(key)
	switch {
	case old == 0 && now != 0:
		shard.insert(indexSlot{hash, uint32(now)})
	case old != 0:
		at := shard.home(hash)
		for shard.slots[at].seq != uint32(old) {
			if shard.slots[at].seq == 0 {
				panic("projections: what is replaced is not in the index")
			}
			at = shard.after(at)
		}
		if now != 0 {
			shard.slots[at].seq = uint32(now)
		} else {
			shard.remove(at)
		}
	}
}

// reserve makes room in an empty index for about n events.
func (x *index[K]) reserve(n int) {
	for i := range x.shards {
		x.shards[i].slots = make([]indexSlot, n/indexShards*indexFullOf/indexFull+indexLeast)
	}
}

func (x *index[K]) savepoint() int { return len(x.undo) }

func (x *index[K]) rollback(savepoint int) {
	for i := len(x.undo) - 1; i >= savepoint; i-- {
		x.replace(x.undo[i].key, x.undo[i].now, x.undo[i].old)
	}
	x.undo = x.undo[:savepoint]
}

func (x *index[K]) commit() { x.undo = x.undo[:0] }

// home is where a hash belongs; -1 in an empty shard. Slots are in the order of hashes, so that growing moves them in one pass.
func (s *indexShard) home(hash uint32) int {
	if len(s.slots) == 0 {
		return -1
	}
	return int(uint64(hash) * uint64(len(s.slots)) >> 32)
}

func (s *indexShard) after(at int) int {
	if at++; at == len(s.slots) {
		return 0
	}
	return at
}

func (s *indexShard) insert(slot indexSlot) {
	if s.used*indexFullOf >= len(s.slots)*indexFull {
		old := s.slots
		s.slots = make([]indexSlot, max(len(old)+len(old)/indexGrowth, indexLeast))
		for _, o := range old {
			if o.seq != 0 {
				s.place(o)
			}
		}
	}
	s.place(slot)
	s.used++
}

// place puts a slot where there is room.
func (s *indexShard) place(slot indexSlot) {
	at := s.home(slot.hash)
	for s.slots[at].seq != 0 {
		at = s.after(at)
	}
	s.slots[at] = slot
}

// remove frees a slot and moves up what could not stand there before.
func (s *indexShard) remove(at int) {
	s.used--
	for next := s.after(at); s.slots[next].seq != 0; next = s.after(next) {
		home := s.home(s.slots[next].hash)
		if between := at < home && home <= next; between || next < at && (at < home || home <= next) {
			continue
		}
		s.slots[at], at = s.slots[next], next
	}
	s.slots[at] = indexSlot{}
}
