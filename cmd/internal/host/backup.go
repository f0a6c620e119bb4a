package host

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"campaignledger/cmd/internal/backup"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// claims are what a campaign's server says of it at one event: a copy that is folded anew has to come to the same.
type claims struct {
	seq               events.Seq
	root              proof.Hash
	standings, awards string // SHA-256 of what a bundle claims, hex
}

// claim is what the fold, which may be used like a gate, and the tree say at the fold's end.
func claim(l *projections.Live, tree *proof.Tree) (c claims, err error) {
	c.seq, _ = l.Last()
	standings, awards, err := l.ClaimLines()
	if err != nil {
		return c, err
	}
	c.standings, c.awards = lineHash(standings), lineHash(awards)
	c.root, err = tree.RootAt(uint64(c.seq))
	return c, err
}

// lineHash is the SHA-256 of a line with its line feed, as events name standings.
func lineHash(line []byte) string {
	h := sha256.New()
	h.Write(line)
	h.Write([]byte{'\n'})
	return hex.EncodeToString(h.Sum(nil))
}

// operator sees through a freeze: what it makes leaves this machine's hands only by its owner's.
var operator = Reader{Role: events.RoleAuditor}

// claimNow is claim of the live state at its newest event; of a broken log of what is good of it, folded anew.
func (c *Campaign) claimNow(ctx context.Context) (now claims, err error) {
	if c.Ledger.Broken() == nil {
		err = c.InGate(ctx, operator, func(l *projections.Live, _ time.Time) (err error) {
			now, err = claim(l, c.proofs.tree)
			return err
		})
		return now, err
	}
	last, _ := c.Ledger.Last()
	past, err := c.Past(ctx, last)
	if err != nil {
		return now, err
	}
	return claim(past, c.proofs.tree)
}

// backingUp is a backup under way.
type backingUp struct {
	*Campaign
	to   *backup.Writer
	now  claims
	good bool // only what is good is wanted
	m    backup.Manifest
}

// Backup writes all that a server keeps of the campaign and that can't be made again, as of now; see package backup. Events that come meanwhile are not
// in it. Of a log that is read-only because it is broken it takes the good part, and leaves out files that are damaged, if that is what is asked for.
// progress is called now and then with how many events are done of how many.
func (c *Campaign) Backup(ctx context.Context, w io.Writer, good bool, progress func(done, events uint64)) error {
	b := &backingUp{Campaign: c, good: good}
	if broken := c.Ledger.Broken(); broken != nil {
		if !good {
			return fmt.Errorf("%w; campaign backup --good-prefix %s takes what is good of it", broken, c.ID)
		}
		b.m.Broken = strings.ToValidUTF8(broken.Error(), "?")
	}
	header, err := c.backupHeader(ctx)
	if err != nil {
		return err
	}
	if b.now, err = c.claimNow(ctx); err != nil {
		return err
	}
	b.to = backup.NewWriter(w, header)
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return b.commits(ctx, progress) }, b.checkpoints, b.policy, b.files, b.texts} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	b.m.Seq, b.m.Root, b.m.Standings, b.m.Awards = b.now.seq, hex.EncodeToString(b.now.root[:]), b.now.standings, b.now.awards
	return b.to.Close(b.m)
}

func (c *Campaign) backupHeader(ctx context.Context) (h backup.Header, err error) {
	first, err := firstRecord(ctx, c.store)
	if err != nil || first == nil {
		return h, fmt.Errorf("the first event can't be read: %w", errors.Join(err, ErrNoCheckpoint))
	}
	genesis := events.RecordHash(first)
	key := c.host.logKey.Public.String()
	switch taken := c.live.Summary().TakenOver; {
	case c.Untaken() != nil:
		key = c.copied.Key // nobody signs here
	case taken.Seq != 0:
		key = taken.Key.String()
	case c.proofs.isForeign():
		return h, fmt.Errorf("the backup names the key that signs the log, which is not this directory's: make it where that log.key is: %w", ErrUnsigned)
	}
	return backup.Header{Campaign: c.ID, Genesis: hex.EncodeToString(genesis[:]), Key: key,
		Made: events.FormatTime(events.Milliseconds(c.host.cfg.Now())), Program: program()}, nil
}

// program is the version of this program.
func program() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func (b *backingUp) commits(ctx context.Context, progress func(done, events uint64)) error {
	done := events.Seq(0)
	for commit, err := range b.Ledger.ReadCommits(ctx, 0, false) {
		if err != nil {
			return err
		}
		if commit.First > b.now.seq {
			break
		}
		if n := len(commit.Data); commit.Data[n-1] != '\n' {
			commit.Data = append(bytes.Clone(commit.Data), '\n')
		}
		part := backup.Part{Part: backup.Commit, Bytes: int64(len(commit.Data)), First: commit.First, Recorded: events.FormatTime(commit.Recorded)}
		if err := b.to.Write(part, bytes.NewReader(commit.Data)); err != nil {
			return err
		}
		done = commit.Last()
		progress(uint64(done), uint64(b.now.seq))
	}
	if done != b.now.seq {
		return fmt.Errorf("the log ends with event %d where %d were seen; campaign doctor %s says more", done, b.now.seq, b.ID)
	}
	return nil
}

// checkpoints writes the signed notes of no more events than the backup has.
func (b *backingUp) checkpoints(ctx context.Context) error {
	filed, err := b.proofs.file.read() // before the stream, which is written first
	if err != nil && !b.good {
		return err
	}
	stream, _, err := b.proofs.kept.After(ctx, 0)
	if err != nil && !b.good {
		return err
	}
	for _, list := range []struct {
		kind  string
		notes [][]byte
	}{{backup.Checkpoint, stream}, {backup.Filed, without(filed, stream)}} {
		for _, msg := range list.notes {
			_, head, err := proof.ReadHead(msg)
			if err != nil && !b.good {
				return err
			}
			if err != nil || events.Seq(head.Size) > b.now.seq {
				continue
			}
			if err := b.to.Write(backup.Part{Part: list.kind, Bytes: int64(len(msg))}, bytes.NewReader(msg)); err != nil {
				return err
			}
		}
	}
	return nil
}

// policy writes the policy that was adopted, if any.
func (b *backingUp) policy(context.Context) error {
	text, err := os.ReadFile(b.proofs.adoptedFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		_, err = proof.ParsePolicy(text)
	}
	if err != nil && b.good {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the policy that was adopted: %w", err)
	}
	return b.to.Write(backup.Part{Part: backup.Policy, Bytes: int64(len(text))}, bytes.NewReader(text))
}

// lose leaves a damaged thing out where only what is good is wanted.
func (b *backingUp) lose(hash string, err error) error {
	if !b.good {
		return fmt.Errorf("%w; or back up what is good with --good-prefix", err)
	}
	b.m.Lost = append(b.m.Lost, hash)
	return nil
}

// files writes the evidence: all that is held now, which is all that the events in the backup name.
func (b *backingUp) files(ctx context.Context) error {
	held, _, err := b.host.streams.Held(ctx, b.ID)
	if err != nil || !held {
		return err
	}
	evidence, err := b.Evidence(ctx)
	if err != nil {
		return err
	}
	list, err := evidence.Files(ctx)
	if err != nil {
		return err
	}
	for _, f := range list {
		if err := b.evidenceFile(ctx, evidence, f.SHA256); err != nil {
			return err
		}
	}
	return nil
}

func (b *backingUp) evidenceFile(ctx context.Context, evidence *ledger.Evidence, hash string) error {
	f, content, err := evidence.Open(ctx, hash)
	if errors.Is(err, ledger.ErrEvidenceDamaged) || err == nil && content.Size() != f.Size {
		return b.lose(hash, err)
	}
	if err != nil {
		return err
	}
	defer content.Close()
	return b.to.Write(backup.Part{Part: backup.Evidence, Bytes: f.Size, File: &f}, content)
}

// texts writes the detached texts, and of those that were erased the tombstones.
func (b *backingUp) texts(ctx context.Context) error {
	_, held, err := b.host.streams.Held(ctx, b.ID)
	if err != nil || !held {
		return err
	}
	detached, err := b.Detached(ctx)
	if err != nil {
		return err
	}
	list, err := detached.Texts(ctx)
	if err != nil {
		return err
	}
	for _, erased := range []bool{false, true} {
		for _, t := range list {
			if t.Erased != erased {
				continue
			}
			if t.Damaged() {
				if err := b.lose(t.Hash, fmt.Errorf("%s: %w", t.Hash, ledger.ErrDetachedDamaged)); err != nil {
					return err
				}
				continue
			}
			part := backup.Part{Part: backup.Text, Bytes: int64(len(t.Text)), Text: &backup.TextInfo{Hash: t.Hash, By: t.By, Salt: t.Salt}}
			if erased {
				part.Part = backup.Erased
			}
			if err := b.to.Write(part, strings.NewReader(t.Text)); err != nil {
				return err
			}
		}
	}
	return nil
}
