package host

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"campaignledger/events"
	"campaignledger/projections"
)

// AsOfError is a word for an earlier state of a campaign that says nothing, or one that there is not.
type AsOfError struct{ problem string }

func (e *AsOfError) Error() string { return e.problem }

func asOfError(format string, args ...any) error { return &AsOfError{fmt.Sprintf(format, args...)} }

// SeqAsOf is the event that a reader means who sees this of a campaign: by its sequence, by a time, or by a day in the campaign's zone, which
// mean the last event then; "" is the newest. Anything else is an *AsOfError.
func SeqAsOf(seen *projections.Live, at string) (events.Seq, error) {
	sum := seen.Summary()
	if at == "" {
		return sum.Seq, nil
	}
	if n, err := strconv.ParseUint(at, 10, 63); err == nil {
		if sum.Frozen != 0 && sum.Frozen == sum.Seq && events.Seq(n) > sum.Seq { // it may be there, behind the freeze
			return 0, asOfError("as of %d: the standings of campaign %s are frozen at event %d; what comes later is shown at the reveal", n, sum.Regulation.ID, sum.Seq)
		}
		if n < 1 || events.Seq(n) > sum.Seq {
			return 0, asOfError("as of %d: campaign %s has events 1 to %d", n, sum.Regulation.ID, sum.Seq)
		}
		return events.Seq(n), nil
	}
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		day, err := time.ParseInLocation(time.DateOnly, at, sum.Zone())
		if err != nil {
			return 0, asOfError("as of %q: give a sequence (412), a time (2017-12-05T09:00:00+07:00) or a date (2017-12-05)", at)
		}
		t = day.AddDate(0, 0, 1).Add(-time.Millisecond)
	}
	seq := seen.SeqAt(t)
	if seq == 0 {
		return 0, asOfError("as of %s: campaign %s was not open yet", at, sum.Regulation.ID)
	}
	return seq, nil
}

// maxPastLooks is how many looks into a campaign's past are under way at a time: one may take 100 MB on the way. The others wait for a place.
const maxPastLooks = 4

// AsOf is the standings that a reader who sees this of the campaign means by at; see SeqAsOf. It and AsOfEach are the way to standings of an
// earlier event, but for the ranks that Morning keeps, and belong into a Look.
func (c *Campaign) AsOf(ctx context.Context, seen *projections.Live, at string) (projections.Standings, error) {
	if at == "" {
		return seen.Standings(), nil
	}
	seq, err := SeqAsOf(seen, at)
	if err != nil {
		return projections.Standings{}, err
	}
	list, err := c.AsOfEach(ctx, seen, seq)
	if err != nil {
		return projections.Standings{}, err
	}
	return list[0], nil
}

// AsOfEach are the standings as of some events, in the order of their sequences; it costs little more than those of the last one.
func (c *Campaign) AsOfEach(ctx context.Context, seen *projections.Live, seqs ...events.Seq) ([]projections.Standings, error) {
	select {
	case c.pastLooks <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("standings as of an earlier event: %w", context.Cause(ctx))
	}
	defer func() { <-c.pastLooks }()
	return seen.AtEach(seqs...)
}
