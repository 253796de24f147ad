package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/portsniff/portsniff/internal/outfile"
)

// WriteManual writes the manual pages of a command and of its subcommands to a folder.
func WriteManual(cmd *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return writePages(cmd, dir)
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
