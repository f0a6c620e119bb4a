package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // regulations name zones

	"github.com/spf13/pflag"
)

// options are what the command line says.
type options struct {
	quick     bool
	rounds    int
	slot      time.Duration // of one measurement of appends
	events    int           // of the replay
	latency   time.Duration // of one measurement of latency
	only      []string
	messageDB string
	dir       string
	json      string
	growth    string
	growTo    int
}

const about = `Measure this ledger beside other stores, with the same events, in one run.

  go run ./cmd/internal/peers [flags]

Markdown goes to standard output, what is being done to standard error. What is
not installed is skipped, and named with how to install it.

Flags:
%s
Examples:
  go run ./cmd/internal/peers
  go run ./cmd/internal/peers --message-db node_modules/@eventide/message-db --json peers.json
  go run ./cmd/internal/peers --quick
  go run ./cmd/internal/peers --only ledger,redis --rounds 9
  go run ./cmd/internal/peers --growth cmd/internal/peers/growth.svg
`

func parse(args []string) (o options, usage string, err error) {
	set := pflag.NewFlagSet("peers", pflag.ContinueOnError)
	set.SortFlags = false
	set.Usage = func() {}
	set.BoolVar(&o.quick, "quick", false, "small and short, to see that everything runs; its figures say nothing")
	set.IntVar(&o.rounds, "rounds", 5, "how often each measurement is taken")
	set.DurationVar(&o.slot, "time", time.Second, "how long each store appends in a round")
	set.IntVar(&o.events, "events", 500_000, "events to replay")
	set.DurationVar(&o.latency, "latency-time", 3*time.Second, "how long each store is appended to in a round, for its latency")
	set.StringSliceVar(&o.only, "only", nil, "only these stores: ledger, jetstream, packed, postgres, message-db, redis, sqlite")
	set.StringVar(&o.messageDB, "message-db", "node_modules/@eventide/message-db", "`directory` of the npm package @eventide/message-db")
	set.StringVar(&o.dir, "dir", "", "`directory` for the stores; a temporary one by default, of about 10 GB")
	set.StringVar(&o.json, "json", "", "`file` for the figures as JSON")
	set.StringVar(&o.growth, "growth", "", "measure instead what an append costs in a growing log, and draw it into this `file` (SVG)")
	set.IntVar(&o.growTo, "growth-to", 10_000_000, "how far the log grows")
	usage = fmt.Sprintf(about, set.FlagUsages())
	if err = set.Parse(args); err != nil {
		return o, usage, err
	}
	if o.quick {
		o.rounds, o.slot, o.events, o.latency, o.growTo = 1, 100*time.Millisecond, min(o.events, 5000), 300*time.Millisecond, min(o.growTo, 10_000)
	}
	if o.rounds < 1 || o.slot <= 0 || o.events < 1 || o.latency <= 0 || o.growTo < 1000 || set.NArg() > 0 {
		return o, usage, errors.New("rounds, times and events are above 0, --growth-to at least 1000, and there are no arguments")
	}
	return o, usage, nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 3 && args[0] == childMemory {
		if err := reportMemory(ctx, args[1], args[2]); err != nil {
			fmt.Fprintln(stderr, err)
			return 1
		}
		return 0
	}
	o, usage, err := parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "%v; see --help\n", err)
		return 2
	}
	if err := measure(ctx, o, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// measure makes the stores' directory and measures on it.
func measure(ctx context.Context, o options, stdout, stderr io.Writer) error {
	dir, err := os.MkdirTemp(o.dir, "peers-")
	if err != nil {
		return fmt.Errorf("make a directory for the stores; --dir names another place: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o711); err != nil { // PostgreSQL may run as another user
		return err
	}
	say := func(format string, args ...any) {
		fmt.Fprintf(stderr, "%s "+format+"\n", append([]any{time.Now().Format(time.TimeOnly)}, args...)...)
	}
	if o.growth != "" {
		return grow(ctx, o, dir, stdout, say)
	}
	b := &comparison{options: o, dir: dir, say: say, result: result{Machine: machine(), Versions: versions(ctx), Begun: time.Now().UTC(), Events: o.events, Rounds: o.rounds, Quick: o.quick}}
	if err := b.all(ctx); err != nil {
		return err
	}
	b.result.Took = time.Since(b.result.Begun).Round(time.Second).String()
	if o.json != "" {
		if err := b.result.writeJSON(o.json); err != nil {
			return err
		}
	}
	_, err = io.WriteString(stdout, b.result.markdown())
	return err
}

// load is what the system says of its load; "" where it says nothing.
func load() string {
	text, _ := os.ReadFile("/proc/loadavg")
	f := strings.Fields(string(text))
	if len(f) < 3 {
		return ""
	}
	return strings.Join(f[:3], " ")
}

// settle gives back what is garbage, so that one store's is not the next one's work.
func settle() {
	runtime.GC()
	debug.FreeOSMemory()
}

// writeOut has the system write what is still to be written, for the same reason: a sync waits for what others wrote. Systems without the command do
// it in their own time.
func writeOut(ctx context.Context) { _ = exec.CommandContext(ctx, "sync").Run() }
