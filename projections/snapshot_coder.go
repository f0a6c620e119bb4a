package projections

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// coder writes a part of a snapshot, or reads it: the same lines do both, so that what is written is what is read. Only when it reads does it change
// what it codes: what a snapshot shares with the running folds is written beside them. After an error it does nothing more.
type coder struct {
	data    []byte // written so far, or still to be read
	reading bool
	err     error
}

// errSnapshot is what ails bytes that no coder wrote.
var errSnapshot = errors.New("the snapshot's bytes are cut off or damaged")

func (c *coder) fail() {
	if c.err == nil {
		c.err = errSnapshot
	}
	c.data = nil
}

// uint codes a number that is not negative.
func (c *coder) uint(v *uint64) {
	if !c.reading {
		c.data = binary.AppendUvarint(c.data, *v)
		return
	}
	n, size := binary.Uvarint(c.data)
	if size <= 0 {
		c.fail()
		*v = 0
		return
	}
	*v, c.data = n, c.data[size:]
}

// integer codes any integer.
func integer[T ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64](c *coder, v *T) {
	raw := uint64(int64(*v))<<1 ^ uint64(int64(*v)>>63)
	c.uint(&raw)
	if c.reading {
		*v = T(int64(raw>>1) ^ -int64(raw&1))
		if uint64(int64(*v))<<1^uint64(int64(*v)>>63) != raw { // it does not fit
			c.fail()
		}
	}
}

func (c *coder) bool(v *bool) {
	n := uint64(0)
	if *v {
		n = 1
	}
	if c.uint(&n); !c.reading {
		return
	}
	if *v = n == 1; n > 1 {
		c.fail()
	}
}

// raw codes as many bytes as v has.
func (c *coder) raw(v []byte) {
	if !c.reading {
		c.data = append(c.data, v...)
		return
	}
	if len(c.data) < len(v) {
		c.fail()
		return
	}
	copy(v, c.data)
	c.data = c.data[len(v):]
}

// text codes a string, or bytes that are kept as one.
func (c *coder) text(v *string) {
	n := uint64(len(*v))
	c.uint(&n)
	if !c.reading {
		c.data = append(c.data, *v...)
		return
	}
	if uint64(len(c.data)) < n {
		c.fail()
		return
	}
	*v, c.data = string(c.data[:n]), c.data[n:]
}

func (c *coder) id(v *uuid.UUID) { c.raw(v[:]) }

func (c *coder) key(v *events.PublicKey) { c.raw(v[:]) }

// time codes a time of whole milliseconds in UTC; the zero time stays what it is.
func (c *coder) time(v *time.Time) {
	ms, known := int64(0), !v.IsZero()
	c.bool(&known)
	if !known {
		return
	}
	if !c.reading {
		ms = millis(*v)
	}
	if integer(c, &ms); c.reading {
		*v = fromMillis(ms)
	}
}

// count codes how many elements follow, each of which takes at least a byte.
func (c *coder) count(n int) int {
	v := uint64(n)
	if c.uint(&v); c.reading && v > uint64(len(c.data)) {
		c.fail()
		return 0
	}
	return int(v)
}

// seqs codes a list of sequences, which may be in any order; nil stays nil.
func (c *coder) seqs(v *[]events.Seq) {
	n := c.count(len(*v))
	if c.reading && n > 0 {
		*v = make([]events.Seq, n)
	}
	last := events.Seq(0)
	for i := range n {
		step(c, &(*v)[i], last)
		last = (*v)[i]
	}
}

// rows codes the rows of a table in the order of their bytes.
func rows[K, V comparable](c *coder, t map[K]V, key func(*coder, *K), value func(*coder, *V)) {
	n := c.count(len(t))
	if c.reading {
		for range n {
			var k K
			var v V
			key(c, &k)
			if value(c, &v); c.err != nil {
				return
			}
			t[k] = v
		}
		return
	}
	list := make([]string, 0, n)
	for k, v := range t {
		row := coder{}
		key(&row, &k)
		value(&row, &v)
		list = append(list, string(row.data))
	}
	slices.Sort(list)
	for _, row := range list {
		c.data = append(c.data, row...)
	}
}
