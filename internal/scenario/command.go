package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/strict"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// action is what a command does: one of the types below.
type action interface{ action() }

type (
	// ask is a command of the law on one need.
	ask struct{ right.Ask }
	// settle lets time pass for every need.
	settle struct{}
	// certify records a trigger as a fact.
	certify struct {
		trigger   agreement.TriggerID
		agreement agreement.ID // empty: the only one that has the trigger
		from      calendar.Instant
		reason    string
		challenge bool // of what was certified
	}
	// amend puts another text of an agreement into force.
	amend struct{ path string }
	// query prints what is the case and changes nothing.
	query struct {
		what string
		lot  right.LotID
		kind string
	}
)

func (ask) action()     {}
func (settle) action()  {}
func (certify) action() {}
func (amend) action()   {}
func (query) action()   {}

// Verb is one verb of the grammar.
type Verb struct {
	Name string
	Form string // what follows the verb
	Doc  string

	nobody bool // may stand without a party
	read   func(p *phrase) (action, error)
}

// phrase is what stands behind a verb: head, then terms behind a colon, then a reason.
type phrase struct {
	step   *Step
	verb   *Verb
	head   []string
	terms  string
	colon  bool
	reason string
	all    string // as written
}

var verbs []Verb

func init() { // the table and the readers refer to each other
	verbs = []Verb{
		{"submit", "NEED: QUANTITY ACCELERATOR PERIOD WORDS", "ask for capacity", false, readSubmit},
		{"withdraw", `because "REASON"`, "end what is not awarded", false, readWithdraw},
		{"notice", "MATTER [by CHANNEL][: TERMS]", "complete a notice: the grantor's own terms, or what was missing", false, readNotice},
		{"receive", "MATTER [at TIME]", "record that a notice was received", false, readReceive},
		{"exercise", "MATTER [QUANTITY][, least N][, rest declined|unable][: TERMS]", "take it, whole or in part, on the noticed or on stated terms", false, readAnswer(right.Exercise)},
		{"interest", "MATTER", "wish to negotiate", false, readAnswer(right.Interest)},
		{"decline", "MATTER", "refuse it", false, readAnswer(right.Decline)},
		{"waive", "MATTER", "give the right up in this matter", false, readAnswer(right.Waive)},
		{"sell", "MATTER", "sell to the grantor on the noticed terms in place of taking them", false, readAnswer(right.Sell)},
		{"unable", "MATTER", "certify that the capacity cannot be supplied", false, readAnswer(right.Unable)},
		{"name", "MATTER [QUANTITY][, rest declined][: TERMS]", "name the holder's own terms", false, readAnswer(right.Name)},
		{"accept", "MATTER", "accept the terms that the holder named or proposed last", false, readRespond(true)},
		{"reject", "MATTER", "reject the terms that the holder named", false, readRespond(false)},
		{"propose", "MATTER: TERMS", "put terms on the table in a negotiation", false, readPropose},
		{"ask", `MATTER for "WHAT"`, "ask for what is needed to decide", false, readAskFor},
		{"supply", "MATTER", "say that all that was asked for is supplied", false, readSupply},
		{"stay", `MATTER for dispute|regulatory because "REASON"`, "stop a window", false, readStay},
		{"lift", "MATTER for dispute|regulatory", "end a stay", false, readLift},
		{"extend", "MATTER until TIME", "lengthen a window", false, readExtend},
		{"change", `MATTER [to OFFER] because "REASON"[: TERMS]`, "change what was noticed", false, readChange},
		{"consent", "MATTER|AWARD", "consent to an exercise, or to a rival's award", false, readConsent(true)},
		{"refuse", `MATTER|AWARD because "REASON"`, "refuse a consent", false, readConsent(false)},
		{"assign", "MATTER to PARTY", "put another party in the holder's place in one matter", false, readAssign},
		{"determine", `MATTER PARAM = VALUE because "REASON"`, "record what an open parameter means in one matter", false, readDetermine},
		{"offer", "OFFER: TERMS valid TIME [line N] [secure S,S] [package NAME]", "post a firm offer", false, readOffer},
		{"revoke", "OFFER", "take an offer back", false, readRevoke},
		{"request", "LOT for N hours", "open another round of offers", false, readRequest},
		{"reoffer", "LOT", "give the holders whose releases no longer serve a new matter", false, readReoffer},
		{"choose", `LOT [OFFER...] [because "REASON"]`, "take the cheapest lawful offers, or the named ones with a reason", false, readChoose},
		{"sign", "AWARD: TERMS", "check terms that are about to be signed", false, readSign},
		{"falls", `AWARD because "REASON"`, "say that an award came to nothing", false, readFalls},
		{"nonperform", `AWARD [delivered N] because "REASON"`, "say that an award is not performed", false, readNonPerform},
		{"cure", `AWARD because "REASON"`, "say that an award is performed again", false, readCure},
		{"settle", "", "let time pass for every need", true, func(*phrase) (action, error) { return settle{}, nil }},
		{"certify", `TRIGGER [of AGREEMENT] [from TIME] because "REASON"`, "certify an event that clauses wait for", false, readCertify(false)},
		{"challenge", `TRIGGER [of AGREEMENT] because "REASON"`, "challenge what was certified, before a right is forfeited by it", false, readCertify(true)},
		{"amend", "FILE", "put a later text of an agreement into force", false, readAmend},
		{"show", "[lots|matters|offers|awards]", "print where things stand", true, readShow},
		{"explain", "", "print which clauses engage and why", true, readQuery("explain")},
		{"compare", "LOT", "print the comparison that a choice would make now", true, readCompare},
		{"deadline", "", "print when time alone next changes something", true, readQuery("deadline")},
	}
}

// Verbs lists the verbs of the grammar.
func Verbs() []Verb { return slices.Clone(verbs) }

// aboutLaw are the verbs that need no need.
var aboutLaw = []string{"submit", "certify", "challenge", "amend"}

func verbNames() []string {
	names := make([]string, len(verbs))
	for i, v := range verbs {
		names[i] = v.Name
	}
	return names
}

// command reads "TIME PARTY[/PERSON] [on NEED] VERB ARGUMENTS" into the step.
func (r *reader) command(s *Step) error {
	first, rest, _ := strings.Cut(s.Command, " ")
	at, err := calendar.Parse(first)
	if err != nil {
		return wrong("begin a command with a time such as 2026-03-02T12:00Z", "%v", err)
	}
	if at < r.last {
		return wrong("put commands in the order of time", "the command at %s stands behind one at %s", at, r.last)
	}
	s.At, r.last = at, at
	rest = strings.TrimSpace(rest)
	v, args, err := r.actor(s, rest)
	if err != nil {
		return err
	}
	p, err := newPhrase(s, v, args)
	if err != nil {
		return err
	}
	if s.act, err = v.read(p); err != nil {
		return err
	}
	if !isSubmit(s.act) {
		return nil
	}
	if slices.Contains(r.known, s.need) { // a second submission is the law's to refuse
		return nil
	}
	r.known, r.need = append(r.known, s.need), s.need
	return nil
}

func isSubmit(a action) bool {
	k, ok := a.(ask)
	if !ok {
		return false
	}
	_, ok = k.Ask.(right.Submit)
	return ok
}

func write(v *Verb) string { return strings.TrimSpace("write " + v.Name + " " + v.Form) }

// actor reads who acts, on which need, and the verb; it returns what follows.
func (r *reader) actor(s *Step, rest string) (*Verb, string, error) {
	word, after, _ := strings.Cut(rest, " ")
	if v := find(word); v != nil && v.nobody {
		s.need = r.need
		return v, after, nil
	}
	by, person, _ := strings.Cut(word, "/")
	if err := party.Check(by); err != nil {
		return nil, "", wrong("write TIME PARTY VERB, such as 2026-03-02T12:00Z acme choose l1", "no party acts: %v", err)
	}
	s.by, s.person, s.need = party.ID(by), person, r.need
	after = strings.TrimSpace(after)
	if on, more, _ := strings.Cut(after, " "); on == "on" {
		id, left, _ := strings.Cut(strings.TrimSpace(more), " ")
		if !slices.Contains(r.known, capacity.NeedID(id)) {
			return nil, "", wrong(meant(id, texts(r.known), "submit it first"), "no need %q was submitted above", id)
		}
		s.need, after = capacity.NeedID(id), left
	}
	word, after, _ = strings.Cut(strings.TrimSpace(after), " ")
	v := find(word)
	if v == nil {
		return nil, "", wrong(meant(word, verbNames(), "use "+strict.Words(verbNames())), "%q is not a verb", word)
	}
	if s.need == "" && !slices.Contains(aboutLaw, v.Name) {
		return nil, "", wrong("submit one first", "no need was submitted above")
	}
	return v, after, nil
}

func texts[T ~string](vs []T) []string {
	out := make([]string, len(vs))
	for i, v := range vs {
		out[i] = string(v)
	}
	return out
}

func find(name string) *Verb {
	for i := range verbs {
		if verbs[i].Name == name {
			return &verbs[i]
		}
	}
	return nil
}

// newPhrase cuts the arguments of a verb into head, terms and reason.
func newPhrase(s *Step, v *Verb, text string) (*phrase, error) {
	p := &phrase{step: s, verb: v, all: strings.TrimSpace(text)}
	head, terms, colon := p.all, "", false
	if strings.Contains(v.Form, ": ") {
		if head, terms, colon = cutOutside(p.all, ": "); !colon {
			head, colon = strings.CutSuffix(head, ":")
		}
	}
	p.terms, p.colon = strings.TrimSpace(terms), colon
	if strings.Contains(v.Form, "because ") {
		var err error
		if head, p.reason, err = because(head); err != nil {
			return nil, err
		}
	}
	p.head = strings.Fields(strings.ReplaceAll(head, ",", " , "))
	return p, nil
}

// cutOutside cuts at the first separator that is not inside double quotes.
func cutOutside(s, sep string) (before, after string, found bool) {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '\\' && quoted:
			continue
		case s[i] == '"' && (i == 0 || s[i-1] != '\\'):
			quoted = !quoted
		case !quoted && strings.HasPrefix(s[i:], sep):
			return s[:i], s[i+len(sep):], true
		}
	}
	return s, "", false
}

// because cuts off a reason: because "...".
func because(s string) (head, reason string, err error) {
	head, quoted, found := cutOutside(" "+s, " because ")
	if !found {
		return strings.TrimSpace(head), "", nil
	}
	reason, err = strconv.Unquote(strings.TrimSpace(quoted))
	if err != nil {
		return "", "", wrong(`write because "REASON"`, "the reason %s is not in double quotes at the end of the line", quoted)
	}
	return strings.TrimSpace(head), reason, nil
}

// number reads m1, l1 or a1.
func number[T ~int](word string, letter byte, what string) (T, error) {
	n, err := 0, errors.New("")
	if len(word) > 1 && word[0] == letter {
		n, err = strconv.Atoi(word[1:])
	}
	if err != nil || n < 1 || strconv.Itoa(n) != word[1:] {
		return 0, wrong(fmt.Sprintf("write %c1, as the answers above do", letter), "%q is not %s", word, what)
	}
	return T(n), nil
}

// form is the error for arguments that do not read.
func (p *phrase) form(format string, args ...any) error {
	return wrong(write(p.verb), format, args...)
}

func (p *phrase) matter(more int) (right.MatterID, error) {
	if len(p.head) == 0 || more >= 0 && len(p.head) > 1+more {
		return 0, p.form("%q does not read", p.all)
	}
	return number[right.MatterID](p.head[0], 'm', "a matter")
}

func (p *phrase) lot(more int) (right.LotID, error) {
	if len(p.head) == 0 || more >= 0 && len(p.head) > 1+more {
		return 0, p.form("%q does not read", p.all)
	}
	return number[right.LotID](p.head[0], 'l', "a lot")
}

func (p *phrase) award() (right.AwardID, error) {
	if len(p.head) != 1 {
		return 0, p.form("%q does not read", p.all)
	}
	return number[right.AwardID](p.head[0], 'a', "an award")
}

// readTerms reads the terms behind the colon; nil where there are none.
func (p *phrase) readTerms() (*offer.Terms, error) {
	if !p.colon {
		return nil, nil
	}
	t, err := offer.ParseTerms(p.terms)
	if err != nil {
		return nil, err
	}
	return &t, nil
}

func readWithdraw(p *phrase) (action, error) {
	if len(p.head) > 0 {
		return nil, p.form("%q does not read; an offer is taken back with revoke", p.all)
	}
	return ask{right.Withdraw{Reason: p.reason}}, nil
}

func readNotice(p *phrase) (action, error) {
	m, err := p.matter(2)
	if err != nil {
		return nil, err
	}
	n := right.Notice{Matter: m}
	if len(p.head) > 1 {
		n.Channel = agreement.Channel(p.head[len(p.head)-1])
		if p.head[1] != "by" || len(p.head) != 3 || !slices.Contains(agreement.Channels, n.Channel) {
			return nil, wrong("write by desk, by email or by courier", "%q names no channel", p.all)
		}
	}
	n.Terms, err = p.readTerms()
	return ask{n}, err
}

func readReceive(p *phrase) (action, error) {
	m, err := p.matter(2)
	if err != nil {
		return nil, err
	}
	rec := right.Receipt{Matter: m}
	if len(p.head) > 1 {
		if p.head[1] != "at" || len(p.head) != 3 {
			return nil, p.form("%q does not read", p.all)
		}
		if rec.At, err = calendar.Parse(p.head[2]); err != nil {
			return nil, err
		}
	}
	return ask{rec}, nil
}

// rests names what a holder says of what it does not take.
var rests = map[string]right.AnswerKind{"declined": right.Decline, "unable": right.Unable}

func readAnswer(kind right.AnswerKind) func(*phrase) (action, error) {
	return func(p *phrase) (action, error) {
		m, err := p.matter(-1)
		if err != nil {
			return nil, err
		}
		a := right.Answer{Matter: m, Kind: kind}
		rest := p.head[1:]
		carries := kind == right.Exercise || kind == right.Name
		if !carries && len(rest) > 0 {
			return nil, p.form("%q does not read", p.all)
		}
		if len(rest) > 0 && rest[0] != "," {
			if a.Quantity, err = quantity(rest[0]); err != nil {
				return nil, err
			}
			rest = rest[1:]
		}
		if len(rest) >= 3 && rest[0] == "," && rest[1] == "least" && kind == right.Exercise {
			if a.Least, err = quantity(rest[2]); err != nil {
				return nil, err
			}
			rest = rest[3:]
		}
		if len(rest) > 0 {
			if len(rest) != 3 || rest[0] != "," || rest[1] != "rest" || rests[rest[2]] == "" {
				return nil, p.form("%q does not read", p.all)
			}
			a.Rest = rests[rest[2]]
		}
		a.Terms, err = p.readTerms()
		return ask{a}, err
	}
}

// quantity reads a number of accelerators; whether it fits is for the law to say.
func quantity(word string) (int64, error) {
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		return 0, wrong("write plain digits", "%q is not a quantity", word)
	}
	return n, nil
}

func readRespond(accept bool) func(*phrase) (action, error) {
	return func(p *phrase) (action, error) {
		m, err := p.matter(0)
		return ask{right.Respond{Matter: m, Accept: accept}}, err
	}
}

func readDetermine(p *phrase) (action, error) {
	text, reason, err := because(p.all)
	if err != nil {
		return nil, err
	}
	head, value, ok := strings.Cut(text, " = ")
	w := strings.Fields(head)
	if !ok || len(w) != 2 {
		return nil, p.form("%q does not read", p.all)
	}
	m, err := number[right.MatterID](w[0], 'm', "a matter")
	return ask{right.Determine{Matter: m, Param: w[1], Value: strings.TrimSpace(value), Reason: reason}}, err
}

// readOffer reads the terms up to the words that only an offer has.
func readOffer(p *phrase) (action, error) {
	if len(p.head) != 1 || p.terms == "" {
		return nil, p.form("%q does not read", p.all)
	}
	o := offer.Offer{ID: offer.ID(p.head[0]), Provider: p.step.by, Need: p.step.need, Salt: "scenario " + p.head[0]}
	text, tail, ok := cutOutside(p.terms, " valid ")
	if !ok {
		return nil, p.form("the offer does not say until when it is valid")
	}
	var err error
	if o.Terms, err = offer.ParseTerms(text); err != nil {
		return nil, err
	}
	w := strings.Fields(tail)
	if len(w) == 0 {
		return nil, p.form("the offer does not say until when it is valid")
	}
	if o.ValidUntil, err = calendar.Parse(w[0]); err != nil {
		return nil, err
	}
	for w = w[1:]; len(w) >= 2; w = w[2:] {
		switch w[0] {
		case "line":
			n, err := strconv.Atoi(w[1])
			if err != nil {
				return nil, wrong("write line 1", "%q is not a line", w[1])
			}
			o.Line = n - 1
		case "secure":
			o.Security = strings.Split(w[1], ",")
		case "package":
			o.Package = w[1]
		default:
			return nil, p.form("%q does not read", strings.Join(w, " "))
		}
	}
	if len(w) > 0 {
		return nil, p.form("%q does not read", strings.Join(w, " "))
	}
	return ask{right.SubmitOffer{Offer: o}}, nil
}

func readRevoke(p *phrase) (action, error) {
	if len(p.head) != 1 {
		return nil, p.form("%q does not read", p.all)
	}
	return ask{right.WithdrawOffer{Offer: offer.ID(p.head[0])}}, nil
}

func readRequest(p *phrase) (action, error) {
	lot, err := p.lot(3)
	if err != nil {
		return nil, err
	}
	if len(p.head) != 4 || p.head[1] != "for" {
		return nil, p.form("%q does not read", p.all)
	}
	window, err := calendar.ParseLength(p.head[2] + " " + p.head[3])
	return ask{right.RequestOffers{Lot: lot, Window: window}}, err
}

func readReoffer(p *phrase) (action, error) {
	lot, err := p.lot(0)
	return ask{right.Reoffer{Lot: lot}}, err
}

func readChoose(p *phrase) (action, error) {
	lot, err := p.lot(-1)
	if err != nil {
		return nil, err
	}
	c := right.Choose{Lot: lot, Reason: p.reason}
	for _, w := range p.head[1:] {
		c.Offers = append(c.Offers, offer.ID(w))
	}
	return ask{c}, nil
}

func readSign(p *phrase) (action, error) {
	id, err := p.award()
	if err != nil {
		return nil, err
	}
	terms, err := p.readTerms()
	if err != nil {
		return nil, err
	}
	if terms == nil {
		return nil, p.form("no terms are put up for signature")
	}
	return ask{right.Sign{Award: id, Terms: *terms}}, nil
}

func readFalls(p *phrase) (action, error) {
	id, err := p.award()
	return ask{right.FallThrough{Award: id, Reason: p.reason}}, err
}

func readCertify(challenge bool) func(*phrase) (action, error) {
	return func(p *phrase) (action, error) {
		if len(p.head) == 0 {
			return nil, p.form("no trigger is named")
		}
		c := certify{trigger: agreement.TriggerID(p.head[0]), reason: p.reason, challenge: challenge}
		for w := p.head[1:]; len(w) > 0; w = w[2:] {
			switch {
			case len(w) >= 2 && w[0] == "of":
				c.agreement = agreement.ID(w[1])
			case len(w) >= 2 && w[0] == "from" && !challenge:
				at, err := calendar.Parse(w[1])
				if err != nil {
					return nil, err
				}
				c.from = at
			default:
				return nil, p.form("%q does not read", p.all)
			}
		}
		return c, nil
	}
}

func readAmend(p *phrase) (action, error) {
	if len(p.head) != 1 {
		return nil, p.form("%q names no file", p.all)
	}
	return amend{path: p.head[0]}, nil
}

var shown = []string{"lots", "matters", "offers", "awards"}

func readShow(p *phrase) (action, error) {
	if len(p.head) == 0 {
		return query{what: "show"}, nil
	}
	if len(p.head) > 1 || !slices.Contains(shown, p.head[0]) {
		return nil, p.form("%q does not read", p.all)
	}
	return query{what: "show", kind: p.head[0]}, nil
}

func readQuery(what string) func(*phrase) (action, error) {
	return func(p *phrase) (action, error) {
		if len(p.head) > 0 {
			return nil, p.form("%q does not read", p.all)
		}
		return query{what: what}, nil
	}
}

func readCompare(p *phrase) (action, error) {
	lot, err := p.lot(0)
	return query{what: "compare", lot: lot}, err
}
