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
	Status int
	Detail string
}

// statusWords are the headings of the errors that people meet most.
var statusWords = map[int][2]string{
	http.StatusBadRequest:          {"Yêu cầu không hợp lệ", "Bad request"},
	http.StatusUnauthorized:        {"Cần xác nhận bạn là ai", "Not signed in"},
	http.StatusForbidden:           {"Không được phép", "Not allowed"},
	http.StatusNotFound:            {"Không tìm thấy", "Not found"},
	http.StatusMethodNotAllowed:    {"Cách gửi này không dùng được ở đây", "Method not allowed"},
	http.StatusGone:                {"Không còn nữa", "Gone"},
	http.StatusUnprocessableEntity: {"Không thực hiện được yêu cầu", "The request can't be carried out"},
	http.StatusTooManyRequests:     {"Quá nhiều yêu cầu", "Too many requests"},
	http.StatusServiceUnavailable:  {"Máy chủ tạm thời không trả lời được", "The server can't answer just now"},
}

// Error is the page for a request that can't be answered. Its heading is in the reader's language, the detail in English as all error texts are.
func Error(lang string, status int, detail string) Page {
	words, ok := statusWords[status]
	if !ok {
		words = [2]string{"Có lỗi", http.StatusText(status)}
	}
	text := say(lang, words[0], words[1])
	f := Frame{Lang: lang, Title: text, path: "/", query: url.Values{}}
	return Page{"error", errorPage{f, status, detail}}
}
