package verify

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// Skew is how far the server's clock may differ from a witness's, the moments between a checkpoint and its cosignature included.
const Skew = time.Minute

// Options say what is checked.
type Options struct {
	Policy    *proof.Policy
	Bundle    io.Reader // an io.Seeker too where documents are to be made again: it is read a second time then
	Against   []Source
	Documents []Source // PDFs or ZIPs that may be logged
	Evidence  fs.FS    // files that the records may name; nil: not looked for
	Lang      string   // of the texts: "vi", else English
	Progress  func(bytes int64)
}

// Source is a file of the auditor: as Against a checkpoint or several one after the other, a receipt, a kept refusal, a kept lodging, or an
// older bundle.
type Source struct {
	Name   string
	Reader io.Reader
}

// Status is what came of a check.
type Status string

// The statuses.
const (
	OK           Status = "ok"
	Failed       Status = "failed"
	NotCheckable Status = "not-checkable"
	NotReached   Status = "not-reached" // it depends on what failed before
)

// The names of lines, which do not change.
const (
	Authentic  = "authentic"
	Complete   = "complete"
	Witnessed  = "witnessed"
	Timely     = "timely"
	Admitted   = "admitted"
	Recomputed = "recomputed"
	Against    = "against"
	Document   = "document"
	Evidence   = "evidence"
	Unknowable = "not-checkable"
)

// Line is one line of a report.
type Line struct {
	Name    string     `json:"name"`
	Status  Status     `json:"status"`
	Seq     events.Seq `json:"seq,omitempty"`  // the first event at fault, of a failed line; 0: of no one event
	File    string     `json:"file,omitempty"` // of against and document
	Text    string     `json:"text"`
	Details []string   `json:"details,omitempty"`
	Mend    bool       `json:"mend,omitempty"` // not checkable with these files, but with another policy
}

// Report is what a verification found.
type Report struct {
	Format       int    `json:"format"`             // 1
	OK           bool   `json:"ok"`                 // nothing failed, depends on what did, or needs another policy
	Origin       string `json:"origin"`             // of the bundle
	OtherLog     bool   `json:"otherLog,omitempty"` // it is not the policy's, and nothing more was read
	Campaign     string `json:"campaign"`
	Signed       bool   `json:"signed"`
	Events       uint64 `json:"events"` // read, whether admitted or not
	Commits      uint64 `json:"commits"`
	Root         string `json:"root"` // of the tree of these, in hex
	Admitted     uint64 `json:"admitted"`
	Signatures   uint64 `json:"signatures"` // of admitted events
	Checkpoints  uint64 `json:"checkpoints"`
	Cosignatures uint64 `json:"cosignatures"` // on good checkpoints
	Covered      uint64 `json:"covered"`      // how many events a good checkpoint covers
	Witnessed    uint64 `json:"witnessed"`    // how many events a quorum stands behind; 0 where none is required
	Lines        []Line `json:"lines"`
	ElapsedMs    int64  `json:"elapsedMs"`
	SignatureMs  int64  `json:"signatureMs"` // of all cores together, spent on events' signatures ahead of admission
}

// Failure is the first failed line, or else the first that another policy would mend; nil if there is neither.
func (r *Report) Failure() *Line {
	for _, is := range []func(*Line) bool{func(l *Line) bool { return l.Status == Failed }, func(l *Line) bool { return l.Mend }} {
		for i := range r.Lines {
			if is(&r.Lines[i]) {
				return &r.Lines[i]
			}
		}
	}
	return nil
}

// ErrNoBundle is what a file is told that does not start as a bundle does.
var ErrNoBundle = errors.New("it is not a bundle: its first line is not " + proof.BundleHeader)

// Run checks a bundle. An error says that something can't be read, or is no bundle at all; whatever is wrong with a bundle stands in the report.
func Run(ctx context.Context, o Options) (*Report, error) {
	start := time.Now()
	v, err := newVerifier(o)
	if err != nil {
		return nil, err
	}
	in := &source{r: o.Bundle, progress: o.Progress}
	buffered := bufio.NewReaderSize(in, readBytes)
	if head, err := buffered.Peek(len(proof.BundleHeader) + 1); in.err != nil || err != nil || string(head) != proof.BundleHeader+"\n" {
		return nil, errors.Join(in.err, ErrNoBundle)
	}
	reader, err := proof.NewBundleReader(buffered)
	switch {
	case in.err != nil:
		return nil, fmt.Errorf("read the bundle: %w", in.err)
	case err != nil:
		v.chain.damaged(1, err)
	case reader.Origin() != o.Policy.Origin:
		v.report.Origin, v.report.OtherLog = reader.Origin(), true
		v.foreign = true
		v.fold.otherLog(reader.Origin())
	default:
		v.report.Origin = reader.Origin()
		if err := v.read(ctx, reader); err != nil {
			return nil, err
		}
		v.whole = v.chain.broken == nil
	}
	if in.err != nil {
		return nil, fmt.Errorf("read the bundle: %w", in.err)
	}
	if err := v.finish(ctx); err != nil {
		return nil, err
	}
	v.report.ElapsedMs = time.Since(start).Milliseconds()
	return v.report, nil
}

// readBytes is how much of a bundle is read at a time; proof.NewBundleReader takes a buffer of this size as it is.
const readBytes = 256 << 10

// source counts what is read, and keeps the first error: what can't be read is no fault of the bundle.
type source struct {
	r        io.Reader
	progress func(int64)
	n        int64
	err      error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.n += int64(n)
	if s.progress != nil {
		s.progress(s.n)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// verifier is one run.
type verifier struct {
	tongue
	o       Options
	report  *Report
	fold    fold
	chain   chain
	clock   clock
	watch   watch
	papers  []*paper
	claims  claims
	whole   bool // the bundle was read to its end
	foreign bool // it is of another log, and was not read
}

func newVerifier(o Options) (*verifier, error) {
	said := tongue(o.Lang)
	v := &verifier{tongue: said, o: o, report: &Report{Format: 1, Campaign: o.Policy.Campaign()}, chain: chain{tongue: said, policy: o.Policy},
		clock: newClock(said, o.Policy), fold: newFold(said, o.Policy)}
	if err := v.keep(); err != nil {
		return nil, err
	}
	if err := v.openDocuments(); err != nil {
		return nil, err
	}
	return v, nil
}

// event takes one event's leaf in: into the tree, and before whoever waits for it.
func (v *verifier) event(l *leaf) {
	v.chain.tree.Append(l.hash)
	if v.watch.idle() {
		return
	}
	v.watch.event(l)
	if size := v.chain.tree.Size(); v.watch.roots[size] != nil {
		v.watch.root(size, v.chain.tree.Root())
	}
}

// commit takes a commit in: its hashes and times always, its events while the fold goes on.
func (v *verifier) commit(b *batch, c span) {
	first := &b.leaves[c.from]
	v.clock.commit(first.seq, first.recorded)
	v.report.Commits++
	for i := c.from; i < c.to; i++ {
		if i < len(b.events) {
			if p, ok := b.events[i].Payload.(*events.LedgerTakenOver); ok {
				v.chain.takenOver(b.leaves[i].seq, p)
			}
		}
		v.event(&b.leaves[i])
	}
	if !v.fold.stopped() {
		v.fold.commit(b, c, &v.watch)
	}
}

// checkpoint takes a checkpoint in.
func (v *verifier) checkpoint(n *opened) {
	v.report.Checkpoints++
	if good := v.chain.checkpoint(n); good {
		v.report.Cosignatures += uint64(len(n.checkpoint.Cosignatures))
		v.clock.checkpoint(n.checkpoint)
	}
	if n.err == nil {
		v.watch.note(n.checkpoint)
	}
}

// finish makes the lines.
func (v *verifier) finish(ctx context.Context) error {
	r := v.report
	root := v.chain.tree.Root()
	r.Events, r.Root = v.chain.tree.Size(), hex.EncodeToString(root[:])
	r.Admitted, r.Signed, r.Signatures, r.SignatureMs = v.fold.admitted, v.fold.signed, v.fold.signatures, v.fold.checking.Load()/int64(time.Millisecond)
	r.Covered, r.Witnessed = v.chain.covered, v.chain.quorum
	r.Lines = append(r.Lines, v.authentic(), v.complete(), v.witnessed(), v.timely(), v.admitted(), v.recomputed())
	for _, k := range v.watch.kept {
		line := k.line(v)
		line.Name, line.File = Against, k.name()
		r.Lines = append(r.Lines, line)
		if b, ok := k.(*keptBundle); ok && b.in.err != nil {
			return fmt.Errorf("%s: %w", k.name(), b.in.err)
		}
	}
	documents, err := v.documentLines(ctx)
	if err != nil {
		return err
	}
	r.Lines = append(r.Lines, documents...)
	if v.o.Evidence != nil {
		line, err := v.evidence()
		if err != nil {
			return err
		}
		r.Lines = append(r.Lines, line)
	}
	r.Lines = append(r.Lines, v.unknowable())
	r.OK = true
	for _, l := range r.Lines {
		r.OK = r.OK && (l.Status == OK || l.Status == NotCheckable && !l.Mend)
	}
	return nil
}
