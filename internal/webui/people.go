package webui

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"firstlook/internal/identity"
	"firstlook/party"
)

// The administration of who may come in: people for operators, tokens for everybody's own party. Package identity decides what is allowed and
// keeps its audit; these pages say in words what it is asked for.

// peopleMain lists people.
type peopleMain struct {
	Rows      []personRow
	CanManage bool
	Pages     paging
}

type personRow struct {
	ID, Name, Email, Party, Roles, State, Seen string
	Does                                       []link
}

// asker is who asks, as package identity knows it; errNotFound where nobody signs in.
func (u *UI) asker(v *visit) (identity.Subject, error) {
	who, ok := identity.FromContext(v.r.Context())
	if !ok || u.People == nil {
		return who, errNotFound
	}
	return who, nil
}

func (u *UI) peoplePage(v *visit) error {
	who, err := u.asker(v)
	if err != nil {
		return err
	}
	all, err := u.People.People(v.r.Context(), who)
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b identity.Person) int {
		return strings.Compare(string(a.Party)+"\x00"+a.Name, string(b.Party)+"\x00"+b.Name)
	})
	m := peopleMain{CanManage: v.may(string(identity.ManagePeople))}
	all, m.Pages = page(v, all)
	for _, p := range all {
		r := personRow{ID: string(p.ID), Name: p.Name, Email: p.Email, Party: nameOf(v.law, p.Party), Roles: rolesWords(p.Roles), State: "may come in", Seen: "never"}
		if p.Disabled {
			r.State = "locked out"
		}
		if !p.LastSignIn.IsZero() {
			r.Seen = p.LastSignIn.UTC().Format("2 Jan 2006 15:04 UTC")
		}
		if m.CanManage {
			r.Does = personDoes(&p)
		}
		m.Rows = append(m.Rows, r)
	}
	u.render(v, http.StatusOK, "people", "People", m)
	return nil
}

func personDoes(p *identity.Person) []link {
	at := "/people/" + string(p.ID) + "/"
	if p.Disabled {
		return []link{{Path: at + "unlock", Text: "Let in again"}}
	}
	return []link{{Path: at + "invite", Text: "Invite"}, {Path: at + "roles", Text: "Roles"}, {Path: at + "signout", Text: "Sign out"}, {Path: at + "lock", Text: "Lock out"}}
}

func rolesWords(roles []identity.Role) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = RoleWords(r)
	}
	return and(words)
}

// rolesField lets one choose among roles.
func rolesField(from, on []identity.Role) field {
	f := field{Name: "roles", Label: "Roles", Kind: "many"}
	for _, r := range from {
		f.Checks = append(f.Checks, check{Value: string(r), Text: RoleWords(r), On: slices.Contains(on, r)})
	}
	return f
}

func rolesOf(form url.Values) ([]identity.Role, error) {
	var out []identity.Role
	for _, s := range form["roles"] {
		r := identity.Role(s)
		if !slices.Contains(identity.Roles, r) {
			return nil, problem("Choose among the roles that there are")
		}
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return nil, problem("Choose at least one role")
	}
	return out, nil
}

// newPersonPage makes a person known and hands over the link of the invitation.
func (u *UI) newPersonPage(v *visit) error {
	who, err := u.asker(v)
	if err != nil {
		return err
	}
	d := &deed{title: "Let a person in", does: "Record and invite", back: "/people", intro: "Each person belongs to one company and sees what is that company's.",
		fields: []field{{Name: "name", Label: "Name", Kind: "text", Required: true}, {Name: "email", Label: "E-mail address", Kind: "text"},
			{Name: "party", Label: "Company", Kind: "text", Required: true, Hint: "The id of the party, as the agreements write it."}, rolesField(identity.Roles, nil)}}
	d.read = func(form url.Values) ([]string, func(context.Context) (*handed, error), error) {
		name, err := prose(form, "name", "the name")
		if err != nil {
			return nil, nil, err
		}
		of := party.ID(strings.TrimSpace(form.Get("party")))
		if err := party.Check(string(of)); err != nil {
			return nil, nil, problem(fmt.Sprintf("The company does not read: %v", err))
		}
		roles, err := rolesOf(form)
		if err != nil {
			return nil, nil, err
		}
		p := identity.Person{Party: of, Name: name, Email: strings.TrimSpace(form.Get("email")), Roles: roles}
		says := []string{fmt.Sprintf("%s may act for %s as %s.", name, nameOf(v.law, of), rolesWords(roles)), "A link is made that signs the person in, once. It is shown to you and sent to nobody."}
		return says, func(ctx context.Context) (*handed, error) {
			made, err := u.People.AddPerson(ctx, who, p)
			if err != nil {
				return nil, err
			}
			return u.invite(ctx, who, made.ID, name)
		}, nil
	}
	return u.deed(v, d)
}

func (u *UI) invite(ctx context.Context, who identity.Subject, id identity.PersonID, name string) (*handed, error) {
	at, err := u.People.Invite(ctx, who, id)
	return &handed{Heading: "The invitation of " + name, Says: "Give this link to " + name + " alone: whoever opens it first comes in. It works once, for a limited time, and is not shown again.", Secret: at}, err
}

// personPage is what an operator does about one person.
func (u *UI) personPage(v *visit) error {
	who, err := u.asker(v)
	if err != nil {
		return err
	}
	all, err := u.People.People(v.r.Context(), who)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(p identity.Person) bool { return string(p.ID) == v.r.PathValue("person") })
	if i < 0 {
		return errNotFound
	}
	p := all[i]
	d := &deed{back: "/people"}
	plainly := func(says string, do func(context.Context) error) {
		d.read = func(url.Values) ([]string, func(context.Context) (*handed, error), error) {
			return []string{says}, func(ctx context.Context) (*handed, error) { return nil, do(ctx) }, nil
		}
	}
	switch v.r.PathValue("deed") {
	case "invite":
		d.title, d.does = "Invite "+p.Name, "Make the link"
		d.read = func(url.Values) ([]string, func(context.Context) (*handed, error), error) {
			return []string{"A link is made that signs " + p.Name + " in, once. A link that was made before works no longer."},
				func(ctx context.Context) (*handed, error) { return u.invite(ctx, who, p.ID, p.Name) }, nil
		}
	case "roles":
		d.title, d.does, d.fields = "Roles of "+p.Name, "Record the roles", []field{rolesField(identity.Roles, p.Roles)}
		d.read = func(form url.Values) ([]string, func(context.Context) (*handed, error), error) {
			roles, err := rolesOf(form)
			return []string{fmt.Sprintf("%s of %s is %s from now on, in place of %s.", p.Name, nameOf(v.law, p.Party), rolesWords(roles), rolesWords(p.Roles))},
				func(ctx context.Context) (*handed, error) { return nil, u.People.SetRoles(ctx, who, p.ID, roles) }, err
		}
	case "lock":
		d.title, d.does = "Lock "+p.Name+" out", "Lock out"
		plainly(p.Name+" is out at once, on every device; so are the tokens for which "+p.Name+" answers.", func(ctx context.Context) error { return u.People.SetDisabled(ctx, who, p.ID, true) })
	case "unlock":
		d.title, d.does = "Let "+p.Name+" in again", "Let in again"
		plainly(p.Name+" may come in again, in the roles of before.", func(ctx context.Context) error { return u.People.SetDisabled(ctx, who, p.ID, false) })
	case "signout":
		d.title, d.does = "Sign "+p.Name+" out", "Sign out everywhere"
		plainly(p.Name+" is signed out on every device and may sign in again.", func(ctx context.Context) error { return u.People.SignOutEverywhere(ctx, who, p.ID) })
	default:
		return errNotFound
	}
	return u.deed(v, d)
}

// tokensMain lists the tokens of a party.
type tokensMain struct {
	Rows  []tokenRow
	Party string
}

type tokenRow struct {
	ID, Name, Roles, State, Until, Used string
	Does                                []link
}

func (u *UI) tokensPage(v *visit) error {
	who, err := u.asker(v)
	if err != nil {
		return err
	}
	all, err := u.People.Tokens(v.r.Context(), who)
	if err != nil {
		return err
	}
	m, now := tokensMain{Party: nameOf(v.law, v.who.Party)}, v.now.Time()
	for _, t := range all {
		r := tokenRow{ID: string(t.ID), Name: t.Name, Roles: rolesWords(t.Roles), State: "works", Until: t.Expires.UTC().Format("2 Jan 2006"), Used: "never"}
		if t.Scope.ReadOnly {
			r.Roles += ", reading only"
		}
		if !t.LastUsed.IsZero() {
			r.Used = t.LastUsed.UTC().Format("2 Jan 2006 15:04 UTC")
		}
		switch at := "/tokens/" + r.ID + "/"; {
		case !t.Revoked.IsZero():
			r.State = "ended"
		case !t.Expires.After(now):
			r.State = "expired"
		default:
			r.Does = []link{{Path: at + "rotate", Text: "New secret"}, {Path: at + "revoke", Text: "End it"}}
		}
		m.Rows = append(m.Rows, r)
	}
	u.render(v, http.StatusOK, "tokens", "Tokens", m)
	return nil
}

// newTokenPage issues a token and shows its secret, once.
func (u *UI) newTokenPage(v *visit) error {
	who, err := u.asker(v)
	if err != nil {
		return err
	}
	most := int(identity.MaxTokenLife / (24 * time.Hour))
	d := &deed{title: "A token for a machine", does: "Issue the token", back: "/tokens", intro: "A program that acts for your company shows it. It may do no more than you may, and you answer for it.",
		fields: []field{{Name: "name", Label: "What it is for", Kind: "text", Required: true}, rolesField(who.Roles, nil),
			{Name: "reads", Label: "What it may do", Kind: "choice", Required: true, Value: "all", Options: []option{{"all", "Whatever its roles may"}, {"only", "Read, and change nothing"}}},
			{Name: "days", Label: "For how many days", Kind: "number", Required: true, Value: "90", Hint: fmt.Sprintf("At most %d.", most)}}}
	d.read = func(form url.Values) ([]string, func(context.Context) (*handed, error), error) {
		name, err := prose(form, "name", "what it is for")
		if err != nil {
			return nil, nil, err
		}
		roles, err := rolesOf(form)
		if err != nil {
			return nil, nil, err
		}
		days, err := strconv.Atoi(strings.TrimSpace(form.Get("days")))
		if err != nil || days < 1 || days > most {
			return nil, nil, problem(fmt.Sprintf("A token lives from 1 to %d days", most))
		}
		q := identity.TokenRequest{Name: name, Roles: roles, Scope: identity.Scope{ReadOnly: form.Get("reads") == "only"}, Life: time.Duration(days) * 24 * time.Hour}
		says := []string{fmt.Sprintf("A token for %s acts for %s as %s, for %s.", name, nameOf(v.law, v.who.Party), rolesWords(roles), counted(int64(days), "day")), v.who.Person + " answers for it."}
		if q.Scope.ReadOnly {
			says = append(says, "It reads and changes nothing.")
		}
		return says, func(ctx context.Context) (*handed, error) {
			_, secret, err := u.People.IssueToken(ctx, who, q)
			return tokenHanded(name, secret), err
		}, nil
	}
	return u.deed(v, d)
}

func tokenHanded(name, secret string) *handed {
	return &handed{Heading: "The token for " + name, Says: "Copy it now: it is not shown again. Whoever has it may do what it may.", Secret: secret, Next: "Authorization: Bearer TOKEN"}
}

// tokenPage ends a token or gives it a new secret.
func (u *UI) tokenPage(v *visit) error {
	who, err := u.asker(v)
	if err != nil {
		return err
	}
	all, err := u.People.Tokens(v.r.Context(), who)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(t identity.Token) bool { return string(t.ID) == v.r.PathValue("token") })
	if i < 0 {
		return errNotFound
	}
	t := all[i]
	d := &deed{back: "/tokens"}
	switch v.r.PathValue("deed") {
	case "revoke":
		d.title, d.does = "End the token for "+t.Name, "End it"
		d.read = func(url.Values) ([]string, func(context.Context) (*handed, error), error) {
			return []string{"The token for " + t.Name + " works no longer, at once."}, func(ctx context.Context) (*handed, error) { return nil, u.People.RevokeToken(ctx, who, t.ID) }, nil
		}
	case "rotate":
		most := int(identity.MaxRotation / time.Hour)
		d.title, d.does = "A new secret for "+t.Name, "Make it"
		d.fields = []field{{Name: "hours", Label: "For how many hours the old one works, too", Kind: "number", Required: true, Value: "1", Hint: fmt.Sprintf("At most %d; 0 where somebody may have seen it.", most)}}
		d.read = func(form url.Values) ([]string, func(context.Context) (*handed, error), error) {
			hours, err := strconv.Atoi(strings.TrimSpace(form.Get("hours")))
			if err != nil || hours < 0 || hours > most {
				return nil, nil, problem(fmt.Sprintf("The old secret works for 0 to %d more hours", most))
			}
			return []string{fmt.Sprintf("The token for %s gets a new secret; the old one works for %s more.", t.Name, counted(int64(hours), "hour")), v.who.Person + " answers for it from now on."},
				func(ctx context.Context) (*handed, error) {
					_, secret, err := u.People.RotateToken(ctx, who, t.ID, time.Duration(hours)*time.Hour)
					return tokenHanded(t.Name, secret), err
				}, nil
		}
	default:
		return errNotFound
	}
	return u.deed(v, d)
}
