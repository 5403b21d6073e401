package scenario

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

var (
	seed      = flag.Uint64("seed", 0, "seed of the random histories; 0 for another each time")
	histories = flag.Int("histories", 500, "number of random histories")
	every     = flag.Bool("every", true, "every kind of right, every modifier and every power; the first kinds alone where not")
	target    = flag.Int64("steps", 0, "go on until so many commands were put, whatever the number of histories; 0 for none")
)

// Random histories under random agreements: whatever the parties do, in whatever order, the engine may refuse it but may
// not break an invariant, lose itself in time, or tell another story when it is told again.
func TestRandomHistories(t *testing.T) {
	first := *seed
	if first == 0 {
		first = uint64(time.Now().UnixNano())
	}
	var (
		next, steps atomic.Int64
		failed      atomic.Bool
		wait        sync.WaitGroup
		began       = time.Now()
	)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := next.Add(1) - 1; more(i, steps.Load()) && !failed.Load(); i = next.Add(1) - 1 {
				d := dice{rand.New(rand.NewPCG(first+uint64(i), 1))}
				n, err := d.history()
				if now := steps.Add(int64(n)); now/progress != (now-int64(n))/progress {
					fmt.Printf("%d commands in %d histories, %.0f a second, from seed %d\n", now, i+1, float64(now)/time.Since(began).Seconds(), first)
				}
				if err != nil && !failed.Swap(true) {
					t.Errorf("%v\nreproduce with: go test ./internal/scenario -run TestRandomHistories -histories 1 -every=%t -seed %d", err, *every, first+uint64(i))
				}
			}
		})
	}
	wait.Wait()
	took := time.Since(began)
	t.Logf("%d histories from seed %d, %d commands, %.0f a second; again with -histories %d -every=%t -seed %d", next.Load(), first, steps.Load(),
		float64(steps.Load())/took.Seconds(), next.Load(), *every, first)
}

// progress is after how many commands a long run says how far it has come.
const progress = 250_000

// more reports whether another history is to be played.
func more(played, steps int64) bool {
	if *target > 0 {
		return steps < *target
	}
	return played < int64(*histories)
}

type dice struct{ *rand.Rand }

func (d dice) chance(percent int) bool { return d.IntN(100) < percent }

func pick[T any](d dice, of ...T) T { return of[d.IntN(len(of))] }

// maybe leaves a parameter open now and then.
func maybe[T any](d dice, of ...T) agreement.Param[T] {
	if d.chance(12) {
		return agreement.Param[T]{}
	}
	return agreement.Given(pick(d, of...))
}

func hours(n int) calendar.Rule {
	return calendar.Rule{Length: calendar.Length{N: n, Unit: calendar.Hours}}
}

var begin, _ = calendar.Parse("2026-03-02T12:00Z")

// law is a random agreement of one or two clauses, with a trigger, sometimes amended later.
func (d dice) law() *right.Law {
	a := &agreement.Agreement{ID: "acme", Grantor: "acme", Parties: []agreement.Party{{ID: "acme"}, {ID: "north", Clouds: []capacity.Cloud{"north"}},
		{ID: "south", Clouds: []capacity.Cloud{"south"}}}, Direction: agreement.Buys}
	for _, trigger := range triggers {
		a.Triggers = append(a.Triggers, agreement.Trigger{ID: trigger, CertifiedBy: []party.ID{"acme"}})
	}
	if *every && d.chance(12) {
		a.Direction = agreement.Sells
	}
	kinds := []agreement.Kind{agreement.FirstCall, agreement.FirstOffer, agreement.Match, agreement.Match, agreement.Exclusive}
	if *every && d.chance(75) {
		kinds = append(kinds, agreement.FirstNegotiation, agreement.ProRata, agreement.LastLook, agreement.NoLessFavourable, agreement.StepIn, agreement.CallOption)
	}
	for i := range 1 + d.IntN(2) {
		c := agreement.Clause{Ref: agreement.Ref{Agreement: "acme", Clause: agreement.ClauseID(fmt.Sprintf("c%d", i+1)), Version: 1},
			Kind: pick(d, kinds...), Holder: pick[party.ID](d, "north", "south"), Priority: i, Triggers: []agreement.TriggerID{"over"},
			Survival: maybe(d, agreement.RunOff, agreement.Terminate)}
		if d.chance(20) {
			c.Effective.Until = begin + calendar.Instant(int64(d.IntN(400))*calendar.Hour)
		}
		c.Process = d.process(c.Kind)
		d.narrow(&c)
		if *every {
			d.share(&c)
			d.empower(&c)
			d.further(&c)
		}
		a.Clauses = append(a.Clauses, c)
	}
	if d.chance(10) {
		a.Clauses = append(a.Clauses, agreement.Clause{Ref: agreement.Ref{Agreement: "acme", Clause: "build", Version: 1}, Kind: agreement.Approval, Holder: "north",
			Scope: agreement.Scope{Quantity: agreement.Range{Max: int64(20 + d.IntN(60))}}, Disapplies: []agreement.ClauseID{"c1"}, Triggers: []agreement.TriggerID{"over"}})
	}
	book := agreement.Book{Agreements: []*agreement.Agreement{a}, Providers: []agreement.Provider{{ID: "acme"}, {ID: "north"}, {ID: "south"}, {ID: "east"}, {ID: "west"}}}
	if d.chance(25) {
		book.Agreements = append(book.Agreements, d.beside(a))
	}
	return &right.Law{Book: book,
		Throughput: capacity.Throughput{Name: "test", Milli: map[capacity.Accelerator]int64{"H100": 1000, "H200": 1300}}}
}

// beside is a second agreement, with clauses of the same names: of the same buyer with another holder, or of another buyer.
func (d dice) beside(a *agreement.Agreement) *agreement.Agreement {
	b := *a
	b.ID, b.Triggers = "beta", nil
	if d.chance(30) {
		b.Grantor = "bravo"
	}
	b.Clauses = nil
	for _, c := range a.Clauses {
		c.Ref.Agreement, c.Triggers, c.Priority = "beta", nil, c.Priority+1
		if c.Kind == agreement.Approval {
			c.Disapplies = []agreement.ClauseID{"c2"}
		} else {
			c.Holder, c.Holders, c.Conditions, c.Forfeiture = pick[party.ID](d, "north", "south"), nil, nil, nil
			c.Kind = pick(d, agreement.FirstCall, agreement.FirstOffer, agreement.Match)
			c.Process = d.process(c.Kind)
		}
		b.Clauses = append(b.Clauses, c)
	}
	return &b
}

// narrow gives a clause a threshold or a carve-out now and then.
func (d dice) narrow(c *agreement.Clause) {
	if d.chance(15) && c.Kind != agreement.Exclusive {
		c.Threshold = agreement.Threshold{Quantity: int64(40 + d.IntN(80)), AggregateDays: 30}
	}
	if d.chance(10) {
		c.CarveOuts = []agreement.CarveOut{{Name: "small", Scope: agreement.Scope{Quantity: agreement.Range{Max: 40}}}}
	}
}

// amended puts a later text in the place of one clause: it takes effect now or later, and says or leaves open what becomes of
// open matters.
func (d dice) amended(law *right.Law, now calendar.Instant) *right.Law {
	out := *law
	text := *law.Book.Agreements[0]
	text.Clauses = slices.Clone(text.Clauses)
	i := d.IntN(len(text.Clauses))
	old := &text.Clauses[i]
	effective := now + calendar.Instant(int64(d.IntN(30))*calendar.Hour)
	latest := !slices.ContainsFunc(text.Clauses, func(c agreement.Clause) bool {
		return c.Ref.Clause == old.Ref.Clause && c.Ref.Version > old.Ref.Version
	})
	if !latest || old.Effective.Until.IsSet() && old.Effective.Until <= effective || old.Effective.From >= effective {
		return law
	}
	until := old.Effective.Until
	old.Effective.Until = effective
	later := *old
	later.Ref.Version++
	later.Effective = calendar.Span{From: effective, Until: until}
	later.Process = d.process(later.Kind)
	if *every {
		d.empower(&later)
		d.further(&later)
	}
	am := agreement.Amendment{ID: fmt.Sprintf("a%d", len(text.Amendments)+1), Effective: effective, Transition: maybe(d, agreement.KeepOld, agreement.EndMatters)}
	if d.chance(75) {
		text.Clauses = append(text.Clauses, later)
		am.Clauses = []agreement.Clause{later}
	} else {
		am.Ends = []agreement.ClauseID{old.Ref.Clause}
	}
	text.Amendments = append(slices.Clone(text.Amendments), am)
	out.Book.Agreements = slices.Clone(out.Book.Agreements)
	out.Book.Agreements[0] = &text
	return &out
}

func (d dice) process(kind agreement.Kind) agreement.Process {
	p := agreement.Process{
		Form: maybe(d, agreement.HoldersTerms, agreement.GrantorsTerms),
		Content: agreement.Given(pick(d, []agreement.Item{agreement.ItemQuantity}, []agreement.Item{agreement.ItemPrice}, []agreement.Item{agreement.ItemPrice, agreement.ItemCounterparty},
			[]agreement.Item{pick(d, agreement.Items...), pick(d, agreement.Items...)})),
		Delivery:  maybe(d, agreement.Delivery{Channel: agreement.Desk, Clock: agreement.OnSent}, agreement.Delivery{Channel: agreement.Desk, Clock: agreement.OnReceived}, agreement.Delivery{Channel: agreement.Email, Clock: agreement.OnDeemed, Deemed: []agreement.Deemed{{Channel: agreement.Email, After: hours(5)}}}),
		Window:    maybe(d, hours(24), hours(72)),
		Silence:   maybe(d, agreement.Silences...),
		Partial:   maybe(d, agreement.PartialAllowed, agreement.PartialAllowed, agreement.WholeOnly),
		Match:     maybe(d, agreement.MatchRule{Rule: agreement.SameOrBetter}, agreement.MatchRule{Rule: agreement.Identical}, agreement.MatchRule{Rule: agreement.IdenticalPrincipal, Principal: []agreement.Dimension{agreement.DimPrice}}),
		Counter:   maybe(d, agreement.CounterContinues, agreement.CounterSpends),
		ReleaseOn: maybe(d, agreement.Outcomes, []agreement.Outcome{agreement.OnDeclined}, []agreement.Outcome{agreement.OnLapsed, agreement.OnUnable}),
		Tail: maybe(d, agreement.Tail{Length: hours(100), Cap: agreement.CapNoticed}, agreement.Tail{Cap: agreement.CapNoticed, Counterparty: true},
			agreement.Tail{Length: hours(30), Cap: agreement.CapNamed}, agreement.Tail{Cap: agreement.CapNone}),
		Reopen:          maybe(d, agreement.Reopens, []agreement.Reopen{agreement.OnFellThrough}, []agreement.Reopen{}),
		Response:        maybe(d, hours(24)),
		ResponseSilence: maybe(d, agreement.OnRejected, ""),
	}
	if *every {
		d.more(kind, &p)
	}
	if kind == agreement.FirstCall && d.chance(70) {
		p.RateCard = agreement.Given([]agreement.CardRate{{Accelerator: "H100", Rate: money.Nanos(3_000_000_000, money.USD)}})
	}
	return p
}

func (d dice) terms(quantity int64) offer.Terms {
	from, _ := calendar.Parse("2026-06-01")
	until, _ := calendar.Parse("2026-09-01")
	price := money.Nanos(int64(20+d.IntN(5))*100_000_000, money.USD)
	terms := offer.Terms{Price: []offer.Step{{From: from, Rate: price}}, Accelerator: pick[capacity.Accelerator](d, "H100", "H100", "H200"), Quantity: quantity,
		Country: "US", Cloud: pick[capacity.Cloud](d, "north", "east"), Period: calendar.Span{From: from, Until: until}}
	if d.chance(40) {
		terms.ServiceLevel, terms.Interconnect = 99_500, capacity.RoCE
	}
	if d.chance(10) {
		terms.Country = ""
	}
	if *every && d.chance(8) {
		terms.NonCash, terms.NonCashValue = []string{"licence"}, money.Micros(int64(d.IntN(3))*1_000_000_000, money.USD)
	}
	if *every && d.chance(8) {
		terms.FindersFee = money.Micros(int64(d.IntN(3))*1_000_000_000, money.USD)
	}
	return terms
}

// need is a random need of one line or two, and what else the buyer asked for lately.
func (d dice) need(sells bool) right.Submit {
	period := d.terms(1).Period
	line := capacity.Line{Accelerators: []capacity.Accelerator{"H100", "H200"}, Quantity: 64, Least: 8, Divisible: true, Period: period}
	need := capacity.Need{ID: "n1", Buyer: "acme", Class: capacity.Training, Purpose: capacity.Research, Sourcing: capacity.Market, Tenure: capacity.New,
		OffersWindow: calendar.Length{N: 12, Unit: calendar.Hours}, Lines: []capacity.Line{line}}
	if d.chance(15) {
		need.ServiceLevel, need.Interconnect = 99_000, capacity.Ethernet
	}
	if d.chance(15) {
		need.Lines[0].Residency = []capacity.Country{"US"}
	}
	if d.chance(25) {
		line.Quantity = int64(16 + d.IntN(64))
		need.Lines = append(need.Lines, line)
	}
	need.Sells = sells
	if d.chance(20) {
		need.Budget = money.Micros(int64(1+d.IntN(4))*300_000_000_000, money.USD)
	}
	sub := right.Submit{Need: need}
	for i := range d.IntN(4) {
		sub.Related = append(sub.Related, right.Related{Need: capacity.NeedID(fmt.Sprintf("n%d", i+1)), Buyer: "acme", Class: pick(d, capacity.Training, capacity.Inference),
			Quantity: int64(d.IntN(60)), Submitted: begin - calendar.Instant(int64(d.IntN(50*24))*calendar.Hour)})
		if d.chance(30) {
			last := &sub.Related[len(sub.Related)-1]
			last.Budget = need.Budget
			last.Taken = []right.TakenAward{{Clause: agreement.Ref{Agreement: "acme", Clause: "c1", Version: 1}, Holder: "north", Quantity: int64(1 + d.IntN(40)), At: last.Submitted}}
			last.Notices = []right.GivenNotice{{Clause: agreement.Ref{Agreement: "acme", Clause: "c1", Version: 1}, Holder: "north", At: begin - calendar.Instant(int64(d.IntN(80))*calendar.Hour)}}
		}
	}
	return sub
}

// history plays one random story and returns how many commands it had.
func (d dice) history() (int, error) {
	law := d.law()
	s := &stream{id: "n1", state: right.Begin(law)}
	now := begin
	steps := 0
	do := func(c right.Command) error {
		steps++
		if _, err := s.decide(law, c, now); err != nil {
			return fmt.Errorf("%s\n%w", s.story(), err)
		}
		return nil
	}
	if err := do(right.Command{By: "acme", Ask: d.need(law.Book.Agreements[0].Direction == agreement.Sells)}); err != nil {
		return steps, err
	}
	for range 30 + d.IntN(30) {
		now = d.later(s, now)
		if changed := d.change(law, now); changed != law {
			if _, err := s.overdue(law, now); err != nil {
				return steps, fmt.Errorf("%s\n%w", s.story(), err)
			}
			law = changed
			s.state = s.state.Under(law)
			if err := do(right.Command{Ask: right.Settle{}}); err != nil {
				return steps, err
			}
		}
		if err := do(d.command(s)); err != nil {
			return steps, err
		}
	}
	if err := s.retell(); err != nil {
		return steps, fmt.Errorf("%s\n%w", s.story(), err)
	}
	return steps, nil
}

// story tells what was asked and what came of it.
func (s *stream) story() string {
	out := ""
	for i := range s.turns {
		t := &s.turns[i]
		out += fmt.Sprintf("%s %s/%s %T%+v\n", t.now, t.command.By, t.command.Person, t.command.Ask, t.command.Ask)
		for _, line := range right.Lines(t.events) {
			out += "    " + line + "\n"
		}
		if t.refusal != nil {
			out += "    " + t.refusal.Error() + "\n"
		}
	}
	return out
}

// change is another law now and then: a certified fact, or an amendment.
func (d dice) change(law *right.Law, now calendar.Instant) *right.Law {
	switch {
	case d.chance(4):
		changed := *law
		changed.Book.Facts = append(slices.Clip(changed.Book.Facts), d.fact(now))
		return &changed
	case d.chance(2):
		return d.amended(law, now)
	}
	return law
}

// later is some time on: a little, or exactly to the next deadline, or just before it.
func (d dice) later(s *stream, now calendar.Instant) calendar.Instant {
	due, ok := right.NextDeadline(s.state)
	switch {
	case ok && due > now && d.chance(25):
		return due
	case ok && due > now && d.chance(10):
		return due - 1
	case d.chance(10):
		return now
	}
	return now + calendar.Instant(int64(d.IntN(20))*calendar.Hour)
}

// command is mostly one that somebody has a reason for now, and sometimes any.
func (d dice) command(s *stream) right.Command {
	var likely []right.Command
	for i := range s.state.Matters {
		m := &s.state.Matters[i]
		if q := m.Question; q != nil {
			likely = append(likely, right.Command{By: "acme", Person: "jane", Ask: right.Determine{Matter: m.ID, Param: q.Param, Value: d.value(q.Param), Reason: "r"}})
		}
		if m.Status.Pending() {
			if *every {
				likely = append(likely, d.powers(s, m)...)
			}
			likely = append(likely, d.answer(m), d.answer(m), right.Command{By: "acme", Ask: right.Respond{Matter: m.ID, Accept: d.chance(50)}},
				right.Command{By: m.Holder, Ask: right.Receipt{Matter: m.ID, At: s.state.Last - calendar.Instant(d.IntN(2)*int(calendar.Hour))}})
			if m.Status == right.Deficient {
				terms := d.terms(64)
				likely = append(likely, right.Command{By: "acme", Ask: right.Notice{Matter: m.ID, Terms: &terms}})
			}
		} else if d.chance(10) {
			likely = append(likely, right.Command{By: m.Holder, Ask: right.Answer{Matter: m.ID, Kind: right.Waive}})
		} else if m.Clause().Process.AssignAfter && d.chance(30) {
			likely = append(likely, right.Command{By: m.Holder, Ask: right.Assign{Matter: m.ID, To: pick[party.ID](d, "south", "west", "east")}})
		}
	}
	for i := range s.state.Lots {
		l := &s.state.Lots[i]
		switch {
		case l.Status == right.InMarket && l.Round:
			likely = append(likely, d.offer(s), d.offer(s))
			if *every && len(s.state.Tenders) < 2 {
				likely = append(likely, d.offer(s), d.offer(s), d.offer(s), d.offer(s))
			}
		case l.Status == right.InMarket:
			likely = append(likely, right.Command{By: "acme", Ask: right.Choose{Lot: l.ID}}, right.Command{By: "acme", Ask: right.Choose{Lot: l.ID}},
				right.Command{By: "acme", Ask: right.RequestOffers{Lot: l.ID, Window: calendar.Length{N: 12, Unit: calendar.Hours}}}, right.Command{By: "acme", Ask: right.Reoffer{Lot: l.ID}})
		}
	}
	if *every {
		likely = append(likely, d.packages(s)...)
	}
	for i := range s.state.Awards {
		if a := &s.state.Awards[i]; !a.Ended && d.chance(30) {
			if *every {
				likely = append(likely, d.performance(a)...)
			}
			likely = append(likely, right.Command{By: "acme", Ask: right.FallThrough{Award: a.Awarded.Award, Reason: "r"}}, right.Command{By: "acme", Ask: right.Sign{Award: a.Awarded.Award, Terms: d.terms(a.Quantity)}})
		}
	}
	if len(likely) > 0 && !d.chance(5) {
		return pick(d, likely...)
	}
	return pick(d, right.Command{Ask: right.Settle{}}, d.offer(s), right.Command{By: "acme", Ask: right.Choose{Lot: right.LotID(1 + d.IntN(4))}},
		right.Command{By: "north", Ask: right.Answer{Matter: right.MatterID(1 + d.IntN(4)), Kind: pick(d, right.AnswerKinds...)}}, d.withdraw(),
		right.Command{By: "east", Ask: right.WithdrawOffer{Offer: "o1"}})
}

func (d dice) answer(m *right.Matter) right.Command {
	a := right.Answer{Matter: m.ID, Kind: pick(d, right.AnswerKinds...)}
	if d.chance(40) {
		a.Kind = right.Exercise
	}
	if d.chance(20) && m.More().Group != 0 {
		a.Least = 1 + d.Int64N(max(m.Quantity, 1))
	}
	if d.chance(40) {
		a.Quantity = 1 + d.Int64N(max(m.Quantity, 1))
		a.Rest = pick(d, "", right.Decline, right.Unable)
	}
	if d.chance(50) {
		terms := d.terms(max(a.Quantity, 1))
		if a.Quantity == 0 {
			terms.Quantity = m.Quantity
		}
		if m.Terms != nil && d.chance(70) {
			terms = *m.Terms
		}
		a.Terms = &terms
	}
	if *every && d.chance(50) {
		d.suits(&a, m)
	}
	return right.Command{By: m.Holder, Ask: a}
}

func (d dice) offer(s *stream) right.Command {
	by := pick[party.ID](d, "north", "east", "west", "east")
	o := offer.Offer{ID: offer.ID(fmt.Sprintf("o%d", len(s.state.Tenders)+1)), Provider: by, Need: "n1", Line: d.IntN(len(s.state.Need.Lines)), Terms: d.terms(int64(8 + d.IntN(90))),
		Package: d.pack(), ValidUntil: s.state.Last + calendar.Instant(int64(24+d.IntN(400))*calendar.Hour)}
	if o.Package != "" {
		d.fits(&o, s.state.Need)
	}
	if *every && d.chance(20) {
		o.Terms.Prepayment = 10_000
	}
	return right.Command{By: by, Ask: right.SubmitOffer{Offer: o}}
}

// value is a determination that reads.
func (d dice) value(param string) string {
	values := map[string][]string{
		"notice": {"{content: [quantity], channel: desk, clock: sent}"}, "form": {"holders_terms", "grantors_terms"}, "window": {"48 hours"}, "silence": {"lapse", "accept", "decline", "unable"},
		"partial": {"allowed", "whole_only"}, "match": {"{rule: same_or_better}"}, "counter": {"window_continues", "right_spent"}, "release_on": {"[declined, lapsed]", "[unable]"},
		"tail": {"{length: 50 hours, cap: noticed}", "{length: 5000 hours, cap: none}"}, "reopen": {"[fell_through]", "[tail_over]"}, "response": {"24 hours"}, "response_silence": {"rejected", "accepted"}, "survival": {"run_off", "terminate"},
		"information": {"{effect: toll, extension: 5 hours}", "{effect: none}", "{effect: restart}"}, "material_change": {"any", "{tolerances: {price: 5}}"}, "allocation": {"by_rank", "pro_rata"},
		"negotiation": {"30 hours"}, "metric": {"price", "landed_cost"}, "margin": {"0", "5"}, "price": {"as_awarded", "rate_card", "appraised", "lower"}, "appraised": {"2.10 USD"},
		"package": {"severable", "allocated_price", "whole_package", "not_allowed", "holders_choice"}, "rate_card": {"[]", "{H100: 2.20 USD}"}, "oversubscription": {"allowed", "none"}, "share": {"20", "45"}, "threshold": {"{quantity: 50}", "{quantity: 70, aggregate_days: 30}"},
	}
	return pick(d, append(values[param], "nonsense")...)
}
