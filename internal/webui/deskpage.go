package webui

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
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
	MoreMine     int64 // needs of which no task is shown
	MoreOthers   int64
	News         []news
	More         int // changes that are not shown
	Since        string
	Teach        string
	CSRF         string
	CanSubmit    bool
	Undelivered  string // letters that did not arrive; empty for none
}

// operatorMain is the first page of who runs the server.
type operatorMain struct{ People, Health bool }

const (
	maxTasks   = 50 // of a kind, the soonest first
	maxNews    = 12
	seenCookie = "fl_seen"
	lookBack   = 7 * 24 * time.Hour // where nobody said what was seen
)

func (u *UI) deskPage(v *visit) error {
	if !v.may("view/desk") { // an operator: no need and no offer is theirs to see
		u.render(v, http.StatusOK, "operator", "This server", operatorMain{v.may("identity/people"), v.may("view/health")})
		return nil
	}
	all, err := u.lists(v)
	if err != nil {
		return err
	}
	m := deskMain{CSRF: v.who.CSRF, CanSubmit: v.may("submit"), Teach: v.teach()}
	since, told := v.seenUntil()
	m.Since = "in the last seven days"
	if told {
		m.Since = "since " + since.In(desk.Zone(v.law, v.who.Party))
	}
	if m.Undelivered, err = u.undeliveredTo(v, since); err != nil {
		return err
	}
	m.Mine, m.MoreMine = v.soonest(all, true)
	m.Others, m.MoreOthers = v.soonest(all, false)
	if m.News, m.More, err = u.news(v, all, since); err != nil {
		return err
	}
	u.render(v, http.StatusOK, "desk", "Desk", m)
	return nil
}

// soonest are the tasks that end first, of the party or of others, and how many needs have further ones. No need but those whose first
// task is among the soonest can have one of them, so no other is put into words.
func (v *visit) soonest(all []*desk.Listed, mine bool) (out []task, more int64) {
	type waiting struct {
		need *desk.Listed
		at   calendar.Instant
	}
	var queue []waiting
	for _, l := range all {
		w := waiting{at: calendar.Latest}
		for i := range l.Next {
			t := &l.Next[i]
			if v.takes(t) != mine {
				continue
			}
			if w.need = l; t.Until.IsSet() {
				w.at = min(w.at, t.Until)
			}
		}
		if w.need != nil {
			queue = append(queue, w)
		}
	}
	slices.SortStableFunc(queue, func(a, b waiting) int { return cmp.Compare(a.at, b.at) })
	for _, w := range queue[:min(len(queue), maxTasks)] {
		for _, t := range v.listed(w.need).tasks(v) {
			if t.Mine == mine {
				out = append(out, t)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b task) int { return cmp.Compare(a.order(), b.order()) })
	out = out[:min(len(out), maxTasks)]
	shown := map[capacity.NeedID]bool{}
	for i := range out {
		shown[out[i].Need] = true
	}
	return out, int64(len(queue) - len(shown))
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

// news are the latest events since an instant that somebody else brought about, and how many more there are.
func (u *UI) news(v *visit, all []*desk.Listed, since calendar.Instant) (out []news, more int, err error) {
	type found struct {
		need *desk.Listed
		i    int // of the event
	}
	var latest []found // the latest first
	mark := func(f found) *desk.Mark { return &f.need.Marks[f.i] }
	for _, l := range all {
		for i := range l.Marks {
			k := &l.Marks[i]
			if k.Recorded <= since || k.By == v.who.Party || isStep[k.Fact] {
				continue
			}
			at := slices.IndexFunc(latest, func(f found) bool { return mark(f).At < k.At })
			switch {
			case at >= 0:
				latest = slices.Insert(latest, at, found{l, i})
			case len(latest) < maxNews:
				latest = append(latest, found{l, i})
			}
			if len(latest) > maxNews {
				latest = latest[:maxNews]
			}
			more++
		}
	}
	looks := map[capacity.NeedID]*look{}
	for _, f := range latest {
		id := f.need.Need.ID
		if looks[id] == nil {
			if looks[id], err = u.look(v, id); err != nil {
				return nil, 0, err
			}
		}
		l := looks[id]
		if f.i >= len(l.Events) || l.Events[f.i].Recorded != mark(f).Recorded {
			continue // it changed in between: the page is told so
		}
		t := teller{v.law, l.eyes}
		out = append(out, news{id, mark(f).At, t.at(mark(f).At), t.tell(l.Events[f.i])})
	}
	return out, more - len(latest), nil
}

// isStep names the facts that are a step of another one that is told.
var isStep = func() map[string]bool {
	out := map[string]bool{}
	for _, f := range []right.Fact{&right.Engaged{}, &right.LotOpened{}, &right.PickSet{}, &right.Received{}, &right.LotSplit{}, &right.MatterOpened{}} {
		out[right.FactName(f)] = true
	}
	return out
}()

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
	Pages     paging
}

type needRow struct {
	ID                         capacity.NeedID
	Title, What, Period, State string
	Buyer                      string
	Deadline                   *deadline
	Waits                      string
}

func (u *UI) needsPage(v *visit) error {
	all, err := u.lists(v)
	if err != nil {
		return err
	}
	m := needsMain{Filter: v.r.URL.Query().Get("state"), CanSubmit: v.may("submit"), Teach: v.teach()}
	m.Filters = append(m.Filters, link{"/needs", "All", m.Filter == ""})
	for _, s := range []string{desk.StatusOpen, desk.StatusBlocked, desk.StatusSettled, desk.StatusWithdrawn} {
		m.Filters = append(m.Filters, link{"/needs?state=" + s, strings.ToUpper(s[:1]) + s[1:], m.Filter == s})
	}
	if m.Filter != "" {
		all = slices.DeleteFunc(all, func(l *desk.Listed) bool { return l.Status != m.Filter })
	}
	slices.Reverse(all)
	all, m.Pages = page(v, all)
	for _, x := range all {
		m.Rows = append(m.Rows, v.listed(x).row(v))
	}
	u.render(v, http.StatusOK, "needs", "Needs", m)
	return nil
}

// row is a need in the list of needs.
func (l *look) row(v *visit) needRow {
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
	return r
}

// paging says which part of a list is shown, and where the others are.
type paging struct {
	Says           string // empty where all is shown
	Earlier, Later string
}

// pageRows is how many rows of a list are on a page.
const pageRows = 100

// page is the part of a list that a request asks for by page=N, from 1; the nearest that there is.
func page[T any](v *visit, all []T) ([]T, paging) {
	last := max(1, (len(all)+pageRows-1)/pageRows)
	if last == 1 {
		return all, paging{}
	}
	q := v.r.URL.Query()
	n, err := strconv.Atoi(q.Get("page"))
	if err != nil {
		n = 1
	}
	n = min(max(n, 1), last)
	from, to := (n-1)*pageRows, min(n*pageRows, len(all))
	p := paging{Says: fmt.Sprintf("%s to %s of %s", thousands(int64(from+1)), thousands(int64(to)), thousands(int64(len(all))))}
	at := func(n int) string {
		q.Set("page", strconv.Itoa(n))
		return v.r.URL.Path + "?" + q.Encode()
	}
	if n > 1 {
		p.Earlier = at(n - 1)
	}
	if n < last {
		p.Later = at(n + 1)
	}
	return all[from:to], p
}

// takes reports whether a turn is the party's, and of the person's role.
func (v *visit) takes(t *desk.Turn) bool {
	if t.Who != v.who.Party || v.who.All {
		return false
	}
	w := wayOf(t)
	return w != nil && v.may(w.action)
}

// way says on which page a turn is taken, by the command that the desk names for it.
type way struct{ command, action, act, on, does string }

func wayOf(t *desk.Turn) *way {
	rest, _ := strings.CutPrefix(t.Command, "firstlook ")
	for i := range ways {
		if after, ok := strings.CutPrefix(rest, ways[i].command); ok && strings.HasPrefix(after, " ") {
			return &ways[i]
		}
	}
	return nil
}

// where is the page on which a turn is taken, and what its button says; empty where the role may not take it.
func (l *look) where(v *visit, t *desk.Turn) (path, does string) {
	w := wayOf(t)
	if w == nil || !v.may(w.action) {
		return "", ""
	}
	need, on := "/needs/"+string(l.Need.ID), t.Matter
	switch {
	case w.on == "lot":
		on = t.Lot
	case w.on == "award", on == "":
		on = awardIn(t.Command)
	}
	if w.act == "" {
		return need + "/matters/" + on, w.does
	}
	return need + "/act/" + w.act + "/" + on, w.does
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

var ways = []way{
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
