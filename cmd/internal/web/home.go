package web

import (
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"campaignledger/events"
)

// CampaignCard is a campaign as the home page shows it.
type CampaignCard struct {
	ID, Title, Notice, ReadOnly string
	Signed, Final, Frozen       bool
	Stage                       events.Stage
	Seq                         events.Seq
}

// homePage lists the campaigns.
type homePage struct {
	Frame
	Campaigns []CampaignCard
}

// Home is the list of campaigns, in the order of their titles.
func Home(lang string, list []CampaignCard) Page {
	list = slices.Clone(list)
	SortBy(list, lang, func(c CampaignCard) string { return orID(c.Title, c.ID) })
	f := Frame{Lang: lang, Title: say(lang, "Các chiến dịch thi đua", "Campaigns"), path: "/", query: url.Values{}}
	return Page{"home", homePage{f, list}}
}

// SortBy sorts a list by a text as the language orders it: in Vietnamese Đ comes after D, and tones come last.
func SortBy[T any](list []T, lang string, text func(T) string) {
	c := collate.New(language.Make(lang))
	slices.SortStableFunc(list, func(a, b T) int { return c.CompareString(text(a), text(b)) })
}

// errorPage says what went wrong.
type errorPage struct {
	Frame
	Status       int
	Text, Detail string
}

// Error is the page for a request that can't be answered. What is wrong in detail is an error's text, which is in English.
func Error(lang string, status int, detail string) Page {
	text := statusWords(lang, status)
	f := Frame{Lang: lang, Title: text, path: "/", query: url.Values{}}
	return Page{"error", errorPage{f, status, text, detail}}
}

// statusWords says in a few words what a status means to who reads a page.
func statusWords(lang string, status int) string {
	switch status {
	case http.StatusNotFound:
		return say(lang, "Không có trang này", "There is no such page")
	case http.StatusGone:
		return say(lang, "Trang này không còn", "This page is gone")
	case http.StatusUnauthorized, http.StatusForbidden:
		return say(lang, "Bạn chưa được xem trang này", "This page is not for you to see yet")
	case http.StatusConflict:
		return say(lang, "Lúc này chưa làm được", "This can't be done as things stand")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return say(lang, "Máy chủ đang bận, xin thử lại sau", "The server is busy: please try again")
	case http.StatusMethodNotAllowed, http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge, http.StatusMisdirectedRequest:
		return say(lang, "Không trả lời được yêu cầu này", "This request can't be answered")
	}
	return say(lang, "Máy chủ gặp lỗi", "Something went wrong on the server")
}
