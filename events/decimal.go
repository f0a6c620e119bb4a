package events

import (
	"fmt"
	"strings"
)

// Decimal is an exact number of millionths: |d| < 10^12 with at most six decimal places, so that every value of the
// form -?(0|[1-9][0-9]{0,11})(\.[0-9]{0,5}[1-9])? fits in 64 bits. There are no floats in the ledger.
type Decimal int64

const (
	// DecimalOne is the number 1.
	DecimalOne Decimal = 1_000_000
	// MaxDecimalPlaces is the number of decimal places a Decimal holds.
	MaxDecimalPlaces = 6
	// maxIntegerDigits is the number of digits before the point.
	maxIntegerDigits = 12
	// MaxDecimal is the largest value of its form.
	MaxDecimal Decimal = 1_000_000_000_000_000_000 - 1
)

// Whole is the decimal n; n must be below 10^12 in magnitude.
func Whole(n int64) Decimal { return Decimal(n) * DecimalOne }

// ParseDecimal reads a decimal in its canonical form: no plus sign, no leading or trailing zeros, never "-0".
func ParseDecimal(s string) (Decimal, error) {
	d, err := ReadDecimal(s)
	if err != nil {
		return 0, err
	}
	if d.String() != s {
		return 0, fmt.Errorf("%q is not in canonical form; write %q", s, d.String())
	}
	return d, nil
}

// ReadDecimal reads a decimal as people write it: like ParseDecimal, but trailing zeros ("1.10") and "-0" are read as the
// value they stand for. Signs other than a leading minus, exponents, hexadecimal, leading zeros, more than six decimal
// places and more than twelve digits before the point are refused, never bent.
func ReadDecimal(s string) (Decimal, error) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	switch {
	case whole == "" || point && fraction == "" || !allDigits(whole) || !allDigits(fraction):
		return 0, fmt.Errorf("%q is not a decimal number; write it like 12 or 0.5", s)
	case len(whole) > 1 && whole[0] == '0':
		return 0, fmt.Errorf("%q starts with a zero that says nothing; leave it out", s)
	case len(whole) > maxIntegerDigits:
		return 0, fmt.Errorf("%q has more than %d digits before the point", s, maxIntegerDigits)
	case len(fraction) > MaxDecimalPlaces:
		return 0, fmt.Errorf("%q has more than %d decimal places; round it as your rules say", s, MaxDecimalPlaces)
	}
	var n int64
	for _, part := range []string{whole, fraction} {
		for i := range len(part) {
			n = n*10 + int64(part[i]-'0')
		}
	}
	for range MaxDecimalPlaces - len(fraction) {
		n *= 10
	}
	if negative {
		n = -n
	}
	return Decimal(n), nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// String is the canonical, shortest form.
func (d Decimal) String() string { return string(d.Append(nil)) }

// Append appends the canonical form to b.
func (d Decimal) Append(b []byte) []byte {
	u := uint64(d)
	if d < 0 {
		b = append(b, '-')
		u = -u
	}
	b = fmt.Append(b, u/uint64(DecimalOne))
	if f := u % uint64(DecimalOne); f != 0 {
		b = append(b, '.')
		for scale := uint64(DecimalOne) / 10; f > 0; scale /= 10 {
			b = append(b, '0'+byte(f/scale))
			f %= scale
		}
	}
	return b
}
