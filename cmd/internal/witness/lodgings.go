package witness

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"campaignledger/cmd/internal/durable"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

const (
	lodgedName    = "lodged"
	lodgingSuffix = ".lodging"

	// Limits on what is lodged: a member lodges what the server did not take, which is little. All together the bytes are those
	// of the files; for a member they are those of the records.
	maxLodgedByMember      = 500
	maxLodgedBytesByMember = 64 << 20
	maxLodged              = 10_000
	maxLodgedBytes         = 512 << 20
	// lodgedAnHour bounds a member's lodgings within lodgedWindow.
	lodgedAnHour = 60
	lodgedWindow = time.Hour
)

var (
	// errTooMany: there is no place for one more lodging.
	errTooMany = errors.New("there are too many lodgings")
	// errLodged: other bodies brought all of it. It must cost nobody a place, since anybody can send a signed record again.
	errLodged = errors.New("all of these records were lodged here before, in other bodies; send such a body again as it was to get its lodging")
)

// lodgings are the drafts that were laid before this witness, each with its word when.
type lodgings struct {
	dir    string
	origin string
	signer note.Signer

	mu       sync.Mutex
	count    int
	bytes    int64
	byMember map[string]*lodged
	known    map[[sha256.Size]byte]struct{} // the records that were lodged; some hundred bytes for each, of maxLodgedBytes in all
}

// lodged is what one member has lodged.
type lodged struct {
	count  int         // of bodies with a new record of the member
	bytes  int64       // of these records
	recent []time.Time // within the window
}

// openLodgings reads what was lodged before, in the order in which it was.
func openLodgings(dir, origin string, signer note.Signer) (*lodgings, error) {
	l := &lodgings{dir: dir, origin: origin, signer: signer, byMember: map[string]*lodged{}, known: map[[sha256.Size]byte]struct{}{}}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	type file struct {
		time string // as it is written, which sorts as it went
		data []byte
	}
	var files []file
	for _, f := range entries {
		if !strings.HasSuffix(f.Name(), lodgingSuffix) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return nil, err
		}
		const timeLine = 3
		head := strings.SplitN(string(data[:min(len(data), proof.MaxNoteBytes)]), "\n", timeLine+2)
		files = append(files, file{head[min(timeLine, len(head)-1)], data})
	}
	slices.SortStableFunc(files, func(a, b file) int { return strings.Compare(a.time, b.time) })
	for _, f := range files {
		records, drafts := lodgedDrafts(f.data)
		l.countIn(l.newOf(records, drafts), int64(len(f.data)))
	}
	return l, nil
}

// lodgedDrafts are the drafts of a kept lodging, whose signature is this witness's own.
func lodgedDrafts(data []byte) (records []events.Record, drafts []events.Draft) {
	for line := range bytes.Lines(data) {
		record := events.Record(bytes.TrimSuffix(line, []byte{'\n'}))
		if d, err := events.Decode(record); err == nil {
			records, drafts = append(records, record), append(drafts, d)
		}
	}
	return records, drafts
}

// fresh is what of a body was not lodged before: only that counts against its authors.
type fresh struct {
	hashes [][sha256.Size]byte
	bytes  map[string]int64 // of the records, by author
}

// newOf is what of a body was not lodged before, byte for byte: a record with the same id that is another one is new, or who knows the id of
// somebody's draft could keep it from being lodged.
func (l *lodgings) newOf(records []events.Record, drafts []events.Draft) fresh {
	f := fresh{bytes: map[string]int64{}}
	for i, record := range records {
		hash := sha256.Sum256(record)
		if _, known := l.known[hash]; !known {
			f.hashes = append(f.hashes, hash)
			f.bytes[drafts[i].Author] += int64(len(record))
		}
	}
	return f
}

// of is what a member has lodged.
func (l *lodgings) of(member string) *lodged {
	m := l.byMember[member]
	if m == nil {
		m = &lodged{}
		l.byMember[member] = m
	}
	return m
}

// countIn counts a body of size bytes.
func (l *lodgings) countIn(f fresh, size int64) {
	l.count++
	l.bytes += size
	for _, hash := range f.hashes {
		l.known[hash] = struct{}{}
	}
	for author, more := range f.bytes {
		m := l.of(author)
		m.count++
		m.bytes += more
	}
}

// first is the lodging that a body got before; nil if it got none.
func (l *lodgings) first(records []events.Record) ([]byte, error) {
	data, err := os.ReadFile(l.path(records))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

func (l *lodgings) path(records []events.Record) string {
	return filepath.Join(l.dir, proof.DraftHash(records)+lodgingSuffix)
}

// lodge keeps drafts that were found good and gives the lodging; the same body again gives the first one.
func (l *lodgings) lodge(records []events.Record, drafts []events.Draft, now time.Time) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if first, err := l.first(records); first != nil || err != nil {
		return first, err
	}
	unseen := l.newOf(records, drafts)
	if len(unseen.hashes) == 0 {
		return nil, errLodged
	}
	lodging := &proof.Lodging{Origin: l.origin, Drafts: records, Time: events.Milliseconds(now)}
	if err := lodging.Sign(l.signer); err != nil {
		return nil, err
	}
	data := lodging.Marshal()
	if err := l.room(unseen, int64(len(data)), now); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(l.dir, dirMode); err != nil {
		return nil, err
	}
	if err := durable.SyncDir(filepath.Dir(l.dir)); err != nil {
		return nil, err
	}
	if err := durable.Replace(l.path(records), data); err != nil {
		return nil, err
	}
	l.countIn(unseen, int64(len(data)))
	for author := range unseen.bytes {
		m := l.of(author)
		m.recent = append(m.recent, now)
	}
	return data, nil
}

// room refuses what goes over a limit.
func (l *lodgings) room(f fresh, size int64, now time.Time) error {
	if l.count >= maxLodged || l.bytes+size > maxLodgedBytes {
		return fmt.Errorf("%w: this witness holds %d; lodge with another one", errTooMany, l.count)
	}
	for author, more := range f.bytes {
		m := l.of(author)
		m.recent = slices.DeleteFunc(m.recent, func(t time.Time) bool { return !now.Before(t.Add(lodgedWindow)) })
		if len(m.recent) >= lodgedAnHour {
			return fmt.Errorf("%w: %s lodged %d within the hour; wait, or lodge several drafts as one body", errTooMany, author, len(m.recent))
		}
		if m.count >= maxLodgedByMember || m.bytes+more > maxLodgedBytesByMember {
			return fmt.Errorf("%w: this witness holds %d of %s; lodge with another one", errTooMany, m.count, author)
		}
	}
	return nil
}
