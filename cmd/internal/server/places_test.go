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
