package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/outfile"
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
			return cli.Finish(nil, func() error { return os.MkdirAll(args[0], 0o755) },
				func() error { return writePages(cmd.Root(), args[0]) })
		},
	}
}

// writePages writes the manual page of a command and of its subcommands.
func writePages(cmd *cobra.Command, dir string) error {
	if !cmd.IsAvailableCommand() && cmd.HasParent() && !cmd.IsAdditionalHelpTopicCommand() {
		return nil
	}
	const section = "1"
	var page bytes.Buffer
	header := &doc.GenManHeader{Title: "PORTSNIFF", Section: section, Source: "portsniff",
		Manual: "User commands"}
	if err := doc.GenMan(cmd, header, &page); err != nil {
		return err
	}
	name := filepath.Join(dir, strings.ReplaceAll(cmd.CommandPath(), " ", "-")+"."+section)
	if err := outfile.WriteFile(outfile.Local{}, name, page.Bytes()); err != nil {
		return err
	}
	for _, sub := range cmd.Commands() {
		if err := writePages(sub, dir); err != nil {
			return err
		}
	}
	return nil
}
