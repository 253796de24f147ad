package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/render"
)

func newLookup() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "lookup PORT | PORT/PROTO | LOW-HIGH | NAME ...",
		Short: "Explain a port number or a service name",
		Long: `lookup shows a port's range, its services in IANA's registry, well-known uses
that are not registered, and the systems that give it to clients. For a name it
shows the ports. A name proves nothing: any program can use any port.`,
		Example: "  portsniff lookup 443\n  portsniff lookup 80,443 53/udp\n  portsniff lookup " +
			"https\n" +
			"  portsniff lookup wireguard\n  portsniff lookup 49152",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cli.Wrongf("lookup what? A port, such as 443 or 53/udp, or a name, " +
					"such as https")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := in.check(cmd); err != nil {
				return err
			}
			var found render.Lookups
			for query := range strings.SplitSeq(strings.Join(args, ","), ",") {
				f, err := annotate.Find(query)
				if err != nil {
					return cli.Wrong(err)
				}
				found = append(found, render.Lookup{Query: query, Found: f})
			}
			return in.print(cmd, found)
		},
	}
	in.addLook(cmd)
	return cmd
}
