package backup

import (
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
)

const magic = "campaign-backup/v1\n"

// The kinds of parts, in their order.
const (
	Commit     = "commit"
	Checkpoint = "checkpoint"
	Filed      = "filed"
	Policy     = "policy"
	Evidence   = "evidence"
	Text       = "text"
	Erased     = "erased"
	manifest   = "manifest"
)

// Limits on what is read of a file that may be anybody's.
const (
	// maxLineBytes bounds a line of JSON: the longest name of a file, every byte of it escaped, and the rest.
	maxLineBytes = 16 << 10
	// maxManifestBytes bounds the manifest: what it says of a damaged campaign is the longest in it, 10,000 lost files of 67 bytes each.
	maxManifestBytes = 1 << 20
	// maxProgramBytes bounds the name of the program's version.
	maxProgramBytes = 200
)

// kinds are the parts in their order, with the most bytes that one has.
var kinds = []struct {
	name  string
	bytes int64
}{
	{Commit, events.MaxCommitBytes}, {Checkpoint, proof.MaxNoteBytes}, {Filed, proof.MaxNoteBytes}, {Policy, proof.MaxPolicyBytes},
	{Evidence, ledger.MaxEvidenceBytes}, {Text, events.MaxTextBytes}, {Erased, 0}, {manifest, maxManifestBytes},
}

// Header is what a backup is of.
type Header struct {
	Campaign string `json:"campaign"`
	Genesis  string `json:"genesis"` // SHA-256 of the first record, hex
	Key      string `json:"key"`     // that signs the log there
	Made     string `json:"made"`    // when it was begun, in the form of recorded times
	Program  string `json:"program"` // the version that wrote it
}

// Part is one part, without its bytes.
type Part struct {
	Part     string       `json:"part"`
	Bytes    int64        `json:"bytes"`
	First    events.Seq   `json:"first,omitempty"`    // of a commit
	Recorded string       `json:"recorded,omitempty"` // of a commit
	File     *ledger.File `json:"file,omitempty"`     // of evidence
	Text     *TextInfo    `json:"text,omitempty"`     // of a detached text, erased or not
}

// TextInfo is what is kept of a detached text beside its words.
type TextInfo struct {
	Hash string `json:"hash"`
	By   string `json:"by"`
	Salt string `json:"salt,omitempty"`
}

// Manifest is what a backup says that it holds.
type Manifest struct {
	Seq       events.Seq `json:"seq"`       // of the last event
	Root      string     `json:"root"`      // of the tree of events 1 to seq, hex, as the server had it
	Standings string     `json:"standings"` // SHA-256, hex, of the line that `standings -o json --lang vi` prints of them, as the server had it
	Awards    string     `json:"awards"`    // SHA-256, hex, of what a bundle claims of awards
	Counts    Counts     `json:"counts"`
	Broken    string     `json:"broken,omitempty"` // why the log was read-only: this is its good part
	Lost      []string   `json:"lost,omitempty"`   // files and texts that were damaged there and could not be taken, by hash
}

// Counts are how many parts there are of each kind.
type Counts struct {
	Commits     int `json:"commits"`
	Checkpoints int `json:"checkpoints"`
	Filed       int `json:"filed"`
	Policies    int `json:"policies"`
	Evidence    int `json:"evidence"`
	Texts       int `json:"texts"`
	Erased      int `json:"erased"`
}

// count counts a part.
func (c *Counts) count(kind string) {
	switch kind {
	case Commit:
		c.Commits++
	case Checkpoint:
		c.Checkpoints++
	case Filed:
		c.Filed++
	case Policy:
		c.Policies++
	case Evidence:
		c.Evidence++
	case Text:
		c.Texts++
	case Erased:
		c.Erased++
	}
}

// rank is a kind's place in the order, or -1, and the most bytes that a part of it has.
func rank(kind string) (int, int64) {
	for i, k := range kinds {
		if k.name == kind {
			return i, k.bytes
		}
	}
	return -1, 0
}
