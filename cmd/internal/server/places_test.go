package server

import (
	"errors"
	"net/http/httptest"
	"testing"

	"campaignledger/ledger"
)

func TestPlaces(t *testing.T) {
	t.Parallel()
	p := make(places, 2)
	for range 3 {
		if err := errors.Join(p.take(), p.take()); err != nil {
			t.Fatal(err)
		}
		err := p.take()
		if !errors.Is(err, ledger.ErrBusy) {
			t.Fatalf("a third place: %v", err)
		}
		if got := problemOf(err); got.Status != 429 || got.Code != "busy" {
			t.Fatalf("%+v", got)
		}
		answer := httptest.NewRecorder()
		problemOf(err).write(answer)
		if answer.Code != 429 || answer.Header().Get("Retry-After") == "" || answer.Header().Get("Content-Type") != "application/problem+json" {
			t.Fatalf("%d %v", answer.Code, answer.Header())
		}
		p.giveBack()
		p.giveBack()
	}
}

func TestShares(t *testing.T) {
	t.Parallel()
	s := shares{places: make(places, 4)}
	if err := errors.Join(s.take("a"), s.take("a")); err != nil {
		t.Fatal(err)
	}
	if err := s.take("a"); !errors.Is(err, ledger.ErrBusy) {
		t.Errorf("more than half: %v", err)
	}
	if err := errors.Join(s.take("b"), s.take("c")); err != nil {
		t.Fatal(err)
	}
	if err := s.take("d"); !errors.Is(err, ledger.ErrBusy) {
		t.Errorf("more than all: %v", err)
	}
	s.giveBack("a")
	if err := s.take("a"); err != nil {
		t.Error(err)
	}
	for _, address := range []string{"a", "a", "b", "c"} {
		s.giveBack(address)
	}
	if len(s.taken)+len(s.places) != 0 {
		t.Errorf("%v are left, %d places", s.taken, len(s.places))
	}
}
