package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/portsniff/portsniff/internal/textutil"
)

// flagError puts a mistake in a flag in plain words, with the flag that may be meant.
func flagError(cmd *cobra.Command, err error) error {
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
	return &usageError{err, cmd.CommandPath()}
}

func unknownFlag(cmd *cobra.Command, e *pflag.NotExistError) error {
	name := e.GetSpecifiedName()
	if e.GetSpecifiedShortnames() != "" {
		return fmt.Errorf("there is no flag -%s", name)
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
	return fmt.Errorf("there is no flag --%s", name)
}

// nearest is the word that is most like a mistyped one: at most two edits away, or one that it
// begins. It is "" if there is none.
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

// flagName is a flag as it is mostly typed.
func flagName(f *pflag.Flag) string {
	if f.Shorthand != "" {
		return "-" + f.Shorthand
	}
	return "--" + f.Name
}

// flagUsage is a flag with the name of its value.
func flagUsage(f *pflag.Flag) string {
	value, _ := pflag.UnquoteUsage(f)
	return flagName(f) + " " + value
}

// invalidValue says what a flag takes.
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

// oneOf is the error of a flag whose value is not on a list.
func oneOf(flag, value string, list []string) error {
	most, last := list[:len(list)-1], list[len(list)-1]
	return fmt.Errorf("%s %q: use %s or %s", flag, value, strings.Join(most, ", "), last)
}

// plainText is an error's text with the system's errors in plain words.
func plainText(err error) string {
	text := err.Error()
	for _, e := range causes(err, nil) {
		text = strings.ReplaceAll(text, e.Error(), e.Path+": "+systemReason(e))
	}
	return text
}

// causes adds the errors about a path that an error wraps.
func causes(err error, found []*fs.PathError) []*fs.PathError {
	if e, ok := err.(*fs.PathError); ok {
		return append(found, e)
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return causes(e.Unwrap(), found)
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			found = causes(one, found)
		}
	}
	return found
}

// systemReason says what the system has against a file.
func systemReason(e *fs.PathError) string {
	switch {
	case errors.Is(e, fs.ErrNotExist):
		folder := filepath.Dir(e.Path)
		if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
			return "there is no folder " + folder
		}
		return "no such file"
	case errors.Is(e, syscall.EISDIR):
		return "a folder, not a file"
	case errors.Is(e, syscall.ENOTDIR):
		return filepath.Dir(e.Path) + " is not a folder"
	case errors.Is(e, fs.ErrPermission):
		return "permission denied"
	}
	return e.Err.Error()
}
