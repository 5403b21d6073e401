package agreement

import (
	"fmt"
	"slices"
	"strings"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
)

// duty says who must do what.
func (w *wording) duty() {
	g, h := w.grantor(), w.parties()
	switch w.c.Kind {
	case Exclusive:
		text := fmt.Sprintf("%s uses no provider other than %s for what is in scope.", g, or(w.holderNames()))
		switch against := w.names(w.c.Process.Against); {
		case len(against) > 0 && w.a.Direction == Sells:
			text = fmt.Sprintf("%s does not sell what is in scope to %s, and may sell it to %s and to anybody else.", g, or(against), or(w.holderNames()))
		case len(against) > 0:
			text = fmt.Sprintf("%s does not use %s for what is in scope, and may use %s and anybody else.", g, or(against), or(w.holderNames()))
		case w.a.Direction == Sells:
			text = fmt.Sprintf("%s sells what is in scope to nobody other than %s.", g, or(w.holderNames()))
		}
		w.say("duty", text, "holder", "holders", "against")
	case FirstCall:
		text := fmt.Sprintf("%s presents each need in scope to %s before it asks anybody else; %s supplies it, declines, or certifies that it cannot.", g, h, h)
		if w.a.Direction == Sells {
			text = fmt.Sprintf("%s presents what is in scope to %s before it asks anybody else; %s takes it, declines, or certifies that it cannot.", g, h, h)
		}
		w.say("duty", text, "holder", "holders")
	case FirstOffer:
		w.firstOffer(g, h)
	case FirstNegotiation:
		w.firstNegotiation(g, h)
	case ProRata:
		w.proRata(g)
	case Match, LastLook, NoLessFavourable:
		w.overChoice(g, h)
	case StepIn, CallOption:
		w.overAward(g, h)
	case Approval:
		w.say("duty", fmt.Sprintf("What is in scope is approved: %s not apply to it.", clausesDo(w.c.Disapplies)), "disapplies")
	case Licence:
		if w.c.Holder != "" {
			w.say("duty", fmt.Sprintf("%s grants %s the licence described above; it decides nothing about capacity.", g, h), "holder", "effective")
		}
	}
	w.together()
	w.rateCard(g, w.holder())
}

// rival is what the grantor's other counterparties are.
func (w *wording) rival() string {
	if w.a.Direction == Sells {
		return "buyer"
	}
	return "provider"
}

// subject is what a right is about.
func (w *wording) subject() string {
	if w.a.Direction == Sells {
		return "what is in scope"
	}
	return "each need in scope"
}

func (w *wording) firstOffer(g, h string) {
	switch w.c.Process.Form.Value {
	case GrantorsTerms:
		w.say("duty", fmt.Sprintf("%s offers %s to %s on its own terms before it asks anybody else; %s accepts or declines.", g, w.subject(), h, h), "holder", "holders", "form")
	case HoldersTerms:
		w.say("duty", fmt.Sprintf("%s invites %s to name terms for %s before it asks anybody else, and then accepts or rejects them.", g, h, w.subject()), "holder", "holders", "form")
	default:
		w.say("duty", fmt.Sprintf("%s makes or invites a first offer with %s for %s before it asks anybody else.", g, h, w.subject()), "holder", "holders")
	}
}

func (w *wording) firstNegotiation(g, h string) {
	open := w.c.Process.Shop == MayShop
	if open {
		w.say("duty", fmt.Sprintf("%s negotiates %s in good faith with %s, and may ask others meanwhile. The negotiation ends, without a release, once an offer is chosen for the capacity or it is awarded.", g, w.subject(), h), "holder", "holders", "shop")
	} else {
		w.say("duty", fmt.Sprintf("%s negotiates %s in good faith with %s alone before it asks anybody else.", g, w.subject(), h), "holder", "holders", "shop")
	}
	from := "The negotiation begins when " + h + " shows interest within the window"
	switch n := w.c.Process; {
	case n.FromNotice && waits(w.c):
		from = "The negotiation begins when " + h + " shows interest within the window, and its time is counted from the receipt of the notice"
	case n.FromNotice:
		from = "The negotiation begins with the notice, without an answer of " + h
	}
	w.say("negotiation", from+". Either side may then propose terms, and the other may accept what was proposed last; nothing else ends it before its time but that "+h+" declines or waives.", "negotiation_from")
	if n := w.c.Process.Negotiation; n.Given {
		w.say("negotiation", fmt.Sprintf("They negotiate %s; without an agreement by then the negotiation has failed.", w.lasting(n.Value)), "negotiation", "calendar")
	}
	if w.c.Process.Unsolicited {
		w.say("unsolicited offers", fmt.Sprintf("While they negotiate, an offer that nobody asked for may come in: %s is told its terms and its maker at once, and it may be chosen once the right is released.", h), "unsolicited")
	}
}

func (w *wording) proRata(g string) {
	shares := make([]string, len(w.c.Holders))
	for i, h := range w.c.Holders {
		shares[i] = fmt.Sprintf("%s %s", w.name(h.Holder), h.Share)
		if h.Open {
			shares[i] = w.name(h.Holder) + " a share that is not stated"
		}
	}
	w.say("duty", fmt.Sprintf("%s offers a share of %s before it asks anybody else: %s, each rounded down to whole accelerators.", g, w.subject(), and(shares)), "holders")
	if len(w.c.Holders) < 2 || !w.c.Process.Oversubscription.Given || w.c.Process.Allocation.Value == ProRataCapped {
		return // under the last of which the allocation says it
	}
	text := "What one of them leaves of its share goes on; nobody may take more than its own."
	if w.c.Process.Oversubscription.Value == OverAllotment {
		text = "What one of them leaves of its share is divided among those that want more, in proportion to their shares."
	}
	w.say("oversubscription", text, "oversubscription")
}

// overChoice says what the rights are that come once the grantor would accept an offer.
func (w *wording) overChoice(g, h string) {
	need, it := "a need in scope", "the need"
	if w.a.Direction == Sells {
		need, it = "what is in scope", "it"
	}
	accepts := fmt.Sprintf("Before %s accepts an offer of another %s for %s", g, w.rival(), need)
	before := fmt.Sprintf("%s, it notifies %s, ", accepts, h)
	p := &w.c.Process
	switch w.c.Kind {
	case Match:
		w.say("duty", before+"which may take "+it+" on matching terms.", "holder", "holders")
	case LastLook:
		w.say("duty", before+"without the terms of that offer. Until the window closes "+w.holder()+" may name terms of its own for the whole, as often as it likes, and sees nobody else's.", "holder", "holders")
		w.comparison(g, w.holder())
	case NoLessFavourable:
		w.say("duty", fmt.Sprintf("%s on terms more favourable to that %s than what %s has today, it offers those terms to it, which may take them.", accepts, w.rival(), h), "holder", "holders")
	}
	w.rivals(h)
	if p.Package.Given {
		w.say("package", packageWords[p.Package.Value], "package")
	}
}

// comparison says how a last look wins, as far as the text does.
func (w *wording) comparison(g, h string) {
	p := &w.c.Process
	if !p.Metric.Given && !p.Margin.Given {
		return
	}
	metric := map[Metric]string{"": "a measure that is not stated", MetricLanded: "landed cost", MetricPrice: "the price over the period"}[p.Metric.Value]
	margin := fmt.Sprintf("worse for %s by no more than a margin that is not stated", g)
	if p.Margin.Given {
		margin = fmt.Sprintf("worse for %s by no more than %s", g, p.Margin.Value)
		if p.Margin.Value == 0 {
			margin = "no worse for " + g
		}
	}
	w.say("comparison", fmt.Sprintf("When the window closes, the last terms that %s named are held against the chosen offer by %s; %s wins if they are %s.", h, metric, h, margin), "metric", "margin")
}

var packageWords = map[PackageRule]string{
	AllocatedPrice: "Of an offer that packs capacity in scope with other capacity, the holder may take what is in scope at the price allocated to it; the choice of the rest then falls.",
	WholePackage:   "An offer that packs capacity in scope with other capacity is taken whole or not at all.",
	Severable:      "Of an offer that packs capacity in scope with other capacity, the holder may take what is in scope at the price allocated to it; the rest stays chosen.",
	NotAllowed:     "An offer that packs capacity in scope with other capacity may not be chosen.",
	HoldersChoice:  "Of an offer that packs capacity in scope with other capacity, the holder is noticed the whole and takes what it likes; once it took a part, the choice of what it did not take falls.",
}

// overAward says what the rights are to take over what somebody else was awarded.
func (w *wording) overAward(g, h string) {
	if w.c.Kind == StepIn {
		w.say("duty", fmt.Sprintf("Where an award of %s to another %s comes to nothing or is ended for non-performance, %s may step in before the capacity goes to anybody else.", g, w.rival(), h), "holder", "holders")
	} else {
		w.say("duty", fmt.Sprintf("Once %s, %s may take over whatever of the capacity in scope is then awarded to another %s; an award that it does not take over stands.", w.certified(w.c.Process.Opens, "or"), h, w.rival()), "holder", "holders", "opens_on")
	}
	if p := w.c.Process.Price; p.Given {
		w.say("price", fmt.Sprintf("The price is %s.", priceWords[p.Value]), "price")
	}
}

var priceWords = map[PriceRule]string{
	PriceAsAwarded: "that of the award which is taken over",
	PriceCard:      "that of the rate card",
	PriceAppraised: "appraised by a named person when the notice is given",
	PriceLower:     "the lower of that of the award which is taken over and one appraised by a named person when the notice is given",
}

// together says how what several holders want is given to them.
func (w *wording) together() {
	if len(w.c.Holders) > 1 && runs(w.c) && !together(w.c) {
		w.say("order", "The holders are asked one after the other, in this order.", "holders")
	}
	if !w.c.Process.Allocation.Given || !together(w.c) {
		return
	}
	text := "Where the holders want more than there is, each gets its share (" + w.sharesWords() + "), and what one does not want goes to the others in proportion."
	switch w.c.Process.Allocation.Value {
	case ProRataCapped:
		text = "Where the holders want more than there is, each gets what it wants or its share (" + w.sharesWords() + "), whichever is less, and what is left over goes to none of them; where there is enough, each gets what it wants."
	case ByRank:
		text = "Where the holders want more than there is, they are served by rank: " + w.rankWords() + "."
	}
	w.say("allocation", text+" Who answers first makes no difference.", "allocation", "holders")
}

func (w *wording) sharesWords() string {
	holders := w.c.Holders
	if !slices.ContainsFunc(holders, func(h Holding) bool { return h.Share != 0 }) {
		return "in proportion to what each wants"
	}
	out := make([]string, len(holders))
	for i, h := range holders {
		out[i] = fmt.Sprintf("%s %s", w.name(h.Holder), h.Share)
		if h.Open {
			out[i] = w.name(h.Holder) + " one that is not stated"
		}
	}
	return and(out)
}

// rankWords writes the holders in the order in which they are served.
func (w *wording) rankWords() string {
	var ranks []string
	for i := 0; i < len(w.c.Holders); {
		j := i
		var equal []string
		for ; j < len(w.c.Holders) && w.c.Holders[j].Rank == w.c.Holders[i].Rank; j++ {
			equal = append(equal, w.name(w.c.Holders[j].Holder))
		}
		if len(equal) > 1 {
			equal[len(equal)-1] += " side by side"
		}
		ranks = append(ranks, and(equal))
		i = j
	}
	return strings.Join(ranks, ", then ")
}

// rateCard says what the prices of a clause are for.
func (w *wording) rateCard(g, h string) {
	card := w.c.Process.RateCard
	if card.Given && len(card.Value) == 0 {
		w.say("price", fmt.Sprintf("%s states its own price, which binds %s.", h, g), "rate_card")
	}
	format := map[Kind]string{NoLessFavourable: "%s has %s per %s-hour today.", StepIn: "%s pays %s per %s-hour.", CallOption: "%s pays %s per %s-hour."}[w.c.Kind]
	switch {
	case format == "" && w.a.Direction == Sells:
		format = "%s pays at least %s per %s-hour."
	case format == "":
		format = "%s may ask at most %s per %s-hour."
	case w.c.Kind != NoLessFavourable && w.a.Direction != Sells:
		format = "%s is paid %s per %s-hour."
	}
	for _, r := range card.Value {
		w.say("price", fmt.Sprintf(format, h, r.Rate, r.Accelerator), "rate_card")
	}
}

func clausesDo(ids []ClauseID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = string(id)
	}
	if len(words) == 1 {
		return "clause " + words[0] + " does"
	}
	return "clauses " + and(words) + " do"
}

// extent says what the clause applies to.
func (w *wording) extent() {
	c := w.c
	if s := scopeWords(&c.Scope); s != "" {
		w.say("scope", "In scope: "+s+".", "scope", "effective")
	} else if c.Kind != Commitment && c.Kind != RevenueShare && c.Kind != Licence {
		w.say("scope", "In scope: every need.", "effective")
	}
	for _, cut := range c.CarveOuts {
		s := scopeWords(&cut.Scope)
		if s == "" {
			s = "every need"
		}
		cite := ""
		if cut.Cite != "" {
			cite = " [" + cut.Cite + "]"
		}
		w.say("carve-out", fmt.Sprintf("Carved out (%s): %s.%s", cut.Name, s, cite), "carve_outs")
	}
	if c.Threshold.Open {
		w.say("threshold", "Needs below a size that is not stated do not engage the clause.", "threshold")
	} else if t := c.Threshold; t != (Threshold{}) {
		text := fmt.Sprintf("Needs below %s do not engage the clause", or(boundWords(t)))
		if t.AggregateDays > 0 {
			text += fmt.Sprintf("; other needs of the same class within %d days count with them, so that splitting changes nothing", t.AggregateDays)
		}
		if t.Amount.Currency() != "" {
			text += "; a need without a budget counts as large enough"
		}
		w.say("threshold", text+".", "threshold")
	}
	if l := c.Process.Ceiling; l != nil {
		w.say("ceiling", fmt.Sprintf("%s may take %s; the clause engages what is left of that.", w.holder(), ceilingWords(l)), "ceiling")
	}
	if len(c.Conditions) > 0 {
		w.say("conditions", fmt.Sprintf("The clause engages a need only once %s.", w.certified(c.Conditions, "and")), "conditions")
	}
}

// boundWords writes each bound of a threshold.
func boundWords(t Threshold) []string {
	var out []string
	if t.Quantity > 0 {
		out = append(out, fmt.Sprintf("%d accelerators", t.Quantity))
	}
	if t.TermDays > 0 {
		out = append(out, fmt.Sprintf("a term of %d days", t.TermDays))
	}
	if t.Amount.Currency() != "" {
		out = append(out, "a budget of "+amountWords(t.Amount))
	}
	return out
}

// certified says that events are certified, each by whom and what it is.
func (w *wording) certified(ids []TriggerID, last string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id) + " is certified"
		for _, t := range w.a.Triggers {
			if t.ID == id {
				out[i] = fmt.Sprintf("%s certifies %s (%s)", or(w.names(t.CertifiedBy)), id, strings.TrimSuffix(t.Description, "."))
			}
		}
	}
	return series(out, last)
}

func scopeWords(s *Scope) string {
	var parts []string
	add := func(format string, words []string) {
		if len(words) > 0 {
			parts = append(parts, fmt.Sprintf(format, or(words)))
		}
	}
	add("%s capacity", plain(s.Tenures))
	add("workload class %s", plain(s.Classes))
	add("for the purpose of %s", plain(s.Purposes))
	add("sourced by %s", sourcingWords(s.Sourcings))
	add("serving %s customers", plain(s.Customers))
	add("on %s", texts(s.Accelerators))
	add("in region %s", texts(s.Regions))
	if s.Quantity != (Range{}) {
		parts = append(parts, rangeWords(s.Quantity, "accelerators"))
	}
	if s.TermDays != (Range{}) {
		parts = append(parts, "for "+rangeWords(s.TermDays, "days"))
	}
	if s.Start != (calendar.Span{}) {
		parts = append(parts, "starting "+effective(s.Start))
	}
	if s.End != (calendar.Span{}) {
		parts = append(parts, "ending "+effective(s.End))
	}
	return strings.Join(parts, ", ")
}

func sourcingWords(sourcings []capacity.Sourcing) []string {
	words := map[capacity.Sourcing]string{capacity.Market: "purchase on the market", capacity.OwnBuild: "own build"}
	out := make([]string, len(sourcings))
	for i, s := range sourcings {
		out[i] = words[s]
	}
	return out
}

func rangeWords(r Range, unit string) string {
	switch {
	case r.Max == 0:
		return fmt.Sprintf("%d or more %s", r.Min, unit)
	case r.Min == 0:
		return fmt.Sprintf("at most %d %s", r.Max, unit)
	}
	return fmt.Sprintf("%d to %d %s", r.Min, r.Max, unit)
}

// plain writes words of a closed set as prose: third_party becomes third party.
func plain[T ~string](words []T) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strings.ReplaceAll(string(w), "_", " ")
	}
	return out
}

func and(words []string) string { return series(words, "and") }
func or(words []string) string  { return series(words, "or") }

func series(words []string, last string) string {
	switch n := len(words); n {
	case 0:
		return "nothing"
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " " + last + " " + words[n-1]
	}
}

// lengthWords writes "10 business days" and "1 hour".
func lengthWords(l calendar.Length) string {
	unit := strings.ReplaceAll(string(l.Unit), "_", " ")
	if l.N == 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	return fmt.Sprintf("%d %s", l.N, unit)
}

// ruleWords writes a length of time with its zone and its last instant.
func (w *wording) ruleWords(r calendar.Rule) string {
	text := w.lastDay(r)
	if r.Inclusive {
		text += ", the last instant included"
	}
	return text
}

// lastDay writes a length of time with what makes one instant of it.
func (w *wording) lastDay(r calendar.Rule) string {
	s := lengthWords(r.Length)
	if r.BeforeStart {
		s += " before the start of the period"
	}
	if r.Length.Unit == calendar.Hours {
		return s
	}
	if r.Length.Unit == calendar.BusinessDays {
		if cal, ok := w.a.Calendar(w.c.Process.Calendar); ok {
			versions, noun := w.a.versionsOfCalendar(cal.Name), "version"
			if versions != cal.Version {
				noun = "versions"
			}
			s += fmt.Sprintf(" (calendar %s, %s %s)", cal.Name, noun, versions)
		}
	}
	if r.At == calendar.EndOfDay {
		s += fmt.Sprintf(", to the end of the last day in %s", r.Zone)
	} else {
		s += fmt.Sprintf(", to %s on the last day in %s", r.At, r.Zone)
	}
	switch r.Roll {
	case calendar.RollForward:
		s += ", moved to the next business day where that is none"
	case calendar.RollBackward:
		s += ", moved to the business day before where that is none"
	}
	if r.FirstDay {
		s += ", the day of the start counted as the first"
	}
	if r.Cutoff != 0 {
		next := "day"
		if r.Length.Unit == calendar.BusinessDays {
			next = "business day"
		}
		s += fmt.Sprintf(", what starts at %s or later counted as of the next %s", r.Cutoff, next)
	}
	return s
}

// lasting writes a window as a span of time: for 48 hours, or until 48 hours before the start.
func (w *wording) lasting(r calendar.Rule) string {
	if r.BeforeStart {
		return "until " + w.ruleWords(r)
	}
	return "for " + w.ruleWords(r)
}

// lastInstant says whether the very last instant is in time.
func lastInstant(r calendar.Rule) string {
	if r.Inclusive {
		return "is in time"
	}
	return "is late"
}

// amountWords writes an amount with its thousands set apart and without empty decimals: 250,000,000 USD.
func amountWords(a money.Amount) string {
	number, code, _ := strings.Cut(a.String(), " ")
	whole, frac, _ := strings.Cut(number, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if frac != "00" {
		whole += "." + frac
	}
	return whole + " " + code
}
