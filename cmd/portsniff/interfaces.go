package main

import (
	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture/live"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/render"
)

func newInterfaces() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "interfaces",
		Short: "List the interfaces and what capturing on them needs",
		Long: `interfaces lists the network interfaces with the name and number for -i, link
type, state and addresses. It says why an interface cannot be opened.`,
		Example: "  portsniff interfaces\n  portsniff -D\n  sudo portsniff -i 1",
		Args:    cli.AtMost(0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return listInterfaces(cmd, &in) },
	}
	in.addLook(cmd)
	return cmd
}

func listInterfaces(cmd *cobra.Command, in *input) error {
	if err := in.check(cmd); err != nil {
		return err
	}
	devices, err := live.Devices()
	if err != nil {
		return err
	}
	return in.print(cmd, render.Devices(devices))
}
