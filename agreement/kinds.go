package agreement

import (
	"slices"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/strict"
	"firstlook/money"
	"firstlook/party"
)

// rights are the kinds that bind the grantor to a holder; processes are those that run with notice, window and answer.
var (
	rights    = []Kind{Exclusive, FirstCall, FirstOffer, Match}
	processes = []Kind{FirstCall, FirstOffer, Match}
	offered   = []Kind{FirstOffer, Match} // in which there are terms that an answer is held against
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

var clauseKeys = slices.Concat(generalKeys, processKeys, termKeys)

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
	{Field: strict.Key("holder", "The party that has the right, or to which the promise is made.", partyID,
		func(c *Clause) *party.ID { return &c.Holder }),
		required: append(slices.Clone(rights), Commitment, RevenueShare)},
	{Field: strict.Key("priority", "Clauses with a lower number run first; 0 when left out.", strict.Integer[int](0, 1000),
		func(c *Clause) *int { return &c.Priority })},
	{Field: strict.Key("scope", "What the clause applies to: all that is stated must hold, what is left out admits everything.", scopeForm,
		func(c *Clause) *Scope { return &c.Scope })},
	{Field: strict.Key("carve_outs", "Parts of the scope to which the clause does not apply.", strict.List(carveOutForm),
		func(c *Clause) *[]CarveOut { return &c.CarveOuts })},
	{Field: strict.Key("triggers", "Events that end the clause once they are certified.", strict.Distinct(strict.ID[TriggerID]()),
		func(c *Clause) *[]TriggerID { return &c.Triggers })},
	{Field: strict.Key("survival", "What becomes of open matters when the clause ends: run_off (they go on under the old text) or terminate.",
		open(strict.Enum([]Survival{RunOff, Terminate})), func(c *Clause) *Param[Survival] { return &c.Survival })},
	{Field: strict.Set("assumed", "Values above that no published text gives, each with its reason: the path of the value within the clause (window, tail.length), then why.",
		strict.Table("window", "Path of a value within the clause, and the reason for it.", anyKey, strict.Text()), setAssumed)},
}

// processKeys belong to rights that are run against a holder.
var processKeys = []clauseKey{
	{Field: strict.Key("threshold", "Size below which a need does not engage the clause.", thresholdForm,
		func(c *Clause) *Threshold { return &c.Threshold }), kinds: processes},
	{Field: strict.Key("form", "Whose terms come first: grantors_terms (the grantor offers its own) or holders_terms (the holder is invited to name terms).",
		open(strict.Enum([]Form{GrantorsTerms, HoldersTerms})), func(c *Clause) *Param[Form] { return &c.Process.Form }), kinds: []Kind{FirstOffer}},
	{Field: strict.Set("notice", "What the holder must be told, how, and what starts the clock.", open(noticeForm), setNotice), kinds: processes},
	{Field: strict.Key("window", "How long the holder may answer: \"72 hours\", or length, zone, at and roll.", open(ruleForm),
		func(c *Clause) *Param[calendar.Rule] { return &c.Process.Window }), kinds: processes},
	{Field: strict.Key("calendar", "Name of the calendar of this agreement that counts business days.", strict.ID[string](),
		func(c *Clause) *string { return &c.Process.Calendar }), kinds: processes},
	{Field: strict.Key("silence", "What the end of the window without an answer means: lapse, decline, accept or unable.", open(strict.Enum(Silences)),
		func(c *Clause) *Param[Silence] { return &c.Process.Silence }), kinds: processes},
	{Field: strict.Key("partial", "Whether the holder may take a part: allowed or whole_only.", open(strict.Enum([]Partial{PartialAllowed, WholeOnly})),
		func(c *Clause) *Param[Partial] { return &c.Process.Partial }), kinds: processes},
	{Field: strict.Key("match", "How an answer is held against the noticed terms.", open(matchForm),
		func(c *Clause) *Param[MatchRule] { return &c.Process.Match }), kinds: offered},
	{Field: strict.Key("counter", "What becomes of the window when the holder proposes other terms: window_continues or right_spent.",
		open(strict.Enum([]Counter{CounterContinues, CounterSpends})), func(c *Clause) *Param[Counter] { return &c.Process.Counter }), kinds: processes},
	{Field: strict.Key("release_on", "Outcomes that release the capacity to rivals: unable, declined, lapsed, rejected. A waiver always does.",
		open(strict.Distinct(strict.Enum(Outcomes))), func(c *Clause) *Param[[]Outcome] { return &c.Process.ReleaseOn }), kinds: processes},
	{Field: strict.Key("tail", "How long after a release, and within which terms, a rival may be taken.", open(tailForm),
		func(c *Clause) *Param[Tail] { return &c.Process.Tail }), kinds: processes},
	{Field: strict.Key("reopen", "What gives the holder a new matter after a release: tail_over, fell_through, cap_broken.",
		open(strict.Distinct(strict.Enum(Reopens))), func(c *Clause) *Param[[]Reopen] { return &c.Process.Reopen }), kinds: processes},
	{Field: strict.Key("response", "How long the grantor may accept or reject the terms that the holder named.", open(ruleForm),
		func(c *Clause) *Param[calendar.Rule] { return &c.Process.Response }), kinds: []Kind{FirstOffer}},
	{Field: strict.Key("response_silence", "What the grantor's silence on the named terms means: rejected or accepted.", open(responseSilenceForm),
		func(c *Clause) *Param[Outcome] { return &c.Process.ResponseSilence }), kinds: []Kind{FirstOffer}},
	{Field: strict.Key("rate_card", "Highest price of the holder per accelerator-hour, by accelerator; none where its own price binds.", open(rateCard),
		func(c *Clause) *Param[[]CardRate] { return &c.Process.RateCard }), kinds: []Kind{FirstCall}},
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
