package client

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"campaignledger/cmd/internal/server"
)

// BoardURL is the address of a campaign's board for a browser, in a language.
func (c *Client) BoardURL(id, lang string) string {
	return c.browserURL() + "/campaigns/" + url.PathEscape(id) + "?lang=" + lang
}

// Within reports whether the server is within this process, where no browser reaches it.
func (c *Client) Within() bool { return c.URL == withinURL }

// Link asks for an address that lets a browser read a campaign as the member who is logged in. It works once, until it expires.
func (c *Client) Link(ctx context.Context, id, lang string) (address, expires string, err error) {
	var link server.Link
	if err := c.read(&link)(c.do(ctx, http.MethodPost, campaignPath(id, "/session"), nil, "", nil)); err != nil {
		return "", "", err
	}
	// A server must not be able to send the browser elsewhere.
	code, ours := strings.CutPrefix(link.Path, "/campaigns/"+url.PathEscape(id)+"/enter?code=")
	if !ours || code == "" || url.QueryEscape(code) != code {
		return "", "", fmt.Errorf("the server gave %.200q, which is no link of this campaign; nothing was opened", link.Path)
	}
	return c.browserURL() + link.Path + "&lang=" + lang, link.Expires, nil
}

// browserURL is the server's address as a browser takes it: one that stands for all of the machine's addresses is this machine.
func (c *Client) browserURL() string {
	u, err := url.Parse(c.URL)
	if err != nil {
		return c.URL
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && ip.IsUnspecified() {
		u.Host = "localhost:" + u.Port()
	}
	return u.String()
}
