package server

import (
	"net/http"

	"campaignledger/projections"
)

// stability answers how little would turn neighbours in the standings round.
func (s *Server) stability(w http.ResponseWriter, r *http.Request) {
	c, q := s.asked(w, r, "cluster", "pairs", "as_of")
	if c == nil {
		return
	}
	pairs, err := projections.ParsePairs(q.Get("pairs"))
	var answer projections.Stability
	if err == nil {
		err = c.Look(r.Context(), s.reader(r, c), func(seen *projections.Live) error {
			past, err := s.past(r.Context(), c, seen, q.Get("as_of"))
			if err == nil {
				answer, err = c.Stability(r.Context(), past, q.Get("cluster"), pairs, language(r))
			}
			return err
		})
	}
	s.answerRead(w, r, answer, err)
}

// scorers answers who marked how, and what that did.
func (s *Server) scorers(w http.ResponseWriter, r *http.Request) {
	c, q := s.asked(w, r, "cluster", "unit", "as_of")
	if c == nil {
		return
	}
	var answer projections.Scorers
	err := c.Look(r.Context(), s.reader(r, c), func(seen *projections.Live) error {
		past, err := s.past(r.Context(), c, seen, q.Get("as_of"))
		if err == nil {
			answer, err = c.Scorers(r.Context(), past, q.Get("cluster"), q.Get("unit"), language(r))
		}
		return err
	})
	s.answerRead(w, r, answer, err)
}
