package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newRoot() *cobra.Command {
	var in input
	var show packetFlags
	var list bool
	var write writeFlags
	root := &cobra.Command{
		Use:   "portsniff -r FILE | -i INTERFACE [FILTER]",
		Short: "Where is the port, and what does it mean?",
		Long: `Where is the port, and what does it mean? portsniff reads a packet capture, or
captures packets itself, and tells, packet by packet, which headers carry ports,
what each port means, and why a packet has none; then a table per port.

A port is a 16-bit number in the header of a transport protocol: TCP, UDP,
UDP-Lite, SCTP or DCCP. The IP header has no place for one. Beside each port
stands its range: sys for system (0-1023), reg for registered (1024-49151) and
dyn for dynamic (49152-65535), or the first letter of it where room is short.

Captures are pcap or pcapng, plain or inside gzip, zstd, lz4, xz or bzip2.`,
		Example: `  portsniff -r capture.pcap
  portsniff --demo http
  tcpdump -w - | portsniff -r -
  portsniff -r a.pcap -r b.pcapng.zst -q
  portsniff -r capture.pcap --format json
  portsniff -r capture.pcap tcp port 443 and host 10.0.0.1
  portsniff -r capture.pcap --where 'inner.port == 53'
  sudo portsniff -i eth0 tcp port 443`,
		Args:          filterWords,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if list {
				return listInterfaces(cmd, &in)
			}
			if err := write.check(cmd, &in); err != nil {
				return &usageError{err, cmd.CommandPath()}
			}
			if write.file != "" {
				return writePackets(cmd, &in, &show, &write)
			}
			return showPackets(cmd, &in, &show)
		},
	}
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return noEmptyValues(cmd) }
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return &usageError{err, cmd.CommandPath()} })
	root.Flags().SortFlags = false
	root.SuggestionsMinimumDistance = 2 // letters that a mistyped command may be off
	in.addReading(root)
	in.addSandbox(root)
	in.live.addProcess(root)
	in.filter.add(root)
	in.filter.verbose = &show.verbose
	in.live.addInterval(root)
	show.add(root.Flags())
	write.add(root)
	root.Flags().BoolVarP(&list, "list-interfaces", "D", false, "list the interfaces that -i takes, as \"portsniff interfaces\" does")
	root.AddCommand(newExplain(), newPorts(), newFlows(), newHosts(), newLookup(), newListeners(), newInterfaces(), newReport(), newServe(), newQuiz(), newDemo(), newVersion(), newMan())
	strictHelp(root)
	return root
}

// strictHelp has the commands that cobra brings fail as all others do: for a word that is no command, and where the help can't be written.
func strictHelp(root *cobra.Command) {
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		w := &checked{w: cmd.OutOrStdout()}
		cmd.SetOut(w)
		help(cmd, args)
		if w.err != nil {
			complain(os.Stderr, &outputError{w.err})
			os.Exit(exitFailed)
		}
	})
	root.SetHelpCommand(&cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about any command",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return &usageError{fmt.Errorf("there is no command %q", strings.Join(args, " ")), cmd.Root().CommandPath()}
			}
			return about.Help()
		},
	})
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Args = noWords
			c.RunE = func(cmd *cobra.Command, _ []string) error {
				return &usageError{errors.New("completion for which shell? bash, zsh, fish or powershell"), cmd.CommandPath()}
			}
			for _, shell := range c.Commands() {
				shell.Args = noWords
				write := shell.RunE
				shell.RunE = func(cmd *cobra.Command, args []string) error {
					return finish(nil, func() error { return write(cmd, args) })
				}
			}
		}
	}
}

// noEmptyValues refuses a flag that was given with nothing as its value, as a script's variable that was never set gives it: it would count as not given,
// and a filter or an output file would silently be none. (An expression that is empty is a mistake that --where finds itself.)
func noEmptyValues(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && f.Name != "where" && f.Value.Type() == "string" && f.Value.String() == "" {
			err = &usageError{fmt.Errorf("--%s has an empty value", f.Name), cmd.CommandPath()}
		}
	})
	return err
}

// checked keeps the first error of a writer whose user drops it.
type checked struct {
	w   io.Writer
	err error
}

func (c *checked) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	if c.err == nil {
		c.err = err
	}
	return n, err
}

// noWords takes no arguments, and says what may have been meant by one.
func noWords(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("unknown command or argument %q", args[0])
	if info, e := os.Stat(args[0]); e == nil && !info.IsDir() {
		err = fmt.Errorf("%w; to read that file: %s -r %s", err, cmd.CommandPath(), args[0])
	} else if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("%w; did you mean %s?", err, near[0])
	}
	return &usageError{err, cmd.CommandPath()}
}

// atMost takes up to n arguments.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return &usageError{fmt.Errorf("unexpected argument %q", args[n]), cmd.CommandPath()}
		}
		return nil
	}
}

var errNoInput = errors.New("nothing to read: give -r FILE (- is standard input), -i INTERFACE or --demo NAME")
