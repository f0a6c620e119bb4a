package demo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/google/uuid"

	"campaignledger/cmd/internal/keys"
	"campaignledger/events"
	"campaignledger/projections"
)

// sealedSheet is a sheet between its seal and its reveal.
type sealedSheet struct {
	events.Sheet
	id    uuid.UUID // of sheet.sealed
	marks []events.SheetMark
}

// saltOf is the salt of a sheet: as secret as the key of who seals it, and the same in every run, so that a replay that was cut off between
// the seal and the reveal can go on.
func saltOf(key *keys.Key, scorer string) string {
	mac := hmac.New(sha256.New, key.Private().Seed())
	mac.Write([]byte("campaign-ledger/demo-salt/v1\n" + scorer))
	return hex.EncodeToString(mac.Sum(nil))
}

// sealPeers is the cross-scoring of November: each unit seals one sheet with all that it gives the others.
func (w *writer) sealPeers() {
	w.begin(Cross, time.November, 21)
	for s, unit := range w.cluster.Units {
		list := w.places(unit.ID)
		for i := range w.leaves {
			if l := &w.leaves[i]; l.several() {
				list = append(list, w.peerMarks(s, l, 0)...)
			}
		}
		author := w.reviewer(unit.ID)
		sheet := sealedSheet{Sheet: events.Sheet{Genesis: w.genesis, Author: author, Cluster: w.cluster.ID, Level: levelCross, Scorer: unit.ID,
			Salt: saltOf(w.keys[author], unit.ID)}, id: w.next()}
		for _, e := range list {
			sheet.marks = append(sheet.marks, events.SheetMark{Unit: e.unit, Criterion: e.leaf, Mark: w.slipped(e)})
		}
		w.body(events.Draft{Author: author, Payload: projections.SealSheet(sheet.Sheet, sheet.marks)})
		w.sheets = append(w.sheets, sheet)
	}
}

// revealPeers begins the review: the sheets are opened, what is wrong in them is returned and put right, and a unit's own mark is returned
// and explained.
func (w *writer) revealPeers() {
	w.begin(Reveal, time.November, 28)
	w.advance(events.StageReview, "Bảy đơn vị đã nộp phiếu chấm chéo niêm phong")
	for _, sheet := range w.sheets {
		revealed := events.Draft{ID: w.next(), Campaign: w.regulation.ID, Author: sheet.Author, Time: w.at(),
			Payload: &events.SheetRevealed{Of: sheet.id, Salt: sheet.Salt}}
		w.body(append([]events.Draft{revealed}, projections.RevealRows(sheet.Sheet, sheet.marks, revealed, 1)...)...)
	}
	w.sheets = nil
	for _, e := range w.pending {
		returned := w.giveBack(e, "son-la-council", "Khác xa phiếu của các đơn vị khác; đề nghị kiểm tra lại")
		w.endorse(returned, headOf(e.scorer), events.EndorseReceived, "")
	}
	w.repairSlips()
	w.explain()
}

// giveBack returns the current entry where e stands.
func (w *writer) giveBack(e entry, author, reason string) (returned events.Proposal) {
	of := w.current[cell{e.unit, e.leaf, e.level, e.scorer, e.item}]
	for _, p := range w.body(events.Draft{Subject: e.unit, Author: author, Payload: &events.ScoreReturned{Of: of, Reason: reason}}) {
		returned = p
	}
	return returned
}

// explain is a claim that was returned, with the unit's explanation. The council cuts it all the same.
func (w *writer) explain() {
	const unit, leaf = "son-la", "I.3.3"
	returned := w.giveBack(entry{unit: unit, leaf: leaf, level: levelSelf, scorer: unit}, "cao-bang-reviewer",
		"Số liệu cao hơn danh sách của cơ sở cai nghiện; đề nghị giải trình")
	list := w.attach("danh-sach-cai-nghien.txt", w.clerk(unit), "Danh sách hồ sơ đưa đi cai nghiện năm 2017, Công an tỉnh Sơn La", false)
	w.body(events.Draft{Subject: unit, Author: w.clerk(unit), Payload: &events.ExplanationFiled{Of: returned.ID,
		Text:     events.Words{Text: "Số liệu gồm 45 trường hợp đã có quyết định, đang hoàn thiện hồ sơ; danh sách do đơn vị lưu giữ"},
		Evidence: []events.File{list.file()}}})
}
