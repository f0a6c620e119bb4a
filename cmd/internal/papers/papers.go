// Package papers writes the documents of a campaign's deliberation as PDFs to print, sign and file: the minutes of the conference, the
// tally minutes of a ballot, the proposal to the authority, score sheets, the summary table, and a dossier with all of them.
//
// They are A4 in the layout of Vietnamese administrative documents (Decree 30/2020): the issuing body and the number top left, the
// national heading with place and date top right, then title, body, signatures and recipients. They are in Vietnamese or English. What
// is not known, like a number that the caller does not give, is a dotted blank to fill in by hand. A text too long for its place in a
// heading, a footer or a signature ends in "…"; what is said in the body is printed whole.
//
// A document is made of a campaign folded up to an event, and of [Options]; the same give the same bytes with the same release of Go (the
// PDF is compressed by its library). So whoever has the log and a document's options can make it again and compare. Its date is the day
// of that event in the campaign's zone: claimed in a historic campaign, recorded in a live one. The footer of each page has the
// campaign's id, the event's sequence and the log's hash after it. The regulation's notice, and that a campaign is unsigned, stand under
// the title and in each footer.
//
// A dossier is a ZIP archive in which nothing is compressed again: the documents in the order of kinds, clusters, awards, ballots and
// units, then manifest.json and, for sha256sum -c, SHA256SUMS. All times in it are the event's recorded time. It has the filled score
// sheet of each unit at each level that has marks, and no blank ones: they say nothing of what happened.
//
// The fonts are Liberation Serif, its bold and its italic, and DejaVu Sans Mono for hashes; see package page for their licenses.
package papers

import (
	"fmt"
	"io"

	"campaignledger/cmd/internal/page"
	"campaignledger/events"
	"campaignledger/projections"
)

// Source is a campaign folded up to an event.
type Source struct {
	Live *projections.Live // with nothing pending, and whose last event is Seq as long as documents are written of it
	Seq  events.Seq        // the last event that the document takes into account
	Root string            // hash of the log after Seq, in lower-case hex
}

// Options choose a document and give what no event says. Empty texts are printed as blanks.
type Options struct {
	Kind    string // events.DocumentMinutes …
	Lang    string // "vi" or "en"
	Cluster string // id; may be left out where there is one cluster; of a dossier "" is all
	Award   string // of a proposal
	Ballot  string // of tally minutes
	Unit    string // of a score sheet; of a proposal "" is all that are to be proposed
	Level   string // of a score sheet
	Blank   bool   // a score sheet without marks, to fill in by hand

	Number     string   // as it stands on the document; not of a dossier, whose documents have their own
	Place      string   // before the date
	Venue      string   // where the conference met
	Chair      string   // who signs for the cluster; "" is the lead unit's head, where one is known
	Secretary  string   // who keeps the minutes
	Tellers    []string // who sign the tally; none: those that the count names
	Recipients []string // none: a blank
}

// OptionError is an option that this campaign can't be asked for.
type OptionError struct {
	Option string // its name in lower case
	Reason string // what is wrong, and what to do
}

func (e *OptionError) Error() string { return e.Option + ": " + e.Reason }

// Limits of a document.
const (
	// MaxCells bounds the summary table, in criteria times units: 190 criteria of 2,000 units, some 3,600 pages and three seconds.
	MaxCells = 400_000
	// MaxTellers bounds who sign a tally: each has a block of a page.
	MaxTellers = 50
	// MaxRecipients bounds who gets a document: they stand beside the signature.
	MaxRecipients = 12
	// MaxDocuments bounds a dossier: three levels of score sheets for a thousand units and what else there is.
	MaxDocuments = 5_000
)

// Write writes the document as a PDF, of the kind dossier as a ZIP. It takes about 30 ms. On an error w may hold part of a file.
func Write(w io.Writer, s Source, o Options) error {
	if o.Kind == events.DocumentDossier {
		return Dossier(w, s, o)
	}
	c, err := open(s, o)
	if err != nil {
		return fmt.Errorf("write the document: %w", err)
	}
	if err := c.write(w, o, false); err != nil {
		return fmt.Errorf("write the document %q of campaign %q: %w", o.Kind, c.reg.ID, err)
	}
	return nil
}

// write writes one document; a test reads the text of pages that are not compressed.
func (c *campaign) write(w io.Writer, o Options, plain bool) error {
	canvas, err := page.NewCanvas(body, strong, slanted, code)
	if err != nil {
		return err
	}
	p, err := c.layOut(o, canvas)
	if err != nil {
		return err
	}
	if now := c.Live.Summary().Seq; now != c.Seq {
		return fmt.Errorf("the campaign went on to event %d while the document of event %d was written; fold it up to an event first", now, c.Seq)
	}
	info := page.Info{Title: p.name, Subject: fmt.Sprintf("%s %d %s", c.reg.ID, c.Seq, c.Root), Lang: o.Lang, Created: c.standings.Recorded, Plain: plain}
	return canvas.Output(w, p.Pages, info)
}

// layOut makes the pages of one document.
func (c *campaign) layOut(o Options, fonts page.Fonts) (*paper, error) {
	p, err := c.paper(o, fonts)
	if err != nil {
		return nil, err
	}
	switch o.Kind {
	case events.DocumentMinutes:
		p.minutes()
	case events.DocumentTally:
		err = p.tally()
	case events.DocumentProposal:
		err = p.proposal()
	case events.DocumentSheet:
		err = p.sheet()
	case events.DocumentSummary:
		err = p.summary()
	default:
		err = &OptionError{"kind", fmt.Sprintf("there is no document %q; take minutes, tally, proposal, sheet, summary or dossier", o.Kind)}
	}
	if err != nil {
		return nil, err
	}
	p.footers()
	return p, nil
}
