package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// NoEmptyValues rejects a flag with an empty value, such as an unset variable of a script. An empty
// value would count as no flag, so a filter or an output file would be silently missing. Exceptions
// are --where, which has its own error, and the capture filter from Wireshark, which may be empty.
func NoEmptyValues(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		mayBeEmpty := f.Name == "where" || f.Name == "extcap-capture-filter"
		if err == nil && !mayBeEmpty && f.Value.Type() == "string" && f.Value.String() == "" {
			err = Wrongf("--%s has an empty value", f.Name)
		}
	})
	return err
}

// NoWords accepts no arguments, and suggests what the first one may mean.
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

// AtMost accepts up to n arguments.
func AtMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return Wrongf("unexpected argument %q", args[n])
		}
		return nil
	}
}
