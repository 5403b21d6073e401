package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"firstlook/client"
	"firstlook/internal/door"
	"firstlook/internal/identity"
	"firstlook/party"
)

// Administration of who may sign in. It works on the data folder, also while a server runs on it: the identity store is a file of
// its own that several processes may open. Whoever may write the folder is an operator. Against a server the lists are shown to a token whose
// role may see them; a token administers nobody, so that one which is stolen lets nobody in.

func (a *app) identityCommand() *cobra.Command {
	c := parent("identity", "Say who may sign in to the server: people, tokens, rules, and what they did",
		a.personCommand(), a.tokenCommand(), a.ruleCommand(), a.identityAuditCommand())
	c.Long = "Says who may sign in to the server. It works on the data folder, also while `firstlook serve` runs on it. Every change is in the audit.\n\n" +
		"With --server the lists of people and rules and the audit are the server's. A token administers nobody: sign in at the server and open the page People, or work where the folder is."
	return c
}

func (a *app) personCommand() *cobra.Command {
	add := leaf("add NAME", "Make a person known; `person invite` or a rule lets them in", 1, 1, a.addPerson)
	add.Flags().String("party", "", "Party for which the person acts")
	add.Flags().String("email", "", "E-mail address; where passwords are used, the account's name")
	roleFlag(add)
	roles := leaf("roles ID ROLE...", "Replace the roles of a person, from the next request on", 2, -1, a.setRoles)
	invite := leaf("invite ID", "Print a link that signs a person in once, within half an hour", 1, 1, a.invite)
	invite.Flags().String("origin", "http://127.0.0.1:7780", "Where browsers reach the server")
	return parent("person", "People and their roles", add,
		leaf("list", "List everybody who is known", 0, 0, a.listPeople), roles, invite,
		leaf("disable ID", "End what a person can do, at once; tokens that the person answers for stop too", 1, 1, a.setDisabled(true)),
		leaf("enable ID", "Let a person in again", 1, 1, a.setDisabled(false)),
		leaf("sign-out ID", "End all sessions of a person", 1, 1, a.signOutPerson))
}

func roleFlag(c *cobra.Command) {
	c.Flags().StringSlice("role", nil, "Role: "+words(identity.Roles))
	_ = c.RegisterFlagCompletionFunc("role", cobra.FixedCompletions(texts(identity.Roles), cobra.ShellCompDirectiveNoFileComp)) // just defined
}

func (a *app) tokenCommand() *cobra.Command {
	issue := leaf("issue NAME", "Issue a token for a machine, and print it: the only time that it is seen", 1, 1, a.issueToken)
	issue.Flags().String("person", "", "Id of the person who answers for it; it may no more than that person")
	roleFlag(issue)
	issue.Flags().Int("days", 90, "How many days it lives, 366 at most")
	issue.Flags().Bool("read-only", false, "It changes nothing")
	issue.Flags().StringSlice("action", nil, "Only these acts, such as answer or view/need")
	issue.Flags().String("out", "", "File to write it to, readable by its owner only; standard output where left out")
	issue.Example = `firstlook identity token issue nightly --person p0123456789abcdef --role planner --days 30 --out planner.token`
	return parent("token", "Secrets for machines", issue,
		leaf("list", "List the tokens, ended ones too", 0, 0, a.listTokens),
		leaf("revoke ID", "End a token at once", 1, 1, a.revokeToken))
}

func (a *app) ruleCommand() *cobra.Command {
	add := leaf("add", "Let people in who sign in at an OpenID provider for the first time", 0, 0, a.addRule)
	f := add.Flags()
	f.String("issuer", "", "OpenID provider that is believed in this")
	f.String("subject", "", "The provider's own name for one person")
	f.String("email", "", "Verified e-mail address of one person; the rule is used up by it")
	f.String("domain", "", "Domain of verified e-mail addresses")
	f.String("party", "", "Party for which they act")
	roleFlag(add)
	return parent("rule", "Who may come in by an OpenID provider", add,
		leaf("list", "List the rules", 0, 0, a.listRules), leaf("remove ID", "Remove a rule; who came in by it stays", 1, 1, a.removeRule))
}

func (a *app) identityAuditCommand() *cobra.Command {
	c := leaf("audit", "Show sign-ins, failures and changes of people, the latest first, and check their chain", 0, 0, a.identityAudit)
	c.Flags().String("party", "", "Only what concerns this party")
	c.Flags().Int("limit", 50, "At most so many")
	return c
}

// withGate opens the identity store of the folder.
func (a *app) withGate(cmd *cobra.Command, use func(context.Context, *identity.Gate, identity.Store, identity.Subject) error) error {
	if a.server != "" {
		return bad("sign in at "+a.server+"/people, or leave --server out where the data folder is", "a token administers nobody, so this cannot be done against a server from the command line")
	}
	origin := "http://127.0.0.1:7780"
	if f := cmd.Flags().Lookup("origin"); f != nil {
		origin = f.Value.String()
	}
	if _, err := os.Stat(a.data); errors.Is(err, fs.ErrNotExist) {
		return bad("`firstlook serve` makes it, or name another folder with --data", "there is no data folder %s", a.data)
	}
	store, err := a.openIdentity(cmd.Context())
	if err != nil {
		return err
	}
	o := identity.Options{Origin: origin}
	if f := cmd.Flags().Lookup("issuer"); f != nil && f.Value.String() != "" { // a rule is of a provider that the server has, or will
		o.Providers = []identity.Provider{{ID: "oidc", Name: f.Value.String(), Issuer: f.Value.String(), ClientID: "none"}}
	}
	gate, err := identity.New(store, o)
	if err != nil {
		return errors.Join(bad("write https://host or https://host:port", "%v", err), store.Close())
	}
	err = use(cmd.Context(), gate, store, identity.Console(consoleParty))
	var no *identity.Refusal
	if errors.As(err, &no) {
		err = &failure{exitRefused, err, ""}
	}
	return errors.Join(err, store.Close())
}

// consoleParty is for whom the console acts in the audit.
const consoleParty party.ID = "operator"

// known lists what is known of who may sign in: of the folder, or of the server.
func known[T any](a *app, cmd *cobra.Command, here func(context.Context, *identity.Gate, identity.Subject) ([]T, error), there func(context.Context, *client.Client) ([]T, error)) (all []T, err error) {
	if a.server == "" {
		err = a.withGate(cmd, func(ctx context.Context, g *identity.Gate, _ identity.Store, by identity.Subject) error {
			all, err = here(ctx, g, by)
			return err
		})
		return all, err
	}
	err = a.remote(func(d door.Door) error {
		all, err = there(cmd.Context(), d.(*client.Client)) // [app.remote] has no other
		return err
	})
	return all, err
}

func rolesOf(names []string) []identity.Role {
	out := make([]identity.Role, len(names))
	for i, n := range names {
		out[i] = identity.Role(n)
	}
	return out
}

func (a *app) addPerson(cmd *cobra.Command, args []string) error {
	of, _ := cmd.Flags().GetString("party")
	email, _ := cmd.Flags().GetString("email")
	roles, _ := cmd.Flags().GetStringSlice("role")
	if err := needFlag(cmd, of, "party", "say for which party the person acts"); err != nil {
		return err
	}
	return a.withGate(cmd, func(ctx context.Context, g *identity.Gate, _ identity.Store, by identity.Subject) error {
		p, err := g.AddPerson(ctx, by, identity.Person{Party: party.ID(of), Name: args[0], Email: email, Roles: rolesOf(roles)})
		if err != nil {
			return err
		}
		if a.json {
			return a.document(p)
		}
		a.say("%s: %s for %s, %s", p.ID, p.Name, p.Party, words(p.Roles))
		a.say("\nnext\n  firstlook identity person invite %s prints a link that signs them in\n  firstlook identity token issue NAME --person %s issues a token for a machine", p.ID, p.ID)
		return nil
	})
}

func (a *app) listPeople(cmd *cobra.Command, _ []string) error {
	all, err := known(a, cmd, func(ctx context.Context, g *identity.Gate, by identity.Subject) ([]identity.Person, error) {
		return g.People(ctx, by)
	},
		func(ctx context.Context, c *client.Client) ([]identity.Person, error) { return c.People(ctx) })
	if err != nil {
		return err
	}
	if a.json {
		return a.document(orEmpty(all))
	}
	t := table{align: "llllll"}
	t.row("person", "party", "roles", "name", "e-mail", "last sign-in")
	for _, p := range all {
		last := "never"
		if !p.LastSignIn.IsZero() {
			last = p.LastSignIn.UTC().Format(time.RFC3339)
		}
		if p.Disabled {
			last = "disabled"
		}
		t.row(string(p.ID), string(p.Party), words(p.Roles), p.Name, cmp.Or(p.Email, "-"), last)
	}
	t.print(a, "Nobody is known yet. `firstlook serve` prints a link for the first administrator.")
	return nil
}

func (a *app) setRoles(cmd *cobra.Command, args []string) error {
	return a.withGate(cmd, func(ctx context.Context, g *identity.Gate, _ identity.Store, by identity.Subject) error {
		err := g.SetRoles(ctx, by, identity.PersonID(args[0]), rolesOf(args[1:]))
		if err == nil && !a.json {
			a.say("%s: %s", args[0], strings.Join(args[1:], ", "))
		}
		return err
	})
}

func (a *app) setDisabled(disabled bool) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		return a.withGate(cmd, func(ctx context.Context, g *identity.Gate, _ identity.Store, by identity.Subject) error {
			err := g.SetDisabled(ctx, by, identity.PersonID(args[0]), disabled)
			if err == nil && !a.json {
				a.say("%s is %s", args[0], map[bool]string{true: "disabled", false: "enabled"}[disabled])
			}
			return err
		})
	}
}

func (a *app) signOutPerson(cmd *cobra.Command, args []string) error {
	return a.withGate(cmd, func(ctx context.Context, g *identity.Gate, _ identity.Store, by identity.Subject) error {
		err := g.SignOutEverywhere(ctx, by, identity.PersonID(args[0]))
		if err == nil && !a.json {
			a.say("all sessions of %s have ended", args[0])
		}
		return err
	})
}

func (a *app) invite(cmd *cobra.Command, args []string) error {
	return a.withGate(cmd, func(ctx context.Context, g *identity.Gate, _ identity.Store, by identity.Subject) error {
		url, err := g.Invite(ctx, by, identity.PersonID(args[0]))
		switch {
		case err != nil:
			return err
		case a.json:
			return a.document(map[string]string{"link": url})
		}
		a.say("%s", url)
		return nil
	})
}

// issuedJSON is a token with its secret.
type issuedJSON struct {
	Token  identity.Token `json:"token"`
	Secret string         `json:"secret,omitempty"` // left out where it was written to a file
}

func (a *app) issueToken(cmd *cobra.Command, args []string) error {
	f := cmd.Flags()
	person, _ := f.GetString("person")
	roles, _ := f.GetStringSlice("role")
	days, _ := f.GetInt("days")
	actions, _ := f.GetStringSlice("action")
	file, _ := f.GetString("out")
	q := identity.TokenRequest{Name: args[0], Roles: rolesOf(roles), Life: time.Duration(days) * 24 * time.Hour, Answers: identity.PersonID(person)}
	q.Scope.ReadOnly, _ = f.GetBool("read-only")
	for _, x := range actions {
		q.Scope.Actions = append(q.Scope.Actions, identity.Action(x))
	}
	if err := needFlag(cmd, person, "person", "somebody answers for a token; `firstlook identity person list` shows who there is"); err != nil {
		return err
	}
	return a.withGate(cmd, func(ctx context.Context, g *identity.Gate, _ identity.Store, by identity.Subject) error {
		made, secret, err := g.IssueToken(ctx, by, q)
		if err != nil {
			return err
		}
		if file != "" {
			if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
				return errors.Join(err, g.RevokeToken(ctx, by, made.ID))
			}
			secret = ""
		}
		switch {
		case a.json:
			return a.document(issuedJSON{made, secret})
		case file != "":
			a.say("%s: token %s of %s, %s, until %s", file, made.ID, made.Party, words(made.Roles), made.Expires.Format(time.DateOnly))
		default:
			a.say("%s", secret)
		}
		return nil
	})
}

func (a *app) listTokens(cmd *cobra.Command, _ []string) error {
	return a.withGate(cmd, func(ctx context.Context, g *identity.Gate, _ identity.Store, by identity.Subject) error {
		all, err := g.Tokens(ctx, by)
		if err != nil {
			return err
		}
		if a.json {
			return a.document(orEmpty(all))
		}
		t := table{align: "lllllll"}
		t.row("token", "party", "roles", "name", "answers", "until", "last used")
		for _, k := range all {
			until, used := k.Expires.Format(time.DateOnly), "never"
			if !k.Revoked.IsZero() {
				until = "revoked"
			}
			if !k.LastUsed.IsZero() {
				used = k.LastUsed.Format(time.RFC3339)
			}
			t.row(string(k.ID), string(k.Party), words(k.Roles), k.Name, string(k.Answers), until, used)
		}
		t.print(a, "No token was issued.")
		return nil
	})
}

func (a *app) revokeToken(cmd *cobra.Command, args []string) error {
	return a.withGate(cmd, func(ctx context.Context, g *identity.Gate, _ identity.Store, by identity.Subject) error {
		err := g.RevokeToken(ctx, by, identity.TokenID(args[0]))
		if err == nil && !a.json {
			a.say("token %s has ended", args[0])
		}
		return err
	})
}

func (a *app) addRule(cmd *cobra.Command, _ []string) error {
	text := func(name string) string { s, _ := cmd.Flags().GetString(name); return s }
	roles, _ := cmd.Flags().GetStringSlice("role")
	r := identity.Rule{Issuer: text("issuer"), Subject: text("subject"), Email: text("email"), Domain: text("domain"), Party: party.ID(text("party")), Roles: rolesOf(roles)}
	return a.withGate(cmd, func(ctx context.Context, g *identity.Gate, _ identity.Store, by identity.Subject) error {
		made, err := g.AddRule(ctx, by, r)
		switch {
		case err != nil:
			return err
		case a.json:
			return a.document(made)
		}
		a.say("%s: %s", made.ID, ruleWords(&made))
		return nil
	})
}

func ruleWords(r *identity.Rule) string {
	who := "everybody with a verified address of " + r.Domain
	switch {
	case r.Subject != "":
		who = "subject " + r.Subject
	case r.Email != "":
		who = "the holder of " + r.Email
	}
	return fmt.Sprintf("%s at %s enters for %s, %s", who, r.Issuer, r.Party, words(r.Roles))
}

func (a *app) listRules(cmd *cobra.Command, _ []string) error {
	all, err := known(a, cmd, func(ctx context.Context, g *identity.Gate, by identity.Subject) ([]identity.Rule, error) {
		return g.Rules(ctx, by)
	},
		func(ctx context.Context, c *client.Client) ([]identity.Rule, error) { return c.Rules(ctx) })
	if err != nil {
		return err
	}
	if a.json {
		return a.document(orEmpty(all))
	}
	if len(all) == 0 {
		a.say("No rule: nobody comes in by an OpenID provider who was not here before.")
	}
	for i := range all {
		a.say("%s: %s", all[i].ID, ruleWords(&all[i]))
	}
	return nil
}

func (a *app) removeRule(cmd *cobra.Command, args []string) error {
	return a.withGate(cmd, func(ctx context.Context, g *identity.Gate, _ identity.Store, by identity.Subject) error {
		err := g.RemoveRule(ctx, by, args[0])
		if err == nil && !a.json {
			a.say("rule %s is removed", args[0])
		}
		return err
	})
}

func (a *app) identityAudit(cmd *cobra.Command, _ []string) error {
	of, _ := cmd.Flags().GetString("party")
	limit, _ := cmd.Flags().GetInt("limit")
	if a.server != "" {
		return a.remote(func(d door.Door) error {
			all, err := d.(*client.Client).Audit(cmd.Context(), party.ID(of), limit) // [app.remote] has no other
			if err != nil {
				return err
			}
			if a.json {
				return a.document(map[string]any{"events": orEmpty(all)})
			}
			a.printAudit(all)
			a.say("the chain is checked where the data folder is")
			return nil
		})
	}
	return a.withGate(cmd, func(ctx context.Context, g *identity.Gate, store identity.Store, by identity.Subject) error {
		n, head, err := identity.VerifyAudit(ctx, store)
		if err != nil {
			return &failure{exitRefused, err, "put the identity store back as it was, or find out who changed it"}
		}
		all, err := g.Audit(ctx, by, identity.AuditQuery{Limit: limit, Party: party.ID(of)})
		if err != nil {
			return err
		}
		if a.json {
			return a.document(map[string]any{"entries": n, "head": head, "events": orEmpty(all)})
		}
		a.printAudit(all)
		a.say("%s; the chain holds, its head is %s", counted(int(n), "event"), head)
		return nil
	})
}

func (a *app) printAudit(all []identity.Event) {
	t := table{align: "rllllll"}
	t.row("entry", "at", "party", "what", "who", "about", "detail")
	for _, e := range all {
		t.row(fmt.Sprint(e.Seq), e.At.UTC().Format(time.RFC3339), string(e.Party), string(e.Kind), e.Actor, cmp.Or(e.About, "-"), e.Detail)
	}
	t.print(a, "")
}
