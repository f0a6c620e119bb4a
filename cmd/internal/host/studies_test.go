package host

import (
	"context"
	"errors"
	"testing"

	"campaignledger/ledger"
	"campaignledger/projections"
)

// TestStudies: who asks the same waits for one search and gets its answer; who asks something else takes a place; what failed is tried again.
func TestStudies(t *testing.T) {
	t.Parallel()
	var s studies[int]
	places, live := make(chan struct{}, 1), projections.NewLive()
	ask := func(what string, workOut func() (int, error)) (int, error) {
		return s.of(t.Context(), places, subject{live, what}, true, workOut)
	}
	never := func() (int, error) {
		t.Error("worked out again")
		return 0, nil
	}
	started, finish, got := make(chan struct{}), make(chan struct{}), make(chan int)
	go func() {
		n, _ := ask("a", func() (int, error) {
			close(started)
			<-finish
			return 7, nil
		})
		got <- n
	}()
	<-started
	if _, err := ask("b", never); !errors.Is(err, ledger.ErrBusy) {
		t.Errorf("without a place: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.of(gone, places, subject{live, "a"}, true, never); !errors.Is(err, context.Canceled) {
		t.Errorf("who left: %v", err)
	}
	go func() {
		n, _ := ask("a", never)
		got <- n
	}()
	close(finish)
	if a, b := <-got, <-got; a != 7 || b != 7 {
		t.Errorf("%d, %d", a, b)
	}
	failed := errors.New("failed")
	if _, err := ask("b", func() (int, error) { return 0, failed }); !errors.Is(err, failed) {
		t.Errorf("%v", err)
	}
	if n, err := ask("b", func() (int, error) { return 8, nil }); n != 8 || err != nil {
		t.Errorf("after a failure: %d, %v", n, err)
	}
	for i := range 3 * maxStudies {
		if n, err := ask(string(rune('c'+i)), func() (int, error) { return i, nil }); n != i || err != nil || len(s.rows) > maxStudies {
			t.Fatalf("%d, %v, %d kept", n, err, len(s.rows))
		}
	}
	if n, err := s.of(t.Context(), places, subject{live, "once"}, false, func() (int, error) { return 9, nil }); n != 9 || err != nil || s.rows[subject{live, "once"}] != nil {
		t.Errorf("what is not kept: %d, %v", n, err)
	}
	if len(places) != 0 {
		t.Errorf("%d places were not given back", len(places))
	}
}

// TestStudyThatPanics: who waits for an answer that never comes is told, and the next one works it out.
func TestStudyThatPanics(t *testing.T) {
	t.Parallel()
	var s studies[int]
	places, about := make(chan struct{}, 1), subject{projections.NewLive(), "a"}
	started, finish, gone := make(chan struct{}), make(chan struct{}), make(chan any)
	go func() {
		defer func() { gone <- recover() }()
		_, _ = s.of(context.Background(), places, about, true, func() (int, error) {
			close(started)
			<-finish
			panic("out of order")
		})
	}()
	<-started
	got := make(chan error)
	go func() {
		_, err := s.of(context.Background(), places, about, true, func() (int, error) { return 0, errNoAnswer })
		got <- err
	}()
	close(finish)
	if said := <-gone; said != "out of order" {
		t.Errorf("recovered %v", said)
	}
	if err := <-got; !errors.Is(err, errNoAnswer) {
		t.Errorf("who waited: %v", err)
	}
	if n, err := s.of(t.Context(), places, about, true, func() (int, error) { return 9, nil }); n != 9 || err != nil {
		t.Errorf("afterwards: %d, %v", n, err)
	}
}
