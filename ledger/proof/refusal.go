package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"campaignledger/events"
)

const (
	// RefusalHeader starts a kept refusal, LodgingHeader a kept lodging: the signed note follows, then the drafts.
	RefusalHeader = "campaign-ledger/refusal/v1"
	LodgingHeader = "campaign-ledger/lodging/v1"
	// maxWords bounds what a refusal says.
	maxWords = 4 << 10
	// MaxStatementBytes bounds a kept refusal or lodging: a note, and the largest body.
	MaxStatementBytes = MaxNoteBytes + events.MaxCommitBytes
)

// Refusal is the log's signed word that it refused a signed draft, as of the event that stood last, and why. As a note:
//
//	campaign-ledger/refusal/v1
//	<origin>
//	<draft: SHA-256, hex, of the body's records joined by line feeds; of a lone draft its record's>
//	<event: the sequence after which it was refused>
//	<time: the server's, as it would have been recorded>
//	<code>
//	<reason, one line>
type Refusal struct {
	Origin string
	Drafts []events.Record // the body
	Seq    events.Seq
	Time   time.Time
	Code   string
	Reason string
	line   note.Signature
}

// DraftHash is how a refusal or a lodging names a body.
func DraftHash(drafts []events.Record) string {
	sum := sha256.Sum256(joinDrafts(drafts))
	return hex.EncodeToString(sum[:])
}

func joinDrafts(drafts []events.Record) []byte {
	var b []byte
	for i, d := range drafts {
		if i > 0 {
			b = append(b, '\n')
		}
		b = append(b, d...)
	}
	return b
}

func (r *Refusal) text() string {
	return strings.Join([]string{RefusalHeader, r.Origin, DraftHash(r.Drafts), strconv.FormatUint(uint64(r.Seq), 10), events.FormatTime(r.Time), r.Code, r.Reason}, "\n") + "\n"
}

// Sign signs the refusal with the log's key. What can't stand in a line of a note is replaced in the reason.
func (r *Refusal) Sign(signer note.Signer) (err error) {
	r.Reason = oneLine(r.Reason)
	if r.Code == "" || r.Code != oneLine(r.Code) {
		return fmt.Errorf("sign a refusal: %.100q is not a code", r.Code)
	}
	if err := checkDrafts(r.Drafts); err != nil {
		return fmt.Errorf("sign a refusal: %w", err)
	}
	if r.line, err = signAs(r.Origin, r.text(), signer); err != nil {
		return fmt.Errorf("sign a refusal: %w", err)
	}
	return nil
}

// checkDrafts refuses what a kept statement can't hold: each draft is a line, and starts as a record does.
func checkDrafts(drafts []events.Record) error {
	size := 0
	for _, d := range drafts {
		size += len(d) + 1
		if !bytes.HasPrefix(d, []byte("{")) || bytes.IndexByte(d, '\n') >= 0 {
			return fmt.Errorf("%.40q is not a record", d)
		}
	}
	if len(drafts) < 1 || len(drafts) > events.MaxCommitEvents || size > events.MaxCommitBytes {
		return fmt.Errorf("it is of 1 to %d drafts, not of %d, and of at most %d bytes", events.MaxCommitEvents, len(drafts), events.MaxCommitBytes)
	}
	return nil
}

// oneLine is text as a line of a note may hold it.
func oneLine(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > maxWords {
		s = strings.ToValidUTF8(s[:maxWords], "")
	}
	return s
}

// Note is the signed note alone, as the server gives it.
func (r *Refusal) Note() []byte { return appendNote(nil, r.text(), r.line) }

// Marshal is the note with the drafts behind it, as it is kept.
func (r *Refusal) Marshal() []byte { return appendDrafts(r.Note(), r.Drafts) }

func appendDrafts(b []byte, drafts []events.Record) []byte {
	for _, d := range drafts {
		b = append(append(append(b, '\n'), d...), '\n')
	}
	return b
}

// splitKept parts a kept statement into its note and its drafts, each of which stands after an empty line.
func splitKept(data []byte) (msg []byte, drafts []events.Record, err error) {
	if len(data) > MaxStatementBytes {
		return nil, nil, fmt.Errorf("it has more than %d bytes", MaxStatementBytes)
	}
	at := bytes.Index(data, []byte("\n\n{"))
	if at < 0 {
		return nil, nil, fmt.Errorf("%w: no draft behind the note", errForm)
	}
	msg = data[:at+1]
	for rest := data[at+1:]; len(rest) > 0 && len(drafts) <= events.MaxCommitEvents; {
		line, after, ok := bytes.Cut(rest[1:], []byte{'\n'})
		if rest[0] != '\n' || !ok {
			return nil, nil, errForm
		}
		drafts, rest = append(drafts, line), after
	}
	return msg, drafts, checkDrafts(drafts)
}

// openStatement opens a note of a fixed number of lines, signed by one of the known keys.
func openStatement(msg []byte, known []note.Verifier, lines int) ([]string, note.Signature, error) {
	n, err := note.Open(msg, note.VerifierList(known...))
	if err != nil {
		return nil, note.Signature{}, err
	}
	fields := strings.Split(strings.TrimSuffix(n.Text, "\n"), "\n")
	if len(fields) != lines || len(n.Sigs) != 1 || len(n.UnverifiedSigs) > 0 {
		return nil, note.Signature{}, errForm
	}
	line := n.Sigs[0]
	line.Base64 = canonicalBase64(line.Base64)
	return fields, line, nil
}

// OpenRefusal reads a kept refusal and checks the log's signature, and that it is of these drafts.
func OpenRefusal(data []byte, p *Policy) (*Refusal, error) {
	r, err := openRefusal(data, p)
	if err != nil {
		return nil, fmt.Errorf("the refusal: %w", err)
	}
	return r, nil
}

func openRefusal(data []byte, p *Policy) (*Refusal, error) {
	msg, drafts, err := splitKept(data)
	if err != nil {
		return nil, err
	}
	v, err := logVerifier(p.Origin, p.Log)
	if err != nil {
		return nil, err
	}
	const lines = 7
	f, line, err := openStatement(msg, []note.Verifier{v}, lines)
	if err != nil {
		return nil, err
	}
	seq, err := strconv.ParseUint(f[3], 10, 63)
	if err != nil {
		return nil, errForm
	}
	at, err := events.ParseTime(f[4])
	if err != nil {
		return nil, err
	}
	r := &Refusal{Origin: f[1], Drafts: drafts, Seq: events.Seq(seq), Time: at, Code: f[5], Reason: f[6], line: line}
	switch {
	case f[0] != RefusalHeader || r.Origin != p.Origin:
		return nil, fmt.Errorf("it is not one of the log %s", p.Origin)
	case f[2] != DraftHash(drafts):
		return nil, fmt.Errorf("it is of another draft, with the hash %s", f[2])
	case !bytes.Equal(r.Marshal(), data):
		return nil, errForm
	}
	return r, nil
}
