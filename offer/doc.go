// Package offer holds firm offers and answers when one set of terms matches, or stays within, another.
//
// An [Offer] binds its provider: it is immutable, known by the SHA-256 of its content with a salt in it, and valid until
// an instant. A quote from a price book binds nobody and is not an Offer.
//
// [Terms] are a vector. Each dimension has a direction as seen from the rival, the party that would be bound next to the grantor:
// more favourable to it, or less. The rival of a grantor that buys is a provider, of one that sells a buyer; which of the two is the
// agreement's direction, and what favours the one disfavours the other. [Compare] is therefore a partial order,
// and what cannot be ordered is [Incomparable], which fails closed: the right is offered again, or a named person
// records a determination.
//
// [Matches] applies one of the match rules of a clause (docs/spec/rights.md):
//
//   - identical: every dimension is the same.
//   - identical_on_principal_terms: every dimension of the clause's closed list is the same; others do not count.
//   - same_or_better: no dimension is more favourable to the one who answers than what was noticed.
//   - not_materially_varying: the same, but for dimensions with a stated tolerance in percent.
//   - npv_equivalent: what is paid, by any mix of price and prepayment, is worth no more at the start than what was noticed
//     ([Terms.PresentValue]), or no less where the grantor sells; every other dimension is the same or better.
//
// and the substitutions that a clause may allow. [Material] says whether a change of terms gives the holder a fresh window, and
// [Disclosed] what of somebody else's terms it may see.
package offer
