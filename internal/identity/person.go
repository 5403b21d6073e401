package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"firstlook/party"
)

// Person is somebody who acts for a party.
type Person struct {
	ID       PersonID `json:"id"`
	Party    party.ID `json:"party"`
	Name     string   `json:"name"`
	Email    string   `json:"email,omitempty"` // as the operator or the provider wrote it; where passwords are used, the account's name
	Roles    []Role   `json:"roles"`
	Disabled bool     `json:"disabled,omitempty"`
	// Generation is raised to end all of the person's sessions at once.
	Generation int       `json:"generation,omitempty"`
	Added      time.Time `json:"added"`
	LastSignIn time.Time `json:"last_sign_in,omitzero"`
}

// Rule lets in people who have not been here before. Exactly one of Subject, Email and Domain is set.
type Rule struct {
	ID      string   `json:"id"`
	Issuer  string   `json:"issuer"` // of the OpenID provider that is believed in this
	Subject string   `json:"subject,omitempty"`
	Email   string   `json:"email,omitempty"`  // verified by the issuer; the rule is used up by it
	Domain  string   `json:"domain,omitempty"` // of the verified e-mail address, exactly: no subdomains
	Party   party.ID `json:"party"`
	Roles   []Role   `json:"roles"`
}

// login ties an OpenID provider's subject to a person.
type login struct {
	Person PersonID `json:"person"`
}

func loginKey(issuer, subject string) string { return issuer + " " + subject }

// checkText reports why a name or address that people will read is none.
func checkText(what, s string, most int) error {
	if !utf8.ValidString(s) || len(s) > most || strings.TrimSpace(s) != s || strings.ContainsFunc(s, unicode.IsControl) {
		return refuse(Malformed, "%s: at most %d bytes of UTF-8 without control characters or spaces around it", what, most)
	}
	return nil
}

// checkEmail asks for what is enough to compare: one @ with something on both sides and no spaces.
func checkEmail(s string) error {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || domain == "" || strings.Contains(domain, "@") || strings.ContainsFunc(s, unicode.IsSpace) {
		return refuse(Malformed, "%q is no e-mail address", s)
	}
	return checkText("e-mail address", s, 254)
}

func checkMembership(of party.ID, roles []Role) error {
	if err := party.Check(string(of)); err != nil {
		return refuse(Malformed, "party: %v", err)
	}
	if err := checkRoles(roles); err != nil {
		return refuse(Malformed, "roles: %v", err)
	}
	return nil
}

func mayManage(by Subject) error {
	if !by.May(ManagePeople) {
		return refuse(Forbidden, "administering people needs the role %s, signed in as a person", Operator)
	}
	return nil
}

// AddPerson adds a person with the given party, name, e-mail address (may be empty) and roles; the rest of p is not read. The person has
// no way in yet: invite them, or add a rule.
func (g *Gate) AddPerson(ctx context.Context, by Subject, p Person) (Person, error) {
	if err := mayManage(by); err != nil {
		return Person{}, err
	}
	if err := checkMembership(p.Party, p.Roles); err != nil {
		return Person{}, err
	}
	if p.Name == "" {
		return Person{}, refuse(Malformed, "a person has a name")
	}
	if err := checkText("name", p.Name, 100); err != nil {
		return Person{}, err
	}
	if p.Email != "" {
		if err := checkEmail(p.Email); err != nil {
			return Person{}, err
		}
	}
	p = Person{Party: p.Party, Name: p.Name, Email: p.Email, Roles: slices.Clone(p.Roles)}
	err := g.store.Update(ctx, func(tx Tx) error { return g.addPerson(tx, &p, by.actor(), by.Address) })
	return p, err
}

// addPerson gives p an id and keeps it.
func (g *Gate) addPerson(tx Tx, p *Person, actor, address string) error {
	p.ID, p.Added = PersonID(newID("p")), g.now()
	if err := people.put(tx, string(p.ID), *p, forever); err != nil {
		return err
	}
	return g.record(tx, Event{Kind: PersonAdded, Party: p.Party, Actor: actor, Address: address, About: string(p.ID),
		Detail: fmt.Sprintf("roles %v", p.Roles)})
}

// People lists everyone in the order of their ids. It needs [ViewPeople].
func (g *Gate) People(ctx context.Context, by Subject) (out []Person, err error) {
	if !by.May(ViewPeople) {
		return nil, refuse(Forbidden, "seeing who is known needs %s", ViewPeople)
	}
	err = g.store.View(ctx, func(tx Tx) error {
		return people.each(tx, func(_ string, p Person) error {
			out = append(out, p)
			return nil
		})
	})
	return out, err
}

// SetRoles replaces the roles of a person. It counts from the person's next request.
func (g *Gate) SetRoles(ctx context.Context, by Subject, id PersonID, roles []Role) error {
	if err := checkRoles(roles); err != nil {
		return refuse(Malformed, "roles: %v", err)
	}
	return g.changePerson(ctx, by, id, func(p *Person) Event {
		e := Event{Kind: RolesChanged, Detail: fmt.Sprintf("roles %v, before %v", roles, p.Roles)}
		p.Roles = slices.Clone(roles)
		return e
	})
}

// SetDisabled ends what a person can do, at once, or lets them in again. Tokens that the person answers for stop with them.
func (g *Gate) SetDisabled(ctx context.Context, by Subject, id PersonID, disabled bool) error {
	return g.changePerson(ctx, by, id, func(p *Person) Event {
		p.Disabled = disabled
		if disabled {
			p.Generation++ // sessions do not come back when the person does
			return Event{Kind: PersonDisabled}
		}
		return Event{Kind: PersonEnabled}
	})
}

// changePerson changes a person by an operator. The last operator stays one.
func (g *Gate) changePerson(ctx context.Context, by Subject, id PersonID, change func(*Person) Event) error {
	if err := mayManage(by); err != nil {
		return err
	}
	return g.store.Update(ctx, func(tx Tx) error {
		p, err := personOf(tx, id)
		if err != nil {
			return err
		}
		was := !p.Disabled && slices.Contains(p.Roles, Operator)
		e := change(&p)
		if err := people.put(tx, string(id), p, forever); err != nil {
			return err
		}
		if was {
			if err := someOperator(tx); err != nil {
				return err
			}
		}
		e.Party, e.Actor, e.Address, e.About = p.Party, by.actor(), by.Address, string(id)
		return g.record(tx, e)
	})
}

// someOperator refuses where there is none.
func someOperator(tx Tx) error {
	found := false
	err := people.each(tx, func(_ string, p Person) error {
		found = found || !p.Disabled && slices.Contains(p.Roles, Operator)
		return nil
	})
	if err == nil && !found {
		err = refuse(Conflict, "nobody could administer the server then; make another operator first")
	}
	return err
}

// personOf returns a person or refuses.
func personOf(tx Tx, id PersonID) (Person, error) {
	p, ok, err := people.get(tx, string(id))
	if err == nil && !ok {
		err = refuse(Unknown, "there is no person %q", id)
	}
	return p, err
}

// AddRule adds a rule; its ID is given to it.
func (g *Gate) AddRule(ctx context.Context, by Subject, r Rule) (Rule, error) {
	if err := mayManage(by); err != nil {
		return Rule{}, err
	}
	if err := g.checkRule(r); err != nil {
		return Rule{}, err
	}
	r.ID, r.Roles = newID("r"), slices.Clone(r.Roles)
	r.Email, r.Domain = strings.ToLower(r.Email), strings.ToLower(r.Domain)
	err := g.store.Update(ctx, func(tx Tx) error {
		if err := rules.put(tx, r.ID, r, forever); err != nil {
			return err
		}
		detail := fmt.Sprintf("%s of %s enters with roles %v", r.Subject+r.Email+r.Domain, r.Issuer, r.Roles)
		return g.record(tx, Event{Kind: RuleAdded, Party: r.Party, Actor: by.actor(), Address: by.Address, About: r.ID, Detail: detail})
	})
	return r, err
}

func (g *Gate) checkRule(r Rule) error {
	if err := checkMembership(r.Party, r.Roles); err != nil {
		return err
	}
	if !slices.ContainsFunc(g.providers, func(p *provider) bool { return p.Issuer == r.Issuer }) {
		return refuse(Unknown, "issuer %q is none of the OpenID providers of this server", r.Issuer)
	}
	set := 0
	for _, s := range []string{r.Subject, r.Email, r.Domain} {
		if s != "" {
			set++
		}
	}
	if set != 1 {
		return refuse(Malformed, "a rule has exactly one of subject, email and domain")
	}
	if r.Email != "" {
		return checkEmail(r.Email)
	}
	if r.Domain != "" {
		return checkEmail("a@" + r.Domain)
	}
	return checkText("subject", r.Subject, 255)
}

// RemoveRule removes a rule. Who came in by it stays.
func (g *Gate) RemoveRule(ctx context.Context, by Subject, id string) error {
	if err := mayManage(by); err != nil {
		return err
	}
	return g.store.Update(ctx, func(tx Tx) error {
		r, ok, err := rules.get(tx, id)
		if err != nil {
			return err
		}
		if !ok {
			return refuse(Unknown, "there is no rule %q", id)
		}
		if err := rules.drop(tx, id); err != nil {
			return err
		}
		return g.record(tx, Event{Kind: RuleRemoved, Party: r.Party, Actor: by.actor(), Address: by.Address, About: id})
	})
}

// Rules lists the rules in the order of their ids. It needs [ViewPeople].
func (g *Gate) Rules(ctx context.Context, by Subject) (out []Rule, err error) {
	if !by.May(ViewPeople) {
		return nil, refuse(Forbidden, "seeing the rules needs %s", ViewPeople)
	}
	err = g.store.View(ctx, func(tx Tx) error {
		return rules.each(tx, func(_ string, r Rule) error {
			out = append(out, r)
			return nil
		})
	})
	return out, err
}
