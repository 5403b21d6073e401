// Package identity says who is asking. A server that several companies use, who do not trust each other, mounts
// [Gate.Handler] and wraps everything else in [Gate.Authenticate]; what comes through carries a [Subject].
//
// Identity decides who somebody is and which kinds of act that person may ask for ([Role.May]). It never decides what the
// law allows or what a party may see: packages right and desk do, by the party of the Subject. The party of a request is
// the Subject's; a door that takes it from the request instead breaks everything below.
//
// # Words
//
// A person belongs to one party and has roles. A login is how a person is known to an OpenID provider: issuer and subject.
// A rule is an operator's line on who may enter that has not been here before. A session is a browser that signed in. A
// token is a secret for a machine. A link is a secret that signs one person in, once. An operator runs the server and
// administers people; the role gives no sight of needs, offers or agreements.
//
// # What is defended, against whom
//
//	a stranger                guesses nothing: every secret is 256 random bits; passwords are off unless asked for, slow, and locked
//	a thief of the database   finds no secret that still works: sessions, tokens, links and sign-ins under way are kept as
//	                          SHA-256, passwords as argon2id
//	another site              cannot act through a signed-in browser: SameSite, cross-origin check, a token per session
//	another site              cannot sign a browser in as somebody else: state, nonce and PKCE verifier belong to one browser
//	a hostile or broken       cannot speak for another provider: a login is (issuer, subject); a rule names its issuer; each
//	OpenID provider           provider has its own way back; only asymmetric signatures are read
//	a thief of a token        has its scope until it ends or is revoked; its use from a new address is in the audit
//	a person who left         is out at the next request; so are the tokens that person answers for
//	a colleague               may issue tokens with no more than their own authority, for their own party only
//	an operator               can make people, and is seen doing so: every change is in the audit, which the party concerned can read
//
// Not defended: whoever controls the machine, its memory or its clock; a browser that is not its user's own; an OpenID
// provider that lies about people of the domains that an operator gave it; a flood that fills the network; somebody who
// keeps the password of an account locked by guessing (signing in at a provider is not touched by that); on plain loopback,
// whatever else listens there.
//
// # What is stored
//
// Records by kind and key, and the audit, through [Store]; internal/identity/identitydb keeps them in SQLite, apart from
// the journal. A plain SHA-256 is enough for sessions, tokens and links: a slow hash protects what people choose, and nobody
// can search 2^256 values. A session is found by its hash, a token by its public id with its hash compared in constant time.
// What time a lookup by hash takes says something of the hash and nothing of the secret.
//
// # Life of a session
//
// Signing in always makes a new session and ends the one that the browser showed, so a planted cookie is worth nothing. The
// cookie holds 64 hex digits. It is named __Host-fl_session, Secure, HttpOnly, SameSite=Lax, Path=/; only where the
// server's own origin is plain HTTP on loopback is it fl_session without Secure. A session ends when it was idle for
// [Options].Idle, at the latest [Options].Absolute after its sign-in, at sign-out, when the person signs out everywhere
// (a generation number in the person's record), and when the person is disabled. Roles are read anew at each request.
//
// Each request other than GET, HEAD and OPTIONS that a session makes carries the session's CSRF token, in the header X-CSRF-Token
// or the form field csrf. It is an HMAC under the session's own secret, so it is nowhere stored.
//
// # Life of a token
//
//	fl_ + 16 hex digits (its id, public) + _ + 64 hex digits (its secret)
//
// A person issues it for the own party with roles out of the own ones, read-only or limited to named actions if wanted, for
// at most [MaxTokenLife]; whoever has the server's files issues one in the name of a person. It is shown once. The person answers for it: the token may do what its scope says and no more than that person
// may now. Rotation gives a new secret and lets the old one live for a while; who rotates answers for it from then on.
// Tokens come in the Authorization header only; where there is one, cookies are not looked at. A token cannot administer
// people, tokens or itself.
//
// # Signing in by OpenID Connect
//
// Code flow with state, nonce and PKCE (S256). All three hang on a secret in the browser's cookie; the store has its hash
// and the hash of the state, which is struck out at its first use, whatever comes of it. A sign-in that is not finished
// within [flowLife] is void. The ID token's signature, issuer, audience, expiry, authorised party and nonce are checked; an iss parameter
// (RFC 9207), where the provider sends one, too. Then: a known login enters as its person. Otherwise the first rule
// that fits makes a person and the login: by issuer and subject, by issuer and verified e-mail (used up by it), or by issuer and domain
// of a verified e-mail. Otherwise the sign-in fails. email_verified must be the JSON value true.
//
// # The first operator
//
// There is no default password. While no operator has ever signed in, [Gate.Bootstrap] makes one and prints a link that is valid for
// [linkLife] and works once; each start voids the link before. The same kind of link invites a person who has no
// OpenID provider. Opening a link changes nothing, since mail scanners do that; the button on its page does.
//
// # Failures, locks and rates
//
// A failed password counts against the account and the address; a wrong link, or the end of a sign-in that was never begun,
// against the address; a wrong token against the address in a count of its own. A password is counted before it is checked, so
// guesses made at the same time do not slip through. From [accountTries] or [addressTries] failures on, each locks for twice as
// long as the one before, from [firstLock] to [longestLock]; time forgives, one failure in [accountForgives] or [addressForgives].
// A lock stops signing in, with the right password too, and never a session or a good token: nobody can throw others out.
// What is answered does not depend on whether the account exists, nor does the work done. An address is an IPv4 address or an
// IPv6 /64 network. Beside this, token buckets limit all requests by address and by account, and sign-ins by address.
//
// # Audit
//
// An [Event] for each sign-in, failure, lock, sign-out, link, token issued, rotated, revoked or used from a new address, and each
// change of people, roles, rules and passwords, in the same transaction as what it tells of. Events are numbered and each
// holds the hash of the one before ([VerifyAudit]); stores only append. An event names the party that it concerns. Operators and
// auditors read all, counsel what concerns their own party. No secret is in it, and nothing that somebody typed where a secret may stand.
//
// # Transport
//
// The server is reached at [Options].Origin, and the Host header is never asked. Plain HTTP is answered if the origin and the
// caller are on loopback, through a trusted proxy that says it was HTTPS, or with [Options].AllowPlainHTTP.
// [Certificates] serves TLS from files and sees when they change. [Gate.Headers] sets the security headers.
package identity
