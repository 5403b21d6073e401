package scenario

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"firstlook/agreement"
	"firstlook/award"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/lawcheck"
	"firstlook/internal/strict"
	"firstlook/right"
)

// Env is what a scenario needs from outside.
type Env struct {
	// Read returns a file that the scenario names, by its path joined to the scenario's folder.
	Read       func(path string) ([]byte, error)
	Throughput capacity.Throughput
	Egress     award.Egress
}

// Transcript holds the answers of a run, one for each step of the file.
type Transcript struct {
	Answers [][]string
}

// world is a run in progress: the law and the records of all needs.
type world struct {
	env     Env
	file    *File
	law     *right.Law
	streams []*stream
}

// stream is the record of one need.
type stream struct {
	id        capacity.NeedID
	submitted calendar.Instant
	state     right.State
	turns     []turn
	checker   *lawcheck.Checker // reads the record as it grows
	read      int               // events that it has read
}

// turn is one command with what it led to, and the law under which it was decided.
type turn struct {
	law     *right.Law
	command right.Command
	now     calendar.Instant
	events  []right.Event
	refusal *right.Refusal
}

// Run plays a scenario. An error is either [strict.Problems] (a file that the scenario names does not read) or a breach:
// something that no answer can excuse, see the package comment.
func Run(f *File, env Env) (Transcript, error) {
	law, err := f.book(env)
	if err != nil {
		return Transcript{}, err
	}
	w := &world{env: env, file: f, law: law}
	var out Transcript
	for i := range f.Steps {
		s := &f.Steps[i]
		answer, err := w.step(s)
		if len(answer) == 0 {
			answer = []string{"nothing"}
		}
		out.Answers = append(out.Answers, answer)
		if err != nil {
			return out, fmt.Errorf("%s:%d: %s: %w", f.Name, s.Line, s.Command, err)
		}
	}
	for _, s := range w.streams {
		if err := s.retell(); err != nil {
			return out, fmt.Errorf("%s: need %s: %w", f.Name, s.id, err)
		}
	}
	return out, nil
}

// book reads what the directives name.
func (f *File) book(env Env) (*right.Law, error) {
	law := &right.Law{Throughput: env.Throughput, Egress: env.Egress}
	var problems strict.Problems
	add := func(d *directive, err error) {
		var found strict.Problems
		if errors.As(err, &found) {
			problems = append(problems, found...)
		} else if err != nil {
			problems = append(problems, strict.Problem{File: f.Name, Line: d.line, Column: 1, Message: err.Error(), Hint: "paths are relative to the scenario's folder"})
		}
	}
	for i := range f.law {
		d := &f.law[i]
		switch d.word {
		case "agreement":
			a, err := f.agreement(env, d)
			add(d, err)
			if err == nil {
				law.Book.Agreements = append(law.Book.Agreements, a)
			}
		case "providers":
			data, err := f.read(env, d.path)
			if err == nil {
				var ps []agreement.Provider
				ps, err = agreement.ParseProviders(path.Join(path.Dir(f.Name), d.path), data)
				law.Book.Providers = append(law.Book.Providers, ps...)
			}
			add(d, err)
		case "provider":
			law.Book.Providers = append(law.Book.Providers, d.provider)
		case "fact":
			law.Book.Facts = append(law.Book.Facts, d.fact)
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return law, nil
}

func (f *File) read(env Env, name string) ([]byte, error) {
	if env.Read == nil {
		return nil, fmt.Errorf("%s cannot be read here", name)
	}
	return env.Read(path.Join(path.Dir(f.Name), name))
}

func (f *File) agreement(env Env, d *directive) (*agreement.Agreement, error) {
	if d.inline != nil {
		return agreement.Parse(f.Name, d.inline)
	}
	data, err := f.read(env, d.path)
	if err != nil {
		return nil, err
	}
	return agreement.Parse(path.Join(path.Dir(f.Name), d.path), data)
}

// step plays one command. The error is a breach.
func (w *world) step(s *Step) ([]string, error) {
	switch act := s.act.(type) {
	case ask:
		return w.ask(s, act.Ask)
	case settle:
		return w.everywhere(right.Settle{}, s.At)
	case certify:
		return w.certify(s, act)
	case amend:
		return w.amend(s, act)
	case query:
		return w.query(s, act)
	}
	panic("bug: an action without a rule")
}

func (w *world) stream(id capacity.NeedID) *stream {
	i := slices.IndexFunc(w.streams, func(s *stream) bool { return s.id == id })
	if i < 0 {
		return nil
	}
	return w.streams[i]
}

// ask puts a command to the law.
func (w *world) ask(s *Step, a right.Ask) ([]string, error) {
	rec := w.stream(s.need)
	if sub, ok := a.(right.Submit); ok {
		if rec == nil {
			rec = &stream{id: s.need, state: right.Begin(w.law)}
		}
		sub.Related = w.related(string(sub.Need.Buyer))
		a = sub
	}
	if rec == nil { // its submission was refused
		rec = &stream{id: s.need, state: right.Begin(w.law)}
	}
	lines, err := rec.decide(w.law, right.Command{By: s.by, Person: s.person, Ask: a}, s.At)
	if len(rec.turns) > 0 && rec.state.Need != nil && w.stream(rec.id) == nil {
		rec.submitted = s.At
		w.streams = append(w.streams, rec)
	}
	return lines, err
}

// decide puts a command to the law and holds what follows against the invariants.
func (s *stream) decide(law *right.Law, c right.Command, now calendar.Instant) ([]string, error) {
	before := s.state
	after, events, err := right.Step(before, c, now)
	t := turn{law: law, command: c, now: now, events: events}
	lines := right.Lines(events)
	if err != nil {
		if !errors.As(err, &t.refusal) {
			return lines, fmt.Errorf("an error that is no refusal: %w", err)
		}
		lines = append(lines, t.refusal.Error())
	}
	s.state = after
	s.turns = append(s.turns, t)
	return lines, s.verify(before, &t)
}

// everywhere puts a command of nobody in particular to every record.
func (w *world) everywhere(a right.Ask, now calendar.Instant) ([]string, error) {
	var out []string
	for _, s := range w.streams {
		lines, err := s.decide(w.law, right.Command{Ask: a}, now)
		for _, line := range lines {
			if len(w.streams) > 1 {
				line = string(s.id) + ": " + line
			}
			out = append(out, line)
		}
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// enact replaces the law and lets every record take notice. What fell due before is settled under the law of its time.
func (w *world) enact(law *right.Law, line string, now calendar.Instant) ([]string, error) {
	before, err := w.overdue(now)
	if err != nil {
		return before, err
	}
	w.law = law
	for _, s := range w.streams {
		s.state = s.state.Under(law)
	}
	lines, err := w.everywhere(right.Settle{}, now)
	return append(append(before, line), lines...), err
}

// overdue settles what fell due before an instant.
func (w *world) overdue(now calendar.Instant) ([]string, error) {
	var out []string
	for _, s := range w.streams {
		lines, err := s.overdue(w.law, now)
		for _, line := range lines {
			if len(w.streams) > 1 {
				line = string(s.id) + ": " + line
			}
			out = append(out, line)
		}
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

func (s *stream) overdue(law *right.Law, now calendar.Instant) ([]string, error) {
	if due, ok := right.NextDeadline(s.state); !ok || due >= now || s.state.Reached >= now {
		return nil, nil
	}
	return s.decide(law, right.Command{Ask: right.Settle{}}, now-1)
}

// certify records a certification or a challenge of one, where the desk would.
func (w *world) certify(s *Step, c certify) ([]string, error) {
	a, trigger := w.trigger(c)
	if trigger == nil {
		return []string{fmt.Sprintf("refused: unknown-trigger: no agreement has trigger %s", c.trigger)}, nil
	}
	fact := agreement.Fact{Agreement: a.ID, Trigger: c.trigger, At: max(c.from, s.At), By: s.by, Person: s.person, Reason: c.reason, Challenge: c.challenge}
	if err := desk.CheckFact(&w.law.Book, &fact); err != nil {
		return []string{err.Error()}, nil
	}
	law := *w.law
	law.Book.Facts = append(slices.Clone(law.Book.Facts), fact)
	word := "certified"
	if c.challenge {
		word = "challenged"
	}
	line := fmt.Sprintf("%s %s of %s by %s of %s", word, fact.Trigger, a.ID, s.person, s.by)
	if fact.At > s.At {
		line += " from " + fact.At.String()
	}
	return w.enact(&law, line+": "+c.reason, s.At)
}

func (w *world) trigger(c certify) (*agreement.Agreement, *agreement.Trigger) {
	for _, a := range w.law.Book.Agreements {
		for i := range a.Triggers {
			if a.Triggers[i].ID == c.trigger && (c.agreement == "" || c.agreement == a.ID) {
				return a, &a.Triggers[i]
			}
		}
	}
	return nil, nil
}

// amend puts a later text of an agreement into force; it must keep what the record may cite.
func (w *world) amend(s *Step, c amend) ([]string, error) {
	later, err := w.file.agreement(w.env, &directive{line: s.Line, path: c.path})
	if err != nil {
		return nil, err
	}
	law := *w.law
	law.Book.Agreements = slices.Clone(law.Book.Agreements)
	i := slices.IndexFunc(law.Book.Agreements, func(a *agreement.Agreement) bool { return a.ID == later.ID })
	if i < 0 {
		law.Book.Agreements = append(law.Book.Agreements, later)
		return w.enact(&law, fmt.Sprintf("agreement %s in force", later.ID), s.At)
	}
	if err := law.Book.Agreements[i].AmendedBy(later, s.At); err != nil {
		return []string{"refused: not-an-amendment: " + err.Error()}, nil
	}
	law.Book.Agreements[i] = later
	titles := make([]string, len(later.Amendments))
	for i, m := range later.Amendments {
		titles[i] = fmt.Sprintf("%s effective %s", m.ID, strings.TrimSuffix(m.Effective.String(), "T00:00Z"))
	}
	return w.enact(&law, fmt.Sprintf("agreement %s amended: %s", later.ID, strings.Join(titles, ", ")), s.At)
}
