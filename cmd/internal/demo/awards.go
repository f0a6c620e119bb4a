package demo

import (
	"fmt"

	"github.com/google/uuid"

	"campaignledger/events"
)

// propose sends the nominees to the authorities, once the days of publicity are over.
func (w *writer) propose() {
	w.begin(Proposals, nextJanuary, 11)
	w.proposals = map[string]uuid.UUID{}
	for i, n := range nominations() {
		for _, p := range w.body(events.Draft{Subject: n.unit, Author: headOf(w.cluster.Lead), Payload: &events.AwardProposed{Award: n.award,
			Ballot: ballotOf(n.award), Cluster: w.cluster.ID, Note: fmt.Sprintf("Tờ trình số MH-%02d/TTr-CTĐ2 (số minh họa)", i+1)}}) {
			w.proposals[n.unit] = p.ID
		}
	}
}

// decide lets the Ministry sign for its flag, and the lead's head transcribe the Prime Minister's paper, since he is no member here; the
// Ministry has that paper too and confirms it. Every unit's head confirms that it received the decision on it.
func (w *writer) decide() {
	w.begin(Decisions, nextJanuary, 18)
	for i, unit := range nominees(ministryFlag) {
		w.decided(unit, events.Draft{Author: authority, Payload: &events.AwardDecided{
			Decision: w.paper(fmt.Sprintf("MH-%02d/QĐ-BCA", i+1), "2018-01-18", "Bộ trưởng Bộ Công an", authority)}})
	}
	w.begin(LastDecision, nextJanuary, 29)
	w.decided("lang-son", events.Draft{Author: headOf(w.cluster.Lead), Payload: &events.AwardDecided{Basis: events.BasisTranscribed,
		Decision: w.paper("MH-09/QĐ-TTg", "2018-01-25", "Thủ tướng Chính phủ", headOf(w.cluster.Lead)),
		Note:     "Nhập theo bản giấy; quyết định minh họa"}}, authority)
}

// decided grants a unit what was proposed for it; its head confirms, after the others who have seen the paper.
func (w *writer) decided(unit string, d events.Draft, seen ...string) {
	if p, ok := d.Payload.(*events.AwardDecided); ok {
		p.Of, p.Outcome = w.proposals[unit], events.AwardGranted
	}
	d.Subject = unit
	for _, p := range w.body(d) {
		for _, member := range seen {
			w.endorse(p, member, events.EndorseReceived, "Đã đối chiếu với bản gốc lưu tại Bộ")
		}
		w.endorse(p, headOf(unit), events.EndorseReceived, "Đã nhận quyết định")
	}
}

// paper is a decision on paper, with a scan that goes along with the next body. Its number and signatory say that they are invented.
func (w *writer) paper(number, date, signatory, by string) events.Decision {
	scan := w.attach("quyet-dinh-"+number[:len("MH-00")]+".txt", by, "Quyết định khen thưởng số "+number+" ngày "+date+", "+signatory+" (bản quét minh họa)", true)
	return events.Decision{Date: date, Number: number + " (số minh họa)", Scan: scan.sha256(), Signatory: signatory + " (minh họa)"}
}
