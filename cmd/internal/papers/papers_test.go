package papers

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"

	"campaignledger/cmd/internal/page"
	"campaignledger/events"
	"campaignledger/projections"
)

// sample is a document of a source.
type sample struct {
	source  Source
	options Options
	awards  *projections.Awards // instead of the source's; nil: those
}

// opened is the sample's campaign.
func opened(t testing.TB, x sample) *campaign {
	t.Helper()
	c, err := open(x.source, x.options)
	if err != nil {
		t.Fatal(err)
	}
	if x.awards != nil {
		c.awards = x.awards
	}
	return c
}

// samples are documents of every kind: of the story in both languages, of a trial with what the story lacks, and of wide and strange campaigns.
func samples(t testing.TB) map[string]sample {
	t.Helper()
	made.Do(func() { made.samples = makeSamples(t) })
	if made.samples == nil {
		t.Fatal("the samples could not be made")
	}
	return made.samples
}

var made struct {
	sync.Once
	samples map[string]sample
}

func makeSamples(t testing.TB) map[string]sample {
	t.Helper()
	s, w, c := story(t), wide(t, 23), newTrial(t)
	all := map[string]sample{}
	for _, lang := range []string{"vi", "en"} {
		for name, o := range map[string]Options{
			"minutes":      {Kind: events.DocumentMinutes, Place: "Lạng Sơn", Venue: "Hội trường", Secretary: "Vi Thị Minh", Number: "01/BB-CTĐ2"},
			"named tally":  {Kind: events.DocumentTally, Ballot: "ministry-flag-1"},
			"paper tally":  {Kind: events.DocumentTally, Ballot: "government-flag-1", Tellers: []string{"Lý Thị Mai", "Bế Văn Hòa", "Sùng A Pao"}},
			"proposal":     {Kind: events.DocumentProposal, Award: "ministry-flag", Recipients: []string{"Như trên", "Các đơn vị trong Cụm"}},
			"one's":        {Kind: events.DocumentProposal, Award: "government-flag", Unit: "lang-son"},
			"sheet":        {Kind: events.DocumentSheet, Unit: "son-la", Level: "cross"},
			"lead's sheet": {Kind: events.DocumentSheet, Unit: "lang-son", Level: "self"},
			"blank":        {Kind: events.DocumentSheet, Unit: "lang-son", Level: "self", Blank: true},
			"summary":      {Kind: events.DocumentSummary},
		} {
			o.Lang = lang
			all[name+" "+lang] = sample{s, o, nil}
		}
	}
	c.conference()
	c.afterwards()
	for name, o := range map[string]Options{
		"trial minutes":  {Kind: events.DocumentMinutes},
		"first tally":    {Kind: events.DocumentTally, Ballot: "flag-1"},
		"second tally":   {Kind: events.DocumentTally, Ballot: "flag-2"},
		"open tally":     {Kind: events.DocumentTally, Ballot: "cup-1"},
		"trial proposal": {Kind: events.DocumentProposal, Award: "flag"},
	} {
		o.Lang = "vi"
		all[name] = sample{c.source(), o, nil}
	}
	for name, o := range map[string]Options{
		"wide summary":  {Kind: events.DocumentSummary, Cluster: "big"},
		"wide sheet":    {Kind: events.DocumentSheet, Cluster: "big", Unit: "u3", Level: "self"},
		"odd sheet":     {Kind: events.DocumentSheet, Cluster: "odd", Unit: "a", Level: "jury", Blank: true},
		"odd minutes":   {Kind: events.DocumentMinutes, Cluster: "odd", Place: strings.Repeat("x", 999), Venue: strings.Repeat("y ", 9999), Chair: strings.Repeat("W", 999), Secretary: " \n"},
		"odd tally":     {Kind: events.DocumentTally, Cluster: "odd", Ballot: "b", Tellers: slices.Repeat([]string{strings.Repeat("Nguyễn Thị ", 99)}, 7)},
		"odd proposal":  {Kind: events.DocumentProposal, Cluster: "odd", Award: "flag", Recipients: slices.Repeat([]string{strings.Repeat("z", 999)}, MaxRecipients), Number: strings.Repeat("9", 999)},
		"odd summary":   {Kind: events.DocumentSummary, Cluster: "odd"},
		"empty minutes": {Kind: events.DocumentMinutes, Cluster: "big"},
		"none":          {Kind: events.DocumentProposal, Cluster: "big", Award: "flag"},
	} {
		o.Lang = "vi"
		all[name] = sample{w, o, wideAwards(w.Seq)}
	}
	return all
}

// lay gives the pages of a document as they are before they are drawn.
func lay(t testing.TB, x sample) []page.Page {
	t.Helper()
	c := opened(t, x)
	canvas, err := page.NewCanvas(body, strong, slanted, code)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.layOut(x.options, canvas)
	if err != nil {
		t.Fatal(err)
	}
	return p.Pages
}

// printed is the text of pages, lines and runs joined by spaces.
func printed(pages ...page.Page) string {
	var parts []string
	for _, p := range pages {
		for _, t := range p.Texts {
			parts = append(parts, t.S)
		}
	}
	return strings.Join(parts, " ")
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

func TestEveryTextIsInTheFile(t *testing.T) {
	t.Parallel()
	for name, x := range samples(t) {
		c := opened(t, x)
		var file bytes.Buffer
		if err := c.write(&file, x.options, true); err != nil {
			t.Fatal(err)
		}
		pages := lay(t, x)
		if n := bytes.Count(file.Bytes(), []byte("/Type /Page\n")); n != len(pages) {
			t.Errorf("%s: the file has %d pages, laid out were %d", name, n, len(pages))
		}
		drawn := map[string]bool{}
		for _, s := range regexp.MustCompile(`(?s)\((?:\\.|[^\\)])*\) Tj`).FindAll(file.Bytes(), -1) {
			drawn[string(s)] = true
		}
		for i, pg := range pages {
			for _, run := range pg.Texts {
				words := []string{run.S}
				if run.Gap != 0 {
					words = strings.Split(run.S, " ")
				}
				for _, w := range words {
					if !drawn[string(operand(w))] {
						t.Fatalf("%s: page %d: %q is not in the file", name, i+1, w)
					}
				}
			}
		}
	}
}

func TestNothingOverlapsOrLeavesThePage(t *testing.T) {
	t.Parallel()
	for name, x := range samples(t) {
		for i, pg := range lay(t, x) {
			s := pg.Sheet
			for j, a := range pg.Texts {
				if a.X < s.Left || a.X+a.W > s.Right+page.MM/10 || a.Y < s.Top || a.Y > s.Height-6*page.MM {
					t.Fatalf("%s: page %d: %q lies outside", name, i+1, a.S)
				}
				for _, b := range pg.Texts[:j] {
					if a.X < b.X+b.W && b.X < a.X+a.W && a.Y > b.Y-b.Style.Size()*300 && b.Y > a.Y-a.Style.Size()*300 {
						t.Fatalf("%s: page %d: %q overlaps %q", name, i+1, a.S, b.S)
					}
				}
			}
			for _, b := range pg.Boxes {
				if b.X < s.Left || b.X+b.W > s.Right || b.Y < s.Top || b.Y+b.H > s.Bottom+5*page.MM {
					t.Errorf("%s: page %d: a box lies outside: %+v", name, i+1, b)
				}
			}
		}
	}
}

func TestEachPageSaysWhereItBelongs(t *testing.T) {
	t.Parallel()
	for name, x := range samples(t) {
		pages := lay(t, x)
		reg := x.source.Live.Summary().Regulation
		for i, pg := range pages {
			s := printed(pg)
			event, number := fmt.Sprintf("sự kiện %d ", x.source.Seq), fmt.Sprintf("Trang %d/%d ", i+1, len(pages))
			if x.options.Lang == "en" {
				event, number = fmt.Sprintf("event %d ", x.source.Seq), fmt.Sprintf("Page %d of %d ", i+1, len(pages))
			}
			for _, want := range []string{reg.ID + " · " + event + number, x.source.Root, reg.Notice.In(x.options.Lang)} {
				if !strings.Contains(s, want) {
					t.Errorf("%s: page %d lacks %q", name, i+1, want)
				}
			}
			if unsigned := strings.Contains(s, "chưa ký số: chưa chứng thực"); unsigned == reg.Signed() {
				t.Errorf("%s: page %d says that the campaign is unsigned: %t", name, i+1, unsigned)
			}
		}
		first := printed(pages[0])
		if n := strings.Count(first, reg.Notice.In(x.options.Lang)); n != 2 && !strings.Contains(name, "odd") && !strings.Contains(name, "wide") {
			t.Errorf("%s: the notice stands %d times on page 1, want below the title and in the footer", name, n)
		}
	}
}

func TestSignaturesAreNotParted(t *testing.T) {
	t.Parallel()
	for name, x := range samples(t) {
		pages := lay(t, x)
		signs, names := 0, 0
		for i, pg := range pages {
			s := printed(pg)
			signs += strings.Count(s, "(Ký, ghi rõ họ tên)") + strings.Count(s, "(Signature and full name)")
			for j, run := range pg.Texts {
				if run.Style == strong && j > 0 && run.Y < pg.Sheet.Top+10*page.MM && i > 0 && strings.Contains(run.S, "……") {
					t.Errorf("%s: page %d starts with the place for a name", name, i+1)
				}
			}
			names = i
		}
		if signs == 0 {
			t.Errorf("%s: nobody signs", name)
		}
		if x.options.Kind == events.DocumentSheet || x.options.Kind == events.DocumentSummary {
			if last := pages[names]; len(last.Boxes) < 3 {
				t.Errorf("%s: the last page has signatures and no table", name)
			}
		}
	}
}

func TestTablesRepeatTheirHeaders(t *testing.T) {
	t.Parallel()
	s := wide(t, 23)
	pages := lay(t, sample{s, Options{Kind: events.DocumentSummary, Lang: "vi", Cluster: "big"}, nil})
	seen := map[string]int{}
	for i, pg := range pages {
		text := printed(pg)
		if len(pg.Boxes) > 2 && !strings.Contains(text, "Mã Tiêu chí Tối đa Đơn vị thành viên số") {
			t.Errorf("page %d has a table without its header", i+1)
		}
		for g := range 17 {
			for l := range 10 {
				if id := fmt.Sprintf("G%d.%d", g, l); strings.Contains(text+" ", " "+id+" ") {
					seen[id]++
				}
			}
		}
	}
	for id, n := range seen {
		if n != 3 { // 23 units in groups of nine
			t.Errorf("%s stands %d times, want 3", id, n)
		}
	}
	if len(seen) != 170 {
		t.Errorf("%d criteria, want 170", len(seen))
	}
}

// TestDocumentsSayAll looks for what each must have, and what it must not.
func TestDocumentsSayAll(t *testing.T) {
	t.Parallel()
	s := story(t)
	standings := s.Live.Standings()
	hash := projections.StandingsSHA(standings)
	regulation := fmt.Sprintf("%x", sha256.Sum256(standings.Regulation.Canonical()))
	awards := s.Live.Awards("vi").Awards
	named, secret := awards[0].Nominees[0].Standings.SHA256, awards[1].Ballots[0]
	all := samples(t)
	for name, want := range map[string][]string{
		"minutes vi": {"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "CỤM THI ĐUA SỐ 2", "Số: 01/BB-CTĐ2", "Lạng Sơn, ngày 29 tháng 01 năm 2018",
			"Hội nghị bình xét, suy tôn", hash, regulation, named, "có mặt 7, vắng mặt 1. Theo ", "government-flag-1 (1 người vắng mặt bỏ phiếu bằng văn bản)", "hồi …… giờ …… phút, ngày 21 tháng 12 năm 2017", "(đợt cao điểm lập thành tích", "không có sự kiện nào làm thay đổi căn cứ này", "PHỤ LỤC Sau hội nghị", "Từ 22/12/2017 đến hết 05/01/2018 (15 ngày)", "không chấp nhận ngày 09/01/2018", "đơn vị đã xác nhận nhận được (sự kiện 1357)", "Lương Thạch Bình nhập theo bản giấy", "975,16", "Đánh giá thống nhất", "1121, 1122, 1123",
			"Chưa đối chiếu xong sổ theo dõi", events.BallotProtects(events.BallotNamed, "vi"), events.BallotProtects(events.BallotPaper, "vi"),
			"phân định theo sự kiện", "không tự tính được chỉ tiêu", "Suy tôn, đề nghị tặng Cờ thi đua của Chính phủ: Công an tỉnh Lạng Sơn", "THƯ KÝ", "CHỦ TRÌ HỘI NGHỊ", "Nơi nhận:"},
		"minutes en":     {"SOCIALIST REPUBLIC OF VIET NAM", "Lạng Sơn, 29 January 2018", "975.16", "Consensus, recorded by"},
		"named tally en": {"………………, 29 January 2018", "No.: ………/………", "who voted how"},
		"named tally vi": {"THƯ KÝ", "CHỦ TRÌ HỘI NGHỊ", "Phiếu của từng ủy viên", "không bỏ phiếu vì liên quan", "không có ý kiến", "Lý do của Phàn Văn Quẩy"},
		"paper tally vi": {"Phát ra Thu về Hợp lệ Không hợp lệ", "Lý Thị Mai", "Sùng A Pao", secret.Tallies[0].Minutes, "tổng số ủy viên trong danh sách", "Công an tỉnh Lạng Sơn 6 1 0 1 7 6 đạt", "4/5"},
		"trial minutes": {"Lý do suy tôn khác thứ tự xếp hạng", "Nổi bật trong quý IV", "lưu ngoài sổ", "số 112/QĐ ngày 31/12/2025, Trần Văn Bảo ký", "đã rút, sự kiện", "phải xem lại từ sự kiện",
			"Bỏ phiếu lại thay cuộc: flag-1", "Đã được bỏ phiếu lại bằng cuộc: flag-2", "chưa kết thúc"},
		"first tally":    {"đếm sót một phiếu", "không có hiệu lực, sự kiện", hexOf("m0"), hexOf("m1"), "Đã được bỏ phiếu lại bằng cuộc: flag-2", "Ông D-TELLER"},
		"second tally":   {"Cuộc bỏ phiếu flag-1, được bỏ phiếu lại", "một ủy viên chưa nhận được phiếu", "không bỏ phiếu", hexOf("m1"), "còn phân vân"},
		"open tally":     {"Trong đó bằng văn bản …… …… …… …… ……", "Đơn vị D …… ……", "chưa kết thúc"},
		"proposal vi":    {"TỜ TRÌNH", "Kính gửi: Bộ trưởng Bộ Công an", "Công an tỉnh Sơn La 964,79 2 7/7 (100%) 1353", "6/7 (85,7%)", "Cam kết", "TM. CỤM THI ĐUA SỐ 2", "Các đơn vị trong Cụm"},
		"trial proposal": {"Đơn vị B 80,00 2 2/3 (66,7%)"},
		"one's vi":       {"Kính gửi: Thủ tướng Chính phủ", "sau sự kiện 1324;", "không chiếm suất của Cờ thi đua của Bộ Công an", "6/7 (85,7%)", "xếp trong 4 đơn vị đứng đầu Cụm (cộng số suất"},
		"sheet vi":       {"PHIẾU CHẤM ĐIỂM", "cross (các đơn vị chấm chéo)", "Công an tỉnh Cao Bằng", "100 × 0,4", "(*) Phải có minh chứng.", "Tổng điểm chính thức 1000 964,79"},
		"blank vi":       {"Cách ghi Điểm, kết quả", "Người chấm: ……", "50 kết quả", "1: đạt; 0: không đạt", "20 hạng"},
		"summary vi":     {"BẢNG TỔNG HỢP ĐIỂM", "Xếp hạng 1 2 3 4 5 6 7", "Tổng điểm 975,16 964,79", hash},
		"none":           {"chưa có đơn vị nào đạt"},
		"empty minutes":  {"Chưa có cuộc bỏ phiếu nào", "không có đơn vị nào bị ghi nhận", "Chưa có đơn vị nào được suy tôn"},
	} {
		got := printed(lay(t, all[name])...)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s lacks %q", name, w)
			}
		}
	}
	for name, not := range map[string][]string{
		"minutes vi":      {"chưa ký số"},
		"named tally vi":  {"KIỂM PHIẾU (Ký", "Tổ kiểm phiếu"},
		"paper tally vi":  {"Phiếu của từng ủy viên", "Các lần kiểm phiếu khác"},
		"one's vi":        {"Công an tỉnh Sơn La"},
		"blank vi":        {"674,83", "bonus-help"}, // points, and what is not assigned to the lead
		"lead's sheet vi": {"bonus-help", "1 – Công an"},
	} {
		got := printed(lay(t, all[name])...)
		for _, w := range not {
			if strings.Contains(got, w) {
				t.Errorf("%s has %q", name, w)
			}
		}
	}
}

// TestMovedStandings: a nominee whose rank is another now is shown as it was nominated, and as it is now.
func TestMovedStandings(t *testing.T) {
	t.Parallel()
	for kind, options := range map[string]Options{"minutes": {Kind: events.DocumentMinutes, Lang: "vi"}, "proposal": {Kind: events.DocumentProposal, Lang: "en", Award: "ministry-flag"}} {
		s := story(t)
		view := *s.Live.Awards(options.Lang)
		view.Awards = slices.Clone(view.Awards)
		nominees := slices.Clone(view.Awards[0].Nominees)
		nominees[0].RankNow, nominees[0].PointsNow = 3, "950.5"
		view.Awards[0].Nominees = nominees
		got := printed(lay(t, sample{s, options, &view})...)
		if want := map[string]string{"minutes": "nay: hạng 3, 950,5 điểm", "proposal": "that its nomination rests on; now: rank 3, 950.5 points"}[kind]; strings.Count(got, want) != 1 {
			t.Errorf("%s has %q %d times", kind, want, strings.Count(got, want))
		}
	}
}

// TestRecipientsStayWithTheSignatures: however many there are, they are no page of their own.
func TestRecipientsStayWithTheSignatures(t *testing.T) {
	t.Parallel()
	for n := 1; n <= MaxRecipients; n++ {
		o := Options{Kind: events.DocumentMinutes, Lang: "vi", Recipients: slices.Repeat([]string{strings.Repeat("Công an các đơn vị trong Cụm thi đua ", 3)}, n)}
		for i, pg := range lay(t, sample{story(t), o, nil}) {
			if s := printed(pg); strings.Contains(s, "Nơi nhận:") != strings.Contains(s, "(Ký, ghi rõ họ tên)") {
				t.Errorf("%d recipients: page %d has them without the signatures, or these without them", n, i+1)
			}
		}
	}
}

func TestVietnameseStaysWhole(t *testing.T) {
	t.Parallel()
	c := newTrial(t)
	c.conference()
	s, o := c.source(), Options{Kind: events.DocumentMinutes, Lang: "vi", Venue: norm.NFD.String(vietnameseText)}
	if n := strings.Count(printed(lay(t, sample{s, o, nil})...), vietnameseText); n != 3 {
		t.Errorf("the letters stand %d times on the pages in NFC, want 3", n)
	}
	var file bytes.Buffer
	if err := Write(&file, s, o); err != nil {
		t.Fatal(err)
	}
	whole := 0
	for _, object := range bytes.Split(file.Bytes(), []byte("stream\n"))[1:] {
		r, err := zlib.NewReader(bytes.NewReader(object))
		if err != nil {
			continue // not compressed
		}
		glyphs, err := io.ReadAll(r) // of a font: two bytes for each of 65536 characters, 0 for no glyph
		if err != nil || len(glyphs) != 2<<16 {
			continue
		}
		if !strings.ContainsFunc(vietnameseText, func(r rune) bool { return glyphs[2*r] == 0 && glyphs[2*r+1] == 0 }) {
			whole++
		}
	}
	if whole == 0 {
		t.Error("no font of the file has all letters")
	}
}

func TestTheSameSourceGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"minutes vi", "summary en", "odd proposal", "trial minutes"} {
		files := make([]bytes.Buffer, 4)
		var wait sync.WaitGroup
		for i := range files {
			wait.Go(func() {
				x := samples(t)[name]
				if name == "trial minutes" { // and folded anew
					c := newTrial(t)
					c.conference()
					c.afterwards()
					x.source = c.source()
				}
				if err := opened(t, x).write(&files[i], x.options, false); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		for i := range files {
			if !bytes.Equal(files[i].Bytes(), files[0].Bytes()) {
				t.Fatalf("%s: file %d differs from the first", name, i)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name   string
		change func(*Source, *Options)
		option string // of an OptionError
		want   string
	}{
		{"language", func(_ *Source, o *Options) { o.Lang = "fr" }, "lang", `"fr"`},
		{"kind", func(_ *Source, o *Options) { o.Kind = "poem" }, "kind", `"poem"`},
		{"cluster", func(_ *Source, o *Options) { o.Cluster = "cum9" }, "cluster", "use one of: cum2"},
		{"ballot", func(_ *Source, o *Options) { o.Kind = events.DocumentTally }, "ballot", "ministry-flag-1, government-flag-1"},
		{"award", func(_ *Source, o *Options) { o.Kind = events.DocumentProposal }, "award", "ministry-flag"},
		{"unit of a proposal", func(_ *Source, o *Options) {
			o.Kind, o.Award, o.Unit = events.DocumentProposal, "ministry-flag", "lai-chau"
		}, "unit", "not nominated"},
		{"unit of a sheet", func(_ *Source, o *Options) { o.Kind, o.Level = events.DocumentSheet, "self" }, "unit", "lang-son"},
		{"level", func(_ *Source, o *Options) { o.Kind, o.Unit = events.DocumentSheet, "lang-son" }, "level", "self, peer"},
		{"tellers", func(_ *Source, o *Options) { o.Tellers = make([]string, MaxTellers+1) }, "tellers", "at most"},
		{"recipients", func(_ *Source, o *Options) { o.Recipients = make([]string, MaxRecipients+1) }, "recipients", "at most"},
		{"number of a dossier", func(_ *Source, o *Options) { o.Kind, o.Number = events.DocumentDossier, "1" }, "number", "of its own"},
		{"part of a dossier", func(_ *Source, o *Options) { o.Kind, o.Unit = events.DocumentDossier, "lang-son" }, "kind", "leave"},
		{"no campaign", func(s *Source, _ *Options) { s.Live = nil }, "", "no campaign"},
		{"not open", func(s *Source, _ *Options) { s.Live = projections.NewLive() }, "", "not open"},
		{"another sequence", func(s *Source, _ *Options) { s.Seq-- }, "", "folded up to"},
		{"root", func(s *Source, _ *Options) { s.Root = s.Root[1:] }, "", "hash"},
	} {
		s, o := story(t), Options{Kind: events.DocumentMinutes, Lang: "vi"}
		x.change(&s, &o)
		var file bytes.Buffer
		err := Write(&file, s, o)
		if err == nil || !strings.Contains(err.Error(), x.want) || file.Len() > 0 {
			t.Errorf("%s: error %v, %d bytes; want %q and none", x.name, err, file.Len(), x.want)
		}
		if option, ok := errors.AsType[*OptionError](err); ok != (x.option != "") || ok && option.Option != x.option {
			t.Errorf("%s: %v; want an error of option %q", x.name, err, x.option)
		}
	}
}

var errFull = errors.New("disk is full")

type full struct{ after int }

func (f *full) Write(p []byte) (int, error) {
	if f.after -= len(p); f.after < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteErrorIsGiven(t *testing.T) {
	t.Parallel()
	s := story(t)
	for _, kind := range []string{events.DocumentMinutes, events.DocumentDossier} {
		for _, after := range []int{0, 60_000} {
			if err := Write(&full{after}, s, Options{Kind: kind, Lang: "vi"}); !errors.Is(err, errFull) {
				t.Errorf("%s, full after %d bytes: %v", kind, after, err)
			}
		}
	}
}

func TestDossier(t *testing.T) {
	t.Parallel()
	s := story(t)
	o := Options{Kind: events.DocumentDossier, Lang: "vi", Place: "Lạng Sơn"}
	var file, first, again bytes.Buffer
	if err := Dossier(&file, s, o); err != nil {
		t.Fatal(err)
	}
	small := samples(t)["trial minutes"].source
	if err := errors.Join(Write(&first, small, o), Write(&again, small, o)); err != nil || !bytes.Equal(first.Bytes(), again.Bytes()) {
		t.Errorf("again it has other bytes (%v)", err)
	}
	z, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	content := map[string][]byte{}
	var names []string
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if content[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		names = append(names, f.Name)
		if !f.Modified.Equal(recorded) {
			t.Errorf("%s is of %s", f.Name, f.Modified)
		}
	}
	if want := []string{"minutes-cum2.pdf", "tally-cum2-ministry-flag-1.pdf", "tally-cum2-government-flag-1.pdf", "proposal-cum2-ministry-flag.pdf",
		"proposal-cum2-government-flag.pdf", "summary-cum2.pdf", "sheet-cum2-lang-son-self.pdf"}; !slices.Equal(names[:len(want)], want) {
		t.Errorf("it starts with %q", names[:len(want)])
	}
	var m manifest
	if err := json.Unmarshal(content["manifest.json"], &m); err != nil {
		t.Fatal(err)
	}
	if m.Campaign != "cum2-2017" || m.Seq != s.Seq || m.Root != s.Root || !m.Signed || m.Notice == "" || len(m.Files) != len(names)-2 {
		t.Errorf("the manifest is %+v", m)
	}
	sums := ""
	for i, f := range m.Files {
		if sum := fmt.Sprintf("%x", sha256.Sum256(content[f.Name])); f.Name != names[i] || f.SHA256 != sum || f.Bytes != len(content[f.Name]) {
			t.Errorf("the manifest has %+v of %s", f, names[i])
		}
		sums += f.SHA256 + "  " + f.Name + "\n"
	}
	if string(content["SHA256SUMS"]) != sums {
		t.Error("SHA256SUMS is not what the manifest says")
	}
	var alone bytes.Buffer
	if err := Write(&alone, s, Options{Kind: events.DocumentMinutes, Lang: "vi", Place: "Lạng Sơn"}); err != nil || !bytes.Equal(alone.Bytes(), content["minutes-cum2.pdf"]) {
		t.Errorf("the minutes alone have other bytes (%v)", err)
	}
}
