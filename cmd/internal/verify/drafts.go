package verify

import (
	"bytes"
	"errors"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// body is drafts that somebody signed, and where of them stands in the log.
type body struct {
	drafts  []events.Draft
	records []events.Record
	found   []events.Seq // of each draft; 0: not in the log
}

// watchBody reads drafts and looks out for them. The same bytes but for the signature are the same draft.
func (v *verifier) watchBody(records []events.Record) (*body, error) {
	b := &body{records: records, found: make([]events.Seq, len(records))}
	for i, record := range records {
		draft, err := events.Decode(record)
		if err != nil {
			return nil, badRecord{err}
		}
		b.drafts = append(b.drafts, draft)
		if draft.ID == uuid.Nil {
			continue
		}
		v.watch.ids[draft.ID] = append(v.watch.ids[draft.ID], func(e *events.Event) {
			if bytes.Equal(e.Record.Unsigned(), record.Unsigned()) {
				b.found[i] = e.Seq
			}
		})
	}
	return b, nil
}

// logged is where the last draft stands, and whether all stand in the log.
func (b *body) logged() (last events.Seq, all bool) {
	all = true
	for _, seq := range b.found {
		last, all = seq, all && seq != 0
	}
	return last, all
}

// namesFiles reports whether one of the drafts names a file that the server must hold.
func (b *body) namesFiles() bool {
	for _, d := range b.drafts {
		if len(projections.EvidenceNamed(d.Payload)) > 0 {
			return true
		}
	}
	return false
}

// codeOf is a refusal's code; "" of another error.
func codeOf(err error) string {
	var refusal *projections.Refusal
	if errors.As(err, &refusal) {
		return string(refusal.Code)
	}
	return ""
}

// keptRefusal is a refusal, and how admission answers at its place.
type keptRefusal struct {
	named
	*proof.Refusal
	*body
	tried         bool
	refused       error // nil: admission takes it
	before, after time.Time
}

func (v *verifier) openRefusal(name named, data []byte) kept {
	r, err := proof.OpenRefusal(data, v.o.Policy)
	if err != nil {
		return &unusable{name, v.whyNotOf(err, secondLine(data))}
	}
	k := &keptRefusal{named: name, Refusal: r}
	if k.body, err = v.watchBody(r.Drafts); err != nil { // a server may refuse what is no record
		return &unreadable{name, v.say("từ chối đúng: %v", "rightly refused: %v", err)}
	}
	v.watch.probes[r.Seq] = append(v.watch.probes[r.Seq], func(f *fold) {
		k.tried, k.refused = true, f.try(k.body, r.Time)
	})
	v.watch.leaves[r.Seq] = append(v.watch.leaves[r.Seq], func(l *leaf) { k.before = l.recorded })
	v.watch.leaves[r.Seq+1] = append(v.watch.leaves[r.Seq+1], func(l *leaf) { k.after = l.recorded })
	return k
}

// secondLine is where a statement has its origin.
func secondLine(data []byte) string {
	_, rest, _ := bytes.Cut(data, []byte{'\n'})
	return headOrigin(rest)
}

// unreadable is a body that no log could take.
type unreadable struct {
	named
	text string
}

func (u *unreadable) line(*verifier) Line { return Line{Status: OK, Text: u.text} }

func (k *keptRefusal) line(v *verifier) Line {
	switch {
	case uint64(k.Seq) > v.chain.tree.Size():
		return v.older(uint64(k.Seq))
	case !k.tried:
		return v.cut(Against)
	case k.Time.Before(k.before.Add(-Skew)), !k.after.IsZero() && k.Time.After(k.after.Add(Skew)):
		return Line{Status: Failed, Seq: k.Seq, Text: v.say("lời từ chối ghi lúc %s, không nằm giữa sự kiện %d và sự kiện sau nó", "the refusal says %s, which is not between event %d and the one after it", events.FormatTime(k.Time), k.Seq)}
	}
	line := Line{Status: OK, Seq: k.Seq}
	stated := v.say("đã nói: %s, %s", "it said: %s, %s", k.Code, k.Reason)
	switch code := codeOf(k.refused); {
	case k.refused != nil && code == k.Code:
		line.Text = v.say("từ chối đúng sau sự kiện %d: %s", "rightly refused after event %d: %s", k.Seq, reason(k.refused))
	case k.refused != nil:
		line.Text = v.say("từ chối đúng sau sự kiện %d, nhưng vì lý do khác: %s (%s)", "rightly refused after event %d, though for another reason: %s (%s)", k.Seq, reason(k.refused), stated)
	case k.Code == string(projections.CodeEvidence) && k.namesFiles():
		line.Status, line.Text = NotCheckable, v.say("bị từ chối sau sự kiện %d vì máy chủ không giữ tệp; sổ không nói được điều đó (%s)", "refused after event %d because the server held no such file, which no log can tell (%s)", k.Seq, stated)
	default:
		line.Status, line.Text = Failed, v.say("TỪ CHỐI SAI sau sự kiện %d: quy tắc chấp nhận (%s)", "WRONGLY refused after event %d: admission takes it (%s)", k.Seq, stated)
	}
	if line.Status != Failed {
		line.Seq = 0
	}
	if seq, _ := k.logged(); seq != 0 {
		line.Text += v.say("; chính nó nằm trong sổ, sự kiện %d", "; the same draft stands in the log as event %d", seq)
	}
	return line
}

// keptLodging is a lodging, and how admission answers when it lay there.
type keptLodging struct {
	named
	*proof.Lodging
	*body
	tried   bool
	place   events.Seq // of the first event recorded later
	refused error
}

func (v *verifier) openLodging(name named, data []byte) kept {
	l, err := proof.OpenLodging(data, v.o.Policy)
	if err != nil {
		return &unusable{name, v.whyNotOf(err, secondLine(data))}
	}
	k := &keptLodging{named: name, Lodging: l}
	if k.body, err = v.watchBody(l.Drafts); err != nil {
		return &unreadable{name, v.say("không sổ nào nhận được: %v", "no log could take it: %v", err)}
	}
	v.watch.lodged = append(v.watch.lodged, k)
	return k
}

// try asks admission before the first event that is recorded later.
func (k *keptLodging) try(f *fold) {
	last, _ := f.live.Last()
	k.tried, k.place = true, last+1
	k.refused = f.try(k.body, k.Time)
}

func (k *keptLodging) line(v *verifier) Line {
	lodged := v.say("giấy gửi: %s nộp ở %s lúc %s", "%s was lodged with %s at %s", v.count(uint64(len(k.drafts)), "dự thảo", "draft"), k.Witness, events.FormatTime(k.Time))
	last, all := k.logged()
	switch {
	case all:
		return Line{Status: OK, Text: v.say("%s, và nằm trong sổ, sự kiện %d", "%s, and stands in the log as event %d", lodged, last)}
	case !v.whole || v.fold.stopped():
		return v.cut(Against)
	case !k.tried:
		return Line{Status: NotCheckable, Text: v.say("%s; không nằm trong sổ, và sau đó chưa có gì được ghi", "%s; it is not in the log, and nothing was recorded after that", lodged)}
	case k.refused != nil:
		return Line{Status: OK, Text: v.say("%s; không nằm trong sổ, và quy tắc từ chối trước sự kiện %d: %s", "%s; it is not in the log, and admission refuses it before event %d: %s", lodged, k.place, reason(k.refused))}
	case k.namesFiles():
		return Line{Status: NotCheckable, Text: v.say("%s; không nằm trong sổ; quy tắc chấp nhận trước sự kiện %d, nếu máy chủ đã giữ tệp mà nó nêu", "%s; it is not in the log; admission takes it before event %d, if the server held the files it names", lodged, k.place)}
	}
	return Line{Status: Failed, Seq: k.place, Text: v.say("%s; KHÔNG nằm trong sổ dù quy tắc chấp nhận trước sự kiện %d. Máy chủ có được trao hay không là lời của tác giả, và giờ trên giấy gửi là lời của %s",
		"%s; it is NOT in the log, though admission takes it before event %d. That the server was given it is its author's word, and the time that of %s", lodged, k.place, k.Witness)}
}
