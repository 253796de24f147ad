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

// tcpStates maps the kernel's states (include/net/tcp_states.h) to the terms of ss. UDP uses two of
// the numbers.
var tcpStates = [...]State{1: Established, 2: "syn-sent", 3: "syn-recv", 4: "fin-wait-1",
	5: "fin-wait-2", 6: "time-wait", 7: Unconnected,
	8: "close-wait", 9: "last-ack", 10: Listen, 11: "closing", 12: "syn-recv"}

// sctpStates maps the states of an SCTP association (enum sctp_state) to names. A listening
// endpoint has TCP's number 10.
var sctpStates = [...]State{0: "closed", 1: "cookie-wait", 2: "cookie-echoed", 3: Established,
	4: "shutdown-pending", 5: "shutdown-sent",
	6: "shutdown-received", 7: "shutdown-ack-sent", 10: Listen}

// stateOf returns the name of a state's number, or "" if sockets with ports do not have this state.
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

// A procFile is one of the lists of sockets in /proc/PID/net. Every user who may see the process
// can read it.
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

// readProcNet reads a list of sockets. The kernel writes addresses as 32-bit words in the machine's
// byte order; little means little-endian.
func readProcNet(r io.Reader, proto decode.Transport, little bool) (found []Socket, err error) {
	lines := bufio.NewScanner(r)
	for n := 0; lines.Scan(); n++ {
		cells := strings.Fields(lines.Text())
		if n == 0 || len(cells) <= colInode { // the header line
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

// usable excludes sockets without a port, closed ones, and those in unknown states. It also
// excludes a TCP socket that is bound but neither listens nor connects: it receives no packets.
func usable(k *Socket) bool {
	return k.State != "" && k.Local.Port() != 0 &&
		(k.State != Unconnected || k.Proto == decode.ProtoUDP || k.Proto == decode.ProtoUDPLite)
}

// parseHexEnd parses an address and a port: "0100007F:1F90", or 32 digits before the colon for
// IPv6.
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

// readTrie reads a namespace's own IPv4 addresses from /proc/PID/net/fib_trie. The line "/32 host
// LOCAL" follows the line with the address.
func readTrie(r io.Reader, addrs map[netip.Addr]bool) error {
	var last netip.Addr
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if leaf, ok := strings.CutPrefix(text, "|-- "); ok {
			last, _ = netip.ParseAddr(leaf) // invalid if there is no address
		} else if strings.HasPrefix(text, "/32 host LOCAL") && last.IsValid() {
			addrs[last] = true
		}
	}
	return lines.Err()
}

// readIfInet6 reads a namespace's own IPv6 addresses from /proc/PID/net/if_inet6. Each line begins
// with the 32 digits of one.
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
