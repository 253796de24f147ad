package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/sockets"
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
			list := slices.Clone(s.Sockets)
			if !all {
				list = slices.DeleteFunc(list, func(k sockets.Socket) bool {
					return !k.State.Open()
				})
			}
			v := &render.ListenerView{Snapshot: s, List: list}
			if err := in.print(cmd, v); err != nil {
				return err
			}
			render.ExplainLack(cmd.ErrOrStderr(), s, list)
			return nil
		},
	}
	cmd.Flags().BoolVarP(&all, "all", "a", false, "list connected sockets too")
	in.addLook(cmd)
	return cmd
}
