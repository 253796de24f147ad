package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/sandbox"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/top"
)

// anyRule means all rules in --fail-on.
const anyRule = "any"

// alertFlags say what becomes of alerts.
type alertFlags struct {
	file   string
	failOn []string
}

func (f *alertFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.file, "alerts", "", "write alerts to `FILE`, a JSON object a line")
	fs.StringSliceVar(&f.failOn, "fail-on", nil, "status 3 on alerts of `RULES`, or any")
	complete(cmd, "fail-on", append(top.RuleNames(), anyRule)...)
}

// check finds mistakes in the flags.
func (f *alertFlags) check() error {
	for _, name := range f.failOn {
		if name != anyRule && !slices.Contains(top.RuleNames(), name) {
			return fmt.Errorf("--fail-on %q is none of %s, %s", name,
				strings.Join(top.RuleNames(), ", "), anyRule)
		}
	}
	return nil
}

// An alertError says that an alert was raised that --fail-on names.
type alertError struct{ rules []string }

func (e *alertError) Error() string { return "alerts: " + strings.Join(e.rules, ", ") }

// An alertLog writes alerts to a file, each once, and notes those that make the command fail.
type alertLog struct {
	flags  *alertFlags
	file   *os.File // nil for none
	mu     sync.Mutex
	known  map[string]bool // what was written already
	failed []string
	err    error // of writing
}

// maxKnown is how many alerts a log remembers, so that those of a file that is read again are
// written once.
const maxKnown = 1 << 16

// open makes the log, before the sandbox closes. The file must be none of those that are read.
func (f *alertFlags) open(cmd *cobra.Command, in *input) (*alertLog, error) {
	l := &alertLog{flags: f, known: map[string]bool{}}
	if f.file == "" {
		return l, nil
	}
	if info, err := os.Stat(f.file); err == nil {
		for _, read := range in.infos(cmd) {
			if os.SameFile(info, read) {
				return nil, fmt.Errorf("--alerts %s: it is being read", f.file)
			}
		}
	}
	const permissions = 0o666
	var err error
	l.file, err = os.OpenFile(f.file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, permissions)
	if err != nil {
		return nil, err
	}
	l.giveAway(cmd, in)
	return l, nil
}

// giveAway makes a file that root has made the user's whom the program goes on as.
func (l *alertLog) giveAway(cmd *cobra.Command, in *input) {
	mode, err := in.mode(cmd)
	if err != nil || mode == "" || mode == sandbox.Off || os.Geteuid() != 0 ||
		!in.policy(mode).Drop {
		return // a wrong mode is reported when the sandbox closes
	}
	target, err := sandbox.TargetOf(in.sandbox.user)
	if err == nil {
		err = l.file.Chown(target.UID, target.GID)
	}
	if err != nil {
		term.Notice(cmd.ErrOrStderr(), "%s", err.Error())
	}
}

// add writes an alert.
func (l *alertLog) add(a top.Alert) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := a.Rule + " " + a.What
	if l.known[key] {
		return
	}
	if len(l.known) >= maxKnown {
		clear(l.known)
	}
	l.known[key] = true
	fails := slices.Contains(l.flags.failOn, a.Rule) || slices.Contains(l.flags.failOn, anyRule)
	if fails && !slices.Contains(l.failed, a.Rule) {
		l.failed = append(l.failed, a.Rule)
	}
	if l.file != nil && l.err == nil {
		l.err = a.WriteJSON(l.file)
	}
}

// close ends the log. It returns what went wrong, or an *alertError.
func (l *alertLog) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		l.err = errors.Join(l.err, l.file.Close())
	}
	if l.err != nil {
		return &outputError{Err: l.err}
	}
	if len(l.failed) > 0 {
		return &alertError{l.failed}
	}
	return nil
}
