package host

import (
	"bytes"
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
// The file is a line `campaign-ledger snapshot 1 <SHA-256 of all that follows, hex>`, a line of JSON (snapshotHead), and three parts, each behind its
// length: the tree's right edge, the places of the stream's messages, and the folds.
const snapshotsDir = "snapshots"

const (
	snapshotMagic = "campaign-ledger snapshot 1 "
	// maxSnapshotBytes bounds the file: some 40 bytes an event.
	maxSnapshotBytes = 16 << 30
	// A snapshot is taken once a twentieth of the log is new, and no sooner or later than these say: what is new is read when the campaign is opened, some
	// 500,000 events a second.
	snapshotLeast, snapshotMost, snapshotShare = 20_000, 200_000, 20
	// snapshotClosing is how many events must be new for a snapshot when a campaign is closed: fewer are read as fast.
	snapshotClosing = 1000
)

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
	var parts [3][]byte
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
	if root := s.edge.Root(); s.mark.Seq != s.head.Seq || hex.EncodeToString(root[:]) != s.head.Root || len(rest) > 0 {
		return nil, nil, fmt.Errorf("its parts are not of one event: %w", errStale)
	}
	return s, parts[2], nil
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

// write puts the snapshot into its place.
func (s *snapshot) write(path string) error {
	var body bytes.Buffer
	line, err := json.Marshal(s.head)
	if err != nil {
		return fmt.Errorf("write the snapshot: %w", err)
	}
	body.Write(append(line, '\n'))
	part := func(write func() error) error {
		at := body.Len()
		body.Write(make([]byte, 8))
		err := write()
		binary.BigEndian.PutUint64(body.Bytes()[at:], uint64(body.Len()-at-8))
		return err
	}
	err = errors.Join(part(func() error {
		for _, h := range s.edge.Hashes() {
			body.Write(h[:])
		}
		return nil
	}), part(func() error {
		mark, err := s.mark.AppendBinary(nil)
		body.Write(mark)
		return err
	}), part(func() error {
		_, err := s.taken.WriteTo(&body)
		return err
	}))
	if err != nil {
		return fmt.Errorf("write the snapshot: %w", err)
	}
	sum := sha256.Sum256(body.Bytes())
	return durable.ReplaceFrom(path, func(w io.Writer) error {
		if _, err := io.WriteString(w, snapshotMagic+hex.EncodeToString(sum[:])+"\n"); err != nil {
			return err
		}
		_, err := body.WriteTo(w)
		return err
	})
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
	next   atomic.Uint64 // the event after which one is due
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

// nextSnapshot is the event after which the next snapshot is due.
func (c *Campaign) nextSnapshot(taken events.Seq) events.Seq {
	least := events.Seq(c.host.cfg.SnapshotEvents)
	if least == 0 {
		least = snapshotLeast
	}
	return taken + min(max(taken/snapshotShare, least), max(snapshotMost, least))
}

// keepSnapshots takes snapshots as they are due, until ctx is done.
func (c *Campaign) keepSnapshots(ctx context.Context) {
	for {
		select {
		case <-c.snapshots.due:
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
			c.snapshots.next.Store(uint64(c.nextSnapshot(last))) // later, and not at every commit
		}
	}
}

// takeSnapshot takes a snapshot between two commits, and writes it; first comes right before it, with the last event.
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
	return c.writeSnapshot(s)
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
		err = c.writeSnapshot(s)
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
	if !ok || taken.Seq() != last || edge.Size() != uint64(last) {
		return nil, fmt.Errorf("log, folds and tree are not at one event (%d, %d, %d)", last, taken.Seq(), edge.Size())
	}
	return &snapshot{edge: edge, mark: mark, taken: taken}, nil
}

// writeSnapshot writes what was frozen, behind the tree's tiles.
func (c *Campaign) writeSnapshot(s *snapshot) error {
	if _, _, err := c.proofs.tree.Sync(); err != nil {
		return err
	}
	root := s.edge.Root()
	s.head = snapshotHead{Campaign: c.ID, Folds: projections.FoldVersion, Seq: s.mark.Seq, Root: hex.EncodeToString(root[:])}
	s.head.Key = c.host.logKey.Public.String()
	c.proofs.remember(&s.head)
	if err := s.write(c.host.snapshotFile(c.ID)); err != nil {
		return fmt.Errorf("write the snapshot: %w", err)
	}
	c.snapshots.taken = s.mark.Seq
	c.snapshots.next.Store(uint64(c.nextSnapshot(s.mark.Seq)))
	c.host.cfg.Log.Debug().Str("campaign", c.ID).Uint64("seq", uint64(s.mark.Seq)).Msg("snapshot written")
	return nil
}
