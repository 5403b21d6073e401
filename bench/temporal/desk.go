package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// deskCell is what `bench/desk -json` says of Firstlook for one number of callers: negotiations, wall and CPU seconds, and the
// median and the 99th of 100 times in milliseconds.
type deskCell struct {
	Negotiations float64 `json:"negotiations"`
	Seconds      float64 `json:"seconds"`
	CPU          float64 `json:"cpu_seconds"`
	P50          float64 `json:"p50_ms"`
	P99          float64 `json:"p99_ms"`
}

func (c deskCell) rate() float64   { return c.Negotiations / c.Seconds }
func (c deskCell) millis() float64 { return 1000 * c.CPU / c.Negotiations }

// plus adds two runs; of the times the slower one stands.
func (c deskCell) plus(o deskCell) deskCell {
	return deskCell{c.Negotiations + o.Negotiations, c.Seconds + o.Seconds, c.CPU + o.CPU, max(c.P50, o.P50), max(c.P99, o.P99)}
}

// buildDesk compiles bench/desk of the module in root.
func buildDesk(root, tmp string) (string, error) {
	binary := filepath.Join(tmp, "desk")
	cmd := exec.Command("go", "build", "-C", root, "-o", binary, "firstlook/bench/desk")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build bench/desk: %w\n%s", err, out)
	}
	return binary, nil
}

// runDesk runs it for one number of callers. It takes turns with a yardstick of its own, which has as many seconds again.
func runDesk(ctx context.Context, binary, tmp string, seconds float64, callers int) (deskCell, error) {
	cmd := exec.CommandContext(ctx, binary, "-json", "-dir", tmp, "-callers", strconv.Itoa(callers), "-seconds", strconv.FormatFloat(seconds, 'f', -1, 64))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return deskCell{}, fmt.Errorf("bench/desk: %w", err)
	}
	var line struct {
		Firstlook deskCell `json:"firstlook"`
	}
	if err := json.Unmarshal(out, &line); err != nil {
		return deskCell{}, fmt.Errorf("bench/desk: %w", err)
	}
	if line.Firstlook.Negotiations == 0 {
		return deskCell{}, fmt.Errorf("bench/desk completed nothing")
	}
	return line.Firstlook, nil
}
