package identity

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Provider is an OpenID provider at which this server is registered, with the redirect URI origin + /signin/callback/ID.
type Provider struct {
	ID           string // in paths: a-z, 0-9 and '-', such as "google"
	Name         string // on the button
	Issuer       string // exactly as the provider writes it
	ClientID     string
	ClientSecret string // "" for a public client, which PKCE protects
}

// provider is a Provider and what its discovery document said.
type provider struct {
	Provider
	mu    sync.Mutex
	found *found // nil until it was asked with success
	// fault is what the last asking came to, at failed: those who wait for a provider that is down do not each ask again.
	fault  error
	failed time.Time
}

const askAgain = 5 * time.Second

type found struct {
	verifier *oidc.IDTokenVerifier
	oauth    oauth2.Config
}

// flow is a sign-in under way, under the hash of its state. Its nonce and PKCE verifier are derived from the browser's secret.
type flow struct {
	Provider string    `json:"provider"`
	Browser  string    `json:"browser"` // hash of the browser's secret
	Return   string    `json:"return"`
	Until    time.Time `json:"until"`
	// Link is the person to whom the login is added, and Session their session; empty for a sign-in.
	Link    PersonID `json:"link,omitempty"`
	Session string   `json:"session,omitempty"`
}

// signatures are the algorithms of ID tokens that are read: asymmetric ones. "none" is none of them.
var signatures = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}

var providerID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// newProvider checks a provider's settings.
func (g *Gate) newProvider(p Provider) (*provider, error) {
	u, err := url.Parse(p.Issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && onLoopback(u.Hostname())) {
		return nil, fmt.Errorf("provider %s: issuer %q: write its https address", p.ID, p.Issuer)
	}
	if !providerID.MatchString(p.ID) {
		return nil, fmt.Errorf("provider %q: an id is a-z, 0-9 and '-'", p.ID)
	}
	if p.Name == "" || p.ClientID == "" {
		return nil, fmt.Errorf("provider %s: a name and a client id are needed", p.ID)
	}
	for _, other := range g.providers {
		if other.ID == p.ID || other.Issuer == p.Issuer {
			return nil, fmt.Errorf("provider %s: id and issuer are there already", p.ID)
		}
	}
	return &provider{Provider: p}, nil
}

func (g *Gate) provider(id string) (*provider, error) {
	for _, p := range g.providers {
		if p.ID == id {
			return p, nil
		}
	}
	return nil, refuse(Unknown, "there is no OpenID provider %q here", id)
}

// discover asks a provider for its addresses and keys, once it was reached.
func (g *Gate) discover(p *provider) (*found, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	now := g.now()
	if p.fault != nil && now.Sub(p.failed) < askAgain {
		return nil, p.fault
	}
	// The keys are fetched with this context long after this request.
	ctx := oidc.ClientContext(context.Background(), g.o.Client)
	op, err := oidc.NewProvider(ctx, p.Issuer)
	if err != nil {
		p.fault, p.failed = fmt.Errorf("OpenID provider %s: %w", p.ID, err), now
		return nil, p.fault
	}
	p.found = &found{
		verifier: op.VerifierContext(ctx, &oidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: signatures, Now: g.o.Now}),
		oauth: oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: op.Endpoint(),
			RedirectURL: g.origin.String() + "/signin/callback/" + p.ID, Scopes: []string{oidc.ScopeOpenID, "email", "profile"}},
	}
	return p.found, nil
}

// beginFlow keeps a sign-in at a provider and returns where to send the browser. With a subject it adds a login to that person.
func (g *Gate) beginFlow(ctx context.Context, browser secret, id, back, address string, who *Subject) (string, error) {
	p, err := g.provider(id)
	if err != nil {
		return "", err
	}
	at, err := g.discover(p)
	if err != nil {
		return "", err
	}
	state, until := newSecret(), g.now().Add(flowLife)
	f := flow{Provider: p.ID, Browser: browser.hash(), Return: back, Until: until}
	if who != nil {
		f.Link, f.Session = who.Person, who.session
	}
	err = g.settle(ctx, func(tx Tx) (*Refusal, error) {
		if no, err := g.checkLock(tx, addressOf(address)); no != nil || err != nil {
			return no, err
		}
		return nil, flows.put(tx, state.hash(), f, until)
	})
	if err != nil {
		return "", err
	}
	return at.oauth.AuthCodeURL(state.reveal(), oidc.Nonce(nonceOf(browser, state)), oauth2.S256ChallengeOption(verifierOf(browser, state))), nil
}

func nonceOf(browser, state secret) string    { return browser.derive("nonce " + state.reveal()) }
func verifierOf(browser, state secret) string { return browser.derive("pkce " + state.reveal()) }

// claims are what is read of an ID token beside what go-oidc checks.
type claims struct {
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"`
	Name          string `json:"name"`
	Azp           string `json:"azp"`

	issuer, subject string
}

// finishFlow is the way back from a provider: it returns the new session and where to go.
func (g *Gate) finishFlow(ctx context.Context, r *http.Request, id string) (made secret, back string, err error) {
	address, _, _ := g.caller(r)
	q := r.URL.Query()
	state, reads := parseSecret(q.Get("state"))
	browser, bound := g.cookie(r, browserCookie)
	f, err := g.takeFlow(ctx, state, address, func(f flow) string {
		switch {
		case !reads || !bound || !equal(f.Browser, browser.hash()):
			return "the browser is not the one that began"
		case f.Provider != id:
			return "the way back is another provider's"
		}
		return ""
	})
	if err != nil {
		return secret{}, "", err
	}
	c, err := g.redeem(ctx, id, q, state, browser)
	if err != nil {
		return secret{}, "", g.signInFault(ctx, address, id, err)
	}
	err = g.settle(ctx, func(tx Tx) (*Refusal, error) {
		if f.Link != "" {
			made, err = g.addLogin(tx, r, f, c)
		} else {
			made, err = g.enter(tx, r, c, id)
		}
		if no, ok := refusalOf(err); ok && no.why != "" {
			return no, g.record(tx, Event{Kind: SignInRefused, Address: address, Detail: id + ": " + no.why})
		}
		return nil, err
	})
	return made, f.Return, err
}

// takeFlow strikes a sign-in out and returns it, if it was there and wrong finds nothing.
func (g *Gate) takeFlow(ctx context.Context, state secret, address string, wrong func(flow) string) (f flow, err error) {
	err = g.settle(ctx, func(tx Tx) (*Refusal, error) {
		if no, err := g.checkLock(tx, addressOf(address)); no != nil || err != nil {
			return no, err
		}
		var ok bool
		if f, ok, err = flows.get(tx, state.hash()); err != nil {
			return nil, err
		}
		why := "no such sign-in under way"
		if ok {
			if err := flows.drop(tx, state.hash()); err != nil {
				return nil, err
			}
			if why = wrong(f); why == "" && !g.now().Before(f.Until) {
				why = "begun too long ago"
			}
		}
		if why == "" {
			return nil, nil
		}
		return refuse(SignInFailed, "this sign-in is over; begin again"), g.fail(tx, addressOf(address), address, why)
	})
	return f, err
}

// redeem exchanges the code and checks the ID token. Its errors are the provider's or the network's.
func (g *Gate) redeem(ctx context.Context, id string, q url.Values, state, browser secret) (c claims, err error) {
	p, err := g.provider(id)
	if err != nil {
		return c, err
	}
	at, err := g.discover(p)
	if err != nil {
		return c, err
	}
	if e := q.Get("error"); e != "" {
		return c, fmt.Errorf("the provider says %.40q", e)
	}
	if iss := q.Get("iss"); iss != "" && iss != p.Issuer {
		return c, errors.New("the answer is another issuer's")
	}
	ctx = oidc.ClientContext(ctx, g.o.Client)
	got, err := at.oauth.Exchange(ctx, q.Get("code"), oauth2.VerifierOption(verifierOf(browser, state)))
	if err != nil {
		return c, errors.New("the code was not exchanged") // its text may hold what the provider echoes
	}
	raw, ok := got.Extra("id_token").(string)
	if !ok {
		return c, errors.New("there is no ID token")
	}
	token, err := at.verifier.Verify(ctx, raw)
	if err != nil {
		return c, fmt.Errorf("the ID token: %w", err)
	}
	if !equal(token.Nonce, nonceOf(browser, state)) {
		return c, errors.New("the ID token: the nonce is another one")
	}
	if err := token.Claims(&c); err != nil {
		return c, fmt.Errorf("the ID token's claims: %w", err)
	}
	if c.Azp != "" && c.Azp != p.ClientID || c.Azp == "" && len(token.Audience) > 1 {
		return c, errors.New("the ID token: another party is authorised")
	}
	if token.Subject == "" || checkText("subject", token.Subject, 255) != nil {
		return c, errors.New("the ID token: the subject does not read")
	}
	c.issuer, c.subject = token.Issuer, token.Subject
	return c, nil
}

// signInFault records that a sign-in at a provider came to nothing, and why. It does not count: the sign-in was well begun, and a
// provider that is down must not lock out an office.
func (g *Gate) signInFault(ctx context.Context, address, id string, fault error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return g.settle(ctx, func(tx Tx) (*Refusal, error) {
		e := Event{Kind: SignInRefused, Address: address, Detail: fmt.Sprintf("%s: %.200s", id, fault)}
		return refuse(SignInFailed, "the sign-in did not work; begin again"), g.record(tx, e)
	})
}

// enter signs in whom a provider vouches for: by a known login, else by the first rule that fits.
func (g *Gate) enter(tx Tx, r *http.Request, c claims, how string) (secret, error) {
	known, ok, err := logins.get(tx, loginKey(c.issuer, c.subject))
	if err != nil {
		return secret{}, err
	}
	if !ok {
		return g.enterByRule(tx, r, c, how)
	}
	p, ok, err := people.get(tx, string(known.Person))
	if err != nil {
		return secret{}, err
	}
	if !ok || p.Disabled {
		return secret{}, notListed("person " + string(known.Person) + " is disabled")
	}
	return g.beginSession(tx, p, r, how)
}

func notListed(why string) *Refusal {
	no := refuse(NotListed, "you are known to the provider and not to this server; ask its operator to let you in")
	no.why = why
	return no
}

// enterByRule makes a person and a login by the rule that fits best.
func (g *Gate) enterByRule(tx Tx, r *http.Request, c claims, how string) (secret, error) {
	rule, ok, err := ruleFor(tx, c)
	if err != nil {
		return secret{}, err
	}
	if !ok {
		return secret{}, notListed("no rule lets the person in")
	}
	address, _, _ := g.caller(r)
	p := Person{Party: rule.Party, Name: c.Name, Roles: slices.Clone(rule.Roles)}
	if c.EmailVerified {
		p.Email = c.Email
	}
	if p.Name == "" || checkText("name", p.Name, 100) != nil {
		p.Name = orText(p.Email, "person of "+string(rule.Party))
	}
	if err := g.addPerson(tx, &p, "rule "+rule.ID, address); err != nil {
		return secret{}, err
	}
	if err := logins.put(tx, loginKey(c.issuer, c.subject), login{p.ID}, forever); err != nil {
		return secret{}, err
	}
	e := Event{Kind: LoginAdded, Party: p.Party, Actor: "rule " + rule.ID, Address: address, About: string(p.ID), Detail: "at " + c.issuer}
	if err := g.record(tx, e); err != nil {
		return secret{}, err
	}
	if rule.Domain == "" { // it named one person, who now is known
		if err := rules.drop(tx, rule.ID); err != nil {
			return secret{}, err
		}
	}
	return g.beginSession(tx, p, r, how)
}

func orText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// ruleFor finds the rule that names the person most closely: by subject, then by address, then by domain; of equals, the first by id.
func ruleFor(tx Tx, c claims) (best Rule, ok bool, err error) {
	email := strings.ToLower(c.Email)
	if !c.EmailVerified || checkEmail(email) != nil {
		email = ""
	}
	_, domain, _ := strings.Cut(email, "@")
	closest := 0
	err = rules.each(tx, func(_ string, r Rule) error {
		near := 0
		switch {
		case r.Issuer != c.issuer:
		case r.Subject != "" && r.Subject == c.subject:
			near = 3
		case r.Email != "" && r.Email == email:
			near = 2
		case r.Domain != "" && r.Domain == domain:
			near = 1
		}
		if near > closest {
			closest, best = near, r
		}
		return nil
	})
	return best, closest > 0, err
}

// addLogin adds a login to the person whose session began this, and gives the browser a new session.
func (g *Gate) addLogin(tx Tx, r *http.Request, f flow, c claims) (secret, error) {
	shown, ok := g.cookie(r, sessionCookie)
	if !ok || !equal(shown.hash(), f.Session) {
		no := refuse(SignInFailed, "the session has ended or is another one; begin again")
		no.why = "adding a login without its session"
		return secret{}, no
	}
	who, _, err := g.sessionSubject(tx, f.Session)
	if err != nil {
		return secret{}, err
	}
	key := loginKey(c.issuer, c.subject)
	if other, ok, err := logins.get(tx, key); err != nil || ok && other.Person != who.Person {
		return secret{}, orElse(err, refuse(Conflict, "this login is another person's"))
	}
	if err := logins.put(tx, key, login{who.Person}, forever); err != nil {
		return secret{}, err
	}
	address, _, _ := g.caller(r)
	e := Event{Kind: LoginAdded, Party: who.Party, Actor: who.actor(), Address: address, About: string(who.Person), Detail: "at " + c.issuer}
	if err := g.record(tx, e); err != nil {
		return secret{}, err
	}
	p, err := personOf(tx, who.Person)
	if err != nil {
		return secret{}, err
	}
	return g.beginSession(tx, p, r, "login added")
}
