package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
	"campaignledger/projections"
)

// writeStored shows what append answers: as lines for programs; for people what each event says, and what comes next.
func (s signing) writeStored(ctx context.Context, lines []byte) error {
	if s.app.output != "table" {
		_, err := s.app.out.Write(lines)
		return err
	}
	for line := range bytes.Lines(lines) {
		var e client.Event
		if err := json.Unmarshal(line, &e); err != nil {
			return err
		}
		d, err := events.Decode(events.Record(e.Record))
		if err != nil {
			return err
		}
		s.tell(ctx, e, d)
	}
	return nil
}

// tell shows one event that is stored. What it can't learn of it, it leaves out: that the event is stored is certain.
func (s signing) tell(ctx context.Context, e client.Event, d events.Draft) {
	a := s.app
	line, ok := s.line(ctx, e.Seq)
	if !ok || line.ID != d.ID.String() {
		fmt.Fprintf(a.out, a.say("đã ghi %s là sự kiện %d\n", "stored %s as event %d\n"), d.Type(), e.Seq)
		s.handOver(e, d)
		return
	}
	writeWrapped(a.out, fmt.Sprintf(a.say("sự kiện %d: ", "event %d: "), e.Seq), projections.Sentence(line, a.lang), terminalWidth(a.out))
	if before, ok := s.line(ctx, line.Supersedes); ok {
		if mark := a.markText(before); mark != "" {
			s.next("%s", fmt.Sprintf(a.say("Trước đó, ở sự kiện %d: %s", "Until now, by event %d: %s"), before.Seq, mark))
		}
	}
	s.tellNext(line)
	if p, ok := d.Payload.(*events.RecordEndorsed); ok && p.As == events.EndorseAgree {
		if act, ok := s.line(ctx, line.Of); ok && act.Agreed > 0 && !slices.Contains(act.Hold, "act") {
			s.next(a.say("Sự kiện %d có hiệu lực.", "Event %d is in force."), act.Seq)
		} else if ok {
			s.tellNext(act)
		}
	}
}

// tellNext says what an event waits for before it has its effect.
func (s signing) tellNext(line projections.AuditLine) {
	a := s.app
	if line.SupersededBy != 0 {
		return
	}
	for _, hold := range line.Hold {
		switch {
		case hold == "transcribed":
			s.next(a.say("Sự kiện %d chờ %s: campaign endorse %s %d", "Event %d waits for %s: campaign endorse %s %d"), line.Seq, line.Scorer, s.id, line.Seq)
		case hold == "second":
			s.next(a.say("Sự kiện %d chờ đơn vị khác: campaign endorse %s %d --as second", "Event %d waits for another unit: campaign endorse %s %d --as second"), line.Seq, s.id, line.Seq)
		case hold == "review":
			s.next(a.say("Việc suy tôn và điểm liên quan phải được xem xét lại: sửa điểm kèm --appeal %d, hoặc campaign endorse %s %d --as reviewed",
				"What it may change has to be looked at again: by corrections with --appeal %d, or campaign endorse %s %d --as reviewed"), line.Seq, s.id, line.Seq)
		case hold != "act":
		case line.Type == events.TypeBallotTallied:
			s.next(a.say("Kết quả kiểm phiếu ở sự kiện %d có hiệu lực khi ba người kiểm phiếu xác nhận, không quá một nửa thuộc đơn vị được suy tôn: campaign endorse %s %d",
				"The count of event %d has its effect once three tellers stand behind it, at most half of them of candidates' units: campaign endorse %s %d"), line.Seq, s.id, line.Seq)
		case line.Type == events.TypeMemberRekeyed:
			s.next(a.say("Sự kiện %d chưa có hiệu lực: khóa của thủ trưởng, hay của người không thuộc đơn vị nào, cần hai thủ trưởng đơn vị khác, không tính cụm trưởng; khóa khác cần đủ tỉ lệ đơn vị: campaign endorse %s %d",
				"Event %d has no effect yet. A head's key, or that of a member of no unit, takes the heads of two other units, leads not counted; another's the share of units: campaign endorse %s %d"), line.Seq, s.id, line.Seq)
		case line.Type == events.TypeMemberAppointed && line.Role == events.RoleHead:
			s.next(a.say("Sự kiện %d chưa có hiệu lực cho đến khi hai thủ trưởng đơn vị khác, không tính cụm trưởng, đồng thuận: campaign endorse %s %d",
				"Event %d has no effect until the heads of two other units, leads not counted, agree: campaign endorse %s %d"), line.Seq, s.id, line.Seq)
		default:
			s.next(a.say("Sự kiện %d chưa có hiệu lực cho đến khi đủ tỉ lệ đơn vị đồng thuận: campaign endorse %s %d",
				"Event %d has no effect until the share of units agrees: campaign endorse %s %d"), line.Seq, s.id, line.Seq)
		}
	}
}

// next writes a message on what comes next.
func (s signing) next(format string, args ...any) {
	writeWrapped(plainText{s.app.err}, "", fmt.Sprintf(format, args...), lineWidth)
}

// handOver says how a joint act comes to those who must endorse it while a freeze hides it from them, and gives them its record.
func (s signing) handOver(e client.Event, d events.Draft) {
	a := s.app
	switch d.Payload.(type) {
	case *events.TieDecided, *events.RegulationAmended, *events.ExclusionImposed, *events.ExclusionLifted, *events.BallotOpened, *events.BallotClosed, *events.AppealDecided:
	case *events.MemberAppointed, *events.MemberRekeyed:
		if d.Subject == s.Member.Unit {
			return
		}
	default:
		return
	}
	s.next(a.say("Trong lúc đóng băng các đơn vị không đọc được sự kiện này: hãy chuyển cho họ bản ghi dưới đây, họ đồng thuận bằng campaign endorse %s --record TỆP",
		"During the freeze the units can't read it: hand them the record below, which they endorse with campaign endorse %s --record FILE"), s.id)
	fmt.Fprintf(a.out, "%s\n", e.Record)
}

// line is the audit line of an event, where the signer may see it.
func (s signing) line(ctx context.Context, seq events.Seq) (line projections.AuditLine, ok bool) {
	if seq == 0 {
		return line, false
	}
	audit, err := s.Audit(ctx, s.id, url.Values{"after": {fmt.Sprint(seq - 1)}, "limit": {"1"}})
	if err != nil || len(audit.Lines) != 1 || audit.Lines[0].Seq != seq {
		return line, false
	}
	return audit.Lines[0], true
}
