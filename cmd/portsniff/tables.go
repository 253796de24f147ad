package main

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/records"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// arrange sorts the rows and removes those that are not requested.
func (c *counting) arrange(v *render.PortView) *render.PortView {
	v.By = c.order()
	flow.SortPorts(v.Ports, v.By)
	v.Cut(c.top)
	return v
}

func newPorts() *cobra.Command {
	var in input
	var c counting
	var from storeFlag
	cmd := &cobra.Command{
		Use:   "ports -r FILE | -i INTERFACE | --from STORE [FILTER]",
		Short: "Count traffic per port",
		Long: `ports counts traffic per service port. Each packet counts for one port: the
registered one, else the lower. --wide follows flows: it knows which end is the
server, and adds flows, hosts and first bytes.`,
		Example: `  portsniff ports -r capture.pcap
  portsniff ports -r capture.pcap --wide --by flows --top 10
  portsniff ports -r capture.pcap --proto udp --host 192.0.2.10 --format csv`,
		Args: filterWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			only, err := c.ready(cmd)
			if err != nil {
				return err
			}
			if from.from != "" {
				s, err := from.open(cmd, &in, &c, only)
				if err != nil {
					return err
				}
				return s.ports()
			}
			if err := errors.Join(from.refuse(cmd), in.keep.start(cmd, &in, only)); err != nil {
				return err
			}
			if c.wide {
				t := pipeline.NewFlows(flow.Options{Memory: in.tableMemory(), Hosts: true,
					Only: only})
				return showCounts(cmd, &in, t, func(h *analysis.ProcessTable) table {
					ports := c.arrange(render.WidePorts(t.Table, h))
					ports.Hosts = true
					return ports
				})
			}
			var buckets *flow.Buckets
			if c.every > 0 {
				buckets = flow.NewBuckets(int64(c.every), in.tableMemory())
			}
			t := pipeline.NewPorts(flow.PortOptions{By: c.countBy(), Only: only, Buckets: buckets})
			return showCounts(cmd, &in, t, func(h *analysis.ProcessTable) table {
				return c.arrange(&render.PortView{Ports: t.Table.Ports(), Totals: t.Table.Totals,
					Buckets: buckets, Processes: h, Side: render.NarrowSide(c.countBy())})
			})
		},
	}
	c.addAll(cmd, &in, &from)
	in.live.addInterval(cmd)
	in.live.addProcess(cmd)
	c.addRows(cmd, "packets")
	c.addSide(cmd)
	return cmd
}

func newFlows() *cobra.Command {
	var in input
	c := counting{orders: flowOrders()}
	var ids, tcp bool
	var export recordFlags
	var from storeFlag
	cmd := &cobra.Command{
		Use:   "flows -r FILE | -i INTERFACE | --from STORE [FILTER]",
		Short: "List conversations with client, server and evidence",
		Long: `flows lists conversations: client, server, state, packets and bytes each way,
and what the first bytes look like. The evidence for the client is syn, syn-ack,
registered-port, well-known-use, lower-port or first-sender.`,
		Example: `  portsniff flows -r capture.pcap
  portsniff flows -r capture.pcap --by bytes --top 20
  portsniff flows -r capture.pcap --tcp --format json
  portsniff flows -r capture.pcap --format zeek > conn.log
  portsniff flows -i eth0 --ipfix udp://192.0.2.9:4739`,
		Args: filterWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			only, err := c.ready(cmd)
			if err != nil {
				return err
			}
			if from.from != "" {
				if err := checkCommunityID(&in, ids, false); err != nil {
					return err
				}
				s, err := from.open(cmd, &in, &c, only)
				if err != nil {
					return err
				}
				return s.flows(ids)
			}
			if err := from.refuse(cmd); err != nil {
				return err
			}
			if export.given(&in) {
				return export.run(cmd, &in)
			}
			if err := export.refuse(cmd); err != nil {
				return err
			}
			in.keep.communityID = ids
			if err := in.keep.start(cmd, &in, only); err != nil {
				return err
			}
			if err := checkCommunityID(&in, ids, false); err != nil {
				return err
			}
			if in.live.iface != "" && !cmd.Flags().Changed("by") {
				c.by = "recent" // the oldest flows alone would fill the terminal
			}
			in.filter.countAll = true // flows are numbered among all flows
			if in.filter.flow != 0 && only != nil {
				return cli.Wrong(errFlowNumbers)
			}
			t := pipeline.NewFlows(flow.Options{Memory: in.tableMemory(), Only: only, TCP: tcp})
			return showCounts(cmd, &in, t, func(h *analysis.ProcessTable) table {
				return &render.FlowView{Table: t.Table, By: c.order(), Top: c.top, Processes: h,
					CommunityID: ids, TCP: tcp, Numbered: only == nil,
					Number: in.filter.flow}
			})
		},
	}
	in.formats = append(tableFormats(), records.Formats()...)
	export.add(cmd)
	c.addAll(cmd, &in, &from)
	cmd.Flags().Lookup("format").Usage = "`FORMAT`: text json csv ecs zeek zeek-json"
	in.live.addInterval(cmd)
	in.live.addProcess(cmd)
	c.addRows(cmd, "flows")
	addCommunityID(cmd.Flags(), &ids)
	cmd.Flags().BoolVar(&tcp, "tcp", false, "add RTT, retransmissions, zero windows")
	return cmd
}

// errFlowNumbers is why --flow does not work with flags that remove flows before they are counted.
var errFlowNumbers = errors.New("--flow excludes --proto, --host and --between: flows have no " +
	"numbers with these")

// ready checks the flags and returns the filter.
func (c *counting) ready(cmd *cobra.Command) (*flow.Filter, error) {
	if err := c.check(cmd); err != nil {
		return nil, err
	}
	only, err := c.only.Filter()
	if err != nil {
		return nil, cli.Wrong(err)
	}
	return only, nil
}

// showCounts counts all packets and writes the table that made returns.
func showCounts(cmd *cobra.Command, in *input, c pipeline.Counter,
	made func(*analysis.ProcessTable) table) (err error) {
	if in.filter.dump > 0 {
		return dumpFilter(cmd, in)
	}
	p, err := in.start(cmd, true)
	if err != nil {
		return err
	}
	defer cli.Close(p, &err)
	defer func() { err = errors.Join(err, in.keep.close()) }()
	if err := errors.Join(in.watchProcesses(cmd, p), in.keep.prepare(cmd, in, p),
		in.confine(cmd, nil)); err != nil {
		return err
	}
	if err := in.keep.also(); err != nil {
		return err
	}
	// The width of the terminal may have changed.
	style := func() render.Style { return in.style(cmd.OutOrStdout()) }
	rate := render.NewRateLine()
	live := in.refresh(cmd, p, func(w io.Writer) error {
		if _, err := io.WriteString(w, rate.Next(c.Total(), style())); err != nil {
			return err
		}
		return made(p.Processes).Write(w, render.FormatText, style())
	})
	err = p.Count(c)
	erased := live.Erase(cmd.OutOrStdout()) // before notices move the cursor
	err = errors.Join(err, in.keep.ended(cmd.ErrOrStderr()))
	if err != nil && p.Packets() == 0 {
		return err
	}
	p.SettleProcesses()
	out := bufio.NewWriterSize(cmd.OutOrStdout(), outputSize)
	write := func() error { return made(p.Processes).Write(out, render.Format(in.format), style()) }
	end := func() error { return nil }
	if in.format == formatJSON {
		end = func() error { return p.WriteCaptureEnd(out) }
	}
	err = cli.Finish(err, func() error { return erased }, write, end, out.Flush)
	if err == nil && c.Total().Packets == 0 {
		noteNoneCounted(cmd, p.Packets())
	}
	return err
}

// noteNoneCounted writes which flags left none of n packets to count.
func noteNoneCounted(cmd *cobra.Command, n int64) {
	var given []string
	for _, name := range []string{"proto", "host", "between"} {
		if cmd.Flags().Changed(name) {
			given = append(given, "--"+name)
		}
	}
	if n > 0 && given != nil {
		term.Notice(cmd.ErrOrStderr(), "none of %s passes %s",
			textutil.Plural(uint64(n), "packet"), strings.Join(given, " and "))
	}
}
