package ledger

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"campaignledger/events"
)

const (
	headName   = "head" // in the data directory
	headFormat = 1
	// headInterval is how long news waits before it is written. What a crash loses of it only makes the check weaker by as much.
	headInterval = time.Second
	// maxHeadBytes bounds the file: about 200 bytes a campaign.
	maxHeadBytes = 16 << 20
)

// HeadEntry is what was seen of a campaign: its newest event and that event's leaf hash.
type HeadEntry struct {
	Seq  events.Seq
	Leaf [32]byte
}

// Head is DIR/head: what this directory has seen of each campaign, so that a log which was rolled back is noticed. It is
// written at most once a second, on a goroutine of its own, and on Close. It is safe for concurrent use.
//
// The file is JSON: {"format":1,"campaigns":{"<id>":{"seq":412,"leaf":"<hex>"}}}.
type Head struct {
	path string

	mu    sync.Mutex
	seen  map[string]HeadEntry
	dirty bool
	err   error // of the newest write

	news    chan struct{} // holds one while there is something to write
	closing chan struct{}
	written chan struct{} // closed when the writer has ended
}

type headFile struct {
	Format    int                  `json:"format"`
	Campaigns map[string]headEntry `json:"campaigns"`
}

type headEntry struct {
	Seq  uint64 `json:"seq"`
	Leaf string `json:"leaf"`
}

// OpenHead reads DIR/head; a missing file has seen nothing.
func OpenHead(dir string) (*Head, error) {
	h := &Head{
		path:    filepath.Join(dir, headName),
		seen:    map[string]HeadEntry{},
		news:    make(chan struct{}, 1),
		closing: make(chan struct{}),
		written: make(chan struct{}),
	}
	if err := h.read(); err != nil {
		return nil, fmt.Errorf("read %s: %w; it guards against a rolled back log: restore it, or remove it if you know why",
			h.path, err)
	}
	go h.run()
	return h, nil
}

func (h *Head) read() error {
	info, err := os.Stat(h.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Size() > maxHeadBytes {
		return fmt.Errorf("it has %d bytes, more than %d", info.Size(), maxHeadBytes)
	}
	data, err := os.ReadFile(h.path)
	if err != nil {
		return err
	}
	h.seen, err = parseHead(data)
	return err
}

// parseHead reads the file's content.
func parseHead(data []byte) (map[string]HeadEntry, error) {
	var file headFile
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	if file.Format != headFormat {
		return nil, fmt.Errorf("it is of format %d; this program knows %d", file.Format, headFormat)
	}
	seen := make(map[string]HeadEntry, len(file.Campaigns))
	for id, entry := range file.Campaigns {
		leaf, err := hex.DecodeString(entry.Leaf)
		if err != nil || len(leaf) != len(HeadEntry{}.Leaf) || entry.Seq == 0 || !events.ValidID(id) {
			return nil, fmt.Errorf("its entry for campaign %q is damaged", id)
		}
		seen[id] = HeadEntry{events.Seq(entry.Seq), [32]byte(leaf)}
	}
	return seen, nil
}

// headOf is the file that says what was seen.
func headOf(seen map[string]HeadEntry) headFile {
	file := headFile{Format: headFormat, Campaigns: make(map[string]headEntry, len(seen))}
	for id, entry := range seen {
		file.Campaigns[id] = headEntry{uint64(entry.Seq), hex.EncodeToString(entry.Leaf[:])}
	}
	return file
}

// Get is what was seen of a campaign.
func (h *Head) Get(campaign string) (HeadEntry, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	entry, ok := h.seen[campaign]
	return entry, ok
}

// Gone is the error of a campaign whose log is not there though this directory has seen it, nil if it has not.
func (h *Head) Gone(campaign string) error {
	seen, ok := h.Get(campaign)
	if !ok {
		return nil
	}
	return shorter(1, seen.Seq)
}

// Campaigns are the campaigns that were seen, sorted.
func (h *Head) Campaigns() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(maps.Keys(h.seen))
}

// Note keeps what was seen, if it is newer. It does not wait for the file.
func (h *Head) Note(campaign string, seq events.Seq, leaf [32]byte) {
	h.mu.Lock()
	newer := seq > h.seen[campaign].Seq
	if newer {
		h.seen[campaign] = HeadEntry{seq, leaf}
		h.dirty = true
	}
	h.mu.Unlock()
	if !newer {
		return
	}
	select {
	case h.news <- struct{}{}:
	default:
	}
}

// Close writes what is new and returns the newest write's error. Note after Close is lost.
func (h *Head) Close() error {
	close(h.closing)
	<-h.written
	h.write()
	return h.Err()
}

// Err is what became of the newest write.
func (h *Head) Err() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

func (h *Head) run() {
	defer close(h.written)
	for {
		select {
		case <-h.closing:
			return
		case <-h.news:
		}
		for failed := true; failed; failed = h.Err() != nil { // what could not be written is tried again, news or not
			h.write()
			select { // at most one write an interval
			case <-h.closing:
				return
			case <-time.After(headInterval):
			}
		}
	}
}

// write replaces the file, if there is news.
func (h *Head) write() {
	h.mu.Lock()
	if !h.dirty {
		h.mu.Unlock()
		return
	}
	h.dirty = false
	file := headOf(h.seen)
	h.mu.Unlock()
	err := replaceFile(h.path, file)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err = err; err != nil {
		h.dirty = true
	}
}

// replaceFile writes value as JSON so that a crash leaves the old file or the new one.
func replaceFile(path string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(append(data, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
