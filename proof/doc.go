// Package proof is the published format by which a party checks, offline and without trusting whoever keeps the record,
// that an event stands in a record which can no longer be changed unseen. docs/spec/proof.md says the same for people
// who write a verifier in another language; one stands beside it.
//
// # Leaf
//
// A transparency log holds one leaf for each event of the record ([Sealer.Leaves]). A leaf is one line of JSON:
//
//	{"leaf":1,"stream":"need/n1","record":4,"time":"2026-03-06T12:03Z","of":3,"event":1,
//	 "at":"2026-03-06T12:00Z","recorded":"2026-03-06T12:03Z","type":"ended","said":{"#":"BASE64"}}
//
// Record counts the records of a stream from 1, event the events of a record from 1 to of, so that a missing one shows.
// Time is when the record was written, and does not go back from leaf to leaf by more than [Skew]. At and recorded are the
// event's own, and left out where they would repeat time. What was said, and by whom, is sealed. A record without events,
// or whose body is no list of events, has one leaf, of the type "turn" or "record".
//
// # Seal
//
// An object {"#":BASE64} stands for a value: it is the SHA-256 of 16 random-looking bytes, the salt, followed by the
// value's bytes, which may hold further seals. Whoever is shown salt and value checks the one against the other; whoever
// is not cannot find the value by trying, however few values there are. Within what was said, the table in sealed.go seals
// again what one party may see and another not: who the rival is, the terms of offers, the comparison, what only the buyer
// knows. A party that may see an event is given what it has title to and no more.
//
// A list whose items are sealed one by one is filled with seals of nothing to a multiple of eight, an empty one as well: who is shown
// its own item does not count the others, and who is shown none does not learn whether there are any. An object of which a part may be
// shown has a seal of nothing for every sealed member that is missing, so that its names are the same whatever is there.
//
// Salts follow from a secret of the log, so that the keeper can open a leaf again at any time (see [NewSealer]). The secret is
// never needed to verify.
//
// # Tree and checkpoint
//
// Leaves are hashed into the Merkle tree of RFC 6962: a leaf is SHA-256(0x00, text), a node SHA-256(0x01, left, right).
// A checkpoint is the C2SP tlog-checkpoint: origin, size, root, signed as a note with Ed25519 by one key or several, and
// cosigned by witnesses (C2SP tlog-cosignature). Hashes are served as C2SP tlog-tiles ([TilePath]).
//
// # Receipt
//
// A receipt is a text file ([Receipt]): leaves with their places, the seals that its reader may open, the inclusion
// proofs, and the checkpoint. [Receipt.Verify] says in words what it proves and what it does not.
//
// A [Statement] is what a neutral auditor signs after it was shown what the holder may not see: that terms given to a
// rival stayed within a cap and inside a tail. It stands in the log as a leaf in clear, and names leaves by hash.
package proof
