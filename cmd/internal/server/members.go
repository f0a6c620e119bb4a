package server

import (
	"bytes"
	"net/http"
	"time"

	"campaignledger/events"
	"campaignledger/projections"
)

// members answers who may speak, with their keys, and who might. With ?key= it answers the member who has that key now, also where a
// freeze hides how it came by it: to sign and log in it must find itself, and who does not have the key can't guess it.
func (s *Server) members(w http.ResponseWriter, r *http.Request) {
	c, q := s.asked(w, r, "key")
	if c == nil {
		return
	}
	var err error
	list := []projections.Member{}
	if key := q.Get("key"); key != "" {
		if m, ok := c.MemberWithKey(key); ok {
			list = append(list, m)
		}
	} else {
		err = c.Look(r.Context(), s.reader(r, c), func(seen *projections.Live) error {
			list = append(list[:0], seen.Roster()...)
			return nil
		})
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"campaign": c.ID, "genesis": c.Summary().Genesis, "members": list})
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
	writeJSON(w, http.StatusOK, checkAnswer{c.ID, check, texts})
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
	writeJSON(w, http.StatusOK, head)
}
