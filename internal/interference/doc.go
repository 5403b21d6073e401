// Package interference proves that what is sealed from a party does not show: two histories that differ in one sealed value look the same to
// it, byte for byte, wherever it looks. It has tests alone.
//
// # How
//
// A history is a scenario of the folder scenarios, played through a desk. A change takes one value of its commands (a price, a place, a budget,
// what a co-holder wants, terms named in a last look, who a rival is, one losing offer more) and makes another of it. Both are played; where
// they differ in more than the value by the law itself (a command refused, other facts, another order, other deadlines) the pair says nothing and
// is left out. After each command each party in each of its roles looks: every GET of the interface ([httpapi.Operations]), and at the end every
// page that it reaches by links, its stream of events from the beginning, its letters and their documents, and what it is told when it tries
// commands that are not its own. Status, header but Date, body and order must be the same.
//
// # Who has title
//
// The test does not ask package desk who may see: it holds desk against the rules themselves (docs/spec/rights.md, section 7), as written
// in title_test.go. A party with title is left out for that change and that instant, no longer.
//
// # What is not compared
//
// How many records a need has is known to a holder: its receipt has every leaf of the need, sealed ones with type and instant. So where the
// histories differ by an offer more, what counts records (references of letters, the sequence of a calendar entry, the page of the record) and
// what is hashed with it are left out.
//
// Receipts are compared leaf by leaf, with what is opened of each. Where an object is opened in part the names of its sealed keys can be
// read, so that an optional term of a rival which the clause seals is known to be there, though not what it says; those names are not compared; an archive of evidence is a receipt with the documents that are compared
// here one by one.
//
// Ids of streams are sealed at random: their length counts. A leaf of the log says by design that something of its type happened, and its
// hash differs with what it holds, which package proof tests. An auditor has title to everything.
package interference
