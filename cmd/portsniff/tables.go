package main

import (
	"bufio"
	"io"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/flow"
	"github.com/portsniff/portsniff/render"
)

// tables writes one table in each format.
type tables struct {
	text      func(io.Writer, *flow.Table, render.Style) error
	json, csv func(io.Writer, *flow.Table) error
}

func portTables() tables { return tables{render.PortTable, render.PortsJSON, render.PortsCSV} }
func flowTables() tables { return tables{render.FlowTable, render.FlowsJSON, render.FlowsCSV} }

func newPorts() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "ports -r FILE",
		Short: "Traffic per port: service, range, flows, packets, bytes, share",
		Long: `ports reads a capture and sums it up by service port: for each conversation
the port of the server, by the evidence that the packets give.

A packet inside a tunnel counts for its outer and for its inner port. What an
ICMP error quotes counts for none.`,
		Example: "  portsniff ports -r capture.pcap\n  portsniff ports -r capture.pcap --format csv",
		Args:    noWords,
		RunE:    func(cmd *cobra.Command, _ []string) error { return showTable(cmd, &in, portTables()) },
	}
	in.addReading(cmd)
	return cmd
}

func newFlows() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "flows -r FILE",
		Short: "Conversations: client and server with the evidence, state, packets each way",
		Long: `flows reads a capture and lists its conversations in the order they began.
The client is the end that opened the connection, where that was captured (syn,
syn-ack); else the end whose port no service is registered for
(registered-port), the one with the higher port (lower-port), or the one that
sent first (first-sender).`,
		Example: "  portsniff flows -r capture.pcap\n  portsniff flows -r capture.pcap --format json",
		Args:    noWords,
		RunE:    func(cmd *cobra.Command, _ []string) error { return showTable(cmd, &in, flowTables()) },
	}
	in.addReading(cmd)
	return cmd
}

// showTable reads everything and writes one table.
func showTable(cmd *cobra.Command, in *input, t tables) (err error) {
	s, err := newSession(cmd, in, true)
	if err != nil {
		return err
	}
	defer closing(s, &err)
	err = s.each(func(*render.Frame) error { return nil })
	if err != nil && s.packets() == 0 {
		return err
	}
	out := bufio.NewWriterSize(cmd.OutOrStdout(), outputSize)
	return finish(err, func() error {
		switch in.format {
		case formatJSON:
			return t.json(out, s.flows)
		case formatCSV:
			return t.csv(out, s.flows)
		}
		return t.text(out, s.flows, in.style(cmd.OutOrStdout()))
	}, out.Flush)
}
