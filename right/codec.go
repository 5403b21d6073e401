package right

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"

	"firstlook/calendar"
	"firstlook/party"
)

// The canonical encoding of a record's body is JSON: an array of events in order, each an object with the keys at,
// recorded (only where it is another instant), by (only where a party caused it), type and fact in that order, no
// spaces, the fact's keys in the order of its type. Names of types are
// stable; a key that is added later is left out when empty, so that old records keep their bytes.

// factNames names every fact in the record. A name is never given to another fact.
var factNames = map[string]Fact{
	"need-submitted":         (*NeedSubmitted)(nil),
	"engaged":                (*Engaged)(nil),
	"lot-opened":             (*LotOpened)(nil),
	"lot-split":              (*LotSplit)(nil),
	"matter-opened":          (*MatterOpened)(nil),
	"noticed":                (*Noticed)(nil),
	"received":               (*Received)(nil),
	"opened":                 (*Opened)(nil),
	"answered":               (*Answered)(nil),
	"answer-void":            (*AnswerVoid)(nil),
	"countered":              (*Countered)(nil),
	"named":                  (*Named)(nil),
	"exercised":              (*Exercised)(nil),
	"ended":                  (*Ended)(nil),
	"released":               (*Released)(nil),
	"release-ended":          (*ReleaseEnded)(nil),
	"blocked":                (*Blocked)(nil),
	"offers-requested":       (*OffersRequested)(nil),
	"offer-received":         (*OfferReceived)(nil),
	"offer-withdrawn":        (*OfferWithdrawn)(nil),
	"round-closed":           (*RoundClosed)(nil),
	"chosen":                 (*Chosen)(nil),
	"pick-set":               (*PickSet)(nil),
	"choice-fell":            (*ChoiceFell)(nil),
	"awarded":                (*Awarded)(nil),
	"signed":                 (*Signed)(nil),
	"cap-broken":             (*CapBroken)(nil),
	"fell-through":           (*FellThrough)(nil),
	"determination-required": (*DeterminationRequired)(nil),
	"determined":             (*Determined)(nil),
	"need-withdrawn":         (*NeedWithdrawn)(nil),
	"notice-held":            (*NoticeHeld)(nil),
	"notice-late":            (*NoticeLate)(nil),
	"offer-told":             (*OfferTold)(nil),
	"sold-instead":           (*SoldInstead)(nil),
	"information-requested":  (*InformationRequested)(nil),
	"information-supplied":   (*InformationSupplied)(nil),
	"tolled":                 (*Tolled)(nil),
	"untolled":               (*Untolled)(nil),
	"extension-proposed":     (*ExtensionProposed)(nil),
	"interested":             (*Interested)(nil),
	"proposed":               (*Proposed)(nil),
	"revised":                (*Revised)(nil),
	"changed":                (*Changed)(nil),
	"subscribed":             (*Subscribed)(nil),
	"allocated":              (*Allocated)(nil),
	"consent-awaited":        (*ConsentAwaited)(nil),
	"consented":              (*Consented)(nil),
	"assigned":               (*Assigned)(nil),
	"non-performing":         (*NonPerforming)(nil),
	"cured":                  (*Cured)(nil),
	"stepped-down":           (*SteppedDown)(nil),
	"taken-over":             (*TakenOver)(nil),
}

// askNames names every command.
var askNames = map[string]Ask{
	"submit": Submit{}, "withdraw": Withdraw{}, "notice": Notice{}, "receipt": Receipt{}, "answer": Answer{}, "respond": Respond{},
	"determine": Determine{}, "submit-offer": SubmitOffer{}, "withdraw-offer": WithdrawOffer{}, "request-offers": RequestOffers{},
	"reoffer": Reoffer{}, "choose": Choose{}, "sign": Sign{}, "fall-through": FallThrough{}, "settle": Settle{},
	"propose": Propose{}, "request-information": RequestInformation{}, "supply-information": SupplyInformation{}, "stay": Stay{}, "lift": Lift{},
	"extend": Extend{}, "change": Change{}, "consent": Consent{}, "assign": Assign{}, "non-perform": NonPerform{}, "cure": Cure{},
}

var nameOf = func() map[reflect.Type]string {
	out := make(map[reflect.Type]string, len(factNames)+len(askNames))
	for name, f := range factNames {
		out[reflect.TypeOf(f)] = name
	}
	for name, a := range askNames {
		out[reflect.TypeOf(a)] = name
	}
	return out
}()

// FactName returns the stable name of a fact, such as "offers-requested".
func FactName(f Fact) string { return nameOf[reflect.TypeOf(f)] }

// AskName returns the stable name of what a command asks, such as "submit-offer".
func AskName(a Ask) string { return nameOf[reflect.TypeOf(a)] }

// Encode writes events in the canonical encoding.
func Encode(events []Event) ([]byte, error) {
	b := append(make([]byte, 0, 16+192*len(events)), '[')
	for i := range events {
		e := &events[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = head(b, e)
		var written bool
		if b, written = appendFact(b, e.Fact); !written {
			fact, err := marshal(e.Fact)
			if err != nil {
				return nil, fmt.Errorf("event %d (%s): %w", i+1, FactName(e.Fact), err)
			}
			b = append(b, fact...)
		}
		b = append(b, '}')
	}
	return append(b, ']'), nil
}

// marshal is encoding/json without the escapes that are for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

// head is an event up to its fact. Ids and names hold nothing that JSON escapes.
func head(b []byte, e *Event) []byte {
	b = e.At.Append(append(b, `{"at":"`...))
	if e.Recorded != e.At {
		b = e.Recorded.Append(append(b, `","recorded":"`...))
	}
	if e.By != "" {
		b = append(append(b, `","by":"`...), e.By...)
	}
	b = append(append(b, `","type":"`...), FactName(e.Fact)...)
	return append(b, `","fact":`...)
}

// Decode reads the canonical encoding. It refuses unknown types and keys: a record is read whole or not at all.
func Decode(body []byte) ([]Event, error) {
	var raw []struct {
		At       calendar.Instant `json:"at"`
		Recorded calendar.Instant `json:"recorded"`
		By       party.ID         `json:"by"`
		Type     string           `json:"type"`
		Fact     json.RawMessage  `json:"fact"`
	}
	if err := strictly(body, &raw); err != nil {
		return nil, err
	}
	out := make([]Event, len(raw))
	for i, r := range raw {
		kind, ok := factNames[r.Type]
		if !ok {
			return nil, fmt.Errorf("event %d: unknown type %q; a newer version wrote this record", i+1, r.Type)
		}
		fact := reflect.New(reflect.TypeOf(kind).Elem()).Interface()
		if err := strictly(r.Fact, fact); err != nil {
			return nil, fmt.Errorf("event %d (%s): %w", i+1, r.Type, err)
		}
		if !r.Recorded.IsSet() {
			r.Recorded = r.At
		}
		out[i] = Event{r.At, r.Recorded, r.By, fact.(Fact)}
	}
	return out, nil
}

func strictly(data []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if d.More() {
		return fmt.Errorf("something stands behind the value")
	}
	return nil
}

// MarshalJSON writes a command as {"by","person","type","ask"}.
func (c Command) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		By     party.ID `json:"by"`
		Person string   `json:"person,omitempty"`
		Type   string   `json:"type"`
		Ask    Ask      `json:"ask"`
	}{c.By, c.Person, nameOf[reflect.TypeOf(c.Ask)], c.Ask})
}

// UnmarshalJSON reads a command; unknown types and keys are errors.
func (c *Command) UnmarshalJSON(data []byte) error {
	var raw struct {
		By     party.ID        `json:"by"`
		Person string          `json:"person"`
		Type   string          `json:"type"`
		Ask    json.RawMessage `json:"ask"`
	}
	if err := strictly(data, &raw); err != nil {
		return err
	}
	kind, ok := askNames[raw.Type]
	if !ok {
		return fmt.Errorf("unknown command %q", raw.Type)
	}
	ask := reflect.New(reflect.TypeOf(kind))
	if len(raw.Ask) > 0 {
		if err := strictly(raw.Ask, ask.Interface()); err != nil {
			return fmt.Errorf("command %s: %w", raw.Type, err)
		}
	}
	*c = Command{By: raw.By, Person: raw.Person, Ask: ask.Elem().Interface().(Ask)}
	return nil
}

// Digest is the SHA-256, in hex, of all that the state says: equal digests, equal states.
func (s *State) Digest() string {
	h := sha256.New()
	if err := json.NewEncoder(h).Encode(s); err != nil {
		panic(fmt.Sprintf("bug: the state does not encode: %v", err))
	}
	return hex.EncodeToString(h.Sum(nil))
}
