package agreement

import (
	"fmt"
	"slices"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/strict"
	"firstlook/party"
)

// power is a modifier that a clause may grant: nil where it does not.
func power[T any](form strict.Form[T]) strict.Form[*T] {
	return strict.Map(form, func(v T) (*T, error) { return &v, nil })
}

// counted are the keys of every length of time that becomes one instant.
var counted = []strict.Field[calendar.Rule]{
	strict.Key("length", "Count and unit: hours, days, business_days, weeks or months.", strict.Length(), func(r *calendar.Rule) *calendar.Length { return &r.Length }).Required(),
	strict.Key("zone", "Whose days are counted: an IANA time zone. For every unit but hours.", strict.Zone(), func(r *calendar.Rule) *calendar.Zone { return &r.Zone }),
	strict.Key("at", "When on the last day the window closes: end_of_day or a time such as 17:00. For every unit but hours.", strict.Clock(), func(r *calendar.Rule) *calendar.Clock { return &r.At }),
	strict.Key("roll", "Where the last day goes when it is not a business day: none, forward or backward. Needs the clause's calendar.",
		strict.Enum([]calendar.Roll{calendar.RollNone, calendar.RollForward, calendar.RollBackward}), func(r *calendar.Rule) *calendar.Roll { return &r.Roll }),
	strict.Key("cutoff", "Time of day from which what starts the clock counts as of the next day, such as 12:00 (of the next business day, where those are counted).", strict.Clock(),
		func(r *calendar.Rule) *calendar.Clock { return &r.Cutoff }),
	strict.Key("first_day", "Whether the day on which the clock starts counts as the first; false when left out.", strict.Bool(), func(r *calendar.Rule) *bool { return &r.FirstDay }),
	strict.Key("inclusive", "Whether an answer at the very instant of the deadline is in time; false when left out.", strict.Bool(), func(r *calendar.Rule) *bool { return &r.Inclusive }),
}

var lengthAlone = strict.Map(strict.Length(), func(l calendar.Length) (calendar.Rule, error) { return calendar.Rule{Length: l}, nil })

// ruleForm reads "72 hours", or a length with what it takes to turn it into one instant.
var ruleForm = strict.Short(lengthAlone,
	strict.Object("length", "A length of time with what it takes to turn it into one instant.", counted...))

// windowForm is a rule of a matter, which may be counted back from the start of the capacity.
var windowForm = strict.Short(lengthAlone,
	strict.Object("window", "A window with what it takes to turn it into one instant.", append(slices.Clone(counted),
		strict.Key("before_start", "Whether the length is counted back from the start of the line's period in place of forward; false when left out.", strict.Bool(),
			func(r *calendar.Rule) *bool { return &r.BeforeStart }))...))

var holdingForm = strict.Object("holding", "One of several holders of a right.",
	strict.Key("holder", "The party.", partyID, func(h *Holding) *party.ID { return &h.Holder }).Required(),
	strict.Key("rank", "Under allocation by_rank: the lower is served first, and equal ranks share.", strict.Integer[int](1, 1000), func(h *Holding) *int { return &h.Rank }),
	strict.Set("share", "Its share in percent: of each lot in a pro_rata clause, else of what is allocated. Unspecified, in a pro_rata clause, where a person determines it for each matter.",
		strict.Or(unspecified, silentDoc, strict.Percent()), func(h *Holding, p *capacity.Percent) {
			if h.Open = p == nil; !h.Open {
				h.Share = *p
			}
		}),
)

var negotiationFromForm = strict.Map(strict.Enum([]string{"notice", "interest"}), func(word string) (bool, error) { return word == "notice", nil })

var informationForm = strict.Object("information", "What a holder's request for information does to the window.",
	strict.Key("effect", "none (the window goes on), toll (it stands still until the supply) or restart (a fresh full window runs from the supply).",
		strict.Enum([]Effect{EffectNone, EffectToll, EffectRestart}), func(i *Information) *Effect { return &i.Effect }).Required(),
	strict.Key("extension", "What the holder has at least once the information is supplied, with the keys of a window.", ruleForm, func(i *Information) *calendar.Rule { return &i.Extension }),
	strict.Key("requests", "How many requests have an effect in one matter; any number when left out.", strict.Integer[int](1, 1000), func(i *Information) *int { return &i.Requests }),
)

var materialForm = strict.Map(strict.Or("any", "Every change is material.", strict.Object("material_change", "Which changes of the noticed terms are material: those beyond a tolerance, and every one of a dimension without.",
	strict.Set("tolerances", "By how many percent a dimension may change, either way, before it changes materially.",
		strict.Table("price", "A dimension and its tolerance in percent.", checkChanging, strict.Percent()),
		func(m *Materiality, rows []strict.Row[capacity.Percent]) {
			for _, r := range rows {
				m.Tolerances = append(m.Tolerances, Tolerance{Dimension(r.Key), r.Value})
			}
		}).Required(),
)), func(m *Materiality) (Materiality, error) {
	if m == nil {
		return Materiality{}, nil
	}
	return *m, nil
})

// checkChanging admits the dimensions with a size: those of an answer, and the quantity, of which an answer may take a part.
func checkChanging(key string) error {
	if sized := append(slices.Clone(Measured), DimQuantity); !slices.Contains(sized, Dimension(key)) {
		return fmt.Errorf("%q is not a dimension with a size; use %s", key, strict.Words(texts(sized)))
	}
	return nil
}

var stayForm = strict.Object("stay", "Who may stop a window, on which grounds, and for how long.",
	strict.Key("grounds", "dispute, regulatory or both.", strict.Distinct(strict.Enum(StayGrounds)), func(s *Stay) *[]Ground { return &s.Grounds }).Required(),
	strict.Key("by", "Parties that may stop it.", strict.Distinct(partyID), func(s *Stay) *[]party.ID { return &s.By }).Required(),
	strict.Key("at_most", "How long one stay lasts at most, in hours, days or weeks of 24-hour days; until it is lifted when left out.", strict.Length(), func(s *Stay) *calendar.Length { return &s.AtMost }),
)

var consentForm = strict.Object("consent", "Whose consent an exercise, or a rival's award, waits for.",
	strict.Key("of", "Parties that must all say yes.", strict.Distinct(partyID), func(c *Consent) *[]party.ID { return &c.Of }).Required(),
	strict.Key("over", "What waits for it: exercise, or the award to a rival (rival).", strict.Enum([]Over{OverExercise, OverRival}), func(c *Consent) *Over { return &c.Over }).Required(),
	strict.Key("within", "How long each has, with the keys of a window; without end when left out.", ruleForm, func(c *Consent) *calendar.Rule { return &c.Within }),
	strict.Key("silence", "What the end of that time means: given or refused.", strict.Enum([]ConsentSilence{ConsentGiven, ConsentRefused}), func(c *Consent) *ConsentSilence { return &c.Silence }),
)

var nonPerformanceForm = strict.Object("non_performance", "How long an award that is not performed may be cured, and what follows.",
	strict.Key("cure", "How long it may be cured, with the keys of a window.", ruleForm, func(n *NonPerformance) *calendar.Rule { return &n.Cure }).Required(),
	strict.Key("then", "What follows: reopen (the award ends) or step_down (it keeps what is delivered, the rest goes on its way).",
		strict.Enum([]Remedy{RemedyReopen, RemedyStepDown}), func(n *NonPerformance) *Remedy { return &n.Then }).Required(),
)

var rateLimitForm = strict.Object("rate_limit", "How many notices a holder may be given within a time.",
	strict.Key("notices", "How many.", strict.Integer[int](1, 10_000), func(r *RateLimit) *int { return &r.Notices }).Required(),
	strict.Key("per", "Within which time: hours, days or weeks of 24-hour days.", strict.Length(), func(r *RateLimit) *calendar.Length { return &r.Per }).Required(),
	strict.Key("with", "Other clauses of the agreement, the notices under which count too.", strict.Distinct(strict.ID[ClauseID]()), func(r *RateLimit) *[]ClauseID { return &r.With }),
)

// reopenForm reads what reopens a right, or the word none.
var reopenForm = strict.Map(strict.Or("none", "Nothing gives the holder a new matter: once released, the right is gone for the capacity.", strict.Distinct(strict.Enum(Reopens))),
	func(r *[]Reopen) ([]Reopen, error) {
		if r == nil {
			return []Reopen{}, nil
		}
		return *r, nil
	})

// assigneesForm reads the parties that a holder may name, or the word any, for which the list is nil.
var assigneesForm = strict.Or("any", "The holder may name anybody.", strict.Distinct(partyID))

func setAssignees(c *Clause, ids *[]party.ID) {
	c.Process.AnyAssignee, c.Process.Assignees = ids == nil, nil
	if ids != nil {
		c.Process.Assignees = *ids
	}
}

// givenWindow is a window that has a default, so that it is given wherever it is stated.
var givenWindow = strict.Map(windowForm, func(r calendar.Rule) (Param[calendar.Rule], error) { return Given(r), nil })

var bonaFideForm = strict.Map(strict.Object("bona_fide", "What an offer must have to count. One that lacks it cannot be chosen where the right engages.",
	strict.Key("prepayment", "Percentage of the price that it pays in advance at least.", strict.Percent(), func(b *bonaFide) *capacity.Percent { return &b.prepayment }).Required(),
), func(b bonaFide) (capacity.Percent, error) { return b.prepayment, nil })

// bonaFide is how a file states what a process keeps as one percentage.
type bonaFide struct{ prepayment capacity.Percent }

// shopForm reads exclusive as what a negotiation is in any case.
var shopForm = strict.Map(strict.Enum([]Shop{NoShop, MayShop}), func(s Shop) (Shop, error) {
	if s == NoShop {
		return "", nil
	}
	return s, nil
})

var unsolicitedForm = strict.Map(strict.Enum([]string{"told"}), func(string) (bool, error) { return true, nil })

var ceilingForm = strict.Object("ceiling", "How much a holder may take under the clause altogether.",
	strict.Key("quantity", "Accelerators, in the line's reference.", strict.Integer[int64](1, capacity.MaxQuantity), func(c *Ceiling) *int64 { return &c.Quantity }).Required(),
	strict.Key("over", "Span FROM..UNTIL in which the awards that count are made; all of them when left out.", strict.Span(), func(c *Ceiling) *calendar.Span { return &c.Over }),
)

var forfeitureForm = strict.Object("forfeiture", "What ends a right for good.",
	strict.Key("triggers", "Events, each of which forfeits the right once it is certified.", strict.Distinct(strict.ID[TriggerID]()), func(f *Forfeiture) *[]TriggerID { return &f.Triggers }).Required(),
	strict.Key("challenge", "How long after the certification a holder may challenge it, with the keys of a window; not at all when left out.", ruleForm,
		func(f *Forfeiture) *calendar.Rule { return &f.Challenge }),
)
