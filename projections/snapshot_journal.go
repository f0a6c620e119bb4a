package projections

import (
	"campaignledger/events"
)

// Flags of an entry in a snapshot.
const (
	flagLate uint8 = 1 << iota
	flagDetails
	flagHash
	flagRare
)

// entryCoder codes entries one after the other: times and places as steps from the entry before, which take a byte or two.
type entryCoder struct {
	coder
	state   *State
	decoder *events.Decoder
	before  entry
}

// entry codes the entry of seq. What follows from other entries is left out: by which event it was replaced.
func (c *entryCoder) entry(e *entry, seq events.Seq) {
	c.id(&e.id)
	c.past(&e.causation, seq)
	c.past(&e.supersedes, seq)
	step(&c.coder, &e.time, c.before.time)
	step(&c.coder, &e.recorded, c.before.recorded)
	integer(&c.coder, &e.amount)
	step(&c.coder, &e.author, c.before.author)
	step(&c.coder, &e.scorer, c.before.scorer)
	step(&c.coder, &e.unit, c.before.unit)
	step(&c.coder, &e.leaf, c.before.leaf)
	small := [...]byte{byte(e.what), byte(e.mark), e.level, e.hold, e.flags()}
	c.raw(small[:])
	integer(&c.coder, &e.cluster)
	if c.reading {
		e.what, e.mark, e.level, e.hold, e.late = kind(small[0]), events.MarkKind(small[1]), small[2], small[3], small[4]&flagLate != 0
		c.check(e)
	}
	c.before = *e
	if flags := small[4]; flags&flagDetails != 0 && c.err == nil {
		c.details(e, flags)
	}
}

// flags are what a snapshot says of an entry in one byte.
func (e *entry) flags() (flags uint8) {
	if e.late {
		flags |= flagLate
	}
	if e.more != nil {
		flags |= flagDetails
		if e.more.hash != nil {
			flags |= flagHash
		}
		if e.more.rare != nil {
			flags |= flagRare
		}
	}
	return flags
}

// step codes a number by how far it is from the one before.
func step[T ~int16 | ~int64 | ~uint32 | ~uint64](c *coder, v *T, before T) {
	by := int64(*v) - int64(before)
	if integer(c, &by); c.reading {
		*v = T(int64(before) + by)
	}
}

// past codes an event before the one of seq, 0 for none.
func (c *entryCoder) past(v *shortSeq, seq events.Seq) {
	back := uint64(0)
	if *v != 0 {
		back = uint64(seq - v.seq())
	}
	if c.uint(&back); !c.reading || back == 0 {
		return
	}
	if back >= uint64(seq) {
		c.fail()
		return
	}
	*v = shortSeq(seq - events.Seq(back))
}

// check fails where an index of e would reach outside of what there is.
func (c *entryCoder) check(e *entry) {
	names := nameID(len(c.state.names.list))
	if e.what >= kinds || e.author >= names || e.scorer >= names {
		c.fail()
	}
}

func (c *entryCoder) details(e *entry, flags uint8) {
	if c.reading {
		e.more = &details{}
	}
	d := e.more
	c.text(&d.reason)
	c.text(&d.evidence)
	integer(&c.coder, &d.item)
	integer(&c.coder, &d.basis)
	if flags&flagHash != 0 {
		if c.reading {
			d.hash = new([32]byte)
		}
		c.raw(d.hash[:])
	}
	if names := nameID(len(c.state.names.list)); c.reading && (d.item >= names || d.basis >= names) {
		c.fail()
		return
	}
	if flags&flagRare != 0 {
		if c.reading {
			d.rare = &rare{}
		}
		c.rare(e)
	}
}

// rare codes what only events have that are no entries. The payload stands there as its record, unsigned.
func (c *entryCoder) rare(e *entry) {
	r := e.more.rare
	c.text(&r.subject)
	c.payload(e)
	integer(&c.coder, &r.of)
	integer(&c.coder, &r.appeal)
	integer(&c.coder, &r.stood.rank)
	c.text(&r.stood.points)
	n := c.count(len(r.results))
	if c.reading && n > 0 {
		r.results = make([]NomineeResult, n)
	}
	for i := range n {
		c.result(&r.results[i])
	}
	effects := r.effect != nil
	if c.bool(&effects); !effects {
		return
	}
	if c.reading {
		r.effect = &effect{}
	}
	integer(&c.coder, &r.effect.clear)
	c.seqs(&r.effect.released)
	c.seqs(&r.effect.reopened)
	version := 0
	if r.effect.plan != nil {
		version = r.effect.plan.version
	}
	integer(&c.coder, &version)
	if c.reading && version != 0 && c.err == nil {
		r.effect.plan = c.planOf(e, version)
	}
}

func (c *entryCoder) result(r *NomineeResult) {
	c.text(&r.Unit)
	for _, n := range []*int{&r.For, &r.Against, &r.Abstained, &r.Recused, &r.Base, &r.Needed} {
		integer(&c.coder, n)
	}
	c.bool(&r.Carried)
}

// payload codes what the event says; "" where the folds do not keep it.
func (c *entryCoder) payload(e *entry) {
	text := ""
	if p := e.more.payload; p != nil && !c.reading {
		record, err := events.Encode(events.Draft{ID: e.id, Campaign: c.state.begunPlan.regulation.ID, Author: c.state.names.list[e.author],
			Subject: e.more.subject, Time: fromMillis(e.time), Payload: p})
		if err != nil {
			c.fail()
			return
		}
		text = string(record)
	}
	if c.text(&text); !c.reading || text == "" {
		return
	}
	draft, err := c.decoder.Decode(events.Record(text))
	if err != nil {
		c.fail()
		return
	}
	e.more.payload = draft.Payload
}

// planOf is the plan of a version that takes effect by e: the regulation stands in e, or in the act that takes effect by it. Versions come in
// order.
func (c *entryCoder) planOf(e *entry, version int) *plan {
	s := c.state
	sources := []*entry{e}
	for _, seq := range e.more.effect.released {
		if seq >= 1 && seq <= s.journal.committed() {
			sources = append(sources, s.journal.at(seq))
		}
	}
	for _, at := range sources {
		switch p := at.payload().(type) {
		case *events.CampaignOpened:
			s.begunPlan = newPlan(p.Regulation, nil)
		case *events.RegulationAmended:
			if s.begunPlan == nil || p.Version != version || len(p.Regulation.Clusters) != len(s.begunPlan.clusters) {
				continue
			}
			s.begunPlan = newPlan(p.Regulation, s.begunPlan)
		default:
			continue
		}
		if s.begunPlan.version == version {
			return s.begunPlan
		}
	}
	c.fail()
	return nil
}

// pieceEvents is how many entries a piece of a snapshot has at most: some megabytes, which is what is in memory of it while it is written.
const pieceEvents = 1 << 14

// journalCoder codes all entries, a piece at a time; one of fewer than pieceEvents is the last.
type journalCoder struct {
	each entryCoder
	done int // entries that were coded
	full bool
}

func newJournalCoder(s *State) *journalCoder {
	return &journalCoder{each: entryCoder{state: s, decoder: events.NewDecoder()}}
}

// more reports whether another piece follows the one that was coded.
func (j *journalCoder) more() bool { return j.full && j.each.err == nil }

func (j *journalCoder) code(c *coder) {
	journal, each := &j.each.state.journal, &j.each
	n := c.count(min(journal.n-j.done, pieceEvents))
	if c.reading && n > pieceEvents {
		c.fail()
		return
	}
	each.coder, j.full = *c, n == pieceEvents
	for range n {
		j.done++
		seq := events.Seq(j.done)
		if c.reading {
			journal.grow()
		}
		e := journal.at(seq)
		if each.entry(e, seq); each.err != nil {
			break
		}
		if c.reading && e.supersedes != 0 {
			journal.at(e.supersedes.seq()).supersededBy = shortSeq(seq)
		}
	}
	*c = each.coder
}
