// Package client speaks to a Firstlook server: the same calls that the command line makes, typed, over HTTP.
//
//	c, err := client.New("https://firstlook.example", client.Options{Token: token})
//	done, err := c.Do(ctx, "n1", right.Command{Ask: right.Answer{Matter: 1, Kind: right.Exercise}}, "")
//
// The token says for which party the client acts; where a call names a party it must be that one, and it may be left empty. docs/spec/api.md
// describes the interface, docs/spec/openapi.json every document of it.
//
// # Sent again
//
// Every command carries an idempotency key, one that the caller gives or a random one. So a command that got no answer, or was told to come
// again (429, 502, 503, 504), is sent again and is done once. Reading is repeated in the same cases. After [Options].Tries the error is the
// last one.
//
// # Failures
//
// What the server refuses is a [*Problem]: status, code, clause, remedy. A refusal of the law is also a [*right.Refusal] by errors.As, as it
// would be where the desk runs; so are files that do not read. Where no server answers the error is a [*Unreachable].
//
// # Events
//
// [Client.Watch] calls a function with each [Change] that the party may see, in order, and resumes after a break where it stopped.
package client
