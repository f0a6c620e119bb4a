package keys

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"campaignledger/events"
)

// fixed is a source of the given byte without end.
type fixed byte

func (f fixed) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(f)
	}
	return len(b), nil
}

func newKey(t *testing.T, purpose Purpose, name string) *Key {
	t.Helper()
	k, err := New(purpose, name, fixed(7))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestNew(t *testing.T) {
	t.Parallel()
	k := newKey(t, Member, "Nông Thị Lan")
	want := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	if !k.Private().Equal(want) || k.Public != events.PublicKeyOf(want) || k.Purpose != Member || k.Name != "Nông Thị Lan" {
		t.Fatalf("made %v", k)
	}
	if decomposed := newKey(t, Member, "No\u0302ng"); decomposed.Name != "Nông" {
		t.Errorf("the name is %+q, not in NFC", decomposed.Name)
	}
	for _, bad := range []struct {
		purpose Purpose
		name    string
		want    string
	}{
		{"", "", "no purpose"},
		{"Member", "", "no purpose"},
		{Member, "two\nlines", "printed"},
		{Member, "\x1b[2J", "printed"},
		{Member, "a\u202eb", "printed"},
		{Member, "\xff", "printed"},
		{Member, strings.Repeat("x", maxNameBytes+1), "201 bytes"},
	} {
		if _, err := New(bad.purpose, bad.name, fixed(7)); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("New(%q, %q): %v, want %q", bad.purpose, bad.name, err, bad.want)
		}
	}
	if _, err := New(Member, "", strings.NewReader("too little")); err == nil {
		t.Error("a key was made of ten bytes")
	}
}

func TestParsePurpose(t *testing.T) {
	t.Parallel()
	for _, p := range Purposes() {
		if got, err := ParsePurpose(string(p)); got != p || err != nil {
			t.Errorf("ParsePurpose(%s) = %s, %v", p, got, err)
		}
	}
	if _, err := ParsePurpose("members"); err == nil {
		t.Error("members is taken for a purpose")
	}
}

// TestNoFormatShowsTheSecret: however a key, or what holds one, is printed, logged or marshalled.
func TestNoFormatShowsTheSecret(t *testing.T) {
	t.Parallel()
	k := newKey(t, Witness, "box 3")
	type holder struct {
		Exported *Key
		Value    Key
		hidden   Key // fmt calls no method of an unexported field
		pointer  *Key
	}
	held := holder{k, *k, *k, k}
	var out []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%e", "%t", "%T"} {
		for _, v := range []any{k, *k, held, &held, []Key{*k}, map[string]*Key{"k": k}, fmt.Errorf("with %v", k), k.Info} {
			out = append(out, fmt.Sprintf(verb, v))
		}
	}
	for _, v := range []any{k, *k, held, []*Key{k}} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	var logged bytes.Buffer
	log := zerolog.New(&logged)
	log.Info().Interface("a", k).Any("b", held).Stringer("c", k).Str("d", k.GoString()).Fields(map[string]any{"e": *k}).Msgf("%+v", k)
	out = append(out, logged.String())

	seed := k.Private().Seed()
	decimal := strings.Trim(fmt.Sprint(seed[:4]), "[]")
	secrets := []string{string(seed[:4]), hex.EncodeToString(seed[:4]), "0x7, 0x7", "0x07", decimal, strings.ReplaceAll(decimal, " ", ","), "BwcHBwcH", "111 111 111"}
	for _, text := range out {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Fatalf("%q shows the secret as %q", text, secret)
			}
		}
	}
	const json = `{"purpose":"witness","name":"box 3","public":"ed25519:`
	if b, err := k.MarshalJSON(); err != nil || !strings.HasPrefix(string(b), json) {
		t.Errorf("JSON %s, %v", b, err)
	}
	if want := "witness key " + k.Public.String() + " (box 3)"; k.String() != want {
		t.Errorf("%s, want %s", k, want)
	}
}
