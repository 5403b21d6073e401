package identity

import (
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// What locks, and for how long.
const (
	accountTries = 5
	addressTries = 20
	firstLock    = 30 * time.Second
	longestLock  = time.Hour
	// One failure is forgiven in such a time: slips of many people over weeks lock nothing.
	accountForgives = time.Hour
	addressForgives = 5 * time.Minute
)

// failureCount is what an account or an address got wrong lately.
type failureCount struct {
	Count int       `json:"count"`
	Last  time.Time `json:"last"`
	Until time.Time `json:"until,omitzero"` // locked until then
}

// suspect is what failures are counted against.
type suspect struct {
	key      string
	tries    int
	forgives time.Duration
}

// accountOf hides what was typed: it may be a password in the wrong field.
func accountOf(name string) suspect {
	return suspect{"account " + digest([]byte("firstlook account "+name)), accountTries, accountForgives}
}

func addressOf(address string) suspect {
	return suspect{"address " + address, addressTries, addressForgives}
}

// tokensOf counts wrong tokens apart: a machine with a stale configuration must not keep an office from signing in.
func tokensOf(address string) suspect {
	return suspect{"tokens " + address, addressTries, addressForgives}
}

// checkLock refuses while one of the suspects is locked.
func (g *Gate) checkLock(tx Tx, of ...suspect) (*Refusal, error) {
	now := g.now()
	for _, s := range of {
		f, ok, err := failures.get(tx, s.key)
		if err != nil {
			return nil, err
		}
		if ok && now.Before(f.Until) {
			no := refuse(Locked, "too many failures; nobody can sign in here before %s", f.Until.Format(time.RFC3339))
			no.RetryAfter = f.Until.Sub(now)
			return no, nil
		}
	}
	return nil, nil
}

// count counts a failure against each suspect and locks those that had too many; it returns the end of the longest lock, if there is one.
func (g *Gate) count(tx Tx, of ...suspect) (until time.Time, err error) {
	now := g.now()
	for _, s := range of {
		f, _, err := failures.get(tx, s.key)
		if err != nil {
			return until, err
		}
		if forgiven := now.Sub(f.Last) / s.forgives; forgiven > 0 {
			f.Count = max(0, f.Count-int(min(forgiven, 1<<20)))
		}
		f.Count, f.Last = f.Count+1, now
		if f.Count >= s.tries {
			f.Until = now.Add(lockFor(f.Count - s.tries))
		}
		until = later(until, f.Until)
		if err := failures.put(tx, s.key, f, later(now.Add(s.forgives*time.Duration(f.Count)), f.Until)); err != nil {
			return until, err
		}
	}
	return until, nil
}

// failed records a failure that was counted, and the lock that it brought.
func (g *Gate) failed(tx Tx, e Event, until time.Time) error {
	e.Kind = SignInRefused
	if err := g.record(tx, e); err != nil || until.IsZero() {
		return err
	}
	return g.record(tx, Event{Kind: LockedOut, Party: e.Party, Address: e.Address, About: e.About, Detail: "until " + until.Format(time.RFC3339)})
}

// fail counts a failure that was not counted before and records it.
func (g *Gate) fail(tx Tx, of suspect, address, why string) error {
	until, err := g.count(tx, of)
	if err != nil {
		return err
	}
	return g.failed(tx, Event{Address: address, Detail: why}, until)
}

// uncount takes a failure back that was counted before it was known not to be one. The account begins anew; of an address,
// from which others may have guessed, only this one is taken back.
func (g *Gate) uncount(tx Tx, account, address suspect) error {
	if err := failures.drop(tx, account.key); err != nil {
		return err
	}
	f, ok, err := failures.get(tx, address.key)
	if err != nil || !ok {
		return err
	}
	if f.Count--; f.Count < address.tries {
		f.Until = time.Time{}
	}
	return failures.put(tx, address.key, f, later(f.Last.Add(address.forgives*time.Duration(f.Count)), f.Until))
}

// lockFor is how long the n-th lock in a row lasts, n from 0 on.
func lockFor(n int) time.Duration {
	d := firstLock
	for ; n > 0 && d < longestLock; n-- {
		d *= 2
	}
	return min(d, longestLock)
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// caller returns the address that a request came from, as failures and rates count it, and whether the way was encrypted.
// What a proxy says of others is believed if the proxy is trusted.
func (g *Gate) caller(r *http.Request) (address string, loopback, encrypted bool) {
	encrypted = r.TLS != nil
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "unknown", false, encrypted
	}
	ip := peer.Addr().Unmap().WithZone("")
	if g.trusts(ip) {
		encrypted = r.Header.Get("X-Forwarded-Proto") == "https"
		ip = g.forwarded(r, ip)
	}
	return network(ip), ip.IsLoopback(), encrypted
}

// forwarded is the last address on the way that is not a trusted proxy's; what stands before it, anybody could have written.
func (g *Gate) forwarded(r *http.Request, peer netip.Addr) netip.Addr {
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		ip, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return peer
		}
		if peer = ip.Unmap().WithZone(""); !g.trusts(peer) {
			return peer
		}
	}
	return peer
}

func (g *Gate) trusts(ip netip.Addr) bool {
	for _, p := range g.o.TrustedProxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// network is an IPv4 address, or the /64 of an IPv6 address: whoever has one of its addresses has all of them.
func network(ip netip.Addr) string {
	if ip.Is6() && !ip.IsLoopback() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}
