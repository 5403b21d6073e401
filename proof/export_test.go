package proof

// Key is the seed of a record's salts, for the test that makes them another way.
func (s *Sealer) Key(r *Record) [32]byte { return s.key(r) }

// SealedIn is the table of seals, for the test that holds it against the facts.
var SealedIn = sealedIn
