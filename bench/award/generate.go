package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
)

// The distribution is that of the instances on which the bars are set: seven clouds at different price levels, six models
// of accelerators, offers of 8 to 1,024 for a week to a year, requests of 8 to 512 for a day to a month, data that lies in one of
// the clouds, three commitments of a tenth to a fifth of what all requests cost at their cheapest, regions that hold a
// quarter of what is offered in them.

type cloudLevel struct {
	name           string
	percent        int64 // of the price level
	egressPer10000 int64 // dollars for 10,000 GB
}

var clouds = []cloudLevel{{"azure", 125, 875}, {"aws", 110, 900}, {"gcp", 105, 1200}, {"oci", 100, 85}, {"coreweave", 80, 0}, {"lambda", 62, 0}, {"nebius", 60, 0}}

// levels are the models' price levels in cents an hour.
var levels = []int64{1000, 1000, 1400, 1600, 400, 600}

func pick[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }

type madeOffer struct {
	supply
	model, cloud int
	price        int64 // in 1/10,000 dollars an hour
	least        int64
	start, end   int64 // hours
}

// generate makes an instance of requests x offers; candidates bounds the pairs of a request to its cheapest, 0 for all.
func generate(requests, offers int, seed uint64, candidates int) *instance {
	rng := rand.New(rand.NewPCG(seed, 4))
	in := &instance{Commit: map[string]dollars{}, RegionCap: map[string]int64{}, Penalty: map[string]dollars{}}
	made := make([]madeOffer, offers)
	for i := range made {
		c, m := rng.IntN(len(clouds)), rng.IntN(len(levels))
		o := madeOffer{supply{i, clouds[c].name, fmt.Sprintf("%s-%d", clouds[c].name, rng.IntN(6)), 8 << rng.IntN(8)}, m, c, 0, 8 * pick[int64](rng, 1, 1, 1, 2, 4), 0, 0}
		o.price = levels[m] * clouds[c].percent * (5500 + rng.Int64N(6001)) / 20000
		o.start = rng.Int64N(24 * 14)
		o.end = o.start + 24*pick[int64](rng, 7, 14, 30, 90, 365)
		made[i] = o
		in.Offers = append(in.Offers, o.supply)
		in.RegionCap[o.Region] += o.Cap
	}
	for region, n := range in.RegionCap {
		in.RegionCap[region] = n / 4 / 8 * 8
	}
	var cheapest int64
	for id := range requests {
		cheapest += in.request(rng, id, made, candidates)
	}
	for k, percent := range map[string]int64{"azure": 22, "gcp": 10, "oci": 12} {
		in.Commit[k] = dollars(cheapest / 10_000 * percent * 100)
	}
	return in
}

// request adds a request with its pairs and returns the spend of the cheapest in micro-dollars.
func (in *instance) request(rng *rand.Rand, id int, made []madeOffer, candidates int) int64 {
	gpus := 8 * pick[int64](rng, 1, 1, 1, 2, 2, 4, 8, 16, 32, 64)
	start, hours := rng.Int64N(24*21), 24*pick[int64](rng, 1, 2, 3, 7, 14, 30)
	home := rng.IntN(len(clouds))
	models := rng.Perm(len(levels))[:pick(rng, 1, 2, 2, 3)]
	data := pick[int64](rng, 0, 0, 500, 5000, 50000)
	most := 25000 + rng.Int64N(65001)
	in.Requests = append(in.Requests, request{id, gpus})
	in.Penalty[fmt.Sprint(id)] = dollars(12_000_000 * gpus * hours)
	var pairs []pair
	for i := range made {
		o := &made[i]
		if !slices.Contains(models, o.model) || o.Cap < gpus || o.least > gpus || o.start > start || o.end < start+hours || o.price > most {
			continue
		}
		spend := o.price * gpus * hours * 100
		moved := int64(0)
		if o.cloud != home {
			moved = data * clouds[home].egressPer10000 * 100
		}
		pairs = append(pairs, pair{id, i, dollars(spend + moved), dollars(spend)})
	}
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Or(cmp.Compare(a.Cost, b.Cost), cmp.Compare(a.O, b.O)) })
	if candidates > 0 {
		pairs = pairs[:min(len(pairs), candidates)]
	}
	in.Pairs = append(in.Pairs, pairs...)
	least := int64(0)
	for i, q := range pairs {
		if i == 0 || int64(q.Spend) < least {
			least = int64(q.Spend)
		}
	}
	return least
}
