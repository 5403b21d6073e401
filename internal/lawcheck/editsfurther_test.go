package lawcheck_test

import (
	"time"

	"firstlook/agreement"
	"firstlook/internal/lawcheck"
	"firstlook/right"
)

// ofFurther break packages and the modifiers of docs/spec/rights.md, section 8.
var ofFurther = []counterexample{
	{lawcheck.I1, "assigned-after-it-was-signed", "ceiling-assigned", "the award is signed before the holder gives it away", func(h *history) {
		i, j := at[*right.Assigned](h, 1), at[*right.Signed](h, 1)
		h.events[i].Fact, h.events[j].Fact = h.events[j].Fact, h.events[i].Fact
		h.events[i].By, h.events[j].By = h.events[j].By, h.events[i].By
	}},
	{lawcheck.I5, "against-the-rival", "against", "the offer that is chosen is the rival's whom the exclusivity is about", func(h *history) {
		h.events[at[*right.OfferReceived](h, 1)].By = "contoso"
		f := fact[*right.OfferReceived](h, 1)
		f.Offer.Provider = "contoso"
		rehash(f)
		fact[*right.PickSet](h, 1).Pick.Provider = "contoso"
		fact[*right.Awarded](h, 1).Provider = "contoso"
	}},
	{lawcheck.I2, "late-and-not-owned-up-to", "exact-signed", "the word that the notice is late is taken out", func(h *history) { drop[*right.NoticeLate](h, 1) }},
	{lawcheck.I2, "called-late", "exact-signed", "the notice is said to be due an hour before it is", func(h *history) {
		f := fact[*right.NoticeLate](h, 1)
		f.Due = f.Due.Add(-time.Hour)
	}},
	{lawcheck.I3, "not-bona-fide", "exact-signed", "the offer that is noticed pays nothing in advance", func(h *history) {
		f := fact[*right.OfferReceived](h, 1)
		f.Offer.Terms.Prepayment = 0
		rehash(f)
	}},
	{lawcheck.I5, "signed-on-better-terms", "exact-signed", "the terms that are signed are cheaper than those refused", func(h *history) { priced(&fact[*right.Signed](h, 1).Terms, 2_000_000_000) }},
	{lawcheck.I5, "released-for-any-terms", "exact-signed", "the release serves all terms within its cap", func(h *history) { fact[*right.Released](h, 1).Exact = false }},
	{lawcheck.I5, "cap-too-short", "exact-signed", "the cap binds for an hour less than the clause gives", func(h *history) {
		f := fact[*right.Released](h, 1)
		f.CapUntil = f.CapUntil.Add(-time.Hour)
	}},
	{lawcheck.I5, "right-shed-by-a-new-offer", "ceiling-over", "the release ended by a new offer of the grantor, which leaves the right as it is", func(h *history) {
		fact[*right.ReleaseEnded](h, 1).Why = agreement.OnMaterialTerm
	}},
	{lawcheck.I6, "package-in-part", "packed-left", "a part of the package is awarded, the other is left", func(h *history) { drop[*right.Awarded](h, 2) }},
	{lawcheck.I8, "beyond-the-ceiling", "ceiling/n2", "the holder may take all of the second need", func(h *history) {
		fact[*right.MatterOpened](h, 1).Quantity = 64
		fact[*right.Noticed](h, 1).Quantity = 64
	}},
	{lawcheck.I11, "engages-above-the-ceiling", "ceiling/n3", "the clause engages though the holder had all that it gives", func(h *history) {
		f := fact[*right.Engaged](h, 1)
		f.Engaged, f.Reason = true, "in scope"
	}},
	{lawcheck.I11, "no-right-to-the-other-line", "packed-taken", "the offers are of no package, and the holder has a matter over the line that is out of scope", func(h *history) {
		for n := range 2 {
			f := fact[*right.OfferReceived](h, n+1)
			f.Offer.Package = ""
			rehash(f)
		}
	}},
}
