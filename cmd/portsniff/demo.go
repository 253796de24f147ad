package main

import (
	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/pcaps"
)

func newDemo() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "demo [NAME]",
		Short: "List the built-in sample captures",
		Long: `demo lists the sample captures that are part of the program, or describes one.
Any command reads a sample with --demo NAME instead of -r FILE.`,
		Example: "  portsniff demo\n  portsniff demo http\n  portsniff --demo http\n  portsniff " +
			"flows --demo ftp",
		Args: cli.AtMost(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string,
			cobra.ShellCompDirective) {
			return sampleNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := in.check(cmd); err != nil {
				return err
			}
			if len(args) == 0 {
				return in.print(cmd, render.Samples(pcaps.List()))
			}
			sample, err := pcaps.Find(args[0])
			if err != nil {
				return cli.Wrong(err)
			}
			return in.print(cmd, render.Sample(sample))
		},
	}
	in.addLook(cmd)
	return cmd
}

func sampleNames() (names []string) {
	for _, s := range pcaps.List() {
		names = append(names, s.Name)
	}
	return names
}
