package web

import (
	"context"
	"fmt"

	"campaignledger/cmd/internal/host"
	"campaignledger/projections"
)

// boardPage is the live board as it is before its script takes over, and without it.
type boardPage struct {
	Frame
	Standings projections.Standings
}

// Board is the live board.
func Board(ctx context.Context, v *View) (Page, error) {
	var p boardPage
	// A campaign that is broken at its first record has no regulation: the page says so.
	err := v.Campaign.Look(ctx, v.Reader, func(seen *projections.Live) (err error) {
		p.Standings, err = v.Campaign.AsOf(ctx, seen, v.Query.Get("as_of"))
		return err
	})
	p.Frame = v.frame(p.Standings.Summary, "Bảng xếp hạng", "Standings")
	return Page{"board", p}, err
}

// Witnessed says how many witnesses stand behind the log, and how far.
func (f Frame) Witnessed() string {
	p := host.Witnessing{}
	if f.Campaign != nil {
		p = f.Campaign.Proof
	}
	switch {
	case p.Witnesses == 0:
		return f.Say("không có nhân chứng", "no witnesses")
	case p.Quorum == 0:
		return f.Say("có %d nhân chứng, không yêu cầu túc số", "%d witnesses, and no quorum is required", p.Witnesses)
	case p.Cosigned >= p.Quorum:
		return f.Say("%d trong %d nhân chứng (cần %d) đã ký đến sự kiện %d", "%d of %d witnesses (it takes %d) stand behind event %d", p.Cosigned, p.Witnesses, p.Quorum, p.Size)
	case p.Quorate == 0:
		return f.Say("chưa đủ nhân chứng: %d trên %d cần có", "not enough witnesses yet: %d of the %d it takes", p.Cosigned, p.Quorum)
	}
	return f.Say("đủ nhân chứng đến sự kiện %d; sự kiện %d mới có %d trên %d", "enough witnesses up to event %d; event %d has %d of the %d it takes", p.Quorate, p.Size, p.Cosigned, p.Quorum)
}

// Unit is a unit's title in the reader's language.
func (f Frame) Unit(s *projections.Standing) string { return orID(s.Title().In(f.Lang), s.Unit) }

// Cluster is a cluster's title in the reader's language.
func (f Frame) Cluster(c *projections.ClusterStandings) string {
	return orID(c.Title().In(f.Lang), c.ID())
}

// Of joins words to an address within the campaign: "units/", id.
func (f Frame) Of(parts ...any) string { return fmt.Sprint(parts...) }
