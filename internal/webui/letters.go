package webui

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"firstlook/calendar"
	"firstlook/internal/desk"
	"firstlook/internal/identity"
	"firstlook/internal/notify"
	"firstlook/party"
)

// Letters is what the pages ask of whoever carries notices by e-mail and webhook. Its lists and acts are those of the grantor that sent the
// letters; the empty party stands for all.
type Letters interface {
	// Dead lists the letters that were refused for good, came back or grew too old.
	Dead(ctx context.Context, who party.ID) ([]notify.DeadLetter, error)
	// Redrive sends one of them again and Dismiss takes it off the list; [notify.ErrNotDead] where it is not on the party's.
	Redrive(ctx context.Context, id string, who party.ID, person, reason string) error
	Dismiss(ctx context.Context, id string, who party.ID, person, reason string) error
	// Troubles lists what a person should look at, the latest first.
	Troubles(ctx context.Context, who party.ID) ([]notify.Trouble, error)
}

// lettersMain lists what did not arrive.
type lettersMain struct {
	None     bool // the server carries no letters
	Operates bool // who looks sees where letters fail, and not what they say
	CanAct   bool
	Dead     []letterRow
	Pages    paging
	Troubles []troubleRow
	More     int64 // troubles that are not shown
}

// letterRow is a dead letter. Need, Path and Title are for the party that sent it alone.
type letterRow struct {
	Title, Need, Path, From, To, By, Address, Tried, Queued, Reply string
	Does                                                           []link
}

type troubleRow struct{ When, What, Need, Path, Reply string }

// maxTroubles is how many troubles are on the page, the latest.
const maxTroubles = 50

// lettersOf is whose letters a visitor lists: the company's own; everybody's for who reads everything, and for who runs the server.
func (v *visit) lettersOf() party.ID {
	if v.who.All || v.may(string(identity.ViewHealth)) {
		return ""
	}
	return v.who.Party
}

// readsLetters reports whether a visitor may see what a letter of a party says; who runs the server sees only where it was going.
func (v *visit) readsLetters(of party.ID) bool {
	return v.who.All || v.may(string(identity.ViewNotice)) && of == v.who.Party
}

func (u *UI) lettersPage(v *visit) error {
	if !v.may(string(identity.ViewNotice)) && !v.may(string(identity.ViewHealth)) {
		return errForbidden
	}
	m := lettersMain{None: u.Letters == nil, Operates: !v.may(string(identity.ViewNotice))}
	if m.None {
		u.render(v, http.StatusOK, "letters", "Letters that did not arrive", m)
		return nil
	}
	dead, err := u.Letters.Dead(v.r.Context(), v.lettersOf())
	if err != nil {
		return err
	}
	troubles, err := u.Letters.Troubles(v.r.Context(), v.lettersOf())
	if err != nil {
		return err
	}
	slices.SortStableFunc(dead, func(a, b notify.DeadLetter) int { return int(max(-1, min(1, b.Queued-a.Queued))) })
	dead, m.Pages = page(v, dead)
	for i := range dead {
		m.Dead = append(m.Dead, v.letterRow(&dead[i]))
	}
	m.CanAct = slices.ContainsFunc(m.Dead, func(r letterRow) bool { return len(r.Does) > 0 })
	shown := min(len(troubles), maxTroubles)
	m.More = int64(len(troubles) - shown)
	for i := range troubles[:shown] {
		m.Troubles = append(m.Troubles, v.troubleRow(&troubles[i]))
	}
	u.render(v, http.StatusOK, "letters", "Letters that did not arrive", m)
	return nil
}

func (v *visit) letterRow(d *notify.DeadLetter) letterRow {
	r := letterRow{Title: "A letter of " + nameOf(v.law, d.From), From: nameOf(v.law, d.From), To: nameOf(v.law, d.To), By: channelWords(d.Channel), Address: d.Address,
		Tried: counted(int64(d.Tries)+1, "time"), Queued: d.Queued.In(desk.Zone(v.law, v.who.Party)), Reply: d.Reply}
	if !v.readsLetters(d.From) {
		return r
	}
	r.Title, r.Need, r.Path = d.Title, string(d.Need), "/needs/"+string(d.Need)
	if d.Matter != "" {
		r.Path += "/matters/" + d.Matter
	}
	if v.may("notice") && d.From == v.who.Party {
		at := "/letters/" + d.Letter + "/"
		r.Does = []link{{Path: at + "again", Text: "Send again"}, {Path: at + "dismiss", Text: "Dismiss"}}
	}
	return r
}

func (v *visit) troubleRow(t *notify.Trouble) troubleRow {
	r := troubleRow{When: t.At.In(desk.Zone(v.law, v.who.Party)), What: sentence(troubleWords(v, t)), Reply: t.Reply}
	if v.readsLetters(t.For) {
		r.What, r.Need, r.Path = sentence(t.Text), string(t.Need), "/needs/"+string(t.Need)
	}
	return r
}

// troubleWords says what became of a letter without saying what stands in it.
func troubleWords(v *visit, t *notify.Trouble) string {
	to := nameOf(v.law, t.About) + when(t.Address != "", ", %s", t.Address)
	switch t.Kind {
	case notify.CameBack:
		return "a letter to " + to + " came back"
	case notify.Late:
		return "a letter to " + to + " has not arrived after several attempts, which go on"
	case notify.GaveUp:
		return "a letter to " + to + " was given up"
	case notify.NoRoute:
		return nameOf(v.law, t.About) + " has no address for a notice by " + string(t.Channel)
	}
	return "a letter to " + to + ": " + plain(t.Kind)
}

func channelWords(c notify.Channel) string {
	if c == notify.Email {
		return "by e-mail"
	}
	return "by " + string(c)
}

// letterPage sends a dead letter again, or takes it off the list.
func (u *UI) letterPage(v *visit) error {
	if u.Letters == nil || v.who.All {
		return errNotFound
	}
	all, err := u.Letters.Dead(v.r.Context(), v.who.Party)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(d notify.DeadLetter) bool { return d.Letter == v.r.PathValue("letter") })
	if i < 0 {
		return errNotFound
	}
	x := &all[i]
	act, d := u.Letters.Redrive, &deed{title: "Send a letter again", does: "Send it again", back: "/letters"}
	says := fmt.Sprintf("The letter goes out again %s to %s (%s), now.", channelWords(x.Channel), nameOf(v.law, x.To), x.Address)
	d.intro = x.Title + " did not arrive" + when(x.Reply != "", "; the other side said: %s", x.Reply) + ". Nothing here starts or stops a clock: only a receipt does."
	switch v.r.PathValue("deed") {
	case "again":
	case "dismiss":
		act, d.title, d.does = u.Letters.Dismiss, "Dismiss a letter", "Dismiss it"
		says = fmt.Sprintf("The letter to %s (%s) is not sent again and leaves the list.", nameOf(v.law, x.To), x.Address)
	default:
		return errNotFound
	}
	d.fields = []field{{Name: "reason", Label: "Why", Kind: "area", Required: true, Hint: "Such as: their address works again, or: told by telephone. Your name and the reason are recorded."}}
	d.read = func(form url.Values) ([]string, func(context.Context) (*handed, error), error) {
		reason, err := prose(form, "reason", "why")
		if err != nil {
			return nil, nil, err
		}
		return []string{x.Title + ": " + says, "Reason: " + sentence(reason)}, func(ctx context.Context) (*handed, error) {
			err := act(ctx, x.Letter, v.who.Party, v.who.Person, reason)
			u.undelivered.forget(v.who.Party)
			if errors.Is(err, notify.ErrNotDead) {
				err = errNotFound // somebody else did so meanwhile
			}
			return nil, err
		}, nil
	}
	return u.deed(v, d)
}

// undelivered counts for desk pages what did not arrive. A count may be some seconds old, since it reads every letter that is under way.
type undelivered struct {
	mu   sync.Mutex
	last map[party.ID]deadCount
}

type deadCount struct {
	read time.Time
	dead int
	late []calendar.Instant // of troubles, the latest first
}

// countKept is for how long a count is good.
const countKept = 10 * time.Second

func (c *undelivered) forget(who party.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.last, who)
}

// undeliveredTo says on the desk of a party how many of its letters did not arrive; empty where all did, or none is the visitor's to see.
func (u *UI) undeliveredTo(v *visit, since calendar.Instant) (string, error) {
	if u.Letters == nil || v.who.All || !v.may(string(identity.ViewNotice)) {
		return "", nil
	}
	c := &u.undelivered
	c.mu.Lock()
	n, ok := c.last[v.who.Party]
	c.mu.Unlock()
	if !ok || time.Since(n.read) > countKept {
		dead, err := u.Letters.Dead(v.r.Context(), v.who.Party)
		if err != nil {
			return "", err
		}
		troubles, err := u.Letters.Troubles(v.r.Context(), v.who.Party)
		if err != nil {
			return "", err
		}
		n = deadCount{read: time.Now(), dead: len(dead)}
		for i := range troubles[:min(len(troubles), maxTroubles)] {
			n.late = append(n.late, troubles[i].At)
		}
		c.mu.Lock()
		if c.last == nil {
			c.last = map[party.ID]deadCount{}
		}
		c.last[v.who.Party] = n
		c.mu.Unlock()
	}
	recent := slices.IndexFunc(n.late, func(at calendar.Instant) bool { return at <= since })
	if recent < 0 {
		recent = len(n.late)
	}
	switch {
	case n.dead > 0:
		return counted(int64(n.dead), "letter") + " of yours did not arrive.", nil
	case recent > 0:
		return "There was trouble with " + counted(int64(recent), "letter") + " of yours.", nil
	}
	return "", nil
}
