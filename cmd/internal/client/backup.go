package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"campaignledger/cmd/internal/server"
)

// Backup copies a backup of the campaign to w; good asks of a broken log for what is good of it. What came is a backup only once it was read back.
func (c *Client) Backup(ctx context.Context, id string, good bool, w io.Writer) error {
	query := url.Values{}
	if good {
		query.Set("good_prefix", "true")
	}
	answer, err := c.send(ctx, http.MethodGet, campaignPath(id, "/backup"), query, "", nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(w, answer.Body); err != nil {
		return fmt.Errorf("the backup is cut off: %w", err)
	}
	if why := answer.Trailer.Get(server.BackupErrorTrailer); why != "" {
		return errors.New("the backup is cut off: " + why)
	}
	return nil
}

// TakeOver takes over a restored copy of an unsigned campaign; the answer is the event as it is stored.
func (c *Client) TakeOver(ctx context.Context, id, reason string) (line []byte, err error) {
	err = c.read(&line)(c.do(ctx, http.MethodPost, campaignPath(id, "/take-over"), nil, "", strings.NewReader(reason)))
	return line, err
}
