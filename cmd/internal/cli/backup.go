package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/backup"
	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/durable"
	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
)

const aboutBackup = `Write all that this directory or cluster keeps of a campaign into one file:
every event with its recorded time, the checkpoints with their cosignatures,
the evidence, the detached texts (erased ones stay erased) and the policy that
was adopted. The log's signing key and the server's keys are never in it. What
is hidden from members and from the hall is: frozen events, secret votes. Keep
the file as you keep the data directory; only its owner may read it.

A server may run meanwhile, and writers may go on: the backup is of what was
there when it began. The file gets its name only after it was read back,
restored into a temporary directory beside it, folded anew with every signature
checked, and its root, standings and awards were found to be those of the
server. Exit status 3 where they are not.

--check examines an old file in the same way. --good-prefix takes of a log that
is read-only because it is broken what stands before the break, and leaves out
files that are damaged; the file says so.`

type backupFlags struct {
	out                    string
	all, check, good, over bool
}

func (a *app) backup() *cobra.Command {
	var f backupFlags
	c := &cobra.Command{Use: "backup [CAMPAIGN|FILE]", Short: "Back a campaign up into a file, and prove that it restores", Long: aboutBackup,
		Example: `  campaign backup cum2-2017 --out /mnt/backups
  campaign backup --all --out /mnt/backups
  campaign backup --check /mnt/backups/cum2-2017-20171205T020000Z.backup
  campaign backup cum2-2017 --good-prefix`, Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case f.all == (len(args) == 1):
				return usageError{errors.New("name a campaign, or take all with --all --out DIR; with --check name a file")}
			case f.check && (f.out != "" || f.good || f.over || f.all):
				return usageError{errors.New("--check reads a file and writes none: leave the other flags out")}
			case f.check:
				return a.checkBackup(cmd.Context(), args[0])
			}
			return a.withClient(cmd.Context(), func(c *client.Client) error { return a.backUp(cmd.Context(), c, argument(args, 0), f) })
		}}
	c.Flags().StringVar(&f.out, "out", "", "write to this `file`, or with a name of its own into this directory (default: the current one)")
	c.Flags().BoolVar(&f.all, "all", false, "back up every campaign")
	c.Flags().BoolVar(&f.check, "check", false, "examine a backup's file: restore it aside and compare")
	c.Flags().BoolVar(&f.good, "good-prefix", false, "of a broken campaign take what is good")
	c.Flags().BoolVar(&f.over, "force", false, forceFlag)
	return c
}

// backUp backs up one campaign, or where id is "" all of them, each whatever became of the others.
func (a *app) backUp(ctx context.Context, c *client.Client, id string, f backupFlags) error {
	if id != "" {
		return a.backUpOne(ctx, c, id, f)
	}
	if f.out != "" {
		if err := os.MkdirAll(f.out, 0o700); err != nil {
			return usageError{fmt.Errorf("--out: with --all name a directory: %w", err)}
		}
	}
	list, err := c.List(ctx, a.lang, nil)
	if err != nil {
		return err
	}
	var failed error
	for _, s := range list {
		if err := a.backUpOne(ctx, c, s.ID, f); err != nil {
			fmt.Fprintf(a.err, "campaign %s: %s\n", s.ID, plain(err.Error()))
			failed = errors.Join(failed, fmt.Errorf("campaign %s: %w", s.ID, err))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return failed
}

// backupStamp is the time in the name of a backup's file.
const backupStamp = "20060102T150405Z"

// backUpOne backs up one campaign into a file, which gets its name once it has proved itself.
func (a *app) backUpOne(ctx context.Context, c *client.Client, id string, f backupFlags) error {
	path := f.out
	if info, err := os.Stat(path); path == "" || err == nil && info.IsDir() {
		path = filepath.Join(path, id+"-"+time.Now().UTC().Format(backupStamp)+".backup")
	}
	if _, err := os.Lstat(path); !f.over && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there; choose another name with --out, or replace it with --force", path)
	}
	file, err := durable.Begin(path)
	if err != nil {
		return fmt.Errorf("write %s: %w; choose another path with --out", path, err)
	}
	defer file.Drop()
	through, done := a.bar(a.say("sao lưu", "back up")+" "+id, -1)
	err = c.Backup(ctx, id, f.good, teeTo{file, through})
	done()
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		return err
	}
	read, err := a.proveBackup(ctx, file.Name(), filepath.Dir(path))
	if err != nil {
		return err
	}
	if err := file.Keep(f.over); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return a.writeBackup(path, read)
}

// checkBackup examines a file and says what is in it.
func (a *app) checkBackup(ctx context.Context, path string) error {
	read, err := a.proveBackup(ctx, path, filepath.Dir(path))
	if err != nil {
		return err
	}
	return a.writeBackup(path, read)
}

// proveBackup restores a backup aside, in a directory, and compares.
func (a *app) proveBackup(ctx context.Context, path, dir string) (*backup.Reader, error) {
	progress, done := a.steps()
	defer done()
	read, err := host.CheckBackup(ctx, path, dir, a.logger(zerolog.ErrorLevel), progress)
	return read, notSame(err)
}

// notSame marks what a comparison found wrong.
func notSame(err error) error {
	if err != nil && (errors.Is(err, backup.ErrDamaged) || errors.Is(err, host.ErrNotSame) || errors.As(err, new(*ledger.BrokenError))) {
		return mismatch(err.Error())
	}
	return err
}

// steps shows on a terminal what is under way and how far it is.
func (a *app) steps() (progress host.Progress, done func()) {
	if !isTerminal(a.err) {
		return func(string, uint64, uint64) {}, func() {}
	}
	var bar *progressbar.ProgressBar
	step := ""
	done = func() {
		if bar != nil {
			_ = bar.Finish() // a bar that can't be drawn is no reason to stop
		}
	}
	titles := map[string]string{host.StepRead: a.say("đọc tệp", "read the file"), host.StepRestore: a.say("khôi phục", "restore"), host.StepFold: a.say("dựng lại và so sánh", "fold and compare")}
	return func(now string, n, of uint64) {
		if now != step {
			done()
			total := int64(of)
			if of == 0 {
				total = -1
			}
			step, bar = now, progressbar.NewOptions64(total, progressbar.OptionSetWriter(a.err), progressbar.OptionSetDescription(titles[now]),
				progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
		}
		_ = bar.Set64(int64(n))
	}, done
}

// backupView is a backup as programs read of it.
type backupView struct {
	File string `json:"file"`
	backup.Header
	backup.Manifest
	SHA256 string `json:"sha256"`
}

func (a *app) writeBackup(path string, r *backup.Reader) error {
	h, m := r.Header, r.Manifest
	switch a.output {
	case "json", "ndjson":
		return writeJSON(a.out, backupView{path, h, m, r.Sum})
	case "csv":
		return writeCSV(a.out, []string{"file", "campaign", "seq", "root", "made", "sha256", "evidence", "lost"},
			[][]string{{path, h.Campaign, fmt.Sprint(m.Seq), m.Root, h.Made, r.Sum, fmt.Sprint(m.Counts.Evidence), fmt.Sprint(len(m.Lost))}})
	}
	fmt.Fprintf(a.out, "%s: %s\n", h.Campaign, path)
	fmt.Fprintf(a.out, a.say("  sự kiện 1 đến %d, sao lưu lúc %s\n", "  events 1 to %d, as of %s\n"), m.Seq, a.moment(h.Made))
	fmt.Fprintf(a.out, a.say("  %s, %s, %s đã xóa, %s\n", "  %s, %s, %s, %s\n"), a.count(m.Counts.Evidence, "tệp minh chứng", "evidence file"),
		a.count(m.Counts.Texts, "văn bản tách rời", "detached text"), a.count(m.Counts.Erased, "văn bản", "erased text"), a.count(m.Counts.Checkpoints+m.Counts.Filed, "điểm kiểm tra", "checkpoint"))
	fmt.Fprintf(a.out, "  %s %s\n  SHA-256 %s\n", a.say("gốc cây", "root"), m.Root, r.Sum)
	fmt.Fprintln(a.out, a.say("  đã khôi phục thử, dựng lại và so sánh: khớp", "  restored aside, folded anew and compared: the same"))
	if m.Broken != "" {
		writeWrapped(plainText{a.err}, "", fmt.Sprintf(a.say("CHÚ Ý: sổ đã hỏng, đây là phần tốt đến sự kiện %d: %s", "NOTE: the log was broken, and this is its good part up to event %d: %s"), m.Seq, m.Broken), lineWidth)
	}
	if len(m.Lost) > 0 {
		writeWrapped(plainText{a.err}, "", fmt.Sprintf(a.say("CHÚ Ý: %d tệp hoặc văn bản đã hỏng nên không có trong bản sao lưu", "NOTE: %d files or texts were damaged and are not in it"), len(m.Lost)), lineWidth)
	}
	return nil
}

// moment is a time of a file as it is shown: in UTC, since no campaign is at hand.
func (a *app) moment(text string) string {
	t, err := events.ParseTime(text)
	if err != nil {
		return text
	}
	return t.Format("2006-01-02 15:04:05 UTC")
}
