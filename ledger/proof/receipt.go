package proof

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	formats "github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/tlog"

	"campaignledger/events"
)

// ReceiptHeader starts a receipt: C2SP tlog-proof.
const ReceiptHeader = "c2sp.org/tlog-proof@v1"

// extraPrefix starts the line of the leaf.
const extraPrefix = "extra "

// MaxReceiptBytes bounds a receipt: the largest record in base64, 63 hashes and a checkpoint.
const MaxReceiptBytes = (events.MaxOpeningBytes+64)/3*4 + 64*64 + MaxNoteBytes

// Receipt is the proof that a log includes an event: it holds the record, its recorded time, its place, and a checkpoint that covers it.
type Receipt struct {
	Seq        events.Seq
	Recorded   time.Time
	Record     events.Record
	Proof      []Hash
	Checkpoint *Checkpoint
}

// leafInput is what the leaf's hash covers: the extra data of the tlog-proof.
func leafInput(r events.Record, recorded time.Time) []byte {
	return append(append(append([]byte(nil), r...), '\n'), events.FormatTime(recorded)...)
}

// Marshal writes the receipt, in the only form that OpenReceipt accepts.
func (r *Receipt) Marshal() []byte {
	return formats.TLogProof{Index: uint64(r.Seq) - 1, Hashes: hashes(r.Proof), Checkpoint: r.Checkpoint.Marshal(),
		ExtraData: leafInput(r.Record, r.Recorded)}.Marshal()
}

func hashes(list []Hash) [][tlog.HashSize]byte {
	plain := make([][tlog.HashSize]byte, len(list))
	for i := range list {
		plain[i] = list[i]
	}
	return plain
}

// OpenReceipt reads a receipt and checks it: the checkpoint's signatures, and that its tree includes the record at its place.
func OpenReceipt(data []byte, p *Policy) (*Receipt, error) {
	if len(data) > MaxReceiptBytes {
		return nil, fmt.Errorf("the receipt has more than %d bytes", MaxReceiptBytes)
	}
	var parsed formats.TLogProof
	if err := unmarshalProof(&parsed, data); err != nil {
		return nil, fmt.Errorf("the receipt: %w", err)
	}
	c, err := OpenCheckpoint(parsed.Checkpoint, p)
	if err != nil {
		return nil, fmt.Errorf("the receipt: %w", err)
	}
	at := bytes.LastIndexByte(parsed.ExtraData, '\n')
	if at < 0 {
		return nil, fmt.Errorf("the receipt: %w: no record in it", errForm)
	}
	recorded, err := events.ParseTime(string(parsed.ExtraData[at+1:]))
	if err != nil {
		return nil, fmt.Errorf("the receipt's recorded time: %w", err)
	}
	r := &Receipt{Seq: events.Seq(parsed.Index) + 1, Recorded: recorded, Record: parsed.ExtraData[:at:at], Checkpoint: c}
	for _, h := range parsed.Hashes {
		r.Proof = append(r.Proof, h)
	}
	if !bytes.Equal(r.Marshal(), data) {
		return nil, fmt.Errorf("the receipt: %w", errForm)
	}
	if parsed.Index >= c.Size {
		return nil, fmt.Errorf("the receipt of the leaf with index %d has a checkpoint of %d events", parsed.Index, c.Size)
	}
	if err := CheckInclusion(r.Proof, c.Size, c.Root, parsed.Index, r.Leaf()); err != nil {
		return nil, fmt.Errorf("the receipt of event %d: its checkpoint does not include it: %w", r.Seq, err)
	}
	return r, nil
}

// WithoutLeaf leaves the record out of a receipt that Marshal wrote, for a reader who may not see it; WithLeaf puts it in again.
func WithoutLeaf(receipt []byte) []byte {
	header, rest, _ := bytes.Cut(receipt, []byte{'\n'})
	_, rest, _ = bytes.Cut(rest, []byte{'\n'})
	return slices.Concat(header, []byte{'\n'}, rest)
}

// WithLeaf puts into a receipt the record that it is of, where it has none.
func WithLeaf(receipt []byte, r events.Record, recorded time.Time) []byte {
	header, rest, _ := bytes.Cut(receipt, []byte{'\n'})
	if bytes.HasPrefix(rest, []byte(extraPrefix)) {
		return receipt
	}
	extra := base64.StdEncoding.AppendEncode([]byte("\n"+extraPrefix), leafInput(r, recorded))
	return slices.Concat(header, extra, []byte{'\n'}, rest)
}

// Leaf is the leaf hash of the event.
func (r *Receipt) Leaf() Hash { return events.LeafHash(r.Record, r.Recorded) }

// unmarshalProof reads a tlog-proof; the library's scanner takes no line longer than 64 KiB, so that a longer extra line is taken out first.
func unmarshalProof(parsed *formats.TLogProof, data []byte) error {
	head, rest, found := bytes.Cut(data, []byte{'\n'})
	extra, after, ok := bytes.Cut(rest, []byte{'\n'})
	if !found || !ok || !bytes.HasPrefix(extra, []byte(extraPrefix)) {
		return fmt.Errorf("%w: no leaf in it", errForm)
	}
	leaf, err := decodeBase64(string(extra[len(extraPrefix):]))
	if err != nil {
		return err
	}
	if err := parsed.Unmarshal(append(append(bytes.Clone(head), '\n'), after...)); err != nil {
		return err
	}
	parsed.ExtraData = leaf
	const most = 63 // levels of the largest tree
	if len(parsed.Hashes) > most {
		return errForm
	}
	return nil
}
