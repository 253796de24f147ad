package render

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// ListenerSchema names the schema of a local socket's JSON object.
const ListenerSchema = "portsniff.listener/1"

// Reasons why the process of a socket is unknown.
const (
	whyNoHolder = "no-holder"     // no process can hold it: time-wait, not accepted yet
	whyDenied   = "not-permitted" // a process may hold it, but its open files may not be read
	// no process holds it: it was closed meanwhile, or it is the kernel's own
	whyGone = "gone"
)

// A ListenerView is a list of sockets of a snapshot and the options for its output.
type ListenerView struct {
	*sockets.Snapshot
	List []sockets.Socket
}

// A listenerRow is a socket with the services at its ends.
type listenerRow struct {
	*sockets.Socket
	service, peerService string
	why                  string // why its process is unknown
}

// Write writes the sockets, ordered by protocol, local port, address and peer. Text without sockets
// has no header.
func (v *ListenerView) Write(w io.Writer, f Format, style Style) error {
	t := &Table[listenerRow]{Schema: ListenerSchema, Columns: v.columns(),
		Rows: Rows(v.rows()), Fold: true}
	return t.Write(w, f, style)
}

func (v *ListenerView) rows() []listenerRow {
	list := slices.Clone(v.List)
	slices.SortFunc(list, func(a, b sockets.Socket) int {
		return cmp.Or(cmp.Compare(a.Proto, b.Proto), cmp.Compare(a.Local.Port(), b.Local.Port()),
			a.Local.Addr().Compare(b.Local.Addr()),
			a.Remote.Compare(b.Remote), cmp.Compare(a.Namespace, b.Namespace),
			cmp.Compare(a.Inode, b.Inode))
	})
	served := listening(v.Snapshot)
	rows := make([]listenerRow, len(list))
	for i := range list {
		k := &list[i]
		rows[i] = listenerRow{Socket: k, why: whyUnknown(v.Snapshot, k)}
		if k.State.Open() {
			rows[i].service = annotate.Registered(k.Proto, k.Local.Port()).Name
		} else {
			d := annotate.Decide(socketRoles(k, served))
			rows[i].service = d.Service(annotate.SideA)
			rows[i].peerService = d.Service(annotate.SideB)
		}
	}
	return rows
}

type served struct {
	namespace uint64
	proto     decode.Transport
	port      uint16
}

// listening returns the ports that accept connections.
func listening(s *sockets.Snapshot) map[served]bool {
	ports := map[served]bool{}
	for i := range s.Sockets {
		if k := &s.Sockets[i]; k.State == sockets.Listen {
			ports[served{k.Namespace, k.Proto, k.Local.Port()}] = true
		}
	}
	return ports
}

// socketRoles returns the roles at the ends of a connected socket. If this host listens at the
// local port, the peer opened the connection.
func socketRoles(k *sockets.Socket, ports map[served]bool) annotate.RoleFacts {
	f := annotate.RoleFacts{Proto: k.Proto, PortA: k.Local.Port(), PortB: k.Remote.Port()}
	if ports[served{k.Namespace, k.Proto, k.Local.Port()}] {
		f.SYNFrom = annotate.SideB
	}
	return f
}

func whyUnknown(s *sockets.Snapshot, k *sockets.Socket) string {
	switch l := s.Lack([]sockets.Socket{*k}); {
	case l.NoHolder > 0:
		return whyNoHolder
	case l.Denied > 0:
		return whyDenied
	case l.Kept > 0:
		return whyGone
	}
	return ""
}

// columns describe a socket in all formats. Text shows peers and other network namespaces only if
// there are any. If text is too wide, states are left out; the most useful columns are clipped
// last.
func (v *ListenerView) columns() []Column[listenerRow] {
	type row = listenerRow
	connected := func(k sockets.Socket) bool { return !k.State.Open() }
	elsewhere := func(k sockets.Socket) bool { return k.Namespace != 0 }
	text := func(head string, clip int, value func(c *Cell, r *row)) Column[row] {
		return Column[row]{Head: head, In: InText, Clip: clip, Value: value}
	}
	list := []Column[row]{
		text("port/proto", 0, func(c *Cell, r *row) {
			c.Words(port(r.Local.Port()) + "/" + r.Proto.String())
		}),
		text("service", 1, func(c *Cell, r *row) { c.Words(cmp.Or(r.service, "-")) }),
		text("range", 0, func(c *Cell, r *row) {
			c.Words(annotate.RangeOf(r.Local.Port()).Short())
		}),
	}
	if slices.ContainsFunc(v.List, elsewhere) {
		list = append(list, text("netns", 0, listenerSpace))
	}
	list = append(list, text("address", 5, listenerAddress))
	if slices.ContainsFunc(v.List, connected) {
		list = append(list, text("peer", 4, listenerPeer))
	}
	return slices.Concat(list, []Column[row]{
		{Head: "state", In: InText, Drop: 1, Value: func(c *Cell, r *row) {
			c.Words(string(r.State))
		}},
		text("process", 3, listenerProcess),
		{Head: "pid", In: InText, Right: true, Value: func(c *Cell, r *row) {
			if len(r.Processes) == 0 {
				c.Words("-")
				return
			}
			c.ID(int64(r.Processes[0].PID))
		}},
		text("user", 2, func(c *Cell, r *row) {
			if len(r.Processes) > 0 {
				c.Words(r.Processes[0].User)
				return
			}
			c.Words(cmp.Or(r.User, "-"))
		}),
	}, listenerData(), processData())
}

func listenerSpace(c *Cell, r *listenerRow) {
	if r.Namespace == 0 {
		c.Words("-")
		return
	}
	c.ID(int64(r.Namespace))
}

// listenerAddress writes the local address with the interface that a socket is bound to.
func listenerAddress(c *Cell, r *listenerRow) {
	c.Addr(r.Local.Addr())
	if r.Device != "" {
		c.Words("%" + r.Device)
	}
	if r.DualStack {
		c.Words(" and IPv4")
	}
}

func listenerPeer(c *Cell, r *listenerRow) {
	if r.State.Open() {
		c.Words("-")
		return
	}
	c.Words(HostPort(r.Remote.Addr(), r.Remote.Port()))
	if r.peerService != "" {
		c.Words("/" + r.peerService)
	}
}

func listenerProcess(c *Cell, r *listenerRow) {
	switch {
	case len(r.Processes) > 0:
		c.Words(r.Processes[0].Name)
		if more := len(r.Processes) - 1; more > 0 {
			c.Words(" +" + strconv.Itoa(more))
		}
	case r.why == whyDenied:
		c.Words("?")
	default:
		c.Words("-")
	}
}

// listenerData are the columns for JSON and CSV, except those of processes.
func listenerData() []Column[listenerRow] {
	type row = listenerRow
	dual := dataOnly("dual_stack", func(c *Cell, r *row) { c.Bool(r.DualStack) })
	peer := func(key string, value func(c *Cell, r *row)) Column[row] {
		return dataOnly(key, func(c *Cell, r *row) {
			if !r.State.Open() {
				value(c, r)
			} else {
				c.Words("")
			}
		})
	}
	return []Column[row]{
		words("proto", func(r *row) string { return r.Proto.String() }).with(InData),
		dataOnly("address", func(c *Cell, r *row) { c.Words(r.Local.Addr().String()) }),
		dual.with(InJSON),
		dataOnly("port", func(c *Cell, r *row) { c.Port(r.Local.Port()) }),
		dataOnly("range", func(c *Cell, r *row) {
			c.Words(annotate.RangeOf(r.Local.Port()).String())
		}),
		dataOnly("service", func(c *Cell, r *row) { c.Words(r.service) }),
		dataOnly("state", func(c *Cell, r *row) { c.Words(string(r.State)) }),
		peer("peer", func(c *Cell, r *row) { c.Words(r.Remote.Addr().String()) }),
		dataOnly("peer_port", func(c *Cell, r *row) {
			if r.State.Open() {
				c.Port(0)
				return
			}
			c.Port(r.Remote.Port())
		}),
		peer("peer_range", func(c *Cell, r *row) {
			c.Words(annotate.RangeOf(r.Remote.Port()).String())
		}),
		dataOnly("peer_service", func(c *Cell, r *row) { c.Words(r.peerService) }),
		dataOnly("interface", func(c *Cell, r *row) { c.Words(r.Device) }),
		dataOnly("namespace", func(c *Cell, r *row) { c.Number(r.Namespace) }),
		dataOnly("uid", func(c *Cell, r *row) {
			if r.Inode == 0 { // the kernel reports UID 0 then, for any user
				c.None()
				return
			}
			c.Number(uint64(r.UID))
		}),
		dataOnly("user", func(c *Cell, r *row) { c.Words(r.User) }),
	}
}

// processData are the columns of the processes that hold a socket. JSON has all of them. CSV has
// the one with the lowest PID and the number of the others.
func processData() []Column[listenerRow] {
	type row = listenerRow
	first := func(key string, value func(c *Cell, p *sockets.Process)) Column[row] {
		return Column[row]{Key: key, In: InCSV, Value: func(c *Cell, r *row) {
			if len(r.Processes) > 0 {
				value(c, &r.Processes[0])
			}
		}}
	}
	return []Column[row]{
		{Key: "processes", In: InJSON, Value: func(c *Cell, r *row) {
			c.raw("[")
			for i := range r.Processes {
				if i > 0 {
					c.raw(",")
				}
				socketProcess(c, &r.Processes[i])
			}
			c.raw("]")
		}},
		first("pid", func(c *Cell, p *sockets.Process) { c.ID(int64(p.PID)) }),
		first("name", func(c *Cell, p *sockets.Process) { c.Words(p.Name) }),
		first("exe", func(c *Cell, p *sockets.Process) { c.Words(p.Exe) }),
		{Key: "more", In: InCSV, Value: func(c *Cell, r *row) {
			if len(r.Processes) > 0 {
				c.ID(int64(len(r.Processes) - 1))
			}
		}},
		dataOnly("process_unknown", func(c *Cell, r *row) { c.Words(r.why) }),
		{Key: "dual_stack", In: InCSV, Value: func(c *Cell, r *row) { c.Bool(r.DualStack) }},
	}
}

// socketProcess writes a process that holds a socket as a JSON object.
func socketProcess(c *Cell, p *sockets.Process) {
	c.raw(`{"pid":`)
	c.ID(int64(p.PID))
	c.raw(`,"name":`)
	c.Words(p.Name)
	c.raw(`,"exe":`)
	c.Words(p.Exe)
	c.raw(`,"uid":`)
	c.Number(uint64(p.UID))
	c.raw(`,"user":`)
	c.Words(p.User)
	c.raw("}")
}

// ExplainLack writes which sockets have no process in the list, and why.
func ExplainLack(w io.Writer, s *sockets.Snapshot, list []sockets.Socket) {
	l := s.Lack(list)
	say := func(n int, format string, args ...any) {
		if n > 0 {
			term.Notice(w, "%d of %d sockets %s", n, len(list), fmt.Sprintf(format, args...))
		}
	}
	say(l.Denied,
		"without a known process: no permission to read the open files of %s; run it as root, "+
			"or with cap_sys_ptrace and cap_dac_read_search",
		textutil.Plural(uint64(s.Unread), "process"))
	say(l.Kept, "without a process: they closed a moment ago, or belong to the kernel")
	say(l.NoHolder, "without a process: connections in time-wait, or not accepted yet")
	if s.Refused > 0 {
		term.Notice(w, "the sockets of %d other network namespaces could not be read", s.Refused)
	}
	if len(list) == 0 {
		term.Notice(w, "there are no such sockets")
	}
}
