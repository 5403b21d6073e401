package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/outbox"
	"firstlook/party"
	"firstlook/right"
)

// noticed is the kind of the act that gives a notice.
const noticed = "noticed"

// reminder is the kind of a letter that reminds; no act of the outbox has it.
const reminder = "reminder"

// Document is a letter with all that its recipient may know and needs to answer.
type Document struct {
	Act      string           `json:"act"`  // key: the same whenever the document is made again
	Kind     string           `json:"kind"` // what happened: noticed, ended, awarded, or reminder
	To       Name             `json:"to"`
	From     Name             `json:"from"` // the grantor
	Need     capacity.NeedID  `json:"need"`
	Matter   right.MatterID   `json:"matter,omitempty"`
	Clause   agreement.Ref    `json:"clause,omitzero"`
	Cite     string           `json:"cite,omitempty"`    // section of the signed text
	Wording  string           `json:"wording,omitempty"` // the clause in a sentence, where the agreement has one
	At       calendar.Instant `json:"at"`                // when it happened
	Title    string           `json:"title"`             // without terms: it travels in the clear
	Asks     string           `json:"asks,omitempty"`
	Rows     []Row            `json:"rows,omitempty"`
	Letter   string           `json:"letter,omitempty"` // as the desk wrote it, where Rows do not say it
	Deadline *Deadline        `json:"deadline,omitempty"`
	Silence  string           `json:"silence,omitempty"`
	Answer   []string         `json:"answer,omitempty"` // ways to answer, a sentence each
	Entry    Entry            `json:"entry"`
	// What the clause says of the clock of a notice, for those who must judge a bounce.
	Clock    agreement.ClockStart `json:"clock,omitempty"`
	DeemedAt calendar.Instant     `json:"deemed_at,omitzero"`
	Channel  agreement.Channel    `json:"channel,omitempty"` // of the notice
	Text     string               `json:"text"`              // the whole document as text; lines end in LF
	Hash     string               `json:"hash"`              // SHA-256 of Text, hex
}

// Name is a party as people know it.
type Name struct {
	ID   party.ID `json:"id"`
	Name string   `json:"name"`
}

// Row is one fact of a document.
type Row struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Deadline is until when somebody may act, in the zones of both parties. An act at the instant itself is late.
type Deadline struct {
	Until calendar.Instant `json:"until"`
	What  string           `json:"what"` // "answer before"
	Shown []Shown          `json:"shown"`
}

// Shown is an instant as the clock of a party shows it.
type Shown struct {
	Of   Name          `json:"of"`
	Zone calendar.Zone `json:"zone"`
	Text string        `json:"text"`
}

// Door is where people and programs answer.
type Door struct {
	Origin string // of the server, such as https://firstlook.example.com; empty where there is none
}

// draft is a document in the making.
type draft struct {
	Document
	s *right.State
	m *right.Matter // nil for a letter about no matter
}

// Compose makes the document of an act. History holds the need's events up to and including the one that the act follows from, s
// the need as it was after the record of that event; the act's Body is the desk's letter.
func Compose(s *right.State, history []right.Event, a outbox.Act, door Door) Document {
	e := history[len(history)-1]
	var fact right.Fact
	if seen := desk.Visible(s, a.Recipient, history); len(seen) > 0 && right.FactName(seen[len(seen)-1].Fact) == a.Kind {
		fact = seen[len(seen)-1].Fact
	}
	d := begin(s, a.Recipient, matterIn(s, fact))
	d.Act, d.Kind, d.At = a.Key, a.Kind, e.At
	if f, ok := fact.(*right.Noticed); ok {
		d.notice(f)
	} else {
		if d.Letter = strings.TrimSpace(string(a.Body)); !strings.Contains(d.Letter, "\n") {
			d.Asks, d.Letter = d.Letter, ""
		}
		d.Title = d.about(titleOf(a.Kind))
	}
	if f, ok := fact.(*right.OffersRequested); ok {
		d.until(f.Closes, "offer before")
		d.Silence = fmt.Sprintf("%s has no offer in this round.", d.To.Name)
	}
	d.deadline()
	d.answers(door)
	d.entry()
	return d.finish()
}

// remind makes the document that reminds a party of what it may do until an instant.
func remind(s *right.State, history []right.Event, w Waiting, at calendar.Instant, key string, door Door) Document {
	d := begin(s, w.Who, s.Matter(w.Matter))
	d.Act, d.Kind, d.At = key, reminder, at
	for _, e := range desk.Visible(s, w.Who, history) {
		if f, ok := e.Fact.(*right.Noticed); ok && f.Matter == w.Matter && d.m.Holder == w.Who {
			d.Rows = nil // the last notice is the one that counts
			d.notice(f)
		}
	}
	d.deadline()
	d.Title = d.about("Reminder")
	d.Asks = fmt.Sprintf("%s %s.", d.To.Name, w.What)
	d.answers(door)
	d.entry()
	return d.finish()
}

func begin(s *right.State, to party.ID, m *right.Matter) *draft {
	d := &draft{s: s, m: m}
	d.Need = s.Need.ID
	d.To, d.From = d.name(to), d.name(s.Need.Buyer)
	if m != nil {
		c := m.Clause()
		d.Matter, d.Clause, d.Cite, d.Wording = m.ID, c.Ref, c.Cite, c.Text
		d.To, d.From = d.name(to), d.name(s.Need.Buyer) // as the agreement of the clause calls them
	}
	return d
}

// finish writes the text and its hash.
func (d *draft) finish() Document {
	d.Text = text(&d.Document)
	sum := sha256.Sum256([]byte(d.Text))
	d.Hash = hex.EncodeToString(sum[:])
	return d.Document
}

// name is a party as an agreement names it: the clause's if there is one, else any.
func (d *draft) name(id party.ID) Name {
	out := Name{id, string(id)}
	for _, a := range d.s.Law().Book.Agreements {
		if p, ok := a.Party(id); ok && p.Name != "" && (out.Name == string(id) || a.ID == d.Clause.Agreement) {
			out.Name = p.Name
		}
	}
	for _, p := range d.s.Law().Book.Providers {
		if p.ID == id && out.Name == string(id) && p.Name != "" {
			out.Name = p.Name
		}
	}
	return out
}

// about is a title: what it is, and of which matter.
func (d *draft) about(what string) string {
	if d.m == nil {
		return fmt.Sprintf("%s, need %s of %s", what, d.Need, d.From.Name)
	}
	title := fmt.Sprintf("%s, matter %s of need %s under %s", what, d.Matter, d.Need, d.Clause)
	if d.Deadline != nil {
		title += ": " + d.Deadline.What + " " + d.Deadline.Shown[0].Text
	}
	return title
}

func (d *draft) row(name, format string, args ...any) {
	d.Rows = append(d.Rows, Row{name, fmt.Sprintf(format, args...)})
}

// notice fills in what a notice says, from the event as its holder may see it.
func (d *draft) notice(f *right.Noticed) {
	c := d.m.Clause()
	need := desk.Summarize(d.s, d.To.ID).Need
	line := &need.Lines[d.s.Lot(d.m.Lot).Line]
	d.Clock, d.DeemedAt, d.Channel = c.Process.Delivery.Value.Clock, f.DeemedAt, f.Channel
	d.Asks = asks(c, d.From.Name, d.To.Name)
	d.row("Right", "%s, %s", plain(c.Kind), c.Cite)
	d.row("Capacity", "%d %s from %s until %s", f.Quantity, line.Reference(), line.Period.From, line.Period.Until)
	d.row("For", "%s, %s", need.Class, need.Purpose)
	if f.Terms != nil {
		d.row("Terms", "%s", f.Terms)
	}
	if f.Counterparty != "" {
		d.row("Offered by", "%s", d.name(f.Counterparty).Name)
	}
	if rule := c.Process.Match; rule.Given && f.Terms != nil {
		d.row("What matches", "%s", matching(rule.Value))
	}
	if p := c.Process.Partial; p.Given {
		d.row("A part of it", "%s", plain(p.Value))
	}
	if len(f.Missing) > 0 {
		d.row("Incomplete", "this notice still lacks %s; no window runs until it is complete", list(f.Missing))
	}
	d.conditions(c, f)
	for _, a := range c.Assumed {
		d.row("Assumed", "%s: %s", a.Param, a.Reason)
	}
	d.deadline()
	d.Title = d.about("Notice")
}

// conditions are what only some notices have to say.
func (d *draft) conditions(c *agreement.Clause, f *right.Noticed) {
	if w := c.Process.Window; w.Given && !d.m.AnswerBy.IsSet() && len(f.Missing) == 0 {
		from := "from its receipt"
		if w.Value.BeforeStart {
			from = "before the start of the capacity"
		}
		d.row("Window", "%s %s", strings.ReplaceAll(w.Value.Length.String(), "_", " "), from)
	}
	if f.DeemedAt.IsSet() && !d.m.ReceivedAt.IsSet() {
		d.row("Received", "counts as received at %s, where no receipt is recorded before", d.zoned(f.DeemedAt))
	}
	if d.m.More().Group != 0 {
		d.row("Shared", "with the other holders of the clause, once all have answered")
	}
	if d.m.More().Late {
		d.row("Late", "this notice comes later than the clause wants it; nothing cuts its window")
	}
	if c.Process.Alternative == agreement.AlternativeSell {
		d.row("Or sell", "%s may sell to %s on the same terms in place of taking them", d.To.Name, d.From.Name)
	}
	if gate := c.Process.Consent; gate != nil && gate.Over == agreement.OverExercise {
		d.row("Consent", "an exercise stands once %s consents", list(gate.Of))
	}
}

// zoned is an instant in the recipient's zone and in UTC.
func (d *draft) zoned(at calendar.Instant) string {
	return fmt.Sprintf("%s (%s)", at.In(d.zone(d.To.ID)), at)
}

// zone is that of a party in the agreement of the clause, else in any.
func (d *draft) zone(id party.ID) calendar.Zone {
	for _, a := range d.s.Law().Book.Agreements {
		if p, ok := a.Party(id); ok && a.ID == d.Clause.Agreement {
			return p.Zone
		}
	}
	return desk.Zone(d.s.Law(), id)
}

// turn is what the recipient may do next in the matter, and until when.
func (d *draft) turn() (desk.Turn, bool) {
	if d.m == nil {
		return desk.Turn{}, false
	}
	id := d.Matter.String()
	turns := desk.Next(d.s, d.To.ID)
	i := slices.IndexFunc(turns, func(t desk.Turn) bool { return t.Matter == id && t.Who == d.To.ID })
	if i < 0 {
		return desk.Turn{}, false
	}
	return turns[i], true
}

// words are what a deadline is for, by the state of its matter.
var words = map[right.Status]string{right.Open: "answer before", right.Negotiating: "agree before", right.StandNamed: "accept or reject before",
	right.Conditional: "consent or refuse before"}

// deadline sets until when the recipient may act, where something runs; the word of the clause on silence goes with it.
func (d *draft) deadline() {
	t, ok := d.turn()
	if !ok || !t.Until.IsSet() || words[d.m.Status] == "" {
		return
	}
	d.until(t.Until, words[d.m.Status])
	d.Silence = silence(d.m, d.To)
}

// until sets a deadline as the clocks of both sides show it.
func (d *draft) until(at calendar.Instant, what string) {
	d.Deadline = &Deadline{Until: at, What: what}
	other := d.From
	if d.To.ID == d.From.ID && d.m != nil {
		other = d.name(d.m.Holder)
	}
	for _, p := range []Name{d.To, other} {
		zone := d.zone(p.ID)
		d.Deadline.Shown = append(d.Deadline.Shown, Shown{p, zone, at.In(zone)})
	}
}

// answers says how to answer.
func (d *draft) answers(door Door) {
	t, ok := d.turn()
	if !ok {
		return
	}
	if door.Origin != "" {
		d.Answer = append(d.Answer, fmt.Sprintf("Sign in at %s and open need %s.", door.Origin, d.Need))
	}
	if t.Command != "" {
		d.Answer = append(d.Answer, "On the command line: "+t.Command)
	}
	d.Answer = append(d.Answer, "If a link came with this letter, it lets one person read it, once. It never answers: answering needs a person of "+
		d.To.Name+" who is signed in.")
}

// matterIn is the matter that a fact is about; nil for none.
func matterIn(s *right.State, f right.Fact) *right.Matter {
	switch f := f.(type) {
	case *right.Noticed:
		return s.Matter(f.Matter)
	case *right.Ended:
		return s.Matter(f.Matter)
	case *right.Opened:
		return s.Matter(f.Matter)
	case *right.DeterminationRequired:
		return s.Matter(f.Matter)
	case *right.Awarded:
		return s.Matter(f.Matter)
	case *right.InformationRequested:
		return s.Matter(f.Matter)
	case *right.InformationSupplied:
		return s.Matter(f.Matter)
	case *right.Tolled:
		return s.Matter(f.Matter)
	case *right.ExtensionProposed:
		return s.Matter(f.Matter)
	case *right.Interested:
		return s.Matter(f.Matter)
	case *right.Proposed:
		return s.Matter(f.Matter)
	case *right.Changed:
		return s.Matter(f.Matter)
	case *right.ConsentAwaited:
		return s.Matter(f.Matter)
	case *right.Consented:
		return s.Matter(f.Matter)
	case *right.Assigned:
		return s.Matter(f.Matter)
	case *right.NoticeLate:
		return s.Matter(f.Matter)
	case *right.OfferTold:
		return s.Matter(f.Matter)
	case *right.SoldInstead:
		return s.Matter(f.Matter)
	}
	return nil
}
