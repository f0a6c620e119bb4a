package events

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// domainSheet starts what a leaf of a sealed sheet covers.
const domainSheet = "campaign-ledger/sheet/v1\n"

// Sheet is a scorer's marks at a sealed level: what sheet.sealed commits to and sheet.revealed opens.
type Sheet struct {
	Genesis string // hex
	Author  string // the member who seals
	Cluster string
	Level   string
	Scorer  string
	Salt    string // the secret: 32 random bytes in hex
}

// SheetMark is one mark of a sheet.
type SheetMark struct {
	Unit      string
	Criterion string
	Mark      Mark
}

// SortSheet puts marks into a sheet's order: by unit, then by criterion, both bytewise.
func SortSheet(marks []SheetMark) {
	slices.SortFunc(marks, func(a, b SheetMark) int {
		if c := strings.Compare(a.Unit, b.Unit); c != 0 {
			return c
		}
		return strings.Compare(a.Criterion, b.Criterion)
	})
}

// Leaf is the RFC 6962 leaf hash of one mark. It covers the lines of: the domain, genesis, author, cluster, level, scorer, unit,
// criterion, the mark (points, actual or place and a colon before the value; abstained; recused), and the mark's own salt, which is
// HMAC-SHA-256 of unit, line feed, criterion under the sheet's salt, in hex.
func (s *Sheet) Leaf(m SheetMark) [sha256.Size]byte {
	key, _ := hex.DecodeString(s.Salt) // of a wrong salt comes a wrong root
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(m.Unit + "\n" + m.Criterion))
	lines := []string{s.Genesis, s.Author, s.Cluster, s.Level, s.Scorer, m.Unit, m.Criterion, m.Mark.String(), hex.EncodeToString(mac.Sum(nil))}
	return BatchLeaf(Record(domainSheet + strings.Join(lines, "\n")))
}

// Root is the RFC 6962 root over the marks in a sheet's order, in hex.
func (s *Sheet) Root(marks []SheetMark) string {
	leaves := make([][sha256.Size]byte, len(marks))
	for i, m := range marks {
		leaves[i] = s.Leaf(m)
	}
	root := BatchRoot(leaves)
	return hex.EncodeToString(root[:])
}

// String is the mark as one word: points:185.5, actual:12, place:1, abstained or recused.
func (m Mark) String() string {
	switch m.Kind {
	case MarkPoints:
		return "points:" + m.Amount.String()
	case MarkActual:
		return "actual:" + m.Amount.String()
	case MarkPlace:
		return "place:" + m.Amount.String()
	case MarkAbstained:
		return markAbstained
	case MarkRecused:
		return markRecused
	}
	return ""
}

// SheetRowID is the id of the n-th mark (from 1) of a revealed sheet: the version 5 UUID, in the campaign's space as in RowID, of
// "sheet:<root>:<n>".
func SheetRowID(campaign, root string, n int) uuid.UUID { return RowIDs(campaign, "sheet:"+root)(n) }
