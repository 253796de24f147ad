package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/records"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/store"
	"github.com/portsniff/portsniff/internal/term"
)

// A storeFlag names the store that a table is read from: a folder or a ClickHouse server.
type storeFlag struct {
	from   string
	server serverFlags
}

func (f *storeFlag) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.from, "from", "", "read the store in `DIR`, or at http(s)://HOST:PORT")
	f.server.add(cmd)
}

// isServer reports whether the store is on a server.
func (f *storeFlag) isServer() bool {
	return strings.HasPrefix(f.from, "http://") || strings.HasPrefix(f.from, "https://")
}

// refuse returns an error if a flag of a server is given and the store is a folder.
func (f *storeFlag) refuse(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(g *pflag.Flag) {
		if err == nil && !f.isServer() && slices.Contains(strings.Fields(serverNames), g.Name) {
			err = cli.Wrongf("--%s needs --from http://HOST:PORT", g.Name)
		}
	})
	return err
}

// withStore lists the flags that work with --from. All others need packets.
const withStore = "from between host proto by top every wide pairs open all memory format color " +
	"unicode width sandbox relinquish-privileges community-id help " + topNames + " " + serverNames

// topNames lists the flags of top.
const topNames = "view once plain interval alerts fail-on config"

// A fromStore reads a table from a store.
type fromStore struct {
	cmd   *cobra.Command
	in    *input
	c     *counting
	only  *flow.Filter
	store *store.Store
}

// open checks the flags, lists the store's files and closes the sandbox.
func (f *storeFlag) open(cmd *cobra.Command, in *input, c *counting,
	only *flow.Filter) (*fromStore, error) {
	s := &fromStore{cmd: cmd, in: in, c: c, only: only}
	if err := f.refuse(cmd); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, cli.Wrong(err)
	}
	if err := in.check(cmd); err != nil {
		return nil, err
	}
	in.limitHeap(cmd.Context())
	reading := *in
	if f.isServer() {
		client, err := f.server.client(cmd, f.from)
		if err != nil {
			return nil, err
		}
		s.store = store.OpenRemote(cmd.Context(), client, only, c.every > 0)
		reading.sandbox.connect = []uint16{client.Port()}
		return s, reading.confine(cmd, nil)
	}
	var err error
	if s.store, err = store.Open(f.from, only); err != nil {
		return nil, err
	}
	reading.files = []string{f.from}
	return s, reading.confine(cmd, nil)
}

// check returns an error for flags that do not work with a store.
func (s *fromStore) check() (err error) {
	s.cmd.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && !slices.Contains(strings.Fields(withStore), f.Name) {
			err = fmt.Errorf("--%s is about packets: it excludes --from", f.Name)
		}
	})
	const minute = int64(time.Minute)
	whole := func(nanos int64) bool { return nanos == flow.NoTime || nanos%minute == 0 }
	switch o := s.only; {
	case err != nil:
		return err
	case slices.Contains(records.Formats(), s.in.format):
		return fmt.Errorf("--format %s is about packets: it excludes --from", s.in.format)
	case s.cmd.Flags().NArg() > 0:
		return errors.New("a filter is about packets: it excludes --from")
	case o != nil && !(whole(o.Start) && whole(o.End)):
		return fmt.Errorf("--between %q: a store counts by the minute, so both must be whole "+
			"minutes", s.c.only.Between)
	case s.c.every%time.Minute != 0:
		return fmt.Errorf("--every %s: a store counts by the minute, so it must be whole minutes",
			s.c.every)
	case s.c.every > 0 && s.c.only.Host != "":
		return errors.New("--every and --host exclude each other with --from: a store has no " +
			"counts by minute and host")
	}
	return nil
}

// ports writes the table per port.
func (s *fromStore) ports() error {
	if s.c.wide {
		t := flow.NewTable(flow.Options{Memory: s.in.tableMemory(), Hosts: true})
		if err := s.store.LoadFlows(t); err != nil {
			return err
		}
		v := s.c.arrange(render.WidePorts(t, nil))
		v.Hosts = true
		return s.write(v)
	}
	v := &render.PortView{}
	if s.c.every > 0 {
		v.Buckets = flow.NewBuckets(int64(s.c.every), s.in.tableMemory())
	}
	t := flow.NewPortTable(flow.PortOptions{Buckets: v.Buckets})
	if err := s.store.LoadPorts(t); err != nil {
		return err
	}
	v.Ports, v.Totals = t.Ports(), t.Totals
	return s.write(s.c.arrange(v))
}

// flows writes the list of flows.
func (s *fromStore) flows(ids bool) error {
	t := flow.NewTable(flow.Options{Memory: s.in.tableMemory()})
	if err := s.store.LoadFlows(t); err != nil {
		return err
	}
	return s.write(&render.FlowView{Table: t, By: s.c.order(), Top: s.c.top, CommunityID: ids,
		Numbered: s.only == nil})
}

// write writes a table, after notices about missing data.
func (s *fromStore) write(t table) error {
	if n := s.store.Unknown; n > 0 {
		term.Notice(s.cmd.ErrOrStderr(), "%d parts of flows do not show which ports are open: an "+
			"earlier portsniff stored them; export the captures again", n)
	}
	s.missing()
	return s.in.print(s.cmd, t)
}

// missing prints notices about packets that the store does not have, and about flows that count as
// a whole.
func (s *fromStore) missing() {
	w := s.cmd.ErrOrStderr()
	if n := s.store.Partial; n > 0 {
		term.Notice(w, "captures that could not be read to their end: %d of %d", n, s.store.Inputs)
	}
	if n := s.store.Dropped; n > 0 {
		term.Notice(w, "packets that the kernel dropped while capturing: %d", n)
	}
	if n := s.store.Crossed; n > 0 {
		term.Notice(w, "%d flows cross a limit of --between and count as a whole", n)
	}
}
