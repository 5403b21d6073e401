package cli

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"firstlook/right"
)

// Version is set by the build; otherwise the version of the module counts.
var Version = ""

// versionJSON says what this program is.
type versionJSON struct {
	Version string `json:"version"`
	Engine  string `json:"engine"` // of the rules that decide; written into each record
	Go      string `json:"go"`
	Commit  string `json:"commit,omitempty"`
}

func (a *app) versionCommand() *cobra.Command {
	return leaf("version", "Print the version", 0, 0, func(*cobra.Command, []string) error {
		v := versionJSON{Version: Version, Engine: right.EngineVersion, Go: runtime.Version()}
		if info, ok := debug.ReadBuildInfo(); ok {
			if v.Version == "" {
				v.Version = info.Main.Version
			}
			for _, s := range info.Settings {
				if s.Key == "vcs.revision" {
					v.Commit = s.Value
				}
			}
		}
		if v.Version == "" {
			v.Version = "(devel)"
		}
		if a.json {
			return a.document(v)
		}
		a.say("firstlook %s, engine %s, %s", v.Version, v.Engine, v.Go)
		return nil
	})
}
