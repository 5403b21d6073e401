package httpapi

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/door"
	"firstlook/internal/identity"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

const (
	maxBody  = 1 << 20 // of a command, in bytes
	maxDepth = 32      // of its JSON
	maxKey   = 200     // of an idempotency key, in characters
)

// idempotencyKey reads the header; empty where there is none.
func idempotencyKey(r *http.Request) (string, error) {
	key := r.Header.Get("Idempotency-Key")
	if len(key) > maxKey {
		return "", fmt.Errorf("the Idempotency-Key has %d characters, at most %d are taken", len(key), maxKey)
	}
	for _, c := range key {
		if c < '!' || c > '~' {
			return "", errors.New("the Idempotency-Key has a character that is not a visible one of ASCII")
		}
	}
	return key, nil
}

// asked is a command with the action that a role must allow.
type asked struct {
	right.Command
	action identity.Action
}

// readCommand reads the body of a request. What it lets pass is a command that the law can decide; whether it may be done
// is for the law to say. A command that names no party is the caller's.
func readCommand(r *http.Request, id capacity.NeedID, caller party.ID) (asked, error) {
	var c asked
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return c, err
	}
	if err := checkJSON(body, noControls); err != nil {
		return c, err
	}
	if err := c.Command.UnmarshalJSON(body); err != nil { // it is JSON, and need not be looked through once more
		return c, err
	}
	c.action = identity.Action(right.AskName(c.Ask))
	if c.By == "" {
		c.By = caller
	}
	if err := party.Check(string(c.By)); err != nil {
		return c, fmt.Errorf("by: %w", err)
	}
	return c, checkAsk(id, c.Ask)
}

// checkAsk checks the ids by which a command names what it makes.
func checkAsk(id capacity.NeedID, ask right.Ask) error {
	switch ask := ask.(type) {
	case right.Submit:
		if ask.Need.ID != id && id != "" {
			return fmt.Errorf("the command submits need %q, the path names %s", ask.Need.ID, id)
		}
		for _, country := range ask.Need.Lines {
			if country.Quantity < 0 || country.Least < 0 {
				return errors.New("a quantity is negative")
			}
		}
		return party.Check(string(ask.Need.Buyer))
	case right.SubmitOffer:
		if err := party.Check(string(ask.Offer.ID)); err != nil && ask.Offer.ID != "" {
			return fmt.Errorf("offer: %w", err)
		}
		if ask.Offer.Package != "" {
			if err := party.Check(ask.Offer.Package); err != nil {
				return fmt.Errorf("package: %w", err)
			}
		}
		if ask.Offer.Salt == "" {
			return errors.New("offer: it has no salt; add a random one, which keeps its price from being found by trying")
		}
		return party.Check(string(ask.Offer.Provider))
	case right.Assign:
		if err := party.Check(string(ask.To)); err != nil {
			return fmt.Errorf("to: %w", err)
		}
	}
	return nil
}

// command is the handler of every command on a need.
func (a *API) command(q *request) (any, error) {
	key, err := idempotencyKey(q.Request)
	if err != nil {
		return nil, &unreadable{err}
	}
	c, err := readCommand(q.Request, q.need, q.party)
	if err != nil {
		return nil, &unreadable{err}
	}
	if err := q.entitled(&c); err != nil {
		return nil, err
	}
	if err := a.nameOffer(&c); err != nil {
		return nil, err
	}
	out, err := a.do(q, c.Command, q.key(key))
	a.hub.nudge()
	return out, err
}

// comparisons bounds how often a need is compared anew because something was recorded between the look and the command.
const comparisons = 8

// do passes a command on; with If-Match only where the need looks as the caller saw it. What is recorded between the look and the command, here or by
// another replica, has it looked at again: time that passes changes nothing that the party sees.
func (a *API) do(q *request, c right.Command, key string) (*door.Done, error) {
	want := q.Header.Values("If-Match")
	if len(want) == 0 || q.need == "" {
		return a.local.Do(q.Context(), q.need, c, key)
	}
	for range comparisons {
		version, err := a.local.Desk.Version(q.Context(), q.need)
		if err != nil {
			return nil, err
		}
		if err := a.matches(q, want); err != nil {
			return nil, err
		}
		out, err := a.local.DoAt(q.Context(), q.need, version, c, key)
		if !errors.Is(err, desk.ErrMoved) {
			return out, err
		}
	}
	return nil, &problem{Title: "the need changes all the time", Status: http.StatusServiceUnavailable, Detail: "something was recorded between each look and the command; nothing was recorded of it",
		Remedy: "send it again with its key"}
}

// nameOffer draws the name of an offer: one that counted would tell a provider how many others there are, and one that named the provider would tell
// the buyer, while the round is open, whose it is. A name that comes along is taken only where nobody signs in: by trying one a provider
// would learn whether it is somebody else's.
func (a *API) nameOffer(c *asked) error {
	ask, ok := c.Ask.(right.SubmitOffer)
	switch {
	case !ok || ask.Offer.ID != "" && a.gate == nil:
		return nil
	case ask.Offer.ID != "":
		return &right.Refusal{Code: right.OfferInvalid, Detail: "the server names an offer, so that nobody learns by a name which offers others made; leave the id out, the answer has it"}
	}
	ask.Offer.ID = a.draw()
	c.Ask = ask
	return nil
}

// drawnOffer is a name for an offer that tells nothing.
func drawnOffer() offer.ID {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails: the runtime ends the program where there is no randomness
	return offer.ID("o-" + hex.EncodeToString(b[:]))
}

// submit is the handler of a need that is submitted without a path: its id is in the command, or is given here.
func (a *API) submit(q *request) (any, error) {
	out, err := a.command(q)
	q.status = http.StatusCreated
	return out, err
}

// matches reports whether the need still looks as the caller saw it.
func (a *API) matches(q *request, want []string) error {
	seen, err := a.local.Need(q.Context(), q.need, q.eyes())
	if err != nil {
		return err
	}
	body, err := encodeJSON(seen)
	if err != nil {
		return err
	}
	if !tagged(want, tag(body)) {
		return &problem{Title: "the need has changed", Status: http.StatusPreconditionFailed, Detail: "it looks other than when its ETag was made; nothing was recorded",
			Remedy: "read it again, and send the command if it still holds"}
	}
	return nil
}

// entitled asks whether the caller may send a command, and puts the name of who signed in where a person's is recorded.
func (q *request) entitled(c *asked) error {
	if !q.signed {
		return nil
	}
	if c.By != q.party {
		return notYours(c.By, q.party)
	}
	return q.sign(c.action, &c.Person)
}

// sign asks for an action, and puts the name of who signed in where a person's is recorded. A machine says for which person it acts.
func (q *request) sign(action identity.Action, person *string) error {
	if !q.may(action) {
		return forbidden(action)
	}
	if !q.signed || q.who.Person == "" {
		return nil
	}
	if *person != "" && *person != q.who.Name {
		return anotherPerson(q.who.Name, *person)
	}
	*person = q.who.Name
	return nil
}

func anotherPerson(own, named string) error {
	return &problem{Type: "urn:firstlook:identity:forbidden", Title: "another person", Status: http.StatusForbidden, Code: string(identity.Forbidden),
		Detail: fmt.Sprintf("%s is signed in, and the command names %s", own, named), Remedy: "leave the person out"}
}

// key is an idempotency key as it is recorded: each party has its own, so that nobody's key answers for another's command.
func (q *request) key(key string) string {
	if key == "" || !q.signed {
		return key
	}
	return string(q.party) + " " + key
}

func isJSON(w http.ResponseWriter, r *http.Request) bool {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && kind == "application/json" {
		return true
	}
	problem{Title: "not JSON", Status: http.StatusUnsupportedMediaType, Detail: "send it as application/json"}.write(w)
	return false
}
