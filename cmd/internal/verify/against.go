package verify

import (
	"bytes"
	"errors"
	"io"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// keptNotes are checkpoints.
type keptNotes struct {
	named
	points []*keptNote
}

// keptNote is a checkpoint, and what the bundle has at its size.
type keptNote struct {
	*proof.Checkpoint
	root *proof.Hash       // of the bundle's tree; nil: not seen
	own  *proof.Checkpoint // the bundle's; nil if it has none of this size
}

func (v *verifier) openNotes(name named, data []byte) kept {
	k := &keptNotes{named: name}
	for _, msg := range proof.SplitNotes(data) {
		c, err := proof.OpenCheckpoint(msg, v.o.Policy)
		if err != nil {
			return &unusable{name, whyNot(err)}
		}
		k.points = append(k.points, v.watchNote(c))
	}
	return k
}

func (v *verifier) watchNote(c *proof.Checkpoint) *keptNote {
	k := &keptNote{Checkpoint: c}
	v.watch.roots[c.Size] = append(v.watch.roots[c.Size], func(h proof.Hash) {
		if k.root = &h; h == c.Root { // its cosignatures bound times as the bundle's do, which may have been left out
			v.clock.checkpoint(c)
		}
	})
	v.watch.notes[c.Size] = append(v.watch.notes[c.Size], func(c *proof.Checkpoint) { k.own = c })
	return k
}

// differs is the failed line of a checkpoint that is not of the bundle's log; ok if it is.
func (k *keptNote) differs(v *verifier) (line Line, bad bool) {
	switch {
	case k.root == nil:
		return v.older(k.Size), true
	case *k.root == k.Root:
		return Line{}, false
	}
	line = Line{Status: Failed, Seq: events.Seq(k.Size), Text: v.say("RẼ NHÁNH (FORK): cùng khóa đã ký hai sổ khác nhau có %d sự kiện", "FORK: the log's key signed two different logs of %d events", k.Size),
		Details: []string{v.say("đã giữ:  ", "kept:    ") + firstLines(k.Checkpoint)}}
	if k.own != nil {
		line.Details = append(line.Details, v.say("hồ sơ:   ", "bundle:  ")+firstLines(k.own))
	}
	line.Details = append(line.Details, v.say("bản ghi của hồ sơ cho gốc ", "the bundle's records have the root ")+hashText(*k.root))
	return line, true
}

// firstLines are the lines of a checkpoint's note that are signed, as one.
func firstLines(c *proof.Checkpoint) string {
	text, _, _ := bytes.Cut(c.Marshal(), []byte("\n\n"))
	return string(bytes.ReplaceAll(text, []byte{'\n'}, []byte(" | ")))
}

func (k *keptNotes) line(v *verifier) Line {
	newest := uint64(0)
	for _, p := range k.points {
		if line, bad := p.differs(v); bad {
			return line
		}
		newest = max(newest, p.Size)
	}
	return Line{Status: OK, Text: v.say("hồ sơ nối tiếp %s, mới nhất cho %d sự kiện", "the bundle goes on from %s, the newest of %d events",
		v.count(uint64(len(k.points)), "điểm kiểm tra", "checkpoint"), newest)}
}

// keptReceipt is a receipt, and what the bundle has in its place.
type keptReceipt struct {
	named
	*proof.Receipt
	point *keptNote
	seen  bool
	same  bool // record and recorded time
}

func (v *verifier) openReceipt(name named, data []byte) kept {
	r, err := proof.OpenReceipt(data, v.o.Policy)
	if err != nil {
		return &unusable{name, whyNot(err)}
	}
	k := &keptReceipt{named: name, Receipt: r, point: v.watchNote(r.Checkpoint)}
	v.watch.leaves[r.Seq] = append(v.watch.leaves[r.Seq], func(l *leaf) {
		k.seen, k.same = true, bytes.Equal(l.record, r.Record) && l.recorded.Equal(r.Recorded) && l.hash == r.Leaf()
	})
	return k
}

func (k *keptReceipt) line(v *verifier) Line {
	switch {
	case !k.seen:
		return v.older(uint64(k.Seq))
	case !k.same:
		return Line{Status: Failed, Seq: k.Seq, Text: v.say("sự kiện %d không phải như biên nhận: bản ghi hoặc giờ ghi khác", "event %d is not that of the receipt: its record or recorded time is another", k.Seq)}
	}
	if line, bad := k.point.differs(v); bad {
		return line
	}
	return Line{Status: OK, Text: v.say("sự kiện %d như biên nhận, điểm kiểm tra cho %d sự kiện khớp", "event %d is that of the receipt, whose checkpoint of %d events the bundle goes on from", k.Seq, k.point.Size)}
}

// keptBundle is an older bundle, which is read along.
type keptBundle struct {
	named
	in     *source
	reader *proof.BundleReader
	commit *proof.BundleCommit // its records that were not compared yet
	at     int
	same   uint64     // events that were found equal
	other  events.Seq // the first that is not; 0 if none
	done   bool       // the old one has no more events
	broken error      // it can't be read on
}

func (v *verifier) openBundle(name named, r io.Reader, in *source) kept {
	k := &keptBundle{named: name, in: in}
	reader, err := proof.NewBundleReader(r)
	switch {
	case err != nil:
		return &unusable{name, err.Error()}
	case reader.Origin() != v.o.Policy.Origin:
		return &unusable{name, v.say("hồ sơ này là của sổ %s", "it is of the log %s", reader.Origin())}
	}
	k.reader = reader
	v.watch.older = append(v.watch.older, k)
	return k
}

// next is the old bundle's next event; false at its end.
func (k *keptBundle) next() (l leaf, ok bool) {
	for k.commit == nil || k.at == len(k.commit.Records) {
		if k.done || k.broken != nil {
			return l, false
		}
		item, err := k.reader.Next()
		switch {
		case errors.Is(err, io.EOF):
			k.done = true
		case err != nil:
			k.broken = err
		case item.Commit != nil:
			k.commit, k.at = item.Commit, 0
		}
	}
	k.at++
	return leaf{seq: k.commit.First + events.Seq(k.at-1), recorded: k.commit.Recorded, record: k.commit.Records[k.at-1]}, true
}

// event compares the bundle's next event.
func (k *keptBundle) event(l *leaf) {
	if k.other != 0 {
		return
	}
	was, ok := k.next()
	switch {
	case !ok:
	case was.recorded.Equal(l.recorded) && bytes.Equal(was.record, l.record):
		k.same++
	default:
		k.other = l.seq
	}
}

func (k *keptBundle) line(v *verifier) Line {
	if k.other != 0 {
		return Line{Status: Failed, Seq: k.other, Text: v.say("sự kiện %d không phải như hồ sơ cũ", "event %d is not that of the older bundle", k.other)}
	}
	for more := true; more && !k.done && k.broken == nil; {
		if _, more = k.next(); more {
			return v.older(uint64(k.commit.First) - 1 + uint64(len(k.commit.Records)))
		}
	}
	if k.broken != nil {
		return Line{Status: Failed, Text: v.say("hồ sơ cũ bị hỏng: %v", "the older bundle is damaged itself: %v", k.broken)}
	}
	return Line{Status: OK, Text: v.say("hồ sơ nối tiếp hồ sơ cũ có %s", "the bundle goes on from the older one of %s", v.events(k.same))}
}
