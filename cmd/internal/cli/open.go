package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
)

func (a *app) open() *cobra.Command {
	return &cobra.Command{Use: "open REGULATION.yaml", Short: "Open a campaign under a regulation",
		Long: `Open a campaign under a regulation (YAML or JSON). The same regulation again changes nothing and exits 0;
another regulation under the same id is refused.`,
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
				if a.output == "json" || a.output == "ndjson" {
					return writeJSON(a.out, opened)
				}
				if a.output == "csv" {
					return writeCSV(a.out, []string{"campaign", "title", "opened", "seq"}, [][]string{{opened.Campaign, opened.Title, fmt.Sprint(opened.Opened), fmt.Sprint(opened.Seq)}})
				}
				what := a.say("đã mở từ trước với cùng quy chế", "was open already under the same regulation")
				if opened.Opened {
					what = a.say("đã mở", "is open")
				}
				fmt.Fprintf(a.out, "%s %s: %s\n", opened.Campaign, what, opened.Title)
				return nil
			})
		}}
}

// maxFileBytes bounds a file that a command reads whole.
const maxFileBytes = 257 << 20

// readFile reads a file or, for "-", stdin, which then goes by the given name.
func (a *app) readFile(path, stdinName string) (name string, content []byte, err error) {
	if path == "-" {
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
