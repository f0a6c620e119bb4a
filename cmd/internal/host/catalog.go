package host

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/events"
)

const (
	// summariesDir has a small file for each campaign that was closed: what lists show of it. It may be removed at any time.
	summariesDir = "summaries"
	// summaryFormat changes with what the files mean; those of another format are not read.
	summaryFormat = 1
	// maxSummaryBytes bounds such a file. A title has at most some KiB.
	maxSummaryBytes = 64 << 10
)

// Listed is a campaign as lists show it to one reader, in every language.
type Listed struct {
	ID         string       `json:"id"`
	Title      events.Text  `json:"title"`
	Notice     events.Text  `json:"notice"`
	Signed     bool         `json:"signed"`
	Final      bool         `json:"final"`
	Clock      events.Clock `json:"clock"`
	Zone       string       `json:"zone"`
	Seq        events.Seq   `json:"seq"`
	Recorded   time.Time    `json:"recorded"`
	AsOf       time.Time    `json:"asOf"`
	Stage      events.Stage `json:"stage"`
	Genesis    string       `json:"genesis"`
	Regulation int          `json:"regulation"` // version; 0: its opening could not be read
	Frozen     events.Seq   `json:"frozen"`
	Proof      Witnessing   `json:"proof"`
	ReadOnly   string       `json:"readOnly"` // why
	Unread     bool         `json:"-"`        // its log was not read yet: nothing but the id is known
}

// Listed is the campaign as lists show it to a reader.
func (c *Campaign) Listed(ctx context.Context, r Reader) Listed {
	sum, err := c.SummaryFor(ctx, r)
	out := Listed{ID: c.ID, Seq: sum.Seq, Final: sum.Final, Recorded: sum.Recorded, Proof: c.Witnessing()}
	if r := sum.Regulation; r != nil {
		out.Title, out.Notice, out.Signed = r.Title, r.Notice, r.Signed()
		out.Clock, out.Zone, out.AsOf = r.Clock, sum.Zone().String(), sum.AsOf
		out.Stage, out.Genesis, out.Regulation, out.Frozen = sum.Stage, sum.Genesis, sum.Version, sum.Frozen
	}
	if broken := c.ReadOnly(); broken != nil {
		err = broken
	}
	if err != nil {
		out.ReadOnly = err.Error()
	}
	return out
}

// known is what is remembered of a campaign that is not open. It is derived from the log and never the truth: opening reads the log.
type known struct {
	Format   int    `json:"format"`
	Position uint64 `json:"position"` // of the stream's newest message when this was noted: with another one it is old
	Listed          // as the public sees it

	examined bool // its log was read since this host was opened
}

// catalog is what is known of all campaigns of the directory, without opening them.
type catalog struct {
	dir string
	log zerolog.Logger

	mu        sync.Mutex
	positions map[string]uint64 // of the campaigns there are, as they were last listed; nil: not yet
	listed    time.Time         // when
	known     map[string]known
}

func newCatalog(dir string, log zerolog.Logger) *catalog {
	return &catalog{dir: filepath.Join(dir, summariesDir), log: log, known: map[string]known{}}
}

// add makes a campaign one that is there.
func (k *catalog) add(id string, position uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.positions != nil {
		k.positions[id] = max(position, k.positions[id])
	}
}

// note closes a campaign and remembers what the public sees of it. What came between the two is not noted: then nothing is known.
func (k *catalog) note(c *Campaign, closeIt func()) {
	ctx, cancel := context.WithTimeout(context.Background(), closingTime)
	defer cancel()
	opened := c.isOpen() || c.Ledger.Broken() != nil
	before, _ := c.Ledger.Last()
	seen := known{Format: summaryFormat, Listed: c.Listed(ctx, Reader{}), examined: true}
	closeIt()
	seen.Proof = c.Witnessing() // the closing made a checkpoint
	if after, _ := c.Ledger.Last(); !opened || after != before || ctx.Err() != nil {
		k.forget(c.ID)
		return
	}
	seen.Position = c.store.Position()
	k.mu.Lock()
	k.known[c.ID] = seen
	if k.positions != nil {
		k.positions[c.ID] = max(seen.Position, k.positions[c.ID])
	}
	k.mu.Unlock()
	if err := k.write(seen); err != nil {
		k.log.Warn().Err(err).Str("campaign", c.ID).Msg("what lists show of the campaign can't be kept; the next start reads its log")
	}
}

// forget remembers nothing of a campaign.
func (k *catalog) forget(id string) {
	k.mu.Lock()
	delete(k.known, id)
	k.mu.Unlock()
	_ = os.Remove(k.path(id)) // what stays is of another position, or right
}

func (k *catalog) path(id string) string { return filepath.Join(k.dir, id+".json") }

// write replaces a campaign's file. It is not synced: a file that a crash leaves half is not read.
func (k *catalog) write(seen known) error {
	data, err := json.Marshal(seen)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(k.dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(k.dir, "."+seen.ID+".*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), k.path(seen.ID))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// read reads the files of the campaigns that are there and whose log has not changed since.
func (k *catalog) read(positions map[string]uint64) map[string]known {
	all := map[string]known{}
	entries, _ := os.ReadDir(k.dir) // without the directory nothing is known
	for _, entry := range entries {
		id, ok := strings.CutSuffix(entry.Name(), ".json")
		position, there := positions[id]
		if !ok || !there {
			continue
		}
		seen, err := k.readOne(id)
		if err == nil && seen.Position == position {
			all[id] = seen
		}
	}
	return all
}

func (k *catalog) readOne(id string) (seen known, err error) {
	f, err := os.Open(k.path(id))
	if err != nil {
		return seen, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSummaryBytes))
	if err == nil {
		err = json.Unmarshal(data, &seen)
	}
	if err == nil && (seen.Format != summaryFormat || seen.ID != id) {
		err = fmt.Errorf("%s is of format %d and of campaign %q", k.path(id), seen.Format, seen.ID)
	}
	return seen, err
}

// listAge is how long a list of an external server's campaigns is taken for the present one, where it takes more than one request, which is for
// freshCampaigns: others may open campaigns there.
const (
	listAge        = time.Second
	freshCampaigns = 256
)

// survey lists the campaigns that are there: on the embedded server, where nobody else opens any, once.
func (h *Host) survey(ctx context.Context) error {
	k := h.catalog
	k.mu.Lock()
	fresh := k.positions != nil && (h.embedded != nil || len(k.positions) > freshCampaigns && time.Since(k.listed) < listAge)
	k.mu.Unlock()
	if fresh {
		return nil
	}
	began := time.Now()
	var positions map[string]uint64
	err := h.patiently(ctx, func() (err error) {
		positions, err = h.streams.Positions(ctx)
		return err
	})
	if err != nil {
		return err
	}
	k.mu.Lock()
	first := k.positions == nil
	k.mu.Unlock()
	var read map[string]known
	if first {
		read = k.read(positions)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, seen := range read {
		if _, newer := k.known[id]; !newer {
			k.known[id] = seen
		}
	}
	for id, position := range k.positions { // a campaign that was opened meanwhile
		positions[id] = max(position, positions[id])
	}
	k.positions, k.listed = positions, began
	return nil
}

// IDs are the opened campaigns, sorted, and with the embedded server those that this directory has seen and whose log is gone.
func (h *Host) IDs(ctx context.Context) ([]string, error) {
	if err := h.survey(ctx); err != nil {
		return nil, err
	}
	k := h.catalog
	k.mu.Lock()
	ids := make([]string, 0, len(k.positions))
	for id := range k.positions {
		ids = append(ids, id)
	}
	k.mu.Unlock()
	if h.embedded != nil {
		ids = append(ids, h.head.Campaigns()...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// Glance is what lists show of a campaign, without opening it: of an open one as it is, to the reader that who names; of another as the public saw
// it when it was closed, or that nothing is known yet. IDs comes first.
func (h *Host) Glance(ctx context.Context, id string, who func(*Campaign) Reader) Listed {
	if c, end := h.peek(id); c != nil {
		defer end()
		return c.Listed(ctx, who(c))
	}
	k := h.catalog
	k.mu.Lock()
	seen, ok := k.known[id]
	_, there := k.positions[id]
	ok = ok && h.isAsSeen(id, seen)
	k.mu.Unlock()
	if ok {
		return seen.Listed
	}
	h.mu.Lock()
	err := h.failed[id]
	h.mu.Unlock()
	if err == nil && !there && h.embedded != nil {
		err = h.head.Gone(id)
	}
	if err != nil {
		return Listed{ID: id, ReadOnly: err.Error()}
	}
	return Listed{ID: id, Unread: true}
}

// isAsSeen reports whether a campaign that is not open is as it was seen last; another server may have gone on with it. The catalog's mu is held.
func (h *Host) isAsSeen(id string, seen known) bool {
	return h.embedded != nil || seen.Position == h.catalog.positions[id]
}

// Examined is how many campaigns there are, as far as they were listed, and of how many the log was read since the host was opened.
func (h *Host) Examined() (examined, campaigns int) {
	h.mu.Lock()
	read := map[string]bool{}
	for id, o := range h.campaigns {
		read[id] = o.isOpen()
	}
	for id := range h.failed {
		read[id] = true
	}
	h.mu.Unlock()
	k := h.catalog
	k.mu.Lock()
	defer k.mu.Unlock()
	for id := range k.positions {
		if read[id] || k.known[id].examined {
			examined++
		}
	}
	return examined, len(k.positions)
}

const (
	// examinedFirst is how many campaigns' logs are read before the server says that it is ready: all of a usual directory, and of a large one those
	// of which nothing is known or which were read-only, then those that were used last.
	examinedFirst = 32
	// examinePause is the least time between two of the others, and each takes no more than a quarter of one core: those who use the server come
	// first.
	examinePause, examineShare = 10 * time.Millisecond, 4
	// busyPause is the wait where as many campaigns are open as may be.
	busyPause = time.Second
)

// ExamineLogs reads the logs of all campaigns, so that a broken one is known before somebody uses it: the first before it returns, the others one after
// the other in the background, each closed again unless somebody uses it. That they are all well is known once Examined says so; whoever uses a
// campaign before has its log read by that.
func (h *Host) ExamineLogs(ctx context.Context) error {
	rest, err := h.examineFirst(ctx)
	if err == nil && len(rest) > 0 {
		h.running.Go(func() { h.examineRest(rest) })
	}
	return err
}

// ExamineAll reads the logs of all campaigns, and waits until it has. The first stay open.
func (h *Host) ExamineAll(ctx context.Context) error {
	rest, err := h.examineFirst(ctx)
	for _, id := range rest {
		if h.examineUnlessOpen(ctx, id); ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return err
}

// examineFirst reads the logs of the first campaigns, which stay open, and says which are left.
func (h *Host) examineFirst(ctx context.Context) (rest []string, err error) {
	ids, err := h.toExamine(ctx)
	if err != nil {
		return nil, err
	}
	n := min(examinedFirst, len(ids))
	for _, id := range ids[:n] {
		_ = h.examine(ctx, id) // which tells of it
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return ids[n:], nil
}

// examineUnlessOpen reads the log of a campaign that is not open, once there is room, and closes it again unless somebody uses it.
func (h *Host) examineUnlessOpen(ctx context.Context, id string) {
	if c, end := h.peek(id); c != nil {
		end()
		return
	}
	for errIsBusy(h.examine(ctx, id)) {
		pause(ctx, busyPause)
	}
	h.retireIf(id, time.Now())
}

// toExamine are all campaigns, the most suspicious first.
func (h *Host) toExamine(ctx context.Context) ([]string, error) {
	ids, err := h.IDs(ctx)
	if err != nil {
		return nil, err
	}
	k := h.catalog
	k.mu.Lock()
	defer k.mu.Unlock()
	urgency := func(id string) int {
		switch seen, ok := k.known[id]; {
		case !ok:
			return 0
		case seen.ReadOnly != "":
			return 1
		}
		return 2
	}
	slices.SortStableFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(urgency(a), urgency(b)), k.known[b].Recorded.Compare(k.known[a].Recorded))
	})
	return ids, nil
}

// examine opens a campaign, which reads its log. One that can't be opened is logged and reported by Broken.
func (h *Host) examine(ctx context.Context, id string) error {
	ctx, end := h.Hold(ctx)
	defer end()
	_, err := h.Campaign(ctx, id)
	if err != nil && ctx.Err() == nil && !errIsBusy(err) {
		h.cfg.Log.Error().Err(err).Str("campaign", id).Msg("the campaign can't be opened")
	}
	return err
}

func (h *Host) examineRest(ids []string) {
	began := time.Now()
	for _, id := range ids {
		start := time.Now()
		h.examineUnlessOpen(h.work, id)
		pause(h.work, max(examinePause, (examineShare-1)*time.Since(start)))
		if h.work.Err() != nil {
			return
		}
	}
	h.cfg.Log.Info().Int("campaigns", len(ids)).Dur("took", time.Since(began)).Msg("the logs of all campaigns were read")
}

// Broken says of each campaign that is read-only, or can't be opened, why: of one that is not open, as it was when its log was last read.
func (h *Host) Broken() map[string]string {
	broken := map[string]string{}
	k := h.catalog
	k.mu.Lock()
	for id, seen := range k.known {
		if seen.ReadOnly != "" && h.isAsSeen(id, seen) {
			broken[id] = seen.ReadOnly
		}
	}
	k.mu.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, err := range h.failed {
		broken[id] = err.Error()
	}
	for id, o := range h.campaigns {
		if !o.isOpen() {
			continue
		}
		delete(broken, id)
		if err := o.campaign.ReadOnly(); err != nil {
			broken[id] = err.Error()
		}
	}
	return broken
}
