package witness_test

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"campaignledger/cmd/internal/witness"
	"campaignledger/events"
)

// between hides the events from first to last.
func between(ranges ...int) func(int) bool {
	return func(seq int) bool {
		for i := 0; i < len(ranges); i += 2 {
			if seq >= ranges[i] && seq <= ranges[i+1] {
				return true
			}
		}
		return false
	}
}

func TestHiddenAndRevealed(t *testing.T) {
	t.Parallel()
	for _, restart := range []bool{false, true} {
		t.Run(fmt.Sprint("restart ", restart), func(t *testing.T) {
			t.Parallel()
			f := newFakeLog(t)
			cfg := f.config("a-w")
			w := open(t, cfg)
			again := func() {
				if restart {
					if err := w.Close(); err != nil {
						t.Fatal(err)
					}
					w = open(t, cfg)
				}
			}
			f.checkpoint()
			good(t, w)
			step := func(what string, hidden func(int) bool, grow, folded int) {
				t.Helper()
				f.change(func() { f.hidden = hidden })
				f.grow(grow)
				r := good(t, w)
				if r.Size != uint64(len(f.entries)) || !r.Posted || w.Folded() != events.Seq(folded) || r.Hidden != r.Size-uint64(folded) {
					t.Errorf("%s: %+v, %d refolded; want %d", what, r, w.Folded(), folded)
				}
				again()
				if w.Folded() != events.Seq(folded) || w.Size() != r.Size {
					t.Errorf("%s, after a start: %d refolded of %d; want %d", what, w.Folded(), w.Size(), folded)
				}
			}
			step("two votes are hidden", between(7, 7, 10, 10), 6, 6)
			step("nothing is revealed", between(7, 7, 10, 10), 2, 6)
			step("the second is revealed", between(7, 7), 1, 6)
			step("more is hidden", between(7, 7, 16, 17), 4, 6)
			step("the first is revealed", between(16, 17), 1, 15)
			step("all is revealed", between(), 1, 20)
			step("it goes on", between(), 1, 21)
			sizes := []int{5, 11, 13, 14, 18, 19, 20, 21}
			checkCopy(t, f, cfg, sizes)
			if got := kept(t, cfg, "pending-7.ndjson"); got != nil {
				t.Errorf("what waited is there still: %s", got)
			}
		})
	}
}

// TestRevealedOtherwise: what is revealed must hash to what was hidden.
func TestRevealedOtherwise(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(seq int, e entry) entry{
		"content": func(seq int, e entry) entry {
			if seq == 7 {
				e.record = events.Record(strings.Replace(string(e.record), `"points":"1"`, `"points":"9"`, 1))
			}
			return e
		},
		"time": func(seq int, e entry) entry {
			if seq == 7 {
				e.recorded = e.recorded.Add(1e6)
			}
			return e
		},
		"something behind it": func(seq int, e entry) entry {
			if seq == 8 {
				e.record = events.Record(strings.Replace(string(e.record), `"points":"1"`, `"points":"9"`, 1))
			}
			return e
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeLog(t)
			cfg := f.config("a-w")
			w := open(t, cfg)
			f.hidden = between(7, 8)
			f.checkpoint()
			f.grow(3)
			good(t, w)
			f.change(func() { f.hidden = between() })
			f.grow(1)
			f.change(func() {
				asked := 0
				f.override = func(answer http.ResponseWriter, r *http.Request) bool { // what is new comes as it was signed
					if strings.HasSuffix(r.URL.Path, "/events") {
						if asked++; asked == 2 {
							f.serve = change
						}
					}
					return false
				}
			})
			a := alarm(t, w, witness.Reveal)
			want := events.Seq(7)
			if name == "something behind it" {
				want = 8
			}
			if a.Seq != want || len(a.Files) != 2 {
				t.Errorf("the alarm is of event %d, with %v", a.Seq, a.Files)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			posts := len(f.posts)
			f.change(func() { f.serve, f.override = change, nil })
			w = open(t, cfg)
			if _, err := w.Round(t.Context()); err == nil || len(f.posts) != posts {
				t.Error("after a start it cosigned")
			}
		})
	}
}

// TestFeedGoesBack: a reveal while the feed is read makes it go back to the first hidden event.
func TestFeedGoesBack(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	cfg := f.config("a-w")
	w := open(t, cfg)
	f.checkpoint()
	good(t, w)
	f.grow(6)
	f.change(func() {
		first := true
		f.override = func(answer http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/events") || !first {
				return false
			}
			first = false
			for i, e := range f.entries[5:8] { // hidden at first, then the feed goes back
				leaf := events.LeafHash(e.record, e.recorded)
				fmt.Fprintf(answer, `{"seq":%d,"recorded":%q,"leaf":%q}`+"\n", 6+i, events.FormatTime(e.recorded), hex.EncodeToString(leaf[:]))
			}
			f.feed(answer, 5)
			return true
		}
	})
	if r := good(t, w); r.Size != 11 || w.Folded() != 11 {
		t.Errorf("%+v, %d refolded", r, w.Folded())
	}
	checkCopy(t, f, cfg, []int{5, 11})
}
