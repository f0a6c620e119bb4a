package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/demo"
	"campaignledger/cmd/internal/host"
	"campaignledger/events"
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
the browser. The units, theme, movement and outcome are the published ones; the
scores are invented, and everything that shows them says so. The directory (a
temporary one unless --data names one) is left behind, so that you can ask it
questions afterwards.`,
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

// demoDir is the directory --data names, or a temporary one.
func (a *app) demoDir(cmd *cobra.Command) (err error) {
	if !cmd.Flags().Changed("data") && os.Getenv("CAMPAIGN_DATA") == "" {
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
	fmt.Fprintf(a.err, a.say("Dữ liệu ở lại trong %s\n", "The data stays in %s\n"), a.dir)
	standings, err := c.Standings(ctx, host.Reader{})
	if err != nil {
		return err
	}
	return a.writeStandings(append(standings.AppendJSON(nil, options), '\n'))
}

func (a *app) demoLive(ctx context.Context, f serveFlags, speed float64) error {
	return a.runServer(ctx, f, a.logger(zerolog.WarnLevel), func(*host.Host, string) {}, func(ctx context.Context, h *host.Host, url string) error {
		fmt.Fprintf(a.talk(), a.say("Bảng trực tiếp: %s\n\n", "Live board: %s\n\n"), url+"/campaigns/"+demoCampaign+"?lang="+a.lang)
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
		for _, try := range []string{"why cum2-2017 lang-son son-la", "audit cum2-2017 --unit lang-son", "standings cum2-2017 --as-of 2017-06-30",
			"log cum2-2017 --since 1"} {
			fmt.Fprintf(a.talk(), "  campaign %s --data %s\n", try, a.dir)
		}
		fmt.Fprintln(a.talk(), a.say("Ctrl-C để dừng; dữ liệu ở lại trong "+a.dir, "Ctrl-C stops; the data stays in "+a.dir))
		<-ctx.Done()
		return nil
	})
}

// talk is where words for people go: stdout beside a table, stderr where stdout is for a program.
func (a *app) talk() io.Writer {
	if a.output == "table" {
		return a.out
	}
	return a.err
}

// replayYear opens the demonstration campaign and appends its year: at once, or at speed days a second. What an earlier run stored
// is recognised, and a finished year is left as it is.
func (a *app) replayYear(ctx context.Context, h *host.Host, speed float64) (*host.Campaign, error) {
	c, _, err := h.OpenCampaign(ctx, demo.SourceName, demo.Source())
	if err != nil {
		return nil, err
	}
	a.zone = c.Summary().Regulation.Period.Zone
	if c.Summary().Final {
		return c, nil
	}
	bodies, err := demo.Year()
	if err != nil {
		return nil, err
	}
	pace := newPace(speed)
	var chapter demo.Chapter
	done, already := 1, c.Summary().Seq
	for _, b := range bodies[1:] { // the first is the opening
		if b.Chapter != chapter && speed > 0 {
			chapter = b.Chapter
			fmt.Fprintln(a.talk(), "  "+string(chapter))
		}
		if done++; events.Seq(done) > already { // the rest was stored by an earlier run
			if err := pace.wait(ctx, b.Drafts[0].Time); err != nil {
				return nil, err
			}
		}
		done += len(b.Drafts) - 1
		if _, err := c.Append(ctx, b.Drafts...); err != nil {
			return nil, fmt.Errorf("demonstration year: %w", err)
		}
	}
	return c, nil
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
