package agreement

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"firstlook/internal/strict"
)

// Parse reads an agreement. The error lists everything that is wrong, each problem with file, line, column and what
// to do next; the name of the file is used for nothing else.
func Parse(file string, data []byte) (*Agreement, error) {
	a, _, err := Check(file, data)
	return a, err
}

// Check reads an agreement like [Parse], and also returns findings: what may well be right but deserves a look, such as
// a calendar whose holidays end before the clause does. An agreement with findings is sound.
func Check(file string, data []byte) (*Agreement, strict.Problems, error) {
	read, f := strict.Read(file, data, agreementForm)
	if !f.Parsed() {
		return nil, nil, f.Err()
	}
	c := checker{f: f, a: &read}
	c.terms()
	c.clauses()
	if err := f.Err(); err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(data)
	read.Hash = hex.EncodeToString(sum[:])
	c.findings.Sort()
	return &read, c.findings, nil
}

// ParseProviders reads the list of companies that may be asked for offers.
func ParseProviders(file string, data []byte) ([]Provider, error) {
	read, f := strict.Read(file, data, providersForm)
	for i, p := range read.providers {
		first := slices.IndexFunc(read.providers, func(o Provider) bool { return o.ID == p.ID })
		if first < i && p.ID != "" {
			f.Report(fmt.Sprintf("providers[%d].id", i), fmt.Sprintf("provider %s stands twice", p.ID), "merge the two entries")
		}
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return read.providers, nil
}

// Schema returns the published JSON Schema of agreement files.
func Schema() ([]byte, error) {
	return strict.Document("urn:firstlook:schema:agreement", "Firstlook agreement", agreementForm.Schema())
}

// ProvidersSchema returns the published JSON Schema of provider files.
func ProvidersSchema() ([]byte, error) {
	return strict.Document("urn:firstlook:schema:providers", "Firstlook providers", providersForm.Schema())
}
