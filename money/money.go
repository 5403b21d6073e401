// Package money holds exact amounts and rates in a currency.
//
// An [Amount] is a whole number of micro-units (1e-6) of one currency, a [Rate] a whole number of nano-units
// (1e-9) per unit of something (here nearly always an accelerator-hour or a gigabyte). Both are integers, so that
// addition is exact and a record replays to the same digit on every machine; neither ever meets a float.
//
//   - The range of an Amount is about ±9.2 trillion units, that of a Rate about ±9.2 billion per unit. Whatever
//     leaves the range is an [ErrOverflow], never a wrapped number.
//   - Two currencies never mix: that is an [ErrCurrency].
//   - Each division names its [Rounding].
//
// The text form is the decimal number, a space and the ISO 4217 code: "2.10 USD". At least two decimals are
// written and trailing zeros beyond them are not, so equal values have equal texts.
package money

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

var (
	// ErrOverflow says that a result leaves the range of the type.
	ErrOverflow = errors.New("amount out of range")
	// ErrCurrency says that two currencies met in one operation.
	ErrCurrency = errors.New("currencies differ")
)

// Currency is an ISO 4217 code in capitals, such as USD.
type Currency string

// USD is the currency of every public list price that Firstlook embeds.
const USD Currency = "USD"

// Valid reports whether c has the form of an ISO 4217 code.
func (c Currency) Valid() bool {
	if len(c) != 3 {
		return false
	}
	for i := range len(c) {
		if c[i] < 'A' || c[i] > 'Z' {
			return false
		}
	}
	return true
}

// Rounding says what a division does with a remainder.
type Rounding uint8

const (
	// Down rounds towards zero: what a payer owes, when the text is silent in the payer's favour.
	Down Rounding = iota
	// Up rounds away from zero: costs compared with a budget or a cap.
	Up
	// HalfEven rounds to the nearest, ties to even: statements.
	HalfEven
)

// Amount is a number of micro-units of a currency. The zero Amount has no currency and adds to any.
type Amount struct {
	micros   int64
	currency Currency
}

// Rate is a number of nano-units of a currency per unit. The zero Rate has no currency.
type Rate struct {
	nanos    int64
	currency Currency
}

const (
	amountDecimals = 6
	rateDecimals   = 9
)

// Micros returns an amount of n micro-units of c.
func Micros(n int64, c Currency) Amount { return Amount{n, c} }

// Nanos returns a rate of n nano-units of c per unit.
func Nanos(n int64, c Currency) Rate { return Rate{n, c} }

// Micros returns the amount in micro-units.
func (a Amount) Micros() int64 { return a.micros }

// Currency returns the currency of the amount; empty for the zero Amount.
func (a Amount) Currency() Currency { return a.currency }

// IsZero reports whether the amount is nothing, in whatever currency.
func (a Amount) IsZero() bool { return a.micros == 0 }

// Nanos returns the rate in nano-units per unit.
func (r Rate) Nanos() int64 { return r.nanos }

// Currency returns the currency of the rate; empty for the zero Rate.
func (r Rate) Currency() Currency { return r.currency }

// IsZero reports whether the rate is nothing, in whatever currency.
func (r Rate) IsZero() bool { return r.nanos == 0 }

// common returns the currency in which a and b meet.
func common(a, b Currency) (Currency, error) {
	switch {
	case a == b, b == "":
		return a, nil
	case a == "":
		return b, nil
	}
	return "", fmt.Errorf("%w: %s and %s", ErrCurrency, a, b)
}

// Add returns a + b.
func (a Amount) Add(b Amount) (Amount, error) {
	c, err := common(a.currency, b.currency)
	if err != nil {
		return Amount{}, err
	}
	sum := a.micros + b.micros
	if (sum > a.micros) != (b.micros > 0) && b.micros != 0 {
		return Amount{}, fmt.Errorf("%w: %s + %s", ErrOverflow, a, b)
	}
	return Amount{sum, c}, nil
}

// Sub returns a - b.
func (a Amount) Sub(b Amount) (Amount, error) {
	if b.micros == math.MinInt64 {
		return Amount{}, fmt.Errorf("%w: %s - %s", ErrOverflow, a, b)
	}
	return a.Add(Amount{-b.micros, b.currency})
}

// Cmp compares two amounts of one currency: -1, 0 or +1.
func (a Amount) Cmp(b Amount) (int, error) {
	if _, err := common(a.currency, b.currency); err != nil {
		return 0, err
	}
	return compare(a.micros, b.micros), nil
}

// Cmp compares two rates of one currency: -1, 0 or +1.
func (r Rate) Cmp(o Rate) (int, error) {
	if _, err := common(r.currency, o.currency); err != nil {
		return 0, err
	}
	return compare(r.nanos, o.nanos), nil
}

func compare(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Times returns rate x num/den units as an amount. Den must be positive.
// The intermediate product has 128 bits, so only the result can overflow.
func (r Rate) Times(num, den int64, round Rounding) (Amount, error) {
	if den <= 0 {
		return Amount{}, fmt.Errorf("rate times %d/%d: the divisor must be positive", num, den)
	}
	if den > math.MaxInt64/1000 {
		return Amount{}, fmt.Errorf("%w: divisor %d", ErrOverflow, den)
	}
	q, ok := mulDiv(r.nanos, num, den*1000, round) // 1000 nano-units are one micro-unit
	if !ok {
		return Amount{}, fmt.Errorf("%w: %s x %d/%d", ErrOverflow, r, num, den)
	}
	return Amount{q, r.currency}, nil
}

// Per returns the rate a / (num/den units): what one unit costs. Num and den must be positive.
func (a Amount) Per(num, den int64, round Rounding) (Rate, error) {
	if num <= 0 || den <= 0 {
		return Rate{}, fmt.Errorf("%s per %d/%d: the number of units must be positive", a, num, den)
	}
	if den > math.MaxInt64/1000 {
		return Rate{}, fmt.Errorf("%w: divisor %d", ErrOverflow, den)
	}
	q, ok := mulDiv(a.micros, den*1000, num, round)
	if !ok {
		return Rate{}, fmt.Errorf("%w: %s per %d/%d", ErrOverflow, a, num, den)
	}
	return Rate{q, a.currency}, nil
}

// Scale returns a x num/den. Den must be positive.
func (a Amount) Scale(num, den int64, round Rounding) (Amount, error) {
	if den <= 0 {
		return Amount{}, fmt.Errorf("%s x %d/%d: the divisor must be positive", a, num, den)
	}
	q, ok := mulDiv(a.micros, num, den, round)
	if !ok {
		return Amount{}, fmt.Errorf("%w: %s x %d/%d", ErrOverflow, a, num, den)
	}
	return Amount{q, a.currency}, nil
}

// Scale returns r x num/den. Den must be positive.
func (r Rate) Scale(num, den int64, round Rounding) (Rate, error) {
	a, err := Amount{r.nanos, r.currency}.Scale(num, den, round)
	return Rate{a.micros, r.currency}, err
}

// mulDiv returns a x b / d, rounded, with a 128-bit product. D must be positive.
func mulDiv(a, b, d int64, round Rounding) (int64, bool) {
	neg := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi >= uint64(d) {
		return 0, false
	}
	q, rem := bits.Div64(hi, lo, uint64(d))
	switch round {
	case Up:
		if rem > 0 {
			q++
		}
	case HalfEven:
		half := uint64(d) - rem
		if rem > half || rem == half && q&1 == 1 {
			q++
		}
	}
	if q > math.MaxInt64 {
		return 0, false
	}
	if neg {
		return -int64(q), true
	}
	return int64(q), true
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// String returns the amount as "12.50 USD".
func (a Amount) String() string { return format(a.micros, amountDecimals, a.currency) }

// String returns the rate as "2.10 USD"; the caller writes the unit behind it.
func (r Rate) String() string { return format(r.nanos, rateDecimals, r.currency) }

func format(n int64, decimals int, c Currency) string {
	b := make([]byte, 0, 32)
	if n < 0 {
		b = append(b, '-')
	}
	unit := uint64(1)
	for range decimals {
		unit *= 10
	}
	b = strconv.AppendUint(b, magnitude(n)/unit, 10)
	b = append(b, '.')
	frac := len(b)
	b = strconv.AppendUint(b, unit+magnitude(n)%unit, 10) // the unit keeps leading zeros, as a digit that is then dropped
	b = append(b[:frac], b[frac+1:]...)
	for len(b) > frac+2 && b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if c != "" {
		b = append(append(b, ' '), c...)
	}
	return string(b)
}

// ParseAmount reads "12.5 USD". More than six decimals are an error, not a rounding.
func ParseAmount(s string) (Amount, error) {
	n, c, err := parse(s, amountDecimals)
	return Amount{n, c}, err
}

// ParseRate reads "2.10 USD". More than nine decimals are an error, not a rounding.
func ParseRate(s string) (Rate, error) {
	n, c, err := parse(s, rateDecimals)
	return Rate{n, c}, err
}

// ParseDecimal reads a plain decimal such as "2.744" as a whole number of 10^-decimals.
func ParseDecimal(s string, decimals int) (int64, error) {
	text, neg := strings.CutPrefix(s, "-")
	whole, frac, dotted := strings.Cut(text, ".")
	if whole == "" || dotted && frac == "" {
		return 0, fmt.Errorf("%q is not a decimal number", s)
	}
	if extra := len(frac) - decimals; extra > 0 {
		if strings.Trim(frac[decimals:], "0") != "" {
			return 0, fmt.Errorf("%q has more than %d decimals", s, decimals)
		}
		frac = frac[:decimals]
	}
	frac += strings.Repeat("0", decimals-len(frac))
	var n int64
	for _, d := range whole + frac {
		if d < '0' || d > '9' {
			return 0, fmt.Errorf("%q is not a decimal number", s)
		}
		if n > (math.MaxInt64-int64(d-'0'))/10 {
			return 0, fmt.Errorf("%w: %q", ErrOverflow, s)
		}
		n = n*10 + int64(d-'0')
	}
	if neg {
		n = -n
	}
	return n, nil
}

func parse(s string, decimals int) (int64, Currency, error) {
	number, code, ok := strings.Cut(s, " ")
	c := Currency(code)
	if !ok || !c.Valid() {
		return 0, "", fmt.Errorf("%q is not a number and a currency, such as 2.10 USD", s)
	}
	n, err := ParseDecimal(number, decimals)
	return n, c, err
}

// MarshalText writes the text form; the zero Amount is empty.
func (a Amount) MarshalText() ([]byte, error) {
	if a == (Amount{}) {
		return nil, nil
	}
	return []byte(a.String()), nil
}

// UnmarshalText reads the text form.
func (a *Amount) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*a = Amount{}
		return nil
	}
	*a, err = ParseAmount(string(b))
	return err
}

// MarshalText writes the text form; the zero Rate is empty.
func (r Rate) MarshalText() ([]byte, error) {
	if r == (Rate{}) {
		return nil, nil
	}
	return []byte(r.String()), nil
}

// UnmarshalText reads the text form.
func (r *Rate) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*r = Rate{}
		return nil
	}
	*r, err = ParseRate(string(b))
	return err
}
