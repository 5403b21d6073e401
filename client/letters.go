package client

import (
	"context"
	"net/http"
	"net/url"

	"firstlook/internal/notify"
	"firstlook/party"
)

// What did not arrive by e-mail or webhook.
type (
	// DeadLetter is a letter that was refused for good, came back or grew too old.
	DeadLetter = notify.DeadLetter
	// Trouble says that a person should look after a letter, with what it means for the clock.
	Trouble = notify.Trouble
)

// Dead lists the dead letters that the party of the token sent.
func (c *Client) Dead(ctx context.Context, who party.ID) ([]DeadLetter, error) {
	all, _, err := list[DeadLetter](ctx, c, "/v1/letters/dead", "letters", as(who))
	return all, err
}

// Troubles lists the party's letters that have not arrived, the latest first.
func (c *Client) Troubles(ctx context.Context, who party.ID) ([]Trouble, error) {
	all, _, err := list[Trouble](ctx, c, "/v1/troubles", "troubles", as(who))
	return all, err
}

// Redrive sends a dead letter again. The person is that of the token, where somebody signs in.
func (c *Client) Redrive(ctx context.Context, letter string, _ party.ID, person, reason string) error {
	return c.handle(ctx, letter, "redrive", person, reason)
}

// Dismiss takes a letter off the list of dead ones.
func (c *Client) Dismiss(ctx context.Context, letter string, _ party.ID, person, reason string) error {
	return c.handle(ctx, letter, "dismiss", person, reason)
}

func (c *Client) handle(ctx context.Context, letter, what, person, reason string) error {
	_, err := put[map[string]string](ctx, c, http.MethodPost, "/v1/letters/"+url.PathEscape(letter)+"/"+what, map[string]string{"reason": reason, "person": person})
	return err
}
