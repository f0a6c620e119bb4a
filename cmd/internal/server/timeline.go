package server

import (
	"errors"
	"net/http"

	"campaignledger/events"
	"campaignledger/projections"
)

// timelineAnswer is the course of a campaign's ranks, with a page of the moves.
type timelineAnswer struct {
	Format   int                    `json:"format"`
	Campaign string                 `json:"campaign"`
	Signed   bool                   `json:"signed"`
	Notice   string                 `json:"notice,omitempty"`
	Zone     string                 `json:"zone"` // in which days begin
	Seq      events.Seq             `json:"seq"`
	Clusters []timelineCluster      `json:"clusters"`
	Marks    []projections.YearMark `json:"marks"`
	Left     int                    `json:"marksLeft,omitempty"` // marks that are not told of
	Moves    []projections.Move     `json:"moves"`
	Next     events.Seq             `json:"next,omitempty"` // the page after this one: ?after=
}

type timelineCluster struct {
	projections.ClusterTimeline
	Moves int `json:"moves"` // all there are
}

// defaultMoves is a page of moves that says nothing of its length.
const defaultMoves = 50

// timeline answers the course of the ranks.
func (s *Server) timeline(w http.ResponseWriter, r *http.Request) {
	c, q := s.asked(w, r, "cluster", "after", "limit")
	if c == nil {
		return
	}
	var after events.Seq
	limit := defaultMoves
	err := errors.Join(number(q, "after", &after), number(q, "limit", &limit))
	if err == nil && (limit < 1 || limit > projections.MaxMoves) {
		err = badRequest("limit=%d: 1 to %d moves in one answer", limit, projections.MaxMoves)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	var answer timelineAnswer
	err = c.Look(r.Context(), s.reader(r, c), func(seen *projections.Live) error {
		line, err := seen.Timeline()
		if err != nil {
			return err
		}
		answer = timelineAnswer{Format: 1, Campaign: c.ID, Signed: line.Regulation.Signed(), Notice: line.Regulation.Notice.In(language(r)), Zone: line.Zone().String(),
			Seq: line.Seq, Clusters: []timelineCluster{}, Marks: line.Marks, Left: line.Left}
		for _, t := range line.Clusters {
			if q.Get("cluster") == "" || q.Get("cluster") == t.ID {
				answer.Clusters = append(answer.Clusters, timelineCluster{t, len(t.Moves)})
			}
		}
		if answer.Moves, err = seen.Moves(q.Get("cluster"), after, limit); len(answer.Moves) == limit {
			answer.Next = answer.Moves[limit-1].Seq
		}
		return err
	})
	s.answerRead(w, r, answer, err)
}
