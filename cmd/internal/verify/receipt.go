package verify

import (
	"bytes"

	"campaignledger/ledger/proof"
)

// keptReceipt is a receipt, and what the bundle has in its place.
type keptReceipt struct {
	named
	*proof.Receipt
	point     *keptNote
	strangers []string // see keptOpened
	seen      bool
	same      bool // record and recorded time
}

func (v *verifier) openReceipt(name named, data []byte) kept {
	_, checkpoint, _ := bytes.Cut(data, []byte("\n\n"))
	r, err := proof.OpenReceipt(data, v.o.Policy)
	var strangers []string
	if err != nil {
		if strangers = v.strangers(checkpoint); len(strangers) > 0 {
			if trimmed, trimmedErr := proof.OpenReceipt(proof.TrimUnknown(data, v.o.Policy), v.o.Policy); trimmedErr == nil {
				r, err = trimmed, nil
			}
		}
	}
	if err != nil {
		return &unusable{name, v.whyNotOf(err, headOrigin(checkpoint))}
	}
	k := &keptReceipt{named: name, Receipt: r, point: v.watchNote(r.Checkpoint), strangers: strangers}
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
	if len(k.strangers) > 0 {
		return v.unknown(k.strangers)
	}
	return Line{Status: OK, Text: v.say("sự kiện %d như biên nhận, điểm kiểm tra cho %d sự kiện khớp", "event %d is that of the receipt, whose checkpoint of %d events the bundle goes on from", k.Seq, k.point.Size)}
}
