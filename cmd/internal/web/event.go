package web

import (
	"context"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"campaignledger/cmd/internal/documents"
	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// maxRelated is how many events are listed that speak of one: an import has thousands of rows.
const maxRelated = 100

// eventPage is one event with all that proves it.
type eventPage struct {
	Frame
	Seq, Prev, Next events.Seq
	Recorded        time.Time // of its commit
	Index           uint64    // of the leaf
	Leaf            string    // its hash, hex
	Veiled          string    // why the record is hidden; "" if it is not
	Line            LogLine
	Fields          []FieldRow
	Earlier         []LogLine // that it speaks of, came with or replaces
	Later           []LogLine // that speak of it, came with it or replace it
	More            int       // of those, that are not listed
	Record          string
	Bytes           int
	SHA256          string // of the record
	Signature       signatureShown
	Proof           proofShown
}

// FieldRow is a field of an event, in words.
type FieldRow struct{ Label, Name, Value string }

// signatureShown is a record's signature.
type signatureShown struct {
	Text        string // as it stands in the record; "" if it has none
	Prefix      string // of what is signed
	Key         string // under which it is good; "" if none is found
	Fingerprint string
	Present     bool       // the key is still its author's
	Through     events.Seq // the event whose signature stands for this one's: it is a row of it
}

// proofShown is the proof that the log includes the event.
type proofShown struct {
	Why        string // there is none; "" if there is
	Size       uint64
	Root       string
	Hashes     []string
	Checkpoint string // a signed note
	Witnesses  []proof.Cosignature
	Quorum     int
	Receipt    string
}

// Event is one event: what it says, its bytes, its signature, and the proof that the log includes it.
func Event(ctx context.Context, v *View) (Page, error) {
	seq, err := strconv.ParseUint(v.PathValue("seq"), 10, 63)
	last, _ := v.Campaign.Ledger.Last()
	if err != nil || seq < 1 || events.Seq(seq) > last {
		return Page{}, missing("campaign %s has events 1 to %d, and no event %.30q", v.Campaign.ID, last, v.PathValue("seq"))
	}
	p := eventPage{Seq: events.Seq(seq), Prev: events.Seq(seq) - 1, Index: seq - 1}
	if p.Seq < last {
		p.Next = p.Seq + 1
	}
	stored, err := v.Campaign.Stored(ctx, p.Seq)
	if err != nil {
		return Page{}, err
	}
	hidden := v.Campaign.Hides(v.Reader, p.Seq)
	leaf := events.LeafHash(stored.Record, stored.Commit.Recorded)
	p.Leaf, p.Recorded = hex.EncodeToString(leaf[:]), stored.Commit.Recorded
	asked := p
	err = v.look(ctx, func(seen *projections.Live) error {
		p = asked
		sum := seen.Summary()
		p.Frame = v.frame(sum, "Sự kiện "+v.PathValue("seq"), "Event "+v.PathValue("seq"))
		switch {
		case hidden && p.Seq > sum.Seq:
			p.Veiled = p.Say("Bảng xếp hạng đang đóng băng; bản ghi này hiện ra khi công bố.", "The standings are frozen; this record shows at the reveal.")
			return nil
		case p.Seq > sum.Seq:
			return missing("event %d came after event %d, which this page is as of", p.Seq, sum.Seq)
		case hidden:
			p.Veiled = p.Say("Đây là một lá phiếu ký danh trong cuộc bỏ phiếu chưa kết thúc; nó hiện ra khi kết thúc.", "This is a vote in a named ballot that is open; it shows at the close.")
			return nil
		}
		p.tell(v, seen)
		return p.sign(seen, stored)
	})
	if err == nil && p.Veiled == "" {
		err = p.prove(ctx, v)
	}
	p.Styles = []string{"log.css", "event.css"}
	return Page{"event", &p}, err
}

// tell says what the event says, and what it has to do with others.
func (p *eventPage) tell(v *View, seen *projections.Live) {
	who := v.speakers(seen)
	line := seen.Audit(projections.AuditFilter{After: p.Seq - 1, Limit: 1, Lang: v.Lang})[0]
	p.Line = p.line(line, who)
	for _, f := range documents.AuditFields(&line, v.Lang) {
		if label, ok := fieldLabel(f.Name); ok && f.Value != "" {
			if hasParts(f.Name) {
				f.Value = parts(f.Value)
			}
			p.Fields = append(p.Fields, FieldRow{p.Say(label[0], label[1]), f.Name, f.Value})
		}
	}
	for _, seq := range []events.Seq{line.Of, line.Supersedes, line.Import, line.Appeal} {
		if seq != 0 && seq < p.Seq {
			for _, other := range seen.Audit(projections.AuditFilter{After: seq - 1, Limit: 1, Lang: v.Lang}) {
				p.Earlier = append(p.Earlier, p.line(other, who))
			}
		}
	}
	later, all := seen.Related(p.Seq, maxRelated, v.Lang)
	for _, other := range later {
		p.Later = append(p.Later, p.line(other, who))
	}
	p.More = all - len(later)
}

// sign shows the record's bytes and the signature in them.
func (p *eventPage) sign(seen *projections.Live, stored ledger.StoredRecord) error {
	hash := events.RecordHash(stored.Record)
	p.Record, p.Bytes, p.SHA256 = string(stored.Record), len(stored.Record), hex.EncodeToString(hash[:])
	d, err := events.Decode(stored.Record)
	if err != nil {
		return err
	}
	s := &p.Signature
	if s.Text = d.Signature; s.Text == "" {
		if p.Line.Signed {
			s.Through = p.Line.Import
		}
		return nil
	}
	genesis := seen.Summary().Genesis
	if p.Seq == 1 {
		genesis = events.NoGenesis
	}
	s.Prefix = events.SignedPrefix(genesis)
	keys := keysOf(seen, d.Author)
	for i, key := range keys {
		if events.VerifySignature(key, genesis, stored.Record) {
			s.Key, s.Fingerprint, s.Present = key.String(), key.Fingerprint(), i == 0
			break
		}
	}
	return nil
}

// keysOf are the keys that a member has or had, the present one first.
func keysOf(seen *projections.Live, member string) (list []events.PublicKey) {
	for _, m := range seen.Roster() {
		if m.ID == member {
			list = append(list, m.Key)
		}
	}
	texts := []string{}
	for _, m := range seen.Opening().Members {
		if m.ID == member {
			texts = append(texts, m.Key)
		}
	}
	for _, t := range []events.Type{events.TypeMemberAppointed, events.TypeMemberRekeyed} {
		for _, l := range seen.Audit(projections.AuditFilter{Type: t}) {
			if l.Member == member {
				texts = append(texts, l.Key)
			}
		}
	}
	for _, text := range texts {
		if key, err := events.ParsePublicKey(text); err == nil {
			list = append(list, key)
		}
	}
	return list
}

// prove adds the receipt; where the server can't give one, why.
func (p *eventPage) prove(ctx context.Context, v *View) error {
	r, err := v.Campaign.Receipt(ctx, p.Seq)
	s := &p.Proof
	switch {
	case errors.Is(err, host.ErrUnsigned), errors.Is(err, host.ErrNoCheckpoint), errors.Is(err, host.ErrStalled):
		s.Why = err.Error()
		return nil
	case err != nil:
		return err
	}
	s.Size, s.Root = r.Checkpoint.Size, hex.EncodeToString(r.Checkpoint.Root[:])
	for _, h := range r.Proof {
		s.Hashes = append(s.Hashes, hex.EncodeToString(h[:]))
	}
	s.Checkpoint, s.Witnesses, s.Receipt = string(r.Checkpoint.Marshal()), r.Checkpoint.Cosignatures, string(r.Marshal())
	if policy := v.Campaign.Policy(); policy != nil {
		s.Quorum = policy.Quorum
	}
	return nil
}

// After is the sequence after this one, which a page of the log ends before.
func (p *eventPage) After() events.Seq { return p.Seq + 1 }

// Step is the step of a proof with an index.
func (f Frame) Step(index int) int { return index + 1 }

// Exact is a moment to the millisecond where the campaign is, as machines have it.
func (f Frame) Exact(t time.Time) string {
	return t.In(f.zone()).Format("2006-01-02T15:04:05.000Z07:00")
}

// Shown is a text whose line feeds show.
func (f Frame) Shown(text string) string { return strings.ReplaceAll(text, "\n", "⏎\n") }
