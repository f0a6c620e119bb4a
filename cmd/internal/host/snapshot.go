package host

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"campaignledger/cmd/internal/durable"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// snapshotsDir has a file <campaign>.snapshot for each campaign that was large enough: all its folds after one event, and where the log goes on.
// Any of these may be removed at any time: the log decides, and a snapshot only spares reading it.
//
// The file is a line `campaign-ledger snapshot 2 <SHA-256 of all that follows, hex>`, a line of JSON (snapshotHead), the tree's right edge and the
// places of the stream's messages, each behind its length, and the folds.
const snapshotsDir = "snapshots"

const (
	snapshotMagic = "campaign-ledger snapshot 2 "
	// maxSnapshotBytes bounds the file: some 40 bytes an event, and what reasons say.
	maxSnapshotBytes = 16 << 30
	// snapshotClosing is how many events must be new for a snapshot when a campaign is closed: fewer are read as fast.
	snapshotClosing = 1000
	// quietFor is how long nothing may have been appended for a campaign to be quiet, by default.
	quietFor = 10 * time.Second
)

// due is when a snapshot is taken: once so many events are new, as a share of the log, but no fewer and no more than these. What is new is read when the
// campaign is opened, some 500,000 events a second; a snapshot takes about a second of a core for each million events that it holds, and the disk's
// time, from those who append. So there are more of them where nobody does.
type due struct{ share, least, most events.Seq }

var (
	dueBusy  = due{share: 4, least: 200_000, most: 1_000_000}
	dueQuiet = due{share: 20, least: 20_000, most: 200_000}
)

// after is the event after which the next one is due.
func (d due) after(taken events.Seq) events.Seq {
	return taken + min(max(taken/d.share, d.least), d.most)
}

// errStale: the snapshot is of another program, or of another log.
var errStale = errors.New("the snapshot is not of this program and log")

// snapshotHead says what a snapshot is of.
type snapshotHead struct {
	Campaign string     `json:"campaign"`
	Folds    int        `json:"folds"` // projections.FoldVersion
	Seq      events.Seq `json:"seq"`
	Root     string     `json:"root"` // of the log after event seq, hex

	// What was read and compared of the checkpoints by then.
	Stream  uint64 `json:"stream"`            // messages of their stream
	File    int64  `json:"file"`              // bytes of their file
	Key     string `json:"key"`               // log.key's public half, by which it was told who signed
	Other   uint64 `json:"other,omitempty"`   // the largest size that another key signed
	Quorate string `json:"quorate,omitempty"` // the newest that a quorum cosigned
}

// snapshot is one that was read, or is being written.
type snapshot struct {
	head  snapshotHead
	edge  *proof.Range
	mark  ledger.Mark
	folds *projections.Live     // of one that was read
	taken *projections.Snapshot // of one that is being written
}

func (h *Host) snapshotFile(id string) string {
	return filepath.Join(h.cfg.Dir, snapshotsDir, id+".snapshot")
}

// readSnapshot reads and checks a campaign's snapshot. fs.ErrNotExist: there is none; any other error says why it is no good.
func (h *Host) readSnapshot(id string) (*snapshot, error) {
	path := h.snapshotFile(id)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxSnapshotBytes {
		return nil, fmt.Errorf("it has more than %d bytes", int64(maxSnapshotBytes))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, folds, err := parseSnapshot(data)
	if err != nil {
		return nil, err
	}
	if s.head.Campaign != id || s.head.Folds != projections.FoldVersion {
		return nil, fmt.Errorf("it is of campaign %s and folds of version %d: %w", s.head.Campaign, s.head.Folds, errStale)
	}
	if s.folds, err = projections.Thaw(folds); err != nil {
		return nil, err
	}
	if last, _ := s.folds.Last(); last != s.head.Seq {
		return nil, fmt.Errorf("its folds end with event %d: %w", last, errStale)
	}
	return s, nil
}

// parseSnapshot takes a snapshot apart, all but its folds.
func parseSnapshot(data []byte) (s *snapshot, folds []byte, err error) {
	first, rest, ok := bytes.Cut(data, []byte{'\n'})
	sum, isOne := bytes.CutPrefix(first, []byte(snapshotMagic))
	hash := sha256.Sum256(rest)
	if !ok || !isOne || string(sum) != hex.EncodeToString(hash[:]) {
		return nil, nil, errors.New("its bytes are not those that were written")
	}
	line, rest, _ := bytes.Cut(rest, []byte{'\n'})
	s = &snapshot{}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s.head); err != nil {
		return nil, nil, err
	}
	var parts [2][]byte
	for i := range parts {
		if len(rest) < 8 || binary.BigEndian.Uint64(rest) > uint64(len(rest)-8) {
			return nil, nil, errors.New("a part of it is cut off")
		}
		n := binary.BigEndian.Uint64(rest)
		parts[i], rest = rest[8:8+n], rest[8+n:]
	}
	if s.mark, err = ledger.ParseMark(parts[1]); err != nil {
		return nil, nil, err
	}
	if s.edge, err = parseEdge(uint64(s.head.Seq), parts[0]); err != nil {
		return nil, nil, err
	}
	if root := s.edge.Root(); s.mark.Seq != s.head.Seq || hex.EncodeToString(root[:]) != s.head.Root {
		return nil, nil, fmt.Errorf("its parts are not of one event: %w", errStale)
	}
	return s, rest, nil
}

func parseEdge(size uint64, data []byte) (*proof.Range, error) {
	var hashes []proof.Hash
	for len(data) >= sha256.Size {
		hashes, data = append(hashes, proof.Hash(data)), data[sha256.Size:]
	}
	if len(data) > 0 {
		return nil, errors.New("the tree's edge is cut off")
	}
	return proof.RangeOf(size, hashes)
}

// write puts the snapshot into its place. rest, if not nil, is called behind each piece of some megabytes, with the time that it took.
func (s *snapshot) write(path string, rest func(took time.Duration)) error {
	mark, err := s.mark.AppendBinary(nil)
	if err != nil {
		return err
	}
	var edge []byte
	for _, h := range s.edge.Hashes() {
		edge = append(edge, h[:]...)
	}
	body, err := json.Marshal(s.head)
	if err != nil {
		return err
	}
	body = append(body, '\n')
	for _, part := range [][]byte{edge, mark} {
		body = append(binary.BigEndian.AppendUint64(body, uint64(len(part))), part...)
	}
	file, err := durable.Begin(path)
	if err != nil {
		return err
	}
	defer file.Drop()
	sum := make([]byte, sha256.Size) // its place is kept until it is known
	line := func() []byte { return []byte(snapshotMagic + hex.EncodeToString(sum) + "\n") }
	if _, err := file.Write(line()); err != nil {
		return err
	}
	hash := sha256.New()
	out := io.MultiWriter(&gentle{file: file.File, rest: rest, begun: time.Now()}, hash)
	if _, err := out.Write(body); err != nil {
		return err
	}
	if _, err := s.taken.WriteTo(out); err != nil {
		return err
	}
	sum = hash.Sum(sum[:0])
	if _, err := file.WriteAt(line(), 0); err != nil {
		return err
	}
	return file.Keep(true)
}

// gentleBytes are written at a stretch, and synced: a commit's sync, which may have to wait for what the disk was given before, waits for no more.
const gentleBytes = 4 << 20

// gentle is a file that is written while others must not wait.
type gentle struct {
	file    *os.File
	rest    func(took time.Duration) // nil: it does not rest
	begun   time.Time                // of the stretch
	written int                      // in it
}

func (g *gentle) Write(b []byte) (int, error) {
	n, err := g.file.Write(b)
	if g.written += n; err != nil || g.written < gentleBytes {
		return n, err
	}
	if err := g.file.Sync(); err != nil {
		return n, err
	}
	if g.rest != nil {
		g.rest(time.Since(g.begun))
	}
	g.written, g.begun = 0, time.Now()
	return n, nil
}

// dropSnapshot removes a campaign's snapshot, which is no good.
func (h *Host) dropSnapshot(id string, why error) {
	if why != nil {
		h.cfg.Log.Warn().Err(why).Str("campaign", id).Msg("the snapshot is no good and was removed; the log is read from its start")
	}
	if err := os.Remove(h.snapshotFile(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		h.cfg.Log.Error().Err(err).Str("campaign", id).Msg("the snapshot can't be removed")
	}
}

// snapshots is when a campaign's next snapshot is due.
type snapshots struct {
	taking sync.Mutex    // one at a time, so that an older one never replaces a newer
	taken  events.Seq    // of the newest; under taking
	next   atomic.Uint64 // the event after which one is due while events come
	quiet  atomic.Uint64 // the event after which one is due once none come
	due    chan struct{} // holds one while one is to be taken
}

// note has a snapshot taken if one is due after event last. It does not block.
func (s *snapshots) note(last events.Seq) {
	if uint64(last) < s.next.Load() {
		return
	}
	select {
	case s.due <- struct{}{}:
	default:
	}
}

// expectSnapshot says when the snapshot after the one of event taken is due.
func (c *Campaign) expectSnapshot(taken events.Seq) {
	busy, quiet := dueBusy.after(taken), dueQuiet.after(taken)
	if n := c.host.cfg.SnapshotEvents; n != 0 {
		busy, quiet = taken+events.Seq(n), taken+events.Seq(n)
	}
	c.snapshots.next.Store(uint64(busy))
	c.snapshots.quiet.Store(uint64(quiet))
}

// keepSnapshots takes snapshots as they are due, until ctx is done.
func (c *Campaign) keepSnapshots(ctx context.Context) {
	look := time.NewTicker(cmp.Or(c.host.cfg.QuietFor, quietFor))
	defer look.Stop()
	var before events.Seq
	for {
		select {
		case <-c.snapshots.due:
		case <-look.C:
			last, _ := c.Ledger.Last()
			if last != before || uint64(last) < c.snapshots.quiet.Load() {
				before = last
				continue
			}
		case <-ctx.Done():
			return
		}
		err := c.takeSnapshot(ctx, func(events.Seq) error { return nil })
		if errIsBusy(err) {
			pause(ctx, busyPause)
			last, _ := c.Ledger.Last()
			c.snapshots.note(last)
			continue
		}
		if err != nil && ctx.Err() == nil && c.Ledger.Broken() == nil {
			c.host.cfg.Log.Warn().Err(err).Str("campaign", c.ID).Msg("no snapshot can be written; the next opening reads more of the log")
			last, _ := c.Ledger.Last()
			c.expectSnapshot(last) // later, and not at every commit
		}
	}
}

// takeSnapshot takes a snapshot between two commits, and writes it, resting as long as it works so that appends go on beside it, until ctx is done, when it
// hurries; first comes right before it, with the last event.
func (c *Campaign) takeSnapshot(ctx context.Context, first func(last events.Seq) error) error {
	c.snapshots.taking.Lock()
	defer c.snapshots.taking.Unlock()
	var s *snapshot
	err := c.Ledger.Quiet(ctx, func(last events.Seq, _ time.Time) (err error) {
		if err = first(last); err == nil {
			s, err = c.freeze()
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.writeSnapshot(s, func(took time.Duration) { pause(ctx, took) })
}

// closeSnapshot takes a last one. The ledger is closed, so that nothing moves.
func (c *Campaign) closeSnapshot() {
	c.snapshots.taking.Lock()
	defer c.snapshots.taking.Unlock()
	last, _ := c.Ledger.Last()
	if c.Ledger.Broken() != nil || last < c.snapshots.taken+c.host.snapshotClosing() {
		return
	}
	s, err := c.freeze()
	if err == nil {
		err = c.writeSnapshot(s, nil)
	}
	if err != nil {
		c.host.cfg.Log.Warn().Err(err).Str("campaign", c.ID).Msg("no snapshot can be written; the next opening reads more of the log")
	}
}

// snapshotClosing is how many events must be new for a snapshot at the end.
func (h *Host) snapshotClosing() events.Seq {
	if h.cfg.SnapshotEvents != 0 {
		return events.Seq(h.cfg.SnapshotEvents)
	}
	return snapshotClosing
}

// freeze takes what a snapshot is made of. Nothing may be appended meanwhile; it costs microseconds.
func (c *Campaign) freeze() (*snapshot, error) {
	taken, err := c.live.Freeze()
	if err != nil {
		return nil, err
	}
	last, recorded := c.Ledger.Last()
	mark, ok := c.store.MarkAt(last, recorded)
	edge := c.proofs.tree.Edge()
	if !ok {
		return nil, fmt.Errorf("where event %d stands in the stream is not known", last)
	}
	if taken.Seq() != last || edge.Size() != uint64(last) {
		return nil, fmt.Errorf("log, folds and tree are not at one event (%d, %d, %d)", last, taken.Seq(), edge.Size())
	}
	return &snapshot{edge: edge, mark: mark, taken: taken}, nil
}

// writeSnapshot writes what was frozen, behind the tree's tiles; see write for rest.
func (c *Campaign) writeSnapshot(s *snapshot, rest func(took time.Duration)) error {
	if _, _, err := c.proofs.tree.Sync(); err != nil {
		return err
	}
	root := s.edge.Root()
	s.head = snapshotHead{Campaign: c.ID, Folds: projections.FoldVersion, Seq: s.mark.Seq, Root: hex.EncodeToString(root[:])}
	s.head.Key = c.host.logKey.Public.String()
	c.proofs.remember(&s.head)
	if err := s.write(c.host.snapshotFile(c.ID), rest); err != nil {
		return fmt.Errorf("write the snapshot: %w", err)
	}
	c.snapshots.taken = s.mark.Seq
	c.expectSnapshot(s.mark.Seq)
	c.host.cfg.Log.Debug().Str("campaign", c.ID).Uint64("seq", uint64(s.mark.Seq)).Msg("snapshot written")
	return nil
}
