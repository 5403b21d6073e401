package demo

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/examples"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/money"
	"firstlook/need"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// The population of a demonstration server: an invented buyer and clouds with needs in different states, and the founding case. Everything is done
// by commands to a desk whose clock runs through the last days, so the record is one that could have come about.

//go:embed acme.yaml
var acmeText []byte

//go:embed providers.yaml
var providersText []byte

// Parties of the invented story.
const (
	acme      party.ID = "acme-labs"
	northwind party.ID = "northwind"
	contoso   party.ID = "contoso-cloud"
	fabrikam  party.ID = "fabrikam"
)

// Seat is a desk at which somebody may sit in the demonstration.
type Seat struct {
	ID     string
	Party  party.ID
	Person string
	Role   string // as package identity writes it
	Says   string // what the seat is for
}

// Seats are the desks of the population.
var Seats = []Seat{
	{"planner", acme, "Ada Berg", "planner", "Submits needs at the buyer, compares offers and chooses."},
	{"counsel", acme, "Jonas Reuter", "counsel", "Keeps the buyer's agreements, determines what they leave open, signs."},
	{"finance", acme, "Mira Sand", "finance", "Reads what it costs at the buyer."},
	{"northwind", northwind, "Sam Okafor", "holder-desk", "Holds a right to match. A notice waits for an answer."},
	{"contoso", contoso, "Ellen Price", "holder-desk", "Holds a first offer on training in Europe. It has asked for information."},
	{"contoso-sales", contoso, "Tom Reyes", "provider-desk", "Makes firm offers when it is asked."},
	{"fabrikam", fabrikam, "Lena Voss", "provider-desk", "Makes firm offers; a rival that holds no right to match."},
	{"openai", buyer, "Planner of the case", "planner", "The buyer of the public founding case."},
	{"microsoft", holder, "Desk of the case", "holder-desk", "The right holder of the public founding case."},
	{"auditor", "auditor", "Iris Holm", "auditor", "Reads everything and decides nothing."},
}

// Populate fills an empty record. The invented story ends at the instant now; tables are what the server compares offers with.
func Populate(ctx context.Context, store journal.Store, tables desk.Tables, now calendar.Instant) error {
	started, err := calendar.Parse(begin)
	if err != nil {
		return err
	}
	clock := &jumping{started}
	d, err := desk.Open(ctx, store, clock, tables)
	if err != nil {
		return err
	}
	now -= now % calendar.Instant(time.Minute/time.Microsecond) // deadlines that people read end on a whole minute
	p := &population{ctx: ctx, desk: d, clock: clock, now: now}
	if err := p.law(); err != nil {
		return err
	}
	if err := p.founding(); err != nil {
		return fmt.Errorf("the founding case: %w", err)
	}
	for _, story := range []func() error{p.awarded, p.released, p.stopped, p.tolled, p.countered, p.barred, p.open, p.round, p.ongoing} {
		if err := story(); err != nil {
			return err
		}
	}
	clock.now = max(clock.now, now)
	return d.FireDue(ctx)
}

// population is a record in the making.
type population struct {
	ctx   context.Context
	desk  *desk.Desk
	clock *jumping
	now   calendar.Instant
	n     int // needs so far
	offer int
}

// law records the agreements, with dates around now, and the providers.
func (p *population) law() error {
	year := p.now.Time().Year()
	text := strings.NewReplacer("2026-01-01", fmt.Sprintf("%d-01-01", year-1), "2028-01-01", fmt.Sprintf("%d-01-01", year+2)).Replace(string(acmeText))
	if _, err := p.desk.AddAgreement(p.ctx, "acme-northwind.yaml", []byte(text)); err != nil {
		return err
	}
	if _, err := p.desk.AddAgreement(p.ctx, "microsoft-openai.yaml", examples.Read("microsoft-openai.yaml")); err != nil {
		return err
	}
	_, err := p.desk.SetProviders(p.ctx, "providers.yaml", providersText)
	return err
}

// founding plays the public case of March 2025 to its end.
func (p *population) founding() error {
	n, err := need.Parse("research-training.yaml", examples.Read("needs/research-training.yaml"))
	if err != nil {
		return err
	}
	n.ID = p.next()
	offers, err := listOffers(&n.Lines[0])
	if err != nil {
		return err
	}
	play := &Play{ctx: p.ctx, desk: p.desk, clock: p.clock, told: func(calendar.Instant, party.ID, string, []right.Event) {}}
	_, err = play.run(n, conducts(money.Nanos(12_290_000_000, money.USD))[0], offers)
	return err
}

func (p *population) next() capacity.NeedID {
	p.n++
	return capacity.NeedID(fmt.Sprintf("n%d", p.n))
}

// ago moves the clock to so many hours before now; it never goes back.
func (p *population) ago(hours int) error {
	p.clock.now = max(p.clock.now, p.now-calendar.Instant(hours)*calendar.Instant(calendar.Hour))
	return p.desk.FireDue(p.ctx)
}

// do gives commands in their order.
func (p *population) do(id capacity.NeedID, by party.ID, person string, asks ...right.Ask) error {
	for _, ask := range asks {
		p.clock.now += calendar.Instant(7 * time.Minute / time.Microsecond)
		if _, err := p.desk.Do(p.ctx, id, right.Command{By: by, Person: person, Ask: ask}, ""); err != nil {
			return fmt.Errorf("%s, %s of %s: %w", id, fmt.Sprintf("%T", ask), by, err)
		}
	}
	return nil
}

// want is a need of the invented buyer in few words.
type want struct {
	title, class, purpose, accelerators string
	quantity                            int
	regions                             string
	days                                int // until it begins
	length                              string
	window                              string
}

func (p *population) submit(w want) (capacity.NeedID, error) {
	start := (p.now + calendar.Instant(w.days)*24*calendar.Instant(calendar.Hour)).Time().Format("2006-01-02")
	values := map[string][]string{"buyer": {string(acme)}, "title": {w.title}, "class": {w.class}, "purpose": {w.purpose}, "accelerators": strings.Split(w.accelerators, ","),
		"quantity": {fmt.Sprint(w.quantity)}, "start": {start}, "duration": {w.length}, "offers-window": {w.window}}
	if w.regions != "" {
		values["regions"] = strings.Split(w.regions, ",")
	}
	n, err := need.FromFlags(values)
	if err != nil {
		return "", err
	}
	n.ID = p.next()
	return n.ID, p.do(n.ID, acme, "Ada Berg", right.Submit{Need: n})
}

// bid makes a firm offer for the whole of a need's line.
func (p *population) bid(id capacity.NeedID, by party.ID, price, place string) error {
	s, err := p.desk.State(p.ctx, id)
	if err != nil {
		return err
	}
	line := &s.Need.Lines[0]
	t, err := offer.ParseTerms(fmt.Sprintf("%s x%d %s @ %s USD/gpu-h in %s sla 99.9", line.Reference(), line.Quantity, line.Period, price, place))
	if err != nil {
		return err
	}
	p.offer++
	o := offer.Offer{ID: offer.ID(fmt.Sprintf("o-%d", p.offer)), Provider: by, Need: id, Terms: t, ValidUntil: p.now + calendar.Instant(90*24)*calendar.Instant(calendar.Hour),
		Salt: fmt.Sprintf("demonstration-%d", p.offer)}
	if known, ok := p.desk.Law().Book.Provider(by); ok {
		o.Security = known.Security
	}
	return p.do(id, by, "", right.SubmitOffer{Offer: o})
}

// marketed submits a need, lets two providers offer and chooses once the round is closed: a matter of the right to match follows.
func (p *population) marketed(w want, hoursAgo int) (capacity.NeedID, error) {
	if err := p.ago(hoursAgo); err != nil {
		return "", err
	}
	id, err := p.submit(w)
	if err != nil {
		return id, err
	}
	if err := errors.Join(p.bid(id, contoso, "2.10", "contoso/eu-west country GB"), p.bid(id, fabrikam, "2.35", "fabrikam/eu-central country DE")); err != nil {
		return id, err
	}
	if err := p.ago(hoursAgo - hoursOf(w.window)); err != nil {
		return id, err
	}
	return id, p.do(id, acme, "Ada Berg", right.Choose{Lot: 1})
}

func hoursOf(window string) int {
	n := 0
	_, _ = fmt.Sscan(window, &n) // our own texts, and a need whose window does not read is refused before
	return n
}

// awarded: a rival's award after the right lapsed, signed.
func (p *population) awarded() error {
	id, err := p.marketed(want{"Inference for the autumn release", "inference", "internal", "H100,H200", 64, "", 30, "90 days", "24 hours"}, 8*24)
	if err != nil {
		return err
	}
	if err := p.ago(4 * 24); err != nil { // the window of 48 hours passes
		return err
	}
	s, err := p.desk.State(p.ctx, id)
	if err != nil {
		return err
	}
	if len(s.Awards) == 0 {
		return fmt.Errorf("%s has no award", id)
	}
	return p.do(id, acme, "Jonas Reuter", right.Sign{Award: 1, Terms: s.Awards[0].Terms})
}

// released: a first offer that was declined; the lot stands in the market within its tail, and its round is over.
func (p *population) released() error {
	if err := p.ago(4 * 24); err != nil {
		return err
	}
	id, err := p.submit(want{"Training run for the speech models", "training", "research", "H100", 128, "eu-west", 60, "60 days", "24 hours"})
	if err != nil {
		return err
	}
	if err := p.do(id, contoso, "Ellen Price", right.Receipt{Matter: 1, At: p.clock.now}, right.Answer{Matter: 1, Kind: right.Decline}); err != nil {
		return err
	}
	return errors.Join(p.bid(id, fabrikam, "2.60", "fabrikam/eu-west country DE"), p.bid(id, contoso, "2.55", "contoso/eu-west country GB"))
}

// stopped: a first call whose window passed under a clause that does not say what silence means.
func (p *population) stopped() error {
	if err := p.ago(3 * 24); err != nil {
		return err
	}
	_, err := p.submit(want{"Nightly batch scoring", "batch", "internal", "A100-80GB", 48, "", 14, "120 days", "24 hours"})
	return err
}

// tolled: a first offer whose window stands still for information.
func (p *population) tolled() error {
	if err := p.ago(50); err != nil {
		return err
	}
	id, err := p.submit(want{"Fine-tuning cluster in the north", "training", "product_training", "H100", 96, "eu-north", 45, "180 days", "48 hours"})
	if err != nil {
		return err
	}
	if err := p.do(id, contoso, "Ellen Price", right.Receipt{Matter: 1, At: p.clock.now}); err != nil {
		return err
	}
	return p.do(id, contoso, "Ellen Price", right.RequestInformation{Matter: 1, What: "Which storage throughput does the run need, and may the nodes stand in two halls?"})
}

// countered: the right to match is answered with other terms; its window goes on.
func (p *population) countered() error {
	id, err := p.marketed(want{"Search ranking, second region", "inference", "internal", "H100", 32, "", 40, "120 days", "6 hours"}, 30)
	if err != nil {
		return err
	}
	s, err := p.desk.State(p.ctx, id)
	if err != nil {
		return err
	}
	m := &s.Matters[0]
	line := &s.Need.Lines[0]
	t, err := offer.ParseTerms(fmt.Sprintf("%s x%d %s @ 2.20 USD/gpu-h in northwind/eu-central country DE sla 99.9", line.Reference(), line.Quantity, line.Period))
	if err != nil {
		return err
	}
	return p.do(id, northwind, "Sam Okafor", right.Answer{Matter: m.ID, Kind: right.Exercise, Terms: &t})
}

// barred: an exclusivity leaves nobody else to ask.
func (p *population) barred() error {
	if err := p.ago(20); err != nil {
		return err
	}
	_, err := p.submit(want{"Public API, more capacity", "api", "internal", "H100", 40, "", 30, "365 days", "24 hours"})
	return err
}

// open: a notice waits for the holder's answer.
func (p *population) open() error {
	_, err := p.marketed(want{"Assistant inference, winter peak", "inference", "internal", "H100", 64, "", 50, "90 days", "6 hours"}, 12)
	return err
}

// round: providers are asked for offers, one has made its own.
func (p *population) round() error {
	if err := p.ago(4); err != nil {
		return err
	}
	id, err := p.submit(want{"Evaluation of the next generation", "inference", "internal", "H100,H200", 16, "", 35, "60 days", "48 hours"})
	if err != nil {
		return err
	}
	return p.bid(id, fabrikam, "2.45", "fabrikam/eu-central country DE")
}

// ongoing is a need of the founding case's buyer that is at work now.
func (p *population) ongoing() error {
	if err := p.ago(3); err != nil {
		return err
	}
	start := (p.now + 60*24*calendar.Instant(calendar.Hour)).Time().Format("2006-01-02")
	n, err := need.FromFlags(map[string][]string{"buyer": {string(buyer)}, "title": {"Product inference, any cloud"}, "class": {"inference"}, "purpose": {"product"},
		"accelerators": {"H100", "H200"}, "quantity": {"1024"}, "start": {start}, "duration": {"180 days"}, "offers-window": {"72 hours"}})
	if err != nil {
		return err
	}
	n.ID = p.next()
	return p.do(n.ID, buyer, "Planner of the case", right.Submit{Need: n})
}
