package lawcheck

import (
	"firstlook/agreement"
	"firstlook/award"
	"firstlook/calendar"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// engagement is what the record said of one clause and one line.
type engagement struct {
	*right.Engaged
	clause *agreement.Clause
	at     calendar.Instant
}

// standing is where a lot stands.
type standing string

const (
	nowhere standing = "nowhere"
	held    standing = "held by a matter"
	market  standing = "in the market"
	chosen  standing = "chosen for an offer"
	taken   standing = "awarded"
	blocked standing = "blocked"
	closed  standing = "closed"
)

// lot is what the record said of a lot.
type lot struct {
	id       right.LotID
	line     int
	quantity int64
	stands   standing
	since    calendar.Instant // that it is not awarded: tails count again from here
	round    bool
	closes   calendar.Instant
	pick     *award.Pick
	choice   int // by which choice
	award    *grant
	lost     *grant   // the award on it that came to nothing last
	loser    party.ID // who had that then
	blocker  *matter
	holder   *matter // the matter that holds it, or held it last
	releases []release
	lapsed   bool // it was said that its round is overdue
	cuts     int  // how often it was cut off a choice: each may leave it a fraction of an accelerator short of its part
}

// release is one release of a lot, as the record gave it.
type release struct {
	*right.Released
	matter *matter
	over   bool
	why    agreement.Reopen // that ended it
	late   bool             // it was said that its end is overdue
}

// live reports whether a release serves at an instant.
func (r *release) live(at calendar.Instant) bool {
	return !r.over && (!r.Until.IsSet() || at < r.Until)
}

// matter is what the record said of a matter.
type matter struct {
	id         right.MatterID
	lot        right.LotID
	clause     *agreement.Clause // with what was determined
	holder     party.ID
	offer      offer.ID
	quantity   int64
	phase      right.Status
	notice     *right.Noticed
	sentAt     calendar.Instant
	gotAt      calendar.Instant
	answerBy   calendar.Instant
	names      *right.Named
	answer     *right.Answer // the latest
	answeredAt calendar.Instant
	loose      bool // an answer stands in the record and nothing has followed from it
	rest       right.AnswerKind
	spent      bool // a counter took the right
	silent     bool // a person determined what silence means, or how the response ends
	question   *right.DeterminationRequired
	doubts     []*right.DeterminationRequired // whether the right revives, a lot each; the latest is the question
	windowAt   calendar.Instant               // when a person determined how long the window is
	running    calendar.Instant               // since when its clock stands as it does
	exercise   *offer.Terms
	fell       bool // the holder's award came to nothing
	late       bool // it was said that its deadline is overdue
	outlives   bool // it was said that its clause is over

	owner       party.ID       // who holds the right, whoever answers in its place
	group       right.MatterID // the first of those that run side by side over the lot; 0: it runs alone
	option      *grant         // the award that it may take over
	seen        *offer.Terms   // what the holder was told last
	tolls       []right.Tolled // on which its window stands still
	stayers     []party.ID     // who stopped it, one for each
	paused      right.Status   // that was interrupted
	left        calendar.Instant
	asks        int // requests for information
	outstanding bool
	suppliedAt  calendar.Instant
	negotiateBy calendar.Instant
	proposals   map[party.Role]*offer.Terms // what each side proposed last; replaced, never changed
	looks       *offer.Terms                // the terms of a last look
	wants       *right.Subscribed
	shared      bool // the lot of its group was allocated
	allotted    int64
	consent     *right.ConsentAwaited
	consents    []right.Consented
	extends     *right.ExtensionProposed
	extender    party.ID
	change      *right.Changed // a material change that takes its place
	struck      bool           // which is material for its holder
	replaced    bool           // another matter took its place
	heldUntil   calendar.Instant
	firstSent   calendar.Instant
	replaces    bool // it takes the place of one that was superseded
	again       agreement.Reopen
	beside      bool // it keeps nobody out
	tardy       bool // its notice was given later than the clause wants it
}

// tender is an offer as the record keeps it.
type tender struct {
	*right.OfferReceived
	at   calendar.Instant // when it was received
	gone bool
	used int64
}

// grant is an award as the record keeps it.
type grant struct {
	*right.Awarded
	at       calendar.Instant
	ended    bool
	signed   bool
	lost     bool // it came to nothing otherwise than by a holder that took it over
	failing  *right.NonPerforming
	late     bool // it was said that its cure is overdue
	consents []right.Consented
}

// spot names a matter and its lot.
func (m *matter) spot() place { return place{matter: m.id, lot: m.lot} }

// lotOf returns a lot that an event names; nil, and a violation of I10, where there is none.
func (c *Checker) lotOf(id right.LotID) *lot {
	if id >= 1 && int(id) <= len(c.lots) {
		return c.lots[id-1]
	}
	c.broken(I10, place{lot: id}, id.String(), "a lot that was opened", "%s refers to %s, which is not there", name(c.event), id)
	return nil
}

func (c *Checker) matterOf(id right.MatterID) *matter {
	if id >= 1 && int(id) <= len(c.matters) {
		return c.matters[id-1]
	}
	c.broken(I10, place{matter: id}, id.String(), "a matter that was opened", "%s refers to %s, which is not there", name(c.event), id)
	return nil
}

func (c *Checker) awardOf(id right.AwardID) *grant {
	if id >= 1 && int(id) <= len(c.awards) {
		return c.awards[id-1]
	}
	c.broken(I10, place{award: id}, id.String(), "an award that was made", "%s refers to %s, which is not there", name(c.event), id)
	return nil
}

func (c *Checker) offerOf(id offer.ID, at place) *tender {
	if t, ok := c.offers[id]; ok {
		return t
	}
	c.broken(I10, at, string(id), "an offer that was received", "%s refers to offer %s, which is not there", name(c.event), id)
	return nil
}

// next reports whether a new id is the one that follows: ids count from 1, and none is given twice.
func (c *Checker) next(id, have int, at place, text string) bool {
	switch {
	case id == have+1:
		return true
	case id >= 1 && id <= have:
		c.broken(I9, at, text, "an id that is free", "%s writes %s a second time", name(c.event), text)
	default:
		c.broken(I10, at, text, "the next id in order", "%s skips to %s", name(c.event), text)
	}
	return false
}

// lineOf reports whether an event names a line of the need.
func (c *Checker) lineOf(line int, at place) bool {
	if line >= 0 && line < len(c.need.Lines) {
		return true
	}
	c.broken(I10, at, number(int64(line+1)), "a line of the need", "%s refers to line %d, which the need does not have", name(c.event), line+1)
	return false
}

// splitLot reads a split: what leaves a lot is less than it holds, and goes with its releases and its part of a choice.
func (c *Checker) splitLot(f *right.LotSplit) {
	from := c.lotOf(f.From)
	if from == nil || !c.next(int(f.To), len(c.lots), place{lot: f.To}, f.To.String()) {
		return
	}
	if f.Quantity < 1 || f.Quantity >= from.quantity {
		c.broken(I6, place{lot: f.To}, number(f.Quantity), "1 to "+number(from.quantity-1), "%s of %d splits off %d", f.From, from.quantity, f.Quantity)
	}
	to := *from
	to.id, to.quantity = f.To, f.Quantity
	from.quantity -= f.Quantity
	to.releases = append([]release(nil), from.releases...)
	if from.pick != nil {
		left, gone := *from.pick, *from.pick
		left.Accelerators -= f.Accelerators
		left.Equivalent -= f.Quantity
		gone.Accelerators, gone.Equivalent = f.Accelerators, f.Quantity
		from.pick, to.pick = &left, &gone
		to.cuts++
	}
	c.lots = append(c.lots, &to)
	for _, m := range c.matters { // a talk beside is about what is left
		if m.lot == f.From && m.beside && m.phase.Pending() {
			m.quantity = min(m.quantity, from.quantity)
		}
	}
	if f.Matter != 0 {
		c.splitMatter(f, from, &to)
	}
}

func (c *Checker) splitMatter(f *right.LotSplit, from, to *lot) {
	if !c.next(int(f.Matter), len(c.matters), place{matter: f.Matter, lot: f.To}, f.Matter.String()) {
		return
	}
	old := from.holder
	if f.Of != 0 {
		if old = c.matterOf(f.Of); old == nil {
			return
		}
	}
	failing := from.award != nil && from.award.failing != nil // what a holder did not perform goes on as its own
	if old == nil || old.lot != from.id || !old.phase.Pending() && !failing {
		c.broken(I10, place{matter: f.Matter, lot: f.To}, f.Matter.String(), "no matter", "%s splits a matter that does not hold %s", name(c.event), f.From)
		return
	}
	if old.shared && !failing && f.Quantity != old.allotted {
		c.broken(I8, old.spot(), number(f.Quantity), number(old.allotted), "%s has another part split off than was allocated to it", old.id)
	}
	if p := old.clause.Process.Partial; !old.shared && !failing && (!p.Given || p.Value == agreement.WholeOnly) {
		c.broken(I3, old.spot(), "a part of "+number(f.Quantity), "the whole of "+number(old.quantity), "%s is taken in part, which %s does not give", old.id, old.clause.Ref)
	}
	m := *old
	m.id, m.lot, m.quantity = f.Matter, f.To, f.Quantity
	m.fell = failing
	if old.shared && !failing {
		m.group = 0 // what is allotted goes on alone
	} else {
		old.quantity -= f.Quantity
	}
	if old.loose { // what was said of the part goes with it; what was said of the rest stays
		old.loose, old.rest = false, old.answer.Rest
	}
	if old.consent != nil && old.consent.Part > 0 { // a part of an award is taken under a consent: the holder wants no more of it
		if f.Quantity != old.consent.Part {
			c.broken(I3, old.spot(), number(f.Quantity), number(old.consent.Part), "%s has another part split off than was consented to", old.id)
		}
		old.rest = right.Decline
	}
	c.matters = append(c.matters, &m)
	to.holder = &m
}

// unpick gives what was chosen for a lot back to its offer.
func (c *Checker) unpick(l *lot) {
	if l.pick == nil {
		return
	}
	if t, ok := c.offers[l.pick.Offer]; ok {
		t.used -= l.pick.Accelerators
	}
	l.pick = nil
}

// endAward takes an award off its lot.
func (c *Checker) endAward(g *grant) {
	g.ended = true
	l := c.lots[g.Lot-1]
	c.unpick(l)
	if l.award == g {
		l.award, l.stands, l.since = nil, nowhere, c.event.At
		if c.withdrawn {
			l.stands = closed
		}
	}
}
