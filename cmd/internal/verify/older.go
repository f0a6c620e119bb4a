package verify

import (
	"bytes"
	"errors"
	"io"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

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
		return &unusable{name, v.elsewhere(reader.Origin())}
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
		return Line{Status: Failed, Seq: k.other, Text: v.say("sự kiện %d không phải như gói kiểm chứng cũ", "event %d is not that of the older bundle", k.other)}
	}
	for more := true; more && !k.done && k.broken == nil; {
		if _, more = k.next(); more {
			return v.older(uint64(k.commit.First) - 1 + uint64(len(k.commit.Records)))
		}
	}
	if k.broken != nil {
		return Line{Status: Failed, Text: v.say("gói kiểm chứng cũ bị hỏng: %v", "the older bundle is damaged itself: %v", k.broken)}
	}
	return Line{Status: OK, Text: v.say("gói kiểm chứng nối tiếp gói kiểm chứng cũ có %s", "the bundle goes on from the older one of %s", v.events(k.same))}
}
