package sqlite

import (
	"context"
	"database/sql"
	"math/bits"
	"sync/atomic"
)

// filter says of most hashes that a lookup table surely does not hold them, from memory alone (a Bloom filter). Nearly
// every key is new, and many a stream, and to find that out in the table would read a page of it each.
//
// The writer adds and asks; one other goroutine adds what was in the table before, and until it has, nothing is sure.
// That goroutine and the writer may add the same hash.
type filter struct {
	bits  []atomic.Uint64
	mask  uint64
	ready atomic.Bool
}

const (
	filterProbes = 4
	filterLeast  = 1 << 24 // bits, 2 MiB: 1 in 400 false answers at a million keys
	filterMost   = 1 << 30 // bits, 128 MiB
)

// newFilter returns a filter for a table of so many entries that will grow.
func newFilter(entries int64) *filter {
	size := uint64(filterLeast)
	if want := uint64(entries) * 32; want > size {
		size = min(uint64(1)<<bits.Len64(want-1), filterMost)
	}
	f := &filter{bits: make([]atomic.Uint64, size/64), mask: size - 1}
	f.ready.Store(entries == 0)
	return f
}

// add adds a hash, which is evenly distributed already: its halves make the probes.
func (f *filter) add(hash int64) {
	a, b := uint64(hash), bits.RotateLeft64(uint64(hash), 32)|1
	for range filterProbes {
		at := a & f.mask
		f.bits[at/64].Or(1 << (at % 64))
		a += b
	}
}

// absent reports whether the table surely lacks a hash.
func (f *filter) absent(hash int64) bool {
	if !f.ready.Load() {
		return false
	}
	a, b := uint64(hash), bits.RotateLeft64(uint64(hash), 32)|1
	for range filterProbes {
		at := a & f.mask
		if f.bits[at/64].Load()&(1<<(at%64)) == 0 {
			return true
		}
		a += b
	}
	return false
}

// load adds the hashes of a table, which hash reads from the rows of a query. When it cannot, the filter stays unsure
// and everything is looked up, which is slow and right.
func (f *filter) load(ctx context.Context, db *sql.DB, query string, hash func(*sql.Rows) (int64, error)) {
	err := each(ctx, db, query, nil, func(rows *sql.Rows) (bool, error) {
		h, err := hash(rows)
		if err == nil {
			f.add(h)
		}
		return true, err
	})
	if err == nil {
		f.ready.Store(true)
	}
}
