package pact

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	gap     = 4 * mm // between sections
	padding = 1 * mm // in table cells
)

// layOut makes the pages of the whole document. It is O(members + units) in time.
func layOut(p Pact, t words, width measure) []page {
	l := &layout{width: width}
	l.newPage()
	l.facts(p, t)
	l.genesis(p, t)
	l.members(p, t)
	l.newPage()
	l.signatures(p, t)
	l.footers(p)
	return l.pages
}

// groups parts hex digits into groups of eight, for people to compare.
func groups(digits string) []string {
	var g []string
	for len(digits) > 8 {
		g, digits = append(g, digits[:8]), digits[8:]
	}
	return append(g, digits)
}

// halves are 64 hex digits in two lines of four groups.
func halves(digits string) [2]string {
	g := groups(digits)
	return [2]string{strings.Join(g[:4], " "), strings.Join(g[4:], " ")}
}

func (l *layout) facts(p Pact, t words) {
	l.paragraph(left, title, t.heading)
	l.paragraph(left, heading, p.Title)
	if p.TitleOther != p.Title {
		l.paragraph(left, plain, p.TitleOther)
	}
	l.paragraph(left, strong, p.Notice)
	l.y += gap
	hash := halves(p.RegulationSHA256)
	l.fact(t.campaign, span{code, p.Campaign})
	l.fact(t.period, span{plain, p.Period})
	l.fact(t.movement, span{plain, p.Movement})
	l.fact(t.theme, span{plain, p.Theme})
	for _, c := range p.Clusters {
		lead := ""
		for _, u := range c.Units {
			if u.ID == c.Lead {
				lead = fmt.Sprintf("%s: %s", t.lead, u.name())
			}
		}
		l.fact(t.cluster, span{plain, c.name()}, span{small, lead})
	}
	l.fact(t.opened, span{plain, p.Opened.Format("2006-01-02 15:04:05 -07:00")})
	l.fact(t.rules, span{plain, strconv.Itoa(p.Rules)})
	l.fact(t.regulation, span{code, hash[0]}, span{code, hash[1]})
	l.fact(t.asOf, span{plain, fmt.Sprintf(t.event, p.Seq)})
	l.y += gap
}

// fact is a row of the campaign's facts, if any of its spans has text.
func (l *layout) fact(label string, spans ...span) {
	const column = 45 * mm
	lines, h := l.cell(right-left-column, spans)
	if len(lines) == 0 {
		return
	}
	labels, labelHeight := l.cell(column-2*padding, []span{{plain, label}})
	h = max(h, labelHeight)
	l.room(h + padding)
	l.putCell(left, l.y, labels)
	l.putCell(left+column, l.y, lines)
	l.y += h + padding
}

// genesis is the hash in large digits, what the paper proves, and how to compare. It stays on one page.
func (l *layout) genesis(p Pact, t words) {
	const inset = 4 * mm
	width := right - left - 2*inset
	digits, digitsHeight := l.cell(width, []span{{largeCode, halves(p.Genesis)[0]}, {largeCode, halves(p.Genesis)[1]}})
	label, labelHeight := l.cell(width, []span{{strong, t.genesis}})
	said, saidHeight := l.cell(right-left, []span{{plain, fmt.Sprintf(t.proves, p.Seq)}})
	how, howHeight := l.cell(right-left, []span{
		{plain, t.compareGenesis}, {code, "campaign log " + p.Campaign + ` | head -n 1 | tr -d '\n' | sha256sum`},
		{plain, t.compareKeys}, {code, "campaign key show FILE"},
	})
	framed := inset + labelHeight + 2*padding + digitsHeight + inset
	l.room(framed + gap + saidHeight + gap + howHeight)
	l.box(box{x: left, y: l.y, w: right - left, h: framed})
	l.putCell(left+inset, l.y+inset, label)
	l.putCell(left+inset, l.y+inset+labelHeight+2*padding, digits)
	l.y += framed + gap
	l.putCell(left, l.y, said)
	l.y += saidHeight + gap
	l.putCell(left, l.y, how)
	l.y += howHeight + gap
}

// columns of the table of members: where each starts, and the right margin.
func columns() [6]int {
	return [...]int{left, left + 10*mm, left + 56*mm, left + 82*mm, left + 117*mm, right}
}

// members is the table of members. Its header stands on each of its pages.
func (l *layout) members(p Pact, t words) {
	names := make(map[string]string)
	for _, c := range p.Clusters {
		for _, u := range c.Units {
			names[u.ID] = u.name()
		}
	}
	header := [][]span{{{small, t.number}}, {{small, t.name}}, {{small, t.role}}, {{small, t.unit}}, {{small, t.fingerprint}}}
	l.room(heading.lead() + 30*mm) // no heading without rows below it
	l.paragraph(left, heading, t.members)
	l.row(header, nil)
	for i, m := range p.Members {
		digits := halves(strings.ReplaceAll(m.Key.Fingerprint(), " ", ""))
		unit := m.Unit
		if name, ok := names[m.Unit]; ok {
			unit = name
		}
		l.row([][]span{
			{{small, strconv.Itoa(i + 1)}},
			{{strong, m.Name}, {smallCode, m.ID}},
			{{small, m.roleTitle(t)}},
			{{small, unit}},
			{{code, digits[0]}, {code, digits[1]}},
		}, header)
	}
}

// row sets a row of the table of members; where a page starts, header goes before it.
func (l *layout) row(cells, header [][]span) {
	edges := columns()
	lines := make([][]span, len(cells))
	height := 0
	for i, c := range cells {
		var h int
		lines[i], h = l.cell(edges[i+1]-edges[i]-2*padding, c)
		height = max(height, h)
	}
	height += 2 * padding
	if l.room(height) && header != nil {
		l.row(header, nil)
	}
	l.box(box{x: left, y: l.y + height, w: right - left})
	for i := range lines {
		l.putCell(edges[i]+padding, l.y+padding, lines[i])
	}
	l.y += height
}

// signatures are the blocks to sign, one for each unit of each cluster.
func (l *layout) signatures(p Pact, t words) {
	members := make(map[string]Member, len(p.Members))
	for _, m := range p.Members {
		members[m.ID] = m
	}
	l.paragraph(left, heading, t.signatures)
	l.paragraph(left, plain, t.signing)
	l.y += padding
	l.paragraph(left, code, strings.Join(groups(p.Genesis), " "))
	l.y += gap
	for _, c := range p.Clusters {
		if len(p.Clusters) > 1 && len(c.Units) > 0 {
			l.room(strong.lead() + 60*mm) // no heading without a block below it
			l.paragraph(left, strong, t.cluster+": "+c.name())
			l.y += padding
		}
		for _, u := range c.Units {
			l.block(c, u, members, t)
		}
	}
}

// block is what one unit's head fills in: who signs on the left, date and signature in the middle, the stamp on the right.
func (l *layout) block(c Cluster, u Unit, members map[string]Member, t words) {
	const (
		inset  = 3 * mm
		middle = left + 94*mm // of the middle column
		stamp  = 38 * mm      // an official stamp is up to 36 mm wide
	)
	joined := u.Joined
	if joined == "" {
		joined = t.notJoined
	}
	spans := []span{{strong, u.name()}}
	if u.ID == c.Lead {
		spans = append(spans, span{small, t.lead})
	}
	if m, ok := members[u.Head]; ok {
		digits := halves(strings.ReplaceAll(m.Key.Fingerprint(), " ", ""))
		spans = append(spans, span{plain, t.head + ": " + m.name()}, span{smallCode, m.ID}, span{code, digits[0]}, span{code, digits[1]})
	} else {
		spans = append(spans, span{plain, t.head + ": " + t.noHead})
	}
	lines, h := l.cell(middle-left-2*inset, append(spans, span{small, t.joined + ": " + joined}))
	h = max(h, stamp) + 2*inset
	l.room(h)
	l.box(box{x: left, y: l.y, w: right - left, h: h})
	l.putCell(left+inset, l.y+inset, lines)
	edge := right - inset - stamp
	l.box(box{x: edge, y: l.y + inset, w: stamp, h: stamp, dashed: true})
	l.put(edge+padding, l.y+inset+padding, small, t.stamp)
	l.put(middle, l.y+inset, small, t.date+":")
	l.box(box{x: middle + 10*mm, y: l.y + inset + small.lead(), w: edge - inset - middle - 10*mm})
	signed := l.y + h - inset - small.lead()
	l.box(box{x: middle, y: signed, w: edge - inset - middle})
	l.put(middle, signed+padding/2, small, t.signature)
	l.y += h + gap/2
}

// footers are set last: only then is it known how many pages there are.
func (l *layout) footers(p Pact) {
	mark := strings.Join(groups(p.Genesis)[:2], " ")
	for i := range l.pages {
		number := fmt.Sprintf("%d / %d", i+1, len(l.pages))
		one := &layout{width: l.width, pages: l.pages[i : i+1]}
		y := bottom + 5*mm
		one.box(box{x: left, y: y, w: right - left})
		one.put(left, y+padding, code, l.clip(110*mm, 1, code, p.Campaign)[0]+" · "+mark)
		one.put(right-l.width(code, number), y+padding, code, number)
	}
}

// name is the title, or else the id.
func (c Cluster) name() string { return or(c.Title, c.ID) }

// name is the title, or else the id.
func (u Unit) name() string { return or(u.Title, u.ID) }

// name is the name, or else the id.
func (m Member) name() string { return or(m.Name, m.ID) }

func (m Member) roleTitle(t words) string { return or(m.RoleTitle, or(t.roleTitles[m.Role], m.Role)) }

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
