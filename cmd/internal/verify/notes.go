package verify

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

const (
	// maxNotesBytes bounds a file of checkpoints: half a million, one a minute for a year.
	maxNotesBytes = 256 << 20
	// keptBatch is how many checkpoints of a file are looked at together, on all cores; at most 32 MiB.
	keptBatch = 1024
)

// keptNotes are the checkpoints of a file, in memory for one of each head.
type keptNotes struct {
	named
	points    []*keptNote // by first appearance
	heads     map[proof.Head]*keptNote
	total     uint64
	strangers map[string]bool // who cosigned with keys that the policy does not know
}

// keptNote is what a file says of a head, and what the bundle has at its size.
type keptNote struct {
	*proof.Checkpoint
	first, last map[string]time.Time // of each witness's cosignatures
	root        *proof.Hash          // of the bundle's tree; nil: not seen
	own         *proof.Checkpoint    // the bundle's; nil if it has none of this size
}

// within reports whether all lines of a note are lines of another of the same text, in order: then whoever checks that one has checked this one. A
// witness writes a checkpoint anew for each cosignature that comes.
func within(msg, other []byte) bool {
	text, signatures, found := bytes.Cut(msg, []byte("\n\n"))
	otherText, rest, otherFound := bytes.Cut(other, []byte("\n\n"))
	if !found || !otherFound || !bytes.Equal(text, otherText) || !bytes.HasSuffix(msg, []byte{'\n'}) {
		return false
	}
	for line := range bytes.Lines(signatures) {
		for {
			end := bytes.IndexByte(rest, '\n') + 1
			if end == 0 {
				return false
			}
			same := bytes.Equal(rest[:end], line)
			if rest = rest[end:]; same {
				break
			}
		}
	}
	return true
}

// openNotes reads a file of checkpoints as a stream. All in it are checked.
func (v *verifier) openNotes(name named, r *bufio.Reader, in *source) (kept, error) {
	k := &keptNotes{named: name, heads: map[proof.Head]*keptNote{}, strangers: map[string]bool{}}
	reader := proof.NewNoteReader(r)
	for {
		batch, first, err := k.batch(reader)
		switch {
		case in.err != nil:
			return nil, in.err
		case in.n > maxNotesBytes:
			return nil, fmt.Errorf("it has more than %d MiB; part it", maxNotesBytes>>20)
		}
		opened := make([]keptOpened, len(batch))
		proof.Parallel(len(batch), func(i int) { opened[i] = v.openNote(batch[i]) })
		for i, n := range opened {
			if n.err != nil {
				return &unusable{name, v.say("điểm kiểm tra thứ %d: %s", "checkpoint %d of the file: %s", first[i], v.whyNotOf(n.err, headOrigin(batch[i])))}, nil
			}
			k.add(v, n)
		}
		if err != nil { // io.EOF
			return k, nil
		}
	}
}

// batch reads some notes, with the place of each in the file, and leaves out those that are within the next one.
func (k *keptNotes) batch(reader *proof.NoteReader) (batch [][]byte, places []uint64, err error) {
	for len(batch) < keptBatch {
		msg, err := reader.Next()
		if err != nil {
			return batch, places, err
		}
		k.total++
		if last := len(batch) - 1; last >= 0 && within(batch[last], msg) {
			batch[last], places[last] = msg, k.total
			continue
		}
		batch, places = append(batch, msg), append(places, k.total)
	}
	return batch, places, nil
}

// add takes a checkpoint in; of what is known of its head it adds the times.
func (k *keptNotes) add(v *verifier, n keptOpened) {
	for _, who := range n.strangers {
		k.strangers[who] = true
	}
	point := k.heads[n.checkpoint.Head]
	if point == nil {
		point = v.watchNote(n.checkpoint)
		k.heads[n.checkpoint.Head] = point
		k.points = append(k.points, point)
		return
	}
	point.times(n.checkpoint)
}

// keptOpened is a note that was looked at.
type keptOpened struct {
	checkpoint *proof.Checkpoint
	strangers  []string // who cosigned it by keys that the policy does not know; their lines are not in checkpoint
	err        error
}

// openNote opens what the log's key of the policy signed, whoever cosigned it.
func (v *verifier) openNote(msg []byte) keptOpened {
	c, err := proof.OpenCheckpoint(msg, v.o.Policy)
	if err == nil {
		return keptOpened{checkpoint: c}
	}
	if names := v.strangers(msg); len(names) > 0 {
		if c, trimmedErr := proof.OpenCheckpoint(proof.TrimUnknown(msg, v.o.Policy), v.o.Policy); trimmedErr == nil {
			return keptOpened{checkpoint: c, strangers: names}
		}
	}
	return keptOpened{err: err}
}

// strangers are who signed a note of the policy's log by keys that the policy does not know; none of a note in another form.
func (v *verifier) strangers(msg []byte) (names []string) {
	log, err := note.NewVerifier(proof.LogKey(v.o.Policy.Origin, v.o.Policy.Log))
	if err != nil {
		return nil
	}
	n, err := note.Open(msg, note.VerifierList(log))
	if err != nil {
		return nil
	}
	rest := proof.TrimUnknown(msg, v.o.Policy)
	for _, s := range n.UnverifiedSigs {
		if line := fmt.Sprintf("— %s %s\n", s.Name, s.Base64); !bytes.Contains(rest, []byte(line)) {
			names = append(names, s.Name)
		}
	}
	return names
}

// unknown is the line of something that only the policy's log key and perhaps some of its witnesses are known to have signed.
func (v *verifier) unknown(names []string) Line {
	return Line{Status: NotCheckable, Mend: true, Text: v.say("nó có chữ ký nhân chứng của %[1]s mà chính sách không biết; hãy đưa chính sách của thời đó, hoặc hỏi ai đã ký với tên %[1]s. Phần do khóa của sổ ký thì khớp",
		"it has a cosignature of %[1]s that the policy does not know; give the policy of that time, or ask who signed as %[1]s. What the log's key signed of it agrees", strings.Join(names, ", "))}
}

// headOrigin is the origin that a note states; "" of what is none.
func headOrigin(msg []byte) string {
	origin, _, _ := bytes.Cut(msg, []byte{'\n'})
	return string(origin)
}

// watchNote looks out for a checkpoint's size.
func (v *verifier) watchNote(c *proof.Checkpoint) *keptNote {
	k := &keptNote{Checkpoint: c, first: map[string]time.Time{}, last: map[string]time.Time{}}
	k.times(c)
	v.watch.roots[c.Size] = append(v.watch.roots[c.Size], func(h proof.Hash) {
		if k.root = &h; h == c.Root { // its cosignatures bound times as the bundle's do, which may have been left out
			v.clock.bound(c.Size, slices.Collect(maps.Values(k.first)), slices.Collect(maps.Values(k.last)))
		}
	})
	v.watch.notes[c.Size] = append(v.watch.notes[c.Size], func(c *proof.Checkpoint) { k.own = c })
	return k
}

// times notes when witnesses cosigned: each one's first word bounds what came before it, the last what came behind.
func (k *keptNote) times(c *proof.Checkpoint) {
	for _, s := range c.Cosignatures {
		if at, ok := k.first[s.Witness]; !ok || s.Time.Before(at) {
			k.first[s.Witness] = s.Time
		}
		if s.Time.After(k.last[s.Witness]) {
			k.last[s.Witness] = s.Time
		}
	}
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
		Details: []string{v.say("đã giữ:         ", "kept:    ") + firstLines(k.Checkpoint)}}
	if k.own != nil {
		line.Details = append(line.Details, v.say("gói kiểm chứng: ", "bundle:  ")+firstLines(k.own))
	}
	line.Details = append(line.Details, v.say("bản ghi của gói kiểm chứng cho gốc ", "the bundle's records have the root ")+hashText(*k.root))
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
	if len(k.strangers) > 0 {
		return v.unknown(slices.Sorted(maps.Keys(k.strangers)))
	}
	return Line{Status: OK, Text: v.say("gói kiểm chứng nối tiếp %s, mới nhất cho %d sự kiện", "the bundle goes on from %s, the newest of %d events",
		v.count(k.total, "điểm kiểm tra", "checkpoint"), newest)}
}
