// Command verify checks a bundle of a campaign's log offline. See verify --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // campaigns name their zone, and not every machine knows zones

	"github.com/spf13/pflag"

	"campaignledger/cmd/internal/verify"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// The exit statuses.
const (
	exitDone   = 0
	exitFailed = 1 // a file can't be read, or is no bundle
	exitUsage  = 2
	exitBad    = 3 // a check failed
)

const about = `Check a bundle of a campaign's log (campaign export CAMPAIGN --bundle F) without
a server, against a policy that you got by another way than the log.

  verify --policy P BUNDLE

It says of each of these ok, FAILED (with the first event at fault), not
checkable, or not reached: authentic (signatures and record 1), complete (no gap,
and every checkpoint's root), witnessed (a quorum stands behind the last event),
timely (recorded times against cosignatures), admitted (by the campaign's rules),
recomputed (standings, awards with their ballots, list of evidence). BUNDLE may be
- for stdin.

Flags:
%s
Examples:
  verify --policy cum2-2017.policy cum2-2017.bundle
  verify --policy P --against old.bundle --against my-vote.receipt F
  verify --policy P --against "$CAMPAIGN_RECEIPTS/cum2-2017" F
  verify --policy P --document minutes.pdf --evidence files/ F
  verify --policy P -o json F

What --against takes: checkpoints (one or more in a file), receipts, refusals and
lodgings with their drafts, older bundles; each may be repeated. Of a directory it
takes each *.receipt, *.refusal, *.lodging, *.other and checkpoints.txt in it and
in the directories in it: so $CAMPAIGN_RECEIPTS/<campaign>, where campaign keeps
what you were given, or a witness's directory.

Exit status: 0 nothing failed; 1 a file can't be read, or is no bundle; 2 wrong
usage; 3 a check failed, or something that you kept needs another policy.
`

// flags are what the command line says.
type flags struct {
	policy, bundle, evidence, output, lang string
	against, documents                     []string
}

// parse reads the command line; the usage text goes with an error that wants it.
func parse(args []string) (f flags, usage string, err error) {
	set := pflag.NewFlagSet("verify", pflag.ContinueOnError)
	set.SortFlags = false
	set.Usage = func() {}
	set.StringVar(&f.policy, "policy", "", "`file` with the policy (required)")
	set.StringArrayVar(&f.against, "against", nil, "`file` that you kept of the log, or a directory of such; may be repeated")
	set.StringArrayVar(&f.documents, "document", nil, "PDF or ZIP `file` to look up, make again and compare; may be repeated")
	set.StringVar(&f.evidence, "evidence", "", "`directory` with evidence files")
	set.StringVarP(&f.output, "output", "o", "table", "output `format`: table or json")
	set.StringVar(&f.lang, "lang", "", "`language`: vi or en (default: from $LANG)")
	err = set.Parse(args)
	usage = fmt.Sprintf(about, set.FlagUsagesWrapped(80))
	if f.lang == "" {
		f.lang = environmentLang()
	}
	switch {
	case err != nil:
		return f, usage, err
	case f.policy == "":
		return f, usage, errors.New("--policy is missing: name the file with the policy")
	case set.NArg() == 0:
		return f, usage, errors.New("BUNDLE is missing: name the file to check")
	case set.NArg() > 1:
		return f, usage, fmt.Errorf("%q is one argument too many", set.Arg(1))
	case f.output != "table" && f.output != "json":
		return f, usage, fmt.Errorf("--output %q: use table or json", f.output)
	case f.lang != "vi" && f.lang != "en":
		return f, usage, fmt.Errorf("--lang %q: use vi or en", f.lang)
	case set.Arg(0) == "-" && len(f.documents) > 0:
		return f, usage, errors.New("--document reads the bundle twice: give it as a file")
	}
	f.bundle = set.Arg(0)
	return f, usage, nil
}

func environmentLang() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := os.Getenv(name); value != "" {
			if strings.HasPrefix(value, "vi") {
				return "vi"
			}
			return "en"
		}
	}
	return "en"
}

// run runs the command and returns its exit status.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	f, usage, err := parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		fmt.Fprint(out, usage)
		return exitDone
	}
	if err != nil {
		fmt.Fprintf(errOut, "verify: %v\nSee: verify --help\n", err)
		return exitUsage
	}
	report, err := check(ctx, f, in, errOut)
	if err == nil {
		err = write(out, report, f, width(out))
	}
	if err != nil {
		fmt.Fprintf(errOut, "verify: %s\n", plain(err.Error()))
		return exitFailed
	}
	if report.OK {
		return exitDone
	}
	fmt.Fprintf(errOut, "verify: %s\n", plain(conclusion(report)))
	return exitBad
}

// conclusion says in one line why a report is not ok.
func conclusion(r *verify.Report) string {
	line := r.Failure()
	switch {
	case r.OtherLog:
		return "verification failed: the bundle is of another log than the policy; get the policy of this campaign, or the bundle of that one"
	case line == nil:
		return "verification failed"
	}
	message := "verification failed: " + strings.TrimSpace(line.Name+" "+line.File)
	switch {
	case line.Status == verify.NotCheckable:
		message = "verification is incomplete: " + strings.TrimSpace(line.Name+" "+line.File) + " is not checkable with this policy"
	case line.Seq != 0:
		message += fmt.Sprintf(", event %d", line.Seq)
	}
	return message
}

// check opens the files and verifies.
func check(ctx context.Context, f flags, in io.Reader, errOut io.Writer) (*verify.Report, error) {
	policy, err := readPolicy(f.policy)
	if err != nil {
		return nil, err
	}
	o := verify.Options{Policy: policy, Bundle: in, Lang: f.lang}
	var size int64 // unknown
	if f.bundle != "-" {
		info, err := statFile("BUNDLE", f.bundle, bundleRemedy)
		if err != nil {
			return nil, err
		}
		file, err := os.Open(f.bundle)
		if err != nil {
			return nil, fmt.Errorf("BUNDLE: %w", err)
		}
		defer file.Close()
		o.Bundle, size = file, info.Size()
	}
	done, err := f.sources(&o)
	if err != nil {
		return nil, err
	}
	defer done()
	bar := newProgress(errOut, size)
	o.Progress = bar.show
	report, err := verify.Run(ctx, o)
	bar.end()
	if errors.Is(err, verify.ErrNoBundle) {
		return nil, fmt.Errorf("BUNDLE %s: %w; %s", f.bundle, err, bundleRemedy)
	}
	return report, err
}

// sources finds what the bundle is compared with; done closes it.
func (f flags) sources(o *verify.Options) (done func(), err error) {
	var kept []string
	for _, path := range f.against {
		list, err := keptFiles(path)
		if err != nil {
			return nil, err
		}
		kept = append(kept, list...)
	}
	for _, path := range f.documents {
		if _, err := statFile("--document", path, documentRemedy); err != nil {
			return nil, err
		}
	}
	if f.evidence != "" {
		if _, err := stat("--evidence", f.evidence, evidenceRemedy); err != nil {
			return nil, err
		}
		if _, err := os.ReadDir(f.evidence); err != nil {
			return nil, fmt.Errorf("--evidence: %w; %s", err, evidenceRemedy)
		}
		o.Evidence = os.DirFS(f.evidence)
	}
	var closeKept, closeDocuments func()
	o.Against, closeKept = sources(kept)
	o.Documents, closeDocuments = sources(f.documents)
	return func() { closeKept(); closeDocuments() }, nil
}
