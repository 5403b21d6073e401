package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"

	"firstlook/client"
	"firstlook/internal/door"
	"firstlook/internal/journal"
	"firstlook/internal/pricebook"
	"firstlook/internal/strict"
	"firstlook/right"
)

// Exit codes; the package comment says what they mean.
const (
	exitRefused = 1
	exitInput   = 2
	exitFault   = 3
)

// failure is an error with its exit code and a person's next step.
type failure struct {
	code int
	err  error
	next string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usage says that a command line cannot be read.
func usage(cmd *cobra.Command, format string, args ...any) error {
	return &failure{exitInput, fmt.Errorf(format, args...), fmt.Sprintf("%s --help shows how it is written", cmd.CommandPath())}
}

// bad says that an input cannot be taken, and what to do about it.
func bad(next, format string, args ...any) error {
	return &failure{exitInput, fmt.Errorf(format, args...), next}
}

// exitCode draws the exit code from an error.
func exitCode(err error) int {
	var (
		f        *failure
		no       *right.Refusal
		problems strict.Problems
		prices   *pricebook.Problems
		odd      *journal.Malformed
		declined *door.Declined
		p        *client.Problem
	)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFound):
		return exitRefused
	case errors.As(err, &f):
		return f.code
	case errors.As(err, &no), errors.As(err, &declined):
		return exitRefused
	case errors.As(err, &problems), errors.As(err, &prices), errors.As(err, &odd):
		return exitInput
	case errors.As(err, &p) && p.Status < 500 && p.Status != http.StatusTooManyRequests:
		return exitRefused
	}
	return exitFault
}

// report writes a failure to standard error: what is wrong, one line for each problem of a file, then the next step.
func (a *app) report(w io.Writer, styles fang.Styles, err error) {
	if errors.Is(err, errFound) {
		return
	}
	if a.json {
		a.reportJSON(err)
		return
	}
	var problems strict.Problems
	var prices *pricebook.Problems
	name := styles.ErrorText.UnsetWidth().UnsetMargins().UnsetPadding().UnsetTransform().Bold(true).Render("firstlook:")
	switch {
	case errors.As(err, &problems):
		fmt.Fprintln(w, problems.Error())
		fmt.Fprintf(w, "%s %s; nothing was changed\n", name, counted(len(problems), "problem"))
	case errors.As(err, &prices):
		fmt.Fprintln(w, prices.Error())
		fmt.Fprintf(w, "%s %s; nothing was changed\n", name, counted(prices.Total, "problem"))
	default:
		fmt.Fprintf(w, "%s %s\n", name, err)
	}
	if next := nextStep(err); next != "" {
		fmt.Fprintf(w, "  next: %s\n", next)
	}
}

// failureJSON is a failure as --json prints it.
type failureJSON struct {
	Kind     string     `json:"kind"` // refused, input or fault
	Code     right.Code `json:"code,omitempty"`
	Detail   string     `json:"detail"`
	Clause   string     `json:"clause,omitempty"`
	Problems any        `json:"problems,omitempty"`
	Next     string     `json:"next,omitempty"`
}

func (a *app) reportJSON(err error) {
	out := failureJSON{Kind: [...]string{"", "refused", "input", "fault"}[exitCode(err)], Detail: err.Error(), Next: nextStep(err)}
	var no *right.Refusal
	var problems strict.Problems
	var prices *pricebook.Problems
	switch {
	case errors.As(err, &no):
		out.Code, out.Detail = no.Code, no.Detail
		if no.Clause != nil {
			out.Clause = no.Clause.String()
		}
	case errors.As(err, &problems):
		out.Detail, out.Problems = counted(len(problems), "problem"), problems
	case errors.As(err, &prices):
		out.Detail, out.Problems = counted(prices.Total, "problem"), prices.List
	}
	e := json.NewEncoder(a.err)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(map[string]failureJSON{"error": out}) // standard error is the last resort
}

// nextStep is what a person can do about a failure.
func nextStep(err error) string {
	var f *failure
	var no *right.Refusal
	var p *client.Problem
	var far *client.Unreachable
	switch {
	case errors.As(err, &f) && f.next != "":
		return f.next
	case errors.As(err, &no):
		return door.Remedy(no)
	case errors.As(err, &p):
		return p.Remedy
	case errors.As(err, &far):
		return "check the address and that the server runs; a command that got no answer may be sent again with its --key"
	}
	return ""
}

// counted writes 1 problem, 2 problems.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(int64(n)) + " " + what + "s"
}

// flagProblem puts an error of a parser ("what; hint") behind its flag.
func flagProblem(flag string, err error) error {
	what, hint, _ := strings.Cut(err.Error(), "; ")
	return bad(hint, "--%s: %s", flag, what)
}
