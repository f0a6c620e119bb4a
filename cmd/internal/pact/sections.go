package pact

import (
	"fmt"
	"strconv"
	"strings"

	"campaignledger/cmd/internal/page"
)

// The styles of the document; it has no others.
const (
	plain     = page.Sans + 10
	small     = page.Sans + 8
	strong    = page.SansBold + 10
	heading   = page.SansBold + 13
	title     = page.SansBold + 18
	code      = page.Mono + 8
	smallCode = page.Mono + 7
	largeCode = page.Mono + 19
)

const (
	left   = 15 * page.MM
	right  = 195 * page.MM
	bottom = 277 * page.MM // the footer is below

	gap     = 4 * page.MM // between sections
	padding = 1 * page.MM // in table cells
)

// sheet is A4, upright.
func sheet() page.Sheet { return page.Upright(left, 15*page.MM, 15*page.MM, 20*page.MM) }

// layout is the document as it grows.
type layout struct{ *page.Layout }

// layOut makes the pages of the whole document. It is O(members + units) in time.
func layOut(p Pact, t words, fonts page.Fonts) []page.Page {
	l := &layout{page.NewLayout(sheet(), fonts)}
	l.NewPage()
	l.facts(p, t)
	l.genesis(p, t)
	l.members(p, t)
	l.witnesses(p, t)
	l.NewPage()
	l.signatures(p, t)
	l.footers(p)
	return l.Pages
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
	l.Paragraph(left, title, t.heading)
	l.Paragraph(left, heading, p.Title)
	if p.TitleOther != p.Title {
		l.Paragraph(left, plain, p.TitleOther)
	}
	l.Paragraph(left, strong, p.Notice)
	l.Y += gap
	hash := halves(p.RegulationSHA256)
	l.fact(t.campaign, code.Of(p.Campaign))
	l.fact(t.period, plain.Of(p.Period))
	l.fact(t.movement, plain.Of(p.Movement))
	l.fact(t.theme, plain.Of(p.Theme))
	for _, c := range p.Clusters {
		lead := ""
		for _, u := range c.Units {
			if u.ID == c.Lead {
				lead = fmt.Sprintf("%s: %s", t.lead, u.name())
			}
		}
		l.fact(t.cluster, plain.Of(c.name()), small.Of(lead))
	}
	l.fact(t.opened, plain.Of(p.Opened.Format("2006-01-02 15:04:05 -07:00")))
	l.fact(t.rules, plain.Of(strconv.Itoa(p.Rules)))
	l.fact(t.regulation, code.Of(hash[0]), code.Of(hash[1]))
	l.fact(t.asOf, plain.Of(fmt.Sprintf(t.event, p.Seq)))
	l.Y += gap
}

// fact is a row of the campaign's facts, if any of its spans has text.
func (l *layout) fact(label string, spans ...page.Span) {
	const column = 45 * page.MM
	lines, h := l.Cell(right-left-column, spans)
	if len(lines) == 0 {
		return
	}
	labels, labelHeight := l.Cell(column-2*padding, []page.Span{plain.Of(label)})
	h = max(h, labelHeight)
	l.Room(h + padding)
	l.PutCell(left, l.Y, labels)
	l.PutCell(left+column, l.Y, lines)
	l.Y += h + padding
}

// genesis is the hash in large digits, what the paper proves, and how to compare. It stays on one page.
func (l *layout) genesis(p Pact, t words) {
	const inset = 4 * page.MM
	width := right - left - 2*inset
	digits, digitsHeight := l.Cell(width, []page.Span{largeCode.Of(halves(p.Genesis)[0]), largeCode.Of(halves(p.Genesis)[1])})
	label, labelHeight := l.Cell(width, []page.Span{strong.Of(t.genesis)})
	said, saidHeight := l.Cell(right-left, []page.Span{plain.Of(fmt.Sprintf(t.proves, p.Seq))})
	how, howHeight := l.Cell(right-left, []page.Span{
		plain.Of(t.compareGenesis), code.Of("campaign log " + p.Campaign + ` | head -n 1 | tr -d '\n' | sha256sum`),
		plain.Of(t.compareKeys), code.Of("campaign key show FILE"),
	})
	framed := inset + labelHeight + 2*padding + digitsHeight + inset
	l.Room(framed + gap + saidHeight + gap + howHeight)
	l.Box(page.Box{X: left, Y: l.Y, W: right - left, H: framed})
	l.PutCell(left+inset, l.Y+inset, label)
	l.PutCell(left+inset, l.Y+inset+labelHeight+2*padding, digits)
	l.Y += framed + gap
	l.PutCell(left, l.Y, said)
	l.Y += saidHeight + gap
	l.PutCell(left, l.Y, how)
	l.Y += howHeight + gap
}

// columns of the table of members: where each starts, and the right margin.
func columns() []int {
	return []int{left, left + 10*page.MM, left + 56*page.MM, left + 82*page.MM, left + 117*page.MM, right}
}

// members is the table of members. Its header stands on each of its pages.
func (l *layout) members(p Pact, t words) {
	names, edges := p.unitNames(), columns()
	header := [][]page.Span{{small.Of(t.number)}, {small.Of(t.name)}, {small.Of(t.role)}, {small.Of(t.unit)}, {small.Of(t.fingerprint)}}
	l.Room(heading.Lead() + 30*page.MM) // no heading without rows below it
	l.Paragraph(left, heading, t.members)
	l.row(edges, header, nil)
	for i, m := range p.Members {
		digits := halves(strings.ReplaceAll(m.Key.Fingerprint(), " ", ""))
		unit := m.Unit
		if name, ok := names[m.Unit]; ok {
			unit = name
		}
		l.row(edges, [][]page.Span{
			{small.Of(strconv.Itoa(i + 1))},
			{strong.Of(m.Name), smallCode.Of(m.ID)},
			{small.Of(m.roleTitle(t))},
			{small.Of(unit)},
			{code.Of(digits[0]), code.Of(digits[1])},
		}, header)
	}
}

// row sets a row of a table whose columns start at edges, the last being its right end; where a page starts, header goes before it.
func (l *layout) row(edges []int, cells, header [][]page.Span) {
	lines := make([][]page.Span, len(cells))
	height := 0
	for i, c := range cells {
		var h int
		lines[i], h = l.Cell(edges[i+1]-edges[i]-2*padding, c)
		height = max(height, h)
	}
	height += 2 * padding
	if l.Room(height) && header != nil {
		l.row(edges, header, nil)
	}
	l.Box(page.Box{X: left, Y: l.Y + height, W: right - left})
	for i := range lines {
		l.PutCell(edges[i]+padding, l.Y+padding, lines[i])
	}
	l.Y += height
}

// signatures are the blocks to sign, one for each unit of each cluster.
func (l *layout) signatures(p Pact, t words) {
	members := make(map[string]Member, len(p.Members))
	for _, m := range p.Members {
		members[m.ID] = m
	}
	l.Paragraph(left, heading, t.signatures)
	l.Paragraph(left, plain, t.signing)
	l.Y += padding
	l.Paragraph(left, code, strings.Join(groups(p.Genesis), " "))
	l.Y += gap
	for _, c := range p.Clusters {
		if len(p.Clusters) > 1 && len(c.Units) > 0 {
			l.Room(strong.Lead() + 60*page.MM) // no heading without a block below it
			l.Paragraph(left, strong, t.cluster+": "+c.name())
			l.Y += padding
		}
		for _, u := range c.Units {
			l.block(c, u, members, t)
		}
	}
}

// block is what one unit's head fills in: who signs on the left, date and signature in the middle, the stamp on the right.
func (l *layout) block(c Cluster, u Unit, members map[string]Member, t words) {
	const (
		inset  = 3 * page.MM
		middle = left + 94*page.MM // of the middle column
		stamp  = 38 * page.MM      // an official stamp is up to 36 mm wide
	)
	joined := u.Joined
	if joined == "" {
		joined = t.notJoined
	}
	spans := []page.Span{strong.Of(u.name())}
	if u.ID == c.Lead {
		spans = append(spans, small.Of(t.lead))
	}
	if m, ok := members[u.Head]; ok {
		digits := halves(strings.ReplaceAll(m.Key.Fingerprint(), " ", ""))
		spans = append(spans, plain.Of(t.head+": "+m.name()), smallCode.Of(m.ID), code.Of(digits[0]), code.Of(digits[1]))
	} else {
		spans = append(spans, plain.Of(t.head+": "+t.noHead))
	}
	lines, h := l.Cell(middle-left-2*inset, append(spans, small.Of(t.joined+": "+joined)))
	h = max(h, stamp) + 2*inset
	l.Room(h)
	l.Box(page.Box{X: left, Y: l.Y, W: right - left, H: h})
	l.PutCell(left+inset, l.Y+inset, lines)
	edge := right - inset - stamp
	l.Box(page.Box{X: edge, Y: l.Y + inset, W: stamp, H: stamp, Dashed: true})
	l.Put(edge+padding, l.Y+inset+padding, small, t.stamp)
	l.Put(middle, l.Y+inset, small, t.date+":")
	l.Box(page.Box{X: middle + 10*page.MM, Y: l.Y + inset + small.Lead(), W: edge - inset - middle - 10*page.MM})
	signed := l.Y + h - inset - small.Lead()
	l.Box(page.Box{X: middle, Y: signed, W: edge - inset - middle})
	l.Put(middle, signed+padding/2, small, t.signature)
	l.Y += h + gap/2
}

// footers are set last: only then is it known how many pages there are.
func (l *layout) footers(p Pact) {
	mark := strings.Join(groups(p.Genesis)[:2], " ")
	l.Footers(func(one *page.Layout, number, of int) {
		s := fmt.Sprintf("%d / %d", number, of)
		y := bottom + 5*page.MM
		one.Box(page.Box{X: left, Y: y, W: right - left})
		one.Put(left, y+padding, code, one.Clip(110*page.MM, 1, code, p.Campaign)[0]+" · "+mark)
		one.Put(right-one.Width(code, s), y+padding, code, s)
	})
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
