// Package award makes the choice: which lawful offers serve a lot at the least landed cost, and why not the others.
//
// [Compare] takes a [Problem] (a need, one of its lines, a quantity of that line, the firm offers for it) and returns a
// [Comparison]: every offer is either ranked with its landed cost or excluded with one coded reason, and the picks
// are the cheapest lawful cover. It is a pure function of its argument: the same problem gives the same comparison,
// digit for digit, in whatever order the offers are listed.
//
// # Landed cost
//
// The landed cost of an offer is what it really costs to have the work done there:
//
//   - the price of the accelerators over the line's period, by [offer.Terms.Cost]. How many are needed of that kind comes
//     from the [capacity.Throughput] table, rounded up.
//   - moving each data set of the need to the place of the offer, by the tiers of an [Egress] table.
//
// It is also given per reference accelerator-hour, over the quantity that the offer covers: what an offer supplies beyond
// the quantity asked for is paid and counts for nothing.
//
// # Exclusion
//
// An offer that fails a requirement is excluded with the first [Code], in the order of [Codes], that applies. Where a
// requirement is stated and the offer is silent on it (no country, no nameplate power, no carbon figure) the offer is
// excluded: silence never passes for compliance. The same holds for data whose cloud is unknown or that no row of the
// table prices.
//
// Two limits hold for the need as a whole and are read for one lot with care. The budget is what remains after
// [Problem.Spent]. The power limit, less [Problem.DrawnWatts], must be able to carry the whole lot on each kind of
// accelerator alone; then mixes of such kinds keep it too. This excludes some mixes that would just pass, and none that
// is taken can fail.
//
// # Choice
//
// An indivisible line takes the cheapest offer that covers the whole lot. A divisible line takes the cheapest set of
// offers that covers it, under these rules:
//
//   - A source supplies at least the line's Least (or the lot, if that is smaller) and at least its own least quantity,
//     also when it only completes the rest: a crumb at a second place costs more work than its price shows.
//   - The data move once to each place (cloud and region) that is used, however many offers there are taken. Tiers count the
//     whole of what leaves a source, over all places.
//   - If the offers together cannot cover the lot, or not within the budget, the largest part that they can cover is
//     chosen, at its least cost, and the rest is reported as uncovered.
//
// Up to [ExactOffers] usable offers the choice is exact: every set of offers is considered, and within a set the
// quantities are searched with a bound, to a micro-unit per price step. With more offers, or where the search meets its
// limit, the method is "heuristic": the best of an exact choice among the best-ranked offers, a fill in the order of the
// ranking, and the best single offer. A heuristic comparison gives a lower bound that no choice can beat, so that the
// gap is known.
//
// Equal totals go to fewer sources, then to the order of the ranking: landed cost per hour, total, provider id, offer id.
//
// # Sale
//
// With [Problem.Sells] the owner of the need sells the lot and the offers are bids. The choice is then what pays most. A bid is
// taken for no more than the lot, in no less than the line's and its own least quantity. Service level and interconnect
// are what the need promises and a bid may ask for; moving data, power and carbon are the bidder's matter. The budget
// is a reserve: every bid must pay at least the part of it that its accelerator-hours are of the whole need's (each line
// counted in its reference), so that a part sold never eats the reserve of the rest. What is already awarded does not count.
// The choice is exact for up to [ExactOffers] bids of one kind of accelerator.
//
// # Plan
//
// [MakePlan] chooses for many lots at once, of any needs. It examines every offer by the rules above and hands what is left to
// package [firstlook/award/mix], which minimises, over all lots together,
//
//	price + expected lost hours + copies of data + shortfall of commitments + what stays open
//
// under the quantities of offers, least quantities, packages, volume steps, budgets, power limits, quotas of regions and greatest
// shares of providers. Rights are constraints: a barred offer is not there. A [Plan] has a bound that no lawful choice
// beats, and says for each rule what it costs: the problem is planned once more without it. Where that is too much
// work (more than 3,000 possible awards or 60 questions) the multiplier of the bound stands for it, and the plan says so.
//
// # Data transfer
//
// See [Egress]. The copy is assumed to fall in one billing month in which nothing else leaves the source.
package award
