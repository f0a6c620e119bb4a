package projections

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"campaignledger/events"
)

// noAwards is what an unsigned campaign, which has none, claims of awards.
const noAwards = "{}"

// ClaimLines are the two lines of a bundle that claim a result, of everything committed: the standings of all clusters as `standings -o json` prints
// them, and the awards with their ballots as `awards -o json` does, both in Vietnamese and without a line feed. Who writes a bundle and who
// checks it call this, so that the same log gives the same bytes. It belongs to the admitting goroutine, with nothing pending.
func (l *Live) ClaimLines() (standings, awards []byte, err error) {
	s := l.Standings()
	if s.Regulation == nil {
		return nil, nil, errors.New("the campaign is not open; a bundle needs its first event")
	}
	standings = s.AppendJSON(nil, JSONOptions{})
	if !s.Regulation.Signed() {
		return standings, []byte(noAwards), nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(l.Awards("vi")); err != nil {
		return nil, nil, fmt.Errorf("write the awards of campaign %s: %w", s.Regulation.ID, err)
	}
	return standings, bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

// EvidenceNamed are the hashes of the files that a payload names, in its order, without those that it says the unit keeps.
func EvidenceNamed(p events.Payload) (hashes []string) {
	var files []events.File
	switch p := p.(type) {
	case *events.ScoreEntered:
		if p.Evidence == "" {
			return nil
		}
		for reference := range strings.SplitSeq(p.Evidence, " ") {
			if hash, unit, ok := CutEvidence(reference); ok && !unit {
				hashes = append(hashes, hash)
			}
		}
		return hashes
	case *events.ReportFiled:
		files = p.Evidence
	case *events.ExplanationFiled:
		files = p.Evidence
	case *events.ExclusionImposed:
		files = p.Evidence
	case *events.AppealFiled:
		files = p.Evidence
	case *events.DocumentIssued:
		files = p.Evidence
	}
	for _, f := range files {
		if !f.Unit {
			hashes = append(hashes, f.SHA256)
		}
	}
	return hashes
}
