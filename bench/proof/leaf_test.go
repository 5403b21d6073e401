package main

import (
	"crypto/sha256"
	"testing"

	"firstlook/bench/negotiation"
	"firstlook/proof"
)

// BenchmarkLeaves is what the log computes for one negotiation: its leaves and their place in the tree.
func BenchmarkLeaves(b *testing.B) {
	bodies, err := recordBodies()
	if err != nil {
		b.Fatal(err)
	}
	s := proof.NewSealer(sha256.Sum256([]byte("bench")))
	var hashes []proof.Hash
	var scratch proof.Scratch
	var tree proof.Builder
	cpu := cpuSeconds()
	b.ReportAllocs()
	for b.Loop() {
		for i, body := range bodies {
			r := proof.Record{Stream: "need/n1-255-1000", Version: int64(i + 1), Time: negotiation.Start, Actor: "acme", Kind: proof.KindEvents, Body: body}
			hashes = s.AppendHashes(hashes[:0], &r, &scratch)
			for _, h := range hashes {
				tree.Add(h)
			}
		}
	}
	b.ReportMetric(1e9*(cpuSeconds()-cpu)/float64(tree.Size), "cpu-ns/event")
}
