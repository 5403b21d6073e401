package identity

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"
)

// secret is 256 random bits. Its text is 64 lower-case hex digits: one spelling, so nothing can be said twice.
type secret [32]byte

func newSecret() (s secret) {
	_, _ = rand.Read(s[:]) // it never fails: the program ends instead
	return s
}

// parseSecret reads the one spelling of a secret.
func parseSecret(text string) (s secret, ok bool) {
	if len(text) != hex.EncodedLen(len(s)) || !lowerHex(text) {
		return secret{}, false
	}
	_, err := hex.Decode(s[:], []byte(text))
	return s, err == nil
}

func lowerHex(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') }) < 0
}

// reveal is the secret's text. It is a long word so that a log line does not print a secret by mistake.
func (s secret) reveal() string { return hex.EncodeToString(s[:]) }

// String keeps secrets out of logs.
func (s secret) String() string { return "(secret)" }

// hash is what the store may have of a secret.
func (s secret) hash() string { return digest(s[:]) }

// derive makes a further secret for one purpose, from which the first cannot be found.
func (s secret) derive(purpose string) string {
	m := hmac.New(sha256.New, s[:])
	m.Write([]byte("firstlook " + purpose))
	return hex.EncodeToString(m.Sum(nil))
}

func digest(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// equal compares without telling by its time where the difference is.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// newID is a public name: prefix and 16 hex digits.
func newID(prefix string) string { return prefix + newSecret().reveal()[:16] }

const tokenPrefix = "fl_"

// tokenText is what a machine sends.
func tokenText(id TokenID, s secret) string { return tokenPrefix + string(id) + "_" + s.reveal() }

// parseToken reads what a machine sent; it accepts the one spelling that [tokenText] writes.
func parseToken(text string) (id TokenID, s secret, ok bool) {
	rest, found := strings.CutPrefix(text, tokenPrefix)
	name, sec, cut := strings.Cut(rest, "_")
	if !found || !cut || len(name) != 16 || !lowerHex(name) {
		return "", secret{}, false
	}
	s, ok = parseSecret(sec)
	return TokenID(name), s, ok
}

// bearer returns the credential of an Authorization header of the scheme Bearer (RFC 6750).
func bearer(header string) (string, bool) {
	scheme, credential, ok := strings.Cut(header, " ")
	return credential, ok && strings.EqualFold(scheme, "Bearer") && credential != ""
}
