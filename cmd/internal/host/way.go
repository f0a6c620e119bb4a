package host

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/trace"
	"campaignledger/events"
	"campaignledger/ledger"
)

// way logs, at the level debug, each step of each event on its way through this process: admitted, stored, and under a signed checkpoint. What
// comes before and after, the request and its answer, is the server's to log. A line has ids and sequences, and nothing of what an event says:
// a freeze or an open ballot hides that from whoever may read the log. It passes on to the next observer, if there is one.
type way struct {
	next ledger.Observer
	log  zerolog.Logger // of the campaign

	mu       sync.Mutex
	admitted []step // by sequence, not stored yet
	unsigned []step // by sequence, under no checkpoint yet
	unnamed  int    // how many more of those there are
	signed   events.Seq
}

// step is an event on its way.
type step struct {
	seq     events.Seq
	event   string
	request string
}

// maxUnsigned bounds the events that wait for a checkpoint by name: more than ten seconds' worth. Of others the line of the checkpoint says how many.
const maxUnsigned = 100_000

// observer is who is told of a campaign's appends: nobody, whoever counts, or also the log.
func (h *Host) observer(id string) (ledger.Observer, *way) {
	log := h.cfg.Log.With().Str("campaign", id).Logger()
	if !log.Debug().Enabled() {
		return h.cfg.Observer, nil
	}
	w := &way{next: h.cfg.Observer, log: log}
	return w, w
}

// Appended is the next observer's matter.
func (w *way) Appended(took time.Duration, err error) {
	if w.next != nil {
		w.next.Appended(took, err)
	}
}

// Setback logs why a commit did not get through.
func (w *way) Setback(s ledger.Setback) {
	w.log.Debug().Str("setback", string(s)).Msg("a commit did not get through at once")
	if w.next != nil {
		w.next.Setback(s)
	}
}

// Admitted logs the events of one body.
func (w *way) Admitted(ctx context.Context, list []events.Event) {
	request := trace.Of(ctx)
	w.mu.Lock()
	again := slices.IndexFunc(w.admitted, func(s step) bool { return s.seq >= list[0].Seq })
	if again >= 0 { // of a commit that was not stored
		w.admitted = w.admitted[:again]
	}
	for i := range list {
		s := step{list[i].Seq, list[i].ID.String(), request}
		w.admitted = append(w.admitted, s)
		w.line(s).Msg("admitted")
	}
	w.mu.Unlock()
	if w.next != nil {
		w.next.Admitted(ctx, list)
	}
}

func (w *way) line(s step) *zerolog.Event {
	e := w.log.Debug().Str("event", s.event).Uint64("seq", uint64(s.seq))
	if s.request != "" {
		e = e.Str("request", s.request)
	}
	return e
}

// Committed logs that the events are durable.
func (w *way) Committed(list []events.Event, f ledger.CommitFigures) {
	w.mu.Lock()
	last := list[len(list)-1].Seq
	for _, s := range w.admitted {
		if s.seq < list[0].Seq || s.seq > last {
			continue
		}
		w.line(s).Str("stream", ledger.StreamName(list[0].Campaign)).Uint64("commit", uint64(list[0].Seq)).Dur("store_ms", f.Store).Msg("stored")
		switch {
		case s.seq <= w.signed: // who signs was faster
			w.line(s).Uint64("checkpoint", uint64(w.signed)).Msg("signed")
		case len(w.unsigned) < maxUnsigned:
			w.unsigned = append(w.unsigned, s)
		default:
			w.unnamed++
		}
	}
	w.admitted = w.admitted[:0]
	w.mu.Unlock()
	if w.next != nil {
		w.next.Committed(list, f)
	}
}

// checkpoint logs that everything up to size is under a signed checkpoint.
func (w *way) checkpoint(size events.Seq) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if size <= w.signed {
		return // the same one with more cosignatures
	}
	w.signed = size
	covered := len(w.unsigned)
	if i := slices.IndexFunc(w.unsigned, func(s step) bool { return s.seq > size }); i >= 0 {
		covered = i
	}
	for _, s := range w.unsigned[:covered] {
		w.line(s).Uint64("checkpoint", uint64(size)).Msg("signed")
	}
	w.unsigned = slices.Delete(w.unsigned, 0, covered)
	line := w.log.Debug().Uint64("checkpoint", uint64(size)).Int("events", covered)
	if w.unnamed > 0 && len(w.unsigned) == 0 {
		line, w.unnamed = line.Int("unnamed", w.unnamed), 0
	}
	line.Msg("a checkpoint was signed")
}
