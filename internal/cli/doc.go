// Package cli is the command line: it reads what a person types or writes into files, passes it to the desk on a data
// folder, and prints what happened and who has the word next.
//
// # The folder
//
// Every command works on one data folder: --data DIR, else $FIRSTLOOK_DATA, else ./firstlook-data. A folder belongs to one
// process at a time; while `firstlook serve` or another command has it, a second one fails at once and says who has it.
// The commands that begin a record (agreement add, provider set, need submit, prices import, serve) make the folder;
// every other one wants it to be there.
//
// --db URL, or $FIRSTLOOK_DB, keeps the record in a PostgreSQL database in place of the folder's file: several servers and
// commands may use it at the same time, and the database's clock is the one that counts. Who may sign in stands there, too, in a
// schema of its own. Letters and the keys of the log stay in data folders: one server delivers at a time and writes the letters to
// its own; each server needs the same keys. A password belongs into the variable: a command line can be seen by others.
//
// # Who acts
//
// --as PARTY says for which party a command acts or looks, --person NAME who acts for it; a person is needed where one's
// judgement is recorded. What only the buyer may do is done for the buyer of the need where --as is left out. On a local
// folder nobody proves who they are: whoever may write the folder acts for every party.
//
// --key KEY makes a command safe to send again: the second time it is answered from the record and does nothing.
//
// # A server in place of the folder
//
// --server URL, or $FIRSTLOOK_SERVER, passes the command to a server; --token-file F, or $FIRSTLOOK_TOKEN, shows the token that says for which
// party. What is printed is the same. --as may then be left out everywhere. Commands that work on the whole record, on keys or on files alone
// need the folder; docs/spec/api.md has the table.
//
// # After a command
//
// What happened is printed one fact a line, then who has the word next, until when, and with which command. Deadlines
// that have passed are settled and acts (notices, requests for offers, award letters) are written to the folder
// outbox/RECIPIENT of the data folder, one file each, named by the act's key. A file is written whole or not at all; the
// same act again is the same file.
//
// # The clock
//
// FIRSTLOOK_CLOCK=2026-03-02T12:00Z stops the clock at an instant, for trying things out and for scripts: each command then
// happens at that instant, and a window closes when a later command is given a later one. The clock may not go back
// behind what the record holds.
//
// # JSON
//
// --json prints one JSON document in place of the text. Its keys are stable: keys may be added, none is renamed or removed.
// Money is "2.10 USD", an instant is "2026-03-02T12:00Z", a duration "72 hours", a share in thousandths of a percent (99900).
//
//	version                 {version, engine, go, commit}
//	agreement check         [{file, agreement, sound, problems, findings, unspecified, analysis}]
//	agreement diff          {from, to, changes: [{what, clause, from, to, at, cite, text, params}], touched}
//	agreement explain       {agreement, title, reading, source, at, clauses: [{clause, kind, heading, cite, effective, lines, open}], open}
//	agreement list          [{agreement, title, reading, grantor, holders, clauses, in_force, unspecified, hash}]
//	agreement add, amend    the entry of the list
//	provider set, list      [{id, name, clouds, countries, security, sourcings}]
//	need list               [{need, title, buyer, status, lines, next, class, purpose}]
//	need show               {need, status, lots, matters, offers, awards, next, history}
//	need explain            {need, at, clauses, windows, blocks, next, outlook,
//	                        nearest: [{lot, fact, by, at, before, awarded, why}], asks, status, zones}
//	offer list              [{id, need, line, provider, terms, valid_until, hash, sealed, withdrawn, package}]
//	notice list             [{need, matter, holder, clause, kind, status, quantity, of, sent_at, answer_by, waits_for, assumed, for, held_until,
//	                        negotiate_by, stands_still, requested, extend_to, wants, consent_by, consents_given}]
//	notice show             the entry of the list, with document
//	award show              {need, awards, choices: [{at, lot, manual, person, reason, comparison}]}
//	prices import           {book, recorded, report}
//	prices list             [{book, rows, clouds, accelerators, as_of, recorded}]
//	prices quote            {binds, requests: [{line, accelerators, quantity, period, quotes}]}
//	replay                  {sound, checkpoint, needs, records, events, findings}
//	replay --history        {sound, history, need, events, violations: [{invariant, event, matter, lot, award, message, says, should}]}
//	whatif                  {need, fork, change, common, first, record, what_if, impossible, not_played, stopped, difference, gains}
//	verify                  {verified, code, failure, checkpoint: {origin, size, root}, leaves, proven, not_proven}
//	compare                 {relation, words, a, b}
//	migrate                 {from, to}
//	backup, restore         {file, position, hash, leaves, root}
//	log key                 {origin, keys}
//	scenario run            [{file, title, steps: [{line, command, answer}]}]
//	scenario check          [{file, title, holds, differences: [{line, command, want, got}]}]
//	what changes the record {need, repeated, events, next}
//	determine trigger       {agreement, trigger, at, by, person, reason, challenge}
//
// events and history are the canonical encoding of the record: [{at, recorded, by, type, fact}], without recorded where that is at,
// and without by where time alone acted. With --json a failure is
// {error: {kind, code, detail, clause, problems, next}} on standard error.
//
// # Exit codes
//
//	0  done
//	1  refused by the law, or a check that found something
//	2  a command or a file that cannot be read; nothing was changed
//	3  a fault of the world: the disk, the folder, another process
package cli
