package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/sandbox"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/top"
	"github.com/portsniff/portsniff/internal/watch"
)

// alertFlags holds the flags for what happens on an alert.
type alertFlags struct {
	file   string
	failOn []string
}

func (f *alertFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.file, "alerts", "", "write alerts to `FILE`, a JSON object a line")
	fs.StringSliceVar(&f.failOn, "fail-on", nil, "exit with 3 on alerts of `RULES`, or any")
	complete(cmd, "fail-on", append(top.RuleNames(), watch.AnyRule)...)
}

// check returns an error for unknown rules.
func (f *alertFlags) check() error {
	for _, name := range f.failOn {
		if name != watch.AnyRule && !slices.Contains(top.RuleNames(), name) {
			return fmt.Errorf("--fail-on %q is not one of %s, %s", name,
				strings.Join(top.RuleNames(), ", "), watch.AnyRule)
		}
	}
	return nil
}

// open creates the log before the sandbox closes. The log must not be one of the input files.
func (f *alertFlags) open(cmd *cobra.Command, in *input) (*watch.AlertLog, error) {
	if f.file == "" {
		return watch.NewAlertLog(nil, f.failOn), nil
	}
	if info, err := os.Stat(f.file); err == nil {
		for _, read := range in.infos(cmd) {
			if os.SameFile(info, read) {
				return nil, fmt.Errorf("--alerts %s: it is being read", f.file)
			}
		}
	}
	const permissions = 0o666
	file, err := os.OpenFile(f.file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, permissions)
	if err != nil {
		return nil, err
	}
	in.chown(cmd, file)
	return watch.NewAlertLog(file, f.failOn), nil
}

// chown changes the owner of a file that root created to the user that the program continues as.
func (in *input) chown(cmd *cobra.Command, file *os.File) {
	mode, err := in.mode(cmd)
	if err != nil || mode == "" || mode == sandbox.Off || os.Geteuid() != 0 ||
		!in.policy(mode).Drop {
		return // the sandbox reports a wrong mode when it closes
	}
	target, err := sandbox.TargetOf(in.sandbox.user)
	if err == nil {
		err = file.Chown(target.UID, target.GID)
	}
	if err != nil {
		term.Notice(cmd.ErrOrStderr(), "%s", err.Error())
	}
}
