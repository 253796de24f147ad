package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cli.AtMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := fmt.Fprint(cmd.OutOrStdout(), version()); err != nil {
				return &outputError{Err: err}
			}
			return nil
		},
	}
}

// version returns the version information that the toolchain recorded in the binary.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "portsniff, built without version information\n"
	}
	text := fmt.Sprintf("portsniff %s, %s, %s/%s\n", info.Main.Version, info.GoVersion,
		runtime.GOOS, runtime.GOARCH)
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision", "vcs.time", "vcs.modified":
			text += s.Key + " " + s.Value + "\n"
		}
	}
	return text
}

// versionNumber returns the version only.
func versionNumber() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}
