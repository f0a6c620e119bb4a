package witness

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"

	"github.com/google/uuid"

	"campaignledger/events"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// foldBatch is how many events have their signatures checked at a stretch, on all cores.
const foldBatch = 512

// fold admits the records again, every signature checked, up to the first one that is hidden.
type fold struct {
	campaign string
	genesis  string
	live     *projections.Live
	mu       sync.RWMutex // guards what live admits, for find
	decoder  *events.Decoder
	last     events.Seq
	records  int64 // offset behind event last
	marks    int64 // offset in checkpoints.txt behind what was settled
	batch    []events.Event
	wants    func(sha256 string) // is told of each file that a record names
	progress func(seq events.Seq)
}

func newFold(p *proof.Policy) *fold {
	return &fold{campaign: p.Campaign(), genesis: p.Genesis(), live: projections.NewLive(), decoder: events.NewDecoder()}
}

// catchUp admits what stands in the store's records behind the last event. At each checkpoint, which ends a commit, nothing may be left open. An
// *Alarm is of the first event that is not admitted; the fold is of no use then.
func (f *fold) catchUp(ctx context.Context, s *store) error {
	lines := newLineReader(s.records.from(f.records), f.last+1)
	marks := newMarkReader(s.checkpoints.from(f.marks))
	mark, err := marks.next()
	if err != nil {
		return err
	}
	for {
		end := false
		f.batch = f.batch[:0]
		for len(f.batch) < foldBatch && (len(f.batch) == 0 || f.last > 0) { // the first event goes alone: it makes the members known
			l, err := lines.read()
			if end = errors.Is(err, io.EOF); end {
				break
			}
			if err != nil {
				return damaged(err)
			}
			e, err := f.decode(l)
			if err != nil {
				return &Alarm{Kind: Refused, Seq: l.seq, Reason: err.Error()}
			}
			f.batch = append(f.batch, e)
		}
		proof.Parallel(len(f.batch), func(i int) { f.live.Check(&f.batch[i]) })
		for i := range f.batch {
			if err := f.admit(&f.batch[i], &mark, marks); err != nil {
				return err
			}
		}
		f.live.Commit()
		f.records += lines.bytes
		lines.bytes = 0
		if f.progress != nil && len(f.batch) > 0 {
			f.progress(f.last)
		}
		if end || ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// decode is a kept line as an event.
func (f *fold) decode(l line) (events.Event, error) {
	draft, err := f.decoder.Decode(l.record)
	if err != nil {
		return events.Event{}, err
	}
	if draft.Campaign != f.campaign {
		return events.Event{}, fmt.Errorf("it belongs to campaign %s", draft.Campaign)
	}
	if l.seq == 1 && proof.Genesis(l.record) != f.genesis {
		return events.Event{}, errors.New("it is not the opening that the policy names: its hash is another")
	}
	return events.Stored(draft, l.seq, l.recorded, l.record), nil
}

// admit admits one event, and settles where a checkpoint ends with it.
func (f *fold) admit(e *events.Event, mark *mark, marks *markReader) error {
	f.mu.Lock()
	err := f.live.Admit(*e)
	f.mu.Unlock()
	if err != nil {
		return &Alarm{Kind: Refused, Seq: e.Seq, Reason: err.Error()}
	}
	f.last = e.Seq
	if f.wants != nil {
		for _, hash := range projections.EvidenceNamed(e.Payload) {
			f.wants(hash)
		}
	}
	for mark.size != 0 && mark.size <= uint64(e.Seq) {
		if mark.size == uint64(e.Seq) {
			if err := f.live.Settle(); err != nil {
				return &Alarm{Kind: Refused, Seq: e.Seq, Reason: err.Error()}
			}
			f.live.Commit()
		}
		f.marks += mark.bytes
		if *mark, err = marks.next(); err != nil {
			return err
		}
	}
	return nil
}

// find is where the event with an id stands in what was admitted; anybody may ask at any time.
func (f *fold) find(id uuid.UUID) (events.Seq, bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.live.Find(id)
}

// mark is a checkpoint that stands in checkpoints.txt, as far as the fold needs it.
type mark struct {
	size  uint64 // 0: there is none
	bytes int64  // of the note
}

// markReader reads the sizes in checkpoints.txt; who wrote it had them checked.
type markReader struct{ lines *bufio.Reader }

func newMarkReader(r io.Reader) *markReader {
	return &markReader{bufio.NewReaderSize(r, proof.MaxNoteBytes)}
}

// next is the next note's size. A note is an origin, a size, a root, an empty line and signatures.
func (m *markReader) next() (found mark, err error) {
	for n := 0; ; n++ {
		line, err := m.lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) && n == 0 {
			return mark{}, nil
		}
		if err == nil && n == 1 {
			found.size, err = strconv.ParseUint(string(bytes.TrimSuffix(line, []byte{'\n'})), 10, 63)
		}
		if err != nil {
			return mark{}, &Alarm{Kind: Damaged, Reason: checkpointsName + ": " + err.Error()}
		}
		found.bytes += int64(len(line))
		if n < noteHead {
			continue
		}
		if start, _ := m.lines.Peek(len(signatureStart)); string(start) != signatureStart {
			return found, nil
		}
	}
}

const (
	noteHead       = 4 // lines of a checkpoint before its signatures
	signatureStart = "— "
)
