// Package examples holds the agreements, needs and providers that the README, the demo and the tests use.
package examples

import "embed"

// Files are the example files by their path within this folder.
//
//go:embed *.yaml needs/*.yaml
var Files embed.FS

// Read returns an example file; a name that is not there is a bug.
func Read(name string) []byte {
	b, err := Files.ReadFile(name)
	if err != nil {
		panic("bug: no example " + name)
	}
	return b
}
