package identity

import (
	"context"
	"net/http"
	"time"
)

// session is a browser that signed in, under the hash of its secret.
type session struct {
	Person     PersonID  `json:"person"`
	Generation int       `json:"generation"` // the person's, when it began
	Began      time.Time `json:"began"`
	Seen       time.Time `json:"seen"` // to within seenStep
	Until      time.Time `json:"until"`
	Address    string    `json:"address"` // where it began
}

// beginSession signs a person in within tx: a new session, never the one that the browser showed, which ends.
func (g *Gate) beginSession(tx Tx, p Person, r *http.Request, how string) (secret, error) {
	address, _, _ := g.caller(r)
	if old, ok := g.cookie(r, sessionCookie); ok {
		if err := sessions.drop(tx, old.hash()); err != nil {
			return secret{}, err
		}
	}
	now, made := g.now(), newSecret()
	s := session{Person: p.ID, Generation: p.Generation, Began: now, Seen: now, Until: now.Add(g.o.Absolute), Address: address}
	if err := sessions.put(tx, made.hash(), s, s.Until); err != nil {
		return secret{}, err
	}
	p.LastSignIn = now
	if err := people.put(tx, string(p.ID), p, forever); err != nil {
		return secret{}, err
	}
	return made, g.record(tx, Event{Kind: SignedIn, Party: p.Party, Actor: string(p.ID), Address: address, Detail: how})
}

// bySession returns who the session is, and keeps that it was used.
func (g *Gate) bySession(ctx context.Context, shown secret, address string) (Subject, error) {
	var who Subject
	var s session
	err := g.store.View(ctx, func(tx Tx) (err error) {
		who, s, err = g.sessionSubject(tx, shown.hash())
		return err
	})
	if err != nil {
		return Subject{}, err
	}
	who.Address, who.csrf = address, shown.derive("csrf")
	if now := g.now(); now.Sub(s.Seen) >= seenStep {
		err = g.store.Update(ctx, func(tx Tx) error {
			// Read again: what ended in between stays ended.
			_, s, err := g.sessionSubject(tx, shown.hash())
			if err != nil {
				return err
			}
			s.Seen = now
			return sessions.put(tx, shown.hash(), s, s.Until)
		})
	}
	return who, err
}

// sessionSubject reads a session that has not ended and its person as they are now.
func (g *Gate) sessionSubject(tx Tx, hash string) (Subject, session, error) {
	ended := refuse(NotSignedIn, "sign in; a session ends after a while without use")
	s, ok, err := sessions.get(tx, hash)
	if err != nil {
		return Subject{}, s, err
	}
	now := g.now()
	if !ok || !now.Before(s.Until) || !now.Before(s.Seen.Add(g.o.Idle)) {
		return Subject{}, s, ended
	}
	p, ok, err := people.get(tx, string(s.Person))
	if err != nil {
		return Subject{}, s, err
	}
	if !ok || p.Disabled || p.Generation != s.Generation {
		return Subject{}, s, ended
	}
	return Subject{Person: p.ID, Name: p.Name, Party: p.Party, Roles: p.Roles, session: hash}, s, nil
}

// SignOut ends the session of a subject.
func (g *Gate) SignOut(ctx context.Context, who Subject) error {
	if who.session == "" {
		return refuse(NotSignedIn, "there is no session to end")
	}
	return g.store.Update(ctx, func(tx Tx) error {
		if err := sessions.drop(tx, who.session); err != nil {
			return err
		}
		return g.record(tx, Event{Kind: SignedOut, Party: who.Party, Actor: who.actor(), Address: who.Address})
	})
}

// SignOutEverywhere ends all sessions of a person: one's own, or by an operator.
func (g *Gate) SignOutEverywhere(ctx context.Context, by Subject, id PersonID) error {
	if by.Person == "" || by.Person != id {
		if err := mayManage(by); err != nil {
			return err
		}
	}
	return g.store.Update(ctx, func(tx Tx) error {
		p, err := personOf(tx, id)
		if err != nil {
			return err
		}
		p.Generation++
		if err := people.put(tx, string(id), p, forever); err != nil {
			return err
		}
		return g.record(tx, Event{Kind: SignedOutEverywhere, Party: p.Party, Actor: by.actor(), Address: by.Address, About: string(id)})
	})
}

// Check reports whether a subject that [Gate.Authenticate] found is still good, as something that goes on for long (a stream of
// events) asks now and then; and returns it as it is now, since roles may have changed. It does not
// count as use: a stream that is open does not keep a session from ending. Subjects that no session or token made are returned as they are.
func (g *Gate) Check(ctx context.Context, who Subject) (now Subject, err error) {
	err = g.store.View(ctx, func(tx Tx) error {
		switch {
		case who.session != "":
			now, _, err = g.sessionSubject(tx, who.session)
		case who.Token != "":
			var t tokenRecord
			if t, err = tokenOf(tx, who.Token); err == nil {
				now, err = g.tokenSubject(tx, t)
			}
		default:
			now = who
		}
		return err
	})
	now.Address, now.csrf = who.Address, who.csrf
	return now, err
}

// Names of cookies, to which [Gate.cookieName] adds the prefix that browsers enforce.
const (
	sessionCookie = "fl_session"
	browserCookie = "fl_browser" // ties forms and sign-ins under way to one browser, before there is a session
)

// cookieName has the prefix __Host-: the cookie then came from this very host, encrypted, for all paths.
func (g *Gate) cookieName(name string) string {
	if g.secure {
		return "__Host-" + name
	}
	return name
}

// cookie reads a secret from a cookie. Two of one name are none: one of them was planted.
func (g *Gate) cookie(r *http.Request, name string) (secret, bool) {
	c := r.CookiesNamed(g.cookieName(name))
	if len(c) != 1 {
		return secret{}, false
	}
	return parseSecret(c[0].Value)
}

// setCookie hands a secret to the browser until it is closed; how long the secret is good, the store knows.
func (g *Gate) setCookie(w http.ResponseWriter, name string, s secret) {
	http.SetCookie(w, g.makeCookie(name, s.reveal(), 0))
}

// dropCookie takes a cookie back.
func (g *Gate) dropCookie(w http.ResponseWriter, name string) {
	http.SetCookie(w, g.makeCookie(name, "", -1))
}

func (g *Gate) makeCookie(name, value string, age int) *http.Cookie {
	return &http.Cookie{Name: g.cookieName(name), Value: value, Path: "/", MaxAge: age, Secure: g.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}
