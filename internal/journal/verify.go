package journal

import (
	"context"
	"fmt"
)

// Checkpoint says what a journal held up to a position.
type Checkpoint struct {
	Position int64
	Hash     Hash // of the record there; zero when the journal is empty
}

// verifyPage is how many records Verify holds at a time.
const verifyPage = 512

// Verify reads a whole journal and reports the first thing that is not as it was written as a [*Corrupt]: a gap in
// the positions or in the versions of a stream, a hash that does not follow from the record and the one before, or a
// head that is not the last record of its stream. It may run beside writers; what is appended meanwhile may or may
// not be included.
func Verify(ctx context.Context, s Store) (Checkpoint, error) {
	before, err := s.Streams(ctx, "")
	if err != nil {
		return Checkpoint{}, err
	}
	at, versions, err := verifyChain(ctx, s)
	if err != nil {
		return at, err
	}
	after, err := s.Streams(ctx, "")
	if err != nil {
		return at, err
	}
	// Streams only grow: what was a head before the reading was read, and what was read has a head after it.
	for _, h := range before {
		if h.Version > versions[h.Stream] {
			return at, &Corrupt{0, fmt.Sprintf("the head of %s is at version %d, its records end at %d", h.Stream, h.Version, versions[h.Stream])}
		}
	}
	for _, h := range after {
		if h.Version < versions[h.Stream] || h.Version < 1 {
			return at, &Corrupt{0, fmt.Sprintf("the head of %s is at version %d, its records go to %d", h.Stream, h.Version, versions[h.Stream])}
		}
		delete(versions, h.Stream)
	}
	if len(versions) > 0 {
		return at, &Corrupt{0, fmt.Sprintf("%d streams have records and no head", len(versions))}
	}
	return at, nil
}

// verifyChain reads all records and returns the last version of each stream.
func verifyChain(ctx context.Context, s Store) (Checkpoint, map[Stream]int64, error) {
	var at Checkpoint
	versions := map[Stream]int64{}
	for {
		page, err := s.ReadAll(ctx, at.Position, verifyPage)
		if err != nil || len(page) == 0 {
			return at, versions, err
		}
		for i := range page {
			r := &page[i]
			if r.Position != at.Position+1 {
				return at, nil, &Corrupt{at.Position + 1, fmt.Sprintf("the next record has position %d", r.Position)}
			}
			if want := versions[r.Stream] + 1; r.Version != want {
				return at, nil, &Corrupt{r.Position, fmt.Sprintf("version %d of %s follows version %d", r.Version, r.Stream, want-1)}
			}
			if Link(at.Hash, Leaf(Encode(nil, r))) != r.Hash {
				return at, nil, &Corrupt{r.Position, "its hash does not follow from its content and the record before"}
			}
			at = Checkpoint{r.Position, r.Hash}
			versions[r.Stream] = r.Version
		}
	}
}
