package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
)

func newRoot() *cobra.Command {
	var in input
	var show packetFlags
	var list bool
	var write writeFlags
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
				return cli.Wrong(err)
			}
			if err := in.keep.check(cmd, &in); err != nil {
				return cli.Wrong(err)
			}
			if in.keep.dir != "" && write.file != "" {
				return cli.Wrongf("--store and -w: use only one of them")
			}
			if in.keep.dir != "" {
				in.keep.communityID = show.communityID
				return in.keep.run(cmd, &in)
			}
			if err := checkCommunityID(&in, show.communityID, show.quiet); err != nil {
				return err
			}
			if write.file != "" {
				return writePackets(cmd, &in, &show, &write)
			}
			return showPackets(cmd, &in, &show)
		},
	}
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		return cli.NoEmptyValues(cmd)
	}
	root.SetFlagErrorFunc(cli.FlagError)
	root.Flags().SortFlags = false
	root.SuggestionsMinimumDistance = 2 // most letters that a mistyped command may differ in
	in.addReading(root)
	in.addJobs(root)
	in.addSandbox(root)
	in.live.addProcess(root)
	in.filter.add(root)
	in.filter.verbose = &show.verbose
	in.live.addInterval(root)
	show.add(root.Flags())
	write.add(root)
	in.keep.add(root)
	root.Flags().BoolVarP(&list, "list-interfaces", "D", false, "list interfaces and exit")
	root.Version = "see version"
	root.SetVersionTemplate(cli.VersionText())
	root.Flags().BoolP("version", "V", false, "print the version")
	root.AddCommand(newExplain(), newPorts(), newFlows(), newHosts(), newServices(), newLookup(),
		newListeners(), newInterfaces(), newReport(), newExport(), newShip(), newSchema(),
		newServe(), newTop(), newConfig(), newQuiz(), newDemo(), newExtcap(), newVersion(),
		newMan())
	cli.SetHelp(root, flagGroups, helpTopics()...)
	return root
}

var errNoInput = errors.New("nothing to read: give -r FILE or -i INTERFACE, or try --demo http")
