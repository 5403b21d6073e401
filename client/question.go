package client

import (
	"context"
	"net/http"

	"firstlook/capacity"
	"firstlook/internal/door"
	"firstlook/party"
)

// Questions to the engine, which record nothing.
type (
	File          = door.File
	PlanRequest   = door.PlanRequest
	PlanPage      = door.PlanPage
	WhatIfRequest = door.WhatIfRequest
	WhatIfPage    = door.WhatIfPage
)

// Plan chooses the cheapest lawful mix for many needs of the party at once. The server ends a search that takes long with what it found, and
// with the bound that it proved.
func (c *Client) Plan(ctx context.Context, q *PlanRequest, _ party.ID) (*PlanPage, error) {
	out := &PlanPage{}
	return out, c.do(ctx, &ask{method: http.MethodPost, path: "/v1/award/plan", body: q, safe: true}, out)
}

// WhatIf replays a need with a change, for its buyer.
func (c *Client) WhatIf(ctx context.Context, id capacity.NeedID, q *WhatIfRequest, who party.ID) (*WhatIfPage, error) {
	out := &WhatIfPage{}
	return out, c.do(ctx, &ask{method: http.MethodPost, path: needPath(id, "/whatif"), query: as(who), body: q, safe: true}, out)
}
