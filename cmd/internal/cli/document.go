package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/papers"
	"campaignledger/events"
)

const aboutDocument = `Documents that were logged (campaign export … --issue): log the signed copy of
one, or make one again from the records and compare.`

func (a *app) document() *cobra.Command {
	return parent(&cobra.Command{Use: "document", Short: "Log a document's signed copy, or make a document again and compare", Long: aboutDocument,
		Example: `  campaign document scan cum2-2017 1335 minutes-signed.pdf
  campaign document check cum2-2017 1335 minutes.pdf`}, a.documentScan(), a.documentCheck())
}

func (a *app) documentScan() *cobra.Command {
	return &cobra.Command{Use: "scan CAMPAIGN SEQ FILE", Short: "Store and log the signed copy of a document",
		Long: `Store the scan of a document that was signed on paper, and log it beside the
document, which is named by the event that logged it (campaign awards lists
them).`,
		Example: "  campaign document scan cum2-2017 1335 minutes-signed.pdf", Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return a.withSigner(ctx, args[0], func(s signing) error {
				d, p, err := s.issued(ctx, args[1])
				if err != nil {
					return err
				}
				file, err := s.store(ctx, args[2])
				if err != nil {
					return err
				}
				copied := *p
				copied.Of, copied.Name, copied.SHA256 = d.ID, file.Name, file.SHA256
				copied.Evidence = []events.File{{Name: file.Name, SHA256: file.SHA256, Size: int(file.Size), Type: file.Type}}
				return s.say(ctx, events.Draft{Subject: d.Subject, Payload: &copied})
			})
		}}
}

// issued finds a document that was logged.
func (s signing) issued(ctx context.Context, which string) (events.Draft, *events.DocumentIssued, error) {
	_, d, err := s.find(ctx, which)
	if err != nil {
		return d, nil, err
	}
	return issuedBy(d, which)
}

func issuedBy(d events.Draft, which string) (events.Draft, *events.DocumentIssued, error) {
	p, ok := d.Payload.(*events.DocumentIssued)
	if !ok {
		return d, nil, fmt.Errorf("event %s is %s; name a document (campaign awards lists them)", which, d.Type().Named())
	}
	return d, p, nil
}

func (a *app) documentCheck() *cobra.Command {
	return &cobra.Command{Use: "check CAMPAIGN SEQ [FILE]", Short: "Make a logged document again and compare",
		Long: `Make a document again from the records up to the event that it names, and
compare its hash with the one that was logged and, if a file is given, with
that file. Exit status 3 where they differ. The bytes are the same with the
same release of this program. A signed copy, which nobody can make again, is
compared with FILE.`,
		Example: "  campaign document check cum2-2017 1335 minutes.pdf", Args: cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withCampaign(cmd.Context(), args[0], func(c *client.Client) error {
				return a.checkDocument(cmd.Context(), c, args[0], args[1], argument(args, 2))
			})
		}}
}

// checkDocument makes a document again, and compares it.
func (a *app) checkDocument(ctx context.Context, c *client.Client, id, which, path string) error {
	_, d, err := signing{Client: c, app: a, id: id}.find(ctx, which)
	if err != nil {
		return err
	}
	_, p, err := issuedBy(d, which)
	if err != nil {
		return err
	}
	if p.Of != uuid.Nil {
		return a.checkCopy(p, which, path)
	}
	o := papers.Options{Kind: p.Kind, Lang: p.Lang, Cluster: p.Cluster, Award: p.Award, Ballot: p.Ballot, Unit: d.Subject, Level: p.Level, Number: p.Number, Place: p.Place,
		Venue: p.Venue, Chair: p.Chair, Secretary: p.Secretary}
	made, err := a.makePaper(ctx, c, id, fmt.Sprint(p.Seq), o)
	if err != nil {
		return err
	}
	if made.seq != events.Seq(p.Seq) {
		return fmt.Errorf("the document is of event %d, and what you may read ends with event %d; log in as who may read more, or wait until it is shown", p.Seq, made.seq)
	}
	sum := sha256.Sum256(made.content)
	again := hex.EncodeToString(sum[:])
	if again != p.SHA256 {
		return mismatch(fmt.Sprintf("made again from the records up to event %d the document has the hash %s, logged was %s: it is another document, or was made by another release of this program", p.Seq, again, p.SHA256))
	}
	if path != "" {
		if err := a.isLogged(p, which, path); err != nil {
			return fmt.Errorf("the records give the logged hash; FILE differs: %w", err)
		}
	}
	fmt.Fprintf(a.out, a.say("đúng: văn bản dựng lại từ sổ có mã băm %s\n", "same: made again from the records it has the hash %s\n"), again)
	return nil
}

// checkCopy compares a file with a signed copy that was logged.
func (a *app) checkCopy(p *events.DocumentIssued, which, path string) error {
	if path == "" {
		return fmt.Errorf("event %s logs a signed copy, which can't be made again; give its file to compare, or name the document that it is the copy of", which)
	}
	if err := a.isLogged(p, which, path); err != nil {
		return err
	}
	fmt.Fprintf(a.out, a.say("đúng: %s là bản đã ký ghi ở sự kiện %s\n", "same: %s is the signed copy of event %s\n"), path, which)
	return nil
}

// isLogged refuses a file that is not the one that was logged.
func (a *app) isLogged(p *events.DocumentIssued, which, path string) error {
	_, content, err := a.readFile(path, "stdin")
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != p.SHA256 {
		return mismatch(fmt.Sprintf("%s has the hash %x, logged was %s: it is not the document of event %s", path, sum, p.SHA256, which))
	}
	return nil
}
