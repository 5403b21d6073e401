// Package demo plays the founding case in the terminal: one need of 4,096 accelerators for research training, under the
// January 2025 agreement in each of its four readings, on a real record with a clock that jumps.
//
// Nothing of the outcome is written here. The parties follow fixed conduct ([Conduct]), the desk and the engine do the
// rest, and what would have changed an award is found by playing the same need again with other conduct.
package demo
