// Package scenario is the text form of the law: a file tells what the parties did and what followed, in words that read
// like the agreement. It is a user's tool for "what if" and the form of our tests of the law.
//
//	# Silence past the window loses the right (SEMANTICS 4.4).
//	agreement agreements/match.yaml
//	providers agreements/providers.yaml
//
//	2026-03-02T12:00Z acme submit n1: 64 H100 2026-04-01..2026-07-01 training research offers 24 hours
//	----
//	submitted n1: 64 H100 2026-04-01..2026-07-01 for training, research; under acme-northwind
//	...
//
// # The file
//
// Lines that begin with # are prose and are kept; the first is the title. Before the first command stand directives,
// which say what binds the buyer:
//
//	agreement FILE            an agreement; the path is relative to the scenario. Several are allowed
//	agreement                 an agreement written out below, indented, up to the first line that is not
//	providers FILE            the companies that may be asked for offers
//	provider ID WORDS         one company: cloud C,C country CC,CC secure S,S sourcing own_build
//	fact TRIGGER of AGREEMENT at TIME by PARTY/PERSON because "REASON"
//
// Then come commands, one a line, in the order of time. A line that is indented continues the one above. Behind a command
// stands a line ---- and the whole answer: one line per event ([right.Event.String]), then "refused: CODE: DETAIL" if the
// law says no, or "nothing". A blank line ends the answer.
//
//	TIME PARTY[/PERSON] [on NEED] VERB ARGUMENTS
//
// Each need is a record of its own; a command concerns the need submitted last unless "on NEED" names another. Earlier needs
// of the same buyer are what thresholds that aggregate look at. [Verbs] lists the verbs; docs/spec/scenarios.md explains
// each, with every event and refusal.
//
// # Running
//
// [Parse] reads a file and reports everything that is wrong with it at once. [Run] plays it and returns the answers; [Check]
// compares them with those in the file; [Rewrite] puts fresh answers into it.
//
// A run is also a test of the engine. After every command the record is encoded and read back, applied again from its
// beginning and compared with the state that the engine returned; the deadlines that the state names must be the ones at
// which time acted; and the invariants of SEMANTICS section 6 are looked for by code that, but for the
// comparison of terms, shares nothing with the engine's.
// At the end the whole story is played once more with every deadline woken in time, which must change nothing. What fails
// is returned as an error, whatever the answers say.
package scenario
