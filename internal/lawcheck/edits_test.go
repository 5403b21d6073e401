package lawcheck_test

import (
	"slices"
	"testing"
	"time"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/internal/lawcheck"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// history is a record that an edit changes.
type history struct {
	t      *testing.T
	events []right.Event
}

// at returns where the n-th fact of a kind stands, n from 1.
func at[F right.Fact](h *history, n int) int {
	h.t.Helper()
	for i := range h.events {
		if _, ok := h.events[i].Fact.(F); ok {
			if n--; n == 0 {
				return i
			}
		}
	}
	h.t.Fatalf("the history has no such fact")
	return 0
}

// fact returns the n-th fact of a kind, to be changed in place.
func fact[F right.Fact](h *history, n int) F {
	h.t.Helper()
	return h.events[at[F](h, n)].Fact.(F)
}

// drop takes the n-th fact of a kind out.
func drop[F right.Fact](h *history, n int) {
	h.t.Helper()
	i := at[F](h, n)
	h.events = slices.Delete(h.events, i, i+1)
}

// from drops the n-th fact of a kind and everything behind it.
func from[F right.Fact](h *history, n int) {
	h.t.Helper()
	h.events = h.events[:at[F](h, n)]
}

// after puts facts behind the n-th of a kind, at its instant and by the same party.
func after[F right.Fact](h *history, n int, facts ...right.Fact) {
	h.t.Helper()
	i := at[F](h, n)
	for j, f := range facts {
		e := h.events[i]
		e.Fact = f
		h.events = slices.Insert(h.events, i+1+j, e)
	}
}

// retime moves the events from the n-th fact of a kind on, by some time each. What was recorded later than it happened
// still is.
func retime[F right.Fact](h *history, n int, by time.Duration) {
	h.t.Helper()
	for i := at[F](h, n); i < len(h.events); i++ {
		e := &h.events[i]
		if e.At == e.Recorded || by > 0 {
			e.Recorded = e.Recorded.Add(by)
		}
		e.At = e.At.Add(by)
	}
}

// priced sets the price of terms.
func priced(terms *offer.Terms, nanos int64) {
	terms.Price = []offer.Step{{From: terms.Price[0].From, Rate: money.Nanos(nanos, money.USD)}}
}

const dear = 2_300_000_000

// rehash makes an edited offer read as if it had been received so.
func rehash(f *right.OfferReceived) { f.Hash = f.Offer.Hash() }

func instant(h *history, s string) calendar.Instant {
	h.t.Helper()
	i, err := calendar.Parse(s)
	if err != nil {
		h.t.Fatal(err)
	}
	return i
}

// stories are the good histories of each invariant.
var stories = map[string][]string{
	lawcheck.I1:  {"match-lapse", "match-waive", "offer-rejected", "silence-determined", "talks-agreed", "toll-assigned", "call-taken", "call-lapsed", "ceiling-assigned", "doubt-over-two-lots"},
	lawcheck.I2:  {"match-lapse", "letter-lapse", "letter-receipt", "offer-unanswered", "toll-supplied", "toll-stayed", "toll-held", "talks-failed", "perform-cured", "consent-silent"},
	lawcheck.I3:  {"match-exercise", "match-part", "match-counter", "letter-receipt", "call-card", "offer-accepted", "talks-accepted", "look-won", "look-lost", "consent-given", "favoured-taken"},
	lawcheck.I4:  {"match-revoked", "withdrawn", "match-fell-through", "change-slight"},
	lawcheck.I5:  {"match-decline", "match-cap-broken", "letter-lapse", "letter-counter", "exclusive", "consent-silent", "step-taken", "step-lapsed", "against", "ceiling-over", "exact-signed"},
	lawcheck.I6:  {"match-part", "match-two-offers", "match-fell-through", "call-stays-blocked", "perform-down", "shared-part", "packed-left"},
	lawcheck.I7:  {"change-material", "change-slight", "change-shared"},
	lawcheck.I8:  {"shared-both", "shared-least", "shared-rank", "tranche-shares", "tranche-silent", "ceiling/n2"},
	lawcheck.I9:  {"match-lapse", "letter-receipt", "match-revoked"},
	lawcheck.I10: {"match-lapse", "letter-lapse", "match-fell-through"},
	lawcheck.I11: {"match-lapse", "silence-determined", "letter-lapse", "packed-taken", "ceiling/n3"},
	lawcheck.I12: {"match-lapse", "letter-lapse", "match-fell-through", "look-won"},
	lawcheck.I13: {"sunset-ends", "sunset-survived", "sunset-after"},
	lawcheck.I14: {"call-blocked", "call-fell-through", "call-unable", "call-stays-blocked", "forfeit-final", "forfeit-challenged", "perform-down"},
	lawcheck.I16: {"threshold-alone", "threshold-together/n2", "threshold-apart/n2", "threshold-apart/n3", "threshold-two-lines", "threshold-money/n1", "threshold-money/n2", "threshold-money/n3"},
}

// counterexample is a good history with one thing wrong.
type counterexample struct {
	breaks, name, story string
	how                 string // the edit in words
	edit                func(*history)
}

var counterexamples = slices.Concat(ofProcess, ofTerms, ofRecord, ofLaw, ofWindows, ofSharing, ofPowers, ofFurther)

// ofProcess break who has the word, and until when.
var ofProcess = []counterexample{
	{lawcheck.I1, "award-while-the-window-runs", "match-lapse", "the lapse and the release are taken out and the award is made a day before the deadline", func(h *history) {
		drop[*right.Ended](h, 1)
		drop[*right.Released](h, 1)
		retime[*right.Awarded](h, 1, -24*time.Hour)
	}},
	{lawcheck.I1, "answer-by-another", "match-decline", "the buyer declines for the holder", func(h *history) {
		h.events[at[*right.Answered](h, 1)].By = "acme"
	}},
	{lawcheck.I1, "nobody-declined", "match-decline", "the holder's answer is taken out; the decline stands by itself", func(h *history) {
		drop[*right.Answered](h, 1)
	}},
	{lawcheck.I1, "nobody-waived", "match-waive", "the holder's answer is taken out; the waiver stands by itself", func(h *history) {
		drop[*right.Answered](h, 1)
	}},
	{lawcheck.I1, "award-while-a-person-is-asked", "silence-determined", "the determination and what follows is taken out, up to the award", func(h *history) {
		drop[*right.Determined](h, 1)
		drop[*right.Ended](h, 1)
		drop[*right.Released](h, 1)
	}},
	{lawcheck.I1, "award-of-the-lot-asked-about-first", "doubt-over-two-lots", "the determination is taken out; the question over the other lot was the later one", func(h *history) {
		drop[*right.Determined](h, 1)
	}},
	{lawcheck.I1, "rivals-asked-too-early", "offer-rejected", "offers are asked for before the holder's terms are rejected", func(h *history) {
		e := h.events[at[*right.OffersRequested](h, 1)]
		drop[*right.OffersRequested](h, 1)
		h.events = slices.Insert(h.events, at[*right.Ended](h, 1), e)
	}},
	{lawcheck.I2, "lapse-before-the-deadline", "match-lapse", "the lapse and what follows happen an hour earlier", func(h *history) {
		retime[*right.Ended](h, 1, -time.Hour)
	}},
	{lawcheck.I2, "no-receipt", "letter-lapse", "the receipt is taken out", func(h *history) { drop[*right.Received](h, 1) }},
	{lawcheck.I2, "receipt-before-it-is-deemed", "letter-lapse", "the letter counts as received a day early, and everything after follows a day early", func(h *history) {
		retime[*right.Received](h, 1, -24*time.Hour)
	}},
	{lawcheck.I2, "short-window", "letter-lapse", "the window closes a day early, and everything after follows a day early", func(h *history) {
		f := fact[*right.Opened](h, 1)
		f.AnswerBy = f.AnswerBy.Add(-24 * time.Hour)
		retime[*right.Ended](h, 1, -24*time.Hour)
	}},
	{lawcheck.I2, "late-answer", "match-exercise", "the holder answers at the instant of the deadline", func(h *history) { retime[*right.Answered](h, 1, 24*time.Hour) }},
	{lawcheck.I2, "lapse-after-an-answer", "match-exercise", "what follows from the answer is taken out, and the window lapses", func(h *history) {
		e := h.events[at[*right.Exercised](h, 1)]
		from[*right.Exercised](h, 1)
		e.At, e.Recorded, e.By = instant(h, "2026-03-06T12:00Z"), instant(h, "2026-03-06T12:00Z"), ""
		e.Fact = &right.Ended{Matter: 1, Holder: "northwind", Outcome: right.Lapsed}
		h.events = append(h.events, e)
	}},
	{lawcheck.I2, "silence-has-another-meaning", "match-lapse", "silence declines where the clause says that it lapses", func(h *history) { fact[*right.Ended](h, 1).Outcome = right.Declined }},
	{lawcheck.I2, "response-too-late", "offer-accepted", "the grantor accepts at the instant at which its time ends", func(h *history) { retime[*right.Exercised](h, 1, 24*time.Hour) }},
	{lawcheck.I4, "noticed-offer-withdrawn", "match-lapse", "the offer is withdrawn while the holder may match it", func(h *history) {
		after[*right.Opened](h, 1, &right.OfferWithdrawn{Offer: "o1"})
	}},
	{lawcheck.I4, "noticed-offer-over", "match-lapse", "the offer is valid for one day less than the window", func(h *history) {
		f := fact[*right.OfferReceived](h, 1)
		f.Offer.ValidUntil = instant(h, "2026-03-05T12:00Z")
		rehash(f)
	}},
	{lawcheck.I4, "need-withdrawn", "match-exercise", "in place of the answer the need is withdrawn", func(h *history) {
		e := h.events[at[*right.Answered](h, 1)]
		from[*right.Answered](h, 1)
		for _, f := range []right.Fact{&right.Ended{Matter: 1, Holder: "northwind", Outcome: right.Terminated, Reason: "the need was withdrawn"}, &right.NeedWithdrawn{Reason: "postponed"}} {
			e.By, e.Fact = "acme", f
			h.events = append(h.events, e)
		}
	}},
	{lawcheck.I4, "noticed-anew", "match-decline", "the same notice is given a second time while the window runs", func(h *history) {
		after[*right.Opened](h, 1, fact[*right.Noticed](h, 1))
	}},
	{lawcheck.I14, "unable-holder-blocks", "call-fell-through", "in place of the release the lot is blocked", func(h *history) {
		h.events[at[*right.Released](h, 1)].Fact = &right.Blocked{Lot: 1, Clause: fact[*right.MatterOpened](h, 1).Clause, Reason: "m1 is unable"}
		drop[*right.OffersRequested](h, 1)
	}},
	{lawcheck.I14, "waived-and-still-blocked", "call-blocked", "the release that follows the waiver is taken out", func(h *history) { from[*right.Released](h, 1) }},
	{lawcheck.I14, "certified-and-blocked", "call-unable", "in place of the release the lot is blocked", func(h *history) {
		h.events[at[*right.Released](h, 1)].Fact = &right.Blocked{Lot: 1, Clause: fact[*right.MatterOpened](h, 1).Clause, Reason: "m1 is unable"}
		from[*right.OffersRequested](h, 1)
	}},
}

// ofTerms break on what terms somebody has it, and how much.
var ofTerms = []counterexample{
	{lawcheck.I3, "dearer-exercise", "match-exercise", "the exercise and the award are dearer than what was noticed", func(h *history) {
		priced(&fact[*right.Exercised](h, 1).Terms, dear)
		priced(&fact[*right.Awarded](h, 1).Terms, dear)
	}},
	{lawcheck.I3, "award-of-less", "match-exercise", "the award's terms supply half of it", func(h *history) { fact[*right.Awarded](h, 1).Terms.Quantity = 32 }},
	{lawcheck.I3, "award-on-other-terms", "match-exercise", "the award alone is dearer", func(h *history) { priced(&fact[*right.Awarded](h, 1).Terms, dear) }},
	{lawcheck.I3, "above-the-rate-card", "call-card", "the exercise is above the rate card", func(h *history) {
		priced(&fact[*right.Exercised](h, 1).Terms, 3_500_000_000)
		priced(&fact[*right.Awarded](h, 1).Terms, 3_500_000_000)
	}},
	{lawcheck.I3, "notice-of-other-terms", "match-exercise", "the notice states a higher price than the offer", func(h *history) { priced(fact[*right.Noticed](h, 1).Terms, dear) }},
	{lawcheck.I3, "accepted-on-other-terms", "offer-accepted", "the grantor accepts other terms than were named", func(h *history) { priced(&fact[*right.Exercised](h, 1).Terms, dear) }},
	{lawcheck.I3, "matching-answer-turned-away", "match-counter", "the answer that was turned away is on the noticed terms", func(h *history) {
		priced(fact[*right.Answered](h, 1).Answer.Terms, 2_100_000_000)
		priced(&fact[*right.Countered](h, 1).Terms, 2_100_000_000)
	}},
	{lawcheck.I5, "signed-outside-the-cap", "match-decline", "the terms that are signed are better for the rival than those refused", func(h *history) { priced(&fact[*right.Signed](h, 1).Terms, dear) }},
	{lawcheck.I5, "signed-after-the-tail", "match-decline", "the terms are signed 40 days later, after the tail", func(h *history) { retime[*right.Signed](h, 1, 40*24*time.Hour) }},
	{lawcheck.I5, "release-without-cap", "match-lapse", "the release has no cap", func(h *history) { fact[*right.Released](h, 1).Cap = nil }},
	{lawcheck.I5, "release-too-long", "match-lapse", "the release lasts a day longer than the tail", func(h *history) {
		f := fact[*right.Released](h, 1)
		f.Until = f.Until.Add(24 * time.Hour)
	}},
	{lawcheck.I5, "release-for-anybody", "letter-lapse", "the release serves any rival", func(h *history) { fact[*right.Released](h, 1).Counterparty = "" }},
	{lawcheck.I5, "release-not-given", "call-stays-blocked", "in place of the block the lot is released and offers are asked for", func(h *history) {
		i := at[*right.Blocked](h, 1)
		h.events[i].Fact = &right.Released{Matter: 1}
		after[*right.Released](h, 1, &right.OffersRequested{Lot: 1, Invited: []party.ID{"contoso"}, Closes: instant(h, "2026-03-05T12:00Z")})
	}},
	{lawcheck.I5, "never-asked", "match-waive", "the matter is taken out whole: the rival is awarded at once", func(h *history) {
		i, j := at[*right.MatterOpened](h, 1), at[*right.Released](h, 1)
		h.events = slices.Delete(h.events, i, j+1)
	}},
	{lawcheck.I5, "exclusive-to-another", "exclusive", "the offer that is chosen is a rival's", func(h *history) {
		h.events[at[*right.OfferReceived](h, 1)].By = "contoso"
		f := fact[*right.OfferReceived](h, 1)
		f.Offer.Provider = "contoso"
		rehash(f)
		fact[*right.PickSet](h, 1).Pick.Provider = "contoso"
		a := fact[*right.Awarded](h, 1)
		a.Provider, a.Role = "contoso", party.Rival
	}},
	{lawcheck.I6, "split-off-more-than-awarded", "match-part", "the split moves 40, the award is still of 32", func(h *history) { fact[*right.LotSplit](h, 1).Quantity = 40 }},
	{lawcheck.I6, "lot-from-nowhere", "match-lapse", "a second lot opens on the line", func(h *history) {
		after[*right.LotOpened](h, 1, &right.LotOpened{Lot: 2, Line: 0, Quantity: 8})
	}},
	{lawcheck.I6, "awarded-twice", "match-exercise", "the award is made a second time under another id", func(h *history) {
		twice := *fact[*right.Awarded](h, 1)
		twice.Award = 2
		after[*right.Awarded](h, 1, &twice)
	}},
	{lawcheck.I6, "offer-oversold", "match-two-offers", "the first offer is of 20, of which 40 are chosen", func(h *history) {
		f := fact[*right.OfferReceived](h, 1)
		f.Offer.Terms.Quantity = 20
		rehash(f)
	}},
	{lawcheck.I6, "lot-left-nowhere", "call-stays-blocked", "the block is taken out: the lot stands nowhere", func(h *history) { drop[*right.Blocked](h, 1) }},
}

// ofRecord break the record itself.
var ofRecord = []counterexample{
	{lawcheck.I9, "out-of-order", "match-lapse", "two offers change places", func(h *history) {
		i, j := at[*right.OfferReceived](h, 1), at[*right.OfferReceived](h, 2)
		h.events[i], h.events[j] = h.events[j], h.events[i]
	}},
	{lawcheck.I9, "stamped-after-it-was-recorded", "match-decline", "the answer was recorded an hour before it happened", func(h *history) {
		e := &h.events[at[*right.Answered](h, 1)]
		e.Recorded = e.At.Add(-time.Hour)
	}},
	{lawcheck.I9, "offer-rewritten", "match-lapse", "the price of an offer changes, its hash does not", func(h *history) {
		priced(&fact[*right.OfferReceived](h, 2).Offer.Terms, 2_400_000_000)
	}},
	{lawcheck.I9, "matter-written-twice", "match-lapse", "the matter opens a second time under its id", func(h *history) {
		after[*right.MatterOpened](h, 1, fact[*right.MatterOpened](h, 1))
	}},
	{lawcheck.I9, "ended-twice", "match-lapse", "the matter lapses a second time", func(h *history) { after[*right.Ended](h, 1, fact[*right.Ended](h, 1)) }},
	{lawcheck.I10, "no-such-matter", "match-decline", "the answer is in a matter that there is not", func(h *history) { fact[*right.Answered](h, 1).Answer.Matter = 7 }},
	{lawcheck.I10, "time-was-late", "match-lapse", "the lapse and what follows happen a day after the deadline", func(h *history) { retime[*right.Ended](h, 1, 24*time.Hour) }},
	{lawcheck.I10, "no-beginning", "match-lapse", "the submission of the need is taken out", func(h *history) { drop[*right.NeedSubmitted](h, 1) }},
	{lawcheck.I10, "id-skipped", "match-lapse", "the award is the second, and there is no first", func(h *history) { fact[*right.Awarded](h, 1).Award = 2 }},
	{lawcheck.I10, "tail-over-early", "match-fell-through", "the release ends as if its tail were over", func(h *history) {
		fact[*right.ReleaseEnded](h, 1).Why = agreement.OnTailOver
	}},
}

// ofLaw break what a decision rests on.
var ofLaw = []counterexample{
	{lawcheck.I11, "version-unknown", "match-lapse", "the matter opens under a version that the agreement does not have", func(h *history) { fact[*right.MatterOpened](h, 1).Clause.Version = 7 }},
	{lawcheck.I11, "no-version", "match-lapse", "the clause is considered without a version", func(h *history) { fact[*right.Engaged](h, 1).Clause.Version = 0 }},
	{lawcheck.I11, "nothing-cited", "match-lapse", "the award cites no clause", func(h *history) { fact[*right.Awarded](h, 1).Because = []agreement.Ref{} }},
	{lawcheck.I11, "not-considered", "match-lapse", "what was decided of the clause is taken out", func(h *history) { drop[*right.Engaged](h, 1) }},
	{lawcheck.I11, "not-as-it-reads", "match-lapse", "the clause is said not to engage", func(h *history) { fact[*right.Engaged](h, 1).Engaged = false }},
	{lawcheck.I11, "determined-by-nobody", "silence-determined", "the determination names no person", func(h *history) { fact[*right.Determined](h, 1).Person = "" }},
	{lawcheck.I11, "calendar-not-named", "letter-lapse", "the window does not say which calendar counted", func(h *history) { fact[*right.Opened](h, 1).Calendar = "" }},
	{lawcheck.I12, "rival-named", "match-lapse", "the notice names the rival", func(h *history) { fact[*right.Noticed](h, 1).Counterparty = "contoso" }},
	{lawcheck.I12, "rival-named-in-a-letter", "letter-lapse", "the letter names the rival", func(h *history) { fact[*right.Noticed](h, 1).Counterparty = "contoso" }},
	{lawcheck.I12, "second-rival-named", "match-fell-through", "the second notice names the rival", func(h *history) { fact[*right.Noticed](h, 2).Counterparty = "fabrikam" }},
	{lawcheck.I13, "engages-after-its-end", "sunset-after", "the clause that ended the day before engages", func(h *history) {
		after[*right.NeedSubmitted](h, 1, &right.Engaged{Clause: agreement.Ref{Agreement: "acme-northwind", Clause: "ends", Version: 1}, Kind: agreement.Match, Holder: "northwind", Engaged: true, Reason: "in scope"})
	}},
	{lawcheck.I13, "goes-on-after-its-end", "sunset-ends", "the matter ends nine hours after its clause", func(h *history) { retime[*right.Ended](h, 1, 9*time.Hour) }},
	{lawcheck.I13, "ended-though-it-survives", "sunset-survived", "the matter ends with its clause, which it survives", func(h *history) {
		e := h.events[at[*right.Answered](h, 1)]
		from[*right.Answered](h, 1)
		e.At, e.By, e.Fact = instant(h, "2026-03-05"), "", &right.Ended{Matter: 1, Holder: "northwind", Outcome: right.Terminated, Reason: "the clause is over"}
		h.events = append(h.events, e)
	}},
	{lawcheck.I13, "opens-after-its-end", "sunset-ends", "offers are chosen, and the matter opens, four days later", func(h *history) { retime[*right.MatterOpened](h, 1, 4*24*time.Hour) }},
	{lawcheck.I16, "counted-apart", "threshold-together/n2", "the need is counted without the one before it", func(h *history) {
		f := fact[*right.Engaged](h, 1)
		f.Engaged, f.Reason = false, "below threshold: 40 of 64"
	}},
	{lawcheck.I16, "lines-counted-apart", "threshold-two-lines", "each line is counted by itself", func(h *history) {
		for n := range 2 {
			f := fact[*right.Engaged](h, n+1)
			f.Engaged, f.Reason = false, "below threshold: 40 of 64"
		}
	}},
	{lawcheck.I16, "another-class-counted", "threshold-apart/n2", "a need of another class is counted", func(h *history) {
		f := fact[*right.Engaged](h, 1)
		f.Engaged, f.Reason = true, "in scope; 80 reaches the threshold of 64"
	}},
}
