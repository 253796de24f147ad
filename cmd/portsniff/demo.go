package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/pcaps"
	"github.com/portsniff/portsniff/render"
)

func newDemo(in *input) *cobra.Command {
	return &cobra.Command{
		Use:   "demo [NAME]",
		Short: "The embedded sample captures",
		Long: `demo lists the sample captures that are part of the program, or tells what one of
them is for. Any command reads one with --demo NAME in place of -r FILE.`,
		Example: "  portsniff demo\n  portsniff demo http\n  portsniff --demo http\n  portsniff flows --demo ftp",
		Args:    atMost(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return sampleNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := in.check(cmd); err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if len(args) == 0 {
				var rows [][]string
				for _, s := range pcaps.List() {
					rows = append(rows, []string{s.Name, s.Title})
				}
				return render.Table(out, in.style(out), []string{"sample", "what is in it"}, rows)
			}
			s, err := pcaps.Find(args[0])
			if err != nil {
				return &usageError{err, cmd.CommandPath()}
			}
			_, err = fmt.Fprintf(out, "%s: %s\n%s\nmade by: %s\nto see it: portsniff --demo %s\n", s.Name, s.Title, s.Learn, s.How, s.Name)
			return err
		},
	}
}

func sampleNames() (names []string) {
	for _, s := range pcaps.List() {
		names = append(names, s.Name)
	}
	return names
}
