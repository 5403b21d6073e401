package right

import (
	"fmt"
	"slices"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
	"firstlook/offer"
	"firstlook/party"
)

// answer is the holder's command.
func (t *turn) answer(a Answer) error {
	m := t.Matter(a.Matter)
	switch {
	case m == nil:
		return refuse(UnknownMatter, "no matter %s", a.Matter)
	case t.by != m.Holder:
		return refuse(NotTheHolder, "%s does not hold the right of matter %s", t.by, a.Matter)
	case m.held():
		return refuse(UnknownMatter, "no matter %s", a.Matter) // the holder has not been told of it
	case t.mayEndLate(m, a.Kind):
		return t.endLate(m, a.Kind)
	case m.Status == Lapsed || m.Status == Failed || m.past(t.now) && a.Kind != Waive:
		return t.refuseFor(m, WindowClosed, "the window of %s closed at %s", m.ID, max(m.AnswerBy, m.More().NegotiateBy))
	case !m.Status.Pending() || m.spoken() && a.Kind != Waive || m.Status == Conditional || m.Question != nil && m.Question.Answer != nil:
		return t.refuseFor(m, AlreadyAnswered, "matter %s is %s", m.ID, m.Status)
	}
	if err := t.fits(m, a); err != nil {
		return err
	}
	if m.Status == Sent {
		if !m.ReceivedAt.IsSet() {
			t.emit(&Received{Matter: m.ID, How: "answered"})
		}
		p := &m.clause.Process
		talks := p.FromNotice && p.Negotiation.Given // which begin with the receipt
		if (p.Window.Given || talks) && !m.waitsForInformation() {
			t.open(m.ID)
		}
	}
	t.emit(&Answered{Answer: a})
	if err := t.take(a, t.now); err != nil {
		return err
	}
	t.stillToOpen(t.Matter(a.Matter))
	return nil
}

// held reports whether the notice waits because the clause limits how often one may be given.
func (m *Matter) held() bool { return m.More().HeldUntil.IsSet() && !m.SentAt.IsSet() }

// past reports whether the time to answer is over although nothing has come of it: a person has the word first.
func (m *Matter) past(now calendar.Instant) bool {
	return m.Status == Open && m.AnswerBy <= now || m.Status == Negotiating && m.More().NegotiateBy <= now
}

// spoken reports whether the holder has said its word and others have not.
func (m *Matter) spoken() bool { return m.Status == StandNamed || m.Status == Bidden }

// waitsForInformation reports whether the clock waits for more than the receipt of the notice.
func (m *Matter) waitsForInformation() bool {
	return m.clause.Process.Delivery.Value.Clock == agreement.OnComplete && m.More().Outstanding
}

// stillToOpen opens the window of a matter, or asks about it, where the holder answered before it could open and its answer
// did not end the matter.
func (t *turn) stillToOpen(m *Matter) {
	if m.Status == Sent && m.Question == nil && m.ReceivedAt.IsSet() && !m.waitsForInformation() {
		t.open(m.ID)
	}
}

func (t *turn) refuseFor(m *Matter, c Code, format string, args ...any) error {
	return (&Refusal{Code: c, Detail: fmt.Sprintf(format, args...)}).by(m.clause.Ref)
}

// fits checks the form of an answer against the kind of right, before anything is recorded.
func (t *turn) fits(m *Matter, a Answer) error {
	switch a.Kind {
	case Decline, Waive:
		return nil
	case Unable:
		if m.clause.Kind != agreement.FirstCall {
			return t.refuseFor(m, AnswerNotFitting, "only a first call is answered with unable; decline instead")
		}
		return nil
	case Interest:
		return t.fitsInterest(m)
	case Sell:
		if m.clause.Process.Alternative != agreement.AlternativeSell || m.Terms == nil {
			return t.refuseFor(m, AnswerNotFitting, "the clause lets the holder take what was noticed, and not sell in its place")
		}
		return nil
	case Name:
		if !naming(m.clause) && m.clause.Kind != agreement.LastLook {
			return t.refuseFor(m, AnswerNotFitting, "the terms of this right are not the holder's to name; exercise or decline")
		}
	case Exercise:
		if why := t.noExercise(m, a); why != "" {
			return t.refuseFor(m, AnswerNotFitting, "%s", why)
		}
	default:
		return t.refuseFor(m, AnswerNotFitting, "no answer %q", a.Kind)
	}
	if ref, holder, ok := t.exclusiveToOther(m); ok {
		return (&Refusal{Code: Barred, Detail: fmt.Sprintf("what %s covers is exclusive to %s", m.ID, holder)}).by(ref)
	}
	if m.Status == Deficient {
		return t.incomplete(m)
	}
	if err := t.fitsQuantity(m, a); err != nil {
		return err
	}
	if a.Kind == Name && a.Terms == nil {
		return t.refuseFor(m, TermsRequired, "name the terms")
	}
	if m.Status != Negotiating && m.Terms == nil && a.Terms == nil && len(m.clause.Process.RateCard.Value) == 0 {
		return t.refuseFor(m, TermsRequired, "the notice names no price and the clause has no rate card; state firm terms")
	}
	return nil
}

// naming reports whether the holder names its terms and the grantor responds.
func naming(c *agreement.Clause) bool {
	return c.Kind == agreement.FirstOffer && c.Process.Form.Value == agreement.HoldersTerms
}

// fitsInterest checks that there is a negotiation to be interested in.
func (t *turn) fitsInterest(m *Matter) error {
	switch {
	case m.clause.Kind != agreement.FirstNegotiation || m.clause.Process.FromNotice && !m.clause.Process.Window.Given:
		return t.refuseFor(m, AnswerNotFitting, "interest is shown where a negotiation follows it; exercise, name or decline")
	case m.Status == Negotiating:
		return t.refuseFor(m, AlreadyAnswered, "matter %s is negotiating", m.ID)
	case m.Status == Deficient:
		return t.incomplete(m)
	}
	return nil
}

// incomplete refuses an answer to a notice that the holder has not had whole.
func (t *turn) incomplete(m *Matter) error {
	if m.Question != nil {
		return t.refuseFor(m, NoticeIncomplete, "the notice of %s waits for a determination of %s", m.ID, m.Question.Param)
	}
	return t.refuseFor(m, NoticeIncomplete, "the notice of %s lacks %v", m.ID, m.Missing)
}

// noExercise says why a right is not exercised in the state in which it is; empty where it is.
func (t *turn) noExercise(m *Matter, a Answer) string {
	switch {
	case naming(m.clause):
		return "the holder names terms in this right (name), and the grantor responds"
	case m.clause.Kind == agreement.LastLook:
		return "a last look is answered with the holder's own terms (name); they are held against the chosen offer when the window closes"
	case m.clause.Kind == agreement.FirstNegotiation && m.Status != Negotiating:
		return "show interest first (interest); an exercise accepts what the grantor proposed"
	case m.Status == Negotiating && (a.Terms != nil || a.Quantity != 0 && a.Quantity != m.Quantity):
		return "an exercise accepts what the grantor proposed, as it was proposed; propose other terms"
	case m.More().Award != 0 && a.Terms != nil:
		return "what is taken over is taken on the noticed terms"
	}
	return ""
}

// fitsQuantity checks how much is taken, and what is said of the rest.
func (t *turn) fitsQuantity(m *Matter, a Answer) error {
	if a.Quantity < 0 || a.Quantity > m.Quantity {
		return t.refuseFor(m, QuantityInvalid, "%d of %d noticed", a.Quantity, m.Quantity)
	}
	if rule, packed := t.packageRule(m); packed && rule == agreement.WholePackage && a.Quantity != 0 && a.Quantity != m.Quantity {
		return t.refuseFor(m, WholeOnly, "the package is taken whole: %d", m.Quantity)
	}
	group := m.More().Group != 0 && len(t.groupOf(m.More().Group)) > 1
	switch {
	case a.Least != 0 && !group:
		return t.refuseFor(m, AnswerNotFitting, "a least quantity means something only where several holders share")
	case a.Least < 0 || a.Quantity != 0 && a.Least > a.Quantity || a.Least > m.Quantity:
		return t.refuseFor(m, QuantityInvalid, "at least %d of %d", a.Least, m.Quantity)
	case a.Rest != "" && group:
		return t.refuseFor(m, AnswerNotFitting, "what the holder does not take is shared among the others")
	case a.Rest != "" && a.Rest != Decline && a.Rest != Unable:
		return t.refuseFor(m, AnswerNotFitting, "what is not taken is declined or cannot be supplied, not %q", a.Rest)
	case a.Rest == Unable && m.clause.Kind != agreement.FirstCall:
		return t.refuseFor(m, AnswerNotFitting, "only of a first call can the rest be certified unable; decline it instead")
	}
	return nil
}

// exclusiveToOther returns the exclusivity of somebody else that a holder's exercise would breach: two clauses that cannot
// both be honoured do not give the capacity away.
func (t *turn) exclusiveToOther(m *Matter) (ref agreement.Ref, holder party.ID, ok bool) {
	return t.exclusiveTo(m, m.Holder)
}

// exclusiveTo returns the exclusivity that keeps a party from what a matter covers.
func (t *turn) exclusiveTo(m *Matter, p party.ID) (ref agreement.Ref, holder party.ID, ok bool) {
	line := t.Lot(m.Lot).Line
	if t.barEngaged(line) {
		t.refresh(line) // a version that took its place since decides
	}
	for i := range t.Engagements {
		e := &t.Engagements[i]
		if e.Line == line && e.Engaged.Engaged && stageOf(e.clause) == bar && !holds(e.clause, p) && about(e.clause, p) && !t.over(e.clause) {
			return e.Engaged.Clause, e.Holder, true
		}
	}
	return ref, "", false
}

func (s *State) barEngaged(line int) bool {
	for i := range s.Engagements {
		if e := &s.Engagements[i]; e.Line == line && e.Engaged.Engaged && stageOf(e.clause) == bar {
			return true
		}
	}
	return false
}

// holds reports whether a party is a holder of a clause.
func holds(c *agreement.Clause, p party.ID) bool {
	_, ok := c.Holding(p)
	return ok
}

// take draws the consequences of a recorded answer. It is entered again when a determination was needed first.
func (t *turn) take(a Answer, answered calendar.Instant) error {
	m := t.Matter(a.Matter)
	switch a.Kind {
	case Decline, Waive:
		how := Declined
		if a.Kind == Waive {
			how = Waived
		}
		for _, id := range append(t.tied(m), m.ID) {
			if t.Matter(id).Status.Pending() { // else it fell with one that blocks the package
				t.end(id, how, "")
			}
		}
	case Unable:
		t.end(m.ID, CannotBe, "")
	case Sell:
		t.emit(&SoldInstead{Matter: m.ID, Terms: *m.Terms})
		t.end(m.ID, Sold, "")
	case Interest:
		t.negotiate(m.ID)
	default:
		return t.takeTerms(m, a, answered)
	}
	return nil
}

// takeTerms handles the answers that carry terms: an exercise, whole or in part, and a naming.
func (t *turn) takeTerms(m *Matter, a Answer, answered calendar.Instant) error {
	switch {
	case m.Status == Negotiating:
		return t.agree(m, m.More().ByGrantor, t.grantor())
	case m.clause.Kind == agreement.LastLook:
		return t.revise(m, a)
	}
	quantity, stop, err := t.howMany(m, a, answered)
	if stop || err != nil {
		return err
	}
	if t.unpriced(m, a) && a.Terms != nil {
		t.askOver(m.ID, "rate_card", "what the holder may charge", a, answered)
		return nil
	}
	terms, err := t.answerTerms(m, a, quantity)
	if err != nil {
		return err
	}
	if m.Terms == nil || a.Terms != nil { // not what was noticed, as it was noticed
		own := terms
		if err := t.meets(m, &own, quantity); err != nil {
			return err
		}
		if stop, diffs := t.matched(m, a, answered, &own, quantity); stop {
			if diffs != nil {
				t.countered(m, terms, diffs, answered)
			}
			return nil
		}
	}
	id := m.ID
	if a.Kind == Name {
		if quantity < m.Quantity {
			id = t.splitMatter(m, quantity)
		}
		t.named(id, terms)
	} else if id, err = t.takesTied(m, a, quantity, terms); err != nil {
		return err
	}
	if id != a.Matter && a.Rest != "" {
		return t.take(Answer{Matter: a.Matter, Kind: a.Rest}, answered)
	}
	return nil
}

// howMany is the quantity that an answer is for; it reports whether the answer must wait for a determination first.
func (t *turn) howMany(m *Matter, a Answer, answered calendar.Instant) (quantity int64, stop bool, err error) {
	p := &m.clause.Process
	quantity, own := a.Quantity, m.Quantity
	if m.clause.Kind == agreement.ProRata {
		own = min(own, t.entitled(m)) // a ceiling may leave less than the share
	}
	if quantity == 0 {
		quantity = own
	}
	switch {
	case quantity == 0:
		return 0, false, t.refuseFor(m, QuantityInvalid, "the share of %s in %d comes to none", m.Holder, t.Lot(m.Lot).Quantity)
	case a.Least > quantity:
		return 0, false, t.refuseFor(m, QuantityInvalid, "at least %d of %d", a.Least, quantity)
	case quantity > own && !p.Oversubscription.Given:
		t.askOver(m.ID, "oversubscription", "whether a holder may take more than its share", a, answered)
		return 0, true, nil
	case quantity > own && p.Oversubscription.Value == agreement.NoOverAllotment:
		return 0, false, t.refuseFor(m, QuantityInvalid, "%d of a share of %d", quantity, own)
	case quantity < own && !p.Partial.Given && m.clause.Kind != agreement.ProRata:
		t.askOver(m.ID, "partial", "whether the holder may take a part", a, answered)
		return 0, true, nil
	case quantity < own && p.Partial.Value == agreement.WholeOnly:
		return 0, false, t.refuseFor(m, WholeOnly, "%d of %d: the clause wants the whole", quantity, m.Quantity)
	}
	return quantity, false, nil
}

// takesTied takes what one answer takes: the matter's own quantity and, of a package that is taken whole, the other lots on what was
// noticed for them.
func (t *turn) takesTied(m *Matter, a Answer, quantity int64, terms offer.Terms) (MatterID, error) {
	for _, other := range t.tied(m) {
		x := t.Matter(other)
		theirs, err := t.answerTerms(x, Answer{Matter: other, Kind: Exercise}, x.Quantity)
		if err != nil {
			return 0, err
		}
		t.takes(other, x.Quantity, 0, theirs)
	}
	return t.takes(m.ID, quantity, least(a, quantity, &m.clause.Process), terms), nil
}

// least is the fewest that a holder takes: what it says, or all of it where the clause wants the whole or nothing.
func least(a Answer, quantity int64, p *agreement.Process) int64 {
	if p.Partial.Value == agreement.WholeOnly {
		return quantity
	}
	return a.Least
}

// unpriced reports whether the clause leaves open what a first call costs: it has no rate card, or the card does not
// price what the holder would supply. A card that is given and empty lets the holder's own price bind.
func (t *turn) unpriced(m *Matter, a Answer) bool {
	card := m.clause.Process.RateCard
	if m.clause.Kind != agreement.FirstCall && m.clause.Kind != agreement.ProRata || card.Given && len(card.Value) == 0 {
		return false
	}
	kind := t.line(t.Lot(m.Lot)).Reference()
	if a.Terms != nil {
		kind = a.Terms.Accelerator
	}
	return !slices.ContainsFunc(card.Value, func(r agreement.CardRate) bool { return r.Accelerator == kind })
}

// answerTerms are the terms of an answer: those stated, else those noticed, else those of the rate card.
func (t *turn) answerTerms(m *Matter, a Answer, quantity int64) (offer.Terms, error) {
	if a.Terms != nil {
		terms := *a.Terms
		err := t.supplies(m, &terms, quantity)
		return terms, err
	}
	line := t.line(t.Lot(m.Lot))
	if m.Terms != nil {
		terms := t.owed(m)
		n, _ := t.law.Throughput.Required(quantity, terms.Accelerator, line.Reference())
		terms.Quantity = max(terms.Quantity, min(n, terms.Quantity+1)) // what was noticed is enough as it was noticed, whatever rounding took of it
		if m.More().Award != 0 || t.Need.Sells {                       // what is taken over, or sold, stays where it is
			return terms, t.supplies(m, &terms, quantity)
		}
		t.ownPlace(m, &terms)
		if len(line.Regions) > 0 && terms.Region == "" {
			return terms, t.refuseFor(m, TermsRequired, "the need names regions; state the terms with yours")
		}
		err := t.supplies(m, &terms, quantity)
		return terms, err
	}
	for _, r := range m.clause.Process.RateCard.Value {
		if r.Accelerator == line.Reference() {
			return t.cardTerms(m, r.Rate, quantity), nil
		}
	}
	return offer.Terms{}, t.refuseFor(m, TermsRequired, "the rate card has no %s; state firm terms", line.Reference())
}

// owed are the noticed terms as the holder would take them: without a finder's fee where the clause nets it out.
func (t *turn) owed(m *Matter) offer.Terms {
	if p := &m.clause.Process.Match; slices.Contains(p.Value.Substitutions, agreement.SubstituteFees) {
		round := money.Up // against the holder, as an answer on terms of its own is held
		if t.Need.Sells {
			round = money.Down
		}
		if net, err := m.Terms.Net(round); err == nil {
			return *net
		}
	}
	return *m.Terms
}

// supplies cuts terms down to what the quantity takes, and refuses terms that supply less: the rest of a matter that
// was split is noticed on terms for the whole, and an answer may not take more than its terms give.
func (t *turn) supplies(m *Matter, terms *offer.Terms, quantity int64) error {
	n, ok := t.law.Throughput.Required(quantity, terms.Accelerator, t.line(t.Lot(m.Lot)).Reference())
	switch {
	case !ok:
		return t.refuseFor(m, QuantityInvalid, "%s is not in throughput table %s", terms.Accelerator, t.law.Throughput.Name)
	case terms.Quantity != 0 && terms.Quantity < n:
		return t.refuseFor(m, QuantityInvalid, "terms for %d %s where %d are taken", terms.Quantity, terms.Accelerator, n)
	}
	least := terms.Least
	*terms = terms.Part(n)
	terms.Least = least
	return nil
}

// cardTerms are the need's own terms at the price of the rate card.
func (t *turn) cardTerms(m *Matter, rate money.Rate, quantity int64) offer.Terms {
	line := t.line(t.Lot(m.Lot))
	terms := offer.Terms{Price: []offer.Step{{From: line.Period.From, Rate: rate}}, Accelerator: line.Reference(), Quantity: quantity,
		Period: line.Period, Interconnect: t.Need.Interconnect, ServiceLevel: t.Need.ServiceLevel}
	if len(line.Regions) > 0 {
		terms.Region = line.Regions[0]
	}
	if len(line.Residency) > 0 {
		terms.Country = line.Residency[0]
	}
	if clouds := t.cloudsOf(m); len(clouds) > 0 && !t.Need.Sells {
		terms.Cloud = clouds[0]
	}
	return terms
}

// cloudsOf are the clouds of a matter's holder, as its agreement lists them.
func (t *turn) cloudsOf(m *Matter) []capacity.Cloud {
	_, a, ok := t.law.Book.Clause(m.clause.Ref)
	if !ok {
		return nil
	}
	holder, _ := a.Party(m.Holder)
	return holder.Clouds
}

// meets checks a holder's own terms against the need's requirements. The budget is the buyer's secret and not a term
// of the right, so it does not count here; nor does what moving the data costs.
func (t *turn) meets(m *Matter, terms *offer.Terms, quantity int64) error {
	_, excluded := t.examine(m, terms, quantity)
	if excluded == nil || excluded.Code == award.CodeEgressUnknown {
		return nil
	}
	return t.refuseFor(m, TermsMissNeed, "%s: %s", excluded.Code, excluded.Reason)
}

// landed is what a holder's terms cost with the data moved there; nothing where it cannot be priced.
func (t *turn) landed(m *Matter, terms *offer.Terms) money.Amount {
	if len(t.Need.DataSets) == 0 { // the price is all there is
		if price, err := terms.Cost(terms.Quantity, t.line(t.Lot(m.Lot)).Period); err == nil {
			return price
		}
	}
	got, _ := t.examine(m, terms, m.Quantity)
	return got.Total
}

// examine holds a holder's terms alone against the line.
func (t *turn) examine(m *Matter, terms *offer.Terms, quantity int64) (award.Landed, *award.Exclusion) {
	line := t.Lot(m.Lot).Line
	return award.Examine(
		&award.Problem{Need: t.Need, Sells: t.Need.Sells, Line: line, Quantity: quantity, Providers: t.law.Book.Providers, Egress: t.egress(),
			Throughput: t.law.Throughput, Now: t.at},
		&offer.Offer{ID: "answer", Provider: m.Holder, Need: t.Need.ID, Line: line, Terms: *terms, ValidUntil: t.at + 1})
}

// ownPlace puts terms that another provider offered into the holder's cloud: it matches terms, not somebody's building.
func (t *turn) ownPlace(m *Matter, terms *offer.Terms) {
	if clouds := t.cloudsOf(m); len(clouds) > 0 && !slices.Contains(clouds, terms.Cloud) {
		terms.Cloud, terms.Region = clouds[0], ""
	}
}

// matched reports whether an answer with terms must stop: for a determination (no differences), or because the terms
// do not match what was noticed (the differences).
func (t *turn) matched(m *Matter, a Answer, answered calendar.Instant, terms *offer.Terms, quantity int64) (bool, []offer.Difference) {
	p := &m.clause.Process
	if m.Terms == nil || m.clause.Kind == agreement.FirstCall || m.clause.Kind == agreement.ProRata {
		return t.overCard(m, terms)
	}
	if !p.Match.Given {
		t.askOver(m.ID, "match", "which terms of the answer must equal the noticed ones", a, answered)
		return true, nil
	}
	noticed := m.Terms
	n, _ := t.law.Throughput.Required(quantity, noticed.Accelerator, t.line(t.Lot(m.Lot)).Reference())
	if n < noticed.Quantity { // a part answers for its part of what is stated for the whole, whatever accelerators do its work
		part := noticed.Part(n)
		noticed = &part
	}
	same, diffs := offer.Matches(t.direction(), p.Match.Value, noticed, terms)
	return !same, diffs
}

// overCard holds a first call's price against the clause's rate card.
func (t *turn) overCard(m *Matter, terms *offer.Terms) (bool, []offer.Difference) {
	for _, r := range m.clause.Process.RateCard.Value {
		if r.Accelerator != terms.Accelerator {
			continue
		}
		limit := *terms
		limit.Price = []offer.Step{{From: terms.Period.From, Rate: r.Rate}}
		order, diffs := t.compareTerms(&limit, terms, 0)
		return order != offer.Within, diffs
	}
	return false, nil
}

// countered records terms that do not match, and what the clause makes of them.
func (t *turn) countered(m *Matter, terms offer.Terms, diffs []offer.Difference, answered calendar.Instant) {
	p := &m.clause.Process
	if !p.Counter.Given {
		t.emit(&Countered{Matter: m.ID, Terms: terms, Differences: diffs})
		t.askOver(m.ID, "counter", "whether other terms spend the right", Answer{Matter: m.ID, Kind: Exercise, Terms: &terms}, answered)
		return
	}
	spent := p.Counter.Value == agreement.CounterSpends
	t.emit(&Countered{Matter: m.ID, Terms: terms, Differences: diffs, Spent: spent})
	if spent {
		t.end(m.ID, Declined, "other terms were proposed, which the clause takes as a refusal")
	}
}

// splitMatter moves the part that is taken into a lot and a matter of its own.
func (t *turn) splitMatter(m *Matter, quantity int64) MatterID {
	if stageOf(m.clause) == onEvent {
		return t.splitAward(m, quantity)
	}
	id := MatterID(len(t.Matters) + 1)
	lot := t.Lot(m.Lot)
	f := &LotSplit{From: m.Lot, To: LotID(len(t.Lots) + 1), Quantity: quantity, Matter: id}
	if m.More().Group != 0 {
		f.Of = m.ID
	}
	if lot.Pick != nil {
		// What is left of the choice must still do the work of what is left of the lot, whatever rounding takes; the
		// holder supplies its part itself.
		kind, ref := t.Tender(lot.Pick.Offer).Offer.Terms.Accelerator, t.line(lot).Reference()
		rest, _ := t.law.Throughput.Required(lot.Quantity-quantity, kind, ref)
		f.Accelerators = max(0, lot.Pick.Accelerators-rest)
	}
	t.emit(f)
	return id
}

// exercised takes the matter's whole quantity: at once, or under the condition of a consent.
func (t *turn) exercised(id MatterID, terms offer.Terms) {
	m := t.Matter(id)
	if conditional(m.clause) {
		t.awaitConsent(m, terms, 0)
		return
	}
	t.stands(id, terms)
}

// conditional reports whether an exercise under a clause needs the consent of others.
func conditional(c *agreement.Clause) bool {
	gate := c.Process.Consent
	return gate != nil && gate.Over == agreement.OverExercise
}

// takesPart splits the part of an award off that a consent lets a holder take; it wants no more of it. Another option may have
// taken of the award meanwhile, and then it takes what is left.
func (t *turn) takesPart(id MatterID, terms *offer.Terms) MatterID {
	m := t.Matter(id)
	whole, part := id, m.More().Wants > 0 && m.More().Wants < m.Quantity
	if part {
		id = t.splitAward(m, m.More().Wants)
		t.emit(&Ended{Matter: whole, Holder: t.Matter(whole).Holder, Outcome: Declined, Reason: "it took a part"})
	}
	m = t.Matter(id)
	if n, ok := t.law.Throughput.Required(m.Quantity, terms.Accelerator, t.line(t.Lot(m.Lot)).Reference()); ok {
		*terms = terms.Part(min(n, terms.Quantity))
	}
	return id
}

// stands awards what is exercised to the holder.
func (t *turn) stands(id MatterID, terms offer.Terms) {
	m := t.Matter(id)
	if stageOf(m.clause) == alongside && t.Lot(m.Lot).Status != InMarket { // somebody else has it meanwhile, or the word over it
		t.end(id, Terminated, "the lot does not stand in the market")
		return
	}
	if t.keptOut(id) {
		return
	}
	if stageOf(m.clause) == onEvent {
		id = t.takesPart(id, &terms)
		m = t.Matter(id)
	}
	rest, all := t.packed(t.Lot(m.Lot)), t.together(t.Lot(m.Lot))
	f := &Exercised{Matter: id, Terms: terms}
	t.emit(f)
	t.endBeside(m.Lot)
	if x := m.More(); stageOf(m.clause) == onEvent && t.AwardOf(x.Award).Lot == m.Lot {
		t.emit(&TakenOver{Award: x.Award, Matter: id})
		t.endCalls(x.Award, "the award was taken over")
	}
	t.emit(&Awarded{Award: AwardID(len(t.Awards) + 1), Lot: m.Lot, Provider: m.Holder, Role: party.Holder, Quantity: t.Lot(m.Lot).Quantity,
		Terms: f.Terms, Landed: t.landed(m, &f.Terms), Matter: id, Because: []agreement.Ref{m.clause.Ref}})
	t.takenFromPackage(id, rest, all)
}

// keptOut ends a matter whose holder took what an exclusivity of somebody else covers since, and reports whether it did.
func (t *turn) keptOut(id MatterID) bool {
	ref, holder, ok := t.exclusiveToOther(t.Matter(id))
	if ok {
		t.end(id, Terminated, fmt.Sprintf("what it covers is exclusive to %s under %s", holder, ref))
	}
	return ok
}

// named records the holder's terms and opens the grantor's window.
func (t *turn) named(id MatterID, terms offer.Terms) {
	m := t.Matter(id)
	by := calendar.Instant(0)
	if r := m.clause.Process.Response; r.Given {
		if at, _ := t.reach(m.clause, m.Lot, r.Value, t.at); at > t.at { // where it can be said
			by = at
		}
	}
	t.emit(&Named{Matter: id, Terms: terms, RespondBy: by})
	if !by.IsSet() {
		t.ask(id, "response", "until when the grantor may respond to the named terms", AtResponse)
	}
}

// respond is the grantor's word on the terms that a holder named.
func (t *turn) respond(r Respond) error {
	m := t.Matter(r.Matter)
	switch {
	case m == nil:
		return refuse(UnknownMatter, "no matter %s", r.Matter)
	case m.Status == Negotiating && r.Accept:
		return t.agree(m, m.More().ByHolder, m.Holder)
	case m.Status == Negotiating:
		return t.refuseFor(m, AnswerNotFitting, "a negotiation is not rejected: propose other terms, or let its time end at %s", m.More().NegotiateBy)
	case m.RespondBy.IsSet() && m.RespondBy <= t.now:
		return t.refuseFor(m, WindowClosed, "the window to respond to %s closed at %s", m.ID, m.RespondBy)
	case m.Status != StandNamed:
		return t.refuseFor(m, AlreadyAnswered, "matter %s is %s: there are no named terms to respond to", m.ID, m.Status)
	}
	if r.Accept {
		if ref, holder, ok := t.exclusiveToOther(m); ok {
			return (&Refusal{Code: Barred, Detail: fmt.Sprintf("what %s covers is exclusive to %s", m.ID, holder)}).by(ref)
		}
		t.exercised(m.ID, *m.Named)
	} else {
		t.end(m.ID, Rejected, "")
	}
	return nil
}

// mayEndLate reports whether a holder whose matter ended without releasing may still say what releases it: a waiver is
// its own at any time, and so is the certificate that it cannot supply.
func (t *turn) mayEndLate(m *Matter, k AnswerKind) bool {
	if m.Status.Pending() || m.Released || m.Status == Taken || m.Status == Terminated || m.Status == Superseded || m.More().Award != 0 {
		return false
	}
	if holds := t.Lot(m.Lot).Matter; holds != m.ID && (holds != m.More().Group || holds == 0) {
		return false // the lot went on without it
	}
	if t.Lot(m.Lot).Status == Closed {
		return false
	}
	if m.Status == Waived || k == Unable && m.Status == CannotBe {
		return false // it was said before
	}
	return k == Waive || k == Unable && m.clause.Kind == agreement.FirstCall && t.Lot(m.Lot).Status == Stuck
}

func (t *turn) endLate(m *Matter, k AnswerKind) error {
	how := Waived
	if k == Unable {
		how = CannotBe
	}
	t.emit(&Answered{Answer: Answer{Matter: m.ID, Kind: k}})
	t.end(m.ID, how, "after it was "+string(m.Status))
	return nil
}

// askOver stops a matter that an answer waits in.
func (t *turn) askOver(id MatterID, param, why string, a Answer, answered calendar.Instant) {
	t.emit(&DeterminationRequired{Matter: id, Grantor: t.grantor(), Param: param, Why: why, Resume: AtAnswer, Answer: &a, AnsweredAt: answered})
}
