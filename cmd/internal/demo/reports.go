package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"campaignledger/events"
)

// File is a file of evidence that the ledger must hold before the events that name it.
type File struct {
	Name    string // for people; .txt
	Content []byte // plain text
	By      string // the member who stores it
}

// fileType is the media type of every file of the year.
const fileType = "text/plain"

// annex is a file that a mark or a report names.
type annex struct {
	File
	held bool // by the ledger; else by the unit, as classified
}

func (a annex) sha256() string {
	sum := sha256.Sum256(a.Content)
	return hex.EncodeToString(sum[:])
}

// reference is how a mark names the file.
func (a annex) reference() string {
	if a.held {
		return "sha256:" + a.sha256()
	}
	return "unit:sha256:" + a.sha256()
}

// file is how a report or an explanation names it.
func (a annex) file() events.File {
	return events.File{Unit: !a.held, Name: a.Name, SHA256: a.sha256(), Size: len(a.Content), Type: fileType}
}

// attach makes a file of a title and text. What the ledger is to hold goes along with the next body; the same file may go along twice.
func (w *writer) attach(name, by, title string, held bool) annex {
	text := title + "\nTài liệu minh họa, không có số liệu thật.\n"
	a := annex{File{Name: name, Content: []byte(text), By: by}, held}
	if held {
		w.files = append(w.files, a.File)
	}
	return a
}

// annexOf is the annex of a unit's report on quarter q.
func (w *writer) annexOf(unit string, q int) annex {
	now := quarters()[q]
	title := unit
	for _, u := range w.cluster.Units {
		if u.ID == unit {
			title = u.Title.In("vi")
		}
	}
	return w.attach(fmt.Sprintf("%s-%d.txt", unit, q+1), w.clerk(unit), fmt.Sprintf("Phụ lục số liệu, %s năm 2017, %s", now.report, title), now.held)
}

// report is what the units report on: the first half of the year, and the year.
type report struct {
	quarter  int
	to, text string
	late     map[string]bool // units that file it with the corrections; the council minds
}

func reports() []report {
	return []report{
		{1, "2017-06-15", "Báo cáo sơ kết sáu tháng: đã tổ chức các đợt thi đua do Cụm phát động; số liệu kèm theo tính đến ngày 15/6",
			map[string]bool{"lai-chau": true, "son-la": true, "lao-cai": true}},
		{3, "2017-11-10", "Báo cáo tổng kết năm: ưu điểm, tồn tại, nguyên nhân và bài học kinh nghiệm; số liệu kèm theo tính đến ngày 10/11", nil},
	}
}

// fileReports files the units' reports on quarter q: those that come in time, or the others.
func (w *writer) fileReports(q int, late bool) {
	for _, r := range reports() {
		if r.quarter != q {
			continue
		}
		for _, u := range w.cluster.Units {
			if r.late[u.ID] != late {
				continue
			}
			w.body(events.Draft{Subject: u.ID, Author: w.clerk(u.ID), Payload: &events.ReportFiled{From: "2017-01-01", To: r.to,
				Text: events.Words{Text: r.text}, Evidence: []events.File{w.annexOf(u.ID, q).file()}}})
		}
	}
}
