package pricebook

import (
	_ "embed"
	"fmt"
	"sync"

	"firstlook/award"
	"firstlook/capacity"
)

// The embedded files are public facts, each line with its date and source, gathered by hand.
var (
	//go:embed embedded/prices.csv
	priceFile []byte
	//go:embed embedded/egress.csv
	egressFile []byte
	//go:embed embedded/throughput-bf16.csv
	bf16File []byte
	//go:embed embedded/throughput-mlperf.csv
	mlperfFile []byte
)

// Names of the embedded tables of throughput.
const (
	BF16Dense = "bf16-dense-datasheet"
	MLPerf    = "mlperf-lora-derived-unverified"
)

// parsed reads an embedded file once. A file that does not parse is a bug of the build, not a fault of the day.
func parsed[T any](file string, parse func() (T, error)) func() T {
	return sync.OnceValue(func() T {
		v, err := parse()
		if err != nil {
			panic(fmt.Sprintf("embedded %s: %v", file, err))
		}
		return v
	})
}

var (
	embeddedBook   = parsed("prices.csv", func() (Book, error) { return Decode(priceFile) })
	embeddedEgress = parsed("egress.csv", func() (*award.Egress, error) { return ParseEgress("egress.csv", egressFile) })
	embeddedBF16   = parsed("throughput-bf16.csv", func() (capacity.Throughput, error) {
		return ParseThroughput("throughput-bf16.csv", bf16File)
	})
	embeddedMLPerf = parsed("throughput-mlperf.csv", func() (capacity.Throughput, error) {
		return ParseThroughput("throughput-mlperf.csv", mlperfFile)
	})
)

// Embedded returns the embedded book of list prices. It is shared: callers read it and do not change it.
func Embedded() *Book {
	b := embeddedBook()
	return &b
}

// EmbeddedEgress returns the embedded table of data-transfer prices. It is shared: callers read it and do not change it.
func EmbeddedEgress() *award.Egress { return embeddedEgress() }

// EmbeddedThroughputs returns the embedded tables of throughput, the default first: dense bf16 by data sheet, and a second one
// derived from measured training runs, unverified, that shows how far such tables differ. They are shared.
func EmbeddedThroughputs() []capacity.Throughput {
	return []capacity.Throughput{embeddedBF16(), embeddedMLPerf()}
}

// EmbeddedThroughput returns an embedded table by name.
func EmbeddedThroughput(name string) (capacity.Throughput, bool) {
	for _, t := range EmbeddedThroughputs() {
		if t.Name == name {
			return t, true
		}
	}
	return capacity.Throughput{}, false
}
