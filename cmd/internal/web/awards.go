package web

import (
	"context"
	"fmt"

	"campaignledger/events"
	"campaignledger/projections"
)

// awardsPage is how the campaign stands on awards.
type awardsPage struct {
	Frame
	Clusters []clusterAwards
	Appeals  []projections.AppealState
	Total    int // of all awards
}

// clusterAwards are the awards of one cluster.
type clusterAwards struct {
	ID, Title string
	Awards    []awardShown
}

// awardShown is an award with its units' titles.
type awardShown struct {
	projections.AwardState
	titles map[string]string
}

// Awards is the page of awards: per cluster and award its nominees, ballots and decisions.
func Awards(ctx context.Context, v *View) (Page, error) {
	var p awardsPage
	err := v.look(ctx, func(seen *projections.Live) error {
		sum := seen.Summary()
		p.Frame = v.frame(sum, "Danh hiệu và khen thưởng", "Awards")
		p.meet(seen.Roster())
		state, err := v.awards(ctx, seen, p.Historical())
		if err != nil {
			return err
		}
		p.Appeals, p.Clusters, p.Total = state.Appeals, nil, len(state.Awards)
		titles := unitTitles(sum.Regulation, v.Lang)
		for _, c := range p.Campaign.Clusters {
			shown := clusterAwards{ID: c.ID, Title: c.Title}
			for _, a := range state.Awards {
				if a.Cluster == c.ID {
					shown.Awards = append(shown.Awards, awardShown{a, titles})
				}
			}
			p.Clusters = append(p.Clusters, shown)
		}
		return nil
	})
	p.Styles = []string{"awards.css"}
	return Page{"awards", &p}, err
}

// unitTitles are the units' titles by id.
func unitTitles(r *events.Regulation, lang string) map[string]string {
	titles := map[string]string{}
	for _, c := range r.Clusters {
		for _, u := range c.Units {
			titles[u.ID] = orID(u.Title.In(lang), u.ID)
		}
	}
	return titles
}

// UnitTitle is a unit's title.
func (a awardShown) UnitTitle(id string) string { return orID(a.titles[id], id) }

// Standing says in a word how far the award has come.
func (a awardShown) Standing(f Frame) string {
	granted, proposed, standing := 0, 0, 0
	for _, n := range a.Nominees {
		switch {
		case n.Withdrawn != 0:
			continue
		case inForce(&n):
			granted++
		case n.Proposed != 0:
			proposed++
		}
		standing++
	}
	open := 0
	for _, b := range a.Ballots {
		if b.Effective != 0 && b.Closed == 0 {
			open++
		}
	}
	switch {
	case granted > 0:
		return f.Say("đã tặng %d", "%d granted", granted)
	case proposed > 0:
		return f.Say("đã đề nghị %d, chờ quyết định", "%d proposed, waiting for decisions", proposed)
	case open > 0:
		return f.Say("đang bỏ phiếu", "in ballot")
	case standing > 0:
		return f.Say("đã suy tôn %d", "%d nominated", standing)
	}
	return f.Say("chưa suy tôn", "nobody is nominated yet")
}

func inForce(n *projections.NomineeState) bool {
	for _, d := range n.Decisions {
		if d.InForce {
			return true
		}
	}
	return false
}

// Quota says how many of an award there may be; "" where the regulation sets none.
func (f Frame) Quota(q *projections.QuotaState) string {
	if q == nil {
		return ""
	}
	of := f.AwardTitle(q.Of)
	switch {
	case !q.Computed:
		return f.Say("Hạn mức %s số đơn vị của %s tính trên nhiều cụm: sổ một cụm không tính được", "Quota %s of %s is counted over clusters: a campaign of one can't compute it", q.Share, of)
	}
	return f.Say("Hạn mức %s của %d đơn vị được đề nghị %s: %d, đã tặng %d", "Quota %s of the %d units proposed for %s: %d, granted %d", q.Share, q.Counted, of, q.Most, q.Granted)
}

// BallotKind is a kind of ballot in the reader's language.
func (f Frame) BallotKind(kind string) string { return events.BallotKindIn(kind, f.Lang) }

// AppealState says what became of an appeal.
func (f Frame) AppealState(a projections.AppealState) string {
	switch {
	case a.Decided == 0:
		return f.Say("chưa giải quyết", "not decided")
	case a.Outcome == events.AppealUpheld:
		return f.Say("chấp nhận", "upheld")
	}
	return f.Say("bác", "dismissed")
}

// Event is the address of an event's page.
func (f Frame) Event(seq events.Seq) string { return f.Href(fmt.Sprintf("events/%d", seq)) }
