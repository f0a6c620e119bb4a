package server

import (
	"net/http"

	"campaignledger/cmd/internal/host"
	"campaignledger/projections"
)

// whatIf answers what the standings would be if something were otherwise. It is never official and never stored. Each list has commas; see
// projections.ParseAssumption.
func (s *Server) whatIf(w http.ResponseWriter, r *http.Request) {
	c, q := s.asked(w, r, "cluster", "weight", "without", "aggregate", "as_of", "detail")
	if c == nil {
		return
	}
	options := projections.JSONOptions{Lang: language(r)}
	assumption, err := projections.ParseAssumption(q.Get("weight"), q.Get("without"), q.Get("aggregate"))
	if err == nil {
		err = choice(q, "detail", "none", &options.NoDetail)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	assumption.Cluster = q.Get("cluster")
	var line []byte
	err = c.Look(r.Context(), s.reader(r, c), func(seen *projections.Live) error {
		seq, err := host.SeqAsOf(seen, q.Get("as_of"))
		if err != nil {
			return err
		}
		answer, err := seen.WhatIfAt(seq, assumption)
		if err == nil {
			line = answer.AppendJSON(nil, options)
		}
		return err
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeLine(w, r, line)
}

// bounded lets no more than maxWhatIfs requests at a time into a handler: each folds the standings twice.
func (s *Server) bounded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := s.whatIfs.take(); err != nil {
			s.failPage(w, r, err)
			return
		}
		defer s.whatIfs.giveBack()
		next(w, r)
	}
}
