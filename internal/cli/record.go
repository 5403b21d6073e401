package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/pricebook"
	"firstlook/internal/sqlite"
	"firstlook/party"
	"firstlook/right"
)

// record is the data folder while a command uses it.
type record struct {
	store   *sqlite.Store
	desk    *desk.Desk
	courier letters
}

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
	c, err := clock()
	if err != nil {
		return nil, err
	}
	if a.as != "" {
		if err := party.Check(a.as); err != nil {
			return nil, bad("name a party by its id, such as northwind", "--as: %v", err)
		}
	}
	if !create && !a.exists() {
		return nil, bad("begin with `firstlook agreement add FILE`, or name another folder with --data", "there is no record in %s", a.data)
	}
	store, err := sqlite.Open(a.data, sqlite.Options{})
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
	return &record{store, d, letters{filepath.Join(a.data, "outbox")}}, nil
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
	if after := errors.Join(r.desk.FireDue(ctx), r.desk.Deliver(ctx, r.courier)); after != nil {
		fmt.Fprintf(a.err, "firstlook: warning: the command is recorded, but not all that follows is done yet: %v\n  next: the next command or `firstlook serve` tries again\n", after)
	}
	return errors.Join(err, r.store.Close())
}

// do passes a command on a need to the desk and prints what happened, as the acting party may see it.
func (a *app) do(ctx context.Context, r *record, id capacity.NeedID, c right.Command) error {
	c.Person = a.person
	out, err := r.desk.Do(ctx, id, c, a.key)
	if err != nil {
		return err
	}
	if out.Need != id {
		return bad("use another key", "--key %s was used for need %s", a.key, out.Need)
	}
	return a.printOutcome(r, &out, c.By)
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

// buyer returns who acts in what only the buyer may do.
func (a *app) buyer(ctx context.Context, r *record, id capacity.NeedID) (party.ID, error) {
	if a.as != "" {
		return party.ID(a.as), nil
	}
	s, err := r.desk.State(ctx, id)
	if err != nil {
		return "", err
	}
	return s.Need.Buyer, nil
}
