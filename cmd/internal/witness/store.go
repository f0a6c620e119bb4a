package witness

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"campaignledger/cmd/internal/durable"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
)

const (
	dirMode     = 0o700
	fileMode    = 0o600
	bufferBytes = 64 << 10

	stateName       = "state.json"
	recordsName     = "records.ndjson"
	pendingPattern  = "pending-%d.ndjson"
	checkpointsName = "checkpoints.txt"
	treeName        = "tree"

	stateFormat = "campaign-ledger/witness/v1"
	// maxStateBytes bounds state.json: two notes and a few numbers.
	maxStateBytes = 4 * proof.MaxNoteBytes
)

// state is what counts of the directory's files; see the package's documentation.
type state struct {
	Format      string     `json:"format"`
	Origin      string     `json:"origin"`
	Witness     string     `json:"witness"`
	Records     int64      `json:"records"` // bytes
	Last        events.Seq `json:"last"`    // in records
	Pending     int64      `json:"pending"` // bytes, of pending-<last+1>; 0: nothing is hidden
	Checkpoints int64      `json:"checkpoints"`
	Head        string     `json:"head"`     // the newest checkpoint that was found good, a note; "" before the first
	Cosigned    string     `json:"cosigned"` // the newest one that was cosigned, with that line; it may not have reached the server
	Seen        string     `json:"seen"`     // when head was last seen as the newest
}

// store is a witness's directory of one campaign.
type store struct {
	dir         string
	lock        *ledger.Lock
	state       state
	last        events.Seq // in records, with what is not saved yet
	records     *tailFile
	pending     *tailFile // nil where nothing is hidden
	checkpoints *tailFile
	old         []string // files to remove once the state is saved
}

// openStore opens or begins a directory and locks it.
func openStore(dir string, p *proof.Policy, witness string) (*store, error) {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, fmt.Errorf("make the witness's directory: %w; choose another with --dir", err)
	}
	lock, err := ledger.LockDir(dir)
	if errors.Is(err, ledger.ErrLocked) {
		return nil, fmt.Errorf("another witness works in %s; stop it, or choose another directory with --dir", dir)
	}
	if err != nil {
		return nil, err
	}
	s := &store{dir: dir, lock: lock}
	if err := s.open(p, witness); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *store) open(p *proof.Policy, witness string) error {
	err := s.read()
	if errors.Is(err, fs.ErrNotExist) {
		err = s.begin(p, witness)
	}
	if err != nil {
		return err
	}
	switch {
	case s.state.Origin != p.Origin:
		return fmt.Errorf("%s is of the log %s, and the policy for %s; choose another directory with --dir", s.dir, s.state.Origin, p.Origin)
	case s.state.Witness != witness:
		return fmt.Errorf("%s is the witness %s's, and the key %s's; choose another directory with --dir", s.dir, s.state.Witness, witness)
	}
	s.last = s.state.Last
	if s.records, err = openTail(s.path(recordsName), s.state.Records); err != nil {
		return damaged(err)
	}
	if s.checkpoints, err = openTail(s.path(checkpointsName), s.state.Checkpoints); err != nil {
		return damaged(err)
	}
	if s.state.Pending > 0 {
		s.pending, err = openTail(s.pendingPath(s.state.Last+1), s.state.Pending)
	}
	return damaged(err)
}

// damaged tells a file that lost something apart from one that can't be opened.
func damaged(err error) error {
	if errors.Is(err, errCut) {
		return &Alarm{Kind: Damaged, Reason: err.Error()}
	}
	return err
}

// begin makes a state before anything else, so that a directory that lost its own is told from a new one.
func (s *store) begin(p *proof.Policy, witness string) error {
	if info, err := os.Stat(s.path(recordsName)); err == nil && info.Size() > 0 {
		return fmt.Errorf("%s has records and no %s; put it back, or choose another directory with --dir", s.dir, stateName)
	}
	s.state = state{Format: stateFormat, Origin: p.Origin, Witness: witness}
	return s.write()
}

func (s *store) path(name string) string { return filepath.Join(s.dir, name) }

func (s *store) pendingPath(first events.Seq) string {
	return s.path(fmt.Sprintf(pendingPattern, first))
}

func (s *store) read() error {
	file, err := os.Open(s.path(stateName))
	if err != nil {
		return err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxStateBytes+1))
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err = d.Decode(&s.state); err == nil && s.state.Format != stateFormat {
		err = fmt.Errorf("its format is %.80q, not %s", s.state.Format, stateFormat)
	}
	if err == nil && (s.state.Records < 0 || s.state.Pending < 0 || s.state.Checkpoints < 0) {
		err = errors.New("a length is negative")
	}
	if err != nil {
		return &Alarm{Kind: Damaged, Reason: stateName + ": " + err.Error()}
	}
	return nil
}

// write puts the state into its place in one step, durably.
func (s *store) write() error {
	data, err := json.MarshalIndent(s.state, "", "  ")
	if err != nil {
		return err
	}
	return durable.Replace(s.path(stateName), append(data, '\n'))
}

// save makes everything that was added durable, and then the state that counts it.
func (s *store) save() error {
	for _, t := range []*tailFile{s.records, s.pending, s.checkpoints} {
		if t == nil {
			continue
		}
		if err := t.sync(); err != nil {
			return fmt.Errorf("keep what was checked: %w; is there space in %s?", err, s.dir)
		}
	}
	if err := durable.SyncDir(s.dir); err != nil { // a new file's name
		return err
	}
	s.state.Last, s.state.Records, s.state.Checkpoints, s.state.Pending = s.last, s.records.end, s.checkpoints.end, 0
	if s.pending != nil {
		s.state.Pending = s.pending.end
	}
	if err := s.write(); err != nil {
		return fmt.Errorf("keep what was checked: %w; is there space in %s?", err, s.dir)
	}
	s.records.kept, s.checkpoints.kept = s.records.end, s.checkpoints.end
	if s.pending != nil {
		s.pending.kept = s.pending.end
	}
	for _, path := range s.old {
		_ = os.Remove(path) // it counts no more; one that stays is only in the way of nothing
	}
	s.old = nil
	return nil
}

// add appends a line; from the first hidden one on they go to a file of their own.
func (s *store) add(l *line, text []byte) (err error) {
	if s.pending == nil && l.record == nil {
		if s.pending, err = openTail(s.pendingPath(l.seq), 0); err != nil {
			return err
		}
	}
	if s.pending != nil {
		s.pending.add(text)
		return nil
	}
	s.records.add(text)
	s.last = l.seq
	return nil
}

// place is where a store ends at a moment.
type place struct {
	last             events.Seq
	records, pending int64
	hides            bool
}

func (s *store) place() place {
	p := place{last: s.last, records: s.records.end}
	if s.pending != nil {
		p.pending, p.hides = s.pending.end, true
	}
	return p
}

// back undoes what was added since a place.
func (s *store) back(p place) error {
	s.last = p.last
	err := s.records.cutTo(p.records)
	switch {
	case s.pending == nil:
	case p.hides:
		err = errors.Join(err, s.pending.cutTo(p.pending))
	default:
		err = errors.Join(err, s.pending.Close(), os.Remove(s.pending.file.Name()))
		s.pending = nil
	}
	return err
}

// flush lets readers see what was added.
func (s *store) flush() error {
	err := errors.Join(s.records.flush(), s.checkpoints.flush())
	if s.pending != nil {
		err = errors.Join(err, s.pending.flush())
	}
	return err
}

// Close gives the files free.
func (s *store) Close() error {
	var errs []error
	for _, t := range []*tailFile{s.records, s.pending, s.checkpoints} {
		if t != nil {
			errs = append(errs, t.Close())
		}
	}
	return errors.Join(append(errs, s.lock.Unlock())...)
}
