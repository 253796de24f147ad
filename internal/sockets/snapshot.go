package sockets

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/portsniff/portsniff/decode"
)

// A Snapshot contains all sockets at one time.
type Snapshot struct {
	Sockets []Socket // in no order
	Unread  int      // number of processes whose open files may not be read
	Refused int      // number of network namespaces whose sockets could not be read

	spaces []space
	flows  map[Flow][]int32    // sockets of a connection, possibly in several namespaces
	open   map[openKey][]int32 // sockets that receive packets from any peer at a port
}

// A space is a network namespace.
type space struct {
	id    uint64 // as in Socket.Namespace
	addrs map[netip.Addr]bool
}

type openKey struct {
	proto decode.Transport
	port  uint16
}

// index builds the indexes for look-ups.
func (s *Snapshot) index() {
	s.flows, s.open = make(map[Flow][]int32, len(s.Sockets)), map[openKey][]int32{}
	for i := range s.Sockets {
		k := &s.Sockets[i]
		if k.State.Open() {
			key := openKey{k.Proto, k.Local.Port()}
			s.open[key] = append(s.open[key], int32(i))
			continue
		}
		key := Flow{k.Proto, k.Local, k.Remote}
		s.flows[key] = append(s.flows[key], int32(i))
	}
}

// Owner returns the process at the local end of a flow.
//
// Several namespaces can have the same address, and a packet does not show its namespace. This
// process's namespace has precedence. If several others have the address, the result has no
// process.
func (s *Snapshot) Owner(f Flow) Owner {
	for _, c := range []struct {
		found []int32
		sure  Confidence
	}{{s.flows[f], Exact}, {s.listeners(f), Listener}} {
		found, ok := s.one(c.found)
		if !ok {
			return Owner{}
		}
		if o, ok := s.holders(found, c.sure); ok {
			return o
		}
		if s.held(found) {
			return s.unread(found)
		}
	}
	if f.Local.Addr().IsMulticast() || !s.local(f.Local.Addr()) {
		return Owner{}
	}
	return Owner{Confidence: Gone}
}

// one returns the sockets in this process's own namespace, or else in the only other namespace. It
// returns false if they are in several namespaces.
func (s *Snapshot) one(found []int32) ([]int32, bool) {
	var own []int32
	for _, i := range found {
		if s.Sockets[i].Namespace == 0 {
			own = append(own, i)
		}
	}
	if len(own) > 0 {
		return own, true
	}
	for _, i := range found {
		if s.Sockets[i].Namespace != s.Sockets[found[0]].Namespace {
			return nil, false
		}
	}
	return found, true
}

// holders returns the processes that hold the sockets. It returns false if one of the sockets has
// no known process, because that process might be the owner.
func (s *Snapshot) holders(found []int32, sure Confidence) (Owner, bool) {
	if len(found) == 0 {
		return Owner{}, false
	}
	var all []Process
	for _, i := range found {
		k := &s.Sockets[i]
		if len(k.Processes) == 0 {
			return Owner{}, false
		}
		all = append(all, k.Processes...)
	}
	slices.SortFunc(all, func(a, b Process) int { return cmp.Compare(a.PID, b.PID) })
	all = slices.CompactFunc(all, func(a, b Process) bool { return a.PID == b.PID })
	return Owner{Process: all[0], More: len(all) - 1, Confidence: sure}, true
}

// held reports whether a process holds one of the sockets, or did when the sockets were listed.
func (s *Snapshot) held(found []int32) bool {
	return slices.ContainsFunc(found, func(i int32) bool { return s.Sockets[i].Inode != 0 })
}

// unread returns the owner of sockets without a known process. They are Gone if every process was
// read, else Unknown. The kernel still lists their user.
func (s *Snapshot) unread(found []int32) Owner {
	if s.Unread == 0 {
		return Owner{Confidence: Gone}
	}
	k := &s.Sockets[found[0]]
	for _, i := range found {
		if s.Sockets[i].UID != k.UID {
			return Owner{}
		}
	}
	return Owner{Process: Process{UID: k.UID, User: k.User}}
}

// listeners returns the listening sockets of the flow's local end: those bound to the address, else
// those bound to any address.
func (s *Snapshot) listeners(f Flow) []int32 {
	var bound, wild []int32
	addr := f.Local.Addr()
	for _, i := range s.open[openKey{f.Proto, f.Local.Port()}] {
		k := &s.Sockets[i]
		switch at := k.Local.Addr(); {
		case at == addr:
			bound = append(bound, i)
		case !at.IsUnspecified() || at.Is4() && !addr.Is4() || at.Is6() && addr.Is4() && k.V6Only:
		case addr.IsMulticast() || s.has(k.Namespace, addr):
			wild = append(wild, i)
		}
	}
	if len(bound) > 0 {
		return bound
	}
	return wild
}

func (s *Snapshot) has(namespace uint64, addr netip.Addr) bool {
	for _, sp := range s.spaces {
		if sp.id == namespace {
			return sp.local(addr)
		}
	}
	return false
}

// local reports whether an address belongs to one of the namespaces. All of them have the loopback
// addresses, so these count only in this process's own.
func (s *Snapshot) local(addr netip.Addr) bool {
	for _, sp := range s.spaces {
		if sp.local(addr) {
			return true
		}
	}
	return false
}

func (sp *space) local(addr netip.Addr) bool {
	if addr.IsLoopback() {
		return sp.id == 0
	}
	return sp.addrs[addr]
}

// A Lack counts the sockets without a known process, by reason.
type Lack struct {
	// no process can hold them: connections in time-wait, not accepted yet, or being closed by the
	// kernel
	NoHolder int
	// every process was read, and none holds them: they are the kernel's own, or closed meanwhile
	Kept   int
	Denied int // a process may hold them whose open files may not be read
}

// Lack counts the given sockets without a known process.
func (s *Snapshot) Lack(sockets []Socket) (l Lack) {
	for i := range sockets {
		switch k := &sockets[i]; {
		case len(k.Processes) > 0:
		case k.Inode == 0:
			l.NoHolder++
		case s.Unread > 0:
			l.Denied++
		default:
			l.Kept++
		}
	}
	return l
}
