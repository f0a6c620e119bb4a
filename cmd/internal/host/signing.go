package host

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"

	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
)

// hurry has a checkpoint made at once where the events are of a kind that asks for it.
func (p *proofs) hurry(list []events.Event) {
	if !slices.ContainsFunc(list, decisive) {
		return
	}
	select {
	case p.urgent <- struct{}{}:
	default:
	}
}

// decisive reports whether a checkpoint must not wait: the opening, a freeze and its end, the close, and what decides, on awards or together.
func decisive(e events.Event) bool {
	switch p := e.Payload.(type) {
	case *events.CampaignOpened, *events.StandingsFrozen, *events.StandingsRevealed, *events.CampaignClosed, *events.TieDecided, *events.BallotClosed,
		*events.AwardProposed, *events.AwardDecided, *events.LedgerTakenOver, *events.AwardRevoked, *events.AppealDecided, *events.RegulationAmended,
		*events.ExclusionImposed, *events.ExclusionLifted:
		return true
	case *events.RecordEndorsed: // with the last of them a joint act takes effect
		return p.As == events.EndorseAgree
	}
	return false
}

// sign makes checkpoints as news comes, until ctx is done. On an external server it also takes in, as often, what other servers stored.
func (c *Campaign) sign(ctx context.Context) {
	p := c.proofs
	timer := time.NewTimer(0) // should the one at the opening have failed
	defer timer.Stop()
	told := ""
	for {
		c.watchClock(&told)
		select {
		case <-ctx.Done():
			return
		case <-p.urgent:
		case <-timer.C:
		}
		err := c.Checkpoint(ctx)
		switch {
		case ctx.Err() != nil || c.Ledger.Broken() != nil:
			return
		case err != nil:
			c.host.cfg.Log.Error().Err(err).Str("campaign", c.ID).Msg("no checkpoint can be made; tried again soon")
		case c.isAlone() && c.Ledger.Wait(ctx, c.signedUpTo()+1) != nil: // closed, or broken for good
			return
		}
		timer.Reset(p.interval)
	}
}

// isAlone reports whether no other server can write to the campaign's streams.
func (c *Campaign) isAlone() bool { return c.host.embedded != nil }

// signedUpTo is how far everything is signed. Where this server does not sign it is as if all were.
func (c *Campaign) signedUpTo() events.Seq {
	if c.proofs.isForeign() {
		last, _ := c.Ledger.Last()
		return last
	}
	if newest := c.proofs.newest(); newest != nil {
		return events.Seq(newest.Size)
	}
	return 0
}

// Checkpoint signs what is applied, unless it is signed already. In this order: the records are durable, then the tree's tiles, then the
// checkpoint goes to its stream right after the newest one, and to the directory's file.
func (c *Campaign) Checkpoint(ctx context.Context) error {
	p := c.proofs
	p.signing.Lock()
	defer p.signing.Unlock()
	if c.Ledger.Broken() != nil {
		return nil // it is never signed, and stays as it is; why it is broken is told elsewhere
	}
	err := errors.Join(c.signNews(ctx), p.fileRest())
	if ctx.Err() == nil {
		p.mu.Lock()
		p.err = err
		p.mu.Unlock()
	}
	return err
}

func (c *Campaign) signNews(ctx context.Context) error {
	p := c.proofs
	last, _ := c.Ledger.Last()
	if last == 0 {
		return nil
	}
	origin, signer, err := c.knowOrigin(ctx)
	if err != nil {
		return err
	}
	if !c.isAlone() {
		if err := c.takeIn(ctx); err != nil {
			return err
		}
	}
	if last <= c.signedUpTo() || p.isForeign() {
		return nil
	}
	if err := p.kept.CheckConfig(ctx); err != nil {
		return c.orBreak(err)
	}
	size, root, err := p.tree.Sync()
	if err != nil {
		return err
	}
	if good, err := c.isGoodAt(ctx, size); !good {
		return err
	}
	signed, err := c.signHead(origin, proof.Head{Size: size, Root: root}, signer)
	if err != nil {
		return err
	}
	return c.keep(ctx, signed)
}

// signHead signs with the directory's key, if that is there.
func (c *Campaign) signHead(origin string, head proof.Head, signer note.Signer) (*proof.Checkpoint, error) {
	if c.host.keyLost {
		return nil, errKeyLost
	}
	return proof.Sign(origin, head, signer)
}

// isGoodAt reports whether the log is not broken at a size that its tree has. The tree is a moment ahead of what is known of the log, which may
// end there within a bad commit.
func (c *Campaign) isGoodAt(ctx context.Context, size uint64) (bool, error) {
	if err := c.Ledger.Wait(ctx, events.Seq(size)); err != nil {
		return false, err
	}
	return c.Ledger.Broken() == nil, nil
}

// knowOrigin is the origin, and the signer, once the campaign is open.
func (c *Campaign) knowOrigin(ctx context.Context) (string, note.Signer, error) {
	get := func() (string, note.Signer) {
		c.proofs.mu.Lock()
		defer c.proofs.mu.Unlock()
		return c.proofs.origin, c.proofs.signer
	}
	if origin, signer := get(); origin != "" {
		return origin, signer, nil
	}
	for stored, err := range c.Ledger.Records(ctx, 0, false) {
		if err == nil {
			err = c.proofs.setOrigin(c.host, c.ID, stored.Record)
		}
		if err != nil {
			return "", nil, err
		}
		origin, signer := get()
		return origin, signer, nil
	}
	return "", nil, ErrNoCheckpoint
}

// keep stores a checkpoint, or one with more cosignatures, in the stream; the file is next. Where another server came first its checkpoints are
// taken in and compared. It may be stored although an error is returned: then the next one takes it in. signing is held.
func (c *Campaign) keep(ctx context.Context, signed *proof.Checkpoint) error {
	p, policy := c.proofs, c.policyNow()
	cosigned := len(signed.Cosignatures) > 0
	for range maxTries {
		end, err := p.kept.Append(ctx, p.end, signed.Marshal())
		if err == nil {
			p.end = end
			p.take(signed, policy)
			c.covered(events.Seq(signed.Size))
			p.toFile(signed.Marshal())
			return nil
		}
		if !errors.Is(err, ledger.ErrConflict) && !errors.Is(err, ledger.ErrUnclear) {
			return err
		}
		if err := c.takeIn(ctx); err != nil {
			return err
		}
		signed.Cosignatures = slices.DeleteFunc(signed.Cosignatures, p.isKnown(signed.Size))
		if cosigned && len(signed.Cosignatures) == 0 {
			return nil // it was stored
		}
		if newest := p.newest(); !cosigned && (p.isForeign() || newest != nil && newest.Size >= signed.Size) {
			return nil
		}
	}
	return errors.New("other servers kept signing first; tried again soon")
}

// maxUnfiled bounds the notes that wait for the file while it can't be written; a restart finds the others in the stream.
const maxUnfiled = 4096

// toFile has a note written to the file by fileRest; signing is held.
func (p *proofs) toFile(msg []byte) {
	if len(p.unfiled) < maxUnfiled {
		p.unfiled = append(p.unfiled, msg)
	}
}

// fileRest writes to the file what the stream has; signing is held.
func (p *proofs) fileRest() error {
	if len(p.unfiled) == 0 {
		return nil
	}
	if err := p.file.append(bytes.Join(p.unfiled, nil)); err != nil {
		return err
	}
	p.unfiled = nil
	return nil
}

// closeProofs signs what is new and gives the files free; the ledger is closed, and NATS is not.
func (c *Campaign) closeProofs(ctx context.Context) {
	if err := errors.Join(c.Checkpoint(ctx), c.proofs.tree.Close()); err != nil {
		c.host.cfg.Log.Warn().Err(err).Str("campaign", c.ID).Msg("the newest events have no checkpoint yet; the next start makes one")
	}
}
