package witness

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"campaignledger/events"
)

// Kind is what an alarm is about.
type Kind string

// The kinds of alarms.
const (
	Rollback Kind = "rollback" // the log was longer before
	Fork     Kind = "fork"     // two histories, both signed by the log
	Changed  Kind = "changed"  // the events are not those that were signed
	Refused  Kind = "refused"  // an event that the rules do not admit
	Time     Kind = "time"     // an event that was not recorded when it says
	Reveal   Kind = "reveal"   // what was hidden was revealed with other content
	Silence  Kind = "silence"  // no valid answer for too long
	Damaged  Kind = "damaged"  // the witness's own copy is not what it cosigned
)

// Alarm is what the witness found. It ends the rounds, but for Silence.
type Alarm struct {
	Kind    Kind
	Seq     events.Seq // the event, where it is about one
	Size    uint64     // of the checkpoint that shows it
	Had     uint64     // Rollback: the size that was signed before; Fork, Changed: that of the note it is held against, 0 if there is none
	Kept    events.Seq // how many events of records.ndjson belong to the proof
	Reason  string     // the particulars
	Since   time.Time  // Silence: the last valid answer
	Files   []string   // what was kept as the proof
	Dir     string     // the witness's directory of the campaign
	Policy  string     // the policy's file
	BaseURL string     // of the server
}

func (a *Alarm) Error() string { return a.Text("en") }

// Text says in lang ("vi", else English) what happened, what it proves and what to do next.
func (a *Alarm) Text(lang string) string {
	vi := lang == "vi"
	parts := []string{a.happened(vi), a.proves(vi)}
	if len(a.Files) > 0 {
		parts = append(parts, pick(vi, "Bằng chứng được giữ ở: ", "The proof is kept in: ")+strings.Join(a.Files, ", ")+"."+a.records(vi))
	}
	return strings.Join(append(parts, a.next(vi)), "\n")
}

// records says which of the records belong to the proof.
func (a *Alarm) records(vi bool) string {
	if a.Kept == 0 {
		return ""
	}
	return fmt.Sprintf(pick(vi, " Của %s, %d sự kiện đầu thuộc về bằng chứng.", " Of %s its first %d events belong to the proof."), recordsName, a.Kept)
}

func pick(vi bool, vietnamese, english string) string {
	if vi {
		return vietnamese
	}
	return english
}

func (a *Alarm) happened(vi bool) string {
	switch a.Kind {
	case Rollback:
		return fmt.Sprintf(pick(vi, "BÁO ĐỘNG: máy chủ đưa ra sổ có %d sự kiện làm bản mới nhất, trong khi trước đó đã ký sổ có %d sự kiện.",
			"ALARM: the server shows a log of %d events as the newest, and signed one of %d before."), a.Size, a.Had)
	case Fork:
		if a.Had != a.Size {
			return fmt.Sprintf(pick(vi, "BÁO ĐỘNG: khóa của sổ đã ký một lịch sử có %d sự kiện (%s), và một lịch sử có %d sự kiện không bắt đầu như thế.",
				"ALARM: the log's key signed a history of %d events (%s), and one of %d that does not begin with it."), a.Size, a.Reason, a.Had)
		}
		return fmt.Sprintf(pick(vi, "BÁO ĐỘNG: khóa của sổ đã ký hai lịch sử khác nhau cùng có %d sự kiện (%s).",
			"ALARM: the log's key signed two different histories of %d events (%s)."), a.Size, a.Reason)
	case Changed:
		return fmt.Sprintf(pick(vi, "BÁO ĐỘNG: các sự kiện máy chủ đưa ra không phải là những gì nó đã ký ở %d sự kiện: %s.",
			"ALARM: the events that the server gives are not those that it signed at %d events: %s."), a.Size, a.Reason)
	case Refused:
		return fmt.Sprintf(pick(vi, "BÁO ĐỘNG: sự kiện %d nằm trong sổ đã ký nhưng không hợp quy tắc: %s.",
			"ALARM: event %d stands in the signed log, and the rules do not admit it: %s."), a.Seq, a.Reason)
	case Time:
		return fmt.Sprintf(pick(vi, "BÁO ĐỘNG: thời điểm ghi của sự kiện %d không thể đúng: %s.",
			"ALARM: event %d can't have been recorded when it says: %s."), a.Seq, a.Reason)
	case Reveal:
		return fmt.Sprintf(pick(vi, "BÁO ĐỘNG: sự kiện %d được công bố với nội dung khác lúc bị giữ kín: %s.",
			"ALARM: event %d was revealed with other content than was hidden: %s."), a.Seq, a.Reason)
	case Damaged:
		return fmt.Sprintf(pick(vi, "BÁO ĐỘNG: bản sao của chính nhân chứng trong %s không còn là những gì đã đồng ký: %s.",
			"ALARM: the witness's own copy in %s is not what it cosigned any more: %s."), a.Dir, a.Reason)
	}
	return fmt.Sprintf(pick(vi, "BÁO ĐỘNG: từ %s máy chủ %s không có câu trả lời hợp lệ nào. Lần cuối: %s.",
		"ALARM: since %s the server at %s has given no valid answer. The last: %s."), events.FormatTime(events.Milliseconds(a.Since)), a.BaseURL, a.Reason)
}

func (a *Alarm) proves(vi bool) string {
	switch a.Kind {
	case Rollback:
		return pick(vi, "Cả hai đều có chữ ký của sổ: điều đã ghi đã bị rút lại, hoặc máy chủ chạy từ bản sao lưu cũ. Nhân chứng không đồng ký nữa.",
			"Both are signed by the log: what was recorded was taken back, or the server runs on an old backup. The witness cosigns no more.")
	case Fork:
		if a.Had != a.Size {
			return pick(vi, "Cả hai đều có chữ ký của sổ; vì khác số sự kiện, chúng chứng minh điều đó chỉ khi đi cùng các bản ghi: người khác được cho xem một lịch sử khác, hoặc máy chủ đã ghi tiếp trên một bản sao lưu cũ.",
				"Both are signed by the log; being of different sizes they prove it only together with the records: others are shown another history, or the server went on from an old backup.")
		}
		return pick(vi, "Cả hai đều có chữ ký của sổ: người khác được cho xem một lịch sử khác, hoặc máy chủ đã ghi tiếp trên một bản sao lưu cũ. Không thể có cả hai.",
			"Both are signed by the log: others are shown another history, or the server went on from an old backup. The two can't both be.")
	case Changed:
		return pick(vi, "Sự kiện đã bị sửa sau khi ký, hoặc sổ đã ký một lịch sử không nối tiếp bản mà nhân chứng đang giữ. Điều máy chủ đưa ra không có chữ ký riêng: điểm kiểm tra đã ký chứng minh điều đó với người khác chỉ khi đi cùng các bản ghi, và chỉ khi máy chủ không đưa ra được bản ghi nào khớp.",
			"Events were changed after they were signed, or the log signed a history that does not continue the one this witness holds. What the server gave has no signature of its own: to others the signed checkpoint proves it only together with the records, and only if the server has none that fit.")
	case Refused:
		return pick(vi, "Máy chủ đã ghi điều mà quy tắc cấm, hoặc chương trình này cũ hơn chương trình của máy chủ (so bằng campaign version).",
			"The server recorded what the rules forbid, or this program is older than the server's (compare campaign version).")
	case Time:
		return pick(vi, "Sự kiện đã bị ghi lùi hoặc ghi trước ngày, hoặc đồng hồ của máy chủ hay của máy này sai.",
			"It was back-dated or post-dated, or the clock of the server or of this machine is wrong.")
	case Reveal:
		return pick(vi, "Máy chủ đã đổi điều bị giữ kín sau khi ký nó.", "The server exchanged what was hidden after it had signed it.")
	case Damaged:
		return pick(vi, "Đó là lỗi của đĩa, hoặc có người sửa thư mục này; nó không chứng minh gì về máy chủ.",
			"That is a bad disk, or somebody changed this directory; it proves nothing of the server.")
	}
	return pick(vi, "Im lặng không chứng minh điều gì, nhưng dự thảo vẫn gửi được cho nhân chứng: campaign lodge.",
		"Silence proves nothing, but drafts can be laid before a witness all the same: campaign lodge.")
}

// next is the command to run next.
func (a *Alarm) next(vi bool) string {
	policy := a.Policy
	if policy == "" {
		policy = "POLICY"
	}
	switch a.Kind {
	case Silence:
		return pick(vi, "Tại máy chủ, hãy chạy: campaign doctor", "At the server, run: campaign doctor")
	case Damaged:
		return fmt.Sprintf(pick(vi, "Hãy cất %s sang chỗ khác (giữ checkpoints.txt) rồi chạy lại campaign witness: nhân chứng sẽ lấy lại từ đầu.",
			"Move %s aside (keep its checkpoints.txt) and run campaign witness again: it fetches all anew."), a.Dir)
	}
	return fmt.Sprintf(pick(vi, "Hãy báo cho các đơn vị khác, xin một gói kiểm chứng (BUNDLE) và chạy: verify --policy %s --against %s BUNDLE (từ mã nguồn: go run ./cmd/verify …)\nTại máy chủ: campaign doctor. Nếu có lời giải thích thỏa đáng, cất %s sang chỗ khác (đừng xóa: đó là bằng chứng) rồi bắt đầu lại.",
		"Tell the other units, get a bundle and run: verify --policy %s --against %s BUNDLE (from source: go run ./cmd/verify …)\nAt the server: campaign doctor. If there is a good explanation, move %s aside (don't delete it: it is the proof) and start again."),
		policy, filepath.Join(a.Dir, checkpointsName), a.Dir)
}
