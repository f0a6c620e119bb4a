package projections

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/google/uuid"

	"campaignledger/events"
)

// memberState is one member as the log has it.
type memberState struct {
	name  string
	role  string
	unit  string // "" where the role belongs to no unit
	key   events.PublicKey
	since events.Seq // that made the member; 1 for a founding one
	until events.Seq // that ended it; 0 while it may speak
}

// unitState is a unit's part in the campaign.
type unitState struct{ joined, withdrawn events.Seq }

// usage is what a member has put into a log that can't be emptied.
type usage struct{ records, bytes int64 }

// Limits on what one member may store: ten times what the largest known campaign had in all.
const (
	maxMemberRecords = 1_000_000
	maxMemberBytes   = 512 << 20
	// maxMembers bounds a campaign's members, removed ones included.
	maxMembers = 20_000
)

// Member is a member of a signed campaign, for people.
type Member struct {
	ID          string           `json:"id"`
	Name        string           `json:"name,omitempty"`
	Role        string           `json:"role"`
	Unit        string           `json:"unit,omitempty"`
	Key         events.PublicKey `json:"-"`
	KeyText     string           `json:"key"`
	Fingerprint string           `json:"fingerprint"`
	Since       events.Seq       `json:"since"`           // the event that made the member
	Until       events.Seq       `json:"until,omitempty"` // the event that ended it
	Joined      events.Seq       `json:"joined,omitempty"`
}

// Speaks reports whether the member may sign: it was not removed, and its unit, if it has one, has joined and not withdrawn.
func (m *Member) Speaks() bool { return m.Until == 0 && (m.Unit == "" || m.Joined != 0) }

// found makes the founding members.
func (s *State) found(members []events.Member) error {
	for _, m := range members {
		key, err := events.ParsePublicKey(m.Key)
		if err != nil {
			return refuse(CodeKey, "members", "give every member a key", "member %s: %v", m.ID, err)
		}
		if err := s.checkRole(m.Role, m.Unit); err != nil {
			return err
		}
		s.putMember(m.ID, memberState{name: m.Name, role: m.Role, unit: m.Unit, key: key, since: 1})
	}
	return nil
}

// putMember overlays a member, its key and, of a head, its unit's headship.
func (s *State) putMember(id string, m memberState) {
	old := s.members.get(id)
	s.members.put(id, old, m)
	if m.until == 0 {
		s.keyOwners.put(m.key, s.keyOwners.get(m.key), id)
		if m.role == events.RoleHead {
			s.heads.put(m.unit, s.heads.get(m.unit), id)
		}
	} else if m.role == events.RoleHead && s.heads.get(m.unit) == id {
		s.heads.put(m.unit, id, "")
	}
}

// signedBy reports whether e carries key's signature. Whoever looked ahead with the same key has answered.
func signedBy(e *events.Event, key events.PublicKey, genesis string) bool {
	if e.Verified == key {
		return !e.Forged
	}
	return events.VerifySignature(key, genesis, e.Record)
}

// speaker is the member that e names as its author, once its signature is found good.
func (s *State) speaker(e *events.Event) (memberState, error) {
	m := s.members.get(e.Author)
	switch {
	case m.since == 0:
		return m, refuse(CodeMember, "author", "name the member whose key signs", "%s is no member of campaign %s", e.Author, e.Campaign)
	case e.Signature == "":
		return m, refuse(CodeSignature, "signature", "sign it with the author's key (--key)", "every event of campaign %s is signed", e.Campaign)
	case !s.trusted && !signedBy(e, m.key, s.scalars.genesisText()):
		return m, s.refuseSignature(e, m)
	case m.until != 0:
		return m, refuse(CodeMember, "author", "let another member of the unit say it", "%s was removed by event %d; what it signs after that is refused", e.Author, m.until)
	}
	if _, joining := e.Payload.(*events.UnitJoined); m.unit != "" && !joining {
		return m, s.mayAct(m.unit)
	}
	return m, nil
}

func (s *State) refuseSignature(e *events.Event, m memberState) error {
	remedy := "sign the record as it stands, with the key of " + e.Author + " (" + m.key.String()[:16] + "…), for this campaign (genesis " + s.scalars.genesisText()[:16] + "…)"
	return refuse(CodeSignature, "signature", remedy, "the signature is not that of %s over this record in campaign %s", e.Author, e.Campaign)
}

// mayAct refuses what a unit says that has not joined, or has withdrawn.
func (s *State) mayAct(unit string) error {
	switch u := s.units.get(unit); {
	case u.joined == 0:
		return refuse(CodeNotJoined, "author", "let its head sign unit.joined first (campaign join)", "unit %s has not joined", unit)
	case u.withdrawn != 0:
		return refuse(CodeNotJoined, "author", "leave it out", "unit %s withdrew by event %d", unit, u.withdrawn)
	}
	return nil
}

// joined are the units that have joined and not withdrawn, of all units that the regulation has.
func (s *State) joined() (joined, all []string) {
	for _, c := range s.plan.clusters {
		for _, u := range c.Units {
			if slices.Contains(all, u.ID) {
				continue
			}
			all = append(all, u.ID)
			if state := s.units.get(u.ID); state.joined != 0 && state.withdrawn == 0 {
				joined = append(joined, u.ID)
			}
		}
	}
	return joined, all
}

// speaksFor reports whether a member's word is that of a scorer: of its own unit, or itself. A member may bear its unit's id; the scorer
// is the unit then.
func speaksFor(id string, m memberState, scorer string) bool {
	if m.unit != "" && m.unit == scorer {
		return isClerk(m.role)
	}
	return id == scorer
}

// isClerk reports whether a role may enter for its unit.
func isClerk(role string) bool {
	return role == events.RoleHead || role == events.RoleOfficer || role == events.RoleReviewer
}

// spend counts records against their author's limits; bytes include line feeds.
func (s *State) spend(author string, records, bytes int) error {
	before := s.usage.get(author)
	after := usage{before.records + int64(records), before.bytes + int64(bytes)}
	if after.records > s.limits.records || after.bytes > s.limits.bytes {
		return refuse(CodeQuota, "author", "let another member of the unit go on", "%s has stored %d records of %d bytes; a member may store %d of %d",
			author, before.records, before.bytes, s.limits.records, s.limits.bytes)
	}
	s.usage.put(author, before, after)
	return nil
}

func (s *State) unitJoined(e *events.Event, p *events.UnitJoined) error {
	state := s.units.get(e.Subject)
	switch {
	case state.withdrawn != 0:
		return refuse(CodeNotJoined, "subject", "leave it out", "unit %s withdrew by event %d", e.Subject, state.withdrawn)
	case state.joined != 0:
		return refuse(CodeJoined, "subject", "leave it out", "unit %s joined by event %d", e.Subject, state.joined)
	}
	for _, id := range p.Titles {
		if !slices.ContainsFunc(s.plan.regulation.Awards, func(a events.Award) bool { return a.ID == id }) {
			return refuse(CodeUnknownAward, "titles", "register for an award of the regulation", "there is no award %s", id)
		}
	}
	s.units.put(e.Subject, state, unitState{joined: e.Seq})
	return nil
}

func (s *State) unitWithdrawn(e *events.Event) error {
	state := s.units.get(e.Subject)
	if s.plan.leads(e.Subject) {
		return refuse(CodeRole, "subject", "amend the regulation to name another lead first", "unit %s leads a cluster", e.Subject)
	}
	s.units.put(e.Subject, state, unitState{joined: state.joined, withdrawn: e.Seq})
	return nil
}

func (s *State) memberAppointed(e *events.Event, p *events.MemberAppointed, m memberState, next *entry) error {
	if !s.plan.hasUnit(e.Subject) {
		return refuse(CodeUnknownUnit, "subject", "campaign standings lists the units", "there is no unit %s", e.Subject)
	}
	if old := s.members.get(p.Member); old.since != 0 {
		return refuse(CodeMember, "member", "give the new member an id of its own; ids are not used twice", "%s is a member since event %d", p.Member, old.since)
	}
	if p.Member != e.Subject && s.plan.hasUnit(p.Member) {
		return refuse(CodeMember, "member", "choose another id", "%s is a unit's id, and scorers are named by either", p.Member)
	}
	if len(s.members.rows) >= maxMembers {
		return refuse(CodeQuota, "member", "rekey members instead", "a campaign has at most %d members", maxMembers)
	}
	if err := s.newKey(p.Key, p.Member, p.Proof); err != nil {
		return err
	}
	if err := s.checkRole(p.Role, e.Subject); err != nil {
		return err
	}
	if m.unit == e.Subject && s.needsShare(p.Role) {
		return s.beginShared(e, next, m.unit, "role")
	}
	if m.unit == e.Subject {
		return s.appoint(e.Seq, e.Subject, p)
	}
	if p.Role != events.RoleHead {
		return refuse(CodeRole, "author", "let the head of "+e.Subject+" appoint its members", "%s is not of unit %s", e.Author, e.Subject)
	}
	if s.plan.leads(m.unit) {
		return s.refuseLead()
	}
	return s.beginAct(e, next, m.unit, actKeys)
}

// needsShare reports whether to become a member with a role, or to get another key for one, takes the units' share: who decides on others,
// or sees what is hidden from others, is not one unit's choice, and from the deliberation on neither is who votes.
func (s *State) needsShare(role string) bool {
	return role == events.RoleAuthority || role == events.RoleAuditor ||
		role == events.RoleCouncil && stageIndex(s.scalars.stage) >= stageIndex(events.StageDeliberation)
}

// beginShared begins a joint act on a member, once all units are there whose share it takes.
func (s *State) beginShared(e *events.Event, next *entry, unit, field string) error {
	if s.scalars.stage == events.StageDraft {
		return refuse(CodeStage, field, "name the member in the regulation, or wait until the campaign is open", "before all units have joined nobody can say what their share is")
	}
	return s.beginAct(e, next, unit, actShare)
}

// maxSeatsUnset bounds a unit's members of the council where the regulation has no seats: a roll must fit a record.
const maxSeatsUnset = 10

// checkRole refuses a role that a freeze would open what it hides to, and a council seat that the unit has not.
func (s *State) checkRole(role, unit string) error {
	if s.scalars.frozen != 0 && SeesThroughFreeze(role) {
		return refuse(CodeFrozen, "role", "appoint after the reveal", "the standings are frozen, and %s would see what is hidden", article(role))
	}
	seats := s.plan.regulation.Council.SeatsPerUnit
	if seats == 0 {
		seats = maxSeatsUnset
	}
	if role != events.RoleCouncil || unit == "" {
		return nil
	}
	taken := 0
	for _, m := range s.members.rows {
		if m.role == role && m.unit == unit && m.until == 0 {
			taken++
		}
	}
	if taken >= seats {
		return refuse(CodeRole, "role", "remove one first", "unit %s has %d of %d seats in the council taken", unit, taken, seats)
	}
	return nil
}

// SeesThroughFreeze reports whether a role sees what a freeze hides: who reviews, deliberates, audits or awards. Who competes does not.
func SeesThroughFreeze(role string) bool {
	switch role {
	case events.RoleReviewer, events.RoleCouncil, events.RoleAuditor, events.RoleAuthority:
		return true
	}
	return false
}

// appoint gives an appointment its effect. A new head ends the old one.
func (s *State) appoint(seq events.Seq, unit string, p *events.MemberAppointed) error {
	if p.Role == events.RoleHead {
		if id := s.heads.get(unit); id != "" {
			old := s.members.get(id)
			old.until = seq
			s.putMember(id, old)
		}
	}
	s.putMember(p.Member, memberState{name: p.Name, role: p.Role, unit: unit, key: p.Key, since: seq})
	return nil
}

func (s *State) memberRekeyed(e *events.Event, p *events.MemberRekeyed, m memberState, next *entry) error {
	old := s.members.get(p.Member)
	switch {
	case old.since == 0 || old.until != 0:
		return refuse(CodeMember, "member", "appoint it", "%s is no member", p.Member)
	case old.unit != e.Subject:
		return refuse(CodeMember, "subject", "name the member's unit, or leave the subject out where it has none", "%s belongs to %s", p.Member, unitOr(old.unit))
	}
	if err := s.newKey(p.Key, p.Member, p.Proof); err != nil {
		return err
	}
	if s.scalars.frozen != 0 && SeesThroughFreeze(old.role) && e.Author != p.Member {
		return refuse(CodeFrozen, "member", "give it another key after the reveal", "the standings are frozen, and whoever gets the key of %s would see what is hidden", p.Member)
	}
	own := m.unit != "" && m.unit == old.unit && m.role == events.RoleHead || old.unit == "" && e.Author == p.Member
	switch {
	case own && e.Author != p.Member && s.needsShare(old.role):
		return s.beginShared(e, next, m.unit, "member")
	case own:
		return s.rekey(p)
	case m.role != events.RoleHead || old.unit != "" && old.role != events.RoleHead:
		return refuse(CodeRole, "author", "let the unit's head do it; a head's lost key takes two other units' heads", "%s may not give %s another key", e.Author, p.Member)
	case s.plan.leads(m.unit):
		return s.refuseLead()
	}
	return s.beginAct(e, next, m.unit, actKeys)
}

// refuseLead refuses a lead's part in choosing who speaks for another.
func (s *State) refuseLead() error {
	return refuse(CodeRole, "author", "let the heads of two other units do it", "a lead is not counted where another head, or its key, is replaced")
}

func (s *State) rekey(p *events.MemberRekeyed) error {
	m := s.members.get(p.Member)
	m.key = p.Key
	s.putMember(p.Member, m)
	return nil
}

// newKey refuses a key that somebody has or had, or whose holder did not prove to have it.
func (s *State) newKey(key events.PublicKey, member, proof string) error {
	if owner := s.keyOwners.get(key); owner != "" {
		return refuse(CodeKey, "key", "make a new one with campaign key new", "the key is, or was, that of %s; a key belongs to one member", owner)
	}
	if !s.trusted && !events.VerifyPossession(key, s.scalars.genesisText(), member, proof) {
		return refuse(CodeKey, "proof", "let the holder make it with campaign key proof, for this campaign and member id", "the proof is not that of the new key for %s", member)
	}
	return nil
}

func (s *State) memberRemoved(e *events.Event, p *events.MemberRemoved) error {
	m := s.members.get(p.Member)
	switch {
	case m.since == 0 || m.until != 0:
		return refuse(CodeMember, "member", "leave it out", "%s is no member", p.Member)
	case m.unit != e.Subject:
		return refuse(CodeRole, "member", "let its own unit's head remove it", "%s belongs to %s", p.Member, unitOr(m.unit))
	case m.role == events.RoleHead:
		return refuse(CodeRole, "member", "appoint the next head, which ends this one, or withdraw the unit", "%s is the unit's head", p.Member)
	}
	m.until = e.Seq
	s.putMember(p.Member, m)
	return nil
}

// hasUnit reports whether a cluster has the unit.
func (p *plan) hasUnit(id string) bool {
	return slices.ContainsFunc(p.clusters, func(c *clusterPlan) bool {
		_, ok := c.unitByID[id]
		return ok
	})
}

// roster is every member there is or was, by id.
func (s *State) roster() []Member {
	list := make([]Member, 0, len(s.members.rows))
	for id, m := range s.members.rows {
		unit := s.units.get(m.unit)
		member := Member{ID: id, Name: m.name, Role: m.role, Unit: m.unit, Key: m.key, KeyText: m.key.String(), Fingerprint: m.key.Fingerprint(),
			Since: m.since, Until: m.until}
		if unit.withdrawn == 0 {
			member.Joined = unit.joined
		}
		list = append(list, member)
	}
	slices.SortFunc(list, func(a, b Member) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// genesisText is the genesis hash in hex; NoGenesis before the first record.
func (s *scalars) genesisText() string {
	if s.genesis == ([32]byte{}) {
		return events.NoGenesis
	}
	return hex.EncodeToString(s.genesis[:])
}

// opener checks that record 1 is signed by the head of a lead, whose key stands in the record itself.
func (s *State) opener(e *events.Event, r *events.Regulation) error {
	if e.Signature == "" {
		return refuse(CodeSignature, "signature", "open it with the key of the lead's head: campaign open --key FILE", "the regulation has members, so that every event is signed")
	}
	i := slices.IndexFunc(r.Members, func(m events.Member) bool { return m.ID == e.Author })
	if i < 0 {
		return refuse(CodeMember, "author", "let the lead's head open the campaign (--key)", "%s is not among the regulation's members", e.Author)
	}
	m := r.Members[i]
	lead := m.Role == events.RoleHead && slices.ContainsFunc(r.Clusters, func(c events.Cluster) bool { return c.Lead == m.Unit })
	key, err := events.ParsePublicKey(m.Key)
	switch {
	case !lead:
		return refuse(CodeRole, "author", "let the head of a unit that leads a cluster open the campaign", "%s is %s of %s", e.Author, article(m.Role), unitOr(m.Unit))
	case err != nil || !s.trusted && !signedBy(e, key, events.NoGenesis):
		return refuse(CodeSignature, "signature", "sign with the key that the regulation gives for "+e.Author, "the signature is not that of %s over this record", e.Author)
	}
	return nil
}

// causedBySigned reports whether e is a row that an import or a revealed sheet of the same author speaks for: it has no signature.
func (s *State) causedBySigned(e *events.Event) bool {
	if e.Causation == uuid.Nil || e.Signature != "" {
		return false
	}
	if e.Causation == s.planned.id {
		return e.Author == s.planned.author
	}
	imp := s.imports.get(e.Causation)
	open := s.scalars.sheet
	return imp.seq != 0 && imp.author == e.Author || open.id == e.Causation && open.author == e.Author
}
