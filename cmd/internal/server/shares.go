package server

import (
	"fmt"
	"sync"

	"campaignledger/ledger"
)

// shares are places that slow readers keep for long: one address has no more than half of them, so that it can't shut all others out.
type shares struct {
	places

	mu    sync.Mutex
	taken map[string]int // by address, of those that have any
}

func (s *shares) take(address string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if most := cap(s.places) / 2; s.taken[address] >= most {
		return fmt.Errorf("%d of these are under way for %s, which is its share: %w", most, address, ledger.ErrBusy)
	}
	if err := s.places.take(); err != nil {
		return err
	}
	if s.taken == nil {
		s.taken = map[string]int{}
	}
	s.taken[address]++
	return nil
}

func (s *shares) giveBack(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken[address]--; s.taken[address] == 0 {
		delete(s.taken, address)
	}
	s.places.giveBack()
}
