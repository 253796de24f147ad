package sockets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/decode"
)

// Numbers of sock_diag(7), include/uapi/linux/sock_diag.h and inet_diag.h.
const (
	sockDiagByFamily = 20        // message type: SOCK_DIAG_BY_FAMILY
	attrV6Only       = 11        // INET_DIAG_SKV6ONLY
	allStates        = 1<<12 - 2 // TCP's states 1 to 11: without sockets that are only bound
)

// A request, struct inet_diag_req_v2: family, protocol, wanted attributes, padding, states, and a
// socket's name, empty for all.
const requestSize = 56

// Byte offsets in a reply, struct inet_diag_msg: family, state, timer and retransmissions, the
// socket's name (ports in network byte order, two addresses of 16 bytes, interface, cookie),
// expiry, both queues, user, inode.
const (
	atFamily, atState      = 0, 1
	atSrcPort, atDstPort   = 4, 6
	atSrc, atDst, atDevice = 8, 24, 40
	atUID, atInode         = 64, 68
	answerSize             = 72
)

// ipProtos maps the protocols to their numbers in the IP header.
var ipProtos = [...]struct {
	proto  decode.Transport
	number uint8
}{{decode.ProtoTCP, unix.IPPROTO_TCP}, {decode.ProtoUDP, unix.IPPROTO_UDP},
	{decode.ProtoUDPLite, unix.IPPROTO_UDPLITE},
	{decode.ProtoSCTP, unix.IPPROTO_SCTP}, {decode.ProtoDCCP, unix.IPPROTO_DCCP}}

// dumpDiag requests all sockets with ports in this process's network namespace. name returns the
// name of an interface number.
func dumpDiag(name func(int) string) (found []Socket, err error) {
	c, err := netlink.Dial(unix.NETLINK_SOCK_DIAG, nil)
	if err != nil {
		return nil, fmt.Errorf("opening a sock_diag socket: %w", err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	for _, p := range ipProtos {
		for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
			some, err := dumpOne(c, p.proto, p.number, family, name)
			// The kernel does not have this protocol, or does not support it in sock_diag.
			if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EINVAL) &&
				p.proto != decode.ProtoTCP && p.proto != decode.ProtoUDP {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("listing %v sockets: %w", p.proto, err)
			}
			found = append(found, some...)
		}
	}
	return found, nil
}

// dumpTries is the number of attempts for a dump that the kernel reports as inconsistent because
// the list changed meanwhile. The last dump is used; missing sockets count as gone.
const dumpTries = 3

func dumpOne(c *netlink.Conn, proto decode.Transport, number, family uint8,
	name func(int) string) (found []Socket, err error) {
	request := make([]byte, requestSize)
	request[0], request[1] = family, number
	binary.NativeEndian.PutUint32(request[4:], allStates)
	for range dumpTries {
		answers, err := c.Execute(netlink.Message{Header: netlink.Header{Type: sockDiagByFamily,
			Flags: netlink.Request | netlink.Dump}, Data: request})
		if err != nil {
			return nil, err
		}
		found = found[:0]
		again := false
		for _, m := range answers {
			again = again || m.Header.Flags&netlink.DumpInterrupted != 0
			if k, ok := parseDiag(m.Data, proto, name); ok {
				found = append(found, k)
			}
		}
		if !again {
			break
		}
	}
	return found, nil
}

// parseDiag parses a reply.
func parseDiag(b []byte, proto decode.Transport, name func(int) string) (Socket, bool) {
	if len(b) < answerSize {
		return Socket{}, false
	}
	k := Socket{Proto: proto, State: stateOf(proto, b[atState]),
		UID:   binary.NativeEndian.Uint32(b[atUID:]),
		Inode: uint64(binary.NativeEndian.Uint32(b[atInode:]))}
	six := b[atFamily] == unix.AF_INET6
	k.Local = netip.AddrPortFrom(diagAddr(b[atSrc:atSrc+16], six),
		binary.BigEndian.Uint16(b[atSrcPort:]))
	k.Remote = netip.AddrPortFrom(diagAddr(b[atDst:atDst+16], six),
		binary.BigEndian.Uint16(b[atDstPort:]))
	if n := binary.NativeEndian.Uint32(b[atDevice:]); n != 0 {
		k.Device = name(int(n))
	}
	attrs, err := netlink.NewAttributeDecoder(b[answerSize:])
	if err != nil {
		return Socket{}, false
	}
	for attrs.Next() {
		if attrs.Type() == attrV6Only {
			k.V6Only = attrs.Uint8() != 0
			k.DualStack = !k.V6Only && k.Local.Addr() == netip.IPv6Unspecified()
		}
	}
	return k, attrs.Err() == nil && usable(&k)
}

func diagAddr(b []byte, six bool) netip.Addr {
	if !six {
		return netip.AddrFrom4([4]byte(b))
	}
	return netip.AddrFrom16([16]byte(b)).Unmap()
}
