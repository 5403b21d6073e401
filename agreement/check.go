package agreement

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"firstlook/calendar"
	"firstlook/internal/strict"
	"firstlook/party"
)

// checker holds what a file says against itself: references, spans, and what each kind of clause may state.
type checker struct {
	f        *strict.File
	a        *Agreement
	findings strict.Problems
	// only is the parameter that is checked where a person determines it: the file then has nothing else, and a is nil. Empty
	// where a whole agreement is checked.
	only string
}

// report adds a problem, unless it is about something else than what is checked.
func (c *checker) report(path, message, hint string) {
	if rest, ok := strings.CutPrefix(path, c.only); c.only != "" && (!ok || rest != "" && rest[0] != '.' && rest[0] != '[') {
		return
	}
	c.f.Report(path, message, hint)
}

// at is the path of a key of the clause.
func (p placed) at(key string) string {
	if p.path == "" {
		return key
	}
	return p.path + "." + key
}

// terms checks what stands around the clauses.
func (c *checker) terms() {
	a := c.a
	once(c, "parties", "id", a.Parties, func(p Party) string { return string(p.ID) })
	once(c, "calendars", "version", a.Calendars, func(cal calendar.Calendar) string {
		if cal.Name == "" || cal.Version == "" {
			return ""
		}
		return cal.Name + " version " + cal.Version
	})
	once(c, "triggers", "id", a.Triggers, func(t Trigger) string { return string(t.ID) })
	once(c, "clauses", "id", a.Clauses, func(cl Clause) string { return string(cl.Ref.Clause) })
	once(c, "amendments", "id", a.Amendments, func(am Amendment) string { return am.ID })
	c.party("grantor", a.Grantor, "the grantor")
	for i := range a.Calendars {
		c.calendar(fmt.Sprintf("calendars[%d]", i), &a.Calendars[i])
	}
	for i, t := range a.Triggers {
		for j, by := range t.CertifiedBy {
			c.party(fmt.Sprintf("triggers[%d].certified_by[%d]", i, j), by, "a certifier")
		}
	}
	c.amendments()
}

// once reports ids that stand twice in a list.
func once[T any](c *checker, list, key string, items []T, id func(T) string) {
	first := map[string]int{}
	for i, item := range items {
		name := id(item)
		if j, ok := first[name]; ok && name != "" {
			c.f.Report(fmt.Sprintf("%s[%d].%s", list, i, key), fmt.Sprintf("%s %s stands twice", singular(list), name),
				fmt.Sprintf("the first is %s[%d]; rename one", list, j))
			continue
		}
		first[name] = i
	}
}

// singular names one entry of a list by the list's path.
func singular(list string) string {
	list = list[strings.LastIndexByte(list, '.')+1:]
	if list == "parties" {
		return "party"
	}
	return strings.TrimSuffix(list, "s")
}

func (c *checker) party(path string, id party.ID, as string) {
	if c.a == nil || id == "" || c.unread("parties", "id") {
		return
	}
	if _, ok := c.a.Party(id); ok {
		return
	}
	c.f.Report(path, fmt.Sprintf("%s is %s, but no party has that id", id, as), unknown(string(id), c.names("parties"), "add it to parties"))
}

// unread reports whether some name in a list could not be read, so that references to it cannot be judged.
func (c *checker) unread(list, key string) bool {
	for i, name := range c.names(list) {
		if name == "" && c.f.Broken(fmt.Sprintf("%s[%d].%s", list, i, key)) {
			return true
		}
	}
	return c.f.Broken(list)
}

// names returns the names that a list gives to its entries; empty where one could not be read.
func (c *checker) names(list string) []string {
	var out []string
	switch list {
	case "parties":
		for _, p := range c.a.Parties {
			out = append(out, string(p.ID))
		}
	case "triggers":
		for _, t := range c.a.Triggers {
			out = append(out, string(t.ID))
		}
	case "calendars":
		for _, cal := range c.a.Calendars {
			out = append(out, cal.Name)
		}
	}
	return out
}

// unknown is the hint for a reference that leads nowhere.
func unknown(word string, known []string, otherwise string) string {
	near := strict.Suggest(word, known)
	switch {
	case near != "" && otherwise != "":
		return fmt.Sprintf("did you mean %s? If not, %s", near, otherwise)
	case near != "":
		return fmt.Sprintf("did you mean %s?", near)
	case otherwise != "":
		return otherwise
	case len(known) == 0:
		return "there is none"
	}
	return "known: " + strict.Words(known)
}

func (c *checker) calendar(path string, cal *calendar.Calendar) {
	unset := calendar.Date{}
	if cal.From != unset && cal.Until != unset && compareDates(cal.Until, cal.From) < 0 {
		c.f.Report(path+".until", fmt.Sprintf("the calendar ends on %s, before it begins on %s", cal.Until, cal.From), "swap the two")
		return
	}
	if len(cal.Weekend) == 7 {
		c.f.Report(path+".weekend", "every day of the week is weekend", "name the days that are not business days")
	}
	for i, h := range cal.Holidays {
		if h != unset && cal.From != unset && cal.Until != unset && (compareDates(h, cal.From) < 0 || compareDates(h, cal.Until) > 0) {
			c.f.Report(fmt.Sprintf("%s.holidays[%d]", path, i), fmt.Sprintf("%s lies outside the calendar's days, %s to %s", h, cal.From, cal.Until),
				"widen from and until, or remove the day")
		}
	}
	slices.SortFunc(cal.Holidays, compareDates)
}

// amendments checks when amendments take effect; what they change is the business of versions.
func (c *checker) amendments() {
	begin := c.begin()
	order := c.order()
	for n, i := range order {
		am := &c.a.Amendments[i]
		path := fmt.Sprintf("amendments[%d].effective", i)
		if !am.Effective.IsSet() {
			continue
		}
		if begin.IsSet() && am.Effective <= begin {
			c.f.Report(path, fmt.Sprintf("takes effect on %s, but the original text begins on %s", day(am.Effective), day(begin)), "an amendment comes after what it amends")
		}
		if n > 0 && c.a.Amendments[order[n-1]].Effective == am.Effective {
			c.f.Report(path, fmt.Sprintf("amendments %s and %s take effect at one instant, %s", c.a.Amendments[order[n-1]].ID, am.ID, day(am.Effective)),
				"merge them, or give one a later time")
		}
		if len(am.Clauses) == 0 && len(am.Ends) == 0 && !c.f.Has(fmt.Sprintf("amendments[%d].clauses", i)) && !c.f.Has(fmt.Sprintf("amendments[%d].ends", i)) {
			c.f.Report(fmt.Sprintf("amendments[%d]", i), "the amendment changes nothing", "give it clauses or ends")
		}
		once(c, fmt.Sprintf("amendments[%d].clauses", i), "id", am.Clauses, func(cl Clause) string { return string(cl.Ref.Clause) })
	}
}

// begin returns when the original text begins: the earliest stated beginning of its clauses.
func (c *checker) begin() calendar.Instant {
	var first calendar.Instant
	for _, cl := range c.a.Clauses {
		if from := cl.Effective.From; from.IsSet() {
			first = first.Earlier(from)
		}
	}
	return first
}

// clauses resolves versions and checks each clause; the agreement then holds every version.
func (c *checker) clauses() {
	all := c.versions(c.stated())
	known := map[ClauseID]bool{}
	for _, p := range all {
		known[p.clause.Ref.Clause] = true
	}
	resolved := make([]Clause, 0, len(all))
	for _, p := range all {
		c.keys(p)
		c.references(p, known)
		c.holders(p)
		c.events(p)
		c.process(p)
		c.limits(p, all)
		c.money(p)
		c.assumed(p)
	}
	for _, p := range all {
		p.clause.settle()
		resolved = append(resolved, *p.clause)
	}
	c.a.Clauses = resolved
}

// settle puts the holders of a clause in order, and writes one who stands alone as the holder; a share must stand in the list.
func (c *Clause) settle() {
	slices.SortStableFunc(c.Holders, func(x, y Holding) int { return cmp.Compare(x.Rank, y.Rank) })
	if len(c.Holders) == 1 && c.Kind != ProRata {
		c.Holder, c.Holders = c.Holders[0].Holder, nil
	}
}

// keys holds the keys of a clause against the table of its kind.
func (c *checker) keys(p placed) {
	kind := p.clause.Kind
	if kind == "" {
		return
	}
	for _, k := range clauseKeys {
		path := p.path + "." + k.Key()
		if c.f.Has(path) && !k.has(kind) {
			c.f.Report(path, fmt.Sprintf("a clause of kind %s has no %s", kind, k.Key()), fmt.Sprintf("only %s has; remove it or change the kind", strict.Words(texts(k.kinds))))
		}
		if slices.Contains(k.required, kind) && !c.f.Has(path) {
			doc, _, _ := strings.Cut(k.Doc(), ". ")
			c.f.Report(path, "the key is missing", fmt.Sprintf("a clause of kind %s needs it: %s", kind, strings.ToLower(doc[:1])+strings.TrimSuffix(doc[1:], ".")))
		}
	}
}

func texts[T ~string](words []T) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return out
}

// references checks the names that a clause uses.
func (c *checker) references(p placed, known map[ClauseID]bool) {
	cl := p.clause
	c.party(p.path+".holder", cl.Holder, "the holder")
	if cl.Holder != "" && cl.Holder == c.a.Grantor && slices.Contains(rights, cl.Kind) {
		c.f.Report(p.path+".holder", fmt.Sprintf("%s is the grantor and cannot hold a right against itself", cl.Holder), "name the party that has the right")
	}
	for key, ids := range cl.events() {
		c.triggers(p.path+"."+key, ids)
	}
	if name := cl.Process.Calendar; name != "" && !c.unread("calendars", "name") {
		if _, ok := c.a.Calendar(name); !ok {
			c.f.Report(p.path+".calendar", fmt.Sprintf("calendar %s is not known", name), unknown(name, c.names("calendars"), "add it to calendars"))
		}
	}
	for i, id := range cl.Disapplies {
		path := fmt.Sprintf("%s.disapplies[%d]", p.path, i)
		switch {
		case id == "":
		case id == cl.Ref.Clause:
			c.f.Report(path, "the clause disapplies itself", "name the clause that it sets aside")
		case !known[id]:
			var names []string
			for other := range known {
				names = append(names, string(other))
			}
			slices.Sort(names)
			c.f.Report(path, fmt.Sprintf("disapplies clause %s, which is not known", id), unknown(string(id), names, ""))
		}
	}
}

// events lists the events that a clause waits for, by the key that names them.
func (c *Clause) events() map[string][]TriggerID {
	out := map[string][]TriggerID{"triggers": c.Triggers, "conditions": c.Conditions, "opens_on": c.Process.Opens}
	if c.Forfeiture != nil {
		out["forfeiture.triggers"] = c.Forfeiture.Triggers
	}
	return out
}

func (c *checker) triggers(path string, ids []TriggerID) {
	known := c.names("triggers")
	for i, id := range ids {
		if id != "" && !slices.Contains(known, string(id)) && !c.unread("triggers", "id") {
			c.f.Report(fmt.Sprintf("%s[%d]", path, i), fmt.Sprintf("trigger %s is not known", id), unknown(string(id), known, "add it to triggers"))
		}
	}
}

// money checks the terms of commitments and shares.
func (c *checker) money(p placed) {
	m := p.clause.Money
	if a, b := m.Amount.Currency(), m.Cap.Currency(); a != "" && b != "" && a != b {
		c.f.Report(p.path+".cap", fmt.Sprintf("the cap is in %s, the amount in %s", b, a), "use one currency")
	}
}

// assumed checks that every assumption marks a value that the clause gives.
func (c *checker) assumed(p placed) {
	for _, as := range p.clause.Assumed {
		path := strict.Path(p.path+".assumed", as.Param)
		text, _ := c.f.Text(p.path + "." + as.Param)
		switch {
		case !c.f.Has(p.path + "." + as.Param):
			c.f.Report(path, fmt.Sprintf("assumes %s, which the clause does not give", as.Param), "name the path of a value within the clause, such as window or tail.length")
		case text == unspecified:
			c.f.Report(path, fmt.Sprintf("assumes %s, which the clause leaves unspecified", as.Param), "give the value that is assumed, or remove the assumption")
		}
	}
}
