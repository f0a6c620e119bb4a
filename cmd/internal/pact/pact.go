// Package pact writes the pact of a signed campaign as a PDF to print and sign: the campaign's genesis hash and the fingerprints of all
// members' and witnesses' keys, and a place for the signature and stamp of each unit's head. A head compares the paper with what the unit's own
// program shows; whoever runs the server can then no longer give units different campaigns or keys.
//
// The document is A4, portrait, in Vietnamese or English: the campaign's facts and genesis hash, a table of members, one of
// the witnesses with what is assumed of them, and on pages of their own the signature blocks. The footer of each page has the campaign's id, the first 16 digits of the genesis hash, and the page
// of how many, so that no page can be changed for one of another pact unseen.
//
// The same Pact gives the same bytes. A text too long for its cell ends in "…". The fonts are DejaVu Sans Condensed, its bold and DejaVu
// Sans Mono; see package page, which lays it out, for their license and for what becomes of text that can't be printed.
package pact

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"campaignledger/cmd/internal/page"
	"campaignledger/events"
)

// MaxRows bounds the members, and the units of all clusters together: a regulation has as many, and a longer paper is compared by nobody.
const MaxRows = 10_000

// ErrUnsigned: the campaign has no members, and so no keys that a paper could vouch for.
var ErrUnsigned = errors.New("the campaign is unsigned: it has no members and so no pact; open one whose regulation has members")

// Pact is what the paper says. All texts are in the language of the document, but for TitleOther.
type Pact struct {
	Campaign         string // id
	Title            string
	TitleOther       string // in another language, or ""
	Movement         string // or ""
	Theme            string // or ""
	Notice           string // of the regulation, or ""
	Period           string // as shown, or ""
	Genesis          string // SHA-256 of record 1 in lower-case hex
	RegulationSHA256 string // in lower-case hex
	Rules            int    // version of the rules
	Opened           time.Time
	Seq              events.Seq // of the last event that Clusters and Members take into account
	Clusters         []Cluster
	Members          []Member          // in the order of the table
	LogKey           events.PublicKey  // signs the log's checkpoints; zero: not known
	Witnesses        *events.Witnesses // of the regulation; nil: nobody outside watches the log
}

// Cluster is a cluster and its units.
type Cluster struct {
	ID    string
	Title string
	Lead  string // the lead unit's id, or ""
	Units []Unit
}

// Unit is who signs by its head.
type Unit struct {
	ID     string
	Title  string
	Head   string // member id, or "" while it has none
	Joined string // where unit.joined is, as shown, for example "sự kiện 3, 2017-01-03"; or ""
}

// Member is a member whose key is valid after Pact.Seq.
type Member struct {
	ID        string
	Name      string // or ""
	Role      string // one of events.Role…
	RoleTitle string // as shown; "" takes this package's word for Role
	Unit      string // unit id, or ""
	Key       events.PublicKey
}

// Write writes p as a PDF in lang, "vi" or "en". It takes about 30 ms, and 10,000 members half a second. On an error w may hold part of a file.
func Write(w io.Writer, p Pact, lang string) error {
	return write(w, p, lang, true)
}

// write is Write; a test reads the text of pages that are not compressed.
func write(w io.Writer, p Pact, lang string, compress bool) error {
	t, err := wordsOf(lang)
	if err != nil {
		return fmt.Errorf("write the pact: %w", err)
	}
	if err := p.check(); err != nil {
		return fmt.Errorf("write the pact of campaign %q: %w", p.Campaign, err)
	}
	c, err := page.NewCanvas(plain, strong, code)
	if err != nil {
		return fmt.Errorf("write the pact: %w", err)
	}
	info := page.Info{Title: p.Title, Subject: p.Genesis, Lang: lang, Created: p.Opened, Plain: !compress}
	if err := c.Output(w, layOut(p, t, c), info); err != nil {
		return fmt.Errorf("write the pact of campaign %q: %w", p.Campaign, err)
	}
	return nil
}

func (p Pact) check() error {
	units := 0
	for _, c := range p.Clusters {
		units += len(c.Units)
	}
	switch {
	case len(p.Members) == 0:
		return ErrUnsigned
	case p.Campaign == "":
		return errors.New("the campaign's id is missing")
	case !isHash(p.Genesis):
		return fmt.Errorf("the genesis hash %q is not a SHA-256 in lower-case hex", p.Genesis)
	case !isHash(p.RegulationSHA256):
		return fmt.Errorf("the regulation's hash %q is not a SHA-256 in lower-case hex", p.RegulationSHA256)
	case p.Opened.IsZero():
		return errors.New("the time of the opening is missing")
	case p.Seq == 0:
		return errors.New("the sequence is 0; a campaign that is open has at least event 1")
	case units == 0:
		return errors.New("there is no unit that could sign")
	case units > MaxRows || len(p.Members) > MaxRows:
		return fmt.Errorf("%d units and %d members; a pact holds at most %d of each", units, len(p.Members), MaxRows)
	}
	return errors.Join(p.checkNames(), p.checkWitnesses())
}

// checkNames checks the members, and that each head is one of them: the paper takes a head's key from there.
func (p Pact) checkNames() error {
	members := make(map[string]bool, len(p.Members))
	for _, m := range p.Members {
		switch {
		case members[m.ID]:
			return fmt.Errorf("member %q stands in the list twice", m.ID)
		case m.Key == events.PublicKey{}:
			return fmt.Errorf("member %q has no key", m.ID)
		}
		members[m.ID] = true
	}
	for _, c := range p.Clusters {
		for _, u := range c.Units {
			if u.Head != "" && !members[u.Head] {
				return fmt.Errorf("unit %q has the head %q, who is not among the members", u.ID, u.Head)
			}
		}
	}
	return nil
}

func isHash(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}
