package proof_test

import (
	"sync/atomic"
	"testing"

	"campaignledger/ledger/proof"
)

func TestParallelDoesEachOnce(t *testing.T) {
	t.Parallel()
	for _, n := range []int{-1, 0, 1, 3, 4, 5, 1000} {
		did := make([]atomic.Int32, max(n, 0))
		proof.Parallel(n, func(i int) { did[i].Add(1) })
		for i := range did {
			if did[i].Load() != 1 {
				t.Errorf("%d of %d was done %d times", i, n, did[i].Load())
			}
		}
	}
}
