package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// Cosigned is the server's answer to a cosignature.
type Cosigned struct {
	Cosigned  int    `json:"cosigned"` // how many witnesses stand behind the checkpoint
	Quorum    int    `json:"quorum"`
	Witnesses int    `json:"witnesses"`
	Size      uint64 `json:"size"`
}

// Checkpoint is the newest checkpoint, a signed note that nobody has checked. An *Error with the code no-checkpoint: there is none yet.
func (c *Client) Checkpoint(ctx context.Context, id string) ([]byte, error) {
	body, err := c.do(ctx, http.MethodGet, campaignPath(id, "/checkpoint"), nil, "", nil)
	return readNote(body, err)
}

func readNote(body io.ReadCloser, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(&atMost{body, proof.MaxNoteBytes})
}

// Checkpoints calls each with every checkpoint of a size above since, from the smallest on: signed notes that nobody has checked. A note belongs
// to each only while it runs.
func (c *Client) Checkpoints(ctx context.Context, id string, since uint64, each func(msg []byte) error) error {
	body, err := c.do(ctx, http.MethodGet, campaignPath(id, "/checkpoints"), url.Values{"since": {fmt.Sprint(since)}}, "", nil)
	if err != nil {
		return err
	}
	defer body.Close()
	return EachNote(body, each)
}

// EachNote calls each with the notes of r, which stand one after the other. What is no note is left to who opens it; one that is too long to be one is
// ErrTooMuch. A note belongs to each only while it runs.
func EachNote(r io.Reader, each func(msg []byte) error) error {
	for notes := proof.NewNoteReader(r); ; {
		msg, err := notes.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case len(msg) > proof.MaxNoteBytes:
			return ErrTooMuch
		}
		if err := each(msg); err != nil {
			return err
		}
	}
}

// Cosign gives the server a checkpoint with a witness's line.
func (c *Client) Cosign(ctx context.Context, id string, msg []byte) (a Cosigned, err error) {
	err = c.read(&a)(c.do(ctx, http.MethodPost, campaignPath(id, "/cosignatures"), nil, "", bytes.NewReader(msg)))
	return a, err
}

// Policy is the server's policy as it says it. It is no ground to trust anything.
func (c *Client) Policy(ctx context.Context, id string) (text []byte, err error) {
	err = c.get(ctx, campaignPath(id, "/policy"), nil, &text)
	return text, err
}

// Logout makes the client read as the public again.
func (c *Client) Logout() { c.member = "" }

// WitnessCheckpoint asks a witness, not a server, for the newest checkpoint of a log that it cosigned: a note that nobody has checked.
func (c *Client) WitnessCheckpoint(ctx context.Context, origin string) ([]byte, error) {
	body, err := c.do(ctx, http.MethodGet, "/checkpoint", url.Values{"origin": {origin}}, "", nil)
	return readNote(body, err)
}

// Lodge lays signed records, one a line, before a witness; the answer is the lodging as it is kept, which nobody has checked.
func (c *Client) Lodge(ctx context.Context, drafts []events.Record) ([]byte, error) {
	var body bytes.Buffer
	for _, d := range drafts {
		body.Write(d)
		body.WriteByte('\n')
	}
	answer, err := c.do(ctx, http.MethodPost, "/lodge", nil, "", &body)
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	return io.ReadAll(&atMost{answer, proof.MaxStatementBytes})
}
