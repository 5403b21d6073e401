package award

import (
	"fmt"
	"math/big"
	"slices"

	"firstlook/award/mix"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
)

// planner turns a plan's problem into a winner determination and its answer back into a plan.
type planner struct {
	*PlanProblem
	problem  mix.Problem
	lots     []lotModel
	pairs    []planPair
	offers   map[OfferKey]int32
	answers  map[lineKey][]*offer.Offer
	moves    map[moveKey]int32 // charge by need and place
	copies   []Copy            // by charge
	budgets  map[capacity.NeedID]int32
	powers   map[capacity.NeedID]int32
	quotas   []int32
	shares   []int32 // by concentration and provider
	sharers  []party.ID
	currency money.Currency
}

type lotModel struct {
	*chooser
	excluded []Exclusion
}

// planPair is what a pair of the winner determination means.
type planPair struct {
	lot     int
	source  *source
	n       int64 // accelerators of one unit
	price   int64 // micro-units of one unit
	lost    int64
	provide party.ID
}

type lineKey struct {
	need capacity.NeedID
	line int
}

type moveKey struct {
	need   capacity.NeedID
	cloud  capacity.Cloud
	region capacity.Region
}

func newPlanner(p *PlanProblem) (*planner, error) {
	m := &planner{PlanProblem: p, offers: map[OfferKey]int32{}, answers: map[lineKey][]*offer.Offer{}, moves: map[moveKey]int32{}, budgets: map[capacity.NeedID]int32{}, powers: map[capacity.NeedID]int32{}}
	if err := m.check(); err != nil {
		return nil, err
	}
	for i := range p.Lots {
		if err := m.addLot(i); err != nil {
			return nil, err
		}
	}
	for i := range p.Commitments {
		c := &p.Commitments[i]
		if c.Left.Currency() != "" && c.Left.Currency() != m.currency || c.Left.Micros() < 0 {
			return nil, fmt.Errorf("commitment %s of %s: use 0 or more in %s", c.Clause, c.Left, m.currency)
		}
		m.problem.Commitments = append(m.problem.Commitments, mix.Commitment{Name: c.Clause.String(), Amount: c.Left.Micros()})
	}
	if err := m.addLimits(); err != nil {
		return nil, err
	}
	for i := range p.Lots {
		if err := m.addPairs(i); err != nil {
			return nil, err
		}
	}
	return m, m.addGroups()
}

// check finds offers that answer no lot, and lots of one line that add up to more than it.
func (m *planner) check() error {
	asked := map[lineKey]int64{}
	needs := map[capacity.NeedID]*capacity.Need{}
	if len(m.Lots) == 0 {
		return fmt.Errorf("there is nothing to plan")
	}
	for _, l := range m.Lots {
		if l.Need == nil || l.Line < 0 || l.Line >= len(l.Need.Lines) {
			return fmt.Errorf("a lot of line %d: the need has no such line", l.Line)
		}
		if other := needs[l.Need.ID]; other != nil && other != l.Need {
			return fmt.Errorf("need %q is given twice", l.Need.ID)
		}
		needs[l.Need.ID] = l.Need
		asked[lineKey{l.Need.ID, l.Line}] += l.Quantity
		if most := l.Need.Lines[l.Line].Quantity; asked[lineKey{l.Need.ID, l.Line}] > most {
			return fmt.Errorf("the lots of line %d of %s add up to more than its %d", l.Line+1, l.Need.ID, most)
		}
	}
	for _, o := range m.Offers {
		key := lineKey{o.Need, o.Line}
		m.answers[key] = append(m.answers[key], o)
		if _, ok := asked[key]; !ok {
			return fmt.Errorf("offer %s is for line %d of %q, of which nothing is to be planned", o.ID, o.Line+1, o.Need)
		}
	}
	return nil
}

// addLot examines the offers of a lot and makes its request.
func (m *planner) addLot(i int) error {
	l := &m.Lots[i]
	one := &Problem{Need: l.Need, Line: l.Line, Quantity: l.Quantity, Barred: map[offer.ID]Bar{}, Providers: m.Providers, Egress: m.Egress, Throughput: m.Throughput,
		Now: m.Now, Spent: l.Spent, DrawnWatts: l.DrawnWatts}
	for _, o := range m.answers[lineKey{l.Need.ID, l.Line}] {
		one.Offers = append(one.Offers, o)
		if bar, ok := m.Barred[OfferKey{o.Need, o.ID}]; ok {
			one.Barred[o.ID] = bar
		}
	}
	if err := one.check(); err != nil {
		return fmt.Errorf("need %s, line %d: %w", l.Need.ID, l.Line+1, err)
	}
	c := newChooser(one)
	if m.currency != "" && c.currency != m.currency {
		return fmt.Errorf("need %s is counted in %s, others in %s; plan them apart", l.Need.ID, c.currency, m.currency)
	}
	m.currency = c.currency
	m.lots = append(m.lots, lotModel{chooser: c})
	m.problem.Requests = append(m.problem.Requests, mix.Request{Name: fmt.Sprintf("%s line %d", l.Need.ID, l.Line+1), Work: l.Quantity * c.den, Must: m.Must,
		Divisible: c.line.Divisible})
	return nil
}

// addLimits makes budgets and power limits of needs, quotas and concentrations.
func (m *planner) addLimits() error {
	add := func(name string, most int64) int32 {
		m.problem.Limits = append(m.problem.Limits, mix.Limit{Name: name, Most: most})
		return int32(len(m.problem.Limits) - 1)
	}
	for i := range m.lots {
		c, need := m.lots[i].chooser, m.Lots[i].Need
		if _, ok := m.budgets[need.ID]; !ok && c.budget != noLimit {
			m.budgets[need.ID] = add("budget of "+string(need.ID), c.budget)
		}
		if _, ok := m.powers[need.ID]; !ok && c.watts != noLimit {
			m.powers[need.ID] = add("power of "+string(need.ID), c.watts)
		}
	}
	for _, q := range m.Quotas {
		if q.Most < 0 {
			return fmt.Errorf("a quota of %d accelerators in %s: use 0 or more", q.Most, q.place())
		}
		m.quotas = append(m.quotas, add("quota of "+q.place(), q.Most))
	}
	hours := new(big.Int)
	for i := range m.lots {
		hours.Add(hours, new(big.Int).Mul(big.NewInt(m.Lots[i].Quantity), big.NewInt(wholeHours(m.lots[i].line))))
	}
	for _, c := range m.Concentrations {
		if c.Share < 0 || c.Share > 100_000 {
			return fmt.Errorf("a greatest share of %s: use 0 to 100%%", c.Share)
		}
		most := new(big.Int).Div(new(big.Int).Mul(hours, big.NewInt(int64(c.Share))), big.NewInt(100_000))
		if !most.IsInt64() {
			return fmt.Errorf("the plan's accelerator-hours are out of range")
		}
		for _, provider := range m.providersOf(c) {
			m.shares = append(m.shares, add(fmt.Sprintf("at most %s with %s", c.Share, provider), most.Int64()))
			m.sharers = append(m.sharers, provider)
		}
	}
	return nil
}

func (m *planner) providersOf(c Concentration) (out []party.ID) {
	if c.Provider != "" {
		return []party.ID{c.Provider}
	}
	for _, o := range m.Offers {
		if !slices.Contains(out, o.Provider) {
			out = append(out, o.Provider)
		}
	}
	slices.Sort(out)
	return out
}

// wholeHours is the length of a line in hours, rounded up.
func wholeHours(l *capacity.Line) int64 { return (l.Period.Seconds() + 3599) / 3600 }

// addPairs makes the pairs of a lot's usable offers.
func (m *planner) addPairs(i int) error {
	l := &m.lots[i]
	open := int64(0)
	for _, o := range l.problem.Offers {
		s, x := l.examine(o)
		if x == nil && !m.LostHour.IsZero() && o.Terms.ServiceLevel == 0 {
			x = &Exclusion{Offer: o.ID, Provider: o.Provider, Code: CodeServiceLevel, Reason: "it promises no service level, so its lost hours cannot be priced"}
		}
		if x != nil {
			l.excluded = append(l.excluded, *x)
			continue
		}
		q, pair, err := m.pairOf(i, &s)
		if err != nil {
			l.excluded = append(l.excluded, Exclusion{Offer: o.ID, Provider: o.Provider, Code: CodeOverflow, Reason: err.Error()})
			continue
		}
		m.problem.Pairs, m.pairs = append(m.problem.Pairs, q), append(m.pairs, pair)
		open = max(open, plus(q.Cost*q.Most, s.moving)/s.most*l.required(&s, l.quantity)+s.moving)
	}
	request := &m.problem.Requests[i]
	switch {
	case m.Must:
	case m.Unserved.IsZero():
		request.Penalty = 4*open + 1_000_000
	default:
		hours, err := m.Unserved.Times(l.line.Period.Seconds(), 3600, money.Up)
		if err == nil {
			hours, err = hours.Scale(l.quantity, 1, money.Up)
		}
		if err != nil || m.Unserved.Currency() != m.currency {
			return fmt.Errorf("unserved accelerator-hours at %s: out of range or not in %s", m.Unserved, m.currency)
		}
		request.Penalty = hours.Micros()
	}
	return nil
}

// pairOf makes the pair of a source: one unit is the whole of an indivisible lot, else one accelerator.
func (m *planner) pairOf(i int, s *source) (mix.Pair, planPair, error) {
	l, t := &m.lots[i], &s.offer.Terms
	pair := planPair{lot: i, source: s, n: 1, provide: s.offer.Provider}
	q := mix.Pair{Request: int32(i), Offer: m.offerOf(s.offer), Least: s.least, Most: s.most, Yield: s.num}
	if !l.line.Divisible {
		pair.n, q.Least, q.Most, q.Yield = s.most, 1, 1, s.most*s.num
	}
	q.Draw = pair.n
	price, err := t.Cost(pair.n, l.line.Period)
	if err != nil {
		return q, pair, err
	}
	if !m.LostHour.IsZero() {
		if pair.lost, err = m.lostHours(l, s, pair.n); err != nil {
			return q, pair, err
		}
	}
	pair.price = price.Micros()
	q.Cost = plus(pair.price, pair.lost)
	q.Charge = m.moveOf(i, s)
	if q.Cost > unaffordable/4/max(q.Most, 1) {
		return q, pair, fmt.Errorf("its price over the period is out of range")
	}
	q.Uses = m.usesOf(i, s, q.Cost, pair.n)
	for k := range m.Commitments {
		if amount := m.countsTowards(&m.Commitments[k], i, s, pair.n); amount > 0 {
			q.Spends = append(q.Spends, mix.Use{Of: int32(k), Amount: min(amount, pair.price)})
		}
	}
	return q, pair, nil
}

// offerOf returns the index of an offer; the lots of one line share it.
func (m *planner) offerOf(o *offer.Offer) int32 {
	key := OfferKey{o.Need, o.ID}
	if at, ok := m.offers[key]; ok {
		return at
	}
	m.offers[key] = int32(len(m.problem.Offers))
	m.problem.Offers = append(m.problem.Offers, mix.Offer{Name: fmt.Sprintf("%s of %s", o.ID, o.Provider), Capacity: o.Terms.Quantity})
	return m.offers[key]
}

// lostHours prices the hours that the promised service level lets n accelerators be down.
func (m *planner) lostHours(l *lotModel, s *source, n int64) (int64, error) {
	rate, err := m.LostHour.Scale(s.num, l.den, money.Up)
	if err == nil {
		rate, err = rate.Scale(100_000-int64(s.offer.Terms.ServiceLevel), 100_000, money.Up)
	}
	if err != nil {
		return 0, err
	}
	one, err := rate.Times(l.line.Period.Seconds(), 3600, money.Up)
	if err == nil {
		one, err = one.Scale(n, 1, money.Up)
	}
	if err == nil && one.Currency() != m.currency {
		err = fmt.Errorf("lost hours are priced in %s, the plan in %s", one.Currency(), m.currency)
	}
	return one.Micros(), err
}

// moveOf returns the charge for bringing the need's data to a source's place: 0 where nothing is paid.
func (m *planner) moveOf(i int, s *source) int32 {
	need, place := m.Lots[i].Need, &m.lots[i].places[s.place]
	if len(need.DataSets) == 0 {
		return 0
	}
	key := moveKey{need.ID, place.cloud, place.region}
	if at, ok := m.moves[key]; ok {
		return at
	}
	c := mix.Charge{Name: fmt.Sprintf("data of %s to %s", need.ID, placeName(place.cloud, place.region)), Cost: place.moving.Micros()}
	if row, ok := m.budgets[need.ID]; ok {
		c.Uses = []mix.Use{{Of: row, Amount: c.Cost}}
	}
	m.problem.Charges = append(m.problem.Charges, c)
	out := Copy{Need: need.ID, To: placeName(place.cloud, place.region), Transfers: place.transfers, Amount: m.amount(c.Cost)}
	if m.Mbps > 0 {
		for _, t := range place.transfers {
			if t.To != ToSameRegion {
				out.Seconds += (t.GB*8_000 + m.Mbps - 1) / m.Mbps // GB are at most 10^12
			}
		}
	}
	m.copies = append(m.copies, out)
	m.moves[key] = int32(len(m.problem.Charges))
	return m.moves[key]
}

func (m *planner) amount(micros int64) money.Amount { return money.Micros(micros, m.currency) }

// usesOf returns what a unit of n accelerators counts towards the limits, in their order.
func (m *planner) usesOf(i int, s *source, cost, n int64) (out []mix.Use) {
	need, l, t := m.Lots[i].Need, &m.lots[i], &s.offer.Terms
	if row, ok := m.budgets[need.ID]; ok {
		out = append(out, mix.Use{Of: row, Amount: cost})
	}
	if row, ok := m.powers[need.ID]; ok {
		out = append(out, mix.Use{Of: row, Amount: n * s.watts})
	}
	for k, q := range m.Quotas {
		if q.Cloud == t.Cloud && (q.Region == "" || q.Region == t.Region) {
			out = append(out, mix.Use{Of: m.quotas[k], Amount: n})
		}
	}
	for k, provider := range m.sharers {
		if provider == s.offer.Provider {
			work := min(n*s.num, l.quantity*l.den) // what is bought beyond the quantity counts for nothing
			hours := new(big.Int).Mul(big.NewInt(work), big.NewInt(wholeHours(l.line)))
			hours.Add(hours, big.NewInt(l.den-1)).Div(hours, big.NewInt(l.den))
			out = append(out, mix.Use{Of: m.shares[k], Amount: hours.Int64()})
		}
	}
	slices.SortFunc(out, func(a, b mix.Use) int { return int(a.Of - b.Of) })
	return out
}

// countsTowards returns what n accelerators of a source draw down of a commitment, in micro-units.
func (m *planner) countsTowards(c *Commitment, i int, s *source, n int64) int64 {
	if s.offer.Provider != c.Holder {
		return 0
	}
	if _, in := c.Scope.Admits(m.Lots[i].Need, m.Lots[i].Line); !in {
		return 0
	}
	over := m.lots[i].line.Period
	if c.Over.From.IsSet() {
		over.From = max(over.From, c.Over.From)
	}
	if c.Over.Until.IsSet() {
		over.Until = min(over.Until, c.Over.Until)
	}
	if over.Until <= over.From {
		return 0
	}
	a, err := s.offer.Terms.Cost(n, over)
	if err != nil { // cannot be: the whole period was in range
		return 0
	}
	return a.Micros()
}

// joined returns the offers that their providers joined: all or nothing together, across the lines of a need.
func (m *planner) joined() (out [][]OfferKey) {
	type name struct {
		need     capacity.NeedID
		provider party.ID
		of       string
	}
	at := map[name]int{}
	for _, o := range m.Offers {
		if o.Package == "" {
			continue
		}
		k := name{o.Need, o.Provider, o.Package}
		if _, ok := at[k]; !ok {
			at[k] = len(out)
			out = append(out, nil)
		}
		out[at[k]] = append(out[at[k]], OfferKey{o.Need, o.ID})
	}
	return out
}

// addGroups makes packages and volume steps.
func (m *planner) addGroups() error {
	group := func(keys []OfferKey) (out []int32, missing bool, err error) {
		for _, k := range keys {
			at, ok := m.offers[k]
			if !ok && !slices.ContainsFunc(m.Offers, func(o *offer.Offer) bool { return o.Need == k.Need && o.ID == k.Offer }) {
				return nil, false, fmt.Errorf("a package or a list of volume steps names offer %s of need %s, which is not given", k.Offer, k.Need)
			}
			if missing = missing || !ok; ok {
				out = append(out, at)
			}
		}
		return out, missing, nil
	}
	for _, keys := range append(slices.Clone(m.Packages), m.joined()...) {
		offers, missing, err := group(keys)
		if err != nil {
			return err
		}
		if missing { // a part of it may not be taken, so none may
			for _, o := range offers {
				m.problem.Offers[o].Capacity = 0
			}
			continue
		}
		m.problem.Packages = append(m.problem.Packages, offers)
	}
	for _, keys := range m.Steps {
		offers, _, err := group(keys)
		if err != nil {
			return err
		}
		m.problem.Rivals = append(m.problem.Rivals, offers)
	}
	return nil
}
