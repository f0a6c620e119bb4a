package demo

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"campaignledger/events"
)

func TestMakeKeys(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", KeysDir)
	if _, err := MakeKeys(dir, nil); !errors.Is(err, ErrNoKey) {
		t.Errorf("without a directory and without randomness: %v", err)
	}
	first, err := MakeKeys(dir, &seeds{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := MakeKeys(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(Source(first), Source(again)) || !bytes.Equal(Source(first), Source(testKeys(t))) {
		t.Error("the keys read are not those made")
	}
	lost := filepath.Join(dir, "son-la-head.key")
	if err := os.Remove(lost); err != nil {
		t.Fatal(err)
	}
	if _, err := MakeKeys(dir, nil); !errors.Is(err, ErrNoKey) {
		t.Errorf("with a key lost: %v", err)
	}
	made, err := MakeKeys(dir, &seeds{n: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for id, key := range made {
		if same := key.Public == first[id].Public; same == (id == "son-la-head") {
			t.Errorf("the key of %s is the same: %t", id, same)
		}
	}
	if err := os.WriteFile(lost, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := MakeKeys(dir, &seeds{}); err == nil {
		t.Error("a broken key file was replaced or taken")
	}
}

// TestMembers: every unit has its head, whoever speaks for a unit is of it, and the regulation names all but who is appointed later.
func TestMembers(t *testing.T) {
	t.Parallel()
	r, err := events.ParseRegulation(SourceName, Source(testKeys(t)))
	if err != nil {
		t.Fatal(err)
	}
	roles := map[string]int{}
	later := 0
	for _, m := range roster() {
		roles[m.role]++
		if m.appointed != "" {
			later++
		}
		if m.unit != "" && len(m.id) <= len(m.unit) || m.unit != "" && m.id[:len(m.unit)] != m.unit {
			t.Errorf("member %s belongs to %s", m.id, m.unit)
		}
	}
	if len(r.Members) != len(roster())-later || later == 0 {
		t.Errorf("the regulation has %d members of %d; %d come later", len(r.Members), len(roster()), later)
	}
	for _, role := range []string{events.RoleHead, events.RoleOfficer, events.RoleReviewer, events.RoleCouncil, events.RoleTeller, events.RoleAuditor, events.RoleAuthority} {
		if roles[role] == 0 {
			t.Errorf("nobody has the role %s", role)
		}
	}
	if roles[events.RoleHead] != len(r.Clusters[0].Units) || roles[events.RoleCouncil] != len(r.Clusters[0].Units)+1 {
		t.Errorf("%d heads and %d council members of %d units", roles[events.RoleHead], roles[events.RoleCouncil], len(r.Clusters[0].Units))
	}
}

// TestYearNeedsAllKeys: without a member's key there is no year.
func TestYearNeedsAllKeys(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"lang-son-officer", "lai-chau-officer", "ha-giang-reviewer", secretary} {
		k := testKeys(t)
		delete(k, id)
		if _, err := Year(k); err == nil {
			t.Errorf("there is a year without the key of %s", id)
		}
	}
}
