package identity

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// password is kept under the account's name: the e-mail address in lower case.
type password struct {
	Person PersonID `json:"person"`
	Salt   []byte   `json:"salt"`
	Hash   []byte   `json:"hash"`
	Time   uint32   `json:"time"`   // argon2id's passes
	Memory uint32   `json:"memory"` // KiB
}

// Cost of a password's hash: what OWASP's password storage sheet gives as its first choice for argon2id with one thread.
const (
	argonTime   = 2
	argonMemory = 19 * 1024
	saltLength  = 16
	hashLength  = 32

	minPassword = 12
	maxPassword = 1024 // bytes; hashing more is a way to keep the server busy
)

// hashPassword hashes anew, with the cost of today.
func (g *Gate) hashPassword(text string, of PersonID) password {
	p := password{Person: of, Salt: make([]byte, saltLength), Time: argonTime, Memory: argonMemory}
	_, _ = rand.Read(p.Salt) // it never fails: the program ends instead
	p.Hash = g.argon(p, text)
	return p
}

// argon computes the hash with the salt and cost of p. Few at a time do it: each takes Memory.
func (g *Gate) argon(p password, text string) []byte {
	g.hashing <- struct{}{}
	defer func() { <-g.hashing }()
	return argon2.IDKey([]byte(text), p.Salt, p.Time, p.Memory, 1, hashLength)
}

// fits compares in constant time.
func (g *Gate) fits(p password, text string) bool {
	return equal(base64.StdEncoding.EncodeToString(g.argon(p, text)), base64.StdEncoding.EncodeToString(p.Hash))
}

// nobody is what is hashed against where there is no account, so that it takes as long as where there is one.
var nobody = password{Salt: make([]byte, saltLength), Hash: make([]byte, hashLength), Time: argonTime, Memory: argonMemory}

var errPasswords = refuse(Unknown, "this server has no passwords; sign in at an OpenID provider")

// SetPassword sets the password of the person who asks; the account's name is the person's e-mail address. It ends the person's other
// sessions. old is needed where there is one.
func (g *Gate) SetPassword(ctx context.Context, by Subject, old, next string) error {
	if !g.o.Passwords {
		return errPasswords
	}
	if by.Person == "" || by.session == "" {
		return refuse(Forbidden, "a person who signed in sets the own password")
	}
	if n := utf8.RuneCountInString(next); n < minPassword || len(next) > maxPassword || !utf8.ValidString(next) {
		return refuse(Malformed, "a password has at least %d characters and at most %d bytes", minPassword, maxPassword)
	}
	name, err := g.checkOld(ctx, by, old)
	if err != nil {
		return err
	}
	made := g.hashPassword(next, by.Person)
	return g.store.Update(ctx, func(tx Tx) error {
		p, err := personOf(tx, by.Person)
		if err != nil {
			return err
		}
		if other, ok, err := passwords.get(tx, name); err != nil || ok && other.Person != p.ID {
			return orElse(err, refuse(Conflict, "another account has this e-mail address; ask an operator"))
		}
		if err := passwords.put(tx, name, made, forever); err != nil {
			return err
		}
		p.Generation++
		if err := people.put(tx, string(p.ID), p, forever); err != nil {
			return err
		}
		if err := keepSession(tx, by, p.Generation); err != nil {
			return err
		}
		return g.record(tx, Event{Kind: PasswordSet, Party: p.Party, Actor: by.actor(), Address: by.Address, About: string(p.ID)})
	})
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// keepSession carries the session of the person who asks over to a new generation.
func keepSession(tx Tx, by Subject, generation int) error {
	s, ok, err := sessions.get(tx, by.session)
	if err != nil || !ok {
		return orElse(err, refuse(NotSignedIn, "the session has ended; sign in"))
	}
	s.Generation = generation
	return sessions.put(tx, by.session, s, s.Until)
}

// checkOld checks the password that is replaced, with locks, and returns the account's name.
func (g *Gate) checkOld(ctx context.Context, by Subject, old string) (name string, err error) {
	has := false
	err = g.store.View(ctx, func(tx Tx) error {
		p, err := personOf(tx, by.Person)
		if err != nil {
			return err
		}
		if p.Email == "" {
			return refuse(Conflict, "an account needs an e-mail address; ask an operator")
		}
		name = strings.ToLower(p.Email)
		kept, ok, err := passwords.get(tx, name)
		has = ok && kept.Person == p.ID
		return err
	})
	if err != nil || !has {
		return name, err
	}
	_, err = g.tryPassword(ctx, name, old, by.Address)
	return name, err
}

// tryPassword returns whose account it is if the password fits. The try is counted first and taken back when it was right.
func (g *Gate) tryPassword(ctx context.Context, name, text, address string) (PersonID, error) {
	account, from := accountOf(name), addressOf(address)
	kept, until := nobody, g.now()
	err := g.settle(ctx, func(tx Tx) (*Refusal, error) {
		if no, err := g.checkLock(tx, account, from); no != nil || err != nil {
			return no, err
		}
		p, ok, err := passwords.get(tx, name)
		if err != nil {
			return nil, err
		}
		if ok {
			kept = p
		}
		until, err = g.count(tx, account, from)
		return nil, err
	})
	if err != nil {
		return "", err
	}
	right := g.fits(kept, text[:min(len(text), maxPassword)]) && kept.Person != "" && len(text) <= maxPassword
	return kept.Person, g.settle(ctx, func(tx Tx) (*Refusal, error) {
		if right {
			return nil, g.uncount(tx, account, from)
		}
		p, _, err := people.get(tx, string(kept.Person)) // looked for also where there is nobody
		if err != nil {
			return nil, err
		}
		e := Event{Party: p.Party, About: string(p.ID), Address: address, Detail: fmt.Sprintf("password of account %.12s", account.key[len("account "):])}
		return refuse(SignInFailed, "the address or the password is wrong"), g.failed(tx, e, until)
	})
}

// signInByPassword signs in with an e-mail address and a password.
func (g *Gate) signInByPassword(ctx context.Context, r *http.Request, email, text string) (made secret, err error) {
	if !g.o.Passwords {
		return secret{}, errPasswords
	}
	address, _, _ := g.caller(r)
	id, err := g.tryPassword(ctx, strings.ToLower(strings.TrimSpace(email)), text, address)
	if err != nil {
		return secret{}, err
	}
	err = g.store.Update(ctx, func(tx Tx) error {
		p, ok, err := people.get(tx, string(id))
		if err != nil || !ok || p.Disabled {
			return orElse(err, refuse(SignInFailed, "the address or the password is wrong"))
		}
		made, err = g.beginSession(tx, p, r, "password")
		return err
	})
	return made, err
}
