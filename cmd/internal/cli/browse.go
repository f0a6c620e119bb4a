package cli

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
)

// browseFlags are the flags of browse.
type browseFlags struct {
	print      bool
	server, ca string
}

func (a *app) browse() *cobra.Command {
	var f browseFlags
	c := &cobra.Command{Use: "browse CAMPAIGN", Short: "Open a campaign in the browser, also as a member",
		Long: `Open a campaign in the browser. Without --key it is the public's board. With
--key the browser reads as the key's member for 15 minutes: what a freeze hides
from others, a reviewer or an auditor sees there too. The key stays with this
command; the browser gets a link that works once, within a minute, and can only
read.

It takes the server that runs on the data directory, or with --server one
elsewhere. While the link waits to be opened, other programs of this machine may
see it; on a machine that you share, use --print and paste it.`,
		Example: `  campaign browse cum2-2017
  campaign browse cum2-2017 --key auditor.key
  campaign browse cum2-2017 --key auditor.key --print \
    --server https://ledger.example`, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.browseCampaign(cmd.Context(), args[0], f) }}
	c.Flags().BoolVar(&f.print, "print", false, "print the link, open nothing")
	c.Flags().StringVar(&f.server, "server", "", "URL of the server (default: the one that runs on the data directory)")
	caFlag(c, &f.ca)
	return c
}

func (a *app) browseCampaign(ctx context.Context, id string, f browseFlags) error {
	if f.server != "" {
		c, err := a.remote(f.server, f.ca)
		if err != nil {
			return usageError{fmt.Errorf("--server: %w", err)}
		}
		defer c.HTTP.CloseIdleConnections()
		return a.browseThrough(ctx, c, id, f)
	}
	return a.withClient(ctx, func(c *client.Client) error {
		if c.Within() {
			return fmt.Errorf("no server runs on %s that a browser could reach; start one with campaign serve, or name another with --server", a.dir)
		}
		return a.browseThrough(ctx, c, id, f)
	})
}

// browsing is what browse answers.
type browsing struct {
	URL     string `json:"url"`
	Member  string `json:"member,omitempty"`
	Expires string `json:"expires,omitempty"`
}

func (a *app) browseThrough(ctx context.Context, c *client.Client, id string, f browseFlags) error {
	summary, err := c.Summary(ctx, id, a.lang)
	if err != nil {
		return err
	}
	b := browsing{URL: c.BoardURL(id, a.lang)}
	if a.keyFile != "" {
		if !summary.Signed {
			return fmt.Errorf("campaign %s is unsigned: it has no members to read as; leave out --key", id)
		}
		s, err := a.signer(ctx, c, id)
		if err != nil {
			return err
		}
		b.Member = s.Member.ID
		if b.URL, b.Expires, err = c.Link(ctx, id, a.lang); err != nil {
			return err
		}
	}
	if a.output == "table" {
		_, err = fmt.Fprintln(a.out, b.URL)
	} else {
		err = writeJSON(a.out, b)
	}
	if err != nil || f.print {
		return err
	}
	if err := openBrowser(b.URL); err != nil {
		fmt.Fprintf(a.err, a.say("Không mở được trình duyệt (%v); hãy tự mở đường dẫn trên.\n", "No browser could be opened (%v); open the link above yourself.\n"), err)
		return nil
	}
	text := a.say("Đã mở trình duyệt.", "The browser is open.")
	if b.Member != "" {
		text = fmt.Sprintf(a.say("Trình duyệt đọc với tư cách %s trong 15 phút.", "The browser reads as %s for 15 minutes."), b.Member)
	}
	fmt.Fprintln(a.err, text)
	return nil
}

// openPatience is how long a program that opens browsers has to fail; some of them end only with the browser.
const openPatience = 2 * time.Second

// openBrowser opens an address as each system does.
func openBrowser(address string) error {
	command := exec.Command("xdg-open", address)
	switch runtime.GOOS {
	case "windows":
		command = exec.Command("rundll32", "url.dll,FileProtocolHandler", address)
	case "darwin":
		command = exec.Command("open", address)
	}
	if err := command.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-time.After(openPatience):
		return nil
	}
}
