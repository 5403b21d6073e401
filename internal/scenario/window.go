package scenario

import (
	"slices"
	"strconv"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// What is said and done while a window runs, and about awards that are not performed.

func readPropose(p *phrase) (action, error) {
	m, err := p.matter(0)
	if err != nil {
		return nil, err
	}
	terms, err := p.readTerms()
	if err != nil {
		return nil, err
	}
	if terms == nil {
		return nil, p.form("no terms are proposed")
	}
	return ask{right.Propose{Matter: m, Terms: *terms}}, nil
}

// readAskFor reads MATTER for "WHAT".
func readAskFor(p *phrase) (action, error) {
	head, what, _ := cutOutside(p.all, " for ")
	text, err := strconv.Unquote(strings.TrimSpace(what))
	if err != nil {
		return nil, p.form("%q does not say in double quotes what is asked for", p.all)
	}
	m, err := number[right.MatterID](strings.TrimSpace(head), 'm', "a matter")
	if err != nil {
		return nil, err
	}
	return ask{right.RequestInformation{Matter: m, What: text}}, nil
}

func readSupply(p *phrase) (action, error) {
	m, err := p.matter(0)
	return ask{right.SupplyInformation{Matter: m}}, err
}

// ground reads MATTER for GROUND.
func (p *phrase) ground() (right.MatterID, agreement.Ground, error) {
	m, err := p.matter(2)
	if err != nil {
		return 0, "", err
	}
	if len(p.head) != 3 || p.head[1] != "for" || !slices.Contains(agreement.StayGrounds, agreement.Ground(p.head[2])) {
		return 0, "", p.form("%q names no ground", p.all)
	}
	return m, agreement.Ground(p.head[2]), nil
}

func readStay(p *phrase) (action, error) {
	m, ground, err := p.ground()
	return ask{right.Stay{Matter: m, Ground: ground, Reason: p.reason}}, err
}

func readLift(p *phrase) (action, error) {
	m, ground, err := p.ground()
	return ask{right.Lift{Matter: m, Ground: ground}}, err
}

func readExtend(p *phrase) (action, error) {
	m, err := p.matter(2)
	if err != nil {
		return nil, err
	}
	if len(p.head) != 3 || p.head[1] != "until" {
		return nil, p.form("%q does not read", p.all)
	}
	until, err := calendar.Parse(p.head[2])
	return ask{right.Extend{Matter: m, Until: until}}, err
}

func readChange(p *phrase) (action, error) {
	m, err := p.matter(2)
	if err != nil {
		return nil, err
	}
	c := right.Change{Matter: m, Reason: p.reason}
	if len(p.head) > 1 {
		if len(p.head) != 3 || p.head[1] != "to" {
			return nil, p.form("%q does not read", p.all)
		}
		c.Offer = offer.ID(p.head[2])
	}
	if c.Terms, err = p.readTerms(); err != nil {
		return nil, err
	}
	if (c.Terms == nil) == (c.Offer == "") {
		return nil, p.form("%q must name either an offer or terms", p.all)
	}
	return ask{c}, nil
}

// readConsent reads what a consent is about: a matter or an award.
func readConsent(given bool) func(*phrase) (action, error) {
	return func(p *phrase) (action, error) {
		if len(p.head) != 1 {
			return nil, p.form("%q does not read", p.all)
		}
		c := right.Consent{Given: given, Reason: p.reason}
		matter, err := number[right.MatterID](p.head[0], 'm', "a matter")
		award, other := number[right.AwardID](p.head[0], 'a', "an award")
		if err != nil && other != nil {
			return nil, wrong("write m1 or a1, as the answers above do", "%q is neither a matter nor an award", p.head[0])
		}
		c.Matter, c.Award = matter, award
		return ask{c}, nil
	}
}

func readAssign(p *phrase) (action, error) {
	m, err := p.matter(2)
	if err != nil {
		return nil, err
	}
	if len(p.head) != 3 || p.head[1] != "to" {
		return nil, p.form("%q does not read", p.all)
	}
	if err := party.Check(p.head[2]); err != nil {
		return nil, wrong(write(p.verb), "%v", err)
	}
	return ask{right.Assign{Matter: m, To: party.ID(p.head[2])}}, nil
}

func readNonPerform(p *phrase) (action, error) {
	if len(p.head) != 1 && (len(p.head) != 3 || p.head[1] != "delivered") {
		return nil, p.form("%q does not read", p.all)
	}
	id, err := number[right.AwardID](p.head[0], 'a', "an award")
	if err != nil {
		return nil, err
	}
	n := right.NonPerform{Award: id, Reason: p.reason}
	if len(p.head) == 3 {
		n.Delivered, err = quantity(p.head[2])
	}
	return ask{n}, err
}

func readCure(p *phrase) (action, error) {
	id, err := p.award()
	return ask{right.Cure{Award: id, Reason: p.reason}}, err
}
