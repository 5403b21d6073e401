package agreement

import (
	"slices"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/strict"
	"firstlook/money"
	"firstlook/party"
)

// Groups of kinds. Each is written once here; the keys, the open parameters, the checks and the words ask them.
var (
	// rights bind the grantor to a holder; processes are those that run with notice, window and answer.
	rights    = []Kind{Exclusive, FirstCall, FirstOffer, FirstNegotiation, ProRata, Match, LastLook, NoLessFavourable, StepIn, CallOption}
	processes = []Kind{FirstCall, FirstOffer, FirstNegotiation, ProRata, Match, LastLook, NoLessFavourable, StepIn, CallOption}
	// offered have terms in the notice that an answer is held against.
	offered = []Kind{FirstOffer, Match, NoLessFavourable}
	// countered are open to an answer on other terms; what is taken over is taken on the noticed ones.
	countered = []Kind{FirstCall, FirstOffer, ProRata, Match, NoLessFavourable}
	// changing have noticed terms, or may have them where the grantor states some, which may change while the holder considers them.
	changing = []Kind{FirstCall, FirstOffer, FirstNegotiation, ProRata, Match, NoLessFavourable}
	// answered are open to an answer for a quantity, on terms that the notice or a rate card gives. What is negotiated is agreed
	// as proposed, and a last look is for the whole.
	answered = []Kind{FirstCall, FirstOffer, ProRata, Match, NoLessFavourable, StepIn, CallOption}
	// grouped are answered by several holders side by side, and then allocated; the other rights are run with one holder after the other.
	grouped = []Kind{FirstCall, FirstOffer, ProRata, Match, NoLessFavourable}
	// releasing let rivals in when they end without a supply by the holder; the others leave the lot as it was.
	releasing = []Kind{FirstCall, FirstOffer, FirstNegotiation, ProRata, Match, LastLook, NoLessFavourable}
	// taking take over what was awarded to somebody else.
	taking = []Kind{StepIn, CallOption}
	// atTheChoice are run once the grantor would accept an offer; barring are about rivals, all or some.
	atTheChoice = []Kind{Match, LastLook, NoLessFavourable}
	barring     = []Kind{Exclusive, Match, LastLook, NoLessFavourable}
	// afterChoice are run over an offer of a rival, or over an award to one: there is something to disclose.
	afterChoice = []Kind{Match, LastLook, NoLessFavourable, StepIn, CallOption}
	packaged    = []Kind{Match, NoLessFavourable}
	carded      = []Kind{FirstCall, ProRata, NoLessFavourable, StepIn, CallOption}
)

// clauseKey is one key of a clause: the one table from which the parser, the schema and the text are made. A kind of
// clause that is added to the language is added here.
type clauseKey struct {
	strict.Field[Clause]
	kinds    []Kind // that may have it; every kind when nil
	required []Kind // that must have it
}

// Has reports whether a clause of the kind may have the key.
func (k clauseKey) has(kind Kind) bool { return k.kinds == nil || slices.Contains(k.kinds, kind) }

var clauseKeys = slices.Concat(generalKeys, processKeys, powerKeys, termKeys)

// generalKeys belong to every kind.
var generalKeys = []clauseKey{
	{Field: strict.Key("id", "Name of the clause. Its versions share it; decisions cite it.", strict.ID[ClauseID](),
		func(c *Clause) *ClauseID { return &c.Ref.Clause }).Required()},
	{Field: strict.Key("kind", "What the clause is. The kind says which further keys it may have.", strict.Enum(Kinds),
		func(c *Clause) *Kind { return &c.Kind }).Required()},
	{Field: strict.Key("cite", "Section of the signed text, or where the fact was published.", strict.Text(),
		func(c *Clause) *string { return &c.Cite }).Required()},
	{Field: strict.Key("text", "One sentence in plain words, for people.", strict.Text(),
		func(c *Clause) *string { return &c.Text })},
	{Field: strict.Key("effective", "FROM..UNTIL, half-open, dates in UTC; an empty side is open.", strict.Span(),
		func(c *Clause) *calendar.Span { return &c.Effective })},
	{Field: strict.Key("holder", "The party that has the right, or to which the promise is made. A right has this or holders.", partyID,
		func(c *Clause) *party.ID { return &c.Holder }), required: []Kind{Commitment, RevenueShare}},
	{Field: strict.Key("holders", "The parties that have the right together, each with its rank or its share.", strict.List(holdingForm),
		func(c *Clause) *[]Holding { return &c.Holders }), kinds: rights},
	{Field: strict.Key("priority", "Clauses with a lower number run first; 0 when left out.", strict.Integer[int](0, 1000),
		func(c *Clause) *int { return &c.Priority })},
	{Field: strict.Key("scope", "What the clause applies to: all that is stated must hold, what is left out admits everything.", scopeForm,
		func(c *Clause) *Scope { return &c.Scope })},
	{Field: strict.Key("carve_outs", "Parts of the scope to which the clause does not apply.", strict.List(carveOutForm),
		func(c *Clause) *[]CarveOut { return &c.CarveOuts })},
	{Field: strict.Key("triggers", "Events that end the clause once they are certified.", strict.Distinct(strict.ID[TriggerID]()),
		func(c *Clause) *[]TriggerID { return &c.Triggers })},
	{Field: strict.Key("conditions", "Events that must have been certified before a need engages the clause.", strict.Distinct(strict.ID[TriggerID]()),
		func(c *Clause) *[]TriggerID { return &c.Conditions }), kinds: rights},
	{Field: strict.Key("forfeiture", "Events that end the right for good once they are certified and no holder challenged that in time.", power(forfeitureForm),
		func(c *Clause) **Forfeiture { return &c.Forfeiture }), kinds: rights},
	{Field: strict.Key("survival", "What becomes of open matters when the clause ends: run_off (they go on under the old text) or terminate.",
		open(strict.Enum([]Survival{RunOff, Terminate})), func(c *Clause) *Param[Survival] { return &c.Survival })},
	{Field: strict.Set("assumed", "Values above that no published text gives, each with its reason: the path of the value within the clause (window, tail.length), then why.",
		strict.Table("window", "Path of a value within the clause, and the reason for it.", anyKey, strict.Text()), setAssumed)},
}

// termKeys belong to the clauses that are not rights.
var termKeys = []clauseKey{
	{Field: strict.Key("disapplies", "Clauses that are set aside for what lies in the scope of this approval.", strict.Distinct(strict.ID[ClauseID]()),
		func(c *Clause) *[]ClauseID { return &c.Disapplies }), kinds: []Kind{Approval}, required: []Kind{Approval}},
	{Field: strict.Key("amount", "Spend that the grantor commits to.", silent(strict.Amount()),
		func(c *Clause) *money.Amount { return &c.Money.Amount }), kinds: []Kind{Commitment}},
	{Field: strict.Key("share", "Percentage of the sales that is shared.", silent(strict.Percent()),
		func(c *Clause) *capacity.Percent { return &c.Money.Share }), kinds: []Kind{RevenueShare}},
	{Field: strict.Key("cap", "Most that is paid in total.", silent(strict.Amount()),
		func(c *Clause) *money.Amount { return &c.Money.Cap }), kinds: []Kind{RevenueShare}},
	{Field: strict.Key("over", "Span FROM..UNTIL over which the promise is counted.", silent(strict.Span()),
		func(c *Clause) *calendar.Span { return &c.Money.Over }), kinds: []Kind{Commitment, RevenueShare}},
	{Field: strict.Key("level", "Monthly availability promised, in percent.", strict.Percent(),
		func(c *Clause) *capacity.Percent { return &c.Level }), kinds: []Kind{ServiceLevel}, required: []Kind{ServiceLevel}},
	{Field: strict.Key("baselines", "Security baselines that every placement in scope meets.", strict.Distinct(strict.ID[string]()),
		func(c *Clause) *[]string { return &c.Baselines }), kinds: []Kind{SecurityBaseline}, required: []Kind{SecurityBaseline}},
}

// conditions turns the table into the schema's demands on each kind.
func conditions() []strict.Condition {
	var out []strict.Condition
	for _, kind := range Kinds {
		c := strict.Condition{Key: "kind", Is: string(kind)}
		for _, k := range clauseKeys {
			if !k.has(kind) {
				c.Forbid = append(c.Forbid, k.Key())
			}
			if slices.Contains(k.required, kind) {
				c.Require = append(c.Require, k.Key())
			}
		}
		out = append(out, c)
	}
	return out
}

func clauseFields() []strict.Field[Clause] {
	out := make([]strict.Field[Clause], len(clauseKeys))
	for i, k := range clauseKeys {
		out[i] = k.Field
	}
	return out
}
