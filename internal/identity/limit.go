package identity

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limit is a token bucket: Burst at once, then one each Every.
type Limit struct {
	Burst int
	Every time.Duration
}

// Limits bound rates. Account is a person or a token.
type Limits struct {
	Address, Account, SignIn Limit
}

// DefaultLimits allow a page with its parts at once and a steady program; and a few tries to sign in.
var DefaultLimits = Limits{
	Address: Limit{Burst: 400, Every: 10 * time.Millisecond},
	Account: Limit{Burst: 200, Every: 20 * time.Millisecond},
	SignIn:  Limit{Burst: 20, Every: 6 * time.Second},
}

// rates are the buckets of one process; they begin full, so a restart forgives. Locks are what is kept.
type rates struct{ address, account, signIn buckets }

func (r *rates) set(l Limits) {
	for b, limit := range map[*buckets]Limit{&r.address: l.Address, &r.account: l.Account, &r.signIn: l.SignIn} {
		b.limit, b.of = limit, map[string]*rate.Limiter{}
	}
}

// maxBuckets bounds the memory of one set of buckets, to a few megabytes.
const maxBuckets = 1 << 16

// buckets has a bucket for each key that was heard of lately.
type buckets struct {
	mu    sync.Mutex
	limit Limit
	of    map[string]*rate.Limiter
	swept time.Time
}

// take takes one from the key's bucket, or says how long to wait.
func (b *buckets) take(key string, now time.Time) (wait time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.of[key]
	if l == nil {
		b.makeRoom(now)
		if len(b.of) >= maxBuckets {
			key = "" // newcomers share one bucket until there is room: the flood slows the flood
		}
		if l = b.of[key]; l == nil {
			l = rate.NewLimiter(rate.Every(b.limit.Every), b.limit.Burst)
			b.of[key] = l
		}
	}
	if l.AllowN(now, 1) {
		return 0, true
	}
	return b.limit.Every, false
}

// makeRoom forgets buckets that are full again: they say what a new one says. It looks at most once a second.
func (b *buckets) makeRoom(now time.Time) {
	if len(b.of) < maxBuckets || now.Sub(b.swept).Abs() < time.Second {
		return
	}
	b.swept = now
	for key, l := range b.of {
		if l.TokensAt(now) >= float64(b.limit.Burst) {
			delete(b.of, key)
		}
	}
}

// limited takes one from a bucket, or refuses.
func (g *Gate) limited(b *buckets, key string) error {
	wait, ok := b.take(key, g.o.Now())
	if ok {
		return nil
	}
	no := refuse(TooMany, "too many requests; wait a moment")
	no.RetryAfter = wait
	return no
}
