package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/packetfile"
	"github.com/portsniff/portsniff/internal/sandbox"
	"github.com/portsniff/portsniff/internal/term"
)

// sandboxFlags holds the rights that the sandbox takes away or keeps.
type sandboxFlags struct {
	mode string // "" for commands without this flag
	user string // the user to continue as
	web  bool   // accept connections from browsers on a socket that is already open
	keys bool   // read single keys from the terminal

	connect []uint16 // ports of servers that the command connects to
}

// addSandbox adds the flags of commands that only read packets. The packets may come from an
// untrusted source.
func (in *input) addSandbox(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&in.sandbox.mode, "sandbox", string(sandbox.Auto),
		"sandbox: `WHEN` auto, require, off")
	fs.StringVarP(&in.sandbox.user, "relinquish-privileges", "Z", "",
		"continue as `USER` once all is open")
	complete(cmd, "sandbox", string(sandbox.Auto), string(sandbox.Require), string(sandbox.Off))
}

// check returns an error for values that are not allowed.
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

// mayBe returns an error if the user uid cannot continue as the user of -Z. Only root can become
// another user.
func (f *sandboxFlags) mayBe(uid int) error {
	if f.user == "" || uid <= 0 { // below 0 on systems without numeric users
		return nil
	}
	target, err := sandbox.TargetOf(f.user)
	if err == nil && target.UID != uid {
		err = fmt.Errorf("-Z %s: only root can go on as another user", f.user)
	}
	return err
}

type processKey struct{}

// insideKey is the context key of a function that confine calls once the sandbox is closed. Tests
// use it to check the sandbox.
type insideKey struct{}

// ownProcess marks the context of a command that has the process to itself. Other callers, such as
// tests, would stay in its sandbox.
func ownProcess(ctx context.Context) context.Context {
	return context.WithValue(ctx, processKey{}, true)
}

// confine closes the sandbox of a command before it reads the input of the flags. w holds the flags
// for writing packets, nil for none.
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
			return cli.Wrongf("-z runs programs, which --sandbox=require forbids")
		}
		term.Notice(cmd.ErrOrStderr(), "no sandbox: -z runs programs")
		return nil
	}
	report, err := sandbox.Enter(in.policy(mode))
	if err != nil {
		return err
	}
	if look, ok := cmd.Context().Value(insideKey{}).(func()); ok {
		look()
	}
	// A user who reads a file and did not request the sandbox does not need this notice on every
	// run.
	if text := report.String(); text != "" &&
		(in.live.iface != "" || cmd.Flags().Changed("sandbox")) {
		term.Notice(cmd.ErrOrStderr(), "%s", text)
	}
	return nil
}

// mode returns the value of --sandbox, "" if this command or this process has no sandbox.
func (in *input) mode(cmd *cobra.Command) (sandbox.Mode, error) {
	if in.sandbox.mode == "" || cmd.Context().Value(processKey{}) == nil {
		return "", nil
	}
	return sandbox.ParseMode(in.sandbox.mode)
}

// giveAway changes the owner of the file that root created to the user that the program continues
// as. Otherwise that user could not read it, nor write it again in a rotation. On failure it prints
// a notice. Without -Z the files of a rotation stay root's.
func (in *input) giveAway(cmd *cobra.Command, f *writeFlags, w *packetfile.File) error {
	mode, err := in.mode(cmd)
	stays := !in.policy(mode).Drop || f.rotates() && in.sandbox.user == ""
	if err != nil || mode == "" || mode == sandbox.Off || f.command != "" || os.Geteuid() != 0 ||
		stays {
		return err
	}
	target, err := sandbox.TargetOf(in.sandbox.user)
	if err != nil {
		return err
	}
	if err := w.GiveTo(target.UID, target.GID); err != nil {
		term.Notice(cmd.ErrOrStderr(), "%s", err.Error())
	}
	return nil
}

// policy returns the rights that the command still needs. Interfaces and the file for packets are
// already open. Input files are opened one after the other, and other users may not be able to read
// them. So a command that reads files keeps its user without -Z. A helper creates all other files.
func (in *input) policy(mode sandbox.Mode) sandbox.Policy {
	p := sandbox.Policy{Mode: mode, User: in.sandbox.user, Read: in.files, Accept: in.sandbox.web,
		Terminal: in.sandbox.keys, Connect: in.sandbox.connect}
	p.Drop = in.sandbox.user != "" || in.live.iface != ""
	if !p.Drop {
		p.Keep = []sandbox.Capability{sandbox.DACReadSearch}
	}
	return p
}

// helper starts a helper that creates files in a folder. It returns nil if the sandbox is off.
func (in *input) helper(cmd *cobra.Command, folder string, names *regexp.Regexp,
	user string) (*outfile.Helper, error) {
	mode, err := in.mode(cmd)
	if err != nil || mode == "" || mode == sandbox.Off {
		return nil, err
	}
	return outfile.StartHelper(outfile.Plan{Folder: folder, Names: names, Mode: mode, User: user})
}

// maker returns what creates files in a folder: a helper, or this process without a sandbox.
func (in *input) maker(cmd *cobra.Command, folder string, names *regexp.Regexp) (outfile.Maker,
	error) {
	h, err := in.helper(cmd, folder, names, in.sandbox.user)
	if h == nil {
		return outfile.Local{}, err
	}
	return h, err
}

// output creates the file of -o. Call it before the sandbox closes, and close the Maker when the
// file is written.
func (in *input) output(cmd *cobra.Command, name string) (*outfile.File, outfile.Maker, error) {
	if name == "-" {
		return outfile.To(cmd.OutOrStdout()), outfile.Local{}, nil
	}
	if f, err := outfile.InPlace(name); f != nil || err != nil {
		return f, outfile.Local{}, err
	}
	m, err := in.maker(cmd, filepath.Dir(name), outfile.One(filepath.Base(name)))
	if err != nil {
		return nil, nil, err
	}
	f, err := m.Create(name)
	if err != nil {
		return nil, nil, errors.Join(err, m.Close())
	}
	return f, m, nil
}

// rotates reports whether the program creates new files while it runs.
func (f *writeFlags) rotates() bool { return f != nil && (f.size > 0 || f.seconds > 0) }
