package web

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
)

// framed is the frame of a page of campaign c, in a language and with a query.
func framed(t *testing.T, lang, query string) Frame {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return Frame{Lang: lang, Campaign: &CampaignFrame{ID: "c", Zone: time.FixedZone("", 7*60*60)}, path: "/campaigns/c/log", query: q}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ decimal, vi, en, signedVi, signedEn string }{
		{"1234.50", "1.234,50", "1,234.50", "+1.234,50", "+1,234.50"},
		{"-1234.5", "−1.234,5", "−1,234.5", "−1.234,5", "−1,234.5"},
		{"0.00", "0,00", "0.00", "0,00", "0.00"},
		{"0", "0", "0", "0", "0"},
		{"-0.01", "−0,01", "−0.01", "−0,01", "−0.01"},
		{"100000", "100.000", "100,000", "+100.000", "+100,000"},
	} {
		vi, en := framed(t, "vi", ""), framed(t, "en", "")
		if a, b, c, d := vi.Number(test.decimal), en.Number(test.decimal), vi.Signed(test.decimal), en.Signed(test.decimal); a != test.vi || b != test.en || c != test.signedVi || d != test.signedEn {
			t.Errorf("%s: %s, %s, %s, %s", test.decimal, a, b, c, d)
		}
	}
	if a, b := framed(t, "vi", "").Count(events.Seq(1364)), framed(t, "en", "").Count(1364); a != "1.364" || b != "1,364" {
		t.Errorf("a whole number: %s, %s", a, b)
	}
}

func TestMove(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		from, to int
		vi, en   string
	}{
		{5, 2, `<span class="up"><span aria-hidden="true">▲3</span><span class="hidden">lên hạng 2</span></span>`,
			`<span class="up"><span aria-hidden="true">▲3</span><span class="hidden">up to rank 2</span></span>`},
		{1, 2, `<span class="down"><span aria-hidden="true">▼1</span><span class="hidden">xuống hạng 2</span></span>`,
			`<span class="down"><span aria-hidden="true">▼1</span><span class="hidden">down to rank 2</span></span>`},
		{4, 4, `<span class="same"><span aria-hidden="true">–</span><span class="hidden">không đổi</span></span>`,
			`<span class="same"><span aria-hidden="true">–</span><span class="hidden">unchanged</span></span>`},
	} {
		if vi, en := framed(t, "vi", "").Move(test.from, test.to), framed(t, "en", "").Move(test.from, test.to); string(vi) != test.vi || string(en) != test.en {
			t.Errorf("from %d to %d: %s\n%s", test.from, test.to, vi, en)
		}
	}
}

// TestDays: days and moments are those where the campaign is.
func TestDays(t *testing.T) {
	t.Parallel()
	late := time.Date(2017, 12, 4, 17, 30, 0, 0, time.UTC)
	vi, en := framed(t, "vi", ""), framed(t, "en", "")
	for got, want := range map[string]string{vi.Day(late): "05/12/2017", en.Day(late): "5 Dec 2017", vi.Moment(late): "00:30 05/12/2017", en.Moment(late): "5 Dec 2017, 00:30",
		vi.DayText("2017-12-05"): "05/12/2017", en.DayText("2017-12-05"): "5 Dec 2017", vi.DayText("no day"): "no day",
		Frame{Lang: "en"}.DayText("2017-12-05"): "5 Dec 2017"} {
		if got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

// TestAddresses: links keep the language and the event that a page is as of; what is set replaces, "" takes away, and Vietnamese needs no word.
func TestAddresses(t *testing.T) {
	t.Parallel()
	const query = "as_of=412&cluster=north&lang=en"
	en, vi := framed(t, "en", query), framed(t, "vi", "as_of=412")
	for got, want := range map[string]string{
		en.Href("units/a b", "cluster", "north"): "/campaigns/c/units/a%20b?as_of=412&cluster=north&lang=en",
		en.Href("log", "as_of", ""):              "/campaigns/c/log?lang=en",
		vi.Href("log"):                           "/campaigns/c/log?as_of=412",
		vi.Href("", "as_of", ""):                 "/campaigns/c",
		en.Here("before", events.Seq(9)):         "/campaigns/c/log?as_of=412&before=9&cluster=north&lang=en",
		en.Other():                               "/campaigns/c/log?as_of=412&cluster=north",
		vi.Other():                               "/campaigns/c/log?as_of=412&lang=en",
		en.Base("log"):                           "/campaigns/c/log",
	} {
		if got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
	if en.query.Encode() != query {
		t.Errorf("the request's own query became %s", en.query.Encode())
	}
}

func TestWithParams(t *testing.T) {
	t.Parallel()
	q := url.Values{"unit": {"a"}, "order": {"oldest"}}
	if got := withParams(q, "en", []any{"unit", "b", "order", "", "after", 7}).Encode(); got != "after=7&lang=en&unit=b" {
		t.Error(got)
	}
	if got := withParams(q, "vi", []any{"left alone"}).Encode(); got != "order=oldest&unit=a" {
		t.Errorf("a name without a value: %s", got)
	}
	if q.Encode() != "order=oldest&unit=a" {
		t.Errorf("it changed what it was given: %s", q.Encode())
	}
}

func TestHidden(t *testing.T) {
	t.Parallel()
	f := framed(t, "en", "unit=a&as_of=412&cluster=&order=oldest")
	if got, want := f.Hidden("order"), []Param{{"as_of", "412"}, {"lang", "en"}, {"unit", "a"}}; !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
	if got := framed(t, "vi", "unit=a").Hidden("unit"); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func TestWitnessed(t *testing.T) {
	t.Parallel()
	for want, proof := range map[string]host.Witnessing{
		"no witnesses":                                                    {},
		"witnesses: 2, no quorum is required":                             {Witnesses: 2},
		"2 of 3 witnesses (it takes 2) stand behind event 9":              {Size: 9, Cosigned: 2, Quorum: 2, Witnesses: 3},
		"not enough witnesses yet: 1 of the 2 it takes":                   {Size: 9, Cosigned: 1, Quorum: 2, Witnesses: 3},
		"enough witnesses up to event 7; event 9 has 1 of the 2 it takes": {Size: 9, Cosigned: 1, Quorum: 2, Witnesses: 3, Quorate: 7},
	} {
		f := framed(t, "en", "")
		f.Campaign.Proof = proof
		if got := f.Witnessed(); got != want {
			t.Errorf("%+v: %s", proof, got)
		}
	}
	if got := (Frame{Lang: "vi"}).Witnessed(); got != "không có nhân chứng" {
		t.Error(got)
	}
}
