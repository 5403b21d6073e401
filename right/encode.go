package right

import (
	"strconv"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
)

// Most of a record is a dozen facts that occur in every negotiation. They are written here by hand, byte for byte as
// encoding/json writes them (a test holds the two together), because that is a third of what a durable command costs.
// Every other fact goes through encoding/json.

// object writes the keys of a JSON object in order.
type object struct {
	b     []byte
	inner bool // a key was written: the next needs a comma
}

func (o *object) open() {
	o.b = append(o.b, '{')
	o.inner = false
}

func (o *object) close() {
	o.b = append(o.b, '}')
	o.inner = true
}

func (o *object) key(name string) {
	if o.inner {
		o.b = append(o.b, ',')
	}
	o.b = append(append(append(o.b, '"'), name...), '"', ':')
	o.inner = true
}

func (o *object) text(name, value string) {
	o.key(name)
	o.b = appendText(o.b, value)
}

func (o *object) textIf(name, value string) {
	if value != "" {
		o.text(name, value)
	}
}

func (o *object) number(name string, value int64) {
	o.key(name)
	o.b = strconv.AppendInt(o.b, value, 10)
}

func (o *object) numberIf(name string, value int64) {
	if value != 0 {
		o.number(name, value)
	}
}

func (o *object) truth(name string, value bool) {
	o.key(name)
	o.b = strconv.AppendBool(o.b, value)
}

func (o *object) instant(name string, value calendar.Instant) {
	o.key(name)
	o.b = append(value.Append(append(o.b, '"')), '"')
}

func (o *object) instantIf(name string, value calendar.Instant) {
	if value != 0 {
		o.instant(name, value)
	}
}

func (o *object) amountIf(name string, value money.Amount) {
	if !value.IsZero() {
		o.text(name, value.String())
	}
}

func (o *object) ref(name string, r agreement.Ref) {
	o.key(name)
	o.open()
	o.text("agreement", string(r.Agreement))
	o.text("clause", string(r.Clause))
	o.number("version", int64(r.Version))
	o.close()
}

// appendText writes a JSON string; what needs an escape is left to encoding/json.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			return append(b, quoted(s)...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// list writes an array, null for nil.
func list[T any](o *object, name string, values []T, each func(v *T)) {
	o.key(name)
	if values == nil {
		o.b = append(o.b, "null"...)
		return
	}
	o.b = append(o.b, '[')
	for i := range values {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		each(&values[i])
	}
	o.b = append(o.b, ']')
	o.inner = true
}

func (o *object) terms(name string, t *offer.Terms) {
	o.key(name)
	o.open()
	list(o, "price", t.Price, func(s *offer.Step) {
		o.open()
		o.instant("from", s.From)
		rate := s.Rate
		if rate == (money.Rate{}) {
			o.text("rate", "")
		} else {
			o.text("rate", rate.String())
		}
		o.close()
	})
	o.text("accelerator", string(t.Accelerator))
	o.number("quantity", t.Quantity)
	o.numberIf("least", t.Least)
	o.textIf("cloud", string(t.Cloud))
	o.textIf("region", string(t.Region))
	o.textIf("country", string(t.Country))
	o.key("period")
	o.open()
	o.instantIf("from", t.Period.From)
	o.instantIf("until", t.Period.Until)
	o.close()
	o.textIf("interconnect", string(t.Interconnect))
	o.numberIf("service_level", int64(t.ServiceLevel))
	o.numberIf("take_or_pay", int64(t.TakeOrPay))
	o.numberIf("prepayment", int64(t.Prepayment))
	o.numberIf("termination_days", int64(t.Termination))
	o.numberIf("power_watts", t.PowerWatts)
	o.numberIf("carbon_g_per_kwh", t.CarbonGrams)
	if len(t.NonCash) > 0 {
		list(o, "non_cash", t.NonCash, func(s *string) { o.b = appendText(o.b, *s) })
	}
	o.amountIf("non_cash_value", t.NonCashValue)
	o.amountIf("finders_fee", t.FindersFee)
	o.close()
}

// appendFact writes a fact; false where it is left to encoding/json.
func appendFact(b []byte, f Fact) ([]byte, bool) {
	o := object{b: b}
	o.open()
	switch f := f.(type) {
	case *NeedSubmitted:
		o.submitted(f)
	case *Engaged:
		o.number("line", int64(f.Line))
		o.ref("clause", f.Clause)
		o.text("kind", string(f.Kind))
		o.text("holder", string(f.Holder))
		o.truth("engaged", f.Engaged)
		o.text("reason", f.Reason)
	case *LotOpened:
		o.number("lot", int64(f.Lot))
		o.number("line", int64(f.Line))
		o.number("quantity", f.Quantity)
	case *MatterOpened:
		o.number("matter", int64(f.Matter))
		o.number("lot", int64(f.Lot))
		o.ref("clause", f.Clause)
		o.text("holder", string(f.Holder))
		o.textIf("again", string(f.Again))
		o.textIf("offer", string(f.Offer))
		o.numberIf("group", int64(f.Group))
		o.numberIf("award", int64(f.Award))
		o.numberIf("quantity", f.Quantity)
		if f.Beside {
			o.truth("beside", true)
		}
	case *Noticed:
		o.noticed(f)
	case *Received:
		o.number("matter", int64(f.Matter))
		o.text("how", f.How)
		o.instantIf("since", f.Since)
	case *Opened:
		o.number("matter", int64(f.Matter))
		o.instant("answer_by", f.AnswerBy)
		o.textIf("calendar", f.Calendar)
		o.textIf("why", f.Why)
	case *Answered:
		o.key("answer")
		o.answer(&f.Answer)
	case *Exercised:
		o.number("matter", int64(f.Matter))
		o.terms("terms", &f.Terms)
	case *Awarded:
		o.awarded(f)
	default:
		return b, false
	}
	o.close()
	return o.b, true
}

func (o *object) submitted(f *NeedSubmitted) {
	o.key("need")
	o.need(&f.Need)
	o.text("engine", f.Engine)
	list(o, "law", f.Law, func(l *LawUsed) {
		o.open()
		o.text("agreement", string(l.Agreement))
		o.text("hash", l.Hash)
		o.close()
	})
	if len(f.Related) > 0 {
		list(o, "related", f.Related, func(r *Related) {
			o.open()
			o.text("need", string(r.Need))
			o.text("buyer", string(r.Buyer))
			o.text("class", string(r.Class))
			o.number("quantity", r.Quantity)
			o.instant("submitted", r.Submitted)
			o.amountIf("budget", r.Budget)
			if len(r.Notices) > 0 {
				list(o, "notices", r.Notices, func(g *GivenNotice) {
					o.open()
					o.ref("clause", g.Clause)
					o.text("holder", string(g.Holder))
					o.instant("at", g.At)
					o.close()
				})
			}
			if len(r.Taken) > 0 {
				list(o, "taken", r.Taken, func(g *TakenAward) {
					o.open()
					o.ref("clause", g.Clause)
					o.text("holder", string(g.Holder))
					o.number("quantity", g.Quantity)
					o.instant("at", g.At)
					o.close()
				})
			}
			o.close()
		})
	}
}

func (o *object) need(n *capacity.Need) {
	o.open()
	o.text("id", string(n.ID))
	o.text("buyer", string(n.Buyer))
	o.textIf("title", n.Title)
	o.text("class", string(n.Class))
	o.text("purpose", string(n.Purpose))
	o.textIf("customer", string(n.Customer))
	o.text("sourcing", string(n.Sourcing))
	o.text("tenure", string(n.Tenure))
	if n.Sells {
		o.truth("sells", true)
	}
	list(o, "lines", n.Lines, o.line)
	o.textIf("interconnect", string(n.Interconnect))
	o.numberIf("service_level", int64(n.ServiceLevel))
	wordsIf(o, "security", n.Security)
	if len(n.DataSets) > 0 {
		list(o, "data_sets", n.DataSets, func(d *capacity.DataSet) {
			o.open()
			o.text("name", d.Name)
			o.text("cloud", string(d.Cloud))
			o.textIf("region", string(d.Region))
			o.number("gb", d.GB)
			o.close()
		})
	}
	o.amountIf("budget", n.Budget)
	o.numberIf("power_kw", n.PowerKW)
	o.numberIf("carbon_g_per_kwh", n.CarbonGrams)
	if !n.OffersWindow.IsZero() {
		o.text("offers_window", n.OffersWindow.String())
	}
	o.close()
}

func (o *object) line(l *capacity.Line) {
	o.open()
	list(o, "accelerators", l.Accelerators, func(a *capacity.Accelerator) { o.b = appendText(o.b, string(*a)) })
	o.number("quantity", l.Quantity)
	o.number("least", l.Least)
	if l.Divisible {
		o.truth("divisible", true)
	}
	wordsIf(o, "regions", l.Regions)
	wordsIf(o, "residency", l.Residency)
	o.key("period")
	o.open()
	o.instantIf("from", l.Period.From)
	o.instantIf("until", l.Period.Until)
	o.close()
	o.close()
}

// wordsIf writes a list of words that is not empty.
func wordsIf[T ~string](o *object, name string, values []T) {
	if len(values) > 0 {
		list(o, name, values, func(v *T) { o.b = appendText(o.b, string(*v)) })
	}
}

func (o *object) noticed(f *Noticed) {
	o.number("matter", int64(f.Matter))
	o.text("holder", string(f.Holder))
	o.text("channel", string(f.Channel))
	o.number("quantity", f.Quantity)
	if f.Terms != nil {
		o.terms("terms", f.Terms)
	}
	o.textIf("counterparty", string(f.Counterparty))
	if len(f.Missing) > 0 {
		list(o, "missing", f.Missing, func(i *agreement.Item) { o.b = appendText(o.b, string(*i)) })
	}
	o.instantIf("deemed_at", f.DeemedAt)
}

func (o *object) answer(a *Answer) {
	o.open()
	o.number("matter", int64(a.Matter))
	o.text("kind", string(a.Kind))
	o.numberIf("quantity", a.Quantity)
	o.numberIf("least", a.Least)
	if a.Terms != nil {
		o.terms("terms", a.Terms)
	}
	o.textIf("rest", string(a.Rest))
	o.close()
}

func (o *object) awarded(f *Awarded) {
	o.number("award", int64(f.Award))
	o.number("lot", int64(f.Lot))
	o.text("provider", string(f.Provider))
	o.text("role", string(f.Role))
	o.number("quantity", f.Quantity)
	o.terms("terms", &f.Terms)
	o.textIf("offer", string(f.Offer))
	o.amountIf("landed", f.Landed)
	o.numberIf("matter", int64(f.Matter))
	list(o, "because", f.Because, func(r *agreement.Ref) {
		o.open()
		o.text("agreement", string(r.Agreement))
		o.text("clause", string(r.Clause))
		o.number("version", int64(r.Version))
		o.close()
	})
}

// quoted is a string as the canonical encoding writes it.
func quoted(s string) []byte {
	b, err := marshal(s)
	if err != nil {
		panic("bug: a string does not encode: " + err.Error())
	}
	return b
}
