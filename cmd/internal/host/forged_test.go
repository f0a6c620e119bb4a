package host_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
)

// TestForgedInTheLog: whoever can write to the stream can't speak for a member. A record past the program's own admission is found by the
// server that follows the log and by one that reads it anew, and nothing of it or behind it is shown.
func TestForgedInTheLog(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(y *year) events.Record{
		"another's key": func(y *year) events.Record {
			return resign(t, y, y.record("b-head", "b", bonus("b", "x", 5)), "a-head")
		},
		"no signature": func(y *year) events.Record { return y.record("b-head", "b", bonus("b", "x", 5)).Unsigned() },
		"another campaign's": func(y *year) events.Record {
			other := *y
			other.genesis = events.NoGenesis
			return other.record("b-head", "b", bonus("b", "x", 5))
		},
		"a right its author has not": func(y *year) events.Record { return y.record("b-head", "", &events.StandingsFrozen{}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := external(t)
			y := openYear(t, openHost(t, host.Config{Dir: t.TempDir(), NATS: at.url}))
			last := y.say("b-head", "b", bonus("b", "first", 1))
			message := &nats.Msg{Subject: "campaign.year", Data: append([]byte(forge(y)), '\n'), Header: nats.Header{
				"First-Seq": {strconv.FormatUint(uint64(last)+1, 10)}, "Recorded": {events.FormatTime(events.Milliseconds(time.Now()))},
				jetstream.ExpectedLastSeqHeader: {strconv.FormatUint(uint64(last), 10)}}}
			if _, err := at.js.PublishMsg(t.Context(), message); err != nil {
				t.Fatal(err)
			}
			until(t, "the running server has found it", func() bool { return y.c.Ledger.Broken() != nil })
			fresh, err := openHost(t, host.Config{Dir: t.TempDir(), NATS: at.url}).Campaign(t.Context(), "year")
			if err != nil {
				t.Fatal(err)
			}
			for who, c := range map[string]*host.Campaign{"running": y.c, "fresh": fresh} {
				var broken *ledger.BrokenError
				if err := c.Ledger.Broken(); !errors.As(err, &broken) || broken.Seq != last+1 || !errors.Is(err, ledger.ErrNotAdmitted) {
					t.Errorf("%s: %v", who, err)
				}
				if sum := c.Summary(); sum.Seq != last || sum.Frozen != 0 {
					t.Errorf("%s shows event %d", who, sum.Seq)
				}
				if _, err := c.Append(t.Context(), events.Proposal{Record: y.record("b-head", "b", bonus("b", fmt.Sprint(who), 1))}); !errors.Is(err, ledger.ErrReadOnly) {
					t.Errorf("%s takes more: %v", who, err)
				}
			}
		})
	}
}

// resign puts another member's signature under a record.
func resign(t *testing.T, y *year, r events.Record, member string) events.Record {
	t.Helper()
	signed, err := events.Sign(keyOf(member), y.genesis, r.Unsigned())
	if err != nil {
		t.Fatal(err)
	}
	return signed
}
