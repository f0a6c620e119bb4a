package server

import (
	"net/http"
)

// awards answers how the campaign stands from the evaluation of its units to their awards.
func (s *Server) awards(w http.ResponseWriter, r *http.Request) {
	c, _ := s.asked(w, r)
	if c == nil {
		return
	}
	state, err := c.Awards(r.Context(), s.reader(r, c), language(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.writeRead(w, r, state)
}

// trail answers all that is recorded behind an award. It folds the campaign twice, so that it takes one of the places for that.
func (s *Server) trail(w http.ResponseWriter, r *http.Request) {
	c, q := s.asked(w, r, "award", "cluster")
	if c == nil {
		return
	}
	err := s.refolds.take()
	if err == nil {
		defer s.refolds.giveBack()
		t, trailErr := c.AwardTrail(r.Context(), s.reader(r, c), q.Get("award"), q.Get("cluster"), language(r))
		if err = trailErr; err == nil {
			s.writeRead(w, r, t)
			return
		}
	}
	s.fail(w, r, err)
}
