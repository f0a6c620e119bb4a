package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"
	"golang.org/x/text/unicode/norm"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
	"campaignledger/ledger"
)

func (a *app) report() *cobra.Command {
	return parent(&cobra.Command{Use: "report", Short: "File your unit's reports",
		Long: "A unit's reports on periods and drives, with evidence, on time or late.",
		Example: `  campaign report file cum2-2017 --from 2017-01-01 --to 2017-06-30 \
    --text-file half-year.txt --evidence tables.xlsx`}, a.reportFile())
}

const aboutReport = `File your unit's report on a period, or with --drive on a drive, as its head or
an officer. A second report on the same replaces the first and needs --reason.

Files named with --evidence are stored by the server and named by their SHA-256.
Those named with --classified stay with the unit: only name, size and hash are
recorded. --detach keeps the text and the person's name outside the log, which
holds their salted hashes: they can be erased later by these, and the log still
verifies (campaign detached erase).`

func (a *app) reportFile() *cobra.Command {
	p := events.ReportFiled{}
	var text, path, person string
	var detach bool
	var files fileFlags
	c := &cobra.Command{Use: "file CAMPAIGN", Short: "File a report", Long: aboutReport,
		Example: `  campaign report file cum2-2017 --from 2017-01-01 --to 2017-06-30 \
    --text-file half-year.txt --evidence tables.xlsx
  campaign report file cum2-2017 --from 2017-02-01 --to 2017-03-31 \
    --drive spring --text "…" --person "Nông Thị Lan" --detach`, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			words, err := a.textOf(text, path, "--text")
			if err != nil {
				return err
			}
			return a.withSigner(ctx, args[0], func(s signing) error {
				err := s.ofUnit()
				if err == nil {
					err = a.need(ctx, asked{value: &p.From, name: "--from", vi: "Ngày đầu của kỳ (YYYY-MM-DD)", en: "The period's first day (YYYY-MM-DD)"},
						asked{value: &p.To, name: "--to", vi: "Ngày cuối của kỳ (YYYY-MM-DD)", en: "The period's last day (YYYY-MM-DD)"})
				}
				if err == nil {
					err = checkDays(p.From, p.To)
				}
				if err == nil {
					err = a.need(ctx, asked{value: &words, name: "--text", vi: "Nội dung báo cáo", en: "The report's text"})
				}
				if err != nil {
					return err
				}
				return s.report(ctx, p, words, person, detach, files)
			})
		}}
	c.Flags().StringVar(&p.From, "from", "", "the period's first day, YYYY-MM-DD")
	c.Flags().StringVar(&p.To, "to", "", "the period's last day, YYYY-MM-DD")
	c.Flags().StringVar(&p.Drive, "drive", "", "the drive it is about")
	c.Flags().StringVar(&text, "text", "", "the text")
	c.Flags().StringVar(&path, "text-file", "", "a file with it; - is stdin")
	c.Flags().StringVar(&person, "person", "", "whom it is about, where it is about one")
	c.Flags().StringVar(&p.Reason, "reason", "", "why; needed where it replaces a report")
	c.Flags().BoolVar(&detach, "detach", false, "keep text and person outside the log")
	files.add(c)
	return c
}

// report stores the files and detached texts, and files the report.
func (s signing) report(ctx context.Context, p events.ReportFiled, text, person string, detach bool, files fileFlags) (err error) {
	if p.Evidence, err = s.files(ctx, files); err != nil {
		return err
	}
	if p.Text, err = s.words(ctx, text, detach); err != nil {
		return err
	}
	if p.Person, err = s.words(ctx, person, detach); err != nil {
		return err
	}
	return s.say(ctx, events.Draft{Subject: s.Member.Unit, Payload: &p})
}

// fileFlags are the files of a report or an explanation.
type fileFlags struct{ stored, classified []string }

func (f *fileFlags) add(c *cobra.Command) {
	c.Flags().StringArrayVar(&f.stored, "evidence", nil, "a file to store with it; may be repeated")
	c.Flags().StringArrayVar(&f.classified, "classified", nil, "a file that stays with the unit; may be repeated")
}

// files stores evidence and names it; of classified files it sends nothing but name, size, type and hash.
func (s signing) files(ctx context.Context, f fileFlags) ([]events.File, error) {
	if n := len(f.stored) + len(f.classified); n > events.MaxFiles {
		return nil, usageError{fmt.Errorf("%d files: give at most %d", n, events.MaxFiles)}
	}
	var list []events.File
	for _, path := range f.stored {
		file, err := s.store(ctx, path)
		if err != nil {
			return nil, err
		}
		list = append(list, events.File{Name: file.Name, SHA256: file.SHA256, Size: int(file.Size), Type: file.Type})
	}
	for _, path := range f.classified {
		name, content, err := s.app.readFile(path, "stdin")
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(content)
		list = append(list, events.File{Unit: true, Name: name, SHA256: hex.EncodeToString(sum[:]), Size: len(content), Type: http.DetectContentType(content)})
	}
	return list, nil
}

// store puts a file into the campaign's evidence.
func (s signing) store(ctx context.Context, path string) (f ledger.File, err error) {
	name, content, err := s.app.readFile(path, "stdin")
	if err != nil {
		return f, err
	}
	f, err = s.PutEvidence(ctx, s.id, name, content, io.Discard)
	if err != nil {
		return f, fmt.Errorf("%s: %w", path, err)
	}
	fmt.Fprintf(s.app.err, s.app.say("đã lưu %s: sha256:%s\n", "stored %s: sha256:%s\n"), name, f.SHA256)
	return f, nil
}

// words are a text as it stands in a record, or detached from it.
func (s signing) words(ctx context.Context, text string, detach bool) (w events.Words, err error) {
	if !detach || text == "" {
		return events.Words{Text: text}, nil
	}
	if w.Hash, err = s.PutDetached(ctx, s.id, text); err != nil {
		return w, err
	}
	kept, err := s.GetDetached(ctx, s.id, w.Hash) // what is signed must be the hash of this text, and the server made it
	if err == nil && kept.Text != norm.NFC.String(text) && kept.Text != text {
		err = client.ErrTampered
	}
	if err == nil {
		fmt.Fprintf(s.app.err, s.app.say("lưu ngoài sổ: %s\n(xóa: campaign detached erase %s MÃ-BĂM)\n",
			"kept outside the log: %s\n(to erase it: campaign detached erase %s HASH)\n"), w.Hash, s.id)
	}
	return w, err
}
