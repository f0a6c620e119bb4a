package proof

import (
	"bytes"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"

	"campaignledger/events"
)

// Lodging is a witness's signed word that signed drafts lay before it at a time: it shows later that a server which never recorded them could
// have. As a note, signed by the witness's key as a plain Ed25519 note key of its name:
//
//	campaign-ledger/lodging/v1
//	<origin>
//	<draft: as in a Refusal>
//	<time>
type Lodging struct {
	Origin  string
	Witness string
	Drafts  []events.Record
	Time    time.Time
	line    note.Signature
}

func (l *Lodging) text() string {
	return LodgingHeader + "\n" + l.Origin + "\n" + DraftHash(l.Drafts) + "\n" + events.FormatTime(l.Time) + "\n"
}

// Sign signs the lodging with a key from LodgingSigner.
func (l *Lodging) Sign(signer note.Signer) (err error) {
	if err := checkDrafts(l.Drafts); err != nil {
		return fmt.Errorf("sign a lodging: %w", err)
	}
	l.Witness = signer.Name()
	if l.line, err = signLine(l.text(), signer); err != nil {
		return fmt.Errorf("sign a lodging: %w", err)
	}
	return nil
}

// Marshal is the note with the drafts behind it, as it is kept.
func (l *Lodging) Marshal() []byte {
	return appendDrafts(appendNote(nil, l.text(), l.line), l.Drafts)
}

// OpenLodging reads a kept lodging and checks the signature of a witness of the policy, and that it is of these drafts.
func OpenLodging(data []byte, p *Policy) (*Lodging, error) {
	l, err := openLodging(data, p)
	if err != nil {
		return nil, fmt.Errorf("the lodging: %w", err)
	}
	return l, nil
}

func openLodging(data []byte, p *Policy) (*Lodging, error) {
	msg, drafts, err := splitKept(data)
	if err != nil {
		return nil, err
	}
	const lines = 4
	var list []note.Verifier
	for _, w := range p.Witnesses {
		v, err := note.NewVerifier(verifierKey(w.Name, algEd25519, w.Key))
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	f, line, err := openStatement(msg, list, lines)
	if err != nil {
		return nil, err
	}
	at, err := events.ParseTime(f[3])
	if err != nil {
		return nil, err
	}
	l := &Lodging{Origin: f[1], Witness: line.Name, Drafts: drafts, Time: at, line: line}
	switch {
	case f[0] != LodgingHeader || l.Origin != p.Origin:
		return nil, fmt.Errorf("it is not one for the log %s", p.Origin)
	case f[2] != DraftHash(drafts):
		return nil, fmt.Errorf("it is of another draft, with the hash %s", f[2])
	case !bytes.Equal(l.Marshal(), data):
		return nil, errForm
	}
	return l, nil
}
