package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// Options are the choices of [New]. Origin is needed; the zero value of each other is a good one.
type Options struct {
	// Origin is where browsers reach the server: "https://firstlook.example", with a port if it is not 443, and no path. An http
	// origin must be on loopback unless AllowPlainHTTP.
	Origin string
	// Providers are the OpenID providers at which people may sign in, in the order in which they are shown.
	Providers []Provider
	// Passwords lets people sign in with an e-mail address and a password.
	Passwords bool
	// AllowPlainHTTP answers requests that came unencrypted from other machines. Secrets then travel readably.
	AllowPlainHTTP bool
	// TrustedProxies may say, in X-Forwarded-For and X-Forwarded-Proto, whom they speak for.
	TrustedProxies []netip.Prefix
	// Idle and Absolute bound a session: DefaultIdle and DefaultAbsolute when 0.
	Idle, Absolute time.Duration
	// Limits of rates; DefaultLimits when zero.
	Limits Limits
	// Now is the clock; time.Now when nil. Client fetches from OpenID providers; one with a timeout when nil.
	Now    func() time.Time
	Client *http.Client
	// Log hears of faults; slog.Default() when nil. What people do goes to the audit instead.
	Log *slog.Logger
	// Page shows the pages of this package in the look of the server; a plain one when nil.
	Page func(w http.ResponseWriter, status int, p Page)
}

// What the zero [Options] mean, and what cannot be chosen.
const (
	DefaultIdle     = time.Hour
	DefaultAbsolute = 12 * time.Hour
	MaxTokenLife    = 366 * 24 * time.Hour
	MaxRotation     = 7 * 24 * time.Hour // longest life of a token's old secret after rotation

	flowLife    = 10 * time.Minute
	linkLife    = 30 * time.Minute
	clientLimit = 10 * time.Second // an OpenID provider's answer
	// seenStep is how exactly the last use of a session or token is kept, so that not each request writes.
	seenStep = time.Minute
)

// Gate decides who comes in. It is safe for concurrent use, and several gates may share one store.
type Gate struct {
	store     Store
	o         Options
	origin    *url.URL
	secure    bool // the origin is HTTPS
	providers []*provider
	cross     *http.CrossOriginProtection
	rates     rates
	hashing   chan struct{} // bounds the memory that password hashes take together
}

// New returns a gate over the store. It makes no request: providers are asked at their first use.
func New(store Store, o Options) (*Gate, error) {
	g := &Gate{store: store, cross: http.NewCrossOriginProtection(), hashing: make(chan struct{}, 2)}
	o.Idle, o.Absolute = cmp.Or(o.Idle, DefaultIdle), cmp.Or(o.Absolute, DefaultAbsolute)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: clientLimit}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits
	}
	if o.Page == nil {
		o.Page = plainPage
	}
	g.o = o
	if err := g.setOrigin(o.Origin); err != nil {
		return nil, err
	}
	// The origin is named because a proxy may not hand on the Host that the browser used.
	if err := g.cross.AddTrustedOrigin(g.origin.String()); err != nil {
		return nil, err
	}
	g.rates.set(o.Limits)
	for _, p := range o.Providers {
		made, err := g.newProvider(p)
		if err != nil {
			return nil, err
		}
		g.providers = append(g.providers, made)
	}
	return g, nil
}

// setOrigin reads Options.Origin.
func (g *Gate) setOrigin(text string) error {
	u, err := url.Parse(text)
	if err != nil {
		return fmt.Errorf("origin: %w", err)
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "" {
		return fmt.Errorf("origin %q: write https://host or https://host:port and nothing after it", text)
	}
	g.origin, g.secure = u, u.Scheme == "https"
	if !g.secure && !g.o.AllowPlainHTTP && !onLoopback(u.Hostname()) {
		return fmt.Errorf("origin %q is plain HTTP on a name that other machines can reach; use https, or allow plain HTTP", text)
	}
	return nil
}

// onLoopback reports whether a host is this machine by its very name.
func onLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// MayListen reports whether a server of this gate may listen on address ("host:port"), encrypted or not.
func (g *Gate) MayListen(address string, encrypted bool) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if encrypted || g.o.AllowPlainHTTP || onLoopback(host) {
		return nil
	}
	return fmt.Errorf("%s could be reached from other machines, and plain HTTP shows them every secret; give a certificate and its key, "+
		"listen on loopback behind a proxy, or allow plain HTTP", address)
}

// now is the clock in the form that is stored.
func (g *Gate) now() time.Time { return g.o.Now().UTC().Truncate(time.Millisecond) }

// Sweep deletes what has ended: sessions, links, sign-ins under way, old counts of failures. Nothing depends on it but space.
func (g *Gate) Sweep(ctx context.Context) (n int, err error) {
	err = g.store.Update(ctx, func(tx Tx) error {
		n, err = tx.Sweep(g.now())
		return err
	})
	return n, err
}

// settle is Update for what must be kept although it is refused: f returns the refusal as its first result, which is returned after
// the writing.
func (g *Gate) settle(ctx context.Context, f func(Tx) (*Refusal, error)) error {
	var no *Refusal
	err := g.store.Update(ctx, func(tx Tx) (err error) {
		no, err = f(tx)
		return err
	})
	if err == nil && no != nil {
		return no
	}
	return err
}

// refusalOf returns the refusal in err, if it is one.
func refusalOf(err error) (no *Refusal, ok bool) {
	ok = errors.As(err, &no)
	return no, ok
}
