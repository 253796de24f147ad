package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/sandbox"
)

// sandboxFlags say which rights to give up.
type sandboxFlags struct {
	mode string // "" for commands that have no such flag
	user string // whom to go on as
}

// addSandbox adds the flags of commands that read packets and do nothing else: what they read may be a stranger's.
func (in *input) addSandbox(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&in.sandbox.mode, "sandbox", string(sandbox.Auto), "`WHEN` to give up the rights that reading doesn't need: auto (as far as the kernel allows), require or off")
	fs.StringVarP(&in.sandbox.user, "relinquish-privileges", "Z", "", "go on as `USER` once all is open; with -i, root does so anyway: as the user behind sudo, else nobody")
	complete(cmd, "sandbox", string(sandbox.Auto), string(sandbox.Require), string(sandbox.Off))
}

type processKey struct{}

// ownProcess marks the context of a command that has the process to itself. Others, as tests, would have to live on in its sandbox.
func ownProcess(ctx context.Context) context.Context {
	return context.WithValue(ctx, processKey{}, true)
}

// confine closes the sandbox around a command that is about to read what the flags name.
func (in *input) confine(cmd *cobra.Command) error {
	if in.sandbox.mode == "" {
		return nil
	}
	mode, err := sandbox.ParseMode(in.sandbox.mode)
	if err != nil {
		return &usageError{fmt.Errorf("--sandbox %w", err), cmd.CommandPath()}
	}
	if cmd.Context().Value(processKey{}) == nil {
		return nil
	}
	report, err := sandbox.Enter(in.policy(mode))
	if err != nil {
		return err
	}
	// Who reads a file and did not ask for the sandbox needn't know on every call what an old kernel lacks.
	if text := report.String(); text != "" && (in.live.iface != "" || cmd.Flags().Changed("sandbox")) {
		fmt.Fprintf(cmd.ErrOrStderr(), "portsniff: %s\n", text)
	}
	return nil
}

// policy is what is still needed. An interface is open already. Files are opened one after the other, and may be readable by nobody else: without -Z
// the user stays who it is.
func (in *input) policy(mode sandbox.Mode) sandbox.Policy {
	if in.live.iface != "" {
		return sandbox.Policy{Mode: mode, Drop: true, User: in.sandbox.user}
	}
	if in.sandbox.user != "" {
		return sandbox.Policy{Mode: mode, Drop: true, User: in.sandbox.user, Read: in.files}
	}
	return sandbox.Policy{Mode: mode, Read: in.files, Keep: []sandbox.Capability{sandbox.DACReadSearch}}
}
