package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"

	sqlite "modernc.org/sqlite"
)

// conn is the writing connection. It talks to the driver itself: database/sql would check, convert and allocate again
// for each of a record's values. It is used by one goroutine at a time.
type conn struct {
	raw   driver.Conn
	stmts []driver.Stmt
}

func connect(name string) (*conn, error) {
	raw, err := new(sqlite.Driver).Open(name)
	if err != nil {
		return nil, err
	}
	return &conn{raw: raw}, nil
}

// close closes the statements, then the connection.
func (c *conn) close() error {
	var failed error
	for _, s := range c.stmts {
		failed = errors.Join(failed, s.Close())
	}
	return errors.Join(failed, c.raw.Close())
}

// stmt is a prepared statement with room for its arguments.
type stmt struct {
	raw  driver.Stmt
	args []driver.NamedValue
}

// prepare prepares a statement of so many arguments, to be closed with the connection.
func (c *conn) prepare(query string, args int) (*stmt, error) {
	p, ok := c.raw.(driver.ConnPrepareContext)
	if !ok {
		return nil, fmt.Errorf("the driver's %T cannot prepare", c.raw)
	}
	raw, err := p.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	c.stmts = append(c.stmts, raw)
	s := &stmt{raw: raw, args: make([]driver.NamedValue, args)}
	for i := range s.args {
		s.args[i].Ordinal = i + 1
	}
	return s, nil
}

// exec runs the statement. Values are int64, string, []byte or nil.
func (s *stmt) exec(values ...driver.Value) error {
	for i, v := range values {
		s.args[i].Value = v
	}
	_, err := s.raw.(driver.StmtExecContext).ExecContext(context.Background(), s.args)
	return err
}

// bulkRows is how many rows, or looked-up values, one statement takes. More gain nothing that can be measured.
const bulkRows = 32

// bulk inserts rows, many with one statement.
type bulk struct {
	one, many *stmt
	columns   int
	waiting   []driver.Value // of the rows not yet inserted, fewer than bulkRows of them
}

// bulk prepares inserts into "table (columns)"; end follows the rows.
func (c *conn) bulk(into string, columns int, end string) (*bulk, error) {
	row := "(" + list("?", columns) + ")"
	one, err := c.prepare("INSERT INTO "+into+" VALUES "+row+end, columns)
	if err != nil {
		return nil, err
	}
	many, err := c.prepare("INSERT INTO "+into+" VALUES "+list(row, bulkRows)+end, columns*bulkRows)
	return &bulk{one: one, many: many, columns: columns}, err
}

// begin forgets the rows of a transaction that failed.
func (b *bulk) begin() { b.waiting = b.waiting[:0] }

// add inserts a row, or keeps it for flush.
func (b *bulk) add(row ...driver.Value) error {
	b.waiting = append(b.waiting, row...)
	if len(b.waiting) < b.columns*bulkRows {
		return nil
	}
	err := b.many.exec(b.waiting...)
	b.waiting = b.waiting[:0]
	return err
}

// flush inserts the rows that wait.
func (b *bulk) flush() error {
	for at := 0; at < len(b.waiting); at += b.columns {
		if err := b.one.exec(b.waiting[at : at+b.columns]...); err != nil {
			return err
		}
	}
	b.waiting = b.waiting[:0]
	return nil
}

// lookup asks for the rows of many values with few statements.
type lookup struct {
	stmt *stmt
	row  []driver.Value
}

// lookup prepares a query in which "(?)" stands for a list of so many values, and whose rows have so many columns.
func (c *conn) lookup(query string, values, columns int) (*lookup, error) {
	s, err := c.prepare(strings.Replace(query, "(?)", "("+list("?", values)+")", 1), values)
	return &lookup{s, make([]driver.Value, columns)}, err
}

// each calls found for each row that a value has; the slice is its own only until it returns.
func (l *lookup) each(values []driver.Value, found func([]driver.Value)) error {
	for len(values) > 0 {
		n := min(len(values), len(l.stmt.args))
		for i := range l.stmt.args {
			l.stmt.args[i].Value = nil // NULL is in no list
			if i < n {
				l.stmt.args[i].Value = values[i]
			}
		}
		values = values[n:]
		if err := l.page(found); err != nil {
			return err
		}
	}
	return nil
}

func (l *lookup) page(found func([]driver.Value)) error {
	rows, err := l.stmt.raw.(driver.StmtQueryContext).QueryContext(context.Background(), l.stmt.args)
	if err != nil {
		return err
	}
	for {
		switch err := rows.Next(l.row); err {
		case nil:
			found(l.row)
		case io.EOF:
			return rows.Close()
		default:
			return errors.Join(err, rows.Close())
		}
	}
}

// list writes n times s with commas between.
func list(s string, n int) string {
	return strings.TrimSuffix(strings.Repeat(s+",", n), ",")
}
