package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"firstlook/award/mix"
)

// The command reads an instance, decides it and writes an assignment that adds up to the objective that it prints.
func TestDecide(t *testing.T) {
	in := generate(30, 300, 3, 0)
	dir := t.TempDir()
	name, assign := filepath.Join(dir, "in.json"), filepath.Join(dir, "out.json")
	data, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := decide(&out, name, assign, mixOptions()); err != nil {
		t.Fatal(err)
	}
	var printed struct{ Objective, Bound dollars }
	if err := json.Unmarshal(out.Bytes(), &printed); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	var chosen map[string]*int
	if data, err = os.ReadFile(assign); err == nil {
		err = json.Unmarshal(data, &chosen)
	}
	if err != nil || len(chosen) != 30 {
		t.Fatalf("%v: %d requests in the assignment", err, len(chosen))
	}
	if cost := in.costOf(t, chosen); cost != printed.Objective || printed.Bound > cost || printed.Bound < cost-cost/500 {
		t.Errorf("the assignment costs %d; printed are %d and the bound %d", cost, printed.Objective, printed.Bound)
	}
}

// costOf adds up an assignment by the rules of the form, and fails where one is broken.
func (in *instance) costOf(t *testing.T, chosen map[string]*int) (cost dollars) {
	drawn, regions, spent := map[int]int64{}, map[string]int64{}, map[string]dollars{}
	for _, r := range in.Requests {
		id, ok := chosen[itoa(r.ID)]
		if !ok {
			t.Fatalf("request %d is not in the assignment", r.ID)
		}
		if id == nil {
			cost += in.Penalty[itoa(r.ID)]
			continue
		}
		found := false
		for _, q := range in.Pairs {
			if q.R == r.ID && q.O == *id {
				found = true
				cost += q.Cost
				spent[in.Offers[q.O].Cloud] += q.Spend
			}
		}
		if !found {
			t.Fatalf("offer %d may not serve request %d", *id, r.ID)
		}
		o := in.Offers[*id]
		drawn[o.ID] += r.GPUs
		regions[o.Region] += r.GPUs
		if drawn[o.ID] > o.Cap || regions[o.Region] > in.RegionCap[o.Region] {
			t.Fatalf("offer %d or region %s is drawn on for more than it has", o.ID, o.Region)
		}
	}
	for k, amount := range in.Commit {
		cost += max(0, amount-spent[k])
	}
	return cost
}

func TestBadInstances(t *testing.T) {
	for text, want := range map[string]string{
		`{"requests":[{"id":1,"gpus":8}]}`: "request 1 has no penalty",
		`{"requests":[{"id":1,"gpus":8}],"penalty":{"1":5},"pairs":[{"r":1,"o":9,"cost":1,"spend":1}]}`:                                  "pair 0: request 1 or offer 9 is not in the file",
		`{"requests":[{"id":1,"gpus":8}],"penalty":{"1":1e3}}`:                                                                           "without an exponent",
		`{"requests":[{"id":1,"gpus":8}],"penalty":{"1":-5}}`:                                                                            "penalty -5000000 must be positive",
		`{"requests":[{"id":1,"gpus":8}],"offers":[{"id":9,"cap":8}],"penalty":{"1":5},"pairs":[{"r":1,"o":9,"cost":-1.5,"spend":1}]}`:   "none may be negative",
		`{"requests":[{"id":1,"gpus":8}],"offers":[{"id":9,"cap":8}],"penalty":{"1":5},"pairs":[{"r":1,"o":9,"cost":9e99,"spend":1.0}]}`: "without an exponent",
	} {
		name := filepath.Join(t.TempDir(), "in.json")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := decide(&bytes.Buffer{}, name, "", mixOptions()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error that says %q", text, err, want)
		}
	}
}

func mixOptions() mix.Options { return mix.Options{Seed: 1} }

func itoa(n int) string { return strconv.Itoa(n) }
