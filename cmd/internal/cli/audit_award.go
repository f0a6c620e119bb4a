package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/documents"
	"campaignledger/events"
	"campaignledger/projections"
)

// auditAward shows the trail of an award; in a table its plain marks are counted only, unless all are asked for.
func (a *app) auditAward(ctx context.Context, c *client.Client, id, award, cluster string, all bool) error {
	raw, t, err := c.Trail(ctx, id, award, cluster, a.lang)
	if err != nil {
		return err
	}
	switch a.output {
	case "json":
		_, err := a.out.Write(raw)
		return err
	case "ndjson":
		return a.trailLines(t)
	case "csv":
		return a.trailCSV(t)
	}
	a.banner(t.Notice, t.Signed, a.zoneName())
	w := trailWriter{a, terminalWidth(a.out), all}
	w.sections(t)
	w.findings(t)
	if err := w.without(t); err != nil {
		return err
	}
	w.heading(a.say("Những điều sổ không trả lời được", "What no record can answer"))
	for _, text := range t.Beyond {
		writeWrapped(a.out, "  - ", text, w.width)
	}
	return nil
}

// trailWriter writes a trail for people.
type trailWriter struct {
	*app
	width int
	all   bool // marks without anything to note, too
}

func (w trailWriter) heading(title string) { fmt.Fprintf(w.out, "\n%s\n", strings.ToUpper(title)) }

func (w trailWriter) sections(t *projections.Trail) {
	for _, s := range t.Sections {
		w.heading(s.Title)
		w.lines(&s)
		if len(s.Lines) == 0 {
			fmt.Fprintln(w.out, "  "+w.say("không có sự kiện nào", "nothing is recorded"))
		}
		switch s.Code {
		case projections.TrailRegulation:
			w.regulations(&s)
		case projections.TrailTies:
			w.standings(t)
		case projections.TrailExclusions:
			w.evidence(t)
		case projections.TrailBallots:
			w.ballots(t)
		case projections.TrailDecisions:
			w.scans(t)
		}
	}
}

// lines are the events of a section. Of hundreds of marks those that an auditor has nothing to note of would hide the others.
func (w trailWriter) lines(s *projections.TrailSection) {
	const manyEndorsements = 10
	fold := s.Code == projections.TrailMarks && !w.all
	endorsements := 0
	for i := range s.Lines {
		if s.Lines[i].Type == events.TypeRecordEndorsed {
			endorsements++
		}
	}
	plain, endorsed := 0, 0
	for _, line := range s.Lines {
		switch {
		case fold && line.Plain():
			plain++
		case fold && endorsements > manyEndorsements && line.Type == events.TypeRecordEndorsed:
			endorsed++
		default:
			prefix, text := w.auditText(line)
			writeWrapped(w.out, prefix, text, w.width)
		}
	}
	if plain == 1 {
		fmt.Fprintln(w.out, "  "+w.say("1 mục nhập khác không có gì cần lưu ý; --all liệt kê hết", "1 further entry without anything to note; --all lists it"))
	} else if plain > 0 {
		writeWrapped(w.out, "  ", fmt.Sprintf(w.say("%d mục nhập khác không có gì cần lưu ý; --all liệt kê hết", "%d further entries without anything to note; --all lists them"), plain), w.width)
	}
	if endorsed > 0 {
		writeWrapped(w.out, "  ", fmt.Sprintf(w.say("%d lời xác nhận về các mục trên; --all liệt kê hết", "%d endorsements of entries; --all lists them"), endorsed), w.width)
	}
}

// hash is a SHA-256 in full, on a line of its own: an auditor compares it.
func (w trailWriter) hash(digits string) { fmt.Fprintln(w.out, "    SHA-256 "+digits) }

// regulations are the versions by the SHA-256 of their files.
func (w trailWriter) regulations(s *projections.TrailSection) {
	for _, line := range s.Lines {
		if line.Type == events.TypeCampaignOpened || line.Type == events.TypeRegulationAmended {
			writeWrapped(w.out, "  ", fmt.Sprintf(w.say("quy chế bản %d (sự kiện %d):", "regulation, version %d (event %d):"), max(line.Version, 1), line.Seq), w.width)
			w.hash(line.SHA256)
		}
	}
}

// scans are the papers that decisions stand on.
func (w trailWriter) scans(t *projections.Trail) {
	for _, state := range t.States {
		for _, n := range state.Nominees {
			for _, d := range n.Decisions {
				if d.Paper != nil {
					writeWrapped(w.out, "  ", fmt.Sprintf(w.say("bản quét của quyết định số %s (sự kiện %d):", "scan of decision %s (event %d):"), d.Paper.Number, d.Seq), w.width)
					w.hash(d.Paper.Scan)
				}
			}
		}
	}
}

// ballots says what kinds of ballots protect, and gives the roll with who was there.
func (w trailWriter) ballots(t *projections.Trail) {
	for _, state := range t.States {
		for _, b := range state.Ballots {
			writeWrapped(w.out, "  "+b.Ballot+": ", b.Protects, w.width)
			of := awardsWriter{w.app, w.width}
			for i := range b.Results {
				of.result(&b, &b.Results[i])
			}
			if len(b.Results) > 0 {
				of.line(4, "%s", b.BaseText(w.lang))
			}
			of.roll(4, &b)
			for _, c := range b.Tallies {
				writeWrapped(w.out, "    ", fmt.Sprintf(w.say("biên bản kiểm phiếu đã ký (sự kiện %d):", "signed tally minutes (event %d):"), c.Seq), w.width)
				w.hash(c.Minutes)
			}
		}
	}
}

func (w trailWriter) standings(t *projections.Trail) {
	w.heading(w.say("Bảng xếp hạng làm căn cứ", "The standings used"))
	said := map[projections.StandingsName]bool{}
	for _, s := range t.Standings {
		moved := ""
		if s.Moved {
			moved = w.say("; bảng xếp hạng có thể đã thay đổi sau đó", "; the standings may have moved since")
		}
		writeWrapped(w.out, "  ", fmt.Sprintf(w.say("%s: hạng %d, %s điểm%s; theo bảng sau sự kiện %d%s", "%s: rank %d, %s points%s; on the standings after event %d%s"),
			s.Unit, s.Rank, w.number(s.Points), w.rankNow(s.Rank, s.RankNow, s.Points, s.PointsNow), s.Standings.Seq, moved), w.width)
	}
	for _, s := range t.Standings {
		if !said[s.Standings] {
			said[s.Standings] = true
			writeWrapped(w.out, "  ", fmt.Sprintf(w.say("bảng sau sự kiện %d:", "the standings after event %d:"), s.Standings.Seq), w.width)
			w.hash(s.Standings.SHA256)
		}
	}
}

func (w trailWriter) evidence(t *projections.Trail) {
	w.heading(w.say("Minh chứng", "Evidence"))
	if len(t.Evidence) == 0 {
		fmt.Fprintln(w.out, "  "+w.say("không có tệp nào", "no files"))
	}
	for _, f := range t.Evidence {
		where := w.say("không còn ở máy chủ", "not held here any more")
		switch {
		case f.Held != "":
			where = w.say("đơn vị giữ", "held by the unit")
		case f.Here != nil && *f.Here:
			where = w.say("có ở máy chủ", "held here")
		}
		writeWrapped(w.out, "  ", fmt.Sprintf(w.say("%s… %s (%s), %s", "%s… %s (%s), %s"), f.SHA256[:16], f.Name, where, w.count(len(f.Seqs), "sự kiện", "event")+" "+seqList(f.Seqs)), w.width)
	}
}

// seqList is the first few sequences.
func seqList(list []events.Seq) string {
	const most = 5
	var texts []string
	for _, seq := range list[:min(most, len(list))] {
		texts = append(texts, "#"+strconv.FormatUint(uint64(seq), 10))
	}
	if len(list) > most {
		texts = append(texts, "…")
	}
	return strings.Join(texts, " ")
}

func (w trailWriter) findings(t *projections.Trail) {
	w.heading(w.say("Điểm bất thường cần xem", "Anomalies to look at"))
	if len(t.Anomalies) == 0 {
		fmt.Fprintln(w.out, "  "+w.say("không thấy gì", "none found"))
	}
	for _, found := range t.Anomalies {
		writeWrapped(w.out, "  ", string(found.Code)+": "+found.Text, w.width)
	}
}

func (w trailWriter) without(t *projections.Trail) error {
	for _, raw := range t.Without {
		o, err := projections.ReadWithout(raw)
		if err != nil {
			return fmt.Errorf("the server's answer: %w", err)
		}
		w.heading(fmt.Sprintf(w.say("Nếu không có điểm do %s chấm (tham khảo, không phải kết quả chính thức)", "Without the marks of %s (a diagnostic, not the official result)"), o.Unit))
		writeWrapped(w.out, "  ", fmt.Sprintf(w.say("bỏ %d điểm chấm; chỉ tiêu do đơn vị này giao vẫn giữ. Đơn vị không nêu dưới đây không đổi.",
			"%d marks left out; targets that it set stay. Units that are not listed do not change."), o.Dropped), w.width)
		for _, change := range o.Changes {
			writeWrapped(w.out, "  ", fmt.Sprintf(w.say("%s: chính thức hạng %d (%s), nếu bỏ thì hạng %d (%s)", "%s: officially rank %d (%s), without it rank %d (%s)"),
				change.Unit, change.From, w.number(change.Points), change.To, w.number(change.PointsThen)), w.width)
		}
		if len(o.Changes) == 0 {
			fmt.Fprintln(w.out, "  "+w.say("không đổi gì", "nothing changes"))
		}
	}
	return nil
}

// trailLines writes the trail as NDJSON: each line says which part it is of.
func (a *app) trailLines(t *projections.Trail) error {
	for _, s := range t.Sections {
		for _, line := range s.Lines {
			if err := writeJSON(a.out, struct {
				Section projections.TrailCode `json:"section"`
				projections.AuditLine
				Notice string `json:"notice,omitempty"`
			}{s.Code, line, t.Notice}); err != nil {
				return err
			}
		}
	}
	for _, found := range t.Anomalies {
		if err := writeJSON(a.out, struct {
			Section string `json:"section"`
			projections.Anomaly
		}{"anomalies", found}); err != nil {
			return err
		}
	}
	for _, raw := range t.Without {
		if err := writeJSON(a.out, struct {
			Section string          `json:"section"`
			Result  json.RawMessage `json:"result"`
		}{"without-host", raw}); err != nil {
			return err
		}
	}
	for _, text := range t.Beyond {
		if err := writeJSON(a.out, struct {
			Section string `json:"section"`
			Text    string `json:"text"`
		}{"not-answerable", text}); err != nil {
			return err
		}
	}
	return nil
}

// trailCSV writes the events of a trail, with the section they stand in.
func (a *app) trailCSV(t *projections.Trail) error {
	header := []string{"section"}
	for _, f := range documents.AuditFields(&projections.AuditLine{}, a.lang) {
		header = append(header, f.Name)
	}
	var rows [][]string
	for _, s := range t.Sections {
		for i := range s.Lines {
			row := []string{string(s.Code)}
			for _, f := range documents.AuditFields(&s.Lines[i], a.lang) {
				row = append(row, f.Value)
			}
			rows = append(rows, append(row, strconv.FormatBool(t.Signed), t.Notice))
		}
	}
	return writeCSV(a.out, append(header, "signed", "notice"), rows)
}
