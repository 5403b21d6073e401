package right

import (
	"fmt"

	"firstlook/agreement"
)

// Code names why the law says no. The codes are closed and stable. Where several apply, the one that a command looks for first
// is given; docs/spec/rights.md has the order.
type Code string

const (
	TimeBeforeRecord  Code = "time-before-record"
	NeedExists        Code = "need-exists"
	NeedUnknown       Code = "need-unknown"
	NeedIncomplete    Code = "need-incomplete"
	NeedClosed        Code = "need-closed"
	UnknownMatter     Code = "unknown-matter"
	UnknownLot        Code = "unknown-lot"
	UnknownOffer      Code = "unknown-offer"
	UnknownAward      Code = "unknown-award"
	NotTheBuyer       Code = "not-the-buyer"
	NotTheHolder      Code = "not-the-holder"
	NotTheProvider    Code = "not-the-provider"
	UnknownProvider   Code = "unknown-provider"
	NotInvited        Code = "not-invited"
	PersonRequired    Code = "person-required"
	ReasonRequired    Code = "reason-required"
	NothingToDecide   Code = "nothing-to-determine"
	ValueInvalid      Code = "value-invalid"
	NoticeIncomplete  Code = "notice-incomplete"
	NoticeGiven       Code = "notice-already-given"
	ReceiptInvalid    Code = "receipt-invalid"
	WindowClosed      Code = "window-closed"
	AlreadyAnswered   Code = "already-answered"
	AnswerNotFitting  Code = "answer-does-not-fit-right"
	QuantityInvalid   Code = "quantity-invalid"
	WholeOnly         Code = "whole-only"
	TermsRequired     Code = "terms-required"
	TermsMissNeed     Code = "terms-do-not-meet-need"
	OfferInvalid      Code = "offer-invalid"
	OfferExists       Code = "offer-exists"
	OffersClosed      Code = "offers-closed"
	OffersOpen        Code = "offers-still-open"
	OfferNoticed      Code = "offer-noticed"
	OfferTaken        Code = "offer-taken"
	LotNotInMarket    Code = "lot-not-in-market"
	Barred            Code = "barred-by-clause"
	MissesRequirement Code = "misses-requirement"
	NoLawfulOffer     Code = "no-lawful-offer"
	OutsideCap        Code = "outside-cap"
	Irrevocable       Code = "noticed-offer-irrevocable"
	AwardEnded        Code = "award-ended"
	NoSuchPower       Code = "no-such-power"
	NotEntitled       Code = "not-entitled"
	NothingRequested  Code = "nothing-requested"
	AlreadyStayed     Code = "already-stayed"
	NotStayed         Code = "not-stayed"
	NoProposal        Code = "no-proposal"
	NotRunning        Code = "window-not-running"
	ConsentMissing    Code = "consent-missing"
	Performing        Code = "award-performed"
	PackageBroken     Code = "package-not-whole"
)

// Codes lists the refusals, roughly in the order in which they are looked for.
var Codes = []Code{TimeBeforeRecord, NeedExists, NeedUnknown, NeedIncomplete, NeedClosed, UnknownMatter, UnknownLot, UnknownOffer,
	UnknownAward, NotTheBuyer, NotTheHolder, NotTheProvider, UnknownProvider, NotInvited, PersonRequired, ReasonRequired,
	NothingToDecide, ValueInvalid, NoticeIncomplete, NoticeGiven, ReceiptInvalid, WindowClosed, AlreadyAnswered, AnswerNotFitting,
	QuantityInvalid, WholeOnly, TermsRequired, TermsMissNeed, OfferInvalid, OfferExists, OffersClosed, OffersOpen, OfferNoticed,
	OfferTaken, LotNotInMarket, Barred, MissesRequirement, NoLawfulOffer, OutsideCap, Irrevocable, AwardEnded,
	NoSuchPower, NotEntitled, NothingRequested, AlreadyStayed, NotStayed, NoProposal, NotRunning, ConsentMissing, Performing, PackageBroken}

// Refusal is the law saying no. It changes nothing but the time that settled before it.
type Refusal struct {
	Code   Code           `json:"code"`
	Detail string         `json:"detail,omitempty"` // facts, for people; never anything sealed
	Clause *agreement.Ref `json:"clause,omitempty"`
}

func (r *Refusal) Error() string {
	s := "refused: " + string(r.Code)
	if r.Detail != "" {
		s += ": " + r.Detail
	}
	if r.Clause != nil {
		s += fmt.Sprintf(" [%s]", r.Clause)
	}
	return s
}

func refuse(c Code, format string, args ...any) error {
	return &Refusal{Code: c, Detail: fmt.Sprintf(format, args...)}
}

// by names the clause that a refusal rests on.
func (r *Refusal) by(ref agreement.Ref) *Refusal {
	r.Clause = &ref
	return r
}
