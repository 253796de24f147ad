package main

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/selection"
)

// counting holds the flags of commands that count: which packets count, which rows are shown, and
// in which order.
type counting struct {
	only     selection.Counted
	by, side string
	top      int
	wide     bool
	every    time.Duration
	orders   []string // values of --by; nil means orders()
}

// addAll adds the flags of commands that count packets or read the counts of a store.
func (c *counting) addAll(cmd *cobra.Command, in *input, from *storeFlag) {
	in.addReading(cmd)
	in.addJobs(cmd)
	in.addSandbox(cmd)
	in.filter.add(cmd)
	c.addFilter(cmd)
	in.keep.add(cmd)
	from.add(cmd)
}

// addFilter adds the flags that select what counts.
func (c *counting) addFilter(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&c.only.Proto, "proto", "", "count `PROTO` only: tcp, udp, sctp …")
	fs.StringVar(&c.only.Host, "host", "", "count packets from or to `ADDRESS` or network")
	fs.StringVar(&c.only.Between, "between", "",
		"count between times `T1,T2`, such as 2026-11-23T03:06:13")
	complete(cmd, "proto", selection.ProtoNames()...)
}

// addRows adds the flags that select which rows are shown.
func (c *counting) addRows(cmd *cobra.Command, by string) {
	fs := cmd.Flags()
	if c.orders == nil {
		c.orders = orders()
	}
	fs.StringVar(&c.by, "by", by, "`KEY`: "+strings.Join(c.orders, ", "))
	fs.IntVar(&c.top, "top", 0, "show the first `N` rows")
	complete(cmd, "by", c.orders...)
}

// addSide adds the flags of the table per port only.
func (c *counting) addSide(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&c.side, "side", "server", "port of `SIDE`: server, client, src, dst, any")
	fs.BoolVar(&c.wide, "wide", false, "follow flows: add flows and hosts")
	fs.DurationVar(&c.every, "every", 0, "count per `SPAN` of time, such as 1s")
	complete(cmd, "side", sides()...)
}

// orders, flowOrders and sides return names in the order of the constants in package flow.
func orders() []string     { return []string{"packets", "bytes", "flows", "port"} }
func flowOrders() []string { return append(orders(), "recent") }
func sides() []string      { return []string{"server", "client", "src", "dst", "any"} }

// order returns the order of the rows.
func (c *counting) order() flow.By { return flow.By(max(slices.Index(flowOrders(), c.by), 0)) }

// countBy returns which port of a packet counts.
func (c *counting) countBy() flow.CountBy {
	return flow.CountBy(max(slices.Index(sides(), c.side), 0))
}

// check returns an error for values that are not allowed.
func (c *counting) check(cmd *cobra.Command) error {
	switch {
	case c.by != "" && !slices.Contains(c.orders, c.by):
		return cli.OneOf("--by", c.by, c.orders)
	case c.side != "" && !slices.Contains(sides(), c.side):
		return cli.OneOf("--side", c.side, sides())
	case c.top < 0 || c.top == 0 && cmd.Flags().Changed("top"):
		return cli.Wrongf("--top %d: use 1 or more", c.top)
	case c.wide && c.countBy() != flow.ServicePort:
		return cli.Wrongf("--wide counts by the server's port: leave out --side %s", c.side)
	case c.every < 0 || c.every == 0 && cmd.Flags().Changed("every"):
		return cli.Wrongf("--every %s: use above 0", c.every)
	case c.wide && c.every > 0:
		return cli.Wrongf("--wide and --every: use only one of them: what a flow counts for " +
			"is known at its end only")
	case c.by == "flows" && cmd.Name() == "ports" && !c.wide:
		return cli.Wrongf("--by flows needs --wide: without it no flows are followed")
	}
	return nil
}
