// Package systemd tells systemd how the program is, where systemd started it, and writes the unit that has it started so.
package systemd

import (
	"context"
	"fmt"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/rs/zerolog"
)

// Notifier speaks to the service manager; where there is none it does nothing.
type Notifier struct {
	Log      zerolog.Logger
	watchdog time.Duration // how often it wants to hear; 0: never
}

// New reads what the service manager wants to hear (NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID).
func New(log zerolog.Logger) (*Notifier, error) {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return nil, fmt.Errorf("the service manager's watchdog: %w; start the program with its unit (campaign serve --print-unit)", err)
	}
	return &Notifier{log, every}, nil
}

func (n *Notifier) tell(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		n.Log.Warn().Err(err).Msg("the service manager does not take how the program is")
	}
}

// Status says in a few words what the program is doing.
func (n *Notifier) Status(text string) { n.tell("STATUS=" + text) }

// Ready says that the program takes requests.
func (n *Notifier) Ready(text string) { n.tell(daemon.SdNotifyReady + "\nSTATUS=" + text) }

// Stopping says that the program ends.
func (n *Notifier) Stopping(text string) { n.tell(daemon.SdNotifyStopping + "\nSTATUS=" + text) }

// Watch says, until ctx is done, that the program is alive each time check finds it so, and how it is. Where check fails, nothing is said: the
// service manager starts the program anew once it has waited for its time. check is called twice within that time and may take as long.
func (n *Notifier) Watch(ctx context.Context, check func(context.Context) (status string, err error)) {
	if n.watchdog == 0 {
		return
	}
	ticker := time.NewTicker(n.watchdog / 2)
	defer ticker.Stop()
	for {
		moment, cancel := context.WithTimeout(ctx, n.watchdog/2)
		status, err := check(moment)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			n.Log.Error().Err(err).Msg("the program does not answer itself; the service manager will start it anew if that lasts")
		default:
			n.tell(daemon.SdNotifyWatchdog + "\nSTATUS=" + status)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
