package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"firstlook/capacity"
	"firstlook/internal/backup"
	"firstlook/internal/desk"
	"firstlook/internal/door"
	"firstlook/internal/identity"
	"firstlook/internal/identity/identitydb"
	"firstlook/internal/identity/identitypg"
	"firstlook/internal/journal"
	"firstlook/internal/postgres"
	"firstlook/internal/pricebook"
	"firstlook/internal/sqlite"
	"firstlook/internal/translog"
	"firstlook/party"
	"firstlook/right"
)

// journalStore is what commands need of the record's store.
type journalStore interface {
	journal.Store
	backup.Source
	counting
	Log() *translog.Log
}

// record is the data folder, or the database, while a command uses it.
type record struct {
	store   journalStore
	desk    *desk.Desk
	courier letters
	post    func() (*post, error) // what carries letters by e-mail and webhook; nil where the folder has no notify.yaml
	door    door.Door             // of the desk
}

// carriers do the acts: they write letters to the folder, and queue them for e-mail and webhooks.
func (r *record) carriers() desk.Courier { return couriers{r.courier, &lazyPost{r.post}} }

// Whether a command may make the folder.
const (
	mustExist = false
	mayMake   = true
)

// tables are what offers are compared with.
func tables() desk.Tables {
	return desk.Tables{Throughput: pricebook.EmbeddedThroughputs()[0], Egress: *pricebook.EmbeddedEgress()}
}

// open opens the data folder.
func (a *app) open(ctx context.Context, create bool) (*record, error) {
	if a.server != "" {
		return nil, bad("leave --server out, or unset "+serverVariable, "the command works on a data folder and not on a server")
	}
	c, err := clock()
	if err != nil {
		return nil, err
	}
	if err := a.checkAs(); err != nil {
		return nil, err
	}
	store, c, err := a.openStore(ctx, c, create)
	if err != nil {
		return nil, err
	}
	if err := forward(ctx, store, c); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	d, err := desk.Open(ctx, store, c, tables())
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	r := &record{store: store, desk: d, courier: letters{filepath.Join(a.data, "outbox"), letterReceipts(a.data, store, d)}, door: &door.Local{Desk: d, Store: store, Tables: tables()}}
	r.post = sync.OnceValues(func() (*post, error) { return a.openPost(r, c) })
	return r, nil
}

// openPost reads how notices travel; nil where nothing says so.
func (a *app) openPost(r *record, c desk.Clock) (*post, error) {
	name := a.notify
	if name == "" {
		name = filepath.Join(a.data, notifyName)
	}
	f, err := readNotify(name, a.notify != "")
	if err != nil || f == nil {
		return nil, err
	}
	return newPost(f, r, c)
}

// openStore opens the store of the record: the database where one is named, else the folder. The database's time counts there, unless a
// clock stands still.
func (a *app) openStore(ctx context.Context, c desk.Clock, create bool) (journalStore, desk.Clock, error) {
	url := a.database()
	if url == "" {
		if !create && !a.exists() {
			return nil, nil, bad("begin with `firstlook agreement add FILE`, or name another folder with --data", "there is no record in %s", a.data)
		}
		store, err := sqlite.Open(a.data, sqlite.Options{Batched: a.batched})
		return store, c, err
	}
	if err := os.MkdirAll(a.data, 0o700); err != nil { // for letters and keys
		return nil, nil, bad("name a folder that can be made with --data", "--data: %v", err)
	}
	store, err := postgres.Open(ctx, url, postgres.Options{Batched: a.batched})
	if err != nil {
		return nil, nil, err
	}
	if _, ok := c.(stopped); ok {
		return store, c, nil
	}
	time, err := postgres.NewClock(ctx, store)
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	return &timed{store, time}, time, nil
}

// timed is a database with the clock that follows its time.
type timed struct {
	*postgres.Store
	clock *postgres.Clock
}

// Close implements [journal.Store].
func (t *timed) Close() error {
	t.clock.Stop()
	return t.Store.Close()
}

// databaseVariable names the database, with its password: what stands on a command line can be seen by others on the machine.
const databaseVariable = "FIRSTLOOK_DB"

// database is the URL of the database that keeps the record; empty where the data folder does. It is never printed.
func (a *app) database() string { return cmp.Or(a.db, os.Getenv(databaseVariable)) }

// place names where the record is kept, without a password.
func (a *app) place() string {
	if a.database() != "" {
		return "the database"
	}
	return a.data
}

// openIdentity opens the store of who may sign in: in the database, where one is named, so that a session is known to every replica.
func (a *app) openIdentity(ctx context.Context) (identity.Store, error) {
	if url := a.database(); url != "" {
		s, err := identitypg.Open(ctx, url)
		if err != nil {
			return nil, err
		}
		return s, nil
	}
	s, err := identitydb.Open(a.identityFile())
	if err != nil {
		return nil, err
	}
	return s, nil
}

// exists reports whether the folder holds a record.
func (a *app) exists() bool {
	_, err := os.Stat(filepath.Join(a.data, "firstlook.db"))
	return !errors.Is(err, fs.ErrNotExist)
}

// read runs a command that only looks.
func (a *app) read(ctx context.Context, look func(*record) error) error {
	r, err := a.open(ctx, mustExist)
	if err != nil {
		return err
	}
	return errors.Join(look(r), r.store.Close())
}

// write runs a command that changes the record; then deadlines that have passed are fired and acts are done. What then
// goes wrong is a warning: the command itself is recorded, and the next one tries again.
func (a *app) write(ctx context.Context, create bool, change func(*record) error) error {
	r, err := a.open(ctx, create)
	if err != nil {
		return err
	}
	err = change(r)
	if after := errors.Join(r.desk.FireDue(ctx), r.desk.Deliver(ctx, r.carriers())); after != nil {
		fmt.Fprintf(a.err, "firstlook: warning: the command is recorded, but not all that follows is done yet: %v\n  next: the next command or `firstlook serve` tries again\n", after)
	}
	return errors.Join(err, r.store.Close())
}

// look runs a command that only looks, at the folder or at the server.
func (a *app) look(ctx context.Context, look func(door.Door) error) error {
	if a.server != "" {
		return a.remote(look)
	}
	return a.read(ctx, func(r *record) error { return look(r.door) })
}

// alter runs a command that changes the record, of the folder or of the server.
func (a *app) alter(ctx context.Context, create bool, change func(door.Door) error) error {
	if a.server != "" {
		return a.remote(change)
	}
	return a.write(ctx, create, func(r *record) error { return change(r.door) })
}

// do passes a command on a need on and prints what happened, as the acting party may see it. Where by is empty the buyer acts, or the
// party of the token.
func (a *app) do(ctx context.Context, d door.Door, id capacity.NeedID, c right.Command) error {
	c.Person = a.person
	done, err := d.Do(ctx, id, c, a.key)
	var used *door.KeyUsed
	var reused *door.KeyReused
	if errors.As(err, &used) {
		return bad("use another key", "--key %s was used for need %s", a.key, used.Need)
	}
	if errors.As(err, &reused) {
		return bad("use another key", "--key %s was used for another command on need %s", a.key, reused.Need)
	}
	if err != nil {
		return err
	}
	return a.printDone(done)
}

// need returns the state of a need and the party for which it is looked at.
func (a *app) need(ctx context.Context, r *record, id capacity.NeedID) (right.State, party.ID, error) {
	s, err := r.desk.State(ctx, id)
	if err != nil {
		return s, "", err
	}
	who := party.ID(a.as)
	if who == "" {
		who = s.Need.Buyer
	}
	if !desk.Concerns(&s, who) {
		return s, who, &right.Refusal{Code: right.NotTheHolder, Detail: fmt.Sprintf("need %s does not concern %s", id, who)}
	}
	return s, who, nil
}

// checkAs reads the flag --as.
func (a *app) checkAs() error {
	if a.as == "" {
		return nil
	}
	if err := party.Check(a.as); err != nil {
		return bad("name a party by its id, such as northwind", "--as: %v", err)
	}
	return nil
}
