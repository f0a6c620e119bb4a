package ledger

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/events"
)

// copyMark is the key of a stream's metadata that says of what it is a copy. It is there from the stream's creation on, in one request with it, and
// wherever the stream is: no server that finds the stream can miss it. It stays for good; the log itself says when the copy was taken over.
const copyMark = "campaign-copy"

const copyFormat = 1

// Copy says that a campaign's stream was restored from a backup, and of what.
type Copy struct {
	Format  int        `json:"format"`
	Seq     events.Seq `json:"seq"`     // the last event of the backup
	Root    string     `json:"root"`    // of its tree, hex
	Genesis string     `json:"genesis"` // SHA-256 of its first record, hex
	Key     string     `json:"key"`     // of the log that it was made of, as ed25519:<hex>
	Made    string     `json:"made"`    // when the backup was made, in the form of recorded times
	Backup  string     `json:"backup"`  // SHA-256 of the backup's file, hex
}

// Same reports whether both are of one backup.
func (c *Copy) Same(other *Copy) bool { return c != nil && other != nil && *c == *other }

// ErrExists: the campaign is there, and is not what is being restored.
var ErrExists = errors.New("the campaign is there already; restore it to another directory or cluster")

// CreateCopy makes the stream of a campaign that is being restored, or opens the one that an earlier attempt at the same backup made. It holds what
// that attempt got done, and takes the backup's commits. Errors: ErrExists.
func (s *Streams) CreateCopy(ctx context.Context, id string, c Copy) (*JetStreamStore, error) {
	c.Format = copyFormat
	mark, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("campaign %s: %w", id, err)
	}
	store, err := s.Open(ctx, id)
	if errors.Is(err, ErrNoCampaign) {
		if err := s.cfg.Embedded.Room(events.MaxOpeningBytes); err != nil {
			return nil, fmt.Errorf("create the stream of campaign %s: %w", id, err)
		}
		config := s.placed(pinnedConfig(id, s.cfg.Replicas))
		config.Metadata = map[string]string{copyMark: string(mark)}
		if _, err := s.js.CreateStream(ctx, config); err != nil && !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			return nil, fmt.Errorf("create the stream of campaign %s: %w", id, err)
		}
		store, err = s.Open(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	there, err := store.CopyOf()
	if err != nil {
		return nil, err
	}
	if !there.Same(&c) {
		return nil, fmt.Errorf("campaign %s: %w", id, ErrExists)
	}
	return store, nil
}

// CopyOf is what the stream is a copy of, as it was when it was opened here; nil if it is none.
func (s *JetStreamStore) CopyOf() (*Copy, error) {
	mark, ok := s.stream.CachedInfo().Config.Metadata[copyMark]
	if !ok {
		return nil, nil
	}
	var c Copy
	err := json.Unmarshal([]byte(mark), &c)
	if err == nil && (c.Format != copyFormat || c.Seq == 0 || !isSHA256(c.Root)) {
		err = fmt.Errorf("it is of format %d; this program knows %d", c.Format, copyFormat)
	}
	if err != nil {
		return nil, fmt.Errorf("campaign %s: the stream's metadata %s can't be read: %w", s.id, copyMark, err)
	}
	return &c, nil
}

// Files are all files that are held, by SHA-256.
func (e *Evidence) Files(ctx context.Context) (files []File, err error) {
	ctx, cancel := context.WithTimeout(ctx, bucketOpenTimeout)
	defer cancel()
	err = e.each(ctx, func(f File) { files = append(files, f) })
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.SHA256, b.SHA256) })
	return files, err
}

// Restore keeps a file of a backup as it was described there, whatever the limits of a member: they were held when it was put. What is held and whole
// stays. Errors: ErrEvidenceTooBig, ErrEvidenceDamaged if the bytes are not the file's.
func (e *Evidence) Restore(ctx context.Context, f File, r io.Reader) error {
	spool, sum, err := newSpool(r)
	if err != nil {
		return err
	}
	defer spool.Close()
	if hex.EncodeToString(sum[:]) != f.SHA256 || spool.Size() != f.Size {
		return fmt.Errorf("%s: %w", f.SHA256, ErrEvidenceDamaged)
	}
	select {
	case e.turn <- struct{}{}:
		defer func() { <-e.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, evidenceStoreTimeout)
	defer cancel()
	_, held, err := e.Held(ctx, f.SHA256)
	if err != nil {
		return err
	}
	if held && e.check(ctx, f.SHA256) == nil {
		return nil
	}
	if err := e.store(ctx, f, spool); err != nil {
		return err
	}
	if !held {
		total := e.totals[f.By]
		e.totals[f.By] = evidenceTotal{total.files + 1, total.bytes + f.Size}
	}
	return nil
}

// Check reads a held file whole. Errors: ErrNoEvidence, ErrEvidenceDamaged.
func (e *Evidence) Check(ctx context.Context, sha256 string) error { return e.check(ctx, sha256) }

// Text is a detached text as a backup has it.
type Text struct {
	Hash   string // that stands for it in records
	By     string // the member whose text it is
	Salt   string // hex; "" for an erased one
	Text   string
	Erased bool
}

// Damaged reports whether it is not the text of its hash.
func (t Text) Damaged() bool { return !t.Erased && events.DetachedHash(t.Salt, t.Text) != t.Hash }

// Texts are all texts that are or were held, by hash. Of erased ones nothing but the tombstone is left.
func (d *Detached) Texts(ctx context.Context) ([]Text, error) {
	ctx, cancel := context.WithTimeout(ctx, bucketOpenTimeout)
	defer cancel()
	held, erased, err := d.list(ctx)
	if err != nil {
		return nil, err
	}
	all := map[string]Text{}
	for hash, t := range held {
		all[hash] = Text{Hash: hash, By: t.By, Salt: t.Salt, Text: t.Text}
	}
	for hash, by := range erased {
		all[hash] = Text{Hash: hash, By: by, Erased: true}
	}
	var texts []Text
	for _, hash := range slices.Sorted(maps.Keys(all)) {
		texts = append(texts, all[hash])
	}
	return texts, nil
}

// Restore keeps a text of a backup, whatever the limits of a member. What was erased there or here stays erased. Errors: ErrDetachedDamaged.
func (d *Detached) Restore(ctx context.Context, t Text) error {
	if !isSHA256(t.Hash) || t.Damaged() {
		return fmt.Errorf("%s: %w", t.Hash, ErrDetachedDamaged)
	}
	d.erasing.Lock()
	defer d.erasing.Unlock()
	found, err := d.find(ctx, t.Hash)
	if err != nil && !errors.Is(err, ErrNoDetached) || err == nil && (found.Erased || !t.Erased) {
		return err
	}
	key, kept := heldKey+t.Hash, detachedText{By: t.By, Salt: t.Salt, Text: t.Text}
	if t.Erased {
		key, kept = erasedKey+t.Hash, detachedText{By: t.By, Erased: true}
	}
	value, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("encode a detached text: %w", err)
	}
	if err := d.Server.Room(int64(len(value))); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if _, err := d.bucket.Put(ctx, key, value); err != nil {
		return fmt.Errorf("restore the text %s: %w", t.Hash, err)
	}
	if t.Erased && found.By != "" {
		d.add(t.By, 0, -len(found.Text))
		return d.wipe(ctx, t.Hash)
	}
	d.add(t.By, 1, len(t.Text))
	return nil
}

// Held reports whether a campaign has files of evidence, and detached texts, or ever had: whether their buckets are there. It makes none.
func (s *Streams) Held(ctx context.Context, id string) (files, texts bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	has := func(name string) bool {
		_, one := s.js.Stream(ctx, name)
		if errors.Is(one, jetstream.ErrStreamNotFound) {
			return false
		}
		if one != nil && err == nil {
			err = fmt.Errorf("ask for the stream %s: %w", name, one)
		}
		return one == nil
	}
	return has(objectStreamPrefix + evidencePrefix + id), has(keyValueStreamPrefix + detachedPrefix + id), err
}

// Names are the names of all streams there are, sorted, whoever made them.
func (s *Streams) Names(ctx context.Context) (names []string, err error) {
	list := s.js.StreamNames(ctx)
	for name := range list.Name() {
		names = append(names, name)
	}
	if err := list.Err(); err != nil {
		return nil, fmt.Errorf("list the streams: %w", err)
	}
	slices.Sort(names)
	return names, nil
}

// CampaignOfStream is the campaign that a stream belongs to: its log, its checkpoints, its evidence or its detached texts.
func CampaignOfStream(name string) (id string, ok bool) {
	for _, prefix := range []string{streamPrefix, checkpointPrefix, objectStreamPrefix + evidencePrefix, keyValueStreamPrefix + detachedPrefix} {
		if id, ok = strings.CutPrefix(name, prefix); ok {
			return id, events.ValidID(id)
		}
	}
	return "", false
}
