package server

import (
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/projections"
)

//go:embed assets
var assetFiles embed.FS

//go:embed pages
var pageFiles embed.FS

func (s *Server) assets() http.Handler { return http.FileServerFS(assetFiles) }

// boardPage is what the live board shows before its script takes over, and without it.
type boardPage struct {
	Lang      string
	Words     map[string]string
	ID        string
	Title     string
	Theme     string
	Notice    string
	ReadOnly  string
	AsOf      string
	Zone      string // where the campaign's days begin
	Other     string // the other language
	Standings projections.Standings
	Proof     string // who stands behind the log
}

// Words of the pages, by language.
func words(lang string) map[string]string {
	if lang == "en" {
		return map[string]string{"rank": "Rank", "unit": "Unit", "points": "Points", "of": "of", "max": "Maximum", "complete": "Complete", "yes": "yes",
			"missing": "missing", "unsigned": "unsigned: nobody's word is proved", "live": "live", "final": "final", "readonly": "read-only",
			"event": "event", "language": "Tiếng Việt", "connecting": "connecting …", "lost": "connection lost, trying again …",
			"campaigns": "Campaigns", "none": "No campaign is open yet. Open one with: campaign open REGULATION.yaml", "board": "Live standings",
			"frozen": "frozen: what came later is shown at the reveal",
			"moved":  "Ranks changed", "notes": "Notes", "tied": "tied"}
	}
	return map[string]string{"rank": "Hạng", "unit": "Đơn vị", "points": "Điểm", "of": "trên", "max": "Tối đa", "complete": "Đủ điểm", "yes": "đủ",
		"missing": "thiếu", "unsigned": "chưa ký số: chưa chứng thực được ai nói gì", "live": "trực tiếp", "final": "chính thức", "readonly": "chỉ đọc",
		"event": "sự kiện", "language": "English", "connecting": "đang kết nối …", "lost": "mất kết nối, đang thử lại …",
		"campaigns": "Các chiến dịch", "none": "Chưa có chiến dịch nào. Mở bằng lệnh: campaign open QUY-CHE.yaml", "board": "Bảng xếp hạng trực tiếp",
		"frozen": "đóng băng: phần sau sẽ công bố khi mở",
		"moved":  "Thứ hạng thay đổi", "notes": "Ghi chú", "tied": "đồng hạng"}
}

func pages() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{"in": func(t events.Text, lang string) string { return t.In(lang) },
		"join": strings.Join, "local": local, "or2": func(a, b string) string {
			if a != "" {
				return a
			}
			return b
		}}).ParseFS(pageFiles, "pages/*.html"))
}

func (s *Server) board(w http.ResponseWriter, r *http.Request) {
	c := s.caughtUp(w, r)
	if c == nil {
		return
	}
	lang := language(r)
	page := boardPage{Lang: lang, Words: words(lang), ID: c.ID, Other: otherLanguage(lang)}
	if err := c.Ledger.Broken(); err != nil {
		page.ReadOnly = err.Error()
	}
	var err error
	if page.Standings, err = c.Standings(r.Context(), s.reader(r, c)); err != nil {
		s.fail(w, r, err)
		return
	}
	if reg := page.Standings.Regulation; reg != nil {
		page.Title, page.Theme, page.Notice = reg.Title.In(lang), reg.Theme.In(lang), reg.Notice.In(lang)
		page.AsOf, page.Zone = page.Standings.AsOf.In(page.Standings.Zone()).Format(time.DateOnly), page.Standings.Zone().String()
	}
	page.Proof = witnessed(c.Witnessing(), lang)
	s.render(w, "board.html", page)
}

// witnessed says how many witnesses stand behind the log, and how far.
func witnessed(p host.Witnessing, lang string) string {
	say := func(vi, en string, args ...any) string {
		if lang == "en" {
			return fmt.Sprintf(en, args...)
		}
		return fmt.Sprintf(vi, args...)
	}
	switch {
	case p.Witnesses == 0:
		return say("không có nhân chứng", "no witnesses")
	case p.Quorum == 0:
		return say("có %d nhân chứng, không yêu cầu túc số", "%d witnesses, and no quorum is required", p.Witnesses)
	case p.Cosigned >= p.Quorum:
		return say("%d trong %d nhân chứng (cần %d) đã ký đến sự kiện %d", "%d of %d witnesses (it takes %d) stand behind event %d", p.Cosigned, p.Witnesses, p.Quorum, p.Size)
	case p.Quorate == 0:
		return say("chưa đủ nhân chứng: %d trên %d cần có", "not enough witnesses yet: %d of the %d it takes", p.Cosigned, p.Quorum)
	}
	return say("đủ nhân chứng đến sự kiện %d; sự kiện %d mới có %d trên %d", "enough witnesses up to event %d; event %d has %d of the %d it takes", p.Quorate, p.Size, p.Cosigned, p.Quorum)
}

// local writes an exact decimal as the language does: Vietnamese has a decimal comma.
func local(decimal, lang string) string {
	if lang == "vi" {
		return strings.Replace(decimal, ".", ",", 1)
	}
	return decimal
}

func otherLanguage(lang string) string {
	if lang == "en" {
		return "vi"
	}
	return "en"
}

func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	ids, err := s.Host.IDs(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	lang := language(r)
	var list []CampaignSummary
	for _, id := range ids {
		if c, err := s.Host.Campaign(r.Context(), id); err == nil {
			list = append(list, s.summaryOf(r, c))
		} else {
			list = append(list, CampaignSummary{ID: id, ReadOnly: err.Error()})
		}
	}
	s.render(w, "home.html", map[string]any{"Lang": lang, "Words": words(lang), "Other": otherLanguage(lang), "Campaigns": list})
}

func (s *Server) render(w http.ResponseWriter, name string, data any) {
	var page strings.Builder
	if err := s.templates.ExecuteTemplate(&page, name, data); err != nil {
		s.Log.Error().Err(err).Str("page", name).Msg("a page can't be shown")
		problem{Status: http.StatusInternalServerError, Code: "internal", Detail: "the page can't be shown; the log says why"}.write(w)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write([]byte(page.String())) // the client is gone if this fails
}
