package proof_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	stocklog "github.com/transparency-dev/formats/log"
	formats "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"campaignledger/ledger/proof"
)

// cosignedAt is when the witnesses of these tests sign, in Unix seconds.
const cosignedAt = 1_772_352_000

func testHead(size int) proof.Head {
	var r proof.Range
	for i := range size {
		r.Append(leaf(i))
	}
	return proof.Head{Size: uint64(size), Root: r.Root()}
}

// checkpoint is one of a head with the cosignatures of the first n witnesses.
func checkpoint(t testing.TB, p *proof.Policy, h proof.Head, n int) *proof.Checkpoint {
	t.Helper()
	c := must[*proof.Checkpoint](t)(proof.Sign(p.Origin, h, logSigner(t)))
	for i := n - 1; i >= 0; i-- { // the other order than the policy's
		c.Merge(must[*proof.Checkpoint](t)(c.Cosign(fixedCosigner{witnessName(i), witnessKey(i), cosignedAt + uint64(i)})), p)
	}
	return c
}

func TestCheckpointRoundTrip(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		p := testPolicy(7, 4)
		c := checkpoint(t, p, testHead(5), n)
		got := must[*proof.Checkpoint](t)(proof.OpenCheckpoint(c.Marshal(), p))
		if got.Head != testHead(5) || got.Origin != p.Origin || len(got.Cosignatures) != n || p.Witnessed(got) != (n >= 4) {
			t.Errorf("%d witnesses: it opens as %+v", n, got)
		}
		for i, cosignature := range got.Cosignatures {
			if cosignature.Witness != witnessName(i) || !cosignature.Time.Equal(time.Unix(cosignedAt+int64(i), 0)) || cosignature.Time.Location() != time.UTC {
				t.Errorf("cosignature %d is %s's of %s", i, cosignature.Witness, cosignature.Time)
			}
		}
		if !bytes.Equal(got.Marshal(), c.Marshal()) {
			t.Errorf("%d witnesses: it marshals to something else", n)
		}
	}
}

// TestCosign is a real witness's way: open, cosign now, give back, merge.
func TestCosign(t *testing.T) {
	t.Parallel()
	p := testPolicy(2, 1)
	served := checkpoint(t, p, testHead(3), 1)
	seen := must[*proof.Checkpoint](t)(proof.OpenCheckpoint(served.Marshal(), p))
	before := time.Now().Truncate(time.Second)
	alone := must[*proof.Checkpoint](t)(seen.Cosign(must[note.Signer](t)(proof.Cosigner(witnessName(1), witnessKey(1)))))
	back := must[*proof.Checkpoint](t)(proof.OpenCheckpoint(alone.Marshal(), p))
	if len(back.Cosignatures) != 1 || back.Cosignatures[0].Witness != witnessName(1) || back.Cosignatures[0].Time.Before(before) {
		t.Errorf("the witness gives back %+v", back.Cosignatures)
	}
	copied := *served
	if !served.Merge(back, p) || served.Merge(back, p) {
		t.Error("Merge does not say what is news")
	}
	if len(copied.Cosignatures) != 1 || len(served.Cosignatures) != 2 || len(seen.Cosignatures) != 1 {
		t.Error("Merge or Cosign changed a copy")
	}
	if _, err := proof.OpenCheckpoint(served.Marshal(), p); err != nil {
		t.Error(err)
	}
}

// TestMerge keeps the earliest cosignature of each witness, and takes none of another head.
func TestMerge(t *testing.T) {
	t.Parallel()
	p := testPolicy(2, 1)
	c := checkpoint(t, p, testHead(3), 2)
	cosign := func(c *proof.Checkpoint, second uint64) *proof.Checkpoint {
		return must[*proof.Checkpoint](t)(c.Cosign(fixedCosigner{witnessName(0), witnessKey(0), second}))
	}
	if c.Merge(cosign(c, cosignedAt+1), p) || !c.Merge(cosign(c, cosignedAt-1), p) || c.Cosignatures[0].Time.Unix() != cosignedAt-1 {
		t.Error("Merge does not keep the earliest")
	}
	copied := *c
	for _, h := range []proof.Head{testHead(4), {Size: 3, Root: leaf(1)}} {
		if c.Merge(cosign(checkpoint(t, p, h, 0), 1), p) {
			t.Error("Merge takes a cosignature of another head")
		}
	}
	if !slices.Equal(copied.Cosignatures, c.Cosignatures) {
		t.Error("Merge changed the cosignatures")
	}
}

func TestSignRefuses(t *testing.T) {
	t.Parallel()
	h := testHead(1)
	for name, head := range map[string]proof.Head{"0": {}, "2^62": {Size: 1 << 62}, "2^63": {Size: 1 << 63}, "2^64-1": {Size: math.MaxUint64}} {
		if _, err := proof.Sign(testOrigin(), head, logSigner(t)); err == nil {
			t.Errorf("a checkpoint of %s events is signed", name)
		}
	}
	if _, err := proof.Sign(testOrigin()+"\n", h, logSigner(t)); err == nil {
		t.Error("the key of another log signs")
	}
	c := checkpoint(t, testPolicy(1, 1), h, 0)
	if _, err := c.Cosign(logSigner(t)); err == nil {
		t.Error("the log's key cosigns")
	}
	if _, err := c.Cosign(must[note.Signer](t)(proof.LodgingSigner(witnessName(0), witnessKey(0)))); err == nil {
		t.Error("a lodging's key cosigns")
	}
	for _, second := range []uint64{0, 253402300800, 1 << 63, math.MaxUint64} {
		if _, err := c.Cosign(fixedCosigner{witnessName(0), witnessKey(0), second}); err == nil {
			t.Errorf("second %d is a cosignature's time", second)
		}
	}
}

// The golden checkpoint is of fixed keys and times. Its bytes are never edited: witnesses and receipts out there hold such bytes.
const goldenCheckpoint = `campaign-ledger/cup-2026/806ed8a4c6a7b0ab327662acd6c89fc1c01dd0c3a2562dc5f21bd9d8de9581ec
412
fr7L1G7fqSCXjHFuVslOfOFT4ZD0r2mdTmWLRf3DnXk=

— campaign-ledger/cup-2026/806ed8a4c6a7b0ab327662acd6c89fc1c01dd0c3a2562dc5f21bd9d8de9581ec 8D47QYk4ATV1I4Ey45TIPGcJfi9jB3v1tKDE0BY7tJRT4RtO+mUoLYU0JSbD4hRkV1m5yBu0iD0xHwhiJlAj5cYFlQM=
— unit-0 d/d/YgAAAABpo/IAI1xjWFgIpERshyIc3HXbVXRVFHaeT3wltylFAMkh9b3WMZxGggY7HXMDC5g66ZR4Q8R3rB2NlyRoYJqpB8GRBg==
— unit-1 Dre1gwAAAABpo/IBi5tqwh1d5kFC6UDwkVyZYR7W8FS61qzuoEfUY+8qXhBobGif1xKEUU6Fsyozzggd+fAn++/50D30SrdUigBTBQ==
`

func TestGoldenCheckpoint(t *testing.T) {
	t.Parallel()
	p := testPolicy(2, 2)
	if got := string(checkpoint(t, p, testHead(412), 2).Marshal()); got != goldenCheckpoint {
		t.Errorf("the checkpoint is\n%s", got)
	}
	if _, err := proof.OpenCheckpoint([]byte(goldenCheckpoint), p); err != nil {
		t.Error(err)
	}
}

// TestStockClientOpensIt opens the golden checkpoint by the libraries of C2SP alone.
func TestStockClientOpensIt(t *testing.T) {
	t.Parallel()
	p := testPolicy(2, 2)
	keys := must[note.Verifier](t)(note.NewVerifier(proof.LogKey(p.Origin, p.Log)))
	var witnesses []note.Verifier
	for _, w := range p.Witnesses {
		witnesses = append(witnesses, must[note.Verifier](t)(formats.NewVerifierForCosignatureV1(proof.WitnessKey(w.Name, w.Key))))
	}
	c, rest, n, err := stocklog.ParseCheckpoint([]byte(goldenCheckpoint), p.Origin, keys, witnesses...)
	if err != nil {
		t.Fatal(err)
	}
	head := testHead(412)
	if c.Size != head.Size || !bytes.Equal(c.Hash, head.Root[:]) || len(rest) > 0 || len(n.Sigs) != 3 || len(n.UnverifiedSigs) > 0 {
		t.Errorf("a stock client reads %+v with %d signatures and %q", c, len(n.Sigs), rest)
	}
	for i, sig := range n.Sigs[1:] {
		if at := must[time.Time](t)(formats.CoSigV1Timestamp(sig)); at.Unix() != cosignedAt+int64(i) {
			t.Errorf("cosignature %d is of %s", i, at)
		}
	}
	plain := must[*note.Note](t)(note.Open([]byte(goldenCheckpoint), note.VerifierList(keys)))
	if len(plain.Sigs) != 1 || len(plain.UnverifiedSigs) != 2 {
		t.Error("package note alone opens it otherwise")
	}
	// And the other way: what a stock log and witness write is ours.
	n = &note.Note{Text: string(stocklog.Checkpoint{Origin: p.Origin, Size: head.Size, Hash: head.Root[:]}.Marshal())}
	msg := must[[]byte](t)(note.Sign(n, logSigner(t), fixedCosigner{witnessName(0), witnessKey(0), cosignedAt}, fixedCosigner{witnessName(1), witnessKey(1), cosignedAt + 1}))
	if string(msg) != goldenCheckpoint {
		t.Errorf("a stock log writes\n%s", msg)
	}
}

// wantNoCheckpoint opens what differs from a right note.
func wantNoCheckpoint(t *testing.T, p *proof.Policy, right string, messages map[string]string) {
	t.Helper()
	for name, msg := range messages {
		if msg == right {
			t.Errorf("%s: nothing was changed", name)
		}
		if _, err := proof.OpenCheckpoint([]byte(msg), p); err == nil {
			t.Errorf("%s: it opens: %q", name, msg)
		}
	}
}

// TestSignatureLineRefusals adds to the lines of a right note, or takes away.
func TestSignatureLineRefusals(t *testing.T) {
	t.Parallel()
	p := testPolicy(2, 1)
	right := string(checkpoint(t, p, testHead(3), 2).Marshal())
	lines := strings.SplitAfter(right, "\n") // origin, size, root, empty, log, two witnesses
	text, root := strings.Join(lines[:3], ""), strings.TrimSuffix(lines[2], "\n")
	stranger := signLine(t, text, fixedCosigner{"stranger", testKey(99), cosignedAt})
	impostor := signLine(t, text, fixedCosigner{witnessName(0), testKey(99), cosignedAt})
	late := signLine(t, text, fixedCosigner{witnessName(0), witnessKey(0), cosignedAt + 60})
	plain := signLine(t, text, lodger(t, 0))
	wantNoCheckpoint(t, p, right, map[string]string{
		"nothing":                   "",
		"text alone":                text,
		"no signature":              text + "\n",
		"unknown witness":           right + stranger,
		"unknown key of a witness":  right + impostor,
		"plain key of a witness":    right + plain,
		"plain key instead":         text + "\n" + lines[4] + plain,
		"two of one witness":        right + late,
		"doubled log":               text + "\n" + lines[4] + lines[4] + lines[5],
		"doubled witness":           right + lines[6],
		"other order of witnesses":  text + "\n" + lines[4] + lines[6] + lines[5],
		"log behind":                text + "\n" + lines[5] + lines[4],
		"no log":                    text + "\n" + lines[5] + lines[6],
		"signature in other base64": strings.Replace(right, lines[5], slackLine(t, lines[5]), 1),
		"CRLF":                      strings.ReplaceAll(right, "\n", "\r\n"),
		"CR in base64":              strings.Replace(right, root, root[:20]+"\r"+root[20:], 1),
		"line feed behind":          right + "\n",
		"bytes behind":              right + "x",
		"line without end":          strings.TrimSuffix(right, "\n"),
		"space in a line":           strings.Replace(right, lines[5], strings.Replace(lines[5], " ", "  ", 2), 1),
		"text before":               "\n" + right,
		"two in one":                right + right,
		"hyphen for dash":           strings.ReplaceAll(right, "—", "-"),
		"not UTF-8":                 strings.Replace(right, "unit", "un\xfft", 1),
		"too long":                  right + strings.Repeat(lines[6], proof.MaxNoteBytes/len(lines[6])),
	})
}

// TestCheckpointRefusals signs, with the right keys, what is not exactly a checkpoint's form.
func TestCheckpointRefusals(t *testing.T) {
	t.Parallel()
	p := testPolicy(2, 1)
	h := testHead(3)
	root := base64.StdEncoding.EncodeToString(h.Root[:])
	form := func(origin, size, root, rest string) string {
		text := origin + "\n" + size + "\n" + root + "\n" + rest
		return text + "\n" + signLine(t, text, logSigner(t)) + signLine(t, text, fixedCosigner{witnessName(0), witnessKey(0), cosignedAt})
	}
	right := form(p.Origin, "3", root, "")
	if _, err := proof.OpenCheckpoint([]byte(right), p); err != nil {
		t.Fatalf("the form of this test is not right: %v", err)
	}
	other := proof.Origin("other", p.Genesis())
	wantNoCheckpoint(t, p, right, map[string]string{
		"other origin":         form(other, "3", root, ""),
		"empty origin":         form("", "3", root, ""),
		"size 0":               form(p.Origin, "0", root, ""),
		"leading zero":         form(p.Origin, "03", root, ""),
		"plus sign":            form(p.Origin, "+3", root, ""),
		"minus sign":           form(p.Origin, "-3", root, ""),
		"hexadecimal size":     form(p.Origin, "0x3", root, ""),
		"underscore in size":   form(p.Origin, "1_0", root, ""),
		"space before size":    form(p.Origin, " 3", root, ""),
		"size that tlog can't": form(p.Origin, fmt.Sprint(uint64(1)<<62), root, ""),
		"size 2^64":            form(p.Origin, "18446744073709551616", root, ""),
		"no size":              form(p.Origin, "", root, ""),
		"short root":           form(p.Origin, "3", base64.StdEncoding.EncodeToString(make([]byte, 31)), ""),
		"long root":            form(p.Origin, "3", base64.StdEncoding.EncodeToString(make([]byte, 33)), ""),
		"no root":              form(p.Origin, "3", "", ""),
		"root in other base64": form(p.Origin, "3", slack(root), ""),
		"root without padding": form(p.Origin, "3", strings.TrimRight(root, "="), ""),
		"extension":            form(p.Origin, "3", root, "more\n"),
		"empty extension":      form(p.Origin, "3", root, "\n"),
	})
}

// slack is base64 of the same bytes with bits set in the last letter that mean nothing.
func slack(s string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	at := strings.IndexByte(s, '=') - 1
	return s[:at] + string(letters[strings.IndexByte(letters, s[at])+1]) + s[at+1:]
}

// slackLine is a signature line spelled otherwise: 4+8+64 bytes have slack.
func slackLine(t *testing.T, line string) string {
	t.Helper()
	changed := slack(strings.TrimSuffix(line, "\n")) + "\n"
	a, b := strings.Fields(line)[2], strings.Fields(changed)[2]
	x, y := must[[]byte](t)(base64.StdEncoding.DecodeString(a)), must[[]byte](t)(base64.StdEncoding.DecodeString(b))
	if a == b || !bytes.Equal(x, y) {
		t.Fatal("there is no slack")
	}
	return changed
}

// TestCosignatureOfNoTime is a witness's that says a time which no file of this tree can hold.
func TestCosignatureOfNoTime(t *testing.T) {
	t.Parallel()
	p := testPolicy(1, 1)
	text, _, _ := strings.Cut(string(checkpoint(t, p, testHead(3), 0).Marshal()), "\n\n")
	text += "\n"
	for _, second := range []uint64{0, 253402300800, 1 << 63, math.MaxUint64} {
		msg := text + "\n" + signLine(t, text, logSigner(t)) + signLine(t, text, fixedCosigner{witnessName(0), witnessKey(0), second})
		_, err := proof.OpenCheckpoint([]byte(msg), p)
		wantError(t, err, "its time is none of")
	}
}

func TestEachBitOfACheckpoint(t *testing.T) {
	t.Parallel()
	p := testPolicy(2, 2)
	wantNoneOpens(t, checkpoint(t, p, testHead(412), 2).Marshal(), func(b []byte) error {
		_, err := proof.OpenCheckpoint(b, p)
		return err
	})
}

func TestCheckpointOfOtherKeys(t *testing.T) {
	t.Parallel()
	msg := checkpoint(t, testPolicy(1, 1), testHead(4), 1).Marshal()
	for name, change := range map[string]func(*proof.Policy){
		"log":     func(p *proof.Policy) { p.Log[0] ^= 1 },
		"witness": func(p *proof.Policy) { p.Witnesses[0].Key[0] ^= 1 },
		"name":    func(p *proof.Policy) { p.Witnesses[0].Name = "other" },
		"none":    func(p *proof.Policy) { p.Witnesses = nil },
		"origin":  func(p *proof.Policy) { p.Origin = proof.Origin("other", p.Genesis()) },
		"empty":   func(p *proof.Policy) { *p = proof.Policy{} },
	} {
		p := testPolicy(1, 1)
		change(p)
		if _, err := proof.OpenCheckpoint(msg, p); err == nil {
			t.Errorf("%s: it opens with another policy", name)
		}
	}
}

// TestMostWitnesses: the longest names of the most witnesses fit a note.
func TestMostWitnesses(t *testing.T) {
	t.Parallel()
	p := &proof.Policy{Origin: proof.Origin(strings.Repeat("c", 63), proof.Genesis(firstRecord)), Log: testPolicy(0, 0).Log, Quorum: proof.MaxWitnesses}
	signer := must[note.Signer](t)(proof.LogSigner(p.Origin, testKey(1)))
	c := must[*proof.Checkpoint](t)(proof.Sign(p.Origin, proof.Head{Size: 1<<62 - 1}, signer))
	for i := range proof.MaxWitnesses {
		w := proof.Witness{Name: fmt.Sprintf("%063d", i), Key: testPolicy(i+1, 0).Witnesses[i].Key}
		p.Witnesses = append(p.Witnesses, w)
		c.Merge(must[*proof.Checkpoint](t)(c.Cosign(fixedCosigner{w.Name, witnessKey(i), cosignedAt})), p)
	}
	got := must[*proof.Checkpoint](t)(proof.OpenCheckpoint(c.Marshal(), p))
	if !p.Witnessed(got) || len(got.Cosignatures) != proof.MaxWitnesses {
		t.Errorf("%d cosignatures", len(got.Cosignatures))
	}
}

func TestSplitNotes(t *testing.T) {
	t.Parallel()
	p := testPolicy(3, 1)
	var all []byte
	var want [][]byte
	for n := range 4 {
		msg := checkpoint(t, p, testHead(n+1), n).Marshal()
		want, all = append(want, msg), append(all, msg...)
	}
	equal := func(data []byte, want ...[]byte) {
		t.Helper()
		if got := proof.SplitNotes(data); !slices.EqualFunc(got, want, bytes.Equal) {
			t.Errorf("%q is split into %q", data, got)
		}
	}
	equal(nil)
	equal(all, want...)
	equal(all[:len(all)-1], append(want[:3:3], want[3][:len(want[3])-1])...)    // the last is cut off: it does not open
	equal(append(all, "tail"...), append(want[:4:4], []byte("tail"))...)        // nor does what is left of one
	equal([]byte("no note\n"), []byte("no note\n"))                             // or what is none
	equal([]byte("\n"+string(want[1])), []byte("\n"+string(want[1])))           // nothing is lost
	equal([]byte("— a b\n— c d\ne\n"), []byte("— a b\n— c d\n"), []byte("e\n")) // whatever it is
}
