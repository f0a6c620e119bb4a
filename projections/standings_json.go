package projections

import (
	"slices"
	"strconv"

	"campaignledger/events"
)

// JSONOptions choose what of the standings is written.
type JSONOptions struct {
	Cluster  string // only this cluster; "" for all
	Lang     string // of titles, "vi" or "en"; "" is "vi"
	NoDetail bool   // without criteria
}

// AppendJSON appends the standings as one line of JSON without a line feed. The same standings give the same bytes.
func (s Standings) AppendJSON(b []byte, o JSONOptions) []byte {
	if o.Lang == "" {
		o.Lang = "vi"
	}
	b = append(b, `{"format":1,"campaign":`...)
	b = events.AppendString(b, s.Regulation.ID)
	b = strconv.AppendBool(append(b, `,"signed":`...), s.Regulation.Signed())
	if notice := s.Regulation.Notice.In(o.Lang); notice != "" {
		b = events.AppendString(append(b, `,"notice":`...), notice)
	}
	b = strconv.AppendUint(append(b, `,"asOf":{"seq":`...), uint64(s.Seq), 10)
	b = append(append(append(b, `,"time":"`...), events.FormatTime(s.AsOf)...), `"}`...)
	b = strconv.AppendBool(append(b, `,"final":`...), s.Final)
	if s.Frozen != 0 {
		b = strconv.AppendUint(append(b, `,"frozen":`...), uint64(s.Frozen), 10) // the event that froze them; an extension
	}
	b = append(b, `,"clusters":[`...)
	comma := ""
	for _, c := range s.Clusters {
		if o.Cluster == "" || o.Cluster == c.ID() {
			b = c.appendJSON(append(b, comma...), o)
			comma = ","
		}
	}
	return append(b, `]}`...)
}

func (c *ClusterStandings) appendJSON(b []byte, o JSONOptions) []byte {
	b = events.AppendString(append(b, `{"id":`...), c.ID())
	b = events.AppendString(append(b, `,"title":`...), titleOr(c.Title().In(o.Lang), c.ID()))
	b = append(b, `,"standings":[`...)
	for i, s := range c.Rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = s.appendJSON(b, o)
	}
	return append(b, `]}`...)
}

// titleOr is the title, or the id where there is none.
func titleOr(title, id string) string {
	if title == "" {
		return id
	}
	return title
}

func (s *Standing) appendJSON(b []byte, o JSONOptions) []byte {
	b = strconv.AppendInt(append(b, `{"rank":`...), int64(s.Rank), 10)
	b = events.AppendString(append(b, `,"unit":`...), s.Unit)
	b = events.AppendString(append(b, `,"title":`...), titleOr(s.Title().In(o.Lang), s.Unit))
	b = append(append(append(b, `,"points":"`...), s.Points()...), '"')
	if m := s.Max(); m != "" {
		b = append(append(append(b, `,"max":"`...), m...), '"')
	}
	b = strconv.AppendBool(append(b, `,"complete":`...), s.Complete)
	if !o.NoDetail {
		b = s.appendCriteria(append(b, `,"criteria":{`...))
		b = append(b, '}')
	}
	b = appendStrings(append(b, `,"missing":`...), s.Missing)
	b = appendStrings(append(b, `,"tiedWith":`...), s.TiedWith())
	b = appendStrings(append(b, `,"notes":`...), s.Notes)
	return append(b, '}')
}

func (s *Standing) appendCriteria(b []byte) []byte {
	comma := ""
	for _, at := range s.cluster.sortedNodes {
		if !s.cluster.unitNodes[s.unit][at] {
			continue
		}
		b = events.AppendString(append(b, comma...), s.cluster.nodes[at].ID)
		b = append(append(append(b, `:"`...), s.nodes[at].Format(s.cluster.set.Places)...), '"')
		comma = ","
	}
	return b
}

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = events.AppendString(b, s)
	}
	return append(b, ']')
}

// sortNodes orders a cluster's criteria by id, as JSON objects want their keys.
func (c *clusterPlan) sortNodes() {
	for at := range c.nodes {
		c.sortedNodes = append(c.sortedNodes, at)
	}
	slices.SortFunc(c.sortedNodes, func(x, y int) int {
		if c.nodes[x].ID < c.nodes[y].ID {
			return -1
		}
		return 1
	})
}
