package money_test

import (
	"errors"
	"flag"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"firstlook/money"
)

var seed = flag.Uint64("seed", 1, "seed of the random tests")

// Every product and quotient is that of exact rational arithmetic, rounded as named, or an overflow.
func TestTimesIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(*seed, 0))
	wide := func() int64 { return r.Int64() >> r.IntN(62) }
	for range 50_000 {
		nanos, num, den := wide(), wide(), wide()%1_000_000+1
		if r.IntN(2) == 0 {
			nanos = -nanos
		}
		for _, round := range []money.Rounding{money.Down, money.Up, money.HalfEven} {
			want, fits := exact(nanos, num, den*1000, round)
			got, err := money.Nanos(nanos, money.USD).Times(num, den, round)
			if fits != (err == nil) || fits && got.Micros() != want {
				t.Fatalf("%d nanos x %d/%d rounded %d: got %v %v, want %d (in range: %v); go test ./money -run Exact -seed %d",
					nanos, num, den, round, got, err, want, fits, *seed)
			}
		}
	}
}

func exact(a, b, d int64, round money.Rounding) (int64, bool) {
	p := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
	q, rem := new(big.Int).QuoRem(p.Abs(p), big.NewInt(d), new(big.Int))
	twice := new(big.Int).Lsh(rem, 1).Cmp(big.NewInt(d))
	if round == money.Up && rem.Sign() > 0 || round == money.HalfEven && (twice > 0 || twice == 0 && q.Bit(0) == 1) {
		q.Add(q, big.NewInt(1))
	}
	if !q.IsInt64() {
		return 0, false
	}
	if (a < 0) != (b < 0) {
		q.Neg(q)
	}
	return q.Int64(), true
}

func TestTextRoundTrip(t *testing.T) {
	for text, want := range map[string]string{
		"2.1 USD": "2.10 USD", "2.10 USD": "2.10 USD", "0 EUR": "0.00 EUR", "-1.5 USD": "-1.50 USD",
		"12.345678 USD": "12.345678 USD", "9223372036854.775807 USD": "9223372036854.775807 USD", "1.0000000000 USD": "1.00 USD",
	} {
		a, err := money.ParseAmount(text)
		if err != nil || a.String() != want {
			t.Errorf("%q reads as %s (%v), want %s", text, a, err, want)
		}
	}
	for _, text := range []string{"", "2.1", "USD", "2.1 usd", "2.1 DOLLAR", "1e3 USD", "1.2345678 USD", "9223372036854.775808 USD", "2. USD", ".5 USD", "1,000 USD", "+1 USD", "NaN USD", "2.1  USD"} {
		if a, err := money.ParseAmount(text); err == nil {
			t.Errorf("%q reads as %s, want an error", text, a)
		}
	}
}

func TestMixingAndOverflow(t *testing.T) {
	dollars, euros := money.Micros(1, money.USD), money.Micros(1, "EUR")
	if _, err := dollars.Add(euros); !errors.Is(err, money.ErrCurrency) {
		t.Errorf("USD + EUR: %v", err)
	}
	if _, err := money.Micros(math.MaxInt64, money.USD).Add(dollars); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("largest + 1: %v", err)
	}
	if _, err := dollars.Sub(money.Micros(math.MinInt64, money.USD)); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("1 - smallest: %v", err)
	}
	if sum, err := (money.Amount{}).Add(dollars); err != nil || sum != dollars {
		t.Errorf("nothing + 1 USD = %s, %v", sum, err)
	}
	if _, err := money.Nanos(1, money.USD).Times(1, 0, money.Down); err == nil {
		t.Error("a divisor of zero passes")
	}
}
