package proof_test

import (
	"testing"

	"firstlook/proof"
)

// BenchmarkAppendHashes is what a store pays for the leaves of a record before its place in the tree; events/op is how many.
func BenchmarkAppendHashes(b *testing.B) {
	w := newWorld(&testing.T{})
	var records []proof.Record
	for i, h := range history {
		records = append(records, w.record("need/n1", int64(i+1), h.time, h.actor, proof.KindEvents, h.body))
	}
	var hashes []proof.Hash
	var scratch proof.Scratch
	events := 0
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		hashes = w.sealer.AppendHashes(hashes[:0], &records[i%len(records)], &scratch)
		events += len(hashes)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
}
