// Package mix decides a winner determination: many requests, many offers, the cheapest lawful choice, and a proof of
// how good it is. It knows nothing of agreements; package award says what its numbers mean.
//
// # Problem
//
// A [Request] wants work, counted in whole units. A [Pair] says that an [Offer] may serve it: in no unit or in Least to Most
// of them, each doing Yield of the work, drawing Draw on the offer's capacity, costing Cost, and counting towards limits
// and commitments. Work that is not divisible goes whole to one pair or stays open. Open work costs its part of the
// request's penalty, or is not allowed (Must).
//
// What binds pairs together:
//
//   - an offer's capacity, its least quantity in all, its charge once any of it is taken;
//   - a [Limit]: a region's capacity, a provider's greatest share, a budget, power, carbon;
//   - a [Commitment]: spend that is owed anyway; what the choice does not spend is added to its cost as shortfall;
//   - a [Charge] that several pairs share and that is paid once, such as a copy of data;
//   - packages, taken whole or not at all, and rivals, of which at most one is taken (the volume steps of one price list).
//
// The cost of a choice is units, charges, penalties and shortfall, in micro-units of one currency. Every number is a whole
// one and every sum is bounded by [Problem.Validate], so that nothing is ever rounded in favour of a choice.
//
// # Search
//
// [Solve] returns the best choice it finds within its work, and a bound. The bound is the value of a Lagrangian at whole-number
// multipliers, rounded down: first with every row priced, then with each offer's capacity kept as a knapsack and the
// serving of each request priced ([Fisher 1981], [Jörnsten and Näsberg 1986]), then over the nodes of a branch and
// bound, lowest bound first. Choices come from short walks that move requests between the pairs that a node
// takes, under falling heat; commitments first count at their multipliers and then, more and more, as they are. Small problems are also tried out in full. The answer depends on the problem, the seed and the work,
// and on no clock.
//
// [Check] verifies a choice with arithmetic of any size and shares nothing with the search. Solve runs it on every answer.
//
// [Conflict] names a smallest set of rules that cannot be kept together where no lawful choice exists.
package mix
