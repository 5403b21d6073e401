package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"firstlook/bench/negotiation"
	"firstlook/capacity"
)

const (
	soakRows = 20              // lines of the table
	soakEach = 8               // samples of a line
	flatBar  = 5               // percent that the last third may lie above the middle one
	soakWait = 5 * time.Second // how long the server may take to get ready for the load
)

// sampled is what the server holds at one moment.
type sampled struct {
	resident float64 // bytes
	heap     float64 // bytes that lived at the last collection
	letters  float64 // that wait
	done     float64 // answers that were recorded
}

// soak puts a steady load on a server, one negotiation after the other at its own instant, and fails where its memory grows.
func soak(p program, o options) error {
	folder, err := p.newFolder(negotiation.Providers)
	if err != nil {
		return err
	}
	s, err := p.serve(folder, startInstant)
	if err != nil {
		return err
	}
	err = s.soak(o)
	return errors.Join(err, s.stop())
}

func (s *server) soak(o options) error {
	c := newClient(s.address, pacers)
	defer c.CloseIdleConnections()
	stop := make(chan struct{})
	var wait sync.WaitGroup
	var failed error
	wait.Go(func() { failed = c.steadily(o.soakRate, stop) })
	fmt.Printf("\n%d negotiations a second (offer, notice with a timer, answer, and a look at the need) for %s\n", o.soakRate, o.soak)
	fmt.Printf("%8s %12s %12s %12s %12s\n", "after", "done", "resident MB", "heap MB", "letters wait")
	time.Sleep(min(soakWait, o.soak/10))
	all, err := s.watch(o.soak)
	close(stop)
	wait.Wait()
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	fmt.Println()
	return errors.Join(flat("resident memory", all, func(x sampled) float64 { return x.resident }), flat("heap after collection", all, func(x sampled) float64 { return x.heap }))
}

// watch samples a server for a time.
func (s *server) watch(length time.Duration) ([]sampled, error) {
	began := time.Now()
	var all []sampled
	for row := range soakRows {
		var mean sampled
		for i := range soakEach {
			time.Sleep(time.Until(began.Add(length * time.Duration(row*soakEach+i+1) / (soakRows * soakEach))))
			x, err := s.look()
			if err != nil {
				return nil, err
			}
			all = append(all, x)
			mean = sampled{mean.resident + x.resident/soakEach, mean.heap + x.heap/soakEach, x.letters, x.done}
		}
		fmt.Printf("%8s %12.0f %12.1f %12.1f %12.0f\n", time.Since(began).Round(time.Second), mean.done, mean.resident/1e6, mean.heap/1e6, mean.letters)
	}
	return all, nil
}

// look reads what the server holds. Its next collection is to begin when the heap is so many percent larger than what lived at the last one.
func (s *server) look() (x sampled, err error) {
	resident, err := s.memory()
	if err != nil {
		return x, err
	}
	all, err := s.sample("")
	for tries := 0; err != nil && tries < 5; tries++ { // on a busy machine a look may take longer than the server gives it
		time.Sleep(time.Second)
		all, err = s.sample("")
	}
	if err != nil {
		return x, err
	}
	next, percent := all["go_memstats_next_gc_bytes"], all["go_gc_gogc_percent"]
	if next == 0 || percent == 0 {
		return x, errors.New("the metrics do not say what lives on the heap")
	}
	return sampled{float64(resident), next * 100 / (100 + percent), all["firstlook_outbox_waiting"], all[`firstlook_commands_total{outcome="done",type="answer"}`]}, nil
}

// flat holds the last third of what was sampled against the middle one.
func flat(name string, all []sampled, of func(sampled) float64) error {
	mean := func(part []sampled) (sum float64) {
		for _, x := range part {
			sum += of(x) / float64(len(part))
		}
		return sum
	}
	third := len(all) / 3
	middle, last := mean(all[third:2*third]), mean(all[2*third:])
	grown := 100 * (last/middle - 1)
	row(name+", last third", fmt.Sprintf("%+.1f %%", grown), fmt.Sprintf("+%d %%", flatBar), 0, grown <= flatBar)
	if grown > flatBar {
		return fmt.Errorf("%s grew by %.1f %% from the middle third to the last", name, grown)
	}
	return nil
}

// steadily plays so many negotiations a second, each from its own instant on, until it is stopped. It fails where the server is too slow for that.
func (c *client) steadily(perSecond int, stop <-chan struct{}) error {
	const atOnce = 1024
	slots := make(chan struct{}, atOnce)
	var wait sync.WaitGroup
	var mu sync.Mutex
	var failed []error
	every := time.NewTicker(time.Second / time.Duration(perSecond))
	defer every.Stop()
	for {
		select {
		case <-stop:
			wait.Wait()
			return errors.Join(failed...)
		case <-every.C:
		}
		select {
		case slots <- struct{}{}:
		default:
			return fmt.Errorf("%d negotiations are under way at once: the server does not keep up", atOnce)
		}
		wait.Go(func() {
			defer func() { <-slots }()
			id := nextNeed()
			err := c.negotiate(id)
			if err == nil {
				err = c.get("/v1/needs/" + string(id) + "?as=acme")
			}
			if err != nil {
				mu.Lock()
				failed = append(failed, err)
				mu.Unlock()
			}
		})
	}
}

// negotiate plays an offer, a notice with a timer and an answer.
func (c *client) negotiate(id capacity.NeedID) error {
	for i, step := range negotiation.FirstOffer(id) {
		body, err := json.Marshal(step.Command)
		if err != nil {
			return err
		}
		if err := c.send(id, fmt.Sprintf("key-%s-%d", id, i), body); err != nil {
			return err
		}
	}
	return nil
}

// get reads a page and throws it away.
func (c *client) get(path string) error {
	resp, err := c.Get(c.address + path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var text bytes.Buffer
	if _, err := io.Copy(&text, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", resp.Status, text.String())
	}
	return nil
}
