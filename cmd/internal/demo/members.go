package demo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"campaignledger/cmd/internal/keys"
	"campaignledger/events"
)

// KeysDir is where in a data directory the members' key files lie.
const KeysDir = "demo-keys"

// secretary is the member who enters the council's marks; it is the scorer of the approved level.
const secretary = "hoi-dong"

// The members of no unit beside the secretary.
const (
	auditor   = "auditor"
	authority = "authority"
	teller    = "teller"
)

// member is somebody of the year. All names are invented.
type member struct {
	id, name, role, unit string
	appointed            Chapter // when its head appoints it; "": founding
}

// roster is every member of the year.
func roster() []member {
	const head, officer, reviewer, council = events.RoleHead, events.RoleOfficer, events.RoleReviewer, events.RoleCouncil
	return []member{
		{"lang-son-head", "Lương Thạch Bình", head, "lang-son", ""},
		{"lang-son-officer", "Hoàng Thị Nhài", officer, "lang-son", ""},
		{"lang-son-reviewer", "Vi Công Lẫm", reviewer, "lang-son", ""},
		{"lang-son-council", "Nông Quý Đoàn", council, "lang-son", ""},
		{"cao-bang-head", "Bế Khắc Tường", head, "cao-bang", ""},
		{"cao-bang-officer", "Đàm Thị Lụa", officer, "cao-bang", ""},
		{"cao-bang-reviewer", "Triệu Phúc Ngân", reviewer, "cao-bang", ""},
		{"cao-bang-council", "Hứa Văn Khoáng", council, "cao-bang", ""},
		{"son-la-head", "Lò Văn Pánh", head, "son-la", ""},
		{"son-la-officer", "Cầm Thị Ươm", officer, "son-la", ""},
		{"son-la-council", "Quàng Văn Hặc", council, "son-la", ""},
		{"lai-chau-head", "Tẩn Chỉn Phù", head, "lai-chau", ""},
		{"lai-chau-officer", "Lý Thị Mẩy", officer, "lai-chau", FirstCheck},
		{"lai-chau-council", "Mào Văn Ín", council, "lai-chau", ""},
		{"dien-bien-head", "Giàng A Sềnh", head, "dien-bien", ""},
		{"dien-bien-officer", "Lường Thị Piêng", officer, "dien-bien", ""},
		{"dien-bien-reviewer", "Quàng Thị Ánh", reviewer, "dien-bien", ""},
		{"dien-bien-council", "Vừ A Chứ", council, "dien-bien", ""},
		{"ha-giang-head", "Hoàng Seo Dìn", head, "ha-giang", ""},
		{"ha-giang-reviewer", "Nùng Thị Vin", reviewer, "ha-giang", ""},
		{"ha-giang-council", "Phàn Văn Quẩy", council, "ha-giang", ""},
		{"lao-cai-head", "Thào A Lử", head, "lao-cai", ""},
		{"lao-cai-officer", "Vàng Thị Sen", officer, "lao-cai", ""},
		{"lao-cai-council", "Lồ Quang Tỉn", council, "lao-cai", ""},
		{"cao-bang-teller", "Mông Thị Đượm", events.RoleTeller, "cao-bang", Conference},
		{"ha-giang-teller", "Lù Xín Phà", events.RoleTeller, "ha-giang", Conference},
		{secretary, "Thư ký Hội đồng thi đua Cụm số 2", council, "", ""},
		{teller, "Tổ trưởng Tổ kiểm phiếu", events.RoleTeller, "", ""},
		{auditor, "Thanh tra viên", events.RoleAuditor, "", ""},
		{authority, "Bộ Công an", events.RoleAuthority, "", ""},
	}
}

// headOf is the id of a unit's head.
func headOf(unit string) string { return unit + "-" + events.RoleHead }

// Keys are the keys of all members, by member id.
type Keys map[string]*keys.Key

// ErrNoKey: a member's key file is missing.
var ErrNoKey = errors.New("a member's key is missing")

// MakeKeys reads every member's key from the file dir/<member>.key. What is missing is made from random, which must be as good as
// crypto/rand's, 32 bytes a key; a nil random makes nothing, and what is missing is ErrNoKey then. A new key is durable before the next is made: two
// syncs each.
func MakeKeys(dir string, random io.Reader) (Keys, error) {
	if random != nil {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("make the directory of the members' keys: %w; choose a data directory that you may write to", err)
		}
	}
	all := Keys{}
	for _, m := range roster() {
		path := filepath.Join(dir, m.id+".key")
		key, err := keys.Read(path, keys.Member, nil)
		if errors.Is(err, fs.ErrNotExist) {
			if random == nil {
				return nil, fmt.Errorf("%w: %w", ErrNoKey, err)
			}
			if key, err = keys.New(keys.Member, m.name, random); err == nil {
				err = keys.Write(path, key, nil)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("the key of member %s: %w", m.id, err)
		}
		all[m.id] = key
	}
	return all, nil
}

// complete reports the first member without a key.
func (k Keys) complete() error {
	for _, m := range roster() {
		if k[m.id] == nil {
			return fmt.Errorf("member %s: %w; take them all from MakeKeys", m.id, ErrNoKey)
		}
	}
	return nil
}

// Source is the regulation's text, as in a file: regulation.yaml with the founding members and their public keys; k must have every
// member's.
func Source(k Keys) []byte {
	var b bytes.Buffer
	b.WriteString(strings.TrimRight(regulationYAML, "\n") + "\n\nmembers: # invented names; each unit's head is its own\n")
	for _, m := range roster() {
		if m.appointed != "" {
			continue
		}
		unit := ""
		if m.unit != "" {
			unit = ", unit: " + m.unit
		}
		fmt.Fprintf(&b, "  - {id: %s, name: %q, role: %s%s, key: %q}\n", m.id, m.name, m.role, unit, k[m.id].Public)
	}
	return b.Bytes()
}
