package notify

import (
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/party"
)

// DeadLetter is a letter that did not arrive, as the grantor's list shows it.
type DeadLetter struct {
	Letter  string           `json:"letter"` // id of the delivery, by which it is sent again
	Need    capacity.NeedID  `json:"need"`
	Matter  string           `json:"matter,omitempty"`
	Kind    string           `json:"kind"`
	Title   string           `json:"title"`
	From    party.ID         `json:"from"` // the grantor
	To      party.ID         `json:"to"`
	Channel Channel          `json:"channel"`
	Address string           `json:"address"`
	Queued  calendar.Instant `json:"queued"`
	Tries   int              `json:"tries"`           // that failed and were made again
	Reply   string           `json:"reply,omitempty"` // what the other side said last
}

// List is a delivery as the list of dead letters shows it.
func (d *Delivery) List() DeadLetter {
	x := &d.Document
	out := DeadLetter{Letter: d.ID, Need: x.Need, Kind: x.Kind, Title: x.Title, From: x.From.ID, To: x.To.ID, Channel: d.Channel, Address: d.Address,
		Queued: d.Queued, Tries: d.Tries, Reply: d.Reply}
	if x.Matter != 0 {
		out.Matter = x.Matter.String()
	}
	for _, o := range d.Results {
		if o.Result == Bounced {
			out.Reply = o.Reply
		}
	}
	return out
}
