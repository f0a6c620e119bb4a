package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"campaignledger/cmd/internal/scores"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// Campaign is one campaign in use: its log and its folds.
type Campaign struct {
	ID     string
	Ledger *ledger.Ledger

	live       *projections.Live // for readers: Look
	host       *Host
	store      *ledger.JetStreamStore
	past       pastFold
	pastLooks  chan struct{} // holds one for each look into the past under way
	checks     answers[projections.Check]
	awards     answers[*projections.Awards]
	stability  studies[projections.Stability]
	scorers    studies[projections.Scorers]
	studying   chan struct{} // holds one for each study under way
	boards     *boards
	plans      signedPlans
	withheld   withheld
	files      files
	proofs     *proofs
	way        *way         // nil: the steps of events are not logged
	copied     *ledger.Copy // what it was restored from; nil: it was not
	from       events.Seq   // of the snapshot that it was opened from; 0: the log was read from its start
	snapshots  snapshots
	bornBroken bool // its log was read-only when it was opened

	rebuilding sync.Mutex     // one at a time
	done       sync.WaitGroup // all its goroutines
	stop       context.CancelFunc
}

// readCampaign opens a campaign's log, from its snapshot where there is a good one, else from its start. What stands behind a snapshot is read and
// checked as ever; if anything is wrong then, the whole log is read, and decides. Where store or disk do not answer, nothing is said of the snapshot.
func (h *Host) readCampaign(ctx context.Context, id string, open func(context.Context) (*ledger.JetStreamStore, error)) (*Campaign, error) {
	s, err := h.readSnapshot(id)
	if errors.As(err, new(*fs.PathError)) {
		if !errors.Is(err, fs.ErrNotExist) {
			h.cfg.Log.Warn().Err(err).Str("campaign", id).Msg("the snapshot can't be read; the log is read from its start")
		}
		return h.newCampaign(ctx, id, open, nil)
	}
	if err == nil {
		var c *Campaign
		if c, err = h.newCampaign(ctx, id, open, s); err == nil {
			if err = c.Ledger.Broken(); err == nil {
				return c, nil
			}
			c.Ledger.Close()
			err = errors.Join(err, c.proofs.tree.Close())
		}
	}
	if ctx.Err() != nil || isPassing(err) {
		return nil, err
	}
	h.dropSnapshot(id, err)
	return h.newCampaign(ctx, id, open, nil)
}

// isPassing reports whether an opening failed for what has nothing to do with the campaign's snapshot.
func isPassing(err error) bool {
	if errors.As(err, new(*ledger.BrokenError)) {
		return false
	}
	for _, passing := range []error{ledger.ErrNoCampaign, ledger.ErrUnreachable, ledger.ErrClosed, ErrRestoring, context.DeadlineExceeded} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return errors.As(err, new(*fs.PathError)) && !errors.Is(err, fs.ErrNotExist)
}

// newCampaign opens a campaign's log; from is what it goes on from, nil for the log's start. Nothing runs yet but the ledger: see start.
func (h *Host) newCampaign(ctx context.Context, id string, open func(context.Context) (*ledger.JetStreamStore, error), from *snapshot) (*Campaign, error) {
	store, err := open(ctx)
	if err != nil && (store == nil || !errors.Is(err, ledger.ErrDrift)) {
		return nil, err
	}
	seen := events.Seq(0)
	if from != nil {
		seen = from.head.Seq
	}
	copied, err := wholeCopy(ctx, store, seen)
	if err != nil {
		return nil, err
	}
	proofs, signed, err := h.openProofs(ctx, id, store, from)
	broken := err
	if proofs == nil || err != nil && !errors.As(err, new(*ledger.BrokenError)) {
		return nil, err
	}
	c := &Campaign{ID: id, live: projections.NewLive(), host: h, store: store, proofs: proofs, copied: copied, pastLooks: make(chan struct{}, maxPastLooks), studying: make(chan struct{}, maxStudying), boards: newBoards()}
	proofs.ring, proofs.standing = c.boards.ring, c.standing
	c.snapshots.due = make(chan struct{}, 1)
	c.withheld.wake = make(chan struct{}, 1)
	var start *ledger.Start
	if from != nil {
		c.live, start, c.from, c.snapshots.taken = from.folds, &from.mark.Start, from.head.Seq, from.head.Seq
	}
	cfg := ledger.Config{Campaign: id, Store: store, Gate: c.live, Head: h.head, Tree: proofs.tree, Signed: signed.heads, From: start, Exclusive: h.embedded != nil, Now: h.recorded, Elapsed: h.cfg.Elapsed,
		CheckInterval: h.cfg.CheckInterval, AfterCommit: c.committed, Budget: h.budget}
	cfg.Observer, c.way = h.observer(id)
	if c.Ledger, err = ledger.Open(ctx, cfg); err != nil {
		return nil, errors.Join(err, proofs.tree.Close())
	}
	if broken == nil {
		broken = c.checkCopy()
	}
	if broken != nil {
		c.Ledger.Break(broken)
	}
	c.bornBroken = c.Ledger.Broken() != nil
	if err := c.recall(ctx, signed); err != nil {
		c.Ledger.Close()
		return nil, errors.Join(err, proofs.tree.Close())
	}
	c.dateNewest()
	return c, nil
}

// start begins what runs beside the ledger. Before it returns, the newest events have their checkpoint: an old one must not be taken for the newest
// after a crash.
func (c *Campaign) start() {
	h := c.host
	if c.Ledger.Broken() == nil {
		_, _, _ = c.proofs.tree.Sync() // what is damaged in its files is mended now; an error stays and shows at the next checkpoint
	}
	if untaken := c.Untaken(); untaken != nil {
		h.cfg.Log.Info().Err(untaken).Str("campaign", c.ID).Msg("the campaign is a copy")
	} else if c.proofs.isForeign() {
		c.warnForeign()
	}
	if err := c.Checkpoint(h.work); err != nil {
		h.cfg.Log.Warn().Err(err).Str("campaign", c.ID).Msg("no checkpoint can be made; tried again soon")
	}
	c.expectSnapshot(c.snapshots.taken)
	ctx, stop := context.WithCancel(h.work)
	c.stop = stop
	c.done.Go(func() { c.sign(ctx) })
	c.done.Go(func() { c.watchEvents(ctx) })
	c.done.Go(func() { c.tellBoards(ctx) })
	c.done.Go(func() { c.keepSnapshots(ctx) })
	if h.derived != nil {
		c.withholdStored()
		c.done.Go(func() { c.publishRankings(ctx) })
		c.done.Go(func() { c.publishWithheld(ctx) })
	}
	if h.cfg.KeepEvents {
		c.done.Go(func() { c.keepEvents(ctx) })
	}
	last, _ := c.Ledger.Last()
	c.snapshots.note(last)
}

// FromSnapshot is the event up to which the campaign was opened from a snapshot, 0 where the log was read from its start.
func (c *Campaign) FromSnapshot() events.Seq { return c.from }

// committed hands on the events of a commit that this process stored. It does not block.
func (c *Campaign) committed(list []events.Event) {
	c.proofs.unsignedSince.CompareAndSwap(0, time.Now().UnixMilli())
	c.proofs.hurry(list)
	if c.host.derived != nil {
		c.derive(list)
	}
}

// keepEvents keeps the derived events in a stream of their own.
func (c *Campaign) keepEvents(ctx context.Context) {
	for ctx.Err() == nil {
		err := c.host.derived.Keep(ctx, c.Ledger, c.untilPublic)
		if err == nil || ctx.Err() != nil || c.Ledger.Ready() != nil {
			return
		}
		c.host.cfg.Log.Error().Err(err).Str("campaign", c.ID).Msg("the derived events are not kept just now; tried again soon")
		pause(ctx, keepPause)
	}
}

func (c *Campaign) close(until context.Context) {
	c.stop()
	c.Ledger.Close()
	c.done.Wait()
	c.closeSnapshot()
	c.closeProofs(until)
}

// keepPause is the wait before events that could not be kept are tried again.
const keepPause = 5 * time.Second

// publishRankings hands every cluster's standings to the derived subjects as they change; Derived bounds the rate.
func (c *Campaign) publishRankings(ctx context.Context) {
	published := map[string]*projections.ClusterStandings{}
	for next := events.Seq(1); c.live.Wait(ctx, next) == nil; {
		next = c.live.Summary().Seq + 1
		s, err := c.Standings(ctx, Reader{})
		if err != nil {
			if ctx.Err() == nil {
				c.host.cfg.Log.Error().Err(err).Str("campaign", c.ID).Msg("the newest rankings can't be published")
			}
			continue
		}
		for _, cluster := range s.Clusters {
			if published[cluster.ID()] != cluster {
				published[cluster.ID()] = cluster
				c.host.derived.Ranking(c.ID, cluster.ID(), s.AppendJSON(nil, projections.JSONOptions{Cluster: cluster.ID(), NoDetail: true}))
			}
		}
		pause(ctx, rankingInterval)
	}
}

// rankingInterval is the shortest time between two standings of one campaign on the derived subjects: ten a second.
const rankingInterval = 100 * time.Millisecond

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// open appends the campaign's opening, or reports false once somebody else's is in the log.
func (c *Campaign) open(ctx context.Context, opening events.Proposal) (bool, error) {
	for {
		_, err := c.Ledger.Append(ctx, opening)
		var refusal *projections.Refusal
		switch {
		case err == nil:
			return true, nil
		case c.isOpen():
			return false, nil
		case !errors.As(err, &refusal) || refusal.Code != projections.CodeOpened:
			return false, err
		}
		// Another opening is on its way to the log. Should it not get there, this one takes its turn.
		moment, cancel := context.WithTimeout(ctx, openingWait)
		err = c.Ledger.Wait(moment, 1)
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			return false, err
		}
	}
}

// openingWait is longer than a healthy store takes for one commit.
const openingWait = time.Second

// isOpen reports whether the campaign's opening is in the log.
func (c *Campaign) isOpen() bool { return c.live.Summary().Regulation != nil }

// sameRegulation reports a campaign that is open under another regulation than r.
func (c *Campaign) sameRegulation(r *events.Regulation) error {
	open := c.live.Opening()
	if open == nil || !bytes.Equal(open.Canonical(), r.Canonical()) {
		return fmt.Errorf("campaign %s: %w", r.ID, ErrOtherRegulation)
	}
	return nil
}

// checkOpening asks admission before a stream is made for a campaign.
func checkOpening(p events.Proposal, now time.Time) error {
	gate, now := projections.NewLive(), events.Milliseconds(now)
	if len(p.Record) == 0 {
		gate.Complete(&p.Draft, now)
		var err error
		if p.Record, err = events.Encode(p.Draft); err != nil {
			return err
		}
	}
	return gate.Admit(events.Event{Draft: p.Draft, Seq: 1, Recorded: now, Record: p.Record})
}

// Append stores proposals as one body; see ledger.Ledger.Append. Afterwards every reader here sees them.
func (c *Campaign) Append(ctx context.Context, proposals ...events.Proposal) ([]ledger.Receipt, error) {
	if err := c.prepare(ctx, proposals); err != nil {
		return nil, err
	}
	return c.Ledger.Append(ctx, proposals...)
}

// prepare refuses what no body may hold, or names files that are not held.
func (c *Campaign) prepare(ctx context.Context, proposals []events.Proposal) error {
	for i := range proposals {
		if _, ok := proposals[i].Payload.(*events.ImportStarted); ok {
			return &ledger.RefusedError{Index: i, Err: &events.FieldError{Field: "type",
				Reason: "an import is announced together with its rows; use campaign import, or POST the file to /imports"}}
		}
		if proposals[i].Campaign == "" {
			proposals[i].Campaign = c.ID
		}
	}
	if err := c.mayAppend(ctx, proposals); err != nil {
		return err
	}
	return c.holdsEvidence(ctx, proposals)
}

// Sync makes sure that what follows is not older than anything acknowledged before, by whichever process.
func (c *Campaign) Sync(ctx context.Context) error { return c.Ledger.Sync(ctx) }

// ImportOptions say how to import a file.
type ImportOptions struct {
	Author   string // the member who signs; "" in an unsigned campaign
	Reason   string
	DryRun   bool
	KeepGood bool
	Progress func(stored, rows int) // called after each commit, by the one goroutine that appends: it must not block; may be nil
}

// Import plans and stores a file's rows: all of it, or with KeepGood its good rows. The plan comes back also where nothing was stored.
func (c *Campaign) Import(ctx context.Context, f *scores.File, o ImportOptions) (plan projections.ImportPlan, err error) {
	if c.live.Summary().Regulation.Signed() {
		return plan, &projections.Refusal{Code: projections.CodeSignature, Field: "signature", Problem: "every import into campaign " + c.ID + " is signed",
			Remedy: "import with your key: campaign import --key FILE"}
	}
	if untaken := c.Untaken(); untaken != nil && !o.DryRun {
		return plan, untaken
	}
	in, unread := ImportFile(c.ID, f, o)
	planner := func(_ events.Seq, recorded time.Time) ([][]events.Proposal, error) {
		plan, err = c.live.PlanImport(in, recorded)
		if err != nil || o.DryRun || len(unread) > 0 && !o.KeepGood {
			return nil, err
		}
		return plan.Commits, nil
	}
	err = c.appendPlan(ctx, planner, &plan, o.Progress)
	plan.Outcomes = mergeOutcomes(plan.Outcomes, unread)
	plan.Bad += len(unread)
	return plan, err
}

// ImportFile is what a plan asks of a file, and the outcomes of the rows that can't be read.
func ImportFile(campaign string, f *scores.File, o ImportOptions) (in projections.ImportFile, unread []projections.RowOutcome) {
	in = projections.ImportFile{Campaign: campaign, Name: f.Name, SHA256: f.SHA256, Author: o.Author, Reason: o.Reason, KeepGood: o.KeepGood}
	in.Rows = make([]projections.ImportRow, 0, len(f.Rows))
	for i := range f.Rows {
		row := &f.Rows[i]
		if row.Err != nil {
			unread = append(unread, projections.RowOutcome{Number: row.Number, Fate: projections.RowBad, Err: row.Err})
			continue
		}
		in.Rows = append(in.Rows, projections.ImportRow{Number: row.Number, Draft: &row.Proposal.Draft})
	}
	return in, unread
}

// appendPlan stores what planner says, which fills plan, and plans again where another writer came first.
func (c *Campaign) appendPlan(ctx context.Context, planner ledger.PlanFunc, plan *projections.ImportPlan, progress func(stored, rows int)) error {
	for attempts := 1; ; attempts++ {
		settled := 0
		err := c.Ledger.AppendPlan(ctx, planner, func(stored int) {
			settled = stored
			if progress != nil {
				progress(stored, plan.Rows)
			}
		})
		if err == nil || ctx.Err() != nil || !c.planAgain(ctx, err, settled, attempts) {
			return err
		}
	}
}

// maxPlans bounds how often an import is planned again because another process wrote between its plan and its first commit.
const maxPlans = 16

// planAgain reports whether a plan that failed may do better now. While another import is under way it waits for that one's next
// commit, which may be its last, or for a moment.
func (c *Campaign) planAgain(ctx context.Context, err error, settled, attempts int) bool {
	var refusal *projections.Refusal
	if errors.As(err, &refusal) && !refusal.RetryAt().IsZero() {
		last, _ := c.Ledger.Last()
		pause(ctx, rankingInterval) // many imports that wait must not keep the appender busy with their plans
		moment, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_ = c.Ledger.Wait(moment, last+1) // whatever ended it, the next plan tells
		return true
	}
	return settled == 0 && attempts < maxPlans && errors.As(err, new(*ledger.RefusedError))
}

// mergeOutcomes merges two lists in the order of rows.
func mergeOutcomes(a, b []projections.RowOutcome) []projections.RowOutcome {
	merged := make([]projections.RowOutcome, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0].Number < b[0].Number {
			merged, a = append(merged, a[0]), a[1:]
		} else {
			merged, b = append(merged, b[0]), b[1:]
		}
	}
	return append(append(merged, a...), b...)
}

// Past is the whole campaign as it stood after event seq, folded anew from the log: for what is more than standings, which AsOf gives. Cost:
// one fold of that prefix.
func (c *Campaign) Past(ctx context.Context, seq events.Seq) (*projections.Live, error) {
	past := projections.NewRefold()
	for e, err := range c.Ledger.Read(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if e.Seq > seq {
			break
		}
		if err := past.Admit(e); err != nil {
			return nil, fmt.Errorf("event %d: %w", e.Seq, err)
		}
		past.Commit()
	}
	return past, nil
}
