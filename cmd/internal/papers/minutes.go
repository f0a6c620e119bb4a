package papers

import (
	"fmt"
	"slices"
	"strings"

	"campaignledger/cmd/internal/page"
	"campaignledger/events"
	"campaignledger/projections"
)

// minutes are those of the conference that deliberates and nominates.
func (p *paper) minutes() {
	p.letterhead()
	p.title(p.say("BIÊN BẢN", "MINUTES"), p.say("Hội nghị bình xét, suy tôn ", "Conference of deliberation and nomination, ")+p.clusterTitle())
	p.opening()
	p.presence()
	p.ranks()
	p.ties()
	p.evaluations()
	p.exclusions()
	p.nominations()
	p.ballots()
	p.conclusions()
	p.sign(p.say("Hội nghị kết thúc hồi …… giờ …… phút cùng ngày. Biên bản đã được đọc lại cho những người dự hội nghị cùng nghe và lập thành …… bản.",
		"The conference ended at ……:…… on the same day. The minutes were read out to those present and made out in …… copies."),
		[2]signer{
			{role: p.say("THƯ KÝ", "SECRETARY"), name: p.options.Secretary},
			{role: p.say("CHỦ TRÌ HỘI NGHỊ", "CHAIR"), name: p.chair()},
		}, [2]signer{p.recipients()})
	p.afterwards()
}

// opening is when and where, and of which campaign under which regulation.
func (p *paper) opening() {
	p.section(p.say("Thời gian, địa điểm, căn cứ", "Time, place and basis"))
	p.fact(p.say("Thời gian", "Time"), p.say("hồi …… giờ …… phút, ", "……:……, ")+p.heldOn(p.heldBy()))
	p.fact(p.say("Địa điểm", "Place"), p.options.Venue)
	p.about()
	p.fact(p.say("Chủ trì", "Chair"), p.chair())
	p.fact(p.say("Thư ký", "Secretary"), p.options.Secretary)
}

// about names the campaign and the regulation that it is judged by.
func (p *paper) about() {
	p.fact(p.say("Chiến dịch", "Campaign"), or(p.reg.Title.In(p.lang), p.reg.ID)+" ("+p.reg.ID+")")
	if s := p.reg.Movement.In(p.lang); s != "" {
		p.fact(p.say("Phong trào", "Movement"), s)
	}
	if s := p.reg.Theme.In(p.lang); s != "" {
		p.fact(p.say("Chủ đề", "Theme"), s)
	}
	if p.reg.Period.Start != "" {
		p.fact(p.say("Thời gian thi đua", "Period"), p.day(p.reg.Period.Start)+" – "+p.day(p.reg.Period.End))
	}
	p.fact(p.say("Quy chế", "Regulation"), fmt.Sprintf(p.say("phiên bản %d", "version %d"), p.standings.Version))
	p.hash(p.say("SHA-256 của quy chế:", "SHA-256 of the regulation:"), p.regulationHash())
}

// presence is the roll, once for each that ballots differ in, with the ballots that it is of.
func (p *paper) presence() {
	p.section(p.say("Thành phần hội đồng", "The council"))
	var rolls []string
	ballots, names := map[string]projections.BallotState{}, map[string][]string{}
	for _, a := range p.states() {
		for _, b := range a.Ballots {
			key := rollKey(b.Roll)
			if _, known := ballots[key]; !known {
				rolls, ballots[key] = append(rolls, key), b
			}
			name := p.named(a, b)
			if n := written(b); n > 0 {
				name += fmt.Sprintf(p.say(" (%d người vắng mặt bỏ phiếu bằng văn bản)", " (%d of the absent in writing)"), n)
			}
			names[key] = append(names[key], name)
		}
	}
	for _, key := range rolls {
		p.roll(ballots[key], strings.Join(names[key], "; "), false)
	}
	if len(rolls) == 0 {
		p.text(body.Of(p.say("Chưa có cuộc bỏ phiếu nào được mở; thành phần dự họp: ", "No ballot was opened; present: ") + blank + blank))
	}
}

// rollKey tells rolls apart by who is on them and who is present.
func rollKey(roll []projections.RollEntry) string {
	var b strings.Builder
	for _, r := range roll {
		fmt.Fprintf(&b, "%s %t\n", r.Member, r.Present)
	}
	return b.String()
}

// written is how many absent members vote in writing: of slips nobody knows whose they are.
func written(b projections.BallotState) (n int) {
	for _, c := range b.Tallies {
		if c.InForce {
			n = c.Written
		}
	}
	for _, r := range b.Roll {
		if r.Written && b.Kind == events.BallotNamed {
			n++
		}
	}
	return n
}

// named is how a ballot is called.
func (p *paper) named(a projections.AwardState, b projections.BallotState) string {
	return fmt.Sprintf("%s, %s %s", or(a.Title, a.Award), p.say("cuộc bỏ phiếu", "ballot"), b.Ballot)
}

// roll is who may vote, and who is there; of one ballot who of the absent voted in writing, too.
func (p *paper) roll(b projections.BallotState, name string, one bool) {
	present := 0
	for _, r := range b.Roll {
		if r.Present {
			present++
		}
	}
	s := fmt.Sprintf(p.say("Danh sách %d ủy viên: có mặt %d, vắng mặt %d", "Roll of %d members: %d present, %d absent"), len(b.Roll), present, len(b.Roll)-present)
	if one {
		s += fmt.Sprintf(p.say(", trong đó bỏ phiếu bằng văn bản %d", ", of whom %d vote in writing"), written(b))
	}
	p.Room(45 * page.MM) // no words without rows below them
	p.text(body.Of(s + p.say(". Theo ", ". By ") + name + "."))
	t := p.NewTable(15*page.MM, []page.Column{center(12), left(63), left(55), center(35)},
		header(p.say("STT", "No."), p.say("Họ và tên", "Name"), p.say("Đơn vị", "Unit"), p.say("Có mặt", "Presence")))
	for i, r := range b.Roll {
		how := p.say("có mặt", "present")
		if !r.Present {
			how = p.say("vắng mặt", "absent")
			if r.Written && one {
				how = p.say("vắng, phiếu viết", "absent, in writing")
			}
		}
		t.Row(cells(fmt.Sprint(i+1), or(r.Name, p.member(r.Member)), or(p.unit(r.Unit), "–"), how)...)
	}
	p.Y += gap
}

// ranks are the standings.
func (p *paper) ranks() {
	p.section(p.say("Kết quả chấm điểm, xếp hạng", "Points and ranks"))
	p.text(body.Of(fmt.Sprintf(p.say("Bảng xếp hạng sau sự kiện %d:", "The standings after event %d:"), p.standings.Seq)))
	t := p.NewTable(15*page.MM, []page.Column{center(15), left(60), right(25), right(22), left(43)},
		header(p.say("Hạng", "Rank"), p.say("Đơn vị", "Unit"), p.say("Tổng điểm", "Points"), p.say("Điểm tối đa", "Most"), p.say("Ghi chú", "Notes")))
	for _, row := range p.table.Rows {
		var notes []string
		for _, note := range row.Notes {
			notes = append(notes, projections.NoteIn(note, p.lang))
		}
		if len(row.Missing) > 0 {
			notes = append(notes, p.say("còn thiếu: ", "missing: ")+strings.Join(row.Missing, ", "))
		}
		if tied := row.TiedWith(); len(tied) > 0 {
			notes = append(notes, p.say("đồng hạng: ", "tied with: ")+strings.Join(p.units(tied), ", "))
		}
		t.Row(cells(fmt.Sprint(row.Rank), p.unit(row.Unit), p.number(row.Points()), p.number(row.Max()), strings.Join(notes, "; "))...)
	}
	p.Y += gap
	p.hash(p.say("SHA-256 của bảng xếp hạng này (dòng JSON, kể cả ký tự xuống dòng):", "SHA-256 of these standings (the JSON line with its line feed):"), projections.StandingsSHA(p.standings))
}

func (p *paper) units(ids []string) []string {
	titles := make([]string, 0, len(ids))
	for _, id := range ids {
		titles = append(titles, p.unit(id))
	}
	return titles
}

// evaluations are what was found of each unit; the replaced ones are left out.
func (p *paper) evaluations() {
	p.section(p.say("Đánh giá ưu điểm, tồn tại của từng đơn vị", "Strengths and shortcomings of each unit"))
	none := true
	for _, u := range p.records() {
		current := slices.DeleteFunc(slices.Clone(u.Evaluations), func(e projections.EvaluationState) bool { return !e.Current })
		if len(current) == 0 {
			continue
		}
		none = false
		p.sub(or(u.Title, p.unit(u.Unit)))
		for _, e := range current {
			p.evaluation(e)
		}
	}
	if none {
		p.text(body.Of(p.say("Chưa có đánh giá nào được ghi nhận.", "No evaluation was recorded.")))
	}
}

func (p *paper) evaluation(e projections.EvaluationState) {
	by := or(e.Name, p.member(e.By))
	head := fmt.Sprintf(p.say("Đánh giá của %s (sự kiện %d):", "Evaluation by %s (event %d):"), by, e.Seq)
	if len(e.Consensus) > 0 {
		head = fmt.Sprintf(p.say("Đánh giá thống nhất, %s ghi (sự kiện %d), cân nhắc các đánh giá ở sự kiện %s:",
			"Consensus, recorded by %s (event %d), weighing the evaluations of events %s:"), by, e.Seq, seqs(e.Consensus))
	}
	p.Room(3 * body.Lead())
	p.text(body.Of(head))
	p.findings(p.say("Ưu điểm", "Strength"), e.Strengths)
	p.findings(p.say("Tồn tại, hạn chế", "Shortcoming"), e.Shortcomings)
	p.fact(p.say("Kiến nghị", "Recommendation"), e.Recommendation)
	if len(e.Awards) > 0 {
		p.fact(p.say("Đề nghị xét", "Recommended for"), strings.Join(p.awardTitles(e.Awards), "; "))
	}
}

func (p *paper) findings(kind string, list []projections.Finding) {
	for _, f := range list {
		about := ""
		switch {
		case f.Criterion != "" && f.Drive != "":
			about = fmt.Sprintf(p.say(" (tiêu chí %s, %s)", " (criterion %s, %s)"), f.Criterion, p.drive(f.Drive))
		case f.Criterion != "":
			about = fmt.Sprintf(p.say(" (tiêu chí %s)", " (criterion %s)"), f.Criterion)
		case f.Drive != "":
			about = " (" + p.drive(f.Drive) + ")"
		}
		p.item(slanted.Of(kind+about+": "), body.Of(f.Text))
	}
}

// drive names a drive by its title, or else its id.
func (p *paper) drive(id string) string {
	title := or(p.past(p.group.ID).drives[id], id)
	if rest, ok := strings.CutPrefix(title, "Đợt "); ok && p.lang == "vi" {
		title = rest
	}
	return p.say("đợt ", "drive ") + title
}

func (p *paper) awardTitles(ids []string) []string {
	titles := make([]string, 0, len(ids))
	for _, id := range ids {
		titles = append(titles, p.award(id))
	}
	return titles
}

func seqs(list []events.Seq) string {
	s := make([]string, 0, len(list))
	for _, seq := range list {
		s = append(s, fmt.Sprint(seq))
	}
	return strings.Join(s, ", ")
}

// exclusions are the bars from awards, those that are over as well.
func (p *paper) exclusions() {
	p.section(p.say("Rà soát các trường hợp không xét khen thưởng", "Exclusions checked"))
	count := 0
	for _, u := range p.records() {
		for _, e := range u.Exclusions {
			count++
			p.item(strong.Of(or(u.Title, p.unit(u.Unit))+": "), body.Of(p.exclusion(e)))
		}
	}
	if count == 0 {
		p.text(body.Of(fmt.Sprintf(p.say("Đã rà soát đến sự kiện %d: không có đơn vị nào bị ghi nhận không được xét khen thưởng.",
			"Checked up to event %d: no unit is recorded as barred from awards."), p.Seq)))
	}
}

// exclusion is one in a sentence.
func (p *paper) exclusion(e projections.ExclusionState) string {
	what := p.say("mọi hình thức khen thưởng", "all awards")
	if len(e.Awards) > 0 {
		what = strings.Join(p.awardTitles(e.Awards), "; ")
	}
	s := fmt.Sprintf(p.say("không xét %s từ %s", "barred from %s from %s"), what, p.day(e.From))
	if e.To != "" {
		s += p.say(" đến hết ", " to ") + p.day(e.To)
	} else {
		s += p.say(" cho đến khi được thôi áp dụng", " until it is lifted")
	}
	s += p.say("; lý do: ", "; ground: ") + or(e.Ground, p.say("lưu ngoài sổ", "kept outside the record"))
	s += fmt.Sprintf(p.say(" (sự kiện %d, %s ghi", " (event %d, recorded by %s"), e.Seq, p.member(e.By))
	if e.Paper != nil {
		s += p.say("; theo văn bản ", "; by paper ") + p.paperOf(*e.Paper)
	}
	switch {
	case e.Effective == 0:
		s += p.say("; chưa có hiệu lực", "; not in effect")
	case e.Lifted != 0:
		s += fmt.Sprintf(p.say("; thôi áp dụng từ %s, sự kiện %d", "; lifted on %s, event %d"), p.day(e.LiftedOn), e.Lifted)
	}
	return s + ")."
}

// paperOf names a decision on paper.
func (p *paper) paperOf(d projections.Paper) string {
	return fmt.Sprintf(p.say("số %s ngày %s, %s ký", "no. %s of %s, signed by %s"), d.Number, p.day(d.Date), d.Signatory)
}

// nominations are who was named for what, and why where it is out of standing order.
func (p *paper) nominations() {
	p.section(p.say("Suy tôn", "Nominations"))
	none := true
	for _, a := range p.states() {
		if len(a.Nominees) == 0 {
			continue
		}
		none = false
		p.sub(fmt.Sprintf(p.say("%s (tối đa %d đơn vị)", "%s (places: %d)"), or(a.Title, a.Award), a.Places))
		p.bounds(a)
		t := p.NewTable(20*page.MM, []page.Column{left(45), center(15), right(25), left(45), left(35)},
			header(p.say("Đơn vị", "Unit"), p.say("Hạng", "Rank"), p.say("Điểm", "Points"), p.say("Người suy tôn", "Nominated by"), p.say("Ghi chú", "Notes")))
		for _, n := range a.Nominees {
			t.Row(cells(or(n.Title, p.unit(n.Unit)), fmt.Sprint(n.Rank), p.number(n.Points),
				fmt.Sprintf(p.say("%s (sự kiện %d, bảng xếp hạng sau sự kiện %d)", "%s (event %d, standings after event %d)"), p.member(n.By), n.Nomination, n.Standings.Seq),
				strings.Join(p.nomineeNotes(n), "; "))...)
		}
		p.Y += gap
		for _, n := range a.Nominees {
			if n.Reason != "" {
				p.item(body.Of(p.say("Lý do suy tôn khác thứ tự xếp hạng, ", "Reason for nominating out of standing order, ")+or(n.Title, p.unit(n.Unit))+": "), body.Of(n.Reason))
			}
		}
	}
	p.standingsUsed()
	if none {
		p.text(body.Of(p.say("Chưa có đơn vị nào được suy tôn.", "No unit was nominated.")))
	}
}

// bounds are what an award asks of its nominees beyond the cluster's places.
func (p *paper) bounds(a projections.AwardState) {
	if a.Within != "" {
		p.within(a)
	}
	switch q := a.Quota; {
	case q == nil:
	case q.Computed:
		p.item(body.Of(fmt.Sprintf(p.say("Chỉ tiêu của cả chiến dịch: tối đa %d, bằng %s của %d đơn vị được đề nghị %s, làm tròn %s; đã tặng %d.",
			"Quota of the campaign: at most %d, which is %s of the %d units proposed for %s, rounded %s; %d granted."), q.Most, q.Share, q.Counted, p.award(q.Of), p.rounding(q.Rounding), q.Granted)))
	default:
		p.item(body.Of(fmt.Sprintf(p.say("Chỉ tiêu là %s số đơn vị được đề nghị %s, tính chung nhiều cụm: chiến dịch chỉ có một cụm không tự tính được chỉ tiêu.",
			"The quota is %s of the units proposed for %s over all clusters: a campaign of one cluster can't compute it."), q.Share, p.award(q.Of))))
	}
}

// within is where a nominee for an award within others must stand: among the first places of both, of each of those others.
func (p *paper) within(a projections.AwardState) {
	awards, places := p.reg.Awards, a.Places
	for outer := a.Within; outer != ""; {
		i := slices.IndexFunc(awards, func(x events.Award) bool { return x.ID == outer })
		if i < 0 {
			return
		}
		p.item(body.Of(fmt.Sprintf(p.say("Trong diện xét %s: đơn vị được suy tôn phải xếp trong %d đơn vị đứng đầu Cụm (cộng số suất của %[1]s với số suất xét trong đó), và không chiếm suất của %[1]s.",
			"Within %s: a nominee must stand among the first %d of the cluster (its places and those within it together), and takes up no place of %[1]s."),
			p.award(outer), awards[i].Places+places)))
		outer, places = awards[i].Within, awards[i].Places
	}
}

func (p *paper) rounding(how string) string {
	switch how {
	case "down":
		return p.say("xuống", "down")
	case "up":
		return p.say("lên", "up")
	}
	return p.say("đến số gần nhất", "to the nearest")
}

// standingsUsed names the standings that nominations go by, each once, and says whether anything may have changed what they rest on.
func (p *paper) standingsUsed() {
	said := map[projections.StandingsName]bool{}
	changed := false
	for _, a := range p.states() {
		for _, n := range a.Nominees {
			changed = changed || n.Flagged != 0 || n.Reviewed != 0
			if said[n.Standings] {
				continue
			}
			said[n.Standings] = true
			p.hash(fmt.Sprintf(p.say("SHA-256 của bảng xếp hạng làm căn cứ suy tôn, sau sự kiện %d:", "SHA-256 of the standings that nominations go by, after event %d:"), n.Standings.Seq), n.Standings.SHA256)
		}
	}
	for _, a := range p.states() {
		for _, n := range a.Nominees {
			if n.Flagged != 0 && n.Reviewed < n.Flagged && n.Withdrawn == 0 {
				p.item(strong.Of(fmt.Sprintf(p.say("Sự kiện %d có thể đã làm thay đổi căn cứ suy tôn %s (%s): phải xem lại.",
					"Event %d may have changed what the nomination of %s rests on (%s): it must be looked at again."), n.Flagged, p.titled(n), or(a.Title, a.Award))))
			}
		}
	}
	if len(said) > 0 && !changed {
		p.item(body.Of(fmt.Sprintf(p.say("Từ khi suy tôn đến sự kiện %d không có sự kiện nào làm thay đổi căn cứ này.",
			"Nothing up to event %d changes what the nominations rest on."), p.Seq)))
	}
}

// nomineeNotes are what stands against a nominee.
func (p *paper) nomineeNotes(n projections.NomineeState) []string {
	var notes []string
	if now := p.rankNow(n); now != "" {
		notes = append(notes, now)
	}
	if n.Withdrawn != 0 {
		notes = append(notes, fmt.Sprintf(p.say("đã rút, sự kiện %d", "withdrawn, event %d"), n.Withdrawn))
	}
	if len(n.Exclusions) > 0 {
		notes = append(notes, p.say("đang bị không xét, sự kiện ", "barred, event ")+seqs(n.Exclusions))
	}
	switch {
	case n.Flagged != 0 && n.Reviewed < n.Flagged:
		notes = append(notes, fmt.Sprintf(p.say("phải xem lại từ sự kiện %d", "to be looked at again since event %d"), n.Flagged))
	case n.Reviewed != 0:
		notes = append(notes, fmt.Sprintf(p.say("đã xem lại, sự kiện %d", "looked at again, event %d"), n.Reviewed))
	}
	return notes
}

// rankNow is where a nominee stands now; "" if that is where it stood in the standings that its nomination names.
func (p *paper) rankNow(n projections.NomineeState) string {
	if n.Rank == n.RankNow && n.Points == n.PointsNow {
		return ""
	}
	return fmt.Sprintf(p.say("nay: hạng %d, %s điểm", "now: rank %d, %s points"), n.RankNow, p.number(n.PointsNow))
}

// ties are the decisions on units of equal points.
func (p *paper) ties() {
	p.section(p.say("Phân định đơn vị bằng điểm", "Ties decided"))
	none := true
	for _, line := range p.past(p.group.ID).ties {
		none = false
		s := fmt.Sprintf(p.say("%s, bằng nhau %s điểm, xếp theo thứ tự này: %s (sự kiện %d, %s ghi", "%s, equal at %s points, stand in this order: %s (event %d, recorded by %s"),
			strings.Join(p.units(line.Order), ", "), p.number(line.Points), line.Reason, line.Seq, p.member(line.Author))
		if line.Agreed > 0 {
			s += fmt.Sprintf(p.say("; %d đơn vị tán thành", "; %d units agree"), line.Agreed)
		}
		if len(line.Hold) > 0 {
			s += p.say("; chưa có hiệu lực", "; not in effect")
		}
		p.item(body.Of(s + ")."))
	}
	if none {
		p.text(body.Of(p.say("Không có quyết định nào.", "There is no decision.")))
	}
}

// conclusions are what the conference sends on. They start where they and the signatures fit on one page, as long as they are short.
func (p *paper) conclusions() {
	p.Room(signHeight + 50*page.MM)
	p.section(p.say("Kết luận", "Conclusions"))
	for _, a := range p.states() {
		var names []string
		for _, n := range a.Nominees {
			if p.passes(a, n) {
				names = append(names, or(n.Title, p.unit(n.Unit)))
			}
		}
		p.fact(p.say("Suy tôn, đề nghị tặng ", "Nominated for ")+or(a.Title, a.Award), or(strings.Join(names, "; "), p.say("không có đơn vị nào", "no unit")))
	}
	p.fact(p.say("Ý kiến khác", "Other opinions"), "")
}

// passes reports whether the cluster stands behind a nominee: it is not withdrawn, and was proposed or carried by the last ballot that
// was closed on it, or nobody votes on this award.
func (p *paper) passes(a projections.AwardState, n projections.NomineeState) bool {
	if n.Withdrawn != 0 {
		return false
	}
	if _, r, ok := lastResult(a, n.Unit); ok {
		return r.Carried
	}
	return n.Proposed != 0 || len(a.Ballots) == 0
}

// lastResult is what the last closed ballot that is not reopened says of a nominee.
func lastResult(a projections.AwardState, unit string) (b projections.BallotState, r projections.NomineeResult, ok bool) {
	for _, ballot := range a.Ballots {
		if ballot.Replaced != "" {
			continue
		}
		for _, result := range ballot.Results {
			if result.Unit == unit {
				b, r, ok = ballot, result, true
			}
		}
	}
	return b, r, ok
}
