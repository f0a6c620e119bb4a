package cli

import (
	"context"
	"crypto/x509"
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
	policy, server, dir, listen, login, ca string
	peers                                  []string
	interval, silence                      time.Duration
	once                                   bool
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
silence, the server giving no valid answer for too long. With --listen it goes on
serving others until it is told to end: after an alarm, since they need what it
cosigned, and in silence, since that is when members lodge. Ctrl-C ends it after
the round. With --once the verdict is one sentence, or with -o json one object.`,
		Example: `  campaign key new witness.key --purpose witness --name cao-bang-w
  campaign witness --policy cum2.policy --key witness.key \
    --server https://ledger.example
  campaign witness --policy cum2.policy --key witness.key \
    --server https://ledger.example --listen :7118 --peer http://192.0.2.7:7118
  campaign witness --policy cum2.policy --key witness.key \
    --server https://ledger.example --once`, Args: cobra.NoArgs,
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
	caFlag(c, &f.ca)
	return c
}

// caFlag names certificates to trust.
func caFlag(c *cobra.Command, path *string) {
	c.Flags().StringVar(path, "ca", "", "PEM file with the certificates to trust over https, instead of this machine's")
}

// remote is a client of a server that is not trusted, over https one whose certificate is below those in the file ca, or "" for this machine's.
func (a *app) remote(address, ca string) (*client.Client, error) {
	if ca == "" {
		return client.Remote(address)
	}
	_, pem, err := a.readFile(ca, "stdin")
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate; give a PEM file with BEGIN CERTIFICATE", ca)
	}
	return client.RemoteUnder(address, roots)
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
		if f.once && errors.As(err, new(*witness.Alarm)) {
			err = errors.Join(err, a.writeVerdict(verdictOf(nil, cfg.Policy, err)))
		}
		return a.alarmed(err)
	}
	cfg.Log.Info().Str("witness", w.Name()).Str("campaign", cfg.Policy.Campaign()).Str("server", cfg.Server.URL).Uint64("size", w.Size()).
		Uint64("refolded", uint64(w.Folded())).Msg("watching")
	if f.once {
		err = w.Once(ctx)
		err = errors.Join(err, a.writeVerdict(verdictOf(w, cfg.Policy, err)))
	} else {
		err = a.watch(ctx, w, listener, cfg.Log)
	}
	return a.alarmed(errors.Join(err, w.Close()))
}

// verdict is what one round found.
type verdict struct {
	Campaign  string       `json:"campaign"`
	Witness   string       `json:"witness,omitempty"`
	Verdict   string       `json:"verdict"`   // good, alarm or no-answer
	Size      uint64       `json:"size"`      // events of the newest checkpoint, or of the one that shows the alarm
	New       uint64       `json:"new"`       // of them, since the last round
	Hidden    uint64       `json:"hidden"`    // of them, checked for growth alone until they are revealed
	Cosigned  int          `json:"cosigned"`  // how many witnesses stand behind the checkpoint, this one counted
	Quorum    int          `json:"quorum"`    // how many it takes
	Witnesses int          `json:"witnesses"` // that there are
	Alarm     witness.Kind `json:"alarm,omitempty"`
	Seq       events.Seq   `json:"seq,omitempty"` // of the event that the alarm is about
	Reason    string       `json:"reason,omitempty"`
	Files     []string     `json:"files,omitempty"` // what proves the alarm
}

// verdictOf is the verdict of a round that ended with err; w is nil where the copy could not be opened.
func verdictOf(w *witness.Witness, p *proof.Policy, err error) verdict {
	v := verdict{Campaign: p.Campaign(), Verdict: "good", Quorum: p.Quorum, Witnesses: len(p.Witnesses)}
	if w != nil {
		v.Witness = w.Name()
	}
	var alarm *witness.Alarm
	switch {
	case errors.As(err, &alarm):
		v.Verdict, v.Size, v.Alarm, v.Seq, v.Reason, v.Files = "alarm", alarm.Size, alarm.Kind, alarm.Seq, alarm.Reason, alarm.Files
	case err != nil:
		v.Verdict, v.Size, v.Reason = "no-answer", w.Size(), err.Error()
	default:
		r := w.Last()
		v.Size, v.New, v.Hidden = r.Size, r.New, r.Hidden
		v.Cosigned, v.Quorum, v.Witnesses = r.Cosigned.Cosigned, r.Cosigned.Quorum, r.Cosigned.Witnesses
	}
	return v
}

// writeVerdict prints a verdict as a sentence or an object.
func (a *app) writeVerdict(v verdict) error {
	if a.output != "table" {
		return writeJSON(a.out, v)
	}
	text := ""
	switch v.Verdict {
	case "alarm":
		text = fmt.Sprintf(a.say("Báo động (%s): điều tìm thấy và bằng chứng được nêu ở thông báo lỗi.", "Alarm (%s): the error message says what was found and where the proof is."), v.Alarm)
	case "no-answer":
		text = a.say("Chưa kết luận được: máy chủ không có câu trả lời hợp lệ.", "No verdict: the server gave no valid answer.")
	default:
		text = fmt.Sprintf(a.say("Tốt: đã kiểm tra và đồng ký sổ có %d sự kiện; %d trên %d nhân chứng đã đồng ký, cần có %d", "Good: the log of %d events was checked and cosigned; %d of the %d witnesses stand behind it, and it takes %d"),
			v.Size, v.Cosigned, v.Witnesses, v.Quorum)
		if v.Hidden > 0 {
			text += fmt.Sprintf(a.say("; %d sự kiện cuối chờ được công bố mới kiểm tra được quy tắc", "; the rules were not checked for the last %d, which wait to be revealed"), v.Hidden)
		}
		text += "."
	}
	_, err := fmt.Fprintln(a.out, text)
	return err
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
	if cfg.Server, err = a.remote(address, f.ca); err != nil {
		return cfg, usageError{fmt.Errorf("--server: %w", err)}
	}
	for _, p := range f.peers {
		c, err := a.remote(p, f.ca)
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
