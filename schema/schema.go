// Package schema holds the published JSON Schemas (draft 2020-12) of the files that people write, so that an editor
// completes and explains them while they are written:
//
//	# yaml-language-server: $schema=path/to/agreement.schema.json
//
// They are made from the same tables as the parsers; the test of this package keeps the two in step. A schema sees one
// value at a time: that ids exist and spans fit is checked by the parsers only.
package schema

import _ "embed"

//go:generate go test -run TestInStep|TestBroken -update

// Agreement describes agreement files, see package agreement.
//
//go:embed agreement.schema.json
var Agreement []byte

// Need describes need files, see package need.
//
//go:embed need.schema.json
var Need []byte

// Notify describes the file that says how notices travel. The test of package cli keeps it in step.
//
//go:embed notify.schema.json
var Notify []byte

// Offers describes the offers files of award plan. The test of package cli keeps it in step.
//
//go:embed offers.schema.json
var Offers []byte

// Providers describes provider files, see package agreement.
//
//go:embed providers.schema.json
var Providers []byte
