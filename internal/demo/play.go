package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/internal/pricebook"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

const (
	buyer  = party.ID("openai")
	holder = party.ID("microsoft")
)

// Conduct is how the holder behaves. What it has free is the same in every reading; what it says of the rest is not.
type Conduct struct {
	Name  string // "takes 2,048 and declines the rest"
	Free  int64  // accelerators that it can and will supply
	Rest  right.AnswerKind
	Quiet bool             // it never answers
	Price money.Rate       // its own price, where the right does not fix one
	Kinds []agreement.Kind // rights in which such conduct is possible; all when empty
}

// Play is one need under one reading with one conduct.
type Play struct {
	ctx     context.Context
	desk    *desk.Desk
	clock   *jumping
	conduct Conduct
	left    int64
	need    capacity.Need
	offers  []rivalOffer
	posted  bool
	// Told is called after each step with who acted, what it did, and what followed.
	told func(at calendar.Instant, who party.ID, did string, events []right.Event)
}

// jumping is a clock that stands still until it is moved.
type jumping struct{ now calendar.Instant }

func (c *jumping) Now() calendar.Instant                   { return c.now }
func (c *jumping) After(calendar.Instant) <-chan time.Time { return nil }

// start opens a desk on a store with one agreement and the providers.
func start(ctx context.Context, store journal.Store, agreementFile string, agreementText, providers []byte, begin calendar.Instant, told func(calendar.Instant, party.ID, string, []right.Event)) (*Play, error) {
	throughput, ok := pricebook.EmbeddedThroughput(pricebook.BF16Dense)
	if !ok {
		return nil, fmt.Errorf("the embedded throughput table %s is missing", pricebook.BF16Dense)
	}
	clock := &jumping{begin}
	d, err := desk.Open(ctx, store, clock, desk.Tables{Throughput: throughput, Egress: *pricebook.EmbeddedEgress()})
	if err != nil {
		return nil, err
	}
	if _, err := d.AddAgreement(ctx, agreementFile, agreementText); err != nil {
		return nil, err
	}
	if _, err := d.SetProviders(ctx, "providers.yaml", providers); err != nil {
		return nil, err
	}
	return &Play{ctx: ctx, desk: d, clock: clock, told: told}, nil
}

// do gives a command and tells what followed. A refusal is part of the story; anything else that fails is not.
func (p *Play) do(who party.ID, person, did string, ask right.Ask) (*right.Refusal, error) {
	out, err := p.desk.Do(p.ctx, p.need.ID, right.Command{By: who, Person: person, Ask: ask}, "")
	var no *right.Refusal
	if err != nil && !errors.As(err, &no) {
		return nil, err
	}
	if no != nil {
		did += " (" + no.Error() + ")"
	}
	p.told(p.clock.now, who, did, out.Events)
	return no, nil
}

// maxSteps bounds a play; the longest takes about fifteen.
const maxSteps = 60

// run plays the need to its end and returns the state.
func (p *Play) run(need capacity.Need, conduct Conduct, offers []rivalOffer) (right.State, error) {
	p.need, p.conduct, p.left, p.offers = need, conduct, conduct.Free, offers
	if _, err := p.do(buyer, "", "submits the need", right.Submit{Need: need}); err != nil {
		return right.State{}, err
	}
	for range maxSteps {
		s, err := p.desk.State(p.ctx, need.ID)
		if err != nil || s.Settled() {
			return s, err
		}
		moved, err := p.step(&s)
		if err != nil || !moved {
			return s, err
		}
	}
	return right.State{}, fmt.Errorf("the demo did not end after %d steps", maxSteps)
}

// step lets whoever has the word act; false when nobody has it.
func (p *Play) step(s *right.State) (bool, error) {
	for i := range s.Matters {
		m := &s.Matters[i]
		if !m.Status.Pending() {
			continue
		}
		return true, p.matter(m)
	}
	for i := range s.Lots {
		l := &s.Lots[i]
		if l.Status != right.InMarket {
			continue
		}
		if l.Round {
			return true, p.round(l)
		}
		no, err := p.do(buyer, "", "takes the cheapest lawful offers", right.Choose{Lot: l.ID})
		return no == nil, err
	}
	return false, nil
}

// matter moves one open matter on.
func (p *Play) matter(m *right.Matter) error {
	switch {
	case m.Status == right.Sent:
		return p.jump(m.DeemedAt)
	case m.Status == right.StandNamed:
		return p.respond(m)
	case p.conduct.Quiet:
		return p.jump(m.AnswerBy)
	}
	p.clock.now += calendar.Instant(46 * calendar.Hour) // the holder takes two days to answer
	return p.answer(m)
}

// jump moves the clock to a deadline and lets it fire.
func (p *Play) jump(to calendar.Instant) error {
	p.clock.now = max(p.clock.now, to)
	_, err := p.do("", "", "", right.Settle{})
	return err
}

// answer is the holder's conduct in words of the right that it has.
func (p *Play) answer(m *right.Matter) error {
	take := min(p.left, m.Quantity)
	a := right.Answer{Matter: m.ID, Kind: right.Exercise, Quantity: take, Rest: p.conduct.Rest}
	switch {
	case take == 0:
		a = right.Answer{Matter: m.ID, Kind: p.conduct.Rest}
	case m.Clause().Kind == agreement.FirstOffer:
		terms := p.own(m.Quantity, p.conduct.Price)
		a = right.Answer{Matter: m.ID, Kind: right.Name, Terms: &terms}
	case m.Terms != nil:
		terms := p.own(take, m.Terms.Price[0].Rate)
		a.Terms = &terms
	default:
		terms := p.own(take, p.conduct.Price)
		a.Terms = &terms
	}
	if take == m.Quantity {
		a.Rest = ""
	}
	if _, err := p.do(holder, "", p.says(a, take), a); err != nil {
		return err
	}
	if a.Kind == right.Exercise {
		p.left -= take
	}
	return nil
}

func (p *Play) says(a right.Answer, take int64) string {
	switch {
	case a.Kind == right.Name:
		return "names its terms: " + a.Terms.Price[0].Rate.String() + " an accelerator-hour"
	case a.Kind == right.Decline:
		return "declines"
	case a.Kind == right.Unable:
		return "certifies that it is unable"
	case a.Rest == right.Decline:
		return fmt.Sprintf("takes %s and declines the rest", thousands(take))
	case a.Rest == right.Unable:
		return fmt.Sprintf("takes %s and certifies that it is unable to supply the rest", thousands(take))
	}
	return fmt.Sprintf("takes %s", thousands(take))
}

// own are the holder's terms: what the need asks for, from its own region, at a price.
func (p *Play) own(quantity int64, rate money.Rate) offer.Terms {
	line := p.need.Lines[0]
	return offer.Terms{Price: []offer.Step{{From: line.Period.From, Rate: rate}}, Accelerator: line.Reference(), Quantity: quantity,
		Cloud: "azure", Region: "eastus", Country: "US", Period: line.Period}
}

// respond is the buyer's rule: it takes named terms that are no dearer than the cheapest list price it knows of.
func (p *Play) respond(m *right.Matter) error {
	best := p.offers[0].terms.Price[0].Rate
	for _, o := range p.offers {
		if c, err := o.terms.Price[0].Rate.Cmp(best); err == nil && c < 0 && o.terms.Country == "US" {
			best = o.terms.Price[0].Rate
		}
	}
	named := m.Named.Price[0].Rate
	c, err := named.Cmp(best)
	if err != nil {
		return err
	}
	p.clock.now += calendar.Instant(20 * calendar.Hour)
	did := fmt.Sprintf("rejects: the cheapest list price that it knows of is %s", best)
	if c <= 0 {
		did = fmt.Sprintf("accepts: no list price is below %s", best)
	}
	_, err = p.do(buyer, "", did, right.Respond{Matter: m.ID, Accept: c <= 0})
	return err
}

// round lets every rival post its offer once, then moves to the closing instant.
func (p *Play) round(l *right.Lot) error {
	if !p.posted {
		p.posted = true
		p.clock.now += calendar.Instant(24 * calendar.Hour)
		for i, o := range p.offers {
			post := offer.Offer{ID: offer.ID("o-" + string(o.provider)), Provider: o.provider, Need: p.need.ID, Terms: o.terms,
				ValidUntil: p.clock.now + calendar.Instant(90*24*calendar.Hour), Salt: fmt.Sprintf("demo-%d", i+1)}
			if _, err := p.do(o.provider, "", "posts a sealed firm offer", right.SubmitOffer{Offer: post}); err != nil {
				return err
			}
		}
	}
	return p.jump(l.Closes)
}

// rivalOffer is a list price made firm.
type rivalOffer struct {
	provider party.ID
	terms    offer.Terms
	source   string
}

// listOffers makes a firm offer of each rival's public list price: dated facts of the embedded price book, for a
// quantity that is an assumption.
func listOffers(line *capacity.Line) ([]rivalOffer, error) {
	supply := []struct {
		provider party.ID
		cloud    capacity.Cloud
		region   capacity.Region
		country  capacity.Country // where the catalog has one price for all places
		quantity int64
	}{
		{"coreweave", "coreweave", "", "US", 4096},
		{"lambda", "lambda", "", "US", 1024},
		{"aws", "aws", "us-east-1", "", 4096},
		{"oracle", "oci", "", "US", 4096},
		{"google", "gcp", "us-central1", "", 4096},
		{"nebius", "nebius", "eu-north1", "", 4096},
	}
	book := pricebook.Embedded()
	var out []rivalOffer
	for _, s := range supply {
		for i := range book.Rows {
			r := &book.Rows[i]
			if r.Cloud != s.cloud || r.Accelerator != line.Reference() || r.Kind != pricebook.OnDemand || s.region != "" && r.Region != s.region {
				continue
			}
			terms, err := r.Terms(s.quantity, line.Period)
			if err != nil {
				return nil, err
			}
			if terms.Country == "" {
				terms.Country = s.country
			}
			terms.Least = 512
			out = append(out, rivalOffer{s.provider, terms, fmt.Sprintf("%s, as of %s", r.Source, r.AsOf)})
			break
		}
	}
	if len(out) != len(supply) {
		return nil, fmt.Errorf("the embedded price book has %d of the %d list prices that the demo uses", len(out), len(supply))
	}
	return out, nil
}
