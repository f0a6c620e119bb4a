package verify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/google/uuid"

	"campaignledger/cmd/internal/papers"
	"campaignledger/events"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// paper is a file that may be a logged document.
type paper struct {
	file   string
	sha256 string
	issued events.Seq // the event that logs it; 0: none
	unit   string
	event  *events.DocumentIssued
	made   string // the hash of the document made again
	err    error  // why it can't be
}

// openDocuments hashes the documents and looks out for their hashes.
func (v *verifier) openDocuments() error {
	for _, s := range v.o.Documents {
		h := sha256.New()
		if _, err := io.Copy(h, s.Reader); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		p := &paper{file: s.Name, sha256: hex.EncodeToString(h.Sum(nil))}
		v.watch.hashes[p.sha256] = append(v.watch.hashes[p.sha256], func(e *events.Event, said *events.DocumentIssued) {
			if p.issued == 0 {
				p.issued, p.unit, p.event = e.Seq, e.Subject, said
			}
		})
		v.papers = append(v.papers, p)
	}
	return nil
}

// documentLines makes logged documents again, in a second reading of the bundle.
func (v *verifier) documentLines(ctx context.Context) (lines []Line, err error) {
	var wanted []*paper
	for _, p := range v.papers {
		if p.issued != 0 && p.event.Of == uuid.Nil {
			wanted = append(wanted, p)
		}
	}
	if len(wanted) > 0 {
		if err := v.makeAgain(ctx, wanted); err != nil {
			return nil, err
		}
	}
	for _, p := range v.papers {
		line := p.line(v)
		line.Name, line.File = Document, p.file
		lines = append(lines, line)
	}
	return lines, nil
}

func (p *paper) line(v *verifier) Line {
	switch {
	case p.issued == 0 && (!v.whole || v.fold.stopped()):
		return v.cut(Document)
	case p.issued == 0:
		return Line{Status: Failed, Text: v.say("không sự kiện nào ghi văn bản có mã băm này: %s", "no event logs a document with this hash: %s", p.sha256)}
	case p.event.Of != uuid.Nil:
		return Line{Status: OK, Text: v.say("sự kiện %d ghi tệp này là bản đã ký; bản quét không dựng lại được", "event %d logs this file as a signed copy; a scan can't be made again", p.issued)}
	case p.err != nil:
		return Line{Status: Failed, Seq: p.issued, Text: v.say("sự kiện %d ghi tệp này, nhưng không dựng lại được: %v", "event %d logs this file, but it can't be made again: %v", p.issued, p.err)}
	case p.made != p.sha256:
		return Line{Status: Failed, Seq: p.issued, Text: v.say("sự kiện %d ghi tệp này; dựng lại từ các bản ghi đến sự kiện %d thì có mã băm %s: là văn bản khác, hoặc do bản phát hành khác của chương trình làm", "event %d logs this file; made again from the records up to event %d it has the hash %s: it is another document, or was made by another release of the program",
			p.issued, p.event.Seq, p.made)}
	}
	return Line{Status: OK, Text: v.say("sự kiện %d ghi tệp này; dựng lại từ các bản ghi đến sự kiện %d thì khớp từng byte", "event %d logs this file; made again from the records up to event %d it is the same, byte for byte", p.issued, p.event.Seq)}
}

// errChanged: a bundle is read twice, and must be the same.
var errChanged = errors.New("the bundle changed while it was read; verify a copy that nobody writes to")

// makeAgain folds the bundle a second time, without looking at signatures again, and makes documents as of their events.
func (v *verifier) makeAgain(ctx context.Context, wanted []*paper) error {
	seeker, ok := v.o.Bundle.(io.Seeker)
	if !ok {
		return errors.New("to make documents again the bundle is read twice; give it as a file")
	}
	if _, err := seeker.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("to make documents again the bundle is read twice: %w; give it as a file", err)
	}
	slices.SortStableFunc(wanted, func(a, b *paper) int { return a.event.Seq - b.event.Seq })
	in := &source{r: v.o.Bundle}
	reader, err := proof.NewBundleReader(in)
	if err != nil {
		return errors.Join(in.err, errChanged)
	}
	again := refold{live: projections.NewRefold(), wanted: wanted}
	for again.tree.Size() < v.chain.tree.Size() {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		item, err := reader.Next()
		if err != nil {
			return errors.Join(in.err, errChanged)
		}
		if item.Commit != nil {
			if err := again.commit(item.Commit); err != nil {
				return err
			}
		}
	}
	if again.tree.Root() != v.chain.tree.Root() {
		return errChanged
	}
	return nil
}

// refold is the campaign as it was when documents were made.
type refold struct {
	live   *projections.Live
	tree   proof.Range
	wanted []*paper // by the event that they take into account last
}

// commit admits events as far as a document asks for them, and hashes all.
func (r *refold) commit(c *proof.BundleCommit) error {
	for i, record := range c.Records {
		r.tree.Append(events.LeafHash(record, c.Recorded))
		if len(r.wanted) == 0 {
			continue
		}
		draft, err := events.Decode(record)
		if err != nil {
			return errChanged
		}
		e := events.Stored(draft, c.First+events.Seq(i), c.Recorded, record)
		if err := r.live.Admit(e); err != nil {
			return errChanged
		}
		if len(r.wanted) > 0 && events.Seq(r.wanted[0].event.Seq) == e.Seq {
			r.live.Commit()
			r.make(e.Seq)
		}
	}
	r.live.Commit()
	return nil
}

// make makes the documents as of event seq.
func (r *refold) make(seq events.Seq) {
	root := r.tree.Root()
	from := papers.Source{Live: r.live, Seq: seq, Root: hex.EncodeToString(root[:])}
	for ; len(r.wanted) > 0 && events.Seq(r.wanted[0].event.Seq) == seq; r.wanted = r.wanted[1:] {
		p := r.wanted[0]
		d, h := p.event, sha256.New()
		p.err = papers.Write(h, from, papers.Options{Kind: d.Kind, Lang: d.Lang, Cluster: d.Cluster, Award: d.Award, Ballot: d.Ballot, Unit: p.unit, Level: d.Level,
			Number: d.Number, Place: d.Place, Venue: d.Venue, Chair: d.Chair, Secretary: d.Secretary})
		p.made = hex.EncodeToString(h.Sum(nil))
	}
}
