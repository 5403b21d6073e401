package cli

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"io"
	"os"
	"strings"
	"syscall"

	"charm.land/fang/v2"
	"charm.land/lipgloss/v2"
	"github.com/spf13/cobra"
)

// app is one run of the command line: where it reads and writes, and what the flags that all commands share say.
type app struct {
	in       io.Reader
	out, err io.Writer

	data   string
	db     string // URL of the database in place of the folder; see [app.database]
	server string // where it is set, commands go to that server and not to the folder
	token  string // file of the token for it
	as     string
	person string
	key    string
	notify string // file that says how notices travel; notify.yaml of the folder where empty
	json   bool

	batched func(calls int) // is told of the store's transactions; nil for nobody
}

// Run runs one command line and returns its exit code. Extra commands stand beside the built-in ones.
func Run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer, extra ...*cobra.Command) int {
	a := &app{in: in, out: out, err: errOut}
	root := a.root()
	root.AddCommand(extra...)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	defer unasked()()
	err := fang.Execute(ctx, root, fang.WithoutVersion(), fang.WithNotifySignal(os.Interrupt, syscall.SIGTERM),
		fang.WithErrorHandler(a.report), fang.WithColorSchemeFunc(colours))
	return exitCode(err)
}

// unasked keeps fang from asking the terminal for its background, which takes four seconds where nobody answers: it asks
// through os.Stdin, and commands read [app.in]. What it returns undoes that.
func unasked() func() {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return func() {}
	}
	own := os.Stdin
	os.Stdin = null
	return func() { os.Stdin = own; null.Close() }
}

// colours are readable on a light and on a dark background: text keeps the terminal's own colour.
func colours(lipgloss.LightDarkFunc) fang.ColorScheme {
	own := lipgloss.NoColor{}
	return fang.ColorScheme{Base: own, Title: lipgloss.Blue, Description: own, Codeblock: own, Program: own, DimmedArgument: own, Comment: own,
		Flag: lipgloss.Magenta, FlagDefault: own, Command: lipgloss.Cyan, QuotedString: lipgloss.Green, Argument: own, Help: own, Dash: own,
		ErrorHeader: [2]color.Color{lipgloss.Red, own}, ErrorDetails: lipgloss.Red}
}

// Groups of commands in the help.
const (
	groupLaw    = "law"
	groupNeeds  = "needs"
	groupRights = "rights"
	groupMarket = "market"
	groupRecord = "record"
)

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "firstlook",
		Short: "Runs multi-cloud compute capacity under its agreements",
		Long: `Runs multi-cloud compute capacity under its agreements: who must be asked first, what they must be told, until when ` +
			`they may answer, what silence means, who may be taken instead, and which lawful mix of offers costs least.`,
		Example: `# an agreement, the providers, a need
firstlook agreement add examples/neutral.yaml
firstlook provider set examples/providers-neutral.yaml
firstlook need submit --buyer acme-labs --class training --purpose research --accelerators H100 --quantity 64 \
  --start 2026-06-01 --duration "90 days" --offers-window "48 hours"
# who has the word, and the earliest instant at which a rival can be taken
firstlook need explain n1`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = false
	flags := root.PersistentFlags()
	flags.StringVar(&a.data, "data", defaultFolder(), "Data folder; $FIRSTLOOK_DATA sets another default")
	flags.StringVar(&a.db, "db", "", "The PostgreSQL database that keeps the record in place of the folder, such as postgres://host/db; $"+databaseVariable+" names one with its password")
	flags.StringVar(&a.server, "server", os.Getenv(serverVariable), "Server in place of a data folder, such as https://firstlook.example; $"+serverVariable+" sets a default")
	flags.StringVar(&a.token, "token-file", "", "File of the token for the server; $"+tokenVariable+" holds one too")
	flags.BoolVar(&a.json, "json", false, "Print one JSON document in place of text")
	root.AddGroup(
		&cobra.Group{ID: groupNeeds, Title: "needs and awards"},
		&cobra.Group{ID: groupRights, Title: "rights"},
		&cobra.Group{ID: groupMarket, Title: "market"},
		&cobra.Group{ID: groupLaw, Title: "agreements and providers"},
		&cobra.Group{ID: groupRecord, Title: "record and server"},
	)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage(cmd, "%v", err)
	})
	for group, commands := range map[string][]*cobra.Command{
		groupLaw:    {a.agreementCommand(), a.providerCommand()},
		groupNeeds:  {a.needCommand(), a.awardCommand(), a.chooseCommand(), a.signCommand(), a.fallThroughCommand()},
		groupRights: {a.noticeCommand(), a.notifyCommand(), a.answerCommand(), a.respondCommand(), a.matterCommand(), a.consentCommand(), a.determineCommand(), a.reofferCommand()},
		groupMarket: {a.offerCommand(), a.requestOffersCommand(), a.pricesCommand()},
		groupRecord: {a.demoCommand(), a.serveCommand(), a.identityCommand(), a.replayCommand(), a.whatIfCommand(), a.scenarioCommand(), a.versionCommand(),
			a.logCommand(), a.verifyCommand(), a.compareCommand(), a.exportCommand(), a.doctorCommand(), a.migrateCommand(), a.backupCommand(), a.restoreCommand()},
	} {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	return root
}

func defaultFolder() string {
	if dir := os.Getenv("FIRSTLOOK_DATA"); dir != "" {
		return dir
	}
	return "firstlook-data"
}

// parent is a command that only holds others.
func parent(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, RunE: func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(cmd, args[0])
		}
		return cmd.Help()
	}}
	c.AddCommand(commands...)
	return c
}

// leaf is a command that does something. Its arguments are written in use; least and most say how many of them there may be
// (most below 0: any number).
func leaf(use, short string, least, most int, run func(*cobra.Command, []string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, DisableFlagsInUseLine: true,
		Args: func(cmd *cobra.Command, args []string) error {
			_, names, _ := strings.Cut(cmd.Use, " ")
			if err := cmd.ValidateFlagGroups(); err != nil { // asked here, so that it is a command line that cannot be read
				return usage(cmd, "%v", err)
			}
			switch {
			case len(args) < least && least == 1 && most == 1:
				return usage(cmd, "%s is missing", names)
			case len(args) < least:
				return usage(cmd, "%d of the arguments %s are there, at least %d are needed", len(args), names, least)
			case most >= 0 && len(args) > most && most == 0:
				return usage(cmd, "%q is too much: the command takes flags only", args[0])
			case most >= 0 && len(args) > most:
				return usage(cmd, "%q is too much after %s", args[most], names)
			}
			return nil
		},
		RunE: run, ValidArgsFunction: cobra.NoFileCompletions}
}

// acting adds the flags of a command that acts for a party.
func (a *app) acting(c *cobra.Command, as string) *cobra.Command {
	a.looking(c, as)
	c.Flags().StringVar(&a.key, "key", "", "Idempotency key: sent again with the same key, the command does nothing")
	return c
}

// looking adds the flag of a command that looks for a party.
func (a *app) looking(c *cobra.Command, as string) *cobra.Command {
	c.Flags().StringVar(&a.as, "as", "", as)
	_ = c.RegisterFlagCompletionFunc("as", a.completeParties) // the flag was just defined
	return c
}

// judging adds the flag of a command in which a person's judgement is recorded.
func (a *app) judging(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&a.person, "person", "", "Name of the person who decides")
	return c
}

const (
	asBuyer    = "Party that acts; the buyer of the need where left out"
	asHolder   = "Party that acts: the holder of the right"
	asProvider = "Party that acts: the provider"
	asView     = "Party that looks; the buyer where left out"
)

func unknownCommand(cmd *cobra.Command, name string) error {
	hint := ""
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		hint = fmt.Sprintf("; did you mean %s?", strings.Join(near, " or "))
	}
	return usage(cmd, "%q is not a command of %s%s", name, cmd.CommandPath(), hint)
}

// needFlag reports a flag that a command cannot do without.
func needFlag(cmd *cobra.Command, value, flag, hint string) error {
	if value != "" {
		return nil
	}
	return usage(cmd, "--%s is missing: %s", flag, hint)
}

var errFound = errors.New("something was found") // says only that the exit code is 1; what it was is printed already
