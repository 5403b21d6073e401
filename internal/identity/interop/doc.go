// Package interop signs in at an OpenID provider that is not ours: Ory's fosite, the library under a provider that is in wide use. It is a module of
// its own because fosite brings some seventy modules with it, none of which the program needs. Run it with
//
//	cd internal/identity/interop && go test ./...
//
// The provider that misbehaves on purpose is in the tests of package identity.
package interop
