package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/keys"
	"campaignledger/cmd/internal/witness"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// witnessFlags are the flags of witness.
type witnessFlags struct {
	policy, server, dir, listen, login string
	peers                              []string
	interval, silence                  time.Duration
	once                               bool
}

// The least that --interval and --silence may be: less only burdens the server.
const (
	leastInterval = 100 * time.Millisecond
	leastSilence  = time.Second
)

func (a *app) witness() *cobra.Command {
	var f witnessFlags
	c := &cobra.Command{Use: "witness", Short: "Watch a server's log from your own site, and cosign it",
		Long: `Watch the log of the campaign that a policy names, from your own site. Round after
round the witness fetches what is new, checks that the log only grew, that what
is new is what the log signed, that it was recorded when it says and that the
rules admit it, keeps its own copy, and then cosigns the newest checkpoint. It
believes the policy and nothing that the server says: get the policy by another
way than from the server.

The key (--key) is of the purpose witness (campaign key new FILE --purpose
witness); its public half stands in the policy. A member's key (--login) lets
the witness read what that member may: evidence, and as a reviewer or auditor
what a freeze hides.

With --listen it tells other witnesses what it cosigned and takes drafts that
members lay before it (campaign lodge), which shows later that a server that did
not record them could have. With --peer it compares what the log signed for
other witnesses: two histories are found out that way.

What it finds wrong it says, keeps the proof of, and ends with status 3. So does
silence, the server giving no valid answer for too long; but with --listen it
goes on then, since that is when members lodge. Ctrl-C ends it after the round.`,
		Example: `  campaign key new witness.key --purpose witness --name cao-bang-w
  campaign witness --policy cum2.policy --key witness.key
  campaign witness --policy cum2.policy --key witness.key --listen :7118 \
    --peer http://192.0.2.7:7118 --server https://ledger.example
  campaign witness --policy cum2.policy --key witness.key --once`, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runWitness(cmd.Context(), f) }}
	c.Flags().StringVar(&f.policy, "policy", "", "file with the policy: the log, its key, the witnesses' keys (required)")
	c.Flags().StringVar(&f.server, "server", "", "URL of the server (default: the one in the policy's log line)")
	c.Flags().StringVar(&f.dir, "dir", "", "where the copy is kept, a directory for each campaign (default: DATA/witness)")
	c.Flags().DurationVar(&f.interval, "interval", 5*time.Second, "pause between rounds")
	c.Flags().DurationVar(&f.silence, "silence", 10*time.Minute, "how long the server may give no valid answer")
	c.Flags().BoolVar(&f.once, "once", false, "do one round: status 0 good, 3 alarm, 1 no valid answer")
	c.Flags().StringVar(&f.listen, "listen", "", "address for other witnesses and for members who lodge (default: none)")
	c.Flags().StringArrayVar(&f.peers, "peer", nil, "URL of another witness's --listen address, to compare with (may be given again)")
	c.Flags().StringVar(&f.login, "login", "", "key file of a member to read as")
	return c
}

func (a *app) runWitness(ctx context.Context, f witnessFlags) error {
	cfg, err := a.witnessConfig(ctx, f)
	if err != nil {
		return err
	}
	defer cfg.Server.HTTP.CloseIdleConnections()
	var listener net.Listener
	if f.listen != "" && !f.once {
		if listener, err = net.Listen("tcp", f.listen); err != nil {
			return usageError{fmt.Errorf("--listen %s: %w; choose another address, for example :7118", f.listen, err)}
		}
		defer listener.Close()
	}
	w, err := witness.Open(ctx, cfg)
	if err != nil {
		return a.alarmed(err)
	}
	cfg.Log.Info().Str("witness", w.Name()).Str("campaign", cfg.Policy.Campaign()).Str("server", cfg.Server.URL).Uint64("size", w.Size()).
		Uint64("refolded", uint64(w.Folded())).Msg("watching")
	if f.once {
		err = w.Once(ctx)
	} else {
		err = a.watch(ctx, w, listener, cfg.Log)
	}
	return a.alarmed(errors.Join(err, w.Close()))
}

// watch runs the rounds, and beside them what the witness offers to others.
func (a *app) watch(ctx context.Context, w *witness.Witness, listener net.Listener, log zerolog.Logger) error {
	if listener == nil {
		return w.Run(ctx, false)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	serving := make(chan error, 1)
	go func() {
		defer stop()
		serving <- w.Serve(ctx, listener)
	}()
	log.Info().Stringer("address", listener.Addr()).Msg("listening to other witnesses and to members who lodge")
	err := w.Run(ctx, true)
	stop()
	return errors.Join(err, <-serving)
}

// alarmed puts an alarm into the user's language; it ends the command as a verification that failed.
func (a *app) alarmed(err error) error {
	var alarm *witness.Alarm
	if errors.As(err, &alarm) {
		return mismatch(alarm.Text(a.lang))
	}
	return err
}

// witnessConfig reads what the flags name.
func (a *app) witnessConfig(ctx context.Context, f witnessFlags) (cfg witness.Config, err error) {
	switch {
	case f.policy == "":
		return cfg, usageError{errors.New("--policy is missing: the file with the log's, the witnesses' and the genesis hash's policy, which you got by another way than from the server")}
	case a.keyFile == "":
		return cfg, usageError{errors.New("--key is missing: the witness's key file (make one: campaign key new FILE --purpose witness)")}
	case f.interval < leastInterval || f.silence < leastSilence:
		return cfg, usageError{fmt.Errorf("--interval is at least %s, --silence at least %s", leastInterval, leastSilence)}
	case len(f.peers) > witness.MaxPeers:
		return cfg, usageError{fmt.Errorf("there are %d peers; give at most %d", len(f.peers), witness.MaxPeers)}
	}
	cfg = witness.Config{Dir: firstOf(f.dir, filepath.Join(a.dir, "witness")), PolicyFile: f.policy, Interval: f.interval, Silence: f.silence, Log: a.logger(zerolog.InfoLevel),
		Progress: a.refoldProgress(), Tell: func(alarm *witness.Alarm) { fmt.Fprintln(a.err, plain(alarm.Text(a.lang))) }}
	if cfg.Policy, err = a.readPolicy(f.policy); err != nil {
		return cfg, err
	}
	address := firstOf(f.server, cfg.Policy.URL)
	if address == "" {
		return cfg, usageError{errors.New("the policy names no server; name it with --server URL")}
	}
	if cfg.Server, err = client.Remote(address); err != nil {
		return cfg, usageError{fmt.Errorf("--server: %w", err)}
	}
	for _, p := range f.peers {
		c, err := client.Remote(p)
		if err != nil {
			return cfg, usageError{fmt.Errorf("--peer: %w", err)}
		}
		cfg.Peers = append(cfg.Peers, c)
	}
	if cfg.Key, err = a.readKey(ctx, a.keyFile, keys.Witness); err != nil {
		return cfg, err
	}
	if f.login != "" {
		cfg.Login, err = a.readKey(ctx, f.login, keys.Member)
	}
	return cfg, err
}

// readPolicy reads a policy's file.
func (a *app) readPolicy(path string) (*proof.Policy, error) {
	_, text, err := a.readFile(path, "stdin")
	if err != nil {
		return nil, err
	}
	p, err := proof.ParsePolicy(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// refoldProgress tells on stderr how far a long refold has come.
func (a *app) refoldProgress() func(done, all events.Seq) {
	const quiet = 2 * time.Second
	told := time.Now()
	return func(done, all events.Seq) {
		if time.Since(told) >= quiet {
			told = time.Now()
			fmt.Fprintf(a.err, a.say("đang tính lại bản sao: %d/%d sự kiện\n", "refolding the copy: %d of %d events\n"), done, all)
		}
	}
}
