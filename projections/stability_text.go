package projections

// speak puts a pair's findings into sentences.
func (p *PairStability) speak(lang string) {
	t := speech{&AuditLine{}, lang != "en"}
	p.MarkText, p.WeightText = t.markChange(p), t.weightChange(p)
}

func (t speech) markChange(p *PairStability) string {
	m := p.Mark
	if m == nil {
		return t.sayf("Không một điểm chấm nào, thay đổi riêng lẻ, đưa được %s lên trên %s.", "No single mark, changed alone, would put %s above %s.",
			p.Lower.Title, p.Upper.Title)
	}
	who := t.sayf("kết quả do %s ghi cho %s", "the result given by %s for %s", m.ScorerTitle, m.UnitTitle)
	own := t.sayf("kết quả %s tự ghi", "the result that %s gave itself", m.UnitTitle)
	switch m.Kind {
	case "points":
		who = t.sayf("điểm của %s cho %s", "the mark by %s for %s", m.ScorerTitle, m.UnitTitle)
		own = t.sayf("điểm %s tự chấm", "the mark that %s gave itself", m.UnitTitle)
	case "place":
		who = t.sayf("hạng do %s xếp cho %s", "the place given by %s to %s", m.ScorerTitle, m.UnitTitle)
	}
	if m.Scorer == m.Unit && m.Kind != "place" {
		who = own
	}
	if m.Item != "" {
		who += " (" + m.Item + ")"
	}
	return t.sayf("Nếu %s ở %s là %s thay vì %s thì %s (%s) xếp trên %s (%s)%s.", "If %s on %s were %s instead of %s, %s (%s) would stand above %s (%s)%s.",
		who, m.Criterion, t.number(m.To), t.number(m.From), p.Lower.Title, t.standing(m.LowerPoints, m.LowerRatio), p.Upper.Title, t.standing(m.UpperPoints, m.UpperRatio), t.byTies(m.then))
}

func (t speech) weightChange(p *PairStability) string {
	w := p.Weight
	if w == nil {
		return t.sayf("Không một hệ số nào, thay đổi riêng lẻ, đưa được %s lên trên %s.", "No single weight, changed alone, would put %s above %s.",
			p.Lower.Title, p.Upper.Title)
	}
	return t.sayf("Nếu hệ số của %s là %s thay vì %s thì %s (%s) xếp trên %s (%s)%s.", "If the weight of %s were %s instead of %s, %s (%s) would stand above %s (%s)%s.",
		w.Criterion, t.number(w.To), t.number(w.From), p.Lower.Title, t.standing(w.LowerPoints, w.LowerRatio), p.Upper.Title, t.standing(w.UpperPoints, w.UpperRatio), t.byTies(w.then))
}

// byTies says that the two would be equal but for the ties.
func (t speech) byTies(then then) string {
	if !then.ByTies {
		return ""
	}
	return t.say(", nhờ tiêu chí xét khi bằng nhau", ", by the criteria that break ties")
}

// standing is what units are ranked by.
func (t speech) standing(points, ratio string) string {
	if ratio != "" {
		return t.number(ratio) + "%"
	}
	return t.number(points)
}
