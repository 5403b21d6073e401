package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/right"
)

// Completion looks into the record where it can: a folder that another process has, or that is not there, completes to
// nothing. It changes nothing.

// completion completes one argument from the record and the arguments before it.
type completion func(a *app, cmd *cobra.Command, r *record, args []string) []string

// completes sets the completion of a command's arguments, in order; the last one repeats where more arguments may come.
func (a *app) completes(c *cobra.Command, repeat bool, by ...completion) *cobra.Command {
	c.ValidArgsFunction = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		i := len(args)
		if i >= len(by) {
			if !repeat {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			i = len(by) - 1
		}
		return a.fromRecord(cmd, typed, func(r *record) []string { return by[i](a, cmd, r, args) })
	}
	return c
}

// fromRecord opens the record for one completion.
func (a *app) fromRecord(cmd *cobra.Command, typed string, find func(*record) []string) ([]string, cobra.ShellCompDirective) {
	if !a.exists() {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	r, err := a.open(cmd.Context(), mustExist)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer r.store.Close()
	found := slices.DeleteFunc(find(r), func(s string) bool { return !strings.HasPrefix(s, typed) })
	return found, cobra.ShellCompDirectiveNoFileComp
}

// fixed completes one of some words.
func fixed(words ...string) completion {
	return func(*app, *cobra.Command, *record, []string) []string { return words }
}

// described is a completion with a word of explanation, in the form that shells show.
func described(word, what string) string { return word + "\t" + what }

func needs(_ *app, cmd *cobra.Command, r *record, _ []string) []string {
	ids, err := r.desk.Needs(cmd.Context())
	if err != nil {
		return nil
	}
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		out = append(out, string(id))
	}
	return out
}

// ofNeed completes from the state of the need that the first argument names.
func ofNeed(list func(*right.State) []string) completion {
	return func(_ *app, cmd *cobra.Command, r *record, args []string) []string {
		s, err := r.desk.State(cmd.Context(), capacity.NeedID(args[0]))
		if err != nil {
			return nil
		}
		return list(&s)
	}
}

var matters = ofNeed(func(s *right.State) []string {
	var out []string
	for i := range s.Matters {
		m := &s.Matters[i]
		out = append(out, described(m.ID.String(), string(m.Holder)+" "+plain(m.Clause().Kind)+", "+string(m.Status)))
	}
	return out
})

var lots = ofNeed(func(s *right.State) []string {
	var out []string
	for i := range s.Lots {
		out = append(out, described(s.Lots[i].ID.String(), string(s.Lots[i].Status)))
	}
	return out
})

var awards = ofNeed(func(s *right.State) []string {
	var out []string
	for i := range s.Awards {
		out = append(out, described(s.Awards[i].Award.String(), string(s.Awards[i].Provider)))
	}
	return out
})

// offersOf completes offers; while a round is open they are known by their ids alone.
var offersOf = ofNeed(func(s *right.State) []string {
	var out []string
	for _, o := range desk.Offers(s, s.Need.Buyer) {
		out = append(out, described(string(o.ID), string(o.Provider)))
	}
	return out
})

// params completes the parameter for which a matter waits.
func params(_ *app, cmd *cobra.Command, r *record, args []string) []string {
	id, matter, err := needAndMatter(args)
	if err != nil {
		return nil
	}
	s, err := r.desk.State(cmd.Context(), id)
	if err != nil {
		return nil
	}
	if m := s.Matter(matter); m != nil && m.Question != nil {
		return []string{described(m.Question.Param, m.Question.Why)}
	}
	return nil
}

func agreements(_ *app, _ *cobra.Command, r *record, _ []string) []string {
	var out []string
	for _, a := range r.desk.Law().Book.Agreements {
		out = append(out, described(string(a.ID), a.Title))
	}
	return out
}

func triggers(_ *app, _ *cobra.Command, r *record, args []string) []string {
	var out []string
	for _, a := range r.desk.Law().Book.Agreements {
		if string(a.ID) != args[0] {
			continue
		}
		for _, t := range a.Triggers {
			out = append(out, described(string(t.ID), t.Description))
		}
	}
	return out
}

// completeParties completes every party that an agreement or the list of providers names.
func (a *app) completeParties(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return a.fromRecord(cmd, typed, func(r *record) []string {
		var out []string
		add := func(id, name string) {
			if !slices.ContainsFunc(out, func(o string) bool { return strings.HasPrefix(o, id+"\t") }) {
				out = append(out, described(id, name))
			}
		}
		for _, agr := range r.desk.Law().Book.Agreements {
			for _, p := range agr.Parties {
				add(string(p.ID), p.Name)
			}
		}
		for _, p := range r.desk.Law().Book.Providers {
			add(string(p.ID), p.Name)
		}
		return out
	})
}

// completeFiles lets the shell complete file names with an ending.
func completeFiles(c *cobra.Command, endings ...string) *cobra.Command {
	c.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return endings, cobra.ShellCompDirectiveFilterFileExt
	}
	return c
}
