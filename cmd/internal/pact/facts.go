package pact

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"campaignledger/events"
	"campaignledger/projections"
)

// Facts are what a pact is made of: a campaign as it stands after an event.
type Facts struct {
	Regulation *events.Regulation // in force
	Genesis    string
	Seq        events.Seq
	Members    []projections.Member
	First      events.Record // record 1
	Opened     time.Time     // recorded, of record 1
	LogKey     events.PublicKey
	Zone       *time.Location
	Recorded   func(events.Seq) time.Time // of an event up to Seq
}

// Of is the pact of a campaign in lang. It refuses a record 1 that is not the one which the genesis hash names.
func Of(f Facts, lang string) (Pact, error) {
	r := f.Regulation
	if !r.Signed() {
		return Pact{}, fmt.Errorf("campaign %s: %w", r.ID, ErrUnsigned)
	}
	sum := sha256.Sum256(r.Canonical())
	p := Pact{Campaign: r.ID, Title: r.Title.In(lang), Movement: r.Movement.In(lang), Theme: r.Theme.In(lang), Notice: r.Notice.In(lang), Period: period(r.Period),
		Genesis: f.Genesis, RegulationSHA256: hex.EncodeToString(sum[:]), Seq: f.Seq, LogKey: f.LogKey, Witnesses: r.Witnesses}
	if other := r.Title.In(map[string]string{"vi": "en", "en": "vi"}[lang]); other != p.Title {
		p.TitleOther = other
	}
	if hash := events.RecordHash(f.First); hex.EncodeToString(hash[:]) != p.Genesis {
		return p, fmt.Errorf("campaign %s: record 1 is not the one that the genesis hash %s names; do not sign, and ask whoever runs the server", p.Campaign, p.Genesis)
	}
	d, err := events.Decode(f.First)
	if err != nil {
		return p, err
	}
	opening, ok := d.Payload.(*events.CampaignOpened)
	if !ok {
		return p, fmt.Errorf("campaign %s: record 1 is %s and not its opening", p.Campaign, d.Type())
	}
	p.Rules, p.Opened = opening.Rules, f.Opened.In(f.Zone)
	p.addMembers(f, lang)
	return p, nil
}

func period(p events.Period) string {
	if p.Start == "" {
		return ""
	}
	return p.Start + " – " + p.End
}

// addMembers adds the clusters with their units, and the members whose keys are valid.
func (p *Pact) addMembers(f Facts, lang string) {
	heads := map[string]string{}        // by unit
	joinedAt := map[string]events.Seq{} // by unit
	for _, m := range f.Members {
		if m.Until != 0 {
			continue
		}
		p.Members = append(p.Members, Member{ID: m.ID, Name: m.Name, Role: m.Role, Unit: m.Unit, Key: m.Key})
		joinedAt[m.Unit] = m.Joined
		if m.Role == events.RoleHead {
			heads[m.Unit] = m.ID
		}
	}
	event := "event %d, %s"
	if lang == "vi" {
		event = "sự kiện %d, %s"
	}
	for _, cluster := range f.Regulation.Clusters {
		shown := Cluster{ID: cluster.ID, Title: cluster.Title.In(lang), Lead: cluster.Lead}
		for _, u := range cluster.Units {
			unit := Unit{ID: u.ID, Title: u.Title.In(lang), Head: heads[u.ID]}
			if seq := joinedAt[u.ID]; seq != 0 {
				unit.Joined = fmt.Sprintf(event, seq, f.Recorded(seq).In(f.Zone).Format(time.DateOnly))
			}
			shown.Units = append(shown.Units, unit)
		}
		p.Clusters = append(p.Clusters, shown)
	}
}
