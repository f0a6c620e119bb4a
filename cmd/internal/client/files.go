package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"campaignledger/cmd/internal/server"
	"campaignledger/events"
	"campaignledger/ledger"
)

// ErrOtherContent: what came is not what its hash names.
var ErrOtherContent = errors.New("what the server gave is not what the hash names; nothing of it was kept. Ask whoever runs the server to look after its store")

// PutEvidence stores a file for the member that is logged in; the answer says how events name it. passed sees the bytes as they go.
func (c *Client) PutEvidence(ctx context.Context, id, name string, content []byte, passed io.Writer) (f ledger.File, err error) {
	body := io.TeeReader(bytes.NewReader(content), passed)
	err = c.read(&f)(c.do(ctx, http.MethodPost, campaignPath(id, "/evidence"), url.Values{"name": {name}}, "", body))
	if sum := sha256.Sum256(content); err == nil && f.SHA256 != hex.EncodeToString(sum[:]) {
		err = fmt.Errorf("%s: %w", name, ErrOtherContent)
	}
	return f, err
}

// GetEvidence is a held file, checked against its hash. passed sees the bytes as they come.
func (c *Client) GetEvidence(ctx context.Context, id, hash string, passed io.Writer) (content []byte, err error) {
	body, err := c.do(ctx, http.MethodGet, campaignPath(id, "/evidence/"+url.PathEscape(hash)), nil, "", nil)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	content, err = io.ReadAll(io.TeeReader(io.LimitReader(body, ledger.MaxEvidenceBytes+1), passed))
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != hash {
		return nil, fmt.Errorf("%s: %w", hash, ErrOtherContent)
	}
	return content, nil
}

// PutDetached keeps a text outside the log; the answer is the hash that events name it by.
func (c *Client) PutDetached(ctx context.Context, id, text string) (hash string, err error) {
	var answer struct{ Hash string }
	err = c.read(&answer)(c.do(ctx, http.MethodPost, campaignPath(id, "/detached"), nil, "", strings.NewReader(text)))
	return answer.Hash, err
}

// Detached is a text that stands outside the log, with the salt that proves it.
type Detached struct {
	Hash string `json:"hash"`
	Text string `json:"text"`
	Salt string `json:"salt"`
}

// GetDetached is a detached text, checked against its hash.
func (c *Client) GetDetached(ctx context.Context, id, hash string) (d Detached, err error) {
	if err := c.get(ctx, campaignPath(id, "/detached/"+url.PathEscape(hash)), nil, &d); err != nil {
		return d, err
	}
	if events.DetachedHash(d.Salt, d.Text) != hash {
		return Detached{}, fmt.Errorf("%s: %w", hash, ErrOtherContent)
	}
	d.Hash = hash
	return d, nil
}

// EraseDetached erases a detached text for good.
func (c *Client) EraseDetached(ctx context.Context, id, hash string) error {
	body, err := c.do(ctx, http.MethodDelete, campaignPath(id, "/detached/"+url.PathEscape(hash)), nil, "", nil)
	if err != nil {
		return err
	}
	return body.Close()
}

// Document is a file that the server makes of the campaign, and the event that it is as of, checked against the hash that came with it.
func (c *Client) Document(ctx context.Context, id, kind string, query url.Values) (content []byte, seq events.Seq, err error) {
	answer, err := c.send(ctx, http.MethodGet, campaignPath(id, "/documents/"+url.PathEscape(kind)), query, "", nil)
	if err != nil {
		return nil, 0, err
	}
	if err := c.read(&content)(answer.Body, nil); err != nil {
		return nil, 0, err
	}
	n, err := strconv.ParseUint(answer.Header.Get(server.SeqHeader), 10, 63)
	if err != nil {
		return nil, 0, errors.New("the server's answer does not say of which event the document is")
	}
	if sum := sha256.Sum256(content); answer.Header.Get("Repr-Digest") != server.ReprDigest(sum) {
		return nil, 0, fmt.Errorf("the document %s: %w", kind, ErrOtherContent)
	}
	return content, events.Seq(n), nil
}
