package identity_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"firstlook/internal/identity"
	"firstlook/right"
)

// commands lists the names of package right's commands: each type with the method ask, in lower case with hyphens.
func commands(t *testing.T) (out []string) {
	t.Helper()
	hump := regexp.MustCompile(`[A-Z]`)
	files, err := filepath.Glob("../../right/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "ask" && fn.Recv != nil {
				if kind, ok := fn.Recv.List[0].Type.(*ast.Ident); ok {
					out = append(out, strings.ToLower(hump.ReplaceAllString(kind.Name, "-$0"))[1:])
				}
			}
		}
	}
	return out
}

// Every command of the law belongs to a role, and the table names none that the law does not know.
func TestTableAgreesWithTheLaw(t *testing.T) {
	law := commands(t)
	if len(law) < 20 {
		t.Fatalf("found %v only", law)
	}
	for _, name := range law {
		if !slices.ContainsFunc(identity.Roles, func(r identity.Role) bool { return r.May(identity.Action(name)) }) {
			t.Errorf("no role may %s", name)
		}
		var c right.Command
		if err := json.Unmarshal([]byte(`{"by":"a","type":"`+name+`"}`), &c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	beside := []identity.Action{identity.RecordAgreement, identity.CertifyFact, identity.SetProviders, identity.PutPrices}
	for _, role := range identity.Roles {
		for _, a := range role.Actions() {
			if !slices.Contains(law, string(a)) && !strings.Contains(string(a), "/") && !slices.Contains(beside, a) {
				t.Errorf("%s may %s, which is no command", role, a)
			}
		}
	}
}

// The lines that must hold whatever else the table says.
func TestRoles(t *testing.T) {
	for _, role := range identity.Roles {
		for _, a := range role.Actions() {
			writes := !strings.HasPrefix(string(a), "view/") && a != identity.ManageTokens
			if (role == identity.Auditor || role == identity.Finance) && writes {
				t.Errorf("%s reads only, and may %s", role, a)
			}
			if role == identity.Operator && (writes && a != "settle" && a != identity.ManagePeople ||
				slices.Contains([]identity.Action{identity.ViewNeed, identity.ViewOffer, identity.ViewNotice, identity.ViewAgreement, identity.ViewRecord}, a)) {
				t.Errorf("operators may %s", a)
			}
		}
		check(t, string(role)+" answers", role.May("answer"), role == identity.HolderDesk)
		check(t, string(role)+" offers", role.May("submit-offer"), role == identity.ProviderDesk)
		check(t, string(role)+" signs", role.May("sign"), role == identity.Counsel)
		check(t, string(role)+" submits", role.May("submit"), role == identity.Planner)
		check(t, string(role)+" administers", role.May(identity.ManagePeople), role == identity.Operator)
	}
	check(t, "an invented role", identity.Role("god").May("settle"), false)
	check(t, "an invented action", identity.Operator.May("everything"), false)
	list := identity.Planner.Actions()
	list[0] = "everything"
	check(t, "the table is not handed out", identity.Planner.May("everything"), false)
}
