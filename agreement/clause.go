package agreement

import (
	"fmt"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/party"
)

// ID names an agreement.
type ID string

// ClauseID names a clause within its agreement; its versions share it.
type ClauseID string

// TriggerID names an event that an agreement waits for, such as a profit threshold.
type TriggerID string

// Ref names one version of one clause: what every decision cites.
type Ref struct {
	Agreement ID       `json:"agreement"`
	Clause    ClauseID `json:"clause"`
	Version   int      `json:"version"` // 1 is the text as first signed
}

// Kind is what a clause is.
type Kind string

// Rights, in the order in which they run when two have the same priority, then the clauses that are not rights.
const (
	Exclusive        Kind = "exclusive"
	FirstCall        Kind = "first_call"
	FirstOffer       Kind = "first_offer"
	FirstNegotiation Kind = "first_negotiation"
	ProRata          Kind = "pro_rata"
	Match            Kind = "match"
	LastLook         Kind = "last_look"
	NoLessFavourable Kind = "no_less_favourable"
	StepIn           Kind = "step_in"
	CallOption       Kind = "call_option"
	Approval         Kind = "approval"
	Commitment       Kind = "commitment"
	RevenueShare     Kind = "revenue_share"
	Licence          Kind = "licence"
	ServiceLevel     Kind = "service_level"
	SecurityBaseline Kind = "security_baseline"
)

// Kinds lists every kind of clause that the language knows.
var Kinds = []Kind{Exclusive, FirstCall, FirstOffer, FirstNegotiation, ProRata, Match, LastLook, NoLessFavourable, StepIn, CallOption,
	Approval, Commitment, RevenueShare, Licence, ServiceLevel, SecurityBaseline}

// Param is a parameter that an agreement may leave open. An open parameter never gets a default: a decision that
// needs it stops until a person determines it.
type Param[T any] struct {
	Value T
	Given bool
}

// Given returns a parameter with a value.
func Given[T any](v T) Param[T] { return Param[T]{v, true} }

// Form is whose terms a first offer is made on.
type Form string

const (
	GrantorsTerms Form = "grantors_terms"
	HoldersTerms  Form = "holders_terms"
)

// Silence is what the end of a window without an answer means.
type Silence string

const (
	SilenceLapses   Silence = "lapse"   // the right is lost for this matter
	SilenceDeclines Silence = "decline" // as if the holder had declined
	SilenceAccepts  Silence = "accept"  // as if the holder had exercised in full on the noticed terms
	SilenceUnable   Silence = "unable"  // as if the holder had certified that it cannot
)

// Silences lists the meanings of silence.
var Silences = []Silence{SilenceLapses, SilenceDeclines, SilenceAccepts, SilenceUnable}

// Partial says whether a holder may exercise in part.
type Partial string

const (
	PartialAllowed Partial = "allowed"
	WholeOnly      Partial = "whole_only"
)

// Counter says what becomes of the window when the holder proposes other terms.
type Counter string

const (
	CounterContinues Counter = "window_continues" // the holder may still exercise until the window closes
	CounterSpends    Counter = "right_spent"      // a counter is a decline
)

// Outcome is how a matter can end without an award to the holder.
type Outcome string

const (
	OnUnable   Outcome = "unable"   // the holder certified that it cannot
	OnDeclined Outcome = "declined" // the holder refused
	OnLapsed   Outcome = "lapsed"   // the window closed without an answer
	OnRejected Outcome = "rejected" // the grantor rejected the terms that the holder named
	OnFailed   Outcome = "failed"   // the negotiation ended without an agreement
	OnOutbid   Outcome = "outbid"   // the holder's last look did not beat the chosen offer
	// OnConditionFailed says that a consent on which an exercise depended was refused.
	OnConditionFailed Outcome = "condition_failed"
)

// Outcomes lists the outcomes that may release; a waiver always does, since the right is the holder's to give up.
var Outcomes = []Outcome{OnUnable, OnDeclined, OnLapsed, OnRejected, OnFailed, OnOutbid, OnConditionFailed}

// ClockStart is what starts the window.
type ClockStart string

const (
	OnSent      ClockStart = "sent"
	OnDelivered ClockStart = "delivered" // recorded delivery
	OnReceived  ClockStart = "received"  // recorded receipt
	OnDeemed    ClockStart = "deemed"    // recorded receipt, or the deemed one of the channel, whichever is first
	// OnComplete is the last of two: recorded or deemed receipt, and the supply of all information that was requested.
	OnComplete ClockStart = "complete"
)

// ClockStarts lists what may start a window.
var ClockStarts = []ClockStart{OnSent, OnDelivered, OnReceived, OnDeemed, OnComplete}

// Channel is a way of delivering a notice.
type Channel string

const (
	Desk    Channel = "desk" // the holder's own desk in Firstlook
	Email   Channel = "email"
	Courier Channel = "courier"
)

// Channels lists the ways of delivery.
var Channels = []Channel{Desk, Email, Courier}

// Deemed says after how long a notice by a channel counts as received.
type Deemed struct {
	Channel Channel
	After   calendar.Rule
}

// Delivery is how notices travel and when their clock starts.
type Delivery struct {
	Channel Channel // that is used unless a command names another
	Clock   ClockStart
	Deemed  []Deemed
}

// Item is one thing that a notice must contain.
type Item string

const (
	ItemQuantity     Item = "quantity"
	ItemAccelerator  Item = "accelerator"
	ItemPeriod       Item = "period"
	ItemRegion       Item = "region"
	ItemPrice        Item = "price"
	ItemPurpose      Item = "purpose"
	ItemServiceLevel Item = "service_level"
	ItemInterconnect Item = "interconnect"
	ItemCounterparty Item = "counterparty" // the rival's identity; sealed unless listed
)

// Items lists what a notice may have to contain.
var Items = []Item{ItemQuantity, ItemAccelerator, ItemPeriod, ItemRegion, ItemPrice, ItemPurpose, ItemServiceLevel, ItemInterconnect, ItemCounterparty}

// Rule is how an answer is held against what was noticed.
type Rule string

const (
	Identical          Rule = "identical"
	IdenticalPrincipal Rule = "identical_on_principal_terms"
	SameOrBetter       Rule = "same_or_better"
	NotMaterially      Rule = "not_materially_varying" // within a stated tolerance of every dimension that has one
	PresentValue       Rule = "npv_equivalent"         // any mix of price and prepayment of no greater present value
)

// Rules lists the match rules.
var Rules = []Rule{Identical, IdenticalPrincipal, SameOrBetter, NotMaterially, PresentValue}

// MatchRule is a match rule with its parameters.
type MatchRule struct {
	Rule Rule
	// Principal lists the dimensions that count under identical_on_principal_terms.
	Principal []Dimension
	// Tolerances say by how much a dimension may be worse for the grantor before it varies materially, under
	// not_materially_varying; a dimension without one must be the same or better.
	Tolerances []Tolerance
	// Discount is the nominal annual rate, compounded monthly, at which payments are brought to the start, under
	// npv_equivalent.
	Discount capacity.Percent
	// TermCap is the longest term over which present values are compared; unset for the whole noticed period.
	TermCap calendar.Length
	// Substitutions are what still matches although it differs.
	Substitutions []Substitution
}

// Substitution is a difference that a clause takes for a match.
type Substitution string

const (
	// SubstituteCash lets an answer pay cash in the place of non-cash items, at the value stated for them.
	SubstituteCash Substitution = "cash"
	// SubstituteFees nets a finder's fee, which the holder does not owe, out of the noticed price.
	SubstituteFees Substitution = "finders_fees"
)

// Substitutions lists the substitutions.
var Substitutions = []Substitution{SubstituteCash, SubstituteFees}

// Tolerance is how much worse, in percent of what was noticed, one dimension may be.
type Tolerance struct {
	Dimension Dimension
	Percent   capacity.Percent
}

// Measured lists the dimensions that have a size, so that a tolerance in percent means something.
var Measured = []Dimension{DimPrice, DimDuration, DimServiceLevel, DimTakeOrPay, DimPrepayment, DimTermination}

// Dimension is one part of a set of terms, see package offer.
type Dimension string

const (
	DimPrice        Dimension = "price"
	DimQuantity     Dimension = "quantity"
	DimAccelerator  Dimension = "accelerator"
	DimRegion       Dimension = "region"
	DimStart        Dimension = "start"
	DimDuration     Dimension = "duration"
	DimServiceLevel Dimension = "service_level"
	DimInterconnect Dimension = "interconnect"
	DimTakeOrPay    Dimension = "take_or_pay"
	DimPrepayment   Dimension = "prepayment"
	DimTermination  Dimension = "termination"
	DimNonCash      Dimension = "non_cash"
)

// Dimensions lists the dimensions of terms in the order in which they are compared and printed.
var Dimensions = []Dimension{DimPrice, DimQuantity, DimAccelerator, DimRegion, DimStart, DimDuration, DimServiceLevel,
	DimInterconnect, DimTakeOrPay, DimPrepayment, DimTermination, DimNonCash}

// CapSource is where the cap of a tail comes from.
type CapSource string

const (
	CapNoticed CapSource = "noticed" // no more favourable to the rival than the terms that the holder refused
	CapNamed   CapSource = "named"   // no more favourable to the rival than the terms that the holder named
	// CapHolderProposed and CapGrantorProposed: no more favourable than what that side proposed last in the negotiation.
	CapHolderProposed  CapSource = "proposed_by_holder"
	CapGrantorProposed CapSource = "proposed_by_grantor"
	CapNone            CapSource = "none"
)

// CapSources lists where a cap may come from.
var CapSources = []CapSource{CapNoticed, CapNamed, CapHolderProposed, CapGrantorProposed, CapNone}

// Tail is how long, and within which terms, a rival may be taken once the holder's right is released.
type Tail struct {
	Length calendar.Rule
	Cap    CapSource
	// Counterparty binds the release to the rival whose terms were noticed.
	Counterparty bool
	// Price is by how much a rival's price may be better than the cap before it is outside.
	Price capacity.Percent
	// From is what the length is counted from; empty for the release.
	From TailStart
	// Exact says that a rival may be given the terms of the cap and no others, better or worse.
	Exact bool
	// CapFor is how long the cap binds, where the release goes on without it; zero: as long as the release.
	CapFor calendar.Rule
}

// TailStart is what the length of a tail is counted from.
type TailStart string

const (
	FromRelease   TailStart = "release"
	FromNotice    TailStart = "notice"     // the receipt of the notice
	FromWindowEnd TailStart = "window_end" // when the window closes, or would have
	FromStart     TailStart = "start"      // the start of the line's period
)

// TailStarts lists what a tail may be counted from.
var TailStarts = []TailStart{FromRelease, FromNotice, FromWindowEnd, FromStart}

// Reopen is what gives the holder a new matter after a release.
type Reopen string

const (
	OnTailOver     Reopen = "tail_over"    // the tail ended without an award
	OnFellThrough  Reopen = "fell_through" // a rival's award fell through
	OnMaterialTerm Reopen = "cap_broken"   // signed terms left the cap
	// OnNonPerformance: a rival's award was not performed and not cured.
	OnNonPerformance Reopen = "non_performance"
	// OnMaterialChange is why a matter takes the place of one whose notice changed materially. It is not a choice of
	// the clause: a material change always gives a fresh full window.
	OnMaterialChange Reopen = "material_change"
	// OnCertified is why a call option opens: an event that it waits for was certified.
	OnCertified Reopen = "certified"
)

// Reopens lists what a clause may name as giving the holder a new matter.
var Reopens = []Reopen{OnTailOver, OnFellThrough, OnMaterialTerm, OnNonPerformance}

// Survival is what a sunset or a trigger does to matters that are open.
type Survival string

const (
	RunOff    Survival = "run_off"   // open matters go on under the old text
	Terminate Survival = "terminate" // open matters end
)

// CarveOut is a part of the scope to which a clause does not apply.
type CarveOut struct {
	Name  string
	Cite  string
	Scope Scope
}

// Threshold is the size below which a need does not engage a clause.
type Threshold struct {
	Quantity int64 // accelerators, in the line's reference
	// TermDays is the length of the line's period in whole days; Amount the budget of the need. A need without a
	// budget is over the threshold: it is not evaded by saying nothing.
	TermDays int64
	Amount   money.Amount
	// Open says that the text leaves the figures open: a person determines them for each matter.
	Open bool
	// AggregateDays adds the buyer's other needs of the same class submitted within so many days, so that splitting
	// does not evade the clause.
	AggregateDays int
}

// Holding is one of several holders of a clause.
type Holding struct {
	Holder party.ID
	Rank   int              // under by_rank: the lower is served first; equal ranks share pro rata
	Share  capacity.Percent // of the quantity under pro_rata; 0 for none stated
	Open   bool             // the share is unspecified: a person determines it for each matter
}

// Allocation is how what several holders want is given to them when it is more than there is. It never depends on who
// answered first.
type Allocation string

const (
	ByRank         Allocation = "by_rank"
	ProRataByShare Allocation = "pro_rata"
	// ProRataCapped gives each the lesser of what it wants and its share where more is wanted than there is; what is left over
	// is shared among nobody.
	ProRataCapped Allocation = "pro_rata_capped"
)

// Allocations lists the rules of allocation.
var Allocations = []Allocation{ByRank, ProRataByShare, ProRataCapped}

// Oversubscription says whether a holder may take what others left of their shares.
type Oversubscription string

const (
	OverAllotment   Oversubscription = "allowed"
	NoOverAllotment Oversubscription = "none"
)

// Effect is what a request for information does to the window.
type Effect string

const (
	EffectNone    Effect = "none"    // the window goes on
	EffectToll    Effect = "toll"    // it stands still until the information is supplied
	EffectRestart Effect = "restart" // a fresh full window runs from the supply
)

// Information says what a holder may ask before it answers.
type Information struct {
	Effect Effect
	// Extension is what the holder has at least once the information is supplied: the greater of this and what was left.
	Extension calendar.Rule
	// Requests is how many requests have an effect in one matter; 0 for any number.
	Requests int
}

// Ground is why a window is stayed.
type Ground string

const (
	GroundInformation Ground = "information"
	GroundDispute     Ground = "dispute"
	GroundRegulatory  Ground = "regulatory"
)

// StayGrounds lists the grounds on which a window may be stayed by a command.
var StayGrounds = []Ground{GroundDispute, GroundRegulatory}

// Stay says who may stop a window, and for how long.
type Stay struct {
	Grounds []Ground
	By      []party.ID
	AtMost  calendar.Length // hours, days or weeks of 24 h; zero: until it is lifted
}

// Materiality says which changes of a notice are material.
type Materiality struct {
	// Tolerances say by how much a dimension may change, either way, before it changes materially; none: any change is material.
	Tolerances []Tolerance
}

// Extension says who may lengthen a window.
type Extension string

const (
	ByGrantor   Extension = "by_grantor"
	ByAgreement Extension = "by_agreement"
)

// Consent is a gate: what must be agreed by somebody else before an exercise, or a rival's award, stands.
type Consent struct {
	Of      []party.ID
	Over    Over
	Within  calendar.Rule // zero: no end
	Silence ConsentSilence
}

// Over is what a consent is needed for.
type Over string

const (
	OverExercise Over = "exercise"
	OverRival    Over = "rival"
)

// ConsentSilence is what the end of the time for a consent means.
type ConsentSilence string

const (
	ConsentGiven   ConsentSilence = "given"
	ConsentRefused ConsentSilence = "refused"
)

// Remedy is what follows when an award is not performed and not cured.
type Remedy string

const (
	RemedyReopen   Remedy = "reopen"    // the award ends and the lot goes on its way again
	RemedyStepDown Remedy = "step_down" // the award keeps what is delivered; the rest goes on its way again
)

// NonPerformance says how long an award that is not performed may be cured, and what follows.
type NonPerformance struct {
	Cure calendar.Rule
	Then Remedy
}

// RateLimit bounds how often a holder may be given notice under a clause.
type RateLimit struct {
	Notices int
	Per     calendar.Length // hours, days or weeks of 24 h
	With    []ClauseID      // whose notices count too
}

// Ceiling bounds what a holder may take under a clause altogether: the right engages for what is left.
type Ceiling struct {
	Quantity int64         // accelerators, in the line's reference
	Over     calendar.Span // the awards that count, by when they were made
}

// Shop says whether others may be asked while the parties negotiate.
type Shop string

const (
	NoShop  Shop = "exclusive" // nobody else may be asked
	MayShop Shop = "open"      // the lot goes on its way meanwhile
)

// Alternative is what a holder may do in place of an exercise.
type Alternative string

// AlternativeSell lets the holder sell to the grantor on the noticed terms in place of buying.
const AlternativeSell Alternative = "sell"

// Forfeiture ends the right for the future once an event is certified and the holder did not challenge it in time. A
// challenge in time stops it until the event is certified again.
type Forfeiture struct {
	Triggers  []TriggerID
	Challenge calendar.Rule // zero: at once
}

// PackageRule says what becomes of an offer that packs capacity in scope with capacity that is not.
type PackageRule string

const (
	AllocatedPrice PackageRule = "allocated_price" // the holder may take what is in scope at the price allocated to it; the package falls
	WholePackage   PackageRule = "whole_package"   // the holder takes the whole package or nothing
	Severable      PackageRule = "severable"       // as allocated_price, and the rival keeps the rest
	NotAllowed     PackageRule = "not_allowed"     // such an offer may not be chosen
	HoldersChoice  PackageRule = "holders_choice"  // the holder is told of the whole package, and takes what it likes of it; the rest falls
)

// PackageRules lists the package rules.
var PackageRules = []PackageRule{AllocatedPrice, WholePackage, Severable, NotAllowed, HoldersChoice}

// Truncation is what ends a window early, whatever its length.
type Truncation string

const (
	TruncateStart     Truncation = "start"      // the start of the line's period
	TruncateClauseEnd Truncation = "clause_end" // the end of the clause
)

// Metric is how offers are held against each other in a last look, and terms under no_less_favourable.
type Metric string

const (
	MetricLanded Metric = "landed_cost"
	MetricPrice  Metric = "price"
)

// PriceRule is what a holder pays, or is paid, that steps in or calls.
type PriceRule string

const (
	PriceAsAwarded PriceRule = "as_awarded" // the terms of the award that it takes over
	PriceCard      PriceRule = "rate_card"  // the clause's rate card
	PriceAppraised PriceRule = "appraised"  // a rate that a person determines for the matter
	PriceLower     PriceRule = "lower"      // the lower of the award's and the appraised one
)

// PriceRules lists the price rules.
var PriceRules = []PriceRule{PriceAsAwarded, PriceCard, PriceAppraised, PriceLower}

// Disclosure is something that a notice or a view discloses beyond what is matched.
type Disclosure string

const (
	RevealCounterparty Disclosure = "counterparty"
	RevealAllTerms     Disclosure = "all_terms"
	RevealLosers       Disclosure = "losing_offers"
)

// Disclosures lists what a clause may disclose.
var Disclosures = []Disclosure{RevealCounterparty, RevealAllTerms, RevealLosers}

// Process holds the parameters of a right that is run against the holder.
type Process struct {
	Form      Param[Form]
	Content   Param[[]Item]
	Delivery  Param[Delivery]
	Window    Param[calendar.Rule]
	Calendar  string // name of a calendar of the agreement; for windows that count business days
	Silence   Param[Silence]
	Partial   Param[Partial]
	Match     Param[MatchRule]
	Counter   Param[Counter]
	ReleaseOn Param[[]Outcome]
	Tail      Param[Tail]
	Reopen    Param[[]Reopen]
	// Response is the grantor's window to accept or reject the terms that a holder named.
	Response        Param[calendar.Rule]
	ResponseSilence Param[Outcome] // OnRejected, or empty for accepted
	// RateCard caps the price of a first call, per accelerator-hour; given and empty, the holder's own price binds. Under
	// no_less_favourable it is what the holder has today; for a step-in or a call, what is paid.
	RateCard Param[[]CardRate]

	Allocation       Param[Allocation]       // among several holders
	Oversubscription Param[Oversubscription] // under pro_rata
	// Negotiation is how long the parties negotiate, from the holder's interest, or from the notice where FromNotice.
	Negotiation    Param[calendar.Rule]
	FromNotice     bool
	Information    Param[Information]
	MaterialChange Param[Materiality]
	Package        Param[PackageRule]
	Metric         Param[Metric]
	Margin         Param[capacity.Percent] // by how much worse for the grantor than the chosen offer a last look may be and still win
	Price          Param[PriceRule]
	Appraised      Param[money.Rate] // set by a determination alone
	// What follows are powers: a clause that does not grant one has none.
	Opens          []TriggerID // events that open a call option
	Stay           *Stay
	Extension      Extension
	Consent        *Consent
	NonPerformance *NonPerformance
	RateLimit      *RateLimit
	Assignees      []party.ID // whom the holder may name in its place
	Truncate       []Truncation
	Reveals        []Disclosure
	AnyAssignee    bool          // the holder may name anybody in its place
	AssignAfter    bool          // also once it has exercised, before the award is signed
	NoticeLead     calendar.Rule // the latest time for the notice, counted back from the start of the line's period; zero: none
	NoticeWithin   calendar.Rule // the latest time for the notice, counted from the receipt of the offer that it notices; zero: none
	Against        []party.ID    // the rivals over whom the right engages; empty: all
	ReopenWindow   Param[calendar.Rule]
	ReleaseOpen    []Outcome // outcomes of which the text does not say whether they release: asked for
	BonaFide       capacity.Percent
	Shop           Shop
	Alternative    Alternative
	Unsolicited    bool // an offer that nobody asked for may come in while the parties negotiate, and is told to the holder
	Ceiling        *Ceiling
	Share          Param[capacity.Percent] // of a holder whose share is open; set by a determination alone
}

// CardRate is one line of a rate card.
type CardRate struct {
	Accelerator capacity.Accelerator
	Rate        money.Rate
}

// Clause is one version of one clause.
type Clause struct {
	Ref       Ref
	Kind      Kind
	Cite      string
	Text      string // a sentence in plain words, for people
	Effective calendar.Span
	Holder    party.ID  // empty where there are several
	Holders   []Holding // several holders; empty where there is one
	Scope     Scope
	CarveOuts []CarveOut
	Threshold Threshold
	Priority  int // lower runs first
	Triggers  []TriggerID
	Survival  Param[Survival]
	// Conditions are events that must have been certified before the clause engages anything.
	Conditions []TriggerID
	Forfeiture *Forfeiture
	Process    Process
	// Disapplies lists the clauses that an approval sets aside for what lies in its scope.
	Disapplies []ClauseID
	// Money is what commitments and shares promise; they are recorded here and drawn down by package ledger.
	Money MoneyTerms
	// Level is what a service_level clause promises; Baselines what a security_baseline demands.
	Level     capacity.Percent
	Baselines []string
	// Assumed lists the parameters whose values were never published, each with its reason.
	Assumed []Assumption
}

// MoneyTerms are the parameters of commitments and revenue shares.
type MoneyTerms struct {
	Amount money.Amount
	Share  capacity.Percent
	Cap    money.Amount
	Over   calendar.Span
}

// Assumption marks a value in a file that no published text gives.
type Assumption struct {
	Param  string // path within the clause, such as window or tail.length
	Reason string
}

// Party is a company that signed.
type Party struct {
	ID     party.ID
	Name   string
	Zone   calendar.Zone
	Clouds []capacity.Cloud // that it sells from; empty for a buyer
}

// Trigger is an event that clauses wait for and a named party or panel certifies.
type Trigger struct {
	ID          TriggerID
	Description string
	Cite        string
	CertifiedBy []party.ID
}

// Transition is what an amendment does to matters that are open when it takes effect.
type Transition string

const (
	KeepOld    Transition = "keep"      // they finish under the version that opened them
	EndMatters Transition = "terminate" // they end, and the quantity is considered afresh under the new text
)

// Amendment changes an agreement: new versions of clauses, and clauses that end.
type Amendment struct {
	ID         string
	Title      string
	Cite       string
	Effective  calendar.Instant
	Clauses    []Clause
	Ends       []ClauseID
	Transition Param[Transition]
}

// Direction says on which side the grantor stands.
type Direction string

const (
	Buys  Direction = "buys"
	Sells Direction = "sells"
)

// Agreement is what was signed, with its amendments, as data.
type Agreement struct {
	ID         ID
	Title      string
	Reading    string // which reading of a disputed text this file takes; empty if undisputed
	Source     string
	Grantor    party.ID
	Direction  Direction
	Parties    []Party
	Calendars  []calendar.Calendar
	Triggers   []Trigger
	Clauses    []Clause // every version of every clause, effective spans resolved and disjoint per id
	Amendments []Amendment
	Hash       string // SHA-256 of the file's bytes, hex
}

// InForce returns the version of each clause whose effective span contains at, in the order of the file.
func (a *Agreement) InForce(at calendar.Instant) []*Clause {
	var out []*Clause
	for i := range a.Clauses {
		if a.Clauses[i].Effective.Contains(at) {
			out = append(out, &a.Clauses[i])
		}
	}
	return out
}

// Clause returns the named version of a clause.
func (a *Agreement) Clause(ref Ref) (*Clause, bool) {
	for i := range a.Clauses {
		if a.Clauses[i].Ref == ref {
			return &a.Clauses[i], true
		}
	}
	return nil, false
}

// Calendar returns a calendar of the agreement by name: the version that is listed first where there are several.
func (a *Agreement) Calendar(name string) (calendar.Calendar, bool) {
	for _, c := range a.Calendars {
		if c.Name == name {
			return c, true
		}
	}
	return calendar.Calendar{}, false
}

// Party returns a party of the agreement.
func (a *Agreement) Party(id party.ID) (Party, bool) {
	for _, p := range a.Parties {
		if p.ID == id {
			return p, true
		}
	}
	return Party{}, false
}

// Holds lists the holders of the clause: the one that it names, or several by rank and then as the file lists them.
func (c *Clause) Holds() []Holding {
	if len(c.Holders) == 0 {
		return []Holding{{Holder: c.Holder}}
	}
	return c.Holders
}

// Holding returns what a party holds under the clause; false where it holds nothing.
func (c *Clause) Holding(p party.ID) (Holding, bool) {
	if len(c.Holders) == 0 && c.Holder == p {
		return Holding{Holder: p}, true
	}
	for i := range c.Holders {
		if c.Holders[i].Holder == p {
			return c.Holders[i], true
		}
	}
	return Holding{}, false
}

// String writes microsoft-openai/new-capacity@2: how people and files cite a version of a clause.
func (r Ref) String() string { return fmt.Sprintf("%s/%s@%d", r.Agreement, r.Clause, r.Version) }
