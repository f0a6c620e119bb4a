package page

import "encoding/binary"

// cover are the characters that a font has a shape for, a bit each.
type cover [1 << 16 / 8]byte

func (c *cover) has(r rune) bool { return r < 1<<16 && c[r/8]&(1<<(r%8)) != 0 }

// coverOf reads a TrueType font's table for the Unicode characters below U+10000 (cmap, platform 3, encoding 1, format 4). It is for the
// fonts of this package: of another that has no such table it finds nothing.
func coverOf(font []byte) *cover {
	c := &cover{}
	at := func(i int) int {
		if i < 0 || i+2 > len(font) {
			return 0
		}
		return int(binary.BigEndian.Uint16(font[i:]))
	}
	long := func(i int) int { return at(i)<<16 | at(i+2) }
	for i := range at(4) {
		if record := 12 + 16*i; long(record) == 'c'<<24|'m'<<16|'a'<<8|'p' {
			cmap := long(record + 8)
			for j := range at(cmap + 2) {
				if entry := cmap + 4 + 8*j; at(entry) == 3 && at(entry+2) == 1 {
					c.addSegments(at, cmap+long(entry+4))
				}
			}
		}
	}
	return c
}

// addSegments reads a table of format 4: runs of characters, each with a difference to their glyphs or a place where these stand.
func (c *cover) addSegments(at func(int) int, table int) {
	if at(table) != 4 {
		return
	}
	double := at(table + 6) // twice the number of segments
	ends := table + 14
	starts, deltas, ranges := ends+double+2, ends+2*double+2, ends+3*double+2
	for i := 0; i < double; i += 2 {
		for r := at(starts + i); r <= at(ends+i) && r < 1<<16-1; r++ {
			glyph := r
			if offset := at(ranges + i); offset != 0 {
				if glyph = at(ranges + i + offset + 2*(r-at(starts+i))); glyph == 0 {
					continue
				}
			}
			if (glyph+at(deltas+i))&0xffff != 0 {
				c[r/8] |= 1 << (r % 8)
			}
		}
	}
}
