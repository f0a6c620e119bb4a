package server

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"

	"campaignledger/events"
	"campaignledger/projections"
)

// members answers who may speak, with their keys, and who might. With ?key= it answers the member who has that key now, also where a
// freeze hides how it came by it: to sign and log in it must find itself, and who does not have the key can't guess it. ?limit= and ?after=,
// a member's id, ask for a page.
func (s *Server) members(w http.ResponseWriter, r *http.Request) {
	c, q := s.asked(w, r, "key", "limit", "after")
	if c == nil {
		return
	}
	p, err := textPage(q)
	list := []projections.Member{}
	if key := q.Get("key"); key != "" {
		if m, ok := c.MemberWithKey(key); ok {
			list = append(list, m)
		}
	} else if err == nil {
		err = c.Look(r.Context(), s.reader(r, c), func(seen *projections.Live) error {
			roster := seen.Roster() // by id
			first, found := slices.BinarySearchFunc(roster, p.after, func(m projections.Member, id string) int { return strings.Compare(m.ID, id) })
			if found {
				first++
			}
			list = append(list[:0], roster[first:]...)
			return nil
		})
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	list, next := cut(p, list, func(m projections.Member) string { return m.ID })
	linkNext(w, r, "after", next)
	s.writeRead(w, r, memberList{c.ID, c.Summary().Genesis, list, next})
}

// memberList is a page of a campaign's members, by id.
type memberList struct {
	Campaign string               `json:"campaign"`
	Genesis  string               `json:"genesis"`
	Members  []projections.Member `json:"members"`
	Next     string               `json:"next,omitempty"` // after which the next page begins; absent at the end
}

// checkAnswer is what keeps a campaign from its next stage, with words.
type checkAnswer struct {
	Campaign string `json:"campaign"`
	projections.Check
	Texts []string `json:"texts"` // of the blockers, in the reader's language
}

// check answers what keeps the campaign from its next stage.
func (s *Server) check(w http.ResponseWriter, r *http.Request) {
	c, _ := s.asked(w, r)
	if c == nil {
		return
	}
	check, err := c.Check(r.Context(), s.reader(r, c))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	texts := make([]string, 0, len(check.Blockers))
	for _, b := range check.Blockers {
		texts = append(texts, b.Text(language(r)))
	}
	s.writeRead(w, r, checkAnswer{c.ID, check, texts})
}

// regulation answers the regulation in force, as the log has it.
func (s *Server) regulation(w http.ResponseWriter, r *http.Request) {
	c, _ := s.asked(w, r)
	if c == nil {
		return
	}
	var canonical []byte
	err := c.Look(r.Context(), s.reader(r, c), func(seen *projections.Live) error {
		canonical = bytes.Clone(seen.Summary().Regulation.Canonical())
		return nil
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeLine(w, r, canonical)
}

// amendment answers what amending the regulation to the one in the body would do to the ranks. Nothing is stored.
func (s *Server) amendment(w http.ResponseWriter, r *http.Request) {
	c, q, body := s.told(w, r, maxRegulationBytes, "name")
	if c == nil {
		return
	}
	if reader := s.reader(r, c); reader.Member == "" && !s.trusted(r) { // it costs a fold
		needLogin("only a member may try out an amendment; log in with your key (--key)").write(w)
		return
	}
	regulation, err := events.ParseRegulation(q.Get("name"), body)
	var preview projections.Preview
	if err == nil {
		err = c.InGate(r.Context(), s.reader(r, c), func(l *projections.Live, _ time.Time) (err error) {
			preview, err = l.Preview(regulation)
			return err
		})
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, preview)
}

// head answers the log's size, root and time, which everybody may see at any time.
func (s *Server) head(w http.ResponseWriter, r *http.Request) {
	c, _ := s.asked(w, r)
	if c == nil {
		return
	}
	head, err := c.Head(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.writeRead(w, r, head)
}
