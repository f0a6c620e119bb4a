package events

import (
	"fmt"
	"strconv"
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

// inRange reports whether d has a canonical form: sums may leave the range that records hold.
func (d Decimal) inRange() bool { return d >= -MaxDecimal && d <= MaxDecimal }

// Whole is the decimal n; n must be below 10^12 in magnitude.
func Whole(n int64) Decimal { return Decimal(n) * DecimalOne }

// ParseDecimal reads a decimal in its canonical form: no plus sign, no leading or trailing zeros, never "-0".
func ParseDecimal(s string) (Decimal, error) { return parseDecimal(s) }

func parseDecimal[T string | []byte](s T) (Decimal, error) {
	d, places, err := readDecimal(s)
	switch {
	case err != nil:
		return 0, err
	case places > 0 && s[len(s)-1] == '0', d == 0 && len(s) > 1:
		return 0, fmt.Errorf("%s is not in canonical form; write %q", clip(s), d)
	}
	return d, nil
}

// ReadDecimal reads a decimal as people write it: like ParseDecimal, but trailing zeros ("1.10") and "-0" are read as the
// value they stand for. Signs other than a leading minus, exponents, hexadecimal, leading zeros, more than six decimal
// places and more than twelve digits before the point are refused, never bent.
func ReadDecimal(s string) (Decimal, error) {
	d, _, err := readDecimal(s)
	return d, err
}

// readDecimal is ReadDecimal and the number of decimal places given. It is O(1): it stops where a decimal can't go on.
func readDecimal[T string | []byte](s T) (d Decimal, places int, err error) {
	i, negative := 0, len(s) > 0 && s[0] == '-'
	if negative {
		i++
	}
	first := i
	for ; i < len(s) && isDigit(s[i]) && i-first <= maxIntegerDigits; i++ {
		d = d*10 + Decimal(s[i]-'0')
	}
	whole := i - first
	if point := i; i < len(s) && s[i] == '.' {
		for i++; i < len(s) && isDigit(s[i]) && i-point <= MaxDecimalPlaces+1; i++ {
			d = d*10 + Decimal(s[i]-'0')
		}
		if places = i - point - 1; places == 0 {
			whole = 0 // nothing follows the point: refused below
		}
	}
	switch {
	case whole > maxIntegerDigits:
		return 0, 0, fmt.Errorf("%s has more than %d digits before the point", clip(s), maxIntegerDigits)
	case places > MaxDecimalPlaces:
		return 0, 0, fmt.Errorf("%s has more than %d decimal places; round it as your rules say", clip(s), MaxDecimalPlaces)
	case whole == 0 || i < len(s):
		return 0, 0, fmt.Errorf("%s is not a decimal number; write it like 12 or 0.5", clip(s))
	case whole > 1 && s[first] == '0':
		return 0, 0, fmt.Errorf("%s starts with a zero that says nothing; leave it out", clip(s))
	}
	for range MaxDecimalPlaces - places {
		d *= 10
	}
	if negative {
		d = -d
	}
	return d, places, nil
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
	b = strconv.AppendUint(b, u/uint64(DecimalOne), 10)
	if f := u % uint64(DecimalOne); f != 0 {
		b = append(b, '.')
		for scale := uint64(DecimalOne) / 10; f > 0; scale /= 10 {
			b = append(b, '0'+byte(f/scale))
			f %= scale
		}
	}
	return b
}
