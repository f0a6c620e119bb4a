package ledger_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"campaignledger/ledger"
)

// closingStore stores an append, closes the ledger, and only then says that the outcome is unclear.
type closingStore struct {
	ledger.Store
	ledger  *ledger.Ledger
	closing sync.WaitGroup
}

func (s *closingStore) Append(ctx context.Context, c ledger.Commit) error {
	err := s.Store.Append(ctx, c)
	if s.ledger == nil || err != nil {
		return err
	}
	s.closing.Go(s.ledger.Close)
	for !errors.Is(s.ledger.Ready(), ledger.ErrClosed) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return ledger.ErrUnclear
}

// TestCloseAfterUnclearAppend: who can't be told whether an event is stored is not told that nothing is.
func TestCloseAfterUnclearAppend(t *testing.T) {
	t.Parallel()
	store := &closingStore{Store: ledger.NewMemory()}
	l, _ := openLedger(t, store)
	store.ledger = l
	_, err := l.Append(t.Context(), proposal(t, score("a")))
	store.closing.Wait()
	last, lastErr := store.Last(t.Context())
	if lastErr != nil || last != 1 {
		t.Fatalf("the store holds %d events: %v", last, lastErr)
	}
	if err != nil && !errors.Is(err, ledger.ErrUnclear) {
		t.Errorf("the append is stored, and its writer was told: %v", err)
	}
}
