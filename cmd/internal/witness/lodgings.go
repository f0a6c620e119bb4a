package witness

import (
	"bytes"
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

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

const (
	lodgedName    = "lodged"
	lodgingSuffix = ".lodging"

	// Limits on what is lodged: a member lodges what the server did not take, which is little. The bytes are those of the files.
	maxLodgedByMember      = 500
	maxLodgedBytesByMember = 64 << 20
	maxLodged              = 10_000
	maxLodgedBytes         = 512 << 20
	// lodgedAnHour bounds a member's lodgings within lodgedWindow.
	lodgedAnHour = 60
	lodgedWindow = time.Hour
)

// errTooMany: there is no place for one more lodging.
var errTooMany = errors.New("there are too many lodgings")

// lodgings are the drafts that were laid before this witness, each with its word when.
type lodgings struct {
	dir    string
	origin string
	signer note.Signer

	mu       sync.Mutex
	count    int
	bytes    int64
	byMember map[string]*lodged
}

// lodged is what one member has lodged.
type lodged struct {
	count  int
	bytes  int64
	recent []time.Time // within the window
}

// openLodgings reads what was lodged before.
func openLodgings(dir, origin string, signer note.Signer) (*lodgings, error) {
	l := &lodgings{dir: dir, origin: origin, signer: signer, byMember: map[string]*lodged{}}
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), lodgingSuffix) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return nil, err
		}
		l.countIn(authorsOf(lodgedDrafts(data)), int64(len(data)))
	}
	return l, nil
}

// lodgedDrafts are the drafts of a kept lodging, whose signature is this witness's own.
func lodgedDrafts(data []byte) (drafts []events.Draft) {
	for record := range bytes.Lines(data) {
		if d, err := events.Decode(events.Record(bytes.TrimSuffix(record, []byte{'\n'}))); err == nil {
			drafts = append(drafts, d)
		}
	}
	return drafts
}

// authorsOf are the members who speak in a body, each once.
func authorsOf(drafts []events.Draft) (authors []string) {
	for _, d := range drafts {
		if !slices.Contains(authors, d.Author) {
			authors = append(authors, d.Author)
		}
	}
	return authors
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

func (l *lodgings) countIn(authors []string, size int64) {
	l.count++
	l.bytes += size
	for _, a := range authors {
		m := l.of(a)
		m.count++
		m.bytes += size
	}
}

// lodge keeps drafts that were found good and gives the lodging; the same drafts again give the first one.
func (l *lodgings) lodge(records []events.Record, drafts []events.Draft, now time.Time) ([]byte, error) {
	path := filepath.Join(l.dir, proof.DraftHash(records)+lodgingSuffix)
	l.mu.Lock()
	defer l.mu.Unlock()
	first, err := os.ReadFile(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return first, err
	}
	lodging := &proof.Lodging{Origin: l.origin, Drafts: records, Time: events.Milliseconds(now)}
	if err := lodging.Sign(l.signer); err != nil {
		return nil, err
	}
	data := lodging.Marshal()
	authors := authorsOf(drafts)
	if err := l.room(authors, int64(len(data)), now); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(l.dir, dirMode); err != nil {
		return nil, err
	}
	if err := syncDir(filepath.Dir(l.dir)); err != nil {
		return nil, err
	}
	if err := writeFile(path, data); err != nil {
		return nil, err
	}
	l.countIn(authors, int64(len(data)))
	for _, a := range authors {
		m := l.of(a)
		m.recent = append(m.recent, now)
	}
	return data, nil
}

// room refuses what goes over a limit.
func (l *lodgings) room(authors []string, size int64, now time.Time) error {
	if l.count >= maxLodged || l.bytes+size > maxLodgedBytes {
		return fmt.Errorf("%w: this witness holds %d; lodge with another one", errTooMany, l.count)
	}
	for _, a := range authors {
		m := l.of(a)
		m.recent = slices.DeleteFunc(m.recent, func(t time.Time) bool { return !now.Before(t.Add(lodgedWindow)) })
		if len(m.recent) >= lodgedAnHour {
			return fmt.Errorf("%w: %s lodged %d within the hour; wait, or lodge several drafts as one body", errTooMany, a, len(m.recent))
		}
		if m.count >= maxLodgedByMember || m.bytes+size > maxLodgedBytesByMember {
			return fmt.Errorf("%w: this witness holds %d of %s; lodge with another one", errTooMany, m.count, a)
		}
	}
	return nil
}
