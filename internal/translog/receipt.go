package translog

import (
	"context"

	"firstlook/internal/journal"
	"firstlook/proof"
)

// Opener says what a receipt opens of a leaf: l is the n-th leaf (from 0) of a record.
type Opener func(r *journal.Record, n int, l proof.Leaf) []proof.Opening

// OpenAll opens every seal.
func OpenAll(_ *journal.Record, _ int, l proof.Leaf) []proof.Opening { return l.Open }

// OpenNone opens no seal.
func OpenNone(*journal.Record, int, proof.Leaf) []proof.Opening { return nil }

// Receipt proves the leaves of some records, which are in the order of the journal. The checkpoint is the signed one of
// this view.
func (v *View) Receipt(ctx context.Context, who string, records []journal.Record, open Opener, checkpoint []byte) (*proof.Receipt, error) {
	return v.prove(ctx, who, records, 0, open, checkpoint)
}

// Step is the receipt of one of the records, the one at a position. An opener sees the leaves of all of them, in order, but only
// those of the one are proven.
func (v *View) Step(ctx context.Context, who string, records []journal.Record, position int64, open Opener, checkpoint []byte) (*proof.Receipt, error) {
	return v.prove(ctx, who, records, position, open, checkpoint)
}

// prove proves the record at a position, or all where that is 0.
func (v *View) prove(ctx context.Context, who string, records []journal.Record, only int64, open Opener, checkpoint []byte) (*proof.Receipt, error) {
	out := &proof.Receipt{For: who, Checkpoint: checkpoint}
	for i := range records {
		r := &records[i]
		if only != 0 && r.Position != only {
			for n, l := range v.log.Leaves(r) {
				open(r, n, l)
			}
			continue
		}
		index, err := v.Index(ctx, r.Position)
		if err != nil {
			return nil, err
		}
		for n, l := range v.log.Leaves(r) {
			path, err := v.Inclusion(ctx, index+int64(n))
			if err != nil {
				return nil, err
			}
			out.Items = append(out.Items, proof.Item{Index: index + int64(n), Leaf: l.Text, Open: open(r, n, l), Proof: path})
		}
	}
	return out, nil
}

// Whole is a receipt of the whole log, which needs no proofs.
func (v *View) Whole(ctx context.Context, who string, open Opener, checkpoint []byte) (*proof.Receipt, error) {
	out := &proof.Receipt{For: who, Checkpoint: checkpoint}
	err := v.each(ctx, Tile{}, func(r *journal.Record, index int64, leaves []proof.Leaf) (bool, error) {
		for n, l := range leaves {
			out.Items = append(out.Items, proof.Item{Index: index + int64(n), Leaf: l.Text, Open: open(r, n, l)})
		}
		return true, nil
	})
	return out, err
}
