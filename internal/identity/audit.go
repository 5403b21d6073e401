package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"firstlook/party"
)

// EventKind says what happened. Kinds are stable.
type EventKind string

const (
	SignedIn            EventKind = "signed-in"
	SignInRefused       EventKind = "sign-in-refused" // also a wrong token or link
	LockedOut           EventKind = "locked-out"
	SignedOut           EventKind = "signed-out"
	SignedOutEverywhere EventKind = "signed-out-everywhere"
	LinkIssued          EventKind = "link-issued"
	TokenIssued         EventKind = "token-issued"
	TokenRotated        EventKind = "token-rotated"
	TokenRevoked        EventKind = "token-revoked"
	TokenNewAddress     EventKind = "token-new-address"
	PersonAdded         EventKind = "person-added"
	RolesChanged        EventKind = "roles-changed"
	PersonDisabled      EventKind = "person-disabled"
	PersonEnabled       EventKind = "person-enabled"
	LoginAdded          EventKind = "login-added"
	RuleAdded           EventKind = "rule-added"
	RuleRemoved         EventKind = "rule-removed"
	PasswordSet         EventKind = "password-set"
)

// Event is one entry of the audit.
type Event struct {
	Seq  int64     `json:"seq"`
	Prev string    `json:"prev"` // SHA-256, hex, of the entry before as stored; "" for the first
	At   time.Time `json:"at"`   // UTC, to the millisecond
	Kind EventKind `json:"kind"`
	// Party is whom it concerns; "" where that is not known, as of a wrong password.
	Party party.ID `json:"party,omitempty"`
	// Actor is a person's id, "token" and its id, or "console"; "" where that is not known.
	Actor   string `json:"actor,omitempty"`
	Address string `json:"address,omitempty"` // as [Subject].Address
	About   string `json:"about,omitempty"`   // the id of what was changed
	Detail  string `json:"detail,omitempty"`
}

// record appends an event. It numbers and chains it.
func (g *Gate) record(tx Tx, e Event) error {
	last, err := tx.Entries(math.MaxInt64, 1)
	if err != nil {
		return err
	}
	e.Seq, e.Prev, e.At = 1, "", g.now()
	if len(last) > 0 {
		e.Seq, e.Prev = last[0].Seq+1, digest(last[0].Body)
	}
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return tx.Append(e.Seq, b)
}

// AuditQuery asks for a page of the audit.
type AuditQuery struct {
	Before int64 // only entries with a smaller number; 0 for the latest
	Limit  int   // at most so many; 100 when 0, never more than 1000
	Party  party.ID
}

// Audit returns events, the latest first. Operators and auditors may read all, others with [ViewAudit] those of their party.
func (g *Gate) Audit(ctx context.Context, by Subject, q AuditQuery) ([]Event, error) {
	if !by.May(ViewAudit) {
		return nil, refuse(Forbidden, "reading the audit needs a role with %s", ViewAudit)
	}
	if !by.Has(Operator) && !by.Has(Auditor) {
		q.Party = by.Party
	}
	if q.Before <= 0 {
		q.Before = math.MaxInt64
	}
	if q.Limit <= 0 {
		q.Limit = 100
	}
	q.Limit = min(q.Limit, 1000)
	var out []Event
	err := g.store.View(ctx, func(tx Tx) error {
		return eachEvent(tx, q.Before, func(e Event, _ Entry) bool {
			if q.Party == "" || e.Party == q.Party {
				out = append(out, e)
			}
			return len(out) < q.Limit
		})
	})
	return out, err
}

// eachEvent calls f with the events numbered below before, the latest first, while f returns true.
func eachEvent(tx Tx, before int64, f func(Event, Entry) bool) error {
	for {
		page, err := tx.Entries(before, 256)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, entry := range page {
			var e Event
			if err := json.Unmarshal(entry.Body, &e); err != nil {
				return fmt.Errorf("audit entry %d: %w", entry.Seq, err)
			}
			if !f(e, entry) {
				return nil
			}
			before = entry.Seq
		}
	}
}

// VerifyAudit checks the numbers and the chain of the whole audit and returns how many events there are and the hash of the
// last: kept elsewhere, it shows later that nothing before it was changed.
func VerifyAudit(ctx context.Context, s Store) (n int64, head string, err error) {
	var broken error
	err = s.View(ctx, func(tx Tx) error {
		next, prev := int64(0), ""
		err := eachEvent(tx, math.MaxInt64, func(e Event, entry Entry) bool {
			hash := digest(entry.Body)
			switch {
			case next == 0:
				n, head = entry.Seq, hash
			case entry.Seq != next-1 || hash != prev:
				broken = fmt.Errorf("audit entry %d does not follow from entry %d", next, entry.Seq)
				return false
			}
			if e.Seq != entry.Seq {
				broken = fmt.Errorf("audit entry %d says that it is %d", entry.Seq, e.Seq)
				return false
			}
			next, prev = entry.Seq, e.Prev
			return true
		})
		if err == nil && broken == nil && n > 0 && (next != 1 || prev != "") {
			broken = fmt.Errorf("the audit begins with entry %d", next)
		}
		return err
	})
	if err == nil {
		err = broken
	}
	return n, head, err
}
