// Package httpapi is the HTTP interface of a desk: each party reads its own views and sends its own commands, from anywhere.
//
// docs/spec/api.md says how to use it. [Operations] lists every method of every path; the routes and the OpenAPI document ([Document], served at
// /v1/openapi.json and checked in as docs/spec/openapi.json) are both made of that list and of the Go types that the handlers read and write.
//
// # Who asks
//
// With a gate (package identity) every request but /healthz, /readyz and the sign-in pages carries a session or a token, which says for which party it is. An operation names the action that
// a role must allow; a command is an action by its own type. as= and by may only repeat the party. Without a gate the server answers loopback names only, and as=
// and by are believed: that is for trying things out, for tests and for benchmarks.
//
// # What is sealed
//
// What is shown is what package door gets from package desk for the party, so nothing is sealed here and nothing may be unsealed here:
//
//   - A need that does not concern the party is answered as one that is not there, byte for byte, also to a command.
//   - A need without an id is named by chance where parties sign in: a number would tell how many there are. An id that a buyer names and that
//     is taken is refused as taken, to a buyer alone; the same holds for an offer's. Who leaves the id out learns nothing.
//   - An offer of another provider is answered as one that is not there to who would take it back.
//   - An ETag is a hash of the very document that the party gets. A cursor is the key of the party's own last item.
//   - An idempotency key is recorded with its party's name before it, so nobody's key answers for another's command.
//   - The stream of events is the difference between what the party saw before a record and what it sees after. Where there is none, no byte
//     is written. Ids are sealed positions of one length. Signs of life come at their time, whatever happened.
//
// # Commands
//
// A command is sent as application/json, at most 1 MiB, and is refused with 400 where it does not read: an unknown type or key,
// an id that is none, a text with control characters, a key that stands twice. The header Idempotency-Key makes it safe to send
// again. The header If-Match compares the need as the party sees it; the command is recorded only behind the very record that was looked at, by whichever
// replica, so nothing comes in between.
//
// # Failures
//
// Failures are application/problem+json (RFC 9457). A refusal of the law is 409 (404 for an unknown need) with its stable code, its clause and a remedy. A
// fault of the world is 503 (500 where it is ours), and a command that failed so may be sent again with its key.
package httpapi
