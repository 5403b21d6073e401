package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/internal/notify"
	"firstlook/internal/outbox"
	"firstlook/party"
	"firstlook/right"
)

// linkPath is where one-time links lead.
const linkPath = "/read/"

const (
	// claimPost is how often a replica asks whether it is the one that carries letters.
	claimPost = time.Second
	// maxComeBack bounds a message that comes back, in bytes.
	maxComeBack = 1 << 20
	smtpTime    = time.Minute
)

// post carries letters by e-mail and webhook, as notify.yaml says, and records what came of them. Where several replicas serve one
// record, the one that leads the desk carries; each takes links, returned mail and what people do about dead letters, since those go
// by the record.
type post struct {
	file  *notifyFile
	desk  *desk.Desk
	store journal.Store
	clock desk.Clock
	dir   string // of the letters and their receipts
	log   *slog.Logger
	told  func(notify.Channel, string) // counts what came of letters; nil for nobody

	mu  sync.Mutex
	now *notify.Notifier // the one that carries; nil where none does
}

// newPost returns the post of a file, or says what is wrong in it.
func newPost(f *notifyFile, r *record, c desk.Clock) (*post, error) {
	p := &post{file: f, desk: r.desk, store: r.store, clock: c, dir: r.courier.dir, log: slog.New(slog.DiscardHandler)}
	_, err := p.notifier()
	return p, err
}

// notifier makes one that has read nothing of the record yet.
func (p *post) notifier() (*notify.Notifier, error) {
	o, err := p.file.options()
	if err != nil {
		return nil, err
	}
	o.Source, o.Record = notify.FromDesk(p.desk, p.store, notify.Door{Origin: p.file.public}), notify.OnJournal(p.store)
	o.Listener, o.Clock, o.Attach = p, p.clock, p.attach
	o.Report = func(err error) { p.log.Error("a letter is not carried yet, will be tried again", "error", err.Error()) }
	n, err := notify.New(o)
	if err != nil {
		return nil, bad("see docs/spec/notices.md, section 9", "%s: %v", notifyName, err)
	}
	return n, nil
}

// carrying is the notifier that carries, made where there is none.
func (p *post) carrying() (*notify.Notifier, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now == nil {
		n, err := p.notifier()
		if err != nil {
			return nil, err
		}
		p.now = n
	}
	return p.now, nil
}

// Deliver implements [desk.Courier]: the desk asks the replica that leads, and no other.
func (p *post) Deliver(ctx context.Context, a outbox.Act) error {
	n, err := p.carrying()
	if err != nil {
		return err
	}
	return n.Deliver(ctx, a)
}

// run carries while this replica leads, until the context ends.
func (p *post) run(ctx context.Context) {
	tick := time.NewTicker(claimPost)
	defer tick.Stop()
	for ctx.Err() == nil {
		if ours, err := p.desk.Leads(ctx); err == nil && ours {
			p.carry(ctx, tick)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// carry runs one notifier as long as this replica leads. The next one reads the record anew: another replica may have carried meanwhile.
func (p *post) carry(ctx context.Context, tick *time.Ticker) {
	n, err := p.carrying()
	if err != nil {
		p.log.Error("no letter is carried", "error", err.Error())
		return
	}
	leading, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = n.Run(leading) // it ends with its context alone, and reports what went wrong
	}()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			if ours, err := p.desk.Leads(ctx); err != nil || ours {
				continue
			}
			stop()
			<-done
			p.mu.Lock()
			p.now = nil
			p.mu.Unlock()
			return
		}
	}
}

// attach gives a letter the receipt that proves what it says, as it lies beside the letter in the folder.
func (p *post) attach(_ context.Context, d *notify.Document) ([]notify.Attachment, error) {
	if checkFileName(d.Act) != nil {
		return nil, nil
	}
	body, err := os.ReadFile(filepath.Join(p.dir, string(d.To.ID), d.Act+".receipt"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // a reminder has none, nor has what proves nothing
	}
	return []notify.Attachment{{Name: d.Act + ".receipt", Type: "text/plain; charset=utf-8", Body: body}}, err
}

// Outcome implements [notify.Listener]: it records a receipt where the clause lets this delivery prove one, in the name of the party
// whose word it is. Sent twice, it records once.
func (p *post) Outcome(ctx context.Context, o notify.Outcome) error {
	if p.told != nil {
		p.told(o.Channel, string(o.Result))
	}
	s, err := p.desk.State(ctx, o.Need)
	if err != nil {
		return err
	}
	c, why, ok := notify.Receipt(&s, o)
	if !ok {
		p.log.Info("delivery", "need", o.Need, "matter", o.Matter.String(), "party", o.Party, "channel", o.Channel, "result", o.Result, "receipt", "none: "+why)
		return nil
	}
	_, err = p.desk.Do(ctx, o.Need, c, fmt.Sprintf("notify/receipt/%s/%s/%s", o.Delivery, o.Result, o.By))
	var no *right.Refusal
	if errors.As(err, &no) {
		p.log.Warn("a receipt was not recorded", "need", o.Need, "matter", o.Matter.String(), "reason", no.Error())
		return nil
	}
	p.log.Info("delivery", "need", o.Need, "matter", o.Matter.String(), "party", o.Party, "channel", o.Channel, "result", o.Result, "receipt", "by "+string(c.By))
	return err
}

const troublePrefix = "trouble/"

// Trouble implements [notify.Listener]: it is recorded once, for the desk of the grantor.
func (p *post) Trouble(ctx context.Context, t notify.Trouble) error {
	body, err := json.Marshal(t)
	if err != nil {
		return err
	}
	p.log.Warn("a letter has not arrived", "need", t.Need, "party", t.About, "kind", t.Kind)
	if p.told != nil {
		p.told(t.Channel, string(t.Kind))
	}
	stream := journal.Stream(troublePrefix + string(t.For))
	for {
		head, err := p.store.Head(ctx, stream)
		if err != nil {
			return err
		}
		_, err = p.store.Append(ctx, journal.Write{Stream: stream, Expect: head.Version, Key: "notify/trouble/" + t.ID, Recorded: t.At, Actor: t.For, Kind: string(t.Kind), Body: body})
		var twice *journal.Duplicate
		var conflict *journal.Conflict
		switch {
		case errors.As(err, &twice):
			return nil
		case errors.As(err, &conflict):
			continue // somebody was faster; the next place in the stream is ours
		}
		return err
	}
}

// Troubles implements [httpapi.Letters].
func (p *post) Troubles(ctx context.Context, who party.ID) ([]notify.Trouble, error) {
	return troubles(ctx, p.store, who)
}

// troubles lists what went wrong with letters of a party, the latest first; of all parties where none is named.
func troubles(ctx context.Context, store journal.Store, who party.ID) ([]notify.Trouble, error) {
	heads, err := store.Streams(ctx, troublePrefix)
	if err != nil {
		return nil, err
	}
	var out []notify.Trouble
	for _, h := range heads {
		if who != "" && h.Stream != journal.Stream(troublePrefix+string(who)) {
			continue
		}
		records, err := store.Read(ctx, h.Stream, 0)
		if err != nil {
			return nil, err
		}
		for i := range records {
			var t notify.Trouble
			if err := json.Unmarshal(records[i].Body, &t); err != nil {
				return nil, fmt.Errorf("stream %s, record %d: %w", h.Stream, records[i].Version, err)
			}
			out = append(out, t)
		}
	}
	slices.SortStableFunc(out, func(a, b notify.Trouble) int { return int(max(-1, min(1, b.At-a.At))) })
	return out, nil
}

// own runs f on the dead letters of a party: those that it sent, or all where none is named. The notifier knows the record as it is now.
func (p *post) own(ctx context.Context, who party.ID, f func(*notify.Notifier, []notify.Delivery) error) error {
	n, err := p.notifier()
	if err != nil {
		return err
	}
	all, err := n.Dead(ctx)
	if err != nil {
		return err
	}
	return f(n, slices.DeleteFunc(all, func(d notify.Delivery) bool { return who != "" && d.Document.From.ID != who }))
}

// Dead implements [httpapi.Letters].
func (p *post) Dead(ctx context.Context, who party.ID) (out []notify.DeadLetter, err error) {
	err = p.own(ctx, who, func(_ *notify.Notifier, all []notify.Delivery) error {
		for i := range all {
			out = append(out, all[i].List())
		}
		return nil
	})
	return out, err
}

// Redrive implements [httpapi.Letters]. The notifier that carries sees it at once, or within a minute where
// another replica carries.
func (p *post) Redrive(ctx context.Context, id string, who party.ID, person, reason string) error {
	return p.revise(ctx, id, who, func(n *notify.Notifier) error { return n.Redrive(ctx, id, person, reason) })
}

// Dismiss implements [httpapi.Letters].
func (p *post) Dismiss(ctx context.Context, id string, who party.ID, person, reason string) error {
	return p.revise(ctx, id, who, func(n *notify.Notifier) error { return n.Dismiss(ctx, id, person, reason) })
}

func (p *post) revise(ctx context.Context, id string, who party.ID, turn func(*notify.Notifier) error) error {
	err := p.own(ctx, who, func(n *notify.Notifier, dead []notify.Delivery) error {
		if !slices.ContainsFunc(dead, func(d notify.Delivery) bool { return d.ID == id }) {
			return fmt.Errorf("delivery %s: %w", id, notify.ErrNotDead)
		}
		return turn(n)
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil && p.now != nil {
		p.now.Wake()
	}
	return err
}

// ServeHTTP shows the letter behind a one-time link.
func (p *post) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, err := p.carrying()
	if err != nil {
		p.log.Error("a link is not served", "error", err.Error())
		http.Error(w, "not now; sign in to read the letter", http.StatusServiceUnavailable)
		return
	}
	n.ServeHTTP(w, r)
}

// listenReturns opens the address at which mail comes back; nil where the file names none.
func (p *post) listenReturns() (net.Listener, error) {
	if p.file.mail == nil || p.file.mail.returns == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", p.file.mail.returns)
	if err != nil {
		return nil, bad("name a free address of this machine", "%s: mail.returns: %v", notifyName, err)
	}
	return l, nil
}

// takeReturns answers mail servers that hand on what came back, until the context ends. Nothing is relayed, and nothing is taken that
// does not go to an address which a letter was sent from.
func (p *post) takeReturns(ctx context.Context, l net.Listener) {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &comeBack{p: p, ctx: ctx}, nil }))
	s.Domain, s.ReadTimeout, s.WriteTimeout, s.MaxMessageBytes, s.MaxRecipients = "returns", smtpTime, smtpTime, maxComeBack, 1
	s.ErrorLog = slog.NewLogLogger(p.log.Handler(), slog.LevelWarn)
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	if err := s.Serve(l); err != nil && ctx.Err() == nil {
		p.log.Error("mail that comes back is not taken any more", "error", err.Error())
	}
}

// comeBack is one conversation with a mail server.
type comeBack struct {
	p   *post
	ctx context.Context
	to  string
}

// Reset implements [smtp.Session].
func (c *comeBack) Reset() { c.to = "" }

// Logout implements [smtp.Session].
func (c *comeBack) Logout() error { return nil }

// Mail implements [smtp.Session]; a report has no sender.
func (c *comeBack) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt implements [smtp.Session].
func (c *comeBack) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.to = strings.TrimSpace(to)
	return nil
}

// Data implements [smtp.Session].
func (c *comeBack) Data(r io.Reader) error {
	n, err := c.p.carrying()
	if err == nil {
		err = n.Returned(c.ctx, c.to, r)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, notify.ErrReturn):
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no letter was sent from this address"}
	}
	c.p.log.Error("mail that came back is not recorded", "error", err.Error())
	return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "not now"}
}

// couriers does acts by each in turn: an act is done when all have it.
type couriers []desk.Courier

// Deliver implements [desk.Courier].
func (cs couriers) Deliver(ctx context.Context, a outbox.Act) error {
	return cs.DeliverTogether(ctx, []*outbox.Act{&a})[0]
}

// DeliverTogether implements [desk.Together].
func (cs couriers) DeliverTogether(ctx context.Context, acts []*outbox.Act) []error {
	errs := make([]error, len(acts))
	for _, c := range cs {
		var open []*outbox.Act
		var places []int
		for i, a := range acts {
			if errs[i] == nil {
				open, places = append(open, a), append(places, i)
			}
		}
		for i, err := range desk.DeliverTogether(ctx, c, open) {
			errs[places[i]] = err
		}
	}
	return errs
}

// lazyPost is the post of a data folder for commands that are no server: it queues letters for the next one, and reads the file only
// when there is one to queue. A file that does not read leaves the act open.
type lazyPost struct{ make func() (*post, error) }

// Deliver implements [desk.Courier].
func (l *lazyPost) Deliver(ctx context.Context, a outbox.Act) error {
	p, err := l.make()
	if err != nil || p == nil {
		return err
	}
	return p.Deliver(ctx, a)
}

// queuesAtOnce is for how many recipients letters are queued at the same time: each waits for the store, which takes them together.
const queuesAtOnce = 16

// DeliverTogether implements [desk.Together].
func (l *lazyPost) DeliverTogether(ctx context.Context, acts []*outbox.Act) []error {
	return outbox.SideBySide(ctx, acts, queuesAtOnce, func(ctx context.Context, a *outbox.Act) error { return l.Deliver(ctx, *a) })
}
