// Package door is what the doors of the program show and take, whichever door it is: the documents of `--json` and of the HTTP
// interface, and [Door], the calls that the command line makes. [Local] answers them from the desk of a data folder; package client
// answers them from a server, which has a Local inside. So a command prints the same on the machine of the desk and anywhere else.
//
// # For whom
//
// Each call names the party for which it looks or acts. The empty party is whoever has the folder: it sees what the buyer of a
// need sees, and acts as that buyer. A server never passes the empty party on: the session or token says which one it is.
//
// # What is sealed
//
// Nothing here looks past internal/desk: what a party gets of a need are the views of that package, of an agreement its text if
// the party belongs to it, of the providers the list if it buys and its own entry if it does not. A need that does not concern a
// party is answered as one that is not there. What the engine forecasts ([Local.Explain]) is the buyer's.
//
// # Documents
//
// Keys may be added, none is renamed or removed. Money is "2.10 USD", an instant "2026-03-02T12:00Z", events the canonical encoding
// of the record. zones are the time zones that the agreements name for the parties of a document, so that a deadline can be shown on their clocks.
package door
