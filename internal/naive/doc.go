// Package naive is a second engine: the most obvious program that does what docs/spec/rights.md says.
//
// It is the oracle that tests hold package right against, so its worth is that it shares no rule with it. It was written from the
// page of the rights, the semantics, the comments of the commands and events, and the scenarios; it calls what lies below
// (offer.Compare, offer.Matches, award.Compare, calendar.Rule.Deadline, agreement.Scope) and nothing of the engine but
// its words. It has no events: a [World] is a handful of lists that commands change in place, and every question about it (what is due
// next, which right has the word, what may be chosen) is answered by looping over all of them. It is slow, and easy to follow.
//
//	w := naive.Begin(law)
//	code := w.Do(command, now)   // "" where the law lets the command be
//	w.Under(later)               // an amendment or a fact: another law
//	w.Outcome()                  // what is the case, in a form that can be compared
//	naive.OutcomeOf(state)       // the same of the other engine
//
// An [Outcome] leaves out words and the reasons in them. It holds what parties care about: of each lot its quantity, where it stands and who has
// it; of each matter its status, holder, quantity and deadlines and what it waits for; of each release its end, cap and whom it
// binds to; of each award who supplies on what terms; which offers are left; and when time alone acts next.
//
// # Time
//
// [World.Do] lets time pass first: again and again it lists everything that is due, takes the earliest and lets it happen
// at its own instant, never before what already happened. What is due at one instant happens in this order: notices that waited, receipts that are
// deemed, stays that end, deadlines of matters, awards that may be cured no longer, rounds that close, releases whose tail ends, clauses that are
// forfeited or over, options that an event opens; within each by number.
//
// # Where the documents were silent
//
// Each gap that was found by comparing is now a sentence of docs/spec/rights.md, section 9; the comments here name no other source.
//
// # What it knows
//
// Every kind of right, for grantors that buy and that sell, with one holder or several; every modifier of section 5 but packages; and of
// section 8 all but packages, ceilings, shares that are left open and "shop: open". An agreement with one of these is none that it may be asked
// about. What a holder is shown (section 7) is no part of an outcome.
//
// # The test
//
// The test plays random histories under random agreements through both engines. -seed and -histories say which; -survey goes on after a
// disagreement and sorts what was found, -show says how many of the sorts are told in full, each shrunk to the fewest moves.
package naive
