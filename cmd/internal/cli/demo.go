package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/demo"
	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// demoCampaign is the demonstration's id.
const demoCampaign = "cum2-2017"

// demoSpeed is how many days of the year pass in a second: the year takes about a minute.
const demoSpeed = 6

func (a *app) demo() *cobra.Command {
	var once bool
	var speed float64
	f := serveFlags{}
	c := &cobra.Command{Use: "demo", Short: "Replay the 2017 campaign of Cluster 2 on a live board",
		Long: `Replay the emulation year 2017 of Cluster No. 2 in fast time on a live board in
the browser: from the pact in January to the flags of January 2018. The units,
theme, movement and nominations are the published ones; the scores, the members'
names and what they say are invented, and everything that shows them says so.
The year is signed: the first run in a directory makes a key for each member, in
demo-keys/<member>.key below it. The directory (a temporary one unless --data
names one, which holds no other campaign) is left behind, so that you can ask it
questions afterwards, as the public or with a member's key.`,
		Example: "  campaign demo\n  campaign demo --once -o json\n  campaign demo --data ./demo --speed 20", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if speed <= 0 {
				return usageError{fmt.Errorf("--speed %g: days a second, above 0", speed)}
			}
			if err := a.demoDir(cmd); err != nil {
				return err
			}
			if once {
				return a.demoOnce(cmd.Context())
			}
			return a.demoLive(cmd.Context(), f, speed)
		}}
	c.Flags().BoolVar(&once, "once", false, "replay at once, print the final standings and exit")
	c.Flags().Float64Var(&speed, "speed", demoSpeed, "days of the year that pass in a second")
	c.Flags().StringVar(&f.listen, "listen", "127.0.0.1:0", "address to listen on (port 0: any free one)")
	return c
}

// demoDir is the directory --data names, or a temporary one: invented scores never go where the user's own campaigns are.
func (a *app) demoDir(cmd *cobra.Command) (err error) {
	if !cmd.Flags().Changed("data") {
		a.dir, err = os.MkdirTemp("", "campaign-demo-")
	}
	return err
}

func (a *app) demoOnce(ctx context.Context) error {
	h, err := host.Open(ctx, a.hostConfig(zerolog.WarnLevel))
	if err != nil {
		return a.explainLocked(err)
	}
	defer h.Close()
	c, err := a.replayYear(ctx, h, 0)
	if err != nil {
		return err
	}
	options := projections.JSONOptions{}
	if a.output != "json" {
		options.Lang = a.lang
	}
	standings, err := c.Standings(ctx, host.Reader{})
	if err != nil {
		return err
	}
	if err := a.writeStandings(append(standings.AppendJSON(nil, options), '\n')); err != nil {
		return err
	}
	fmt.Fprint(a.talk(), a.say("\nThử tiếp:\n", "\nTry next:\n"))
	a.suggestNext()
	fmt.Fprintln(a.talk(), a.say("và xem trên bảng trong trình duyệt:", "and see it on the board in the browser:"))
	a.suggest("serve", "")
	fmt.Fprintf(a.err, a.say("Dữ liệu ở lại trong %s\n", "The data stays in %s\n"), a.dir)
	return nil
}

func (a *app) demoLive(ctx context.Context, f serveFlags, speed float64) error {
	return a.runServer(ctx, f, a.logger(zerolog.WarnLevel), func(*host.Host, string) {}, func(ctx context.Context, h *host.Host, url string) error {
		fmt.Fprintf(a.talk(), a.say("Bảng trực tiếp: %s\n\n", "Live board: %s\n\n"), url+"/campaigns/"+demoCampaign+"?lang="+a.lang)
		a.suggestMeanwhile()
		c, err := a.replayYear(ctx, h, speed)
		if err != nil {
			return err
		}
		fmt.Fprintln(a.talk())
		standings, err := c.Standings(ctx, host.Reader{})
		if err != nil {
			return err
		}
		if err := a.writeStandings(append(standings.AppendJSON(nil, projections.JSONOptions{Lang: a.lang}), '\n')); err != nil {
			return err
		}
		fmt.Fprint(a.talk(), a.say("\nThử tiếp, ở một cửa sổ khác:\n", "\nTry next, in another window:\n"))
		a.suggestNext()
		fmt.Fprintln(a.talk(), a.say("Ctrl-C để dừng; dữ liệu ở lại trong "+a.dir, "Ctrl-C stops; the data stays in "+a.dir))
		<-ctx.Done()
		return nil
	})
}

// suggestMeanwhile names commands to try while the replay runs.
func (a *app) suggestMeanwhile() {
	fmt.Fprintln(a.talk(), a.say("Trong lúc chạy, ở một cửa sổ khác (khóa của thanh tra thấy cả phần bị đóng băng tháng 12):",
		"While it runs, in another window (an auditor's key sees what the freeze of\nDecember hides):"))
	a.suggest("check cum2-2017", "")
	a.suggest("standings cum2-2017", "auditor")
	fmt.Fprintln(a.talk())
}

// suggestNext names commands to try on what the replay left.
func (a *app) suggestNext() {
	for _, try := range []string{"replay cum2-2017", "awards cum2-2017", "audit cum2-2017 --award government-flag", "why cum2-2017 lang-son son-la",
		"audit cum2-2017 --unit lang-son", "standings cum2-2017 --as-of 2017-06-30", "check cum2-2017", "export cum2-2017 --bundle cum2-2017.bundle", "doctor cum2-2017"} {
		a.suggest(try, "")
	}
	fmt.Fprintln(a.talk(), a.say("và ký với tư cách thành viên:", "and sign as a member:"))
	a.suggest("endorse cum2-2017 1 --as received", "lai-chau-head")
}

// suggest names a command, with a member's key unless the member is "".
func (a *app) suggest(command, member string) {
	line := "  campaign " + command + " --data " + a.dir
	if member != "" {
		key := " --key " + filepath.Join(a.dir, demo.KeysDir, member+".key")
		if len(line)+len(key) > lineWidth {
			key = " \\\n   " + key
		}
		line += key
	}
	fmt.Fprintln(a.talk(), line)
}

// talk is where words for people go: stdout beside a table, stderr where stdout is for a program.
func (a *app) talk() io.Writer {
	if a.output == "table" {
		return a.out
	}
	return a.err
}

// openYear opens the demonstration campaign with keys that it makes, or with those of an earlier run.
func (a *app) openYear(ctx context.Context, h *host.Host) (*host.Campaign, []demo.Body, error) {
	if err := a.alone(ctx, h); err != nil {
		return nil, nil, err
	}
	random := rand.Reader
	switch c, err := h.Campaign(ctx, demoCampaign); {
	case err == nil && c.Summary().Regulation != nil:
		random = nil // other keys would make another campaign
	case err != nil && !errors.Is(err, ledger.ErrNoCampaign):
		return nil, nil, err
	}
	members, err := demo.MakeKeys(filepath.Join(a.dir, demo.KeysDir), random)
	if errors.Is(err, demo.ErrNoKey) {
		return nil, nil, fmt.Errorf("campaign %s is open here, but not as the demonstration, or its keys are gone (%w); name another directory with --data", demoCampaign, err)
	}
	if err != nil {
		return nil, nil, err
	}
	bodies, err := demo.Year(members)
	if err != nil {
		return nil, nil, err
	}
	c, _, err := h.OpenSigned(ctx, bodies[0].Proposals[0].Record)
	if errors.Is(err, host.ErrOtherRegulation) {
		err = fmt.Errorf("%w; it is not this demonstration, or was made with other keys: name another directory with --data", err)
	}
	return c, bodies, err
}

// alone refuses to put invented scores beside other campaigns.
func (a *app) alone(ctx context.Context, h *host.Host) error {
	ids, err := h.IDs(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if id != demoCampaign {
			return fmt.Errorf("%s holds the campaign %s; the demonstration takes a directory of its own: leave out --data, or name another directory", a.place(), id)
		}
	}
	return nil
}

// place is where the campaigns are kept.
func (a *app) place() string { return firstOf(a.nats, a.dir) }

// replayYear opens the demonstration campaign and appends its year: at once, or at speed days a second. What an earlier run stored
// is recognised, and a finished year is left as it is.
func (a *app) replayYear(ctx context.Context, h *host.Host, speed float64) (*host.Campaign, error) {
	c, bodies, err := a.openYear(ctx, h)
	if err != nil {
		return nil, err
	}
	a.zone = c.Summary().Regulation.Period.Zone
	if told, err := yearIsTold(ctx, c, bodies); err != nil || told {
		return c, err
	}
	pace := newPace(speed)
	var chapter demo.Chapter
	done, already := 1, c.Summary().Seq
	for _, b := range bodies[1:] { // the first is the opening
		if b.Chapter != chapter && speed > 0 {
			chapter = b.Chapter
			fmt.Fprintln(a.talk(), "  "+chapter.In(a.lang))
		}
		if done++; events.Seq(done) > already { // the rest was stored by an earlier run
			if err := pace.wait(ctx, b.Proposals[0].Time); err != nil {
				return nil, err
			}
		}
		done += len(b.Proposals) - 1
		if err := storeFiles(ctx, c, b.Files); err != nil {
			return nil, fmt.Errorf("demonstration year: %w", err)
		}
		if _, err := c.Append(ctx, b.Proposals...); err != nil {
			return nil, fmt.Errorf("demonstration year: %w", err)
		}
	}
	return c, nil
}

// yearIsTold reports whether the campaign has the last event of the year, which comes after its close.
func yearIsTold(ctx context.Context, c *host.Campaign, bodies []demo.Body) (told bool, err error) {
	last := bodies[len(bodies)-1].Proposals
	err = c.InGate(ctx, host.Reader{}, func(l *projections.Live, _ time.Time) error {
		_, told = l.Find(last[len(last)-1].ID)
		return nil
	})
	return told, err
}

// storeFiles stores the files that the next events name. One that is held already stays.
func storeFiles(ctx context.Context, c *host.Campaign, files []demo.File) error {
	if len(files) == 0 {
		return nil
	}
	evidence, err := c.Evidence(ctx)
	if err != nil {
		return err
	}
	for _, f := range files {
		if _, err := evidence.Put(ctx, f.By, f.Name, bytes.NewReader(f.Content)); err != nil {
			return fmt.Errorf("file %s: %w", f.Name, err)
		}
	}
	return nil
}

// pace lets campaign time pass at a number of days a second.
type pace struct {
	perDay time.Duration // 0: no waiting
	last   time.Time     // campaign time
}

func newPace(daysASecond float64) *pace {
	if daysASecond <= 0 {
		return &pace{}
	}
	return &pace{perDay: time.Duration(float64(time.Second) / daysASecond)}
}

// longestPause keeps a quiet stretch of the year from looking like a halt.
const longestPause = 2 * time.Second

// leastPause is below what a reader of the board could tell apart.
const leastPause = 20 * time.Millisecond

// wait lasts as long as the campaign time since the last call.
func (p *pace) wait(ctx context.Context, t time.Time) error {
	passed := t.Sub(p.last)
	first := p.last.IsZero()
	pause := min(time.Duration(passed.Hours()/24*float64(p.perDay)), longestPause)
	if p.perDay == 0 || first || pause < leastPause {
		if first {
			p.last = t
		}
		return ctx.Err()
	}
	p.last = t
	select {
	case <-time.After(pause):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
