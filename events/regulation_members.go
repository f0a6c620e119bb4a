package events

import (
	"fmt"
)

// maxMembers bounds the founding members; more are appointed later.
const maxMembers = 10_000

// The roles of members.
const (
	RoleHead      = "head"      // speaks for the unit and appoints its members; one a unit
	RoleOfficer   = "officer"   // enters for the unit
	RoleReviewer  = "reviewer"  // reviews what others entered
	RoleCouncil   = "council"   // deliberates and votes
	RoleTeller    = "teller"    // counts paper votes
	RoleAuditor   = "auditor"   // reads everything
	RoleAuthority = "authority" // grants awards
)

func (rd *regulationReader) readMembers(v value) {
	if !v.given() {
		return
	}
	items := v.list(maxMembers)
	if v.n.kind == arrayNode && len(v.n.items) == 0 {
		v.fail("the list of members is empty", "name at least the lead unit's head, or leave members out: then the campaign is unsigned")
	}
	ids, keys, heads := map[string]bool{}, map[string]bool{}, map[string]bool{}
	before := len(rd.problems)
	for _, item := range items {
		item = item.object("id", "name", "role", "unit", "key")
		m := Member{ID: item.need("id", "name the member").id(), Name: item.key("name").text()}
		item.key("id").unique(m.ID, "a member", ids)
		// "" is what a role that is missing or unknown gives.
		m.Role = enum(item.need("role", "give the member's role, for example head"),
			"", RoleHead, RoleOfficer, RoleReviewer, RoleCouncil, RoleTeller, RoleAuditor, RoleAuthority)
		rd.readMemberUnit(item, &m, heads)
		if m.ID != "" && rd.units[m.ID] && m.Unit != m.ID {
			item.key("id").fail(fmt.Sprintf("%q is a unit's id, and scorers are named by either", m.ID), "choose another id for the member")
		}
		key := item.need("key", "give the member's public key")
		m.Key = key.publicKey()
		key.unique(m.Key, "a member with the key", keys)
		rd.r.Members = append(rd.r.Members, m)
	}
	if len(items) > 0 && len(rd.problems) == before {
		rd.checkLeadHeads(v, heads)
	}
}

// publicKey is an Ed25519 public key as ParsePublicKey takes it.
func (v value) publicKey() string {
	return v.matching(func(s string) bool { return badKey(s) == "" }, "a public key", `write it as "ed25519:" and 64 lower-case hex digits`)
}

// readMemberUnit reads the unit a member belongs to; heads are the units that have a head.
func (rd *regulationReader) readMemberUnit(v value, m *Member, heads map[string]bool) {
	unit := v.key("unit")
	if m.Role == RoleHead || m.Role == RoleOfficer {
		unit = v.need("unit", fmt.Sprintf("a member with the role %s belongs to a unit; name it", m.Role))
	}
	if unit.given() {
		m.Unit = reference(unit, unit.id(), "unit", rd.units)
	}
	if m.Role == RoleHead {
		unit.unique(m.Unit, "a head of unit", heads)
	}
}

// checkLeadHeads checks that whoever must sign the opening can: the head of each cluster's lead unit.
func (rd *regulationReader) checkLeadHeads(v value, heads map[string]bool) {
	leads := 0
	for _, c := range rd.r.Clusters {
		if c.Lead == "" {
			continue
		}
		leads++
		if !heads[c.Lead] {
			v.fail(fmt.Sprintf("the head of %q, which leads the cluster %q, is not among the members", c.Lead, c.ID),
				"add a member with role: head and that unit")
		}
	}
	if leads == 0 && rd.units != nil {
		v.fail("there are members, but no cluster has a lead whose head could open the campaign", "name the lead unit of the cluster")
	}
}
