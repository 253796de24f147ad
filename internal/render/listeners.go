package render

import (
	"cmp"
	"io"
	"net/netip"
	"slices"
	"strconv"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/internal/textutil"
)

// ListenerSchema names the form of a local socket's JSON object.
const ListenerSchema = "portsniff.listener/1"

// Why the process of a socket is not known.
const (
	whyNoHolder = "no-holder"     // no process can hold it: time-wait, not accepted yet
	whyDenied   = "not-permitted" // a process may hold it whose open files may not be read
	// every process was read and none holds it: closed meanwhile, or the kernel's own
	whyGone = "gone"
)

type jsonListener struct {
	Schema      string        `json:"schema"`
	Proto       string        `json:"proto"`
	Address     string        `json:"address"`
	DualStack   bool          `json:"dual_stack"`
	Port        uint16        `json:"port"`
	Range       string        `json:"range"`
	Service     string        `json:"service"`
	State       string        `json:"state"`
	Peer        string        `json:"peer"`
	PeerPort    uint16        `json:"peer_port"`
	PeerRange   string        `json:"peer_range"`
	PeerService string        `json:"peer_service"`
	Interface   string        `json:"interface"`
	Namespace   uint64        `json:"namespace"`
	UID         *uint32       `json:"uid"`
	User        string        `json:"user"`
	Processes   []jsonProcess `json:"processes"`
	Why         string        `json:"process_unknown"`
}

type jsonProcess struct {
	PID  int    `json:"pid"`
	Name string `json:"name"`
	Exe  string `json:"exe"`
	UID  uint32 `json:"uid"`
	User string `json:"user"`
}

// listenerRows are the sockets as data, by protocol, local port, address and peer.
func listenerRows(s *sockets.Snapshot, list []sockets.Socket) []jsonListener {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b sockets.Socket) int {
		return cmp.Or(cmp.Compare(a.Proto, b.Proto), cmp.Compare(a.Local.Port(), b.Local.Port()),
			a.Local.Addr().Compare(b.Local.Addr()),
			a.Remote.Compare(b.Remote), cmp.Compare(a.Namespace, b.Namespace),
			cmp.Compare(a.Inode, b.Inode))
	})
	served := listening(s)
	rows := make([]jsonListener, len(list))
	for i := range list {
		k := &list[i]
		r := jsonListener{Schema: ListenerSchema, Proto: k.Proto.String(),
			Address: k.Local.Addr().String(), Port: k.Local.Port(), DualStack: k.DualStack,
			Range: annotate.RangeOf(k.Local.Port()).String(), State: string(k.State),
			Interface: k.Device, Namespace: k.Namespace,
			User: k.User, Processes: []jsonProcess{}, Why: whyUnknown(s, k)}
		if k.Inode != 0 { // else the kernel says 0, whoever it was
			r.UID = &k.UID
		}
		if k.State.Open() {
			r.Service = annotate.ServiceName(k.Proto, k.Local.Port())
		} else {
			r.Peer, r.PeerPort, r.PeerRange = k.Remote.Addr().String(), k.Remote.Port(),
				annotate.RangeOf(k.Remote.Port()).String()
			r.Service, r.PeerService = annotate.Labels(socketRoles(k, served))
		}
		for _, p := range k.Processes {
			r.Processes = append(r.Processes, jsonProcess{p.PID, p.Name, p.Exe, p.UID, p.User})
		}
		rows[i] = r
	}
	return rows
}

type served struct {
	namespace uint64
	proto     decode.Proto
	port      uint16
}

// listening are the ports that connections are taken at.
func listening(s *sockets.Snapshot) map[served]bool {
	ports := map[served]bool{}
	for i := range s.Sockets {
		if k := &s.Sockets[i]; k.State == sockets.Listen {
			ports[served{k.Namespace, k.Proto, k.Local.Port()}] = true
		}
	}
	return ports
}

// socketRoles says in annotate's words what a connected socket shows: where this host listens at
// its local port, the peer has opened the connection.
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

// ListenersJSON writes sockets of the snapshot as JSON, an object each.
func ListenersJSON(w io.Writer, s *sockets.Snapshot, list []sockets.Socket) error {
	return JSONLines(w, listenerRows(s, list))
}

// ListenersCSV writes sockets of the snapshot as CSV under a header line. Of several processes it
// has the one with the lowest PID, and how many more there are.
func ListenersCSV(w io.Writer, s *sockets.Snapshot, list []sockets.Socket) error {
	rows := [][]string{{"proto", "address", "port", "range", "service", "state", "peer",
		"peer_port", "peer_range", "peer_service", "interface", "namespace",
		"uid", "user", "pid", "name", "exe", "more", "process_unknown", "dual_stack"}}
	for _, r := range listenerRows(s, list) {
		uid, pid, name, exe, more := "", "", "", "", ""
		if r.UID != nil {
			uid = number(uint64(*r.UID))
		}
		if len(r.Processes) > 0 {
			p := r.Processes[0]
			pid, name, exe, more = strconv.Itoa(p.PID), p.Name, p.Exe,
				strconv.Itoa(len(r.Processes)-1)
		}
		rows = append(rows, []string{r.Proto, r.Address, port(r.Port), r.Range, r.Service, r.State,
			r.Peer, port(r.PeerPort), r.PeerRange, r.PeerService,
			r.Interface, number(r.Namespace), uid, r.User, pid, name, exe, more, r.Why,
			strconv.FormatBool(r.DualStack)})
	}
	return CSV(w, rows)
}

// Columns of the table of sockets.
const (
	sockPort = iota
	sockService
	sockRange
	sockSpace
	sockAddress
	sockPeer
	sockState
	sockProcess
	sockPID
	sockUser
)

// Listeners writes sockets of the snapshot as a table. Peers and other network namespaces have a
// column where there are any; the states give way where the width is short.
func Listeners(w io.Writer, s *sockets.Snapshot, sockets []sockets.Socket, style Style) error {
	header := []string{"port/proto", "service", "range", "netns", "address", "peer", "state",
		"process", "pid", "user"}
	var rows [][]string
	peers, spaces := false, false
	for _, r := range listenerRows(s, sockets) {
		peers, spaces = peers || r.Peer != "", spaces || r.Namespace != 0
		rows = append(rows, listenerCells(&r))
	}
	if len(rows) == 0 {
		return nil
	}
	if !peers {
		header = without(header, rows, sockPeer)
	}
	if !spaces {
		header = without(header, rows, sockSpace)
	}
	if style.Width > 0 && tableWidth(rows, header) > style.Width {
		header = without(header, rows, slices.Index(header, "state"))
	}
	// the last are what is most wanted whole
	for _, column := range []string{"service", "user", "process", "peer", "address"} {
		if i := slices.Index(header, column); i >= 0 {
			fit(rows, header, i, style)
		}
	}
	return writeTable(w, style, header, rows, slices.Index(header, "pid"))
}

// without takes a column out of rows and header.
func without(header []string, rows [][]string, column int) []string {
	for i := range rows {
		rows[i] = slices.Delete(rows[i], column, column+1)
	}
	return slices.Delete(header, column, column+1)
}

func listenerCells(r *jsonListener) []string {
	cells := make([]string, sockUser+1)
	cells[sockPort] = port(r.Port) + "/" + r.Proto
	cells[sockService] = cmp.Or(r.Service, "-")
	cells[sockRange] = annotate.RangeOf(r.Port).Short()
	cells[sockSpace] = "-"
	if r.Namespace != 0 {
		cells[sockSpace] = number(r.Namespace)
	}
	cells[sockAddress] = hostAt(r.Address, r.Interface)
	if r.DualStack {
		cells[sockAddress] += " and IPv4"
	}
	cells[sockPeer] = "-"
	if r.Peer != "" {
		peer, _ := netip.ParseAddr(r.Peer) // String made it
		cells[sockPeer] = hostPort(peer) + port(r.PeerPort)
		if r.PeerService != "" {
			cells[sockPeer] += "/" + r.PeerService
		}
	}
	cells[sockState], cells[sockUser], cells[sockPID] = r.State,
		cmp.Or(textutil.Escape(r.User), "-"), "-"
	switch {
	case len(r.Processes) > 0:
		p := r.Processes[0]
		cells[sockProcess], cells[sockPID], cells[sockUser] = textutil.Escape(p.Name),
			strconv.Itoa(p.PID), textutil.Escape(p.User)
		if more := len(r.Processes) - 1; more > 0 {
			cells[sockProcess] += " +" + strconv.Itoa(more)
		}
	case r.Why == whyDenied:
		cells[sockProcess] = "?"
	default:
		cells[sockProcess] = "-"
	}
	return cells
}

// hostAt is an address with the interface that a socket is bound to.
func hostAt(address, device string) string {
	if device == "" {
		return address
	}
	return address + "%" + textutil.Escape(device)
}
