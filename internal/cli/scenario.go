package cli

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"firstlook/internal/scenario"
	"firstlook/internal/strict"
)

func (a *app) scenarioCommand() *cobra.Command {
	files := func(c *cobra.Command) *cobra.Command { return completeFiles(c, "scenario", "txt") }
	c := parent("scenario", "Play what if: agreements and timed commands in a text file",
		files(leaf("run FILE...", "Play scenarios and print their transcripts", 1, -1, a.runScenarios)),
		files(leaf("check FILE...", "Play scenarios, compare with the answers in the files, and show what differs", 1, -1, a.checkScenarios)),
		files(leaf("rewrite FILE...", "Play scenarios and put the answers into the files", 1, -1, a.rewriteScenarios)),
	)
	c.Long = "Plays scenarios: what binds the buyer, then timed commands, each with the whole answer. Nothing of it touches a data folder."
	return c
}

// play reads and runs one scenario.
func (a *app) play(name string) (*scenario.File, scenario.Transcript, error) {
	data, err := a.file(name)
	if err != nil {
		return nil, scenario.Transcript{}, err
	}
	f, err := scenario.Parse(name, data)
	if err != nil {
		return nil, scenario.Transcript{}, err
	}
	t := tables()
	got, err := scenario.Run(f, scenario.Env{Read: a.file, Throughput: t.Throughput, Egress: t.Egress})
	var problems strict.Problems
	if err != nil && !errors.As(err, &problems) {
		err = &failure{code: exitFault, err: err, next: "the engine broke one of its own rules; report it with the scenario"}
	}
	return f, got, err
}

// scenarioJSON is a transcript.
type scenarioJSON struct {
	File  string     `json:"file"`
	Title string     `json:"title"`
	Steps []stepJSON `json:"steps"`
}

type stepJSON struct {
	Line    int      `json:"line"`
	Command string   `json:"command"`
	Answer  []string `json:"answer"`
}

func (a *app) runScenarios(_ *cobra.Command, files []string) error {
	var all []scenarioJSON
	for i, name := range files {
		f, got, err := a.play(name)
		if err != nil {
			return err
		}
		if !a.json {
			if i > 0 {
				a.say("")
			}
			a.say("# %s: %s\n\n%s", name, f.Title, got.Text(f))
			continue
		}
		one := scenarioJSON{File: name, Title: f.Title, Steps: []stepJSON{}}
		for j, answer := range got.Answers {
			one.Steps = append(one.Steps, stepJSON{f.Steps[j].Line, f.Steps[j].Command, orEmpty(answer)})
		}
		all = append(all, one)
	}
	if a.json {
		return a.document(all)
	}
	return nil
}

// scenarioCheckJSON is what scenario check says of one file.
type scenarioCheckJSON struct {
	File        string                `json:"file"`
	Title       string                `json:"title"`
	Holds       bool                  `json:"holds"`
	Differences []scenarioDiffersJSON `json:"differences"`
}

type scenarioDiffersJSON struct {
	Line    int      `json:"line"`
	Command string   `json:"command"`
	Want    []string `json:"want"`
	Got     []string `json:"got"`
}

func (a *app) checkScenarios(_ *cobra.Command, files []string) error {
	all := []scenarioCheckJSON{}
	failed := 0
	for _, name := range files {
		f, got, err := a.play(name)
		if err != nil {
			return err
		}
		differences := scenario.Check(f, got)
		one := scenarioCheckJSON{name, f.Title, len(differences) == 0, []scenarioDiffersJSON{}}
		for _, d := range differences {
			one.Differences = append(one.Differences, scenarioDiffersJSON{d.Line, d.Command, orEmpty(d.Want), orEmpty(d.Got)})
			if !a.json {
				a.say("%s", d)
			}
		}
		if !one.Holds {
			failed++
		}
		all = append(all, one)
	}
	switch {
	case a.json:
		if err := a.document(all); err != nil {
			return err
		}
	case failed == 0:
		a.say("%s, every answer as written", counted(len(files), "scenario"))
	default:
		a.say("%d of %s", failed, counted(len(files), "scenario")+" not as written")
	}
	if failed > 0 {
		return errFound
	}
	return nil
}

func (a *app) rewriteScenarios(_ *cobra.Command, files []string) error {
	for _, name := range files {
		f, got, err := a.play(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(name, scenario.Rewrite(f, got), 0o644); err != nil {
			return bad("make it writable for this user", "%s cannot be written: %v", name, err)
		}
		if !a.json {
			a.say("%s: %s written", name, counted(len(got.Answers), "answer"))
		}
	}
	return nil
}
