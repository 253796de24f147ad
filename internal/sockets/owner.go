// Package sockets finds the process that owns a local socket.
//
// The kernel's list of sockets (sock_diag(7), or /proc/PID/net if that is refused) contains the
// inode number of each socket, but no processes. /proc/PID/fd lists the open files of a process
// with their inode numbers. A socket can close between the two reads: its Confidence is then Gone.
// Only Linux is supported; on other systems every function returns ErrNotSupported.
package sockets

import (
	"errors"
	"net/netip"

	"github.com/portsniff/portsniff/decode"
)

// ErrNotSupported is the error of every function on systems other than Linux.
var ErrNotSupported = errors.New("process names are available only on Linux")

// Confidence is the certainty of an Owner.
type Confidence string

// Values of Confidence.
const (
	Exact Confidence = "exact" // the process holds the socket with both ends of the flow
	// the process listens at the flow's local port; the flow has no socket of its own (yet)
	Listener Confidence = "listener"
	// the end is local, and its socket closed before it was read
	Gone Confidence = "gone"
	// the end is not local, was not looked up yet, or cannot be read
	Unknown Confidence = ""
)

// A Process is a process at the time when its sockets were read.
type Process struct {
	PID  int    // in the namespace of the /proc that was read
	Name string // from the kernel: at most 15 bytes, chosen by the process
	Exe  string // path of the executable, "" if it may not be read
	UID  uint32 // effective
	User string // UID's name, or the number if it has no name
}

// An Owner is the process at the local end of a flow.
//
// If Confidence is Unknown or Gone there is no PID and no name. The user can still be known: the
// kernel lists the user of a socket.
type Owner struct {
	Process
	// further processes that hold the same socket or listen at the same port; Process is the one
	// with the lowest PID
	More       int
	Confidence Confidence
}

// Known reports whether the process is known.
func (o Owner) Known() bool { return o.Confidence == Exact || o.Confidence == Listener }

// A Flow is the two ends of a conversation. Addresses have no zone, and IPv4 addresses are not
// mapped to IPv6.
type Flow struct {
	Proto         decode.Transport
	Local, Remote netip.AddrPort
}

// State is the state of a socket, in the terms of ss.
type State string

// The states of a socket. Protocols without connections use only Unconnected and Established.
const (
	Listen      State = "listen"
	Unconnected State = "unconnected"
	Established State = "established"
)

// Open reports whether a socket in that state accepts packets from any address.
func (s State) Open() bool { return s == Listen || s == Unconnected }

// A Socket is a local socket and its processes.
type Socket struct {
	Proto decode.Transport
	// the unspecified address means any; Remote has port 0 if the socket is not connected
	Local, Remote netip.AddrPort
	State         State
	Device        string // the interface that the socket is bound to, or ""
	UID           uint32 // user who created it; only if Inode is not 0
	User          string
	// 0 if no process can hold it: a connection in time-wait, or not accepted yet
	Inode     uint64
	Namespace uint64    // inode of the network namespace, 0 for this process's own
	V6Only    bool      // an IPv6 socket that does not accept IPv4
	DualStack bool      // an IPv6 socket at :: that also accepts IPv4; false if that is unknown
	Processes []Process // by PID; empty if none was found
}
