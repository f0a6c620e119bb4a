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
	line, err := s.assume(r, c, q.Get("as_of"), assumption, options)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeLine(w, r, line)
}

// assume works a what-if out, with one of the places for that; the line is sent without it, since a reader may be slow.
func (s *Server) assume(r *http.Request, c *host.Campaign, at string, a projections.Assumption, o projections.JSONOptions) (line []byte, err error) {
	if err := s.whatIfs.take(); err != nil {
		return nil, err
	}
	defer s.whatIfs.giveBack()
	err = c.Look(r.Context(), s.reader(r, c), func(seen *projections.Live) error {
		seq, err := host.SeqAsOf(seen, at)
		if err != nil {
			return err
		}
		answer, err := seen.WhatIfAt(seq, a)
		if err == nil {
			line = answer.AppendJSON(nil, o)
		}
		return err
	})
	return line, err
}
