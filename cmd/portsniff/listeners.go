package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/internal/term"
)

func newListeners() *cobra.Command {
	var in input
	var all bool
	cmd := &cobra.Command{
		Use:   "listeners",
		Short: "List which process owns which local port",
		Long: `listeners lists the local sockets that accept packets, with process and user.
"?" needs root. "+2" means two more processes hold the socket. "-" means that no
process can hold it. Linux only.`,
		Example: "  portsniff listeners\n  sudo portsniff listeners --all\n  portsniff " +
			"listeners --format json",
		Args: cli.NoWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := in.check(cmd); err != nil {
				return err
			}
			s, err := sockets.Take()
			if err != nil {
				return fmt.Errorf("listeners: %w", err)
			}
			return cli.Finish(nil, func() error { return showListeners(cmd, &in, s, all) })
		},
	}
	cmd.Flags().BoolVarP(&all, "all", "a", false, "list connected sockets too")
	in.addLook(cmd)
	return cmd
}

func showListeners(cmd *cobra.Command, in *input, s *sockets.Snapshot, all bool) error {
	list := slices.Clone(s.Sockets)
	if !all {
		list = slices.DeleteFunc(list, func(k sockets.Socket) bool { return !k.State.Open() })
	}
	out := bufio.NewWriter(cmd.OutOrStdout())
	v := &render.ListenerView{Snapshot: s, List: list}
	if err := v.Write(out, render.Format(in.format), in.style(cmd.OutOrStdout())); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	explainLack(cmd.ErrOrStderr(), s, list)
	return nil
}

// explainLack says which sockets have no process in the list, and why.
func explainLack(w io.Writer, s *sockets.Snapshot, list []sockets.Socket) {
	l := s.Lack(list)
	say := func(n int, format string, args ...any) {
		if n > 0 {
			term.Notice(w, "%d of %d sockets %s", n, len(list), fmt.Sprintf(format, args...))
		}
	}
	say(l.Denied,
		"without a process: the open files of %d processes may not be read; as root, or with "+
			"cap_sys_ptrace and cap_dac_read_search, more is seen", s.Unread)
	say(l.Kept, "without a process: no process holds them; they were closed meanwhile, or are "+
		"the kernel's own")
	say(l.NoHolder,
		"without a process: connections that end (time-wait) or are not accepted yet have none")
	if s.Refused > 0 {
		term.Notice(w, "the sockets of %d other network namespaces could not be read", s.Refused)
	}
	if len(list) == 0 {
		term.Notice(w, "there are no such sockets")
	}
}
