package events

import "hash/maphash"

// internMaxBytes bounds a kept string: every id, and a text such as the reason of a whole import.
const internMaxBytes = 128

// The slots of a Decoder's tables; their sum bounds what it keeps alive: about 60 KiB and the strings.
const (
	idSlots        = 2048 // units and members of the largest campaigns
	criterionSlots = 1024
	textSlots      = 512
)

// interner keeps one copy of strings that recur, since a log names the same units and criteria in every record. What
// it holds was checked before it was kept, so that a string found needs no second check. Each string has one slot and a
// later one may take it: free text that never recurs costs nothing but its slot. The zero value keeps nothing.
type interner struct {
	seed  maphash.Seed
	slots []string // a power of two
}

func newInterner(seed maphash.Seed, slots int) interner {
	return interner{seed: seed, slots: make([]string, slots)}
}

// slot is where b is kept, or would be; nil if the like of b is not kept. An empty string is not: empty slots hold it.
func (in *interner) slot(b []byte) *string {
	if len(in.slots) == 0 || len(b) == 0 || len(b) > internMaxBytes {
		return nil
	}
	return &in.slots[maphash.Bytes(in.seed, b)&uint64(len(in.slots)-1)]
}

// interners are a Decoder's tables, one for each check a string passed.
type interners struct{ ids, criteria, texts interner }

func newInterners() interners {
	seed := maphash.MakeSeed()
	return interners{newInterner(seed, idSlots), newInterner(seed, criterionSlots), newInterner(seed, textSlots)}
}
