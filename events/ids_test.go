package events

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// version5 is RFC 9562's version 5 UUID, from its text.
func version5(space [16]byte, name string) [16]byte {
	sum := sha1.Sum(append(space[:], name...))
	id := [16]byte(sum[:16])
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	return id
}

func TestRowID(t *testing.T) {
	t.Parallel()
	url, err := hex.DecodeString("6ba7b8119dad11d180b400c04fd430c8")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []int{1, 2, 10, 1_000_000} {
		want := version5(version5([16]byte(url), "/campaigns/cum2-2017"), fmt.Sprintf("%s:%d", goldenHash, row))
		got := RowID("cum2-2017", goldenHash, row)
		if got != want {
			t.Errorf("row %d: %x, not %x", row, got, want)
		}
		if got.Version() != 5 || got.Variant() != uuid.RFC4122 {
			t.Errorf("row %d: version %d", row, got.Version())
		}
	}
	if got := RowID("cum2-2017", goldenHash, 1).String(); got != "641b68b5-7b12-553e-8227-189cabf9789e" {
		t.Errorf("the id of a row changed to %s: files imported before would be imported twice", got)
	}
}

func TestNewID(t *testing.T) {
	t.Parallel()
	a, b := NewID(), NewID()
	if a == b || a.Version() != 7 {
		t.Errorf("%s, %s", a, b)
	}
}

func TestIDForms(t *testing.T) {
	t.Parallel()
	id := regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	criterion := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)
	names := []string{"", strings.Repeat("a", 63), strings.Repeat("a", 64), "a\n", "lạng-sơn"}
	for c := range 256 {
		s := string([]byte{byte(c)})
		names = append(names, s, "a"+s, s+"a", "a"+s+"9")
	}
	for _, s := range names {
		if ValidID(s) != id.MatchString(s) || (badID(s) == "") != ValidID(s) {
			t.Errorf("ValidID(%q) = %v", s, ValidID(s))
		}
		if ValidCriterionID(s) != criterion.MatchString(s) || (badCriterionID(s) == "") != ValidCriterionID(s) {
			t.Errorf("ValidCriterionID(%q) = %v", s, ValidCriterionID(s))
		}
	}
}

// parseUUID reads what appendUUID writes and no other byte anywhere.
func TestUUIDForm(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	const seed = 3
	random := rand.New(rand.NewPCG(seed, seed))
	for range 200 {
		var id uuid.UUID
		for i := range id {
			id[i] = byte(random.Uint32())
		}
		text := appendUUID(nil, id)
		if string(text) != id.String() {
			t.Fatalf("seed %d: %s, not %s", seed, text, id)
		}
		if got, ok := parseUUID(text); !ok || got != id {
			t.Fatalf("seed %d: %s was read as %s", seed, text, got)
		}
		for i := range text {
			for c := range 256 {
				changed := append([]byte(nil), text...)
				changed[i] = byte(c)
				got, ok := parseUUID(changed)
				if ok != form.Match(changed) || ok && got.String() != string(changed) {
					t.Fatalf("seed %d: %q was read as %s, %v", seed, changed, got, ok)
				}
			}
		}
	}
	if _, ok := parseUUID(uuid.Nil.String()); ok {
		t.Error("the nil UUID names nothing")
	}
}

func TestSignatureAndHashForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s    string
		want bool
	}{{goldenSigned, true}, {goldenSigned + "0", false}, {goldenSigned[1:], false}, {strings.ToUpper(goldenSigned), false},
		{"ed25519:" + strings.Repeat("g", 128), false}, {"", false}} {
		if validSignature(c.s) != c.want {
			t.Errorf("validSignature(%q) = %v", c.s, !c.want)
		}
	}
	for s, want := range map[string]bool{goldenHash: true, strings.ToUpper(goldenHash): false, goldenHash[1:]: false, goldenHash + "0": false, "": false} {
		if validHash(s) != want {
			t.Errorf("validHash(%q) = %v", s, !want)
		}
	}
}
