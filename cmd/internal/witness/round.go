package witness

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

const (
	// shortAnswer bounds a question that an honest server answers at once.
	shortAnswer = time.Minute
	// longAnswer bounds one whose answer may be long; what is missing then is asked for again.
	longAnswer = 10 * time.Minute
	// seenInterval is how old the saved time may be at which the newest checkpoint was seen. After a start back-dating is found out from there.
	seenInterval = time.Minute
)

// Report says how a round went.
type Report struct {
	Size     uint64          // of the newest checkpoint
	New      uint64          // events since the last round
	Hidden   uint64          // events that wait to be revealed before they are refolded
	Posted   bool            // the cosignature was given to the server in this round
	Cosigned client.Cosigned // who stands behind it: as the server says if Posted, else as the note has it
}

// Round asks the server once, checks all that is new, keeps it and cosigns it. An *Alarm ends the witness: all later rounds give it again. Any
// other error means that there was no valid answer; the next round goes on from what was good.
func (w *Witness) Round(ctx context.Context) (Report, error) {
	if w.alarm != nil {
		return Report{}, w.alarm
	}
	r, err := w.round(ctx)
	err = w.complete(err)
	var a *Alarm
	if errors.As(err, &a) {
		w.alarm = a
	}
	if err == nil {
		w.report = r
	}
	return r, err
}

func (w *Witness) round(ctx context.Context) (Report, error) {
	w.login(ctx)
	asked := w.cfg.Now()
	c, err := w.ask(ctx)
	if err != nil {
		return Report{}, err
	}
	before := w.Size()
	if err := w.compare(c); err != nil {
		return Report{}, err
	}
	if c.Size > before {
		if err := w.grow(ctx, c); err != nil {
			return Report{}, err
		}
		w.covering = true
	}
	if err := w.between(ctx, c); err != nil {
		return Report{}, err
	}
	w.seen = asked
	if err := w.reveal(ctx); err != nil {
		return Report{}, err
	}
	if err := w.fold.catchUp(ctx, w.store); err != nil {
		return Report{}, w.keepRefused(err)
	}
	r := Report{Size: c.Size, New: c.Size - before, Hidden: c.Size - uint64(w.fold.last)}
	if err := w.cosign(ctx, &r); err != nil {
		return r, err
	}
	if err := w.askPeers(ctx); err != nil {
		return r, err
	}
	w.fetchEvidence(ctx)
	return r, nil
}

// ask asks for the newest checkpoint and opens it. That there is none is no valid answer: the policy names record 1, so that the log exists, and a
// server could say it for ever.
func (w *Witness) ask(ctx context.Context) (*proof.Checkpoint, error) {
	ctx, cancel := context.WithTimeout(ctx, shortAnswer)
	defer cancel()
	msg, err := w.cfg.Server.Checkpoint(ctx, w.id)
	var no *client.Error
	if errors.As(err, &no) && no.Status == http.StatusUnauthorized && w.cfg.Login != nil { // the token ended early: the server was started anew
		w.loggedIn = time.Time{}
		w.login(ctx)
		msg, err = w.cfg.Server.Checkpoint(ctx, w.id)
	}
	w.times.now = w.cfg.Now()
	if errors.As(err, &no) && no.Code == "no-checkpoint" {
		if w.head != nil {
			return nil, fmt.Errorf("the server says that there is no checkpoint, and signed one of %d events before", w.head.Size)
		}
		return nil, errors.New("the server says that there is no checkpoint yet; the first comes within ten seconds of the opening")
	}
	if err != nil {
		return nil, err
	}
	c, err := proof.OpenCheckpoint(msg, w.cfg.Policy)
	if err != nil {
		return nil, fmt.Errorf("%w%s", err, w.policyHint(ctx))
	}
	return c, nil
}

// policyHint says where the server's policy differs, which is the usual reason why a checkpoint can't be opened.
func (w *Witness) policyHint(ctx context.Context) string {
	text, err := w.cfg.Server.Policy(ctx, w.id)
	if err != nil {
		return ""
	}
	theirs, err := proof.ParsePolicy(text)
	ours := w.cfg.Policy
	switch {
	case err != nil:
		return ""
	case theirs.Origin != ours.Origin:
		return fmt.Sprintf("; the server's policy is for %s, yours for %s: is it the right server?", theirs.Origin, ours.Origin)
	case theirs.Log != ours.Log:
		return fmt.Sprintf("; the server says that the log's key is %s, your policy has %s: trust neither before you asked by another way", theirs.Log, ours.Log)
	}
	for _, witness := range theirs.Witnesses {
		if !slices.ContainsFunc(ours.Witnesses, func(o proof.Witness) bool { return o.Name == witness.Name && o.Key == witness.Key }) {
			return fmt.Sprintf("; the server's policy has the witness %s, yours has not: get the new policy by a way you trust", witness.Name)
		}
	}
	return ""
}

// compare checks the newest checkpoint against what was signed before.
func (w *Witness) compare(c *proof.Checkpoint) error {
	if w.head != nil {
		if err := w.compareWith(c, w.head); err != nil {
			return err
		}
	}
	for i := range w.peers { // what the log signed for others, a round ago or earlier
		if ahead := w.peers[i].ahead; ahead != nil && c.Size < ahead.Size {
			return w.rollback(c, ahead)
		}
	}
	return nil
}

// compareWith checks a checkpoint that is said to be the newest against one that was found good.
func (w *Witness) compareWith(c, had *proof.Checkpoint) error {
	switch {
	case c.Size == had.Size && c.Root != had.Root:
		return w.fork(had, c)
	case c.Size < had.Size:
		root, err := w.tree.RootAt(c.Size)
		if err != nil {
			return err
		}
		if root != c.Root {
			return w.fork(had, c)
		}
		return w.rollback(c, had)
	}
	return nil
}

// rollback is the alarm that c is shown as the newest after had was signed.
func (w *Witness) rollback(c, had *proof.Checkpoint) error {
	a := &Alarm{Kind: Rollback, Size: c.Size, Had: had.Size}
	w.keepNotes(a, had, c)
	return a
}

// fork is the alarm that theirs contradicts ours, or a history that ours is of.
func (w *Witness) fork(ours, theirs *proof.Checkpoint) error {
	a := &Alarm{Kind: Fork, Size: theirs.Size, Reason: fmt.Sprintf("root %s, where the witness has seen another", theirs.Root)}
	w.keepNotes(a, ours, theirs)
	if a.Had != a.Size {
		w.keepRecords(a)
	}
	return a
}

// cosign cosigns the head if it was not, and gives the server the cosignature if it does not have it.
func (w *Witness) cosign(ctx context.Context, r *Report) error {
	s := &w.store.state
	byUs := func(c proof.Cosignature) bool { return c.Witness == w.name }
	posted := slices.ContainsFunc(w.head.Cosignatures, byUs)
	note := []byte(s.Cosigned)
	if !posted {
		if mine, err := proof.OpenCheckpoint(note, w.cfg.Policy); err != nil || mine.Head != w.head.Head {
			signed, err := w.head.Cosign(w.signer)
			if err != nil {
				return err
			}
			note = signed.Marshal()
		}
	} else {
		note = w.head.Marshal()
	}
	if err := w.keep(string(note)); err != nil {
		return err
	}
	w.publish(note)
	if p := w.cfg.Policy; posted {
		r.Cosigned = client.Cosigned{Cosigned: len(w.head.Cosignatures), Quorum: p.Quorum, Witnesses: len(p.Witnesses), Size: w.head.Size}
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, shortAnswer)
	defer cancel()
	answer, err := w.cfg.Server.Cosign(ctx, w.id, note)
	if err != nil {
		return fmt.Errorf("the cosignature of %d events was not taken: %w", w.head.Size, err)
	}
	r.Posted, r.Cosigned = true, answer
	return nil
}

// keep saves what was checked, with the cosigned note, unless nothing is new.
func (w *Witness) keep(note string) error {
	s := w.store
	head := string(w.head.Marshal())
	same := head == s.state.Head && note == s.state.Cosigned && s.records.end == s.records.kept && s.checkpoints.end == s.checkpoints.kept
	if same && s.state.Last == s.last && w.seen.Sub(w.saved) < seenInterval {
		return nil
	}
	if _, _, err := w.tree.Sync(); err != nil {
		return err
	}
	s.state.Head, s.state.Cosigned = head, note
	s.state.Seen = events.FormatTime(events.Milliseconds(w.seen))
	if err := s.save(); err != nil {
		return err
	}
	w.saved = w.seen
	return nil
}
