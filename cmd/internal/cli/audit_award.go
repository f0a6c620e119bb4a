package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
	"campaignledger/projections"
)

// auditAward shows the trail of an award.
func (a *app) auditAward(ctx context.Context, c *client.Client, id, award, cluster string) error {
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
	w := trailWriter{a, terminalWidth(a.out)}
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
}

func (w trailWriter) heading(title string) { fmt.Fprintf(w.out, "\n%s\n", strings.ToUpper(title)) }

func (w trailWriter) sections(t *projections.Trail) {
	for _, s := range t.Sections {
		w.heading(s.Title)
		for _, line := range s.Lines {
			prefix, text := w.auditText(line)
			writeWrapped(w.out, prefix, text, w.width)
		}
		if len(s.Lines) == 0 {
			fmt.Fprintln(w.out, "  "+w.say("không có sự kiện nào", "nothing is recorded"))
		}
		switch s.Code {
		case projections.TrailTies:
			w.standings(t)
		case projections.TrailExclusions:
			w.evidence(t)
		case projections.TrailBallots:
			w.ballots(t)
		}
	}
}

// ballots says what kinds of ballots protect, and gives the roll with who was there.
func (w trailWriter) ballots(t *projections.Trail) {
	for _, state := range t.States {
		for _, b := range state.Ballots {
			writeWrapped(w.out, "  "+b.Ballot+": ", b.Protects, w.width)
			present, absent := []string{}, []string{}
			for _, r := range b.Roll {
				who := firstOf(r.Name, r.Member)
				if r.Unit != "" {
					who += " (" + r.Unit + ")"
				}
				switch {
				case r.Present:
					present = append(present, who)
				case r.Written:
					absent = append(absent, who+w.say(" – bỏ phiếu bằng văn bản", " – voted in writing"))
				default:
					absent = append(absent, who)
				}
			}
			writeWrapped(w.out, "    ", fmt.Sprintf(w.say("có mặt %d/%d: %s", "present %d of %d: %s"), len(present), len(b.Roll), strings.Join(present, ", ")), w.width)
			if len(absent) > 0 {
				writeWrapped(w.out, "    ", w.say("vắng: ", "absent: ")+strings.Join(absent, ", "), w.width)
			}
			for _, r := range b.Results {
				writeWrapped(w.out, "    ", fmt.Sprintf(w.say("%s: đồng ý %d ÷ %d, cần %d", "%s: %d for ÷ %d, takes %d"), r.Unit, r.For, r.Base, r.Needed), w.width)
			}
		}
	}
}

func (w trailWriter) standings(t *projections.Trail) {
	w.heading(w.say("Bảng xếp hạng làm căn cứ", "The standings used"))
	for _, s := range t.Standings {
		moved := ""
		if s.Moved {
			moved = w.say("; bảng xếp hạng đã thay đổi sau đó", "; the standings moved since")
		}
		writeWrapped(w.out, "  ", fmt.Sprintf(w.say("%s: hạng %d, %s điểm; theo bảng sau sự kiện %d, mã băm %s…%s", "%s: rank %d, %s points; on the standings after event %d, hash %s…%s"),
			s.Unit, s.Rank, w.number(s.Points), s.Standings.Seq, s.Standings.SHA256[:16], moved), w.width)
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

// withoutJSON is the part of a result without the host's marks that is shown.
type withoutJSON struct {
	Without struct {
		Unit    string                   `json:"unit"`
		Dropped int                      `json:"dropped"`
		Changes []projections.RankChange `json:"changes"`
	} `json:"without"`
}

func (w trailWriter) without(t *projections.Trail) error {
	for _, raw := range t.Without {
		var o withoutJSON
		if err := json.Unmarshal(raw, &o); err != nil {
			return fmt.Errorf("the server's answer: %w", err)
		}
		w.heading(fmt.Sprintf(w.say("Nếu không có điểm do %s chấm (tham khảo, không phải kết quả chính thức)", "Without the marks of %s (a diagnostic, not the official result)"), o.Without.Unit))
		writeWrapped(w.out, "  ", fmt.Sprintf(w.say("bỏ %d điểm chấm", "%d marks left out"), o.Without.Dropped), w.width)
		for _, change := range o.Without.Changes {
			writeWrapped(w.out, "  ", fmt.Sprintf(w.say("%s: chính thức hạng %d (%s), nếu bỏ thì hạng %d (%s)", "%s: officially rank %d (%s), without it rank %d (%s)"),
				change.Unit, change.From, w.number(change.Points), change.To, w.number(change.PointsThen)), w.width)
		}
		if len(o.Without.Changes) == 0 {
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
	for _, f := range a.auditFields(&projections.AuditLine{}) {
		header = append(header, f.name)
	}
	var rows [][]string
	for _, s := range t.Sections {
		for i := range s.Lines {
			row := []string{string(s.Code)}
			for _, f := range a.auditFields(&s.Lines[i]) {
				row = append(row, f.value)
			}
			rows = append(rows, append(row, strconv.FormatBool(t.Signed), t.Notice))
		}
	}
	return writeCSV(a.out, append(header, "signed", "notice"), rows)
}
