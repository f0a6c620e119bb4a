package projections

import "maps"

// table is a map that remembers what it held: what is set between two commits can be undone back to a savepoint. It belongs to the
// admitting goroutine. The zero V stands for "absent".
type table[K comparable, V comparable] struct {
	rows map[K]V
	undo []undo[K, V]
}

type undo[K comparable, V comparable] struct {
	key K
	old V
}

func newTable[K comparable, V comparable]() *table[K, V] { return &table[K, V]{rows: map[K]V{}} }

// clone is what is committed, for a snapshot; nothing may be pending.
func (t *table[K, V]) clone() *table[K, V] { return &table[K, V]{rows: maps.Clone(t.rows)} }

func (t *table[K, V]) get(key K) V { return t.rows[key] }

// put sets key to v, the zero v removes it; old is what get gives for key: whoever changes a value has looked at it.
func (t *table[K, V]) put(key K, old, v V) {
	t.undo = append(t.undo, undo[K, V]{key, old})
	t.hold(key, v)
}

func (t *table[K, V]) hold(key K, v V) {
	var absent V
	if v == absent {
		delete(t.rows, key)
	} else {
		t.rows[key] = v
	}
}

func (t *table[K, V]) savepoint() int { return len(t.undo) }

func (t *table[K, V]) rollback(savepoint int) {
	for i := len(t.undo) - 1; i >= savepoint; i-- {
		t.hold(t.undo[i].key, t.undo[i].old)
	}
	t.undo = t.undo[:savepoint]
}

func (t *table[K, V]) commit() { t.undo = t.undo[:0] }

// transaction is what all parts of the state have in common.
type transaction interface {
	savepoint() int
	rollback(int)
	commit()
}
