// Package party names who takes part: the buyer, its providers, and the people who act for them.
//
// An [ID] is a short lower-case word ("openai", "microsoft") that is the same in every agreement, offer and event.
// Ids of other kinds (needs, offers, clauses) have types of their own, so that one cannot stand for another.
package party

import "fmt"

// ID names a company or a desk of one.
type ID string

// Role says on which side of a right a party stands.
type Role string

const (
	// Grantor is bound by a right: in compute agreements the buyer.
	Grantor Role = "grantor"
	// Holder has a right.
	Holder Role = "holder"
	// Rival is any other provider.
	Rival Role = "rival"
	// Auditor reads everything and decides nothing.
	Auditor Role = "auditor"
)

// Check reports why s is not an id: ids are 1 to 64 of a-z, 0-9, '-' and '.', beginning with a letter or digit.
func Check(s string) error {
	if s == "" || len(s) > 64 {
		return fmt.Errorf("%q: an id has 1 to 64 characters", s)
	}
	for i, r := range s {
		word := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		if !word && (i == 0 || r != '-' && r != '.') {
			return fmt.Errorf("%q: an id is lower-case letters, digits, '-' and '.', beginning with a letter or digit", s)
		}
	}
	return nil
}
