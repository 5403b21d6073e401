// Package translog keeps a transparency log beside a journal: one leaf for each event of every record, in the order of
// the journal, as package proof describes them.
//
// The log follows from the records and one secret. A store that has one appends the leaves of a batch of records to the
// [Tree] in the transaction that records them, and keeps what cannot be computed again cheaply: tiles that are full (256
// hashes), and once for each batch the right edge of the tree, which says what the log was when the transaction ended.
// Leaves behind the last full tile are made again from their records when the store is opened, and compared with the edge.
//
// [Log] reads: proofs, leaves with their openings, tiles for whoever asks for them. [Log.Audit] makes every leaf again
// and names the first record that is not what it was. [Signers] sign checkpoints, each only if it continues the one
// signed before it.
package translog
