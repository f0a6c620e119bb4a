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
	what := t.say("kết quả", "the result")
	switch m.Kind {
	case "points":
		what = t.say("điểm", "the mark")
	case "place":
		what = t.say("thứ hạng", "the place")
	}
	who := t.sayf("%s của %s cho %s", "%s by %s for %s", what, m.ScorerTitle, m.UnitTitle)
	if m.Scorer == m.Unit {
		who = t.sayf("%s do chính %s tự chấm", "%s that %s gave itself", what, m.UnitTitle)
	}
	if m.Item != "" {
		who += " (" + m.Item + ")"
	}
	return t.sayf("Nếu %s ở %s là %s thay vì %s thì %s (%s) xếp trên %s (%s).", "If %s on %s were %s instead of %s, %s (%s) would stand above %s (%s).",
		who, m.Criterion, t.number(m.To), t.number(m.From), p.Lower.Title, t.standing(m.LowerPoints, m.LowerRatio), p.Upper.Title, t.standing(m.UpperPoints, m.UpperRatio))
}

func (t speech) weightChange(p *PairStability) string {
	w := p.Weight
	if w == nil {
		return t.sayf("Không một trọng số nào, thay đổi riêng lẻ, đưa được %s lên trên %s.", "No single weight, changed alone, would put %s above %s.",
			p.Lower.Title, p.Upper.Title)
	}
	return t.sayf("Nếu trọng số của %s là %s thay vì %s thì %s (%s) xếp trên %s (%s).", "If the weight of %s were %s instead of %s, %s (%s) would stand above %s (%s).",
		w.Criterion, t.number(w.To), t.number(w.From), p.Lower.Title, t.standing(w.LowerPoints, w.LowerRatio), p.Upper.Title, t.standing(w.UpperPoints, w.UpperRatio))
}

// standing is what units are ranked by.
func (t speech) standing(points, ratio string) string {
	if ratio != "" {
		return t.number(ratio) + "%"
	}
	return t.number(points)
}
