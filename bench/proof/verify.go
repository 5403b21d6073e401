package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"firstlook/bench/negotiation"
	"firstlook/proof"
)

// verification measures how many events of a full record one core verifies in a second of its time.
func verification(d time.Duration) error {
	file, keys, events, err := fullRecord(2_000)
	if err != nil {
		return err
	}
	runtime.GC()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	n := 0
	begin, cpu := time.Now(), cpuSeconds()
	for time.Since(begin) < d {
		if v := proof.VerifyFile(file, keys); !v.Holds() {
			return errors.New(v.Failure)
		}
		n += events
	}
	fmt.Printf("\nverification of a full record of %d events, %d bytes each: %.0f events/s of one core (bar: 300,000)\n",
		events, len(file)/events, float64(n)/(cpuSeconds()-cpu))
	return nil
}

// zeros is randomness for a key that protects nothing.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// fullRecord is the log of so many negotiations as a file with every seal open.
func fullRecord(negotiations int) (file []byte, keys *proof.Keys, events int, err error) {
	bodies, err := recordBodies()
	if err != nil {
		return nil, nil, 0, err
	}
	sealer := proof.NewSealer(sha256.Sum256([]byte("bench")))
	var r proof.Receipt
	var tree proof.Builder
	for i := range negotiations {
		for version, b := range bodies {
			rec := proof.Record{Stream: fmt.Sprintf("need/n%d", i), Version: int64(version + 1), Time: negotiation.Start, Actor: "acme", Kind: proof.KindEvents, Body: b}
			for _, l := range sealer.Leaves(&rec) {
				r.Items = append(r.Items, proof.Item{Index: tree.Size, Leaf: l.Text, Open: l.Open})
				tree.Add(proof.LeafHash(l.Text))
			}
		}
	}
	skey, vkey, err := note.GenerateKey(zeros{}, "bench.example/log")
	if err != nil {
		return nil, nil, 0, err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return nil, nil, 0, err
	}
	c := proof.Checkpoint{Origin: "bench.example/log", Size: tree.Size, Root: tree.Root()}
	if r.Checkpoint, err = note.Sign(&note.Note{Text: c.Text()}, signer); err != nil {
		return nil, nil, 0, err
	}
	keys, err = proof.ParseKeys(strings.TrimSpace(vkey))
	return r.Format(), keys, len(r.Items), err
}
