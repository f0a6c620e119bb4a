package client

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"campaignledger/cmd/internal/keys"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
	"campaignledger/projections"
)

// Signer is a member with its key.
type Signer struct {
	Key    *keys.Key
	Member projections.Member
	// Genesis is the genesis hash of the campaign that it signs for, in hex.
	Genesis string
}

// ErrNotMember: the key is none of the campaign's members', or no longer.
var ErrNotMember = errors.New("it may not sign here; name your key file with --key, or have the head of your unit appoint the key")

// Members are who may speak in a campaign, and who might, with its genesis hash.
func (c *Client) Members(ctx context.Context, id string) (list []projections.Member, genesis string, err error) {
	return c.memberList(ctx, id, nil)
}

func (c *Client) memberList(ctx context.Context, id string, query url.Values) (list []projections.Member, genesis string, err error) {
	var answer struct {
		Genesis string
		Members []projections.Member
	}
	if err = c.get(ctx, campaignPath(id, "/members"), query, &answer); err != nil {
		return nil, "", err
	}
	for i := range answer.Members {
		m := &answer.Members[i]
		if m.Key, err = events.ParsePublicKey(m.KeyText); err != nil {
			return nil, "", fmt.Errorf("member %s: %w", m.ID, err)
		}
	}
	return answer.Members, answer.Genesis, nil
}

// SignerOf finds the member that a key belongs to.
func (c *Client) SignerOf(ctx context.Context, id string, key *keys.Key) (Signer, error) {
	list, genesis, err := c.memberList(ctx, id, url.Values{"key": {key.Public.String()}}) // what a freeze hides of itself, it may know
	if err == nil && len(list) == 0 {
		list, genesis, err = c.Members(ctx, id)
	}
	if err != nil {
		return Signer{}, err
	}
	for _, m := range list {
		switch {
		case m.Key != key.Public:
		case m.Until == 0:
			return Signer{key, m, genesis}, nil
		default:
			return Signer{}, fmt.Errorf("campaign %s: %s was removed by event %d, and the key with it; %w", id, m.ID, m.Until, ErrNotMember)
		}
	}
	return Signer{}, fmt.Errorf("campaign %s: key %s is no member's; %w", id, key.Public, ErrNotMember)
}

// Login makes the client read as the signer from now on, for as long as the token lasts.
func (c *Client) Login(ctx context.Context, id string, s Signer) error {
	var ch server.Challenge
	if err := c.get(ctx, campaignPath(id, "/challenge"), url.Values{"member": {s.Member.ID}}, &ch); err != nil {
		return err
	}
	if err := c.checkChallenge(ch, id, s); err != nil {
		return err
	}
	answer, err := json.Marshal(server.LoginRequest{Nonce: ch.Nonce, Signature: hex.EncodeToString(ed25519.Sign(s.Key.Private(), ch.Bytes()))})
	if err != nil {
		return err
	}
	var login server.Login
	if err := c.read(&login)(c.do(ctx, http.MethodPost, campaignPath(id, "/login"), nil, "", bytes.NewReader(answer))); err != nil {
		return err
	}
	c.member = login.Token
	return nil
}

// checkChallenge refuses to sign what another server, or another purpose, could use.
func (c *Client) checkChallenge(ch server.Challenge, id string, s Signer) error {
	expires, err := time.Parse(time.RFC3339, ch.Expires)
	const longest = 10 * time.Minute // clocks of honest machines differ a little
	switch {
	case ch.Origin != c.URL:
		return fmt.Errorf("the challenge is for %q, not for %s: not signed; another server may stand between", ch.Origin, c.URL)
	case ch.Campaign != id || ch.Member != s.Member.ID:
		return fmt.Errorf("the challenge is for another campaign or member: not signed")
	case err != nil || expires.Before(time.Now().Add(-longest)) || expires.After(time.Now().Add(longest)):
		return fmt.Errorf("the challenge ends at %q: not signed; is this machine's clock right?", ch.Expires)
	}
	return nil
}

// OpenUnder opens an unsigned campaign under the regulation in source, or finds any campaign open under it; owner, if not nil, is the
// server's owner.
func (c *Client) OpenUnder(ctx context.Context, name, lang string, source []byte, owner *keys.Key) (o server.Opened, err error) {
	err = c.withOwner(ctx, owner, source, func() error {
		o, err = c.Open(ctx, name, lang, source)
		return err
	})
	return o, err
}

// OpenSigned opens a campaign under r, read from the file source, with its first record signed by key; owner, if not nil, is the server's owner.
func (c *Client) OpenSigned(ctx context.Context, r *events.Regulation, name, sourceSHA256, lang string, key, owner *keys.Key) (o server.Opened, err error) {
	author := ""
	for _, m := range r.Members {
		if m.Key == key.Public.String() {
			author = m.ID
		}
	}
	if author == "" {
		return o, fmt.Errorf("the regulation's members have no key %s; open it with the key of the lead unit's head, or put your key into the regulation", key.Public)
	}
	d := events.Draft{ID: events.NewID(), Campaign: r.ID, Author: author, Time: projections.OpeningTime(r, events.Milliseconds(time.Now())),
		Payload: events.NewCampaignOpened(r, name, sourceSHA256)}
	record, err := events.Encode(d)
	if err == nil {
		record, err = events.Sign(key.Private(), events.NoGenesis, record)
	}
	if err != nil {
		return o, err
	}
	err = c.withOwner(ctx, owner, record, func() error {
		return c.read(&o)(c.do(ctx, http.MethodPost, "/api/v1/campaigns", url.Values{"name": {name}, "lang": {lang}}, "", bytes.NewReader(record)))
	})
	return o, err
}

// withOwner runs do with the owner's signature over body.
func (c *Client) withOwner(ctx context.Context, owner *keys.Key, body []byte, do func() error) error {
	if owner == nil {
		return do()
	}
	var about struct{ Key string }
	if err := c.get(ctx, "/api/v1/server", nil, &about); err != nil {
		return err
	}
	serverKey, err := events.ParsePublicKey(about.Key)
	if err != nil {
		return fmt.Errorf("the server's key: %w", err)
	}
	c.owner = hex.EncodeToString(ed25519.Sign(owner.Private(), server.OwnerBytes(serverKey, body)))
	defer func() { c.owner = "" }()
	return do()
}
