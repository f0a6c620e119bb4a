package witness

import (
	"context"
	"errors"
	"time"
)

const (
	// maxBackoff is how many intervals the pause grows to while the server gives no valid answer.
	maxBackoff = 8
	// grace is how long a round may go on after it was told to end.
	grace = 10 * time.Second
	// loginEvery is how often the member logs in again: a token lasts 15 minutes.
	loginEvery = 10 * time.Minute
)

// Run does round after round until ctx is done, which lets the round under way end. The *Alarm that ends the rounds is the error. Silence ends them
// too. If others rely on the witness (outlive), an alarm is told at once and returned only when ctx is done, so that they are served till then;
// silence is told too, and told again each time that it has lasted as long again, and is the error only if it still lasts at the end.
func (w *Witness) Run(ctx context.Context, outlive bool) error {
	good, failed, told := w.cfg.Now(), 0, time.Duration(0)
	var silence *Alarm
	for ctx.Err() == nil {
		r, err := w.roundWithGrace(ctx)
		var a *Alarm
		switch {
		case errors.As(err, &a):
			w.tell(a)
			if outlive {
				w.tellUser(a)
				<-ctx.Done()
			}
			return a
		case err != nil && ctx.Err() != nil:
		case err != nil:
			failed++
			if failed == 1 {
				w.cfg.Log.Warn().Err(err).Msg("no valid answer from the server; trying again")
			}
			if quiet := w.cfg.Now().Sub(good); quiet >= w.cfg.Silence+told {
				silence = &Alarm{Kind: Silence, Since: good, Reason: err.Error()}
				_ = w.complete(silence)
				w.tell(silence)
				if !outlive {
					return silence
				}
				told = quiet
				w.tellUser(silence)
			}
		default:
			if failed > 0 {
				w.cfg.Log.Info().Int("tries", failed).Msg("the server gives valid answers again")
			}
			good, failed, told, silence = w.cfg.Now(), 0, 0, nil
			w.logRound(r)
		}
		if ctx.Err() == nil {
			_ = w.cfg.Pause(ctx, w.cfg.Interval*time.Duration(min(1<<min(failed, 8), maxBackoff)))
		}
	}
	if silence != nil {
		return silence
	}
	return nil
}

// Once does one round.
func (w *Witness) Once(ctx context.Context) error {
	r, err := w.Round(ctx)
	var a *Alarm
	if errors.As(err, &a) {
		w.tell(a)
		return a
	}
	if err == nil {
		w.logRound(r)
	}
	return err
}

// tellUser tells of an alarm that does not end Run.
func (w *Witness) tellUser(a *Alarm) {
	if w.cfg.Tell != nil {
		w.cfg.Tell(a)
	}
}

// tell logs an alarm.
func (w *Witness) tell(a *Alarm) {
	w.cfg.Log.Error().Str("kind", string(a.Kind)).Uint64("seq", uint64(a.Seq)).Uint64("size", a.Size).Str("reason", a.Reason).Strs("files", a.Files).Msg("alarm")
}

// logRound tells of a round in which something was new.
func (w *Witness) logRound(r Report) {
	line := w.cfg.Log.Debug()
	if r.Posted || r.New > 0 {
		line = w.cfg.Log.Info()
	}
	line.Uint64("size", r.Size).Uint64("new", r.New).Uint64("hidden", r.Hidden)
	if r.Posted {
		line.Int("cosigned", r.Cosigned.Cosigned).Int("quorum", r.Cosigned.Quorum)
	}
	line.Msg("good")
}

// roundWithGrace does a round that is given some time to end when ctx is done.
func (w *Witness) roundWithGrace(ctx context.Context) (Report, error) {
	round, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	over := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(over)
		_ = w.cfg.Pause(round, grace)
		cancel()
	})
	r, err := w.Round(round)
	cancel()
	if !stop() {
		<-over
	}
	return r, err
}

// login makes the client read as the configured member. Who can't log in reads as the public.
func (w *Witness) login(ctx context.Context) {
	now := w.cfg.Now()
	if w.cfg.Login == nil || !w.loggedIn.IsZero() && now.Sub(w.loggedIn) < loginEvery {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, shortAnswer)
	defer cancel()
	w.loggedIn = now
	w.cfg.Server.Logout()
	signer, err := w.cfg.Server.SignerOf(ctx, w.id, w.cfg.Login)
	if err == nil {
		err = w.cfg.Server.Login(ctx, w.id, signer)
	}
	if err != nil {
		w.cfg.Log.Warn().Err(err).Msg("the member's key does not log in; reading as the public")
	}
}
