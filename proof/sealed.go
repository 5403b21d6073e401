package proof

import "strings"

// sealedIn lists, by the type of the event, what is sealed inside what was said, as paths in its JSON; * stands for every
// item of a list, and for every member of an object that has no line of its own. A seal can only be opened whole, so
// whatever a party may see without its neighbour needs a line here. A fact that is not listed is no risk: it can be shown
// whole or not at all. Who said it (by) is sealed in every event: whose act let a rival in is not the rival's to know. What is
// sealed for whom is decided elsewhere; this is only how finely it can be.
var sealedIn = map[string][]string{
	"need-submitted":         {"/fact/need/budget", "/fact/related"},
	"lot-split":              {"/fact/accelerators"},
	"matter-opened":          {"/fact/offer"},
	"noticed":                append(terms("/fact/terms"), "/fact/counterparty"),
	"changed":                append(terms("/fact/terms"), "/fact/offer", "/fact/pick", "/fact/differences/*"),
	"answered":               {"/fact/answer/terms"},
	"revised":                {"/fact/terms"},
	"released":               {"/fact/cap", "/fact/counterparty"},
	"allocated":              {"/fact/shares/*"},
	"offers-requested":       {"/fact/invited/*", "/fact/barred"},
	"offer-received":         {"/fact/offer/provider", "/fact/offer/terms", "/fact/offer/valid_until", "/fact/offer/security", "/fact/offer/salt", "/fact/offer/package"},
	"chosen":                 {"/fact/person", "/fact/reason", "/fact/comparison"},
	"pick-set":               {"/fact/pick"},
	"awarded":                {"/fact/provider", "/fact/terms", "/fact/terms/cloud", "/fact/terms/region", "/fact/offer", "/fact/landed"},
	"signed":                 {"/fact/terms"},
	"stepped-down":           {"/fact/landed"},
	"cap-broken":             {"/fact/differences"},
	"determination-required": {"/fact/answer", "/fact/change", "/fact/terms"},
}

// terms are the seals of terms of which a clause may disclose any part. A price's first instant is the start.
func terms(at string) []string {
	return []string{at + "/*", at + "/price", at + "/price/*/from", at + "/period/*"}
}

// node is a place in the JSON of what was said at which, or below which, something is sealed.
type node struct {
	name   string // key of the member, or * for an item and every other member
	seal   bool
	kids   []*node
	rest   *node // the one of the kids whose name is *
	speaks bool  // of what was said: who said it has a seal of its own
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
	for kind, paths := range sealedIn {
		root := out[kind]
		if root == nil {
			root = &node{seal: true}
			out[kind] = root
		}
		for _, p := range paths {
			root.add(strings.Split(strings.TrimPrefix(p, "/"), "/"))
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

func (n *node) add(path []string) {
	if len(path) == 0 {
		n.seal = true
		return
	}
	var kid *node
	for _, k := range n.kids {
		if k.name == path[0] {
			kid = k
		}
	}
	if kid == nil {
		kid = &node{name: path[0]}
		n.kids = append(n.kids, kid)
		if kid.name == "*" {
			n.rest = kid
		}
	}
	kid.add(path[1:])
}

// kid returns the place of a member, nil where nothing is sealed in it.
func (n *node) kid(name []byte) *node {
	for _, k := range n.kids {
		if k.name == string(name) {
			return k
		}
	}
	return n.rest
}
