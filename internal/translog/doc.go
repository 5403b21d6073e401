// Package translog keeps a transparency log beside a journal: one leaf for each event of every record, in the order of
// the journal, as package proof describes them.
//
// The log follows from the records and one secret, so every store of the same records has the same one. Nothing here knows a
// store; one that keeps a log does four things:
//
//   - It makes the hashes of a record's leaves with [proof.Sealer.AppendHashes] of [Told], best on the caller's goroutine: they do not
//     depend on the record's place.
//   - It grows a [Tree.Clone] by [Tree.Append] in the order of the positions, and makes the clone its tree when the transaction was committed.
//   - It stores in that transaction the tiles that were filled (256 hashes), which would be slow to make again, and with them
//     the edge of the tree.
//   - When it is opened it has the tree again by [Restore], which holds what it makes against the edge, adds the records since, and
//     implements [Source].
//
// [Log] reads: proofs, leaves with their openings, tiles for whoever asks for them. [Log.Audit] makes every leaf again
// and names the first record that is not what it was. [Signers] sign checkpoints, each only if it continues the one
// signed before it.
package translog
