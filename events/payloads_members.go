package events

import (
	"fmt"

	"github.com/google/uuid"
)

// The types of the events that say who may speak, and of joint acts.
const (
	TypeUnitJoined      Type = "unit.joined"
	TypeUnitWithdrawn   Type = "unit.withdrawn"
	TypeMemberAppointed Type = "member.appointed"
	TypeMemberRekeyed   Type = "member.rekeyed"
	TypeMemberRemoved   Type = "member.removed"
	TypeRecordEndorsed  Type = "record.endorsed"
)

// UnitJoined is the pact: the unit's head signs, and with it the genesis hash. Until then the unit may do nothing.
type UnitJoined struct {
	Note   string
	Titles []string // the awards that the unit registers for
}

// UnitWithdrawn ends a unit's part in the campaign. Its standings stay.
type UnitWithdrawn struct {
	Reason string
}

// MemberAppointed makes somebody a member of the unit that is the subject.
type MemberAppointed struct {
	Member string
	Name   string // for people
	Role   string // RoleHead …
	Key    PublicKey
	Proof  string // the new key's ProvePossession
}

// MemberRekeyed gives a member another key. What was signed before stays valid.
type MemberRekeyed struct {
	Member string
	Key    PublicKey
	Proof  string // the new key's ProvePossession
	Reason string
}

// MemberRemoved ends a member's right to speak. What was signed before stays valid.
type MemberRemoved struct {
	Member string
	Reason string
}

// The ways to endorse a record.
const (
	EndorseAgree    = "agree"    // a joint act, or a mark that somebody else transcribed
	EndorseSecond   = "second"   // what may not stand on one unit's word
	EndorseReceived = "received" // proof of notice; no effect of its own
	EndorseReviewed = "reviewed" // looked at again: ends the flag on an upheld appeal, or on a nomination whose standings moved
)

// RecordEndorsed is a member's word on an earlier record, named by id and hash.
type RecordEndorsed struct {
	Of   uuid.UUID
	Hash string // RecordHash of it, hex
	As   string // EndorseAgree …
	Note string
}

func (*UnitJoined) Type() Type      { return TypeUnitJoined }
func (*UnitWithdrawn) Type() Type   { return TypeUnitWithdrawn }
func (*MemberAppointed) Type() Type { return TypeMemberAppointed }
func (*MemberRekeyed) Type() Type   { return TypeMemberRekeyed }
func (*MemberRemoved) Type() Type   { return TypeMemberRemoved }
func (*RecordEndorsed) Type() Type  { return TypeRecordEndorsed }

func (*UnitJoined) Subject() SubjectRule      { return SubjectUnit }
func (*UnitWithdrawn) Subject() SubjectRule   { return SubjectUnit }
func (*MemberAppointed) Subject() SubjectRule { return SubjectUnit }
func (*MemberRekeyed) Subject() SubjectRule   { return SubjectMaybe }
func (*MemberRemoved) Subject() SubjectRule   { return SubjectUnit }
func (*RecordEndorsed) Subject() SubjectRule  { return SubjectNone }

func (p *UnitJoined) fields(c *codec) {
	c.text("note", &p.Note, optional)
	c.ids("titles", &p.Titles, optional)
	c.distinct("titles")
}

func (p *UnitWithdrawn) fields(c *codec) { c.text("reason", &p.Reason, required) }

// roles are the words of a member's role.
func roles() []string {
	return []string{RoleHead, RoleOfficer, RoleReviewer, RoleCouncil, RoleTeller, RoleAuditor, RoleAuthority}
}

func (p *MemberAppointed) fields(c *codec) {
	c.publicKey("key", &p.Key)
	c.id("member", &p.Member, required)
	c.text("name", &p.Name, optional)
	c.proof("proof", &p.Proof)
	c.word("role", &p.Role, required, roles()...)
}

func (p *MemberRekeyed) fields(c *codec) {
	c.publicKey("key", &p.Key)
	c.id("member", &p.Member, required)
	c.proof("proof", &p.Proof)
	c.text("reason", &p.Reason, optional)
}

func (p *MemberRemoved) fields(c *codec) {
	c.id("member", &p.Member, required)
	c.text("reason", &p.Reason, required)
}

func (p *RecordEndorsed) fields(c *codec) {
	c.word("as", &p.As, required, EndorseAgree, EndorseSecond, EndorseReceived, EndorseReviewed)
	c.hash("hash", &p.Hash, required)
	c.text("note", &p.Note, optional)
	c.uuid("of", &p.Of, required)
}

// Validate checks that no title is registered twice.
func (p *UnitJoined) Validate() error {
	if twice := repeated(p.Titles); twice != "" {
		return &FieldError{"titles", fmt.Sprintf("%s is named twice", twice)}
	}
	return nil
}

// Validate accepts every withdrawal that the codec accepts.
func (p *UnitWithdrawn) Validate() error { return nil }

// Validate accepts every appointment that the codec accepts.
func (p *MemberAppointed) Validate() error { return nil }

// Validate accepts every new key that the codec accepts.
func (p *MemberRekeyed) Validate() error { return nil }

// Validate accepts every removal that the codec accepts.
func (p *MemberRemoved) Validate() error { return nil }

// Validate accepts every endorsement that the codec accepts.
func (p *RecordEndorsed) Validate() error { return nil }
