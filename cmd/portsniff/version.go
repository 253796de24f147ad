package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cli.AtMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := fmt.Fprint(cmd.OutOrStdout(), cli.VersionText()); err != nil {
				return &outputError{Err: err}
			}
			return nil
		},
	}
}
