package lawmodel_test

import (
	"flag"
	"maps"
	"testing"
	"time"

	"firstlook/internal/lawmodel"
	"firstlook/right"
)

var (
	depth = flag.Int("depth", 0, "how many commands to look ahead in each scope; 0 for what a plain test has time for")
	most  = flag.Int("states", 0, "go no deeper in a scope that has so many states; 0 for what a plain test has time for")
	only  = flag.String("scope", "", "look at this scope alone")
)

// A plain test looks two commands ahead in every scope, and on for as long as a scope has fewer states than this.
const plain = 150

// Every short history of every small world keeps the law.
func TestModel(t *testing.T) {
	began := time.Now()
	limits := lawmodel.Limits{Depth: *depth, States: *most}
	if *depth == 0 {
		limits.Depth = 6
		if *most == 0 {
			limits.States = plain
		}
	}
	states, transitions := 0, 0
	statuses, facts, codes := map[right.Status]bool{}, map[string]bool{}, map[right.Code]bool{}
	for _, s := range lawmodel.Scopes() {
		if *only != "" && s.Name != *only {
			continue
		}
		report, breach := lawmodel.Explore(s, limits)
		if breach != nil {
			t.Errorf("%v\nreproduce with: go test ./internal/lawmodel -run TestModel -depth %d -scope '%s'", breach, max(report.Depth, len(breach.Path)), s.Name)
		}
		t.Log(report)
		states, transitions = states+report.States, transitions+report.Transitions
		maps.Copy(statuses, report.Statuses)
		maps.Copy(facts, report.Facts)
		maps.Copy(codes, report.Codes)
	}
	for _, s := range right.Statuses {
		if !statuses[s] && *only == "" {
			t.Errorf("no scope comes to a matter that is %s", s)
		}
	}
	t.Logf("%d statuses, %d facts, %d refusal codes of %d", len(statuses), len(facts), len(codes), len(right.Codes))
	t.Logf("%d states, %d transitions, %s", states, transitions, time.Since(began).Round(time.Millisecond))
}
