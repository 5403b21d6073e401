// Package offer holds firm offers and answers when one set of terms matches, or stays within, another.
//
// An [Offer] binds its provider: it is immutable, known by the SHA-256 of its content with a salt in it, and valid until
// an instant. A quote from a price book binds nobody and is not an Offer.
//
// [Terms] are a vector. Each dimension has a direction as seen from the provider that would be bound (a "rival", when
// the terms are held against a tail's cap): more favourable to it, or less. [Compare] is therefore a partial order,
// and what cannot be ordered is [Incomparable], which fails closed: the right is offered again, or a named person
// records a determination.
//
// [Matches] applies one of the match rules of a clause (SEMANTICS section 5):
//
//   - identical: every dimension is the same.
//   - identical_on_principal_terms: every dimension of the clause's closed list is the same; others do not count.
//   - same_or_better: no dimension is more favourable to the provider than what was noticed.
//   - not_materially_varying: the same, but for dimensions with a stated tolerance in percent.
//   - npv_equivalent: what is paid, by any mix of price and prepayment, is worth no more at the start than what was noticed
//     ([PresentValue]); every other dimension is the same or better.
package offer
