package proof

// Key is the key of a record's salts, for the test that compares it with crypto/hmac.
func (s *Sealer) Key(r *Record) [32]byte { return s.key(r) }
