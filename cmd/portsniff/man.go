package main

import (
	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
)

func newMan() *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the manual pages to a folder",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Wrongf("man takes one argument, the folder")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return cli.Finish(nil, func() error { return cli.WriteManual(cmd.Root(), args[0]) })
		},
	}
}
