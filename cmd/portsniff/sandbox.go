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

// sandboxFlags say which rights to give up.
type sandboxFlags struct {
	mode string // "" for commands that have no such flag
	user string // whom to go on as
	web  bool   // browsers are answered at a socket that listens already
	keys bool   // the terminal gives keys one by one

	connect []uint16 // ports of servers that are connected to
}

// addSandbox adds the flags of commands that read packets and do nothing else: what they read may
// be a stranger's.
func (in *input) addSandbox(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&in.sandbox.mode, "sandbox", string(sandbox.Auto),
		"sandbox: `WHEN` auto, require, off")
	fs.StringVarP(&in.sandbox.user, "relinquish-privileges", "Z", "",
		"continue as `USER` once all is open")
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

// mayBe is an error if a user cannot continue as the user that -Z names: only root can become
// another user.
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

// insideKey marks what a context has done in the sandbox, as soon as it is closed. Tests look
// around.
type insideKey struct{}

// ownProcess marks the context of a command that has the process to itself. Others, as tests, would
// have to live on in its sandbox.
func ownProcess(ctx context.Context) context.Context {
	return context.WithValue(ctx, processKey{}, true)
}

// confine closes the sandbox around a command that is about to read what the flags name, and to
// write what w says, nil for nothing.
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
	// Who reads a file and did not ask for the sandbox needn't know on every call what an old
	// kernel lacks.
	if text := report.String(); text != "" &&
		(in.live.iface != "" || cmd.Flags().Changed("sandbox")) {
		term.Notice(cmd.ErrOrStderr(), "%s", text)
	}
	return nil
}

// mode is what the flags say, "" if there is no sandbox for this command or in this process.
func (in *input) mode(cmd *cobra.Command) (sandbox.Mode, error) {
	if in.sandbox.mode == "" || cmd.Context().Value(processKey{}) == nil {
		return "", nil
	}
	return sandbox.ParseMode(in.sandbox.mode)
}

// giveAway gives the file that root has made to the user that the program continues as. Otherwise
// that user could not read it, nor write it again in a rotation. If it fails, a notice says so.
// Without -Z the files of a rotation stay root's.
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

// policy is what is still needed. An interface is open already, and so is the file that packets go
// into. Files to be read are opened one after the other, and may be readable by nobody else:
// without -Z the user stays who it is. Other files are made by a helper.
func (in *input) policy(mode sandbox.Mode) sandbox.Policy {
	p := sandbox.Policy{Mode: mode, User: in.sandbox.user, Read: in.files, Accept: in.sandbox.web,
		Terminal: in.sandbox.keys, Connect: in.sandbox.connect}
	p.Drop = in.sandbox.user != "" || in.live.iface != ""
	if !p.Drop {
		p.Keep = []sandbox.Capability{sandbox.DACReadSearch}
	}
	return p
}

// helper makes files in a folder where a sandbox is to be closed around this process; else nil.
func (in *input) helper(cmd *cobra.Command, folder string, names *regexp.Regexp,
	user string) (*outfile.Helper, error) {
	mode, err := in.mode(cmd)
	if err != nil || mode == "" || mode == sandbox.Off {
		return nil, err
	}
	return outfile.StartHelper(outfile.Plan{Folder: folder, Names: names, Mode: mode, User: user})
}

// maker makes files in a folder: a helper does, or this process.
func (in *input) maker(cmd *cobra.Command, folder string, names *regexp.Regexp) (outfile.Maker,
	error) {
	h, err := in.helper(cmd, folder, names, in.sandbox.user)
	if h == nil {
		return outfile.Local{}, err
	}
	return h, err
}

// output makes the file that -o names, to be called before the sandbox closes. The maker is to be
// closed when it is written.
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

// rotates reports whether files are made while the program runs.
func (f *writeFlags) rotates() bool { return f != nil && (f.size > 0 || f.seconds > 0) }
