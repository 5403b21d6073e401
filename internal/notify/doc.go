// Package notify tells the parties: it takes the acts of the outbox, makes complete documents of them, carries these by e-mail and webhook
// until they arrive or a person must look, and says what each delivery proves. It decides nothing: whether a delivery starts a clock
// is the clause's to say ([Receipt]) and the caller's to record.
//
// docs/spec/notices.md is the page for those who receive: what a notice holds, how a signature is checked, what a link may do.
//
// # The path of a letter
//
//	outbox act -> Notifier.Deliver -> one Delivery per Route, recorded -> Notifier.Run carries it -> Outcome recorded, then told
//
// [Notifier.Deliver] is a courier of the desk: once it returns, the letter is durable here and the outbox goes on. What to write comes
// from [Source] (over the desk: [FromDesk]), where a party wants it from [Directory], what was done goes to [Record] (over the
// journal: [OnJournal]), and what came of it to [Listener]. All four belong to the caller.
//
// # What a document holds
//
// A [Document] holds what desk's views give its recipient and nothing else: the event as [desk.Visible] shows it, the need as
// [desk.Summarize] does, what to do next as [desk.Next] does, and the letter that the desk wrote. It is written as text, as HTML, as
// a calendar entry and as JSON. Its content hash is the SHA-256 of the text, and stands in all of them.
//
// # Promises
//
//   - At least once: a crash between carrying and recording carries again, under the same Message-ID, webhook-id and calendar UID.
//   - In order per route: the next letter waits for the one before, until that has arrived or is dead. Routes do not wait for each other.
//   - A refusal for good, and a letter too old, ends in the dead-letter list ([Notifier.Dead]) and with a person ([Trouble]); nothing
//     is dropped without a word. [Notifier.Redrive] tries again.
//   - A bounce is never a receipt. It is told to a person at the grantor's desk together with what it means for the clock.
//   - A reminder follows from the state ([Reminders]); no timer is stored. It is sent once for a deadline, and not after the answer: the
//     state is asked again right before each attempt.
//   - Secrets are in no record: keys of webhooks and of links are read when they are used.
//
// # What proves what
//
//	Sent        our relay has taken it; nothing is known of the recipient's side
//	Delivered   the recipient's own server or webhook has taken it, or a delivery report says so
//	Received    the recipient's person pressed the button behind a one-time link, or acknowledged it signed in
//	Bounced     it was refused for good, or came back
package notify
