package testkit

import (
	"encoding/binary"
	"maps"
	"math"
	"runtime"
	"slices"
	"testing"
)

// Nests returns the kinds of nested headers that Nested supports.
func Nests() []string { return slices.Sorted(maps.Keys(nests)) }

// Nested returns an Ethernet frame with about depth headers, most of them of one kind, around a TCP
// SYN from 10.0.0.1:40000 to 10.0.0.2:80.
func Nested(kind string, depth int) []byte { return nests[kind](depth) }

// Deep and Flat are the depths that tests of cost compare: near the limit of 256, and a quarter of
// it.
const (
	Flat = 60
	Deep = 4 * Flat
)

var nests = map[string]func(depth int) []byte{
	"vlan": func(n int) []byte { // IEEE 802.1Q tags
		out := ethernet(0x8100)
		for i := range n {
			out = append(out, 0, 1)
			out = binary.BigEndian.AppendUint16(out, []uint16{0x8100, 0x0800}[i/(n-1)])
		}
		return append(out, ipv4(6, syn())...)
	},
	"mpls": func(n int) []byte { // a label stack, RFC 3032
		out := ethernet(0x8847)
		for i := range n {
			bottom := uint32(i / (n - 1))
			out = binary.BigEndian.AppendUint32(out, uint32(16+i)<<12|bottom<<8|255)
		}
		return append(out, ipv4(6, syn())...)
	},
	"extensions": func(n int) []byte { // IPv6 Destination Options, each with a PadN of six bytes
		var chain []byte
		for i := range n {
			chain = append(chain, []byte{60, 6}[i/(n-1)], 0, 1, 4, 0, 0, 0, 0)
		}
		return append(ethernet(0x86dd), ipv6(60, append(chain, syn()...))...)
	},
	"ip-in-ip": func(n int) []byte { // RFC 2003
		out := ipv4(6, syn())
		for range n {
			out = ipv4(4, out)
		}
		return append(ethernet(0x0800), out...)
	},
	"vxlan": func(n int) []byte { // RFC 7348: four headers per level
		out := append(ethernet(0x0800), ipv4(6, syn())...)
		for range n / 4 {
			inside := udp(4789, append([]byte{8, 0, 0, 0, 0, 0, 1, 0}, out...))
			out = append(ethernet(0x0800), ipv4(17, inside)...)
		}
		return out
	},
	// IEEE 802.1ah I-tags: two headers per level, all of them inside GRE
	"backbone": func(n int) []byte {
		out := append(ethernet(0x0800), ipv4(6, syn())...)
		for range n / 2 {
			out = append(append(ethernet(0x88e7), 0, 0, 0, 1), out...)
		}
		return append(ethernet(0x0800), ipv4(47, append([]byte{0, 0, 0x65, 0x58}, out...))...)
	},
	"quoted": func(n int) []byte { // an ICMP error about IP in IP
		out := ipv4(6, syn())
		for range n {
			out = ipv4(4, out)
		}
		return append(ethernet(0x0800), ipv4(1, append([]byte{3, 3, 0, 0, 0, 0, 0, 0}, out...))...)
	},
	"chunks": func(n int) []byte { // an SCTP packet of COOKIE ACKs
		out := []byte{0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0}
		for range n {
			out = append(out, 11, 0, 0, 4)
		}
		return append(ethernet(0x0800), ipv4(132, out)...)
	},
}

func ethernet(next uint16) []byte {
	out := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}
	return binary.BigEndian.AppendUint16(out, next)
}

func ipv4(proto byte, payload []byte) []byte {
	out := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, proto, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}
	binary.BigEndian.PutUint16(out[2:], uint16(len(out)+len(payload)))
	return append(out, payload...)
}

func ipv6(next byte, payload []byte) []byte {
	out := []byte{0x60, 0, 0, 0, 0, 0, next, 64,
		0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
		0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}
	binary.BigEndian.PutUint16(out[4:], uint16(len(payload)))
	return append(out, payload...)
}

func udp(dst uint16, payload []byte) []byte {
	out := []byte{0x9c, 0x40, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint16(out[2:], dst)
	binary.BigEndian.PutUint16(out[4:], uint16(len(out)+len(payload)))
	return append(out, payload...)
}

func syn() []byte {
	return []byte{0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0xfa, 0xf0, 0, 0, 0, 0}
}

// Allocated returns the number of bytes that do allocates, the minimum of several runs. Unlike its
// time, this number hardly depends on the load of the machine.
func Allocated(do func()) uint64 {
	least := uint64(math.MaxUint64)
	var before, after runtime.MemStats
	for range 3 {
		runtime.ReadMemStats(&before)
		do()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

// Linear checks the cost of view for each kind of nesting. A frame four times as deep may need at
// most nine times as much memory and text; quadratic cost would need sixteen times as much. view
// does the preparation, and returns the function to measure, which returns the length of its text.
func Linear(t *testing.T, view func(frame []byte) func() (written int)) {
	t.Helper()
	for _, kind := range Nests() {
		var memory [2]uint64
		var text [2]int
		for i, depth := range []int{Flat, Deep} {
			do := view(Nested(kind, depth))
			text[i] = do() // once before, to exclude one-time costs
			memory[i] = Allocated(func() { do() })
		}
		const most, few = 9, 4 << 10 // small numbers of bytes prove nothing
		if memory[1] > most*max(memory[0], few) || text[1] > most*max(text[0], 1) {
			t.Errorf("%s: %d headers take %d bytes of memory and %d of text, %d headers %d and %d",
				kind, Flat, memory[0], text[0], Deep, memory[1], text[1])
		}
	}
}
