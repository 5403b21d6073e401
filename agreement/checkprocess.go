package agreement

import (
	"fmt"
	"slices"
	"time"

	"firstlook/calendar"
)

// process checks the parameters of a right that is run against its holder.
func (c *checker) process(p placed) {
	c.notice(p)
	c.windows(p)
	c.match(p)
	c.unlimited(p)
	c.outcomes(p)
	c.caps(p)
	c.threshold(p)
	c.negotiation(p)
	c.takeover(p)
	c.lastLook(p)
	c.information(p)
	c.consent(p)
	c.powers(p)
	c.due(p)
	c.afterRelease(p)
	c.openTalks(p)
	c.rivals(p)
	c.ceiling(p)
}

// keyedRule is a length of time with the key under which a clause states it.
type keyedRule struct {
	key  string
	rule calendar.Rule
}

// rules lists every length of time of a clause that becomes an instant; those that are not stated are zero.
func (c *Clause) rules() []keyedRule {
	pr := &c.Process
	out := []keyedRule{{"window", pr.Window.Value}, {"negotiation", pr.Negotiation.Value}, {"response", pr.Response.Value}, {"tail", pr.Tail.Value.Length},
		{"information.extension", pr.Information.Value.Extension}, {"tail.cap_for", pr.Tail.Value.CapFor}, {"reopen_window", pr.ReopenWindow.Value},
		{"notice.lead", pr.NoticeLead}, {"notice.within", pr.NoticeWithin}}
	for _, d := range pr.Delivery.Value.Deemed {
		out = append(out, keyedRule{"notice.deemed." + string(d.Channel), d.After})
	}
	if pr.Consent != nil {
		out = append(out, keyedRule{"consent.within", pr.Consent.Within})
	}
	if pr.NonPerformance != nil {
		out = append(out, keyedRule{"non_performance.cure", pr.NonPerformance.Cure})
	}
	if c.Forfeiture != nil {
		out = append(out, keyedRule{"forfeiture.challenge", c.Forfeiture.Challenge})
	}
	return out
}

// countsDays reports whether some length of time of a clause needs a calendar.
func (c *Clause) countsDays() bool {
	return slices.ContainsFunc(c.rules(), func(r keyedRule) bool { return needsCalendar(r.rule) })
}

func needsCalendar(r calendar.Rule) bool {
	return r.Length.Unit == calendar.BusinessDays || r.Roll == calendar.RollForward || r.Roll == calendar.RollBackward
}

// windows checks each length of time, and that it can end while the clause is in force.
func (c *checker) windows(p placed) {
	for _, r := range p.clause.rules() {
		c.rule(p, p.at(r.key), r.rule)
	}
	if p.clause.countsDays() {
		c.coverage(p)
	}
	for _, key := range []string{"window", "reopen_window", "negotiation", "response"} {
		i := slices.IndexFunc(p.clause.rules(), func(r keyedRule) bool { return r.key == key })
		c.fits(p, key, p.clause.rules()[i].rule)
	}
}

func (c *checker) notice(p placed) {
	has := func(key string) bool {
		text, _ := c.f.Text(p.at("notice." + key))
		return c.f.Has(p.at("notice."+key)) && text != unspecified
	}
	if has("clock") && !has("channel") {
		c.report(p.at("notice.channel"), "the clock starts by a channel that is not named", "add channel: desk, email or courier")
	}
	if !has("clock") && (has("channel") || has("deemed")) {
		c.report(p.at("notice.clock"), "the notice says how it travels, but not what starts the clock", "add clock: sent, delivered, received, deemed or complete, or leave channel and deemed out")
	}
	if clock, _ := c.f.Text(p.at("notice.clock")); has("deemed") && has("clock") && clock != string(OnDeemed) && clock != string(OnComplete) {
		c.report(p.at("notice.deemed"), fmt.Sprintf("deemed receipt never counts while the clock is %s", clock), "use clock: deemed or complete, or remove it")
	}
	content := p.clause.Process.Content.Value
	if i := slices.Index(content, ItemPrice); i >= 0 && p.clause.Kind == LastLook {
		c.report(fmt.Sprintf("%s[%d]", p.at("notice.content"), i), "a last look is noticed without the terms of the chosen offer, so that the notice would never be complete", "remove price, or use kind: match")
	}
	if i := slices.Index(content, ItemCounterparty); i >= 0 && p.clause.Kind != "" && !slices.Contains(afterChoice, p.clause.Kind) {
		c.report(fmt.Sprintf("%s[%d]", p.at("notice.content"), i), "this right runs before any rival has made an offer, so that the notice would never be complete", "remove counterparty")
	}
}

// rule checks that a window has what its unit needs, and nothing that its unit ignores.
func (c *checker) rule(p placed, path string, r calendar.Rule) {
	if r.Length.IsZero() {
		return
	}
	if r.Length.Unit == calendar.Hours {
		for _, key := range []string{"zone", "at", "roll", "cutoff", "first_day"} {
			if c.f.Has(path + "." + key) {
				c.report(path+"."+key, fmt.Sprintf("%s end at an exact instant, to which %s means nothing", r.Length, key), "remove it, or count days")
			}
		}
		return
	}
	if r.Zone == "" {
		c.report(path+".zone", fmt.Sprintf("%s are counted in no zone", r.Length), "add zone: America/Los_Angeles or another IANA name; a day ends at another instant in each zone")
	}
	if !c.f.Has(path+".at") && (c.only == "" || c.f.Has(path)) {
		c.report(path+".at", fmt.Sprintf("%s close at no time of day", r.Length), "add at: end_of_day, or a time such as 17:00")
	}
	if c.f.Has(path+".cutoff") && (r.Cutoff == 0 || r.Cutoff == calendar.EndOfDay) && !c.f.Broken(path+".cutoff") {
		c.report(path+".cutoff", fmt.Sprintf("a cutoff at %s divides no day", r.Cutoff), "name a time within the day, such as 12:00, or remove it")
	}
	if r.BeforeStart && r.Cutoff != 0 {
		hint := "remove cutoff"
		if c.f.Has(path + ".before_start") {
			hint += " or before_start"
		}
		c.report(path+".cutoff", "a window that is counted back from the start of the period has no start that a cutoff could move", hint)
	}
	if needsCalendar(r) && p.clause.Process.Calendar == "" {
		why := fmt.Sprintf("%s need a calendar", r.Length)
		if r.Length.Unit != calendar.BusinessDays {
			why = fmt.Sprintf("roll: %s needs a calendar", r.Roll)
		}
		at := p.at("calendar")
		if c.only != "" {
			at = path // the calendar itself is not what is determined
		}
		c.report(at, why, "add calendar: with the name of one under calendars")
	}
}

// coverage finds a calendar whose versions do not reach as far as the clause.
func (c *checker) coverage(p placed) {
	name := p.clause.Process.Calendar
	if c.a == nil {
		return
	}
	cal, ok := c.a.Calendar(name)
	if !ok || len(c.a.uncovered(name, p.clause.Effective)) == 0 {
		return
	}
	c.findings = append(c.findings, c.f.Finding(p.at("calendar"),
		fmt.Sprintf("calendar %s lists holidays for %s, the clause runs %s", cal.Name, c.a.listedDays(name), p.clause.Effective),
		"a deadline outside those days stops until the calendar has a version that reaches it"))
}

// fits reports a window that cannot close while the clause is in force, however it is counted.
func (c *checker) fits(p placed, key string, r calendar.Rule) {
	span, l := p.clause.Effective, r.Length
	if l.IsZero() || r.BeforeStart || !span.From.IsSet() || !span.Until.IsSet() || span.Until <= span.From {
		return
	}
	hours := map[calendar.Unit]int64{calendar.Hours: 1, calendar.Days: 24, calendar.BusinessDays: 24, calendar.Weeks: 168, calendar.Months: 28 * 24}
	if int64(l.N)*hours[l.Unit] > span.Seconds()/3600 {
		c.report(p.at(key), fmt.Sprintf("a window of %s is longer than the clause is in force (%s)", l, span), "shorten it, or check the dates of the clause")
	}
}

func (c *checker) match(p placed) {
	m := p.clause.Process.Match.Value
	switch {
	case m.Rule == IdenticalPrincipal && len(m.Principal) == 0:
		c.report(p.at("match.principal"), "identical_on_principal_terms lists no terms", "add principal: [price, quantity, start, duration] or what the text names")
	case m.Rule != "" && m.Rule != IdenticalPrincipal && len(m.Principal) > 0:
		c.report(p.at("match.principal"), fmt.Sprintf("rule %s compares all terms", m.Rule), "remove principal, or use identical_on_principal_terms")
	case m.Rule != NotMaterially && len(m.Tolerances) > 0:
		c.report(p.at("match.tolerances"), fmt.Sprintf("rule %s knows no tolerance", m.Rule), "remove tolerances, or use not_materially_varying")
	case m.Rule == NotMaterially && len(m.Tolerances) == 0:
		c.report(p.at("match.tolerances"), "not_materially_varying says nowhere what is material", "add tolerances: {price: \"2\"}, or leave match out so that a person determines it")
	case m.Rule != PresentValue && (m.Discount != 0 || !m.TermCap.IsZero()):
		c.report(p.at("match.rule"), fmt.Sprintf("rule %s compares no present values", m.Rule), "remove discount and term_cap, or use npv_equivalent")
	case m.Rule == PresentValue && !c.f.Has(p.at("match.discount")):
		c.report(p.at("match.discount"), "npv_equivalent needs the rate at which payments are discounted", "add discount: \"8\", or leave match out so that a person determines it")
	}
	for i, s := range m.Substitutions {
		dimension := map[Substitution]Dimension{SubstituteCash: DimNonCash, SubstituteFees: DimPrice}[s]
		if m.Rule == IdenticalPrincipal && len(m.Principal) > 0 && dimension != "" && !slices.Contains(m.Principal, dimension) {
			c.report(fmt.Sprintf("%s[%d]", p.at("match.substitutions"), i), fmt.Sprintf("%s takes the place of %s, which is not among the principal terms", s, dimension), fmt.Sprintf("add %s to principal, or remove it", dimension))
		}
	}
}

// unlimited checks a tail that never ends by time.
func (c *checker) unlimited(p placed) {
	if text, _ := c.f.Text(p.at("tail.length")); text != "unlimited" {
		return
	}
	for _, key := range []string{"zone", "at", "roll"} {
		if c.f.Has(p.at("tail." + key)) {
			c.report(p.at("tail."+key), "an unlimited tail has no last day", "remove "+key)
		}
	}
	if i := slices.Index(p.clause.Process.Reopen.Value, OnTailOver); i >= 0 {
		c.report(fmt.Sprintf("%s[%d]", p.at("reopen"), i), "an unlimited tail is never over", "remove tail_over, or give the tail a length")
	}
}

// namesTerms is the remedy for what only a first offer on the holder's terms has.
const namesTerms = "that needs kind: first_offer with form: holders_terms"

// outcomes checks that what releases, or gives a new matter, can come about in a clause of this kind.
func (c *checker) outcomes(p placed) {
	cl, pr := p.clause, &p.clause.Process
	if cl.Kind == "" {
		return
	}
	never := map[Outcome][2]string{}
	if !named(cl) {
		never[OnRejected] = [2]string{"in this clause there are no terms of the holder to reject", namesTerms}
	}
	if cl.Kind != FirstNegotiation {
		never[OnFailed] = [2]string{"in this clause there is no negotiation that could fail", "that needs kind: first_negotiation"}
	}
	if cl.Kind != LastLook {
		never[OnOutbid] = [2]string{"in this clause the holder is not held against an offer that could outbid it", "that needs kind: last_look"}
	}
	if pr.Consent == nil || pr.Consent.Over != OverExercise {
		never[OnConditionFailed] = [2]string{"no exercise under this clause waits for a consent", "add consent with over: exercise, or remove it"}
	}
	if cl.Kind == FirstNegotiation && pr.FromNotice && !c.f.Has(p.at("window")) && !waits(cl) {
		never[OnLapsed] = [2]string{"the negotiation begins with the notice, so that no window passes unanswered", "use failed, add a window, or use negotiation_from: interest"}
	}
	for key, outcomes := range map[string][]Outcome{"release_on": pr.ReleaseOn.Value, "release_open": pr.ReleaseOpen} {
		for i, o := range outcomes {
			if why, is := never[o]; is {
				c.report(fmt.Sprintf("%s[%d]", p.at(key), i), why[0], why[1])
			}
		}
	}
	if i := slices.Index(pr.Reopen.Value, OnNonPerformance); i >= 0 && pr.NonPerformance == nil {
		c.report(fmt.Sprintf("%s[%d]", p.at("reopen"), i), "the clause does not say what becomes of an award that is not performed", "add non_performance: {cure: 240 hours, then: reopen}, or remove it")
	}
	if named(cl) || cl.Kind != FirstOffer || !pr.Form.Given {
		return
	}
	for _, key := range []string{"response", "response_silence"} {
		if c.f.Has(p.at(key)) {
			c.report(p.at(key), "in this clause there are no terms of the holder to respond to", namesTerms)
		}
	}
}

// caps checks that the terms from which a tail's cap is taken exist in a clause of this kind.
func (c *checker) caps(p placed) {
	cl := p.clause
	if cl.Kind == "" || !cl.Process.Tail.Given {
		return
	}
	path := p.at("tail.cap")
	switch source := cl.Process.Tail.Value.Cap; {
	case source == CapNamed && !named(cl) && cl.Kind != LastLook:
		c.report(path, "the cap is what the holder named, but in this clause the holder names nothing", namesTerms)
	case source == CapGrantorProposed && cl.Kind != FirstNegotiation:
		c.report(path, "the cap is what the grantor proposed last, but in this clause nothing is negotiated", "that needs kind: first_negotiation; what the holder proposed last in a negotiation before is proposed_by_holder")
	case source == CapHolderProposed && cl.Kind != FirstNegotiation && c.a != nil && !c.negotiates(cl):
		c.findings = append(c.findings, c.f.Finding(path, "the cap is what the holder proposed last in a negotiation, but no clause of this agreement gives a holder of this one a negotiation",
			"add a first_negotiation, or see that another agreement has it; where nothing was proposed, the tail is asked for"))
	case source == CapNoticed && cl.Kind == FirstNegotiation:
		c.report(path, "the cap is what was noticed, but the notice of a first negotiation carries no terms", "use proposed_by_holder, proposed_by_grantor or none")
	case source == CapNoticed && cl.Kind == LastLook:
		c.report(path, "the cap is what was noticed, but the notice of a last look carries no terms", "use named or none")
	}
}

func (c *checker) threshold(p placed) {
	t := p.clause.Threshold
	if t.Open {
		return
	}
	bounded := t.Quantity > 0 || t.Amount.Currency() != ""
	switch {
	case t.AggregateDays > 0 && !bounded && !c.f.Has(p.at("threshold.quantity")) && !c.f.Has(p.at("threshold.amount")):
		c.report(p.at("threshold.quantity"), "the key is missing", "aggregation needs a quantity or an amount to reach")
	case c.f.Has(p.at("threshold")) && !bounded && t.TermDays == 0 && t.AggregateDays == 0 && !c.f.Broken(p.at("threshold")) && !c.f.Broken(p.at("threshold.quantity")) &&
		!c.f.Broken(p.at("threshold.term_days")) && !c.f.Broken(p.at("threshold.amount")):
		c.report(p.at("threshold"), "the threshold has no bound", "add quantity, term_days or amount, or remove it")
	}
}

const dayLength = 24 * time.Hour // the last day of a calendar counts whole
