package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
)

func newHosts() *cobra.Command {
	var in input
	var c counting
	var open bool
	cmd := &cobra.Command{
		Use:   "hosts -r FILE | -i INTERFACE [FILTER]",
		Short: "List which host answers on which port",
		Long: `hosts lists which host answered on which port: open, closed or filtered, with
the frame that proves it. It reads a capture and sends nothing.`,
		Example: "  portsniff hosts -r capture.pcap\n  portsniff hosts -r capture.pcap --open " +
			"--format csv",
		Args: filterWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			only, err := c.ready(cmd)
			if err != nil {
				return err
			}
			// for the flows that may still be answered, and for the ports
			half := in.tableMemory() / 2
			t := newFlowTally(flow.Options{Memory: half, Proofs: true, Only: only})
			found := flow.NewHostPorts(half)
			t.table.OnEnd = found.Add
			return showTally(cmd, &in, t, func(*analysis.ProcessTable) table {
				t.table.Finish()
				return hostRows(t.table, found, open, c.top)
			})
		},
	}
	in.addReading(cmd)
	in.addJobs(cmd)
	in.addSandbox(cmd)
	in.filter.add(cmd)
	c.addFilter(cmd)
	cmd.Flags().BoolVar(&open, "open", false, "list open ports only")
	cmd.Flags().IntVar(&c.top, "top", 0, "show the first `N` rows")
	return cmd
}

// hostRows is the table of what was gathered.
func hostRows(t *flow.Table, found *flow.HostPorts, open bool, top int) *render.HostView {
	v := &render.HostView{List: found.List(), Left: found.Left, Totals: t.Totals}
	if open {
		v.List = slices.DeleteFunc(v.List, func(
			h flow.HostPort) bool {
			return h.State() != flow.PortOpen
		})
	}
	if top > 0 && top < len(v.List) {
		v.Hidden, v.List = len(v.List)-top, v.List[:top]
	}
	return v
}
