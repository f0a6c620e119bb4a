package pact

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"campaignledger/cmd/internal/page"
	"campaignledger/events"
)

// lay gives the pages of p as they are before they are drawn.
func lay(t *testing.T, p Pact, lang string) []page.Page {
	t.Helper()
	c, err := page.NewCanvas(plain, strong, code)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wordsOf(lang)
	if err != nil {
		t.Fatal(err)
	}
	return layOut(p, w, c)
}

// printed is the text of a page, a run a line.
func printed(p page.Page) string {
	var b strings.Builder
	for _, t := range p.Texts {
		b.WriteString(t.S + "\n")
	}
	return b.String()
}

// operand is s as it stands in a page of the PDF: two bytes a character, with escapes.
func operand(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u>>8), byte(u))
	}
	escaped := strings.NewReplacer(`\`, `\\`, `(`, `\(`, `)`, `\)`, "\r", `\r`).Replace(string(b))
	return []byte("(" + escaped + ") Tj")
}

// odd is a pact of long, empty and strange texts.
func odd() Pact {
	p := sample(30)
	p.Campaign = strings.Repeat("c", 63)
	p.Title, p.TitleOther, p.Notice, p.Period, p.Movement = strings.Repeat("Tiêu đề rất dài ", 500), "", "", "", ""
	p.Theme = vietnameseText
	p.Members[3].Name = strings.Repeat("Nguyễn Thị Hường ", 40)
	p.Members[4].Name = strings.Repeat("W", 3000)
	p.Members[5].Name = "a\u202eb \U0001F600 (\\) \xff \r\n e\u0302\u0301"
	p.Members[6].Name, p.Members[7].Unit, p.Members[8].Unit = "", "", "elsewhere"
	p.Members[9].ID, p.Members[10].RoleTitle, p.Members[11].Role = strings.Repeat("x", 63), strings.Repeat("Trưởng ban ", 50), "other"
	units := p.Clusters[0].Units
	units[3].Title, units[4].Title, units[5].Joined = strings.Repeat("Công an tỉnh ", 600), "", strings.Repeat("sự kiện ", 600)
	second := Cluster{ID: "cum3", Title: strings.Repeat("Cụm thi đua số 3 ", 400), Units: slices.Clone(units)}
	second.Units[2].Head = ""
	p.Clusters = append(p.Clusters, second, Cluster{ID: "empty"})
	p = watched(p, 64, 30, 2)
	w := p.Witnesses.Keys
	w[1].ID, w[2].Unit, w[3].Unit = strings.Repeat("w", 63), units[3].ID, strings.Repeat("u", 63)
	return p
}

func samples() map[string]Pact {
	return map[string]Pact{"25 members": sample(25), "200 members": sample(200), "watched": watched(sample(25), 7, 2, 0),
		"no safe quorum": watched(sample(22), 5, 2, 3), "odd": odd()}
}

func TestEveryTextIsInTheFile(t *testing.T) {
	t.Parallel()
	for name, p := range samples() {
		for _, lang := range []string{"vi", "en"} {
			var file bytes.Buffer
			if err := write(&file, p, lang, false); err != nil {
				t.Fatal(err)
			}
			pages := lay(t, p, lang)
			if n := bytes.Count(file.Bytes(), []byte("/Type /Page\n")); n != len(pages) {
				t.Errorf("%s, %s: the file has %d pages, laid out were %d", name, lang, n, len(pages))
			}
			for i, pg := range pages {
				for _, run := range pg.Texts {
					if !bytes.Contains(file.Bytes(), operand(run.S)) {
						t.Errorf("%s, %s: page %d: %q is not in the file", name, lang, i+1, run.S)
					}
				}
			}
		}
	}
}

func TestAllKeysAndHashesArePrinted(t *testing.T) {
	t.Parallel()
	for name, p := range samples() {
		pages := lay(t, p, "vi")
		all := ""
		for _, pg := range pages {
			all += printed(pg)
		}
		// A hash stands on two lines, which follow each other.
		all = strings.ReplaceAll(all, "\n", " ")
		for _, m := range p.Members {
			if !strings.Contains(all, m.Key.Fingerprint()) {
				t.Errorf("%s: the fingerprint of %s is missing", name, m.ID)
			}
		}
		if p.Witnesses != nil {
			for _, w := range p.Witnesses.Keys {
				if !strings.Contains(all, w.Key.Fingerprint()) {
					t.Errorf("%s: the fingerprint of the witness %s is missing", name, w.ID)
				}
			}
		}
		for _, hash := range []string{p.Genesis, p.RegulationSHA256} {
			if !strings.Contains(all, strings.Join(groups(hash), " ")) {
				t.Errorf("%s: the hash %s is missing", name, hash)
			}
		}
		for _, c := range p.Clusters {
			for _, u := range c.Units {
				if m := slices.IndexFunc(p.Members, func(m Member) bool { return m.ID == u.Head }); m >= 0 &&
					strings.Count(all, p.Members[m].Key.Fingerprint()) < 2 {
					t.Errorf("%s: the block of %s lacks its head's fingerprint", name, u.ID)
				}
			}
		}
	}
}

func TestVietnameseStaysWhole(t *testing.T) {
	t.Parallel()
	p := sample(7)
	p.Theme, p.Notice = norm.NFD.String(vietnameseText), vietnameseText
	var all string
	for _, pg := range lay(t, p, "vi") {
		all += printed(pg)
	}
	if n := strings.Count(strings.ReplaceAll(all, "\n", " "), vietnameseText); n != 2 {
		t.Errorf("the letters stand %d times on the pages in NFC, want 2:\n%s", n, all)
	}
	var file bytes.Buffer
	if err := Write(&file, p, "vi"); err != nil {
		t.Fatal(err)
	}
	fonts := 0
	for _, glyphs := range glyphMaps(t, file.Bytes()) {
		missing := strings.Map(func(r rune) rune {
			if glyphs[2*r] == 0 && glyphs[2*r+1] == 0 {
				return r
			}
			return -1
		}, vietnameseText)
		if missing == "" {
			fonts++
		}
	}
	if fonts != 2 {
		t.Errorf("%d fonts of the file have all letters, want the regular and the bold one", fonts)
	}
}

// glyphMaps are the fonts' tables from character to glyph: two bytes for each of 65536 characters, 0 for no glyph.
func glyphMaps(t *testing.T, file []byte) [][]byte {
	t.Helper()
	var maps [][]byte
	for _, object := range bytes.Split(file, []byte("stream\n"))[1:] {
		r, err := zlib.NewReader(bytes.NewReader(object))
		if err != nil {
			continue // not compressed
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) == 2<<16 {
			maps = append(maps, b)
		}
	}
	if len(maps) != 3 {
		t.Fatalf("the file has %d fonts, want 3", len(maps))
	}
	return maps
}

func TestNothingOverlapsOrLeavesThePage(t *testing.T) {
	t.Parallel()
	for name, p := range samples() {
		for _, lang := range []string{"vi", "en"} {
			for i, pg := range lay(t, p, lang) {
				for j, a := range pg.Texts {
					if a.X < left || a.X+a.W > right || a.Y < 15*page.MM || a.Y > 287*page.MM {
						t.Errorf("%s, %s: page %d: %q lies outside", name, lang, i+1, a.S)
					}
					for _, b := range pg.Texts[:j] {
						if a.X < b.X+b.W && b.X < a.X+a.W && a.Y > b.Y-b.Style.Size()*300 && b.Y > a.Y-a.Style.Size()*300 {
							t.Errorf("%s, %s: page %d: %q overlaps %q", name, lang, i+1, a.S, b.S)
						}
					}
				}
				for _, b := range pg.Boxes {
					if b.X < left || b.X+b.W > right || b.Y < 15*page.MM || b.Y+b.H > bottom+5*page.MM {
						t.Errorf("%s, %s: page %d: a box lies outside: %+v", name, lang, i+1, b)
					}
				}
			}
		}
	}
}

func TestEachPageSaysWhereItBelongs(t *testing.T) {
	t.Parallel()
	p := sample(200)
	pages := lay(t, p, "en")
	if len(pages) < 8 {
		t.Fatalf("200 members on %d pages", len(pages))
	}
	for i, pg := range pages {
		s := printed(pg)
		if want := fmt.Sprintf("\n%d / %d\n", i+1, len(pages)); !strings.HasSuffix(s, want) {
			t.Errorf("page %d does not end in %q", i+1, want)
		}
		if want := "cum2-2017 · " + p.Genesis[:8] + " " + p.Genesis[8:16]; !strings.Contains(s, want) {
			t.Errorf("page %d lacks %q", i+1, want)
		}
		if strings.Contains(s, "\nCouncil member\n") && !strings.Contains(s, "Key fingerprint (SHA-256)") {
			t.Errorf("page %d has members but no table header", i+1)
		}
	}
	if last := printed(pages[len(pages)-1]); strings.Contains(last, "Council member") {
		t.Error("members and signatures share a page")
	}
}

func TestTheSamePactGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	p := odd()
	files := make([]bytes.Buffer, 8)
	var wait sync.WaitGroup
	for i := range files {
		wait.Go(func() {
			if err := Write(&files[i], p, "vi"); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for i := range files {
		if !bytes.Equal(files[i].Bytes(), files[0].Bytes()) {
			t.Fatalf("file %d differs from the first", i)
		}
	}
	const most = 150 << 10 // the fonts whole would be 1.8 MB
	if n := files[0].Len(); n > most {
		t.Errorf("the file has %d bytes, more than %d", n, most)
	}
	var other bytes.Buffer
	p.Members[0].Key[0] ^= 1
	if err := Write(&other, p, "vi"); err != nil || bytes.Equal(other.Bytes(), files[0].Bytes()) {
		t.Errorf("another key gives the same file (%v)", err)
	}
}

func TestAnyCharacterIsPrinted(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for r := rune(0); r <= utf8.MaxRune; r += 1 + r/4096 {
		b.WriteRune(r)
	}
	p := sample(7)
	p.Title = b.String() + "\uFFFE\uFFFF"
	var file bytes.Buffer
	if err := Write(&file, p, "en"); err != nil {
		t.Fatal(err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*Pact)
		want   string
	}{
		{"no id", func(p *Pact) { p.Campaign = "" }, "id is missing"},
		{"genesis in upper case", func(p *Pact) { p.Genesis = strings.ToUpper(p.Genesis) }, "genesis hash"},
		{"short genesis", func(p *Pact) { p.Genesis = p.Genesis[1:] }, "genesis hash"},
		{"no regulation hash", func(p *Pact) { p.RegulationSHA256 = "" }, "regulation's hash"},
		{"no opening", func(p *Pact) { p.Opened = time.Time{} }, "time of the opening"},
		{"no sequence", func(p *Pact) { p.Seq = 0 }, "sequence is 0"},
		{"no units", func(p *Pact) { p.Clusters[0].Units = nil }, "no unit"},
		{"a member twice", func(p *Pact) { p.Members[1].ID = p.Members[0].ID }, "twice"},
		{"no key", func(p *Pact) { p.Members[2].Key = events.PublicKey{} }, "no key"},
		{"unknown head", func(p *Pact) { p.Clusters[0].Units[0].Head = "nobody" }, `"nobody"`},
		{"no witness", func(p *Pact) { p.Witnesses = new(events.Witnesses) }, "0 witnesses; name from 1 to 10000"},
		{"too many witnesses", func(p *Pact) { *p = watched(*p, MaxRows+1, 0, 0) }, "10001 witnesses"},
		{"a witness without a key", func(p *Pact) { *p = watched(*p, 4, 1, 0); p.Witnesses.Keys[2].Key = events.PublicKey{} }, `"lai-chau-w" has no key`},
		{"too many members", func(p *Pact) { p.Members = make([]Member, MaxRows+1) }, "at most 10000"},
	}
	for _, tt := range tests {
		p := sample(7)
		tt.change(&p)
		var file bytes.Buffer
		if err := Write(&file, p, "en"); err == nil || !strings.Contains(err.Error(), tt.want) || file.Len() > 0 {
			t.Errorf("%s: error %v, %d bytes; want %q and none", tt.name, err, file.Len(), tt.want)
		}
	}
	p := sample(7)
	p.Members = nil
	if err := Write(&bytes.Buffer{}, p, "en"); !errors.Is(err, ErrUnsigned) {
		t.Errorf("without members: %v, want ErrUnsigned", err)
	}
	if err := Write(&bytes.Buffer{}, sample(7), "fr"); err == nil || !strings.Contains(err.Error(), `"fr"`) {
		t.Errorf("in French: %v", err)
	}
}

var errFull = errors.New("disk is full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrorIsGiven(t *testing.T) {
	t.Parallel()
	if err := Write(full{}, sample(7), "vi"); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
}

func TestBothLanguagesSayAll(t *testing.T) {
	t.Parallel()
	for _, w := range []words{vietnamese(), english()} {
		roles := []string{events.RoleHead, events.RoleOfficer, events.RoleReviewer, events.RoleCouncil, events.RoleTeller, events.RoleAuditor, events.RoleAuthority}
		for _, role := range roles {
			if w.roleTitles[role] == "" {
				t.Errorf("%s: no word for the role %s", w.heading, role)
			}
		}
		if strings.Contains(fmt.Sprintf("%q", w), `""`) {
			t.Errorf("%s: a text is missing: %q", w.heading, w)
		}
		if s := fmt.Sprintf("%v", w); s != norm.NFC.String(s) {
			t.Errorf("%s: not in NFC", w.heading)
		}
	}
}
