package desk

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"firstlook/capacity"
)

const (
	// sealedLetters is how many letters of base32 follow n- in the id of a need: a thousand million ids.
	sealedLetters = 6
	sealedTries   = 64
)

// SealedNeedID returns a free id of the form n-k3v7qa. It is drawn by chance, so that it tells nobody how many needs there are, as
// [Desk.NewNeedID] would.
func (d *Desk) SealedNeedID(ctx context.Context) (capacity.NeedID, error) {
	for range sealedTries {
		id := capacity.NeedID("n-" + strings.ToLower(rand.Text())[:sealedLetters])
		head, err := d.store.Head(ctx, streamOf(id))
		if err != nil {
			return "", err
		}
		if head.Version == 0 {
			return id, nil
		}
	}
	return "", fmt.Errorf("%d ids drawn by chance were all taken", sealedTries)
}
