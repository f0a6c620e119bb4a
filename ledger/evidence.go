package ledger

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/events"
)

// Limits on evidence. What is named in a log is kept as long as the log, so nobody may fill the disk with it.
const (
	// MaxEvidenceBytes bounds one file: a scanned report of some hundred pages, or a folder of photos in one document.
	MaxEvidenceBytes = 32 << 20
	// MaxMemberEvidenceBytes bounds what one member was the first to put: a season's reports of a unit, several times over.
	MaxMemberEvidenceBytes = 256 << 20
	// MaxMemberEvidenceFiles bounds the number of those files, because each costs some hundred bytes of memory in the server,
	// however small it is.
	MaxMemberEvidenceFiles = 4096
	// MaxEvidenceNameBytes bounds a file's name: what file systems take.
	MaxEvidenceNameBytes = 255
)

const (
	evidencePrefix = "EVIDENCE_"
	// objectStreamPrefix and a bucket's name are the stream of an object store; so NATS has it.
	objectStreamPrefix = "OBJ_"
	// evidenceChunkBytes is the size of a stored part: far below the server's maximum payload, and 256 parts for the largest file.
	evidenceChunkBytes = 128 << 10
	// evidenceStoreTimeout bounds the storing of one file: 256 synced messages, on a slow disk some seconds.
	evidenceStoreTimeout = time.Minute
	// bucketOpenTimeout bounds the reading of a bucket's metadata at open.
	bucketOpenTimeout = time.Minute

	// The metadata of a stored file.
	evidenceBy, evidenceName, evidenceType = "by", "name", "type"
)

// What can be wrong with evidence.
var (
	// ErrNoEvidence: no file with this SHA-256 is held here.
	ErrNoEvidence = errors.New("no file with this SHA-256 is held here; put it first")
	// ErrEvidenceTooBig: nothing was kept.
	ErrEvidenceTooBig = fmt.Errorf("a file of evidence has at most %d MiB; split it or make its pictures smaller", MaxEvidenceBytes>>20)
	// ErrEvidenceType: the content is not of a kind that is taken; the error says which. Nothing was kept.
	ErrEvidenceType = errors.New("this kind of file is not taken as evidence; " +
		"taken are PDF, PNG, JPEG, WebP, DOCX, XLSX, PPTX, ODT, ODS, ODP, and UTF-8 text as .txt, .csv, .md or .log")
	// ErrEvidenceQuota: the member has put as much as one may. Nothing was kept.
	ErrEvidenceQuota = fmt.Errorf("a member puts at most %d MiB and %d files of evidence into a campaign; "+
		"another member of the unit may put this one", MaxMemberEvidenceBytes>>20, MaxMemberEvidenceFiles)
	// ErrEvidenceDamaged: what is stored is not what was put. Putting the file again repairs it.
	ErrEvidenceDamaged = errors.New("the stored file is damaged; put it again to repair it")
)

// File is a file of evidence.
type File struct {
	SHA256 string `json:"sha256"` // of its bytes, in lower-case hex
	Size   int64  `json:"size"`   // in bytes, 1 to MaxEvidenceBytes
	Type   string `json:"type"`   // media type by content, without parameters
	Name   string `json:"name"`   // cleaned; its extension fits the type
	By     string `json:"by"`     // the member who was first to put it
}

// Evidence holds the files of one campaign that its records name by SHA-256, in the JetStream object store EVIDENCE_<campaign>
// (subjects $O.EVIDENCE_<campaign>.>, which guests of an embedded server do not reach: they are in another account). A file's
// object is named by the SHA-256 of its bytes, which every read checks. Files are never removed.
//
// Files are stored one after another. The limits of a member are held within a process; the totals are counted again from the bucket at
// open. Of several servers on one cluster each counts what stood there at open and what it took itself.
type Evidence struct {
	// Server is this process's own, whose disk must then have room for a file; nil: another's. It is set before the first Put.
	Server *Embedded

	stream jetstream.Stream
	bucket jetstream.ObjectStore
	name   string // of the bucket

	// turn holds one while a Put stores: the client sends all parts of a file at once, and of several files the server would refuse
	// some as too many. One after another they keep the limits, and the same bytes are stored once.
	turn   chan struct{}
	totals map[string]evidenceTotal // by member; whose turn it is uses it
}

// evidenceTotal is what a member has put.
type evidenceTotal struct {
	files int
	bytes int64
}

// OpenEvidence opens a campaign's files and makes their bucket if need be, with this number of replicas (0 stands for 1), on servers that
// have all tags. The connection stays the caller's. It reads the metadata of each file, about 100,000 a second.
func OpenEvidence(ctx context.Context, nc *nats.Conn, campaign string, replicas int, tags ...string) (*Evidence, error) {
	ctx, cancel := context.WithTimeout(ctx, bucketOpenTimeout)
	defer cancel()
	name := evidencePrefix + campaign
	js, stream, err := openBucket(ctx, nc, campaign, jetstream.StreamConfig{
		Name:        objectStreamPrefix + name,
		Description: "Campaign Ledger: files of evidence",
		Subjects:    []string{"$O." + name + ".C.>", "$O." + name + ".M.>"},
		Replicas:    replicas,
		Placement:   placement(tags),
	})
	if err != nil {
		return nil, err
	}
	bucket, err := js.ObjectStore(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("open the bucket %s: %w", name, err)
	}
	e := &Evidence{
		stream: stream, bucket: bucket, name: name,
		turn:   make(chan struct{}, 1),
		totals: map[string]evidenceTotal{},
	}
	return e, e.count(ctx)
}

// openBucket opens the stream of an object store or a key-value bucket, or makes it with what both have in common. Other than the NATS
// client makes them it is read at its leader only, so that what was stored is seen at once on every server, and its messages may be
// deleted one by one, which erasing a text takes.
func openBucket(ctx context.Context, nc *nats.Conn, campaign string, cfg jetstream.StreamConfig) (
	jetstream.JetStream, jetstream.Stream, error) {
	if !events.ValidID(campaign) {
		return nil, nil, fmt.Errorf("%q is not a campaign's id; ids are a-z, 0-9 and hyphens, at most 63", campaign)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, nil, fmt.Errorf("use JetStream: %w", err)
	}
	cfg.Storage, cfg.Discard, cfg.AllowRollup = jetstream.FileStorage, jetstream.DiscardNew, true
	cfg.Replicas = max(cfg.Replicas, 1)
	stream, err := openStream(ctx, js, cfg)
	return js, stream, err
}

// count sets the totals to what the bucket holds.
func (e *Evidence) count(ctx context.Context) error {
	return e.each(ctx, func(f File) {
		total := e.totals[f.By]
		e.totals[f.By] = evidenceTotal{total.files + 1, total.bytes + f.Size}
	})
}

// each calls do with the description of every file that is held.
func (e *Evidence) each(ctx context.Context, do func(File)) error {
	watcher, err := e.bucket.Watch(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return fmt.Errorf("list the files of %s: %w", e.name, err)
	}
	defer watcher.Stop()
	for {
		select {
		case info, ok := <-watcher.Updates():
			if !ok {
				return fmt.Errorf("list the files of %s: %w", e.name, ErrUnreachable)
			}
			if info == nil { // that was the last one
				return nil
			}
			do(fileOf(info))
		case <-ctx.Done():
			return fmt.Errorf("list the files of %s: %w", e.name, ctx.Err())
		}
	}
}

func fileOf(info *jetstream.ObjectInfo) File {
	return File{
		SHA256: info.Name,
		Size:   int64(min(info.Size, MaxEvidenceBytes+1)), // more can't be; a foreign size may not turn negative
		Type:   info.Metadata[evidenceType],
		Name:   info.Metadata[evidenceName],
		By:     info.Metadata[evidenceBy],
	}
}

// Put keeps the bytes of r, which the member by puts under a name. The bytes go through a temporary file, not through memory. What is
// held already costs nothing: the File is then the one of who was first, and the stored bytes are read and, if damaged, repaired. Once
// all of r is read the storing runs to its end, whatever ctx does. Errors: ErrEvidenceTooBig, ErrEvidenceType, ErrEvidenceQuota, or that
// of r or the store; nothing is kept then, except that a server that dies on the way may leave parts that no file names.
func (e *Evidence) Put(ctx context.Context, by, name string, r io.Reader) (File, error) {
	if !events.ValidID(by) {
		return File{}, fmt.Errorf("%q is not a member's id", by)
	}
	spool, sum, err := newSpool(r)
	if err != nil {
		return File{}, err
	}
	defer spool.Close()
	f := File{SHA256: hex.EncodeToString(sum[:]), Size: spool.Size(), By: by}
	if f.Type, f.Name, err = classifyEvidence(spool, spool.Size(), name); err != nil {
		return File{}, err
	}
	select {
	case e.turn <- struct{}{}:
		defer func() { <-e.turn }()
	case <-ctx.Done():
		return File{}, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), evidenceStoreTimeout)
	defer cancel()
	return e.keep(ctx, f, spool)
}

// keep stores the spooled bytes as f, unless they are held and whole.
func (e *Evidence) keep(ctx context.Context, f File, spool *Spool) (File, error) {
	held, found, err := e.Held(ctx, f.SHA256)
	if err != nil {
		return File{}, err
	}
	if found {
		held.Size = f.Size
		err := e.check(ctx, f.SHA256)
		if errors.Is(err, ErrEvidenceDamaged) {
			err = e.store(ctx, held, spool)
		}
		if err != nil {
			return File{}, err
		}
		return held, nil
	}
	total := e.totals[f.By]
	if total.files >= MaxMemberEvidenceFiles || total.bytes+f.Size > MaxMemberEvidenceBytes {
		return File{}, fmt.Errorf("%s has put %d files, %d bytes in all: %w", f.By, total.files, total.bytes, ErrEvidenceQuota)
	}
	e.totals[f.By] = evidenceTotal{total.files + 1, total.bytes + f.Size}
	if err := e.store(ctx, f, spool); err != nil {
		// The description may have been stored where a part was not. While it is not known to be gone it counts.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
		defer cancel()
		if undo := e.bucket.Delete(ctx, f.SHA256); undo == nil || errors.Is(undo, jetstream.ErrObjectNotFound) {
			e.totals[f.By] = total
		}
		return File{}, err
	}
	return f, nil
}

func (e *Evidence) store(ctx context.Context, f File, spool *Spool) error {
	written, err := e.Server.Take(f.Size)
	if err != nil {
		return fmt.Errorf("store the file %s: %w", f.SHA256, err)
	}
	defer written()
	_, err = e.bucket.Put(ctx, jetstream.ObjectMeta{
		Name:     f.SHA256,
		Metadata: map[string]string{evidenceBy: f.By, evidenceName: f.Name, evidenceType: f.Type},
		Opts:     &jetstream.ObjectMetaOptions{ChunkSize: evidenceChunkBytes},
	}, io.NewSectionReader(spool, 0, f.Size))
	if err != nil {
		return fmt.Errorf("store the file %s: %w", f.SHA256, err)
	}
	return nil
}

// Held tells whether the campaign holds a file with this SHA-256 in hex, and which. It is one request and reads no bytes of the file.
func (e *Evidence) Held(ctx context.Context, sha256 string) (File, bool, error) {
	info, err := e.info(ctx, sha256)
	if errors.Is(err, ErrNoEvidence) {
		return File{}, false, nil
	}
	if err != nil {
		return File{}, false, err
	}
	return fileOf(info), true, nil
}

// info is the description of an object. Errors: ErrNoEvidence.
func (e *Evidence) info(ctx context.Context, sha256 string) (*jetstream.ObjectInfo, error) {
	if !isSHA256(sha256) {
		return nil, fmt.Errorf("%q is not a SHA-256 in lower-case hex: %w", sha256, ErrNoEvidence)
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	info, err := e.bucket.GetInfo(ctx, sha256)
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil, fmt.Errorf("%s: %w", sha256, ErrNoEvidence)
	}
	if err != nil {
		return nil, fmt.Errorf("ask for the file %s: %w", sha256, err)
	}
	return info, nil
}

// isSHA256 reports whether s is 64 lower-case hex digits.
func isSHA256(s string) bool {
	const digits = 64
	if len(s) != digits {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
