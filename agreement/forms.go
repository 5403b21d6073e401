package agreement

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/strict"
	"firstlook/money"
	"firstlook/party"
)

// unspecified is the word for a parameter on which the signed text is silent; leaving the key out means the same.
const unspecified = "unspecified"

const silentDoc = "The text is silent. A decision that needs the value stops until a person determines it."

// open is a parameter that may be left unspecified.
func open[T any](form strict.Form[T]) strict.Form[Param[T]] {
	return strict.Map(strict.Or(unspecified, silentDoc, form), func(v *T) (Param[T], error) {
		if v == nil {
			return Param[T]{}, nil
		}
		return Given(*v), nil
	})
}

// silent is a value that may be left unspecified and is then the zero value.
func silent[T any](form strict.Form[T]) strict.Form[T] {
	return strict.Map(strict.Or(unspecified, silentDoc, form), func(v *T) (T, error) {
		if v == nil {
			v = new(T)
		}
		return *v, nil
	})
}

var partyID = strict.ID[party.ID]()

func anyKey(string) error { return nil }

var (
	accelerator = strict.Word[capacity.Accelerator]("an accelerator", "H100")
	region      = strict.Word[capacity.Region]("a region", "eastus")
	cloud       = strict.ID[capacity.Cloud]()
)

var scopeForm = strict.Object("scope", "A predicate over the attributes of a need. Everything stated must hold; what is left out admits everything.",
	strict.Key("classes", "Workload classes.", strict.Distinct(strict.Enum(capacity.Classes)), func(s *Scope) *[]capacity.Class { return &s.Classes }),
	strict.Key("purposes", "What the capacity is for.", strict.Distinct(strict.Enum(capacity.Purposes)), func(s *Scope) *[]capacity.Purpose { return &s.Purposes }),
	strict.Key("sourcings", "How the capacity comes to be: market (bought or rented) or own_build.", strict.Distinct(strict.Enum(capacity.Sourcings)), func(s *Scope) *[]capacity.Sourcing { return &s.Sourcings }),
	strict.Key("tenures", "New capacity, or a renewal of existing capacity.", strict.Distinct(strict.Enum(capacity.Tenures)), func(s *Scope) *[]capacity.Tenure { return &s.Tenures }),
	strict.Key("customers", "Class of customer that is served.", strict.Distinct(strict.Enum(capacity.Customers)), func(s *Scope) *[]capacity.Customer { return &s.Customers }),
	strict.Key("accelerators", "Accelerators; a line is in scope when one of its alternatives is.", strict.Distinct(accelerator), func(s *Scope) *[]capacity.Accelerator { return &s.Accelerators }),
	strict.Key("regions", "Regions; a line is in scope when one of its regions is.", strict.Distinct(region), func(s *Scope) *[]capacity.Region { return &s.Regions }),
	strict.Key("quantity", "Accelerators of the line: \"64..\", \"..512\" or \"64..512\", both ends included.", rangeForm, func(s *Scope) *Range { return &s.Quantity }),
	strict.Key("term_days", "Length of the line's period in whole days, as a range.", rangeForm, func(s *Scope) *Range { return &s.TermDays }),
	strict.Key("start", "When the line's period starts: FROM..UNTIL.", strict.Span(), func(s *Scope) *calendar.Span { return &s.Start }),
	strict.Key("end", "When the line's period ends: FROM..UNTIL, which holds the instant at which the capacity is given back.", strict.Span(), func(s *Scope) *calendar.Span { return &s.End }),
)

var rangeForm = strict.Parsed("a range", "64..", strict.Schema{Pattern: `^\d*\.\.\d*$`}, nil, parseRange)

func parseRange(text string) (Range, error) {
	low, high, ok := strings.Cut(text, "..")
	if !ok {
		return Range{}, fmt.Errorf("%q is not a range; write 64.. or ..512 or 64..512", text)
	}
	var r Range
	for _, side := range []struct {
		text string
		to   *int64
	}{{low, &r.Min}, {high, &r.Max}} {
		if side.text == "" {
			continue
		}
		n, err := strconv.ParseInt(side.text, 10, 64)
		if err != nil || n < 1 || n > capacity.MaxQuantity {
			return Range{}, fmt.Errorf("%q: a bound is a whole number from 1 to %d; leave an open side empty", text, int64(capacity.MaxQuantity))
		}
		*side.to = n
	}
	if r.Max != 0 && r.Min > r.Max {
		return Range{}, fmt.Errorf("%q admits nothing; its lower bound is above its upper", text)
	}
	return r, nil
}

var carveOutForm = strict.Object("carve_out", "A part of the scope to which a clause does not apply.",
	strict.Key("name", "Short name that decisions cite.", strict.Text(), func(c *CarveOut) *string { return &c.Name }).Required(),
	strict.Key("cite", "Section of the signed text.", strict.Text(), func(c *CarveOut) *string { return &c.Cite }),
	strict.Key("scope", "What is carved out.", scopeForm, func(c *CarveOut) *Scope { return &c.Scope }).Required(),
)

var thresholdForm = strict.Map(strict.Or(unspecified, "The text leaves the size open. A person determines it for each matter.", thresholdBounds), func(t *Threshold) (Threshold, error) {
	if t == nil {
		return Threshold{Open: true}, nil
	}
	return *t, nil
})

var thresholdBounds = strict.Object("threshold", "The size below which a need does not engage a clause. Each bound that is stated must be reached.",
	strict.Key("quantity", "Accelerators of the need, in the line's reference.", strict.Integer[int64](1, capacity.MaxQuantity), func(t *Threshold) *int64 { return &t.Quantity }),
	strict.Key("term_days", "Length of the need's longest line in whole days.", strict.Integer[int64](1, 36_600), func(t *Threshold) *int64 { return &t.TermDays }),
	strict.Key("amount", "Budget of the need; one without a budget reaches it.", strict.Amount(), func(t *Threshold) *money.Amount { return &t.Amount }),
	strict.Key("aggregate_days", "Other needs of the same class within so many days count too, so that splitting does not evade the clause.",
		strict.Integer[int](1, 3660), func(t *Threshold) *int { return &t.AggregateDays }),
)

// notice is how a file states what a process keeps as content and delivery.
type notice struct {
	content Param[[]Item]
	channel Param[Channel]
	clock   Param[ClockStart]
	deemed  []Deemed
	lead    calendar.Rule
	within  calendar.Rule
}

var noticeForm = strict.Object("notice", "What the holder must be told, how, and what starts the clock.",
	strict.Key("content", "What a complete notice contains.", open(strict.Distinct(strict.Enum(Items))), func(n *notice) *Param[[]Item] { return &n.content }),
	strict.Key("channel", "How notices travel unless a command names another way: desk, email or courier.", open(strict.Enum(Channels)), func(n *notice) *Param[Channel] { return &n.channel }),
	strict.Key("clock", "What starts the window: sent, delivered (recorded delivery), received (recorded receipt), deemed (recorded receipt, or the deemed one of the channel, whichever is first) or complete (as deemed, and all information that was requested is supplied).",
		open(strict.Enum(ClockStarts)), func(n *notice) *Param[ClockStart] { return &n.clock }),
	strict.Set("deemed", "After how long a notice counts as received, by channel.",
		strict.Table("email", "A channel, and after how long a notice by it counts as received.", checkChannel, ruleForm),
		func(n *notice, rows []strict.Row[calendar.Rule]) {
			for _, r := range rows {
				n.deemed = append(n.deemed, Deemed{Channel(r.Key), r.Value})
			}
		}),
	strict.Set("lead", "How long before the start of the line's period the notice is due at the latest, with the keys of a window; one that is given later is recorded as late.", ruleForm,
		func(n *notice, r calendar.Rule) { n.lead, n.lead.BeforeStart = r, true }),
	strict.Key("within", "How long after the receipt of the offer that it notices the notice is due at the latest, with the keys of a window; one that is given later is recorded as late.", ruleForm,
		func(n *notice) *calendar.Rule { return &n.within }),
)

func checkChannel(key string) error {
	if slices.Contains(Channels, Channel(key)) {
		return nil
	}
	return fmt.Errorf("unknown channel %q; use desk, email or courier", key)
}

func setNotice(c *Clause, n Param[notice]) {
	if n.Value.content.Given {
		c.Process.Content = n.Value.content
	}
	if n.Value.clock.Given && n.Value.channel.Given {
		c.Process.Delivery = Given(Delivery{n.Value.channel.Value, n.Value.clock.Value, n.Value.deemed})
	}
	if r := n.Value.lead; !r.Length.IsZero() {
		c.Process.NoticeLead = r
	}
	if r := n.Value.within; !r.Length.IsZero() {
		c.Process.NoticeWithin = r
	}
}

var matchForm = strict.Object("match", "How an answer is held against what was noticed.",
	strict.Key("rule", "identical, identical_on_principal_terms, same_or_better, not_materially_varying or npv_equivalent.", strict.Enum(Rules), func(m *MatchRule) *Rule { return &m.Rule }).Required(),
	strict.Key("principal", "Dimensions that count under identical_on_principal_terms.", strict.Distinct(strict.Enum(Dimensions)), func(m *MatchRule) *[]Dimension { return &m.Principal }),
	strict.Set("tolerances", "By how many percent a dimension may be worse under not_materially_varying; one without a tolerance must be the same or better.",
		strict.Table("price", "A dimension and its tolerance in percent.", checkMeasured, strict.Percent()),
		func(m *MatchRule, rows []strict.Row[capacity.Percent]) {
			for _, r := range rows {
				m.Tolerances = append(m.Tolerances, Tolerance{Dimension(r.Key), r.Value})
			}
		}),
	strict.Key("discount", "Annual rate in percent at which payments are brought to the start under npv_equivalent: nominal, compounded monthly.", strict.Percent(),
		func(m *MatchRule) *capacity.Percent { return &m.Discount }),
	strict.Key("term_cap", "Longest term over which present values are compared under npv_equivalent; the noticed period when left out.", strict.Length(),
		func(m *MatchRule) *calendar.Length { return &m.TermCap }),
	strict.Key("substitutions", "What still matches although it differs: cash (for non-cash items, at their stated value) and finders_fees (netted out of the noticed price).",
		strict.Distinct(strict.Enum(Substitutions)), func(m *MatchRule) *[]Substitution { return &m.Substitutions }),
)

func checkMeasured(key string) error {
	if !slices.Contains(Measured, Dimension(key)) {
		return fmt.Errorf("%q is not a dimension with a size; use %s", key, strict.Words(texts(Measured)))
	}
	return nil
}

var tailForm = strict.Map(strict.Object("tail", "How long, and within which terms, a rival may be taken once the right is released.",
	strict.Set("length", "Count and unit, from the release or what from names, or unlimited.", strict.Or("unlimited", "The release never ends by time.", strict.Length()),
		func(t *tail, l *calendar.Length) {
			if l != nil {
				t.rule.Length = *l
			}
		}).Required(),
	strict.Key("zone", "Whose days are counted: an IANA time zone. For every unit but hours.", strict.Zone(), func(t *tail) *calendar.Zone { return &t.rule.Zone }),
	strict.Key("at", "When on the last day the tail ends: end_of_day or a time such as 17:00. For every unit but hours.", strict.Clock(), func(t *tail) *calendar.Clock { return &t.rule.At }),
	strict.Key("roll", "Where the last day goes when it is not a business day.", strict.Enum([]calendar.Roll{calendar.RollNone, calendar.RollForward, calendar.RollBackward}),
		func(t *tail) *calendar.Roll { return &t.rule.Roll }),
	strict.Key("cap", "No more favourable to the rival than the terms that the holder refused (noticed), named (named) or proposed last (proposed_by_holder), or than the grantor proposed last (proposed_by_grantor), or no cap (none).",
		strict.Enum(CapSources), func(t *tail) *CapSource { return &t.cap }).Required(),
	strict.Key("counterparty", "Whether the release binds to the rival whose terms were noticed; false when left out.", strict.Bool(), func(t *tail) *bool { return &t.counterparty }),
	strict.Key("price_tolerance", "By how many percent a rival's price may be better than the cap; 0 when left out.", strict.Percent(), func(t *tail) *capacity.Percent { return &t.price }),
	strict.Key("from", "What the length is counted from: release (when left out), notice (its receipt), window_end (when the window or the negotiation closes, or would have) or start (of the line's period).", tailFromForm,
		func(t *tail) *TailStart { return &t.from }),
	strict.Key("exact", "Whether a rival may be given the terms of the cap and no others, better or worse; false when left out.", strict.Bool(), func(t *tail) *bool { return &t.exact }),
	strict.Key("cap_for", "How long from the release the cap binds, with the keys of a window; the release then goes on without it. As long as the release when left out.", ruleForm, func(t *tail) *calendar.Rule { return &t.capFor }),
), func(t tail) (Tail, error) {
	return Tail{Length: t.rule, Cap: t.cap, Counterparty: t.counterparty, Price: t.price, From: t.from, Exact: t.exact, CapFor: t.capFor}, nil
})

// tailFromForm reads the release as what a tail is counted from in any case.
var tailFromForm = strict.Map(strict.Enum(TailStarts), func(s TailStart) (TailStart, error) {
	if s == FromRelease {
		return "", nil
	}
	return s, nil
})

// tail is a [Tail] as a file writes it: the parts of its length stand next to the rest.
type tail struct {
	rule         calendar.Rule
	cap          CapSource
	counterparty bool
	price        capacity.Percent
	from         TailStart
	exact        bool
	capFor       calendar.Rule
}

var responseSilenceForm = strict.Map(strict.Enum([]string{"rejected", "accepted"}), func(word string) (Outcome, error) {
	if word == "accepted" {
		return "", nil
	}
	return OnRejected, nil
})

// rateCard is a table of highest prices, or the word none: the holder's own price then binds.
var rateCard = strict.Map(strict.Or("none", "The clause sets no price: the holder's own price binds.",
	strict.Table("H100", "An accelerator and its highest price per accelerator-hour.", strict.CheckWord, strict.Rate())),
	func(rows *[]strict.Row[money.Rate]) ([]CardRate, error) {
		out := []CardRate{}
		if rows != nil {
			for _, r := range *rows {
				out = append(out, CardRate{capacity.Accelerator(r.Key), r.Value})
			}
		}
		return out, nil
	})

func setAssumed(c *Clause, rows []strict.Row[string]) {
	for _, r := range rows {
		c.Assumed = append(c.Assumed, Assumption{r.Key, r.Value})
	}
}

var partyForm = strict.Object("party", "A company, or a panel, that the agreement names.",
	strict.Key("id", "Short name that the clauses use.", partyID, func(p *Party) *party.ID { return &p.ID }).Required(),
	strict.Key("name", "Full name.", strict.Text(), func(p *Party) *string { return &p.Name }).Required(),
	strict.Key("zone", "Its time zone, in which deadlines are shown to it.", strict.Zone(), func(p *Party) *calendar.Zone { return &p.Zone }),
	strict.Key("clouds", "Clouds that it sells from.", strict.Distinct(cloud), func(p *Party) *[]capacity.Cloud { return &p.Clouds }),
)

var calendarForm = strict.Object("calendar", "Which days are business days.",
	strict.Key("name", "Name that clauses use.", strict.ID[string](), func(c *calendar.Calendar) *string { return &c.Name }).Required(),
	strict.Key("version", "Version; a change is a new one.", strict.Text(), func(c *calendar.Calendar) *string { return &c.Version }).Required(),
	strict.Set("weekend", "Days of the week that are not business days.", strict.Distinct(strict.Enum(weekdays)), setWeekend).Required(),
	strict.Key("from", "First day for which the holidays are listed.", strict.Date(), func(c *calendar.Calendar) *calendar.Date { return &c.From }).Required(),
	strict.Key("until", "Last day for which the holidays are listed; counting past it stops.", strict.Date(), func(c *calendar.Calendar) *calendar.Date { return &c.Until }).Required(),
	strict.Key("holidays", "Days that are not business days, within from and until.", strict.Distinct(strict.Date()), func(c *calendar.Calendar) *[]calendar.Date { return &c.Holidays }),
)

var weekdays = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

func setWeekend(c *calendar.Calendar, days []string) {
	for _, day := range days {
		i := slices.Index(weekdays, day)
		c.Weekend = append(c.Weekend, time.Weekday((i+1)%7))
	}
}

func compareDates(a, b calendar.Date) int {
	return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(a.Month, b.Month), cmp.Compare(a.Day, b.Day))
}

var triggerForm = strict.Object("trigger", "An event that clauses wait for.",
	strict.Key("id", "Name that clauses use.", strict.ID[TriggerID](), func(t *Trigger) *TriggerID { return &t.ID }).Required(),
	strict.Key("description", "What must have happened.", strict.Text(), func(t *Trigger) *string { return &t.Description }).Required(),
	strict.Key("cite", "Section of the signed text.", strict.Text(), func(t *Trigger) *string { return &t.Cite }),
	strict.Key("certified_by", "Parties that may certify it.", strict.Distinct(partyID), func(t *Trigger) *[]party.ID { return &t.CertifiedBy }).Required(),
)

var clauseForm = strict.When(strict.Object("clause", "One clause, or one version of one.", clauseFields()...), conditions()...)

var amendmentForm = strict.Object("amendment", "A change of the agreement: new versions of clauses, new clauses, and clauses that end.",
	strict.Key("id", "Name of the amendment.", strict.ID[string](), func(a *Amendment) *string { return &a.ID }).Required(),
	strict.Key("title", "Its title.", strict.Text(), func(a *Amendment) *string { return &a.Title }).Required(),
	strict.Key("cite", "Where it was signed or published.", strict.Text(), func(a *Amendment) *string { return &a.Cite }),
	strict.Key("effective", "When it takes effect: a date, in UTC, or an instant with its offset.", strict.Instant(), func(a *Amendment) *calendar.Instant { return &a.Effective }).Required(),
	strict.Key("transition", "What becomes of matters that are open then: keep (they finish under the old version) or terminate.",
		open(strict.Enum([]Transition{KeepOld, EndMatters})), func(a *Amendment) *Param[Transition] { return &a.Transition }),
	strict.Key("clauses", "Whole clauses: a known id is its next version, an unknown one a new clause.", strict.List(clauseForm), func(a *Amendment) *[]Clause { return &a.Clauses }),
	strict.Key("ends", "Clauses that end.", strict.Distinct(strict.ID[ClauseID]()), func(a *Amendment) *[]ClauseID { return &a.Ends }),
)

var agreementForm = strict.Object("agreement", "A signed agreement about compute capacity, with its amendments.",
	strict.Key("agreement", "Id of the agreement.", strict.ID[ID](), func(a *Agreement) *ID { return &a.ID }).Required(),
	strict.Key("title", "Title.", strict.Text(), func(a *Agreement) *string { return &a.Title }).Required(),
	strict.Key("reading", "Which reading of a disputed text this file takes.", strict.Text(), func(a *Agreement) *string { return &a.Reading }),
	strict.Key("source", "Where the terms were signed or published.", strict.Text(), func(a *Agreement) *string { return &a.Source }),
	strict.Key("grantor", "The party that the rights bind.", partyID, func(a *Agreement) *party.ID { return &a.Grantor }).Required(),
	strict.Key("direction", "On which side the grantor stands: buys or sells.", strict.Enum([]Direction{Buys, Sells}), func(a *Agreement) *Direction { return &a.Direction }).Required(),
	strict.Key("parties", "Who signed, and who certifies.", strict.List(partyForm), func(a *Agreement) *[]Party { return &a.Parties }).Required(),
	strict.Key("calendars", "Calendars that count business days.", strict.List(calendarForm), func(a *Agreement) *[]calendar.Calendar { return &a.Calendars }),
	strict.Key("triggers", "Events that clauses wait for.", strict.List(triggerForm), func(a *Agreement) *[]Trigger { return &a.Triggers }),
	strict.Key("clauses", "The clauses as first signed.", strict.List(clauseForm), func(a *Agreement) *[]Clause { return &a.Clauses }).Required(),
	strict.Key("amendments", "Later changes.", strict.List(amendmentForm), func(a *Agreement) *[]Amendment { return &a.Amendments }),
)

var providersForm = strict.Object("providers", "Companies that may be asked for offers.",
	strict.Key("providers", "One entry for each provider.", strict.List(providerForm), func(f *providerFile) *[]Provider { return &f.providers }).Required(),
)

type providerFile struct{ providers []Provider }

var providerForm = strict.Object("provider", "A company that may be asked for offers.",
	strict.Key("id", "Short name; the same in every agreement and offer.", partyID, func(p *Provider) *party.ID { return &p.ID }).Required(),
	strict.Key("name", "Full name.", strict.Text(), func(p *Provider) *string { return &p.Name }).Required(),
	strict.Key("clouds", "Clouds that it sells from.", strict.Distinct(cloud), func(p *Provider) *[]capacity.Cloud { return &p.Clouds }),
	strict.Key("countries", "Countries in which it can keep data; any when left out.", strict.Distinct(strict.Country()), func(p *Provider) *[]capacity.Country { return &p.Countries }),
	strict.Key("security", "Security baselines that it meets.", strict.Distinct(strict.ID[string]()), func(p *Provider) *[]string { return &p.Security }),
	strict.Key("sourcings", "How it supplies: market (when left out) or own_build.", strict.Distinct(strict.Enum(capacity.Sourcings)), func(p *Provider) *[]capacity.Sourcing { return &p.Sourcings }),
)
