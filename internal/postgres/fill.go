package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"firstlook/internal/journal"
	"firstlook/internal/translog"
	"firstlook/proof"
)

// Fill makes the journal of a database from a secret and entries, as a [backup.Fill] does: in one transaction, so that nothing is there
// when it fails. A journal that has records is refused ([ErrNotEmpty]).
func Fill(ctx context.Context, url string, secret [32]byte, next func() ([]journal.Entry, error)) error {
	return fault(ctx, "restore into the database", fillDatabase(ctx, url, secret, next))
}

func fillDatabase(ctx context.Context, url string, secret [32]byte, next func() ([]journal.Entry, error)) error {
	config, schema, err := configure(url)
	if err != nil {
		return err
	}
	if _, err := migrate(ctx, config.ConnConfig, schema); err != nil {
		return err
	}
	delete(config.ConnConfig.RuntimeParams, "idle_in_transaction_session_timeout") // reading the file may take its time
	c, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		var e edgeRow
		if err := e.scan(tx.QueryRow(ctx, selectEdge+" FOR UPDATE")); err != nil {
			return err
		}
		if e.at.Position > 0 {
			return &journal.Fault{Op: "restore into the database", Err: ErrNotEmpty, Remedy: "name another database, or another schema with search_path"}
		}
		if _, err := tx.Exec(ctx, "UPDATE journal SET secret = $1", secret[:]); err != nil {
			return err
		}
		f := &filler{sealer: proof.NewSealer(secret), heads: map[journal.Stream]head{}}
		for {
			entries, err := next()
			if errors.Is(err, io.EOF) {
				return f.end(ctx, tx, e.at)
			}
			if err != nil {
				return err
			}
			if err := f.add(ctx, tx, entries); err != nil {
				return err
			}
		}
	})
}

// head is the last record of a stream.
type head struct{ version, at, due int64 }

// filler is a journal in the making.
type filler struct {
	sealer  *proof.Sealer
	scratch proof.Scratch
	tree    translog.Tree
	at      journal.Checkpoint
	heads   map[journal.Stream]head
}

var recordColumns = []string{"position", "stream", "version", "key", "recorded", "actor", "kind", "body", "due", "hash", "leaves"}

// add copies some entries, and the tiles that they fill.
func (f *filler) add(ctx context.Context, tx pgx.Tx, entries []journal.Entry) error {
	rows := make([][]any, len(entries))
	var filled []translog.Tile
	for i := range entries {
		e := &entries[i]
		fact := translog.Fact(&e.Record)
		leaves := f.sealer.AppendHashes(nil, &fact, &f.scratch)
		f.at = journal.Checkpoint{Position: f.at.Position + 1, Hash: journal.Link(f.at.Hash, fact.Digest)}
		if f.at.Position != e.Position || f.at.Hash != e.Hash || f.heads[e.Stream].version+1 != e.Version {
			return &journal.Corrupt{Position: f.at.Position, Reason: "it does not follow from the records before"}
		}
		filled = f.tree.Append(leaves, e.Position, filled)
		f.heads[e.Stream] = head{e.Version, e.Position, int64(e.Due)}
		var key *string
		if e.Key != "" {
			key = &e.Key
		}
		body := e.Body
		if body == nil {
			body = []byte{}
		}
		rows[i] = []any{e.Position, string(e.Stream), e.Version, key, int64(e.Recorded), string(e.Actor), e.Kind, body, int64(e.Due), e.Hash[:], translog.Pack(leaves)}
	}
	n, err := tx.CopyFrom(ctx, pgx.Identifier{"record"}, recordColumns, pgx.CopyFromRows(rows))
	if err != nil {
		return err
	}
	if n != int64(len(rows)) {
		return fmt.Errorf("%d of %d records were copied", n, len(rows))
	}
	var b pgx.Batch
	for i := range filled {
		queueTile(&b, &filled[i])
	}
	return tx.SendBatch(ctx, &b).Close()
}

// end writes what the records imply.
func (f *filler) end(ctx context.Context, tx pgx.Tx, before journal.Checkpoint) error {
	rows := make([][]any, 0, len(f.heads))
	for name, h := range f.heads {
		rows = append(rows, []any{string(name), h.version, h.at, h.due})
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"stream"}, []string{"name", "version", "head", "due"}, pgx.CopyFromRows(rows)); err != nil {
		return err
	}
	var b pgx.Batch
	if f.at.Position > 0 {
		queueEdge(&b, f.at, &f.tree, before)
	}
	return tx.SendBatch(ctx, &b).Close()
}
