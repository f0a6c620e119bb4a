package host

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/backup"
	"campaignledger/cmd/internal/durable"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// ErrNotSame: a backup was read without fault, and what it holds is not what it says of itself.
var ErrNotSame = errors.New("what the backup holds, folded anew, is not what the server had when it was made; keep this file apart, examine the server with campaign doctor, and make another")

// What a backup or a restore is doing, for its progress.
const (
	StepRead    = "read"    // the file, bytes
	StepRestore = "restore" // events
	StepFold    = "fold"    // the whole log anew; it does not say how far it is
)

// Progress is told now and then what is under way, and how much of how much of it is done.
type Progress func(step string, done, of uint64)

// CheckBackup examines a backup's file: it reads it to its end, restores it into a temporary directory in dir with a NATS server of its own, reads
// and folds the whole log there, checks every signature and checkpoint, and compares root, standings and awards with what the file says that the
// server had. Nothing is left of it. Errors: backup.ErrDamaged, ErrNotSame, a *ledger.BrokenError, or that it could not look.
func CheckBackup(ctx context.Context, path, dir string, log zerolog.Logger, progress Progress) (r *backup.Reader, err error) {
	r, err = ReadBackup(path, progress)
	if err != nil {
		return nil, err
	}
	aside, err := os.MkdirTemp(dir, asidePrefix+"*")
	if err != nil {
		return nil, fmt.Errorf("make a temporary directory to restore the backup into: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(aside)) }()
	h, err := Open(ctx, Config{Dir: aside, Scratch: true, ScrubPeriod: -1, Log: log.Level(zerolog.ErrorLevel)})
	if err != nil {
		return nil, err
	}
	defer h.Close()
	_, err = h.Restore(ctx, path, r, progress)
	return r, err
}

// asidePrefix begins the name of a directory that a backup is restored into to be looked at.
const asidePrefix = ".campaign-check-"

// ReadBackup reads a backup's file to its end, so that every byte of it is covered by its sum.
func ReadBackup(path string, progress Progress) (*backup.Reader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	r, err := backup.NewReader(&counted{file, 0, func(n int64) { progress(StepRead, uint64(n), uint64(info.Size())) }})
	for err == nil {
		_, _, err = r.Next()
	}
	if !errors.Is(err, io.EOF) {
		return nil, err
	}
	return r, nil
}

// counted tells how much was read.
type counted struct {
	r    io.Reader
	n    int64
	tell func(int64)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.tell(c.n)
	return n, err
}

// Restore puts a backup, which was read to its end before, into this directory or cluster, and opens it. The campaign must not be there, and this
// directory must not have seen it, but for a restore of the same file that was cut off: that is finished. What is restored is compared with what
// the file says, and is read-only. Errors: ledger.ErrExists, backup.ErrDamaged, ErrNotSame, a *ledger.BrokenError, or that of the store.
func (h *Host) Restore(ctx context.Context, path string, read *backup.Reader, progress Progress) (*Campaign, error) {
	id, m := read.Header.Campaign, read.Manifest
	if err := h.MayRestore(ctx, read); err != nil {
		return nil, err
	}
	store, err := h.streams.CreateCopy(ctx, id, ledger.Copy{Seq: m.Seq, Root: m.Root, Genesis: read.Header.Genesis, Key: read.Header.Key, Made: read.Header.Made, Backup: read.Sum})
	if err != nil {
		return nil, err
	}
	if err := h.restoreParts(ctx, id, store, path, read, progress); err != nil {
		return nil, fmt.Errorf("restore campaign %s: %w", id, err)
	}
	progress(StepFold, 0, 0)
	c, err := h.Campaign(ctx, id)
	if err != nil {
		return nil, err
	}
	if broken := c.Ledger.Broken(); broken != nil {
		return nil, broken
	}
	return c, c.sameAs(ctx, m)
}

// MayRestore is what Restore refuses a backup for before it begins; nil if nothing.
func (h *Host) MayRestore(ctx context.Context, read *backup.Reader) error {
	id := read.Header.Campaign
	if err := h.isNew(ctx, id); err != nil {
		return err
	}
	store, err := h.streams.Open(ctx, id)
	if errors.Is(err, ledger.ErrNoCampaign) {
		return nil
	}
	if err != nil {
		return err
	}
	there, err := store.CopyOf()
	if err != nil {
		return err
	}
	last, err := store.Last(ctx)
	if err == nil && (there == nil || there.Backup != read.Sum || last > read.Manifest.Seq) { // it went on since
		err = fmt.Errorf("campaign %s: %w", id, ledger.ErrExists)
	}
	return err
}

// isNew refuses a campaign that this directory has seen, and whose stream is gone: what stands here guards against just that.
func (h *Host) isNew(ctx context.Context, id string) error {
	_, err := h.streams.Open(ctx, id)
	if !errors.Is(err, ledger.ErrNoCampaign) {
		return nil // there is a stream: CreateCopy looks at it
	}
	if seen, ok := h.head.Get(id); ok {
		return fmt.Errorf("this directory has seen campaign %s up to event %d, and its log is gone: restore it to a new directory, which gets a log key of its own: %w", id, seen.Seq, ledger.ErrExists)
	}
	if notes, err := newCheckpointFile(h.cfg.Dir, id).read(); err != nil || len(notes) > 0 {
		return fmt.Errorf("this directory has checkpoints of campaign %s, and its log is gone: restore it to a new directory, which gets a log key of its own: %w", id, errors.Join(ledger.ErrExists, err))
	}
	return nil
}

// sameAs compares a restored campaign with what its backup says of the server that it was made of.
func (c *Campaign) sameAs(ctx context.Context, m backup.Manifest) error {
	var got claims
	err := c.InGate(ctx, operator, func(l *projections.Live, _ time.Time) (err error) {
		got, err = claim(l, c.proofs.tree)
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range []struct{ what, got, want string }{
		{"the last event", fmt.Sprint(got.seq), fmt.Sprint(m.Seq)}, {"the root", hex.EncodeToString(got.root[:]), m.Root},
		{"the standings' SHA-256", got.standings, m.Standings}, {"the awards' SHA-256", got.awards, m.Awards},
	} {
		if f.got != f.want {
			return fmt.Errorf("%w: %s is %s, and was %s", ErrNotSame, f.what, f.got, f.want)
		}
	}
	return nil
}

// restoring is a restore under way.
type restoring struct {
	host     *Host
	id       string
	store    *ledger.JetStreamStore
	progress Progress
	seq      events.Seq // of the backup's end

	had    func() (ledger.Commit, error, bool) // the next commit that an earlier attempt stored
	last   events.Seq                          // of these
	notes  [][]byte                            // of checkpoints, for the stream
	filed  [][]byte
	policy []byte

	evidence *ledger.Evidence // nil until there is some
	detached *ledger.Detached // nil until there is some
}

// restoreParts puts everything into its place, the log last: as long as it is not whole, the campaign can't be opened.
func (h *Host) restoreParts(ctx context.Context, id string, store *ledger.JetStreamStore, path string, read *backup.Reader, progress Progress) error {
	last, err := store.Last(ctx)
	if err != nil {
		return err
	}
	x := &restoring{host: h, id: id, store: store, progress: progress, seq: read.Manifest.Seq, last: last}
	for _, of := range []func(context.Context, backup.Part, io.Reader) error{x.beside, x.commit} {
		if err := x.pass(ctx, path, read.Sum, of); err != nil {
			return err
		}
	}
	return nil
}

// pass reads the file once more and hands its parts to take.
func (x *restoring) pass(ctx context.Context, path, sum string, take func(context.Context, backup.Part, io.Reader) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	next, stop := iter.Pull2(x.store.Read(ctx, 0, false))
	defer stop()
	x.had = next
	r, err := backup.NewReader(file)
	for err == nil {
		var p backup.Part
		var body io.Reader
		if p, body, err = r.Next(); err == nil {
			err = take(ctx, p, body)
		}
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	if r.Sum != sum {
		return fmt.Errorf("the file was changed while it was read: %w", backup.ErrDamaged)
	}
	return x.keep(ctx)
}

// beside restores what is not the log.
func (x *restoring) beside(ctx context.Context, p backup.Part, body io.Reader) (err error) {
	switch p.Part {
	case backup.Checkpoint, backup.Filed, backup.Policy:
		text, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		switch p.Part {
		case backup.Checkpoint:
			x.notes = append(x.notes, text)
		case backup.Filed:
			x.filed = append(x.filed, text)
		default:
			x.policy = text
		}
	case backup.Evidence:
		if x.evidence == nil {
			if x.evidence, err = x.host.openEvidence(ctx, x.id); err != nil {
				return err
			}
		}
		return x.evidence.Restore(ctx, *p.File, body)
	case backup.Text, backup.Erased:
		if x.detached == nil {
			if x.detached, err = x.host.openDetached(ctx, x.id); err != nil {
				return err
			}
		}
		text, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		return x.detached.Restore(ctx, ledger.Text{Hash: p.Text.Hash, By: p.Text.By, Salt: p.Text.Salt, Text: string(text), Erased: p.Part == backup.Erased})
	}
	return nil
}

// keep stores what was gathered in memory: checkpoints and policy. It does so once.
func (x *restoring) keep(ctx context.Context) error {
	if x.policy != nil {
		if err := durable.Replace(filepath.Join(x.host.cfg.Dir, policiesDir, x.id+".policy"), x.policy); err != nil {
			return fmt.Errorf("keep the policy: %w", err)
		}
	}
	if all := slices.Concat(x.notes, x.filed); len(all) > 0 {
		if err := durable.Replace(string(newCheckpointFile(x.host.cfg.Dir, x.id)), bytes.Join(all, nil)); err != nil {
			return fmt.Errorf("keep the checkpoints: %w", err)
		}
	}
	if len(x.notes) > 0 {
		if err := x.keepNotes(ctx); err != nil {
			return err
		}
	}
	x.notes, x.filed, x.policy = nil, nil, nil
	return nil
}

// keepNotes stores the stream's checkpoints, after those that an earlier attempt stored.
func (x *restoring) keepNotes(ctx context.Context) error {
	kept, err := x.host.streams.Checkpoints(ctx, x.id)
	if err != nil {
		return err
	}
	there, end, err := kept.After(ctx, 0)
	if err != nil {
		return err
	}
	if len(there) > len(x.notes) || !slices.EqualFunc(there, x.notes[:len(there)], bytes.Equal) {
		return fmt.Errorf("the stream of checkpoints holds others than the backup: %w", ledger.ErrExists)
	}
	for _, msg := range x.notes[len(there):] {
		if end, err = kept.Append(ctx, end, msg); err != nil {
			return err
		}
	}
	return nil
}

// commit stores a commit of the log, or finds it stored by an earlier attempt.
func (x *restoring) commit(ctx context.Context, p backup.Part, body io.Reader) error {
	if p.Part != backup.Commit {
		return nil
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	recorded, err := events.ParseTime(p.Recorded)
	if err != nil {
		return err
	}
	c := ledger.Commit{First: p.First, Recorded: recorded, Data: data}
	defer func() { x.progress(StepRestore, uint64(c.Last()), uint64(x.seq)) }()
	if c.First > x.last {
		return x.store.Append(ctx, c)
	}
	had, err, ok := x.had()
	if err != nil {
		return err
	}
	if !ok || had.First != c.First || !had.Recorded.Equal(c.Recorded) || !bytes.Equal(had.Data, c.Data) {
		return fmt.Errorf("event %d there is another than the backup's: %w", c.First, ledger.ErrExists)
	}
	return nil
}
