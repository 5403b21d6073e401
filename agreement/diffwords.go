package agreement

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
)

// say writes the value that a clause has under a key, in words; empty for a key that its kind does not have or that is
// not stated and means nothing.
func (a *Agreement) say(k clauseKey, c *Clause, v any) string {
	if !k.has(c.Kind) {
		return ""
	}
	if k.kinds != nil && !isGiven(v) && !c.asks(k.Key()) {
		return "" // nothing in this clause needs it
	}
	w := wording{a: a, c: c}
	switch k.Key() { // whose values have the type of others
	case "assign_after", "unsolicited":
		return map[bool]string{true: "yes"}[v == true]
	case "bona_fide":
		if c.Process.BonaFide == 0 {
			return ""
		}
		return fmt.Sprintf("a prepayment of %s at least", c.Process.BonaFide)
	}
	if text, is := w.modifierWords(v); is {
		return text
	}
	switch v := v.(type) {
	case delivered:
		return w.noticeWords(v)
	case Param[calendar.Rule]:
		return unspecifiedOr(v.Given, func() string { return w.ruleWords(v.Value) })
	case Param[Tail]:
		return unspecifiedOr(v.Given, func() string { return w.tailWords(v.Value) })
	case Param[MatchRule]:
		return unspecifiedOr(v.Given, func() string { return matchWords(v.Value) })
	case Param[[]CardRate]:
		return unspecifiedOr(v.Given, func() string { return cardWords(v.Value) })
	case Param[Outcome]: // the grantor's silence: the empty outcome accepts
		return unspecifiedOr(v.Given, func() string {
			if v.Value == "" {
				return "accepted"
			}
			return string(v.Value)
		})
	case calendar.Span:
		if k.Key() != "effective" && v == (calendar.Span{}) {
			return "unspecified"
		}
		return effective(v)
	case Scope:
		if text := scopeWords(&v); text != "" {
			return text
		}
		return "every need"
	case []CarveOut:
		return carveWords(v)
	case Threshold:
		return thresholdWords(v)
	case money.Amount:
		if v.Currency() == "" {
			return "unspecified"
		}
		return amountWords(v)
	case capacity.Percent:
		if v == 0 {
			return "unspecified"
		}
		return v.String()
	}
	return plainly(v)
}

// isGiven reports whether a value is stated; what is no parameter always is.
func isGiven(v any) bool {
	of := reflect.ValueOf(v)
	if of.Kind() != reflect.Struct || of.NumField() != 2 {
		return true
	}
	is := of.FieldByName("Given")
	return !is.IsValid() || is.Kind() != reflect.Bool || is.Bool()
}

func unspecifiedOr(is bool, words func() string) string {
	if !is {
		return "unspecified"
	}
	return words()
}

func (w *wording) noticeWords(n delivered) string {
	content := "content unspecified"
	if n.content.Given {
		content = "stating " + and(plain(n.content.Value))
	}
	if r := n.lead; !r.Length.IsZero() {
		content += "; due " + w.ruleWords(r)
	}
	if r := n.within; !r.Length.IsZero() {
		content += "; due within " + w.ruleWords(r) + " of the offer's receipt"
	}
	if !n.delivery.Given {
		return content + "; what starts the clock is unspecified"
	}
	d := n.delivery.Value
	text := fmt.Sprintf("%s; by %s, the clock starts when %s", content, d.Channel, d.Clock)
	for _, deemed := range d.Deemed {
		text += fmt.Sprintf(", deemed received by %s after %s", deemed.Channel, w.ruleWords(deemed.After))
	}
	return text
}

func (w *wording) tailWords(t Tail) string {
	text := "unlimited"
	if !t.Length.Length.IsZero() {
		text = w.ruleWords(t.Length) + tailFromWords[t.From]
	}
	text += map[CapSource]string{CapNoticed: "; capped by the terms that the holder refused", CapNamed: "; capped by the terms that the holder named",
		CapHolderProposed: "; capped by what the holder proposed last", CapGrantorProposed: "; capped by what the grantor proposed last", CapNone: "; no cap"}[t.Cap]
	if t.Exact {
		text += ", and exactly those"
	}
	if !t.CapFor.Length.IsZero() {
		text += ", for " + w.ruleWords(t.CapFor)
	}
	if t.Price > 0 {
		text += fmt.Sprintf("; a price up to %s better", t.Price)
	}
	if t.Counterparty {
		text += "; for the noticed rival alone"
	}
	return text
}

func cardWords(rates []CardRate) string {
	if len(rates) == 0 {
		return "none: the holder's own price binds"
	}
	out := make([]string, len(rates))
	for i, r := range rates {
		out[i] = fmt.Sprintf("%s at most %s an hour", r.Accelerator, r.Rate)
	}
	return strings.Join(out, ", ")
}

func carveWords(cuts []CarveOut) string {
	out := make([]string, len(cuts))
	for i := range cuts {
		words := scopeWords(&cuts[i].Scope)
		if words == "" {
			words = "every need"
		}
		out[i] = fmt.Sprintf("%s (%s)", cuts[i].Name, words)
	}
	return strings.Join(out, "; ")
}

func thresholdWords(t Threshold) string {
	switch {
	case t.Open:
		return unspecified
	case t == (Threshold{}):
		return ""
	case t.AggregateDays == 0:
		return and(boundWords(t))
	}
	return fmt.Sprintf("%s, with other needs of the class within %d days", and(boundWords(t)), t.AggregateDays)
}

// plainly writes a value of any type in words, from its own text where it has one; a parameter that is left open reads
// unspecified, and what is not stated is left out. It is how a value reads for which nothing better is said above.
func plainly(v any) string { return plainValue(reflect.ValueOf(v)) }

func plainValue(v reflect.Value) string {
	if !v.IsValid() {
		return ""
	}
	if v.Kind() == reflect.Struct {
		if is := v.FieldByName("Given"); is.IsValid() && is.Kind() == reflect.Bool && v.NumField() == 2 {
			return unspecifiedOr(is.Bool(), func() string { return plainValue(v.FieldByName("Value")) })
		}
	}
	if v.IsZero() && v.Kind() != reflect.Int {
		return ""
	}
	if s, ok := v.Interface().(fmt.Stringer); ok {
		return s.String()
	}
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() || v.Type() == reflect.TypeFor[calendar.Zone]() {
			return v.String() // prose and names, which are no words of ours
		}
		return strings.ReplaceAll(v.String(), "_", " ")
	case reflect.Slice:
		out := make([]string, v.Len())
		for i := range out {
			out[i] = plainValue(v.Index(i))
		}
		return strings.Join(out, ", ")
	case reflect.Struct:
		var out []string
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				continue
			}
			if text := plainValue(v.Field(i)); text != "" {
				out = append(out, fieldWords(v.Type().Field(i).Name)+" "+text)
			}
		}
		return strings.Join(out, "; ")
	}
	return fmt.Sprint(v.Interface())
}

// fieldWords writes the name of a field as prose: CertifiedBy becomes certified by.
func fieldWords(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) && !unicode.IsUpper(rune(name[i-1])) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
