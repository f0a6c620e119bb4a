package proof_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"campaignledger/ledger/proof"
)

// BenchmarkTreeAppend appends a leaf whose hash is there; the bare loop is the one node hash that it can't do without.
func BenchmarkTreeAppend(b *testing.B) {
	h := leaf(1)
	b.Run("disk", func(b *testing.B) {
		tree := must[*proof.Tree](b)(proof.OpenTree(b.TempDir()))
		b.ReportAllocs()
		for b.Loop() {
			tree.Append(h)
		}
		if _, _, err := tree.Sync(); err != nil {
			b.Fatal(err)
		}
		if err := tree.Close(); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("range", func(b *testing.B) {
		var edge proof.Range
		b.ReportAllocs()
		for b.Loop() {
			edge.Append(h)
		}
	})
	b.Run("bare", func(b *testing.B) {
		var node [65]byte
		for b.Loop() {
			h = sha256.Sum256(node[:])
			copy(node[1:], h[:])
		}
	})
}

// maxReceipt is what a whole receipt may take.
const maxReceipt = time.Millisecond

// BenchmarkReceipt makes whole receipts, the log's signature included, of random events of a million on disk, and opens them.
func BenchmarkReceipt(b *testing.B) {
	const size = 1_000_000
	tree := must[*proof.Tree](b)(proof.OpenTree(b.TempDir()))
	tree.Append(leaves(0, size)...)
	if _, _, err := tree.Sync(); err != nil {
		b.Fatal(err)
	}
	defer tree.Close()
	signer, r, p := logSigner(b), random(b, 4), testPolicy(0, 0)
	b.Run("make", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n, root := tree.Head()
			index := r.Uint64N(n)
			receipt := proof.Receipt{
				Record: firstRecord, Recorded: at(0), Proof: must[[]proof.Hash](b)(tree.Prove(n, index)),
				Checkpoint: must[*proof.Checkpoint](b)(proof.Sign(p.Origin, proof.Head{Size: n, Root: root}, signer)),
			}
			if len(receipt.Marshal()) == 0 {
				b.Fatal("it is empty")
			}
		}
		each := b.Elapsed() / time.Duration(b.N)
		b.ReportMetric(float64(each.Nanoseconds())/1e3, "µs/receipt")
		if b.N > 10 && each > maxReceipt {
			b.Errorf("a receipt takes %s, more than %s", each, maxReceipt)
		}
	})
	b.Run("open", func(b *testing.B) {
		data := receipt(b, p, firstRecord, 500, 1000, 0).Marshal()
		for b.Loop() {
			if _, err := proof.OpenReceipt(data, p); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkOpenCheckpoint(b *testing.B) {
	p := testPolicy(7, 5)
	for _, n := range []int{0, 1, 7} {
		b.Run([]string{0: "log", 1: "log+1", 7: "log+7"}[n], func(b *testing.B) {
			msg := checkpoint(b, p, testHead(412), n).Marshal()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := proof.OpenCheckpoint(msg, p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
