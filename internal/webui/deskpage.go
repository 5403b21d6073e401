package webui

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/party"
	"firstlook/right"
)

// task is one thing that somebody may do.
type task struct {
	Need     capacity.NeedID
	Title    string
	What     string
	Does     string // on the button
	Path     string // of the page where it is done; empty where the role may not, or where it is only to be known
	Mine     bool
	Deadline *deadline

	// By these several parties that may do the same stand in one line.
	what  string
	until calendar.Instant
	who   []string
}

// news is one event that the party has not looked at.
type news struct {
	Need capacity.NeedID
	At   calendar.Instant
	When string // as the clock of the party shows it
	Text string
}

// deskMain is the first page.
type deskMain struct {
	Mine, Others []task
	News         []news
	More         int // changes that are not shown
	Since        string
	Needs        int
	Teach        string
	CSRF         string
	CanSubmit    bool
	Busy         bool
}

const (
	maxNews    = 12
	seenCookie = "fl_seen"
	lookBack   = 7 * 24 * time.Hour // where nobody said what was seen
)

func (u *UI) deskPage(v *visit) error {
	if !v.may("view/desk") { // an operator: no need and no offer is theirs to see
		u.render(v, http.StatusOK, "operator", "This server", v.may("identity/people"))
		return nil
	}
	all, err := u.looks(v)
	if err != nil {
		return err
	}
	m := deskMain{Needs: len(all), CSRF: v.who.CSRF, CanSubmit: v.may("submit")}
	since, told := v.seenUntil()
	m.Since = since.In(desk.Zone(v.law, v.who.Party))
	if !told {
		m.Since = "in the last seven days"
	} else {
		m.Since = "since " + m.Since
	}
	for _, l := range all {
		for _, t := range l.tasks(v) {
			if t.Mine {
				m.Mine = append(m.Mine, t)
			} else {
				m.Others = append(m.Others, t)
			}
		}
		m.News = append(m.News, l.news(v, since)...)
	}
	soonest := func(a, b task) int { return cmp.Compare(a.order(), b.order()) }
	slices.SortStableFunc(m.Mine, soonest)
	slices.SortStableFunc(m.Others, soonest)
	slices.SortStableFunc(m.News, func(a, b news) int { return cmp.Compare(b.At, a.At) })
	if len(m.News) > maxNews {
		m.More = len(m.News) - maxNews
		m.News = m.News[:maxNews]
	}
	m.Busy = len(m.Others) > 0
	m.Teach = v.teach()
	u.render(v, http.StatusOK, "desk", "Desk", m)
	return nil
}

// order sorts what ends sooner before what ends later, and what has no end behind both.
func (t *task) order() calendar.Instant {
	if t.Deadline == nil {
		return calendar.Latest
	}
	return t.Deadline.Until
}

// teach says what comes to a desk that is empty.
func (v *visit) teach() string {
	switch {
	case v.may("submit"):
		return "Submit a need. Firstlook says which clauses it engages, who has to be asked first and until when."
	case v.may("record-agreement"):
		return "Agreements are yours to record and to check. Open windows and determinations come here as soon as there are any."
	case v.may("answer"):
		return "When a notice is given to you, it stands here with its deadline, and you answer it with three clicks."
	case v.may("submit-offer"):
		return "When you are asked for an offer, the request stands here until its round closes. What you offer stays sealed until then."
	}
	return "What waits for your company stands here. You can look at everything that concerns it in Needs and Record."
}

// tasks are the turns of a need, each with the page on which it is done.
func (l *look) tasks(v *visit) []task {
	var out []task
	for _, t := range l.Next {
		mine := t.Who == v.who.Party && !v.who.All
		one := task{Need: l.Need.ID, Title: l.title(), Mine: mine, Deadline: v.deadline(t.Until, v.who.Party, t.Who, l.Need.Buyer)}
		what := readable(l.law, v.who.Party, t.What)
		one.What = sentence(nameOf(l.law, t.Who) + " " + what)
		if mine {
			one.What = sentence("you " + what)
			if one.Path, one.Does = l.where(v, &t); one.Path == "" { // it is for a colleague in another role
				one.Mine, one.What = false, sentence("a colleague of yours "+what)
			}
		}
		if t.Matter != "" && one.Mine {
			if n, err := l.matter(t.Matter); err == nil && strings.HasPrefix(t.What, "may answer") {
				one.What = fmt.Sprintf("%s asks whether you use your right (%s) for %s.", nameOf(l.law, l.Need.Buyer), kindWords(n.Kind), counted(n.Quantity, n.Of+" accelerator"))
			}
		}
		if k := slices.IndexFunc(out, func(o task) bool { return !one.Mine && !o.Mine && o.what == t.What && o.until == t.Until }); k >= 0 {
			out[k].who = append(out[k].who, nameOf(l.law, t.Who))
			out[k].What = sentence(and(out[k].who) + " " + what)
			out[k].Deadline = v.deadline(t.Until, v.who.Party)
			continue
		}
		one.what, one.until, one.who = t.What, t.Until, []string{nameOf(l.law, t.Who)}
		out = append(out, one)
	}
	return out
}

// title names a need in a list.
func (l *look) title() string {
	if l.Need.Title != "" {
		return l.Need.Title
	}
	line := l.Need.Lines[0]
	return fmt.Sprintf("%s %s for %s", thousands(line.Quantity), line.Reference(), plain(l.Need.Class))
}

// news are the events of a need since an instant that somebody else brought about.
func (l *look) news(v *visit, since calendar.Instant) []news {
	t := teller{v.law, l.Who}
	var out []news
	for _, e := range l.Events {
		if e.Recorded <= since || e.By == v.who.Party {
			continue
		}
		switch e.Fact.(type) {
		case *right.Engaged, *right.LotOpened, *right.PickSet, *right.Received, *right.LotSplit, *right.MatterOpened:
			continue // a step of another one that is told
		}
		out = append(out, news{l.Need.ID, e.At, t.at(e.At), t.tell(e)})
	}
	return out
}

// seenUntil is until when the person said that everything was seen; without that, what happened lately counts as new.
func (v *visit) seenUntil() (calendar.Instant, bool) {
	if c, err := v.r.Cookie(seenCookie); err == nil {
		if at, err := calendar.Parse(c.Value); err == nil && at <= v.now {
			return at, true
		}
	}
	return v.now - calendar.Instant(lookBack/time.Microsecond), false
}

// seen keeps, in the browser alone, until when everything was seen.
func (u *UI) seen(v *visit) error {
	http.SetCookie(v.w, &http.Cookie{Name: seenCookie, Value: v.now.String(), Path: "/", MaxAge: 400 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	return v.see("/")
}

// needsMain lists needs.
type needsMain struct {
	Rows      []needRow
	Filter    string
	Filters   []link
	CanSubmit bool
	Teach     string
}

type needRow struct {
	ID                         capacity.NeedID
	Title, What, Period, State string
	Buyer                      string
	Deadline                   *deadline
	Waits                      string
}

func (u *UI) needsPage(v *visit) error {
	all, err := u.looks(v)
	if err != nil {
		return err
	}
	m := needsMain{Filter: v.r.URL.Query().Get("state"), CanSubmit: v.may("submit"), Teach: v.teach()}
	m.Filters = append(m.Filters, link{"/needs", "All", m.Filter == ""})
	for _, s := range []string{desk.StatusOpen, desk.StatusBlocked, desk.StatusSettled, desk.StatusWithdrawn} {
		m.Filters = append(m.Filters, link{"/needs?state=" + s, strings.ToUpper(s[:1]) + s[1:], m.Filter == s})
	}
	for _, l := range slices.Backward(all) {
		if m.Filter != "" && l.Status != m.Filter {
			continue
		}
		line := l.Need.Lines[0]
		r := needRow{ID: l.Need.ID, Title: l.title(), What: fmt.Sprintf("%s %s, %s", thousands(line.Quantity), line.Reference(), plain(l.Need.Class)),
			Period: span(line.Period), State: l.Status, Buyer: nameOf(v.law, l.Need.Buyer)}
		for _, t := range l.Next {
			if r.Waits == "" || t.Who == v.who.Party {
				r.Waits = sentence(nameOf(v.law, t.Who) + " " + readable(v.law, v.who.Party, t.What))
				r.Deadline = v.deadline(t.Until, v.who.Party)
			}
			if t.Who == v.who.Party {
				break
			}
		}
		m.Rows = append(m.Rows, r)
	}
	u.render(v, http.StatusOK, "needs", "Needs", m)
	return nil
}

// where is the page on which a turn is taken, and what its button says; empty where the role may not take it.
func (l *look) where(v *visit, t *desk.Turn) (path, does string) {
	need := "/needs/" + string(l.Need.ID)
	for _, w := range ways {
		if strings.HasPrefix(t.Command, "firstlook "+w.command+" ") {
			if !v.may(w.action) {
				return "", ""
			}
			on := t.Matter
			switch w.on {
			case "lot":
				on = t.Lot
			case "award":
				on = awardIn(t.Command)
			}
			if w.act == "" {
				return need + "/matters/" + on, w.does
			}
			return need + "/act/" + w.act + "/" + on, w.does
		}
	}
	return "", ""
}

// awardIn finds the award that a command names.
func awardIn(command string) string {
	for _, word := range strings.Fields(command) {
		if len(word) > 1 && word[0] == 'a' && strings.Trim(word[1:], "0123456789") == "" {
			return word
		}
	}
	return ""
}

// ways say on which page a turn is taken, by the command that the desk names for it.
var ways = []struct{ command, action, act, on, does string }{
	{"answer", "answer", "", "matter", "Read and answer"},
	{"notice receipt", "receipt", "receipt", "matter", "Record the receipt"},
	{"notice send", "notice", "notice", "matter", "Complete the notice"},
	{"matter supply-information", "supply-information", "supply-information", "matter", "Say that it is supplied"},
	{"matter propose", "propose", "propose", "matter", "Propose terms"},
	{"matter lift", "lift", "lift", "matter", "Lift the stay"},
	{"matter extend", "extend", "extend", "matter", "Agree"},
	{"respond", "respond", "respond", "matter", "Accept or reject"},
	{"determine", "determine", "determine", "matter", "Determine it"},
	{"consent give|refuse", "consent", "consent", "", "Consent or refuse"},
	{"offer submit", "submit-offer", "submit-offer", "lot", "Make an offer"},
	{"choose", "choose", "choose", "lot", "Compare and choose"},
	{"request-offers", "request-offers", "request-offers", "lot", "Ask for offers again"},
	{"sign", "sign", "sign", "award", "Sign"},
	{"award cure", "cure", "cure", "award", "Record the cure"},
}

// involves reports whether a party takes part in a matter.
func involves(n *desk.Notice, who party.ID) bool { return n.Holder == who || n.For == who }
