// Package right is the engine: it runs the rights of an agreement over one need.
//
//	Decide(state, command, now) ([]Event, error)   what follows from what was asked
//	Apply(state, event) State                      what is then the case
//	NextDeadline(state) (Instant, bool)            when time alone changes something
//	Step(state, command, now)                      Decide and Apply in one
//
// Everything is a value. Nothing here reads a clock, a file or a random source; time is the argument now, and the law
// (agreements, facts, providers, tables) is part of the state. Two replicas with one record and one law agree.
//
// # One need
//
// A need has lines; a line's quantity travels in lots. A lot is held by one right at a time, then stands in the
// market, then is chosen for a rival, perhaps held again by a right that comes after the choice, and ends awarded,
// blocked or closed. Lots split (partial exercise, a mix of offers) and their quantities always sum to the line's.
//
// A matter is one run of one right over one lot: lot x clause version x holder. Its states are those of SEMANTICS
// section 2:
//
//	deficient -> noticed -> open -> exercised | declined | unable | lapsed | waived
//	open -> named -> exercised | rejected         (first offer on the holder's terms)
//	open -> negotiating -> exercised | failed     (first negotiation)
//	open -> exercised | outbid                    (last look, when its window closes)
//	open -> tolled -> open                        (information, dispute, regulator)
//	open -> subscribed -> exercised | declined    (several holders, when all have answered)
//	conditional -> exercised | condition_failed   (where an exercise needs a consent)
//	noticed, open -> superseded                   (material change: another matter takes its place)
//	any -> terminated                             (sunset, forfeiture, transition of an amendment, need withdrawn)
//
// What did not end with an award to the holder is released, with a tail and its cap, or blocks the lot where the
// clause does not release on that outcome. docs/spec/rights.md says what each kind and each modifier does.
//
// # The order of rights
//
// The clauses in force when the need is submitted decide what engages, line by line, with a reason for each clause
// that does and does not. Then, for a lot: every engaged right that comes before the market runs, in the order of
// priority; once none is left without a live release, the lot goes to market and offers are asked for. A choice of
// offers, which must be lawful and meet the need, is subject to each engaged right that comes after it. One rule
// serves the first run, a tail that ended and an award that fell through: "the first right without a live release".
// Where an award came to nothing, who may step in is asked before that; and an event may open an option on what is awarded.
//
// Each holder of a clause has an engagement and a matter of its own. Holders that share run side by side over one lot, which is
// allocated when all have answered; others run one after the other.
//
// A matter runs to its end under the version that opened it. Where an amendment has taken the place of an engaged clause,
// the new version decides anew on the line before anything further opens.
//
// # Time
//
// Time settles first. Before a command is looked at, every deadline up to now is applied, earliest first, each event
// stamped with its deadline. An event carries the instants that were computed, so that no later change of a
// calendar or of this code rewrites what happened. Decide returns these events even when it refuses the command.
//
// # What the agreement leaves open
//
// A parameter that is needed and not given stops the matter with [DeterminationRequired]. A named person records the value
// ([Determine]); the matter goes on from where it stopped, and the value is kept with it.
//
// # Refusals
//
// When the law says no, Decide returns a [*Refusal] with one of a closed list of codes. Nothing else is an error: a
// state that breaks an invariant is a bug and panics.
package right
