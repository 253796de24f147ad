package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// NoEmptyValues refuses a flag with an empty value, such as an unset variable of a script. It would
// count as not given, and a filter or an output file would be left out silently. (--where has its
// own error for an empty expression, and Wireshark may give an empty filter.)
func NoEmptyValues(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		mayBeEmpty := f.Name == "where" || f.Name == "extcap-capture-filter"
		if err == nil && !mayBeEmpty && f.Value.Type() == "string" && f.Value.String() == "" {
			err = Wrongf("--%s has an empty value", f.Name)
		}
	})
	return err
}

// NoWords takes no arguments, and says what may have been meant by one.
func NoWords(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("unknown command or argument %q", args[0])
	if info, e := os.Stat(args[0]); e == nil && !info.IsDir() {
		err = fmt.Errorf("%w; to read that file: %s -r %s", err, cmd.CommandPath(), args[0])
	} else if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("%w; did you mean %s?", err, near[0])
	}
	return Wrong(err)
}

// AtMost takes up to n arguments.
func AtMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return Wrongf("unexpected argument %q", args[n])
		}
		return nil
	}
}
