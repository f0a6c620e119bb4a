package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"campaignledger/events"
)

// deputy is the unit that sets the lead's targets: no unit has its own set by itself.
const deputy = "cao-bang"

// open opens the campaign in the first week of its year.
func (w *writer) open() {
	text := Source(w.keys)
	sum := sha256.Sum256(text)
	w.begin(Opening, time.January, 5)
	w.body(w.lead(events.NewCampaignOpened(w.regulation, SourceName, hex.EncodeToString(sum[:]))))
}

// lead is what the lead's head says.
func (w *writer) lead(p events.Payload) events.Draft {
	return events.Draft{Author: headOf(w.cluster.Lead), Payload: p}
}

// advance begins the next stage.
func (w *writer) advance(stage events.Stage, reason string) {
	w.body(w.lead(&events.StageAdvanced{Stage: stage, Reason: reason}))
}

// join lets the heads sign the pact and register for titles.
func (w *writer) join() {
	w.begin(Joining, time.January, 9)
	highest := map[string]bool{"lang-son": true, "son-la": true}
	for _, u := range w.cluster.Units {
		titles := []string{"ministry-flag"}
		if highest[u.ID] {
			titles = append(titles, "government-flag")
		}
		w.body(events.Draft{Subject: u.ID, Author: headOf(u.ID), Payload: &events.UnitJoined{Titles: titles,
			Note: "Ký giao ước thi đua năm 2017 và đăng ký danh hiệu"}})
	}
	w.advance(events.StageOpen, "Bảy đơn vị đã ký giao ước thi đua")
}

// setTargets sets the targets: the lead for the others, the deputy for the lead.
func (w *writer) setTargets() {
	w.begin(Targets, time.January, 17)
	for i := range w.leaves {
		l := &w.leaves[i]
		var drafts []events.Draft
		for u, target := range l.targets {
			unit, assigner := w.cluster.Units[u].ID, w.cluster.Lead
			if unit == w.cluster.Lead {
				assigner = deputy
			}
			drafts = append(drafts, events.Draft{Subject: unit, Author: w.clerk(assigner),
				Payload: &events.TargetSet{Cluster: w.cluster.ID, Criterion: l.ID, Scorer: assigner, Target: target}})
		}
		w.body(drafts...)
	}
	w.launch()
}

// appoint makes those members whose chapter has come.
func (w *writer) appoint() {
	for _, m := range roster() {
		if m.appointed == "" || m.appointed != w.chapter {
			continue
		}
		key := w.keys[m.id]
		w.body(events.Draft{Subject: m.unit, Author: headOf(m.unit), Payload: &events.MemberAppointed{Member: m.id, Name: m.name, Role: m.role,
			Key: key.Public, Proof: events.ProvePossession(key.Private(), w.genesis, m.id)}})
		w.members = append(w.members, m)
	}
}

// endorse is a member's word on a record.
func (w *writer) endorse(of events.Proposal, author, as, note string) {
	w.body(events.Draft{Author: author, Payload: &events.RecordEndorsed{Of: of.ID, Hash: hashOf(of), As: as, Note: note}})
}
