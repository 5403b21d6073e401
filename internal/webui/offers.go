package webui

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/offer"
	"firstlook/right"
)

// The market's forms: a provider's firm offer, and the buyer's choice.

// lotOf is a lot that the party may see, and its line.
func lotOf(l *look, id string) (*desk.Lot, *capacity.Line) {
	i := slices.IndexFunc(l.Lots, func(x desk.Lot) bool { return x.Lot == id })
	if i < 0 || l.Lots[i].Line < 1 || l.Lots[i].Line > len(l.Need.Lines) {
		return nil, nil
	}
	return &l.Lots[i], &l.Need.Lines[l.Lots[i].Line-1]
}

func introOffer(l *look, on string) string {
	x, line := lotOf(l, on)
	if x == nil {
		return ""
	}
	s := fmt.Sprintf("%s asks for %s, %s, for %s.", nameOf(l.law, l.Need.Buyer), counted(x.Quantity, x.Of+" accelerator"), span(line.Period), plain(l.Need.Class))
	if x.Closes.IsSet() {
		s += " Offers are taken until " + teller{l.law, l.eyes}.at(x.Closes) + "."
	}
	return s + " An offer is firm and never changes. It stays sealed, from the buyer too, until the round closes."
}

// replaced is the offer that a new one takes the place of; nil for none.
func replaced(v *visit, l *look) *desk.Offer {
	if o, ok := l.ownOffer(v.r.URL.Query().Get("replace")); ok {
		return o
	}
	return nil
}

func fieldsOffer(v *visit, l *look, on string) []field {
	x, line := lotOf(l, on)
	if x == nil {
		return nil
	}
	kinds := field{Name: "accelerator", Label: "Accelerator", Kind: "choice", Required: true, Value: string(line.Reference())}
	for _, a := range line.Accelerators {
		kinds.Options = append(kinds.Options, option{string(a), string(a)})
	}
	fs := []field{
		kinds,
		{Name: "quantity", Label: "How many", Kind: "number", Required: true, Value: strconv.FormatInt(x.Quantity, 10), Min: 1, Max: capacity.MaxQuantity},
		{Name: "price", Label: "Price, USD an accelerator-hour", Kind: "text", Required: true, Hint: "Such as 2.10"},
		{Name: "cloud", Label: "Cloud", Kind: "text", Required: true, Hint: "Your cloud's id, such as contoso"},
		{Name: "region", Label: "Region", Kind: "text", Required: len(line.Regions) > 0, Hint: where(line)},
		{Name: "country", Label: "Country", Kind: "text", Required: len(line.Residency) > 0, Hint: "Two letters, such as DE"},
		{Name: "from", Label: "From (UTC)", Kind: "text", Required: true, Value: dateOf(line.Period.From)},
		{Name: "until", Label: "Until (UTC)", Kind: "text", Required: true, Value: dateOf(line.Period.Until)},
		{Name: "valid", Label: "The offer is firm until (UTC)", Kind: "text", Required: true, Value: v.now.Time().AddDate(0, 0, 60).Format(time.DateOnly), Hint: "A date, or an instant such as 2026-05-01T12:00Z"},
		{Name: "more", Label: "Further terms", Kind: "text", Hint: "Such as sla 99.9 via infiniband take-or-pay 80"},
	}
	if p, ok := l.law.Book.Provider(v.who.Party); ok {
		if len(p.Clouds) > 0 {
			fs[3].Value = string(p.Clouds[0])
		}
		if len(p.Countries) > 0 {
			fs[5].Value = string(p.Countries[0])
		}
	}
	if len(line.Regions) > 0 {
		fs[4].Value = string(line.Regions[0])
	}
	if o := replaced(v, l); o != nil {
		refill(fs, o)
	}
	return fs
}

func where(line *capacity.Line) string {
	if len(line.Regions) > 0 {
		return "One of " + plains(line.Regions)
	}
	return "Any region will do"
}

// dateOf writes an instant as short as it is.
func dateOf(i calendar.Instant) string { return strings.TrimSuffix(i.String(), "T00:00Z") }

// refill puts the terms of an offer that is to be replaced into the form.
func refill(fs []field, o *desk.Offer) {
	t := o.Terms
	set := map[string]string{"accelerator": string(t.Accelerator), "quantity": strconv.FormatInt(t.Quantity, 10), "cloud": string(t.Cloud), "region": string(t.Region),
		"country": string(t.Country), "from": dateOf(t.Period.From), "until": dateOf(t.Period.Until), "valid": dateOf(o.ValidUntil)}
	if len(t.Price) > 0 {
		set["price"], _, _ = strings.Cut(t.Price[0].Rate.String(), " ")
	}
	for i := range fs {
		if value, ok := set[fs[i].Name]; ok {
			fs[i].Value = value
		}
	}
}

// termsFrom writes a line of terms from the fields of the form.
func termsFrom(form url.Values) (offer.Terms, error) {
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	line := fmt.Sprintf("%s x%s %s..%s @ %s USD/gpu-h", get("accelerator"), strings.ReplaceAll(get("quantity"), ",", ""), get("from"), get("until"), get("price"))
	if cloud := get("cloud"); cloud != "" {
		line += " in " + cloud
		if region := get("region"); region != "" {
			line += "/" + region
		}
	}
	if country := get("country"); country != "" {
		line += " country " + strings.ToUpper(country)
	}
	if more := get("more"); more != "" {
		line += " " + more
	}
	t, err := offer.ParseTerms(line)
	if err != nil {
		return t, problem(fmt.Sprintf("The offer does not read: %v", err))
	}
	return t, nil
}

func askOffer(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	x, _ := lotOf(l, on)
	if x == nil {
		return nil, nil, errNotFound
	}
	t, err := termsFrom(form)
	if err != nil {
		return nil, nil, err
	}
	valid, err := calendar.Parse(strings.TrimSpace(form.Get("valid")))
	if err != nil {
		return wrong("Until when the offer is firm does not read: %v", err)
	}
	var salt [16]byte
	_, _ = rand.Read(salt[:]) // it never fails
	// The id is drawn, and so tells nobody how many offers there are.
	id := offer.ID("o-" + hex.EncodeToString(salt[:4]))
	if key := form.Get("key"); len(key) >= 8 {
		id = offer.ID("o-" + strings.ToLower(key[:8]))
	}
	firm := offer.Offer{ID: id, Provider: v.who.Party, Need: l.Need.ID, Line: x.Line - 1, Terms: t, ValidUntil: valid, Salt: hex.EncodeToString(salt[:])}
	if p, ok := l.law.Book.Provider(v.who.Party); ok {
		firm.Security = p.Security
	}
	asks := []right.Ask{right.SubmitOffer{Offer: firm}}
	says := []string{fmt.Sprintf("%s makes a firm offer for %s of need %s: %s", nameOf(v.law, v.who.Party), on, l.Need.ID, t.String()),
		"It is firm until " + teller{v.law, v.who.Party}.at(valid) + ". It stays sealed until the round closes."}
	if cost, err := t.Cost(t.Quantity, t.Period); err == nil {
		says = append(says, "That comes to "+amount(cost)+" over the whole period.")
	}
	if o := replaced(v, l); o != nil {
		asks = append(asks, right.WithdrawOffer{Offer: o.ID})
		says = append(says, fmt.Sprintf("Offer %s is withdrawn; this one stands in its place.", o.ID))
	}
	return asks, says, nil
}

func askWithdrawOffer(v *visit, l *look, on string, _ url.Values) ([]right.Ask, []string, error) {
	o, ok := l.ownOffer(on)
	if !ok {
		return nil, nil, errNotFound
	}
	return one(right.WithdrawOffer{Offer: o.ID}, fmt.Sprintf("%s withdraws offer %s: %s", nameOf(v.law, v.who.Party), on, o.Terms.String()))
}

func fieldsChoose(v *visit, l *look, on string) []field {
	f := field{Name: "which", Label: "What is chosen", Kind: "choice", Required: true, Value: "cheapest", Options: []option{{"cheapest", "The cheapest lawful choice of all offers"}}}
	x, _ := lotOf(l, on)
	for _, o := range l.Offers {
		if x != nil && o.Line == x.Line && o.Terms != nil && !o.Withdrawn {
			f.Options = append(f.Options, option{string(o.ID), fmt.Sprintf("Offer %s of %s: %s", o.ID, nameOf(v.law, o.Provider), o.Terms.String())})
		}
	}
	return []field{f, {Name: "reason", Label: "Why another than the cheapest", Kind: "area", Hint: "Needed where you choose an offer by name. Your name stands in the record."}}
}

func askChoose(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	id, err := number[right.LotID]("l", on)
	if err != nil {
		return nil, nil, err
	}
	me := nameOf(v.law, v.who.Party)
	which := form.Get("which")
	if which == "" || which == "cheapest" {
		return one(right.Choose{Lot: id}, fmt.Sprintf("%s chooses the cheapest lawful offers for %s.", me, on), "Whoever has a right over this choice is given notice before anything is awarded.")
	}
	reason, err := prose(form, "reason", "why another than the cheapest is chosen")
	if err != nil {
		return nil, nil, err
	}
	return one(right.Choose{Lot: id, Offers: []offer.ID{offer.ID(which)}, Reason: reason}, fmt.Sprintf("%s of %s chooses offer %s for %s.", v.who.Person, me, which, on), "Reason: "+sentence(reason))
}

func fieldsOffers(_ *visit, l *look, _ string) []field {
	value := "48"
	if w := l.Need.OffersWindow; w.N > 0 {
		value = strconv.Itoa(w.N)
	}
	return []field{{Name: "hours", Label: "How long providers may offer, in hours", Kind: "number", Required: true, Value: value, Min: 1, Max: 24 * 366}}
}

func askOffers(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	id, err := number[right.LotID]("l", on)
	if err != nil {
		return nil, nil, err
	}
	window, err := hours(form.Get("hours"))
	if err != nil {
		return nil, nil, err
	}
	return one(right.RequestOffers{Lot: id, Window: window}, fmt.Sprintf("%s asks for offers for %s again, for %s.", nameOf(v.law, v.who.Party), on, window))
}
