package pact

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"campaignledger/events"
)

// TestOfRefuses: a pact is of a signed campaign and of the record 1 that its genesis hash names.
func TestOfRefuses(t *testing.T) {
	t.Parallel()
	unsigned := &events.Regulation{ID: "c"}
	if _, err := Of(Facts{Regulation: unsigned}, "vi"); !errors.Is(err, ErrUnsigned) {
		t.Errorf("unsigned: %v", err)
	}
	signed := &events.Regulation{ID: "c", Members: []events.Member{{ID: "a", Role: events.RoleHead, Unit: "u"}}}
	if !signed.Signed() {
		t.Fatal("a regulation with members is unsigned")
	}
	first := events.Record(`{"not":"an opening"}`)
	hash := events.RecordHash(first)
	for genesis, want := range map[string]string{strings.Repeat("0", 64): "is not the one that the genesis hash", hex.EncodeToString(hash[:]): ""} {
		_, err := Of(Facts{Regulation: signed, Genesis: genesis, First: first, Zone: time.UTC}, "vi")
		if err == nil || !strings.Contains(err.Error(), want) || want == "" && strings.Contains(err.Error(), "is not the one") {
			t.Errorf("genesis %s: %v", genesis, err)
		}
	}
}
