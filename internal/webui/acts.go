package webui

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/offer"
	"firstlook/right"
)

// maxWords bounds a text that a person writes, in characters.
const maxWords = 2000

// acts are the commands that have a form, by the word in their path.
var acts map[string]*act

func init() {
	acts = map[string]*act{
		"answer":              {action: "answer", title: "Your answer", does: "Record this answer", ask: askAnswer, fields: fieldsAnswer},
		"receipt":             {action: "receipt", title: "Record the receipt", does: "Record the receipt", ask: askReceipt, intro: introReceipt},
		"request-information": {action: "request-information", title: "Ask for information", does: "Send the request", ask: askInformation, fields: fieldsInformation},
		"supply-information":  {action: "supply-information", title: "Information is supplied", does: "Record that it is supplied", ask: askSupply, intro: introAsked},
		"propose":             {action: "propose", title: "Propose terms", does: "Record the proposal", ask: askPropose, fields: fieldsTerms},
		"notice":              {action: "notice", title: "Complete the notice", does: "Give the notice", ask: askNotice, fields: fieldsTerms},
		"respond":             {action: "respond", title: "Accept or reject the named terms", does: "Record the response", ask: askRespond, fields: fieldsRespond, intro: introNamed},
		"determine":           {action: "determine", title: "Determine what the agreement leaves open", does: "Record the determination", ask: askDetermine, fields: fieldsDetermine, intro: introDetermine},
		"consent":             {action: "consent", title: "Consent or refuse", does: "Record it", ask: askConsent, fields: fieldsConsent},
		"lift":                {action: "lift", title: "Lift the stay", does: "Lift the stay", ask: askLift, fields: fieldsLift},
		"extend":              {action: "extend", title: "Lengthen the window", does: "Record it", ask: askExtend, fields: fieldsExtend, intro: introExtend},
		"stay":                {action: "stay", title: "Stay the window", does: "Stay the window", ask: askStay, fields: fieldsStay, intro: introStay},
		"assign":              {action: "assign", title: "Assign the right in this matter", does: "Assign it", ask: askAssign, fields: fieldsAssign, intro: introAssign},
		"change":              {action: "change", title: "Change what was noticed", does: "Record the change", ask: askChange, fields: fieldsChange, intro: introChange},
		"reoffer":             {action: "reoffer", title: "Ask the holders again", does: "Ask them again", ask: askReoffer, intro: introReoffer},
		"non-perform":         {action: "non-perform", title: "An award is not performed", does: "Record that it is not performed", ask: askMissed, fields: fieldsMissed, intro: introMissed},
		"submit-offer":        {action: "submit-offer", title: "Make a firm offer", does: "Post this firm offer", ask: askOffer, fields: fieldsOffer, intro: introOffer},
		"withdraw-offer":      {action: "withdraw-offer", title: "Withdraw an offer", does: "Withdraw the offer", ask: askWithdrawOffer},
		"choose":              {action: "choose", title: "Choose among the offers", does: "Record the choice", ask: askChoose, fields: fieldsChoose},
		"request-offers":      {action: "request-offers", title: "Ask for offers again", does: "Ask for offers", ask: askOffers, fields: fieldsOffers},
		"sign":                {action: "sign", title: "Sign an award", does: "Record the signature", ask: askSign},
		"fall-through":        {action: "fall-through", title: "An award came to nothing", does: "Record that it fell through", ask: askFall, fields: reasonField("Why it came to nothing")},
		"cure":                {action: "cure", title: "An award is performed again", does: "Record the cure", ask: askCure, fields: reasonField("What was done")},
		"withdraw":            {action: "withdraw", title: "Withdraw the need", does: "Withdraw the need", ask: askWithdraw, fields: reasonField("Why it is not needed any more")},
	}
}

func one(a right.Ask, says ...string) ([]right.Ask, []string, error) {
	return []right.Ask{a}, says, nil
}

func wrong(format string, args ...any) ([]right.Ask, []string, error) {
	return nil, nil, problem(fmt.Sprintf(format, args...))
}

// prose reads a text that a person wrote.
func prose(form url.Values, name, what string) (string, error) {
	s := strings.TrimSpace(strings.ReplaceAll(form.Get(name), "\r\n", "\n"))
	switch {
	case s == "":
		return "", problem("Write " + what)
	case len([]rune(s)) > maxWords:
		return "", problem(fmt.Sprintf("%s may have at most %d characters", what, maxWords))
	}
	for _, r := range s {
		if r < ' ' && r != '\n' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return "", problem(fmt.Sprintf("The text holds the character U+%04X, which cannot be shown as it is; remove it", r))
		}
	}
	return strings.ReplaceAll(s, "\n", " "), nil
}

func reasonField(label string) func(*visit, *look, string) []field {
	return func(*visit, *look, string) []field {
		return []field{{Name: "reason", Label: label, Kind: "area", Required: true, Hint: "It stands in the record for everybody who has title to see it."}}
	}
}

func fieldsAnswer(v *visit, l *look, on string) []field { return nil }

// askAnswer reads the form of the notice's page.
func askAnswer(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	n, err := l.matter(on)
	if err != nil || !involves(n, v.who.Party) {
		return nil, nil, errNotFound
	}
	id, err := number[right.MatterID]("m", on)
	if err != nil {
		return nil, nil, err
	}
	kind := form.Get("kind")
	if kind == "" {
		return wrong("Choose one of the answers, then go on")
	}
	a := right.Answer{Matter: id, Kind: right.AnswerKind(kind)}
	if kind == "counter" {
		a.Kind = right.Exercise
	}
	me, buyer := nameOf(v.law, v.who.Party), nameOf(v.law, l.Need.Buyer)
	if q := strings.TrimSpace(form.Get("quantity-" + kind)); q != "" {
		want, err := strconv.ParseInt(strings.ReplaceAll(q, ",", ""), 10, 64)
		if err != nil || want < 1 || want > n.Quantity {
			return wrong("The quantity is a whole number from 1 to %s", thousands(n.Quantity))
		}
		if want < n.Quantity {
			a.Quantity = want
		}
	}
	if text := strings.TrimSpace(form.Get("terms-" + kind)); text != "" && (kind == "counter" || kind == "name" || kind == "exercise") {
		terms, err := offer.ParseTerms(text)
		if err != nil {
			return wrong("The terms do not read: %v", err)
		}
		a.Terms = &terms
	}
	if a.Terms == nil && (kind == "counter" || kind == "name") {
		return wrong("Write the terms that you propose")
	}
	if a.Quantity > 0 && (form.Get("rest") == "decline" || form.Get("rest") == "unable") {
		a.Rest = right.AnswerKind(form.Get("rest"))
	}
	return one(a, answerSays(l, &a, kind, me, buyer, n.Quantity, n.Of)...)
}

// answerSays is what an answer says, in words.
func answerSays(l *look, a *right.Answer, kind, me, buyer string, all int64, of string) []string {
	quantity := all
	if a.Quantity > 0 {
		quantity = a.Quantity
	}
	what := counted(quantity, of+" accelerator")
	switch kind {
	case "exercise":
		s := []string{fmt.Sprintf("%s uses its right in %s and takes %s.", me, a.Matter, what)}
		if terms := l.noticed(a.Matter.String()); a.Terms != nil {
			s = append(s, "On these terms: "+a.Terms.String())
		} else if terms != nil {
			s = append(s, "On the terms of the notice: "+terms.String()+".")
		}
		if a.Quantity > 0 {
			rest := counted(all-quantity, of+" accelerator")
			s = append(s, map[right.AnswerKind]string{right.Decline: fmt.Sprintf("It declines the other %s.", rest), right.Unable: fmt.Sprintf("It certifies that it cannot supply the other %s.", rest),
				"": fmt.Sprintf("Of the other %s it says nothing yet and may still take them.", rest)}[a.Rest])
		}
		return append(s, "It binds "+me+".")
	case "counter":
		return []string{fmt.Sprintf("%s answers with terms of its own: %s", me, a.Terms.String()), "Whether they match is decided by the clause when the answer is recorded."}
	case "name":
		return []string{fmt.Sprintf("%s names its terms: %s", me, a.Terms.String())}
	case "interest":
		return []string{me + " wishes to negotiate. No terms are agreed by this."}
	case "sell":
		return []string{fmt.Sprintf("%s sells to %s on the terms of the notice, in place of taking them.", me, buyer)}
	case "unable":
		return []string{fmt.Sprintf("%s certifies that it cannot supply %s.", me, what)}
	case "waive":
		return []string{fmt.Sprintf("%s waives its right in this matter. It cannot be taken back.", me)}
	}
	return []string{fmt.Sprintf("%s declines. %s may then take a rival, within the limits of the clause.", me, buyer)}
}

func introReceipt(l *look, on string) string {
	return "A receipt that is recorded can start the window. Record it only if the notice has arrived."
}

func askReceipt(v *visit, l *look, on string, _ url.Values) ([]right.Ask, []string, error) {
	id, err := number[right.MatterID]("m", on)
	if err != nil {
		return nil, nil, err
	}
	return one(right.Receipt{Matter: id, At: v.now}, fmt.Sprintf("%s records that the notice of %s was received at %s.", nameOf(v.law, v.who.Party), on, teller{v.law, v.who.Party}.at(v.now)))
}

func fieldsInformation(*visit, *look, string) []field {
	return []field{{Name: "what", Label: "What do you need to know?", Kind: "area", Required: true, Hint: "The buyer reads it as you write it."}}
}

func askInformation(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	id, err := number[right.MatterID]("m", on)
	if err != nil {
		return nil, nil, err
	}
	what, err := prose(form, "what", "what you need to know")
	if err != nil {
		return nil, nil, err
	}
	says := []string{fmt.Sprintf("%s asks %s in %s for information: %s", nameOf(v.law, v.who.Party), nameOf(v.law, l.Need.Buyer), on, sentence(what))}
	if n, err := l.matter(on); err == nil {
		c, _ := l.clause(n.Clause)
		if c.Process.Information.Given {
			says = append(says, map[agreement.Effect]string{agreement.EffectNone: "By the clause the window goes on meanwhile.", agreement.EffectToll: "By the clause the window stands still until it is supplied.",
				agreement.EffectRestart: "By the clause a fresh window runs once it is supplied."}[c.Process.Information.Value.Effect])
		}
	}
	return one(right.RequestInformation{Matter: id, What: what}, says...)
}

// introAsked says what the holder asked for.
func introAsked(l *look, on string) string {
	for i := len(l.Events) - 1; i >= 0; i-- {
		if f, ok := l.Events[i].Fact.(*right.InformationRequested); ok && f.Matter.String() == on {
			return fmt.Sprintf("%s asked: %s", nameOf(l.law, l.Events[i].By), f.What)
		}
	}
	return ""
}

func askSupply(v *visit, l *look, on string, _ url.Values) ([]right.Ask, []string, error) {
	id, err := number[right.MatterID]("m", on)
	if err != nil {
		return nil, nil, err
	}
	return one(right.SupplyInformation{Matter: id}, fmt.Sprintf("%s states that all information that was asked for in %s is supplied.", nameOf(v.law, v.who.Party), on))
}

// fieldsTerms asks for one line of terms.
func fieldsTerms(_ *visit, l *look, on string) []field {
	value := ""
	if n, err := l.matter(on); err == nil {
		value = l.template(n, l.noticed(on))
	}
	return []field{{Name: "terms", Label: "Terms, in one line", Kind: "area", Required: true, Value: value, Hint: termsHint}}
}

// termsHint says how a line of terms is written.
const termsHint = "Accelerator, number, period, price an accelerator-hour, place: H100 x64 2026-06-01..2026-09-01 @ 2.10 USD/gpu-h in contoso/eu-west country GB"

func termsOf(form url.Values) (offer.Terms, error) {
	text, err := prose(form, "terms", "the terms")
	if err != nil {
		return offer.Terms{}, err
	}
	t, err := offer.ParseTerms(text)
	if err != nil {
		return t, problem(fmt.Sprintf("The terms do not read: %v", err))
	}
	return t, nil
}

func askPropose(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	id, err := number[right.MatterID]("m", on)
	if err != nil {
		return nil, nil, err
	}
	t, err := termsOf(form)
	if err != nil {
		return nil, nil, err
	}
	return one(right.Propose{Matter: id, Terms: t}, fmt.Sprintf("%s proposes in %s: %s", nameOf(v.law, v.who.Party), on, t.String()))
}

func askNotice(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	id, err := number[right.MatterID]("m", on)
	if err != nil {
		return nil, nil, err
	}
	t, err := termsOf(form)
	if err != nil {
		return nil, nil, err
	}
	return one(right.Notice{Matter: id, Terms: &t}, fmt.Sprintf("The notice of %s states these terms: %s", on, t.String()))
}

func introNamed(l *look, on string) string {
	for i := len(l.Events) - 1; i >= 0; i-- {
		if f, ok := l.Events[i].Fact.(*right.Named); ok && f.Matter.String() == on {
			return "The holder named these terms: " + f.Terms.String()
		}
	}
	return ""
}

func fieldsRespond(*visit, *look, string) []field {
	return []field{{Name: "accept", Label: "Your response", Kind: "choice", Required: true, Options: []option{{"accept", "Accept: the holder supplies on its terms"}, {"reject", "Reject: the right is released as its clause says"}}}}
}

func askRespond(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	id, err := number[right.MatterID]("m", on)
	if err != nil {
		return nil, nil, err
	}
	word := form.Get("accept")
	if word != "accept" && word != "reject" {
		return wrong("Choose to accept or to reject")
	}
	return one(right.Respond{Matter: id, Accept: word == "accept"}, fmt.Sprintf("%s %ss the terms that were named in %s.", nameOf(v.law, v.who.Party), word, on))
}

// question is what a matter waits for.
func question(l *look, on string) *right.DeterminationRequired {
	for i := len(l.Events) - 1; i >= 0; i-- {
		if f, ok := l.Events[i].Fact.(*right.DeterminationRequired); ok && f.Matter.String() == on {
			return f
		}
	}
	return nil
}

func introDetermine(l *look, on string) string {
	if q := question(l, on); q != nil {
		return fmt.Sprintf("The agreement leaves %s open. %s", plain(q.Param), sentence(readable(l.law, l.Who, q.Why)))
	}
	return ""
}

func fieldsDetermine(_ *visit, l *look, on string) []field {
	value := field{Name: "value", Label: "What it means in this matter", Kind: "text", Required: true, Hint: "As the agreement's file would write it, such as 72 hours or lapse."}
	if q := question(l, on); q != nil && q.Param == "silence" {
		value.Kind = "choice"
		for _, s := range agreement.Silences {
			value.Options = append(value.Options, option{string(s), silenceWords(s, "the holder")})
		}
	}
	return []field{value, {Name: "reason", Label: "Why", Kind: "area", Required: true, Hint: "Your name and the reason stand in the record."}}
}

func askDetermine(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	id, err := number[right.MatterID]("m", on)
	q := question(l, on)
	if err != nil || q == nil {
		return nil, nil, errNotFound
	}
	value, err := prose(form, "value", "what it means")
	if err != nil {
		return nil, nil, err
	}
	reason, err := prose(form, "reason", "why")
	if err != nil {
		return nil, nil, err
	}
	return one(right.Determine{Matter: id, Param: q.Param, Value: value, Reason: reason},
		fmt.Sprintf("%s determines that %s in %s means: %s.", v.who.Person, plain(q.Param), on, plain(value)), "Reason: "+sentence(reason))
}

func fieldsConsent(*visit, *look, string) []field {
	return []field{{Name: "given", Label: "Your word", Kind: "choice", Required: true, Options: []option{{"yes", "Consent"}, {"no", "Refuse"}}},
		{Name: "reason", Label: "Reason, for a refusal", Kind: "area"}}
}

func askConsent(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	var c right.Consent
	var err error
	if strings.HasPrefix(on, "a") {
		c.Award, err = number[right.AwardID]("a", on)
	} else {
		c.Matter, err = number[right.MatterID]("m", on)
	}
	if err != nil {
		return nil, nil, err
	}
	me := nameOf(v.law, v.who.Party)
	switch form.Get("given") {
	case "yes":
		c.Given = true
		return one(c, fmt.Sprintf("%s consents to %s.", me, on))
	case "no":
		if c.Reason, err = prose(form, "reason", "why you refuse"); err != nil {
			return nil, nil, err
		}
		return one(c, fmt.Sprintf("%s refuses its consent to %s: %s", me, on, sentence(c.Reason)))
	}
	return wrong("Choose to consent or to refuse")
}

func fieldsLift(_ *visit, l *look, on string) []field {
	f := field{Name: "ground", Label: "Which stay", Kind: "choice", Required: true}
	if n, err := l.matter(on); err == nil {
		for _, g := range n.Stands {
			if g != agreement.GroundInformation {
				f.Options = append(f.Options, option{string(g), plain(g)})
			}
		}
	}
	return []field{f}
}

func askLift(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	id, err := number[right.MatterID]("m", on)
	if err != nil {
		return nil, nil, err
	}
	g := agreement.Ground(form.Get("ground"))
	if !contains(agreement.StayGrounds, g) {
		return wrong("Choose which stay is lifted")
	}
	return one(right.Lift{Matter: id, Ground: g}, fmt.Sprintf("%s lifts its stay (%s) of the window of %s.", nameOf(v.law, v.who.Party), g, on))
}

func askSign(v *visit, l *look, on string, _ url.Values) ([]right.Ask, []string, error) {
	id, err := number[right.AwardID]("a", on)
	if err != nil {
		return nil, nil, err
	}
	for i := range l.Awards {
		if w := &l.Awards[i]; w.Award == on {
			return one(right.Sign{Award: id, Terms: w.Terms}, fmt.Sprintf("%s signs award %s with %s: %s", nameOf(v.law, v.who.Party), on, nameOf(v.law, w.Provider), w.Terms.String()),
				"The terms are checked against every cap on which the award rests.")
		}
	}
	return nil, nil, errNotFound
}

func askFall(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	id, err := number[right.AwardID]("a", on)
	if err != nil {
		return nil, nil, err
	}
	reason, err := prose(form, "reason", "why it came to nothing")
	if err != nil {
		return nil, nil, err
	}
	return one(right.FallThrough{Award: id, Reason: reason}, fmt.Sprintf("Award %s came to nothing: %s", on, sentence(reason)))
}

func askCure(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	id, err := number[right.AwardID]("a", on)
	if err != nil {
		return nil, nil, err
	}
	reason, err := prose(form, "reason", "what was done")
	if err != nil {
		return nil, nil, err
	}
	return one(right.Cure{Award: id, Reason: reason}, fmt.Sprintf("Award %s is performed again: %s", on, sentence(reason)))
}

func askWithdraw(v *visit, l *look, on string, form url.Values) ([]right.Ask, []string, error) {
	reason, err := prose(form, "reason", "why it is not needed any more")
	if err != nil {
		return nil, nil, err
	}
	return one(right.Withdraw{Reason: reason}, fmt.Sprintf("%s withdraws need %s: %s", nameOf(v.law, v.who.Party), l.Need.ID, sentence(reason)), "Every lot that is not awarded is closed.")
}

// hours reads a number of hours.
func hours(s string) (calendar.Length, error) {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 1 || n > 24*366 {
		return calendar.Length{}, problem("Write a number of hours, such as 48")
	}
	return calendar.Length{N: n, Unit: calendar.Hours}, nil
}
