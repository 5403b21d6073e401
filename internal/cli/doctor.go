package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"firstlook/internal/backup"
	"firstlook/internal/desk"
	"firstlook/internal/identity"
	"firstlook/internal/identity/identitydb"
	"firstlook/internal/identity/identitypg"
	"firstlook/internal/journal"
	"firstlook/internal/postgres"
	"firstlook/internal/sqlite"
	"firstlook/internal/translog"
	"firstlook/proof"
)

func (a *app) doctorCommand() *cobra.Command {
	c := leaf("doctor", "Look at a folder or a database from end to end, and say what is wrong and what to do", 0, 0, a.doctor)
	c.Long = "Looks at the data folder, or the database, and what stands beside it: schema, pages, the chain of hashes, the log, the law, needs, deadlines, the outbox, clocks, keys, " +
		"disk and who may sign in. Each line is ok, a warning, or a fault with the next step. Nothing is changed, and servers go on meanwhile.\n\n" +
		"It ends with exit code 1 where there is a fault. It holds the record in memory while it looks."
	c.Flags().Bool("all", false, "Replay every need, and not only the latest ones")
	return c
}

// Verdicts of a line.
const (
	fine    = "ok"
	warning = "warning"
	broken  = "fault"
)

// finding is one line of the doctor.
type finding struct {
	Check  string `json:"check"`
	Result string `json:"result"` // ok, warning or fault
	Detail string `json:"detail"`
	Next   string `json:"next,omitempty"`
}

// doctorJSON is what the doctor found.
type doctorJSON struct {
	Sound    bool      `json:"sound"` // there is no fault
	Findings []finding `json:"findings"`
}

// examination is a look at one record.
type examination struct {
	*app
	all    bool
	now    time.Time
	served *sqlite.Locked // who uses the folder; nil for nobody, or where that is not known
	found  []finding
}

func (x *examination) say(check, result, next, format string, args ...any) {
	if result == fine {
		next = ""
	}
	x.found = append(x.found, finding{check, result, fmt.Sprintf(format, args...), next})
}

// failed notes an error: its remedy where it has one.
func (x *examination) failed(check string, err error, next string) {
	var f *journal.Fault
	text := redact(err.Error())
	if errors.As(err, &f) && f.Remedy != "" {
		next, text = f.Remedy, redact(cmp.Or(f.Err, err).Error())
	}
	x.say(check, broken, next, "%s", text)
}

func (a *app) doctor(cmd *cobra.Command, _ []string) error {
	if a.server != "" {
		return bad("run it where the folder or the database is, and ask /readyz of a server", "the doctor looks at a data folder or a database and not at a server")
	}
	c, err := clock()
	if err != nil {
		return err
	}
	x := &examination{app: a, now: c.Now().Time()}
	x.all, _ = cmd.Flags().GetBool("all")
	if err := x.run(cmd.Context()); err != nil {
		return err
	}
	out := doctorJSON{Sound: true, Findings: x.found}
	warnings, faults := 0, 0
	for _, f := range x.found {
		switch f.Result {
		case warning:
			warnings++
		case broken:
			faults++
			out.Sound = false
		}
	}
	if a.json {
		if err := a.document(out); err != nil {
			return err
		}
	} else {
		for _, f := range x.found {
			a.say("%-8s %-10s %s", f.Result, f.Check, f.Detail)
			if f.Next != "" {
				a.say("%-8s %-10s next: %s", "", "", f.Next)
			}
		}
		a.say("\n%s, %s", counted(faults, "fault"), counted(warnings, "warning"))
	}
	if !out.Sound {
		return errFound
	}
	return nil
}

// run looks at everything; what is wrong is noted, and an error is the end of its context.
func (x *examination) run(ctx context.Context) error {
	if x.database() != "" {
		x.lookAtDatabase(ctx)
	} else {
		x.lookAtFolder(ctx)
	}
	x.identity(ctx)
	x.notices()
	x.keys()
	x.disk()
	return ctx.Err()
}

func (x *examination) lookAtFolder(ctx context.Context) {
	info, err := os.Stat(x.data)
	switch {
	case err != nil:
		x.failed("folder", err, "name the data folder with --data")
		return
	case info.Mode().Perm()&0o077 != 0:
		x.say("folder", warning, "chmod 700 "+x.data, "%s can be entered by others (mode %04o)", x.data, info.Mode().Perm())
	default:
		x.say("folder", fine, "", "%s, for its owner alone", x.data)
	}
	i, err := sqlite.Inspect(ctx, x.data)
	if err != nil {
		x.failed("schema", err, "name the data folder with --data, or begin with `firstlook agreement add FILE`")
		return
	}
	defer func() { _ = i.Close() }() // it was only read
	x.served = i.Holder
	x.schema(i.Schema, i.Known)
	if i.Records == nil {
		return
	}
	if said, err := i.Pages(ctx); err != nil {
		x.failed("pages", err, "")
		return
	} else if said != "" {
		x.say("pages", broken, restoreStep, "%s", said)
		return
	}
	x.say("pages", fine, "", "SQLite finds no damage")
	position, tree, err := i.Log(ctx)
	if err != nil {
		x.failed("log", err, "")
		return
	}
	x.record(ctx, i.Records, x.now, position, tree)
}

// restoreStep is what to do about what is damaged.
const restoreStep = "keep the folder as it is, and restore the last backup into a new one (firstlook restore FILE --data NEW)"

func (x *examination) schema(have, known int) {
	switch {
	case have > known:
		x.say("schema", broken, "use the newer version", "it is %d, and this version knows %d", have, known)
	case have < known:
		x.say("schema", warning, "run `firstlook migrate`; every command that opens the record does so too", "it is %d, and this version has %d; nothing more is looked at", have, known)
	default:
		x.say("schema", fine, "", "%d, which is this version's", have)
	}
}

func (x *examination) lookAtDatabase(ctx context.Context) {
	url := x.database()
	have, known, err := postgres.Inspect(ctx, url)
	if err != nil {
		x.failed("schema", err, "check the database's address, and that it runs")
		return
	}
	x.schema(have, known)
	if have != known {
		return
	}
	s, err := postgres.Open(ctx, url, postgres.Options{Readers: 1, Patience: 5 * time.Second})
	if err != nil {
		x.failed("pages", err, "")
		return
	}
	defer func() { _ = s.Close() }() // it was only read
	clock, err := postgres.NewClock(ctx, s)
	if err != nil {
		x.failed("clock", err, "")
		return
	}
	defer clock.Stop()
	now := clock.Now().Time()
	off := now.Sub(time.Now()).Round(time.Millisecond)
	if off.Abs() > clockWarning {
		x.say("clock", warning, "set this machine's clock; nothing is decided by it meanwhile, since the database's counts", "the database's is %s from this machine's", off)
	} else {
		x.say("clock", fine, "", "the database's and this machine's agree within %s", clockWarning)
	}
	v, err := s.Log().View()
	if err != nil {
		x.failed("log", err, "")
		return
	}
	if f, err := v.Audit(ctx); err != nil {
		x.failed("log", err, "")
		return
	} else if f != nil {
		x.say("log", broken, restoreStep, "%s", f)
	}
	x.record(ctx, s, now, -1, proof.Builder{})
}

// clockWarning is how far clocks may part before somebody should know.
const clockWarning = 2 * time.Second

// record reads the whole record into memory and looks at what it says.
func (x *examination) record(ctx context.Context, src backup.Source, now time.Time, position int64, tree proof.Builder) {
	c, err := x.copy(ctx, src, position)
	var corrupt *journal.Corrupt
	if errors.As(err, &corrupt) {
		x.say("chain", broken, restoreStep, "%v; nothing more of the record is looked at", corrupt)
		return
	} else if err != nil {
		x.failed("chain", err, "")
		return
	}
	x.say("chain", fine, "", "%s, the last has hash %.16s...", counted(int(c.last.Position), "record"), c.last.Hash)
	x.log(c, tree)
	if x.database() == "" {
		x.recordedLater(c, now)
	}
	d, err := desk.Open(ctx, c.store, stopped{c.clock(now)}, tables())
	if err != nil {
		x.failed("law", err, "use the version that wrote the record, or restore the last backup into a new folder")
		return
	}
	law := d.Law()
	x.say("law", fine, "", "%s, %s, %s", counted(len(law.Book.Agreements), "agreement"), counted(len(law.Book.Facts), "fact"), counted(len(law.Book.Providers), "provider"))
	x.needs(ctx, d)
	x.deadlines(ctx, c, now)
	x.outbox(ctx, c, d, now)
}

// log holds the leaves of the records against what the store kept of its log, and against the checkpoint that was signed last.
func (x *examination) log(c *copied, tree proof.Builder) {
	switch {
	case c.atStored != nil && (c.atStored.Size != tree.Size || c.atStored.Root() != tree.Root()):
		x.say("log", broken, restoreStep, "its tree of %s is not that of the records", leaves(int(tree.Size)))
		return
	case c.signed != nil && c.log.Size < c.signed.Size:
		x.say("log", broken, "the record is older than what was signed: put the newer one back, or tell everybody who has receipts", "the checkpoint that was signed last has %s, and the records make %s", leaves(int(c.signed.Size)), leaves(int(c.log.Size)))
		return
	case c.signed != nil && c.rootThen != c.signed.Root:
		x.say("log", broken, "the record is another than what was signed: put the right one back", "its first %s are not those of the checkpoint that was signed last", leaves(int(c.signed.Size)))
		return
	case c.signed != nil:
		x.say("log", fine, "", "%s, and it continues the checkpoint that was signed last", leaves(int(c.log.Size)))
		return
	}
	x.say("log", fine, "", "%s; no checkpoint was signed yet", leaves(int(c.log.Size)))
}

// recordedLater looks whether the clock was set back since the last record.
func (x *examination) recordedLater(c *copied, now time.Time) {
	ahead := c.last.Recorded.Time().Sub(now)
	if c.last.Position > 0 && ahead > clockWarning {
		x.say("clock", warning, "set this machine's clock; until it has caught up the time of each need stands still", "the last record is %s later than this machine's time", ahead.Round(time.Second))
		return
	}
	x.say("clock", fine, "", "no record is later than this machine's time")
}

// identity looks at who may sign in.
func (x *examination) identity(ctx context.Context) {
	store, err := x.identityReader(ctx)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		x.say("identity", fine, "", "nobody was let in yet: the first start of `firstlook serve` prints a link")
		return
	case err != nil:
		x.failed("identity", err, "put identity.db back from a copy, or make people anew without it")
		return
	}
	defer func() { _ = store.Close() }() // it was only read
	n, _, err := identity.VerifyAudit(ctx, store)
	if err != nil {
		x.failed("identity", err, "put the identity store back as it was, or find out who changed it")
		return
	}
	x.say("identity", fine, "", "it reads, and the chain of its audit, %s, holds", counted(int(n), "event"))
}

func (x *examination) identityReader(ctx context.Context) (identity.Store, error) {
	url := x.database()
	if url == "" {
		s, err := identitydb.OpenReader(ctx, x.identityFile())
		if err != nil {
			return nil, err
		}
		return s, nil
	}
	there, err := identitypg.Exists(ctx, url)
	if err != nil {
		return nil, err
	}
	if !there {
		return nil, fs.ErrNotExist
	}
	s, err := identitypg.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// notices looks at how letters travel, and at the files of secrets that this names.
func (x *examination) notices() {
	name := filepath.Join(x.data, notifyName)
	f, err := readNotify(name, false)
	switch {
	case err != nil:
		x.say("notices", broken, "correct "+name+"; docs/spec/notices.md, section 9, says how it is written", "%s", strings.ReplaceAll(redact(err.Error()), "\n", "; "))
		return
	case f == nil:
		x.say("notices", fine, "", "no %s: letters are written to the folder outbox and travel no further", notifyName)
		return
	}
	for _, file := range f.secretFiles() {
		if _, err := os.ReadFile(file); err != nil {
			x.failed("notices", err, "put the file back, or name another one in "+name)
			return
		}
	}
	x.say("notices", fine, "", "%s reads, and so do the files that it names", notifyName)
}

// secretFiles are the files that must be there for letters to travel.
func (f *notifyFile) secretFiles() []string {
	var out []string
	if m := f.mail; m != nil {
		for _, name := range []string{m.password, m.ca} {
			if name != "" {
				out = append(out, f.beside(name))
			}
		}
	}
	for _, p := range f.parties {
		for _, h := range p.Value.webhooks {
			out = append(out, f.beside(h.secret))
		}
	}
	return out
}

// keys looks whether secrets can be read by us and by nobody else.
func (x *examination) keys() {
	if _, err := os.Stat(filepath.Join(x.data, "log", "signers")); err == nil {
		if _, err := translog.OpenSigners(x.data); err != nil {
			x.failed("keys", err, "put the folder log back from a copy; without it begin a new log and tell everybody who has receipts")
			return
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		x.failed("keys", err, "make the folder log readable for this user")
		return
	}
	names, _ := filepath.Glob(filepath.Join(x.data, "log", "key-*")) // the pattern is well formed
	for _, name := range append(names, filepath.Join(x.data, "stream.key"), filepath.Join(x.data, "notify.key"), x.identityFile(), filepath.Join(x.data, "firstlook.db")) {
		info, err := os.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			x.failed("keys", err, "make it readable for this user")
			return
		case info.Mode().Perm()&0o077 != 0:
			x.say("keys", broken, "chmod 600 "+name+", and think of who could read it until now", "%s can be read by others (mode %04o)", name, info.Mode().Perm())
			return
		}
	}
	if len(names) == 0 {
		x.say("keys", fine, "", "the log has no key yet; it is made when it is first needed")
		return
	}
	x.say("keys", fine, "", "they read, and are for their owner alone")
}

// Room on the disk, in bytes, from which on down somebody should know.
const (
	littleRoom = 1 << 30
	noRoom     = 64 << 20
)

func (x *examination) disk() {
	var s syscall.Statfs_t
	if err := syscall.Statfs(x.data, &s); err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			x.failed("disk", err, "")
		}
		return
	}
	free := int64(s.Bavail) * int64(s.Bsize)
	const next = "free some space; what was acknowledged is safe, and commands are taken again once there is room"
	switch mega := thousands(free >> 20); {
	case free < noRoom:
		x.say("disk", broken, next, "%s MiB are free", mega)
	case free < littleRoom:
		x.say("disk", warning, next, "%s MiB are free", mega)
	default:
		x.say("disk", fine, "", "more than %s MiB are free", thousands(littleRoom>>20))
	}
}
