package sim

import (
	"slices"
	"testing"
)

// Each checker finds what it is for: a fault that is planted in the store, a replica, a courier or the record.
func TestPlanted(t *testing.T) {
	all := setups(t)
	plants := []struct {
		plant   Plant
		name    string
		checker string // that must find it
		races   bool
	}{
		{StoreLosesAcknowledged, "a failover loses an acknowledged write", "commands", false},
		{StoreForgetsKeys, "a key may be used again", "commands", false},
		{StoreAcceptsAnyVersion, "a write with an old version is recorded", "law", false},
		{ReplicaUsesItsClock, "replicas decide by their own clocks", "answers", false},
		{ReplicaUsesItsClock, "replicas race by clocks that are off by up to a minute", "answers", true},
		{ReplicaTrustsItsMemory, "replicas refuse from memory", "answers", false},
		{CourierLoses, "a letter is taken and thrown away", "acts", false},
		{CourierForgetsKeys, "a repeated letter has another key", "acts", false},
		{CourierChangesText, "a repeated letter has another text", "acts", false},
		{CourierReorders, "a letter overtakes", "acts", false},
		{DeadlinesSleep, "nothing wakes for deadlines", "deadlines", false},
		{LawIsNotSettled, "a change of the law is settled by nobody when its process dies", "settled", false},
		{RecordIsEdited, "the record is edited", "chain", false},
	}
	for _, p := range plants {
		t.Run(p.name, func(t *testing.T) {
			const most = 1500
			for s := range uint64(most) {
				r := Play(s, all, Options{Plant: p.plant, Races: p.races})
				if slices.ContainsFunc(r.Violations, func(v Violation) bool { return v.Checker == p.checker }) {
					t.Logf("found in history %d of %d", s+1, most)
					return
				}
			}
			t.Errorf("the checker %q found nothing in %d histories", p.checker, most)
		})
	}
}
