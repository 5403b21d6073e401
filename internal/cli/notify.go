package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"firstlook/client"
	"firstlook/internal/door"
	"firstlook/internal/httpapi"
	"firstlook/internal/notify"
	"firstlook/party"
)

// mailroom is where dead letters are seen to: the post of the folder, or the server.
type mailroom interface {
	Dead(ctx context.Context, who party.ID) ([]notify.DeadLetter, error)
	Troubles(ctx context.Context, who party.ID) ([]notify.Trouble, error)
	Redrive(ctx context.Context, letter string, who party.ID, person, reason string) error
	Dismiss(ctx context.Context, letter string, who party.ID, person, reason string) error
}

func (a *app) notifyCommand() *cobra.Command {
	dead := leaf("dead", "List letters that were refused for good, came back or grew too old", 0, 0, a.deadLetters)
	troubles := leaf("troubles", "List letters that have not arrived, with what that means for the clock, the latest first", 0, 0, a.listTroubles)
	for _, c := range []*cobra.Command{dead, troubles} {
		a.looking(c, "Grantor whose letters they are; all where left out")
	}
	c := parent("notify", "See to letters that did not arrive by e-mail or webhook", dead, troubles,
		a.handling(leaf("redrive LETTER", "Send a dead letter again", 1, 1, a.handleLetter(mailroom.Redrive))),
		a.handling(leaf("dismiss LETTER", "Take a letter off the list of dead ones: it was told otherwise, or matters no more", 1, 1, a.handleLetter(mailroom.Dismiss))))
	c.Long = "How letters travel is said in " + notifyName + " of the data folder; `firstlook serve` carries them. Nothing here starts or stops a clock."
	return c
}

// handling adds the flags by which somebody answers for what becomes of a letter.
func (a *app) handling(c *cobra.Command) *cobra.Command {
	a.judging(c)
	c.Flags().String("reason", "", "Why; it is recorded")
	return a.looking(c, "Grantor whose letter it is; any where left out")
}

// withPost turns to the server, or opens the folder and its post.
func (a *app) withPost(ctx context.Context, use func(mailroom) error) error {
	if a.server != "" {
		return a.remote(func(d door.Door) error { return use(d.(*client.Client)) }) // [app.remote] has no other
	}
	return a.read(ctx, func(r *record) error {
		p, err := r.post()
		if err == nil && p == nil {
			err = bad("docs/spec/notices.md, section 9, says how it is written", "%s has no %s", a.data, notifyName)
		}
		if err != nil {
			return err
		}
		return use(p)
	})
}

func (a *app) deadLetters(cmd *cobra.Command, _ []string) error {
	return a.withPost(cmd.Context(), func(p mailroom) error {
		letters, err := p.Dead(cmd.Context(), party.ID(a.as))
		if err != nil {
			return err
		}
		if a.json {
			return a.document(map[string]any{"letters": orNone(letters)})
		}
		if len(letters) == 0 {
			a.say("no dead letters")
		}
		for _, l := range letters {
			a.say("%s %s for %s, by %s to %s, queued %s", l.Letter, l.Kind, l.To, l.Channel, l.Address, instant(l.Queued))
			a.say("  %s", l.Title)
			a.say("  said: %s", l.Reply)
		}
		return nil
	})
}

func (a *app) listTroubles(cmd *cobra.Command, _ []string) error {
	return a.withPost(cmd.Context(), func(p mailroom) error {
		all, err := p.Troubles(cmd.Context(), party.ID(a.as))
		if err != nil {
			return err
		}
		if a.json {
			return a.document(map[string]any{"troubles": orNone(all)})
		}
		if len(all) == 0 {
			a.say("no troubles")
		}
		for _, t := range all {
			a.say("%s %s %s %s", instant(t.At), t.Need, t.About, t.Kind)
			a.say("  %s", t.Text)
		}
		return nil
	})
}

// orNone is a list that is written as one where it is empty.
func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// handleLetter is the command that does something about a dead letter.
func (a *app) handleLetter(act func(mailroom, context.Context, string, party.ID, string, string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		reason, _ := cmd.Flags().GetString("reason")
		if err := errors.Join(needFlag(cmd, a.person, "person", "who does it is recorded"), needFlag(cmd, reason, "reason", "why is recorded")); err != nil {
			return err
		}
		return a.withPost(cmd.Context(), func(p mailroom) error {
			err := act(p, cmd.Context(), args[0], party.ID(a.as), a.person, reason)
			if errors.Is(err, notify.ErrNotDead) {
				return bad("`firstlook notify dead` lists them", "no dead letter %s", args[0])
			}
			if err == nil && a.json {
				return a.document(httpapi.Handled{Letter: args[0]})
			}
			if err == nil {
				a.say("recorded")
			}
			return err
		})
	}
}
