package ledger

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/text/unicode/norm"

	"campaignledger/events"
)

// Limits on the detached texts of a member.
const (
	// MaxMemberDetachedTexts bounds how many a member may put, the erased ones included, because their tombstones stay.
	MaxMemberDetachedTexts = 1000
	// MaxMemberDetachedBytes bounds the bytes of those that are held: a full page each.
	MaxMemberDetachedBytes = 4 << 20
)

const (
	detachedPrefix = "DETACHED_"
	// keyValueStreamPrefix and a bucket's name are the stream of a key-value bucket; so NATS has it.
	keyValueStreamPrefix = "KV_"
	// heldKey and erasedKey, each with a text's hash, are the keys of the text and of its tombstone.
	heldKey, erasedKey = "text.", "erased."
	// saltBytes is the size of a salt: as hard to guess as the hash.
	saltBytes = 32
)

// What can be wrong with a detached text.
var (
	// ErrNoDetached: no text of this hash was ever held here.
	ErrNoDetached = errors.New("no detached text of this hash is held here; put it first")
	// ErrErased: the text was held and is erased for good.
	ErrErased = errors.New("the detached text was erased")
	// ErrDetachedText: it can't be taken as it is. Nothing was kept.
	ErrDetachedText = fmt.Errorf("a detached text is UTF-8 in NFC of 1 to %d bytes", events.MaxTextBytes)
	// ErrDetachedQuota: the member has put as much as one may. Nothing was kept.
	ErrDetachedQuota = fmt.Errorf("a member puts at most %d detached texts, the erased ones included, and holds %d bytes of them; "+
		"erase what is not needed, or leave the text undetached", MaxMemberDetachedTexts, MaxMemberDetachedBytes)
	// ErrDetachedDamaged: what is stored is not the text of this hash.
	ErrDetachedDamaged = errors.New("the stored text is damaged; restore the bucket from a backup")
)

// Detached holds the texts of one campaign that its records name by hash only ([events.DetachedHash]), so that they can be erased while
// the log still verifies. They are in the JetStream key-value bucket DETACHED_<campaign>: the text and its salt under text.<hash>, a
// tombstone under erased.<hash>. The hash is over a fresh salt, so that the same text twice has two hashes.
//
// Limits are held as those of [Evidence] are: within a process, counted again at open.
//
// # What erasing does
//
// A plain delete or purge of a key leaves the bytes in JetStream's files for an unknown time. Erase uses the server's secure delete: the
// message is overwritten with random bytes in the block that holds it, in memory and on disk, the block is written anew, synced and
// put in place of the old file. When Erase returns, no file of the stream on that server holds text or salt. What may remain:
//   - the disk blocks of the replaced file, free but not overwritten, until the file system uses them again; only an encrypted disk or
//     one with immediate TRIM does better;
//   - with replicas: the copies of other servers for the moment until they follow, and the servers' Raft logs until they are next compacted;
//   - backups and snapshots made before, for as long as they are kept;
//   - memory of the processes that read it, and swap.
//
// The hash stays in the log, and the tombstone says whose text it was. Without the salt the hash tells nothing of the text.
type Detached struct {
	stream jetstream.Stream
	bucket jetstream.KeyValue
	name   string

	erasing sync.Mutex // one at a time, so that each text's bytes are given back once

	mu     sync.Mutex
	totals map[string]detachedTotal // by member
}

// detachedTotal is what a member has put.
type detachedTotal struct {
	texts int   // ever
	bytes int64 // of texts, held
}

// detachedText is what is stored of a text; in a tombstone salt and text are empty.
type detachedText struct {
	By     string `json:"by"`
	Salt   string `json:"salt,omitempty"`
	Text   string `json:"text,omitempty"`
	Erased bool   `json:"erased,omitempty"`
}

// OpenDetached opens a campaign's detached texts and makes their bucket if need be, with this number of replicas (0 stands for 1). The
// connection stays the caller's. It reads all texts once, and ends what an Erase that was cut off had begun.
func OpenDetached(ctx context.Context, nc *nats.Conn, campaign string, replicas int, tags ...string) (*Detached, error) {
	ctx, cancel := context.WithTimeout(ctx, bucketOpenTimeout)
	defer cancel()
	name := detachedPrefix + campaign
	js, stream, err := openBucket(ctx, nc, campaign, jetstream.StreamConfig{
		Name:              keyValueStreamPrefix + name,
		Description:       "Campaign Ledger: detached texts, which can be erased",
		Subjects:          []string{"$KV." + name + ".>"},
		MaxMsgsPerSubject: 1,
		Replicas:          replicas,
		Placement:         placement(tags),
	})
	if err != nil {
		return nil, err
	}
	bucket, err := js.KeyValue(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("open the bucket %s: %w", name, err)
	}
	d := &Detached{stream: stream, bucket: bucket, name: name, totals: map[string]detachedTotal{}}
	return d, d.count(ctx)
}

// count sets the totals to what the bucket holds, and erases what has a tombstone.
func (d *Detached) count(ctx context.Context) error {
	held, erased, err := d.list(ctx)
	if err != nil {
		return err
	}
	for hash, by := range erased {
		total := d.totals[by]
		d.totals[by] = detachedTotal{total.texts + 1, total.bytes}
		if _, ok := held[hash]; !ok {
			continue
		}
		if err := d.wipe(ctx, hash); err != nil {
			return err
		}
		delete(held, hash)
	}
	for _, t := range held {
		total := d.totals[t.By]
		d.totals[t.By] = detachedTotal{total.texts + 1, total.bytes + int64(len(t.Text))}
	}
	return nil
}

// list reads the bucket: texts by hash, and whose the erased ones were.
func (d *Detached) list(ctx context.Context) (held map[string]detachedText, erased map[string]string, err error) {
	watcher, err := d.bucket.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, nil, fmt.Errorf("list the texts of %s: %w", d.name, err)
	}
	defer watcher.Stop()
	held, erased = map[string]detachedText{}, map[string]string{}
	for {
		select {
		case entry, ok := <-watcher.Updates():
			if !ok {
				return nil, nil, fmt.Errorf("list the texts of %s: %w", d.name, ErrUnreachable)
			}
			if entry == nil { // that was the last one
				return held, erased, nil
			}
			var t detachedText
			_ = json.Unmarshal(entry.Value(), &t) // a damaged one is nobody's and still can be erased
			if hash, ok := strings.CutPrefix(entry.Key(), heldKey); ok {
				held[hash] = t
			} else if hash, ok := strings.CutPrefix(entry.Key(), erasedKey); ok {
				erased[hash] = t.By
			}
		case <-ctx.Done():
			return nil, nil, fmt.Errorf("list the texts of %s: %w", d.name, ctx.Err())
		}
	}
}

// Put keeps a text of a member and gives the hash that stands for it in a record. Errors: ErrDetachedText, ErrDetachedQuota, or that of
// the store; then the text is erased again if it can be.
func (d *Detached) Put(ctx context.Context, by, text string) (hash string, err error) {
	switch {
	case !events.ValidID(by):
		return "", fmt.Errorf("%q is not a member's id", by)
	case len(text) == 0 || len(text) > events.MaxTextBytes:
		return "", fmt.Errorf("%d bytes: %w", len(text), ErrDetachedText)
	case !utf8.ValidString(text) || !norm.NFC.IsNormalString(text):
		return "", ErrDetachedText
	}
	var salt [saltBytes]byte
	rand.Read(salt[:]) // never fails
	t := detachedText{By: by, Salt: hex.EncodeToString(salt[:]), Text: text}
	hash = events.DetachedHash(t.Salt, text)
	value, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("encode a detached text: %w", err)
	}
	if err := d.reserve(by, len(text)); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
	defer cancel()
	if _, err := d.bucket.Create(ctx, heldKey+hash, value); err != nil {
		// It may have been stored, and nobody would know its hash. While it is not known to be gone it counts.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
		defer cancel()
		if d.wipe(ctx, hash) == nil {
			d.add(by, -1, -len(text))
		}
		return "", fmt.Errorf("store a detached text: %w", err)
	}
	return hash, nil
}

// reserve counts a text before it is written, so that Puts at the same time can't pass the limit together.
func (d *Detached) reserve(by string, size int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	total := d.totals[by]
	if total.texts >= MaxMemberDetachedTexts || total.bytes+int64(size) > MaxMemberDetachedBytes {
		return fmt.Errorf("%s has put %d texts and holds %d bytes: %w", by, total.texts, total.bytes, ErrDetachedQuota)
	}
	d.totals[by] = detachedTotal{total.texts + 1, total.bytes + int64(size)}
	return nil
}

func (d *Detached) add(by string, texts, size int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	total := d.totals[by]
	d.totals[by] = detachedTotal{total.texts + texts, total.bytes + int64(size)}
}

// Get is the text of a hash and its salt in hex, checked against the hash. Errors: ErrErased, ErrNoDetached, ErrDetachedDamaged.
func (d *Detached) Get(ctx context.Context, hash string) (text, salt string, err error) {
	t, err := d.find(ctx, hash)
	if err != nil {
		return "", "", err
	}
	if t.Erased {
		return "", "", fmt.Errorf("%s: %w", hash, ErrErased)
	}
	if events.DetachedHash(t.Salt, t.Text) != hash {
		return "", "", fmt.Errorf("%s: %w", hash, ErrDetachedDamaged)
	}
	return t.Text, t.Salt, nil
}

// By is the member whose text it is, or was. Errors: ErrNoDetached, ErrDetachedDamaged.
func (d *Detached) By(ctx context.Context, hash string) (string, error) {
	t, err := d.find(ctx, hash)
	if err == nil && t.By == "" {
		err = fmt.Errorf("%s: %w", hash, ErrDetachedDamaged)
	}
	return t.By, err
}

// Erase erases text and salt of a hash for good and leaves a tombstone; see [Detached] for what may remain. Erasing again changes
// nothing. After an error call it again: Get may refuse the text already while its bytes still stand. Errors: ErrNoDetached.
func (d *Detached) Erase(ctx context.Context, hash string) error {
	d.erasing.Lock()
	defer d.erasing.Unlock()
	t, err := d.find(ctx, hash)
	if err != nil {
		return err
	}
	if !t.Erased { // the tombstone first: from now on nobody is given the text, and if this is cut off, the next open ends it
		value, err := json.Marshal(detachedText{By: t.By, Erased: true})
		if err != nil {
			return fmt.Errorf("encode a tombstone: %w", err)
		}
		if _, err := d.bucket.Put(ctx, erasedKey+hash, value); err != nil {
			return fmt.Errorf("erase the text %s: %w", hash, err)
		}
		d.add(t.By, 0, -len(t.Text))
	}
	return d.wipe(ctx, hash)
}

// wipe overwrites the message that holds a text, if there is one.
func (d *Detached) wipe(ctx context.Context, hash string) error {
	entry, err := d.bucket.Get(ctx, heldKey+hash)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("erase the text %s: %w", hash, err)
	}
	if err := d.stream.SecureDeleteMsg(ctx, entry.Revision()); err != nil {
		if _, gone := d.bucket.Get(ctx, heldKey+hash); errors.Is(gone, jetstream.ErrKeyNotFound) {
			return nil // another process was first, or the answer was lost
		}
		return fmt.Errorf("erase the text %s: %w", hash, err)
	}
	return nil
}

// find is what is stored of a hash, the tombstone if there is one. A text that is not JSON any more is the zero detachedText. Errors:
// ErrNoDetached.
func (d *Detached) find(ctx context.Context, hash string) (t detachedText, err error) {
	if !isSHA256(hash) {
		return t, fmt.Errorf("%q is not a SHA-256 in lower-case hex: %w", hash, ErrNoDetached)
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	for _, key := range []string{erasedKey, heldKey} {
		entry, err := d.bucket.Get(ctx, key+hash)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			continue
		}
		if err != nil {
			return t, fmt.Errorf("ask for the text %s: %w", hash, err)
		}
		if json.Unmarshal(entry.Value(), &t) != nil {
			t = detachedText{}
		}
		t.Erased = key == erasedKey
		return t, nil
	}
	return t, fmt.Errorf("%s: %w", hash, ErrNoDetached)
}
