package pricebook

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"firstlook/money"
)

const rateDecimals = 9

// errNoPrice says that a field means "no price": empty, or what data frames write for it.
var errNoPrice = errors.New("no price")

// parsePrice reads a printed price, with an exponent or without, as nano-units. Rounded says that it had more than nine
// decimals. The error text has the fault and, behind a semicolon, the next step.
func parsePrice(s string) (nanos int64, rounded bool, err error) {
	switch strings.ToLower(s) {
	case "", "nan", "null", "none", "n/a", "-":
		return 0, false, errNoPrice
	}
	plain, err := withoutExponent(s)
	if err != nil {
		return 0, false, err
	}
	whole, frac, _ := strings.Cut(plain, ".")
	up := false
	if len(frac) > rateDecimals {
		rest := frac[rateDecimals:]
		frac = frac[:rateDecimals]
		rounded = strings.Trim(rest, "0") != ""
		up = rest[0] >= '5'
	}
	if frac != "" {
		whole += "." + frac
	}
	nanos, err = money.ParseDecimal(whole, rateDecimals)
	if errors.Is(err, money.ErrOverflow) {
		return 0, false, fmt.Errorf("%q is out of range; a price is below 9 billion an hour", s)
	}
	if err != nil {
		return 0, false, err
	}
	if up {
		nanos++
	}
	return nanos, rounded, nil
}

// withoutExponent rewrites 1.5e-7 as 0.00000015 and refuses what is not a plain positive number.
func withoutExponent(s string) (string, error) {
	if strings.HasPrefix(s, "-") {
		return "", fmt.Errorf("%q is negative; a price is above zero", s)
	}
	number, exponent, scientific := strings.Cut(strings.ToLower(s), "e")
	whole, frac, dotted := strings.Cut(number, ".")
	if whole == "" && dotted { // .5
		whole = "0"
	}
	if len(number) > 60 || whole == "" || strings.Trim(whole+frac, "0123456789") != "" {
		return "", fmt.Errorf("%q is not a number; write digits with a decimal point, without currency sign or thousands separators", clip(s))
	}
	shift := 0
	if scientific {
		n, err := strconv.Atoi(exponent)
		if err != nil || n < -40 || n > 40 {
			return "", fmt.Errorf("%q is not a number in range; write it without an exponent", clip(s))
		}
		shift = n
	}
	for ; shift > 0; shift-- {
		if frac == "" {
			frac = "0"
		}
		whole, frac = whole+frac[:1], frac[1:]
	}
	for ; shift < 0; shift++ {
		if whole == "" {
			whole = "0"
		}
		whole, frac = whole[:len(whole)-1], whole[len(whole)-1:]+frac
	}
	if whole == "" {
		whole = "0"
	}
	return whole + "." + frac + "0", nil
}

// price reads the price of a column. Ok is false where there is none; a problem is reported unless it may be absent.
func (r *record) price(column string, mayBeAbsent bool, report *Report) (rate money.Rate, ok bool) {
	text := r.get(column)
	nanos, rounded, err := parsePrice(text)
	switch {
	case errors.Is(err, errNoPrice):
		if !mayBeAbsent {
			r.problem(column, fmt.Sprintf("%q is not a price", text), "fill in the price or remove the line")
		}
		return rate, false
	case err != nil:
		message, hint, _ := strings.Cut(err.Error(), "; ")
		if hint == "" {
			hint = "write digits with a decimal point"
		}
		r.problem(column, message, hint)
		return rate, false
	case nanos == 0:
		if !mayBeAbsent {
			r.problem(column, fmt.Sprintf("%q is not a price", text), "fill in the price or remove the line; a list price is above zero")
		}
		return rate, false
	}
	if rounded {
		report.Rounded++
	}
	return money.Nanos(nanos, money.USD), true
}

// count reads a whole number of accelerators from 8 or 8.0. Fraction says that it is not whole.
func (r *record) count(column string) (n int64, fraction, ok bool) {
	text := r.get(column)
	whole, frac, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	switch {
	case err != nil || strings.Trim(frac, "0123456789") != "":
		r.problem(column, fmt.Sprintf("%q is not a number of accelerators", clip(text)), "write a whole number such as 8")
		return 0, false, false
	case n < 0 || n > 1_000_000:
		r.problem(column, fmt.Sprintf("%q accelerators in one machine", clip(text)), "use 1 to 1000000")
		return 0, false, false
	}
	return n, strings.Trim(frac, "0") != "", true
}

// clip keeps a field that somebody else wrote short enough for a message.
func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "..."
	}
	return s
}
