package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/server"
)

func (a *app) open() *cobra.Command {
	return &cobra.Command{Use: "open REGULATION.yaml", Short: "Open a campaign under a regulation",
		Long: `Open a campaign under a regulation (YAML or JSON). The same regulation again
changes nothing and exits 0; another regulation under the same id is refused.`,
		Example: "  campaign open regulation.yaml\n  campaign open - < regulation.yaml", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, source, err := a.readFile(args[0], "regulation.yaml")
			if err != nil {
				return err
			}
			return a.withClient(cmd.Context(), func(c *client.Client) error {
				opened, err := c.Open(cmd.Context(), name, a.lang, source)
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
}

func (a *app) writeOpened(o server.Opened) error {
	switch a.output {
	case "json", "ndjson":
		return writeJSON(a.out, o)
	case "csv":
		return writeCSV(a.out, []string{"campaign", "title", "opened", "seq", "signed"},
			[][]string{{o.Campaign, o.Title, fmt.Sprint(o.Opened), fmt.Sprint(o.Seq), fmt.Sprint(o.Signed)}})
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
