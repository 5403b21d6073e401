package identity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"firstlook/party"
)

// Token is what may be known of a machine's token. Its secret is not here.
type Token struct {
	ID    TokenID  `json:"id"`
	Name  string   `json:"name"` // what it is for
	Party party.ID `json:"party"`
	Roles []Role   `json:"roles"`
	Scope Scope    `json:"scope,omitzero"`
	// Answers is the person without whose rights the token has none.
	Answers     PersonID  `json:"answers"`
	Issued      time.Time `json:"issued"`
	Expires     time.Time `json:"expires"`
	Revoked     time.Time `json:"revoked,omitzero"`
	Rotated     time.Time `json:"rotated,omitzero"`
	LastUsed    time.Time `json:"last_used,omitzero"` // to within seenStep
	LastAddress string    `json:"last_address,omitempty"`
}

// tokenRecord is a token as it is stored.
type tokenRecord struct {
	Token
	Hash      string    `json:"hash"`
	OldHash   string    `json:"old_hash,omitempty"` // the secret before the last rotation
	OldUntil  time.Time `json:"old_until,omitzero"`
	Addresses []string  `json:"addresses,omitempty"` // the latest that used it, the latest last; at most maxAddresses
}

// maxAddresses bounds what is remembered of a token's use; an address that was forgotten counts as new again.
const maxAddresses = 32

// TokenRequest asks for a token.
type TokenRequest struct {
	Name  string        `json:"name"`
	Roles []Role        `json:"roles"`
	Scope Scope         `json:"scope"`
	Life  time.Duration `json:"-"` // at most MaxTokenLife
	// Answers is who answers for it, where the [Console] asks: it signs nobody in, so it names a person. Else it is who asks.
	Answers PersonID `json:"-"`
}

// IssueToken issues a token for the party of the person who asks, or for whom the [Console] asks, and returns its text: the only
// time that it is seen.
func (g *Gate) IssueToken(ctx context.Context, by Subject, q TokenRequest) (Token, string, error) {
	actor := by.actor()
	if by.isConsole() && q.Answers != "" {
		var err error
		if by, err = g.standIn(ctx, by, q.Answers); err != nil {
			return Token{}, "", err
		}
	}
	if err := mayIssue(by, q.Roles); err != nil {
		return Token{}, "", err
	}
	if q.Name == "" || q.Life < time.Second || q.Life > MaxTokenLife {
		return Token{}, "", refuse(Malformed, "a token has a name and lives at least a second and at most %d days", int(MaxTokenLife.Hours()/24))
	}
	if err := checkText("name", q.Name, 100); err != nil {
		return Token{}, "", err
	}
	for _, a := range q.Scope.Actions {
		if !a.known() {
			return Token{}, "", refuse(Malformed, "there is no action %q", a)
		}
	}
	sec, now := newSecret(), g.now()
	t := Token{ID: TokenID(newID("")), Name: q.Name, Party: by.Party, Roles: slices.Clone(q.Roles),
		Scope: Scope{q.Scope.ReadOnly, slices.Clone(q.Scope.Actions)}, Answers: by.Person, Issued: now, Expires: now.Add(q.Life)}
	err := g.store.Update(ctx, func(tx Tx) error {
		if err := tokens.put(tx, string(t.ID), tokenRecord{Token: t, Hash: sec.hash()}, forever); err != nil {
			return err
		}
		detail := fmt.Sprintf("roles %v, read-only %t, actions %v, until %s", t.Roles, t.Scope.ReadOnly, t.Scope.Actions, t.Expires.Format(time.RFC3339))
		return g.record(tx, Event{Kind: TokenIssued, Party: t.Party, Actor: actor, Address: by.Address, About: string(t.ID), Detail: detail})
	})
	return t, tokenText(t.ID, sec), err
}

// standIn is the person for whom the console asks, with what that person may.
func (g *Gate) standIn(ctx context.Context, console Subject, id PersonID) (Subject, error) {
	var p Person
	err := g.store.View(ctx, func(tx Tx) (err error) {
		p, err = personOf(tx, id)
		return err
	})
	if err == nil && p.Disabled {
		err = refuse(Conflict, "%s is disabled", id)
	}
	return Subject{Person: p.ID, Name: p.Name, Party: p.Party, Roles: p.Roles, Address: console.Address}, err
}

// mayIssue asks for a person who has all of the roles.
func mayIssue(by Subject, roles []Role) error {
	if by.Person == "" || !by.May(ManageTokens) {
		return refuse(Forbidden, "a token is issued by a person who signed in")
	}
	if err := checkRoles(roles); err != nil {
		return refuse(Malformed, "roles: %v", err)
	}
	for _, r := range roles {
		if !by.Has(r) {
			return refuse(Forbidden, "a token has no role that who issues it does not have: %s", r)
		}
	}
	return nil
}

// RotateToken gives a token a new secret and returns its text. The old secret works for overlap more, at most [MaxRotation]; the
// expiry stays. The person who asks answers for the token from now on.
func (g *Gate) RotateToken(ctx context.Context, by Subject, id TokenID, overlap time.Duration) (Token, string, error) {
	if overlap < 0 || overlap > MaxRotation {
		return Token{}, "", refuse(Malformed, "the old secret works for at most %d more days", int(MaxRotation.Hours()/24))
	}
	sec, now := newSecret(), g.now()
	var t tokenRecord
	err := g.store.Update(ctx, func(tx Tx) (err error) {
		if t, err = tokenOf(tx, id); err != nil {
			return err
		}
		if t.Party != by.Party {
			return refuse(Unknown, "there is no token %q", id)
		}
		if err := mayIssue(by, t.Roles); err != nil {
			return err
		}
		if !t.Revoked.IsZero() || !now.Before(t.Expires) {
			return refuse(Conflict, "the token has ended; issue another")
		}
		t.OldHash, t.OldUntil = t.Hash, now.Add(overlap)
		t.Hash, t.Rotated, t.Answers = sec.hash(), now, by.Person
		if err := tokens.put(tx, string(id), t, forever); err != nil {
			return err
		}
		return g.record(tx, Event{Kind: TokenRotated, Party: t.Party, Actor: by.actor(), Address: by.Address, About: string(id),
			Detail: "the old secret works until " + t.OldUntil.Format(time.RFC3339)})
	})
	if err != nil {
		return Token{}, "", err
	}
	return t.Token, tokenText(id, sec), nil
}

// RevokeToken ends a token at once: by a person of its party, or by an operator.
func (g *Gate) RevokeToken(ctx context.Context, by Subject, id TokenID) error {
	return g.store.Update(ctx, func(tx Tx) error {
		t, err := tokenOf(tx, id)
		if err != nil {
			return err
		}
		if !by.May(ManagePeople) && (!by.May(ManageTokens) || by.Party != t.Party) {
			return refuse(Unknown, "there is no token %q", id)
		}
		if !t.Revoked.IsZero() {
			return nil
		}
		t.Revoked = g.now()
		if err := tokens.put(tx, string(id), t, forever); err != nil {
			return err
		}
		return g.record(tx, Event{Kind: TokenRevoked, Party: t.Party, Actor: by.actor(), Address: by.Address, About: string(id)})
	})
}

// Tokens lists tokens in the order of their ids, ended ones too: the own party's, or for an operator all.
func (g *Gate) Tokens(ctx context.Context, by Subject) (out []Token, err error) {
	if !by.May(ManageTokens) && !by.May(ManagePeople) {
		return nil, refuse(Forbidden, "seeing tokens needs a person who signed in")
	}
	err = g.store.View(ctx, func(tx Tx) error {
		return tokens.each(tx, func(_ string, t tokenRecord) error {
			if by.May(ManagePeople) || t.Party == by.Party {
				out = append(out, t.Token)
			}
			return nil
		})
	})
	return out, err
}

func tokenOf(tx Tx, id TokenID) (tokenRecord, error) {
	t, ok, err := tokens.get(tx, string(id))
	if err == nil && !ok {
		err = refuse(Unknown, "there is no token %q", id)
	}
	return t, err
}

var errTokenRefused = refuse(TokenRefused, "the token is unknown, has expired or was revoked")

// byToken returns who the token is, and keeps that it was used. A secret that was never good counts against the address.
func (g *Gate) byToken(ctx context.Context, text, address string) (Subject, error) {
	id, sec, reads := parseToken(text)
	var who Subject
	var t tokenRecord
	guessed := true
	err := g.store.View(ctx, func(tx Tx) (err error) {
		var ok bool
		if t, ok, err = tokens.get(tx, string(id)); err != nil {
			return err
		}
		if guessed = !reads || !ok || !equal(sec.hash(), t.Hash) && !equal(sec.hash(), t.OldHash); guessed {
			return errTokenRefused
		}
		if !equal(sec.hash(), t.Hash) && !g.now().Before(t.OldUntil) {
			return errTokenRefused
		}
		who, err = g.tokenSubject(tx, t)
		return err
	})
	if _, refused := refusalOf(err); refused && guessed {
		return Subject{}, g.settle(ctx, func(tx Tx) (*Refusal, error) {
			if no, err := g.checkLock(tx, tokensOf(address)); no != nil || err != nil {
				return no, err
			}
			return errTokenRefused, g.fail(tx, tokensOf(address), address, "token")
		})
	}
	if err != nil {
		return Subject{}, err
	}
	who.Address = address
	if now := g.now(); now.Sub(t.LastUsed) >= seenStep || !slices.Contains(t.Addresses, address) {
		err = g.store.Update(ctx, func(tx Tx) error { return g.used(tx, id, address, now) })
	}
	return who, err
}

// tokenSubject is who a token is now: what its own roles and those of the person who answers for it have in common.
func (g *Gate) tokenSubject(tx Tx, t tokenRecord) (Subject, error) {
	if !t.Revoked.IsZero() || !g.now().Before(t.Expires) {
		return Subject{}, errTokenRefused
	}
	p, ok, err := people.get(tx, string(t.Answers))
	if err != nil {
		return Subject{}, err
	}
	if !ok || p.Disabled || p.Party != t.Party {
		return Subject{}, errTokenRefused
	}
	roles := slices.DeleteFunc(slices.Clone(t.Roles), func(r Role) bool { return !slices.Contains(p.Roles, r) })
	return Subject{Token: t.ID, Name: t.Name, Party: t.Party, Roles: roles, Scope: t.Scope}, nil
}

// used keeps when and from where a token was used last.
func (g *Gate) used(tx Tx, id TokenID, address string, now time.Time) error {
	t, err := tokenOf(tx, id)
	if err != nil {
		return err
	}
	known := slices.Contains(t.Addresses, address)
	t.LastUsed, t.LastAddress = now, address
	t.Addresses = append(slices.DeleteFunc(t.Addresses, func(a string) bool { return a == address }), address)
	t.Addresses = t.Addresses[max(0, len(t.Addresses)-maxAddresses):]
	if err := tokens.put(tx, string(id), t, forever); err != nil || known {
		return err
	}
	return g.record(tx, Event{Kind: TokenNewAddress, Party: t.Party, Actor: "token " + string(id), Address: address, About: string(id)})
}
