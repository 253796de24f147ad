package main

import (
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
)

// A hostTable is the list of hosts' ports.
type hostTable struct{ *render.HostView }

func (t hostTable) text(w io.Writer, style render.Style) error {
	return render.HostTable(w, t.HostView, style)
}
func (t hostTable) json(w io.Writer) error { return render.HostsJSON(w, t.HostView) }
func (t hostTable) csv(w io.Writer) error  { return render.HostsCSV(w, t.HostView) }

func newHosts() *cobra.Command {
	var in input
	var c counting
	var open bool
	cmd := &cobra.Command{
		Use:   "hosts -r FILE | -i INTERFACE [FILTER]",
		Short: "Which host answers on which port: open, closed or filtered, by what was captured",
		Long: `hosts reads a capture and lists the ports of hosts that somebody sent something
to, with the answer and the frame that shows it. It sends nothing.

  open      a SYN-ACK came back; over UDP, any packet
  closed    a RST came back for a SYN, or an ICMP error: port unreachable
  filtered  nothing came back: a firewall, a lost packet, or over UDP a service
            that had nothing to say

A TCP connection whose beginning was not captured tells nothing. Under payload
stands what the first bytes from the port look like, whatever its number.`,
		Example: "  portsniff hosts -r capture.pcap\n  portsniff hosts -r capture.pcap --open --format csv",
		Args:    filterWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			only, err := c.ready(cmd)
			if err != nil {
				return err
			}
			half := in.tableMemory() / 2 // for the flows that may still be answered, and for the ports
			t := newFlowTally(flow.Options{Memory: half, Answers: flow.NewHostPorts(half)}, only)
			return showTally(cmd, &in, t, func(*analysis.ProcessTable) table { return hostRows(t.table, open, c.top) })
		},
	}
	in.addReading(cmd)
	in.addJobs(cmd, "-i or a FILTER")
	in.addSandbox(cmd)
	in.filter.add(cmd)
	c.addFilter(cmd)
	cmd.Flags().BoolVar(&open, "open", false, "list open ports only")
	cmd.Flags().IntVar(&c.top, "top", 0, "show the first `N` rows only")
	return cmd
}

// hostRows is the table of what was gathered.
func hostRows(t *flow.Table, open bool, top int) hostTable {
	found := t.HostPorts()
	v := &render.HostView{List: found.List(), Left: found.Left, Totals: t.Totals}
	if open {
		v.List = slices.DeleteFunc(v.List, func(h flow.HostPort) bool { return h.Answer != flow.Open })
	}
	if top > 0 && top < len(v.List) {
		v.Hidden, v.List = len(v.List)-top, v.List[:top]
	}
	return hostTable{v}
}
