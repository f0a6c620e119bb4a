package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

// login makes the client read as a member, where the campaign is signed and a key is configured. A key that is no member's reads as the
// public, unless it was named with --key.
func (a *app) login(ctx context.Context, c *client.Client, id string, summary server.CampaignSummary) error {
	if !summary.Signed {
		return nil
	}
	_, err := a.signer(ctx, c, id)
	if errors.Is(err, errNoKey) || errors.Is(err, client.ErrNotMember) && a.keyFile == "" {
		return nil
	}
	return err
}

// signing is a member at work on one campaign.
type signing struct {
	*client.Client
	client.Signer
	app     *app
	id      string
	summary server.CampaignSummary
}

// withSigner runs do for a command that signs, logged in as the key's member. In an unsigned campaign it says that there is nothing to sign.
func (a *app) withSigner(ctx context.Context, id string, do func(signing) error) error {
	return a.withClient(ctx, func(c *client.Client) error {
		summary, err := c.Summary(ctx, id, a.lang)
		if err != nil {
			return err
		}
		if !summary.Signed {
			return fmt.Errorf("campaign %s is unsigned: it has no members, stages or keys; use campaign append", id)
		}
		if summary.Restored != nil {
			c.Receipts = nil // a copy signs none
		}
		s, err := a.signer(ctx, c, id)
		if err != nil {
			return err
		}
		return do(signing{c, s, a, id, summary})
	})
}

// signer is the member whose key is configured, in a signed campaign, logged in where it may be: a head whose unit has not joined may not.
func (a *app) signer(ctx context.Context, c *client.Client, id string) (client.Signer, error) {
	key, err := a.memberKey(ctx)
	if err != nil {
		return client.Signer{}, err
	}
	s, err := c.SignerOf(ctx, id, key)
	if err == nil && s.Member.Speaks() {
		err = c.Login(ctx, id, s)
	}
	return s, err
}

// say signs drafts, stores them as one commit and shows what was stored.
func (s signing) say(ctx context.Context, drafts ...events.Draft) error {
	lines, err := s.AppendSigned(ctx, s.id, s.Signer, s.summary.Clock == events.ClockHistoric, drafts)
	if err != nil {
		return lone(err, len(drafts))
	}
	return s.writeStored(ctx, lines)
}

// lone leaves out of a refusal which of the drafts it is, where there is one.
func lone(err error, drafts int) error {
	var answer *client.Error
	if drafts != 1 || !errors.As(err, &answer) {
		return err
	}
	short := *answer
	short.Detail = strings.TrimPrefix(strings.TrimPrefix(short.Detail, "event 1 of the body was refused: "), "event 1: ")
	return &short
}
