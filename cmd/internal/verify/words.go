package verify

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"campaignledger/events"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// tongue is the language of a report.
type tongue string

// say is a text in the language; both take the same values.
func (t tongue) say(vi, en string, values ...any) string {
	text := en
	if t == "vi" {
		text = vi
	}
	if len(values) == 0 {
		return text
	}
	return fmt.Sprintf(text, values...)
}

// Count is a number with what is counted, as lines have it.
func Count(n uint64, lang, vi, en string) string { return tongue(lang).count(n, vi, en) }

// figure is a number with its thousands parted.
func (t tongue) figure(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(t.say(".", ","))
		}
		b.WriteRune(d)
	}
	return b.String()
}

// count is a number with what is counted; an English word of more than one ends in s.
func (t tongue) count(n uint64, vi, en string) string {
	if t != "vi" && n != 1 {
		en += "s"
	}
	return t.figure(n) + " " + t.say(vi, en)
}

// events is a number of events.
func (t tongue) events(n uint64) string { return t.count(n, "sự kiện", "event") }

// span names the events from and up to.
func (t tongue) span(from, to events.Seq) string {
	if from == to {
		return t.say("sự kiện %d", "event %d", from)
	}
	return t.say("các sự kiện %d đến %d", "events %d to %d", from, to)
}

// by is a stretch of time.
func (t tongue) by(d time.Duration) string {
	switch {
	case d >= time.Minute && d%time.Minute == 0:
		return t.say("%d phút", "%d min", d/time.Minute)
	case d%time.Second == 0:
		return t.say("%d giây", "%d s", d/time.Second)
	}
	return t.say("%d phần nghìn giây", "%d ms", d.Milliseconds())
}

// fault is the first thing that is wrong with one aspect of a bundle.
type fault struct {
	seq  events.Seq
	text string
}

// line is the failed line of a fault.
func (f *fault) line(name string) Line {
	return Line{Name: name, Status: Failed, Seq: f.seq, Text: f.text}
}

// whyNot is an error of a note in words for people.
func (t tongue) whyNot(err error) string {
	var unverified *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	switch {
	case errors.As(err, &invalid):
		return t.say("chữ ký của %s sai", "the signature of %s is bad", invalid.Name)
	case errors.As(err, &unverified):
		return t.say("nó không có chữ ký nào bằng khóa của chính sách", "it has no signature by a key of the policy")
	}
	return err.Error()
}

// whyNotOf is whyNot of something that states an origin: of another log its name says more than its signatures.
func (v *verifier) whyNotOf(err error, origin string) string {
	if _, _, none := proof.ParseOrigin(origin); none == nil && origin != v.o.Policy.Origin {
		return v.elsewhere(origin)
	}
	return v.whyNot(err)
}

// elsewhere says of which other log than the policy's something is.
func (v *verifier) elsewhere(origin string) string {
	campaign, _, _ := proof.ParseOrigin(origin)
	if ours := v.o.Policy.Campaign(); campaign != ours {
		return v.say("nó là của chiến dịch %s (sổ %s), chính sách là cho chiến dịch %s", "it is of the campaign %s (log %s), the policy is for the campaign %s", campaign, origin, ours)
	}
	return v.say("nó là của sổ khác cùng tên chiến dịch: %s; chính sách là cho %s", "it is of another log of a campaign of this name: %s; the policy is for %s", origin, v.o.Policy.Origin)
}

// reason is an error of admission without the remedy, which is meant for authors: an auditor can't sign anew.
func reason(err error) string {
	text := err.Error()
	var refusal *projections.Refusal
	if errors.As(err, &refusal) {
		text = strings.Replace(text, refusal.Error(), refusal.Problem, 1)
	}
	return text
}

// unknowable says what nobody can tell from a bundle.
func (v *verifier) unknowable() Line {
	return Line{Name: Unknowable, Status: NotCheckable, Text: v.say(
		"nội dung tệp minh chứng và bản quét (trừ khi --evidence có tệp), văn bản tách riêng, điểm có đúng sự thật không, điều bị từ chối trước khi vào sổ mà không ai giữ biên nhận, một túc số nhân chứng thông đồng, ai đã đọc gì, sự ép buộc",
		"the content of evidence files and scans (unless --evidence holds them), detached texts, whether marks are true, what was refused before it was logged without a kept receipt, a quorum that colludes, who read what, coercion")}
}

// cut says of a line that it ends with an event, because the bundle or the fold does.
func (v *verifier) cut(name string) Line {
	text := v.say("việc dựng lại dừng trước sự kiện %d", "the fold ends before event %d", v.fold.admitted+1)
	switch {
	case v.foreign:
		text = v.say("gói kiểm chứng là của sổ khác", "the bundle is of another log")
	case !v.whole:
		text = v.say("phần đọc được của gói kiểm chứng dừng sau sự kiện %d", "what can be read of the bundle ends after event %d", v.chain.tree.Size())
	}
	return Line{Name: name, Status: NotReached, Text: text}
}
