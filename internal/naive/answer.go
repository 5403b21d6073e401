package naive

import (
	"firstlook/agreement"
	"firstlook/award"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// answer takes what a holder says.
func (w *World) answer(c right.Command, a right.Answer, now calendar.Instant) right.Code {
	m := w.matter(a.Matter)
	if m == nil || m.heldUntil.IsSet() && c.By == m.holder {
		return right.UnknownMatter
	}
	if c.By != m.holder {
		return right.NotTheHolder
	}
	if w.freesLater(m, a.Kind) {
		m.status, m.asks, m.tookPart = endOf(a.Kind), nil, false
		if m.group == 0 || m.allocated {
			w.ended(m, now)
		}
		return ""
	}
	if code := w.mayAnswer(m, a); code != "" {
		return code
	}
	if code, _ := w.judge(m, a); code != "" {
		return code
	}
	if m.status == right.Sent {
		waits, at := m.asks, now
		if m.receivedAt.IsSet() {
			at = m.receivedAt
		}
		w.received(m, at, now)
		if waits != nil && m.asks != nil && m.asks != waits {
			m.asks = waits
		}
	}
	switch a.Kind {
	case right.Decline, right.Waive, right.Unable, right.Sell:
		w.end(m, endOf(a.Kind), now)
	case right.Interest:
		if p := &m.clause.Process; p.FromNotice {
			w.negotiation(m, m.receivedAt)
		} else {
			w.negotiation(m, now)
		}
	default:
		if w.anyExclusive(w.lot(m.lot).line) {
			w.reconsider(w.lot(m.lot).line, now)
		}
		if m.clause.Kind == agreement.FirstNegotiation {
			w.exercise(m, *m.byGrantor, now)
			return ""
		}
		if m.clause.Kind == agreement.LastLook {
			t, _ := w.termsOf(m, a)
			m.named = &t
			return ""
		}
		w.take(m, a, now, now)
	}
	return ""
}

func endOf(k right.AnswerKind) right.Status {
	return map[right.AnswerKind]right.Status{right.Decline: right.Declined, right.Waive: right.Waived, right.Unable: right.CannotBe, right.Sell: right.Sold}[k]
}

// freesLater says whether an answer frees a lot that an earlier end of the matter did not release.
func (w *World) freesLater(m *matter, k right.AnswerKind) bool {
	if takesOver(m.clause) || m.released || m.status.Pending() || m.status == right.Taken || m.status == right.Terminated || m.status == right.Superseded || w.lot(m.lot).status == right.Closed {
		return false
	}
	if m.status == right.Waived || m.status == right.CannotBe && k == right.Unable {
		return false
	}
	if holds := w.lot(m.lot).matter; holds != m.id && (holds != m.group || holds == 0) {
		return false // the lot went on without it
	}
	for _, o := range w.members(m.group) {
		if o.status == right.Superseded {
			return false // another group took its place
		}
	}
	return k == right.Waive || k == right.Unable && m.clause.Kind == agreement.FirstCall && w.lot(m.lot).status == right.Stuck
}

// mayAnswer says why a holder has not the word.
func (w *World) mayAnswer(m *matter, a right.Answer) right.Code {
	switch {
	case m.status == right.Negotiating && m.negotiateBy <= w.last && a.Kind != right.Waive:
		return right.WindowClosed
	case m.status == right.Lapsed || m.status == right.Failed || m.status == right.Open && m.answerBy.IsSet() && m.answerBy <= w.last && a.Kind != right.Waive:
		return right.WindowClosed
	case m.status == right.Bidden && a.Kind != right.Waive:
		return right.AlreadyAnswered
	case m.status == right.StandNamed && a.Kind != right.Waive:
		return right.AlreadyAnswered
	case !m.status.Pending() || m.status == right.Conditional:
		return right.AlreadyAnswered
	case m.asks != nil && (m.asks.answer != nil || m.asks.resume == right.AtAnswer):
		return right.AlreadyAnswered
	}
	return ""
}

// judge says why an answer is not one to this right, of this quantity, on these terms; or which open parameter it takes to say.
func (w *World) judge(m *matter, a right.Answer) (code right.Code, open string) {
	if code := kindFits(m, a.Kind); code != "" || a.Kind != right.Exercise && a.Kind != right.Name {
		return code, ""
	}
	switch {
	case takesOver(m.clause) && a.Terms != nil:
		return right.AnswerNotFitting, ""
	case m.clause.Kind == agreement.FirstNegotiation && (a.Terms != nil || w.wants(m, a) != m.quantity):
		return right.AnswerNotFitting, ""
	case w.keptOut(m):
		return right.Barred, ""
	case m.status == right.Deficient:
		return right.NoticeIncomplete, ""
	}
	if m.clause.Kind == agreement.FirstNegotiation {
		if a.Rest != "" && a.Rest != right.Decline {
			return right.AnswerNotFitting, ""
		}
		if m.byGrantor == nil {
			return right.NoProposal, ""
		}
		if m.negotiateBy <= w.last {
			return right.WindowClosed, ""
		}
		return "", ""
	}
	return w.judgeTerms(m, a)
}

// kindFits says whether a matter may be answered in a way at all.
func kindFits(m *matter, k right.AnswerKind) right.Code {
	p := &m.clause.Process
	names := names(m)
	fits := false
	switch k {
	case right.Decline, right.Waive:
		fits = true
	case right.Unable:
		fits = m.clause.Kind == agreement.FirstCall
	case right.Sell:
		fits = p.Alternative == agreement.AlternativeSell && m.terms != nil
		if fits && m.status == right.Deficient {
			return right.NoticeIncomplete
		}
	case right.Interest:
		fits = m.clause.Kind == agreement.FirstNegotiation && (!p.FromNotice || p.Window.Given)
		if fits && m.status == right.Deficient {
			return right.NoticeIncomplete
		}
	case right.Exercise:
		fits = !names && (m.clause.Kind != agreement.FirstNegotiation || m.status == right.Negotiating)
	case right.Name:
		fits = names
	}
	if !fits {
		return right.AnswerNotFitting
	}
	return ""
}

// names says whether the holder names terms in a matter, in place of taking some.
func names(m *matter) bool {
	return holdersTerms(m.clause) || m.clause.Kind == agreement.LastLook
}

// judgeTerms is the part of judge about what is taken, and on which terms.
func (w *World) judgeTerms(m *matter, a right.Answer) (code right.Code, open string) {
	p := &m.clause.Process
	q := w.wants(m, a)
	several := len(w.members(m.group)) > 1
	switch {
	case a.Quantity < 0 || q > m.quantity:
		return right.QuantityInvalid, ""
	case !several && a.Least != 0:
		return right.AnswerNotFitting, ""
	case a.Least < 0 || a.Least > m.quantity || a.Quantity > 0 && a.Least > a.Quantity:
		return right.QuantityInvalid, ""
	case several && a.Rest != "":
		return right.AnswerNotFitting, ""
	}
	if a.Rest != "" && a.Rest != right.Decline && !(a.Rest == right.Unable && m.clause.Kind == agreement.FirstCall) {
		return right.AnswerNotFitting, ""
	}
	t, ok := w.termsOf(m, a)
	switch {
	case a.Terms == nil && (names(m) || m.terms == nil && len(p.RateCard.Value) == 0):
		return right.TermsRequired, ""
	case q < 1 || a.Least > q:
		return right.QuantityInvalid, ""
	case q < m.quantity && m.clause.Kind == agreement.LastLook:
		return right.WholeOnly, ""
	case q > w.own(m) && !p.Oversubscription.Given:
		return "", "oversubscription"
	case q > w.own(m) && p.Oversubscription.Value == agreement.NoOverAllotment:
		return right.QuantityInvalid, ""
	case q < w.own(m) && !p.Partial.Given && m.clause.Kind != agreement.ProRata:
		return "", "partial"
	case q < w.own(m) && p.Partial.Value == agreement.WholeOnly:
		return right.WholeOnly, ""
	case !ok:
		return right.TermsRequired, ""
	}
	if a.Kind == right.Exercise && a.Terms != nil {
		_, priced := cardRate(m.clause, t.Accelerator)
		if carded(m) && (!p.RateCard.Given || len(p.RateCard.Value) > 0 && !priced) {
			return "", "rate_card"
		}
	}
	if a.Terms != nil && !w.enough(m, a.Terms, q) {
		return right.QuantityInvalid, ""
	}
	if (a.Terms != nil || m.terms == nil) && !w.meetsNeed(m, t, q) {
		return right.TermsMissNeed, ""
	}
	if a.Terms != nil && !carded(m) && m.terms != nil && !p.Match.Given {
		return "", "match"
	}
	return "", ""
}

// wants is the quantity that an answer takes.
func (w *World) wants(m *matter, a right.Answer) int64 {
	if a.Quantity == 0 {
		return w.own(m)
	}
	return a.Quantity
}

// carded says whether an answer is held against a rate card alone.
func carded(m *matter) bool {
	return m.clause.Kind == agreement.FirstCall || m.clause.Kind == agreement.ProRata
}

// enough says whether terms are for as many accelerators as are taken.
func (w *World) enough(m *matter, t *offer.Terms, q int64) bool {
	n, ok := w.accelerators(w.lot(m.lot).line, q, t.Accelerator)
	return ok && t.Quantity >= n
}

// termsOf are the terms of an answer: its own, the noticed ones from the holder's cloud, or those of the rate card.
func (w *World) termsOf(m *matter, a right.Answer) (offer.Terms, bool) {
	q := w.wants(m, a)
	l := &w.need.Lines[w.lot(m.lot).line]
	var t offer.Terms
	switch {
	case a.Terms != nil:
		t = *copied(*a.Terms)
	case a.Kind == right.Name:
		return t, false
	case m.terms != nil:
		t = *copied(*m.terms)
		if own := w.cloudOf(m); own != "" && own != t.Cloud && !w.sells() && !takesOver(m.clause) {
			t.Cloud, t.Region = own, ""
		}
		if len(l.Regions) > 0 && t.Region == "" && !w.sells() && !takesOver(m.clause) {
			return t, false
		}
		if r := m.clause.Process.Match; r.Given && contains(r.Value.Substitutions, agreement.SubstituteFees) && !t.FindersFee.IsZero() {
			net, err := t.Net(w.against())
			if err != nil {
				return t, false
			}
			t = *net
		}
	default:
		rate, ok := cardRate(m.clause, l.Reference())
		if !ok {
			return t, false
		}
		t = offer.Terms{Region: only(l.Regions), Country: only(l.Residency), ServiceLevel: w.need.ServiceLevel, Interconnect: w.need.Interconnect,
			Price: []offer.Step{{From: l.Period.From, Rate: rate}}, Accelerator: l.Reference(), Cloud: w.cloudOf(m), Period: l.Period}
		if w.sells() {
			t.Cloud = "" // the capacity is the grantor's
		}
	}
	if n, ok := w.accelerators(w.lot(m.lot).line, q, t.Accelerator); ok {
		t = t.Part(n)
	}
	return t, true
}

func (w *World) cloudOf(m *matter) (out capacity.Cloud) {
	if p, ok := w.agreementOf(m.clause.Ref).Party(m.holder); ok && len(p.Clouds) > 0 {
		out = p.Clouds[0]
	}
	return out
}

// only is the one thing that a list names, where it names one alone.
func only[T ~string](list []T) T {
	if len(list) == 1 {
		return list[0]
	}
	return ""
}

func cardRate(c *agreement.Clause, a capacity.Accelerator) (money.Rate, bool) {
	for _, line := range c.Process.RateCard.Value {
		if line.Accelerator == a {
			return line.Rate, true
		}
	}
	return money.Rate{}, false
}

// meetsNeed holds a holder's terms against what the need requires.
func (w *World) meetsNeed(m *matter, t offer.Terms, q int64) bool {
	l := w.lot(m.lot)
	p := award.Problem{Need: w.need, Line: l.line, Sells: w.sells(), Quantity: q, Providers: w.law.Book.Providers, Egress: w.egress(), Throughput: w.law.Throughput, Now: w.last}
	_, no := award.Examine(&p, &offer.Offer{ID: "answer", Provider: m.holder, Need: w.need.ID, Line: l.line, Terms: t, ValidUntil: calendar.Latest})
	return no == nil
}

// keptOut says whether a line is exclusive to somebody else than who answers in a matter, whoever's right it is.
func (w *World) keptOut(m *matter) bool {
	return w.exclusiveToOther(w.lot(m.lot).line, m.holder, w.last)
}

// exclusiveNow says whether what a matter covers is exclusive to another by now: since an exclusivity began, or its new version was decided on.
func (w *World) exclusiveNow(m *matter, now calendar.Instant) bool {
	if !w.anyExclusive(w.lot(m.lot).line) {
		return false
	}
	w.reconsider(w.lot(m.lot).line, now)
	return w.exclusiveToOther(w.lot(m.lot).line, m.holder, now)
}

// anyExclusive says whether some exclusivity was considered and engages a line.
func (w *World) anyExclusive(line int) bool {
	for _, e := range w.engaged {
		if e.line == line && e.yes && e.clause.Kind == agreement.Exclusive {
			return true
		}
	}
	return false
}

// take follows an exercise or a naming through: each open parameter on the way stops it.
func (w *World) take(m *matter, a right.Answer, given, now calendar.Instant) {
	if _, open := w.judge(m, a); open != "" {
		m.stop(open, right.AtAnswer)
		m.asks.answer, m.asks.at = &a, given
		return
	}
	q := w.wants(m, a)
	t, _ := w.termsOf(m, a)
	if a.Terms != nil && !w.matches(m, &t, q) {
		w.counter(m, given, now)
		return
	}
	if m.group != 0 {
		w.subscribe(m, q, a.Least, t, now)
		return
	}
	if gate := m.clause.Process.Consent; isCall(m.clause.Kind) && gate != nil && gate.Over == agreement.OverExercise {
		m.wanted = q // the award stays whole until the consent is given
		w.exercise(m, t, now)
		return
	}
	part := w.split(m, q)
	switch a.Kind {
	case right.Name:
		part.status, part.named, part.asks = right.StandNamed, &t, nil
		w.respondBy(part, now)
	default:
		w.exercise(part, t, now)
	}
	if part != m {
		w.rest(m, a, given, now)
	}
}

// matches says whether the terms of an exercise are those that the clause wants.
func (w *World) matches(m *matter, t *offer.Terms, q int64) bool {
	if !carded(m) {
		if m.terms == nil {
			return true
		}
		noticed := *m.terms
		if n, ok := w.accelerators(w.lot(m.lot).line, q, noticed.Accelerator); ok {
			noticed = noticed.Part(min(n, noticed.Quantity))
		}
		ok, _ := offer.Matches(w.agreementOf(m.clause.Ref).Direction, m.clause.Process.Match.Value, &noticed, t)
		return ok
	}
	if len(m.clause.Process.RateCard.Value) == 0 {
		return true
	}
	rate, priced := cardRate(m.clause, t.Accelerator)
	if !priced {
		return true
	}
	for _, s := range t.Price {
		if w.worse(s.Rate, rate) {
			return false
		}
	}
	return true
}

// counter is what becomes of a matter whose holder proposed other terms.
func (w *World) counter(m *matter, given, now calendar.Instant) {
	p := &m.clause.Process
	switch {
	case !p.Counter.Given:
		m.stop("counter", right.AtAnswer)
		m.asks.at = given
	case p.Counter.Value == agreement.CounterSpends:
		w.end(m, right.Declined, now)
	default:
		w.goesOn(m, given, now)
	}
}

// goesOn gives a holder what was left of its window when it answered; where the window was never fixed, that is asked.
func (w *World) goesOn(m *matter, given, now calendar.Instant) {
	if m.asks != nil && m.asks.resume != right.AtSunset && m.asks.resume != right.AtInformation && m.asks.resume != right.AtOpening && m.asks.resume != right.AtChange {
		m.asks = nil
	}
	if !m.answerBy.IsSet() {
		if m.asks == nil {
			w.opens(m, now)
		}
		return
	}
	if now > given && given < m.answerBy {
		m.answerBy = now + (m.answerBy - given)
	}
}

// rest is what becomes of the part that a holder did not take.
func (w *World) rest(m *matter, a right.Answer, given, now calendar.Instant) {
	switch a.Rest {
	case right.Decline, right.Unable:
		w.end(m, endOf(a.Rest), now)
	default:
		w.goesOn(m, given, now)
	}
}

// split moves a quantity of a matter, with its lot, to a new pair of them; the whole stays where it is.
func (w *World) split(m *matter, q int64) *matter {
	if q == m.quantity {
		return m
	}
	l := w.lot(m.lot)
	part := *m
	if isCall(m.clause.Kind) {
		part.id, part.quantity, part.asks = right.MatterID(len(w.matters)+1), q, nil
		part.lot = w.reduce(w.awardOf(m.award), q, m).id
		w.matters = append(w.matters, &part)
		return &part
	}
	part.id, part.quantity, part.asks = right.MatterID(len(w.matters)+1), q, nil
	part.lot = w.splitLot(l, q).id
	w.lot(part.lot).matter = part.id
	m.quantity -= q
	w.matters = append(w.matters, &part)
	return &part
}

// splitLot moves a quantity of a lot to a new one, with its part of the chosen offer.
func (w *World) splitLot(l *lot, q int64) *lot {
	part := *l
	part.id, part.quantity = right.LotID(len(w.lots)+1), q
	part.releases = append([]release(nil), l.releases...)
	if l.pick != nil {
		p, whole := *l.pick, l.pick.accelerators
		rest, _ := w.accelerators(l.line, l.quantity-q, w.tender(p.offer).offer.Terms.Accelerator)
		rest = min(rest, whole)
		p.accelerators = whole - rest
		l.pick = &picked{p.offer, p.provider, rest}
		part.pick = &p
	}
	l.quantity -= q
	w.lots = append(w.lots, &part)
	return &part
}

// silence is the end of a window without an answer.
func (w *World) silence(m *matter, now calendar.Instant) {
	p := &m.clause.Process
	m.silent = true
	if !p.Silence.Given {
		m.stop("silence", right.AtSilence)
		return
	}
	switch p.Silence.Value {
	case agreement.SilenceDeclines:
		w.end(m, right.Declined, now)
	case agreement.SilenceUnable:
		w.end(m, right.CannotBe, now)
	case agreement.SilenceAccepts:
		if w.anyExclusive(w.lot(m.lot).line) {
			w.reconsider(w.lot(m.lot).line, now)
		}
		t, ok := w.termsOf(m, right.Answer{Kind: right.Exercise})
		if !ok || w.keptOut(m) {
			m.stop("silence", right.AtSilence)
			return
		}
		if w.own(m) == 0 {
			w.end(m, right.Lapsed, now)
			return
		}
		if m.group != 0 {
			w.subscribe(m, w.own(m), 0, t, now)
			return
		}
		w.exercise(m, t, now)
	default:
		w.end(m, right.Lapsed, now)
	}
}

// respondBy starts the grantor's window on named terms.
func (w *World) respondBy(m *matter, now calendar.Instant) {
	if m.clause.Process.Response.Given {
		if at, ok := w.reach(m, m.clause.Process.Response.Value, now); ok {
			m.respondBy = at
			return
		}
	}
	m.stop("response", right.AtResponse)
}

// noResponse is the end of the grantor's window without a word.
func (w *World) noResponse(m *matter, now calendar.Instant) {
	p := &m.clause.Process
	switch {
	case !p.ResponseSilence.Given:
		m.stop("response_silence", right.AtResponse)
	case p.ResponseSilence.Value == agreement.OnRejected:
		w.end(m, right.Rejected, now)
	default:
		w.exercise(m, *m.named, now)
	}
}

// respond is the grantor's word on named terms.
func (w *World) respond(c right.Command, a right.Respond, now calendar.Instant) right.Code {
	m := w.matter(a.Matter)
	switch {
	case c.By != w.need.Buyer:
		return right.NotTheBuyer
	case m == nil:
		return right.UnknownMatter
	case m.named != nil && m.respondBy.IsSet() && m.respondBy <= now:
		return right.WindowClosed
	case m.status == right.Negotiating && !a.Accept:
		return right.AnswerNotFitting
	case m.status == right.Negotiating && m.byHolder == nil:
		return right.NoProposal
	case m.status == right.Negotiating && m.negotiateBy <= now:
		return right.WindowClosed
	case m.status == right.Negotiating:
		if w.exclusiveNow(m, now) {
			return right.Barred
		}
		w.exercise(m, *m.byHolder, now)
		return ""
	case m.status != right.StandNamed:
		return right.AlreadyAnswered
	case a.Accept && w.exclusiveNow(m, now):
		return right.Barred
	}
	m.asks = nil
	if a.Accept {
		w.exercise(m, *m.named, now)
	} else {
		w.end(m, right.Rejected, now)
	}
	return ""
}

// exercised awards a matter to its holder.
func (w *World) exercised(m *matter, t offer.Terms, now calendar.Instant) {
	l := w.lot(m.lot)
	if w.exclusiveNow(m, now) {
		w.terminate(m, now)
		return
	}
	if isCall(m.clause.Kind) {
		m, t = w.takesPart(m, t, now)
		l = w.lot(m.lot)
	}
	m.status, m.asks = right.Taken, nil
	if m.group != 0 {
		m.quantity = l.quantity
	}
	t.Least = 0
	if isCall(m.clause.Kind) {
		w.takeOver(m, l)
	}
	if l.pick != nil {
		w.tender(l.pick.offer).used -= l.pick.accelerators
		l.pick = nil
	}
	w.awardTo(l, &grant{at: now, provider: m.holder, role: party.Holder, terms: t, matter: m.id})
}

// end is the end of a matter without an exercise; what follows is what its clause says.
func (w *World) end(m *matter, how right.Status, now calendar.Instant) {
	m.status, m.asks = how, nil
	switch {
	case m.group != 0 && !m.allocated:
		w.groupMoves(m.group, now)
	case m.group != 0:
		w.settleGroup(m.group, now)
	case isCall(m.clause.Kind):
	case isStepIn(m.clause.Kind):
		w.onItsWay(w.lot(m.lot), now)
	default:
		w.lot(m.lot).status = right.Idle
		w.ended(m, now)
	}
}

// ended releases the lot of a matter that ended, or blocks it.
func (w *World) ended(m *matter, now calendar.Instant) {
	p := &m.clause.Process
	l := w.lot(m.lot)
	if m.status != right.Waived && m.status != right.Sold && !m.fell() && !m.tookPart {
		if !p.ReleaseOn.Given || contains(p.ReleaseOpen, agreement.Outcome(m.status)) {
			m.stop("release_on", right.AtRelease)
			return
		}
		if !contains(p.ReleaseOn.Value, agreement.Outcome(m.status)) {
			if !w.withdrawn {
				l.status = right.Stuck
			}
			return
		}
	}
	w.release(m, now)
}

// release frees the lot of a matter until the tail ends, within its cap.
func (w *World) release(m *matter, now calendar.Instant) {
	p := &m.clause.Process
	l := w.lot(m.lot)
	if !p.Tail.Given {
		m.stop("tail", right.AtRelease)
		return
	}
	tail := p.Tail.Value
	r := release{direction: w.agreementOf(m.clause.Ref).Direction, matter: m.id, clause: m.clause.Ref, holder: m.right(), tolerance: tail.Price}
	from := w.tailFrom(m, tail.From, now)
	if tail.Length.Length.N > 0 {
		at, ok := w.deadline(m.clause, tail.Length, from)
		if !ok || !from.IsSet() || at <= now {
			m.stop("tail", right.AtRelease)
			return
		}
		r.until = at
	}
	if tail.CapFor.Length.N > 0 {
		at, ok := w.deadline(m.clause, tail.CapFor, now)
		if !ok {
			m.stop("tail", right.AtRelease)
			return
		}
		r.capUntil = at
	}
	r.exact = tail.Exact
	switch tail.Cap {
	case agreement.CapNoticed:
		if m.terms == nil {
			m.stop("tail", right.AtRelease)
			return
		}
		r.cap = m.terms
	case agreement.CapNamed:
		r.cap = m.named
	case agreement.CapHolderProposed, agreement.CapGrantorProposed:
		r.cap = w.proposedBy(m)
		if tail.Cap == agreement.CapGrantorProposed {
			r.cap = m.byGrantor
		}
		if r.cap == nil {
			m.stop("tail", right.AtRelease)
			return
		}
	}
	if tail.Counterparty && m.offer != "" {
		r.counterparty = w.tender(m.offer).offer.Provider
	}
	m.released = true
	l.releases = append(l.releases, r)
	if l.status == right.Won {
		return
	}
	if m.fallen && m.group == 0 && !w.withdrawn {
		w.onItsWay(l, now)
		return
	}
	if m.group != 0 {
		w.groupGoesOn(m.group, now)
		return
	}
	l.status = right.Idle
	w.advance(l, now)
}

// tailFrom is what the tail of a release is counted from; unset where that never was.
func (w *World) tailFrom(m *matter, from agreement.TailStart, now calendar.Instant) calendar.Instant {
	switch from {
	case agreement.FromNotice:
		return m.receivedAt
	case agreement.FromWindowEnd:
		if m.negotiateBy.IsSet() {
			return m.negotiateBy
		}
		return m.answerBy
	case agreement.FromStart:
		return w.line(w.lot(m.lot)).Period.From
	}
	return now
}

// proposedBy is what a holder proposed last: in the matter, or in another negotiation on the line where the right has none.
func (w *World) proposedBy(m *matter) *offer.Terms {
	if m.clause.Kind == agreement.FirstNegotiation {
		return m.byHolder
	}
	var last *matter
	for _, o := range w.matters {
		if o.byHolder != nil && o.right() == m.right() && w.lot(o.lot).line == w.lot(m.lot).line && (last == nil || o.proposedAt >= last.proposedAt) {
			last = o
		}
	}
	if last == nil {
		return nil
	}
	return last.byHolder
}

// fell says whether a matter ended because its own award came to nothing, which blocks nobody.
func (m *matter) fell() bool { return m.fallen }
