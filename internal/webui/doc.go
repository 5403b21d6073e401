// Package webui is the pages of a desk for people: rendered here, embedded in the program, and whole without a script.
//
//	GET  /                                  the desk: what waits for the party, what changed since it was last looked at
//	GET  /needs, /needs/new                 the needs that concern the party; the form for another
//	GET  /needs/{id}                        one need: its picture over time, clauses, offers, award, what bars it, what would change it
//	GET  /needs/{id}/matters/{matter}       a notice and the ways to answer it
//	GET  /needs/{id}/act/{act}/{on}         the form of another command, on a matter, a lot, an award or an offer
//	POST the same                           step=review shows in words what would be recorded; step=record records it
//	GET  /market                            list prices as a plot and a table, requests for offers, own offers
//	GET  /market/prices                     the form for a price catalog; POST step=review or record
//	GET  /agreements, /agreements/{id}      clauses in words beside their source, versions, differences, findings
//	GET  /agreements/new, /agreements/{id}/edit   the editor; POST step=check, review or record
//	GET  /agreements/{id}/certify, /challenge     an event for which clauses wait; POST step=review or record
//	GET  /people, /people/new, /people/{person}/{deed}    who may come in: invite, roles, signout, lock, unlock; POST step=review or record
//	GET  /tokens, /tokens/new, /tokens/{token}/{deed}     the company's tokens: rotate, revoke; POST step=review or record
//	GET  /letters, /letters/{letter}/{deed}   what did not arrive by e-mail or webhook: again, dismiss; POST step=review or record
//	GET  /record, /record/{id}              every event that the party may see, with its proof; /record/{id}/export.json, .csv, .receipt
//	POST /seen                              what changed until now was looked at
//	GET  /ui/style.css, /ui/page.js         the look and the script
//	POST /ui/check                          what the reader of agreements says of a text, as a piece of a page
//	GET  /ui/events                         server-sent events: that something which the party may see has changed
//
// # What a page shows
//
// Nothing but what package desk shows the party of the [Subject]: [desk.Summarize], [desk.Visible] and, to the buyer, [desk.Outlooks] and
// [desk.Nearest]. The state of a need is held in one file, view.go, and leaves it only through them. A need that does not
// concern the party is answered as one that does not exist. Whoever may read everything (an auditor) sees what the buyer sees.
//
// The pages that list needs are made of a [desk.Index]: what it keeps of a need and party came through the same views, and is made anew when the
// need's record, the law or the time has moved on. How long such a page takes can tell that some need changed since anybody last
// looked; while a page is open anywhere, the feed does that work beforehand, and no page waits for it. Lists are shown in parts of a hundred.
//
// A letter that did not arrive is shown to the party that sent it. Who runs the server sees where letters fail and not what they say.
//
// People and tokens are package identity's: it decides who may and keeps its audit. A link or a secret is shown once, as the answer
// to the form, and is nowhere kept.
//
// # What a page records
//
// A command is sent in two steps. The first shows in words what will be recorded. To the buyer it also shows what the engine makes of it, on a
// copy; to nobody else, since what would follow can tell what others did. The second step records it, under a key that the first one made,
// so that sending it twice records it once. Forms carry the token of the session. What a role may not ask for is not offered and is
// refused here; what the law does not allow is refused by the desk, and the page says why.
//
// # Live
//
// A page that is open hears of a change by an event that carries the id of a need, and no more. It is sent only to a
// party for which the visible events of the need are others than before; to nobody else goes a byte because of it. The page says
// "2 changes, show" and changes nothing under the reader's eyes. Countdowns keep their width.
//
// # Hardening
//
// The content policy allows no script and no style but the two files. Everything that people wrote is escaped by html/template. Pages are
// not compressed: they hold secrets next to what others wrote, and a length would tell of both. The two files are.
package webui
