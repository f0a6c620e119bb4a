package web

import (
	"slices"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"campaignledger/events"
)

// CampaignCard is a campaign as the home page shows it.
type CampaignCard struct {
	ID, Title, Notice, ReadOnly string
	Signed, Final, Frozen       bool
	Unread                      bool // its log is still being read: nothing but the id is known
	Stage                       events.Stage
	Seq                         events.Seq
}

// CampaignCards are a page of the campaigns, of which there may be thousands.
type CampaignCards struct {
	Cards       []CampaignCard
	After, Next string // ids: where the page before ended, and after which the next begins; "" for none
	Total       int    // on all pages
}

// homePage lists the campaigns.
type homePage struct {
	Frame
	Campaigns []CampaignCard
	Pages     CampaignCards
}

// Home is a page of the list of campaigns, in the order of their titles.
func Home(lang string, pages CampaignCards) Page {
	list := slices.Clone(pages.Cards)
	SortBy(list, lang, func(c CampaignCard) string { return orID(c.Title, c.ID) })
	return Page{"home", homePage{outside(lang, say(lang, "Các chiến dịch thi đua", "Campaigns")), list, pages}}
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
	Detail string // in English
}

// Error is the page for a request that can't be answered. The detail is in English.
func Error(lang string, status int, detail string) Page {
	return Page{"error", errorPage{outside(lang, StatusTitle(lang, status)), status, detail}}
}
