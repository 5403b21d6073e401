package right_test

import (
	"testing"

	"firstlook/bench/negotiation"
	"firstlook/right"
)

// BenchmarkStep plays whole negotiations: Decide and Apply of each command, time settled first.
func BenchmarkStep(b *testing.B) {
	law, err := negotiation.Law()
	if err != nil {
		b.Fatal(err)
	}
	for name, script := range map[string][]negotiation.Timed{"first-offer": negotiation.FirstOffer("n1"), "match": negotiation.Match("n1")} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				s := right.Begin(law)
				for i := range script {
					s, _, _ = right.Step(s, script[i].Command, script[i].At)
				}
				n += len(script)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "commands/s")
		})
	}
}
