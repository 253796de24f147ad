package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newRoot() *cobra.Command {
	var in input
	var show packetFlags
	var list bool
	var write writeFlags
	var keep liveStore
	root := &cobra.Command{
		Use:   "portsniff -r FILE | -i INTERFACE [FILTER]",
		Short: "Where is the port, and what does it mean?",
		Long: `portsniff reads a capture or live traffic. For each packet it shows the ports,
what they mean, or why there are none. At the end it counts traffic per port.`,
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
			if err := checkCommunityID(cmd, &in, show.communityID, show.quiet); err != nil {
				return err
			}
			if err := keep.check(cmd, &in, &write); err != nil {
				return &usageError{err, cmd.CommandPath()}
			}
			if keep.dir != "" {
				return keep.run(cmd, &in)
			}
			if write.file != "" {
				return writePackets(cmd, &in, &show, &write)
			}
			return showPackets(cmd, &in, &show)
		},
	}
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		return noEmptyValues(cmd)
	}
	root.SetFlagErrorFunc(flagError)
	root.Flags().SortFlags = false
	root.SuggestionsMinimumDistance = 2 // letters that a mistyped command may be off
	in.addReading(root)
	in.addJobs(root)
	in.addSandbox(root)
	in.live.addProcess(root)
	in.filter.add(root)
	in.filter.verbose = &show.verbose
	in.live.addInterval(root)
	show.add(root.Flags())
	write.add(root)
	keep.add(root)
	root.Flags().BoolVarP(&list, "list-interfaces", "D", false, "list interfaces and exit")
	root.Version = "see version"
	root.SetVersionTemplate(version())
	root.Flags().BoolP("version", "V", false, "print the version")
	root.AddCommand(newExplain(), newPorts(), newFlows(), newHosts(), newServices(), newLookup(),
		newListeners(), newInterfaces(), newReport(), newExport(), newSchema(), newServe(),
		newTop(), newConfig(), newQuiz(), newDemo(), newVersion(), newMan())
	setHelp(root)
	return root
}

// noEmptyValues refuses a flag with an empty value, such as an unset variable of a script. It would
// count as not given, and a filter or an output file would be left out silently. (--where has its
// own error for an empty expression.)
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

var errNoInput = errors.New("nothing to read: give -r FILE or -i INTERFACE, or try --demo http")
