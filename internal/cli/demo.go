package cli

import (
	"io"
	"os"

	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/cobra"

	"firstlook/internal/demo"
)

func (a *app) demoCommand() *cobra.Command {
	c := leaf("demo", "Play one need under the January 2025 agreement in its four readings", 0, 0, func(cmd *cobra.Command, _ []string) error {
		var out io.Writer = colorprofile.NewWriter(a.out, os.Environ())
		if a.json {
			out = io.Discard
		}
		told, err := demo.Run(cmd.Context(), out)
		if err != nil {
			return err
		}
		if a.json {
			return a.document(told)
		}
		return nil
	})
	c.Long = "Plays one need of 4,096 accelerators for research training on a record of its own, with a clock that jumps, and says at the end " +
		"who supplies it under each reading, which clauses decided, and what would have changed it. Nothing is kept."
	return c
}
