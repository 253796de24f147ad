package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/sandbox"
)

// sandboxFlags say which rights to give up.
type sandboxFlags struct {
	mode string // "" for commands that have no such flag
	user string // whom to go on as
	web  bool   // browsers are answered at a socket that listens already
	dir  string // a folder that files are made in besides, "" for none
}

// addSandbox adds the flags of commands that read packets and do nothing else: what they read may be a stranger's.
func (in *input) addSandbox(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&in.sandbox.mode, "sandbox", string(sandbox.Auto), "drop rights: auto, require, off")
	fs.StringVarP(&in.sandbox.user, "relinquish-privileges", "Z", "", "continue as `USER` once all is open")
	complete(cmd, "sandbox", string(sandbox.Auto), string(sandbox.Require), string(sandbox.Off))
}

// check finds mistakes in the flags.
func (f *sandboxFlags) check() error {
	if f.mode == "" {
		return nil
	}
	mode, err := sandbox.ParseMode(f.mode)
	switch {
	case err != nil:
		return fmt.Errorf("--sandbox %w", err)
	case f.user != "" && mode == sandbox.Off:
		return errors.New("-Z is a part of the sandbox, and --sandbox=off leaves that out")
	}
	return nil
}

// mayBe tells whether a user can go on as whom -Z names: root can as anybody, others only as who they are.
func (f *sandboxFlags) mayBe(uid int) error {
	if f.user == "" || uid <= 0 { // below 0 where users have no numbers
		return nil
	}
	target, err := sandbox.TargetOf(f.user)
	if err == nil && target.UID != uid {
		err = fmt.Errorf("-Z %s: only root can go on as another user", f.user)
	}
	return err
}

type processKey struct{}

// ownProcess marks the context of a command that has the process to itself. Others, as tests, would have to live on in its sandbox.
func ownProcess(ctx context.Context) context.Context {
	return context.WithValue(ctx, processKey{}, true)
}

// confine closes the sandbox around a command that is about to read what the flags name, and to write what w says, nil for nothing.
func (in *input) confine(cmd *cobra.Command, w *writeFlags) error {
	mode, err := in.mode(cmd)
	if err != nil || mode == "" {
		return err
	}
	if err := in.sandbox.mayBe(os.Geteuid()); err != nil {
		return err
	}
	if w != nil && w.command != "" && mode != sandbox.Off {
		if mode == sandbox.Require {
			return &usageError{errors.New("-z runs programs, which --sandbox=require forbids"), cmd.CommandPath()}
		}
		fmt.Fprintln(cmd.ErrOrStderr(), "portsniff: no sandbox: -z runs programs")
		return nil
	}
	report, err := sandbox.Enter(in.policy(mode, w))
	if err != nil {
		return err
	}
	// Who reads a file and did not ask for the sandbox needn't know on every call what an old kernel lacks.
	if text := report.String(); text != "" && (in.live.iface != "" || cmd.Flags().Changed("sandbox")) {
		fmt.Fprintf(cmd.ErrOrStderr(), "portsniff: %s\n", text)
	}
	return nil
}

// mode is what the flags say, "" where there is no sandbox for this command or in this process.
func (in *input) mode(cmd *cobra.Command) (sandbox.Mode, error) {
	if in.sandbox.mode == "" || cmd.Context().Value(processKey{}) == nil {
		return "", nil
	}
	return sandbox.ParseMode(in.sandbox.mode)
}

// giveAway makes the file that root has made the user's whom the program goes on as: nobody else could read it without root's help, and a rotation that
// comes round could not write it again. Where that can't be done, it says so and goes on.
func (in *input) giveAway(cmd *cobra.Command, f *writeFlags, w *writing) error {
	mode, err := in.mode(cmd)
	if err != nil || mode == "" || mode == sandbox.Off || f.command != "" || os.Geteuid() != 0 || !in.policy(mode, f).Drop {
		return err
	}
	target, err := sandbox.TargetOf(in.sandbox.user)
	if err != nil {
		return err
	}
	if err := w.GiveTo(target.UID, target.GID); err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "portsniff: %s\n", render.Escape(err.Error()))
	}
	return nil
}

// policy is what is still needed. An interface is open already, and the first file that packets go into. Files to be read are opened one after the
// other, and may be readable by nobody else: without -Z the user stays who it is. So it is where later files go into a folder of root's.
func (in *input) policy(mode sandbox.Mode, w *writeFlags) sandbox.Policy {
	later := w.rotates() || in.sandbox.dir != ""
	p := sandbox.Policy{Mode: mode, User: in.sandbox.user, Read: in.files, Accept: in.sandbox.web, Drop: in.sandbox.user != "" || in.live.iface != "" && !later}
	if !p.Drop {
		p.Keep = []sandbox.Capability{sandbox.DACReadSearch}
	}
	if in.sandbox.dir != "" {
		p.Write = append(p.Write, in.sandbox.dir)
	}
	if w != nil && w.file != "-" && (in.live.iface == "" || later) {
		p.Write = append(p.Write, w.place())
	}
	if len(p.Write) > 0 && !p.Drop {
		p.Keep = append(p.Keep, sandbox.DACOverride)
	}
	return p
}

// rotates tells whether files are made while the program runs.
func (f *writeFlags) rotates() bool { return f != nil && (f.size > 0 || f.seconds > 0) }

// place is what has to stay writable: the file itself if it is there and stays the only one, else its folder.
func (f *writeFlags) place() string {
	if _, err := os.Stat(f.file); err == nil && !f.rotates() {
		return f.file
	}
	return filepath.Dir(f.file)
}
