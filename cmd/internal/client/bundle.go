package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

// Bundle copies a bundle of the campaign to w, as far as the reader may see it, up to the newest checkpoint, or where at is not 0 the newest of at
// most that many events. It returns how many events it has.
func (c *Client) Bundle(ctx context.Context, id string, at events.Seq, w io.Writer) (events.Seq, error) {
	query := url.Values{}
	if at != 0 {
		query.Set("as_of", fmt.Sprint(at))
	}
	answer, err := c.send(ctx, http.MethodGet, campaignPath(id, "/bundle"), query, "", nil)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	size, err := strconv.ParseUint(answer.Header.Get(server.BundleSizeHeader), 10, 63)
	if err != nil {
		return 0, errors.New("the server's answer is no bundle")
	}
	if _, err := io.Copy(w, answer.Body); err != nil {
		return 0, fmt.Errorf("the bundle is cut off: %w", err)
	}
	if why := answer.Trailer.Get(server.BundleErrorTrailer); why != "" {
		return 0, fmt.Errorf("the bundle is cut off: %s", why)
	}
	return events.Seq(size), nil
}
