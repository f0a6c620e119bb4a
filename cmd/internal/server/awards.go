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
	writeJSON(w, http.StatusOK, state)
}
