package projections

import (
	"encoding/json"
	"fmt"
	"strconv"

	"campaignledger/events"
)

// Without is what the standings would be if a unit had given no marks to anybody: a diagnostic, beside the official result and never in its
// place. Left out are the marks whose scorer is the unit, or a member of it, at every level but those where units score themselves. Targets
// that it set stay, and all else: the regulation's formula, and tie decisions where they still hold. A leaf that has no marks then gives no
// points, and where no mark of the highest level is left the next one counts, if the regulation lets it. It is the WhatIf that assumes so.
type Without struct {
	Unit      string
	Dropped   int // current marks with a value that are left out, those included that did not count
	Standings Standings
	Changes   []RankChange // against the official standings, of units whose rank or points differ; in the official order
}

// RankChange is a unit's rank before and after something, or in two standings.
type RankChange struct {
	Cluster    string `json:"cluster"`
	Unit       string `json:"unit"`
	From       int    `json:"from"` // the rank before, or the official one
	To         int    `json:"to"`
	Points     string `json:"points,omitempty"`     // the official ones
	PointsThen string `json:"pointsThen,omitempty"` // in the other standings
	Difference string `json:"difference,omitempty"` // PointsThen less Points
}

// HostOf is the unit that leads a cluster, and so hosts its campaign; "" where the regulation names none. It refuses, with a *Refusal, a
// cluster that there is not.
func (l *Live) HostOf(cluster string) (string, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.plan == nil {
		return "", refuse(CodeNotOpen, "", "open it with campaign open REGULATION.yaml", "the campaign is not open")
	}
	at, ok := l.plan.byID[cluster]
	if !ok {
		return "", refuse(CodeUnknownCluster, "cluster", "use one of: "+l.plan.clusterIDs(), "there is no cluster %s", cluster)
	}
	return l.plan.clusters[at].Lead, nil
}

// Without works out the standings without a unit's marks. It refuses, with a *Refusal, a unit that there is not. O(n) in events.
func (l *Live) Without(unit string) (Without, error) {
	l.mu.RLock()
	known := l.plan == nil || l.plan.hasUnit(unit)
	l.mu.RUnlock()
	if !known {
		return Without{}, refuse(CodeUnknownUnit, "unit", "campaign standings lists the units", "there is no unit %s", unit)
	}
	w, err := l.WhatIf(Assumption{Without: []string{unit}})
	return Without{Unit: unit, Dropped: w.Dropped, Standings: w.Standings, Changes: w.Changes}, err
}

// rankChanges are the units whose rank or points differ, in the order of the first standings.
func rankChanges(is, would *ClusterStandings) (list []RankChange) {
	then := make([]*Standing, len(would.Rows))
	for _, t := range would.Rows {
		then[t.unit] = t
	}
	for _, s := range is.Rows {
		t := then[s.unit]
		if s.Rank != t.Rank || s.total != t.total {
			list = append(list, RankChange{is.ID(), s.Unit, s.Rank, t.Rank, s.Points(), t.Points(), t.total.Sub(s.total).Format(s.cluster.set.Places)})
		}
	}
	return list
}

// ChangesSince are the units whose rank or points are others than in earlier standings of the same campaign, by cluster and in the order of
// the earlier ones.
func (s Standings) ChangesSince(before Standings) (list []RankChange) {
	for i, c := range s.Clusters {
		list = append(list, rankChanges(before.Clusters[i], c)...)
	}
	return list
}

// givers says whose word a mark is.
type givers struct {
	live  *Live
	units map[nameID]string
}

func (l *Live) givers() givers { return givers{l, map[nameID]string{}} }

// unit is the unit that a scorer or author is, or is a member of; "" if none.
func (g givers) unit(id nameID) string {
	unit, known := g.units[id]
	if known {
		return unit
	}
	name := g.live.name(id)
	if unit = g.live.unitOf(name); unit == "" && g.live.plan.hasUnit(name) {
		unit = name
	}
	g.units[id] = unit
	return unit
}

// AppendJSON appends one line of JSON without a line feed, under the name of what it is. The same answer gives the same bytes.
func (w Without) AppendJSON(b []byte, o JSONOptions) []byte {
	b = events.AppendString(append(b, `{"format":1,"official":false,"without":{"unit":`...), w.Unit)
	b = strconv.AppendInt(append(b, `,"dropped":`...), int64(w.Dropped), 10)
	b = append(b, `,"changes":[`...)
	comma := ""
	for _, c := range w.Changes {
		if o.Cluster == "" || o.Cluster == c.Cluster {
			b = c.appendJSON(append(b, comma...))
			comma = ","
		}
	}
	b = w.Standings.AppendJSON(append(b, `],"standings":`...), o)
	return append(b, `}}`...)
}

// ReadWithout reads what AppendJSON wrote, but for the standings.
func ReadWithout(line []byte) (Without, error) {
	var o struct {
		Without struct {
			Unit    string       `json:"unit"`
			Dropped int          `json:"dropped"`
			Changes []RankChange `json:"changes"`
		} `json:"without"`
	}
	if err := json.Unmarshal(line, &o); err != nil {
		return Without{}, fmt.Errorf("a result without a unit's marks: %w", err)
	}
	return Without{Unit: o.Without.Unit, Dropped: o.Without.Dropped, Changes: o.Without.Changes}, nil
}

func (c RankChange) appendJSON(b []byte) []byte {
	b = events.AppendString(append(b, `{"cluster":`...), c.Cluster)
	b = events.AppendString(append(b, `,"unit":`...), c.Unit)
	b = strconv.AppendInt(append(b, `,"from":`...), int64(c.From), 10)
	b = strconv.AppendInt(append(b, `,"to":`...), int64(c.To), 10)
	for _, figure := range [][2]string{{"points", c.Points}, {"pointsThen", c.PointsThen}, {"difference", c.Difference}} {
		if figure[1] != "" {
			b = append(append(append(append(append(b, `,"`...), figure[0]...), `":"`...), figure[1]...), '"')
		}
	}
	return append(b, '}')
}
