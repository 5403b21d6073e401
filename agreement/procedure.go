package agreement

import (
	"fmt"
	"strings"

	"firstlook/calendar"
)

// procedure says how a right is run, step by step, as far as the text does.
func (w *wording) procedure() {
	p := &w.c.Process
	g, h := w.grantor(), w.holder()
	if p.Content.Given {
		w.say("notice", fmt.Sprintf("The notice to %s states %s. Until it does, the clock does not start.", h, and(plain(p.Content.Value))), "notice.content")
	}
	if p.Delivery.Given {
		w.delivery(p.Delivery.Value)
	}
	w.noticeDue()
	if p.Window.Given {
		does := map[Kind]string{FirstNegotiation: "show interest", LastLook: "name terms"}[w.c.Kind]
		if does == "" {
			does = "answer"
		}
		r := p.Window.Value
		r.Inclusive = false // which the sentence itself says
		w.say("window", fmt.Sprintf("%s may %s %s; an answer at the instant of the deadline %s.", h, does, w.lasting(r), lastInstant(p.Window.Value)), "window", "calendar")
	}
	if r := p.ReopenWindow; r.Given {
		w.say("second window", fmt.Sprintf("Where the right comes back over the same capacity, %s has another window: it lasts %s.", h, strings.TrimPrefix(w.lasting(r.Value), "for ")), "reopen_window", "calendar")
	}
	w.pauses(h)
	if p.Silence.Given {
		w.say("silence", "Silence to the end of the window "+silenceWords[p.Silence.Value]+".", "silence")
	}
	if p.Partial.Given {
		text := fmt.Sprintf("%s may take a part.", h)
		if p.Partial.Value == WholeOnly {
			text = fmt.Sprintf("%s takes the whole or nothing.", h)
		}
		w.say("partial", text, "partial")
	}
	if p.Match.Given {
		w.say("match", matchWords(p.Match.Value), "match")
	}
	if p.Alternative == AlternativeSell {
		w.say("alternative", fmt.Sprintf("In place of taking the noticed terms %s may sell to %s on them; %s is then released as by a waiver.", h, g, g), "alternative")
	}
	if p.Counter.Given {
		text := "Other terms proposed by " + h + " do not end the window: it may still exercise."
		if p.Counter.Value == CounterSpends {
			text = "Other terms proposed by " + h + " count as a refusal."
		}
		w.say("counter", text, "counter")
	}
	if p.Response.Given {
		w.say("response", fmt.Sprintf("%s may accept or reject the named terms %s.", g, w.lasting(p.Response.Value)), "response")
	}
	if p.ResponseSilence.Given {
		text := fmt.Sprintf("Silence of %s rejects the named terms.", g)
		if p.ResponseSilence.Value != OnRejected {
			text = fmt.Sprintf("Silence of %s accepts the named terms.", g)
		}
		w.say("response silence", text, "response_silence")
	}
	w.gates(g, h)
	w.after(h)
}

// after says what follows when the holder does not supply.
func (w *wording) after(h string) {
	p := &w.c.Process
	if p.ReleaseOn.Given {
		ways := make([]string, 0, len(p.ReleaseOn.Value)+1)
		for _, o := range p.ReleaseOn.Value {
			ways = append(ways, releaseWords[o])
		}
		w.say("release", fmt.Sprintf("Rivals may be taken once %s %s.", h, or(append(ways, "waives"))), "release_on")
	}
	if len(p.ReleaseOpen) > 0 {
		ways := make([]string, len(p.ReleaseOpen))
		for i, o := range p.ReleaseOpen {
			ways[i] = releaseWords[o]
		}
		w.say("release", fmt.Sprintf("Where %s %s, the text does not say whether rivals may be taken.", h, or(ways)), "release_open")
	}
	if p.Tail.Given {
		w.tail(p.Tail.Value)
	}
	if p.Reopen.Given && len(p.Reopen.Value) == 0 {
		w.say("reopen", fmt.Sprintf("%s is not asked again, whatever becomes of the release.", h), "reopen")
	} else if p.Reopen.Given {
		ways := make([]string, len(p.Reopen.Value))
		for i, r := range p.Reopen.Value {
			ways[i] = reopenWords[r]
		}
		w.say("reopen", fmt.Sprintf("%s is asked again when %s.", h, or(ways)), "reopen")
	}
	if n := p.NonPerformance; n != nil {
		text := "An award under this clause, or to a rival that it let in, which is not performed may be cured for " + w.ruleWords(n.Cure) + "; "
		if n.Then == RemedyStepDown {
			text += "otherwise it keeps what is delivered, and the rest goes on its way again."
		} else {
			text += "otherwise it ends, and the capacity goes on its way again."
		}
		w.say("non-performance", text, "non_performance")
	}
}

var silenceWords = map[Silence]string{
	SilenceLapses:   "loses the right for this matter",
	SilenceDeclines: "counts as a refusal",
	SilenceAccepts:  "counts as an exercise in full on the noticed terms",
	SilenceUnable:   "counts as a certificate that the holder cannot supply",
}

var releaseWords = map[Outcome]string{
	OnUnable:   "certifies that it cannot",
	OnDeclined: "declines",
	OnLapsed:   "lets the window pass",
	OnRejected: "has its named terms rejected",
	OnFailed:   "has negotiated without an agreement",
	OnOutbid:   "has named terms that do not win",

	OnConditionFailed: "has exercised and a consent was refused",
}

var reopenWords = map[Reopen]string{
	OnTailOver:     "the tail ends without an award",
	OnFellThrough:  "a rival's award falls through",
	OnMaterialTerm: "signed terms leave the cap",

	OnNonPerformance: "a rival's award is not performed and not cured",
}

func (w *wording) delivery(d Delivery) {
	start := map[ClockStart]string{
		OnSent:      "is sent",
		OnDelivered: "is recorded as delivered",
		OnReceived:  "is recorded as received",
		OnDeemed:    "is recorded or deemed as received, whichever is first",
		OnComplete:  "is recorded or deemed as received and all information that was asked for is supplied, whichever is last",
	}[d.Clock]
	ways := map[Channel]string{Desk: "to the holder's desk", Email: "by e-mail", Courier: "by courier"}
	begins := "the window starts"
	if !waits(w.c) {
		begins = "the negotiation begins"
	}
	text := fmt.Sprintf("The notice goes %s; %s when it %s.", ways[d.Channel], begins, start)
	for i, deemed := range d.Deemed {
		if i == 0 {
			text += " Deemed received: "
		} else {
			text += "; "
		}
		text += fmt.Sprintf("%s after %s", ways[deemed.Channel], w.ruleWords(deemed.After))
		if i == len(d.Deemed)-1 {
			text += "."
		}
	}
	w.say("delivery", text, "notice.channel", "notice.clock", "notice.deemed")
}

func (w *wording) tail(t Tail) {
	text := "Once released, a rival may be taken without limit of time"
	if !t.Length.Length.IsZero() {
		text = "Once released, a rival may be taken for " + w.ruleWords(t.Length) + tailFromWords[t.From]
	}
	text += w.capWords(t)
	if t.Price > 0 {
		text += fmt.Sprintf(" (its price may be up to %s better)", t.Price)
	}
	if t.Counterparty {
		text += "; only the rival whose terms were noticed"
	}
	w.say("tail", text+".", "tail")
}

// capWords says on which terms a rival may be taken.
func (w *wording) capWords(t Tail) string {
	whose := map[CapSource]string{CapNoticed: w.holder() + " refused", CapNamed: w.holder() + " named", CapHolderProposed: w.holder() + " proposed last", CapGrantorProposed: w.grantor() + " proposed last"}[t.Cap]
	if whose == "" {
		return ", on any terms"
	}
	if t.Cap == CapHolderProposed && w.c.Kind != FirstNegotiation {
		whose += " in a negotiation over the same capacity"
	}
	text := ", on terms no more favourable to the rival than those that " + whose
	if t.Exact {
		text = ", on the terms that " + whose + " and no others, better or worse"
	}
	if !t.CapFor.Length.IsZero() {
		text += ", for " + w.ruleWords(t.CapFor) + ", from the release, and on any terms after that"
	}
	return text
}

// tailFromWords says what a tail is counted from, where that is not the release.
var tailFromWords = map[TailStart]string{
	FromNotice:    ", counted from the receipt of the notice",
	FromWindowEnd: ", counted from the end of the window, or of the negotiation, as it stood",
	FromStart:     ", counted from the start of the period",
}

// promise says what the clauses that are not rights promise.
func (w *wording) promise() {
	c, m := w.c, w.c.Money
	g, h := w.grantor(), w.holder()
	over := ""
	if m.Over != (calendar.Span{}) {
		over = ", counted " + effective(m.Over)
	}
	switch c.Kind {
	case Commitment:
		amount := "an amount that is not stated"
		if m.Amount.Currency() != "" {
			amount = amountWords(m.Amount)
		}
		w.say("commitment", fmt.Sprintf("%s spends %s with %s%s, whether it uses the capacity or not.", g, amount, h, over), "amount", "over", "holder", "effective")
	case RevenueShare:
		share := "a share that is not stated"
		if m.Share > 0 {
			share = m.Share.String()
		}
		limit := ""
		if m.Cap.Currency() != "" {
			limit = fmt.Sprintf(", %s in total at most", amountWords(m.Cap))
		}
		w.say("share", fmt.Sprintf("%s pays %s %s of the sales%s%s.", g, h, share, over, limit), "share", "cap", "over", "holder", "effective")
	case ServiceLevel:
		w.say("service level", fmt.Sprintf("Monthly availability is at least %s.", c.Level), "level")
	case SecurityBaseline:
		w.say("security", fmt.Sprintf("Every placement in scope meets %s.", and(c.Baselines)), "baselines")
	}
}

// sunset says what ends the clause, and what becomes of what is open then.
func (w *wording) sunset() {
	for _, id := range w.c.Triggers {
		for _, t := range w.a.Triggers {
			if t.ID == id {
				w.say("sunset", fmt.Sprintf("The clause ends when %s certifies %s: %s", or(w.names(t.CertifiedBy)), t.ID, t.Description), "triggers")
			}
		}
	}
	if f := w.c.Forfeiture; f != nil {
		text := fmt.Sprintf("The right is forfeited once %s", w.certified(f.Triggers, "or"))
		if f.Challenge.Length.IsZero() {
			text += ", at that instant"
		} else {
			who := w.holder() + " has not"
			if len(w.c.Holders) > 1 {
				who = "no holder has"
			}
			text += fmt.Sprintf(" and %s challenged that within %s; a challenge in time stops it, and a certification after one is final at once", who, w.ruleWords(f.Challenge))
		}
		w.say("forfeiture", text+". What is open then is terminated.", "forfeiture")
	}
	if w.c.Survival.Given {
		text := "What is open when the clause ends goes on under this text."
		if w.c.Survival.Value == Terminate {
			text = "What is open when the clause ends is terminated."
		}
		w.say("survival", text, "survival")
	}
}
