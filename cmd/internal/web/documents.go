package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"campaignledger/cmd/internal/documents"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// manyUnits are too many for the page to make files just to show their hashes: above, it takes a noticeable time.
const manyUnits = 200

// documentsPage is what the campaign has on paper, and what it gives out.
type documentsPage struct {
	Frame
	Issued     []issuedShown
	Files      []fileGroup
	Sheets     bool // there are levels of which a score sheet can be made
	Units      []UnitName
	Levels     []UnitName
	Regulation string // SHA-256 of its canonical bytes
	Version    int
}

// issuedShown is a document that was logged.
type issuedShown struct {
	projections.DocumentState
	CopyHash string // of its signed copy; "" where there is none
	OfCopy   bool   // it is itself a signed copy
}

// fileGroup are downloads under one heading.
type fileGroup struct {
	Title string
	Files []fileShown
}

// fileShown is a download.
type fileShown struct {
	Title, Format, Href string
	SHA256              string // "" until it is made
	Seq                 events.Seq
}

// Documents lists the documents that were issued, and the files that the campaign gives out, each as of an event.
func Documents(ctx context.Context, v *View) (Page, error) {
	var p documentsPage
	var reg *events.Regulation
	var state *projections.Awards
	err := v.look(ctx, func(seen *projections.Live) (err error) {
		sum := seen.Summary()
		p.Frame, reg, p.Version = v.frame(sum, "Văn bản và dữ liệu", "Documents and data"), sum.Regulation, sum.Version
		state, err = v.awards(ctx, seen, p.Historical())
		return err
	})
	if err != nil {
		return Page{}, err
	}
	hash := sha256.Sum256(reg.Canonical())
	p.Regulation, p.Styles = hex.EncodeToString(hash[:]), []string{"documents.css"}
	p.issued(state.Documents)
	p.choices(reg)
	return Page{"documents", &p}, p.files(ctx, v, reg, state)
}

// issued sets documents beside their signed copies.
func (p *documentsPage) issued(list []projections.DocumentState) {
	bySeq := map[events.Seq]projections.DocumentState{}
	for _, d := range list {
		bySeq[d.Seq] = d
	}
	for _, d := range list {
		p.Issued = append(p.Issued, issuedShown{d, bySeq[d.Signed].SHA256, d.Of != 0})
	}
}

// choices are the units and levels that score sheets are of.
func (p *documentsPage) choices(r *events.Regulation) {
	for id, title := range unitTitles(r, p.Lang) {
		p.Units = append(p.Units, UnitName{id, title})
	}
	SortBy(p.Units, p.Lang, func(u UnitName) string { return u.Title + u.ID })
	for i := range r.Levels {
		p.Levels = append(p.Levels, UnitName{r.Levels[i].ID, r.Levels[i].ID})
	}
	p.Sheets = len(p.Levels) > 0
}

// files are the downloads, in groups.
func (p *documentsPage) files(ctx context.Context, v *View, r *events.Regulation, state *projections.Awards) error {
	b := fileLister{page: p, view: v, ctx: ctx, few: len(p.Units) <= manyUnits}
	b.group(p.Say("Bảng xếp hạng và điểm", "Standings and points"))
	b.add(documents.StandingsJSON, p.Say("Bảng xếp hạng, mọi chi tiết", "Standings, with every detail"), documents.Options{})
	b.add(documents.StandingsCSV, p.Say("Bảng xếp hạng", "Standings"), documents.Options{})
	b.add(documents.PointsCSV, p.Say("Điểm từng tiêu chí, từng đơn vị", "Points of every criterion and unit"), documents.Options{})
	b.add(documents.TablesXLSX, p.Say("Xếp hạng, điểm và nhật ký trong một bảng tính", "Standings, points and history in one workbook"), documents.Options{})
	for i := range r.Clusters {
		c, of := &r.Clusters[i], ""
		if len(r.Clusters) > 1 {
			of = ": " + orID(c.Title.In(p.Lang), c.ID)
		}
		b.group(p.Say("Văn bản", "Papers") + of)
		b.add(events.DocumentSummary, p.Document(events.DocumentSummary), documents.Options{Cluster: c.ID})
		if len(r.Awards) > 0 {
			b.add(events.DocumentMinutes, p.Document(events.DocumentMinutes), documents.Options{Cluster: c.ID})
		}
		for _, a := range state.Awards {
			if a.Cluster == c.ID {
				b.award(a)
			}
		}
	}
	b.group(p.Say("Trọn bộ", "All together"))
	b.add(events.DocumentDossier, p.Say("Hồ sơ: mọi văn bản và phiếu chấm", "Dossier: all papers and score sheets"), documents.Options{})
	if r.Signed() {
		b.add(documents.Pact, p.Say("Giao ước thi đua, với dấu vân tay mọi khóa", "The pact, with the fingerprints of all keys"), documents.Options{})
	}
	return b.err
}

// Document is a kind of document in the reader's language.
func (f Frame) Document(kind string) string { return capital(events.DocumentIn(kind, f.Lang)) }

// capital begins a text with a capital letter.
func capital(text string) string {
	for i, r := range text {
		if i == 0 {
			return strings.ToUpper(string(r)) + text[len(string(r)):]
		}
	}
	return text
}

// fileLister lists downloads.
type fileLister struct {
	page *documentsPage
	view *View
	ctx  context.Context
	few  bool // units: what is cheap may be made for its hash
	err  error
}

func (b *fileLister) group(title string) {
	b.page.Files = append(b.page.Files, fileGroup{Title: title})
}

// award adds the papers of an award: a proposal once somebody is to be proposed, and the tallies of closed paper ballots.
func (b *fileLister) award(a projections.AwardState) {
	p := b.page
	for _, ballot := range a.Ballots {
		if ballot.Closed != 0 {
			b.add(events.DocumentTally, p.Document(events.DocumentTally)+": "+ballot.Ballot, documents.Options{Cluster: a.Cluster, Ballot: ballot.Ballot})
		}
	}
	for _, n := range a.Nominees {
		if n.Proposed != 0 {
			b.add(events.DocumentProposal, p.Document(events.DocumentProposal)+": "+a.Title, documents.Options{Cluster: a.Cluster, Award: a.Award})
			return
		}
	}
}

// add adds a download, with its hash where that is known or cheap.
func (b *fileLister) add(kind, title string, o documents.Options) {
	if b.err != nil {
		return
	}
	p, q := b.page, documents.Request{Kind: kind, Lang: b.view.Lang, Options: o}
	shown := fileShown{Title: title, Format: q.Format(), Href: p.File(q), Seq: p.Campaign.Seq}
	f, err := b.view.Shelf.AtHand(b.ctx, b.view.Campaign, b.view.Reader, fmt.Sprint(p.Campaign.Seq), q, b.few)
	if err != nil && !errors.Is(err, ledger.ErrBusy) { // then it shows another time
		b.err = err
		return
	}
	if f != nil {
		shown.SHA256 = f.Hash()
	}
	last := &p.Files[len(p.Files)-1]
	last.Files = append(last.Files, shown)
}

// File is the address of a file, as of the event that the page is as of.
func (f Frame) File(q documents.Request) string {
	query := url.Values{"as_of": {fmt.Sprint(f.Campaign.Seq)}, "lang": {q.Lang}}
	for _, x := range q.Given() {
		query.Set(x[0], x[1])
	}
	return f.API("documents/" + q.Kind + "?" + query.Encode())
}

// API is an address of the campaign for programs.
func (f Frame) API(path string) string {
	return "/api/v1/campaigns/" + url.PathEscape(f.Campaign.ID) + "/" + path
}
