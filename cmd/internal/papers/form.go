package papers

import (
	"fmt"
	"slices"
	"strings"

	"campaignledger/cmd/internal/page"
)

// The styles of the documents; they have no others.
const (
	body    = page.Serif + 13
	strong  = page.SerifBold + 13
	slanted = page.SerifItalic + 13

	heading    = page.SerifBold + 14 // of the document
	capitals   = page.SerifBold + 12 // of the two heads
	aside      = page.SerifItalic + 12
	cell       = page.Serif + 11
	cellStrong = page.SerifBold + 11
	cellAside  = page.SerifItalic + 11
	fine       = page.Serif + 9
	code       = page.Mono + 7
)

// blank is what is to be filled in by hand.
const blank = "……………………"

const (
	gap    = 2 * page.MM  // below a paragraph
	indent = 10 * page.MM // of its first line
)

// upright is the documents' sheet: 30 mm on the left for binding.
func upright() page.Sheet { return page.Upright(30*page.MM, 15*page.MM, 20*page.MM, 25*page.MM) }

// letterhead starts the document: who issues it and its number on the left, the nation, place and date on the right.
func (p *paper) letterhead() {
	p.NewPage()
	const between = 4 * page.MM
	right := max(p.Width(capitals, nation(p)), p.Width(strong, motto(p))) + 2*page.MM
	left := p.Sheet.Wide() - right - between
	x := p.Sheet.Right - right

	issuer, _ := p.Cell(left, []page.Span{capitals.Of(strings.ToUpper(p.clusterTitle()))})
	y := p.PutAligned(p.Sheet.Left, left, p.Y, page.Center, issuer)
	last := issuer[len(issuer)-1]
	p.rule(p.Sheet.Left, left, y, p.Width(last.Style, last.S)/2)
	n := p.PutAligned(x, right, p.Y, page.Center, []page.Span{capitals.Of(nation(p)), strong.Of(motto(p))})
	p.rule(x, right, n, p.Width(strong, motto(p)))

	y = max(y, n) + 3*page.MM
	number, _ := p.Cell(left, []page.Span{body.Of(p.say("Số: ", "No.: ") + or(p.options.Number, "………/………"))})
	place := or(p.options.Place, "………………") + ", " + p.dateText()
	date, _ := p.Cell(right, []page.Span{slanted.Of(place)})
	y = max(p.PutAligned(p.Sheet.Left, left, y, page.Center, number), p.PutAligned(x, right, y, page.Center, date))
	p.Y = y + 7*page.MM
}

func nation(p *paper) string {
	return p.say("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "SOCIALIST REPUBLIC OF VIET NAM")
}

func motto(p *paper) string {
	return p.say("Độc lập - Tự do - Hạnh phúc", "Independence - Freedom - Happiness")
}

// rule is a line of the given length in the middle below a heading.
func (p *paper) rule(x, w, y, length int) {
	p.Box(page.Box{X: x + (w-length)/2, Y: y + page.MM, W: length})
}

// title sets the document's name, what it is about, and what the campaign's labels say of it.
func (p *paper) title(name, about string) {
	p.name = name
	middle := page.Block{Align: page.Center}
	p.Flow(middle, heading.Of(name))
	lines, _ := p.Cell(p.Sheet.Wide(), []page.Span{strong.Of(about)})
	p.Y = p.PutAligned(p.Sheet.Left, p.Sheet.Wide(), p.Y, page.Center, lines)
	p.rule(p.Sheet.Left, p.Sheet.Wide(), p.Y, 40*page.MM)
	p.Y += 4 * page.MM
	for _, label := range p.labels() {
		p.Flow(middle, aside.Of("("+label+")"))
	}
	p.Y += 3 * page.MM
}

// text is a paragraph of the body.
func (p *paper) text(spans ...page.Span) {
	p.Flow(page.Block{First: indent, Align: page.Justify, After: gap}, spans...)
}

// item is a dashed one.
func (p *paper) item(spans ...page.Span) {
	p.text(append([]page.Span{body.Of("- ")}, spans...)...)
}

// fact is an item that gives a value its name, a blank where it is not known.
func (p *paper) fact(name, value string) {
	p.item(body.Of(name+": "), body.Of(or(value, blank+blank)))
}

// section starts a numbered part, with room for something below its heading.
func (p *paper) section(title string) {
	p.sections++
	p.Y += gap
	p.Room(30 * page.MM)
	p.Flow(page.Block{First: indent, After: gap}, strong.Of(fmt.Sprintf("%d. %s", p.sections, title)))
}

// sub is a heading within a section.
func (p *paper) sub(title string) {
	p.Room(25 * page.MM)
	p.Flow(page.Block{First: indent, After: gap}, slanted.Of(title))
}

// hash names a SHA-256 in a line of its own.
func (p *paper) hash(name, digits string) {
	p.Room(aside.Lead() + code.Lead())
	p.Flow(page.Block{In: indent}, fine.Of(name))
	p.Flow(page.Block{In: indent, After: gap}, code.Of(or(digits, "–")))
}

// signer is who signs.
type signer struct {
	under string // "TM. …", or ""
	role  string
	name  string      // or ""
	list  []page.Span // instead of a signature: who gets the document
}

// signSpace is where the signature goes.
const signSpace = 24 * page.MM

// signRow is about what two signatures beside each other take.
const signRow = 52 * page.MM

// sign sets the places for two signatures beside each other; a role of "" leaves its side empty. All stay on one page with the closing
// words, or if they are more than that has place for, the first two.
func (p *paper) sign(closing string, rows ...[2]signer) {
	words := page.Block{First: indent, Align: page.Justify, After: gap}
	half := p.Sheet.Wide() / 2
	all := p.Height(words, body.Of(closing)) + gap
	for _, row := range rows {
		h, _, _ := p.signRow(half, row)
		all += h + 3*gap
	}
	if all < p.Sheet.Bottom-p.Sheet.Top {
		p.Room(all)
	}
	for i, row := range rows {
		h, above, sides := p.signRow(half, row)
		if i == 0 {
			p.Room(p.Height(words, body.Of(closing)) + gap + h)
			p.Flow(words, body.Of(closing))
			p.Y += gap
		}
		p.Room(h)
		for side, lines := range sides {
			x := p.Sheet.Left + side*half
			switch {
			case row[side].list != nil:
				p.PutCell(x, p.Y, lines)
			case row[side].role != "":
				p.PutAligned(x, half, p.Y, page.Center, lines)
				name := p.Clip(half, 1, strong, or(page.Clean(row[side].name), blank))
				p.PutAligned(x, half, p.Y+above+signSpace, page.Center, []page.Span{strong.Of(name[0])})
			}
		}
		p.Y += h + 3*gap
	}
}

// signRow is how high a row of signatures is, what of it stands above them, and the lines of both sides. A row without signatures, like that
// of the recipients, needs no place for them.
func (p *paper) signRow(half int, row [2]signer) (h, above int, sides [2][]page.Span) {
	l, lh := p.block(half, row[0])
	r, rh := p.block(half, row[1])
	above = max(lh, rh)
	h = above + signSpace + strong.Lead()
	if row[0].role == "" && row[1].role == "" {
		h = above
	}
	return h, above, [2][]page.Span{l, r}
}

// signHeight is about what short closing words and the first signatures take: a table leaves them room below its last rows.
const signHeight = 60 * page.MM

// block is what stands above a signature.
func (p *paper) block(w int, s signer) ([]page.Span, int) {
	switch {
	case s.list != nil:
		h := 0
		for _, sp := range s.list {
			h += sp.Style.Lead()
		}
		return s.list, h
	case s.role == "":
		return nil, 0
	}
	return p.Cell(w-4*page.MM, []page.Span{strong.Of(s.under), strong.Of(s.role), aside.Of(p.say("(Ký, ghi rõ họ tên)", "(Signature and full name)"))})
}

// recipients are who gets the document, in lines for the left half of a page.
func (p *paper) recipients() signer {
	const most = 2 // lines of each
	lines := []page.Span{aside.Of(p.say("Nơi nhận:", "Recipients:"))}
	list := p.options.Recipients
	if len(list) == 0 {
		list = []string{blank}
	}
	for _, r := range append(slices.Clone(list), p.say("Lưu hồ sơ", "File")) {
		for _, line := range p.Clip(p.Sheet.Wide()/2-4*page.MM, most, cell, "- "+r+";") {
			lines = append(lines, cell.Of(line))
		}
	}
	return signer{list: lines}
}

// footers are set last: only then is it known how many pages there are.
func (p *paper) footers() {
	p.Footers(func(one *page.Layout, number, of int) {
		s := one.Sheet
		y := s.Bottom + 3*page.MM
		one.Box(page.Box{X: s.Left, Y: y, W: s.Wide()})
		y += page.MM
		pages := fmt.Sprintf(p.say("Trang %d/%d", "Page %d of %d"), number, of)
		w := one.Width(fine, pages)
		one.Put(s.Left, y, fine, p.reg.ID+" · "+fmt.Sprintf(p.say("sự kiện %d", "event %d"), p.Seq))
		one.Put(s.Right-w, y, fine, pages)
		y += fine.Lead()
		if labels := p.labels(); len(labels) > 0 {
			one.Put(s.Left, y, fine, one.Clip(s.Wide(), 1, fine, strings.Join(labels, " · "))[0])
			y += fine.Lead()
		}
		head := p.say("Mã băm của sổ:", "Hash of the log:")
		one.Put(s.Left, y, fine, head)
		one.Put(s.Left+one.Width(fine, head)+page.MM, y+page.MM/2, code, p.Root)
	})
}
