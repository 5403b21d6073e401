package agreement

import (
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/strict"
	"firstlook/money"
	"firstlook/party"
)

// processKeys belong to rights that are run against a holder.
var processKeys = []clauseKey{
	{Field: strict.Key("threshold", "Size below which a need does not engage the clause.", thresholdForm,
		func(c *Clause) *Threshold { return &c.Threshold }), kinds: processes},
	{Field: strict.Key("form", "Whose terms come first: grantors_terms (the grantor offers its own) or holders_terms (the holder is invited to name terms).",
		open(strict.Enum([]Form{GrantorsTerms, HoldersTerms})), func(c *Clause) *Param[Form] { return &c.Process.Form }), kinds: []Kind{FirstOffer}},
	{Field: strict.Set("notice", "What the holder must be told, how, and what starts the clock.", open(noticeForm), setNotice), kinds: processes},
	{Field: strict.Key("window", "How long the holder may answer: \"72 hours\", or length, zone, at and what else bears on it.", open(windowForm),
		func(c *Clause) *Param[calendar.Rule] { return &c.Process.Window }), kinds: processes},
	{Field: strict.Key("calendar", "Name of the calendar of this agreement that counts business days.", strict.ID[string](),
		func(c *Clause) *string { return &c.Process.Calendar }), kinds: rights},
	{Field: strict.Key("negotiation", "How long the parties negotiate, with the same keys as a window.", open(windowForm),
		func(c *Clause) *Param[calendar.Rule] { return &c.Process.Negotiation }), kinds: []Kind{FirstNegotiation}},
	{Field: strict.Key("negotiation_from", "What the negotiation is counted from: interest (when left out), which the holder shows within the window, or notice, with a window for the interest or without one.", negotiationFromForm,
		func(c *Clause) *bool { return &c.Process.FromNotice }), kinds: []Kind{FirstNegotiation}},
	{Field: strict.Key("silence", "What the end of the window without an answer means: lapse, decline, accept or unable.", open(strict.Enum(Silences)),
		func(c *Clause) *Param[Silence] { return &c.Process.Silence }), kinds: processes},
	{Field: strict.Key("partial", "Whether the holder may take a part: allowed or whole_only.", open(strict.Enum([]Partial{PartialAllowed, WholeOnly})),
		func(c *Clause) *Param[Partial] { return &c.Process.Partial }), kinds: answered},
	{Field: strict.Key("allocation", "How what several holders want is given to them where it is more than there is: by_rank, pro_rata, or pro_rata_capped (none gets more than its share, and what is left over goes to nobody).", open(strict.Enum(Allocations)),
		func(c *Clause) *Param[Allocation] { return &c.Process.Allocation }), kinds: grouped},
	{Field: strict.Key("oversubscription", "Whether a holder may take what others left of their shares: allowed or none.", open(strict.Enum([]Oversubscription{OverAllotment, NoOverAllotment})),
		func(c *Clause) *Param[Oversubscription] { return &c.Process.Oversubscription }), kinds: []Kind{ProRata}},
	{Field: strict.Key("match", "How an answer is held against the noticed terms.", open(matchForm),
		func(c *Clause) *Param[MatchRule] { return &c.Process.Match }), kinds: offered},
	{Field: strict.Key("counter", "What becomes of the window when the holder proposes other terms: window_continues or right_spent.",
		open(strict.Enum([]Counter{CounterContinues, CounterSpends})), func(c *Clause) *Param[Counter] { return &c.Process.Counter }), kinds: countered},
	{Field: strict.Key("release_on", "Outcomes that release the capacity to rivals: unable, declined, lapsed, rejected, failed, outbid, condition_failed. A waiver always does.",
		open(strict.Distinct(strict.Enum(Outcomes))), func(c *Clause) *Param[[]Outcome] { return &c.Process.ReleaseOn }), kinds: releasing},
	{Field: strict.Key("tail", "How long after a release, and within which terms, a rival may be taken.", open(tailForm),
		func(c *Clause) *Param[Tail] { return &c.Process.Tail }), kinds: releasing},
	{Field: strict.Key("reopen", "What gives the holder a new matter after a release: tail_over, fell_through, cap_broken, non_performance, or the word none.",
		open(reopenForm), func(c *Clause) *Param[[]Reopen] { return &c.Process.Reopen }), kinds: releasing},
	{Field: strict.Key("package", "What becomes of a rival's offer that packs capacity in scope with other capacity: allocated_price, whole_package, severable, not_allowed or holders_choice.",
		open(strict.Enum(PackageRules)), func(c *Clause) *Param[PackageRule] { return &c.Process.Package }), kinds: packaged},
	{Field: strict.Key("metric", "By what a last look is held against the chosen offer: landed_cost, or price over the period.", open(strict.Enum([]Metric{MetricLanded, MetricPrice})),
		func(c *Clause) *Param[Metric] { return &c.Process.Metric }), kinds: []Kind{LastLook}},
	{Field: strict.Key("margin", "By how many percent a last look may be worse for the grantor than the chosen offer and still win; 0 where it must be as good.", open(strict.Percent()),
		func(c *Clause) *Param[capacity.Percent] { return &c.Process.Margin }), kinds: []Kind{LastLook}},
	{Field: strict.Key("price", "At what price the award is taken over: as_awarded, rate_card, appraised (by a person, when the notice is given) or lower (the lower of as_awarded and appraised).",
		open(strict.Enum(PriceRules)), func(c *Clause) *Param[PriceRule] { return &c.Process.Price }), kinds: taking},
	{Field: strict.Key("opens_on", "Events that open the option once they are certified.", strict.Distinct(strict.ID[TriggerID]()),
		func(c *Clause) *[]TriggerID { return &c.Process.Opens }), kinds: []Kind{CallOption}, required: []Kind{CallOption}},
	{Field: strict.Key("information", "What a holder's request for information does to the window.", open(informationForm),
		func(c *Clause) *Param[Information] { return &c.Process.Information }), kinds: processes},
	{Field: strict.Key("material_change", "Which changes of the noticed terms give a fresh full window: any, or those beyond the tolerances.", open(materialForm),
		func(c *Clause) *Param[Materiality] { return &c.Process.MaterialChange }), kinds: changing},
	{Field: strict.Key("response", "How long the grantor may accept or reject the terms that the holder named.", open(windowForm),
		func(c *Clause) *Param[calendar.Rule] { return &c.Process.Response }), kinds: []Kind{FirstOffer}},
	{Field: strict.Key("response_silence", "What the grantor's silence on the named terms means: rejected or accepted.", open(responseSilenceForm),
		func(c *Clause) *Param[Outcome] { return &c.Process.ResponseSilence }), kinds: []Kind{FirstOffer}},
	{Field: strict.Key("rate_card", "Price per accelerator-hour, by accelerator: the highest of the holder in a first call or a pro rata share, where none lets its own price bind; what it has today under no_less_favourable; what is paid under price: rate_card.", open(rateCard),
		func(c *Clause) *Param[[]CardRate] { return &c.Process.RateCard }), kinds: carded},
}

// powerKeys grant powers and bound them: a clause that does not state one has none.
var powerKeys = []clauseKey{
	{Field: strict.Key("stay", "Who may stop the window, on which grounds, and for how long at most.", power(stayForm),
		func(c *Clause) **Stay { return &c.Process.Stay }), kinds: processes},
	{Field: strict.Key("extension", "Who may lengthen a window: by_grantor (alone) or by_agreement (of both sides).", strict.Enum([]Extension{ByGrantor, ByAgreement}),
		func(c *Clause) *Extension { return &c.Process.Extension }), kinds: processes},
	{Field: strict.Key("consent", "Whose consent an exercise, or a rival's award, waits for.", power(consentForm),
		func(c *Clause) **Consent { return &c.Process.Consent }), kinds: processes},
	{Field: strict.Key("non_performance", "How long an award that is not performed may be cured, and what follows.", power(nonPerformanceForm),
		func(c *Clause) **NonPerformance { return &c.Process.NonPerformance }), kinds: processes},
	{Field: strict.Key("rate_limit", "How many notices the holder may be given within a time; one too many waits.", power(rateLimitForm),
		func(c *Clause) **RateLimit { return &c.Process.RateLimit }), kinds: processes},
	{Field: strict.Set("assignees", "Parties to which the holder may assign a matter, or the word any.", assigneesForm, setAssignees), kinds: processes},
	{Field: strict.Key("assign_after", "Whether the holder may assign also once it has exercised, as long as the award is not signed; false when left out.", strict.Bool(),
		func(c *Clause) *bool { return &c.Process.AssignAfter }), kinds: processes},
	{Field: strict.Key("truncate", "What ends a window early: start (of the line's period) or clause_end.", strict.Distinct(strict.Enum([]Truncation{TruncateStart, TruncateClauseEnd})),
		func(c *Clause) *[]Truncation { return &c.Process.Truncate }), kinds: processes},
	{Field: strict.Key("reveals", "What the holder is told beyond the terms that it matches: counterparty, all_terms, losing_offers.", strict.Distinct(strict.Enum(Disclosures)),
		func(c *Clause) *[]Disclosure { return &c.Process.Reveals }), kinds: afterChoice},
	{Field: strict.Key("reopen_window", "The window of a matter that is not the holder's first on the lot, with the keys of a window; the window itself when left out.", givenWindow,
		func(c *Clause) *Param[calendar.Rule] { return &c.Process.ReopenWindow }), kinds: releasing},
	{Field: strict.Key("release_open", "Outcomes of which the text does not say whether they release, where release_on lists those that do: a person determines release_on for each matter that ends so.", strict.Distinct(strict.Enum(Outcomes)),
		func(c *Clause) *[]Outcome { return &c.Process.ReleaseOpen }), kinds: releasing},
	{Field: strict.Key("against", "The rivals that the clause is about; all of them when left out.", strict.Distinct(partyID),
		func(c *Clause) *[]party.ID { return &c.Process.Against }), kinds: barring},
	{Field: strict.Key("bona_fide", "What an offer must have to be chosen where the right engages.", bonaFideForm,
		func(c *Clause) *capacity.Percent { return &c.Process.BonaFide }), kinds: atTheChoice},
	{Field: strict.Key("shop", "Whether others may be asked while the parties negotiate: exclusive (when left out: nobody may) or open.", shopForm,
		func(c *Clause) *Shop { return &c.Process.Shop }), kinds: []Kind{FirstNegotiation}},
	{Field: strict.Key("unsolicited", "told: an offer that nobody asked for may come in while the parties negotiate, and the holder is told its terms and its maker at once.", unsolicitedForm,
		func(c *Clause) *bool { return &c.Process.Unsolicited }), kinds: []Kind{FirstNegotiation}},
	{Field: strict.Key("alternative", "What the holder may do in place of taking the noticed terms: sell (to the grantor, on those terms).", strict.Enum([]Alternative{AlternativeSell}),
		func(c *Clause) *Alternative { return &c.Process.Alternative }), kinds: packaged},
	{Field: strict.Key("ceiling", "How much a holder may take under the clause altogether; the right engages for what is left.", power(ceilingForm),
		func(c *Clause) **Ceiling { return &c.Process.Ceiling }), kinds: releasing},
}

// determined are the parameters that no file states: a person determines them for one matter, see [Clause.With].
var determined = []clauseKey{
	{Field: strict.Key("appraised", "Price per accelerator-hour at which the award is taken over, as a person appraised it.", open(strict.Rate()),
		func(c *Clause) *Param[money.Rate] { return &c.Process.Appraised }), kinds: taking},
	{Field: strict.Key("share", "Share in percent of the holder of the matter, where the text leaves it open.", open(strict.Percent()),
		func(c *Clause) *Param[capacity.Percent] { return &c.Process.Share }), kinds: []Kind{ProRata}},
}
