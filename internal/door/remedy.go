package door

import (
	"context"
	"errors"
	"strings"

	"firstlook/internal/journal"
	"firstlook/internal/strict"
	"firstlook/right"
)

// Declined is a no to a change of the law that has no code: an agreement that is in the record already, an amendment that rewrites.
type Declined struct{ Err error }

// Error says why.
func (d *Declined) Error() string { return d.Err.Error() }

// Unwrap returns the error of the desk.
func (d *Declined) Unwrap() error { return d.Err }

// declined marks an error of the desk as a no, unless it is a fault of the world, a refusal or a file that does not read.
func declined(err error) error {
	var (
		fault    *journal.Fault
		corrupt  *journal.Corrupt
		odd      *journal.Malformed
		no       *right.Refusal
		problems strict.Problems
	)
	if err == nil || errors.As(err, &fault) || errors.As(err, &corrupt) || errors.As(err, &odd) || errors.As(err, &no) || errors.As(err, &problems) ||
		errors.Is(err, journal.ErrClosed) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &Declined{err}
}

// Remedy is what a person can do about a refusal, as the command line does it; empty where the detail says so already.
func Remedy(no *right.Refusal) string {
	if strings.Contains(no.Detail, "`firstlook ") {
		return ""
	}
	return remedies[no.Code]
}

// remedies gives each refusal a next step; every code has one.
var remedies = map[right.Code]string{
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
