package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"firstlook/agreement"
	"firstlook/capacity"
	"firstlook/internal/lawcheck"
	"firstlook/right"
)

// maxHistory bounds a file that holds the record of one need, in bytes.
const maxHistory = 64 << 20

// historyJSON is what the check of a history in a file found.
type historyJSON struct {
	Sound      bool                 `json:"sound"`
	History    string               `json:"history"` // the file
	Need       capacity.NeedID      `json:"need"`
	Events     int                  `json:"events"`
	Violations []lawcheck.Violation `json:"violations"`
}

// replayHistory checks the record of one need that stands in a file, under agreements that stand in files.
func (a *app) replayHistory(cmd *cobra.Command, name string) error {
	agreements, _ := cmd.Flags().GetStringArray("agreement")
	facts, _ := cmd.Flags().GetString("facts")
	switch {
	case name == "":
		return usage(cmd, "--agreement and --facts go with --history")
	case cmd.Flags().Changed("need"):
		return usage(cmd, "--need and --history are both given: a file holds one need")
	case len(agreements) == 0:
		return usage(cmd, "--agreement is missing: name the agreement that the history runs under")
	}
	t := tables()
	law := &right.Law{Throughput: t.Throughput, Egress: t.Egress}
	for _, file := range agreements {
		data, err := a.file(file)
		if err != nil {
			return err
		}
		one, err := agreement.Parse(file, data)
		if err != nil {
			return err
		}
		law.Book.Agreements = append(law.Book.Agreements, one)
	}
	if facts != "" {
		if err := a.readFacts(facts, &law.Book); err != nil {
			return err
		}
	}
	events, err := a.readHistory(name)
	if err != nil {
		return err
	}
	out := historyJSON{History: name, Events: len(events), Violations: lawcheck.Check(law, events)}
	if len(events) > 0 {
		if sub, ok := events[0].Fact.(*right.NeedSubmitted); ok {
			out.Need = sub.Need.ID
		}
	}
	return a.printHistory(&out)
}

func (a *app) printHistory(out *historyJSON) error {
	out.Sound = len(out.Violations) == 0
	if a.json {
		out.Violations = orEmpty(out.Violations)
		if err := a.document(out); err != nil {
			return err
		}
	} else {
		for _, v := range out.Violations {
			a.say("finding     %s", v)
		}
		if out.Sound {
			a.say("sound: %s keeps the law in %s", out.History, counted(out.Events, "event"))
		} else {
			a.say("not sound: %s in %s of %s", counted(len(out.Violations), "violation"), counted(out.Events, "event"), out.History)
		}
	}
	if !out.Sound {
		return errFound
	}
	return nil
}

// readHistory reads the events of one need: the array of them, or the document of `need show --history --json`.
func (a *app) readHistory(name string) ([]right.Event, error) {
	data, err := a.bounded(name, maxHistory)
	if err != nil {
		return nil, err
	}
	body := bytes.TrimSpace(data)
	if bytes.HasPrefix(body, []byte("{")) {
		var shown struct {
			History json.RawMessage `json:"history"`
		}
		if err := json.Unmarshal(body, &shown); err != nil || shown.History == nil {
			return nil, bad("write it with `firstlook need show NEED --history --json`", "%s holds no history", name)
		}
		body = shown.History
	}
	events, err := right.Decode(body)
	if err != nil {
		return nil, bad("write it with `firstlook need show NEED --history --json`", "%s is not the record of a need: %v", name, err)
	}
	if len(events) == 0 {
		return nil, bad("name the file of a need that was submitted", "%s holds no event", name)
	}
	return events, nil
}

// readFacts reads certified facts, as `determine trigger --json` prints each.
func (a *app) readFacts(name string, book *agreement.Book) error {
	data, err := a.bounded(name, maxHistory)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&book.Facts); err != nil {
		return bad("write an array of {agreement, trigger, at, by, person, reason}", "%s is not a list of facts: %v", name, err)
	}
	return nil
}

// bounded reads a file, or standard input, of so many bytes at most.
func (a *app) bounded(name string, most int64) (data []byte, err error) {
	if name == "-" {
		data, err = io.ReadAll(io.LimitReader(a.in, most+1))
	} else {
		var f *os.File
		if f, err = openFile(name); err != nil {
			return nil, err
		}
		data, err = io.ReadAll(io.LimitReader(f, most+1))
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if int64(len(data)) > most {
		return nil, bad("give a smaller file", "%s is larger than %d bytes", name, most)
	}
	return data, nil
}
