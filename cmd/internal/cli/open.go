package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/keys"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

func (a *app) open() *cobra.Command {
	var ownerKey string
	c := &cobra.Command{Use: "open REGULATION.yaml", Short: "Open a campaign under a regulation",
		Long: `Open a campaign under a regulation (YAML or JSON). The same regulation again
changes nothing and exits 0; another regulation under the same id is refused.

Where the regulation has members, the campaign is signed from its first record
on: open it with the key of the lead unit's head. Its genesis hash, which is
printed, names it for good; compare it on the signed pact. On a server that has
an owner (serve --owner), give the owner's key too.`,
		Example: `  campaign open regulation.yaml
  campaign open - < regulation.yaml
  campaign open regulation.yaml --key head.key
  campaign open regulation.yaml --key head.key --owner-key owner.key`, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, source, err := a.readFile(args[0], "regulation.yaml")
			if err != nil {
				return err
			}
			var owner *keys.Key
			if ownerKey != "" {
				if owner, err = a.readKey(cmd.Context(), ownerKey, keys.Owner); err != nil {
					return err
				}
			}
			return a.withClient(cmd.Context(), func(c *client.Client) error {
				opened, err := a.openUnder(cmd.Context(), c, name, source, owner)
				if err != nil {
					return err
				}
				if err := a.writeOpened(opened); err != nil {
					return err
				}
				summary, err := c.Summary(cmd.Context(), opened.Campaign, a.lang)
				if err == nil && summary.ReadOnly != "" {
					return readOnlyError(summary.ReadOnly)
				}
				return err
			})
		}}
	c.Flags().StringVar(&ownerKey, "owner-key", "", "key file of the server's owner, where it has one")
	return c
}

// openUnder opens a campaign, signed where the regulation has members and the campaign is not there yet.
func (a *app) openUnder(ctx context.Context, c *client.Client, name string, source []byte, owner *keys.Key) (o server.Opened, err error) {
	r, err := events.ParseRegulation(name, source)
	if err != nil {
		return o, err
	}
	_, err = c.Summary(ctx, r.ID, a.lang)
	var refused *client.Error
	if fresh := errors.As(err, &refused) && refused.Status == http.StatusNotFound; !r.Signed() || !fresh {
		return c.OpenUnder(ctx, name, a.lang, source, owner)
	}
	key, err := a.memberKey(ctx)
	if errors.Is(err, errNoKey) {
		return o, fmt.Errorf("%s has members, so that the campaign is signed from its first record on; open it with the key of the lead unit's head: %w", name, err)
	}
	if err != nil {
		return o, err
	}
	sum := sha256.Sum256(source)
	return c.OpenSigned(ctx, r, name, hex.EncodeToString(sum[:]), a.lang, key, owner)
}

func (a *app) writeOpened(o server.Opened) error {
	switch a.output {
	case "json", "ndjson":
		return writeJSON(a.out, o)
	case "csv":
		return writeCSV(a.out, []string{"campaign", "title", "opened", "seq", "signed", "genesis"},
			[][]string{{o.Campaign, o.Title, fmt.Sprint(o.Opened), fmt.Sprint(o.Seq), fmt.Sprint(o.Signed), o.Genesis}})
	}
	a.banner("", o.Signed)
	line := o.Campaign + a.say(" đã mở từ trước với cùng quy chế", " was open already under the same regulation")
	if o.Opened {
		line = o.Campaign + a.say(" đã mở", " is open")
	}
	if o.Title != "" {
		line += ": " + o.Title
	}
	fmt.Fprintln(a.out, line)
	if !o.Signed {
		return nil
	}
	fmt.Fprintf(a.out, "%s\n  %s\n", a.say("Mã băm gốc", "Genesis hash"), o.Genesis)
	if o.Opened {
		fmt.Fprintf(a.err, a.say("Tiếp theo: in giao ước để thủ trưởng từng đơn vị đối chiếu và ký, rồi họ tham gia:\n", "Next print the pact, which the head of each unit compares and signs; then they join:\n")+
			"  campaign export %[1]s --pact\n  campaign join %[1]s --key FILE\n", o.Campaign)
	}
	return nil
}

// maxFileBytes bounds a file that a command reads whole.
const maxFileBytes = 257 << 20

// readFile reads a file or, for "-", stdin, which then goes by the given name.
func (a *app) readFile(path, stdinName string) (name string, content []byte, err error) {
	if path == "-" {
		if isTerminal(a.in) {
			fmt.Fprintln(a.err, a.say("Đọc từ bàn phím; kết thúc bằng Ctrl-D.", "Reading from the terminal; end with Ctrl-D."))
		}
		content, err = io.ReadAll(io.LimitReader(a.in, maxFileBytes))
		return stdinName, content, err
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", nil, fmt.Errorf("%s: %w; check the path", path, errors.Unwrap(err))
	case info.IsDir():
		return "", nil, fmt.Errorf("%s is a directory; name a file", path)
	case info.Size() > maxFileBytes:
		return "", nil, fmt.Errorf("%s is larger than %d MiB; split it", path, maxFileBytes>>20)
	}
	content, err = os.ReadFile(path)
	return filepath.Base(path), content, err
}
