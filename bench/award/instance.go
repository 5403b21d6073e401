package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"firstlook/award/mix"
	"firstlook/money"
)

// dollars is an amount in micro-dollars, read from a JSON number without a float.
type dollars int64

// UnmarshalJSON reads a decimal number. A cost that has more than six decimals is refused.
func (d *dollars) UnmarshalJSON(b []byte) error {
	text := string(b)
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		return fmt.Errorf("%s: write the number without an exponent", text)
	}
	n, err := money.ParseDecimal(text, 6)
	*d = dollars(n)
	return err
}

type instance struct {
	Requests  []request          `json:"requests"`
	Offers    []supply           `json:"offers"`
	Pairs     []pair             `json:"pairs"`
	Commit    map[string]dollars `json:"commit"`
	RegionCap map[string]int64   `json:"regioncap"`
	Penalty   map[string]dollars `json:"penalty"`
}

type request struct {
	ID   int   `json:"id"`
	GPUs int64 `json:"gpus"`
}

type supply struct {
	ID     int    `json:"id"`
	Cloud  string `json:"cloud"`
	Region string `json:"region"`
	Cap    int64  `json:"cap"`
}

type pair struct {
	R     int     `json:"r"`
	O     int     `json:"o"`
	Cost  dollars `json:"cost"`
	Spend dollars `json:"spend"`
}

func read(r io.Reader) (*instance, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	in := new(instance)
	return in, json.Unmarshal(data, in)
}

// problem turns an instance into a winner determination: requests go whole to one offer; clouds with a commitment count
// what is spent with them; regions are limits.
func (in *instance) problem() (*mix.Problem, error) {
	p := &mix.Problem{Requests: make([]mix.Request, len(in.Requests)), Offers: make([]mix.Offer, len(in.Offers)), Pairs: make([]mix.Pair, len(in.Pairs))}
	requests, offers := make(map[int]int32, len(in.Requests)), make(map[int]int32, len(in.Offers))
	for i, r := range in.Requests {
		penalty, ok := in.Penalty[fmt.Sprint(r.ID)]
		if !ok {
			return nil, fmt.Errorf("request %d has no penalty", r.ID)
		}
		requests[r.ID] = int32(i)
		p.Requests[i] = mix.Request{Name: fmt.Sprint(r.ID), Work: 1, Penalty: int64(penalty)}
	}
	commitments := make(map[string][]mix.Use)
	for _, cloud := range slices.Sorted(maps.Keys(in.Commit)) {
		commitments[cloud] = []mix.Use{{Of: int32(len(p.Commitments))}}
		p.Commitments = append(p.Commitments, mix.Commitment{Name: cloud, Amount: int64(in.Commit[cloud])})
	}
	regions := make(map[string]int32)
	for _, region := range slices.Sorted(maps.Keys(in.RegionCap)) {
		regions[region] = int32(len(p.Limits))
		p.Limits = append(p.Limits, mix.Limit{Name: region, Most: in.RegionCap[region]})
	}
	for i, o := range in.Offers {
		offers[o.ID] = int32(i)
		p.Offers[i] = mix.Offer{Name: fmt.Sprint(o.ID), Capacity: o.Cap}
	}
	for i, q := range in.Pairs {
		r, known := requests[q.R]
		o, also := offers[q.O]
		if !known || !also {
			return nil, fmt.Errorf("pair %d: request %d or offer %d is not in the file", i, q.R, q.O)
		}
		supply := &in.Offers[o]
		gpus := in.Requests[r].GPUs
		pair := mix.Pair{Request: r, Offer: o, Least: 1, Most: 1, Yield: 1, Draw: gpus, Cost: int64(q.Cost)}
		if region, ok := regions[supply.Region]; ok {
			pair.Uses = []mix.Use{{Of: region, Amount: gpus}}
		}
		if c, ok := commitments[supply.Cloud]; ok {
			pair.Spends = []mix.Use{{Of: c[0].Of, Amount: int64(q.Spend)}}
		}
		p.Pairs[i] = pair
	}
	return p, nil
}

// write writes the assignment by the ids of the file.
func (in *instance) write(name string, p *mix.Problem, takes []mix.Take) error {
	out := make(map[string]*int, len(in.Requests))
	for _, r := range in.Requests {
		out[fmt.Sprint(r.ID)] = nil
	}
	for _, t := range takes {
		q := &p.Pairs[t.Pair]
		out[fmt.Sprint(in.Requests[q.Request].ID)] = &in.Offers[q.Offer].ID
	}
	data, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(data, '\n'), 0o644)
}

// MarshalJSON writes a decimal number.
func (d dollars) MarshalJSON() ([]byte, error) { return []byte(dollarsOf(int64(d))), nil }
