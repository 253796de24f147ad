package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/portsniff/portsniff/internal/textutil"
)

// FlagError returns a plain message for a mistake in a flag, with a suggestion of a similar flag.
func FlagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		err = unknownFlag(cmd, unknown)
	case errors.As(err, &missing):
		err = fmt.Errorf("%s needs a value: %s", flagName(missing.GetFlag()),
			flagUsage(missing.GetFlag()))
	case errors.As(err, &invalid):
		err = fmt.Errorf("%s %q: %w", flagName(invalid.GetFlag()), invalid.GetValue(),
			invalidValue(invalid))
	}
	return Wrong(err)
}

func unknownFlag(cmd *cobra.Command, e *pflag.NotExistError) error {
	name := e.GetSpecifiedName()
	if e.GetSpecifiedShortnames() != "" {
		return fmt.Errorf("there is no flag -%s%s", name,
			elsewhere(cmd, func(f *pflag.FlagSet) bool {
				return len(name) == 1 && f.ShorthandLookup(name) != nil
			}))
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	if near := nearest(name, names); near != "" {
		return fmt.Errorf("there is no flag --%s; did you mean --%s?", name, near)
	}
	return fmt.Errorf("there is no flag --%s%s", name, elsewhere(cmd, func(f *pflag.FlagSet) bool {
		return f.Lookup(name) != nil
	}))
}

// elsewhere returns a hint with a command that has the flag, "" for none.
func elsewhere(cmd *cobra.Command, has func(*pflag.FlagSet) bool) string {
	for _, c := range cmd.Root().Commands() {
		if has(c.Flags()) {
			return "; " + c.CommandPath() + " has it"
		}
	}
	return ""
}

// nearest returns the word most similar to a mistyped one: at most two edits away, or one that
// begins with it. It returns "" if there is none.
func nearest(typed string, words []string) string {
	best, least := "", 3
	for _, w := range words {
		if n := textutil.Distance(typed, w); n < least && n < len(typed) {
			best, least = w, n
		}
	}
	if i := slices.IndexFunc(words, func(w string) bool {
		return strings.HasPrefix(w, typed)
	}); best == "" && i >= 0 && len(typed) > 2 {
		return words[i]
	}
	return best
}

// flagName returns the usual form of a flag: the short one if there is one.
func flagName(f *pflag.Flag) string {
	if f.Shorthand != "" {
		return "-" + f.Shorthand
	}
	return "--" + f.Name
}

// flagUsage returns a flag with the name of its value.
func flagUsage(f *pflag.Flag) string {
	value, _ := pflag.UnquoteUsage(f)
	return flagName(f) + " " + value
}

// invalidValue returns why the value of a flag is invalid.
func invalidValue(e *pflag.InvalidValueError) error {
	switch {
	case errors.Is(e, strconv.ErrRange):
		return errors.New("the number is too large")
	case e.GetFlag().Value.Type() == "duration":
		return errors.New("not a time: use a number and a unit, such as 10s, 5m or 200ms")
	case e.GetFlag().Value.Type() == "bool":
		return errors.New("use true or false")
	case errors.Is(e, strconv.ErrSyntax):
		return errors.New("not a whole number")
	}
	return e.Unwrap()
}
