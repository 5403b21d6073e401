package proof

import (
	"slices"
	"strings"
)

// sealedIn lists, by the type of the event, the objects and lists in what was said of which a part is sealed. A line is the path of one in
// its JSON and then its members, all of them, in the order of the canonical encoding; * stands for every item of a list. Behind a name:
//
//   - ! it is sealed. A seal can only be opened whole, so whatever a party may see without its neighbour needs one.
//   - ? it is sealed, and a seal of nothing stands in its place where it is missing: somebody who sees another part of the object is not to learn
//     whether it is there.
//
// An object that has other members, or in another order, is not taken apart. A fact that is not listed is no risk: it can be shown
// whole or not at all. Who said it (by) is sealed in every event: whose act let a rival in is not the rival's to know. What is
// sealed for whom is decided elsewhere; this is only how finely it can be.
var sealedIn = map[string][]string{
	"need-submitted": {"/fact need engine law related!", "/fact/need id buyer title class purpose customer sourcing tenure sells lines interconnect service_level" +
		" security data_sets budget! power_kw carbon_g_per_kwh offers_window"},
	"lot-split":              {"/fact from to quantity matter accelerators? of"},
	"matter-opened":          {"/fact matter lot clause holder again offer? group award quantity beside"},
	"noticed":                append(terms("/fact/terms"), "/fact matter holder channel quantity terms counterparty! missing deemed_at"),
	"changed":                append(terms("/fact/terms"), "/fact matter terms offer? pick? material differences reason", "/fact/differences *!"),
	"answered":               {"/fact answer", "/fact/answer matter kind quantity least terms? rest"},
	"revised":                {"/fact matter terms!"},
	"released":               {"/fact matter cap! until counterparty! tolerance exact cap_until"},
	"allocated":              {"/fact group rule shares", "/fact/shares *!"},
	"offers-requested":       {"/fact lot invited barred? closes", "/fact/invited *!"},
	"offer-received":         {"/fact offer hash", "/fact/offer id provider! need line terms! valid_until! security? salt! package?"},
	"chosen":                 {"/fact lot manual person! reason! comparison!"},
	"pick-set":               {"/fact lot pick!"},
	"awarded":                {"/fact award lot provider! role quantity terms! offer? landed? matter because", "/fact/terms " + places},
	"signed":                 {"/fact award terms!"},
	"stepped-down":           {"/fact award quantity terms landed? lot"},
	"cap-broken":             {"/fact award matter differences! why terms"},
	"determination-required": {"/fact matter param why resume grantor lot answer! answered_at change? terms! reopen"},
}

// members of terms in their order, of which where the capacity stands is sealed.
const places = "price accelerator quantity least cloud? region? country period interconnect service_level take_or_pay prepayment termination_days power_watts" +
	" carbon_g_per_kwh non_cash non_cash_value finders_fee"

// terms are the seals of terms of which a clause may disclose any part. A price's first instant is the start.
func terms(at string) []string {
	return []string{
		at + " price! accelerator! quantity! least? cloud? region? country? period interconnect? service_level? take_or_pay? prepayment? termination_days?" +
			" power_watts? carbon_g_per_kwh? non_cash? non_cash_value? finders_fee?",
		at + "/price *", at + "/price/* from! rate", at + "/period from? until?",
	}
}

// node is a place in the JSON of what was said at which, or below which, something may be sealed.
type node struct {
	name   string // key of the member, or * for an item
	seal   bool
	fill   bool    // a seal of nothing stands for it where it is missing
	kids   []*node // members, in their order
	item   *node   // of a list
	speaks bool    // of what was said: who said it has a seal of its own
}

// speaking are the types of the events whose party is told to some who may not know that it brought about others of the
// same record: who made an offer, who stayed a window, who consented.
var speaking = []string{"offer-received", "tolled", "untolled", "consented"}

// saidSeals are the trees of sealedIn; what was said is itself sealed in every leaf.
var saidSeals = func() map[string]*node {
	out := map[string]*node{}
	for _, kind := range speaking {
		out[kind] = &node{seal: true, speaks: true}
	}
	for kind, lines := range sealedIn {
		root := out[kind]
		if root == nil {
			root = &node{seal: true}
			out[kind] = root
		}
		for _, l := range slices.Sorted(slices.Values(lines)) { // an object comes before what is in it
			path, names, _ := strings.Cut(l, " ")
			at := root
			for _, name := range strings.Split(path[1:], "/") {
				at = at.place(name)
			}
			for _, name := range strings.Fields(names) {
				bare := strings.TrimRight(name, "!?")
				kid := at.place(bare)
				kid.seal = kid.seal || bare != name
				kid.fill = kid.fill || strings.HasSuffix(name, "?")
			}
		}
	}
	return out
}()

// plainSaid is what was said with nothing sealed in it but who said it.
var plainSaid = &node{seal: true}

func saidOf(kind []byte) *node {
	if n, ok := saidSeals[string(kind)]; ok {
		return n
	}
	return plainSaid
}

// place returns the place of a member or an item, which is made where it is not known yet.
func (n *node) place(name string) *node {
	if at := slices.IndexFunc(n.kids, func(k *node) bool { return k.name == name }); at >= 0 {
		return n.kids[at]
	}
	kid := &node{name: name}
	switch {
	case name != "*":
		n.kids = append(n.kids, kid)
	case n.item != nil:
		return n.item
	default:
		n.item = kid
	}
	return kid
}

// plain reports whether nothing is sealed at a place or below it.
func (n *node) plain() bool { return !n.seal && len(n.kids) == 0 && n.item == nil }
