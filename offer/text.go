package offer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/strict"
	"firstlook/money"
)

// The text form of terms, one line, the same for people, scenarios and records' explanations:
//
//	H100 x64 2026-04-01..2026-07-01 @ 2.10 USD/gpu-h, 1.90 USD/gpu-h from 2026-06-01 in oci/us-chicago-1 country US
//	sla 99.9 via infiniband take-or-pay 80 prepay 10 leave 30d least 16 watts 700 carbon 300 noncash "equity option"
//	noncash-value 500000.00 USD finders-fee 20000.00 USD
//
// What comes first is the accelerator, how many, and the period. The rest is pairs of a word and its value, in any order
// when read and in the order above when written; what is absent is not written. [ParseTerms] and [Terms.String] are each
// other's inverse for all terms that an offer may have.

const perHour = "/gpu-h"

// String writes the terms in their text form.
func (t *Terms) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s x%d %s", t.Accelerator, t.Quantity, t.Period)
	for i, s := range t.Price {
		mark := ", "
		if i == 0 {
			mark = " @ "
		}
		b.WriteString(mark + s.Rate.String() + perHour)
		if i > 0 || s.From != t.Period.From {
			b.WriteString(" from " + strings.TrimSuffix(s.From.String(), "T00:00Z"))
		}
	}
	for _, p := range pairs {
		for _, value := range p.write(t) {
			b.WriteString(" " + p.word + " " + value)
		}
	}
	return b.String()
}

// pair is one word of the text form: how its value is written (once per item; never for nothing) and read.
type pair struct {
	word  string
	form  string // of the value, for messages; it has as many words as a value
	many  bool   // may stand more than once
	write func(*Terms) []string
	read  func(*Terms, string) error
}

var pairs = []pair{
	{"in", "oci/us-chicago-1", false, writePlace, readPlace},
	{"country", "US", false, func(t *Terms) []string { return some(t.Country) }, readCountry},
	percent("sla", "99.9", func(t *Terms) *capacity.Percent { return &t.ServiceLevel }),
	{"via", "infiniband", false, func(t *Terms) []string { return some(t.Interconnect) }, readInterconnect},
	percent("take-or-pay", "80", func(t *Terms) *capacity.Percent { return &t.TakeOrPay }),
	percent("prepay", "10", func(t *Terms) *capacity.Percent { return &t.Prepayment }),
	{"leave", "30d", false, writeLeave, readLeave},
	number("least", "16", func(t *Terms) *int64 { return &t.Least }),
	number("watts", "700", func(t *Terms) *int64 { return &t.PowerWatts }),
	number("carbon", "300", func(t *Terms) *int64 { return &t.CarbonGrams }),
	{"noncash", `"equity option"`, true, writeNonCash, readNonCash},
	amount("noncash-value", "500000 USD", func(t *Terms) *money.Amount { return &t.NonCashValue }),
	amount("finders-fee", "20000 USD", func(t *Terms) *money.Amount { return &t.FindersFee }),
}

// TermsWords lists the words of the text form, each with an example of its value, as ParseTerms reads them.
func TermsWords() []string {
	out := []string{"@ 2.10 USD" + perHour}
	for _, p := range pairs {
		out = append(out, p.word+" "+p.form)
	}
	return out
}

func some[T ~string](v T) []string {
	if v == "" {
		return nil
	}
	return []string{string(v)}
}

func percent(word, form string, at func(*Terms) *capacity.Percent) pair {
	return pair{word, form, false,
		func(t *Terms) []string {
			if *at(t) == 0 {
				return nil
			}
			return []string{strings.TrimSuffix(at(t).String(), "%")}
		},
		func(t *Terms, s string) (err error) {
			*at(t), err = capacity.ParsePercent(strings.TrimSuffix(s, "%"))
			return err
		}}
}

func number(word, form string, at func(*Terms) *int64) pair {
	return pair{word, form, false,
		func(t *Terms) []string {
			if *at(t) == 0 {
				return nil
			}
			return []string{strconv.FormatInt(*at(t), 10)}
		},
		func(t *Terms, s string) (err error) {
			*at(t), err = count(s)
			return err
		}}
}

func amount(word, form string, at func(*Terms) *money.Amount) pair {
	return pair{word, form, false,
		func(t *Terms) []string {
			if at(t).IsZero() {
				return nil
			}
			return []string{at(t).String()}
		},
		func(t *Terms, s string) error {
			a, err := money.ParseAmount(s)
			if err == nil && a.Micros() <= 0 {
				err = fmt.Errorf("%q is not more than nothing; leave it out", s)
			}
			if err == nil {
				*at(t) = a
			}
			return err
		}}
}

// count reads a quantity.
func count(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > capacity.MaxQuantity || strings.HasPrefix(s, "+") {
		return 0, fmt.Errorf("%q is not a whole number from 0 to %d", s, int64(capacity.MaxQuantity))
	}
	return n, nil
}

func writePlace(t *Terms) []string {
	switch {
	case t.Cloud == "" && t.Region == "":
		return nil
	case t.Region == "":
		return []string{string(t.Cloud)}
	}
	return []string{string(t.Cloud) + "/" + string(t.Region)}
}

func readPlace(t *Terms, s string) error {
	cloud, region, both := strings.Cut(s, "/")
	for i, part := range []string{cloud, region} {
		if part == "" && (i == 0 && both || i == 1 && !both) {
			continue
		}
		if err := strict.CheckWord(part); err != nil {
			return err
		}
	}
	t.Cloud, t.Region = capacity.Cloud(cloud), capacity.Region(region)
	return nil
}

func readCountry(t *Terms, s string) error {
	if len(s) != 2 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z' {
		return fmt.Errorf("%q is not a country code of two capitals", s)
	}
	t.Country = capacity.Country(s)
	return nil
}

func readInterconnect(t *Terms, s string) error {
	if !slices.Contains(capacity.Interconnects, capacity.Interconnect(s)) {
		return fmt.Errorf("%q is not an interconnect; use ethernet, roce or infiniband", s)
	}
	t.Interconnect = capacity.Interconnect(s)
	return nil
}

func writeLeave(t *Terms) []string {
	if t.Termination == 0 {
		return nil
	}
	return []string{strconv.Itoa(t.Termination) + "d"}
}

func readLeave(t *Terms, s string) error {
	days, ok := strings.CutSuffix(s, "d")
	n, err := count(days)
	if !ok || err != nil || n > maxLeaveDays {
		return fmt.Errorf("%q is not a notice in days from 0d to %dd", s, maxLeaveDays)
	}
	t.Termination = int(n)
	return nil
}

const maxLeaveDays = 36_600 // a century

func writeNonCash(t *Terms) []string {
	out := make([]string, len(t.NonCash))
	for i, item := range t.NonCash {
		out[i] = strconv.Quote(item)
	}
	return out
}

func readNonCash(t *Terms, s string) error {
	item, err := strconv.Unquote(s)
	if err != nil || item == "" {
		return fmt.Errorf("%s is not a text in double quotes", s)
	}
	t.NonCash = append(t.NonCash, item)
	return nil
}

// ParseTerms reads the text form. The error names the word that does not read and what to write instead.
func ParseTerms(s string) (Terms, error) {
	words, err := split(s)
	if err != nil {
		return Terms{}, err
	}
	if len(words) < 3 {
		return Terms{}, fmt.Errorf("terms begin with an accelerator, a quantity and a period, such as H100 x64 2026-04-01..2026-07-01")
	}
	var t Terms
	if err := t.readHead(words); err != nil {
		return Terms{}, err
	}
	seen := map[string]bool{}
	for rest := words[3:]; len(rest) > 0; {
		word := rest[0]
		if seen[word] && !slices.ContainsFunc(pairs, func(p pair) bool { return p.word == word && p.many }) {
			return Terms{}, fmt.Errorf("%q stands twice in the terms; keep one", word)
		}
		seen[word] = true
		if rest, err = t.readPair(rest); err != nil {
			return Terms{}, err
		}
	}
	return t, nil
}

// readHead reads the accelerator, the quantity and the period.
func (t *Terms) readHead(words []string) error {
	if err := strict.CheckWord(words[0]); err != nil {
		return fmt.Errorf("accelerator: %w", err)
	}
	t.Accelerator = capacity.Accelerator(words[0])
	digits, ok := strings.CutPrefix(words[1], "x")
	n, err := count(digits)
	if !ok || err != nil {
		return fmt.Errorf("%q is not a quantity; write x64", words[1])
	}
	t.Quantity = n
	if t.Period, err = calendar.ParseSpan(words[2]); err != nil {
		return fmt.Errorf("period: %w; write 2026-04-01..2026-07-01", err)
	}
	return nil
}

// readPair reads one word with its value and returns what follows.
func (t *Terms) readPair(words []string) ([]string, error) {
	if words[0] == "@" {
		return t.readPrice(words[1:])
	}
	i := slices.IndexFunc(pairs, func(p pair) bool { return p.word == words[0] })
	if i < 0 {
		return nil, unknownWord(words[0])
	}
	p := pairs[i]
	value, _ := split(p.form)
	n := len(value)
	if len(words) < 1+n {
		return nil, fmt.Errorf("%q has no value; write %s %s", p.word, p.word, p.form)
	}
	if err := p.read(t, strings.Join(words[1:1+n], " ")); err != nil {
		return nil, fmt.Errorf("%s: %w; write %s %s", p.word, err, p.word, p.form)
	}
	return words[1+n:], nil
}

func unknownWord(word string) error {
	known := make([]string, len(pairs))
	for i, p := range pairs {
		known[i] = p.word
	}
	if near := strict.Suggest(word, known); near != "" {
		return fmt.Errorf("%q is not a word of terms; did you mean %s?", word, near)
	}
	return fmt.Errorf("%q is not a word of terms; use @ with a price, %s", word, strict.Words(known))
}

// readPrice reads the steps of a price: the number, the currency, and from when, until no comma follows.
func (t *Terms) readPrice(words []string) ([]string, error) {
	for more := true; more; {
		step := Step{From: t.Period.From}
		if len(words) < 2 {
			return nil, fmt.Errorf("a price is missing; write @ 2.10 USD%s", perHour)
		}
		unit, comma := strings.CutSuffix(words[1], ",")
		currency, ok := strings.CutSuffix(unit, perHour)
		if !ok {
			return nil, fmt.Errorf("%q is not a price per accelerator-hour; write 2.10 USD%s", words[0]+" "+unit, perHour)
		}
		var err error
		if step.Rate, err = money.ParseRate(words[0] + " " + currency); err != nil {
			return nil, fmt.Errorf("price: %w; write 2.10 USD%s", err, perHour)
		}
		more, words = comma, words[2:]
		if !comma && len(words) >= 2 && words[0] == "from" {
			var at string
			if at, more = strings.CutSuffix(words[1], ","); at != "-" {
				if step.From, err = calendar.Parse(at); err != nil {
					return nil, fmt.Errorf("price from: %w", err)
				}
			} else {
				step.From = 0
			}
			words = words[2:]
		}
		t.Price = append(t.Price, step)
	}
	return words, nil
}

// split cuts a line into words; what stands in double quotes is one word and keeps them.
func split(s string) ([]string, error) {
	var words []string
	for rest := strings.TrimLeft(s, " \t"); rest != ""; rest = strings.TrimLeft(rest, " \t") {
		if rest[0] != '"' {
			end := strings.IndexAny(rest, " \t")
			if end < 0 {
				end = len(rest)
			}
			words, rest = append(words, rest[:end]), rest[end:]
			continue
		}
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return nil, fmt.Errorf("a quote is not closed: %s", rest)
		}
		words, rest = append(words, quoted), rest[len(quoted):]
	}
	return words, nil
}
