// Package cli is the command line: each command in a file of its own name. Data goes to stdout, messages to stderr.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/host"
	"campaignledger/ledger"
)

// The exit statuses.
const (
	exitDone     = 0
	exitFailed   = 1 // refused or failed
	exitUsage    = 2 // wrong usage
	exitReadOnly = 3 // verification failed, or the ledger is read-only
)

// usageError is a command called the wrong way.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// app is what all commands share.
type app struct {
	in       io.Reader
	out, err io.Writer

	dir, nats, credentials string
	natsTLS                host.NATSTLS
	placementTags          []string
	replicas               int
	output, lang           string
	verbose                bool
	keyFile                string // the member's key to sign with; "" for the configured one
	passphraseFile         string

	zone  *time.Location  // of the campaign that is shown; nil stands for UTC
	proof host.Witnessing // of the campaign that is shown
}

// Run runs one command and returns its exit status.
func Run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	a := &app{in: in, out: out, err: errOut}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return exitFailed // the user said stop
	}
	fmt.Fprintf(errOut, "campaign: %s\n", plain(strings.TrimSpace(err.Error())))
	var answer *client.Error
	var readOnly readOnlyError
	var differs mismatch
	switch {
	case errors.As(err, new(usageError)):
		fmt.Fprintf(errOut, "See: %s --help\n", command.CommandPath())
		return exitUsage
	case errors.As(err, &answer) && answer.ReadOnly(), errors.As(err, &readOnly), errors.As(err, &differs):
		return exitReadOnly
	}
	return exitFailed
}

// readOnlyError ends a command that has shown what is good of a campaign which is broken. It is the reason.
type readOnlyError string

func (e readOnlyError) Error() string { return string(e) }

// mismatch is something that was checked and is not what it was said to be.
type mismatch string

func (e mismatch) Error() string { return string(e) }

const about = `Campaign Ledger keeps the record of an award campaign: every score, evaluation
and decision is an event that is never changed, and standings are computed from
the events alone.

  campaign demo                   the 2017 campaign of Cluster 2 on a live board
  campaign serve                  run a server, and use the commands beside it
  campaign open regulation.yaml   open a campaign
  campaign import cum2-2017 scores.csv
  campaign standings cum2-2017

Commands find a running server through the data directory; without one they
open the directory themselves.

Exit status: 0 done; 1 refused or failed; 2 wrong usage; 3 verification failed
or ledger read-only.`

func (a *app) root() *cobra.Command {
	root := &cobra.Command{Use: "campaign", Short: "An event-sourced ledger of award campaigns", Long: about,
		SilenceUsage: true, SilenceErrors: true, Args: unknownCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), "FlagUsages |", "FlagUsagesWrapped 80 |")) // a terminal's usual width
	root.SuggestionsMinimumDistance = 2
	flags := root.PersistentFlags()
	flags.StringVar(&a.dir, "data", "", "data directory (default: $CAMPAIGN_DATA, or the user's data directory)")
	flags.StringVar(&a.nats, "nats", os.Getenv("CAMPAIGN_NATS"), "URL of an external NATS server or cluster instead of the embedded one ($CAMPAIGN_NATS)")
	flags.StringVar(&a.credentials, "nats-creds", "", "credentials file for the external NATS server")
	flags.StringVar(&a.natsTLS.CA, "nats-ca", "", "PEM file with the certificates that vouch for the external NATS server (default: the system's)")
	flags.StringVar(&a.natsTLS.Cert, "nats-cert", "", "PEM file with this program's certificate for the external NATS server (with --nats-key)")
	flags.StringVar(&a.natsTLS.Key, "nats-key", "", "PEM file with that certificate's private key (with --nats-cert)")
	flags.StringSliceVar(&a.placementTags, "placement-tags", nil, "tags of the servers on which new campaigns' streams are placed on an external cluster")
	flags.IntVar(&a.replicas, "replicas", 1, "replicas of new campaigns' streams on an external cluster (1 to 5)")
	flags.StringVarP(&a.output, "output", "o", "table", "output format: table, json, ndjson or csv")
	flags.StringVar(&a.lang, "lang", "", "language of titles and tables: vi or en (default: from $LANG)")
	flags.StringVar(&a.keyFile, "key", "", "key file to sign and log in with (default: $CAMPAIGN_KEY, or the user's configured key)")
	flags.StringVar(&a.passphraseFile, "passphrase-file", "", "file with the passphrase of the key (default: ask on the terminal)")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "log what happens")
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error {
		if verbatim := c.Name() == "log" || c.Name() == "append"; a.output == "table" && !verbatim {
			a.out = plainText{a.out}
		}
		return a.check()
	}
	root.AddCommand(a.demo(), a.serve(), a.open(), a.importFiles(), a.append(), a.standings(), a.audit(), a.why(), a.whatIf(), a.stability(), a.scorers(), a.replay(), a.log(), a.list(), a.key(), a.schema(), a.version(),
		a.sign(), a.evidence(), a.detached(), a.export(), a.policy(), a.receipt(), a.doctor(), a.backup(), a.restore(), a.rebuild(), a.status(), a.metrics())
	root.AddCommand(a.yearCommands()...)
	groupCommands(root)
	for _, c := range root.Commands() {
		wrapArgs(c)
	}
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Args = helpArgs
		case "completion":
			c.Args, c.RunE = unknownShell, func(c *cobra.Command, _ []string) error { return c.Help() }
		}
	}
	return root
}

// helpArgs refuses a topic that is no command.
func helpArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		if found, _, err := c.Root().Find(args); err != nil || found == c.Root() {
			return unknownCommand(c.Root(), args)
		}
	}
	return nil
}

func unknownShell(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usageError{fmt.Errorf("there is no completion for %q; name bash, zsh, fish or powershell", args[0])}
}

// unknownCommand refuses what is no command and names those that are close.
func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if close := c.SuggestionsFor(args[0]); len(close) > 0 {
		hint = "; did you mean " + strings.Join(close, " or ") + "?"
	}
	return usageError{fmt.Errorf("there is no command %q%s", args[0], hint)}
}

// wrapArgs makes wrong arguments a usage error.
func wrapArgs(c *cobra.Command) {
	check := c.Args
	c.Args = func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return usageError{fmt.Errorf("%s; usage: %s", wrongArgs(c, args), c.UseLine())}
		}
		return nil
	}
}

// wrongArgs says which argument is missing or too many, by the names of the usage line.
func wrongArgs(c *cobra.Command, args []string) string {
	names := strings.Fields(c.Use)[1:]
	if len(args) < len(names) {
		return strings.TrimSuffix(names[len(args)], "...") + " is missing"
	}
	return fmt.Sprintf("%q is one argument too many", args[len(names)])
}

// check fills in and checks the flags that all commands have.
func (a *app) check() error {
	if a.lang == "" {
		a.lang = "en"
		if strings.HasPrefix(firstOf(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")), "vi") {
			a.lang = "vi"
		}
	}
	switch {
	case a.lang != "vi" && a.lang != "en":
		return usageError{fmt.Errorf("--lang %q: use vi or en", a.lang)}
	case a.output != "table" && a.output != "json" && a.output != "ndjson" && a.output != "csv":
		return usageError{fmt.Errorf("--output %q: use table, json, ndjson or csv", a.output)}
	case a.replicas < 1 || a.replicas > 5:
		return usageError{fmt.Errorf("--replicas %d: use 1 to 5", a.replicas)}
	case (a.natsTLS.Cert == "") != (a.natsTLS.Key == ""):
		return usageError{errors.New("--nats-cert and --nats-key go together: name the PEM files with this program's certificate and with its private key")}
	case a.nats == "" && (a.credentials != "" || a.natsTLS != host.NATSTLS{} || len(a.placementTags) > 0):
		return usageError{errors.New("--nats-creds, --nats-ca, --nats-cert, --nats-key and --placement-tags are for an external NATS server: name it with --nats")}
	}
	if a.dir == "" {
		dir, err := defaultDir()
		if err != nil {
			return err
		}
		a.dir = dir
	}
	return nil
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// defaultDir is the user's data directory, as each system has it.
func defaultDir() (string, error) {
	if dir := firstOf(os.Getenv("CAMPAIGN_DATA")); dir != "" {
		return dir, nil
	}
	const name = "campaign-ledger"
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, name), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("the data directory: %w; name one with --data", err)
	}
	switch runtime.GOOS {
	case "windows":
		return filepath.Join(firstOf(os.Getenv("LOCALAPPDATA"), home), name), nil
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", name), nil
	}
	return filepath.Join(home, ".local", "share", name), nil
}

// logger writes the program's logs to stderr: plain lines on a terminal, JSON elsewhere.
func (a *app) logger(level zerolog.Level) zerolog.Logger {
	if a.verbose {
		level = zerolog.DebugLevel
	}
	out := a.err
	if isTerminal(a.err) {
		out = zerolog.ConsoleWriter{Out: a.err, TimeFormat: time.TimeOnly}
	}
	return zerolog.New(out).Level(level).With().Timestamp().Logger()
}

func isTerminal(f any) bool {
	file, ok := f.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

func (a *app) hostConfig(level zerolog.Level) host.Config {
	const lockWait = 10 * time.Second // a command of another shell takes moments, a large import seconds
	return host.Config{Dir: a.dir, NATS: a.nats, Credentials: a.credentials, NATSTLS: a.natsTLS, PlacementTags: a.placementTags, Replicas: a.replicas,
		Log: a.logger(level), LockWait: lockWait, ScrubPeriod: -1} // a command does not stay for long
}

// connect reaches the campaigns; the returned function must be called at the end.
func (a *app) connect(ctx context.Context) (*client.Client, func(), error) {
	return client.Connect(ctx, a.hostConfig(zerolog.WarnLevel))
}

// withClient runs do with a connection.
func (a *app) withClient(ctx context.Context, do func(*client.Client) error) error {
	c, done, err := a.connect(ctx)
	if errors.Is(err, ledger.ErrLocked) {
		return fmt.Errorf("%w; wait until it is done, or choose another directory with --data", err)
	}
	if err != nil {
		return err
	}
	defer done()
	c.Receipts = a.receipts()
	err = do(c)
	if trouble := c.Receipts.Trouble(); trouble != nil { // what was asked for is done; that its proof is wrong must not go unnoticed
		return errors.Join(err, a.unproven(trouble))
	}
	return err
}

// withCampaign runs do for a command that shows a campaign, in the campaign's zone. Where the campaign is read-only, it says so after
// do has shown the good part. It logs in where that shows more: during a freeze, and with --key.
func (a *app) withCampaign(ctx context.Context, id string, do func(*client.Client) error) error {
	return a.withClient(ctx, func(c *client.Client) error {
		summary, err := c.Summary(ctx, id, a.lang)
		if err != nil {
			return err
		}
		if zone, err := time.LoadLocation(summary.Zone); err == nil { // else the server knows more zones than this machine
			a.zone = zone
		}
		a.proof = summary.Proof
		if summary.Frozen != 0 || a.keyFile != "" {
			if err := a.login(ctx, c, id, summary); err != nil {
				return err
			}
		}
		if err := do(c); err != nil {
			return err
		}
		if summary.ReadOnly != "" {
			return readOnlyError(summary.ReadOnly)
		}
		return nil
	})
}

// local is a time in the zone of the campaign that is shown.
func (a *app) local(t time.Time) time.Time {
	if a.zone == nil {
		return t.UTC()
	}
	return t.In(a.zone)
}
