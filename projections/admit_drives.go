package projections

import (
	"strconv"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// driveState is a drive's beginning and end.
type driveState struct{ launched, closed events.Seq }

// reportKey names what a unit reports on once.
type reportKey struct{ unit, drive, from, to string }

func (s *State) driveLaunched(e *events.Event, p *events.DriveLaunched) error {
	if old := s.drives.get(p.Drive); old.launched != 0 {
		return refuse(CodeDrive, "drive", "give the new drive an id of its own", "drive %s was launched by event %d", p.Drive, old.launched)
	}
	if _, ok := s.plan.byID[p.Cluster]; !ok && p.Cluster != "" {
		return refuse(CodeUnknownCluster, "cluster", "use one of: "+s.plan.clusterIDs(), "there is no cluster %s", p.Cluster)
	}
	s.drives.put(p.Drive, driveState{}, driveState{launched: e.Seq})
	return nil
}

func (s *State) driveClosed(e *events.Event, p *events.DriveClosed) error {
	old := s.drives.get(p.Drive)
	switch {
	case old.launched == 0:
		return s.noDrive(p.Drive)
	case old.closed != 0:
		return refuse(CodeDrive, "drive", "leave it out", "drive %s was closed by event %d", p.Drive, old.closed)
	}
	s.drives.put(p.Drive, old, driveState{old.launched, e.Seq})
	return nil
}

func (s *State) noDrive(id string) error {
	return refuse(CodeDrive, "drive", "launch it first, or leave drive out", "there is no drive %s", id)
}

func (s *State) reportFiled(e *events.Event, p *events.ReportFiled, next *entry) error {
	drive := s.drives.get(p.Drive)
	if p.Drive != "" && drive.launched == 0 {
		return s.noDrive(p.Drive)
	}
	if p.Drive != "" {
		launched, _ := s.journal.at(drive.launched).more.payload.(*events.DriveLaunched)
		if ci, limited := s.plan.byID[launched.Cluster]; limited && !s.plan.clusters[ci].has(e.Subject) {
			return refuse(CodeDrive, "drive", "leave drive out", "drive %s is that of cluster %s, which unit %s is not in", p.Drive, launched.Cluster, e.Subject)
		}
		next.late = drive.closed != 0 // a report on a drive is due when the drive is closed
	}
	if !s.plan.hasUnit(e.Subject) {
		return refuse(CodeUnknownUnit, "subject", "campaign standings lists the units", "there is no unit %s", e.Subject)
	}
	key := reportKey{e.Subject, p.Drive, p.From, p.To}
	current := s.reports.get(key)
	if err := s.checkReplaces(current, p.Supersedes, p.Reason, "report on the same"); err != nil {
		return err
	}
	next.supersedes = shortSeq(current)
	s.reports.put(key, current, e.Seq)
	return s.plan.reportDeadline(p.To).meet(next, "reports on the time to "+p.To)
}

// reportDeadline is the first one of reports that is not before the end of the period's last day.
func (p *plan) reportDeadline(to string) deadline {
	zone := p.regulation.Period.Zone
	if zone == nil {
		zone = time.UTC
	}
	day, err := time.ParseInLocation(time.DateOnly, to, zone)
	if err != nil {
		return deadline{}
	}
	for _, d := range p.reportDeadlines {
		if d.until >= millis(day) {
			return d
		}
	}
	return deadline{}
}

func (s *State) commendationRecorded(e *events.Event, p *events.CommendationRecorded, m memberState) error {
	switch {
	case !s.plan.hasUnit(e.Subject):
		return refuse(CodeUnknownUnit, "subject", "campaign standings lists the units", "there is no unit %s", e.Subject)
	case p.Drive != "" && s.drives.get(p.Drive).launched == 0:
		return s.noDrive(p.Drive)
	case s.signed() && m.role == events.RoleHead && m.unit != e.Subject && !s.plan.leads(m.unit):
		return refuse(CodeRole, "author", "let the lead, the unit's own head or the authority commend", "%s may not commend unit %s", e.Author, e.Subject)
	}
	return nil
}

func (s *State) publicationStarted(p *events.PublicationStarted, next *entry) error {
	if p.Of == uuid.Nil {
		return nil
	}
	seq, ok := s.Find(p.Of)
	if !ok {
		return refuse(CodeUnknownEvent, "of", "name the id of an event of this campaign", "%s is no event of this campaign", p.Of)
	}
	next.also().of = seq
	return nil
}

func seqText(seq events.Seq) string { return strconv.FormatUint(uint64(seq), 10) }
