package strict

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/party"
)

const (
	maxWord = 200    // characters of a scalar that is not prose
	maxText = 20_000 // characters of prose
)

// Parsed is a scalar that parse reads from its text. Wanted and example complete "a list stands where ... is wanted;
// write ..."; tags are the YAML types that it may have when it stands without quotes.
func Parsed[T any](wanted, example string, s Schema, tags []string, parse func(string) (T, error)) Form[T] {
	if s.Type == nil {
		s.Type = []string{"string"}
	}
	if s.Examples == nil && s.Enum == nil && example != "" {
		s.Examples = []string{example}
	}
	return Form[T]{schema: &s, read: func(v Value) (T, bool) {
		var zero T
		text, ok := v.scalar(wanted, v.example(example, parseable(v, parse)), append(tags, "!!str")...)
		if !ok {
			return zero, false
		}
		if n := utf8.RuneCountInString(text); n > maxWord {
			return zero, v.Problem(fmt.Sprintf("%s stands where %s is wanted", quote(text), wanted), fmt.Sprintf("it has %d characters; write %s", n, example))
		}
		out, err := parse(text)
		if err != nil {
			return zero, v.fault(err, "")
		}
		return out, true
	}}
}

// parseable reports whether a scalar of another type would be read if it stood in quotes.
func parseable[T any](v Value, parse func(string) (T, error)) bool {
	_, err := parse(v.node.Value)
	return v.node.Kind == yaml.ScalarNode && err == nil
}

// example is the hint for a value of the wrong type.
func (v Value) example(example string, quotes bool) string {
	if quotes {
		return "put it in quotes: " + strconv.Quote(v.node.Value)
	}
	return "for example " + example
}

// Text is prose: not empty.
func Text() Form[string] {
	s := &Schema{Type: []string{"string"}, MinLength: 1, MaxLength: maxText}
	return Form[string]{schema: s, read: func(v Value) (string, bool) {
		hint := ""
		if v.node.Value != "" && len(v.node.Value) < 40 {
			hint = "put it in quotes: " + strconv.Quote(v.node.Value)
		}
		text, ok := v.scalar("text", hint, "!!str", "!!timestamp")
		switch {
		case !ok:
			return "", false
		case strings.TrimSpace(text) == "":
			return "", v.Problem("the text is empty", "write it, or leave the key out")
		case utf8.RuneCountInString(text) > maxText:
			return "", v.Problem(fmt.Sprintf("the text has more than %d characters", maxText), "shorten it")
		}
		return text, true
	}}
}

// ID is a short name as package party defines it.
func ID[T ~string]() Form[T] {
	s := Schema{Pattern: "^[a-z0-9][a-z0-9.-]{0,63}$"}
	return Parsed("an id", "northwind", s, nil, func(text string) (T, error) {
		err := party.Check(text)
		if err != nil {
			if fixed := idLike(text); fixed != "" {
				err = fmt.Errorf("%w; did you mean %s?", err, fixed)
			}
		}
		return T(text), err
	})
}

// idLike returns the id that a name would have; empty where it has none.
func idLike(name string) string {
	id := strings.Map(func(r rune) rune {
		if r == ' ' || r == '_' || r == '/' {
			return '-'
		}
		return r
	}, strings.ToLower(name))
	if party.Check(id) != nil {
		return ""
	}
	return id
}

// Word is a name from an open set, such as an accelerator or a region: letters, digits and some marks, no spaces.
func Word[T ~string](wanted, example string) Form[T] {
	s := Schema{Pattern: `^[A-Za-z0-9][A-Za-z0-9._/+-]{0,63}$`}
	return Parsed(wanted, example, s, []string{"!!int"}, func(text string) (T, error) {
		return T(text), CheckWord(text)
	})
}

// CheckWord reports why s is not a word of an open set.
func CheckWord(s string) error {
	if s == "" || len(s) > 64 {
		return fmt.Errorf("%s: a name has 1 to 64 characters", quote(s))
	}
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && (i == 0 || !strings.ContainsRune("._/+-", r)) {
			return fmt.Errorf("%s: a name is letters, digits and . _ / + -; write it without spaces", quote(s))
		}
	}
	return nil
}

// Enum is a word of a closed set.
func Enum[T ~string](words []T) Form[T] {
	known := texts(words)
	s := Schema{Enum: known}
	return Parsed("one of "+Words(known), known[0], s, []string{"!!bool", "!!int"}, func(text string) (T, error) {
		for _, w := range words {
			if string(w) == text {
				return w, nil
			}
		}
		return "", fmt.Errorf("unknown word %s; %s", quote(text), meant(text, known))
	})
}

// Bool is true or false.
func Bool() Form[bool] {
	s := &Schema{Type: []string{"boolean"}}
	return Form[bool]{schema: s, read: func(v Value) (bool, bool) {
		text, ok := v.scalar("true or false", "write true or false", "!!bool")
		if !ok {
			return false, false
		}
		if text != "true" && text != "false" {
			return false, v.Problem(fmt.Sprintf("%s stands where true or false is wanted", quote(text)), "write true or false")
		}
		return text == "true", true
	}}
}

// Integer is a whole number in a closed range, written in decimal digits.
func Integer[T ~int | ~int64](low, high int64) Form[T] {
	s := &Schema{Type: []string{"integer"}, Minimum: &low, Maximum: &high}
	wanted := fmt.Sprintf("a whole number from %d to %d", low, high)
	return Form[T]{schema: s, read: func(v Value) (T, bool) {
		text, ok := v.scalar(wanted, "write plain digits, without quotes", "!!int", "!!float")
		if !ok {
			return 0, false
		}
		n, err := strconv.ParseInt(text, 10, 64)
		switch {
		case errors.Is(err, strconv.ErrRange):
			return 0, v.Problem(fmt.Sprintf("%s is out of range", quote(text)), wanted+" is wanted")
		case err != nil:
			return 0, v.Problem(fmt.Sprintf("%s is not a whole number", quote(text)), "write plain digits, without separators or fractions")
		case len(text) > 1 && text[0] == '0' || text[0] == '+':
			return 0, v.Problem(fmt.Sprintf("%s is not plainly written", quote(text)), fmt.Sprintf("write %d", n))
		case n < low || n > high:
			return 0, v.Problem(fmt.Sprintf("%d is out of range", n), wanted+" is wanted")
		}
		return T(n), true
	}}
}

var dateTags = []string{"!!timestamp"}

// Days and instants as patterns of the schema: the years 1990 to 2199.
const (
	dayPattern     = `(199\d|20\d\d|21\d\d)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])`
	instantPattern = dayPattern + `(T[0-9:.]+(Z|[+-]\d{2}:\d{2}))?`
)

// Date is a day, such as 2026-03-02.
func Date() Form[calendar.Date] {
	s := Schema{Pattern: "^" + dayPattern + "$"}
	return Parsed("a date", "2026-03-02", s, dateTags, func(text string) (calendar.Date, error) {
		d, err := calendar.ParseDate(text)
		return d, dateFault(text, err)
	})
}

// Instant is a point in time with its offset, or a day that stands for its first instant in UTC.
func Instant() Form[calendar.Instant] {
	s := Schema{Pattern: "^" + instantPattern + "$"}
	return Parsed("a date or an instant", "2026-03-02T12:00Z", s, dateTags, func(text string) (calendar.Instant, error) {
		i, err := calendar.Parse(text)
		return i, dateFault(text, err)
	})
}

// Span is FROM..UNTIL, half-open; either side may be left open.
func Span() Form[calendar.Span] {
	s := Schema{Pattern: "^(" + instantPattern + `)?\.\.(` + instantPattern + ")?$"}
	return Parsed("a span FROM..UNTIL", "2025-01-21..2031-01-01", s, dateTags, func(text string) (calendar.Span, error) {
		span, err := calendar.ParseSpan(text)
		if err == nil {
			return span, nil
		}
		from, until, ok := strings.Cut(text, "..")
		if !ok {
			return span, fmt.Errorf("%w; write 2025-01-21..2031-01-01, either side may be empty", err)
		}
		for _, side := range []string{from, until} {
			if _, fault := calendar.Parse(side); side != "" && fault != nil {
				return span, dateFault(side, fault)
			}
		}
		return span, fmt.Errorf("%w; swap the two, or check the years", err)
	})
}

// dateFault says what is wrong with a day as precisely as it can be known.
func dateFault(text string, err error) error {
	if err == nil {
		return nil
	}
	day, _, _ := strings.Cut(text, "T")
	t, dayErr := time.Parse(time.DateOnly, day)
	switch {
	case dayErr == nil && (t.Year() < calendar.Earliest.Time().Year() || t.Year() >= calendar.Latest.Time().Year()):
		return fmt.Errorf("%s lies outside the years 1990 to 2199; is the year right?", quote(text))
	case dayErr != nil && len(day) == len(time.DateOnly) && strings.Count(day, "-") == 2:
		return fmt.Errorf("%s is not a day of the calendar; check year, month and day", quote(text))
	case strings.Contains(err.Error(), "; "):
		return err
	}
	return fmt.Errorf("%w; write year-month-day", err)
}

// Length is a count of units, such as 10 business_days.
func Length() Form[calendar.Length] {
	s := Schema{Pattern: `^[1-9]\d{0,4} (hour|day|business_day|week|month)s?$`}
	return Parsed("a length", "90 days", s, nil, func(text string) (calendar.Length, error) {
		l, err := calendar.ParseLength(text)
		return l, lengthFault(text, err)
	})
}

func lengthFault(text string, err error) error {
	if err == nil {
		return nil
	}
	message, hint, _ := strings.Cut(err.Error(), "; ")
	_, unit, _ := strings.Cut(text, " ")
	near := Suggest(unit, texts(calendar.Units))
	switch {
	case strings.HasPrefix(unit, "b") || strings.HasPrefix(unit, "work"):
		near = string(calendar.BusinessDays) // bizdays, bdays, workdays
	case strings.Contains(message, "a length has"):
		return fmt.Errorf("%s; write a number in that range", message)
	case !strings.Contains(message, "unknown unit"):
		return fmt.Errorf("%s; write a count and a unit: hours, days, business_days, weeks or months", message)
	}
	if near != "" {
		hint = "did you mean " + near + "?"
	}
	return fmt.Errorf("%s; %s", message, hint)
}

// Clock is a time of day or end_of_day.
func Clock() Form[calendar.Clock] {
	s := Schema{Pattern: `^(end_of_day|([01]\d|2[0-3]):[0-5]\d|24:00)$`}
	return Parsed("a time of day", "end_of_day", s, nil, calendar.ParseClock)
}

// Zone is an IANA time zone that the embedded database has.
func Zone() Form[calendar.Zone] {
	return Parsed("a time zone", "America/Los_Angeles", Schema{MinLength: 1}, nil, func(text string) (calendar.Zone, error) {
		z := calendar.Zone(text)
		_, err := z.Location()
		if err == nil {
			return z, nil
		}
		if near := Suggest(text, commonZones); near != "" {
			err = fmt.Errorf("unknown time zone %s; did you mean %s?", quote(text), near)
		}
		return "", err
	})
}

// commonZones are suggested for a zone that is misspelt or abbreviated; every IANA zone is read.
var commonZones = []string{"UTC", "America/Los_Angeles", "America/New_York", "America/Chicago", "America/Denver", "America/Sao_Paulo",
	"Europe/London", "Europe/Berlin", "Europe/Paris", "Europe/Madrid", "Europe/Amsterdam", "Europe/Zurich", "Europe/Dublin",
	"Asia/Tokyo", "Asia/Singapore", "Asia/Seoul", "Asia/Shanghai", "Asia/Kolkata", "Asia/Dubai", "Australia/Sydney"}

// Amount is an amount of money, not negative.
func Amount() Form[money.Amount] {
	s := Schema{Pattern: `^\d+(\.\d+)? [A-Z]{3}$`}
	return Parsed("an amount of money", "250000000 USD", s, nil, func(text string) (money.Amount, error) {
		a, err := money.ParseAmount(text)
		if err != nil {
			return money.Amount{}, moneyFault(err)
		}
		if a.Micros() < 0 {
			return money.Amount{}, fmt.Errorf("%s is negative; write an amount from 0", quote(text))
		}
		return a, nil
	})
}

// Rate is a price per unit, not negative.
func Rate() Form[money.Rate] {
	s := Schema{Pattern: `^\d+(\.\d+)? [A-Z]{3}$`}
	return Parsed("a price", "2.10 USD", s, nil, func(text string) (money.Rate, error) {
		r, err := money.ParseRate(text)
		if err != nil {
			return money.Rate{}, moneyFault(err)
		}
		if r.Nanos() < 0 {
			return money.Rate{}, fmt.Errorf("%s is negative; write a price from 0", quote(text))
		}
		return r, nil
	})
}

func moneyFault(err error) error {
	if errors.Is(err, money.ErrOverflow) {
		return fmt.Errorf("%w; amounts reach about 9.2 trillion, prices about 9.2 billion", err)
	}
	message, _, _ := strings.Cut(err.Error(), ", such as")
	return fmt.Errorf("%s; write plain digits, a point, a space and the currency, such as 2.10 USD", message)
}

// Percent is a share from 0 to 100 with up to three decimals, such as 99.9.
func Percent() Form[capacity.Percent] {
	s := Schema{Type: []string{"string", "number"}, Pattern: `^\d{1,3}(\.\d+)?$`}
	return Parsed("a percentage", "99.9", s, []string{"!!int", "!!float"}, func(text string) (capacity.Percent, error) {
		p, err := capacity.ParsePercent(text)
		if err != nil && strings.HasSuffix(text, "%") {
			err = fmt.Errorf("%w; write the number without %%", err)
		} else if err != nil {
			err = fmt.Errorf("%w; write a number such as 20 or 99.9", err)
		}
		return p, err
	})
}

// Country is an ISO 3166-1 alpha-2 code.
func Country() Form[capacity.Country] {
	return Parsed("a country code", "US", Schema{Pattern: "^[A-Z]{2}$"}, []string{"!!bool"}, func(text string) (capacity.Country, error) {
		if len(text) == 2 && text == strings.ToUpper(text) && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z' {
			return capacity.Country(text), nil
		}
		return "", fmt.Errorf("%s is not a country code; use two capitals as in ISO 3166-1, such as US or DE", quote(text))
	})
}
