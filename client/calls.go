package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/party"
	"firstlook/right"
)

// as names the party in a query, where the caller names one.
func as(who party.ID) url.Values {
	q := url.Values{}
	if who != "" {
		q.Set("as", string(who))
	}
	return q
}

func needPath(id capacity.NeedID, more string) string {
	return "/v1/needs/" + url.PathEscape(string(id)) + more
}

// get reads one document.
func get[T any](ctx context.Context, c *Client, path string, query url.Values) (*T, error) {
	out := new(T)
	if err := c.do(ctx, &ask{method: http.MethodGet, path: path, query: query}, out); err != nil {
		return nil, err
	}
	return out, nil
}

// put sends a document and reads the answer.
func put[T any](ctx context.Context, c *Client, method, path string, body any) (*T, error) {
	out := new(T)
	if err := c.do(ctx, &ask{method: method, path: path, body: body}, out); err != nil {
		return nil, err
	}
	return out, nil
}

// Do sends a command on a need; a need that is submitted without an id gets one. Without a key it gets one of its own, so that it can be
// sent again.
func (c *Client) Do(ctx context.Context, id capacity.NeedID, command right.Command, key string) (*Done, error) {
	path := needPath(id, "/commands")
	if _, submits := command.Ask.(right.Submit); submits && id == "" {
		path = "/v1/needs"
	}
	own := key == ""
	if own {
		key = newKey()
	}
	out := &Done{}
	if err := c.do(ctx, &ask{method: http.MethodPost, path: path, query: as(command.By), body: command, key: key}, out); err != nil {
		return nil, err
	}
	if own {
		out.Repeated = false // whoever asked asked once
	}
	return out, nil
}

// Needs lists the needs that concern the party.
func (c *Client) Needs(ctx context.Context, who party.ID) ([]NeedItem, error) {
	all, _, err := list[NeedItem](ctx, c, "/v1/needs", "needs", as(who))
	return all, err
}

// Need reads a need with its history.
func (c *Client) Need(ctx context.Context, id capacity.NeedID, who party.ID) (*NeedPage, error) {
	return get[NeedPage](ctx, c, needPath(id, ""), as(who))
}

// Explain says, to the buyer of a need, what engages it and what may follow; at is unset for what is known now.
func (c *Client) Explain(ctx context.Context, id capacity.NeedID, who party.ID, at calendar.Instant) (*Explanation, error) {
	q := as(who)
	if at.IsSet() {
		q.Set("at", at.String())
	}
	return get[Explanation](ctx, c, needPath(id, "/explanation"), q)
}

// Notices lists matters, of one need or of all.
func (c *Client) Notices(ctx context.Context, id capacity.NeedID, who party.ID) (*NoticeList, error) {
	q := as(who)
	if id != "" {
		q.Set("need", string(id))
	}
	all, page, err := list[desk.Notice](ctx, c, "/v1/notices", "notices", q)
	out := &NoticeList{Notices: all}
	if err == nil && page["zones"] != nil {
		err = json.Unmarshal(page["zones"], &out.Zones)
	}
	return out, err
}

// Notice reads a notice as its holder does.
func (c *Client) Notice(ctx context.Context, id capacity.NeedID, m right.MatterID, who party.ID) (*NoticePage, error) {
	return get[NoticePage](ctx, c, needPath(id, "/notices/m"+strconv.Itoa(int(m))), as(who))
}

// Awards says who supplies a need and why.
func (c *Client) Awards(ctx context.Context, id capacity.NeedID, who party.ID) (*AwardPage, error) {
	return get[AwardPage](ctx, c, needPath(id, "/awards"), as(who))
}

// Agreements lists the agreements to which the party belongs.
func (c *Client) Agreements(ctx context.Context, who party.ID) ([]AgreementItem, error) {
	all, _, err := list[AgreementItem](ctx, c, "/v1/agreements", "agreements", as(who))
	return all, err
}

// Agreement reads an agreement with its text.
func (c *Client) Agreement(ctx context.Context, id agreement.ID, who party.ID) (*AgreementText, error) {
	return get[AgreementText](ctx, c, "/v1/agreements/"+url.PathEscape(string(id)), as(who))
}

// file is a file as it is sent.
type file struct {
	File string `json:"file"`
	Text string `json:"text"`
}

// AddAgreement records a signed agreement.
func (c *Client) AddAgreement(ctx context.Context, name string, text []byte, _ party.ID) (*AgreementItem, error) {
	return put[AgreementItem](ctx, c, http.MethodPost, "/v1/agreements", file{name, string(text)})
}

// AmendAgreement records a later text of an agreement.
func (c *Client) AmendAgreement(ctx context.Context, name string, text []byte, _ party.ID) (*AgreementItem, error) {
	g, err := agreement.Parse(name, text)
	if err != nil {
		return nil, err
	}
	return put[AgreementItem](ctx, c, http.MethodPut, "/v1/agreements/"+url.PathEscape(string(g.ID)), file{name, string(text)})
}

// Certify records a fact, or a challenge of one.
func (c *Client) Certify(ctx context.Context, f agreement.Fact, _ party.ID) (*Certified, error) {
	body := map[string]any{"trigger": f.Trigger, "by": f.By, "person": f.Person, "reason": f.Reason, "challenge": f.Challenge}
	if f.At.IsSet() {
		body["at"] = f.At
	}
	return put[Certified](ctx, c, http.MethodPost, "/v1/agreements/"+url.PathEscape(string(f.Agreement))+"/facts", body)
}

// Providers lists the providers that may be asked for offers, as far as the party may see them.
func (c *Client) Providers(ctx context.Context, who party.ID) ([]agreement.Provider, error) {
	all, _, err := list[agreement.Provider](ctx, c, "/v1/providers", "providers", as(who))
	return all, err
}

// SetProviders records the list of providers in place of the one before.
func (c *Client) SetProviders(ctx context.Context, name string, text []byte, _ party.ID) ([]agreement.Provider, error) {
	out, err := put[struct {
		Providers []agreement.Provider `json:"providers"`
	}](ctx, c, http.MethodPut, "/v1/providers", file{name, string(text)})
	if err != nil {
		return nil, err
	}
	return out.Providers, nil
}

// Prices reads the recorded price books with their prices.
func (c *Client) Prices(ctx context.Context) ([]PriceBook, error) {
	all, _, err := list[PriceBook](ctx, c, "/v1/prices", "books", nil)
	if err != nil {
		return nil, err
	}
	for i := range all {
		one, err := get[PriceBook](ctx, c, "/v1/prices/"+url.PathEscape(all[i].Book), nil)
		if err != nil {
			return nil, err
		}
		all[i] = *one
	}
	return all, nil
}

// PutPrices records a price book.
func (c *Client) PutPrices(ctx context.Context, name string, text []byte, _ party.ID) (calendar.Instant, error) {
	out, err := put[PriceBook](ctx, c, http.MethodPut, "/v1/prices/"+url.PathEscape(name), map[string]string{"text": string(text)})
	if err != nil {
		return 0, err
	}
	return out.Recorded, nil
}
