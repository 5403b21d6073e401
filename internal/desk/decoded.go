package desk

import (
	"sync"

	"firstlook/right"
)

// decoded keeps the events of records that were read of late, by their bodies: a letter, the state that it is written from and the page
// that shows it all read the same few records. What it gives is shared, and nobody changes it.
//
// It has two generations. What is asked for moves to the young one; when that is full, the old one is dropped.
type decoded struct {
	mu         sync.Mutex
	young, old map[string][]right.Event
}

// maxDecoded bounds a generation, in records.
const maxDecoded = 2048

// events returns the events of a record's body.
func (d *decoded) events(body []byte) ([]right.Event, error) {
	d.mu.Lock()
	events, ok := d.young[string(body)]
	if !ok {
		if events, ok = d.old[string(body)]; ok {
			d.keep(string(body), events)
		}
	}
	d.mu.Unlock()
	if ok {
		return events, nil
	}
	events, err := right.Decode(body)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keep(string(body), events)
	return events, nil
}

// keep puts events into the young generation; the lock is held.
func (d *decoded) keep(body string, events []right.Event) {
	if d.young == nil || len(d.young) >= maxDecoded {
		d.young, d.old = map[string][]right.Event{}, d.young
	}
	d.young[body] = events
}
