// Package httpapi is the JSON interface of a desk. Until there is sign-in it listens on loopback addresses only, and whoever can
// reach it acts for every party.
//
//	GET  /healthz                       {"status": "ok"}; 503 while the server drains
//	GET  /v1/needs?as=PARTY             {"needs": [{need, title, buyer, status, lines, next}]}: those that concern the party
//	GET  /v1/needs/{id}?as=PARTY        {need, status, lots, matters, offers, awards, next, history}
//	POST /v1/needs/{id}/commands        a command of package right: {by, person, type, ask}
//	                                    200 {need, repeated, events, next}
//	GET  /v1/notices?as=PARTY           {"notices": [{need, matter, holder, clause, kind, status, quantity, of, sent_at, answer_by, waits_for, assumed,
//	                                    for, held_until, negotiate_by, stands_still, requested, extend_to, wants, consent_by, consents_given}]}
//
// What is shown is what the desk lets the party of as= see; where it is left out, the buyer. The answer to a command shows what
// the party that sent it may see. history and events are the canonical encoding of the record.
//
// # Commands
//
// A command is sent as application/json, at most 1 MiB, and is refused with 400 where it does not read: an unknown type or key,
// an id that is none, a text with control characters. The header Idempotency-Key (1 to 200 visible characters) makes it safe to send
// again: the second time it is answered from the record, with "repeated": true, and does nothing. A key that was used for
// another need is 422.
//
// # Failures
//
// Failures are application/problem+json (RFC 9457): type, title, status, detail. A refusal of the law is 409 (404 for an unknown need)
// with the members code, the stable code of the refusal, and clause. A fault of the world is 503 (500 where it is ours), and a
// command that failed so may be sent again with its key.
package httpapi
