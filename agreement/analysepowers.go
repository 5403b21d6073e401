package agreement

import (
	"fmt"
	"slices"

	"firstlook/capacity"
	"firstlook/party"
)

// shareGap finds holders whose shares leave a part of each lot to nobody.
func (n *analysis) shareGap(t *terms) {
	var sum capacity.Percent
	for _, h := range t.Holders {
		sum += h.Share
	}
	if t.Kind != ProRata || len(t.Holders) < 2 || sum >= whole || shareOpen(t.Clause) || len(t.reach) == 0 {
		return
	}
	n.find(Finding{Code: ShareGap, Severity: Note, Clauses: []Ref{t.Ref}, Example: t.reach.pick(t.of).engaging(t.Ref),
		Message: fmt.Sprintf("The shares of %s come to %s: the other %s of each lot are offered to none of them.", t.who(), sum, whole-sum),
		Remedy:  "If it is meant, nothing; else correct the shares."})
}

// oneSided finds a right that the grantor alone can switch off, or leave off: the event on which it hangs is for nobody else to
// certify, and the holder has no say.
func (n *analysis) oneSided(t *terms) {
	if len(t.reach) == 0 {
		return
	}
	f := Finding{Code: OneSidedEvent, Severity: Warning, Clauses: []Ref{t.Ref}, Example: t.reach.pick(t.of).engaging(t.Ref)}
	for _, id := range t.Conditions {
		if t.certifiedBy(id, t.of.Grantor) {
			f.Message = fmt.Sprintf("The right waits for %s, which %s alone may certify, the party that it binds: as long as it certifies nothing, the right engages nothing.", id, t.of.Grantor)
			f.Remedy = fmt.Sprintf("Let the holder or somebody independent certify %s as well.", id)
			n.find(f)
		}
	}
	for _, id := range t.Process.Opens {
		if t.certifiedBy(id, t.of.Grantor) {
			f.Message = fmt.Sprintf("The option opens on %s, which %s alone may certify, the party that it binds: as long as it certifies nothing, the option never opens.", id, t.of.Grantor)
			f.Remedy = fmt.Sprintf("Let the holder or somebody independent certify %s as well.", id)
			n.find(f)
		}
	}
	if t.Forfeiture == nil || !t.Forfeiture.Challenge.Length.IsZero() {
		return
	}
	for _, id := range t.Forfeiture.Triggers {
		if t.certifiedBy(id, t.of.Grantor) {
			f.Message = fmt.Sprintf("The right is forfeited once %s certifies %s, which it alone may, and there is no time in which the holder may challenge that.", t.of.Grantor, id)
			f.Remedy = "Add a challenge to the forfeiture, or let somebody independent certify the event."
			n.find(f)
		}
	}
}

// certifiedBy reports whether nobody but one party may certify an event.
func (t *terms) certifiedBy(id TriggerID, p party.ID) bool {
	i := slices.IndexFunc(t.of.Triggers, func(e Trigger) bool { return e.ID == id })
	return i >= 0 && !slices.ContainsFunc(t.of.Triggers[i].CertifiedBy, func(by party.ID) bool { return by != p })
}

// packages finds rights at the choice over one need whose rules for packages cannot both be followed.
func (n *analysis) packages() {
	for i := range n.clauses {
		for j := i + 1; j < len(n.clauses); j++ {
			t, o := &n.clauses[i], &n.clauses[j]
			x, y := t.Process.Package, o.Process.Package
			if n.full() || !x.Given || !y.Given || !t.binds(o) || !t.Effective.Overlaps(o.Effective) || !t.meetsRivals(o) {
				continue
			}
			why := contradict(t, o)
			if why == "" {
				continue
			}
			both := t.reach.and(o.reach)
			if len(both) == 0 {
				continue
			}
			n.find(Finding{Code: PackageConflict, Severity: Warning, Clauses: []Ref{t.Ref, o.Ref}, Example: both.pick(t.of).engaging(t.Ref, o.Ref),
				Message: fmt.Sprintf("A package over one need falls under %s (%s) and %s (%s): %s.", t.Ref.Clause, x.Value, o.Ref.Clause, y.Value, why),
				Remedy:  "Give both the same rule, or carve the common part out of one of the two."})
		}
	}
}

// contradict says why the package rules of two rights cannot both be followed; empty where they can.
func contradict(t, o *terms) string {
	x, y := t.Process.Package.Value, o.Process.Package.Value
	has := func(r PackageRule) bool { return x == r || y == r }
	switch {
	case (x == WholePackage || x == HoldersChoice) && x == y && !t.sameHolder(o):
		return "each holder may take the whole of it, and the second to be asked finds it gone"
	case x == y:
		return ""
	case has(NotAllowed):
		return "the one bars what the other has a rule for, so that the other rule never counts"
	case has(HoldersChoice) && has(AllocatedPrice):
		return "" // under both the rest falls once a part is taken
	case has(WholePackage):
		return "the one is taken whole, the other in part"
	}
	return "once a part is taken the rest falls under the one, and stands under the other"
}

// takeovers finds rights to take over an award that nobody but their own holder can get.
func (n *analysis) takeovers(before *terms) {
	for i := range n.clauses {
		t := &n.clauses[i]
		if t.stage() < onLoss || !t.binds(before) || !t.sameHolder(before) || len(t.reach) == 0 || !before.keepsOut() || !lasts(before.Clause, t.Clause) {
			continue
		}
		if rest := t.most.without(before.reach); len(rest) > 0 {
			continue
		}
		n.find(Finding{Code: TakeoverIdle, Severity: Warning, Clauses: []Ref{t.Ref, before.Ref},
			Message: fmt.Sprintf("Every need in the scope of %s goes to %s alone under %s: nothing is awarded to anybody else that it could take over.", t.Ref.Clause, t.who(), before.Ref.Clause),
			Example: t.reach.pick(t.of).engaging(t.Ref, before.Ref), Remedy: fmt.Sprintf("Remove it, or let %s release.", before.Ref.Clause)})
	}
}

// keepsOut reports whether a right keeps every other provider out, short of a waiver.
func (t *terms) keepsOut() bool {
	on := t.Process.ReleaseOn
	if slices.ContainsFunc(t.Process.ReleaseOpen, t.happens) || t.Process.Shop == MayShop {
		return false
	}
	return t.stage() == bar && len(t.Process.Against) == 0 || t.stage() == beforeMarket && on.Given && t.Kind != ProRata && !slices.ContainsFunc(on.Value, t.happens)
}
