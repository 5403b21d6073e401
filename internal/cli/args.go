package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/strict"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

// needID reads a need's id.
func needID(s string) (capacity.NeedID, error) {
	if err := party.Check(s); err != nil {
		return "", bad("`firstlook need list` shows the needs", "%q is not the id of a need such as n1", s)
	}
	return capacity.NeedID(s), nil
}

// numbered reads m1, l1 or a1.
func numbered[T ~int](letter, what, s string) (T, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(s, letter))
	if err != nil || n < 1 || n > 1_000_000 || s[0] == '+' {
		return 0, bad("`firstlook need show NEED` lists them", "%q is not %s such as %s1", s, what, letter)
	}
	return T(n), nil
}

// needAndMatter reads the two arguments that say what an answer is about.
func needAndMatter(args []string) (capacity.NeedID, right.MatterID, error) {
	id, err := needID(args[0])
	if err != nil {
		return "", 0, err
	}
	m, err := numbered[right.MatterID]("m", "a matter", args[1])
	return id, m, err
}

// actor returns the party that --as names, where there is no other way to know it.
func (a *app) actor(cmd *cobra.Command, hint string) (party.ID, error) {
	if a.server != "" {
		return party.ID(a.as), nil // the token says it
	}
	if err := needFlag(cmd, a.as, "as", hint); err != nil {
		return "", err
	}
	return party.ID(a.as), nil
}

// file reads a file of the strict kind, or standard input for "-".
func (a *app) file(name string) ([]byte, error) {
	if name == "-" {
		return strict.ReadAll("standard input", a.in)
	}
	f, err := openFile(name)
	if err != nil {
		return nil, err
	}
	data, err := strict.ReadAll(name, f)
	return data, errors.Join(err, f.Close())
}

// openFile opens a file that a person named.
func openFile(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err == nil {
		var info fs.FileInfo
		if info, err = f.Stat(); err == nil && info.IsDir() {
			return nil, errors.Join(bad("name a file in it", "%s is a folder", name), f.Close())
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, bad("check the name", "there is no file %s", name)
	case errors.Is(err, fs.ErrPermission):
		return nil, bad("make it readable for this user", "%s may not be read", name)
	case err != nil:
		return nil, bad("check the file", "%s cannot be read: %v", name, err)
	}
	return f, nil
}

// instantFlag reads an instant from a flag; unset where the flag is empty.
func instantFlag(cmd *cobra.Command, flag string) (calendar.Instant, error) {
	text, _ := cmd.Flags().GetString(flag)
	if text == "" {
		return 0, nil
	}
	form := strict.Object("flag", "", strict.Key(flag, "", strict.Instant(), func(i *calendar.Instant) *calendar.Instant { return i }))
	i, f := strict.ReadFlags(map[string]any{flag: text}, form)
	var problems strict.Problems
	if errors.As(f.Err(), &problems) {
		return 0, bad(problems[0].Hint, "--%s: %s", flag, problems[0].Message)
	}
	return i, f.Err()
}

// prose reads a flag that people will read again: a reason, a name. It has no characters that show as something else.
func prose(cmd *cobra.Command, flag string) (string, error) {
	text, _ := cmd.Flags().GetString(flag)
	form := strict.Object("flag", "", strict.Key(flag, "", strict.Text(), func(s *string) *string { return s }))
	if text == "" {
		return "", nil
	}
	if err := readable("--"+flag, text); err != nil {
		return "", err
	}
	text, f := strict.ReadFlags(map[string]any{flag: text}, form)
	var problems strict.Problems
	if errors.As(f.Err(), &problems) {
		return "", bad(problems[0].Hint, "--%s: %s", flag, problems[0].Message)
	}
	return text, f.Err()
}

// readable reports a text that holds what cannot be shown as it is.
func readable(where, text string) error {
	for _, r := range text {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar {
			return bad("write it without", "%s: the text holds the character U+%04X, which cannot be shown as it is", where, r)
		}
	}
	return nil
}

// terms reads the text form of terms; an empty text is none.
func terms(where, s string) (*offer.Terms, error) {
	if s == "" {
		return nil, nil
	}
	t, err := offer.ParseTerms(s)
	if err != nil {
		what, hint, _ := strings.Cut(err.Error(), "; ")
		return nil, bad(hint, "%s: %s", where, what)
	}
	return &t, nil
}

// termsHelp explains the text form in the help of commands that take terms.
func termsHelp() string {
	return fmt.Sprintf("Terms begin with accelerator, quantity and period, then pairs of a word and its value, in any order:\n\n"+
		"  H100 x64 2026-06-01..2026-09-01 %s", strings.Join(offer.TermsWords(), "\n    "))
}
