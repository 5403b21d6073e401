// Package agreement holds signed agreements about compute capacity as data: parsed, checked, put into words.
//
// An [Agreement] binds its grantor (in compute, the buyer) to holders. It is written as one YAML file, which is strict:
// what this page does not name is refused, and everything that is wrong is reported at once, with line, column and the
// next step. A text that is silent stays silent: see "Unspecified".
//
// # The file
//
//	agreement: acme-northwind             # id: a-z, 0-9, '-' and '.'
//	title: Acme and Northwind
//	reading: "may match"                  # optional: which reading of a disputed text this file takes
//	source: "signed 3 March 2026"         # optional
//	grantor: acme
//	direction: buys                       # or sells
//	parties:
//	  - {id: acme, name: Acme Labs, zone: Europe/Berlin}
//	  - {id: northwind, name: Northwind Compute, zone: America/New_York, clouds: [northwind]}
//	calendars:                            # for windows that count business days
//	  - {name: ny, version: "2026", weekend: [saturday, sunday], from: 2026-01-01, until: 2026-12-31, holidays: [2026-12-25]}
//	triggers:                             # events that clauses wait for, once a named party certifies them
//	  - {id: spend-reached, description: "spend reached 40 million USD", certified_by: [acme]}
//	clauses:
//	  - id: right-to-match
//	    kind: match
//	    cite: "section 4"
//	    effective: 2026-01-01..2026-12-01 # half-open, dates in UTC; an empty side is open
//	    holder: northwind
//	    scope: {tenures: [new], quantity: "64.."}
//	    triggers: [spend-reached]
//	    survival: run_off
//	    notice: {content: [quantity, accelerator, period, price], channel: desk, clock: sent}
//	    window: {length: 10 business_days, zone: America/New_York, at: end_of_day}
//	    calendar: ny
//	    information: {effect: toll, extension: 24 hours}
//	    material_change: any
//	    package: severable
//	    silence: lapse
//	    partial: allowed
//	    match: {rule: identical_on_principal_terms, principal: [price, quantity, start, duration]}
//	    counter: window_continues
//	    release_on: [declined, lapsed]
//	    tail: {length: 720 hours, cap: noticed}
//	    reopen: unspecified
//	    assumed: {window: "the signed text says promptly"}
//	amendments:
//	  - id: first
//	    title: The right ends
//	    effective: 2026-06-01
//	    transition: keep
//	    ends: [right-to-match]
//
// # Clauses
//
// Every clause has id, kind and cite, and may have text, effective, priority (lower runs first), scope, carve_outs, triggers
// (events that end it), survival and assumed. What else it may have depends on its kind; docs/spec/rights.md says what each
// right does with it.
//
//   - Every right (exclusive, first_call, first_offer, first_negotiation, pro_rata, match, last_look, no_less_favourable, step_in,
//     call_option): holder, or holders, a list of {holder, rank, share}; conditions, events without which it engages nothing;
//     forfeiture, {triggers, challenge}; calendar.
//   - Every right but exclusive: threshold, notice, window, silence, information, and the powers below.
//   - Those that may be exercised for a quantity (first_call, first_offer, pro_rata, match, no_less_favourable, step_in,
//     call_option): partial, counter. With several holders side by side, and so not for step_in and call_option: allocation.
//   - Those that let rivals in (all but exclusive, step_in and call_option): release_on, release_open (outcomes of which the text
//     does not say whether they release), tail, reopen (a list, or the word none), reopen_window (the window of a matter that is not
//     the first), ceiling, {quantity, over}: how much a holder may take altogether.
//   - first_offer, match, no_less_favourable, step_in, call_option: match, {rule, principal, tolerances, discount, term_cap,
//     substitutions}. Where terms may be noticed before an award: material_change, the word any or {tolerances}.
//   - match, last_look, no_less_favourable: bona_fide, {prepayment}: what an offer must have to be chosen. These and exclusive: against,
//     the rivals that the clause is about.
//   - match, no_less_favourable: package; alternative: sell, which the holder may do in place of taking the terms. first_offer: form, response, response_silence. pro_rata: oversubscription.
//   - first_negotiation: negotiation, a window, and negotiation_from: interest or notice; from notice there need be no window, and
//     then no silence. shop: open, if others may be asked meanwhile: it then has nothing that lets rivals in, which it never kept out.
//     unsolicited: told, if offers may come in meanwhile that nobody asked for. last_look: metric, margin. step_in, call_option: price. call_option: opens_on, the events that open it.
//   - first_call, pro_rata, no_less_favourable, step_in, call_option: rate_card.
//   - approval: disapplies. commitment: amount, over. revenue_share: share, cap, over. Both have a holder.
//   - service_level: level. security_baseline: baselines. licence: nothing more.
//
// A window is a length, "72 hours", or a mapping of length, zone, at, roll, cutoff, first_day, inclusive and before_start. Hours
// are exact; every other unit needs the zone whose days count and the time of day at which the last one closes. Business days
// and rolling need the clause's calendar, of which the version that is valid when the clock starts counts. before_start counts
// back from the start of the capacity; only window, reopen_window, negotiation and response may. A notice has content, channel, clock
// and deemed, and may have two times at which it is due: lead, counted back from the start of the capacity, and, for the rights at the
// choice, within, counted from the receipt of the offer.
//
// A tail states length, zone, at and roll next to its cap; its length may be unlimited, and is counted from the release, or from what
// its from names: notice, window_end or start. Its cap is noticed, named (by the holder), proposed_by_holder (here, or in a negotiation
// before), proposed_by_grantor or none; cap_for says how long it binds, and exact that the terms of the cap are the only ones.
//
// A threshold is unspecified, or has quantity, term_days or amount, each of which must be reached, and aggregate_days. A scope holds
// when everything stated in it holds; an attribute that is left out admits everything.
//
// # Powers
//
// What a clause does not grant, nobody has:
//
//	stay: {grounds: [dispute, regulatory], by: [acme], at_most: 30 days}  # who may stop a window
//	extension: by_agreement                                               # or by_grantor: who may lengthen it
//	truncate: [start, clause_end]                                         # what ends it early
//	consent: {of: [lender], over: exercise, within: 72 hours, silence: refused}  # or over: rival
//	assignees: [subsidiary]                                               # to whom a matter may be assigned; or the word any
//	assign_after: true                                                    # also once it is exercised, until the award is signed
//	rate_limit: {notices: 4, per: 30 days, with: [other-clause]}          # how many notices may be given
//	non_performance: {cure: 240 hours, then: reopen}                      # or step_down
//	reveals: [counterparty, all_terms, losing_offers]                     # what the holder is told beyond what it matches
//
// # Versions
//
// The text as first signed is version 1 of each clause. An amendment states whole clauses: one whose id is known is the next
// version, in force from the amendment's date unless it states a later beginning, and the version before ends there. One whose
// id is new is added. ends closes a clause. The spans of the versions of a clause never overlap, so that at any instant a clause
// has one text or none.
//
// # Unspecified
//
// A parameter of a right that is left out, or written as unspecified, has no default: [Agreement.Unspecified] lists it with the
// decision that it blocks, and that decision stops until a person determines it ([Clause.With]). The appraised price of a
// take-over is determined by a person in any case; no file states it. A threshold and the share of a holder of a pro_rata clause are
// open only where the file says so: without a threshold there is none, and a share must stand. What is determined of a share is the
// parameter share, for the holder of the matter.
//
// # Assumed
//
// A value that no published or signed text gives stands under assumed with its reason, by its path within the clause (window,
// tail.length). Whatever is printed about the value says so.
package agreement
