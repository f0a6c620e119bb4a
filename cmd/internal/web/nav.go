package web

import "strings"

// Link is a place to go to.
type Link struct {
	Text, Href string
	Current    bool // it is where the reader is
}

// Nav are the pages of the campaign.
func (f Frame) Nav() []Link {
	link := func(page, vi, en string) Link {
		href := f.Href(page)
		path, _, _ := strings.Cut(href, "?")
		return Link{f.Say(vi, en), href, path == f.path || page != "" && strings.HasPrefix(f.path, path+"/")}
	}
	list := []Link{
		link("", "Bảng xếp hạng", "Standings"), link("replay", "Diễn biến", "Replay"), link("compare", "So sánh", "Compare"),
		link("stability", "Độ vững", "Stability"), link("scorers", "Người chấm", "Scorers"), link("whatif", "Giả định", "What if"),
		link("log", "Nhật ký", "Log"),
	}
	if f.Campaign.Signed {
		list = append(list, link("awards", "Danh hiệu", "Awards"))
	}
	return append(list, link("documents", "Văn bản", "Documents"))
}
