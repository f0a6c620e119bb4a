package main

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/bench"
	"campaignledger/cmd/internal/host"
	"campaignledger/events"
)

// regulation is the generated campaign's. Its clock is historic and all events claim one time, so that the order in which writers come
// is free and the standings do not say when they were made.
func regulation(shape bench.Shape) []byte {
	return append(shape.Regulation(), "clock: historic\nperiod: {start: 2020-01-01, end: 2020-12-31, zone: UTC}\n"...)
}

// claimed is the time that all entries claim.
var claimed = time.Date(2020, 6, 1, 0, 0, 0, 0, time.UTC)

// entry is the i-th record.
func entry(shape bench.Shape, i int) (events.Record, error) {
	d := shape.Draft(i)
	d.Time = claimed
	return bench.Pad(d)
}

// entries are the first n records.
func entries(n int) ([]events.Record, error) {
	list := make([]events.Record, n)
	for i := range list {
		var err error
		if list[i], err = entry(bench.Usual(), i); err != nil {
			return nil, err
		}
	}
	return list, nil
}

type ledgerStore struct {
	dir  string
	logs int
}

func startLedger(_ context.Context, dir string, _ options) (store, error) {
	return &ledgerStore{dir: dir}, nil
}

func (s *ledgerStore) open(ctx context.Context) (eventLog, error) {
	s.logs++
	return openLedger(ctx, filepath.Join(s.dir, strconv.Itoa(s.logs)), bench.Usual())
}

func (s *ledgerStore) close() error { return nil }

// ledgerLog is the ledger as its server runs it: with its tree, its checkpoints and all folds.
type ledgerLog struct {
	dir      string
	host     *host.Host
	campaign *host.Campaign
	viewed   atomic.Uint64 // up to which event the watched standings go
}

// openLedger opens the campaign on a directory, or opens a new one there.
func openLedger(ctx context.Context, dir string, shape bench.Shape) (*ledgerLog, error) {
	h, err := host.Open(ctx, host.Config{Dir: dir, Log: zerolog.Nop()})
	if err != nil {
		return nil, fmt.Errorf("open the ledger's directory: %w", err)
	}
	c, _, err := h.OpenCampaign(ctx, "bench.yaml", regulation(shape))
	if err != nil {
		h.Close()
		return nil, fmt.Errorf("open the campaign: %w", err)
	}
	return &ledgerLog{dir: dir, host: h, campaign: c}, nil
}

func (l *ledgerLog) close() error {
	l.host.Close()
	return nil
}

func (l *ledgerLog) writer(context.Context) (appendOne, func(), error) {
	return func(ctx context.Context, r events.Record) error {
		_, err := l.campaign.Ledger.Append(ctx, events.Proposal{Record: r})
		return err
	}, func() {}, nil
}

func (l *ledgerLog) appendAll(ctx context.Context, records []events.Record) error {
	body := make([]events.Proposal, len(records))
	for i, r := range records {
		body[i].Record = r
	}
	_, err := l.campaign.Ledger.Append(ctx, body...)
	return err
}

func (l *ledgerLog) read(ctx context.Context) iter.Seq2[events.Record, error] {
	return func(yield func(events.Record, error) bool) {
		for c, err := range l.campaign.Ledger.ReadCommits(ctx, 0, false) {
			if err != nil {
				yield(nil, fmt.Errorf("read the ledger: %w", err))
				return
			}
			for r := range c.Records() {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// watch has the standings made whenever there are new events. Which events these were is read afterwards.
func (l *ledgerLog) watch(ctx context.Context, ready func(), seen func(events.Record, time.Time)) error {
	type view struct {
		upTo events.Seq
		at   time.Time
	}
	var views []view
	first, _ := l.campaign.Ledger.Last()
	ready()
	for last := first; ; {
		if err := l.campaign.Ledger.Wait(ctx, last+1); err != nil {
			break // ctx is done
		}
		s, err := l.campaign.Standings(ctx, host.Reader{})
		if err != nil {
			break
		}
		last = s.Seq
		views = append(views, view{last, time.Now()})
		l.viewed.Store(uint64(last))
	}
	rest, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	at := first
	for c, err := range l.campaign.Ledger.ReadCommits(rest, first, false) {
		if err != nil {
			return fmt.Errorf("read what was seen: %w", err)
		}
		for r := range c.Records() {
			at++
			for len(views) > 0 && views[0].upTo < at {
				views = views[1:]
			}
			if len(views) > 0 {
				seen(r, views[0].at)
			}
		}
	}
	return nil
}

// shown waits until the standings hold everything that was appended.
func (l *ledgerLog) shown(ctx context.Context) error {
	last, _ := l.campaign.Ledger.Last()
	for l.viewed.Load() < uint64(last) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}

func (l *ledgerLog) size(context.Context) (int64, error) { return dirSize(l.dir) }

func (l *ledgerLog) memory(ctx context.Context) (int64, error) {
	if err := l.close(); err != nil {
		return 0, err
	}
	bytes, err := memoryOfChild(ctx, "ledger", l.dir)
	if err != nil {
		return 0, err
	}
	again, err := openLedger(ctx, l.dir, bench.Usual())
	if err == nil {
		l.host, l.campaign = again.host, again.campaign
	}
	return bytes, err
}

// opening is the record that opens the campaign; it is the same in every log that it is appended to.
var opening = sync.OnceValues(func() (events.Record, error) {
	r, err := events.ParseRegulation("bench.yaml", regulation(bench.Usual()))
	if err != nil {
		return nil, fmt.Errorf("parse the generated regulation: %w", err)
	}
	return events.Encode(events.Draft{ID: events.NewID(), Campaign: bench.Campaign, Author: "import", Time: claimed.AddDate(0, -1, 0),
		Payload: events.NewCampaignOpened(r, "bench.yaml", events.NoGenesis)})
})
