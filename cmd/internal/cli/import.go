package cli

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

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
	c := &cobra.Command{Use: "import CAMPAIGN FILE...", Short: "Import scores from CSV or NDJSON files",
		Long: `Import score files. CSV: a header row with the columns cluster, unit, criterion, level, scorer and one of points, actual, place,
mark (abstained, recused), target; optionally item, time, reason, evidence, basis. NDJSON (.ndjson, .jsonl): the same keys.
A row equal to the current mark is skipped; a row that changes one needs a reason (its own, or --reason). With a bad row
nothing of the file is stored, unless --keep-good; then the bad rows go to FILE.rejected.csv. The same file again stores
nothing twice and goes on where it was cut off.`,
		Example: "  campaign import cum2-2017 scores.csv --dry-run\n  campaign import cum2-2017 q1.csv q2.csv --reason \"recheck of 5 December\"", Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withClient(cmd.Context(), func(c *client.Client) error {
				for _, path := range args[1:] {
					if err := a.importOne(cmd.Context(), c, args[0], path, f); err != nil {
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

func (a *app) importOne(ctx context.Context, c *client.Client, id, path string, f importFlags) error {
	name, content, err := a.readFile(path, "stdin.csv")
	if err != nil {
		return err
	}
	query := url.Values{"name": {name}, "reason": {f.reason}, "dry_run": {fmt.Sprint(f.dryRun)}, "keep_good": {fmt.Sprint(f.keepGood)}}
	progress, done := a.progress(name)
	result, err := c.Import(ctx, id, query, content, progress)
	done()
	if err != nil {
		var refused *client.Error
		if errors.As(err, &refused) && !hasName(refused.Detail, name) {
			return fmt.Errorf("%s: %w", name, err)
		}
		return err
	}
	if err := a.writeImport(result); err != nil {
		return err
	}
	if result.Bad == 0 || f.dryRun {
		return badRows(result, f)
	}
	if f.keepGood {
		return a.writeRejected(path, content, result)
	}
	return badRows(result, f)
}

func hasName(text, name string) bool { return len(text) > len(name) && text[:len(name)] == name }

// badRows is the error of a file that was refused for its bad rows.
func badRows(r *server.ImportResult, f importFlags) error {
	switch {
	case r.Bad == 0:
		return nil
	case f.dryRun:
		return fmt.Errorf("%s: %d bad rows", r.File, r.Bad)
	}
	return fmt.Errorf("%s: %d bad rows; nothing was stored. Mend them, or store the others with --keep-good", r.File, r.Bad)
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
			rows = append(rows, []string{fmt.Sprint(o.Row), fmt.Sprint(o.Line), string(o.Fate), fmt.Sprint(o.Current), o.Column, o.Error})
		}
		return writeCSV(a.out, []string{"row", "line", "fate", "current", "column", "error"}, rows)
	}
	if r.DryRun {
		for _, o := range r.Outcomes {
			if o.Fate != projections.RowBad {
				fmt.Fprintf(a.out, "%s:%d: %s\n", r.File, o.Line, a.fateText(o))
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
	fmt.Fprintf(a.out, a.say("%s: %s: %d dòng: %d mới, %d thay thế, %d không đổi, %d đã lưu từ trước, %d lỗi\n",
		"%s: %s: %d rows: %d new, %d replaced, %d unchanged, %d stored before, %d bad\n"), r.File, what, r.Rows, r.New, r.Replaced, r.Unchanged, r.Already, r.Bad)
	return nil
}

func (a *app) fateText(o server.ImportRow) string {
	switch o.Fate {
	case projections.RowReplaces:
		return fmt.Sprintf(a.say("thay sự kiện %d", "replaces event %d"), o.Current)
	case projections.RowUnchanged:
		return fmt.Sprintf(a.say("như sự kiện %d, bỏ qua", "as event %d, skipped"), o.Current)
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
		column := ""
		if o.Column != "" {
			column = ", column " + o.Column
		}
		fmt.Fprintf(a.err, "%s: row %d (line %d)%s: %s\n", r.File, o.Row, o.Line, column, o.Error)
	}
}

// writeRejected writes the bad rows beside the file, with what is wrong in a last column that import leaves unread.
func (a *app) writeRejected(path string, content []byte, r *server.ImportResult) error {
	file, err := scores.Read(filepath.Base(path), content)
	if err != nil {
		return err
	}
	out, err := os.Create(path + ".rejected.csv")
	if err != nil {
		return fmt.Errorf("the good rows are stored, but the bad can't be written: %w", err)
	}
	w := csv.NewWriter(out)
	w.Comma = file.Separator
	err = errors.Join(w.Write(append(file.Header[:len(file.Header):len(file.Header)], scores.ErrorColumn)))
	for _, o := range r.Outcomes {
		if o.Fate == projections.RowBad {
			cells := file.Rows[o.Row-1].Cells
			err = errors.Join(err, w.Write(append(cells[:len(cells):len(cells)], o.Error)))
		}
	}
	w.Flush()
	if err := errors.Join(err, w.Error(), out.Close()); err != nil {
		return fmt.Errorf("the good rows are stored, but the bad can't be written: %w", err)
	}
	fmt.Fprintf(a.err, a.say("%d dòng lỗi ghi vào %s\n", "%d bad rows written to %s\n"), r.Bad, out.Name())
	return nil
}
