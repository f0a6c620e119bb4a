package projections

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"campaignledger/events"
)

// basisTranscribed marks what somebody entered for another.
const basisTranscribed = "transcribed"

// checkAuthor holds a mark of a signed campaign against who enters it, and sets what keeps it from counting yet.
func (s *State) checkAuthor(e *events.Event, p *events.ScoreEntered, m memberState, where location, next *entry) error {
	level := &s.plan.regulation.Levels[next.level]
	if !speaksFor(e.Author, m, p.Scorer) {
		if p.Basis != basisTranscribed {
			return s.refuseScorer(e.Author, p.Scorer)
		}
		waits := s.plan.regulation.Transcribed != events.TranscribedOfficial
		if !isClerk(m.role) || !waits && !s.plan.leads(m.unit) {
			return refuse(CodeRole, "author", "let the scorer enter it, or a head, officer or reviewer of the lead", "%s may not enter marks for another", e.Author)
		}
		if current := s.cells.get(scoreKey(next)); current != 0 && s.ownWord(current) {
			return refuse(CodeScorer, "scorer", "let "+p.Scorer+" change it", "event %d is %s's own word, or confirmed by it; nobody enters another for it", current, p.Scorer)
		}
		if waits || m.unit == e.Subject { // of its own unit nobody's word is taken
			next.hold |= holdTranscribed
		}
	}
	if err := s.checkCouncil(e, p, level); err != nil {
		return err
	}
	if err := s.checkConflict(e, m, where, level, next); err != nil {
		return err
	}
	if err := checkEvidence(p, where.node, next.level == 0 && !level.Sealed); err != nil {
		return err
	}
	if !level.Sealed || s.isSheetRow(next) || p.Appeal != uuid.Nil {
		return nil
	}
	if current := s.cells.get(scoreKey(next)); current != 0 && (s.returns.get(current) != 0 || s.holdOf(current, s.holds())&holdReopened != 0) {
		return nil
	}
	return refuse(CodeSealed, "level", "seal the whole sheet (campaign seal) and reveal it in the review; a revealed mark changes only when it was returned or reopened",
		"level %s is sealed", level.ID)
}

// ownWord reports whether the mark of event seq is its scorer's own, or was confirmed: what others transcribe does not replace it.
func (s *State) ownWord(seq events.Seq) bool {
	e := s.journal.at(seq)
	id, scorer := s.names.list[e.author], s.names.list[e.scorer]
	if speaksFor(id, s.members.get(id), scorer) {
		return true
	}
	waited := s.plan.regulation.Transcribed != events.TranscribedOfficial || s.members.get(id).unit == s.plan.clusters[e.cluster].Units[e.unit].ID
	return waited && s.holdOf(seq, s.holds())&holdTranscribed == 0
}

func (s *State) refuseScorer(author, scorer string) error {
	return refuse(CodeScorer, "scorer", "let a member of "+scorer+" sign it, or let the lead enter it with basis: "+basisTranscribed, "%s does not speak for %s", author, scorer)
}

// isSheetRow reports whether a sheet.revealed caused e.
func (s *State) isSheetRow(e *entry) bool {
	return e.causation != 0 && s.journal.at(e.causation.seq()).what == kindUnsealed
}

// checkCouncil holds a council level's scorer against the members, and a member against its own unit.
func (s *State) checkCouncil(e *events.Event, p *events.ScoreEntered, level *events.Level) error {
	if level.Scorers != events.ScorersCouncil {
		return nil
	}
	if err := s.checkSeat(p.Scorer); err != nil {
		return err
	}
	if s.plan.regulation.Council.RecuseOwn && s.members.get(p.Scorer).unit == e.Subject && p.Mark.Kind != events.MarkRecused {
		return refuse(CodeConflict, "scorer", "give mark recused", "%s belongs to unit %s and stands aside here (council: recuse-own)", p.Scorer, e.Subject)
	}
	return nil
}

// checkSeat refuses a scorer of a council level who does not sit on the council.
func (s *State) checkSeat(scorer string) error {
	if m := s.members.get(scorer); m.since == 0 || m.until != 0 || m.role != events.RoleCouncil {
		return refuse(CodeScorer, "scorer", "name a member of the council", "%s is no member of the council", scorer)
	}
	return nil
}

// checkConflict holds a lead's review of its own unit against the regulation. Who stands aside does not review.
func (s *State) checkConflict(e *events.Event, m memberState, where location, level *events.Level, next *entry) error {
	if m.unit != e.Subject || where.plan.Lead != e.Subject || level.Scorers == events.ScorersOwnUnit || next.mark > events.MarkPlace ||
		next.hold&holdTranscribed != 0 { // a mark of another that waits for that other's word is no review
		return nil
	}
	switch s.plan.regulation.Conflict.LeadReviewsOwn {
	case "refuse":
		return refuse(CodeConflict, "author", "let another unit's member review the lead", "%s belongs to the lead %s and may not review it (conflict: lead-reviews-own)", e.Author, e.Subject)
	case "second":
		next.hold |= holdSecond
	}
	return nil
}

// The forms of a reference to evidence: held by the ledger, or by the unit.
const (
	evidenceHeld = "sha256:"
	evidenceUnit = "unit:sha256:"
)

// checkEvidence checks that a mark names its evidence where the regulation requires it of claims: at the lowest level, unless that is
// sealed, because sheets have none.
func checkEvidence(p *events.ScoreEntered, n *node, claim bool) error {
	if p.Evidence == "" {
		if n.Evidence && claim && p.Mark.HasValue() {
			return refuse(CodeEvidence, "evidence", "store the file with campaign evidence put and name it as sha256:<hex>", "criterion %s requires evidence", n.ID)
		}
		return nil
	}
	for reference := range strings.SplitSeq(p.Evidence, " ") {
		if _, _, ok := CutEvidence(reference); !ok {
			return refuse(CodeEvidence, "evidence", "write sha256:<hex> for a file that the ledger holds, unit:sha256:<hex> for one that the unit holds, a space between two",
				"%q names no file", reference)
		}
	}
	return nil
}

// CutEvidence reads one reference of a mark's evidence: a file's SHA-256 in hex and whether the unit holds it.
func CutEvidence(reference string) (sha256 string, unit, ok bool) {
	sha256, unit = strings.CutPrefix(reference, evidenceUnit)
	if !unit {
		if sha256, ok = strings.CutPrefix(reference, evidenceHeld); !ok {
			return "", false, false
		}
	}
	const digits = "0123456789abcdef"
	ok = len(sha256) == 64 && !slices.ContainsFunc([]byte(sha256), func(b byte) bool { return !strings.ContainsRune(digits, rune(b)) })
	return sha256, unit, ok
}
