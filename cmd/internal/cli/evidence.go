package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"campaignledger/ledger"
)

func (a *app) evidence() *cobra.Command {
	return parent(&cobra.Command{Use: "evidence", Short: "Store and fetch the files that marks and reports name",
		Long: `Files that prove a mark or a report are held beside the log, which names them by
the SHA-256 of their bytes. Put a file first, then name it: in a score as
evidence "sha256:…" (several with a space between), in a report as the object
that -o json prints. A classified file stays with its unit: name it
"unit:sha256:…" and do not put it.

Members may put and get files. Files are never removed.`,
		Example: `  campaign evidence put cum2-2017 report.pdf photo.jpg
  campaign evidence get cum2-2017 sha256:9f86… --out report.pdf`}, a.evidencePut(), a.evidenceGet())
}

func (a *app) evidencePut() *cobra.Command {
	return &cobra.Command{Use: "put CAMPAIGN FILE...", Short: "Store files and print how events name them",
		Long: `Store files and print for each the reference by which a score names it, or with
-o json the object by which a report names it. The same file again changes
nothing. Taken are PDF, pictures, office documents and text, each of at most
32 MiB.`,
		Example: `  campaign evidence put cum2-2017 report.pdf --key lan.key
  campaign evidence put cum2-2017 report.pdf photo.jpg -o json`, Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withSigner(cmd.Context(), args[0], func(s signing) error {
				for _, path := range args[1:] {
					if err := a.putFile(cmd.Context(), s, path); err != nil {
						return err
					}
				}
				return nil
			})
		}}
}

// evidenceJSON is a file as report.filed and explanation.filed name it.
type evidenceJSON struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Type   string `json:"type"`
}

func (a *app) putFile(ctx context.Context, s signing, path string) error {
	name, content, err := a.readFile(path, "stdin")
	if err == nil && len(content) > ledger.MaxEvidenceBytes {
		err = fmt.Errorf("%s: %w", name, ledger.ErrEvidenceTooBig)
	}
	if err != nil {
		return err
	}
	passed, done := a.bar(name, int64(len(content)))
	f, err := s.PutEvidence(ctx, s.id, name, content, passed)
	done()
	if err != nil {
		return inFile(name, err)
	}
	switch a.output {
	case "json", "ndjson":
		return writeJSON(a.out, evidenceJSON{f.Name, f.SHA256, f.Size, f.Type})
	case "csv":
		return writeCSVRow(a.out, []string{f.Name, f.SHA256, fmt.Sprint(f.Size), f.Type})
	}
	fmt.Fprintln(a.out, "sha256:"+f.SHA256)
	fmt.Fprintf(a.err, a.say("%s: %s, %s, %d byte\n", "%s: held as %s, %s, %d bytes\n"), path, f.Name, f.Type, f.Size)
	return nil
}

func (a *app) evidenceGet() *cobra.Command {
	var out string
	var force bool
	c := &cobra.Command{Use: "get CAMPAIGN SHA256", Short: "Fetch a file and check it",
		Long: `Fetch a file of evidence by the SHA-256 of its bytes, with or without "sha256:"
before it. What comes is checked against it; nothing is written unless it fits.
During a freeze you get your own files only, unless you review or audit.`,
		Example: `  campaign evidence get cum2-2017 sha256:9f86… --out report.pdf
  campaign evidence get cum2-2017 9f86… > report.pdf`, Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			hash, err := contentHash(args[1], "sha256:")
			if err != nil {
				return err
			}
			if out == "" && isTerminal(a.verbatim()) {
				return usageError{errors.New("a file is not shown on a terminal; name where to put it: --out FILE")}
			}
			return a.withSigner(cmd.Context(), args[0], func(s signing) error {
				passed, done := a.bar(hash[:8], -1)
				content, err := s.GetEvidence(cmd.Context(), s.id, hash, passed)
				done()
				if err != nil {
					return err
				}
				return a.writeFile(firstOf(out, "-"), content, force)
			})
		}}
	c.Flags().StringVar(&out, "out", "", "where to write the file (default: stdout)")
	c.Flags().BoolVar(&force, "force", false, forceFlag)
	return c
}

// contentHash reads a SHA-256 in lower-case hex, which may have a prefix.
func contentHash(text, prefix string) (string, error) {
	hash := strings.TrimPrefix(text, prefix)
	if len(hash) != 64 || strings.Trim(hash, "0123456789abcdef") != "" {
		return "", usageError{fmt.Errorf("%.80q is not a SHA-256: give 64 lower-case hex digits", text)}
	}
	return hash, nil
}
