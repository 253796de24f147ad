package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/selection/where"
)

// counting holds the flags of commands that count: what counts, and which rows are shown in which
// order.
type counting struct {
	proto, host, between string
	by, side             string
	top                  int
	wide                 bool
	every                time.Duration
	orders               []string // what --by may be; orders() if nil
}

// addFilter adds the flags that say what counts.
func (c *counting) addFilter(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&c.proto, "proto", "", "count `PROTO` only: tcp, udp, sctp …")
	fs.StringVar(&c.host, "host", "", "count packets from or to `ADDRESS` or network")
	fs.StringVar(&c.between, "between", "", "count packets between two times, `T1,T2`")
	complete(cmd, "proto", protoNames()...)
}

// addRows adds the flags that say which rows are shown.
func (c *counting) addRows(cmd *cobra.Command, by string) {
	fs := cmd.Flags()
	if c.orders == nil {
		c.orders = orders()
	}
	fs.StringVar(&c.by, "by", by, "`KEY`: "+strings.Join(c.orders, ", "))
	fs.IntVar(&c.top, "top", 0, "show the first `N` rows")
	complete(cmd, "by", c.orders...)
}

// addSide adds the flags that only the table per port has.
func (c *counting) addSide(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&c.side, "side", "server", "port of `SIDE`: server, client, src, dst, any")
	fs.BoolVar(&c.wide, "wide", false, "follow flows: add flows and hosts")
	fs.DurationVar(&c.every, "every", 0, "count per `SPAN` of time, as 1s or 5m")
	complete(cmd, "side", sides()...)
}

func protoNames() (names []string) {
	for _, p := range decode.Protos() {
		names = append(names, p.String())
	}
	return names
}

// orders, flowOrders and sides are in the order of their constants in flow.
func orders() []string     { return []string{"packets", "bytes", "flows", "port"} }
func flowOrders() []string { return append(orders(), "recent") }
func sides() []string      { return []string{"server", "client", "src", "dst", "any"} }

// order is the order of rows.
func (c *counting) order() flow.By { return flow.By(max(slices.Index(flowOrders(), c.by), 0)) }

// countBy is the port that a packet counts for.
func (c *counting) countBy() flow.CountBy {
	return flow.CountBy(max(slices.Index(sides(), c.side), 0))
}

// check finds mistakes in the flags.
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
	_, err := c.filter()
	if err != nil {
		return cli.Wrong(err)
	}
	return nil
}

// filter is the flags as a flow.Filter, nil if everything counts.
func (c *counting) filter() (*flow.Filter, error) {
	f := &flow.Filter{Start: flow.NoTime, End: flow.NoTime}
	if c.proto == "" && c.host == "" && c.between == "" {
		return nil, nil
	}
	if c.proto != "" {
		i := slices.Index(protoNames(), c.proto)
		if i < 0 {
			return nil, cli.OneOf("--proto", c.proto, protoNames())
		}
		f.Proto = decode.Protos()[i]
	}
	if c.host != "" {
		host, err := where.ParseNetwork(c.host)
		if err != nil {
			return nil, fmt.Errorf("--host %q: not an address or a network, such as 10.0.0.1 or "+
				"10.0.0.0/8", c.host)
		}
		f.Host = host
	}
	if c.between == "" {
		return f, nil
	}
	from, to, ok := strings.Cut(c.between, ",")
	var err1, err2 error
	f.Start, err1 = moment(from)
	f.End, err2 = moment(to)
	if err := cmp.Or(err1, err2); !ok || err != nil {
		return nil, fmt.Errorf("--between %q: use two times with a comma between them: %w",
			c.between, cmp.Or(err, errNoComma))
	}
	if f.Start != flow.NoTime && f.End != flow.NoTime && f.End <= f.Start {
		return nil, fmt.Errorf("--between %q: no time is from the first on and before the second",
			c.between)
	}
	return f, nil
}

var errNoComma = fmt.Errorf("there is no comma")

// moment reads a time, in nanoseconds since 1970; none is NoTime.
func moment(s string) (int64, error) {
	if s == "" {
		return flow.NoTime, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05",
		time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t.UnixNano(), nil
		}
	}
	sec, frac, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(sec, 10, 64)
	ns, fracErr := strconv.ParseUint((frac + "000000000")[:9], 10, 32)
	if err != nil || fracErr != nil || len(frac) > 9 || n < 0 || n > math.MaxInt64/1_000_000_000-1 {
		return 0, fmt.Errorf("%q is not a time", s)
	}
	return n*1_000_000_000 + int64(ns), nil
}
