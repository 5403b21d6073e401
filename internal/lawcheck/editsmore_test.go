package lawcheck_test

import (
	"slices"
	"testing"
	"time"

	"firstlook/internal/lawcheck"
	"firstlook/right"
)

// ofWindows break what may stop, lengthen or begin a window, and who speaks in it.
var ofWindows = []counterexample{
	{lawcheck.I1, "interest-that-nobody-showed", "talks-failed", "the holder's answer is taken out; the negotiation begins by itself", func(h *history) { drop[*right.Answered](h, 1) }},
	{lawcheck.I1, "proposal-by-another", "talks-agreed", "the grantor proposes for the holder", func(h *history) { h.events[at[*right.Proposed](h, 1)].By = "acme" }},
	{lawcheck.I1, "assigned-to-a-stranger", "toll-assigned", "the matter is assigned to one whom the clause does not name", func(h *history) { fact[*right.Assigned](h, 1).To = "fabrikam" }},
	{lawcheck.I1, "consent-by-another", "consent-given", "the buyer consents for the lender", func(h *history) { h.events[at[*right.Consented](h, 1)].By = "acme" }},
	{lawcheck.I1, "taken-over-by-nobody", "call-taken", "the exercise is taken out; the award is taken over all the same", func(h *history) { drop[*right.Exercised](h, 1) }},
	{lawcheck.I2, "negotiation-too-short", "talks-failed", "the negotiation is a day shorter than the clause gives, and what follows comes a day earlier", func(h *history) {
		f := fact[*right.Interested](h, 1)
		f.NegotiateBy = f.NegotiateBy.Add(-24 * time.Hour)
		retime[*right.Ended](h, 1, -24*time.Hour)
	}},
	{lawcheck.I2, "failed-before-its-end", "talks-failed", "the negotiation fails a day before its end", func(h *history) { retime[*right.Ended](h, 1, -24*time.Hour) }},
	{lawcheck.I2, "stayed-by-a-stranger", "toll-stayed", "a rival stays the window", func(h *history) { h.events[at[*right.Tolled](h, 1)].By = "fabrikam" }},
	{lawcheck.I2, "goes-on-while-stayed", "toll-stayed", "the end of the stay is taken out", func(h *history) { drop[*right.Untolled](h, 1) }},
	{lawcheck.I2, "less-than-was-left", "toll-stayed", "the window goes on with half a day less than was left", func(h *history) {
		f := fact[*right.Opened](h, 2)
		f.AnswerBy = f.AnswerBy.Add(-12 * time.Hour)
	}},
	{lawcheck.I2, "less-than-the-extension", "toll-supplied", "after the supply the holder has six hours less than the clause gives", func(h *history) {
		f := fact[*right.Opened](h, 2)
		f.AnswerBy = f.AnswerBy.Add(-6 * time.Hour)
	}},
	{lawcheck.I2, "goes-on-without-the-information", "toll-supplied", "the supply is taken out", func(h *history) { drop[*right.InformationSupplied](h, 1) }},
	{lawcheck.I2, "extended-by-one-side", "toll-stayed", "the other side's proposal is taken out", func(h *history) { drop[*right.ExtensionProposed](h, 1) }},
	{lawcheck.I2, "noticed-too-often", "toll-held", "the second notice is given a day before it is allowed, and everything after follows a day earlier", func(h *history) {
		retime[*right.Noticed](h, 2, -24*time.Hour)
	}},
	{lawcheck.I2, "cured-too-late", "perform-cured", "the award is cured at the instant at which the time for it ends", func(h *history) { retime[*right.Cured](h, 1, 24*time.Hour) }},
	{lawcheck.I2, "condition-failed-too-early", "consent-silent", "the exercise fails a day before the time for the consents ends", func(h *history) { retime[*right.Ended](h, 1, -24*time.Hour) }},
	{lawcheck.I4, "changed-by-the-rival", "change-slight", "the rival changes what was noticed", func(h *history) { h.events[at[*right.Changed](h, 1)].By = "contoso" }},
	{lawcheck.I4, "taken-away-by-a-slight-change", "change-slight", "a change within the tolerance is called material", func(h *history) { fact[*right.Changed](h, 1).Material = true }},
	{lawcheck.I7, "called-immaterial", "change-material", "a change beyond the tolerance is called immaterial", func(h *history) { fact[*right.Changed](h, 1).Material = false }},
	{lawcheck.I7, "nothing-in-its-place", "change-material", "the matter that takes the place of the first is taken out", func(h *history) { from[*right.MatterOpened](h, 2) }},
	{lawcheck.I7, "no-full-window", "change-material", "the new window closes when the old one would have", func(h *history) {
		fact[*right.Opened](h, 2).AnswerBy = fact[*right.Opened](h, 1).AnswerBy
	}},
	{lawcheck.I7, "superseded-by-nothing", "change-material", "the change is taken out", func(h *history) { drop[*right.Changed](h, 1) }},
}

// allot sets what a matter of an allocation gets.
func allot(h *history, id right.MatterID, quantity int64) {
	h.t.Helper()
	shares := fact[*right.Allocated](h, 1).Shares
	i := slices.IndexFunc(shares, func(s right.Allotment) bool { return s.Matter == id })
	if i < 0 {
		h.t.Fatalf("nothing is allocated to %s", id)
	}
	shares[i].Quantity = quantity
}

// ofSharing break what several holders get.
var ofSharing = []counterexample{
	{lawcheck.I8, "first-come", "shared-both", "who answered first has all that it wants, the other what is left", func(h *history) {
		allot(h, 2, 32)
		allot(h, 1, 32)
	}},
	{lawcheck.I8, "fewer-than-its-least", "shared-least", "a holder is given less than the fewest that it takes", func(h *history) {
		allot(h, 2, 21)
		allot(h, 1, 43)
	}},
	{lawcheck.I8, "ranks-turned-round", "shared-rank", "the later rank is served first", func(h *history) {
		allot(h, 2, 64)
		allot(h, 1, 0)
	}},
	{lawcheck.I8, "more-than-the-pool", "tranche-shares", "both have all that they want, which is more than their shares together", func(h *history) {
		allot(h, 1, 25)
		allot(h, 2, 30)
	}},
	{lawcheck.I8, "may-take-more", "tranche-shares", "a holder may take the whole of the tranche", func(h *history) { fact[*right.MatterOpened](h, 1).Quantity = 64 }},
	{lawcheck.I8, "left-out", "shared-both", "the allocation says nothing of one who wants something", func(h *history) {
		f := fact[*right.Allocated](h, 1)
		f.Shares = f.Shares[:1]
	}},
	{lawcheck.I8, "another-split-than-allotted", "shared-part", "the split gives the first another part than was allocated to it", func(h *history) { fact[*right.LotSplit](h, 1).Quantity = 20 }},
	{lawcheck.I1, "allocated-too-early", "shared-both", "the lot is allocated while one may still answer", func(h *history) {
		drop[*right.Answered](h, 2)
		drop[*right.Subscribed](h, 2)
	}},
	{lawcheck.I6, "awarded-beyond-its-lot", "shared-both", "the second is awarded the whole", func(h *history) { fact[*right.Awarded](h, 2).Quantity = 64 }},
}

// ofPowers break what becomes of awards, and what conditions and forfeitures do.
var ofPowers = []counterexample{
	{lawcheck.I3, "agreed-on-other-terms", "talks-agreed", "what is agreed is dearer than what the grantor proposed", func(h *history) { priced(&fact[*right.Exercised](h, 1).Terms, 2_500_000_000) }},
	{lawcheck.I3, "last-look-beyond-the-margin", "look-lost", "the last look wins though it is dearer than the margin lets", func(h *history) {
		e := h.events[at[*right.Ended](h, 1)]
		from[*right.Ended](h, 1)
		e.Fact = &right.Exercised{Matter: 1, Terms: fact[*right.Revised](h, 1).Terms}
		h.events = append(h.events, e)
	}},
	{lawcheck.I3, "last-look-turned-away", "look-won", "the last look is outbid though it is within the margin", func(h *history) {
		e := h.events[at[*right.Exercised](h, 1)]
		from[*right.Exercised](h, 1)
		e.Fact = &right.Ended{Matter: 1, Holder: "northwind", Outcome: right.Outbid}
		h.events = append(h.events, e)
	}},
	{lawcheck.I3, "a-consent-is-missing", "consent-given", "one of the two consents is taken out", func(h *history) { drop[*right.Consented](h, 2) }},
	{lawcheck.I3, "taken-over-at-another-price", "call-taken", "the notice states another price than the card", func(h *history) { priced(fact[*right.Noticed](h, 1).Terms, dear) }},
	{lawcheck.I5, "signed-without-consent", "consent-silent", "the lender's consent to the award is taken out", func(h *history) { drop[*right.Consented](h, 1) }},
	{lawcheck.I5, "not-asked-to-step-in", "step-lapsed", "the matter of the one that may step in is taken out", func(h *history) {
		i, j := at[*right.MatterOpened](h, 2), at[*right.Ended](h, 2)
		h.events = slices.Delete(h.events, i, j+1)
	}},
	{lawcheck.I6, "keeps-more-than-is-delivered", "perform-down", "the award keeps 32, of which 24 are delivered", func(h *history) { fact[*right.SteppedDown](h, 1).Quantity = 32 }},
	{lawcheck.I12, "shown-what-it-has-to-beat", "look-won", "the notice of the last look states the chosen offer", func(h *history) {
		terms := fact[*right.OfferReceived](h, 1).Offer.Terms
		fact[*right.Noticed](h, 1).Terms = &terms
	}},
	{lawcheck.I14, "stepped-down-too-early", "perform-down", "the award steps down a day before the time to cure it ends", func(h *history) { retime[*right.LotSplit](h, 1, -24*time.Hour) }},
	{lawcheck.I14, "goes-on-though-forfeited", "forfeit-final", "the matter ends a day after the right was forfeited", func(h *history) { retime[*right.Ended](h, 1, 24*time.Hour) }},
	{lawcheck.I14, "forfeited-though-challenged", "forfeit-challenged", "the matter ends as forfeited though the default was challenged", func(h *history) {
		e := h.events[at[*right.Ended](h, 1)]
		from[*right.Ended](h, 1)
		e.At, e.By = instant(h, "2026-03-09T09:00Z"), ""
		e.Fact = &right.Ended{Matter: 1, Holder: "northwind", Outcome: right.Terminated, Reason: "forfeited: default was certified"}
		h.events = append(h.events, e)
	}},
	{lawcheck.I16, "budgets-counted-apart", "threshold-money/n2", "the need is counted without the budget of the one before it", func(h *history) {
		f := fact[*right.Engaged](h, 1)
		f.Engaged, f.Reason = false, "below threshold: 600000.00 USD of 1000000.00 USD"
	}},
	{lawcheck.I16, "a-short-term-engages", "threshold-money/n3", "a need of a short term is said to reach the threshold", func(h *history) {
		f := fact[*right.Engaged](h, 1)
		f.Engaged, f.Reason = true, "in scope; the threshold is reached"
	}},
}

// An allocation filed in a tariff (SEMANTICS section 9): pro rata gives c less than the fewest that it takes, so it is dropped and
// the rest is run again.
func TestFiledTariff(t *testing.T) {
	want := []int64{30_000, 30_000, 0, 25_000, 15_000}
	got := lawcheck.Share(100_000, []int64{60_000, 60_000, 70_000, 50_000, 30_000}, []int64{0, 0, 45_000, 15_000, 10_000})
	if !slices.Equal(got, want) {
		t.Errorf("allocated %d, want %d", got, want)
	}
}
