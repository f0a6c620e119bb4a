package proof_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	formats "github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	second "github.com/transparency-dev/merkle/proof"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// receipt is one of the event seq of a log of size events, all of them this record.
func receipt(t testing.TB, p *proof.Policy, record events.Record, seq events.Seq, size, witnesses int) *proof.Receipt {
	t.Helper()
	tree := proof.NewTree()
	for i := range size {
		tree.Append(events.LeafHash(record, at(i)))
	}
	n, root := tree.Head()
	return &proof.Receipt{
		Seq: seq, Recorded: at(int(seq) - 1), Record: record,
		Proof:      must[[]proof.Hash](t)(tree.Prove(n, uint64(seq)-1)),
		Checkpoint: checkpoint(t, p, proof.Head{Size: n, Root: root}, witnesses),
	}
}

func openReceipt(p *proof.Policy) func([]byte) error {
	return func(b []byte) error {
		_, err := proof.OpenReceipt(b, p)
		return err
	}
}

func TestReceiptRoundTrip(t *testing.T) {
	t.Parallel()
	p := testPolicy(2, 1)
	for _, size := range []int{1, 2, 3, 7, 256, 257} {
		for _, seq := range []int{1, size/2 + 1, size} {
			r := receipt(t, p, events.Record(`{"n":1}`), events.Seq(seq), size, 1)
			got := must[*proof.Receipt](t)(proof.OpenReceipt(r.Marshal(), p))
			if got.Seq != r.Seq || !got.Recorded.Equal(r.Recorded) || !bytes.Equal(got.Record, r.Record) || !slices.Equal(got.Proof, r.Proof) ||
				got.Checkpoint.Head != r.Checkpoint.Head || got.Leaf() != r.Leaf() || !bytes.Equal(got.Marshal(), r.Marshal()) {
				t.Errorf("event %d of %d: it opens as %+v", seq, size, got)
			}
		}
	}
}

// TestStockClientReadsReceipt checks one by the libraries of C2SP alone: the extra data is the leaf.
func TestStockClientReadsReceipt(t *testing.T) {
	t.Parallel()
	r := receipt(t, testPolicy(1, 1), events.Record(`{"n":1}`), 5, 9, 1)
	var parsed formats.TLogProof
	if err := parsed.Unmarshal(r.Marshal()); err != nil {
		t.Fatal(err)
	}
	var hashes [][]byte
	for i := range parsed.Hashes {
		hashes = append(hashes, parsed.Hashes[i][:])
	}
	h := rfc6962.DefaultHasher.HashLeaf(parsed.ExtraData)
	if err := second.VerifyInclusion(rfc6962.DefaultHasher, parsed.Index, 9, h, hashes, r.Checkpoint.Root[:]); err != nil || parsed.Index != 4 {
		t.Errorf("index %d: %v", parsed.Index, err)
	}
	if want := `{"n":1}` + "\n2026-03-01T08:00:04.250Z"; string(parsed.ExtraData) != want {
		t.Errorf("the leaf is %q", parsed.ExtraData)
	}
}

func TestEachBitOfAReceipt(t *testing.T) {
	t.Parallel()
	p := testPolicy(1, 1)
	wantNoneOpens(t, receipt(t, p, events.Record(`{"n":1}`), 3, 4, 1).Marshal(), openReceipt(p))
}

// TestLargestReceipt: a regulation is longer than a line of the library's scanner.
func TestLargestReceipt(t *testing.T) {
	t.Parallel()
	p := testPolicy(7, 4)
	for _, size := range []int{40 << 10, 64 << 10, 700 << 10, events.MaxOpeningBytes} {
		record := events.Record(`{"text":"` + strings.Repeat("x", size-len(`{"text":""}`)) + `"}`)
		data := receipt(t, p, record, 2, 3, 7).Marshal()
		if got := must[*proof.Receipt](t)(proof.OpenReceipt(data, p)); !bytes.Equal(got.Record, record) {
			t.Errorf("a record of %d bytes opens otherwise", size)
		}
		data[len(data)/2] ^= 1
		if openReceipt(p)(data) == nil {
			t.Errorf("a record of %d bytes opens with a bit flipped", size)
		}
	}
	if err := openReceipt(p)(bytes.Repeat([]byte("x"), proof.MaxReceiptBytes+1)); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("a receipt beyond the bound: %v", err)
	}
}

// TestReceiptRefusals changes what a receipt says, and how.
func TestReceiptRefusals(t *testing.T) {
	t.Parallel()
	p := testPolicy(1, 1)
	r := receipt(t, p, events.Record(`{"n":1}`), 3, 4, 1)
	right := string(r.Marshal())
	extra := strings.TrimPrefix(strings.Split(right, "\n")[1], "extra ")
	h := base64.StdEncoding.EncodeToString(r.Proof[0][:])
	withLeaf := func(s string) string {
		return strings.Replace(right, extra, base64.StdEncoding.EncodeToString([]byte(s)), 1)
	}
	index := func(n any) string { return strings.Replace(right, "index 2", fmt.Sprintf("index %v", n), 1) }
	for name, data := range map[string]string{
		"nothing":              "",
		"header alone":         proof.ReceiptHeader + "\n",
		"other version":        strings.Replace(right, "@v1", "@v2", 1),
		"no leaf":              strings.Replace(right, "extra "+extra+"\n", "", 1),
		"empty leaf":           withLeaf(""),
		"leaf without time":    withLeaf(`{"n":1}`),
		"leaf of other time":   withLeaf(`{"n":1}` + "\n2026-03-01T08:00:02.251Z"),
		"time in other form":   withLeaf(`{"n":1}` + "\n2026-03-01T08:00:02.25Z"),
		"other record":         withLeaf(`{"n":2}` + "\n2026-03-01T08:00:02.250Z"),
		"two leaves":           strings.Replace(right, "extra ", "extra "+extra+"\nextra ", 1),
		"leaf in other base64": strings.Replace(right, extra, "\r"+extra, 1),
		"event 0":              index(uint64(math.MaxUint64)),
		"other event":          index(1),
		"event beyond":         index(4),
		"event far beyond":     index(uint64(1) << 63),
		"leading zero":         index("02"),
		"plus sign":            index("+2"),
		"no index":             strings.Replace(right, "index 2\n", "", 1),
		"hash less":            strings.Replace(right, h+"\n", "", 1),
		"hash more":            strings.Replace(right, h+"\n", h+"\n"+h+"\n", 1),
		"many hashes":          strings.Replace(right, h+"\n", strings.Repeat(h+"\n", 1000), 1),
		"hash with slack":      strings.Replace(right, h, slack(h), 1),
		"no checkpoint":        right[:strings.Index(right, "\n\n")+2],
		"half a checkpoint":    right[:len(right)-40],
		"no empty line":        strings.Replace(right, "\n\n", "\n", 1),
		"CRLF":                 strings.ReplaceAll(right, "\n", "\r\n"),
		"bytes behind":         right + "\n",
	} {
		if data == right {
			t.Errorf("%s: nothing was changed", name)
		}
		if openReceipt(p)([]byte(data)) == nil {
			t.Errorf("%s: it opens: %q", name, data)
		}
	}
	other := testPolicy(1, 1)
	other.Log[3] ^= 1
	if openReceipt(other)([]byte(right)) == nil {
		t.Error("it opens with another key of the log")
	}
}
