package sockets

import (
	"bufio"
	"encoding/hex"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"github.com/portsniff/portsniff/decode"
)

// tcpStates names the kernel's states (include/net/tcp_states.h) in ss's words. UDP uses the
// numbers of two of them.
var tcpStates = [...]State{1: Established, 2: "syn-sent", 3: "syn-recv", 4: "fin-wait-1",
	5: "fin-wait-2", 6: "time-wait", 7: Unconnected,
	8: "close-wait", 9: "last-ack", 10: Listen, 11: "closing", 12: "syn-recv"}

// sctpStates names the states of an SCTP association (enum sctp_state). A listening endpoint has
// TCP's number 10.
var sctpStates = [...]State{0: "closed", 1: "cookie-wait", 2: "cookie-echoed", 3: Established,
	4: "shutdown-pending", 5: "shutdown-sent",
	6: "shutdown-received", 7: "shutdown-ack-sent", 10: Listen}

// stateOf names a state's number, "" for one that is no state of a socket with ports.
func stateOf(proto decode.Transport, n uint8) State {
	states := tcpStates[:]
	if proto == decode.ProtoSCTP {
		states = sctpStates[:]
	}
	if int(n) < len(states) {
		return states[n]
	}
	return ""
}

// procFile is one of the lists of sockets in /proc/PID/net, readable by all who may see the
// process.
type procFile struct {
	name  string
	proto decode.Transport
}

var procFiles = [...]procFile{{"tcp", decode.ProtoTCP}, {"tcp6", decode.ProtoTCP},
	{"udp", decode.ProtoUDP}, {"udp6", decode.ProtoUDP},
	{"udplite", decode.ProtoUDPLite}, {"udplite6", decode.ProtoUDPLite}}

// The columns of such a list, counted from 0: "sl local rem st tx:rx tr:when retrnsmt uid timeout
// inode".
const (
	colLocal, colRemote, colState, colUID, colInode = 1, 2, 3, 7, 9
)

// readProcNet reads a list of sockets. The kernel writes addresses as words of 32 bits in the
// machine's byte order; little says which that is.
func readProcNet(r io.Reader, proto decode.Transport, little bool) (found []Socket, err error) {
	lines := bufio.NewScanner(r)
	for n := 0; lines.Scan(); n++ {
		cells := strings.Fields(lines.Text())
		if n == 0 || len(cells) <= colInode { // the heading
			continue
		}
		k := Socket{Proto: proto}
		var ok [5]bool
		k.Local, ok[0] = parseHexEnd(cells[colLocal], little)
		k.Remote, ok[1] = parseHexEnd(cells[colRemote], little)
		state, e := strconv.ParseUint(cells[colState], 16, 8)
		ok[2] = e == nil
		uid, e := strconv.ParseUint(cells[colUID], 10, 32)
		ok[3] = e == nil
		k.Inode, e = strconv.ParseUint(cells[colInode], 10, 64)
		ok[4] = e == nil
		if ok != [5]bool{true, true, true, true, true} {
			continue
		}
		k.UID, k.State = uint32(uid), stateOf(proto, uint8(state))
		if usable(&k) {
			found = append(found, k)
		}
	}
	return found, lines.Err()
}

// usable leaves out what is no socket at a port: closed, or in a state that this program does not
// know. A TCP socket that is bound, but neither listens nor connects, takes no packets.
func usable(k *Socket) bool {
	return k.State != "" && k.Local.Port() != 0 &&
		(k.State != Unconnected || k.Proto == decode.ProtoUDP || k.Proto == decode.ProtoUDPLite)
}

// parseHexEnd reads an address and a port: "0100007F:1F90", or 32 digits before the colon for IPv6.
func parseHexEnd(text string, little bool) (netip.AddrPort, bool) {
	host, port, ok := strings.Cut(text, ":")
	raw, err := hex.DecodeString(host)
	n, portErr := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil || portErr != nil || len(raw) != 4 && len(raw) != 16 {
		return netip.AddrPort{}, false
	}
	if little {
		for i := 0; i < len(raw); i += 4 {
			raw[i], raw[i+1], raw[i+2], raw[i+3] = raw[i+3], raw[i+2], raw[i+1], raw[i]
		}
	}
	addr, _ := netip.AddrFromSlice(raw) // it has 4 or 16 bytes
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)), true
}

// readTrie finds a namespace's own IPv4 addresses in /proc/PID/net/fib_trie: a line with the
// address, and below it "/32 host LOCAL".
func readTrie(r io.Reader, addrs map[netip.Addr]bool) error {
	var last netip.Addr
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if leaf, ok := strings.CutPrefix(text, "|-- "); ok {
			last, _ = netip.ParseAddr(leaf) // not valid where it is none
		} else if strings.HasPrefix(text, "/32 host LOCAL") && last.IsValid() {
			addrs[last] = true
		}
	}
	return lines.Err()
}

// readIfInet6 finds a namespace's own IPv6 addresses in /proc/PID/net/if_inet6, which begins each
// line with the 32 digits of one.
func readIfInet6(r io.Reader, addrs map[netip.Addr]bool) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		digits, _, _ := strings.Cut(lines.Text(), " ")
		if raw, err := hex.DecodeString(digits); err == nil && len(raw) == 16 {
			addrs[netip.AddrFrom16([16]byte(raw))] = true
		}
	}
	return lines.Err()
}
