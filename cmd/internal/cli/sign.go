package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/server"
)

// signFlags are the flags of sign.
type signFlags struct {
	campaign, out, reason string
	force                 bool
}

func (a *app) sign() *cobra.Command {
	var f signFlags
	c := &cobra.Command{Use: "sign FILE", Short: "Sign a score file or events, for somebody else to deliver",
		Long: `Sign a file with your key, so that somebody else may deliver it. The campaign's
server is asked to complete what is to be signed; nothing is stored there.

A score file (CSV, XLSX, NDJSON of rows; see import) becomes a package: the
signed announcement and its rows, which campaign import takes whole. Events
given as JSON, one on each line, become signed records, which campaign append
takes. Neither needs a key to be delivered, and neither can be changed on its
way. What is signed already stays as it is.

The output is FILE.signed.ndjson, or --out (- is stdout).`,
		Example: `  campaign sign scores.csv -c cum2-2017 --key lan.key
  campaign import cum2-2017 scores.csv.signed.ndjson
  campaign sign events.ndjson -c cum2-2017 --out - | ssh desk \
    campaign append cum2-2017`, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, content, err := a.readFile(args[0], "stdin.csv")
			if err != nil {
				return err
			}
			if f.out == "" {
				if f.out = args[0]; f.out != "-" {
					f.out += ".signed.ndjson"
				}
			}
			return a.signFile(cmd.Context(), name, content, f)
		}}
	c.Flags().StringVarP(&f.campaign, "campaign", "c", "", "the campaign (default: the one that the events name as their source, or the only signed one)")
	c.Flags().StringVar(&f.out, "out", "", "where to write what is signed (default: FILE.signed.ndjson; - for stdout)")
	c.Flags().StringVar(&f.reason, "reason", "", "the reason of rows that change a mark and give none")
	c.Flags().BoolVar(&f.force, "force", false, forceFlag)
	return c
}

func (a *app) signFile(ctx context.Context, name string, content []byte, f signFlags) error {
	first, isEvents := firstEvent(content)
	if f.campaign == "" {
		f.campaign = strings.TrimPrefix(first.Source, "/campaigns/")
	}
	switch {
	case isPackage(content):
		return fmt.Errorf("%s is a signed package already; deliver it with campaign import", name)
	case isEvents && f.reason != "":
		return usageError{errors.New("--reason is for score files; an event has its reason in its data")}
	}
	if f.campaign == "" {
		var err error
		if f.campaign, err = a.onlySigned(ctx, name); err != nil {
			return err
		}
	}
	return a.withSigner(ctx, f.campaign, func(s signing) error {
		if isEvents {
			return a.signEvents(ctx, s, name, content, f)
		}
		return a.signScores(ctx, s, name, content, f)
	})
}

// onlySigned is the one signed campaign there is, for a file that names none.
func (a *app) onlySigned(ctx context.Context, name string) (id string, err error) {
	var found []string
	err = a.withClient(ctx, func(c *client.Client) error {
		list, err := c.List(ctx, a.lang, nil)
		for _, s := range list {
			if s.Signed {
				found = append(found, s.ID)
			}
		}
		return err
	})
	if err == nil && len(found) != 1 {
		err = usageError{fmt.Errorf("%s does not say for which campaign it is, and there are %d signed ones; name it: -c CAMPAIGN", name, len(found))}
	}
	if err != nil {
		return "", err
	}
	return found[0], nil
}

// firstEvent reads as much of the first event as tells that it is one, and of which campaign.
func firstEvent(content []byte) (first struct{ Type, Source string }, ok bool) {
	err := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff")))).Decode(&first)
	return first, err == nil && first.Type != ""
}

// signedFile says what was signed.
type signedFile struct {
	File     string `json:"file"`
	Campaign string `json:"campaign"`
	Genesis  string `json:"genesis"`
	Author   string `json:"author"`
	Kind     string `json:"kind"`  // package or events
	Count    int    `json:"count"` // rows of a package, events else
}

func (a *app) signEvents(ctx context.Context, s signing, name string, content []byte, f signFlags) error {
	list, err := client.ParseDrafts(content, s.id)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	records, by, err := a.signDrafts(ctx, s.Client, s.summary, list)
	if err != nil {
		return inFile(name, lone(err, len(list)))
	}
	if by.Key == nil {
		return fmt.Errorf("%s: all of it is signed already; store it with campaign append", name)
	}
	var signed bytes.Buffer
	for _, r := range records {
		signed.Write(r)
		signed.WriteByte('\n')
	}
	if err := a.writeFile(f.out, signed.Bytes(), f.force); err != nil {
		return err
	}
	return a.writeSigned(signedFile{f.out, s.id, s.Genesis, s.Member.ID, "events", len(records)})
}

func (a *app) signScores(ctx context.Context, s signing, name string, content []byte, f signFlags) error {
	if bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(content, []byte("\ufeff"))), []byte("{")) && name == "stdin.csv" {
		name = "stdin.ndjson"
	}
	result, packaged, err := s.PackageImport(ctx, s.id, s.Signer, url.Values{"name": {name}, "reason": {f.reason}}, content)
	if err != nil {
		return inFile(name, err)
	}
	if result.Bad > 0 {
		a.tellBadRows(result)
		return a.unsignable(result)
	}
	if len(packaged) == 0 {
		return fmt.Errorf("%s: every row is stored already or equal to the current mark; there is nothing to sign", name)
	}
	if err := a.writeFile(f.out, packaged, f.force); err != nil {
		return err
	}
	return a.writeSigned(signedFile{f.out, s.id, s.Genesis, s.Member.ID, "package", result.New + result.Replaced})
}

// unsignable is the error of a file with bad rows, which a package can't leave out.
func (a *app) unsignable(r *server.ImportResult) error {
	return errors.New(r.File + ": " + a.count(r.Bad, "dòng lỗi", "bad row") + a.say("; chưa ký gì. Hãy sửa tệp rồi ký lại", "; nothing was signed. Mend the file and sign it again"))
}

func (a *app) writeSigned(f signedFile) error {
	out := a.out
	if f.File == "-" {
		out = a.err
	}
	if a.output != "table" && f.File != "-" {
		return writeJSON(out, f)
	}
	what, command := a.count(f.Count, "dòng", "row"), "import"
	if f.Kind == "events" {
		what, command = a.count(f.Count, "sự kiện", "event"), "append"
	}
	if f.File != "-" {
		fmt.Fprintf(out, a.say("%s: %s do %s ký\n", "%s: %s signed by %s\n"), f.File, what, f.Author)
	}
	_, err := fmt.Fprintf(a.err, a.say("Ai tới được máy chủ đều nộp được, không cần khóa, và không sửa được gì:\n  campaign %s %s %s\n",
		"Whoever reaches the server may deliver it, needs no key and can't alter it:\n  campaign %s %s %s\n"), command, f.Campaign, f.File)
	return err
}
