package verify

import (
	"slices"
	"time"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// chain is the log as one tree, and the checkpoints that stand on it.
type chain struct {
	tongue
	policy  *proof.Policy
	tree    proof.Range
	covered uint64 // size of the last good one
	quorum  uint64 // size of the last good one that a quorum cosigned
	signers int    // how many cosigned the last good one
	wrong   *fault // of a checkpoint
	broken  *fault // the bundle can't be read on

	copies map[events.Seq]proof.Hash // the roots of logs that were taken over, by size
}

// checkpoint reports whether a checkpoint, at its place in the bundle, is that of the tree so far.
func (c *chain) checkpoint(n *opened) (good bool) {
	size := c.tree.Size()
	switch {
	case n.err != nil:
		c.fail(c.say("điểm kiểm tra sau sự kiện %d không dùng được: %s", "the checkpoint after event %d is none of the policy's: %s", size, c.whyNot(n.err)))
	case n.checkpoint.Size != size: // the reader saw to it, and that sizes rise
		c.fail(c.say("điểm kiểm tra cho %[2]d sự kiện đứng sau sự kiện %[1]d", "the checkpoint after event %d is of %d events", size, n.checkpoint.Size))
	case n.checkpoint.Root != c.tree.Root():
		c.fail(c.say("điểm kiểm tra cho %d sự kiện có gốc %s, các bản ghi cho gốc %s: sổ đã bị sửa ở %s", "the checkpoint of %d events has the root %s, the records have %s: the log was changed in %s",
			size, hashText(n.checkpoint.Root), hashText(c.tree.Root()), c.span(events.Seq(c.covered+1), events.Seq(size))))
	default:
		good = true
	}
	if !good {
		return false
	}
	c.covered, c.signers = size, len(n.checkpoint.Cosignatures)
	if c.policy.Quorum > 0 && c.policy.Witnessed(n.checkpoint) {
		c.quorum = size
	}
	return true
}

func (c *chain) fail(text string) {
	if c.wrong == nil {
		c.wrong = &fault{events.Seq(c.covered + 1), text}
	}
}

// damaged notes that the bundle can't be read from event seq on.
func (c *chain) damaged(seq events.Seq, err error) { c.broken = &fault{seq, err.Error()} }

// complete is the line on sequences, form and checkpoints.
func (v *verifier) complete() Line {
	c := &v.chain
	size := c.tree.Size()
	switch {
	case c.wrong != nil:
		line := c.wrong.line(Complete)
		line.Text += v.otherKey()
		return line
	case c.broken != nil:
		return c.broken.line(Complete)
	case !v.whole:
		return v.cut(Complete)
	case c.covered < size:
		seq := events.Seq(c.covered + 1)
		return Line{Name: Complete, Status: Failed, Seq: seq, Text: v.say("không có điểm kiểm tra nào phủ %s", "no checkpoint covers %s", v.span(seq, events.Seq(size)))}
	}
	text := v.say("%s liên tục, %s khớp, điểm cuối phủ sự kiện cuối", "%s without a gap, %s of their tree, the last one of all of them",
		v.events(size), v.count(v.report.Checkpoints, "điểm kiểm tra", "checkpoint"))
	return Line{Name: Complete, Status: OK, Text: text}
}

// clock holds recorded times against each other and against cosignatures.
type clock struct {
	tongue
	liars    int // witnesses that may lie
	silent   bool
	last     time.Time // recorded by the newest event
	floor    time.Time // nothing behind floorSize events may be recorded before it
	floorAt  uint64
	bounding uint64 // checkpoints that bound times
	bounded  uint64 // events with a later cosignature
	wrong    *fault
}

func newClock(said tongue, p *proof.Policy) clock {
	return clock{tongue: said, liars: max(0, p.Colluding()), silent: len(p.Witnesses) == 0}
}

func (c *clock) fail(seq events.Seq, text string) {
	if c.wrong == nil {
		c.wrong = &fault{seq, text}
	}
}

// commit takes the recorded time of a commit that starts with event seq.
func (c *clock) commit(seq events.Seq, recorded time.Time) {
	if recorded.Before(c.last) {
		c.fail(seq, c.say("sự kiện %d ghi lúc %s, sớm hơn sự kiện trước %s", "event %d is recorded at %s, %s before the event before it", seq, events.FormatTime(recorded), c.by(c.last.Sub(recorded))))
	}
	if early := c.floor.Sub(recorded); early > 0 {
		c.fail(seq, c.say("sự kiện %[1]d ghi lúc %[2]s, sớm hơn mức cho phép %[4]s: nhân chứng đã ký sổ %[3]d sự kiện là mới nhất trước đó", "event %d is recorded at %s, while the log of %d events was cosigned as the newest later than that, %s more than clocks may differ",
			seq, events.FormatTime(recorded), c.floorAt, c.by(early)))
	}
	c.last = recorded
}

// checkpoint takes the times of a good checkpoint of all events so far.
func (c *clock) checkpoint(point *proof.Checkpoint) {
	times := make([]time.Time, 0, len(point.Cosignatures))
	for _, cosignature := range point.Cosignatures {
		times = append(times, cosignature.Time)
	}
	c.bound(point.Size, times, slices.Clone(times))
}

// bound takes the first and the last time that each witness cosigned the head of all events so far; see the package. It sorts them.
func (c *clock) bound(size uint64, first, last []time.Time) {
	k := len(first)
	if k <= c.liars {
		return
	}
	slices.SortFunc(first, time.Time.Compare)
	slices.SortFunc(last, time.Time.Compare)
	there, newest := first[c.liars].Add(time.Second+Skew), last[k-1-c.liars].Add(-Skew)
	if late := c.last.Sub(there); late > 0 {
		c.fail(events.Seq(size), c.say("sự kiện %d ghi lúc %s, muộn hơn mức cho phép %s: nhân chứng đã ký sổ có nó trước đó", "event %d is recorded at %s, while a checkpoint with it was cosigned before that, %s more than clocks may differ",
			size, events.FormatTime(c.last), c.by(late)))
	}
	if newest.After(c.floor) {
		c.floor, c.floorAt = newest, size
	}
	c.bounding++
	c.bounded = size
}

// timely is the line on recorded times.
func (v *verifier) timely() Line {
	c := &v.clock
	switch {
	case c.wrong != nil:
		return c.wrong.line(Timely)
	case !v.whole:
		return v.cut(Timely)
	case c.silent:
		return Line{Name: Timely, Status: NotCheckable, Text: v.say("giờ ghi không lùi; chính sách không có nhân chứng để đối chiếu", "recorded times never decrease; the policy has no witnesses to compare them with")}
	case c.bounding == 0:
		return Line{Name: Timely, Status: NotCheckable, Text: v.say("giờ ghi không lùi; không điểm kiểm tra nào có %d chữ ký nhân chứng để đối chiếu", "recorded times never decrease; no checkpoint has the %d cosignatures that it takes to compare them", c.liars+1)}
	}
	text := v.say("giờ ghi không lùi và khớp với giờ của nhân chứng ở %s (lệch tối đa %s)", "recorded times never decrease, and agree with those of witnesses on %s (clocks may differ by %s)",
		v.count(c.bounding, "điểm kiểm tra", "checkpoint"), v.by(Skew))
	if rest := v.chain.tree.Size() - c.bounded; rest > 0 {
		text += v.say("; sau %s cuối chưa có chữ ký nhân chứng", "; behind the last %s no witness has cosigned yet", v.events(rest))
	}
	return Line{Name: Timely, Status: OK, Text: text}
}
