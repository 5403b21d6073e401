------------------------------- MODULE matter -------------------------------
(***************************************************************************)
(* One matter: one run of one right over one lot, with its clocks.          *)
(* docs/spec/rights.md has the whole; this page has what time and the two   *)
(* sides can do to one matter, small enough to be read in one sitting.      *)
(*                                                                          *)
(* There are two clocks.  `now` is the recorder's: when a command is        *)
(* decided.  `settled` is the record's: up to which instant the deadlines   *)
(* have been applied.  A recorder that sleeps leaves `settled` behind; the  *)
(* next command first settles, each deadline at its own instant, and only   *)
(* then is looked at.  The holder has a deadline (answerBy, negotiateBy)    *)
(* and so has the grantor (respondBy).                                      *)
(*                                                                          *)
(* The same scope is checked in Go against the engine itself, with every    *)
(* command, every kind of right and the whole record:                       *)
(*                                                                          *)
(*     go test ./internal/lawmodel -run TestModel -v                        *)
(*     make model                        (four commands ahead)              *)
(*                                                                          *)
(* With a checker of TLA+ at hand: INIT Init, NEXT Next, the invariants and *)
(* the property at the end, and for example                                 *)
(*     Horizon = 12, Deemed = 2, Window = 3, Response = 2, Talks = 3,       *)
(*     Silence = "lapse", ReleaseOn = {"declined", "lapsed", "failed"},     *)
(*     Kind = "match"                                                       *)
(***************************************************************************)
EXTENDS Naturals

CONSTANTS
    Horizon,    \* instants are 0 .. Horizon
    Deemed,     \* after how long a notice counts as received
    Window,     \* the holder's time to answer, from receipt
    Response,   \* the grantor's time to respond to named terms
    Talks,      \* how long the parties negotiate, from the holder's interest
    Silence,    \* what silence means: "lapse", "decline", "accept" or "unable"
    ReleaseOn,  \* ends on which the lot is released; a waiver always releases
    Kind        \* "match", "first_offer" (holder's terms) or "first_negotiation"

ASSUME /\ Horizon \in Nat /\ Deemed \in Nat /\ Window \in Nat \ {0}
       /\ Response \in Nat \ {0} /\ Talks \in Nat \ {0}
       /\ Silence \in {"lapse", "decline", "accept", "unable"}
       /\ Kind \in {"match", "first_offer", "first_negotiation"}

None == Horizon + 100  \* an instant that is not set

Instants == 0 .. Horizon

Pending == {"noticed", "open", "tolled", "negotiating", "named"}
Ended   == {"exercised", "declined", "lapsed", "waived", "unable", "rejected", "failed"}

VARIABLES
    now,         \* the recorder's clock
    settled,     \* how far the record has come
    status,      \* of the matter
    receivedAt,  \* when the notice was received
    answerBy,    \* the holder's deadline
    negotiateBy, \* the end of a negotiation
    respondBy,   \* the grantor's deadline
    left,        \* of the window, while it stands still
    endedAt,     \* the instant that the record gives to the end
    endedBy,     \* who ended it: "holder", "grantor" or "time"
    lot,         \* "held", "released", "blocked", "holder" or "rival"
    spoken       \* the instants of the holder's words that were taken, each with the deadline that it had

vars == <<now, settled, status, receivedAt, answerBy, negotiateBy, respondBy, left, endedAt, endedBy, lot, spoken>>

Init ==
    /\ now = 0 /\ settled = 0
    /\ status = "noticed" /\ receivedAt = None
    /\ answerBy = None /\ negotiateBy = None /\ respondBy = None /\ left = 0
    /\ endedAt = None /\ endedBy = "nobody"
    /\ lot = "held" /\ spoken = {}

-----------------------------------------------------------------------------
(* What is due, and when.                                                   *)

Due ==
    CASE status = "noticed"     -> Deemed
      [] status = "open"        -> answerBy
      [] status = "negotiating" -> negotiateBy
      [] status = "named"       -> respondBy
      [] OTHER                  -> None

IsDue == Due # None /\ Due <= now

\* Where the lot goes when the matter ends without an exercise.
After(how) == IF how = "waived" \/ how \in ReleaseOn THEN "released" ELSE "blocked"

End(how, at, by) ==
    /\ status' = how /\ endedAt' = at /\ endedBy' = by
    /\ lot' = IF how = "exercised" THEN "holder" ELSE After(how)

BySilence ==
    CASE Silence = "lapse"   -> "lapsed"
      [] Silence = "decline" -> "declined"
      [] Silence = "accept"  -> "exercised"
      [] Silence = "unable"  -> "unable"

(***************************************************************************)
(* Time settles first.  One deadline is applied at its own instant, not at  *)
(* `now`; the record moves to it.  Commands wait until nothing is due, so   *)
(* that it makes no difference whether anybody woke the recorder before.    *)
(***************************************************************************)
Settle ==
    /\ IsDue
    /\ settled' = Due
    /\ UNCHANGED <<now, left, spoken>>
    /\ \/ /\ status = "noticed"
          /\ status' = "open" /\ receivedAt' = Due /\ answerBy' = Due + Window
          /\ UNCHANGED <<negotiateBy, respondBy, endedAt, endedBy, lot>>
       \/ /\ status = "open" /\ End(BySilence, Due, "time")
          /\ UNCHANGED <<receivedAt, answerBy, negotiateBy, respondBy>>
       \/ /\ status = "negotiating" /\ End("failed", Due, "time")
          /\ UNCHANGED <<receivedAt, answerBy, negotiateBy, respondBy>>
       \/ /\ status = "named" /\ End("rejected", Due, "time")
          /\ UNCHANGED <<receivedAt, answerBy, negotiateBy, respondBy>>

\* The wall clock goes on, by a little or by a long time: the recorder may have slept.
Tick ==
    /\ now < Horizon
    /\ now' \in (now + 1) .. Horizon
    /\ UNCHANGED <<settled, status, receivedAt, answerBy, negotiateBy, respondBy, left, endedAt, endedBy, lot, spoken>>

-----------------------------------------------------------------------------
(* What the two sides can do.  A command is decided at `now`, after time    *)
(* settled.                                                                 *)

Ready == ~IsDue /\ settled' = now

\* The holder may say when it received the notice: not before the record's last instant, nor so long ago that its time would be
\* over by now (the engine takes that too, and lets the window close at once).
Receive ==
    /\ Ready /\ status = "noticed"
    /\ \E at \in settled .. now :
          /\ at + Window > now
          /\ receivedAt' = at /\ answerBy' = at + Window
    /\ status' = "open"
    /\ UNCHANGED <<now, negotiateBy, respondBy, left, endedAt, endedBy, lot, spoken>>

Deadline == IF status = "negotiating" THEN negotiateBy ELSE answerBy

Speak == spoken' = spoken \union {<<now, IF status = "tolled" THEN None ELSE Deadline>>}

Answer(how) ==
    /\ Ready /\ status \in {"open", "tolled", "negotiating"}
    /\ End(how, now, "holder") /\ Speak
    /\ UNCHANGED <<now, receivedAt, answerBy, negotiateBy, respondBy, left>>

Exercise == Kind # "first_offer" /\ (Kind = "first_negotiation" => status = "negotiating") /\ Answer("exercised")
Decline  == Answer("declined")
Waive    == Answer("waived")

Interest ==
    /\ Kind = "first_negotiation" /\ Ready /\ status = "open"
    /\ status' = "negotiating" /\ negotiateBy' = now + Talks /\ Speak
    /\ UNCHANGED <<now, receivedAt, answerBy, respondBy, left, endedAt, endedBy, lot>>

Name ==
    /\ Kind = "first_offer" /\ Ready /\ status = "open"
    /\ status' = "named" /\ respondBy' = now + Response /\ Speak
    /\ UNCHANGED <<now, receivedAt, answerBy, negotiateBy, left, endedAt, endedBy, lot>>

Respond ==
    /\ Ready /\ status = "named"
    /\ \E how \in {"exercised", "rejected"} : End(how, now, "grantor")
    /\ UNCHANGED <<now, receivedAt, answerBy, negotiateBy, respondBy, left, spoken>>

\* A request for information, or a stay, stops the window; what was left of it is kept.
Toll ==
    /\ Ready /\ status = "open"
    /\ status' = "tolled" /\ left' = answerBy - now
    /\ UNCHANGED <<now, receivedAt, answerBy, negotiateBy, respondBy, endedAt, endedBy, lot, spoken>>

Untoll ==
    /\ Ready /\ status = "tolled"
    /\ status' = "open" /\ answerBy' = now + left
    /\ UNCHANGED <<now, receivedAt, negotiateBy, respondBy, left, endedAt, endedBy, lot, spoken>>

\* The only way to a rival: the lot was released.
AwardRival ==
    /\ Ready /\ lot = "released" /\ lot' = "rival"
    /\ UNCHANGED <<now, status, receivedAt, answerBy, negotiateBy, respondBy, left, endedAt, endedBy, spoken>>

Next == \/ Settle \/ Tick \/ Receive \/ Exercise \/ Decline \/ Waive \/ Interest \/ Name \/ Respond
        \/ Toll \/ Untoll \/ AwardRival

Spec == Init /\ [][Next]_vars /\ WF_vars(Settle)

-----------------------------------------------------------------------------
(* The invariants, by the numbers of lawcheck.                              *)

TypeOK ==
    /\ now \in Instants /\ settled \in Instants
    /\ status \in Pending \union Ended
    /\ lot \in {"held", "released", "blocked", "holder", "rival"}

\* I1: nobody else has the lot while somebody has the word.
NoAwardWhilePending == (status \in Pending) => lot = "held"

\* I2: silence ends a matter at its deadline, after receipt, and not before.
LapseOnlyAtTheDeadline ==
    (endedBy = "time") =>
        /\ endedAt \in {answerBy, negotiateBy, respondBy}
        /\ receivedAt # None /\ receivedAt <= endedAt

\* An answer strictly before the deadline is in time, and one at it is late.
AnswersInTime == \A word \in spoken : word[1] < word[2]

\* I2 for the tolled: what was left of a window is never taken away.
NothingIsLost == (status = "open" /\ left > 0) => answerBy >= settled

\* I5: a rival has it only by a release.
RivalOnlyIfReleased == (lot = "rival") => (status = "waived" \/ status \in ReleaseOn)

\* I6: one has it, or it stands in one place.
OnePlace == (lot = "holder") <=> (status = "exercised")

\* I10: the record never runs ahead of the wall clock, and an end is never stamped with a later instant than its deadline.
RecordBehindClock == settled <= now /\ (endedAt # None => endedAt <= settled)

\* What time decides does not depend on when the recorder woke.
Punctual == endedBy = "time" => endedAt = (IF status = "failed" THEN negotiateBy ELSE IF status = "rejected" THEN respondBy ELSE answerBy)

\* Whatever is due is done in the end, if anybody wakes the recorder.
EventuallySettled == IsDue ~> ~IsDue
=============================================================================
