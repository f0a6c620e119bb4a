package events

import "github.com/google/uuid"

// Adopt is d with what it leaves out taken from other, which may be its completed form: id, subject, time, author, causation, and of the
// payload supersedes and the version of the regulation. The payload is copied before it is changed. Whether the two are the same event
// shows when both are encoded.
func (d Draft) Adopt(other Draft) Draft {
	if d.ID == uuid.Nil {
		d.ID = other.ID
	}
	if d.Campaign == "" {
		d.Campaign = other.Campaign
	}
	if d.Subject == "" {
		d.Subject = other.Subject
	}
	if d.Time.IsZero() {
		d.Time = other.Time
	}
	if d.Author == "" {
		d.Author = other.Author
	}
	if d.Causation == uuid.Nil {
		d.Causation = other.Causation
	}
	switch p := d.Payload.(type) {
	case *ScoreEntered:
		if q, ok := other.Payload.(*ScoreEntered); ok {
			adopted := *p
			adopted.Supersedes = adoptID(p.Supersedes, q.Supersedes)
			if p.Regulation == 0 {
				adopted.Regulation = q.Regulation
			}
			d.Payload = &adopted
		}
	case *TargetSet:
		if q, ok := other.Payload.(*TargetSet); ok {
			adopted := *p
			adopted.Supersedes = adoptID(p.Supersedes, q.Supersedes)
			d.Payload = &adopted
		}
	case *ReportFiled:
		if q, ok := other.Payload.(*ReportFiled); ok {
			adopted := *p
			adopted.Supersedes = adoptID(p.Supersedes, q.Supersedes)
			d.Payload = &adopted
		}
	}
	return d
}

func adoptID(own, other uuid.UUID) uuid.UUID {
	if own == uuid.Nil {
		return other
	}
	return own
}
