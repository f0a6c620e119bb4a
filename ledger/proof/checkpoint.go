package proof

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/transparency-dev/formats/log"
	formats "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

const (
	// MaxNoteBytes bounds a checkpoint with its signatures: 64 witnesses' lines and the longest origin.
	MaxNoteBytes = 32 << 10
	// maxSize is the largest tree that package tlog counts: above 2^62 it never comes back.
	maxSize = 1<<62 - 1
	// maxUnix is the last second that a time in this tree can have: the end of the year 9999.
	maxUnix = 253402300799
)

// Head is the state of a log: how many events it has, and their root.
type Head struct {
	Size uint64
	Root Hash
}

// Checkpoint is a head signed by the log, with the cosignatures of witnesses.
type Checkpoint struct {
	Origin string
	Head
	log          note.Signature
	Cosignatures []Cosignature // in the order of the policy
}

// Cosignature is a witness's word that the log had grown to this head by a time, and only grown.
type Cosignature struct {
	Witness string
	Time    time.Time // whole seconds
	line    note.Signature
}

// text is what is signed.
func (c *Checkpoint) text() string {
	return string(log.Checkpoint{Origin: c.Origin, Size: c.Size, Hash: c.Root[:]}.Marshal())
}

// Sign makes a checkpoint of a head of at least one event, with a key from LogSigner.
func Sign(origin string, h Head, signer note.Signer) (*Checkpoint, error) {
	if h.Size == 0 || h.Size > maxSize {
		return nil, fmt.Errorf("sign a checkpoint of %s: a log of %d events has none", origin, h.Size)
	}
	c := &Checkpoint{Origin: origin, Head: h}
	line, err := signAs(origin, c.text(), signer)
	if err != nil {
		return nil, fmt.Errorf("sign a checkpoint of %s: %w", origin, err)
	}
	c.log = line
	return c, nil
}

// signAs is the signature line of a text by the key of a log, whose name is the origin.
func signAs(origin, text string, signer note.Signer) (note.Signature, error) {
	if signer.Name() != origin {
		return note.Signature{}, fmt.Errorf("the key is of %.200q, not of the log %s", signer.Name(), origin)
	}
	return signLine(text, signer)
}

// signLine is the signature line of a text.
func signLine(text string, signer note.Signer) (note.Signature, error) {
	msg, err := signer.Sign([]byte(text))
	if err != nil {
		return note.Signature{}, err
	}
	hash := signer.KeyHash()
	data := append([]byte{byte(hash >> 24), byte(hash >> 16), byte(hash >> 8), byte(hash)}, msg...)
	return note.Signature{Name: signer.Name(), Hash: hash, Base64: base64.StdEncoding.EncodeToString(data)}, nil
}

// Cosign gives the checkpoint with a witness's signature alone, beside the log's.
func (c *Checkpoint) Cosign(signer note.Signer) (*Checkpoint, error) {
	line, err := signLine(c.text(), signer)
	if err != nil {
		return nil, fmt.Errorf("cosign: %w", err)
	}
	cosignature, err := newCosignature(line)
	if err != nil {
		return nil, fmt.Errorf("cosign: %w", err)
	}
	signed := *c
	signed.Cosignatures = []Cosignature{cosignature}
	return &signed, nil
}

// newCosignature reads the time of a cosignature's line.
func newCosignature(line note.Signature) (Cosignature, error) {
	at, err := formats.CoSigV1Timestamp(line)
	if err == nil && (at.Unix() < 1 || at.Unix() > maxUnix) {
		err = errors.New("its time is none of the years 1970 to 9999")
	}
	if err != nil {
		return Cosignature{}, fmt.Errorf("the cosignature of %s: %w", line.Name, err)
	}
	return Cosignature{line.Name, at.UTC(), line}, nil
}

// Marshal writes the checkpoint as a signed note, in the only form that Open accepts.
func (c *Checkpoint) Marshal() []byte {
	lines := []note.Signature{c.log}
	for _, cosignature := range c.Cosignatures {
		lines = append(lines, cosignature.line)
	}
	return appendNote(nil, c.text(), lines...)
}

// appendNote writes a signed note.
func appendNote(b []byte, text string, lines ...note.Signature) []byte {
	b = append(append(b, text...), '\n')
	for _, line := range lines {
		b = fmt.Appendf(b, "— %s %s\n", line.Name, line.Base64)
	}
	return b
}

// OpenCheckpoint reads a signed note and checks every signature on it: the log's, which must be there, and those of witnesses, each
// at most once. A line that the policy does not know is an error, and so is any other spelling of the same.
func OpenCheckpoint(msg []byte, p *Policy) (*Checkpoint, error) {
	if len(msg) > MaxNoteBytes {
		return nil, fmt.Errorf("the checkpoint has more than %d bytes", MaxNoteBytes)
	}
	n, err := note.Open(msg, p.verifiers())
	if err != nil {
		return nil, fmt.Errorf("the checkpoint: %w", err)
	}
	if len(n.UnverifiedSigs) > 0 {
		return nil, fmt.Errorf("the checkpoint has a signature of %.100q that the policy does not know: get the present policy, or ask who signed", n.UnverifiedSigs[0].Name)
	}
	var parsed log.Checkpoint
	rest, err := parsed.Unmarshal([]byte(n.Text))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the checkpoint: %w", err)
	case len(rest) > 0 || len(parsed.Hash) != len(Hash{}) || parsed.Size == 0 || parsed.Size > maxSize:
		return nil, fmt.Errorf("the checkpoint: %w", errForm)
	case parsed.Origin != p.Origin:
		return nil, fmt.Errorf("the checkpoint is of %.200q; the policy is for %s", parsed.Origin, p.Origin)
	}
	c := &Checkpoint{Origin: parsed.Origin, Head: Head{parsed.Size, Hash(parsed.Hash)}}
	if err := c.sort(n.Sigs, p); err != nil {
		return nil, err
	}
	if !bytes.Equal(c.Marshal(), msg) {
		return nil, fmt.Errorf("the checkpoint: %w", errForm)
	}
	return c, nil
}

// ReadHead reads what a checkpoint says without looking at its signatures.
func ReadHead(msg []byte) (origin string, h Head, err error) {
	text, _, _ := bytes.Cut(msg, []byte("\n\n"))
	var parsed log.Checkpoint
	_, err = parsed.Unmarshal(append(text[:len(text):len(text)], '\n')) // msg is the caller's
	if err == nil && (len(parsed.Hash) != len(Hash{}) || parsed.Size == 0 || parsed.Size > maxSize) {
		err = errForm
	}
	if err != nil {
		return "", h, fmt.Errorf("the checkpoint: %w", err)
	}
	return parsed.Origin, Head{parsed.Size, Hash(parsed.Hash)}, nil
}

// sort puts verified signatures into their places.
func (c *Checkpoint) sort(lines []note.Signature, p *Policy) error {
	for _, line := range lines {
		line.Base64 = canonicalBase64(line.Base64)
		if line.Name == p.Origin {
			c.log = line
			continue
		}
		cosignature, err := newCosignature(line)
		if err != nil {
			return err
		}
		c.Cosignatures = append(c.Cosignatures, cosignature)
	}
	if c.log.Name == "" {
		return errors.New("the checkpoint has no signature of the log")
	}
	order := p.order()
	slices.SortStableFunc(c.Cosignatures, func(a, b Cosignature) int { return order[a.Witness] - order[b.Witness] })
	return nil
}

// canonicalBase64 is what decodes to the same and is encoded again; "" for what is none.
func canonicalBase64(s string) string {
	data, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(data)
}

// Merge adds the cosignatures of another note of the same checkpoint, the earliest of each witness; it reports whether there was any news. Both
// were opened with p. Of another checkpoint it takes nothing.
func (c *Checkpoint) Merge(other *Checkpoint, p *Policy) (news bool) {
	if c.Origin != other.Origin || c.Head != other.Head {
		return false
	}
	c.Cosignatures = slices.Clone(c.Cosignatures) // copies of c stay as they are
	for _, add := range other.Cosignatures {
		i := slices.IndexFunc(c.Cosignatures, func(have Cosignature) bool { return have.Witness == add.Witness })
		switch {
		case i < 0:
			c.Cosignatures, news = append(c.Cosignatures, add), true
		case add.Time.Before(c.Cosignatures[i].Time):
			c.Cosignatures[i], news = add, true
		}
	}
	order := p.order()
	slices.SortStableFunc(c.Cosignatures, func(a, b Cosignature) int { return order[a.Witness] - order[b.Witness] })
	return news
}

// SplitNotes parts signed notes that stand one after the other: a note ends with its last signature line.
func SplitNotes(data []byte) [][]byte {
	var notes [][]byte
	signed := false
	start := 0
	for at := 0; at < len(data); {
		end := bytes.IndexByte(data[at:], '\n')
		if end < 0 {
			end = len(data) - at - 1 // cut off: it must not spoil the note before
		}
		isSignature := bytes.HasPrefix(data[at:], signatureStart)
		if signed && !isSignature {
			notes = append(notes, data[start:at])
			start, signed = at, false
		}
		signed = signed || isSignature
		at += end + 1
	}
	if start < len(data) {
		notes = append(notes, data[start:])
	}
	return notes
}

// IsWhole reports whether a note is not cut off: it ends with a whole signature line.
func IsWhole(msg []byte) bool {
	at := bytes.LastIndex(msg, []byte("\n— "))
	return at >= 0 && msg[len(msg)-1] == '\n' && bytes.Count(msg[at+1:], []byte{' '}) == 2
}

// TrimUnknown drops the signature lines of keys that the policy does not know, as a store may hold them from before it changed. What a policy
// does not know proves nothing, and is not passed on. The log's line stays, whichever key it is by. It
// does for a receipt what it does for a checkpoint.
func TrimUnknown(msg []byte, p *Policy) []byte {
	known := make(map[string]uint32, len(p.Witnesses))
	for _, w := range p.Witnesses {
		known[w.Name] = keyHash(w.Name, append([]byte{algCosignature}, w.Key[:]...))
	}
	var kept []byte
	for line := range bytes.Lines(msg) {
		name, signature, _ := bytes.Cut(bytes.TrimPrefix(line, []byte("— ")), []byte{' '})
		hash, ours := known[string(name)]
		if !bytes.HasPrefix(line, []byte("— ")) || ours && hash == hashOfLine(signature) || string(name) == p.Origin {
			kept = append(kept, line...)
		}
	}
	return kept
}

// hashOfLine is the key hash with which a signature's line starts; 0 of what is none.
func hashOfLine(signature []byte) uint32 {
	const six = 8 // digits of base64, for six bytes of which the hash takes four
	if len(signature) < six {
		return 0
	}
	start, err := base64.StdEncoding.DecodeString(string(signature[:six]))
	if err != nil {
		return 0
	}
	return binary.BigEndian.Uint32(start)
}
