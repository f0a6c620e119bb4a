package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// The checks of Doctor, in their order.
const (
	CheckOpen        = "open"        // the campaign takes events
	CheckSettings    = "settings"    // both streams are set as the ledger set them
	CheckLog         = "log"         // every record is there, canonical, signed and admitted, read and folded anew from the stream
	CheckHead        = "head"        // the log holds what this directory saw last
	CheckCheckpoints = "checkpoints" // the log's root is the signed one at every checkpoint of the stream and of the file, and each can be opened
	CheckCopies      = "copies"      // the stream of checkpoints and the file have the same
	CheckTiles       = "tiles"       // the tree on disk is that of the log
	CheckWitnesses   = "witnesses"   // a quorum stands behind the newest checkpoint
	CheckEvidence    = "evidence"    // every file that is held has the bytes of its SHA-256, and in a signed campaign every file that events name is held
	CheckTexts       = "texts"       // every detached text that is held is that of its hash
)

// Finding is what Doctor found at one check.
type Finding struct {
	Check  string     `json:"check"`
	OK     bool       `json:"ok"`
	Count  uint64     `json:"count"`            // of what was looked at: events, checkpoints, witnesses
	Seq    events.Seq `json:"seq,omitempty"`    // where it is wrong, if a place can be named
	Detail string     `json:"detail,omitempty"` // what is wrong, and what can be done
}

// examination is Doctor at work on one campaign.
type examination struct {
	*Campaign
	fold     *projections.Live
	tree     *proof.Tree
	other    bool // another event stands there than the one that was seen
	findings []Finding
	named    map[string]events.Seq // files of evidence, and the first event that names each

	// What was seen and signed before the log is read: the log holds it, however much is appended meanwhile.
	seen         ledger.HeadEntry // zero: nothing
	stream, file [][]byte
	gap          error // of the stream of checkpoints
	unread       error // why the file can't be read
}

// Doctor examines a campaign: it reads the whole log again, folds it, checks every signature, and compares it with all that was signed. progress is
// called now and then with how many events are done of how many. It changes nothing. An error means that it could not look.
func (c *Campaign) Doctor(ctx context.Context, progress func(done, events uint64)) ([]Finding, error) {
	x := &examination{Campaign: c, fold: projections.NewLive(), tree: proof.NewTree(), named: map[string]events.Seq{}}
	x.note(CheckOpen, uint64(c.signedUpTo()), c.ReadOnly())
	if err := x.settings(ctx); err != nil {
		return nil, err
	}
	if err := x.readSigned(ctx); err != nil {
		return nil, err
	}
	if err := x.readLog(ctx, progress); err != nil {
		return nil, err
	}
	x.head()
	x.checkpoints()
	if x.isWhole() {
		if err := x.tiles(); err != nil {
			return nil, err
		}
	}
	x.witnesses()
	if err := x.evidence(ctx); err != nil {
		return nil, err
	}
	if err := x.texts(ctx); err != nil {
		return nil, err
	}
	return x.findings, nil
}

// note adds a finding: err is what is wrong, nil if nothing is.
func (x *examination) note(check string, count uint64, err error) {
	f := Finding{Check: check, OK: err == nil, Count: count}
	var broken *ledger.BrokenError
	if errors.As(err, &broken) {
		f.Seq = broken.Seq
	}
	if err != nil {
		f.Detail = err.Error()
	}
	x.findings = append(x.findings, f)
}

// asFinding gives back an error that is not about the log itself.
func asFinding(err error) (finding, trouble error) {
	if err == nil || errors.As(err, new(*ledger.BrokenError)) {
		return err, nil
	}
	return nil, err
}

func (x *examination) settings(ctx context.Context) error {
	err := x.store.CheckConfig(ctx)
	if err == nil {
		err = x.proofs.kept.CheckConfig(ctx)
	}
	finding, err := asFinding(err)
	x.note(CheckSettings, 2, finding)
	return err
}

// readSigned reads what this directory saw of the log, and what was signed of it.
func (x *examination) readSigned(ctx context.Context) (err error) {
	x.seen, _ = x.host.head.Get(x.ID)
	x.file, x.unread = x.proofs.file.read() // before the stream, which is written first
	x.stream, _, err = x.proofs.kept.After(ctx, 0)
	x.gap, err = asFinding(err)
	return err
}

// readLog reads the stream from its start through a fold and a tree of its own.
func (x *examination) readLog(ctx context.Context, progress func(done, events uint64)) error {
	last, err := x.store.Last(ctx)
	if _, trouble := asFinding(err); trouble != nil {
		return trouble
	}
	decoder := events.NewDecoder()
	var list []events.Event
	for commit, readErr := range x.store.Read(ctx, 0, false) {
		if err = readErr; err == nil {
			list, err = ledger.DecodeCommit(decoder, commit, list[:0])
		}
		if err == nil {
			proof.Parallel(len(list), func(i int) { x.fold.Check(&list[i]) })
			err = x.admit(list)
		}
		if err != nil {
			break
		}
		progress(x.tree.Size(), uint64(last))
	}
	finding, err := asFinding(errors.Join(err, ctx.Err()))
	x.note(CheckLog, x.tree.Size(), finding)
	return err
}

func (x *examination) admit(list []events.Event) error {
	for _, e := range list {
		err := x.fold.Admit(e)
		if err == nil && e.Campaign != x.ID {
			err = fmt.Errorf("it belongs to campaign %s", e.Campaign)
		}
		if err != nil {
			x.fold.Discard()
			return &ledger.BrokenError{Seq: e.Seq, Err: ledger.ErrNotAdmitted, Reason: err.Error()}
		}
	}
	if err := x.fold.Settle(); err != nil {
		x.fold.Discard()
		return &ledger.BrokenError{Seq: list[0].Seq, Err: ledger.ErrNotAdmitted, Reason: err.Error()}
	}
	x.fold.Commit()
	for _, e := range list {
		leaf := events.LeafHash(e.Record, e.Recorded)
		for _, hash := range projections.EvidenceNamed(e.Payload) {
			if x.named[hash] == 0 {
				x.named[hash] = e.Seq
			}
		}
		x.other = x.other || e.Seq == x.seen.Seq && leaf != x.seen.Leaf
		x.tree.Append(leaf)
	}
	return nil
}

// head compares the log with DIR/head.
func (x *examination) head() {
	var err error
	switch {
	case x.other:
		err = &ledger.BrokenError{Seq: x.seen.Seq, Err: ledger.ErrRollback, Reason: "another event stands here than the one this directory has seen"}
	case uint64(x.seen.Seq) > x.tree.Size():
		err = &ledger.BrokenError{Seq: events.Seq(x.tree.Size()) + 1, Err: ledger.ErrRollback,
			Reason: fmt.Sprintf("this directory has seen %d events, and %d can be read", x.seen.Seq, x.tree.Size())}
	}
	x.note(CheckHead, uint64(x.seen.Seq), err)
}

// checkpoints compares the log with all that was signed, and the two places where that is kept with each other.
func (x *examination) checkpoints() {
	heads, other, err := x.host.headsOf("", slices.Concat(x.stream, x.file))
	if x.gap != nil {
		err = x.gap
	}
	for _, h := range heads {
		if err == nil {
			err = x.compare(h)
		}
	}
	failed := x.proofs.failure()
	switch {
	case err != nil:
	case failed != nil:
		err = fmt.Errorf("the newest checkpoint can't be kept: %w", failed)
	case x.Untaken() != nil: // another key signed them all, and this server signs nothing
	case other > uint64(x.live.Summary().TakenOver.Copied):
		err = fmt.Errorf("they were signed with another key than this directory's log.key, so that nothing is signed here: bring that log.key back, or leave it to the server that has it")
	default:
		err = x.openAll(x.stream)
	}
	x.note(CheckCheckpoints, uint64(len(heads)), err)
	x.note(CheckCopies, uint64(len(x.stream)), errors.Join(x.unread, x.compareCopies()))
}

// openAll says of the first checkpoint in the stream that is not one of this server's policy: no bundle can be written with it.
func (x *examination) openAll(notes [][]byte) error {
	policy := x.Policy()
	if policy == nil {
		return nil
	}
	errs := make([]error, len(notes))
	proof.Parallel(len(notes), func(i int) { _, errs[i] = proof.OpenCheckpoint(proof.TrimUnknown(notes[i], policy), policy) })
	for i, err := range errs {
		if _, head, _ := proof.ReadHead(notes[i]); err != nil && !x.proofs.isPast(head.Size, err) {
			return &ledger.BrokenError{StreamSeq: uint64(i + 1), Err: ledger.ErrCheckpoint, Reason: err.Error()}
		}
	}
	return nil
}

func (x *examination) compare(h proof.Head) error {
	if h.Size > x.tree.Size() {
		return &ledger.BrokenError{Seq: events.Seq(x.tree.Size()) + 1, Err: ledger.ErrRollback,
			Reason: fmt.Sprintf("a checkpoint of %d events was signed, and %d can be read", h.Size, x.tree.Size())}
	}
	root, err := x.tree.RootAt(h.Size)
	if err == nil && root != h.Root {
		err = &ledger.BrokenError{Seq: events.Seq(h.Size), Err: ledger.ErrForked, Reason: fmt.Sprintf("the checkpoint of %d events was signed with the root %v, and the log has %v", h.Size, h.Root, root)}
	}
	return err
}

// compareCopies says what the stream of checkpoints lacks of what the file has: it was cut, or the file is damaged.
func (x *examination) compareCopies() error {
	missing := without(x.file, x.stream)
	if len(missing) == 0 {
		return nil
	}
	if x.openAll(missing) != nil {
		return fmt.Errorf("a checkpoint in %s is damaged; the stream has them all: remove the file, it is made again", x.proofs.file)
	}
	_, first, _ := proof.ReadHead(missing[0])
	return fmt.Errorf("the stream of checkpoints lacks %d that this directory's file has, the first of them of %d events: it was cut or made anew. The log is compared with the file's all the same, and bundles have them; find out who changed the stream", len(missing), first.Size)
}

// isWhole reports whether the log was read to its end and holds what was signed: else the tree on disk may well be the better one.
func (x *examination) isWhole() bool {
	return !slices.ContainsFunc(x.findings, func(f Finding) bool { return !f.OK && f.Check != CheckOpen && f.Check != CheckSettings })
}

// tiles compares the tree on disk with that of the log.
func (x *examination) tiles() error {
	damage, err := x.tree.Damage(x.proofs.dir, false)
	if err == nil && damage != "" && x.proofs.tree.Size() > x.tree.Size() { // it may have grown since
		damage, err = x.tree.Damage(x.proofs.dir, true)
	}
	if err != nil {
		return err
	}
	if damage != "" {
		err = fmt.Errorf("%s; stop the server and start it again: the tree is made anew from the stream", damage)
	}
	x.note(CheckTiles, x.tree.Size(), err)
	return nil
}

// witnesses says whether a quorum stands behind the newest checkpoint.
func (x *examination) witnesses() {
	w := x.Witnessing()
	var err error
	if w.Quorum > 0 && w.Cosigned < w.Quorum {
		err = fmt.Errorf("%d of the %d witnesses that it takes cosigned the newest checkpoint, of %d events; a quorum stands behind %d events: see whether campaign witness runs at %s", w.Cosigned, w.Quorum, w.Size, w.Quorate, x.lagging())
	}
	x.proofs.mu.Lock()
	if x.proofs.adoptErr != nil {
		err = fmt.Errorf("the policy that was adopted can't be read: %w", x.proofs.adoptErr)
	}
	x.proofs.mu.Unlock()
	x.note(CheckWitnesses, uint64(w.Cosigned), err)
}

// lagging names the witnesses that did not cosign the newest checkpoint.
func (x *examination) lagging() string {
	var names []string
	newest := x.proofs.newest()
	for _, w := range x.Policy().Witnesses {
		if newest == nil || !slices.ContainsFunc(newest.Cosignatures, func(s proof.Cosignature) bool { return s.Witness == w.Name }) {
			names = append(names, w.Name)
		}
	}
	return fmt.Sprint(names)
}

// doctorPace is the shortest time between two words on how far Doctor has come.
const doctorPace = 100 * time.Millisecond

// Paced calls progress no more often than ten times a second.
func Paced(progress func(done, events uint64)) func(done, events uint64) {
	var last time.Time
	return func(done, events uint64) {
		if now := time.Now(); now.Sub(last) >= doctorPace {
			last = now
			progress(done, events)
		}
	}
}
