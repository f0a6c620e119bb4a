package projections

// table is a map with an overlay: what is set between two commits is kept aside, can be undone back to a savepoint, and
// becomes part of the map at commit. Readers of the map never see the overlay. The zero V stands for "absent".
type table[K comparable, V comparable] struct {
	base map[K]V
	over map[K]V
	undo []undo[K, V]
}

type undo[K comparable, V comparable] struct {
	key  K
	old  V
	over bool // the overlay held old; otherwise it held nothing for key
}

func newTable[K comparable, V comparable]() *table[K, V] {
	return &table[K, V]{base: map[K]V{}, over: map[K]V{}}
}

// get is the value of key, overlay first.
func (t *table[K, V]) get(key K) V {
	if len(t.over) > 0 {
		if v, ok := t.over[key]; ok {
			return v
		}
	}
	return t.base[key]
}

// set overlays key with v; the zero v removes it.
func (t *table[K, V]) set(key K, v V) {
	old, over := t.over[key]
	t.undo = append(t.undo, undo[K, V]{key, old, over})
	t.over[key] = v
}

func (t *table[K, V]) savepoint() int { return len(t.undo) }

func (t *table[K, V]) rollback(savepoint int) {
	for i := len(t.undo) - 1; i >= savepoint; i-- {
		if u := t.undo[i]; u.over {
			t.over[u.key] = u.old
		} else {
			delete(t.over, u.key)
		}
	}
	t.undo = t.undo[:savepoint]
}

func (t *table[K, V]) commit() {
	var absent V
	for _, u := range t.undo {
		v, ok := t.over[u.key]
		if !ok {
			continue // set twice, and moved already
		}
		if v == absent {
			delete(t.base, u.key)
		} else {
			t.base[u.key] = v
		}
		delete(t.over, u.key)
	}
	t.undo = t.undo[:0]
}

// transaction is what all tables have in common.
type transaction interface {
	savepoint() int
	rollback(int)
	commit()
}
