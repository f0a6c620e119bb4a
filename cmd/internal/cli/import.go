package cli

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/scores"
	"campaignledger/cmd/internal/server"
	"campaignledger/projections"
)

// importFlags are the flags of import.
type importFlags struct {
	dryRun, keepGood bool
	reason           string
}

func (a *app) importFiles() *cobra.Command {
	var f importFlags
	c := &cobra.Command{Use: "import CAMPAIGN FILE...", Short: "Import scores from CSV, NDJSON or XLSX files, or a signed package",
		Long: `Import score files (- is stdin). CSV: a header row with the columns cluster,
unit, criterion, level, scorer and one of points, actual, place, target and mark
(abstained, recused); optionally item, time, reason, evidence, basis. XLSX: the
same in the first sheet. NDJSON (.ndjson, .jsonl): the same as keys. A score
workbook (campaign export --workbook) is taken as it was filled in: each filled
cell is a row, and what is wrong names sheet and cell.

A row equal to the current mark is skipped; a row that changes one needs a
reason (its own, or --reason). With a bad row nothing of the file is stored,
unless --keep-good; then the bad rows go to FILE.rejected.csv. The same file
again stores nothing twice and goes on where it was cut off.

In a signed campaign your key signs the import, after a check that what is to be
signed are the rows of the file. A package that somebody else signed (campaign
sign) is delivered as it is: whole, and without a key of your own.`,
		Example: `  campaign import cum2-2017 scores.csv --dry-run
  campaign import cum2-2017 q1.csv q2.csv --reason "recheck of 5 December"
  campaign import cum2-2017 scores.csv --key lan.key
  campaign import cum2-2017 cum2-2017-workbook.xlsx --dry-run
  campaign import cum2-2017 scores.csv.signed.ndjson`, Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withClient(cmd.Context(), func(c *client.Client) error {
				summary, err := c.Summary(cmd.Context(), args[0], a.lang)
				if err != nil {
					return err
				}
				i := importer{app: a, client: c, campaign: summary, flags: f}
				for _, path := range args[1:] {
					if err := i.file(cmd.Context(), path); err != nil {
						return err
					}
				}
				return nil
			})
		}}
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "tell what each row would do and store nothing")
	c.Flags().BoolVar(&f.keepGood, "keep-good", false, "store the good rows and write the bad to FILE.rejected.csv")
	c.Flags().StringVar(&f.reason, "reason", "", "the reason of rows that change a mark and give none")
	return c
}

// importer imports files into one campaign.
type importer struct {
	*app
	client   *client.Client
	campaign server.CampaignSummary
	flags    importFlags
	by       *client.Signer // of a signed campaign; nil until a file needs it
}

func (i *importer) file(ctx context.Context, path string) error {
	name, content, err := i.readFile(path, "stdin.csv")
	if err != nil {
		return err
	}
	if path == "-" {
		if bytes.HasPrefix(content, []byte("PK")) { // as every zip archive begins
			name = "stdin.xlsx"
		} else if bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(content, []byte("\ufeff"))), []byte("{")) {
			name = "stdin.ndjson"
		}
		path = name
	}
	if isPackage(content) {
		return i.deliver(ctx, name, content)
	}
	query := url.Values{"name": {name}, "reason": {i.flags.reason}, "dry_run": {fmt.Sprint(i.flags.dryRun)}, "keep_good": {fmt.Sprint(i.flags.keepGood)}}
	progress, done := i.progress(name)
	result, err := i.send(ctx, query, content, progress)
	done()
	if err != nil {
		return inFile(name, err)
	}
	if err := i.writeImport(result); err != nil {
		return err
	}
	if err := i.tellTranscribed(ctx, name, content, result); err != nil || result.Bad == 0 {
		return err
	}
	if i.flags.keepGood && !i.flags.dryRun {
		return i.writeRejected(path, name, content, result)
	}
	return i.badRows(result, i.flags)
}

// send imports a file, signed where the campaign is.
func (i *importer) send(ctx context.Context, query url.Values, content []byte, progress func(stored, rows int)) (*server.ImportResult, error) {
	if !i.campaign.Signed {
		return i.client.Import(ctx, i.campaign.ID, query, content, progress)
	}
	if i.by == nil {
		by, err := i.signer(ctx, i.client, i.campaign.ID)
		if errors.Is(err, errNoKey) {
			return nil, fmt.Errorf("campaign %s is signed, and so is every import: %w", i.campaign.ID, err)
		}
		if err != nil {
			return nil, err
		}
		i.by = &by
	}
	return i.client.ImportSigned(ctx, i.campaign.ID, *i.by, query, content, progress)
}

// inFile names the file in a refusal that does not.
func inFile(name string, err error) error {
	var refused *client.Error
	if errors.As(err, &refused) && refused.Code != "no-campaign" && !strings.HasPrefix(refused.Detail, name) {
		return fmt.Errorf("%s: %w", name, err)
	}
	return err
}

// isPackage reports whether a file is a signed package, or was one before somebody altered it.
func isPackage(content []byte) bool {
	first, _, _ := bytes.Cut(content, []byte{'\n'})
	return bytes.HasPrefix(first, []byte(`{"specversion":`)) && bytes.Contains(first, []byte(`"type":"import.started"`))
}

// deliver stores a package that its author signed: whole or not at all.
func (i *importer) deliver(ctx context.Context, name string, content []byte) error {
	if i.flags != (importFlags{}) {
		return usageError{fmt.Errorf("%s is a signed package, which is stored as it is; leave out --dry-run, --keep-good and --reason", name)}
	}
	progress, done := i.progress(name)
	result, err := i.client.DeliverPackage(ctx, i.campaign.ID, name, content, progress)
	done()
	var refused *client.Error
	if errors.As(err, &refused) && refused.Code == "format" {
		return fmt.Errorf("%w; %s", inFile(name, err), i.say("gói đã bị sửa trên đường đi: hãy xin lại từ tác giả", "the package was altered on its way: get it anew from its author"))
	}
	if err != nil {
		return inFile(name, err)
	}
	if err := i.writeImport(result); err != nil || result.Bad == 0 {
		return err
	}
	return fmt.Errorf("%s: %s", name, i.say("gói bị từ chối, không lưu gì; nếu gói còn nguyên vẹn, hãy nhờ tác giả ký lại (campaign sign)",
		"the package was refused and nothing was stored; if it came unaltered, have its author sign the file anew (campaign sign)"))
}

// badRows is the error of a file with bad rows.
func (a *app) badRows(r *server.ImportResult, f importFlags) error {
	text := r.File + ": " + a.count(r.Bad, "dòng lỗi", "bad row")
	if !f.dryRun {
		text += a.say("; không lưu gì. Hãy sửa, hoặc nhập các dòng còn lại với --keep-good",
			"; nothing was stored. Mend the file, or store the other rows with --keep-good")
	}
	if f.reason == "" && slices.ContainsFunc(r.Outcomes, func(o server.ImportRow) bool { return o.Fate == projections.RowBad && o.Column == "reason" }) {
		text += a.say("; --reason nêu một lý do chung cho cả tệp", "; --reason gives one reason for the whole file")
	}
	return errors.New(text)
}

// progress shows a bar on a terminal.
func (a *app) progress(name string) (progress func(stored, rows int), done func()) {
	if !isTerminal(a.err) {
		return func(int, int) {}, func() {}
	}
	var bar *progressbar.ProgressBar
	return func(stored, rows int) {
			if bar == nil {
				bar = progressbar.NewOptions(rows, progressbar.OptionSetWriter(a.err), progressbar.OptionSetDescription(name),
					progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
			}
			_ = bar.Set(min(stored, rows)) // a bar that can't be drawn is no reason to stop
		}, func() {
			if bar != nil {
				_ = bar.Finish()
			}
		}
}

func (a *app) writeImport(r *server.ImportResult) error {
	a.tellBadRows(r)
	switch a.output {
	case "json":
		return writeJSON(a.out, r)
	case "ndjson":
		return writeLines(a.out, r.Outcomes)
	case "csv":
		var rows [][]string
		for _, o := range r.Outcomes {
			rows = append(rows, []string{fmt.Sprint(o.Row), fmt.Sprint(o.Line), string(o.Fate), fmt.Sprint(o.Current), o.Column, o.Error, o.Sheet, o.Cell})
		}
		return writeCSV(a.out, []string{"row", "line", "fate", "current", "column", "error", "sheet", "cell"}, rows)
	}
	if r.DryRun {
		for _, o := range r.Outcomes {
			if o.Fate != projections.RowBad {
				place := fmt.Sprintf(":%d", o.Line)
				if o.Cell != "" {
					place = ": " + a.cellText(o)
				}
				fmt.Fprintf(a.out, "%s%s: %s\n", r.File, place, a.fateText(o))
			}
		}
	}
	what := a.say("đã nhập", "imported")
	switch {
	case r.Refused:
		what = a.say("bị từ chối, không lưu gì", "refused, nothing stored")
	case r.DryRun:
		what = a.say("chạy thử, không lưu gì", "dry run, nothing stored")
	case r.Resumed != 0:
		what = a.say("đã nhập tiếp phần còn thiếu", "resumed and completed")
	case r.New+r.Replaced == 0:
		what = a.say("không có gì mới", "nothing new")
	}
	fmt.Fprintf(a.out, a.say("%s: %s: %s: %d mới, %d thay thế, %d không đổi, %d đã lưu từ trước, %d lỗi\n",
		"%s: %s: %s: %d new, %d replaced, %d unchanged, %d stored before, %d bad\n"), r.File, what, a.count(r.Rows, "dòng", "row"),
		r.New, r.Replaced, r.Unchanged, r.Already, r.Bad)
	return nil
}

func (a *app) fateText(o server.ImportRow) string {
	switch o.Fate {
	case projections.RowReplaces:
		return fmt.Sprintf(a.say("thay sự kiện %d", "replaces event %d"), o.Current)
	case projections.RowUnchanged:
		return fmt.Sprintf(a.say("như sự kiện %d, bỏ qua", "the same as event %d, skipped"), o.Current)
	case projections.RowStored:
		return fmt.Sprintf(a.say("đã lưu ở sự kiện %d", "stored as event %d"), o.Current)
	}
	return a.say("mới", "new")
}

// tellBadRows names each bad row with its place, up to a screenful.
func (a *app) tellBadRows(r *server.ImportResult) {
	const most = 20
	told := 0
	for _, o := range r.Outcomes {
		if o.Fate != projections.RowBad {
			continue
		}
		if told++; told > most {
			fmt.Fprintf(a.err, a.say("… và %d dòng lỗi nữa (-o json)\n", "… and %d more bad rows (-o json)\n"), r.Bad-most)
			return
		}
		if o.Cell != "" {
			fmt.Fprintf(a.err, "%s: %s: %s\n", r.File, a.cellText(o), o.Error)
			continue
		}
		column := ""
		if o.Column != "" {
			column = a.say(", cột ", ", column ") + o.Column
		}
		fmt.Fprintf(a.err, a.say("%s: dòng dữ liệu %d (dòng %d của tệp)%s: %s\n", "%s: row %d (line %d)%s: %s\n"), r.File, o.Row, o.Line, column, o.Error)
	}
}

// cellText is where a row of a score workbook stands.
func (a *app) cellText(o server.ImportRow) string {
	return fmt.Sprintf(a.say("trang %s, ô %s", "sheet %s, cell %s"), o.Sheet, o.Cell)
}

// writeRejected writes the bad rows beside the file. What stood there and differs, perhaps half mended, is kept as .bak.
func (a *app) writeRejected(path, name string, content []byte, r *server.ImportResult) error {
	fail := func(err error) error {
		return fmt.Errorf("the good rows are stored, but the bad can't be written: %w; import the file with --dry-run to see them", err)
	}
	file, err := scores.Read(name, content)
	if err != nil {
		return fail(err)
	}
	rows, err := rejectedCSV(file, r)
	if err != nil {
		return fail(err)
	}
	rejected := path + ".rejected.csv"
	if before, err := os.ReadFile(rejected); err == nil && !bytes.Equal(before, rows) {
		if err := os.Rename(rejected, rejected+".bak"); err != nil {
			return fail(err)
		}
		fmt.Fprintf(a.err, a.say("%s đã có; giữ lại thành %s\n", "%s was there; it is kept as %s\n"), rejected, rejected+".bak")
	}
	if err := os.WriteFile(rejected, rows, 0o666); err != nil {
		return fail(err)
	}
	fmt.Fprintf(a.err, a.say("%s ghi vào %s; sửa rồi nhập tệp đó\n", "%s written to %s; mend and import that file\n"),
		a.count(r.Bad, "dòng lỗi", "bad row"), rejected)
	return nil
}

// rejectedCSV is the bad rows of a file, with what is wrong in a last column that import leaves unread.
func rejectedCSV(file *scores.File, r *server.ImportResult) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Comma = file.Separator
	told := slices.Index(file.Header, scores.ErrorColumn) // of an earlier run; -1 in a fresh file
	line := func(cells []string, last string) error {
		cells = slices.Clone(cells)
		for len(cells) < len(file.Header) {
			cells = append(cells, "")
		}
		if told >= 0 {
			cells = slices.Delete(cells, told, told+1)
		}
		return w.Write(append(cells, last))
	}
	err := line(file.Header, scores.ErrorColumn)
	for _, o := range r.Outcomes {
		if o.Fate == projections.RowBad {
			said := o.Error
			if row := &file.Rows[o.Row-1]; row.Cell != "" {
				said = row.Place() + ": " + said
			}
			err = errors.Join(err, line(file.Rows[o.Row-1].Cells, said))
		}
	}
	w.Flush()
	return out.Bytes(), errors.Join(err, w.Error())
}
