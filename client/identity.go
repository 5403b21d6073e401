package client

import (
	"context"
	"net/url"
	"strconv"

	"firstlook/internal/identity"
	"firstlook/party"
)

// Who may sign in, for a token whose role may see it. A token administers nobody: that takes a person's own session, or the data folder.
type (
	Person       = identity.Person
	SignInRule   = identity.Rule
	SignInRecord = identity.Event
)

// People lists everybody who is known, of all parties.
func (c *Client) People(ctx context.Context) ([]Person, error) {
	return bare[Person](ctx, c, "/v1/identity/people", nil)
}

// Rules lists who may come in by an OpenID provider.
func (c *Client) Rules(ctx context.Context) ([]SignInRule, error) {
	return bare[SignInRule](ctx, c, "/v1/identity/rules", nil)
}

// Audit lists sign-ins, failures and changes of people, the latest first: at most so many, of one party where it is named.
func (c *Client) Audit(ctx context.Context, of party.ID, limit int) ([]SignInRecord, error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}}
	if of != "" {
		q.Set("party", string(of))
	}
	return bare[SignInRecord](ctx, c, "/v1/identity/audit", q)
}

// bare reads a list that is the whole document.
func bare[T any](ctx context.Context, c *Client, path string, query url.Values) ([]T, error) {
	out, err := get[[]T](ctx, c, path, query)
	if err != nil {
		return nil, err
	}
	return *out, nil
}
