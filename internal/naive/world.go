package naive

import (
	"slices"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// World is what is the case for one need: lists that are searched from end to end.
type World struct {
	law       *right.Law
	need      *capacity.Need // nil before it is submitted
	related   []right.Related
	submitted calendar.Instant
	withdrawn bool
	reached   calendar.Instant // when something was last recorded
	before    calendar.Instant // the last, before the command that is done now
	changing  *matter          // whose notice would change, while that is asked
	stamp     calendar.Instant // of what the command did, where that is not now
	nothing   bool             // the last command was let be and changed nothing
	last      calendar.Instant // when something last happened
	engaged   []*engagement
	lots      []*lot
	matters   []*matter
	tenders   []*tender
	awards    []*grant
	events    map[int]bool // facts whose instant is past, by their place in the book
}

// engagement says whether a clause version engages a line.
type engagement struct {
	line   int
	clause *agreement.Clause
	holder party.ID
	yes    bool
}

type lot struct {
	id       right.LotID
	line     int
	quantity int64
	status   right.LotStatus
	matter   right.MatterID
	releases []release
	invited  []party.ID
	closes   calendar.Instant
	round    bool
	pick     *picked
	award    right.AwardID
	lost     right.AwardID // the last award that came to nothing
}

// picked is the part of an offer that is chosen for a lot.
type picked struct {
	offer        offer.ID
	provider     party.ID
	accelerators int64
}

type release struct {
	matter       right.MatterID
	clause       agreement.Ref
	holder       party.ID
	cap          *offer.Terms
	until        calendar.Instant
	counterparty party.ID
	exact        bool             // the terms of the cap and no others
	capUntil     calendar.Instant // the cap binds no longer
	tolerance    capacity.Percent
	direction    agreement.Direction
	over         bool
	why          agreement.Reopen
}

type matter struct {
	id             right.MatterID
	lot            right.LotID
	clause         *agreement.Clause // the version that opened it, with what was determined
	holder         party.ID
	status         right.Status
	again          agreement.Reopen
	quantity       int64
	offer          offer.ID
	terms          *offer.Terms
	stated         *offer.Terms // that its notice will give, once it is given
	named          *offer.Terms
	channel        agreement.Channel
	missing        []agreement.Item
	heldUntil      calendar.Instant // a notice too many waits until then
	late           bool             // the notice was given later than it was due
	toldAt         calendar.Instant // of the first notice, complete or not
	sentAt         calendar.Instant
	deemedAt       calendar.Instant
	receivedAt     calendar.Instant
	answerBy       calendar.Instant
	respondBy      calendar.Instant
	silent         bool // it ended, or stopped, because its window closed
	released       bool
	assignor       party.ID // in whose place the holder stands; empty where it holds the right itself
	negotiateBy    calendar.Instant
	byHolder       *offer.Terms
	byGrantor      *offer.Terms
	proposedAt     calendar.Instant // by the holder, last
	asked          int              // requests for information
	outstanding    bool             // one is not supplied
	complete       calendar.Instant // when the last was
	supplied       bool             // what stopped the window was supplied
	tolls          []toll
	left           calendar.Instant // of the window, when it was stopped
	paused         right.Status     // that was stopped
	extendTo       calendar.Instant
	extendBy       party.ID
	wants          *offer.Terms // of an exercise that waits for a consent
	consentBy      calendar.Instant
	consents       []party.ID
	fallen         bool           // its award came to nothing
	group          right.MatterID // of the first of those that run side by side; 0 where it runs alone
	allocated      bool           // the lot of the group was given out
	wanted         int64          // that it subscribed
	least          int64
	award          right.AwardID // that may be taken over
	below          bool          // the need is below what was determined
	thresholdAsked bool          // its threshold was determined for it
	tookPart       bool          // of the lot, and is released for the rest
	asks           *question
	doubts         []*question // over other lots, whether the right revives
}

// question is a parameter that the text leaves open and that is needed now.
type question struct {
	param  string
	resume right.Resume
	lot    right.LotID
	answer *right.Answer
	change *right.Change
	at     calendar.Instant // when the answer was given
	why    agreement.Reopen // of a release whose end is in doubt
}

// toll is one ground on which a window stands still.
type toll struct {
	ground agreement.Ground
	by     party.ID
	until  calendar.Instant
}

type tender struct {
	offer     *offer.Offer
	at        calendar.Instant // when it was received
	withdrawn bool
	used      int64
}

type grant struct {
	id       right.AwardID
	lot      right.LotID
	provider party.ID
	role     party.Role
	quantity int64
	terms    offer.Terms
	offer    offer.ID
	matter   right.MatterID
	consents []party.ID
	at       calendar.Instant // when it was made
	signed   bool
	ended    bool

	failing   bool // it is not performed
	delivered int64
	cureBy    calendar.Instant
	remedy    agreement.Remedy
}

// Begin is the world before anything was asked.
func Begin(law *right.Law) *World { return &World{law: law, events: map[int]bool{}} }

// Under puts another law into force: an amendment was recorded, or a fact. What follows from it happens with the next command.
func (w *World) Under(law *right.Law) { w.law = law }

func (w *World) lot(id right.LotID) *lot {
	for _, l := range w.lots {
		if l.id == id {
			return l
		}
	}
	return nil
}

func (w *World) matter(id right.MatterID) *matter {
	for _, m := range w.matters {
		if m.id == id {
			return m
		}
	}
	return nil
}

func (w *World) tender(id offer.ID) *tender {
	for _, t := range w.tenders {
		if t.offer.ID == id {
			return t
		}
	}
	return nil
}

func (w *World) awardOf(id right.AwardID) *grant {
	for _, a := range w.awards {
		if a.id == id {
			return a
		}
	}
	return nil
}

func (w *World) line(l *lot) *capacity.Line { return &w.need.Lines[l.line] }

// agreementOf is the agreement that a clause stands in.
func (w *World) agreementOf(ref agreement.Ref) *agreement.Agreement {
	for _, a := range w.law.Book.Agreements {
		if a.ID == ref.Agreement {
			return a
		}
	}
	return nil
}

// current is the version of a clause as the law now has it: an amendment may have moved its end.
func (w *World) current(ref agreement.Ref) *agreement.Clause {
	c, _, ok := w.law.Book.Clause(ref)
	if !ok {
		return nil
	}
	return c
}

// inForce says whether a clause version may open anything at an instant.
func (w *World) inForce(ref agreement.Ref, at calendar.Instant) bool {
	c := w.current(ref)
	if c == nil || !c.Effective.Contains(at) {
		return false
	}
	_, over := w.law.Book.Ended(c, at)
	final, forfeited := w.forfeitedAt(c)
	return !over && !(forfeited && final <= at)
}

// deadline is when a window of a clause closes that starts at an instant; false where the calendar cannot say.
func (w *World) deadline(c *agreement.Clause, rule calendar.Rule, start calendar.Instant) (calendar.Instant, bool) {
	var cal calendar.Calendar
	if a := w.agreementOf(c.Ref); a != nil {
		cal, _ = a.CalendarAt(c.Process.Calendar, start)
	}
	at, err := rule.Deadline(start, cal)
	return at, err == nil
}

// closing is when a window of a matter closes that would open at an instant, whatever cuts it; false where that is not after the opening, or the calendar
// cannot say.
func (w *World) closing(m *matter, rule calendar.Rule, from calendar.Instant) (calendar.Instant, bool) {
	at, ok := w.reach(m, rule, from)
	at = w.cut(m, at)
	return at, ok && at > from
}

// reach is when a window of a matter closes that would open at an instant, if nothing cuts it.
func (w *World) reach(m *matter, rule calendar.Rule, from calendar.Instant) (calendar.Instant, bool) {
	if !rule.BeforeStart {
		return w.deadline(m.clause, rule, from)
	}
	var cal calendar.Calendar
	if a := w.agreementOf(m.clause.Ref); a != nil {
		cal, _ = a.CalendarAt(m.clause.Process.Calendar, from)
	}
	at, err := rule.Before(w.line(w.lot(m.lot)).Period.From, cal)
	return at, err == nil && at > from
}

// cut ends a window early where its clause says so: at the start of the period, or at the end of the clause.
func (w *World) cut(m *matter, at calendar.Instant) calendar.Instant {
	if m.late {
		return at
	}
	if contains(m.clause.Process.Truncate, agreement.TruncateStart) {
		at = min(at, w.line(w.lot(m.lot)).Period.From)
	}
	if c := w.current(m.clause.Ref); contains(m.clause.Process.Truncate, agreement.TruncateClauseEnd) && c != nil && c.Effective.Until.IsSet() {
		at = min(at, c.Effective.Until)
	}
	return at
}

// sells says whether the grantor sells.
func (w *World) sells() bool { return w.need.Sells }

// direction is on which side the grantor stands.
func (w *World) direction() agreement.Direction {
	if w.sells() {
		return agreement.Sells
	}
	return agreement.Buys
}

// egress is the table of what moving data costs; nil where the law has none.
func (w *World) egress() *award.Egress {
	if w.law.Egress.Name == "" {
		return nil
	}
	return &w.law.Egress
}

func isBefore(k agreement.Kind) bool {
	return k == agreement.FirstCall || k == agreement.ProRata || k == agreement.FirstOffer || k == agreement.FirstNegotiation
}

func isAfter(k agreement.Kind) bool {
	return k == agreement.Match || k == agreement.LastLook || k == agreement.NoLessFavourable
}

// holdersTerms says whether it is the holder that names terms in a matter.
func holdersTerms(c *agreement.Clause) bool {
	return c.Kind == agreement.FirstOffer && c.Process.Form.Value == agreement.HoldersTerms
}

// hasTerms says whether there are terms in the notice that an answer is held against.
func hasTerms(c *agreement.Clause) bool {
	return c.Kind == agreement.Match || c.Kind == agreement.NoLessFavourable || c.Kind == agreement.FirstOffer && c.Process.Form.Value == agreement.GrantorsTerms
}

// stop makes a matter wait for a person.
func (m *matter) stop(param string, resume right.Resume) {
	if m.asks == nil || m.asks.resume != right.AtInformation && m.asks.resume != right.AtSunset && m.asks.resume != right.AtChange || resume != right.AtOpening && resume != right.AtAllocation {
		m.asks = &question{param: param, resume: resume}
	}
}

// worse says whether a price is worse for the grantor than another: dearer, or for one that sells cheaper; what cannot be compared is.
func (w *World) worse(price, than money.Rate) bool {
	order, err := price.Cmp(than)
	if w.sells() {
		order = -order
	}
	return err != nil || order > 0
}

func copied(t offer.Terms) *offer.Terms {
	t.Price = slices.Clone(t.Price)
	return &t
}
