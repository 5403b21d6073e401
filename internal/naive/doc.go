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
// at its own instant, never before what already happened. What is due at one instant happens in this order: matters whose deadline it
// is, stays that end, clauses that are forfeited or over, rounds that close, releases whose tail ends; within each by number.
//
// # Where the documents were silent
//
// Each gap that was found by comparing is now a sentence of docs/spec/rights.md, section 9; the comments here name no other source.
//
// # What it knows
//
// The rights first_call, first_offer, match, exclusive, approval, first_negotiation, last_look and no_less_favourable, with one holder
// each, and of section 5 the modifiers conditions, forfeiture, threshold, information, stay, extension, consent, assignees and the windows.
// It knows neither the other kinds nor groups of holders, packages, changes of terms, non-performance, or the modifiers of section 8 but
// "reopen: none" and the window of a negotiation from the notice: such an agreement is none that it may be asked about.
package naive
