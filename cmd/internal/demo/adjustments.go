package demo

import (
	"campaignledger/events"
)

// bonus is an item a unit claims after a drive and the council approves, or cuts, in December.
type bonus struct {
	after             Chapter
	unit, item        string
	claimed, approved int64
}

func bonuses() []bonus {
	const (
		letter   = "Thư khen của Bộ Công an"
		ministry = "Bằng khen của Bộ Công an"
		province = "Bằng khen của Ủy ban nhân dân tỉnh"
		rescue   = "Khen thưởng đột xuất về cứu nạn trong mưa lũ"
	)
	return []bonus{
		{TetDrive, "cao-bang", letter, 3, 3},
		{TetDrive, "ha-giang", letter, 3, 3},
		{TetDrive, "son-la", letter, 3, 3},
		{TetDrive, "lang-son", letter, 3, 3},
		{SpringDrive, "dien-bien", ministry, 5, 5},
		{SpringDrive, "lang-son", ministry, 5, 5},
		{SpringDrive, "lai-chau", province, 2, 2},
		{SpringDrive, "son-la", ministry, 5, 5},
		{AutumnDrive, "lao-cai", rescue, 5, 5},
		{AutumnDrive, "dien-bien", rescue, 4, 3},
		{AutumnDrive, "son-la", rescue, 4, 3},
		{AutumnDrive, "lang-son", rescue, 4, 4},
		{AutumnDrive, "lao-cai", province, 2, 2},
		{AutumnDrive, "cao-bang", province, 2, 2},
		{AutumnDrive, "ha-giang", province, 2, 2},
		{AutumnDrive, "lai-chau", rescue, 3, 3},
	}
}

// help is what one unit credits another with for its help.
type help struct {
	from, to, item string
	points         int64
}

func helps() []help {
	const (
		escaped = "Phối hợp bắt đối tượng truy nã lẩn trốn trên địa bàn"
		routes  = "Cung cấp thông tin phá chuyên án ma túy liên tuyến"
	)
	return []help{
		{"lang-son", "son-la", routes, 2},
		{"dien-bien", "son-la", routes, 2},
		{"son-la", "dien-bien", routes, 2},
		{"lai-chau", "dien-bien", escaped, 2},
		{"lai-chau", "lao-cai", escaped, 2},
		{"ha-giang", "lao-cai", escaped, 1},
		{"ha-giang", "cao-bang", escaped, 2},
		{"lang-son", "cao-bang", routes, 1},
		{"cao-bang", "ha-giang", escaped, 2},
		{"lao-cai", "ha-giang", routes, 1},
		{"lao-cai", "lai-chau", escaped, 2},
	}
}

// claimBonuses enters what the units claim after a drive, one body each. One of them thinks better of it.
func (w *writer) claimBonuses(after Chapter) {
	for _, b := range bonuses() {
		if b.after == after {
			w.body(w.score(entry{unit: b.unit, leaf: "bonus", level: levelSelf, scorer: b.unit, mark: points(b.claimed), item: b.item}))
		}
	}
	if after == SpringDrive {
		w.withdrawn("lai-chau", "Giấy khen của Giám đốc Công an tỉnh", "Khen thưởng của đơn vị tự xét không thuộc diện tính điểm thưởng của Cụm")
	}
}

// withdrawn enters a claim and withdraws it.
func (w *writer) withdrawn(unit, item, reason string) {
	claim := w.next()
	w.body(w.score(entry{unit: unit, leaf: "bonus", level: levelSelf, scorer: unit, mark: points(1), item: item}))
	w.body(events.Draft{Subject: unit, Author: w.clerk(unit), Payload: &events.EntryWithdrawn{Of: claim, Reason: reason}})
}

// thankHelpers lets the units credit each other's help, openly: the marks of a sealed sheet have no items.
func (w *writer) thankHelpers() {
	for _, h := range helps() {
		w.body(w.score(entry{unit: h.to, leaf: "bonus-help", level: levelPeer, scorer: h.from, mark: points(h.points), item: h.item}))
	}
}

// penalise enters the half-year's penalties.
func (w *writer) penalise() {
	const late = "Báo cáo sáu tháng gửi chậm"
	for _, p := range []struct {
		unit   string
		points int64
	}{{"lai-chau", -2}, {"son-la", -1}, {"lao-cai", -1}} {
		w.body(w.score(entry{unit: p.unit, leaf: "penalty", level: levelApproved, scorer: secretary, mark: points(p.points), item: late}))
	}
}

// approveBonuses enters what the council approves of the claims.
func (w *writer) approveBonuses() {
	var drafts []events.Draft
	for _, b := range bonuses() {
		e := entry{unit: b.unit, leaf: "bonus", level: levelApproved, scorer: secretary, mark: points(b.approved), item: b.item}
		if b.approved != b.claimed {
			e.reason = "Giảm điểm theo khung thưởng của quy chế"
		}
		drafts = append(drafts, w.score(e))
	}
	w.body(drafts...)
}
