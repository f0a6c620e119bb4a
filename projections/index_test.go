package projections

import (
	"math/rand/v2"
	"slices"
	"testing"

	"campaignledger/events"
)

// rows is what an index holds, for tests: the events of each key, in their order.
func (x *index[K]) rows() map[K][]events.Seq {
	rows := map[K][]events.Seq{}
	for i := range x.shards {
		for _, s := range x.shards[i].slots {
			if s.seq != 0 {
				key := x.key(events.Seq(s.seq))
				rows[key] = append(rows[key], events.Seq(s.seq))
				slices.Sort(rows[key])
			}
		}
	}
	return rows
}

// TestIndexIsAMap compares an index with a map of sequences, under random puts, commits and rollbacks. Few keys have many events each, so that
// slots stand in each other's way.
func TestIndexIsAMap(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	const keys, steps = 300, 200_000
	keyOf := []int{-1} // by sequence
	x := newIndex(func(seq events.Seq) int { return keyOf[seq] })
	want := map[int][]events.Seq{}
	var saved []map[int][]events.Seq // at savepoint len(undo), by undo's length
	var points []int
	clone := func() map[int][]events.Seq {
		c := map[int][]events.Seq{}
		for k, list := range want {
			c[k] = slices.Clone(list)
		}
		return c
	}
	for range steps {
		key := random.IntN(keys)
		switch list := want[key]; {
		case random.IntN(2000) == 0:
			saved, points = append(saved, clone()), append(points, x.savepoint())
			continue
		case random.IntN(3000) == 0 && len(points) > 0:
			i := random.IntN(len(points))
			x.rollback(points[i])
			want, saved, points = saved[i], saved[:i], points[:i]
			continue
		case random.IntN(5000) == 0:
			x.commit()
			saved, points = nil, nil
			continue
		case len(list) > 0 && random.IntN(2) == 0:
			at := random.IntN(len(list))
			if random.IntN(2) == 0 {
				x.put(key, list[at], 0)
				want[key] = slices.Delete(list, at, at+1)
				break
			}
			keyOf = append(keyOf, key)
			x.put(key, list[at], events.Seq(len(keyOf)-1))
			list[at] = events.Seq(len(keyOf) - 1)
		default:
			keyOf = append(keyOf, key)
			x.put(key, 0, events.Seq(len(keyOf)-1))
			want[key] = append(list, events.Seq(len(keyOf)-1))
		}
		if got := x.get(key); x.count(key) != len(want[key]) || (got != 0) != (len(want[key]) > 0) || got != 0 && !slices.Contains(want[key], got) {
			t.Fatalf("key %d: %d events, one of them %d; want %d", key, x.count(key), got, want[key])
		}
	}
	got := x.rows()
	for key, list := range want {
		slices.Sort(list)
		if !slices.Equal(got[key], list) {
			t.Fatalf("key %d: %d, want %d", key, got[key], list)
		}
		delete(got, key)
	}
	if len(got) > 0 {
		t.Fatalf("too many keys: %v", got)
	}
}
