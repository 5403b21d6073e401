package offer

import (
	"fmt"
	"math/big"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/money"
)

// PresentValue is what the payments for n accelerators over a span are worth at its start, to the micro-unit, half to
// even.
//
// The prepaid share of the whole is paid at the start. The rest is paid at the end of each calendar month (counted from
// the start of the span in UTC; the last may be short) for what was used in it, and is discounted by the nominal annual
// rate, compounded monthly: a payment at the end of month k counts 1/(1+rate/12)^k.
func (t *Terms) PresentValue(n int64, over calendar.Span, annual capacity.Percent) (money.Amount, error) {
	total, err := t.Cost(n, over)
	if err != nil {
		return money.Amount{}, err
	}
	prepaid := new(big.Rat).SetFrac64(int64(t.Prepayment), 100_000)
	later := new(big.Rat).Sub(big.NewRat(1, 1), prepaid)
	value := new(big.Rat).Mul(prepaid, micros(total))
	month := new(big.Rat).SetFrac64(1_200_000, 1_200_000+int64(annual)) // 1/(1+rate/12)
	factor := big.NewRat(1, 1)
	start := over.From.Time()
	for k, from := 1, over.From; from < over.Until; k++ {
		until := min(calendar.From(start.AddDate(0, k, 0)), over.Until)
		cost, err := t.Cost(n, calendar.Span{From: from, Until: until})
		if err != nil {
			return money.Amount{}, err
		}
		factor.Mul(factor, month)
		payment := new(big.Rat).Mul(later, micros(cost))
		value.Add(value, payment.Mul(payment, factor))
		from = until
	}
	rounded, ok := halfEven(value)
	if !ok {
		return money.Amount{}, fmt.Errorf("%w: the present value of %s", money.ErrOverflow, t)
	}
	return money.Micros(rounded, total.Currency()), nil
}

func micros(a money.Amount) *big.Rat { return new(big.Rat).SetInt64(a.Micros()) }

// halfEven rounds to the nearest whole number, ties to even.
func halfEven(r *big.Rat) (int64, bool) {
	twice := new(big.Int).Lsh(r.Num(), 1)
	twice.Add(twice, r.Denom())
	q, rem := new(big.Int).DivMod(twice, new(big.Int).Lsh(r.Denom(), 1), new(big.Int))
	if rem.Sign() == 0 && q.Bit(0) == 1 {
		q.Sub(q, big.NewInt(1))
	}
	return q.Int64(), q.IsInt64()
}

// asGoodInValue reports whether an answer's payments are worth no more at the start than those noticed, or no less where the
// grantor sells and is paid, for equal quantities, over the noticed period or the clause's term cap if that is shorter. Where either cannot be computed the
// answer does not match.
func asGoodInValue(dir agreement.Direction, rule agreement.MatchRule, noticed, answer *Terms) bool {
	over := noticed.Period
	if !rule.TermCap.IsZero() {
		limit, err := calendar.Rule{Length: rule.TermCap, Zone: "UTC", At: calendar.EndOfDay}.Deadline(over.From, calendar.Calendar{})
		if err != nil {
			return false
		}
		over.Until = min(over.Until, limit)
	}
	was, err := noticed.PresentValue(noticed.Quantity, over, rule.Discount)
	if err != nil {
		return false
	}
	is, err := answer.PresentValue(noticed.Quantity, over, rule.Discount)
	if err != nil {
		return false
	}
	c, err := is.Cmp(was)
	if dir == agreement.Sells {
		c = -c
	}
	return err == nil && c <= 0
}
