package web

import (
	"context"

	"campaignledger/events"
	"campaignledger/projections"
)

// maxTrailMarks is how many marks a trail lists in its table: what one can print. The log has all of them.
const maxTrailMarks = 3000

// trailPage is all that is recorded behind an award.
type trailPage struct {
	Frame
	Award, Cluster string
	AwardTitle     string
	Trail          *projections.Trail
	Sections       []trailSection
	States         []awardShown
	Marks          []LogLine // of a nominee, as a table
	Noted          int       // of them, of which there is something to note
	MoreMarks      int
	Without        []withoutShown
}

// trailSection is one step, numbered.
type trailSection struct {
	No    int
	ID    string
	Title string
	Lines []LogLine
	Count int // of its events, those in the table of marks included
}

// withoutShown is a result without the marks of the unit that leads a cluster.
type withoutShown struct {
	Unit, Title string
	Dropped     int
	Changes     []projections.RankChange
}

// Trail is an award's trail, to read from top to bottom and to print.
func Trail(ctx context.Context, v *View) (Page, error) {
	p := trailPage{Award: v.PathValue("award"), Cluster: v.Query.Get("cluster")}
	err := v.look(ctx, func(seen *projections.Live) (err error) {
		sum := seen.Summary()
		p.Frame = v.frame(sum, "Hồ sơ danh hiệu", "The trail of an award")
		p.meet(seen.Roster())
		if p.Historical() { // the fold is this page's own
			if p.Trail, err = seen.AwardTrail(p.Award, p.Cluster, v.Lang); err == nil {
				err = v.Campaign.AddHeld(ctx, p.Trail)
			}
		} else {
			p.Trail, err = v.Campaign.AwardTrail(ctx, v.Reader, p.Award, p.Cluster, v.Lang)
		}
		if err != nil {
			return unknownPlace(err)
		}
		p.gather(v.speakers(seen))
		return p.without()
	})
	p.Styles, p.Whole = []string{"log.css", "awards.css"}, true
	return Page{"trail", &p}, err
}

// gather makes the sections of the trail.
func (p *trailPage) gather(who map[string]Speaker) {
	p.Sections, p.States, p.Marks, p.MoreMarks, p.Noted = nil, nil, nil, 0, 0
	for _, state := range p.Trail.States {
		p.AwardTitle = state.Title
		p.States = append(p.States, awardShown{state, p.Campaign.units})
	}
	p.Title = p.Say("Hồ sơ danh hiệu: %s", "The trail of an award: %s", orID(p.AwardTitle, p.Award))
	for i, s := range p.Trail.Sections {
		shown := trailSection{No: i + 1, ID: string(s.Code), Title: s.Title, Count: len(s.Lines)}
		for _, l := range s.Lines {
			line := p.line(l, who)
			switch {
			case s.Code != projections.TrailMarks || l.Type != events.TypeScoreEntered && l.Type != events.TypeTargetSet:
				shown.Lines = append(shown.Lines, line)
			case len(p.Marks) < maxTrailMarks:
				if !l.Plain() {
					p.Noted++
				}
				p.Marks = append(p.Marks, line)
			default:
				p.MoreMarks++
			}
		}
		p.Sections = append(p.Sections, shown)
	}
}

// without reads what the result would be without the marks of the host.
func (p *trailPage) without() error {
	p.Without = nil
	for _, raw := range p.Trail.Without {
		w, err := projections.ReadWithout(raw)
		if err != nil {
			return err
		}
		p.Without = append(p.Without, withoutShown{w.Unit, p.UnitTitle(w.Unit), w.Dropped, w.Changes})
	}
	return nil
}

// After are the headings that come after the sections, numbered on.
func (p *trailPage) After() []trailSection {
	n := len(p.Sections)
	return []trailSection{
		{No: n + 1, ID: "anomalies", Title: p.Say("Điểm bất thường cần xem", "Anomalies to look at"), Count: len(p.Trail.Anomalies)},
		{No: n + 2, ID: "without", Title: p.Say("Nếu không có điểm do Cụm trưởng chấm", "Without the lead's marks"), Count: len(p.Without)},
		{No: n + 3, ID: "beyond", Title: p.Say("Những điều sổ không trả lời được", "What no record can answer"), Count: len(p.Trail.Beyond)},
	}
}

// Named are the standings that nominations rest on, each once.
func (p *trailPage) Named() (list []projections.StandingsName) {
	said := map[projections.StandingsName]bool{}
	for _, s := range p.Trail.Standings {
		if !said[s.Standings] {
			said[s.Standings] = true
			list = append(list, s.Standings)
		}
	}
	return list
}

// Where says who holds a file of evidence.
func (f Frame) Where(file projections.TrailFile) string {
	switch {
	case file.Held != "":
		return f.Say("đơn vị giữ", "held by the unit")
	case file.Here != nil && *file.Here:
		return f.Say("có ở máy chủ", "held here")
	}
	return f.Say("không còn ở máy chủ", "not held here any more")
}
