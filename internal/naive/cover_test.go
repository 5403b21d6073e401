package naive

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"firstlook/right"
)

// coverage counts what histories reached.
type coverage struct {
	mu       sync.Mutex
	facts    map[reflect.Type]int
	statuses map[right.Status]int
	lots     map[right.LotStatus]int
	codes    map[right.Code]int
	waits    map[string]int
	moves    int
}

func covered() *coverage {
	return &coverage{facts: map[reflect.Type]int{}, statuses: map[right.Status]int{}, lots: map[right.LotStatus]int{}, codes: map[right.Code]int{}, waits: map[string]int{}}
}

// note counts the facts of one move, and where it left lots and matters. Nothing is counted without a place for it.
func (c *coverage) note(s *right.State, events []right.Event, code right.Code) {
	if c == nil {
		return
	}
	c.moves++
	for i := range events {
		c.facts[reflect.TypeOf(events[i].Fact)]++
	}
	for i := range s.Matters {
		c.statuses[s.Matters[i].Status]++
		if q := s.Matters[i].Question; q != nil {
			c.waits[q.Param]++
		}
	}
	for i := range s.Lots {
		c.lots[s.Lots[i].Status]++
	}
	if code != "" {
		c.codes[code]++
	}
}

// add takes over what another counted.
func (c *coverage) add(o *coverage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum(c.facts, o.facts)
	sum(c.statuses, o.statuses)
	sum(c.lots, o.lots)
	sum(c.codes, o.codes)
	sum(c.waits, o.waits)
	c.moves += o.moves
}

func sum[K comparable](into, from map[K]int) {
	for k, n := range from {
		into[k] += n
	}
}

func (c *coverage) String() string {
	facts := map[string]int{}
	for t, n := range c.facts {
		facts[t.Elem().Name()] = n
	}
	return fmt.Sprintf("%d moves\nfacts: %s\nmatters: %s\nlots: %s\nrefusals: %s\nasked for: %s", c.moves, counts(facts), counts(c.statuses), counts(c.lots), counts(c.codes), counts(c.waits))
}

func counts[K ~string](m map[K]int) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, fmt.Sprintf("%s %d", k, m[k]))
	}
	return strings.Join(out, ", ")
}
