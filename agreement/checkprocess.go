package agreement

import (
	"fmt"
	"slices"
	"time"

	"firstlook/calendar"
)

// process checks the parameters of a right that is run against its holder.
func (c *checker) process(p placed) {
	cl, pr := p.clause, &p.clause.Process
	c.notice(p)
	rules := []struct {
		key  string
		rule calendar.Rule
	}{{"window", pr.Window.Value}, {"response", pr.Response.Value}, {"tail", pr.Tail.Value.Length}}
	for _, d := range pr.Delivery.Value.Deemed {
		rules = append(rules, struct {
			key  string
			rule calendar.Rule
		}{"notice.deemed." + string(d.Channel), d.After})
	}
	business := false
	for _, r := range rules {
		c.rule(p, p.path+"."+r.key, r.rule)
		business = business || needsCalendar(r.rule)
	}
	if business {
		c.coverage(p)
	}
	c.fits(p, "window", pr.Window.Value.Length)
	c.fits(p, "response", pr.Response.Value.Length)
	c.match(p)
	c.unlimited(p)
	c.named(p)
	if cl.Threshold.AggregateDays > 0 && cl.Threshold.Quantity == 0 {
		c.f.Report(p.path+".threshold.quantity", "the key is missing", "aggregation needs a quantity to reach")
	}
}

func (c *checker) notice(p placed) {
	has := func(key string) bool {
		text, _ := c.f.Text(p.path + ".notice." + key)
		return c.f.Has(p.path+".notice."+key) && text != unspecified
	}
	if has("clock") && !has("channel") {
		c.f.Report(p.path+".notice.channel", "the clock starts by a channel that is not named", "add channel: desk, email or courier")
	}
	if !has("clock") && (has("channel") || has("deemed")) {
		c.f.Report(p.path+".notice.clock", "the notice says how it travels, but not what starts the clock", "add clock: sent, received or deemed, or leave channel and deemed out")
	}
	if clock, _ := c.f.Text(p.path + ".notice.clock"); has("deemed") && has("clock") && clock != string(OnDeemed) {
		c.f.Report(p.path+".notice.deemed", fmt.Sprintf("deemed receipt never counts while the clock is %s", clock), "use clock: deemed, or remove it")
	}
}

func needsCalendar(r calendar.Rule) bool {
	return r.Length.Unit == calendar.BusinessDays || r.Roll == calendar.RollForward || r.Roll == calendar.RollBackward
}

// rule checks that a window has what its unit needs, and nothing that its unit ignores.
func (c *checker) rule(p placed, path string, r calendar.Rule) {
	if r.Length.IsZero() {
		return
	}
	if r.Length.Unit == calendar.Hours {
		for _, key := range []string{"zone", "at", "roll"} {
			if c.f.Has(path + "." + key) {
				c.f.Report(path+"."+key, fmt.Sprintf("%s end at an exact instant, to which %s means nothing", r.Length, key), "remove it, or count days")
			}
		}
		return
	}
	if r.Zone == "" {
		c.f.Report(path+".zone", fmt.Sprintf("%s are counted in no zone", r.Length), "add zone: America/Los_Angeles or another IANA name; a day ends at another instant in each zone")
	}
	if !c.f.Has(path + ".at") {
		c.f.Report(path+".at", fmt.Sprintf("%s close at no time of day", r.Length), "add at: end_of_day, or a time such as 17:00")
	}
	if needsCalendar(r) && p.clause.Process.Calendar == "" {
		why := fmt.Sprintf("%s need a calendar", r.Length)
		if r.Length.Unit != calendar.BusinessDays {
			why = fmt.Sprintf("roll: %s needs a calendar", r.Roll)
		}
		c.f.Report(p.path+".calendar", why, "add calendar: with the name of one under calendars")
	}
}

// coverage finds a calendar whose holidays do not reach as far as the clause.
func (c *checker) coverage(p placed) {
	cal, ok := c.a.Calendar(p.clause.Process.Calendar)
	if !ok {
		return
	}
	from, fromErr := calendar.Parse(cal.From.String())
	until, untilErr := calendar.Parse(cal.Until.String())
	if fromErr != nil || untilErr != nil {
		return
	}
	span := p.clause.Effective
	late := !span.Until.IsSet() || span.Until > until.Add(dayLength)
	early := span.From.IsSet() && span.From < from
	if late || early {
		c.findings = append(c.findings, c.f.Finding(p.path+".calendar",
			fmt.Sprintf("calendar %s lists holidays for %s to %s, the clause runs %s", cal.Name, cal.From, cal.Until, span),
			"a deadline outside those days stops until the calendar has a version that reaches it"))
	}
}

// fits reports a window that cannot close while the clause is in force, however it is counted.
func (c *checker) fits(p placed, key string, l calendar.Length) {
	span := p.clause.Effective
	if l.IsZero() || !span.From.IsSet() || !span.Until.IsSet() || span.Until <= span.From {
		return
	}
	hours := map[calendar.Unit]int64{calendar.Hours: 1, calendar.Days: 24, calendar.BusinessDays: 24, calendar.Weeks: 168, calendar.Months: 28 * 24}
	if int64(l.N)*hours[l.Unit] > span.Seconds()/3600 {
		c.f.Report(p.path+"."+key, fmt.Sprintf("a window of %s is longer than the clause is in force (%s)", l, span), "shorten it, or check the dates of the clause")
	}
}

func (c *checker) match(p placed) {
	m := p.clause.Process.Match.Value
	switch {
	case m.Rule == IdenticalPrincipal && len(m.Principal) == 0:
		c.f.Report(p.path+".match.principal", "identical_on_principal_terms lists no terms", "add principal: [price, quantity, start, duration] or what the text names")
	case m.Rule != "" && m.Rule != IdenticalPrincipal && len(m.Principal) > 0:
		c.f.Report(p.path+".match.principal", fmt.Sprintf("rule %s compares all terms", m.Rule), "remove principal, or use identical_on_principal_terms")
	case m.Rule != NotMaterially && len(m.Tolerances) > 0:
		c.f.Report(p.path+".match.tolerances", fmt.Sprintf("rule %s knows no tolerance", m.Rule), "remove tolerances, or use not_materially_varying")
	case m.Rule == NotMaterially && len(m.Tolerances) == 0:
		c.f.Report(p.path+".match.tolerances", "not_materially_varying says nowhere what is material", "add tolerances: {price: \"2\"}, or leave match out so that a person determines it")
	case m.Rule != PresentValue && (m.Discount != 0 || !m.TermCap.IsZero()):
		c.f.Report(p.path+".match.rule", fmt.Sprintf("rule %s compares no present values", m.Rule), "remove discount and term_cap, or use npv_equivalent")
	case m.Rule == PresentValue && !c.f.Has(p.path+".match.discount"):
		c.f.Report(p.path+".match.discount", "npv_equivalent needs the rate at which payments are discounted", "add discount: \"8\", or leave match out so that a person determines it")
	}
}

// unlimited checks a tail that never ends by time.
func (c *checker) unlimited(p placed) {
	if text, _ := c.f.Text(p.path + ".tail.length"); text != "unlimited" {
		return
	}
	for _, key := range []string{"zone", "at", "roll"} {
		if c.f.Has(p.path + ".tail." + key) {
			c.f.Report(p.path+".tail."+key, "an unlimited tail has no last day", "remove "+key)
		}
	}
	if i := slices.Index(p.clause.Process.Reopen.Value, OnTailOver); i >= 0 {
		c.f.Report(fmt.Sprintf("%s.reopen[%d]", p.path, i), "an unlimited tail is never over", "remove tail_over, or give the tail a length")
	}
}

// named checks what only a first offer on the holder's terms has: terms that the holder named.
func (c *checker) named(p placed) {
	cl := p.clause
	if cl.Kind == "" || cl.Kind == FirstOffer && cl.Process.Form.Value == HoldersTerms {
		return
	}
	const hint = "that needs kind: first_offer with form: holders_terms"
	if cl.Process.Tail.Value.Cap == CapNamed {
		c.f.Report(p.path+".tail.cap", "the cap is what the holder named, but in this clause the holder names nothing", hint)
	}
	if i := slices.Index(cl.Process.ReleaseOn.Value, OnRejected); i >= 0 {
		c.f.Report(fmt.Sprintf("%s.release_on[%d]", p.path, i), "in this clause there are no terms of the holder to reject", hint)
	}
	if cl.Kind == FirstOffer && cl.Process.Form.Given {
		for _, key := range []string{"response", "response_silence"} {
			if c.f.Has(p.path + "." + key) {
				c.f.Report(p.path+"."+key, "in this clause there are no terms of the holder to respond to", hint)
			}
		}
	}
}

const dayLength = 24 * time.Hour // the last day of a calendar counts whole
