package award

import (
	"cmp"
	"slices"
	"strings"

	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
)

// Landed is what one offer costs with everything that it brings along, at the most of the lot that it can cover.
type Landed struct {
	Offer        offer.ID             `json:"offer"`
	Provider     party.ID             `json:"provider"`
	Accelerator  capacity.Accelerator `json:"accelerator"`
	Cloud        capacity.Cloud       `json:"cloud,omitempty"`
	Region       capacity.Region      `json:"region,omitempty"`
	Accelerators int64                `json:"accelerators"`        // bought, of the offer's kind
	Equivalent   int64                `json:"equivalent"`          // what they amount to in the line's reference, rounded down
	Price        money.Amount         `json:"price"`               // over the line's period
	Transfers    []Transfer           `json:"transfers,omitempty"` // one per data set of the need, in its order
	Movement     money.Amount         `json:"movement,omitzero"`   // sum of the transfers
	Total        money.Amount         `json:"total"`               // price and movement
	// PerHour is the total per reference accelerator-hour, over no more than the quantity asked for; rounded up.
	PerHour money.Rate `json:"per_hour"`
}

// landed returns the landed cost of a source at the most that it can cover.
func (c *chooser) landed(s *source) Landed {
	t, p := &s.offer.Terms, &c.places[s.place]
	return Landed{
		Offer: s.offer.ID, Provider: s.offer.Provider, Accelerator: t.Accelerator, Cloud: t.Cloud, Region: t.Region,
		Accelerators: s.most, Equivalent: c.equivalent(s, s.most),
		Price: c.amount(s.priceMost), Transfers: p.transfers, Movement: p.moving, Total: c.amount(s.total), PerHour: s.perHour,
	}
}

// rank orders sources by landed cost per reference accelerator-hour, then total, provider id and offer id.
func rank(a, b *source) int {
	return cmp.Or(
		cmp.Compare(a.perHour.Nanos(), b.perHour.Nanos()),
		cmp.Compare(a.total, b.total),
		strings.Compare(string(a.offer.Provider), string(b.offer.Provider)),
		strings.Compare(string(a.offer.ID), string(b.offer.ID)))
}

// picks writes a mix as picks, the largest first. The data move to a place with the first pick there; what leaves a
// source for one place counts towards the tiers of the next.
func (c *chooser) picks(m cover) ([]Pick, error) {
	order := slices.Clone(m.takes)
	slices.SortFunc(order, func(a, b take) int {
		return cmp.Or(cmp.Compare(c.equivalent(b.source, b.n), c.equivalent(a.source, a.n)), rank(a.source, b.source))
	})
	var months meter
	seen := make([]int, 0, len(order))
	out := make([]Pick, 0, len(order))
	for _, t := range order {
		s := t.source
		pick := Pick{Offer: s.offer.ID, Provider: s.offer.Provider, Accelerators: t.n, Equivalent: c.equivalent(s, t.n),
			Price: c.amount(c.price(s, t.n))}
		if !slices.Contains(seen, s.place) {
			seen = append(seen, s.place)
			if err := c.move(&pick, &c.places[s.place], &months); err != nil {
				return nil, err
			}
		}
		var err error
		if pick.Total, err = pick.Price.Add(pick.Movement); err != nil {
			return nil, err
		}
		out = append(out, pick)
	}
	return out, nil
}

// move charges a pick with bringing every data set to its place.
func (c *chooser) move(pick *Pick, p *place, months *meter) error {
	for i, d := range c.problem.Need.DataSets {
		t, err := c.problem.Egress.bill(d, p.cloud, p.region, p.legs[i], months)
		if err != nil {
			return err
		}
		if pick.Movement, err = pick.Movement.Add(t.Amount); err != nil {
			return err
		}
		pick.Transfers = append(pick.Transfers, t)
	}
	return nil
}
