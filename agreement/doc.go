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
//	triggers:                             # events that end clauses once a named party certifies them
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
// Every clause has id, kind and cite, and may have text, effective, holder, priority (lower runs first), scope, carve_outs,
// triggers, survival and assumed. What else it may have depends on its kind:
//
//   - exclusive, first_call, first_offer, match: the rights; each needs a holder.
//   - first_call, first_offer, match: threshold, notice, window, calendar, silence, partial, counter, release_on, tail, reopen.
//   - first_offer and match: match (with tolerances under not_materially_varying, discount and term_cap under
//     npv_equivalent). first_offer: form, response, response_silence. first_call: rate_card.
//   - approval: disapplies. commitment: amount, over. revenue_share: share, cap, over.
//   - service_level: level. security_baseline: baselines. licence: nothing more.
//
// A window is a length, "72 hours", or a mapping of length, zone, at and roll. Hours are exact; every other unit needs the zone
// whose days count and the time of day at which the last one closes. Business days and rolling need the clause's calendar.
// A tail states the same keys next to its cap; its length may be unlimited.
//
// A scope holds when everything stated in it holds; an attribute that is left out admits everything.
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
// decision that it blocks, and that decision stops until a person determines it.
//
// # Assumed
//
// A value that no published or signed text gives stands under assumed with its reason, by its path within the clause (window,
// tail.length). Whatever is printed about the value says so.
package agreement
