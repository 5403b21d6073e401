package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"

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

// declined marks an error of the desk as the law's no, unless it is a fault of the world or a file that does not read.
func declined(err error) error {
	if err == nil || exitCode(err) != exitFault || world(err) {
		return err
	}
	return &failure{code: exitRefused, err: err}
}

// world reports whether an error is a fault of the world.
func world(err error) bool {
	var fault *journal.Fault
	var corrupt *journal.Corrupt
	return errors.As(err, &fault) || errors.As(err, &corrupt) || errors.Is(err, journal.ErrClosed) || errors.Is(err, context.Canceled) ||
		errors.Is(err, context.DeadlineExceeded)
}

// exitCode draws the exit code from an error.
func exitCode(err error) int {
	var (
		f        *failure
		no       *right.Refusal
		problems strict.Problems
		prices   *pricebook.Problems
		odd      *journal.Malformed
	)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFound):
		return exitRefused
	case errors.As(err, &f):
		return f.code
	case errors.As(err, &no):
		return exitRefused
	case errors.As(err, &problems), errors.As(err, &prices), errors.As(err, &odd):
		return exitInput
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
	switch {
	case errors.As(err, &f) && f.next != "":
		return f.next
	case errors.As(err, &no) && !strings.Contains(no.Detail, "`firstlook "): // else the detail says it already
		return steps[no.Code]
	}
	return ""
}

// steps gives each refusal a next step; every code has one.
var steps = map[right.Code]string{
	right.TimeBeforeRecord:  "set the clock to an instant at or after the last one of the record",
	right.NeedExists:        "leave the need's id out, or give it another; `firstlook need list` shows what there is",
	right.NeedUnknown:       "`firstlook need list` shows what there is",
	right.NeedIncomplete:    "complete the need and submit it again; nothing was recorded",
	right.NeedClosed:        "submit a new need",
	right.UnknownMatter:     "`firstlook notice list` shows the matters",
	right.UnknownLot:        "`firstlook need show` shows the lots of a need",
	right.UnknownOffer:      "`firstlook offer list` shows the offers of a need",
	right.UnknownAward:      "`firstlook award show` shows the awards of a need",
	right.NotTheBuyer:       "leave --as out, or name the buyer",
	right.NotTheHolder:      "name the holder of the right with --as; `firstlook notice list` shows who holds which",
	right.NotTheProvider:    "name the provider of the offer with --as",
	right.UnknownProvider:   "add the provider to the list and give it to `firstlook provider set`",
	right.NotInvited:        "`firstlook need show` says who was asked; a clause may bar a provider, see `firstlook need explain`",
	right.PersonRequired:    "add --person NAME",
	right.ReasonRequired:    "add --reason REASON",
	right.NothingToDecide:   "`firstlook need explain` says what waits for a determination",
	right.ValueInvalid:      "write the value as an agreement file would",
	right.NoticeIncomplete:  "state what is missing with --terms",
	right.NoticeGiven:       "nothing is to be done: the notice stands as it was given",
	right.ReceiptInvalid:    "`firstlook notice list` says where the notice stands",
	right.WindowClosed:      "the right cannot be used any more in this matter; the holder may still waive it",
	right.AlreadyAnswered:   "`firstlook notice list` says where the matter stands",
	right.AnswerNotFitting:  "`firstlook notice show` says which answers the right takes",
	right.QuantityInvalid:   "name at most what was noticed",
	right.WholeOnly:         "take the whole, or decline",
	right.TermsRequired:     "state firm terms with --terms",
	right.TermsMissNeed:     "state terms that meet the need; `firstlook need show` says what it requires",
	right.OfferInvalid:      "correct the offer and submit it again",
	right.OfferExists:       "leave --id out, or give the offer another id",
	right.OffersClosed:      "wait for the buyer to ask for offers again",
	right.OffersOpen:        "wait until the round closes; offers are sealed until then",
	right.OfferNoticed:      "the offer stands as it is: it was chosen",
	right.OfferTaken:        "choose another offer",
	right.LotNotInMarket:    "`firstlook need explain` says what the lot waits for",
	right.Barred:            "`firstlook need explain` says what the clause wants",
	right.MissesRequirement: "choose another offer, or leave the offers out for the cheapest lawful choice",
	right.NoLawfulOffer:     "`firstlook offer list` shows the offers; `firstlook request-offers` asks again",
	right.OutsideCap:        "sign within the cap, or offer the right again with `firstlook reoffer`",
	right.Irrevocable:       "wait until the holder has answered or its window has closed",
	right.AwardEnded:        "`firstlook need explain` says how the quantity goes on",
	right.NoSuchPower:       "`firstlook agreement explain` says what the clause grants; another text of it would have to",
	right.NotEntitled:       "name with --as the party that the clause names; `firstlook agreement explain` shows it",
	right.NothingRequested:  "nothing is to be done: the holder asked for nothing that is outstanding",
	right.AlreadyStayed:     "nothing is to be done: the window stands still on that ground",
	right.NotStayed:         "`firstlook notice list` says where the matter stands",
	right.NoProposal:        "propose terms with `firstlook matter propose`, or wait for the other side's",
	right.NotRunning:        "`firstlook notice list` says where the matter stands",
	right.ConsentMissing:    "wait for the consent; `firstlook need explain` says whose is missing",
	right.Performing:        "`firstlook award show` says how the award stands",
	right.PackageBroken:     "name one offer of the package, all of which must stand; `firstlook offer list` shows them",
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
