package cli

import (
	"context"
	"log/slog"
	"regexp"
	"strings"

	"firstlook/internal/httpapi"
)

// readyChecks are what /readyz answers for a record that is served. Whoever reaches the server reads them, so they are words without
// names and figures; the diagnostics say more.
func readyChecks(r *record, log *slog.Logger) []httpapi.Check {
	failed := func(name string, err error) { log.Warn("not ready", "check", name, "error", err.Error()) }
	return []httpapi.Check{
		{Name: "store", Ask: func(ctx context.Context) (bool, string) {
			if err := r.desk.Answers(ctx); err != nil {
				failed("store", err)
				return false, "it does not answer"
			}
			if d, ok := r.store.(interface{ Damage() error }); ok && d.Damage() != nil {
				failed("store", d.Damage())
				return false, "the record is damaged: it can be read and takes nothing more"
			}
			return true, "it answers"
		}},
		{Name: "law", Ask: func(context.Context) (bool, string) {
			if r.desk.LawPosition() == 0 {
				return true, "read; nothing is agreed yet"
			}
			return true, "read"
		}},
		{Name: "deadlines", Ask: func(context.Context) (bool, string) {
			if !r.desk.Beats() {
				return false, "the loop that fires them does not beat"
			}
			return true, "the loop beats"
		}},
		{Name: "lease", Ask: func(context.Context) (bool, string) {
			ours, known := r.desk.Lease()
			switch {
			case !r.desk.Shared():
				return true, "one process, which needs none"
			case !known:
				return false, "it is not known who has it"
			case ours:
				return true, "this replica has it"
			}
			return true, "another replica has it"
		}},
	}
}

// What must not stand in diagnostics, whoever put it into an error: tokens, one-time links and codes of an OpenID provider, and the
// password of a database.
var secretForms = regexp.MustCompile(`(fl_[0-9a-f]{16}_)[0-9a-f]{64}|((?:/signin/link|/read)/)[^\s"?]+|((?:postgres|postgresql)://[^\s:@/]*:)[^\s@]+(?:@)|([?& ](?:code|state|password|token)=)[^\s&"]+`)

// redact replaces what must not stand in diagnostics.
func redact(text string) string {
	if !strings.ContainsAny(text, "/_=") {
		return text
	}
	return secretForms.ReplaceAllStringFunc(text, func(s string) string {
		m := secretForms.FindStringSubmatch(s)
		for _, kept := range m[1:] {
			if kept == "" {
				continue
			}
			if strings.HasSuffix(s, "@") {
				return kept + "...@"
			}
			return kept + "..."
		}
		return "..."
	})
}

// redacted is what a handler of diagnostics does with each field.
func redacted(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(redact(a.Value.String()))
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok {
			a.Value = slog.StringValue(redact(err.Error()))
		}
	}
	return a
}
