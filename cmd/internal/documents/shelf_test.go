package documents

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"campaignledger/cmd/internal/papers"
	"campaignledger/events"
	"campaignledger/ledger"
)

func kept(s *Shelf, name keptName) *File { return s.kept[name] }

// TestShelfKeepsTheNewest: in number and in bytes.
func TestShelfKeepsTheNewest(t *testing.T) {
	t.Parallel()
	name := func(n int) keptName { return keptName{campaign: "c", seq: events.Seq(n)} }
	var s Shelf
	for n := range maxKept + 10 {
		s.keep(name(n), &File{Content: make([]byte, 1)})
	}
	if len(s.kept) != maxKept || len(s.order) != maxKept || s.bytes != maxKept || kept(&s, name(9)) != nil || kept(&s, name(10)) == nil {
		t.Errorf("%d files of %d bytes are kept", len(s.kept), s.bytes)
	}
	const large = 8 << 20
	for n := range 10 {
		s.keep(name(1000+n), &File{Content: make([]byte, large)})
	}
	if s.bytes > maxKeptBytes || len(s.kept) != maxKeptBytes/large || kept(&s, name(1009)) == nil {
		t.Errorf("%d files of %d bytes are kept", len(s.kept), s.bytes)
	}
	s.keep(name(2000), &File{Content: make([]byte, maxKeptFile+1)})
	s.keep(name(1009), &File{Content: make([]byte, large)}) // made twice at a time
	if kept(&s, name(2000)) != nil || len(s.kept) != maxKeptBytes/large || len(s.order) != len(s.kept) {
		t.Errorf("%d files of %d bytes are kept", len(s.kept), s.bytes)
	}
}

// TestShelfIsBounded: one more than may be made at a time is refused as busy; who asks for one that is being made gets it.
func TestShelfIsBounded(t *testing.T) {
	t.Parallel()
	name := func(n int) keptName { return keptName{campaign: "c", seq: events.Seq(n)} }
	var s Shelf
	for range 2 {
		for n := range MaxMaking {
			if f, err := s.findOrTake(t.Context(), name(n), true); f != nil || err != nil {
				t.Fatal(f, err)
			}
		}
		if _, err := s.findOrTake(t.Context(), name(MaxMaking), true); !errors.Is(err, ledger.ErrBusy) {
			t.Errorf("one more: %v", err)
		}
		if f, err := s.findOrTake(t.Context(), name(MaxMaking), false); f != nil || err != nil {
			t.Errorf("one that nobody waits for: %v %v", f, err)
		}
		for n := range MaxMaking {
			s.giveBack(name(n))
		}
	}
	if _, err := s.findOrTake(t.Context(), name(1), true); err != nil {
		t.Fatal(err)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := s.findOrTake(gone, name(1), true); !errors.Is(err, context.Canceled) {
		t.Errorf("who does not wait: %v", err)
	}
	got := make(chan *File)
	for range 3 {
		go func() {
			f, _ := s.findOrTake(t.Context(), name(1), true)
			got <- f
		}()
	}
	made := &File{Name: "made"}
	s.keep(name(1), made)
	s.giveBack(name(1))
	for range 3 {
		if f := <-got; f != made {
			t.Errorf("who waits gets %v", f)
		}
	}
	if _, err := s.findOrTake(t.Context(), name(2), true); err != nil {
		t.Fatal(err)
	}
	again := make(chan error)
	go func() {
		_, err := s.findOrTake(t.Context(), name(2), true)
		again <- err
	}()
	s.giveBack(name(2)) // it failed: whoever waited makes it
	if err := <-again; err != nil || s.making[name(2)] == nil {
		t.Errorf("after a failure: %v", err)
	}
}

// TestKinds: each kind takes its options and no others, and its files are named after what they are.
func TestKinds(t *testing.T) {
	t.Parallel()
	all := Options{"cl", "aw", "ba", "un", "le"}
	names := map[string]bool{}
	for _, k := range Kinds() {
		q := Request{Kind: k.ID, Lang: "vi"}
		for _, x := range all.Given() {
			one := map[string]Options{"cluster": {Cluster: "x"}, "award": {Award: "x"}, "ballot": {Ballot: "x"}, "unit": {Unit: "x"}, "level": {Level: "x"}}[x[0]]
			taken := false
			for _, o := range k.Options {
				taken = taken || o == x[0]
			}
			_, err := (&Request{k.ID, "vi", one}).kind()
			var option *papers.OptionError
			if taken != (err == nil) || err != nil && (!errors.As(err, &option) || option.Option != x[0]) {
				t.Errorf("%s with %s: %v", k.ID, x[0], err)
			}
		}
		name := q.name(k, "camp", 7)
		if names[name] || q.Format() == "" || len(name) < len("camp-7--vi") || name[:7] != "camp-7-" {
			t.Errorf("%s is called %s", k.ID, name)
		}
		names[name] = true
	}
	if got := fmt.Sprint(len(names)); got != fmt.Sprint(len(Kinds())) {
		t.Errorf("%s names", got)
	}
}
