package web

// enterPage asks who came by a link from elsewhere whether to read as a member.
type enterPage struct {
	Frame
	ID, Member, Code string
}

// Enter is the page that asks whether the browser is to read a campaign as a member. It says nothing of the campaign that its id does not.
func Enter(lang, id, member, code string) Page {
	return Page{"enter", enterPage{outside(lang, say(lang, "Đọc với tư cách thành viên?", "Read as a member?")), id, member, code}}
}
