package events

import (
	"fmt"
	"strconv"
)

// maxWitnesses bounds the witnesses: a checkpoint carries a cosignature of each, and a pact lists them for people to compare.
const maxWitnesses = 64

// Witnesses are who watches the log from outside and cosigns its checkpoints.
type Witnesses struct {
	Colluding int       // how many, the lead's counted, may work together against the others: 0..n; ⌊(n-1)/3⌋ if not given
	Stated    int       // the quorum that the regulation states: 1..n; 0 if it states none
	Keys      []Witness // in file order; n = 1..64
}

// Witness is one of them.
type Witness struct {
	ID   string
	Unit string // whose witness it is; "" if no unit's
	Key  PublicKey
}

// SafeQuorum is how many of n witnesses must have cosigned a checkpoint so that no two contradict each other while at most f of the n
// work together: ⌊(n+f)/2⌋+1. Two quorums of q share at least 2q-n members, and 2q-n > f exactly if q > (n+f)/2: at least one that both
// share is honest, and it cosigns no two logs. It takes n ≥ 3f+1 besides, so that the n-f honest ones reach the quorum when the f keep
// silent. With f = n it is n+1: there is none.
func SafeQuorum(n, f int) int { return (n+f)/2 + 1 }

// Quorum is how many cosignatures stand behind a checkpoint: as the regulation states, or else SafeQuorum.
func (w *Witnesses) Quorum() int {
	if w.Stated > 0 {
		return w.Stated
	}
	return SafeQuorum(len(w.Keys), w.Colluding)
}

// Safe reports whether the quorum holds what it is for: n ≥ 3f+1, and it is SafeQuorum or more. A stated quorum above n-f is safe,
// yet the colluding can keep it from being reached; see Reachable.
func (w *Witnesses) Safe() bool { return len(w.Keys) >= 3*w.Colluding+1 && !w.Splits() }

// Splits reports whether two checkpoints that contradict each other may both have a quorum.
func (w *Witnesses) Splits() bool { return w.Quorum() < SafeQuorum(len(w.Keys), w.Colluding) }

// Reachable reports whether the quorum is reached without the colluding.
func (w *Witnesses) Reachable() bool { return w.Quorum() <= len(w.Keys)-w.Colluding }

// readWitnesses comes after the members, whose keys no witness may have: who signs events does not vouch for the log as well.
func (rd *regulationReader) readWitnesses(v, members value) {
	if v = v.object("colluding", "quorum", "keys"); !v.given() {
		return
	}
	if !members.given() {
		v.fail("there are witnesses, but no members: what nobody signed is not worth witnessing", "name the members, or leave the witnesses out")
	}
	w := &Witnesses{Keys: rd.readWitnessKeys(v)}
	n := len(w.Keys)
	colluding := v.key("colluding")
	w.Colluding = colluding.witnesses(0, n, (n-1)/3, "%d colluding are more than the witnesses there are, %d")
	w.Stated = v.key("quorum").witnesses(1, n, 0, "there is no safe quorum of %d among the witnesses there are, %d")
	if n > 0 && w.Quorum() > n {
		colluding.fail(fmt.Sprintf("there is no safe quorum of %d witnesses of whom %d work together: it would take %d cosignatures", n, w.Colluding, w.Quorum()),
			"name more witnesses, or let fewer of them be colluding")
	}
	rd.r.Witnesses = w
}

func (rd *regulationReader) readWitnessKeys(v value) []Witness {
	const remedy = `name at least one witness, for example {id: cao-bang-w, unit: cao-bang, key: "ed25519:…"}, or leave witnesses out`
	list := v.need("keys", remedy).ofKind(arrayNode)
	if list.given() && len(list.n.items) > maxWitnesses {
		list.fail(fmt.Sprintf("there are %d; at most %d are allowed", len(list.n.items), maxWitnesses), "name fewer witnesses")
		return nil
	}
	if list.given() && len(list.n.items) == 0 {
		list.fail("the list is empty", remedy)
	}
	ids, keys, taken := map[string]bool{}, map[string]bool{}, map[string]string{}
	for _, m := range rd.r.Members {
		taken[m.Key] = m.ID
	}
	var all []Witness
	for _, item := range list.list(maxWitnesses) {
		item = item.object("id", "unit", "key")
		w := Witness{ID: item.need("id", "name the witness").id()}
		item.key("id").unique(w.ID, "a witness", ids)
		if unit := item.key("unit"); unit.given() {
			w.Unit = reference(unit, unit.id(), "unit", rd.units)
		}
		key := item.need("key", "give the witness's public key")
		text := key.publicKey()
		key.unique(text, "a witness with the key", keys)
		if id := taken[text]; id != "" && text != "" {
			key.fail(fmt.Sprintf("this is the key of the member %q", id), "give the witness a key of its own")
		}
		w.Key, _ = ParsePublicKey(text) // what it refuses, publicKey did before
		all = append(all, w)
	}
	return all
}

// witnesses is how many of the n witnesses, low or more; otherwise if no number is given. beyond says what a number above n is.
func (v value) witnesses(low, n, otherwise int, beyond string) int {
	if n == 0 { // the list of them was refused
		return v.integer(low, maxWitnesses, otherwise)
	}
	if v.given() && v.n.kind == scalarNode {
		if count, err := strconv.Atoi(v.n.text); err == nil && count > n {
			v.fail(fmt.Sprintf(beyond, count, n), fmt.Sprintf("use a whole number from %d to %d", low, n))
			return otherwise
		}
	}
	return v.integer(low, n, otherwise)
}
