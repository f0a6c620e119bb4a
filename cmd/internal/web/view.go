package web

import (
	"context"
	"net/http"
	"net/url"

	"campaignledger/cmd/internal/documents"
	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/projections"
)

// View is one request for a page of a campaign: who asks, and for what.
type View struct {
	Campaign *host.Campaign
	Reader   host.Reader
	Ended    bool   // the browser read as a member before, and does not any more
	Lang     string // "vi" or "en"
	Path     string // of the request
	Origin   string // how the reader reached the server: http://127.0.0.1:7117
	Query    url.Values
	// PathValue gives the parts of the path that the route names.
	PathValue func(name string) string
	// AsOf is what the reader sees of the campaign, at a sequence, a time or the end of a day; at "" as it is now. It may cost a fold of the
	// log, and fails with ledger.ErrBusy where too many do so.
	AsOf func(ctx context.Context, seen *projections.Live, at string) (*projections.Live, error)
	// Before is what the reader saw when it last looked at the board, and Remember keeps what it sees now: in a cookie.
	Before   LastViews
	Remember func(LastViews)
	// Shelf makes the campaign's files.
	Shelf *documents.Shelf
}

// LastViews are the events as of which a reader saw the board: the time before, and last. 0: never.
type LastViews struct{ Earlier, Last events.Seq }

// Than is the view before the one that shows event seq: to look again at what did not change is no other view.
func (b LastViews) Than(seq events.Seq) events.Seq {
	if b.Last == seq {
		return b.Earlier
	}
	return b.Last
}

// Page is a template and what it shows.
type Page struct {
	Name string // of the template, without .html
	Data any
}

// Status is the answer's: 200, unless the data says otherwise.
func (p Page) Status() int {
	if data, ok := p.Data.(interface{ Status() int }); ok {
		return data.Status()
	}
	return http.StatusOK
}

// Elsewhere is not a failure: the page has its one address there.
type Elsewhere struct{ Location string }

func (e Elsewhere) Error() string { return "the page is at " + e.Location }

// Handler makes a page.
type Handler func(ctx context.Context, v *View) (Page, error)

// look calls look with the campaign as the reader may see it, as of the event that the query names. See host.Campaign.Look: look may be called
// twice, when a freeze begins meanwhile, and must not keep anything of the first time, which may be of after the freeze. It fails where the
// log is broken at its first record, so that there is no regulation.
func (v *View) look(ctx context.Context, look func(seen *projections.Live) error) error {
	return v.Campaign.Look(ctx, v.Reader, func(seen *projections.Live) error {
		if seen.Summary().Regulation == nil {
			return v.Campaign.Ledger.Broken()
		}
		past, err := v.AsOf(ctx, seen, v.Query.Get("as_of"))
		if err != nil {
			return err
		}
		return look(past)
	})
}

// say is the text in the reader's language.
func (v *View) say(vi, en string) string { return say(v.Lang, vi, en) }

func say(lang, vi, en string) string {
	if lang == "en" {
		return en
	}
	return vi
}
