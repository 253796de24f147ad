package main

import (
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/hosts"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/render"
)

// hostOrders lists the orders of hosts, in the order of their constants in package hosts.
var hostOrders = []string{"packets", "bytes", "flows", "peers", "host"}

func newHosts() *cobra.Command {
	var in input
	c := counting{orders: hostOrders}
	var pairs bool
	var from storeFlag
	cmd := &cobra.Command{
		Use:   "hosts -r FILE | -i INTERFACE | --from STORE [FILTER]",
		Short: "Sum up traffic per host or pair of hosts",
		Long: `hosts sums up flows per host: packets, bytes, flows, peers and open ports. It
sums up scans in one line. --pairs sums up flows per pair of hosts.`,
		Example: `  portsniff hosts -r capture.pcap
  portsniff hosts -r capture.pcap --by bytes --top 10
  portsniff hosts -r capture.pcap --pairs --format csv`,
		Args: filterWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			made := func(t *hosts.Table, totals flow.Totals) table {
				by := hosts.By(max(slices.Index(hostOrders, c.by), 0))
				return render.NewHostView(t, totals, by, c.top, pairs)
			}
			return showHosts(cmd, &in, &c, &from, hosts.New, made)
		},
	}
	c.addAll(cmd, &in, &from)
	c.addRows(cmd, "packets")
	cmd.Flags().BoolVar(&pairs, "pairs", false, "a row for each pair of hosts")
	return cmd
}

func newServices() *cobra.Command {
	var in input
	var c counting
	var open, all bool
	var from storeFlag
	cmd := &cobra.Command{
		Use:   "services -r FILE | -i INTERFACE | --from STORE [FILTER]",
		Short: "List which host answers on which port",
		Long: `services lists which host answered on which port: open, closed or filtered, with
the frame that proves it. A scan of many ports is summed up in one line. It
reads a capture and sends nothing.`,
		Example: `  portsniff services -r capture.pcap
  portsniff services -r capture.pcap --open --format csv`,
		Args: filterWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all := all || in.format == formatCSV // CSV has one kind of row
			made := func(t *hosts.Table, totals flow.Totals) table {
				return render.NewServiceView(t, totals, c.top, open, all)
			}
			return showHosts(cmd, &in, &c, &from, hosts.NewServices, made)
		},
	}
	c.addAll(cmd, &in, &from)
	cmd.Flags().BoolVar(&open, "open", false, "list open ports only")
	cmd.Flags().BoolVar(&all, "all", false, "list each port that a scan probed")
	cmd.Flags().IntVar(&c.top, "top", 0, "show the first `N` rows")
	return cmd
}

// showHosts collects what flows show about hosts, and writes it as a table.
func showHosts(cmd *cobra.Command, in *input, c *counting, from *storeFlag,
	newTable func(memory int) *hosts.Table, made func(*hosts.Table, flow.Totals) table) error {
	only, err := c.ready(cmd)
	if err != nil {
		return err
	}
	var stored *fromStore
	if from.from != "" {
		stored, err = from.open(cmd, in, c, only)
	} else {
		err = errors.Join(from.refuse(cmd), in.keep.start(cmd, in, only))
	}
	if err != nil {
		return err
	}
	// The other half is for the flows that have not ended.
	memory := in.tableMemory()
	t := pipeline.NewFlows(flow.Options{Memory: memory / 2, Proofs: true, Only: only})
	found := newTable(memory / 2)
	t.Table.OnEnd = found.Add
	end := func() table {
		t.Table.Finish()
		return made(found, t.Table.Totals)
	}
	if stored != nil {
		if err := stored.store.LoadHosts(t.Table); err != nil {
			return err
		}
		return stored.write(end())
	}
	return showCounts(cmd, in, t, func(*analysis.ProcessTable) table { return end() })
}
