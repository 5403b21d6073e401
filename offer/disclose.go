package offer

import (
	"slices"

	"firstlook/agreement"
	"firstlook/money"
)

// Disclosed returns what a holder may see of noticed terms that are somebody else's: the dimensions that its clause makes it match
// and those that its notice must contain. The rest is blank, so that terms which differ in what is sealed alone come out
// the same; the clause reveals it with all_terms, and the cloud and region with counterparty too. The terms given are not changed.
//
//   - All dimensions are matched, but for identical_on_principal_terms: there the principal ones are. Nothing is known to be
//     matched while the clause leaves the rule open. A holder that steps in, or calls, takes the terms as they are and sees all.
//   - The cloud and its region name the rival. Where the terms state a country, that is what has to be matched and is
//     what is shown of the place; the cloud and the region are where no country is stated.
//   - A duration cannot be read without a start: where the duration is disclosed, both ends of the period are shown.
//   - The finder's fee goes with the price, the value of non-cash items with the items. What is no dimension (the fewest that
//     are sold, power, carbon) is sealed.
func Disclosed(clause *agreement.Clause, terms *Terms) *Terms {
	if terms == nil {
		return nil
	}
	p := &clause.Process
	out := *terms
	if slices.Contains(p.Reveals, agreement.RevealAllTerms) {
		return &out
	}
	out.Least, out.PowerWatts, out.CarbonGrams = 0, 0, 0
	for _, dim := range agreement.Dimensions {
		if !discloses(clause, dim) {
			out.blank(dim)
		}
	}
	named := slices.Contains(p.Reveals, agreement.RevealCounterparty) || slices.Contains(p.Content.Value, agreement.ItemCounterparty)
	switch {
	case named:
		out.Cloud, out.Region = terms.Cloud, terms.Region
	case out.Country != "":
		out.Cloud, out.Region = "", ""
	}
	out.Price = slices.Clone(out.Price)
	if len(out.Price) > 0 && out.Period.From != terms.Period.From {
		out.Price[0].From = out.Period.From // the first price is in force from the start, which is sealed
	}
	return &out
}

// items are the dimensions that a notice which must contain an item shows.
var items = map[agreement.Item][]agreement.Dimension{
	agreement.ItemQuantity:     {agreement.DimQuantity},
	agreement.ItemAccelerator:  {agreement.DimAccelerator},
	agreement.ItemPeriod:       {agreement.DimStart, agreement.DimDuration},
	agreement.ItemRegion:       {agreement.DimRegion},
	agreement.ItemPrice:        {agreement.DimPrice},
	agreement.ItemServiceLevel: {agreement.DimServiceLevel},
	agreement.ItemInterconnect: {agreement.DimInterconnect},
}

// discloses reports whether a clause discloses a dimension of the terms that it gives notice of.
func discloses(c *agreement.Clause, dim agreement.Dimension) bool {
	for _, item := range c.Process.Content.Value {
		if slices.Contains(items[item], dim) {
			return true
		}
	}
	rule := c.Process.Match
	switch {
	case c.Kind == agreement.StepIn || c.Kind == agreement.CallOption:
		return true
	case !rule.Given:
		return false
	case rule.Value.Rule != agreement.IdenticalPrincipal || slices.Contains(rule.Value.Principal, dim):
		return true
	}
	return dim == agreement.DimStart && slices.Contains(rule.Value.Principal, agreement.DimDuration)
}

// blank takes one dimension out of the terms.
func (t *Terms) blank(dim agreement.Dimension) {
	switch dim {
	case agreement.DimPrice:
		t.Price, t.FindersFee = nil, money.Amount{}
	case agreement.DimQuantity:
		t.Quantity = 0
	case agreement.DimAccelerator:
		t.Accelerator = ""
	case agreement.DimRegion:
		t.Cloud, t.Region, t.Country = "", "", ""
	case agreement.DimStart:
		t.Period.From = 0
	case agreement.DimDuration:
		t.Period.Until = 0
	case agreement.DimServiceLevel:
		t.ServiceLevel = 0
	case agreement.DimInterconnect:
		t.Interconnect = ""
	case agreement.DimTakeOrPay:
		t.TakeOrPay = 0
	case agreement.DimPrepayment:
		t.Prepayment = 0
	case agreement.DimTermination:
		t.Termination = 0
	case agreement.DimNonCash:
		t.NonCash, t.NonCashValue = nil, money.Amount{}
	}
}
