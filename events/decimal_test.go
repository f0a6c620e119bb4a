package events

import (
	"math/big"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// canonicalDecimal is the form FORMATS.md gives.
func canonicalDecimal() *regexp.Regexp {
	return regexp.MustCompile(`^-?(0|[1-9][0-9]{0,11})(\.[0-9]{0,5}[1-9])?$`)
}

// Over the whole range, String has the canonical form, says the exact value and is read back.
func TestDecimalRoundTrip(t *testing.T) {
	t.Parallel()
	form := canonicalDecimal()
	values := []Decimal{0, 1, -1, 10, 999_999, 1_000_000, 1_000_001, MaxDecimal, -MaxDecimal, MaxDecimal - 1, 100_000_000_000_000_000, 500_000}
	const seed = 11
	random := rand.New(rand.NewPCG(seed, seed))
	for range 50_000 {
		d := Decimal(random.Int64N(int64(MaxDecimal)) >> random.IntN(60))
		if random.IntN(3) == 0 {
			d -= d % DecimalOne
		}
		values = append(values, d, -d)
	}
	for _, d := range values {
		s := d.String()
		if !form.MatchString(s) || s == "-0" {
			t.Fatalf("seed %d: %d is written %q", seed, d, s)
		}
		exact, _ := new(big.Rat).SetString(s)
		if exact.Cmp(big.NewRat(int64(d), int64(DecimalOne))) != 0 {
			t.Fatalf("seed %d: %d millionths are written %q", seed, d, s)
		}
		strict, err := ParseDecimal(s)
		lenient, err2 := ReadDecimal(s)
		if err != nil || err2 != nil || strict != d || lenient != d {
			t.Fatalf("seed %d: %q was read as %d and %d: %v, %v", seed, s, strict, lenient, err, err2)
		}
		if !strings.Contains(s, ".") {
			s += "."
		}
		_, fraction, _ := strings.Cut(s, ".")
		padded := s + strings.Repeat("0", MaxDecimalPlaces-len(fraction))
		if padded[len(padded)-1] != '0' {
			continue
		}
		if got, err := ReadDecimal(padded); err != nil || got != d {
			t.Fatalf("seed %d: %q was read as %d: %v", seed, padded, got, err)
		}
		if _, err := ParseDecimal(padded); err == nil {
			t.Fatalf("seed %d: %q is not canonical", seed, padded)
		}
	}
}

func TestDecimalExtremes(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]Decimal{"999999999999.999999": MaxDecimal, "-999999999999.999999": -MaxDecimal, "0": 0, "0.000001": 1,
		"-0.000001": -1, "999999999999": MaxDecimal - 999_999} {
		if got, err := ParseDecimal(s); err != nil || got != want || got.String() != s {
			t.Errorf("%q: %d (%s): %v", s, got, got, err)
		}
	}
	for d, want := range map[Decimal]string{MaxDecimal + 1: "1000000000000", -1 << 63: "-9223372036854.775808", 1<<63 - 1: "9223372036854.775807"} {
		if d.String() != want || d.inRange() {
			t.Errorf("%d: %s", d, d)
		}
	}
	if Whole(-12).String() != "-12" {
		t.Errorf("Whole: %s", Whole(-12))
	}
}

func TestDecimalRefusals(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"": "not a decimal number", "-": "not a decimal number", ".": "not a decimal number", ".5": "not a decimal number",
		"5.": "not a decimal number", "-.5": "not a decimal number", "+1": "not a decimal number", "--1": "not a decimal number",
		"1e3": "not a decimal number", "0x10": "not a decimal number", "1_000": "not a decimal number", "1,5": "not a decimal number",
		"1.5.5": "not a decimal number", " 1": "not a decimal number", "1 ": "not a decimal number", "NaN": "not a decimal number",
		"Inf": "not a decimal number", "١": "not a decimal number", "1\x00": "not a decimal number", "null": "not a decimal number",
		"00": "starts with a zero", "01": "starts with a zero", "-01.5": "starts with a zero", "000.1": "starts with a zero",
		"1.0000000": "more than 6 decimal places", "0.1234567": "more than 6 decimal places",
		"1000000000000": "more than 12 digits", "-9999999999999.5": "more than 12 digits",
		strings.Repeat("9", 10_000): "more than 12 digits", "1." + strings.Repeat("0", 10_000): "more than 6 decimal places",
	} {
		for name, parse := range map[string]func(string) (Decimal, error){"ReadDecimal": ReadDecimal, "ParseDecimal": ParseDecimal} {
			got, err := parse(s)
			if err == nil || got != 0 || !strings.Contains(err.Error(), want) || len(err.Error()) > 200 {
				t.Errorf("%s(%.20q): %d, %.200v; want %q", name, s, got, err, want)
			}
		}
	}
	for s, want := range map[string]string{"1.10": "1.1", "-0": "0", "0.0": "0", "-0.00": "0", "12.000000": "12", "-5.50": "-5.5"} {
		if got, err := ReadDecimal(s); err != nil || got.String() != want {
			t.Errorf("ReadDecimal(%q): %s: %v", s, got, err)
		}
		if _, err := ParseDecimal(s); err == nil || !strings.Contains(err.Error(), `write "`+want+`"`) {
			t.Errorf("ParseDecimal(%q): %v", s, err)
		}
	}
}

// Of all short strings over the bytes that matter, exactly those of the form are read, and only as themselves.
func TestParseDecimalAcceptsTheFormOnly(t *testing.T) {
	t.Parallel()
	form := canonicalDecimal()
	const alphabet = "0159-+.e "
	var try func(prefix string, left int)
	try = func(prefix string, left int) {
		d, err := ParseDecimal(prefix)
		if want := form.MatchString(prefix) && prefix != "-0"; (err == nil) != want {
			t.Errorf("ParseDecimal(%q): %v", prefix, err)
		}
		if err == nil && d.String() != prefix {
			t.Errorf("%q became %s", prefix, d)
		}
		for i := range len(alphabet) {
			if left > 0 {
				try(prefix+alphabet[i:i+1], left-1)
			}
		}
	}
	try("", 5)
}
