package demo

import (
	"campaignledger/events"
)

// excluded is the unit that is barred from awards from July to October, over a matter of its books. It comes last in the end all the same.
const excluded = "lai-chau"

// exclude bars a unit from awards: the deputy's head proposes it, and four other heads agree, which makes two thirds of the seven. The
// unit's head confirms that it knows.
func (w *writer) exclude() {
	imposed := w.body(events.Draft{Subject: excluded, Author: headOf(deputy), Payload: &events.ExclusionImposed{From: w.day.Format("2006-01-02"),
		Ground: events.Words{Text: "Chưa đối chiếu xong sổ theo dõi công cụ hỗ trợ với kho; việc hành chính, không phải kỷ luật (tình huống minh họa)"}}})
	for _, p := range imposed {
		for _, unit := range []string{"son-la", "dien-bien", "ha-giang", "lao-cai"} {
			w.endorse(p, headOf(unit), events.EndorseAgree, "")
		}
		w.endorse(p, headOf(excluded), events.EndorseReceived, "Đơn vị sẽ đối chiếu xong trong quý III")
		w.exclusion = p.ID
	}
}

// liftExclusion ends it, long before the conference: an authority does that at once.
func (w *writer) liftExclusion() {
	w.body(events.Draft{Subject: excluded, Author: authority, Payload: &events.ExclusionLifted{Of: w.exclusion,
		Reason: "Đơn vị đã đối chiếu xong, có biên bản của hai bên (tình huống minh họa)"}})
}
