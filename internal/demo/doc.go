// Package demo plays the founding case in the terminal: one need of 4,096 accelerators for research training, under the
// January 2025 agreement in each of its four readings, on a real record with a clock that jumps.
//
// Nothing of the outcome is written here. The parties follow fixed conduct ([Conduct]), the desk and the engine do the
// rest, and what would have changed an award is found by playing the same need again with other conduct.
//
// [Populate] fills a record for a demonstration server: an invented buyer and its clouds with needs in different states (an open
// window, one that is countered, one that stands still, a stop at what the agreement leaves open, a round of offers, a release within
// its tail, an award), and the founding case. [Seating] lets whoever sits at the machine take one of the [Seats] by one click. It stands
// in the place of signing in and is for loopback alone: it answers no request whose Host is not a name of this machine.
package demo
